#include <string.h>

#include "client/value.h"
#include "console/gateway_object.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/plan.h"
#include "console/statement.h"
#include "console/statements/routes.h"
#include "console/statements/table_call.h"

/*
 * SHOW CREATE ROUTE: the statement that makes a route like the one there is. What is printed has
 * been parsed and compiled again, and its calls compared with what the service tells of the route:
 * a route with parts that no statement says is refused, with the part.
 */

enum {
    TEXT_LIMIT = 1 << 20,
    REST_TIMEOUT = 29000,
    HTTP_TIMEOUT = 30000 /* ms, when none is said */
};

struct show_node {
    struct api_ref scope;
    struct text route;
    struct token token;
};

struct show_plan {
    struct gateway_api *api;
    struct text stage, method, path;
};

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct show_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    if (!node) {
        arena_failed(lexer->arena, err);
        return false;
    }
    tree->node = node;
    node->token = lexer->token;
    return parse_string(lexer, "a route: 'GET /pets/{id}'", &node->route, err) &&
           parse_scope(lexer, &node->scope, err);
}

static enum error_code plan_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct show_node *node = tree->node;
    struct show_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);

    if (!detail)
        return arena_failed(plan->arena, err);
    plan->detail = detail;
    detail->api = gateway_find(job, &node->scope, &plan->link, &detail->stage, err);
    if (!detail->api)
        return err->code;
    if (!gateway_split_route(node->route, detail->api->kind, &detail->method, &detail->path, err)) {
        err->line = node->token.line;
        err->column = node->token.column;
        return err->code;
    }
    plan_add(plan, PLAN_PLAN, "read the routes of %s API %.*s and print one as a statement",
        gateway_kind_name(detail->api->kind), (int)detail->api->name.length,
        detail->api->name.data);
    gateway_plan_reads(plan, detail->api, detail->stage.length > 0);
    return ERROR_NONE;
}

static void add_quoted(struct buf *out, struct text text)
{
    const struct value value = {.type = VALUE_S, .text = text};

    value_add_literal(out, &value);
}

static void add_url(struct buf *out, const struct show_plan *detail, const struct json *integration,
    bool rest)
{
    struct text type = json_string_member(integration, rest ? "type" : "integrationType");
    struct text method = json_string_member(integration, rest ? "httpMethod" : "integrationMethod");
    struct text own = detail->method.length > 0 ? detail->method : TEXT("ANY");

    buf_add_string(out, "URL ");
    add_quoted(out, json_string_member(integration, rest ? "uri" : "integrationUri"));
    if (!text_equal(method, own))
        buf_add_format(out, " METHOD %.*s", (int)method.length, method.data);
    buf_add_string(out, text_is(type, "HTTP") ? " CUSTOM" : "");
}

/* {"statusCode": 204} */
static void add_mock(struct buf *out, const struct json *integration)
{
    const struct json *all = json_member(integration, "integrationResponses");
    const struct json *only = all ? all->first : NULL;
    struct text body =
        json_string_member(json_member(only, "responseTemplates"), "application/json");

    buf_add_string(out, "MOCK");
    if (only)
        buf_add_format(out, " %.*s", (int)only->name.length, only->name.data);
    if (body.length > 0) {
        buf_add_char(out, ' ');
        add_quoted(out, body);
    }
}

/* arn:aws:apigateway:REGION:dynamodb:action/GetItem */
static enum error_code add_table(struct job *job, struct link *link, struct buf *out,
    const struct json *integration, struct error *err)
{
    struct text uri = json_string_member(integration, "uri"), action = TEXT("");
    size_t at = text_find(uri, TEXT(":dynamodb:action/"), 0);
    enum error_code code;

    if (at != SIZE_MAX)
        action = text_slice(uri, at + strlen(":dynamodb:action/"), uri.length);
    buf_add_string(out, "TABLE (");
    code = table_call_print(job, link, action,
        json_string_member(json_member(integration, "requestTemplates"), "application/json"), out,
        err);
    buf_add_char(out, ')');
    return code;
}

static enum error_code add_target(struct job *job, struct link *link,
    const struct show_plan *detail, const struct gateway_route *route, struct buf *out,
    struct error *err)
{
    bool rest = detail->api->kind == 'R';
    struct text type = json_string_member(route->integration, rest ? "type" : "integrationType");

    if (text_is(type, "HTTP_PROXY") || text_is(type, "HTTP"))
        add_url(out, detail, route->integration, rest);
    else if (text_is(type, "MOCK"))
        add_mock(out, route->integration);
    else if (text_is(type, "AWS"))
        return add_table(job, link, out, route->integration, err);
    else
        return error_set(err, ERROR_INVALID, "its target is %.*s",
            type.length > 0 ? (int)type.length : 4, type.length > 0 ? type.data : "none");
    return ERROR_NONE;
}

