#ifndef CONSOLE_RUN_H
#define CONSOLE_RUN_H

#include "base/error.h"
#include "console/job.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"
#include "console/messages.h"
#include "console/output/writer.h"
#include "console/progress.h"
#include "console/script.h"
#include "console/session.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Statements run one after another on the main thread, as batch and line mode do: rows to stdout,
 * messages to stderr, Ctrl-C cancels. One runner per process at a time.
 */

struct run {
    struct session *session;
    struct writer writer; /* stdout */
    int pipe; /* stdout when it is a pipe, in a way that does not block; -1: it is none */
    struct progress progress;
    struct script_source source; /* of the statement that runs, or is wrong */
    struct script *script;       /* where statements come from; owned */
    bool is_terminal;            /* stdout */
    bool ascii;                  /* the locale has no UTF-8 */
    int status;                  /* exit status of the first failure; 0 = none */
    unsigned failures;           /* errors said so far */
    bool (*ask)(struct job *job, const struct question *question, struct error *err);
    bool (*ask_code)(struct job *job, const char *question, char *out, size_t size,
        struct error *err); /* NULL: no terminal */
    enum error_code (*edit)(struct job *job, const char *suffix, struct buf *text,
        struct error *err); /* NULL: nobody is there */
    /* Gives the missing parameters of a statement their values; false: nobody does. Or NULL. */
    bool (*fill)(struct run *run, const struct language_context *context);
    const char *who; /* "script", "prompt" */
    void *owner;     /* of whoever runs it */
};

void run_init(struct run *run, struct session *session, bool ascii);
void run_done(struct run *run);

/*
 * Runs what comes out of run->script until its end. echo: each statement is printed before its
 * output. False when nothing more may run: cancelled, quit, or failed with on-error stop.
 */
bool run_script(struct run *run, bool echo);
/* Ends what \o has opened, at the end of the session. */
void run_end_output(struct run *run);
/* Makes run->script, whose problems are said by run_fail. */
enum error_code run_open_script(struct run *run, struct error *err) MUST_CHECK;

/* Runs one parsed statement and says what went wrong. The tree's places are relative to the source. */
enum error_code run_tree(struct run *run, const struct tree *tree) MUST_CHECK;

/* An error, its place and its line, on stderr; counted, its status kept when it is the first. */
void run_fail(struct run *run, const struct tree *tree, const struct error *err);
/* Anything else on stderr, without a place. */
void run_say(struct run *run, enum message_severity severity, const char *text, const char *hint);
/* The warnings of a parse. */
void run_warn(struct run *run, const struct language_context *context);

/* A footer without what the settings timing and capacity leave out; cut at size. */
void run_footer(const struct settings *settings, const char *text, char *out, size_t size);
/* Enters a finished statement into the journal. Any thread. */
void run_journal(const struct job *job, const struct tree *tree, enum error_code code,
    const struct error *err);

/* SIGINT, SIGTERM and SIGHUP: the first cancels the statement, the second ends the process as the signal
   does. Undone by run_release_signals. */
void run_take_signals(void);
void run_release_signals(void);
/* SIGTERM or SIGHUP when one has come, else 0: the console has to end by it. */
int run_ending_signal(void);
/* A signal has come since run_take_signals or the last call. */
bool run_was_interrupted(void);

#endif
