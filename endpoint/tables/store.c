#include "endpoint/tables/store_internal.h"

#include <errno.h>
#include <stdio.h>

/* @ stands for the table's id, # for the slot of an index. */
static const char *const statement_table[STATEMENT_COUNT] = {
    [ROW_GET] = "SELECT size, v FROM d_@ WHERE k = ?1",
    [ROW_PUT] = "REPLACE INTO d_@(k, size, v) VALUES(?1, ?2, ?3)",
    [ROW_DELETE] = "DELETE FROM d_@ WHERE k = ?1",
    [LARGE_GET] = "SELECT v FROM x_@ WHERE id = ?1",
    [LARGE_ADD] = "INSERT INTO x_@(v) VALUES(?1)",
    [LARGE_UPDATE] = "UPDATE x_@ SET v = ?2 WHERE id = ?1",
    [LARGE_DELETE] = "DELETE FROM x_@ WHERE id = ?1",
    [ROW_UP] = "SELECT k, size, v FROM d_@ WHERE k >= ?1 AND k < ?2 ORDER BY k",
    [ROW_UP_OPEN] = "SELECT k, size, v FROM d_@ WHERE k >= ?1 ORDER BY k",
    [ROW_DOWN] = "SELECT k, size, v FROM d_@ WHERE k >= ?1 AND k < ?2 ORDER BY k DESC",
    [ROW_DOWN_OPEN] = "SELECT k, size, v FROM d_@ WHERE k >= ?1 ORDER BY k DESC",
    [INDEX_UP] = "SELECT k, size, v FROM i_@_# WHERE k >= ?1 AND k < ?2 ORDER BY k",
    [INDEX_UP_OPEN] = "SELECT k, size, v FROM i_@_# WHERE k >= ?1 ORDER BY k",
    [INDEX_DOWN] = "SELECT k, size, v FROM i_@_# WHERE k >= ?1 AND k < ?2 ORDER BY k DESC",
    [INDEX_DOWN_OPEN] = "SELECT k, size, v FROM i_@_# WHERE k >= ?1 ORDER BY k DESC",
    [INDEX_UPDATE] = "UPDATE i_@_# SET size = ?2, v = ?3 WHERE k = ?1",
    [INDEX_ADD] = "INSERT OR IGNORE INTO i_@_#(k, size, v) VALUES(?1, ?2, ?3)",
    [INDEX_DELETE] = "DELETE FROM i_@_# WHERE k = ?1",
    [COLLECTION_ADD] = ("INSERT INTO c_@(h, bytes) VALUES(?1, ?2) ON CONFLICT(h) DO UPDATE SET "
                        "bytes = bytes + ?2 RETURNING bytes"),
    [EXPIRY_ADD] = "INSERT OR IGNORE INTO t_@(at, k) VALUES(?1, ?2)",
    [EXPIRY_DELETE] = "DELETE FROM t_@ WHERE at = ?1 AND k = ?2",
    [STREAM_ADD] = "INSERT INTO s_@(seq, at, op, who, size, k, old, new) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STREAM_FROM] = "SELECT seq, at, op, who, size, k, old, new FROM s_@ WHERE seq >= ?1 "
                    "ORDER BY seq",
    [STREAM_LAST] = "SELECT seq FROM s_@ ORDER BY seq DESC LIMIT 1",
    [STREAM_TIMES] = "SELECT seq, at FROM s_@ WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    [STREAM_TRIM] = "DELETE FROM s_@ WHERE seq <= ?1",
    [HISTORY_ADD] = "INSERT INTO u_@(at, k, size, old) VALUES(?1, ?2, ?3, ?4)",
    [EXPIRY_DUE] = "SELECT at, k FROM t_@ WHERE at > ?1 AND at < ?2 ORDER BY at, k LIMIT 1",
};

struct sqlite3 *store_handle(struct store *store)
{
    return store->db;
}

bool store_is_new(const struct store *store)
{
    return store->is_new;
}

int64_t store_last_id(struct store *store)
{
    return sqlite3_last_insert_rowid(store->db);
}

static enum store_result failed(struct store *store)
{
    store->failure = sqlite3_extended_errcode(store->db);
    return STORE_FAILED;
}

bool store_is_full(const struct store *store)
{
    /* A full disk is SQLITE_FULL or, from a short write, an I/O error with ENOSPC or EDQUOT. */
    if ((store->failure & 0xff) == SQLITE_FULL)
        return true;
    return (store->failure & 0xff) == SQLITE_IOERR &&
           (sqlite3_system_errno(store->db) == ENOSPC || sqlite3_system_errno(store->db) == EDQUOT);
}

bool store_is_missing(const struct store *store)
{
    /* The statements are ours and fixed: nothing else can be wrong with them. */
    return store->failure == SQLITE_ERROR;
}

