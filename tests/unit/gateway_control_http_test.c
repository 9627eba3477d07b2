#include <stddef.h>

#include "tests/unit/gateway_bench.h"

#include "tests/unit/gateway_backend.h"

static void open_api(struct bench *bench, char api[16])
{
    assert_int_equal(bench_call(bench, "POST", "/v2/apis",
                         "{\"name\":\"web\",\"protocolType\":\"HTTP\"}"),
        201);
    bench_keep(api, 16, bench_text(bench, "apiId"));
}

/* An integration with more JSON members, and a route to it. */
static void open_route(struct bench *bench, struct backend *backend, const char *api,
    const char *key, const char *target, const char *more)
{
    char path[256], body[1024], id[16];

    snprintf(body, sizeof body,
        "{\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"ANY\",\"integrationUri\":"
        "\"http://127.0.0.1:%u%s\"%s}",
        backend->port, target, more);
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/integrations", api), body), 201);
    KEEP(id, bench, "integrationId");
    snprintf(body, sizeof body, "{\"routeKey\":\"%s\",\"target\":\"integrations/%s\"}", key, id);
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/routes", api), body), 201);
}

static void open_stage(struct bench *bench, const char *api, const char *body)
{
    char path[256];

    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/stages", api), body), 201);
}

static void objects_have_the_defaults_of_the_service(void **state)
{
    struct bench *bench = *state;
    char path[256], body[256], api[16], id[16];

    open_api(bench, api);
    assert_int_equal(strlen(api), 10);
    assert_string_equal(bench_text(bench, "routeSelectionExpression"),
        "$request.method $request.path");
    assert_string_equal(bench_text(bench, "apiKeySelectionExpression"),
        "$request.header.x-api-key");
    snprintf(body, sizeof body, "http://%s.execute-api.localhost:%u", api,
        http_server_port(bench->server));
    assert_string_equal(bench_text(bench, "apiEndpoint"), body);
    assert_int_equal(strlen(bench_text(bench, "createdDate")), 20);
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/integrations", api),
                         "{\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"GET\","
                         "\"integrationUri\":\"http://x/\"}"),
        201);
    KEEP(id, bench, "integrationId");
    assert_int_equal(strlen(id), 7);
    assert_string_equal(bench_text(bench, "connectionType"), "INTERNET");
    assert_string_equal(bench_text(bench, "payloadFormatVersion"), "1.0");
    assert_string_equal(bench_text(bench, "timeoutInMillis"), "30000");
    snprintf(body, sizeof body, "{\"routeKey\":\"GET /x\",\"target\":\"integrations/%s\"}", id);
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/routes", api), body), 201);
    assert_string_equal(bench_text(bench, "authorizationType"), "NONE");
    assert_string_equal(bench_text(bench, "apiKeyRequired"), "false");
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/routes", api), body), 409);
    assert_string_equal(bench_text(bench, "message"),
        "Route with key GET /x already exists for this API");
    PATH("/v2/apis/%s/integrations/%s", api, id);
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 409);
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/routes", api), NULL), 200);
    assert_string_equal(bench_text(bench, "items.0.routeKey"), "GET /x");
    KEEP(id, bench, "items.0.routeId");
    assert_int_equal(bench_call(bench, "DELETE", PATH("/v2/apis/%s/routes/%s", api, id), NULL),
        204);
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/routes/%s", api, id), NULL), 404);
    snprintf(body, sizeof body, "Unable to find Route by identifier %s", id);
    assert_string_equal(bench_text(bench, "message"), body);
}

