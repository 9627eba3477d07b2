#include "base/csv.h"

#include <string.h>

enum { FIRST_FIELDS = 16 };

struct csv_reader {
    struct text source;
    size_t at;
    char delimiter;
    bool whole;
    struct arena *arena;
    struct csv_row *row;
    size_t capacity;
};

static bool is_at_end(const struct csv_reader *reader)
{
    return reader->at == reader->source.length;
}

static bool add_field(struct csv_reader *reader, struct text field)
{
    struct csv_row *row = reader->row;

    if (row->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : FIRST_FIELDS;
        struct text *grown = arena_alloc(reader->arena, capacity, sizeof *grown);

        if (!grown)
            return false;
        if (row->count > 0)
            memcpy(grown, row->field, row->count * sizeof *grown);
        row->field = grown;
        reader->capacity = capacity;
    }
    row->field[row->count++] = field;
    return true;
}

/* Up to the end of the line; quotes do not count. */
static enum csv_result skip_line(struct csv_reader *reader)
{
    const char *end =
        reader->at < reader->source.length
            ? memchr(reader->source.data + reader->at, '\n', reader->source.length - reader->at)
            : NULL;

    if (!end && !reader->whole)
        return CSV_MORE;
    reader->at = end ? (size_t)(end - reader->source.data) + 1 : reader->source.length;
    return CSV_BAD;
}

/* Without quotes: up to a delimiter or the end of the line. */
static enum csv_result read_bare(struct csv_reader *reader)
{
    const char *data = reader->source.data;
    size_t start = reader->at, end;

    while (
        !is_at_end(reader) && data[reader->at] != reader->delimiter && data[reader->at] != '\n') {
        if (data[reader->at] == '"')
            return skip_line(reader);
        reader->at++;
    }
    if (is_at_end(reader) && !reader->whole)
        return CSV_MORE;
    end = reader->at;
    if (end > start && data[end - 1] == '\r' && (is_at_end(reader) || data[end] == '\n'))
        end--;
    return add_field(reader, text_slice(reader->source, start, end)) ? CSV_ROW : CSV_NO_MEMORY;
}

/* What stands between quotes, with doubled ones made single. */
static bool add_quoted(struct csv_reader *reader, struct text inside, size_t doubled)
{
    struct text copy = inside;
    char *target;
    size_t length = 0;

    if (doubled > 0) {
        target = arena_alloc(reader->arena, inside.length, 1);
        if (!target)
            return false;
        for (size_t i = 0; i < inside.length; i++) {
            target[length++] = inside.data[i];
            i += inside.data[i] == '"';
        }
        copy = text_make(target, length);
    }
    return add_field(reader, copy);
}

static enum csv_result read_quoted(struct csv_reader *reader)
{
    const char *data = reader->source.data;
    size_t start = ++reader->at, doubled = 0;
    struct text inside;

    for (;; reader->at++) {
        if (is_at_end(reader))
            return reader->whole ? CSV_BAD : CSV_MORE;
        if (data[reader->at] != '"')
            continue;
        if (reader->at + 1 == reader->source.length && !reader->whole)
            return CSV_MORE;
        if (reader->at + 1 == reader->source.length || data[reader->at + 1] != '"')
            break;
        doubled++;
        reader->at++;
    }
    inside = text_slice(reader->source, start, reader->at++);
    /* CR before LF, or at the very end. */
    if (!is_at_end(reader) && data[reader->at] == '\r') {
        if (reader->at + 1 == reader->source.length && !reader->whole)
            return CSV_MORE;
        if (reader->at + 1 == reader->source.length || data[reader->at + 1] == '\n')
            reader->at++;
    }
    if (!is_at_end(reader) && data[reader->at] != reader->delimiter && data[reader->at] != '\n')
        return skip_line(reader);
    if (is_at_end(reader) && !reader->whole)
        return CSV_MORE;
    return add_quoted(reader, inside, doubled) ? CSV_ROW : CSV_NO_MEMORY;
}

static enum csv_result read_field(struct csv_reader *reader)
{
    if (is_at_end(reader) && !reader->whole)
        return CSV_MORE;
    if (!is_at_end(reader) && reader->source.data[reader->at] == '"')
        return read_quoted(reader);
    return read_bare(reader);
}

enum csv_result csv_read_row(struct text source, char delimiter, bool whole, struct arena *arena,
    struct csv_row *row, size_t *length)
{
    struct csv_reader reader = {.source = source,
        .delimiter = delimiter,
        .whole = whole,
        .arena = arena,
        .row = row};
    enum csv_result result;

    *row = (struct csv_row){0};
    *length = 0;
    if (source.length == 0)
        return whole ? CSV_END : CSV_MORE;
    do {
        result = read_field(&reader);
        if (result != CSV_ROW)
            break;
    } while (!is_at_end(&reader) && source.data[reader.at++] == delimiter);
    *length = reader.at;
    row->empty = row->count == 1 && row->field[0].length == 0 && source.data[0] != '"';
    return result;
}
