#ifndef CONSOLE_STATEMENTS_SETTINGS_H
#define CONSOLE_STATEMENTS_SETTINGS_H

#include "base/error.h"
#include "console/session.h"
#include "console/statement.h"

/*
 * \set gives a parameter that statements behind it are parsed with, so a script that is parsed as a
 * whole must obey it while parsing. Any other statement: nothing happens.
 */
enum error_code settings_note_parameter(struct session *session, const struct tree *tree,
    struct error *err) MUST_CHECK;

#endif
