#include "tests/unit/job_bench.h"

#include "client/request.h"
#include "tests/faults/standin.c"

#define REST_APIS                                                                                  \
    "{\"item\":[{\"id\":\"a1\",\"name\":\"shop\",\"createdDate\":1790000000},"                     \
    "{\"id\":\"a7\",\"name\":\"twin\"},{\"id\":\"a8\",\"name\":\"twin\"}]}"
#define HTTP_APIS                                                                                  \
    "{\"items\":[{\"apiId\":\"b2\",\"name\":\"web\",\"protocolType\":\"HTTP\","                    \
    "\"apiEndpoint\":\"https://b2.example\"},{\"apiId\":\"c3\",\"name\":\"chat\","                 \
    "\"protocolType\":\"WEBSOCKET\"}]}"
#define METHOD "\"httpMethod\":\"GET\",\"authorizationType\":\"NONE\",\"apiKeyRequired\":false,"
#define PETS                                                                                       \
    "{" METHOD "\"methodIntegration\":{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\","            \
    "\"uri\":\"https://pets.internal/v1\",\"timeoutInMillis\":3000}}"
#define FULL                                                                                       \
    "{" METHOD "\"methodResponses\":{\"200\":{\"statusCode\":\"200\"}},\"methodIntegration\":{"    \
    "\"type\":\"HTTP\",\"httpMethod\":\"POST\",\"uri\":\"https://full.internal\","                 \
    "\"integrationResponses\":{\"200\":{\"statusCode\":\"200\",\"selectionPattern\":\"2..\"}}}}"
#define MOCK                                                                                       \
    "{" METHOD "\"methodIntegration\":{\"type\":\"MOCK\",\"requestTemplates\":{"                   \
    "\"application/json\":\"{\\\"statusCode\\\": 204}\"}}}"
#define RESOURCES                                                                                  \
    "{\"item\":[{\"id\":\"root\",\"path\":\"/\"},"                                                 \
    "{\"id\":\"p1\",\"parentId\":\"root\",\"pathPart\":\"pets\",\"path\":\"/pets\","               \
    "\"resourceMethods\":{\"GET\":" PETS "}},"                                                     \
    "{\"id\":\"f1\",\"parentId\":\"root\",\"pathPart\":\"full\",\"path\":\"/full\","               \
    "\"resourceMethods\":{\"GET\":" FULL "}},"                                                     \
    "{\"id\":\"x1\",\"parentId\":\"root\",\"pathPart\":\"x\",\"path\":\"/x\"},"                    \
    "{\"id\":\"y1\",\"parentId\":\"x1\",\"pathPart\":\"{y}\",\"path\":\"/x/{y}\","                 \
    "\"resourceMethods\":{\"GET\":" MOCK "}}]}"
#define ROUTES                                                                                     \
    "{\"items\":[{\"routeId\":\"q1\",\"routeKey\":\"GET /pets\",\"target\":\"integrations/i1\","   \
    "\"authorizationType\":\"NONE\"},{\"routeId\":\"q2\",\"routeKey\":\"GET /cats\","              \
    "\"target\":\"integrations/i2\"},{\"routeId\":\"q3\",\"routeKey\":\"GET /dogs\","              \
    "\"target\":\"integrations/i2\"},{\"routeId\":\"q4\",\"routeKey\":\"$default\","               \
    "\"target\":\"integrations/i1x\"}]}"
#define INTEGRATIONS                                                                               \
    "{\"items\":[{\"integrationId\":\"i1\",\"integrationType\":\"HTTP_PROXY\","                    \
    "\"integrationMethod\":\"GET\",\"integrationUri\":\"https://one.internal\","                   \
    "\"timeoutInMillis\":30000},{\"integrationId\":\"i2\",\"integrationType\":\"HTTP_PROXY\","     \
    "\"integrationMethod\":\"GET\",\"integrationUri\":\"https://two.internal\","                   \
    "\"timeoutInMillis\":5000}]}"
