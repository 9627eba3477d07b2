#include "tests/unit/tables_support.h"

/* A table of two keys, three indexes, and one of a single key. */
static void make_tables(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", "%s",
        "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'order','AttributeType':'S'},"
        "{'AttributeName':'line','AttributeType':'N'},{'AttributeName':'sku','AttributeType':'S'},"
        "{'AttributeName':'price','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'order','KeyType':'HASH'},"
        "{'AttributeName':'line','KeyType':'RANGE'}],"
        "'LocalSecondaryIndexes':[{'IndexName':'by-price','KeySchema':["
        "{'AttributeName':'order','KeyType':'HASH'},{'AttributeName':'price','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'KEYS_ONLY'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'by-sku','KeySchema':["
        "{'AttributeName':'sku','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}");
    assert_int_equal(shop->status, 200);
}

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    make_tables(&shop);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

static void an_item_comes_back_canonical(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'+01.50E1'},'z':{'NULL':true},"
        "'set':{'SS':['b','a','']},'nums':{'NS':['10','9','-1']},'bin':{'B':'AAE='},"
        "'bins':{'BS':['/w==','AA==']},'things':{'L':[{'S':''},{'M':{'y':{'BOOL':false},"
        "'x':{'N':'1e3'}}}]}}}",
        "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a'}}}",
        "{'Item':{'bin':{'B':'AAE='},'bins':{'BS':['AA==','/w==']},'id':{'S':'a'},"
        "'n':{'N':'15'},'nums':{'NS':['-1','9','10']},'set':{'SS':['','a','b']},"
        "'things':{'L':[{'S':''},{'M':{'x':{'N':'1000'},'y':{'BOOL':false}}}]},"
        "'z':{'NULL':true}}}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'nobody'}}}", "{}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'arn:aws:dynamodb:eu-west-1:000000000000:table/books','Key':{'id':{'S':'a'}},"
        "'ProjectionExpression':'things[1].x, nothing, #n','ExpressionAttributeNames':{'#n':'n'}}",
        "{'Item':{'n':{'N':'15'},'things':{'L':[{'M':{'x':{'N':'1000'}}}]}}}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'ProjectionExpression':'nowhere'}",
        "{'Item':{}}");
}

static void return_values_follow_the_table(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'r'},'a':{'N':'1'}},'ReturnValues':'ALL_OLD'}",
        "{}");
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'r'},'a':{'N':'2'}},'ReturnValues':'ALL_OLD'}",
        "{'Attributes':{'a':{'N':'1'},'id':{'S':'r'}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'UpdateExpression':'SET b = :b ADD a :one',"
        "'ExpressionAttributeValues':{':b':{'S':'x'},':one':{'N':'1'}},"
        "'ReturnValues':'UPDATED_NEW'}",
        "{'Attributes':{'a':{'N':'3'},'b':{'S':'x'}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'UpdateExpression':'SET b = :b REMOVE a',"
        "'ExpressionAttributeValues':{':b':{'S':'y'}},'ReturnValues':'UPDATED_OLD'}",
        "{'Attributes':{'a':{'N':'3'},'b':{'S':'x'}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'UpdateExpression':'REMOVE b',"
        "'ReturnValues':'UPDATED_NEW'}",
        "{}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'UpdateExpression':'SET c = id',"
        "'ReturnValues':'ALL_NEW'}",
        "{'Attributes':{'c':{'S':'r'},'id':{'S':'r'}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'ReturnValues':'ALL_OLD'}",
        "{'Attributes':{'c':{'S':'r'},'id':{'S':'r'}}}");
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'ReturnValues':'ALL_OLD'}",
        "{'Attributes':{'c':{'S':'r'},'id':{'S':'r'}}}");
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'r'}},'ReturnValues':'ALL_OLD'}", "{}");
}

static void an_update_of_nothing_creates_only_when_it_sets(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u1'}},'UpdateExpression':'REMOVE a DELETE s :s',"
        "'ExpressionAttributeValues':{':s':{'SS':['a']}}}",
        "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'u1'}}}", "{}");
    EXPECT_CALL(shop, "UpdateItem", "{'TableName':'books','Key':{'id':{'S':'u1'}}}", "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'u1'}}}",
        "{'Item':{'id':{'S':'u1'}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u2'}},'UpdateExpression':'ADD n :n',"
        "'ExpressionAttributeValues':{':n':{'N':'5'}}}",
        "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'u2'}}}",
        "{'Item':{'id':{'S':'u2'},'n':{'N':'5'}}}");
}

