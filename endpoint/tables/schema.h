#ifndef ENDPOINT_TABLES_SCHEMA_H
#define ENDPOINT_TABLES_SCHEMA_H

#include "client/expression.h"
#include "client/value.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>

/* Items and keys against the keys of a table and its indexes (tables.md 7.4, layer 4). */

/* A lookup key: all key attributes, nothing else, right types, not empty, not too long. */
bool schema_check_key(struct request *request, const struct table *table, const struct value *key);
/* Key values of the right types: not empty, not too long. */
bool schema_check_lengths(struct request *request, const struct key_schema *key,
    const struct value *item);
/* The same faults, all told as a key that does not match: BatchWriteItem. */
bool schema_check_batch_key(struct request *request, const struct table *table,
    const struct value *key, bool whole_item);
/* An item to put: its keys, the keys of indexes. */
bool schema_check_item(struct request *request, const struct table *table,
    const struct value *item);
bool schema_check_index_keys(struct request *request, const struct table *table,
    const struct value *item);
/* Index keys that an update changed from what they were in old (may be NULL). */
bool schema_check_update(struct request *request, const struct table *table,
    const struct value *old, const struct value *item);
/*
 * Values of key attributes that are empty or too long, whatever else is wrong with the item: what
 * transactions refuse before they look at types.
 */
bool schema_check_key_values(struct request *request, const struct table *table,
    const struct value *item, bool whole_item);
/* The same for the values that an update sets index keys to. */
bool schema_check_set_values(struct request *request, const struct table *table,
    const struct update *update);
/*
 * The update touches no key attribute, and no path of an update, filter or projection goes into a
 * key of the table or of an index. (Conditions are not checked.)
 */
bool schema_check_update_paths(struct request *request, const struct table *table,
    const struct update *update);
bool schema_check_paths(struct request *request, const struct table *table,
    const struct expression *expression, const struct projection *projection);

/* The key attributes of an item, as VALUE_M in the arena; NULL when out of memory. */
struct value *schema_key_of(const struct key_schema *key, const struct value *item,
    struct arena *arena);
/* Key bytes in the arena; data NULL when out of memory. */
struct text schema_key_bytes(const struct key_schema *key, const struct value *item,
    struct arena *arena);

#endif
