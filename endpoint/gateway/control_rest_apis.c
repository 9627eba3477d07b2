#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/fingerprint.h"

#include <string.h>

enum { COMPRESSION_LIMIT = 10485760 };

static const struct control_member create_table[] = {
    {"name", CONTROL_TEXT, NULL, true},
    {"description", CONTROL_TEXT, NULL, false},
    {"version", CONTROL_TEXT, NULL, false},
    {"binaryMediaTypes", CONTROL_TEXTS, NULL, false},
    {"minimumCompressionSize", CONTROL_INTEGER, NULL, false},
    {"apiKeySource", CONTROL_TEXT, "HEADER|AUTHORIZER", false},
    {"policy", CONTROL_TEXT, NULL, false},
    {"tags", CONTROL_TEXT_MAP, NULL, false},
    {"disableExecuteApiEndpoint", CONTROL_BOOL, NULL, false},
};

static const struct control_member endpoint_table[] = {
    {"types", CONTROL_TEXTS, NULL, false},
    {"ipAddressType", CONTROL_TEXT, "ipv4|dualstack", false},
    {"vpcEndpointIds", CONTROL_TEXTS, NULL, false},
};

static bool set_endpoint_type(struct control *call, struct json *document,
    const struct patch_step *step);
static bool set_address_type(struct control *call, struct json *document,
    const struct patch_step *step);

static const struct patch_rule patch_table[] = {
    {.path = "/name", .ops = PATCH_REPLACE},
    {.path = "/description", .ops = PATCH_REPLACE},
    {.path = "/version", .ops = PATCH_REPLACE},
    {.path = "/apiKeySource", .ops = PATCH_REPLACE, .choices = "HEADER|AUTHORIZER"},
    {.path = "/minimumCompressionSize", .ops = PATCH_REPLACE, .kind = PATCH_INTEGER},
    {.path = "/policy", .ops = PATCH_REPLACE},
    {.path = "/disableExecuteApiEndpoint", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/securityPolicy", .ops = PATCH_REPLACE},
    {.path = "/endpointAccessMode", .ops = PATCH_REPLACE},
    {.path = "/endpointConfiguration/ipAddressType", .ops = PATCH_REPLACE, .run = set_address_type},
    {.path = "/endpointConfiguration/types/{}", .ops = PATCH_ALL, .run = set_endpoint_type},
    {.path = "/endpointConfiguration/vpcEndpointIds",
        .ops = PATCH_ADD | PATCH_REMOVE,
        .kind = PATCH_LIST},
    {.path = "/binaryMediaTypes/{}", .ops = PATCH_ALL, .kind = PATCH_LIST},
};

enum { PATCHES = sizeof patch_table / sizeof *patch_table };

static const char *endpoint_type(const struct json *document)
{
    const struct json *type = json_at(document, "endpointConfiguration.types.0");

    if (!type)
        return "";
    return text_is(type->text, "PRIVATE") ? "PRIVATE" : "";
}

static bool set_address_type(struct control *call, struct json *document,
    const struct patch_step *step)
{
    struct json *configuration = draft_child(&call->draft, document, "endpointConfiguration");

    if (!text_is(step->value, "ipv4") && !text_is(step->value, "dualstack"))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "ipAddressType must be either ipv4 or dualstack.");
    if (text_is(step->value, "ipv4") && strcmp(endpoint_type(document), "PRIVATE") == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Only dualstack ipAddressType is supported for Private APIs.");
    draft_set(&call->draft, configuration, "ipAddressType", draft_text(&call->draft, step->value));
    return true;
}

/* An API has one type: adding one takes the place of the other. */
static bool set_endpoint_type(struct control *call, struct json *document,
    const struct patch_step *step)
{
    struct json *configuration = draft_child(&call->draft, document, "endpointConfiguration");
    struct json *types = draft_member(configuration, "types");
    struct text type = step->op == PATCH_REPLACE ? step->value : step->part[2];

    if (!control_is_choice("EDGE|REGIONAL|PRIVATE", type))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
            (int)step->path.length, step->path.data);
    if (step->op == PATCH_REMOVE) {
        if (!draft_remove_element(types, type))
            return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
                (int)step->path.length, step->path.data);
        return true;
    }
    if (step->op == PATCH_ADD && types && types->count > 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Cannot create an api with multiple Endpoint Types.");
    types = draft_array(&call->draft);
    draft_append(&call->draft, types, draft_text(&call->draft, type));
    draft_set(&call->draft, configuration, "types", types);
    if (text_is(type, "PRIVATE"))
        draft_set(&call->draft, configuration, "ipAddressType",
            draft_string(&call->draft, "dualstack"));
    return true;
}

/* What must hold of every stored API. */
static bool check_api(struct control *call, struct json *document)
{
    struct json *description = draft_member(document, "description");
    const struct json *size = json_member(document, "minimumCompressionSize");
    const struct json *types = json_at(document, "endpointConfiguration.types");
    int64_t bytes;

    if (text_trim(json_string_member(document, "name")).length == 0)
        return control_fail(call, CONTROL_BAD_REQUEST, "Name cannot be empty");
    if (description && description->text.length == 0)
        return control_fail(call, CONTROL_BAD_REQUEST, "Description cannot be an empty string");
    if (size && !text_to_integer(size->text, 0, COMPRESSION_LIMIT, &bytes))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid minimum compression size, must be between 0 and 10485760");
    if (!types || types->count == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "REST API must have at least one Endpoint Type.");
    return true;
}

