#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/item_diff.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/safety.h"
#include "console/statements/rate.h"
#include "console/statements/stage.h"
#include "console/statements/write.h"
#include "console/undo.h"

enum { REQUEST_LIMIT = 16 << 20, TEXT_LIMIT = 1 << 20 };

/* One call and its answer. */
struct exchange {
    struct reply reply;
    const struct json *answer;
    const struct value *old; /* what a failed condition met, or NULL */
};

void write_report(struct job *job, const char *what, uint64_t items, uint64_t capacity_milli,
    uint64_t started)
{
    uint64_t tenths = (capacity_milli + 50) / 100;
    struct buf text;

    buf_init(&text, 256);
    planner_add_thousands(&text, items);
    buf_add_format(&text, " item%s %s", items == 1 ? "" : "s", what);
    if (capacity_milli > 0) {
        buf_add_string(&text, "  ");
        planner_add_thousands(&text, tenths / 10);
        if (tenths % 10)
            buf_add_format(&text, ".%llu", (unsigned long long)(tenths % 10));
        buf_add_string(&text, " WCU");
    }
    buf_add_string(&text, "  ");
    planner_add_thousands(&text, (clock_monotonic() - started) / CLOCK_MS);
    buf_add_string(&text, " ms");
    job_note(job, REPORT_FOOTER, "%s", buf_string(&text));
    buf_done(&text);
}

/* The item in a ConditionalCheckFailedException (ReturnValuesOnConditionCheckFailure). */
static void read_old(struct job *job, struct exchange *exchange)
{
    struct error why;
    struct text body = arena_text(job->arena, buf_view(&exchange->reply.body));
    const struct json *json = body.data ? json_parse(body, job->arena, &why) : NULL;
    const struct json *item = json_member(json, "Item");

    if (item)
        exchange->old = value_from_wire_item(item, job->arena, &why);
}

static enum error_code call(struct job *job, const struct write_plan *plan, size_t item,
    const struct expression *condition, struct exchange *exchange, struct error *err)
{
    struct call_context context = job_context(job);
    struct buf request;
    enum error_code code;

    context.not_idempotent = plan->not_idempotent;
    reply_init(&exchange->reply);
    exchange->answer = NULL;
    exchange->old = NULL;
    buf_init(&request, REQUEST_LIMIT);
    code = write_request(plan, item, condition, job->arena, &request, err);
    if (!code) {
        exchange->answer = connection_call_json(plan->link->connection, &service_dynamodb,
            plan->operation, buf_view(&request), &context, &exchange->reply, job->arena, err);
        code = exchange->answer ? ERROR_NONE : err->code;
    }
    if (code == ERROR_CONDITION)
        read_old(job, exchange);
    buf_done(&request);
    return code;
}

static bool add_now(struct buf *out, const struct expression *part, const struct value *old)
{
    const struct value *value;

    if (part->count == 0 || part->operand[0]->kind != EXPRESSION_PATH)
        return false;
    value = path_lookup(part->operand[0]->path, old);
    buf_add_string(out, out->length > 0 ? ", " : "");
    path_add(out, part->operand[0]->path);
    buf_add_string(out, " is ");
    if (value)
        value_add_literal(out, value);
    else
        buf_add_string(out, "missing");
    buf_add_string(out, " now");
    return true;
}

void write_add_reasons(struct arena *arena, const struct expression *condition,
    const struct value *old, struct buf *out)
{
    bool joined = condition && condition->kind == EXPRESSION_AND;

    for (size_t i = 0; condition && i < (joined ? condition->count : 1); i++) {
        const struct expression *part = joined ? condition->operand[i] : condition;

        if (!expression_holds(part, old, arena))
            add_now(out, part, old);
    }
}

static void explain_condition(struct job *job, const struct write_plan *plan,
    const struct exchange *exchange, struct error *err)
{
    struct buf reason;

    buf_init(&reason, TEXT_LIMIT);
    if (plan->own && plan->own->kind == EXPRESSION_NOT_EXISTS)
        buf_add_string(&reason, "exists already");
    else if (!exchange->old)
        buf_add_string(&reason, "no such item");
    else
        write_add_reasons(job->arena, plan->condition, exchange->old, &reason);
    if (exchange->reply.request_id.length > 0)
        buf_add_format(&reason, "%srequest id %.*s", reason.length > 0 ? "; " : "",
            (int)exchange->reply.request_id.length, exchange->reply.request_id.data);
    error_hint(err, "%s", buf_string(&reason));
    buf_done(&reason);
}

