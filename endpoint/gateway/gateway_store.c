#include "endpoint/gateway/gateway_store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"

/*
 * 1. Every row of doc has one struct entry; its content is replaced as a whole by a change.
 * 2. Between gateway_store_begin and gateway_store_commit the old contents are kept in undo[], newest last.
 * 3. A removed entry stays in its collection, marked, until the commit; nobody finds it.
 */
enum {
    RECORD_LIMIT = 64 * 1024 * 1024,
    KEY_LIMIT = 4096,
    APPLICATION_ID = 0x67686777, /* "ghgw" */
    SCHEMA_VERSION = 1
};

struct content {
    char *json;          /* owned */
    struct arena *arena; /* of the tree */
    bool removed;
};

struct entry {
    struct record record;
    struct content content;
    char *names; /* account, region, api, id: what the record's texts point to */
};

struct collection {
    struct map *map; /* id -> struct entry */
};

struct undo {
    struct collection *collection;
    struct entry *entry;
    struct content before;
    struct record record_before;
    bool is_new;
};

enum statement {
    PUT,
    REMOVE,
    REMOVE_ALL,
    PUT_SNAPSHOT,
    REMOVE_SNAPSHOT,
    REMOVE_SNAPSHOTS,
    READ_SNAPSHOT,
    READ_HASH,
    STATEMENTS
};

static const char *const statement_table[STATEMENTS] = {
    [PUT] = "INSERT INTO doc(account, region, kind, api, id, json, created, updated)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)"
            " ON CONFLICT(kind, api, id) DO UPDATE SET json = ?6, updated = ?7 RETURNING seq",
    [REMOVE] = "DELETE FROM doc WHERE kind = ?1 AND api = ?2 AND id = ?3",
    [REMOVE_ALL] = "DELETE FROM doc WHERE api = ?1",
    [PUT_SNAPSHOT] = "INSERT INTO deployment(api, id, json, hash, created)"
                     " VALUES(?1, ?2, ?3, ?4, ?5)",
    [REMOVE_SNAPSHOT] = "DELETE FROM deployment WHERE api = ?1 AND id = ?2",
    [REMOVE_SNAPSHOTS] = "DELETE FROM deployment WHERE api = ?1",
    [READ_SNAPSHOT] = "SELECT json FROM deployment WHERE api = ?1 AND id = ?2",
    [READ_HASH] = "SELECT hash FROM deployment WHERE api = ?1 AND id = ?2",
};

static const char *const schema =
    "CREATE TABLE IF NOT EXISTS doc(seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
    " region TEXT NOT NULL, kind TEXT NOT NULL, api TEXT NOT NULL, id TEXT NOT NULL,"
    " json TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " UNIQUE(kind, api, id));"
    "CREATE INDEX IF NOT EXISTS doc_api ON doc(api);"
    "CREATE TABLE IF NOT EXISTS deployment(api TEXT NOT NULL, id TEXT NOT NULL,"
    " json TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(api, id));";

struct gateway_store {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
    struct map *collections; /* kind/api -> struct collection */
    struct undo *undo;
    size_t undo_count, undo_capacity;
    uint64_t version;
    bool changing;
    char *path;
};

static enum error_code fail(struct gateway_store *store, struct error *err)
{
    int code = sqlite3_errcode(store->db);

    switch (code) {
    case SQLITE_FULL:
        return error_set(err, ERROR_IO, "No space left for the local gateway");
    case SQLITE_NOTADB:
        error_set(err, ERROR_INVALID, "%s: not a gateway file of gatehouse", store->path);
        return error_hint(err, "move it away, or choose another data folder");
    case SQLITE_CORRUPT:
        error_set(err, ERROR_INVALID, "%s: damaged (%s)", store->path, sqlite3_errmsg(store->db));
        return error_hint(err, "restore it from a backup, or move it away to start empty");
    default:
        return error_set(err, ERROR_IO, "%s: %s", store->path, sqlite3_errmsg(store->db));
    }
}

