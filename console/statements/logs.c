#include "base/clock.h"
#include "base/map.h"
#include "console/gateway_call.h"
#include "console/gateway_catalog.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/plan.h"
#include "console/statement.h"

#include <string.h>

/* SHOW LOGS and TAIL LOGS: the access log of a stage (language.md 3.4, 3.8). */

enum { SEEN_LIMIT = 20000, PAGE_LIMIT = 10000 };

struct logs_node {
    struct api_ref scope;
    struct expression *where;
    uint64_t since; /* ns before now */
    uint64_t from;  /* wall, when SINCE was a time */
    uint64_t until; /* wall; 0: now, or for ever */
    int64_t limit;
    bool tail;
};

struct logs_plan {
    char *group;
    const char *pattern; /* quoted filterPattern, or NULL */
    uint64_t pause;      /* between two reads of a tail */
    bool is_own_group;   /* of the embedded endpoint: absent until a request came */
};

static bool parse_since(struct lexer *lexer, struct logs_node *node, struct error *err)
{
    struct token at = lexer->token;
    struct text time;

    if (at.kind == TOKEN_DURATION)
        return parse_duration(lexer, "a duration", &node->since, err);
    if (!parse_string(lexer, "a duration or a time", &time, err))
        return false;
    return clock_parse_iso(time, &node->from) ||
           parse_fail(err, &at, "'%.*s' is not a time: 2026-11-21T11:40Z", (int)time.length,
               time.data);
}

static bool parse_until(struct lexer *lexer, struct logs_node *node, struct error *err)
{
    struct token at = lexer->token;
    struct text time;

    return parse_string(lexer, "a time", &time, err) &&
           (clock_parse_iso(time, &node->until) ||
               parse_fail(err, &at, "'%.*s' is not a time: 2026-11-21T11:40Z", (int)time.length,
                   time.data));
}

static bool parse_logs(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct logs_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    bool good = true;

    if (!node) {
        arena_failed(lexer->arena, err);
        return false;
    }
    tree->node = node;
    if (!parse_scope(lexer, &node->scope, err))
        return false;
    while (good && !parse_at_end(lexer)) {
        if (parse_word(lexer, "ACCESS"))
            continue;
        if (parse_word(lexer, "SINCE"))
            good = parse_since(lexer, node, err);
        else if (parse_word(lexer, "UNTIL"))
            good = parse_until(lexer, node, err);
        else if (parse_word(lexer, "WHERE")) {
            node->where = parse_condition(lexer, err);
            good = node->where != NULL;
        } else if (parse_word(lexer, "LIMIT"))
            good = parse_integer(lexer, "a count", 1, 100000000, &node->limit, err);
        else
            break;
    }
    return good;
}

static bool parse_tail(struct lexer *lexer, struct tree *tree, struct error *err)
{
    if (!parse_logs(lexer, tree, err))
        return false;
    ((struct logs_node *)tree->node)->tail = true;
    return true;
}

/* arn:aws:logs:region:account:log-group:NAME, with or without ":*" */
static struct text group_of(const struct gateway_stage *stage)
{
    const struct json *settings = json_member(stage->json, "accessLogSettings");
    struct text arn = json_string_member(settings, "destinationArn");
    size_t at = arn.length ? text_find(arn, TEXT(":log-group:"), 0) : SIZE_MAX;

    if (at == SIZE_MAX)
        return (struct text){0};
    arn = text_slice(arn, at + strlen(":log-group:"), arn.length);
    return text_ends_with(arn, TEXT(":*")) ? text_slice(arn, 0, arn.length - 2) : arn;
}

/* "$.status >= 500" for what the service can filter itself; false leaves it to us. */
static bool add_pattern(struct buf *out, const struct expression *where)
{
    const struct expression *left, *right;
    const char *sign = where->kind == EXPRESSION_EQ   ? "="
                       : where->kind == EXPRESSION_GE ? ">="
                                                      : NULL;

    if (where->kind == EXPRESSION_AND) {
        bool any = false;

        for (size_t i = 0; i < where->count; i++) {
            size_t before = out->length;

            if (any)
                buf_add_string(out, " && ");
            if (add_pattern(out, where->operand[i]))
                any = true;
            else
                buf_cut(out, before);
        }
        return any;
    }
    if (!sign)
        return false;
    left = where->operand[0];
    right = where->operand[1];
    if (left->kind != EXPRESSION_PATH || right->kind != EXPRESSION_VALUE ||
        left->path->count != 1 ||
        (right->value->type != VALUE_N &&
            !(right->value->type == VALUE_S && where->kind == EXPRESSION_EQ)))
        return false;
    buf_add_format(out, "$.%.*s %s ", (int)left->path->part[0].name.length,
        left->path->part[0].name.data, sign);
    if (right->value->type == VALUE_N)
        buf_add_text(out, right->value->text);
    else if (text_find(right->value->text, TEXT("\""), 0) == SIZE_MAX)
        buf_add_format(out, "\"%.*s\"", (int)right->value->text.length, right->value->text.data);
    else
        return false;
    return true;
}

