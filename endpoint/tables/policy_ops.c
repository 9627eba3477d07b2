#include "endpoint/tables/policy_ops.h"

#include "base/json.h"
#include "endpoint/tables/operations.h"
#include "endpoint/tables/policy_document.h"
#include "endpoint/tables/recorded.h"
#include "endpoint/tables/recorded_shapes.h"

/* Resource-based policies: kept and given back, never applied (tables.md 2). */

enum { ARN_LIMIT = 1283, REVISION_LIMIT = 255 };

struct policy_plan {
    struct text name;     /* empty: of the table; or the label of its stream */
    struct text document; /* PutResourcePolicy: canonical */
};

static void check_length(struct request *request, struct text value, const char *member,
    size_t maximum)
{
    if (value.data && value.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(value, text_of(member), TEXT("1")));
    else if (value.length > maximum)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(value, text_of(member), request_number(request, (int64_t)maximum)));
}

/* What follows the account: table/name, or table/name/stream/label. */
static bool find_target(struct request *request, struct policy_plan *plan, struct text arn,
    struct text rest)
{
    struct text name, kind;

    if (!text_starts_with(rest, TEXT("table/")))
        return request_fail(request, MESSAGE_RESOURCE_KIND, ARGUMENTS(arn));
    rest = text_slice(rest, 6, rest.length);
    if (!text_take_until(&rest, '/', &name)) {
        plan->name = TEXT("");
        return request_find_table(request, rest, MESSAGE_TABLE_NOT_FOUND);
    }
    if (!text_take_until(&rest, '/', &kind))
        return request_fail(request, MESSAGE_RESOURCE_KIND, ARGUMENTS(arn));
    if (text_is(kind, "index"))
        return request_fail(request, MESSAGE_RESOURCE_INDEX, ARGUMENTS(arn));
    if (!text_is(kind, "stream"))
        return request_fail(request, MESSAGE_RESOURCE_KIND, ARGUMENTS(arn));
    plan->name = rest;
    if (!request_find_table(request, name, MESSAGE_TABLE_NOT_FOUND))
        return false;
    return text_equal(request->table->stream_label, rest) ||
           request_fail(request, MESSAGE_RESOURCE_STREAM, ARGUMENTS(rest, name));
}

static bool find_resource(struct request *request, struct policy_plan *plan)
{
    struct text arn = request_text(request->body, "ResourceArn");
    struct text rest, partition, service, region, account;

    if (!text_starts_with(arn, TEXT("arn:")))
        return request_fail(request, MESSAGE_RESOURCE_START, ARGUMENTS(arn));
    rest = text_slice(arn, 4, arn.length);
    if (!text_take_until(&rest, ':', &partition) || !text_take_until(&rest, ':', &service) ||
        !text_take_until(&rest, ':', &region) || !text_take_until(&rest, ':', &account) ||
        !text_is(service, "dynamodb"))
        return request_fail(request, MESSAGE_RESOURCE_KIND, ARGUMENTS(arn));
    if (!text_equal(account, request->account))
        return request_fail(request, MESSAGE_RESOURCE_ACCOUNT, NULL);
    if (!text_is(partition, "aws") || !text_equal(region, request->region))
        return request_fail(request, MESSAGE_RESOURCE_ARN, ARGUMENTS(arn));
    request->table_sent = arn;
    return find_target(request, plan, arn, rest);
}

static bool prepare(struct request *request, bool put)
{
    struct policy_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    request_check_present(request, request->body, "ResourceArn", "resourceArn");
    check_length(request, request_text(request->body, "ResourceArn"), "resourceArn", ARN_LIMIT);
    if (put)
        request_check_present(request, request->body, "Policy", "policy");
    check_length(request, request_text(request->body, "ExpectedRevisionId"), "expectedRevisionId",
        REVISION_LIMIT);
    return request_members_hold(request) && find_resource(request, plan) &&
           (!put || policy_document_read(request, request_text(request->body, "Policy"),
                        &plan->document));
}

static bool prepare_put(struct request *request)
{
    return prepare(request, true);
}

static bool prepare_other(struct request *request)
{
    return prepare(request, false);
}

static struct text revision(struct request *request, const struct recorded *policy)
{
    return request_number(request, (int64_t)policy->at_ms);
}