static enum error_code run(struct gateway_store *store, const char *sql, struct error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERROR_NONE
                                                                       : fail(store, err);
}

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

static struct text column(sqlite3_stmt *statement, int at)
{
    const char *data = (const char *)sqlite3_column_text(statement, at);

    return text_make(data ? data : "", (size_t)sqlite3_column_bytes(statement, at));
}

/* A statement that gives no rows. */
static enum error_code step(struct gateway_store *store, enum statement which, struct error *err)
{
    sqlite3_stmt *statement = store->statement[which];
    enum error_code code = ERROR_NONE;

    if (sqlite3_step(statement) != SQLITE_DONE)
        code = fail(store, err);
    sqlite3_reset(statement);
    return code;
}

static void content_done(struct content *content)
{
    arena_free(content->arena);
    mem_free(content->json);
    *content = (struct content){0};
}

static void entry_free(struct entry *entry)
{
    if (!entry)
        return;
    content_done(&entry->content);
    mem_free(entry->names);
    mem_free(entry);
}

static enum error_code content_make(struct content *content, struct record *record,
    struct text json, struct error *err)
{
    *content = (struct content){0};
    content->json = mem_copy(json.data, json.length);
    if (!content->json)
        return error_memory(err);
    content->arena = arena_new(RECORD_LIMIT, err);
    if (!content->arena) {
        content_done(content);
        return err->code;
    }
    record->json = text_make(content->json, json.length);
    record->tree = json_parse(record->json, content->arena, err);
    if (!record->tree) {
        content_done(content);
        return err->code;
    }
    return ERROR_NONE;
}

static struct collection *find_collection(const struct gateway_store *store, const char *kind,
    struct text api)
{
    char space[KEY_LIMIT];
    int length = snprintf(space, sizeof space, "%s/%.*s", kind, (int)api.length, api.data);

    if (length < 0 || (size_t)length >= sizeof space)
        return NULL;
    return map_get(store->collections, text_make(space, (size_t)length));
}

static struct collection *need_collection(struct gateway_store *store, const char *kind,
    struct text api)
{
    struct collection *collection = find_collection(store, kind, api);
    char space[KEY_LIMIT];
    int length;

    if (collection)
        return collection;
    length = snprintf(space, sizeof space, "%s/%.*s", kind, (int)api.length, api.data);
    if (length < 0 || (size_t)length >= sizeof space)
        return NULL;
    collection = mem_new(1, sizeof *collection);
    if (!collection)
        return NULL;
    collection->map = map_new();
    if (!collection->map ||
        !map_set(store->collections, text_make(space, (size_t)length), collection)) {
        map_free(collection->map);
        mem_free(collection);
        return NULL;
    }
    return collection;
}

static const char *const kind_table[] = {GATEWAY_REST, GATEWAY_HTTP, GATEWAY_ACCOUNT,
    GATEWAY_RESOURCE, GATEWAY_ROUTE, GATEWAY_INTEGRATION, GATEWAY_STAGE, GATEWAY_DEPLOYMENT};

enum { KINDS = sizeof kind_table / sizeof *kind_table };

/* The constant of that name, which outlives every record. */
static const char *find_kind(const char *kind)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kind_table[i], kind) == 0)
            return kind_table[i];
    return NULL;
}

/* Names in one block, in the order account, region, api, id. */
static struct entry *entry_new(const struct gateway_store_put *put)
{
    const struct text part[] = {put->account, put->region, put->api, put->id};
    struct entry *entry = mem_new(1, sizeof *entry);
    struct text *place[4];
    size_t total = 1;
    char *at;

    if (!entry)
        return NULL;
    for (size_t i = 0; i < 4; i++)
        total += part[i].length;
    entry->record.kind = find_kind(put->kind);
    entry->names = mem_new(total, 1);
    if (!entry->names) {
        mem_free(entry);
        return NULL;
    }
    place[0] = &entry->record.account;
    place[1] = &entry->record.region;
    place[2] = &entry->record.api;
    place[3] = &entry->record.id;
    at = entry->names;
    for (size_t i = 0; i < 4; i++) {
        if (part[i].length > 0)
            memcpy(at, part[i].data, part[i].length);
        *place[i] = text_make(at, part[i].length);
        at += part[i].length;
    }
    return entry;
}

