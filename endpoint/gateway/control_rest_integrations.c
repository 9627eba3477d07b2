#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/integration_uri.h"
#include "endpoint/gateway/mapping.h"
#include "endpoint/gateway/template.h"

enum { TIMEOUT_MIN = 50, TIMEOUT_MAX = 29000 };

static const char *const verbs = "GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY";

static const struct control_member integration_table[] = {
    {"type", CONTROL_TEXT, "HTTP|AWS|MOCK|HTTP_PROXY|AWS_PROXY", true},
    {"httpMethod", CONTROL_TEXT, NULL, false},
    {"uri", CONTROL_TEXT, NULL, false},
    {"connectionType", CONTROL_TEXT, "INTERNET|VPC_LINK", false},
    {"connectionId", CONTROL_TEXT, NULL, false},
    {"credentials", CONTROL_TEXT, NULL, false},
    {"requestParameters", CONTROL_TEXT_MAP, NULL, false},
    {"requestTemplates", CONTROL_TEXT_MAP, NULL, false},
    {"passthroughBehavior", CONTROL_TEXT, NULL, false},
    {"cacheNamespace", CONTROL_TEXT, NULL, false},
    {"cacheKeyParameters", CONTROL_TEXTS, NULL, false},
    {"contentHandling", CONTROL_TEXT, "CONVERT_TO_BINARY|CONVERT_TO_TEXT", false},
    {"timeoutInMillis", CONTROL_INTEGER, NULL, false},
    {"tlsConfig", CONTROL_OBJECT, NULL, false},
    {"responseTransferMode", CONTROL_TEXT, "BUFFERED|STREAM", false},
    {"integrationTarget", CONTROL_TEXT, NULL, false},
};

static const struct patch_rule patch_table[] = {
    {.path = "/httpMethod", .ops = PATCH_REPLACE},
    {.path = "/uri", .ops = PATCH_REPLACE},
    {.path = "/credentials", .ops = PATCH_REPLACE},
    {.path = "/connectionType", .ops = PATCH_REPLACE, .choices = "INTERNET|VPC_LINK"},
    {.path = "/connectionId", .ops = PATCH_REPLACE},
    {.path = "/contentHandling",
        .ops = PATCH_REPLACE,
        .choices = "CONVERT_TO_BINARY|CONVERT_TO_TEXT|"},
    {.path = "/passthroughBehavior", .ops = PATCH_REPLACE},
    {.path = "/timeoutInMillis", .ops = PATCH_REPLACE, .kind = PATCH_INTEGER},
    {.path = "/cacheNamespace", .ops = PATCH_REPLACE},
    {.path = "/tlsConfig/insecureSkipVerification", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/responseTransferMode", .ops = PATCH_REPLACE, .choices = "BUFFERED|STREAM"},
    {.path = "/integrationTarget", .ops = PATCH_REPLACE},
    {.path = "/requestParameters/{}", .ops = PATCH_ALL},
    {.path = "/requestTemplates/{}", .ops = PATCH_ALL},
    {.path = "/cacheKeyParameters/{}", .ops = PATCH_ALL, .kind = PATCH_LIST},
};

enum { PATCHES = sizeof patch_table / sizeof *patch_table };

static const struct control_member response_table[] = {
    {"selectionPattern", CONTROL_TEXT, NULL, false},
    {"responseParameters", CONTROL_TEXT_MAP, NULL, false},
    {"responseTemplates", CONTROL_TEXT_MAP, NULL, false},
    {"contentHandling", CONTROL_TEXT, "CONVERT_TO_BINARY|CONVERT_TO_TEXT", false},
};

static const struct patch_rule response_patch_table[] = {
    {.path = "/selectionPattern", .ops = PATCH_REPLACE},
    {.path = "/contentHandling",
        .ops = PATCH_REPLACE,
        .choices = "CONVERT_TO_BINARY|CONVERT_TO_TEXT|"},
    {.path = "/responseParameters/{}", .ops = PATCH_ALL},
    {.path = "/responseTemplates/{}", .ops = PATCH_ALL},
};

static bool find_integration(struct control *call, struct control_rest_method *found,
    struct json **integration)
{
    if (!control_rest_find_method(call, found))
        return false;
    *integration = draft_member(found->method, "methodIntegration");
    if (!*integration)
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Integration identifier specified");
    return true;
}

static bool fail_mapping(struct control *call, const char *what, struct text expression)
{
    return control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [%s: "
        "%.*s]",
        what, (int)expression.length, expression.data);
}

bool control_rest_check_templates(struct control *call, const struct json *templates)
{
    for (const struct json *one = templates ? templates->first : NULL; one; one = one->next) {
        struct error err;

        if (template_parse(one->text, call->arena, &err))
            continue;
        if (err.code == ERROR_MEMORY)
            return control_fail(call, CONTROL_INTERNAL, "out of memory");
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid template for %.*s: %s (line %d, column %d)", (int)one->name.length,
            one->name.data, err.text, err.line, err.column);
    }
    return true;
}

