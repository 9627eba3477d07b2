#include "console/statements/write.h"

#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/read.h"
#include "console/statements/stage.h"

/* PUT, INSERT, UPDATE, UPSERT, DELETE: what they say. */

static bool parse_items(struct lexer *lexer, struct write *write, struct error *err)
{
    struct grammar_list list = {0};

    do {
        const struct value *item = parse_item(lexer, err);

        if (!item || !grammar_push(lexer, &list, item, err))
            return false;
    } while (parse_sign(lexer, ","));
    write->item = (const struct value **)(void *)list.item;
    write->item_count = list.count;
    return true;
}

/* (1, 'a') beside the names */
static const struct value *parse_row(struct lexer *lexer, const struct grammar_list *names,
    struct error *err)
{
    struct token open = lexer->token;
    struct value *item = value_new_container(lexer->arena, VALUE_M, names->count);

    if (!item) {
        grammar_memory(lexer, err);
        return NULL;
    }
    if (!parse_need_sign(lexer, "(", err))
        return NULL;
    do {
        const struct value *value = parse_literal(lexer, err);

        if (!value)
            return NULL;
        if (item->count == names->count) {
            parse_fail(err, &open, "the row has more values than the %zu names", names->count);
            return NULL;
        }
        item->name[item->count] = *(const struct text *)names->item[item->count];
        item->element[item->count++] = *value;
    } while (parse_sign(lexer, ","));
    if (item->count < names->count) {
        parse_fail(err, &open, "the row has %zu values for %zu names", item->count, names->count);
        return NULL;
    }
    value_sort(item);
    for (size_t i = 1; i < item->count; i++) {
        if (text_equal(item->name[i - 1], item->name[i])) {
            parse_fail(err, &open, "the name %.*s stands twice", (int)item->name[i].length,
                item->name[i].data);
            return NULL;
        }
    }
    return parse_need_sign(lexer, ")", err) ? item : NULL;
}

/* (id, v) VALUES ('a', 1), ('b', 2) */
static bool parse_rows(struct lexer *lexer, struct write *write, struct error *err)
{
    struct grammar_list names = {0}, list = {0};

    lexer_take(lexer);
    do {
        struct text *name = arena_alloc(lexer->arena, 1, sizeof *name);

        if (!name)
            return grammar_memory(lexer, err);
        if (!parse_name(lexer, "an attribute", name, err) ||
            !grammar_push(lexer, &names, name, err))
            return false;
    } while (parse_sign(lexer, ","));
    if (!parse_need_sign(lexer, ")", err) || !parse_need_word(lexer, "VALUES", err))
        return false;
    do {
        const struct value *item = parse_row(lexer, &names, err);

        if (!item || !grammar_push(lexer, &list, item, err))
            return false;
    } while (parse_sign(lexer, ","));
    write->item = (const struct value **)(void *)list.item;
    write->item_count = list.count;
    return true;
}

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct write *write = target;

    write->where = parse_sent_condition(lexer, err);
    return write->where != NULL;
}

static bool parse_if(struct lexer *lexer, void *target, struct error *err)
{
    struct write *write = target;

    write->condition = parse_sent_condition(lexer, err);
    return write->condition != NULL;
}

bool write_parse_conflict(struct lexer *lexer, enum write_conflict *conflict, struct error *err)
{
    if (!parse_need_word(lexer, "CONFLICT", err))
        return false;
    if (parse_word(lexer, "REPLACE"))
        *conflict = CONFLICT_REPLACE;
    else if (parse_word(lexer, "SKIP"))
        *conflict = CONFLICT_SKIP;
    else if (parse_word(lexer, "FAIL"))
        *conflict = CONFLICT_FAIL;
    else
        return parse_expected(lexer, "REPLACE, SKIP or FAIL", err);
    return true;
}

static bool parse_conflict(struct lexer *lexer, void *target, struct error *err)
{
    struct write *write = target;

    if (write->verb != WRITE_INSERT)
        return parse_fail(err, &lexer->last, "ON CONFLICT belongs to INSERT");
    return write_parse_conflict(lexer, &write->conflict, err);
}

