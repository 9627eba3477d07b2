#ifndef CONSOLE_JOB_H
#define CONSOLE_JOB_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "client/connection.h"
#include "client/loglines.h"
#include "client/rows.h"
#include "client/series.h"
#include "console/plan.h"
#include "console/session.h"
#include "console/sink.h"
#include "console/statement.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One statement being run: on the main thread in batch mode, on a thread of its own in the
 * console. The record's functions see nothing of the difference.
 */

/* What is asked before something risky; language.md 7.1. */
struct question {
    enum plan_risk risk;
    const char *text;        /* one sentence */
    const char *details;     /* profile, region, diff, cost; lines; may be "" */
    const char *type_name;   /* what must be typed; NULL: y/N */
    const char *kind;        /* what type_name names: "table", "count"; NULL: the profile */
    const char *environment; /* of the profile it is about; NULL: of the current one */
};

enum job_rate { JOB_READS, JOB_WRITES, JOB_RATES };

struct job {
    struct session *session;
    struct settings settings; /* as they were at its start: SET is for what comes after */
    struct link *link;        /* current at its start, or opened by it; NULL: none yet */
    uint64_t number;          /* of the statement */
    struct sink *sink;        /* where rows go */
    struct arena *arena;      /* for the life of the job */
    atomic_bool cancel;
    bool allow_write; /* taken when the job started */
    const char *who;  /* "prompt", "key", "script", "panel" */
    uint64_t started; /* monotonic */
    /* The person, or the options that stand for one: false with err set (ERROR_REFUSED) = no. */
    bool (*ask)(struct job *job, const struct question *question, struct error *err);
    /* The code of a device, typed by a person and not shown; as in struct credentials_asker. NULL:
       nobody can be asked. */
    bool (*ask_code)(struct job *job, const char *question, char *out, size_t size,
        struct error *err);
    /* Opens an editor on the text, as editor_edit() does. NULL: nobody is there. */
    enum error_code (
        *edit)(struct job *job, const char *suffix, struct buf *text, struct error *err);
    /* A line for stderr or the message line; about_line is 0 when it is about no place. */
    void (*report)(struct job *job, enum job_report kind, const char *text);
    int about_line, about_column; /* in the input, of what is being reported */
    /* Watched data that the statement should feed instead of the sink; NULL: the sink. */
    struct series *series;
    struct loglines *loglines;
    void *owner; /* of whoever runs it */
    /* NEXT, once it is planned: the number of the statement that began the read, and the read that
       it has become, in arena with a NUL behind. 0: not NEXT. */
    uint64_t reads_on;
    struct text reads_on_as;
    uint64_t rows_elsewhere; /* that went to a file or command instead of the sink */
    /* SET JOB n AT: thousandths of a unit a second; 0: as the statement says. */
    atomic_uint_least64_t rate_milli[JOB_RATES];
    /* Of session->jobs, under its lock. */
    struct job *older;
    const struct tree *tree;
    const char *connection;  /* its name at the start, or "" */
    uint64_t number_in_list; /* in SHOW JOBS; 0: none yet */
    char progress[200];
    struct undo_log *undo;     /* undo.h; NULL: nothing is kept */
    struct capacity *capacity; /* of ANALYZE: units by index; else NULL */
};

/* What the job has of the session, which may change while it runs. On the main thread. */
void job_take_session(struct job *job, struct session *session);
/* The link of that name, the job's own when empty; NULL with err set. Connects lazily. */
struct link *job_link(struct job *job, struct text name, struct error *err);
/* Cancelled, or past --timeout: err is set. Look at it in every loop that can last 100 ms. */
enum error_code job_check(struct job *job, struct error *err) MUST_CHECK;
/* Waits, woken by cancel. */
enum error_code job_wait(struct job *job, uint64_t nanoseconds, struct error *err) MUST_CHECK;
/* What calls of this job pass on. */
struct call_context job_context(struct job *job);
void job_note(struct job *job, enum job_report kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Runs a parsed statement through plan, safety and run: EXPLAIN prints the plan, WATCH repeats.
 * Everything printed goes to sink and report.
 */
enum error_code job_run(struct job *job, const struct tree *tree, struct error *err) MUST_CHECK;

#endif
