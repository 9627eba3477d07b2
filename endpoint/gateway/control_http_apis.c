#include "endpoint/gateway/control_http.h"
#include "endpoint/gateway/fingerprint.h"
#include "endpoint/gateway/state.h"

static const struct control_member api_table[] = {
    {"name", CONTROL_TEXT, NULL, false},
    {"protocolType", CONTROL_TEXT, "HTTP|WEBSOCKET", false},
    {"description", CONTROL_TEXT, NULL, false},
    {"version", CONTROL_TEXT, NULL, false},
    {"routeSelectionExpression", CONTROL_TEXT, NULL, false},
    {"apiKeySelectionExpression", CONTROL_TEXT, NULL, false},
    {"disableSchemaValidation", CONTROL_BOOL, NULL, false},
    {"disableExecuteApiEndpoint", CONTROL_BOOL, NULL, false},
    {"tags", CONTROL_TEXT_MAP, NULL, false},
};

static const struct control_member cors_table[] = {
    {"allowCredentials", CONTROL_BOOL, NULL, false},
    {"allowHeaders", CONTROL_TEXTS, NULL, false},
    {"allowMethods", CONTROL_TEXTS, NULL, false},
    {"allowOrigins", CONTROL_TEXTS, NULL, false},
    {"exposeHeaders", CONTROL_TEXTS, NULL, false},
    {"maxAge", CONTROL_INTEGER, NULL, false},
};

enum {
    API_MEMBERS = sizeof api_table / sizeof *api_table,
    NAME_LIMIT = 128,
    DESCRIPTION_LIMIT = 1024,
    MAX_AGE = 86400
};

static const char *const selection = "$request.method $request.path";

/* The whole configuration is replaced, never merged. */
static bool take_cors(struct control *call, struct json *document)
{
    const struct json *given = json_member(call->body, "corsConfiguration"), *origins;
    struct json *cors = draft_object(&call->draft);
    int64_t age;

    if (!given || given->kind == JSON_NULL)
        return true;
    if (given->kind != JSON_OBJECT)
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid corsConfiguration");
    if (!control_take(call, given, "corsConfiguration", cors_table,
            sizeof cors_table / sizeof *cors_table, cors))
        return false;
    age = json_integer_member(cors, "maxAge", 0);
    if (age < -1 || age > MAX_AGE)
        return control_fail(call, CONTROL_BAD_REQUEST, "maxAge must be between -1 and 86400");
    origins = json_member(cors, "allowOrigins");
    for (const struct json *one = origins ? origins->first : NULL; one; one = one->next)
        if (text_is(one->text, "*") && json_bool_member(cors, "allowCredentials", false))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Cross-origin: allowCredentials may not be true with a wildcard origin");
    draft_set(&call->draft, document, "corsConfiguration", cors);
    return true;
}

static bool check_api(struct control *call, const struct json *document)
{
    size_t name = json_string_member(document, "name").length;

    if (name == 0 || name > NAME_LIMIT)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Name must be between 1 and 128 characters long");
    if (json_string_member(document, "description").length > DESCRIPTION_LIMIT)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Description must be at most 1024 characters long");
    if (!text_is(json_string_member(document, "routeSelectionExpression"), selection))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "HTTP APIs only support the route selection expression %s", selection);
    return true;
}

static void set_endpoint(struct control *call, struct json *document, struct text id)
{
    uint16_t port = http_server_port(call->gateway->server);
    const char *endpoint = port ? arena_format(call->arena, "http://%.*s.execute-api.localhost:%u",
                                      (int)id.length, id.data, port)
                                : arena_format(call->arena, "http://%.*s.execute-api.localhost",
                                      (int)id.length, id.data);

    draft_set(&call->draft, document, "apiEndpoint", draft_string(&call->draft, endpoint));
    call->draft.failed |= !endpoint;
}

