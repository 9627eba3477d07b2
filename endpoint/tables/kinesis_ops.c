#include "endpoint/tables/operations.h"

#include <stdatomic.h>

#include "base/json.h"
#include "base/log.h"
#include "endpoint/tables/recorded.h"
#include "endpoint/tables/recorded_shapes.h"
#include "endpoint/tables/write.h"

/*
 * Kinesis destinations of tables: kept and described, but nothing is sent. At most one is ACTIVE;
 * the others were, and stay listed as DISABLED, as with the service.
 */

enum { ARN_MINIMUM = 37, ARN_MAXIMUM = 1024 };

static const char enable_member[] = "EnableKinesisStreamingConfiguration";
static const char update_member[] = "UpdateKinesisStreamingConfiguration";
static const char precision_member[] = "ApproximateCreationDateTimePrecision";

static bool prepare_describe(struct request *request)
{
    request_check_table_name(request);
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND);
}

static void check_arn(struct request *request)
{
    struct text arn = request_text(request->body, "StreamArn");

    if (!arn.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("streamArn")));
    else if (arn.length < ARN_MINIMUM)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(arn, TEXT("streamArn"), TEXT("37")));
    else if (arn.length > ARN_MAXIMUM)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(arn, TEXT("streamArn"), TEXT("1024")));
}

static bool prepare_change(struct request *request)
{
    const struct json *body = request->body;

    request_check_table_name(request);
    check_arn(request);
    request_check_enum(request, request_get(body, enable_member), precision_member,
        "enableKinesisStreamingConfiguration.approximateCreationDateTimePrecision",
        "MICROSECOND, MILLISECOND");
    request_check_enum(request, request_get(body, update_member), precision_member,
        "updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision",
        "MICROSECOND, MILLISECOND");
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND);
}

static bool prepare_disable(struct request *request)
{
    if (!prepare_change(request))
        return false;
    return !request_get(request->body, enable_member) ||
           request_fail(request, MESSAGE_KINESIS_DISABLE_WITH, NULL);
}

static bool prepare_update(struct request *request)
{
    if (!prepare_change(request))
        return false;
    return request_get(request_get(request->body, update_member), precision_member) ||
           request_fail(request, MESSAGE_KINESIS_NOTHING, NULL);
}

static void add_destination(void *user, const struct recorded *row)
{
    struct json_writer *writer = user;

    json_begin_object(writer);
    json_pair(writer, "StreamArn", row->name);
    json_pair(writer, "DestinationStatus", row->state);
    if (row->text.length > 0)
        json_pair(writer, precision_member, row->text);
    json_end_object(writer);
}

static enum progress read_destinations(struct request *request, struct store *store)
{
    enum store_result result;
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", request->table->name);
    json_name(&writer, "KinesisDataStreamDestinations");
    json_begin_array(&writer);
    result = recorded_each(store, request->table->id, RECORDED_KINESIS, add_destination, &writer);
    json_end_array(&writer);
    json_end_object(&writer);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static void answer(struct request *request, const char *status, const char *configuration)
{
    const struct json *asked = configuration ? request_get(request->body, configuration) : NULL;
    struct text precision = request_text(asked, precision_member);
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", request->table->name);
    json_pair(&writer, "StreamArn", request_text(request->body, "StreamArn"));
    json_pair_string(&writer, "DestinationStatus", status);
    if (configuration) {
        json_name(&writer, configuration);
        json_begin_object(&writer);
        if (precision.data)
            json_pair(&writer, precision_member, precision);
        json_end_object(&writer);
    }
    json_end_object(&writer);
}

/* The destination as it is; state empty when there is none. Refuses when the table has gone. */
static enum progress find_now(struct request *request, struct write_context *context,
    struct recorded *row)
{
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum store_result result = STORE_DONE;

