#include "console/explain.h"

#include "tests/faults/standin.c"
#include "tests/unit/statement_bench.h"

/* The samples of language.md 5, byte for byte: a table with one index, the profile "default". */

static const char request[] =
    "{\"TableName\":\"orders\",\"KeyConditionExpression\":\"#cust = :0 AND #ts BETWEEN :1 AND :2\","
    "\"FilterExpression\":\"#total > :3\",\"ProjectionExpression\":\"#ts, #total\","
    "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\",\"#total\":\"total\"},"
    "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"10\"},\":2\":{\"N\":"
    "\"20\"},\":3\":{\"N\":\"5\"}},\"ScanIndexForward\":false,\"ReturnConsumedCapacity\":"
    "\"TOTAL\"}";

static const char sample[] =
    "plan      Query table orders\n"
    "keys      cust = 'c1'  ts BETWEEN 10 AND 20\n"
    "filter    total > 5  (after the read; what it drops is still charged)\n"
    "returns   ts, total  newest sort key first\n"
    "stop      after 3 rows\n"
    "rejected  byStatus: status is not bound by =\n"
    "cost      at most 128 RCU per page; the table is about 48 MB, 151,000 items (estimates of the "
    "service, about 6 h old)\n"
    "risk      none\n"
    "call      1 or more DynamoDB_20120810.Query\n";

static const char sample_aws[] =
    "aws       aws dynamodb query --table-name orders --key-condition-expression '#cust = :0 AND "
    "#ts BETWEEN :1 AND :2' --filter-expression '#total > :3' --projection-expression '#ts, "
    "#total' --no-scan-index-forward --expression-attribute-names "
    "'{\"#cust\":\"cust\",\"#ts\":\"ts\",\"#total\":\"total\"}' --expression-attribute-values "
    "'{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"10\"},\":2\":{\"N\":\"20\"},\":3\":{\"N\":\"5\"}}' "
    "--return-consumed-capacity TOTAL --region eu-west-1\n";

static const char statement[] =
    "SELECT ts, total FROM orders WHERE cust = 'c1' AND ts BETWEEN 10 AND 20 AND total > 5 ORDER "
    "BY ts DESC LIMIT 3";

static const char config[] = "[default]\nregion = eu-west-1\n"
                             "[profile prod-eu]\nregion = eu-central-1\n";

/* Not connected to anything: EXPLAIN of a known table makes no call. */
static int open_amazon(void **state)
{
    struct buf path;
    char orders[2000], *at;

    bench_open(state);
    buf_init(&path, 4096);
    buf_add_format(&path, "%s/config", buf_string(&bench.home));
    assert_int_equal(file_write(buf_string(&path), text_of(config), 0600, &bench.err), ERROR_NONE);
    setenv("AWS_CONFIG_FILE", buf_string(&path), 1);
    buf_done(&path);
    session_free(bench.session);
    bench.session = session_new(&bench.err);
    assert_non_null(bench.session);
    assert_int_equal(session_connect(bench.session, TEXT("default"), NULL, NULL, NULL, false,
                         &bench.err),
        ERROR_NONE);
    snprintf(orders, sizeof orders, "%s", bench_orders);
    at = strstr(orders, ",{\"IndexName\":\"byOwner\"");
    assert_non_null(at);
    snprintf(at, 4, "]}");
    bench_table(orders);
    bench_simple_table("cfg");
    return 0;
}

static void explain(const char *options, const char *source)
{
    char text[2000];

    snprintf(text, sizeof text, "EXPLAIN %s %s", options, source);
    if (bench_run(text))
        fail_msg("%s: %s", text, bench_error());
}

static void the_sample_of_a_read_is_printed(void **state)
{
    char expected[4000];

    (void)state;
    explain("", statement);
    snprintf(expected, sizeof expected, "%srequest   %s\n", sample, request);
    assert_string_equal(buf_string(&bench.text), expected);
    assert_int_equal(standin_requests(bench.standin), 0);
}

static void commands_are_quoted_for_a_shell(void **state)
{
    char expected[8000];

    (void)state;
    setenv("AWS_SESSION_TOKEN", "token", 1);
    explain("(AWS, CURL)", statement);
    unsetenv("AWS_SESSION_TOKEN");
    snprintf(expected, sizeof expected,
        "%srequest   %s\n%scurl      curl -sS --aws-sigv4 aws:amz:eu-west-1:dynamodb --user "
        "\"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"X-Amz-Security-Token: "
        "$AWS_SESSION_TOKEN\" -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: "
        "DynamoDB_20120810.Query' -d '%s' https://dynamodb.eu-west-1.amazonaws.com/\n",
        sample, request, sample_aws, request);
    assert_string_equal(buf_string(&bench.text), expected);
}

