#ifndef PANELS_PICKER_H
#define PANELS_PICKER_H

#include "base/buf.h"
#include "panels/canvas.h"
#include "panels/keys.h"
#include "panels/list.h"
#include "panels/screen.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A list to choose from: menus (numbered, no typing), pickers, palette and help (typing narrows by
 * fuzzy match: word, 'exact, ^start, end$, !not).
 */
struct picker_entry {
    const char *label, *kind, *help, *action;
    enum screen_target target;
};

struct picker;

enum picker_event { PICKER_NONE, PICKER_CHANGED, PICKER_CHOSEN, PICKER_CLOSED };

struct picker *picker_new(struct error *err) MUST_CHECK;
void picker_free(struct picker *picker);

/* Starts an empty list; then picker_add, then picker_show. */
void picker_begin(struct picker *picker, const char *title, bool typing);
void picker_add(struct picker *picker, const char *label, const char *kind, const char *help,
    const char *action, enum screen_target target); /* copied */
void picker_show(struct picker *picker);
bool picker_is_open(const struct picker *picker);
void picker_close(struct picker *picker);
enum picker_event picker_key(struct picker *picker, struct key key);
/* After PICKER_CHOSEN; valid until the next picker_begin. */
const struct picker_entry *picker_chosen(const struct picker *picker);
/* Draws it; avoid_row: a row that stays uncovered when there is room (-1: none). */
void picker_paint(struct picker *picker, const struct canvas *canvas, int avoid_row);

/* Does label match a query? score: smaller is better. */
bool picker_matches(struct text query, struct text label, int *score);

#endif
