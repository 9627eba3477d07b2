#include "client/rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "client/rows_pack.h"

/*
 * 1. Packed rows and names never move: they lie in blocks, and the index grows by new segments.
 * 2. A row is published by storing count with release; what lies below count is finished.
 * 3. Everything else, unpacked rows included, is written under the lock.
 */
enum {
    SEGMENT_FIRST = 256, /* rows of segment 0; each further one has twice as many */
    SEGMENT_COUNT = 40,
    BLOCK_FIRST = 4096,
    BLOCK_LARGEST = 256 * 1024,
    NAME_LIMIT = 4096, /* names and columns noted; further names travel in their rows */
    TITLE_SIZE = 256
};

struct block {
    struct block *next;
    size_t used, size;
    unsigned char data[];
};

struct segment {
    const unsigned char **packed;
    _Atomic(_Atomic(const struct value *) *) unpacked; /* NULL until one of its rows is asked for */
};

struct name {
    uint16_t types;
    bool is_key, is_column;
};

struct rows {
    pthread_mutex_t lock;
    atomic_size_t count;
    _Atomic uint64_t version;
    struct segment segment[SEGMENT_COUNT];
    struct block *block; /* the one in use first */
    struct arena *nodes; /* of unpacked rows, and the bytes of names */
    struct buf scratch;
    uint32_t *number; /* of the names of the item at work */
    size_t number_size;

    struct map *name_map; /* name -> 1 + its number */
    struct text *dictionary;
    struct name *name;
    uint32_t *column; /* numbers of names, in the order of columns */
    size_t name_count, name_size, column_count;
    bool columns_fixed;

    struct rows_status status;
    char title[TITLE_SIZE];
};

struct rows *rows_new(struct error *err)
{
    struct rows *rows = mem_new(1, sizeof *rows);

    if (!rows) {
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&rows->lock, NULL);
    buf_init(&rows->scratch, SIZE_MAX / 2);
    rows->name_map = map_new();
    rows->nodes = arena_new(SIZE_MAX / 2, err);
    if (!rows->name_map || !rows->nodes) {
        error_memory(err);
        rows_free(rows);
        return NULL;
    }
    return rows;
}

void rows_free(struct rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < SEGMENT_COUNT; i++) {
        mem_free(rows->segment[i].packed);
        mem_free(atomic_load(&rows->segment[i].unpacked));
    }
    while (rows->block) {
        struct block *block = rows->block;

        rows->block = block->next;
        mem_free(block);
    }
    arena_free(rows->nodes);
    buf_done(&rows->scratch);
    map_free(rows->name_map);
    mem_free(rows->number);
    mem_free(rows->dictionary);
    mem_free(rows->name);
    mem_free(rows->column);
    pthread_mutex_destroy(&rows->lock);
    mem_free(rows);
}

/* The lock is no part of what a reader may not change. */
static struct rows *lock(const struct rows *rows)
{
    struct rows *own = (struct rows *)(uintptr_t)rows;

    pthread_mutex_lock(&own->lock);
    return own;
}

static void unlock_changed(struct rows *rows)
{
    atomic_fetch_add(&rows->version, 1);
    pthread_mutex_unlock(&rows->lock);
}

static size_t segment_rows(size_t segment)
{
    return (size_t)SEGMENT_FIRST << segment;
}

/* Splits the number of a row into its segment and the place there. */
static size_t find_segment(size_t *index)
{
    size_t segment = 0;

    for (; *index >= segment_rows(segment); segment++)
        *index -= segment_rows(segment);
    return segment;
}

static bool room_for_a_name(struct rows *rows)
{
    size_t size = rows->name_size ? rows->name_size * 2 : 32;
    void *grown;

    if (rows->name_count < rows->name_size)
        return true;
    if (!(grown = mem_resize(rows->dictionary, size, sizeof *rows->dictionary)))
        return false;
    rows->dictionary = grown;
    if (!(grown = mem_resize(rows->name, size, sizeof *rows->name)))
        return false;
    rows->name = grown;
    if (!(grown = mem_resize(rows->column, size, sizeof *rows->column)))
        return false;
    rows->column = grown;
    rows->name_size = size;
    return true;
}

