#include "tests/unit/job_bench.h"

#include "console/gateway_object.h"
#include "tests/faults/standin.c"

/* What UNDO of a gateway statement sends, call by call. */

#define REST_APIS "{\"item\":[{\"id\":\"a1\",\"name\":\"shop\"}]}"
#define HTTP_APIS                                                                                  \
    "{\"items\":[{\"apiId\":\"b2\",\"name\":\"web\",\"protocolType\":\"HTTP\","                    \
    "\"apiEndpoint\":\"https://b2.example\"}]}"
#define ROOT "{\"id\":\"root\",\"path\":\"/\"}"
#define PETS(method)                                                                               \
    "{\"item\":[" ROOT ",{\"id\":\"p1\",\"parentId\":\"root\",\"pathPart\":\"pets\","              \
    "\"path\":\"/pets\",\"resourceMethods\":{\"GET\":" method "}}]}"
#define METHOD "\"httpMethod\":\"GET\",\"authorizationType\":\"NONE\",\"apiKeyRequired\":false,"
#define WAITS(ms)                                                                                  \
    PETS(                                                                                          \
        "{" METHOD "\"methodIntegration\":{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\","        \
        "\"uri\":\"https://one.internal\",\"timeoutInMillis\":" ms ",\"cacheNamespace\":\"p1\"}}")
#define MOCK                                                                                       \
    PETS("{" METHOD "\"methodResponses\":{\"204\":{\"statusCode\":\"204\"}},"                      \
         "\"methodIntegration\":{\"type\":\"MOCK\",\"requestTemplates\":{\"application/json\":"    \
         "\"{\\\"statusCode\\\": 204}\"},\"timeoutInMillis\":3000,\"integrationResponses\":{"      \
         "\"204\":{\"statusCode\":\"204\"}}}}")
#define CUSTOM                                                                                     \
    PETS("{" METHOD "\"methodResponses\":{\"200\":{\"statusCode\":\"200\"}},"                      \
         "\"methodIntegration\":{\"type\":\"HTTP\",\"httpMethod\":\"POST\",\"uri\":"               \
         "\"https://full.internal\",\"timeoutInMillis\":3000,\"integrationResponses\":{"           \
         "\"200\":{\"statusCode\":\"200\",\"selectionPattern\":\"2..\"}}}}")
#define BOTH                                                                                       \
    PETS("{" METHOD "\"methodResponses\":{\"200\":{\"statusCode\":\"200\"},"                       \
         "\"204\":{\"statusCode\":\"204\"}},"                                                      \
         "\"methodIntegration\":{\"type\":\"MOCK\",\"requestTemplates\":{\"application/json\":"    \
         "\"{\\\"statusCode\\\": 204}\"},\"timeoutInMillis\":3000,\"integrationResponses\":{"      \
         "\"204\":{\"statusCode\":\"204\"}}}}")
#define NO_ROUTES "{\"item\":[" ROOT "]}"
#define RE_READ "GET /restapis/a1/resources?embed=methods&limit=500\n"
#define RE_READ_HTTP                                                                               \
    "GET /v2/apis/b2/integrations?maxResults=500\nGET /v2/apis/b2/routes?maxResults=500\n"
#define INTEGRATION "/restapis/a1/resources/p1/methods/GET/integration"
#define REFUSAL "{\"__type\":\"BadRequestException\",\"message\":\"no\"}"

static int open_with_state(void **state)
{
    int code = job_bench_open(state);
    struct job_bench *bench = *state;

    setenv("XDG_STATE_HOME", buf_string(&bench->home), 1);
    return code;
}

static void answer_all(struct job_bench *bench, const char *const *body)
{
    for (; *body; body++)
        job_bench_answer(bench, 200, *body);
}
#define ANSWER(...) answer_all(bench, (const char *const[]){__VA_ARGS__, NULL})

static void assert_requests(const struct job_bench *bench, const char *wanted)
{
    assert_string_equal(buf_string(&bench->requests), wanted);
}

/* UNDO itself sends nothing. */
static void undo(struct job_bench *bench)
{
    job_bench_good(bench, "UNDO");
    assert_requests(bench, "");
}

