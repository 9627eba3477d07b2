#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/partiql.h"
#include "endpoint/tables/partiql_answer.h"
#include "endpoint/tables/partiql_member.h"
#include "endpoint/tables/partiql_plan.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/walk.h"
#include "endpoint/tables/write.h"

/* ExecuteStatement. What the statement says makes it a read or a write: prepare chooses. */
struct statement_plan {
    struct walk_answer answer; /* first: what the walk hands back is the plan */
    struct partiql statement;
    const struct value *parameters;
    struct walk walk;
    struct item_write write;
};

static bool add_item(struct request *request, struct json_writer *writer, const struct value *item,
    const struct walk_answer *answer)
{
    const struct statement_plan *plan = (const struct statement_plan *)answer;

    (void)request;
    partiql_add_row(writer, &plan->statement, item);
    return true;
}

static void add_next(struct request *request, struct json_writer *writer, const struct walk *walk,
    const struct walk_answer *answer)
{
    const struct statement_plan *plan = (const struct statement_plan *)answer;

    partiql_add_token(request, writer, &plan->statement, plan->parameters, walk->last_key);
}

static enum progress read_statement(struct request *request, struct store *store)
{
    struct statement_plan *plan = request->plan;

    return walk_run(request, store, &plan->walk);
}

static void answer_write(struct request *request, const struct statement_plan *plan,
    const struct usage *usage)
{
    struct text row = partiql_returned(request, &plan->statement, &plan->write);
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Items");
    json_begin_array(&writer);
    if (row.data)
        json_raw(&writer, row);
    json_end_array(&writer);
    capacity_add(request, &writer, plan->write.current, usage);
    json_end_object(&writer);
    request->write_milli = usage_total(usage);
}

static enum progress write_statement(struct request *request, struct write_context *context)
{
    struct statement_plan *plan = request->plan;
    struct usage usage = {0};
    enum progress progress = item_write_check(request, &plan->write, context);

    if (progress == PROGRESS_DONE)
        partiql_tell_duplicate(request, &plan->statement);
    if (progress == PROGRESS_DONE && !request->fault.set) {
        progress = item_write_store(&plan->write, context, &usage);
        if (progress == PROGRESS_DONE)
            answer_write(request, plan, &usage);
    }
    table_release(plan->write.current);
    plan->write.current = NULL;
    return progress;
}

static const struct operation select_operation = {
    .name = "ExecuteStatement",
    .shape = &shape_execute_statement,
    .style = MESSAGE_OLDER,
    .read = read_statement,
};

static bool check_members(struct request *request)
{
    struct text token = request_text(request->body, "NextToken");

    capacity_check(request);
    partiql_check_members(request, request->body, "");
    if (request_get(request->body, "Limit"))
        request_check_range(request, request->body, "Limit", "limit", 1, INT64_MAX);
    if (token.data && token.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(token, TEXT("nextToken"), TEXT("1")));
    if (token.length > PARTIQL_TOKEN_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(text_slice(token, 0, 256), TEXT("nextToken"),
                request_number(request, PARTIQL_TOKEN_LIMIT)));
    return request_members_hold(request);
}

static bool prepare_select(struct request *request, struct statement_plan *plan)
{
    struct text token = request_text(request->body, "NextToken");
    struct walk *walk = &plan->walk;

    walk->consistent = request_flag(request->body, "ConsistentRead", false);
    walk->limit = (uint64_t)request_integer(request->body, "Limit", INT64_MAX);
    walk->answer = &plan->answer;
    plan->answer = (struct walk_answer){add_item, add_next};
    request->operation = &select_operation;
    if (!partiql_plan_read(request, &plan->statement, walk))
        return false;
    return !token.data ||
           partiql_read_token(request, token, &plan->statement, plan->parameters, walk);
}

static bool prepare_write(struct request *request, struct statement_plan *plan)
{
    struct partiql *statement = &plan->statement;
    struct partiql_key key;

    if (statement->kind == PARTIQL_INSERT) {
        if (!partiql_plan_insert(request, statement, request->table, &plan->write))
            return false;
    } else if (!partiql_take_key(request, request->table, statement->where, false, &key) ||
               !partiql_check_key(request, &key) ||
               !partiql_plan_write(request, statement, request->table, &key, &plan->write)) {
        return false;
    }
    plan->write.item_on_failure =
        text_is(request_text(request->body, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    return true;
}

static bool prepare_statement(struct request *request)
{
    struct statement_plan *plan;

    if (!check_members(request))
        return false;
    plan = arena_alloc(request->arena, 1, sizeof *plan);
    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    if (!partiql_read_parameters(request, request->body, &plan->parameters) ||
        !partiql_parse(request, request_text(request->body, "Statement"), plan->parameters,
            &plan->statement))
        return false;
    if (plan->statement.kind == PARTIQL_EXISTS)
        return request_fail(request, MESSAGE_PARTIQL_EXISTS, NULL);
    request->table_sent = plan->statement.table;
    if (!request_find_table(request, plan->statement.table, MESSAGE_TABLE_MISSING))
        return false;
    return plan->statement.kind == PARTIQL_SELECT ? prepare_select(request, plan)
                                                  : prepare_write(request, plan);
}

const struct operation partiql_operation_table[] = {
    {
        .name = "ExecuteStatement",
        .shape = &shape_execute_statement,
        .style = MESSAGE_OLDER,
        .prepare = prepare_statement,
        .write = write_statement,
    },
    {.name = NULL},
};
