#ifndef CONSOLE_STATEMENT_HINTS_H
#define CONSOLE_STATEMENT_HINTS_H

#include "base/error.h"
#include "console/statement.h"

#include <stdbool.h>

/* What a statement that is not understood may have been: from the words and syntaxes of the records. */

/* The words at the lexer's place begin no record: says what may stand there. Returns false. */
bool statement_fail_unknown(struct lexer *lexer, struct error *err);

/* Adds a hint to an error of the statement's parse at a word that is none of its options. */
void statement_suggest_option(const struct lexer *lexer, const struct statement *statement,
    struct error *err);

#endif
