#ifndef ENDPOINT_TABLES_PARTIQL_LEXER_H
#define ENDPOINT_TABLES_PARTIQL_LEXER_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Tokens of PartiQL statements (tables.md 15), read one ahead. A copy of a lexer looks further. */
enum partiql_token {
    PARTIQL_END,
    PARTIQL_WORD,      /* [A-Za-z_$][A-Za-z0-9_$]*, a keyword or a name */
    PARTIQL_NAME,      /* "name" */
    PARTIQL_STRING,    /* 'text' */
    PARTIQL_NUMBER,    /* 1, 1.5, .5, 1e3; the sign is a token of its own */
    PARTIQL_PARAMETER, /* ? */
    PARTIQL_SIGN,      /* ( ) [ ] { } , . : ; = <> != < <= > >= << >> + - * / % || */
    PARTIQL_UNREADABLE /* an unknown character, an open quote or comment, an absurd exponent */
};

struct partiql_lexer {
    struct text source;
    enum partiql_token kind; /* of the token that is next */
    size_t start, end;       /* where it stands */
};

struct partiql_place {
    size_t line, column, length; /* in characters, from 1 */
};

void partiql_lexer_init(struct partiql_lexer *lexer, struct text source);
void partiql_lexer_move(struct partiql_lexer *lexer);
/* True when every token of the source can be read. */
bool partiql_lexer_accepts(struct text source);

/* As it stands in the source. */
struct text partiql_lexer_text(const struct partiql_lexer *lexer);
/* What is between the quotes of a name or string, and whether quotes in it are doubled. */
struct text partiql_lexer_quoted(const struct partiql_lexer *lexer, bool *doubled);
bool partiql_lexer_is(const struct partiql_lexer *lexer, const char *sign);
/* The token is this word, in any case. */
bool partiql_lexer_is_word(const struct partiql_lexer *lexer, const char *word);
/* A word that "(" follows: the name of a function. */
bool partiql_lexer_is_call(const struct partiql_lexer *lexer);
bool partiql_lexer_is_keyword(const struct partiql_lexer *lexer);
struct partiql_place partiql_lexer_place(const struct partiql_lexer *lexer);

/* A keyword of PartiQL, in any case: as the name of an attribute it needs double quotes. */
bool partiql_is_keyword(struct text word);

#endif