static enum error_code find_group(struct job *job, struct plan *plan, struct gateway_api *api,
    struct text stage_name, struct logs_plan *detail, struct error *err)
{
    struct gateway_stage *stage;
    struct text group;

    if (gateway_read_stages(job, plan->link, api, err))
        return err->code;
    if (!stage_name.length && api->stage_count == 1)
        stage_name = api->stage[0].name;
    if (!stage_name.length)
        return error_set(err, ERROR_USAGE, "which stage: say OF %.*s/stage", (int)api->name.length,
            api->name.data);
    stage = gateway_find_stage(api, stage_name, err);
    if (!stage)
        return err->code;
    group = group_of(stage);
    if (group.length)
        detail->group = arena_string(plan->arena, group);
    else if (connection_is_local(plan->link->connection)) {
        detail->is_own_group = true;
        detail->group = arena_format(plan->arena, "API-Gateway-Access-Logs_%.*s/%.*s",
            (int)api->id.length, api->id.data, (int)stage_name.length, stage_name.data);
    } else
        return error_set(err, ERROR_INVALID, "stage %.*s keeps no access log",
            (int)stage_name.length, stage_name.data);
    return detail->group ? ERROR_NONE : arena_failed(plan->arena, err);
}

static enum error_code plan_logs(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct logs_node *node = tree->node;
    struct logs_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &stage, err);
    struct buf pattern;
    enum error_code code;

    if (!api)
        return err->code;
    if (!detail)
        return arena_failed(plan->arena, err);
    code = find_group(job, plan, api, stage, detail, err);
    if (code)
        return code;
    plan->detail = detail;
    detail->pause = connection_is_local(plan->link->connection) ? CLOCK_SECOND / 4 : CLOCK_SECOND;
    plan_add(plan, PLAN_PLAN, "%s %s", node->tail ? "follow" : "read", detail->group);
    if (node->where) {
        struct buf shown;

        buf_init(&pattern, 4096);
        buf_init(&shown, 4096);
        expression_add_text(&shown, node->where);
        plan_add(plan, PLAN_LOCAL, "%s", buf_string(&shown));
        buf_add_string(&pattern, "{ ");
        if (add_pattern(&pattern, node->where)) {
            buf_add_string(&pattern, " }");
            detail->pattern = gateway_quoted(plan->arena, buf_view(&pattern));
        }
        buf_done(&shown);
        buf_done(&pattern);
    }
    plan_add_call(plan, &service_logs, "FilterLogEvents", node->tail ? "1 or more" : "1", NULL,
        text_of(arena_format(plan->arena, "{\"logGroupName\":%s%s%s}",
            gateway_quoted(plan->arena, text_of(detail->group)),
            detail->pattern ? ",\"filterPattern\":" : "", detail->pattern ? detail->pattern : "")));
    return ERROR_NONE;
}

enum {
    LOG_TIME,
    LOG_STATUS,
    LOG_METHOD,
    LOG_PATH,
    LOG_LATENCY,
    LOG_ROUTE,
    LOG_IP,
    LOG_BYTES,
    LOG_INTEGRATION,
    LOG_ERROR,
    LOG_REQUEST_ID,
    LOG_MESSAGE,
    LOG_COLUMNS
};
static const char *const log_column_table[LOG_COLUMNS] = {"time", "status", "method", "path",
    "latency", "route", "ip", "bytes", "integrationLatency", "error", "requestId", "message"};

struct reader {
    struct job *job;
    struct plan *plan;
    struct logs_node *node;
    struct arena *page; /* of one answer */
    struct map *seen;   /* event ids at the edge of what was read */
    uint64_t from_ms;
    int64_t rows;
    struct listing listing;
};

/* The message as an item: a JSON object, or {message: text}. */
static const struct value *item_of(struct arena *arena, struct text message)
{
    struct error ignored;
    const struct json *json = json_parse(message, arena, &ignored);
    const struct value *item;
    struct value *made;

    if (json && json->kind == JSON_OBJECT) {
        item = value_from_plain(json, arena, &ignored);
        if (item)
            return item;
    }
    made = value_new_container(arena, VALUE_M, 1);
    if (made) {
        made->name[0] = TEXT("message");
        made->element[0] = (struct value){.type = VALUE_S, .text = message};
        made->count = 1;
    }
    return made;
}

