#include "console/gateway_catalog.h"

#include "base/clock.h"
#include "console/gateway_call.h"

#include <stdlib.h>
#include <string.h>

enum { TARGET_LIMIT = 400, DEFINITION_WORD = 12 };

const char *gateway_kind_name(char kind)
{
    return kind == 'R' ? "REST" : kind == 'H' ? "HTTP" : "WEBSOCKET";
}

struct api_list {
    struct arena *arena;
    struct catalog_api *api;
    size_t count, capacity;
};

static char *copy_member(struct arena *arena, const struct json *json, const char *name)
{
    struct text text = json_string_member(json, name);

    return arena_string(arena, text.data ? text : TEXT(""));
}

/* The next element of a growing array in an arena; NULL when memory is used up. */
static void *grow(struct arena *arena, void *array, size_t *count, size_t *capacity, size_t size)
{
    char *grown = array;

    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        grown = arena_alloc(arena, *capacity, size);
        if (grown && *count)
            memcpy(grown, array, *count * size);
    }
    return grown;
}

static struct catalog_api *add_api(struct api_list *list)
{
    list->api = grow(list->arena, list->api, &list->count, &list->capacity, sizeof *list->api);
    return list->api ? &list->api[list->count++] : NULL;
}

static bool add_rest_api(void *user, const struct json *json)
{
    struct api_list *list = user;
    struct catalog_api *api = add_api(list);

    if (!api)
        return false;
    api->kind = 'R';
    api->id = copy_member(list->arena, json, "id");
    api->name = copy_member(list->arena, json, "name");
    api->endpoint = arena_string(list->arena, TEXT(""));
    api->created =
        (uint64_t)json_double_member(json, "createdDate", 0) * CLOCK_SECOND; /* epoch seconds */
    return api->id && api->name && api->endpoint;
}

static bool add_http_api(void *user, const struct json *json)
{
    struct api_list *list = user;
    struct catalog_api *api = add_api(list);

    if (!api)
        return false;
    api->kind = text_is(json_string_member(json, "protocolType"), "WEBSOCKET") ? 'W' : 'H';
    api->id = copy_member(list->arena, json, "apiId");
    api->name = copy_member(list->arena, json, "name");
    api->endpoint = copy_member(list->arena, json, "apiEndpoint");
    if (!clock_parse_iso(json_string_member(json, "createdDate"), &api->created))
        api->created = 0;
    return api->id && api->name && api->endpoint;
}

enum error_code gateway_read_apis(struct job *job, struct link *link, struct error *err)
{
    struct api_list list = {.arena = job->arena};
    enum error_code code;

    code = gateway_list(job, link, &service_apigateway, "GetRestApis", "\"limit\":\"500\"", "item",
        add_rest_api, &list, err);
    if (code == ERROR_NONE)
        code = gateway_list(job, link, &service_apigatewayv2, "GetApis", "", "items", add_http_api,
            &list, err);
    if (code == ERROR_NONE)
        code = catalog_set_apis(link->catalog, list.api, list.count, err);
    return code;
}

static struct gateway_api *copy_api(struct job *job, const struct catalog_api *api)
{
    struct gateway_api *copy = arena_alloc(job->arena, 1, sizeof *copy);

    if (!copy)
        return NULL;
    copy->id = arena_text(job->arena, text_of(api->id));
    copy->name = arena_text(job->arena, text_of(api->name));
    copy->endpoint = arena_text(job->arena, text_of(api->endpoint));
    copy->kind = api->kind;
    copy->service = api->kind == 'R' ? &service_apigateway : &service_apigatewayv2;
    return copy->id.data && copy->name.data && copy->endpoint.data ? copy : NULL;
}

