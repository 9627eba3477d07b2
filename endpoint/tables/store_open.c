#include "endpoint/tables/store_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/mem.h"

/*
 * What brings a file to version i + 1; a new file takes all steps. Tables of a table are made with
 * it (store.h).
 */
static const char *const step_table[STORE_VERSION] = {
    "PRAGMA application_id = 1195922498;"
    "CREATE TABLE catalog(id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, "
    "region TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL, "
    "UNIQUE(account, region, name));"
    "CREATE TABLE counters(table_id INTEGER NOT NULL, slot INTEGER NOT NULL, "
    "items INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY(table_id, slot)) WITHOUT ROWID;"
    "CREATE TABLE tags(arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, "
    "PRIMARY KEY(arn, key)) WITHOUT ROWID;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version = 1;",
    "CREATE TABLE tokens(account TEXT NOT NULL, region TEXT NOT NULL, token TEXT NOT NULL, "
    "hash BLOB NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY(account, region, token)) "
    "WITHOUT ROWID;"
    "CREATE INDEX tokens_until ON tokens(until_ms);"
    "CREATE TABLE streams(id INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL, "
    "view INTEGER NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, "
    "label TEXT NOT NULL, shard TEXT NOT NULL, keys TEXT NOT NULL, created_ms INTEGER NOT NULL, "
    "closed_ms INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "trimmed INTEGER NOT NULL, UNIQUE(account, region, name, label));"
    "CREATE TABLE drops(name TEXT NOT NULL);"
    "INSERT OR IGNORE INTO meta(key, value) VALUES('secret', lower(hex(randomblob(32))));"
    "CREATE TABLE backups(label TEXT PRIMARY KEY, arn TEXT NOT NULL UNIQUE, account TEXT NOT NULL, "
    "region TEXT NOT NULL, name TEXT NOT NULL, table_name TEXT NOT NULL, table_arn TEXT NOT NULL, "
    "created_ms INTEGER NOT NULL, available INTEGER NOT NULL, items INTEGER NOT NULL, "
    "bytes INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE transfers(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, "
    "account TEXT NOT NULL, region TEXT NOT NULL, arn TEXT NOT NULL UNIQUE, "
    "table_id INTEGER NOT NULL, table_arn TEXT NOT NULL, running INTEGER NOT NULL, token TEXT, "
    "hash BLOB NOT NULL, until_ms INTEGER NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX transfers_own ON transfers(kind, account, region, running);"
    "CREATE TABLE recorded(table_id INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, "
    "at_ms INTEGER NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, "
    "PRIMARY KEY(table_id, kind, name)) WITHOUT ROWID;"
    "PRAGMA user_version = 2;",
};

_Static_assert(STORE_APPLICATION == 1195922498, "the number in the first step");

static enum error_code set_failure(struct store *store, const char *path, struct error *err)
{
    int code = sqlite3_extended_errcode(store->db);

    switch (code & 0xff) {
    case SQLITE_NOTADB:
        error_set(err, ERROR_INVALID, "%s: not a tables file of gatehouse", path);
        return error_hint(err, "move it away, or choose another data folder");
    case SQLITE_CORRUPT:
        error_set(err, ERROR_INVALID, "%s: damaged (%s)", path, sqlite3_errmsg(store->db));
        return error_hint(err, "restore it from a backup, or move it away to start empty");
    case SQLITE_NOMEM:
        return error_memory(err);
    case SQLITE_CANTOPEN:
        error_set(err, ERROR_IO, "%s: %s", path,
            sqlite3_system_errno(store->db) ? strerror(sqlite3_system_errno(store->db))
                                            : "cannot be opened");
        return error_hint(err, "the data folder must be writable");
    default:
        return error_set(err, ERROR_IO, "%s: %s", path, sqlite3_errmsg(store->db));
    }
}

/* First column of the first row as an integer. */
static int read_number(struct store *store, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            *out = sqlite3_column_int64(statement, 0);
            code = SQLITE_OK;
        }
    }
    sqlite3_finalize(statement);
    return code;
}

/* *out is the version of the file, 0 for a new one. */
static enum error_code check_owner(struct store *store, const char *path, int64_t *out,
    struct error *err)
{
    int64_t application = 0, version = 0, objects = 0;

    if (read_number(store, "PRAGMA application_id", &application) != SQLITE_OK ||
        read_number(store, "PRAGMA user_version", &version) != SQLITE_OK ||
        read_number(store, "SELECT count(*) FROM sqlite_schema", &objects) != SQLITE_OK)
        return set_failure(store, path, err);
    *out = version;
    if (application == 0 && version == 0 && objects == 0)
        return ERROR_NONE;
    if (application != STORE_APPLICATION) {
        error_set(err, ERROR_INVALID, "%s: a SQLite file of another program", path);
        return error_hint(err, "move it away, or choose another data folder");
    }
    if (version > STORE_VERSION) {
        error_set(err, ERROR_INVALID, "%s: written by a newer gatehouse (version %lld, here %d)",
            path, (long long)version, STORE_VERSION);
        return error_hint(err, "use the newer program, or choose another data folder");
    }
    return ERROR_NONE;
}

static enum error_code run(struct store *store, const char *path, const char *sql,
    struct error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return ERROR_NONE;
    return set_failure(store, path, err);
}

/*
 * All steps in one transaction: a file is never between two versions. A new one is marked as in use
 * at once.
 */
