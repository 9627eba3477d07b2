#include "endpoint/gateway/definition_integration.h"

#include "base/mem.h"
#include "endpoint/gateway/integration_uri.h"

enum { REST_TIMEOUT = 29000, HTTP_TIMEOUT = 30000, URI_PARTS = 128 };

static enum error_code no_memory(struct definition *definition, struct error *err)
{
    return arena_failed(definition->arena, err);
}

static struct pattern *compile_pattern(struct definition *definition, struct text expression,
    struct error *err)
{
    struct pattern *pattern;

    if (definition->pattern_count == definition->pattern_capacity) {
        size_t capacity = definition->pattern_capacity ? 2 * definition->pattern_capacity : 8;
        struct pattern **more = mem_resize(definition->pattern, capacity, sizeof *more);

        if (!more) {
            error_memory(err);
            return NULL;
        }
        definition->pattern = more;
        definition->pattern_capacity = capacity;
    }
    pattern = pattern_new(expression, false, err);
    if (pattern)
        definition->pattern[definition->pattern_count++] = pattern;
    return pattern;
}

static enum error_code read_templates(struct definition *definition, const struct json *map,
    struct definition_templates *out, struct error *err)
{
    struct definition_template *item;

    if (!map || map->count == 0)
        return ERROR_NONE;
    item = arena_alloc(definition->arena, map->count, sizeof *item);
    if (!item)
        return no_memory(definition, err);
    out->item = item;
    for (const struct json *one = map->first; one; one = one->next) {
        item[out->count].media = one->name;
        if (one->text.length > 0) {
            item[out->count].template = template_parse(one->text, definition->arena, err);
            if (!item[out->count].template)
                return error_wrap(err, "template for %.*s", (int)one->name.length, one->name.data);
        }
        out->count++;
    }
    return ERROR_NONE;
}

typedef enum error_code parse_mapping(enum mapping_side side, struct text target,
    struct text source, struct arena *arena, struct mapping *out, struct error *err);

static enum error_code read_mappings(struct definition *definition, enum mapping_side side,
    const struct json *map, parse_mapping *parse, struct definition_mappings *out,
    struct error *err)
{
    struct mapping *item;

    if (!map || map->count == 0)
        return ERROR_NONE;
    item = arena_alloc(definition->arena, map->count, sizeof *item);
    if (!item)
        return no_memory(definition, err);
    out->item = item;
    for (const struct json *one = map->first; one; one = one->next)
        if (parse(side, one->name, one->text, definition->arena, &item[out->count++], err))
            return err->code;
    return ERROR_NONE;
}

/* Cuts the URI at "{name}" and "${stageVariables.name}". */
static enum error_code read_uri(struct definition *definition, struct text uri,
    struct definition_integration *out, struct error *err)
{
    struct uri_part *part = arena_alloc(definition->arena, URI_PARTS, sizeof *part);
    struct text rest = uri;
    size_t open;

    if (!part)
        return no_memory(definition, err);
    out->uri = part;
    while ((open = text_find(rest, TEXT("{"), 0)) != SIZE_MAX) {
        size_t close = text_find(rest, TEXT("}"), open);
        bool is_stage = open > 0 && rest.data[open - 1] == '$';
        struct text name, prefix = TEXT("stageVariables.");

        if (close == SIZE_MAX || out->uri_count + 3 > URI_PARTS)
            return error_set(err, ERROR_INVALID, "the URI cannot be read");
        name = text_slice(rest, open + 1, close);
        if (is_stage && text_starts_with(name, prefix))
            name = text_slice(name, prefix.length, name.length);
        else if (is_stage)
            return error_set(err, ERROR_INVALID,
                "the URI names something else than a stage "
                "variable");
        if (name.length > 0 && name.data[name.length - 1] == '+')
            name.length--;
        part[out->uri_count++] = (struct uri_part){URI_TEXT, text_slice(rest, 0, open - is_stage)};
        part[out->uri_count++] = (struct uri_part){is_stage ? URI_STAGE_VARIABLE : URI_PATH, name};
        out->uri_has_path |= !is_stage;
        rest = text_slice(rest, close + 1, rest.length);
    }
    part[out->uri_count++] = (struct uri_part){URI_TEXT, rest};
    return ERROR_NONE;
}

static enum integration_kind kind_of(struct text type)
{
    static const struct {
        const char *name;
        enum integration_kind kind;
    } kind_table[] = {
        {"MOCK", INTEGRATION_MOCK},
        {"HTTP", INTEGRATION_HTTP},
        {"HTTP_PROXY", INTEGRATION_HTTP_PROXY},
        {"AWS", INTEGRATION_AWS},
        {"AWS_PROXY", INTEGRATION_AWS_PROXY},
    };

    for (size_t i = 0; i < sizeof kind_table / sizeof *kind_table; i++)
        if (text_is(type, kind_table[i].name))
            return kind_table[i].kind;
    return INTEGRATION_NONE;
}

