#ifndef PANELS_SCREEN_H
#define PANELS_SCREEN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/catalog.h"
#include "client/journal.h"
#include "client/loglines.h"
#include "client/rows.h"
#include "client/series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The screen as the console sees it. Panels draw watched data and emit statements; they call
 * nothing. UI thread only, but screen_wake, which any thread may call. The console owns the event
 * loop: poll(screen_descriptor, wake pipe), then screen_turn.
 */
struct screen;

/* Filled by the console before each turn; copied. */
struct screen_status {
    char environment[16]; /* "prod", "local", "" */
    char profile[64], region[32], account[16];
    bool read_only;
    uint64_t read_write_until; /* wall, 0 = for good */
    struct journal_health tables, gateway;
    unsigned jobs;
    unsigned staged;         /* changes that wait for APPLY STAGED */
    unsigned keys_end;       /* minutes until the credentials end, when few; 0: more */
    bool in_transaction;     /* between BEGIN and COMMIT */
    unsigned actions;        /* that wait for COMMIT */
    char api[64], stage[64]; /* USE */
    uint64_t changed;        /* wall: last change, for the clock of the status line */
};

enum screen_message {
    MESSAGE_OK,
    MESSAGE_NOTE,
    MESSAGE_WARNING,
    MESSAGE_ERROR,
    MESSAGE_REFUSED,
    MESSAGE_ALERT
};

/* Where the result of an emitted statement should go. */
enum screen_target {
    TARGET_MESSAGE, /* only a message line; rows, if any, go to the results panel */
    TARGET_RESULTS,
    TARGET_ITEMS,   /* items grid */
    TARGET_ITEM,    /* item view: first row */
    TARGET_METRICS, /* feeds the series */
    TARGET_LOG,     /* feeds the log lines */
    TARGET_QUIET    /* background listing: no message unless it fails, not in the history */
};

/* What completion offers for a prompt line. Texts are copied by the screen. */
struct screen_candidate {
    const char *text; /* what replaces the word */
    const char *kind; /* "table", "keyword", "attribute" ... */
    const char *help; /* one line, or "" */
};

struct screen_callbacks {
    void *user;
    /* Run this statement; who: "key", "prompt", "panel". */
    void (*emit)(void *user, const char *statement, enum screen_target target, const char *who);
    /* Ctrl-C: stop the job that feeds the target; false when none runs. */
    bool (*cancel)(void *user, enum screen_target target);
    /* Answer to screen_ask. */
    void (*answer)(void *user, bool yes);
    /* May the prompt submit the line? 1 complete, 0 needs more, -1 wrong (message filled). */
    int (*check)(void *user, const char *line, char *message, size_t size, int *column);
    /* Candidates for the word that ends at cursor; start is set to where the word begins.
       Answers from the catalog only. Returns how many were put into out. */
    size_t (*complete)(void *user, const char *line, size_t cursor, size_t *start,
        struct screen_candidate *out, size_t capacity);
    /* One line: what the grammar expects next, or the plan in short; "" = nothing. */
    void (*hint)(void *user, const char *line, size_t cursor, char *out, size_t size);
    /* Help text of a statement word, several lines; NULL: none. Borrowed until the next call. */
    const char *(*help)(void *user, const char *word);
    /* :q, q on the last view, ZZ, ^C^C */
    void (*quit)(void *user);
};

struct screen_options {
    struct screen_callbacks callbacks;
    struct journal *journal;
    const char *theme, *glyphs, *graph, *color, *cursor, *time, *clipboard, *keys;
    const char *theme_folder; /* installed themes */
    const char *history;      /* path of the prompt's history file */
    int escape_time, which_key;
    long page; /* EXAMINE of an opened table */
    bool vi_mode;
};

/*
 * Takes the terminal. NULL with err set: ERROR_USAGE when it cannot show a screen (TERM dumb,
 * unknown, not a terminal): the caller goes on in line mode.
 */
struct screen *screen_new(const struct screen_options *options, struct error *err) MUST_CHECK;
/* Gives the terminal back as it was. NULL is harmless. */
void screen_free(struct screen *screen);
/* For fatal signals and SIGTERM/SIGHUP: async-signal-safe restore. */
void screen_emergency_restore(void);

int screen_descriptor(const struct screen *screen); /* to poll for input */
void screen_wake(struct screen *screen);            /* any thread: something watched has changed */
int screen_wake_descriptor(const struct screen *screen);
/* Milliseconds the console may wait before the next screen_turn; -1: until input or wake. */
int screen_timeout(const struct screen *screen);
/* Handles all pending input and resizes, then paints what changed. Never waits. */
void screen_turn(struct screen *screen);

/* What panels watch. The console swaps them on the UI thread; kept until replaced or NULL. */
void screen_set_status(struct screen *screen, const struct screen_status *status);
void screen_set_catalog(struct screen *screen, struct catalog *catalog);
/* statement: what produced (or produces) them; shown by ys, run again by R. Rows that are on view
   already stay as they are, with the statement that began them: NEXT has added to them. */
void screen_show_rows(struct screen *screen, enum screen_target target, struct rows *rows,
    const char *statement);
/* Text results: DESCRIBE, EXPLAIN, HELP. Copied. */
void screen_show_text(struct screen *screen, const char *title, struct text text);
void screen_show_series(struct screen *screen, struct series *series, const char *statement);
void screen_show_log(struct screen *screen, struct loglines *lines, const char *statement);

/* The message line; kept in the message list. text is made safe. */
void screen_message(struct screen *screen, enum screen_message kind, const char *text);

/* Opens the dialog; callbacks.answer follows. type_name NULL: y/N. Pending input is discarded. */
void screen_ask(struct screen *screen, const char *question, const char *details,
    const char *type_name);

/* The same for a code, which is not shown; when the answer is yes, callbacks.answer may read it. */
void screen_ask_code(struct screen *screen, const char *question);
const char *screen_code(const struct screen *screen);

/* Opens the prompt with a text, the cursor at that byte of it, SIZE_MAX: at its end. */
void screen_prompt(struct screen *screen, const char *text, size_t cursor);
/* Edits text in $VISUAL or $EDITOR, which has the terminal meanwhile. suffix of the file: ".gh". */
enum error_code screen_edit(struct screen *screen, const char *suffix, struct buf *text,
    struct error *err) MUST_CHECK;

/* Named actions of DO and LAYOUT; false when unknown. */
bool screen_do(struct screen *screen, const char *action, const char *argument);
/* Applies SET theme, glyphs ... at once; false with err when the value is bad. */
enum error_code screen_set(struct screen *screen, const char *setting, const char *value,
    struct error *err) MUST_CHECK;
/* The screen as text rows (DUMP SCREEN, tests). */
void screen_dump(struct screen *screen, struct buf *out);

#endif
