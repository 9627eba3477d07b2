#include "endpoint/gateway/gateway_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/gateway/gateway_store_internal.h"

enum { RECORD_LIMIT = 64 * 1024 * 1024, KEY_LIMIT = 512 };

enum error_code gateway_store_fail(struct gateway_store *store, struct error *err)
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

enum error_code gateway_store_run(struct gateway_store *store, const char *sql, struct error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? ERROR_NONE
               : gateway_store_fail(store, err);
}

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

struct text gateway_store_column(sqlite3_stmt *statement, int at)
{
    const char *data = (const char *)sqlite3_column_text(statement, at);

    return text_make(data ? data : "", (size_t)sqlite3_column_bytes(statement, at));
}

/* A statement that gives no rows. */
static enum error_code step(struct gateway_store *store, enum gateway_store_statement which,
    struct error *err)
{
    sqlite3_stmt *statement = store->statement[which];
    enum error_code code = ERROR_NONE;

    if (sqlite3_step(statement) != SQLITE_DONE)
        code = gateway_store_fail(store, err);
    sqlite3_reset(statement);
    return code;
}

static void content_done(struct gateway_store_content *content)
{
    arena_free(content->arena);
    mem_free(content->json);
    *content = (struct gateway_store_content){0};
}

void gateway_store_entry_free(struct gateway_store_entry *entry)
{
    if (!entry)
        return;
    content_done(&entry->content);
    mem_free(entry->names);
    mem_free(entry);
}

enum error_code gateway_store_content(struct gateway_store_content *content, struct record *record,
    struct text json, struct error *err)
{
    *content = (struct gateway_store_content){0};
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

/* "kind/api"; empty when it does not fit, which no API that exists does. */
static struct text make_key(char space[KEY_LIMIT], const char *kind, struct text api)
{
    size_t length = strlen(kind);

