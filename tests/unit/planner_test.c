#include "console/language/planner.h"

#include "tests/faults/standin.c"
#include "tests/unit/statement_bench.h"

/* "Query {request}" of the first call, then " + Operation" of the others, " ! warnings"; or the
   refusal or error with its code. */
static const char *planned(const char *source)
{
    static struct buf out;
    struct job job = bench_job();
    struct tree *tree = bench_parse(source);
    struct plan plan;

    if (!out.limit)
        buf_init(&out, 1 << 20);
    buf_clear(&out);
    plan_init(&plan, bench.arena);
    if (!tree || tree->statement->plan(&job, tree, &plan, &bench.err))
        return bench_error();
    if (plan.refusal) {
        buf_add_format(&out, "refused %d: %s%s%s", (int)plan.refusal, plan.refused,
            plan.refused_hint ? " | " : "", plan.refused_hint ? plan.refused_hint : "");
        return buf_string(&out);
    }
    for (struct plan_call *call = plan.call; call; call = call->next) {
        buf_add_format(&out, "%s%s%s", call == plan.call ? "" : " + ", call->operation->name,
            call->request.length ? " " : "");
        buf_add_text(&out, call->request);
    }
    for (struct plan_line *line = plan.line; line; line = line->next) {
        if (line->label == PLAN_NOTE)
            buf_add_format(&out, " ! %s", line->text);
        if (line->label == PLAN_LOCAL)
            buf_add_format(&out, " @ %s", line->text);
        if (!plan.call && line->label == PLAN_PLAN)
            buf_add_string(&out, line->text);
    }
    return buf_string(&out);
}

struct row {
    const char *source, *planned;
};

