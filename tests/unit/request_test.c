#include "client/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/mask.h"
#include "client/reply.h"

static enum error_code build(struct request *request, const struct service *service,
    const char *operation, const char *input, struct error *err)
{
    request_done(request);
    request_init(request);
    *err = (struct error){0};
    return request_build(request, service, service_operation_string(service, operation),
        text_of(input), err);
}

static const char *header(const struct request *request, const char *name)
{
    static char value[128];

    for (size_t i = 0; i < request->header_count; i++)
        if (text_is_ignoring_case(request->header[i].name, name)) {
            snprintf(value, sizeof value, "%.*s", (int)request->header[i].value.length,
                request->header[i].value.data);
            return value;
        }
    return "-";
}

static void assert_body(const struct request *request, const char *wanted)
{
    assert_int_equal(request->body.length, strlen(wanted));
    assert_memory_equal(request->body.data, wanted, strlen(wanted));
}

static void json_services_take_the_input_as_it_is(void **state)
{
    struct error err = {0};
    struct request request;

    request_init(&request);
    assert_int_equal(build(&request, &service_dynamodb, "GetItem", " {\"TableName\":\"t\"} ", &err),
        ERROR_NONE);
    assert_string_equal(buf_string(&request.path), "/");
    assert_string_equal(buf_string(&request.query), "");
    assert_body(&request, "{\"TableName\":\"t\"}");
    assert_string_equal(header(&request, "content-type"), "application/x-amz-json-1.0");
    assert_string_equal(header(&request, "x-amz-target"), "DynamoDB_20120810.GetItem");
    assert_int_equal(build(&request, &service_dynamodb, "ListTables", "", &err), ERROR_NONE);
    assert_body(&request, "{}");
    assert_int_equal(build(&request, &service_logs, "GetLogEvents", "{}", &err), ERROR_NONE);
    assert_string_equal(header(&request, "content-type"), "application/x-amz-json-1.1");
    assert_string_equal(header(&request, "x-amz-target"), "Logs_20140328.GetLogEvents");
    assert_int_equal(build(&request, &service_cloudwatch, "GetMetricData", "{}", &err), ERROR_NONE);
    assert_string_equal(header(&request, "x-amz-target"),
        "GraniteServiceVersion20100801.GetMetricData");
    assert_int_equal(build(&request, &service_dynamodb, "ListTables", "[]", &err), ERROR_USAGE);
    assert_string_equal(err.text, "the input of ListTables is no JSON object");
    request_done(&request);
    request_done(&request);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void rest_members_go_to_path_query_and_body(void **state)
{
    static const struct {
        const struct service *service;
        const char *operation, *input, *path, *query, *body;
    } case_table[] = {
        {&service_apigateway, "CreateRestApi", "{\"name\":\"shop\",\"tags\":{\"a\":\"b\"}}",
            "/restapis", "", "{\"name\":\"shop\",\"tags\":{\"a\":\"b\"}}"},
        {&service_apigateway, "GetResources",
            "{\"restApiId\":\"a1\",\"embed\":[\"methods\"],\"limit\":500,\"position\":\"x=\"}",
            "/restapis/a1/resources", "embed=methods&limit=500&position=x%3D", ""},
        {&service_apigateway, "PutIntegrationResponse",
            "{\"restApiId\":\"a1\",\"resourceId\":\"r/2\",\"httpMethod\":\"GET\","
            "\"statusCode\":200,\"selectionPattern\":\"4\\\\d{2}\"}",
            "/restapis/a1/resources/r%2F2/methods/GET/integration/responses/200", "",
            "{\"selectionPattern\":\"4\\\\d{2}\"}"},
        {&service_apigateway, "UpdateStage",
            "{\"restApiId\":\"a1\",\"stageName\":\"prod\",\"patchOperations\":[{\"op\":\"replace\","
            "\"path\":\"/deploymentId\",\"value\":\"d1\"}]}",
            "/restapis/a1/stages/prod", "",
            "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/deploymentId\",\"value\":"
            "\"d1\"}]}"},
        {&service_apigateway, "ImportRestApi",
            "{\"body\":\"openapi: 3.0.1\\n\",\"failonwarnings\":true,\"parameters\":"
            "{\"basepath\":\"split\"}}",
            "/restapis", "mode=import&failonwarnings=true&basepath=split", "openapi: 3.0.1\n"},
        {&service_apigateway, "GetExport",
            "{\"restApiId\":\"a1\",\"stageName\":\"p\",\"exportType\":\"oas30\",\"accepts\":"
            "\"application/yaml\",\"parameters\":{\"extensions\":\"apigateway\"}}",
            "/restapis/a1/stages/p/exports/oas30", "extensions=apigateway", ""},
        {&service_apigateway, "UntagResource",
            "{\"resourceArn\":\"arn:aws:apigateway:eu::/restapis/a1\",\"tagKeys\":[\"a\",\"b "
            "c\"]}",
            "/tags/arn%3Aaws%3Aapigateway%3Aeu%3A%3A%2Frestapis%2Fa1", "tagKeys=a&tagKeys=b%20c",
            ""},
        {&service_apigateway, "DeleteStage",
            "{\"restApiId\":\"..\",\"stageName\":\"prod\",\"x\":null}",
            "/restapis/%2E%2E/stages/prod", "", ""},
        {&service_apigateway, "TestInvokeMethod",
            "{\"restApiId\":\"a\",\"resourceId\":\"r\",\"httpMethod\":\"GET\",\"body\":\"x\"}",
            "/restapis/a/resources/r/methods/GET", "", "{\"body\":\"x\"}"},
        {&service_apigatewayv2, "UpdateRoute",
            "{\"apiId\":\"b2\",\"routeId\":\"r1\",\"routeKey\":\"GET /pets\"}",
            "/v2/apis/b2/routes/r1", "", "{\"routeKey\":\"GET /pets\"}"},
        {&service_apigatewayv2, "GetApis", "{\"maxResults\":\"100\",\"nextToken\":\"n+\"}",
            "/v2/apis", "maxResults=100&nextToken=n%2B", ""},
        {&service_apigatewayv2, "CreateDeployment", "{\"apiId\":\"b2\"}", "/v2/apis/b2/deployments",
            "", "{}"},
    };
    struct request request;
    struct error err;

    request_init(&request);
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        if (build(&request, case_table[i].service, case_table[i].operation, case_table[i].input,
                &err))
            fail_msg("%s: %s", case_table[i].operation, err.text);
        assert_string_equal(buf_string(&request.path), case_table[i].path);
        assert_string_equal(buf_string(&request.query), case_table[i].query);
        assert_body(&request, case_table[i].body);
        assert_string_equal(header(&request, "content-type"),
            !*case_table[i].body                                ? "-"
            : !strcmp(case_table[i].operation, "ImportRestApi") ? "application/octet-stream"
                                                                : "application/json");
        assert_string_equal(header(&request, "accept"),
            strcmp(case_table[i].operation, "GetExport") != 0 ? "application/json"
                                                              : "application/yaml");
    }
    request_done(&request);
    (void)state;
}

