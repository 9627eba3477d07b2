#include <sqlite3.h>
#include <stddef.h>

#include "client/sign.h"
#include "tests/unit/gateway_bench.h"

/* A REST API with MOCK methods at /pets and /pets/{id}, deployed to dev. */
static void open_mock(struct bench *bench, char api[16], char pets[16], char one[16])
{
    char root[16];

    bench_rest_api(bench, api, root);
    bench_resource(bench, api, root, "pets", pets);
    bench_resource(bench, api, pets, "{id}", one);
    bench_method(bench, api, pets, "GET", MOCK_200);
    bench_response(bench, api, pets, "GET", "200",
        "{\"responseTemplates\":{\"application/json\":\"{\\\"pets\\\":[]}\"}}");
    bench_deploy(bench, api, "dev");
}

static void a_mock_answers_with_its_template(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 200);
    assert_string_equal(bench_body(bench), "{\"pets\":[]}");
    assert_string_equal(bench_header(bench, "Content-Type"), "application/json");
    assert_int_equal(strlen(bench_header(bench, "x-amzn-RequestId")), 36);
    assert_int_equal(strlen(bench_header(bench, "x-amz-apigw-id")), 16);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "(absent)");
    assert_string_equal(bench_header(bench, "X-Amzn-Trace-Id"), "(absent)");
    snprintf(path, sizeof path, "Host: %s.execute-api.localhost\r\n", api);
    assert_int_equal(bench_send(bench, "GET", "/dev/pets/", path, NULL), 200);
    assert_int_equal(bench_send(bench, "GET", "/", path, NULL), 403);
}

static void refusals_name_their_layer(void **state)
{
    static const struct {
        const char *verb, *path;
        int status;
        const char *type, *message, *reason;
    } table[] = {
        {"GET", "/execute/nothere/dev/pets", 403, "ForbiddenException", "Forbidden",
            "route:no-api"},
        {"GET", "/execute/%s/prod/pets", 403, "ForbiddenException", "Forbidden", "route:no-stage"},
        {"POST", "/execute/%s/dev/pets", 403, "MissingAuthenticationTokenException",
            "Missing Authentication Token", "route:no-method"},
        {"GET", "/execute/%s/dev/dogs", 403, "MissingAuthenticationTokenException",
            "Missing Authentication Token", "route:no-resource"},
        {"GET", "/execute/%s/dev/pets?a=|", 400, "BadRequestException", "Bad Request",
            "route:query"},
    };
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct text given = text_of(table[i].path), head;

        if (text_find(given, TEXT("%s"), 0) != SIZE_MAX) {
            text_take_until(&given, '%', &head);
            snprintf(path, sizeof path, "%.*s%s%s", (int)head.length, head.data, api,
                given.data + 1);
        } else {
            snprintf(path, sizeof path, "%s", table[i].path);
        }
        assert_int_equal(bench_call(bench, table[i].verb, path, NULL), table[i].status);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
        assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), table[i].type);
        assert_string_equal(bench_header(bench, "x-gatehouse-reason"), table[i].reason);
    }
}