static void conditions_guard_writes(void **state)
{
    struct shop *shop = *state;
    const char *type = "ConditionalCheckFailedException";

    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'c'},'v':{'N':'1'}},"
        "'ConditionExpression':'attribute_not_exists(id)'}",
        "{}");
    EXPECT_FAULT(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'c'},'v':{'N':'9'}},"
        "'ConditionExpression':'attribute_not_exists(id)'}",
        type, "The conditional request failed");
    assert_null(answer_at(shop, "Item"));
    call(shop, "UpdateItem", "%s",
        "{'TableName':'books','Key':{'id':{'S':'c'}},'UpdateExpression':'SET v = :new',"
        "'ConditionExpression':'v = :old','ExpressionAttributeValues':{':new':{'N':'2'},"
        "':old':{'N':'7'}},'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}");
    expect_fault(shop, type, "The conditional request failed");
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop, "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',"
                     "'message':'The conditional request failed',"
                     "'Item':{'id':{'S':'c'},'v':{'N':'1'}}}"));
    EXPECT_FAULT(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'nobody'}},"
        "'ConditionExpression':'attribute_exists(id)',"
        "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
        type, "The conditional request failed");
    assert_null(answer_at(shop, "Item"));
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'c'}},'ConditionExpression':'v < :x',"
        "'ExpressionAttributeValues':{':x':{'N':'1.5'}}}",
        "{}");
}

static void capacity_is_counted_by_size_and_index(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'lines','Item':{'order':{'S':'o'},'line':{'N':'1'},'price':{'N':'5'},"
        "'sku':{'S':'s'}},'ReturnConsumedCapacity':'INDEXES',"
        "'ReturnItemCollectionMetrics':'SIZE'}",
        "{'ConsumedCapacity':{'TableName':'lines','CapacityUnits':3.0,"
        "'Table':{'CapacityUnits':1.0},"
        "'LocalSecondaryIndexes':{'by-price':{'CapacityUnits':1.0}},"
        "'GlobalSecondaryIndexes':{'by-sku':{'CapacityUnits':1.0}}},"
        "'ItemCollectionMetrics':{'ItemCollectionKey':{'order':{'S':'o'}},"
        "'SizeEstimateRangeGB':[0,1]}}");
    /* The same again: one write of the table, nothing for the indexes. */
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'lines','Item':{'order':{'S':'o'},'line':{'N':'1'},'price':{'N':'5'},"
        "'sku':{'S':'s'}},'ReturnConsumedCapacity':'INDEXES'}",
        "{'ConsumedCapacity':{'TableName':'lines','CapacityUnits':1.0,"
        "'Table':{'CapacityUnits':1.0}}}");
    /* A moved key is a removal and an insertion; an attribute that is not projected is free. */
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}},"
        "'UpdateExpression':'SET sku = :s, note = :s','ExpressionAttributeValues':{':s':{'S':'t'}},"
        "'ReturnConsumedCapacity':'INDEXES'}",
        "{'ConsumedCapacity':{'TableName':'lines','CapacityUnits':3.0,"
        "'Table':{'CapacityUnits':1.0},'GlobalSecondaryIndexes':{'by-sku':{'CapacityUnits':2.0}}}"
        "}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'lines','Key':{'order':{'S':'nobody'},'line':{'N':'1'}},"
        "'ReturnConsumedCapacity':'TOTAL'}",
        "{'ConsumedCapacity':{'TableName':'lines','CapacityUnits':0.5}}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'lines','Key':{'order':{'S':'nobody'},'line':{'N':'1'}},"
        "'ReturnConsumedCapacity':'INDEXES','ConsistentRead':true}",
        "{'ConsumedCapacity':{'TableName':'lines','CapacityUnits':1.0,"
        "'Table':{'CapacityUnits':1.0}}}");
    call(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'big'},'d':{'S':'%04096d'}},"
        "'ReturnConsumedCapacity':'TOTAL'}",
        0);
    expect(shop, "{'ConsumedCapacity':{'TableName':'books','CapacityUnits':5.0}}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'big'}},'ProjectionExpression':'id',"
        "'ReturnConsumedCapacity':'TOTAL','ConsistentRead':true}",
        "{'Item':{'id':{'S':'big'}},'ConsumedCapacity':{'TableName':'books','CapacityUnits':2.0}}");
}

