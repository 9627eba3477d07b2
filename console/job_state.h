#ifndef CONSOLE_JOB_STATE_H
#define CONSOLE_JOB_STATE_H

#include "base/json.h"
#include "client/catalog.h"
#include "console/job.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is kept of a long statement while it runs, so that it can be gone on with, after kill -9
 * too: $XDG_STATE_HOME/gatehouse/jobs/N.*, where N is the number of the job.
 *   N.lock   locked by the process that runs the job: no two do at once
 *   N.state  JSON, replaced by rename: the statement, its tables, counts, where it stands
 *   N.keys   of MANY: the keys found (statements/spool.h)
 *   N.rej    what was set aside (statements/rejects.h); stays when the job is done
 * One thread at a time.
 */
struct job_state_counts {
    uint64_t total, done, rejected; /* total 0: not known */
};

/* What a state says. Everything lives in the arena it was read into. */
struct job_state_record {
    uint64_t number;
    struct text name, statement; /* "UPDATE MANY"; its text without RESUME */
    struct text identity;        /* of the statement, hexadecimal */
    struct text connection, dialect, folder;
    struct text file;                          /* whose own state says where it stands; or empty */
    struct text tables, parameters, arguments; /* JSON */
    uint64_t now;                              /* of the statement's time functions; wall, ns */
    uint64_t started, saved;                   /* wall, ns */
    struct job_state_counts counts;
    const struct json *place; /* where the statement stands; its own */
};

struct job_state {
    struct job *job;
    struct job_state_record record; /* number 0: nothing is kept */
    int lock;
    uint64_t noted; /* monotonic, of the last state */
};

/*
 * A new job of that statement about those tables, its number taken and locked. Stopped jobs of the
 * same statement are given up, with a note. file: beside which the statement keeps a state of its
 * own; NULL: none. Nothing is written yet.
 */
enum error_code job_state_new(struct job *job, const struct tree *tree,
    const struct catalog_table *const *table, size_t count, const char *file, struct job_state *out,
    struct error *err) MUST_CHECK;
/* Goes on with a stopped job: ERROR_CONDITION when another process runs it, or when its tables
   are others. The state is read once more, as it is now. */
enum error_code job_state_take(struct job *job, uint64_t number,
    const struct catalog_table *const *table, size_t count, struct job_state *out,
    struct error *err) MUST_CHECK;

/*
 * For a statement whose own state lies beside a file: makes, or finds, the job that SHOW JOBS lists
 * of it, when state has no number yet, and notes the counts. counts NULL: finds it only, for a
 * statement that goes on. What fails of it fails nothing else.
 */
void job_state_note_file(struct job *job, const struct tree *tree,
    const struct catalog_table *table, const char *file, const struct job_state_counts *counts,
    struct job_state *state);

/* N.SUFFIX in the arena of the job, or NULL with err set. */
const char *job_state_path(const struct job_state *state, const char *suffix, struct error *err);
/* A second has passed since the last state. */
bool job_state_is_due(const struct job_state *state);
/* place: one JSON value. */
enum error_code job_state_save(struct job_state *state, const struct job_state_counts *counts,
    struct text place, struct error *err) MUST_CHECK;
/* The job is done: its state goes; or it stops, and the state stays. Harmless without a number. */
void job_state_drop(struct job_state *state);
void job_state_leave(struct job_state *state);
/* "RESUME JOB 3, or the same statement with RESUME, goes on from here" */
void job_state_hint(const struct job_state *state, struct error *err);

/*
 * For the plan of a statement that says RESUME: *number of the stopped job of the same statement,
 * and *tree as it was then, with the same time and parameters. ERROR_NOT_FOUND when there is none.
 */
enum error_code job_state_resume(struct job *job, const struct tree **tree, struct plan *plan,
    uint64_t *number, struct error *err) MUST_CHECK;
/* By its number, or by the file whose state it has: *found says whether there is one. */
enum error_code job_state_read(uint64_t number, struct arena *arena, struct job_state_record *out,
    struct error *err) MUST_CHECK;
enum error_code job_state_find_file(const char *file, struct arena *arena,
    struct job_state_record *out, bool *found, struct error *err) MUST_CHECK;
/* All there are, by number; *last: the highest number in use. */
enum error_code job_state_list(struct arena *arena, struct job_state_record **out, size_t *count,
    uint64_t *last, struct error *err) MUST_CHECK;
/* Whether a process runs it. */
bool job_state_is_running(uint64_t number);
/* Gives a stopped job up. */
enum error_code job_state_forget(uint64_t number, struct error *err) MUST_CHECK;

/*
 * The statement parsed once more with the parameters and the time of the record. text: as it
 * stands now, options may differ; NULL: as it is in the record, with RESUME.
 */
struct tree *job_state_parse(struct job *job, const struct job_state_record *record,
    const struct text *text, struct error *err);

#endif
