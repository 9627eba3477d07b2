#include "base/clock.h"
#include "base/json.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/read.h"
#include "console/statements/write.h"
#include "console/transaction.h"

/* BEGIN, CHECK, COMMIT, ROLLBACK. What stands between is collected by job_run. */

enum { TEXT_LIMIT = 1 << 20 };

struct begin {
    enum transaction_kind kind;
    struct text token;
};

/* What COMMIT sends. */
struct commit {
    enum transaction_kind kind;
    struct text request;
    size_t count;
};

static bool parse_begin(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct begin *begin = arena_alloc(lexer->arena, 1, sizeof *begin);

    if (!begin)
        return grammar_memory(lexer, err);
    tree->node = begin;
    if (parse_word(lexer, "READ"))
        begin->kind = TRANSACTION_READ;
    else if (parse_word(lexer, "WRITE"))
        begin->kind = TRANSACTION_WRITE;
    return !parse_word(lexer, "TOKEN") ||
           parse_string(lexer, "a token of 1 to 36 characters", &begin->token, err);
}

static bool parse_nothing(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer, (void)tree, (void)err;
    return true;
}

static bool parse_check(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct write *write = arena_alloc(lexer->arena, 1, sizeof *write);

    if (!write)
        return grammar_memory(lexer, err);
    tree->node = write;
    /* Its request has the members of a DeleteItem: key and condition. */
    write->verb = WRITE_DELETE;
    write->has_key = true;
    if (!parse_table_ref(lexer, &write->table, err) || !parse_key(lexer, &write->key, err) ||
        !parse_need_word(lexer, "IF", err))
        return false;
    if (write->table.index.length > 0)
        return parse_fail(err, &write->table.token, "CHECK takes a table, not an index");
    write->condition = parse_sent_condition(lexer, err);
    return write->condition != NULL;
}

static enum error_code run_begin(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct begin *begin = tree->node;
    enum error_code code =
        transaction_begin(job->session->transaction, begin->kind, begin->token, err);

    (void)plan;
    if (!code)
        job_note(job, REPORT_NOTE, "nothing is sent before COMMIT");
    return code;
}

static enum error_code run_rollback(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    size_t count;

    (void)tree, (void)plan;
    if (!transaction_is_open(job->session->transaction)) {
        error_set(err, ERROR_USAGE, "no transaction is open");
        return error_hint(err, "BEGIN opens one");
    }
    count = transaction_end(job->session->transaction);
    job_note(job, REPORT_NOTE, "%zu action%s dropped; nothing was sent", count,
        count == 1 ? "" : "s");
    return ERROR_NONE;
}

static enum error_code plan_check(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct write *write = tree->node;
    struct plan inner;
    struct write_plan *detail;

    plan_init(&inner, job->arena);
    detail = write_make_plan(job, write, &inner, err);
    if (!detail)
        return err->code;
    plan->link = inner.link;
    plan->item_key = inner.item_key;
    plan->action = "ConditionCheck";
    plan_add(plan, PLAN_PLAN, "ConditionCheck table %s, as part of a transaction",
        detail->table->name);
    plan_add(plan, PLAN_COST, "2 WCU per KB of the item");
    /* Shown, it would look like the DeleteItem that it is not. */
    if (!plan->is_shown)
        plan->call = inner.call;
    return ERROR_NONE;
}

static enum error_code run_check(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)job, (void)tree, (void)plan;
    error_set(err, ERROR_USAGE, "CHECK stands between BEGIN and COMMIT");
    return error_hint(err, "outside of a transaction: a write with IF, or a SELECT");
}

static enum error_code plan_commit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct commit *commit = arena_alloc(job->arena, 1, sizeof *commit);
    const char *operation;
    enum error_code code;

    (void)tree;
    if (!commit)
        return arena_failed(job->arena, err);
    plan->detail = commit;
    if (job->settings.dry_run && !transaction_is_open(job->session->transaction)) {
        plan_add(plan, PLAN_PLAN, "TransactWriteItems or TransactGetItems of what BEGIN collects");
        return ERROR_NONE;
    }
    code = transaction_request(job->session->transaction, job->arena, &commit->request,
        &commit->kind, &plan->link, &commit->count, err);
    if (code || commit->count == 0) {
        if (!code)
            plan_add(plan, PLAN_PLAN, "nothing: the transaction is empty");
        return code;
    }
    operation = commit->kind == TRANSACTION_READ ? "TransactGetItems" : "TransactWriteItems";
    plan_add(plan, PLAN_PLAN, "%s of %zu action%s", operation, commit->count,
        commit->count == 1 ? "" : "s");
    if (commit->kind == TRANSACTION_WRITE) {
        plan->risk = RISK_ONE;
        plan->risk_kind = "count";
        plan->risk_name = arena_format(job->arena, "%zu", commit->count);
        plan->question = arena_format(job->arena, "Commit a transaction of %zu action%s?",
            commit->count, commit->count == 1 ? "" : "s");
        plan_add(plan, PLAN_RISK, "items by their keys, all or none");
        if (!plan->risk_name || !plan->question)
            return arena_failed(job->arena, err);
    }
    plan_add_call(plan, &service_dynamodb, operation, "1", NULL, commit->request);
    return ERROR_NONE;
}

