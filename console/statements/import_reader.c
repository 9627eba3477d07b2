#include "console/statements/import_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/descriptor.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    BLOCK = 256 * 1024,
    HEADER_LIMIT = 16 * 1024 * 1024,
    GZIP_WINDOW = 15 + 32 /* zlib: gzip or zlib header */
};

static enum error_code read_some(struct import_reader *reader, void *to, size_t size, size_t *count,
    struct error *err)
{
    int number = descriptor_read(reader->descriptor, to, size, reader->cancel, count);

    if (number == ECANCELED)
        return error_set(err, ERROR_CANCELLED, "interrupted");
    if (number)
        return error_set(err, ERROR_IO, "%s: %s", reader->name, strerror(number));
    reader->used += *count;
    reader->ended = *count == 0;
    return ERROR_NONE;
}

static enum error_code read_plain(struct import_reader *reader, char *room, size_t *count,
    struct error *err)
{
    return read_some(reader, room, BLOCK, count, err);
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
            size_t got = 0;

            if (read_some(reader, reader->packed, sizeof reader->packed, &got, err))
                return err->code;
            if (reader->ended && !reader->member_done)
                return error_set(err, ERROR_INVALID, "%s: ends in the middle of its packed data",
                    reader->name);
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
enum error_code import_reader_fill(struct import_reader *reader, struct error *err)
{
    size_t count = 0;
    char *room;

    if (reader->at > 0) {
        reader->before += reader->at;
        buf_drop(&reader->block, reader->at);
        reader->at = 0;
    }
    if (reader->block.length > IMPORT_RECORD_LIMIT)
        return error_set(err, ERROR_LIMIT, "%s: a record is longer than %d MB", reader->name,
            IMPORT_RECORD_LIMIT >> 20);
    room = buf_reserve(&reader->block, BLOCK);
    if (!room)
        return error_memory(err);
    if ((reader->gzip ? read_packed : read_plain)(reader, room, &count, err))
        return err->code;
    buf_added(&reader->block, count);
    return ERROR_NONE;
}

/* Takes length bytes behind at as the record. */
void import_reader_take(struct import_reader *reader, size_t length)
{
    reader->record = reader->at;
    reader->record_end = reader->at + length;
    reader->record_line = reader->lines + 1;
    for (size_t i = 0; i < length; i++)
        reader->lines += reader->block.data[reader->at + i] == '\n';
    reader->at += length;
}

struct text import_reader_rest(const struct import_reader *reader)
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
    struct text text = import_reader_rest(reader);
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
        text = import_reader_rest(reader);
        length = in_array ? measure_json(text) : measure_line(text);
        if (length == 0 && !reader->ended) {
            if (import_reader_fill(reader, err))
                return IMPORT_FAILED;
            continue;
        }
        if (text.length == 0)
            return IMPORT_END;
        import_reader_take(reader, length > 0 ? length : text.length);
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

/*
 * {"Item":{..}} in a file that is called .json or .jsonl is DynamoDB JSON, as the service exports
 * it: a plain item that is nothing but a map has no key, and can be in no table.
 */
static const struct json *only_item(const struct json *json)
{
    const struct json *item = json_member(json, "Item");

    return item && item->kind == JSON_OBJECT && json->count == 1 ? item : NULL;
}

static enum import_result next_plain(struct import_reader *reader, bool in_array,
    struct arena *arena, const struct value **item, struct error *err)
{
    enum import_result result = find_json(reader, in_array, err);
    const struct json *json, *wire;

    if (result != IMPORT_ITEM)
        return result;
    result = parse_record(reader, arena, &json, err);
    if (result != IMPORT_ITEM)
        return result;
    wire = only_item(json);
    *item = wire ? value_from_wire_item(wire, arena, err) : value_from_plain_item(json, arena, err);
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

/*
 * A line of a reject file about a key. Deletions without a condition can be done as they stand;
 * what else was to become of an item is known to the statement alone.
 */
static enum import_result take_key(struct import_reader *reader, const struct json *json,
    struct arena *arena, const struct value **item, struct error *err)
{
    struct text operation = json_string_member(json, "op");

