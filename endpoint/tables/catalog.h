#ifndef ENDPOINT_TABLES_CATALOG_H
#define ENDPOINT_TABLES_CATALOG_H

#include "base/error.h"
#include "base/text.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All tables there are, in memory; the loop thread and the writer look them up, the writer changes
 * them after COMMIT. Thread-safe; what it hands out is a reference the caller releases.
 */
struct catalog;

struct catalog *catalog_new(struct error *err) MUST_CHECK;
void catalog_free(struct catalog *catalog);
/* Reads descriptions and counters; ERROR_INVALID names what cannot be read. */
enum error_code catalog_load(struct catalog *catalog, struct store *store,
    struct error *err) MUST_CHECK;

struct table *catalog_find(struct catalog *catalog, struct text account, struct text region,
    struct text name);
struct table *catalog_find_id(struct catalog *catalog, int64_t id);
/* Adds the table, or replaces the description with its id. False when out of memory. */
bool catalog_publish(struct catalog *catalog, struct table *table);
void catalog_remove(struct catalog *catalog, int64_t id);
size_t catalog_count(struct catalog *catalog, struct text account, struct text region);

/*
 * Up to limit names above after, in byte order, copied into the arena; *more says whether there
 * are others. NULL when out of memory.
 */
struct text *catalog_list(struct catalog *catalog, struct text account, struct text region,
    struct text after, size_t limit, struct arena *arena, size_t *count, bool *more);

/* The first table at or above the id that has work for the writer: see chores.h. */
struct table *catalog_next_busy(struct catalog *catalog, int64_t from);

/* Persistence: on the writer's connection, inside a transaction. */

/* Inserts the description; sets table->id. */
enum store_result catalog_insert(struct store *store, struct table *table);
enum store_result catalog_update(struct store *store, const struct table *table);
enum store_result catalog_delete(struct store *store, const struct table *table);

#endif
