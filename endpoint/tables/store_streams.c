#include "endpoint/tables/store_streams.h"

#include "endpoint/tables/store_internal.h"

#define COLUMNS                                                                                    \
    "id, table_id, view, account, region, name, label, shard, keys, created_ms, closed_ms, "       \
    "first, last, trimmed"

static enum store_result run_once(struct store *store, sqlite3_stmt *statement)
{
    enum store_result result = statement ? store_step(store, statement) : STORE_FAILED;

    sqlite3_finalize(statement);
    return result;
}

static enum store_result insert(struct store *store, const struct store_stream *stream)
{
    sqlite3_stmt *statement = store_prepare(store,
        "INSERT INTO streams(table_id, view, account, region, name, label, shard, keys, "
        "created_ms, closed_ms, first, last, trimmed) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, 0, 0)");

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, stream->table);
    sqlite3_bind_int(statement, 2, stream->view);
    store_bind_json(statement, 3, stream->account);
    store_bind_json(statement, 4, stream->region);
    store_bind_json(statement, 5, stream->name);
    store_bind_json(statement, 6, stream->label);
    store_bind_json(statement, 7, stream->shard);
    store_bind_json(statement, 8, stream->keys);
    sqlite3_bind_int64(statement, 9, stream->created_ms);
    sqlite3_bind_int64(statement, 10, stream->first);
    return run_once(store, statement);
}

enum store_result store_stream_add(struct store *store, struct store_stream *stream)
{
    if (insert(store, stream) == STORE_FAILED)
        return STORE_FAILED;
    stream->id = store_last_id(store);
    return store_template(store,
        "CREATE TABLE s_@(seq INTEGER PRIMARY KEY, at INT NOT NULL, op INT NOT NULL, "
        "who INT NOT NULL, size INT NOT NULL, k, old, new)",
        stream->id, 0);
}

static enum store_result update(struct store *store, const char *sql, int64_t id, int64_t first,
    int64_t second)
{
    sqlite3_stmt *statement = store_prepare(store, sql);

    if (statement) {
        sqlite3_bind_int64(statement, 1, id);
        sqlite3_bind_int64(statement, 2, first);
        sqlite3_bind_int64(statement, 3, second);
    }
    return run_once(store, statement);
}

enum store_result store_stream_close(struct store *store, int64_t id, int64_t closed_ms,
    int64_t last)
{
    return update(store, "UPDATE streams SET closed_ms = ?2, last = ?3 WHERE id = ?1", id,
        closed_ms, last);
}

enum store_result store_stream_set_trimmed(struct store *store, int64_t id, int64_t trimmed)
{
    return update(store, "UPDATE streams SET trimmed = ?2 WHERE id = ?1", id, trimmed, 0);
}

enum store_result store_stream_drop(struct store *store, int64_t id)
{
    return store_template(store, "DROP TABLE s_@; DELETE FROM streams WHERE id = @", id, 0);
}

static void read_row(sqlite3_stmt *statement, struct store_stream *out)
{
    *out = (struct store_stream){
        .id = sqlite3_column_int64(statement, 0),
        .table = sqlite3_column_int64(statement, 1),
        .view = sqlite3_column_int(statement, 2),
        .account = store_column(statement, 3),
        .region = store_column(statement, 4),
        .name = store_column(statement, 5),
        .label = store_column(statement, 6),
        .shard = store_column(statement, 7),
        .keys = store_column(statement, 8),
        .created_ms = sqlite3_column_int64(statement, 9),
        .closed_ms = sqlite3_column_int64(statement, 10),
        .first = sqlite3_column_int64(statement, 11),
        .last = sqlite3_column_int64(statement, 12),
        .trimmed = sqlite3_column_int64(statement, 13),
    };
}

enum store_result store_stream_begin(struct store *store, int64_t id, struct store_stream *out)
{
    enum store_result result;

    if (!store->stream)
        store->stream = store_prepare(store, "SELECT " COLUMNS " FROM streams WHERE id = ?1");
    if (!store->stream)
        return STORE_FAILED;
    sqlite3_bind_int64(store->stream, 1, id);
    result = store_step(store, store->stream);
    if (result == STORE_ROW)
        read_row(store->stream, out);
    else
        store_stream_end(store);
    return result;
}

void store_stream_end(struct store *store)
{
    sqlite3_reset(store->stream);
}

