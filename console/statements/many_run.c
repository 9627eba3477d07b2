#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/listing.h"
#include "console/safety.h"
#include "console/statements/many.h"
#include "console/statements/rate.h"
#include "console/statements/read.h"

enum {
    LINE_LIMIT = 64 * 1024, /* a key is at most 3 KB, and at most six times that as JSON */
    REQUEST_LIMIT = 17 << 20,
    CALL_ARENA = 64 << 20,
    THREAD_LIMIT = 16,
    SAMPLES = 3,
    BATCH = 25,
    FIRST_WAIT_MS = 50,
    ATTEMPTS = 8, /* of a batch, without progress */
    FAULTS_SHOWN = 5,
    FAULTS_LIMIT = 1000
};

/* Keys on their way from the read to the writes, a line of JSON each. */
struct spool {
    struct sink sink; /* what the read writes to; first member */
    struct job *job;
    const struct catalog_table *table;
    FILE *file; /* has no name: gone with the process */
    struct arena *arena;
    uint64_t count;
    const char *sample[SAMPLES];
};

static enum error_code spool_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    struct spool *spool = (struct spool *)(void *)sink;

    (void)err;
    job_note(spool->job, REPORT_PROGRESS, "%llu keys found, %llu items examined",
        (unsigned long long)spool->count, (unsigned long long)status->scanned);
    return ERROR_NONE;
}

static const char *literal_of(struct arena *arena, const struct value *value)
{
    const char *text;
    struct buf buf;

    buf_init(&buf, LINE_LIMIT);
    value_add_literal(&buf, value);
    text = arena_string(arena, buf_view(&buf));
    buf_done(&buf);
    return text ? text : "";
}

static enum error_code spool_row(struct sink *sink, const struct value *item, struct error *err)
{
    struct spool *spool = (struct spool *)(void *)sink;
    const struct value *key;
    struct json_writer writer;
    enum error_code code = ERROR_NONE;
    struct buf line;

    arena_reset(spool->arena);
    key = write_item_key(spool->arena, spool->table, item, err);
    if (!key)
        return err->code;
    if (spool->count < SAMPLES)
        spool->sample[spool->count] = literal_of(spool->job->arena, key);
    buf_init(&line, LINE_LIMIT);
    json_writer_init(&writer, &line);
    value_add_wire_item(&writer, key);
    buf_add_char(&line, '\n');
    code = buf_check(&line, "key", err);
    if (!code && fwrite(line.data, 1, line.length, spool->file) != line.length)
        code = error_set(err, ERROR_IO, "cannot keep the keys: %s", strerror(errno));
    buf_done(&line);
    spool->count++;
    return code;
}

static enum error_code spool_open(struct spool *spool, struct job *job,
    const struct catalog_table *table, struct error *err)
{
    *spool = (struct spool){.sink = sink_quiet, .job = job, .table = table};
    spool->sink.row = spool_row;
    spool->sink.page = spool_page;
    spool->arena = arena_new(CALL_ARENA, err);
    if (!spool->arena)
        return err->code;
    spool->file = tmpfile();
    if (!spool->file)
        return error_set(err, ERROR_IO, "cannot make a file for the keys: %s", strerror(errno));
    return ERROR_NONE;
}

static void spool_close(struct spool *spool)
{
    if (spool->file)
        fclose(spool->file);
    arena_free(spool->arena);
}

/* What the workers share. */
struct crew {
    struct job *job;
    const struct many_plan *plan;
    struct plan *whole;
    struct spool *spool;
    struct rate rate;
    pthread_mutex_t lock; /* over what is below */
    uint64_t wanted;      /* keys to take in all */
    uint64_t taken, modified, condition, faults, unprocessed, capacity_milli;
    bool stop;
    enum error_code code; /* of the first failure that ends all */
    struct error err;
    uint64_t noted; /* monotonic, of the last progress line */
};

/* The next key as DynamoDB JSON; false at the end. */
static bool take_key(struct crew *crew, char line[LINE_LIMIT], size_t *length)
{
    bool any = false;

    pthread_mutex_lock(&crew->lock);
    if (!crew->stop && crew->taken < crew->wanted) {
        any = fgets(line, LINE_LIMIT, crew->spool->file) != NULL;
        crew->taken += any;
    }
    pthread_mutex_unlock(&crew->lock);
    *length = any ? strlen(line) : 0;
    return any;
}