#define STAGES "{\"items\":[{\"stageName\":\"$default\",\"autoDeploy\":true}]}"
#define LISTINGS                                                                                   \
    "GET /restapis?limit=500\nGET /v2/apis\nGET "                                                  \
    "/restapis/a1/resources?embed=methods&limit=500\n"
#define LISTINGS_HTTP                                                                              \
    "GET /restapis?limit=500\nGET /v2/apis\nGET /v2/apis/b2/integrations?maxResults=500\n"         \
    "GET /v2/apis/b2/routes?maxResults=500\nGET /v2/apis/b2/stages?maxResults=500\n"
#define RE_READ "GET /restapis/a1/resources?embed=methods&limit=500\n"
#define RE_READ_HTTP                                                                               \
    "GET /v2/apis/b2/integrations?maxResults=500\nGET /v2/apis/b2/routes?maxResults=500\n"

static void answer_rest(struct job_bench *bench)
{
    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, RESOURCES);
}

static void answer_http(struct job_bench *bench)
{
    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_answer(bench, 200, STAGES);
}

static void assert_requests(const struct job_bench *bench, const char *wanted)
{
    assert_string_equal(buf_string(&bench->requests), wanted);
}

static void assert_fails(struct job_bench *bench, const char *statement, enum error_code code,
    const char *text, const char *hint)
{
    struct error err;

    assert_int_equal(job_bench_run(bench, statement, &err), code);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
}

static void a_rest_route_brings_the_resources_it_lacks(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{\"id\":\"n1\"}");
    job_bench_answer(bench, 201, "{\"id\":\"n2\"}");
    job_bench_answer(bench, 201, "{}");
    job_bench_answer(bench, 201, "{}");
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_good(bench, "CREATE ROUTE 'GET /pets/{id}/toys' OF shop -> URL "
                          "'https://pets.internal/v1/{id}' TIMEOUT 3s AUTH IAM KEY REQUIRED");
    assert_requests(bench, LISTINGS
        "POST /restapis/a1/resources/p1 {\"pathPart\":\"{id}\"}\n"
        "POST /restapis/a1/resources/n1 {\"pathPart\":\"toys\"}\n"
        "PUT /restapis/a1/resources/n2/methods/GET {\"authorizationType\":\"AWS_IAM\","
        "\"apiKeyRequired\":true,\"requestParameters\":{\"method.request.path.id\":true}}\n"
        "PUT /restapis/a1/resources/n2/methods/GET/integration {\"type\":\"HTTP_PROXY\","
        "\"httpMethod\":\"GET\",\"uri\":\"https://pets.internal/v1/{id}\","
        "\"requestParameters\":{\"integration.request.path.id\":\"method.request.path.id\"},"
        "\"timeoutInMillis\":3000}\n" RE_READ);
    assert_string_equal(buf_string(&bench->notes),
        "footer: created GET /pets/{id}/toys (after DEPLOY)\n"
        "warning: taken, but the route is not there\n");
    assert_string_equal(buf_string(&bench->asked), "");
}

static void a_mock_route_has_its_answers_written_out(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{\"id\":\"n1\"}");
    job_bench_answer(bench, 201, "{}");
    job_bench_good(bench, "CREATE ROUTE 'GET /health' OF shop -> MOCK 201 {\"ok\": true}");
    assert_requests(bench,
        LISTINGS "POST /restapis/a1/resources/root {\"pathPart\":\"health\"}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET {\"authorizationType\":\"NONE\","
                 "\"apiKeyRequired\":false}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET/integration {\"type\":\"MOCK\","
                 "\"requestTemplates\":{\"application/json\":\"{\\\"statusCode\\\": 201}\"}}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET/responses/201 {}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET/integration/responses/201 "
                 "{\"responseTemplates\":{\"application/json\":\"{\\\"ok\\\":true}\"}}\n" RE_READ);
}

