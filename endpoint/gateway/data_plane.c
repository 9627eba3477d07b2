#include "endpoint/gateway/data_plane.h"

#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/auth.h"
#include "endpoint/gateway/cors.h"
#include "endpoint/gateway/integrations.h"
#include "endpoint/gateway/limits.h"

enum { SWEEP_MS = 250 };

struct call *data_plane_call(struct gateway *gateway, struct exchange *exchange,
    void (*deliver)(struct call *call, const struct call_answer *answer), void *user)
{
    struct call *call = arena_alloc(exchange_arena(exchange), 1, sizeof *call);

    if (!call)
        return NULL;
    call->gateway = gateway;
    call->exchange = exchange;
    call->request = exchange_request(exchange);
    call->arena = exchange_arena(exchange);
    call->deliver = deliver;
    call->user = user;
    ids_make_uuid(&gateway->ids, call->request_id);
    ids_make_short(&gateway->ids, call->extended_id);
    call->next = gateway->calls;
    if (call->next)
        call->next->previous = call;
    gateway->calls = call;
    return call;
}

void data_plane_end(struct call *call)
{
    struct gateway *gateway = call->gateway;

    if (gateway) {
        if (call->previous)
            call->previous->next = call->next;
        else
            gateway->calls = call->next;
        if (call->next)
            call->next->previous = call->previous;
    }
    stages_release(call->stage);
    call->stage = NULL;
}

static void record(const struct call *call, const struct call_answer *answer)
{
    const struct definition_method *method = call->method;
    struct telemetry_request request = {.kind = call->is_http ? 'H' : 'R',
        .status = answer->status,
        .latency_us = (clock_monotonic() - call->request->started) / 1000,
        .integration_us = call->integration_us,
        .response_bytes = answer->body.length,
        .request_id = text_of(call->is_http ? call->extended_id : call->request_id),
        .source_ip = text_of(call->request->peer),
        .path = call->path,
        .error = text_of(call->failure),
        .user_agent = call_header(call, "User-Agent"),
        .protocol = TEXT("HTTP/1.1"),
        .integration_status = call->integration_status};

    request.api_id = call->stage->api_id;
    request.api_name = call->stage->api_name;
    request.stage = call->stage->name;
    request.method = call->request->method;
    request.resource = method ? method->resource : TEXT("");
    telemetry_record(call->gateway->telemetry, &request);
}

static void deliver(struct call *call, const struct call_answer *answer)
{
    if (call->gateway && call->gateway->telemetry && call->stage)
        record(call, answer);
    /* Unlinked first: the exchange, and the call with it, are gone after the reply. Texts of the
       answer may live in the stage. */
    struct live_stage *stage = call->stage;

    call->stage = NULL;
    data_plane_end(call);
    exchange_reply(call->exchange, answer->status, answer->header, answer->header_count,
        answer->body);
    stages_release(stage);
}

static size_t head_size(const struct exchange_request *request, bool with_line)
{
    size_t size = with_line ? request->method.length + request->target.length + 12 : 0;

    for (size_t i = 0; i < request->header_count; i++)
        size += request->header[i].name.length + request->header[i].value.length + 4;
    return size;
}

static bool check_size(struct call *call)
{
    if (head_size(call->request, call->is_http) > LIMITS_HEAD) {
        call_fail(call, RESPONSE_HEAD_TOO_LARGE, "limit:headers", NULL);
        return false;
    }
    if (call->request->body.length > LIMITS_BODY) {
        call_fail(call, RESPONSE_TOO_LARGE, "limit:payload", NULL);
        return false;
    }
    return true;
}

/* "/prod/pets" is "prod" and "/pets". */
static void split_stage(struct text *path, struct text *stage)
{
    struct text rest = text_slice(*path, 1, path->length);
    size_t end = text_find(rest, TEXT("/"), 0);

    *stage = text_slice(rest, 0, end);
    *path = end == SIZE_MAX ? TEXT("/") : text_slice(rest, end, rest.length);
}

static bool take_stage(struct call *call, const struct record *api, struct text name,
    struct error *err)
{
    struct gateway *gateway = call->gateway;

    call->stage =
        name.length > 0 ? stages_find(gateway->stages, gateway->store, api, name, err) : NULL;
    return call->stage;
}

