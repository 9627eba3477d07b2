#include "endpoint/tables/chores.h"

#include "base/json.h"
#include "endpoint/tables/expiry.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/indexes.h"
#include "endpoint/tables/store_drops.h"
#include "endpoint/tables/streams.h"
#include "endpoint/tables/table_drop.h"
#include "endpoint/tables/transact_tokens.h"

enum { FILL_SLICE = 500, TRIM_SLICE = 500, KEY_LIMIT = 64 * 1024 };

void chores_init(struct chores *chores)
{
    *chores = (struct chores){0};
    buf_init(&chores->position, KEY_LIMIT);
}

void chores_done(struct chores *chores)
{
    buf_done(&chores->position);
    table_release(chores->changed);
    chores->changed = NULL;
}

void chores_forget(struct chores *chores, int64_t table)
{
    if (chores->table != table)
        return;
    chores->table = 0;
    buf_clear(&chores->position);
}

/* The index of the table that is being filled, or NULL: the expiry index. */
static struct table_index *find_filling(const struct table *table)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (table->index[i].backfilling)
            return &table->index[i];
    return NULL;
}

static enum progress fill_index(struct table *table, const struct table_index *index,
    struct write_context *context, const struct store_entry *row, const struct value *item,
    struct text json)
{
    struct index_entry entry;
    bool added = false;

    if (!index_entry_make(index, row->key, item, json, (size_t)row->size, context->arena, &entry))
        return PROGRESS_BROKEN;
    if (!entry.present)
        return PROGRESS_DONE;
    if (store_index_add(context->store, table->id, index->slot, entry.key, (int64_t)entry.size,
            entry.json, &added) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (added && !write_count(context, table, index->slot, 1, (int64_t)entry.size))
        return PROGRESS_BROKEN;
    return PROGRESS_DONE;
}

static enum progress fill_row(struct table *table, const struct table_index *index,
    struct write_context *context, const struct store_entry *row)
{
    struct text json = row->json;
    enum progress progress = PROGRESS_BROKEN;
    const struct json *tree;
    struct store_row found;
    struct value *item;
    struct error err;
    int64_t at;
    struct buf large;

    arena_reset(context->arena);
    buf_init(&large, TABLE_JSON_LIMIT);
    if (!json.data) {
        if (store_get(context->store, table->id, row->key, &large, &found) != STORE_ROW)
            goto out;
        json = buf_view(&large);
    }
    tree = json_parse(json, context->arena, &err);
    item = tree ? value_from_wire_item(tree, context->arena, &err) : NULL;
    if (!item)
        goto out;
    if (index)
        progress = fill_index(table, index, context, row, item, json);
    else if (!expiry_time(item, table->expiry, &at) ||
             store_expiry_add(context->store, table->id, at, row->key) != STORE_FAILED)
        progress = PROGRESS_DONE;
out:
    buf_done(&large);
    return progress;
}

/* The description without the mark, in the transaction that adds the last rows. */
static enum progress finish_filling(struct chores *chores, const struct table *table,
    struct write_context *context)
{
    struct error err;
    struct table *copy = table_copy(table, &err);
    struct table_index *index;

    if (!copy)
        return PROGRESS_BROKEN;
    index = find_filling(copy);
    if (index)
        index->backfilling = false;
    else
        copy->expiry_backfilling = false;
    if (registry_update(context->store, copy) == STORE_FAILED) {
        table_release(copy);
        return PROGRESS_BROKEN;
    }
    chores->changed = copy;
    return PROGRESS_AGAIN;
}

/* Rows of an index that was deleted; with the last of them it leaves the description. */
static enum progress drop_leaving(struct chores *chores, const struct table *table,
    struct write_context *context)
{
    enum store_result result = store_drop_index(context->store, table->id, table->leaving->slot);
    struct error err;
    struct table *copy;

    if (result != STORE_DONE)
        return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_AGAIN;
    copy = table_copy(table, &err);
    if (!copy)
        return PROGRESS_BROKEN;
    copy->leaving = NULL;
    if (registry_update(context->store, copy) == STORE_FAILED) {
        table_release(copy);
        return PROGRESS_BROKEN;
    }
    chores->changed = copy;
    return PROGRESS_AGAIN;
}

/* What is left of tables that were deleted. */
static enum progress drop_rest(struct write_context *context)
{
    switch (store_drop_slice(context->store)) {
    case STORE_ROW:
        return PROGRESS_AGAIN;
    case STORE_DONE:
        return PROGRESS_DONE;
    case STORE_FAILED:
        break;
    }
    return PROGRESS_BROKEN;
}

static enum progress fill(struct chores *chores, struct table *table, struct write_context *context)
{
    const struct table_index *index = find_filling(table);
    int slot = index ? index->slot : 0;
    enum progress progress = PROGRESS_DONE;
    enum store_result result = STORE_DONE;
    struct store_entry row;
    struct store_walk walk;
    int count = 0;
    struct buf next;

