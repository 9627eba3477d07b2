#include "base/clock.h"
#include "base/json.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/import_crew.h"
#include "console/statements/write_entries.h"

/* How the items of a batch are sent, and what becomes of those that are not taken. */

enum { ATTEMPTS = 8 /* without progress */ };

static void book(struct import_crew *crew, uint64_t written, uint64_t capacity_milli)
{
    pthread_mutex_lock(&crew->lock);
    crew->whole->stale_table = NULL;
    atomic_fetch_add(&crew->written, written);
    crew->capacity_milli += capacity_milli;
    pthread_mutex_unlock(&crew->lock);
    rate_book(&crew->rate, capacity_milli);
}

static const struct json *call(struct import_worker *worker, const char *operation,
    const struct buf *request, struct reply *reply, struct error *err)
{
    struct import_crew *crew = worker->crew;
    struct call_context context = job_context(crew->job);

    context.on_retry = NULL; /* what is reported is reported under the lock */
    if (buf_check(request, "request", err) || rate_wait(&crew->rate, crew->job, err))
        return NULL;
    return connection_call_json(crew->plan->link->connection, &service_dynamodb, operation,
        buf_view(request), &context, reply, worker->call, err);
}

static enum error_code write_batch(const struct import_worker *worker, struct buf *out,
    struct error *err)
{
    const struct import_batch *batch = &worker->batch;
    struct json_writer writer;

    write_batch_begin(&writer, out, worker->crew->plan->table->name);
    for (size_t i = 0; i < batch->count; i++)
        write_batch_add(&writer, batch->entry[i].deletes, batch->entry[i].json);
    return write_batch_end(&writer, out, err);
}

/* Keeps those entries whose puts came back. */
static enum error_code keep_unprocessed(struct import_worker *worker, const struct json *answer,
    struct error *err)
{
    const struct import_crew *crew = worker->crew;
    const struct json *left =
        json_member(json_member(answer, "UnprocessedItems"), crew->plan->table->name);
    struct import_batch *batch = &worker->batch;
    size_t kept = 0;

    for (const struct json *one = left ? left->first : NULL; one; one = one->next) {
        const struct json *put = json_member(one, "PutRequest");
        const struct json *json =
            put ? json_member(put, "Item") : json_member(json_member(one, "DeleteRequest"), "Key");
        const struct value *item = json ? value_from_wire_item(json, worker->call, err) : NULL;
        const struct value *key =
            item ? write_item_key(worker->call, crew->plan->table, item, err) : NULL;
        struct buf text;

        if (!key)
            return err->code;
        buf_init(&text, 64 * 1024);
        planner_add_key_text(worker->call, key, &text, err);
        for (size_t i = kept; i < batch->count; i++) {
            if (!text_equal(batch->entry[i].key, buf_view(&text)))
                continue;
            struct import_entry entry = batch->entry[i];

            batch->entry[i] = batch->entry[kept];
            batch->entry[kept++] = entry;
            break;
        }
        buf_done(&text);
    }
    batch->count = kept;
    return ERROR_NONE;
}

