#ifndef ENDPOINT_TABLES_STORE_H
#define ENDPOINT_TABLES_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One connection to tables.db (tables.md 20): the file, its schema, prepared statements, rows as
 * bytes. Knows no DynamoDB. A connection belongs to one thread.
 *
 *   catalog(id, account, region, name, json)       one row per table
 *   counters(table_id, slot, items, bytes)         slot 0 is the table, others its indexes
 *   drops(name)                                    tables to be dropped: store_drops.h
 *   streams, s_{id}                                records of changes: store_streams.h
 *   tags(arn, key, value) · meta(key, value) · tokens(account, region, token, hash, until_ms)
 *   transfers(..)            exports and imports (transfer.h)
 *   recorded(table_id, kind, name, at_ms, state, text)  what is only remembered: recorded.h
 *   d_{id}(k, size, v)       items: v is the JSON up to 1,000 bytes, else the id of a row of x_{id}
 *   x_{id}(id, v)            large items, outside the tree of keys
 *   i_{id}_{slot}(k, size, v)  index rows: v is the projected JSON up to 1,000 bytes, else NULL
 *   t_{id}(at, k)            expiry times, while time to live is on
 *   c_{id}(h, bytes)         item collections, with local indexes
 *   u_{id}(seq, at, k, size, old)  undo log, with point-in-time recovery: history.h
 */
struct store;
struct sqlite3;
struct sqlite3_stmt;

enum {
    STORE_APPLICATION = 0x47485442, /* "GHTB" */
    STORE_VERSION = 2,
    STORE_INLINE_LIMIT = 1000,
    STORE_SECRET_SIZE = 32
};

enum store_access {
    STORE_WRITER,      /* creates the file when it is missing */
    STORE_READER,      /* another connection to a file that is open already */
    STORE_LONG_READER, /* the same, but goes through pages once and so keeps few */
    STORE_READ_ONLY    /* a file on a medium that cannot be written */
};

enum store_result {
    STORE_ROW,  /* found; a row */
    STORE_DONE, /* absent; done; no more rows */
    STORE_FAILED
};

/*
 * Opens path. Errors: ERROR_INVALID for a foreign, newer or damaged file, ERROR_IO otherwise;
 * the text names the path and the hint the remedy.
 */
struct store *store_open(const char *path, enum store_access access, bool durable,
    struct error *err) MUST_CHECK;
void store_close(struct store *store); /* NULL is harmless */

/* The file was not there, or empty, before store_open. */
bool store_is_new(const struct store *store);

/* The failure of the last STORE_FAILED: true when the disk is full or a quota is used up. */
bool store_is_full(const struct store *store);
/* A table of the file that the statement names is not there (any more). */
bool store_is_missing(const struct store *store);
/* The file is damaged. */
bool store_is_damaged(const struct store *store);
bool store_is_read_only(const struct store *store);
const char *store_failure(const struct store *store); /* SQLite's words */

enum store_result store_begin(struct store *store);
enum store_result store_commit(struct store *store);
void store_rollback(struct store *store);
/* After a commit that left so many frames in the WAL: keeps room ahead, for quick commits. */
void store_extend_wal(struct store *store, int frames);
/* Reads between the two see one state of the file. */
enum store_result store_begin_reading(struct store *store);
void store_end_reading(struct store *store);
/* One or more statements without parameters. */
enum store_result store_execute(struct store *store, const char *sql);

/* Tables of a new table, its indexes and extras; store_drops.h drops them. */
enum store_result store_create_table(struct store *store, int64_t table, bool collections);
enum store_result store_create_index(struct store *store, int64_t table, int slot);
enum store_result store_create_expiry(struct store *store, int64_t table);
enum store_result store_drop_expiry(struct store *store, int64_t table);

struct store_row {
    int64_t size;  /* as the service counts it */
    int64_t large; /* row of x_{id}, 0 = inline */
};

/* Appends the JSON of an item. STORE_DONE when it is absent. */
enum store_result store_get(struct store *store, int64_t table, struct text key, struct buf *json,
    struct store_row *row);
/* Writes an item; old is what store_get said (absent: zeroed). */
enum store_result store_put(struct store *store, int64_t table, struct text key,
    const struct store_row *old, int64_t size, struct text json);
enum store_result store_delete(struct store *store, int64_t table, struct text key,
    const struct store_row *old);

/*
 * Index rows. json longer than STORE_INLINE_LIMIT is not kept: readers take it from the item.
 * *changed says whether a row was there: updated, added or deleted.
 */
enum store_result store_index_update(struct store *store, int64_t table, int slot, struct text key,
    int64_t size, struct text json, bool *changed);
enum store_result store_index_add(struct store *store, int64_t table, int slot, struct text key,
    int64_t size, struct text json, bool *changed);
enum store_result store_index_delete(struct store *store, int64_t table, int slot, struct text key,
    bool *changed);

/* Adds to the bytes of a collection; total is what they are then. */
enum store_result store_collection_add(struct store *store, int64_t table, struct text collection,
    int64_t bytes, int64_t *total);

enum store_result store_expiry_add(struct store *store, int64_t table, int64_t at, struct text key);
enum store_result store_expiry_delete(struct store *store, int64_t table, int64_t at,
    struct text key);
/* The first entry with after < at < before: its time, and its key appended. */
enum store_result store_expiry_due(struct store *store, int64_t table, int64_t after,
    int64_t before, int64_t *at, struct buf *key);

/* Keys of [low, high) in order, or backwards; data of high NULL: to the end. */
struct store_walk {
    struct store *store;
    struct sqlite3_stmt *statement;
    int64_t table;
};
struct store_entry {
    struct text key;
    int64_t size;
    struct text json; /* data NULL: not kept here (an index row); fetch the item */
};
/* slot 0 walks items. low and high are kept until store_walk_end. */
enum store_result store_walk_begin(struct store *store, int64_t table, int slot, bool backward,
    struct text low, struct text high, struct store_walk *walk);
/* The texts of entry are valid until the next call. */
enum store_result store_walk_next(struct store_walk *walk, struct store_entry *entry);
void store_walk_end(struct store_walk *walk);

enum store_result store_count(struct store *store, int64_t table, int slot, int64_t items,
    int64_t bytes);

/* For the few statements of catalog and tags: prepared, owned by the caller. NULL on failure. */
struct sqlite3_stmt *store_prepare(struct store *store, const char *sql);
/* Steps and remembers the failure. */
enum store_result store_step(struct store *store, struct sqlite3_stmt *statement);
struct sqlite3 *store_handle(struct store *store);
int64_t store_last_id(struct store *store);
/* Random bytes of this file, the same for its life, to sign with; NULL on failure. */
const uint8_t *store_secret(struct store *store);

#endif
