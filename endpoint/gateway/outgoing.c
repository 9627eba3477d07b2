#include "endpoint/gateway/outgoing.h"

#include <string.h>

#include "base/clock.h"
#include "endpoint/gateway/ids.h"

enum { URL_LIMIT = 64 * 1024 };

/* Sorted by nothing: a name is looked up by its length first. */
static bool is_one_of(struct text name, const char *const *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (name.length == strlen(table[i]) && text_is_ignoring_case(name, table[i]))
            return true;
    return false;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Never sent to a backend (recorded for REST; hop-by-hop ones for HTTP). */
static bool is_dropped(const struct call *call, struct text name)
{
    static const char *const both_table[] = {"host", "connection", "content-length", "expect", "te",
        "trailer", "transfer-encoding", "upgrade", "keep-alive", "proxy-connection"};
    static const char *const rest_table[] = {"content-md5", "max-forwards", "proxy-authenticate",
        "server", "www-authenticate", "content-encoding", "via", "x-amzn-trace-id",
        "x-amzn-apigateway-api-id"};
    static const char *const http_table[] = {"proxy-authorization", "proxy-authenticate",
        "x-amzn-trace-id", "forwarded"};

    if (is_one_of(name, both_table, COUNT(both_table)))
        return true;
    return call->is_http ? is_one_of(name, http_table, COUNT(http_table))
                         : is_one_of(name, rest_table, COUNT(rest_table));
}

/* Headers that Connection lists belong to this hop as well. */
static bool is_listed(struct text list, struct text name)
{
    struct text one;

    while (text_take_field(&list, ',', &one))
        if (text_equal_ignoring_case(text_trim(one), name))
            return true;
    return false;
}

static void add_header(struct outgoing *out, struct text name, struct text value)
{
    if (out->header_count < CALL_HEADERS)
        out->header[out->header_count++] = (struct http_header){name, value};
}

static bool has_header(const struct outgoing *out, const char *name)
{
    for (size_t i = 0; i < out->header_count; i++)
        if (text_is_ignoring_case(out->header[i].name, name))
            return true;
    return false;
}

static void remove_header(struct outgoing *out, struct text name)
{
    size_t kept = 0;

    for (size_t i = 0; i < out->header_count; i++)
        if (!text_equal_ignoring_case(out->header[i].name, name))
            out->header[kept++] = out->header[i];
    out->header_count = kept;
}

static void pass_headers(const struct call *call, struct outgoing *out)
{
    const struct exchange_request *request = call->request;
    struct text listed = call_header(call, "Connection");

    for (size_t i = 0; i < request->header_count; i++) {
        struct text name = request->header[i].name;

        if (!is_dropped(call, name) && !(listed.data && is_listed(listed, name)))
            add_header(out, name, request->header[i].value);
    }
}

static struct text mapped_value(struct call *call, const struct mapping *mapping)
{
    struct text value = {NULL, 0};
    struct buf out;

    buf_init(&out, URL_LIMIT);
    if (call_add_mapped(call, mapping, NULL, &out) && !out.failure)
        value = arena_text(call->arena, buf_view(&out));
    buf_done(&out);
    return value;
}

static bool map_headers(struct call *call, struct outgoing *out, const char **why)
{
    static const char *const forbidden_table[] = {"content-length", "transfer-encoding",
        "x-amzn-trace-id", "x-amzn-apigateway-api-id"};
    const struct definition_mappings *mappings = &call->method->integration.request;

    for (size_t i = 0; i < mappings->count; i++) {
        const struct mapping *mapping = &mappings->item[i];
        struct text value;

        if (mapping->place != MAPPING_TO_HEADER)
            continue;
        if (is_one_of(mapping->name, forbidden_table, COUNT(forbidden_table))) {
            *why = "Execution failed due to configuration error: a reserved header is mapped";
            return false;
        }
        if (mapping->verb == MAPPING_REMOVE) {
            remove_header(out, mapping->name);
            continue;
        }
        value = mapped_value(call, mapping);
        if (!value.data)
            continue;
        if (mapping->verb == MAPPING_OVERWRITE)
            remove_header(out, mapping->name);
        add_header(out, mapping->name, value);
    }
    for (size_t i = 0; call->override && i < call->override->header_count; i++) {
        remove_header(out, call->override->header[i].name);
        add_header(out, call->override->header[i].name, call->override->header[i].value);
    }
    return true;
}

static struct text make_text(struct call *call, const char *string)
{
    (void)call;
    return string ? text_of(string) : TEXT("");
}

static struct text make_trace(struct call *call)
{
    char *trace = arena_alloc(call->arena, 48, 1);

    if (!trace)
        return TEXT("");
    ids_make_trace(&call->gateway->ids, clock_wall(), trace);
    return text_of(trace);
}

static bool has_body_by_nature(struct text method)
{
    return !text_is(method, "GET") && !text_is(method, "HEAD") && !text_is(method, "OPTIONS");
}

static void add_own_headers(struct call *call, struct outgoing *out)
{
    struct text api = call->stage->api_id, host = call_header(call, "Host");

    add_header(out, TEXT("X-Amzn-Trace-Id"), make_trace(call));
    if (call->is_http) {
        add_header(out, TEXT("Via"), TEXT("HTTP/1.1 AmazonAPIGateway"));
        add_header(out, TEXT("Forwarded"),
            make_text(call,
                arena_format(call->arena, "for=%s;host=%.*s;proto=http", call->request->peer,
                    (int)host.length, host.data ? host.data : "")));
        return;
    }
    if (!has_header(out, "Accept"))
        add_header(out, TEXT("Accept"), TEXT("application/json"));
    if (!has_header(out, "User-Agent"))
        add_header(out, TEXT("User-Agent"),
            make_text(call,
                arena_format(call->arena, "AmazonAPIGateway_%.*s", (int)api.length, api.data)));
    if (has_body_by_nature(out->method) && !has_header(out, "Content-Type"))
        add_header(out, TEXT("Content-Type"), TEXT("application/json"));
    add_header(out, TEXT("X-Amzn-Apigateway-Api-Id"), api);
}

/* The rule that fills "{name}" of a REST URI, or NULL. */
static const struct mapping *find_path_mapping(const struct call *call, struct text name)
{
    const struct definition_mappings *mappings = &call->method->integration.request;

    for (size_t i = 0; i < mappings->count; i++)
        if (mappings->item[i].place == MAPPING_TO_PATH && text_equal(mappings->item[i].name, name))
            return &mappings->item[i];
    return NULL;
}

/* A path value that is passed on unchanged needs no decoding and encoding. */
static bool add_path_value(struct call *call, struct text name, struct buf *url)
{
    const struct mapping *mapping;
    struct text value;

    for (size_t i = 0; call->override && i < call->override->path_count; i++) {
        if (text_equal(call->override->path[i].name, name)) {
            http_add_encoded(url, call->override->path[i].value, true);
            return true;
        }
    }
    if (call->is_http) {
        value = call_path_value(call, name);
        buf_add_text(url, value);
        return value.data;
    }
    mapping = find_path_mapping(call, name);
    if (!mapping)
        return false;
    if (mapping->part_count == 1 && mapping->part[0].source == MAPPING_PATH) {
        value = call_path_value(call, mapping->part[0].name);
        buf_add_text(url, value);
        return value.data;
    }
    value = mapped_value(call, mapping);
    http_add_encoded(url, value, false);
    return value.data;
}

static bool expand_uri(struct call *call, struct buf *url, const char **why)
{
    const struct definition_integration *integration = &call->method->integration;

    for (size_t i = 0; i < integration->uri_count; i++) {
        const struct uri_part *part = &integration->uri[i];
        bool found = true;

        if (part->kind == URI_TEXT) {
            buf_add_text(url, part->text);
        } else if (part->kind == URI_STAGE_VARIABLE) {
            buf_add_text(url, call_variable(call, part->text));
            found = call_variable(call, part->text).data;
        } else {
            found = add_path_value(call, part->text, url);
        }
        if (!found) {
            *why = "Execution failed due to configuration error: Invalid endpoint address";
            return false;
        }
    }
    return true;
}

/* Routes that catch everything hand the path on, when the URI does not say where it goes. */
static void append_path(const struct call *call, struct buf *url)
{
    const struct definition_method *method = call->method;
    struct text rest = call->path;

    if (!call->is_http || !method->is_greedy || method->integration.uri_has_path)
        return;
    if (!method->is_default && call->match.variable_count > 0)
        rest = call->match.variable[call->match.variable_count - 1].value;
    if (rest.length > 0 && rest.data[0] == '/')
        rest = text_slice(rest, 1, rest.length);
    if (rest.length == 0)
        return;
    if (url->length == 0 || url->data[url->length - 1] != '/')
        buf_add_char(url, '/');
    buf_add_text(url, rest);
}

static bool is_host_name(struct text host)
{
    for (size_t i = 0; i < host.length; i++) {
        char c = host.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '.' || c == '-' || c == '_' || c == ':'))
            return false;
    }
    return host.length > 0 && host.length < 254;
}

