#include "endpoint/compress.h"
#include "endpoint/tables/operations.h"
#include "tests/unit/wire_support.h"

/* The wire of the tables (tables.md 1) over real HTTP, against the whole endpoint. */

/* Each request breaks the rule of its row and a later one; the row answers. */
static const struct {
    const char *name, *method, *target, *headers, *body;
    int status;
    const char *wanted;
} order_table[] = {
    {"row 3: a browser's question, whatever else", "OPTIONS", "/",
        "Origin: http://x\r\nContent-Encoding: br\r\nContent-Type: text/plain\r\n", "{", 200, ""},
    {"row 4: health, with a target that does not exist", "GET", "/", TARGET("None"), "", 200,
        "healthy: dynamodb.us-east-1.amazonaws.com "},
    {"row 5: not POST, unknown target", "PUT", "/", JSON_TYPE TARGET("None"), "{", 404, NOT_JSON},
    {"row 5: another type, no authentication", "POST", "/",
        "Content-Type: application/x-amz-json-1.1\r\n" TARGET("Scan"), "{", 404, NOT_JSON},
    {"row 5: no type at all", "POST", "/", TARGET("Scan") SIGNED, "{}", 404, NOT_JSON},
    {"row 6: a coding that is not known, unknown target", "POST", "/",
        JSON_TYPE TARGET("None") "Content-Encoding: deflate\r\n", "{}", 400, SERIALIZATION},
    {"row 6: broken gzip, no authentication", "POST", "/",
        JSON_TYPE TARGET("Scan") "Content-Encoding: gzip\r\n", "{}", 400, SERIALIZATION},
    {"row 6: broken JSON, unknown target", "POST", "/", JSON_TYPE TARGET("None") SIGNED, "{]", 400,
        SERIALIZATION},
    {"row 6: broken JSON, no authentication", "POST", "/", JSON_TYPE TARGET("Scan"), "{]", 400,
        SERIALIZATION},
    {"row 7: unknown target, both kinds of authentication", "POST",
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", JSON_TYPE TARGET("None") SIGNED, "{}", 400, UNKNOWN},
    {"row 7: no target, no authentication", "POST", "/", JSON_TYPE "X-Amz-Target: \r\n" SIGNED,
        "{}", 400, UNKNOWN},
    {"row 7: an older version of the API", "POST", "/",
        JSON_TYPE "X-Amz-Target: DynamoDB_20111205.Scan\r\n" SIGNED, "{}", 400, UNKNOWN},
    {"row 7: an operation of the streams under the other name", "POST", "/",
        JSON_TYPE TARGET("GetShardIterator"), "{}", 400, UNKNOWN},
    {"row 8: both, and the header lacks parts", "POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
        JSON_TYPE TARGET("Scan") BAD_AUTH, "null", 400,
        CORAL "InvalidSignatureException\",\"message\":\"Found both 'X-Amz-Algorithm' as a "
              "query-string param and 'Authorization' as HTTP header.\"}"},
    {"row 9: neither, and the body is null", "POST", "/", JSON_TYPE TARGET("Scan"), "null", 400,
        NO_TOKEN},
    {"row 9: another scheme", "POST", "/",
        JSON_TYPE TARGET("Scan") "Authorization: Bearer AWS4-x\r\n", "{\"TableName\":1}", 400,
        NO_TOKEN},
    {"row 10: parts are missing, and the body has a wrong type", "POST", "/",
        JSON_TYPE TARGET("Scan") BAD_AUTH, "{\"TableName\":1}", 400,
        CORAL "IncompleteSignatureException\",\"message\":\"Authorization header requires "
              "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
              "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
              "header. Authorization=AWS4-HMAC-SHA256 Credential=AK/1/us-east-1/dynamodb/x\"}"},
    {"row 10: presigned, parts are missing", "POST",
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1", JSON_TYPE TARGET("Scan"), "", 400,
        CORAL "IncompleteSignatureException\",\"message\":\"AWS query-string parameters must "
              "include 'X-Amz-Credential'. AWS query-string parameters must include "
              "'X-Amz-Signature'. AWS query-string parameters must include "
              "'X-Amz-SignedHeaders'. Re-examine the query-string parameters.\"}"},
    {"row 12: an empty body", "POST", "/", CALL("Scan"), "", 400, SERIALIZATION},
    {"row 12: null", "POST", "/", CALL("Scan"), "null", 400, SERIALIZATION},
    {"row 12: a list", "POST", "/", CALL("Scan"), "[]", 400, SERIALIZATION},
    {"row 12: a type, before what else is wrong", "POST", "/", CALL("Scan"),
        "{\"Select\":\"x\",\"TableName\":{}}", 400,
        CORAL "SerializationException\",\"Message\":\"Start of structure or map found where not "
              "expected\",\"message\":\"Start of structure or map found where not expected\"}"},
    {"row 13: validation, before the table is looked up", "POST", "/", CALL("Scan"),
        "{\"TableName\":\"nosuch\",\"Segment\":0}", 400,
        "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"The "
        "TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present\"}"},
    {"row 13: the operation, at any path", "POST", "/whatever?a=b", CALL("Scan"),
        "{\"TableName\":\"nosuch\"}", 400,
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\",\"message\":"
        "\"Requested resource not found\"}"},
};

static void checks_come_in_the_order_of_the_service(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof order_table / sizeof order_table[0]; i++) {
        make_request(bench, order_table[i].method, order_table[i].target, order_table[i].headers,
            text_of(order_table[i].body));
        if (exchange(bench) == 0)
            fail_msg("%s: no answer", order_table[i].name);
        expect(bench, order_table[i].status, order_table[i].wanted);
    }
}