static void the_token_header_needs_a_token_and_quotes_are_escaped(void **state)
{
    (void)state;
    explain("(CURL)", "GET cfg 'it''s'");
    assert_null(strstr(buf_string(&bench.text), "Security-Token"));
    assert_non_null(strstr(buf_string(&bench.text),
        "-d '{\"TableName\":\"cfg\",\"Key\":{\"id\":{\"S\":\"it'\\''s\"}}"));
}

static void keys_are_read_a_hundred_a_call(void **state)
{
    struct buf source;

    (void)state;
    buf_init(&source, 1900);
    buf_add_string(&source, "SELECT * FROM cfg KEYS IN (");
    for (int i = 0; i < 201; i++)
        buf_add_format(&source, "%s'%d'", i > 0 ? ", " : "", i);
    buf_add_char(&source, ')');
    explain("", buf_string(&source));
    buf_done(&source);
    assert_non_null(
        strstr(buf_string(&bench.text), "call      3 or more DynamoDB_20120810.BatchGetItem\n"));
}

static void connect_to(const char *endpoint)
{
    assert_int_equal(session_connect(bench.session, TEXT("default"), endpoint, NULL, endpoint,
                         false, &bench.err),
        ERROR_NONE);
    bench_simple_table("cfg");
    buf_clear(&bench.text);
}

static void commands_go_to_the_endpoint_that_is_said(void **state)
{
    static const char put[] = "PUT cfg {id: 'a', b: b64'AAE='}";
    static const char aws[] =
        "aws       aws dynamodb put-item --table-name cfg --item "
        "'{\"b\":{\"B\":\"AAE=\"},\"id\":{\"S\":\"a\"}}' --return-values ALL_OLD "
        "--return-consumed-capacity TOTAL --cli-binary-format base64 --region eu-west-1 "
        "--endpoint-url ";
    char expected[1000];

    (void)state;
    connect_to("http://127.0.0.1:9/");
    explain("(AWS, CURL)", put);
    snprintf(expected, sizeof expected, "%shttp://127.0.0.1:9\n", aws);
    assert_non_null(strstr(buf_string(&bench.text), expected));
    assert_non_null(strstr(buf_string(&bench.text), "}' http://127.0.0.1:9/\n"));
    assert_null(strstr(buf_string(&bench.text), "note"));
    /* A socket that the AWS CLI does not reach: its command must not meet an account instead. */
    connect_to("unix:/nowhere/it.sock");
    explain("(AWS, CURL)", put);
    snprintf(expected, sizeof expected, "%shttp://localhost\n", aws);
    assert_non_null(strstr(buf_string(&bench.text), expected));
    assert_non_null(strstr(buf_string(&bench.text),
        "}' --unix-socket /nowhere/it.sock http://localhost/\n"
        "note      the AWS CLI cannot speak to a Unix socket; gatehouse serve --listen "
        "ADDRESS:PORT serves on a port\n"));
    explain("(AWS)", "SHOW STREAMS");
    assert_non_null(strstr(buf_string(&bench.text), "aws dynamodbstreams list-streams --region"));
}

static void json_has_the_labels_as_members(void **state)
{
    struct json *json;

    (void)state;
    explain("(JSON)", statement);
    json = json_parse(buf_view(&bench.text), bench.arena, &bench.err);
    assert_non_null(json);
    assert_true(text_is(json_string_member(json, "plan"), "Query table orders"));
    assert_true(text_is(json_at(json, "rejected.0")->text, "byStatus: status is not bound by ="));
    assert_true(text_is(json_string_member(json_at(json, "request.0"), "TableName"), "orders"));
    assert_true(text_is(json_at(json, "call.0")->text, "1 or more DynamoDB_20120810.Query"));
    buf_add_char(&bench.json, '\n');
    assert_string_equal(buf_string(&bench.json), buf_string(&bench.text));
}

