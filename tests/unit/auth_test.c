#include "endpoint/auth.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/sign.h"
#include "tests/unit/server_bench.h"

/* The handler answers who asked, or the refusal. */
struct bench {
    struct server_bench server;
    struct auth auth;
    struct buf answer, headers;
};

static void handle(void *user, struct exchange *exchange)
{
    struct bench *bench = user;
    const struct identity *identity = exchange_identity(exchange);
    struct arena *arena = exchange_arena(exchange);
    struct auth_refusal refusal;
    const char *text;

    if (auth_check(&bench->auth, exchange, "dynamodb", &refusal))
        text = arena_format(arena, "%s %s %s %s", identity->account, identity->region,
            identity->access_key, identity->service);
    else
        text = arena_format(arena, "%s: %.*s", refusal.type, (int)refusal.message.length,
            refusal.message.data);
    exchange_reply(exchange, 200, NULL, 0, text_of(text));
}

static int open_bench(void **state)
{
    struct bench *bench = mem_new(1, sizeof *bench);

    clock_fix(UINT64_C(1795000020) * CLOCK_SECOND); /* 20261118T110700Z */
    buf_init(&bench->answer, SIZE_MAX);
    buf_init(&bench->headers, SIZE_MAX);
    bench->auth = (struct auth){.mode = ENDPOINT_AUTH_VERIFY,
        .region = "us-east-1",
        .account = "000000000000",
        .access_key = "AKIDEXAMPLE",
        .secret_key = "secret"};
    server_bench_open(&bench->server, handle, bench);
    server_bench_start(&bench->server);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    server_bench_stop(&bench->server);
    http_server_free(bench->server.server);
    buf_done(&bench->answer);
    buf_done(&bench->headers);
    mem_free(bench);
    return 0;
}

static void expect(struct bench *bench, const char *target, const char *headers, const char *body,
    const char *wanted)
{
    struct text text;

    server_bench_ask(&bench->server, "POST", target, headers, text_of(body), &bench->answer);
    text = raw_body(&bench->answer, 0);
    if (!text_is(text, wanted))
        fail_msg("%.*s\nin place of\n%s", (int)text.length, text.data, wanted);
}

/* Headers of a request to / with that body, signed now. */
static const char *sign(struct bench *bench, const char *secret, const char *service,
    const char *body)
{
    const struct http_header header[] = {{TEXT("host"), TEXT("localhost")}};
    const struct sign_key key = {TEXT("AKIDEXAMPLE"), text_of(secret), TEXT("")};
    const struct sign_request request = {.method = TEXT("POST"),
        .path = TEXT("/"),
        .header = header,
        .header_count = 1,
        .body = text_of(body)};
    struct sign_result result = {0};
    struct error err = {0};

    assert_int_equal(sign_request(&key, "eu-west-1", service, clock_wall(), &request, &result,
                         &err),
        0);
    buf_clear(&bench->headers);
    buf_add_format(&bench->headers, "Authorization: %s\r\nX-Amz-Date: %s\r\n",
        buf_string(&result.authorization), result.date);
    sign_result_done(&result);
    return buf_string(&bench->headers);
}

static const char mismatch[] =
    "InvalidSignatureException: The request signature we calculated does not match the signature "
    "you provided. Check your AWS Secret Access Key and signing method. Consult the service "
    "documentation for details.";

static void a_right_signature_passes_and_a_wrong_one_does_not(void **state)
{
    struct bench *bench = *state;

    expect(bench, "/", sign(bench, "secret", "dynamodb", "{}"), "{}",
        "000000000000 eu-west-1 AKIDEXAMPLE dynamodb");
    expect(bench, "/", sign(bench, "wrong", "dynamodb", "{}"), "{}", mismatch);
    expect(bench, "/", sign(bench, "secret", "dynamodb", "{}"), "{ }", mismatch);
    expect(bench, "/?a=b", sign(bench, "secret", "dynamodb", "{}"), "{}", mismatch);
    expect(bench, "/", sign(bench, "secret", "logs", "{}"), "{}",
        "InvalidSignatureException: Credential should be scoped to correct service: 'dynamodb'. ");
    sign(bench, "secret", "dynamodb", "{}");
    buf_add_string(&bench->headers, "X-Amz-Security-Token: t\r\n");
    expect(bench, "/", buf_string(&bench->headers), "{}",
        "UnrecognizedClientException: The security token included in the request is invalid.");
}

static void a_signature_is_good_for_a_quarter_of_an_hour(void **state)
{
    struct bench *bench = *state;

    sign(bench, "secret", "dynamodb", "");
    clock_advance(15 * 60 * CLOCK_SECOND);
    expect(bench, "/", buf_string(&bench->headers), "",
        "000000000000 eu-west-1 AKIDEXAMPLE dynamodb");
    clock_advance(CLOCK_SECOND);
    expect(bench, "/", buf_string(&bench->headers), "",
        "InvalidSignatureException: Signature expired: 20261118T110700Z is now earlier than "
        "20261118T110701Z (20261118T112201Z - 15 min.)");
}

