#include "console/output/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/width.h"
#include "console/output/format.h"

enum {
    HELD_ROWS = 1000,
    HELD_BYTES = 4 * 1024 * 1024, /* a page of large items is enough to see the columns */
    RESULT_LIMIT = 512 * 1024 * 1024,
    TERMINAL_CELL = 40
};

static const struct output_format *const format_list[] = {
    &csv_format,
    &ddbjson_format,
    &json_format,
    &jsonl_format,
    &none_format,
    &table_format,
    &tsv_format,
    &vertical_format,
};

static struct output *of_sink(struct sink *sink)
{
    return (struct output *)(void *)sink;
}

static size_t terminal_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void output_options_from(struct output_options *out, const struct settings *settings,
    bool is_terminal, bool is_interactive, bool ascii)
{
    bool is_auto = strcmp(settings->format, "auto") == 0;

    memset(out, 0, sizeof(*out));
    out->format = !is_auto ? settings->format : is_terminal || is_interactive ? "table" : "jsonl";
    if (strcmp(out->format, "table") == 0 && strcmp(settings->expanded, "on") == 0)
        out->format = "vertical";
    if (is_terminal && strcmp(settings->expanded, "auto") == 0)
        out->fit = terminal_width();
    out->columns = settings->columns;
    out->null_text = settings->null_text;
    out->border = settings->border;
    out->max_cell = settings->max_cell >= 0 ? settings->max_cell : is_terminal ? TERMINAL_CELL : 0;
    out->headers = settings->headers;
    out->typed = settings->typed;
    out->ascii = ascii;
    out->safe = is_terminal;
    out->json_text = !is_auto && strstr(settings->format, "json") != NULL;
}

const struct value *output_get(const struct value *item, struct text column)
{
    const struct value *value = value_get(item, column);

    while (!value && item && column.length > 0) {
        size_t end = 0;

        while (end < column.length && column.data[end] != '.' && column.data[end] != '[')
            end++;
        if (item->type == VALUE_M) {
            item = value_get(item, text_slice(column, 0, end));
        } else {
            int64_t index = -1;

            if (item->type != VALUE_L || end == 0 || column.data[end - 1] != ']' ||
                !text_to_integer(text_slice(column, 0, end - 1), 0, INT32_MAX, &index) ||
                (size_t)index >= item->count)
                return NULL;
            item = &item->element[index];
        }
        if (end >= column.length)
            return item;
        column = text_slice(column, end + 1, column.length);
        if (column.length > 0 && column.data[0] == '.') /* behind a bracket */
            column = text_slice(column, 1, column.length);
    }
    return value;
}

static bool is_key(const struct output *output, struct text name)
{
    for (size_t i = 0; i < output->key_count; i++)
        if (text_equal(output->key[i], name))
            return true;
    return false;
}

static int compare_columns(const void *a, const void *b)
{
    const struct output_column *left = a, *right = b;

    return text_compare(left->name, right->name);
}

static struct text top_of(struct text column)
{
    size_t end = 0;

    while (end < column.length && column.data[end] != '.' && column.data[end] != '[')
        end++;
    return text_slice(column, 0, end);
}

bool output_has_column(const struct output *output, struct text name)
{
    if (!output->is_given) {
        const struct output_column wanted = {.name = name};

        /* Behind the keys the columns are sorted. */
        for (size_t i = 0; i < output->column_keys; i++)
            if (text_equal(output->column[i].name, name))
                return true;
        return output->column_count > output->column_keys &&
               bsearch(&wanted, output->column + output->column_keys,
                   output->column_count - output->column_keys, sizeof(*output->column),
                   compare_columns) != NULL;
    }
    for (size_t i = 0; i < output->column_count; i++)
        if (text_equal(output->column[i].name, name) ||
            text_equal(top_of(output->column[i].name), name))
            return true;
    return false;
}

static bool is_listed(const struct text *list, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i], name))
            return true;
    return false;
}

/* Attributes in the order of the columns that name them or something below them. */
static size_t list_given(const struct output *output, const struct value *item, struct text *out)
{
    size_t count = 0, ordered;

    for (size_t i = 0; i < output->column_count; i++) {
        struct text name = output->column[i].name;

        if (!value_get(item, name))
            name = top_of(name);
        if (value_get(item, name) && !is_listed(out, count, name))
            out[count++] = name;
    }
    ordered = count;
    for (size_t i = 0; i < item->count; i++)
        if (!is_listed(out, ordered, item->name[i]))
            out[count++] = item->name[i];
    return count;
}