static void bad_objects_are_refused(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
        const char *message;
    } table[] = {
        {"POST", "/v2/apis", "{\"protocolType\":\"HTTP\"}", 400,
            "Name must be between 1 and 128 characters long"},
        {"POST", "/v2/apis", "{\"name\":\"a\"}", 400, "Protocol type is required"},
        {"POST", "/v2/apis", "{\"name\":\"a\",\"protocolType\":\"WEBSOCKET\"}", 501,
            "CreateApi of protocol type WEBSOCKET is not implemented by the local gateway"},
        {"POST", "/v2/apis",
            "{\"name\":\"a\",\"protocolType\":\"HTTP\",\"corsConfiguration\":{\"allowOrigins\":"
            "[\"*\"],\"allowCredentials\":true}}",
            400, "Cross-origin: allowCredentials may not be true with a wildcard origin"},
        {"PUT", "/v2/apis", "{}", 501, "ImportApi is not implemented by the local gateway"},
        {"GET", "/v2/apis/nothere", NULL, 404,
            "Invalid API identifier specified 000000000000:nothere"},
        {"POST", "/v2/apis/%s/routes", "{\"routeKey\":\"GET pets\"}", 400,
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            "\"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\": GET pets"},
        {"POST", "/v2/apis/%s/routes", "{\"routeKey\":\"GET /{a+}/b\"}", 400,
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            "\"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\": GET /{a+}/b"},
        {"POST", "/v2/apis/%s/routes", "{\"routeKey\":\"GET /\",\"target\":\"integrations/x\"}",
            404, "Unable to find Integration by identifier x"},
        {"POST", "/v2/apis/%s/routes", "{\"routeKey\":\"GET /\",\"authorizationType\":\"JWT\"}",
            400,
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT "
            "requires a valid authorizer."},
        {"POST", "/v2/apis/%s/integrations",
            "{\"integrationType\":\"MOCK\",\"payloadFormatVersion\":\"1.0\"}", 400,
            "HTTP APIs only support HTTP_PROXY and AWS_PROXY integrations"},
        {"POST", "/v2/apis/%s/integrations",
            "{\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"GET\","
            "\"integrationUri\":\"nowhere\"}",
            400, "Invalid HTTP endpoint specified for URI"},
        {"POST", "/v2/apis/%s/integrations",
            "{\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"GET\","
            "\"integrationUri\":\"http://x\",\"requestParameters\":{\"overwrite:header.Via\":"
            "\"x\"}}",
            400, "Invalid mapping expression specified: overwrite:header.Via"},
        {"POST", "/v2/apis/%s/stages", "{\"stageName\":\"a b\"}", 400,
            "Stage name only allows a-zA-Z0-9_-"},
        {"POST", "/v2/apis/%s/stages", "{\"stageName\":\"a\",\"routeSettings\":{\"GET /x\":{}}}",
            404, "Unable to find Route by key GET /x within the provided RouteSettings"},
        {"POST", "/v2/apis/%s/deployments", "{}", 400,
            "At least one route is required before deploying the Api."},
        {"POST", "/v2/apis/%s/deployments", "{\"stageName\":\"x\"}", 404,
            "Unable to find Stage by name x"},
    };
    struct bench *bench = *state;
    char path[256], api[16];

    open_api(bench, api);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *at = strstr(table[i].path, "%s");

        if (at)
            snprintf(path, sizeof path, "%.*s%s%s", (int)(at - table[i].path), table[i].path, api,
                at + 2);
        else
            snprintf(path, sizeof path, "%s", table[i].path);
        assert_int_equal(bench_call(bench, table[i].method, path, table[i].body), table[i].status);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
    }
}

