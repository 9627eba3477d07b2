#include "console/statements/read.h"

#include "tests/faults/standin.c"
#include "tests/unit/statement_bench.h"

/* Running reads: which pages are asked for, what reaches the sink, what the footer says. */

static const char page_one[] =
    "{\"Items\":[{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"1\"}},{\"cust\":{\"S\":\"c1\"},\"ts\":{"
    "\"N\":\"2\"}}],\"Count\":2,\"ScannedCount\":1452,\"LastEvaluatedKey\":{\"cust\":{\"S\":\"c1\"}"
    ","
    "\"ts\":{\"N\":\"2\"}},\"ConsumedCapacity\":{\"TableName\":\"orders\",\"CapacityUnits\":59.0}}";
static const char page_empty[] =
    "{\"Items\":[],\"Count\":0,\"ScannedCount\":1000,\"LastEvaluatedKey\":{\"cust\":{\"S\":\"c1\"},"
    "\"ts\":{\"N\":\"9\"}},\"ConsumedCapacity\":{\"CapacityUnits\":59.5}}";
static const char page_last[] = "{\"Items\":[{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"10\"}}],"
                                "\"Count\":1,\"ScannedCount\":452}";

static const char row_1[] = "{\"cust\":\"c1\",\"ts\":1}\n";
static const char row_2[] = "{\"cust\":\"c1\",\"ts\":2}\n";
static const char row_10[] = "{\"cust\":\"c1\",\"ts\":10}\n";

static void expect_rows(const char *format, const char *a, const char *b, const char *c)
{
    char expected[2000];

    snprintf(expected, sizeof expected, "begin\n%s%s%s%s\n", a, b, c, format);
    assert_string_equal(buf_string(&bench.rows), expected);
}

static bool notes_hold(const char *text)
{
    return strstr(buf_string(&bench.notes), text) != NULL;
}

static void all_pages_are_read_and_an_empty_one_is_not_the_end(void **state)
{
    (void)state;
    bench_answer(page_one);
    bench_answer(page_empty);
    bench_answer(page_last);
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1'"), ERROR_NONE);
    expect_rows("end", row_1, row_2, row_10);
    assert_int_equal(standin_requests(bench.standin), 3);
    assert_non_null(strstr(bench_request(1),
        "\"ExclusiveStartKey\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"2\"}}"));
    assert_non_null(strstr(bench_request(2), "\"ts\":{\"N\":\"9\"}}"));
    assert_true(notes_hold("footer: 3 rows  2,904 scanned  3 pages  118.5 RCU  "));
    assert_false(notes_hold("more:"));
}

static void a_limit_counts_rows_delivered_and_next_goes_on_behind_the_last(void **state)
{
    (void)state;
    bench_answer(page_one);
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1' AND x = 1 LIMIT 1"), ERROR_NONE);
    expect_rows("end more", row_1, "", "");
    assert_true(notes_hold("more: NEXT or START 'eyJjdXN0Ijp7IlMiOiJjMSJ9LCJ0cyI6eyJOIjoiMSJ9fQ'"));
    assert_int_equal(standin_requests(bench.standin), 1);
    standin_clear(bench.standin);
    bench_answer(page_empty);
    bench_answer(page_last);
    assert_int_equal(bench_run("NEXT 2"), ERROR_NONE);
    expect_rows("end", row_10, "", "");
    assert_non_null(
        strstr(bench_request(0), "\"ExclusiveStartKey\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":"
                                 "\"1\"}}"));
    assert_non_null(strstr(bench_request(0), "\"FilterExpression\":\"#x = :1\""));
    assert_int_equal(bench_run("NEXT"), ERROR_USAGE);
    assert_string_equal(bench.err.text, "the last read came to its end");
}

static void next_reads_one_page_where_nothing_limits(void **state)
{
    (void)state;
    bench_answer(page_one);
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1' EXAMINE 1452"), ERROR_NONE);
    assert_non_null(strstr(bench_request(0), "\"Limit\":1452"));
    expect_rows("end more", row_1, row_2, "");
    standin_clear(bench.standin);
    bench_answer(page_last);
    assert_int_equal(bench_run("NEXT"), ERROR_NONE);
    assert_non_null(strstr(bench_request(0), "\"Limit\":1452"));
}

static void a_next_that_fails_can_be_said_again(void **state)
{
    (void)state;
    bench_answer(page_one);
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1' LIMIT 1"), ERROR_NONE);
    standin_clear(bench.standin);
    bench_fault(400, "{\"__type\":\"x#AccessDeniedException\",\"message\":\"no\"}");
    assert_int_equal(bench_run("NEXT"), ERROR_ACCESS);
    assert_string_equal(buf_string(&bench.rows), "");
    standin_clear(bench.standin);
    bench_answer(page_last);
    assert_int_equal(bench_run("NEXT"), ERROR_NONE);
    assert_non_null(strstr(bench_request(0), "\"ts\":{\"N\":\"1\"}}"));
    expect_rows("end", row_10, "", "");
}

