#ifndef ENDPOINT_TABLES_SHAPES_H
#define ENDPOINT_TABLES_SHAPES_H

#include "base/json.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the members of a request are on the wire, and the SerializationException when one of them
 * has another type (tables.md 1.4): first one met, depth first, in the order sent. Unknown members
 * are ignored and null counts as absent.
 */
enum shape_kind {
    SHAPE_STRING,
    SHAPE_BOOLEAN,
    SHAPE_INTEGER,
    SHAPE_LONG,
    SHAPE_DATE, /* seconds since 1970, with a fraction */
    SHAPE_BLOB,
    SHAPE_LIST,
    SHAPE_MAP,
    SHAPE_STRUCTURE,
    SHAPE_VALUE /* AttributeValue */
};

struct shape_member;

struct shape {
    enum shape_kind kind;
    const char *name;                  /* of a structure, or of what a map holds */
    const struct shape *of;            /* elements of a list, values of a map */
    const struct shape_member *member; /* of a structure; ends with a NULL name */
};

struct shape_member {
    const char *name;
    const struct shape *shape;
};

/* True when json, an object, has the shape. Of repeated names in its maps the last stays. */
bool shape_check(struct request *request, struct json *json, const struct shape *shape);

extern const struct shape shape_put_item, shape_get_item, shape_update_item, shape_delete_item;
extern const struct shape shape_query, shape_scan, shape_batch_get, shape_batch_write;
extern const struct shape shape_transact_get, shape_transact_write;
extern const struct shape shape_execute_statement, shape_batch_execute, shape_execute_transaction;
extern const struct shape shape_create_table, shape_update_table, shape_table_only;
extern const struct shape shape_list_tables, shape_tag, shape_untag, shape_list_tags;
extern const struct shape shape_update_ttl, shape_nothing;
extern const struct shape shape_update_recovery, shape_create_backup, shape_backup_only;
extern const struct shape shape_list_backups, shape_restore_backup, shape_restore_time;
extern const struct shape shape_list_streams, shape_describe_stream, shape_shard_iterator;
extern const struct shape shape_get_records;

#endif
