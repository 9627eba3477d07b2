#include "console/statements/read.h"

#include <string.h>

#include "base/decimal.h"
#include "console/language/grammar.h"
#include "console/statement.h"

/* GET, SELECT, QUERY, SCAN, COUNT, NEXT */

enum { SEGMENT_LIMIT = 1000000 };

struct next {
    int64_t pages;
};

struct get {
    struct read read;
    struct key_literal key;
};

bool read_parse_projection(struct lexer *lexer, struct read *read, bool number, struct error *err)
{
    if (parse_sign(lexer, "*")) {
        read->what = READ_ALL;
        return true;
    }
    if (parse_word(lexer, "KEYS")) {
        read->what = READ_KEYS;
        return true;
    }
    if (number && parse_at_word(lexer, "COUNT") && lexer->after.kind == TOKEN_PUNCTUATION &&
        text_is(lexer->after.text, "(")) {
        lexer_take(lexer);
        lexer_take(lexer);
        read->what = READ_NUMBER;
        return parse_need_sign(lexer, "*", err) && parse_need_sign(lexer, ")", err);
    }
    read->what = READ_PATHS;
    read->projection = parse_paths(lexer, err);
    return read->projection != NULL;
}

static bool parse_index(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    if (read->index.length > 0)
        return parse_fail(err, &lexer->token, "the index is named twice");
    read->index_token = lexer->token;
    return parse_name(lexer, "an index", &read->index, err);
}

static bool parse_key_item(struct lexer *lexer, struct key_literal *out, struct error *err)
{
    const struct value *first;

    *out = (struct key_literal){.token = lexer->token};
    if (parse_sign(lexer, "(")) {
        out->partition = parse_literal(lexer, err);
        if (!out->partition || !parse_need_sign(lexer, ",", err))
            return false;
        out->sort = parse_literal(lexer, err);
        return out->sort && parse_need_sign(lexer, ")", err);
    }
    first = parse_literal(lexer, err);
    if (!first)
        return false;
    if (first->type == VALUE_M)
        out->map = first;
    else
        out->partition = first;
    return true;
}

bool read_parse_keys_in(struct lexer *lexer, struct read *read, struct error *err)
{
    struct grammar_list list = {0};
    struct key_literal *all;

    if (!parse_need_sign(lexer, "(", err))
        return false;
    do {
        struct key_literal *key = arena_alloc(lexer->arena, 1, sizeof *key);

        if (!key)
            return grammar_memory(lexer, err);
        if (!parse_key_item(lexer, key, err) || !grammar_push(lexer, &list, key, err))
            return false;
    } while (parse_sign(lexer, ","));
    all = arena_alloc(lexer->arena, list.count, sizeof *all);
    if (!all)
        return grammar_memory(lexer, err);
    for (size_t i = 0; i < list.count; i++)
        all[i] = *(const struct key_literal *)list.item[i];
    read->key_in = all;
    read->key_in_count = list.count;
    return parse_need_sign(lexer, ")", err);
}

static bool parse_keys_in(struct lexer *lexer, void *target, struct error *err)
{
    return read_parse_keys_in(lexer, target, err);
}

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    read->where = parse_sent_condition(lexer, err);
    return read->where != NULL;
}

static bool parse_filter(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    if (!parse_need_word(lexer, "LOCAL", err))
        return false;
    read->filter_local = parse_condition(lexer, err);
    return read->filter_local != NULL;
}

static bool parse_order(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    read->order_local = parse_word(lexer, "LOCAL");
    if (!parse_need_word(lexer, "BY", err))
        return false;
    read->order = parse_path(lexer, err);
    if (!read->order)
        return false;
    read->descending = parse_word(lexer, "DESC");
    if (!read->descending)
        parse_word(lexer, "ASC");
    return true;
}

static bool parse_limit(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    if (parse_word(lexer, "ALL")) {
        read->limit = READ_LIMIT_ALL;
        return true;
    }
    return parse_integer(lexer, "LIMIT", 1, INT64_MAX, &read->limit, err);
}

static bool parse_examine(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    return parse_integer(lexer, "EXAMINE", 1, INT64_MAX, &read->examine, err);
}

static bool parse_start(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    read->start_token = lexer->last;
    if (lexer->token.kind == TOKEN_SQ || lexer->token.kind == TOKEN_DQ) {
        read->start = parse_literal(lexer, err);
        return read->start != NULL;
    }
    if (lexer->token.kind == TOKEN_PARAM)
        read->start = grammar_param(lexer, err);
    else
        read->start = parse_item(lexer, err);
    return read->start != NULL;
}