static void what_is_missing_or_too_much_is_said(void **state)
{
    static const struct {
        const struct service *service;
        const char *operation, *input, *text;
    } case_table[] = {
        {&service_apigateway, "GetStage", "{\"restApiId\":\"a1\"}", "GetStage needs stageName"},
        {&service_apigateway, "GetStage", "", "GetStage needs restApiId"},
        {&service_apigateway, "GetStage", "{\"restApiId\":\"\",\"stageName\":\"p\"}",
            "GetStage needs restApiId"},
        {&service_apigateway, "GetStage", "{\"restApiId\":{},\"stageName\":\"p\"}",
            "GetStage needs restApiId"},
        {&service_apigateway, "GetRestApis", "{\"limt\":5}", "GetRestApis has no member 'limt'"},
        {&service_apigateway, "ImportRestApi", "{\"body\":{}}",
            "ImportRestApi: 'body' must be a string"},
        {&service_apigateway, "ImportRestApi", "{\"body\":\"x\",\"name\":\"y\"}",
            "ImportRestApi has no member 'name'"},
        {&service_apigateway, "GetRestApis", "5", "the input of GetRestApis is no JSON object"},
        {&service_sts, "GetCallerIdentity", "{\"a\":[1]}",
            "GetCallerIdentity: 'a' must be a string, number or boolean"},
    };
    struct request request;
    struct error err;

    request_init(&request);
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        assert_int_equal(build(&request, case_table[i].service, case_table[i].operation,
                             case_table[i].input, &err),
            ERROR_USAGE);
        assert_string_equal(err.text, case_table[i].text);
    }
    assert_int_equal(build(&request, &service_apigateway, "GetRestApis", "{", &err), ERROR_USAGE);
    assert_true(text_starts_with(text_of(err.text), TEXT("GetRestApis: ")));
    request_done(&request);
    (void)state;
}

