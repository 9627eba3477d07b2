#include "console/route_parts.h"

#include "base/json.h"
#include "console/gateway_call.h"

/*
 * HTTP APIs (v2): a route points at an integration, which several routes may share. CREATE makes the
 * integration first unless an equal one exists, so that the route appears only when it is whole
 * (language.md G3). ALTER changes the integration when only this route uses it, else makes another
 * (G5). DROP removes an integration that nothing uses (G6).
 */

static const char *api_id(const struct route_change *change)
{
    return gateway_quoted(change->plan->arena, change->api->id);
}

size_t route_http_users(const struct gateway_api *api, struct text integration)
{
    size_t count = 0;

    for (size_t i = 0; i < api->route_count; i++)
        count += text_equal(api->route[i].integration_id, integration);
    return count;
}

/* The integration's method: as said, else the route's, ANY for $default. */
static struct text integration_method(const struct route_spec *spec)
{
    if (spec->url_method.length)
        return spec->url_method;
    return spec->method.length ? spec->method : TEXT("ANY");
}

/* An integration that already does what is asked; empty when there is none. */
static struct text find_equal(const struct route_change *change, struct text url, uint32_t timeout)
{
    const struct gateway_api *api = change->api;

    for (size_t i = 0; i < api->route_count; i++) {
        const struct json *json = api->route[i].integration;

        if (json && text_is(json_string_member(json, "integrationType"), "HTTP_PROXY") &&
            text_equal(json_string_member(json, "integrationUri"), url) &&
            text_equal(json_string_member(json, "integrationMethod"),
                integration_method(change->spec)) &&
            json_integer_member(json, "timeoutInMillis", 30000) == (timeout ? timeout : 30000))
            return api->route[i].integration_id;
    }
    return (struct text){0};
}

static char *route_key(const struct route_change *change)
{
    const struct route_spec *spec = change->spec;

    return arena_format(change->plan->arena, "%.*s%s%.*s", (int)spec->method.length,
        spec->method.data, spec->method.length ? " " : "", (int)spec->path.length, spec->path.data);
}

/* Adds CreateIntegration and returns the marker of its id, or the quoted id of an equal one. */
static const char *add_integration(struct route_change *change, struct text url, uint32_t timeout,
    bool may_share, const char **id_for_target)
{
    struct arena *arena = change->plan->arena;
    struct text equal = may_share ? find_equal(change, url, timeout) : (struct text){0};
    struct gateway_step *step;
    const char *wait = timeout ? arena_format(arena, ",\"timeoutInMillis\":%u", timeout) : "";

    if (equal.length) {
        *id_for_target =
            arena_format(arena, "\"integrations/%.*s\"", (int)equal.length, equal.data);
        return gateway_quoted(arena, equal);
    }
    step = gateway_add_step(change->steps, change->api->service, "CreateIntegration", change->live,
        "{\"apiId\":%s,\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":%s,"
        "\"integrationUri\":%s,\"payloadFormatVersion\":\"1.0\"%s}",
        api_id(change), gateway_quoted(arena, integration_method(change->spec)),
        gateway_quoted(arena, url), wait ? wait : "");
    if (!step)
        return NULL;
    step->result = "integrationId";
    step->undo_operation = "DeleteIntegration";
    step->undo_input = text_of(arena_format(arena, "{\"apiId\":%s,\"integrationId\":%s}",
        api_id(change), gateway_result(arena, "", change->steps->count - 1)));
    *id_for_target = gateway_result(arena, "integrations/", change->steps->count - 1);
    return gateway_result(arena, "", change->steps->count - 1);
}

static enum error_code add_throttle(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    const char *key = gateway_quoted(arena, text_of(route_key(change)));
    struct gateway_step *step;

    if (!change->stage.length)
        return error_set(err, ERROR_USAGE, "THROTTLE is a setting of a stage: add STAGE s");
    if (spec->throttle_off)
        step = gateway_add_step(change->steps, change->api->service, "DeleteRouteSettings",
            "at once", "{\"apiId\":%s,\"stageName\":%s,\"routeKey\":%s}", api_id(change),
            gateway_quoted(arena, change->stage), key);
    else
        step = gateway_add_step(change->steps, change->api->service, "UpdateStage", "at once",
            "{\"apiId\":%s,\"stageName\":%s,\"routeSettings\":{%s:{\"throttlingRateLimit\":%.*s,"
            "\"throttlingBurstLimit\":%lld}}}",
            api_id(change), gateway_quoted(arena, change->stage), key, (int)spec->rate.length,
            spec->rate.data, (long long)spec->burst);
    return step ? ERROR_NONE : arena_failed(arena, err);
}

enum error_code route_http_create(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    const char *target;

    if (!add_integration(change, spec->url, spec->timeout_ms, true, &target) ||
        !gateway_add_step(change->steps, change->api->service, "CreateRoute", change->live,
            "{\"apiId\":%s,\"routeKey\":%s,\"target\":%s,\"authorizationType\":\"%s\"}",
            api_id(change), gateway_quoted(arena, text_of(route_key(change))), target,
            spec->auth_iam ? "AWS_IAM" : "NONE"))
        return arena_failed(arena, err);
    return spec->has_throttle ? add_throttle(change, err) : ERROR_NONE;
}

