#include "endpoint/tables/batch.h"
#include "endpoint/tables/echo.h"
#include "endpoint/tables/operations.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"

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

void batch_check_names(struct request *request, const struct json *items, const char *shape)
{
    for (const struct json *node = items->first; node; node = node->next) {
        if (text_starts_with(node->name, TEXT("arn:")) || is_batch_name(node->name))
            continue;
        request_member(request, MESSAGE_BATCH_NAME, ARGUMENTS(echo_map(request, shape, items)));
        return;
    }
}

struct batch_plan *batch_new_plan(struct request *request, const struct json *items)
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

bool batch_open_tables(struct request *request, struct batch_plan *plan)
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

bool batch_make_uses(struct request *request, const struct batch_plan *plan)
{
    request->use = arena_alloc(request->arena, plan->count, sizeof *request->use);
    if (!request->use)
        return request_exhausted(request);
    request->use_count = plan->count;
    for (size_t i = 0; i < plan->count; i++)
        request->use[i].table = plan->table[i].table;
    return true;
}

void batch_add_consumed(struct request *request, struct json_writer *writer,
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
        .prepare = batch_prepare_get,
        .read = batch_read_get,
        .keep = keep_entries,
    },
    {
        .name = "BatchWriteItem",
        .shape = &shape_batch_write,
        .style = MESSAGE_OLDER,
        .prepare = batch_prepare_write,
        .write = batch_perform_write,
        .keep = keep_entries,
    },
    {.name = NULL},
};
