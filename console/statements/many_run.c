#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "console/listing.h"
#include "console/safety.h"
#include "console/statements/many_crew.h"
#include "console/statements/read.h"

/* MANY from its first key to its report: find, ask, write, or go on where a run before stopped. */

enum { CALL_ARENA = 64 << 20, THREAD_LIMIT = 16 };

/* What the read writes to. */
struct finder {
    struct sink sink; /* first member */
    struct many_crew *crew;
    struct arena *arena; /* of one key */
    struct buf line;
};

void many_stop(struct many_crew *crew, enum error_code code, const struct error *err)
{
    if (!crew->stop) {
        crew->code = code;
        crew->err = *err;
    }
    crew->stop = true;
}

void many_reject(struct many_crew *crew, const struct spool_key *key, const char *code,
    const char *message)
{
    const struct reject one = {.key = key->json,
        .operation = crew->plan->many->no_check ? "BatchWriteItem" : crew->plan->write->operation,
        .code = code,
        .message = message,
        .line = key->line};
    struct error err = {.code = ERROR_NONE};

    crew->faults++;
    if (rejects_add(&crew->rejects, &one, &err))
        many_stop(crew, err.code, &err);
    if (err.code && err.code != ERROR_PARTIAL)
        return; /* it is not in the file: it waits for another run */
    if (spool_mark(&crew->spool, key->place, SPOOL_REJECTED, &err))
        many_stop(crew, err.code, &err);
}

/* wanted 0: the keys are not all found yet. */
static enum error_code save(struct many_crew *crew, bool is_found, struct error *err)
{
    const struct job_state_counts counts = {.total = crew->wanted,
        .done = crew->modified + crew->condition,
        .rejected = crew->faults};
    char place[64];

    snprintf(place, sizeof place, "{\"found\":%s,\"wanted\":%llu}", is_found ? "true" : "false",
        (unsigned long long)crew->wanted);
    return job_state_save(&crew->state, &counts, text_of(place), err);
}

void many_save(struct many_crew *crew)
{
    struct error err;

    if (job_state_is_due(&crew->state) && save(crew, true, &err))
        many_stop(crew, err.code, &err);
}

static const char *literal_of(struct arena *arena, const struct value *value)
{
    const char *text;
    struct buf buf;

    buf_init(&buf, MANY_KEY_LIMIT);
    value_add_literal(&buf, value);
    text = arena_string(arena, buf_view(&buf));
    buf_done(&buf);
    return text ? text : "";
}

static enum error_code finder_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    struct finder *finder = (struct finder *)(void *)sink;

    (void)err;
    job_note(finder->crew->job, REPORT_PROGRESS, "%llu keys found, %llu items examined",
        (unsigned long long)finder->crew->spool.count, (unsigned long long)status->scanned);
    return ERROR_NONE;
}

static enum error_code finder_row(struct sink *sink, const struct value *item, struct error *err)
{
    struct finder *finder = (struct finder *)(void *)sink;
    struct many_crew *crew = finder->crew;
    const struct value *key;
    struct json_writer writer;

    arena_reset(finder->arena);
    key = write_item_key(finder->arena, crew->plan->write->table, item, err);
    if (!key)
        return err->code;
    if (crew->spool.count < MANY_SAMPLES)
        crew->sample[crew->spool.count] = literal_of(crew->job->arena, key);
    buf_clear(&finder->line);
    json_writer_init(&writer, &finder->line);
    value_add_wire_item(&writer, key);
    if (buf_check(&finder->line, "key", err))
        return err->code;
    return spool_add(&crew->spool, buf_view(&finder->line), err);
}

static enum error_code read_keys(struct many_crew *crew, struct error *err)
{
    struct finder finder = {.sink = sink_quiet, .crew = crew};
    struct job *job = crew->job;
    struct sink *sink = job->sink;
    struct read_plan read = *crew->plan->read;
    enum error_code code;

    finder.sink.row = finder_row;
    finder.sink.page = finder_page;
    finder.arena = arena_new(CALL_ARENA, err);
    if (!finder.arena)
        return err->code;
    buf_init(&finder.line, MANY_KEY_LIMIT);
    job->sink = &finder.sink;
    code = read_run(job, &read, crew->whole, err);
    job->sink = sink;
    buf_done(&finder.line);
    arena_free(finder.arena);
    return code;
}

/* Finds the keys; more than MAX of them is a refusal. */
static enum error_code find_keys(struct many_crew *crew, struct error *err)
{
    const struct many *many = crew->plan->many;

    if (save(crew, false, err) || read_keys(crew, err))
        return err->code;
    crew->wanted = crew->spool.count;
    if (many->most > 0 && crew->wanted > (uint64_t)many->most) {
        error_set(err, ERROR_REFUSED, "more than %lld items match; nothing is written",
            (long long)many->most);
        return error_hint(err, "MAX says how many are expected at most");
    }
    if (many->limit > 0 && crew->wanted > (uint64_t)many->limit)
        crew->wanted = (uint64_t)many->limit;
    return spool_rewind(&crew->spool, err);
}

