#include "endpoint/gateway/control_http.h"
#include "endpoint/gateway/integration_uri.h"
#include "endpoint/gateway/mapping.h"

static const struct control_member integration_table[] = {
    {"integrationType", CONTROL_TEXT, "AWS|HTTP|MOCK|HTTP_PROXY|AWS_PROXY", false},
    {"integrationMethod", CONTROL_TEXT, NULL, false},
    {"integrationUri", CONTROL_TEXT, NULL, false},
    {"integrationSubtype", CONTROL_TEXT, NULL, false},
    {"connectionType", CONTROL_TEXT, "INTERNET|VPC_LINK", false},
    {"connectionId", CONTROL_TEXT, NULL, false},
    {"credentialsArn", CONTROL_TEXT, NULL, false},
    {"description", CONTROL_TEXT, NULL, false},
    {"payloadFormatVersion", CONTROL_TEXT, NULL, false},
    {"requestParameters", CONTROL_TEXT_MAP, NULL, false},
    {"responseParameters", CONTROL_OBJECT, NULL, false},
    {"timeoutInMillis", CONTROL_INTEGER, NULL, false},
    {"tlsConfig", CONTROL_OBJECT, NULL, false},
};

enum {
    MEMBERS = sizeof integration_table / sizeof *integration_table,
    INTEGRATIONS = 300,
    TIMEOUT_MIN = 50,
    TIMEOUT_MAX = 30000
};

/* The ten services an HTTP API calls without a function. */
static const char *const subtypes =
    "EventBridge-PutEvents|SQS-SendMessage|SQS-ReceiveMessage|SQS-DeleteMessage|SQS-PurgeQueue|"
    "AppConfig-GetConfiguration|Kinesis-PutRecord|StepFunctions-StartExecution|"
    "StepFunctions-StartSyncExecution|StepFunctions-StopExecution";

static bool check_mapping(struct control *call, enum mapping_side side, const struct json *one)
{
    struct mapping mapping;
    struct error err;

    if (mapping_parse_http(side, one->name, one->text, call->arena, &mapping, &err) == ERROR_NONE)
        return true;
    return control_fail(call, err.code == ERROR_MEMORY ? CONTROL_INTERNAL : CONTROL_BAD_REQUEST,
        "%s", err.text);
}

static bool check_mappings(struct control *call, const struct json *integration)
{
    const struct json *request = json_member(integration, "requestParameters");
    const struct json *response = json_member(integration, "responseParameters");
    bool is_service = json_string_member(integration, "integrationSubtype").length > 0;
    int64_t status;

    for (const struct json *one = request ? request->first : NULL; one && !is_service;
         one = one->next)
        if (!check_mapping(call, MAPPING_REQUEST, one))
            return false;
    for (const struct json *one = response ? response->first : NULL; one; one = one->next) {
        if (!text_to_integer(one->name, 200, 599, &status) || one->kind != JSON_OBJECT)
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Invalid status code in responseParameters: %.*s", (int)one->name.length,
                one->name.data);
        for (const struct json *rule = one->first; rule; rule = rule->next)
            if (rule->kind != JSON_STRING || !check_mapping(call, MAPPING_RESPONSE, rule))
                return control_fail(call, CONTROL_BAD_REQUEST,
                    "Invalid mapping expression specified: %.*s", (int)rule->name.length,
                    rule->name.data);
    }
    return true;
}

static bool check_target(struct control *call, const struct json *integration)
{
    struct text type = json_string_member(integration, "integrationType");
    struct text uri = json_string_member(integration, "integrationUri");
    struct text subtype = json_string_member(integration, "integrationSubtype");
    struct integration_uri parts;

    if (text_is(type, "HTTP_PROXY")) {
        if (json_string_member(integration, "integrationMethod").length == 0)
            return control_fail(call, CONTROL_BAD_REQUEST,
                "HttpMethod must be specified for HTTP_PROXY integrations");
        return integration_uri_is_http(uri) ||
               text_is(json_string_member(integration, "connectionType"), "VPC_LINK") ||
               control_fail(call, CONTROL_BAD_REQUEST, "Invalid HTTP endpoint specified for URI");
    }
    if (!text_is(type, "AWS_PROXY"))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "HTTP APIs only support HTTP_PROXY and AWS_PROXY integrations");
    if (subtype.length > 0)
        return control_is_choice(subtypes, subtype) ||
               control_fail(call, CONTROL_BAD_REQUEST, "Invalid integration subtype %.*s",
                   (int)subtype.length, subtype.data);
    return integration_uri_parse(uri, &parts) == INTEGRATION_URI_GOOD ||
           control_fail(call, CONTROL_BAD_REQUEST, "Invalid ARN specified in the request");
}

