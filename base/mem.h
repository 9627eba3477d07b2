#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * The only allocator of the program. Sizes are checked for overflow; failure is NULL, never an
 * exit. Tests can make any allocation fail and count what is live. Thread-safe.
 */

/* Zeroed memory for count elements of size bytes; the caller frees it with mem_free(). */
void *mem_new(size_t count, size_t size);

/*
 * Grows or shrinks; a NULL block is a new one. New bytes are not zeroed. On failure the old block
 * stays.
 */
void *mem_resize(void *block, size_t count, size_t size);

/*
 * The block with room for one element of size bytes behind the first count: twice as large when
 * *capacity is reached, 0 and NULL being a new one. On failure NULL; the old block stays.
 */
void *mem_grow(void *block, size_t count, size_t *capacity, size_t size);

/* A copy of length bytes with a NUL behind them. */
char *mem_copy(const char *data, size_t length);

/* A copy of a C string, or NULL. */
char *mem_copy_string(const char *string);

/* NULL is harmless. */
void mem_free(void *block);

/* Overwrites before freeing: for keys and tokens. */
void mem_free_secret(void *block, size_t length);

/* Tests: the nth allocation from now fails (1 is the next one); 0 ends it. */
void mem_fail_at(long nth);

/* Tests: blocks allocated and not yet freed. */
long mem_live(void);

#endif
