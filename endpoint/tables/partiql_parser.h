#ifndef ENDPOINT_TABLES_PARTIQL_PARSER_H
#define ENDPOINT_TABLES_PARTIQL_PARSER_H

#include "endpoint/tables/partiql.h"
#include "endpoint/tables/partiql_lexer.h"

/*
 * The parser of statements, shared by its files: partiql_parse.c (statements), _condition.c (WHERE
 * and operands), _update.c (SET and REMOVE), _value.c (literals), _path.c (names and paths).
 *
 * Recursive descent. Every recursion goes through partiql_enter or is a literal inside a literal,
 * so it is at most PARTIQL_DEPTH_LIMIT deep, and so are the trees: AND and OR of any length are
 * one node. Functions that return bool or a pointer refuse the request when they fail.
 */
enum { PARTIQL_DEPTH_LIMIT = 128, PARTIQL_IN_LIMIT = 100 };

struct partiql_parser {
    struct request *request;
    struct arena *arena;
    struct partiql_lexer lexer;
    const struct value *parameters; /* a list, or NULL */
    size_t next_parameter;
    size_t depth;
    bool after_operator; /* the term that is wanted is the right side of one */
};

/* A list that grows in the arena. */
struct partiql_list {
    struct expression **element;
    size_t count, room;
};

bool partiql_fail(struct partiql_parser *parser, enum message message);
bool partiql_fail_at(struct partiql_parser *parser, enum message message, struct text name,
    const struct partiql_lexer *where);
/* "1:8:16" */
struct text partiql_place_text(struct partiql_parser *parser, const struct partiql_lexer *where);
bool partiql_no_memory(struct partiql_parser *parser);
/* One level deeper; false when that is too deep. */
bool partiql_enter(struct partiql_parser *parser);
void partiql_leave(struct partiql_parser *parser);
bool partiql_add(struct partiql_parser *parser, struct partiql_list *list,
    struct expression *element);

/* Moves behind the word, or the sign, when it is next. */
bool partiql_take_word(struct partiql_parser *parser, const char *word);
bool partiql_take(struct partiql_parser *parser, const char *sign);
/* The same; another token is left over. */
bool partiql_expect(struct partiql_parser *parser, const char *sign);

/* The text of a quoted name or a string; data NULL when memory is out. Moves on. */
struct text partiql_read_quoted(struct partiql_parser *parser);
/* A bare or quoted name that is no keyword; data NULL and refused with the message otherwise. */
struct text partiql_read_name(struct partiql_parser *parser, enum message message);
bool partiql_is_name(const struct partiql_parser *parser);
struct path *partiql_read_path(struct partiql_parser *parser);

/* The value of the next "?". */
const struct value *partiql_read_parameter(struct partiql_parser *parser);
/* The token begins a literal: a string, a number or its sign, TRUE, NULL, [ { <<. */
bool partiql_is_literal(const struct partiql_parser *parser);
const struct value *partiql_read_literal(struct partiql_parser *parser);
/* {'name': value, ..} of INSERT, whose members may be parameters. */
const struct value *partiql_read_item(struct partiql_parser *parser);

/* A condition, up to what cannot belong to it. */
struct expression *partiql_read_condition(struct partiql_parser *parser);
/* A path, literal, parameter, call, or anything in parentheses. */
struct expression *partiql_read_operand(struct partiql_parser *parser);
/* A path, literal or parameter. */
struct expression *partiql_read_plain(struct partiql_parser *parser);
/* The token is the name of a function that is not there. */
struct expression *partiql_fail_function(struct partiql_parser *parser);
/* "(a, b)" behind the name of a function. */
bool partiql_read_arguments(struct partiql_parser *parser, struct partiql_list *out,
    struct expression *(*read)(struct partiql_parser *parser));
/* A function that may stand somewhere. */
struct partiql_function {
    const char *name; /* NULL ends a table */
    enum expression_kind kind;
    size_t operands;
    bool wants_path; /* as first operand */
};
/* The call that begins here, of one of the table; read reads an argument, check sees the whole. */
struct expression *partiql_read_call(struct partiql_parser *parser,
    const struct partiql_function *table, struct expression *(*read)(struct partiql_parser *parser),
    bool (*check)(struct partiql_parser *parser, const struct partiql_function *function,
        const struct expression *call));
struct expression *partiql_make(struct partiql_parser *parser, enum expression_kind kind,
    const struct partiql_list *operands);

bool partiql_is_condition(const struct expression *expression);
/* The type that an operand is sure to have ("S"), or NULL. */
const char *partiql_known_type(const struct expression *operand);
bool partiql_fail_operand(struct partiql_parser *parser, const char *operation, const char *type);

/* SET and REMOVE clauses until there are no more. */
struct update *partiql_read_update(struct partiql_parser *parser);

#endif