static bool is_of_streams(const char *name)
{
    return strcmp(name, "ListStreams") == 0 || strcmp(name, "DescribeStream") == 0 ||
           strcmp(name, "GetShardIterator") == 0 || strcmp(name, "GetRecords") == 0;
}

static void an_operation_answers_to_one_target_alone(void **state)
{
    static const char *const prefix_table[] = {"DynamoDB_20120810", "DynamoDBStreams_20120810"};
    struct bench *bench = *state;
    const struct operation *operation;

    for (size_t i = 0; (operation = operation_nth(i)); i++)
        for (int stream = 0; stream < 2; stream++) {
            char headers[1024];
            bool is_unknown;

            snprintf(headers, sizeof headers, JSON_TYPE "X-Amz-Target: %s.%s\r\n" SIGNED,
                prefix_table[stream], operation->name);
            make_request(bench, "POST", "/", headers, TEXT("{}"));
            assert_true(exchange(bench) > 0);
            is_unknown = text_is(body_of(bench), UNKNOWN);
            if (is_unknown == (is_of_streams(operation->name) == (stream == 1)))
                fail_msg("%s.%s: %.*s", prefix_table[stream], operation->name,
                    (int)body_of(bench).length, body_of(bench).data);
        }
}

static bool is_request_id(struct text id)
{
    for (size_t i = 0; i < id.length; i++)
        if (!((id.data[i] >= 'A' && id.data[i] <= 'Z') || (id.data[i] >= '0' && id.data[i] <= '9')))
            return false;
    return id.length == 52;
}

static void every_answer_has_the_headers_of_the_service(void **state)
{
    static const struct {
        const char *headers, *body, *type;
        bool origin;
    } case_table[] = {
        {CALL("ListTables"), "{}", "application/x-amz-json-1.0", false},
        {CALL("ListTables") "Origin: http://x\r\n", "{}", "application/x-amz-json-1.0", true},
        {"Content-Type: application/json\r\n" TARGET("ListTables") SIGNED, "{}", "application/json",
            false},
        {"Content-Type: Application/JSON ; charset=utf-8\r\n" TARGET("ListTables") SIGNED
            "Origin: null\r\n",
            "{", "application/json", true},
        {CALL("Scan"), "{}", "application/x-amz-json-1.0", false},
        {JSON_TYPE TARGET("Scan") "Origin: http://x\r\n", "{}", "application/x-amz-json-1.0", true},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        int client = connect_to(bench);
        struct text origin;

        make_request(bench, "POST", "/", case_table[i].headers, text_of(case_table[i].body));
        assert_true(exchange_on(bench, client) > 0);
        assert_true(is_request_id(raw_header(&bench->answer, 0, "x-amzn-RequestId")));
        assert_true(text_is(raw_header(&bench->answer, 0, "Content-Type"), case_table[i].type));
        assert_true(text_is(raw_header(&bench->answer, 0, "Server"), "Server"));
        assert_int_equal(raw_header(&bench->answer, 0, "Date").length, 29);
        expect_crc(bench);
        origin = raw_header(&bench->answer, 0, "Access-Control-Allow-Origin");
        assert_true(case_table[i].origin ? text_is(origin, "*") : !origin.data);
        assert_true(exchange_on(bench, client) > 0); /* kept alive, after refusals too */
        close(client);
    }
}

