#include "endpoint/tables/indexes.h"

#include "base/json.h"
#include "endpoint/tables/keys.h"

enum { INDEX_KEY_LIMIT = 64 * 1024 };

struct text index_project(const struct table_index *index, const struct value *item,
    struct arena *arena, size_t *size)
{
    struct value *held = value_new_container(arena, VALUE_M, index->held_count);
    struct json_writer writer;
    struct text json;
    struct buf buf;

    if (!held)
        return text_make(NULL, 0);
    for (size_t i = 0; i < index->held_count; i++) {
        const struct value *value = value_get(item, index->held[i]);

        if (!value)
            continue;
        held->name[held->count] = index->held[i];
        held->element[held->count++] = *value;
    }
    *size = value_item_size(held);
    buf_init(&buf, TABLE_JSON_LIMIT);
    json_writer_init(&writer, &buf);
    value_add_wire_item(&writer, held);
    json = buf.failure ? text_make(NULL, 0) : arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    return json;
}

bool index_entry_make(const struct table_index *index, struct text item_key,
    const struct value *item, struct text json, size_t size, struct arena *arena,
    struct index_entry *out)
{
    struct buf key;

    *out = (struct index_entry){0};
    if (!item)
        return true;
    buf_init(&key, INDEX_KEY_LIMIT);
    out->present = keys_add_index(&key, index, item, item_key);
    if (out->present) {
        out->key = key.failure ? text_make(NULL, 0) : arena_text(arena, buf_view(&key));
        out->json = json;
        out->size = size;
        if (index->projection != PROJECTION_ALL)
            out->json = index_project(index, item, arena, &out->size);
    }
    buf_done(&key);
    return !out->present || (out->key.data && out->json.data);
}

struct index_change {
    struct write_context *context;
    struct table *table;
    const struct table_index *index;
    uint64_t milli;
    int64_t items, bytes;
};

static enum store_result remove_entry(struct index_change *change, const struct index_entry *entry)
{
    bool changed = false;
    enum store_result result = store_index_delete(change->context->store, change->table->id,
        change->index->slot, entry->key, &changed);

    /* While backfilling, the row may not be there yet. */
    if (changed) {
        change->items--;
        change->bytes -= (int64_t)entry->size;
    }
    change->milli += capacity_write(entry->size);
    return result;
}

static enum store_result add_entry(struct index_change *change, const struct index_entry *entry)
{
    bool changed = false;
    enum store_result result = store_index_add(change->context->store, change->table->id,
        change->index->slot, entry->key, (int64_t)entry->size, entry->json, &changed);

    if (changed) {
        change->items++;
        change->bytes += (int64_t)entry->size;
    }
    change->milli += capacity_write(entry->size);
    return result;
}

static enum store_result replace_entry(struct index_change *change, const struct index_entry *old,
    const struct index_entry *new)
{
    size_t larger = old->size > new->size ? old->size : new->size;
    bool changed = false;
    enum store_result result = store_index_update(change->context->store, change->table->id,
        change->index->slot, new->key, (int64_t) new->size, new->json, &changed);

    if (result == STORE_FAILED)
        return result;
    if (!changed)
        return add_entry(change, new);
    change->bytes += (int64_t) new->size - (int64_t)old->size;
    change->milli += capacity_write(larger);
    return result;
}

static enum store_result change_entry(struct index_change *change, const struct index_entry *old,
    const struct index_entry *new)
{
    if (old->present && new->present && text_equal(old->key, new->key)) {
        if (text_equal(old->json, new->json))
            return STORE_DONE;
        return replace_entry(change, old, new);
    }
    if (old->present && remove_entry(change, old) == STORE_FAILED)
        return STORE_FAILED;
    return new->present ? add_entry(change, new) : STORE_DONE;
}

enum progress indexes_write(const struct item_write *write, struct write_context *context,
    struct usage *usage, int64_t *local_bytes)
{
    struct table *table = write->current;

    for (size_t i = 0; i < table->index_count; i++) {
        struct index_change change = {.context = context,
            .table = table,
            .index = &table->index[i]};
        struct arena *arena = context->entries;
        struct index_entry old, new;

        arena_reset(arena);
        if (!index_entry_make(change.index, write->key, write->old_item, write->old_json,
                (size_t)write->old_row.size, arena, &old) ||
            !index_entry_make(change.index, write->key, write->new_item, write->new_json,
                write->new_size, arena, &new))
            return PROGRESS_BROKEN;
        if (change_entry(&change, &old, &new) == STORE_FAILED)
            return PROGRESS_BROKEN;
        if (change.index->local)
            *local_bytes += change.bytes;
        if (usage && change.milli > 0)
            usage_add(usage, change.index->slot, change.milli);
        if ((change.items != 0 || change.bytes != 0) &&
            !write_count(context, table, change.index->slot, change.items, change.bytes))
            return PROGRESS_BROKEN;
    }
    return PROGRESS_DONE;
}
