#include "console/statements/import_rows.h"

#include <string.h>

#include "base/csv.h"
#include "base/json.h"

/* Rows of csv and tsv: a header of columns, perhaps with types, and a field for each. */

/* A field as it was read: absent, or its text. */
struct field {
    struct text text;
    bool absent;
};

struct fields {
    struct field *field;
    size_t count;
};

static struct value *convert(enum value_type type, struct text text, struct arena *arena,
    struct error *err);

/* _rest is written as an item would be. */
static struct value *convert_rest(struct text text, struct arena *arena, struct error *err)
{
    struct text copy = arena_text(arena, text);
    const struct json *json;

    if (!copy.data) {
        arena_failed(arena, err);
        return NULL;
    }
    json = json_parse(copy, arena, err);
    return json ? value_from_plain_item(json, arena, err) : NULL;
}

/* Lists and maps are written as JSON, sets as plain arrays under the type of their column. */
static struct value *convert_json(enum value_type type, struct text text, struct arena *arena,
    struct error *err)
{
    static const char *const tag[] = {[VALUE_SS] = "$ss", [VALUE_NS] = "$ns", [VALUE_BS] = "$bs"};
    bool is_set = type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
    const struct json *json;
    struct value *value;
    struct text copy;
    struct buf wrapped;

    buf_init(&wrapped, IMPORT_RECORD_LIMIT);
    if (is_set)
        buf_add_format(&wrapped, "{\"%s\":", tag[type]);
    buf_add_text(&wrapped, text);
    if (is_set)
        buf_add_char(&wrapped, '}');
    copy = arena_text(arena, buf_view(&wrapped));
    buf_done(&wrapped);
    if (!copy.data) {
        arena_failed(arena, err);
        return NULL;
    }
    json = json_parse(copy, arena, err);
    value = json ? value_from_plain(json, arena, err) : NULL;
    if (value && value->type != type) {
        error_set(err, ERROR_INVALID, "%.*s is no %s", (int)(text.length < 40 ? text.length : 40),
            text.data, value_type_name(type));
        return NULL;
    }
    return value;
}

static struct value *convert_wire(const char *type, struct text text, struct arena *arena,
    struct error *err)
{
    const struct json *json;
    struct json_writer writer;
    struct text copy;
    struct buf buf;

    buf_init(&buf, IMPORT_RECORD_LIMIT);
    json_writer_init(&writer, &buf);
    json_begin_object(&writer);
    json_pair(&writer, type, text);
    json_end_object(&writer);
    copy = arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    if (!copy.data) {
        arena_failed(arena, err);
        return NULL;
    }
    json = json_parse(copy, arena, err);
    return json ? value_from_wire(json, arena, err) : NULL;
}

static struct value *convert_word(enum value_type type, struct text text, struct arena *arena,
    struct error *err)
{
    bool is_true = text_is(text, "true");
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (!value) {
        arena_failed(arena, err);
        return NULL;
    }
    *value = (struct value){.type = type, .boolean = is_true};
    if (type == VALUE_BOOL ? is_true || text_is(text, "false") : text_is(text, "null"))
        return value;
    error_set(err, ERROR_INVALID, "%.*s is no %s", (int)(text.length < 40 ? text.length : 40),
        text.data, value_type_name(type));
    return NULL;
}

static struct value *convert(enum value_type type, struct text text, struct arena *arena,
    struct error *err)
{
    switch (type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        return convert_wire(value_type_name(type), text, arena, err);
    case VALUE_BOOL:
    case VALUE_NULL:
        return convert_word(type, text, arena, err);
    case VALUE_L:
    case VALUE_M:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    return convert_json(type, text, arena, err);
}

static bool put(struct value *item, struct text name, const struct value *value)
{
    for (size_t i = 0; i < item->count; i++)
        if (text_equal(item->name[i], name))
            return false;
    item->name[item->count] = name;
    item->element[item->count++] = *value;
    return true;
}

static enum import_result fail_record(const struct error *err)
{
    return err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
}

/* The item of a row; attributes of _rest stand beside those with columns. */
static enum import_result make_item(struct import_reader *reader, const struct fields *fields,
    struct arena *arena, const struct value **out, struct error *err)
{
    const struct value *extra = NULL;
    struct value *item;

