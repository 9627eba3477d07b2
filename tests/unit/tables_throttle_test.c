#include "base/clock.h"
#include "tests/unit/tables_support.h"

/* enforce_throughput (tables.md 5): buckets of 300 s for each table and global index. */

static const char exceeded[] =
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API.";

#define ONE "'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}"
#define THOUSAND "'ProvisionedThroughput':{'ReadCapacityUnits':1000,'WriteCapacityUnits':1000}"

static void create(struct shop *shop, const char *name, const char *more)
{
    call(shop, "CreateTable",
        "{'TableName':'%s','KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],%s}", name, more);
    assert_int_equal(shop->status, 200);
}

#define ID "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}]"

static int open_shop(void **state)
{
    static struct shop shop;

    clock_fix(UINT64_C(1795000020) * CLOCK_SECOND);
    shop_open(&shop, true);
    shop_stop(&shop);
    shop.settings.enforce_throughput = true;
    shop_start(&shop);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    clock_fix(0);
    return 0;
}

static void put(struct shop *shop, const char *table, int key)
{
    call(shop, "PutItem", "{'TableName':'%s','Item':{'id':{'S':'%d'}}}", table, key);
}

/* Writes until one is refused; how many were taken. */
static int drain(struct shop *shop, const char *table)
{
    int count = 0;

    for (put(shop, table, 0); shop->status == 200 && count < 2000; put(shop, table, count))
        count++;
    return count;
}

static void a_table_takes_its_burst_and_then_its_rate(void **state)
{
    struct shop *shop = *state;

    create(shop, "books", ONE "," ID);
    assert_int_equal(drain(shop, "books"), 300);
    assert_int_equal(shop->status, 400);
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop,
            "{'__type':'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',"
            "'message':'The level of configured provisioned throughput for the table was exceeded. "
            "Consider increasing your provisioning level with the UpdateTable API.',"
            "'ThrottlingReasons':[{'reason':'TableWriteProvisionedThroughputExceeded',"
            "'resource':'arn:aws:dynamodb:eu-west-1:000000000000:table/books'}]}"));
    clock_advance(5 * CLOCK_SECOND);
    assert_int_equal(drain(shop, "books"), 5);
    clock_advance(86400 * CLOCK_SECOND);
    assert_int_equal(drain(shop, "books"), 300);
    /* Reads have a bucket of their own; the control plane none. */
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'x'}}}", "{}");
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_int_equal(shop->status, 200);
    EXPECT_INVALID(shop, "PutItem", "{'TableName':'books','Item':{}}",
        "One or more parameter values were invalid: Missing the key id in the item");
}

static void large_items_take_more_and_may_go_below_zero(void **state)
{
    struct shop *shop = *state;
    static char filler[40 * 1024 + 1];

    memset(filler, 'x', sizeof filler - 1);
    create(shop, "books", ONE "," ID);
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'f':{'S':'%s'}}}", filler);
    assert_int_equal(drain(shop, "books"), 300 - 41);
    for (int i = 0; i < 55; i++) { /* 5.5 units each, eventually consistent */
        call(shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'a'}}}");
        if (shop->status != 200)
            fail_msg("read %d: %s", i, buf_string(&shop->answer));
    }
    call(shop, "Scan", "%s", "{'TableName':'books'}");
    expect_fault(shop, "ProvisionedThroughputExceededException", exceeded);
    clock_advance(3 * CLOCK_SECOND); /* from -2.5 to 0.5 */
    call(shop, "Scan", "%s", "{'TableName':'books','ConsistentRead':true}");
    assert_int_equal(shop->status, 200);
    clock_advance(10 * CLOCK_SECOND); /* the scan took 11 */
    EXPECT_FAULT(shop, "Scan", "{'TableName':'books'}", "ProvisionedThroughputExceededException",
        exceeded);
}

static void a_full_index_refuses_writes_to_its_table(void **state)
{
    struct shop *shop = *state;

    create(shop, "books",
        THOUSAND
        ",'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'},"
        "{'AttributeName':'g','AttributeType':'S'}],'GlobalSecondaryIndexes':[{'IndexName':'byg',"
        "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"
        "'Projection':{'ProjectionType':'KEYS_ONLY'}," ONE "}]");
    for (int i = 0; i < 300; i++)
        call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'%d'},'g':{'S':'g'}}}", i);
    assert_int_equal(shop->status, 200);
    put(shop, "books", 1);
    expect_fault(shop, "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for one or more global secondary indexes "
        "of the table was exceeded. Consider increasing your provisioning level for the "
        "under-provisioned global secondary indexes with the UpdateTable API");
    assert_true(text_is(json_string_member(answer_at(shop, "ThrottlingReasons.0"), "reason"),
        "IndexWriteProvisionedThroughputExceeded"));
    assert_true(text_is(json_string_member(answer_at(shop, "ThrottlingReasons.0"), "resource"),
        "arn:aws:dynamodb:eu-west-1:000000000000:table/books/index/byg"));
}

static void a_batch_leaves_what_there_is_no_room_for(void **state)
{
    struct shop *shop = *state;

    create(shop, "books", ONE "," ID);
    create(shop, "free", "'BillingMode':'PAY_PER_REQUEST'," ID);
    drain(shop, "books");
    clock_advance(CLOCK_SECOND);
    EXPECT_CALL(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'}}}},"
        "{'PutRequest':{'Item':{'id':{'S':'b'}}}}]}}",
        "{'UnprocessedItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'b'}}}}]}}");
    EXPECT_FAULT(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'b'}}}}]}}",
        "ProvisionedThroughputExceededException", exceeded);
    EXPECT_CALL(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'b'}}}}],"
        "'free':[{'PutRequest':{'Item':{'id':{'S':'b'}}}}]}}",
        "{'UnprocessedItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'b'}}}}]}}");
}

static void on_demand_tables_are_held_to_their_maximum(void **state)
{
    struct shop *shop = *state;

    create(shop, "free", "'BillingMode':'PAY_PER_REQUEST'," ID);
    assert_int_equal(drain(shop, "free"), 2000);
    create(shop, "capped",
        "'BillingMode':'PAY_PER_REQUEST','OnDemandThroughput':{'MaxWriteRequestUnits':2}," ID);
    assert_int_equal(drain(shop, "capped"), 600);
    expect_fault(shop, "ThrottlingException",
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index.");
    assert_true(text_is(json_string_member(answer_at(shop, "ThrottlingReasons.0"), "reason"),
        "TableWriteMaxOnDemandThroughputExceeded"));
}

static void a_higher_rate_counts_at_once(void **state)
{
    struct shop *shop = *state;

    create(shop, "books", ONE "," ID);
    drain(shop, "books");
    call(shop, "UpdateTable", "%s", "{'TableName':'books'," THOUSAND "}");
    assert_int_equal(shop->status, 200);
    clock_advance(CLOCK_SECOND);
    assert_int_equal(drain(shop, "books"), 1000);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_table_takes_its_burst_and_then_its_rate),
        SHOP_TEST(large_items_take_more_and_may_go_below_zero),
        SHOP_TEST(a_full_index_refuses_writes_to_its_table),
        SHOP_TEST(a_batch_leaves_what_there_is_no_room_for),
        SHOP_TEST(on_demand_tables_are_held_to_their_maximum),
        SHOP_TEST(a_higher_rate_counts_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
