#include "base/clock.h"
#include "base/file.h"
#include "base/width.h"
#include "client/http.h"
#include "console/gateway_catalog.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/plan.h"
#include "console/statement.h"

#include <string.h>
#include <unistd.h>

/* INVOKE: a request through a stage, as a client would send it (language.md 3.4, 3.8). */

enum { BODY_LIMIT = 10 << 20, HEADER_LIMIT = 64 };

struct invoke_node {
    struct api_ref scope;
    struct text route; /* 'GET /pets/3?x=1' */
    struct token token;
    const struct value *headers, *query; /* maps, or NULL */
    struct text body;
    bool has_body, body_is_json;
    bool iam;
    int64_t repeat;
    uint64_t timeout;
};

struct invoke_plan {
    struct text method;
    const char *url;
    const char *unix_socket;
    struct http_header header[HEADER_LIMIT];
    size_t header_count;
};

static bool parse_map(struct lexer *lexer, const char *what, const struct value **out,
    struct error *err)
{
    struct token at = lexer->token;

    *out = parse_literal(lexer, err);
    if (!*out)
        return false;
    if ((*out)->type != VALUE_M)
        return parse_fail(err, &at, "%s is a map: {name: 'value'}", what);
    return true;
}

static bool parse_body(struct lexer *lexer, struct invoke_node *node, struct error *err)
{
    const struct value *value;
    struct json_writer writer;
    struct buf body;
    bool good;

    node->has_body = true;
    buf_init(&body, BODY_LIMIT);
    if (parse_word(lexer, "FROM")) {
        struct text path;
        char *name;

        good = parse_string(lexer, "a file", &path, err) &&
               (name = arena_string(lexer->arena, path)) != NULL &&
               file_read(name, &body, err) == ERROR_NONE;
    } else {
        value = parse_literal(lexer, err);
        good = value != NULL;
        if (good && (value->type == VALUE_S || value->type == VALUE_B))
            buf_add_text(&body, value->text);
        else if (good) {
            json_writer_init(&writer, &body);
            value_add_plain(&writer, value);
            node->body_is_json = true;
        }
    }
    if (good)
        good = buf_check(&body, "the body", err) == ERROR_NONE;
    if (good) {
        node->body = arena_text(lexer->arena, buf_view(&body));
        if (!node->body.data) {
            arena_failed(lexer->arena, err);
            good = false;
        }
    }
    buf_done(&body);
    return good;
}

static bool parse_invoke(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct invoke_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    bool good = true;

    if (!node) {
        arena_failed(lexer->arena, err);
        return false;
    }
    tree->node = node;
    node->repeat = 1;
    node->token = lexer->token;
    if (!parse_string(lexer, "a request: 'GET /pets/3'", &node->route, err) ||
        !parse_scope(lexer, &node->scope, err))
        return false;
    while (good && !parse_at_end(lexer)) {
        if (parse_word(lexer, "HEADERS"))
            good = parse_map(lexer, "HEADERS", &node->headers, err);
        else if (parse_word(lexer, "QUERY"))
            good = parse_map(lexer, "QUERY", &node->query, err);
        else if (parse_word(lexer, "BODY"))
            good = parse_body(lexer, node, err);
        else if (parse_word(lexer, "AUTH")) {
            node->iam = true;
            good = parse_need_word(lexer, "IAM", err);
        } else if (parse_word(lexer, "REPEAT"))
            good = parse_integer(lexer, "a count", 1, 1000000, &node->repeat, err);
        else if (parse_word(lexer, "TIMEOUT"))
            good = parse_duration(lexer, "a duration", &node->timeout, err);
        else
            break;
    }
    return good;
}

static void add_scalar(struct buf *out, const struct value *value)
{
    if (value->type == VALUE_BOOL)
        buf_add_string(out, value->boolean ? "true" : "false");
    else if (value->type != VALUE_NULL)
        buf_add_text(out, value->text);
}

static void add_query(struct buf *url, const struct invoke_node *node)
{
    char mark = text_find(buf_view(url), TEXT("?"), 0) == SIZE_MAX ? '?' : '&';
    struct buf value;

    if (!node->query)
        return;
    buf_init(&value, 64 << 10);
    for (size_t i = 0; i < node->query->count; i++) {
        buf_clear(&value);
        add_scalar(&value, &node->query->element[i]);
        buf_add_char(url, mark);
        http_add_encoded(url, node->query->name[i], false);
        buf_add_char(url, '=');
        http_add_encoded(url, buf_view(&value), false);
        mark = '&';
    }
    buf_done(&value);
}

/*
 * The embedded endpoint serves the data plane on its socket under path aliases (gateway.md 1);
 * elsewhere it is the API's own host, or the profile's invoke-url.
 */
