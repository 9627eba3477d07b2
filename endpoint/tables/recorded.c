#include "endpoint/tables/recorded.h"

#include <sqlite3.h>

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

static sqlite3_stmt *prepare(struct store *store, const char *sql, int64_t table,
    enum recorded_kind kind)
{
    sqlite3_stmt *statement = store_prepare(store, sql);

    if (statement) {
        sqlite3_bind_int64(statement, 1, table);
        sqlite3_bind_int(statement, 2, (int)kind);
    }
    return statement;
}

static struct text column(sqlite3_stmt *statement, int at)
{
    const unsigned char *data = sqlite3_column_text(statement, at);

    return text_make((const char *)data, (size_t)sqlite3_column_bytes(statement, at));
}

static struct recorded read_row(sqlite3_stmt *statement)
{
    return (struct recorded){.name = column(statement, 0),
        .at_ms = (uint64_t)sqlite3_column_int64(statement, 1),
        .state = column(statement, 2),
        .text = column(statement, 3)};
}

enum store_result recorded_find(struct store *store, int64_t table, enum recorded_kind kind,
    struct text name, struct arena *arena, struct recorded *out)
{
    sqlite3_stmt *statement = prepare(store,
        "SELECT name, at_ms, state, text FROM recorded WHERE table_id = ?1 AND kind = ?2 AND "
        "name = ?3",
        table, kind);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind(statement, 3, name);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        *out = read_row(statement);
        out->name = arena_text(arena, out->name);
        out->state = arena_text(arena, out->state);
        out->text = arena_text(arena, out->text);
        if (!out->name.data || !out->state.data || !out->text.data)
            result = STORE_FAILED;
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result recorded_each(struct store *store, int64_t table, enum recorded_kind kind,
    void (*found)(void *user, const struct recorded *row), void *user)
{
    sqlite3_stmt *statement = prepare(store,
        "SELECT name, at_ms, state, text FROM recorded WHERE table_id = ?1 AND kind = ?2 "
        "ORDER BY at_ms DESC, name",
        table, kind);
    enum store_result result = STORE_FAILED;

    while (statement && (result = store_step(store, statement)) == STORE_ROW) {
        struct recorded row = read_row(statement);

        found(user, &row);
    }
    sqlite3_finalize(statement);
    return result;
}

static enum store_result finish(struct store *store, sqlite3_stmt *statement)
{
    enum store_result result = store_step(store, statement);

    sqlite3_finalize(statement);
    return result;
}

enum store_result recorded_keep(struct store *store, int64_t table, enum recorded_kind kind,
    const struct recorded *row)
{
    sqlite3_stmt *statement = prepare(store,
        "REPLACE INTO recorded(table_id, kind, name, at_ms, state, text) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        table, kind);

    if (!statement)
        return STORE_FAILED;
    bind(statement, 3, row->name);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)row->at_ms);
    bind(statement, 5, row->state);
    bind(statement, 6, row->text);
    return finish(store, statement);
}

enum store_result recorded_forget(struct store *store, int64_t table, enum recorded_kind kind,
    struct text name)
{
    sqlite3_stmt *statement = prepare(store,
        "DELETE FROM recorded WHERE table_id = ?1 AND kind = ?2 AND name = ?3", table, kind);

    if (!statement)
        return STORE_FAILED;
    bind(statement, 3, name);
    return finish(store, statement);
}

enum store_result recorded_drop(struct store *store, int64_t table)
{
    sqlite3_stmt *statement = store_prepare(store, "DELETE FROM recorded WHERE table_id = ?1");

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, table);
    return finish(store, statement);
}