/* ExpectedRevisionId is that of the policy there is; NO_POLICY: there is none. */
static bool check_revision(struct request *request, const struct recorded *policy)
{
    struct text expected = request_text(request->body, "ExpectedRevisionId");
    struct text name = request->table->name;

    if (!expected.data)
        return true;
    if (text_is(expected, "NO_POLICY"))
        return !policy || request_fail(request, MESSAGE_POLICY_EXISTS,
                              ARGUMENTS(name, revision(request, policy)));
    if (!policy)
        return request_fail(request, MESSAGE_POLICY_NONE, ARGUMENTS(expected, name));
    return text_equal(expected, revision(request, policy)) ||
           request_fail(request, MESSAGE_POLICY_OTHER,
               ARGUMENTS(expected, name, revision(request, policy)));
}

static void answer(struct request *request, const struct recorded *policy, bool whole)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    if (policy && whole)
        json_pair(&writer, "Policy", policy->text);
    if (policy)
        json_pair(&writer, "RevisionId", revision(request, policy));
    json_end_object(&writer);
}

static enum progress read_policy(struct request *request, struct store *store)
{
    const struct policy_plan *plan = request->plan;
    struct recorded policy;

    switch (recorded_find(store, request->table->id, RECORDED_POLICY, plan->name, request->arena,
        &policy)) {
    case STORE_ROW:
        answer(request, &policy, true);
        break;
    case STORE_DONE:
        request_fail(request, MESSAGE_POLICY_NOT_FOUND, ARGUMENTS(request->table_sent));
        break;
    case STORE_FAILED:
        return PROGRESS_BROKEN;
    }
    return PROGRESS_DONE;
}

/* The policy as it is now; *found says whether there is one. */
static enum progress find_now(struct request *request, struct write_context *context,
    struct recorded *policy, bool *found)
{
    const struct policy_plan *plan = request->plan;
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum store_result result = STORE_DONE;

    if (!table)
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    else
        result = recorded_find(context->store, table->id, RECORDED_POLICY, plan->name,
            request->arena, policy);
    table_release(table);
    *found = result == STORE_ROW;
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

/* The same document keeps its revision; others have the time of the change, never the same. */
static enum progress write_put(struct request *request, struct write_context *context)
{
    const struct policy_plan *plan = request->plan;
    struct recorded policy = {.at_ms = 0};
    bool found = false;

    if (find_now(request, context, &policy, &found) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (request->fault.set || !check_revision(request, found ? &policy : NULL))
        return PROGRESS_DONE;
    if (!found || !text_equal(policy.text, plan->document)) {
        policy = (struct recorded){.name = plan->name,
            .at_ms = context->now_ms > policy.at_ms ? context->now_ms : policy.at_ms + 1,
            .text = plan->document};
        if (recorded_keep(context->store, request->table->id, RECORDED_POLICY, &policy) ==
            STORE_FAILED)
            return PROGRESS_BROKEN;
    }
    answer(request, &policy, false);
    return PROGRESS_DONE;
}

static enum progress write_delete(struct request *request, struct write_context *context)
{
    const struct policy_plan *plan = request->plan;
    struct recorded policy;
    bool found = false;

    if (find_now(request, context, &policy, &found) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (request->fault.set || !check_revision(request, found ? &policy : NULL))
        return PROGRESS_DONE;
    if (found && recorded_forget(context->store, request->table->id, RECORDED_POLICY, plan->name) ==
                     STORE_FAILED)
        return PROGRESS_BROKEN;
    answer(request, found ? &policy : NULL, false);
    return PROGRESS_DONE;
}

enum store_result policy_keep(struct write_context *context, int64_t table, struct text document)
{
    const struct recorded policy = {.name = TEXT(""), .at_ms = context->now_ms, .text = document};

    return recorded_keep(context->store, table, RECORDED_POLICY, &policy);
}

const struct operation policy_operation_table[] = {
    {
        .name = "PutResourcePolicy",
        .shape = &shape_policy,
        .prepare = prepare_put,
        .write = write_put,
    },
    {
        .name = "GetResourcePolicy",
        .shape = &shape_policy,
        .prepare = prepare_other,
        .read = read_policy,
    },
    {
        .name = "DeleteResourcePolicy",
        .shape = &shape_policy,
        .prepare = prepare_other,
        .write = write_delete,
    },
    {.name = NULL},
};
