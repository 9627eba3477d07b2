#include "console/undo_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "console/undo_sections.h"

enum { PATH_LIMIT = 4096 };

static enum error_code open_file(struct undo_reader *reader, const char *id, struct error *err)
{
    struct buf path;
    enum error_code code;

    *reader = (struct undo_reader){0};
    buf_init(&path, PATH_LIMIT);
    code = undo_file_path(id, false, &path, err);
    if (!code) {
        int descriptor = open(buf_string(&path), O_RDONLY | O_CLOEXEC);

        reader->file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
        if (!reader->file && descriptor >= 0)
            close(descriptor);
        if (!reader->file)
            code = error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, "%s: %s",
                buf_string(&path), strerror(errno));
    }
    buf_done(&path);
    return code;
}

/* The header of a statement; the lines behind it come next. */
static enum error_code read_header(struct undo_reader *reader, const struct undo_section *section,
    struct arena *arena, struct undo_header *header, struct error *err)
{
    const struct json *json = NULL;

    if (fseeko(reader->file, (off_t)section->from, SEEK_SET))
        return error_set(err, ERROR_IO, "%s: %s", header->id, strerror(errno));
    json = undo_reader_next(reader, arena, err);
    if (!json || json_integer_member(json, "undo", 0) != 1)
        return error_set(err, ERROR_INVALID, "%s is no undo file", header->id);
    header->statement = json_string_member(json, "statement");
    header->profile = json_string_member(json, "profile");
    header->account = json_string_member(json, "account");
    header->endpoint = json_string_member(json, "endpoint");
    header->region = json_string_member(json, "region");
    header->has_secrets = json_bool_member(json, "secrets_left_out", false);
    header->why = json_string_member(json, "why");
    clock_parse_iso(json_string_member(json, "time"), &header->at);
    header->items = section->items;
    return ERROR_NONE;
}

/* 0: the first statement of its file */
static size_t place_of(const char *id)
{
    const char *dot = strchr(id, '.');
    int64_t place = 1;

    if (dot && !text_to_integer(text_of(dot + 1), 1, INT64_MAX, &place))
        return SIZE_MAX;
    return (size_t)place - 1;
}

enum error_code undo_reader_open(struct undo_reader *reader, const char *id, struct arena *arena,
    struct undo_header *header, struct error *err)
{
    struct undo_sections sections = {0};
    enum error_code code = open_file(reader, id, err);
    size_t place = place_of(id);

    *header = (struct undo_header){.items = -1};
    snprintf(header->id, sizeof header->id, "%s", id);
    if (!code)
        code = undo_sections_read(&sections, reader->file, err);
    if (!code && place < sections.count)
        code = read_header(reader, &sections.list[place], arena, header, err);
    else if (!code && sections.count == 0)
        code = error_set(err, ERROR_INVALID, "%s is no undo file", id);
    else if (!code)
        code = error_set(err, ERROR_NOT_FOUND, "there is no undo of the id %s", id);
    undo_sections_done(&sections);
    if (code)
        undo_reader_close(reader);
    return code;
}

const struct json *undo_reader_next(struct undo_reader *reader, struct arena *arena,
    struct error *err)
{
    const struct json *json;
    struct text line;
    ssize_t length;

    err->code = ERROR_NONE;
    errno = 0;
    length = getline(&reader->line, &reader->size, reader->file);
    if (length < 0) {
        if (ferror(reader->file))
            error_set(err, ERROR_IO, "undo file: %s", strerror(errno));
        return NULL;
    }
    if (reader->line[length - 1] != '\n')
        return NULL; /* the process was killed in the middle of this line */
    line = arena_text(arena, text_make(reader->line, (size_t)length - 1));
    if (!line.data) {
        arena_failed(arena, err);
        return NULL;
    }
    json = json_parse(line, arena, err);
    if (!json)
        error_wrap(err, "undo file, line %llu", (unsigned long long)(reader->number + 1));
    else if (json_member(json, "items") && !json_member(json, "call"))
        return NULL;
    else if (json_member(json, "undo") && reader->number > 0)
        return NULL; /* the next statement */
    reader->number++;
    return json;
}

void undo_reader_close(struct undo_reader *reader)
{
    if (reader->file)
        fclose(reader->file);
    free(reader->line); /* allowed: getline allocated it */
    *reader = (struct undo_reader){0};
}

/* Statements that have been read and not been told. */
struct pending {
    struct undo_header *list; /* oldest first */
    size_t count, capacity;
};

static enum error_code push_header(struct pending *pending, const struct undo_header *header,
    struct error *err)
{
    struct undo_header *grown =
        mem_grow(pending->list, pending->count, &pending->capacity, sizeof *grown);

    if (!grown)
        return error_memory(err);
    pending->list = grown;
    pending->list[pending->count++] = *header;
    return ERROR_NONE;
}

/* What is being removed, or is none of ours, is passed over. */
static enum error_code read_file(struct pending *pending, const char *name, struct arena *arena,
    struct error *err)
{
    struct undo_sections sections = {0};
    enum error_code code = ERROR_NONE;
    struct undo_reader reader;
    struct error ignored;

    if (open_file(&reader, name, &ignored))
        return ERROR_NONE;
    code = undo_sections_read(&sections, reader.file, err);
    for (size_t i = 0; !code && i < sections.count; i++) {
        struct undo_header header = {.items = -1};

        snprintf(header.id, sizeof header.id, i > 0 ? "%s.%zu" : "%s", name, i + 1);
        reader.number = 0;
        if (!read_header(&reader, &sections.list[i], arena, &header, &ignored)) {
            if (header.at == 0)
                header.at = undo_file_time(name);
            code = push_header(pending, &header, err);
        }
    }
    undo_sections_done(&sections);
    undo_reader_close(&reader);
    return code;
}

/* YYYYMMDD-HHMMSS-9 is before -10, as .9 is before .10. */
static int compare_headers(const void *a, const void *b)
{
    const struct undo_header *one = a, *other = b;
    size_t length = strlen(one->id), with = strlen(other->id);

    if (one->at != other->at)
        return one->at < other->at ? -1 : 1;
    return length == with ? strcmp(one->id, other->id) : length < with ? -1 : 1;
}

static uint64_t newest(const struct pending *pending)
{
    return pending->count > 0 ? pending->list[pending->count - 1].at : 0;
}

/* Reads the files that may hold something newer than what has been read. */
static enum error_code read_files(struct pending *pending, const struct undo_names *names,
    size_t *left, struct arena *arena, struct error *err)
{
    uint64_t at = newest(pending);
    size_t before = *left;
    enum error_code code = ERROR_NONE;

    while (!code && *left > 0 &&
           (pending->count == 0 ||
               undo_file_time(names->name[*left - 1]) + UNDO_SHARED + CLOCK_SECOND >= at)) {
        code = read_file(pending, names->name[--*left], arena, err);
        at = newest(pending) > at ? newest(pending) : at;
    }
    if (!code && *left < before && pending->count > 1)
        qsort(pending->list, pending->count, sizeof *pending->list, compare_headers);
    return code;
}

enum error_code undo_file_list(struct arena *arena,
    bool (*each)(void *user, const struct undo_header *header), void *user, struct error *err)
{
    struct undo_names names = {0};
    struct pending pending = {0};
    enum error_code code = undo_file_names(&names, err);
    size_t left = names.count;
    bool more = true;

    while (!code && more) {
        code = read_files(&pending, &names, &left, arena, err);
        if (!code && pending.count == 0)
            break;
        if (!code)
            more = each(user, &pending.list[--pending.count]);
    }
    mem_free(pending.list);
    mem_free(names.name);
    return code;
}