static enum error_code make_url(struct plan *plan, const struct invoke_node *node,
    const struct gateway_api *api, struct text stage, struct text path, struct error *err)
{
    const struct profile *profile = connection_profile(plan->link->connection);
    struct invoke_plan *detail = plan->detail;
    bool is_default = text_is(stage, "$default");
    struct buf url;
    enum error_code code;

    buf_init(&url, 64 << 10);
    if (connection_is_local(plan->link->connection)) {
        detail->unix_socket = connection_unix_socket(plan->link->connection);
        buf_add_format(&url, "http://localhost/_aws/execute-api/%.*s/%.*s", (int)api->id.length,
            api->id.data, (int)stage.length, stage.data);
    } else {
        if (profile->invoke_url)
            buf_add_string(&url, profile->invoke_url);
        else if (api->endpoint.length)
            buf_add_text(&url, api->endpoint);
        else
            buf_add_format(&url, "https://%.*s.execute-api.%s.amazonaws.com", (int)api->id.length,
                api->id.data, connection_region(plan->link->connection));
        if (!is_default)
            buf_add_format(&url, "/%.*s", (int)stage.length, stage.data);
    }
    buf_add_text(&url, path);
    add_query(&url, node);
    code = buf_check(&url, "the URL", err);
    if (code == ERROR_NONE) {
        detail->url = arena_string(plan->arena, buf_view(&url));
        code = detail->url ? ERROR_NONE : arena_failed(plan->arena, err);
    }
    buf_done(&url);
    return code;
}

static enum error_code make_headers(struct plan *plan, const struct invoke_node *node,
    struct error *err)
{
    struct invoke_plan *detail = plan->detail;
    bool has_type = false;

    for (size_t i = 0; node->headers && i < node->headers->count; i++) {
        struct buf value;
        struct http_header *header = &detail->header[detail->header_count];

        if (detail->header_count == HEADER_LIMIT - 1)
            return error_set(err, ERROR_USAGE, "at most %d headers", HEADER_LIMIT - 1);
        buf_init(&value, 64 << 10);
        add_scalar(&value, &node->headers->element[i]);
        header->name = node->headers->name[i];
        header->value = arena_text(plan->arena, buf_view(&value));
        buf_done(&value);
        for (size_t at = 0; at < header->value.length; at++)
            if ((unsigned char)header->value.data[at] < 0x20)
                return error_set(err, ERROR_USAGE, "header %.*s holds a control character",
                    (int)header->name.length, header->name.data);
        has_type = has_type || text_is_ignoring_case(header->name, "content-type");
        detail->header_count++;
    }
    if (node->has_body && !has_type)
        detail->header[detail->header_count++] = (struct http_header){TEXT("Content-Type"),
            node->body_is_json ? TEXT("application/json") : TEXT("text/plain")};
    return ERROR_NONE;
}

static enum error_code plan_invoke(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct invoke_node *node = tree->node;
    struct text stage, path;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &stage, err);
    enum error_code code;

    if (!api)
        return err->code;
    if (!stage.length && api->kind == 'H')
        stage = TEXT("$default");
    if (!stage.length)
        return error_set(err, ERROR_USAGE, "which stage: say OF %.*s/stage", (int)api->name.length,
            api->name.data);
    plan->detail = arena_alloc(plan->arena, 1, sizeof(struct invoke_plan));
    if (!plan->detail)
        return arena_failed(plan->arena, err);
    if (!gateway_split_route(node->route, 'R', &((struct invoke_plan *)plan->detail)->method, &path,
            err)) {
        err->line = node->token.line;
        err->column = node->token.column;
        return err->code;
    }
    code = make_url(plan, node, api, stage, path, err);
    if (code == ERROR_NONE)
        code = make_headers(plan, node, err);
    if (code)
        return code;
    plan->risk = RISK_ONE;
    plan->risk_kind = "stage";
    plan->risk_name = arena_format(plan->arena, "%.*s/%.*s", (int)api->name.length, api->name.data,
        (int)stage.length, stage.data);
    plan_add(plan, PLAN_PLAN, "%lld request%s through %s", (long long)node->repeat,
        node->repeat == 1 ? "" : "s", plan->risk_name);
    plan_add(plan, PLAN_NOTE, "%.*s %s", (int)((struct invoke_plan *)plan->detail)->method.length,
        ((struct invoke_plan *)plan->detail)->method.data,
        ((struct invoke_plan *)plan->detail)->url);
    return ERROR_NONE;
}

enum { INVOKE_STATUS, INVOKE_MS, INVOKE_HEADERS, INVOKE_BODY, INVOKE_COLUMNS };
static const char *const invoke_column_table[INVOKE_COLUMNS] = {"status", "ms", "headers", "body"};

