#include "endpoint/dispatch.h"

#include <stdio.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "endpoint/compress.h"
#include "endpoint/reply.h"
#include "tests/unit/server_bench.h"

/* The services are stand-ins that answer what they were asked: only the way to them is tested. */
struct bench {
    struct server_bench server;
    struct dispatch dispatch;
    struct buf answer;
};

static void answer_text(struct exchange *exchange, const char *text)
{
    exchange_reply(exchange, 200, NULL, 0, text_of(text));
}

void tables_handle(struct tables *tables, struct exchange *exchange, struct text operation)
{
    const struct identity *identity = exchange_identity(exchange);
    struct text body = exchange_request(exchange)->body;

    (void)tables;
    if (text_is(operation, "Scan")) {
        reply_dynamodb(exchange, 200, body);
        return;
    }
    answer_text(exchange, arena_format(exchange_arena(exchange), "tables %.*s %s %s %s [%.*s]",
                              (int)operation.length, operation.data, identity->account,
                              identity->region, identity->access_key, (int)body.length, body.data));
}

void gateway_handle_control(struct gateway *gateway, struct exchange *exchange)
{
    struct text path = exchange_request(exchange)->path;

    (void)gateway;
    answer_text(exchange, arena_format(exchange_arena(exchange), "control %.*s %s",
                              (int)path.length, path.data, exchange_identity(exchange)->region));
}

void gateway_handle_data(struct gateway *gateway, struct exchange *exchange, struct text api,
    struct text stage, struct text path)
{
    (void)gateway;
    answer_text(exchange,
        arena_format(exchange_arena(exchange), "data %.*s '%.*s' %.*s", (int)api.length, api.data,
            (int)stage.length, stage.data, (int)path.length, path.data));
}

static int open_bench(void **state)
{
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};

    buf_init(&bench->answer, SIZE_MAX);
    server_bench_open(&bench->server, dispatch_handle, &bench->dispatch);
    bench->dispatch.auth = (struct auth){.mode = ENDPOINT_AUTH_PARSE,
        .region = "us-east-1",
        .account = "000000000000",
        .access_key = "AKIDEXAMPLE",
        .secret_key = "secret"};
    bench->dispatch.telemetry = telemetry_new(bench->server.server, &err);
    bench->dispatch.lease = lease_new(bench->server.server, false, 0, 0, &err);
    assert_non_null(bench->dispatch.telemetry);
    assert_non_null(bench->dispatch.lease);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    server_bench_stop(&bench->server);
    telemetry_free(bench->dispatch.telemetry);
    lease_free(bench->dispatch.lease);
    http_server_free(bench->server.server);
    buf_done(&bench->answer);
    mem_free(bench);
    return 0;
}

static void start(struct bench *bench)
{
    server_bench_start(&bench->server);
}

#define SIGNED(service)                                                                            \
    "Authorization: AWS4-HMAC-SHA256 Credential=AK/20261118/eu-west-1/" service                    \
    "/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n"                               \
    "X-Amz-Date: 20261118T110700Z\r\n"
#define DYNAMODB(operation)                                                                        \
    "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810." operation "\r"  \
    "\n"

/* Sends one request and compares status and body. */
static void expect(struct bench *bench, const char *method, const char *target, const char *headers,
    const char *body, int status, const char *wanted)
{
    int got =
        server_bench_ask(&bench->server, method, target, headers, text_of(body), &bench->answer);
    struct text text = raw_body(&bench->answer, 0);

    if (got != status || !text_is(text, wanted))
        fail_msg("%s %s: %d %.*s\nin place of %d %s", method, target, got, (int)text.length,
            text.data, status, wanted);
}

/* The same on a Host of its own. */
static void expect_on_host(struct bench *bench, const char *host, const char *target,
    const char *wanted)
{
    int client = raw_connect(http_server_port(bench->server.server));
    struct text text;
    char request[512];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
        target, host);
    buf_clear(&bench->answer);
    assert_true(raw_send(client, request));
    assert_true(raw_read_to_end(client, &bench->answer));
    text = raw_body(&bench->answer, 0);
    if (!text_is(text, wanted))
        fail_msg("%.*s in place of %s", (int)text.length, text.data, wanted);
    close(client);
}

static void hosts_and_aliases_lead_to_the_data_plane(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect_on_host(bench, "abc123.execute-api.localhost:4510", "/prod/pets?x=1",
        "data abc123 '' /prod/pets");
    expect_on_host(bench, "abc123.Execute-API.eu-west-1.amazonaws.com", "/", "data abc123 '' /");
    expect(bench, "GET", "/restapis/abc123/prod/_user_request_/pets/7", "", "", 200,
        "data abc123 'prod' /pets/7");
    expect(bench, "GET", "/restapis/abc123/prod/_user_request_", "", "", 200,
        "data abc123 'prod' /");
    expect(bench, "GET", "/_aws/execute-api/abc123/%24default/a%2Fb", "", "", 200,
        "data abc123 '$default' /a%2Fb");
    expect(bench, "GET", "/execute-api/abc123/prod", "", "", 200, "data abc123 'prod' /");
    expect(bench, "GET", "/restapis/abc123/stages", SIGNED("apigateway"), "", 200,
        "control /restapis/abc123/stages eu-west-1");
    expect_on_host(bench, "execute-api.localhost", "/x", "{\"message\":\"Not Found\"}");
}

