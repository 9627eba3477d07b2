#include "endpoint/tables/streams.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "endpoint/tables/describe.h"
#include "endpoint/tables/store_streams.h"

/* A trimming slice ends after so many records, or so much time: images may be large. */
enum { TRIM_SLICE = 500, TRIM_STEP = 50, KEYS_LIMIT = 64 * 1024, LABEL_LIMIT = 64 };
#define TRIM_TIME (5 * CLOCK_MS)
#define TRIM_PAUSE_MS 60000

/* A label is a time, and no two streams of a name may share it. */
static enum store_result choose_label(struct write_context *context, const struct table *draft,
    struct buf *label)
{
    struct store_stream other;
    enum store_result result = STORE_ROW;

    for (uint64_t at = context->now_ms; result == STORE_ROW; at++) {
        buf_clear(label);
        clock_add_iso(label, at * CLOCK_MS, true);
        buf_cut(label, label->length - 1); /* the Z */
        result = store_stream_find(context->store, draft->account, draft->region, draft->name,
            buf_view(label), draft->arena, &other);
    }
    return label->failure ? STORE_FAILED : result;
}

enum store_result stream_start(struct write_context *context, struct table *draft,
    enum stream_view view)
{
    struct store_stream stream = {.table = draft->id,
        .view = (int)view,
        .account = draft->account,
        .region = draft->region,
        .name = draft->name,
        .created_ms = (int64_t)context->now_ms};
    enum store_result result;
    struct json_writer writer;
    struct buf label, keys;
    uint32_t random;

    buf_init(&label, LABEL_LIMIT);
    buf_init(&keys, KEYS_LIMIT);
    crypto_random(&random, sizeof random);
    json_writer_init(&writer, &keys);
    describe_key_schema(&writer, &draft->key);
    result = choose_label(context, draft, &label);
    stream.first = ++context->sequence;
    stream.keys = buf_view(&keys);
    stream.label = draft->stream_label = arena_text(draft->arena, buf_view(&label));
    stream.shard = text_of(arena_format(draft->arena, "shardId-%020llu-%08lx",
        (unsigned long long)context->now_ms, (unsigned long)random));
    if (!stream.label.data || !stream.shard.data || keys.failure)
        result = STORE_FAILED;
    if (result != STORE_FAILED)
        result = store_stream_add(context->store, &stream);
    draft->stream = stream.id;
    draft->stream_view = view;
    buf_done(&label);
    buf_done(&keys);
    return result;
}

enum store_result stream_stop(struct write_context *context, struct table *table)
{
    int64_t last = ++context->sequence;

    if (!write_count(context, table, 0, 0, 0))
        return STORE_FAILED;
    write_note_sequence(context, table, last);
    return store_stream_close(context->store, table->stream, (int64_t)context->now_ms, last);
}

/* Bytes of the key attributes; with a writer, also their JSON. */
static size_t measure_keys(const struct table *table, const struct value *item,
    struct json_writer *writer)
{
    size_t size = 0;

    if (writer)
        json_begin_object(writer);
    for (size_t i = 0; i < key_count(&table->key); i++) {
        struct text name = table->key.attribute[i].name;
        const struct value *value = value_get(item, name);

        if (!value)
            continue;
        size += name.length + value_size(value);
        if (writer) {
            json_name_text(writer, name);
            value_add_wire(writer, value);
        }
    }
    if (writer)
        json_end_object(writer);
    return size;
}

enum store_result stream_record(const struct item_write *write, struct write_context *context)
{
    struct table *table = write->current;
    const struct value *item = write->new_item   ? write->new_item
                               : write->key_item ? write->key_item
                                                 : write->old_item;
    bool has_new = write->new_item && stream_view_has_new(table->stream_view);
    bool has_old = write->existed && stream_view_has_old(table->stream_view);
    struct store_record record = {
        .seq = ++context->sequence,
        .at_ms = (int64_t)context->now_ms,
        .op = !write->existed   ? STREAM_INSERT
              : write->new_item ? STREAM_MODIFY
                                : STREAM_REMOVE,
        .by_service = write->origin == WRITE_BY_EXPIRY,
    };
    enum store_result result = STORE_FAILED;
    struct json_writer writer;
    struct buf keys;

