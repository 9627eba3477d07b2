#include "console/statements/write.h"

#include "tests/faults/standin.c"
#include "tests/unit/statement_bench.h"

/* Running writes and statements about tables: calls made, rows returned, what a failure says. */

static bool notes_hold(const char *text)
{
    return strstr(buf_string(&bench.notes), text) != NULL;
}

static const char failed_with_item[] =
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",\"message\":"
    "\"The conditional request failed\",\"Item\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"17\"},"
    "\"st\":{\"S\":\"void\"}}}";
static const char failed[] =
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",\"message\":"
    "\"The conditional request failed\"}";

static void a_failed_condition_says_what_is_there_now(void **state)
{
    (void)state;
    bench_fault(400, failed_with_item);
    assert_int_equal(bench_run("UPDATE orders 'c1', 17 SET st = 'paid' IF st = 'new'"),
        ERROR_CONDITION);
    assert_string_equal(bench.err.text, "UpdateItem orders {cust: 'c1', ts: 17}: "
                                        "ConditionalCheckFailedException: The conditional request "
                                        "failed");
    assert_non_null(strstr(bench.err.hint, "st is 'void' now"));
    assert_int_equal(bench.err.line, 1);
    assert_int_equal(bench.err.column, 1);
    standin_clear(bench.standin);
    bench_fault(400, failed);
    assert_int_equal(bench_run("UPDATE orders 'c1', 17 SET st = 'paid'"), ERROR_CONDITION);
    assert_non_null(strstr(bench.err.hint, "no such item"));
    standin_clear(bench.standin);
    bench_fault(400, failed_with_item);
    assert_int_equal(bench_run("INSERT INTO orders VALUE {cust: 'c1', ts: 17}"), ERROR_CONDITION);
    assert_non_null(strstr(bench.err.hint, "exists already"));
    assert_string_equal(buf_string(&bench.rows), "");
}