static struct text text_at(const struct value *item, const char *name)
{
    const struct value *value = value_get_string(item, name);

    return value && (value->type == VALUE_S || value->type == VALUE_N) ? value->text
                                                                       : (struct text){0};
}

static void copy_text(char *out, size_t size, struct text text)
{
    size_t length = text.length < size - 1 ? text.length : size - 1;

    if (length)
        memcpy(out, text.data, length);
    out[length] = 0;
}

/* "12.34" milliseconds as microseconds; 0 when it is no such number. */
static uint32_t latency_of(struct text milliseconds)
{
    struct text whole = {0};
    int64_t value = 0, unit = 100;
    uint32_t fraction = 0;

    if (!text_take_field(&milliseconds, '.', &whole) || !text_to_integer(whole, 0, 4000000, &value))
        return 0;
    for (size_t i = 0; i < milliseconds.length && unit; i++, unit /= 10) {
        if (milliseconds.data[i] < '0' || milliseconds.data[i] > '9')
            return 0;
        fraction += (uint32_t)(milliseconds.data[i] - '0') * (uint32_t)unit;
    }
    return (uint32_t)value * 1000 + fraction;
}

static enum error_code add_line(struct reader *reader, const struct value *item, uint64_t at,
    struct text message, struct error *err)
{
    struct logline line = {.at = at};
    int64_t status = 0;

    if (text_to_integer(text_at(item, "status"), 0, 999, &status))
        line.status = (int)status;
    line.latency_us = latency_of(text_at(item, "latency"));
    copy_text(line.method, sizeof line.method, text_at(item, "method"));
    copy_text(line.path, sizeof line.path, text_at(item, "path"));
    copy_text(line.request_id, sizeof line.request_id, text_at(item, "requestId"));
    line.text = arena_string(reader->page, message);
    if (!line.text)
        return arena_failed(reader->page, err);
    return loglines_add(reader->job->loglines, &line, err);
}

static enum error_code add_row(struct reader *reader, const struct value *item, uint64_t at,
    struct error *err)
{
    struct listing *listing = &reader->listing;
    struct buf time;

    buf_init(&time, 40);
    clock_add_iso(&time, at, true);
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        const struct value *value = value_get_string(item, log_column_table[i]);

        if (!value || value->type == VALUE_NULL ||
            (value->type == VALUE_S && value->text.length == 0))
            continue;
        listing->cell[i] = *value;
        listing->is_set[i] = true;
    }
    listing_text(listing, LOG_TIME, arena_text(reader->page, buf_view(&time)));
    buf_done(&time);
    return listing_row(listing, err);
}

static enum error_code take_event(struct reader *reader, const struct json *event,
    struct error *err)
{
    struct text id = json_string_member(event, "eventId"),
                message = json_string_member(event, "message");
    uint64_t at_ms = (uint64_t)json_integer_member(event, "timestamp", 0);
    const struct value *item;

    if (id.length && map_get(reader->seen, id))
        return ERROR_NONE;
    if (id.length && !map_set(reader->seen, id, reader))
        return error_memory(err);
    if (at_ms > reader->from_ms)
        reader->from_ms = at_ms;
    item = item_of(reader->page, message);
    if (!item)
        return arena_failed(reader->page, err);
    if (reader->node->where && !expression_holds(reader->node->where, item, reader->page))
        return ERROR_NONE;
    reader->rows++;
    return reader->job->loglines ? add_line(reader, item, at_ms * CLOCK_MS, message, err)
                                 : add_row(reader, item, at_ms * CLOCK_MS, err);
}

static bool is_full(const struct reader *reader)
{
    return reader->node->limit && reader->rows >= reader->node->limit;
}

/* Everything from from_ms to now, all pages. */
static enum error_code read_events(struct reader *reader, struct error *err)
{
    struct logs_plan *detail = reader->plan->detail;
    struct job *job = reader->job;
    struct arena *whole = job->arena;
    const char *group = gateway_quoted(whole, text_of(detail->group));
    struct text page = {0};
    enum error_code code = ERROR_NONE;