/* "target" makes an integration, a route and a stage that deploys by itself. */
static bool quick_create(struct control *call, struct text api)
{
    struct text target = json_string_member(call->body, "target");
    struct text key = json_string_member(call->body, "routeKey"), id;
    struct text credentials = json_string_member(call->body, "credentialsArn");
    struct json *integration = draft_object(&call->draft), *route = draft_object(&call->draft);
    struct json *stage = draft_object(&call->draft);
    struct draft *draft = &call->draft;
    const char *path;

    if (target.length == 0)
        return true;
    draft_set(draft, integration, "apiGatewayManaged", draft_bool(draft, true));
    draft_set(draft, integration, "integrationType",
        draft_string(draft, text_starts_with(target, TEXT("arn:")) ? "AWS_PROXY" : "HTTP_PROXY"));
    draft_set(draft, integration, "integrationUri", draft_text(draft, target));
    if (!text_starts_with(target, TEXT("arn:")))
        draft_set(draft, integration, "integrationMethod", draft_string(draft, "ANY"));
    if (credentials.length > 0)
        draft_set(draft, integration, "credentialsArn", draft_text(draft, credentials));
    if (!control_http_put_integration(call, api, integration, &id))
        return false;
    path = arena_format(call->arena, "integrations/%.*s", (int)id.length, id.data);
    draft_set(draft, route, "apiGatewayManaged", draft_bool(draft, true));
    draft_set(draft, route, "routeKey",
        key.length > 0 ? draft_text(draft, key) : draft_string(draft, "$default"));
    draft_set(draft, route, "target", draft_string(draft, path));
    draft_set(draft, stage, "apiGatewayManaged", draft_bool(draft, true));
    draft_set(draft, stage, "stageName", draft_string(draft, "$default"));
    draft_set(draft, stage, "autoDeploy", draft_bool(draft, true));
    return path && control_http_put_route(call, api, route, &id) &&
           control_http_put_stage(call, api, stage);
}

bool control_http_create_api(struct control *call)
{
    struct json *document = draft_object(&call->draft);
    struct draft *draft = &call->draft;
    struct text id;

    if (!control_take(call, call->body, NULL, api_table, API_MEMBERS, document) ||
        !take_cors(call, document))
        return false;
    if (json_string_member(document, "protocolType").length == 0)
        return control_fail(call, CONTROL_BAD_REQUEST, "Protocol type is required");
    if (text_is(json_string_member(document, "protocolType"), "WEBSOCKET"))
        return control_fail(call, CONTROL_NOT_IMPLEMENTED,
            "CreateApi of protocol type WEBSOCKET is not implemented by the local gateway");
    if (!draft_member(document, "routeSelectionExpression"))
        draft_set(draft, document, "routeSelectionExpression", draft_string(draft, selection));
    if (!draft_member(document, "apiKeySelectionExpression"))
        draft_set(draft, document, "apiKeySelectionExpression",
            draft_string(draft, "$request.header.x-api-key"));
    if (!draft_member(document, "disableExecuteApiEndpoint"))
        draft_set(draft, document, "disableExecuteApiEndpoint", draft_bool(draft, false));
    if (!check_api(call, document))
        return false;
    id = json_string_member(json_member(document, "tags"), "gatehouse-id");
    if (!id.data)
        id = control_new_id(call, GATEWAY_HTTP, TEXT(""), 10);
    else if (!control_check_api_id(call, id))
        return false;
    draft_set(draft, document, "apiId", draft_text(draft, id));
    draft_set(draft, document, "createdDate", control_now(call));
    set_endpoint(call, document, id);
    if (!control_create(call, GATEWAY_HTTP, TEXT(""), id, document) || !quick_create(call, id))
        return false;
    call->changed = id;
    control_answer(call, document);
    return true;
}

bool control_http_get_apis(struct control *call)
{
    return control_list(call, GATEWAY_HTTP, TEXT(""), NULL);
}

bool control_http_get_api(struct control *call)
{
    const struct record *api = control_find_http(call);

    if (!api)
        return false;
    call->definition = fingerprint_header(call->gateway, api, NULL, call->arena);
    buf_add_text(&call->out, api->json);
    return true;
}