static void explain_of_a_route_sends_reads_only(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_good(bench,
        "EXPLAIN CREATE ROUTE 'POST /pets/{id}' OF shop -> URL 'https://pets.internal/{id}'");
    assert_requests(bench, LISTINGS);
    assert_string_equal(buf_string(&bench->text),
        "plan      create route POST /pets/{id} of REST API shop\n"
        "risk      1 one object\n"
        "live      after DEPLOY\n"
        "call      1 apigateway.CreateResource\n"
        "request   {\"restApiId\":\"a1\",\"parentId\":\"p1\",\"pathPart\":\"{id}\"}\n"
        "live      after DEPLOY\n"
        "call      1 apigateway.PutMethod\n"
        "request   {\"restApiId\":\"a1\",\"resourceId\":?,\"httpMethod\":\"POST\","
        "\"authorizationType\":\"NONE\",\"apiKeyRequired\":false,"
        "\"requestParameters\":{\"method.request.path.id\":true}}\n"
        "live      after DEPLOY\n"
        "call      1 apigateway.PutIntegration\n"
        "request   {\"restApiId\":\"a1\",\"resourceId\":?,\"httpMethod\":\"POST\","
        "\"type\":\"HTTP_PROXY\",\"integrationHttpMethod\":\"POST\","
        "\"uri\":\"https://pets.internal/{id}\",\"requestParameters\":"
        "{\"integration.request.path.id\":\"method.request.path.id\"}}\n");
}

static void altering_sends_only_what_differs(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop TIMEOUT 5s KEY REQUIRED AUTH NONE");
    assert_requests(bench, LISTINGS
        "PATCH /restapis/a1/resources/p1/methods/GET/integration {\"patchOperations\":[{\"op\":"
        "\"replace\",\"path\":\"/timeoutInMillis\",\"value\":\"5000\"}]}\n"
        "PATCH /restapis/a1/resources/p1/methods/GET {\"patchOperations\":[{\"op\":\"replace\","
        "\"path\":\"/apiKeyRequired\",\"value\":\"true\"}]}\n" RE_READ);
    assert_non_null(
        strstr(buf_string(&bench->asked), "Change route GET /pets of shop (after DEPLOY)?"));
    assert_non_null(strstr(buf_string(&bench->asked), "timeout: 3000 ms -> 5000 ms"));
    assert_non_null(strstr(buf_string(&bench->asked), "key: off -> required"));
    assert_null(strstr(buf_string(&bench->asked), "auth"));
    assert_string_equal(buf_string(&bench->notes),
        "footer: changed GET /pets (after DEPLOY)\n"
        "warning: taken, but read back differently: timeout: 3000 ms -> 5000 ms\n"
        "warning: taken, but read back differently: key: off -> required\n");
}

static void altering_to_what_is_there_sends_nothing(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop -> URL 'https://pets.internal/v1' "
                          "TIMEOUT 3s AUTH NONE KEY OFF");
    assert_requests(bench, LISTINGS);
    assert_string_equal(buf_string(&bench->notes), "note: nothing to change\n");
    assert_string_equal(buf_string(&bench->asked), "");
}

static void a_refused_question_changes_nothing(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    bench->answer_no = true;
    answer_rest(bench);
    assert_int_equal(job_bench_run(bench, "ALTER ROUTE 'GET /pets' OF shop TIMEOUT 5s", &err),
        ERROR_REFUSED);
    assert_requests(bench, LISTINGS);
}

static void a_new_target_is_put_whole_with_its_answers(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 200, "{}");
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop -> MOCK 404 'gone'");
    assert_requests(bench,
        LISTINGS "PUT /restapis/a1/resources/p1/methods/GET/integration {\"type\":\"MOCK\","
                 "\"requestTemplates\":{\"application/json\":\"{\\\"statusCode\\\": 404}\"},"
                 "\"timeoutInMillis\":3000}\n"
                 "PUT /restapis/a1/resources/p1/methods/GET/responses/404 {}\n"
                 "PUT /restapis/a1/resources/p1/methods/GET/integration/responses/404 "
                 "{\"responseTemplates\":{\"application/json\":\"gone\"}}\n" RE_READ);
    assert_non_null(
        strstr(buf_string(&bench->asked), "target: URL https://pets.internal/v1 -> MOCK 404"));
}

