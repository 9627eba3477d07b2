#include "client/request.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum { ARENA_LIMIT = 256 * 1024 * 1024 };

void request_init(struct request *request)
{
    *request = (struct request){0};
    buf_init(&request->path, REQUEST_PATH_LIMIT);
    buf_init(&request->query, REQUEST_PATH_LIMIT);
    buf_init(&request->storage, REQUEST_BODY_LIMIT);
}

void request_done(struct request *request)
{
    buf_done(&request->path);
    buf_done(&request->query);
    buf_done(&request->storage);
    arena_free(request->arena);
    request->arena = NULL;
}

static void add_header(struct request *request, const char *name, struct text value)
{
    request->header[request->header_count++] = (struct http_header){text_of(name), value};
}

/* True when name is one of "limit,position". */
static bool is_listed(const char *list, struct text name)
{
    struct text rest = text_of(list), field;

    while (text_take_field(&rest, ',', &field))
        if (text_equal(field, name))
            return true;
    return false;
}

static bool is_in_path(const char *path, struct text name)
{
    struct text rest = text_of(path), part;

    while (text_take_until(&rest, '{', &part))
        if (text_take_until(&rest, '}', &part) && text_equal(part, name))
            return true;
    return false;
}

/* Text of a scalar as it travels in a path, query or form; data NULL for others. */
static struct text scalar_text(const struct json *node)
{
    switch (node->kind) {
    case JSON_STRING:
    case JSON_NUMBER:
        return node->text;
    case JSON_TRUE:
        return TEXT("true");
    case JSON_FALSE:
        return TEXT("false");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return (struct text){0};
}

static enum error_code add_path_value(struct request *request, const struct json *input,
    struct text name, struct error *err)
{
    const struct json *node = json_member_text(input, name);
    struct text value = node ? scalar_text(node) : (struct text){0};

    if (value.length == 0)
        return error_set(err, ERROR_USAGE, "%s needs %.*s", request->operation->name,
            (int)name.length, name.data);
    /* A segment of dots would change the path itself. */
    if (text_is(value, "."))
        buf_add_string(&request->path, "%2E");
    else if (text_is(value, ".."))
        buf_add_string(&request->path, "%2E%2E");
    else
        http_add_encoded(&request->path, value, false);
    return ERROR_NONE;
}

static enum error_code fill_path(struct request *request, const struct json *input,
    struct error *err)
{
    struct text rest = text_of(request->operation->path), part, name;
    enum error_code code = ERROR_NONE;

    if (text_take_until(&rest, '?', &part)) { /* "/restapis?mode=import" */
        buf_add_text(&request->query, rest);
        rest = part;
    }
    while (!code && text_take_until(&rest, '{', &part)) {
        buf_add_text(&request->path, part);
        if (text_take_until(&rest, '}', &name))
            code = add_path_value(request, input, name, err);
    }
    buf_add_text(&request->path, rest);
    return code ? code : buf_check(&request->path, "the path", err);
}

static void add_pair(struct buf *out, struct text name, struct text value)
{
    if (out->length > 0)
        buf_add_char(out, '&');
    http_add_encoded(out, name, false);
    buf_add_char(out, '=');
    http_add_encoded(out, value, false);
}

static void add_query_member(struct buf *out, const struct json *member)
{
    struct text value = scalar_text(member);

    if (value.data) {
        add_pair(out, member->name, value);
        return;
    }
    for (const struct json *one = member->first; one; one = one->next) {
        value = scalar_text(one);
        if (value.data)
            add_pair(out, member->kind == JSON_OBJECT ? one->name : member->name, value);
    }
}

static bool has_body(const struct operation *operation)
{
    return strcmp(operation->method, "GET") != 0 && strcmp(operation->method, "HEAD") != 0 &&
           strcmp(operation->method, "DELETE") != 0;
}

/* The name of a member in the body. */
static struct text body_name(const struct operation *operation, struct text name)
{
    struct text to = text_of(operation->renamed), from;

    return text_take_until(&to, '=', &from) && text_equal(from, name) ? to : name;
}

/* Sorts the members of a REST call into query, headers and body. */
static enum error_code place_members(struct request *request, const struct json *input,
    struct error *err)
{
    const struct operation *operation = request->operation;
    const struct json *member = input->first;
    struct json_writer writer;
    size_t written = 0;