static bool parse_return(struct lexer *lexer, void *target, struct error *err)
{
    struct write *write = target;
    struct token at = lexer->last;
    bool updated = parse_word(lexer, "UPDATED"), old = parse_at_word(lexer, "OLD");

    if (!old && !parse_at_word(lexer, "NEW"))
        return parse_expected(lexer, updated ? "OLD or NEW" : "OLD, NEW or UPDATED", err);
    lexer_take(lexer);
    if (updated && write->verb != WRITE_UPDATE && write->verb != WRITE_UPSERT)
        return parse_fail(err, &at, "RETURN UPDATED belongs to UPDATE and UPSERT");
    if (!old && write->verb == WRITE_DELETE)
        return parse_fail(err, &at, "DELETE leaves nothing new to return");
    write->returns =
        updated ? (old ? RETURN_UPDATED_OLD : RETURN_UPDATED_NEW) : (old ? RETURN_OLD : RETURN_NEW);
    return true;
}

static bool parse_rates(struct lexer *lexer, void *target, struct error *err)
{
    struct write *write = target;

    if (write->item_count < 2)
        return parse_fail(err, &lexer->last, "AT is for several items");
    return read_parse_rate(lexer, "WCU", &write->rate, err);
}

static const struct grammar_option write_option_table[] = {
    {"AT", NULL, parse_rates},
    {"IF", NULL, parse_if},
    {"ON", NULL, parse_conflict},
    {"RETURN", NULL, parse_return},
    {"WHERE", NULL, parse_where},
    {"WITH", NULL, NULL},
    {.first = NULL},
};

static bool check_options(const struct write *write, const struct token *at, struct error *err)
{
    if (write->verb == WRITE_PUT && write->item_count > 1 && write->condition)
        return parse_fail(err, at, "PUT of several items takes no IF");
    if (write->item_count > 1 && write->returns != RETURN_NOTHING)
        return parse_fail(err, at, "RETURN needs a single item");
    if ((write->verb == WRITE_PUT || write->verb == WRITE_INSERT) && write->where)
        return parse_fail(err, at, "PUT and INSERT take IF, not WHERE");
    if (write->verb == WRITE_INSERT && write->condition)
        return parse_fail(err, at, "INSERT takes no IF: its condition is that the item is absent");
    return true;
}

static bool parse_options(struct lexer *lexer, struct write *write, struct error *err)
{
    struct token at = lexer->token;

    if (!grammar_options(lexer, write_option_table, write, "IF, WHERE, RETURN or another option",
            err))
        return false;
    return check_options(write, &at, err);
}

static struct write *new_write(struct lexer *lexer, struct tree *tree, enum write_verb verb,
    struct error *err)
{
    struct write *write = arena_alloc(lexer->arena, 1, sizeof *write);

    if (!write) {
        grammar_memory(lexer, err);
        return NULL;
    }
    write->verb = verb;
    tree->node = write;
    if (!parse_table_ref(lexer, &write->table, err))
        return NULL;
    if (write->table.index.length > 0) {
        parse_fail(err, &write->table.token, "an index cannot be written; name the table");
        return NULL;
    }
    return write;
}

static bool parse_put(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct write *write = new_write(lexer, tree, WRITE_PUT, err);

    return write && parse_items(lexer, write, err) && parse_options(lexer, write, err);
}

static bool parse_insert(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct write *write = new_write(lexer, tree, WRITE_INSERT, err);

    if (!write)
        return false;
    if (parse_at_sign(lexer, "(")) {
        if (!parse_rows(lexer, write, err))
            return false;
    } else {
        parse_word(lexer, "VALUE");
        if (!parse_items(lexer, write, err))
            return false;
    }
    return parse_options(lexer, write, err);
}

/* A key may stand here; a clause or option cannot begin one. */
static bool parse_optional_key(struct lexer *lexer, struct write *write, struct error *err)
{
    write->has_key = parse_at_literal(lexer) || lexer->token.kind == TOKEN_DQ;
    return !write->has_key || parse_key(lexer, &write->key, err);
}

static bool parse_change(struct lexer *lexer, struct tree *tree, enum write_verb verb,
    struct error *err)
{
    struct write *write = new_write(lexer, tree, verb, err);