    if (length + 1 + api.length > KEY_LIMIT)
        return (struct text){NULL, 0};
    memcpy(space, kind, length);
    space[length] = '/';
    if (api.length > 0)
        memcpy(space + length + 1, api.data, api.length);
    return text_make(space, length + 1 + api.length);
}

static struct gateway_store_collection *find_collection(const struct gateway_store *store,
    const char *kind, struct text api)
{
    char space[KEY_LIMIT];

    return map_get(store->collections, make_key(space, kind, api));
}

struct gateway_store_collection *gateway_store_collection(struct gateway_store *store,
    const char *kind, struct text api)
{
    struct gateway_store_collection *collection = find_collection(store, kind, api);
    char space[KEY_LIMIT];

    if (collection)
        return collection;
    collection = mem_new(1, sizeof *collection);
    if (!collection)
        return NULL;
    collection->map = map_new();
    if (!collection->map || !map_set(store->collections, make_key(space, kind, api), collection)) {
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
struct gateway_store_entry *gateway_store_entry(const struct gateway_store_put *put)
{
    const struct text part[] = {put->account, put->region, put->api, put->id};
    struct gateway_store_entry *entry = mem_new(1, sizeof *entry);
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
    struct gateway_store_undo *undo;
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

static void remember(struct gateway_store *store, struct gateway_store_collection *collection,
    struct gateway_store_entry *entry, bool is_new)
{
    store->undo[store->undo_count++] = (struct gateway_store_undo){.collection = collection,
        .entry = entry,
        .before = entry->content,
        .record_before = entry->record,
        .is_new = is_new};
}

static enum error_code insert_row(struct gateway_store *store, const struct gateway_store_put *put,
    int64_t *sequence, struct error *err)
{
    sqlite3_stmt *statement = store->statement[STORE_PUT];
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
        code = gateway_store_fail(store, err);
    sqlite3_reset(statement);
    return code;
}

enum error_code gateway_store_put(struct gateway_store *store, const struct gateway_store_put *put,
    struct error *err)
{
    struct gateway_store_collection *collection =
        gateway_store_collection(store, put->kind, put->api);
    struct gateway_store_entry *entry = collection ? map_get(collection->map, put->id) : NULL;
    bool is_new = !entry;
    struct gateway_store_content content;
    struct record record = {0};

    if (!collection || !undo_reserve(store))
        return error_memory(err);
    if (gateway_store_content(&content, &record, put->json, err))
        return err->code;
    if (is_new)
        entry = gateway_store_entry(put);
    if (!entry || (is_new && !map_set(collection->map, put->id, entry))) {
        if (is_new)
            gateway_store_entry_free(entry);
        content_done(&content);
        return error_memory(err);
    }
    if (insert_row(store, put, &record.sequence, err)) {
        if (is_new)
            gateway_store_entry_free(map_remove(collection->map, put->id));
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

static void mark_removed(struct gateway_store *store, struct gateway_store_collection *collection,
    struct gateway_store_entry *entry)
{
    remember(store, collection, entry, false);
    entry->content = (struct gateway_store_content){.removed = true};
    entry->record.json = (struct text){"", 0};
    entry->record.tree = NULL;
}

enum error_code gateway_store_remove(struct gateway_store *store, const char *kind, struct text api,
    struct text id, struct error *err)
{
    struct gateway_store_collection *collection = find_collection(store, kind, api);
    struct gateway_store_entry *entry = collection ? map_get(collection->map, id) : NULL;
    sqlite3_stmt *statement = store->statement[STORE_REMOVE];

    if (!entry || entry->content.removed)
        return ERROR_NONE;
    if (!undo_reserve(store))
        return error_memory(err);
    bind(statement, 1, text_of(kind));
    bind(statement, 2, api);
    bind(statement, 3, id);
    if (step(store, STORE_REMOVE, err))
        return err->code;
    mark_removed(store, collection, entry);
    return ERROR_NONE;
}

enum error_code gateway_store_remove_all(struct gateway_store *store, struct text api,
    struct error *err)
{
    bind(store->statement[STORE_REMOVE_ALL], 1, api);
    if (step(store, STORE_REMOVE_ALL, err))
        return err->code;
    bind(store->statement[STORE_REMOVE_SNAPSHOTS], 1, api);
    if (step(store, STORE_REMOVE_SNAPSHOTS, err))
        return err->code;
    for (size_t i = 0; i < KINDS; i++) {
        struct gateway_store_collection *collection = find_collection(store, kind_table[i], api);
        struct text key;
        void *value;

        for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);) {
            struct gateway_store_entry *entry = value;

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
    sqlite3_stmt *statement = store->statement[STORE_PUT_SNAPSHOT];

    bind(statement, 1, api);
    bind(statement, 2, id);
    bind(statement, 3, snapshot);
    bind(statement, 4, hash);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)(clock_wall() / CLOCK_SECOND));
    return step(store, STORE_PUT_SNAPSHOT, err);
}

enum error_code gateway_store_remove_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct error *err)
{
    bind(store->statement[STORE_REMOVE_SNAPSHOT], 1, api);
    bind(store->statement[STORE_REMOVE_SNAPSHOT], 2, id);
    return step(store, STORE_REMOVE_SNAPSHOT, err);
}

static enum error_code read_one(struct gateway_store *store, enum gateway_store_statement which,
    struct text api, struct text id, struct buf *out, struct error *err)
{
    sqlite3_stmt *statement = store->statement[which];
    enum error_code code = ERROR_NONE;
    int result;

    bind(statement, 1, api);
    bind(statement, 2, id);
    result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        buf_add_text(out, gateway_store_column(statement, 0));
    else if (result == SQLITE_DONE)
        code = error_set(err, ERROR_NOT_FOUND, "deployment %.*s is not stored", (int)id.length,
            id.data);
    else
        code = gateway_store_fail(store, err);
    sqlite3_reset(statement);
    return code ? code : buf_check(out, "deployment", err);
}

enum error_code gateway_store_read_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err)
{
    return read_one(store, STORE_READ_SNAPSHOT, api, id, out, err);
}

enum error_code gateway_store_read_hash(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err)
{
    return read_one(store, STORE_READ_HASH, api, id, out, err);
}

enum error_code gateway_store_begin(struct gateway_store *store, struct error *err)
{
    if (gateway_store_run(store, "BEGIN IMMEDIATE", err))
        return err->code;
    store->changing = true;
    store->undo_count = 0;
    return ERROR_NONE;
}

enum error_code gateway_store_commit(struct gateway_store *store, struct error *err)
{
    if (gateway_store_run(store, "COMMIT", err)) {
        gateway_store_rollback(store);
        return err->code;
    }
    store->changing = false;
    store->version++;
    for (size_t i = 0; i < store->undo_count; i++)
        content_done(&store->undo[i].before);
    for (size_t i = 0; i < store->undo_count; i++) {
        struct gateway_store_undo *undo = &store->undo[i];
        bool again = false;

        if (!undo->entry->content.removed)
            continue;
        for (size_t j = i + 1; j < store->undo_count; j++)
            again |= store->undo[j].entry == undo->entry;
        if (!again)
            gateway_store_entry_free(map_remove(undo->collection->map, undo->entry->record.id));
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
        struct gateway_store_undo *undo = &store->undo[--store->undo_count];

        content_done(&undo->entry->content);
        undo->entry->content = undo->before;
        undo->entry->record = undo->record_before;
        if (undo->is_new)
            gateway_store_entry_free(map_remove(undo->collection->map, undo->entry->record.id));
    }
}

const struct record *gateway_store_find(const struct gateway_store *store, const char *kind,
    struct text api, struct text id)
{
    const struct gateway_store_collection *collection = find_collection(store, kind, api);
    const struct gateway_store_entry *entry = collection ? map_get(collection->map, id) : NULL;

    return entry && !entry->content.removed ? &entry->record : NULL;
}

const struct record *gateway_store_next(const struct gateway_store *store, const char *kind,
    struct text api, int64_t sequence)
{
    const struct gateway_store_collection *collection = find_collection(store, kind, api);
    struct text key;
    void *value;

    for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);) {
        const struct gateway_store_entry *entry = value;

        if (!entry->content.removed && entry->record.sequence > sequence)
            return &entry->record;
    }
    return NULL;
}

size_t gateway_store_count(const struct gateway_store *store, const char *kind, struct text api)
{
    const struct gateway_store_collection *collection = find_collection(store, kind, api);
    size_t count = 0;
    struct text key;
    void *value;

    for (size_t at = 0; collection && map_next(collection->map, &at, &key, &value);)
        count += !((const struct gateway_store_entry *)value)->content.removed;
    return count;
}
