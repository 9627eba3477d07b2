#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"

enum { RESOURCE_LIMIT = 300 };

static const struct control_member create_table[] = {
    {"pathPart", CONTROL_TEXT, NULL, true},
};

static bool set_parent(struct control *call, struct json *document, const struct patch_step *step);
static bool set_part(struct control *call, struct json *document, const struct patch_step *step);

static const struct patch_rule patch_table[] = {
    {.path = "/parentId", .ops = PATCH_REPLACE, .run = set_parent},
    {.path = "/pathPart", .ops = PATCH_REPLACE, .run = set_part},
};

const struct record *control_rest_find_resource(struct control *call)
{
    const struct record *api = control_find_rest(call);
    const struct record *resource;

    if (!api)
        return NULL;
    resource = gateway_store_find(call->store, GATEWAY_RESOURCE, api->id, call->parameter[1]);
    if (!resource)
        control_fail(call, CONTROL_NOT_FOUND, "Invalid Resource identifier specified");
    return resource;
}

static bool is_word(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '.' || c == '_' || c == '-' || c == ':' || c == '$' || c == '%' || c == '+' ||
                c == '@' || c == '~' || c == '!' || c == ',' || c == ';' || c == '*' || c == '='))
            return false;
    }
    return text.length > 0;
}

static bool is_variable(struct text part)
{
    return part.length > 2 && part.data[0] == '{' && part.data[part.length - 1] == '}';
}

static bool is_greedy(struct text part)
{
    return is_variable(part) && part.data[part.length - 2] == '+';
}

static bool check_part(struct control *call, struct text part)
{
    struct text inner = part;

    if (is_variable(part))
        inner = text_slice(part, 1, part.length - (is_greedy(part) ? 2 : 1));
    if (!is_word(inner) || (is_variable(part) && inner.data[inner.length - 1] == '+'))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and "
            "curly braces at the beginning and the end.");
    return true;
}

/* The resource with this id (none yet: empty) may stand below parent as part. */
static bool check_place(struct control *call, const struct record *parent, struct text part,
    struct text id)
{
    struct text above = json_string_member(parent->tree, "pathPart");
    const struct record *record;

    if (is_greedy(above))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Cannot create a child of a resource with a greedy path variable: %.*s",
            (int)above.length, above.data);
    for (int64_t at = 0;
         (record = gateway_store_next(call->store, GATEWAY_RESOURCE, parent->api, at)) != NULL;) {
        struct text name = json_string_member(record->tree, "pathPart");

        at = record->sequence;
        if (!text_equal(json_string_member(record->tree, "parentId"), parent->id) ||
            text_equal(record->id, id))
            continue;
        if (text_equal(name, part))
            return control_fail(call, CONTROL_CONFLICT,
                "Another resource with the same parent already has this name: %.*s",
                (int)part.length, part.data);
        if (is_variable(name) && is_variable(part))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "A sibling (%.*s) of this resource already has a variable path part -- only one is "
                "allowed",
                (int)name.length, name.data);
    }
    return true;
}

static void set_path(struct control *call, struct json *document, struct text above)
{
    struct text part = json_string_member(document, "pathPart");
    const char *path = arena_format(call->arena, "%.*s%s%.*s", (int)above.length, above.data,
        above.length > 1 ? "/" : "", (int)part.length, part.data);

    draft_set(&call->draft, document, "path", path ? draft_string(&call->draft, path) : NULL);
    call->draft.failed |= !path;
}

bool control_rest_create_resource(struct control *call)
{
    const struct record *parent = control_rest_find_resource(call);
    struct json *document = draft_object(&call->draft);
    struct text id, part;

    if (!parent || !control_take(call, call->body, NULL, create_table, 1, document))
        return false;
    part = json_string_member(document, "pathPart");
    if (!check_part(call, part) || !check_place(call, parent, part, TEXT("")))
        return false;
    if (gateway_store_count(call->store, GATEWAY_RESOURCE, parent->api) >= RESOURCE_LIMIT)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of resources for this API has been reached (%d)", RESOURCE_LIMIT);
    id = control_new_id(call, GATEWAY_RESOURCE, parent->api, 6);
    draft_set(&call->draft, document, "id", draft_text(&call->draft, id));
    draft_set(&call->draft, document, "parentId", draft_text(&call->draft, parent->id));
    set_path(call, document, json_string_member(parent->tree, "path"));
    control_answer(call, document);
    return control_create(call, GATEWAY_RESOURCE, parent->api, id, document);
}