/* "host:8080", "[::1]:80" */
static bool read_authority(struct outgoing *out)
{
    struct text authority = out->authority, port = {NULL, 0};
    size_t colon;
    int64_t number;

    if (authority.length > 0 && authority.data[0] == '[') {
        size_t close = text_find(authority, TEXT("]"), 0);

        if (close == SIZE_MAX)
            return false;
        out->host = text_slice(authority, 1, close);
        authority = text_slice(authority, close + 1, authority.length);
        if (authority.length > 0 && authority.data[0] != ':')
            return false;
        if (authority.length > 0)
            port = text_slice(authority, 1, authority.length);
    } else {
        colon = text_find(authority, TEXT(":"), 0);
        out->host = text_slice(authority, 0, colon);
        if (colon != SIZE_MAX)
            port = text_slice(authority, colon + 1, authority.length);
        if (memchr(out->host.data, ':', out->host.length))
            return false;
    }
    number = out->is_secure ? 443 : 80;
    if (port.data && !text_to_integer(port, 1, 65535, &number))
        return false;
    out->port = (uint16_t)number;
    return is_host_name(out->host);
}

static bool split_url(struct outgoing *out, struct text url)
{
    size_t end = 0;

    if (text_starts_with(url, TEXT("http://"))) {
        url = text_slice(url, 7, url.length);
    } else if (text_starts_with(url, TEXT("https://"))) {
        url = text_slice(url, 8, url.length);
        out->is_secure = true;
    } else {
        return false;
    }
    for (size_t i = 0; i < url.length; i++)
        if ((unsigned char)url.data[i] <= ' ' || url.data[i] == 0x7f)
            return false;
    while (end < url.length && url.data[end] != '/' && url.data[end] != '?' && url.data[end] != '#')
        end++;
    out->authority = text_slice(url, 0, end);
    out->target = text_slice(url, end, text_find(url, TEXT("#"), 0));
    return read_authority(out);
}