static void a_time_out_is_put_back_with_one_patch(void **state)
{
    struct job_bench *bench = *state;

    ANSWER(REST_APIS, HTTP_APIS, WAITS("3000"), "{}", WAITS("5000"));
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop TIMEOUT 5s");
    undo(bench);
    assert_string_equal(buf_string(&bench->rows),
        "{\"class\":2,\"condition\":\"what changes is as it was\",\"mark\":\"~\",\"new\":3000,"
        "\"number\":1,\"object\":\"route GET /pets of shop\",\"old\":5000,"
        "\"path\":\"route.methodIntegration.timeoutInMillis\"}\n");
    ANSWER(WAITS("5000"), WAITS("5000"), "{}", WAITS("3000"));
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench,
        RE_READ RE_READ "PATCH " INTEGRATION " {\"patchOperations\":[{\"op\":\"replace\","
                        "\"path\":\"/timeoutInMillis\",\"value\":\"3000\"}]}\n" RE_READ);
    assert_non_null(
        strstr(buf_string(&bench->asked), "Apply the staged change of route GET /pets of shop?|"));
    assert_non_null(strstr(buf_string(&bench->asked),
        "1 ~ route GET /pets of shop\n"
        "  route.methodIntegration.timeoutInMillis: 5000 -> 3000\n"));
}

static void an_old_target_comes_back_with_its_responses(void **state)
{
    struct job_bench *bench = *state;

    ANSWER(REST_APIS, HTTP_APIS, CUSTOM, "{}", "{}", "{}", BOTH);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop -> MOCK 204");
    undo(bench);
    ANSWER(BOTH, BOTH, "{}", "{}", "{}", CUSTOM);
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench,
        RE_READ RE_READ "PUT " INTEGRATION " {\"type\":\"HTTP\",\"timeoutInMillis\":3000,"
                        "\"httpMethod\":\"POST\",\"uri\":\"https://full.internal\"}\n"
                        "PUT " INTEGRATION "/responses/200 {\"selectionPattern\":\"2..\"}\n"
                        "DELETE /restapis/a1/resources/p1/methods/GET/responses/204\n" RE_READ);
    assert_null(strstr(buf_string(&bench->notes), "read back differently"));
}

#define ROUTES(cats)                                                                               \
    "{\"items\":[{\"routeId\":\"q2\",\"routeKey\":\"GET /cats\",\"target\":\"integrations/" cats   \
    "\"},{\"routeId\":\"q3\",\"routeKey\":\"GET /dogs\",\"target\":\"integrations/i2\"}]}"
#define TWO                                                                                        \
    "{\"integrationId\":\"i2\",\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"GET\","  \
    "\"integrationUri\":\"https://two.internal\",\"timeoutInMillis\":5000}"
#define NINE                                                                                       \
    "{\"integrationId\":\"i9\",\"integrationType\":\"HTTP_PROXY\",\"integrationMethod\":\"GET\","  \
    "\"integrationUri\":\"https://nine.internal\",\"timeoutInMillis\":5000}"
#define NO_STAGES "{\"items\":[]}"

static void an_integration_of_one_route_is_changed_in_place(void **state)
{
    struct job_bench *bench = *state;

    ANSWER(REST_APIS, HTTP_APIS, "{\"items\":[" TWO "]}", ROUTES("i2"), NO_STAGES,
        "{\"integrationId\":\"i9\"}", "{}", "{\"items\":[" TWO "," NINE "]}", ROUTES("i9"));
    job_bench_good(bench, "ALTER ROUTE 'GET /cats' OF web -> URL 'https://nine.internal'");
    undo(bench);
    ANSWER("{\"items\":[" TWO "," NINE "]}", ROUTES("i9"), NO_STAGES,
        "{\"items\":[" TWO "," NINE "]}", ROUTES("i9"), NO_STAGES, "{}", "{}",
        "{\"items\":[" TWO "]}", ROUTES("i2"));
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench,
        RE_READ_HTTP "GET /v2/apis/b2/stages?maxResults=500\n" RE_READ_HTTP
                     "GET /v2/apis/b2/stages?maxResults=500\n"
                     "PATCH /v2/apis/b2/integrations/i9 "
                     "{\"integrationUri\":\"https://two.internal\"}\n" RE_READ_HTTP);
}

#define SHARED                                                                                     \
    "{\"items\":[{\"routeId\":\"q2\",\"routeKey\":\"GET /cats\",\"target\":\"integrations/i9\"},"  \
    "{\"routeId\":\"q3\",\"routeKey\":\"GET /dogs\",\"target\":\"integrations/i2\"},"              \
    "{\"routeId\":\"q4\",\"routeKey\":\"GET /elks\",\"target\":\"integrations/i9\"}]}"

