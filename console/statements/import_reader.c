#include "console/statements/import_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    BLOCK = 256 * 1024,
    RECORD_LIMIT = 64 * 1024 * 1024,
    HEADER_LIMIT = 16 * 1024 * 1024,
    TYPE_LIMIT = 64,
    GZIP_WINDOW = 15 + 32 /* zlib: gzip or zlib header */
};

struct column {
    struct text name;
    enum value_type type;
    bool is_rest;
};

struct import_reader {
    const char *name;
    int descriptor;
    const struct record_format *format;
    struct buf block; /* what is read and not used up */
    size_t at;        /* within block: behind the last record */
    uint64_t before;  /* bytes of the unpacked file before block */
    uint64_t lines;   /* line ends before at */
    bool ended;       /* nothing comes behind block */
    bool begun;       /* the header is read, the first bracket taken */
    size_t record, record_end;
    uint64_t record_line;
    uint64_t size, used;
    bool gzip, member_done;
    z_stream stream;
    unsigned char packed[64 * 1024];
    struct arena *header; /* columns */
    struct column *column;
    size_t column_count;
    struct text type_name[TYPE_LIMIT];
    enum value_type type[TYPE_LIMIT];
    size_t type_count;
};

struct record_format {
    const char *name;
    enum import_result (*next)(struct import_reader *reader, struct arena *arena,
        const struct value **item, struct error *err);
};

static enum error_code read_plain(struct import_reader *reader, char *room, size_t *count,
    struct error *err)
{
    ssize_t got;

    do
        got = read(reader->descriptor, room, BLOCK);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(err, ERROR_IO, "%s: %s", reader->name, strerror(errno));
    *count = (size_t)got;
    reader->used += (size_t)got;
    reader->ended = got == 0;
    return ERROR_NONE;
}

/* Members of gzip may follow each other. */
static enum error_code read_packed(struct import_reader *reader, char *room, size_t *count,
    struct error *err)
{
    z_stream *stream = &reader->stream;

    stream->next_out = (Bytef *)room;
    stream->avail_out = BLOCK;
    while (stream->avail_out == BLOCK && !reader->ended) {
        int result;

        if (stream->avail_in == 0) {
            ssize_t got = read(reader->descriptor, reader->packed, sizeof reader->packed);

            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return error_set(err, ERROR_IO, "%s: %s", reader->name, strerror(errno));
            if (got == 0 && !reader->member_done)
                return error_set(err, ERROR_INVALID, "%s: ends in the middle of its packed data",
                    reader->name);
            reader->ended = got == 0;
            reader->used += (size_t)got;
            stream->next_in = reader->packed;
            stream->avail_in = (uInt)got;
            continue;
        }
        if (reader->member_done && inflateReset(stream) != Z_OK)
            return error_memory(err);
        reader->member_done = false;
        result = inflate(stream, Z_NO_FLUSH);
        reader->member_done = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return error_set(err, ERROR_INVALID, "%s: not gzip, or damaged", reader->name);
    }
    *count = BLOCK - stream->avail_out;
    return ERROR_NONE;
}

/* Reads on; what is used up goes first. */
static enum error_code fill(struct import_reader *reader, struct error *err)
{
    size_t count = 0;
    char *room;

    if (reader->at > 0) {
        reader->before += reader->at;
        buf_drop(&reader->block, reader->at);
        reader->at = 0;
    }
    if (reader->block.length > RECORD_LIMIT)
        return error_set(err, ERROR_LIMIT, "%s: a record is longer than %d MB", reader->name,
            RECORD_LIMIT >> 20);
    room = buf_reserve(&reader->block, BLOCK);
    if (!room)
        return error_memory(err);
    if ((reader->gzip ? read_packed : read_plain)(reader, room, &count, err))
        return err->code;
    buf_added(&reader->block, count);
    return ERROR_NONE;
}

/* Takes length bytes behind at as the record. */
static void take_record(struct import_reader *reader, size_t length)
{
    reader->record = reader->at;
    reader->record_end = reader->at + length;
    reader->record_line = reader->lines + 1;
    for (size_t i = 0; i < length; i++)
        reader->lines += reader->block.data[reader->at + i] == '\n';
    reader->at += length;
}

static struct text rest(const struct import_reader *reader)
{
    return text_slice(buf_view(&reader->block), reader->at, reader->block.length);
}

/* ----- JSON ------------------------------------------------------------------------------- */

/* The length of the value that text begins with; 0: it is not whole. */
static size_t measure_json(struct text text)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
            return i + 1;
        } else if (c == '\n' && depth == 0) {
            return i; /* no object: the line is all there is */
        }
    }
    return 0;
}

/* JSON Lines: whatever stands in a line, the next one is another record. */
static size_t measure_line(struct text text)
{
    const char *end = text.length > 0 ? memchr(text.data, '\n', text.length) : NULL;

    return end ? (size_t)(end - text.data) + 1 : 0;
}