static void scopes_targets_and_paths_choose_the_service(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect(bench, "GET", "/anything", SIGNED("apigateway"), "", 200, "control /anything eu-west-1");
    expect(bench, "GET", "/v2/apis", SIGNED("unknown"), "", 200, "control /v2/apis eu-west-1");
    expect(bench, "POST", "/", SIGNED("dynamodb") DYNAMODB("GetItem"), "{}", 200,
        "tables GetItem 000000000000 eu-west-1 AK [{}]");
    expect(bench, "POST", "/some/path", SIGNED("unknown") DYNAMODB("GetItem"), "{}", 200,
        "tables GetItem 000000000000 eu-west-1 AK [{}]");
    expect(bench, "POST", "/",
        SIGNED("monitoring") "X-Amz-Target: GraniteServiceVersion20100801.ListMetrics\r\n", "{}",
        200, "{\"Metrics\":[]}");
    expect(bench, "POST", "/", SIGNED("logs") "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n",
        "{}", 200, "{\"logGroups\":[]}");
    expect(bench, "GET", "/", "", "", 200, "healthy: dynamodb.us-east-1.amazonaws.com ");
    expect(bench, "GET", "/nothing", "", "", 404, "{\"message\":\"Not Found\"}");
    expect(bench, "GET", "/v2x", "", "", 404, "{\"message\":\"Not Found\"}");
    expect(bench, "POST", "/", SIGNED("sts"), "", 501,
        "{\"message\":\"the embedded endpoint does not serve sts\"}");
}

static void the_action_of_a_form_chooses_too(void **state)
{
    struct bench *bench = *state;

    start(bench);
    bench->dispatch.auth.mode = ENDPOINT_AUTH_OFF;
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/",
                         "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
                         TEXT("Action=ListMetrics&Version=2010-08-01"), &bench->answer),
        200);
    assert_non_null(strstr(buf_string(&bench->answer), "<ListMetricsResponse xmlns="));
    assert_int_equal(server_bench_ask(&bench->server, "GET",
                         "/?Action=GetCallerIdentity&Version=2011-06-15", "", TEXT(""),
                         &bench->answer),
        501);
}