static void an_integration_of_others_is_left_to_them(void **state)
{
    struct job_bench *bench = *state;
    const char *integrations = "{\"items\":[" TWO "," NINE "]}";

    ANSWER(REST_APIS, HTTP_APIS, "{\"items\":[" TWO "]}", ROUTES("i2"), NO_STAGES,
        "{\"integrationId\":\"i9\"}", "{}", integrations, ROUTES("i9"));
    job_bench_good(bench, "ALTER ROUTE 'GET /cats' OF web -> URL 'https://nine.internal'");
    undo(bench);
    ANSWER(integrations, SHARED, NO_STAGES, integrations, SHARED, NO_STAGES, "{}", integrations,
        ROUTES("i2"));
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench,
        RE_READ_HTTP "GET /v2/apis/b2/stages?maxResults=500\n" RE_READ_HTTP
                     "GET /v2/apis/b2/stages?maxResults=500\n"
                     "PATCH /v2/apis/b2/routes/q2 {\"target\":\"integrations/i2\"}\n" RE_READ_HTTP);
}

static void stage_a_dropped_route(struct job_bench *bench)
{
    ANSWER(REST_APIS, HTTP_APIS, MOCK, "{}", "{}", NO_ROUTES);
    job_bench_good(bench, "DROP ROUTE 'GET /pets' OF shop");
    undo(bench);
    assert_non_null(strstr(buf_string(&bench->notes),
        "note: route GET /pets of shop is made again: it gets new ids\n"));
}

#define MADE_AGAIN                                                                                 \
    "POST /restapis/a1/resources/root {\"pathPart\":\"pets\"}\n"                                   \
    "PUT /restapis/a1/resources/n1/methods/GET {\"authorizationType\":\"NONE\","                   \
    "\"apiKeyRequired\":false}\n"                                                                  \
    "PUT /restapis/a1/resources/n1/methods/GET/responses/204 {}\n"                                 \
    "PUT /restapis/a1/resources/n1/methods/GET/integration {\"type\":\"MOCK\","                    \
    "\"requestTemplates\":{\"application/json\":\"{\\\"statusCode\\\": 204}\"},"                   \
    "\"timeoutInMillis\":3000}\n"

static void a_dropped_route_is_made_again_from_its_resources(void **state)
{
    struct job_bench *bench = *state;

    stage_a_dropped_route(bench);
    ANSWER(NO_ROUTES, NO_ROUTES, "{\"id\":\"n1\"}", "{}", "{}", "{}", "{}", MOCK);
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench, RE_READ RE_READ MADE_AGAIN
        "PUT /restapis/a1/resources/n1/methods/GET/integration/responses/204 {}\n" RE_READ);
    undo(bench); /* and that is undone as well */
    assert_non_null(strstr(buf_string(&bench->rows), "\"mark\":\"-\""));
}

static void what_a_failing_undo_has_made_is_taken_back(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    stage_a_dropped_route(bench);
    ANSWER(NO_ROUTES, NO_ROUTES, "{\"id\":\"n1\"}", "{}", "{}");
    job_bench_answer(bench, 400, REFUSAL);
    ANSWER("{}", "{}", NO_ROUTES);
    assert_int_equal(job_bench_run(bench, "APPLY STAGED", &err), ERROR_INVALID);
    assert_requests(bench,
        RE_READ RE_READ MADE_AGAIN "DELETE /restapis/a1/resources/n1/methods/GET\n"
                                   "DELETE /restapis/a1/resources/n1\n" RE_READ);
    assert_string_equal(err.text, "PutIntegration: BadRequestException: no");
    job_bench_good(bench, "SHOW STAGED");
    assert_non_null(strstr(buf_string(&bench->rows), "\"object\":\"route GET /pets of shop\""));
    job_bench_good(bench, "SHOW UNDO"); /* nothing has become of it: nothing more to undo */
    assert_non_null(strstr(buf_string(&bench->rows), "DROP ROUTE"));
    assert_null(strstr(buf_string(&bench->rows), "APPLY STAGED"));
}

static void what_cannot_be_taken_back_is_named_and_kept(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    stage_a_dropped_route(bench);
    ANSWER(NO_ROUTES, NO_ROUTES, "{\"id\":\"n1\"}", "{}", "{}");
    job_bench_answer(bench, 400, REFUSAL);
    job_bench_answer(bench, 400, REFUSAL);
    job_bench_answer(bench, 400, REFUSAL);
    ANSWER(PETS("{" METHOD "\"methodResponses\":{\"204\":{\"statusCode\":\"204\"}}}"));
    assert_int_equal(job_bench_run(bench, "APPLY STAGED", &err), ERROR_PARTIAL);
    assert_non_null(strstr(err.text, "PutIntegration: BadRequestException: no; done and not taken "
                                     "back: "));
    assert_non_null(strstr(err.text, "PutMethod {\"restApiId\":\"a1\""));
    job_bench_good(bench, "SHOW UNDO");
    assert_non_null(strstr(buf_string(&bench->rows), "APPLY STAGED"));
}

