#include "endpoint/tables/attribute.h"
#include "endpoint/tables/batch.h"
#include "endpoint/tables/expressions.h"
#include "endpoint/tables/legacy.h"
#include "endpoint/tables/schema.h"

static const char *const get_older[] = {"AttributesToGet", NULL};

static bool check_get_members(struct request *request, const struct json *items)
{
    if (!items) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("requestItems")));
    } else if (items->count == 0) {
        request_member_bare(request, MESSAGE_BATCH_GET_EMPTY, NULL);
    } else {
        batch_check_names(request, items, "KeysAndAttributes");
    }
    capacity_check(request);
    for (const struct json *node = items ? items->first : NULL; node; node = node->next) {
        const struct json *keys = request_get(node, "Keys");
        const char *member = arena_format(request->arena, "requestItems.%.*s.member.keys",
            (int)node->name.length, node->name.data);

        if (!keys && member)
            request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
        else if (keys && keys->count > BATCH_KEYS)
            request_member_bare(request, MESSAGE_BATCH_KEYS, ARGUMENTS(node->name));
        else if (keys && keys->count == 0 && member)
            request_member(request, MESSAGE_MEMBER_SHORT,
                ARGUMENTS(TEXT("[]"), text_of(member), TEXT("1")));
        if (request_get(node, "AttributesToGet"))
            legacy_check_names(request, node,
                arena_format(request->arena, "requestItems.%.*s.member.attributesToGet",
                    (int)node->name.length, node->name.data));
    }
    return request_members_hold(request);
}

/* Expressions and values of one table, before any table is looked up. */
static bool read_get_table(struct request *request, const struct json *node,
    struct batch_table *batch)
{
    const struct json *keys = request_get(node, "Keys");
    struct expressions expressions;

    batch->json = node;
    batch->consistent = request_flag(node, "ConsistentRead", false);
    if (!expressions_prepare(request, node, EXPRESSIONS_PROJECTION, get_older, &expressions) ||
        !legacy_read_names(request, node, &batch->projection))
        return false;
    batch->write = arena_alloc(request->arena, keys->count, sizeof *batch->write);
    batch->key = arena_alloc(request->arena, keys->count, sizeof *batch->key);
    batch->key_json = arena_alloc(request->arena, keys->count, sizeof *batch->key_json);
    if (!batch->write || !batch->key || !batch->key_json)
        return request_exhausted(request);
    for (const struct json *key = keys->first; key; key = key->next) {
        batch->key_json[batch->count] = key;
        if (!attribute_read_member(request, key, &batch->write[batch->count++].key_item))
            return false;
    }
    if (!expressions_parse(request, node, EXPRESSIONS_PROJECTION, &expressions))
        return false;
    if (!batch->projection)
        batch->projection = expressions.projection;
    batch->sent = batch->count;
    return true;
}

static bool find_get_keys(struct request *request, struct batch_table *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct value *key = batch->write[i].key_item;

        if (!schema_check_key(request, batch->table, key))
            return false;
        batch->key[i] = schema_key_bytes(&batch->table->key, key, request->arena);
        if (!batch->key[i].data)
            return request_exhausted(request);
    }
    return schema_check_paths(request, batch->table, NULL, batch->projection);
}

bool batch_prepare_get(struct request *request)
{
    const struct json *items = request_get(request->body, "RequestItems");
    struct batch_plan *plan;
    size_t total = 0;

    if (!check_get_members(request, items))
        return false;
    for (const struct json *node = items->first; node; node = node->next)
        total += request_get(node, "Keys")->count;
    if (total > BATCH_KEYS)
        return request_fail(request, MESSAGE_BATCH_TOO_MANY, NULL);
    plan = batch_new_plan(request, items);
    if (!plan)
        return false;
    for (const struct json *node = items->first; node; node = node->next)
        if (!read_get_table(request, node, &plan->table[plan->count++]))
            return false;
    if (!batch_open_tables(request, plan))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if (!find_get_keys(request, &plan->table[i]))
            return false;
    return batch_make_uses(request, plan);
}

