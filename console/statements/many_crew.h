#ifndef CONSOLE_STATEMENTS_MANY_CREW_H
#define CONSOLE_STATEMENTS_MANY_CREW_H

#include "console/job_state.h"
#include "console/statements/many.h"
#include "console/statements/rate.h"
#include "console/statements/rejects.h"
#include "console/statements/spool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The workers of a MANY and what they share; for the files many_*.c only.
 * 1. Every key found stands in the spool before anything is written, with a mark of what became of
 *    it; a job that is killed goes on with the marks as they are.
 * 2. Where an update must not be sent twice (n = n + 1) the key is marked before it is sent. One that
 *    is found so afterwards may or may not have been changed: it is rejected, never repeated.
 * 3. Else a key is marked when the answer is there; one that was on its way is sent again.
 */
enum {
    MANY_KEY_LIMIT = 64 * 1024, /* a key is at most 3 KB, and at most six times that as JSON */
    MANY_SAMPLES = 3
};

struct many_crew {
    struct job *job;
    const struct many_plan *plan;
    struct plan *whole;
    struct spool spool;
    struct rate rate;
    const char *sample[MANY_SAMPLES]; /* keys, for the question */
    pthread_mutex_t lock;             /* over what is below */
    struct job_state state;
    struct rejects rejects;
    struct buf line; /* of the spool */
    uint64_t wanted; /* keys to take in all */
    uint64_t taken;  /* of them, those of the runs before included */
    /* What became of them; faults are in the reject file, unknown ones are faults too. */
    uint64_t modified, condition, faults, unknown;
    uint64_t before; /* of modified: by the runs before */
    uint64_t unprocessed, capacity_milli;
    bool stop;
    bool gives_up;        /* the service processes nothing more: what is left is rejected unsent */
    enum error_code code; /* of the first failure that ends all */
    struct error err;
    uint64_t noted; /* monotonic, of the last progress line */
};

/* The thread of a worker; user is the crew. */
void *many_work(void *user);
/* The first failure that ends all. Holds the lock. */
void many_stop(struct many_crew *crew, enum error_code code, const struct error *err);
/* Sets a key aside and marks it. Holds the lock. */
void many_reject(struct many_crew *crew, const struct spool_key *key, const char *code,
    const char *message);
/* Once a second, or when it must be. Holds the lock, or is alone. */
void many_save(struct many_crew *crew);

#endif