static void partial_bodies_change_only_what_they_name(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16], id[16];

    backend_open(&backend);
    open_api(bench, api);
    open_route(bench, &backend, api, "GET /a", "/echo",
        ",\"requestParameters\":{\"overwrite:header.x-a\":\"1\",\"overwrite:header.x-b\":\"2\"}");
    open_stage(bench, api, "{\"stageName\":\"dev\",\"stageVariables\":{\"a\":\"1\",\"b\":\"2\"}}");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/v2/apis/%s", api),
                         "{\"description\":\"d\"}"),
        200);
    assert_string_equal(bench_text(bench, "name"), "web");
    assert_string_equal(bench_text(bench, "description"), "d");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/v2/apis/%s/stages/dev", api),
                         "{\"stageVariables\":{\"a\":\"\",\"c\":\"3\"},\"routeSettings\":{\"GET "
                         "/a\":{\"throttlingRateLimit\":0.5,\"throttlingBurstLimit\":2}}}"),
        200);
    assert_string_equal(bench_text(bench, "stageVariables.a"), "(absent)");
    assert_string_equal(bench_text(bench, "stageVariables.b"), "2");
    assert_string_equal(bench_text(bench, "stageVariables.c"), "3");
    assert_string_equal(bench_text(bench, "routeSettings.GET /a.throttlingRateLimit"), "0.5");
    assert_int_equal(bench_call(bench, "DELETE",
                         PATH("/v2/apis/%s/stages/dev/routesettings/GET%%20%%2Fa", api), NULL),
        204);
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/stages/dev", api), NULL), 200);
    assert_string_equal(bench_text(bench, "routeSettings"), "(empty)");
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/integrations", api), NULL), 200);
    KEEP(id, bench, "items.0.integrationId");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/v2/apis/%s/integrations/%s", api, id),
                         "{\"timeoutInMillis\":100,\"requestParameters\":{\"overwrite:header.x-a\":"
                         "\"\"}}"),
        200);
    assert_string_equal(bench_text(bench, "timeoutInMillis"), "100");
    assert_string_equal(bench_text(bench, "integrationMethod"), "ANY");
    assert_non_null(
        json_member(json_member(bench->json, "requestParameters"), "overwrite:header.x-b"));
    assert_null(json_member(json_member(bench->json, "requestParameters"), "overwrite:header.x-a"));
    assert_int_equal(bench_call(bench, "PATCH", PATH("/v2/apis/%s/integrations/%s", api, id),
                         "{\"timeoutInMillis\":30001}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Timeout should be between 50 ms and 30000 ms");
    bench_stop(bench);
    backend_close(&backend);
}

static void a_quick_api_serves_at_once(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], body[256], api[16];

    backend_open(&backend);
    snprintf(body, sizeof body,
        "{\"name\":\"q\",\"protocolType\":\"HTTP\",\"target\":\"http://127.0.0.1:%u/echo\"}",
        backend.port);
    assert_int_equal(bench_call(bench, "POST", "/v2/apis", body), 201);
    KEEP(api, bench, "apiId");
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/stages", api), NULL), 200);
    assert_string_equal(bench_text(bench, "items.0.stageName"), "$default");
    assert_string_equal(bench_text(bench, "items.0.autoDeploy"), "true");
    assert_string_equal(bench_text(bench, "items.0.apiGatewayManaged"), "true");
    assert_int_equal(strlen(bench_text(bench, "items.0.deploymentId")), 6);
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/deployments", api), NULL), 200);
    assert_string_equal(bench_text(bench, "items.0.autoDeployed"), "true");
    assert_string_equal(bench_text(bench, "items.0.deploymentStatus"), "DEPLOYED");
    snprintf(path, sizeof path, "Host: %s.execute-api.localhost\r\nVia: x\r\n", api);
    assert_int_equal(bench_send(bench, "GET", "/a/b?c=d", path, NULL), 200);
    assert_non_null(strstr(bench_body(bench), "GET /echo/a/b?c=d HTTP/1.1\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nVia: x\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nVia: HTTP/1.1 AmazonAPIGateway\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nForwarded: for=127.0.0.1;host="));
    assert_string_equal(bench_header(bench, "Server"), "b");
    assert_int_equal(strlen(bench_header(bench, "apigw-requestid")), 16);
    assert_string_equal(bench_header(bench, "x-amzn-RequestId"), "(absent)");
    bench_stop(bench);
    backend_close(&backend);
}

