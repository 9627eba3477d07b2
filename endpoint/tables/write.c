#include "endpoint/tables/write.h"

#include "base/json.h"
#include "base/mem.h"
#include "endpoint/tables/expiry.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/indexes.h"
#include "endpoint/tables/keys.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/streams.h"
#include "endpoint/tables/throttle.h"

/* An item collection of a table with local indexes, tables.md 3. */
#define COLLECTION_LIMIT (INT64_C(10) * 1024 * 1024 * 1024)

bool write_take_key(struct request *request, struct item_write *write, const struct value *item)
{
    write->key = schema_key_bytes(&write->table->key, item, request->arena);
    write->key_item = schema_key_of(&write->table->key, item, request->arena);
    return (write->key.data && write->key_item) || request_exhausted(request);
}

/* As it is kept; data NULL when there is no room for it. */
static struct text item_json(struct request *request, const struct value *item, size_t size)
{
    struct json_writer writer;
    struct text text;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    buf_reserve(&json, 2 * size + 256); /* what most items take; it grows if need be */
    json_writer_init(&writer, &json);
    value_add_wire_item(&writer, item);
    text = json.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&json));
    buf_done(&json);
    if (!text.data)
        request_exhausted(request);
    return text;
}

bool write_take_item(struct request *request, struct item_write *write)
{
    write->size = value_item_size(write->item);
    if (write->size > TABLE_ITEM_SIZE)
        return request_fail(request, MESSAGE_ITEM_SIZE, NULL);
    write->json = item_json(request, write->item, write->size);
    return write->json.data;
}

static bool needs_old_item(const struct item_write *write)
{
    return write->condition || write->kind == WRITE_UPDATE || write->want_old ||
           write->current->index_count > 0 || write->current->expiry.length > 0 ||
           (write->current->stream && !write->key_item && !write->item);
}

static bool decode_old(struct request *request, struct item_write *write)
{
    struct error err;
    const struct json *json = json_parse(write->old_json, request->arena, &err);
    struct value *item = json ? value_from_wire_item(json, request->arena, &err) : NULL;

    write->old_item = item;
    if (!item && err.code != ERROR_MEMORY && err.code != ERROR_LIMIT)
        return request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(err.text)));
    return item || request_exhausted(request);
}

