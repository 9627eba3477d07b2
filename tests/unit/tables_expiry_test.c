#include "tests/unit/tables_stream_support.h"

#include <time.h>

#include "base/clock.h"

#define NOW 1790000000
#define FIVE_YEARS (5 * 365 * 86400)

static int open_shop(void **state)
{
    static struct shop shop;

    clock_fix((uint64_t)NOW * CLOCK_SECOND);
    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'cache','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],'GlobalSecondaryIndexes':["
        "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"
        "'Projection':{'ProjectionType':'ALL'}}],"
        "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    clock_fix(0);
    return 0;
}

static void put(struct shop *shop, const char *id, const char *expires)
{
    call(shop, "PutItem",
        "{'TableName':'cache','Item':{'id':{'S':'%s'},'g':{'S':'all'},'until':%s}}", id, expires);
    assert_int_equal(shop->status, 200);
}

static void put_time(struct shop *shop, const char *id, long seconds)
{
    char number[64];

    snprintf(number, sizeof number, "{'N':'%ld'}", seconds);
    put(shop, id, number);
}

/* Turning it on sweeps at once; later sweeps come every second. */
static void turn_on(struct shop *shop)
{
    EXPECT_CALL(shop, "UpdateTimeToLive",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'until',"
        "'Enabled':true}}",
        "{'TimeToLiveSpecification':{'AttributeName':'until','Enabled':true}}");
}

static size_t count_items(struct shop *shop)
{
    call(shop, "Scan", "%s", "{'TableName':'cache'}");
    return (size_t)answer_integer(shop, "Count");
}

/* What DescribeTable says; a sweep answers nobody, so its totals follow its commit by a moment. */
static bool is_described(struct shop *shop, size_t count)
{
    call(shop, "DescribeTable", "%s", "{'TableName':'cache'}");
    return json_integer_member(answer_at(shop, "Table"), "ItemCount", -1) == (int64_t)count;
}

/* Waits until the table has so many items: sweeps come every second of the real clock. */
static void wait_for_items(struct shop *shop, size_t count)
{
    struct timespec now, end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 10;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((count_items(shop) != count || !is_described(shop, count)) && now.tv_sec < end.tv_sec);
    assert_int_equal(count_items(shop), count);
}