static bool keep(struct arena *arena, struct store_stream *stream)
{
    struct text *const texts[] = {&stream->account, &stream->region, &stream->name, &stream->label,
        &stream->shard, &stream->keys};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_text(arena, *texts[i]);
        if (!texts[i]->data)
            return false;
    }
    return true;
}

enum store_result store_stream_find(struct store *store, struct text account, struct text region,
    struct text name, struct text label, struct arena *arena, struct store_stream *out)
{
    sqlite3_stmt *statement =
        store_prepare(store, "SELECT " COLUMNS " FROM streams WHERE "
                             "account = ?1 AND region = ?2 AND name = ?3 AND label = ?4");
    enum store_result result = STORE_FAILED;

    if (statement) {
        store_bind_json(statement, 1, account);
        store_bind_json(statement, 2, region);
        store_bind_json(statement, 3, name);
        store_bind_json(statement, 4, label);
        result = store_step(store, statement);
    }
    if (result == STORE_ROW) {
        read_row(statement, out);
        if (!keep(arena, out))
            result = STORE_FAILED;
    }
    sqlite3_finalize(statement);
    return result;
}

struct store_stream *store_stream_list(struct store *store, struct text account, struct text region,
    struct text only, struct text name, struct text label, size_t limit, struct arena *arena,
    size_t *count)
{
    struct store_stream *list = arena_alloc(arena, limit, sizeof *list);
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT " COLUMNS " FROM streams WHERE "
        "account = ?1 AND region = ?2 AND (name, label) > (?4, ?5) AND (?3 = '' OR name = ?3) "
        "ORDER BY name, label LIMIT ?6");
    enum store_result result = STORE_FAILED;

    *count = 0;
    if (statement && list) {
        store_bind_json(statement, 1, account);
        store_bind_json(statement, 2, region);
        store_bind_json(statement, 3, only);
        store_bind_json(statement, 4, name);
        store_bind_json(statement, 5, label);
        sqlite3_bind_int64(statement, 6, (int64_t)limit);
        while ((result = store_step(store, statement)) == STORE_ROW) {
            read_row(statement, &list[*count]);
            if (!keep(arena, &list[(*count)++])) {
                result = STORE_FAILED;
                break;
            }
        }
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? NULL : list;
}

enum store_result store_stream_next(struct store *store, int64_t after, struct store_stream *out)
{
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT id, closed_ms, trimmed FROM streams WHERE id > ?1 ORDER BY id LIMIT 1");
    enum store_result result = STORE_FAILED;

