#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/attribute.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/collection.h"
#include "endpoint/tables/expressions.h"
#include "endpoint/tables/legacy.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/write.h"

enum return_values {
    RETURN_NONE,
    RETURN_ALL_OLD,
    RETURN_UPDATED_OLD,
    RETURN_ALL_NEW,
    RETURN_UPDATED_NEW
};

static const char *const return_table[] = {
    [RETURN_NONE] = "NONE",
    [RETURN_ALL_OLD] = "ALL_OLD",
    [RETURN_UPDATED_OLD] = "UPDATED_OLD",
    [RETURN_ALL_NEW] = "ALL_NEW",
    [RETURN_UPDATED_NEW] = "UPDATED_NEW",
};

#define RETURN_SET "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW"

struct item_plan {
    struct item_write write;
    enum return_values returns;
};

struct get_plan {
    const struct value *key;
    struct text key_bytes;
    struct projection *projection;
    bool consistent;
};

static const char *const put_older[] = {"Expected", "ConditionalOperator", NULL};
static const char *const update_older[] = {"AttributeUpdates", "Expected", "ConditionalOperator",
    NULL};
static const char *const get_older[] = {"AttributesToGet", NULL};

/* Enums that writes share, in the order in which their errors are joined. */
static void check_write_enums(struct request *request)
{
    struct text returns = request_text(request->body, "ReturnValues");

    capacity_check(request);
    if (returns.data && !request_is_in(returns, RETURN_SET))
        request_member(request, MESSAGE_RETURN_VALUES,
            ARGUMENTS(returns, TEXT("returnValues"), TEXT(RETURN_SET)));
    request_check_enum(request, request->body, "ReturnItemCollectionMetrics",
        "returnItemCollectionMetrics", "SIZE, NONE");
    request_check_enum(request, request->body, "ReturnValuesOnConditionCheckFailure",
        "returnValuesOnConditionCheckFailure", "ALL_OLD, NONE");
    request_check_enum(request, request->body, "ConditionalOperator", "conditionalOperator",
        "OR, AND");
    legacy_check_expected(request);
}

/* The condition of a write in either style: parsed expressions, or what Expected says. */
static bool take_condition(struct request *request, struct item_plan *plan,
    const struct expressions *expressions)
{
    struct expression *expected = NULL;

    if (!legacy_read_expected(request, &expected))
        return false;
    plan->write.condition = expected ? expected : expressions->condition;
    return true;
}