static void stages_deploy_by_hand_or_by_themselves(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16], header[64];

    backend_open(&backend);
    open_api(bench, api);
    open_route(bench, &backend, api, "GET /a", "/status/201", "");
    open_stage(bench, api, "{\"stageName\":\"hand\"}");
    open_stage(bench, api, "{\"stageName\":\"auto\",\"autoDeploy\":true}");
    assert_int_equal(strlen(bench_text(bench, "deploymentId")), 6);
    /* Never deployed: the working definition, and it says so. */
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/hand/a", api), NULL), 201);
    assert_string_equal(bench_header(bench, "x-gatehouse-draft"), "1");
    assert_int_equal(bench_call(bench, "GET", PATH("/v2/apis/%s/stages/hand", api), NULL), 200);
    snprintf(header, sizeof header, "%s", bench_header(bench, "x-gatehouse-definition"));
    assert_string_equal(header + 12, " -");
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/deployments", api),
                         "{\"stageName\":\"hand\",\"description\":\"first\"}"),
        201);
    assert_int_equal(bench_call(bench, "POST", PATH("/v2/apis/%s/deployments", api),
                         "{\"stageName\":\"auto\"}"),
        400);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/hand/a", api), NULL), 201);
    assert_string_equal(bench_header(bench, "x-gatehouse-draft"), "(absent)");
    open_route(bench, &backend, api, "GET /b", "/status/202", "");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/hand/b", api), NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Not Found");
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "route:no-resource");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/auto/b", api), NULL), 202);
    assert_int_equal(bench_call(bench, "POST", PATH("/execute/%s/auto/b", api), "x"), 404);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "route:no-method");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/nostage/b", api), NULL), 404);
    assert_string_equal(bench_header(bench, "x-gatehouse-reason"), "route:no-stage");
    bench_stop(bench);
    bench_start(bench);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/auto/b", api), NULL), 202);
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/hand/b", api), NULL), 404);
    bench_stop(bench);
    backend_close(&backend);
}

static void mappings_change_request_and_answer(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    backend_open(&backend);
    open_api(bench, api);
    open_route(bench, &backend, api, "ANY /in/{id}", "/echo/{id}",
        ",\"requestParameters\":{\"overwrite:header.x-id\":\"$request.path.id\","
        "\"append:header.x-own\":\"${request.header.x-own}-${context.stage}\","
        "\"remove:header.cookie\":\"''\",\"overwrite:querystring.a\":\"$request.body.n\","
        "\"remove:querystring.b\":\"''\"},\"responseParameters\":{\"200\":{"
        "\"overwrite:statuscode\":\"203\",\"append:header.x-new\":\"$response.header.x-back\","
        "\"remove:header.x-back\":\"''\"}}");
    open_route(bench, &backend, api, "GET /path", "/never",
        ",\"requestParameters\":{\"overwrite:path\":\"/echo/$stageVariables.v\"}");
    open_route(bench, &backend, api, "GET /path2", "/never",
        ",\"requestParameters\":{\"overwrite:path\":\"/echo/${stageVariables.v}\"}");
    open_route(bench, &backend, api, "GET /files/{proxy+}", "/echo", "");
    open_stage(bench, api,
        "{\"stageName\":\"dev\",\"autoDeploy\":true,\"stageVariables\":{\"v\":\"vee\"}}");
    assert_int_equal(bench_send(bench, "POST", PATH("/execute/%s/dev/in/7%%208?a=old&b=2&c=3", api),
                         "X-Own: me\r\nCookie: c\r\n", "{\"n\":5}"),
        203);
    assert_non_null(strstr(bench_body(bench), "POST /echo/7%208?c=3&a=5 HTTP/1.1\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nx-id: 7 8\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nX-Own: me\r\n"));
    assert_non_null(strstr(bench_body(bench), "\r\nx-own: me-dev\r\n"));
    assert_null(strstr(bench_body(bench), "Cookie"));
    assert_string_equal(bench_header(bench, "x-new"), "1,2");
    assert_string_equal(bench_header(bench, "X-Back"), "(absent)");
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/path2", api), NULL), 200);
    assert_non_null(strstr(bench_body(bench), "GET /echo/vee HTTP/1.1\r\n"));
    assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/files/a/b", api), NULL), 200);
    assert_non_null(strstr(bench_body(bench), "GET /echo/a/b HTTP/1.1\r\n"));
    bench_stop(bench);
    backend_close(&backend);
}