static bool take_endpoint(struct control *call, struct json *document)
{
    const struct json *given = json_member(call->body, "endpointConfiguration");
    struct json *configuration = draft_object(&call->draft);
    const char *where =
        arena_format(call->arena, "%s.endpointConfiguration", control_input_name(call));
    struct json *types;
    bool is_private;

    if (given && given->kind == JSON_OBJECT &&
        !control_take(call, given, where, endpoint_table,
            sizeof endpoint_table / sizeof *endpoint_table, configuration))
        return false;
    types = draft_member(configuration, "types");
    if (types && types->count > 1)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Cannot create an api with multiple Endpoint Types.");
    if (types && !control_is_choice("EDGE|REGIONAL|PRIVATE", types->first->text))
        return control_fail_choice(call, where ? where : "", "types", types->first->text,
            "REGIONAL|EDGE|PRIVATE");
    if (!types) {
        types = draft_array(&call->draft);
        draft_append(&call->draft, types, draft_string(&call->draft, "EDGE"));
        draft_set(&call->draft, configuration, "types", types);
    }
    is_private = types && types->first && text_is(types->first->text, "PRIVATE");
    if (is_private && text_is(json_string_member(configuration, "ipAddressType"), "ipv4"))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Only dualstack ipAddressType is supported for Private APIs.");
    if (!draft_member(configuration, "ipAddressType"))
        draft_set(&call->draft, configuration, "ipAddressType",
            draft_string(&call->draft, is_private ? "dualstack" : "ipv4"));
    draft_set(&call->draft, document, "endpointConfiguration", configuration);
    return true;
}

/* The tag gatehouse-id pins the identifier, so that suites find their API again. */
static bool choose_id(struct control *call, const struct json *document, struct text *id)
{
    struct text pinned = json_string_member(json_member(document, "tags"), "gatehouse-id");

    if (!pinned.data) {
        *id = control_new_id(call, GATEWAY_REST, TEXT(""), 10);
        return !call->draft.failed;
    }
    *id = pinned;
    return control_check_api_id(call, pinned);
}

static bool make_root(struct control *call, struct text api, struct text root)
{
    struct json *resource = draft_object(&call->draft);

    draft_set(&call->draft, resource, "id", draft_text(&call->draft, root));
    draft_set(&call->draft, resource, "path", draft_string(&call->draft, "/"));
    return control_create(call, GATEWAY_RESOURCE, api, root, resource);
}

/* Resource identifiers are unique within an API only, so copies keep theirs. */
static bool clone_resources(struct control *call, const struct record *source, struct text api)
{
    const struct record *record = NULL;
    int64_t after = 0;

    while (
        (record = gateway_store_next(call->store, GATEWAY_RESOURCE, source->id, after)) != NULL) {
        after = record->sequence;
        if (!control_create(call, GATEWAY_RESOURCE, api, record->id, record->tree))
            return false;
    }
    return true;
}

bool control_rest_create_api(struct control *call)
{
    struct json *document = draft_object(&call->draft);
    struct text clone = json_string_member(call->body, "cloneFrom");
    const struct record *source = NULL;
    struct text id, root;

    if (!control_take(call, call->body, NULL, create_table,
            sizeof create_table / sizeof *create_table, document) ||
        !take_endpoint(call, document) || !check_api(call, document) ||
        !choose_id(call, document, &id))
        return false;
    if (clone.length > 0) {
        source = gateway_store_find(call->store, GATEWAY_REST, TEXT(""), clone);
        if (!source || !control_is_own(call, source))
            return control_fail(call, CONTROL_NOT_FOUND,
                "Invalid API identifier specified %.*s:%.*s", (int)call->account.length,
                call->account.data, (int)clone.length, clone.data);
    }
    root = source ? json_string_member(source->tree, "rootResourceId")
                  : control_new_id(call, GATEWAY_RESOURCE, id, 10);
    draft_set(&call->draft, document, "id", draft_text(&call->draft, id));
    draft_set(&call->draft, document, "createdDate", control_now(call));
    draft_set(&call->draft, document, "rootResourceId", draft_text(&call->draft, root));
    if (!draft_member(document, "apiKeySource"))
        draft_set(&call->draft, document, "apiKeySource", draft_string(&call->draft, "HEADER"));
    if (!draft_member(document, "disableExecuteApiEndpoint"))
        draft_set(&call->draft, document, "disableExecuteApiEndpoint",
            draft_bool(&call->draft, false));
    control_answer(call, document);
    return control_create(call, GATEWAY_REST, TEXT(""), id, document) &&
           (source ? clone_resources(call, source, id) : make_root(call, id, root));
}

bool control_rest_get_apis(struct control *call)
{
    return control_list(call, GATEWAY_REST, TEXT(""), NULL);
}

bool control_rest_get_api(struct control *call)
{
    const struct record *api = control_find_rest(call);

    if (!api)
        return false;
    call->definition = fingerprint_header(call->gateway, api, NULL, call->arena);
    buf_add_text(&call->out, api->json);
    return true;
}

bool control_rest_update_api(struct control *call)
{
    const struct record *api = control_find_rest(call);
    struct json *document = api ? control_edit(call, api) : NULL;

    if (!document || !control_patch(call, patch_table, PATCHES, document) ||
        !check_api(call, document))
        return false;
    control_answer(call, document);
    return control_save(call, api, document);
}

bool control_rest_delete_api(struct control *call)
{
    const struct record *api = control_find_rest(call);
    struct error err;

    if (!api)
        return false;
    if (gateway_store_remove_all(call->store, api->id, &err))
        return control_fail(call, CONTROL_INTERNAL, "%s", err.text);
    return control_delete(call, GATEWAY_REST, TEXT(""), api->id);
}