static size_t list_inferred(const struct output *output, const struct value *item, struct text *out)
{
    size_t count = 0;

    for (size_t i = 0; i < output->key_count; i++)
        if (value_get(item, output->key[i]))
            out[count++] = output->key[i];
    for (size_t i = 0; i < item->count; i++)
        if (!is_key(output, item->name[i]))
            out[count++] = item->name[i];
    return count;
}

const struct text *output_names(struct output *output, const struct value *item, bool whole,
    size_t *count)
{
    size_t needed = output->column_count + item->count + 1;

    if (output->name_capacity < needed) {
        struct text *name = mem_resize(output->name, needed * 2, sizeof(*name));

        if (!name)
            return NULL;
        output->name = name;
        output->name_capacity = needed * 2;
    }
    if (!output->is_given) {
        *count = list_inferred(output, item, output->name);
    } else if (whole && !output->is_chosen) {
        *count = list_given(output, item, output->name);
    } else {
        *count = output->column_count;
        for (size_t i = 0; i < output->column_count; i++)
            output->name[i] = output->column[i].name;
    }
    return output->name;
}

/* ----- columns ---------------------------------------------------------------------------- */

static enum error_code add_column(struct output *output, struct text name, struct error *err)
{
    if (output->column_count == output->column_capacity) {
        size_t capacity = output->column_capacity ? output->column_capacity * 2 : 16;
        struct output_column *column =
            mem_resize(output->column, capacity, sizeof(*output->column));

        if (!column)
            return error_memory(err);
        output->column = column;
        output->column_capacity = capacity;
    }
    output->column[output->column_count] = (struct output_column){.name = name};
    output->column_count++;
    return ERROR_NONE;
}

/* Keys first, then by byte order: what the rows held have. */
static enum error_code infer_columns(struct output *output, struct error *err)
{
    struct map *seen = map_new();
    enum error_code code = seen ? ERROR_NONE : error_memory(err);

    for (size_t i = 0; !code && i < output->key_count; i++)
        for (size_t row = 0; row < output->held_count; row++)
            if (value_get(output->held[row], output->key[i])) {
                code = add_column(output, output->key[i], err);
                break;
            }
    output->column_keys = output->column_count;
    for (size_t row = 0; !code && row < output->held_count; row++) {
        const struct value *item = output->held[row];

        for (size_t i = 0; !code && i < item->count; i++) {
            if (is_key(output, item->name[i]) || map_get(seen, item->name[i]))
                continue;
            if (!map_set(seen, item->name[i], output))
                code = error_memory(err);
            else
                code = add_column(output, item->name[i], err);
        }
    }
    if (!code && output->column_count > output->column_keys)
        qsort(output->column + output->column_keys, output->column_count - output->column_keys,
            sizeof(*output->column), compare_columns);
    map_free(seen);
    return code;
}

static void measure_columns(struct output *output)
{
    for (size_t i = 0; i < output->column_count; i++) {
        struct output_column *column = &output->column[i];
        size_t best = 0;

        for (size_t row = 0; row < output->held_count; row++) {
            const struct value *value = output_get(output->held[row], column->name);

            if (value) {
                column->types |= (uint16_t)(1u << value->type);
                column->met[value->type]++;
            }
        }
        column->type = column->met[VALUE_NULL] ? VALUE_NULL : VALUE_S;
        for (int type = VALUE_S; type <= VALUE_BS; type++)
            if (type != VALUE_NULL && column->met[type] > best) {
                best = column->met[type];
                column->type = (enum value_type)type;
            }
    }
}

static enum error_code decide(struct output *output, bool may_grow, struct error *err)
{
    if (output->is_decided)
        return ERROR_NONE;
    output->is_decided = true;
    output->may_grow = may_grow && !output->is_given;
    if (!output->is_given && infer_columns(output, err))
        return err->code;
    measure_columns(output);
    if (output->options.fit > 0 && output->format == &table_format &&
        output_table_width(output) > output->options.fit)
        output->format = &vertical_format;
    if (output->format->head)
        output->format->head(output);
    for (size_t row = 0; row < output->held_count; row++) {
        output->format->row(output, output->held[row]);
        output->row_count++;
        if (writer_row(output->writer, err))
            return err->code;
    }
    output->held_count = 0;
    return ERROR_NONE;
}

/* ----- the sink --------------------------------------------------------------------------- */

static enum error_code copy_texts(struct output *output, const struct text *source, size_t count,
    struct text **out, struct error *err)
{
    *out = arena_alloc(output->arena, count + 1, sizeof(**out));
    for (size_t i = 0; *out && i < count; i++) {
        (*out)[i] = arena_text(output->arena, source[i]);
        if (!(*out)[i].data)
            return arena_failed(output->arena, err);
    }
    return *out ? ERROR_NONE : arena_failed(output->arena, err);
}

