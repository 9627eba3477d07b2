#include "tests/unit/tables_support.h"

#include "base/mem.h"

/*
 * Each allocation of a request fails in turn: the answer is a 500 or the one that it is with
 * memory enough, and what is kept is what it was meant to be.
 */
#define ARN "arn:aws:dynamodb:eu-west-1:000000000000:table/lines"

static const char make[] =
    "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
    "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'},"
    "{'AttributeName':'g','AttributeType':'S'}],'KeySchema':["
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
    "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'g','KeyType':'RANGE'}],"
    "'Projection':{'ProjectionType':'ALL'}}],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"
    "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{"
    "'ProjectionType':'INCLUDE','NonKeyAttributes':['n']}}],"
    "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}";

#define ITEM                                                                                       \
    "{'b':{'B':'AAEC'},'g':{'S':'x'},'h':{'S':'a'},'l':{'L':[{'N':'1.5'},{'NULL':true}]},"         \
    "'n':{'N':'1200'},'r':{'N':'1'},'s':{'NS':['1','2.25']}}"
#define KEY "'Key':{'h':{'S':'a'},'r':{'N':'1'}}"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s", make);
    assert_int_equal(shop.status, 200);
    for (int i = 0; i < 5; i++) {
        call(&shop, "PutItem",
            "{'TableName':'lines','Item':{'h':{'S':'q'},'r':{'N':'%d'},'g':{'S':'y'},'n':{"
            "'N':'%d'}}}",
            i, i);
        assert_int_equal(shop.status, 200);
    }
    call(&shop, "PutItem", "{'TableName':'lines','Item':" ITEM "}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

struct subject {
    const char *operation, *body;
};

static const struct subject subject_table[] = {
    {"GetItem", "{'TableName':'lines'," KEY ",'ProjectionExpression':'l[0], n, #b',"
                "'ExpressionAttributeNames':{'#b':'b'},'ReturnConsumedCapacity':'TOTAL'}"},
    {"Query", "{'TableName':'lines','KeyConditionExpression':'h = :h AND r BETWEEN :a AND :b',"
              "'FilterExpression':'n > :a','ExpressionAttributeValues':{':h':{'S':'q'},"
              "':a':{'N':'1.0'},':b':{'N':'3'}},'ScanIndexForward':false,'Limit':2}"},
    {"Query", "{'TableName':'lines','IndexName':'by-g','KeyConditionExpression':'g = :g',"
              "'ExpressionAttributeValues':{':g':{'S':'y'}},'ExclusiveStartKey':{"
              "'h':{'S':'q'},'r':{'N':'1'},'g':{'S':'y'}}}"},
    {"Scan", "{'TableName':'lines','FilterExpression':'contains(s, :two) OR size(g) = :one',"
             "'ExpressionAttributeValues':{':two':{'N':'2.250'},':one':{'N':'1'}},"
             "'ProjectionExpression':'h, r','Segment':0,'TotalSegments':1}"},
    {"BatchGetItem", "{'RequestItems':{'lines':{'Keys':[{'h':{'S':'a'},'r':{'N':'1'}},"
                     "{'h':{'S':'q'},'r':{'N':'3.0'}}],'ProjectionExpression':'n, s'}}}"},
    {"BatchGetItem", "{'RequestItems':{'lines':{'Keys':[{'h':{'S':'a'},'r':{'N':'1'}},"
                     "{'h':{'S':'q'},'r':{'N':'3.0'}}],'ConsistentRead':true}}}"},
    {"GetItem", "{'TableName':'lines'," KEY "}"},
    {"Scan", "{'TableName':'lines','IndexName':'local'}"},
    {"TransactGetItems", "{'TransactItems':[{'Get':{'TableName':'lines'," KEY
                         "}},{'Get':{'TableName':'lines','Key':{'h':{'S':'q'},'r':{'N':'2'}},"
                         "'ProjectionExpression':'n'}}]}"},
    {"PutItem", "{'TableName':'lines','Item':" ITEM ",'ReturnValues':'ALL_OLD',"
                "'ConditionExpression':'attribute_exists(h)'}"},
    {"UpdateItem", "{'TableName':'lines'," KEY ",'UpdateExpression':"
                   "'SET n = n + :z, l[0] = :v, s = :s REMOVE zz','ExpressionAttributeValues':{"
                   "':z':{'N':'0.0'},':v':{'N':'15e-1'},':s':{'NS':['2.25','1']}},"
                   "'ReturnValues':'ALL_NEW'}"},
    {"BatchWriteItem", "{'RequestItems':{'lines':[{'PutRequest':{'Item':" ITEM
                       "}},{'DeleteRequest':{'Key':{'h':{'S':'none'},'r':{'N':'1'}}}}]},"
                       "'ReturnItemCollectionMetrics':'SIZE'}"},
    {"TransactWriteItems", "{'TransactItems':[{'Put':{'TableName':'lines','Item':" ITEM
                           "}},{'ConditionCheck':{'TableName':'lines','Key':{'h':{'S':'q'},"
                           "'r':{'N':'4'}},'ConditionExpression':'n = :n',"
                           "'ExpressionAttributeValues':{':n':{'N':'4'}}}}],"
                           "'ReturnConsumedCapacity':'INDEXES'}"},
    {"ExecuteStatement", "{'Statement':'SELECT n, l FROM lines WHERE h = ? AND r = 1',"
                         "'Parameters':[{'S':'a'}]}"},
    {"BatchExecuteStatement",
        "{'Statements':[{'Statement':'SELECT n FROM lines WHERE h = ? AND r = 1',"
        "'Parameters':[{'S':'a'}]},{'Statement':'SELECT * FROM lines WHERE "
        "h = ? AND r = 3','Parameters':[{'S':'q'}]}]}"},
    {"ExecuteTransaction", "{'TransactStatements':[{'Statement':'UPDATE lines SET n = 1200 WHERE "
                           "h = ? AND r = 1','Parameters':[{'S':'a'}]}]}"},
    {"ExecuteStatement", "{'Statement':'SELECT h, n FROM lines WHERE begins_with(h, ?)',"
                         "'Parameters':[{'S':'q'}]}"},
    {"DescribeTable", "{'TableName':'lines'}"},
    {"DescribeContributorInsights", "{'TableName':'lines','IndexName':'by-g'}"},
    {"ListTables", "{}"},
    {"PutResourcePolicy", "{'ResourceArn':'" ARN "','Policy':'{\\'Statement\\':{\\'Effect\\':"
                          "\\'Deny\\',\\'Principal\\':{\\'AWS\\':[\\'000000000000\\']},"
                          "\\'Action\\':[\\'*\\'],\\'Resource\\':\\'*\\'}}'}"},
    {"GetResourcePolicy", "{'ResourceArn':'" ARN "'}"},
    {"TagResource", "{'ResourceArn':'" ARN "','Tags':[{'Key':'a','Value':'b'}]}"},
    {"ListTagsOfResource", "{'ResourceArn':'" ARN "'}"},
};

static void try_subject(struct shop *shop, const struct subject *subject)
{
    struct buf right;
    int good = 0;

    buf_init(&right, 1 << 20);
    call(shop, subject->operation, "%s", subject->body);
    if (shop->status != 200)
        fail_msg("%s: %s", subject->operation, buf_string(&shop->answer));
    buf_add_text(&right, buf_view(&shop->answer));
    for (int nth = 1; good < 25; nth++) {
        assert_true(nth < 2000);
        buf_clear(&shop->request);
        add_quoted(&shop->request, subject->body);
        mem_fail_at(nth);
        send_request(shop, subject->operation);
        mem_fail_at(0);
        good = shop->status == 200 ? good + 1 : 0;
        if (shop->status == 200 && !text_equal(buf_view(&shop->answer), buf_view(&right)))
            fail_msg("%s, allocation %d: %s\nis not %s", subject->operation, nth,
                buf_string(&shop->answer), buf_string(&right));
        if (shop->status != 200 && shop->status != 500)
            fail_msg("%s, allocation %d: %s", subject->operation, nth, buf_string(&shop->answer));
        call(shop, "GetItem", "{'TableName':'lines'," KEY "}");
        expect(shop, "{'Item':" ITEM "}");
    }
    buf_done(&right);
}

static void without_memory_there_is_an_error_or_the_right_answer(void **state)
{
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof subject_table / sizeof subject_table[0]; i++)
        try_subject(shop, &subject_table[i]);
    call(shop, "Scan", "{'TableName':'lines','IndexName':'by-g','Select':'COUNT'}");
    assert_int_equal(answer_integer(shop, "Count"), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_memory_there_is_an_error_or_the_right_answer,
            open_shop, close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
