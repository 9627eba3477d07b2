#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) char data[];
};

/* Lives in front of its first block, in one allocation. */
struct arena {
    size_t limit, used;
    size_t next_size;
    struct block *current;
    struct block *others; /* all but the first; the current one is in front unless it is first */
    enum error_code failure;
    alignas(max_align_t) struct block first;
};

struct arena *arena_new(size_t limit, struct error *err)
{
    struct arena *arena = mem_resize(NULL, 1, FIRST_BLOCK);

    if (!arena) {
        error_memory(err);
        return NULL;
    }
    *arena = (struct arena){.limit = limit, .next_size = 2 * FIRST_BLOCK};
    arena->first.size = FIRST_BLOCK - sizeof *arena;
    arena->current = &arena->first;
    return arena;
}

static void free_others(struct arena *arena)
{
    while (arena->others) {
        struct block *block = arena->others;

        arena->others = block->next;
        mem_free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_others(arena);
    mem_free(arena);
}

void arena_reset(struct arena *arena)
{
    free_others(arena);
    arena->used = 0;
    arena->next_size = 2 * FIRST_BLOCK;
    arena->first.used = 0;
    arena->current = &arena->first;
    arena->failure = ERROR_NONE;
}

static void *fail(struct arena *arena, enum error_code code)
{
    arena->failure = code;
    return NULL;
}

/* A block that has room for bytes; what is large gets its own and the current one stays. */
static struct block *add_block(struct arena *arena, size_t bytes)
{
    bool own = bytes > arena->next_size / 2;
    size_t size = own ? bytes : arena->next_size;
    struct block *block = NULL;

    if (size <= SIZE_MAX - sizeof *block)
        block = mem_resize(NULL, 1, sizeof *block + size);
    if (!block)
        return fail(arena, ERROR_MEMORY);
    *block = (struct block){.size = size};
    if (own && arena->current != &arena->first) {
        block->next = arena->current->next;
        arena->current->next = block;
    } else {
        block->next = arena->others;
        arena->others = block;
    }
    if (!own) {
        arena->current = block;
        if (arena->next_size < LARGEST_BLOCK)
            arena->next_size *= 2;
    }
    return block;
}

/* Not zeroed. */
static void *take(struct arena *arena, size_t count, size_t size)
{
    struct block *block = arena->current;
    size_t bytes = count * size;
    void *data;

    if (size > 0 && count > SIZE_MAX / size)
        return fail(arena, ERROR_LIMIT);
    if (bytes > arena->limit || bytes > SIZE_MAX - ALIGNMENT)
        return fail(arena, ERROR_LIMIT);
    bytes = bytes > 0 ? (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    if (bytes > arena->limit - arena->used)
        return fail(arena, ERROR_LIMIT);
    if (bytes > block->size - block->used) {
        block = add_block(arena, bytes);
        if (!block)
            return NULL;
    }
    data = block->data + block->used;
    block->used += bytes;
    arena->used += bytes;
    return data;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    void *data = take(arena, count, size);

    return data ? memset(data, 0, count * size) : NULL;
}

struct text arena_text(struct arena *arena, struct text text)
{
    char *copy = take(arena, text.length, 1);

    if (!copy)
        return (struct text){NULL, 0};
    if (text.length > 0)
        memcpy(copy, text.data, text.length);
    return text_make(copy, text.length);
}

char *arena_string(struct arena *arena, struct text text)
{
    char *copy;

    if (text.length == SIZE_MAX)
        return fail(arena, ERROR_LIMIT);
    copy = take(arena, text.length + 1, 1);
    if (!copy)
        return NULL;
    if (text.length > 0)
        memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list list, again;
    char *string = NULL;
    int length;

    va_start(list, format);
    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, list);
    if (length >= 0)
        string = take(arena, (size_t)length + 1, 1);
    else
        fail(arena, ERROR_LIMIT); /* more than INT_MAX bytes */
    if (string)
        vsnprintf(string, (size_t)length + 1, format, again);
    va_end(again);
    va_end(list);
    return string;
}

enum error_code arena_failed(const struct arena *arena, struct error *err)
{
    if (arena->failure == ERROR_LIMIT)
        return error_set(err, ERROR_LIMIT, "needs more than %zu bytes of memory", arena->limit);
    return error_memory(err);
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
