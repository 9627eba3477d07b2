#include "endpoint/tables/operations.h"

#include "base/clock.h"
#include "base/json.h"
#include "endpoint/tables/bucket.h"
#include "endpoint/tables/export_job.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/transfer_shapes.h"

enum { ARN_LIMIT = 1024, DESCRIPTION_LIMIT = 64 * 1024 };

struct export_plan {
    int64_t id; /* 0: nothing is to be begun */
    bool incremental;
    uint64_t at_ms, from_ms, to_ms;
};

static void check_arn(struct request *request)
{
    struct text arn = request_text(request->body, "TableArn");

    if (!arn.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("tableArn")));
    else if (arn.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(arn, TEXT("tableArn"), TEXT("1")));
    else if (arn.length > ARN_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(arn, TEXT("tableArn"), request_number(request, ARN_LIMIT)));
}

static bool check_export_members(struct request *request)
{
    const struct json *window = request_get(request->body, "IncrementalExportSpecification");
    struct text bucket = request_text(request->body, "S3Bucket");
    struct text prefix = request_text(request->body, "S3Prefix");

    check_arn(request);
    if (!bucket.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("s3Bucket")));
    else if (!bucket_is_name(bucket))
        request_member(request, MESSAGE_TRANSFER_BUCKET, ARGUMENTS(bucket, TEXT("s3Bucket")));
    if (prefix.data && prefix.length > BUCKET_KEY_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(prefix, TEXT("s3Prefix"), request_number(request, BUCKET_KEY_LIMIT)));
    request_check_enum(request, request->body, "S3SseAlgorithm", "s3SseAlgorithm", "KMS, AES256");
    request_check_enum(request, request->body, "ExportFormat", "exportFormat",
        "ION, DYNAMODB_JSON");
    request_check_enum(request, request->body, "ExportType", "exportType",
        "INCREMENTAL_EXPORT, FULL_EXPORT");
    if (window)
        request_check_enum(request, window, "ExportViewType",
            "incrementalExportSpecification.exportViewType", "NEW_AND_OLD_IMAGES, NEW_IMAGE");
    return request_members_hold(request);
}

/* A time member in milliseconds; fallback when it is absent. */
static uint64_t read_time(const struct json *object, const char *name, uint64_t fallback)
{
    double seconds;

    if (!request_get(object, name))
        return fallback;
    seconds = json_double_member(object, name, 0);
    if (!(seconds > 0))
        return 0;
    return seconds < 1e15 ? (uint64_t)(seconds * 1000 + 0.5) : UINT64_MAX;
}

static bool check_request(struct request *request, const struct export_plan *plan)
{
    struct text prefix = request_text(request->body, "S3Prefix");
    bool window = request_get(request->body, "IncrementalExportSpecification");

    if (text_is(request_text(request->body, "ExportFormat"), "ION"))
        return request_fail(request, MESSAGE_TRANSFER_FORMAT,
            ARGUMENTS(TEXT("ION"), TEXT("ExportFormat")));
    if (prefix.data && !bucket_is_prefix(prefix))
        return request_fail(request, MESSAGE_TRANSFER_PREFIX, ARGUMENTS(prefix, TEXT("s3Prefix")));
    if (plan->incremental != window)
        return request_fail(request, MESSAGE_TRANSFER_SPECIFICATION, NULL);
    return request->buckets || request_fail(request, MESSAGE_TRANSFER_MEMORY, NULL);
}

static bool is_inside(const struct table *table, uint64_t ms)
{
    return ms >= history_earliest_ms(table) && ms <= history_latest_ms(table);
}

static bool check_times(struct request *request, struct export_plan *plan)
{
    const struct json *window = request_get(request->body, "IncrementalExportSpecification");
    const struct table *table = request->table;
    uint64_t latest = history_latest_ms(table);

    if (!plan->incremental) {
        plan->at_ms = read_time(request->body, "ExportTime", latest);
        return is_inside(table, plan->at_ms) || request_fail(request, MESSAGE_EXPORT_TIME, NULL);
    }
    plan->from_ms = read_time(window, "ExportFromTime", history_earliest_ms(table));
    plan->to_ms = read_time(window, "ExportToTime", latest);
    if (!is_inside(table, plan->from_ms) || !is_inside(table, plan->to_ms))
        return request_fail(request, MESSAGE_EXPORT_TIME, NULL);
    return plan->from_ms < plan->to_ms || request_fail(request, MESSAGE_EXPORT_WINDOW, NULL);
}

static bool prepare_export(struct request *request)
{
    struct export_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    if (!check_export_members(request))
        return false;
    plan->incremental = text_is(request_text(request->body, "ExportType"), "INCREMENTAL_EXPORT");
    if (!check_request(request, plan))
        return false;
    request->table_sent = request_text(request->body, "TableArn");
    if (!request_find_table(request, request->table_sent, MESSAGE_BACKUP_TABLE_NOT_FOUND))
        return false;
    if (!history_is_on(request->table))
        return request_fail(request, MESSAGE_RECOVERY_UNAVAILABLE, ARGUMENTS(request->table->name));
    return check_times(request, plan);
}