static enum error_code read_target(struct definition *definition, struct text uri,
    struct definition_integration *out, struct error *err)
{
    struct integration_uri parts;

    if (out->kind == INTEGRATION_HTTP || out->kind == INTEGRATION_HTTP_PROXY)
        return read_uri(definition, uri, out, err);
    if ((out->kind == INTEGRATION_AWS || out->kind == INTEGRATION_AWS_PROXY) && uri.length > 0) {
        if (integration_uri_parse(uri, &parts) != INTEGRATION_URI_GOOD)
            return error_set(err, ERROR_INVALID, "the URI is not one of an AWS service");
        out->service = parts.service;
        if (parts.is_action)
            out->action = parts.target;
    }
    return ERROR_NONE;
}

static int status_of(struct text text)
{
    int64_t status;

    return text_to_integer(text, 100, 599, &status) ? (int)status : 0;
}

/* In the order of their statuses, which decides between several that match. */
static struct definition_response *insert_response(struct definition_integration *integration,
    int status)
{
    size_t at = integration->response_count++;

    while (at > 0 && integration->response[at - 1].status > status) {
        integration->response[at] = integration->response[at - 1];
        at--;
    }
    integration->response[at] = (struct definition_response){.status = status};
    return &integration->response[at];
}

static enum error_code read_responses(struct definition *definition, const struct json *map,
    struct definition_integration *out, struct error *err)
{
    if (!map || map->count == 0)
        return ERROR_NONE;
    out->response = arena_alloc(definition->arena, map->count, sizeof *out->response);
    if (!out->response)
        return no_memory(definition, err);
    for (const struct json *one = map->first; one; one = one->next) {
        struct definition_response *response = insert_response(out, status_of(one->name));
        struct text pattern = json_string_member(one, "selectionPattern");

        if (pattern.length > 0) {
            response->pattern = compile_pattern(definition, pattern, err);
            if (!response->pattern)
                return error_wrap(err, "selection pattern");
        }
        if (read_mappings(definition, MAPPING_RESPONSE, json_member(one, "responseParameters"),
                mapping_parse_rest, &response->mappings, err) ||
            read_templates(definition, json_member(one, "responseTemplates"), &response->templates,
                err))
            return err->code;
    }
    return ERROR_NONE;
}

enum error_code definition_read_rest(struct definition *definition, const struct json *node,
    struct definition_integration *out, struct error *err)
{
    struct text behavior = json_string_member(node, "passthroughBehavior");

    out->kind = kind_of(json_string_member(node, "type"));
    out->method = json_string_member(node, "httpMethod");
    out->timeout_ms = (uint32_t)json_integer_member(node, "timeoutInMillis", REST_TIMEOUT);
    out->passthrough = text_is(behavior, "NEVER")               ? PASSTHROUGH_NEVER
                       : text_is(behavior, "WHEN_NO_TEMPLATES") ? PASSTHROUGH_NO_TEMPLATES
                                                                : PASSTHROUGH_NO_MATCH;
    if (read_target(definition, json_string_member(node, "uri"), out, err) ||
        read_mappings(definition, MAPPING_REQUEST, json_member(node, "requestParameters"),
            mapping_parse_rest, &out->request, err) ||
        read_templates(definition, json_member(node, "requestTemplates"), &out->templates, err))
        return err->code;
    return read_responses(definition, json_member(node, "integrationResponses"), out, err);
}

static enum error_code read_status_mappings(struct definition *definition, const struct json *map,
    struct definition_integration *out, struct error *err)
{
    if (!map || map->count == 0)
        return ERROR_NONE;
    out->response = arena_alloc(definition->arena, map->count, sizeof *out->response);
    if (!out->response)
        return no_memory(definition, err);
    for (const struct json *one = map->first; one; one = one->next)
        if (read_mappings(definition, MAPPING_RESPONSE, one, mapping_parse_http,
                &insert_response(out, status_of(one->name))->mappings, err))
            return err->code;
    return ERROR_NONE;
}

enum error_code definition_read_http(struct definition *definition, const struct json *node,
    struct definition_integration *out, struct error *err)
{
    out->kind = kind_of(json_string_member(node, "integrationType"));
    out->method = json_string_member(node, "integrationMethod");
    out->timeout_ms = (uint32_t)json_integer_member(node, "timeoutInMillis", HTTP_TIMEOUT);
    out->subtype = json_string_member(node, "integrationSubtype");
    if (read_target(definition, json_string_member(node, "integrationUri"), out, err))
        return err->code;
    if (out->subtype.length == 0 &&
        read_mappings(definition, MAPPING_REQUEST, json_member(node, "requestParameters"),
            mapping_parse_http, &out->request, err))
        return err->code;
    return read_status_mappings(definition, json_member(node, "responseParameters"), out, err);
}
