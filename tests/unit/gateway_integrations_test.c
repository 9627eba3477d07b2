#include <stddef.h>

#include "tests/unit/gateway_bench.h"

#include "tests/unit/gateway_backend.h"

/* ANY /{proxy+} to the backend, deployed to dev; more is the rest of the integration's JSON. */
static void open_proxy(struct bench *bench, struct backend *backend, char api[16], const char *type,
    const char *more)
{
    char root[16], proxy[16], body[2048];

    backend_open(backend);
    bench_rest_api(bench, api, root);
    bench_resource(bench, api, root, "{proxy+}", proxy);
    snprintf(body, sizeof body,
        "{\"type\":\"%s\",\"httpMethod\":\"ANY\",\"uri\":\"http://127.0.0.1:%u/{proxy}\",%s"
        "\"requestParameters\":{\"integration.request.path.proxy\":\"method.request.path.proxy\","
        "\"integration.request.header.x-mapped\":\"method.request.querystring.q\","
        "\"integration.request.querystring.added\":\"'a b'\"}}",
        type, backend->port, more);
    bench_method(bench, api, proxy, "ANY", body);
    if (strcmp(type, "HTTP_PROXY") != 0) {
        bench_response(bench, api, proxy, "ANY", "200", "{}");
        bench_response(bench, api, proxy, "ANY", "400",
            "{\"selectionPattern\":\"4..\",\"responseTemplates\":{\"application/json\":"
            "\"code $input.path('$.error.code')\"}}");
    }
    bench_deploy(bench, api, "dev");
}

static bool body_has(struct bench *bench, const char *text)
{
    bool found = strstr(bench_body(bench), text) != NULL;

    if (!found)
        print_error("no %s in\n%s\n", text, bench_body(bench));
    return found;
}

static void a_proxy_passes_request_and_answer_on(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    open_proxy(bench, &backend, api, "HTTP_PROXY", "");
    assert_int_equal(
        bench_send(bench, "POST", PATH("/execute/%s/dev/echo/a%%20b/c?q=1&r=%%2F", api),
            "X-Own: yes\r\nVia: me\r\nTE: trailers\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
            "User-Agent: test\r\n",
            "{\"a\":1}"),
        200);
    assert_true(body_has(bench, "POST /echo/a%20b/c?q=1&r=%2F&added=a%20b HTTP/1.1\r\n"));
    PATH("Host: 127.0.0.1:%u\r\n", backend.port);
    assert_true(body_has(bench, path));
    assert_true(body_has(bench, "\r\nX-Own: yes\r\n"));
    assert_true(body_has(bench, "\r\nx-mapped: 1\r\n"));
    assert_true(body_has(bench, "\r\nUser-Agent: test\r\n"));
    assert_true(body_has(bench, "\r\nAccept: application/json\r\n"));
    assert_true(body_has(bench, "\r\nContent-Length: 7\r\n"));
    assert_true(body_has(bench, "\r\nX-Amzn-Trace-Id: Root=1-"));
    assert_true(body_has(bench, "\r\nX-Amzn-Apigateway-Api-Id: "));
    assert_true(body_has(bench, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(bench_body(bench), "Via:"));
    assert_null(strstr(bench_body(bench), "TE:"));
    assert_null(strstr(bench_body(bench), "X-Hop"));
    assert_null(strstr(bench_body(bench), "Connection:"));
    assert_string_equal(bench_header(bench, "Content-Type"), "text/plain");
    assert_string_equal(bench_header(bench, "X-Back"), "1");
    assert_string_equal(bench_header(bench, "x-amzn-Remapped-Server"), "b");
    assert_string_equal(bench_header(bench, "Server"), "(absent)");
    assert_string_equal(bench_header(bench, "X-Amzn-Trace-Id"), "(absent)");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/chunked", api), NULL), 200);
    assert_string_equal(bench_body(bench), "hello world");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/continue", api), NULL), 200);
    assert_string_equal(bench_body(bench), "after");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/close", api), NULL), 200);
    assert_string_equal(bench_body(bench), "until the end");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/status/404", api), NULL), 404);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/status/301", api), NULL), 301);
    bench_stop(bench);
    backend_close(&backend);
}

