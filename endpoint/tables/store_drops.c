#include "endpoint/tables/store_drops.h"

#include "endpoint/tables/store_internal.h"

#include "base/clock.h"

/* Rows that go at once; the last ones go with the table. */
#define STEP "24"

struct key_record {
    char letter;
    const char *sql; /* of a step; @ is the name of the table */
};

#define REMOVE(key)                                                                                \
    "DELETE FROM @ WHERE " key " <= (SELECT " key " FROM @ ORDER BY " key " LIMIT 1 OFFSET " STEP  \
    ")"

static const struct key_record key_table[] = {
    {'c', REMOVE("h")},
    {'d', REMOVE("k")},
    {'i', REMOVE("k")},
    {'t', "DELETE FROM @ WHERE (at, k) <= (SELECT at, k FROM @ ORDER BY at, k LIMIT 1 OFFSET " STEP
          ")"},
    {'u', REMOVE("seq")},
    {'x', REMOVE("id")},
};

static sqlite3_stmt *prepare_with(struct store *store, const char *sql, struct text name)
{
    sqlite3_stmt *statement;
    struct buf out;

    buf_init(&out, 4096);
    for (; *sql; sql++) {
        if (*sql == '@')
            buf_add_text(&out, name);
        else
            buf_add_char(&out, *sql);
    }
    statement = out.failure ? NULL : store_prepare(store, buf_string(&out));
    if (out.failure)
        store->failure = SQLITE_NOMEM;
    buf_done(&out);
    return statement;
}

static enum store_result run_with(struct store *store, const char *sql, struct text name)
{
    sqlite3_stmt *statement = prepare_with(store, sql, name);
    enum store_result result = statement ? store_step(store, statement) : STORE_FAILED;

    sqlite3_finalize(statement);
    return result;
}

/* Empties the table as far as a slice goes, and drops it when that was far enough. */
static enum store_result drop_some(struct store *store, struct text name)
{
    uint64_t end = clock_monotonic() + STORE_DROP_MS * CLOCK_MS;
    enum store_result result = STORE_DONE;
    sqlite3_stmt *statement = NULL;
    int64_t removed = 0;

    for (size_t i = 0; i < sizeof key_table / sizeof key_table[0]; i++)
        if (name.data[0] == key_table[i].letter)
            statement = prepare_with(store, key_table[i].sql, name);
    if (!statement)
        return STORE_FAILED;
    do {
        result = store_change(store, statement);
        removed += sqlite3_changes64(store->db);
    } while (result == STORE_DONE && sqlite3_changes64(store->db) > 0 &&
             removed < STORE_DROP_ROWS && clock_monotonic() < end);
    if (result == STORE_DONE && sqlite3_changes64(store->db) > 0)
        result = STORE_ROW;
    sqlite3_finalize(statement);
    return result == STORE_DONE ? run_with(store, "DROP TABLE @", name) : result;
}

/* The tables of the file that hold rows of a table. */
#define PARTS                                                                                      \
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name IN ('c_@', 'd_@', 't_@', "      \
    "'u_@', 'x_@') OR name GLOB 'i_@_*')"

enum store_result store_drop_table(struct store *store, int64_t table)
{
    enum store_result result = STORE_DONE;
    sqlite3_stmt *statement;
    char id[24], name[64];

    sqlite3_snprintf(sizeof id, id, "%lld", (long long)table);
    if (run_with(store, "DELETE FROM counters WHERE table_id = @", text_of(id)) == STORE_FAILED)
        return STORE_FAILED;
    while (result == STORE_DONE) {
        statement = prepare_with(store, PARTS " LIMIT 1", text_of(id));
        result = statement ? store_step(store, statement) : STORE_FAILED;
        if (result == STORE_ROW)
            sqlite3_snprintf(sizeof name, name, "%s", sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        if (result != STORE_ROW)
            return result;
        result = drop_some(store, text_of(name));
    }
    if (result == STORE_ROW)
        result = run_with(store, "INSERT INTO drops(name) " PARTS, text_of(id));
    return result;
}

enum store_result store_drop_index(struct store *store, int64_t table, int slot)
{
    char name[64];

    sqlite3_snprintf(sizeof name, name, "i_%lld_%d", (long long)table, slot);
    return drop_some(store, text_of(name));
}

enum store_result store_drop_slice(struct store *store)
{
    sqlite3_stmt *statement = store_prepare(store, "SELECT name FROM drops ORDER BY rowid LIMIT 1");
    enum store_result result = statement ? store_step(store, statement) : STORE_FAILED;
    char name[64];

    if (result == STORE_ROW)
        sqlite3_snprintf(sizeof name, name, "%s", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    if (result != STORE_ROW)
        return result;
    result = drop_some(store, text_of(name));
    if (result != STORE_DONE)
        return result;
    return run_with(store, "DELETE FROM drops WHERE name = '@'", text_of(name)) == STORE_FAILED
               ? STORE_FAILED
               : STORE_ROW;
}
