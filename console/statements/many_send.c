#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/many_crew.h"
#include "console/statements/write_entries.h"

/* How MANY writes the items whose keys wait in the spool, and what becomes of each. */

enum {
    REQUEST_LIMIT = 17 << 20,
    CALL_ARENA = 64 << 20,
    BATCH = 25,
    ATTEMPTS = 8, /* of a batch, without progress */
    FAULTS_SHOWN = 5
};

/* Keys on their way, in the arena of the worker. */
struct batch {
    struct spool_key key[BATCH];
    const struct value *value[BATCH];
    size_t count;
};

static void note_progress(struct many_crew *crew)
{
    uint64_t now = clock_monotonic();

    if (now - crew->noted < 200 * CLOCK_MS)
        return;
    crew->noted = now;
    job_note(crew->job, REPORT_PROGRESS, "%llu of %llu items  %llu changed meanwhile",
        (unsigned long long)crew->modified, (unsigned long long)crew->wanted,
        (unsigned long long)crew->condition);
}

/* The next key that waits, or that is to be sent once more. Holds the lock. */
static bool next_key(struct many_crew *crew, struct spool_key *out, struct error *err)
{
    while (crew->taken < crew->wanted && spool_next(&crew->spool, &crew->line, out, err))
        if (out->mark == SPOOL_WAITING || out->mark == SPOOL_SENT) {
            crew->taken++;
            return true;
        }
    return false;
}

/* Up to most keys; none at the end. What fails ends all. */
static void take_keys(struct many_crew *crew, size_t most, struct arena *arena, struct batch *out)
{
    struct error err = {.code = ERROR_NONE};
    struct spool_key key;

    out->count = 0;
    pthread_mutex_lock(&crew->lock);
    while (!crew->stop && out->count < most && next_key(crew, &key, &err)) {
        const struct json *json;

        key.json = arena_text(arena, key.json);
        json = key.json.data ? json_parse(key.json, arena, &err) : NULL;
        out->value[out->count] = json ? value_from_wire_item(json, arena, &err) : NULL;
        if (!out->value[out->count]) {
            many_stop(crew, err.code ? err.code : arena_failed(arena, &err), &err);
            break;
        }
        out->key[out->count++] = key;
    }
    if (err.code && !crew->stop)
        many_stop(crew, err.code, &err);
    pthread_mutex_unlock(&crew->lock);
}

static const char *name_key(const struct value *key, char *out, size_t size)
{
    struct buf buf;

    buf_init(&buf, MANY_KEY_LIMIT);
    value_add_literal(&buf, key);
    snprintf(out, size, "%s", buf_string(&buf));
    buf_done(&buf);
    return out;
}

/* A failure of one item is set aside; one of the connection ends all. Holds the lock. */
static void book_failure(struct many_crew *crew, enum error_code code, const struct error *err,
    const struct spool_key *key, const struct value *value, const char *service_code)
{
    char name[200];

    if (code != ERROR_INVALID && code != ERROR_LIMIT) {
        many_stop(crew, code, err);
        return;
    }
    if (crew->faults < FAULTS_SHOWN)
        job_note(crew->job, REPORT_WARNING, "%s: %s", name_key(value, name, sizeof name),
            err->text);
    many_reject(crew, key, service_code[0] ? service_code : "ValidationException", err->text);
}

static void mark(struct many_crew *crew, const struct spool_key *key, enum spool_mark mark)
{
    struct error err;

    if (spool_mark(&crew->spool, key->place, mark, &err))
        many_stop(crew, err.code, &err);
}

/* Nobody knows whether it was changed: it is said, and never sent again. Holds the lock. */
static void book_unknown(struct many_crew *crew, enum error_code code, struct error *err,
    const struct spool_key *key, const struct value *value)
{
    char name[200];

    crew->unknown++;
    many_reject(crew, key, "unknown", err->text);
    error_wrap(err, "%s", name_key(value, name, sizeof name));
    many_stop(crew, code, err);
}

static enum error_code write_item(struct many_crew *crew, const struct value *key,
    struct arena *arena, struct reply *reply, uint64_t *capacity_milli, struct error *err)
{
    struct write_plan one = *crew->plan->write;
    struct call_context context = job_context(crew->job);
    const struct json *answer = NULL;
    enum error_code code;
    struct buf request;