/* Moves the route to another integration and removes the old one when nothing else uses it. */
static enum error_code move_to_new(struct route_change *change, struct text url, uint32_t timeout,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct gateway_route *route = change->route;
    const char *target;

    if (!add_integration(change, url, timeout, false, &target) ||
        !gateway_add_step(change->steps, change->api->service, "UpdateRoute", change->live,
            "{\"apiId\":%s,\"routeId\":%s,\"target\":%s}", api_id(change),
            gateway_quoted(arena, route->route_id), target) ||
        !gateway_add_undo(change->steps, "UpdateRoute",
            "{\"apiId\":%s,\"routeId\":%s,\"target\":%s}", api_id(change),
            gateway_quoted(arena, route->route_id),
            gateway_quoted(arena, json_string_member(route->method_json, "target"))))
        return arena_failed(arena, err);
    if (route->integration_id.length && route_http_users(change->api, route->integration_id) == 1 &&
        !gateway_add_step(change->steps, change->api->service, "DeleteIntegration", change->live,
            "{\"apiId\":%s,\"integrationId\":%s}", api_id(change),
            gateway_quoted(arena, route->integration_id)))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

static enum error_code alter_integration(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    const struct json *old = change->route->integration;
    struct text url = json_string_member(old, "integrationUri");
    int64_t timeout = json_integer_member(old, "timeoutInMillis", 30000);
    bool new_url = spec->target == ROUTE_TARGET_URL && !text_equal(spec->url, url);
    bool new_timeout = spec->timeout_ms && spec->timeout_ms != timeout;
    struct buf members;
    struct gateway_step *step;

    if (new_url)
        buf_add_format(change->diff, "target: URL %.*s -> URL %.*s\n", (int)url.length, url.data,
            (int)spec->url.length, spec->url.data);
    if (new_timeout)
        buf_add_format(change->diff, "timeout: %lld ms -> %u ms\n", (long long)timeout,
            spec->timeout_ms);
    if (!new_url && !new_timeout)
        return ERROR_NONE;
    if (!text_is(json_string_member(old, "integrationType"), "HTTP_PROXY") ||
        route_http_users(change->api, change->route->integration_id) > 1)
        return move_to_new(change, new_url ? spec->url : url,
            spec->timeout_ms ? spec->timeout_ms : (uint32_t)timeout, err);
    buf_init(&members, 1 << 20);
    if (new_url) {
        buf_add_string(&members, ",\"integrationUri\":");
        json_add_string(&members, spec->url);
    }
    if (new_timeout)
        buf_add_format(&members, ",\"timeoutInMillis\":%u", spec->timeout_ms);
    step = gateway_add_step(change->steps, change->api->service, "UpdateIntegration", change->live,
        "{\"apiId\":%s,\"integrationId\":%s%s}", api_id(change),
        gateway_quoted(arena, change->route->integration_id), buf_string(&members));
    buf_done(&members);
    if (!step || !gateway_add_undo(change->steps, "UpdateIntegration",
                     "{\"apiId\":%s,\"integrationId\":%s,\"integrationUri\":%s,"
                     "\"timeoutInMillis\":%lld}",
                     api_id(change), gateway_quoted(arena, change->route->integration_id),
                     gateway_quoted(arena, url), (long long)timeout))
        return arena_failed(arena, err);
    return ERROR_NONE;
}

enum error_code route_http_alter(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct text auth = json_string_member(change->route->method_json, "authorizationType");
    enum error_code code = alter_integration(change, err);

    if (code == ERROR_NONE && spec->has_auth &&
        !text_is(auth, spec->auth_iam ? "AWS_IAM" : "NONE")) {
        buf_add_format(change->diff, "auth: %.*s -> %s\n", (int)auth.length, auth.data,
            spec->auth_iam ? "IAM" : "NONE");
        if (!gateway_add_step(change->steps, change->api->service, "UpdateRoute", change->live,
                "{\"apiId\":%s,\"routeId\":%s,\"authorizationType\":\"%s\"}", api_id(change),
                gateway_quoted(change->plan->arena, change->route->route_id),
                spec->auth_iam ? "AWS_IAM" : "NONE"))
            code = arena_failed(change->plan->arena, err);
    }
    if (code == ERROR_NONE && spec->has_throttle) {
        if (spec->throttle_off)
            buf_add_string(change->diff, "throttle: off\n");
        else
            buf_add_format(change->diff, "throttle: %.*s/s burst %lld\n", (int)spec->rate.length,
                spec->rate.data, (long long)spec->burst);
        code = add_throttle(change, err);
    }
    return code;
}

enum error_code route_http_drop(struct route_change *change, struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct gateway_route *route = change->route;

    if (!gateway_add_step(change->steps, change->api->service, "DeleteRoute", change->live,
            "{\"apiId\":%s,\"routeId\":%s}", api_id(change),
            gateway_quoted(arena, route->route_id)))
        return arena_failed(arena, err);
    if (route->integration_id.length && route_http_users(change->api, route->integration_id) == 1 &&
        !gateway_add_step(change->steps, change->api->service, "DeleteIntegration", change->live,
            "{\"apiId\":%s,\"integrationId\":%s}", api_id(change),
            gateway_quoted(arena, route->integration_id)))
        return arena_failed(arena, err);
    return ERROR_NONE;
}
