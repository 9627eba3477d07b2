#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/partiql.h"
#include "endpoint/tables/partiql_answer.h"
#include "endpoint/tables/partiql_member.h"
#include "endpoint/tables/partiql_plan.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/write.h"

enum { BATCH_STATEMENTS = 25 };

/* One statement, which succeeds or fails by itself. */
struct batch_member {
    const struct json *json;
    struct partiql statement;
    bool parsed;
    struct fault refused; /* before it ran */
    struct fault failed;  /* while it ran */
    struct table *table;  /* held by the request */
    bool consistent;
    struct text key;
    struct item_write write;
    struct text row; /* data NULL: none */
};

/* What all members used of one table. */
struct batch_usage {
    struct table *table;
    struct text sent;
    struct usage usage;
};

struct batch_plan {
    size_t count, table_count;
    struct batch_member *member;
    struct batch_usage *used;
};

struct code_record {
    enum fault_kind kind;
    const char *code;
};

/* BatchStatementErrorCodeEnum of the service model. */
static const struct code_record code_table[] = {
    {FAULT_VALIDATION, "ValidationError"},
    {FAULT_CONDITION, "ConditionalCheckFailed"},
    {FAULT_DUPLICATE_ITEM, "DuplicateItem"},
    {FAULT_NOT_FOUND, "ResourceNotFound"},
    {FAULT_ACCESS_DENIED, "AccessDenied"},
    {FAULT_COLLECTION_SIZE, "ItemCollectionSizeLimitExceeded"},
    {FAULT_THROTTLING, "ThrottlingError"},
    {FAULT_INTERNAL, "InternalServerError"},
};

static const char *code_of(enum fault_kind kind)
{
    for (size_t i = 0; i < sizeof code_table / sizeof *code_table; i++)
        if (code_table[i].kind == kind)
            return code_table[i].code;
    return "ValidationError";
}

/* The fault of a member leaves the request as it was; false when it is the whole request's. */
static bool take_fault(struct request *request, struct fault *out)
{
    if (!request->fault.set)
        return true;
    if (request->fault.kind == FAULT_INTERNAL)
        return false;
    *out = request->fault;
    request->fault = (struct fault){.set = false};
    return true;
}

static bool check_members(struct request *request, const struct json *statements)
{
    size_t at = 1;

    capacity_check(request);
    if (!statements)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("statements")));
    else if (statements->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), TEXT("statements"), TEXT("1")));
    else if (statements->count > BATCH_STATEMENTS)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(TEXT("[...]"), TEXT("statements"),
                request_number(request, BATCH_STATEMENTS)));
    for (const struct json *node = statements ? statements->first : NULL;
         node && at <= BATCH_STATEMENTS; node = node->next, at++) {
        const char *prefix = arena_format(request->arena, "statements.%zu.member.", at);

        if (!prefix)
            return request_exhausted(request);
        partiql_check_members(request, node, prefix);
    }
    return request_members_hold(request);
}

static void read_member(struct request *request, struct batch_member *member)
{
    const struct value *parameters;

    member->consistent = request_flag(member->json, "ConsistentRead", false);
    if (!partiql_read_parameters(request, member->json, &parameters) ||
        !partiql_parse(request, request_text(member->json, "Statement"), parameters,
            &member->statement))
        return;
    member->parsed = true;
    if (member->statement.kind == PARTIQL_EXISTS)
        request_fail(request, MESSAGE_PARTIQL_EXISTS, NULL);
}

/* A read is of one item, by its key and nothing else. */
static bool plan_read(struct request *request, struct batch_member *member)
{
    struct partiql_key key;

    if (member->statement.index.data ||
        !partiql_take_key(request, member->table, member->statement.where, true, &key) ||
        key.rest || (!key.complete && !key.type))
        return request_fail(request, MESSAGE_PARTIQL_BATCH_KEY, NULL);
    if (!partiql_check_key(request, &key))
        return false;
    member->write.table = member->table;
    return schema_check_key(request, member->table, key.item) &&
           write_take_key(request, &member->write, key.item);
}

