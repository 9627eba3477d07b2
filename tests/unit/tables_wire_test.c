#include "endpoint/endpoint.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "endpoint/compress.h"
#include "endpoint/tables/operations.h"
#include "tests/unit/raw_client.h"

/* The wire of the tables (tables.md 1) over real HTTP, against the whole endpoint. */
struct bench {
    struct buf folder, socket, answer, request;
    struct endpoint *endpoint;
    struct endpoint_options options;
    pthread_t thread;
};

static void *run_endpoint(void *endpoint)
{
    endpoint_run(endpoint);
    return NULL;
}

static void start(struct bench *bench)
{
    struct error err = {0};

    bench->endpoint = endpoint_new(&bench->options, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(pthread_create(&bench->thread, NULL, run_endpoint, bench->endpoint), 0);
}

static void stop(struct bench *bench)
{
    endpoint_stop(bench->endpoint);
    pthread_join(bench->thread, NULL);
    endpoint_free(bench->endpoint);
}

static int open_bench(void **state)
{
    static struct bench bench;
    struct error err = {0};

    bench = (struct bench){0};
    buf_init(&bench.folder, 4096);
    buf_init(&bench.socket, 4096);
    buf_init(&bench.answer, SIZE_MAX);
    buf_init(&bench.request, SIZE_MAX);
    assert_int_equal(file_make_temporary("wire", &bench.folder, &err), 0);
    buf_add_format(&bench.socket, "%s/s", buf_string(&bench.folder));
    bench.options = (struct endpoint_options){.folder = buf_string(&bench.folder),
        .unix_socket = buf_string(&bench.socket),
        .listen = "127.0.0.1:0",
        .memory = true,
        .access_key = "AKIDEXAMPLE",
        .secret_key = "secret"};
    start(&bench);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    stop(bench);
    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
    buf_done(&bench->socket);
    buf_done(&bench->answer);
    buf_done(&bench->request);
    return 0;
}

static void restart(struct bench *bench)
{
    stop(bench);
    start(bench);
}

static int connect_to(const struct bench *bench)
{
    int client = raw_connect(endpoint_port(bench->endpoint));

    assert_true(client >= 0);
    return client;
}

/* Sends what stands in bench->request and reads one answer; its status, 0 when there is none. */
static int exchange_on(struct bench *bench, int client)
{
    buf_clear(&bench->answer);
    if (!raw_send_bytes(client, bench->request.data, bench->request.length) ||
        raw_read_answer(client, &bench->answer, 0) == 0)
        return 0;
    return raw_status(&bench->answer, 0);
}

static int exchange(struct bench *bench)
{
    int client = connect_to(bench), status = exchange_on(bench, client);

    close(client);
    return status;
}

static void make_request(struct bench *bench, const char *method, const char *target,
    const char *headers, struct text body)
{
    buf_clear(&bench->request);
    buf_add_format(&bench->request,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n%s\r\n", method, target,
        body.length, headers);
    buf_add_text(&bench->request, body);
}

#define JSON_TYPE "Content-Type: application/x-amz-json-1.0\r\n"
#define TARGET(operation) "X-Amz-Target: DynamoDB_20120810." operation "\r\n"
#define SIGNED                                                                                     \
    "Authorization: AWS4-HMAC-SHA256 Credential=AK/20261118/us-east-1/dynamodb/aws4_request, "     \
    "SignedHeaders=host;x-amz-date, Signature=00\r\nX-Amz-Date: 20261118T110700Z\r\n"
#define CALL(operation)                                                                            \
    JSON_TYPE TARGET(operation)                                                                    \
    SIGNED

static struct text body_of(const struct bench *bench)
{
    return raw_body(&bench->answer, 0);
}

static void expect(struct bench *bench, int status, const char *wanted)
{
    struct text body = body_of(bench);
    int got = raw_status(&bench->answer, 0);

    if (got != status || !text_is(body, wanted))
        fail_msg("%.*s\n%d %.*s\nin place of\n%d %s", (int)bench->request.length,
            bench->request.data, got, (int)body.length, body.data, status, wanted);
}

static void expect_crc(const struct bench *bench)
{
    char sum[24];

    snprintf(sum, sizeof sum, "%lu", (unsigned long)crypto_crc32(body_of(bench)));
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amz-crc32"), sum));
}

/* Operation with a body, signed for parsing alone. */
static int ask(struct bench *bench, const char *operation, const char *body)
{
    char headers[1024];

    snprintf(headers, sizeof headers, JSON_TYPE "X-Amz-Target: DynamoDB_20120810.%s\r\n" SIGNED,
        operation);
    make_request(bench, "POST", "/", headers, text_of(body));
    return exchange(bench);
}

#define TABLE                                                                                      \
    "{\"TableName\":\"books\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["      \
    "{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}],\"KeySchema\":["                          \
    "{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}]}"

#define CORAL "{\"__type\":\"com.amazon.coral.service#"
#define SERIALIZATION CORAL "SerializationException\"}"
#define UNKNOWN CORAL "UnknownOperationException\"}"
#define NO_TOKEN                                                                                   \
    CORAL "MissingAuthenticationTokenException\",\"message\":\"Request is missing "                \
          "Authentication Token\"}"
#define NOT_JSON "<UnknownOperationException/>\n"
#define BAD_AUTH "Authorization: AWS4-HMAC-SHA256 Credential=AK/1/us-east-1/dynamodb/x\r\n"

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

/* Signs what the query of a presigned request leaves open. */
/* token: a parameter with '&' in front of it, or "". */
static void presign(const char *secret, const char *token, const char *body, struct buf *target)
{
    struct buf text, query, date;
    uint8_t hash[32], key[32], next[32];
    const struct text step_table[] = {TEXT("us-east-1"), TEXT("dynamodb"), TEXT("aws4_request")};

    buf_init(&text, 8192);
    buf_init(&query, 4096);
    buf_init(&date, 64);
    clock_add_compact(&date, clock_wall());
    buf_add_format(&query,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%%2F%.8s%%2Fus-east-1%%2F"
        "dynamodb%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=900%s&X-Amz-SignedHeaders=host",
        date.data, buf_string(&date), token);
    crypto_sha256(text_of(body), hash);
    buf_add_format(&text, "POST\n/\n%s\nhost:localhost\n\nhost\n", buf_string(&query));
    crypto_add_hex(&text, hash, sizeof hash);
    crypto_sha256(buf_view(&text), hash);
    buf_clear(&text);
    buf_add_format(&text, "AWS4%s", secret);
    crypto_hmac_sha256(buf_view(&text), text_slice(buf_view(&date), 0, 8), key);
    for (size_t i = 0; i < 3; i++) {
        crypto_hmac_sha256(text_make((const char *)key, sizeof key), step_table[i], next);
        memcpy(key, next, sizeof key);
    }
    buf_clear(&text);
    buf_add_format(&text, "AWS4-HMAC-SHA256\n%s\n%.8s/us-east-1/dynamodb/aws4_request\n",
        buf_string(&date), date.data);
    crypto_add_hex(&text, hash, sizeof hash);
    crypto_hmac_sha256(text_make((const char *)key, sizeof key), buf_view(&text), next);
    buf_add_format(target, "/?%s&X-Amz-Signature=", buf_string(&query));
    crypto_add_hex(target, next, sizeof next);
    buf_done(&text);
    buf_done(&query);
    buf_done(&date);
}

static void a_presigned_request_is_verified(void **state)
{
    static const char mismatch[] =
        CORAL "InvalidSignatureException\",\"message\":\"The request signature we calculated does "
              "not match the signature you provided. Check your AWS Secret Access Key and signing "
              "method. Consult the service documentation for details.\"}";
    struct bench *bench = *state;
    struct buf target;

    stop(bench);
    bench->options.auth = ENDPOINT_AUTH_VERIFY;
    start(bench);
    buf_init(&target, 8192);
    presign("secret", "", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 200, "{\"TableNames\":[]}");
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{ }"));
    exchange(bench);
    expect(bench, 400, mismatch);
    buf_clear(&target);
    presign("wrong", "", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 400, mismatch);
    buf_clear(&target);
    presign("secret", "&X-Amz-Security-Token=t", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 400,
        CORAL "UnrecognizedClientException\",\"message\":\"The security token included in the "
              "request is invalid.\"}");
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    assert_int_equal(exchange(bench), 400);
    assert_true(
        text_find(body_of(bench), TEXT("service#InvalidSignatureException"), 0) != SIZE_MAX);
    buf_done(&target);
}

static int on_socket(struct bench *bench, const char *method, const char *body)
{
    int client = raw_connect_unix(buf_string(&bench->socket)), status;

    make_request(bench, method, "/_gatehouse/faults", "", text_of(body));
    status = exchange_on(bench, client);
    close(client);
    return status;
}

static void fault_rules_are_set_on_the_socket(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    make_request(bench, "POST", "/_gatehouse/faults", "", TEXT("[{\"answer\":\"throttle\"}]"));
    exchange(bench);
    expect(bench, 403,
        "{\"message\":\"fault rules are set on the unix socket, over TCP only with admin-on-tcp "
        "on\"}");
    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"throttle\",\"count\":1}]"), 200);
    expect(bench, 200, "[{\"rate\":1,\"count\":1,\"answer\":\"throttle\",\"hits\":0}]");
    assert_int_equal(ask(bench, "Scan", "{\"TableName\":\"books\"}"), 400);
    assert_int_equal(ask(bench, "Scan", "{\"TableName\":\"books\"}"), 200);
    assert_int_equal(on_socket(bench, "GET", ""), 200);
    expect(bench, 200, "[{\"rate\":1,\"count\":1,\"answer\":\"throttle\",\"hits\":1}]");
    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"melt\"}]"), 400);
    expect(bench, 400,
        "{\"message\":\"rule 1: answer is one of throttle, conflict, unprocessed, delay, drop, "
        "lost\"}");
    assert_int_equal(on_socket(bench, "POST", "not json"), 400);
    assert_int_equal(on_socket(bench, "PUT", "[]"), 405);
    assert_int_equal(on_socket(bench, "DELETE", ""), 200);
    expect(bench, 200, "[]");
    bench->options.admin_on_tcp = true;
    restart(bench);
    make_request(bench, "POST", "/_gatehouse/faults", "", TEXT("[]"));
    exchange(bench);
    expect(bench, 200, "[]");
}

