#include "endpoint/tables/operations.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "endpoint/tables/bucket.h"
#include "endpoint/tables/import_job.h"
#include "endpoint/tables/import_row.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/table_create.h"
#include "endpoint/tables/transfer_shapes.h"

enum { ARN_LIMIT = 1024, HEADER_LIMIT = 255, DESCRIPTION_LIMIT = 1024 * 1024 };

struct import_plan {
    int64_t id; /* 0: nothing is to be begun */
};

static void check_source(struct request *request, const struct json *source)
{
    struct text bucket = request_text(source, "S3Bucket");
    struct text prefix = request_text(source, "S3KeyPrefix");

    if (!source)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("s3BucketSource")));
    else if (!bucket.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("s3BucketSource.s3Bucket")));
    else if (!bucket_is_name(bucket))
        request_member(request, MESSAGE_TRANSFER_BUCKET,
            ARGUMENTS(bucket, TEXT("s3BucketSource.s3Bucket")));
    if (prefix.data && prefix.length > BUCKET_KEY_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(prefix, TEXT("s3BucketSource.s3KeyPrefix"),
                request_number(request, BUCKET_KEY_LIMIT)));
}

static void check_csv(struct request *request, const struct json *csv)
{
    const struct json *list = request_get(csv, "HeaderList");
    struct text delimiter = request_text(csv, "Delimiter");

    if (delimiter.data && (delimiter.length != 1 || !memchr(",;:|\t ", delimiter.data[0], 6)))
        request_member(request, MESSAGE_IMPORT_DELIMITER, ARGUMENTS(delimiter));
    if (list && list->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), TEXT("inputFormatOptions.csv.headerList"), TEXT("1")));
    if (list && list->count > HEADER_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(TEXT("[..]"), TEXT("inputFormatOptions.csv.headerList"),
                request_number(request, HEADER_LIMIT)));
}

static bool check_import_members(struct request *request)
{
    const struct json *body = request->body;
    const struct json *csv = json_at(body, "InputFormatOptions.Csv");

    check_source(request, request_get(body, "S3BucketSource"));
    request_check_present(request, body, "InputFormat", "inputFormat");
    request_check_enum(request, body, "InputFormat", "inputFormat", "ION, CSV, DYNAMODB_JSON");
    request_check_enum(request, body, "InputCompressionType", "inputCompressionType",
        "NONE, GZIP, ZSTD");
    if (csv && csv->kind == JSON_OBJECT)
        check_csv(request, csv);
    request_check_present(request, body, "TableCreationParameters", "tableCreationParameters");
    return request_members_hold(request);
}

static bool check_header_list(struct request *request)
{
    const struct json *list = json_at(request->body, "InputFormatOptions.Csv.HeaderList");
    struct csv_row names = {0};

    if (!list || list->kind != JSON_ARRAY)
        return true;
    names.field = arena_alloc(request->arena, list->count, sizeof *names.field);
    if (!names.field)
        return request_exhausted(request);
    for (const struct json *node = list->first; node; node = node->next)
        names.field[names.count++] =
            node->kind == JSON_STRING && node->text.data ? node->text : text_make("", 0);
    return import_row_check_names(request, &names);
}

static bool check_request(struct request *request)
{
    struct text format = request_text(request->body, "InputFormat");
    struct text compression = request_text(request->body, "InputCompressionType");
    struct text prefix = request_text(request_get(request->body, "S3BucketSource"), "S3KeyPrefix");

    if (text_is(format, "ION"))
        return request_fail(request, MESSAGE_TRANSFER_FORMAT,
            ARGUMENTS(format, TEXT("InputFormat")));
    if (text_is(compression, "ZSTD"))
        return request_fail(request, MESSAGE_TRANSFER_FORMAT,
            ARGUMENTS(compression, TEXT("InputCompressionType")));
    if (!text_is(format, "CSV") && request_get(request->body, "InputFormatOptions"))
        return request_fail(request, MESSAGE_IMPORT_CSV, NULL);
    if (prefix.data && !bucket_is_prefix(prefix))
        return request_fail(request, MESSAGE_TRANSFER_PREFIX,
            ARGUMENTS(prefix, TEXT("s3BucketSource.s3KeyPrefix")));
    if (!check_header_list(request))
        return false;
    return request->buckets || request_fail(request, MESSAGE_TRANSFER_MEMORY, NULL);
}

static bool prepare_import(struct request *request)
{
    const struct json *body = request->body;
    bool read;

    if (!check_import_members(request) || !check_request(request))
        return false;
    /* The parameters are those of a CreateTable; whether the name is free is seen in the write,
       because a repeated request finds its own table. */
    request->body = request_get(body, "TableCreationParameters");
    read = table_create_read(request);
    request->body = body;
    request->plan = arena_alloc(request->arena, 1, sizeof(struct import_plan));
    return read && (request->plan || request_exhausted(request));
}

static void copy_member(struct json_writer *writer, const struct json *body, const char *name)
{
    const struct json *member = request_get(body, name);

    if (!member)
        return;
    json_name(writer, name);
    json_tree(writer, member);
}