static void an_operation_without_output_answers_nothing(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    ask(bench, "TagResource",
        "{\"ResourceArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/books\",\"Tags\":["
        "{\"Key\":\"a\",\"Value\":\"b\"}]}");
    expect(bench, 200, "");
    assert_true(text_is(raw_header(&bench->answer, 0, "Content-Length"), "0"));
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amz-crc32"), "0"));
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, 52);
}

static void request_ids_are_unique(void **state)
{
    enum { COUNT = 2000 };
    static char id[COUNT][52];
    struct bench *bench = *state;
    int client = connect_to(bench);

    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(exchange_on(bench, client), 200);
        memcpy(id[i], raw_header(&bench->answer, 0, "x-amzn-RequestId").data, 52);
    }
    close(client);
    qsort(id, COUNT, 52, compare_ids);
    for (int i = 1; i < COUNT; i++)
        assert_memory_not_equal(id[i - 1], id[i], 52);
}

static void browsers_are_told_what_they_asked(void **state)
{
    struct bench *bench = *state;

    make_request(bench, "OPTIONS", "/",
        "Origin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: x-amz-target,authorization\r\n",
        TEXT(""));
    exchange(bench);
    expect(bench, 200, "");
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Origin"), "*"));
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Methods"), "POST"));
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Allow-Headers"),
        "x-amz-target,authorization"));
    assert_true(text_is(raw_header(&bench->answer, 0, "Access-Control-Max-Age"), "172800"));
}

/* A table with one item of that many bytes of text. */
static void fill(struct bench *bench, size_t size)
{
    struct buf body;

    buf_init(&body, SIZE_MAX);
    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    buf_add_string(&body,
        "{\"TableName\":\"books\",\"Item\":{\"id\":{\"S\":\"a\"},\"t\":{\"S\":\"");
    buf_add_repeat(&body, 'x', size);
    buf_add_string(&body, "\"}}}");
    assert_int_equal(ask(bench, "PutItem", buf_string(&body)), 200);
    buf_done(&body);
}

/* The answer to a GetItem of the large item with that header. */
static struct text coding_for(struct bench *bench, const char *accept)
{
    struct buf headers;

    buf_init(&headers, 4096);
    buf_add_format(&headers, "%s%s", CALL("GetItem"), accept);
    make_request(bench, "POST", "/", buf_string(&headers),
        TEXT("{\"TableName\":\"books\",\"Key\":{\"id\":{\"S\":\"a\"}}}"));
    assert_int_equal(exchange(bench), 200);
    expect_crc(bench);
    buf_done(&headers);
    return raw_header(&bench->answer, 0, "Content-Encoding");
}

static void large_answers_are_packed_as_the_client_likes(void **state)
{
    static const struct {
        const char *accept, *coding;
    } case_table[] = {
        {"", NULL},
        {"Accept-Encoding: gzip\r\n", "gzip"},
        {"Accept-Encoding: deflate\r\n", "deflate"},
        {"Accept-Encoding: deflate, gzip\r\n", "deflate"},
        {"Accept-Encoding: gzip;q=0.2, deflate;q=0.8\r\n", "deflate"},
        {"Accept-Encoding: gzip;q=7, deflate;q=1\r\n", "gzip"},
        {"Accept-Encoding: br, zstd, gzip;q=0.001\r\n", "gzip"},
        {"Accept-Encoding: *\r\n", "gzip"},
        {"Accept-Encoding: gzip;q=0, deflate;q=0.0\r\n", NULL},
        {"Accept-Encoding: identity\r\n", NULL},
        {"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", NULL}, /* the first header counts */
        {"Accept-Encoding: GZIP\r\n", "gzip"},
    };
    struct bench *bench = *state;
    struct buf plain;

    fill(bench, 5000);
    buf_init(&plain, SIZE_MAX);
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        struct text coding = coding_for(bench, case_table[i].accept);

        if (case_table[i].coding ? !text_is(coding, case_table[i].coding) : coding.data != NULL)
            fail_msg("%s: %.*s", case_table[i].accept, (int)coding.length, coding.data);
        if (!coding.data)
            assert_int_equal(body_of(bench).length, 5000 + strlen("{'Item':{'id':{'S':'a'},"
                                                                  "'t':{'S':''}}}"));
        else if (text_is(coding, "gzip")) {
            buf_clear(&plain);
            assert_int_equal(compress_read_gzip(body_of(bench), &plain), COMPRESS_OK);
            assert_true(text_starts_with(buf_view(&plain),
                TEXT("{\"Item\":{\"id\":{\"S\":\"a\"},\"t\":{\"S\":\"xxx")));
        }
    }
    buf_done(&plain);
}