    json_writer_init(&writer, &request->storage);
    json_begin_object(&writer);
    for (; member; member = member->next) {
        if (is_in_path(operation->path, member->name) || member->kind == JSON_NULL)
            continue;
        if (operation->query && is_listed(operation->query, member->name)) {
            add_query_member(&request->query, member);
        } else if (operation->accept && text_is(member->name, operation->accept)) {
            add_header(request, "Accept", member->text);
        } else if (operation->payload && text_is(member->name, operation->payload)) {
            if (member->kind != JSON_STRING)
                return error_set(err, ERROR_USAGE, "%s: '%s' must be a string", operation->name,
                    operation->payload);
            request->body = member->text;
        } else if (!has_body(operation) || operation->payload) {
            return error_set(err, ERROR_USAGE, "%s has no member '%.*s'", operation->name,
                (int)(member->name.length < 100 ? member->name.length : 100), member->name.data);
        } else {
            json_name_text(&writer, body_name(operation, member->name));
            json_tree(&writer, member);
            written++;
        }
    }
    json_end_object(&writer);
    if (has_body(operation) && !operation->payload && (written > 0 || operation->query == NULL))
        request->body = buf_view(&request->storage);
    return ERROR_NONE;
}

static enum error_code build_rest(struct request *request, const struct json *input,
    struct error *err)
{
    enum error_code code = fill_path(request, input, err);

    if (!code)
        code = place_members(request, input, err);
    if (!code)
        code = buf_check(&request->query, "the query", err);
    if (!code)
        code = buf_check(&request->storage, "the request", err);
    if (code)
        return code;
    if (request->body.length > 0)
        add_header(request, "Content-Type",
            request->operation->payload ? TEXT("application/octet-stream")
                                        : TEXT("application/json"));
    /* Without it the gateway service answers in HAL, with links between the members. */
    if (request->header_count == 0 || !request->operation->accept)
        add_header(request, "Accept", TEXT("application/json"));
    return ERROR_NONE;
}

static enum error_code build_query(struct request *request, const struct service *service,
    const struct json *input, struct error *err)
{
    buf_add_char(&request->path, '/');
    add_pair(&request->storage, TEXT("Action"), text_of(request->operation->name));
    add_pair(&request->storage, TEXT("Version"), text_of(service->query_version));
    for (const struct json *member = input->first; member; member = member->next) {
        struct text value = scalar_text(member);

        if (!value.data && member->kind != JSON_NULL)
            return error_set(err, ERROR_USAGE, "%s: '%.*s' must be a string, number or boolean",
                request->operation->name,
                (int)(member->name.length < 100 ? member->name.length : 100), member->name.data);
        if (value.data)
            add_pair(&request->storage, member->name, value);
    }
    request->body = buf_view(&request->storage);
    add_header(request, "Content-Type", TEXT("application/x-www-form-urlencoded; charset=utf-8"));
    return buf_check(&request->storage, "the request", err);
}

static enum error_code build_json(struct request *request, const struct service *service,
    struct text input, struct error *err)
{
    input = text_trim(input);
    if (input.length == 0)
        input = TEXT("{}");
    if (input.data[0] != '{')
        return error_set(err, ERROR_USAGE, "the input of %s is no JSON object",
            request->operation->name);
    if (input.length > REQUEST_BODY_LIMIT)
        return error_set(err, ERROR_LIMIT, "the request is larger than %d bytes",
            REQUEST_BODY_LIMIT);
    buf_add_char(&request->path, '/');
    request->body = input;
    snprintf(request->target, sizeof request->target, "%s.%s", service->target_prefix,
        request->operation->name);
    snprintf(request->type, sizeof request->type, "application/x-amz-json-%s",
        service->json_version);
    add_header(request, "Content-Type", text_of(request->type));
    add_header(request, "X-Amz-Target", text_of(request->target));
    return buf_check(&request->path, "the path", err);
}

enum error_code request_build(struct request *request, const struct service *service,
    const struct operation *operation, struct text input, struct error *err)
{
    const struct json *tree;

    request->operation = operation;
    if (service->protocol == SERVICE_JSON)
        return build_json(request, service, input, err);
    request->arena = arena_new(ARENA_LIMIT, err);
    if (!request->arena)
        return err->code;
    tree = json_parse(text_trim(input).length > 0 ? input : TEXT("{}"), request->arena, err);
    if (!tree)
        return error_wrap(err, "%s", operation->name);
    if (tree->kind != JSON_OBJECT)
        return error_set(err, ERROR_USAGE, "the input of %s is no JSON object", operation->name);
    if (service->protocol == SERVICE_QUERY)
        return build_query(request, service, tree, err);
    return build_rest(request, tree, err);
}
