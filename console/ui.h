#ifndef CONSOLE_UI_H
#define CONSOLE_UI_H

#include "base/error.h"
#include "client/loglines.h"
#include "client/rows.h"
#include "client/series.h"
#include "console/job.h"
#include "console/script.h"
#include "console/session.h"
#include "console/statement.h"
#include "panels/screen.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/*
 * What stands between the screen and the jobs; for interactive.c and ui_*.c only.
 * 1. The screen is touched by the UI thread alone. Job threads put events into a list and wake it.
 * 2. What a panel watches (a feed) is shared by the panel and the job that fills it; it goes when
 *    both have let go.
 * 3. A job is freed by the UI thread, after its thread has ended and its last event is handled.
 */

/* Watched data; one of the pointers is set. */
struct ui_feed {
    struct rows *rows;
    struct series *series;
    struct loglines *lines;
    uint64_t read; /* rows: number of the statement that began them */
    atomic_int users;
};
struct ui_feed *ui_feed_new_rows(struct error *err) MUST_CHECK;
struct ui_feed *ui_feed_new_series(uint64_t slot_length, struct error *err) MUST_CHECK;
struct ui_feed *ui_feed_new_lines(struct error *err) MUST_CHECK;
struct ui_feed *ui_feed_hold(struct ui_feed *feed); /* one more user */
void ui_feed_release(struct ui_feed *feed);         /* NULL is harmless */

struct ui;

/* Statements being run one after another: a line of the prompt, what a key emitted. */
struct ui_line {
    struct ui *ui;
    char *text;
    unsigned problems; /* of files it names; the first one is said */
    bool is_prompt;    /* typed by a person */
    bool is_typed;     /* for the history, too */
    uint64_t started;  /* monotonic */
    struct script *script;
};

struct ui_job {
    struct job job; /* owner is this struct */
    struct sink sink;
    struct ui *ui;
    enum screen_target target;
    char *statement;      /* its text */
    struct ui_line *line; /* where it came from; what stands behind it runs when it has succeeded */
    struct tree *tree;    /* lives until the line is read on */
    struct ui_feed *feed;
    bool is_shown;             /* its rows have been given to the screen */
    struct rows_status before; /* what NEXT adds to: of rows on view */
    bool has_said;             /* a footer, note or warning came */
    uint64_t last_wake;        /* monotonic */
    bool is_running;           /* started; its UI_DONE will come */
    bool has_thread;
    pthread_t thread;
    enum error_code code;
    struct error err;
    /* The question it waits for; under ui->lock. */
    bool asks, is_answered, says_yes;
    char *question, *details, *type_name;
    bool wants_code;
    char typed_code[32];
    /* An editor is wanted instead: belongs to the waiting thread. */
    struct buf *edited; /* NULL: none */
    const char *edit_suffix;
    bool is_editing; /* under ui->lock: the buffer is in use */
    enum error_code edit_code;
    struct error edit_err;
    struct ui_job *next;
};

enum ui_event_kind { UI_FEED, UI_TEXT, UI_REPORT, UI_QUESTION, UI_DONE };

struct ui_event {
    enum ui_event_kind kind;
    struct ui_job *job;
    struct ui_feed *feed; /* held */
    char *text;
    enum job_report report;
    struct ui_event *next;
};

enum { UI_TARGETS = TARGET_QUIET + 1, UI_QUIET_THREADS = 4 };

struct ui {
    struct session *session;
    struct screen *screen;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct ui_event *event, **event_end; /* under lock */
    struct ui_job *job_list;             /* oldest first */
    struct ui_job *asking;               /* whose question stands on the screen */
    struct ui_feed *shown[UI_TARGETS];   /* changed under lock, by the UI thread */
    uint64_t shown_number[UI_TARGETS];
    struct link *link; /* whose catalogue the screen shows */
    struct catalog *no_catalog;
    struct screen_status status;
    char last_failure[200]; /* of a quiet statement, and when */
    uint64_t last_failure_at;
    struct buf help;
};

/* UI thread: parses the text and runs its first statement: INLINE ones at once, others on a
   thread. */
void ui_run(struct ui *ui, const char *text, enum screen_target target, const char *who);
/* UI thread: what the jobs have sent since. */
void ui_handle_events(struct ui *ui);
/* UI thread: cancels the newest job that feeds the target; false when there is none. */
bool ui_cancel(struct ui *ui, enum screen_target target);
/* UI thread: the person's answer to the question on the screen. */
void ui_answer(struct ui *ui, bool yes);
unsigned ui_job_count(const struct ui *ui);
/* Cancels all jobs and waits; false when a thread did not end in time: what it uses must stay. */
bool ui_stop(struct ui *ui);

/* Any thread. Takes text; feed is held by the event. Without memory the event is lost. */
void ui_send(struct ui *ui, enum ui_event_kind kind, struct ui_job *job, struct ui_feed *feed,
    char *text, enum job_report report);
/* The sink and the functions of a job; ui_sink.c. */
void ui_sink_init(struct ui_job *job);
bool ui_ask(struct job *job, const struct question *question, struct error *err);
bool ui_ask_code(struct job *job, const char *question, char *out, size_t size, struct error *err);
enum error_code ui_edit(struct job *job, const char *suffix, struct buf *text, struct error *err);
void ui_report(struct job *job, enum job_report kind, const char *text);

#endif
