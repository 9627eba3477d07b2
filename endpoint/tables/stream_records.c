#include "endpoint/tables/stream_records.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/streams.h"

#define SCRATCH_LIMIT (64 * 1024 * 1024)

enum { TEXT_LIMIT = 2048, EVENT_BYTES = 16 };

/* What a GetRecords keeps between its slices. */
struct records_plan {
    struct stream_iterator iterator; /* position: of what comes next */
    int64_t limit, count;
    int64_t size; /* of the records so far, as the service counts it */
    bool is_open; /* the answer has begun */
    struct json_writer writer;
};

enum store_result stream_bounds(struct store *store, const struct store_stream *stream,
    int64_t *lost, int64_t *last)
{
    int64_t cutoff_ms = (int64_t)(clock_wall() / CLOCK_MS) - STREAM_LIFE_MS, upto = 0, number = 0;
    enum store_result result = store_record_last(store, stream->id, &number);

    /* The stream's own number comes first, so that it can be asked for. */
    *lost = stream->first - 1 > stream->trimmed ? stream->first - 1 : stream->trimmed;
    *last = stream->first > stream->trimmed ? stream->first : stream->trimmed;
    if (result == STORE_FAILED)
        return result;
    if (result == STORE_ROW)
        *last = number;
    /* The writer removes what is too old now and then; nobody sees it in between. */
    result = store_record_horizon(store, stream->id, cutoff_ms, &upto);
    if (result == STORE_ROW)
        *lost = upto;
    return result == STORE_FAILED ? result : STORE_DONE;
}

static enum store_result make_plan(struct request *request, struct store *store)
{
    struct text text = request_text(request->body, "ShardIterator");
    struct records_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);
    uint64_t now_ms = clock_wall() / CLOCK_MS;
    enum store_result result;
    struct buf scratch;

    if (!plan) {
        request_exhausted(request);
        return STORE_DONE;
    }
    buf_init(&scratch, TEXT_LIMIT);
    result = stream_iterator_parse(text, store, &plan->iterator, &scratch);
    if (scratch.failure == ERROR_MEMORY)
        request_exhausted(request);
    else if (result == STORE_DONE)
        request_fail(request, MESSAGE_ITERATOR_INVALID, NULL);
    else if (result == STORE_ROW &&
             now_ms > plan->iterator.created_ms + UINT64_C(1000) * STREAM_ITERATOR_S)
        request_fail(request, MESSAGE_ITERATOR_EXPIRED, NULL);
    buf_done(&scratch);
    plan->limit = request_integer(request->body, "Limit", STREAM_RECORDS_LIMIT);
    request->plan = plan;
    return result;
}

static bool has_scratch(struct request *request)
{
    struct error err;

    if (!request->scratch)
        request->scratch = arena_new(SCRATCH_LIMIT, &err);
    return request->scratch || request_exhausted(request);
}

/* The same for a record whenever it is read. */
static void add_event_id(struct json_writer *writer, struct text arn, int64_t sequence)
{
    static const char digits[] = "0123456789abcdef";
    char number[STREAM_NUMBER_DIGITS + 1], id[2 * EVENT_BYTES];
    struct text text = stream_number(sequence, number);
    uint8_t hash[CRYPTO_SHA256];

    crypto_hmac_sha256(arn, text, hash);
    for (size_t i = 0; i < EVENT_BYTES; i++) {
        id[2 * i] = digits[hash[i] >> 4];
        id[2 * i + 1] = digits[hash[i] & 15];
    }
    json_pair(writer, "eventID", text_make(id, sizeof id));
}

/* The key attributes of an image, as they stand in it. */
static bool add_keys_of(struct request *request, struct json_writer *writer,
    const struct json *schema, struct text image)
{
    const struct json *item;
    struct error err;

    arena_reset(request->scratch);
    item = json_parse(image, request->scratch, &err);
    if (!item)
        return err.code == ERROR_MEMORY || err.code == ERROR_LIMIT
                   ? request_exhausted(request)
                   : request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(err.text)));
    json_begin_object(writer);
    for (const struct json *node = schema->first; node; node = node->next) {
        struct text name = json_string_member(node, "AttributeName");
        const struct json *value = json_member_text(item, name);

        if (!value)
            continue;
        json_name_text(writer, name);
        json_tree(writer, value);
    }
    json_end_object(writer);
    return true;
}

static bool add_change(struct request *request, const struct store_stream *stream,
    const struct json *schema, const struct store_record *record)
{
    struct records_plan *plan = request->plan;
    struct json_writer *writer = &plan->writer;
    char number[STREAM_NUMBER_DIGITS + 1];

    json_name(writer, "dynamodb");
    json_begin_object(writer);
    json_pair_integer(writer, "ApproximateCreationDateTime", record->at_ms / 1000);
    json_name(writer, "Keys");
    if (record->keys.data)
        json_raw(writer, record->keys);
    else if (!add_keys_of(request, writer, schema, record->new.data ? record->new : record->old))
        return false;
    if (record->new.data) {
        json_name(writer, "NewImage");
        json_raw(writer, record->new);
    }
    if (record->old.data) {
        json_name(writer, "OldImage");
        json_raw(writer, record->old);
    }
    json_pair(writer, "SequenceNumber", stream_number(record->seq, number));
    json_pair_integer(writer, "SizeBytes", record->size);
    json_pair_string(writer, "StreamViewType", stream_view_name((enum stream_view)stream->view));
    json_end_object(writer);
    return true;
}

