#include "endpoint/tables/operations.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "endpoint/tables/describe.h"
#include "endpoint/tables/policy_document.h"
#include "endpoint/tables/policy_ops.h"
#include "endpoint/tables/recorded.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/store_drops.h"
#include "endpoint/tables/streams.h"
#include "endpoint/tables/table_create.h"
#include "endpoint/tables/table_drop.h"
#include "endpoint/tables/table_input.h"
#include "endpoint/tables/table_update.h"
#include "endpoint/tables/tags.h"
#include "endpoint/tables/write.h"

enum { LIST_PAGE = 100 };

static void answer_description(struct request *request, const char *member,
    const struct table *table, const char *status)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, member);
    describe_table(&writer, table, status);
    json_end_object(&writer);
}

static void check_indexes(struct request *request, const char *list_name, const char *member,
    size_t key_limit)
{
    const struct json *list = request_get(request->body, list_name);
    size_t at = 1;

    for (const struct json *node = list ? list->first : NULL; node; node = node->next, at++) {
        const char *full = arena_format(request->arena, "%s.%zu.member", member, at);

        input_check_index(request, node, full ? full : member, key_limit);
    }
}

static bool check_create_members(struct request *request)
{
    const struct json *definitions = request_get(request->body, "AttributeDefinitions");
    struct text name = request_text(request->body, "TableName");

    if (!name.data)
        return request_fail(request, MESSAGE_TABLE_NAME_REQUIRED, NULL);
    if (!request_check_length(request, name))
        return false;
    request->table_sent = name;
    if (!definitions)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("attributeDefinitions")));
    input_check_definitions(request, definitions);
    request_check_name(request, name, "tableName");
    input_check_settings(request);
    input_check_key(request, request_get(request->body, "KeySchema"), "keySchema", 2);
    check_indexes(request, "GlobalSecondaryIndexes", "globalSecondaryIndexes", TABLE_KEY_LIMIT);
    check_indexes(request, "LocalSecondaryIndexes", "localSecondaryIndexes", 2);
    tags_check(request, request_get(request->body, "Tags"));
    return request_members_hold(request);
}

static bool check_create_features(struct request *request)
{
    const struct json *stream = request_get(request->body, "StreamSpecification");
    bool has_view = request_get(stream, "StreamViewType");

    if (request_get(request->body, "VectorIndexes"))
        return request_fail(request, MESSAGE_VECTORS_NOT_YET, NULL);
    if (!stream)
        return true;
    if (request_flag(stream, "StreamEnabled", false))
        return has_view || request_fail(request, MESSAGE_STREAM_NO_VIEW, NULL);
    return !has_view || request_fail(request, MESSAGE_STREAM_DISABLED, NULL);
}

static bool read_billing(struct request *request, struct table *draft)
{
    bool provisioned = request_get(request->body, "ProvisionedThroughput");

    draft->on_demand = text_is(request_text(request->body, "BillingMode"), "PAY_PER_REQUEST");
    if (draft->on_demand && provisioned)
        return request_fail(request, MESSAGE_THROUGHPUT_EXTRA, NULL);
    if (!draft->on_demand && !provisioned)
        return request_fail(request, MESSAGE_THROUGHPUT_MISSING, NULL);
    if (draft->on_demand)
        draft->on_demand_since_ms = draft->created_ms;
    return input_read_throughput(request, request->body, &draft->throughput);
}

static bool read_indexes(struct request *request, struct table *draft, const struct json *list,
    bool local)
{
    for (const struct json *node = list ? list->first : NULL; node; node = node->next) {
        struct table_index *index = &draft->index[draft->index_count];
        bool provisioned = request_get(node, "ProvisionedThroughput");

        if (!input_read_index(request, draft, node, local, index))
            return false;
        if (!local && draft->on_demand && provisioned)
            return request_fail(request, MESSAGE_THROUGHPUT_INDEX, ARGUMENTS(index->name));
        if (!local && !draft->on_demand && !provisioned)
            return request_fail(request, MESSAGE_THROUGHPUT_INDEX_MISSING, ARGUMENTS(index->name));
        index->slot = (int)++draft->index_count;
        if (draft->index_count > TABLE_INDEX_LIMIT)
            break;
    }
    return true;
}

static bool read_all_indexes(struct request *request, struct table *draft)
{
    const struct json *locals = request_get(request->body, "LocalSecondaryIndexes");
    const struct json *globals = request_get(request->body, "GlobalSecondaryIndexes");

    draft->index = arena_alloc(draft->arena, TABLE_INDEX_LIMIT + 1, sizeof *draft->index);
    if (!draft->index)
        return request_exhausted(request);
    if (locals && locals->count == 0)
        return request_fail(request, MESSAGE_LOCAL_EMPTY, NULL);
    if (locals && draft->key.range_count == 0)
        return request_fail(request, MESSAGE_LOCAL_NO_TABLE_RANGE, NULL);
    if (locals && locals->count > TABLE_LOCAL_LIMIT)
        return request_fail(request, MESSAGE_LOCAL_COUNT, NULL);
    if (!read_indexes(request, draft, locals, true))
        return false;
    if (globals && globals->count == 0)
        return request_fail(request, MESSAGE_GLOBAL_EMPTY, NULL);
    if (globals && globals->count > TABLE_GLOBAL_LIMIT)
        return request_fail(request, MESSAGE_GLOBAL_COUNT, NULL);
    return read_indexes(request, draft, globals, false) && input_check_total(request, draft);
}

