#ifndef CONSOLE_INTERACTIVE_H
#define CONSOLE_INTERACTIVE_H

#include "console/session.h"

/*
 * The console with a person in front of it: the screen, or line mode where the terminal cannot show
 * one or --linear was said. Connects as session->start says, runs until QUIT and returns the exit
 * status. The session stays the caller's.
 */
int interactive_main(struct session *session);

#endif
