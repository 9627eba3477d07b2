#ifndef TESTS_UNIT_GATEWAY_BENCH_H
#define TESTS_UNIT_GATEWAY_BENCH_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "endpoint/auth.h"
#include "endpoint/gateway/gateway.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/tables.h"
#include "endpoint/telemetry/telemetry.h"
#include "tests/unit/raw_client.h"

/*
 * A gateway behind a real server in a thread of its own. Control paths are as in the service; the
 * data plane is at "/execute/{api}/{stage}/..." and at the host "{api}.execute-api.test".
 */
struct bench {
    struct http_server *server;
    struct gateway *gateway;
    struct tables *tables;
    struct telemetry *telemetry;
    pthread_t thread;
    bool is_running;
    struct buf folder;
    /* the last answer */
    struct buf answer;
    struct arena *arena;
    const struct json *json;
    int status;
    long live;
};

static inline void bench_handle(void *user, struct exchange *exchange)
{
    struct bench *bench = user;
    struct text path = exchange_request(exchange)->path, host, first, api, stage;
    struct identity *identity = exchange_identity(exchange);

    snprintf(identity->account, sizeof identity->account, "000000000000");
    snprintf(identity->region, sizeof identity->region, "us-east-1");
    host = exchange_header(exchange, "Host");
    if (text_find(host, TEXT(".execute-api."), 0) != SIZE_MAX &&
        text_take_until(&host, '.', &api)) {
        gateway_handle_data(bench->gateway, exchange, api, TEXT(""), path);
    } else if (text_starts_with(path, TEXT("/execute/"))) {
        path = text_slice(path, 9, path.length);
        first = path;
        if (!text_take_until(&path, '/', &api))
            api = first;
        stage = path;
        if (text_take_until(&path, '/', &stage))
            path = text_make(path.data - 1, path.length + 1);
        else
            path = TEXT("/");
        gateway_handle_data(bench->gateway, exchange, api, stage, path);
    } else {
        gateway_handle_control(bench->gateway, exchange);
    }
}

static inline void *bench_run(void *user)
{
    struct bench *bench = user;

    http_server_run(bench->server);
    return NULL;
}

static inline void bench_start(struct bench *bench)
{
    /* Whose signatures AWS_IAM methods take. */
    static const struct auth auth = {.mode = ENDPOINT_AUTH_VERIFY,
        .region = "us-east-1",
        .account = "000000000000",
        .access_key = "AKIDEXAMPLE",
        .secret_key = "secret"};
    struct http_server_options server = {.listen = "127.0.0.1:0",
        .handle = bench_handle,
        .user = bench};
    struct tables_options tables = {.folder = buf_string(&bench->folder), .memory = true};
    struct gateway_options gateway = {.folder = buf_string(&bench->folder), .auth = &auth};
    struct error err = {0};

    bench->server = http_server_new(&server, &err);
    assert_string_equal(err.text, "");
    bench->telemetry = telemetry_new(bench->server, &err);
    assert_string_equal(err.text, "");
    tables.server = gateway.server = bench->server;
    bench->tables = tables_new(&tables, &err);
    assert_string_equal(err.text, "");
    gateway.tables = bench->tables;
    gateway.telemetry = bench->telemetry;
    bench->gateway = gateway_new(&gateway, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(pthread_create(&bench->thread, NULL, bench_run, bench), 0);
    bench->is_running = true;
}

static inline void bench_stop(struct bench *bench)
{
    if (!bench->is_running)
        return;
    http_server_stop(bench->server);
    pthread_join(bench->thread, NULL);
    bench->is_running = false;
    gateway_free(bench->gateway);
    tables_free(bench->tables);
    telemetry_free(bench->telemetry);
    http_server_free(bench->server);
}

static inline int bench_open(void **state)
{
    long live = mem_live();
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};

    bench->live = live;
    buf_init(&bench->folder, 4096);
    buf_init(&bench->answer, 64 * 1024 * 1024);
    bench->arena = arena_new(64 * 1024 * 1024, &err);
    assert_int_equal(file_make_temporary("gateway", &bench->folder, &err), 0);
    bench_start(bench);
    *state = bench;
    return 0;
}

static inline int bench_close(void **state)
{
    struct bench *bench = *state;
    long live = bench->live;

    bench_stop(bench);
    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
    buf_done(&bench->answer);
    arena_free(bench->arena);
    mem_free(bench);
    assert_int_equal(mem_live(), live);
    return 0;
}

