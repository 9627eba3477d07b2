#include "base/clock.h"
#include "base/json.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/listing.h"
#include "console/statement.h"
#include "console/statements/table_listing.h"
#include "console/statements/tables.h"

/* SHOW EXPORTS, SHOW LIMITS, SHOW STREAMS, WAIT. */

struct wait {
    struct table_ref table;
    uint64_t timeout; /* ns; 0: as long as the service takes */
};

static bool parse_nothing(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer, (void)tree, (void)err;
    return true;
}

static bool parse_wait(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct wait *wait = arena_alloc(lexer->arena, 1, sizeof *wait);

    if (!wait)
        return grammar_memory(lexer, err);
    tree->node = wait;
    grammar_skip_table(lexer, "TIMEOUT");
    return parse_table_ref(lexer, &wait->table, err) &&
           (!parse_word(lexer, "TIMEOUT") ||
               parse_duration(lexer, "a duration such as 90s", &wait->timeout, err));
}

static enum error_code plan_listing(struct job *job, struct plan *plan,
    const struct service *service, const char *operation, struct error *err)
{
    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    plan_add(plan, PLAN_PLAN, "%s", operation);
    plan_add_call(plan, service, operation,
        service_operation_string(service, operation)->page_in ? "1 or more" : "1", NULL,
        TEXT("{}"));
    return ERROR_NONE;
}

static enum error_code plan_streams(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return plan_listing(job, plan, &service_streams, "ListStreams", err);
}

static enum error_code plan_exports(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return plan_listing(job, plan, &service_dynamodb, "ListExports", err);
}

static enum error_code plan_limits(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return plan_listing(job, plan, &service_dynamodb, "DescribeLimits", err);
}

enum { STREAM_TABLE, STREAM_LABEL, STREAM_ARN, STREAM_COLUMNS };
static const char *const stream_column[] = {"table", "label", "arn"};

static enum error_code add_stream(void *user, const struct json *one, struct error *err)
{
    struct listing *listing = user;

    listing_text(listing, STREAM_TABLE, json_string_member(one, "TableName"));
    listing_text(listing, STREAM_LABEL, json_string_member(one, "StreamLabel"));
    listing_text(listing, STREAM_ARN, json_string_member(one, "StreamArn"));
    return listing_row(listing, err);
}

static enum error_code run_streams(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct listing listing;
    const struct table_listing pages = {.service = &service_streams,
        .operation = "ListStreams",
        .list = "Streams",
        .each = add_stream,
        .user = &listing};
    enum error_code code =
        listing_begin(&listing, job, "streams", stream_column, STREAM_COLUMNS, err);

    (void)tree;
    if (!code)
        code = table_list(job, plan->link, &pages, err);
    return code ? code : listing_end(&listing, err);
}

enum { EXPORT_ARN, EXPORT_STATUS, EXPORT_TYPE, EXPORT_COLUMNS };
static const char *const export_column[] = {"arn", "status", "type"};

static enum error_code add_export(void *user, const struct json *one, struct error *err)
{
    struct listing *listing = user;

    listing_text(listing, EXPORT_ARN, json_string_member(one, "ExportArn"));
    listing_text(listing, EXPORT_STATUS, json_string_member(one, "ExportStatus"));
    listing_text(listing, EXPORT_TYPE, json_string_member(one, "ExportType"));
    return listing_row(listing, err);
}

static enum error_code run_exports(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct listing listing;
    const struct table_listing pages = {.service = &service_dynamodb,
        .operation = "ListExports",
        .list = "ExportSummaries",
        .each = add_export,
        .user = &listing};
    enum error_code code =
        listing_begin(&listing, job, "exports", export_column, EXPORT_COLUMNS, err);

    (void)tree;
    if (!code)
        code = table_list(job, plan->link, &pages, err);
    return code ? code : listing_end(&listing, err);
}

enum { LIMIT_NAME, LIMIT_VALUE, LIMIT_COLUMNS };
static const char *const limit_column[] = {"name", "value"};

static enum error_code run_limits(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct listing listing;
    const struct json *answer =
        table_send(job, plan->link, "DescribeLimits", TEXT(""), TEXT("{}"), err);
    enum error_code code = answer ? ERROR_NONE : err->code;

    (void)tree;
    if (!code)
        code = listing_begin(&listing, job, "limits", limit_column, LIMIT_COLUMNS, err);
    for (const struct json *one = answer ? answer->first : NULL; one && !code; one = one->next) {
        listing_text(&listing, LIMIT_NAME, one->name);
        listing_integer(&listing, LIMIT_VALUE,
            json_integer_member(answer, arena_string(job->arena, one->name), 0));
        code = listing_row(&listing, err);
    }
    return code ? code : listing_end(&listing, err);
}

static enum error_code plan_wait(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct wait *wait = tree->node;
    const char *name = arena_string(job->arena, wait->table.table);

    plan->link = planner_link(job, &wait->table, err);
    if (!plan->link)
        return err->code;
    if (!name)
        return arena_failed(job->arena, err);
    plan_add(plan, PLAN_PLAN, "DescribeTable %s until it and its indexes are ACTIVE", name);
    plan_add_call(plan, &service_dynamodb, "DescribeTable", "1 or more", NULL, TEXT(""));
    return ERROR_NONE;
}

static enum error_code run_wait(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct wait *wait = tree->node;
    struct text name = wait->table.table;
    long limit = (long)(wait->timeout / CLOCK_MS), timeout = job->settings.timeout_ms;
    enum error_code code;

    /* TIMEOUT is the time limit of this statement, unless a shorter one holds already. */
    if (limit > 0 && (timeout == 0 || limit < timeout))
        job->settings.timeout_ms = limit;
    code = table_wait(job, plan->link, name, false, err);
    if (code == ERROR_NETWORK && limit > 0)
        error_set(err, ERROR_NETWORK, "table %.*s is not ACTIVE within %ld ms", (int)name.length,
            name.data, limit);
    catalog_forget_table(plan->link->catalog, name);
    if (!code)
        job_note(job, REPORT_NOTE, "table %.*s is ACTIVE", (int)name.length, name.data);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement table_show_statement_table[] = {
    {
        .name = "SHOW EXPORTS",
        .syntax = "",
        .summary = "List the exports of tables to buckets",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW EXPORTS", NULL},
        .parse = parse_nothing,
        .plan = plan_exports,
        .run = run_exports,
    },
    {
        .name = "SHOW LIMITS",
        .syntax = "",
        .summary = "Show the capacity quotas of the account",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW LIMITS", NULL},
        .parse = parse_nothing,
        .plan = plan_limits,
        .run = run_limits,
    },
    {
        .name = "SHOW STREAMS",
        .syntax = "",
        .summary = "List the streams of the tables",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SHOW STREAMS", NULL},
        .parse = parse_nothing,
        .plan = plan_streams,
        .run = run_streams,
    },
    {
        .name = "WAIT",
        .syntax = "[TABLE] table [TIMEOUT duration]",
        .summary = "Wait until a table and its indexes are active",
        .family = "Tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"WAIT orders TIMEOUT 5m", NULL},
        .parse = parse_wait,
        .plan = plan_wait,
        .run = run_wait,
    },
    {.name = NULL},
};
