#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/service.h"
#include "console/statements/import.h"
#include "console/statements/import_reader.h"
#include "console/statements/rate.h"

enum {
    BATCH = 25,
    THREAD_LIMIT = 16,
    ATTEMPTS = 8, /* without progress */
    FIRST_WAIT_MS = 50,
    REQUEST_LIMIT = 20 << 20,
    ITEM_ARENA = 256 << 20,
    BATCH_BYTES = 12 << 20, /* of 16 MB that a call may have */
    REJECT_LIMIT = 1000,
    PROGRESS_MS = 200,
    STATE_VERSION = 1
};

/* One item on its way: its request JSON, and where it stood. */
struct entry {
    struct text json, key;
    uint64_t line, from;
};

struct batch {
    struct entry entry[BATCH];
    size_t count, bytes;
    struct arena *arena; /* of the entries */
};

struct import_crew;

struct worker {
    struct import_crew *crew;
    struct batch batch;
    struct arena *call;
    uint64_t in_flight; /* offset of the oldest record not acknowledged; UINT64_MAX: none */
};

/* What the workers share. */
struct import_crew {
    struct job *job;
    const struct import_plan *plan;
    struct plan *whole;
    struct rate rate;
    uint64_t started;
    pthread_mutex_t lock; /* over what is below */
    struct import_reader *reader;
    struct arena *record;
    bool has_carried; /* an item whose key stands in the batch before it */
    struct batch carried;
    struct worker worker[THREAD_LIMIT];
    size_t worker_count;
    uint64_t read, written, skipped, rejected, unprocessed, capacity_milli;
    uint64_t furthest, resumed_furthest; /* offsets up to which items may have been sent */
    bool ended, stop;
    enum error_code code; /* of the first failure that ends all */
    struct error err;
    int rejects; /* descriptor; -1: not opened */
    const char *rejects_path;
    struct text identity;
    uint64_t saved, noted; /* monotonic */
};

/* ----- rejects ---------------------------------------------------------------------------- */

static bool open_rejects(struct import_crew *crew, struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND;

    if (crew->rejects >= 0)
        return true;
    crew->rejects_path = crew->plan->rejects;
    if (!crew->rejects_path) {
        char name[64];
        struct buf path;

        buf_init(&path, 4096);
        snprintf(name, sizeof name, "jobs/%llu-%llu.rej",
            (unsigned long long)(clock_wall() / CLOCK_MS), (unsigned long long)crew->job->number);
        if (!path_make(PATH_STATE, name, true, &path, err))
            crew->rejects_path = arena_string(crew->job->arena, buf_view(&path));
        buf_done(&path);
        if (!crew->rejects_path)
            return false;
    }
    if (!crew->plan->import->resume)
        flags |= O_TRUNC;
    crew->rejects = open(crew->rejects_path, flags, 0600);
    if (crew->rejects < 0)
        error_set(err, ERROR_IO, "%s: %s", crew->rejects_path, strerror(errno));
    return crew->rejects >= 0;
}

static void stop_all(struct import_crew *crew, enum error_code code, const struct error *err)
{
    if (!crew->stop) {
        crew->code = code;
        crew->err = *err;
    }
    crew->stop = true;
}

/* Holds the lock. json empty: the record could not be read, text is what stands there. */
static void reject(struct import_crew *crew, struct text json, struct text text, uint64_t line,
    const char *code, const char *message)
{
    struct json_writer writer;
    struct error err;
    struct buf out;

    crew->rejected++;
    buf_init(&out, REQUEST_LIMIT * 4);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    if (json.length > 0) {
        json_name(&writer, "Item");
        json_raw(&writer, json);
    }
    json_pair_string(&writer, "op", "PutItem");
    json_pair_string(&writer, "code", code);
    json_pair_string(&writer, "message", message);
    json_pair_integer(&writer, "line", (int64_t)line);
    if (json.length == 0)
        json_pair(&writer, "text", text);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    if (!open_rejects(crew, &err) || file_write_all(crew->rejects, buf_view(&out), &err)) {
        stop_all(crew, err.code, &err);
    } else if (crew->rejected == REJECT_LIMIT) {
        error_set(&err, ERROR_PARTIAL, "%d items are rejected: enough", REJECT_LIMIT);
        stop_all(crew, ERROR_PARTIAL, &err);
    }
    buf_done(&out);
}