static bool find_rest_stage(struct call *call, const struct record *api, struct text stage,
    struct text path)
{
    struct error err = {.code = ERROR_NOT_FOUND};

    if (stage.length == 0)
        split_stage(&path, &stage);
    call->path = path;
    if (take_stage(call, api, stage, &err))
        return true;
    if (err.code == ERROR_NOT_FOUND)
        call_fail(call, RESPONSE_FORBIDDEN, "route:no-stage", NULL);
    else
        call_fail(call, RESPONSE_CONFIGURATION, "gateway:memory", "out of memory");
    return false;
}

/* The first segment when it names a stage, else $default with the whole path. */
static bool find_http_stage(struct call *call, const struct record *api, struct text stage,
    struct text path)
{
    struct error err = {.code = ERROR_NOT_FOUND};
    struct text whole = path;

    if (stage.length > 0 && !text_is(stage, "$default")) {
        const char *joined = arena_format(call->arena, "/%.*s%.*s", (int)stage.length, stage.data,
            (int)path.length, path.data);

        whole = text_of(joined);
    } else if (stage.length == 0) {
        split_stage(&path, &stage);
    }
    call->path = path;
    if (take_stage(call, api, stage, &err))
        return true;
    call->path = whole;
    if (take_stage(call, api, TEXT("$default"), &err))
        return true;
    if (err.code == ERROR_NOT_FOUND)
        call_fail(call, RESPONSE_NOT_FOUND, "route:no-stage", NULL);
    else
        call_fail(call, RESPONSE_CONFIGURATION, "gateway:memory", "out of memory");
    return false;
}

static bool choose_definition(struct call *call)
{
    struct live_stage *stage = call->stage;

    call->definition = stage->definition;
    call->variables = stage->variables;
    if (stage->canary &&
        (double)(ids_next(&call->gateway->ids) % 100000) < stage->canary_percent * 1000) {
        call->is_canary = true;
        call->definition = stage->canary;
        call->variables = stage->canary_variables;
    }
    if (!call->definition) {
        log_line(LOG_ERROR, "API %.*s, stage %.*s: %s", (int)stage->api_id.length,
            stage->api_id.data, (int)stage->name.length, stage->name.data, stage->why);
        call_fail(call, RESPONSE_CONFIGURATION, "definition:broken",
            arena_string(call->arena, text_of(stage->why)));
        return false;
    }
    if (call->definition->is_disabled) {
        call_fail(call, RESPONSE_FORBIDDEN, "route:endpoint-disabled", NULL);
        return false;
    }
    return true;
}

/* Whether the path is known at all, for the reason of a refusal. */
static const char *why_not_found(struct call *call)
{
    static const char *const verb_table[] = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS",
        "HEAD"};
    struct router_match match;

    for (size_t i = 0; i < sizeof verb_table / sizeof *verb_table; i++)
        if (call->is_http ? router_find_http(call->definition->router, text_of(verb_table[i]),
                                call->path, &match)
                          : router_find_rest(call->definition->router, text_of(verb_table[i]),
                                call->path, &match))
            return "route:no-method";
    return "route:no-resource";
}

static bool find_route(struct call *call)
{
    struct text verb = call->request->method;

    if (!call->is_http) {
        if (memchr(call->request->query.data ? call->request->query.data : "", '|',
                call->request->query.length)) {
            call_fail(call, RESPONSE_BAD_PARAMETERS, "route:query", NULL);
            return false;
        }
        if (router_find_rest(call->definition->router, verb, call->path, &call->match)) {
            call->method = call->match.value;
            return true;
        }
        call_fail(call, RESPONSE_MISSING_TOKEN, why_not_found(call), NULL);
        return false;
    }
    if (router_find_http(call->definition->router, verb, call->path, &call->match))
        call->method = call->match.value;
    else
        call->match.variable_count = 0;
    if (cors_is_preflight(call) && !(call->method && text_is(call->method->verb, "OPTIONS"))) {
        cors_answer_preflight(call);
        return false;
    }
    if (!call->method)
        call->method = call->definition->fallback;
    if (!call->method)
        call_fail(call, RESPONSE_NOT_FOUND, why_not_found(call), NULL);
    return call->method;
}

