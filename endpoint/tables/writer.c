#include "endpoint/tables/writer.h"

#include <pthread.h>
#include <sqlite3.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "endpoint/tables/answer.h"
#include "endpoint/tables/chores.h"
#include "endpoint/tables/store_streams.h"
#include "endpoint/tables/write.h"

enum {
    GROUP_BYTES = 8 * 1024 * 1024,
    SWEEP_MS = 1000,
    RETRY_MS = 50,

    DAY_MS = 86400 * 1000,
    SCRATCH_LIMIT = 64 * 1024 * 1024,
    COMPANY_LEAST_NS = 100 * 1000,
    COMPANY_MOST_NS = 2 * 1000 * 1000
};

struct writer {
    struct writer_options options;
    pthread_t thread;
    pthread_mutex_t lock; /* over what is below, up to the blank line */
    pthread_cond_t work;
    struct request *first, *last;
    size_t queued;
    bool stop;

    bool has_chores; /* thread only */
    struct chores chores;
    struct write_context context;
    int frames;         /* in the WAL */
    uint64_t commit_ns; /* what a group has taken lately */
    size_t expected;    /* requests that may be there again soon: answered, or waiting meanwhile */
};

/* Everything that waits, up to the limits of a group; a catalog change comes alone. */
static struct request *take_group(struct writer *writer)
{
    struct request *first = writer->first, *last = NULL;
    size_t count = 0, bytes = 0;

    for (struct request *at = first; at; at = at->next) {
        if (last && (at->operation->alone || last->operation->alone ||
                        count == WRITER_GROUP_LIMIT || bytes + at->body_size > GROUP_BYTES))
            break;
        count++;
        bytes += at->body_size;
        last = at;
    }
    if (!last)
        return NULL;
    writer->first = last->next;
    if (!writer->first)
        writer->last = NULL;
    writer->queued -= count;
    last->next = NULL;
    return first;
}

static enum store_result finish_transaction(struct writer *writer, bool good)
{
    struct write_context *context = &writer->context;

    if (good && write_counts_store(context) != STORE_FAILED &&
        store_commit(context->store) != STORE_FAILED) {
        write_counts_publish(context);
        return STORE_DONE;
    }
    store_rollback(context->store);
    write_counts_forget(context);
    return STORE_FAILED;
}

/* Performs the list in one transaction; false when it was rolled back. */
static bool run_group(struct writer *writer, struct request *list)
{
    struct write_context *context = &writer->context;
    bool good = store_begin(context->store) != STORE_FAILED;

    context->now_ms = clock_wall() / CLOCK_MS;
    for (struct request *at = list; at && good; at = at->next) {
        at->fault.set = false;
        buf_clear(&at->out);
        /* What cannot be answered is not to be done either. */
        good =
            at->operation->write(at, context) != PROGRESS_BROKEN && at->out.failure != ERROR_MEMORY;
    }
    if (finish_transaction(writer, good) == STORE_FAILED)
        return false;
    for (struct request *at = list; at; at = at->next) {
        if (at->operation->committed && !at->fault.set)
            at->operation->committed(at, context);
        if (at->operation->alone && at->table) {
            chores_forget(&writer->chores, at->table->id);
            writer->has_chores = true;
        }
    }
    return true;
}

static void refuse_broken(struct request *request, const struct store *store)
{
    if (request->out.failure) {
        request->fault.set = false;
        request_exhausted(request);
        return;
    }
    log_line(LOG_ERROR, "tables: a write failed: %s", store_failure(store));
    answer_broken(request, store);
}

static void run_list(struct writer *writer, struct request *list)
{
    struct store *store = writer->options.store;

    if (run_group(writer, list))
        return;
    for (struct request *at = list; at;) {
        struct request *next = at->next;

        at->next = NULL;
        if (!run_group(writer, at))
            refuse_broken(at, store);
        at->next = next;
        at = next;
    }
}

/* Those that somebody waits for in their own way leave the list. */
static void deliver(struct writer *writer, struct request *list)
{
    struct request *first = NULL, **end = &first, *next;

    for (; list; list = next) {
        next = list->next;
        list->next = NULL;
        if (list->performed) {
            list->performed(list);
            continue;
        }
        *end = list;
        end = &list->next;
    }
    if (first)
        writer->options.deliver(writer->options.user, first);
}

static void run_chores(struct writer *writer)
{
    struct write_context *context = &writer->context;
    enum progress progress = PROGRESS_BROKEN;
    int64_t sequence = context->sequence;

    context->now_ms = clock_wall() / CLOCK_MS;
    if (store_begin(context->store) != STORE_FAILED)
        progress = chores_slice(&writer->chores, context);
    if (finish_transaction(writer, progress != PROGRESS_BROKEN) == STORE_FAILED) {
        chores_rolled_back(&writer->chores);
        progress = PROGRESS_DONE; /* tried again at the next sweep */
    } else {
        chores_committed(&writer->chores, context);
        if (context->sequence != sequence)
            writer->options.recorded(writer->options.user);
    }
    arena_reset(context->arena);
    writer->has_chores = progress == PROGRESS_AGAIN;
}