static bool parse_consistent(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    (void)err;
    if (read->consistent)
        return parse_fail(err, &lexer->last, "CONSISTENT is said twice");
    return read->consistent = true;
}

static bool parse_fetch(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    (void)lexer, (void)err;
    return read->fetch = true;
}

static bool parse_allow(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    return read->allow_scan = parse_need_word(lexer, "SCAN", err);
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    return parse_integer(lexer, "SEGMENTS", 1, SEGMENT_LIMIT, &read->segments, err);
}

/* A number with a fraction as thousandths, rounded to nearest; false when out of range. */
static bool to_milli(struct text text, uint64_t *out)
{
    uint64_t whole = 0, part = 0, unit = 100;
    size_t at = 0;

    for (; at < text.length && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
        if (whole > 1000000000)
            return false;
        whole = whole * 10 + (uint64_t)(text.data[at] - '0');
    }
    if (at < text.length && text.data[at] == '.') {
        for (at++; at < text.length && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
            part += unit * (uint64_t)(text.data[at] - '0');
            unit /= 10;
        }
    }
    *out = whole * 1000 + part;
    return at == text.length && *out > 0;
}

bool read_parse_rate(struct lexer *lexer, const char *kind, struct rate_said *out,
    struct error *err)
{
    struct token token = lexer->token;

    if (token.kind == TOKEN_PERCENT) {
        if (!to_milli(token.text, &out->percent_milli))
            return parse_fail(err, &token, "the rate is out of range");
        lexer_take(lexer);
        return true;
    }
    if (token.kind != TOKEN_NUMBER)
        return parse_expected(lexer, "a rate such as 200 RCU or 50%", err);
    if (!to_milli(token.text, &out->milli))
        return parse_fail(err, &token, "the rate is out of range");
    lexer_take(lexer);
    return parse_need_word(lexer, kind, err);
}

bool read_parse_rates(struct lexer *lexer, struct rate_said *reads, struct rate_said *writes,
    struct error *err)
{
    struct token first = lexer->token;

    if (first.kind == TOKEN_PERCENT) {
        if (!read_parse_rate(lexer, "RCU", reads, err))
            return false;
        *writes = *reads;
        return !parse_at_sign(lexer, ",") ||
               parse_fail(err, &first, "a rate in %% is for reads and writes alike");
    }
    do {
        struct lexer ahead = *lexer;
        bool is_read;

        if (lexer->token.kind == TOKEN_PERCENT)
            return parse_fail(err, &lexer->token, "a rate in %% is for reads and writes alike");
        lexer_take(&ahead);
        is_read = parse_at_word(&ahead, "RCU");
        if (!read_parse_rate(lexer, is_read ? "RCU" : "WCU", is_read ? reads : writes, err))
            return false;
    } while (parse_sign(lexer, ","));
    return true;
}

bool read_parse_sample(struct lexer *lexer, uint64_t *part_milli, struct error *err)
{
    struct token at = lexer->token;
    uint64_t percent_milli;

    if (at.kind != TOKEN_PERCENT)
        return parse_expected(lexer, "a part such as 5%", err);
    if (!to_milli(at.text, &percent_milli) || percent_milli / 100 < 1 ||
        percent_milli / 100 > PLANNER_SAMPLE_SEGMENTS)
        return parse_fail(err, &at, "a sample is between 0.1%% and 100%%");
    lexer_take(lexer);
    *part_milli = percent_milli / 100;
    if (*part_milli == PLANNER_SAMPLE_SEGMENTS)
        *part_milli = 0;
    return true;
}

static bool parse_rate(struct lexer *lexer, void *target, struct error *err)
{
    struct read *read = target;

    return read_parse_rate(lexer, "RCU", &read->rate, err);
}

static const struct grammar_option read_option_table[] = {
    {"ALLOW", NULL, parse_allow},
    {"AT", NULL, parse_rate},
    {"CONSISTENT", NULL, parse_consistent},
    {"EXAMINE", NULL, parse_examine},
    {"FETCH", NULL, parse_fetch},
    {"FILTER", NULL, parse_filter},
    {"KEYS", "IN", parse_keys_in},
    {"LIMIT", NULL, parse_limit},
    {"ORDER", NULL, parse_order},
    {"SEGMENTS", NULL, parse_segments},
    {"START", NULL, parse_start},
    {"USING", "INDEX", parse_index},
    {"WHERE", NULL, parse_where},
    {"WITH", NULL, NULL},
    {.first = NULL},
};

