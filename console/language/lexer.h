#ifndef CONSOLE_LANGUAGE_LEXER_H
#define CONSOLE_LANGUAGE_LEXER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Tokens of the statement language (language.md 2). The lexer never reads past a statement. */

enum token_kind {
    TOKEN_END,       /* end of the input */
    TOKEN_SEMICOLON, /* end of a statement */
    TOKEN_WORD,
    TOKEN_BTICK, /* `name` */
    TOKEN_SQ,    /* 'text' */
    TOKEN_DQ,    /* "text": name or string by position */
    TOKEN_NUMBER,
    TOKEN_DURATION,   /* 90s */
    TOKEN_PERCENT,    /* 50% */
    TOKEN_BINARY,     /* b64'..', x'..', b".." */
    TOKEN_PARAM,      /* :name */
    TOKEN_PARAMNAME,  /* :`name` */
    TOKEN_HASH,       /* #name */
    TOKEN_PUNCTUATION /* text is the sign itself: "<=", "->", "<<" ... */
};

struct token {
    enum token_kind kind;
    struct text text;   /* decoded: name, string, bytes of a binary; in the arena or the source */
    struct text source; /* as written */
    size_t offset;      /* of source in the input */
    int line, column;   /* 1-based, in code points */
    bool blank_before;  /* white space or comment in front */
};

enum {
    LEXER_STATEMENT_LIMIT = 1 << 20, /* bytes of one statement */
    LEXER_DEPTH_LIMIT = 64           /* nesting of literals, parentheses and functions */
};

/*
 * A cursor over one input; copy it to look ahead, assign it back to go back. A backslash command
 * is one token: a sign with text "\\" whose source is the line; a semicolon follows by itself.
 */
struct lexer {
    struct text input;
    size_t offset; /* of the next byte to read */
    int line, column;
    struct arena *arena; /* decoded texts */
    struct token token;  /* current, not yet taken */
    struct token after;  /* the one behind it */
    struct token last;   /* taken last; its end is where "expected" errors of END point */
    bool failed;         /* a lexical error has been met: err holds it */
    struct error err;
    struct language_context *context; /* parameters, dialect, warnings; see parser.h */
    size_t statement_offset;          /* where the current statement begins */
    bool at_start;                    /* the next token begins a statement */
    bool wants_more;                  /* the last complaint was about the end of the input */
    size_t next_with;                 /* no WITH stands between the token that asked and here */
};

/* Starts at the beginning of input; input and arena must outlive the lexer. */
void lexer_init(struct lexer *lexer, struct text input, struct arena *arena);
/* Takes the current token and returns it. At the end it stays on TOKEN_END. */
struct token lexer_take(struct lexer *lexer);
/* Takes all that stands in length bytes from the current token on; the last one is a sign. */
void lexer_skip(struct lexer *lexer, size_t length);
/* Whether the word WITH may stand at or behind the current token, maybe in a later statement. */
bool lexer_may_have_with(struct lexer *lexer);
/* Skips to behind the next semicolon outside quotes, for error recovery. */
void lexer_recover(struct lexer *lexer);

/*
 * Whether the prompt may submit this text: complete, needs more (open quote, bracket, comment,
 * or only its end is missing), or wrong.
 */
enum lexer_state { LEXER_COMPLETE, LEXER_NEEDS_MORE, LEXER_EMPTY };
enum lexer_state lexer_scan(struct text input);

#endif