static void add_pair(struct buf *target, char *separator, struct text name, struct text value)
{
    buf_add_char(target, *separator);
    *separator = '&';
    http_add_encoded(target, name, false);
    buf_add_char(target, '=');
    http_add_encoded(target, value, false);
}

/* Whether a mapping of an HTTP API replaces or removes the parameter. */
static bool is_replaced(struct call *call, struct text part)
{
    const struct definition_mappings *mappings = &call->method->integration.request;
    struct text name = text_slice(part, 0, text_find(part, TEXT("="), 0));

    for (size_t i = 0; call->is_http && i < mappings->count; i++)
        if (mappings->item[i].place == MAPPING_TO_QUERY &&
            mappings->item[i].verb != MAPPING_APPEND &&
            text_equal_ignoring_case(mappings->item[i].name, name))
            return true;
    return false;
}

static void add_query(struct call *call, struct buf *target)
{
    const struct definition_integration *integration = &call->method->integration;
    struct text rest = call->request->query, part;
    char separator = memchr(target->data, '?', target->length) ? '&' : '?';

    while (integration->kind == INTEGRATION_HTTP_PROXY && text_take_field(&rest, '&', &part)) {
        if (part.length == 0 || is_replaced(call, part))
            continue;
        buf_add_char(target, separator);
        buf_add_text(target, part);
        separator = '&';
    }
    for (size_t i = 0; i < integration->request.count; i++) {
        const struct mapping *mapping = &integration->request.item[i];
        struct text value;

        if (mapping->place != MAPPING_TO_QUERY || mapping->verb == MAPPING_REMOVE)
            continue;
        value = mapped_value(call, mapping);
        if (value.data)
            add_pair(target, &separator, mapping->name, value);
    }
    for (size_t i = 0; call->override && i < call->override->query_count; i++)
        add_pair(target, &separator, call->override->query[i].name, call->override->query[i].value);
}

/* "overwrite:path" of an HTTP API takes the place of the path of the URI. */
static bool add_target(struct call *call, struct outgoing *out, struct buf *target)
{
    const struct definition_mappings *mappings = &call->method->integration.request;
    struct text path = out->target;

    for (size_t i = 0; call->is_http && i < mappings->count; i++) {
        struct text value;

        if (mappings->item[i].place != MAPPING_TO_PATH)
            continue;
        value = mapped_value(call, &mappings->item[i]);
        for (size_t at = 0; at < value.length; at++)
            if ((unsigned char)value.data[at] <= ' ' || value.data[at] == 0x7f)
                return false;
        if (value.data)
            path = value;
    }
    if (path.length == 0 || path.data[0] != '/')
        buf_add_char(target, '/');
    buf_add_text(target, path);
    add_query(call, target);
    return true;
}