bool store_is_damaged(const struct store *store)
{
    return (store->failure & 0xff) == SQLITE_CORRUPT || (store->failure & 0xff) == SQLITE_NOTADB;
}

bool store_is_read_only(const struct store *store)
{
    return (store->failure & 0xff) == SQLITE_READONLY;
}

const char *store_failure(const struct store *store)
{
    return sqlite3_errstr(store->failure);
}

struct sqlite3_stmt *store_prepare(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK)
        failed(store);
    return statement;
}

enum store_result store_step(struct store *store, struct sqlite3_stmt *statement)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return STORE_ROW;
    case SQLITE_DONE:
        return STORE_DONE;
    default:
        return failed(store);
    }
}

enum store_result store_execute(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return STORE_DONE;
    return failed(store);
}

static enum store_result run_kept(struct store *store, sqlite3_stmt **statement, const char *sql)
{
    enum store_result result;

    if (!*statement)
        *statement = store_prepare(store, sql);
    if (!*statement)
        return STORE_FAILED;
    result = store_step(store, *statement);
    sqlite3_reset(*statement);
    return result;
}

enum store_result store_begin(struct store *store)
{
    return run_kept(store, &store->begin, "BEGIN IMMEDIATE");
}

enum store_result store_commit(struct store *store)
{
    return run_kept(store, &store->commit, "COMMIT");
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

enum store_result store_begin_reading(struct store *store)
{
    return run_kept(store, &store->begin_reading, "BEGIN");
}

void store_end_reading(struct store *store)
{
    int failure = store->failure; /* of a read in between */

    if (store_commit(store) == STORE_FAILED)
        store_rollback(store);
    store->failure = failure;
}

static void forget(struct store_prepared *prepared)
{
    for (int kind = 0; kind < STATEMENT_COUNT; kind++)
        sqlite3_finalize(prepared->statement[kind]);
    *prepared = (struct store_prepared){0};
}

static struct store_prepared *find_prepared(struct store *store, int64_t table, int slot)
{
    size_t set = (size_t)(table * 7 + slot) % STORE_CACHE_SETS;
    struct store_prepared *ways = &store->prepared[set * STORE_CACHE_WAYS], *oldest = ways;

    for (size_t i = 0; i < STORE_CACHE_WAYS; i++) {
        if (ways[i].table == table && ways[i].slot == slot) {
            ways[i].used = ++store->uses;
            return &ways[i];
        }
        if (ways[i].used < oldest->used)
            oldest = &ways[i];
    }
    forget(oldest);
    *oldest = (struct store_prepared){.table = table, .slot = slot, .used = ++store->uses};
    return oldest;
}

static void add_sql(struct buf *out, const char *template, int64_t table, int slot)
{
    for (; *template; template ++) {
        if (*template == '@')
            buf_add_integer(out, table);
        else if (*template == '#')
            buf_add_integer(out, slot);
        else
            buf_add_char(out, *template);
    }
}

sqlite3_stmt *store_statement(struct store *store, int64_t table, int slot,
    enum store_statement kind)
{
    struct store_prepared *prepared = find_prepared(store, table, slot);
    struct buf sql;

    if (prepared->statement[kind])
        return prepared->statement[kind];
    buf_init(&sql, 1024);
    add_sql(&sql, statement_table[kind], table, slot);
    prepared->statement[kind] = sql.failure ? NULL : store_prepare(store, buf_string(&sql));
    if (sql.failure)
        store->failure = SQLITE_NOMEM;
    buf_done(&sql);
    return prepared->statement[kind];
}

static void bind_blob(sqlite3_stmt *statement, int at, struct text bytes)
{
    /* An empty blob with a NULL pointer would be NULL. */
    sqlite3_bind_blob64(statement, at, bytes.length > 0 ? bytes.data : "", bytes.length,
        SQLITE_STATIC);
}

void store_bind_json(sqlite3_stmt *statement, int at, struct text json)
{
    sqlite3_bind_text64(statement, at, json.data, json.length, SQLITE_STATIC, SQLITE_UTF8);
}

struct text store_column(sqlite3_stmt *statement, int at)
{
    const char *data = sqlite3_column_blob(statement, at);

    return text_make(data ? data : "", (size_t)sqlite3_column_bytes(statement, at));
}

enum store_result store_change(struct store *store, sqlite3_stmt *statement)
{
    enum store_result result = store_step(store, statement);

    sqlite3_reset(statement);
    return result;
}

enum store_result store_template(struct store *store, const char *template, int64_t table, int slot)
{
    struct buf sql;
    enum store_result result;

