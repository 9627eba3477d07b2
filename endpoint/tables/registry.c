#include "endpoint/tables/registry.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "endpoint/tables/history.h"

enum { DESCRIPTION_LIMIT = 4 * 1024 * 1024, CATALOG_KEY_LIMIT = 1024 };

struct registry {
    pthread_mutex_t lock;
    struct map *by_name; /* "account/region/name"; holds the reference */
    struct map *by_id;   /* eight bytes */
};

struct registry *registry_new(struct error *err)
{
    struct registry *catalog = mem_new(1, sizeof *catalog);

    if (!catalog) {
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&catalog->lock, NULL);
    catalog->by_name = map_new();
    catalog->by_id = map_new();
    if (!catalog->by_name || !catalog->by_id) {
        error_memory(err);
        registry_free(catalog);
        return NULL;
    }
    return catalog;
}

void registry_free(struct registry *catalog)
{
    size_t at = 0;
    struct text key;
    void *table;

    if (!catalog)
        return;
    if (catalog->by_name)
        while (map_next(catalog->by_name, &at, &key, &table))
            table_release(table);
    map_free(catalog->by_name);
    map_free(catalog->by_id);
    pthread_mutex_destroy(&catalog->lock);
    mem_free(catalog);
}

/* A key in a small array: names are at most 255 bytes, regions and accounts less. */
struct name_key {
    char bytes[CATALOG_KEY_LIMIT];
    size_t length;
};

static struct text make_key(struct name_key *key, struct text account, struct text region,
    struct text name)
{
    const struct text parts[] = {account, region, name};

    key->length = 0;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].length + 1 > sizeof key->bytes - key->length)
            return text_make("", 0);
        if (parts[i].length > 0)
            memcpy(key->bytes + key->length, parts[i].data, parts[i].length);
        key->length += parts[i].length;
        key->bytes[key->length++] = '/';
    }
    return text_make(key->bytes, key->length);
}

static struct text id_key(const int64_t *id)
{
    return text_make((const char *)id, sizeof *id);
}

struct table *registry_find(struct registry *catalog, struct text account, struct text region,
    struct text name)
{
    struct name_key key;
    struct text text = make_key(&key, account, region, name);
    struct table *table;

    pthread_mutex_lock(&catalog->lock);
    table = map_get(catalog->by_name, text);
    if (table)
        table_retain(table);
    pthread_mutex_unlock(&catalog->lock);
    return table;
}

struct table *registry_find_id(struct registry *catalog, int64_t id)
{
    struct table *table;

    pthread_mutex_lock(&catalog->lock);
    table = map_get(catalog->by_id, id_key(&id));
    if (table)
        table_retain(table);
    pthread_mutex_unlock(&catalog->lock);
    return table;
}

bool registry_publish(struct registry *catalog, struct table *table)
{
    struct name_key key;
    struct text name = make_key(&key, table->account, table->region, table->name);
    struct table *old;
    bool done;

    pthread_mutex_lock(&catalog->lock);
    old = map_get(catalog->by_id, id_key(&table->id));
    done = map_set(catalog->by_id, id_key(&table->id), table);
    if (done && !map_set(catalog->by_name, name, table)) {
        map_remove(catalog->by_id, id_key(&table->id));
        done = false;
    }
    if (done)
        table_retain(table);
    else
        old = NULL;
    pthread_mutex_unlock(&catalog->lock);
    table_release(old);
    return done;
}

void registry_remove(struct registry *catalog, int64_t id)
{
    struct name_key key;
    struct table *table;

    pthread_mutex_lock(&catalog->lock);
    table = map_remove(catalog->by_id, id_key(&id));
    if (table)
        map_remove(catalog->by_name, make_key(&key, table->account, table->region, table->name));
    pthread_mutex_unlock(&catalog->lock);
    table_release(table);
}

static bool is_of(const struct table *table, struct text account, struct text region)
{
    return text_equal(table->account, account) && text_equal(table->region, region);
}

