#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"

static const char *const verbs = "GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY";

static const struct control_member method_table[] = {
    {"authorizationType", CONTROL_TEXT, NULL, true},
    {"authorizerId", CONTROL_TEXT, NULL, false},
    {"apiKeyRequired", CONTROL_BOOL, NULL, false},
    {"operationName", CONTROL_TEXT, NULL, false},
    {"requestParameters", CONTROL_BOOL_MAP, NULL, false},
    {"requestModels", CONTROL_TEXT_MAP, NULL, false},
    {"requestValidatorId", CONTROL_TEXT, NULL, false},
    {"authorizationScopes", CONTROL_TEXTS, NULL, false},
};

static const struct patch_rule method_patch_table[] = {
    {.path = "/authorizationType", .ops = PATCH_REPLACE},
    {.path = "/authorizerId", .ops = PATCH_REPLACE},
    {.path = "/apiKeyRequired", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/operationName", .ops = PATCH_REPLACE},
    {.path = "/requestValidatorId", .ops = PATCH_REPLACE},
    {.path = "/requestParameters/{}", .ops = PATCH_ALL, .kind = PATCH_BOOL},
    {.path = "/requestModels/{}", .ops = PATCH_ALL},
    {.path = "/authorizationScopes", .ops = PATCH_ADD | PATCH_REMOVE, .kind = PATCH_LIST},
};

static const struct control_member response_table[] = {
    {"responseParameters", CONTROL_BOOL_MAP, NULL, false},
    {"responseModels", CONTROL_TEXT_MAP, NULL, false},
};

static const struct patch_rule response_patch_table[] = {
    {.path = "/responseParameters/{}", .ops = PATCH_ALL, .kind = PATCH_BOOL},
    {.path = "/responseModels/{}", .ops = PATCH_ALL},
};

enum { METHOD_PATCHES = sizeof method_patch_table / sizeof *method_patch_table };

bool control_rest_find_method(struct control *call, struct control_rest_method *found)
{
    *found = (struct control_rest_method){.record = control_rest_find_resource(call)};
    if (!found->record)
        return false;
    found->resource = control_edit(call, found->record);
    found->method =
        draft_member_text(draft_member(found->resource, "resourceMethods"), call->parameter[2]);
    if (!found->method)
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Method identifier specified");
    return true;
}

bool control_rest_is_status(struct text status)
{
    int64_t value;

    return status.length == 3 && text_to_integer(status, 100, 599, &value);
}

static bool fail_expression(struct control *call, struct text expression)
{
    return control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid "
        "mapping expression specified: %.*s]",
        (int)expression.length, expression.data);
}

/* "method.request.{querystring, path, header}.name" without the first two words; or false. */
static bool split_parameter(struct text name, struct text *place, struct text *rest)
{
    struct text prefix = TEXT("method.request.");

    if (!text_starts_with(name, prefix))
        return false;
    *rest = text_slice(name, prefix.length, name.length);
    return text_take_until(rest, '.', place) &&
           control_is_choice("querystring|path|header", *place) && rest->length > 0;
}

static bool check_parameters(struct control *call, const struct json *parameters)
{
    for (const struct json *one = parameters ? parameters->first : NULL; one; one = one->next) {
        struct text place, name, other_place, other;

        if (!split_parameter(one->name, &place, &name))
            return fail_expression(call, one->name);
        for (const struct json *before = parameters->first; before != one; before = before->next)
            if (split_parameter(before->name, &other_place, &other) && text_equal(name, other))
                return control_fail(call, CONTROL_BAD_REQUEST,
                    "Parameter names must be unique across querystring, header and path");
    }
    return true;
}

/* Only the two models that every API has can be named. */
static bool check_models(struct control *call, const struct json *models)
{
    for (const struct json *one = models ? models->first : NULL; one; one = one->next)
        if (!text_is(one->text, "Empty") && !text_is(one->text, "Error"))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Invalid model identifier specified: %.*s", (int)one->text.length, one->text.data);
    return true;
}