bool read_parse_options(struct lexer *lexer, struct read *read, struct error *err)
{

    if (!grammar_options(lexer, read_option_table, read, "WHERE, ORDER BY, LIMIT or another option",
            err))
        return false;
    if (read->key_in_count > 0 && read->index.length > 0)
        return parse_fail(err, &read->table.token, "KEYS IN reads the table, not an index");
    return true;
}

static struct read *new_read(struct lexer *lexer, struct tree *tree, enum read_verb verb,
    struct error *err)
{
    struct read *read = arena_alloc(lexer->arena, 1, sizeof *read);

    if (!read) {
        grammar_memory(lexer, err);
        return NULL;
    }
    read->verb = verb;
    read->limit = READ_LIMIT_NOT_SAID;
    tree->node = read;
    return read;
}

static bool parse_table(struct lexer *lexer, struct read *read, struct error *err)
{
    if (!parse_table_ref(lexer, &read->table, err))
        return false;
    read->index = read->table.index;
    read->index_token = read->table.token;
    return true;
}

static bool parse_select(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct read *read = new_read(lexer, tree, READ_SELECT, err);

    if (!read)
        return false;
    read->consistent =
        parse_at_word(lexer, "CONSISTENT") &&
        !(lexer->after.kind == TOKEN_PUNCTUATION && !text_is(lexer->after.text, "*"));
    if (read->consistent)
        lexer_take(lexer);
    if (!read_parse_projection(lexer, read, true, err))
        return false;
    if (!parse_word(lexer, "FROM"))
        return parse_expected(lexer,
            read->what == READ_PATHS ? "FROM or ',' after a column" : "FROM", err);
    return parse_table(lexer, read, err) && read_parse_options(lexer, read, err);
}

static bool parse_only(struct lexer *lexer, struct read *read, struct error *err)
{
    return !parse_word(lexer, "ONLY") || read_parse_projection(lexer, read, false, err);
}

static bool parse_native(struct lexer *lexer, struct tree *tree, enum read_verb verb,
    struct error *err)
{
    struct read *read = new_read(lexer, tree, verb, err);

    return read && parse_table(lexer, read, err) && parse_only(lexer, read, err) &&
           read_parse_options(lexer, read, err);
}

static bool parse_query(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_native(lexer, tree, READ_QUERY, err);
}

static bool parse_scan(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_native(lexer, tree, READ_SCAN, err);
}

static bool parse_count(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct read *read = new_read(lexer, tree, READ_COUNT, err);

    if (!read)
        return false;
    read->what = READ_NUMBER;
    return parse_table(lexer, read, err) && read_parse_options(lexer, read, err);
}