static void sizes_end_at_the_limit(void **state)
{
    struct shop *shop = *state;

    /* id + big = 5 bytes of names and key value "k". */
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'k'},'big':{'S':'%0*d'}}}",
        409600 - 6, 0);
    expect(shop, "{}");
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'k'},'big':{'S':'%0*d'}}}",
        409600 - 5, 0);
    expect_fault(shop, "ValidationException", "Item size has exceeded the maximum allowed size");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'k'}},'UpdateExpression':'SET a = :a',"
        "'ExpressionAttributeValues':{':a':{'S':''}}}",
        "Item size to update has exceeded the maximum allowed size");
    call(shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'k'}}}");
    assert_int_equal(answer_at(shop, "Item.big.S")->text.length, 409594);
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'%0*d'}}}", 2048, 0);
    expect(shop, "{}");
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'%0*d'}}}", 2049, 0);
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
        "limit of2048 bytes");
}

static void nesting_ends_at_31(void **state)
{
    struct shop *shop = *state;
    struct buf open, close;

    buf_init(&open, 4096);
    buf_init(&close, 4096);
    for (int i = 0; i < 31; i++) {
        buf_add_string(&open, "{'L':[");
        buf_add_string(&close, "]}");
    }
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'deep'},'l':%s{'S':''}%s}}",
        buf_string(&open), buf_string(&close));
    expect(shop, "{}");
    call(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'deep'},'l':{'L':[%s{'S':''}%s]}}}",
        buf_string(&open), buf_string(&close));
    expect_fault(shop, "ValidationException",
        "1 validation error detected: Nesting Levels have exceeded supported limits: Attributes in "
        "the item have nested levels beyond supported limit");
    buf_done(&open);
    buf_done(&close);
}

/* {'TableName':'books','Item':{'id':..,'l':{'L':[element, element, ..]}}} */
static void put_list(struct shop *shop, const char *element, size_t count)
{
    buf_clear(&shop->request);
    add_quoted(&shop->request, "{'TableName':'books','Item':{'id':{'S':'many'},'l':{'L':[");
    for (size_t i = 0; i < count; i++) {
        buf_add_string(&shop->request, i ? "," : "");
        add_quoted(&shop->request, element);
    }
    buf_add_string(&shop->request, "]}}}");
    send_request(shop, "PutItem");
}

static void an_update_makes_no_item_deeper_than_that(void **state)
{
    struct shop *shop = *state;

    call(shop, "PutItem", "%s",
        "{'TableName':'books','Item':{'id':{'S':'deep'},'m':{'M':{'k':{'N':'1'}}}}}");
    assert_int_equal(shop->status, 200);
    for (int i = 0; i < 30; i++) {
        call(shop, "UpdateItem", "%s",
            "{'TableName':'books','Key':{'id':{'S':'deep'}},'UpdateExpression':'SET m.k = m'}");
        expect(shop, "{}");
    }
    for (int i = 0; i < 3; i++)
        EXPECT_INVALID(shop, "UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'deep'}},'UpdateExpression':'SET m.k = m'}",
            "Nesting Levels have exceeded supported limits");
}

static void no_size_of_a_request_is_an_error_of_the_server(void **state)
{
    struct shop *shop = *state;

    /* The longest JSON that an item can have. */
    put_list(shop, "{'N':'1E125'}", 130000);
    assert_int_equal(shop->status, 200);
    call(shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'many'}}}");
    assert_int_equal(shop->status, 200);
    assert_true(shop->answer.length > 130000 * 126);
    call(shop, "UpdateItem", "%s",
        "{'TableName':'books','Key':{'id':{'S':'many'}},'UpdateExpression':'SET a = :a',"
        "'ExpressionAttributeValues':{':a':{'S':'a'}}}");
    assert_true(shop->status < 500);
    call(shop, "Scan", "%s",
        "{'TableName':'books','FilterExpression':'contains(l, :n)',"
        "'ExpressionAttributeValues':{':n':{'N':'1E125'}}}");
    assert_true(shop->status < 500);
    put_list(shop, "{'N':'1E125'}", 140000);
    expect_fault(shop, "ValidationException", "Item size has exceeded the maximum allowed size");
    put_list(shop, "{'S':''}", 1600000);
    assert_int_equal(shop->status, 400);
    put_list(shop, "{}", 5000000);
    assert_int_equal(shop->status, 400);
    call(shop, "DeleteItem", "%s", "{'TableName':'books','Key':{'id':{'S':'many'}}}");
    assert_int_equal(shop->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_comes_back_canonical),
        cmocka_unit_test(return_values_follow_the_table),
        cmocka_unit_test(an_update_of_nothing_creates_only_when_it_sets),
        cmocka_unit_test(conditions_guard_writes),
        cmocka_unit_test(capacity_is_counted_by_size_and_index),
        cmocka_unit_test(sizes_end_at_the_limit),
        cmocka_unit_test(nesting_ends_at_31),
        cmocka_unit_test(an_update_makes_no_item_deeper_than_that),
        cmocka_unit_test(no_size_of_a_request_is_an_error_of_the_server),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
