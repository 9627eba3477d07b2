#ifndef ENDPOINT_GATEWAY_TEMPLATE_TREE_H
#define ENDPOINT_GATEWAY_TEMPLATE_TREE_H

#include "endpoint/gateway/jsonpath.h"
#include "endpoint/gateway/template.h"

/* The tree of a template; only the template_*.c files see it. Nothing in it changes after parsing. */

enum access_kind { ACCESS_PROPERTY, ACCESS_INDEX, ACCESS_METHOD };

struct template_expression;

struct template_access {
    enum access_kind kind;
    struct text name;                     /* of property or method */
    struct template_expression *argument; /* index, or arguments linked by next */
    size_t argument_count;
    const struct jsonpath *path; /* of $input.path and $input.json with a literal argument */
    struct template_access *next;
};

struct template_reference {
    struct text name;
    struct text source; /* as written, for a value that is not there */
    bool quiet;         /* $!x */
    struct template_access *access;
};

enum expression_kind {
    EXPRESSION_TEXT,
    EXPRESSION_INTEGER,
    EXPRESSION_DECIMAL,
    EXPRESSION_BOOL,
    EXPRESSION_NULL,
    EXPRESSION_INTERPOLATED, /* nodes */
    EXPRESSION_REFERENCE,
    EXPRESSION_LIST,  /* first.. */
    EXPRESSION_RANGE, /* first, second */
    EXPRESSION_MAP,   /* key, value, key, value .. */
    EXPRESSION_NOT,
    EXPRESSION_BINARY /* operands of equal binding, from the left */
};

enum operator_kind {
    OPERATOR_OR,
    OPERATOR_AND,
    OPERATOR_EQ,
    OPERATOR_NE,
    OPERATOR_LT,
    OPERATOR_LE,
    OPERATOR_GT,
    OPERATOR_GE,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_REMAINDER
};

struct template_expression {
    enum expression_kind kind;
    enum operator_kind joined; /* how an operand is joined with the one before it */
    struct text text;
    int64_t integer; /* also the boolean */
    struct template_reference *reference;
    struct template_node *nodes;
    struct template_expression *first; /* operands, elements */
    struct template_expression *next;  /* sibling */
};

enum node_kind {
    NODE_TEXT,
    NODE_REFERENCE,
    NODE_SET,     /* reference = expression */
    NODE_IF,      /* expression, body, otherwise */
    NODE_FOREACH, /* reference in expression, body */
    NODE_DEFINE,  /* reference, body */
    NODE_BREAK,
    NODE_STOP
};

struct template_node {
    enum node_kind kind;
    struct text text;
    struct template_reference *reference;
    struct template_expression *expression;
    struct template_node *body, *otherwise;
    struct template_node *next;
};

struct template
{
    struct template_node *first;
};

/* The parser; one thread, one template. */
struct template_parser {
    struct text whole;  /* for places in messages */
    struct text source; /* being parsed: whole, or the inside of a string */
    size_t at;
    struct arena *arena;
    struct error *err;
    unsigned depth;
};

bool template_fail(struct template_parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool template_no_memory(struct template_parser *parser);
char template_peek(const struct template_parser *parser, size_t ahead);
bool template_take(struct template_parser *parser, const char *word);
void template_skip_blanks(struct template_parser *parser);
struct text template_take_name(struct template_parser *parser); /* empty when there is none */
bool template_enter(struct template_parser *parser);            /* nesting; leave by depth-- */

/* At "$": false with *found NULL when it is only text; false with err set on an error. */
bool template_parse_reference(struct template_parser *parser, struct template_reference **found);
bool template_parse_expression(struct template_parser *parser, struct template_expression **out);
/* Nodes up to the end of the source (a directive that ends a block is left unread). */
bool template_parse_nodes(struct template_parser *parser, struct template_node **out);

/* Whether any value has a method of that name (template_methods.c). */
bool template_method_exists(struct text name);

#endif
