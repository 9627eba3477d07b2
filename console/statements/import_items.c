#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/thread.h"
#include "console/statements/import_crew.h"

/* IMPORT: workers take batches from the file, one after another, and send them. */

enum {
    ITEM_ARENA = 256 << 20,
    BATCH_BYTES = 12 << 20, /* of 16 MB that a call may have */
    PROGRESS_MS = 200
};

static void note_progress(struct import_crew *crew)
{
    uint64_t now = clock_monotonic(), ms = (now - crew->started) / CLOCK_MS + 1;
    uint64_t size = import_reader_size(crew->reader), used = import_reader_used(crew->reader);
    struct buf line;

    if (crew->plan->quiet || now - crew->noted < PROGRESS_MS * CLOCK_MS)
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
    if (crew->rejects.count > 0)
        buf_add_format(&line, "  %" PRIu64 " rejected", crew->rejects.count);
    if (used > 0 && size > used) {
        uint64_t left = (size - used) * ms / used / 1000;

        buf_add_format(&line, "  eta %02" PRIu64 ":%02" PRIu64, left / 60, left % 60);
    }
    job_note(crew->job, REPORT_PROGRESS, "%s", buf_string(&line));
    buf_done(&line);
}

/*
 * Whether an item with this key, or one that looks like it, is being sent: of two items with one
 * key the later one of the file must win.
 */
static bool flies(const struct import_crew *crew, uint64_t hash)
{
    for (size_t i = 0; i < crew->worker_count; i++)
        for (size_t j = 0; j < crew->worker[i].flying_count; j++)
            if (crew->worker[i].flying[j] == hash)
                return true;
    return false;
}

/* The next item as an entry of the batch; false when the batch is to go as it is. */
static bool add_entry(struct import_crew *crew, struct import_batch *batch,
    const struct value *item, uint64_t from, struct error *err)
{
    const struct value *key = write_item_key(crew->record, crew->plan->table, item, err);
    struct import_entry entry = {.line = import_reader_line(crew->reader),
        .from = from,
        .deletes = import_reader_deletes(crew->reader)};
    struct json_writer writer;
    struct import_batch *target = batch;
    struct buf json, text;

    if (!key) {
        import_reject_record(crew, "ValidationException", err->text);
        return true;
    }
    buf_init(&json, IMPORT_REQUEST_LIMIT);
    buf_init(&text, 64 * 1024);
    json_writer_init(&writer, &json);
    value_add_wire_item(&writer, item);
    planner_add_key_text(crew->record, key, &text, err);
    entry.hash = text_hash(buf_view(&text));
    for (size_t i = 0; i < batch->count; i++)
        if (text_equal(batch->entry[i].key, buf_view(&text)))
            target = &crew->carried;
    if (flies(crew, entry.hash))
        target = &crew->carried;
    if (batch->count > 0 && batch->bytes + json.length > BATCH_BYTES)
        target = &crew->carried;
    entry.json = arena_text(target->arena, buf_view(&json));
    entry.key = arena_text(target->arena, buf_view(&text));
    if (json.failure || !entry.json.data || !entry.key.data) {
        error_memory(err);
        import_stop(crew, err->code, err);
    }
    target->entry[target->count++] = entry;
    target->bytes += json.length;
    crew->has_carried = target == &crew->carried;
    buf_done(&json);
    buf_done(&text);
    return target == batch;
}

/* What the batch before could not hold comes first, when it may go. */
static void take_carried(struct import_crew *crew, struct import_batch *batch)
{
    struct import_entry *entry = &batch->entry[0];

    while (crew->has_carried && !crew->stop && flies(crew, crew->carried.entry[0].hash))
        pthread_cond_wait(&crew->landed, &crew->lock);
    if (!crew->has_carried || crew->stop)
        return;
    *entry = crew->carried.entry[0];
    entry->json = arena_text(batch->arena, entry->json);
    entry->key = arena_text(batch->arena, entry->key);
    batch->count = 1;
    batch->bytes = entry->json.length;
    if (!entry->json.data || !entry->key.data) {
        struct error err;

        error_memory(&err);
        import_stop(crew, err.code, &err);
    }
    crew->carried.count = crew->carried.bytes = 0;
    arena_reset(crew->carried.arena);
    crew->has_carried = false;
}

static enum import_result read_record(struct import_crew *crew, const struct value **item,
    struct error *err)
{
    enum import_result result;

    pthread_mutex_unlock(&crew->lock);
    arena_reset(crew->record);
    result = import_reader_next(crew->reader, crew->record, item, err);
    pthread_mutex_lock(&crew->lock);
    crew->offset = import_reader_offset(crew->reader);
    return result;
}

