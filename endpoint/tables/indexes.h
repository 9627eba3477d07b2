#ifndef ENDPOINT_TABLES_INDEXES_H
#define ENDPOINT_TABLES_INDEXES_H

#include "base/arena.h"
#include "base/text.h"
#include "client/value.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/table.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/* What an index holds of an item. */
struct index_entry {
    bool present;     /* false: the item lacks a key attribute */
    struct text key;  /* index key bytes */
    struct text json; /* projected */
    size_t size;
};

/* False when out of memory. item may be NULL. json and size are those of the whole item. */
bool index_entry_make(const struct table_index *index, struct text item_key,
    const struct value *item, struct text json, size_t size, struct arena *arena,
    struct index_entry *out);

/* The attributes that the index holds, as JSON. Data NULL when out of memory. */
struct text index_project(const struct table_index *index, const struct value *item,
    struct arena *arena, size_t *size);

/*
 * Brings all indexes of write->current in line with the write. *local_bytes: change of what local
 * indexes hold, for the item collection. usage may be NULL.
 */
enum progress indexes_write(const struct item_write *write, struct write_context *context,
    struct usage *usage, int64_t *local_bytes);

#endif