/* Without embed=methods only the names of the methods are shown. */
static const struct json *shape_resource(struct control *call, const struct record *record)
{
    const struct json *methods = json_member(record->tree, "resourceMethods");
    struct json *document, *names;

    if (!methods || control_query_has(call, "embed", "methods"))
        return record->tree;
    document = draft_copy(&call->draft, record->tree);
    names = draft_object(&call->draft);
    for (const struct json *method = methods->first; method; method = method->next)
        draft_set_text(&call->draft, names, method->name, draft_object(&call->draft));
    draft_set(&call->draft, document, "resourceMethods", names);
    return document;
}

bool control_rest_get_resources(struct control *call)
{
    const struct record *api = control_find_rest(call);

    return api && control_list(call, GATEWAY_RESOURCE, api->id, shape_resource);
}

bool control_rest_get_resource(struct control *call)
{
    const struct record *resource = control_rest_find_resource(call);

    if (resource)
        control_answer(call, shape_resource(call, resource));
    return resource;
}

static bool set_parent(struct control *call, struct json *document, const struct patch_step *step)
{
    const struct record *parent =
        gateway_store_find(call->store, GATEWAY_RESOURCE, call->parameter[0], step->value);
    const struct record *above = parent;
    struct text id = json_string_member(document, "id");

    if (!draft_member(document, "parentId"))
        return control_fail(call, CONTROL_BAD_REQUEST, "Root resource cannot update its parentId.");
    if (!parent)
        return control_fail(call, CONTROL_NOT_FOUND, "Invalid Resource identifier specified");
    for (; above; above = gateway_store_find(call->store, GATEWAY_RESOURCE, parent->api,
                      json_string_member(above->tree, "parentId")))
        if (text_equal(above->id, id))
            return control_fail(call, CONTROL_BAD_REQUEST, "Resources cannot be cyclical.");
    draft_set(&call->draft, document, "parentId", draft_text(&call->draft, parent->id));
    return true;
}

static bool set_part(struct control *call, struct json *document, const struct patch_step *step)
{
    if (!draft_member(document, "parentId"))
        return control_fail(call, CONTROL_BAD_REQUEST, "Root resource cannot update its pathPart.");
    if (!check_part(call, step->value))
        return false;
    draft_set(&call->draft, document, "pathPart", draft_text(&call->draft, step->value));
    return true;
}

/* The paths of what stands below a moved resource. */
static bool move_children(struct control *call, struct text api, struct text parent,
    struct text path)
{
    const struct record *record;

    for (int64_t at = 0;
         (record = gateway_store_next(call->store, GATEWAY_RESOURCE, api, at)) != NULL;) {
        struct json *document;

        at = record->sequence;
        if (!text_equal(json_string_member(record->tree, "parentId"), parent))
            continue;
        document = control_edit(call, record);
        if (!document)
            return false;
        set_path(call, document, path);
        if (!control_save(call, record, document) ||
            !move_children(call, api, record->id, json_string_member(document, "path")))
            return false;
    }
    return true;
}

bool control_rest_update_resource(struct control *call)
{
    const struct record *resource = control_rest_find_resource(call);
    struct json *document = resource ? control_edit(call, resource) : NULL;
    const struct record *parent;

    if (!document || !control_patch(call, patch_table, 2, document))
        return false;
    parent = gateway_store_find(call->store, GATEWAY_RESOURCE, resource->api,
        json_string_member(document, "parentId"));
    if (parent) {
        if (!check_place(call, parent, json_string_member(document, "pathPart"), resource->id))
            return false;
        set_path(call, document, json_string_member(parent->tree, "path"));
    }
    control_answer(call, document);
    return control_save(call, resource, document) &&
           move_children(call, resource->api, resource->id, json_string_member(document, "path"));
}

static bool delete_below(struct control *call, struct text api, struct text id)
{
    const struct record *record;

    for (int64_t at = 0;
         (record = gateway_store_next(call->store, GATEWAY_RESOURCE, api, at)) != NULL;) {
        at = record->sequence;
        if (text_equal(json_string_member(record->tree, "parentId"), id) &&
            !delete_below(call, api, record->id))
            return false;
    }
    return control_delete(call, GATEWAY_RESOURCE, api, id);
}

bool control_rest_delete_resource(struct control *call)
{
    const struct record *resource = control_rest_find_resource(call);

    if (!resource)
        return false;
    if (!json_member(resource->tree, "parentId"))
        return control_fail(call, CONTROL_BAD_REQUEST, "Root resource cannot be deleted.");
    return delete_below(call, resource->api, resource->id);
}