static bool is_past(const struct timespec *time)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > time->tv_sec ||
           (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

/* Waits for requests, the end, or the time of the next sweep. Holds the lock. */
static void wait_for_work(struct writer *writer, const struct timespec *sweep)
{
    while (!writer->first && !writer->stop && !writer->has_chores && !is_past(sweep))
        pthread_cond_timedwait(&writer->work, &writer->lock, sweep);
    /* Requests without end must not keep expired items alive. */
    writer->has_chores = writer->has_chores || is_past(sweep);
}

/*
 * Clients that have just been answered are about to ask again. With less than all of them here, a
 * quarter of the time of a commit is well spent on waiting: it makes one commit of two. Holds the
 * lock.
 */
static void wait_for_company(struct writer *writer)
{
    uint64_t wait_ns = writer->commit_ns / 4;
    struct timespec end;

    if (wait_ns < COMPANY_LEAST_NS || !writer->first || writer->queued >= writer->expected)
        return;
    if (wait_ns > COMPANY_MOST_NS)
        wait_ns = COMPANY_MOST_NS;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += (long)wait_ns;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    while (!writer->stop && writer->queued < writer->expected &&
           pthread_cond_timedwait(&writer->work, &writer->lock, &end) == 0)
        ;
}

/* Performs a group and answers it. */
static void run_requests(struct writer *writer, struct request *list)
{
    uint64_t started = clock_monotonic();
    size_t count = 0;

    for (struct request *at = list; at; at = at->next)
        count++;
    run_list(writer, list);
    writer->commit_ns = (3 * writer->commit_ns + (clock_monotonic() - started)) / 4;
    pthread_mutex_lock(&writer->lock);
    writer->expected = writer->queued + count;
    pthread_mutex_unlock(&writer->lock);
    deliver(writer, list);
    store_extend_wal(writer->options.store, writer->frames);
}

static void plan_sweep(struct writer *writer, struct timespec *sweep)
{
    struct table *busy = registry_next_busy(writer->options.catalog, 0);
    uint64_t drop_ms = registry_next_drop_ms(writer->options.catalog);
    uint64_t now_ms = clock_wall() / CLOCK_MS;
    uint64_t pause_ms = chores_pause_ms(&writer->chores, now_ms);
    uint64_t wait_ms = busy || pause_ms < SWEEP_MS ? SWEEP_MS
                       : pause_ms < DAY_MS         ? pause_ms
                                                   : DAY_MS;

    if (drop_ms <= now_ms)
        wait_ms = RETRY_MS; /* the store refused, or the time has just come */
    else if (drop_ms - now_ms < wait_ms)
        wait_ms = drop_ms - now_ms;
    clock_gettime(CLOCK_MONOTONIC, sweep);
    sweep->tv_nsec += (long)(wait_ms % 1000 * 1000000);
    sweep->tv_sec += (time_t)(wait_ms / 1000 + (uint64_t)sweep->tv_nsec / 1000000000);
    sweep->tv_nsec %= 1000000000;
    table_release(busy);
}

static void *run(void *user)
{
    struct writer *writer = user;
    struct timespec sweep;
    struct request *list;
    bool stop = false;

    plan_sweep(writer, &sweep);
    while (!stop) {
        pthread_mutex_lock(&writer->lock);
        wait_for_work(writer, &sweep);
        wait_for_company(writer);
        list = take_group(writer);
        stop = writer->stop && !list;
        pthread_mutex_unlock(&writer->lock);
        if (list)
            run_requests(writer, list);
        if (writer->has_chores && !stop) {
            run_chores(writer);
            if (!writer->has_chores)
                plan_sweep(writer, &sweep);
        }
    }
    return NULL;
}

/* SQLite calls it after each commit with the number of frames in the WAL. */
static int count_frames(void *user, sqlite3 *db, const char *name, int frames)
{
    struct writer *writer = user;

    (void)db;
    (void)name;
    writer->frames = frames;
    writer->options.frames(writer->options.user, frames);
    return SQLITE_OK;
}

static enum error_code start(struct writer *writer, struct error *err)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->work, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!thread_start(&writer->thread, run, writer, "the writer", err))
        return ERROR_NONE;
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    return err->code;
}

struct writer *writer_new(const struct writer_options *options, struct error *err)
{
    struct writer *writer = mem_new(1, sizeof *writer);

    if (!writer) {
        error_memory(err);
        return NULL;
    }
    writer->options = *options;
    writer->context = (struct write_context){.store = options->store,
        .catalog = options->catalog,
        .settings = options->settings,
        .throttle = options->throttle};
    writer->has_chores = true; /* what an earlier run left unfinished */
    chores_init(&writer->chores);
    sqlite3_wal_hook(store_handle(options->store), count_frames, writer);
    if (store_stream_sequence(options->store, &writer->context.sequence) == STORE_FAILED)
        log_line(LOG_ERROR, "tables: the streams cannot be read: %s",
            store_failure(options->store));
    writer->context.arena = arena_new(SCRATCH_LIMIT, err);
    if (writer->context.arena)
        writer->context.entries = arena_new(SCRATCH_LIMIT, err);
    if (!writer->context.entries || start(writer, err)) {
        arena_free(writer->context.arena);
        arena_free(writer->context.entries);
        chores_done(&writer->chores);
        mem_free(writer);
        return NULL;
    }
    return writer;
}

bool writer_submit(struct writer *writer, struct request *request)
{
    bool taken;

    request->next = NULL;
    pthread_mutex_lock(&writer->lock);
    taken = writer->queued < WRITER_QUEUE_LIMIT || request->performed;
    if (taken) {
        if (writer->last)
            writer->last->next = request;
        else
            writer->first = request;
        writer->last = request;
        writer->queued++;
    }
    pthread_mutex_unlock(&writer->lock);
    return taken;
}

void writer_kick(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stop = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    sqlite3_wal_hook(store_handle(writer->options.store), NULL, NULL);
    write_counts_forget(&writer->context);
    mem_free(writer->context.change);
    arena_free(writer->context.arena);
    arena_free(writer->context.entries);
    chores_done(&writer->chores);
    mem_free(writer);
}