static void an_edit_shows_only_after_a_deployment(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16], first[16], header[64];

    open_mock(bench, api, pets, one);
    KEEP(first, bench, "id");
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/stages/dev", api), NULL), 200);
    snprintf(header, sizeof header, "%s", bench_header(bench, "x-gatehouse-definition"));
    assert_int_equal(strlen(header), 25);
    assert_memory_equal(header, header + 13, 12);
    bench_method(bench, api, one, "GET", MOCK_200);
    bench_response(bench, api, one, "GET", "200",
        "{\"responseTemplates\":{\"application/json\":\"$input.params('id')\"}}");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/a%%20b", api), NULL), 403);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/stages/dev", api), NULL), 200);
    assert_memory_equal(bench_header(bench, "x-gatehouse-definition") + 13, header + 13, 12);
    assert_memory_not_equal(bench_header(bench, "x-gatehouse-definition"), header, 12);
    bench_deploy(bench, api, "dev");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/a%%20b", api), NULL), 200);
    assert_string_equal(bench_body(bench), "a b");
    /* Back to the first deployment: one pointer moves. */
    snprintf(path, sizeof path,
        "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/deploymentId\",\"value\":\"%s\"}]}",
        first);
    {
        char body[256];

        snprintf(body, sizeof body, "%s", path);
        assert_int_equal(bench_call(bench, "PATCH", PATH("/restapis/%s/stages/dev", api), body),
            200);
    }
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/a", api), NULL), 403);
    assert_int_equal(bench_call(bench, "GET",
                         PATH("/restapis/%s/deployments/%s?embed=apisummary", api, first), NULL),
        200);
    assert_string_equal(bench_text(bench, "apiSummary./pets.GET.authorizationType"), "NONE");
    assert_string_equal(bench_text(bench, "apiSummary./pets/{id}"), "(absent)");
}

static void definitions_survive_a_restart(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 200);
    bench_stop(bench);
    bench_start(bench);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 200);
    assert_string_equal(bench_body(bench), "{\"pets\":[]}");
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/resources", api), NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 3);
    assert_string_equal(bench_text(bench, "item.2.path"), "/pets/{id}");
}

static void templates_choose_the_status_of_a_mock(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    bench_method(bench, api, root, "ANY",
        "{\"type\":\"MOCK\",\"passthroughBehavior\":\"NEVER\",\"requestTemplates\":{"
        "\"application/json\":\"{\\\"statusCode\\\": $input.params('s')}\","
        "\"text/plain\":\"{statusCode: 200}\"}}");
    bench_response(bench, api, root, "ANY", "200",
        "{\"responseTemplates\":{\"application/json\":"
        "\"#set($context.responseOverride.header.x-made = 'by hand')ok\"}}");
    bench_response(bench, api, root, "ANY", "400", "{\"selectionPattern\":\"4\\\\d{2}\"}");
    bench_deploy(bench, api, "dev");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev?s=200", api), NULL), 200);
    assert_string_equal(bench_body(bench), "ok");
    assert_string_equal(bench_header(bench, "x-made"), "by hand");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev?s=404", api), NULL), 400);
    assert_string_equal(bench_body(bench), "");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev?s=x", api), NULL), 500);
    assert_string_equal(bench_text(bench, "message"), "Internal server error");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "integration:mock-status");
    assert_int_equal(bench_send(bench, "POST", PATH("/execute/%s/dev", api),
                         "Content-Type: text/plain; charset=utf-8\r\n", "hello"),
        200);
    assert_int_equal(bench_send(bench, "POST", PATH("/execute/%s/dev", api),
                         "Content-Type: text/csv\r\n", "a,b"),
        415);
    assert_string_equal(bench_text(bench, "message"), "Unsupported Media Type");
}

static void throttles_keys_and_sizes_are_limits(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];
    struct buf large;

    open_mock(bench, api, pets, one);
    assert_int_equal(
        bench_call(bench, "PATCH", PATH("/restapis/%s/stages/dev", api),
            "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/~1pets/GET/throttling/"
            "rateLimit\","
            "\"value\":\"0\"},{\"op\":\"replace\",\"path\":\"/~1pets/GET/throttling/burstLimit\","
            "\"value\":\"2\"}]}"),
        200);
    PATH("/execute/%s/dev/pets", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 429);
    assert_string_equal(bench_text(bench, "message"), "Too Many Requests");
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "TooManyRequestsException");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "throttle:stage");
    buf_init(&large, 32 * 1024 * 1024);
    buf_add_string(&large, "X-Large: ");
    buf_add_repeat(&large, 'x', 10300);
    buf_add_string(&large, "\r\n");
    assert_int_equal(bench_send(bench, "GET", path, buf_string(&large), NULL), 431);
    buf_clear(&large);
    buf_add_repeat(&large, 'x', 10 * 1024 * 1024 + 1);
    assert_int_equal(bench_call(bench, "GET", path, buf_string(&large)), 413);
    buf_done(&large);
    assert_int_equal(bench_call(bench, "PATCH",
                         PATH("/restapis/%s/resources/%s/methods/GET", api, pets),
                         "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/apiKeyRequired\","
                         "\"value\":\"true\"}]}"),
        200);
    bench_deploy(bench, api, "dev");
    PATH("/execute/%s/dev/pets", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 403);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "key:unknown");
    assert_int_equal(
        bench_call(bench, "PATCH", PATH("/restapis/%s/resources/%s/methods/GET", api, pets),
            "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/authorizationType\","
            "\"value\":\"AWS_IAM\"}]}"),
        200);
    bench_deploy(bench, api, "dev");
    PATH("/execute/%s/dev/pets", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 403);
    assert_string_equal(bench_text(bench, "message"), "Missing Authentication Token");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "authorizer:no-signature");
}

