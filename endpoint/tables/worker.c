#include "endpoint/tables/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

enum {
    WORKER_ANSWER_LIMIT = 64 * 1024 * 1024,
    RETRIES = 60,
    RETRY_MS = 1000,
    PAUSE_MS = 50,
    STEPS_BETWEEN = 100000 /* of SQLite, a few milliseconds */
};

struct worker {
    struct store *store;
    struct registry *catalog;
    struct writer *writer;
    struct backup_shelf *shelf;
    pthread_t thread;
    atomic_bool stopping;
    pthread_mutex_t lock; /* over what is below */
    pthread_cond_t wake;  /* a job, the end, a performed write */
    struct job *first, *last;
    size_t count; /* waiting and running */
    bool performed;
    bool joined;
};

/* An internal write: a request without a client, whose owner waits for it. */
struct internal {
    struct request request; /* first: the writer knows nothing else */
    struct worker *worker;
};

/* A statement of the worker that takes long is interrupted at the end. */
static int is_over(void *user)
{
    struct worker *worker = user;

    return atomic_load(&worker->stopping);
}

static void *run(void *user)
{
    struct worker *worker = user;
    struct job *job;

    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (!worker->first && !atomic_load(&worker->stopping))
            pthread_cond_wait(&worker->wake, &worker->lock);
        job = worker->first;
        if (!job)
            break;
        worker->first = job->next;
        pthread_mutex_unlock(&worker->lock);
        job->run(job, worker);
        pthread_mutex_lock(&worker->lock);
        worker->count--;
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct worker *worker_new(struct store *store, struct registry *catalog, struct writer *writer,
    struct backup_shelf *shelf, struct error *err)
{
    struct worker *worker = mem_new(1, sizeof *worker);
    sigset_t all, old;
    int code;

    if (!worker) {
        error_memory(err);
        return NULL;
    }
    worker->store = store;
    worker->catalog = catalog;
    worker->writer = writer;
    worker->shelf = shelf;
    atomic_init(&worker->stopping, false);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
    sqlite3_progress_handler(store_handle(store), STEPS_BETWEEN, is_over, worker);
    /* Signals are for the thread that runs the loop. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    code = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!code)
        return worker;
    worker->joined = true;
    worker_free(worker);
    error_set(err, ERROR_IO, "cannot start the worker: %s", strerror(code));
    return NULL;
}

void worker_stop(struct worker *worker)
{
    if (!worker || worker->joined)
        return;
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->stopping, true);
    pthread_cond_broadcast(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    worker->joined = true;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    worker_stop(worker);
    sqlite3_progress_handler(store_handle(worker->store), 0, NULL, NULL);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    mem_free(worker);
}

bool worker_submit(struct worker *worker, struct job *job)
{
    bool taken;

    job->next = NULL;
    pthread_mutex_lock(&worker->lock);
    taken = worker->count < WORKER_QUEUE_LIMIT && !atomic_load(&worker->stopping);
    if (taken) {
        if (worker->first)
            worker->last->next = job;
        else
            worker->first = job;
        worker->last = job;
        worker->count++;
        pthread_cond_broadcast(&worker->wake);
    }
    pthread_mutex_unlock(&worker->lock);
    return taken;
}

bool worker_is_idle(struct worker *worker)
{
    bool idle;

    pthread_mutex_lock(&worker->lock);
    idle = worker->count == 0;
    pthread_mutex_unlock(&worker->lock);
    return idle;
}

bool worker_is_full(struct worker *worker)
{
    bool full;

    pthread_mutex_lock(&worker->lock);
    full = worker->count >= WORKER_QUEUE_LIMIT;
    pthread_mutex_unlock(&worker->lock);
    return full;
}

struct store *worker_store(struct worker *worker)
{
    return worker->store;
}

struct registry *worker_catalog(struct worker *worker)
{
    return worker->catalog;
}

struct backup_shelf *worker_shelf(struct worker *worker)
{
    return worker->shelf;
}

bool worker_is_stopping(struct worker *worker)
{
    return atomic_load(&worker->stopping);
}

/* Writer thread. */
static void note_performed(struct request *request)
{
    struct worker *worker = ((struct internal *)request)->worker;

    pthread_mutex_lock(&worker->lock);
    worker->performed = true;
    pthread_cond_broadcast(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

enum error_code worker_write(struct worker *worker, const struct operation *operation, void *plan,
    struct arena *arena, struct error *err)
{
    struct internal internal = {.worker = worker,
        .request = {.operation = operation,
            .arena = arena,
            .catalog = worker->catalog,
            .plan = plan,
            .worker = worker,
            .performed = note_performed}};
    struct request *request = &internal.request;
    enum error_code code = ERROR_NONE;

    buf_init(&request->out, WORKER_ANSWER_LIMIT);
    buf_init(&request->joined, WORKER_ANSWER_LIMIT);
    worker->performed = false; /* nobody else writes it now */
    if (writer_submit(worker->writer, request)) {
        writer_kick(worker->writer);
        pthread_mutex_lock(&worker->lock);
        while (!worker->performed)
            pthread_cond_wait(&worker->wake, &worker->lock);
        pthread_mutex_unlock(&worker->lock);
    } else {
        request_fail(request, MESSAGE_QUEUE_FULL, NULL);
    }
    if (request->fault.set)
        code = error_set(err, request->fault.kind == FAULT_INTERNAL ? ERROR_IO : ERROR_INVALID,
            "%.*s", (int)request->fault.message.length, request->fault.message.data);
    else if (request->out.failure)
        code = error_memory(err);
    request_release(request);
    arena_free(request->scratch);
    buf_done(&request->out);
    buf_done(&request->joined);
    return code;
}

void worker_pause(struct worker *worker)
{
    const struct timespec time = {.tv_nsec = PAUSE_MS * 1000000L};

    for (int i = 0; i < RETRY_MS / PAUSE_MS && !atomic_load(&worker->stopping); i++)
        nanosleep(&time, NULL);
}

enum error_code worker_write_patiently(struct worker *worker, const struct operation *operation,
    void *plan, struct arena *arena, struct error *err)
{
    enum error_code code = worker_write(worker, operation, plan, arena, err);

    for (int i = 0; i < RETRIES && code == ERROR_IO && !worker_is_stopping(worker); i++) {
        worker_pause(worker);
        code = worker_write(worker, operation, plan, arena, err);
    }
    return code;
}
