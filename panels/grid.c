#include "panels/grid.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/width.h"
#include "panels/cell.h"

enum {
    MARGIN = 3,        /* cursor, mark, state */
    GAP = 2,           /* between columns */
    LEAST_CELL = 6,    /* narrower than that a column is not started */
    NUMBERED = 90,     /* inside width from which on row numbers are shown */
    TYPED = 80,        /* and types in the head */
    MARK_ROWS = 10000, /* more are not marked or searched at once */
    SAMPLE_ROWS = 200
};

#define WORK_SLICE (4 * CLOCK_MS)

enum error_code grid_init(struct grid *grid, struct error *err)
{
    *grid = (struct grid){0};
    return view_init(&grid->view, err);
}

void grid_done(struct grid *grid)
{
    view_done(&grid->view);
    mem_free(grid->mark);
    grid->mark = NULL;
}

void grid_set_rows(struct grid *grid, const struct rows *rows)
{
    grid->rows = rows;
    grid->columns = grid->first = grid->at = 0;
    grid->cursor_row = 0;
    grid->list.cursor = grid->list.top = 0;
    if (grid->mark_size)
        memset(grid->mark, 0, grid->mark_size);
    grid->marks = 0;
    grid->shown_count = 0;
    view_set_rows(&grid->view, rows);
}

/* --- preparing --- */

/* How many of the first rows have each column: what most items have stands in front. */
static void count_cells(struct grid *grid, size_t *cells)
{
    for (size_t row = 0; row < SAMPLE_ROWS && row < rows_count(grid->rows); row++) {
        const struct value *item;

        arena_reset(grid->view.arena);
        item = rows_read(grid->rows, row, grid->view.arena);
        for (size_t i = 0; item && i < grid->columns; i++)
            cells[i] += value_get(item, grid->column[i].name) != NULL;
    }
}

/* Once per result, before anybody has seen it; columns that come later stay at the right. */
static void order_columns(struct grid *grid)
{
    size_t cells[GRID_COLUMNS] = {0};

    count_cells(grid, cells);
    for (size_t i = 1; i < grid->columns; i++) {
        struct grid_column moved = grid->column[i];
        size_t count = cells[i], j = i;

        for (; j > 0 && !moved.is_key && !grid->column[j - 1].is_key && cells[j - 1] < count; j--) {
            grid->column[j] = grid->column[j - 1];
            cells[j] = cells[j - 1];
        }
        grid->column[j] = moved;
        cells[j] = count;
    }
}

static void update_columns(struct grid *grid)
{
    size_t count = rows_column_count(grid->rows), before = grid->columns;

    if (count > GRID_COLUMNS)
        count = GRID_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        struct rows_column source = rows_column(grid->rows, i);
        struct grid_column *column = NULL;

        if (i >= before)
            grid->column[i] = (struct grid_column){.name = source.name, .source = i};
        for (size_t j = 0; j < count && !column; j++)
            if (j >= before ? j == i : grid->column[j].source == i)
                column = &grid->column[j];
        if (!column)
            continue;
        column->types = source.types;
        column->is_key = source.is_key;
    }
    grid->columns = count;
    if (before == 0 && count > 0)
        order_columns(grid);
    if (grid->at >= count)
        grid->at = count ? count - 1 : 0;
}

static int cell_columns(const struct grid *grid, struct text text)
{
    size_t columns = 0;

    for (size_t i = 0; i < text.length && columns < GRID_CELL_WIDTH; i++)
        if ((unsigned char)text.data[i] < 0x20 || (unsigned char)text.data[i] >= 0x7f)
            return (int)width_text(text_slice(text, 0, 4 * GRID_CELL_WIDTH), grid->ascii);
        else
            columns++;
    return (int)columns;
}

static int head_columns(const struct grid *grid, const struct grid_column *column)
{
    int width = cell_columns(grid, column->name);

    if (grid->width >= TYPED)
        width += 1 + (int)strlen(cell_column_type(column->types)) + (column->is_key ? 1 : 0);
    if (grid->view.has_sort && text_is(column->name, grid->view.sort_column))
        width += 2;
    return width;
}

static void measure(struct grid *grid)
{
    char scratch[CELL_SCRATCH];

    for (size_t i = 0; i < grid->columns; i++) {
        struct grid_column *column = &grid->column[i];
        int widest = head_columns(grid, column);

        for (size_t row = 0; row < grid->shown_count; row++) {
            const struct value *value = value_get(grid->shown[row], column->name);
            int columns = cell_columns(grid, cell_text(value, column->types, scratch));

            widest = columns > widest ? columns : widest;
        }
        if (widest > GRID_CELL_WIDTH)
            widest = GRID_CELL_WIDTH;
        if (widest > column->width)
            column->width = widest;
    }
}