static void a_throttle_is_a_patch_of_the_stage(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_good(bench, "ALTER ROUTE 'GET /x/{y}' OF shop/prod THROTTLE 200 BURST 400");
    assert_requests(bench, LISTINGS
        "GET /restapis/a1/stages\n"
        "PATCH /restapis/a1/stages/prod {\"patchOperations\":[{\"op\":\"replace\",\"path\":"
        "\"/~1x~1{y}/GET/throttling/rateLimit\",\"value\":\"200\"},{\"op\":\"replace\",\"path\":"
        "\"/~1x~1{y}/GET/throttling/burstLimit\",\"value\":\"400\"}]}\n" RE_READ
        "GET /restapis/a1/stages\n");
    assert_string_equal(buf_string(&bench->notes), "footer: changed GET /x/{y} (at once)\n");
    job_bench_answer(bench, 200, RESOURCES);
    assert_fails(bench, "ALTER ROUTE 'GET /x/{y}' OF shop THROTTLE 200 BURST 400", ERROR_USAGE,
        "THROTTLE is a setting of a stage: add STAGE s", "");
}

static void dropping_takes_the_highest_resource_left_empty(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_good(bench, "DROP ROUTE 'GET /x/{y}' OF shop");
    assert_requests(bench, LISTINGS "DELETE /restapis/a1/resources/y1/methods/GET\n"
                                    "DELETE /restapis/a1/resources/x1\n" RE_READ);
    assert_string_equal(buf_string(&bench->notes),
        "footer: dropped GET /x/{y} (after DEPLOY)\n"
        "warning: taken, but the route is still there\n");
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_good(bench, "DROP ROUTE IF EXISTS 'GET /absent' OF shop");
    assert_requests(bench, RE_READ);
}

static void a_failure_midway_takes_back_what_was_made(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{\"id\":\"n1\"}");
    job_bench_answer(bench, 201, "{}");
    job_bench_answer(bench, 400, "{\"__type\":\"BadRequestException\",\"message\":\"no\"}");
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 202, "");
    assert_int_equal(job_bench_run(bench,
                         "CREATE ROUTE 'GET /new' OF shop -> URL 'https://new.internal'", &err),
        ERROR_INVALID);
    assert_requests(bench,
        LISTINGS "POST /restapis/a1/resources/root {\"pathPart\":\"new\"}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET {\"authorizationType\":\"NONE\","
                 "\"apiKeyRequired\":false}\n"
                 "PUT /restapis/a1/resources/n1/methods/GET/integration {\"type\":\"HTTP_PROXY\","
                 "\"httpMethod\":\"GET\",\"uri\":\"https://new.internal\"}\n"
                 "DELETE /restapis/a1/resources/n1/methods/GET\n"
                 "DELETE /restapis/a1/resources/n1\n" RE_READ);
    assert_non_null(strstr(err.text, "PutIntegration: BadRequestException: no"));
    assert_non_null(strstr(buf_string(&bench->notes), "has been taken back"));
}

static void what_cannot_be_taken_back_is_named(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{\"id\":\"n1\"}");
    job_bench_answer(bench, 400, "{\"__type\":\"BadRequestException\",\"message\":\"no\"}");
    job_bench_answer(bench, 400, "{\"__type\":\"BadRequestException\",\"message\":\"locked\"}");
    assert_int_equal(job_bench_run(bench, "CREATE ROUTE 'GET /new' OF shop -> MOCK", &err),
        ERROR_PARTIAL);
    assert_non_null(strstr(err.text,
        "PutMethod: BadRequestException: no; done and not taken back: CreateResource "
        "{\"restApiId\":\"a1\",\"parentId\":\"root\",\"pathPart\":\"new\"}"));
}