static enum progress read_old(struct request *request, struct item_write *write,
    struct write_context *context)
{
    enum store_result result;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    result = store_get(context->store, write->current->id, write->key, &json, &write->old_row);
    if (result == STORE_ROW) {
        write->existed = true;
        write->old_json = arena_text(request->arena, buf_view(&json));
        if (json.failure || !write->old_json.data)
            request_exhausted(request);
    }
    buf_done(&json);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static void check_condition(struct request *request, const struct item_write *write)
{
    static const struct value nothing = {.type = VALUE_M};

    if (!write->condition || expression_holds(write->condition,
                                 write->old_item ? write->old_item : &nothing, request->arena))
        return;
    request_fail(request, MESSAGE_CONDITION_FAILED, NULL);
    if (write->item_on_failure && write->existed)
        request->fault.item = write->old_json;
    request->write_milli = capacity_write((uint64_t)write->old_row.size);
}

static bool only_removes(const struct update *update)
{
    for (size_t i = 0; i < update->count; i++)
        if (update->action[i].kind == UPDATE_SET || update->action[i].kind == UPDATE_ADD)
            return false;
    return true;
}

/* depth: maps and lists around the value. Updates add at most a value to what was no deeper. */
static bool is_too_deep(const struct value *value, size_t depth)
{
    if (value->type != VALUE_L && value->type != VALUE_M)
        return false;
    if (depth + 1 >= VALUE_WIRE_DEPTH_LIMIT)
        return true;
    for (size_t i = 0; i < value->count; i++)
        if (is_too_deep(&value->element[i], depth + 1))
            return true;
    return false;
}

static bool check_depth(struct request *request, const struct value *item)
{
    for (size_t i = 0; i < item->count; i++)
        if (is_too_deep(&item->element[i], 0))
            return request_fail(request, MESSAGE_UPDATE_NESTING, NULL);
    return true;
}

static void make_updated(struct request *request, struct item_write *write)
{
    const struct value *base = write->old_item ? write->old_item : write->key_item;
    struct error err = {.code = ERROR_NONE};

    write->new_item = base;
    if (write->update) {
        write->new_item = update_apply(write->update, base, request->arena, &err);
        if (!write->new_item && err.code == ERROR_INVALID)
            request_fail(request, MESSAGE_UPDATE_RUN, ARGUMENTS(text_of(err.text)));
        else if (!write->new_item)
            request_exhausted(request);
        if (!write->new_item)
            return;
        if (!write->existed && only_removes(write->update)) {
            write->new_item = NULL;
            return;
        }
    }
    write->new_size = value_item_size(write->new_item);
    if (write->new_size > TABLE_ITEM_SIZE)
        request_fail(request, MESSAGE_ITEM_UPDATE_SIZE, NULL);
    else if (check_depth(request, write->new_item) &&
             schema_check_update(request, write->current, write->old_item, write->new_item))
        write->new_json = item_json(request, write->new_item, write->new_size);
}

static void make_new(struct request *request, struct item_write *write)
{
    switch (write->kind) {
    case WRITE_PUT:
        write->new_item = write->item;
        write->new_json = write->json;
        write->new_size = write->size;
        /* An index may have been made since the loop thread looked. */
        if (write->current != write->table)
            schema_check_index_keys(request, write->current, write->item);
        break;
    case WRITE_UPDATE:
        make_updated(request, write);
        break;
    case WRITE_DELETE:
        break;
    }
    write->unchanged = write->existed
                           ? write->new_item && text_equal(write->old_json, write->new_json)
                           : !write->new_item;
}

/* Only a table that could hold a full collection pays for the look. */
static enum progress check_collection(struct request *request, struct item_write *write,
    struct write_context *context)
{
    struct table *table = write->current;
    int64_t total = 0;

    if (!table->has_local || write->new_size <= (size_t)write->old_row.size ||
        atomic_load(&table->counters->bytes[0]) < COLLECTION_LIMIT / (TABLE_LOCAL_LIMIT + 1))
        return PROGRESS_DONE;
    if (store_collection_add(context->store, table->id, keys_collection_of(&table->key, write->key),
            0, &total) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (total >= COLLECTION_LIMIT)
        request_fail(request, MESSAGE_COLLECTION_SIZE, NULL);
    return PROGRESS_DONE;
}

enum progress item_write_check(struct request *request, struct item_write *write,
    struct write_context *context)
{
    write->existed = false;
    write->old_item = write->new_item = NULL;
    write->old_json = write->new_json = text_make("", 0);
    write->new_size = 0;
    write->current = registry_find_id(context->catalog, write->table->id);
    if (!write->current || !table_is_open(write->current)) {
        request_fail(request, MESSAGE_TABLE_MISSING, NULL);
        return PROGRESS_DONE;
    }
    if (read_old(request, write, context) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (write->existed && needs_old_item(write) && !decode_old(request, write))
        return PROGRESS_DONE;
    if (request->fault.set)
        return PROGRESS_DONE;
    check_condition(request, write);
    if (request->fault.set)
        return PROGRESS_DONE;
    make_new(request, write);
    return request->fault.set ? PROGRESS_DONE : check_collection(request, write, context);
}

static enum progress store_extras(struct item_write *write, struct write_context *context,
    struct usage *usage)
{
    struct table *table = write->current;
    int64_t bytes = (int64_t)write->new_size - write->old_row.size;

