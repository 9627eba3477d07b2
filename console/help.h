#ifndef CONSOLE_HELP_H
#define CONSOLE_HELP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/* Help, printed from the records of statements, settings and options. */

/* HELP: all families with their statements. */
void help_add_overview(struct buf *out);
/* HELP words: every statement whose name begins with the words, or a setting or a backslash
   command of that name. False when there is none. */
bool help_add_topic(struct buf *out, struct text words);
/* gatehouse --help, on stdout */
void help_print_usage(void);

#endif
