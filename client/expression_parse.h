#ifndef CLIENT_EXPRESSION_PARSE_H
#define CLIENT_EXPRESSION_PARSE_H

#include "client/expression.h"

/*
 * The service's expression grammar (tables.md 8.1) with placeholders, and its errors in its order
 * (8.2). Iterative: depth at most 512, 4,096 bytes, 300 operators. Errors are ERROR_INVALID with
 * the exact sentence of tables.md 7.3, "Invalid ConditionExpression: ..." prefix included.
 */
struct placeholders {
    const struct value *values;     /* ":v" -> value, as VALUE_M; NULL when absent */
    const struct json *names;       /* "#n" -> "name"; NULL when absent */
    bool *values_used, *names_used; /* count flags each, set by the parsers; may be NULL */
    struct text
        sentence; /* the last error whole and as it is, where struct error cuts; in the arena */
};

/* which: "ConditionExpression", "FilterExpression", "KeyConditionExpression" */
struct expression *expression_parse_condition(struct text source, const char *which,
    struct placeholders *placeholders, struct arena *arena, struct error *err) MUST_CHECK;
/*
 * Only the grammar of key conditions is accepted: AND of =, <, <=, >, >=, BETWEEN, begins_with.
 * The result is one clause or one flat AND of them, the key attribute always operand 0.
 */
struct expression *expression_parse_key_condition(struct text source,
    struct placeholders *placeholders, struct arena *arena, struct error *err) MUST_CHECK;
struct update *expression_parse_update(struct text source, struct placeholders *placeholders,
    struct arena *arena, struct error *err) MUST_CHECK;
struct projection *expression_parse_projection(struct text source,
    struct placeholders *placeholders, struct arena *arena, struct error *err) MUST_CHECK;

/* One of the service's 573 reserved words, in any case. */
bool expression_is_reserved(struct text word);

#endif
