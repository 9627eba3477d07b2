#include "tests/unit/tables_support.h"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

#define W "One or more parameter values were invalid: "
#define DEFINE(name, type) "{'AttributeName':'" name "','AttributeType':'" type "'}"
#define HASH(name) "{'AttributeName':'" name "','KeyType':'HASH'}"
#define RANGE(name) "{'AttributeName':'" name "','KeyType':'RANGE'}"
#define ALL "'Projection':{'ProjectionType':'ALL'}"
#define UNITS(n) "'ProvisionedThroughput':{'ReadCapacityUnits':" n ",'WriteCapacityUnits':" n "}"
#define CREATE_G                                                                                   \
    "'AttributeDefinitions':[" DEFINE("g", "S") "],'GlobalSecondaryIndexUpdates':[{'Create':{'"    \
                                                "IndexName':'by-g','KeySchema':[" HASH(            \
                                                    "g") "]," ALL "}}]"
#define STREAM "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}"

static void make_tables(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'free','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[" DEFINE("h",
            "S") "," DEFINE("r", "S") "," DEFINE("l",
            "S") "],'KeySchema':[" HASH("h") "," RANGE("r") "],'LocalSecondaryIndexes':["
                                                            "{'IndexName':'by-l','KeySchema':"
                                                            "[" HASH("h") "," RANGE("l") "]," ALL
                                                                                         "}]}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", "%s",
        "{'TableName':'paid'," UNITS(
            "5") ",'AttributeDefinitions':[" DEFINE("h", "S") "," DEFINE("g",
            "N") "],'KeySchema':[" HASH("h") "],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"
                                             "'KeySchema':[" HASH("g") "]," ALL
                                                                       "," UNITS("1") "}]}");
    assert_int_equal(shop->status, 200);
}

struct bad_update {
    const char *table, *members, *type, *message;
};

