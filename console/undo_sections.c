#include "console/undo_sections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum { END_SIZE = 96 /* the last line of a statement fits */ };

static const char begin_mark[] = "{\"undo\":", end_mark[] = "{\"items\":";

void undo_sections_done(struct undo_sections *sections)
{
    mem_free(sections->list);
    *sections = (struct undo_sections){0};
}

static enum error_code push(struct undo_sections *sections, uint64_t from, int64_t items,
    struct error *err)
{
    struct undo_section *grown =
        mem_grow(sections->list, sections->count, &sections->capacity, sizeof *grown);

    if (!grown)
        return error_memory(err);
    sections->list = grown;
    sections->list[sections->count++] = (struct undo_section){from, items};
    return ERROR_NONE;
}

/* {"items":12,"from":4096}; files of one statement have no from. */
static bool read_end(struct text line, struct undo_section *out)
{
    struct text items;
    int64_t from = 0;

    if (!text_starts_with(line, text_of(end_mark)) || !text_ends_with(line, TEXT("}")))
        return false;
    line = text_slice(line, sizeof end_mark - 1, line.length - 1);
    if (!text_take_until(&line, ',', &items))
        items = line;
    else if (!text_starts_with(line, TEXT("\"from\":")) ||
             !text_to_integer(text_slice(line, 7, line.length), 0, INT64_MAX, &from))
        return false;
    out->from = (uint64_t)from;
    return text_to_integer(items, 0, INT64_MAX, &out->items);
}

/* The line that ends in front of end. */
static bool read_end_before(FILE *file, uint64_t end, struct undo_section *out)
{
    char tail[END_SIZE];
    size_t size = end < END_SIZE ? (size_t)end : END_SIZE, at;
    ssize_t length = pread(fileno(file), tail, size, (off_t)(end - size));

    if (length != (ssize_t)size || size < 2 || tail[size - 1] != '\n')
        return false;
    at = size - 1;
    while (at > 0 && tail[at - 1] != '\n')
        at--;
    return read_end(text_make(tail + at, size - 1 - at), out) && out->from < end;
}

static void reverse(struct undo_sections *sections)
{
    for (size_t i = 0; i < sections->count / 2; i++) {
        struct undo_section other = sections->list[i];

        sections->list[i] = sections->list[sections->count - 1 - i];
        sections->list[sections->count - 1 - i] = other;
    }
}

/* Line by line, for a file that ends in the middle of a statement. */
static enum error_code read_forward(struct undo_sections *sections, FILE *file, struct error *err)
{
    enum error_code code = ERROR_NONE;
    uint64_t offset = 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    sections->count = 0;
    rewind(file);
    while (!code && (length = getline(&line, &size, file)) > 0 && line[length - 1] == '\n') {
        struct text text = text_make(line, (size_t)length - 1);
        struct undo_section end;

        if (text_starts_with(text, text_of(begin_mark)))
            code = push(sections, offset, -1, err);
        else if (sections->count > 0 && read_end(text, &end))
            sections->list[sections->count - 1].items = end.items;
        offset += (uint64_t)length;
    }
    free(line); /* allowed: getline allocated it */
    return code;
}

enum error_code undo_sections_read(struct undo_sections *sections, FILE *file, struct error *err)
{
    struct undo_section section = {0};
    enum error_code code = ERROR_NONE;
    struct stat about;
    uint64_t end;

    *sections = (struct undo_sections){0};
    if (fstat(fileno(file), &about) != 0)
        return ERROR_NONE;
    for (end = (uint64_t)about.st_size; !code && end > 0; end = section.from) {
        if (!read_end_before(file, end, &section))
            return read_forward(sections, file, err);
        code = push(sections, section.from, section.items, err);
    }
    reverse(sections);
    return code;
}