static bool plan_write(struct request *request, struct batch_member *member)
{
    struct partiql *statement = &member->statement;
    struct partiql_key key;

    if (statement->kind == PARTIQL_INSERT) {
        if (!partiql_plan_insert(request, statement, member->table, &member->write))
            return false;
    } else if (!partiql_take_key(request, member->table, statement->where, false, &key) ||
               !partiql_check_key(request, &key) ||
               !partiql_plan_write(request, statement, member->table, &key, &member->write)) {
        return false;
    }
    member->write.item_on_failure =
        text_is(request_text(member->json, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    return true;
}

static void plan_member(struct request *request, struct batch_member *member)
{
    member->table = request_open_table(request, member->statement.table, MESSAGE_TABLE_MISSING);
    if (!member->table)
        return;
    if (partiql_is_write(&member->statement))
        plan_write(request, member);
    else
        plan_read(request, member);
}

static struct batch_usage *usage_of(struct batch_plan *plan, const struct batch_member *member)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->used[i].table->id == member->table->id)
            return &plan->used[i];
    plan->used[plan->table_count] =
        (struct batch_usage){.table = member->table, .sent = member->statement.table};
    return &plan->used[plan->table_count++];
}

/* All of them read or all of them write: the batch is one or the other. */
static bool check_mixture(struct request *request, const struct batch_plan *plan, bool *writes)
{
    bool reads = false;

    *writes = false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct batch_member *member = &plan->member[i];

        if (!member->parsed)
            continue;
        if (partiql_is_write(&member->statement))
            *writes = true;
        else
            reads = true;
    }
    return !(reads && *writes) || request_fail(request, MESSAGE_PARTIQL_MIXED,
                                      ARGUMENTS(text_of(request->operation->name)));
}

static struct batch_plan *new_plan(struct request *request, const struct json *statements)
{
    struct batch_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (plan) {
        plan->member = arena_alloc(request->arena, statements->count, sizeof *plan->member);
        plan->used = arena_alloc(request->arena, statements->count, sizeof *plan->used);
        request->use = arena_alloc(request->arena, statements->count, sizeof *request->use);
    }
    if (!plan || !plan->member || !plan->used || !request->use) {
        request_exhausted(request);
        return NULL;
    }
    for (const struct json *node = statements->first; node; node = node->next)
        plan->member[plan->count++].json = node;
    request->plan = plan;
    return plan;
}

static void add_error(struct json_writer *writer, const struct fault *fault)
{
    json_name(writer, "Error");
    json_begin_object(writer);
    json_pair_string(writer, "Code", code_of(fault->kind));
    json_pair(writer, "Message", fault->message);
    if (fault->item.data) {
        json_name(writer, "Item");
        json_raw(writer, fault->item);
    }
    json_end_object(writer);
}

/* A statement that was refused before it ran does not tell its table. */
static void add_member(struct json_writer *writer, const struct batch_member *member)
{
    json_begin_object(writer);
    if (member->refused.set)
        add_error(writer, &member->refused);
    if (member->failed.set)
        add_error(writer, &member->failed);
    if (!member->refused.set)
        json_pair(writer, "TableName", member->statement.table);
    if (member->row.data) {
        json_name(writer, "Item");
        json_raw(writer, member->row);
    }
    json_end_object(writer);
}

static void answer(struct request *request, const struct batch_plan *plan, bool writes)
{
    enum capacity_mode mode = capacity_mode(request);
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Responses");
    json_begin_array(&writer);
    for (size_t i = 0; i < plan->count; i++)
        add_member(&writer, &plan->member[i]);
    json_end_array(&writer);
    if (mode != CAPACITY_NONE) {
        json_name(&writer, "ConsumedCapacity");
        json_begin_array(&writer);
        for (size_t i = 0; i < plan->table_count; i++)
            capacity_add_object(&writer, mode, plan->used[i].table, plan->used[i].sent,
                &plan->used[i].usage);
        json_end_array(&writer);
    }
    json_end_object(&writer);
    request->use_count = plan->table_count;
    for (size_t i = 0; i < plan->table_count; i++)
        request->use[i] = (struct table_use){.table = plan->used[i].table,
            .read_milli = writes ? 0 : usage_total(&plan->used[i].usage),
            .write_milli = writes ? usage_total(&plan->used[i].usage) : 0};
}

