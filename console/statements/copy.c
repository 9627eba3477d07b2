#include "console/statements/copy.h"
#include "client/service.h"
#include "console/job_state.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/statement.h"
#include "console/statements/read.h"

/* What COPY says, and what it will do. */

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    copy->read.where = parse_sent_condition(lexer, err);
    return copy->read.where != NULL;
}

static bool parse_columns(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    if (!parse_need_sign(lexer, "(", err))
        return false;
    copy->columns = parse_paths(lexer, err);
    return copy->columns && parse_need_sign(lexer, ")", err);
}

static bool parse_sample(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return read_parse_sample(lexer, &copy->read.sample_milli, err);
}

static bool parse_transform(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    copy->transform = parse_update(lexer, err);
    return copy->transform != NULL;
}

static bool parse_conflict(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return write_parse_conflict(lexer, &copy->import.conflict, err);
}

static bool parse_rates(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return read_parse_rates(lexer, &copy->read.rate, &copy->import.rate, err);
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return parse_integer(lexer, "SEGMENTS", 1, 1000000, &copy->read.segments, err);
}

static bool parse_workers(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return parse_integer(lexer, "WORKERS", 1, 16, &copy->import.workers, err);
}

static bool parse_most(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return parse_integer(lexer, "MAX", 1, INT64_MAX, &copy->import.most, err);
}

static bool parse_rejects(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    return parse_need_word(lexer, "TO", err) &&
           parse_string(lexer, "the name of a file", &copy->import.rejects, err);
}

static bool parse_resume(struct lexer *lexer, void *target, struct error *err)
{
    struct copy *copy = target;

    (void)lexer, (void)err;
    return copy->import.resume = true;
}

static const struct grammar_option copy_option_table[] = {
    {"AT", NULL, parse_rates},
    {"COLUMNS", NULL, parse_columns},
    {"MAX", NULL, parse_most},
    {"ON", NULL, parse_conflict},
    {"REJECTS", NULL, parse_rejects},
    {"RESUME", NULL, parse_resume},
    {"SAMPLE", NULL, parse_sample},
    {"SEGMENTS", NULL, parse_segments},
    {"TRANSFORM", NULL, parse_transform},
    {"WHERE", NULL, parse_where},
    {"WORKERS", NULL, parse_workers},
    {.first = NULL},
};

static bool parse_copy(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct copy *copy = arena_alloc(lexer->arena, 1, sizeof *copy);

    if (!copy)
        return grammar_memory(lexer, err);
    tree->node = copy;
    grammar_skip_table(lexer, "TO");
    copy->read = (struct read){.verb = READ_SCAN, .limit = READ_LIMIT_ALL, .by_size = true};
    if (!parse_table_ref(lexer, &copy->read.table, err) || !parse_need_word(lexer, "TO", err) ||
        !parse_table_ref(lexer, &copy->import.table, err))
        return false;
    if (copy->import.table.index.length > 0)
        return parse_fail(err, &copy->import.table.token, "an index cannot be written");
    copy->read.index = copy->read.table.index;
    copy->read.index_token = copy->read.table.token;
    if (!grammar_options(lexer, copy_option_table, copy,
            "WHERE, TRANSFORM, ON CONFLICT or another option", err))
        return false;
    /* A condition that binds the key makes it a Query. */
    if (copy->read.where && copy->read.segments == 0) {
        copy->read.verb = READ_SELECT;
        copy->read.allow_scan = copy->read.whole_items = true;
    }
    return true;
}

static enum error_code plan_target(struct job *job, struct copy_plan *detail, struct plan *plan,
    struct error *err)
{
    struct import_plan *target = &detail->target;
    const struct copy *copy = detail->copy;

    target->import = &copy->import;
    target->quiet = true;
    target->format = "ddbjson";
    target->link = planner_link(job, &copy->import.table, err);
    target->table =
        target->link ? planner_table(job, target->link, copy->import.table.table, NULL, err) : NULL;
    if (!target->table)
        return err->code;
    if (target->link == detail->read->link && target->table->arn && detail->read->table->arn &&
        text_equal(text_of(target->table->arn), text_of(detail->read->table->arn)))
        return error_set(err, ERROR_USAGE, "source and target are the same table");
    return import_name_rejects(job, target, err) ? err->code
                                                 : import_settle(job, target, plan, err);
}