    if (!write_count(context, table, 0, (write->new_item ? 1 : 0) - (write->existed ? 1 : 0),
            bytes))
        return PROGRESS_BROKEN;
    if (table->stream && stream_record(write, context) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (table->index_count > 0 && indexes_write(write, context, usage, &bytes) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (table->expiry.length > 0 && expiry_write(write, context) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (history_is_on(table) && history_add(write, context) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (table->has_local &&
        store_collection_add(context->store, table->id, keys_collection_of(&table->key, write->key),
            bytes, &write->collection_bytes) == STORE_FAILED)
        return PROGRESS_BROKEN;
    return PROGRESS_DONE;
}

static enum progress store_write(struct item_write *write, struct write_context *context,
    struct usage *usage)
{
    struct table *table = write->current;
    size_t old_size = (size_t)write->old_row.size;
    enum store_result result;

    if (usage)
        usage_add(usage, 0,
            capacity_write(old_size > write->new_size ? old_size : write->new_size));
    if (write->unchanged)
        return !table->has_local || store_collection_add(context->store, table->id,
                                        keys_collection_of(&table->key, write->key), 0,
                                        &write->collection_bytes) != STORE_FAILED
                   ? PROGRESS_DONE
                   : PROGRESS_BROKEN;
    if (write->new_item)
        result = store_put(context->store, table->id, write->key, &write->old_row,
            (int64_t)write->new_size, write->new_json);
    else
        result = store_delete(context->store, table->id, write->key, &write->old_row);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    return store_extras(write, context, usage);
}

enum progress item_write_store(struct item_write *write, struct write_context *context,
    struct usage *usage)
{
    struct usage own = {0};
    enum progress progress;

    if (!context->throttle || !usage)
        return store_write(write, context, usage);
    progress = store_write(write, context, &own);
    throttle_charge_write(context->throttle, write->current, &own);
    for (int slot = 0; slot < TABLE_SLOT_COUNT; slot++)
        if (own.used[slot])
            usage_add(usage, slot, own.milli[slot]);
    return progress;
}

bool write_count(struct write_context *context, struct table *table, int slot, int64_t items,
    int64_t bytes)
{
    struct count_change *change;

    for (size_t i = context->change_count; i > 0; i--) {
        change = &context->change[i - 1];
        if (change->table->id == table->id && change->slot == slot) {
            change->items += items;
            change->bytes += bytes;
            return true;
        }
    }
    if (context->change_count == context->change_capacity) {
        size_t capacity = context->change_capacity ? 2 * context->change_capacity : 64;

        change = mem_resize(context->change, capacity, sizeof *change);
        if (!change)
            return false;
        context->change = change;
        context->change_capacity = capacity;
    }
    change = &context->change[context->change_count++];
    *change = (struct count_change){.table = table, .slot = slot, .items = items, .bytes = bytes};
    table_retain(table);
    return true;
}

void write_note_sequence(struct write_context *context, const struct table *table, int64_t sequence)
{
    for (size_t i = context->change_count; i > 0; i--) {
        struct count_change *change = &context->change[i - 1];

        if (change->table->id == table->id && change->slot == 0) {
            change->sequence = sequence;
            return;
        }
    }
}

enum store_result write_counts_store(struct write_context *context)
{
    for (size_t i = 0; i < context->change_count; i++) {
        const struct count_change *change = &context->change[i];

        if (store_count(context->store, change->table->id, change->slot, change->items,
                change->bytes) == STORE_FAILED)
            return STORE_FAILED;
    }
    return STORE_DONE;
}

void write_counts_publish(struct write_context *context)
{
    for (size_t i = 0; i < context->change_count; i++) {
        const struct count_change *change = &context->change[i];

        atomic_fetch_add(&change->table->counters->items[change->slot], change->items);
        atomic_fetch_add(&change->table->counters->bytes[change->slot], change->bytes);
        if (change->sequence > 0)
            atomic_store(&change->table->counters->sequence, change->sequence);
    }
    write_counts_forget(context);
}

void write_counts_forget(struct write_context *context)
{
    for (size_t i = 0; i < context->change_count; i++)
        table_release(context->change[i].table);
    context->change_count = 0;
}

void write_publish_draft(struct request *request, struct write_context *context)
{
    if (!registry_publish(context->catalog, request->draft))
        request_exhausted(request);
}
