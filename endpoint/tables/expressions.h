#ifndef ENDPOINT_TABLES_EXPRESSIONS_H
#define ENDPOINT_TABLES_EXPRESSIONS_H

#include "base/json.h"
#include "client/expression.h"
#include "client/expression_parse.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>

/*
 * The expressions of a request and what goes with them (tables.md 6.2): mixing with older
 * parameters, names and values without an expression, their hygiene, the expressions in the order
 * Update, Condition, KeyCondition, Filter, Projection, and what was left unused.
 */
enum {
    EXPRESSIONS_UPDATE = 1,
    EXPRESSIONS_CONDITION = 2,
    EXPRESSIONS_KEY = 4,
    EXPRESSIONS_FILTER = 8,
    EXPRESSIONS_PROJECTION = 16
};

struct expressions {
    struct update *update;
    struct expression *condition, *key, *filter; /* NULL when absent */
    struct projection *projection;
    struct placeholders placeholders;
};

/*
 * Expressions mixed with older members (older: NULL-ended names, in the order they are told), and
 * names or values without any of the wanted expressions or with bad keys and values.
 */
bool expressions_prepare(struct request *request, const struct json *object, unsigned wanted,
    const char *const *older, struct expressions *out);
/* Parses them. */
bool expressions_parse(struct request *request, const struct json *object, unsigned wanted,
    struct expressions *out);
/* Both. */
bool expressions_read(struct request *request, const struct json *object, unsigned wanted,
    const char *const *older, struct expressions *out);

/* Calls found for every path of the condition or update. */
typedef bool expressions_visitor(void *user, const struct path *path);
bool expressions_each_path(const struct expression *expression, expressions_visitor *found,
    void *user);

#endif
