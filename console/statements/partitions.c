#include "console/statements/partitions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct partitions {
    struct map *seen;       /* key -> struct partition *, owned */
    struct partition *last; /* of the item before: it is usually that of the next one */
};

struct partitions *partitions_new(struct error *err)
{
    struct partitions *partitions = mem_new(1, sizeof *partitions);

    if (partitions)
        partitions->seen = map_new();
    if (!partitions || !partitions->seen) {
        mem_free(partitions);
        error_memory(err);
        return NULL;
    }
    return partitions;
}

static void partition_free(struct partition *partition)
{
    if (partition)
        mem_free(partition->key);
    mem_free(partition);
}

void partitions_free(struct partitions *partitions)
{
    struct text key;
    void *value;
    size_t at = 0;

    if (!partitions)
        return;
    while (map_next(partitions->seen, &at, &key, &value))
        partition_free(value);
    map_free(partitions->seen);
    mem_free(partitions);
}

/* The largest first. */
static int compare(const void *a, const void *b)
{
    const struct partition *one = *(struct partition *const *)a;
    const struct partition *other = *(struct partition *const *)b;

    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return strcmp(one->key, other->key);
}

/* Into a new map: taking out one after the other would move the rest each time. */
static enum error_code forget_half(struct partitions *partitions, struct error *err)
{
    size_t count = map_count(partitions->seen), taken = 0, at = 0;
    struct partition **list = mem_new(count, sizeof *list);
    struct map *kept = map_new();
    struct text key;
    void *value;
    bool fine = list && kept;

    while (fine && map_next(partitions->seen, &at, &key, &value))
        list[taken++] = value;
    if (fine)
        qsort(list, taken, sizeof *list, compare);
    for (size_t i = 0; fine && i < taken / 2; i++)
        fine = map_set(kept, text_of(list[i]->key), list[i]);
    if (!fine) {
        mem_free(list);
        map_free(kept);
        return error_memory(err);
    }
    for (size_t i = taken / 2; i < taken; i++)
        partition_free(list[i]);
    mem_free(list);
    map_free(partitions->seen);
    partitions->seen = kept;
    partitions->last = NULL;
    return ERROR_NONE;
}

static struct partition *find(struct partitions *partitions, struct text key, struct error *err)
{
    struct partition *found = map_get(partitions->seen, key);

    if (found)
        return found;
    if (map_count(partitions->seen) >= PARTITION_LIMIT && forget_half(partitions, err))
        return NULL;
    found = mem_new(1, sizeof *found);
    if (found)
        found->key = mem_copy(key.data, key.length);
    if (!found || !found->key || !map_set(partitions->seen, text_of(found->key), found)) {
        partition_free(found);
        error_memory(err);
        return NULL;
    }
    return found;
}

enum error_code partitions_add(struct partitions *partitions, struct text key, uint64_t bytes,
    struct error *err)
{
    struct partition *one = partitions->last;

    if (!one || !text_is(key, one->key))
        one = find(partitions, key, err);
    if (!one)
        return err->code;
    one->items++;
    one->bytes += bytes;
    partitions->last = one;
    return ERROR_NONE;
}

size_t partitions_largest(const struct partitions *partitions, struct partition *out, size_t most)
{
    size_t count = 0, at = 0;
    struct text key;
    void *value;

    while (map_next(partitions->seen, &at, &key, &value)) {
        struct partition *one = value;
        size_t place = count;

        while (place > 0 && compare(&one, &(struct partition *){&out[place - 1]}) < 0)
            place--;
        if (place == most)
            continue;
        count += count < most;
        memmove(out + place + 1, out + place, (count - place - 1) * sizeof *out);
        out[place] = *one;
    }
    return count;
}
