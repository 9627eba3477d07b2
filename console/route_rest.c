#include "console/route_parts.h"

#include "base/json.h"
#include "console/gateway_call.h"

#include <string.h>

/*
 * REST APIs (v1): a route is a method of a resource. CREATE makes the missing resources from the
 * root down, then method, integration and, where the answer is not passed through, the responses
 * (language.md G2). ALTER patches what changed (G4). DROP removes the method and the resources that
 * are left without any (G6).
 */

static const char *const passed_error_table[][2] = {{"400", "4\\d{2}"}, {"500", "5\\d{2}"}};

static struct gateway_resource *find_resource(struct gateway_api *api, struct text path)
{
    for (size_t i = 0; i < api->resource_count; i++)
        if (text_equal(api->resource[i].path, path))
            return &api->resource[i];
    return NULL;
}

/* Adds CreateResource for each level that is missing; *resource is the quoted id or a marker. */
enum error_code route_rest_add_resources(struct route_change *change, const char **resource,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    struct gateway_resource *known = find_resource(change->api, TEXT("/"));
    const char *api = gateway_quoted(arena, change->api->id);
    struct text path = change->spec->path, rest = text_slice(path, 1, path.length), part;

    if (!known)
        return error_set(err, ERROR_INVALID, "the API has no root resource");
    *resource = gateway_quoted(arena, known->id);
    if (rest.length && text_ends_with(rest, TEXT("/")))
        rest = text_slice(rest, 0, rest.length - 1);
    while (text_take_field(&rest, '/', &part)) {
        size_t end = (size_t)(part.data + part.length - path.data);
        struct gateway_step *step;

        if (!part.length)
            return error_set(err, ERROR_USAGE, "the path %.*s has an empty part", (int)path.length,
                path.data);
        known = find_resource(change->api, text_slice(path, 0, end));
        if (known) {
            *resource = gateway_quoted(arena, known->id);
            continue;
        }
        step = gateway_add_step(change->steps, change->api->service, "CreateResource", change->live,
            "{\"restApiId\":%s,\"parentId\":%s,\"pathPart\":%s}", api, *resource,
            gateway_quoted(arena, part));
        if (!step)
            return arena_failed(arena, err);
        *resource = gateway_result(arena, "", change->steps->count - 1);
        step->result = "id";
        step->undo_operation = "DeleteResource";
        step->undo_input =
            text_of(arena_format(arena, "{\"restApiId\":%s,\"resourceId\":%s}", api, *resource));
    }
    return ERROR_NONE;
}

/* Calls each(user, name) for every {name} of the text; {name+} without the plus. */
static void each_variable(struct text text, void (*each)(void *user, struct text name), void *user)
{
    for (size_t at = 0; at < text.length; at++) {
        size_t end;

        if (text.data[at] != '{')
            continue;
        end = text_find(text, TEXT("}"), at);
        if (end == SIZE_MAX)
            return;
        if (end > at + 1 && text.data[end - 1] == '+')
            each(user, text_slice(text, at + 1, end - 1));
        else
            each(user, text_slice(text, at + 1, end));
        at = end;
    }
}

struct variables {
    struct buf *out;
    struct text other; /* names must occur here too; data NULL: no matter */
    bool for_integration;
};

static bool has_variable(struct text text, struct text name)
{
    for (size_t at = 0; (at = text_find(text, name, at)) != SIZE_MAX; at++)
        if (at > 0 && text.data[at - 1] == '{' && at + name.length < text.length &&
            (text.data[at + name.length] == '}' || text.data[at + name.length] == '+'))
            return true;
    return false;
}

static void add_variable(void *user, struct text name)
{
    struct variables *variables = user;
    const char *comma = variables->out->length ? "," : "";

    if (variables->other.data && !has_variable(variables->other, name))
        return;
    if (variables->for_integration)
        buf_add_format(variables->out,
            "%s\"integration.request.path.%.*s\":\"method.request.path.%.*s\"", comma,
            (int)name.length, name.data, (int)name.length, name.data);
    else
        buf_add_format(variables->out, "%s\"method.request.path.%.*s\":true", comma,
            (int)name.length, name.data);
}

static void add_json_member(struct buf *out, const char *name, struct text value)
{
    buf_add_format(out, ",\"%s\":", name);
    json_add_string(out, value);
}