static void browsers_may_ask_first(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect(bench, "OPTIONS", "/",
        "Origin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: x-amz-target\r\n",
        "", 200, "");
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Origin"), "*"));
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Methods"), "POST"));
    assert_true(
        text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Headers"), "x-amz-target"));
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Max-Age"), "172800"));
}

#define CORAL "{\"__type\":\"com.amazon.coral.service#"

static void what_is_not_json_is_404_for_tables(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect(bench, "GET", "/x", SIGNED("dynamodb"), "", 404, "<UnknownOperationException/>\n");
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amz-crc32"), "3552371480"));
    assert_int_equal(raw_header(&bench->answer, 0, "x-amzn-RequestId").length, 52);
    expect(bench, "POST", "/",
        SIGNED("dynamodb") "Content-Type: text/plain\r\nX-Amz-Target: DynamoDB_20120810.Scan\r\n",
        "{}", 404, "<UnknownOperationException/>\n");
    expect(bench, "POST", "/",
        SIGNED("dynamodb") "Content-Type: application/json; charset=utf-8\r\n"
                           "X-Amz-Target: DynamoDB_20120810.Scan\r\n",
        "{}", 200, "{}");
    assert_true(text_is(raw_header(&bench->answer, 0, "Content-Type"), "application/json"));
}

static void checks_come_in_the_order_of_the_service(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect(bench, "POST", "/", DYNAMODB("GetItem") "Content-Encoding: br\r\n", "{}", 400,
        CORAL "SerializationException\"}");
    expect(bench, "POST", "/", DYNAMODB("GetItem"), "{not json", 400,
        CORAL "SerializationException\"}");
    expect(bench, "POST", "/", DYNAMODB("NoSuchThing"), "{}", 400,
        CORAL "UnknownOperationException\"}");
    expect(bench, "POST", "/",
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20111205.GetItem\r\n",
        "{}", 400, CORAL "UnknownOperationException\"}");
    expect(bench, "POST", "/", DYNAMODB("GetItem"), "{}", 400,
        CORAL "MissingAuthenticationTokenException\",\"message\":\"Request is missing "
              "Authentication Token\"}");
    expect(bench, "POST", "/", DYNAMODB("GetItem") "Authorization: Basic x\r\n", "{}", 400,
        CORAL "MissingAuthenticationTokenException\",\"message\":\"Request is missing "
              "Authentication Token\"}");
    expect(bench, "POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
        DYNAMODB("GetItem") SIGNED("dynamodb"), "{}", 400,
        CORAL "InvalidSignatureException\",\"message\":\"Found both 'X-Amz-Algorithm' as a "
              "query-string param and 'Authorization' as HTTP header.\"}");
    expect(bench, "POST", "/", DYNAMODB("GetItem") "Authorization: AWS4-\r\n", "{}", 400,
        CORAL "IncompleteSignatureException\",\"message\":\"Authorization header requires "
              "'Credential' parameter. Authorization header requires 'Signature' parameter. "
              "Authorization header requires 'SignedHeaders' parameter. Authorization header "
              "requires existence of either a 'X-Amz-Date' or a 'Date' header. "
              "Authorization=AWS4-\"}");
    expect(bench, "POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1", DYNAMODB("GetItem"),
        "{}", 400,
        CORAL "IncompleteSignatureException\",\"message\":\"AWS query-string parameters must "
              "include 'X-Amz-Credential'. AWS query-string parameters must include "
              "'X-Amz-Signature'. AWS query-string parameters must include "
              "'X-Amz-SignedHeaders'. Re-examine the query-string parameters.\"}");
    expect(bench, "POST", "/", DYNAMODB("GetItem") SIGNED("dynamodb"), "", 200,
        "tables GetItem 000000000000 eu-west-1 AK []");
}

static void other_services_refuse_in_their_own_shape(void **state)
{
    struct bench *bench = *state;

    start(bench);
    expect(bench, "GET", "/restapis", "", "", 403,
        "{\"message\":\"Request is missing Authentication Token\"}");
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amzn-ErrorType"),
        "MissingAuthenticationTokenException"));
    expect(bench, "POST", "/", "X-Amz-Target: Logs_20140328.FilterLogEvents\r\n", "{}", 400,
        CORAL "MissingAuthenticationTokenException\",\"message\":\"Request is missing "
              "Authentication Token\"}");
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/?Action=ListMetrics", "", TEXT(""),
                         &bench->answer),
        403);
    assert_non_null(strstr(buf_string(&bench->answer), "<Code>MissingAuthenticationToken</Code>"));
}

static void gzip_bodies_are_unpacked_within_limits(void **state)
{
    struct bench *bench = *state;
    struct buf plain, packed;
    const char *headers = DYNAMODB("GetItem") SIGNED("dynamodb") "Content-Encoding: gzip\r\n";

    start(bench);
    buf_init(&plain, SIZE_MAX);
    buf_init(&packed, SIZE_MAX);
    assert_true(compress_write(TEXT("{\"a\":1}"), COMPRESS_GZIP, &packed));
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/", headers, buf_view(&packed),
                         &bench->answer),
        200);
    assert_true(text_ends_with(raw_body(&bench->answer, 0), TEXT(" AK [{\"a\":1}]")));
    packed.data[packed.length - 6] ^= 1;
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/", headers, buf_view(&packed),
                         &bench->answer),
        400);
    assert_true(text_is(raw_body(&bench->answer, 0), CORAL "SerializationException\"}"));
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/", headers,
                         text_slice(buf_view(&packed), 0, packed.length - 9), &bench->answer),
        400);
    buf_clear(&packed);
    buf_add_repeat(&plain, ' ', 17 << 20);
    assert_true(compress_write(buf_view(&plain), COMPRESS_GZIP, &packed));
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/", headers, buf_view(&packed),
                         &bench->answer),
        413);
    buf_done(&plain);
    buf_done(&packed);
}

static void large_answers_are_compressed_when_accepted(void **state)
{
    struct bench *bench = *state;
    struct buf body, plain;
    struct text got;
    char sum[24];

    start(bench);
    buf_init(&body, SIZE_MAX);
    buf_init(&plain, SIZE_MAX);
    buf_add_char(&body, '"');
    buf_add_repeat(&body, 'a', 4095);
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/",
                         DYNAMODB("Scan") SIGNED("dynamodb") "Accept-Encoding: br, gzip;q=0.5\r\n",
                         buf_view(&body), &bench->answer),
        200);
    assert_null(raw_header(&bench->answer, 0, "Content-Encoding").data);
    buf_add_char(&body, '"');
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/",
                         DYNAMODB("Scan") SIGNED("dynamodb") "Accept-Encoding: br, gzip;q=0.5\r\n",
                         buf_view(&body), &bench->answer),
        200);
    assert_true(text_is(raw_header(&bench->answer, 0, "Content-Encoding"), "gzip"));
    got = raw_body(&bench->answer, 0);
    snprintf(sum, sizeof sum, "%lu", (unsigned long)crypto_crc32(got));
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amz-crc32"), sum));
    assert_int_equal(compress_read_gzip(got, &plain), COMPRESS_OK);
    assert_true(text_equal(buf_view(&plain), buf_view(&body)));
    buf_done(&body);
    buf_done(&plain);
}

