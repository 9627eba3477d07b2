#include "console/statements/diff.h"

#include <string.h>

#include "client/service.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/read.h"

/* What DIFF says, and what it will do. */

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct diff *diff = target;

    diff->side[0].where = diff->side[1].where = parse_sent_condition(lexer, err);
    return diff->side[0].where != NULL;
}

static bool parse_columns(struct lexer *lexer, void *target, struct error *err)
{
    struct diff *diff = target;
    struct token at = lexer->token;

    if (!parse_need_sign(lexer, "(", err))
        return false;
    diff->columns = parse_paths(lexer, err);
    if (!diff->columns)
        return false;
    for (size_t i = 0; i < diff->columns->count; i++) {
        const struct path *path = diff->columns->path[i];

        for (size_t k = 0; k < path->count; k++) {
            if (path->part[k].is_index) /* answers hold such elements packed: others' places */
                return parse_fail(err, &at, "DIFF compares whole lists: name the list");
        }
    }
    return parse_need_sign(lexer, ")", err);
}

static bool parse_rate(struct lexer *lexer, void *target, struct error *err)
{
    struct diff *diff = target;

    if (!read_parse_rate(lexer, "RCU", &diff->side[0].rate, err))
        return false;
    diff->side[1].rate = diff->side[0].rate;
    return true;
}

static bool parse_sample(struct lexer *lexer, void *target, struct error *err)
{
    struct diff *diff = target;

    if (!read_parse_sample(lexer, &diff->side[0].sample_milli, err))
        return false;
    diff->side[1].sample_milli = diff->side[0].sample_milli;
    return true;
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct diff *diff = target;

    if (!parse_integer(lexer, "SEGMENTS", 1, 1000000, &diff->side[0].segments, err))
        return false;
    diff->side[1].segments = diff->side[0].segments;
    return true;
}

static const struct grammar_option diff_option_table[] = {
    {"AT", NULL, parse_rate},
    {"COLUMNS", NULL, parse_columns},
    {"SAMPLE", NULL, parse_sample},
    {"SEGMENTS", NULL, parse_segments},
    {"WHERE", NULL, parse_where},
    {.first = NULL},
};

/* A Query where WHERE binds the key of the table, else a Scan; never by an index of its choice. */
static bool parse_side(struct lexer *lexer, struct read *read, struct error *err)
{
    *read = (struct read){.verb = READ_QUERY,
        .allow_scan = true,
        .limit = READ_LIMIT_ALL,
        .by_size = true,
        .whole_items = true};
    if (!parse_table_ref(lexer, &read->table, err))
        return false;
    read->index = read->table.index;
    read->index_token = read->table.token;
    return true;
}

static bool parse_diff(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct diff *diff = arena_alloc(lexer->arena, 1, sizeof *diff);

    if (!diff)
        return grammar_memory(lexer, err);
    tree->node = diff;
    grammar_skip_table(lexer, "WITH");
    if (!parse_side(lexer, &diff->side[0], err) || !parse_need_word(lexer, "WITH", err) ||
        !parse_side(lexer, &diff->side[1], err) ||
        !grammar_options(lexer, diff_option_table, diff, "WHERE, COLUMNS, SAMPLE, SEGMENTS or AT",
            err))
        return false;
    for (int i = 0; i < 2; i++) {
        if (diff->side[i].sample_milli > 0 && diff->side[i].index.length > 0)
            return parse_fail(err, &diff->side[i].table.token, "SAMPLE takes tables, no indexes");
    }
    return true;
}

static void add_schema(struct buf *out, const struct catalog_table *table, const char *label)
{
    buf_add_format(out, "%s has ", label);
    for (size_t i = 0; i < table->key_count; i++)
        buf_add_format(out, "%s%s %s", i > 0 ? ", " : "", table->key[i].name,
            planner_type_word(table->key[i].type));
}

static enum error_code check_schemas(const struct diff_plan *detail, struct error *err)
{
    const struct catalog_table *left = detail->side[0]->table, *right = detail->side[1]->table;
    bool same = left->key_count == right->key_count;
    struct buf text;

    for (size_t i = 0; same && i < left->key_count; i++)
        same = strcmp(left->key[i].name, right->key[i].name) == 0 &&
               left->key[i].type == right->key[i].type &&
               left->key[i].is_range == right->key[i].is_range;
    if (same)
        return ERROR_NONE;
    buf_init(&text, sizeof err->text - 64);
    add_schema(&text, left, detail->label[0]);
    buf_add_string(&text, "; ");
    add_schema(&text, right, detail->label[1]);
    error_set(err, ERROR_INVALID, "the keys are not of one kind: %s", buf_string(&text));
    buf_done(&text);
    return ERROR_INVALID;
}

static bool is_same(const struct read_plan *a, const struct read_plan *b)
{
    return a->link == b->link && text_equal(text_of(a->table->name), text_of(b->table->name)) &&
           text_equal_ignoring_case(a->read->index, b->read->index);
}

