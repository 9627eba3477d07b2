#include "tests/unit/job_bench.h"

#include "tests/faults/standin.c"

/* SHOW CREATE ROUTE of routes that were made by something else. */

#define REST_APIS "{\"item\":[{\"id\":\"a1\",\"name\":\"shop\"}]}"
#define HTTP_APIS "{\"items\":[{\"apiId\":\"b2\",\"name\":\"my web\",\"protocolType\":\"HTTP\"}]}"
#define METHOD "\"httpMethod\":\"GET\",\"authorizationType\":\"NONE\",\"apiKeyRequired\":false,"
#define PETS(rest)                                                                                 \
    "{\"item\":[{\"id\":\"root\",\"path\":\"/\"},{\"id\":\"p1\",\"parentId\":\"root\","            \
    "\"pathPart\":\"pets\",\"path\":\"/pets\",\"resourceMethods\":{\"GET\":{" METHOD rest "}}}]}"
#define PROXY "\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"https://x.internal\""
#define TEMPLATE(text)                                                                             \
    PETS("\"methodIntegration\":{\"type\":\"AWS\",\"httpMethod\":\"POST\","                        \
         "\"uri\":\"arn:aws:apigateway:eu-west-1:dynamodb:action/Scan\","                          \
         "\"requestTemplates\":{\"application/json\":\"" text "\"}}")

static bool is_asked;

static void show(struct job_bench *bench, const char *resources, const char *expect)
{
    struct error err;
    enum error_code code;

    if (!is_asked) {
        job_bench_answer(bench, 200, REST_APIS);
        job_bench_answer(bench, 200, HTTP_APIS);
        is_asked = true;
    }
    job_bench_answer(bench, 200, resources);
    code = job_bench_run(bench, "SHOW CREATE ROUTE 'GET /pets' OF shop", &err);
    if (code)
        assert_int_equal(code, ERROR_INVALID);
    assert_string_equal(code ? err.text : buf_string(&bench->text), expect);
}
#define UNSAID "GET /pets cannot be said as a statement: "

static void a_plain_route_is_one_line(void **state)
{
    is_asked = false;
    show(*state, PETS("\"methodIntegration\":{" PROXY ",\"timeoutInMillis\":29000}"),
        "CREATE ROUTE 'GET /pets' OF shop -> URL 'https://x.internal';\n");
    show(*state,
        PETS("\"methodIntegration\":{" PROXY ",\"cacheNamespace\":\"p1\",\"cacheKeyParameters\":[],"
             "\"connectionType\":\"INTERNET\",\"passthroughBehavior\":\"WHEN_NO_MATCH\","
             "\"credentials\":null}"),
        "CREATE ROUTE 'GET /pets' OF shop -> URL 'https://x.internal';\n");
}

static void parts_that_no_statement_says_are_named(void **state)
{
    struct job_bench *bench = *state;

    is_asked = false;
    show(bench, PETS("\"methodIntegration\":{\"type\":\"AWS_PROXY\",\"uri\":\"arn:x\"}"),
        UNSAID "its target is AWS_PROXY");
    show(bench, PETS("\"operationName\":\"x\""), UNSAID "its target is none");
    show(bench, PETS("\"operationName\":\"pets\",\"methodIntegration\":{" PROXY "}"),
        UNSAID "no statement says its operationName");
    show(bench,
        PETS("\"requestParameters\":{\"method.request.querystring.q\":true},"
             "\"methodIntegration\":{" PROXY "}"),
        UNSAID "no statement says its requestParameters");
    show(bench, PETS("\"methodIntegration\":{" PROXY ",\"connectionType\":\"VPC_LINK\"}"),
        UNSAID "no statement says its connectionType");
    show(bench,
        PETS("\"methodResponses\":{\"200\":{\"statusCode\":\"200\"}},"
             "\"methodIntegration\":{" PROXY "}"),
        UNSAID "no statement says its responses");
    show(bench,
        PETS("\"methodIntegration\":{\"type\":\"MOCK\",\"requestTemplates\":{"
             "\"application/json\":\"{\\\"statusCode\\\": 204}\"}}"),
        UNSAID "no statement says its requestTemplates");
    show(bench, PETS("\"methodIntegration\":{\"type\":\"HTTP_PROXY\",\"uri\":\"ftp://x\"}"),
        UNSAID "a URL starts with http:// or https://");
}

