#include "base/external_sort.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/*
 * 1. A record is a head (lengths of key and data, tag), the key, the data; the same in memory and
 *    on disk, at any alignment.
 * 2. Memory that is full becomes a run of level 0. RUNS runs of a level become one of the next,
 *    and the file of the level is emptied: at most RUNS runs per level are open at once.
 */
enum {
    LEVELS = 6,
    RUNS = 64,
    STEP = 32 * 1024, /* bytes read of a run at once */
    FIRST_INDEX = 256
};

struct head {
    uint32_t key_length, data_length;
    unsigned char tag;
};
enum { HEAD = 9 };

struct run {
    off_t from, to;
};
struct level {
    int descriptor; /* -1: none yet */
    off_t end;
    size_t count;
    struct run run[RUNS];
};

/* A place in a run; the record it stands on lies whole in its buffer. */
struct cursor {
    int descriptor;
    off_t at, to; /* what is not in the buffer yet */
    struct buf buf;
    size_t from, size; /* of the record in the buffer */
    struct sorted_record record;
};

struct merge {
    struct cursor *cursor, **heap; /* the least first */
    size_t count, opened;
    bool is_started;
};

struct external_sort {
    size_t memory, used, count, room;
    char *data;
    const char **record;
    struct level level[LEVELS];
    struct merge merge; /* of what is read in the end */
    bool finished;
    size_t next; /* record in memory, when nothing is on disk */
};

static struct head read_head(const char *data)
{
    struct head head;

    memcpy(&head.key_length, data, sizeof head.key_length);
    memcpy(&head.data_length, data + 4, sizeof head.data_length);
    head.tag = (unsigned char)data[8];
    return head;
}

static struct sorted_record read_record(const char *data)
{
    struct head head = read_head(data);

    return (struct sorted_record){.key = text_make(data + HEAD, head.key_length),
        .data = text_make(data + HEAD + head.key_length, head.data_length),
        .tag = head.tag};
}

static int compare(const struct sorted_record *a, const struct sorted_record *b)
{
    int order = text_compare(a->key, b->key);

    return order ? order : (int)a->tag - (int)b->tag;
}

static int compare_in_memory(const void *a, const void *b)
{
    struct sorted_record left = read_record(*(const char *const *)a),
                         right = read_record(*(const char *const *)b);

    return compare(&left, &right);
}

struct external_sort *external_sort_new(size_t memory, struct error *err)
{
    struct external_sort *sort = mem_new(1, sizeof *sort);

    if (!sort) {
        error_memory(err);
        return NULL;
    }
    sort->memory = memory;
    for (size_t i = 0; i < LEVELS; i++)
        sort->level[i].descriptor = -1;
    return sort;
}

static void merge_done(struct merge *merge)
{
    for (size_t i = 0; i < merge->opened; i++)
        buf_done(&merge->cursor[i].buf);
    mem_free(merge->cursor);
    mem_free(merge->heap);
    *merge = (struct merge){0};
}

void external_sort_free(struct external_sort *sort)
{
    if (!sort)
        return;
    merge_done(&sort->merge);
    for (size_t i = 0; i < LEVELS; i++) {
        if (sort->level[i].descriptor >= 0)
            close(sort->level[i].descriptor);
    }
    mem_free(sort->record);
    mem_free(sort->data);
    mem_free(sort);
}

bool external_sort_spilled(const struct external_sort *sort)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (sort->level[i].count > 0)
            return true;
    }
    return false;
}

/* Reads on until wanted bytes lie from the record on. */
static enum error_code fill(struct cursor *cursor, size_t wanted, struct error *err)
{
    if (cursor->buf.length - cursor->from < wanted) {
        buf_drop(&cursor->buf, cursor->from);
        cursor->from = 0;
    }
    while (cursor->buf.length - cursor->from < wanted) {
        size_t step = wanted > STEP ? wanted : STEP;
        ssize_t got;
        char *room;

        if ((off_t)step > cursor->to - cursor->at)
            step = (size_t)(cursor->to - cursor->at);
        room = buf_reserve(&cursor->buf, step);
        if (!room)
            return buf_check(&cursor->buf, "record", err);
        got = pread(cursor->descriptor, room, step, cursor->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ERROR_IO, "cannot read a temporary file: %s",
                got < 0 ? strerror(errno) : "it has become shorter");
        buf_added(&cursor->buf, (size_t)got);
        cursor->at += got;
    }
    return ERROR_NONE;
}