static enum error_code fail_to_find(const struct catalog_snapshot *snapshot, struct text name,
    size_t matches, struct error *err)
{
    const char *near = NULL;
    size_t best = 3;
    struct buf ids;

    buf_init(&ids, 200);
    for (size_t i = 0; i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];
        size_t distance = text_distance(name, text_of(api->name), best);

        if (matches > 1 && text_is(name, api->name))
            buf_add_format(&ids, "%s`%s` (%s)", ids.length ? ", " : "", api->id,
                gateway_kind_name(api->kind));
        if (distance < best) {
            best = distance;
            near = api->name;
        }
    }
    if (matches > 1)
        error_set(err, ERROR_USAGE, "%zu APIs are named %.*s: %s; say the id", matches,
            (int)name.length, name.data, buf_string(&ids));
    else {
        error_set(err, ERROR_NOT_FOUND, "no API %.*s", (int)name.length, name.data);
        if (near)
            error_hint(err, "the nearest name is %s", near);
        else
            error_hint(err, "SHOW APIS lists them");
    }
    buf_done(&ids);
    return err->code;
}

static struct gateway_api *look_up(struct job *job, struct link *link, struct text name,
    bool last_try, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_snapshot(link->catalog);
    const struct catalog_api *found;
    struct gateway_api *api = NULL;
    size_t matches = 0;

    if (!snapshot) {
        error_memory(err);
        return NULL;
    }
    found = catalog_find_api(snapshot, name, &matches);
    if (found && matches == 1) {
        api = copy_api(job, found);
        if (!api)
            arena_failed(job->arena, err);
    } else if (last_try)
        fail_to_find(snapshot, name, matches, err);
    catalog_release(link->catalog, snapshot);
    return api;
}

struct gateway_api *gateway_find(struct job *job, const struct api_ref *scope, struct link **link,
    struct text *stage, struct error *err)
{
    const struct profile *profile;
    struct gateway_api *api;
    struct text name = scope->api, api_in_use, stage_in_use;

    *link = job_link(job, scope->connection, err);
    if (!*link)
        return NULL;
    profile = connection_profile((*link)->connection);
    *stage = scope->stage;
    if (!name.length) {
        if (session_scope(job->session, *link, job->arena, &api_in_use, &stage_in_use, err))
            return NULL;
        name = api_in_use.length ? api_in_use : text_of(profile->api);
        if (!stage->length)
            *stage = api_in_use.length ? stage_in_use : text_of(profile->stage);
    }
    if (!name.length) {
        error_set(err, ERROR_USAGE, "which API: say OF api");
        error_hint(err, "USE API name STAGE stage sets one for the statements that follow");
        return NULL;
    }
    api = look_up(job, *link, name, false, err);
    if (api)
        return api;
    if (gateway_read_apis(job, *link, err))
        return NULL;
    return look_up(job, *link, name, true, err);
}

struct route_list {
    struct job *job;
    struct gateway_api *api;
    size_t resource_capacity, route_capacity;
    const struct json **integration;
    size_t integration_count, integration_capacity;
};

static struct gateway_route *add_route(struct route_list *list)
{
    struct gateway_api *api = list->api;

    api->route = grow(list->job->arena, api->route, &api->route_count, &list->route_capacity,
        sizeof *api->route);
    return api->route ? &api->route[api->route_count++] : NULL;
}

static bool add_resource(void *user, const struct json *json)
{
    struct route_list *list = user;
    struct gateway_api *api = list->api;
    const struct json *methods = json_member(json, "resourceMethods");
    struct gateway_resource *resource;

    api->resource = grow(list->job->arena, api->resource, &api->resource_count,
        &list->resource_capacity, sizeof *api->resource);
    if (!api->resource)
        return false;
    resource = &api->resource[api->resource_count++];
    *resource = (struct gateway_resource){.id = json_string_member(json, "id"),
        .parent_id = json_string_member(json, "parentId"),
        .path = json_string_member(json, "path"),
        .part = json_string_member(json, "pathPart"),
        .method_count = methods ? methods->count : 0};
    for (const struct json *method = methods ? methods->first : NULL; method;
         method = method->next) {
        struct gateway_route *route = add_route(list);

        if (!route)
            return false;
        *route = (struct gateway_route){.method = method->name,
            .path = resource->path,
            .resource_id = resource->id,
            .method_json = method,
            .integration = json_member(method, "methodIntegration")};
    }
    return true;
}