    buf_init(&sql, 4096);
    add_sql(&sql, template, table, slot);
    result = sql.failure ? STORE_FAILED : store_execute(store, buf_string(&sql));
    if (sql.failure)
        store->failure = SQLITE_NOMEM; /* half a statement may well be one */
    buf_done(&sql);
    return result;
}

enum store_result store_create_table(struct store *store, int64_t table, bool collections)
{
    enum store_result result = store_template(store,
        "CREATE TABLE d_@(k BLOB PRIMARY KEY, size INT NOT NULL, v) WITHOUT ROWID;"
        "CREATE TABLE x_@(id INTEGER PRIMARY KEY, v BLOB NOT NULL)",
        table, 0);

    if (result == STORE_DONE && collections)
        result = store_template(store,
            "CREATE TABLE c_@(h BLOB PRIMARY KEY, bytes INT NOT NULL) WITHOUT ROWID", table, 0);
    return result;
}

enum store_result store_create_index(struct store *store, int64_t table, int slot)
{
    return store_template(store,
        "CREATE TABLE i_@_#(k BLOB PRIMARY KEY, size INT NOT NULL, v) WITHOUT ROWID", table, slot);
}

enum store_result store_create_expiry(struct store *store, int64_t table)
{
    return store_template(store,
        "CREATE TABLE t_@(at INT NOT NULL, k BLOB NOT NULL, PRIMARY KEY(at, k)) WITHOUT ROWID",
        table, 0);
}

enum store_result store_drop_expiry(struct store *store, int64_t table)
{
    return store_template(store, "DROP TABLE t_@", table, 0);
}

static enum store_result add_large(struct store *store, int64_t table, int64_t id, struct buf *json)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, LARGE_GET);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, id);
    result = store_step(store, statement);
    if (result == STORE_ROW)
        buf_add_text(json, store_column(statement, 0));
    else if (result == STORE_DONE)
        store->failure = SQLITE_CORRUPT;
    sqlite3_reset(statement);
    return result == STORE_ROW ? STORE_ROW : STORE_FAILED;
}

enum store_result store_get(struct store *store, int64_t table, struct text key, struct buf *json,
    struct store_row *row)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, ROW_GET);
    enum store_result result;

    *row = (struct store_row){0};
    if (!statement)
        return STORE_FAILED;
    bind_blob(statement, 1, key);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        row->size = sqlite3_column_int64(statement, 0);
        if (sqlite3_column_type(statement, 1) == SQLITE_INTEGER) {
            row->large = sqlite3_column_int64(statement, 1);
            /* Within the same snapshot: the statement is not reset yet. */
            result = add_large(store, table, row->large, json);
        } else {
            buf_add_text(json, store_column(statement, 1));
        }
    }
    sqlite3_reset(statement);
    return result;
}

static enum store_result put_large(struct store *store, int64_t table, int64_t id, struct text json,
    int64_t *out)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, id ? LARGE_UPDATE : LARGE_ADD);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    if (id)
        sqlite3_bind_int64(statement, 1, id);
    store_bind_json(statement, id ? 2 : 1, json);
    result = store_change(store, statement);
    *out = id ? id : sqlite3_last_insert_rowid(store->db);
    return result;
}

static enum store_result delete_large(struct store *store, int64_t table, int64_t id)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, LARGE_DELETE);

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, id);
    return store_change(store, statement);
}

enum store_result store_put(struct store *store, int64_t table, struct text key,
    const struct store_row *old, int64_t size, struct text json)
{
    bool is_large = json.length > STORE_INLINE_LIMIT;
    sqlite3_stmt *statement;
    int64_t large = 0;

    if (is_large && put_large(store, table, old->large, json, &large) == STORE_FAILED)
        return STORE_FAILED;
    if (!is_large && old->large && delete_large(store, table, old->large) == STORE_FAILED)
        return STORE_FAILED;
    statement = store_statement(store, table, 0, ROW_PUT);
    if (!statement)
        return STORE_FAILED;
    bind_blob(statement, 1, key);
    sqlite3_bind_int64(statement, 2, size);
    if (is_large)
        sqlite3_bind_int64(statement, 3, large);
    else
        store_bind_json(statement, 3, json);
    return store_change(store, statement);
}

enum store_result store_delete(struct store *store, int64_t table, struct text key,
    const struct store_row *old)
{
    sqlite3_stmt *statement;

    if (old->large && delete_large(store, table, old->large) == STORE_FAILED)
        return STORE_FAILED;
    statement = store_statement(store, table, 0, ROW_DELETE);
    if (!statement)
        return STORE_FAILED;
    bind_blob(statement, 1, key);
    return store_change(store, statement);
}