    one.key = key;
    context.not_idempotent = one.not_idempotent;
    context.on_retry = NULL; /* what is reported is reported under the lock */
    buf_init(&request, REQUEST_LIMIT);
    code = write_request(&one, 0, NULL, arena, &request, err);
    if (!code) {
        answer = connection_call_json(one.link->connection, &service_dynamodb, one.operation,
            buf_view(&request), &context, reply, arena, err);
        code = answer ? ERROR_NONE : err->code;
    }
    *capacity_milli = reply_units_milli(answer);
    if (answer)
        write_keep_old(crew->job, &one, key, NULL, answer, arena);
    buf_done(&request);
    return code;
}

/* Holds the lock. */
static void book_item(struct many_crew *crew, const struct batch *one, enum error_code code,
    const struct reply *reply, struct error *err)
{
    const struct spool_key *key = &one->key[0];
    bool once = crew->plan->write->not_idempotent;

    crew->modified += code == ERROR_NONE;
    crew->condition += code == ERROR_CONDITION;
    if (!code || code == ERROR_CONDITION) {
        crew->whole->stale_table = NULL;
        mark(crew, key, code ? SPOOL_LEFT : SPOOL_DONE);
    } else if (once && reply->is_unknown) {
        book_unknown(crew, code, err, key, one->value[0]);
    } else {
        if (once)
            mark(crew, key, SPOOL_WAITING);
        book_failure(crew, code, err, key, one->value[0], reply->service_code);
    }
}

static void work_single(struct many_crew *crew, struct arena *arena)
{
    bool once = crew->plan->write->not_idempotent;

    for (;;) {
        struct batch one;
        uint64_t capacity = 0;
        struct error err = {.code = ERROR_NONE};
        struct reply reply;
        enum error_code code = rate_wait(&crew->rate, crew->job, &err);

        reply_init(&reply);
        arena_reset(arena);
        if (code) {
            pthread_mutex_lock(&crew->lock);
            many_stop(crew, code, &err);
            pthread_mutex_unlock(&crew->lock);
            break;
        }
        take_keys(crew, 1, arena, &one);
        if (one.count == 0)
            break;
        if (once)
            code = spool_mark(&crew->spool, one.key[0].place, SPOOL_SENT, &err);
        if (!code)
            code = write_item(crew, one.value[0], arena, &reply, &capacity, &err);
        rate_book(&crew->rate, capacity);
        pthread_mutex_lock(&crew->lock);
        crew->capacity_milli += capacity;
        book_item(crew, &one, code, &reply, &err);
        many_save(crew);
        note_progress(crew);
        pthread_mutex_unlock(&crew->lock);
        reply_done(&reply);
    }
}

static enum error_code write_deletes(const struct many_crew *crew, const struct batch *batch,
    struct buf *out, struct error *err)
{
    struct json_writer writer;

    write_batch_begin(&writer, out, crew->plan->write->table->name);
    for (size_t i = 0; i < batch->count; i++)
        write_batch_add(&writer, true, batch->key[i].json);
    return write_batch_end(&writer, out, err);
}

static bool is_among(const struct json *left, const struct value *key, struct arena *arena)
{
    struct error ignored;

    for (const struct json *one = left ? left->first : NULL; one; one = one->next) {
        const struct json *json = json_member(json_member(one, "DeleteRequest"), "Key");
        const struct value *other = json ? value_from_wire_item(json, arena, &ignored) : NULL;

        if (other && value_equal(key, other))
            return true;
    }
    return false;
}

/* Those that came back stay in the batch; the others are done. */
static void keep_unprocessed(struct many_crew *crew, const struct json *answer, struct batch *batch,
    struct arena *arena)
{
    const struct json *left =
        json_member(json_member(answer, "UnprocessedItems"), crew->plan->write->table->name);
    size_t kept = 0;

