#include "tests/unit/tables_support.h"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    for (int i = 0; i < 2; i++) {
        call(&shop, "CreateTable",
            "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
            "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["
            "{'AttributeName':'id','KeyType':'HASH'}]}",
            i ? "films" : "books");
        assert_int_equal(shop.status, 200);
    }
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

static void several_tables_are_written_and_read_at_once(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'a'},'v':{'N':'1'}}}},"
        "{'PutRequest':{'Item':{'id':{'S':'b'},'v':{'N':'2'}}}}],"
        "'films':[{'DeleteRequest':{'Key':{'id':{'S':'x'}}}}]},'ReturnConsumedCapacity':'INDEXES'}",
        "{'UnprocessedItems':{},'ConsumedCapacity':[{'TableName':'books','CapacityUnits':2.0,"
        "'Table':{'CapacityUnits':2.0}},{'TableName':'films','CapacityUnits':1.0,"
        "'Table':{'CapacityUnits':1.0}}]}");
    EXPECT_CALL(shop, "BatchGetItem",
        "{'RequestItems':{'films':{'Keys':[{'id':{'S':'x'}}]},'books':{'Keys':[{'id':{'S':'b'}},"
        "{'id':{'S':'c'}},{'id':{'S':'a'}}],'ConsistentRead':true,'ProjectionExpression':'#v',"
        "'ExpressionAttributeNames':{'#v':'v'}}},'ReturnConsumedCapacity':'TOTAL'}",
        "{'Responses':{'films':[],'books':[{'v':{'N':'2'}},{'v':{'N':'1'}}]},"
        "'UnprocessedKeys':{},'ConsumedCapacity':[{'TableName':'films','CapacityUnits':0.5},"
        "{'TableName':'books','CapacityUnits':3.0}]}");
}

static void a_bad_write_stops_the_whole_batch(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'new'}}}},"
        "{'PutRequest':{'Item':{'id':{'N':'1'}}}}]}}",
        "The provided key element does not match the schema");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'new'}}}", "{}");
    EXPECT_INVALID(shop, "BatchWriteItem", "{'RequestItems':{'books':[{}]}}",
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
        "supported datatypes");
    EXPECT_INVALID(shop, "BatchWriteItem", "{'RequestItems':{'books':[{'PutRequest':{}}]}}",
        "1 validation error detected: Value null at "
        "'requestItems.books.member.1.member.putRequest.item' failed to satisfy constraint: Member "
        "must not be null");
}

static void equal_keys_are_told_before_wrong_ones(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "BatchGetItem",
        "{'RequestItems':{'books':{'Keys':[{'id':{'N':'1'}},{'id':{'N':'1.0'}}]}}}",
        "Provided list of item keys contains duplicates");
    EXPECT_INVALID(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'N':'1'},'a':{'N':'2'}}}},"
        "{'DeleteRequest':{'Key':{'id':{'N':'1'}}}}]}}",
        "Provided list of item keys contains duplicates");
    EXPECT_FAULT(shop, "BatchGetItem",
        "{'RequestItems':{'books':{'Keys':[{'id':{'N':'1'}},{'id':{'N':'1'}}]},"
        "'nosuch':{'Keys':[{'id':{'S':'1'}}]}}}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_INVALID(shop, "BatchWriteItem",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'a':{'N':'1'}}}},"
        "{'PutRequest':{'Item':{'a':{'N':'1'}}}}]}}",
        "The provided key element does not match the schema");
}

static void what_passes_16_mb_is_left_for_the_next_call(void **state)
{
    struct shop *shop = *state;
    struct buf keys;
    int64_t got = 0, left;

    buf_init(&keys, 1 << 20);
    for (int i = 0; i < 50; i++) {
        call(shop, "PutItem", "{'TableName':'films','Item':{'id':{'S':'%d'},'d':{'S':'%0*d'}}}", i,
            400000, 0);
        assert_int_equal(shop->status, 200);
        buf_add_format(&keys, "%s{'id':{'S':'%d'}}", i ? "," : "", i);
    }
    call(shop, "BatchGetItem", "{'RequestItems':{'films':{'Keys':[%s],'ConsistentRead':true}}}",
        buf_string(&keys));
    assert_int_equal(shop->status, 200);
    got = (int64_t)answer_at(shop, "Responses.films")->count;
    left = (int64_t)answer_at(shop, "UnprocessedKeys.films.Keys")->count;
    /* The 42nd would be the first to pass 16 MB. */
    assert_int_equal(got, 41);
    assert_int_equal(left, 9);
    assert_true(text_is(answer_at(shop, "UnprocessedKeys.films.Keys.0.id.S")->text, "41"));
    assert_int_equal(answer_at(shop, "UnprocessedKeys.films.ConsistentRead")->kind, JSON_TRUE);
    buf_done(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_tables_are_written_and_read_at_once),
        cmocka_unit_test(a_bad_write_stops_the_whole_batch),
        cmocka_unit_test(equal_keys_are_told_before_wrong_ones),
        cmocka_unit_test(what_passes_16_mb_is_left_for_the_next_call),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
