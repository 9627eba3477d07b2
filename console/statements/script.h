#ifndef CONSOLE_STATEMENTS_SCRIPT_H
#define CONSOLE_STATEMENTS_SCRIPT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "console/statement.h"

#include <stdbool.h>

/* The commands that steer a script; console/script.h obeys them, no job runs them. */
enum script_word { SCRIPT_INCLUDE, SCRIPT_IF, SCRIPT_ELIF, SCRIPT_ELSE, SCRIPT_ENDIF };

struct script_control {
    enum script_word word;
    struct text path;             /* SCRIPT_INCLUDE */
    struct expression *condition; /* SCRIPT_IF, SCRIPT_ELIF: one of the three is set */
    const struct value *truth;    /* a literal that must be true or false */
    enum { KNOWN_UNASKED, KNOWN_YES, KNOWN_NO } known; /* :name IS NOT MISSING */
    bool negated;
};

/* The control of a tree, or NULL when it is an ordinary statement. */
const struct script_control *script_control(const struct tree *tree);
/* Whether the condition of \if or \elif holds; ERROR_USAGE when it is neither true nor false. */
enum error_code script_holds(const struct script_control *control, struct arena *arena, bool *holds,
    struct error *err) MUST_CHECK;

#endif