static void what_an_update_cannot_be_is_told(void **state)
{
    struct shop *shop = *state;
    static const struct bad_update bad[] = {
        {"free", "'AttributeDefinitions':[" DEFINE("g", "S") "]", "ValidationException",
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"},
        {"free", "'SSESpecification':{'Enabled':true},'TableClass':'STANDARD'",
            "ValidationException",
            W "Server-Side Encryption modification must be the only operation in the request"},
        {"free", "'TableClass':'STANDARD','DeletionProtectionEnabled':true", "ValidationException",
            W "TableClass modification must be the only operation in the request"},
        {"free", "'DeletionProtectionEnabled':true," STREAM, "ValidationException",
            W "DeletionProtection modification must be the only operation in the request"},
        {"free", "'WarmThroughput':{'ReadUnitsPerSecond':20000}," STREAM, "ValidationException",
            W "WarmThroughput must be the only operation in the request"},
        {"free", "'OnDemandThroughput':{'MaxReadRequestUnits':5}," STREAM, "ValidationException",
            W "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"},
        {"paid", UNITS("6") "," STREAM, "ValidationException",
            W "You cannot modify stream status while updating table IOPS"},
        {"paid", UNITS("6") ",'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]",
            "ValidationException", W "You cannot create or delete index while updating table IOPS"},
        {"free", CREATE_G "," STREAM, "ValidationException",
            W "You cannot create or delete index while changing stream status"},
        {"free", "'GlobalSecondaryIndexUpdates':[]", "ValidationException",
            W "List of GlobalSecondaryIndexUpdates is empty"},
        {"free",
            "'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'iii'},'Update':{'IndexName':"
            "'iii'," UNITS("1") "}}]",
            "ValidationException",
            W "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
              "object"},
        {"paid",
            "'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'by-g'," UNITS(
                "2") "}},{'Delete':{'IndexName':'by-g'}}]",
            "ValidationException",
            W "Only one global secondary index update per index is allowed simultaneously. Index: "
              "by-g"},
        {"free",
            "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'by-g','KeySchema':[" HASH(
                "g") "]," ALL "}}]",
            "ValidationException", W "AttributeDefinitions is not specified for index: by-g"},
        {"free",
            "'AttributeDefinitions':[" DEFINE("x", "S") "],'GlobalSecondaryIndexUpdates':[{'Create'"
                                                        ":{'IndexName':'by-g','KeySchema':[" HASH(
                                                            "g") "," RANGE("h") "]," ALL "}}]",
            "ValidationException",
            W "Some index key attributes are not defined in AttributeDefinitions. Keys: [g, h], "
              "AttributeDefinitions: [x]"},
        {"free",
            "'AttributeDefinitions':[" DEFINE("g", "S") "],'GlobalSecondaryIndexUpdates':[{'Create'"
                                                        ":{'IndexName':'by-l','KeySchema':[" HASH(
                                                            "g") "]," ALL "}}]",
            "ValidationException", "Attempting to create an index which already exists"},
        {"free", "'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-l'}}]",
            "ValidationException",
            "Cannot delete an index that is not a GlobalSecondaryIndex: by-l"},
        {"free", "'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'by-l'," UNITS("2") "}}]",
            "ValidationException",
            "Cannot update an index that is not a GlobalSecondaryIndex: by-l"},
        {"free",
            "'AttributeDefinitions':[" DEFINE("g", "S") "],'GlobalSecondaryIndexUpdates':[{'Create'"
                                                        ":{'IndexName':'by-g','KeySchema':[" HASH(
                                                            "g") "]," ALL "," UNITS("2") "}}]",
            "ValidationException",
            W "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: by-g "
              "when BillingMode is PAY_PER_REQUEST"},
        {"paid",
            "'AttributeDefinitions':[" DEFINE("x", "S") "],'GlobalSecondaryIndexUpdates':[{'Create'"
                                                        ":{'IndexName':'by-x','KeySchema':[" HASH(
                                                            "x") "]," ALL "}}]",
            "ValidationException", W "ProvisionedThroughput must be specified for index: by-x"},
        {"paid", "'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'by-g'," UNITS("1") "}}]",
            "ValidationException",
            "The provisioned throughput for the index by-g will not change. The requested value "
            "equals the current value. Current ReadCapacityUnits provisioned for the index: 1. "
            "Requested ReadCapacityUnits: 1. Current WriteCapacityUnits provisioned for the index: "
            "1. Requested WriteCapacityUnits: 1. Refer to the Amazon DynamoDB Developer Guide for "
            "current limits and how to request higher limits."},
        {"free", UNITS("5"), "ValidationException",
            W "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
              "is PAY_PER_REQUEST"},
        {"free", "'BillingMode':'PROVISIONED'", "ValidationException",
            W "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"},
        {"free", "'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'none'}}]",
            "ResourceNotFoundException",
            "Requested resource not found: Index: none of table: free not found"},
        {"gone", STREAM, "ResourceNotFoundException",
            "Requested resource not found: Table: gone not found"},
    };

    make_tables(shop);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call(shop, "UpdateTable", "{'TableName':'%s',%s}", bad[i].table, bad[i].members);
        expect_fault(shop, bad[i].type, bad[i].message);
    }
    call(shop, "UpdateTable", "%s",
        "{'TableName':'free','BillingMode':'PAY_PER_REQUEST',"
        "'OnDemandThroughput':{'MaxReadRequestUnits':5}}");
    assert_int_equal(shop->status, 200);
    call(shop, "UpdateTable", "%s",
        "{'TableName':'free','BillingMode':'PAY_PER_REQUEST'," STREAM "}");
    assert_int_equal(shop->status, 200);
}

