#ifndef PANELS_GRID_H
#define PANELS_GRID_H

#include "base/error.h"
#include "client/rows.h"
#include "panels/canvas.h"
#include "panels/list.h"
#include "panels/view.h"

#include <stdbool.h>

/*
 * A table of items: key columns first and always in sight, the others panned. Filter and sort are
 * the view's. Used by the items and the results panel.
 */
enum { GRID_COLUMNS = 256, GRID_ROWS = 512, GRID_CELL_WIDTH = 40 };

struct grid_column {
    struct text name; /* the rows' */
    size_t source;    /* its place in the rows */
    uint16_t types;
    bool is_key, is_hidden;
    int width; /* widest cell seen so far, never shrinking */
};

struct grid {
    struct view view;
    struct list list;
    const struct rows *rows;
    struct grid_column column[GRID_COLUMNS];
    size_t columns;
    size_t at;    /* column of the cursor */
    size_t first; /* first column behind the keys that is shown */
    int width;
    bool ascii;          /* nothing above 0x7e is drawn as it is */
    bool panned;         /* first follows the cursor after it moved */
    unsigned char *mark; /* a byte per row, grown on demand */
    size_t mark_size, marks;
    size_t cursor_row; /* the row under the cursor, kept through filter and sort */
    /* prepared for paint */
    const struct value *shown[GRID_ROWS];
    size_t shown_row[GRID_ROWS];
    size_t shown_count;
    bool unfinished;
};

enum error_code grid_init(struct grid *grid, struct error *err) MUST_CHECK;
void grid_done(struct grid *grid);
/* Another result; filter and sort stay, marks go. */
void grid_set_rows(struct grid *grid, const struct rows *rows);
/* Columns, order and the rows in sight, for that inside; sets unfinished. */
void grid_compute(struct grid *grid, int width, int height);
void grid_paint(const struct grid *grid, const struct canvas *canvas, bool focused);
bool grid_act(struct grid *grid, const char *action, const char *argument);
/* "2/8  2 marked  sum(total)=813.40" without the state of the rows. */
void grid_add_foot(const struct grid *grid, struct buf *out);
/* Moves to the next (or previous) row with the text in it; false when there is none. */
bool grid_find(struct grid *grid, struct text needle, bool forward);

/* The row and cell under the cursor; NULL when there is none. */
const struct value *grid_item(const struct grid *grid);
const struct value *grid_cell(const struct grid *grid);
struct text grid_column_name(const struct grid *grid);
/* Marked rows in the order shown, or the one under the cursor: start with *at = 0. */
const struct value *grid_next_marked(const struct grid *grid, size_t *at);
/* Rows (marked or current) as lines of tab-separated cells with a head. */
void grid_add_tsv(const struct grid *grid, struct buf *out);

#endif
