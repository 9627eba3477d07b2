#ifndef ENDPOINT_TABLES_WRITE_H
#define ENDPOINT_TABLES_WRITE_H

#include "base/arena.h"
#include "base/text.h"
#include "client/expression.h"
#include "client/value.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writing one item, in two steps: item_write_check reads what is there and finds everything that
 * can refuse the write; item_write_store writes the item, its index rows, collection, expiry entry
 * and totals. Nothing but the store can fail in the second step, so a group of requests needs no
 * savepoints. Writer thread, inside a transaction.
 */

struct throttle;

/* Totals changed by the transaction so far, published after COMMIT. */
struct count_change {
    struct table *table; /* a reference: keeps its counters alive */
    int slot;
    int64_t items, bytes;
    int64_t sequence; /* of the last stream record; 0 = none */
};

/* What a transaction of the writer works on. */
struct write_context {
    struct store *store;
    struct registry *catalog;
    const struct tables_settings *settings;
    struct throttle *throttle; /* NULL: nothing is enforced */
    struct arena *arena;       /* scratch of background work */
    struct arena *entries;     /* scratch for the rows of one index */
    uint64_t now_ms;           /* wall time of the group */
    int64_t sequence;          /* the highest number given to a stream record */
    size_t change_count, change_capacity;
    struct count_change *change; /* owned */
    bool catalog_changed;        /* the writer looks for background work */
};

enum write_kind { WRITE_PUT, WRITE_UPDATE, WRITE_DELETE };
/* Who asked for it: stream records tell deletes by time to live from others. */
enum write_origin { WRITE_BY_REQUEST, WRITE_BY_EXPIRY };

struct item_write {
    enum write_kind kind;
    enum write_origin origin;
    struct table *table; /* as the loop thread saw it; borrowed */
    struct text key;
    const struct value *key_item; /* the key attributes alone */
    const struct value *item;     /* WRITE_PUT */
    struct text json;             /* of item, canonical */
    size_t size;                  /* of item */
    const struct expression *condition;
    const struct update *update;
    bool want_old;        /* old_item is needed by the caller */
    bool item_on_failure; /* ReturnValuesOnConditionCheckFailure ALL_OLD */

    /* Found by item_write_check. */
    struct table *current; /* the description now; a reference the caller releases */
    bool existed;
    struct store_row old_row;
    struct text old_json;         /* in the arena of the request */
    const struct value *old_item; /* NULL when it was not needed or there was none */
    const struct value *new_item; /* NULL: nothing will be there */
    struct text new_json;
    size_t new_size;
    bool unchanged;
    int64_t collection_bytes; /* of the item collection afterwards; tables with local indexes */
};

/*
 * Loop thread: the bytes and the attributes of the key, from an item that has them all; the size
 * and the JSON of write->item. False when refused.
 */
bool write_take_key(struct request *request, struct item_write *write, const struct value *item);
bool write_take_item(struct request *request, struct item_write *write);

/* PROGRESS_DONE with a fault recorded when the write is refused. */
enum progress item_write_check(struct request *request, struct item_write *write,
    struct write_context *context);
/* usage gets the units of table and indexes; may be NULL. */
enum progress item_write_store(struct item_write *write, struct write_context *context,
    struct usage *usage);

/* Adds to the totals of the transaction; false when out of memory. */
bool write_count(struct write_context *context, struct table *table, int slot, int64_t items,
    int64_t bytes);
/* The number of a stream record, published with the totals of slot 0, which are there already. */
void write_note_sequence(struct write_context *context, const struct table *table,
    int64_t sequence);
/* Before COMMIT: writes the totals down. After it: publishes them. Or forgets them. */
enum store_result write_counts_store(struct write_context *context);
void write_counts_publish(struct write_context *context);
void write_counts_forget(struct write_context *context); /* also frees what the list holds */

/* For operation.committed: readers see the draft from now on. */
void write_publish_draft(struct request *request, struct write_context *context);

#endif