static bool make_target(struct call *call, struct outgoing *out, const char **why)
{
    struct buf text;
    bool good;

    *why = "Execution failed due to configuration error: Invalid endpoint address";
    buf_init(&text, URL_LIMIT);
    good = expand_uri(call, &text, why);
    if (good) {
        struct text url;

        append_path(call, &text);
        url = arena_text(call->arena, buf_view(&text));
        buf_clear(&text);
        good = url.data && split_url(out, url) && add_target(call, out, &text) && !text.failure;
    }
    if (good) {
        out->target = arena_text(call->arena, buf_view(&text));
        good = out->target.data;
    }
    buf_done(&text);
    return good;
}

bool outgoing_make(struct call *call, struct outgoing *out, const char **why)
{
    const struct definition_integration *integration = &call->method->integration;

    out->method = integration->method;
    if (out->method.length == 0 || text_is(out->method, "ANY"))
        out->method = call->request->method;
    out->is_secure = false;
    out->header_count = 0;
    if (!make_target(call, out, why))
        return false;
    if (integration->kind == INTEGRATION_HTTP_PROXY)
        pass_headers(call, out);
    if (!map_headers(call, out, why))
        return false;
    add_own_headers(call, out);
    return true;
}

void outgoing_add_head(const struct outgoing *outgoing, struct buf *head)
{
    buf_add_text(head, outgoing->method);
    buf_add_char(head, ' ');
    buf_add_text(head, outgoing->target);
    buf_add_string(head, " HTTP/1.1\r\nHost: ");
    buf_add_text(head, outgoing->authority);
    buf_add(head, "\r\n", 2);
    for (size_t i = 0; i < outgoing->header_count; i++) {
        struct text value = outgoing->header[i].value;

        if (memchr(value.data ? value.data : "", '\r', value.length) ||
            memchr(value.data ? value.data : "", '\n', value.length))
            continue; /* only a mapping can make one */
        buf_add_text(head, outgoing->header[i].name);
        buf_add(head, ": ", 2);
        buf_add_text(head, value);
        buf_add(head, "\r\n", 2);
    }
    if (outgoing->body.length > 0 || has_body_by_nature(outgoing->method)) {
        buf_add_string(head, "Content-Length: ");
        buf_add_integer(head, (int64_t)outgoing->body.length);
        buf_add(head, "\r\n", 2);
    }
    buf_add(head, "\r\n", 2);
}

void outgoing_add_url(const struct outgoing *outgoing, struct buf *url)
{
    buf_add_string(url, outgoing->is_secure ? "https://" : "http://");
    buf_add_text(url, outgoing->authority);
    buf_add_text(url, outgoing->target);
}

struct text outgoing_rename(const struct call *call, struct text name)
{
    /* As recorded from the service. */
    static const char *const renamed_table[] = {"x-amzn-Remapped-Authorization",
        "x-amzn-Remapped-Connection", "x-amzn-Remapped-Content-Length",
        "x-amzn-Remapped-Content-MD5", "x-amzn-Remapped-Date", "x-amzn-Remapped-Expect",
        "x-amzn-Remapped-Host", "x-amzn-Remapped-Max-Forwards",
        "x-amzn-Remapped-Proxy-Authenticate", "x-amzn-Remapped-Server", "x-amzn-Remapped-Trailer",
        "x-amzn-Remapped-Upgrade", "x-amzn-Remapped-User-Agent", "x-amzn-Remapped-WWW-Authenticate",
        "x-amzn-Remapped-x-amzn-RequestId"};
    static const char *const hop_table[] = {"connection", "keep-alive", "transfer-encoding", "te",
        "trailer", "upgrade", "proxy-authenticate", "proxy-authorization", "date"};
    enum { PREFIX = sizeof "x-amzn-Remapped-" - 1 };

    if (call->is_http)
        return is_one_of(name, hop_table, COUNT(hop_table)) ? (struct text){NULL, 0} : name;
    if (text_is_ignoring_case(name, "transfer-encoding") ||
        text_is_ignoring_case(name, "keep-alive"))
        return (struct text){NULL, 0};
    for (size_t i = 0; i < COUNT(renamed_table); i++)
        if (name.length == strlen(renamed_table[i]) - PREFIX &&
            text_is_ignoring_case(name, renamed_table[i] + PREFIX))
            return text_of(renamed_table[i]);
    return name;
}
