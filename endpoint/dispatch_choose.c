#include "endpoint/dispatch.h"

#include "base/arena.h"
#include "client/http.h"

/* Rules 1 to 6 of gateway.md 1, in this order. */

static bool choose_data(struct dispatch_choice *choice, struct text api, struct text stage,
    struct text path)
{
    choice->service = DISPATCH_DATA;
    choice->api = api;
    choice->stage = stage;
    choice->path = path.length > 0 ? path : TEXT("/");
    return true;
}

/* Host: {api}.execute-api.{anything}, any case, with or without a port. */
static bool choose_by_host(struct exchange *exchange, struct dispatch_choice *choice)
{
    static const struct text marker = {"execute-api.", 12};
    struct text host = exchange_header(exchange, "Host"), api;

    if (!text_take_until(&host, '.', &api) || api.length == 0 ||
        !text_equal_ignoring_case(text_slice(host, 0, marker.length), marker))
        return false;
    return choose_data(choice, api, TEXT(""), exchange_request(exchange)->path);
}

/* Takes one path segment, percent-decoded (a stage may come as %24default). */
static bool take_segment(struct exchange *exchange, struct text *path, struct text *segment)
{
    struct buf decoded;
    size_t end;

    if (path->length < 2 || path->data[0] != '/')
        return false;
    for (end = 1; end < path->length && path->data[end] != '/'; end++)
        continue;
    *segment = text_slice(*path, 1, end);
    *path = text_slice(*path, end, path->length);
    if (text_find(*segment, TEXT("%"), 0) != SIZE_MAX) {
        buf_init(&decoded, 8 * 1024);
        http_add_decoded(&decoded, *segment, false);
        *segment = arena_text(exchange_arena(exchange), buf_view(&decoded));
        buf_done(&decoded);
    }
    return segment->length > 0;
}

static bool take_prefix(struct text *path, const char *prefix)
{
    struct text wanted = text_of(prefix);

    if (!text_starts_with(*path, wanted))
        return false;
    *path = text_slice(*path, wanted.length, path->length);
    return true;
}

static bool choose_by_alias(struct exchange *exchange, struct dispatch_choice *choice)
{
    struct text path = exchange_request(exchange)->path, rest = path, api, stage, marker;

    if (take_prefix(&rest, "/restapis"))
        return take_segment(exchange, &rest, &api) && take_segment(exchange, &rest, &stage) &&
               take_segment(exchange, &rest, &marker) && text_is(marker, "_user_request_") &&
               choose_data(choice, api, stage, rest);
    if (!take_prefix(&rest, "/_aws/execute-api") && !take_prefix(&rest, "/execute-api") &&
        !take_prefix(&rest, "/ws"))
        return false;
    return take_segment(exchange, &rest, &api) && take_segment(exchange, &rest, &stage) &&
           choose_data(choice, api, stage, rest);
}

static bool choose_named(struct dispatch_choice *choice, enum dispatch_service service,
    const char *name)
{
    choice->service = service;
    choice->name = text_of(name);
    return true;
}

struct rule {
    const char *text; /* scope, target prefix, path prefix or API version */
    enum dispatch_service service;
    const char *name;
};

static const struct rule scope_table[] = {
    {"dynamodb", DISPATCH_DYNAMODB, "dynamodb"},
    {"apigateway", DISPATCH_GATEWAY, "apigateway"},
    {"monitoring", DISPATCH_METRICS, "monitoring"},
    {"logs", DISPATCH_LOGS, "logs"},
    {"execute-api", DISPATCH_NONE, "execute-api"},
    {"lambda", DISPATCH_OTHER, "lambda"},
    {"sns", DISPATCH_OTHER, "sns"},
    {"sts", DISPATCH_OTHER, "sts"},
};

static const struct rule target_table[] = {
    {"DynamoDB_", DISPATCH_DYNAMODB, "dynamodb"},
    {"DynamoDBStreams_", DISPATCH_DYNAMODB, "dynamodb"},
    {"Logs_20140328", DISPATCH_LOGS, "logs"},
    {"GraniteServiceVersion20100801", DISPATCH_METRICS, "monitoring"},
};