static bool is_between(char c, bool in_array)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || (in_array && strchr("[],", c));
}

/* White space, and around the items of an array its brackets and commas. */
static void skip_between(struct import_reader *reader, bool in_array)
{
    struct text text = rest(reader);
    size_t i = 0;

    while (i < text.length && is_between(text.data[i], in_array)) {
        reader->lines += text.data[i] == '\n';
        i++;
    }
    reader->at += i;
}

/* Where one record of JSON Lines ends, or one item of an array. */
static enum import_result find_json(struct import_reader *reader, bool in_array, struct error *err)
{
    for (;;) {
        struct text text;
        size_t length;

        skip_between(reader, in_array);
        text = rest(reader);
        length = in_array ? measure_json(text) : measure_line(text);
        if (length == 0 && !reader->ended) {
            if (fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (text.length == 0)
            return IMPORT_END;
        take_record(reader, length > 0 ? length : text.length);
        return IMPORT_ITEM;
    }
}

static enum import_result parse_record(struct import_reader *reader, struct arena *arena,
    const struct json **json, struct error *err)
{
    *json = json_parse(import_reader_record(reader), arena, err);
    if (*json && (*json)->kind != JSON_OBJECT)
        error_set(err, ERROR_INVALID, "an item is an object");
    else if (*json)
        return IMPORT_ITEM;
    return err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
}

static enum import_result next_plain(struct import_reader *reader, bool in_array,
    struct arena *arena, const struct value **item, struct error *err)
{
    enum import_result result = find_json(reader, in_array, err);
    const struct json *json;

    if (result != IMPORT_ITEM)
        return result;
    result = parse_record(reader, arena, &json, err);
    if (result != IMPORT_ITEM)
        return result;
    *item = value_from_plain(json, arena, err);
    if (*item && (*item)->type != VALUE_M) {
        error_set(err, ERROR_INVALID, "an item is a map");
        return IMPORT_BAD;
    }
    return *item ? IMPORT_ITEM : err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
}

static enum import_result next_jsonl(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_plain(reader, false, arena, item, err);
}

static enum import_result next_json(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_plain(reader, true, arena, item, err);
}

/* {"Item":{..}}, as the service exports and as reject files have it, or the item itself. */
static enum import_result next_ddbjson(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    enum import_result result = find_json(reader, false, err);
    const struct json *json, *inner;

    if (result != IMPORT_ITEM)
        return result;
    result = parse_record(reader, arena, &json, err);
    if (result != IMPORT_ITEM)
        return result;
    inner = json_member(json, "Item");
    *item = value_from_wire_item(inner ? inner : json, arena, err);
    return *item ? IMPORT_ITEM : err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
}

/* ----- csv, tsv --------------------------------------------------------------------------- */

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

/* Lists, maps and _rest are written as JSON, sets as plain arrays under the type of their column. */
static struct value *convert_json(enum value_type type, struct text text, struct arena *arena,
    struct error *err)
{
    static const char *const tag[] = {[VALUE_SS] = "$ss", [VALUE_NS] = "$ns", [VALUE_BS] = "$bs"};
    bool is_set = type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
    const struct json *json;
    struct value *value;
    struct text copy;
    struct buf wrapped;

    buf_init(&wrapped, RECORD_LIMIT);
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

    buf_init(&buf, RECORD_LIMIT);
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
        extra = convert_json(VALUE_M, fields->field[i].text, arena, err);
        if (!extra)
            return fail_record(err);
    }
    item = value_new_container(arena, VALUE_M, fields->count + (extra ? extra->count : 0));
    if (!item) {
        arena_failed(arena, err);
        return IMPORT_FAILED;
    }
    for (size_t i = 0; i < fields->count; i++) {
        const struct column *column = &reader->column[i];
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
static void read_column(const struct import_reader *reader, struct text text, struct column *column)
{
    size_t colon = text.length;

    *column = (struct column){.name = text, .is_rest = text_is(text, "_rest")};
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
    struct column *column = arena_alloc(reader->header, fields->count, sizeof *column);

    for (size_t i = 0; column && i < fields->count; i++) {
        struct text copy = arena_text(reader->header, fields->field[i].text);

        if (!copy.data)
            column = NULL;
        else
            read_column(reader, copy, &column[i]);
        for (size_t k = 0; column && k < i; k++) {
            if (!text_equal(column[k].name, column[i].name))
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
        struct text text = rest(reader);
        struct csv_row row = {0};
        size_t length = 0;
        enum csv_result result = csv_read_row(text, ',', reader->ended, arena, &row, &length);

        if (result == CSV_MORE && !reader->ended) {
            arena_reset(arena);
            if (fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (result == CSV_END || text.length == 0)
            return IMPORT_END;
        if (result == CSV_NO_MEMORY) {
            arena_failed(arena, err);
            return IMPORT_FAILED;
        }
        take_record(reader, length > 0 ? length : text.length);
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
        struct text text = rest(reader);
        const char *end = text.length > 0 ? memchr(text.data, '\n', text.length) : NULL;

        if (!end && !reader->ended) {
            if (fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (text.length == 0)
            return IMPORT_END;
        take_record(reader, end ? (size_t)(end - text.data) + 1 : text.length);
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

static enum import_result next_csv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_row(reader, read_csv, arena, item, err);
}

static enum import_result next_tsv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    return next_row(reader, read_tsv, arena, item, err);
}

static const struct record_format format_table[] = {{"csv", next_csv}, {"ddbjson", next_ddbjson},
    {"json", next_json}, {"jsonl", next_jsonl}, {"tsv", next_tsv}};

/* ----- life ------------------------------------------------------------------------------- */

struct import_reader *import_reader_open(const char *path, const char *format, bool gzip,
    struct error *err)
{
    struct import_reader *reader = mem_new(1, sizeof *reader);
    struct stat status;

    if (!reader) {
        error_memory(err);
        return NULL;
    }
    reader->name = path ? path : "standard input";
    reader->gzip = gzip;
    reader->member_done = true;
    buf_init(&reader->block, RECORD_LIMIT + 2 * BLOCK);
    for (size_t i = 0; i < sizeof format_table / sizeof *format_table; i++)
        if (strcmp(format_table[i].name, format) == 0)
            reader->format = &format_table[i];
    reader->header = arena_new(HEADER_LIMIT, err);
    reader->descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (!reader->header || reader->descriptor < 0) {
        if (reader->header)
            error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, "%s: %s", reader->name,
                strerror(errno));
        import_reader_close(reader);
        return NULL;
    }
    if (gzip && inflateInit2(&reader->stream, GZIP_WINDOW) != Z_OK) {
        error_memory(err);
        reader->gzip = false;
        import_reader_close(reader);
        return NULL;
    }
    if (fstat(reader->descriptor, &status) == 0 && S_ISREG(status.st_mode))
        reader->size = (uint64_t)status.st_size;
    return reader;
}

void import_reader_close(struct import_reader *reader)
{
    if (!reader)
        return;
    if (reader->gzip)
        inflateEnd(&reader->stream);
    if (reader->descriptor > STDERR_FILENO)
        close(reader->descriptor);
    arena_free(reader->header);
    buf_done(&reader->block);
    mem_free(reader);
}

void import_reader_type(struct import_reader *reader, struct text name, enum value_type type)
{
    if (reader->type_count == TYPE_LIMIT)
        return;
    reader->type_name[reader->type_count] = name;
    reader->type[reader->type_count++] = type;
}

enum import_result import_reader_next(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    reader->record = reader->record_end = reader->at;
    return reader->format->next(reader, arena, item, err);
}

enum error_code import_reader_skip(struct import_reader *reader, uint64_t offset, struct error *err)
{
    /* The header is at the start; what follows is told apart by its place alone. */
    if (!reader->begun && (reader->format->next == next_csv || reader->format->next == next_tsv)) {
        struct arena *arena = arena_new(RECORD_LIMIT, err);
        struct fields fields = {0};
        enum import_result result = IMPORT_FAILED;

        if (arena)
            result = (reader->format->next == next_csv ? read_csv : read_tsv)(reader, arena,
                &fields, err);
        if (result == IMPORT_ITEM)
            result = take_header(reader, &fields, err);
        arena_free(arena);
        if (result != IMPORT_ITEM)
            return result == IMPORT_END ? ERROR_NONE : err->code;
        reader->begun = true;
    }
    while (import_reader_offset(reader) < offset) {
        uint64_t wanted = offset - import_reader_offset(reader);
        size_t there = reader->block.length - reader->at;

        if (there == 0) {
            if (reader->ended)
                return error_set(err, ERROR_INVALID, "%s is shorter than its state says",
                    reader->name);
            if (fill(reader, err))
                return err->code;
            continue;
        }
        take_record(reader, wanted < there ? (size_t)wanted : there);
    }
    return ERROR_NONE;
}

uint64_t import_reader_offset(const struct import_reader *reader)
{
    return reader->before + reader->at;
}

uint64_t import_reader_line(const struct import_reader *reader)
{
    return reader->record_line;
}

struct text import_reader_record(const struct import_reader *reader)
{
    struct text text = text_slice(buf_view(&reader->block), reader->record, reader->record_end);

    while (text.length > 0 &&
           (text.data[text.length - 1] == '\n' || text.data[text.length - 1] == '\r'))
        text.length--;
    return text;
}

uint64_t import_reader_size(const struct import_reader *reader)
{
    return reader->size;
}

uint64_t import_reader_used(const struct import_reader *reader)
{
    return reader->used;
}