static bool undo_reserve(struct gateway_store *store)
{
    struct undo *undo;
    size_t capacity = store->undo_capacity ? 2 * store->undo_capacity : 16;

    if (store->undo_count < store->undo_capacity)
        return true;
    undo = mem_resize(store->undo, capacity, sizeof *undo);
    if (!undo)
        return false;
    store->undo = undo;
    store->undo_capacity = capacity;
    return true;
}

static void remember(struct gateway_store *store, struct collection *collection,
    struct entry *entry, bool is_new)
{
    store->undo[store->undo_count++] = (struct undo){.collection = collection,
        .entry = entry,
        .before = entry->content,
        .record_before = entry->record,
        .is_new = is_new};
}

static enum error_code insert_row(struct gateway_store *store, const struct gateway_store_put *put,
    int64_t *sequence, struct error *err)
{
    sqlite3_stmt *statement = store->statement[PUT];
    enum error_code code = ERROR_NONE;
    int result;

    bind(statement, 1, put->account);
    bind(statement, 2, put->region);
    bind(statement, 3, text_of(put->kind));
    bind(statement, 4, put->api);
    bind(statement, 5, put->id);
    bind(statement, 6, put->json);
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)(clock_wall() / CLOCK_SECOND));
    result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        *sequence = sqlite3_column_int64(statement, 0);
        result = sqlite3_step(statement);
    }
    if (result != SQLITE_DONE)
        code = fail(store, err);
    sqlite3_reset(statement);
    return code;
}

enum error_code gateway_store_put(struct gateway_store *store, const struct gateway_store_put *put,
    struct error *err)
{
    struct collection *collection = need_collection(store, put->kind, put->api);
    struct entry *entry = collection ? map_get(collection->map, put->id) : NULL;
    bool is_new = !entry;
    struct content content;
    struct record record = {0};

    if (!collection || !undo_reserve(store))
        return error_memory(err);
    if (content_make(&content, &record, put->json, err))
        return err->code;
    if (is_new)
        entry = entry_new(put);
    if (!entry || (is_new && !map_set(collection->map, put->id, entry))) {
        if (is_new)
            entry_free(entry);
        content_done(&content);
        return error_memory(err);
    }
    if (insert_row(store, put, &record.sequence, err)) {
        if (is_new)
            entry_free(map_remove(collection->map, put->id));
        content_done(&content);
        return err->code;
    }
    remember(store, collection, entry, is_new);
    entry->content = content;
    entry->record.json = record.json;
    entry->record.tree = record.tree;
    entry->record.sequence = record.sequence;
    entry->record.version = ++store->version;
    return ERROR_NONE;
}

enum error_code gateway_store_update(struct gateway_store *store, const struct record *record,
    struct text json, struct error *err)
{
    struct gateway_store_put put = {.kind = record->kind,
        .account = record->account,
        .region = record->region,
        .api = record->api,
        .id = record->id,
        .json = json};

    return gateway_store_put(store, &put, err);
}

uint64_t gateway_store_version(const struct gateway_store *store)
{
    return store->version;
}

static void mark_removed(struct gateway_store *store, struct collection *collection,
    struct entry *entry)
{
    remember(store, collection, entry, false);
    entry->content = (struct content){.removed = true};
    entry->record.json = (struct text){"", 0};
    entry->record.tree = NULL;
}

enum error_code gateway_store_remove(struct gateway_store *store, const char *kind, struct text api,
    struct text id, struct error *err)
{
    struct collection *collection = find_collection(store, kind, api);
    struct entry *entry = collection ? map_get(collection->map, id) : NULL;
    sqlite3_stmt *statement = store->statement[REMOVE];