    do {
        struct buf input;
        const struct json *answer, *events;

        buf_init(&input, 64 << 10);
        buf_add_format(&input, "{\"logGroupName\":%s,\"startTime\":%llu,\"limit\":%d", group,
            (unsigned long long)reader->from_ms, PAGE_LIMIT);
        if (reader->node->until)
            buf_add_format(&input, ",\"endTime\":%llu",
                (unsigned long long)(reader->node->until / CLOCK_MS));
        if (detail->pattern)
            buf_add_format(&input, ",\"filterPattern\":%s", detail->pattern);
        if (page.length)
            buf_add_format(&input, ",\"nextToken\":%s", gateway_quoted(reader->page, page));
        buf_add_char(&input, '}');
        job->arena = reader->page; /* the answer goes with the page */
        answer = gateway_call(job, reader->plan->link, &service_logs, "FilterLogEvents",
            buf_view(&input), err);
        buf_done(&input);
        events = json_member(answer, "events");
        code = answer ? ERROR_NONE : err->code;
        for (const struct json *event = events ? events->first : NULL;
             event && code == ERROR_NONE && !is_full(reader); event = event->next)
            code = take_event(reader, event, err);
        job->arena = whole;
        page = json_string_member(answer, "nextToken");
    } while (code == ERROR_NONE && page.length && !is_full(reader));
    /* The next read starts at the newest event; only what can come again must be remembered. */
    if (code == ERROR_NONE && map_count(reader->seen) > SEEN_LIMIT) {
        struct map *fresh = map_new();

        if (!fresh)
            return error_memory(err);
        map_free(reader->seen);
        reader->seen = fresh;
        reader->from_ms++;
    }
    return code;
}

static enum error_code follow(struct reader *reader, struct error *err)
{
    struct logs_plan *detail = reader->plan->detail;
    struct rows_status status = {.state = ROWS_LOADING};
    enum error_code code;

    for (;;) {
        arena_reset(reader->page);
        code = read_events(reader, err);
        if (code == ERROR_NOT_FOUND && detail->is_own_group)
            code = ERROR_NONE; /* made by the first request */
        if (code || !reader->node->tail || is_full(reader))
            return code;
        if (!reader->job->loglines) {
            status.count = (size_t)reader->rows;
            code = reader->job->sink->page(reader->job->sink, &status, err);
        }
        if (code == ERROR_NONE)
            code = job_wait(reader->job, detail->pause, err);
        if (code)
            return code;
    }
}

static enum error_code run_logs(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct logs_node *node = tree->node;
    uint64_t since = node->since || node->tail ? node->since : 15 * 60 * CLOCK_SECOND;
    uint64_t from = node->from ? node->from : clock_wall() - since;
    struct reader reader = {.job = job,
        .plan = plan,
        .node = node,
        .from_ms = from / CLOCK_MS,
        .seen = map_new()};
    enum error_code code = ERROR_NONE;

    reader.page = arena_new(256 << 20, err);
    if (!reader.page || !reader.seen) {
        code = error_memory(err);
        goto out;
    }
    if (job->loglines)
        loglines_set_title(job->loglines, ((struct logs_plan *)plan->detail)->group);
    else
        code = listing_begin(&reader.listing, job, ((struct logs_plan *)plan->detail)->group,
            log_column_table, LOG_COLUMNS, err);
    if (code == ERROR_NONE)
        code = follow(&reader, err);
    if (code == ERROR_NONE && !job->loglines)
        code = listing_end(&reader.listing, err);
out:
    arena_free(reader.page);
    map_free(reader.seen);
    return code;
}

const struct statement log_statement_table[] = {
    {
        .name = "SHOW LOGS",
        .syntax = "[OF api/stage] [SINCE duration|time] [UNTIL time] [WHERE condition] [LIMIT n]",
        .summary = "Read the access log of a stage",
        .family = "Metrics and logs",
        .flags = STATEMENT_READ,
        .example =
            (const char *const[]){"SHOW LOGS OF shop/prod SINCE 15m WHERE status >= 500", NULL},
        .parse = parse_logs,
        .plan = plan_logs,
        .run = run_logs,
    },
    {
        .name = "TAIL LOGS",
        .syntax = "[OF api/stage] [SINCE duration|time] [WHERE condition] [LIMIT n]",
        .summary = "Follow the access log of a stage until stopped",
        .family = "Metrics and logs",
        .flags = STATEMENT_READ | STATEMENT_REPEATS,
        .example = (const char *const[]){"TAIL LOGS OF web/prod SINCE 15m WHERE status >= 500 AND "
                                         "path LIKE '/orders%'",
            NULL},
        .parse = parse_tail,
        .plan = plan_logs,
        .run = run_logs,
    },
    {0},
};
