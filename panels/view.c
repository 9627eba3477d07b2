#include "panels/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "panels/cell.h"

enum { SLICE = 256, ARENA_LIMIT = 64 * 1024 * 1024, SCRATCH_LIMIT = 1024 * 1024, RUN_FIRST = 1 };

enum rank { RANK_NUMBER, RANK_TEXT, RANK_OTHER, RANK_ABSENT };

enum error_code view_init(struct view *view, struct error *err)
{
    *view = (struct view){0};
    buf_init(&view->scratch, SCRATCH_LIMIT);
    view->arena = arena_new(ARENA_LIMIT, err);
    return view->arena ? ERROR_NONE : err->code;
}

static void drop_keys(struct view *view)
{
    mem_free(view->key);
    mem_free(view->spare);
    view->key = view->spare = NULL;
    view->keys = view->key_capacity = 0;
    view->phase = VIEW_STEADY;
}

void view_done(struct view *view)
{
    drop_keys(view);
    mem_free(view->order);
    view->order = NULL;
    filter_free(view->filter);
    view->filter = NULL;
    arena_free(view->arena);
    view->arena = NULL;
    buf_done(&view->scratch);
}

bool view_is_filtered(const struct view *view)
{
    return !filter_is_empty(view->filter);
}

static bool is_plain(const struct view *view)
{
    return !view_is_filtered(view) && !view->has_sort;
}

static void restart(struct view *view)
{
    drop_keys(view);
    view->count = view->looked_at = 0;
    if (view->has_sort)
        view->phase = VIEW_GATHERING;
}

void view_set_rows(struct view *view, const struct rows *rows)
{
    view->rows = rows;
    restart(view);
}

void view_set_filter(struct view *view, struct filter *filter)
{
    filter_free(view->filter);
    view->filter = filter;
    restart(view);
}

void view_set_sort(struct view *view, const char *column, bool descending)
{
    view->has_sort = column != NULL;
    view->descending = descending;
    snprintf(view->sort_column, sizeof view->sort_column, "%s", column ? column : "");
    restart(view);
}

void view_stop(struct view *view)
{
    if (view->phase == VIEW_STEADY)
        return;
    drop_keys(view);
    view->has_sort = false;
    view->looked_at = view->count = 0;
}

size_t view_count(const struct view *view)
{
    if (!view->rows)
        return 0;
    return is_plain(view) ? rows_count(view->rows) : view->count;
}

size_t view_row(const struct view *view, size_t index)
{
    return is_plain(view) ? index : view->order[index];
}

size_t view_find(const struct view *view, size_t row)
{
    if (is_plain(view))
        return view->rows && row < rows_count(view->rows) ? row : SIZE_MAX;
    for (size_t i = 0; i < view->count; i++)
        if (view->order[i] == row)
            return i;
    return SIZE_MAX;
}

/* --- the filter's view of a row --- */

struct row_reader {
    struct view *view;
    const struct value *item;
};

static bool read_named(void *user, struct text column, struct text *out)
{
    struct row_reader *reader = user;
    const struct value *value = value_get(reader->item, column);

    if (value)
        *out = cell_whole(value, &reader->view->scratch);
    return value != NULL;
}

static bool read_nth(void *user, size_t index, struct text *out)
{
    struct row_reader *reader = user;

    if (index >= reader->item->count)
        return false;
    *out = cell_whole(&reader->item->element[index], &reader->view->scratch);
    return true;
}

static bool row_matches(struct view *view, size_t row, const struct value *item)
{
    struct row_reader reader = {view, item};
    struct filter_row filtered = {row + 1, &reader, read_named, read_nth};

    return filter_matches(view->filter, &filtered);
}

static bool add_to_order(struct view *view, uint32_t row)
{
    if (view->count == view->capacity) {
        size_t capacity = view->capacity ? view->capacity * 2 : 1024;
        uint32_t *order = mem_resize(view->order, capacity, sizeof *order);

        if (!order)
            return false;
        view->order = order;
        view->capacity = capacity;
    }
    view->order[view->count++] = row;
    return true;
}

/* --- sorting --- */

static double approximate(struct text text)
{
    char copy[64];

    snprintf(copy, sizeof copy, "%.*s", (int)(text.length < 60 ? text.length : 60), text.data);
    return strtod(copy, NULL);
}

static struct view_key make_key(struct view *view, const struct value *item, uint32_t row)
{
    const struct value *value = value_get(item, text_of(view->sort_column));
    struct view_key key = {.row = row, .rank = RANK_ABSENT};

    if (!value)
        return key;
    if (value->type == VALUE_N) {
        key.rank = RANK_NUMBER;
        key.number = approximate(value->text);
        key.text = value->text;
    } else if (value->type == VALUE_S || value->type == VALUE_B) {
        key.rank = RANK_TEXT;
        key.text = value->text;
    } else {
        key.rank = RANK_OTHER;
        key.number = (double)value->type * 1e9 +
                     (value->type == VALUE_BOOL ? value->boolean : (double)value->count);
    }
    return key;
}