static void a_token_goes_on_where_it_says(void **state)
{
    (void)state;
    bench_answer(page_last);
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1' START "
                               "'eyJjdXN0Ijp7IlMiOiJjMSJ9LCJ0cyI6eyJOIjoiMSJ9fQ'"),
        ERROR_NONE);
    assert_non_null(strstr(bench_request(0),
        "\"ExclusiveStartKey\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"1\"}}"));
}

static void a_missing_item_is_an_error_without_rows(void **state)
{
    (void)state;
    bench_answer("{\"ConsumedCapacity\":{\"CapacityUnits\":0.5}}");
    assert_int_equal(bench_run("GET orders 'c1', 17"), ERROR_MISSING);
    assert_string_equal(bench.err.text, "orders has no item {cust: 'c1', ts: 17}");
    assert_string_equal(buf_string(&bench.rows), "");
    assert_string_equal(buf_string(&bench.notes), "");
    /* SELECT of the same key finds no rows, which is no error. */
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust = 'c1' AND ts = 17"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin\nend\n");
    bench.session->settings.fail_empty = true;
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust = 'c1' AND ts = 17"),
        ERROR_MISSING);
}

static void excluded_ends_and_local_filters_drop_rows_here(void **state)
{
    (void)state;
    bench_answer(page_last);
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust = 'c1' AND ts >= 5 AND ts < 10"),
        ERROR_NONE);
    expect_rows("end", "", "", "");
    bench_answer(page_last);
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust = 'c1' FILTER LOCAL ts > 3"),
        ERROR_NONE);
    expect_rows("end", row_10, "", "");
    assert_true(notes_hold("filtered here: 1 of 1"));
}

