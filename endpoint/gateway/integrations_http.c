#include "endpoint/gateway/call_trace.h"
#include "endpoint/gateway/integrations.h"
#include "endpoint/gateway/limits.h"
#include "endpoint/gateway/outgoing.h"
#include "endpoint/gateway/secure.h"

/* HTTP and HTTP_PROXY: to http:// by upstream.h, to https:// by secure.h. */

enum { HEAD_LIMIT = 128 * 1024 };

/* In the arena of the exchange. */
struct http_call {
    struct call *call;
    struct upstream_call upstream;
    struct secure_call *secure;
    struct buf head;
};

static void apply_mapping(struct call *call, const struct mapping *mapping,
    struct call_backend *backend, struct call_answer *answer)
{
    struct text value = {NULL, 0};
    size_t kept = 0;
    int64_t status;
    struct buf out;

    buf_init(&out, UPSTREAM_HEAD);
    if (mapping->verb != MAPPING_REMOVE && call_add_mapped(call, mapping, backend, &out))
        value = arena_text(call->arena, buf_view(&out));
    buf_done(&out);
    if (mapping->place == MAPPING_TO_STATUS) {
        if (value.data && text_to_integer(value, 100, 599, &status))
            answer->status = (int)status;
        return;
    }
    if (mapping->verb != MAPPING_APPEND && (value.data || mapping->verb == MAPPING_REMOVE)) {
        for (size_t i = 0; i < answer->header_count; i++)
            if (!text_equal_ignoring_case(answer->header[i].name, mapping->name))
                answer->header[kept++] = answer->header[i];
        answer->header_count = kept;
    }
    if (value.data)
        call_add_header(answer, mapping->name, value);
}

/* HTTP APIs map the answer by its status. */
static void map_answer(struct call *call, struct call_backend *backend, struct call_answer *answer)
{
    const struct definition_integration *integration = &call->method->integration;

    for (size_t i = 0; i < integration->response_count; i++) {
        const struct definition_mappings *mappings = &integration->response[i].mappings;

        if (integration->response[i].status != backend->status)
            continue;
        for (size_t at = 0; at < mappings->count; at++)
            apply_mapping(call, &mappings->item[at], backend, answer);
    }
}

static void pass_answer(struct call *call, struct call_backend *backend)
{
    struct call_answer answer;

    call_answer_init(&answer, backend->status);
    for (size_t i = 0; i < backend->header_count; i++) {
        struct text name = outgoing_rename(call, backend->header[i].name);

        if (name.data)
            call_add_header(&answer, name, backend->header[i].value);
    }
    answer.body = backend->body;
    if (call->is_http)
        map_answer(call, backend, &answer);
    call_send(call, &answer);
}

static void trace_request(struct call *call, const struct outgoing *outgoing)
{
    call_trace(call, "Endpoint request URI: %s://%.*s%.*s", outgoing->is_secure ? "https" : "http",
        (int)outgoing->authority.length, outgoing->authority.data, (int)outgoing->target.length,
        outgoing->target.data);
    call_trace_pairs(call, "Endpoint request headers", outgoing->header, outgoing->header_count);
    call_trace(call, "Endpoint request body after transformations: %.*s",
        (int)outgoing->body.length, outgoing->body.data);
    call_trace(call, "Sending request to %s://%.*s%.*s", outgoing->is_secure ? "https" : "http",
        (int)outgoing->authority.length, outgoing->authority.data, (int)outgoing->target.length,
        outgoing->target.data);
}

static void trace_answer(struct call *call, const struct upstream_answer *answer)
{
    if (answer->result != UPSTREAM_ANSWERED)
        return;
    call_trace(call, "Received response. Status: %d, Integration latency: %llu ms", answer->status,
        (unsigned long long)(call->integration_us / 1000));
    call_trace_pairs(call, "Endpoint response headers", answer->header, answer->header_count);
    call_trace(call, "Endpoint response body before transformations: %.*s",
        (int)answer->body.length, answer->body.data ? answer->body.data : "");
}

