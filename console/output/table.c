#include <string.h>

#include "base/width.h"
#include "console/output/format.h"

/* Columns under each other; widths come from the rows held. */

/* What stands around cells, and in the rules above and below them: border 0, 1 and 2. */
static const struct border {
    const char *left, *between, *right;
    const char *rule_left, *rule_between, *rule_right;
    const char *rest, *rule_rest; /* before the column of the rest, and its part of the rule */
    bool is_frame;                /* rules at the top and the bottom, every cell padded */
} border_table[] = {
    {"", "  ", "", "", "  ", "", "  ", "  --", false},
    {" ", " | ", "", "-", "-+-", "-", " | ", "-+---", false},
    {"| ", " | ", " |", "+-", "-+-", "-+", "  ", "", true},
};

static const struct border *border_of(const struct output *output)
{
    size_t last = sizeof border_table / sizeof *border_table - 1;
    size_t border = output->options.border > 0 ? (size_t)output->options.border : 0;

    return &border_table[border < last ? border : last];
}

static const char *null_of(const struct output *output)
{
    return output->options.null_text[0] ? output->options.null_text : "-";
}

static size_t cell_limit(const struct output *output)
{
    return output->options.max_cell > 0 ? (size_t)output->options.max_cell : SIZE_MAX;
}

static bool is_numeric(const struct output_column *column)
{
    return column->types == 1u << VALUE_N;
}

static struct text cell_of(struct output *output, const struct value *item,
    const struct output_column *column)
{
    return output_cell(output, column->name, output_get(item, column->name), null_of(output));
}

static void measure(struct output *output)
{
    size_t limit = cell_limit(output);
    bool ascii = output->options.ascii;

    for (size_t i = 0; i < output->column_count; i++) {
        struct output_column *column = &output->column[i];

        column->width = output->options.headers ? width_text(column->name, ascii) : 1;
        for (size_t row = 0; row < output->held_count; row++) {
            size_t width = width_text(cell_of(output, output->held[row], column), ascii);

            if (width > limit)
                width = limit;
            if (width > column->width)
                column->width = width;
        }
    }
}

size_t output_table_width(struct output *output)
{
    const struct border *border = border_of(output);
    size_t width = strlen(border->left) + strlen(border->right);

    measure(output);
    for (size_t i = 0; i < output->column_count; i++)
        width += output->column[i].width + (i > 0 ? strlen(border->between) : 0);
    return width;
}

/* Without a frame the last cell of a line is not padded. */
static void add_padded(struct output *output, struct text text, const struct output_column *column,
    size_t limit, bool is_last)
{
    struct buf *out = &output->writer->buf;
    bool ascii = output->options.ascii;
    size_t width;

    if (is_numeric(column)) {
        width = width_text(text, ascii);
        if (width > limit)
            width = limit;
        if (width < column->width)
            buf_add_repeat(out, ' ', column->width - width);
        width_add(out, text, limit, "~", ascii);
        return;
    }
    width = width_add(out, text, limit, "~", ascii);
    if (!is_last && width < column->width)
        buf_add_repeat(out, ' ', column->width - width);
}

static void add_rule(struct output *output)
{
    const struct border *border = border_of(output);
    struct buf *out = &output->writer->buf;

    buf_add_string(out, border->rule_left);
    for (size_t i = 0; i < output->column_count; i++) {
        buf_add_string(out, i > 0 ? border->rule_between : "");
        buf_add_repeat(out, '-', output->column[i].width);
    }
    buf_add_string(out, output->may_grow ? border->rule_rest : "");
    buf_add_string(out, border->rule_right);
    buf_add_char(out, '\n');
}

static void add_names(struct output *output)
{
    const struct border *border = border_of(output);
    struct buf *out = &output->writer->buf;
    bool has_rest = output->may_grow;

    buf_add_string(out, border->left);
    for (size_t i = 0; i < output->column_count; i++) {
        bool is_last = i + 1 == output->column_count && !has_rest && !border->is_frame;
        size_t width;

        buf_add_string(out, i > 0 ? border->between : "");
        width = width_add(out, output->column[i].name, SIZE_MAX, "", output->options.ascii);
        if (!is_last && width < output->column[i].width)
            buf_add_repeat(out, ' ', output->column[i].width - width);
    }
    buf_add_string(out, border->right);
    if (has_rest)
        buf_add_format(out, "%s..", border->rest);
    buf_add_char(out, '\n');
}

static bool is_empty(const struct output *output)
{
    return output->column_count == 0 && output->held_count == 0;
}

static void table_head(struct output *output)
{
    measure(output);
    if (is_empty(output))
        return;
    if (border_of(output)->is_frame)
        add_rule(output);
    if (!output->options.headers)
        return;
    add_names(output);
    add_rule(output);
}

static void table_tail(struct output *output)
{
    if (border_of(output)->is_frame && !is_empty(output))
        add_rule(output);
}

/* Attributes that came after the head was printed, as a map. */
static void add_rest(struct output *output, const struct value *item)
{
    struct buf *cell = &output->cell;
    bool any = false;

    buf_clear(cell);
    for (size_t i = 0; i < item->count; i++) {
        if (output_has_column(output, item->name[i]))
            continue;
        buf_add_string(cell, any ? ", " : "{");
        value_add_name(cell, item->name[i]);
        buf_add_string(cell, ": ");
        value_add_literal(cell, &item->element[i]);
        any = true;
    }
    if (!any)
        return;
    buf_add_char(cell, '}');
    buf_add_string(&output->writer->buf, border_of(output)->rest);
    width_add(&output->writer->buf, buf_view(cell), cell_limit(output), "~", output->options.ascii);
}

static void table_row(struct output *output, const struct value *item)
{
    const struct border *border = border_of(output);
    struct buf *out = &output->writer->buf;
    bool has_rest = false;

    buf_add_string(out, border->left);
    for (size_t i = 0; output->may_grow && !has_rest && i < item->count; i++)
        has_rest = !output_has_column(output, item->name[i]);
    for (size_t i = 0; i < output->column_count; i++) {
        const struct output_column *column = &output->column[i];

        buf_add_string(out, i > 0 ? border->between : "");
        add_padded(output, cell_of(output, item, column), column, cell_limit(output),
            i + 1 == output->column_count && !has_rest && !border->is_frame);
    }
    buf_add_string(out, border->right);
    if (has_rest)
        add_rest(output, item);
    buf_add_char(out, '\n');
}

const struct output_format table_format = {
    .name = "table",
    .has_columns = true,
    .head = table_head,
    .row = table_row,
    .tail = table_tail,
};
