#include <string.h>

#include "base/crypto.h"
#include "console/output/format.h"

/*
 * csv (RFC 4180 quoting, LF) and tsv (no quoting, escapes): the same columns and cells. With types
 * in the header nothing is lost: what a column cannot hold goes to _rest.
 */
struct dialect {
    char separator;
    void (*add)(struct buf *out, struct text text); /* a cell that is there */
    const char *absent;
};

static void add_quoted(struct buf *out, struct text text)
{
    bool plain = text.length > 0;

    for (size_t i = 0; plain && i < text.length; i++)
        plain = !strchr("\",\r\n", text.data[i]) || text.data[i] == '\0';
    if (plain) {
        buf_add_text(out, text);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text.data[i]);
    }
    buf_add_char(out, '"');
}

static void add_escaped(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        switch (text.data[i]) {
        case '\t':
            buf_add_string(out, "\\t");
            break;
        case '\n':
            buf_add_string(out, "\\n");
            break;
        case '\r':
            buf_add_string(out, "\\r");
            break;
        case '\\':
            buf_add_string(out, "\\\\");
            break;
        default:
            buf_add_char(out, text.data[i]);
        }
    }
}

static const struct dialect csv_dialect = {',', add_quoted, ""};
static const struct dialect tsv_dialect = {'\t', add_escaped, "\\N"};

/* A projection has no rest; inferred and typed columns do. */
static bool has_rest(const struct output *output)
{
    return !output->is_given || (output->options.typed && output->is_items);
}

static bool fits(const struct output *output, const struct output_column *column,
    const struct value *value)
{
    return value && (!output->options.typed || value->type == column->type);
}

/* The text of a cell before quoting. */
static struct text cell_text(struct output *output, const struct value *value)
{
    struct buf *cell = &output->cell;
    struct json_writer writer;

    buf_clear(cell);
    json_writer_init(&writer, cell);
    switch (value->type) {
    case VALUE_S:
    case VALUE_N:
        return value->text;
    case VALUE_B:
        crypto_add_base64(cell, value->text);
        break;
    case VALUE_BOOL:
        return value->boolean ? TEXT("true") : TEXT("false");
    case VALUE_NULL:
        return TEXT("null");
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        if (output->options.typed) { /* the type is in the header */
            json_begin_array(&writer);
            for (size_t i = 0; i < value->count; i++)
                if (value->type == VALUE_NS) {
                    json_number(&writer, value->element[i].text);
                } else if (value->type == VALUE_SS) {
                    json_string(&writer, value->element[i].text);
                } else {
                    struct value member = value->element[i];
                    struct buf text;

                    buf_init(&text, SIZE_MAX / 2);
                    crypto_add_base64(&text, member.text);
                    json_string(&writer, buf_view(&text));
                    if (text.failure)
                        cell->failure = text.failure;
                    buf_done(&text);
                }
            json_end_array(&writer);
            break;
        }
        value_add_plain(&writer, value);
        break;
    case VALUE_L:
    case VALUE_M:
        value_add_plain(&writer, value);
        break;
    }
    if (cell->failure)
        output->writer->buf.failure = cell->failure;
    return buf_view(cell);
}

/* The attributes without a column, and those whose type is not the column's, as one object. */
static struct text rest_text(struct output *output, const struct value *item)
{
    struct json_writer writer;
    bool any = false;

    buf_clear(&output->cell);
    json_writer_init(&writer, &output->cell);
    json_begin_object(&writer);
    for (size_t i = 0; i < item->count; i++) {
        bool covered = false;

        if (!output->options.typed) {
            covered = output_has_column(output, item->name[i]);
        } else {
            for (size_t c = 0; !covered && c < output->column_count; c++)
                covered = text_equal(output->column[c].name, item->name[i]) &&
                          fits(output, &output->column[c], &item->element[i]);
        }
        if (covered)
            continue;
        json_name_text(&writer, item->name[i]);
        value_add_plain(&writer, &item->element[i]);
        any = true;
    }
    json_end_object(&writer);
    return any ? buf_view(&output->cell) : TEXT("");
}

static void add_head(struct output *output, const struct dialect *dialect)
{
    struct buf *out = &output->writer->buf;

    if (!output->options.headers || (output->column_count == 0 && output->held_count == 0))
        return;
    for (size_t i = 0; i < output->column_count; i++) {
        const struct output_column *column = &output->column[i];

        if (i > 0)
            buf_add_char(out, dialect->separator);
        buf_clear(&output->cell);
        buf_add_text(&output->cell, column->name);
        if (output->options.typed)
            buf_add_format(&output->cell, ":%s", value_type_name(column->type));
        dialect->add(out, buf_view(&output->cell));
    }
    if (has_rest(output)) {
        if (output->column_count > 0)
            buf_add_char(out, dialect->separator);
        buf_add_string(out, "_rest");
    }
    buf_add_char(out, '\n');
}

static void add_row(struct output *output, const struct value *item, const struct dialect *dialect)
{
    struct buf *out = &output->writer->buf;
    const char *absent = output->options.null_text[0] ? output->options.null_text : dialect->absent;

    for (size_t i = 0; i < output->column_count; i++) {
        const struct value *value = output_get(item, output->column[i].name);

        if (i > 0)
            buf_add_char(out, dialect->separator);
        if (fits(output, &output->column[i], value))
            dialect->add(out, cell_text(output, value));
        else
            buf_add_string(out, absent);
    }
    if (has_rest(output)) {
        struct text rest = rest_text(output, item);

        if (output->column_count > 0)
            buf_add_char(out, dialect->separator);
        if (rest.length > 0)
            dialect->add(out, rest);
        else
            buf_add_string(out, absent);
    }
    buf_add_char(out, '\n');
}

static void csv_head(struct output *output)
{
    add_head(output, &csv_dialect);
}

static void csv_row(struct output *output, const struct value *item)
{
    add_row(output, item, &csv_dialect);
}

static void tsv_head(struct output *output)
{
    add_head(output, &tsv_dialect);
}

static void tsv_row(struct output *output, const struct value *item)
{
    add_row(output, item, &tsv_dialect);
}

const struct output_format csv_format = {
    .name = "csv",
    .has_columns = true,
    .head = csv_head,
    .row = csv_row,
};

const struct output_format tsv_format = {
    .name = "tsv",
    .has_columns = true,
    .head = tsv_head,
    .row = tsv_row,
};
