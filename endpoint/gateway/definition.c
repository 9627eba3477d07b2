#include "endpoint/gateway/definition.h"

#include "base/mem.h"
#include "endpoint/gateway/definition_integration.h"

static enum error_code no_memory(struct definition *definition, struct error *err)
{
    return arena_failed(definition->arena, err);
}

static enum authorization_kind authorization_of(struct text type)
{
    if (type.length == 0 || text_is(type, "NONE"))
        return AUTHORIZATION_NONE;
    return text_is(type, "AWS_IAM") ? AUTHORIZATION_IAM : AUTHORIZATION_OTHER;
}

static struct definition_method *new_method(struct definition *definition, const struct json *node)
{
    struct definition_method *method = arena_alloc(definition->arena, 1, sizeof *method);

    if (!method)
        return NULL;
    method->index = definition->method_count;
    method->authorization = authorization_of(json_string_member(node, "authorizationType"));
    method->needs_key = json_bool_member(node, "apiKeyRequired", false);
    definition->method[definition->method_count++] = method;
    return method;
}

static enum error_code add_method(struct definition *definition, const struct json *resource,
    const struct json *node, struct error *err)
{
    struct text path = json_string_member(resource, "path");
    struct definition_method *method = new_method(definition, node);
    const struct json *integration = json_member(node, "methodIntegration");

    if (!method)
        return no_memory(definition, err);
    method->verb = node->name;
    method->resource = path;
    method->resource_id = json_string_member(resource, "id");
    method->is_greedy = text_ends_with(path, TEXT("+}"));
    if (integration && definition_read_rest(definition, integration, &method->integration, err))
        return error_wrap(err, "%.*s %.*s", (int)node->name.length, node->name.data,
            (int)path.length, path.data);
    if (!router_add(definition->router, path, node->name, method))
        return error_set(err, ERROR_INVALID, "%.*s %.*s: the path cannot be served",
            (int)node->name.length, node->name.data, (int)path.length, path.data);
    return ERROR_NONE;
}

static enum error_code add_resources(struct definition *definition, const struct json *list,
    struct error *err)
{
    for (const struct json *resource = list->first; resource; resource = resource->next) {
        const struct json *methods = json_member(resource, "resourceMethods");

        for (const struct json *one = methods ? methods->first : NULL; one; one = one->next)
            if (add_method(definition, resource, one, err))
                return err->code;
    }
    return ERROR_NONE;
}

/* "GET /pets/{id}" or "$default" */
static enum error_code add_route(struct definition *definition, const struct json *route,
    struct error *err)
{
    struct text key = json_string_member(route, "routeKey"), path = key, verb;
    struct definition_method *method = new_method(definition, route);
    const struct json *integration = json_member(route, "integration");

    if (!method)
        return no_memory(definition, err);
    method->resource = key;
    method->resource_id = json_string_member(route, "routeId");
    method->is_default = text_is(key, "$default");
    method->is_greedy = method->is_default || text_ends_with(key, TEXT("+}"));
    if (integration && definition_read_http(definition, integration, &method->integration, err))
        return error_wrap(err, "%.*s", (int)key.length, key.data);
    if (method->is_default) {
        definition->fallback = method;
        return ERROR_NONE;
    }
    if (!text_take_until(&path, ' ', &verb) || !router_add(definition->router, path, verb, method))
        return error_set(err, ERROR_INVALID, "%.*s: the route cannot be served", (int)key.length,
            key.data);
    method->verb = verb;
    return ERROR_NONE;
}

static enum error_code add_routes(struct definition *definition, const struct json *list,
    struct error *err)
{
    for (const struct json *route = list->first; route; route = route->next)
        if (add_route(definition, route, err))
            return err->code;
    return ERROR_NONE;
}

static size_t count_methods(const struct json *resources, const struct json *routes)
{
    size_t count = routes ? routes->count : 0;

    for (const struct json *one = resources ? resources->first : NULL; one; one = one->next) {
        const struct json *methods = json_member(one, "resourceMethods");

        count += methods ? methods->count : 0;
    }
    return count;
}

static enum error_code compile(struct definition *definition, struct text snapshot,
    struct error *err)
{
    const struct json *tree, *resources, *routes;

    definition->source = arena_text(definition->arena, snapshot);
    if (!definition->source.data)
        return no_memory(definition, err);
    tree = json_parse(definition->source, definition->arena, err);
    if (!tree)
        return err->code;
    resources = json_member(tree, "resources");
    routes = json_member(tree, "routes");
    definition->is_http = text_is(json_string_member(tree, "kind"), "HTTP");
    definition->is_disabled = json_bool_member(tree, "disableExecuteApiEndpoint", false);
    definition->cors = json_member(tree, "corsConfiguration");
    definition->router = router_new(definition->arena);
    definition->method = arena_alloc(definition->arena, count_methods(resources, routes) + 1,
        sizeof(struct definition_method *));
    if (!definition->router || !definition->method)
        return no_memory(definition, err);
    if (resources && add_resources(definition, resources, err))
        return err->code;
    return routes ? add_routes(definition, routes, err) : ERROR_NONE;
}

struct definition *definition_new(struct text snapshot, struct error *err)
{
    struct definition *definition = mem_new(1, sizeof *definition);

    if (!definition) {
        error_memory(err);
        return NULL;
    }
    definition->users = 1;
    definition->arena = arena_new(DEFINITION_LIMIT, err);
    if (definition->arena && compile(definition, snapshot, err) == ERROR_NONE)
        return definition;
    definition_release(definition);
    return NULL;
}

struct definition *definition_keep(struct definition *definition)
{
    definition->users++;
    return definition;
}

void definition_release(struct definition *definition)
{
    if (!definition || --definition->users > 0)
        return;
    for (size_t i = 0; i < definition->pattern_count; i++)
        pattern_free(definition->pattern[i]);
    mem_free(definition->pattern);
    arena_free(definition->arena);
    mem_free(definition);
}
