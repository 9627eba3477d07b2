#ifndef CONSOLE_STATEMENTS_SETTINGS_H
#define CONSOLE_STATEMENTS_SETTINGS_H

#include "base/error.h"
#include "console/session.h"
#include "console/statement.h"

/*
 * \set, \unset, SET dialect and reads change what the statements behind them are parsed with (\g),
 * so a script that is parsed as a whole must obey them while parsing. Any other statement: nothing
 * happens.
 */
enum error_code settings_note(struct session *session, const struct tree *tree,
    struct error *err) MUST_CHECK;

#endif