static void the_query_protocol_sends_a_form(void **state)
{
    struct request request;
    struct error err;

    request_init(&request);
    assert_int_equal(build(&request, &service_sts, "GetCallerIdentity",
                         "{\"A b\":\"x&y\",\"n\":1,\"f\":false,\"z\":null}", &err),
        ERROR_NONE);
    assert_body(&request, "Action=GetCallerIdentity&Version=2011-06-15&A%20b=x%26y&n=1&f=false");
    assert_string_equal(header(&request, "content-type"),
        "application/x-www-form-urlencoded; charset=utf-8");
    request_done(&request);
    (void)state;
}

static void make_reply(struct reply *reply, const char *head, const char *body)
{
    reply_done(reply);
    reply_init(reply);
    buf_add_string(&reply->head, "HTTP/1.1 400 Bad Request\r\n");
    buf_add_string(&reply->head, head);
    buf_add_string(&reply->body, body);
}

static void errors_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *head, *body, *code, *message;
    } case_table[] = {
        {"",
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
            "\"message\":\"Requested resource not found\"}",
            "ResourceNotFoundException", "Requested resource not found"},
        {"", "{\"__type\":\"com.amazon.coral.service#SerializationException\",\"Message\":\"x\"}",
            "SerializationException", "x"},
        {"x-amzn-ErrorType: NotFoundException:http://internal.amazon.com/coral/\r\n",
            "{\"message\":\"Invalid API identifier specified\"}", "NotFoundException",
            "Invalid API identifier specified"},
        {"", "{\"code\":\"ThrottlingException\"}", "ThrottlingException", ""},
        {"",
            "<ErrorResponse xmlns=\"x\"><Error><Code>InvalidClientTokenId</Code><Message>The "
            "token &lt;a&gt; &amp; b&#39; is bad</Message></Error></ErrorResponse>",
            "InvalidClientTokenId", "The token <a> & b&#39; is bad"},
        {"", "", "", ""},
        {"", "<UnknownOperationException/>\n", "", ""},
        {"", "{broken", "", ""},
        {"", "<html>502</html>", "", ""},
    };
    struct reply reply = {0};
    char message[64];

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        make_reply(&reply, case_table[i].head, case_table[i].body);
        reply_explain(&reply, message, sizeof message);
        assert_string_equal(reply.service_code, case_table[i].code);
        assert_string_equal(message, case_table[i].message);
    }
    reply_done(&reply);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void headers_of_an_answer_are_understood(void **state)
{
    struct reply reply = {0};
    uint64_t wall = 0, wanted = 0;

    assert_true(clock_parse_iso(TEXT("2026-11-21T11:42:07Z"), &wanted));
    make_reply(&reply,
        "Date: Sat, 21 Nov 2026 11:42:07 GMT\r\nRetry-After: 7\r\nx-amz-crc32: 907060870\r\n",
        "hello");
    assert_true(reply_date(&reply, &wall));
    assert_true(wall == wanted);
    assert_true(reply_retry_after(&reply) == 7 * CLOCK_SECOND);
    assert_true(reply_is_intact(&reply));
    make_reply(&reply, "x-amz-crc32: 907060871\r\n", "hello");
    assert_false(reply_is_intact(&reply));
    make_reply(&reply, "x-amz-crc32: 907060871\r\nContent-Encoding: gzip\r\n", "hello");
    assert_true(reply_is_intact(&reply));
    make_reply(&reply, "x-amz-crc32: what\r\n", "hello");
    assert_false(reply_is_intact(&reply));
    make_reply(&reply, "Date: yesterday\r\nRetry-After: soon\r\n", "hello");
    assert_false(reply_date(&reply, &wall));
    assert_int_equal(reply_retry_after(&reply), 0);
    make_reply(&reply, "Date: Sat, 21 anF 2026 11:42:07 GMT\r\n", "");
    assert_false(reply_date(&reply, &wall));
    assert_true(reply_is_intact(&reply));
    reply_done(&reply);
    (void)state;
}