static void head_answers_keep_their_headers_without_a_body(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];
    int client;

    open_proxy(bench, &backend, api, "HTTP_PROXY", "");
    client = raw_connect(http_server_port(bench->server));
    buf_clear(&bench->answer);
    PATH("HEAD /execute/%s/dev/head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", api);
    assert_true(raw_send(client, path));
    assert_true(raw_read_to_end(client, &bench->answer));
    close(client);
    assert_int_equal(raw_status(&bench->answer, 0), 200);
    assert_string_equal(bench_header(bench, "X-Head"), "1");
    assert_string_equal(bench_body(bench), "");
    bench_stop(bench);
    backend_close(&backend);
}

static void connections_to_a_backend_are_kept(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    open_proxy(bench, &backend, api, "HTTP_PROXY", "");
    for (int i = 0; i < 20; i++)
        assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/echo", api), NULL), 200);
    assert_int_equal(atomic_load(&backend.connections), 1);
    /* A kept connection that the backend has closed is replaced without the client noticing. */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/once", api), NULL), 200);
        assert_string_equal(bench_body(bench), "once");
    }
    bench_stop(bench);
    backend_close(&backend);
}

static void a_bad_backend_is_the_backends_fault(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *message, *reason;
    } table[] = {
        {"gone", 504, "Network error communicating with endpoint", "integration:network"},
        {"short", 504, "Network error communicating with endpoint", "integration:network"},
        {"extra", 502, "Internal server error", "integration:malformed"},
        {"both", 502, "Internal server error", "integration:malformed"},
        {"garbage", 502, "Internal server error", "integration:malformed"},
        {"badchunk", 502, "Internal server error", "integration:malformed"},
        {"huge", 502, "Internal server error", "integration:too-large"},
        {"slow", 504, "Endpoint request timed out", "integration:timeout"},
    };
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    open_proxy(bench, &backend, api, "HTTP_PROXY", "\"timeoutInMillis\":1500,");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/%s", api, table[i].path),
                             NULL),
            table[i].status);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
        assert_string_equal(bench_header(bench, "x-gatehouse-reason"), table[i].reason);
        assert_string_equal(bench_header(bench, "x-amzn-ErrorType"),
            "InternalServerErrorException");
        /* The pool is still good. */
        assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/echo", api), NULL), 200);
    }
    bench_stop(bench);
    backend_close(&backend);
}

static void a_time_out_of_50_ms_is_kept(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];
    uint64_t began;

    open_proxy(bench, &backend, api, "HTTP_PROXY", "\"timeoutInMillis\":50,");
    began = clock_monotonic();
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/slow", api), NULL), 504);
    assert_string_equal(bench_text(bench, "message"), "Endpoint request timed out");
    assert_true(clock_monotonic() - began >= 49 * CLOCK_MS);
    assert_true(clock_monotonic() - began < 5 * CLOCK_SECOND);
    bench_stop(bench);
    backend_close(&backend);
}

static void a_backend_that_is_not_there_is_told_from_one_without_name(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], body[512], api[16], root[16];

    backend_open(&backend);
    backend_close(&backend); /* its port is free now */
    bench_rest_api(bench, api, root);
    snprintf(body, sizeof body,
        "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"http://localhost:%u/\"}",
        backend.port);
    bench_method(bench, api, root, "GET", body);
    bench_method(bench, api, root, "PUT",
        "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"http://nothere.invalid/\"}");
    bench_method(bench, api, root, "POST",
        "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"http://${stageVariables.x}/\"}");
    bench_method(bench, api, root, "PATCH",
        "{\"type\":\"AWS\",\"httpMethod\":\"POST\",\"uri\":"
        "\"arn:aws:apigateway:us-east-1:sqs:action/SendMessage\"}");
    snprintf(body, sizeof body,
        "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"https://127.0.0.1:%u/\"}",
        backend.port);
    bench_method(bench, api, root, "DELETE", body);
    bench_deploy(bench, api, "dev");
    PATH("/execute/%s/dev", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 504);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:network");
    assert_int_equal(bench_call(bench, "PUT", path, NULL), 500);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:unresolved");
    assert_string_equal(bench_text(bench, "message"), "Internal server error");
    assert_int_equal(bench_call(bench, "POST", path, NULL), 500);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:address");
    assert_int_equal(bench_call(bench, "PATCH", path, NULL), 500);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:service-not-local");
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 504);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:network");
}