static void add_time(struct json_writer *writer, const char *name, uint64_t ms)
{
    json_name(writer, name);
    json_double(writer, (double)ms / 1000);
}

static void copy_member(struct json_writer *writer, const struct json *body, const char *name)
{
    struct text text = request_text(body, name);

    if (text.data)
        json_pair(writer, name, text);
}

/* The ExportDescription of an export that begins. */
static void describe(struct request *request, const struct export_plan *plan, struct text arn,
    uint64_t now_ms, struct json_writer *writer)
{
    const struct json *body = request->body;
    const struct json *window = request_get(body, "IncrementalExportSpecification");
    struct text view = request_text(window, "ExportViewType");

    json_begin_object(writer);
    json_pair(writer, "ExportArn", arn);
    json_pair_string(writer, "ExportStatus", "IN_PROGRESS");
    add_time(writer, "StartTime", now_ms);
    json_pair(writer, "TableArn", request->table->arn);
    json_pair(writer, "TableId", request->table->uuid);
    if (!plan->incremental)
        add_time(writer, "ExportTime", plan->at_ms);
    copy_member(writer, body, "ClientToken");
    json_pair(writer, "S3Bucket", request_text(body, "S3Bucket"));
    copy_member(writer, body, "S3BucketOwner");
    copy_member(writer, body, "S3Prefix");
    json_pair(writer, "S3SseAlgorithm",
        request_get(body, "S3SseAlgorithm") ? request_text(body, "S3SseAlgorithm")
                                            : TEXT("AES256"));
    copy_member(writer, body, "S3SseKmsKeyId");
    json_pair_string(writer, "ExportFormat", "DYNAMODB_JSON");
    json_pair_string(writer, "ExportType",
        plan->incremental ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    if (plan->incremental) {
        json_name(writer, "IncrementalExportSpecification");
        json_begin_object(writer);
        add_time(writer, "ExportFromTime", plan->from_ms);
        add_time(writer, "ExportToTime", plan->to_ms);
        json_pair(writer, "ExportViewType", view.data ? view : TEXT("NEW_AND_OLD_IMAGES"));
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void answer(struct request *request, struct text description)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "ExportDescription");
    json_raw(&writer, description);
    json_end_object(&writer);
}

static void start_export(struct request *request)
{
    const struct export_plan *plan = request->plan;

    transfer_start(request, TRANSFER_EXPORT, plan->id, export_run);
}

static enum progress add_export(struct request *request, struct write_context *context,
    struct transfer *transfer, struct buf *json)
{
    struct export_plan *plan = request->plan;
    struct json_writer writer;
    bool failed;

    if (!transfer_hash(request->body, request->arena, transfer->hash)) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    if (!transfer_admit(request, context->store, transfer, context->now_ms, json, &failed)) {
        if (!failed && !request->fault.set)
            answer(request, buf_view(json));
        return failed ? PROGRESS_BROKEN : PROGRESS_DONE;
    }
    json_writer_init(&writer, json);
    describe(request, plan, transfer->arn, context->now_ms, &writer);
    transfer->json = buf_view(json);
    if (json->failure) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    if (transfer_add(context->store, transfer, context->now_ms, &plan->id) == STORE_FAILED)
        return PROGRESS_BROKEN;
    answer(request, transfer->json);
    return PROGRESS_DONE;
}

static enum progress write_export(struct request *request, struct write_context *context)
{
    struct export_plan *plan = request->plan;
    struct transfer transfer = {.kind = TRANSFER_EXPORT,
        .account = request->account,
        .region = request->region,
        .table = request->table->id,
        .table_arn = request->table->arn,
        .token = request_text(request->body, "ClientToken")};
    enum progress progress;
    struct buf json;

    plan->id = 0;
    request->performed = start_export;
    transfer.arn =
        transfer_new_arn(TRANSFER_EXPORT, transfer.table_arn, context->now_ms, request->arena);
    if (!transfer.arn.data) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    buf_init(&json, DESCRIPTION_LIMIT);
    progress = add_export(request, context, &transfer, &json);
    buf_done(&json);
    return progress;
}

static bool prepare_describe(struct request *request)
{
    return transfer_prepare_describe(request, TRANSFER_EXPORT);
}

static enum progress read_describe(struct request *request, struct store *store)
{
    return transfer_read_describe(request, store, TRANSFER_EXPORT, "ExportDescription");
}

static bool prepare_list(struct request *request)
{
    if (request_get(request->body, "TableArn"))
        check_arn(request);
    return transfer_prepare_list(request, TRANSFER_EXPORT);
}

static enum progress read_list(struct request *request, struct store *store)
{
    return transfer_read_list(request, store, TRANSFER_EXPORT);
}

const struct operation export_operation_table[] = {
    {
        .name = "ExportTableToPointInTime",
        .shape = &shape_export,
        .prepare = prepare_export,
        .write = write_export,
    },
    {
        .name = "DescribeExport",
        .shape = &shape_describe_export,
        .prepare = prepare_describe,
        .read = read_describe,
    },
    {
        .name = "ListExports",
        .shape = &shape_list_exports,
        .prepare = prepare_list,
        .read = read_list,
    },
    {.name = NULL},
};