static void check_rows(const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = planned(row[i].source);

        if (strcmp(got, row[i].planned) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", row[i].source, got, row[i].planned);
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#define ORDERS "{\"TableName\":\"orders\","
#define RCC "\"ReturnConsumedCapacity\":\"TOTAL\"}"
#define C1                                                                                         \
    "\"ExpressionAttributeNames\":{\"#cust\":\"cust\"},\"ExpressionAttributeValues\":{\":0\":{"    \
    "\"S\":\"c1\"}},"
#define STATUS_WARNING " ! byStatus holds only the keys and total; FETCH reads whole items"

static void reads_plan_to_the_calls_of_the_contract(void **state)
{
    static const struct row rows[] = {
        {"GET orders 'c1', 17",
            "GetItem " ORDERS "\"Key\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"17\"}}," RCC},
        {"GET orders {cust: 'c1', ts: 17} ONLY total, addr.zip CONSISTENT",
            "GetItem " ORDERS "\"Key\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"17\"}},"
            "\"ProjectionExpression\":\"#total, #addr.#zip\","
            "\"ExpressionAttributeNames\":{\"#total\":\"total\",\"#addr\":\"addr\",\"#zip\":"
            "\"zip\"},"
            "\"ConsistentRead\":true," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts = 17",
            "GetItem " ORDERS "\"Key\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"17\"}}," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1'",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\"," C1 RCC},
        {"SELECT ts, total FROM orders WHERE cust = 'c1' AND ts BETWEEN 10 AND 20 AND total > 5 "
         "ORDER BY ts DESC LIMIT 3",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts BETWEEN :1 AND :2\","
            "\"FilterExpression\":\"#total > :3\",\"ProjectionExpression\":\"#ts, #total\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\",\"#total\":\"total\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"10\"},"
            "\":2\":{\"N\":\"20\"},\":3\":{\"N\":\"5\"}},\"ScanIndexForward\":false," RCC},
        {"QUERY orders WHERE cust = 'c1' EXAMINE 50",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\"," C1 "\"Limit\":50," RCC},
        {"QUERY orders WHERE cust = 'c1' LIMIT 20",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\"," C1 "\"Limit\":20," RCC},
        {"SELECT * FROM orders WHERE status = 'open'",
            "Query " ORDERS
            "\"IndexName\":\"byStatus\",\"KeyConditionExpression\":\"#status = :0\","
            "\"ExpressionAttributeNames\":{\"#status\":\"status\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"}}," RCC STATUS_WARNING},
        {"SELECT * FROM orders.byOwner WHERE owner = 'ann' FETCH",
            "Query " ORDERS "\"IndexName\":\"byOwner\",\"KeyConditionExpression\":\"#owner = :0\","
            "\"ProjectionExpression\":\"#cust, #ts, #owner\","
            "\"ExpressionAttributeNames\":{\"#owner\":\"owner\",\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"ann\"}}," RCC " + BatchGetItem "
            "{\"RequestItems\":{\"orders\":{\"Keys\":[{\"cust\":?,\"ts\":?}]}}," RCC},
        {"SCAN orders WHERE total > 100 LIMIT 20",
            "Scan " ORDERS "\"FilterExpression\":\"#total > :0\","
            "\"ExpressionAttributeNames\":{\"#total\":\"total\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"N\":\"100\"}}," RCC},
        {"SELECT cust FROM orders WHERE attribute_exists(err) ALLOW SCAN SEGMENTS 8 AT 200 RCU",
            "Scan " ORDERS "\"FilterExpression\":\"attribute_exists(#err)\","
            "\"ProjectionExpression\":\"#cust\","
            "\"ExpressionAttributeNames\":{\"#err\":\"err\",\"#cust\":\"cust\"},"
            "\"Segment\":0,\"TotalSegments\":8," RCC},
        {"SELECT * FROM cfg WHERE id IN ('a', 'b', 'a')",
            "BatchGetItem {\"RequestItems\":{\"cfg\":{\"Keys\":[{\"id\":{\"S\":\"a\"}},"
            "{\"id\":{\"S\":\"b\"}}]}}," RCC},
        {"SELECT * FROM orders KEYS IN (('c1', 1), ('c2', 9), ('c1', 1.0))",
            "BatchGetItem {\"RequestItems\":{\"orders\":{\"Keys\":["
            "{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"1\"}},"
            "{\"cust\":{\"S\":\"c2\"},\"ts\":{\"N\":\"9\"}}]}}," RCC},
        {"SELECT * FROM orders WHERE cust IN ('c1', 'c2') AND ts > 5",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts > :1\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"5\"}}," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts >= 10 AND ts < 20",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts BETWEEN :1 AND :2\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"10\"},"
            "\":2\":{\"N\":\"20\"}}," RCC " @ ts < 20  (evaluated here)"},
        {"SELECT COUNT(*) FROM orders WHERE cust = 'c1' AND note LIKE 'rush%' AND tags CONTAINS "
         "'vip'",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\","
            "\"FilterExpression\":\"begins_with(#note, :1) AND contains(#tags, :2)\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#note\":\"note\",\"#tags\":"
            "\"tags\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"S\":\"rush\"},"
            "\":2\":{\"S\":\"vip\"}},\"Select\":\"COUNT\"," RCC},
        {"SELECT COUNT(*) FROM orders WHERE cust = 'c1' AND (err IS MISSING OR err IS NULL) AND "
         "NOT paid = true AND a.`b c`[0] <> null AND attribute_type(meta, map)",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\","
            "\"FilterExpression\":\"(attribute_not_exists(#err) OR attribute_type(#err, :1)) AND "
            "NOT #paid = :2 AND #a.#b_c[0] <> :3 AND attribute_type(#meta, :4)\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#err\":\"err\",\"#paid\":\"paid\","
            "\"#a\":\"a\",\"#b_c\":\"b c\",\"#meta\":\"meta\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"S\":\"NULL\"},"
            "\":2\":{\"BOOL\":true},\":3\":{\"NULL\":true},\":4\":{\"S\":\"M\"}},"
            "\"Select\":\"COUNT\"," RCC},
        {"SELECT total FROM orders WHERE #s = :v WITH NAMES {'#s': 'status'} VALUES {':v': 'open'}",
            "Query " ORDERS
            "\"IndexName\":\"byStatus\",\"KeyConditionExpression\":\"#status = :0\","
            "\"ProjectionExpression\":\"#total\","
            "\"ExpressionAttributeNames\":{\"#status\":\"status\",\"#total\":\"total\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"}}," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1' FILTER LOCAL note MATCHES '(?i)rush.*today'",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\"," C1 RCC
            " @ note MATCHES '(?i)rush.*today'  (evaluated here)"},
        {"SELECT * FROM orders WHERE cust = 'c1' ORDER LOCAL BY total DESC",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0\"," C1 RCC},
        {"COUNT orders SEGMENTS 16",
            "Scan " ORDERS "\"Select\":\"COUNT\",\"Segment\":0,\"TotalSegments\":16," RCC},
        {"COUNT orders", "Scan " ORDERS "\"Select\":\"COUNT\"," RCC},
    };

    (void)state;
    CHECK(rows);
}