/* The number of a name, 1 based; 0 when there are too many or no memory. Under the lock. */
static size_t intern(struct rows *rows, struct text text)
{
    size_t number = (uintptr_t)map_get(rows->name_map, text);
    struct text copy;

    if (number > 0 || rows->name_count == NAME_LIMIT)
        return number;
    if (!room_for_a_name(rows))
        return 0;
    copy = arena_text(rows->nodes, text);
    if (!copy.data || !map_set(rows->name_map, copy, (void *)(uintptr_t)(rows->name_count + 1)))
        return 0;
    rows->dictionary[rows->name_count] = copy;
    rows->name[rows->name_count] = (struct name){0};
    return ++rows->name_count;
}

static void add_column(struct rows *rows, size_t number)
{
    if (rows->name[number].is_column)
        return;
    rows->name[number].is_column = true;
    rows->column[rows->column_count++] = (uint32_t)number;
}

static enum error_code note_names(struct rows *rows, const struct value *item, struct error *err)
{
    if (item->count > rows->number_size) {
        uint32_t *grown = mem_resize(rows->number, item->count, sizeof *grown);

        if (!grown)
            return error_memory(err);
        rows->number = grown;
        rows->number_size = item->count;
    }
    for (size_t i = 0; i < item->count; i++) {
        size_t number = intern(rows, item->name[i]);

        rows->number[i] = ROWS_PACK_INLINE;
        if (number == 0)
            continue;
        rows->number[i] = (uint32_t)(number - 1);
        rows->name[number - 1].types |= (uint16_t)(1u << item->element[i].type);
        if (!rows->columns_fixed)
            add_column(rows, number - 1);
    }
    return ERROR_NONE;
}

/* Room for size bytes that stay where they are, or NULL. */
static unsigned char *take_block(struct rows *rows, size_t size)
{
    struct block *block = rows->block;
    size_t wanted = BLOCK_FIRST;

    if (!block || size > block->size - block->used) {
        if (block && block->size >= BLOCK_FIRST)
            wanted = block->size < BLOCK_LARGEST ? block->size * 2 : BLOCK_LARGEST;
        if (size > wanted)
            wanted = size;
        block = mem_resize(NULL, 1, sizeof *block + wanted);
        if (!block)
            return NULL;
        *block = (struct block){.next = rows->block, .size = wanted};
        rows->block = block;
    }
    block->used += size;
    return block->data + block->used - size;
}

enum error_code rows_append(struct rows *rows, const struct value *item, struct error *err)
{
    size_t at, segment;
    unsigned char *packed;
    enum error_code code;

    lock(rows);
    at = atomic_load_explicit(&rows->count, memory_order_relaxed);
    segment = find_segment(&at);
    buf_clear(&rows->scratch);
    if ((code = note_names(rows, item, err)))
        goto out;
    if ((code = rows_pack(&rows->scratch, item, rows->number, err)))
        goto out;
    if (!rows->segment[segment].packed)
        rows->segment[segment].packed = mem_new(segment_rows(segment), sizeof packed);
    packed = take_block(rows, rows->scratch.length);
    if (!packed || !rows->segment[segment].packed) {
        code = error_memory(err);
        goto out;
    }
    memcpy(packed, rows->scratch.data, rows->scratch.length);
    rows->segment[segment].packed[at] = packed;
    atomic_fetch_add_explicit(&rows->count, 1, memory_order_release);
out:
    unlock_changed(rows);
    return code;
}

void rows_set_keys(struct rows *rows, const struct text *name, size_t count)
{
    lock(rows);
    for (size_t i = 0; i < count; i++) {
        size_t number = intern(rows, name[i]), from = 0, front = 0;

        if (number == 0)
            continue;
        rows->name[--number].is_key = true;
        if (rows->columns_fixed)
            continue;
        add_column(rows, number);
        while (rows->column[from] != number)
            from++;
        while (front < from && rows->name[rows->column[front]].is_key)
            front++;
        memmove(rows->column + front + 1, rows->column + front,
            (from - front) * sizeof *rows->column);
        rows->column[front] = (uint32_t)number;
    }
    unlock_changed(rows);
}

