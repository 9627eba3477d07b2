#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/partiql.h"
#include "endpoint/tables/partiql_answer.h"
#include "endpoint/tables/partiql_member.h"
#include "endpoint/tables/partiql_plan.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/transact.h"
#include "endpoint/tables/transact_tokens.h"

/* ExecuteTransaction: statements that happen all or not at all (tables.md 13, 15). */
struct transact_plan {
    struct transaction *transaction;
    struct token token;
    struct partiql *statement;       /* one per action */
    const struct value **parameters; /* likewise, NULL: none */
    struct fault *fault;             /* what cancels, one per action */
    bool writes;
};

static bool check_members(struct request *request, const struct json *statements)
{
    size_t at = 1;

    token_check(request);
    capacity_check(request);
    if (!statements)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("transactStatements")));
    else if (statements->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), TEXT("transactStatements"), TEXT("1")));
    else if (statements->count > TRANSACT_ACTIONS)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(TEXT("[...]"), TEXT("transactStatements"),
                request_number(request, TRANSACT_ACTIONS)));
    for (const struct json *node = statements ? statements->first : NULL;
         node && at <= TRANSACT_ACTIONS; node = node->next, at++) {
        const char *prefix = arena_format(request->arena, "transactStatements.%zu.member.", at);

        if (!prefix)
            return request_exhausted(request);
        partiql_check_members(request, node, prefix);
    }
    return request_members_hold(request);
}

/* What is wrong with a statement by itself is told with its place. Always false. */
static bool name_member(struct request *request, size_t at)
{
    struct fault fault = request->fault;

    if (fault.kind != FAULT_VALIDATION || fault.id == MESSAGE_REQUEST_SIZE)
        return false;
    request->fault = (struct fault){.set = false};
    return request_fail(request, MESSAGE_PARTIQL_TRANSACT_MEMBER,
        ARGUMENTS(request_number(request, (int64_t)at), fault.message));
}

/* Clauses that have no place in a transaction. */
static bool check_clauses(struct request *request, const struct partiql *statement)
{
    if (statement->returning != PARTIQL_RETURN_NOTHING)
        return request_fail(request, MESSAGE_PARTIQL_TRANSACT_RETURNING, NULL);
    if (statement->index.data)
        return request_fail(request,
            statement->kind == PARTIQL_EXISTS ? MESSAGE_PARTIQL_EXISTS_INDEX
                                              : MESSAGE_PARTIQL_TRANSACT_INDEX,
            NULL);
    return true;
}

static bool read_statements(struct request *request, const struct json *statements,
    struct transact_plan *plan)
{
    bool reads = false;
    size_t at = 0;

    for (const struct json *node = statements->first; node; node = node->next)
        if (!partiql_read_parameters(request, node, &plan->parameters[at++]))
            return false;
    at = 0;
    for (const struct json *node = statements->first; node; node = node->next, at++) {
        struct partiql *statement = &plan->statement[at];

        if (!partiql_parse(request, request_text(node, "Statement"), plan->parameters[at],
                statement) ||
            !check_clauses(request, statement))
            return name_member(request, at);
        if (partiql_is_write(statement))
            plan->writes = true;
        else
            reads = true;
    }
    return !(reads && plan->writes) || request_fail(request, MESSAGE_PARTIQL_MIXED,
                                           ARGUMENTS(text_of(request->operation->name)));
}

/* Moves the fault of the request, if there is one, to the reasons of the action. */
static void keep_fault(struct request *request, struct transact_plan *plan, size_t at, bool *any)
{
    if (!request->fault.set)
        return;
    *any = true;
    plan->fault[at] = request->fault;
    request->fault = (struct fault){.set = false};
}

static bool find_tables(struct request *request, struct transact_plan *plan)
{
    bool any = false;

    for (size_t i = 0; i < plan->transaction->count; i++) {
        struct transact_action *action = &plan->transaction->action[i];

        action->sent = plan->statement[i].table;
        action->table = request_open_table(request, action->sent, MESSAGE_TABLE_MISSING);
        if (request->fault.set && request->fault.kind != FAULT_NOT_FOUND)
            return false;
        keep_fault(request, plan, i, &any);
    }
    return !any || transact_cancel_all(request, plan->fault, plan->transaction->count);
}

static bool plan_read(struct request *request, const struct partiql *statement,
    struct transact_action *action)
{
    struct partiql_key key;

    if (!partiql_take_key(request, action->table, statement->where, true, &key))
        return false;
    if (key.rest || (!key.complete && !key.type))
        return request_fail(request, MESSAGE_PARTIQL_TRANSACT_KEY, NULL);
    action->write = (struct item_write){.table = action->table};
    return schema_check_key(request, action->table, key.item) &&
           write_take_key(request, &action->write, key.item);
}

static bool plan_write(struct request *request, const struct partiql *statement,
    struct transact_action *action)
{
    struct partiql_key key;

    action->insert = statement->kind == PARTIQL_INSERT;
    action->check_only = statement->kind == PARTIQL_EXISTS;
    if (action->insert)
        return partiql_plan_insert(request, statement, action->table, &action->write);
    if (!partiql_take_key(request, action->table, statement->where, false, &key))
        return false;
    if (action->check_only) {
        if (!key.rest || (!key.complete && !key.type))
            return request_fail(request, MESSAGE_PARTIQL_EXISTS_CONDITION, NULL);
    } else if (key.twice || !key.complete) {
        return request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    }
    return partiql_plan_write(request, statement, action->table, &key, &action->write);
}

