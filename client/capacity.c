#include "client/capacity.h"

#include <stdio.h>

#include "client/reply.h"

void capacity_init(struct capacity *capacity)
{
    *capacity = (struct capacity){.count = 0};
    pthread_mutex_init(&capacity->lock, NULL);
}

void capacity_done(struct capacity *capacity)
{
    pthread_mutex_destroy(&capacity->lock);
}

static struct capacity_part *find(struct capacity *capacity, struct text name)
{
    struct capacity_part *part;

    for (size_t i = 0; i < capacity->count; i++) {
        if (text_is(name, capacity->part[i].name))
            return &capacity->part[i];
    }
    if (capacity->count == CAPACITY_PARTS)
        return &capacity->part[CAPACITY_PARTS - 1];
    part = &capacity->part[capacity->count++];
    if (capacity->count == CAPACITY_PARTS || name.length >= sizeof part->name)
        name = TEXT("others");
    snprintf(part->name, sizeof part->name, "%.*s", (int)name.length, name.data);
    return part;
}

static void add(struct capacity *capacity, struct text name, const struct json *units,
    bool is_write)
{
    struct capacity_part *part;
    uint64_t milli = reply_consumed_milli(units);

    if (milli == 0)
        return;
    part = find(capacity, name);
    if (is_write)
        part->write_milli += milli;
    else
        part->read_milli += milli;
}

static void add_indexes(struct capacity *capacity, const struct json *indexes, bool is_write)
{
    for (const struct json *one = indexes ? indexes->first : NULL; one; one = one->next) {
        capacity->has_index = true;
        add(capacity, one->name, one, is_write);
    }
}

struct note {
    struct capacity *capacity;
    bool is_write;
};

/* An answer without parts is of a server that knows TOTAL only: all of it is the table's. */
static void note_one(void *user, const struct json *consumed)
{
    const struct note *note = user;
    struct text name = json_string_member(consumed, "TableName");
    const struct json *table = json_member(consumed, "Table");
    const struct json *local = json_member(consumed, "LocalSecondaryIndexes");
    const struct json *global = json_member(consumed, "GlobalSecondaryIndexes");

    add(note->capacity, name, table || local || global ? table : consumed, note->is_write);
    add_indexes(note->capacity, local, note->is_write);
    add_indexes(note->capacity, global, note->is_write);
}

void capacity_note(struct capacity *capacity, struct text body, bool is_write)
{
    struct note note = {capacity, is_write};

    pthread_mutex_lock(&capacity->lock);
    reply_each_consumed(body, note_one, &note);
    pthread_mutex_unlock(&capacity->lock);
}