static void own_routes_tell_health_and_echo_requests(void **state)
{
    struct bench *bench = *state;
    char wanted[128];

    start(bench);
    snprintf(wanted, sizeof wanted, "{\"status\":\"ok\",\"pid\":%d,\"version\":\"%s\",\"port\":%u}",
        getpid(), GATEHOUSE_VERSION, (unsigned)http_server_port(bench->server.server));
    expect(bench, "GET", "/_gatehouse/health", "", "", 200, wanted);
    expect(bench, "PUT", "/_gatehouse/echo/a%20b?c=d&status=201", "X-A: 1\r\nx-a: 2\r\n", "body",
        201,
        "{\"method\":\"PUT\",\"path\":\"/_gatehouse/echo/a%20b\",\"query\":\"c=d&status=201\","
        "\"headers\":{\"Host\":\"localhost\",\"Connection\":\"close\",\"Content-Length\":\"4\","
        "\"X-A\":\"1, 2\"},\"body\":\"body\"}");
    expect(bench, "GET", "/_gatehouse/echo?size=5&delay=20&status=503", "", "", 503, "xxxxx");
    assert_int_equal(server_bench_ask(&bench->server, "POST", "/_gatehouse/echo", "",
                         TEXT("\xff\x01"), &bench->answer),
        200);
    assert_true(text_ends_with(raw_body(&bench->answer, 0),
        TEXT("\"body\":\"/wE=\",\"isBase64Encoded\":true}")));
    expect(bench, "GET", "/_gatehouse/echo?status=99", "", "", 400,
        "{\"message\":\"status is a number from 200 to 599\"}");
    expect(bench, "GET", "/_gatehouse/echo?delay=5001", "", "", 400,
        "{\"message\":\"delay is a number of milliseconds from 0 to 5000\"}");
    expect(bench, "GET", "/_gatehouse/echo?size=1048577", "", "", 400,
        "{\"message\":\"size is a number of bytes from 0 to 1048576\"}");
    expect(bench, "GET", "/_gatehouse/nothing", "", "", 404,
        "{\"message\":\"below /_gatehouse/ there are health, lease, echo and faults\"}");
}

static void a_server_ends_after_its_last_lease(void **state)
{
    struct bench *bench = *state;
    struct error err;
    int first, second;
    struct buf answer;

    lease_free(bench->dispatch.lease);
    bench->dispatch.lease = lease_new(bench->server.server, true, 60 * 1000, 20, &err);
    start(bench);
    buf_init(&answer, 4096);
    first = raw_connect(http_server_port(bench->server.server));
    second = raw_connect(http_server_port(bench->server.server));
    assert_true(raw_send(first, "GET /_gatehouse/lease HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(raw_send(second, "GET /_gatehouse/lease HTTP/1.1\r\nHost: x\r\n\r\n"));
    expect(bench, "GET", "/", "", "", 200, "healthy: dynamodb.us-east-1.amazonaws.com ");
    close(first);
    expect(bench, "GET", "/_gatehouse/echo?size=1&delay=60", "", "", 200, "x");
    close(second);
    pthread_join(bench->server.thread, NULL);
    bench->server.is_running = false;
    buf_done(&answer);
}

static void a_server_that_nobody_leased_ends_by_itself(void **state)
{
    struct bench *bench = *state;
    struct error err;

    lease_free(bench->dispatch.lease);
    bench->dispatch.lease = lease_new(bench->server.server, true, 20, 60 * 1000, &err);
    start(bench);
    pthread_join(bench->server.thread, NULL);
    bench->server.is_running = false;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(hosts_and_aliases_lead_to_the_data_plane),
        BENCH_TEST(scopes_targets_and_paths_choose_the_service),
        BENCH_TEST(the_action_of_a_form_chooses_too),
        BENCH_TEST(browsers_may_ask_first),
        BENCH_TEST(what_is_not_json_is_404_for_tables),
        BENCH_TEST(checks_come_in_the_order_of_the_service),
        BENCH_TEST(other_services_refuse_in_their_own_shape),
        BENCH_TEST(gzip_bodies_are_unpacked_within_limits),
        BENCH_TEST(large_answers_are_compressed_when_accepted),
        BENCH_TEST(own_routes_tell_health_and_echo_requests),
        BENCH_TEST(a_server_ends_after_its_last_lease),
        BENCH_TEST(a_server_that_nobody_leased_ends_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
