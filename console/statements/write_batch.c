#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/pages.h"
#include "console/statements/rate.h"
#include "console/statements/write.h"
#include "console/statements/write_entries.h"

/* BatchWriteItem: 25 puts a call; what comes back unprocessed is sent again. */

enum {
    BATCH_ITEMS = 25,
    ATTEMPTS = 8, /* without progress */
    REQUEST_LIMIT = 17 << 20,
    CALL_ARENA = 64 << 20
};

struct batch {
    struct job *job;
    const struct write_plan *plan;
    struct plan *whole;
    struct rate rate;
    uint64_t written, capacity_milli;
    const struct value *pending[BATCH_ITEMS];
    size_t count;
};

static enum error_code write_puts(const struct batch *batch, struct buf *out, struct error *err)
{
    struct json_writer writer;

    write_batch_begin(&writer, out, batch->plan->table->name);
    for (size_t i = 0; i < batch->count; i++) {
        write_batch_open(&writer, false);
        value_add_wire_item(&writer, batch->pending[i]);
        write_batch_close(&writer);
    }
    return write_batch_end(&writer, out, err);
}

/* Keeps those items pending whose puts the answer gives back. */
static enum error_code keep_unprocessed(struct batch *batch, const struct json *answer,
    struct arena *arena, struct error *err)
{
    const struct json *left =
        json_member(json_member(answer, "UnprocessedItems"), batch->plan->table->name);
    const struct value *kept[BATCH_ITEMS] = {NULL};
    size_t count = 0;

    for (const struct json *one = left ? left->first : NULL; one; one = one->next) {
        const struct json *json = json_member(json_member(one, "PutRequest"), "Item");
        const struct value *item = json ? value_from_wire_item(json, arena, err) : NULL;

        if (json && !item)
            return err->code;
        for (size_t i = 0; item && i < batch->count && count < BATCH_ITEMS; i++) {
            if (value_equal(batch->pending[i], item)) {
                kept[count++] = batch->pending[i];
                break;
            }
        }
    }
    batch->written += batch->count - count;
    memcpy(batch->pending, kept, count * sizeof *kept);
    batch->count = count;
    return ERROR_NONE;
}

static enum error_code send_once(struct batch *batch, struct error *err)
{
    struct call_context context = job_context(batch->job);
    struct arena *arena = arena_new(CALL_ARENA, err);
    struct reply reply;
    struct buf request;
    const struct json *answer = NULL;
    enum error_code code = arena ? rate_wait(&batch->rate, batch->job, err) : err->code;

    reply_init(&reply);
    buf_init(&request, REQUEST_LIMIT);
    if (!code)
        code = write_puts(batch, &request, err);
    if (!code) {
        answer = connection_call_json(batch->plan->link->connection, &service_dynamodb,
            "BatchWriteItem", buf_view(&request), &context, &reply, arena, err);
        code = answer ? ERROR_NONE : err->code;
    }
    if (!code) {
        uint64_t capacity = reply_units_milli(answer);

        batch->whole->stale_table = NULL;
        batch->capacity_milli += capacity;
        rate_book(&batch->rate, capacity);
        code = keep_unprocessed(batch, answer, arena, err);
    }
    buf_done(&request);
    reply_done(&reply);
    arena_free(arena);
    return code;
}

/* Until nothing is pending; ERROR_PARTIAL when the service takes nothing any more. */
static enum error_code send_all(struct batch *batch, struct error *err)
{
    unsigned idle = 0;
    enum error_code code = ERROR_NONE;

    while (!code && batch->count > 0) {
        size_t before = batch->count;

        code = send_once(batch, err);
        if (code || batch->count == 0)
            break;
        idle = batch->count < before ? 0 : idle + 1;
        if (idle == ATTEMPTS)
            return error_set(err, ERROR_PARTIAL, "the service left items unprocessed %d times",
                ATTEMPTS);
        code = rate_back_off(batch->job, idle, err);
    }
    return code;
}

static void add_reject(struct buf *out, const struct value *item, const struct error *why)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "Item");
    value_add_wire_item(&writer, item);
    json_pair_string(&writer, "op", "PutItem");
    json_pair_string(&writer, "message", why->text);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

/* What was not written, as a file that can be sent again; the error names it. */
static void save_rejects(struct batch *batch, size_t next, struct error *err)
{
    const struct write *write = batch->plan->write;
    struct error why = *err, other;
    struct buf lines, path;
    char name[64];
    size_t left = batch->count + write->item_count - next;

    buf_init(&lines, 1 << 30);
    buf_init(&path, 4096);
    for (size_t i = 0; i < batch->count; i++)
        add_reject(&lines, batch->pending[i], &why);
    for (size_t i = next; i < write->item_count; i++)
        add_reject(&lines, write->item[i], &why);
    snprintf(name, sizeof name, "jobs/%llu-%llu.rej", (unsigned long long)(clock_wall() / CLOCK_MS),
        (unsigned long long)batch->job->number);
    if (!path_make(PATH_STATE, name, true, &path, &other) &&
        !file_write(buf_string(&path), buf_view(&lines), 0600, &other))
        error_set(err, why.code == ERROR_CANCELLED ? why.code : ERROR_PARTIAL,
            "%zu of %zu items are not written: %s; they are in %s", left, write->item_count,
            why.text, buf_string(&path));
    buf_done(&lines);
    buf_done(&path);
}

enum error_code write_batches(struct job *job, struct write_plan *plan, struct plan *whole,
    struct error *err)
{
    struct batch batch = {.job = job, .plan = plan, .whole = whole};
    size_t next = 0, count = plan->write->item_count;
    uint64_t started = clock_monotonic();
    enum error_code code = ERROR_NONE;

    rate_init(&batch.rate, JOB_WRITES, plan->rate_milli);
    while (!code && next < count) {
        while (batch.count < BATCH_ITEMS && next < count)
            batch.pending[batch.count++] = plan->write->item[next++];
        code = send_all(&batch, err);
    }
    if (code && (batch.written > 0 || code == ERROR_PARTIAL)) {
        save_rejects(&batch, next, err);
        code = err->code;
    }
    if (batch.written > 0)
        write_report(job, "written", batch.written, batch.capacity_milli, started);
    rate_done(&batch.rate);
    return code;
}
