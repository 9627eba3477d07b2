#include "tests/unit/job_bench.h"

#include "tests/faults/standin.c"

#define REST_APIS "{\"item\":[{\"id\":\"a1\",\"name\":\"shop\",\"createdDate\":1790000000}]}"
#define HTTP_APIS                                                                                  \
    "{\"items\":[{\"apiId\":\"b2\",\"name\":\"web\",\"protocolType\":\"HTTP\","                    \
    "\"apiEndpoint\":\"https://b2.example\",\"createdDate\":\"2026-11-01T00:00:00Z\"}]}"
#define REST_STAGES                                                                                \
    "{\"item\":[{\"stageName\":\"prod\",\"deploymentId\":\"d1\",\"createdDate\":1790000000}]}"
#define HTTP_STAGES                                                                                \
    "{\"items\":[{\"stageName\":\"$default\",\"autoDeploy\":true,\"deploymentId\":\"e1\"}]}"
#define LISTINGS "GET /restapis?limit=500\nGET /v2/apis\n"

static void answer_lists(struct job_bench *bench, const char *stages)
{
    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, stages);
}

static void answer_fingerprint(struct job_bench *bench, const char *header)
{
    standin_add(bench->standin,
        (struct standin_answer){.body = "{\"stageName\":\"prod\",\"deploymentId\":\"d1\"}",
            .header = header});
}

static void assert_requests(const struct job_bench *bench, const char *wanted)
{
    assert_string_equal(buf_string(&bench->requests), wanted);
}

static void deploying_asks_and_creates_one_deployment(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    job_bench_answer(bench, 201, "{\"id\":\"d2\"}");
    job_bench_answer(bench, 200, REST_STAGES);
    job_bench_good(bench, "DEPLOY shop TO prod COMMENT 'pets v2'");
    assert_requests(bench, LISTINGS
        "GET /restapis/a1/stages\n"
        "POST /restapis/a1/deployments {\"stageName\":\"prod\",\"description\":\"pets v2\"}\n"
        "GET /restapis/a1/stages\n");
    assert_non_null(strstr(buf_string(&bench->asked), "Deploy shop to stage prod?"));
    assert_string_equal(buf_string(&bench->notes), "footer: deployed shop/prod, deployment d2\n");
}

static void explain_deploy_sends_reads_only(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    job_bench_good(bench, "EXPLAIN DEPLOY shop TO dev");
    assert_requests(bench, LISTINGS "GET /restapis/a1/stages\n");
    assert_non_null(
        strstr(buf_string(&bench->text), "plan      deploy REST API shop to new stage dev\n"));
    assert_non_null(strstr(buf_string(&bench->text),
        "call      1 apigateway.CreateDeployment\n"
        "request   {\"restApiId\":\"a1\",\"stageName\":\"dev\"}\n"));
    assert_string_equal(buf_string(&bench->asked), "");
}

static void an_http_stage_that_is_missing_is_made_first(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, "{\"items\":[]}");
    job_bench_answer(bench, 201, "{\"stageName\":\"prod\"}");
    job_bench_answer(bench, 201, "{\"deploymentId\":\"e2\"}");
    job_bench_answer(bench, 200, HTTP_STAGES);
    job_bench_good(bench, "DEPLOY web TO prod");
    assert_requests(bench, LISTINGS "GET /v2/apis/b2/stages?maxResults=500\n"
                                    "POST /v2/apis/b2/stages {\"stageName\":\"prod\"}\n"
                                    "POST /v2/apis/b2/deployments {\"stageName\":\"prod\"}\n"
                                    "GET /v2/apis/b2/stages?maxResults=500\n");
    assert_non_null(strstr(buf_string(&bench->asked), "Deploy web to the new stage prod?"));
}

static void a_stage_made_for_a_deployment_that_fails_is_taken_back(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    answer_lists(bench, "{\"items\":[]}");
    job_bench_answer(bench, 201, "{\"stageName\":\"prod\"}");
    job_bench_answer(bench, 400, "{\"__type\":\"BadRequestException\",\"message\":\"no routes\"}");
    job_bench_answer(bench, 204, "");
    assert_int_equal(job_bench_run(bench, "DEPLOY web TO prod", &err), ERROR_INVALID);
    assert_requests(bench, LISTINGS "GET /v2/apis/b2/stages?maxResults=500\n"
                                    "POST /v2/apis/b2/stages {\"stageName\":\"prod\"}\n"
                                    "POST /v2/apis/b2/deployments {\"stageName\":\"prod\"}\n"
                                    "DELETE /v2/apis/b2/stages/prod\n"
                                    "GET /v2/apis/b2/stages?maxResults=500\n");
    assert_non_null(strstr(err.text, "no routes"));
}

