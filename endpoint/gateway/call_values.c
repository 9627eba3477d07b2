#include "endpoint/gateway/call_values.h"

#include <stdio.h>

#include "base/clock.h"
#include "endpoint/gateway/draft.h"

enum { VALUE_LIMIT = 64 * 1024 };

static bool decode(struct call *call, struct text raw, bool is_query, struct text *out)
{
    struct buf buf;
    bool plain = true;

    for (size_t i = 0; i < raw.length && plain; i++)
        plain = raw.data[i] != '%' && raw.data[i] != '+';
    if (plain) {
        *out = raw;
        return true;
    }
    buf_init(&buf, VALUE_LIMIT);
    http_add_decoded(&buf, raw, is_query);
    *out = arena_text(call->arena, buf_view(&buf));
    buf_done(&buf);
    return out->data;
}

static size_t count_pairs(struct text query)
{
    size_t count = query.length > 0;

    for (size_t i = 0; i < query.length; i++)
        count += query.data[i] == '&' || query.data[i] == ';';
    return count;
}

/* "a=1&b=2"; REST APIs take a semicolon for a separator as well. */
static bool read_query(struct call *call, struct call_parameters *out)
{
    struct text rest = call->request->query;

    out->query = arena_alloc(call->arena, count_pairs(rest) + 1, sizeof *out->query);
    if (!out->query)
        return false;
    while (rest.length > 0) {
        size_t end = 0, equals;
        struct text part, name, value = TEXT("");

        while (
            end < rest.length && rest.data[end] != '&' && (call->is_http || rest.data[end] != ';'))
            end++;
        part = text_slice(rest, 0, end);
        rest = text_slice(rest, end + 1, rest.length);
        if (part.length == 0)
            continue;
        equals = text_find(part, TEXT("="), 0);
        name = text_slice(part, 0, equals);
        if (equals != SIZE_MAX)
            value = text_slice(part, equals + 1, part.length);
        if (!decode(call, name, true, &out->query[out->query_count].name) ||
            !decode(call, value, true, &out->query[out->query_count].value))
            return false;
        out->query_count++;
    }
    return true;
}

const struct call_parameters *call_parameters(struct call *call)
{
    struct call_parameters *out;

    if (call->parameters)
        return call->parameters;
    out = arena_alloc(call->arena, 1, sizeof *out);
    if (!out || !read_query(call, out))
        return NULL;
    out->path = arena_alloc(call->arena, call->match.variable_count + 1, sizeof *out->path);
    if (!out->path)
        return NULL;
    for (size_t i = 0; i < call->match.variable_count; i++) {
        out->path[i].name = call->match.variable[i].name;
        if (!decode(call, call->match.variable[i].value, false, &out->path[i].value))
            return NULL;
    }
    out->path_count = call->match.variable_count;
    call->parameters = out;
    return out;
}

struct text call_variable(const struct call *call, struct text name)
{
    const struct json *found = json_member_text(call->variables, name);

    return found ? found->text : (struct text){NULL, 0};
}

struct text call_path_value(const struct call *call, struct text name)
{
    for (size_t i = 0; i < call->match.variable_count; i++)
        if (text_equal(call->match.variable[i].name, name))
            return call->match.variable[i].value;
    return (struct text){NULL, 0};
}

static void set(struct draft *draft, struct json *object, const char *name, struct text value)
{
    if (value.data)
        draft_set(draft, object, name, draft_text(draft, value));
}

static void set_identity(struct call *call, struct draft *draft, struct json *context)
{
    struct json *identity = draft_object(draft);

    set(draft, identity, "sourceIp", text_of(call->request->peer));
    set(draft, identity, "userAgent", call_header(call, "User-Agent"));
    draft_set(draft, context, "identity", identity);
}

static void set_times(struct draft *draft, struct json *context)
{
    uint64_t now = clock_wall();
    struct buf text;

    buf_init(&text, 64);
    clock_add_access_log(&text, now);
    draft_set(draft, context, "requestTime", draft_text(draft, buf_view(&text)));
    buf_done(&text);
    draft_set(draft, context, "requestTimeEpoch", draft_integer(draft, (int64_t)(now / CLOCK_MS)));
}

/* "/stage/path" as the client sees it on the API's own host. */
static const char *full_path(struct call *call)
{
    struct text stage = call->stage ? call->stage->name : TEXT("");

    if (text_is(stage, "$default"))
        stage = TEXT("");
    return arena_format(call->arena, "%s%.*s%.*s", stage.length > 0 ? "/" : "", (int)stage.length,
        stage.data, (int)call->path.length, call->path.data);
}

struct json *call_context(struct call *call)
{
    struct draft draft = {.arena = call->arena};
    struct json *context;
    struct text host = call_header(call, "Host"), prefix;

    if (call->context)
        return call->context;
    context = draft_object(&draft);
    if (call->stage) {
        set(&draft, context, "accountId", call->stage->account);
        set(&draft, context, "apiId", call->stage->api_id);
        set(&draft, context, "stage", call->stage->name);
    }
    set(&draft, context, "domainName", host);
    if (text_take_until(&host, '.', &prefix))
        set(&draft, context, "domainPrefix", prefix);
    set(&draft, context, "extendedRequestId", text_of(call->extended_id));
    set(&draft, context, "httpMethod", call->request->method);
    set(&draft, context, "path", text_of(full_path(call)));
    set(&draft, context, "protocol", TEXT("HTTP/1.1"));
    set(&draft, context, "requestId", text_of(call->request_id));
    if (call->method) {
        set(&draft, context, "resourceId", call->method->resource_id);
        set(&draft, context, call->is_http ? "routeKey" : "resourcePath", call->method->resource);
    }
    draft_set(&draft, context, "isCanaryRequest", draft_bool(&draft, call->is_canary));
    set_identity(call, &draft, context);
    set_times(&draft, context);
    call->context = draft.failed ? NULL : context;
    return call->context;
}