static bool check_unused(struct request *request, const struct table *draft)
{
    bool indexed = request_get(request->body, "LocalSecondaryIndexes") ||
                   request_get(request->body, "GlobalSecondaryIndexes");

    if (!indexed && draft->definition_count != key_count(&draft->key))
        return request_fail(request, MESSAGE_DEFINITION_COUNT, NULL);
    for (size_t i = 0; i < draft->definition_count; i++)
        if (!input_is_used(draft, draft->definition[i].name))
            return request_fail(request, MESSAGE_DEFINITION_UNUSED,
                ARGUMENTS(input_definition_names(request, draft),
                    input_used_names(request, draft)));
    return true;
}

static bool read_settings(struct request *request, struct table *draft)
{
    struct buf uuid;

    buf_init(&uuid, 64);
    crypto_add_uuid(&uuid);
    draft->uuid = uuid.failure ? text_make(NULL, 0) : arena_text(draft->arena, buf_view(&uuid));
    buf_done(&uuid);
    draft->class = arena_text(draft->arena, request_text(request->body, "TableClass"));
    draft->guarded = request_flag(request->body, "DeletionProtectionEnabled", false);
    draft->expiry = draft->stream_label = text_make("", 0);
    if (!draft->uuid.data || !draft->class.data ||
        !table_name(draft, request->account, request->region, request->table_sent) ||
        !table_finish(draft) || !table_count(draft))
        return request_exhausted(request);
    return input_read_raw(request, draft, request->body, "OnDemandThroughput",
               &draft->on_demand_limits) &&
           input_read_raw(request, draft, request->body, "WarmThroughput", &draft->warm) &&
           input_read_encryption(request, draft);
}

static bool check_absent(struct request *request, struct text name)
{
    struct table *table = registry_find(request->catalog, request->account, request->region, name);

    if (table)
        request_fail(request, MESSAGE_TABLE_EXISTS, ARGUMENTS(name));
    table_release(table);
    return !table;
}

/* The document goes to the plan of the request; NULL: there is none. */
static bool read_policy(struct request *request)
{
    struct text source = request_text(request->body, "ResourcePolicy");
    struct text *policy = arena_alloc(request->arena, 1, sizeof *policy);

    if (!source.data)
        return true;
    request->plan = policy;
    return policy ? policy_document_read(request, source, policy) : request_exhausted(request);
}

bool table_create_read(struct request *request)
{
    const struct json *tags = request_get(request->body, "Tags");
    struct error err;
    struct table *draft;

    if (!check_create_members(request) || !check_create_features(request) || !read_policy(request))
        return false;
    draft = request->draft = table_new(&err);
    if (!draft)
        return request_exhausted(request);
    draft->created_ms = clock_wall() / CLOCK_MS;
    if (request->settings->state_delay_ms > 0) {
        draft->state = TABLE_CREATING;
        draft->state_until_ms = draft->created_ms + request->settings->state_delay_ms;
    }
    if (!read_billing(request, draft) ||
        !input_read_definitions(request, draft,
            request_get(request->body, "AttributeDefinitions")) ||
        !input_read_key(request, draft, request_get(request->body, "KeySchema"), false,
            &draft->key) ||
        !read_all_indexes(request, draft) || !check_unused(request, draft) ||
        !read_settings(request, draft))
        return false;
    return tags_hold(request, tags);
}

static bool prepare_create(struct request *request)
{
    if (!table_create_read(request) || !check_absent(request, request->draft->name))
        return false;
    return registry_count(request->catalog, request->account, request->region) <
               TABLE_COUNT_LIMIT ||
           request_fail(request, MESSAGE_TABLE_LIMIT, NULL);
}