static bool add_integration(void *user, const struct json *json)
{
    struct route_list *list = user;

    list->integration = grow(list->job->arena, list->integration, &list->integration_count,
        &list->integration_capacity, sizeof(struct json *));
    if (!list->integration)
        return false;
    list->integration[list->integration_count++] = json;
    return true;
}

static bool add_http_route(void *user, const struct json *json)
{
    struct route_list *list = user;
    struct gateway_route *route = add_route(list);
    struct text key = json_string_member(json, "routeKey"), target, method;

    if (!route)
        return false;
    *route = (struct gateway_route){.path = key,
        .route_id = json_string_member(json, "routeId"),
        .method_json = json};
    if (text_take_until(&key, ' ', &method)) {
        route->method = method;
        route->path = key;
    }
    target = json_string_member(json, "target");
    if (text_starts_with(target, TEXT("integrations/")))
        route->integration_id = text_slice(target, strlen("integrations/"), target.length);
    for (size_t i = 0; i < list->integration_count; i++)
        if (text_equal(json_string_member(list->integration[i], "integrationId"),
                route->integration_id))
            route->integration = list->integration[i];
    return true;
}

/* As the router matches: literal segments before {var} before {proxy+}, $default last. */
static int segment_rank(struct text segment)
{
    if (!text_starts_with(segment, TEXT("{")))
        return 0;
    return text_ends_with(segment, TEXT("+}")) ? 2 : 1;
}

static int compare_routes(const void *left, const void *right)
{
    const struct gateway_route *a = left, *b = right;
    struct text rest_a = a->path, rest_b = b->path, segment_a, segment_b;
    int order = text_is(a->path, "$default") - text_is(b->path, "$default");

    if (order)
        return order;
    while (rest_a.length && rest_b.length) {
        text_take_field(&rest_a, '/', &segment_a);
        text_take_field(&rest_b, '/', &segment_b);
        order = segment_rank(segment_a) - segment_rank(segment_b);
        if (!order)
            order = text_compare(segment_a, segment_b);
        if (order)
            return order;
    }
    order = (rest_a.length > 0) - (rest_b.length > 0);
    if (!order)
        order = text_is(a->method, "ANY") - text_is(b->method, "ANY");
    return order ? order : text_compare(a->method, b->method);
}

static char *tree_text(struct arena *arena, const struct json *json)
{
    struct json_writer writer;
    struct buf out;
    char *copy;

    buf_init(&out, 1 << 20);
    json_writer_init(&writer, &out);
    if (json)
        json_tree(&writer, json);
    copy = out.failure ? NULL : arena_string(arena, buf_view(&out));
    buf_done(&out);
    return copy;
}

static bool fill_catalog_route(struct job *job, const struct gateway_api *api,
    const struct gateway_route *route, struct catalog_route *out)
{
    struct arena *arena = job->arena;
    struct text authorization = json_string_member(route->method_json, "authorizationType");
    struct buf target;

    buf_init(&target, TARGET_LIMIT);
    gateway_add_target(&target, api, route);
    *out = (struct catalog_route){.method = arena_string(arena, route->method),
        .path = arena_string(arena, route->path),
        .id = arena_string(arena, api->kind == 'R' ? route->resource_id : route->route_id),
        .target = arena_string(arena, buf_view(&target)),
        .target_type =
            copy_member(arena, route->integration, api->kind == 'R' ? "type" : "integrationType"),
        .timeout_ms = (int)json_integer_member(route->integration, "timeoutInMillis", 0),
        .authorization = arena_string(arena, authorization.length ? authorization : TEXT("NONE")),
        .key_required = json_bool_member(route->method_json, "apiKeyRequired", false),
        .json = tree_text(arena, route->method_json)};
    buf_done(&target);
    return out->method && out->path && out->id && out->target && out->target_type &&
           out->authorization && out->json;
}