static void add_options(struct buf *out, const struct show_plan *detail,
    const struct gateway_route *route)
{
    bool rest = detail->api->kind == 'R';
    int64_t usual = rest ? REST_TIMEOUT : HTTP_TIMEOUT;
    int64_t timeout = json_integer_member(route->integration, "timeoutInMillis", usual);
    struct text role = json_string_member(route->integration, "credentials");

    if (timeout != usual && timeout % 1000 == 0)
        buf_add_format(out, " TIMEOUT %llds", (long long)(timeout / 1000));
    else if (timeout != usual)
        buf_add_format(out, " TIMEOUT %lldms", (long long)timeout);
    if (text_is(json_string_member(route->method_json, "authorizationType"), "AWS_IAM"))
        buf_add_string(out, " AUTH IAM");
    if (rest && json_bool_member(route->method_json, "apiKeyRequired", false))
        buf_add_string(out, " KEY REQUIRED");
    if (role.length > 0) {
        buf_add_string(out, " CREDENTIALS ");
        add_quoted(out, role);
    }
}

/* Of the stage that was named; 0 when it has none of its own. */
static void add_throttle(struct buf *out, const struct json *settings)
{
    const struct json *rate = json_member(settings, "throttlingRateLimit");

    if (rate && rate->kind == JSON_NUMBER && rate->text.data[0] != '-')
        buf_add_format(out, " THROTTLE %.*s BURST %lld", (int)rate->text.length, rate->text.data,
            (long long)json_integer_member(settings, "throttlingBurstLimit", 0));
}

static enum error_code print(struct job *job, struct link *link, const struct show_plan *detail,
    const struct gateway_route *route, struct text name, struct buf *out, struct error *err)
{
    const struct gateway_object settings = {.kind = GATEWAY_OBJECT_SETTINGS,
        .name = name,
        .stage = detail->stage};

    buf_add_string(out, "CREATE ROUTE ");
    add_quoted(out, name);
    buf_add_string(out, " OF ");
    value_add_name(out, detail->api->name);
    if (detail->stage.length > 0) {
        buf_add_char(out, '/');
        value_add_name(out, detail->stage);
    }
    buf_add_string(out, " -> ");
    if (add_target(job, link, detail, route, out, err))
        return err->code;
    add_options(out, detail, route);
    if (detail->stage.length > 0)
        add_throttle(out, gateway_object_settings(detail->api, &settings));
    buf_add_char(out, ';');
    return buf_check(out, "statement", err);
}

/* What a service fills in when it is not told (CreateIntegration, PutIntegration; API Reference). */
static bool is_usual(const struct json *member)
{
    static const struct {
        const char *name, *value;
    } usual_table[] = {
        {"passthroughBehavior", "WHEN_NO_MATCH"},
        {"connectionType", "INTERNET"},
        {"timeoutInMillis", "29000"},
        {"timeoutInMillis", "30000"},
        {"payloadFormatVersion", "1.0"},
        {"authorizationType", "NONE"},
    };

    if (member->kind == JSON_FALSE || member->kind == JSON_NULL ||
        (member->kind == JSON_ARRAY && !member->first) ||
        (member->kind == JSON_OBJECT && !member->first))
        return true;
    for (size_t i = 0; i < sizeof usual_table / sizeof *usual_table; i++)
        if (text_is(member->name, usual_table[i].name) &&
            text_is(member->text, usual_table[i].value))
            return true;
    return false;
}

/* Members that say which one, or that stand in requests of their own. */
static bool is_elsewhere(struct text name)
{
    static const char *const name_table[] = {"apiGatewayManaged", "apiId", "cacheNamespace",
        "httpMethod", "integrationHttpMethod", "integrationId", "integrationResponses",
        "methodIntegration", "methodResponses", "resourceId", "restApiId", "routeId", "statusCode",
        "target"};

    for (size_t i = 0; i < sizeof name_table / sizeof *name_table; i++)
        if (text_is(name, name_table[i]))
            return true;
    return false;
}

/* The first member that differs between what is there and what would be sent; data NULL: none. */
static struct text find_difference(const struct json *there, const struct json *sent)
{
    if (!there)
        return TEXT("a response");
    for (const struct json *one = there->first; one; one = one->next) {
        const struct json *other = json_member_text(sent, one->name);

        if (!is_elsewhere(one->name) && (other ? !gateway_state_equal(one, other) : !is_usual(one)))
            return one->name;
    }
    for (const struct json *one = sent->first; one; one = one->next)
        if (!is_elsewhere(one->name) && !json_member_text(there, one->name) && !is_usual(one))
            return one->name;
    return (struct text){0};
}

static const struct json *response(const struct json *holder, const char *name, struct text status)
{
    return json_member_text(json_member(holder, name), status);
}

/* What a call would make, as it is there. */
static const struct json *made_by(const struct gateway_route *route, const char *operation,
    const struct json *sent)
{
    struct text status = json_string_member(sent, "statusCode");

    if (strcmp(operation, "PutIntegration") == 0 || strcmp(operation, "CreateIntegration") == 0)
        return route->integration;
    if (strcmp(operation, "PutMethodResponse") == 0)
        return response(route->method_json, "methodResponses", status);
    if (strcmp(operation, "PutIntegrationResponse") == 0)
        return response(route->integration, "integrationResponses", status);
    return route->method_json;
}