static void gather_rows(struct grid *grid)
{
    size_t height = grid->list.height > 0 ? (size_t)grid->list.height : 0;

    grid->shown_count = 0;
    for (size_t i = 0; i < height && i < GRID_ROWS; i++) {
        const struct value *item;
        size_t index = grid->list.top + i;

        if (index >= grid->list.count)
            return;
        item = rows_item(grid->rows, view_row(&grid->view, index));
        if (!item)
            return;
        grid->shown_row[grid->shown_count] = view_row(&grid->view, index);
        grid->shown[grid->shown_count++] = item;
    }
}

static int number_width(const struct grid *grid)
{
    int width = 1;

    if (grid->width < NUMBERED)
        return 0;
    for (size_t count = rows_count(grid->rows); count >= 10; count /= 10)
        width++;
    return (width < 3 ? 3 : width) + 1;
}

static bool is_frozen(const struct grid_column *column)
{
    return column->is_key && !column->is_hidden;
}

/* Columns from index on that are in sight, for a walk: SIZE_MAX at the end. */
static size_t next_column(const struct grid *grid, size_t index)
{
    for (; index < grid->columns; index++) {
        const struct grid_column *column = &grid->column[index];

        if (!column->is_hidden && (is_frozen(column) || index >= grid->first))
            return index;
    }
    return SIZE_MAX;
}

static int frozen_width(const struct grid *grid)
{
    int width = MARGIN + number_width(grid);

    for (size_t i = 0; i < grid->columns; i++)
        if (is_frozen(&grid->column[i]))
            width += grid->column[i].width + GAP;
    return width;
}

/* Pans so that the column of the cursor is in sight as a whole, when there is room for it. */
static void pan_to_cursor(struct grid *grid)
{
    int room = grid->width - frozen_width(grid), used = 0;
    size_t first = grid->at;

    if (grid->columns == 0 || is_frozen(&grid->column[grid->at]))
        return;
    if (grid->at < grid->first)
        grid->first = grid->at;
    for (size_t i = grid->at + 1; i-- > 0;) {
        const struct grid_column *column = &grid->column[i];

        if (column->is_hidden || is_frozen(column))
            continue;
        used += column->width + (used ? GAP : 0);
        if (used > room && i != grid->at)
            break;
        first = i;
    }
    if (grid->first < first)
        grid->first = first;
}

void grid_compute(struct grid *grid, int width, int height)
{
    size_t at;

    grid->width = width;
    grid->unfinished = false;
    grid->shown_count = 0;
    if (!grid->rows) {
        list_fit(&grid->list, 0, height - 1);
        return;
    }
    update_columns(grid);
    grid->unfinished = view_work(&grid->view, WORK_SLICE);
    list_fit(&grid->list, view_count(&grid->view), height - 1);
    /* The cursor stays on its row, wherever filter and sort have put it. */
    if (grid->list.cursor < grid->list.count &&
        view_row(&grid->view, grid->list.cursor) != grid->cursor_row) {
        at = view_find(&grid->view, grid->cursor_row);
        if (at != SIZE_MAX)
            list_move(&grid->list, at);
        else if (!grid->unfinished)
            grid->cursor_row = view_row(&grid->view, grid->list.cursor);
    }
    gather_rows(grid);
    measure(grid);
    if (grid->panned)
        pan_to_cursor(grid);
    grid->panned = false;
}

/* --- painting --- */

static void paint_head(const struct grid *grid, const struct canvas *canvas)
{
    int left = MARGIN + number_width(grid);

    if (number_width(grid))
        canvas_string(canvas, 0, left - 2, 1, ROLE_DIM, "#");
    for (size_t i = next_column(grid, 0); i != SIZE_MAX; i = next_column(grid, i + 1)) {
        const struct grid_column *column = &grid->column[i];
        bool sorted = grid->view.has_sort && text_is(column->name, grid->view.sort_column);
        int room = canvas->width - left, used = 0, width = column->width;

        if (room < LEAST_CELL && room < width)
            return;
        if (cell_is_number_column(column->types) && head_columns(grid, column) < width) {
            left += width - head_columns(grid, column);
            room = canvas->width - left;
            width = head_columns(grid, column);
        }
        if (width > room)
            width = room;
        used = canvas_text(canvas, 0, left, width, i == grid->at ? ROLE_TITLE : ROLE_DIM,
            column->name);
        if (grid->width >= TYPED && used < width)
            used += canvas_format(canvas, 0, left + used, width - used, ROLE_DIM, ":%s%s",
                cell_column_type(column->types), column->is_key ? "*" : "");
        if (sorted && used + 2 <= width)
            canvas_glyph(canvas, 0, left + used + 1, ROLE_TITLE,
                grid->view.descending ? GLYPH_DESCENDING : GLYPH_ASCENDING);
        left += width + GAP;
    }
}

