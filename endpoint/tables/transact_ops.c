#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/collection.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/transact.h"
#include "endpoint/tables/transact_input.h"
#include "endpoint/tables/transact_tokens.h"
#include "endpoint/tables/write.h"

struct write_plan {
    struct transaction *transaction;
    struct token token;
};

static bool prepare_write(struct request *request)
{
    struct write_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    token_check(request);
    capacity_check(request);
    request_check_enum(request, request->body, "ReturnItemCollectionMetrics",
        "returnItemCollectionMetrics", "SIZE, NONE");
    plan->transaction = transact_read_input(request, true);
    return plan->transaction && token_read(request, &plan->token);
}

static void add_metrics(struct request *request, struct json_writer *writer,
    const struct transaction *transaction)
{
    bool open = false;

    for (size_t i = 0; collection_wanted(request) && i < transaction->table_count; i++) {
        if (!transaction->table[i].table->has_local)
            continue;
        if (!open) {
            json_name(writer, "ItemCollectionMetrics");
            json_begin_object(writer);
            open = true;
        }
        json_name_text(writer, transaction->table[i].sent);
        json_begin_array(writer);
        for (size_t j = 0; j < transaction->count; j++)
            if (transaction->action[j].place == i && !transaction->action[j].check_only)
                collection_add(writer, &transaction->action[j].write);
        json_end_array(writer);
    }
    if (open)
        json_end_object(writer);
}

static void answer_write(struct request *request, const struct transaction *transaction,
    enum capacity_kind kind)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    transact_add_consumed(request, &writer, transaction, kind);
    if (kind == CAPACITY_WRITES)
        add_metrics(request, &writer, transaction);
    json_end_object(&writer);
}

static enum progress write_items(struct request *request, struct write_context *context)
{
    struct write_plan *plan = request->plan;

    return transact_perform(request, plan->transaction, &plan->token, context, answer_write);
}

static bool prepare_read(struct request *request)
{
    capacity_check(request);
    request->plan = transact_read_input(request, false);
    return request->plan;
}

static bool add_projected(struct request *request, struct json_writer *writer, struct text json,
    const struct projection *projection)
{
    const struct json *tree;
    struct value *item;
    struct error err;

    if (!request->scratch)
        request->scratch = arena_new(TABLE_JSON_LIMIT, &err);
    if (!request->scratch)
        return request_exhausted(request);
    arena_reset(request->scratch);
    tree = json_parse(json, request->scratch, &err);
    item = tree ? value_from_wire_item(tree, request->scratch, &err) : NULL;
    if (item)
        item = projection_apply(projection, item, request->scratch);
    if (!item)
        return request_exhausted(request);
    value_add_wire_item(writer, item);
    return true;
}

static enum progress read_one(struct request *request, struct store *store,
    struct json_writer *writer, const struct transact_action *action, struct usage *usage)
{
    enum store_result result;
    struct store_row row;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    result = store_get(store, action->table->id, action->write.key, &json, &row);
    json_begin_object(writer);
    if (json.failure) {
        request_exhausted(request);
    } else if (result == STORE_ROW) {
        json_name(writer, "Item");
        if (action->projection)
            add_projected(request, writer, buf_view(&json), action->projection);
        else
            json_raw(writer, buf_view(&json));
    }
    json_end_object(writer);
    usage_add(usage, 0, 2 * capacity_read((uint64_t)row.size, true));
    buf_done(&json);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

/* All of them, from one snapshot. AGAIN: this is more than the loop thread has time for. */
static enum progress read_snapshot(struct request *request, struct store *store,
    struct json_writer *writer, struct transaction *transaction)
{
    enum progress progress = PROGRESS_DONE;

    if (store_begin_reading(store) == STORE_FAILED)
        return PROGRESS_BROKEN;
    for (size_t i = 0; i < transaction->count && progress == PROGRESS_DONE && !request->fault.set;
         i++) {
        const struct transact_action *action = &transaction->action[i];

        if (!request->sliced && request->out.length >= request->slice.bytes)
            progress = PROGRESS_AGAIN;
        else
            progress =
                read_one(request, store, writer, action, &transaction->table[action->place].usage);
    }
    store_end_reading(store);
    return progress;
}

/* A reader thread begins anew: the two would see different snapshots. */
static enum progress read_items(struct request *request, struct store *store)
{
    struct transaction *transaction = request->plan;
    enum progress progress;
    struct json_writer writer;

    buf_clear(&request->out);
    for (size_t i = 0; i < transaction->table_count; i++)
        transaction->table[i].usage = (struct usage){0};
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Responses");
    json_begin_array(&writer);
    progress = read_snapshot(request, store, &writer, transaction);
    if (progress != PROGRESS_DONE)
        return progress;
    json_end_array(&writer);
    for (size_t i = 0; i < transaction->table_count; i++)
        request->use[i].read_milli = usage_total(&transaction->table[i].usage);
    transact_add_consumed(request, &writer, transaction, CAPACITY_READS);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

const struct operation transact_operation_table[] = {
    {
        .name = "TransactGetItems",
        .shape = &shape_transact_get,
        .style = MESSAGE_OLDER,
        .prepare = prepare_read,
        .read = read_items,
    },
    {
        .name = "TransactWriteItems",
        .shape = &shape_transact_write,
        .style = MESSAGE_OLDER,
        .prepare = prepare_write,
        .write = write_items,
    },
    {.name = NULL},
};