/* Reads the members that all writes have. */
static struct item_plan *new_plan(struct request *request, enum write_kind kind)
{
    struct item_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);
    struct text returns = request_text(request->body, "ReturnValues");

    if (!plan) {
        request_exhausted(request);
        return NULL;
    }
    request->plan = plan;
    plan->write.kind = kind;
    plan->write.item_on_failure =
        text_is(request_text(request->body, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    for (size_t i = 0; i < sizeof return_table / sizeof return_table[0]; i++)
        if (text_is(returns, return_table[i]))
            plan->returns = (enum return_values)i;
    return plan;
}

static bool check_returns_old(struct request *request, const struct item_plan *plan)
{
    if (plan->returns == RETURN_NONE || plan->returns == RETURN_ALL_OLD)
        return true;
    return request_refuse(request, MESSAGE_RETURN_VALUES_OLD, NULL);
}

static bool take_key(struct request *request, struct item_plan *plan, const struct value *item)
{
    plan->write.table = request->table;
    return write_take_key(request, &plan->write, item);
}

static bool prepare_put(struct request *request)
{
    const struct json *item = request_get(request->body, "Item");
    struct expressions expressions;
    struct item_plan *plan;

    if (!request_check_table(request))
        return false;
    request_check_present(request, request->body, "Item", "item");
    check_write_enums(request);
    if (!request_members_hold(request))
        return false;
    plan = new_plan(request, WRITE_PUT);
    if (!plan ||
        !expressions_prepare(request, request->body, EXPRESSIONS_CONDITION, put_older,
            &expressions) ||
        !legacy_check_operator(request, "Expected") ||
        !attribute_read_member(request, item, &plan->write.item) ||
        !check_returns_old(request, plan) ||
        !expressions_parse(request, request->body, EXPRESSIONS_CONDITION, &expressions) ||
        !take_condition(request, plan, &expressions))
        return false;
    return request_find_table(request, request->table_sent, MESSAGE_TABLE_MISSING) &&
           schema_check_item(request, request->table, plan->write.item) &&
           write_take_item(request, &plan->write) && take_key(request, plan, plan->write.item);
}

static bool prepare_delete(struct request *request)
{
    const struct value *key = NULL;
    struct expressions expressions;
    struct item_plan *plan;

    if (!request_check_table(request))
        return false;
    request_check_present(request, request->body, "Key", "key");
    check_write_enums(request);
    if (!request_members_hold(request))
        return false;
    plan = new_plan(request, WRITE_DELETE);
    if (!plan ||
        !expressions_prepare(request, request->body, EXPRESSIONS_CONDITION, put_older,
            &expressions) ||
        !legacy_check_operator(request, "Expected") ||
        !attribute_read_member(request, request_get(request->body, "Key"), &key) ||
        !check_returns_old(request, plan) ||
        !expressions_parse(request, request->body, EXPRESSIONS_CONDITION, &expressions) ||
        !take_condition(request, plan, &expressions))
        return false;
    return request_find_table(request, request->table_sent, MESSAGE_TABLE_MISSING) &&
           schema_check_key(request, request->table, key) && take_key(request, plan, key);
}

/* Without a Key the service answers in its older words, in an order of its own. */
static void check_update_without_key(struct request *request)
{
    capacity_check(request);
    request_check_table(request);
    request_check_enum(request, request->body, "ReturnValues", "returnValues", RETURN_SET);
    request_check_enum(request, request->body, "ConditionalOperator", "conditionalOperator",
        "OR, AND");
    request_check_present(request, request->body, "Key", "key");
}

/* With one, only the first bad enum is told. */
static void check_update_enums(struct request *request)
{
    request_tell_first(request);
    check_write_enums(request);
    legacy_check_updates(request);
}

static bool take_update(struct request *request, struct item_plan *plan,
    const struct expressions *expressions)
{
    struct update *update = NULL;

    if (!legacy_read_updates(request, &update))
        return false;
    plan->write.update = update ? update : expressions->update;
    return true;
}

static bool prepare_update(struct request *request)
{
    const unsigned wanted = EXPRESSIONS_UPDATE | EXPRESSIONS_CONDITION;
    const struct json *key_json = request_get(request->body, "Key");
    const struct value *key = NULL;
    struct expressions expressions;
    struct item_plan *plan;

    if (key_json) {
        if (!request_check_table(request))
            return false;
        check_update_enums(request);
    } else {
        check_update_without_key(request);
    }
    if (!request_members_hold(request))
        return false;
    plan = new_plan(request, WRITE_UPDATE);
    if (!plan || !expressions_prepare(request, request->body, wanted, update_older, &expressions) ||
        !legacy_check_operator(request, "Expected") ||
        !attribute_read_member(request, key_json, &key) ||
        !expressions_parse(request, request->body, wanted, &expressions) ||
        !take_update(request, plan, &expressions) || !take_condition(request, plan, &expressions))
        return false;
    return request_find_table(request, request->table_sent, MESSAGE_TABLE_MISSING) &&
           schema_check_key(request, request->table, key) &&
           schema_check_update_paths(request, request->table, plan->write.update) &&
           legacy_check_index_keys(request, request->table, plan->write.update) &&
           take_key(request, plan, key);
}

static void add_attributes(struct json_writer *writer, struct text json)
{
    json_name(writer, "Attributes");
    json_raw(writer, json);
}

static void add_touched(struct request *request, struct json_writer *writer,
    const struct update *update, const struct value *item)
{
    struct value *touched = item && update ? update_touched(update, item, request->arena) : NULL;

    if (!touched || touched->count == 0)
        return;
    json_name(writer, "Attributes");
    value_add_wire_item(writer, touched);
}

static void add_returned(struct request *request, struct json_writer *writer,
    const struct item_plan *plan)
{
    const struct item_write *write = &plan->write;

    switch (plan->returns) {
    case RETURN_NONE:
        break;
    case RETURN_ALL_OLD:
        if (write->existed)
            add_attributes(writer, write->old_json);
        break;
    case RETURN_UPDATED_OLD:
        add_touched(request, writer, write->update, write->old_item);
        break;
    case RETURN_ALL_NEW:
        if (write->new_item)
            add_attributes(writer, write->new_json);
        break;
    case RETURN_UPDATED_NEW:
        add_touched(request, writer, write->update, write->new_item);
        break;
    }
}

static void answer_write(struct request *request, const struct item_plan *plan,
    const struct usage *usage)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    add_returned(request, &writer, plan);
    capacity_add(request, &writer, plan->write.current, usage);
    if (collection_wanted(request) && plan->write.current->has_local) {
        json_name(&writer, "ItemCollectionMetrics");
        collection_add(&writer, &plan->write);
    }
    json_end_object(&writer);
    request->write_milli = usage_total(usage);
}