    *out = (struct store_stream){0};
    if (statement) {
        sqlite3_bind_int64(statement, 1, after);
        result = store_step(store, statement);
    }
    if (result == STORE_ROW) {
        out->id = sqlite3_column_int64(statement, 0);
        out->closed_ms = sqlite3_column_int64(statement, 1);
        out->trimmed = sqlite3_column_int64(statement, 2);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result store_stream_sequence(struct store *store, int64_t *out)
{
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT max(coalesce((SELECT max(max(first, last, trimmed)) FROM streams), 0), "
        "coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'sequence'), 0))");
    enum store_result result = STORE_FAILED;
    struct store_stream stream = {0};
    int64_t last;

    *out = 0;
    if (statement)
        result = store_step(store, statement);
    if (result == STORE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    while (result != STORE_FAILED &&
           (result = store_stream_next(store, stream.id, &stream)) == STORE_ROW) {
        result = store_record_last(store, stream.id, &last);
        if (result == STORE_ROW && last > *out)
            *out = last;
    }
    return result;
}

enum store_result store_stream_keep_sequence(struct store *store, int64_t sequence)
{
    return update(store, "REPLACE INTO meta(key, value) VALUES('sequence', ?1)", sequence, 0, 0);
}

static void bind_kept(sqlite3_stmt *statement, int at, struct text json)
{
    if (json.data)
        store_bind_json(statement, at, json);
    else
        sqlite3_bind_null(statement, at);
}

enum store_result store_record_add(struct store *store, int64_t stream,
    const struct store_record *record)
{
    sqlite3_stmt *statement = store_statement(store, stream, 0, STREAM_ADD);

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, record->seq);
    sqlite3_bind_int64(statement, 2, record->at_ms);
    sqlite3_bind_int(statement, 3, record->op);
    sqlite3_bind_int(statement, 4, record->by_service);
    sqlite3_bind_int64(statement, 5, record->size);
    bind_kept(statement, 6, record->keys);
    bind_kept(statement, 7, record->old);
    bind_kept(statement, 8, record->new);
    return store_change(store, statement);
}

enum store_result store_record_begin(struct store *store, int64_t stream, int64_t from,
    struct store_walk *walk)
{
    *walk = (struct store_walk){.store = store, .table = stream};
    walk->statement = store_statement(store, stream, 0, STREAM_FROM);
    if (!walk->statement)
        return STORE_FAILED;
    sqlite3_bind_int64(walk->statement, 1, from);
    return STORE_DONE;
}

static struct text kept_column(sqlite3_stmt *statement, int at)
{
    if (sqlite3_column_type(statement, at) == SQLITE_NULL)
        return text_make(NULL, 0);
    return store_column(statement, at);
}

enum store_result store_record_next(struct store_walk *walk, struct store_record *record)
{
    sqlite3_stmt *statement = walk->statement;
    enum store_result result = store_step(walk->store, statement);

    if (result != STORE_ROW)
        return result;
    *record = (struct store_record){
        .seq = sqlite3_column_int64(statement, 0),
        .at_ms = sqlite3_column_int64(statement, 1),
        .op = sqlite3_column_int(statement, 2),
        .by_service = sqlite3_column_int(statement, 3) != 0,
        .size = sqlite3_column_int64(statement, 4),
        .keys = kept_column(statement, 5),
        .old = kept_column(statement, 6),
        .new = kept_column(statement, 7),
    };
    return STORE_ROW;
}

enum store_result store_record_last(struct store *store, int64_t stream, int64_t *seq)
{
    sqlite3_stmt *statement = store_statement(store, stream, 0, STREAM_LAST);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    result = store_step(store, statement);
    if (result == STORE_ROW)
        *seq = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return result;
}

enum store_result store_record_oldest(struct store *store, int64_t stream, int limit, int64_t at_ms,
    int64_t *upto, int64_t *left_ms)
{
    sqlite3_stmt *statement = store_statement(store, stream, 0, STREAM_TIMES);
    enum store_result result;
    bool found = false;

    *left_ms = 0;
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, 0);
    sqlite3_bind_int(statement, 2, limit);
    while ((result = store_step(store, statement)) == STORE_ROW) {
        if (sqlite3_column_int64(statement, 1) > at_ms) {
            *left_ms = sqlite3_column_int64(statement, 1);
            break;
        }
        *upto = sqlite3_column_int64(statement, 0);
        found = true;
    }
    sqlite3_reset(statement);
    return result == STORE_FAILED ? result : found ? STORE_ROW : STORE_DONE;
}

/* The first record at or above a number. */
static enum store_result find_time(struct store *store, int64_t stream, int64_t from, int64_t *seq,
    int64_t *at_ms)
{
    sqlite3_stmt *statement = store_statement(store, stream, 0, STREAM_TIMES);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int(statement, 2, 1);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        *seq = sqlite3_column_int64(statement, 0);
        *at_ms = sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    return result;
}

enum store_result store_record_horizon(struct store *store, int64_t stream, int64_t at_ms,
    int64_t *upto)
{
    int64_t low = 0, high = 0, seq = 0, time = 0;
    enum store_result result = find_time(store, stream, 0, &seq, &time);

    if (result != STORE_ROW || time > at_ms)
        return result == STORE_FAILED ? result : STORE_DONE;
    if (store_record_last(store, stream, &high) == STORE_FAILED)
        return STORE_FAILED;
    /* seq is old; everything above high is not, or is not there. */
    for (low = *upto = seq; low < high;) {
        int64_t middle = low + (high - low + 1) / 2;

        result = find_time(store, stream, middle, &seq, &time);
        if (result == STORE_FAILED)
            return result;
        if (result == STORE_ROW && time <= at_ms)
            low = *upto = seq;
        else
            high = middle - 1;
    }
    return STORE_ROW;
}

enum store_result store_record_trim(struct store *store, int64_t stream, int64_t upto,
    int64_t *count)
{
    sqlite3_stmt *statement = store_statement(store, stream, 0, STREAM_TRIM);
    enum store_result result;

    *count = 0;
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, upto);
    result = store_change(store, statement);
    if (result == STORE_DONE)
        *count = sqlite3_changes64(store->db);
    return result;
}
