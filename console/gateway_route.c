#include "console/gateway_catalog.h"

#include <string.h>

/* Routes and stages by what people call them, and what a route calls. */

static bool is_method(struct text method)
{
    static const char *const method_table[] = {"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH",
        "POST", "PUT"};

    for (size_t i = 0; i < sizeof method_table / sizeof *method_table; i++)
        if (text_is(method, method_table[i]))
            return true;
    return false;
}

bool gateway_split_route(struct text route, char kind, struct text *method, struct text *path,
    struct error *err)
{
    struct text rest = route;

    *method = (struct text){0};
    *path = route;
    if (kind != 'R' && text_is(route, "$default"))
        return true;
    if (kind == 'W')
        return route.length > 0;
    if (!text_take_until(&rest, ' ', method) || !is_method(*method) ||
        !text_starts_with(rest, TEXT("/"))) {
        error_set(err, ERROR_USAGE, "'%.*s' is not a route", (int)route.length, route.data);
        error_hint(err, "a route is a method and a path: 'GET /pets/{id}'%s",
            kind == 'H' ? ", or '$default'" : "");
        return false;
    }
    *path = rest;
    return true;
}

struct gateway_route *gateway_find_route(struct gateway_api *api, struct text method,
    struct text path, struct error *err)
{
    const struct gateway_route *near = NULL;
    size_t best = 9;

    for (size_t i = 0; i < api->route_count; i++) {
        struct gateway_route *route = &api->route[i];
        size_t distance;

        if (text_equal(route->method, method) && text_equal(route->path, path))
            return route;
        distance = text_distance(route->path, path, best);
        if (distance < best) {
            best = distance;
            near = route;
        }
    }
    error_set(err, ERROR_NOT_FOUND, "%.*s has no route %.*s%s%.*s", (int)api->name.length,
        api->name.data, (int)method.length, method.data, method.length ? " " : "", (int)path.length,
        path.data);
    if (near)
        error_hint(err, "the nearest is %.*s%s%.*s", (int)near->method.length, near->method.data,
            near->method.length ? " " : "", (int)near->path.length, near->path.data);
    return NULL;
}

struct gateway_stage *gateway_find_stage(struct gateway_api *api, struct text name,
    struct error *err)
{
    struct buf names;

    for (size_t i = 0; i < api->stage_count; i++)
        if (text_equal(api->stage[i].name, name))
            return &api->stage[i];
    buf_init(&names, 120);
    for (size_t i = 0; i < api->stage_count; i++)
        buf_add_format(&names, "%s%.*s", i ? ", " : "", (int)api->stage[i].name.length,
            api->stage[i].name.data);
    error_set(err, ERROR_NOT_FOUND, "%.*s has no stage %.*s", (int)api->name.length, api->name.data,
        (int)name.length, name.data);
    error_hint(err, names.length ? "its stages: %s" : "it has no stages%s", buf_string(&names));
    buf_done(&names);
    return NULL;
}

/* The status of a MOCK: the integer behind "statusCode" in its request template. */
static void add_mock_status(struct buf *out, const struct json *integration)
{
    const struct json *templates = json_member(integration, "requestTemplates");
    struct text body = templates && templates->first ? templates->first->text : TEXT("");
    size_t at = text_find(body, TEXT("statusCode"), 0);

    if (at == SIZE_MAX)
        return;
    at += strlen("statusCode");
    while (at < body.length && !(body.data[at] >= '0' && body.data[at] <= '9'))
        at++;
    buf_add_char(out, ' ');
    for (; at < body.length && body.data[at] >= '0' && body.data[at] <= '9'; at++)
        buf_add_char(out, body.data[at]);
}

/* arn:aws:apigateway:region:dynamodb:action/GetItem, and the table named in the template */
static void add_service_action(struct buf *out, struct text uri, const struct json *integration)
{
    const struct json *templates = json_member(integration, "requestTemplates");
    struct text body = templates && templates->first ? templates->first->text : TEXT("");
    size_t action = text_find(uri, TEXT("action/"), 0), at, end;

    if (text_find(uri, TEXT(":dynamodb:"), 0) == SIZE_MAX || action == SIZE_MAX) {
        buf_add_format(out, "SERVICE %.*s", (int)uri.length, uri.data);
        return;
    }
    buf_add_string(out, "TABLE ");
    buf_add_text(out, text_slice(uri, action + strlen("action/"), uri.length));
    at = text_find(body, TEXT("\"TableName\""), 0);
    if (at == SIZE_MAX)
        return;
    at = text_find(body, TEXT("\""), at + strlen("\"TableName\""));
    end = at == SIZE_MAX ? SIZE_MAX : text_find(body, TEXT("\""), at + 1);
    if (end != SIZE_MAX) {
        buf_add_char(out, ' ');
        buf_add_text(out, text_slice(body, at + 1, end));
    }
}

void gateway_add_target(struct buf *out, const struct gateway_api *api,
    const struct gateway_route *route)
{
    bool rest = api->kind == 'R';
    struct text type = json_string_member(route->integration, rest ? "type" : "integrationType");
    struct text uri = json_string_member(route->integration, rest ? "uri" : "integrationUri");

    if (!route->integration)
        buf_add_string(out, "-");
    else if (text_is(type, "MOCK")) {
        buf_add_string(out, "MOCK");
        add_mock_status(out, route->integration);
    } else if (text_is(type, "AWS"))
        add_service_action(out, uri, route->integration);
    else if (text_is(type, "AWS_PROXY"))
        buf_add_format(out, "LAMBDA %.*s", (int)uri.length, uri.data);
    else
        buf_add_format(out, "URL %.*s%s", (int)uri.length, uri.data,
            text_is(type, "HTTP") ? " CUSTOM" : "");
}
