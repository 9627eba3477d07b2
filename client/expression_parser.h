#ifndef CLIENT_EXPRESSION_PARSER_H
#define CLIENT_EXPRESSION_PARSER_H

#include "client/expression_form.h"
#include "client/expression_lexer.h"
#include "client/expression_parse.h"

/*
 * The parser of the service's expressions, shared by its files: _parse (entry points, trees),
 * _parse_path (names, values, paths), _check (what is wrong with a tree that can be read),
 * _parse_key.
 *
 * Invariants:
 * 1. A syntax error ends the parse at once. Every other mistake is an issue: the first one of
 *    each class is kept, and the order of the classes says which is reported (tables.md 8.2).
 * 2. The stacks lie in the arena, so their depth is that of the source, 4,096 bytes. A tree
 *    without issues is never deeper than 512: each level costs an operator or a function's name.
 */
enum expression_issue {
    ISSUE_OPERATORS,
    ISSUE_PARENTHESES,
    ISSUE_FUNCTION, /* unknown, or of the other grammar */
    ISSUE_MISUSED,
    ISSUE_RESERVED,
    ISSUE_CLAUSE,         /* conditions: the first clause that has one of the next */
    ISSUE_UNDEFINED_NAME, /* in conditions values as well: the order is that of the text */
    ISSUE_UNDEFINED_VALUE,
    ISSUE_COUNT,
    ISSUE_DISTINCT,
    ISSUE_TYPE,
    ISSUE_SECTION,
    ISSUE_OVERLAP,
    ISSUE_CONFLICT,
    ISSUE_OPERAND, /* of ADD and DELETE */
    ISSUE_CLASSES
};

enum expression_grammar { GRAMMAR_CONDITION, GRAMMAR_UPDATE, GRAMMAR_PROJECTION };

enum frame_kind {
    FRAME_GROUP,
    FRAME_CALL,
    FRAME_IN,
    FRAME_COMPARE,
    FRAME_BETWEEN_LOW,
    FRAME_BETWEEN_HIGH,
    FRAME_NOT,
    FRAME_AND,
    FRAME_OR,
    FRAME_SUM
};

/* Something begun and not ended; its operands so far are on the operand stack, from base on. */
struct expression_frame {
    enum frame_kind kind;
    enum expression_kind result;
    bool operand_only; /* a group that may not hold a condition */
    size_t base;
    struct text name; /* of a function */
    size_t offset;
};

struct expression_name {
    struct text placeholder;
    const struct json *node;
    size_t order; /* among the members: place of its flag */
};

struct expression_parser {
    struct expression_lexer lexer;
    enum expression_grammar grammar;
    const char *what; /* "ConditionExpression" */
    struct placeholders *placeholders;
    struct arena *arena;
    struct error *err;
    size_t operators;
    const char *issue[ISSUE_CLASSES];
    bool grouped; /* the operand on top stands in parentheses */
    size_t operand_count, operand_room;
    struct expression **operand;
    size_t frame_count, frame_room;
    struct expression_frame *frame;
    size_t name_room; /* of the hash table of many names; 0 while there is none */
    struct expression_name *name;
};

/* Functions that return bool: false means that err is set. */

bool expression_parser_init(struct expression_parser *parser, struct text source,
    enum expression_grammar grammar, const char *what, struct placeholders *placeholders,
    struct arena *arena, struct error *err);
bool expression_syntax_error(struct expression_parser *parser);
bool expression_no_memory(struct expression_parser *parser);

/* Always false, with err and the sentence set. */
bool expression_refuse(struct expression_parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Keeps the text when it is the first of its class. */
void expression_raise(struct expression_parser *parser, enum expression_issue issue,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Reports the first issue there is, in that order; ends with ISSUE_CLASSES. */
bool expression_report(struct expression_parser *parser, const enum expression_issue *order);
void expression_count_operator(struct expression_parser *parser);
bool expression_is_keyword(const struct expression_parser *parser);

/* Room for one more element; the array moves within the arena. NULL with err set. */
void *expression_grow(struct expression_parser *parser, void *array, size_t count, size_t *room,
    size_t size);

/* The token is a word or a #name; moves behind the path. */
struct path *expression_parse_path(struct expression_parser *parser);
/* The token is a :name; NULL when it is not defined, which is an issue. */
const struct value *expression_take_value(struct expression_parser *parser);
/* "[a, [0], b]", in the arena; "" when that is full. */
const char *expression_describe_path(struct expression_parser *parser, const struct path *path);
/* Overlap and conflict of path[count - 1] with those before it. */
void expression_check_paths(struct expression_parser *parser, const struct path *const *path,
    size_t count);

/* Issues of one node when it is complete. */
void expression_check_call(struct expression_parser *parser, const struct expression *call,
    struct text name, bool known);
void expression_check_predicate(struct expression_parser *parser,
    const struct expression *predicate);
void expression_check_sum(struct expression_parser *parser, const struct expression *sum);
void expression_check_added(struct expression_parser *parser, enum update_kind kind,
    const struct value *value);
/* The node stands where a condition is wanted: the end of one clause. */
void expression_end_clause(struct expression_parser *parser, const struct expression *node);

/* One condition, or one right side of SET, up to a token that does not belong to it. */
struct expression *expression_parse_tree(struct expression_parser *parser);

#endif
