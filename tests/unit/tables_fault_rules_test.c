#include "base/clock.h"
#include "base/json.h"
#include "endpoint/tables/fault_rules.h"
#include "tests/unit/tables_support.h"

/* Faults on demand (tables.md 21). Connections that close are in tables_wire_test. */

#define PUT(id) "{'TableName':'books','Item':{'id':{'S':'" id "'}}}"
#define GET(id) "{'TableName':'books','Key':{'id':{'S':'" id "'}}}"
#define PROVISIONED "ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}"

static void create(struct shop *shop, const char *name, const char *billing)
{
    call(shop, "CreateTable",
        "{'TableName':'%s',%s,'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}",
        name, billing);
    assert_int_equal(shop->status, 200);
}

static int open_shop(void **state)
{
    static struct shop shop;
    struct error err = {0};

    shop_open(&shop, true);
    shop_stop(&shop);
    shop.faults = fault_rules_new(&err);
    assert_non_null(shop.faults);
    shop_start(&shop);
    create(&shop, "books", "'BillingMode':'PAY_PER_REQUEST'");
    create(&shop, "users", "'" PROVISIONED);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    struct shop *shop = *state;

    shop_stop(shop);
    fault_rules_free(shop->faults);
    shop_close(shop);
    return 0;
}

static void set(struct shop *shop, const char *json)
{
    struct error err = {0};

    if (fault_rules_set(shop->faults, text_of(wanted(shop, json)), &err))
        fail_msg("%s: %s", json, err.text);
}

static void expect_rules(struct shop *shop, const char *json)
{
    struct json_writer writer;
    struct buf out;

    buf_init(&out, 1 << 20);
    json_writer_init(&writer, &out);
    fault_rules_write(shop->faults, &writer);
    assert_string_equal(buf_string(&out), wanted(shop, json));
    buf_done(&out);
}

static void expect_refusal(struct shop *shop, const char *json, const char *text)
{
    struct error err = {0};

    assert_int_equal(fault_rules_set(shop->faults, text_of(wanted(shop, json)), &err), ERROR_USAGE);
    assert_string_equal(err.text, text);
}

static void a_throttled_request_tells_what_was_too_much(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'operation':'PutItem','count':1,'answer':'throttle'},"
              "{'table':'users','answer':'throttle'},"
              "{'operation':'ListTables','answer':'throttle'}]");
    call(shop, "PutItem", "%s", PUT("a"));
    assert_int_equal(shop->status, 400);
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop,
            "{'__type':'com.amazonaws.dynamodb.v20120810#ThrottlingException','message':"
            "'Throughput exceeds the maximum OnDemandThroughput configured on table or index.',"
            "'ThrottlingReasons':[{'reason':'TableWriteMaxOnDemandThroughputExceeded',"
            "'resource':'arn:aws:dynamodb:eu-west-1:000000000000:table/books'}]}"));
    EXPECT_CALL(shop, "PutItem", PUT("a"), "{}"); /* one hit only */
    call(shop, "GetItem", "%s", "{'TableName':'users','Key':{'id':{'S':'a'}}}");
    assert_int_equal(shop->status, 400);
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop,
            "{'__type':'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',"
            "'message':'The level of configured provisioned throughput for the table was exceeded. "
            "Consider increasing your provisioning level with the UpdateTable API.',"
            "'ThrottlingReasons':[{'reason':'TableReadProvisionedThroughputExceeded',"
            "'resource':'arn:aws:dynamodb:eu-west-1:000000000000:table/users'}]}"));
    EXPECT_FAULT(shop, "ListTables", "{}", "ThrottlingException",
        "Rate of requests exceeds the allowed throughput.");
    EXPECT_FAULT(shop, "DescribeTable", "{'TableName':'users'}", "ThrottlingException",
        "Rate of requests exceeds the allowed throughput.");
    expect_rules(shop, "[{'operation':'PutItem','rate':1,'count':1,'answer':'throttle','hits':1},"
                       "{'table':'users','rate':1,'answer':'throttle','hits':2},"
                       "{'operation':'ListTables','rate':1,'answer':'throttle','hits':1}]");
    fault_rules_clear(shop->faults);
    expect_rules(shop, "[]");
    call(shop, "ListTables", "{}");
    expect(shop, "{'TableNames':['books','users']}");
}