static void on_answer(struct http_call *http, const struct upstream_answer *answer)
{
    struct call *call = http->call;
    struct call_backend backend = {.status = answer->status,
        .header = answer->header,
        .header_count = answer->header_count,
        .body = answer->body};

    call->cancel = NULL;
    buf_done(&http->head);
    integrations_ended(call, answer->status);
    trace_answer(call, answer);
    if (answer->result != UPSTREAM_ANSWERED)
        integrations_failed(call, answer->result, answer->why);
    else if (call->method->integration.kind == INTEGRATION_HTTP_PROXY)
        pass_answer(call, &backend);
    else
        integrations_map(call, &backend);
}

static void on_upstream(struct upstream_call *upstream, const struct upstream_answer *answer)
{
    on_answer(upstream->user, answer);
}

static void on_secure(void *user, const struct upstream_answer *answer)
{
    struct http_call *http = user;

    http->secure = NULL;
    on_answer(http, answer);
}

static void cancel(struct call *call)
{
    struct http_call *http = call->pending;

    upstream_cancel(&http->upstream);
    secure_cancel(http->secure);
    buf_done(&http->head);
    call->cancel = NULL;
}

static bool is_idempotent(struct text method)
{
    return text_is(method, "GET") || text_is(method, "HEAD") || text_is(method, "OPTIONS") ||
           text_is(method, "PUT") || text_is(method, "DELETE");
}

static void send_secure(struct http_call *http, const struct outgoing *outgoing)
{
    struct call *call = http->call;
    struct secure_request request = {.method = outgoing->method,
        .header = outgoing->header,
        .header_count = outgoing->header_count,
        .body = outgoing->body,
        .timeout_ms = call->method->integration.timeout_ms,
        .limit = LIMITS_BODY,
        .done = on_secure,
        .user = http};

    outgoing_add_url(outgoing, &http->head);
    request.url = buf_view(&http->head);
    http->secure = http->head.failure ? NULL : secure_send(call->gateway->secure, &request);
    buf_done(&http->head);
    if (!http->secure) {
        call->cancel = NULL;
        call_fail(call, RESPONSE_CONFIGURATION, "integration:memory", "out of memory");
    }
}

static void send_plain(struct http_call *http, const struct outgoing *outgoing)
{
    struct call *call = http->call;

    outgoing_add_head(outgoing, &http->head);
    if (http->head.failure) {
        buf_done(&http->head);
        call->cancel = NULL;
        call_fail(call, RESPONSE_CONFIGURATION, "integration:memory", "the request is too large");
        return;
    }
    http->upstream = (struct upstream_call){.host = outgoing->host,
        .port = outgoing->port,
        .head = buf_view(&http->head),
        .body = outgoing->body,
        .is_head = text_is(outgoing->method, "HEAD"),
        .may_repeat = is_idempotent(outgoing->method),
        .timeout_ms = call->method->integration.timeout_ms,
        .limit = LIMITS_BODY,
        .done = on_upstream,
        .user = http};
    upstream_send(call->gateway->upstream, &http->upstream);
}

void integrations_http(struct call *call)
{
    bool is_proxy = call->method->integration.kind == INTEGRATION_HTTP_PROXY;
    struct http_call *http = arena_alloc(call->arena, 1, sizeof *http);
    struct outgoing outgoing;
    const char *why = NULL;

    outgoing.body = call->request->body;
    if (!http) {
        call_fail(call, RESPONSE_CONFIGURATION, "integration:memory", "out of memory");
        return;
    }
    if (!is_proxy && !integrations_body(call, &outgoing.body))
        return;
    if (!outgoing_make(call, &outgoing, &why)) {
        call_fail(call, call->is_http ? RESPONSE_NETWORK : RESPONSE_CONFIGURATION,
            "integration:address", why);
        return;
    }
    http->call = call;
    buf_init(&http->head, HEAD_LIMIT);
    call->pending = http;
    call->cancel = cancel;
    if (call->trace)
        trace_request(call, &outgoing);
    integrations_began(call);
    if (outgoing.is_secure)
        send_secure(http, &outgoing);
    else
        send_plain(http, &outgoing);
}
