#include "console/statements/export_bucket.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "client/service.h"
#include "console/language/planner.h"
#include "console/statements/tables.h"

enum { REQUEST_LIMIT = 64 * 1024, FIRST_POLL_MS = 200, LAST_POLL_MS = 10000 };

static struct text write_request(struct job *job, const struct catalog_table *table,
    struct text target)
{
    size_t slash = text_find(target, TEXT("/"), 0);
    struct json_writer writer;
    struct text request;
    struct buf buf, token;

    buf_init(&buf, REQUEST_LIMIT);
    buf_init(&token, 64);
    crypto_add_uuid(&token);
    json_writer_init(&writer, &buf);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableArn", table->arn ? table->arn : "");
    json_pair(&writer, "S3Bucket",
        text_slice(target, 0, slash == SIZE_MAX ? target.length : slash));
    if (slash != SIZE_MAX && slash + 1 < target.length)
        json_pair(&writer, "S3Prefix", text_slice(target, slash + 1, target.length));
    json_pair_string(&writer, "ExportFormat", "DYNAMODB_JSON");
    json_pair(&writer, "ClientToken", buf_view(&token));
    json_end_object(&writer);
    request = buf.failure ? (struct text){NULL, 0} : arena_text(job->arena, buf_view(&buf));
    buf_done(&buf);
    buf_done(&token);
    return request;
}

enum error_code export_plan_bucket(struct job *job, const struct table_ref *ref, struct text target,
    struct plan *plan, struct error *err)
{
    const struct catalog_table *table;
    struct text *request = arena_alloc(job->arena, 1, sizeof *request);

    plan->link = planner_link(job, ref, err);
    table = plan->link ? planner_table(job, plan->link, ref->table, NULL, err) : NULL;
    if (!table)
        return err->code;
    if (!request)
        return arena_failed(job->arena, err);
    *request = write_request(job, table, target);
    plan->detail = request;
    plan->risk = RISK_ONE;
    plan->risk_kind = "table";
    plan->risk_name = table->name;
    plan->question = arena_format(job->arena, "Export table %s to %.*s?", table->name,
        (int)target.length, target.data);
    plan_add(plan, PLAN_PLAN, "ExportTableToPointInTime of table %s, then wait for its end",
        table->name);
    plan_add(plan, PLAN_RISK, "new objects in the bucket");
    plan_add_call(plan, &service_dynamodb, "ExportTableToPointInTime", "1", NULL, *request);
    plan_add_call(plan, &service_dynamodb, "DescribeExport", "1 or more", NULL, TEXT(""));
    return request->data && plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static const struct json *describe(struct job *job, struct plan *plan, struct text arn,
    struct error *err)
{
    const struct json *answer;
    struct json_writer writer;
    struct buf request;

    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair(&writer, "ExportArn", arn);
    json_end_object(&writer);
    answer = table_send(job, plan->link, "DescribeExport", TEXT(""), buf_view(&request), err);
    buf_done(&request);
    return json_member(answer, "ExportDescription");
}

static enum error_code report(struct job *job, const struct json *export, struct text arn,
    struct error *err)
{
    struct text status = json_string_member(export, "ExportStatus");
    struct text why = json_string_member(export, "FailureMessage");
    struct text manifest = json_string_member(export, "ExportManifest");

    if (!text_is(status, "COMPLETED"))
        return error_set(err, ERROR_PARTIAL, "the export is %.*s: %.*s", (int)status.length,
            status.data, (int)why.length, why.data);
    job_note(job, REPORT_NOTE, "%lld items, %lld bytes: %.*s",
        (long long)json_integer_member(export, "ItemCount", 0),
        (long long)json_integer_member(export, "BilledSizeBytes", 0), (int)manifest.length,
        manifest.data);
    job_note(job, REPORT_NOTE, "%.*s", (int)arn.length, arn.data);
    return ERROR_NONE;
}

enum error_code export_run_bucket(struct job *job, struct plan *plan, struct error *err)
{
    const struct text *request = plan->detail;
    const struct json *answer =
        table_send(job, plan->link, "ExportTableToPointInTime", TEXT(""), *request, err);
    const struct json *export = json_member(answer, "ExportDescription");
    struct text arn = json_string_member(export, "ExportArn");
    uint64_t poll = FIRST_POLL_MS * CLOCK_MS;

    if (!answer)
        return err->code;
    while (export && text_is(json_string_member(export, "ExportStatus"), "IN_PROGRESS")) {
        job_note(job, REPORT_PROGRESS, "the export is in progress");
        if (job_wait(job, poll, err)) {
            error_hint(err, "the service goes on: SHOW EXPORTS");
            return err->code;
        }
        poll = poll * 2 < LAST_POLL_MS * CLOCK_MS ? poll * 2 : LAST_POLL_MS * CLOCK_MS;
        export = describe(job, plan, arn, err);
    }
    return export ? report(job, export, arn, err) : err->code;
}
