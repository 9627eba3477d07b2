#include <string.h>

#include "base/json.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/stage.h"
#include "console/statements/table_alter.h"

/*
 * ALTER TABLE: one call per index, replica or kind of setting, in the order written, waiting in
 * between, as the service takes one change at a time (language.md 4).
 */

enum { REQUEST_LIMIT = 1 << 20, TEXT_LIMIT = 64 * 1024 };

static bool parse_add(struct lexer *lexer, struct alteration *change, struct error *err)
{
    const struct table_definition none = {.column_count = 0};

    if (parse_word(lexer, "REPLICA")) {
        change->kind = ALTER_ADD_REPLICA;
        return parse_string(lexer, "a region such as 'eu-central-1'", &change->name, err);
    }
    if (parse_at_word(lexer, "LOCAL")) {
        parse_fail(err, &lexer->token, "a local index cannot be added to a table");
        error_hint(err, "local indexes are made with the table; a global one can be added");
        return false;
    }
    if (!parse_at_word(lexer, "INDEX"))
        return parse_expected(lexer, "INDEX or REPLICA", err);
    change->kind = ALTER_ADD_INDEX;
    return table_parse_index(lexer, &none, &change->index, err);
}

static bool parse_drop(struct lexer *lexer, struct alteration *change, struct error *err)
{
    if (parse_word(lexer, "REPLICA")) {
        change->kind = ALTER_DROP_REPLICA;
        return parse_string(lexer, "a region such as 'eu-central-1'", &change->name, err);
    }
    change->kind = ALTER_DROP_INDEX;
    return parse_word(lexer, "INDEX") ? parse_name(lexer, "an index", &change->name, err)
                                      : parse_expected(lexer, "INDEX or REPLICA", err);
}

static bool parse_capacity(struct lexer *lexer, struct alteration *change, struct error *err)
{
    change->kind = ALTER_INDEX;
    return parse_need_word(lexer, "INDEX", err) &&
           parse_name(lexer, "an index", &change->name, err) &&
           parse_need_word(lexer, "CAPACITY", err) &&
           table_parse_units(lexer, &change->read, &change->write, err);
}

static bool parse_change(struct lexer *lexer, struct alteration *change, struct error *err)
{
    change->token = lexer->token;
    change->values.pitr_days = -1;
    if (parse_word(lexer, "ADD"))
        return parse_add(lexer, change, err);
    if (parse_word(lexer, "DROP"))
        return parse_drop(lexer, change, err);
    if (parse_word(lexer, "ALTER"))
        return parse_capacity(lexer, change, err);
    if (!parse_word(lexer, "SET"))
        return parse_expected(lexer, "ADD, DROP, ALTER or SET", err);
    change->kind = ALTER_SET;
    change->setting = table_parse_setting(lexer, &change->values, err);
    return change->setting != NULL;
}

static bool check_twice(const struct grammar_list *list, const struct alteration *change,
    struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct alteration *other = list->item[i];

        if (change->setting && other->setting && strcmp(change->setting, other->setting) == 0)
            return parse_fail(err, &change->token, "%s is said twice", change->setting);
        if (change->setting && other->setting && table_is_capacity(change->setting) &&
            table_is_capacity(other->setting))
            return parse_fail(err, &change->token, "ON DEMAND and PROVISIONED exclude each other");
    }
    return true;
}

static bool parse_alter(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct alter *alter = arena_alloc(lexer->arena, 1, sizeof *alter);
    struct grammar_list list = {0};

    if (!alter)
        return grammar_memory(lexer, err);
    tree->node = alter;
    if (!parse_table_ref(lexer, &alter->table, err))
        return false;
    if (alter->table.index.length > 0)
        return parse_fail(err, &alter->table.token, "ALTER TABLE takes a table, not an index");
    do {
        struct alteration *change = arena_alloc(lexer->arena, 1, sizeof *change);

        if (!change)
            return grammar_memory(lexer, err);
        if (!parse_change(lexer, change, err) || !check_twice(&list, change, err) ||
            !grammar_push(lexer, &list, change, err))
            return false;
    } while (parse_sign(lexer, ","));
    alter->nowait = parse_word(lexer, "NOWAIT");
    alter->count = list.count;
    alter->change = (struct alteration **)list.item;
    return true;
}

static enum error_code plan_change(struct altering *altering, struct error *err)
{
    struct alteration *change = altering->change;
    struct arena *arena = altering->job->arena;
    struct buf request;
    bool tags = change->setting && strcmp(change->setting, "TAGS") == 0;
    enum error_code code = ERROR_NONE;

    buf_init(&request, REQUEST_LIMIT);
    buf_init(&altering->line, TEXT_LIMIT);
    json_writer_init(&altering->writer, &request);
    change->operation = "UpdateTable";
    change->risk = RISK_MANY;
    json_begin_object(&altering->writer);
    json_pair_string(&altering->writer, tags ? "ResourceArn" : "TableName",
        tags ? altering->table->arn : altering->table->name);
    if (!table_write_change(altering, err))
        code = err->code;
    json_end_object(&altering->writer);
    if (!code)
        code = buf_check(&request, "request", err);
    if (!code)
        code = buf_check(&altering->line, "plan", err);
    if (!code) {
        change->request = arena_text(arena, buf_view(&request));
        change->line = arena_string(arena, buf_view(&altering->line));
        if (!change->request.data || !change->line)
            code = arena_failed(arena, err);
    }
    buf_done(&request);
    buf_done(&altering->line);
    return code;
}