/* ----- state ------------------------------------------------------------------------------ */

static const char *state_path(const struct import_crew *crew)
{
    return arena_format(crew->job->arena, "%s.import", crew->plan->path);
}

/* The offset up to which every item is acknowledged. */
static uint64_t settled(const struct import_crew *crew)
{
    uint64_t lowest = import_reader_offset(crew->reader);

    if (crew->has_carried && crew->carried.entry[0].from < lowest)
        lowest = crew->carried.entry[0].from;
    for (size_t i = 0; i < crew->worker_count; i++)
        if (crew->worker[i].in_flight < lowest)
            lowest = crew->worker[i].in_flight;
    return lowest;
}

/* Holds the lock. A state that cannot be written ends the import: it would not be resumable. */
static void save_state(struct import_crew *crew)
{
    const char *path = state_path(crew);
    struct json_writer writer;
    struct error err;
    struct buf out;

    if (!crew->plan->path || !path)
        return;
    buf_init(&out, 4096);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "version", STATE_VERSION);
    json_pair(&writer, "identity", crew->identity);
    json_pair_integer(&writer, "offset", (int64_t)settled(crew));
    json_pair_integer(&writer, "furthest", (int64_t)crew->furthest);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    if (file_write(path, buf_view(&out), 0600, &err))
        stop_all(crew, err.code, &err);
    buf_done(&out);
    crew->saved = clock_monotonic();
}

static enum error_code identify(struct import_crew *crew, struct error *err)
{
    uint8_t hash[CRYPTO_SHA256];
    struct buf text, hex;

    buf_init(&text, 64 * 1024);
    buf_init(&hex, 256);
    buf_add_format(&text, "%s %s %llu", crew->plan->table->arn ? crew->plan->table->arn : "",
        crew->plan->format, (unsigned long long)import_reader_size(crew->reader));
    crypto_sha256(buf_view(&text), hash);
    crypto_add_hex(&hex, hash, sizeof hash);
    crew->identity = arena_text(crew->job->arena, buf_view(&hex));
    buf_done(&text);
    buf_done(&hex);
    return crew->identity.data ? ERROR_NONE : arena_failed(crew->job->arena, err);
}

static enum error_code take_state(struct import_crew *crew, struct error *err)
{
    const char *path = state_path(crew);
    const struct json *state;
    struct text copy;
    struct buf content;
    enum error_code code;

    if (!path)
        return arena_failed(crew->job->arena, err);
    if (!file_exists(path))
        return error_set(err, ERROR_NOT_FOUND, "there is no %s to go on from", path);
    buf_init(&content, 64 * 1024);
    code = file_read(path, &content, err);
    copy = code ? TEXT("") : arena_text(crew->job->arena, buf_view(&content));
    buf_done(&content);
    if (code)
        return code;
    state = copy.data ? json_parse(copy, crew->job->arena, err) : NULL;
    if (!state)
        return error_set(err, ERROR_INVALID, "%s is not understood", path);
    if (!text_equal(json_string_member(state, "identity"), crew->identity)) {
        error_set(err, ERROR_CONDITION, "%s is of another file or table", path);
        return error_hint(err, "without RESUME the import begins anew");
    }
    crew->resumed_furthest = (uint64_t)json_integer_member(state, "furthest", 0);
    crew->furthest = crew->resumed_furthest;
    return import_reader_skip(crew->reader, (uint64_t)json_integer_member(state, "offset", 0), err);
}

/* ----- reading ---------------------------------------------------------------------------- */

