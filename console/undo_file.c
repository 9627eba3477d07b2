#include "console/undo_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"

#define ENDING ".jsonl"
#define PRUNED "undo/pruned"
#define PRUNE_AGAIN (3600 * CLOCK_SECOND)

enum {
    PATH_LIMIT = 4096,
    LISTED = 200000,    /* names that are looked at */
    PRUNE_EVERY = 2048, /* files of this session */
    TIME_LENGTH = 15    /* YYYYMMDD-HHMMSS */
};

void undo_file_make_id(char out[UNDO_ID_SIZE], uint64_t wall, uint64_t number)
{
    struct buf time;

    buf_init(&time, 64);
    clock_add_compact(&time, wall); /* 20261121T114207Z */
    snprintf(out, UNDO_ID_SIZE, "%.8s-%.6s-%llu", buf_string(&time),
        time.length > 9 ? buf_string(&time) + 9 : "", /* without memory */
        (unsigned long long)(number % 1000000000));
    buf_done(&time);
}

/* YYYYMMDD-HHMMSS-N */
static bool is_name(struct text text)
{
    if (text.length < TIME_LENGTH + 2 || text.length > TIME_LENGTH + 10)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        bool is_hyphen = i == 8 || i == TIME_LENGTH;

        if (is_hyphen ? text.data[i] != '-' : text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

bool undo_file_is_id(struct text text)
{
    struct text name = text, rest = text;
    int64_t place;

    if (!text_take_until(&rest, '.', &name))
        return is_name(text);
    return is_name(name) && text.length < UNDO_ID_SIZE &&
           text_to_integer(rest, 1, UNDO_FILES * (int64_t)UNDO_FILES, &place);
}

uint64_t undo_file_time(const char *id)
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
        snprintf(name, sizeof name, "undo/%.*s" ENDING, (int)strcspn(id, "."), id);
    return path_make(PATH_STATE, name, create, out, err);
}

uint64_t undo_file_limit(const struct job *job)
{
    return (uint64_t)job->settings.undo_max << 20;
}

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

static enum error_code push_name(struct undo_names *names, struct text id, struct error *err)
{
    void *grown = mem_grow(names->name, names->count, &names->capacity, sizeof *names->name);

    if (!grown)
        return error_memory(err);
    names->name = grown;
    snprintf(names->name[names->count++], UNDO_ID_SIZE, "%.*s", (int)id.length, id.data);
    return ERROR_NONE;
}

enum error_code undo_file_names(struct undo_names *names, struct error *err)
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
        if (is_name(id))
            code = push_name(names, id, err);
    }
    if (directory)
        closedir(directory);
    if (!code && names->count > 0)
        qsort(names->name, names->count, sizeof *names->name, compare_ids);
    buf_done(&folder);
    return code;
}

/* Newest first: what is within all limits stays. */
static void prune(const struct job *job, const struct undo_names *names)
{
    uint64_t keep = (uint64_t)job->settings.undo_keep_ms * CLOCK_MS, now = clock_wall();
    uint64_t total = 0, most = undo_file_limit(job);
    struct error ignored;

    for (size_t i = names->count; i > 0; i--) {
        const char *id = names->name[i - 1];
        uint64_t at = undo_file_time(id);
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

/* To look at thousands of files takes longer than a statement: when it was done is kept. */
static bool is_pruned(uint64_t keep)
{
    struct stat about;
    struct error ignored;
    struct buf path;
    bool is_done = false;

    buf_init(&path, PATH_LIMIT);
    if (!path_make(PATH_STATE, PRUNED, false, &path, &ignored) &&
        stat(buf_string(&path), &about) == 0) {
        uint64_t now = clock_wall(), then = (uint64_t)about.st_mtime * CLOCK_SECOND;

        is_done = now >= then && now - then < PRUNE_AGAIN && now - then < keep / 16;
    }
    buf_done(&path);
    return is_done;
}

static void note_pruned(void)
{
    const struct timespec now = {.tv_sec = (time_t)(clock_wall() / CLOCK_SECOND)};
    const struct timespec both[] = {now, now};
    struct error ignored;
    struct buf path;

    buf_init(&path, PATH_LIMIT);
    if (!path_make(PATH_STATE, PRUNED, false, &path, &ignored)) {
        int descriptor = open(buf_string(&path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (descriptor >= 0) {
            futimens(descriptor, both);
            close(descriptor);
        }
    }
    buf_done(&path);
}

void undo_file_prune(struct job *job)
{
    struct session *session = job->session;
    struct undo_names names = {0};
    struct error ignored;
    uint64_t number;

    pthread_mutex_lock(&session->lock);
    number = session->undo_files++;
    pthread_mutex_unlock(&session->lock);
    if ((number == 0 || number % PRUNE_EVERY != 0) &&
        is_pruned((uint64_t)job->settings.undo_keep_ms * CLOCK_MS))
        return;
    if (!undo_file_names(&names, &ignored))
        prune(job, &names);
    note_pruned();
    mem_free(names.name);
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

void undo_file_add_end(struct buf *out, uint64_t items, uint64_t from)
{
    buf_add_format(out, "{\"items\":%llu,\"from\":%llu}\n", (unsigned long long)items,
        (unsigned long long)from);
}