/* Waits until the reader is free; false when all stops. */
static bool take_turn(struct import_crew *crew)
{
    while (crew->reading && !crew->stop)
        pthread_cond_wait(&crew->turn, &crew->lock);
    if (crew->stop)
        return false;
    return crew->reading = true;
}

static void end_turn(struct import_crew *crew)
{
    crew->reading = false;
    pthread_cond_signal(&crew->turn);
}

/* Reads items into the batch until it is full, or the next one must wait. */
static void read_batch(struct import_crew *crew, struct import_batch *batch)
{
    bool room = true;

    while (room && batch->count < IMPORT_BATCH && !crew->stop && !crew->ended) {
        uint64_t from = crew->offset;
        const struct value *item = NULL;
        struct error err = {.code = ERROR_NONE};

        switch (read_record(crew, &item, &err)) {
        case IMPORT_ITEM:
            crew->read++;
            room = add_entry(crew, batch, item, from, &err);
            break;
        case IMPORT_BAD:
            crew->read++;
            import_reject_record(crew, "Malformed", err.text);
            break;
        case IMPORT_END:
            crew->ended = true;
            break;
        case IMPORT_FAILED:
            import_stop(crew, err.code, &err);
            break;
        }
        if (crew->plan->import->most > 0 && crew->read > (uint64_t)crew->plan->import->most) {
            error_set(&err, ERROR_REFUSED, "there are more than %lld items (MAX)",
                (long long)crew->plan->import->most);
            import_stop(crew, ERROR_REFUSED, &err);
        }
    }
}

/* Up to 25 items; false at the end. */
static bool fill_batch(struct import_worker *worker)
{
    struct import_crew *crew = worker->crew;
    struct import_batch *batch = &worker->batch;
    bool any, goes_on, has_turn;

    arena_reset(batch->arena);
    batch->count = batch->bytes = 0;
    pthread_mutex_lock(&crew->lock);
    has_turn = take_turn(crew);
    while (has_turn) {
        take_carried(crew, batch);
        worker->in_flight = batch->count > 0 ? batch->entry[0].from : crew->offset;
        read_batch(crew, batch);
        if (batch->count > 0 || !crew->has_carried || crew->stop)
            break;
    }
    if (crew->furthest < crew->offset)
        crew->furthest = crew->offset;
    /* Too many rejects end the reading; what is read is sent. After another failure it stays in
       flight, and RESUME reads it again. */
    goes_on = !crew->stop || crew->code == ERROR_PARTIAL;
    any = goes_on && batch->count > 0;
    if (goes_on && !any)
        worker->in_flight = UINT64_MAX;
    atomic_store(&crew->acknowledged, import_offset(crew));
    worker->flying_count = any ? batch->count : 0;
    for (size_t i = 0; i < worker->flying_count; i++)
        worker->flying[i] = batch->entry[i].hash;
    if (!crew->stop && clock_monotonic() - crew->saved >= CLOCK_SECOND)
        import_save(crew);
    if (has_turn) {
        note_progress(crew);
        end_turn(crew);
    }
    pthread_mutex_unlock(&crew->lock);
    return any;
}

static void *work(void *user)
{
    struct import_worker *worker = user;
    struct import_crew *crew = worker->crew;
    struct buf request;

    buf_init(&request, IMPORT_REQUEST_LIMIT);
    while (fill_batch(worker)) {
        struct error err = {.code = ERROR_NONE};
        enum error_code code =
            (crew->plan->conflict == CONFLICT_REPLACE ? import_put_batch : import_put_each)(worker,
                &request, &err);

        if (!code) {
            pthread_mutex_lock(&crew->lock);
            worker->in_flight = UINT64_MAX;
            atomic_store(&crew->acknowledged, import_offset(crew));
            worker->flying_count = 0;
            pthread_cond_broadcast(&crew->landed);
            pthread_mutex_unlock(&crew->lock);
            continue;
        }
        /* in_flight stays: what is not acknowledged is sent again by RESUME. */
        pthread_mutex_lock(&crew->lock);
        import_stop(crew, code, &err);
        pthread_mutex_unlock(&crew->lock);
        break;
    }
    buf_done(&request);
    return NULL;
}

static enum error_code make_workers(struct import_crew *crew, struct error *err)
{
    size_t wanted =
        crew->plan->import->workers > 0 ? (size_t)crew->plan->import->workers : IMPORT_WORKERS;