/* Headers as a map, lower case, so that rows can be compared. */
static const struct value *header_map(struct arena *arena, struct text head)
{
    struct value *map = value_new_container(arena, VALUE_M, HEADER_LIMIT);
    struct text line, name;

    while (map && map->count < HEADER_LIMIT && text_take_field(&head, '\n', &line)) {
        char *lower;

        if (!text_take_until(&line, ':', &name))
            continue;
        lower = arena_string(arena, text_trim(name));
        if (!lower)
            return NULL;
        for (char *c = lower; *c; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        if (value_get_string(map, lower))
            continue;
        map->name[map->count] = text_of(lower);
        map->element[map->count++] =
            (struct value){.type = VALUE_S, .text = arena_text(arena, text_trim(line))};
        value_sort(map);
    }
    return map;
}

/* In table format one answer is its body; what else there is stands in the footer. */
static bool prints_body_alone(const struct job *job, const struct invoke_node *node)
{
    const char *format = job->settings.format;

    return !job->session->screen && node->repeat == 1 &&
           (strcmp(format, "table") == 0 ||
               (strcmp(format, "auto") == 0 && isatty(STDOUT_FILENO) == 1));
}

static enum error_code print_body(struct job *job, const struct http_response *response,
    struct error *err)
{
    struct text body = buf_view(&response->body), line;
    struct buf shown;
    enum error_code code;

    buf_init(&shown, 4 * (BODY_LIMIT + (1 << 20)));
    while (text_take_field(&body, '\n', &line)) {
        text_add_safe(&shown, line);
        buf_add_char(&shown, '\n');
    }
    code = buf_check(&shown, "the answer", err);
    if (code == ERROR_NONE)
        code = job->sink->text(job->sink, buf_view(&shown), TEXT(""), err);
    buf_done(&shown);
    job_note(job, REPORT_FOOTER, "%d  %.1f ms  %zu bytes", response->status,
        (double)response->elapsed / 1e6, response->body.length);
    return code;
}

static enum error_code add_row(struct job *job, const struct http_response *response,
    struct listing *listing, struct error *err)
{
    const struct value *headers = header_map(job->arena, buf_view(&response->head));

    listing_integer(listing, INVOKE_STATUS, response->status);
    listing_double(listing, INVOKE_MS, (double)response->elapsed / 1e6, 1);
    if (headers) {
        listing->cell[INVOKE_HEADERS] = *headers;
        listing->is_set[INVOKE_HEADERS] = true;
    }
    listing_text(listing, INVOKE_BODY, arena_text(job->arena, buf_view(&response->body)));
    return listing_row(listing, err);
}

/* listing NULL: the body alone. */
static enum error_code send_once(struct job *job, struct plan *plan, const struct invoke_node *node,
    struct listing *listing, int *status, struct error *err)
{
    struct invoke_plan *detail = plan->detail;
    struct call_context context = job_context(job);
    struct http_response response;
    struct http_request request = {
        .method = arena_string(job->arena, detail->method),
        .url = detail->url,
        .unix_socket = detail->unix_socket,
        .header = detail->header,
        .header_count = detail->header_count,
        .body = node->body,
        .timeout_ms = node->timeout ? (uint32_t)(node->timeout / CLOCK_MS) : 40000,
        .limit = BODY_LIMIT + (1 << 20),
    };
    enum error_code code;

    http_response_init(&response);
    context.not_idempotent = true;
    code = connection_invoke(plan->link->connection, &request, node->iam, &context, &response, err);
    if (code)
        goto out;
    *status = response.status;
    code = listing ? add_row(job, &response, listing, err) : print_body(job, &response, err);
out:
    http_response_done(&response);
    return code;
}

static enum error_code run_invoke(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct invoke_node *node = tree->node;
    struct listing listing, *rows = NULL;
    int status = 0, worst = 0;
    enum error_code code = ERROR_NONE;

    if (!prints_body_alone(job, node)) {
        rows = &listing;
        code = listing_begin(rows, job, plan->risk_name, invoke_column_table, INVOKE_COLUMNS, err);
    }
    for (int64_t i = 0; code == ERROR_NONE && i < node->repeat; i++) {
        code = job_check(job, err);
        if (code == ERROR_NONE)
            code = send_once(job, plan, node, rows, &status, err);
        worst = status > worst ? status : worst;
    }
    if (code == ERROR_NONE && rows)
        code = listing_end(rows, err);
    if (code == ERROR_NONE && worst >= 400 && job->settings.fail_http)
        code = error_set(err, ERROR_INVALID, "the answer was %d", worst);
    return code;
}

const struct statement invoke_statement_table[] = {
    {
        .name = "INVOKE",
        .syntax = "'METHOD /path?query' [OF api/stage] [HEADERS map] [QUERY map] "
                  "[BODY literal|FROM file] [AUTH IAM] [REPEAT n] [TIMEOUT duration]",
        .summary = "Send a request through a stage, as a client would",
        .family = "Deployments",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"INVOKE 'GET /pets/3' OF shop/prod",
            "INVOKE 'POST /orders' OF web/prod HEADERS {x-tenant: 't1'} BODY {cust: 'c1'} REPEAT 3",
            NULL},
        .parse = parse_invoke,
        .plan = plan_invoke,
        .run = run_invoke,
    },
    {0},
};