static void quotes_are_names_and_strings_by_position(void **state)
{
    struct map *map = map_new();
    struct value *cutoff = value_new_text(bench.arena, VALUE_N, TEXT("9"));

    (void)state;
    map_set(map, TEXT("cutoff"), cutoff);
    bench.context.parameters = map;
    assert_string_equal(
        planned("SELECT total FROM \"orders\".\"byStatus\" WHERE \"status\" = \"open\" AND ts < "
                ":cutoff"),
        "Query " ORDERS "\"IndexName\":\"byStatus\","
        "\"KeyConditionExpression\":\"#status = :0 AND #ts < :1\","
        "\"ProjectionExpression\":\"#total\","
        "\"ExpressionAttributeNames\":{\"#status\":\"status\",\"#ts\":\"ts\",\"#total\":\"total\"},"
        "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"},\":1\":{\"N\":\"9\"}}," RCC);
    bench.context.parameters = NULL;
    map_free(map);
}

static void bounds_on_one_sort_key_become_one_condition(void **state)
{
    static const struct row rows[] = {
        {"SELECT ts FROM orders WHERE cust = 'c1' AND ts = 5 AND ts > 9",
            "nothing: no item of orders can satisfy the conditions"},
        {"SELECT ts FROM orders WHERE cust = 'c1' AND ts > 9 AND ts < 3",
            "nothing: no item of orders can satisfy the conditions"},
        {"SELECT ts FROM orders WHERE cust = 'c1' AND ts > 9 AND ts <= 9",
            "nothing: no item of orders can satisfy the conditions"},
        {"SELECT ts FROM orders WHERE cust = 'c1' AND cust = 'c2'",
            "nothing: no item of orders can satisfy the conditions"},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts = 5 AND ts <> 6 AND ts < 10",
            "GetItem " ORDERS "\"Key\":{\"cust\":{\"S\":\"c1\"},\"ts\":{\"N\":\"5\"}}," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts >= 1 AND ts >= 4 AND ts <= 9 AND ts <= 7",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts BETWEEN :1 AND :2\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"4\"},"
            "\":2\":{\"N\":\"7\"}}," RCC},
        {"SELECT * FROM orders WHERE cust = 'c1' AND 5 < ts",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts > :1\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"5\"}}," RCC},
        {"SELECT COUNT(*) FROM orders WHERE cust = 'c1' AND ts > 1 AND ts <= 3",
            "Query " ORDERS "\"KeyConditionExpression\":\"#cust = :0 AND #ts BETWEEN :1 AND :2\","
            "\"ProjectionExpression\":\"#cust, #ts\","
            "\"ExpressionAttributeNames\":{\"#cust\":\"cust\",\"#ts\":\"ts\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"1\"},"
            "\":2\":{\"N\":\"3\"}}," RCC " @ ts > 1  (evaluated here)"},
    };

    (void)state;
    CHECK(rows);
}