static void settings_of_a_route_are_patched_one_by_one(void **state)
{
    struct job_bench *bench = *state;
    const char *before = "{\"item\":[{\"stageName\":\"prod\",\"methodSettings\":{\"~1pets/GET\":{"
                         "\"throttlingRateLimit\":5.0,\"throttlingBurstLimit\":3,"
                         "\"loggingLevel\":\"INFO\"}}}]}";
    const char *gone = "{\"item\":[{\"stageName\":\"prod\",\"methodSettings\":{}}]}";

    ANSWER(REST_APIS, HTTP_APIS, WAITS("3000"), before, "{}", WAITS("3000"), gone);
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop/prod THROTTLE OFF");
    undo(bench);
    ANSWER(gone, gone, "{}", before);
    job_bench_good(bench, "APPLY STAGED");
    assert_requests(bench,
        "GET /restapis/a1/stages\nGET /restapis/a1/stages\n"
        "PATCH /restapis/a1/stages/prod {\"patchOperations\":["
        "{\"op\":\"replace\",\"path\":\"/~1pets/GET/logging/loglevel\",\"value\":\"INFO\"},"
        "{\"op\":\"replace\",\"path\":\"/~1pets/GET/throttling/burstLimit\",\"value\":\"3\"},"
        "{\"op\":\"replace\",\"path\":\"/~1pets/GET/throttling/rateLimit\",\"value\":\"5.0\"}]}\n"
        "GET /restapis/a1/stages\n");
    undo(bench);
    ANSWER(before, before, "{}", gone);
    job_bench_good(bench, "APPLY STAGED");
    assert_non_null(strstr(buf_string(&bench->requests),
        "{\"patchOperations\":[{\"op\":\"remove\",\"path\":\"/~1pets/GET\"}]}\n"));
}

static void an_answer_that_was_lost_is_looked_for_by_undo(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    ANSWER(REST_APIS, HTTP_APIS, WAITS("3000"), "{}");
    job_bench_answer(bench, 400, REFUSAL);
    assert_int_equal(job_bench_run(bench, "ALTER ROUTE 'GET /pets' OF shop TIMEOUT 5s", &err),
        ERROR_INVALID);
    ANSWER(WAITS("5000"));
    job_bench_good(bench, "UNDO");
    assert_requests(bench, RE_READ);
    assert_non_null(strstr(buf_string(&bench->notes),
        "warning: route GET /pets of shop: the log does not say what was written; what is there "
        "now is taken for it\n"));
    assert_non_null(strstr(buf_string(&bench->rows), "\"new\":3000"));
    job_bench_good(bench, "DISCARD STAGED");
    ANSWER(WAITS("3000")); /* it had not been made */
    job_bench_good(bench, "UNDO");
    assert_string_equal(buf_string(&bench->rows), "");
}

static void what_could_not_be_read_is_said_and_the_statement_goes_on(void **state)
{
    struct job_bench *bench = *state;

    ANSWER(REST_APIS, HTTP_APIS, WAITS("3000"));
    job_bench_answer(bench, 403, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    ANSWER("{}", WAITS("3000"), "{\"item\":[]}");
    job_bench_good(bench, "ALTER ROUTE 'GET /pets' OF shop/prod THROTTLE 2 BURST 4");
    assert_non_null(strstr(buf_string(&bench->notes),
        "warning: this statement cannot be undone: GetStages: AccessDeniedException: no"));
    assert_non_null(strstr(buf_string(&bench->requests), "PATCH /restapis/a1/stages/prod"));
}

static void a_dropped_api_is_told_beforehand(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    ANSWER(REST_APIS, HTTP_APIS, NO_ROUTES, "{\"item\":[]}", "{\"id\":\"a1\",\"name\":\"shop\"}",
        "{}", "{\"item\":[]}", "{\"items\":[]}");
    job_bench_good(bench, "DROP API shop");
    assert_non_null(strstr(buf_string(&bench->asked),
        "cannot be undone: its routes, stages and deployments go with it\n"));
    assert_int_equal(job_bench_run(bench, "UNDO", &err), ERROR_REFUSED);
    assert_string_equal(err.text, "DROP API shop cannot be undone: the routes, stages and "
                                  "deployments of the API went with it");
    assert_non_null(strstr(err.hint, "what it was is in the undo log, id "));
}

/* States as JSON; the merge as JSON, or what it fails with. */
static void assert_merge(const char *now, const char *base, const char *wanted, const char *expect)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    const struct json *side[3] = {NULL}, *merged = NULL;
    const char *const source[] = {now, base, wanted};
    struct json_writer writer;
    struct buf out;

    assert_non_null(arena);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gateway_state_parse(arena, text_of(source[i]), &side[i], &err),
            ERROR_NONE);
    buf_init(&out, 4096);
    json_writer_init(&writer, &out);
    if (gateway_state_merge(arena, side[0], side[1], side[2], &merged, &err))
        buf_add_string(&out, err.text);
    else if (merged)
        json_tree(&writer, merged);
    assert_string_equal(buf_string(&out), expect);
    buf_done(&out);
    arena_free(arena);
}