    crew->record = arena_new(ITEM_ARENA, err);
    crew->carried.arena = crew->record ? arena_new(ITEM_ARENA, err) : NULL;
    if (!crew->carried.arena)
        return err->code;
    for (; crew->worker_count < wanted; crew->worker_count++) {
        struct import_worker *worker = &crew->worker[crew->worker_count];

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

enum error_code import_end(struct import_crew *crew, struct error *err)
{
    const char *path = crew->plan->path ? import_state_path(crew) : NULL;

    if (crew->code && path && crew->read > 0) {
        import_save(crew);
        job_state_leave(&crew->state);
    } else if (path) {
        unlink(path);
        job_state_drop(&crew->state);
    }
    write_report(crew->job, "written", crew->written, crew->capacity_milli, crew->started);
    if (crew->skipped > 0)
        job_note(crew->job, REPORT_NOTE, "%" PRIu64 " item%s existed already and stayed",
            crew->skipped, crew->skipped == 1 ? "" : "s");
    rejects_report(&crew->rejects);
    if (crew->code) {
        *err = crew->err;
        if (path && crew->code != ERROR_REFUSED)
            job_state_hint(&crew->state, err);
        if (path && !err->hint[0] && crew->code != ERROR_REFUSED)
            error_hint(err, "the same statement with RESUME goes on from here");
        return crew->code;
    }
    if (crew->rejects.count > 0)
        return error_set(err, ERROR_PARTIAL, "%" PRIu64 " items are written, %" PRIu64 " are not",
            crew->written, crew->rejects.count);
    return ERROR_NONE;
}

struct import_crew *import_begin(struct job *job, const struct import_plan *plan,
    struct plan *whole, struct error *err)
{
    struct import_crew *crew = mem_new(1, sizeof *crew);
    enum error_code code;

    if (!crew) {
        error_memory(err);
        return NULL;
    }
    *crew = (struct import_crew){.job = job,
        .plan = plan,
        .whole = whole,
        .started = clock_monotonic(),
        .saved = clock_monotonic(),
        .read = plan->read_before,
        .state = {.lock = -1}};
    rejects_init(&crew->rejects, job, plan->rejects, plan->import->resume);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->turn, NULL);
    pthread_cond_init(&crew->landed, NULL);
    rate_init(&crew->rate, JOB_WRITES, plan->rate_milli);
    crew->reader = import_reader_open(plan->path, plan->descriptor, plan->format, plan->gzip,
        &job->cancel, err);
    code = crew->reader ? make_workers(crew, err) : err->code;
    for (size_t i = 0; !code && i < plan->table->key_count; i++)
        import_reader_type(crew->reader, text_of(plan->table->key[i].name),
            plan->table->key[i].type == 'N'   ? VALUE_N
            : plan->table->key[i].type == 'B' ? VALUE_B
                                              : VALUE_S);
    if (!code)
        code = import_identify(crew, err);
    if (!code && plan->import->resume && plan->path)
        code = import_resume(crew, err);
    if (!code && plan->import->resume && plan->path)
        job_state_note_file(job, plan->tree, plan->table, import_state_path(crew), NULL,
            &crew->state);
    crew->done_before = crew->state.record.counts.done;
    if (!code && !plan->import->resume)
        code = import_start(crew, err);
    if (!code)
        return crew;
    import_free(crew);
    return NULL;
}

void import_work(struct import_crew *crew)
{
    thread_crew(work, crew->worker, sizeof *crew->worker, crew->worker_count);
}

uint64_t import_acknowledged(const struct import_crew *crew)
{
    return atomic_load(&crew->acknowledged);
}

uint64_t import_rejected(struct import_crew *crew)
{
    uint64_t count;

    pthread_mutex_lock(&crew->lock);
    count = crew->rejects.count;
    pthread_mutex_unlock(&crew->lock);
    return count;
}

uint64_t import_written(const struct import_crew *crew)
{
    return atomic_load(&crew->written);
}

void import_free(struct import_crew *crew)
{
    if (!crew)
        return;
    for (size_t i = 0; i < crew->worker_count; i++) {
        arena_free(crew->worker[i].batch.arena);
        arena_free(crew->worker[i].call);
    }
    arena_free(crew->carried.arena);
    arena_free(crew->record);
    import_reader_close(crew->reader);
    rejects_done(&crew->rejects);
    job_state_leave(&crew->state);
    rate_done(&crew->rate);
    pthread_cond_destroy(&crew->turn);
    pthread_cond_destroy(&crew->landed);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew);
}

enum error_code import_items(struct job *job, const struct import_plan *plan, struct plan *whole,
    struct error *err)
{
    struct import_crew *crew = import_begin(job, plan, whole, err);
    enum error_code code;

    if (!crew)
        return err->code;
    import_work(crew);
    code = import_end(crew, err);
    import_free(crew);
    return code;
}
