#include "endpoint/tables/history.h"

#include "base/clock.h"
#include "endpoint/tables/store_internal.h"

enum { TRIM_SLICE = 1000 };

#define DAY_MS UINT64_C(86400000)

enum store_result history_create(struct store *store, int64_t table)
{
    return store_template(store,
        "CREATE TABLE u_@(seq INTEGER PRIMARY KEY, at INT NOT NULL, k BLOB NOT NULL, "
        "size INT NOT NULL, old)",
        table, 0);
}

enum store_result history_drop(struct store *store, int64_t table)
{
    return store_template(store, "DROP TABLE IF EXISTS u_@", table, 0);
}

/* A statement used once, ready to be bound, or NULL. @ stands for the table's id. */
static sqlite3_stmt *prepare(struct store *store, const char *template, int64_t table)
{
    sqlite3_stmt *statement;
    struct buf sql;

    buf_init(&sql, 4096);
    for (; *template; template ++) {
        if (*template == '@')
            buf_add_integer(&sql, table);
        else
            buf_add_char(&sql, *template);
    }
    statement = sql.failure ? NULL : store_prepare(store, buf_string(&sql));
    if (sql.failure)
        store->failure = SQLITE_NOMEM;
    buf_done(&sql);
    return statement;
}

/* Two columns of the one row that the template gives for a number. */
static enum store_result read_pair(struct store *store, const char *template, int64_t table,
    int64_t number, int64_t *first, int64_t *second)
{
    sqlite3_stmt *statement = prepare(store, template, table);
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_int64(statement, 1, number);
        result = store_step(store, statement);
        if (result == STORE_ROW) {
            *first = sqlite3_column_int64(statement, 0);
            *second = sqlite3_column_int64(statement, 1);
        }
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result history_load(struct table *table, struct store *store)
{
    int64_t at = 0, seq = 0;
    enum store_result result =
        read_pair(store, "SELECT at, seq FROM u_@ WHERE seq > ?1 ORDER BY seq DESC LIMIT 1",
            table->id, 0, &at, &seq);

    atomic_store(&table->counters->history_ms, at);
    return result;
}

enum store_result history_add(const struct item_write *write, struct write_context *context)
{
    struct table *table = write->current;
    int64_t at = (int64_t)context->now_ms;
    int64_t last = atomic_load(&table->counters->history_ms);
    sqlite3_stmt *statement;

    if (last > at)
        at = last;
    statement = store_statement(context->store, table->id, 0, HISTORY_ADD);
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, at);
    sqlite3_bind_blob64(statement, 2, write->key.data, write->key.length, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, write->old_row.size);
    if (write->existed)
        store_bind_json(statement, 4, write->old_json);
    else
        sqlite3_bind_null(statement, 4);
    /* Ahead of COMMIT: a rollback leaves it too high, which does no harm. */
    atomic_store(&table->counters->history_ms, at);
    return store_change(context->store, statement);
}

static uint64_t period_ms(const struct table *table)
{
    return (uint64_t)table->history_days * DAY_MS;
}

uint64_t history_latest_ms(const struct table *table)
{
    uint64_t now = clock_wall() / CLOCK_MS;
    uint64_t last = (uint64_t)atomic_load(&table->counters->history_ms);

    /* The clock may have been put back. */
    if (last > now)
        now = last;
    return table->history_since_ms > now ? table->history_since_ms : now;
}

uint64_t history_earliest_ms(const struct table *table)
{
    uint64_t latest = history_latest_ms(table), period = period_ms(table);

    return latest > period && latest - period > table->history_since_ms ? latest - period
                                                                        : table->history_since_ms;
}

/* A table that is being restored may still need what is too old by now. */
static bool is_needed(struct registry *catalog)
{
    struct table *restoring = registry_next_restoring(catalog, 0);

    table_release(restoring);
    return restoring;
}

enum progress history_trim(const struct table *table, struct write_context *context)
{
    int64_t cutoff = (int64_t)context->now_ms - (int64_t)period_ms(table);
    int64_t last = 0, count = 0, unused;
    enum store_result result;
    sqlite3_stmt *statement =
        prepare(context->store, "SELECT at, seq FROM u_@ ORDER BY seq LIMIT ?1", table->id);