#define CHANGED "it is not any more what was written"
#define SECRET "what it was holds a secret, which no file may keep: it cannot be put back"

static void only_what_was_written_is_put_back(void **state)
{
    (void)state;
    assert_merge("", "", "", "");
    assert_merge("", "", "{\"a\":1}", "{\"a\":1}");
    assert_merge("{\"a\":1}", "{\"a\":1}", "", "");
    assert_merge("", "{\"a\":1}", "", "");
    assert_merge("{\"a\":2}", "{\"a\":1}", "", CHANGED);
    assert_merge("{\"a\":2}", "", "{\"a\":1}", CHANGED);
    assert_merge("{\"a\":2}", "{\"a\":2}", "{\"a\":1}", "{\"a\":1}");
    assert_merge("{\"a\":3}", "{\"a\":2}", "{\"a\":1}", CHANGED);
    assert_merge("{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":1}");
    assert_merge("{\"b\":7,\"a\":2}", "{\"a\":2}", "{\"a\":1}", "{\"b\":7,\"a\":1}");
    assert_merge("{\"a\":2,\"n\":{\"x\":1}}", "{\"a\":2}", "{\"a\":2,\"c\":3}",
        "{\"a\":2,\"n\":{\"x\":1},\"c\":3}");
    assert_merge("{\"a\":2,\"c\":3}", "{\"c\":3,\"a\":2}", "{\"a\":2}", "{\"a\":2}");
    assert_merge("{\"n\":{\"x\":1,\"y\":9}}", "{\"n\":{\"x\":1,\"y\":2}}",
        "{\"n\":{\"x\":0,\"y\":2}}", "{\"n\":{\"x\":0,\"y\":9}}");
    assert_merge("{\"l\":[1,2]}", "{\"l\":[1,2]}", "{\"l\":[1]}", "{\"l\":[1]}");
    assert_merge("{\"l\":[2,1]}", "{\"l\":[1,2]}", "{\"l\":[1]}", CHANGED);
    assert_merge("{\"a\":\"1\"}", "{\"a\":1}", "{\"a\":2}", CHANGED);
}

static void a_masked_value_stays_what_it_is(void **state)
{
    (void)state;
    assert_merge("{\"u\":\"s3cret\",\"a\":2}", "{\"u\":\"********\",\"a\":2}",
        "{\"u\":\"********\",\"a\":1}", "{\"u\":\"s3cret\",\"a\":1}");
    assert_merge("{\"u\":\"plain\"}", "{\"u\":\"plain\"}", "{\"u\":\"********\"}", SECRET);
    assert_merge("{\"u\":\"s3cret\"}", "{\"u\":\"********\"}", "{\"u\":\"plain\"}",
        "{\"u\":\"plain\"}");
    assert_merge("", "", "{\"n\":[\"********\"]}", SECRET);
    assert_merge("{\"u\":\"s3cret\"}", "{\"u\":\"********\"}", "", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_state, job_bench_close)
    static const struct CMUnitTest test_table[] = {
        TEST(a_time_out_is_put_back_with_one_patch),
        TEST(an_old_target_comes_back_with_its_responses),
        TEST(an_integration_of_one_route_is_changed_in_place),
        TEST(an_integration_of_others_is_left_to_them),
        TEST(a_dropped_route_is_made_again_from_its_resources),
        TEST(what_a_failing_undo_has_made_is_taken_back),
        TEST(what_cannot_be_taken_back_is_named_and_kept),
        TEST(settings_of_a_route_are_patched_one_by_one),
        TEST(an_answer_that_was_lost_is_looked_for_by_undo),
        TEST(what_could_not_be_read_is_said_and_the_statement_goes_on),
        TEST(a_dropped_api_is_told_beforehand),
        cmocka_unit_test(only_what_was_written_is_put_back),
        cmocka_unit_test(a_masked_value_stays_what_it_is),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