static void the_planner_refuses_rather_than_guesses(void **state)
{
    static const struct row rows[] = {
        {"SELECT * FROM orders WHERE total > 100",
            "refused 11: this needs a Scan of about 48 MB (about 5,900 RCU, from the table's "
            "size); "
            "say SCAN or ALLOW SCAN | the table would serve it with cust = .."},
        {"SELECT * FROM orders WHERE cust = 'a' OR cust = 'b'",
            "refused 11: this needs a Scan of about 48 MB (about 5,900 RCU, from the table's "
            "size); "
            "say SCAN or ALLOW SCAN | cust IN ('a', 'b') would be served"},
        {"SELECT * FROM orders WHERE ts = 4 AND total > 2",
            "refused 11: this needs a Scan of about 48 MB (about 5,900 RCU, from the table's "
            "size); "
            "say SCAN or ALLOW SCAN | the table would serve it with cust = .."},
        {"SELECT * FROM orders.byOwner WHERE total > 100",
            "refused 11: this needs a Scan of about 1.0 KB (about 1 RCU, from the index's size); "
            "say "
            "SCAN or ALLOW SCAN | the table would serve it with cust = .."},
        {"SELECT * FROM orders WHERE status = 'x' AND owner = 'y'",
            "exit 4 at 1:15: 2 indexes fit: byOwner, byStatus; say USING INDEX"},
        {"SELECT owner FROM orders WHERE status = 'x' USING INDEX byStatus",
            "Query " ORDERS
            "\"IndexName\":\"byStatus\",\"KeyConditionExpression\":\"#status = :0\","
            "\"ProjectionExpression\":\"#owner\","
            "\"ExpressionAttributeNames\":{\"#status\":\"status\",\"#owner\":\"owner\"},"
            "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"x\"}}," RCC
            " ! byStatus does not hold owner; FETCH reads whole items"},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts = '17'",
            "exit 13 at 1:15: ts is NUMBER, '17' is STRING"},
        {"SELECT * FROM orders WHERE cust = 'c1' AND begins_with(ts, '1')",
            "exit 13 at 1:15: begins_with needs STRING or BINARY, ts is NUMBER"},
        {"SELECT * FROM orders WHERE cust = 'c1' AND ts <> 4",
            "exit 13 at 1:15: ts is a key attribute: a Query takes = < <= > >= BETWEEN begins_with "
            "on it | other conditions on it go behind FILTER LOCAL"},
        {"SELECT CONSISTENT * FROM orders WHERE status = 'x'",
            "exit 13 at 1:26: consistent reads are not offered on global indexes, and byStatus is "
            "one"},
        {"SELECT * FROM orders.byState WHERE status = 'x'",
            "exit 7 at 1:15: orders has no index byState | did you mean byStatus?"},
        {"SELECT * FROM orders WHERE cust = 'c1' ORDER BY total",
            "exit 4 at 1:15: ORDER BY works on the sort key of what is read | ORDER LOCAL BY sorts "
            "here, at most 10000 rows"},
        {"SCAN orders ORDER BY ts",
            "exit 4 at 1:6: a Scan has no order | ORDER LOCAL BY sorts here"},
        {"SELECT * FROM orders WHERE cust = 'c1' SEGMENTS 4",
            "exit 4 at 1:15: SEGMENTS needs a Scan"},
        {"SELECT * FROM orders WHERE cust = 'c1' FETCH", "exit 4 at 1:15: FETCH needs an index"},
        {"GET orders 'c1'",
            "exit 4 at 1:12: the key of orders is cust STRING, ts NUMBER: all of it, and nothing "
            "else"},
        {"GET orders 'c1', 'x'", "exit 13 at 1:12: ts is NUMBER, 'x' is STRING"},
        {"SCAN orders AT 50%", "exit 4 at 1:6: a rate in % needs provisioned or maximum "
                               "throughput, and orders has none | say AT "
                               "200 RCU"},
        {"QUERY orders WHERE cust = 'c1' START {cust: 'x'}",
            "exit 4 at 1:32: START is not a key of orders"},
        {"QUERY orders WHERE cust = 'c1' START 'zzz'",
            "exit 4 at 1:32: START needs a key map or the token of a footer"},
        {"NEXT", "exit 4 at 0:0: NEXT goes on with the last read, and there is none"},
    };

    (void)state;
    CHECK(rows);
}

