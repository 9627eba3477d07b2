#ifndef CONSOLE_RUN_H
#define CONSOLE_RUN_H

#include "base/error.h"
#include "console/job.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"
#include "console/messages.h"
#include "console/output/writer.h"
#include "console/progress.h"
#include "console/session.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Statements run one after another on the main thread, as batch and line mode do: rows to stdout,
 * messages to stderr, Ctrl-C cancels. One runner per process at a time.
 */

/* The text being read; line and column count what stood before it in the whole input (0: nothing). */
struct run_source {
    const char *name;
    struct text text;
    int line, column;
};

struct run {
    struct session *session;
    struct writer writer; /* stdout */
    struct progress progress;
    struct run_source source;
    bool is_terminal;  /* stdout */
    bool ascii;        /* the locale has no UTF-8 */
    size_t args_used;  /* of session->language.args */
    int status;        /* exit status of the first failure; 0 = none */
    unsigned failures; /* errors said so far */
    bool (*ask)(struct job *job, const struct question *question, struct error *err);
    const char *who; /* "script", "prompt" */
    void *owner;     /* of whoever runs it */
};

void run_init(struct run *run, struct session *session, bool ascii);
void run_done(struct run *run);

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