static void add_url_integration(struct buf *input, const struct route_spec *spec)
{
    struct variables variables = {.other = spec->path, .for_integration = true};
    struct buf mapped;

    buf_init(&mapped, 64 << 10);
    variables.out = &mapped;
    buf_add_format(input, ",\"type\":\"%s\"", spec->custom ? "HTTP" : "HTTP_PROXY");
    add_json_member(input, "integrationHttpMethod",
        spec->url_method.length ? spec->url_method : spec->method);
    add_json_member(input, "uri", spec->url);
    each_variable(spec->url, add_variable, &variables);
    if (mapped.length)
        buf_add_format(input, ",\"requestParameters\":{%s}", buf_string(&mapped));
    buf_done(&mapped);
}

static void add_table_integration(struct buf *input, const struct route_spec *spec,
    const char *region)
{
    buf_add_string(input, ",\"type\":\"AWS\",\"integrationHttpMethod\":\"POST\"");
    buf_add_format(input, ",\"uri\":\"arn:aws:apigateway:%s:dynamodb:action/%s\"", region,
        spec->call.operation);
    buf_add_string(input, ",\"passthroughBehavior\":\"NEVER\",\"requestTemplates\":{"
                          "\"application/json\":");
    json_add_string(input, spec->call.request_template);
    buf_add_char(input, '}');
}

static enum error_code add_integration(struct route_change *change, const char *resource,
    uint32_t timeout_ms, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct buf input;
    struct gateway_step *step = NULL;

    buf_init(&input, 1 << 20);
    buf_add_string(&input, route_method_members(change, resource));
    switch (spec->target) {
    case ROUTE_TARGET_NONE:
        break;
    case ROUTE_TARGET_URL:
        add_url_integration(&input, spec);
        break;
    case ROUTE_TARGET_MOCK:
        buf_add_format(&input,
            ",\"type\":\"MOCK\",\"requestTemplates\":{\"application/json\":"
            "\"{\\\"statusCode\\\": %d}\"}",
            spec->mock_status);
        break;
    case ROUTE_TARGET_TABLE:
        add_table_integration(&input, spec, connection_region(change->plan->link->connection));
        break;
    }
    if (spec->credentials.length)
        add_json_member(&input, "credentials", spec->credentials);
    if (timeout_ms)
        buf_add_format(&input, ",\"timeoutInMillis\":%u", timeout_ms);
    if (!input.failure)
        step = gateway_add_step(change->steps, change->api->service, "PutIntegration", change->live,
            "{%s}", buf_string(&input));
    buf_done(&input);
    if (!step)
        return arena_failed(change->plan->arena, err);
    step->is_part = !change->route;
    return ERROR_NONE;
}

/* PutMethodResponse refuses a status that the method has (ConflictException). */
static bool has_response(const struct route_change *change, const char *status)
{
    return change->route &&
           json_member(json_member(change->route->method_json, "methodResponses"), status);
}

static enum error_code add_response(struct route_change *change, const char *resource,
    const char *status, const char *pattern, struct text template, struct error *err)
{
    struct arena *arena = change->plan->arena;
    struct gateway_step *step;
    char *members = route_method_members(change, resource);
    const char *selection = pattern ? arena_format(arena, ",\"selectionPattern\":%s",
                                          gateway_quoted(arena, text_of(pattern)))
                                    : "";
    const char *body = template.length
                           ? arena_format(arena, ",\"responseTemplates\":{\"application/json\":%s}",
                                 gateway_quoted(arena, template))
                           : "";

    if (!members || !selection || !body)
        return arena_failed(arena, err);
    if (!has_response(change, status)) {
        step = gateway_add_step(change->steps, change->api->service, "PutMethodResponse",
            change->live, "{%s,\"statusCode\":\"%s\"}", members, status);
        if (!step)
            return arena_failed(arena, err);
        step->is_part = !change->route;
        if (change->route && !gateway_add_undo(change->steps, "DeleteMethodResponse",
                                 "{%s,\"statusCode\":\"%s\"}", members, status))
            return arena_failed(arena, err);
    }
    step = gateway_add_step(change->steps, change->api->service, "PutIntegrationResponse",
        change->live, "{%s,\"statusCode\":\"%s\"%s%s}", members, status, selection, body);
    if (!step)
        return arena_failed(arena, err);
    step->is_part = true;
    return ERROR_NONE;
}