/* What kept each action from being done, a line each. */
static void say_reasons(struct job *job, const struct reply *reply)
{
    struct error why;
    struct text body = arena_text(job->arena, buf_view(&reply->body));
    const struct json *json = body.data ? json_parse(body, job->arena, &why) : NULL;
    const struct json *reasons = json_member(json, "CancellationReasons");
    size_t index = 0;

    for (const struct json *one = reasons ? reasons->first : NULL; one; one = one->next, index++) {
        struct text code = json_string_member(one, "Code");
        struct text message = json_string_member(one, "Message");
        struct text label = transaction_label(job->session->transaction, index, job->arena);
        const struct json *item = json_member(one, "Item");
        const struct value *old = item ? value_from_wire_item(item, job->arena, &why) : NULL;
        struct buf line;

        if (code.length == 0 || text_is(code, "None"))
            continue;
        buf_init(&line, TEXT_LIMIT);
        buf_add_format(&line, "action %zu, %.*s: %.*s: %.*s", index + 1, (int)label.length,
            label.data, (int)code.length, code.data, (int)message.length, message.data);
        if (old && old->count > 0) {
            buf_add_string(&line, "; the item is ");
            value_add_literal(&line, old);
            buf_add_string(&line, " now");
        }
        job_note(job, REPORT_WARNING, "%s", buf_string(&line));
        buf_done(&line);
    }
}

static enum error_code print_items(struct job *job, const struct json *answer, size_t *missing,
    struct error *err)
{
    const struct json *list = json_member(answer, "Responses");
    struct sink_shape shape = {.is_items = true, .title = "transaction"};
    struct rows_status status = {.state = ROWS_COMPLETE, .pages = 1};
    enum error_code code = job->sink->begin(job->sink, &shape, err);

    for (const struct json *one = list ? list->first : NULL; one && !code; one = one->next) {
        const struct json *item = json_member(one, "Item");
        const struct value *value =
            item && item->first ? value_from_wire_item(item, job->arena, err) : NULL;

        if (!item || !item->first) {
            (*missing)++;
            continue;
        }
        code = value ? job->sink->row(job->sink, value, err) : err->code;
        status.count++;
    }
    return code ? code : job->sink->end(job->sink, &status, err);
}

static enum error_code finish(struct job *job, const struct commit *commit,
    const struct json *answer, uint64_t started, struct error *err)
{
    struct rows_status status = {.capacity_milli = reply_units_milli(answer)};
    enum error_code code = ERROR_NONE;
    size_t missing = 0;
    struct buf text;

    if (commit->kind == TRANSACTION_WRITE) {
        write_report(job, "in the transaction", commit->count, reply_units_milli(answer), started);
        return ERROR_NONE;
    }
    code = print_items(job, answer, &missing, err);
    status.count = commit->count - missing;
    status.elapsed = clock_monotonic() - started;
    buf_init(&text, 512);
    read_add_footer(&text, &status, false);
    if (missing > 0)
        buf_add_format(&text, "  %zu %s without an item", missing, missing == 1 ? "key" : "keys");
    job_note(job, REPORT_FOOTER, "%s", buf_string(&text));
    buf_done(&text);
    return code;
}

static enum error_code run_commit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct commit *commit = plan->detail;
    struct transaction *transaction = job->session->transaction;
    struct call_context context = job_context(job);
    uint64_t started = clock_monotonic();
    const struct json *answer;
    enum error_code code = ERROR_NONE;
    struct reply reply;

    (void)tree;
    if (commit->count == 0) {
        transaction_end(transaction);
        job_note(job, REPORT_NOTE, "the transaction was empty; nothing is sent");
        return ERROR_NONE;
    }
    reply_init(&reply);
    answer = connection_call_json(plan->link->connection, &service_dynamodb,
        commit->kind == TRANSACTION_READ ? "TransactGetItems" : "TransactWriteItems",
        commit->request, &context, &reply, job->arena, err);
    if (!answer)
        code = err->code;
    if (code == ERROR_CONDITION)
        say_reasons(job, &reply);
    /* Not known to have been decided: the same token makes sending it again harmless. */
    if (code == ERROR_NETWORK || code == ERROR_THROTTLED || code == ERROR_CANCELLED ||
        code == ERROR_ACCESS)
        error_hint(err, "the transaction stays open: COMMIT sends it again under the same token");
    else
        transaction_end(transaction);
    if (!code)
        code = finish(job, commit, answer, started, err);
    reply_done(&reply);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement transact_statement_table[] = {
    {
        .name = "BEGIN",
        .syntax = "[READ | WRITE] [TOKEN 'text']",
        .summary = "Collect statements about single items until COMMIT sends them, all or none",
        .family = "Writing tables",
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"BEGIN", "BEGIN WRITE TOKEN 'transfer-4711'", NULL},
        .parse = parse_begin,
        .run = run_begin,
    },
    {
        .name = "CHECK",
        .syntax = "table key IF condition",
        .summary = "Make a transaction depend on an item that it does not change",
        .family = "Writing tables",
        .flags = STATEMENT_READ | STATEMENT_ACTION,
        .example = EXAMPLES{"CHECK acct 'c' IF active = true", NULL},
        .parse = parse_check,
        .plan = plan_check,
        .run = run_check,
    },
    {
        .name = "COMMIT",
        .syntax = "",
        .summary = "Send what stands since BEGIN as one transaction",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ENDS,
        .example = EXAMPLES{"COMMIT", NULL},
        .parse = parse_nothing,
        .plan = plan_commit,
        .run = run_commit,
    },
    {
        .name = "ROLLBACK",
        .syntax = "",
        .summary = "Drop what stands since BEGIN; nothing was sent",
        .family = "Writing tables",
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"ROLLBACK", NULL},
        .parse = parse_nothing,
        .run = run_rollback,
    },
    {.name = NULL},
};