static bool add_item(struct request *request, struct json_writer *writer,
    const struct batch_table *batch, struct text json)
{
    struct value *item;
    const struct json *tree;
    struct error err;

    if (!batch->projection) {
        json_raw(writer, json);
        return true;
    }
    tree = json_parse(json, request->arena, &err);
    item = tree ? value_from_wire_item(tree, request->arena, &err) : NULL;
    if (item)
        item = projection_apply(batch->projection, item, request->arena);
    if (!item)
        return request_exhausted(request);
    value_add_wire_item(writer, item);
    return true;
}

/* Adds items of one table: all, or as many as the slice or the answer has room for. */
static enum progress read_batch(struct request *request, struct store *store,
    struct batch_plan *plan, struct batch_table *batch, uint64_t *read)
{
    enum progress progress = PROGRESS_DONE;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    while (batch->done < batch->count && progress == PROGRESS_DONE) {
        struct store_row row;
        enum store_result result;

        buf_clear(&json);
        result = store_get(store, batch->table->id, batch->key[batch->done], &json, &row);
        plan->full = request->out.length + json.length > BATCH_ANSWER;
        if (plan->full || request->fault.set)
            break;
        if (json.failure)
            request_exhausted(request);
        else if (result == STORE_FAILED)
            progress = PROGRESS_BROKEN;
        else if (result == STORE_ROW)
            add_item(request, &plan->writer, batch, buf_view(&json));
        usage_add(&batch->usage, 0, capacity_read((uint64_t)row.size, batch->consistent));
        batch->done++;
        *read += json.length;
        if (progress == PROGRESS_DONE && *read >= request->slice.bytes)
            progress = PROGRESS_AGAIN;
    }
    buf_done(&json);
    return progress;
}

/* The rest of the keys, with what else was said about the table. */
static void add_unprocessed(struct json_writer *writer, const struct batch_table *batch)
{
    json_name_text(writer, batch->json->name);
    json_begin_object(writer);
    for (const struct json *node = batch->json->first; node; node = node->next) {
        json_name_text(writer, node->name);
        if (!text_is(node->name, "Keys")) {
            json_tree(writer, node);
            continue;
        }
        json_begin_array(writer);
        for (size_t i = batch->done; i < batch->sent; i++)
            json_tree(writer, batch->key_json[i]);
        json_end_array(writer);
    }
    json_end_object(writer);
}

static enum progress read_slice(struct request *request, struct store *store,
    struct batch_plan *plan)
{
    enum progress progress = PROGRESS_DONE;
    uint64_t read = 0;

    while (plan->at < plan->count) {
        struct batch_table *batch = &plan->table[plan->at];

        if (!plan->open) {
            json_name_text(&plan->writer, batch->json->name);
            json_begin_array(&plan->writer);
        }
        plan->open = true;
        if (!plan->full)
            progress = read_batch(request, store, plan, batch, &read);
        if (progress != PROGRESS_DONE || request->fault.set)
            return progress;
        json_end_array(&plan->writer);
        request->use[plan->at].read_milli = usage_total(&batch->usage);
        plan->open = false;
        plan->at++;
    }
    return PROGRESS_DONE;
}

enum progress batch_read_get(struct request *request, struct store *store)
{
    struct batch_plan *plan = request->plan;
    struct json_writer *writer = &plan->writer;
    enum progress progress;

    if (!plan->begun) {
        json_writer_init(writer, &request->out);
        json_begin_object(writer);
        json_name(writer, "Responses");
        json_begin_object(writer);
        plan->begun = true;
    }
    progress = read_slice(request, store, plan);
    if (progress != PROGRESS_DONE || request->fault.set)
        return progress;
    json_end_object(writer);
    json_name(writer, "UnprocessedKeys");
    json_begin_object(writer);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->table[i].done < plan->table[i].sent)
            add_unprocessed(writer, &plan->table[i]);
    json_end_object(writer);
    batch_add_consumed(request, writer, plan);
    json_end_object(writer);
    return PROGRESS_DONE;
}