static void a_stage_that_deploys_itself_is_refused(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    answer_lists(bench, HTTP_STAGES);
    assert_int_equal(job_bench_run(bench, "DEPLOY web TO `$default`", &err), ERROR_INVALID);
    assert_string_equal(err.text, "stage $default deploys itself at every change");
    assert_requests(bench, LISTINGS "GET /v2/apis/b2/stages?maxResults=500\n");
}

static void nothing_is_deployed_when_the_fingerprints_agree(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    answer_fingerprint(bench, "x-gatehouse-definition: 0123456789ab 0123456789ab\r\n");
    job_bench_good(bench, "DEPLOY shop TO prod");
    assert_requests(bench, LISTINGS "GET /restapis/a1/stages\nGET /restapis/a1/stages/prod\n");
    assert_string_equal(buf_string(&bench->notes),
        "note: nothing to deploy: prod has no changes (FORCE deploys anyway)\n");
    assert_string_equal(buf_string(&bench->asked), "");
}

static void the_description_carries_the_fingerprint(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    answer_fingerprint(bench, "x-gatehouse-definition: ffff56789abc 0123456789ab\r\n");
    job_bench_answer(bench, 201, "{\"id\":\"d2\"}");
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_good(bench, "DEPLOY shop TO prod COMMENT 'v2'");
    assert_requests(bench,
        LISTINGS "GET /restapis/a1/stages\nGET /restapis/a1/stages/prod\n"
                 "POST /restapis/a1/deployments {\"stageName\":\"prod\",\"description\":\"v2 "
                 "[gatehouse:ffff56789abc]\"}\nGET /restapis/a1/stages\n");
}

static void force_deploys_what_is_unchanged(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    answer_fingerprint(bench, "x-gatehouse-definition: 0123456789ab 0123456789ab\r\n");
    job_bench_answer(bench, 201, "{\"id\":\"d2\"}");
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_good(bench, "DEPLOY shop TO prod FORCE");
    assert_non_null(strstr(buf_string(&bench->requests), "POST /restapis/a1/deployments"));
}

static void stages_tell_what_is_not_deployed(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    answer_fingerprint(bench, "x-gatehouse-definition: ffff56789abc 0123456789ab\r\n");
    job_bench_good(bench, "SHOW STAGES OF shop");
    assert_string_equal(buf_string(&bench->rows),
        "{\"created\":\"2026-09-21T14:13:20Z\",\"deployment\":\"d1\",\"name\":\"prod\","
        "\"undeployed\":true}\n");
}

static void deployments_name_the_stages_that_serve_them(void **state)
{
    struct job_bench *bench = *state;

    answer_lists(bench, REST_STAGES);
    job_bench_answer(bench, 200,
        "{\"position\":\"p2\",\"item\":[{\"id\":\"d1\",\"createdDate\":1790000000,\"description\":"
        "\"first\"}]}");
    job_bench_answer(bench, 200, "{\"item\":[{\"id\":\"d0\",\"createdDate\":1780000000}]}");
    job_bench_good(bench, "SHOW DEPLOYMENTS OF shop");
    assert_string_equal(buf_string(&bench->rows),
        "{\"created\":\"2026-09-21T14:13:20Z\",\"description\":\"first\",\"id\":\"d1\","
        "\"stages\":\"prod\"}\n"
        "{\"created\":\"2026-05-28T20:26:40Z\",\"id\":\"d0\"}\n");
    assert_non_null(strstr(buf_string(&bench->requests),
        "GET /restapis/a1/deployments\nGET /restapis/a1/deployments?position=p2\n"));
}

