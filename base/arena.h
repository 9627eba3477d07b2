#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>

/*
 * Memory that is freed at once: parse trees, one request, one page. One thread at a time.
 * Blocks grow from 4 KB to 256 KB; the first one is kept by arena_reset.
 */
struct arena;

/* A new arena of at most limit bytes, or NULL with err set. */
struct arena *arena_new(size_t limit, struct error *err) MUST_CHECK;
void arena_free(struct arena *arena);  /* NULL is harmless */
void arena_reset(struct arena *arena); /* everything in it is gone */

/* Zeroed, aligned for any type; NULL when memory or the limit is used up. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* Copies; data is NULL on failure (an empty text gives a non-NULL pointer). */
struct text arena_text(struct arena *arena, struct text text);

/* A NUL-terminated copy, or NULL. */
char *arena_string(struct arena *arena, struct text text);

/* A formatted NUL-terminated string, or NULL. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ERROR_MEMORY or ERROR_LIMIT, as the last failure was; for `return arena_failed(arena, err);` */
enum error_code arena_failed(const struct arena *arena, struct error *err);

size_t arena_used(const struct arena *arena);

#endif