/* Authorizers and validators cannot be made yet, so none can be named. */
static bool check_method(struct control *call, const struct json *method)
{
    struct text authorization = json_string_member(method, "authorizationType");

    if (!control_is_choice("NONE|AWS_IAM|CUSTOM|COGNITO_USER_POOLS", authorization))
        return control_fail_choice(call, control_input_name(call), "authorizationType",
            authorization, "NONE|AWS_IAM|CUSTOM|COGNITO_USER_POOLS");
    if (control_is_choice("CUSTOM|COGNITO_USER_POOLS", authorization) ||
        json_string_member(method, "authorizerId").length > 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer.");
    if (json_string_member(method, "requestValidatorId").length > 0)
        return control_fail(call, CONTROL_NOT_FOUND,
            "Invalid Request Validator identifier specified");
    return check_parameters(call, json_member(method, "requestParameters")) &&
           check_models(call, json_member(method, "requestModels"));
}

bool control_rest_put_method(struct control *call)
{
    const struct record *record = control_rest_find_resource(call);
    struct json *resource = record ? control_edit(call, record) : NULL;
    struct json *method = draft_object(&call->draft), *methods;
    struct text verb = call->parameter[2];

    if (!resource)
        return false;
    if (!control_is_choice(verbs, verb))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid HttpMethod specified. Valid options are "
            "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
    methods = draft_child(&call->draft, resource, "resourceMethods");
    if (draft_member_text(methods, verb))
        return control_fail(call, CONTROL_CONFLICT, "Method already exists for this resource");
    draft_set(&call->draft, method, "httpMethod", draft_text(&call->draft, verb));
    if (!control_take(call, call->body, NULL, method_table,
            sizeof method_table / sizeof *method_table, method))
        return false;
    if (!draft_member(method, "apiKeyRequired"))
        draft_set(&call->draft, method, "apiKeyRequired", draft_bool(&call->draft, false));
    if (!check_method(call, method))
        return false;
    control_answer(call, method);
    draft_set_text(&call->draft, methods, verb, method);
    return control_save(call, record, resource);
}

bool control_rest_get_method(struct control *call)
{
    struct control_rest_method found;

    if (!control_rest_find_method(call, &found))
        return false;
    control_answer(call, found.method);
    return true;
}

bool control_rest_update_method(struct control *call)
{
    struct control_rest_method found;

    if (!control_rest_find_method(call, &found) ||
        !control_patch(call, method_patch_table, METHOD_PATCHES, found.method) ||
        !check_method(call, found.method))
        return false;
    control_answer(call, found.method);
    return control_save(call, found.record, found.resource);
}

bool control_rest_delete_method(struct control *call)
{
    struct control_rest_method found;
    struct json *methods;

    if (!control_rest_find_method(call, &found))
        return false;
    methods = draft_member(found.resource, "resourceMethods");
    draft_remove(methods, call->parameter[2]);
    if (methods->count == 0)
        draft_remove(found.resource, TEXT("resourceMethods"));
    return control_save(call, found.record, found.resource);
}

/* The method response of the fourth parameter. */
static bool find_response(struct control *call, struct control_rest_method *found,
    struct json **response)
{
    if (!control_rest_find_method(call, found))
        return false;
    *response =
        draft_member_text(draft_member(found->method, "methodResponses"), call->parameter[3]);
    if (!*response)
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Response status code specified");
    return true;
}

static bool check_response(struct control *call, const struct json *response)
{
    const struct json *parameters = json_member(response, "responseParameters");

    for (const struct json *one = parameters ? parameters->first : NULL; one; one = one->next)
        if (!text_starts_with(one->name, TEXT("method.response.header.")) ||
            one->name.length == sizeof "method.response.header." - 1)
            return fail_expression(call, one->name);
    return check_models(call, json_member(response, "responseModels"));
}

bool control_rest_put_method_response(struct control *call)
{
    struct control_rest_method found;
    struct json *response = draft_object(&call->draft), *responses;
    struct text status = call->parameter[3];

    if (!control_rest_find_method(call, &found))
        return false;
    if (!control_rest_is_status(status))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid status code: %.*s",
            (int)status.length, status.data);
    responses = draft_child(&call->draft, found.method, "methodResponses");
    if (draft_member_text(responses, status))
        return control_fail(call, CONTROL_CONFLICT, "Response already exists for this resource");
    draft_set(&call->draft, response, "statusCode", draft_text(&call->draft, status));
    if (!control_take(call, call->body, NULL, response_table,
            sizeof response_table / sizeof *response_table, response) ||
        !check_response(call, response))
        return false;
    control_answer(call, response);
    draft_set_text(&call->draft, responses, status, response);
    return control_save(call, found.record, found.resource);
}

bool control_rest_get_method_response(struct control *call)
{
    struct control_rest_method found;
    struct json *response;

    if (!find_response(call, &found, &response))
        return false;
    control_answer(call, response);
    return true;
}

bool control_rest_update_method_response(struct control *call)
{
    struct control_rest_method found;
    struct json *response;

    if (!find_response(call, &found, &response) ||
        !control_patch(call, response_patch_table, 2, response) || !check_response(call, response))
        return false;
    control_answer(call, response);
    return control_save(call, found.record, found.resource);
}

bool control_rest_delete_method_response(struct control *call)
{
    struct control_rest_method found;
    struct json *response, *responses;

    if (!find_response(call, &found, &response))
        return false;
    responses = draft_member(found.method, "methodResponses");
    draft_remove(responses, call->parameter[3]);
    if (responses->count == 0)
        draft_remove(found.method, TEXT("methodResponses"));
    return control_save(call, found.record, found.resource);
}