void rows_set_columns(struct rows *rows, const struct text *name, size_t count)
{
    lock(rows);
    rows->columns_fixed = true;
    for (size_t i = 0; i < rows->name_count; i++)
        rows->name[i].is_column = false;
    rows->column_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t number = intern(rows, name[i]);

        if (number > 0)
            add_column(rows, number - 1);
    }
    unlock_changed(rows);
}

void rows_set_title(struct rows *rows, const char *title)
{
    lock(rows);
    snprintf(rows->title, sizeof rows->title, "%s", title);
    unlock_changed(rows);
}

void rows_set_status(struct rows *rows, const struct rows_status *status)
{
    lock(rows);
    rows->status = *status;
    unlock_changed(rows);
}

uint64_t rows_version(const struct rows *rows)
{
    return atomic_load(&rows->version);
}

struct rows_status rows_status(const struct rows *rows)
{
    struct rows *own = lock(rows);
    struct rows_status status = own->status;

    status.count = atomic_load(&own->count);
    pthread_mutex_unlock(&own->lock);
    return status;
}

size_t rows_count(const struct rows *rows)
{
    return atomic_load_explicit(&rows->count, memory_order_acquire);
}

/* The place where the unpacked row is kept, or NULL without memory. Under the lock. */
static _Atomic(const struct value *) *find_slot(struct segment *segment, size_t size, size_t at)
{
    _Atomic(const struct value *) *slot = atomic_load(&segment->unpacked);

    if (!slot) {
        slot = mem_new(size, sizeof *slot);
        atomic_store_explicit(&segment->unpacked, slot, memory_order_release);
    }
    return slot ? slot + at : NULL;
}

const struct value *rows_item(const struct rows *rows, size_t index)
{
    const struct value *item = NULL;
    _Atomic(const struct value *) *slot;
    size_t at = index, segment;
    struct rows *own;

    if (index >= rows_count(rows))
        return NULL;
    segment = find_segment(&at);
    slot = atomic_load_explicit(&rows->segment[segment].unpacked, memory_order_acquire);
    if (slot && (item = atomic_load_explicit(slot + at, memory_order_acquire)))
        return item;
    own = lock(rows);
    slot = find_slot(&own->segment[segment], segment_rows(segment), at);
    if (slot && !(item = atomic_load(slot))) {
        item = rows_unpack(own->segment[segment].packed[at], own->dictionary, own->nodes);
        atomic_store_explicit(slot, item, memory_order_release);
    }
    pthread_mutex_unlock(&own->lock);
    return item;
}

const struct value *rows_read(const struct rows *rows, size_t index, struct arena *arena)
{
    const struct value *item;
    size_t at = index, segment;
    struct rows *own;

    if (index >= rows_count(rows))
        return NULL;
    segment = find_segment(&at);
    own = lock(rows); /* the dictionary may move while it grows */
    item = rows_unpack(own->segment[segment].packed[at], own->dictionary, arena);
    pthread_mutex_unlock(&own->lock);
    return item;
}

size_t rows_column_count(const struct rows *rows)
{
    struct rows *own = lock(rows);
    size_t count = own->column_count;

    pthread_mutex_unlock(&own->lock);
    return count;
}

struct rows_column rows_column(const struct rows *rows, size_t index)
{
    struct rows *own = lock(rows);
    struct rows_column column = {.name = TEXT("")};

    if (index < own->column_count) {
        const struct name *name = &own->name[own->column[index]];

        column.name = own->dictionary[own->column[index]];
        column.types = name->types;
        column.is_key = name->is_key;
    }
    pthread_mutex_unlock(&own->lock);
    return column;
}

void rows_title(const struct rows *rows, char *out, size_t size)
{
    struct rows *own = lock(rows);

    snprintf(out, size, "%s", own->title);
    pthread_mutex_unlock(&own->lock);
}
