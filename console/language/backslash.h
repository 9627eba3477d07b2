#ifndef CONSOLE_LANGUAGE_BACKSLASH_H
#define CONSOLE_LANGUAGE_BACKSLASH_H

#include "base/error.h"
#include "base/text.h"
#include "console/statement.h"

/*
 * Backslash commands (language.md 3.7) abbreviate statements: one record gives the statement
 * without and with an argument. A command that no record here names is looked for among the
 * statements themselves, as "\set". One whose statement does not exist is unknown.
 */
enum backslash_argument {
    BACKSLASH_NONE,
    BACKSLASH_PATTERN, /* * and % alike; becomes a quoted LIKE pattern */
    BACKSLASH_WORDS,   /* the rest of the line as it stands */
    BACKSLASH_OBJECT,  /* the same; 'quoted' it becomes a name in backticks */
    BACKSLASH_TEXT,    /* the same, quoted when it is not */
    BACKSLASH_SETTING  /* a setting and the rest of the line as its value, quoted or not */
};

struct backslash_command {
    const char *name;
    const char *syntax; /* of the argument, for help; "" when there is none */
    const char *bare;   /* statement without an argument, or NULL */
    const char *with;   /* what the argument is put behind, or NULL */
    enum backslash_argument argument;
};

extern const struct backslash_command backslash_command_table[]; /* ended by a NULL name */

/* The record of an available command, or NULL. */
const struct backslash_command *backslash_find(struct text name);

/* Parses the command that is the lexer's current token and takes it. NULL with err set. */
struct tree *backslash_parse(struct lexer *lexer, const char *input_name, struct error *err);

/* For the parse function of a command: the whole line as it stands, an apostrophe in it is no open
   quote. what NULL: it may be empty. */
bool backslash_line(struct lexer *lexer, const char *what, struct text *out, struct error *err);
/* The same as one word: quotes around it are not its own. */
bool backslash_rest(struct lexer *lexer, const char *what, struct text *out, struct error *err);

#endif