static bool check_integration(struct control *call, const struct json *integration)
{
    int64_t timeout = json_integer_member(integration, "timeoutInMillis", TIMEOUT_MAX);
    struct text payload = json_string_member(integration, "payloadFormatVersion");

    if (timeout < TIMEOUT_MIN || timeout > TIMEOUT_MAX)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Timeout should be between 50 ms and 30000 ms");
    if (!control_is_choice("1.0|2.0", payload))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid payload format version %.*s",
            (int)payload.length, payload.data);
    return check_target(call, integration) && check_mappings(call, integration);
}

bool control_http_put_integration(struct control *call, struct text api, struct json *integration,
    struct text *id)
{
    struct draft *draft = &call->draft;

    if (!draft_member(integration, "connectionType"))
        draft_set(draft, integration, "connectionType", draft_string(draft, "INTERNET"));
    if (!draft_member(integration, "payloadFormatVersion"))
        draft_set(draft, integration, "payloadFormatVersion", draft_string(draft, "1.0"));
    if (!draft_member(integration, "timeoutInMillis"))
        draft_set(draft, integration, "timeoutInMillis", draft_integer(draft, TIMEOUT_MAX));
    if (!check_integration(call, integration))
        return false;
    if (gateway_store_count(call->store, GATEWAY_INTEGRATION, api) >= INTEGRATIONS)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of integrations for this API has been reached (%d)", INTEGRATIONS);
    *id = control_new_id(call, GATEWAY_INTEGRATION, api, 7);
    draft_set(draft, integration, "integrationId", draft_text(draft, *id));
    call->changed = api;
    return control_create(call, GATEWAY_INTEGRATION, api, *id, integration);
}

bool control_http_create_integration(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct json *integration = draft_object(&call->draft);
    struct text id;

    if (!api || !control_take(call, call->body, NULL, integration_table, MEMBERS, integration) ||
        !control_http_put_integration(call, api->id, integration, &id))
        return false;
    control_answer(call, integration);
    return true;
}

bool control_http_get_integrations(struct control *call)
{
    const struct record *api = control_find_http(call);

    return api && control_list(call, GATEWAY_INTEGRATION, api->id, NULL);
}

static const struct record *find_integration(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct text id = call->parameter[1];
    const struct record *integration =
        api ? gateway_store_find(call->store, GATEWAY_INTEGRATION, api->id, id) : NULL;

    if (api && !integration)
        control_fail(call, CONTROL_NOT_FOUND, "Unable to find Integration by identifier %.*s",
            (int)id.length, id.data);
    return integration;
}

bool control_http_get_integration(struct control *call)
{
    const struct record *integration = find_integration(call);

    if (integration)
        buf_add_text(&call->out, integration->json);
    return integration;
}

bool control_http_update_integration(struct control *call)
{
    const struct record *integration = find_integration(call);
    struct json *document = integration ? control_edit(call, integration) : NULL;

    if (!document || !control_http_merge(call, integration_table, MEMBERS, document) ||
        !check_integration(call, document))
        return false;
    call->changed = integration->api;
    control_answer(call, document);
    return control_save(call, integration, document);
}

bool control_http_delete_integration(struct control *call)
{
    const struct record *integration = find_integration(call), *route;

    if (!integration)
        return false;
    for (int64_t at = 0;
         (route = gateway_store_next(call->store, GATEWAY_ROUTE, integration->api, at)) != NULL;) {
        struct text target = json_string_member(route->tree, "target");

        at = route->sequence;
        if (text_ends_with(target, integration->id) &&
            target.length == integration->id.length + sizeof "integrations/" - 1)
            return control_fail(call, CONTROL_CONFLICT,
                "Cannot delete Integration %.*s: route %.*s points to it",
                (int)integration->id.length, integration->id.data, (int)route->id.length,
                route->id.data);
    }
    call->changed = integration->api;
    return control_delete(call, GATEWAY_INTEGRATION, integration->api, integration->id);
}