static void only_requests_that_are_in_order_meet_a_rule(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'answer':'throttle'}]");
    EXPECT_INVALID(shop, "PutItem", "{'TableName':'books','Item':{}}",
        "One or more parameter values were invalid: Missing the key id in the item");
    expect_rules(shop, "[{'rate':1,'answer':'throttle','hits':0}]");
}

static void a_conflict_meets_single_writes(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'answer':'conflict'}]");
    EXPECT_FAULT(shop, "PutItem", PUT("a"), "TransactionConflictException",
        "Transaction is ongoing for the item");
    EXPECT_FAULT(shop, "DeleteItem", GET("a"), "TransactionConflictException",
        "Transaction is ongoing for the item");
    EXPECT_FAULT(shop, "ExecuteStatement",
        "{'Statement':'DELETE FROM books WHERE id = ?','Parameters':[{'S':'a'}]}",
        "TransactionConflictException", "Transaction is ongoing for the item");
    EXPECT_CALL(shop, "ExecuteStatement",
        "{'Statement':' select * FROM books WHERE id = ?','Parameters':[{'S':'a'}]}",
        "{'Items':[]}");
    EXPECT_CALL(shop, "GetItem", GET("a"), "{}");
    expect_rules(shop, "[{'rate':1,'answer':'conflict','hits':3}]");
}

#define TRANSACT                                                                                   \
    "{'TransactItems':[{'Put':{'TableName':'books','Item':{'id':{'S':'t'}}}},"                     \
    "{'Delete':{'TableName':'arn:aws:dynamodb:eu-west-1:000000000000:table/users',"                \
    "'Key':{'id':{'S':'t'}}}}]}"

static void transactions_are_cancelled_with_reasons(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'operation':'TransactWriteItems','table':'users','count':1,'answer':'conflict'},"
              "{'operation':'TransactWriteItems','table':'users','count':1,'answer':'throttle'}]");
    call(shop, "TransactWriteItems", "%s", TRANSACT);
    expect_fault(shop, "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
        "TransactionConflict]");
    assert_non_null(strstr(buf_string(&shop->answer),
        wanted(shop, "'CancellationReasons':[{'Code':'None'},{'Code':'TransactionConflict',"
                     "'Message':'Transaction is ongoing for the item'}]")));
    call(shop, "TransactWriteItems", "%s", TRANSACT);
    expect_fault(shop, "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
        "ProvisionedThroughputExceeded]");
    EXPECT_CALL(shop, "GetItem", GET("t"), "{}");
    EXPECT_CALL(shop, "TransactWriteItems", TRANSACT, "{}");
    EXPECT_CALL(shop, "GetItem", GET("t"), "{'Item':{'id':{'S':'t'}}}");
    set(shop, "[{'answer':'conflict'}]");
    call(shop, "TransactGetItems", "%s",
        "{'TransactItems':[{'Get':{'TableName':'books','Key':{'id':{'S':'t'}}}}]}");
    expect_fault(shop, "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[TransactionConflict]");
}

static void the_later_half_of_a_batch_is_left(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'table':'books','count':2,'answer':'unprocessed'}]");
    EXPECT_CALL(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'}}}},"
        "{'PutRequest':{'Item':{'id':{'S':'b'},'n':{'N':'1.0'}}}},"
        "{'DeleteRequest':{'Key':{'id':{'S':'c'}}}}],"
        "'users':[{'PutRequest':{'Item':{'id':{'S':'u'}}}}]}}",
        "{'UnprocessedItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'b'},'n':{'N':'1.0'}}}},"
        "{'DeleteRequest':{'Key':{'id':{'S':'c'}}}}]}}");
    EXPECT_CALL(shop, "BatchGetItem",
        "{'RequestItems':{'books':{'Keys':[{'id':{'S':'a'}},{'id':{'S':'b'}}],"
        "'ConsistentRead':true},'users':{'Keys':[{'id':{'S':'u'}}]}}}",
        "{'Responses':{'books':[{'id':{'S':'a'}}],'users':[{'id':{'S':'u'}}]},"
        "'UnprocessedKeys':{'books':{'Keys':[{'id':{'S':'b'}}],'ConsistentRead':true}}}");
    EXPECT_CALL(shop, "BatchGetItem", "{'RequestItems':{'books':{'Keys':[{'id':{'S':'b'}}]}}}",
        "{'Responses':{'books':[]},'UnprocessedKeys':{}}");
}