static void paint_cell(const struct grid *grid, const struct canvas *canvas, int row, int left,
    size_t index, const struct value *item)
{
    const struct grid_column *column = &grid->column[index];
    const struct value *value = value_get(item, column->name);
    char scratch[CELL_SCRATCH];
    struct text text = cell_text(value, column->types, scratch);
    enum role role = column->is_key ? ROLE_KEY_PK : cell_role(value);
    int width = canvas->width - left < column->width ? canvas->width - left : column->width;

    if (column->is_key && index > 0)
        role = ROLE_KEY_SK;
    /* Blanks look alike in every role: those of the cell save the bytes of a change. */
    canvas_fill(canvas, row, left, column->width + GAP, role);
    if (cell_is_number_column(column->types))
        canvas_right(canvas, row, left, width, role, text);
    else if (column->is_key)
        canvas_middle(canvas, row, left, width, role, text);
    else
        canvas_text(canvas, row, left, width, role, text);
}

static bool is_marked(const struct grid *grid, size_t row)
{
    return row < grid->mark_size && grid->mark[row];
}

static void paint_row(const struct grid *grid, const struct canvas *canvas, int row, size_t shown,
    bool focused)
{
    bool current = grid->list.top + shown == grid->list.cursor;
    int left = MARGIN + number_width(grid), cell_left = -1, cell_width = 0;
    size_t number = grid->shown_row[shown];

    if (current)
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
    if (is_marked(grid, number))
        canvas_string(canvas, row, 1, 1, ROLE_MARK, "*");
    if (number_width(grid))
        canvas_format(canvas, row, MARGIN, number_width(grid) - 1, ROLE_GUTTER, "%*zu",
            number_width(grid) - 1, number + 1);
    canvas_paint(canvas, row, MARGIN, number_width(grid), ROLE_GUTTER);
    for (size_t i = next_column(grid, 0); i != SIZE_MAX; i = next_column(grid, i + 1)) {
        int room = canvas->width - left;

        if (room < LEAST_CELL && room < grid->column[i].width)
            break;
        paint_cell(grid, canvas, row, left, i, grid->shown[shown]);
        if (i == grid->at) {
            cell_left = left;
            cell_width = grid->column[i].width;
        }
        left += grid->column[i].width + GAP;
    }
    if (!current)
        return;
    canvas_cursor_row(canvas, row, left, focused);
    if (focused && cell_left >= 0)
        canvas_paint(canvas, row, cell_left, cell_width, ROLE_CURSOR_CELL);
    if (focused)
        canvas_cursor(canvas, row, 0);
}

void grid_paint(const struct grid *grid, const struct canvas *canvas, bool focused)
{
    if (!grid->rows)
        return;
    paint_head(grid, canvas);
    for (size_t i = 0; i < grid->shown_count && (int)i + 1 < canvas->height; i++)
        paint_row(grid, canvas, (int)i + 1, i, focused);
}

/* --- acting --- */

static void remember_row(struct grid *grid)
{
    if (grid->list.cursor < grid->list.count)
        grid->cursor_row = view_row(&grid->view, grid->list.cursor);
}

static void set_mark(struct grid *grid, size_t row, bool on)
{
    if (row >= grid->mark_size) {
        size_t size = row + 1024;
        unsigned char *mark = mem_resize(grid->mark, size, 1);

        if (!mark)
            return;
        memset(mark + grid->mark_size, 0, size - grid->mark_size);
        grid->mark = mark;
        grid->mark_size = size;
    }
    if (grid->mark[row] != on)
        grid->marks += on ? 1 : (size_t)-1;
    grid->mark[row] = on;
}

/* All rows shown, or those whose cell equals the one under the cursor. */
static void mark_rows(struct grid *grid, bool equal)
{
    const struct value *wanted = grid_cell(grid);
    struct text name = grid_column_name(grid);
    size_t count = view_count(&grid->view);

    if (equal && !wanted)
        return;
    for (size_t i = 0; i < count && i < MARK_ROWS; i++) {
        size_t row = view_row(&grid->view, i);

        if (equal) {
            const struct value *item, *value;

            arena_reset(grid->view.arena);
            item = rows_read(grid->rows, row, grid->view.arena);
            value = item ? value_get(item, name) : NULL;
            if (!value || !value_equal(value, wanted))
                continue;
        }
        set_mark(grid, row, true);
    }
}

static void step_column(struct grid *grid, bool right)
{
    size_t at = grid->at;

    do {
        if (right ? at + 1 >= grid->columns : at == 0)
            return;
        at = right ? at + 1 : at - 1;
    } while (grid->column[at].is_hidden);
    grid->at = at;
    grid->panned = true;
}