static void http_integrations_map_what_they_are_told(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    open_proxy(bench, &backend, api, "HTTP",
        "\"requestTemplates\":{\"application/json\":\"{\\\"n\\\":$input.json('$.a')}\"},");
    assert_int_equal(bench_send(bench, "POST", PATH("/execute/%s/dev/echo?q=1", api),
                         "X-Own: yes\r\n", "{\"a\":[1,2]}"),
        200);
    assert_true(body_has(bench, "POST /echo?added=a%20b HTTP/1.1\r\n"));
    assert_true(body_has(bench, "\r\n\r\n{\"n\":[1,2]}"));
    assert_true(body_has(bench, "\r\nx-mapped: 1\r\n"));
    assert_true(body_has(bench, "\r\nUser-Agent: AmazonAPIGateway_"));
    assert_true(body_has(bench, "\r\nContent-Type: application/json\r\n"));
    assert_null(strstr(bench_body(bench), "X-Own"));
    assert_string_equal(bench_header(bench, "X-Back"), "(absent)");
    assert_int_equal(strlen(bench_header(bench, "X-Amzn-Trace-Id")), 40);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/status/404", api), NULL), 400);
    assert_string_equal(bench_body(bench), "code 17");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/status/500", api), NULL), 200);
    assert_int_equal(bench_call(bench, "POST", PATH("/execute/%s/dev/echo", api), "not json"), 400);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:request-template");
    bench_stop(bench);
    backend_close(&backend);
}

/* A table whose key is the path, read and written through templates as the console makes them. */
static void a_table_is_read_and_written_through_templates(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16], orders[16], one[16], made[16], names[16];

    bench_rest_api(bench, api, root);
    bench_resource(bench, api, root, "orders", orders);
    bench_resource(bench, api, orders, "{cust}", one);
    bench_resource(bench, api, root, "make", made);
    bench_resource(bench, api, root, "tables", names);
    bench_method(bench, api, made, "POST",
        "{\"type\":\"AWS\",\"httpMethod\":\"POST\",\"uri\":"
        "\"arn:aws:apigateway:us-east-1:dynamodb:action/CreateTable\"}");
    bench_response(bench, api, made, "POST", "200", "{}");
    bench_method(bench, api, one, "PUT",
        "{\"type\":\"AWS\",\"httpMethod\":\"POST\",\"uri\":"
        "\"arn:aws:apigateway:us-east-1:dynamodb:action/PutItem\",\"requestTemplates\":{"
        "\"application/json\":\"{\\\"TableName\\\":\\\"orders\\\",\\\"Item\\\":{\\\"cust\\\":{"
        "\\\"S\\\":\\\"$util.escapeJavaScript($input.params().path.cust)\\\"},\\\"total\\\":{"
        "\\\"N\\\":\\\"$input.path('$.total')\\\"}}}\"}}");
    bench_response(bench, api, one, "PUT", "200", "{}");
    bench_response(bench, api, one, "PUT", "400",
        "{\"selectionPattern\":\"4\\\\d{2}\",\"responseTemplates\":{\"application/json\":"
        "\"$input.path('$.message')\"}}");
    bench_method(bench, api, one, "GET",
        "{\"type\":\"AWS\",\"httpMethod\":\"POST\",\"uri\":"
        "\"arn:aws:apigateway:us-east-1:dynamodb:action/GetItem\",\"requestTemplates\":{"
        "\"application/json\":\"{\\\"TableName\\\":\\\"orders\\\",\\\"Key\\\":{\\\"cust\\\":{"
        "\\\"S\\\":\\\"$util.escapeJavaScript($input.params().path.cust)\\\"}}}\"}}");
    bench_response(bench, api, one, "GET", "200",
        "{\"responseTemplates\":{\"application/json\":\"#if($input.path('$.Item'))"
        "$input.path('$.Item.total.N')#else#set($context.responseOverride.status = 404){}#end\"}}");
    bench_deploy(bench, api, "dev");
    assert_int_equal(
        bench_call(bench, "POST", PATH("/execute/%s/dev/make", api),
            "{\"TableName\":\"orders\",\"BillingMode\":\"PAY_PER_REQUEST\",\"KeySchema\":[{"
            "\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{"
            "\"AttributeName\":\"cust\",\"AttributeType\":\"S\"}]}"),
        200);
    for (int i = 0; i < 1000; i++) /* until the table is active */
        if (bench_call(bench, "PUT", PATH("/execute/%s/dev/orders/c%%22\x31", api),
                "{\"total\":12345678901234567890.25}") == 200)
            break;
    assert_int_equal(bench->status, 200);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/orders/c%%22\x31", api), NULL),
        200);
    assert_string_equal(bench_body(bench), "12345678901234567890.25");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/orders/none", api), NULL), 404);
    assert_int_equal(bench_call(bench, "PUT", PATH("/execute/%s/dev/orders/c2", api),
                         "{\"total\":\"x\"}"),
        400);
    assert_true(body_has(bench, "The parameter cannot be converted to a numeric value: x"));
}