static bool check_signature(struct call *call)
{
    const struct auth *auth = call->gateway->auth;
    struct auth_refusal refusal;

    if (auth_service(call->exchange).length == 0) {
        call_fail(call, RESPONSE_MISSING_TOKEN, "authorizer:no-signature", NULL);
        return false;
    }
    if (!auth) {
        call_fail(call, RESPONSE_AUTHORIZER_CONFIGURATION, "authorizer:not-available",
            "signatures cannot be checked here");
        return false;
    }
    if (auth_check(auth, call->exchange, "execute-api", &refusal))
        return true;
    call_fail(call,
        text_is(text_of(refusal.type), "MissingAuthenticationTokenException")
            ? RESPONSE_MISSING_TOKEN
            : RESPONSE_INVALID_SIGNATURE,
        "authorizer:signature", arena_string(call->arena, refusal.message));
    return false;
}

static bool check_access(struct call *call)
{
    switch (call->method->authorization) {
    case AUTHORIZATION_NONE:
        break;
    case AUTHORIZATION_IAM:
        if (!check_signature(call))
            return false;
        break;
    case AUTHORIZATION_OTHER:
        call_fail(call, RESPONSE_AUTHORIZER_CONFIGURATION, "authorizer:not-available", NULL);
        return false;
    }
    if (call->method->needs_key) { /* keys cannot be made here, so none is known */
        call_fail(call, RESPONSE_INVALID_KEY, "key:unknown", NULL);
        return false;
    }
    return true;
}

static bool check_throttle(struct call *call)
{
    struct limits_bucket *bucket = call->stage->bucket;

    /* Buckets are numbered by the stage's own deployment; a canary's methods have none. */
    if (!bucket || call->is_canary ||
        limits_bucket_take(&bucket[call->method->index], clock_monotonic()))
        return true;
    call_fail(call, RESPONSE_THROTTLED, "throttle:stage", NULL);
    return false;
}

void data_plane_serve(struct gateway *gateway, struct exchange *exchange, struct text api,
    struct text stage, struct text path)
{
    struct call *call = data_plane_call(gateway, exchange, deliver, NULL);
    const struct record *record = gateway_store_find(gateway->store, GATEWAY_REST, TEXT(""), api);

    if (!call) {
        exchange_reply(exchange, 500, NULL, 0, TEXT("{\"message\":\"Internal server error\"}"));
        return;
    }
    if (!record) {
        record = gateway_store_find(gateway->store, GATEWAY_HTTP, TEXT(""), api);
        call->is_http = record;
    }
    if (path.length == 0 || path.data[0] != '/')
        path = TEXT("/");
    call->path = path;
    if (!record) {
        call_fail(call, RESPONSE_FORBIDDEN, "route:no-api", NULL);
        return;
    }
    if (!check_size(call))
        return;
    if (call->is_http ? find_http_stage(call, record, stage, path)
                      : find_rest_stage(call, record, stage, path)) {
        if (choose_definition(call) && find_route(call) && check_access(call) &&
            check_throttle(call))
            integrations_start(call);
    }
}

static void cancel(struct call *call)
{
    if (!call->cancel)
        return;
    call->cancel(call);
    call_fail(call, RESPONSE_NETWORK, "client:gone", "the client has gone");
}

/* Nobody waits for these answers any more. */
static void on_sweep(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    struct call *next;

    for (struct call *call = gateway->calls; call; call = next) {
        next = call->next;
        if (exchange_is_gone(call->exchange))
            cancel(call);
    }
}

bool data_plane_start(struct gateway *gateway)
{
    ids_init(&gateway->ids);
    gateway->sweep = mem_new(1, sizeof *gateway->sweep);
    if (!gateway->sweep)
        return false;
    uv_timer_init(http_server_loop(gateway->server), gateway->sweep);
    gateway->sweep->data = gateway;
    uv_timer_start(gateway->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_unref((uv_handle_t *)gateway->sweep);
    return true;
}

static void free_timer(uv_handle_t *handle)
{
    mem_free(handle);
}

void data_plane_stop(struct gateway *gateway)
{
    struct call *next;

    if (gateway->sweep)
        uv_close((uv_handle_t *)gateway->sweep, free_timer);
    gateway->sweep = NULL;
    for (struct call *call = gateway->calls; call; call = next) {
        next = call->next;
        cancel(call);
    }
    while (gateway->calls) { /* with the tables, which answer before they end */
        struct call *call = gateway->calls;

        gateway->calls = call->next;
        call->next = call->previous = NULL;
        call->gateway = NULL;
    }
}