static void a_connection_can_be_dropped_before_or_after(void **state)
{
    static const char get[] = "{\"TableName\":\"books\",\"Key\":{\"id\":{\"S\":\"a\"}}}";
    static const char put[] = "{\"TableName\":\"books\",\"Item\":{\"id\":{\"S\":\"a\"}}}";
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    assert_int_equal(on_socket(bench, "POST",
                         "[{\"operation\":\"PutItem\",\"answer\":\"drop\",\"count\":1},"
                         "{\"operation\":\"PutItem\",\"answer\":\"lost\",\"count\":1,"
                         "\"delay_ms\":10}]"),
        200);
    assert_int_equal(ask(bench, "PutItem", put), 0);
    assert_int_equal(ask(bench, "GetItem", get), 200);
    expect(bench, 200, "{}");
    assert_int_equal(ask(bench, "PutItem", put), 0);
    assert_int_equal(ask(bench, "GetItem", get), 200);
    expect(bench, 200, "{\"Item\":{\"id\":{\"S\":\"a\"}}}");
    assert_int_equal(ask(bench, "PutItem", put), 200);
}

static void a_stop_does_not_wait_for_what_is_held_back(void **state)
{
    struct bench *bench = *state;
    uint64_t started = clock_monotonic();
    int client;

    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"delay\",\"delay_ms\":60000}]"), 200);
    client = connect_to(bench);
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    assert_true(raw_send_bytes(client, bench->request.data, bench->request.length));
    while (on_socket(bench, "GET", "") != 200 ||
           text_find(body_of(bench), TEXT("\"hits\":1"), 0) == SIZE_MAX)
        assert_true(clock_monotonic() - started < 10 * CLOCK_SECOND);
    restart(bench);
    assert_true(clock_monotonic() - started < 20 * CLOCK_SECOND);
    close(client);
}