/* A GET of path, signed now for service. */
static int send_signed(struct bench *bench, const char *path, const char *secret,
    const char *service)
{
    const struct http_header header[] = {{TEXT("host"), TEXT("localhost")}};
    const struct sign_key key = {TEXT("AKIDEXAMPLE"), text_of(secret), TEXT("")};
    const struct sign_request request = {.method = TEXT("GET"),
        .path = text_of(path),
        .header = header,
        .header_count = 1};
    struct sign_result result = {0};
    struct error err = {0};
    char headers[700];

    assert_int_equal(sign_request(&key, "us-east-1", service, clock_wall(), &request, &result,
                         &err),
        0);
    snprintf(headers, sizeof headers, "Authorization: %s\r\nX-Amz-Date: %s\r\n",
        buf_string(&result.authorization), result.date);
    sign_result_done(&result);
    return bench_send(bench, "GET", path, headers, NULL);
}

static void an_iam_method_answers_who_signs_for_it(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    assert_int_equal(
        bench_call(bench, "PATCH", PATH("/restapis/%s/resources/%s/methods/GET", api, pets),
            "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/authorizationType\","
            "\"value\":\"AWS_IAM\"}]}"),
        200);
    bench_deploy(bench, api, "dev");
    PATH("/execute/%s/dev/pets", api);
    assert_int_equal(send_signed(bench, path, "secret", "execute-api"), 200);
    assert_string_equal(bench_body(bench), "{\"pets\":[]}");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "(absent)");
    assert_int_equal(send_signed(bench, path, "wrong", "execute-api"), 403);
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "InvalidSignatureException");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "authorizer:signature");
    assert_int_equal(send_signed(bench, path, "secret", "dynamodb"), 403);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "authorizer:signature");
    assert_int_equal(bench_call(bench, "GET", path, NULL), 403);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "authorizer:no-signature");
}

static void a_canary_takes_all_of_its_share_and_is_promoted(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/deployments", api),
                         "{\"canarySettings\":{\"percentTraffic\":1}}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Invalid deployment content specified.Non null and non empty stageName must be provided "
        "for canary deployment. Provided value is null");
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/deployments", api),
                         "{\"stageName\":\"x\",\"canarySettings\":{\"percentTraffic\":1}}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Invalid deployment content specified.Stage x must already be created before making a "
        "canary release deployment");
    bench_method(bench, api, one, "GET", MOCK_200);
    bench_response(bench, api, one, "GET", "200",
        "{\"responseTemplates\":{\"application/json\":\"$stageVariables.v "
        "$context.isCanaryRequest\"}}");
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/deployments", api),
                         "{\"stageName\":\"dev\",\"canarySettings\":{\"percentTraffic\":100.0,"
                         "\"stageVariableOverrides\":{\"v\":\"new\"}}}"),
        201);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/1", api), NULL), 200);
    assert_string_equal(bench_body(bench), "new true");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/restapis/%s/stages/dev", api),
                         "{\"patchOperations\":[{\"op\":\"replace\",\"path\":"
                         "\"/canarySettings/percentTraffic\",\"value\":\"0.0\"}]}"),
        200);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/1", api), NULL), 403);
    assert_int_equal(
        bench_call(bench, "PATCH", PATH("/restapis/%s/stages/dev", api),
            "{\"patchOperations\":[{\"op\":\"copy\",\"path\":\"/deploymentId\",\"from\":"
            "\"/canarySettings/deploymentId\"},{\"op\":\"copy\",\"path\":\"/variables\",\"from\":"
            "\"/canarySettings/stageVariableOverrides\"},{\"op\":\"remove\",\"path\":"
            "\"/canarySettings\"}]}"),
        200);
    assert_string_equal(bench_text(bench, "canarySettings"), "(absent)");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/1", api), NULL), 200);
    assert_string_equal(bench_body(bench), "new false");
}