static bool add_record(struct request *request, const struct store_stream *stream,
    const struct json *schema, const struct store_record *record)
{
    static const char *const names[] = {
        [STREAM_INSERT] = "INSERT",
        [STREAM_MODIFY] = "MODIFY",
        [STREAM_REMOVE] = "REMOVE",
    };
    struct records_plan *plan = request->plan;
    struct json_writer *writer = &plan->writer;

    json_begin_object(writer);
    add_event_id(writer, plan->iterator.arn, record->seq);
    json_pair_string(writer, "eventName", names[record->op]);
    json_pair_string(writer, "eventVersion", "1.1");
    json_pair_string(writer, "eventSource", "aws:dynamodb");
    json_pair(writer, "awsRegion", stream->region);
    if (!add_change(request, stream, schema, record))
        return false;
    if (record->by_service) {
        json_name(writer, "userIdentity");
        json_begin_object(writer);
        json_pair_string(writer, "PrincipalId", "dynamodb.amazonaws.com");
        json_pair_string(writer, "Type", "Service");
        json_end_object(writer);
    }
    json_end_object(writer);
    plan->count++;
    plan->size += record->size;
    plan->iterator.position = record->seq + 1;
    return true;
}

/* ROW: the slice or the page is full. DONE: there are no more. */
static enum store_result add_slice(struct request *request, struct store *store,
    const struct store_stream *stream, const struct json *schema)
{
    struct records_plan *plan = request->plan;
    size_t end = request->out.length + request->slice.bytes;
    enum store_result result;
    struct store_record record;
    struct store_walk walk;

    if (store_record_begin(store, stream->id, plan->iterator.position, &walk) == STORE_FAILED)
        return STORE_FAILED;
    while ((result = store_record_next(&walk, &record)) == STORE_ROW) {
        if (plan->count > 0 && plan->size + record.size > STREAM_ANSWER_SIZE)
            plan->limit = plan->count;
        if (plan->count == plan->limit || request->out.length >= end ||
            !add_record(request, stream, schema, &record))
            break;
    }
    store_walk_end(&walk);
    return result;
}

static void begin_answer(struct request *request)
{
    struct records_plan *plan = request->plan;

    if (plan->is_open)
        return;
    plan->is_open = true;
    buf_clear(&request->out);
    json_writer_init(&plan->writer, &request->out);
    json_begin_object(&plan->writer);
    json_name(&plan->writer, "Records");
    json_begin_array(&plan->writer);
}

static bool end_answer(struct request *request, struct store *store, bool is_end)
{
    struct records_plan *plan = request->plan;
    struct buf next;
    bool done = true;

    json_end_array(&plan->writer);
    if (!is_end) {
        buf_init(&next, TEXT_LIMIT);
        plan->iterator.created_ms = clock_wall() / CLOCK_MS;
        done = stream_iterator_add(&next, store, &plan->iterator);
        if (next.failure)
            request_exhausted(request);
        json_pair(&plan->writer, "NextShardIterator", buf_view(&next));
        buf_done(&next);
    }
    json_end_object(&plan->writer);
    plan->is_open = false;
    return done;
}

/* Who waits is woken by the table's next record; telemetry counts the read for it, too. */
static bool note_table(struct request *request, const struct store_stream *stream)
{
    struct records_plan *plan = request->plan;
    struct table *table;

    request->wanted = plan->iterator.position;
    if (request->table)
        return true;
    table = registry_find_id(request->catalog, stream->table);
    if (table && request_hold(request, table))
        request->table = table;
    return !request->fault.set;
}

static enum progress read_slice(struct request *request, struct store *store,
    const struct store_stream *stream)
{
    struct records_plan *plan = request->plan;
    int64_t lost = 0, last = 0;
    const struct json *schema;
    enum store_result result;
    struct error err;

    if (stream_bounds(store, stream, &lost, &last) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (plan->iterator.position <= lost) {
        request_fail(request, MESSAGE_TRIMMED, NULL);
        return PROGRESS_DONE;
    }
    schema = json_parse(stream->keys, request->arena, &err);
    if (!schema || !note_table(request, stream)) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    begin_answer(request);
    result = add_slice(request, store, stream, schema);
    if (request->fault.set)
        return PROGRESS_DONE;
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (result == STORE_ROW && plan->count < plan->limit)
        return PROGRESS_AGAIN;
    if (!end_answer(request, store, result == STORE_DONE && stream->closed_ms > 0))
        return PROGRESS_BROKEN;
    return plan->count > 0 || stream->closed_ms > 0 || request->fault.set ? PROGRESS_DONE
                                                                          : PROGRESS_WAIT;
}

enum progress stream_records_read(struct request *request, struct store *store)
{
    enum store_result result = STORE_ROW;
    enum progress progress = PROGRESS_DONE;
    struct records_plan *plan;
    struct store_stream stream;

    if (!request->plan)
        result = make_plan(request, store);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    plan = request->plan;
    if (request->fault.set || !has_scratch(request))
        return PROGRESS_DONE;
    result = store_stream_begin(store, plan->iterator.stream, &stream);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (result == STORE_DONE)
        request_fail(request, MESSAGE_STREAM_MISSING, ARGUMENTS(plan->iterator.arn));
    else if (!text_equal(stream.account, request->account) ||
             !text_equal(stream.region, request->region))
        request_fail(request, MESSAGE_ITERATOR_INVALID, NULL);
    else
        progress = read_slice(request, store, &stream);
    store_stream_end(store);
    return progress;
}
