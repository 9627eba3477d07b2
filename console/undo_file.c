#include "console/undo_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"

#define ENDING ".jsonl"

enum {
    PATH_LIMIT = 4096,
    LISTED = 200000,    /* names that are looked at */
    PRUNE_EVERY = 2048, /* files of this session */
    TAIL_SIZE = 64,     /* the last line fits */
    TIME_LENGTH = 15    /* YYYYMMDD-HHMMSS */
};

void undo_file_make_id(char out[UNDO_ID_SIZE], uint64_t wall, uint64_t number)
{
    struct buf time;

    buf_init(&time, 64);
    clock_add_compact(&time, wall); /* 20261121T114207Z */
    snprintf(out, UNDO_ID_SIZE, "%.8s-%.6s-%llu", buf_string(&time), buf_string(&time) + 9,
        (unsigned long long)(number % 1000000000));
    buf_done(&time);
}

bool undo_file_is_id(struct text text)
{
    if (text.length < TIME_LENGTH + 2 || text.length >= UNDO_ID_SIZE)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        bool is_hyphen = i == 8 || i == TIME_LENGTH;

        if (is_hyphen ? text.data[i] != '-' : text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

/* When the statement ran; 0 when the id is none. */
static uint64_t time_of(const char *id)
{
    char compact[20];
    uint64_t wall = 0;

    snprintf(compact, sizeof compact, "%.8sT%.6sZ", id, id + 9);
    return clock_parse_compact(text_of(compact), &wall) ? wall : 0;
}

uint64_t undo_file_next(struct session *session, uint64_t wall)
{
    uint64_t second = wall / CLOCK_SECOND, number;

    pthread_mutex_lock(&session->lock);
    if (session->undo_second != second) {
        session->undo_second = second;
        session->undo_number = 0;
    }
    number = ++session->undo_number;
    pthread_mutex_unlock(&session->lock);
    return number;
}

enum error_code undo_file_path(const char *id, bool create, struct buf *out, struct error *err)
{
    char name[UNDO_ID_SIZE + 16] = "undo";

    if (id)
        snprintf(name, sizeof name, "undo/%s" ENDING, id);
    return path_make(PATH_STATE, name, create, out, err);
}

uint64_t undo_file_limit(const struct job *job)
{
    return (uint64_t)job->settings.undo_max << 20;
}

struct names {
    char (*id)[UNDO_ID_SIZE];
    size_t count, capacity;
};

/* By time, then by number. */
static int compare_ids(const void *a, const void *b)
{
    const char *one = a, *other = b;
    int order = strncmp(one, other, TIME_LENGTH);
    size_t length = strlen(one), with = strlen(other);

    if (order)
        return order;
    return length == with ? strcmp(one, other) : length < with ? -1 : 1;
}

static enum error_code push_name(struct names *names, struct text id, struct error *err)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? 2 * names->capacity : 256;
        void *grown = mem_resize(names->id, capacity, sizeof *names->id);

        if (!grown)
            return error_memory(err);
        names->id = grown;
        names->capacity = capacity;
    }
    snprintf(names->id[names->count++], UNDO_ID_SIZE, "%.*s", (int)id.length, id.data);
    return ERROR_NONE;
}

/* Oldest first. No folder is no file. */
static enum error_code read_names(struct names *names, struct error *err)
{
    struct buf folder;
    struct dirent *entry;
    DIR *directory = NULL;
    enum error_code code;

    buf_init(&folder, PATH_LIMIT);
    code = undo_file_path(NULL, false, &folder, err);
    if (!code)
        directory = opendir(buf_string(&folder));
    if (!code && !directory && errno != ENOENT)
        code = error_set(err, ERROR_IO, "%s: %s", buf_string(&folder), strerror(errno));
    while (directory && !code && names->count < LISTED && (entry = readdir(directory))) {
        struct text id = text_of(entry->d_name);

        if (!text_ends_with(id, TEXT(ENDING)))
            continue;
        id.length -= sizeof ENDING - 1;
        if (undo_file_is_id(id))
            code = push_name(names, id, err);
    }
    if (directory)
        closedir(directory);
    if (!code && names->count > 0)
        qsort(names->id, names->count, sizeof *names->id, compare_ids);
    buf_done(&folder);
    return code;
}

/* Newest first: what is within all limits stays. */
static void prune(const struct job *job, const struct names *names)
{
    uint64_t keep = (uint64_t)job->settings.undo_keep_ms * CLOCK_MS, now = clock_wall();
    uint64_t total = 0, most = undo_file_limit(job);
    struct error ignored;

    for (size_t i = names->count; i > 0; i--) {
        const char *id = names->id[i - 1];
        uint64_t at = time_of(id);
        struct stat about;
        struct buf path;

        buf_init(&path, PATH_LIMIT);
        if (!undo_file_path(id, false, &path, &ignored) && stat(buf_string(&path), &about) == 0) {
            total += (uint64_t)about.st_size;
            if (total > most || names->count - i >= UNDO_FILES || (now > at && now - at > keep))
                unlink(buf_string(&path));
        }
        buf_done(&path);
    }
}

