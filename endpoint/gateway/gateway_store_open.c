#include <stdio.h>

#include "base/mem.h"
#include "endpoint/gateway/gateway_store_internal.h"

enum { PATH_LIMIT = 4096, APPLICATION_ID = 0x67686777 /* "ghgw" */, SCHEMA_VERSION = 1 };

static const char *const statement_table[STORE_STATEMENTS] = {
    [STORE_PUT] =
        ("INSERT INTO doc(account, region, kind, api, id, json, created, updated)"
         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)"
         " ON CONFLICT(kind, api, id) DO UPDATE SET json = ?6, updated = ?7 RETURNING seq"),
    [STORE_REMOVE] = "DELETE FROM doc WHERE kind = ?1 AND api = ?2 AND id = ?3",
    [STORE_REMOVE_ALL] = "DELETE FROM doc WHERE api = ?1",
    [STORE_PUT_SNAPSHOT] = ("INSERT INTO deployment(api, id, json, hash, created)"
                            " VALUES(?1, ?2, ?3, ?4, ?5)"),
    [STORE_REMOVE_SNAPSHOT] = "DELETE FROM deployment WHERE api = ?1 AND id = ?2",
    [STORE_REMOVE_SNAPSHOTS] = "DELETE FROM deployment WHERE api = ?1",
    [STORE_READ_SNAPSHOT] = "SELECT json FROM deployment WHERE api = ?1 AND id = ?2",
    [STORE_READ_HASH] = "SELECT hash FROM deployment WHERE api = ?1 AND id = ?2",
};

static const char *const schema =
    "CREATE TABLE IF NOT EXISTS doc(seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
    " region TEXT NOT NULL, kind TEXT NOT NULL, api TEXT NOT NULL, id TEXT NOT NULL,"
    " json TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " UNIQUE(kind, api, id));"
    "CREATE INDEX IF NOT EXISTS doc_api ON doc(api);"
    "CREATE TABLE IF NOT EXISTS deployment(api TEXT NOT NULL, id TEXT NOT NULL,"
    " json TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(api, id));";

static enum error_code read_row(struct gateway_store *store, sqlite3_stmt *statement,
    struct error *err)
{
    char kind[32];
    struct gateway_store_put put = {.kind = kind,
        .account = gateway_store_column(statement, 1),
        .region = gateway_store_column(statement, 2),
        .api = gateway_store_column(statement, 4),
        .id = gateway_store_column(statement, 5)};
    struct text name = gateway_store_column(statement, 3);
    struct gateway_store_collection *collection;
    struct gateway_store_entry *entry;

    snprintf(kind, sizeof kind, "%.*s", (int)name.length, name.data);
    collection = gateway_store_collection(store, kind, put.api);
    entry = collection ? gateway_store_entry(&put) : NULL;
    if (!entry)
        return error_memory(err);
    if (!entry->record.kind) {
        gateway_store_entry_free(entry);
        return error_set(err, ERROR_IO, "%s: unknown kind of document %s", store->path, kind);
    }
    if (gateway_store_content(&entry->content, &entry->record, gateway_store_column(statement, 6),
            err)) {
        gateway_store_entry_free(entry);
        return error_wrap(err, "%s: document %.*s", store->path, (int)put.id.length, put.id.data);
    }
    if (!map_set(collection->map, put.id, entry)) {
        gateway_store_entry_free(entry);
        return error_memory(err);
    }
    entry->record.sequence = sqlite3_column_int64(statement, 0);
    entry->record.version = ++store->version;
    return ERROR_NONE;
}

static enum error_code load(struct gateway_store *store, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    enum error_code code = ERROR_NONE;
    int result = SQLITE_DONE;

    if (sqlite3_prepare_v2(store->db,
            "SELECT seq, account, region, kind, api, id, json FROM doc ORDER BY seq", -1,
            &statement, NULL) != SQLITE_OK)
        return gateway_store_fail(store, err);
    while (!code && (result = sqlite3_step(statement)) == SQLITE_ROW)
        code = read_row(store, statement, err);
    if (!code && result != SQLITE_DONE)
        code = gateway_store_fail(store, err);
    sqlite3_finalize(statement);
    return code;
}

