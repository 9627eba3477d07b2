#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/mask.h"

static void a_name_is_told_whatever_its_case_and_hyphens(void **state)
{
    static const char *const secret_table[] = {"password", "Password", "PASSWORD", "api_key",
        "x-api-key", "Authorization", "client-secret", "clientSecret", "accessToken", "token",
        "X-Amz-Security-Token"};
    static const char *const plain_table[] = {"", "key", "pass", "NextToken", "tokens", "status",
        "page", "secretary", "passwords", "an-authorization"};

    for (size_t i = 0; i < sizeof secret_table / sizeof *secret_table; i++)
        assert_true(mask_is_secret(text_of(secret_table[i])));
    for (size_t i = 0; i < sizeof plain_table / sizeof *plain_table; i++)
        assert_false(mask_is_secret(text_of(plain_table[i])));
    (void)state;
}

static void what_stands_for_a_secret_name_in_a_statement_is_masked(void **state)
{
    static const char *const case_table[][2] = {
        {"PUT users {id: 'u', password: 'hunter2'}", "PUT users {id: 'u', password: '********'}"},
        {"PUT users {\"id\": \"u\", \"password\": \"hunt\"\"er2\"}",
            "PUT users {\"id\": \"u\", \"password\": \"********\"}"},
        {"UPDATE users 'u' SET password='hunter2', n = 1",
            "UPDATE users 'u' SET password='********', n = 1"},
        {"UPDATE users 'u' SET password = b64'AAE=', n = 1",
            "UPDATE users 'u' SET password = b64'********', n = 1"},
        {"PUT users {id: 'u', token: ['a', 'b]', {c: 'd'}], n: 'x'}",
            "PUT users {id: 'u', token: ********, n: 'x'}"},
        {"PUT users {id: 'u', token: <<'a'>>, n: 'x'}",
            "PUT users {id: 'u', token: ********, n: 'x'}"},
        {"INVOKE 'GET /pets?api_key=abc&n=1' OF shop/prod",
            "INVOKE 'GET /pets?api_key=********&n=1' OF shop/prod"},
        {"INVOKE 'GET /p' OF s HEADERS {'x-api-key': 'abc', accept: 'text/plain'}",
            "INVOKE 'GET /p' OF s HEADERS {'x-api-key': '********', accept: 'text/plain'}"},
        {"INVOKE 'GET /p' OF s HEADERS {`Authorization`:\n  'Bearer abc'}",
            "INVOKE 'GET /p' OF s HEADERS {`Authorization`:\n  '********'}"},
        {"INVOKE 'POST /p' OF s HEADERS {x: 'bearer abc'}",
            "INVOKE 'POST /p' OF s HEADERS {x: 'bearer ********'}"},
        {"INVOKE 'POST /p' OF s BODY '{\"user\":\"u\",\"password\":\"abc\"}'",
            "INVOKE 'POST /p' OF s BODY '{\"user\":\"u\",\"password\":********'"},
        {"INVOKE 'POST /p' OF s BODY \"{\\\"password\\\":\\\"abc\\\"}\"",
            "INVOKE 'POST /p' OF s BODY \"{\\\"password\\\":********\""},
        {"CONNECT p ENDPOINT 'http://me:abc@host:80/x'",
            "CONNECT p ENDPOINT 'http://********@host:80/x'"},
        {"CONNECT p ENDPOINT 'http://me:a@b@host/x@y'",
            "CONNECT p ENDPOINT 'http://********@host/x@y'"},
        {"API apigateway.CreateApiKey {name: 'k', value: 'abc'}",
            "API apigateway.CreateApiKey {name: 'k', value: '********'}"},
        {"\\set password 'abc def'", "\\set password ********"},
        {"PUT users {password: 'never finished", "PUT users {password: '********"},
    };
    struct buf out;

    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        buf_clear(&out);
        assert_true(mask_add_statement(&out, text_of(case_table[i][0])));
        assert_string_equal(buf_string(&out), case_table[i][1]);
        assert_true(mask_finds_secret(text_of(case_table[i][0])));
    }
    buf_done(&out);
    (void)state;
}

static void a_source_keeps_its_lines_and_columns(void **state)
{
    struct buf out;

    buf_init(&out, 4096);
    assert_true(mask_add_source(&out, TEXT("PUT u {password:\n 'h\u00e9\n x', n: 1} IF")));
    assert_string_equal(buf_string(&out), "PUT u {password:\n '**\n**', n: 1} IF");
    buf_clear(&out);
    assert_true(mask_add_source(&out, TEXT(" \\set token  'abc'")));
    assert_string_equal(buf_string(&out), " \\set token  *****");
    buf_clear(&out);
    assert_true(mask_add_source(&out, TEXT("CONNECT p ENDPOINT 'http://me:abc@h/?token=ab&c=d'")));
    assert_string_equal(buf_string(&out), "CONNECT p ENDPOINT 'http://******@h/?token=**&c=d'");
    buf_done(&out);
    (void)state;
}

static void a_statement_without_secrets_stays_as_it_is(void **state)
{
    static const char *const case_table[] = {
        "",
        "SELECT * FROM users WHERE password = :p AND token IS MISSING",
        "BEGIN WRITE TOKEN 'transfer-4711'",
        "UPDATE t 'a' SET tokens = 5, page = 'token'",
        "CREATE KEY `secret` VALUE FROM 'keys/secret.txt'",
        "CONNECT p ENDPOINT 'http://host:80/a@b'",
        "INVOKE 'GET /pets?tag=new&limit=3' OF shop/prod HEADERS {accept: 'a/b'}",
        "CREATE AUTHORIZER a OF s JWT ISSUER 'https://i' AUDIENCE ('basic')",
        "SELECT id FROM t WHERE note = 'it''s 50% of ://x'",
        "API ListTables {ExclusiveStartTableName: 'a', value: 'b'}",
        "\\set limit 10",
        "\\set password",
    };
    struct buf out;

    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        buf_clear(&out);
        assert_false(mask_add_statement(&out, text_of(case_table[i])));
        assert_string_equal(buf_string(&out), case_table[i]);
        assert_false(mask_finds_secret(text_of(case_table[i])));
    }
    buf_done(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_told_whatever_its_case_and_hyphens),
        cmocka_unit_test(what_stands_for_a_secret_name_in_a_statement_is_masked),
        cmocka_unit_test(a_source_keeps_its_lines_and_columns),
        cmocka_unit_test(a_statement_without_secrets_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