static void rows_are_sorted_here_when_asked(void **state)
{
    (void)state;
    bench_answer(
        "{\"Items\":[{\"cust\":{\"S\":\"a\"},\"n\":{\"N\":\"2\"}},{\"cust\":{\"S\":\"b\"}},"
        "{\"cust\":{\"S\":\"c\"},\"n\":{\"N\":\"10\"}},{\"cust\":{\"S\":\"d\"},\"n\":{"
        "\"N\":\"1\"}}],\"Count\":4,\"ScannedCount\":4}");
    assert_int_equal(bench_run("SELECT cust FROM orders ORDER LOCAL BY n DESC ALLOW SCAN LIMIT 3"),
        ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin cust\n{\"cust\":\"c\"}\n{\"cust\":\"a\"}\n"
                                                 "{\"cust\":\"d\"}\nend\n");
    assert_true(notes_hold("stopped by LIMIT; this read cannot be continued"));
    bench.session->settings.sort_max = 3;
    assert_int_equal(bench_run("SELECT cust FROM orders ORDER LOCAL BY n ALLOW SCAN"),
        ERROR_REFUSED);
    assert_string_equal(bench.err.text, "ORDER LOCAL BY holds at most 3 rows");
}

static void a_batch_keeps_the_order_of_its_list_and_asks_again(void **state)
{
    (void)state;
    bench_answer(
        "{\"Responses\":{\"cfg\":[{\"id\":{\"S\":\"c\"}}]},\"UnprocessedKeys\":{\"cfg\":{"
        "\"Keys\":[{\"id\":{\"S\":\"a\"}}]}},\"ConsumedCapacity\":[{\"CapacityUnits\":1.0}]"
        "}");
    bench_answer("{\"Responses\":{\"cfg\":[{\"id\":{\"S\":\"a\"}}]},\"UnprocessedKeys\":{}}");
    assert_int_equal(bench_run("SELECT * FROM cfg WHERE id IN ('a', 'b', 'c')"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin\n{\"id\":\"a\"}\n{\"id\":\"c\"}\nend\n");
    assert_int_equal(standin_requests(bench.standin), 2);
    assert_non_null(strstr(bench_request(1), "\"Keys\":[{\"id\":{\"S\":\"a\"}}]"));
    assert_true(notes_hold("2 rows  1 RCU  "));
    assert_true(notes_hold("1 key without an item"));
}

static void keys_left_unprocessed_for_ever_are_a_partial_failure(void **state)
{
    (void)state;
    bench_answer(
        "{\"Responses\":{},\"UnprocessedKeys\":{\"cfg\":{\"Keys\":[{\"id\":{\"S\":\"a\"}}]}}"
        "}");
    assert_int_equal(bench_run("SELECT * FROM cfg KEYS IN ('a')"), ERROR_PARTIAL);
    assert_string_equal(bench.err.text, "the service left 1 keys unprocessed 8 times in a row");
    assert_int_equal(standin_requests(bench.standin), 8);
}

static void several_partitions_are_read_one_after_another_or_merged(void **state)
{
    static const char first[] = "{\"Items\":[{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"1\"}},{"
                                "\"cust\":{\"S\":\"c1\"},\"ts\":"
                                "{\"N\":\"5\"}}],\"Count\":2,\"ScannedCount\":2}";
    static const char backward[] =
        "{\"Items\":[{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"5\"}},{\"cust\":{\"S\":\"c1\"},"
        "\"ts\":{\"N\":\"1\"}}],\"Count\":2,\"ScannedCount\":2}";
    static const char second[] = "{\"Items\":[{\"cust\":{\"S\":\"c2\"},\"ts\":{\"N\":\"3\"}}],"
                                 "\"Count\":1,\"ScannedCount\":1}";

    (void)state;
    bench_answer(first);
    bench_answer(second);
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust IN ('c1', 'c2')"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin\n{\"cust\":\"c1\",\"ts\":1}\n{\"cust\":"
                                                 "\"c1\",\"ts\":5}\n{\"cust\":\"c2\",\"ts\":3}\n"
                                                 "end\n");
    standin_clear(bench.standin);
    bench_answer(backward);
    bench_answer(second);
    assert_int_equal(bench_run("SELECT * FROM orders WHERE cust IN ('c1', 'c2') ORDER BY ts DESC"),
        ERROR_NONE);
    assert_non_null(strstr(bench_request(0), "\"ScanIndexForward\":false"));
    assert_string_equal(buf_string(&bench.rows), "begin\n{\"cust\":\"c1\",\"ts\":5}\n{\"cust\":"
                                                 "\"c2\",\"ts\":3}\n{\"cust\":\"c1\",\"ts\":1}\n"
                                                 "end\n");
}

static void fetch_reads_whole_items_in_the_order_of_the_index(void **state)
{
    (void)state;
    bench_answer(
        "{\"Items\":[{\"cust\":{\"S\":\"a\"},\"ts\":{\"N\":\"1\"},\"owner\":{\"S\":\"o\"}},{"
        "\"cust\":{\"S\":\"b\"},\"ts\":{\"N\":\"2\"},\"owner\":{\"S\":\"o\"}},{\"cust\":{"
        "\"S\":\"c\"},\"ts\":{\"N\":\"3\"},\"owner\":{\"S\":\"o\"}}],\"Count\":3,"
        "\"ScannedCount\":3}");
    bench_answer(
        "{\"Responses\":{\"orders\":[{\"cust\":{\"S\":\"c\"},\"ts\":{\"N\":\"3\"},\"x\":{"
        "\"S\":\"3\"}},{\"cust\":{\"S\":\"a\"},\"ts\":{\"N\":\"1\"},\"x\":{\"S\":\"1\"}}]},"
        "\"UnprocessedKeys\":{}}");
    assert_int_equal(bench_run("SELECT x FROM orders.byOwner WHERE owner = 'o' FETCH"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin x\n{\"x\":\"1\"}\n{\"x\":\"3\"}\nend\n");
    assert_string_equal(bench_request(1),
        "{\"RequestItems\":{\"orders\":{\"Keys\":[{\"cust\":{\"S\":\"a\"},\"ts\":{\"N\":\"1\"}},{"
        "\"cust\":{\"S\":\"b\"},\"ts\":{\"N\":\"2\"}},{\"cust\":{\"S\":\"c\"},\"ts\":{\"N\":\"3\"}}"
        "]}},"
        "\"ReturnConsumedCapacity\":\"TOTAL\"}");
    assert_true(notes_hold("1 key without an item"));
}

static void counts_are_summed_over_pages_and_segments(void **state)
{
    (void)state;
    bench_answer("{\"Count\":3,\"ScannedCount\":5,\"LastEvaluatedKey\":{\"cust\":{\"S\":\"x\"},"
                 "\"ts\":{\"N\":\"1\"}}}");
    bench_answer("{\"Count\":4,\"ScannedCount\":5}");
    assert_int_equal(bench_run("SELECT COUNT(*) FROM orders WHERE cust = 'c1'"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin count\n{\"count\":7}\nend\n");
    assert_true(notes_hold("footer: 1 row  10 scanned  2 pages"));
    standin_clear(bench.standin);
    bench_answer("{\"Count\":2,\"ScannedCount\":2}");
    assert_int_equal(bench_run("COUNT orders SEGMENTS 40"), ERROR_NONE);
    assert_string_equal(buf_string(&bench.rows), "begin count\n{\"count\":80}\nend\n");
    assert_int_equal(standin_requests(bench.standin), 40);
}

static void segments_stop_at_the_first_failure(void **state)
{
    (void)state;
    bench_fault(400, "{\"__type\":\"x#ValidationException\",\"message\":\"no\"}");
    assert_int_equal(bench_run("SCAN orders SEGMENTS 8"), ERROR_INVALID);
    assert_string_equal(buf_string(&bench.rows), "");
}

static void a_failure_on_a_later_page_keeps_rows_and_place(void **state)
{
    (void)state;
    bench_answer(page_one);
    bench_fault(400,
        "{\"__type\":\"x#ProvisionedThroughputExceededException\",\"message\":\"slow\"}");
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1'"), ERROR_THROTTLED);
    expect_rows("end more", row_1, row_2, "");
    assert_true(notes_hold("more: NEXT or START"));
}

static void a_cost_cap_stops_with_the_place(void **state)
{
    (void)state;
    bench_answer(page_one);
    bench.session->settings.max_rcu = 50;
    assert_int_equal(bench_run("QUERY orders WHERE cust = 'c1'"), ERROR_REFUSED);
    assert_string_equal(bench.err.text, "stopped: more than 50 RCU were read (--max-rcu)");
    expect_rows("end more", row_1, row_2, "");
}

static void a_cancelled_read_makes_no_call(void **state)
{
    struct job job = bench_job();
    struct tree *tree = bench_parse("SCAN orders");

    (void)state;
    atomic_store(&job.cancel, true);
    assert_int_equal(job_run(&job, tree, &bench.err), ERROR_CANCELLED);
    assert_int_equal(standin_requests(bench.standin), 0);
}

static void a_stale_catalogue_is_dropped_and_the_read_planned_once_more(void **state)
{
    char described[3000];

    (void)state;
    snprintf(described, sizeof described, "{\"Table\":%s}", bench_orders);
    bench_fault(400,
        "{\"__type\":\"x#ValidationException\",\"message\":\"The table does not have the "
        "specified index: byStatus\"}");
    bench_answer(described);
    bench_answer("{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    assert_int_equal(bench_run("SELECT total FROM orders WHERE status = 'x'"), ERROR_NONE);
    assert_int_equal(standin_requests(bench.standin), 3);
    assert_string_equal(bench_request(1), "{\"TableName\":\"orders\"}");
    assert_string_equal(bench_request(0), bench_request(2));
}

static void watch_repeats_a_read(void **state)
{
    (void)state;
    bench_answer(page_last);
    assert_int_equal(bench_run("WATCH EVERY 1ms TIMES 3 QUERY orders WHERE cust = 'c1'"),
        ERROR_NONE);
    assert_int_equal(standin_requests(bench.standin), 3);
}

static void answers_that_are_no_json_are_errors(void **state)
{
    static const char *const body[] = {"[]", "{\"Items\":3}", "{\"Items\":[{\"a\":{\"S\":1}}]}",
        "{\"Items\":[{\"a\":{\"S\":\"x\"}]}", "{\"Items\":[{\"a\":{\"Q\":\"x\"}}]}", "", "{"};

    (void)state;
    for (size_t i = 0; i < sizeof body / sizeof *body; i++) {
        standin_clear(bench.standin);
        bench_answer(body[i]);
        if (bench_run("SCAN cfg") == ERROR_NONE)
            fail_msg("%s is accepted", body[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_pages_are_read_and_an_empty_one_is_not_the_end),
        TEST(a_limit_counts_rows_delivered_and_next_goes_on_behind_the_last),
        TEST(next_reads_one_page_where_nothing_limits),
        TEST(a_next_that_fails_can_be_said_again),
        TEST(a_token_goes_on_where_it_says),
        TEST(a_missing_item_is_an_error_without_rows),
        TEST(excluded_ends_and_local_filters_drop_rows_here),
        TEST(rows_are_sorted_here_when_asked),
        TEST(a_batch_keeps_the_order_of_its_list_and_asks_again),
        TEST(keys_left_unprocessed_for_ever_are_a_partial_failure),
        TEST(several_partitions_are_read_one_after_another_or_merged),
        TEST(fetch_reads_whole_items_in_the_order_of_the_index),
        TEST(counts_are_summed_over_pages_and_segments),
        TEST(segments_stop_at_the_first_failure),
        TEST(a_failure_on_a_later_page_keeps_rows_and_place),
        TEST(a_cost_cap_stops_with_the_place),
        TEST(a_cancelled_read_makes_no_call),
        TEST(a_stale_catalogue_is_dropped_and_the_read_planned_once_more),
        TEST(watch_repeats_a_read),
        TEST(answers_that_are_no_json_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
