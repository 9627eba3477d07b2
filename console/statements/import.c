#include "console/statements/import.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/file_format.h"
#include "console/statements/read.h"
#include "console/statements/rejects.h"
#include "console/statements/tables.h"

/* What IMPORT says, and what it will do. */

enum { REQUEST_LIMIT = 64 * 1024, MILLION = 1000000 };

static bool parse_format(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return file_format_parse(lexer, &import->format, err);
}

static bool parse_conflict(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return write_parse_conflict(lexer, &import->conflict, err);
}

static bool parse_rate(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return read_parse_rate(lexer, "WCU", &import->rate, err);
}

static bool parse_workers(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return parse_integer(lexer, "WORKERS", 1, 16, &import->workers, err);
}

static bool parse_most(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return parse_integer(lexer, "MAX", 1, INT64_MAX, &import->most, err);
}

static bool parse_rejects(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    return parse_need_word(lexer, "TO", err) &&
           parse_string(lexer, "the name of a file", &import->rejects, err);
}

static bool parse_resume(struct lexer *lexer, void *target, struct error *err)
{
    struct import *import = target;

    (void)lexer, (void)err;
    return import->resume = true;
}

static const struct grammar_option import_option_table[] = {
    {"AT", NULL, parse_rate},
    {"FORMAT", NULL, parse_format},
    {"MAX", NULL, parse_most},
    {"ON", NULL, parse_conflict},
    {"REJECTS", NULL, parse_rejects},
    {"RESUME", NULL, parse_resume},
    {"WORKERS", NULL, parse_workers},
    {.first = NULL},
};

static bool parse_import(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct import *import = arena_alloc(lexer->arena, 1, sizeof *import);

    if (!import)
        return grammar_memory(lexer, err);
    tree->node = import;
    import->token = lexer->token;
    if (!parse_file_name(lexer, &import->path, err) || !parse_need_word(lexer, "INTO", err) ||
        !parse_table_ref(lexer, &import->table, err))
        return false;
    if (import->table.index.length > 0)
        return parse_fail(err, &import->table.token, "an index cannot be written; name the table");
    if (!grammar_options(lexer, import_option_table, import,
            "FORMAT, ON CONFLICT, RESUME or another option", err))
        return false;
    return !import->resume || import->path.length > 0 ||
           parse_fail(err, &import->token, "RESUME needs a file");
}

enum error_code import_settle(struct job *job, struct import_plan *detail, struct plan *plan,
    struct error *err)
{
    const struct json *answer;
    struct json_writer writer;
    struct buf request;

    if (planner_rate(detail->import->rate, detail->table->write_limit, detail->table->name, "WCU",
            &detail->rate_milli, err))
        return err->code;
    planner_explain_rate(detail->import->rate, detail->rate_milli, "WCU", plan);
    detail->conflict = detail->import->conflict;
    if (detail->conflict != CONFLICT_NOT_SAID)
        return ERROR_NONE;
    detail->conflict = CONFLICT_REPLACE;
    if (plan->is_shown || detail->import->resume) /* EXPLAIN reads no data */
        return ERROR_NONE;
    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair_string(&writer, "TableName", detail->table->name);
    json_pair_integer(&writer, "Limit", 1);
    json_pair_string(&writer, "Select", "COUNT");
    json_end_object(&writer);
    answer = table_send(job, detail->link, "Scan", TEXT(""), buf_view(&request), err);
    buf_done(&request);
    if (!answer)
        return err->code;
    if (json_integer_member(answer, "Count", 0) > 0)
        return plan_refuse(plan, ERROR_REFUSED,
            "ON CONFLICT REPLACE overwrites items, SKIP leaves them, FAIL rejects what exists",
            "table %s is not empty; say ON CONFLICT REPLACE, SKIP or FAIL", detail->table->name);
    return ERROR_NONE;
}

