#include "console/statements/many.h"

#include "base/json.h"
#include "client/service.h"
#include "console/job_state.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/read.h"
#include "console/statements/stage.h"

/* What UPDATE MANY and DELETE MANY say, and what they will do. */

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    many->write.where = many->read.where = parse_sent_condition(lexer, err);
    return many->write.where != NULL;
}

static bool parse_if(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    many->write.condition = parse_sent_condition(lexer, err);
    return many->write.condition != NULL;
}

static bool parse_most(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return parse_integer(lexer, "MAX", 1, INT64_MAX - 1, &many->most, err);
}

static bool parse_limit(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return parse_integer(lexer, "LIMIT", 1, INT64_MAX - 1, &many->limit, err);
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return parse_integer(lexer, "SEGMENTS", 1, 1000000, &many->workers, err);
}

/* 100 RCU for the read, 50 WCU for the writes, or both. */
static bool parse_rates(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return read_parse_rates(lexer, &many->read.rate, &many->write_rate, err);
}

static bool parse_no_check(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    if (many->write.verb != WRITE_DELETE)
        return parse_fail(err, &lexer->last, "NOCHECK belongs to DELETE MANY");
    return many->no_check = true;
}

static bool parse_allow(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return many->read.allow_scan = parse_need_word(lexer, "SCAN", err);
}

static bool parse_index(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    if (!parse_need_word(lexer, "INDEX", err))
        return false;
    many->read.index_token = lexer->token;
    return parse_name(lexer, "an index", &many->read.index, err);
}

static bool parse_keys(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return parse_need_word(lexer, "IN", err) && read_parse_keys_in(lexer, &many->read, err);
}

static bool parse_rejects(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    return parse_string(lexer, "the name of a file", &many->rejects, err);
}

static bool parse_resume(struct lexer *lexer, void *target, struct error *err)
{
    struct many *many = target;

    (void)lexer, (void)err;
    return many->resume = true;
}

static const struct grammar_option many_option_table[] = {
    {"ALLOW", NULL, parse_allow},
    {"AT", NULL, parse_rates},
    {"IF", NULL, parse_if},
    {"KEYS", NULL, parse_keys},
    {"LIMIT", NULL, parse_limit},
    {"MAX", NULL, parse_most},
    {"NOCHECK", NULL, parse_no_check},
    {"REJECTS", "TO", parse_rejects},
    {"RESUME", NULL, parse_resume},
    {"SEGMENTS", NULL, parse_segments},
    {"USING", NULL, parse_index},
    {"WHERE", NULL, parse_where},
    {"WITH", NULL, NULL},
    {.first = NULL},
};

static const struct grammar_option truncate_option_table[] = {
    {"AT", NULL, parse_rates},
    {"MAX", NULL, parse_most},
    {"REJECTS", "TO", parse_rejects},
    {"RESUME", NULL, parse_resume},
    {"SEGMENTS", NULL, parse_segments},
    {.first = NULL},
};

static bool parse_options(struct lexer *lexer, struct many *many, struct error *err)
{

    if (!grammar_options(lexer, many_option_table, many, "WHERE, IF, MAX or another option", err))
        return false;
    if (many->no_check && many->write.condition)
        return parse_fail(err, &many->write.table.token, "NOCHECK and IF contradict each other");
    return true;
}

static struct many *new_many(struct lexer *lexer, struct tree *tree, enum write_verb verb,
    struct error *err)
{
    struct many *many = arena_alloc(lexer->arena, 1, sizeof *many);

    if (!many) {
        grammar_memory(lexer, err);
        return NULL;
    }
    tree->node = many;
    many->write.verb = verb;
    if (!parse_table_ref(lexer, &many->write.table, err))
        return NULL;
    many->read = (struct read){.verb = READ_SELECT,
        .table = many->write.table,
        .what = READ_KEYS,
        .index = many->write.table.index,
        .index_token = many->write.table.token,
        .limit = READ_LIMIT_ALL,
        .by_size = true};
    return many;
}

static bool parse_update_many(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct many *many = new_many(lexer, tree, WRITE_UPDATE, err);

    if (!many)
        return false;
    many->write.update = parse_update(lexer, err);
    return many->write.update && parse_options(lexer, many, err);
}

static bool parse_delete_many(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct many *many = new_many(lexer, tree, WRITE_DELETE, err);

    return many && parse_options(lexer, many, err);
}

/* All items go, without a look at them one by one. */
static bool parse_truncate(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct many *many;

    grammar_skip_table(lexer, NULL);
    many = new_many(lexer, tree, WRITE_DELETE, err);
    if (!many)
        return false;
    if (many->read.index.length > 0)
        return parse_fail(err, &many->write.table.token, "TRUNCATE takes a table, not an index");
    many->no_check = many->read.allow_scan = many->truncates = true;
    return grammar_options(lexer, truncate_option_table, many, "AT, MAX or SEGMENTS", err);
}

static void take_lines(struct plan *plan, const struct plan *read, const char *operation)
{
    for (const struct plan_line *line = read->line; line; line = line->next) {
        if (line->label == PLAN_PLAN)
            plan_add(plan, PLAN_PLAN, "%s, then %s", line->text, operation);
        else if (line->label == PLAN_COST)
            plan_add(plan, PLAN_COST, "read %s; writes unknown until run", line->text);
        else if (line->label != PLAN_RISK && line->label != PLAN_RETURNS)
            plan_add(plan, line->label, "%s", line->text);
    }
}

static enum error_code add_write_call(struct job *job, const struct many_plan *detail,
    struct plan *plan, struct error *err)
{
    struct write_plan sample = *detail->write;
    struct text request;
    enum error_code code;
    struct buf buf;