/* The input of a step; the result of an earlier one, which is an id, is null in it. */
static const struct json *read_input(struct arena *arena, struct text input, struct error *err)
{
    const struct json *tree = NULL;
    struct text head, copy;
    struct buf text;

    buf_init(&text, TEXT_LIMIT);
    while (text_take_until(&input, '\1', &head)) {
        buf_add_text(&text, head);
        buf_add_string(&text, "null");
        if (!text_take_until(&input, '\2', &head))
            break;
    }
    buf_add_text(&text, input);
    copy = text.failure ? (struct text){NULL, 0} : arena_text(arena, buf_view(&text));
    buf_done(&text);
    if (copy.data)
        tree = json_parse(copy, arena, err);
    else
        arena_failed(arena, err);
    return tree;
}

static size_t count_responses(const struct json *holder, const char *name)
{
    const struct json *all = json_member(holder, name);

    return all ? all->count : 0;
}

static enum error_code fail_part(struct text part, struct error *err)
{
    return error_set(err, ERROR_INVALID, "no statement says its %.*s", (int)part.length, part.data);
}

static enum error_code compare(struct job *job, const struct gateway_route *route,
    const struct gateway_steps *steps, struct error *err)
{
    size_t responses = 0;

    for (size_t i = 0; i < steps->count; i++) {
        const struct gateway_step *step = &steps->step[i];
        const struct json *sent = read_input(job->arena, step->input, err);
        struct text part;

        if (!sent)
            return err->code;
        part = find_difference(made_by(route, step->operation, sent), sent);
        if (part.data)
            return fail_part(part, err);
        responses += strstr(step->operation, "Response") != NULL;
    }
    if (responses != count_responses(route->method_json, "methodResponses") +
                         count_responses(route->integration, "integrationResponses"))
        return fail_part(TEXT("responses"), err);
    return ERROR_NONE;
}

/* The statement, parsed and compiled again, has to make what is there. */
static enum error_code check(struct job *job, struct link *link, const struct show_plan *detail,
    const struct gateway_route *route, struct text statement, struct error *err)
{
    struct language_context context = {.dialect = DIALECT_GATEHOUSE};
    struct gateway_steps steps;
    struct lexer lexer;
    struct tree *tree;
    bool empty;
    enum error_code code;

    lexer_init(&lexer, statement, job->arena);
    lexer.context = &context;
    tree = statement_parse(&lexer, "<route>", &empty, err);
    code = tree ? route_compile(job, tree, link, detail->api, &steps, err) : err->code;
    err->line = 0;
    return code ? code : compare(job, route, &steps, err);
}

static enum error_code write(struct job *job, struct text statement, struct error *err)
{
    struct json_writer writer;
    struct buf text, json;
    enum error_code code;

    buf_init(&text, TEXT_LIMIT);
    buf_init(&json, TEXT_LIMIT);
    buf_add_text(&text, statement);
    buf_add_char(&text, '\n');
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    json_pair(&writer, "statement", statement);
    json_end_object(&writer);
    code = buf_check(&json, "statement", err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&text), buf_view(&json), err);
    buf_done(&text);
    buf_done(&json);
    return code;
}

static enum error_code fail_unsaid(const struct show_node *node, struct error *err)
{
    const struct error why = *err;

    error_set(err, ERROR_INVALID, "%.*s cannot be said as a statement: %s", (int)node->route.length,
        node->route.data, why.text);
    return error_hint(err, "SHOW ROUTES says what it calls");
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct show_node *node = tree->node;
    const struct show_plan *detail = plan->detail;
    const struct gateway_route *route;
    struct text statement = {0};
    struct buf text;
    enum error_code code = gateway_read_routes(job, plan->link, detail->api, err);

    if (!code && detail->stage.length > 0)
        code = gateway_read_stages(job, plan->link, detail->api, err);
    if (code)
        return code;
    route = gateway_find_route(detail->api, detail->method, detail->path, err);
    if (!route ||
        (detail->stage.length > 0 && !gateway_find_stage(detail->api, detail->stage, err)))
        return err->code;
    buf_init(&text, TEXT_LIMIT);
    code = print(job, plan->link, detail, route, node->route, &text, err);
    if (!code)
        statement = arena_text(job->arena, buf_view(&text));
    buf_done(&text);
    if (!code && !statement.data)
        return arena_failed(job->arena, err);
    if (!code)
        code = check(job, plan->link, detail, route, statement, err);
    if (code == ERROR_INVALID || code == ERROR_USAGE || code == ERROR_REFUSED)
        return fail_unsaid(node, err);
    return code ? code : write(job, statement, err);
}

const struct statement route_show_statement_table[] = {
    {
        .name = "SHOW CREATE ROUTE",
        .syntax = "'METHOD /path' [OF api[/stage]]",
        .summary = "Print the statement that makes a route like this one",
        .family = "APIs and routes",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW CREATE ROUTE 'GET /pets/{id}' OF shop", NULL},
        .parse = parse_show,
        .plan = plan_show,
        .run = run_show,
    },
    {0},
};