    if (!write || !parse_optional_key(lexer, write, err))
        return false;
    write->update = parse_update(lexer, err);
    return write->update && parse_options(lexer, write, err);
}

static bool parse_update_one(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_change(lexer, tree, WRITE_UPDATE, err);
}

static bool parse_upsert(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_change(lexer, tree, WRITE_UPSERT, err);
}

static bool parse_delete(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct write *write = new_write(lexer, tree, WRITE_DELETE, err);

    return write && parse_optional_key(lexer, write, err) && parse_options(lexer, write, err);
}

static enum error_code plan_write(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    plan->detail = write_make_plan(job, tree->node, plan, err);
    return plan->detail ? ERROR_NONE : err->code;
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct write_plan *detail = plan->detail;

    (void)tree;
    return detail->in_batches ? write_batches(job, detail, plan, err)
                              : write_run(job, detail, plan, err);
}

#define EXAMPLES (const char *const[])

const struct statement write_statement_table[] = {
    {
        .name = "DELETE FROM",
        .syntax = "table [key] [WHERE condition] [IF condition] [RETURN OLD]",
        .summary = "Delete one item",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ACTION,
        .example = EXAMPLES{"DELETE FROM orders 'c1', 17 IF st = 'void' RETURN OLD", NULL},
        .parse = parse_delete,
        .plan = plan_write,
        .run = run,
        .stage = stage_write,
    },
    {
        .name = "INSERT INTO",
        .syntax = "table (name, ...) VALUES (value, ...), ... | [VALUE] {item}, ... "
                  "[ON CONFLICT REPLACE|SKIP|FAIL] [RETURN OLD|NEW] [AT rate]",
        .summary = "Write items that must not exist yet",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ACTION,
        .example = EXAMPLES{"INSERT INTO cfg (id, v) VALUES ('b', 1)",
            "INSERT INTO cfg VALUE {'id': 'b', 'v': 1}",
            "INSERT INTO cfg (id, v) VALUES ('a', 1), ('b', 2) ON CONFLICT REPLACE AT 50 WCU",
            NULL},
        .parse = parse_insert,
        .plan = plan_write,
        .run = run,
        .stage = stage_write,
    },
    {
        .name = "PUT",
        .syntax = "table {item}, ... [IF condition] [RETURN OLD|NEW]",
        .summary = "Write whole items, replacing what is there",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ACTION,
        .example = EXAMPLES{"PUT cfg {id: 'a', n: 12345678901234567890, tags: <<'x', 'y'>>, "
                            "blob: b64'AAE=', m: {k: [1, true, null]}}",
            "PUT cfg ddb{\"id\": {\"S\": \"a\"}, \"v\": {\"N\": \"2\"}} IF v = 1 RETURN OLD", NULL},
        .parse = parse_put,
        .plan = plan_write,
        .run = run,
        .stage = stage_write,
    },
    {
        .name = "UPDATE",
        .syntax = "table [key] SET path = value, ... [REMOVE path, ...] [ADD path value] "
                  "[DELETE path set] [WHERE condition] [IF condition] "
                  "[RETURN [UPDATED] OLD|NEW]",
        .summary = "Change attributes of one item that exists",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ACTION,
        .example = EXAMPLES{"UPDATE orders 'c1', 17 SET total = total + 5, st = 'paid' REMOVE err "
                            "ADD tags <<'vip'>>",
            "UPDATE orders SET total = 9 WHERE cust = 'c1' AND ts = 17 AND st = 'new'", NULL},
        .parse = parse_update_one,
        .plan = plan_write,
        .run = run,
        .stage = stage_write,
    },
    {
        .name = "UPSERT",
        .syntax = "table [key] SET path = value, ... [REMOVE ...] [ADD ...] [DELETE ...] "
                  "[IF condition] [RETURN [UPDATED] OLD|NEW]",
        .summary = "Change one item, or make it when it is absent",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE | STATEMENT_ACTION,
        .example =
            EXAMPLES{"UPSERT cfg 'cnt' SET n = if_not_exists(n, 0) + 1 RETURN UPDATED NEW", NULL},
        .parse = parse_upsert,
        .plan = plan_write,
        .run = run,
        .stage = stage_write,
    },
    {.name = NULL},
};