static void note_progress(struct crew *crew)
{
    uint64_t now = clock_monotonic();

    if (now - crew->noted < 200 * CLOCK_MS)
        return;
    crew->noted = now;
    job_note(crew->job, REPORT_PROGRESS, "%llu of %llu items  %llu changed meanwhile",
        (unsigned long long)crew->modified, (unsigned long long)crew->wanted,
        (unsigned long long)crew->condition);
}

/* A failure of one item is counted; one of the connection ends all. */
static void book_failure(struct crew *crew, enum error_code code, const struct error *err,
    const char *key)
{
    bool ends = code != ERROR_INVALID && code != ERROR_LIMIT;

    crew->faults += !ends;
    if (!ends && crew->faults <= FAULTS_SHOWN)
        job_note(crew->job, REPORT_WARNING, "%s: %s", key, err->text);
    if (!ends && crew->faults < FAULTS_LIMIT)
        return;
    if (!crew->stop) {
        crew->code = code;
        crew->err = *err;
    }
    crew->stop = true;
}

static enum error_code write_item(struct crew *crew, const struct value *key, struct arena *arena,
    uint64_t *capacity_milli, struct error *err)
{
    struct write_plan one = *crew->plan->write;
    struct call_context context = job_context(crew->job);
    const struct json *answer = NULL;
    enum error_code code;
    struct reply reply;
    struct buf request;

    one.key = key;
    context.not_idempotent = one.not_idempotent;
    context.on_retry = NULL; /* what is reported is reported under the lock */
    reply_init(&reply);
    buf_init(&request, REQUEST_LIMIT);
    code = write_request(&one, 0, NULL, arena, &request, err);
    if (!code) {
        answer = connection_call_json(one.link->connection, &service_dynamodb, one.operation,
            buf_view(&request), &context, &reply, arena, err);
        code = answer ? ERROR_NONE : err->code;
    }
    *capacity_milli = reply_units_milli(answer);
    buf_done(&request);
    reply_done(&reply);
    return code;
}

static const struct value *read_key(const char *line, size_t length, struct arena *arena,
    struct error *err)
{
    const struct json *json = json_parse(text_make(line, length), arena, err);

    return json ? value_from_wire_item(json, arena, err) : NULL;
}

static void work_single(struct crew *crew, struct arena *arena)
{
    char line[LINE_LIMIT];
    size_t length;

    while (take_key(crew, line, &length)) {
        const struct value *key;
        uint64_t capacity = 0;
        struct error err = {.code = ERROR_NONE};
        enum error_code code = rate_wait(&crew->rate, crew->job, &err);

        arena_reset(arena);
        key = code ? NULL : read_key(line, length, arena, &err);
        if (!code)
            code = key ? write_item(crew, key, arena, &capacity, &err) : err.code;
        rate_book(&crew->rate, capacity);
        pthread_mutex_lock(&crew->lock);
        crew->capacity_milli += capacity;
        crew->modified += code == ERROR_NONE;
        crew->condition += code == ERROR_CONDITION;
        if (!code || code == ERROR_CONDITION)
            crew->whole->stale_table = NULL;
        else
            book_failure(crew, code, &err, key ? literal_of(arena, key) : "a key");
        note_progress(crew);
        pthread_mutex_unlock(&crew->lock);
    }
}

/* The DeleteRequests of a batch: each line is the JSON of a key. */
static enum error_code write_deletes(const struct crew *crew, const struct text *key, size_t count,
    struct buf *out, struct error *err)
{
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "RequestItems");
    json_begin_object(&writer);
    json_name(&writer, crew->plan->write->table->name);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&writer);
        json_name(&writer, "DeleteRequest");
        json_begin_object(&writer);
        json_name(&writer, "Key");
        json_raw(&writer, key[i]);
        json_end_object(&writer);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
    return buf_check(out, "request", err);
}

/* The keys that came back; written anew into the arena. */
static size_t take_unprocessed(const struct crew *crew, const struct json *answer, struct text *key,
    struct arena *arena)
{
    const struct json *left =
        json_member(json_member(answer, "UnprocessedItems"), crew->plan->write->table->name);
    size_t count = 0;

    for (const struct json *one = left ? left->first : NULL; one && count < BATCH;
         one = one->next) {
        const struct json *json = json_member(json_member(one, "DeleteRequest"), "Key");
        struct json_writer writer;
        struct buf buf;

        buf_init(&buf, LINE_LIMIT);
        json_writer_init(&writer, &buf);
        json_tree(&writer, json);
        key[count] = arena_text(arena, buf_view(&buf));
        count += key[count].data != NULL;
        buf_done(&buf);
    }
    return count;
}