/* Of an API that was quickly made, target and routeKey change what was made with it. */
static bool change_quick(struct control *call, struct text api)
{
    struct text target = json_string_member(call->body, "target");
    struct text key = json_string_member(call->body, "routeKey");
    const struct record *record;

    for (int64_t at = 0; target.length > 0 && (record = gateway_store_next(call->store,
                                                   GATEWAY_INTEGRATION, api, at)) != NULL;) {
        struct json *document = control_edit(call, record);

        at = record->sequence;
        if (!json_bool_member(document, "apiGatewayManaged", false))
            continue;
        draft_set(&call->draft, document, "integrationUri", draft_text(&call->draft, target));
        if (!control_save(call, record, document))
            return false;
    }
    for (int64_t at = 0; key.length > 0 && (record = gateway_store_next(call->store, GATEWAY_ROUTE,
                                                api, at)) != NULL;) {
        struct json *document = control_edit(call, record);

        at = record->sequence;
        if (!json_bool_member(document, "apiGatewayManaged", false))
            continue;
        draft_set(&call->draft, document, "routeKey", draft_text(&call->draft, key));
        if (!control_save(call, record, document))
            return false;
    }
    return true;
}

bool control_http_update_api(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct json *document = api ? control_edit(call, api) : NULL;

    if (!document || !control_http_merge(call, api_table, API_MEMBERS, document) ||
        !take_cors(call, document) || !check_api(call, document) || !change_quick(call, api->id))
        return false;
    call->changed = api->id;
    control_answer(call, document);
    return control_save(call, api, document);
}

bool control_http_delete_api(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct error err;

    if (!api)
        return false;
    if (gateway_store_remove_all(call->store, api->id, &err))
        return control_fail(call, CONTROL_INTERNAL, "%s", err.text);
    return control_delete(call, GATEWAY_HTTP, TEXT(""), api->id);
}

bool control_http_delete_cors(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct json *document = api ? control_edit(call, api) : NULL;

    if (!document)
        return false;
    draft_remove(document, TEXT("corsConfiguration"));
    call->changed = api->id;
    return control_save(call, api, document);
}

/* Kinds that cannot be made here. */
bool control_http_get_none(struct control *call)
{
    if (text_starts_with(text_of(call->operation->path), TEXT("/v2/apis/")) &&
        !control_find_http(call))
        return false;
    buf_add_string(&call->out, "{\"items\":[]}");
    return true;
}

static bool is_empty(const struct json *node)
{
    return (node->kind == JSON_STRING && node->text.length == 0) ||
           ((node->kind == JSON_OBJECT || node->kind == JSON_ARRAY) && node->count == 0);
}

static void merge_map(struct control *call, struct json *document, const struct json *given)
{
    struct json *map = draft_child_text(&call->draft, document, given->name);

    for (const struct json *one = given->first; one && map; one = one->next) {
        if (is_empty(one))
            draft_remove(map, one->name);
        else
            draft_set_text(&call->draft, map, one->name, draft_copy(&call->draft, one));
    }
    if (map && map->count == 0)
        draft_remove(document, given->name);
}

bool control_http_merge(struct control *call, const struct control_member *member, size_t count,
    struct json *document)
{
    struct json *given = draft_object(&call->draft);

    if (!control_take(call, call->body, NULL, member, count, given))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *value = draft_member(given, member[i].name);
        const struct json *sent = json_member(call->body, member[i].name);

        if (!value && sent && sent->kind == JSON_ARRAY)
            draft_remove(document, text_of(member[i].name));
        if (!value)
            continue;
        if (member[i].kind == CONTROL_TEXT_MAP || member[i].kind == CONTROL_OBJECT)
            merge_map(call, document, value);
        else if (is_empty(value))
            draft_remove(document, text_of(member[i].name));
        else
            draft_set(&call->draft, document, member[i].name, draft_copy(&call->draft, value));
    }
    return true;
}