    if (!entry || entry->content.removed)
        return ERROR_NONE;
    if (!undo_reserve(store))
        return error_memory(err);
    bind(statement, 1, text_of(kind));
    bind(statement, 2, api);
    bind(statement, 3, id);
    if (step(store, REMOVE, err))
        return err->code;
    mark_removed(store, collection, entry);
    return ERROR_NONE;
}

enum error_code gateway_store_remove_all(struct gateway_store *store, struct text api,
    struct error *err)
{
    bind(store->statement[REMOVE_ALL], 1, api);
    if (step(store, REMOVE_ALL, err))
        return err->code;
    bind(store->statement[REMOVE_SNAPSHOTS], 1, api);
    if (step(store, REMOVE_SNAPSHOTS, err))
        return err->code;
    for (size_t i = 0; i < KINDS; i++) {
        struct collection *collection = find_collection(store, kind_table[i], api);
        struct text key;
        void *value;

        for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);) {
            struct entry *entry = value;

            if (entry->content.removed)
                continue;
            if (!undo_reserve(store))
                return error_memory(err);
            mark_removed(store, collection, entry);
        }
    }
    return ERROR_NONE;
}

enum error_code gateway_store_put_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct text snapshot, struct text hash, struct error *err)
{
    sqlite3_stmt *statement = store->statement[PUT_SNAPSHOT];

    bind(statement, 1, api);
    bind(statement, 2, id);
    bind(statement, 3, snapshot);
    bind(statement, 4, hash);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)(clock_wall() / CLOCK_SECOND));
    return step(store, PUT_SNAPSHOT, err);
}

enum error_code gateway_store_remove_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct error *err)
{
    bind(store->statement[REMOVE_SNAPSHOT], 1, api);
    bind(store->statement[REMOVE_SNAPSHOT], 2, id);
    return step(store, REMOVE_SNAPSHOT, err);
}

static enum error_code read_one(struct gateway_store *store, enum statement which, struct text api,
    struct text id, struct buf *out, struct error *err)
{
    sqlite3_stmt *statement = store->statement[which];
    enum error_code code = ERROR_NONE;
    int result;

    bind(statement, 1, api);
    bind(statement, 2, id);
    result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        buf_add_text(out, column(statement, 0));
    else if (result == SQLITE_DONE)
        code = error_set(err, ERROR_NOT_FOUND, "deployment %.*s is not stored", (int)id.length,
            id.data);
    else
        code = fail(store, err);
    sqlite3_reset(statement);
    return code ? code : buf_check(out, "deployment", err);
}

enum error_code gateway_store_read_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err)
{
    return read_one(store, READ_SNAPSHOT, api, id, out, err);
}

enum error_code gateway_store_read_hash(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err)
{
    return read_one(store, READ_HASH, api, id, out, err);
}

enum error_code gateway_store_begin(struct gateway_store *store, struct error *err)
{
    if (run(store, "BEGIN IMMEDIATE", err))
        return err->code;
    store->changing = true;
    store->undo_count = 0;
    return ERROR_NONE;
}

enum error_code gateway_store_commit(struct gateway_store *store, struct error *err)
{
    if (run(store, "COMMIT", err)) {
        gateway_store_rollback(store);
        return err->code;
    }
    store->changing = false;
    store->version++;
    for (size_t i = 0; i < store->undo_count; i++)
        content_done(&store->undo[i].before);
    for (size_t i = 0; i < store->undo_count; i++) {
        struct undo *undo = &store->undo[i];
        bool again = false;

        if (!undo->entry->content.removed)
            continue;
        for (size_t j = i + 1; j < store->undo_count; j++)
            again |= store->undo[j].entry == undo->entry;
        if (!again)
            entry_free(map_remove(undo->collection->map, undo->entry->record.id));
    }
    store->undo_count = 0;
    return ERROR_NONE;
}