/* Faults of the statement, or of values whatever the keys: they refuse, the others cancel. */
static bool is_refusal(const struct fault *fault)
{
    switch (fault->id) {
    case MESSAGE_KEY_EMPTY_STRING:
    case MESSAGE_KEY_EMPTY_BINARY:
    case MESSAGE_ITEM_SIZE:
    case MESSAGE_REQUEST_SIZE:
        return true;
    default:
        return fault->kind != FAULT_VALIDATION;
    }
}

static bool plan_actions(struct request *request, const struct json *statements,
    struct transact_plan *plan)
{
    const struct json *node = statements->first;
    bool any = false;

    for (size_t i = 0; i < plan->transaction->count; i++, node = node->next) {
        struct transact_action *action = &plan->transaction->action[i];
        bool good = (plan->writes ? plan_write : plan_read)(request, &plan->statement[i], action);

        action->write.item_on_failure =
            text_is(request_text(node, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
        if (!good && (request->fault.id == MESSAGE_PARTIQL_TRANSACT_KEY ||
                         request->fault.id == MESSAGE_PARTIQL_EXISTS_CONDITION))
            return name_member(request, i);
        if (!good && is_refusal(&request->fault))
            return false;
        keep_fault(request, plan, i, &any);
    }
    return !any || transact_cancel_all(request, plan->fault, plan->transaction->count);
}

static struct transact_plan *new_plan(struct request *request, size_t count)
{
    struct transact_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (plan) {
        plan->statement = arena_alloc(request->arena, count, sizeof *plan->statement);
        plan->parameters = arena_alloc(request->arena, count, sizeof *plan->parameters);
        plan->fault = arena_alloc(request->arena, count, sizeof *plan->fault);
    }
    if (!plan || !plan->statement || !plan->parameters || !plan->fault) {
        request_exhausted(request);
        return NULL;
    }
    plan->transaction = transact_new(request, count);
    request->plan = plan;
    return plan->transaction ? plan : NULL;
}

static void answer_write(struct request *request, const struct transaction *transaction,
    enum capacity_kind kind)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Responses");
    json_begin_array(&writer);
    json_end_array(&writer);
    transact_add_consumed(request, &writer, transaction, kind);
    json_end_object(&writer);
}

static enum progress write_statements(struct request *request, struct write_context *context)
{
    struct transact_plan *plan = request->plan;

    return transact_perform(request, plan->transaction, &plan->token, context, answer_write);
}

static enum progress read_one(struct request *request, struct store *store,
    struct json_writer *writer, const struct partiql *statement,
    const struct transact_action *action, struct usage *usage)
{
    enum store_result result;
    struct store_row row;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    result = store_get(store, action->table->id, action->write.key, &json, &row);
    json_begin_object(writer);
    if (result == STORE_ROW) {
        json_name(writer, "Item");
        partiql_add_stored_row(request, writer, statement, buf_view(&json));
    }
    json_end_object(writer);
    usage_add(usage, 0, 2 * capacity_read((uint64_t)row.size, true));
    buf_done(&json);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

/* All of them from one snapshot. */
static enum progress perform_reads(struct request *request, struct store *store)
{
    struct transact_plan *plan = request->plan;
    struct transaction *transaction = plan->transaction;
    enum progress progress = PROGRESS_DONE;
    struct json_writer writer;

    if (store_begin_reading(store) == STORE_FAILED)
        return PROGRESS_BROKEN;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Responses");
    json_begin_array(&writer);
    for (size_t i = 0; i < transaction->count && progress == PROGRESS_DONE && !request->fault.set;
         i++) {
        const struct transact_action *action = &transaction->action[i];

        progress = read_one(request, store, &writer, &plan->statement[i], action,
            &transaction->table[action->place].usage);
    }
    store_end_reading(store);
    json_end_array(&writer);
    for (size_t i = 0; i < transaction->table_count; i++)
        request->use[i].read_milli = usage_total(&transaction->table[i].usage);
    transact_add_consumed(request, &writer, transaction, CAPACITY_READS);
    json_end_object(&writer);
    return progress;
}

static const struct operation read_operation = {
    .name = "ExecuteTransaction",
    .shape = &shape_execute_transaction,
    .style = MESSAGE_OLDER,
    .read = perform_reads,
};

static bool prepare_transaction(struct request *request)
{
    const struct json *statements = request_get(request->body, "TransactStatements");
    struct transact_plan *plan;

    if (!check_members(request, statements))
        return false;
    plan = new_plan(request, statements->count);
    if (!plan || !read_statements(request, statements, plan))
        return false;
    if (request->body_size > TRANSACT_BYTES)
        return request_fail(request, MESSAGE_TRANSACT_SIZE, NULL);
    if (!find_tables(request, plan) || !plan_actions(request, statements, plan) ||
        !transact_check_distinct(request, plan->transaction) ||
        !transact_collect_tables(request, plan->transaction))
        return false;
    if (plan->writes)
        return token_read(request, &plan->token);
    request->operation = &read_operation;
    return true;
}

const struct operation partiql_transact_operation_table[] = {
    {
        .name = "ExecuteTransaction",
        .shape = &shape_execute_transaction,
        .style = MESSAGE_OLDER,
        .prepare = prepare_transaction,
        .write = write_statements,
    },
    {.name = NULL},
};
