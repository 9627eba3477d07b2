#include "endpoint/tables/readers.h"

#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "endpoint/tables/answer.h"

struct reader {
    struct readers *pool;
    struct store *store; /* used by the thread alone */
    pthread_t thread;
};

struct readers {
    void (*deliver)(void *user, struct request *request);
    void *user;
    size_t started; /* threads that run */
    struct reader reader[READERS_LIMIT];
    pthread_mutex_t lock; /* over what is below */
    pthread_cond_t work;
    struct request *first, *last;
    bool stop;
};

void readers_slice(struct request *request, struct store *store, struct read_slice slice)
{
    request->slice = slice;
    request->progress = request->operation->read(request, store);
    if (request->progress != PROGRESS_BROKEN)
        return;
    request->progress = PROGRESS_DONE;
    if (store_is_missing(store)) {
        /* Dropped between the look into the catalog and the read. */
        request_fail(request, MESSAGE_TABLE_MISSING, NULL);
        return;
    }
    log_line(LOG_ERROR, "tables: a read failed: %s", store_failure(store));
    answer_broken(request, store);
}

/* A megabyte takes longer to pack than to read: not on the loop thread either. */
static void make_body(struct request *request)
{
    if (request->progress == PROGRESS_AGAIN || request->fault.set || request->out.failure ||
        !request->exchange)
        return;
    reply_body_make(&request->made, buf_view(&request->out), request->accept_encoding);
    request->is_made = true;
}

/* The next request; NULL at the end. */
static struct request *take(struct readers *readers)
{
    struct request *request = NULL;

    pthread_mutex_lock(&readers->lock);
    while (!readers->first && !readers->stop)
        pthread_cond_wait(&readers->work, &readers->lock);
    if (!readers->stop) {
        request = readers->first;
        readers->first = request->next;
        if (!readers->first)
            readers->last = NULL;
    }
    pthread_mutex_unlock(&readers->lock);
    return request;
}

static void *run(void *user)
{
    const struct read_slice slice = {.rows = SLICE_READER_ROWS, .bytes = SLICE_READER_BYTES};
    struct reader *reader = user;
    struct readers *readers = reader->pool;
    struct request *request;

    while ((request = take(readers))) {
        request->next = NULL;
        readers_slice(request, reader->store, slice);
        make_body(request);
        readers->deliver(readers->user, request);
    }
    return NULL;
}

struct readers *readers_new(const struct readers_options *options, struct error *err)
{
    struct readers *readers = mem_new(1, sizeof *readers);

    if (!readers) {
        error_memory(err);
        return NULL;
    }
    readers->deliver = options->deliver;
    readers->user = options->user;
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->work, NULL);
    while (readers->started < options->count) {
        struct reader *reader = &readers->reader[readers->started];

        reader->pool = readers;
        reader->store = options->store[readers->started];
        if (thread_start(&reader->thread, run, reader, "a reader", err)) {
            readers_free(readers);
            return NULL;
        }
        readers->started++;
    }
    return readers;
}

void readers_submit(struct readers *readers, struct request *request)
{
    request->next = NULL;
    pthread_mutex_lock(&readers->lock);
    if (readers->last)
        readers->last->next = request;
    else
        readers->first = request;
    readers->last = request;
    pthread_cond_signal(&readers->work);
    pthread_mutex_unlock(&readers->lock);
}

void readers_free(struct readers *readers)
{
    if (!readers)
        return;
    pthread_mutex_lock(&readers->lock);
    readers->stop = true;
    pthread_cond_broadcast(&readers->work);
    pthread_mutex_unlock(&readers->lock);
    for (size_t i = 0; i < readers->started; i++)
        pthread_join(readers->reader[i].thread, NULL);
    pthread_cond_destroy(&readers->work);
    pthread_mutex_destroy(&readers->lock);
    mem_free(readers);
}