    pthread_mutex_lock(&crew->lock);
    crew->whole->stale_table = NULL;
    for (size_t i = 0; i < batch->count; i++) {
        if (is_among(left, batch->value[i], arena)) {
            batch->key[kept] = batch->key[i];
            batch->value[kept++] = batch->value[i];
            continue;
        }
        mark(crew, &batch->key[i], SPOOL_DONE);
        crew->modified++;
    }
    pthread_mutex_unlock(&crew->lock);
    batch->count = kept;
}

/* One call with what is left of the batch. */
static enum error_code delete_once(struct many_crew *crew, struct batch *batch, struct buf *request,
    struct reply *reply, struct arena *arena, struct error *err)
{
    struct call_context context = job_context(crew->job);
    const struct json *answer;
    uint64_t capacity;

    context.on_retry = NULL;
    if (rate_wait(&crew->rate, crew->job, err) || write_deletes(crew, batch, request, err))
        return err->code;
    answer = connection_call_json(crew->plan->write->link->connection, &service_dynamodb,
        "BatchWriteItem", buf_view(request), &context, reply, arena, err);
    if (!answer)
        return err->code;
    capacity = reply_units_milli(answer);
    rate_book(&crew->rate, capacity);
    keep_unprocessed(crew, answer, batch, arena);
    pthread_mutex_lock(&crew->lock);
    crew->capacity_milli += capacity;
    pthread_mutex_unlock(&crew->lock);
    return ERROR_NONE;
}

/* Sends what is left until nothing is, or nothing moves any more. */
static enum error_code delete_batch(struct many_crew *crew, struct batch *batch,
    struct reply *reply, struct arena *arena, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct buf request;

    buf_init(&request, REQUEST_LIMIT);
    for (int idle = 0; !code && batch->count > 0 && idle < ATTEMPTS; idle++) {
        size_t before = batch->count;

        if (idle > 0)
            code = rate_back_off(crew->job, (unsigned)idle, err);
        if (!code)
            code = delete_once(crew, batch, &request, reply, arena, err);
        if (batch->count < before)
            idle = 0;
    }
    buf_done(&request);
    return code;
}

/* Holds the lock. */
static void reject_batch(struct many_crew *crew, const struct batch *batch, const char *code,
    const char *message)
{
    for (size_t i = 0; i < batch->count; i++)
        many_reject(crew, &batch->key[i], code, message);
}

/* Holds the lock. */
static void book_batch(struct many_crew *crew, const struct batch *batch, enum error_code code,
    const struct reply *reply, const struct error *err)
{
    if (code == ERROR_INVALID || code == ERROR_LIMIT) {
        reject_batch(crew, batch, reply->service_code, err->text);
    } else if (code) {
        many_stop(crew, code, err);
    } else if (batch->count > 0) {
        crew->gives_up = true;
        crew->unprocessed += batch->count;
        reject_batch(crew, batch, "Unprocessed", "the service left it unprocessed");
        crew->faults -= batch->count;
    }
}

static void work_batches(struct many_crew *crew, struct arena *arena)
{
    for (;;) {
        struct batch batch;
        struct error err = {.code = ERROR_NONE};
        struct reply reply;
        enum error_code code = ERROR_NONE;
        bool gives_up;

        arena_reset(arena);
        take_keys(crew, BATCH, arena, &batch);
        if (batch.count == 0)
            break;
        reply_init(&reply);
        pthread_mutex_lock(&crew->lock);
        gives_up = crew->gives_up;
        pthread_mutex_unlock(&crew->lock);
        if (!gives_up)
            code = delete_batch(crew, &batch, &reply, arena, &err);
        pthread_mutex_lock(&crew->lock);
        book_batch(crew, &batch, code, &reply, &err);
        many_save(crew);
        note_progress(crew);
        pthread_mutex_unlock(&crew->lock);
        reply_done(&reply);
    }
}

void *many_work(void *user)
{
    struct many_crew *crew = user;
    struct error err;
    struct arena *arena = arena_new(CALL_ARENA, &err);

    if (!arena) {
        pthread_mutex_lock(&crew->lock);
        many_stop(crew, err.code, &err);
        pthread_mutex_unlock(&crew->lock);
        return NULL;
    }
    if (crew->plan->many->no_check)
        work_batches(crew, arena);
    else
        work_single(crew, arena);
    arena_free(arena);
    return NULL;
}