/* Puts one text in place of another that is at least as long. */
static void replace(char *json, const char *from, const char *to)
{
    char *at = strstr(json, from);
    size_t length = strlen(to);

    assert_non_null(at);
    memset(at, ' ', strlen(from));
    memcpy(at, to, length);
}

static void equal_ways_are_an_error_that_names_both(void **state)
{
    char json[2000];

    (void)state;
    snprintf(json, sizeof json, "%s", bench_orders);
    replace(json, "\"INCLUDE\",\"NonKeyAttributes\":[\"total\"]", "\"ALL\"");
    replace(json, "\"KEYS_ONLY\"", "\"ALL\"");
    bench_table(json);
    assert_string_equal(planned("SELECT * FROM orders WHERE status = 'x' AND owner = 'y'"),
        "exit 4 at 1:15: 2 indexes fit: byOwner, byStatus; say USING INDEX");
    /* More conditions on the sort key decide. */
    assert_non_null(
        strstr(planned("SELECT * FROM orders WHERE status = 'x' AND owner = 'y' AND ts > 3"),
            "\"IndexName\":\"byStatus\""));
    assert_non_null(
        strstr(planned(
                   "SELECT * FROM orders WHERE status = 'x' AND owner = 'y' USING INDEX byOwner"),
            "\"IndexName\":\"byOwner\""));
}

static void an_index_that_is_filling_says_how_far(void **state)
{
    char json[2000];

    (void)state;
    snprintf(json, sizeof json, "%s", bench_orders);
    replace(json, "\"IndexStatus\":\"ACTIVE\",\"ItemCount\":150000",
        "\"IndexStatus\":\"BUSY\",\"ItemCount\":75500");
    bench_table(json);
    assert_string_equal(planned("SELECT * FROM orders.byStatus WHERE status = 'x'"),
        "exit 7 at 1:15: index byStatus is BUSY");
    replace(json, "\"IndexSizeBytes\":9000000", "\"Backfilling\":true");
    bench_table(json);
    assert_string_equal(planned("SELECT * FROM orders.byStatus WHERE status = 'x'"),
        "exit 7 at 1:15: index byStatus is still being filled: about 50 % of the items so far");
}

static void long_lists_in_filters_are_split(void **state)
{
    struct buf source;
    const char *got;

    (void)state;
    buf_init(&source, 1 << 20);
    buf_add_string(&source, "SCAN orders WHERE x IN (0");
    for (int i = 1; i < 150; i++)
        buf_add_format(&source, ", %d", i);
    buf_add_char(&source, ')');
    got = planned(buf_string(&source));
    assert_non_null(strstr(got, ":99) OR #x IN (:100, "));
    buf_cut(&source, source.length - 1);
    for (int i = 150; i < 400; i++)
        buf_add_format(&source, ", %d", i);
    buf_add_char(&source, ')');
    assert_non_null(strstr(planned(buf_string(&source)),
        "the filter has 403 operators; the service allows 300"));
    buf_done(&source);
}

static void limits_read_keys_along_that_are_not_shown(void **state)
{
    (void)state;
    assert_string_equal(planned("SELECT total FROM orders WHERE cust = 'c1' AND x = 1 LIMIT 2"),
        "Query " ORDERS
        "\"KeyConditionExpression\":\"#cust = :0\",\"FilterExpression\":\"#x = :1\","
        "\"ProjectionExpression\":\"#total, #ts\",\"ExpressionAttributeNames\":{\"#cust\":\"cust\","
        "\"#x\":\"x\",\"#total\":\"total\",\"#ts\":\"ts\"},\"ExpressionAttributeValues\":{"
        "\":0\":{\"S\":\"c1\"},\":1\":{\"N\":\"1\"}}," RCC);
}

