#ifndef CONSOLE_LANGUAGE_GRAMMAR_H
#define CONSOLE_LANGUAGE_GRAMMAR_H

#include "console/language/parser.h"

/* What the files of the grammar share; statements use parser.h. depth counts open brackets. */

bool grammar_depth(struct lexer *lexer, unsigned depth, struct error *err);
bool grammar_memory(struct lexer *lexer, struct error *err); /* false */
void grammar_warn(struct lexer *lexer, const struct token *at, struct text name, struct text except,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
enum language_dialect grammar_dialect(const struct lexer *lexer);

/* Takes PARAM { "." name } or "?"; a missing one is noted and NULL stands for it. */
const struct value *grammar_param(struct lexer *lexer, struct error *err);
const struct value *grammar_literal(struct lexer *lexer, unsigned depth, struct error *err);
/* now(), epoch(..), uuid() ...: a word of the table and "(". */
bool grammar_at_call(const struct lexer *lexer);
const struct value *grammar_call(struct lexer *lexer, unsigned depth, struct error *err);
/* A number text as a value, within the limits of the service. */
const struct value *grammar_number(struct lexer *lexer, const struct token *at, struct text text,
    struct error *err);
/* "ddb" map: one AttributeValue, or a whole item. */
const struct value *grammar_typed(struct lexer *lexer, bool whole_item, struct error *err);

/* size(path) | dq-path | literal | path, as right operand or term of SET. */
struct expression *grammar_operand(struct lexer *lexer, unsigned depth, struct error *err);
struct expression *grammar_path_operand(struct lexer *lexer, struct error *err);

/* One option of a statement; parse stands behind its words. WITH NAMES .. has none of its own. */
struct grammar_option {
    const char *first, *second; /* second NULL: one word */
    bool (*parse)(struct lexer *lexer, void *target, struct error *err);
};
/*
 * { option } in any order, each at most once, up to ';', ')' or the end. table ends with a record
 * without a word; expected is what an unknown word is answered with.
 */
bool grammar_options(struct lexer *lexer, const struct grammar_option *table, void *target,
    const char *expected, struct error *err);
/* Takes the optional word TABLE, unless it is the table's name: next, or nothing, follows then. */
void grammar_skip_table(struct lexer *lexer, const char *next);

/* A growing list in the arena. */
struct grammar_list {
    void **item; /* const or not as the list's owner knows */
    size_t count, capacity;
};
bool grammar_push(struct lexer *lexer, struct grammar_list *list, const void *item,
    struct error *err);

#endif