static void rows_come_only_with_return(void **state)
{
    (void)state;
    bench_answer(
        "{\"Attributes\":{\"n\":{\"N\":\"1\"}},\"ConsumedCapacity\":{\"CapacityUnits\":1.5}}");
    assert_int_equal(bench_run("UPSERT cfg 'cnt' SET n = 1 RETURN UPDATED NEW"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin\n{\"n\":1}\nend\n");
    assert_true(notes_hold("footer: 1 item written  1.5 WCU  "));
    assert_int_equal(bench_run("UPSERT cfg 'cnt' SET n = 1"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "");
    assert_int_equal(bench_run("PUT cfg {id: 'a', v: 2} RETURN NEW"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin\n{\"id\":\"a\",\"v\":2}\nend\n");
}

static void one_item_with_its_key_is_never_asked_about(void **state)
{
    (void)state;
    bench_answer("{}");
    assert_int_equal(bench_run("PUT cfg {id: 'a'}"), ERROR_NONE);
    assert_int_equal(bench_run("DELETE FROM cfg 'a'"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.asked), "");
    assert_int_equal(bench_run("PUT cfg {id: 'a'}, {id: 'b'}"), ERROR_NONE);
    assert_memory_equal(buf_string(&bench.asked), "Put 2 items into table cfg?|", 28);
}

static void a_refused_question_makes_no_call(void **state)
{
    char described[3000];

    (void)state;
    bench.says_no = true;
    assert_int_equal(bench_run("PUT cfg {id: 'a'}, {id: 'b'}"), ERROR_REFUSED);
    assert_int_equal(bench_run("API PutItem {}"), ERROR_REFUSED);
    assert_int_equal(standin_requests(bench.standin), 0);
    snprintf(described, sizeof described, "{\"Table\":%s}", bench_orders);
    bench_answer(described);
    assert_int_equal(bench_run("DROP TABLE orders"), ERROR_REFUSED);
    assert_int_equal(standin_requests(bench.standin), 1);
}

static void a_put_that_would_replace_shows_the_difference_first(void **state)
{
    struct job job = bench_job();
    struct tree *tree = bench_parse("PUT orders {cust: 'c1', ts: 17, st: 'new', n: 1}");

    (void)state;
    bench.session->is_interactive = true;
    job.who = "prompt";
    bench_fault(400, failed_with_item);
    bench_answer("{}");
    assert_int_equal(job_run(&job, tree, &bench.err), ERROR_NONE);
    assert_non_null(strstr(buf_string(&bench.asked), "Replace the item of table orders?|"));
    assert_non_null(strstr(buf_string(&bench.asked), "  n: - -> 1\n  st: 'void' -> 'new'\n"));
    assert_int_equal(standin_requests(bench.standin), 2);
    assert_non_null(strstr(bench_request(0), "\"attribute_not_exists(#cust)\""));
    assert_non_null(strstr(bench_request(1), "\"#cust = :0 AND #ts = :1 AND #st = :2\""));
    /* In a script it is one plain PutItem. */
    standin_clear(bench.standin);
    bench_answer("{}");
    assert_int_equal(bench_run("PUT orders {cust: 'c1', ts: 17}"), ERROR_NONE);
    assert_null(strstr(bench_request(0), "ConditionExpression"));
}

static void several_inserts_report_conflicts(void **state)
{
    (void)state;
    bench_answer("{}");
    bench_fault(400, failed);
    bench_answer("{}");
    assert_int_equal(bench_run("INSERT INTO cfg (id) VALUES ('a'), ('b'), ('c')"), ERROR_PARTIAL);
    assert_string_equal(bench.err.text, "1 of 3 items exist already");
    assert_true(notes_hold("note: {id: 'b'} exists already\n"));
    assert_true(notes_hold("footer: 2 items written"));
    standin_clear(bench.standin);
    bench_fault(400, failed);
    assert_int_equal(bench_run("INSERT INTO cfg (id) VALUES ('a'), ('b') ON CONFLICT SKIP"),
        ERROR_NONE);
    assert_true(notes_hold("note: 2 of 2 exist already\n"));
    assert_int_equal(bench_run("INSERT INTO cfg (id) VALUES ('a'), ('b')"), ERROR_CONDITION);
}

static void batches_hold_25_and_send_again_what_is_left(void **state)
{
    struct buf source;

    (void)state;
    buf_init(&source, 1 << 16);
    buf_add_string(&source, "INSERT INTO cfg (id) VALUES ('0')");
    for (int i = 1; i < 30; i++)
        buf_add_format(&source, ", ('%d')", i);
    buf_add_string(&source, " ON CONFLICT REPLACE");
    bench_answer(
        "{\"UnprocessedItems\":{\"cfg\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"3\"}}}}]}"
        "}");
    bench_answer("{\"UnprocessedItems\":{}}");
    assert_int_equal(bench_run(buf_string(&source)), ERROR_NONE);
    assert_int_equal(standin_requests(bench.standin), 3);
    assert_string_equal(bench_request(1),
        "{\"RequestItems\":{\"cfg\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"3\"}}}}]},"
        "\"ReturnConsumedCapacity\":\"TOTAL\"}");
    assert_true(notes_hold("footer: 30 items written"));
    buf_done(&source);
}

static void items_left_for_ever_go_to_a_reject_file(void **state)
{
    const char *path;
    struct buf content;

    (void)state;
    bench_answer(
        "{\"UnprocessedItems\":{\"cfg\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"b\"}}}}]}"
        "}");
    assert_int_equal(bench_run("PUT cfg {id: 'a'}, {id: 'b'}"), ERROR_PARTIAL);
    assert_int_equal(standin_requests(bench.standin), 9);
    assert_memory_equal(bench.err.text, "1 of 2 items are not written: ", 30);
    path = strstr(bench.err.text, "they are in ");
    assert_non_null(path);
    buf_init(&content, 1 << 16);
    assert_int_equal(file_read(path + 12, &content, &bench.err), ERROR_NONE);
    assert_memory_equal(buf_string(&content), "{\"Item\":{\"id\":{\"S\":\"b\"}},\"op\":\"PutItem\"",
        39);
    buf_done(&content);
}

static void a_write_that_is_not_idempotent_is_not_repeated(void **state)
{
    (void)state;
    setenv("AWS_MAX_ATTEMPTS", "4", 1);
    bench_close(state);
    bench_open(state);
    standin_add(bench.standin, (struct standin_answer){.fault = STANDIN_NO_ANSWER});
    assert_int_equal(bench_run("UPDATE orders 'c1', 17 SET n = n + 1"), ERROR_NETWORK);
    assert_int_equal(standin_requests(bench.standin), 1);
    assert_memory_equal(bench.err.text, "UpdateItem orders {cust: 'c1', ts: 17}: ", 40);
}

static void deletes_of_nothing_count_when_asked(void **state)
{
    (void)state;
    bench_answer("{}");
    assert_int_equal(bench_run("DELETE FROM cfg 'a'"), ERROR_NONE);
    bench.session->settings.fail_empty = true;
    assert_int_equal(bench_run("DELETE FROM cfg 'a'"), ERROR_MISSING);
    assert_non_null(strstr(bench_request(1), "\"ReturnValues\":\"ALL_OLD\""));
}

static void create_table_waits_until_it_is_active(void **state)
{
    static const char creating[] =
        "{\"Table\":{\"TableName\":\"tab\",\"TableStatus\":\"CREATING\"}}";
    static const char active[] =
        "{\"Table\":{\"TableName\":\"tab\",\"TableStatus\":\"ACTIVE\",\"KeySchema\":[{"
        "\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{"
        "\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}}";

    (void)state;
    clock_fix(UINT64_C(1767225600) * CLOCK_SECOND); /* naps end at once */
    bench_answer("{}");
    bench_answer(creating);
    bench_answer(active);
    assert_int_equal(bench_run("CREATE TABLE tab (id S HASH)"), ERROR_NONE);
    assert_int_equal(standin_requests(bench.standin), 4);
    assert_true(notes_hold("note: table tab is ACTIVE\n"));
    assert_int_equal(bench_run("CREATE TABLE IF NOT EXISTS tab (id S HASH)"), ERROR_NONE);
    assert_true(notes_hold("note: the table exists; nothing is done\n"));
}

static void a_new_table_can_be_like_another(void **state)
{
    char described[3000];

    (void)state;
    snprintf(described, sizeof described, "{\"Table\":%s}", bench_orders);
    bench_answer(described);
    assert_int_equal(bench_run("EXPLAIN CREATE TABLE tab LIKE orders"), ERROR_NONE);
    assert_non_null(strstr(buf_string(&bench.text),
        "request   {\"TableName\":\"tab\",\"AttributeDefinitions\":[{\"AttributeName\":\"cust\","));
    assert_non_null(strstr(buf_string(&bench.text),
        "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byStatus\",\"KeySchema\":[{\"AttributeName\":"
        "\"status\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"ts\",\"KeyType\":\"RANGE\"}],"
        "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"total\"]}}"));
    assert_non_null(strstr(buf_string(&bench.text), "\"BillingMode\":\"PAY_PER_REQUEST\"}"));
}

static void drop_table_asks_for_the_name_and_waits(void **state)
{
    char described[3000];

    (void)state;
    clock_fix(UINT64_C(1767225600) * CLOCK_SECOND);
    snprintf(described, sizeof described, "{\"Table\":%s}", bench_orders);
    bench_answer(described);
    bench_answer("{}");
    bench_answer(described);
    bench_fault(400, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"gone\"}");
    assert_int_equal(bench_run("DROP TABLE orders"), ERROR_NONE);
    assert_non_null(strstr(buf_string(&bench.asked),
        "Drop table orders with about 151,000 items (48 MB)? This cannot be undone.|"));
    assert_non_null(strstr(buf_string(&bench.asked), "|orders\n"));
    assert_int_equal(standin_requests(bench.standin), 4);
    assert_true(notes_hold("note: table orders is gone\n"));
    assert_int_equal(bench_run("DROP TABLE orders"), ERROR_NOT_FOUND);
    assert_int_equal(bench_run("DROP TABLE IF EXISTS orders"), ERROR_NONE);
    assert_true(notes_hold("note: no such table; nothing is done\n"));
}

static void show_tables_lists_all_pages_and_matches_here(void **state)
{
    (void)state;
    bench_answer("{\"TableNames\":[\"cfg\",\"prod-a\"],\"LastEvaluatedTableName\":\"prod-a\"}");
    bench_answer("{\"TableNames\":[\"prod-b\"]}");
    bench_answer("{\"Table\":{\"TableName\":\"prod-a\",\"TableStatus\":\"ACTIVE\",\"ItemCount\":5,"
                 "\"TableSizeBytes\":100}}");
    bench_fault(400, "{\"__type\":\"x#UnknownOperationException\",\"message\":\"\"}");
    bench_fault(400, "{\"__type\":\"x#UnknownOperationException\",\"message\":\"\"}");
    bench_answer("{\"Table\":{\"TableName\":\"prod-b\",\"TableStatus\":\"CREATING\"}}");
    assert_int_equal(bench_run("SHOW TABLES LIKE 'prod-%'"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows),
        "begin name,status,items,bytes,mode,indexes,stream,ttl,pitr,protected,class\n"
        "{\"bytes\":100,\"class\":\"standard\",\"indexes\":0,\"items\":5,\"mode\":\"provisioned\","
        "\"name\":\"prod-a\",\"protected\":false,\"status\":\"ACTIVE\"}\n"
        "{\"bytes\":0,\"class\":\"standard\",\"indexes\":0,\"items\":0,\"mode\":\"provisioned\","
        "\"name\":\"prod-b\",\"protected\":false,\"status\":\"CREATING\"}\nend\n");
    assert_string_equal(bench_request(1), "{\"ExclusiveStartTableName\":\"prod-a\"}");
    assert_int_equal(standin_requests(bench.standin), 6);
}

static void describe_prints_text_and_the_answers_as_json(void **state)
{
    char described[3000];

    (void)state;
    snprintf(described, sizeof described, "{\"Table\":%s}", bench_orders);
    bench_answer(described);
    bench_answer("{\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"ENABLED\",\"AttributeName\":"
                 "\"expires\"}}");
    bench_fault(400, "{\"__type\":\"x#UnknownOperationException\",\"message\":\"\"}");
    assert_int_equal(bench_run("DESCRIBE orders"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.text),
        "table       orders\n"
        "status      ACTIVE\n"
        "key         cust STRING HASH, ts NUMBER RANGE\n"
        "index       byStatus (status STRING HASH, ts NUMBER RANGE) INCLUDE (total)\n"
        "index       byOwner (owner STRING HASH) KEYS ONLY\n"
        "capacity    ON DEMAND\n"
        "size        about 151,000 items, 48 MB  (estimates of the service, about 6 h old)\n"
        "arn         arn:aws:dynamodb:eu-west-1:1:table/orders\n"
        "ttl         expires\n"
        "pitr        not offered here\n");
    assert_memory_equal(buf_string(&bench.json), "{\"Table\":{\"TableName\":\"orders\"", 30);
}

static void an_api_call_is_sent_as_given(void **state)
{
    (void)state;
    bench_answer("{\"A\":[1,{\"b\":true}],\"E\":{}}");
    assert_int_equal(bench_run("API DescribeLimits {x: [1, 'a', null], y: b64'AAE='}"), ERROR_NONE);
    assert_string_equal(bench_request(0), "{\"x\":[1,\"a\",null],\"y\":\"AAE=\"}");
    assert_string_equal(buf_string(&bench.text),
        "{\n  \"A\": [\n    1,\n    {\n      \"b\": true\n    }\n  ],\n  \"E\": {}\n}\n");
    assert_string_equal(buf_string(&bench.json), "{\"A\":[1,{\"b\":true}],\"E\":{}}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failed_condition_says_what_is_there_now),
        TEST(rows_come_only_with_return),
        TEST(one_item_with_its_key_is_never_asked_about),
        TEST(a_refused_question_makes_no_call),
        TEST(a_put_that_would_replace_shows_the_difference_first),
        TEST(several_inserts_report_conflicts),
        TEST(batches_hold_25_and_send_again_what_is_left),
        TEST(items_left_for_ever_go_to_a_reject_file),
        TEST(a_write_that_is_not_idempotent_is_not_repeated),
        TEST(deletes_of_nothing_count_when_asked),
        TEST(create_table_waits_until_it_is_active),
        TEST(a_new_table_can_be_like_another),
        TEST(drop_table_asks_for_the_name_and_waits),
        TEST(show_tables_lists_all_pages_and_matches_here),
        TEST(describe_prints_text_and_the_answers_as_json),
        TEST(an_api_call_is_sent_as_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