static bool keep_row(struct request *request, struct batch_member *member, struct text json)
{
    struct json_writer writer;
    struct buf row;

    buf_init(&row, TABLE_JSON_LIMIT);
    json_writer_init(&writer, &row);
    partiql_add_stored_row(request, &writer, &member->statement, json);
    member->row = row.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&row));
    buf_done(&row);
    return member->row.data || request_exhausted(request);
}

static enum progress read_batch(struct request *request, struct store *store)
{
    struct batch_plan *plan = request->plan;
    enum store_result result = STORE_DONE;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    for (size_t i = 0; i < plan->count && result != STORE_FAILED && !request->fault.set; i++) {
        struct batch_member *member = &plan->member[i];
        struct store_row row;

        if (member->refused.set)
            continue;
        buf_clear(&json);
        result = store_get(store, member->table->id, member->write.key, &json, &row);
        usage_add(&usage_of(plan, member)->usage, 0,
            capacity_read((uint64_t)row.size, member->consistent));
        if (result == STORE_ROW)
            keep_row(request, member, buf_view(&json));
    }
    buf_done(&json);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (!request->fault.set)
        answer(request, plan, false);
    return PROGRESS_DONE;
}

/* Each member is written before the next one is looked at. */
static enum progress write_member(struct request *request, struct batch_member *member,
    struct batch_plan *plan, struct write_context *context)
{
    enum progress progress = item_write_check(request, &member->write, context);

    if (progress == PROGRESS_DONE) {
        partiql_tell_duplicate(request, &member->statement);
        if (!request->fault.set) {
            progress = item_write_store(&member->write, context, &usage_of(plan, member)->usage);
            member->row = partiql_returned(request, &member->statement, &member->write);
        } else {
            usage_add(&usage_of(plan, member)->usage, 0,
                capacity_write((uint64_t)member->write.old_row.size));
            take_fault(request, &member->failed);
        }
    }
    table_release(member->write.current);
    member->write.current = NULL;
    return progress;
}

static enum progress write_batch(struct request *request, struct write_context *context)
{
    struct batch_plan *plan = request->plan;
    enum progress progress = PROGRESS_DONE;

    plan->table_count = 0;
    for (size_t i = 0; i < plan->count && progress == PROGRESS_DONE; i++) {
        struct batch_member *member = &plan->member[i];

        member->failed = (struct fault){.set = false};
        if (!member->refused.set)
            progress = write_member(request, member, plan, context);
    }
    if (progress == PROGRESS_DONE && !request->fault.set)
        answer(request, plan, true);
    return progress;
}

static const struct operation read_operation = {
    .name = "BatchExecuteStatement",
    .shape = &shape_batch_execute,
    .style = MESSAGE_OLDER,
    .read = read_batch,
};

static bool prepare_batch(struct request *request)
{
    const struct json *statements = request_get(request->body, "Statements");
    struct batch_plan *plan;
    bool writes;

    if (!check_members(request, statements))
        return false;
    plan = new_plan(request, statements);
    if (!plan)
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        read_member(request, &plan->member[i]);
        if (!take_fault(request, &plan->member[i].refused))
            return false;
    }
    if (!check_mixture(request, plan, &writes))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->member[i].refused.set)
            continue;
        plan_member(request, &plan->member[i]);
        if (!take_fault(request, &plan->member[i].refused))
            return false;
    }
    if (!writes)
        request->operation = &read_operation;
    return true;
}

const struct operation partiql_batch_operation_table[] = {
    {
        .name = "BatchExecuteStatement",
        .shape = &shape_batch_execute,
        .style = MESSAGE_OLDER,
        .prepare = prepare_batch,
        .write = write_batch,
    },
    {.name = NULL},
};
