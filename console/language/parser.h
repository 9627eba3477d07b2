#ifndef CONSOLE_LANGUAGE_PARSER_H
#define CONSOLE_LANGUAGE_PARSER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "client/expression.h"
#include "client/value.h"
#include "console/language/lexer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Pieces of the grammar (language.md 3) from which the parse functions of the statement records
 * are built. Each returns false or NULL with err set, ERROR_USAGE with line and column; nothing is
 * taken from the lexer when an optional piece is absent. Results live in lexer->arena.
 */

enum language_dialect { DIALECT_GATEHOUSE, DIALECT_PARTIQL, DIALECT_AWS };

struct language_warning {
    int line, column;
    char text[240];
    /* Not empty: it holds once the catalogue knows an attribute of that name, and none that is
       called like except. */
    struct text name, except;
};

/* A parameter or argument that a statement took; name empty: an argument. Newest first. */
struct language_used {
    struct text name;
    const struct value *value;
    const struct language_used *before;
};

enum { LANGUAGE_ASIDES = 8 };

struct language_parameter {
    struct text name;
    const struct value *value;
};

/* What the session lends to a parse. Nothing in it is changed but args_used and the warnings. */
struct language_context {
    enum language_dialect dialect;
    const struct map *parameters;    /* name -> struct value *, or NULL */
    const struct value *const *args; /* for '?', in order */
    size_t arg_count, args_used;
    struct text last_read;                  /* what \g and \watch repeat; empty: nothing yet */
    const struct language_parameter *bound; /* looked at before parameters */
    size_t bound_count;
    struct text now_source; /* unused by callers */
    uint64_t now;           /* wall, ns: now() of this statement */
    uint64_t fixed_now;     /* what now() shall be; 0: the time of the parse */
    /* known attribute of the table being spoken of, for warnings; may be NULL */
    bool (*is_attribute)(void *user, struct text name);
    void *user;
    struct language_warning warning[16];
    size_t warning_count;
    struct text missing[32]; /* parameters asked for and not given */
    size_t missing_count;
    bool is_only_missing;       /* nothing else was wrong with the statement */
    const struct json *names;   /* WITH NAMES of the statement being parsed */
    const struct value *values; /* its VALUES */
    bool is_left_out;           /* of a script: a missing parameter is none */
    bool in_saved;              /* inside what RUN has read */
    const struct language_used *used;
    struct text aside[LANGUAGE_ASIDES]; /* options that say how it runs, not what it does */
    size_t aside_count;
    bool request_parameters; /* inside TABLE ( .. ): :path.id and its kind are markers */
};

/* Whether name is a known attribute and except, unless it is empty, is none. */
bool language_warning_holds(bool (*is_attribute)(void *user, struct text name), void *user,
    struct text name, struct text except);

/* An error at a token: "expected FROM or ',' after a column, found 'FORM'". Returns false. */
bool parse_fail(struct error *err, const struct token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected {what}, found {token}"; the place is behind the last token when the input ended. */
bool parse_expected(struct lexer *lexer, const char *what, struct error *err);

bool parse_at_word(const struct lexer *lexer, const char *word); /* current token, any case */
bool parse_at_words(const struct lexer *lexer, const char *first, const char *second);
bool parse_at_sign(const struct lexer *lexer, const char *sign);
bool parse_at_end(const struct lexer *lexer);     /* semicolon or end */
bool parse_at_literal(const struct lexer *lexer); /* what begins a literal, and no name could */
bool parse_word(struct lexer *lexer, const char *word); /* takes it when it is there */
bool parse_sign(struct lexer *lexer, const char *sign);
bool parse_need_word(struct lexer *lexer, const char *word, struct error *err);
bool parse_need_sign(struct lexer *lexer, const char *sign, struct error *err);
/* Nothing may follow but ';' or the end. */
bool parse_need_end(struct lexer *lexer, struct error *err);

bool parse_name(struct lexer *lexer, const char *what, struct text *out, struct error *err);
bool parse_string(struct lexer *lexer, const char *what, struct text *out, struct error *err);
/* A quoted name, or -, quoted or not, for stdin or stdout: then it is empty. */
bool parse_file_name(struct lexer *lexer, struct text *out, struct error *err);
bool parse_integer(struct lexer *lexer, const char *what, int64_t minimum, int64_t maximum,
    int64_t *out, struct error *err);
bool parse_number(struct lexer *lexer, const char *what, struct text *out, struct error *err);
bool parse_duration(struct lexer *lexer, const char *what, uint64_t *nanoseconds,
    struct error *err);
bool parse_strings(struct lexer *lexer, const char *what, struct text **list, size_t *count,
    struct error *err); /* ('a', 'b') */

/* literal, list, set, map, typed, call, param of 3.1 */
const struct value *parse_literal(struct lexer *lexer, struct error *err);
/* map | typed item | param */
const struct value *parse_item(struct lexer *lexer, struct error *err);
const struct path *parse_path(struct lexer *lexer, struct error *err);
/* { path "," path } */
const struct projection *parse_paths(struct lexer *lexer, struct error *err);
struct expression *parse_condition(struct lexer *lexer, struct error *err);
/* The same, but MATCHES, which no service evaluates, is refused. */
struct expression *parse_sent_condition(struct lexer *lexer, struct error *err);
/* SET .. REMOVE .. ADD .. DELETE .., clauses of one kind joined, overlaps refused */
struct update *parse_update(struct lexer *lexer, struct error *err);

/* [connection:]table[.index]; empty texts where a part is absent. */
struct table_ref {
    struct text connection, table, index;
    struct token token; /* where it stands, for messages of the planner */
};
bool parse_table_ref(struct lexer *lexer, struct table_ref *out, struct error *err);

/* [connection:]api[/stage] */
struct api_ref {
    struct text connection, api, stage;
    struct token token;
};
bool parse_api_stage(struct lexer *lexer, struct api_ref *out, struct error *err);
/* { "OF" api-stage | "STAGE" name }: absent parts stay empty */
bool parse_scope(struct lexer *lexer, struct api_ref *out, struct error *err);

/* Skips WITH NAMES and VALUES, which statement_parse has read beforehand. */
bool parse_with(struct lexer *lexer, struct error *err);

/* A key: one or two literals, or one map; which it is stays visible. */
struct key_literal {
    const struct value *partition, *sort; /* positional; sort may be NULL */
    const struct value *map;              /* or the map form */
    struct token token;
};
bool parse_key(struct lexer *lexer, struct key_literal *out, struct error *err);

#endif