static void pan(struct grid *grid, bool right)
{
    int room = grid->width - frozen_width(grid);

    for (int used = 0; used < room;) {
        size_t before = grid->at;

        step_column(grid, right);
        if (grid->at == before)
            break;
        used += grid->column[grid->at].width + GAP;
    }
}

static void sort_by_cursor(struct grid *grid, bool descending)
{
    char name[256];
    bool again = grid->view.has_sort && grid->view.descending == descending &&
                 text_is(grid_column_name(grid), grid->view.sort_column);

    if (grid->columns == 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)grid->column[grid->at].name.length,
        grid->column[grid->at].name.data);
    view_set_sort(&grid->view, again ? NULL : name, descending);
}

static bool act_on_columns(struct grid *grid, const char *action)
{
    if (!strcmp(action, "column-next")) {
        step_column(grid, true);
    } else if (!strcmp(action, "column-previous")) {
        step_column(grid, false);
    } else if (!strcmp(action, "column-first")) {
        grid->at = 0;
        grid->first = 0;
    } else if (!strcmp(action, "column-last")) {
        grid->at = grid->columns ? grid->columns - 1 : 0;
    } else if (!strcmp(action, "pan-right")) {
        pan(grid, true);
    } else if (!strcmp(action, "pan-left")) {
        pan(grid, false);
    } else if (!strcmp(action, "hide-column")) {
        if (grid->columns > 1)
            grid->column[grid->at].is_hidden = true;
        step_column(grid, grid->at + 1 < grid->columns);
    } else if (!strcmp(action, "show-columns")) {
        for (size_t i = 0; i < grid->columns; i++)
            grid->column[i].is_hidden = false;
    } else {
        return false;
    }
    grid->panned = true;
    return true;
}

bool grid_act(struct grid *grid, const char *action, const char *argument)
{
    int64_t number;

    if (list_act(&grid->list, action, argument)) {
        remember_row(grid);
        return true;
    }
    if (!strcmp(action, "click") && text_to_integer(text_of(argument), 1, GRID_ROWS, &number)) {
        list_move(&grid->list, grid->list.top + (size_t)number - 1);
        remember_row(grid);
    } else if (!strcmp(action, "scroll") &&
               text_to_integer(text_of(argument), -100, 100, &number)) {
        list_scroll(&grid->list, (int)number);
        remember_row(grid);
    } else if (!strcmp(action, "mark")) {
        if (grid->list.cursor < grid->list.count)
            set_mark(grid, grid->cursor_row, !is_marked(grid, grid->cursor_row));
        (void)list_act(&grid->list, "down", NULL);
        remember_row(grid);
    } else if (!strcmp(action, "mark-all") || !strcmp(action, "mark-equal")) {
        mark_rows(grid, !strcmp(action, "mark-equal"));
    } else if (!strcmp(action, "mark-none")) {
        if (grid->mark_size)
            memset(grid->mark, 0, grid->mark_size);
        grid->marks = 0;
    } else if (!strcmp(action, "sort-up") || !strcmp(action, "sort-down")) {
        sort_by_cursor(grid, !strcmp(action, "sort-down"));
    } else {
        return act_on_columns(grid, action);
    }
    return true;
}

bool grid_find(struct grid *grid, struct text needle, bool forward)
{
    size_t count = view_count(&grid->view), at = grid->list.cursor;

    for (size_t step = 0; step < count && step < MARK_ROWS; step++) {
        const struct value *item;

        at = forward ? (at + 1) % count : (at + count - 1) % count;
        arena_reset(grid->view.arena);
        item = rows_read(grid->rows, view_row(&grid->view, at), grid->view.arena);
        for (size_t i = 0; item && i < item->count; i++) {
            if (!filter_finds(cell_whole(&item->element[i], &grid->view.scratch), needle))
                continue;
            list_move(&grid->list, at);
            remember_row(grid);
            return true;
        }
    }
    return false;
}

/* --- asking --- */

const struct value *grid_item(const struct grid *grid)
{
    if (!grid->rows || grid->list.cursor >= view_count(&grid->view))
        return NULL;
    return rows_item(grid->rows, view_row(&grid->view, grid->list.cursor));
}

struct text grid_column_name(const struct grid *grid)
{
    return grid->columns ? grid->column[grid->at].name : TEXT("");
}

const struct value *grid_cell(const struct grid *grid)
{
    const struct value *item = grid_item(grid);

    return item && grid->columns ? value_get(item, grid->column[grid->at].name) : NULL;
}

const struct value *grid_next_marked(const struct grid *grid, size_t *at)
{
    size_t count = view_count(&grid->view);

    if (!grid->marks)
        return (*at)++ == 0 ? grid_item(grid) : NULL;
    while (*at < count) {
        size_t row = view_row(&grid->view, (*at)++);

        if (is_marked(grid, row))
            return rows_item(grid->rows, row);
    }
    return NULL;
}
