#include "endpoint/tables/expiry.h"

#include <string.h>

#include "base/clock.h"

enum { SWEEP_SLICE = 100 };

/* Older entries are taken for milliseconds or nonsense, and left alone. */
#define EXPIRY_HORIZON (INT64_C(5) * 365 * 86400)

bool expiry_time(const struct value *item, struct text attribute, int64_t *seconds)
{
    const struct value *value = item ? value_get(item, attribute) : NULL;
    const char *point;
    struct text text;

    if (!value || value->type != VALUE_N)
        return false;
    text = value->text;
    point = memchr(text.data, '.', text.length);
    if (point)
        text.length = (size_t)(point - text.data);
    return text_to_integer(text, 0, INT64_MAX / 2, seconds);
}

enum store_result expiry_write(const struct item_write *write, struct write_context *context)
{
    int64_t table = write->current->id, old = 0, new = 0;
    bool had = expiry_time(write->old_item, write->current->expiry, &old);
    bool has = expiry_time(write->new_item, write->current->expiry, &new);

    if (had && has && old == new)
        return STORE_DONE;
    if (had && store_expiry_delete(context->store, table, old, write->key) == STORE_FAILED)
        return STORE_FAILED;
    if (has && store_expiry_add(context->store, table, new, write->key) == STORE_FAILED)
        return STORE_FAILED;
    return STORE_DONE;
}

/* Deletes the item when it still expires at that time; else the entry is stale and goes alone. */
static enum progress expire(struct table *table, struct write_context *context, int64_t at,
    struct text key)
{
    struct request request = {.arena = context->arena,
        .catalog = context->catalog,
        .settings = context->settings};
    struct item_write write = {.kind = WRITE_DELETE,
        .origin = WRITE_BY_EXPIRY,
        .table = table,
        .key = key,
        .want_old = true};
    enum progress progress = item_write_check(&request, &write, context);
    int64_t seconds = 0;

    if (progress == PROGRESS_DONE && !request.fault.set) {
        if (write.existed && expiry_time(write.old_item, write.current->expiry, &seconds) &&
            seconds == at)
            progress = item_write_store(&write, context, NULL);
        else if (store_expiry_delete(context->store, table->id, at, key) == STORE_FAILED)
            progress = PROGRESS_BROKEN;
    } else {
        progress = PROGRESS_BROKEN;
    }
    table_release(write.current);
    return progress;
}

enum progress expiry_sweep(struct table *table, struct write_context *context)
{
    int64_t now = (int64_t)(clock_wall() / CLOCK_SECOND), at = 0;
    int64_t due = now - context->settings->ttl_delay_s;
    enum progress progress = PROGRESS_AGAIN;
    enum store_result result;
    struct buf key;

    buf_init(&key, 64 * 1024);
    for (int i = 0; i < SWEEP_SLICE && progress == PROGRESS_AGAIN; i++) {
        buf_clear(&key);
        arena_reset(context->arena);
        result = store_expiry_due(context->store, table->id, now - EXPIRY_HORIZON, due, &at, &key);
        if (result == STORE_DONE)
            progress = PROGRESS_DONE;
        else if (result == STORE_FAILED ||
                 expire(table, context, at, buf_view(&key)) == PROGRESS_BROKEN)
            progress = PROGRESS_BROKEN;
    }
    buf_done(&key);
    return progress;
}
