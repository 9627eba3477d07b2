#ifndef ENDPOINT_TABLES_STORE_INTERNAL_H
#define ENDPOINT_TABLES_STORE_INTERNAL_H

#include "endpoint/tables/store.h"

#include <sqlite3.h>

/* What store.c, store_open.c and transact_tokens.c share. */

enum store_statement {
    ROW_GET,
    ROW_PUT,
    ROW_DELETE,
    LARGE_GET,
    LARGE_ADD,
    LARGE_UPDATE,
    LARGE_DELETE,
    ROW_UP,
    ROW_UP_OPEN,
    ROW_DOWN,
    ROW_DOWN_OPEN,
    INDEX_UP,
    INDEX_UP_OPEN,
    INDEX_DOWN,
    INDEX_DOWN_OPEN,
    INDEX_UPDATE,
    INDEX_ADD,
    INDEX_DELETE,
    COLLECTION_ADD,
    EXPIRY_ADD,
    EXPIRY_DELETE,
    EXPIRY_DUE,
    STREAM_ADD,
    STREAM_FROM,
    STREAM_LAST,
    STREAM_TIMES,
    STREAM_TRIM,
    HISTORY_ADD,
    STATEMENT_COUNT
};

/* Statements of 64 tables or indexes stay prepared: 16 sets of 4, the oldest of a set goes. */
enum { STORE_CACHE_SETS = 16, STORE_CACHE_WAYS = 4 };

enum { TOKEN_STATEMENTS = 3 };

struct store_prepared {
    int64_t table; /* 0 = free */
    int slot;
    uint64_t used;
    sqlite3_stmt *statement[STATEMENT_COUNT];
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *begin, *begin_reading, *commit, *count, *stream;
    sqlite3_stmt *token[TOKEN_STATEMENTS]; /* transact_tokens.c */
    uint64_t uses;
    uint8_t secret[STORE_SECRET_SIZE];
    bool has_secret;
    bool durable;           /* the writer of a file that outlives us */
    bool is_new;            /* made by store_open */
    sqlite3_int64 wal_size; /* of its WAL, zeros ahead included; 0 = not looked at yet */
    int failure;            /* extended SQLite code of the last failure */
    struct store_prepared prepared[STORE_CACHE_SETS * STORE_CACHE_WAYS];
};

/* Ready to be bound, or NULL. Ids are integers of ours: no name of a user reaches SQL. */
sqlite3_stmt *store_statement(struct store *store, int64_t table, int slot,
    enum store_statement kind);
/* Executes SQL in which @ stands for the table's id and # for the slot. */
enum store_result store_template(struct store *store, const char *template, int64_t table,
    int slot);
void store_bind_json(sqlite3_stmt *statement, int at, struct text json);
struct text store_column(sqlite3_stmt *statement, int at);
/* Steps a statement that changes rows, and lets go of what was bound. */
enum store_result store_change(struct store *store, sqlite3_stmt *statement);

#endif
