#ifndef CONSOLE_STATEMENTS_IMPORT_CREW_H
#define CONSOLE_STATEMENTS_IMPORT_CREW_H

#include "console/job_state.h"
#include "console/statements/import.h"
#include "console/statements/import_reader.h"
#include "console/statements/rate.h"
#include "console/statements/rejects.h"

#include <pthread.h>
#include <stdatomic.h>

/* The workers of an IMPORT and what they share; for the files import_*.c only. */

enum {
    IMPORT_BATCH = 25,
    IMPORT_THREADS = 16,
    IMPORT_WORKERS = 4, /* unless WORKERS says so: hides the way to the service and back */
    IMPORT_REQUEST_LIMIT = 20 << 20
};

/* One item on its way: its request JSON, and where it stood. */
struct import_entry {
    struct text json, key;
    uint64_t hash; /* of key */
    uint64_t line, from;
    bool deletes; /* json is a key: what a reject file of TRUNCATE holds */
};

struct import_batch {
    struct import_entry entry[IMPORT_BATCH];
    size_t count, bytes;
    struct arena *arena; /* of the entries */
};

struct import_crew;

struct import_worker {
    struct import_crew *crew;
    struct import_batch batch;
    struct arena *call;
    uint64_t in_flight; /* offset of the oldest record not acknowledged; UINT64_MAX: none */
    uint64_t flying[IMPORT_BATCH]; /* hashes of the keys being sent */
    size_t flying_count;
};

/* What the workers share. */
struct import_crew {
    struct job *job;
    const struct import_plan *plan;
    struct plan *whole;
    struct rate rate;
    uint64_t started;
    pthread_mutex_t lock;         /* over what is below */
    bool reading;                 /* one worker at a time has reader and record, without the lock */
    pthread_cond_t turn;          /* nobody reads, or all stops */
    struct import_reader *reader; /* waits for a pipe perhaps, so nobody holds the lock meanwhile */
    struct arena *record;
    uint64_t offset;       /* of reader, behind the last record taken from it */
    bool has_carried;      /* an item that must not be sent before one in flight */
    pthread_cond_t landed; /* a batch is acknowledged, or all stops */
    struct import_batch carried;
    struct import_worker worker[IMPORT_THREADS];
    size_t worker_count;
    atomic_uint_least64_t written, acknowledged;
    uint64_t read, skipped, unprocessed, capacity_milli;
    uint64_t furthest, resumed_furthest; /* offsets up to which items may have been sent */
    bool ended, stop;
    bool gives_up;        /* the service processes nothing more: what is left is rejected unsent */
    enum error_code code; /* of the first failure that ends all */
    struct error err;
    struct rejects rejects;
    struct text identity;
    struct job_state state; /* what SHOW JOBS lists; its number is 0 before the first save */
    uint64_t done_before;   /* items of the runs before */
    uint64_t saved, noted;  /* monotonic */
};

/* The first failure that ends all. Holds the lock. */
void import_stop(struct import_crew *crew, enum error_code code, const struct error *err);
/* Sets a record aside. Holds the lock. */
void import_reject(struct import_crew *crew, const struct import_entry *entry, const char *code,
    const char *message);
/* Why the crew stopped, unless by too many rejects: then what was rejected may not be in the file. */
enum error_code import_reject_failed(const struct import_crew *crew, struct error *err) MUST_CHECK;
/* The record read last, which is no item. */
void import_reject_record(struct import_crew *crew, const char *code, const char *message);

/* The offset up to which every item is acknowledged or rejected. Holds the lock. */
uint64_t import_offset(const struct import_crew *crew);
/* FILE.import: up to where every item is acknowledged. Save holds the lock. */
const char *import_state_path(const struct import_crew *crew);
enum error_code import_start(struct import_crew *crew, struct error *err) MUST_CHECK;
void import_save(struct import_crew *crew);
enum error_code import_identify(struct import_crew *crew, struct error *err) MUST_CHECK;
enum error_code import_resume(struct import_crew *crew, struct error *err) MUST_CHECK;

/* The batch of a worker: by BatchWriteItem, or item by item under a condition. */
enum error_code import_put_batch(struct import_worker *worker, struct buf *request,
    struct error *err) MUST_CHECK;
enum error_code import_put_each(struct import_worker *worker, struct buf *request,
    struct error *err) MUST_CHECK;

#endif
