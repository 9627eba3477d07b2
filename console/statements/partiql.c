#include "base/clock.h"
#include "base/json.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/statement.h"

/* PARTIQL 'statement' [literal, ..]: sent as it stands. What it does is the service's to know. */

enum { REQUEST_LIMIT = 16 << 20 };

struct partiql {
    struct text source;
    struct grammar_list parameters; /* const struct value * */
    bool consistent;
    int64_t limit; /* items examined by each call; 0: not said */
};

static bool parse_partiql(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct partiql *partiql = arena_alloc(lexer->arena, 1, sizeof *partiql);

    if (!partiql)
        return grammar_memory(lexer, err);
    tree->node = partiql;
    if (!parse_string(lexer, "a statement in quotes", &partiql->source, err))
        return false;
    if (parse_at_literal(lexer) || lexer->token.kind == TOKEN_DQ) {
        do {
            const struct value *value = parse_literal(lexer, err);

            if (!value || !grammar_push(lexer, &partiql->parameters, value, err))
                return false;
        } while (parse_sign(lexer, ","));
    }
    while (!parse_at_end(lexer)) {
        struct token at = lexer->token;

        if (parse_word(lexer, "CONSISTENT")) {
            if (partiql->consistent)
                return parse_fail(err, &at, "CONSISTENT is said twice");
            partiql->consistent = true;
        } else if (parse_word(lexer, "LIMIT")) {
            if (partiql->limit > 0)
                return parse_fail(err, &at, "LIMIT is said twice");
            if (!parse_integer(lexer, "LIMIT", 1, 1000000000, &partiql->limit, err))
                return false;
        } else {
            return parse_expected(lexer, "CONSISTENT, LIMIT or the end", err);
        }
    }
    return true;
}

static enum error_code write_request(const struct partiql *partiql, uint64_t limit,
    struct text token, struct buf *out, struct error *err)
{
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "Statement", partiql->source);
    if (partiql->parameters.count > 0) {
        json_name(&writer, "Parameters");
        json_begin_array(&writer);
        for (size_t i = 0; i < partiql->parameters.count; i++)
            value_add_wire(&writer, partiql->parameters.item[i]);
        json_end_array(&writer);
    }
    if (partiql->consistent)
        json_pair_bool(&writer, "ConsistentRead", true);
    if (limit > 0)
        json_pair_integer(&writer, "Limit", (int64_t)limit);
    if (token.length > 0)
        json_pair(&writer, "NextToken", token);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(&writer);
    return buf_check(out, "request", err);
}

/* A read may turn out to be a Scan: nobody but the service knows. */
static bool is_read(const struct partiql *partiql)
{
    struct text text = text_trim(partiql->source);

    return text.length > 6 && text_is_ignoring_case(text_slice(text, 0, 6), "SELECT");
}

static enum error_code plan_partiql(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct partiql *partiql = tree->node;
    struct text request;
    struct buf buf;
    enum error_code code;

    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    buf_init(&buf, REQUEST_LIMIT);
    code = write_request(partiql, (uint64_t)partiql->limit, TEXT(""), &buf, err);
    request = code ? TEXT("") : arena_text(job->arena, buf_view(&buf));
    buf_done(&buf);
    if (code)
        return code;
    plan_add(plan, PLAN_PLAN, "ExecuteStatement%s",
        is_read(partiql) ? "; the server decides Query or Scan" : "");
    plan->risk = RISK_MANY;
    plan->risk_kind = "statement";
    plan->risk_name = "partiql";
    plan->question = "Run a PartiQL statement?";
    plan_add(plan, PLAN_RISK, "what it changes is not known beforehand");
    plan_add_call(plan, &service_dynamodb, "ExecuteStatement", "1 or more", NULL, request);
    return request.data ? ERROR_NONE : arena_failed(job->arena, err);
}

/* Of the whole statement. */
struct tally {
    uint64_t rows, pages, capacity_milli;
};

static enum error_code print_page(struct job *job, const struct json *answer, struct arena *arena,
    struct tally *tally, struct error *err)
{
    const struct json *items = json_member(answer, "Items");
    struct rows_status status = {.state = ROWS_LOADING};
    enum error_code code = ERROR_NONE;

    for (const struct json *one = items ? items->first : NULL; one && !code; one = one->next) {
        const struct value *item = value_from_wire_item(one, arena, err);

        code = item ? job->sink->row(job->sink, item, err) : err->code;
        tally->rows++;
    }
    tally->pages++;
    tally->capacity_milli += reply_units_milli(answer);
    status.count = tally->rows;
    status.pages = tally->pages;
    return code ? code : job->sink->page(job->sink, &status, err);
}

static enum error_code run_pages(struct job *job, const struct partiql *partiql, struct plan *plan,
    struct tally *tally, struct error *err)
{
    struct call_context context = job_context(job);
    struct arena *arena = arena_new(256 << 20, err);
    enum error_code code = arena ? ERROR_NONE : err->code;
    struct text token = TEXT("");
    struct buf request, next;

    context.not_idempotent = true;
    buf_init(&request, REQUEST_LIMIT);
    buf_init(&next, 64 * 1024);
    do {
        const struct json *answer;
        struct reply reply;

        if (!code)
            code = write_request(partiql, (uint64_t)partiql->limit, token, &request, err);
        if (code)
            break;
        reply_init(&reply);
        arena_reset(arena);
        answer = connection_call_json(plan->link->connection, &service_dynamodb, "ExecuteStatement",
            buf_view(&request), &context, &reply, arena, err);
        code = answer ? print_page(job, answer, arena, tally, err) : err->code;
        buf_clear(&next);
        buf_add_text(&next, json_string_member(answer, "NextToken"));
        token = buf_view(&next);
        reply_done(&reply);
        if (!code)
            code = job_check(job, err);
    } while (!code && token.length > 0);
    buf_done(&request);
    buf_done(&next);
    arena_free(arena);
    return code;
}

static enum error_code run_partiql(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct partiql *partiql = tree->node;
    struct sink_shape shape = {.is_items = true, .title = "partiql"};
    struct rows_status status = {.state = ROWS_COMPLETE};
    uint64_t started = clock_monotonic();
    struct tally tally = {0};
    enum error_code code = job->sink->begin(job->sink, &shape, err);

    if (!code)
        code = run_pages(job, partiql, plan, &tally, err);
    status.count = tally.rows;
    status.pages = tally.pages;
    if (!code)
        code = job->sink->end(job->sink, &status, err);
    job_note(job, REPORT_FOOTER, "%llu row%s  %llu page%s  %.1f units  %llu ms%s",
        (unsigned long long)tally.rows, tally.rows == 1 ? "" : "s", (unsigned long long)tally.pages,
        tally.pages == 1 ? "" : "s", (double)tally.capacity_milli / 1000,
        (unsigned long long)((clock_monotonic() - started) / CLOCK_MS),
        is_read(partiql) ? "  the server decides Query or Scan" : "");
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement partiql_statement_table[] = {
    {
        .name = "PARTIQL",
        .syntax = "'statement' [value, ...] [CONSISTENT] [LIMIT n]",
        .summary = "Run a PartiQL statement as it stands",
        .family = "Writing tables",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"PARTIQL 'SELECT * FROM orders WHERE cust = ?' 'c1'", NULL},
        .parse = parse_partiql,
        .plan = plan_partiql,
        .run = run_partiql,
    },
    {.name = NULL},
};