static bool check_parameters(struct control *call, enum mapping_side side,
    const struct json *parameters)
{
    for (const struct json *one = parameters ? parameters->first : NULL; one; one = one->next) {
        struct mapping mapping;
        struct error err;

        if (mapping_parse_rest(side, one->name, one->text, call->arena, &mapping, &err) ==
            ERROR_NONE)
            continue;
        if (err.code == ERROR_MEMORY)
            return control_fail(call, CONTROL_INTERNAL, "out of memory");
        return fail_mapping(call, "Invalid mapping expression specified",
            err.column == 1 ? one->name : one->text);
    }
    return true;
}

static bool check_uri(struct control *call, struct text type, struct text uri)
{
    struct integration_uri parts;

    if (text_is(type, "MOCK"))
        return true;
    if (text_starts_with(type, TEXT("HTTP")))
        return integration_uri_is_http(uri) ||
               control_fail(call, CONTROL_BAD_REQUEST, "Invalid HTTP endpoint specified for URI");
    switch (integration_uri_parse(uri, &parts)) {
    case INTEGRATION_URI_GOOD:
        break;
    case INTEGRATION_URI_NOT_AN_ARN:
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid ARN specified in the request");
    case INTEGRATION_URI_NO_ACTION:
        return control_fail(call, CONTROL_BAD_REQUEST,
            "AWS ARN for integration must contain path or action");
    }
    if (text_is(type, "AWS_PROXY") && !text_is(parts.service, "lambda") &&
        !text_is(parts.service, "firehose"))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose "
            "stream invocations.");
    return true;
}