static void what_has_expired_goes_with_its_index_rows(void **state)
{
    struct shop *shop = *state;
    struct tail tail;

    open_tail(shop, "cache", "LATEST", &tail);
    put_time(shop, "old", NOW - 1);
    put_time(shop, "later", INT32_MAX);
    assert_int_equal(count_items(shop), 2);
    turn_on(shop);
    wait_for_items(shop, 1);
    EXPECT_CALL(shop, "Query",
        "{'TableName':'cache','IndexName':'by-g','KeyConditionExpression':'g = :g',"
        "'ExpressionAttributeValues':{':g':{'S':'all'}},'ProjectionExpression':'id'}",
        "{'Items':[{'id':{'S':'later'}}],'Count':1,'ScannedCount':1}");
    call(shop, "DescribeTable", "%s", "{'TableName':'cache'}");
    assert_true(text_is(answer_at(shop, "Table.ItemCount")->text, "1"));
    assert_true(text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.ItemCount")->text, "1"));
    assert_int_equal(read_records(shop, &tail, 100), 3);
    assert_string_equal(describe_record(shop, 2),
        "REMOVE {'id':{'S':'old'}} - {'g':{'S':'all'},'id':{'S':'old'},"
        "'until':{'N':'1789999999'}} 25");
    assert_null(answer_at(shop, "Records.1.userIdentity"));
    assert_true(text_is(answer_at(shop, "Records.2.userIdentity.Type")->text, "Service"));
    assert_true(text_is(answer_at(shop, "Records.2.userIdentity.PrincipalId")->text,
        "dynamodb.amazonaws.com"));
}

static void only_numbers_of_the_last_five_years_expire(void **state)
{
    struct shop *shop = *state;

    put(shop, "text", "{'S':'1789999999'}");
    put(shop, "set", "{'NS':['1789999999']}");
    put(shop, "null", "{'NULL':true}");
    put(shop, "negative", "{'N':'-5'}");
    put(shop, "huge", "{'N':'1E125'}");
    put_time(shop, "milliseconds", NOW * 1000L - 1000);
    put_time(shop, "ancient", NOW - FIVE_YEARS);
    put_time(shop, "zero", 0);
    /* The sweep is over when these two are gone. */
    put(shop, "fraction", "{'N':'1789999999.9'}");
    put_time(shop, "oldest", NOW - FIVE_YEARS + 1);
    turn_on(shop);
    wait_for_items(shop, 8);
    call(shop, "GetItem", "%s", "{'TableName':'cache','Key':{'id':{'S':'fraction'}}}");
    expect(shop, "{}");
    call(shop, "GetItem", "%s", "{'TableName':'cache','Key':{'id':{'S':'oldest'}}}");
    expect(shop, "{}");
}

static void an_expired_item_is_there_until_it_is_swept(void **state)
{
    struct shop *shop = *state;

    shop_stop(shop);
    shop->settings.ttl_delay_s = 3600;
    shop->memory = false;
    shop_start(shop);
    call(shop, "CreateTable", "%s",
        "{'TableName':'cache','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    put_time(shop, "kept", NOW - 3600);
    put_time(shop, "swept", NOW - 3601);
    turn_on(shop);
    wait_for_items(shop, 1);
    call(shop, "GetItem", "%s",
        "{'TableName':'cache','Key':{'id':{'S':'kept'}},'ReturnConsumedCapacity':'TOTAL'}");
    assert_true(text_is(answer_at(shop, "Item.id.S")->text, "kept"));
    shop->settings.ttl_delay_s = 0;
}

static void a_changed_time_counts(void **state)
{
    struct shop *shop = *state;

    turn_on(shop);
    put_time(shop, "a", INT32_MAX);
    put_time(shop, "b", INT32_MAX);
    call(shop, "UpdateItem", "%s",
        "{'TableName':'cache','Key':{'id':{'S':'a'}},'UpdateExpression':'SET #u = :u',"
        "'ExpressionAttributeNames':{'#u':'until'},'ExpressionAttributeValues':{':u':{'N':'"
        "1789999000'}}}");
    assert_int_equal(shop->status, 200);
    wait_for_items(shop, 1);
}

static void turning_it_on_and_off_is_checked(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "DescribeTimeToLive", "{'TableName':'cache'}",
        "{'TimeToLiveDescription':{'TimeToLiveStatus':'DISABLED'}}");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'u','Enabled':false}}",
        "TimeToLive is already disabled");
    turn_on(shop);
    EXPECT_CALL(shop, "DescribeTimeToLive", "{'TableName':'cache'}",
        "{'TimeToLiveDescription':{'TimeToLiveStatus':'ENABLED','AttributeName':'until'}}");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'until','Enabled':true}}",
        "TimeToLive is already enabled");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'u','Enabled':true}}",
        "TimeToLive is active on a different AttributeName: current AttributeName is until");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'','Enabled':true}}",
        "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed "
        "to satisfy constraint: Member must have length greater than or equal to 1");
    EXPECT_INVALID(shop, "UpdateTimeToLive", "{'TableName':'cache'}",
        "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy "
        "constraint: Member must not be null");
    EXPECT_FAULT(shop, "UpdateTimeToLive",
        "{'TableName':'none','TimeToLiveSpecification':{'AttributeName':'u','Enabled':true}}",
        "ResourceNotFoundException", "Requested resource not found: Table: none not found");
    call(shop, "UpdateTimeToLive", "%s",
        "{'TableName':'cache','TimeToLiveSpecification':{'AttributeName':'until',"
        "'Enabled':false}}");
    assert_int_equal(shop->status, 200);
    put_time(shop, "old", NOW - 1);
    assert_int_equal(count_items(shop), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_expired_goes_with_its_index_rows, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(only_numbers_of_the_last_five_years_expire, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(an_expired_item_is_there_until_it_is_swept, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_changed_time_counts, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(turning_it_on_and_off_is_checked, open_shop, close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