static void a_refusal_is_a_line_and_explain_succeeds(void **state)
{
    (void)state;
    explain("", "SELECT * FROM orders WHERE total > 100");
    assert_non_null(strstr(buf_string(&bench.text),
        "refused   exit 8: this needs a Scan of about 48 MB (about 5,900 RCU, from the table's "
        "size, about $0.00073 on demand by the list price of us-east-1, 2024-11); say SCAN or "
        "ALLOW SCAN\n"));
    explain("", "SELECT * FROM orders.byNothing WHERE total > 100");
    assert_string_equal(buf_string(&bench.text),
        "plan      none\nrefused   exit 4: 1:24: orders has no index byNothing\n"
        "note      SHOW INDEXES OF orders lists them\n");
    explain("", "UPDATE orders SET st = 'x' WHERE cust = 'c1'");
    assert_non_null(strstr(buf_string(&bench.text),
        "refused   exit 8: UPDATE writes one item, and its key is not bound: ts is missing\n"));
}

static void a_scan_has_a_price_where_a_bill_is_sent(void **state)
{
    static const char mode[] = "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"}";
    const char *at = strstr(bench_orders, mode);
    char provisioned[2000];

    (void)state;
    explain("", "SCAN orders");
    assert_non_null(strstr(buf_string(&bench.text),
        "cost      about 5,900 RCU for all of it, about $0.00073 on demand by the list price of "
        "us-east-1, 2024-11; the table is about 48 MB, "));
    assert_non_null(at);
    snprintf(provisioned, sizeof provisioned,
        "%.*s\"ProvisionedThroughput\":{\"ReadCapacityUnits\":20}%s", (int)(at - bench_orders),
        bench_orders, at + strlen(mode));
    bench_table(provisioned);
    explain("", "SCAN orders");
    assert_non_null(strstr(buf_string(&bench.text),
        "cost      about 5,900 RCU for all of it, no charge of its own: 293 s of the 20 RCU "
        "provisioned; the table is about 48 MB, "));
    assert_int_equal(session_connect(bench.session, TEXT("local"), NULL, NULL,
                         standin_url(bench.standin), false, &bench.err),
        ERROR_NONE);
    bench_table(bench_orders);
    explain("", "SCAN orders");
    assert_non_null(strstr(buf_string(&bench.text),
        "cost      about 5,900 RCU for all of it; the table is about 48 MB, "));
}

static void a_dry_run_answers_with_the_code_of_the_refusal(void **state)
{
    (void)state;
    bench.session->settings.dry_run = true;
    assert_int_equal(bench_run("SELECT * FROM orders WHERE total > 100"), ERROR_REFUSED);
    assert_int_equal(bench_run("PUT cfg {id: 'a'}"), ERROR_NONE);
    assert_non_null(strstr(buf_string(&bench.text), "plan      PutItem table cfg\n"));
    assert_int_equal(standin_requests(bench.standin), 0);
}

static void risk_says_what_will_be_asked(void **state)
{
    (void)state;
    explain("", "PUT cfg {id: 'a'}");
    assert_non_null(strstr(buf_string(&bench.text), "risk      1 one item\n"));
    explain("", "PUT cfg {id: 'a'}, {id: 'b'}");
    assert_non_null(strstr(buf_string(&bench.text), "risk      2 many items; asks y/N\n"));
    assert_non_null(strstr(buf_string(&bench.text), "call      1 or more DynamoDB_20120810.Batch"));
    snprintf(bench.session->settings.confirm, sizeof bench.session->settings.confirm, "all");
    explain("", "PUT cfg {id: 'a'}");
    assert_non_null(strstr(buf_string(&bench.text), "risk      1 one item; asks y/N\n"));
}

static void a_statement_without_calls_has_a_plan(void **state)
{
    (void)state;
    explain("", "SELECT * FROM orders WHERE cust = 'a' AND cust = 'b'");
    assert_string_equal(buf_string(&bench.text),
        "plan      nothing: no item of orders can satisfy the conditions\n"
        "returns   all attributes\n"
        "rejected  byStatus: status is not bound by =\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_amazon, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_sample_of_a_read_is_printed),
        TEST(commands_are_quoted_for_a_shell),
        TEST(commands_go_to_the_endpoint_that_is_said),
        TEST(the_token_header_needs_a_token_and_quotes_are_escaped),
        TEST(json_has_the_labels_as_members),
        TEST(keys_are_read_a_hundred_a_call),
        TEST(a_refusal_is_a_line_and_explain_succeeds),
        TEST(a_scan_has_a_price_where_a_bill_is_sent),
        TEST(a_dry_run_answers_with_the_code_of_the_refusal),
        TEST(risk_says_what_will_be_asked),
        TEST(a_statement_without_calls_has_a_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