static enum error_code read_pragma(struct gateway_store *store, const char *sql, int64_t *out,
    struct error *err)
{
    sqlite3_stmt *statement = NULL;
    enum error_code code = ERROR_NONE;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        code = gateway_store_fail(store, err);
    else
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static enum error_code check_version(struct gateway_store *store, bool *is_new, struct error *err)
{
    int64_t application = 0, version = 0, tables = 0;

    if (read_pragma(store, "PRAGMA application_id", &application, err) ||
        read_pragma(store, "PRAGMA user_version", &version, err) ||
        read_pragma(store, "SELECT count(*) FROM sqlite_master", &tables, err))
        return err->code;
    if (tables > 0 && application != APPLICATION_ID) {
        error_set(err, ERROR_INVALID, "%s: a SQLite file of another program", store->path);
        return error_hint(err, "move it away, or choose another data folder");
    }
    if (version > SCHEMA_VERSION) {
        error_set(err, ERROR_INVALID, "%s: written by a newer gatehouse (version %lld, here %d)",
            store->path, (long long)version, SCHEMA_VERSION);
        return error_hint(err, "use the newer program, or choose another data folder");
    }
    *is_new = application != APPLICATION_ID || version != SCHEMA_VERSION || tables == 0;
    return ERROR_NONE;
}

/* In one transaction: each one waits for the disk. */
static enum error_code make_schema(struct gateway_store *store, struct error *err)
{
    char sql[128];

    snprintf(sql, sizeof sql, "BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d",
        APPLICATION_ID, SCHEMA_VERSION);
    if (gateway_store_run(store, sql, err) || gateway_store_run(store, schema, err))
        return err->code;
    return gateway_store_run(store, "COMMIT", err);
}

static enum error_code open_file(struct gateway_store *store, struct error *err)
{
    bool is_new = false;

    if (sqlite3_open_v2(store->path, &store->db,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return store->db ? gateway_store_fail(store, err) : error_memory(err);
    sqlite3_busy_timeout(store->db, 2000);
    if (check_version(store, &is_new, err) ||
        gateway_store_run(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err) ||
        (is_new && make_schema(store, err)))
        return err->code;
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, statement_table[i], -1, SQLITE_PREPARE_PERSISTENT,
                &store->statement[i], NULL) != SQLITE_OK)
            return gateway_store_fail(store, err);
    return load(store, err);
}

struct gateway_store *gateway_store_new(const char *folder, struct error *err)
{
    struct gateway_store *store = mem_new(1, sizeof *store);
    struct buf path;

    if (!store) {
        error_memory(err);
        return NULL;
    }
    buf_init(&path, PATH_LIMIT);
    buf_add_format(&path, "%s/gateway.db", folder);
    store->path = mem_copy_string(buf_string(&path));
    store->collections = map_new();
    if (buf_check(&path, "path of the data folder", err) == ERROR_NONE) {
        if (!store->path || !store->collections)
            error_memory(err);
        else if (open_file(store, err) == ERROR_NONE) {
            buf_done(&path);
            return store;
        }
    }
    buf_done(&path);
    gateway_store_free(store);
    return NULL;
}

void gateway_store_free(struct gateway_store *store)
{
    struct text key;
    void *value;

    if (!store)
        return;
    if (store->changing)
        gateway_store_rollback(store);
    for (size_t at = 0; store->collections && map_next(store->collections, &at, &key, &value);) {
        struct gateway_store_collection *collection = value;
        struct text id;
        void *entry;

        for (size_t i = 0; map_next(collection->map, &i, &id, &entry);)
            gateway_store_entry_free(entry);
        map_free(collection->map);
        mem_free(collection);
    }
    map_free(store->collections);
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        sqlite3_finalize(store->statement[i]);
    sqlite3_close(store->db);
    mem_free(store->undo);
    mem_free(store->path);
    mem_free(store);
}