static void note_progress(struct import_crew *crew)
{
    uint64_t now = clock_monotonic(), ms = (now - crew->started) / CLOCK_MS + 1;
    uint64_t size = import_reader_size(crew->reader), used = import_reader_used(crew->reader);
    struct buf line;

    if (now - crew->noted < PROGRESS_MS * CLOCK_MS)
        return;
    crew->noted = now;
    buf_init(&line, 1024);
    buf_add_format(&line, "import %s  ", crew->plan->table->name);
    planner_add_thousands(&line, crew->written);
    buf_add_string(&line, " items  ");
    planner_add_size(&line, used);
    buf_add_string(&line, "  ");
    planner_add_thousands(&line, crew->written * 1000 / ms);
    buf_add_string(&line, "/s  ");
    planner_add_thousands(&line, crew->capacity_milli / ms);
    buf_add_string(&line, " WCU/s");
    if (crew->rejected > 0)
        buf_add_format(&line, "  %" PRIu64 " rejected", crew->rejected);
    if (used > 0 && size > used) {
        uint64_t left = (size - used) * ms / used / 1000;

        buf_add_format(&line, "  eta %02" PRIu64 ":%02" PRIu64, left / 60, left % 60);
    }
    job_note(crew->job, REPORT_PROGRESS, "%s", buf_string(&line));
    buf_done(&line);
}

/* The next item as an entry of the batch; false when the batch is to go as it is. */
static bool add_entry(struct import_crew *crew, struct batch *batch, const struct value *item,
    uint64_t from, struct error *err)
{
    const struct value *key = write_item_key(crew->record, crew->plan->table, item, err);
    uint64_t line = import_reader_line(crew->reader);
    struct entry entry = {.line = line, .from = from};
    struct json_writer writer;
    struct batch *target = batch;
    struct buf json, text;

    if (!key) {
        reject(crew, TEXT(""), import_reader_record(crew->reader), line, "ValidationException",
            err->text);
        return true;
    }
    buf_init(&json, REQUEST_LIMIT);
    buf_init(&text, 64 * 1024);
    json_writer_init(&writer, &json);
    value_add_wire_item(&writer, item);
    planner_add_key_text(crew->record, key, &text, err);
    for (size_t i = 0; i < batch->count; i++)
        if (text_equal(batch->entry[i].key, buf_view(&text)))
            target = &crew->carried;
    if (batch->count > 0 && batch->bytes + json.length > BATCH_BYTES)
        target = &crew->carried;
    entry.json = arena_text(target->arena, buf_view(&json));
    entry.key = arena_text(target->arena, buf_view(&text));
    if (json.failure || !entry.json.data || !entry.key.data) {
        error_memory(err);
        stop_all(crew, err->code, err);
    }
    target->entry[target->count++] = entry;
    target->bytes += json.length;
    crew->has_carried = target == &crew->carried;
    buf_done(&json);
    buf_done(&text);
    return target == batch;
}

/* What the batch before could not hold comes first. */
static void take_carried(struct import_crew *crew, struct batch *batch)
{
    struct entry *entry = &batch->entry[0];

    if (!crew->has_carried)
        return;
    *entry = crew->carried.entry[0];
    entry->json = arena_text(batch->arena, entry->json);
    entry->key = arena_text(batch->arena, entry->key);
    batch->count = 1;
    batch->bytes = entry->json.length;
    if (!entry->json.data || !entry->key.data) {
        struct error err;

        error_memory(&err);
        stop_all(crew, err.code, &err);
    }
    crew->carried.count = crew->carried.bytes = 0;
    arena_reset(crew->carried.arena);
    crew->has_carried = false;
}

/* Up to 25 items; false at the end. */
static bool fill_batch(struct worker *worker)
{
    struct import_crew *crew = worker->crew;
    struct batch *batch = &worker->batch;
    bool room = true;

    arena_reset(batch->arena);
    batch->count = batch->bytes = 0;
    pthread_mutex_lock(&crew->lock);
    take_carried(crew, batch);
    worker->in_flight =
        batch->count > 0 ? batch->entry[0].from : import_reader_offset(crew->reader);
    while (room && batch->count < BATCH && !crew->stop && !crew->ended) {
        uint64_t from = import_reader_offset(crew->reader);
        const struct value *item = NULL;
        struct error err = {.code = ERROR_NONE};

        arena_reset(crew->record);
        switch (import_reader_next(crew->reader, crew->record, &item, &err)) {
        case IMPORT_ITEM:
            crew->read++;
            room = add_entry(crew, batch, item, from, &err);
            break;
        case IMPORT_BAD:
            crew->read++;
            reject(crew, TEXT(""), import_reader_record(crew->reader),
                import_reader_line(crew->reader), "Malformed", err.text);
            break;
        case IMPORT_END:
            crew->ended = true;
            break;
        case IMPORT_FAILED:
            stop_all(crew, err.code, &err);
            break;
        }
        if (crew->plan->import->most > 0 && crew->read > (uint64_t)crew->plan->import->most) {
            error_set(&err, ERROR_REFUSED, "the file has more than %lld items (MAX)",
                (long long)crew->plan->import->most);
            stop_all(crew, ERROR_REFUSED, &err);
        }
    }
    if (crew->furthest < import_reader_offset(crew->reader))
        crew->furthest = import_reader_offset(crew->reader);
    if (crew->stop || batch->count == 0)
        worker->in_flight = UINT64_MAX;
    room = !crew->stop && batch->count > 0;
    if (!crew->stop && clock_monotonic() - crew->saved >= CLOCK_SECOND)
        save_state(crew);
    note_progress(crew);
    pthread_mutex_unlock(&crew->lock);
    return room;
}