/* The next name of a, `b,c`, d.e: backticks are for a name that holds a comma. */
static struct text take_name(struct output *output, struct text *rest)
{
    struct text name;
    struct buf out;
    size_t i = 1;

    *rest = text_trim(*rest);
    if (!text_starts_with(*rest, TEXT("`"))) {
        text_take_field(rest, ',', &name);
        return text_trim(name);
    }
    buf_init(&out, rest->length + 1);
    for (; i < rest->length; i++) {
        if (rest->data[i] == '`' && (i + 1 == rest->length || rest->data[++i] != '`'))
            break;
        buf_add_char(&out, rest->data[i]);
    }
    *rest = text_slice(*rest, i, rest->length);
    text_take_field(rest, ',', &name);
    name = arena_text(output->arena, buf_view(&out));
    buf_done(&out);
    return name;
}

static enum error_code take_columns(struct output *output, const struct sink_shape *shape,
    struct error *err)
{
    struct text rest = text_of(output->options.columns), name;
    struct text *given;

    output->column_count = 0;
    output->is_chosen = rest.length > 0;
    output->is_given = output->is_chosen || shape->column;
    while (rest.length > 0) {
        name = take_name(output, &rest);
        if (!name.data)
            return arena_failed(output->arena, err);
        if (name.length > 0 && add_column(output, name, err))
            return err->code;
    }
    if (output->is_chosen || !shape->column)
        return ERROR_NONE;
    if (copy_texts(output, shape->column, shape->column_count, &given, err))
        return err->code;
    for (size_t i = 0; i < shape->column_count; i++)
        if (add_column(output, given[i], err))
            return err->code;
    return ERROR_NONE;
}

/* Columns and rows of the run before; the head stands already. */
static enum error_code take_resumed(struct output *output, struct error *err)
{
    const struct json *list = json_member(output->resumed, "columns");

    output->is_decided = true;
    output->row_count = (uint64_t)json_integer_member(output->resumed, "rows", 0);
    output->column_count = 0;
    output->column_keys = (size_t)json_integer_member(output->resumed, "keys", 0);
    for (const struct json *one = list ? list->first : NULL; one; one = one->next) {
        struct text type = json_string_member(one, "type");
        struct text name = arena_text(output->arena, json_string_member(one, "name"));

        if (!name.data)
            return arena_failed(output->arena, err);
        if (add_column(output, name, err))
            return err->code;
        for (int kind = VALUE_S; kind <= VALUE_BS; kind++)
            if (text_is(type, value_type_name((enum value_type)kind)))
                output->column[output->column_count - 1].type = (enum value_type)kind;
    }
    output->resumed = NULL;
    return output->column_keys <= output->column_count
               ? ERROR_NONE
               : error_set(err, ERROR_INVALID, "the columns of the earlier run are not understood");
}

static enum error_code output_begin(struct sink *sink, const struct sink_shape *shape,
    struct error *err)
{
    struct output *output = of_sink(sink);

    arena_reset(output->arena);
    output->held_count = 0;
    output->row_count = 0;
    output->is_decided = false;
    output->format = output->chosen;
    output->may_grow = false;
    output->is_items = shape->is_items;
    output->key_count = 0;
    if (copy_texts(output, shape->key, shape->key ? shape->key_count : 0, &output->key, err))
        return err->code;
    output->key_count = shape->key ? shape->key_count : 0;
    output->word_count = 0;
    if (copy_texts(output, shape->word, shape->word_count, &output->word, err))
        return err->code;
    output->word_count = shape->word_count;
    if (take_columns(output, shape, err))
        return err->code;
    output->held = arena_alloc(output->arena, HELD_ROWS, sizeof(const struct value *));
    if (!output->held)
        return arena_failed(output->arena, err);
    if (output->resumed)
        return take_resumed(output, err);
    if (!output->format->has_columns) {
        output->is_decided = true;
        if (output->format->head)
            output->format->head(output);
    }
    return ERROR_NONE;
}

static enum error_code output_row(struct sink *sink, const struct value *item, struct error *err)
{
    struct output *output = of_sink(sink);

    output->total++;
    if (!output->is_decided) {
        const struct value *copy = value_copy(output->arena, item);

        if (!copy)
            return arena_failed(output->arena, err);
        output->held[output->held_count++] = copy;
        if (output->writer->unbuffered || output->held_count == HELD_ROWS ||
            arena_used(output->arena) > HELD_BYTES)
            return decide(output, true, err);
        return ERROR_NONE;
    }
    output->format->row(output, item);
    output->row_count++;
    return writer_row(output->writer, err);
}

static enum error_code output_item_text(struct sink *sink, struct text *items, bool *taken,
    struct error *err)
{
    struct output *output = of_sink(sink);