size_t registry_count(struct registry *catalog, struct text account, struct text region)
{
    size_t at = 0, count = 0;
    struct text key;
    void *table;

    pthread_mutex_lock(&catalog->lock);
    while (map_next(catalog->by_name, &at, &key, &table))
        count += is_of(table, account, region);
    pthread_mutex_unlock(&catalog->lock);
    return count;
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

struct text *registry_list(struct registry *catalog, struct text account, struct text region,
    struct text after, size_t limit, struct arena *arena, size_t *count, bool *more)
{
    size_t at = 0, found = 0;
    struct text *names, key;
    void *value;

    pthread_mutex_lock(&catalog->lock);
    names = arena_alloc(arena, map_count(catalog->by_name) + 1, sizeof *names);
    while (names && map_next(catalog->by_name, &at, &key, &value)) {
        const struct table *table = value;

        if (!is_of(table, account, region) || text_compare(table->name, after) <= 0)
            continue;
        names[found] = arena_text(arena, table->name);
        if (!names[found++].data)
            names = NULL;
    }
    pthread_mutex_unlock(&catalog->lock);
    if (!names)
        return NULL;
    qsort(names, found, sizeof *names, compare_names);
    *more = found > limit;
    *count = *more ? limit : found;
    return names;
}

static bool is_busy(const struct table *table)
{
    if (table->state == TABLE_DELETING)
        return clock_wall() / CLOCK_MS >= table->state_until_ms;
    for (size_t i = 0; i < table->index_count; i++)
        if (table->index[i].backfilling)
            return true;
    return table->leaving || table->expiry.length > 0 || history_is_on(table);
}

uint64_t registry_next_drop_ms(struct registry *catalog)
{
    uint64_t next = UINT64_MAX;
    size_t at = 0;
    struct text key;
    void *value;

    pthread_mutex_lock(&catalog->lock);
    while (map_next(catalog->by_id, &at, &key, &value)) {
        const struct table *table = value;

        if (table->state == TABLE_DELETING && table->state_until_ms < next)
            next = table->state_until_ms;
    }
    pthread_mutex_unlock(&catalog->lock);
    return next;
}

static struct table *find_next(struct registry *catalog, int64_t from,
    bool (*holds)(const struct table *table))
{
    struct table *best = NULL;
    size_t at = 0;
    struct text key;
    void *value;

    pthread_mutex_lock(&catalog->lock);
    while (map_next(catalog->by_id, &at, &key, &value)) {
        struct table *table = value;

        if (table->id >= from && holds(table) && (!best || table->id < best->id))
            best = table;
    }
    if (best)
        table_retain(best);
    pthread_mutex_unlock(&catalog->lock);
    return best;
}

struct table *registry_next_busy(struct registry *catalog, int64_t from)
{
    return find_next(catalog, from, is_busy);
}

struct table *registry_next_restoring(struct registry *catalog, int64_t from)
{
    return find_next(catalog, from, table_is_restoring);
}

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data, text.length, SQLITE_STATIC, SQLITE_UTF8);
}

static enum store_result write_description(struct store *store, const struct table *table)
{
    sqlite3_stmt *statement = store_prepare(store, "UPDATE catalog SET json = ?2 WHERE id = ?1");
    enum store_result result = STORE_FAILED;
    struct json_writer writer;
    struct buf json;

