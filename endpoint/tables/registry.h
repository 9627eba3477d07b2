#ifndef ENDPOINT_TABLES_REGISTRY_H
#define ENDPOINT_TABLES_REGISTRY_H

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
struct registry;

struct registry *registry_new(struct error *err) MUST_CHECK;
void registry_free(struct registry *catalog);
/* Reads descriptions and counters; ERROR_INVALID names what cannot be read. */
enum error_code registry_load(struct registry *catalog, struct store *store,
    struct error *err) MUST_CHECK;

struct table *registry_find(struct registry *catalog, struct text account, struct text region,
    struct text name);
struct table *registry_find_id(struct registry *catalog, int64_t id);
/* Adds the table, or replaces the description with its id. False when out of memory. */
bool registry_publish(struct registry *catalog, struct table *table);
void registry_remove(struct registry *catalog, int64_t id);
size_t registry_count(struct registry *catalog, struct text account, struct text region);

/*
 * Up to limit names above after, in byte order, copied into the arena; *more says whether there
 * are others. NULL when out of memory.
 */
struct text *registry_list(struct registry *catalog, struct text account, struct text region,
    struct text after, size_t limit, struct arena *arena, size_t *count, bool *more);

/* When the next table that is being deleted may go, or UINT64_MAX; wall time. */
uint64_t registry_next_drop_ms(struct registry *catalog);

/* The first table at or above the id that has work for the writer: see chores.h. */
struct table *registry_next_busy(struct registry *catalog, int64_t from);

/* The first table at or above the id that is being filled: restore.h. */
struct table *registry_next_restoring(struct registry *catalog, int64_t from);

/* Persistence: on the writer's connection, inside a transaction. */

/* Inserts the description; sets table->id. */
enum store_result registry_insert(struct store *store, struct table *table);
enum store_result registry_update(struct store *store, const struct table *table);
enum store_result registry_delete(struct store *store, const struct table *table);

#endif