/* Sends what is left until nothing is, or nothing moves any more. */
static enum error_code delete_batch(struct crew *crew, struct text *key, size_t *count,
    struct arena *arena, uint64_t *capacity_milli, struct error *err)
{
    struct call_context context = job_context(crew->job);
    enum error_code code = ERROR_NONE;
    uint64_t wait = FIRST_WAIT_MS * CLOCK_MS;
    struct buf request;

    context.on_retry = NULL;
    buf_init(&request, REQUEST_LIMIT);
    for (int attempt = 0; !code && *count > 0 && attempt < ATTEMPTS; attempt++) {
        const struct json *answer;
        struct reply reply;
        size_t before = *count;

        if (attempt > 0)
            code = job_wait(crew->job, wait, err);
        wait *= 2;
        if (!code)
            code = write_deletes(crew, key, *count, &request, err);
        if (code)
            break;
        reply_init(&reply);
        answer = connection_call_json(crew->plan->write->link->connection, &service_dynamodb,
            "BatchWriteItem", buf_view(&request), &context, &reply, arena, err);
        code = answer ? ERROR_NONE : err->code;
        if (!code) {
            *capacity_milli += reply_units_milli(answer);
            *count = take_unprocessed(crew, answer, key, arena);
        }
        if (*count < before)
            attempt = 0;
        reply_done(&reply);
    }
    buf_done(&request);
    return code;
}

static void work_batches(struct crew *crew, struct arena *arena)
{
    char line[LINE_LIMIT];
    size_t length;
    bool more = true;

    while (more) {
        struct text key[BATCH];
        size_t count = 0, sent;
        uint64_t capacity = 0;
        struct error err = {.code = ERROR_NONE};
        enum error_code code = rate_wait(&crew->rate, crew->job, &err);

        arena_reset(arena);
        while (!code && count < BATCH && (more = take_key(crew, line, &length))) {
            key[count] = arena_text(arena, text_make(line, length));
            if (!key[count].data)
                code = arena_failed(arena, &err);
            count++;
        }
        sent = count;
        if (!code && count > 0)
            code = delete_batch(crew, key, &count, arena, &capacity, &err);
        rate_book(&crew->rate, capacity);
        pthread_mutex_lock(&crew->lock);
        crew->capacity_milli += capacity;
        crew->modified += code ? 0 : sent - count;
        crew->unprocessed += count;
        if (!code)
            crew->whole->stale_table = NULL;
        else
            book_failure(crew, code, &err, "a batch");
        more = more && !crew->stop;
        note_progress(crew);
        pthread_mutex_unlock(&crew->lock);
    }
}

