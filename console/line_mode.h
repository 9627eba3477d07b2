#ifndef CONSOLE_LINE_MODE_H
#define CONSOLE_LINE_MODE_H

#include "console/session.h"

/*
 * The console without a screen: a readline prompt on the terminal as it is, results by the output
 * formats, one statement at a time. Returns the exit status: 0 when it was left by QUIT or the end
 * of the input.
 */
int line_mode_main(struct session *session);

#endif