static void test_invoke_runs_the_working_definition(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    bench_method(bench, api, one, "GET", MOCK_200);
    bench_response(bench, api, one, "GET", "200",
        "{\"responseTemplates\":{\"application/json\":\"$input.params('id') "
        "$input.params('q')\"}}");
    assert_int_equal(bench_call(bench, "POST",
                         PATH("/restapis/%s/resources/%s/methods/GET", api, one),
                         "{\"pathWithQueryString\":\"/pets/7?q=x\",\"headers\":{\"a\":\"b\"}}"),
        200);
    assert_string_equal(bench_text(bench, "status"), "200");
    assert_string_equal(bench_text(bench, "body"), "7 x");
    assert_string_equal(bench_text(bench, "headers.Content-Type"), "application/json");
    assert_string_equal(bench_text(bench, "multiValueHeaders.Content-Type.0"), "application/json");
    assert_non_null(strstr(bench_text(bench, "log"), "Method request path: {id=7}\n"));
    assert_non_null(strstr(bench_text(bench, "log"), "Method completed with status: 200\n"));
    /* Nothing was deployed by it. */
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets/7", api), NULL), 403);
}

static void a_definition_that_no_longer_compiles_answers_500(void **state)
{
    struct bench *bench = *state;
    char path[4200], api[16], pets[16], one[16];
    sqlite3 *db;

    open_mock(bench, api, pets, one);
    bench_stop(bench);
    PATH("%s/gateway.db", buf_string(&bench->folder));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE deployment SET json = '{\"kind\":'", NULL, NULL,
                         NULL),
        SQLITE_OK);
    sqlite3_close(db);
    bench_start(bench);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 500);
    assert_string_equal(bench_text(bench, "message"), "Internal server error");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "definition:broken");
    bench_deploy(bench, api, "dev");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 200);
}

static void a_dropped_api_is_gone_with_its_stages(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], pets[16], one[16];

    open_mock(bench, api, pets, one);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 200);
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s", api), NULL), 202);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/pets", api), NULL), 403);
    bench_stop(bench);
    bench_start(bench);
    assert_int_equal(bench_call(bench, "GET", "/restapis", NULL), 200);
    assert_string_equal(bench_text(bench, "item"), "(empty)");
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_mock_answers_with_its_template),
        BENCH_TEST(refusals_name_their_layer),
        BENCH_TEST(an_edit_shows_only_after_a_deployment),
        BENCH_TEST(definitions_survive_a_restart),
        BENCH_TEST(templates_choose_the_status_of_a_mock),
        BENCH_TEST(throttles_keys_and_sizes_are_limits),
        BENCH_TEST(an_iam_method_answers_who_signs_for_it),
        BENCH_TEST(a_canary_takes_all_of_its_share_and_is_promoted),
        BENCH_TEST(test_invoke_runs_the_working_definition),
        BENCH_TEST(a_definition_that_no_longer_compiles_answers_500),
        BENCH_TEST(a_dropped_api_is_gone_with_its_stages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