/* What must hold of every stored integration. */
static bool check_integration(struct control *call, struct json *integration)
{
    struct text type = json_string_member(integration, "type");
    struct text verb = json_string_member(integration, "httpMethod");
    int64_t timeout = json_integer_member(integration, "timeoutInMillis", TIMEOUT_MAX);
    struct text behavior = json_string_member(integration, "passthroughBehavior");

    if (!text_is(type, "MOCK") && verb.length == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Enumeration value for HttpMethod must be non-empty");
    if (verb.length > 0 && !control_is_choice(verbs, verb))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid HttpMethod specified. Valid options are "
            "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
    if (timeout < TIMEOUT_MIN || timeout > TIMEOUT_MAX)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Timeout should be between 50 ms and 29000 ms");
    if (!control_is_choice("WHEN_NO_MATCH|WHEN_NO_TEMPLATES|NEVER", behavior))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid passthroughBehavior specified. Must be one of: [WHEN_NO_MATCH, "
            "WHEN_NO_TEMPLATES, NEVER]");
    return check_uri(call, type, json_string_member(integration, "uri")) &&
           check_parameters(call, MAPPING_REQUEST, json_member(integration, "requestParameters")) &&
           control_rest_check_templates(call, json_member(integration, "requestTemplates"));
}

static void set_default(struct control *call, struct json *object, const char *name,
    struct json *value)
{
    if (!draft_member(object, name))
        draft_set(&call->draft, object, name, value);
}

static void drop_empty(struct json *object, const char *name)
{
    if (json_string_member(object, name).length == 0 && draft_member(object, name))
        draft_remove(object, text_of(name));
}

static void set_defaults(struct control *call, struct json *integration, struct text resource)
{
    struct draft *draft = &call->draft;
    bool is_http = text_starts_with(json_string_member(integration, "type"), TEXT("HTTP"));

    drop_empty(integration, "credentials");
    drop_empty(integration, "contentHandling");
    drop_empty(integration, "passthroughBehavior");
    if (is_http)
        set_default(call, integration, "connectionType", draft_string(draft, "INTERNET"));
    set_default(call, integration, "passthroughBehavior", draft_string(draft, "WHEN_NO_MATCH"));
    set_default(call, integration, "timeoutInMillis", draft_integer(draft, TIMEOUT_MAX));
    set_default(call, integration, "cacheNamespace", draft_text(draft, resource));
    set_default(call, integration, "cacheKeyParameters", draft_array(draft));
}

bool control_rest_put_integration(struct control *call)
{
    struct json *integration = draft_object(&call->draft);
    struct control_rest_method found;

    if (!control_rest_find_method(call, &found) ||
        !control_take(call, call->body, NULL, integration_table,
            sizeof integration_table / sizeof *integration_table, integration))
        return false;
    set_defaults(call, integration, found.record->id);
    if (!check_integration(call, integration))
        return false;
    control_answer(call, integration);
    draft_set(&call->draft, found.method, "methodIntegration", integration);
    return control_save(call, found.record, found.resource);
}

bool control_rest_get_integration(struct control *call)
{
    struct control_rest_method found;
    struct json *integration;

    if (!find_integration(call, &found, &integration))
        return false;
    control_answer(call, integration);
    return true;
}

bool control_rest_update_integration(struct control *call)
{
    struct control_rest_method found;
    struct json *integration;

    if (!find_integration(call, &found, &integration) ||
        !control_patch(call, patch_table, PATCHES, integration))
        return false;
    set_defaults(call, integration, found.record->id);
    if (!check_integration(call, integration))
        return false;
    control_answer(call, integration);
    return control_save(call, found.record, found.resource);
}

bool control_rest_delete_integration(struct control *call)
{
    struct control_rest_method found;
    struct json *integration;

    if (!find_integration(call, &found, &integration))
        return false;
    draft_remove(found.method, TEXT("methodIntegration"));
    return control_save(call, found.record, found.resource);
}

static bool find_response(struct control *call, struct control_rest_method *found,
    struct json **integration, struct json **response)
{
    if (!find_integration(call, found, integration))
        return false;
    *response =
        draft_member_text(draft_member(*integration, "integrationResponses"), call->parameter[3]);
    if (!*response)
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Response status code specified");
    return true;
}

/* A header can be mapped only when the method response declares it. */
static bool check_response(struct control *call, const struct json *method,
    const struct json *response)
{
    const struct json *parameters = json_member(response, "responseParameters");
    const struct json *declared =
        json_member(json_member_text(json_member(method, "methodResponses"), call->parameter[3]),
            "responseParameters");

    if (!check_parameters(call, MAPPING_RESPONSE, parameters))
        return false;
    for (const struct json *one = parameters ? parameters->first : NULL; one; one = one->next)
        if (!json_member_text(declared, one->name))
            return fail_mapping(call, "Invalid mapping expression parameter specified", one->name);
    return control_rest_check_templates(call, json_member(response, "responseTemplates"));
}

bool control_rest_put_integration_response(struct control *call)
{
    struct control_rest_method found;
    struct json *integration, *responses, *response = draft_object(&call->draft);
    struct text status = call->parameter[3];

    if (!find_integration(call, &found, &integration))
        return false;
    if (!json_member_text(json_member(found.method, "methodResponses"), status))
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Response status code specified");
    draft_set(&call->draft, response, "statusCode", draft_text(&call->draft, status));
    if (!control_take(call, call->body, NULL, response_table,
            sizeof response_table / sizeof *response_table, response) ||
        !check_response(call, found.method, response))
        return false;
    drop_empty(response, "selectionPattern");
    control_answer(call, response);
    responses = draft_child(&call->draft, integration, "integrationResponses");
    draft_set_text(&call->draft, responses, status, response);
    return control_save(call, found.record, found.resource);
}

bool control_rest_get_integration_response(struct control *call)
{
    struct control_rest_method found;
    struct json *integration, *response;

    if (!find_response(call, &found, &integration, &response))
        return false;
    control_answer(call, response);
    return true;
}

bool control_rest_update_integration_response(struct control *call)
{
    struct control_rest_method found;
    struct json *integration, *response;

    if (!find_response(call, &found, &integration, &response) ||
        !control_patch(call, response_patch_table, 4, response) ||
        !check_response(call, found.method, response))
        return false;
    drop_empty(response, "selectionPattern");
    drop_empty(response, "contentHandling");
    control_answer(call, response);
    return control_save(call, found.record, found.resource);
}

bool control_rest_delete_integration_response(struct control *call)
{
    struct control_rest_method found;
    struct json *integration, *responses, *response;

    if (!find_response(call, &found, &integration, &response))
        return false;
    responses = draft_member(integration, "integrationResponses");
    draft_remove(responses, call->parameter[3]);
    if (responses->count == 0)
        draft_remove(integration, TEXT("integrationResponses"));
    return control_save(call, found.record, found.resource);
}