/* GetItem answers {} for a missing item: the route answers 404 then. */
#define MISSING_ITEM_TEMPLATE                                                                      \
    "#set($item = $input.path('$.Item'))#if(!$item || $item == \"\")"                              \
    "#set($context.responseOverride.status = 404)#end$input.json('$')"

static enum error_code add_responses(struct route_change *change, const char *resource,
    struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct text body = {0};
    enum error_code code;

    if (spec->target == ROUTE_TARGET_MOCK) {
        char status[16];
        struct buf text;

        code = route_mock_body(spec, change->plan->arena, &body, err);
        buf_init(&text, sizeof status);
        buf_add_integer(&text, spec->mock_status);
        memcpy(status, buf_string(&text), text.length + 1);
        buf_done(&text);
        return code ? code : add_response(change, resource, status, NULL, body, err);
    }
    if (spec->target == ROUTE_TARGET_TABLE && strcmp(spec->call.operation, "GetItem") == 0)
        body = TEXT(MISSING_ITEM_TEMPLATE);
    code = add_response(change, resource, "200", NULL, body, err);
    for (size_t i = 0; code == ERROR_NONE && i < 2; i++)
        code = add_response(change, resource, passed_error_table[i][0], passed_error_table[i][1],
            (struct text){0}, err);
    return code;
}

static bool is_passed_through(const struct route_spec *spec)
{
    return spec->target == ROUTE_TARGET_URL && !spec->custom;
}

static enum error_code add_throttle(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    struct buf path;
    struct gateway_step *step;

    if (!change->stage.length) {
        error_set(err, ERROR_USAGE, "THROTTLE is a setting of a stage: add STAGE s");
        return err->code;
    }
    buf_init(&path, 8 << 10);
    buf_add_char(&path, '/');
    route_add_pointer_part(&path, spec->path);
    buf_add_char(&path, '/');
    buf_add_text(&path, spec->method);
    if (!spec->throttle_off)
        buf_add_string(&path, "/throttling/");
    if (spec->throttle_off)
        step = gateway_add_step(change->steps, change->api->service, "UpdateStage", "at once",
            "{\"restApiId\":%s,\"stageName\":%s,\"patchOperations\":[{\"op\":\"remove\",\"path\":"
            "\"%s\"}]}",
            gateway_quoted(arena, change->api->id), gateway_quoted(arena, change->stage),
            buf_string(&path));
    else
        step = gateway_add_step(change->steps, change->api->service, "UpdateStage", "at once",
            "{\"restApiId\":%s,\"stageName\":%s,\"patchOperations\":[{\"op\":\"replace\",\"path\":"
            "\"%srateLimit\",\"value\":\"%.*s\"},{\"op\":\"replace\",\"path\":\"%sburstLimit\","
            "\"value\":\"%lld\"}]}",
            gateway_quoted(arena, change->api->id), gateway_quoted(arena, change->stage),
            buf_string(&path), (int)spec->rate.length, spec->rate.data, buf_string(&path),
            (long long)spec->burst);
    buf_done(&path);
    return step ? ERROR_NONE : arena_failed(arena, err);
}

enum error_code route_rest_create(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    struct variables variables = {.other = {0}};
    struct buf parameters;
    struct gateway_step *step;
    const char *resource = NULL;
    char *members;
    enum error_code code = route_rest_add_resources(change, &resource, err);

    if (code)
        return code;
    buf_init(&parameters, 64 << 10);
    variables.out = &parameters;
    each_variable(spec->path, add_variable, &variables);
    members = route_method_members(change, resource);
    step = !members
               ? NULL
               : gateway_add_step(change->steps, change->api->service, "PutMethod", change->live,
                     "{%s,\"authorizationType\":\"%s\",\"apiKeyRequired\":%s%s%s%s}", members,
                     spec->auth_iam ? "AWS_IAM" : "NONE", spec->key_required ? "true" : "false",
                     parameters.length ? ",\"requestParameters\":{" : "", buf_string(&parameters),
                     parameters.length ? "}" : "");
    if (step) {
        step->undo_operation = "DeleteMethod";
        step->undo_input = text_of(arena_format(arena, "{%s}", members));
    }
    buf_done(&parameters);
    if (!step)
        return arena_failed(arena, err);
    code = add_integration(change, resource, spec->timeout_ms, err);
    if (code == ERROR_NONE && !is_passed_through(spec))
        code = add_responses(change, resource, err);
    if (code == ERROR_NONE && spec->has_throttle)
        code = add_throttle(change, err);
    return code;
}