/* *any is false at the end of the run. */
static enum error_code advance(struct cursor *cursor, bool *any, struct error *err)
{
    enum error_code code;

    cursor->from += cursor->size;
    cursor->size = 0;
    *any = cursor->from < cursor->buf.length || cursor->at < cursor->to;
    if (!*any)
        return ERROR_NONE;
    code = fill(cursor, HEAD, err);
    if (!code) {
        struct head head = read_head(cursor->buf.data + cursor->from);

        cursor->size = (size_t)HEAD + head.key_length + head.data_length;
        code = fill(cursor, cursor->size, err);
    }
    if (!code)
        cursor->record = read_record(cursor->buf.data + cursor->from);
    return code;
}

static void sift_down(struct merge *merge, size_t at)
{
    for (;;) {
        size_t least = at, child = 2 * at + 1;

        for (size_t i = child; i < child + 2 && i < merge->count; i++) {
            if (compare(&merge->heap[i]->record, &merge->heap[least]->record) < 0)
                least = i;
        }
        if (least == at)
            return;
        struct cursor *moved = merge->heap[at];

        merge->heap[at] = merge->heap[least];
        merge->heap[least] = moved;
        at = least;
    }
}

/* Opens the runs of levels [from, to). */
static enum error_code merge_open(struct external_sort *sort, struct merge *merge, size_t from,
    size_t to, struct error *err)
{
    size_t total = 0;

    for (size_t i = from; i < to; i++)
        total += sort->level[i].count;
    *merge = (struct merge){.cursor = mem_new(total, sizeof *merge->cursor),
        .heap = mem_new(total, sizeof *merge->heap)};
    if (!merge->cursor || !merge->heap)
        return error_memory(err);
    for (size_t i = from; i < to; i++) {
        for (size_t k = 0; k < sort->level[i].count; k++) {
            const struct run *run = &sort->level[i].run[k];
            struct cursor *cursor = &merge->cursor[merge->opened++];
            bool any;

            cursor->descriptor = sort->level[i].descriptor;
            cursor->at = run->from;
            cursor->to = run->to;
            buf_init(&cursor->buf, 2 * sort->memory + 2 * STEP);
            if (advance(cursor, &any, err))
                return err->code;
            if (any)
                merge->heap[merge->count++] = cursor;
        }
    }
    for (size_t i = merge->count; i-- > 0;)
        sift_down(merge, i);
    return ERROR_NONE;
}

/* NULL at the end or with *code set. */
static const struct cursor *merge_next(struct merge *merge, enum error_code *code,
    struct error *err)
{
    bool any = true;

    *code = ERROR_NONE;
    if (merge->is_started && merge->count > 0) {
        *code = advance(merge->heap[0], &any, err);
        if (*code)
            return NULL;
        if (!any)
            merge->heap[0] = merge->heap[--merge->count];
        sift_down(merge, 0);
    }
    merge->is_started = true;
    return merge->count > 0 ? merge->heap[0] : NULL;
}

static enum error_code write_out(struct level *level, struct buf *out, struct error *err)
{
    struct text bytes = buf_view(out);

    while (bytes.length > 0) {
        ssize_t put = pwrite(level->descriptor, bytes.data, bytes.length, level->end);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set(err, ERROR_IO, "cannot write a temporary file: %s", strerror(errno));
        level->end += put;
        bytes = text_slice(bytes, (size_t)put, bytes.length);
    }
    buf_clear(out);
    return ERROR_NONE;
}

static enum error_code write_record(struct level *level, const char *record, struct buf *out,
    struct error *err)
{
    struct head head = read_head(record);

    buf_add(out, record, (size_t)HEAD + head.key_length + head.data_length);
    if (buf_check(out, "record", err))
        return err->code;
    return out->length < STEP ? ERROR_NONE : write_out(level, out, err);
}

static enum error_code begin_run(struct external_sort *sort, size_t at, struct error *err);

/* All runs of a level become one of the next. */
static enum error_code merge_level(struct external_sort *sort, size_t from, struct error *err)
{
    struct level *source = &sort->level[from], *target = &sort->level[from + 1];
    const struct cursor *cursor;
    struct merge merge = {0};
    struct buf out;
    enum error_code code = begin_run(sort, from + 1, err);
    off_t start = target->end;