static enum store_result change_index(struct store *store, int64_t table, int slot,
    enum store_statement kind, struct text key, int64_t size, struct text json, bool *changed)
{
    sqlite3_stmt *statement = store_statement(store, table, slot, kind);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind_blob(statement, 1, key);
    if (kind != INDEX_DELETE) {
        sqlite3_bind_int64(statement, 2, size);
        if (json.length > STORE_INLINE_LIMIT)
            sqlite3_bind_null(statement, 3);
        else
            store_bind_json(statement, 3, json);
    }
    result = store_change(store, statement);
    *changed = result == STORE_DONE && sqlite3_changes(store->db) > 0;
    return result;
}

enum store_result store_index_update(struct store *store, int64_t table, int slot, struct text key,
    int64_t size, struct text json, bool *changed)
{
    return change_index(store, table, slot, INDEX_UPDATE, key, size, json, changed);
}

enum store_result store_index_add(struct store *store, int64_t table, int slot, struct text key,
    int64_t size, struct text json, bool *changed)
{
    return change_index(store, table, slot, INDEX_ADD, key, size, json, changed);
}

enum store_result store_index_delete(struct store *store, int64_t table, int slot, struct text key,
    bool *changed)
{
    return change_index(store, table, slot, INDEX_DELETE, key, 0, text_make("", 0), changed);
}

enum store_result store_collection_add(struct store *store, int64_t table, struct text collection,
    int64_t bytes, int64_t *total)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, COLLECTION_ADD);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind_blob(statement, 1, collection);
    sqlite3_bind_int64(statement, 2, bytes);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        *total = sqlite3_column_int64(statement, 0);
        result = store_step(store, statement);
    }
    sqlite3_reset(statement);
    return result;
}

static enum store_result change_expiry(struct store *store, int64_t table,
    enum store_statement kind, int64_t at, struct text key)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, kind);

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, at);
    bind_blob(statement, 2, key);
    return store_change(store, statement);
}

enum store_result store_expiry_add(struct store *store, int64_t table, int64_t at, struct text key)
{
    return change_expiry(store, table, EXPIRY_ADD, at, key);
}

enum store_result store_expiry_delete(struct store *store, int64_t table, int64_t at,
    struct text key)
{
    return change_expiry(store, table, EXPIRY_DELETE, at, key);
}

enum store_result store_expiry_due(struct store *store, int64_t table, int64_t after,
    int64_t before, int64_t *at, struct buf *key)
{
    sqlite3_stmt *statement = store_statement(store, table, 0, EXPIRY_DUE);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, before);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        *at = sqlite3_column_int64(statement, 0);
        buf_add_text(key, store_column(statement, 1));
    }
    sqlite3_reset(statement);
    return result;
}

enum store_result store_walk_begin(struct store *store, int64_t table, int slot, bool backward,
    struct text low, struct text high, struct store_walk *walk)
{
    enum store_statement kind = slot == 0 ? ROW_UP : INDEX_UP;

    if (backward)
        kind += ROW_DOWN - ROW_UP;
    if (!high.data)
        kind += ROW_UP_OPEN - ROW_UP;
    *walk = (struct store_walk){.store = store, .table = table};
    walk->statement = store_statement(store, table, slot, kind);
    if (!walk->statement)
        return STORE_FAILED;
    bind_blob(walk->statement, 1, low);
    if (high.data)
        bind_blob(walk->statement, 2, high);
    return STORE_DONE;
}

enum store_result store_walk_next(struct store_walk *walk, struct store_entry *entry)
{
    enum store_result result = store_step(walk->store, walk->statement);
    int type;

    if (result != STORE_ROW)
        return result;
    entry->key = store_column(walk->statement, 0);
    entry->size = sqlite3_column_int64(walk->statement, 1);
    type = sqlite3_column_type(walk->statement, 2);
    entry->json = type == SQLITE_TEXT ? store_column(walk->statement, 2) : text_make(NULL, 0);
    return STORE_ROW;
}

void store_walk_end(struct store_walk *walk)
{
    if (walk->statement)
        sqlite3_reset(walk->statement);
    walk->statement = NULL;
}

enum store_result store_count(struct store *store, int64_t table, int slot, int64_t items,
    int64_t bytes)
{
    enum store_result result;

    if (!store->count)
        store->count = store_prepare(store,
            "INSERT INTO counters(table_id, slot, items, bytes) VALUES(?1, ?2, ?3, ?4) "
            "ON CONFLICT(table_id, slot) DO UPDATE SET items = items + ?3, bytes = bytes + ?4");
    if (!store->count)
        return STORE_FAILED;
    sqlite3_bind_int64(store->count, 1, table);
    sqlite3_bind_int64(store->count, 2, slot);
    sqlite3_bind_int64(store->count, 3, items);
    sqlite3_bind_int64(store->count, 4, bytes);
    result = store_step(store, store->count);
    sqlite3_reset(store->count);
    return result;
}