static enum progress write_item(struct request *request, struct write_context *context)
{
    struct item_plan *plan = request->plan;
    struct usage usage = {0};
    enum progress progress = item_write_check(request, &plan->write, context);

    if (progress == PROGRESS_DONE && !request->fault.set) {
        progress = item_write_store(&plan->write, context, &usage);
        if (progress == PROGRESS_DONE)
            answer_write(request, plan, &usage);
    }
    table_release(plan->write.current);
    plan->write.current = NULL;
    return progress;
}

static bool prepare_get(struct request *request)
{
    struct get_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);
    struct expressions expressions;

    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    if (!request_check_table(request))
        return false;
    capacity_check(request);
    request_check_present(request, request->body, "Key", "key");
    legacy_check_names(request, request->body, "attributesToGet");
    if (!request_members_hold(request) ||
        !expressions_prepare(request, request->body, EXPRESSIONS_PROJECTION, get_older,
            &expressions) ||
        !attribute_read_member(request, request_get(request->body, "Key"), &plan->key) ||
        !legacy_read_names(request, request->body, &plan->projection) ||
        !expressions_parse(request, request->body, EXPRESSIONS_PROJECTION, &expressions))
        return false;
    if (!plan->projection)
        plan->projection = expressions.projection;
    plan->consistent = request_flag(request->body, "ConsistentRead", false);
    if (!request_find_table(request, request->table_sent, MESSAGE_TABLE_MISSING) ||
        !schema_check_key(request, request->table, plan->key) ||
        !schema_check_paths(request, request->table, NULL, plan->projection))
        return false;
    plan->key_bytes = schema_key_bytes(&request->table->key, plan->key, request->arena);
    return plan->key_bytes.data || request_exhausted(request);
}

static bool add_projected(struct request *request, struct json_writer *writer, struct text json,
    const struct projection *projection)
{
    struct error err;
    const struct json *tree = json_parse(json, request->arena, &err);
    struct value *item = tree ? value_from_wire_item(tree, request->arena, &err) : NULL;

    if (item)
        item = projection_apply(projection, item, request->arena);
    if (!item)
        return request_exhausted(request);
    value_add_wire_item(writer, item);
    return true;
}

/* Without a projection the stored bytes are the answer. */
static enum progress read_item(struct request *request, struct store *store)
{
    static const char head[] = "{\"Item\":";
    const struct get_plan *plan = request->plan;
    struct usage usage = {0};
    enum store_result result;
    struct json_writer writer;
    struct store_row row;
    struct buf stored, *json;

    buf_init(&stored, TABLE_JSON_LIMIT);
    json = plan->projection ? &stored : &request->out;
    json_writer_init(&writer, &request->out);
    buf_add(&request->out, head, sizeof head - 1);
    result = store_get(store, request->table->id, plan->key_bytes, json, &row);
    if (result == STORE_ROW) {
        writer.need_comma = true;
        if (plan->projection) {
            writer.need_comma = false;
            add_projected(request, &writer, buf_view(&stored), plan->projection);
        }
    } else {
        buf_cut(&request->out, 1);
    }
    usage_add(&usage, 0, capacity_read((uint64_t)row.size, plan->consistent));
    request->read_milli = usage_total(&usage);
    capacity_add(request, &writer, request->table, &usage);
    buf_add_char(&request->out, '}');
    buf_done(&stored);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

const struct operation item_operation_table[] = {
    {
        .name = "PutItem",
        .shape = &shape_put_item,
        .enveloped = true,
        .prepare = prepare_put,
        .write = write_item,
    },
    {
        .name = "GetItem",
        .shape = &shape_get_item,
        .prepare = prepare_get,
        .read = read_item,
    },
    {
        .name = "UpdateItem",
        .shape = &shape_update_item,
        .enveloped = true,
        .prepare = prepare_update,
        .write = write_item,
    },
    {
        .name = "DeleteItem",
        .shape = &shape_delete_item,
        .enveloped = true,
        .prepare = prepare_delete,
        .write = write_item,
    },
    {.name = NULL},
};