void undo_file_prune(struct job *job)
{
    struct session *session = job->session;
    struct names names = {0};
    struct error ignored;
    bool is_time;

    pthread_mutex_lock(&session->lock);
    is_time = session->undo_files++ % PRUNE_EVERY == 0;
    pthread_mutex_unlock(&session->lock);
    if (is_time && !read_names(&names, &ignored))
        prune(job, &names);
    mem_free(names.id);
}

void undo_file_add_header(struct json_writer *writer, const struct undo_header *header)
{
    struct buf time;

    buf_init(&time, 64);
    clock_add_iso(&time, header->at, true);
    json_begin_object(writer);
    json_pair_integer(writer, "undo", 1); /* of this format */
    json_pair(writer, "statement", header->statement);
    json_pair(writer, "profile", header->profile);
    if (header->account.length > 0)
        json_pair(writer, "account", header->account);
    json_pair(writer, "endpoint", header->endpoint);
    json_pair(writer, "region", header->region);
    json_pair(writer, "time", buf_view(&time));
    if (header->has_secrets)
        json_pair_bool(writer, "secrets_left_out", true);
    if (header->why.length > 0)
        json_pair(writer, "why", header->why);
    json_end_object(writer);
    buf_done(&time);
}

/* {"items":12} at the end of the file */
static int64_t read_items(FILE *file, uint64_t bytes)
{
    char tail[TAIL_SIZE + 1];
    struct text last;
    int64_t items;
    size_t length, at;

    if (fseek(file, bytes > TAIL_SIZE ? -(long)TAIL_SIZE : 0,
            bytes > TAIL_SIZE ? SEEK_END : SEEK_SET))
        return -1;
    length = fread(tail, 1, TAIL_SIZE, file);
    last = text_trim(text_make(tail, length));
    at = last.length;
    while (at > 0 && last.data[at - 1] != '\n')
        at--;
    last = text_slice(last, at, last.length);
    if (!text_starts_with(last, TEXT("{\"items\":")) || last.data[last.length - 1] != '}')
        return -1;
    last = text_slice(last, 9, last.length - 1);
    return text_to_integer(last, 0, INT64_MAX, &items) ? items : -1;
}

static enum error_code read_header(struct undo_reader *reader, struct arena *arena,
    struct undo_header *header, struct error *err)
{
    const struct json *json = undo_reader_next(reader, arena, err);
    struct stat about;

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
    if (fstat(fileno(reader->file), &about) == 0) {
        long here = ftell(reader->file);

        header->bytes = (uint64_t)about.st_size;
        header->items = read_items(reader->file, header->bytes);
        if (here < 0 || fseek(reader->file, here, SEEK_SET))
            return error_set(err, ERROR_IO, "%s: %s", header->id, strerror(errno));
    }
    return ERROR_NONE;
}

enum error_code undo_reader_open(struct undo_reader *reader, const char *id, struct arena *arena,
    struct undo_header *header, struct error *err)
{
    struct buf path;
    enum error_code code;

    *reader = (struct undo_reader){0};
    *header = (struct undo_header){.items = -1};
    snprintf(header->id, sizeof header->id, "%s", id);
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
    if (!code)
        code = read_header(reader, arena, header, err);
    buf_done(&path);
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
    reader->number++;
    if (reader->line[length - 1] != '\n')
        return NULL; /* the process was killed in the middle of this line */
    line = arena_text(arena, text_make(reader->line, (size_t)length - 1));
    if (!line.data) {
        arena_failed(arena, err);
        return NULL;
    }
    json = json_parse(line, arena, err);
    if (!json)
        error_wrap(err, "undo file, line %llu", (unsigned long long)reader->number);
    else if (json_member(json, "items") && !json_member(json, "call"))
        return NULL;
    return json;
}

void undo_reader_close(struct undo_reader *reader)
{
    if (reader->file)
        fclose(reader->file);
    free(reader->line); /* allowed: getline allocated it */
    *reader = (struct undo_reader){0};
}

enum error_code undo_file_list(struct arena *arena,
    bool (*each)(void *user, const struct undo_header *header), void *user, struct error *err)
{
    struct names names = {0};
    enum error_code code = read_names(&names, err);
    bool more = true;

    for (size_t i = names.count; !code && more && i > 0; i--) {
        struct undo_reader reader;
        struct undo_header header;
        struct error ignored;

        /* What is being removed, or is none of ours, is passed over. */
        if (undo_reader_open(&reader, names.id[i - 1], arena, &header, &ignored))
            continue;
        more = each(user, &header);
        undo_reader_close(&reader);
    }
    mem_free(names.id);
    return code;
}
