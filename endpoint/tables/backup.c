#include "endpoint/tables/backup.h"

#include <sqlite3.h>

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data, text.length, SQLITE_STATIC, SQLITE_UTF8);
}

static struct text column(sqlite3_stmt *statement, int at, struct arena *arena)
{
    const char *data = (const char *)sqlite3_column_text(statement, at);

    return arena_text(arena,
        text_make(data ? data : "", (size_t)sqlite3_column_bytes(statement, at)));
}

#define COLUMNS "label, arn, name, table_name, table_arn, created_ms, available, items, bytes, json"

/* False when out of memory. */
static bool read_row(sqlite3_stmt *statement, struct arena *arena, struct backup *out)
{
    *out = (struct backup){.label = column(statement, 0, arena),
        .arn = column(statement, 1, arena),
        .name = column(statement, 2, arena),
        .table_name = column(statement, 3, arena),
        .table_arn = column(statement, 4, arena),
        .created_ms = (uint64_t)sqlite3_column_int64(statement, 5),
        .available = sqlite3_column_int(statement, 6),
        .items = sqlite3_column_int64(statement, 7),
        .bytes = sqlite3_column_int64(statement, 8),
        .json = column(statement, 9, arena)};
    return out->label.data && out->arn.data && out->name.data && out->table_name.data &&
           out->table_arn.data && out->json.data;
}

enum store_result backup_find(struct store *store, struct text account, struct text region,
    struct text arn, struct arena *arena, struct backup *out)
{
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT " COLUMNS " FROM backups WHERE arn = ?1 AND account = ?2 AND region = ?3");
    enum store_result result = STORE_FAILED;

    if (statement) {
        bind(statement, 1, arn);
        bind(statement, 2, account);
        bind(statement, 3, region);
        result = store_step(store, statement);
        if (result == STORE_ROW && !read_row(statement, arena, out))
            result = STORE_FAILED;
    }
    sqlite3_finalize(statement);
    return result;
}

struct backup *backup_list(struct store *store, const struct backup_filter *filter,
    struct arena *arena, size_t *count)
{
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT " COLUMNS " FROM backups WHERE account = ?1 AND region = ?2 AND label > ?3 "
        "AND created_ms >= ?4 AND created_ms < ?5 AND (?6 IS NULL OR table_name = ?6) "
        "AND (?7 IS NULL OR table_arn = ?7) ORDER BY label LIMIT ?8");
    struct backup *list = arena_alloc(arena, filter->limit + 1, sizeof *list);
    enum store_result result = STORE_FAILED;

    *count = 0;
    if (statement && list) {
        bind(statement, 1, filter->account);
        bind(statement, 2, filter->region);
        bind(statement, 3, filter->after);
        sqlite3_bind_int64(statement, 4, (int64_t)filter->from_ms);
        sqlite3_bind_int64(statement, 5, (int64_t)filter->until_ms);
        bind(statement, 6, filter->table_name);
        bind(statement, 7, filter->table_arn);
        sqlite3_bind_int64(statement, 8, (int64_t)filter->limit + 1);
        while ((result = store_step(store, statement)) == STORE_ROW)
            if (!read_row(statement, arena, &list[(*count)++])) {
                result = STORE_FAILED;
                break;
            }
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? NULL : list;
}

enum store_result backup_insert(struct store *store, struct text account, struct text region,
    const struct backup *backup)
{
    sqlite3_stmt *statement = store_prepare(store,
        "INSERT INTO backups(label, arn, name, table_name, table_arn, created_ms, available, "
        "items, bytes, json, account, region) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    enum store_result result = STORE_FAILED;

    if (statement) {
        bind(statement, 1, backup->label);
        bind(statement, 2, backup->arn);
        bind(statement, 3, backup->name);
        bind(statement, 4, backup->table_name);
        bind(statement, 5, backup->table_arn);
        sqlite3_bind_int64(statement, 6, (int64_t)backup->created_ms);
        sqlite3_bind_int(statement, 7, backup->available);
        sqlite3_bind_int64(statement, 8, backup->items);
        sqlite3_bind_int64(statement, 9, backup->bytes);
        bind(statement, 10, backup->json);
        bind(statement, 11, account);
        bind(statement, 12, region);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result backup_complete(struct store *store, struct text label, int64_t items,
    int64_t bytes)
{
    sqlite3_stmt *statement = store_prepare(store,
        "UPDATE backups SET available = 1, items = ?2, bytes = ?3 WHERE label = ?1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        bind(statement, 1, label);
        sqlite3_bind_int64(statement, 2, items);
        sqlite3_bind_int64(statement, 3, bytes);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result backup_delete(struct store *store, struct text label)
{
    sqlite3_stmt *statement = store_prepare(store, "DELETE FROM backups WHERE label = ?1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        bind(statement, 1, label);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result backup_delete_unfinished(struct store *store)
{
    return store_execute(store, "DELETE FROM backups WHERE available = 0");
}