static void creating_and_deleting_an_api_asks_for_its_name(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 201, "{\"id\":\"a9\"}");
    job_bench_answer(bench, 200, "{\"item\":[{\"id\":\"a9\",\"name\":\"new\"}]}");
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, "{\"id\":\"a9\",\"name\":\"new\"}");
    job_bench_good(bench, "CREATE API new REST DESCRIPTION 'a \"quoted\" one'");
    assert_requests(bench,
        "POST /restapis {\"name\":\"new\",\"description\":\"a \\\"quoted\\\" one\","
        "\"endpointConfiguration\":{\"types\":[\"REGIONAL\"]}}\n" LISTINGS "GET /restapis/a9\n");
    assert_string_equal(buf_string(&bench->notes), "footer: created REST API new, id a9\n");
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_answer(bench, 200, "{\"id\":\"a9\",\"name\":\"new\"}");
    job_bench_answer(bench, 202, "");
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_answer(bench, 200, "{\"items\":[]}");
    job_bench_good(bench, "DROP API new");
    assert_requests(bench, "GET /restapis/a9/resources?embed=methods&limit=500\n"
                           "GET /restapis/a9/stages\nGET /restapis/a9\n"
                           "DELETE /restapis/a9\n" LISTINGS);
    assert_non_null(strstr(buf_string(&bench->asked), "|new\n"));
    job_bench_answer(bench, 200, "{\"item\":[]}");
    job_bench_answer(bench, 200, "{\"items\":[]}");
    job_bench_good(bench, "DROP API IF EXISTS new");
    assert_string_equal(buf_string(&bench->notes), "note: there is no such API\n");
}

static void an_answer_that_is_no_json_is_an_error_of_the_network(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, "<html>");
    assert_int_equal(job_bench_run(bench, "SHOW APIS", &err), ERROR_NETWORK);
    assert_non_null(strstr(err.text, "GetRestApis"));
    job_bench_answer(bench, 403, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    assert_int_equal(job_bench_run(bench, "SHOW APIS", &err), ERROR_ACCESS);
    assert_non_null(strstr(err.text, "GetRestApis: AccessDeniedException: no"));
}

static void invoke_goes_through_the_stage_on_the_socket(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    standin_add(bench->standin, (struct standin_answer){.status = 201,
                                    .header = "X-Seen: yes\r\n",
                                    .body = "{\"ok\":true}"});
    job_bench_good(bench, "INVOKE 'POST /pets/3?x=1' OF shop/prod HEADERS {x-tenant: 't1'} "
                          "QUERY {q: 'a b', n: 5} BODY {cust: 'c1'}");
    assert_requests(bench, LISTINGS "POST /_aws/execute-api/a1/prod/pets/3?x=1&n=5&q=a%20b "
                                    "{\"cust\":\"c1\"}\n");
    assert_non_null(strstr(buf_string(&bench->rows), "\"body\":\"{\\\"ok\\\":true}\""));
    assert_non_null(strstr(buf_string(&bench->rows), "\"status\":201"));
    assert_non_null(strstr(buf_string(&bench->rows), "\"x-seen\":\"yes\""));
}

static void invoke_says_what_is_missing_or_wrong(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    assert_int_equal(job_bench_run(bench, "INVOKE 'GET /pets' OF shop", &err), ERROR_USAGE);
    assert_string_equal(err.text, "which stage: say OF shop/stage");
    assert_int_equal(job_bench_run(bench, "INVOKE 'GET /pets' OF shop/prod HEADERS {a: \"x\\ny\"}",
                         &err),
        ERROR_USAGE);
    assert_string_equal(err.text, "header a holds a control character");
    assert_int_equal(job_bench_run(bench, "INVOKE 'pets' OF shop/prod", &err), ERROR_USAGE);
    assert_string_equal(err.text, "'pets' is not a route");
    assert_int_equal(err.column, 8);
    assert_requests(bench, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, job_bench_open, job_bench_close)
#define LOCAL_TEST(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, job_bench_open_local, job_bench_close)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        TEST(deploying_asks_and_creates_one_deployment),
        TEST(explain_deploy_sends_reads_only),
        TEST(an_http_stage_that_is_missing_is_made_first),
        TEST(a_stage_made_for_a_deployment_that_fails_is_taken_back),
        TEST(a_stage_that_deploys_itself_is_refused),
        LOCAL_TEST(nothing_is_deployed_when_the_fingerprints_agree),
        LOCAL_TEST(the_description_carries_the_fingerprint),
        LOCAL_TEST(force_deploys_what_is_unchanged),
        LOCAL_TEST(stages_tell_what_is_not_deployed),
        TEST(deployments_name_the_stages_that_serve_them),
        TEST(creating_and_deleting_an_api_asks_for_its_name),
        TEST(an_answer_that_is_no_json_is_an_error_of_the_network),
        LOCAL_TEST(invoke_goes_through_the_stage_on_the_socket),
        LOCAL_TEST(invoke_says_what_is_missing_or_wrong),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