#define PATCH "{%s,\"patchOperations\":[{\"op\":\"replace\",\"path\":\"%s\",\"value\":\"%s\"}]}"

static enum error_code add_patch(struct route_change *change, const char *operation,
    const char *resource, const char *path, const char *value, const char *before,
    struct error *err)
{
    char *members = route_method_members(change, resource);

    if (!members || !value || !before ||
        !gateway_add_step(change->steps, change->api->service, operation, change->live, PATCH,
            members, path, value) ||
        !gateway_add_undo(change->steps, operation, PATCH, members, path, before))
        return arena_failed(change->plan->arena, err);
    return ERROR_NONE;
}

/* Steps that bring the old integration's responses back, once the integration itself is back. */
enum error_code route_rest_keep_responses(struct route_change *change, const char *resource,
    struct error *err)
{
    struct arena *arena = change->plan->arena;
    const struct json *all = json_member(change->route->integration, "integrationResponses");
    char *members = route_method_members(change, resource);

    for (const struct json *one = all ? all->first : NULL; one; one = one->next) {
        char *rest = route_copy_members(arena, one, false);

        if (!members || !rest ||
            !gateway_add_step(change->steps, change->api->service, NULL, change->live, "{}") ||
            !gateway_add_undo(change->steps, "PutIntegrationResponse", "{%s,\"statusCode\":%s%s}",
                members, gateway_quoted(arena, one->name), rest))
            return arena_failed(arena, err);
    }
    return ERROR_NONE;
}

/* How to bring the old integration back when a later step fails. */
bool route_rest_keep_integration(struct route_change *change, const char *resource)
{
    struct arena *arena = change->plan->arena;
    const struct json *old = change->route->integration;
    char *method = route_method_members(change, resource);
    char *members = old ? route_copy_members(arena, old, true) : NULL;

    if (!method || (old && !members))
        return false;
    return old ? gateway_add_undo(change->steps, "PutIntegration", "{%s%s}", method, members)
               : gateway_add_undo(change->steps, "DeleteIntegration", "{%s}", method);
}

static struct text template_of(const struct json *holder, const char *name)
{
    return json_string_member(json_member(holder, name), "application/json");
}

/* Whether the route already answers as it is asked to. */
static bool is_same_target(const struct route_change *change, struct text old, struct text wanted,
    struct text mock_body)
{
    const struct route_spec *spec = change->spec;
    const struct json *integration = change->route->integration;
    const struct json *responses = json_member(integration, "integrationResponses");

    if (!text_equal(old, wanted))
        return false;
    switch (spec->target) {
    case ROUTE_TARGET_NONE:
    case ROUTE_TARGET_URL:
        break;
    case ROUTE_TARGET_MOCK:
        return responses && responses->count == 1 &&
               text_equal(template_of(responses->first, "responseTemplates"), mock_body);
    case ROUTE_TARGET_TABLE:
        return text_equal(template_of(integration, "requestTemplates"),
            spec->call.request_template);
    }
    return true;
}

/* A new target: the integration whole, its responses again; the old time-out stays. */
static enum error_code put_target(struct route_change *change, const char *resource,
    struct error *err)
{
    const struct route_spec *spec = change->spec;
    uint32_t timeout = spec->timeout_ms;
    enum error_code code = route_rest_keep_responses(change, resource, err);

    if (!timeout)
        timeout = (uint32_t)json_integer_member(change->route->integration, "timeoutInMillis", 0);
    if (code == ERROR_NONE)
        code = add_integration(change, resource, timeout, err);
    if (code == ERROR_NONE && !route_rest_keep_integration(change, resource))
        code = arena_failed(change->plan->arena, err);
    if (code == ERROR_NONE && !is_passed_through(spec))
        code = add_responses(change, resource, err);
    return code;
}

static enum error_code alter_target(struct route_change *change, const char *resource,
    struct error *err)
{
    struct text mock_body = {0};
    struct buf old, wanted;
    enum error_code code = ERROR_NONE;