static void requests_under_way_keep_the_definition_they_began_with(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16], root[16];
    struct buf late;
    int client;

    backend_open(&backend);
    bench_rest_api(bench, api, root);
    snprintf(path, sizeof path,
        "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"timeoutInMillis\":1000,\"uri\":"
        "\"http://127.0.0.1:%u/slow\"}",
        backend.port);
    {
        char integration[256];

        bench_method(bench, api, root, "GET", bench_keep(integration, sizeof integration, path));
    }
    bench_deploy(bench, api, "dev");
    client = raw_connect(http_server_port(bench->server));
    PATH("GET /execute/%s/dev HTTP/1.1\r\nHost: a\r\n\r\n", api);
    assert_true(raw_send(client, path));
    for (int i = 0; i < 10000 && atomic_load(&backend.requests) < 1; i++) {
        const struct timespec moment = {.tv_nsec = 1000 * 1000};

        nanosleep(&moment, NULL);
    }
    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/GET/integration", api, root),
                         MOCK_200),
        201);
    bench_response(bench, api, root, "GET", "200", "{}");
    bench_deploy(bench, api, "dev");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev", api), NULL), 200);
    buf_init(&late, 65536);
    assert_true(raw_read_answer(client, &late, 0) > 0);
    assert_int_equal(raw_status(&late, 0), 504);
    buf_done(&late);
    close(client);
    bench_stop(bench);
    backend_close(&backend);
}

static void clients_that_leave_and_stops_end_what_is_under_way(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];
    int client[8];

    open_proxy(bench, &backend, api, "HTTP_PROXY", "");
    for (int i = 0; i < 8; i++) {
        client[i] = raw_connect(http_server_port(bench->server));
        PATH("GET /execute/%s/dev/slow HTTP/1.1\r\nHost: a\r\n\r\n", api);
        assert_true(raw_send(client[i], path));
    }
    for (int i = 0; i < 10000 && atomic_load(&backend.requests) < 8; i++) {
        const struct timespec moment = {.tv_nsec = 1000 * 1000};

        nanosleep(&moment, NULL);
    }
    assert_int_equal(atomic_load(&backend.requests), 8);
    for (int i = 0; i < 4; i++)
        close(client[i]);
    bench_stop(bench);
    for (int i = 4; i < 8; i++)
        close(client[i]);
    backend_close(&backend);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_proxy_passes_request_and_answer_on),
        BENCH_TEST(head_answers_keep_their_headers_without_a_body),
        BENCH_TEST(connections_to_a_backend_are_kept),
        BENCH_TEST(a_bad_backend_is_the_backends_fault),
        BENCH_TEST(a_time_out_of_50_ms_is_kept),
        BENCH_TEST(a_backend_that_is_not_there_is_told_from_one_without_name),
        BENCH_TEST(http_integrations_map_what_they_are_told),
        BENCH_TEST(a_table_is_read_and_written_through_templates),
        BENCH_TEST(requests_under_way_keep_the_definition_they_began_with),
        BENCH_TEST(clients_that_leave_and_stops_end_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
