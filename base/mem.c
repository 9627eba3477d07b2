#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

static atomic_long live;
static atomic_long until_failure; /* 0: none is planned */

static bool must_fail(void)
{
    long left = atomic_load_explicit(&until_failure, memory_order_relaxed);

    while (left > 0)
        if (atomic_compare_exchange_weak(&until_failure, &left, left - 1))
            return left == 1;
    return false;
}

/* Bytes to ask for, never 0, because an empty block is not a failure; SIZE_MAX on overflow. */
static size_t total(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        return 1;
    return count > SIZE_MAX / size ? SIZE_MAX : count * size;
}

static void *counted(void *block)
{
    if (block)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return block;
}

void *mem_new(size_t count, size_t size)
{
    size_t bytes = total(count, size);

    if (bytes == SIZE_MAX || must_fail())
        return NULL;
    return counted(calloc(1, bytes));
}

void *mem_resize(void *block, size_t count, size_t size)
{
    size_t bytes = total(count, size);

    if (bytes == SIZE_MAX || must_fail())
        return NULL;
    if (!block)
        return counted(malloc(bytes));
    return realloc(block, bytes);
}

void *mem_grow(void *block, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity ? 2 * *capacity : FIRST_CAPACITY;
    void *grown;

    if (count < *capacity)
        return block;
    grown = wanted > *capacity ? mem_resize(block, wanted, size) : NULL;
    if (grown)
        *capacity = wanted;
    return grown;
}

char *mem_copy(const char *data, size_t length)
{
    char *copy = length == SIZE_MAX ? NULL : mem_resize(NULL, length + 1, 1);

    if (!copy)
        return NULL;
    if (length > 0)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

char *mem_copy_string(const char *string)
{
    return mem_copy(string, strlen(string));
}

void mem_free(void *block)
{
    if (!block)
        return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(block);
}

void mem_free_secret(void *block, size_t length)
{
    if (!block)
        return;
    explicit_bzero(block, length);
    mem_free(block);
}

void mem_fail_at(long nth)
{
    atomic_store(&until_failure, nth);
}

long mem_live(void)
{
    return atomic_load(&live);
}
