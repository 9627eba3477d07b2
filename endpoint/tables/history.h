#ifndef ENDPOINT_TABLES_HISTORY_H
#define ENDPOINT_TABLES_HISTORY_H

#include "base/buf.h"
#include "base/text.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/table.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The undo log of tables with point-in-time recovery (tables.md 18): u_{id}(seq, at, k, size, old),
 * in the commit of each change the time in milliseconds and what the item was before, old NULL
 * when there was none. Times never go back within a log, whatever the clock does. What an item was
 * at a time is the old of its first entry after that time, or what it is now.
 */
enum { HISTORY_DAYS_MIN = 1, HISTORY_DAYS_MAX = 35 };

/* Writer thread, inside a transaction. */
enum store_result history_create(struct store *store, int64_t table);
enum store_result history_drop(struct store *store, int64_t table);
enum store_result history_add(const struct item_write *write, struct write_context *context);
/* Drops up to a slice of what is older than the period; AGAIN when there is more. */
enum progress history_trim(const struct table *table, struct write_context *context);

static inline bool history_is_on(const struct table *table)
{
    return table->history_since_ms > 0;
}
/* Once, after a start: the time of the last entry. */
enum store_result history_load(struct table *table, struct store *store);
/* The times between which the table can be restored, in milliseconds; any thread. */
uint64_t history_latest_ms(const struct table *table);
uint64_t history_earliest_ms(const struct table *table);

/*
 * The rest reads, on a connection of its own (the worker's), between store_execute "BEGIN" and
 * "END": both calls and what follows them then see one snapshot. They use temporary tables of the
 * connection, one view or one list of changes at a time.
 */
struct history_row {
    struct text key;
    int64_t size;     /* as the service counts it */
    struct text json; /* the item, canonical; valid until the next call */
};

struct history_view {
    struct store *store;
    struct sqlite3_stmt *rows;
    int64_t table;
    bool undone; /* the rows that are as they were are through */
};
/* All rows as they were at at_ms, in no order that matters; HISTORY_NOW needs no log. */
#define HISTORY_NOW UINT64_MAX
enum store_result history_view_begin(struct store *store, const struct table *table, uint64_t at_ms,
    struct history_view *view);
enum store_result history_view_next(struct history_view *view, struct history_row *row);
void history_view_end(struct history_view *view); /* also after a failed begin */

struct history_change {
    struct text key;
    uint64_t at_ms;       /* of the last change in the time asked */
    struct text old_json; /* before the first one; data NULL: there was no item */
    struct text new_json; /* after the last one; data NULL: there was none any more */
};

struct history_changes {
    struct store *store;
    struct sqlite3_stmt *rows;
    int64_t table;
    struct buf now; /* an item as it is now */
};
/*
 * What changed at from_ms < time <= to_ms: each key once, in the order of their last changes.
 * Both images may be the same when an item went there and back.
 */
enum store_result history_changes_begin(struct store *store, const struct table *table,
    uint64_t from_ms, uint64_t to_ms, struct history_changes *changes);
enum store_result history_changes_next(struct history_changes *changes,
    struct history_change *change);
void history_changes_end(struct history_changes *changes); /* also after a failed begin */

#endif