static void a_target_that_cannot_be_finished_is_put_back(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{}");
    job_bench_answer(bench, 201, "{}");
    job_bench_answer(bench, 400, "{\"__type\":\"BadRequestException\",\"message\":\"no\"}");
    job_bench_answer(bench, 200, "{}");
    assert_int_equal(job_bench_run(bench, "ALTER ROUTE 'GET /full' OF shop -> MOCK 404 'gone'",
                         &err),
        ERROR_INVALID);
    assert_requests(bench,
        LISTINGS "PUT /restapis/a1/resources/f1/methods/GET/integration {\"type\":\"MOCK\","
                 "\"requestTemplates\":{\"application/json\":\"{\\\"statusCode\\\": 404}\"}}\n"
                 "PUT /restapis/a1/resources/f1/methods/GET/responses/404 {}\n"
                 "PUT /restapis/a1/resources/f1/methods/GET/integration/responses/404 "
                 "{\"responseTemplates\":{\"application/json\":\"gone\"}}\n"
                 "DELETE /restapis/a1/resources/f1/methods/GET/responses/404\n"
                 "PUT /restapis/a1/resources/f1/methods/GET/integration {\"type\":\"HTTP\","
                 "\"httpMethod\":\"POST\",\"uri\":\"https://full.internal\"}\n"
                 "PUT /restapis/a1/resources/f1/methods/GET/integration/responses/200 "
                 "{\"selectionPattern\":\"2..\"}\n" RE_READ);
    assert_non_null(strstr(buf_string(&bench->notes), "has been taken back"));
}

static void a_status_the_method_has_is_not_put_again(void **state)
{
    struct job_bench *bench = *state;

    answer_rest(bench);
    job_bench_answer(bench, 201, "{}");
    job_bench_good(bench, "ALTER ROUTE 'GET /full' OF shop -> MOCK 200 'new'");
    assert_null(strstr(buf_string(&bench->requests), "GET/responses/"));
    assert_non_null(strstr(buf_string(&bench->requests), "GET/integration/responses/200"));
}

static void an_http_route_appears_when_its_integration_is_whole(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_answer(bench, 201, "{\"integrationId\":\"i9\"}");
    job_bench_answer(bench, 201, "{\"routeId\":\"q9\"}");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "CREATE ROUTE 'GET /pets/{id}' OF web -> URL "
                          "'https://pets.internal/v1/{id}' TIMEOUT 3s");
    assert_requests(bench, LISTINGS_HTTP
        "POST /v2/apis/b2/integrations {\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":"
        "\"GET\",\"integrationUri\":\"https://pets.internal/v1/{id}\",\"payloadFormatVersion\":"
        "\"1.0\",\"timeoutInMillis\":3000}\n"
        "POST /v2/apis/b2/routes {\"routeKey\":\"GET /pets/{id}\",\"target\":\"integrations/i9\","
        "\"authorizationType\":\"NONE\"}\n" RE_READ_HTTP);
    assert_string_equal(buf_string(&bench->notes), "footer: created GET /pets/{id} (at once)\n"
                                                   "warning: taken, but the route is not there\n");
}

static void an_equal_integration_is_shared(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_answer(bench, 201, "{\"routeId\":\"q9\"}");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "CREATE ROUTE 'GET /more' OF web -> URL 'https://one.internal'");
    assert_requests(bench, LISTINGS_HTTP
        "POST /v2/apis/b2/routes {\"routeKey\":\"GET /more\",\"target\":\"integrations/i1\","
        "\"authorizationType\":\"NONE\"}\n" RE_READ_HTTP);
}

static void a_shared_integration_is_left_to_the_others(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_answer(bench, 201, "{\"integrationId\":\"i9\"}");
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "ALTER ROUTE 'GET /cats' OF web -> URL 'https://cats.internal'");
    assert_requests(bench, LISTINGS_HTTP
        "POST /v2/apis/b2/integrations {\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":"
        "\"GET\",\"integrationUri\":\"https://cats.internal\",\"payloadFormatVersion\":\"1.0\","
        "\"timeoutInMillis\":5000}\n"
        "PATCH /v2/apis/b2/routes/q2 {\"target\":\"integrations/i9\"}\n" RE_READ_HTTP);
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_answer(bench, 200, STAGES);
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF web TIMEOUT 2s");
    assert_requests(bench,
        RE_READ_HTTP "GET /v2/apis/b2/stages?maxResults=500\n"
                     "PATCH /v2/apis/b2/integrations/i1 {\"timeoutInMillis\":2000}\n" RE_READ_HTTP);
    assert_non_null(strstr(buf_string(&bench->asked), "timeout: 30000 ms -> 2000 ms"));
}