/* The key goes along, whatever is copied besides. */
static enum error_code plan_columns(struct job *job, struct copy *copy, struct error *err)
{
    struct link *link = planner_link(job, &copy->read.table, err);
    const struct catalog_table *table =
        link ? planner_table(job, link, copy->read.table.table, NULL, err) : NULL;

    if (!table)
        return err->code;
    copy->read.what = READ_PATHS;
    copy->read.projection = planner_add_keys(job->arena, copy->columns, table);
    return copy->read.projection ? ERROR_NONE : arena_failed(job->arena, err);
}

/* The segments are those of the run before, whatever the size of the table is now. */
static enum error_code plan_resume(struct job *job, const struct tree **tree,
    struct copy_plan *detail, struct plan *plan, struct error *err)
{
    struct job_state_record record;
    const struct json *list;
    struct copy *copy;

    if (job_state_resume(job, tree, plan, &detail->resumes, err) ||
        job_state_read(detail->resumes, job->arena, &record, err))
        return err->code;
    copy = (*tree)->node;
    list = json_member(record.place, "segments");
    copy->read.by_size = false;
    if (list && list->count > 1)
        copy->read.segments = (int64_t)list->count;
    return ERROR_NONE;
}

static enum error_code plan_copy(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct copy *said = tree->node;
    struct copy_plan *detail = arena_alloc(job->arena, 1, sizeof *detail);
    struct copy *copy;
    const char *name;
    bool batches;

    if (!detail)
        return arena_failed(job->arena, err);
    plan->detail = detail;
    if (said->import.resume && plan_resume(job, &tree, detail, plan, err))
        return err->code;
    copy = tree->node;
    detail->copy = copy;
    detail->tree = tree;
    if (copy->columns && plan_columns(job, copy, err))
        return err->code;
    detail->read = planner_read(job, &copy->read, plan, err);
    if (!detail->read || plan_target(job, detail, plan, err))
        return err->code;
    plan->stale_table = NULL;
    name = detail->target.table->name;
    batches = detail->target.conflict == CONFLICT_REPLACE;
    /* Permission and question are about where it is written. */
    plan->link = detail->target.link;
    plan->risk = RISK_MANY;
    plan->risk_kind = "table";
    plan->risk_name = name;
    plan->question = arena_format(job->arena, "Copy table %s into table %s of %s?%s",
        detail->read->table->name, name, connection_name(detail->target.link->connection),
        batches ? " What it replaces cannot be brought back." : "");
    plan_add(plan, PLAN_PLAN, "%s table %s of %s", batches ? "BatchWriteItem" : "PutItem", name,
        connection_name(detail->target.link->connection));
    if (copy->transform)
        plan_add(plan, PLAN_LOCAL, "each item is transformed here");
    plan_add(plan, PLAN_RISK, "many items");
    plan_add_call(plan, &service_dynamodb, batches ? "BatchWriteItem" : "PutItem", "0 or more",
        NULL, TEXT(""));
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return copy_run(job, plan->detail, plan, err);
}

#define EXAMPLES (const char *const[])

const struct statement copy_statement_table[] = {
    {
        .name = "COPY",
        .syntax = "[TABLE] table TO table [WHERE condition] [TRANSFORM SET path = value ...] "
                  "[COLUMNS (path, ...)] [SAMPLE p%] [ON CONFLICT REPLACE|SKIP|FAIL] [SEGMENTS n] "
                  "[WORKERS n] [AT rate, ...] "
                  "[MAX n] [REJECTS TO 'file'] [RESUME]",
        .summary = "Copy the items of a table into another one, perhaps of another connection",
        .family = "Moving data",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"COPY orders TO local:orders WHERE ts > 100 "
                            "TRANSFORM SET copied = true REMOVE secret AT 50 RCU, 50 WCU",
            NULL},
        .parse = parse_copy,
        .plan = plan_copy,
        .run = run,
    },
    {.name = NULL},
};
