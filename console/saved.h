#ifndef CONSOLE_SAVED_H
#define CONSOLE_SAVED_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Saved statements: $XDG_CONFIG_HOME/gatehouse/saved/NAME.gh, one statement each, 0600. The files
 * are data: RUN parses one as if it had been typed, and commands of the prompt are refused in them.
 */

/* Letters, digits, '_' and '-', at most 64, not '-' first; ERROR_USAGE for anything else. */
enum error_code saved_check_name(struct text name, struct error *err) MUST_CHECK;
bool saved_exists(struct text name);
enum error_code saved_write(struct text name, struct text statement, struct error *err) MUST_CHECK;
/* Adds the text without blanks around it; ERROR_NOT_FOUND when there is none of that name. */
enum error_code saved_read(struct text name, struct buf *out, struct error *err) MUST_CHECK;
/* Calls each for every name, in byte order, until it returns false. */
enum error_code saved_list(bool (*each)(void *user, struct text name), void *user,
    struct error *err) MUST_CHECK;

#endif