/* The ImportTableDescription of an import that begins. */
static void describe(struct request *request, struct text arn, uint64_t now_ms,
    struct json_writer *writer)
{
    const struct json *body = request->body;

    json_begin_object(writer);
    json_pair(writer, "ImportArn", arn);
    json_pair_string(writer, "ImportStatus", "IN_PROGRESS");
    json_pair(writer, "TableArn", request->draft->arn);
    json_pair(writer, "TableId", request->draft->uuid);
    copy_member(writer, body, "ClientToken");
    copy_member(writer, body, "S3BucketSource");
    json_pair_integer(writer, "ErrorCount", 0);
    copy_member(writer, body, "InputFormat");
    copy_member(writer, body, "InputFormatOptions");
    if (request_get(body, "InputCompressionType"))
        copy_member(writer, body, "InputCompressionType");
    else
        json_pair_string(writer, "InputCompressionType", "NONE");
    copy_member(writer, body, "TableCreationParameters");
    json_name(writer, "StartTime");
    json_double(writer, (double)now_ms / 1000);
    json_pair_integer(writer, "ProcessedSizeBytes", 0);
    json_pair_integer(writer, "ProcessedItemCount", 0);
    json_pair_integer(writer, "ImportedItemCount", 0);
    json_end_object(writer);
}

static void answer(struct request *request, struct text description)
{
    struct json_writer writer;

    buf_clear(&request->out); /* of what the creation of the table answered */
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "ImportTableDescription");
    json_raw(&writer, description);
    json_end_object(&writer);
}

static void start_import(struct request *request)
{
    const struct import_plan *plan = request->plan;

    transfer_start(request, TRANSFER_IMPORT, plan->id, import_run);
}

static enum progress add_import(struct request *request, struct write_context *context,
    struct transfer *transfer, struct buf *json)
{
    struct import_plan *plan = request->plan;
    struct json_writer writer;
    enum progress progress;
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
    describe(request, transfer->arn, context->now_ms, &writer);
    transfer->json = buf_view(json);
    if (json->failure) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    if (registry_count(context->catalog, request->account, request->region) >= TABLE_COUNT_LIMIT) {
        request_fail(request, MESSAGE_TABLE_LIMIT, NULL);
        return PROGRESS_DONE;
    }
    progress = table_create_write(request, context, NULL);
    if (progress == PROGRESS_BROKEN || request->fault.set)
        return progress;
    transfer->table = request->draft->id;
    if (transfer_add(context->store, transfer, context->now_ms, &plan->id) == STORE_FAILED)
        return PROGRESS_BROKEN;
    answer(request, transfer->json);
    return PROGRESS_DONE;
}

static enum progress write_import(struct request *request, struct write_context *context)
{
    struct import_plan *plan = request->plan;
    struct transfer transfer = {.kind = TRANSFER_IMPORT,
        .account = request->account,
        .region = request->region,
        .table_arn = request->draft->arn,
        .token = request_text(request->body, "ClientToken")};
    enum progress progress;
    struct buf json;

    plan->id = 0;
    request->performed = start_import;
    transfer.arn =
        transfer_new_arn(TRANSFER_IMPORT, transfer.table_arn, context->now_ms, request->arena);
    if (!transfer.arn.data) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    buf_init(&json, DESCRIPTION_LIMIT);
    progress = add_import(request, context, &transfer, &json);
    buf_done(&json);
    return progress;
}

/* Of a repeated request there is nothing to publish. */
static void publish_table(struct request *request, struct write_context *context)
{
    const struct import_plan *plan = request->plan;

    if (plan->id > 0 && !registry_publish(context->catalog, request->draft))
        request_exhausted(request);
}

static bool prepare_describe(struct request *request)
{
    return transfer_prepare_describe(request, TRANSFER_IMPORT);
}

static enum progress read_describe(struct request *request, struct store *store)
{
    return transfer_read_describe(request, store, TRANSFER_IMPORT, "ImportTableDescription");
}

static bool prepare_list(struct request *request)
{
    struct text arn = request_text(request->body, "TableArn");

    if (arn.data && arn.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(arn, TEXT("tableArn"), TEXT("1")));
    else if (arn.length > ARN_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(arn, TEXT("tableArn"), request_number(request, ARN_LIMIT)));
    return transfer_prepare_list(request, TRANSFER_IMPORT);
}

static enum progress read_list(struct request *request, struct store *store)
{
    return transfer_read_list(request, store, TRANSFER_IMPORT);
}

const struct operation import_operation_table[] = {
    {
        .name = "ImportTable",
        .shape = &shape_import,
        .alone = true,
        .prepare = prepare_import,
        .write = write_import,
        .committed = publish_table,
    },
    {
        .name = "DescribeImport",
        .shape = &shape_describe_import,
        .prepare = prepare_describe,
        .read = read_describe,
    },
    {
        .name = "ListImports",
        .shape = &shape_list_imports,
        .prepare = prepare_list,
        .read = read_list,
    },
    {.name = NULL},
};