enum progress table_create_write(struct request *request, struct write_context *context,
    const struct text *policy)
{
    struct table *draft = request->draft;
    const struct json *tags = request_get(request->body, "Tags");
    const struct json *stream = request_get(request->body, "StreamSpecification");
    enum stream_view view = stream_view_parse(request_text(stream, "StreamViewType"));

    if (!check_absent(request, draft->name))
        return PROGRESS_DONE;
    if (registry_insert(context->store, draft) == STORE_FAILED ||
        store_create_table(context->store, draft->id, draft->has_local) == STORE_FAILED)
        return PROGRESS_BROKEN;
    for (size_t i = 0; i < draft->index_count; i++)
        if (store_create_index(context->store, draft->id, draft->index[i].slot) == STORE_FAILED)
            return PROGRESS_BROKEN;
    if (view != STREAM_OFF && (stream_start(context, draft, view) == STORE_FAILED ||
                                  registry_update(context->store, draft) == STORE_FAILED))
        return PROGRESS_BROKEN;
    if (tags && tags_store(context->store, draft->arn, tags) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (policy && policy_keep(context, draft->id, *policy) == STORE_FAILED)
        return PROGRESS_BROKEN;
    answer_description(request, "TableDescription", draft, "CREATING");
    return PROGRESS_DONE;
}

static enum progress write_create(struct request *request, struct write_context *context)
{
    return table_create_write(request, context, request->plan);
}

static bool prepare_describe(struct request *request)
{
    request_check_table_name(request);
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND);
}

static enum progress read_description(struct request *request, struct store *store)
{
    (void)store;
    answer_description(request, "Table", request->table,
        table_state_name(table_state(request->table)));
    return PROGRESS_DONE;
}

static bool prepare_delete(struct request *request)
{
    if (!prepare_describe(request) || !request_check_idle(request, request->table))
        return false;
    return !request->table->guarded || request_fail(request, MESSAGE_TABLE_PROTECTED, NULL);
}

enum progress table_drop(struct write_context *context, struct table *table)
{
    return (table->stream && stream_stop(context, table) == STORE_FAILED) ||
                   store_drop_table(context->store, table->id) == STORE_FAILED ||
                   tags_drop(context->store, table->arn) == STORE_FAILED ||
                   recorded_drop(context->store, table->id) == STORE_FAILED ||
                   registry_delete(context->store, table) == STORE_FAILED
               ? PROGRESS_BROKEN
               : PROGRESS_DONE;
}

/* At once, or later by a chore; then the mark is what is written now. */
static enum progress begin_delete(struct request *request, struct write_context *context,
    struct table *table)
{
    uint32_t delay = context->settings->state_delay_ms;
    struct error err;

    if (delay == 0)
        return table_drop(context, table);
    request->draft = table_copy(table, &err);
    if (!request->draft)
        return PROGRESS_BROKEN;
    request->draft->state = TABLE_DELETING;
    request->draft->state_until_ms = context->now_ms + delay;
    return registry_update(context->store, request->draft) == STORE_FAILED ? PROGRESS_BROKEN
                                                                           : PROGRESS_DONE;
}

static enum progress write_delete(struct request *request, struct write_context *context)
{
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;

    table_release(request->draft);
    request->draft = NULL;
    if (!table) {
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
        return PROGRESS_DONE;
    }
    if (table->guarded)
        request_fail(request, MESSAGE_TABLE_PROTECTED, NULL);
    else if (request_check_idle(request, table))
        progress = begin_delete(request, context, table);
    if (progress == PROGRESS_DONE && !request->fault.set)
        answer_description(request, "TableDescription", table, "DELETING");
    table_release(table);
    return progress;
}

static void remove_table(struct request *request, struct write_context *context)
{
    if (request->draft)
        write_publish_draft(request, context);
    else
        registry_remove(context->catalog, request->table->id);
}

static bool prepare_list(struct request *request)
{
    request_check_range(request, request->body, "Limit", "limit", 1, LIST_PAGE);
    request_check_name(request, request_text(request->body, "ExclusiveStartTableName"),
        "exclusiveStartTableName");
    return request_members_hold(request);
}

static enum progress read_list(struct request *request, struct store *store)
{
    size_t limit = (size_t)request_integer(request->body, "Limit", LIST_PAGE), count = 0;
    struct text after = request_text(request->body, "ExclusiveStartTableName");
    bool more = false;
    struct text *names = registry_list(request->catalog, request->account, request->region, after,
        limit, request->arena, &count, &more);
    struct json_writer writer;

    (void)store;
    if (!names) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "TableNames");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        json_string(&writer, names[i]);
    json_end_array(&writer);
    if (more)
        json_pair(&writer, "LastEvaluatedTableName", names[count - 1]);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

const struct operation table_operation_table[] = {
    {
        .name = "CreateTable",
        .shape = &shape_create_table,
        .alone = true,
        .prepare = prepare_create,
        .write = write_create,
        .committed = write_publish_draft,
    },
    {
        .name = "DescribeTable",
        .shape = &shape_table_only,
        .prepare = prepare_describe,
        .read = read_description,
    },
    {
        .name = "ListTables",
        .shape = &shape_list_tables,
        .prepare = prepare_list,
        .read = read_list,
    },
    {
        .name = "UpdateTable",
        .shape = &shape_update_table,
        .alone = true,
        .prepare = table_update_prepare,
        .write = table_update_write,
        .committed = write_publish_draft,
    },
    {
        .name = "DeleteTable",
        .shape = &shape_table_only,
        .alone = true,
        .prepare = prepare_delete,
        .write = write_delete,
        .committed = remove_table,
    },
    {.name = NULL},
};