/* Puts the item behind the operation: "UpdateItem orders {..}: Code: message". */
static void name_item(const struct write_plan *plan, const struct value *key, struct error *err)
{
    size_t head = strlen(plan->operation);
    struct error whole = *err;
    struct buf text;

    if (!key)
        return;
    buf_init(&text, TEXT_LIMIT);
    value_add_literal(&text, key);
    if (strncmp(err->text, plan->operation, head) == 0 && err->text[head] == ':')
        memmove(whole.text, err->text + head + 2, strlen(err->text + head + 2) + 1);
    error_set(err, whole.code, "%s %s %s: %s", plan->operation, plan->table->name,
        text.failure ? "" : buf_string(&text), whole.text);
    if (whole.hint[0])
        error_hint(err, "%s", whole.hint);
    buf_done(&text);
}

static void add_difference(struct job *job, struct buf *out, const struct value *old,
    const struct value *new)
{
    struct error ignored;
    const struct item_diff *diff = item_diff_changes(job->arena, old, new, &ignored);

    for (size_t i = 0; diff && i < diff->count; i++) {
        buf_add_string(out, "  ");
        item_change_add_text(out, &diff->change[i]);
        buf_add_char(out, '\n');
    }
}

static enum error_code replace(struct job *job, const struct write_plan *plan, struct plan *whole,
    struct exchange *exchange, struct error *err)
{
    const struct value *old = exchange->old;
    struct expression *condition = item_diff_unchanged(job->arena, old, 0);
    struct buf lines;
    enum error_code code;
    char *question = arena_format(job->arena, "Replace the item of table %s?", plan->table->name);

    if (!condition || !question)
        return arena_failed(job->arena, err);
    buf_init(&lines, TEXT_LIMIT);
    add_difference(job, &lines, old, plan->write->item[0]);
    code = safety_ask(job, whole, RISK_MANY, question, buf_string(&lines), "table",
        plan->table->name, err);
    buf_done(&lines);
    if (code)
        return code;
    reply_done(&exchange->reply);
    return call(job, plan, 0, condition, exchange, err);
}

/* An endpoint that does not say what the condition met is asked for it. */
static enum error_code ask_to_replace(struct job *job, const struct write_plan *plan,
    struct plan *whole, struct exchange *exchange, struct error *err)
{
    struct error first = *err;
    enum error_code code = ERROR_NONE;

    if (!exchange->old)
        code = stage_read_item(job, plan->link, plan->table, plan->key, &exchange->old, err);
    if (!code && !exchange->old) { /* gone again meanwhile */
        *err = first;
        return err->code;
    }
    return code ? code : replace(job, plan, whole, exchange, err);
}

static enum error_code print_row(struct job *job, const struct write_plan *plan,
    const struct value *item, struct error *err)
{
    struct text *key = arena_alloc(job->arena, plan->table->key_count, sizeof *key);
    struct sink_shape shape = {.key = key, .key_count = plan->table->key_count, .is_items = true};
    struct rows_status status = {.state = ROWS_COMPLETE, .count = item != NULL};
    enum error_code code;

    if (!key)
        return arena_failed(job->arena, err);
    for (size_t i = 0; i < plan->table->key_count; i++)
        key[i] = text_of(plan->table->key[i].name);
    shape.title = plan->table->name;
    code = job->sink->begin(job->sink, &shape, err);
    if (!code && item)
        code = job->sink->row(job->sink, item, err);
    if (!code)
        code = job->sink->end(job->sink, &status, err);
    return code;
}

static enum error_code print_returned(struct job *job, const struct write_plan *plan,
    const struct exchange *exchange, struct error *err)
{
    const struct json *attributes = json_member(exchange->answer, "Attributes");
    const struct value *item = NULL;

    if (plan->write->returns == RETURN_NOTHING)
        return ERROR_NONE;
    if (plan->write->returns == RETURN_NEW && !plan->write->update) {
        item = plan->write->item[0];
    } else if (attributes) {
        item = value_from_wire_item(attributes, job->arena, err);
        if (!item)
            return err->code;
    }
    return print_row(job, plan, item, err);
}

void write_keep_old(struct job *job, const struct write_plan *plan, const struct value *key,
    const struct value *item, const struct json *answer, struct arena *arena)
{
    const struct write *write = plan->write;
    struct undo_write one = {.call = plan->operation,
        .table = plan->table->name,
        .key = key,
        .old = json_member(answer, "Attributes"),
        .item = item,
        .update = write->update};

    if (write_returns_old(write))
        undo_add(job, plan->link, &one, arena);
}

static const char *done_word(const struct write_plan *plan)
{
    return plan->write->verb == WRITE_DELETE ? "deleted" : "written";
}

static enum error_code finish(struct job *job, const struct write_plan *plan, struct plan *whole,
    const struct exchange *exchange, uint64_t started, struct error *err)
{
    const struct value *item = plan->write->item_count > 0 ? plan->write->item[0] : NULL;
    bool found = plan->write->verb != WRITE_DELETE || !plan->wants_old ||
                 json_member(exchange->answer, "Attributes") != NULL;
    enum error_code code;

    whole->stale_table = NULL;
    write_keep_old(job, plan, plan->key, item, exchange->answer, job->arena);
    code = print_returned(job, plan, exchange, err);
    write_report(job, done_word(plan), found, reply_units_milli(exchange->answer), started);
    if (!code && !found && job->settings.fail_empty)
        code = error_set(err, ERROR_MISSING, "no such item");
    return code;
}