static void capacity_is_summed_from_where_it_stands(void **state)
{
    static const struct {
        const char *body;
        uint64_t milli;
    } case_table[] = {
        {"{}", 0},
        {"{\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":0.5,\"Table\":"
         "{\"CapacityUnits\":0.5}}}",
            500},
        {"{\"Items\":[],\"ConsumedCapacity\" : [{\"CapacityUnits\":1.5},{\"CapacityUnits\":128}]}",
            129500},
        {"{\"Item\":{\"ConsumedCapacity\":{\"N\":\"5\"},\"s\":{\"S\":\"}\\\"\"}},"
         "\"ConsumedCapacity\":{\"CapacityUnits\":1.0}}",
            1000},
        {"{\"x\":\"ConsumedCapacity\"}", 0},
        {"{\"ConsumedCapacity\":{\"CapacityUnits\":1.0", 0},
        {"{\"ConsumedCapacity\":", 0},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++)
        assert_int_equal(reply_capacity_milli(text_of(case_table[i].body)), case_table[i].milli);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_cancelled_transaction_may_pass_by_itself(void **state)
{
    static const struct {
        const char *body;
        bool passes;
    } case_table[] = {
        {"{\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"TransactionConflict\"}]}",
            true},
        {"{\"CancellationReasons\":[{\"Code\":\"ThrottlingError\"},"
         "{\"Code\":\"TransactionConflict\"}]}",
            true},
        {"{\"CancellationReasons\":[{\"Code\":\"ConditionalCheckFailed\"},"
         "{\"Code\":\"TransactionConflict\"}]}",
            false},
        {"{\"CancellationReasons\":[{\"Code\":\"None\"}]}", false},
        {"{\"Message\":\"x\"}", false},
        {"", false},
    };
    struct reply reply = {0};

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        make_reply(&reply, "", case_table[i].body);
        assert_int_equal(reply_is_passing_cancellation(&reply), case_table[i].passes);
    }
    reply_done(&reply);
    (void)state;
}

static void the_leaves_of_xml_become_members(void **state)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    const struct json *tree = reply_read_xml(
        TEXT("<?xml version=\"1.0\"?>\n<R xmlns=\"u\">\n <G>\n  <Arn>arn:a&amp;b</Arn>\n"
             "  <Account>123456789012</Account><Empty></Empty>\n </G>\n</R>\n"),
        arena, &err);

    assert_non_null(tree);
    assert_int_equal(tree->count, 3);
    assert_true(text_is(json_string_member(tree, "Arn"), "arn:a&b"));
    assert_true(text_is(json_string_member(tree, "Account"), "123456789012"));
    assert_non_null(json_member(tree, "Empty"));
    tree = reply_read_xml(TEXT("<a><b"), arena, &err);
    assert_int_equal(tree->count, 0);
    arena_free(arena);
    (void)state;
}