    if (!statement)
        return PROGRESS_BROKEN;
    sqlite3_bind_int64(statement, 1, is_needed(context->catalog) ? 0 : TRIM_SLICE);
    while ((result = store_step(context->store, statement)) == STORE_ROW &&
           sqlite3_column_int64(statement, 0) < cutoff) {
        last = sqlite3_column_int64(statement, 1);
        count++;
    }
    sqlite3_finalize(statement);
    if (result != STORE_FAILED && count > 0)
        result = read_pair(context->store, "DELETE FROM u_@ WHERE seq <= ?1", table->id, last,
            &unused, &unused);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    return count == TRIM_SLICE ? PROGRESS_AGAIN : PROGRESS_DONE;
}

/* The first entry after a time, by bisection: times only grow with seq. Above all: after the last. */
static enum store_result find_after(struct store *store, int64_t table, uint64_t at_ms,
    int64_t *out)
{
    int64_t low = 0, high = 0, seq, at;

    if (read_pair(store, "SELECT coalesce(min(seq), 0), coalesce(max(seq), -1) FROM u_@ WHERE ?1",
            table, 1, &low, &high) == STORE_FAILED)
        return STORE_FAILED;
    high++;
    while (low < high) {
        enum store_result result =
            read_pair(store, "SELECT seq, at FROM u_@ WHERE seq >= ?1 ORDER BY seq LIMIT 1", table,
                low + (high - low) / 2, &seq, &at);

        if (result != STORE_ROW)
            return STORE_FAILED;
        if ((uint64_t)at > at_ms)
            high = low + (high - low) / 2;
        else
            low = seq + 1;
    }
    *out = low;
    return STORE_DONE;
}

/* Runs a statement that takes up to two numbers and gives no rows. */
static enum store_result fill(struct store *store, const char *template, int64_t table,
    int64_t first, int64_t second)
{
    sqlite3_stmt *statement = prepare(store, template, table);
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_int64(statement, 1, first);
        if (sqlite3_bind_parameter_count(statement) > 1)
            sqlite3_bind_int64(statement, 2, second);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result;
}

#define UNDO_TABLE                                                                                 \
    "CREATE TEMP TABLE IF NOT EXISTS history_undo(k BLOB PRIMARY KEY, size INT, old) "             \
    "WITHOUT ROWID; DELETE FROM temp.history_undo;"
/* An item of d_{id}, large or not. */
#define ITEM                                                                                       \
    "CASE typeof(v) WHEN 'integer' THEN (SELECT x.v FROM x_@ x WHERE x.id = d.v) ELSE v END"

static enum store_result collect_undo(struct store *store, int64_t table, uint64_t at_ms)
{
    int64_t from;

    if (store_execute(store, UNDO_TABLE) == STORE_FAILED)
        return STORE_FAILED;
    if (at_ms == HISTORY_NOW)
        return STORE_DONE;
    if (find_after(store, table, at_ms, &from) == STORE_FAILED)
        return STORE_FAILED;
    return fill(store,
        "INSERT OR IGNORE INTO temp.history_undo SELECT k, size, old FROM main.u_@ "
        "WHERE seq >= ?1 ORDER BY seq",
        table, from, 0);
}

enum store_result history_view_begin(struct store *store, const struct table *table, uint64_t at_ms,
    struct history_view *view)
{
    *view = (struct history_view){.store = store, .table = table->id};
    if (collect_undo(store, table->id, at_ms) == STORE_FAILED)
        return STORE_FAILED;
    view->rows = prepare(store,
        at_ms == HISTORY_NOW ? "SELECT k, size, " ITEM " FROM d_@ d ORDER BY k"
                             : "SELECT k, size, " ITEM " FROM d_@ d WHERE NOT EXISTS "
                               "(SELECT 1 FROM temp.history_undo u WHERE u.k = d.k) ORDER BY k",
        table->id);
    return view->rows ? STORE_DONE : STORE_FAILED;
}

enum store_result history_view_next(struct history_view *view, struct history_row *row)
{
    enum store_result result = store_step(view->store, view->rows);

