#include "base/clock.h"
#include "tests/unit/tables_support.h"

/* Tables that stay CREATING, UPDATING and DELETING for a time (tables.md 5). */

#define TABLE                                                                                      \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["                                    \
    "{'AttributeName':'id','KeyType':'HASH'}]}"
#define NAME "{'TableName':'books'}"
#define ITEM "{'TableName':'books','Item':{'id':{'S':'a'}}}"
#define INDEX                                                                                      \
    "{'TableName':'books','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'S'}],"     \
    "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'byg','KeySchema':["                    \
    "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}"
#define QUERY                                                                                      \
    "{'TableName':'books','IndexName':'byg','KeyConditionExpression':'g = :g',"                    \
    "'ExpressionAttributeValues':{':g':{'S':'x'}}}"

enum { DELAY_MS = 300 };

static int open_shop(void **state)
{
    static struct shop shop;

    clock_fix(UINT64_C(1795000020) * CLOCK_SECOND);
    shop_open(&shop, true);
    shop_stop(&shop);
    shop.settings.state_delay_ms = DELAY_MS;
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

static void expect_status(struct shop *shop, const char *path, const char *status)
{
    struct text text;

    call(shop, "DescribeTable", "%s", NAME);
    text = json_string_member(answer_at(shop, path), path[5] ? "IndexStatus" : "TableStatus");
    if (!text_is(text, status))
        fail_msg("%.*s in place of %s", (int)text.length, text.data, status);
}

static void pass_time(void)
{
    clock_advance(DELAY_MS * CLOCK_MS);
}

/* Until nothing is there any more; the writer looks by the real clock. */
static void wait_until_gone(struct shop *shop)
{
    for (int i = 0; i < 1000000; i++) {
        call(shop, "DescribeTable", "%s", NAME);
        if (shop->status != 200)
            break;
    }
    expect_fault(shop, "ResourceNotFoundException",
        "Requested resource not found: Table: books not found");
}

static void a_new_table_can_be_used_when_it_is_active(void **state)
{
    struct shop *shop = *state;

    call(shop, "CreateTable", "%s", TABLE);
    assert_true(text_is(json_string_member(answer_at(shop, "TableDescription"), "TableStatus"),
        "CREATING"));
    expect_status(shop, "Table", "CREATING");
    EXPECT_FAULT(shop, "PutItem", ITEM, "ResourceNotFoundException",
        "Requested resource not found");
    EXPECT_FAULT(shop, "Scan", NAME, "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'}}}}]}}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(shop, "DeleteTable", NAME, "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: books");
    EXPECT_FAULT(shop, "UpdateTable", "{'TableName':'books','DeletionProtectionEnabled':true}",
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: books");
    EXPECT_FAULT(shop, "UpdateTimeToLive",
        "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':'t','Enabled':true}}",
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: books");
    EXPECT_FAULT(shop, "CreateTable", TABLE, "ResourceInUseException",
        "Table already exists: books");
    EXPECT_CALL(shop, "ListTables", "{}", "{'TableNames':['books']}");
    pass_time();
    expect_status(shop, "Table", "ACTIVE");
    EXPECT_CALL(shop, "PutItem", ITEM, "{}");
}

static void an_updated_table_serves_items_and_takes_no_second_update(void **state)
{
    struct shop *shop = *state;

    call(shop, "CreateTable", "%s", TABLE);
    pass_time();
    call(shop, "UpdateTable", "%s", INDEX);
    assert_int_equal(shop->status, 200);
    expect_status(shop, "Table", "UPDATING");
    expect_status(shop, "Table.GlobalSecondaryIndexes.0", "CREATING");
    EXPECT_CALL(shop, "PutItem", ITEM, "{}");
    EXPECT_INVALID(shop, "Query", QUERY,
        "Cannot read from backfilling global secondary index: byg");
    EXPECT_FAULT(shop, "UpdateTable", "{'TableName':'books','DeletionProtectionEnabled':true}",
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being updated: books");
    pass_time();
    expect_status(shop, "Table", "ACTIVE");
    /* The writer fills it at its own pace. */
    for (int i = 0; i < 1000000; i++) {
        call(shop, "Query", "%s", QUERY);
        if (shop->status == 200)
            break;
    }
    expect(shop, "{'Items':[],'Count':0,'ScannedCount':0}");
    expect_status(shop, "Table.GlobalSecondaryIndexes.0", "ACTIVE");
}

static void a_deleted_table_goes_when_its_time_is_over(void **state)
{
    struct shop *shop = *state;

    call(shop, "CreateTable", "%s", TABLE);
    pass_time();
    call(shop, "PutItem", "%s", ITEM);
    call(shop, "DeleteTable", "%s", NAME);
    assert_true(text_is(json_string_member(answer_at(shop, "TableDescription"), "TableStatus"),
        "DELETING"));
    expect_status(shop, "Table", "DELETING");
    EXPECT_FAULT(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a'}}}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(shop, "DeleteTable", NAME, "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being deleted: books");
    EXPECT_FAULT(shop, "CreateTable", TABLE, "ResourceInUseException",
        "Table already exists: books");
    pass_time();
    wait_until_gone(shop);
    EXPECT_CALL(shop, "ListTables", "{}", "{'TableNames':[]}");
    call(shop, "CreateTable", "%s", TABLE);
    assert_int_equal(shop->status, 200);
    pass_time();
    EXPECT_CALL(shop, "Scan", NAME, "{'Items':[],'Count':0,'ScannedCount':0}");
}

static void what_is_being_deleted_goes_after_a_restart_too(void **state)
{
    struct shop shop;

    clock_fix(UINT64_C(1795000020) * CLOCK_SECOND);
    shop_open(&shop, false);
    shop_stop(&shop);
    shop.settings.state_delay_ms = 600000;
    shop_start(&shop);
    call(&shop, "CreateTable", "%s", TABLE);
    clock_advance(600 * CLOCK_SECOND);
    call(&shop, "DeleteTable", "%s", NAME);
    shop_stop(&shop);
    shop_start(&shop);
    expect_status(&shop, "Table", "DELETING");
    shop_stop(&shop);
    clock_advance(600 * CLOCK_SECOND);
    shop_start(&shop);
    wait_until_gone(&shop);
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

static bool is_there(struct shop *shop, const char *id)
{
    call(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'%s'}}}", id);
    return answer_at(shop, "Item") != NULL;
}

static void wait_until_expired(struct shop *shop, const char *id)
{
    for (int i = 0; i < 1000000 && is_there(shop, id); i++)
        continue;
    assert_false(is_there(shop, id));
}

static void expired_items_stay_for_the_delay(void **state)
{
    const int now = 1795000020;
    struct shop shop;

    clock_fix(UINT64_C(1795000020) * CLOCK_SECOND);
    shop_open(&shop, true);
    shop_stop(&shop);
    shop.settings.ttl_delay_s = 3600;
    shop_start(&shop);
    call(&shop, "CreateTable", "%s", TABLE);
    call(&shop, "UpdateTimeToLive", "%s",
        "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':'t','Enabled':true}}");
    assert_int_equal(shop.status, 200);
    for (int i = 0; i < 2; i++)
        call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'%s'},'t':{'N':'%d'}}}",
            i ? "late" : "early", now - (i ? 3600 : 3601));
    wait_until_expired(&shop, "early");
    assert_true(is_there(&shop, "late"));
    clock_advance(CLOCK_SECOND);
    wait_until_expired(&shop, "late");
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_new_table_can_be_used_when_it_is_active),
        SHOP_TEST(an_updated_table_serves_items_and_takes_no_second_update),
        SHOP_TEST(a_deleted_table_goes_when_its_time_is_over),
        cmocka_unit_test(what_is_being_deleted_goes_after_a_restart_too),
        cmocka_unit_test(expired_items_stay_for_the_delay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