static bool add_key(struct view *view, size_t total, const struct value *item, uint32_t row)
{
    if (!view->key) {
        view->key = mem_new(total, sizeof *view->key);
        view->spare = mem_new(total, sizeof *view->spare);
        if (!view->key || !view->spare)
            return false;
        view->key_capacity = total;
    }
    view->key[view->keys++] = make_key(view, item, row);
    return true;
}

static int compare_numbers(const struct view_key *a, const struct view_key *b)
{
    struct decimal left, right;

    if (a->number < b->number)
        return -1;
    if (a->number > b->number)
        return 1;
    if (decimal_parse(a->text, &left) || decimal_parse(b->text, &right))
        return 0;
    return decimal_compare(&left, &right);
}

static int compare(const struct view *view, const struct view_key *a, const struct view_key *b)
{
    int order = 0;

    if (a->rank == RANK_ABSENT || b->rank == RANK_ABSENT)
        return a->rank == b->rank ? 0 : a->rank == RANK_ABSENT ? 1 : -1;
    if (a->rank != b->rank)
        order = a->rank < b->rank ? -1 : 1;
    else if (a->rank == RANK_TEXT)
        order = text_compare(a->text, b->text);
    else if (a->rank == RANK_NUMBER)
        order = compare_numbers(a, b);
    else
        order = a->number < b->number ? -1 : a->number > b->number;
    return view->descending ? -order : order;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void begin_merging(struct view *view)
{
    view->phase = VIEW_MERGING;
    view->run = RUN_FIRST;
    view->from = view->left = 0;
    view->right = least(view->run, view->keys);
    view->out = 0;
}

/* The sorted keys become the order; rows that came meanwhile are looked at next. */
static void finish_sort(struct view *view)
{
    view->count = 0;
    for (size_t i = 0; i < view->keys; i++)
        if (!add_to_order(view, view->key[i].row))
            break;
    drop_keys(view);
}

/* One output of the merge; false when everything is sorted. */
static bool merge_step(struct view *view)
{
    size_t middle = least(view->from + view->run, view->keys);
    size_t end = least(view->from + 2 * view->run, view->keys);

    if (view->run >= view->keys)
        return false;
    if (view->out < end) {
        bool take_left = view->left < middle &&
                         (view->right >= end ||
                             compare(view, &view->key[view->left], &view->key[view->right]) <= 0);

        view->spare[view->out++] = view->key[take_left ? view->left++ : view->right++];
    }
    if (view->out < end)
        return true;
    if (end < view->keys) { /* the next pair of runs */
        view->from = view->left = end;
        view->right = least(end + view->run, view->keys);
    } else { /* the next pass */
        struct view_key *swap = view->key;

        view->key = view->spare;
        view->spare = swap;
        view->run *= 2;
        view->from = view->left = view->out = 0;
        view->right = least(view->run, view->keys);
    }
    return true;
}

/* --- work --- */

/* Looks at the next rows; false when memory is short (the rest stays hidden). */
static bool look_at_rows(struct view *view, size_t total)
{
    size_t end = least(view->looked_at + SLICE, total);

    for (; view->looked_at < end; view->looked_at++) {
        const struct value *item;
        bool kept = true;

        if (view_is_filtered(view) || view->phase == VIEW_GATHERING) {
            arena_reset(view->arena);
            item = rows_read(view->rows, view->looked_at, view->arena);
            if (!item)
                continue;
            if (view_is_filtered(view) && !row_matches(view, view->looked_at, item))
                continue;
            if (view->phase == VIEW_GATHERING)
                kept = add_key(view, total, item, (uint32_t)view->looked_at);
        }
        if (!kept || !add_to_order(view, (uint32_t)view->looked_at))
            return false;
    }
    return true;
}

bool view_work(struct view *view, uint64_t nanoseconds)
{
    uint64_t end = clock_monotonic() + nanoseconds;
    size_t total;

    if (!view->rows || is_plain(view))
        return false;
    total = rows_count(view->rows);
    if (view->phase == VIEW_GATHERING && view->key)
        total = view->key_capacity; /* later rows come after the sort */
    do {
        if (view->phase == VIEW_MERGING) {
            bool more = true;

            for (int i = 0; i < SLICE && more; i++)
                more = merge_step(view);
            if (!more) {
                finish_sort(view);
                total = rows_count(view->rows);
            }
        } else if (view->looked_at < total) {
            if (!look_at_rows(view, total)) {
                drop_keys(view);
                return false;
            }
        } else if (view->phase == VIEW_GATHERING) {
            begin_merging(view);
        } else {
            return false;
        }
    } while (clock_monotonic() < end || clock_is_fixed());
    return true;
}
