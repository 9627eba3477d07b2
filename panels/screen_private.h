#ifndef PANELS_SCREEN_PRIVATE_H
#define PANELS_SCREEN_PRIVATE_H

#include "panels/canvas.h"
#include "panels/dialog.h"
#include "panels/keymap.h"
#include "panels/layout.h"
#include "panels/panel.h"
#include "panels/picker.h"
#include "panels/prompt.h"
#include "panels/screen.h"
#include "panels/terminal.h"
#include "panels/theme.h"

#include <stdatomic.h>

/* The parts of the screen know each other; panels know none of this. */

enum {
    PANEL_COUNT = 12,
    PENDING_KEYS = 4,
    MESSAGE_COUNT = 500,
    MESSAGE_SIZE = 600,
    FRAME_MS = 33,       /* at most 30 frames a second for what nobody typed */
    HINT_DELAY_MS = 150, /* rest after the last key of the prompt */
    FOCUS_REPAINT_MS = 2000,
    CONTEXT_LIMIT = 8
};

struct message {
    enum screen_message kind;
    char text[MESSAGE_SIZE];
};

/* How much of the screen there is. */
enum screen_form {
    FORM_TINY,  /* below 20x5 */
    FORM_SMALL, /* one panel without sides */
    FORM_FULL
};

struct screen {
    struct host host;
    struct screen_options options;
    char option_text[10][128]; /* copies of the strings of options */
    struct terminal *terminal;
    struct surface surface;
    struct glyphs glyphs;
    struct theme *theme;
    struct keymap *keymap;
    struct prompt *prompt;
    struct picker *picker;
    struct dialog dialog;
    bool dialog_is_ours; /* its yes emits a statement; else the console has asked */
    struct buf dialog_statement;
    enum screen_target dialog_target;

    struct panel panel[PANEL_COUNT];
    int focus, last_focus;        /* index of panel */
    unsigned raised[PANEL_COUNT]; /* the tab with the highest number is in front */
    unsigned raises;
    struct layout layout;
    int layout_number;
    bool layout_is_own; /* splits were changed by hand */
    bool zoom;
    int width, height;
    enum screen_form form;
    struct layout_area body;

    struct key pending[PENDING_KEYS];
    size_t pending_count;
    uint64_t pending_at;
    uint64_t interrupt_at; /* of the last ^C that found nothing to stop */

    struct message *message; /* ring of MESSAGE_COUNT */
    size_t message_count, message_next;
    uint64_t typed_at; /* last change of the prompt */
    char hint[300];    /* of the prompt */
    bool hint_is_due;
    char search[256];
    bool field_open;     /* the prompt edits a field of the focused panel */
    bool prompt_filters; /* it is the filter line of the focused panel */

    int wake[2];
    atomic_bool woken;
    bool dirty, urgent; /* paint; paint in this turn whatever the frame rate says */
    uint64_t painted_at, repainted_at;
    uint64_t seen[8]; /* change counters at the last paint */
    bool mouse, started;
    /* what the panels began to watch by themselves */
    bool asked_listing;
    char watched_metrics[160], watched_log[160];
    unsigned stages_asked;

    /* hint line of the focused panel, computed when it changes */
    int hints_for;
    const struct keymap_binding *hints[40];
    size_t hint_count;
};

/* screen.c */
void screen_dirty(struct screen *screen);
struct screen *screen_of(struct host *host);

/* screen_settings.c: a copy of the options, and what follows from them (theme, glyphs ...) */
void screen_copy_options(struct screen *screen, const struct screen_options *options);
void screen_default_settings(struct screen *screen);
enum error_code screen_apply_settings(struct screen *screen, struct error *err) MUST_CHECK;

/* screen_layout.c */
void screen_arrange(struct screen *screen);
enum error_code screen_set_layout(struct screen *screen, int number, struct error *err) MUST_CHECK;
int screen_panel_index(const struct screen *screen, const char *name);
/* Raises the panel and, with focus, moves there; brings it into the layout when it is not. */
void screen_show_panel(struct screen *screen, int index, bool focus);
bool screen_layout_act(struct screen *screen, const char *action, const char *argument);
struct panel *screen_focused(struct screen *screen);
struct layout_area screen_panel_area(const struct screen *screen, int index);
/* Names of the other tabs of its place. */
void screen_add_tabs(const struct screen *screen, int index, struct buf *out);

/* screen_keys.c */
void screen_handle_key(struct screen *screen, struct key key);
void screen_handle_paste(struct screen *screen, struct text text);
/* Runs what a binding or menu says: action, statement template or prompt text. */
void screen_perform(struct screen *screen, const char *action, enum screen_target target);
/* The keymap contexts of the focused panel; out has CONTEXT_LIMIT places. */
void screen_contexts(struct screen *screen, const char **out);
void screen_open_prompt(struct screen *screen, const char *text, size_t cursor);

/* screen_actions.c */
bool screen_act(struct screen *screen, const char *action, const char *argument);
void screen_set_filter(struct screen *screen, struct panel *panel, const char *source);

/* screen_paint.c, screen_bars.c */
void screen_compute(struct screen *screen); /* of all panels in sight */
void screen_paint(struct screen *screen);
void screen_paint_status(struct screen *screen, const struct canvas *canvas);
void screen_paint_crumbs(struct screen *screen, const struct canvas *canvas);
void screen_paint_message(struct screen *screen, const struct canvas *canvas);
void screen_paint_hints(struct screen *screen, const struct canvas *canvas);
void screen_paint_which_key(struct screen *screen, const struct canvas *canvas);

/* screen_lists.c: help, palette, pickers, messages */
void screen_open_help(struct screen *screen);
void screen_open_palette(struct screen *screen);
void screen_open_names(struct screen *screen);
void screen_open_messages(struct screen *screen);

/* screen_watch.c */
void screen_watch(struct screen *screen);

/* screen_copy.c */
void screen_copy(struct screen *screen, char what);

#endif
