#ifndef PANELS_PANEL_H
#define PANELS_PANEL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "panels/canvas.h"
#include "panels/keys.h"
#include "panels/screen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A panel shows one watched thing and turns actions into statements. The record describes it
 * completely: layouts, keys, hints and help read it. UI thread only.
 */
struct panel;
struct host;

struct panel_class {
    const char *name;  /* in layouts, keymaps and DO */
    const char *title; /* heading in help */
    size_t state_size; /* bytes of private state, zeroed before open */
    const char *const
        *contexts; /* keymaps after its own name, most special first; NULL at the end */
    enum error_code (*open)(struct panel *panel, struct error *err);
    /* Looks at what is watched and prepares what paint needs; also fills title and foot. */
    void (*compute)(struct panel *panel);
    void (*paint)(const struct panel *panel, const struct canvas *canvas); /* no locks, no memory */
    bool (
        *act)(struct panel *panel, const char *action, const char *argument); /* false: not mine */
    /* Appends what {name} of a statement template stands for, quoted; false: nothing there. */
    bool (*expand)(struct panel *panel, struct text name, struct buf *out);
    /* New text of the filter line, "" = none; false with err set when it cannot be read. */
    bool (*filter)(struct panel *panel, struct text source, struct error *err);
    /* What y and a letter copy; false: nothing to copy. */
    bool (*copy)(struct panel *panel, char what, struct buf *out);
    void (*close)(struct panel *panel);
};

struct panel {
    const struct panel_class *class;
    struct host *host;
    void *state;
    int number; /* digit that focuses it; 0: none in this layout */
    bool visible, focused;
    int width, height; /* of the inside; set before compute */
    char title[256], foot[160];
    char filter[512];
    bool stale; /* something changed since the last compute */
};

/* The result that a panel watches. */
struct host_rows {
    struct rows *rows;    /* the console's; NULL: none yet */
    struct buf statement; /* what R runs again: what began it, not NEXT */
    unsigned generation;  /* changes when the console shows another result */
};

/* What panels may use of the screen. */
struct host {
    struct screen *screen;
    const struct screen_options *options;
    const struct glyphs *glyphs;
    struct screen_status status;
    struct catalog *catalog;
    const struct catalog_snapshot *snapshot; /* of this turn; NULL: nothing known */
    unsigned catalog_generation;             /* changes with the connection */
    char watched[160];                       /* id of the API that the screen watches by itself */
    bool watch_is_settled;                   /* ... or there is nothing to watch */
    struct host_rows items, results, item;
    struct buf text_title, text; /* DESCRIBE, EXPLAIN, HELP */
    unsigned text_generation;    /* > results.generation's age: see text_is_newer */
    bool text_is_newer;          /* the last result was a text */
    struct series *series;
    struct loglines *log;
    struct buf series_statement, log_statement;
    unsigned series_generation, log_generation;
    struct journal *journal;
    uint64_t now;    /* monotonic, of this turn */
    bool unfinished; /* a panel has more to do: turn again at once */
    enum { HOST_UTC, HOST_AGO } time;
};

/* --- what a panel may ask for (screen_host.c) --- */

void host_emit(struct host *host, enum screen_target target, const char *who,
    const char *statement);
void host_emit_format(struct host *host, enum screen_target target, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void host_message(struct host *host, enum screen_message kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts the panel in sight, and the focus on it when asked. */
void host_show(struct host *host, const char *name, bool focus);
struct panel *host_panel(struct host *host, const char *name);
/* Opens the prompt with text in it, the cursor at the end. */
void host_prompt(struct host *host, const char *text);
/* A y/N of our own; yes emits the statement. */
void host_confirm(struct host *host, const char *question, const char *details,
    enum screen_target target, const char *statement);
/* Edits text in $EDITOR; returns false when it was not changed. suffix: ".gh". */
bool host_edit(struct host *host, const char *suffix, struct buf *text);
/* "11:42:07" or as SET time says. */
void host_add_time(const struct host *host, struct buf *out, uint64_t wall);

/* One line of a menu: an action, or a statement of the focused panel. */
struct host_choice {
    const char *label, *help;
    const char *action; /* as in a keymap: action, statement, or ":" and a prompt text */
    enum screen_target target;
};
void host_menu(struct host *host, const char *title, const struct host_choice *choice,
    size_t count);

/* A menu of all known stages: before, the stage as "api/stage" quoted, after. */
void host_stage_menu(struct host *host, const char *title, const char *before, const char *after,
    enum screen_target target);

/* The line a field of a form is edited in: readline's. While it is open, keys go there; each
   change and the end are told to the panel by its act: "field-changed", "field-done",
   "field-cancelled" with the text. */
void host_edit_field(struct host *host, const char *text);
bool host_field_is_open(const struct host *host);
/* Draws that line, with the cursor, at its place in the form. */
void host_paint_field(const struct host *host, const struct canvas *canvas, int row, int column,
    int width);

extern const struct panel_class tables_panel_class, routes_panel_class, items_panel_class,
    item_panel_class, results_panel_class, route_panel_class, metrics_panel_class, rate_panel_class,
    latency_panel_class, status_panel_class, log_panel_class, journal_panel_class;

#endif