    buf_init(&keys, KEYS_LIMIT);
    json_writer_init(&writer, &keys);
    record.size = (int64_t)measure_keys(table, item, has_new || has_old ? NULL : &writer);
    if (has_new) {
        record.new = write->new_json;
        record.size += (int64_t)write->new_size;
    }
    if (has_old) {
        record.old = write->old_json;
        record.size += write->old_row.size;
    }
    if (!has_new && !has_old)
        record.keys = buf_view(&keys);
    if (!keys.failure)
        result = store_record_add(context->store, table->stream, &record);
    write_note_sequence(context, table, record.seq);
    buf_done(&keys);
    return result;
}

struct trim {
    struct write_context *context;
    int64_t cutoff_ms; /* of this time and earlier: too old */
    int64_t due_ms;    /* when the next record will be */
    int64_t removed;
    uint64_t started;
};

static bool is_slice_over(const struct trim *trim)
{
    return trim->removed >= TRIM_SLICE || clock_monotonic() - trim->started > TRIM_TIME;
}

/* An ended stream whose records are gone, too. */
static enum store_result drop_stream(struct trim *trim, int64_t stream)
{
    struct store *store = trim->context->store;

    if (store_stream_keep_sequence(store, trim->context->sequence) == STORE_FAILED)
        return STORE_FAILED;
    return store_stream_drop(store, stream);
}

static enum store_result trim_stream(struct trim *trim, const struct store_stream *stream)
{
    struct store *store = trim->context->store;
    int64_t upto = 0, left_ms = 0, trimmed = 0, count = 0, due;
    enum store_result result;

    do {
        result =
            store_record_oldest(store, stream->id, TRIM_STEP, trim->cutoff_ms, &upto, &left_ms);
        if (result == STORE_ROW) {
            trimmed = upto;
            result = store_record_trim(store, stream->id, upto, &count);
            trim->removed += count;
        } else {
            count = 0;
        }
    } while (count > 0 && !is_slice_over(trim));
    if (result != STORE_FAILED && trimmed > 0)
        result = store_stream_set_trimmed(store, stream->id, trimmed);
    if (result == STORE_FAILED || is_slice_over(trim))
        return result;
    if (left_ms == 0 && stream->closed_ms > 0 && stream->closed_ms <= trim->cutoff_ms)
        return drop_stream(trim, stream->id);
    due = left_ms > 0 ? left_ms : stream->closed_ms;
    if (due > 0 && due + STREAM_LIFE_MS < trim->due_ms)
        trim->due_ms = due + STREAM_LIFE_MS;
    return STORE_DONE;
}

enum progress streams_trim(struct write_context *context, uint64_t *next_ms)
{
    int64_t now = (int64_t)context->now_ms;
    struct trim trim = {.context = context,
        .cutoff_ms = now - STREAM_LIFE_MS,
        .due_ms = now + STREAM_LIFE_MS,
        .started = clock_monotonic()};
    struct store_stream stream = {0};
    enum store_result result;

    while ((result = store_stream_next(context->store, stream.id, &stream)) == STORE_ROW) {
        if (trim_stream(&trim, &stream) == STORE_FAILED)
            return PROGRESS_BROKEN;
        if (is_slice_over(&trim))
            return PROGRESS_AGAIN;
    }
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    /* Records come one by one: not a commit for each as it turns too old. */
    if (trim.due_ms < now + TRIM_PAUSE_MS)
        trim.due_ms = now + TRIM_PAUSE_MS;
    *next_ms = (uint64_t)trim.due_ms;
    return PROGRESS_DONE;
}