static void a_prompt_reads_as_many_rows_as_its_setting_says(void **state)
{
    struct job job = bench_job();
    struct tree *tree = bench_parse("SCAN cfg");
    struct plan plan;
    struct read_plan *read;

    (void)state;
    bench.session->is_interactive = true;
    job.who = "prompt";
    plan_init(&plan, bench.arena);
    assert_int_equal(tree->statement->plan(&job, tree, &plan, &bench.err), ERROR_NONE);
    read = plan.detail;
    assert_int_equal(read->limit, 100);
    assert_non_null(strstr(plan.call->request.data, "\"Limit\":100"));
    job.who = "panel";
    plan_init(&plan, bench.arena);
    assert_int_equal(tree->statement->plan(&job, tree, &plan, &bench.err), ERROR_NONE);
    assert_int_equal(((struct read_plan *)plan.detail)->limit, 50);
    job.who = "script";
    plan_init(&plan, bench.arena);
    assert_int_equal(tree->statement->plan(&job, tree, &plan, &bench.err), ERROR_NONE);
    assert_int_equal(((struct read_plan *)plan.detail)->limit, 0);
    bench.session->is_interactive = false;
}

static void a_large_scan_is_of_risk_class_one(void **state)
{
    struct job job = bench_job();
    struct tree *tree = bench_parse("SCAN orders");
    struct plan plan;

    (void)state;
    plan_init(&plan, bench.arena);
    assert_int_equal(tree->statement->plan(&job, tree, &plan, &bench.err), ERROR_NONE);
    assert_int_equal(plan.risk, RISK_NONE);
    job.settings.scan_ask = 5000;
    plan_init(&plan, bench.arena);
    assert_int_equal(tree->statement->plan(&job, tree, &plan, &bench.err), ERROR_NONE);
    assert_int_equal(plan.risk, RISK_ONE);
}

static void an_unknown_table_is_described_once_and_named(void **state)
{
    (void)state;
    bench_fault(400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
                     "\"message\":\"Requested resource not found\"}");
    assert_string_equal(planned("SCAN order"), "exit 7 at 1:6: no table is called order (profile "
                                               "local, eu-west-1) | did you mean orders?");
    assert_int_equal(standin_requests(bench.standin), 1);
    assert_string_equal(bench_request(0), "{\"TableName\":\"order\"}");
}

/* Threads split the condition of one statement, each into an arena that it empties again. */
static void a_long_list_is_split_without_a_change_of_the_condition(void **state)
{
    struct arena *other = arena_new(1 << 20, &bench.err);
    struct expression *in = expression_new(bench.arena, EXPRESSION_IN, 151);
    struct expression *not = expression_new(bench.arena, EXPRESSION_NOT, 1);
    struct expression *split;

    (void)state;
    assert_non_null(other);
    for (size_t i = 0; i < in->count; i++)
        in->operand[i] =
            expression_new_value(bench.arena, value_new_text(bench.arena, VALUE_S, TEXT("x")));
    not ->operand[0] = in;
    split = planner_split_lists(other, not );
    assert_ptr_not_equal(split, not );
    assert_int_equal(split->operand[0]->kind, EXPRESSION_OR);
    assert_int_equal(split->operand[0]->count, 2);
    assert_int_equal(split->operand[0]->operand[1]->count, 51);
    assert_ptr_equal(not ->operand[0], in);
    assert_int_equal(in->count, 151);
    in->count = 101;
    assert_ptr_equal(planner_split_lists(other, not ), not );
    arena_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_list_is_split_without_a_change_of_the_condition),
        TEST(reads_plan_to_the_calls_of_the_contract),
        TEST(quotes_are_names_and_strings_by_position),
        TEST(bounds_on_one_sort_key_become_one_condition),
        TEST(the_planner_refuses_rather_than_guesses),
        TEST(equal_ways_are_an_error_that_names_both),
        TEST(an_index_that_is_filling_says_how_far),
        TEST(long_lists_in_filters_are_split),
        TEST(limits_read_keys_along_that_are_not_shown),
        TEST(a_prompt_reads_as_many_rows_as_its_setting_says),
        TEST(a_large_scan_is_of_risk_class_one),
        TEST(an_unknown_table_is_described_once_and_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
