#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Hash map from text to pointer. Keys are copied; values are the caller's. One thread at a time.
 * Iteration is in order of insertion (removal keeps the order of the rest).
 */
struct map;

struct map *map_new(void); /* NULL when out of memory */
void map_free(struct map *map);

/* Adds or replaces; false when out of memory. */
bool map_set(struct map *map, struct text key, void *value);
void *map_get(const struct map *map, struct text key); /* NULL when absent */
void *map_remove(struct map *map, struct text key);    /* the value that was there, or NULL */
size_t map_count(const struct map *map);

/* Walks: start with *at = 0; false at the end. The map may not change meanwhile. */
bool map_next(const struct map *map, size_t *at, struct text *key, void **value);

#endif