    if (detail->many->no_check) {
        plan_add_call(plan, &service_dynamodb, "BatchWriteItem", "0 or more", NULL, TEXT(""));
        return ERROR_NONE;
    }
    sample.key = planner_unknown_key(job->arena, sample.table, err);
    if (!sample.key)
        return err->code;
    buf_init(&buf, 16 << 20);
    code = write_request(&sample, 0, NULL, job->arena, &buf, err);
    request = code ? TEXT("") : planner_hide_key(job->arena, sample.key, buf_view(&buf));
    buf_done(&buf);
    if (!code)
        plan_add_call(plan, &service_dynamodb, sample.operation, "0 or more", NULL, request);
    return code;
}

static enum error_code add_risk(struct plan *plan, const struct many_plan *detail,
    struct error *err)
{
    const struct many *many = detail->many;
    bool all = many->write.verb == WRITE_DELETE && !many->write.where &&
               (many->most == 0 || many->truncates) && many->read.key_in_count == 0;

    plan->risk = all ? RISK_DESTROY : RISK_MANY;
    plan->risk_kind = "table";
    plan->risk_name = detail->write->table->name;
    plan->asks_itself = true;
    plan->question = arena_format(plan->arena, "%s %s of table %s?",
        many->write.verb == WRITE_DELETE ? "Delete" : "Update",
        all ? "all items" : "the items found", plan->risk_name);
    plan_add(plan, PLAN_RISK, all ? "every item of the table" : "many items");
    if (many->no_check)
        plan_add(plan, PLAN_NOTE, "NOCHECK: an item changed meanwhile is deleted all the same");
    return plan->question ? ERROR_NONE : arena_failed(plan->arena, err);
}

static enum error_code plan_many(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct many *said = tree->node;
    struct many_plan *detail = arena_alloc(job->arena, 1, sizeof *detail);
    struct many *many;
    struct plan read;

    if (!detail)
        return arena_failed(job->arena, err);
    plan->detail = detail;
    if (said->resume && job_state_resume(job, &tree, plan, &detail->resumes, err))
        return err->code;
    many = tree->node;
    detail->many = many;
    detail->tree = tree;
    plan_init(&read, job->arena);
    read.is_shown = plan->is_shown;
    /* One more than is allowed shows that there are too many. */
    many->read.limit = many->most > 0    ? many->most + 1
                       : many->limit > 0 ? many->limit
                                         : READ_LIMIT_ALL;
    many->read.segments =
        many->workers > 1 && many->read.index.length == 0 && !many->write.where ? many->workers : 0;
    detail->read = planner_read(job, &many->read, &read, err);
    if (!detail->read)
        return err->code;
    plan->link = detail->read->link;
    if (detail->read->described_before)
        plan->stale_table = detail->read->table->name;
    detail->write = write_make_many(job, &many->write, detail->read, err);
    if (!detail->write || planner_rate(many->write_rate, detail->read->table->write_limit,
                              detail->read->table->name, "WCU", &detail->write_rate_milli, err))
        return err->code;
    planner_explain_rate(many->write_rate, detail->write_rate_milli, "WCU", plan);
    take_lines(plan, &read,
        many->no_check                     ? "BatchWriteItem of the keys found"
        : many->write.verb == WRITE_DELETE ? "DeleteItem per item found"
                                           : "UpdateItem per item found");
    plan->refusal = read.refusal;
    plan->refused = read.refused;
    plan->refused_hint = read.refused_hint;
    if (add_risk(plan, detail, err))
        return err->code;
    for (const struct plan_call *call = read.call; call; call = call->next)
        plan_add_call(plan, call->service, call->operation->name, call->count, NULL, call->request);
    return add_write_call(job, detail, plan, err);
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return many_run(job, plan->detail, plan, err);
}

#define EXAMPLES (const char *const[])

const struct statement many_statement_table[] = {
    {
        .name = "DELETE MANY FROM",
        .syntax = "table [WHERE condition] [KEYS IN (key, ...)] [USING INDEX name] [ALLOW SCAN] "
                  "[IF condition] [MAX n] [LIMIT n] [NOCHECK] [SEGMENTS n] [AT rate, ...] "
                  "[REJECTS TO 'file'] [RESUME]",
        .summary = "Delete the items that a read finds",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE,
        .example =
            EXAMPLES{"DELETE MANY FROM orders WHERE cust = 'c1' AND st = 'void' MAX 500", NULL},
        .parse = parse_delete_many,
        .plan = plan_many,
        .run = run,
        .stage = stage_many,
    },
    {
        .name = "TRUNCATE",
        .syntax = "[TABLE] table [MAX n] [SEGMENTS n] [AT rate, ...] [REJECTS TO 'file'] [RESUME]",
        .summary = "Delete all items of a table; its definition stays",
        .family = "Moving data",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"TRUNCATE TABLE orders AT 200 RCU, 200 WCU", NULL},
        .parse = parse_truncate,
        .plan = plan_many,
        .run = run,
    },
    {
        .name = "UPDATE MANY",
        .syntax = "table SET path = value, ... [REMOVE ...] [ADD ...] [DELETE ...] "
                  "[WHERE condition] [KEYS IN (key, ...)] [USING INDEX name] [ALLOW SCAN] "
                  "[IF condition] [MAX n] [LIMIT n] [SEGMENTS n] [AT rate, ...] "
                  "[REJECTS TO 'file'] [RESUME]",
        .summary = "Change the items that a read finds",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"UPDATE MANY orders SET st = 'late' WHERE st = 'open' AND ts < 100 "
                            "ALLOW SCAN MAX 1000 AT 50 WCU",
            NULL},
        .parse = parse_update_many,
        .plan = plan_many,
        .run = run,
        .stage = stage_many,
    },
    {.name = NULL},
};
