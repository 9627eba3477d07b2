#include "client/loglines.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
    LINE_LIMIT = 100 * 1000,
    BYTE_LIMIT = 32 * 1024 * 1024,
    RING_FIRST = 1024, /* places; doubled when full */
    TITLE_SIZE = 256
};

/* One allocation: the short fields, then method, path, request id and text, each ended by NUL. */
struct packed_line {
    uint64_t at;
    int status;
    uint32_t latency_us;
    uint32_t size;
    uint16_t path, request_id, text; /* offsets into data; the method is at 0 */
    char data[];
};

struct loglines {
    pthread_mutex_t lock;
    struct packed_line **ring; /* line number n lies at n % size */
    size_t size, count, bytes;
    uint64_t first; /* number of the oldest line kept */
    _Atomic uint64_t version;
    char title[TITLE_SIZE];
};

struct loglines *loglines_new(struct error *err)
{
    struct loglines *lines = mem_new(1, sizeof *lines);

    if (lines)
        lines->ring = mem_new(RING_FIRST, sizeof *lines->ring);
    if (!lines || !lines->ring) {
        mem_free(lines);
        error_memory(err);
        return NULL;
    }
    lines->size = RING_FIRST;
    lines->first = 1;
    pthread_mutex_init(&lines->lock, NULL);
    return lines;
}

static void drop_first(struct loglines *lines)
{
    struct packed_line **place = &lines->ring[lines->first % lines->size];

    lines->bytes -= (*place)->size;
    mem_free(*place);
    *place = NULL;
    lines->first++;
    lines->count--;
}

void loglines_free(struct loglines *lines)
{
    if (!lines)
        return;
    while (lines->count > 0)
        drop_first(lines);
    mem_free(lines->ring);
    pthread_mutex_destroy(&lines->lock);
    mem_free(lines);
}

static struct loglines *lock(const struct loglines *lines)
{
    struct loglines *own = (struct loglines *)(uintptr_t)lines;

    pthread_mutex_lock(&own->lock);
    return own;
}

static bool grow(struct loglines *lines)
{
    size_t size = lines->size * 2;
    struct packed_line **ring = mem_new(size, sizeof *ring);

    if (!ring)
        return false;
    for (uint64_t n = lines->first; n < lines->first + lines->count; n++)
        ring[n % size] = lines->ring[n % lines->size];
    mem_free(lines->ring);
    lines->ring = ring;
    lines->size = size;
    return true;
}

static uint16_t put(struct packed_line *packed, size_t *at, const char *text, size_t length)
{
    size_t start = *at;

    memcpy(packed->data + start, text, length);
    packed->data[start + length] = '\0';
    *at += length + 1;
    return (uint16_t)start;
}

static struct packed_line *pack_line(const struct logline *line)
{
    size_t method = strnlen(line->method, sizeof line->method - 1);
    size_t path = strnlen(line->path, sizeof line->path - 1);
    size_t request_id = strnlen(line->request_id, sizeof line->request_id - 1);
    size_t text = line->text ? strlen(line->text) : 0;
    size_t size = sizeof(struct packed_line) + method + path + request_id + 4, at = 0;
    struct packed_line *packed;

    if (text > BYTE_LIMIT - size)
        text = BYTE_LIMIT - size;
    packed = mem_new(1, size + text);
    if (!packed)
        return NULL;
    packed->at = line->at;
    packed->status = line->status;
    packed->latency_us = line->latency_us;
    packed->size = (uint32_t)(size + text);
    put(packed, &at, line->method, method);
    packed->path = put(packed, &at, line->path, path);
    packed->request_id = put(packed, &at, line->request_id, request_id);
    packed->text = put(packed, &at, line->text ? line->text : "", text);
    return packed;
}

enum error_code loglines_add(struct loglines *lines, const struct logline *line, struct error *err)
{
    struct packed_line *packed = pack_line(line);
    enum error_code code = ERROR_NONE;

    if (!packed)
        return error_memory(err);
    lock(lines);
    while (lines->count > 0 &&
           (lines->count >= LINE_LIMIT || lines->bytes + packed->size > BYTE_LIMIT))
        drop_first(lines);
    if (lines->count == lines->size && !grow(lines)) {
        mem_free(packed);
        code = error_memory(err);
    } else {
        lines->ring[(lines->first + lines->count) % lines->size] = packed;
        lines->count++;
        lines->bytes += packed->size;
        atomic_fetch_add(&lines->version, 1);
    }
    pthread_mutex_unlock(&lines->lock);
    return code;
}

uint64_t loglines_version(const struct loglines *lines)
{
    return atomic_load(&lines->version);
}

void loglines_range(const struct loglines *lines, uint64_t *first, size_t *count)
{
    struct loglines *own = lock(lines);

    *first = own->first;
    *count = own->count;
    pthread_mutex_unlock(&own->lock);
}

bool loglines_copy(const struct loglines *lines, uint64_t number, bool whole, struct logline *out)
{
    struct loglines *own = lock(lines);
    bool found = number >= own->first && number - own->first < own->count;

    if (found) {
        const struct packed_line *packed = own->ring[number % own->size];

        *out = (struct logline){.number = number,
            .at = packed->at,
            .status = packed->status,
            .latency_us = packed->latency_us};
        snprintf(out->method, sizeof out->method, "%s", packed->data);
        snprintf(out->path, sizeof out->path, "%s", packed->data + packed->path);
        snprintf(out->request_id, sizeof out->request_id, "%s", packed->data + packed->request_id);
        if (whole)
            out->text = mem_copy_string(packed->data + packed->text);
    }
    pthread_mutex_unlock(&own->lock);
    return found;
}

void loglines_set_title(struct loglines *lines, const char *title)
{
    lock(lines);
    snprintf(lines->title, sizeof lines->title, "%s", title);
    atomic_fetch_add(&lines->version, 1);
    pthread_mutex_unlock(&lines->lock);
}

void loglines_title(const struct loglines *lines, char *out, size_t size)
{
    struct loglines *own = lock(lines);

    snprintf(out, size, "%s", own->title);
    pthread_mutex_unlock(&own->lock);
}