static void secrets_are_masked_before_they_are_kept(void **state)
{
    static const struct {
        const char *body;
        bool values;
        const char *masked;
    } case_table[] = {
        {"", false, ""},
        {"{\"TableName\":\"t\",\"value\":\"v\"}", false, "{\"TableName\":\"t\",\"value\":\"v\"}"},
        {"{\"id\":\"1\",\"value\" : \"abc\\\"d\",\"n\":1}", true,
            "{\"id\":\"1\",\"value\":\"********\",\"n\":1}"},
        {"{\"headers\":{\"Authorization\":\"Bearer x\",\"x-api-key\":\"k\"}}", false,
            "{\"headers\":{\"Authorization\":\"********\",\"x-api-key\":\"********\"}}"},
        {"{\"multiValueHeaders\":{\"authorization\":[\"a]\",\"b\"],\"x\":[\"y\"]}}", false,
            "{\"multiValueHeaders\":{\"authorization\":\"********\",\"x\":[\"y\"]}}"},
        {"{\"SecretAccessKey\":\"never finished", false, "{\"SecretAccessKey\":\"********\""},
        {"{\"Password\":{\"S\":\"}\"},\"a\":\"SessionToken\"}", false,
            "{\"Password\":\"********\",\"a\":\"SessionToken\"}"},
        {"{\"ExpressionAttributeNames\":{\"#p\":\"password\"},"
         "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}},\"n\":1}",
            false,
            "{\"ExpressionAttributeNames\":{\"#p\":\"password\"},"
            "\"ExpressionAttributeValues\":\"********\",\"n\":1}"},
        {"{\"ExpressionAttributeNames\":{\"#p\":\"page\"},"
         "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}}}",
            false,
            "{\"ExpressionAttributeNames\":{\"#p\":\"page\"},"
            "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}}}"},
        {"{\"uri\":\"https://me:an@hunter2@h/{id}\",\"n\":1}", false,
            "{\"uri\":\"https://********@h/{id}\",\"n\":1}"},
        {"{\"uri\":\"https://h/?token=hunter2&n=1\",\"n\":\"token=5\"}", false,
            "{\"uri\":\"https://h/?token=********&n=1\",\"n\":\"token=5\"}"},
        {"{\"uri\":\"https://me:hunter2@", false, "{\"uri\":\"https://********@"},
        {"{\"uri\":\"https://h:80/a@b\",\"a\":\"://\",\"b\":\"x@y\"}", false,
            "{\"uri\":\"https://h:80/a@b\",\"a\":\"://\",\"b\":\"x@y\"}"},
        {"\"SessionToken\"", false, "\"SessionToken\""},
        {"\"SessionToken\":", false, "\"SessionToken\":"},
        {"\"SessionToken\":[\"x", false, "\"SessionToken\":\"********\""},
    };
    struct buf out;
    char large[MASK_CUT + 100];

    buf_init(&out, 2 * MASK_CUT);
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        buf_clear(&out);
        mask_add_body(&out, text_of(case_table[i].body), case_table[i].values);
        assert_string_equal(buf_string(&out), case_table[i].masked);
    }
    buf_clear(&out);
    memset(large, 'x', sizeof large);
    mask_add_body(&out, text_make(large, sizeof large), false);
    assert_int_equal(out.length, MASK_CUT);
    buf_done(&out);
    (void)state;
}

static void building_survives_every_failed_allocation(void **state)
{
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct request request;
        struct error err = {0};

        request_init(&request);
        mem_fail_at(nth);
        done = !build(&request, &service_apigateway, "GetResources",
            "{\"restApiId\":\"a1\",\"embed\":[\"methods\"],\"limit\":500}", &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        request_done(&request);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

static void counts_are_read_from_answers(void **state)
{
    static const struct {
        const char *body;
        bool found;
        uint64_t scanned, returned;
    } case_table[] = {
        {"{\"Items\":[],\"Count\":3,\"ScannedCount\":12}", true, 12, 3},
        {"{\"Count\": 3, \"Items\": []}", true, 3, 3},
        {"{\"Items\":[{\"Count\":{\"N\":\"7\"}}],\"Count\":1,\"ScannedCount\":2}", true, 2, 1},
        {"{\"Item\":{\"Count\":{\"N\":\"7\"}}}", false, 0, 0},
        {"{\"Count\":12345678901234567890}", false, 0, 0},
        {"", false, 0, 0},
    };
    uint64_t scanned, returned;

    (void)state;
    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        assert_int_equal(reply_counts(text_of(case_table[i].body), &scanned, &returned),
            case_table[i].found);
        assert_int_equal(scanned, case_table[i].scanned);
        assert_int_equal(returned, case_table[i].returned);
    }
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(counts_are_read_from_answers),
        cmocka_unit_test(json_services_take_the_input_as_it_is),
        cmocka_unit_test(rest_members_go_to_path_query_and_body),
        cmocka_unit_test(what_is_missing_or_too_much_is_said),
        cmocka_unit_test(the_query_protocol_sends_a_form),
        cmocka_unit_test(errors_are_read_in_every_shape),
        cmocka_unit_test(headers_of_an_answer_are_understood),
        cmocka_unit_test(capacity_is_summed_from_where_it_stands),
        cmocka_unit_test(a_cancelled_transaction_may_pass_by_itself),
        cmocka_unit_test(the_leaves_of_xml_become_members),
        cmocka_unit_test(secrets_are_masked_before_they_are_kept),
        cmocka_unit_test(building_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
