#ifndef ENDPOINT_TABLES_WORKER_H
#define ENDPOINT_TABLES_WORKER_H

#include "base/error.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/writer.h"

#include <stdbool.h>

/*
 * The thread for what takes too long for the loop and is no matter of the writer: backups,
 * exports, imports. It runs jobs one after another, in the order they came, with a read connection
 * of its own; a job holds a snapshot between store_execute "BEGIN" and "END" for as long as it
 * likes, and writes through the writer (worker_write).
 *
 * A request that starts a job sets request->performed in its write: the writer then gives the
 * request to that function after COMMIT instead of answering it, and whoever has it passes it on
 * with request_deliver when it is to be answered, at once or at the end of the job.
 */
struct worker;
struct job;
struct backup_shelf;

enum { WORKER_QUEUE_LIMIT = 500 };

struct job {
    /*
     * Worker thread, exactly once for each submitted job, which it owns and frees. With
     * worker_is_stopping it returns within 100 ms, and long reads fail; a job that has not begun
     * by then still runs, to clean up.
     */
    void (*run)(struct job *job, struct worker *worker);
    struct job *next; /* the worker's own */
};

/* store is used by the thread alone from now on; writer and shelf must outlive worker_stop. */
struct worker *worker_new(struct store *store, struct registry *catalog, struct writer *writer,
    struct backup_shelf *shelf, struct error *err) MUST_CHECK;
/* Ends the thread after the job at hand. Jobs are not taken any more. NULL is harmless. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker); /* after worker_stop; NULL is harmless */

/* Any thread. False, and the job stays the caller's, when too many wait or the end has come. */
bool worker_submit(struct worker *worker, struct job *job);
/* Nothing runs and nothing waits: what is submitted now begins at once. Any thread. */
bool worker_is_idle(struct worker *worker);

/* What is submitted now may be refused. Any thread. */
bool worker_is_full(struct worker *worker);
/* Where backups are kept; any thread, see backup_file.h. */
struct backup_shelf *worker_shelf(struct worker *worker);

/* The rest is for jobs, on the worker thread. */

struct store *worker_store(struct worker *worker);
struct registry *worker_catalog(struct worker *worker);
bool worker_is_stopping(struct worker *worker);

/* A second, or less at the end. */
void worker_pause(struct worker *worker);

/*
 * Performs operation->write on the writer thread, in a commit shared with other requests or, for
 * operation->alone, its own, and returns after COMMIT. plan is request->plan there; the arena is
 * the job's. The function may run twice, like every write. Errors: ERROR_INVALID with the message
 * of the fault that it recorded; ERROR_IO when the store failed.
 */
enum error_code worker_write(struct worker *worker, const struct operation *operation, void *plan,
    struct arena *arena, struct error *err) MUST_CHECK;
/* The same, again and again for a minute while the store fails: a full disk may be freed. */
enum error_code worker_write_patiently(struct worker *worker, const struct operation *operation,
    void *plan, struct arena *arena, struct error *err) MUST_CHECK;

#endif