static void note_conflicts(struct job *job, uint64_t conflicts, size_t count)
{
    job_note(job, REPORT_NOTE, "%llu of %zu exist already", (unsigned long long)conflicts, count);
}

static enum error_code skip_one(struct job *job, struct plan *whole, struct exchange *exchange,
    uint64_t started)
{
    whole->stale_table = NULL;
    write_report(job, "written", 0, 0, started);
    note_conflicts(job, 1, 1);
    reply_done(&exchange->reply);
    return ERROR_NONE;
}

static enum error_code write_one(struct job *job, const struct write_plan *plan, struct plan *whole,
    struct error *err)
{
    struct exchange exchange;
    uint64_t started = clock_monotonic();
    enum error_code code = call(job, plan, 0, NULL, &exchange, err);
    bool inserts = plan->own && plan->own->kind == EXPRESSION_NOT_EXISTS;
    bool skips = inserts && plan->write->conflict == CONFLICT_SKIP;

    /* A repeated call meets the item that its own first try wrote. */
    if (code == ERROR_CONDITION && inserts && exchange.old && exchange.reply.retries > 0 &&
        value_equal(exchange.old, plan->write->item[0]))
        code = ERROR_NONE;
    else if (code == ERROR_CONDITION && skips)
        return skip_one(job, whole, &exchange, started);
    else if (code == ERROR_CONDITION && plan->asks_first)
        code = ask_to_replace(job, plan, whole, &exchange, err);
    if (code == ERROR_CONDITION)
        explain_condition(job, plan, &exchange, err);
    if (code == ERROR_CONDITION || code == ERROR_NETWORK)
        name_item(plan, plan->key, err);
    if (!code)
        code = finish(job, plan, whole, &exchange, started, err);
    reply_done(&exchange.reply);
    return code;
}

struct tally {
    uint64_t written, conflicts, capacity_milli;
};

static enum error_code insert_one(struct job *job, const struct write_plan *plan, size_t item,
    struct tally *tally, struct error *err)
{
    struct exchange exchange;
    enum error_code code = call(job, plan, item, NULL, &exchange, err);

    if (code == ERROR_CONDITION) {
        tally->conflicts++;
        if (plan->write->conflict != CONFLICT_SKIP) {
            struct error why;
            const struct value *key =
                write_item_key(job->arena, plan->table, plan->write->item[item], &why);
            struct buf text;

            buf_init(&text, TEXT_LIMIT);
            if (key)
                value_add_literal(&text, key);
            job_note(job, REPORT_NOTE, "%s exists already", buf_string(&text));
            buf_done(&text);
        }
        code = ERROR_NONE;
    } else if (!code) {
        struct error why;
        const struct value *written = plan->write->item[item];
        const struct value *key = write_item_key(job->arena, plan->table, written, &why);

        if (key)
            write_keep_old(job, plan, key, written, exchange.answer, job->arena);
        tally->written++;
        tally->capacity_milli += reply_units_milli(exchange.answer);
    }
    reply_done(&exchange.reply);
    return code;
}

static enum error_code insert_all(struct job *job, const struct write_plan *plan,
    struct plan *whole, struct error *err)
{
    struct tally tally = {0};
    struct rate rate;
    uint64_t started = clock_monotonic();
    enum error_code code = ERROR_NONE;
    size_t count = plan->write->item_count;

    rate_init(&rate, JOB_WRITES, plan->rate_milli);
    for (size_t i = 0; !code && i < count; i++) {
        uint64_t before = tally.capacity_milli;

        code = rate_wait(&rate, job, err);
        if (!code)
            code = insert_one(job, plan, i, &tally, err);
        rate_book(&rate, tally.capacity_milli - before);
        if (!code)
            whole->stale_table = NULL;
    }
    rate_done(&rate);
    write_report(job, "written", tally.written, tally.capacity_milli, started);
    if (tally.conflicts > 0 && plan->write->conflict == CONFLICT_SKIP)
        note_conflicts(job, tally.conflicts, count);
    else if (!code && tally.conflicts > 0)
        code = error_set(err, tally.written > 0 ? ERROR_PARTIAL : ERROR_CONDITION,
            "%llu of %zu items exist already", (unsigned long long)tally.conflicts, count);
    return code;
}

enum error_code write_run(struct job *job, struct write_plan *plan, struct plan *whole,
    struct error *err)
{
    return plan->write->item_count > 1 ? insert_all(job, plan, whole, err)
                                       : write_one(job, plan, whole, err);
}
