#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/tags.h"
#include "endpoint/tables/write.h"

/* Time to live, tags, limits, endpoints. */

static bool prepare_describe(struct request *request)
{
    request_check_table_name(request);
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND);
}

static enum progress read_ttl(struct request *request, struct store *store)
{
    const struct table *table = request->table;
    struct json_writer writer;

    (void)store;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "TimeToLiveDescription");
    json_begin_object(&writer);
    json_pair_string(&writer, "TimeToLiveStatus",
        table->expiry.length > 0 ? "ENABLED" : "DISABLED");
    if (table->expiry.length > 0)
        json_pair(&writer, "AttributeName", table->expiry);
    json_end_object(&writer);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

static bool prepare_ttl(struct request *request)
{
    const struct json *asked = request_get(request->body, "TimeToLiveSpecification");
    struct text name = request_text(asked, "AttributeName");

    request_check_table_name(request);
    if (!asked) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("timeToLiveSpecification")));
        return request_members_hold(request);
    }
    request_check_present(request, asked, "AttributeName", "timeToLiveSpecification.attributeName");
    request_check_present(request, asked, "Enabled", "timeToLiveSpecification.enabled");
    if (name.data && name.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(name, TEXT("timeToLiveSpecification.attributeName"), TEXT("1")));
    if (name.length > 255)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(name, TEXT("timeToLiveSpecification.attributeName"), TEXT("255")));
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND) &&
           request_check_idle(request, request->table);
}

static bool check_ttl(struct request *request, const struct table *table, struct text name,
    bool enable)
{
    bool enabled = table->expiry.length > 0;

    if (!enabled && !enable)
        return request_fail(request, MESSAGE_TTL_DISABLED, NULL);
    if (enabled && !text_equal(table->expiry, name))
        return request_fail(request, MESSAGE_TTL_OTHER, ARGUMENTS(table->expiry));
    if (enabled && enable)
        return request_fail(request, MESSAGE_TTL_ENABLED, NULL);
    return true;
}

static enum progress store_ttl(struct request *request, struct write_context *context,
    struct text name, bool enable)
{
    struct table *draft = request->draft;
    enum store_result result = enable ? store_create_expiry(context->store, draft->id)
                                      : store_drop_expiry(context->store, draft->id);
    struct json_writer writer;

    draft->expiry = enable ? arena_text(draft->arena, name) : text_make("", 0);
    draft->expiry_backfilling = enable;
    if (result == STORE_FAILED || !draft->expiry.data ||
        registry_update(context->store, draft) == STORE_FAILED)
        return PROGRESS_BROKEN;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "TimeToLiveSpecification");
    json_begin_object(&writer);
    json_pair(&writer, "AttributeName", name);
    json_pair_bool(&writer, "Enabled", enable);
    json_end_object(&writer);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

static enum progress write_ttl(struct request *request, struct write_context *context)
{
    const struct json *asked = request_get(request->body, "TimeToLiveSpecification");
    struct text name = request_text(asked, "AttributeName");
    bool enable = request_flag(asked, "Enabled", false);
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;
    struct error err;

    table_release(request->draft);
    request->draft = NULL;
    if (!table) {
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    } else if (check_ttl(request, table, name, enable)) {
        request->draft = table_copy(table, &err);
        progress = request->draft ? store_ttl(request, context, name, enable) : PROGRESS_BROKEN;
    }
    table_release(table);
    return progress;
}

static bool prepare_nothing(struct request *request)
{
    (void)request;
    return true;
}

static enum progress read_limits(struct request *request, struct store *store)
{
    struct json_writer writer;

    (void)store;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "AccountMaxReadCapacityUnits", 80000);
    json_pair_integer(&writer, "AccountMaxWriteCapacityUnits", 80000);
    json_pair_integer(&writer, "TableMaxReadCapacityUnits", 40000);
    json_pair_integer(&writer, "TableMaxWriteCapacityUnits", 40000);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

/* An SDK that discovers endpoints must stay with the one it asked. */
static enum progress read_endpoints(struct request *request, struct store *store)
{
    struct json_writer writer;

    (void)store;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Endpoints");
    json_begin_array(&writer);
    json_begin_object(&writer);
    if (request->host.length > 0)
        json_pair(&writer, "Address", request->host);
    else
        json_pair_string(&writer, "Address",
            arena_format(request->arena, "dynamodb.%.*s.amazonaws.com", (int)request->region.length,
                request->region.data));
    json_pair_integer(&writer, "CachePeriodInMinutes", 1440);
    json_end_object(&writer);
    json_end_array(&writer);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

const struct operation setting_operation_table[] = {
    {
        .name = "DescribeTimeToLive",
        .shape = &shape_table_only,
        .prepare = prepare_describe,
        .read = read_ttl,
    },
    {
        .name = "UpdateTimeToLive",
        .shape = &shape_update_ttl,
        .alone = true,
        .prepare = prepare_ttl,
        .write = write_ttl,
        .committed = write_publish_draft,
    },
    {
        .name = "TagResource",
        .shape = &shape_tag,
        .prepare = tags_prepare_tag,
        .write = tags_write_tag,
    },
    {
        .name = "UntagResource",
        .shape = &shape_untag,
        .prepare = tags_prepare_untag,
        .write = tags_write_untag,
    },
    {
        .name = "ListTagsOfResource",
        .shape = &shape_list_tags,
        .prepare = tags_prepare_list,
        .read = tags_read_list,
    },
    {
        .name = "DescribeLimits",
        .shape = &shape_nothing,
        .prepare = prepare_nothing,
        .read = read_limits,
    },
    {
        .name = "DescribeEndpoints",
        .shape = &shape_nothing,
        .prepare = prepare_nothing,
        .read = read_endpoints,
    },
    {.name = NULL},
};