/* What a run before left of a key. */
static void settle_key(struct many_crew *crew, const struct spool_key *key)
{
    crew->taken += key->mark != SPOOL_WAITING;
    switch (key->mark) {
    case SPOOL_WAITING:
        break;
    case SPOOL_DONE:
        crew->modified++;
        crew->before++;
        break;
    case SPOOL_LEFT:
        crew->condition++;
        break;
    case SPOOL_REJECTED:
        crew->faults++;
        break;
    case SPOOL_SENT:
        crew->unknown++;
        many_reject(crew, key, "unknown", "may or may not have been applied: the job was stopped");
        break;
    }
}

static enum error_code keep_sample(struct many_crew *crew, const struct spool_key *key,
    size_t *count, struct error *err)
{
    const struct json *json = json_parse(key->json, crew->job->arena, err);
    const struct value *value = json ? value_from_wire_item(json, crew->job->arena, err) : NULL;

    if (!value)
        return err->code;
    crew->sample[(*count)++] = literal_of(crew->job->arena, value);
    return ERROR_NONE;
}

/* Goes through the keys of a run before. */
static enum error_code settle(struct many_crew *crew, struct error *err)
{
    struct spool_key key;
    size_t samples = 0;

    err->code = ERROR_NONE;
    while (spool_next(&crew->spool, &crew->line, &key, err)) {
        crew->spool.count++;
        if (key.mark == SPOOL_WAITING && samples < MANY_SAMPLES &&
            keep_sample(crew, &key, &samples, err))
            return err->code;
        settle_key(crew, &key);
        if (crew->code) {
            *err = crew->err;
            return crew->code;
        }
    }
    return err->code ? err->code : spool_rewind(&crew->spool, err);
}

static size_t count_workers(const struct many_crew *crew)
{
    uint64_t wanted = planner_segments(crew->plan->write->table->bytes);

    if (crew->plan->many->workers > 0)
        wanted = (uint64_t)crew->plan->many->workers;
    if (wanted > crew->wanted - crew->taken)
        wanted = crew->wanted - crew->taken;
    return wanted < THREAD_LIMIT ? (size_t)wanted : THREAD_LIMIT;
}

static enum error_code ask(struct many_crew *crew, struct error *err)
{
    const struct write_plan *write = crew->plan->write;
    const char *verb = write->write->verb == WRITE_DELETE ? "Delete" : "Update";
    uint64_t left = crew->wanted - crew->taken;
    char question[200], done[80] = "";
    enum error_code code;
    struct buf lines;

    if (crew->taken > 0)
        snprintf(done, sizeof done, ", the rest of %llu", (unsigned long long)crew->wanted);
    snprintf(question, sizeof question, "%s %llu item%s of table %.80s%s?", verb,
        (unsigned long long)left, left == 1 ? "" : "s", write->table->name, done);
    buf_init(&lines, 3 * MANY_KEY_LIMIT);
    for (size_t i = 0; i < MANY_SAMPLES && i < left && crew->sample[i]; i++)
        buf_add_format(&lines, "  %s\n", crew->sample[i]);
    if (left > MANY_SAMPLES)
        buf_add_format(&lines, "  and %llu more\n", (unsigned long long)(left - MANY_SAMPLES));
    buf_add_format(&lines, "cost  at least %llu WCU\n", (unsigned long long)left);
    code = safety_ask(crew->job, crew->whole, crew->whole->risk, question, buf_string(&lines),
        "table", write->table->name, err);
    buf_done(&lines);
    return code;
}

enum { MANY_READ, MANY_MODIFIED, MANY_FAILED, MANY_UNPROCESSED, MANY_COLUMNS };
static const char *const many_column[] = {"read", "modified", "failed", "unprocessed"};

/* TRUNCATE prints how many there were. */
static enum error_code report_count(struct many_crew *crew, struct error *err)
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

static enum error_code report_columns(struct many_crew *crew, uint64_t started, struct error *err)
{
    struct listing listing;
    enum error_code code =
        listing_begin(&listing, crew->job, "many", many_column, MANY_COLUMNS, err);

    if (code)
        return code;
    listing_integer(&listing, MANY_READ, (int64_t)crew->spool.count);
    listing_integer(&listing, MANY_MODIFIED, (int64_t)crew->modified);
    listing_integer(&listing, MANY_FAILED, (int64_t)(crew->condition + crew->faults));
    listing_integer(&listing, MANY_UNPROCESSED,
        (int64_t)(crew->wanted - crew->modified - crew->condition - crew->faults));
    code = listing_row(&listing, err);
    if (!code)
        code = listing_end(&listing, err);
    write_report(crew->job, crew->plan->write->write->verb == WRITE_DELETE ? "deleted" : "written",
        crew->modified - crew->before, crew->capacity_milli, started);
    return code;
}

/* What is told beside the counts. */
static void note_rest(struct many_crew *crew)
{
    if (crew->condition > 0)
        job_note(crew->job, REPORT_NOTE,
            "%llu item%s did not meet the conditions when %s turn came",
            (unsigned long long)crew->condition, crew->condition == 1 ? "" : "s",
            crew->condition == 1 ? "its" : "their");
    if (crew->unknown > 0)
        job_note(crew->job, REPORT_WARNING,
            "%llu item%s may or may not have been changed, and will not be sent again",
            (unsigned long long)crew->unknown, crew->unknown == 1 ? "" : "s");
    rejects_report(&crew->rejects);
}