static const struct rule path_table[] = {
    {"/restapis", DISPATCH_GATEWAY, "apigateway"},
    {"/apikeys", DISPATCH_GATEWAY, "apigateway"},
    {"/usageplans", DISPATCH_GATEWAY, "apigateway"},
    {"/domainnames", DISPATCH_GATEWAY, "apigateway"},
    {"/vpclinks", DISPATCH_GATEWAY, "apigateway"},
    {"/clientcertificates", DISPATCH_GATEWAY, "apigateway"},
    {"/tags", DISPATCH_GATEWAY, "apigateway"},
    {"/account", DISPATCH_GATEWAY, "apigateway"},
    {"/v2", DISPATCH_GATEWAY, "apigateway"},
    {"/2015-03-31/functions", DISPATCH_OTHER, "lambda"},
    {"/service/GraniteServiceVersion20100801", DISPATCH_OTHER, "monitoring over CBOR"},
};

/* The Version that goes with the Action of a query-protocol request. */
static const struct rule version_table[] = {
    {"2010-08-01", DISPATCH_METRICS, "monitoring"},
    {"2011-06-15", DISPATCH_OTHER, "sts"},
    {"2010-03-31", DISPATCH_OTHER, "sns"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool choose_by_scope(struct exchange *exchange, struct dispatch_choice *choice)
{
    struct text scope = auth_service(exchange);

    for (size_t i = 0; i < COUNT(scope_table); i++)
        if (text_is(scope, scope_table[i].text))
            return choose_named(choice, scope_table[i].service, scope_table[i].name);
    return false;
}

static bool choose_by_target(struct exchange *exchange, struct dispatch_choice *choice)
{
    struct text target = exchange_header(exchange, "X-Amz-Target");

    for (size_t i = 0; i < COUNT(target_table); i++)
        if (text_starts_with(target, text_of(target_table[i].text)))
            return choose_named(choice, target_table[i].service, target_table[i].name);
    return false;
}

static bool choose_by_path(struct exchange *exchange, struct dispatch_choice *choice)
{
    for (size_t i = 0; i < COUNT(path_table); i++) {
        struct text rest = exchange_request(exchange)->path;

        if (take_prefix(&rest, path_table[i].text) && (rest.length == 0 || rest.data[0] == '/'))
            return choose_named(choice, path_table[i].service, path_table[i].name);
    }
    return false;
}

static bool choose_in_form(struct text form, struct dispatch_choice *choice)
{
    struct text field, name, version = TEXT("2010-08-01");
    bool has_action = false;

    while (text_take_field(&form, '&', &field)) {
        if (!text_take_until(&field, '=', &name))
            continue;
        has_action |= text_is(name, "Action");
        if (text_is(name, "Version"))
            version = field;
    }
    for (size_t i = 0; has_action && i < COUNT(version_table); i++)
        if (text_is(version, version_table[i].text))
            return choose_named(choice, version_table[i].service, version_table[i].name);
    return false;
}

static bool choose_by_action(struct exchange *exchange, struct dispatch_choice *choice)
{
    const struct exchange_request *request = exchange_request(exchange);

    if (choose_in_form(request->query, choice))
        return true;
    return text_starts_with(exchange_header(exchange, "Content-Type"),
               TEXT("application/x-www-form-urlencoded")) &&
           choose_in_form(request->body, choice);
}

void dispatch_choose(struct exchange *exchange, struct dispatch_choice *choice)
{
    const struct exchange_request *request = exchange_request(exchange);

    *choice = (struct dispatch_choice){.service = DISPATCH_NONE};
    if (choose_by_host(exchange, choice) || choose_by_alias(exchange, choice))
        return;
    if (text_starts_with(request->path, TEXT("/_gatehouse/"))) {
        choice->service = DISPATCH_OWN;
        return;
    }
    if (choose_by_scope(exchange, choice) || choose_by_target(exchange, choice) ||
        choose_by_path(exchange, choice) || choose_by_action(exchange, choice))
        return;
    if (text_is(request->method, "GET") && text_is(request->path, "/"))
        choice->service = DISPATCH_HEALTH;
}