    buf_init(&out, sort->memory + 2 * STEP);
    if (!code)
        code = merge_open(sort, &merge, from, from + 1, err);
    while (!code && (cursor = merge_next(&merge, &code, err)))
        code = write_record(target, cursor->buf.data + cursor->from, &out, err);
    if (!code)
        code = write_out(target, &out, err);
    if (!code) {
        target->run[target->count++] = (struct run){start, target->end};
        source->count = 0;
        source->end = 0;
        if (ftruncate(source->descriptor, 0) < 0)
            code = error_set(err, ERROR_IO, "cannot empty a temporary file: %s", strerror(errno));
    }
    merge_done(&merge);
    buf_done(&out);
    return code;
}

/* Room for one more run, whose bytes go to the end of the file. */
static enum error_code begin_run(struct external_sort *sort, size_t at, struct error *err)
{
    struct level *level = &sort->level[at];

    if (level->descriptor < 0)
        level->descriptor = file_open_nameless(err);
    if (level->descriptor < 0)
        return err->code;
    if (level->count < RUNS)
        return ERROR_NONE;
    if (at + 1 == LEVELS)
        return error_set(err, ERROR_LIMIT, "too much to sort");
    return merge_level(sort, at, err);
}

/* What is in memory becomes a run. */
static enum error_code spill(struct external_sort *sort, struct error *err)
{
    struct level *level = &sort->level[0];
    enum error_code code = begin_run(sort, 0, err);
    off_t start = level->end;
    struct buf out;

    buf_init(&out, sort->memory + 2 * STEP);
    qsort(sort->record, sort->count, sizeof *sort->record, compare_in_memory);
    for (size_t i = 0; !code && i < sort->count; i++)
        code = write_record(level, sort->record[i], &out, err);
    if (!code)
        code = write_out(level, &out, err);
    if (!code) {
        level->run[level->count++] = (struct run){start, level->end};
        sort->count = 0;
        sort->used = 0;
    }
    buf_done(&out);
    return code;
}

static enum error_code grow_index(struct external_sort *sort, struct error *err)
{
    size_t room = sort->room > 0 ? 2 * sort->room : FIRST_INDEX;
    const char **grown = mem_resize(sort->record, room, sizeof *grown);

    if (!grown)
        return error_memory(err);
    sort->record = grown;
    sort->room = room;
    return ERROR_NONE;
}

enum error_code external_sort_add(struct external_sort *sort, const struct sorted_record *record,
    struct error *err)
{
    uint32_t lengths[2] = {(uint32_t)record->key.length, (uint32_t)record->data.length};
    size_t size = HEAD + record->key.length + record->data.length, index = sizeof *sort->record;
    char *at;

    if (record->key.length > sort->memory || record->data.length > sort->memory ||
        size + index > sort->memory)
        return error_set(err, ERROR_LIMIT, "a record is too large to sort (limit %zu bytes)",
            sort->memory);
    if (!sort->data)
        sort->data = mem_resize(NULL, sort->memory, 1);
    if (!sort->data)
        return error_memory(err);
    if (sort->used + size + (sort->count + 1) * index > sort->memory && spill(sort, err))
        return err->code;
    if (sort->count == sort->room && grow_index(sort, err))
        return err->code;
    at = sort->data + sort->used;
    memcpy(at, lengths, sizeof lengths);
    at[8] = (char)record->tag;
    if (record->key.length > 0)
        memcpy(at + HEAD, record->key.data, record->key.length);
    if (record->data.length > 0)
        memcpy(at + HEAD + record->key.length, record->data.data, record->data.length);
    sort->record[sort->count++] = at;
    sort->used += size;
    return ERROR_NONE;
}

enum error_code external_sort_finish(struct external_sort *sort, struct error *err)
{
    sort->finished = true;
    if (!external_sort_spilled(sort)) {
        if (sort->count > 0)
            qsort(sort->record, sort->count, sizeof *sort->record, compare_in_memory);
        return ERROR_NONE;
    }
    if (sort->count > 0 && spill(sort, err))
        return err->code;
    mem_free(sort->data);
    sort->data = NULL;
    return merge_open(sort, &sort->merge, 0, LEVELS, err);
}

bool external_sort_next(struct external_sort *sort, struct sorted_record *out,
    enum error_code *code, struct error *err)
{
    const struct cursor *cursor;

    *code = ERROR_NONE;
    if (!external_sort_spilled(sort)) {
        if (sort->next == sort->count)
            return false;
        *out = read_record(sort->record[sort->next++]);
        return true;
    }
    cursor = merge_next(&sort->merge, code, err);
    if (cursor)
        *out = cursor->record;
    return cursor != NULL;
}