/* It reads as a Scan, whose own template has no blanks. */
static void a_template_has_to_be_the_one_of_the_statement(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, TEMPLATE("{\\\"TableName\\\": \\\"t\\\"}"));
    job_bench_answer(bench, 200,
        "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"ACTIVE\",\"KeySchema\":[{"
        "\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{"
        "\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}}");
    assert_int_equal(job_bench_run(bench, "SHOW CREATE ROUTE 'GET /pets' OF shop", &err),
        ERROR_INVALID);
    assert_string_equal(err.text, UNSAID "no statement says its requestTemplates");
}

static void a_foreign_template_is_none_of_a_statement(void **state)
{
    static const char *const template_table[] = {
        TEMPLATE("no JSON"),
        TEMPLATE(""),
        TEMPLATE("{}"),
        TEMPLATE("{\\\"TableName\\\":\\\"t\\\",\\\"FilterExpression\\\":\\\"#a = :b\\\"}"),
        TEMPLATE("$util.escapeJavaScript($input.params()"),
        TEMPLATE("$util.escapeJavaScript($nix).replaceAll(\\\"\\\\\\\\'\\\",\\\"'\\\")"),
        TEMPLATE("#if(\\\"$context\\\" == \\\"true\\\")"),
    };

    is_asked = false;
    for (size_t i = 0; i < sizeof template_table / sizeof *template_table; i++)
        show(*state, template_table[i], UNSAID "its template is none that a statement makes");
}

static void an_http_route_says_its_name_in_backticks(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200,
        "{\"items\":[{\"integrationId\":\"i1\",\"integrationType\":\"HTTP_PROXY\","
        "\"integrationMethod\":\"POST\",\"integrationUri\":\"https://x.internal\","
        "\"payloadFormatVersion\":\"1.0\",\"timeoutInMillis\":30000}]}");
    job_bench_answer(bench, 200,
        "{\"items\":[{\"routeId\":\"q1\",\"routeKey\":\"GET /pets\",\"target\":\"integrations/"
        "i1\",\"authorizationType\":\"AWS_IAM\"},{\"routeId\":\"q2\",\"routeKey\":\"$default\","
        "\"target\":\"integrations/i1\",\"authorizationType\":\"JWT\",\"authorizerId\":\"z\"}]}");
    job_bench_good(bench, "SHOW CREATE ROUTE 'GET /pets' OF `my web`");
    assert_string_equal(buf_string(&bench->text), "CREATE ROUTE 'GET /pets' OF `my web` -> URL "
                                                  "'https://x.internal' METHOD POST AUTH IAM;\n");
    job_bench_answer(bench, 200, "{\"items\":[]}");
    job_bench_answer(bench, 200, "{\"items\":[{\"routeId\":\"q1\",\"routeKey\":\"$default\"}]}");
    assert_int_equal(job_bench_run(bench, "SHOW CREATE ROUTE '$default' OF `my web`", &err),
        ERROR_INVALID);
    assert_string_equal(err.text, "$default cannot be said as a statement: its target is none");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, job_bench_open, job_bench_close)
    static const struct CMUnitTest test_table[] = {
        TEST(a_plain_route_is_one_line),
        TEST(parts_that_no_statement_says_are_named),
        TEST(a_template_has_to_be_the_one_of_the_statement),
        TEST(a_foreign_template_is_none_of_a_statement),
        TEST(an_http_route_says_its_name_in_backticks),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
