#ifndef PANELS_PROMPT_H
#define PANELS_PROMPT_H

#include "base/error.h"
#include "base/text.h"
#include "panels/canvas.h"
#include "panels/keys.h"
#include "panels/screen.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The line editor: one readline for the prompt, the filter and search lines and the fields of
 * forms, each with its own history. Readline never touches the terminal: keys go in as bytes, and
 * what it edits is painted from its buffers. One per process, UI thread only.
 */
struct prompt;

enum prompt_kind { PROMPT_STATEMENT, PROMPT_FILTER, PROMPT_SEARCH, PROMPT_FIELD };
enum { PROMPT_KINDS = PROMPT_FIELD + 1, PROMPT_CANDIDATES = 200 };

enum prompt_event {
    PROMPT_NOTHING,
    PROMPT_CHANGED,  /* the text, the cursor or the popup */
    PROMPT_DONE,     /* prompt_line() was accepted; the prompt is closed */
    PROMPT_CANCELLED /* closed without a result */
};

/* history: path of the file, or NULL. The callbacks must outlive the prompt. */
struct prompt *prompt_new(const struct screen_callbacks *callbacks, const char *history,
    bool vi_mode, struct error *err) MUST_CHECK;
void prompt_free(struct prompt *prompt);

/* Opens it (an open one is cancelled first) with text in it and the cursor at that byte. */
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *label, const char *text,
    size_t cursor);
void prompt_close(struct prompt *prompt);
bool prompt_is_open(const struct prompt *prompt);
enum prompt_kind prompt_kind(const struct prompt *prompt);
/* What was typed when a statement prompt was left by Esc; "" otherwise. */
const char *prompt_kept(const struct prompt *prompt);

enum prompt_event prompt_key(struct prompt *prompt, struct key key);
/* Inserts, controls made visible, line ends kept; never accepts. */
enum prompt_event prompt_paste(struct prompt *prompt, struct text text);
/* The text while open, or what was accepted. */
const char *prompt_line(const struct prompt *prompt);
size_t prompt_cursor(const struct prompt *prompt);
/* Why a statement was not accepted: "" or one line; ends with the next change. */
const char *prompt_problem(const struct prompt *prompt);
void prompt_set_vi(struct prompt *prompt, bool vi_mode);
void prompt_resize(struct prompt *prompt, int width, int height);

/* Rows that the text takes, at most limit. */
int prompt_rows(const struct prompt *prompt, int limit);
/* Label and text, scrolled so that the cursor is seen; places the cursor. */
void prompt_paint(const struct prompt *prompt, const struct canvas *canvas, enum role role);

/* The popup of TAB: candidates in order; selected is -1 while none is chosen. */
size_t prompt_popup(const struct prompt *prompt, const struct screen_candidate **out,
    int *selected);
void prompt_close_popup(struct prompt *prompt);

#endif