void gateway_store_rollback(struct gateway_store *store)
{
    if (!store->changing)
        return;
    store->changing = false;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    while (store->undo_count > 0) {
        struct undo *undo = &store->undo[--store->undo_count];

        content_done(&undo->entry->content);
        undo->entry->content = undo->before;
        undo->entry->record = undo->record_before;
        if (undo->is_new)
            entry_free(map_remove(undo->collection->map, undo->entry->record.id));
    }
}

const struct record *gateway_store_find(const struct gateway_store *store, const char *kind,
    struct text api, struct text id)
{
    const struct collection *collection = find_collection(store, kind, api);
    const struct entry *entry = collection ? map_get(collection->map, id) : NULL;

    return entry && !entry->content.removed ? &entry->record : NULL;
}

const struct record *gateway_store_next(const struct gateway_store *store, const char *kind,
    struct text api, int64_t sequence)
{
    const struct collection *collection = find_collection(store, kind, api);
    struct text key;
    void *value;

    for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);) {
        const struct entry *entry = value;

        if (!entry->content.removed && entry->record.sequence > sequence)
            return &entry->record;
    }
    return NULL;
}

size_t gateway_store_count(const struct gateway_store *store, const char *kind, struct text api)
{
    const struct collection *collection = find_collection(store, kind, api);
    size_t count = 0;
    struct text key;
    void *value;

    for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);)
        count += !((const struct entry *)value)->content.removed;
    return count;
}

static enum error_code read_row(struct gateway_store *store, sqlite3_stmt *statement,
    struct error *err)
{
    char kind[32];
    struct gateway_store_put put = {.kind = kind,
        .account = column(statement, 1),
        .region = column(statement, 2),
        .api = column(statement, 4),
        .id = column(statement, 5)};
    struct text name = column(statement, 3);
    struct collection *collection;
    struct entry *entry;

    snprintf(kind, sizeof kind, "%.*s", (int)name.length, name.data);
    collection = need_collection(store, kind, put.api);
    entry = collection ? entry_new(&put) : NULL;
    if (!entry)
        return error_memory(err);
    if (!entry->record.kind) {
        entry_free(entry);
        return error_set(err, ERROR_IO, "%s: unknown kind of document %s", store->path, kind);
    }
    if (content_make(&entry->content, &entry->record, column(statement, 6), err)) {
        entry_free(entry);
        return error_wrap(err, "%s: document %.*s", store->path, (int)put.id.length, put.id.data);
    }
    if (!map_set(collection->map, put.id, entry)) {
        entry_free(entry);
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
        return fail(store, err);
    while (!code && (result = sqlite3_step(statement)) == SQLITE_ROW)
        code = read_row(store, statement, err);
    if (!code && result != SQLITE_DONE)
        code = fail(store, err);
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
        code = fail(store, err);
    else
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static enum error_code check_version(struct gateway_store *store, struct error *err)
{
    int64_t application = 0, version = 0, tables = 0;
    char sql[128];

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
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
        APPLICATION_ID, SCHEMA_VERSION);
    return run(store, sql, err);
}

static enum error_code open_file(struct gateway_store *store, struct error *err)
{
    if (sqlite3_open_v2(store->path, &store->db,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return store->db ? fail(store, err) : error_memory(err);
    sqlite3_busy_timeout(store->db, 2000);
    if (check_version(store, err) ||
        run(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err) ||
        run(store, schema, err))
        return err->code;
    for (size_t i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, statement_table[i], -1, SQLITE_PREPARE_PERSISTENT,
                &store->statement[i], NULL) != SQLITE_OK)
            return fail(store, err);
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
    buf_init(&path, KEY_LIMIT);
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
        struct collection *collection = value;
        struct text id;
        void *entry;

        for (size_t i = 0; map_next(collection->map, &i, &id, &entry);)
            entry_free(entry);
        map_free(collection->map);
        mem_free(collection);
    }
    map_free(store->collections);
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statement[i]);
    sqlite3_close(store->db);
    mem_free(store->undo);
    mem_free(store->path);
    mem_free(store);
}