    *row = (struct recorded){.state = TEXT("")};
    if (!table)
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    else
        result = recorded_find(context->store, table->id, RECORDED_KINESIS,
            request_text(request->body, "StreamArn"), request->arena, row);
    table_release(table);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static enum progress keep(struct request *request, struct write_context *context,
    const struct recorded *row)
{
    return recorded_keep(context->store, request->table->id, RECORDED_KINESIS, row) == STORE_FAILED
               ? PROGRESS_BROKEN
               : PROGRESS_DONE;
}

static void note_active(void *user, const struct recorded *row)
{
    bool *active = user;

    *active = *active || text_is(row->state, "ACTIVE");
}

static enum progress write_enable(struct request *request, struct write_context *context)
{
    const struct json *asked = request_get(request->body, enable_member);
    struct recorded row;
    bool active = false;

    if (find_now(request, context, &row) == PROGRESS_BROKEN ||
        recorded_each(context->store, request->table->id, RECORDED_KINESIS, note_active, &active) ==
            STORE_FAILED)
        return PROGRESS_BROKEN;
    if (request->fault.set)
        return PROGRESS_DONE;
    if (active) {
        request_fail(request, MESSAGE_KINESIS_ENABLE, NULL);
        return PROGRESS_DONE;
    }
    row = (struct recorded){.name = request_text(request->body, "StreamArn"),
        .at_ms = context->now_ms,
        .state = TEXT("ACTIVE"),
        .text = request_text(asked, precision_member)};
    answer(request, "ENABLING", enable_member);
    return keep(request, context, &row);
}

static enum progress write_disable(struct request *request, struct write_context *context)
{
    struct recorded row;

    if (find_now(request, context, &row) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (!request->fault.set && !text_is(row.state, "ACTIVE"))
        request_fail(request, MESSAGE_KINESIS_DISABLE, NULL);
    if (request->fault.set)
        return PROGRESS_DONE;
    row.state = TEXT("DISABLED");
    row.text = TEXT("");
    answer(request, "DISABLING", NULL);
    return keep(request, context, &row);
}

static enum progress write_update(struct request *request, struct write_context *context)
{
    const struct json *asked = request_get(request->body, update_member);
    struct text precision = request_text(asked, precision_member);
    struct recorded row;

    if (find_now(request, context, &row) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (!request->fault.set && !text_is(row.state, "ACTIVE"))
        request_fail(request, MESSAGE_KINESIS_UPDATE,
            ARGUMENTS(request->table->name, request_text(request->body, "StreamArn")));
    /* None asked for is MILLISECOND. */
    else if (!request->fault.set &&
             text_equal(precision, row.text.length > 0 ? row.text : TEXT("MILLISECOND")))
        request_fail(request, MESSAGE_KINESIS_SAME,
            ARGUMENTS(precision, request->table->uuid, row.name));
    if (request->fault.set)
        return PROGRESS_DONE;
    row.text = precision;
    answer(request, "UPDATING", update_member);
    return keep(request, context, &row);
}

static void tell_once(struct request *request, struct write_context *context)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;

    (void)context;
    if (!atomic_flag_test_and_set(&told))
        log_line(LOG_WARNING,
            "tables: %.*s has a Kinesis destination: it is recorded, but nothing is sent there",
            (int)request->table->name.length, request->table->name.data);
}

const struct operation kinesis_operation_table[] = {
    {
        .name = "DescribeKinesisStreamingDestination",
        .shape = &shape_kinesis,
        .prepare = prepare_describe,
        .read = read_destinations,
    },
    {
        .name = "EnableKinesisStreamingDestination",
        .shape = &shape_kinesis,
        .prepare = prepare_change,
        .write = write_enable,
        .committed = tell_once,
    },
    {
        .name = "DisableKinesisStreamingDestination",
        .shape = &shape_kinesis,
        .prepare = prepare_disable,
        .write = write_disable,
    },
    {
        .name = "UpdateKinesisStreamingDestination",
        .shape = &shape_kinesis,
        .prepare = prepare_update,
        .write = write_update,
    },
    {.name = NULL},
};
