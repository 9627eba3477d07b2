#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/gateway/call_trace.h"
#include "endpoint/gateway/call_values.h"
#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/data_plane.h"
#include "endpoint/gateway/integrations.h"
#include "endpoint/gateway/snapshot.h"

/* TestInvokeMethod: the real chain from the method request on, over the working definition. */

enum { LOG_LIMIT = 1024 * 1024, HEADERS = 100, STAGE_ARENA = 1024 * 1024 };

static const struct control_member body_table[] = {
    {"pathWithQueryString", CONTROL_TEXT, NULL, false},
    {"body", CONTROL_TEXT, NULL, false},
    {"headers", CONTROL_TEXT_MAP, NULL, false},
    {"multiValueHeaders", CONTROL_OBJECT, NULL, false},
    {"stageVariables", CONTROL_TEXT_MAP, NULL, false},
};

struct test {
    struct buf log;
    uint64_t began;
};

/* One member for each name, with the last or with all values. */
static void write_header_map(struct json_writer *writer, const struct call_answer *answer, bool all)
{
    json_name(writer, all ? "multiValueHeaders" : "headers");
    json_begin_object(writer);
    for (size_t i = 0; i < answer->header_count; i++) {
        struct text name = answer->header[i].name;
        bool seen = false;
        struct text last = answer->header[i].value;

        for (size_t at = 0; at < i; at++)
            seen = seen || text_equal_ignoring_case(answer->header[at].name, name);
        if (seen)
            continue;
        json_name_text(writer, name);
        if (all)
            json_begin_array(writer);
        for (size_t at = i; at < answer->header_count; at++) {
            if (!text_equal_ignoring_case(answer->header[at].name, name))
                continue;
            last = answer->header[at].value;
            if (all)
                json_string(writer, last);
        }
        if (all)
            json_end_array(writer);
        else
            json_string(writer, last);
    }
    json_end_object(writer);
}

static void deliver(struct call *call, const struct call_answer *answer)
{
    const struct http_header header = {TEXT("Content-Type"), TEXT("application/json")};
    struct test *test = call->user;
    struct exchange *exchange = call->exchange;
    struct json_writer writer;
    struct buf out;

    if (call->failure)
        call_trace(call, "%s", call->failure);
    call_trace(call, "Method response body after transformations: %.*s", (int)answer->body.length,
        answer->body.data);
    call_trace_pairs(call, "Method response headers", answer->header, answer->header_count);
    if (!call->failure)
        call_trace(call, "Successfully completed execution");
    call_trace(call, "Method completed with status: %d", answer->status);
    buf_init(&out, 32 * 1024 * 1024);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "status", answer->status);
    json_pair(&writer, "body", answer->body);
    write_header_map(&writer, answer, false);
    write_header_map(&writer, answer, true);
    json_pair(&writer, "log", buf_view(&test->log));
    json_pair_integer(&writer, "latency", (int64_t)((clock_monotonic() - test->began) / CLOCK_MS));
    json_end_object(&writer);
    buf_done(&test->log);
    data_plane_end(call);
    exchange_reply(exchange, 200, &header, 1, buf_view(&out));
    buf_done(&out);
}

/* A stage that is stored nowhere. */
static struct live_stage *make_stage(struct control *control, const struct record *api,
    const struct json *variables)
{
    struct live_stage *stage = mem_new(1, sizeof *stage);
    struct snapshot snapshot;
    struct draft draft = {0};
    struct error err = {.text = "out of memory"};

    if (!stage)
        return NULL;
    stage->users = 1;
    stage->arena = draft.arena = arena_new(STAGE_ARENA, &err);
    if (stage->arena) {
        stage->account = arena_text(stage->arena, api->account);
        stage->api_id = arena_text(stage->arena, api->id);
        stage->api_name = arena_text(stage->arena, json_string_member(api->tree, "name"));
        stage->name = TEXT("test-invoke-stage");
        stage->variables = variables ? draft_copy(&draft, variables) : NULL;
        if (snapshot_make(control->store, api, control->arena, &snapshot, &err) == ERROR_NONE)
            stage->definition = definition_new(snapshot.json, &err);
    }
    if (stage->definition && !draft.failed)
        return stage;
    control_fail(control, CONTROL_BAD_REQUEST, "%s", err.text);
    stages_release(stage);
    return NULL;
}