static void the_21st_index_is_one_too_many(void **state)
{
    struct shop *shop = *state;
    struct buf indexes;

    buf_init(&indexes, 65536);
    for (int i = 0; i < 20; i++)
        buf_add_format(&indexes, "%s{'IndexName':'index-%d','KeySchema':[%s],%s}", i ? "," : "", i,
            HASH("h"), ALL);
    call(shop, "CreateTable",
        "{'TableName':'many','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[%s],"
        "'KeySchema':[%s],'GlobalSecondaryIndexes':[%s]}",
        DEFINE("h", "S"), HASH("h"), buf_string(&indexes));
    assert_int_equal(shop->status, 200);
    EXPECT_FAULT(shop, "UpdateTable", "{'TableName':'many'," CREATE_G "}", "LimitExceededException",
        "GlobalSecondaryIndex count exceeds the per-table limit of 20");
    buf_done(&indexes);
}

static void definitions_are_merged_and_pruned(void **state)
{
    struct shop *shop = *state;

    make_tables(shop);
    /* h keeps its type, whatever is said now; what no key uses is not kept. */
    call(shop, "UpdateTable", "%s",
        "{'TableName':'free','AttributeDefinitions':[" DEFINE("h", "N") "," DEFINE("g",
            "N") "," DEFINE("unused", "B") "],'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName'"
                                           ":'by-g','KeySchema':[" HASH("g") "," RANGE("h") "]," ALL
                                                                                            "}}]}");
    assert_int_equal(shop->status, 200);
    assert_int_equal(answer_at(shop, "TableDescription.AttributeDefinitions")->count, 4);
    assert_true(
        text_is(answer_at(shop, "TableDescription.AttributeDefinitions.0.AttributeType")->text,
            "S"));
    assert_true(
        text_is(answer_at(shop, "TableDescription.AttributeDefinitions.3.AttributeName")->text,
            "g"));
    do
        call(shop, "DescribeTable", "%s", "{'TableName':'free'}");
    while (!text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.IndexStatus")->text, "ACTIVE"));
    call(shop, "UpdateTable", "%s",
        "{'TableName':'free','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_int_equal(shop->status, 200);
    assert_int_equal(answer_at(shop, "TableDescription.AttributeDefinitions")->count, 3);
    assert_null(answer_at(shop, "TableDescription.GlobalSecondaryIndexes"));
}

static void tags_have_keys_of_their_own(void **state)
{
    struct shop *shop = *state;
#define TAG_FREE "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/free','Tags':["
    struct buf tags;

    make_tables(shop);
    EXPECT_INVALID(shop, "TagResource",
        TAG_FREE "{'Key':'a','Value':'1'},{'Key':'b','Value':'1'},{'Key':'a','Value':'2'}]}",
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found a");
    EXPECT_INVALID(shop, "TagResource", TAG_FREE "{'Key':'aws:a','Value':'1'}]}",
        "Tag Key cannot be prefixed with aws:, Key: aws:a");
    buf_init(&tags, 65536);
    for (int i = 0; i < 51; i++)
        buf_add_format(&tags, "%s{'Key':'k%d','Value':''}", i ? "," : "", i);
    call(shop, "TagResource", TAG_FREE "%s]}", buf_string(&tags));
    expect_fault(shop, "ValidationException",
        "Number of Tags exceed the current limit for the provided ResourceArn");
    /* 50 are not too many, but one more is. */
    buf_cut(&tags, tags.length - strlen(",{'Key':'k50','Value':''}"));
    call(shop, "TagResource", TAG_FREE "%s]}", buf_string(&tags));
    assert_int_equal(shop->status, 200);
    EXPECT_INVALID(shop, "TagResource", TAG_FREE "{'Key':'k50','Value':''}]}",
        "Number of Tags exceed the current limit for the provided ResourceArn");
    EXPECT_CALL(shop, "TagResource", TAG_FREE "{'Key':'k49','Value':'new'}]}", "");
    buf_done(&tags);
}

#define MULTI(keys) "{'IndexName':'wide','KeySchema':[" keys "]," ALL "}"

static void bad_keys_of_an_index_are_told(void **state)
{
    struct shop *shop = *state;
    static const struct bad_update bad[] = {
        {HASH("a") "," RANGE("b") "," HASH("c"), NULL, NULL,
            W "All HASH key attributes must precede RANGE key attributes in the KeySchema"},
        {HASH("a") "," HASH("b") "," HASH("c") "," HASH("d") "," HASH("e"), NULL, NULL,
            W "The KeySchema exceeds the maximum allowed number of HASH key attributes"},
        {HASH("a") "," RANGE("b") "," RANGE("c") "," RANGE("d") "," RANGE("e") "," RANGE("f"), NULL,
            NULL, W "The KeySchema exceeds the maximum allowed number of RANGE key attributes"},
        {HASH("a") "," HASH("b") "," RANGE("a"), NULL, NULL,
            "The KeySchema contains multiple key attributes with the same name"},
        {RANGE("a") "," HASH("b"), NULL, NULL,
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call(shop, "CreateTable",
            "{'TableName':'bad','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
            "%s,%s,%s,%s,%s,%s,%s],'KeySchema':[%s],'GlobalSecondaryIndexes':[{'IndexName':'wide',"
            "'KeySchema':[%s],%s}]}",
            DEFINE("id", "S"), DEFINE("a", "S"), DEFINE("b", "S"), DEFINE("c", "S"),
            DEFINE("d", "S"), DEFINE("e", "S"), DEFINE("f", "S"), HASH("id"), bad[i].table, ALL);
        expect_fault(shop, "ValidationException", bad[i].message);
    }
    EXPECT_INVALID(shop, "CreateTable",
        "{'TableName':'bad','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[" DEFINE("id",
            "S") "," DEFINE("id", "S") "],'KeySchema':[" HASH("id") "]}",
        "Attribute Name is duplicated: id");
    EXPECT_INVALID(shop, "CreateTable",
        "{'TableName':'bad','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[" DEFINE("id",
            "S") "],'KeySchema':[" HASH("id") "],'GlobalSecondaryIndexes':[{'IndexName':'iii',"
                                              "'KeySchema':[" HASH(
                                                  "id") "],'Projection':{'ProjectionType':'INCLUDE'"
                                                        ","
                                                        "'NonKeyAttributes':['x','y','x']}}]}",
        W "Duplicate element in NonKeyAttributes: x");
    EXPECT_INVALID(shop, "CreateTable",
        "{'TableName':'bad'," UNITS("1") ",'AttributeDefinitions':[" DEFINE("id",
            "S") "],'KeySchema':[" HASH("id") "],'GlobalSecondaryIndexes':[{'IndexName':'iii',"
                                              "'KeySchema':[" HASH("id") "]," ALL "}]}",
        W "ProvisionedThroughput is not specified for index: iii");
}

static void make_wide(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'wide','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[" DEFINE("id",
            "S") "," DEFINE("a", "S") "," DEFINE("b", "N") "," DEFINE("c", "N") "," DEFINE("d",
            "S") "," DEFINE("e",
            "B") "],'KeySchema':[" HASH("id") "],'GlobalSecondaryIndexes':"
                                              "[" MULTI(HASH("a") "," HASH("b") "," RANGE(
                                                  "c") "," RANGE("d") "," RANGE("e")) "]}");
    assert_int_equal(shop->status, 200);
    /* Numbers by value, then text: not as their digits are. */
    for (int i = 0; i < 12; i++) {
        call(shop, "PutItem",
            "{'TableName':'wide','Item':{'id':{'S':'%02d'},'a':{'S':'x'},'b':{'N':'%d'},"
            "'c':{'N':'%d'},'d':{'S':'%c'},'e':{'B':'AA=='}}}",
            i, i % 2, 9 - i / 4 + (i < 4) * 2, 'p' + i % 4);
        assert_int_equal(shop->status, 200);
    }
    /* Without one of the five it is not in the index. */
    call(shop, "PutItem", "%s",
        "{'TableName':'wide','Item':{'id':{'S':'z'},'a':{'S':'x'},'b':{'N':'0'},'c':{'N':'1'},"
        "'d':{'S':'p'}}}");
    assert_int_equal(shop->status, 200);
}

static void query(struct shop *shop, const char *condition, const char *values)
{
    call(shop, "Query",
        "{'TableName':'wide','IndexName':'wide','KeyConditionExpression':'%s',"
        "'ExpressionAttributeValues':{%s}}",
        condition, values);
}

static void an_index_of_five_keys_is_queried_from_left_to_right(void **state)
{
    struct shop *shop = *state;
#define XB "':x':{'S':'x'},':b':{'N':'0'}"

    make_wide(shop);
    query(shop, "a = :x AND b = :b", XB);
    assert_int_equal(answer_integer(shop, "Count"), 6);
    /* c is 11, 8, 7: sorted by value, then by d. */
    assert_true(text_is(answer_at(shop, "Items.0.id.S")->text, "08"));
    assert_true(text_is(answer_at(shop, "Items.1.id.S")->text, "10"));
    assert_true(text_is(answer_at(shop, "Items.2.id.S")->text, "04"));
    assert_true(text_is(answer_at(shop, "Items.5.id.S")->text, "02"));
    query(shop, "d > :d AND c = :c AND b = :b AND a = :x", XB ",':c':{'N':'8'},':d':{'S':'p'}");
    assert_int_equal(answer_integer(shop, "Count"), 1);
    assert_true(text_is(answer_at(shop, "Items.0.id.S")->text, "06"));
    query(shop, "a = :x AND b = :b AND c BETWEEN :c AND :d", XB ",':c':{'N':'8'},':d':{'N':'11'}");
    assert_int_equal(answer_integer(shop, "Count"), 4);
    query(shop, "a = :x AND b = :b AND c = :c AND begins_with(d, :d)",
        XB ",':c':{'N':'7'},':d':{'S':'p'}");
    assert_int_equal(answer_integer(shop, "Count"), 1);
    query(shop, "a = :x", "':x':{'S':'x'}");
    expect_fault(shop, "ValidationException",
        "HASH key attributes b must have equality conditions specified in the query");
    query(shop, "a = :x AND b = :b AND d = :d", XB ",':d':{'S':'p'}");
    expect_fault(shop, "ValidationException",
        "RANGE key attributes c must have equality conditions specified in the query because a "
        "condition is present on key attribute d");
    query(shop, "a = :x AND b = :b AND c > :c AND d = :d", XB ",':c':{'N':'7'},':d':{'S':'p'}");
    expect_fault(shop, "ValidationException",
        "RANGE key attributes c must have equality conditions specified in the query because a "
        "condition is present on key attribute d");
    query(shop, "a = :x AND b > :b", XB);
    expect_fault(shop, "ValidationException", "Query key condition not supported");
}

static void an_index_of_five_keys_is_read_in_pages(void **state)
{
    struct shop *shop = *state;
    char start[512] = "";
    size_t count = 0;
    const struct json *last;

    make_wide(shop);
    do {
        call(shop, "Query",
            "{'TableName':'wide','IndexName':'wide','Limit':2,'KeyConditions':{"
            "'a':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'x'}]},"
            "'b':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}}%s}",
            start);
        assert_int_equal(shop->status, 200);
        count += (size_t)answer_integer(shop, "Count");
        last = answer_at(shop, "LastEvaluatedKey");
        if (last) {
            struct json_writer writer;
            struct buf text;

            assert_int_equal(last->count, 6);
            buf_init(&text, sizeof start - 1);
            json_writer_init(&writer, &text);
            json_tree(&writer, last);
            snprintf(start, sizeof start, ",'ExclusiveStartKey':%s", buf_string(&text));
            buf_done(&text);
        }
    } while (last);
    assert_int_equal(count, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_an_update_cannot_be_is_told, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(the_21st_index_is_one_too_many, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(definitions_are_merged_and_pruned, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(tags_have_keys_of_their_own, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(bad_keys_of_an_index_are_told, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(an_index_of_five_keys_is_queried_from_left_to_right,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(an_index_of_five_keys_is_read_in_pages, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
