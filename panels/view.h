#ifndef PANELS_VIEW_H
#define PANELS_VIEW_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/rows.h"
#include "panels/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which rows of a result are shown, in which order: filter and sort over loaded rows. The work is
 * done in slices, so that a turn of the screen never waits for a million rows: view_work goes on
 * where it stopped. A filter shows its hits as they are found; a sort shows the rows as they
 * came until it is ready. Rows that come after a sort stand at the end until the next one.
 */
struct view_key {
    double number;
    struct text text;
    uint32_t row;
    uint8_t rank; /* kind of value; absent ones are last in both directions */
};

struct view {
    const struct rows *rows;
    struct filter *filter;
    char sort_column[256];
    bool has_sort, descending;
    uint32_t *order; /* rows shown; used when there is a filter or a sort */
    size_t count, capacity;
    size_t looked_at; /* rows that the filter has seen */
    struct arena *arena;
    struct buf scratch;
    /* the sort at work: bottom-up merge sort */
    enum { VIEW_STEADY, VIEW_GATHERING, VIEW_MERGING } phase;
    struct view_key *key, *spare;
    size_t keys, key_capacity, run, from, left, right, out;
};

enum error_code view_init(struct view *view, struct error *err) MUST_CHECK;
void view_done(struct view *view);
/* Another result: filter and sort are kept and applied to it. rows may be NULL. */
void view_set_rows(struct view *view, const struct rows *rows);
/* NULL or an empty filter: all rows. Takes it. */
void view_set_filter(struct view *view, struct filter *filter);
/* NULL: as the rows came. */
void view_set_sort(struct view *view, const char *column, bool descending);
/* Goes on for at most that time; true when there is more to do. */
bool view_work(struct view *view, uint64_t nanoseconds);
/* Stops a sort: the order stays as it was. */
void view_stop(struct view *view);

size_t view_count(const struct view *view);
size_t view_row(const struct view *view, size_t index); /* index < view_count */
/* Where the row is shown, at or after the place; SIZE_MAX when it is hidden. */
size_t view_find(const struct view *view, size_t row);
bool view_is_filtered(const struct view *view);

#endif
