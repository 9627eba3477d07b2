#include "panels/grid.h"

#include <string.h>

#include "base/decimal.h"
#include "panels/cell.h"

enum { SUM_ROWS = 10000 }; /* more are not added up */

void grid_add_tsv(const struct grid *grid, struct buf *out)
{
    const struct value *item;
    size_t at = 0;
    struct buf scratch;

    buf_init(&scratch, 1024 * 1024);
    for (size_t i = 0; i < grid->columns; i++) {
        if (i > 0)
            buf_add_char(out, '\t');
        buf_add_text(out, grid->column[i].name);
    }
    buf_add_char(out, '\n');
    while ((item = grid_next_marked(grid, &at))) {
        for (size_t i = 0; i < grid->columns; i++) {
            struct text cell = cell_whole(value_get(item, grid->column[i].name), &scratch);

            if (i > 0)
                buf_add_char(out, '\t');
            for (size_t c = 0; c < cell.length; c++)
                buf_add_char(out, strchr("\t\r\n", cell.data[c]) ? ' ' : cell.data[c]);
        }
        buf_add_char(out, '\n');
    }
    buf_done(&scratch);
}

/* The sum of the sorted column, or of the first one with numbers: of marked rows if any. */
static void add_sum(const struct grid *grid, struct buf *out)
{
    struct decimal sum = {0}, one;
    size_t column = GRID_COLUMNS, at = 0, count = view_count(&grid->view);

    for (size_t i = 0; i < grid->columns; i++) {
        bool sorted = grid->view.has_sort && text_is(grid->column[i].name, grid->view.sort_column);

        if (cell_is_number_column(grid->column[i].types) &&
            (sorted || (column == GRID_COLUMNS && !grid->column[i].is_key)))
            column = i;
        if (sorted && column == i)
            break;
    }
    if (column == GRID_COLUMNS || count > SUM_ROWS || grid->marks == 0)
        return;
    for (const struct value *item; (item = grid_next_marked(grid, &at));) {
        const struct value *value = value_get(item, grid->column[column].name);

        if (value && value->type == VALUE_N &&
            (decimal_parse(value->text, &one) || decimal_add(&sum, &one, &sum)))
            return;
    }
    buf_add_string(out, "  sum(");
    buf_add_text(out, grid->column[column].name);
    buf_add_string(out, ")=");
    decimal_add_text(out, &sum);
}

void grid_add_foot(const struct grid *grid, struct buf *out)
{
    size_t count = view_count(&grid->view);

    if (!grid->rows)
        return;
    buf_add_format(out, "%zu/%zu", count ? grid->list.cursor + 1 : 0, count);
    if (view_is_filtered(&grid->view))
        buf_add_format(out, " of %zu", rows_count(grid->rows));
    if (rows_status(grid->rows).have_more)
        buf_add_char(out, '+');
    if (grid->marks)
        buf_add_format(out, "  %zu marked", grid->marks);
    add_sum(grid, out);
    if (grid->unfinished)
        buf_add_string(out, grid->view.has_sort ? "  sorting" : "  filtering");
}