    if (result == STORE_DONE && !view->undone) {
        sqlite3_finalize(view->rows);
        view->undone = true;
        view->rows = prepare(view->store,
            "SELECT k, size, old FROM temp.history_undo WHERE old IS NOT NULL ORDER BY k",
            view->table);
        result = view->rows ? store_step(view->store, view->rows) : STORE_FAILED;
    }
    if (result != STORE_ROW)
        return result;
    row->key = store_column(view->rows, 0);
    row->size = sqlite3_column_int64(view->rows, 1);
    row->json = store_column(view->rows, 2);
    if (row->json.length > 0)
        return STORE_ROW;
    view->store->failure = SQLITE_CORRUPT; /* a large item that is not there */
    return STORE_FAILED;
}

void history_view_end(struct history_view *view)
{
    sqlite3_finalize(view->rows);
    view->rows = NULL;
}

/* Each key with its first old image and its last time; then what came right after the time. */
static enum store_result collect_changes(struct store *store, int64_t table, uint64_t from_ms,
    uint64_t to_ms)
{
    int64_t from, to;

    if (store_execute(store, UNDO_TABLE
            "CREATE TEMP TABLE IF NOT EXISTS history_change(k BLOB PRIMARY KEY, last INT, at INT, "
            "old) WITHOUT ROWID; DELETE FROM temp.history_change;") == STORE_FAILED ||
        find_after(store, table, from_ms, &from) == STORE_FAILED ||
        find_after(store, table, to_ms, &to) == STORE_FAILED)
        return STORE_FAILED;
    if (fill(store,
            "INSERT INTO temp.history_change SELECT k, seq, at, old FROM main.u_@ "
            "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq "
            "ON CONFLICT(k) DO UPDATE SET last = excluded.last, at = excluded.at",
            table, from, to) == STORE_FAILED)
        return STORE_FAILED;
    return fill(store,
        "INSERT OR IGNORE INTO temp.history_undo SELECT k, size, old FROM main.u_@ "
        "WHERE seq >= ?1 AND k IN (SELECT k FROM temp.history_change) ORDER BY seq",
        table, to, 0);
}

enum store_result history_changes_begin(struct store *store, const struct table *table,
    uint64_t from_ms, uint64_t to_ms, struct history_changes *changes)
{
    *changes = (struct history_changes){.store = store, .table = table->id};
    buf_init(&changes->now, TABLE_JSON_LIMIT);
    if (collect_changes(store, table->id, from_ms, to_ms) == STORE_FAILED)
        return STORE_FAILED;
    changes->rows = prepare(store,
        "SELECT c.k, c.at, c.old, u.k IS NOT NULL, u.old FROM temp.history_change c "
        "LEFT JOIN temp.history_undo u ON u.k = c.k ORDER BY c.last",
        table->id);
    return changes->rows ? STORE_DONE : STORE_FAILED;
}

static struct text image(sqlite3_stmt *rows, int column)
{
    return sqlite3_column_type(rows, column) == SQLITE_NULL ? text_make(NULL, 0)
                                                            : store_column(rows, column);
}

enum store_result history_changes_next(struct history_changes *changes,
    struct history_change *change)
{
    enum store_result result = store_step(changes->store, changes->rows);
    struct store_row row;

    if (result != STORE_ROW)
        return result;
    change->key = store_column(changes->rows, 0);
    change->at_ms = (uint64_t)sqlite3_column_int64(changes->rows, 1);
    change->old_json = image(changes->rows, 2);
    change->new_json = image(changes->rows, 4);
    if (sqlite3_column_int(changes->rows, 3))
        return STORE_ROW;
    buf_clear(&changes->now);
    result = store_get(changes->store, changes->table, change->key, &changes->now, &row);
    if (result == STORE_FAILED || changes->now.failure)
        return STORE_FAILED;
    if (result == STORE_ROW)
        change->new_json = buf_view(&changes->now);
    return STORE_ROW;
}

void history_changes_end(struct history_changes *changes)
{
    sqlite3_finalize(changes->rows);
    changes->rows = NULL;
    buf_done(&changes->now);
}