static void failures_are_those_of_an_http_api(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *message;
    } table[] = {
        {"gone", 503, "Service Unavailable"},
        {"extra", 503, "Service Unavailable"},
        {"slow", 503, "Service Unavailable"},
        {"huge", 500, "Internal Server Error"},
    };
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];

    backend_open(&backend);
    open_api(bench, api);
    open_route(bench, &backend, api, "GET /{proxy+}", "/{proxy}", ",\"timeoutInMillis\":1500");
    open_stage(bench, api, "{\"stageName\":\"dev\",\"autoDeploy\":true}");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(bench_call(bench, "GET", PATH("/execute/%s/dev/%s", api, table[i].path),
                             NULL),
            table[i].status);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
        assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "(absent)");
    }
    bench_stop(bench);
    backend_close(&backend);
}

static void cross_origin_rules_are_answered_before_the_route(void **state)
{
    struct bench *bench = *state;
    struct backend backend;
    char path[256], api[16];
    static const char ask[] = "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n";

    backend_open(&backend);
    open_api(bench, api);
    open_route(bench, &backend, api, "GET /a", "/echo", "");
    open_stage(bench, api, "{\"stageName\":\"dev\",\"autoDeploy\":true}");
    assert_int_equal(bench_send(bench, "OPTIONS", PATH("/execute/%s/dev/a", api), ask, NULL), 403);
    assert_int_equal(
        bench_call(bench, "PATCH", PATH("/v2/apis/%s", api),
            "{\"corsConfiguration\":{\"allowOrigins\":[\"https://a.example\"],\"allowMethods\":"
            "[\"GET\",\"POST\"],\"allowHeaders\":[\"x-a\"],\"exposeHeaders\":[\"x-e\"],"
            "\"allowCredentials\":true,\"maxAge\":60}}"),
        200);
    assert_int_equal(bench_send(bench, "OPTIONS", PATH("/execute/%s/dev/a", api), ask, NULL), 204);
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Origin"), "https://a.example");
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Methods"), "GET,POST");
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Headers"), "x-a");
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Credentials"), "true");
    assert_string_equal(bench_header(bench, "Access-Control-Max-Age"), "60");
    assert_string_equal(bench_header(bench, "Vary"), "Origin");
    assert_int_equal(bench_send(bench, "GET", PATH("/execute/%s/dev/a", api),
                         "Origin: https://a.example\r\n", NULL),
        200);
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Origin"), "https://a.example");
    assert_string_equal(bench_header(bench, "Access-Control-Expose-Headers"), "x-e");
    assert_int_equal(bench_send(bench, "OPTIONS", PATH("/execute/%s/dev/a", api),
                         "Origin: https://b.example\r\nAccess-Control-Request-Method: GET\r\n",
                         NULL),
        403);
    assert_string_equal(bench_header(bench, "Access-Control-Allow-Origin"), "(absent)");
    assert_int_equal(bench_call(bench, "DELETE", PATH("/v2/apis/%s/cors", api), NULL), 204);
    assert_int_equal(bench_send(bench, "OPTIONS", PATH("/execute/%s/dev/a", api), ask, NULL), 403);
    bench_stop(bench);
    backend_close(&backend);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(objects_have_the_defaults_of_the_service),
        BENCH_TEST(bad_objects_are_refused),
        BENCH_TEST(partial_bodies_change_only_what_they_name),
        BENCH_TEST(a_quick_api_serves_at_once),
        BENCH_TEST(stages_deploy_by_hand_or_by_themselves),
        BENCH_TEST(mappings_change_request_and_answer),
        BENCH_TEST(failures_are_those_of_an_http_api),
        BENCH_TEST(cross_origin_rules_are_answered_before_the_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
