#include "console/gateway_object.h"
#include "console/route_parts.h"

/*
 * A route is put back as it was. In v1 its method, integration and responses go with each other; in
 * v2 it points at an integration again that does the same, or at a new one.
 */

/* A response of the method (v1), which cannot be put where one is. */
static enum error_code put_method_response(struct route_change *change, const char *members,
    const struct json *response, struct error *err)
{
    struct arena *arena = change->plan->arena;
    char *rest = route_copy_members(arena, response, false);
    struct gateway_step *step =
        rest ? gateway_add_step(change->steps, change->api->service, "PutMethodResponse",
                   change->live, "{%s,\"statusCode\":%s%s}", members,
                   gateway_quoted(arena, response->name), rest)
             : NULL;

    if (!step || (change->route &&
                     !gateway_add_undo(change->steps, "DeleteMethodResponse",
                         "{%s,\"statusCode\":%s}", members, gateway_quoted(arena, response->name))))
        return arena_failed(arena, err);
    step->is_part = !change->route;
    return ERROR_NONE;
}

static enum error_code delete_method_response(struct route_change *change, const char *members,
    const struct json *response, struct error *err)
{
    struct arena *arena = change->plan->arena;
    char *rest = route_copy_members(arena, response, false);
    const char *status = gateway_quoted(arena, response->name);

    if (!rest ||
        !gateway_add_step(change->steps, change->api->service, "DeleteMethodResponse", change->live,
            "{%s,\"statusCode\":%s}", members, status) ||
        !gateway_add_undo(change->steps, "PutMethodResponse", "{%s,\"statusCode\":%s%s}", members,
            status, rest))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

/* The integration whole, then its responses, which go with it. */
static enum error_code put_integration(struct route_change *change, const char *resource,
    const struct json *integration, struct error *err)
{
    struct arena *arena = change->plan->arena;
    char *members = route_method_members(change, resource);
    char *rest = route_copy_members(arena, integration, true);
    const struct json *all = json_member(integration, "integrationResponses");
    struct gateway_step *step;

    if (!members || !rest)
        return arena_failed(arena, err);
    step = gateway_add_step(change->steps, change->api->service, "PutIntegration", change->live,
        "{%s%s}", members, rest);
    if (!step || (change->route && !route_rest_keep_integration(change, resource)))
        return arena_failed(arena, err);
    step->is_part = !change->route;
    for (const struct json *one = all ? all->first : NULL; one; one = one->next) {
        rest = route_copy_members(arena, one, false);
        step = rest ? gateway_add_step(change->steps, change->api->service,
                          "PutIntegrationResponse", change->live, "{%s,\"statusCode\":%s%s}",
                          members, gateway_quoted(arena, one->name), rest)
                    : NULL;
        if (!step)
            return arena_failed(arena, err);
        step->is_part = true;
    }
    return ERROR_NONE;
}

static enum error_code make_method(struct route_change *change, const struct json *wanted,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct json *responses = json_member(wanted, "methodResponses");
    const struct json *integration = json_member(wanted, "methodIntegration");
    const char *resource = NULL;
    char *members, *rest;
    enum error_code code = route_rest_add_resources(change, &resource, err);

    if (code)
        return code;
    members = route_method_members(change, resource);
    rest = route_copy_members(arena, wanted, false);
    if (!members || !rest ||
        !gateway_add_step(change->steps, change->api->service, "PutMethod", change->live, "{%s%s}",
            members, rest) ||
        !gateway_add_undo(change->steps, "DeleteMethod", "{%s}", members))
        return arena_failed(arena, err);
    for (const struct json *one = responses ? responses->first : NULL; !code && one;
         one = one->next)
        code = put_method_response(change, members, one, err);
    return code || !integration ? code : put_integration(change, resource, integration, err);
}

/* One call with an operation for each member, and the call that takes it back. */
static enum error_code add_patch(struct route_change *change, const char *operation,
    const char *members, const struct json *now, const struct json *wanted, const char *const *skip,
    struct error *err)
{
    struct buf there, back;
    bool good = true;

    buf_init(&there, 1 << 20);
    buf_init(&back, 1 << 20);
    route_add_patch(&there, "", now, wanted, skip);
    route_add_patch(&back, "", wanted, now, skip);
    if (there.failure || back.failure)
        good = false;
    else if (there.length > 0)
        good = gateway_add_step(change->steps, change->api->service, operation, change->live,
                   "{%s,\"patchOperations\":[%s]}", members, buf_string(&there)) &&
               gateway_add_undo(change->steps, operation, "{%s,\"patchOperations\":[%s]}", members,
                   buf_string(&back));
    buf_done(&there);
    buf_done(&back);
    return good ? ERROR_NONE : arena_failed(change->plan->arena, err);
}

/* Only the time-out differs: one patch instead of all anew. */
static bool differs_in_timeout(const struct json *now, const struct json *wanted)
{
    const char *const name = "timeoutInMillis";

    if (!now || !wanted || now->count != wanted->count || !json_member(now, name))
        return false;
    for (const struct json *one = wanted->first; one; one = one->next)
        if (!text_is(one->name, name) &&
            !gateway_state_equal(json_member_text(now, one->name), one))
            return false;
    return true;
}

static enum error_code change_integration(struct route_change *change, const char *resource,
    const struct json *now, const struct json *wanted, struct error *err)
{
    static const char *const none[] = {NULL};
    struct arena *arena = change->plan->arena;
    char *members = route_method_members(change, resource);
    enum error_code code;

    if (!members)
        return arena_failed(arena, err);
    if (gateway_state_equal(now, wanted))
        return ERROR_NONE;
    if (differs_in_timeout(now, wanted))
        return add_patch(change, "UpdateIntegration", members, now, wanted, none, err);
    code = route_rest_keep_responses(change, resource, err);
    if (!code && wanted)
        return put_integration(change, resource, wanted, err);
    if (!code && (!gateway_add_step(change->steps, change->api->service, "DeleteIntegration",
                      change->live, "{%s}", members) ||
                     !route_rest_keep_integration(change, resource)))
        code = arena_failed(arena, err);
    return code;
}

static enum error_code change_method(struct route_change *change, const struct json *now,
    const struct json *wanted, struct error *err)
{
    static const char *const part[] = {"httpMethod", "methodIntegration", "methodResponses", NULL};
    struct arena *arena = change->plan->arena;
    const char *resource = gateway_quoted(arena, change->route->resource_id);
    char *members = route_method_members(change, resource);
    const struct json *before = json_member(now, "methodResponses");
    const struct json *after = json_member(wanted, "methodResponses");
    enum error_code code = ERROR_NONE;

    if (!members)
        return arena_failed(arena, err);
    /* Responses of the integration need theirs of the method: first what comes, last what goes. */
    for (const struct json *one = after ? after->first : NULL; !code && one; one = one->next)
        if (!json_member_text(before, one->name))
            code = put_method_response(change, members, one, err);
    if (!code)
        code = change_integration(change, resource, json_member(now, "methodIntegration"),
            json_member(wanted, "methodIntegration"), err);
    for (const struct json *one = before ? before->first : NULL; !code && one; one = one->next) {
        const struct json *kept = json_member_text(after, one->name);

        if (kept && gateway_state_equal(one, kept))
            continue;
        code = delete_method_response(change, members, one, err);
        if (!code && kept)
            code = put_method_response(change, members, kept, err);
    }
    return code ? code : add_patch(change, "UpdateMethod", members, now, wanted, part, err);
}

enum error_code route_rest_restore(struct route_change *change, const struct json *wanted,
    struct error *err)
{
    const struct json *now = NULL;
    struct text state;
    enum error_code code;

    if (!wanted)
        return route_rest_drop(change, err);
    if (!change->route)
        return make_method(change, json_member(wanted, "route"), err);
    code = gateway_route_state(change->plan->arena, change->route, false, &state, err);
    if (!code)
        code = gateway_state_parse(change->plan->arena, state, &now, err);
    return code ? code
                : change_method(change, json_member(now, "route"), json_member(wanted, "route"),
                      err);
}

/* The integration of a route as a state; NULL: none, or no memory. */
static const struct json *integration_of(struct arena *arena, const struct gateway_route *route)
{
    const struct json *tree = NULL;
    struct error ignored;
    struct text state;

    if (!route || gateway_route_state(arena, route, false, &state, &ignored) ||
        gateway_state_parse(arena, state, &tree, &ignored))
        return NULL;
    return json_member(tree, "integration");
}

static char *integration_members(struct route_change *change, struct text id)
{
    struct arena *arena = change->plan->arena;

    return arena_format(arena, "\"apiId\":%s,\"integrationId\":%s",
        gateway_quoted(arena, change->api->id), gateway_quoted(arena, id));
}

/* What a route points at: an integration that does the same, or a new one; NULL: no memory. */
static const char *find_target(struct route_change *change, const struct json *wanted)
{
    struct arena *arena = change->plan->arena;
    const struct gateway_api *api = change->api;
    char *members;

    for (size_t i = 0; i < api->route_count; i++) {
        struct text id = api->route[i].integration_id;

        if (gateway_state_equal(integration_of(arena, &api->route[i]), wanted))
            return gateway_quoted(arena,
                text_of(arena_format(arena, "integrations/%.*s", (int)id.length, id.data)));
    }
    members = route_copy_members(arena, wanted, false);
    if (!members || !gateway_add_step(change->steps, api->service, "CreateIntegration",
                        change->live, "{\"apiId\":%s%s}", gateway_quoted(arena, api->id), members))
        return NULL;
    change->steps->step[change->steps->count - 1].result = "integrationId";
    if (!gateway_add_undo(change->steps, "DeleteIntegration", "{\"apiId\":%s,\"integrationId\":%s}",
            gateway_quoted(arena, api->id), gateway_result(arena, "", change->steps->count - 1)))
        return NULL;
    return gateway_result(arena, "integrations/", change->steps->count - 1);
}

static enum error_code make_route(struct route_change *change, const struct json *wanted,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct json *route = json_member(wanted, "route");
    const struct json *integration = json_member(wanted, "integration");
    const char *target = integration ? find_target(change, integration) : "";
    char *rest = route_copy_members(arena, route, false);

    if (!target || !rest ||
        !gateway_add_step(change->steps, change->api->service, "CreateRoute", change->live,
            "{\"apiId\":%s%s%s%s}", gateway_quoted(arena, change->api->id), rest,
            target[0] ? ",\"target\":" : "", target))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

/* UpdateIntegration keeps what it is not told: it cannot take a member away. */
static bool can_update(const struct route_change *change, const struct json *now,
    const struct json *wanted)
{
    if (!now || route_http_users(change->api, change->route->integration_id) != 1)
        return false;
    for (const struct json *one = now->first; one; one = one->next)
        if (!json_member_text(wanted, one->name))
            return false;
    return gateway_state_equal(json_member(now, "integrationType"),
        json_member(wanted, "integrationType"));
}

static enum error_code update_integration(struct route_change *change, const struct json *now,
    const struct json *wanted, struct error *err)
{
    struct arena *arena = change->plan->arena;
    char *members = integration_members(change, change->route->integration_id);
    char *there = route_copy_changed(arena, now, wanted);
    char *back = route_copy_changed(arena, wanted, now);

    if (!members || !there || !back ||
        !gateway_add_step(change->steps, change->api->service, "UpdateIntegration", change->live,
            "{%s%s}", members, there) ||
        !gateway_add_undo(change->steps, "UpdateIntegration", "{%s%s}", members, back))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

/* Points the route elsewhere; what nothing uses any more goes. */
static enum error_code move_route(struct route_change *change, const struct json *wanted,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct gateway_route *route = change->route;
    const char *api = gateway_quoted(arena, change->api->id);
    const char *id = gateway_quoted(arena, route->route_id);
    const char *target = find_target(change, wanted);
    char *old = integration_members(change, route->integration_id);

    if (!target || !old ||
        !gateway_add_step(change->steps, change->api->service, "UpdateRoute", change->live,
            "{\"apiId\":%s,\"routeId\":%s,\"target\":%s}", api, id, target) ||
        !gateway_add_undo(change->steps, "UpdateRoute",
            "{\"apiId\":%s,\"routeId\":%s,\"target\":%s}", api, id,
            gateway_quoted(arena, json_string_member(route->method_json, "target"))))
        return arena_failed(arena, err);
    if (route->integration_id.length > 0 &&
        route_http_users(change->api, route->integration_id) == 1 &&
        !gateway_add_step(change->steps, change->api->service, "DeleteIntegration", change->live,
            "{%s}", old))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

static enum error_code update_route(struct route_change *change, const struct json *now,
    const struct json *wanted, struct error *err)
{
    struct arena *arena = change->plan->arena;
    const char *api = gateway_quoted(arena, change->api->id);
    const char *id = gateway_quoted(arena, change->route->route_id);
    char *there = route_copy_changed(arena, now, wanted);
    char *back = route_copy_changed(arena, wanted, now);

    if (!there || !back)
        return arena_failed(arena, err);
    if (!there[0])
        return ERROR_NONE;
    if (!gateway_add_step(change->steps, change->api->service, "UpdateRoute", change->live,
            "{\"apiId\":%s,\"routeId\":%s%s}", api, id, there) ||
        !gateway_add_undo(change->steps, "UpdateRoute", "{\"apiId\":%s,\"routeId\":%s%s}", api, id,
            back))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

static enum error_code change_route(struct route_change *change, const struct json *now,
    const struct json *wanted, struct error *err)
{
    const struct json *old = json_member(now, "integration");
    const struct json *new = json_member(wanted, "integration");
    enum error_code code = ERROR_NONE;

    if (!new &&old)
        return error_set(err, ERROR_INVALID, "a route cannot be left without its integration");
    if (new && !gateway_state_equal(old, new))
        code = can_update(change, old, new) ? update_integration(change, old, new, err)
                                            : move_route(change, new, err);
    return code
               ? code
               : update_route(change, json_member(now, "route"), json_member(wanted, "route"), err);
}

enum error_code route_http_restore(struct route_change *change, const struct json *wanted,
    struct error *err)
{
    const struct json *now = NULL;
    struct text state;
    enum error_code code;

    if (!wanted)
        return route_http_drop(change, err);
    if (!change->route)
        return make_route(change, wanted, err);
    code = gateway_route_state(change->plan->arena, change->route, false, &state, err);
    if (!code)
        code = gateway_state_parse(change->plan->arena, state, &now, err);
    return code ? code : change_route(change, now, wanted, err);
}
