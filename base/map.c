#include "base/map.h"

#include <stdint.h>

#include "base/mem.h"

/*
 * 1. entry[] holds the entries in order of insertion; a removed one stays as a gap (key NULL)
 *    until the next rebuild.
 * 2. slot[] holds 1 + index into entry[], 0 = never used; a slot whose entry is a gap goes on to
 *    the next slot, so that probing passes over removals.
 * 3. used, gaps included, is at most 3/4 of the slots: a search ends at an unused slot.
 */
struct entry {
    char *key; /* owned */
    size_t length;
    uint64_t hash;
    void *value;
};

struct map {
    struct entry *entry;
    uint32_t *slot;
    size_t slots; /* power of two, or 0 */
    size_t used;  /* entries, gaps included */
    size_t count; /* entries without gaps */
};

enum { FIRST_SLOTS = 8 };

struct map *map_new(void)
{
    return mem_new(1, sizeof(struct map));
}

void map_free(struct map *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->used; i++)
        mem_free(map->entry[i].key);
    mem_free(map->entry);
    mem_free(map->slot);
    mem_free(map);
}

static struct entry *find(const struct map *map, struct text key, uint64_t hash)
{
    if (map->slots == 0)
        return NULL;
    for (size_t at = hash & (map->slots - 1); map->slot[at]; at = (at + 1) & (map->slots - 1)) {
        struct entry *entry = &map->entry[map->slot[at] - 1];

        if (entry->key && entry->hash == hash &&
            text_equal(text_make(entry->key, entry->length), key))
            return entry;
    }
    return NULL;
}

static void fill_slot(struct map *map, size_t index)
{
    size_t at = map->entry[index].hash & (map->slots - 1);

    while (map->slot[at])
        at = (at + 1) & (map->slots - 1);
    map->slot[at] = (uint32_t)index + 1;
}

/* Doubles when the entries need it, and closes the gaps. */
static bool rebuild(struct map *map)
{
    size_t slots = map->slots ? map->slots : FIRST_SLOTS;
    struct entry *entry;
    uint32_t *slot;
    size_t kept = 0;

    if (map->count >= slots / 2)
        slots *= 2;
    if (slots > UINT32_MAX / 2)
        return false;
    slot = mem_new(slots, sizeof *slot);
    entry = mem_new(slots / 4 * 3, sizeof *entry);
    if (!slot || !entry) {
        mem_free(slot);
        mem_free(entry);
        return false;
    }
    for (size_t i = 0; i < map->used; i++)
        if (map->entry[i].key)
            entry[kept++] = map->entry[i];
    mem_free(map->slot);
    mem_free(map->entry);
    map->slot = slot;
    map->entry = entry;
    map->slots = slots;
    map->used = kept;
    for (size_t i = 0; i < kept; i++)
        fill_slot(map, i);
    return true;
}

bool map_set(struct map *map, struct text key, void *value)
{
    uint64_t hash = text_hash(key);
    struct entry *entry = find(map, key, hash);
    char *copy;

    if (entry) {
        entry->value = value;
        return true;
    }
    if (map->used >= map->slots / 4 * 3 && !rebuild(map))
        return false;
    copy = mem_copy(key.data, key.length);
    if (!copy)
        return false;
    map->entry[map->used] = (struct entry){copy, key.length, hash, value};
    fill_slot(map, map->used);
    map->used++;
    map->count++;
    return true;
}

void *map_get(const struct map *map, struct text key)
{
    const struct entry *entry = find(map, key, text_hash(key));

    return entry ? entry->value : NULL;
}

void *map_remove(struct map *map, struct text key)
{
    struct entry *entry = find(map, key, text_hash(key));

    if (!entry)
        return NULL;
    mem_free(entry->key);
    entry->key = NULL;
    map->count--;
    return entry->value;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

bool map_next(const struct map *map, size_t *at, struct text *key, void **value)
{
    while (*at < map->used) {
        const struct entry *entry = &map->entry[(*at)++];

        if (entry->key) {
            *key = text_make(entry->key, entry->length);
            *value = entry->value;
            return true;
        }
    }
    return false;
}
