#ifndef ENDPOINT_GATEWAY_GATEWAY_STORE_INTERNAL_H
#define ENDPOINT_GATEWAY_GATEWAY_STORE_INTERNAL_H

#include "base/arena.h"
#include "base/map.h"
#include "endpoint/gateway/gateway_store.h"

#include <sqlite3.h>

/* What the two files of the store share. */

/*
 * 1. Every row of doc has one struct gateway_store_entry; its content is replaced as a whole by a change.
 * 2. Between gateway_store_begin and gateway_store_commit the old contents are kept in undo[], newest last.
 * 3. A removed entry stays in its collection, marked, until the commit; nobody finds it.
 */
struct gateway_store_content {
    char *json;          /* owned */
    struct arena *arena; /* of the tree */
    bool removed;
};

struct gateway_store_entry {
    struct record record;
    struct gateway_store_content content;
    char *names; /* account, region, api, id: what the record's texts point to */
};

struct gateway_store_collection {
    struct map *map; /* id -> struct gateway_store_entry */
};

struct gateway_store_undo {
    struct gateway_store_collection *collection;
    struct gateway_store_entry *entry;
    struct gateway_store_content before;
    struct record record_before;
    bool is_new;
};

enum gateway_store_statement {
    STORE_PUT,
    STORE_REMOVE,
    STORE_REMOVE_ALL,
    STORE_PUT_SNAPSHOT,
    STORE_REMOVE_SNAPSHOT,
    STORE_REMOVE_SNAPSHOTS,
    STORE_READ_SNAPSHOT,
    STORE_READ_HASH,
    STORE_STATEMENTS
};

struct gateway_store {
    sqlite3 *db;
    sqlite3_stmt *statement[STORE_STATEMENTS];
    struct map *collections; /* kind/api -> struct gateway_store_collection */
    struct gateway_store_undo *undo;
    size_t undo_count, undo_capacity;
    uint64_t version;
    bool changing;
    char *path;
};

/* gateway_store.c */
enum error_code gateway_store_fail(struct gateway_store *store, struct error *err);
enum error_code gateway_store_run(struct gateway_store *store, const char *sql, struct error *err);
struct text gateway_store_column(sqlite3_stmt *statement, int at);
enum error_code gateway_store_content(struct gateway_store_content *content, struct record *record,
    struct text json, struct error *err);
struct gateway_store_entry *gateway_store_entry(const struct gateway_store_put *put);
void gateway_store_entry_free(struct gateway_store_entry *entry);
struct gateway_store_collection *gateway_store_collection(struct gateway_store *store,
    const char *kind, struct text api);

#endif