static enum error_code upgrade(struct store *store, const char *path, int64_t version,
    struct error *err)
{
    if (run(store, path, "BEGIN IMMEDIATE", err))
        return err->code;
    for (int64_t at = version; at < STORE_VERSION; at++)
        if (run(store, path, step_table[at], err)) {
            store_rollback(store);
            return err->code;
        }
    if (version == 0 &&
        run(store, path, "REPLACE INTO meta(key, value) VALUES('clean', '0')", err)) {
        store_rollback(store);
        return err->code;
    }
    if (run(store, path, "COMMIT", err)) {
        store_rollback(store);
        return err->code;
    }
    return ERROR_NONE;
}

/* The one page of a new file is synced once, here, and not four times through a journal. */
static enum error_code sync_new(struct store *store, const char *path, struct error *err)
{
    sqlite3_file *file = NULL;

    if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
        file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK)
        return ERROR_NONE;
    return error_set(err, ERROR_IO, "%s: cannot be synced", path);
}

static enum error_code set_up_writer(struct store *store, const char *path, bool durable,
    struct error *err)
{
    int64_t version = 0;

    store->durable = durable;
    if (check_owner(store, path, &version, err))
        return err->code;
    store->is_new = version == 0;
    if (store->is_new && run(store, path, "PRAGMA page_size = 4096; PRAGMA synchronous = OFF", err))
        return err->code;
    if (run(store, path, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0", err) ||
        (store->is_new && durable && sync_new(store, path, err)) ||
        run(store, path, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF", err))
        return err->code;
    return version < STORE_VERSION ? upgrade(store, path, version, err) : ERROR_NONE;
}

static enum error_code set_up(struct store *store, const char *path, enum store_access access,
    bool durable, struct error *err)
{
    int64_t version = 0;

    sqlite3_busy_timeout(store->db, 10000);
    sqlite3_extended_result_codes(store->db, 1);
    /*
     * Not mapped: it measures no faster, each connection would have the file in memory, and a file
     * cut short by others would be a SIGBUS instead of an error.
     */
    if (run(store, path, "PRAGMA mmap_size = 0", err))
        return err->code;
    /* These read the schema: long readers, of which there are many, put that off. */
    if (access != STORE_LONG_READER &&
        (run(store, path, "PRAGMA cache_size = -16384", err) ||
            run(store, path, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF",
                err)))
        return err->code;
    switch (access) {
    case STORE_WRITER:
        return set_up_writer(store, path, durable, err);
    case STORE_READER:
    case STORE_LONG_READER:
        /* Opens the WAL now: in memory mode the names vanish next. */
        return run(store, path, "PRAGMA wal_autocheckpoint = 0; PRAGMA schema_version", err);
    case STORE_READ_ONLY:
        if (check_owner(store, path, &version, err))
            return err->code;
        if (version == STORE_VERSION)
            return ERROR_NONE;
        error_set(err, ERROR_INVALID, "%s: of version %lld, and cannot be brought to %d here", path,
            (long long)version, STORE_VERSION);
        return error_hint(err, "make the folder writable once, or copy it elsewhere");
    }
    return ERROR_NONE;
}

/* A read-only medium needs immutable=1: without it SQLite wants to make the -shm file. */
static int open_handle(struct store *store, const char *path, enum store_access access)
{
    const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    struct buf uri;
    int code;

    if (access != STORE_READ_ONLY)
        return sqlite3_open_v2(path, &store->db,
            common | SQLITE_OPEN_READWRITE | (access == STORE_WRITER ? SQLITE_OPEN_CREATE : 0),
            NULL);
    buf_init(&uri, 16384);
    buf_add_string(&uri, "file:");
    for (const char *at = path; *at; at++) {
        if (*at == '%' || *at == '?' || *at == '#')
            buf_add_format(&uri, "%%%02x", (unsigned)*at);
        else
            buf_add_char(&uri, *at);
    }
    buf_add_string(&uri, "?immutable=1");
    code = sqlite3_open_v2(buf_string(&uri), &store->db,
        common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    buf_done(&uri);
    return code;
}

struct store *store_open(const char *path, enum store_access access, bool durable,
    struct error *err)
{
    struct store *store = mem_new(1, sizeof *store);

    if (!store) {
        error_memory(err);
        return NULL;
    }
    if (open_handle(store, path, access) != SQLITE_OK) {
        if (!store->db)
            error_memory(err);
        else
            set_failure(store, path, err);
        store_close(store);
        return NULL;
    }
    if (set_up(store, path, access, durable, err)) {
        store_close(store);
        return NULL;
    }
    return store;
}

const uint8_t *store_secret(struct store *store)
{
    sqlite3_stmt *statement;

    if (store->has_secret)
        return store->secret;
    statement = store_prepare(store, "SELECT value FROM meta WHERE key = 'secret'");
    if (statement && store_step(store, statement) == STORE_ROW)
        store->has_secret =
            crypto_from_hex(store_column(statement, 0), store->secret, STORE_SECRET_SIZE);
    if (!store->has_secret)
        store->failure = SQLITE_CORRUPT;
    sqlite3_finalize(statement);
    return store->has_secret ? store->secret : NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < STORE_CACHE_SETS * STORE_CACHE_WAYS; i++)
        for (int kind = 0; kind < STATEMENT_COUNT; kind++)
            sqlite3_finalize(store->prepared[i].statement[kind]);
    sqlite3_finalize(store->begin);
    sqlite3_finalize(store->begin_reading);
    for (size_t i = 0; i < TOKEN_STATEMENTS; i++)
        sqlite3_finalize(store->token[i]);
    sqlite3_finalize(store->commit);
    sqlite3_finalize(store->count);
    sqlite3_finalize(store->stream);
    sqlite3_close(store->db);
    mem_free(store);
}
