#include "client/journal_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"

#define ENDING ".jsonl"

enum {
    PATH_LIMIT = 4096,
    NAME_SIZE = sizeof "YYYY-MM-DD" ENDING,
    DATE_LENGTH = sizeof "YYYY-MM-DD" - 1,
    LISTED = 100000 /* days that are looked at */
};

struct day {
    char name[NAME_SIZE]; /* sorts by date */
    uint64_t bytes;
};

struct days {
    struct day *list;
    size_t count, capacity;
};

/* False without memory. */
static bool name_day(uint64_t wall, char out[NAME_SIZE])
{
    struct buf time;
    bool done;

    buf_init(&time, 64);
    clock_add_iso(&time, wall, false);
    snprintf(out, NAME_SIZE, "%.*s" ENDING, DATE_LENGTH, buf_string(&time));
    done = !time.failure;
    buf_done(&time);
    return done;
}

static bool is_day(const char *name)
{
    if (strlen(name) != NAME_SIZE - 1 || strcmp(name + DATE_LENGTH, ENDING) != 0)
        return false;
    for (size_t i = 0; i < DATE_LENGTH; i++) {
        bool is_hyphen = i == 4 || i == 7;

        if (is_hyphen ? name[i] != '-' : name[i] < '0' || name[i] > '9')
            return false;
    }
    return true;
}

static bool push_day(struct days *days, const char *name, uint64_t bytes)
{
    struct day *grown = mem_grow(days->list, days->count, &days->capacity, sizeof *grown);

    if (!grown)
        return false;
    days->list = grown;
    memcpy(days->list[days->count].name, name, NAME_SIZE);
    days->list[days->count++].bytes = bytes;
    return true;
}

static int compare_days(const void *a, const void *b)
{
    const struct day *one = a, *other = b;

    return strcmp(one->name, other->name);
}

/* Newest first: what is within both limits stays. A file that cannot be removed is met again. */
static void remove_days(int folder, const struct days *days, const char *today,
    const struct journal_limits *limits)
{
    uint64_t now = clock_wall(), total = 0;
    char oldest[NAME_SIZE] = "";

    if (limits->keep > 0 && limits->keep < now && !name_day(now - limits->keep, oldest))
        return;
    for (size_t i = days->count; i > 0; i--) {
        const struct day *day = &days->list[i - 1];

        total += day->bytes;
        if (strcmp(day->name, today) < 0 &&
            (strcmp(day->name, oldest) < 0 || (limits->bytes > 0 && total > limits->bytes)))
            unlinkat(folder, day->name, 0);
    }
}

static void prune(const char *path, const char *today, const struct journal_limits *limits)
{
    DIR *folder = opendir(path);
    struct days days = {0};
    const struct dirent *entry;
    struct stat about;

    if (!folder)
        return;
    while (days.count < LISTED && (entry = readdir(folder)))
        if (is_day(entry->d_name) &&
            fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode) && !push_day(&days, entry->d_name, (uint64_t)about.st_size))
            break; /* without memory an older day stays until tomorrow */
    if (days.count > 0)
        qsort(days.list, days.count, sizeof *days.list, compare_days);
    remove_days(dirfd(folder), &days, today, limits);
    closedir(folder);
    mem_free(days.list);
}

enum error_code journal_file_append(struct text lines, const struct journal_limits *limits,
    struct error *err)
{
    char today[NAME_SIZE], name[sizeof "journal/" + NAME_SIZE];
    struct buf path;
    enum error_code code;
    bool is_new = false;

    if (!name_day(clock_wall(), today))
        return error_memory(err);
    snprintf(name, sizeof name, "journal/%s", today);
    buf_init(&path, PATH_LIMIT);
    code = path_make(PATH_STATE, name, false, &path, err);
    if (!code && !file_exists(buf_string(&path))) {
        is_new = true;
        buf_clear(&path);
        code = path_make(PATH_STATE, name, true, &path, err); /* with its folder */
    }
    if (!code)
        code = file_append(buf_string(&path), lines, 0600, err);
    if (!code && is_new) {
        buf_cut(&path, path.length - sizeof today);
        prune(buf_string(&path), today, limits);
    }
    buf_done(&path);
    return code;
}