static bool parse_get(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct get *get = arena_alloc(lexer->arena, 1, sizeof *get);

    if (!get)
        return grammar_memory(lexer, err);
    tree->node = get;
    if (!parse_table_ref(lexer, &get->read.table, err))
        return false;
    if (get->read.table.index.length > 0)
        return parse_fail(err, &get->read.table.token, "GET reads a table; an index takes QUERY");
    if (!parse_key(lexer, &get->key, err) || !parse_only(lexer, &get->read, err))
        return false;
    while (!parse_at_end(lexer) && !parse_at_sign(lexer, ")")) {
        if (parse_word(lexer, "CONSISTENT")) {
            if (!parse_consistent(lexer, &get->read, err))
                return false;
        } else if (!parse_at_word(lexer, "WITH")) {
            return parse_expected(lexer, "ONLY or CONSISTENT", err);
        } else if (!parse_with(lexer, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_next(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct next *next = arena_alloc(lexer->arena, 1, sizeof *next);

    if (!next)
        return grammar_memory(lexer, err);
    tree->node = next;
    next->pages = 1;
    return parse_at_end(lexer) ||
           parse_integer(lexer, "a number of pages", 1, 1000000, &next->pages, err);
}

static enum error_code plan_with(struct job *job, const struct read *read, struct plan *plan,
    struct error *err)
{
    struct read_plan *detail = planner_read(job, read, plan, err);

    if (!detail)
        return err->code;
    plan->detail = detail;
    detail->is_listed = read->what != READ_NUMBER;
    if (detail->described_before)
        plan->stale_table = detail->table->name;
    return ERROR_NONE;
}

static enum error_code plan_read(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return plan_with(job, tree->node, plan, err);
}

static enum error_code plan_get(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct get *get = tree->node;
    struct read_plan *detail = planner_get(job, &get->read, &get->key, plan, err);

    if (!detail)
        return err->code;
    plan->detail = detail;
    if (detail->described_before)
        plan->stale_table = detail->table->name;
    return ERROR_NONE;
}

static enum error_code plan_next(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct next *next = tree->node;
    struct text source = resume_statement(job, next->pages, job->arena, err);
    struct language_context context = {0};
    const struct tree *again;
    struct lexer lexer;
    struct read *read;
    bool empty;

    if (!source.data)
        return err->code;
    lexer_init(&lexer, source, job->arena);
    lexer.context = &context;
    again = statement_parse(&lexer, tree->input_name, &empty, err);
    if (!again)
        return err->code;
    /* NEXT n reads n pages unless the statement says how much a page is. */
    read = again->node;
    if (read->limit <= 0 && read->examine == 0)
        read->pages = next->pages;
    return plan_with(job, read, plan, err);
}

static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    return read_run(job, plan->detail, plan, err);
}

#define EXAMPLES (const char *const[])

#define PAGES "[LIMIT n|ALL] [EXAMINE n] [START key|'token'] "
#define RUNS "[SEGMENTS n] [AT rate] "
#define NATIVE "[WITH [NAMES {map}] [VALUES {map}]]"

const struct statement read_statement_table[] = {
    {
        .name = "COUNT",
        .syntax = "table[.index] [WHERE condition] [FILTER LOCAL condition] [KEYS IN (key, ...)] "
                  "[USING INDEX name] [ALLOW SCAN] [CONSISTENT] [LIMIT n] [EXAMINE n] " RUNS NATIVE,
        .summary = "Count items, reading only their number",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"COUNT orders WHERE cust = 'c1'", "COUNT orders SEGMENTS 16", NULL},
        .parse = parse_count,
        .plan = plan_read,
        .run = run,
    },
    {
        .name = "GET",
        .syntax = "table partition-key [, sort-key] | {key} [ONLY path, ...] [CONSISTENT] " NATIVE,
        .summary = "Read one item by its key",
        .family = "Reading tables",
        .flags = STATEMENT_READ | STATEMENT_ACTION,
        .example = EXAMPLES{"GET orders 'c1', 17",
            "GET orders {cust: 'c1', ts: 17} ONLY total, addr.zip CONSISTENT", NULL},
        .parse = parse_get,
        .plan = plan_get,
        .run = run,
    },
    {
        .name = "NEXT",
        .syntax = "[pages]",
        .summary = "Read on where the last read stopped",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"NEXT 2", NULL},
        .parse = parse_next,
        .plan = plan_next,
        .run = run,
    },
    {
        .name = "QUERY",
        .syntax = "table[.index] [ONLY path, ...] WHERE condition [FILTER LOCAL condition] "
                  "[ORDER [LOCAL] BY path [ASC|DESC]] " PAGES "[USING INDEX name] [FETCH] "
                  "[CONSISTENT] " NATIVE,
        .summary = "Read the items of one partition key by Query",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"QUERY orders WHERE cust = 'c1' EXAMINE 50",
            "QUERY orders WHERE cust = 'c1' ORDER BY ts DESC LIMIT 20", NULL},
        .parse = parse_query,
        .plan = plan_read,
        .run = run,
    },
    {
        .name = "SCAN",
        .syntax = "table[.index] [ONLY path, ...] [WHERE condition] [FILTER LOCAL condition] "
                  "[ORDER LOCAL BY path [ASC|DESC]] " PAGES "[USING INDEX name] [FETCH] "
                  "[CONSISTENT] " RUNS NATIVE,
        .summary = "Read a whole table or index by Scan",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SCAN orders WHERE total > 100 LIMIT 20", "SCAN cfg", NULL},
        .parse = parse_scan,
        .plan = plan_read,
        .run = run,
    },
    {
        .name = "SELECT",
        .syntax = "[CONSISTENT] * | KEYS | COUNT(*) | path, ... FROM table[.index] "
                  "[WHERE condition] [FILTER LOCAL condition] [KEYS IN (key, ...)] "
                  "[ORDER [LOCAL] BY path [ASC|DESC]] " PAGES "[USING INDEX name] [FETCH] "
                  "[CONSISTENT] [ALLOW SCAN] " RUNS NATIVE,
        .summary = "Read items; the planner picks GetItem, BatchGetItem, Query or Scan",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"SELECT * FROM orders WHERE cust = 'c1' AND ts >= 10 AND ts < 20",
            "SELECT ts, total FROM orders WHERE cust = 'c1' AND total > 5 ORDER BY ts DESC LIMIT 3",
            "SELECT * FROM orders KEYS IN (('c1', 1), ('c2', 9))", NULL},
        .parse = parse_select,
        .plan = plan_read,
        .run = run,
    },
    {.name = NULL},
};