static void dropping_an_http_route_takes_an_integration_nobody_uses(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "DROP ROUTE 'GET /pets' OF web");
    assert_requests(bench, LISTINGS_HTTP "DELETE /v2/apis/b2/routes/q1\n"
                                         "DELETE /v2/apis/b2/integrations/i1\n" RE_READ_HTTP);
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_answer(bench, 200, STAGES);
    job_bench_answer(bench, 204, "");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "DROP ROUTE 'GET /dogs' OF web");
    assert_requests(bench, RE_READ_HTTP "GET /v2/apis/b2/stages?maxResults=500\n"
                                        "DELETE /v2/apis/b2/routes/q3\n" RE_READ_HTTP);
}

static void an_http_throttle_names_its_route_alone(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_answer(bench, 200, "{}");
    job_bench_answer(bench, 200, INTEGRATIONS);
    job_bench_answer(bench, 200, ROUTES);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF web STAGE prod THROTTLE 200 BURST 400");
    assert_requests(bench, LISTINGS_HTTP
        "PATCH /v2/apis/b2/stages/prod {\"routeSettings\":{\"GET /pets\":{\"throttlingRateLimit\":"
        "200,\"throttlingBurstLimit\":400}}}\n" RE_READ_HTTP
        "GET /v2/apis/b2/stages?maxResults=500\n");
}

static void routes_are_listed_most_specific_first(void **state)
{
    struct job_bench *bench = *state;

    answer_http(bench);
    job_bench_good(bench, "SHOW ROUTES OF web");
    assert_string_equal(buf_string(&bench->rows),
        "{\"auth\":\"NONE\",\"route\":\"GET /cats\",\"target\":\"URL https://two.internal\","
        "\"timeout\":5000}\n"
        "{\"auth\":\"NONE\",\"route\":\"GET /dogs\",\"target\":\"URL https://two.internal\","
        "\"timeout\":5000}\n"
        "{\"auth\":\"NONE\",\"route\":\"GET /pets\",\"target\":\"URL https://one.internal\","
        "\"timeout\":30000}\n"
        "{\"auth\":\"NONE\",\"route\":\"$default\",\"target\":\"-\"}\n");
}

static void names_that_are_not_there_are_said_with_the_nearest(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    assert_fails(bench, "SHOW ROUTES OF shpo", ERROR_NOT_FOUND, "no API shpo",
        "the nearest name is shop");
    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    assert_fails(bench, "SHOW ROUTES OF warehouse", ERROR_NOT_FOUND, "no API warehouse",
        "SHOW APIS lists them");
    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    assert_fails(bench, "DROP API twin", ERROR_USAGE,
        "2 APIs are named twin: `a7` (REST), `a8` (REST); say the id", "");
    job_bench_answer(bench, 200, RESOURCES);
    assert_fails(bench, "ALTER ROUTE 'GET /pet' OF shop TIMEOUT 1s", ERROR_NOT_FOUND,
        "shop has no route GET /pet", "the nearest is GET /pets");
    job_bench_answer(bench, 200, RESOURCES);
    assert_fails(bench, "CREATE ROUTE 'GET /pets' OF shop -> MOCK", ERROR_NOT_FOUND,
        "shop has a route GET /pets already", "ALTER ROUTE changes it");
    assert_fails(bench, "SHOW ROUTES", ERROR_USAGE, "which API: say OF api",
        "USE API name STAGE stage sets one for the statements that follow");
    assert_requests(bench, "");
}