/* ----- sending ---------------------------------------------------------------------------- */

static uint64_t capacity_of(const struct json *answer)
{
    const struct json *consumed = json_member(answer, "ConsumedCapacity");
    double units = json_double_member(consumed, "CapacityUnits", 0);

    for (const struct json *one = consumed && consumed->kind == JSON_ARRAY ? consumed->first : NULL;
         one; one = one->next)
        units += json_double_member(one, "CapacityUnits", 0);
    return units > 0 ? (uint64_t)(units * 1000 + 0.5) : 0;
}

static void book(struct import_crew *crew, uint64_t written, uint64_t capacity_milli)
{
    pthread_mutex_lock(&crew->lock);
    crew->whole->stale_table = NULL;
    crew->written += written;
    crew->capacity_milli += capacity_milli;
    pthread_mutex_unlock(&crew->lock);
    rate_book(&crew->rate, capacity_milli);
}

static const struct json *call(struct worker *worker, const char *operation,
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

static void write_batch(const struct worker *worker, struct buf *out)
{
    const struct batch *batch = &worker->batch;
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "RequestItems");
    json_begin_object(&writer);
    json_name(&writer, worker->crew->plan->table->name);
    json_begin_array(&writer);
    for (size_t i = 0; i < batch->count; i++) {
        json_begin_object(&writer);
        json_name(&writer, "PutRequest");
        json_begin_object(&writer);
        json_name(&writer, "Item");
        json_raw(&writer, batch->entry[i].json);
        json_end_object(&writer);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
}

/* Keeps those entries whose puts came back. */
static enum error_code keep_unprocessed(struct worker *worker, const struct json *answer,
    struct error *err)
{
    const struct import_crew *crew = worker->crew;
    const struct json *left =
        json_member(json_member(answer, "UnprocessedItems"), crew->plan->table->name);
    struct batch *batch = &worker->batch;
    size_t kept = 0;

    for (const struct json *one = left ? left->first : NULL; one; one = one->next) {
        const struct json *json = json_member(json_member(one, "PutRequest"), "Item");
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
            struct entry entry = batch->entry[i];

            batch->entry[i] = batch->entry[kept];
            batch->entry[kept++] = entry;
            break;
        }
        buf_done(&text);
    }
    batch->count = kept;
    return ERROR_NONE;
}