    if (fields->count != reader->column_count) {
        error_set(err, ERROR_INVALID, "%zu fields for %zu columns", fields->count,
            reader->column_count);
        return IMPORT_BAD;
    }
    for (size_t i = 0; i < fields->count; i++) {
        if (!reader->column[i].is_rest || fields->field[i].absent)
            continue;
        extra = convert_rest(fields->field[i].text, arena, err);
        if (!extra)
            return fail_record(err);
    }
    item = value_new_container(arena, VALUE_M, fields->count + (extra ? extra->count : 0));
    if (!item) {
        arena_failed(arena, err);
        return IMPORT_FAILED;
    }
    for (size_t i = 0; i < fields->count; i++) {
        const struct import_column *column = &reader->column[i];
        const struct value *value;

        if (column->is_rest || fields->field[i].absent)
            continue;
        value = convert(column->type, fields->field[i].text, arena, err);
        if (!value) {
            error_wrap(err, "column %.*s", (int)column->name.length, column->name.data);
            return fail_record(err);
        }
        put(item, column->name, value);
    }
    for (size_t i = 0; extra && i < extra->count; i++) {
        if (put(item, extra->name[i], &extra->element[i]))
            continue;
        error_set(err, ERROR_INVALID, "_rest has %.*s, which is a column too",
            (int)extra->name[i].length, extra->name[i].data);
        return IMPORT_BAD;
    }
    value_sort(item);
    *out = item;
    return IMPORT_ITEM;
}

static enum value_type type_of_column(const struct import_reader *reader, struct text name)
{
    for (size_t i = 0; i < reader->type_count; i++)
        if (text_equal(reader->type_name[i], name))
            return reader->type[i];
    return VALUE_S;
}

/* "n:N" is the column n of numbers; a name without a known type is the name. */
static void read_column(const struct import_reader *reader, struct text text,
    struct import_column *column)
{
    size_t colon = text.length;

    *column = (struct import_column){.name = text, .is_rest = text_is(text, "_rest")};
    while (colon > 0 && text.data[colon - 1] != ':')
        colon--;
    for (int type = VALUE_S; colon > 0 && type <= VALUE_BS; type++) {
        if (!text_is(text_slice(text, colon, text.length), value_type_name((enum value_type)type)))
            continue;
        column->name = text_slice(text, 0, colon - 1);
        column->type = (enum value_type)type;
        return;
    }
    column->type = type_of_column(reader, text);
}

static enum import_result take_header(struct import_reader *reader, const struct fields *fields,
    struct error *err)
{
    struct import_column *column = arena_alloc(reader->header, fields->count, sizeof *column);

    for (size_t i = 0; column && i < fields->count; i++) {
        struct text copy = arena_text(reader->header, fields->field[i].text);

        if (!copy.data)
            column = NULL;
        else
            read_column(reader, copy, &column[i]);
        for (size_t k = 0; column && k < i; k++) {
            /* "_rest:S" is an attribute of that name. */
            if (column[k].is_rest != column[i].is_rest ||
                !text_equal(column[k].name, column[i].name))
                continue;
            error_set(err, ERROR_INVALID, "%s: the column %.*s stands twice", reader->name,
                (int)column[i].name.length, column[i].name.data);
            return IMPORT_FAILED;
        }
    }
    if (!column) {
        arena_failed(reader->header, err);
        return IMPORT_FAILED;
    }
    reader->column = column;
    reader->column_count = fields->count;
    return IMPORT_ITEM;
}

static struct fields new_fields(size_t count, struct arena *arena)
{
    struct fields fields = {.field = arena_alloc(arena, count + 1, sizeof *fields.field)};