/* Puts what is known of the API into the catalog; routes or stages not read yet stay as they were. */
static enum error_code publish(struct job *job, struct link *link, const struct gateway_api *api,
    struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_snapshot(link->catalog);
    const struct catalog_api *old = NULL;
    struct catalog_api *entry = arena_alloc(job->arena, 1, sizeof *entry);
    enum error_code code = ERROR_NONE;
    size_t matches;

    if (!snapshot || !entry) {
        code = error_memory(err);
        goto out;
    }
    old = catalog_find_api(snapshot, api->id, &matches);
    if (old)
        *entry = *old;
    entry->id = arena_string(job->arena, api->id);
    entry->name = arena_string(job->arena, api->name);
    entry->endpoint = arena_string(job->arena, api->endpoint);
    entry->kind = api->kind;
    if (api->resource || api->route || api->resource_count) {
        entry->routes_known = true;
        entry->route_count = api->route_count;
        entry->route = arena_alloc(job->arena, api->route_count + 1, sizeof *entry->route);
        for (size_t i = 0; entry->route && i < api->route_count; i++)
            if (!fill_catalog_route(job, api, &api->route[i], &entry->route[i]))
                entry->route = NULL;
        if (!entry->route)
            code = arena_failed(job->arena, err);
    }
    if (api->stage) {
        entry->stage_count = api->stage_count;
        entry->stage = arena_alloc(job->arena, api->stage_count + 1, sizeof *entry->stage);
        for (size_t i = 0; entry->stage && i < api->stage_count; i++) {
            const struct gateway_stage *stage = &api->stage[i];

            entry->stage[i] = (struct catalog_stage){.name = arena_string(job->arena, stage->name),
                .deployment = arena_string(job->arena, stage->deployment_id),
                .auto_deploy = stage->auto_deploy,
                .undeployed =
                    !stage->working[0] ? -1 : strcmp(stage->working, stage->deployed) != 0};
        }
    }
    if (code == ERROR_NONE)
        code = catalog_set_api(link->catalog, entry, err);
out:
    if (snapshot)
        catalog_release(link->catalog, snapshot);
    return code;
}

enum error_code gateway_read_routes(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err)
{
    struct route_list list = {.job = job, .api = api};
    const char *id = gateway_quoted(job->arena, api->id);
    enum error_code code;

    api->route = NULL;
    api->resource = NULL;
    api->route_count = api->resource_count = 0;
    if (api->kind == 'R') {
        char *input = arena_format(job->arena,
            "\"restApiId\":%s,\"embed\":\"methods\",\"limit\":\"500\"", id);

        code = gateway_list(job, link, api->service, "GetResources", input ? input : "", "item",
            add_resource, &list, err);
    } else {
        char *input = arena_format(job->arena, "\"apiId\":%s,\"maxResults\":\"500\"", id);

        code = gateway_list(job, link, api->service, "GetIntegrations", input ? input : "", "items",
            add_integration, &list, err);
        if (code == ERROR_NONE)
            code = gateway_list(job, link, api->service, "GetRoutes", input ? input : "", "items",
                add_http_route, &list, err);
        if (code == ERROR_NONE && !api->route)
            api->route = arena_alloc(job->arena, 1, sizeof *api->route);
    }
    if (code)
        return code;
    if (api->route_count)
        qsort(api->route, api->route_count, sizeof *api->route, compare_routes);
    return publish(job, link, api, err);
}

struct stage_list {
    struct job *job;
    struct gateway_api *api;
    size_t capacity;
};

static bool add_stage(void *user, const struct json *json)
{
    struct stage_list *list = user;
    struct gateway_api *api = list->api;

    api->stage =
        grow(list->job->arena, api->stage, &api->stage_count, &list->capacity, sizeof *api->stage);
    if (!api->stage)
        return false;
    api->stage[api->stage_count++] =
        (struct gateway_stage){.name = json_string_member(json, "stageName"),
            .deployment_id = json_string_member(json, "deploymentId"),
            .auto_deploy = json_bool_member(json, "autoDeploy", false),
            .json = json};
    return true;
}

static enum error_code collect_stages(struct job *job, struct link *link, struct gateway_api *api,
    struct stage_list *list, struct error *err)
{
    const char *id = gateway_quoted(job->arena, api->id);
    const struct json *answer;
    char *input;

