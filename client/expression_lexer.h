#ifndef CLIENT_EXPRESSION_LEXER_H
#define CLIENT_EXPRESSION_LEXER_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Tokens of the service's expressions (tables.md 8.1), read one ahead. For the parser only. */
enum expression_token {
    TOKEN_END,
    TOKEN_WORD,        /* [A-Za-z][A-Za-z0-9_]* */
    TOKEN_NAME,        /* #name */
    TOKEN_VALUE,       /* :name */
    TOKEN_DIGITS,      /* 0-9 */
    TOKEN_COMPARATOR,  /* = <> < <= > >= */
    TOKEN_PUNCTUATION, /* ( ) [ ] , . + - */
    TOKEN_UNKNOWN      /* any other character */
};

struct expression_lexer {
    struct text source;
    enum expression_token kind; /* of the token that is next */
    size_t start, end;          /* where it stands */
    size_t previous;            /* where the one before it starts; its own start at first */
};

void expression_lexer_init(struct expression_lexer *lexer, struct text source);
void expression_lexer_move(struct expression_lexer *lexer);
struct text expression_lexer_text(const struct expression_lexer *lexer);
/* The token is this one character of punctuation, or this word in any case. */
bool expression_lexer_is(const struct expression_lexer *lexer, char punctuation);
bool expression_lexer_is_word(const struct expression_lexer *lexer, const char *word);
/* A word that "(" follows: the name of a function. */
bool expression_lexer_is_call(const struct expression_lexer *lexer);

/* For a syntax error: the token, "<EOF>" at the end, and the source from the previous to the next. */
void expression_lexer_place(const struct expression_lexer *lexer, struct text *token,
    struct text *near);

#endif