static const struct definition_method *find_method(const struct definition *definition,
    struct text resource, struct text verb)
{
    for (size_t i = 0; i < definition->method_count; i++)
        if (text_equal(definition->method[i]->resource_id, resource) &&
            text_equal(definition->method[i]->verb, verb))
            return definition->method[i];
    return NULL;
}

static size_t add_values(const struct json *map, struct http_header *header, size_t count)
{
    for (const struct json *one = map ? map->first : NULL; one; one = one->next) {
        if (one->kind == JSON_STRING && count < HEADERS)
            header[count++] = (struct http_header){one->name, one->text};
        for (const struct json *value = one->first; value && count < HEADERS; value = value->next)
            if (value->kind == JSON_STRING)
                header[count++] = (struct http_header){one->name, value->text};
    }
    return count;
}

/* The request as it would have come; texts live in the arena of the exchange. */
static struct exchange_request *make_request(struct control *control, const struct json *given,
    struct text resource_path)
{
    struct exchange_request *request = arena_alloc(control->arena, 1, sizeof *request);
    struct http_header *header = arena_alloc(control->arena, HEADERS, sizeof *header);
    struct text target = json_string_member(given, "pathWithQueryString");
    struct text verb = control->parameter[2];
    size_t mark;

    if (!request || !header)
        return NULL;
    if (target.length == 0)
        target = resource_path;
    mark = text_find(target, TEXT("?"), 0);
    request->method = text_is(verb, "ANY") ? TEXT("GET") : verb;
    request->target = target;
    request->path = text_slice(target, 0, mark);
    request->query = mark == SIZE_MAX ? TEXT("") : text_slice(target, mark + 1, target.length);
    request->header = header;
    request->header_count = add_values(json_member(given, "headers"), header, 0);
    request->header_count =
        add_values(json_member(given, "multiValueHeaders"), header, request->header_count);
    request->body = json_string_member(given, "body");
    if (!request->body.data)
        request->body = TEXT("");
    request->started = clock_monotonic();
    memcpy(request->peer, "test-invoke-source-ip", sizeof "test-invoke-source-ip");
    return request;
}

static void trace_request(struct call *call)
{
    const struct call_parameters *parameters = call_parameters(call);

    buf_add_format(call->trace, "Execution log for request %s\n", call->request_id);
    call_trace(call, "Starting execution for request: %s", call->request_id);
    call_trace(call, "HTTP Method: %.*s, Resource Path: %.*s", (int)call->request->method.length,
        call->request->method.data, (int)call->path.length, call->path.data);
    if (parameters) {
        call_trace_pairs(call, "Method request path", parameters->path, parameters->path_count);
        call_trace_pairs(call, "Method request query string", parameters->query,
            parameters->query_count);
    }
    call_trace_pairs(call, "Method request headers", call->request->header,
        call->request->header_count);
    call_trace(call, "Method request body before transformations: %.*s",
        (int)call->request->body.length, call->request->body.data);
}

bool control_rest_test_invoke(struct control *control)
{
    struct control_rest_method found;
    const struct record *api = control_find_rest(control);
    struct json *given = draft_object(&control->draft);
    struct exchange_request *request;
    struct live_stage *stage;
    struct test *test = arena_alloc(control->arena, 1, sizeof *test);
    struct call *call;

    if (!api || !control_rest_find_method(control, &found) ||
        !control_take(control, control->body, NULL, body_table,
            sizeof body_table / sizeof *body_table, given))
        return false;
    request = make_request(control, given, json_string_member(found.resource, "path"));
    stage = request && test ? make_stage(control, api, json_member(given, "stageVariables")) : NULL;
    if (!stage)
        return control_fail(control, CONTROL_INTERNAL, "out of memory");
    call = data_plane_call(control->gateway, control->exchange, deliver, test);
    if (!call) {
        stages_release(stage);
        return control_fail(control, CONTROL_INTERNAL, "out of memory");
    }
    buf_init(&test->log, LOG_LIMIT);
    test->began = clock_monotonic();
    call->trace = &test->log;
    call->request = request;
    call->stage = stage;
    call->definition = stage->definition;
    call->variables = stage->variables;
    call->path = request->path;
    if (!router_find_rest(stage->definition->router, request->method, request->path, &call->match))
        call->match.variable_count = 0;
    call->method = find_method(stage->definition, control->parameter[1], control->parameter[2]);
    control->is_taken = true;
    trace_request(call);
    integrations_start(call);
    return true;
}