static void write_put(const struct worker *worker, const struct entry *entry, bool conditional,
    struct buf *out)
{
    const struct catalog_table *table = worker->crew->plan->table;
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", table->name);
    json_name(&writer, "Item");
    json_raw(&writer, entry->json);
    if (conditional) {
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

/* A call that was repeated meets the item that its own first try wrote. */
static bool is_own(struct worker *worker, const struct entry *entry, const struct reply *reply)
{
    struct error why;
    const struct json *json = json_parse(buf_view(&reply->body), worker->call, &why);
    const struct json *sent = json_parse(entry->json, worker->call, &why);
    const struct json *there = json_member(json, "Item");
    const struct value *old = there ? value_from_wire_item(there, worker->call, &why) : NULL;
    const struct value *new = sent ? value_from_wire_item(sent, worker->call, &why) : NULL;

    return reply->retries > 0 && old && new &&value_equal(old, new);
}

/* One put by itself; what the service refuses of it is rejected. */
static enum error_code put_one(struct worker *worker, const struct entry *entry,
    struct buf *request, struct error *err)
{
    struct import_crew *crew = worker->crew;
    bool conditional = crew->plan->conflict != CONFLICT_REPLACE;
    const struct json *answer;
    enum error_code code;
    struct reply reply;

    arena_reset(worker->call);
    write_put(worker, entry, conditional, request);
    reply_init(&reply);
    answer = call(worker, "PutItem", request, &reply, err);
    code = answer ? ERROR_NONE : err->code;
    if (code == ERROR_CONDITION && is_own(worker, entry, &reply))
        code = ERROR_NONE;
    if (!code)
        book(crew, 1, capacity_of(answer));
    pthread_mutex_lock(&crew->lock);
    if (code == ERROR_CONDITION &&
        (crew->plan->conflict == CONFLICT_SKIP || entry->from < crew->resumed_furthest)) {
        crew->skipped++;
        code = ERROR_NONE;
    } else if (code == ERROR_CONDITION || code == ERROR_INVALID) {
        reject(crew, entry->json, TEXT(""), entry->line,
            reply.service_code[0] ? reply.service_code : "ValidationException",
            code == ERROR_CONDITION ? "the item exists" : err->text);
        code = ERROR_NONE;
    }
    pthread_mutex_unlock(&crew->lock);
    reply_done(&reply);
    return code;
}

static enum error_code put_each(struct worker *worker, struct buf *request, struct error *err)
{
    enum error_code code = ERROR_NONE;

    for (size_t i = 0; !code && i < worker->batch.count; i++)
        code = put_one(worker, &worker->batch.entry[i], request, err);
    return code;
}

/* All of the batch, again and again as long as something moves. */
static enum error_code put_batch(struct worker *worker, struct buf *request, struct error *err)
{
    struct import_crew *crew = worker->crew;
    struct batch *batch = &worker->batch;
    uint64_t wait = FIRST_WAIT_MS * CLOCK_MS;
    enum error_code code = ERROR_NONE;

    for (int idle = 0; !code && batch->count > 0 && idle < ATTEMPTS; idle++) {
        size_t before = batch->count;
        const struct json *answer;
        struct reply reply;

        if (idle > 0)
            code = job_wait(crew->job, wait << idle, err);
        if (code)
            break;
        arena_reset(worker->call);
        write_batch(worker, request);
        reply_init(&reply);
        answer = call(worker, "BatchWriteItem", request, &reply, err);
        code = answer ? keep_unprocessed(worker, answer, err) : err->code;
        if (answer)
            book(crew, before - batch->count, capacity_of(answer));
        reply_done(&reply);
        if (batch->count < before)
            idle = 0;
    }
    /* One item that the service does not take spoils the batch: they go one by one. */
    if (code == ERROR_INVALID)
        return put_each(worker, request, err);
    if (code || batch->count == 0)
        return code;
    pthread_mutex_lock(&crew->lock);
    crew->unprocessed += batch->count;
    for (size_t i = 0; i < batch->count; i++)
        reject(crew, batch->entry[i].json, TEXT(""), batch->entry[i].line, "Unprocessed",
            "the service left it unprocessed");
    error_set(err, ERROR_PARTIAL, "the service left items unprocessed %d times", ATTEMPTS);
    stop_all(crew, ERROR_PARTIAL, err);
    pthread_mutex_unlock(&crew->lock);
    return ERROR_NONE;
}

static void *work(void *user)
{
    struct worker *worker = user;
    struct import_crew *crew = worker->crew;
    struct buf request;

    buf_init(&request, REQUEST_LIMIT);
    while (fill_batch(worker)) {
        struct error err = {.code = ERROR_NONE};
        enum error_code code =
            (crew->plan->conflict == CONFLICT_REPLACE ? put_batch : put_each)(worker, &request,
                &err);

        if (!code) {
            pthread_mutex_lock(&crew->lock);
            worker->in_flight = UINT64_MAX;
            pthread_mutex_unlock(&crew->lock);
            continue;
        }
        /* in_flight stays: what is not acknowledged is sent again by RESUME. */
        pthread_mutex_lock(&crew->lock);
        stop_all(crew, code, &err);
        pthread_mutex_unlock(&crew->lock);
        break;
    }
    buf_done(&request);
    return NULL;
}

static enum error_code make_workers(struct import_crew *crew, struct error *err)
{
    size_t wanted = crew->plan->import->workers > 0 ? (size_t)crew->plan->import->workers : 1;

    crew->record = arena_new(ITEM_ARENA, err);
    crew->carried.arena = crew->record ? arena_new(ITEM_ARENA, err) : NULL;
    if (!crew->carried.arena)
        return err->code;
    for (; crew->worker_count < wanted; crew->worker_count++) {
        struct worker *worker = &crew->worker[crew->worker_count];

        worker->crew = crew;
        worker->in_flight = UINT64_MAX;
        worker->batch.arena = arena_new(ITEM_ARENA, err);
        worker->call = worker->batch.arena ? arena_new(ITEM_ARENA, err) : NULL;
        if (!worker->call) {
            arena_free(worker->batch.arena);
            return err->code;
        }
    }
    return ERROR_NONE;
}

static void run_workers(struct import_crew *crew)
{
    pthread_t thread[THREAD_LIMIT];
    size_t count = 0;
    sigset_t all, before;

    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (count + 1 < crew->worker_count &&
           pthread_create(&thread[count], NULL, work, &crew->worker[count + 1]) == 0)
        count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    work(&crew->worker[0]);
    for (size_t i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
}

static enum error_code finish(struct import_crew *crew, struct error *err)
{
    const char *path = crew->plan->path ? state_path(crew) : NULL;

    if (crew->code && path && crew->read > 0)
        save_state(crew);
    else if (path)
        unlink(path);
    write_report(crew->job, "written", crew->written, crew->capacity_milli, crew->started);
    if (crew->skipped > 0)
        job_note(crew->job, REPORT_NOTE, "%" PRIu64 " item%s existed already and stayed",
            crew->skipped, crew->skipped == 1 ? "" : "s");
    if (crew->rejected > 0)
        job_note(crew->job, REPORT_WARNING, "%" PRIu64 " record%s rejected: see %s", crew->rejected,
            crew->rejected == 1 ? " is" : "s are", crew->rejects_path ? crew->rejects_path : "?");
    if (crew->code) {
        *err = crew->err;
        if (path && !err->hint[0] && crew->code != ERROR_REFUSED)
            error_hint(err, "the same statement with RESUME goes on from here");
        return crew->code;
    }
    if (crew->rejected > 0)
        return error_set(err, ERROR_PARTIAL, "%" PRIu64 " items are written, %" PRIu64 " are not",
            crew->written, crew->rejected);
    return ERROR_NONE;
}

enum error_code import_items(struct job *job, const struct import_plan *plan, struct plan *whole,
    struct error *err)
{
    struct import_crew crew = {.job = job,
        .plan = plan,
        .whole = whole,
        .started = clock_monotonic(),
        .saved = clock_monotonic(),
        .rejects = -1};
    enum error_code code;

    pthread_mutex_init(&crew.lock, NULL);
    rate_init(&crew.rate, plan->import->rate_milli);
    crew.reader = import_reader_open(plan->path, plan->format, plan->gzip, err);
    code = crew.reader ? make_workers(&crew, err) : err->code;
    for (size_t i = 0; !code && i < plan->table->key_count; i++)
        import_reader_type(crew.reader, text_of(plan->table->key[i].name),
            plan->table->key[i].type == 'N'   ? VALUE_N
            : plan->table->key[i].type == 'B' ? VALUE_B
                                              : VALUE_S);
    if (!code)
        code = identify(&crew, err);
    if (!code && plan->import->resume)
        code = take_state(&crew, err);
    if (!code) {
        run_workers(&crew);
        code = finish(&crew, err);
    }
    for (size_t i = 0; i < crew.worker_count; i++) {
        arena_free(crew.worker[i].batch.arena);
        arena_free(crew.worker[i].call);
    }
    arena_free(crew.carried.arena);
    arena_free(crew.record);
    import_reader_close(crew.reader);
    if (crew.rejects >= 0)
        close(crew.rejects);
    rate_done(&crew.rate);
    pthread_mutex_destroy(&crew.lock);
    return code;
}
