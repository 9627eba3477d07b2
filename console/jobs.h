#ifndef CONSOLE_JOBS_H
#define CONSOLE_JOBS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The statements that run in this process, for SHOW JOBS, CANCEL JOB and SET JOB. A number is given
 * to a job when somebody asks for it; those of stopped jobs on disk (job_state.h) are left out.
 * Any thread.
 */
struct job;
struct tree;

struct jobs {
    pthread_mutex_t lock;
    struct job *running; /* newest first */
    uint64_t last;       /* number given last */
};

/* One running job as it is seen at a moment; texts live in the arena of the list. */
struct jobs_view {
    uint64_t number;
    uint64_t started; /* monotonic */
    struct text statement, connection, progress;
};

void jobs_init(struct jobs *jobs);
void jobs_done(struct jobs *jobs);

/* From job_run: what is listed from here to there. */
void jobs_enter(struct jobs *jobs, struct job *job, const struct tree *tree);
void jobs_leave(struct jobs *jobs, struct job *job);
/* The last line of progress. */
void jobs_note(struct jobs *jobs, struct job *job, const char *text);

/* The next number, at_least or more. */
uint64_t jobs_claim(struct jobs *jobs, uint64_t at_least);
/* Gives the job a number it got by jobs_claim. */
void jobs_name(struct jobs *jobs, struct job *job, uint64_t number);

/* Running ones but except, oldest first; each gets its number, at_least or more. */
enum error_code jobs_list(struct jobs *jobs, const struct job *except, uint64_t at_least,
    struct arena *arena, struct jobs_view **out, size_t *count, struct error *err) MUST_CHECK;
/* False when no job of that number runs here. */
bool jobs_cancel(struct jobs *jobs, uint64_t number);
/* Thousandths of a unit a second; 0: as it is. */
bool jobs_set_rates(struct jobs *jobs, uint64_t number, uint64_t read_milli, uint64_t write_milli);

#endif