static void *work(void *user)
{
    struct crew *crew = user;
    struct error err;
    struct arena *arena = arena_new(CALL_ARENA, &err);

    if (!arena) {
        pthread_mutex_lock(&crew->lock);
        book_failure(crew, err.code, &err, "");
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

static size_t count_workers(const struct crew *crew)
{
    uint64_t wanted = planner_segments(crew->plan->write->table->bytes);

    if (crew->plan->many->workers > 0)
        wanted = (uint64_t)crew->plan->many->workers;
    if (wanted > crew->wanted)
        wanted = crew->wanted;
    return wanted < THREAD_LIMIT ? (size_t)wanted : THREAD_LIMIT;
}

static void run_crew(struct crew *crew)
{
    rewind(crew->spool->file);
    thread_crew(work, crew, 0, count_workers(crew));
}

static enum error_code ask(struct crew *crew, struct error *err)
{
    const struct write_plan *write = crew->plan->write;
    const char *verb = write->write->verb == WRITE_DELETE ? "Delete" : "Update";
    char question[200];
    enum error_code code;
    struct buf lines;

    snprintf(question, sizeof question, "%s %llu item%s of table %.80s?", verb,
        (unsigned long long)crew->wanted, crew->wanted == 1 ? "" : "s", write->table->name);
    buf_init(&lines, 3 * LINE_LIMIT);
    for (size_t i = 0; i < SAMPLES && i < crew->wanted; i++)
        buf_add_format(&lines, "  %s\n", crew->spool->sample[i]);
    if (crew->wanted > SAMPLES)
        buf_add_format(&lines, "  and %llu more\n", (unsigned long long)(crew->wanted - SAMPLES));
    code = safety_ask(crew->job, crew->whole, crew->whole->risk, question, buf_string(&lines),
        "table", write->table->name, err);
    buf_done(&lines);
    return code;
}

enum { MANY_READ, MANY_MODIFIED, MANY_FAILED, MANY_UNPROCESSED, MANY_COLUMNS };
static const char *const many_column[] = {"read", "modified", "failed", "unprocessed"};

/* TRUNCATE prints how many there were. */
static enum error_code report_count(struct crew *crew, struct error *err)
{
    static const char *const column[] = {"count"};
    struct listing listing;
    enum error_code code = listing_begin(&listing, crew->job, "truncate", column, 1, err);

    if (code)
        return code;
    listing_integer(&listing, 0, (int64_t)crew->modified);
    code = listing_row(&listing, err);
    return code ? code : listing_end(&listing, err);
}

static enum error_code report(struct crew *crew, uint64_t started, struct error *err)
{
    struct listing listing;
    enum error_code code =
        listing_begin(&listing, crew->job, "many", many_column, MANY_COLUMNS, err);

    if (code)
        return code;
    listing_integer(&listing, MANY_READ, (int64_t)crew->spool->count);
    listing_integer(&listing, MANY_MODIFIED, (int64_t)crew->modified);
    listing_integer(&listing, MANY_FAILED, (int64_t)(crew->condition + crew->faults));
    listing_integer(&listing, MANY_UNPROCESSED,
        (int64_t)(crew->unprocessed + crew->wanted - crew->taken));
    code = listing_row(&listing, err);
    if (!code)
        code = listing_end(&listing, err);
    write_report(crew->job, crew->plan->write->write->verb == WRITE_DELETE ? "deleted" : "written",
        crew->modified, crew->capacity_milli, started);
    return code;
}

static enum error_code write_all(struct crew *crew, struct error *err)
{
    uint64_t started = clock_monotonic();
    struct error said;
    enum error_code code;

    if (crew->wanted > 0) {
        code = ask(crew, err);
        if (code)
            return code;
        run_crew(crew);
    }
    if (crew->plan->many->truncates)
        code = report_count(crew, &said);
    else
        code = report(crew, started, &said);
    if (crew->code) {
        *err = crew->err;
        return crew->code;
    }
    if (code) {
        *err = said;
        return code;
    }
    if (crew->faults + crew->unprocessed > 0)
        return error_set(err, ERROR_PARTIAL, "%llu items are done, %llu are not",
            (unsigned long long)crew->modified,
            (unsigned long long)(crew->faults + crew->unprocessed));
    if (crew->condition > 0)
        job_note(crew->job, REPORT_NOTE, "%llu item%s changed meanwhile and did not match any more",
            (unsigned long long)crew->condition, crew->condition == 1 ? "" : "s");
    if (crew->wanted == 0 && crew->job->settings.fail_empty)
        return error_set(err, ERROR_MISSING, "nothing found");
    return ERROR_NONE;
}

/* Finds the keys; more than MAX of them is a refusal. */
static enum error_code find_keys(struct crew *crew, struct error *err)
{
    const struct many *many = crew->plan->many;
    struct job *job = crew->job;
    struct sink *sink = job->sink;
    struct read_plan read = *crew->plan->read;
    enum error_code code;

    job->sink = &crew->spool->sink;
    code = read_run(job, &read, crew->whole, err);
    job->sink = sink;
    if (code)
        return code;
    crew->wanted = crew->spool->count;
    if (many->most > 0 && crew->wanted > (uint64_t)many->most) {
        error_set(err, ERROR_REFUSED, "more than %lld items match; nothing is written",
            (long long)many->most);
        return error_hint(err, "MAX says how many are expected at most");
    }
    if (many->limit > 0 && crew->wanted > (uint64_t)many->limit)
        crew->wanted = (uint64_t)many->limit;
    return ERROR_NONE;
}

enum error_code many_run(struct job *job, const struct many_plan *plan, struct plan *whole,
    struct error *err)
{
    struct spool spool;
    struct crew crew = {.job = job, .plan = plan, .whole = whole, .spool = &spool};
    enum error_code code;

    pthread_mutex_init(&crew.lock, NULL);
    rate_init(&crew.rate, plan->many->write_rate_milli);
    code = spool_open(&spool, job, plan->write->table, err);
    if (!code)
        code = find_keys(&crew, err);
    if (!code)
        code = write_all(&crew, err);
    spool_close(&spool);
    rate_done(&crew.rate);
    pthread_mutex_destroy(&crew.lock);
    return code;
}
