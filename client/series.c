#include "client/series.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { LINE_LIMIT = 512, TITLE_SIZE = 256 };

struct line {
    char name[sizeof(((struct series_line *)0)->name)];
    struct series_slot total;
    struct series_slot slot[SERIES_SLOTS]; /* of time t at (t / slot_length) % SERIES_SLOTS */
};

struct series {
    pthread_mutex_t lock;
    uint64_t slot_length;
    _Atomic uint64_t version;
    struct line *line[LINE_LIMIT];
    size_t line_count;
    char title[TITLE_SIZE], failure[TITLE_SIZE];
};

struct series *series_new(uint64_t slot_length, struct error *err)
{
    struct series *series = mem_new(1, sizeof *series);

    if (!series) {
        error_memory(err);
        return NULL;
    }
    series->slot_length = slot_length ? slot_length : CLOCK_SECOND;
    pthread_mutex_init(&series->lock, NULL);
    return series;
}

void series_free(struct series *series)
{
    if (!series)
        return;
    for (size_t i = 0; i < series->line_count; i++)
        mem_free(series->line[i]);
    pthread_mutex_destroy(&series->lock);
    mem_free(series);
}

static struct series *lock(const struct series *series)
{
    struct series *own = (struct series *)(uintptr_t)series;

    pthread_mutex_lock(&own->lock);
    return own;
}

static void unlock_changed(struct series *series)
{
    atomic_fetch_add(&series->version, 1);
    pthread_mutex_unlock(&series->lock);
}

uint64_t series_version(const struct series *series)
{
    return atomic_load(&series->version);
}

uint64_t series_slot_length(const struct series *series)
{
    return series->slot_length;
}

void series_set_title(struct series *series, const char *title)
{
    lock(series);
    snprintf(series->title, sizeof series->title, "%s", title);
    unlock_changed(series);
}

void series_title(const struct series *series, char *out, size_t size)
{
    struct series *own = lock(series);

    snprintf(out, size, "%s", own->title);
    pthread_mutex_unlock(&own->lock);
}

void series_set_failure(struct series *series, const char *why)
{
    lock(series);
    snprintf(series->failure, sizeof series->failure, "%s", why);
    unlock_changed(series);
}

void series_failure(const struct series *series, char *out, size_t size)
{
    struct series *own = lock(series);

    snprintf(out, size, "%s", own->failure);
    pthread_mutex_unlock(&own->lock);
}

/* A name that does not fit is cut, so it is found by its first part. */
static struct line *find_line(const struct series *series, const char *name)
{
    for (size_t i = 0; i < series->line_count; i++)
        if (!strncmp(series->line[i]->name, name, sizeof series->line[i]->name - 1))
            return series->line[i];
    return NULL;
}

/* The line of that name, made when it is new; NULL with err set. */
static struct line *need_line(struct series *series, const char *name, struct error *err)
{
    struct line *line = find_line(series, name);

    if (line)
        return line;
    if (series->line_count == LINE_LIMIT) {
        error_set(err, ERROR_LIMIT, "more than %d lines of metrics", LINE_LIMIT);
        return NULL;
    }
    line = mem_new(1, sizeof *line);
    if (!line) {
        error_memory(err);
        return NULL;
    }
    snprintf(line->name, sizeof line->name, "%s", name);
    return series->line[series->line_count++] = line;
}

enum error_code series_put(struct series *series, const char *line, const struct series_slot *slot,
    struct error *err)
{
    struct line *found;
    enum error_code code = ERROR_NONE;

    lock(series);
    found = need_line(series, line, err);
    if (found) {
        uint64_t number = slot->at / series->slot_length;
        struct series_slot *place = &found->slot[number % SERIES_SLOTS];

        /* What comes late must not overwrite the slot that took its place. */
        if (place->at / series->slot_length <= number) {
            *place = *slot;
            place->at = number * series->slot_length;
        }
    } else {
        code = err->code;
    }
    unlock_changed(series);
    return code;
}

enum error_code series_put_total(struct series *series, const char *line,
    const struct series_slot *total, struct error *err)
{
    struct line *found;
    enum error_code code = ERROR_NONE;

    lock(series);
    found = need_line(series, line, err);
    if (found)
        found->total = *total;
    else
        code = err->code;
    unlock_changed(series);
    return code;
}

size_t series_line_count(const struct series *series)
{
    struct series *own = lock(series);
    size_t count = own->line_count;

    pthread_mutex_unlock(&own->lock);
    return count;
}

bool series_line(const struct series *series, size_t index, struct series_line *out)
{
    struct series *own = lock(series);
    bool found = index < own->line_count;

    if (found) {
        memcpy(out->name, own->line[index]->name, sizeof out->name);
        out->total = own->line[index]->total;
    }
    pthread_mutex_unlock(&own->lock);
    return found;
}

size_t series_copy(const struct series *series, const char *line, uint64_t end,
    struct series_slot *out, size_t count)
{
    struct series *own = lock(series);
    const struct line *found = find_line(own, line);
    uint64_t last = (end > 0 ? end : clock_wall()) / own->slot_length;

    if (count > SERIES_SLOTS)
        count = SERIES_SLOTS;
    if (!found)
        count = 0;
    if (count > last)
        count = (size_t)last;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = last - (count - 1 - i);
        const struct series_slot *slot = &found->slot[number % SERIES_SLOTS];

        if (slot->at == number * own->slot_length)
            out[i] = *slot;
        else
            out[i] = (struct series_slot){0};
    }
    pthread_mutex_unlock(&own->lock);
    return count;
}