static const struct json *parse(struct call *call, struct text body)
{
    struct error err;

    if (text_trim(body).length == 0)
        body = TEXT("{}");
    return json_parse(body, call->arena, &err);
}

const struct json *call_document(struct call *call)
{
    if (!call->has_document)
        call->document = parse(call, call->request->body);
    call->has_document = true;
    return call->document;
}

const struct json *call_backend_document(struct call *call, struct call_backend *backend)
{
    if (!backend->has_document)
        backend->document = parse(call, backend->body);
    backend->has_document = true;
    return backend->document;
}

/* Names of REST parameters are case-sensitive, those of HTTP APIs are not (gateway.md 9.1). */
static bool is_named(const struct call *call, struct text name, struct text wanted)
{
    return call->is_http ? text_equal_ignoring_case(name, wanted) : text_equal(name, wanted);
}

/* The last value, or all of them joined by commas. */
static bool add_from(const struct call *call, const struct http_header *list, size_t count,
    struct text name, bool all, struct buf *out)
{
    const struct http_header *last = NULL;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        if (!is_named(call, list[i].name, name))
            continue;
        last = &list[i];
        if (all) {
            if (found)
                buf_add_char(out, ',');
            buf_add_text(out, list[i].value);
        }
        found = true;
    }
    if (last && !all)
        buf_add_text(out, last->value);
    return found;
}

static bool add_node(const struct json *node, struct buf *out)
{
    struct json_writer writer;

    if (!node || node->kind == JSON_NULL)
        return false;
    if (node->kind == JSON_STRING) {
        buf_add_text(out, node->text);
        return true;
    }
    json_writer_init(&writer, out);
    json_tree(&writer, node);
    return true;
}

static bool add_body(struct call *call, const struct mapping_value *value,
    struct call_backend *backend, struct buf *out)
{
    const struct json *document;
    struct error err;

    if (value->name.length == 0) {
        buf_add_text(out, backend ? backend->body : call->request->body);
        return true;
    }
    document = backend ? call_backend_document(call, backend) : call_document(call);
    return add_node(jsonpath_find(value->path, document, call->arena, &err), out);
}

static bool add_context(struct call *call, struct text name, struct buf *out)
{
    const char *path = arena_string(call->arena, name);

    return path && add_node(json_at(call_context(call), path), out);
}

static bool add_text(struct text text, struct buf *out)
{
    if (text.data)
        buf_add_text(out, text);
    return text.data;
}

static bool add_value(struct call *call, const struct mapping_value *value,
    struct call_backend *backend, struct buf *out)
{
    const struct call_parameters *parameters;
    bool all = value->source == MAPPING_MULTI_QUERY || value->source == MAPPING_MULTI_HEADER;

    switch (value->source) {
    case MAPPING_STATIC:
        return add_text(value->name, out);
    case MAPPING_PATH:
        parameters = call_parameters(call);
        return parameters &&
               add_from(call, parameters->path, parameters->path_count, value->name, false, out);
    case MAPPING_QUERY:
    case MAPPING_MULTI_QUERY:
        parameters = call_parameters(call);
        return parameters && add_from(call, parameters->query, parameters->query_count, value->name,
                                 all || call->is_http, out);
    case MAPPING_HEADER:
    case MAPPING_MULTI_HEADER:
        if (backend)
            return add_from(call, backend->header, backend->header_count, value->name,
                all || call->is_http, out);
        return add_from(call, call->request->header, call->request->header_count, value->name,
            all || call->is_http, out);
    case MAPPING_BODY:
        return add_body(call, value, backend, out);
    case MAPPING_STAGE_VARIABLE:
        return add_text(call_variable(call, value->name), out);
    case MAPPING_CONTEXT:
        return add_context(call, value->name, out);
    case MAPPING_WHOLE_PATH:
        return add_text(call->path, out);
    case MAPPING_STATUS:
        if (backend)
            buf_add_integer(out, backend->status);
        return backend;
    }
    return false;
}

bool call_add_mapped(struct call *call, const struct mapping *mapping, struct call_backend *backend,
    struct buf *out)
{
    bool found = true;

    for (size_t i = 0; i < mapping->part_count; i++)
        found = add_value(call, &mapping->part[i], backend, out) && found;
    return found;
}

bool call_run_template(struct call *call, const struct template *template,
    struct call_backend *backend, struct buf *out, const char **why)
{
    const struct call_parameters *parameters = call_parameters(call);
    struct template_input input = {.context = call_context(call),
        .stage_variables = call->variables,
        .header = call->request->header,
        .header_count = call->request->header_count};
    struct error err;

    if (!call->override)
        call->override = arena_alloc(call->arena, 1, sizeof *call->override);
    *why = "out of memory";
    if (!parameters || !input.context || !call->override)
        return false;
    input.path = parameters->path;
    input.path_count = parameters->path_count;
    input.query = parameters->query;
    input.query_count = parameters->query_count;
    input.body = backend ? backend->body : call->request->body;
    input.document = backend ? call_backend_document(call, backend) : call_document(call);
    if (template_run(template, &input, call->arena, out, call->override, &err) == ERROR_NONE &&
        !out->failure)
        return true;
    *why = out->failure ? "the output is too large" : arena_string(call->arena, text_of(err.text));
    return false;
}