static void expect_refused(struct bench *bench, const char *algorithm, const char *credential,
    const char *signed_headers, const char *date, const char *wanted)
{
    char headers[1024];

    snprintf(headers, sizeof headers,
        "Authorization: %s Credential=%s, SignedHeaders=%s, Signature=00\r\nX-Amz-Date: %s\r\n",
        algorithm, credential, signed_headers, date);
    expect(bench, "/", headers, "{}", wanted);
}

#define NOW "20261118T110700Z"
#define AWS4 "AWS4-HMAC-SHA256"

static void what_is_wrong_first_is_told(void **state)
{
    struct bench *bench = *state;

    expect_refused(bench, "AWS4-X", "a", "b", "today",
        "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got 'today'. See "
        "http://en.wikipedia.org/wiki/ISO_8601");
    expect_refused(bench, "AWS4-X", "a", "b", "20261118T105159Z",
        "InvalidSignatureException: Signature expired: 20261118T105159Z is now earlier than "
        "20261118T105200Z (20261118T110700Z - 15 min.)");
    expect_refused(bench, "AWS4-X", "a", "b", "20261118T112201Z",
        "InvalidSignatureException: Signature not yet current: 20261118T112201Z is still later "
        "than 20261118T112200Z (20261118T110700Z + 15 min.)");
    expect_refused(bench, "AWS4-X", "a", "b", NOW,
        "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS "
        "Authorization.");
    expect_refused(bench, "AWS4-X", "a", "host", NOW,
        "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-X'. ");
    expect_refused(bench, AWS4, "a/b/c", "host", NOW,
        "IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, "
        "e.g. keyid/date/region/service/term, got 'a/b/c'");
    expect_refused(bench, AWS4, "K/20261118//dynamodb/aws4_request", "host", NOW,
        "InvalidSignatureException: Credential should be scoped to a valid region, not ''. ");
    expect_refused(bench, AWS4, "K/20261118/eu-west-1/logs/aws4_request", "host", NOW,
        "InvalidSignatureException: Credential should be scoped to correct service: 'dynamodb'. ");
    expect_refused(bench, AWS4, "K/20261118/eu-west-1/dynamodb/aws5", "host", NOW,
        "InvalidSignatureException: Credential should be scoped with a valid terminator: "
        "'aws4_request', not 'aws5'. ");
    expect_refused(bench, AWS4, "K/20261117/eu-west-1/dynamodb/aws4_request", "host", NOW,
        "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 "
        "version of date from HTTP: '20261117' != '20261118', from '20261118T110700Z'.");
    expect_refused(bench, AWS4, "K/20261118/eu-west-1/dynamodb/aws4_request", "host", NOW,
        "UnrecognizedClientException: The security token included in the request is invalid.");
    expect_refused(bench, AWS4, "AKIDEXAMPLE/20261118/eu-west-1/dynamodb/aws4_request", "host", NOW,
        mismatch);
}

static void parsing_takes_any_key_and_off_takes_anything(void **state)
{
    struct bench *bench = *state;

    bench->auth.mode = ENDPOINT_AUTH_PARSE;
    expect_refused(bench, AWS4, "K/1/eu-west-1/s3/x", "b", "d", "000000000000 eu-west-1 K s3");
    expect_refused(bench, AWS4, "K", "b", "d", "000000000000 us-east-1 K ");
    expect(bench, "/", "", "",
        "MissingAuthenticationTokenException: Request is missing Authentication Token");
    expect(bench, "/",
        "Authorization: AWS4-HMAC-SHA256 Credential=K/1/eu-west-1/s3/x, Signature=0\r\n", "",
        "IncompleteSignatureException: Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "Authorization=AWS4-HMAC-SHA256 Credential=K/1/eu-west-1/s3/x, Signature=0");
    expect(bench,
        "/?X-Amz-Algorithm=A&X-Amz-Credential=K%2F1%2Feu-west-1%2Fs3%2Fx&X-Amz-Signature=0&"
        "X-Amz-SignedHeaders=host&X-Amz-Date=d",
        "", "", "000000000000 eu-west-1 K s3");
    bench->auth.mode = ENDPOINT_AUTH_OFF;
    expect(bench, "/", "", "", "000000000000 us-east-1  ");
    expect(bench, "/", "Authorization: Bearer x\r\n", "", "000000000000 us-east-1  ");
}

static void names_that_do_not_fit_fall_back(void **state)
{
    struct bench *bench = *state;

    bench->auth.mode = ENDPOINT_AUTH_PARSE;
    expect_refused(bench, AWS4,
        "K/1/a-region-name-that-is-longer-than-31-bytes/dynamodb/aws4_request", "b", "d",
        "000000000000 us-east-1 K dynamodb");
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_right_signature_passes_and_a_wrong_one_does_not),
        BENCH_TEST(a_signature_is_good_for_a_quarter_of_an_hour),
        BENCH_TEST(what_is_wrong_first_is_told),
        BENCH_TEST(parsing_takes_any_key_and_off_takes_anything),
        BENCH_TEST(names_that_do_not_fit_fall_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