static enum error_code plan_all(struct job *job, const struct alter *alter, struct plan *plan,
    const struct catalog_table *table, struct error *err)
{
    struct buf diff;

    buf_init(&diff, REQUEST_LIMIT);
    plan->risk = RISK_ONE;
    for (size_t i = 0; i < alter->count; i++) {
        struct alteration *change = alter->change[i];
        struct altering altering = {.job = job,
            .link = plan->link,
            .table = table,
            .change = change,
            .alter = alter,
            .at = i};

        if (plan_change(&altering, err)) {
            buf_done(&diff);
            return err->code;
        }
        if (change->risk > plan->risk)
            plan->risk = change->risk;
        plan_add(plan, PLAN_PLAN, "%s %s: %s", change->operation, table->name, change->line);
        plan_add_call(plan, &service_dynamodb, change->operation, "1", NULL, change->request);
        buf_add_format(&diff, "  %s\n", change->line);
    }
    plan->diff = arena_string(job->arena, buf_view(&diff));
    buf_done(&diff);
    return plan->diff ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code plan_alter(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct alter *alter = tree->node;
    const struct catalog_table *table;
    bool cached = false;

    plan->link = planner_link(job, &alter->table, err);
    table = plan->link ? planner_table(job, plan->link, alter->table.table, &cached, err) : NULL;
    if (!table)
        return err->code;
    if (cached)
        plan->stale_table = table->name;
    plan->is_single = true;
    plan->risk_kind = "table";
    plan->risk_name = table->name;
    plan->question = arena_format(job->arena, "Alter table %s?", table->name);
    if (!plan->question)
        return arena_failed(job->arena, err);
    if (plan_all(job, alter, plan, table, err))
        return err->code;
    plan_add(plan, PLAN_RISK, "%s",
        plan->risk == RISK_ONE    ? "nothing is lost"
        : plan->risk == RISK_MANY ? "a setting of the table"
                                  : "something that cannot be brought back");
    return ERROR_NONE;
}

static enum error_code run_alter(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct alter *alter = tree->node;
    struct text name = alter->table.table;
    enum error_code code = ERROR_NONE;
    size_t done = 0;

    for (size_t i = 0; i < alter->count && !code; i++) {
        const struct alteration *change = alter->change[i];
        bool last = i + 1 == alter->count;

        if (!table_send(job, plan->link, change->operation, name, change->request, err)) {
            code = err->code;
            break;
        }
        plan->stale_table = NULL;
        done++;
        catalog_forget_table(plan->link->catalog, name);
        if (strcmp(change->operation, "UpdateTable") == 0 && !(last && alter->nowait))
            code = table_wait(job, plan->link, name, false, err);
        if (!code)
            job_note(job, REPORT_NOTE, "%s%s", change->line,
                last && alter->nowait ? " (under way)" : "");
    }
    if (code && done > 0)
        job_note(job, REPORT_WARNING, "%zu of %zu changes had been sent before", done,
            alter->count);
    return code;
}

static enum error_code alter_state(struct job *job, const struct tree *tree,
    struct object_state *out, struct error *err)
{
    const struct alter *alter = tree->node;

    out->link = planner_link(job, &alter->table, err);
    return out->link ? table_read_state(job, alter->table.table, out, err) : err->code;
}

#define EXAMPLES (const char *const[])

const struct statement table_alter_statement_table[] = {
    {
        .name = "ALTER TABLE",
        .syntax =
            "table ADD INDEX name (key, ...) [ALL | KEYS ONLY | INCLUDE (name, ...)] "
            "[CAPACITY n RCU n WCU] | DROP INDEX name | ALTER INDEX name CAPACITY n RCU n WCU "
            "| ADD REPLICA 'region' | DROP REPLICA 'region' | SET ON DEMAND "
            "[MAX n RCU n WCU] | PROVISIONED n RCU n WCU | WARM n RCU n WCU | STREAM view|OFF "
            "| TTL name|OFF | PITR ON [n DAYS]|OFF | CLASS STANDARD|INFREQUENT "
            "| DELETION PROTECTION ON|OFF | ENCRYPTION ON ['key']|OFF | TAGS {map}, ... [NOWAIT]",
        .summary = "Change indexes, capacity and settings of a table",
        .family = "Tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"ALTER TABLE orders ADD INDEX byOwner (owner STRING) KEYS ONLY",
            "ALTER TABLE orders SET TTL expires, SET PITR ON 7 DAYS",
            "ALTER TABLE orders DROP INDEX byOwner, SET PROVISIONED 10 RCU 5 WCU", NULL},
        .parse = parse_alter,
        .plan = plan_alter,
        .run = run_alter,
        .stage = stage_object,
        .state = alter_state,
    },
    {.name = NULL},
};