    *taken = output->format->text && !output->is_given && item_text_take(&output->item, items);
    if (!*taken)
        return ERROR_NONE;
    output->total++;
    output->format->row(output, NULL);
    output->row_count++;
    return writer_row_of_page(output->writer, err);
}

static enum error_code output_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    struct output *output = of_sink(sink);

    /* A page may be empty though the next one is not: the columns are still to come. */
    if (!output->is_decided && output->held_count > 0 && decide(output, status->have_more, err))
        return err->code;
    return writer_flush(output->writer, err);
}

static enum error_code output_end(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    struct output *output = of_sink(sink);

    (void)status;
    if (decide(output, false, err))
        return err->code;
    if (output->format->tail)
        output->format->tail(output);
    return writer_flush(output->writer, err);
}

static void add_safe_lines(struct buf *out, struct text text, bool ascii)
{
    struct text line;

    while (text_take_field(&text, '\n', &line)) {
        width_add(out, line, SIZE_MAX, "", ascii);
        buf_add_char(out, '\n');
    }
}

static enum error_code output_text(struct sink *sink, struct text text, struct text json,
    struct error *err)
{
    struct output *output = of_sink(sink);
    struct buf *out = &output->writer->buf;

    if (output->format == &none_format)
        return ERROR_NONE;
    if (output->options.json_text && json.length > 0)
        text = json;
    if (output->options.safe && text.data != json.data)
        add_safe_lines(out, text, output->options.ascii);
    else
        buf_add_text(out, text);
    if (text.length > 0 && text.data[text.length - 1] != '\n' && out->length > 0 &&
        out->data[out->length - 1] != '\n')
        buf_add_char(out, '\n');
    return writer_flush(output->writer, err);
}

/* ----- life ------------------------------------------------------------------------------- */

static enum error_code copy_options(struct output *output, const struct output_options *options,
    struct error *err)
{
    struct arena *arena = output->options_arena;

    output->options = *options;
    output->options.columns = arena_string(arena, text_of(options->columns));
    output->options.null_text = arena_string(arena, text_of(options->null_text));
    if (!output->options.columns || !output->options.null_text)
        return arena_failed(arena, err);
    for (size_t i = 0; i < sizeof(format_list) / sizeof(format_list[0]); i++)
        if (strcmp(format_list[i]->name, options->format) == 0)
            output->format = format_list[i];
    if (!output->format)
        return error_set(err, ERROR_USAGE, "there is no format '%s'", options->format);
    output->chosen = output->format;
    output->options.format = output->format->name;
    return ERROR_NONE;
}

struct sink *output_new(struct writer *writer, const struct output_options *options,
    struct error *err)
{
    struct output *output = mem_new(1, sizeof(*output));
    bool good = false;

    if (!output) {
        error_memory(err);
        return NULL;
    }
    output->sink = (struct sink){output_begin, output_row, output_page, output_text, output_end,
        output_item_text};
    output->writer = writer;
    buf_init(&output->cell, RESULT_LIMIT);
    output->options_arena = arena_new(64 * 1024, err);
    if (!output->options_arena)
        goto out;
    output->arena = arena_new(RESULT_LIMIT, err);
    if (!output->arena)
        goto out;
    good = !copy_options(output, options, err);
    item_text_init(&output->item, output->format && output->format->text == OUTPUT_TEXT_PLAIN);
out:
    if (!good) {
        output_free(&output->sink);
        return NULL;
    }
    return &output->sink;
}

void output_free(struct sink *sink)
{
    struct output *output = sink ? of_sink(sink) : NULL;

    if (!output)
        return;
    buf_done(&output->cell);
    item_text_done(&output->item);
    mem_free(output->column);
    mem_free(output->name);
    arena_free(output->arena);
    arena_free(output->options_arena);
    mem_free(output);
}

void output_save(const struct sink *sink, struct json_writer *writer)
{
    const struct output *output = (const struct output *)(const void *)sink;

    json_begin_object(writer);
    json_pair_integer(writer, "rows", (int64_t)output->row_count);
    json_pair_integer(writer, "keys", (int64_t)output->column_keys);
    json_name(writer, "columns");
    json_begin_array(writer);
    for (size_t i = 0; i < output->column_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "name", output->column[i].name);
        json_pair_string(writer, "type", value_type_name(output->column[i].type));
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
}

enum error_code output_resume(struct sink *sink, const struct json *json, struct error *err)
{
    if (!json || json->kind != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "the columns of the earlier run are not understood");
    of_sink(sink)->resumed = json;
    return ERROR_NONE;
}

uint64_t output_rows(const struct sink *sink)
{
    return ((const struct output *)(const void *)sink)->total;
}
