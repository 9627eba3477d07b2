#ifndef ENDPOINT_TABLES_STORE_DROPS_H
#define ENDPOINT_TABLES_STORE_DROPS_H

#include "endpoint/tables/store.h"

#include <stdint.h>

/*
 * Tables of the file that nothing refers to any more, dropped a slice at a time: SQLite visits
 * every page of what it drops, and no write may wait for that.
 *
 *   drops(name)   tables of the file to be emptied and dropped
 */

/* A slice ends after so many rows, or so much time: rows may be large. */
enum { STORE_DROP_ROWS = 500, STORE_DROP_MS = 5 };

/* Everything of a table but its stream; what is too much for a slice is noted in drops. */
enum store_result store_drop_table(struct store *store, int64_t table);
/* DONE when the index is gone. ROW: a slice is, and there is more. */
enum store_result store_drop_index(struct store *store, int64_t table, int slot);
/* A slice of what is noted: ROW when there is more, DONE when nothing is left. */
enum store_result store_drop_slice(struct store *store);

#endif