/* False when the system does not give that many. */
static bool take_descriptors(rlim_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max < wanted)
        return false;
    if (limit.rlim_cur < wanted)
        limit.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void a_thousand_connections_of_one_address_are_served(void **state)
{
    enum { OVER_TCP = 1000, OVER_UNIX = 24, ALL = OVER_TCP + OVER_UNIX };
    struct bench *bench = *state;
    static int client[ALL];
    int one_more;

    if (!take_descriptors(2 * ALL + 200))
        skip();
    for (int i = 0; i < ALL; i++) {
        client[i] = i < OVER_TCP ? raw_connect(endpoint_port(bench->endpoint))
                                 : raw_connect_unix(buf_string(&bench->socket));
        assert_true(client[i] >= 0);
    }
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    for (int i = 0; i < ALL; i++)
        if (!raw_send_bytes(client[i], bench->request.data, bench->request.length))
            fail_msg("connection %d takes no request", i);
    for (int i = 0; i < ALL; i++) {
        buf_clear(&bench->answer);
        if (raw_read_answer(client[i], &bench->answer, 0) == 0)
            fail_msg("connection %d is not answered", i);
        expect(bench, 200, "{\"TableNames\":[]}");
    }
    one_more = connect_to(bench);
    assert_int_equal(exchange_on(bench, one_more), 0);
    close(one_more);
    for (int i = 0; i < ALL; i++)
        close(client[i]);
    for (int i = 0; i < 1000 && exchange(bench) != 200; i++)
        continue;
    expect(bench, 200, "{\"TableNames\":[]}"); /* there is room again */
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

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
        BENCH_TEST(a_presigned_request_is_verified),
        BENCH_TEST(fault_rules_are_set_on_the_socket),
        BENCH_TEST(a_connection_can_be_dropped_before_or_after),
        BENCH_TEST(a_stop_does_not_wait_for_what_is_held_back),
        BENCH_TEST(a_thousand_connections_of_one_address_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