    if (api->kind != 'R') {
        input = arena_format(job->arena, "\"apiId\":%s,\"maxResults\":\"500\"", id);
        return gateway_list(job, link, api->service, "GetStages", input ? input : "", "items",
            add_stage, list, err);
    }
    input = arena_format(job->arena, "{\"restApiId\":%s}", id);
    if (!input)
        return arena_failed(job->arena, err);
    answer = gateway_call(job, link, api->service, "GetStages", text_of(input), err);
    if (!answer)
        return err->code;
    for (const struct json *all = json_member(answer, "item"), *one = all ? all->first : NULL; one;
         one = one->next)
        if (!add_stage(list, one))
            return arena_failed(job->arena, err);
    return ERROR_NONE;
}

/* Value of a header in raw head lines; empty when absent. */
static struct text head_value(struct text head, const char *name)
{
    struct text line, key;

    while (text_take_field(&head, '\n', &line))
        if (text_take_until(&line, ':', &key) && text_is_ignoring_case(key, name))
            return text_trim(line);
    return (struct text){0};
}

/* The embedded endpoint tells both fingerprints in x-gatehouse-definition: "working deployed". */
static enum error_code read_fingerprint(struct job *job, struct link *link,
    const struct gateway_api *api, struct gateway_stage *stage, struct error *err)
{
    char *input = arena_format(job->arena, "{\"%s\":%s,\"stageName\":%s}",
        api->kind == 'R' ? "restApiId" : "apiId", gateway_quoted(job->arena, api->id),
        gateway_quoted(job->arena, stage->name));
    struct text head = {0}, value, working;

    if (!input)
        return arena_failed(job->arena, err);
    if (!gateway_call_head(job, link, api->service, "GetStage", text_of(input), &head, err))
        return err->code;
    value = head_value(head, "x-gatehouse-definition");
    if (text_take_until(&value, ' ', &working) && working.length <= DEFINITION_WORD &&
        value.length <= DEFINITION_WORD) {
        memcpy(stage->working, working.data, working.length);
        memcpy(stage->deployed, value.data, value.length);
    }
    return ERROR_NONE;
}

enum error_code gateway_read_stages(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err)
{
    struct stage_list list = {.job = job, .api = api};
    enum error_code code;

    api->stage = NULL;
    api->stage_count = 0;
    code = collect_stages(job, link, api, &list, err);
    if (code == ERROR_NONE && !api->stage)
        api->stage = arena_alloc(job->arena, 1, sizeof *api->stage);
    for (size_t i = 0; code == ERROR_NONE && i < api->stage_count; i++)
        if (connection_is_local(link->connection))
            code = read_fingerprint(job, link, api, &api->stage[i], err);
    return code ? code : publish(job, link, api, err);
}

enum error_code gateway_read_api(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err)
{
    char *input = arena_format(job->arena, "{\"%s\":%s}", api->kind == 'R' ? "restApiId" : "apiId",
        gateway_quoted(job->arena, api->id));

    if (!input)
        return arena_failed(job->arena, err);
    api->json = gateway_call(job, link, api->service, api->kind == 'R' ? "GetRestApi" : "GetApi",
        text_of(input), err);
    return api->json ? ERROR_NONE : err->code;
}

void gateway_plan_reads(struct plan *plan, const struct gateway_api *api, bool stages)
{
    struct arena *arena = plan->arena;
    const char *id = gateway_quoted(arena, api->id);
    bool rest = api->kind == 'R';
    struct text input = text_of(arena_format(arena, "{\"apiId\":%s,\"maxResults\":\"500\"}", id));

    if (rest) {
        plan_add_call(plan, api->service, "GetResources", "1 or more", NULL,
            text_of(arena_format(arena,
                "{\"restApiId\":%s,\"embed\":\"methods\",\"limit\":\"500\"}", id)));
        input = text_of(arena_format(arena, "{\"restApiId\":%s}", id));
    } else {
        plan_add_call(plan, api->service, "GetIntegrations", "1 or more", NULL, input);
        plan_add_call(plan, api->service, "GetRoutes", "1 or more", NULL, input);
    }
    if (stages)
        plan_add_call(plan, api->service, "GetStages", "1 or more", NULL, input);
}