static void what_a_kind_of_api_lacks_is_refused_before_any_write(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    assert_fails(bench, "CREATE ROUTE 'GET /a' OF web -> MOCK", ERROR_INVALID,
        "MOCK targets belong to REST APIs", "");
    assert_fails(bench, "ALTER ROUTE 'GET /pets' OF web KEY REQUIRED", ERROR_INVALID,
        "KEY belongs to REST APIs", "");
    assert_requests(bench, "");
    assert_fails(bench, "CREATE ROUTE '$connect' OF chat -> MOCK", ERROR_INVALID,
        "routes of WebSocket APIs cannot be changed with this version", "");
    assert_fails(bench, "ALTER ROUTE 'GET /pets' OF shop TIMEOUT 30s", ERROR_INVALID,
        "a REST API waits at most 29s", "");
    assert_fails(bench, "CREATE ROUTE 'FETCH /a' OF shop -> MOCK", ERROR_USAGE,
        "'FETCH /a' is not a route", "a route is a method and a path: 'GET /pets/{id}'");
}

static void wrong_options_have_their_place(void **state)
{
    static const struct {
        const char *statement, *text;
        int column;
    } case_table[] = {
        {"CREATE ROUTE 'GET /a' OF shop -> URL 'ftp://x'", "a URL starts with http:// or https://",
            38},
        {"CREATE ROUTE 'GET /a' OF shop -> MOCK TIMEOUT 10ms",
            "a time-out is 50ms to 29s (30s for HTTP APIs)", 47},
        {"ALTER ROUTE 'GET /a' OF shop TIMEOUT 1s TIMEOUT 2s", "TIMEOUT is said twice", 41},
        {"ALTER ROUTE 'GET /a' OF shop",
            "expected -> target, TIMEOUT, AUTH, KEY or THROTTLE, found the end of the statement",
            29},
    };
    struct job_bench *bench = *state;

    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        struct error err;

        assert_int_equal(job_bench_run(bench, case_table[i].statement, &err), ERROR_USAGE);
        assert_string_equal(err.text, case_table[i].text);
        assert_int_equal(err.line, 1);
        assert_int_equal(err.column, case_table[i].column);
        assert_requests(bench, "");
    }
}

static void an_integration_method_travels_under_its_wire_name(void **state)
{
    struct request request;
    struct error err = {0};

    request_init(&request);
    assert_int_equal(request_build(&request, &service_apigateway,
                         service_operation_string(&service_apigateway, "PutIntegration"),
                         TEXT("{\"restApiId\":\"a1\",\"resourceId\":\"r\",\"httpMethod\":\"GET\","
                              "\"type\":\"HTTP\",\"integrationHttpMethod\":\"POST\"}"),
                         &err),
        ERROR_NONE);
    assert_string_equal(buf_string(&request.path),
        "/restapis/a1/resources/r/methods/GET/integration");
    assert_true(text_is(request.body, "{\"type\":\"HTTP\",\"httpMethod\":\"POST\"}"));
    request_done(&request);
    (void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, job_bench_open, job_bench_close)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        TEST(a_rest_route_brings_the_resources_it_lacks),
        TEST(a_mock_route_has_its_answers_written_out),
        TEST(explain_of_a_route_sends_reads_only),
        TEST(altering_sends_only_what_differs),
        TEST(altering_to_what_is_there_sends_nothing),
        TEST(a_refused_question_changes_nothing),
        TEST(a_new_target_is_put_whole_with_its_answers),
        TEST(a_throttle_is_a_patch_of_the_stage),
        TEST(dropping_takes_the_highest_resource_left_empty),
        TEST(a_failure_midway_takes_back_what_was_made),
        TEST(what_cannot_be_taken_back_is_named),
        TEST(a_target_that_cannot_be_finished_is_put_back),
        TEST(a_status_the_method_has_is_not_put_again),
        TEST(an_http_route_appears_when_its_integration_is_whole),
        TEST(an_equal_integration_is_shared),
        TEST(a_shared_integration_is_left_to_the_others),
        TEST(dropping_an_http_route_takes_an_integration_nobody_uses),
        TEST(an_http_throttle_names_its_route_alone),
        TEST(routes_are_listed_most_specific_first),
        TEST(names_that_are_not_there_are_said_with_the_nearest),
        TEST(what_a_kind_of_api_lacks_is_refused_before_any_write),
        TEST(wrong_options_have_their_place),
        cmocka_unit_test(an_integration_method_travels_under_its_wire_name),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