    buf_init(&old, 64 << 10);
    buf_init(&wanted, 64 << 10);
    gateway_add_target(&old, change->api, change->route);
    route_spec_add_target(&wanted, change->spec);
    if (change->spec->target == ROUTE_TARGET_MOCK)
        code = route_mock_body(change->spec, change->plan->arena, &mock_body, err);
    if (code == ERROR_NONE &&
        !is_same_target(change, buf_view(&old), buf_view(&wanted), mock_body)) {
        buf_add_format(change->diff, "target: %s -> %s\n", buf_string(&old), buf_string(&wanted));
        code = put_target(change, resource, err);
    }
    buf_done(&old);
    buf_done(&wanted);
    return code;
}

enum error_code route_rest_alter(struct route_change *change, struct error *err)
{
    const struct route_spec *spec = change->spec;
    struct arena *arena = change->plan->arena;
    const struct json *method = change->route->method_json;
    const char *resource = gateway_quoted(arena, change->route->resource_id);
    struct text auth = json_string_member(method, "authorizationType");
    int64_t timeout = json_integer_member(change->route->integration, "timeoutInMillis", 29000);
    bool key = json_bool_member(method, "apiKeyRequired", false);
    size_t before = change->steps->count;
    enum error_code code = ERROR_NONE;

    if (spec->target != ROUTE_TARGET_NONE)
        code = alter_target(change, resource, err);
    if (code == ERROR_NONE && spec->timeout_ms && spec->timeout_ms != timeout) {
        buf_add_format(change->diff, "timeout: %lld ms -> %u ms\n", (long long)timeout,
            spec->timeout_ms);
        if (change->steps->count == before)
            code = add_patch(change, "UpdateIntegration", resource, "/timeoutInMillis",
                arena_format(arena, "%u", spec->timeout_ms),
                arena_format(arena, "%lld", (long long)timeout), err);
    }
    if (code == ERROR_NONE && spec->has_auth &&
        !text_is(auth, spec->auth_iam ? "AWS_IAM" : "NONE")) {
        buf_add_format(change->diff, "auth: %.*s -> %s\n", (int)auth.length, auth.data,
            spec->auth_iam ? "IAM" : "NONE");
        code = add_patch(change, "UpdateMethod", resource, "/authorizationType",
            spec->auth_iam ? "AWS_IAM" : "NONE", arena_string(arena, auth), err);
    }
    if (code == ERROR_NONE && spec->has_key && spec->key_required != key) {
        buf_add_format(change->diff, "key: %s -> %s\n", key ? "required" : "off",
            spec->key_required ? "required" : "off");
        code = add_patch(change, "UpdateMethod", resource, "/apiKeyRequired",
            spec->key_required ? "true" : "false", key ? "true" : "false", err);
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

/* Methods in or below the path, not counting the one that goes. */
static size_t methods_below(const struct gateway_api *api, struct text path,
    const struct gateway_route *without)
{
    size_t count = 0;

    for (size_t i = 0; i < api->route_count; i++) {
        const struct gateway_route *route = &api->route[i];
        bool below = text_equal(route->path, path) ||
                     (text_starts_with(route->path, path) && route->path.length > path.length &&
                         (path.length == 1 || route->path.data[path.length] == '/'));

        count += below && route != without;
    }
    return count;
}

enum error_code route_rest_drop(struct route_change *change, struct error *err)
{
    struct arena *arena = change->plan->arena;
    struct text path = change->route->path, empty = {0};
    const char *resource = gateway_quoted(arena, change->route->resource_id);
    char *members = route_method_members(change, resource);

    if (!members || !gateway_add_step(change->steps, change->api->service, "DeleteMethod",
                        change->live, "{%s}", members))
        return arena_failed(arena, err);
    while (path.length > 1 && methods_below(change->api, path, change->route) == 0) {
        size_t slash = path.length - 1;

        empty = path;
        while (slash > 0 && path.data[slash] != '/')
            slash--;
        path = text_slice(path, 0, slash ? slash : 1);
    }
    if (empty.length) {
        struct gateway_resource *gone = find_resource(change->api, empty);

        if (gone && !gateway_add_step(change->steps, change->api->service, "DeleteResource",
                        change->live, "{\"restApiId\":%s,\"resourceId\":%s}",
                        gateway_quoted(arena, change->api->id), gateway_quoted(arena, gone->id)))
            return arena_failed(arena, err);
    }
    return ERROR_NONE;
}
