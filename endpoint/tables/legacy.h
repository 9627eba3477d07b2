#ifndef ENDPOINT_TABLES_LEGACY_H
#define ENDPOINT_TABLES_LEGACY_H

#include "base/json.h"
#include "client/expression.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The parameters from before expressions (tables.md 14): Expected, ConditionalOperator,
 * AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet. They become the same
 * trees as expressions; a name is one part of a path, dots and all. That they do not stand beside
 * expressions is checked by expressions_prepare.
 */

enum { LEGACY_JOINED_LIMIT = 10 }; /* the service tells no more member errors at once */

/* The distinct members of a map, the last of each name, without nulls, in the order sent. */
struct legacy_entry {
    struct text name;
    const struct json *json;
    size_t place;
};
struct legacy_entries {
    size_t count;
    struct legacy_entry *entry; /* in the arena of the request */
};
bool legacy_read_entries(struct request *request, const struct json *map,
    struct legacy_entries *out);

/* Layer 1. Each adds its failures to the joined ones. */
void legacy_check_names(struct request *request, const struct json *object, const char *member);
/* name: "QueryFilter"; member: "queryFilter" */
void legacy_check_filter(struct request *request, const char *name, const char *member);
void legacy_check_expected(struct request *request);
void legacy_check_updates(struct request *request);

/* Layer 2. filter: the map that ConditionalOperator is about. */
bool legacy_check_operator(struct request *request, const char *filter);
/* The conditions joined by ConditionalOperator; *out is NULL when there are none. */
bool legacy_read_filter(struct request *request, const char *name, struct expression **out);
bool legacy_read_expected(struct request *request, struct expression **out);
/* One clause, or an AND of them, the key attribute always operand 0. */
bool legacy_read_keys(struct request *request, struct expression **out);
/* *out is NULL when there is nothing to update. */
bool legacy_read_updates(struct request *request, struct update **out);
/* AttributesToGet of the object; *out is NULL when it is absent. */
bool legacy_read_names(struct request *request, const struct json *object, struct projection **out);

/* Layer 4: values for index keys, in the words of a put. */
bool legacy_check_index_keys(struct request *request, const struct table *table,
    const struct update *update);

#endif