    buf_init(&json, DESCRIPTION_LIMIT);
    json_writer_init(&writer, &json);
    table_write(table, &writer);
    if (statement && !json.failure) {
        sqlite3_bind_int64(statement, 1, table->id);
        bind(statement, 2, buf_view(&json));
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    buf_done(&json);
    return result;
}

enum store_result registry_insert(struct store *store, struct table *table)
{
    sqlite3_stmt *statement = store_prepare(store,
        "INSERT INTO catalog(account, region, name, json) VALUES(?1, ?2, ?3, '{}')");
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind(statement, 1, table->account);
    bind(statement, 2, table->region);
    bind(statement, 3, table->name);
    result = store_step(store, statement);
    sqlite3_finalize(statement);
    if (result != STORE_DONE)
        return STORE_FAILED;
    table->id = store_last_id(store);
    return write_description(store, table);
}

enum store_result registry_update(struct store *store, const struct table *table)
{
    return write_description(store, table);
}

enum store_result registry_delete(struct store *store, const struct table *table)
{
    sqlite3_stmt *statement = store_prepare(store, "DELETE FROM catalog WHERE id = ?1");
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, table->id);
    result = store_step(store, statement);
    sqlite3_finalize(statement);
    return result;
}

static enum error_code set_failure(const struct store *store, const char *what, struct error *err)
{
    if (!store_is_damaged(store))
        return error_set(err, ERROR_IO, "%s cannot be read: %s", what, store_failure(store));
    error_set(err, ERROR_INVALID, "damaged (%s: %s)", what, store_failure(store));
    return error_hint(err, "restore it from a backup, or move it away to start empty");
}

static enum error_code load_table(struct registry *catalog, sqlite3_stmt *statement,
    struct error *err)
{
    struct text source = text_make((const char *)sqlite3_column_text(statement, 0),
        (size_t)sqlite3_column_bytes(statement, 0));
    struct arena *arena = arena_new(DESCRIPTION_LIMIT, err);
    const struct json *json;
    struct table *table = NULL;
    enum error_code code = ERROR_INVALID;

    if (!arena)
        return err->code;
    json = json_parse(source, arena, err);
    if (json)
        table = table_read(json, err);
    if (table && (!table_count(table) || !registry_publish(catalog, table)))
        code = error_memory(err);
    else if (table)
        code = ERROR_NONE;
    else
        code = err->code;
    table_release(table);
    arena_free(arena);
    return code;
}

/* Times of the undo log never go back, even when the clock did while nobody looked. */
static enum error_code load_histories(struct registry *catalog, struct store *store,
    struct error *err)
{
    size_t at = 0;
    struct text key;
    void *value;

    while (map_next(catalog->by_id, &at, &key, &value))
        if (history_is_on(value) && history_load(value, store) == STORE_FAILED)
            return set_failure(store, "an undo log", err);
    return ERROR_NONE;
}

static enum error_code load_counters(struct registry *catalog, struct store *store,
    struct error *err)
{
    sqlite3_stmt *statement =
        store_prepare(store, "SELECT table_id, slot, items, bytes FROM counters");
    enum store_result result = STORE_FAILED;

    while (statement && (result = store_step(store, statement)) == STORE_ROW) {
        struct table *table = registry_find_id(catalog, sqlite3_column_int64(statement, 0));
        int slot = sqlite3_column_int(statement, 1);

        if (table && slot >= 0 && slot < TABLE_SLOT_COUNT) {
            atomic_store(&table->counters->items[slot], sqlite3_column_int64(statement, 2));
            atomic_store(&table->counters->bytes[slot], sqlite3_column_int64(statement, 3));
        }
        table_release(table);
    }
    sqlite3_finalize(statement);
    if (result == STORE_FAILED)
        return set_failure(store, "the counters", err);
    return ERROR_NONE;
}

enum error_code registry_load(struct registry *catalog, struct store *store, struct error *err)
{
    sqlite3_stmt *statement = store_prepare(store, "SELECT json FROM catalog ORDER BY id");
    enum store_result result = STORE_FAILED;
    enum error_code code = ERROR_NONE;

    while (statement && !code && (result = store_step(store, statement)) == STORE_ROW)
        code = load_table(catalog, statement, err);
    sqlite3_finalize(statement);
    if (code)
        return code;
    if (result == STORE_FAILED)
        return set_failure(store, "the catalog", err);
    return load_counters(catalog, store, err) ? err->code : load_histories(catalog, store, err);
}