static void only_answers_beyond_4096_bytes_are_packed(void **state)
{
    struct bench *bench = *state;

    fill(bench, 4096 - strlen("{'Item':{'id':{'S':'a'},'t':{'S':''}}}"));
    assert_null(coding_for(bench, "Accept-Encoding: gzip\r\n").data);
    assert_int_equal(body_of(bench).length, 4096);
    assert_int_equal(
        ask(bench, "UpdateItem",
            "{\"TableName\":\"books\",\"Key\":{\"id\":{\"S\":\"a\"}},"
            "\"UpdateExpression\":\"SET n = :n\",\"ExpressionAttributeValues\":{\":n\":"
            "{\"S\":\"\"}}}"),
        200);
    assert_true(text_is(coding_for(bench, "Accept-Encoding: gzip\r\n"), "gzip"));
}

static void requests_may_come_packed(void **state)
{
    struct bench *bench = *state;
    struct buf packed, plain;

    buf_init(&packed, SIZE_MAX);
    buf_init(&plain, SIZE_MAX);
    assert_true(compress_write(TEXT("{\"Limit\":1}"), COMPRESS_GZIP, &packed));
    make_request(bench, "POST", "/", CALL("ListTables") "Content-Encoding: gzip\r\n",
        buf_view(&packed));
    exchange(bench);
    expect(bench, 200, "{\"TableNames\":[]}");
    make_request(bench, "POST", "/", CALL("ListTables") "Content-Encoding: identity\r\n",
        TEXT("{}"));
    exchange(bench);
    expect(bench, 200, "{\"TableNames\":[]}");
    /* 16 MB are 16 MB unpacked. */
    buf_clear(&packed);
    buf_add_string(&plain, "{}");
    buf_add_repeat(&plain, ' ', (16 << 20) - 1);
    assert_true(compress_write(buf_view(&plain), COMPRESS_GZIP, &packed));
    make_request(bench, "POST", "/", CALL("ListTables") "Content-Encoding: gzip\r\n",
        buf_view(&packed));
    assert_int_equal(exchange(bench), 413);
    assert_int_equal(body_of(bench).length, 0);
    buf_done(&packed);
    buf_done(&plain);
}

static void a_body_of_16_mb_is_taken_and_one_byte_more_is_not(void **state)
{
    struct bench *bench = *state;
    struct buf body;
    int client;

    buf_init(&body, SIZE_MAX);
    buf_add_string(&body, "{}");
    buf_add_repeat(&body, ' ', (16 << 20) - 2);
    make_request(bench, "POST", "/", CALL("ListTables"), buf_view(&body));
    assert_int_equal(exchange(bench), 200);
    buf_done(&body);
    client = connect_to(bench);
    assert_true(raw_send(client,
        "POST / HTTP/1.1\r\nHost: x\r\n" CALL("ListTables") "Content-Length: 16777217\r\n\r\n"));
    buf_clear(&bench->answer);
    assert_true(raw_read_to_end(client, &bench->answer));
    assert_int_equal(raw_status(&bench->answer, 0), 413);
    assert_true(text_is(raw_header(&bench->answer, 0, "Transfer-Encoding"), "chunked"));
    assert_true(text_ends_with(buf_view(&bench->answer), TEXT("\r\n\r\n0\r\n\r\n")));
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(checks_come_in_the_order_of_the_service),
        BENCH_TEST(an_operation_answers_to_one_target_alone),
        BENCH_TEST(every_answer_has_the_headers_of_the_service),
        BENCH_TEST(an_operation_without_output_answers_nothing),
        BENCH_TEST(request_ids_are_unique),
        BENCH_TEST(browsers_are_told_what_they_asked),
        BENCH_TEST(large_answers_are_packed_as_the_client_likes),
        BENCH_TEST(only_answers_beyond_4096_bytes_are_packed),
        BENCH_TEST(requests_may_come_packed),
        BENCH_TEST(a_body_of_16_mb_is_taken_and_one_byte_more_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