    return fields;
}

/* Empty is absent; "" is the empty string. */
static enum import_result read_csv(struct import_reader *reader, struct arena *arena,
    struct fields *out, struct error *err)
{
    for (;;) {
        struct text text = import_reader_rest(reader);
        struct csv_row row = {0};
        size_t length = 0;
        enum csv_result result = csv_read_row(text, ',', reader->ended, arena, &row, &length);

        if (result == CSV_MORE && !reader->ended) {
            arena_reset(arena);
            if (import_reader_fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (result == CSV_END || text.length == 0)
            return IMPORT_END;
        if (result == CSV_NO_MEMORY) {
            arena_failed(arena, err);
            return IMPORT_FAILED;
        }
        import_reader_take(reader, length > 0 ? length : text.length);
        if (result == CSV_BAD) {
            error_set(err, ERROR_INVALID, "not a row of CSV");
            return IMPORT_BAD;
        }
        if (row.empty)
            continue;
        *out = new_fields(row.count, arena);
        if (!out->field) {
            arena_failed(arena, err);
            return IMPORT_FAILED;
        }
        for (size_t i = 0; i < row.count; i++) {
            bool quoted = row.field[i].data > text.data &&
                          row.field[i].data < text.data + text.length &&
                          row.field[i].data[-1] == '"';

            out->field[out->count++] =
                (struct field){.text = row.field[i], .absent = row.field[i].length == 0 && !quoted};
        }
        return IMPORT_ITEM;
    }
}

/* \t \n \r \\; \N alone is absent. */
static bool unescape(struct text text, struct arena *arena, struct field *out)
{
    char *copy;
    size_t length = 0;

    out->absent = text_is(text, "\\N");
    out->text = text;
    if (text.length == 0 || !memchr(text.data, '\\', text.length))
        return true;
    copy = arena_alloc(arena, text.length, 1);
    if (!copy)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (c == '\\' && i + 1 < text.length) {
            c = text.data[++i];
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c);
        }
        copy[length++] = c;
    }
    out->text = text_make(copy, length);
    return true;
}

static enum import_result read_tsv(struct import_reader *reader, struct arena *arena,
    struct fields *out, struct error *err)
{
    struct text line, field;
    size_t count = 1;

    for (;;) {
        struct text text = import_reader_rest(reader);
        const char *end = text.length > 0 ? memchr(text.data, '\n', text.length) : NULL;

        if (!end && !reader->ended) {
            if (import_reader_fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (text.length == 0)
            return IMPORT_END;
        import_reader_take(reader, end ? (size_t)(end - text.data) + 1 : text.length);
        line = import_reader_record(reader);
        if (line.length > 0)
            break;
    }
    for (size_t i = 0; i < line.length; i++)
        count += line.data[i] == '\t';
    *out = new_fields(count, arena);
    while (out->field && text_take_field(&line, '\t', &field))
        if (!unescape(field, arena, &out->field[out->count++]))
            out->field = NULL;
    if (out->field)
        return IMPORT_ITEM;
    arena_failed(arena, err);
    return IMPORT_FAILED;
}

static enum import_result next_row(struct import_reader *reader,
    enum import_result (*read)(struct import_reader *reader, struct arena *arena,
        struct fields *out, struct error *err),
    struct arena *arena, const struct value **item, struct error *err)
{
    struct fields fields = {0};
    enum import_result result;

    if (!reader->begun) {
        result = read(reader, arena, &fields, err);
        if (result == IMPORT_ITEM)
            result = take_header(reader, &fields, err);
        if (result != IMPORT_ITEM)
            return result == IMPORT_BAD ? IMPORT_FAILED : result;
        reader->begun = true;
        arena_reset(arena);
        fields = (struct fields){0};
    }
    result = read(reader, arena, &fields, err);
    return result == IMPORT_ITEM ? make_item(reader, &fields, arena, item, err) : result;
}

enum import_result import_rows_csv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_row(reader, read_csv, arena, item, err);
}

enum import_result import_rows_tsv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_row(reader, read_tsv, arena, item, err);
}

enum import_result import_rows_header(struct import_reader *reader, struct arena *arena,
    struct error *err)
{
    struct fields fields = {0};
    enum import_result result =
        (reader->format->next == import_rows_csv ? read_csv : read_tsv)(reader, arena, &fields,
            err);

    if (result == IMPORT_ITEM)
        result = take_header(reader, &fields, err);
    reader->begun = result == IMPORT_ITEM;
    return result;
}