static void one_entry_alone_is_left_too(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'answer':'unprocessed'}]");
    EXPECT_CALL(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'}}}}]}}",
        "{'UnprocessedItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'}}}}]}}");
    EXPECT_CALL(shop, "GetItem", GET("a"), "{}");
}

static void a_delay_holds_the_answer_back(void **state)
{
    struct shop *shop = *state;
    uint64_t started = clock_monotonic();

    set(shop, "[{'operation':'PutItem','answer':'delay','delay_ms':30},"
              "{'operation':'GetItem','answer':'throttle','delay_ms':30}]");
    EXPECT_CALL(shop, "PutItem", PUT("a"), "{}");
    assert_true(clock_monotonic() - started >= 30 * CLOCK_MS);
    started = clock_monotonic();
    call(shop, "GetItem", "%s", GET("a"));
    assert_int_equal(shop->status, 400);
    assert_true(clock_monotonic() - started >= 30 * CLOCK_MS);
}

/* "x.x.." for the next 20 reads. */
static void record(struct shop *shop, const char *rules, char *out)
{
    set(shop, rules);
    for (int i = 0; i < 20; i++) {
        call(shop, "GetItem", "%s", GET("a"));
        out[i] = shop->status == 200 ? '.' : 'x';
    }
    out[20] = '\0';
}

static void the_same_seed_gives_the_same_faults(void **state)
{
    struct shop *shop = *state;
    char first[21], second[21], other[21];

    record(shop, "{'seed':7,'rules':[{'rate':0.5,'answer':'throttle'}]}", first);
    record(shop, "{'seed':7,'rules':[{'rate':0.5,'answer':'throttle'}]}", second);
    record(shop, "{'seed':8,'rules':[{'rate':0.5,'answer':'throttle'}]}", other);
    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    assert_non_null(strchr(first, 'x'));
    assert_non_null(strchr(first, '.'));
    record(shop, "[{'rate':0,'answer':'throttle'}]", first);
    assert_null(strchr(first, 'x'));
}

static void a_rule_that_cannot_be_read_is_named(void **state)
{
    struct shop *shop = *state;

    set(shop, "[{'answer':'throttle'}]");
    expect_refusal(shop, "{}", "a list of rules is needed");
    expect_refusal(shop, "[1]", "rule 1: a rule is an object");
    expect_refusal(shop, "[{'answer':'throttle'},{}]", "rule 2: answer is needed");
    expect_refusal(shop, "[{'answer':'explode'}]",
        "rule 1: answer is one of throttle, conflict, unprocessed, delay, drop, lost");
    expect_refusal(shop, "[{'answer':'drop','rate':1.5}]", "rule 1: rate is a number from 0 to 1");
    expect_refusal(shop, "[{'answer':'drop','rate':'1'}]", "rule 1: rate is a number from 0 to 1");
    expect_refusal(shop, "[{'answer':'drop','count':-1}]", "rule 1: count is a whole number");
    expect_refusal(shop, "[{'answer':'delay'}]", "rule 1: delay_ms is needed");
    expect_refusal(shop, "[{'answer':'delay','delay_ms':60001}]",
        "rule 1: delay_ms is a whole number from 0 to 60000");
    expect_refusal(shop, "[{'answer':'drop','operator':'x'}]",
        "rule 1: its members are operation, table, rate, count, answer and delay_ms");
    expect_refusal(shop, "[{'answer':'drop','table':1}]", "rule 1: table is a text");
    expect_refusal(shop, "{'seed':-1,'rules':[]}", "seed is a whole number");
    expect_rules(shop, "[{'rate':1,'answer':'throttle','hits':0}]"); /* the old ones stay */
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_throttled_request_tells_what_was_too_much),
        SHOP_TEST(only_requests_that_are_in_order_meet_a_rule),
        SHOP_TEST(a_conflict_meets_single_writes),
        SHOP_TEST(transactions_are_cancelled_with_reasons),
        SHOP_TEST(the_later_half_of_a_batch_is_left),
        SHOP_TEST(one_entry_alone_is_left_too),
        SHOP_TEST(a_delay_holds_the_answer_back),
        SHOP_TEST(the_same_seed_gives_the_same_faults),
        SHOP_TEST(a_rule_that_cannot_be_read_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
