#include "endpoint/gateway/control_http.h"

static const struct control_member route_table[] = {
    {"routeKey", CONTROL_TEXT, NULL, false},
    {"target", CONTROL_TEXT, NULL, false},
    {"authorizationType", CONTROL_TEXT, "NONE|AWS_IAM|CUSTOM|JWT", false},
    {"authorizerId", CONTROL_TEXT, NULL, false},
    {"authorizationScopes", CONTROL_TEXTS, NULL, false},
    {"apiKeyRequired", CONTROL_BOOL, NULL, false},
    {"operationName", CONTROL_TEXT, NULL, false},
    {"modelSelectionExpression", CONTROL_TEXT, NULL, false},
    {"routeResponseSelectionExpression", CONTROL_TEXT, NULL, false},
};

enum { MEMBERS = sizeof route_table / sizeof *route_table, ROUTES = 300 };

static bool fail_key(struct control *call, struct text key)
{
    return control_fail(call, CONTROL_BAD_REQUEST,
        "The provided route key is not formatted properly for HTTP protocol. Format should be "
        "\"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\": %.*s",
        (int)key.length, key.data ? key.data : "");
}

static bool is_word(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f || text.data[i] == '{' ||
            text.data[i] == '}' || text.data[i] == '?' || text.data[i] == '#')
            return false;
    return true;
}

/* Segments are words or {name}; {name+} only at the end. */
static bool check_path(struct text path)
{
    struct text rest = text_slice(path, 1, path.length), segment;

    while (text_take_field(&rest, '/', &segment)) {
        bool is_variable =
            segment.length > 2 && segment.data[0] == '{' && segment.data[segment.length - 1] == '}';
        bool is_greedy = is_variable && segment.data[segment.length - 2] == '+';

        if (is_variable)
            segment = text_slice(segment, 1, segment.length - (is_greedy ? 2 : 1));
        if (!is_word(segment) || (is_variable && segment.length == 0) ||
            (is_greedy && rest.length > 0))
            return false;
    }
    return true;
}

static bool check_key(struct control *call, struct text key)
{
    struct text path = key, verb;

    if (text_is(key, "$default"))
        return true;
    if (!text_take_until(&path, ' ', &verb) ||
        !control_is_choice("GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY", verb) ||
        path.length == 0 || path.data[0] != '/' || key.length > 512 || !check_path(path))
        return fail_key(call, key);
    return true;
}

static bool check_target(struct control *call, struct text api, struct text target)
{
    struct text prefix = TEXT("integrations/");

    if (target.length == 0)
        return true;
    if (!text_starts_with(target, prefix))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid target specified: %.*s",
            (int)target.length, target.data);
    target = text_slice(target, prefix.length, target.length);
    return gateway_store_find(call->store, GATEWAY_INTEGRATION, api, target) ||
           control_fail(call, CONTROL_NOT_FOUND, "Unable to find Integration by identifier %.*s",
               (int)target.length, target.data);
}

static bool check_route(struct control *call, struct text api, const struct json *route,
    struct text id)
{
    struct text key = json_string_member(route, "routeKey");
    struct text type = json_string_member(route, "authorizationType");
    const struct record *other;

    if (!check_key(call, key) || !check_target(call, api, json_string_member(route, "target")))
        return false;
    if (text_is(type, "CUSTOM") || text_is(type, "JWT") ||
        json_string_member(route, "authorizerId").length > 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT "
            "requires a valid authorizer.");
    for (int64_t at = 0;
         (other = gateway_store_next(call->store, GATEWAY_ROUTE, api, at)) != NULL;) {
        at = other->sequence;
        if (!text_equal(other->id, id) &&
            text_equal(json_string_member(other->tree, "routeKey"), key))
            return control_fail(call, CONTROL_CONFLICT,
                "Route with key %.*s already exists for this API", (int)key.length, key.data);
    }
    return true;
}

bool control_http_put_route(struct control *call, struct text api, struct json *route,
    struct text *id)
{
    if (!draft_member(route, "authorizationType"))
        draft_set(&call->draft, route, "authorizationType", draft_string(&call->draft, "NONE"));
    if (!draft_member(route, "apiKeyRequired"))
        draft_set(&call->draft, route, "apiKeyRequired", draft_bool(&call->draft, false));
    if (!check_route(call, api, route, TEXT("")))
        return false;
    if (gateway_store_count(call->store, GATEWAY_ROUTE, api) >= ROUTES)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of routes for this API has been reached (%d)", ROUTES);
    *id = control_new_id(call, GATEWAY_ROUTE, api, 7);
    draft_set(&call->draft, route, "routeId", draft_text(&call->draft, *id));
    call->changed = api;
    return control_create(call, GATEWAY_ROUTE, api, *id, route);
}

bool control_http_create_route(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct json *route = draft_object(&call->draft);
    struct text id;

    if (!api || !control_take(call, call->body, NULL, route_table, MEMBERS, route) ||
        !control_http_put_route(call, api->id, route, &id))
        return false;
    control_answer(call, route);
    return true;
}

bool control_http_get_routes(struct control *call)
{
    const struct record *api = control_find_http(call);

    return api && control_list(call, GATEWAY_ROUTE, api->id, NULL);
}

static const struct record *find_route(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct text id = call->parameter[1];
    const struct record *route =
        api ? gateway_store_find(call->store, GATEWAY_ROUTE, api->id, id) : NULL;

    if (api && !route)
        control_fail(call, CONTROL_NOT_FOUND, "Unable to find Route by identifier %.*s",
            (int)id.length, id.data);
    return route;
}

bool control_http_get_route(struct control *call)
{
    const struct record *route = find_route(call);

    if (route)
        buf_add_text(&call->out, route->json);
    return route;
}

bool control_http_update_route(struct control *call)
{
    const struct record *route = find_route(call);
    struct json *document = route ? control_edit(call, route) : NULL;

    if (!document || !control_http_merge(call, route_table, MEMBERS, document) ||
        !check_route(call, route->api, document, route->id))
        return false;
    call->changed = route->api;
    control_answer(call, document);
    return control_save(call, route, document);
}

bool control_http_delete_route(struct control *call)
{
    const struct record *route = find_route(call);

    if (!route)
        return false;
    call->changed = route->api;
    return control_delete(call, GATEWAY_ROUTE, route->api, route->id);
}
