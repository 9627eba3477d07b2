#ifndef CONSOLE_STATEMENTS_COPY_STATE_H
#define CONSOLE_STATEMENTS_COPY_STATE_H

#include "console/job_state.h"
#include "console/statements/copy.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How far a COPY has come: the key of each segment behind the last page whose items the target has
 * acknowledged. Pages that are read and not yet acknowledged wait in a queue, each with the number
 * of bytes that had gone to the target when it ended. Used by the thread that holds the lock of the
 * read's rows, or when nobody reads.
 */
struct copy_page {
    uint64_t bytes, rows; /* up to its end, of the whole copy */
    size_t segment;
    bool ended;
    struct buf key;
    struct copy_page *next;
};

struct copy_state {
    struct job_state state; /* number 0: nothing is kept */
    struct read_places places;
    struct read_place *settled; /* acknowledged ones */
    size_t count;
    struct copy_page *first, **end;
    uint64_t rows;           /* up to the last settled page, the runs before included */
    uint64_t done, rejected; /* by the runs before */
};

/* A new state, or the one of the job that the plan goes on with: then plan->read->places and
   plan->target.read_before are set. */
enum error_code copy_state_begin(struct copy_state *state, struct job *job, struct copy_plan *plan,
    struct error *err) MUST_CHECK;
/* A page of places.segment has gone to the target, bytes and rows in all. */
enum error_code copy_state_page(struct copy_state *state, uint64_t bytes, uint64_t rows,
    struct error *err) MUST_CHECK;
/* Writes the state when it is time, or now. */
enum error_code copy_state_save(struct copy_state *state, struct import_crew *crew, bool at_once,
    struct error *err) MUST_CHECK;
/* code 0: the job is done; else the state stays and err gets a hint. */
void copy_state_end(struct copy_state *state, struct import_crew *crew, enum error_code code,
    struct error *err);
void copy_state_free(struct copy_state *state);

#endif
