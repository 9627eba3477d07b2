#include "client/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"

#define ACCESS_KEY "AKIDEXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SUITE_TOKEN "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
#define STS_TOKEN                                                                                  \
    "AQoDYXdzEPT//////////"                                                                        \
    "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth" \
    "Ax7mSEI/qkPpKPi/"                                                                             \
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcH" \
    "NVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iS" \
    "IlTJabIQwj2ICCR/oLxBA=="
#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/*
 * The published Signature Version 4 test suite: 2015-08-30T12:36:00Z, region us-east-1, service
 * "service", host example.amazonaws.com. Headers are "name:value|name:value".
 */
static const struct vector {
    const char *name, *method, *path, *query, *headers, *body, *token, *signed_headers, *signature;
} vector_table[] = {
    {"get-vanilla", "GET", "/", "", "", "", "", "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-empty-query-key", "GET", "/", "Param1=value1", "", "", "", "host;x-amz-date",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", "", "", "",
        "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-order-key", "GET", "/", "Param1=value2&Param1=Value1", "", "", "",
        "host;x-amz-date", "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
    {"get-vanilla-query-order-value", "GET", "/", "Param1=value2&Param1=value1", "", "", "",
        "host;x-amz-date", "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {"get-vanilla-query-order-encoded", "GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        "", "", "", "host;x-amz-date",
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
    {"get-vanilla-query-unreserved", "GET", "/", UNRESERVED "=" UNRESERVED, "", "", "",
        "host;x-amz-date", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query", "GET", "/", "\u1234=bar", "", "", "", "host;x-amz-date",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-vanilla-with-session-token", "GET", "/", "", "", "", SUITE_TOKEN,
        "host;x-amz-date;x-amz-security-token",
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
    {"get-unreserved", "GET", "/" UNRESERVED, "", "", "", "", "host;x-amz-date",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8", "GET", "/\u1234", "", "", "", "", "host;x-amz-date",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-header-key-duplicate", "GET", "/", "",
        "My-Header1:value2|My-Header1:value2|My-Header1:value1", "", "",
        "host;my-header1;x-amz-date",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-multiline", "GET", "/", "", "My-Header1:value1\n  value2\n     value3", "",
        "", "host;my-header1;x-amz-date",
        "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
    {"get-header-value-order", "GET", "/", "",
        "My-Header1:value4|My-Header1:value1|My-Header1:value3|My-Header1:value2", "", "",
        "host;my-header1;x-amz-date",
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim", "GET", "/", "", "My-Header1: value1|My-Header2: \"a   b   c\"", "",
        "", "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla", "POST", "/", "", "", "", "", "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-vanilla-query", "POST", "/", "Param1=value1", "", "", "", "host;x-amz-date",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-header-key-sort", "POST", "/", "", "My-Header1:value1", "", "",
        "host;my-header1;x-amz-date",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-header-value-case", "POST", "/", "", "My-Header1:VALUE1", "", "",
        "host;my-header1;x-amz-date",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-x-www-form-urlencoded", "POST", "/", "",
        "Content-Type:application/x-www-form-urlencoded", "Param1=value1", "",
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters", "POST", "/", "",
        "Content-Type:application/x-www-form-urlencoded; charset=utf8", "Param1=value1", "",
        "content-type;host;x-amz-date",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
    {"post-sts-header-before", "POST", "/", "", "", "", STS_TOKEN,
        "host;x-amz-date;x-amz-security-token",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"get-relative", "GET", "/example/..", "", "", "", "", "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative-relative", "GET", "/example1/example2/../..", "", "", "", "", "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash", "GET", "//", "", "", "", "", "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-dot-slash", "GET", "/./", "", "", "", "", "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-pointless-dot", "GET", "/./example", "", "", "", "", "host;x-amz-date",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {"get-slashes", "GET", "//example//", "", "", "", "", "host;x-amz-date",
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-space", "GET", "/example space/", "", "", "", "", "host;x-amz-date",
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-special-character", "GET", "/example/$delete", "", "", "", "", "host;x-amz-date",
        "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27"},
};

enum { VECTOR_COUNT = sizeof vector_table / sizeof vector_table[0], HEADER_LIMIT = 8 };

static size_t make_headers(struct http_header *out, const char *headers)
{
    struct text rest = text_of(headers), field;
    size_t count = 1;

    out[0] = (struct http_header){TEXT("Host"), TEXT("example.amazonaws.com")};
    while (text_take_field(&rest, '|', &field)) {
        assert_true(count < HEADER_LIMIT && text_take_until(&field, ':', &out[count].name));
        out[count++].value = field;
    }
    return count;
}

static uint64_t suite_time(void)
{
    uint64_t wall;

    assert_true(clock_parse_compact(TEXT("20150830T123600Z"), &wall));
    return wall;
}

static struct sign_request make_request(const struct vector *vector, struct http_header *header)
{
    return (struct sign_request){.method = text_of(vector->method),
        .path = text_of(vector->path),
        .query = text_of(vector->query),
        .header = header,
        .header_count = make_headers(header, vector->headers),
        .body = text_of(vector->body)};
}

static void the_published_cases_are_signed_right(void **state)
{
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        const struct vector *vector = &vector_table[i];
        struct sign_key key = {TEXT(ACCESS_KEY), TEXT(SECRET_KEY), text_of(vector->token)};
        struct http_header header[HEADER_LIMIT];
        struct sign_request request = make_request(vector, header);
        struct sign_result result;
        struct error err = {0};
        char wanted[512];

        snprintf(wanted, sizeof wanted,
            "AWS4-HMAC-SHA256 Credential=" ACCESS_KEY "/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=%s, Signature=%s",
            vector->signed_headers, vector->signature);
        assert_int_equal(sign_request(&key, "us-east-1", "service", suite_time(), &request, &result,
                             &err),
            ERROR_NONE);
        if (strcmp(buf_string(&result.authorization), wanted) != 0)
            fail_msg("%s: %s", vector->name, buf_string(&result.authorization));
        assert_string_equal(result.date, "20150830T123600Z");
        sign_result_done(&result);
        sign_result_done(&result);
    }
    assert_int_equal(mem_live(), 0);
    (void)state;
}

/* What arrives at a server: the headers sent, in another order, some of them not signed. */
static size_t receive_headers(struct http_header *out, const struct sign_request *request,
    const char *date, const char *token, const char *authorization)
{
    size_t count = 0;

    out[count++] = (struct http_header){TEXT("X-Amz-Date"), text_of(date)};
    out[count++] = (struct http_header){TEXT("accept"), TEXT("*/*")};
    for (size_t i = 0; i < request->header_count; i++)
        out[count++] = request->header[i];
    out[count++] = (struct http_header){TEXT("Authorization"), text_of(authorization)};
    if (*token)
        out[count++] = (struct http_header){TEXT("X-Amz-Security-Token"), text_of(token)};
    return count;
}

static void verifying_accepts_what_signing_makes(void **state)
{
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        const struct vector *vector = &vector_table[i];
        struct sign_key key = {TEXT(ACCESS_KEY), TEXT(SECRET_KEY), text_of(vector->token)};
        struct http_header header[HEADER_LIMIT], received[HEADER_LIMIT + 4];
        struct sign_request request = make_request(vector, header), arrived = request;
        struct sign_result result;
        struct sign_claim claim;
        struct error err = {0};

        assert_int_equal(sign_request(&key, "us-east-1", "service", suite_time(), &request, &result,
                             &err),
            ERROR_NONE);
        assert_true(sign_parse(buf_view(&result.authorization), &claim));
        claim.date = text_of(result.date);
        arrived.header = received;
        arrived.header_count = receive_headers(received, &request, result.date, vector->token,
            buf_string(&result.authorization));
        if (!sign_verify(&claim, TEXT(SECRET_KEY), &arrived))
            fail_msg("%s is refused", vector->name);
        assert_false(
            sign_verify(&claim, TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ"), &arrived));
        assert_false(sign_verify(&claim, TEXT(""), &arrived));
        sign_result_done(&result);
    }
    (void)state;
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Another byte in the place of one, of those that mean themselves wherever they stand. */
static void change_byte(char *text, size_t length, uint64_t *seed)
{
    static const char letter[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t at = next_random(seed) % length;
    char before = text[at];

    do
        text[at] = letter[next_random(seed) % (sizeof letter - 1)];
    while (text[at] == before);
}

static void verifying_refuses_every_change_of_one_byte(void **state)
{
    enum { PARTS = 11 };
    uint64_t seed = 20261121;

    for (int round = 0; round < 4000; round++) {
        char part[PARTS][80] = {"POST", "/restapis/a1b2c3/resources", "limit=500&position=x1",
            "apigateway.eu-west-1.amazonaws.com", "application/json", "{\"name\":\"shop\"}",
            "20261121T114207Z", "20261121", "eu-west-1", "apigateway", ""};
        struct http_header header[3] = {{TEXT("host"), text_of(part[3])},
            {TEXT("content-type"), text_of(part[4])}, {TEXT("x-amz-date"), text_of(part[6])}};
        struct sign_request request = {.method = text_of(part[0]),
            .path = text_of(part[1]),
            .query = text_of(part[2]),
            .header = header,
            .header_count = 2,
            .body = text_of(part[5])};
        struct sign_key key = {TEXT("AKIDEXAMPLE"), TEXT(SECRET_KEY), TEXT("")};
        struct sign_claim claim;
        struct sign_result result;
        struct error err = {0};
        size_t which = (size_t)round % PARTS;
        uint64_t wall;

        assert_true(clock_parse_compact(text_of(part[6]), &wall));
        assert_int_equal(sign_request(&key, part[8], part[9], wall, &request, &result, &err),
            ERROR_NONE);
        assert_true(sign_parse(buf_view(&result.authorization), &claim));
        assert_int_equal(claim.signature.length, 64);
        memcpy(part[10], claim.signature.data, 64);
        claim.signature = text_make(part[10], 64);
        claim.date = text_of(part[6]);
        claim.date_stamp = text_of(part[7]);
        claim.region = text_of(part[8]);
        claim.service = text_of(part[9]);
        request.header_count = 3;
        assert_true(sign_verify(&claim, key.secret_key, &request));
        change_byte(part[which], strlen(part[which]), &seed);
        if (sign_verify(&claim, key.secret_key, &request))
            fail_msg("part %zu changed to %s and still accepted", which, part[which]);
        sign_result_done(&result);
    }
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_signed_header_that_is_missing_is_refused(void **state)
{
    struct sign_claim claim;
    struct http_header header[1] = {{TEXT("Host"), TEXT("example.amazonaws.com")}};
    struct sign_request request = {.method = TEXT("GET"),
        .path = TEXT("/"),
        .query = TEXT(""),
        .header = header,
        .header_count = 1,
        .body = TEXT("")};

    assert_true(sign_parse(TEXT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"
                                "service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
                                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        &claim));
    claim.date = TEXT("20150830T123600Z");
    assert_false(sign_verify(&claim, TEXT(SECRET_KEY), &request));
    (void)state;
}

static void a_presigned_query_does_not_sign_its_own_signature(void **state)
{
    struct http_header header[1] = {{TEXT("host"), TEXT("example.amazonaws.com")}};
    struct sign_request request = {.method = TEXT("GET"),
        .path = TEXT("/"),
        .query = TEXT("X-Amz-Expires=300&a=%2F"),
        .header = header,
        .header_count = 1,
        .body = TEXT("")};
    struct sign_claim claim = {.access_key = TEXT(ACCESS_KEY),
        .date_stamp = TEXT("20150830"),
        .region = TEXT("us-east-1"),
        .service = TEXT("service"),
        .terminator = TEXT("aws4_request"),
        .signed_headers = TEXT("host"),
        .signature = TEXT("2c2deb9cbb5e6d8e1ad5b0f4e7b2c18a66a1aa44f4dd4ea91e5ea0b1cde43c6a"),
        .date = TEXT("20150830T123600Z")};
    char signature[64];

    assert_false(sign_verify(&claim, TEXT(SECRET_KEY), &request));
    /* Canonical request and key by the documented steps, written out here once. */
    {
        static const char canonical[] = "GET\n/\nX-Amz-Expires=300&a=%2F\nhost:example.amazonaws."
                                        "com\n\nhost\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b9"
                                        "34ca495991b7852b855";
        uint8_t hash[32], key[32], next[32];
        struct buf text;

        buf_init(&text, 1000);
        crypto_sha256(text_of(canonical), hash);
        buf_add_string(&text,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n");
        crypto_add_hex(&text, hash, sizeof hash);
        crypto_hmac_sha256(TEXT("AWS4" SECRET_KEY), TEXT("20150830"), key);
        crypto_hmac_sha256(text_make((char *)key, 32), TEXT("us-east-1"), next);
        crypto_hmac_sha256(text_make((char *)next, 32), TEXT("service"), key);
        crypto_hmac_sha256(text_make((char *)key, 32), TEXT("aws4_request"), next);
        crypto_hmac_sha256(text_make((char *)next, 32), buf_view(&text), key);
        buf_clear(&text);
        crypto_add_hex(&text, key, sizeof key);
        memcpy(signature, text.data, sizeof signature);
        buf_done(&text);
    }
    claim.signature = text_make(signature, sizeof signature);
    assert_true(sign_verify(&claim, TEXT(SECRET_KEY), &request));
    request.query = TEXT("X-Amz-Expires=300&X-Amz-Signature=abc&a=/");
    assert_true(sign_verify(&claim, TEXT(SECRET_KEY), &request));
    request.query = TEXT("X-Amz-Expires=301&X-Amz-Signature=abc&a=/");
    assert_false(sign_verify(&claim, TEXT(SECRET_KEY), &request));
    (void)state;
}

static void parsing_keeps_what_is_there_and_leaves_the_rest_empty(void **state)
{
    struct sign_claim claim;

    assert_false(sign_parse(TEXT(""), &claim));
    assert_false(sign_parse(TEXT("Bearer x"), &claim));
    assert_false(sign_parse(TEXT("AWS4-HMAC-SHA256x Credential=a"), &claim));
    assert_true(sign_parse(TEXT("AWS4-HMAC-SHA256"), &claim));
    assert_null(claim.access_key.data);
    assert_true(
        sign_parse(TEXT(" AWS4-HMAC-SHA256 Credential=AK/20150830/eu,Signature=s "), &claim));
    assert_true(text_is(claim.access_key, "AK"));
    assert_true(text_is(claim.region, "eu"));
    assert_null(claim.service.data);
    assert_null(claim.terminator.data);
    assert_null(claim.signed_headers.data);
    assert_true(text_is(claim.signature, "s"));
    assert_true(sign_parse(TEXT("AWS4-HMAC-SHA256 Signature=s,SignedHeaders=a;b,Credential=AK/1/r/"
                                "s/aws4_request/x"),
        &claim));
    assert_true(text_is(claim.signed_headers, "a;b"));
    assert_true(text_is(claim.service, "s"));
    assert_true(text_is(claim.terminator, "aws4_request/x"));
    (void)state;
}

static void signing_survives_every_failed_allocation(void **state)
{
    struct sign_key key = {TEXT(ACCESS_KEY), TEXT(SECRET_KEY), TEXT("token")};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct http_header header[HEADER_LIMIT];
        struct sign_request request = make_request(&vector_table[2], header);
        struct sign_result result;
        struct error err = {0};

        mem_fail_at(nth);
        done = !sign_request(&key, "us-east-1", "service", suite_time(), &request, &result, &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        sign_result_done(&result);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(the_published_cases_are_signed_right),
        cmocka_unit_test(verifying_accepts_what_signing_makes),
        cmocka_unit_test(verifying_refuses_every_change_of_one_byte),
        cmocka_unit_test(a_signed_header_that_is_missing_is_refused),
        cmocka_unit_test(a_presigned_query_does_not_sign_its_own_signature),
        cmocka_unit_test(parsing_keeps_what_is_there_and_leaves_the_rest_empty),
        cmocka_unit_test(signing_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
