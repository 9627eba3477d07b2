#include "endpoint/tables/operations.h"

#include <string.h>

#include "base/json.h"
#include "endpoint/tables/attribute.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/collection.h"
#include "endpoint/tables/echo.h"
#include "endpoint/tables/expressions.h"
#include "endpoint/tables/legacy.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/write.h"

enum { BATCH_KEYS = 100, BATCH_WRITES = 25, BATCH_ANSWER = 16 * 1024 * 1024 };

/* One table of the request. Reads use key, projection; writes use write. */
struct batch_table {
    const struct json *json; /* its member of RequestItems */
    struct table *table;     /* held by the request */
    struct projection *projection;
    bool consistent;
    size_t sent, count, done; /* count: of those sent, the ones to process; done: keys read */
    struct item_write *write;
    struct text *key;
    const struct json **key_json; /* as sent, for UnprocessedKeys */
    struct usage usage;
};

struct batch_plan {
    size_t count;
    struct batch_table *table;

    /* Of a read between two slices. */
    struct json_writer writer;
    size_t at; /* table to go on with */
    bool begun, open, full;
};

static const char *const get_older[] = {"AttributesToGet", NULL};

static bool is_batch_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '-' || c == '.'))
            return false;
    }
    return name.length >= 3 && name.length <= 255;
}

static void check_names(struct request *request, const struct json *items, const char *shape)
{
    for (const struct json *node = items->first; node; node = node->next) {
        if (text_starts_with(node->name, TEXT("arn:")) || is_batch_name(node->name))
            continue;
        request_member(request, MESSAGE_BATCH_NAME, ARGUMENTS(echo_map(request, shape, items)));
        return;
    }
}

static struct batch_plan *new_plan(struct request *request, const struct json *items)
{
    struct batch_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (plan)
        plan->table = arena_alloc(request->arena, items->count + 1, sizeof *plan->table);
    if (!plan || !plan->table) {
        request_exhausted(request);
        return NULL;
    }
    request->plan = plan;
    return plan;
}

/* Before the keys are held against the schema: equal keys, right or wrong. */
static bool check_duplicates(struct request *request, const struct batch_table *batch)
{
    size_t whole = key_count(&batch->table->key);

    for (size_t i = 1; i < batch->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct value *key = batch->write[i].key_item;

            if (key->count >= whole && value_equal(key, batch->write[j].key_item))
                return request_fail(request, MESSAGE_BATCH_DUPLICATES, NULL);
        }
    return true;
}

/* Layer 3 for all tables, then what the keys alone can tell. */
static bool open_tables(struct request *request, struct batch_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct batch_table *batch = &plan->table[i];

        batch->table = request_open_table(request, batch->json->name, MESSAGE_TABLE_MISSING);
        if (!batch->table)
            return false;
        for (size_t j = 0; j < batch->count; j++) {
            struct item_write *write = &batch->write[j];

            if (write->kind == WRITE_PUT && write->item)
                write->key_item = schema_key_of(&batch->table->key, write->item, request->arena);
            if (!write->key_item)
                return request_exhausted(request);
        }
    }
    for (size_t i = 0; i < plan->count; i++)
        if (!check_duplicates(request, &plan->table[i]))
            return false;
    return true;
}

/* What the telemetry is told. */
static bool make_uses(struct request *request, const struct batch_plan *plan)
{
    request->use = arena_alloc(request->arena, plan->count, sizeof *request->use);
    if (!request->use)
        return request_exhausted(request);
    request->use_count = plan->count;
    for (size_t i = 0; i < plan->count; i++)
        request->use[i].table = plan->table[i].table;
    return true;
}

static void add_consumed(struct request *request, struct json_writer *writer,
    const struct batch_plan *plan)
{
    enum capacity_mode mode = capacity_mode(request);

    if (mode == CAPACITY_NONE)
        return;
    json_name(writer, "ConsumedCapacity");
    json_begin_array(writer);
    for (size_t i = 0; i < plan->count; i++)
        capacity_add_object(writer, mode, plan->table[i].table, plan->table[i].json->name,
            &plan->table[i].usage);
    json_end_array(writer);
}

static bool check_get_members(struct request *request, const struct json *items)
{
    if (!items) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("requestItems")));
    } else if (items->count == 0) {
        request_member_bare(request, MESSAGE_BATCH_GET_EMPTY, NULL);
    } else {
        check_names(request, items, "KeysAndAttributes");
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

static bool prepare_get(struct request *request)
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
    plan = new_plan(request, items);
    if (!plan)
        return false;
    for (const struct json *node = items->first; node; node = node->next)
        if (!read_get_table(request, node, &plan->table[plan->count++]))
            return false;
    if (!open_tables(request, plan))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if (!find_get_keys(request, &plan->table[i]))
            return false;
    return make_uses(request, plan);
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

static enum progress read_get(struct request *request, struct store *store)
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
    add_consumed(request, writer, plan);
    json_end_object(writer);
    return PROGRESS_DONE;
}

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
        check_names(request, items, "WriteRequest"); /* yields to bad enums */
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

static bool prepare_write(struct request *request)
{
    const struct json *items = request_get(request->body, "RequestItems");
    struct batch_plan *plan;

    if (!check_write_members(request, items))
        return false;
    plan = new_plan(request, items);
    if (!plan)
        return false;
    for (const struct json *node = items->first; node; node = node->next)
        if (!read_write_table(request, node, &plan->table[plan->count++]))
            return false;
    if (!open_tables(request, plan))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if (!find_write_keys(request, &plan->table[i]))
            return false;
    return make_uses(request, plan);
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
    add_consumed(request, &writer, plan);
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
static enum progress write_batch(struct request *request, struct write_context *context)
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

static void keep_entries(struct request *request, struct text table, size_t count)
{
    struct batch_plan *plan = request->plan;

    for (size_t i = 0; i < plan->count; i++) {
        struct batch_table *batch = &plan->table[i];
        size_t kept = count == OPERATION_HALF ? batch->count / 2 : count;

        if (kept < batch->count && (table.length == 0 || text_equal(batch->table->name, table)))
            batch->count = kept;
    }
}

const struct operation batch_operation_table[] = {
    {
        .name = "BatchGetItem",
        .shape = &shape_batch_get,
        .prepare = prepare_get,
        .read = read_get,
        .keep = keep_entries,
    },
    {
        .name = "BatchWriteItem",
        .shape = &shape_batch_write,
        .style = MESSAGE_OLDER,
        .prepare = prepare_write,
        .write = write_batch,
        .keep = keep_entries,
    },
    {.name = NULL},
};