/* Sends raw bytes on a connection of its own and reads the answer. */
static inline int bench_raw(struct bench *bench, struct text request)
{
    int client = raw_connect(http_server_port(bench->server));
    struct error err;

    assert_true(client >= 0);
    buf_clear(&bench->answer);
    assert_true(raw_send_bytes(client, request.data, request.length));
    assert_true(raw_read_answer(client, &bench->answer, 0) > 0);
    close(client);
    arena_reset(bench->arena);
    bench->json = json_parse(raw_body(&bench->answer, 0), bench->arena, &err);
    bench->status = raw_status(&bench->answer, 0);
    return bench->status;
}

/* One request with more header lines ("A: b\r\n") and a body. */
static inline int bench_send(struct bench *bench, const char *method, const char *path,
    const char *headers, const char *body)
{
    struct buf request;
    int status;

    buf_init(&request, 64 * 1024 * 1024);
    buf_add_format(&request, "%s %s HTTP/1.1\r\n%s%s", method, path,
        strstr(headers, "Host: ") ? "" : "Host: localhost\r\n", headers);
    if (body)
        buf_add_format(&request, "Content-Length: %zu\r\n", strlen(body));
    buf_add_format(&request, "\r\n%s", body ? body : "");
    status = bench_raw(bench, buf_view(&request));
    buf_done(&request);
    return status;
}

/* The same for a control plane. */
static inline int bench_call(struct bench *bench, const char *method, const char *path,
    const char *body)
{
    return bench_send(bench, method, path, "", body);
}

static inline const char *bench_text(struct bench *bench, const char *path)
{
    const struct json *node = json_at(bench->json, path);
    const char *text;

    if (!node)
        return "(absent)";
    if (node->kind == JSON_TRUE || node->kind == JSON_FALSE)
        return node->kind == JSON_TRUE ? "true" : "false";
    if (node->kind == JSON_OBJECT || node->kind == JSON_ARRAY)
        return node->count ? "(tree)" : "(empty)";
    text = arena_string(bench->arena, node->text);
    return text ? text : "";
}

static inline const char *bench_body(struct bench *bench)
{
    const char *text = arena_string(bench->arena, raw_body(&bench->answer, 0));

    return text ? text : "";
}

static inline const char *bench_header(struct bench *bench, const char *name)
{
    struct text value = raw_header(&bench->answer, 0, name);
    const char *text = value.data ? arena_string(bench->arena, value) : "(absent)";

    return text ? text : "";
}

/* A string that stays until the test ends. */
static inline char *bench_keep(char *space, size_t size, const char *text)
{
    snprintf(space, size, "%s", text);
    return space;
}

#define KEEP(space, bench, path) bench_keep(space, sizeof space, bench_text(bench, path))
#define PATH(...) (snprintf(path, sizeof path, __VA_ARGS__), path)

/* A REST API with a root; ids into the two spaces. */
static inline void bench_rest_api(struct bench *bench, char api[16], char root[16])
{
    assert_int_equal(bench_call(bench, "POST", "/restapis", "{\"name\":\"shop\"}"), 201);
    bench_keep(api, 16, bench_text(bench, "id"));
    bench_keep(root, 16, bench_text(bench, "rootResourceId"));
}

static inline void bench_resource(struct bench *bench, const char *api, const char *parent,
    const char *part, char id[16])
{
    char path[256], body[256];

    snprintf(body, sizeof body, "{\"pathPart\":\"%s\"}", part);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/resources/%s", api, parent),
                         body),
        201);
    bench_keep(id, 16, bench_text(bench, "id"));
}

/* A method with an integration given as JSON. */
static inline void bench_method(struct bench *bench, const char *api, const char *resource,
    const char *verb, const char *integration)
{
    char path[256];

    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/%s", api, resource, verb),
                         "{\"authorizationType\":\"NONE\"}"),
        201);
    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/%s/integration", api, resource,
                             verb),
                         integration),
        201);
}

static inline void bench_response(struct bench *bench, const char *api, const char *resource,
    const char *verb, const char *status, const char *response)
{
    char path[256];

    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/%s/responses/%s", api, resource,
                             verb, status),
                         "{}"),
        201);
    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/%s/integration/responses/%s", api,
                             resource, verb, status),
                         response),
        201);
}

static inline void bench_deploy(struct bench *bench, const char *api, const char *stage)
{
    char path[256], body[256];

    snprintf(body, sizeof body, "{\"stageName\":\"%s\"}", stage);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/deployments", api), body), 201);
}

#define MOCK_200                                                                                   \
    "{\"type\":\"MOCK\",\"requestTemplates\":{\"application/json\":\"{\\\"statusCode\\\": "        \
    "200}\"}}"

#endif