enum error_code import_name_rejects(struct job *job, struct import_plan *detail, struct error *err)
{
    if (detail->import->rejects.length == 0)
        return ERROR_NONE;
    detail->rejects = rejects_name(job, detail->import->rejects, err);
    return detail->rejects ? ERROR_NONE : err->code;
}

static enum error_code plan_names(struct job *job, struct import_plan *detail, struct error *err)
{
    const struct import *import = detail->import;
    struct buf name;

    detail->format = "ddbjson";
    buf_init(&name, 16 * 1024);
    if (import->path.length > 0) {
        path_add_expanded(&name, import->path);
        detail->path = arena_string(job->arena, buf_view(&name));
        detail->format = file_format_of(import->path, &detail->gzip);
        buf_add_string(&name, ".rej");
        detail->rejects = arena_string(job->arena, buf_view(&name));
    }
    buf_done(&name);
    if (import->format)
        detail->format = import->format;
    if (import->path.length > 0 && !detail->path)
        return arena_failed(job->arena, err);
    if (import_name_rejects(job, detail, err))
        return err->code;
    if (import->path.length == 0 && job->session->is_interactive)
        return parse_fail(err, &import->token, "the prompt is no file: name one"), err->code;
    if (detail->path && !file_exists(detail->path))
        return error_set(err, ERROR_NOT_FOUND, "%s: No such file or directory", detail->path);
    return ERROR_NONE;
}

static enum error_code plan_import(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct import *import = tree->node;
    struct import_plan *detail = arena_alloc(job->arena, 1, sizeof *detail);
    bool batches;

    if (!detail)
        return arena_failed(job->arena, err);
    plan->detail = detail;
    detail->import = import;
    detail->tree = tree;
    plan->link = detail->link = planner_link(job, &import->table, err);
    detail->table =
        plan->link ? planner_table(job, plan->link, import->table.table, NULL, err) : NULL;
    if (!detail->table || plan_names(job, detail, err) || import_settle(job, detail, plan, err))
        return err->code;
    batches = detail->conflict == CONFLICT_REPLACE;
    plan->risk = RISK_MANY;
    plan->risk_kind = "table";
    plan->risk_name = detail->table->name;
    plan->question = arena_format(job->arena, "Import %s into table %s?%s",
        detail->path ? detail->path : "standard input", detail->table->name,
        batches ? " What it replaces cannot be brought back." : "");
    plan_add(plan, PLAN_PLAN, "%s table %s, the items of %s as %s%s",
        batches ? "BatchWriteItem" : "PutItem", detail->table->name,
        detail->path ? detail->path : "standard input", detail->format,
        detail->gzip ? ", packed by gzip" : "");
    if (!batches)
        plan_add(plan, PLAN_FILTER, "only if the item is absent; %s",
            detail->conflict == CONFLICT_SKIP ? "others are counted" : "others are rejected");
    plan_add(plan, PLAN_COST, "1 WCU per KB of each item, and more for indexes");
    plan_add(plan, PLAN_RISK, "many items");
    plan_add_call(plan, &service_dynamodb, batches ? "BatchWriteItem" : "PutItem", "0 or more",
        NULL, TEXT(""));
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return import_items(job, plan->detail, plan, err);
}

#define EXAMPLES (const char *const[])

const struct statement import_statement_table[] = {
    {
        .name = "IMPORT",
        .syntax = "'file' | - INTO table [FORMAT csv|ddbjson|json|jsonl|tsv] "
                  "[ON CONFLICT REPLACE|SKIP|FAIL] [AT rate] [WORKERS n] [MAX n] "
                  "[REJECTS TO 'file'] [RESUME]",
        .summary = "Write the items of a file into a table",
        .family = "Moving data",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"IMPORT 'orders.ddbjson.gz' INTO orders2",
            "IMPORT 'more.csv' INTO orders ON CONFLICT SKIP AT 100 WCU", NULL},
        .parse = parse_import,
        .plan = plan_import,
        .run = run,
    },
    {.name = NULL},
};