    if (chores->table != table->id || chores->slot != slot)
        buf_clear(&chores->position);
    chores->table = table->id;
    chores->slot = slot;
    buf_init(&next, KEY_LIMIT);
    if (store_walk_begin(context->store, table->id, 0, false, buf_view(&chores->position),
            text_make(NULL, 0), &walk) == STORE_FAILED)
        progress = PROGRESS_BROKEN;
    while (progress == PROGRESS_DONE && count < FILL_SLICE &&
           (result = store_walk_next(&walk, &row)) == STORE_ROW) {
        buf_clear(&next);
        buf_add_text(&next, row.key);
        buf_add_char(&next, '\0'); /* the smallest key above */
        progress = fill_row(table, index, context, &row);
        count++;
    }
    store_walk_end(&walk);
    if (progress == PROGRESS_BROKEN || result == STORE_FAILED) {
        progress = PROGRESS_BROKEN;
    } else if (count < FILL_SLICE) {
        progress = finish_filling(chores, table, context);
    } else {
        buf_clear(&chores->position);
        buf_add_text(&chores->position, buf_view(&next));
        progress = chores->position.failure ? PROGRESS_BROKEN : PROGRESS_AGAIN;
    }
    buf_done(&next);
    return progress;
}

static bool is_filling(const struct table *table)
{
    return find_filling(table) || (table->expiry.length > 0 && table->expiry_backfilling);
}

/* What comes up again and again. */
static enum progress sweep(struct table *table, struct write_context *context)
{
    enum progress progress = PROGRESS_DONE;

    if (table->expiry.length > 0)
        progress = expiry_sweep(table, context);
    if (progress == PROGRESS_DONE && history_is_on(table))
        progress = history_trim(table, context);
    return progress;
}

static enum progress trim_tokens(struct write_context *context)
{
    int dropped = 0;

    if (token_trim(context->store, context->now_ms, TRIM_SLICE, &dropped) == STORE_FAILED)
        return PROGRESS_BROKEN;
    return dropped == TRIM_SLICE ? PROGRESS_AGAIN : PROGRESS_DONE;
}

enum progress chores_slice(struct chores *chores, struct write_context *context)
{
    struct table *table = registry_next_busy(context->catalog, chores->sweep_from);
    enum progress progress;

    if (!table) {
        chores->sweep_from = 0; /* the round is over */
        progress = drop_rest(context);
        if (progress == PROGRESS_DONE)
            progress = trim_tokens(context);
        if (progress == PROGRESS_DONE && context->now_ms >= chores->trim_ms)
            progress = streams_trim(context, &chores->trim_ms);
        return progress;
    }
    if (table->state == TABLE_DELETING) {
        progress = table_drop(context, table);
        if (progress == PROGRESS_DONE) {
            chores->dropped = table->id;
            progress = PROGRESS_AGAIN;
        }
    } else if (table->leaving) {
        progress = drop_leaving(chores, table, context);
    } else if (is_filling(table)) {
        progress = fill(chores, table, context);
    } else {
        progress = sweep(table, context);
        if (progress == PROGRESS_DONE) {
            chores->sweep_from = table->id + 1;
            progress = PROGRESS_AGAIN;
        }
    }
    table_release(table);
    return progress;
}

uint64_t chores_pause_ms(const struct chores *chores, uint64_t now_ms)
{
    return chores->trim_ms > now_ms ? chores->trim_ms - now_ms : 0;
}

void chores_committed(struct chores *chores, struct write_context *context)
{
    if (chores->dropped) {
        chores_forget(chores, chores->dropped);
        registry_remove(context->catalog, chores->dropped);
        chores->dropped = 0;
    }
    if (!chores->changed)
        return;
    /* Without memory the mark stays in memory only, and the work is done again. */
    if (registry_publish(context->catalog, chores->changed))
        chores->table = 0;
    table_release(chores->changed);
    chores->changed = NULL;
}

void chores_rolled_back(struct chores *chores)
{
    table_release(chores->changed);
    chores->changed = NULL;
    chores->dropped = 0;
    chores->trim_ms = 0;
    chores->table = 0;
    buf_clear(&chores->position);
}