static void write_put(const struct import_worker *worker, const struct import_entry *entry,
    bool conditional, struct buf *out)
{
    const struct catalog_table *table = worker->crew->plan->table;
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", table->name);
    json_name(&writer, entry->deletes ? "Key" : "Item");
    json_raw(&writer, entry->json);
    if (conditional && !entry->deletes) {
        json_pair_string(&writer, "ConditionExpression", "attribute_not_exists(#k)");
        json_name(&writer, "ExpressionAttributeNames");
        json_begin_object(&writer);
        json_pair_string(&writer, "#k", table->key[0].name);
        json_end_object(&writer);
        json_pair_string(&writer, "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    }
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
}

/* Whether what stands there is what was to be written. */
static bool is_same(struct import_worker *worker, const struct import_entry *entry,
    const struct reply *reply)
{
    struct error why;
    const struct json *json = json_parse(buf_view(&reply->body), worker->call, &why);
    const struct json *sent = json_parse(entry->json, worker->call, &why);
    const struct json *there = json_member(json, "Item");
    const struct value *old = there ? value_from_wire_item(there, worker->call, &why) : NULL;
    const struct value *new = sent ? value_from_wire_item(sent, worker->call, &why) : NULL;

    return old && new &&value_equal(old, new);
}

/* One put by itself; what the service refuses of it is rejected. */
static enum error_code put_one(struct import_worker *worker, const struct import_entry *entry,
    struct buf *request, struct error *err)
{
    struct import_crew *crew = worker->crew;
    bool conditional = crew->plan->conflict != CONFLICT_REPLACE;
    const struct json *answer;
    enum error_code code;
    struct reply reply;
    bool is_own;

    arena_reset(worker->call);
    write_put(worker, entry, conditional, request);
    reply_init(&reply);
    answer = call(worker, entry->deletes ? "DeleteItem" : "PutItem", request, &reply, err);
    code = answer ? ERROR_NONE : err->code;
    is_own = code == ERROR_CONDITION && is_same(worker, entry, &reply);
    /* A call that was repeated meets the item that its own first try wrote. */
    if (is_own && reply.retries > 0)
        code = ERROR_NONE;
    if (!code)
        book(crew, 1, reply_units_milli(answer));
    pthread_mutex_lock(&crew->lock);
    /* One that the run before wrote after its last state is no conflict either. */
    if (code == ERROR_CONDITION &&
        (crew->plan->conflict == CONFLICT_SKIP || entry->from < crew->resumed_furthest ||
            (is_own && crew->plan->import->resume))) {
        crew->skipped++;
        code = ERROR_NONE;
    } else if (code == ERROR_CONDITION || code == ERROR_INVALID) {
        import_reject(crew, entry,
            reply.service_code[0] ? reply.service_code : "ValidationException",
            code == ERROR_CONDITION ? "the item exists" : err->text);
        code = import_reject_failed(crew, err);
    }
    pthread_mutex_unlock(&crew->lock);
    reply_done(&reply);
    return code;
}

enum error_code import_put_each(struct import_worker *worker, struct buf *request,
    struct error *err)
{
    enum error_code code = ERROR_NONE;

    for (size_t i = 0; !code && i < worker->batch.count; i++)
        code = put_one(worker, &worker->batch.entry[i], request, err);
    return code;
}

static enum error_code reject_rest(const struct import_worker *worker, struct error *err)
{
    struct import_crew *crew = worker->crew;
    enum error_code code;

    pthread_mutex_lock(&crew->lock);
    crew->unprocessed += worker->batch.count;
    for (size_t i = 0; i < worker->batch.count; i++)
        import_reject(crew, &worker->batch.entry[i], "Unprocessed",
            "the service left it unprocessed");
    code = import_reject_failed(crew, err);
    pthread_mutex_unlock(&crew->lock);
    return code;
}

static bool gives_up(struct import_crew *crew)
{
    bool is_over;

    pthread_mutex_lock(&crew->lock);
    is_over = crew->gives_up;
    pthread_mutex_unlock(&crew->lock);
    return is_over;
}

/* All of the batch, again and again as long as something moves. */
enum error_code import_put_batch(struct import_worker *worker, struct buf *request,
    struct error *err)
{
    struct import_crew *crew = worker->crew;
    struct import_batch *batch = &worker->batch;
    enum error_code code = ERROR_NONE;

    if (gives_up(crew))
        return reject_rest(worker, err);
    for (int idle = 0; !code && batch->count > 0 && idle < ATTEMPTS; idle++) {
        size_t before = batch->count;
        const struct json *answer;
        struct reply reply;

        if (idle > 0)
            code = rate_back_off(crew->job, (unsigned)idle, err);
        if (code)
            break;
        arena_reset(worker->call);
        reply_init(&reply);
        answer = write_batch(worker, request, err)
                     ? NULL
                     : call(worker, "BatchWriteItem", request, &reply, err);
        code = answer ? keep_unprocessed(worker, answer, err) : err->code;
        if (answer)
            book(crew, before - batch->count, reply_units_milli(answer));
        reply_done(&reply);
        if (batch->count < before)
            idle = 0;
    }
    /* One item that the service does not take spoils the batch: they go one by one. */
    if (code == ERROR_INVALID)
        return import_put_each(worker, request, err);
    if (code || batch->count == 0)
        return code;
    pthread_mutex_lock(&crew->lock);
    crew->gives_up = true;
    pthread_mutex_unlock(&crew->lock);
    return reject_rest(worker, err);
}
