#include "console/statements/stage.h"

#include "base/json.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/connect.h"
#include "console/statements/tables.h"

/* STAGE statement: planned as the statement is, then put on the list instead of sent. */

enum { REQUEST_LIMIT = 64 * 1024 };

static bool parse_stage(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct token first = lexer->token;
    struct tree *inner = statement_parse_inner(lexer, tree, err);

    if (!inner)
        return false;
    tree->node = inner;
    if (inner->statement->stage)
        return true;
    parse_fail(err, &first, "%s cannot be staged", inner->statement->name);
    error_hint(err, "STAGE takes UPDATE, UPSERT, PUT, INSERT, DELETE; CREATE, ALTER, DROP of "
                    "tables and routes");
    return false;
}

/* Of a consistent GetItem; data is NULL with err set. */
static struct text get_request(struct arena *arena, const char *table, const struct value *key,
    struct error *err)
{
    struct json_writer writer;
    struct buf request;
    struct text copy = {NULL, 0};

    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", table);
    json_name(&writer, "Key");
    value_add_wire_item(&writer, key);
    json_pair_bool(&writer, "ConsistentRead", true);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
    if (!buf_check(&request, "request", err)) {
        copy = arena_text(arena, buf_view(&request));
        if (!copy.data)
            arena_failed(arena, err);
    }
    buf_done(&request);
    return copy;
}

static enum error_code add_read(const struct plan *inner, struct plan *plan, struct error *err)
{
    struct text request;

    if (!inner->item_key || !inner->call)
        return ERROR_NONE;
    request = get_request(plan->arena, inner->risk_name, inner->item_key, err);
    if (!request.data)
        return err->code;
    plan_add_call(plan, &service_dynamodb, "GetItem", "1", NULL, request);
    return ERROR_NONE;
}

/* DROP of what is only staged to be made: there is nothing to plan, but something to cancel. */
static bool cancels(struct job *job, const struct tree *tree, const struct plan *inner)
{
    struct object_state now;
    struct error ignored;
    struct staged_list *list;
    const struct staged_change *change;

    if (!tree->statement->state || !inner->link ||
        tree->statement->state(job, tree, &now, &ignored))
        return false;
    list = staged_read(inner->link, job->arena, &ignored);
    change = list ? staged_object(list, now.object) : NULL;
    return change && change->mark == '+';
}

static enum error_code plan_stage(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct tree *inner_tree = tree->node;
    struct plan *inner = arena_alloc(job->arena, 1, sizeof *inner);
    enum error_code code;

    if (!inner)
        return arena_failed(job->arena, err);
    plan_init(inner, job->arena);
    inner->is_shown = plan->is_shown;
    code = inner_tree->statement->plan(job, inner_tree, inner, err);
    if (code == ERROR_NOT_FOUND && cancels(job, inner_tree, inner)) {
        inner->risk = RISK_DESTROY;
        plan_add(plan, PLAN_PLAN, "cancel the staged CREATE; nothing is sent");
    } else if (code) {
        return code;
    }
    plan->detail = inner;
    plan->link = inner->link;
    plan->stale_table = inner->stale_table;
    plan->refusal = inner->refusal;
    plan->refused = inner->refused;
    plan->refused_hint = inner->refused_hint;
    for (const struct plan_line *line = inner->line; line; line = line->next) {
        if (line->label == PLAN_PLAN)
            plan_add(plan, PLAN_PLAN, "stage %s; nothing is sent before APPLY STAGED", line->text);
        else if (line->label != PLAN_RISK && line->label != PLAN_RETURNS)
            plan_add(plan, line->label, "%s", line->text);
    }
    return add_read(inner, plan, err);
}

static enum error_code run_stage(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct tree *inner = tree->node;
    enum error_code code = inner->statement->stage(job, inner, plan->detail, err);

    if (!code)
        plan->stale_table = NULL;
    return code;
}

enum error_code stage_read_item(struct job *job, struct link *link,
    const struct catalog_table *table, const struct value *key, const struct value **image,
    struct error *err)
{
    struct text request = get_request(job->arena, table->name, key, err);
    const struct json *answer =
        request.data ? table_send(job, link, "GetItem", text_of(table->name), request, err) : NULL;
    const struct json *item = json_member(answer, "Item");

    if (!answer)
        return err->code;
    *image = item ? value_from_wire_item(item, job->arena, err) : NULL;
    return item && !*image ? err->code : ERROR_NONE;
}

void stage_learn_account(struct job *job, struct link *link)
{
    struct call_context context = job_context(job);
    struct error ignored;
    struct reply reply;

    if (!connect_lacks_identity(link))
        return;
    reply_init(&reply);
    /* The connection takes the account from the answer. */
    (void)!connection_call_json(link->connection, &service_sts, "GetCallerIdentity", TEXT("{}"),
        &context, &reply, job->arena, &ignored);
    reply_done(&reply);
}

#define EXAMPLES (const char *const[])

const struct statement stage_statement_table[] = {
    {
        .name = "STAGE",
        .syntax = "statement",
        .summary = "Keep a write in the list of staged changes instead of sending it",
        .family = "Staged changes",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"STAGE UPDATE orders 'c1', 17 SET st = 'paid'",
            "STAGE DELETE MANY FROM orders WHERE cust = 'c1' AND st = 'void'",
            "STAGE DROP TABLE orders2", NULL},
        .parse = parse_stage,
        .plan = plan_stage,
        .run = run_stage,
    },
    {.name = NULL},
};