static enum error_code report(struct many_crew *crew, uint64_t started, struct error *err)
{
    uint64_t left = crew->faults + crew->unprocessed;
    struct error said;
    enum error_code code = crew->plan->many->truncates ? report_count(crew, &said)
                                                       : report_columns(crew, started, &said);

    note_rest(crew);
    if (crew->code) {
        *err = crew->err;
        return crew->code;
    }
    if (code) {
        *err = said;
        return code;
    }
    if (left > 0)
        return error_set(err, ERROR_PARTIAL, "%llu item%s done, %llu %s not",
            (unsigned long long)crew->modified, crew->modified == 1 ? " is" : "s are",
            (unsigned long long)left, left == 1 ? "is" : "are");
    if (crew->wanted == 0 && crew->job->settings.fail_empty)
        return error_set(err, ERROR_MISSING, "nothing found");
    return ERROR_NONE;
}

/* The state is of use to another run when this one ended before its time. */
static bool is_left(const struct many_crew *crew, enum error_code code)
{
    bool refused = code == ERROR_REFUSED && crew->plan->resumes > 0;

    return crew->code || refused || code == ERROR_CANCELLED || code == ERROR_NETWORK ||
           code == ERROR_THROTTLED || code == ERROR_IO;
}

static void end_state(struct many_crew *crew, bool is_found, enum error_code code,
    struct error *err)
{
    struct error ignored;

    if (!code || !is_left(crew, code)) {
        job_state_drop(&crew->state);
        return;
    }
    job_state_hint(&crew->state, err);
    /* The state before still holds: the marks say more than it does. */
    if (save(crew, is_found, &ignored))
        job_note(crew->job, REPORT_WARNING, "%s", ignored.text);
    job_state_leave(&crew->state);
}

/* A folder of states that cannot be written is no reason to refuse the work. */
static enum error_code begin_state(struct many_crew *crew, struct error *err)
{
    const struct many_plan *plan = crew->plan;
    const struct catalog_table *table = plan->write->table;
    struct error why;

    if (plan->resumes > 0)
        return job_state_take(crew->job, plan->resumes, &table, 1, &crew->state, err);
    if (job_state_new(crew->job, plan->tree, &table, 1, NULL, &crew->state, &why))
        job_note(crew->job, REPORT_WARNING, "this could not be gone on with after a stop: %s",
            why.text);
    return ERROR_NONE;
}

static enum error_code begin(struct many_crew *crew, bool *is_found, struct error *err)
{
    const struct many *many = crew->plan->many;
    const char *keys = NULL, *rejects = NULL;

    if (begin_state(crew, err))
        return err->code;
    *is_found = json_bool_member(crew->state.record.place, "found", false);
    if (*is_found)
        crew->wanted = (uint64_t)json_integer_member(crew->state.record.place, "wanted", 0);
    if (crew->state.record.number > 0)
        keys = job_state_path(&crew->state, "keys", err);
    if (crew->state.record.number > 0 && !keys)
        return err->code;
    if (many->rejects.length > 0)
        rejects = rejects_name(crew->job, many->rejects, err);
    else if (keys)
        rejects = job_state_path(&crew->state, "rej", err);
    if ((keys || many->rejects.length > 0) && !rejects)
        return err->code;
    rejects_init(&crew->rejects, crew->job, rejects, crew->plan->resumes > 0);
    return spool_open(&crew->spool, keys, !*is_found, err);
}

static enum error_code write_all(struct many_crew *crew, struct error *err)
{
    uint64_t started = clock_monotonic();

    if (crew->wanted > crew->taken) {
        if (save(crew, true, err) || ask(crew, err))
            return err->code;
        thread_crew(many_work, crew, 0, count_workers(crew));
    }
    return report(crew, started, err);
}

enum error_code many_run(struct job *job, const struct many_plan *plan, struct plan *whole,
    struct error *err)
{
    struct many_crew crew = {.job = job, .plan = plan, .whole = whole, .state = {.lock = -1}};
    bool is_found = false;
    enum error_code code;

    pthread_mutex_init(&crew.lock, NULL);
    rate_init(&crew.rate, JOB_WRITES, plan->write_rate_milli);
    rejects_init(&crew.rejects, job, NULL, false);
    buf_init(&crew.line, MANY_KEY_LIMIT + 2);
    code = begin(&crew, &is_found, err);
    if (!code && is_found)
        code = settle(&crew, err);
    else if (!code)
        code = find_keys(&crew, err);
    is_found = is_found || !code;
    if (!code)
        code = write_all(&crew, err);
    end_state(&crew, is_found, code, err);
    spool_close(&crew.spool);
    rejects_done(&crew.rejects);
    buf_done(&crew.line);
    rate_done(&crew.rate);
    pthread_mutex_destroy(&crew.lock);
    return code;
}
