#include "endpoint/tables/attribute.h"
#include "endpoint/tables/batch.h"
#include "endpoint/tables/collection.h"
#include "endpoint/tables/echo.h"
#include "endpoint/tables/schema.h"

static void check_write_list(struct request *request, const struct json *list)
{
    size_t at = 1;

    for (const struct json *node = list->first; node; node = node->next, at++) {
        const struct json *put = request_get(node, "PutRequest");
        const struct json *delete = request_get(node, "DeleteRequest");
        const char *what = put && !request_get(put, "Item")       ? "putRequest.item"
                           : delete &&!request_get(delete, "Key") ? "deleteRequest.key"
                                                                  : NULL;

        if (what)
            request_member(request, MESSAGE_MEMBER_NULL,
                ARGUMENTS(
                    text_of(arena_format(request->arena, "requestItems.%.*s.member.%zu.member.%s",
                        (int)list->name.length, list->name.data, at, what))));
    }
}

static bool check_write_members(struct request *request, const struct json *items)
{
    size_t total = 0;
    bool empty = false;

    capacity_check(request);
    request_check_enum(request, request->body, "ReturnItemCollectionMetrics",
        "returnItemCollectionMetrics", "SIZE, NONE");
    if (!items)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("requestItems")));
    else if (request->joined_count == 0)
        batch_check_names(request, items, "WriteRequest"); /* yields to bad enums */
    if (!request_members_hold(request))
        return false;
    if (items->count == 0)
        return request_fail(request, MESSAGE_BATCH_WRITE_EMPTY, NULL);
    for (const struct json *node = items->first; node; node = node->next) {
        total += node->count;
        empty = empty || node->count == 0;
    }
    if (total > BATCH_WRITES || empty)
        request_member(request, MESSAGE_BATCH_WRITES,
            ARGUMENTS(echo_map(request, "WriteRequest", items)));
    for (const struct json *node = items->first; node; node = node->next)
        check_write_list(request, node);
    return request_members_hold(request);
}

static bool read_write(struct request *request, const struct json *node, struct item_write *write)
{
    const struct json *put = request_get(node, "PutRequest");
    const struct json *delete = request_get(node, "DeleteRequest");
    const struct json *item = put ? request_get(put, "Item") : request_get(delete, "Key");

    /* The service says two of an entry that has none as well. */
    if (!put == !delete)
        return request_fail(request, MESSAGE_VALUE_TWO_TYPES, NULL);
    write->kind = put ? WRITE_PUT : WRITE_DELETE;
    return attribute_read_member(request, item, put ? &write->item : &write->key_item);
}

static bool read_write_table(struct request *request, const struct json *node,
    struct batch_table *batch)
{
    batch->json = node;
    batch->write = arena_alloc(request->arena, node->count, sizeof *batch->write);
    batch->key = arena_alloc(request->arena, node->count, sizeof *batch->key);
    if (!batch->write || !batch->key)
        return request_exhausted(request);
    for (const struct json *at = node->first; at; at = at->next)
        if (!read_write(request, at, &batch->write[batch->count++]))
            return false;
    batch->sent = batch->count;
    return true;
}

static bool take_write(struct request *request, struct batch_table *batch, struct item_write *write)
{
    const struct value *key = write->kind == WRITE_PUT ? write->item : write->key_item;

    write->table = batch->table;
    if (!schema_check_batch_key(request, batch->table, key, write->kind == WRITE_PUT) ||
        !write_take_key(request, write, key))
        return false;
    return write->kind == WRITE_DELETE ||
           (schema_check_index_keys(request, batch->table, write->item) &&
               write_take_item(request, write));
}

static bool find_write_keys(struct request *request, struct batch_table *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!take_write(request, batch, &batch->write[i]))
            return false;
        batch->key[i] = batch->write[i].key;
    }
    return true;
}

bool batch_prepare_write(struct request *request)
{
    const struct json *items = request_get(request->body, "RequestItems");
    struct batch_plan *plan;

    if (!check_write_members(request, items))
        return false;
    plan = batch_new_plan(request, items);
    if (!plan)
        return false;
    for (const struct json *node = items->first; node; node = node->next)
        if (!read_write_table(request, node, &plan->table[plan->count++]))
            return false;
    if (!batch_open_tables(request, plan))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if (!find_write_keys(request, &plan->table[i]))
            return false;
    return batch_make_uses(request, plan);
}

static void add_metrics(struct request *request, struct json_writer *writer,
    const struct batch_plan *plan)
{
    bool open = false;

    for (size_t i = 0; collection_wanted(request) && i < plan->count; i++) {
        const struct batch_table *batch = &plan->table[i];

        if (!batch->table->has_local)
            continue;
        if (!open) {
            json_name(writer, "ItemCollectionMetrics");
            json_begin_object(writer);
            open = true;
        }
        json_name_text(writer, batch->json->name);
        json_begin_array(writer);
        for (size_t j = 0; j < batch->count; j++)
            collection_add(writer, &batch->write[j]); /* one per write, as the service */
        json_end_array(writer);
    }
    if (open)
        json_end_object(writer);
}

/* What was left, as it was sent. */
static void add_unwritten(struct json_writer *writer, const struct batch_table *batch)
{
    const struct json *node = batch->json->first;

    if (batch->count == batch->sent)
        return;
    for (size_t i = 0; i < batch->count; i++)
        node = node->next;
    json_name_text(writer, batch->json->name);
    json_begin_array(writer);
    for (; node; node = node->next)
        json_tree(writer, node);
    json_end_array(writer);
}

static void answer_write(struct request *request, const struct batch_plan *plan)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "UnprocessedItems");
    json_begin_object(&writer);
    for (size_t i = 0; i < plan->count; i++)
        add_unwritten(&writer, &plan->table[i]);
    json_end_object(&writer);
    batch_add_consumed(request, &writer, plan);
    add_metrics(request, &writer, plan);
    json_end_object(&writer);
    for (size_t i = 0; i < plan->count; i++)
        request->use[i].write_milli = usage_total(&plan->table[i].usage);
}

static enum progress each_write(struct request *request, struct batch_plan *plan,
    struct write_context *context, bool store)
{
    enum progress progress = PROGRESS_DONE;

    for (size_t i = 0; i < plan->count; i++) {
        struct batch_table *batch = &plan->table[i];

        for (size_t j = 0; j < batch->count; j++) {
            struct item_write *write = &batch->write[j];

            progress = store ? item_write_store(write, context, &batch->usage)
                             : item_write_check(request, write, context);
            if (progress == PROGRESS_BROKEN || request->fault.set)
                return progress;
        }
    }
    return progress;
}

static void release_current(struct batch_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->table[i].count; j++) {
            table_release(plan->table[i].write[j].current);
            plan->table[i].write[j].current = NULL;
        }
}

/* Everything is checked before anything is written. */
enum progress batch_perform_write(struct request *request, struct write_context *context)
{
    struct batch_plan *plan = request->plan;
    enum progress progress;

    for (size_t i = 0; i < plan->count; i++)
        plan->table[i].usage = (struct usage){0};
    progress = each_write(request, plan, context, false);
    if (progress == PROGRESS_DONE && !request->fault.set)
        progress = each_write(request, plan, context, true);
    if (progress == PROGRESS_DONE && !request->fault.set)
        answer_write(request, plan);
    release_current(plan);
    return progress;
}