    if (!text_is(operation, "BatchWriteItem")) {
        error_set(err, ERROR_INVALID, "%.*s of a key is no item: run the statement itself again",
            (int)(operation.length < 40 ? operation.length : 40), operation.data);
        return IMPORT_BAD;
    }
    *item = value_from_wire_item(json_member(json, "Key"), arena, err);
    reader->deletes = *item != NULL;
    return *item ? IMPORT_ITEM : err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
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
    if (!inner && json_member(json, "Key") && json_string_member(json, "op").length > 0)
        return take_key(reader, json, arena, item, err);
    *item = value_from_wire_item(inner ? inner : json, arena, err);
    return *item ? IMPORT_ITEM : err->code == ERROR_MEMORY ? IMPORT_FAILED : IMPORT_BAD;
}

static const struct import_format format_table[] = {{"csv", import_rows_csv},
    {"ddbjson", next_ddbjson}, {"json", next_json}, {"jsonl", next_jsonl},
    {"tsv", import_rows_tsv}};

/* ----- life ------------------------------------------------------------------------------- */

struct import_reader *import_reader_open(const char *path, int descriptor, const char *format,
    bool gzip, const atomic_bool *cancel, struct error *err)
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
    reader->cancel = cancel;
    buf_init(&reader->block, IMPORT_RECORD_LIMIT + 2 * BLOCK);
    for (size_t i = 0; i < sizeof format_table / sizeof *format_table; i++)
        if (strcmp(format_table[i].name, format) == 0)
            reader->format = &format_table[i];
    reader->header = arena_new(HEADER_LIMIT, err);
    reader->is_own = path != NULL;
    reader->descriptor = path ? descriptor_open(path, O_RDONLY, cancel) : descriptor;
    if (!reader->header || reader->descriptor < 0) {
        if (reader->header)
            error_set(err,
                errno == ENOENT      ? ERROR_NOT_FOUND
                : errno == ECANCELED ? ERROR_CANCELLED
                                     : ERROR_IO,
                "%s: %s", reader->name,
                errno == ECANCELED ? "interrupted; nobody writes to it" : strerror(errno));
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
    if (reader->is_own && reader->descriptor >= 0)
        close(reader->descriptor);
    arena_free(reader->header);
    buf_done(&reader->block);
    mem_free(reader);
}

void import_reader_type(struct import_reader *reader, struct text name, enum value_type type)
{
    if (reader->type_count == IMPORT_TYPE_LIMIT)
        return;
    reader->type_name[reader->type_count] = name;
    reader->type[reader->type_count++] = type;
}

enum import_result import_reader_next(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err)
{
    reader->record = reader->record_end = reader->at;
    reader->deletes = false;
    return reader->format->next(reader, arena, item, err);
}

enum error_code import_reader_skip(struct import_reader *reader, uint64_t offset, struct error *err)
{
    /* The header is at the start; what follows is told apart by its place alone. */
    if (!reader->begun &&
        (reader->format->next == import_rows_csv || reader->format->next == import_rows_tsv)) {
        struct arena *arena = arena_new(IMPORT_RECORD_LIMIT, err);
        enum import_result result = arena ? import_rows_header(reader, arena, err) : IMPORT_FAILED;

        arena_free(arena);
        if (result != IMPORT_ITEM)
            return result == IMPORT_END ? ERROR_NONE : err->code;
    }
    while (import_reader_offset(reader) < offset) {
        uint64_t wanted = offset - import_reader_offset(reader);
        size_t there = reader->block.length - reader->at;

        if (there == 0) {
            if (reader->ended)
                return error_set(err, ERROR_INVALID, "%s is shorter than its state says",
                    reader->name);
            if (import_reader_fill(reader, err))
                return err->code;
            continue;
        }
        import_reader_take(reader, wanted < there ? (size_t)wanted : there);
    }
    return ERROR_NONE;
}

bool import_reader_deletes(const struct import_reader *reader)
{
    return reader->deletes;
}

uint64_t import_reader_offset(const struct import_reader *reader)
{
    return reader->before + reader->at;
}

uint64_t import_reader_line(const struct import_reader *reader)
{
    return reader->record_line;
}

uint64_t import_reader_next_line(const struct import_reader *reader)
{
    return reader->lines + 1;
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