/* One side into a plan of its own, from which the lines that are told are taken. */
static enum error_code plan_side(struct job *job, struct diff *diff, struct diff_plan *detail,
    size_t index, struct plan *side, struct error *err)
{
    struct read *read = &diff->side[index];
    struct link *link = planner_link(job, &read->table, err);
    const struct catalog_table *table =
        link ? planner_table(job, link, read->table.table, NULL, err) : NULL;

    if (!table) {
        if (err->line == 0) {
            err->line = read->table.token.line;
            err->column = read->table.token.column;
        }
        return err->code;
    }
    if (diff->columns) {
        read->what = READ_PATHS;
        read->projection = planner_add_keys(job->arena, diff->columns, table);
        if (!read->projection)
            return arena_failed(job->arena, err);
    }
    plan_init(side, job->arena);
    detail->side[index] = planner_read(job, read, side, err);
    return detail->side[index] ? ERROR_NONE : err->code;
}

static bool name_sides(struct job *job, struct diff_plan *detail)
{
    const struct read_plan *left = detail->side[0], *right = detail->side[1];

    for (int i = 0; i < 2; i++) {
        const struct read_plan *side = detail->side[i];

        detail->label[i] = arena_format(job->arena, "%s%s%s%s%s",
            left->link != right->link ? side->link->name : "", left->link != right->link ? ":" : "",
            side->table->name, side->index ? "." : "", side->index ? side->index->name : "");
    }
    return detail->label[0] && detail->label[1];
}

static const char *line_of(const struct plan *side, enum plan_label label)
{
    for (const struct plan_line *line = side->line; line; line = line->next) {
        if (line->label == label)
            return line->text;
    }
    return "";
}

/* How each is read and what that costs; what is said of both, once. */
static void take_lines(struct plan *plan, const struct plan side[2], const struct diff_plan *detail)
{
    const struct link *left = detail->side[0]->link, *right = detail->side[1]->link;
    bool several = left != right, has_where = detail->diff->side[0].where != NULL;

    plan_add(plan, PLAN_PLAN, "%s%s%s, %s%s%s, joined by key", line_of(&side[0], PLAN_PLAN),
        several ? " of " : "", several ? left->name : "", line_of(&side[1], PLAN_PLAN),
        several ? " of " : "", several ? right->name : "");
    plan_add(plan, PLAN_COST, "%s: %s; %s: %s", detail->label[0], line_of(&side[0], PLAN_COST),
        detail->label[1], line_of(&side[1], PLAN_COST));
    for (const struct plan_line *line = side[0].line; line; line = line->next) {
        if (line->label != PLAN_PLAN && line->label != PLAN_COST && line->label != PLAN_RETURNS &&
            line->label != PLAN_NOTE && (line->label != PLAN_REJECTED || has_where))
            plan_add(plan, line->label, "%s", line->text);
    }
    for (size_t i = 0; i < 2; i++) {
        for (const struct plan_line *line = side[i].line; line; line = line->next) {
            if (line->label == PLAN_NOTE)
                plan_add(plan, PLAN_NOTE, "%s: %s", detail->label[i], line->text);
        }
        for (const struct plan_call *call = side[i].call; call; call = call->next)
            plan_add_call(plan, call->service, call->operation->name, call->count, call->live,
                call->request);
        if (side[i].risk > plan->risk) {
            plan->risk = side[i].risk;
            plan->question = side[i].question;
        }
    }
}

/* Both in as many segments, so that equal ones lie side by side where services hash alike. */
static void pair_segments(struct diff_plan *detail)
{
    struct read_plan *left = detail->side[0], *right = detail->side[1];

    if (left->access != READ_BY_SCAN || right->access != READ_BY_SCAN)
        return;
    if (left->segments < right->segments)
        left->segments = right->segments;
    else
        right->segments = left->segments;
}

static enum error_code plan_diff(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct diff *diff = tree->node;
    struct diff_plan *detail = arena_alloc(job->arena, 1, sizeof *detail);
    struct plan side[2];

    if (!detail)
        return arena_failed(job->arena, err);
    plan->detail = detail;
    detail->diff = diff;
    for (size_t i = 0; i < 2; i++) {
        if (plan_side(job, diff, detail, i, &side[i], err))
            return err->code;
    }
    plan->link = detail->side[0]->link;
    if (detail->side[0]->described_before)
        plan->stale_table = detail->side[0]->table->name;
    if (!name_sides(job, detail))
        return arena_failed(job->arena, err);
    if (is_same(detail->side[0], detail->side[1]))
        return parse_fail(err, &diff->side[1].table.token, "both sides are the same table"),
               err->code;
    if (check_schemas(detail, err))
        return err->code;
    pair_segments(detail);
    take_lines(plan, side, detail);
    if (diff->side[0].sample_milli > 0) {
        plan_add(plan, PLAN_NOTE, "an item without a partner is looked up in the other table");
        plan_add_call(plan, &service_dynamodb, "BatchGetItem", "0 or more", NULL, TEXT(""));
    }
    return ERROR_NONE;
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return diff_run(job, plan->detail, plan, err);
}

#define EXAMPLES (const char *const[])

const struct statement diff_statement_table[] = {
    {
        .name = "DIFF",
        .syntax = "[TABLE] table WITH table [WHERE condition] [COLUMNS (path, ...)] [SAMPLE p%] "
                  "[SEGMENTS n] [AT rate]",
        .summary = "Compare the items of two tables, perhaps of two connections, by their keys",
        .family = "Moving data",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"DIFF orders WITH local:orders",
            "DIFF orders WITH orders2 WHERE cust = 'c1' COLUMNS (total, st)",
            "DIFF orders WITH local:orders SAMPLE 5% AT 100 RCU", NULL},
        .parse = parse_diff,
        .plan = plan_diff,
        .run = run,
    },
    {.name = NULL},
};
