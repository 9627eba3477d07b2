#include "tests/unit/tables_support.h"

/* Members of requests: enums, lengths, ranges and what is missing, one by one (tables.md 7.1). */

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

#define ONE "1 validation error detected: "
#define FAILED " failed to satisfy constraint: "
#define SET FAILED "Member must satisfy enum value set: "
#define CAPACITY ONE "Value 'x' at 'returnConsumedCapacity'" SET "[INDEXES, TOTAL, NONE]"
#define METRICS ONE "Value 'x' at 'returnItemCollectionMetrics'" SET "[SIZE, NONE]"
#define RETURN_VALUES                                                                              \
    ONE "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, "             \
        "UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
#define OPERATOR ONE "Value 'x' at 'conditionalOperator'" SET "[OR, AND]"
#define SELECT                                                                                     \
    ONE "Value 'x' at 'select'" SET                                                                \
        "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
#define COMPARISONS                                                                                \
    SET "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, "        \
        "CONTAINS]"

struct bad_request {
    const char *operation, *body, *message;
};

static void check_all(struct shop *shop, const struct bad_request *bad, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_INVALID(shop, bad[i].operation, bad[i].body, bad[i].message);
}
#define CHECK_ALL(shop, bad) check_all(shop, bad, sizeof(bad) / sizeof(bad)[0])

#define PUT "{'TableName':'nope','Item':{},"
#define KEY "{'TableName':'nope','Key':{},"
#define T "{'TableName':'nope',"

static void words_outside_their_set_are_told_with_the_set(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", PUT "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"PutItem", PUT "'ReturnItemCollectionMetrics':'x'}", METRICS},
        {"PutItem", PUT "'ReturnValues':'x'}", RETURN_VALUES},
        {"PutItem", PUT "'ConditionalOperator':'x'}", OPERATOR},
        {"PutItem", PUT "'Expected':{'a':{'ComparisonOperator':'x'}}}",
            ONE "Value 'x' at 'expected.a.member.comparisonOperator'" COMPARISONS},
        {"UpdateItem", KEY "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"UpdateItem", KEY "'ReturnItemCollectionMetrics':'x'}", METRICS},
        {"UpdateItem", KEY "'ReturnValues':'x'}", RETURN_VALUES},
        {"UpdateItem", KEY "'ConditionalOperator':'x'}", OPERATOR},
        {"UpdateItem", KEY "'AttributeUpdates':{'a':{'Action':'x'}}}",
            ONE "Value 'x' at 'attributeUpdates.a.member.action'" SET "[ADD, PUT, DELETE]"},
        {"DeleteItem", KEY "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"DeleteItem", KEY "'ReturnItemCollectionMetrics':'x'}", METRICS},
        {"DeleteItem", KEY "'ReturnValues':'x'}", RETURN_VALUES},
        {"GetItem", KEY "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"Query", T "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"Query", T "'Select':'x'}", SELECT},
        {"Query", T "'ConditionalOperator':'x'}", OPERATOR},
        {"Query", T "'KeyConditions':{'a':{'ComparisonOperator':'x'}}}",
            ONE "Value 'x' at 'keyConditions.a.member.comparisonOperator'" COMPARISONS},
        {"Query", T "'QueryFilter':{'a':{'ComparisonOperator':'x'}}}",
            ONE "Value 'x' at 'queryFilter.a.member.comparisonOperator'" COMPARISONS},
        {"Scan", T "'ReturnConsumedCapacity':'x'}", CAPACITY},
        {"Scan", T "'Select':'x'}", SELECT},
        {"Scan", T "'ConditionalOperator':'x'}", OPERATOR},
        {"Scan", T "'ScanFilter':{'a':{'ComparisonOperator':'x'}}}",
            ONE "Value 'x' at 'scanFilter.a.member.comparisonOperator'" COMPARISONS},
        {"BatchGetItem", "{'RequestItems':{'nope':{'Keys':[{}]}},'ReturnConsumedCapacity':'x'}",
            CAPACITY},
        {"BatchWriteItem",
            "{'RequestItems':{'nope':[{'DeleteRequest':{'Key':{}}}]},'ReturnConsumedCapacity':"
            "'x'}",
            CAPACITY},
        {"BatchWriteItem",
            "{'RequestItems':{'nope':[{'DeleteRequest':{'Key':{}}}]},"
            "'ReturnItemCollectionMetrics':'x'}",
            METRICS},
        {"TransactGetItems",
            "{'TransactItems':[{'Get':{'TableName':'nope','Key':{}}}],"
            "'ReturnConsumedCapacity':'x'}",
            CAPACITY},
        {"TransactWriteItems",
            "{'TransactItems':[{'Delete':{'TableName':'nope','Key':{}}}],"
            "'ReturnItemCollectionMetrics':'x'}",
            METRICS},
    };

    CHECK_ALL(shop, bad);
}

#define MISSING(member) ONE "Value null at '" member "'" FAILED "Member must not be null"

static void what_is_missing_is_named(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'nope'}", MISSING("item")},
        {"PutItem", "{'TableName':null,'Item':{}}", MISSING("tableName")},
        {"UpdateItem", "{'TableName':'nope'}", MISSING("key")},
        {"DeleteItem", "{'TableName':'nope','Key':null}", MISSING("key")},
        {"GetItem", "{'Key':{}}", MISSING("tableName")},
        {"Query", "{}", MISSING("tableName")},
        {"Scan", "{}", MISSING("tableName")},
        {"BatchGetItem", "{}", MISSING("requestItems")},
        {"BatchGetItem", "{'RequestItems':{'nope':{}}}", MISSING("requestItems.nope.member.keys")},
        {"BatchWriteItem", "{'RequestItems':null}", MISSING("requestItems")},
        {"BatchWriteItem", "{'RequestItems':{'nope':[{'DeleteRequest':{}}]}}",
            MISSING("requestItems.nope.member.1.member.deleteRequest.key")},
        {"TransactGetItems", "{}", MISSING("transactItems")},
        {"TransactWriteItems", "{}", MISSING("transactItems")},
        {"DescribeTable", "{}", MISSING("tableName")},
        {"DeleteTable", "{}", MISSING("tableName")},
        {"UpdateTable", "{}", MISSING("tableName")},
        {"DescribeTimeToLive", "{}", MISSING("tableName")},
        {"ListTagsOfResource", "{}", MISSING("resourceArn")},
    };

    CHECK_ALL(shop, bad);
}

#define EMPTY_TABLE                                                                                \
    ONE "Value at 'TableName'" FAILED "Member must have length greater than or equal to 1"
#define PATTERN FAILED "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"

static void names_and_numbers_have_bounds(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'','ReturnValues':'x'}", EMPTY_TABLE},
        {"UpdateItem", "{'TableName':'','ReturnValues':'x'}", EMPTY_TABLE},
        {"DeleteItem", "{'TableName':'','ReturnValues':'x'}", EMPTY_TABLE},
        {"GetItem", "{'TableName':'','Key':{}}", EMPTY_TABLE},
        {"Query", "{'TableName':''}", EMPTY_TABLE},
        {"Scan", "{'TableName':''}", EMPTY_TABLE},
        {"PutItem", "{'TableName':'a b','Item':{}}", ONE "Value 'a b' at 'tableName'" PATTERN},
        {"GetItem", "{'TableName':'a/b','Key':{}}", ONE "Value 'a/b' at 'tableName'" PATTERN},
        {"DescribeTable", "{'TableName':'a!'}",
            "2 validation errors detected: Value 'a!' at 'tableName'" PATTERN
            "; Value 'a!' at 'tableName'" FAILED
            "Member must have length greater than or equal to 3"},
        {"Query", "{'TableName':'nope','Limit':0}",
            ONE "Value at 'Limit'" FAILED "Member must have value greater than or equal to 1"},
        {"Scan", "{'TableName':'nope','Limit':-1}",
            ONE "Value '-1' at 'limit'" FAILED "Member must have value greater than or equal to 1"},
        {"Scan", "{'TableName':'nope','Segment':1000000,'TotalSegments':1000000}",
            ONE "Value '1000000' at 'segment'" FAILED
                "Member must have value less than or equal to 999999"},
        {"ListTables", "{'Limit':0}",
            ONE "Value '0' at 'limit'" FAILED "Member must have value greater than or equal to 1"},
        {"ListTables", "{'ExclusiveStartTableName':'a!'}",
            "2 validation errors detected: Value 'a!' at 'exclusiveStartTableName'" PATTERN
            "; Value 'a!' at 'exclusiveStartTableName'" FAILED
            "Member must have length greater than or equal to 3"},
        {"Query", "{'TableName':'nope','IndexName':'a'}",
            ONE "Value 'a' at 'indexName'" FAILED
                "Member must have length greater than or equal to 3"},
    };

    CHECK_ALL(shop, bad);
    EXPECT_FAULT(shop, "GetItem", "{'TableName':'a','Key':{}}", "ResourceNotFoundException",
        "Requested resource not found");
}

#define DEFINE "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'S'}],"
#define SCHEMA "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'}]"

static void tables_name_the_place_of_a_bad_word(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"CreateTable", T DEFINE SCHEMA ",'BillingMode':'x'}",
            ONE "Value 'x' at 'billingMode'" SET "[PROVISIONED, PAY_PER_REQUEST]"},
        {"CreateTable",
            T DEFINE "'KeySchema':[{'AttributeName':'h','KeyType':'x'}],"
                     "'BillingMode':'PAY_PER_REQUEST'}",
            ONE "Value 'x' at 'keySchema.1.member.keyType'" SET "[HASH, RANGE]"},
        {"CreateTable",
            T "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'x'}]," SCHEMA
              ",'BillingMode':'PAY_PER_REQUEST'}",
            ONE "Value 'x' at 'attributeDefinitions.1.member.attributeType'" SET "[B, N, S]"},
        {"CreateTable",
            T DEFINE SCHEMA ",'BillingMode':'PAY_PER_REQUEST','GlobalSecondaryIndexes':[{"
                            "'IndexName':'one'," SCHEMA ",'Projection':{'ProjectionType':'x'}}]}",
            ONE "Value 'x' at 'globalSecondaryIndexes.1.member.projection.projectionType'" SET
                "[ALL, INCLUDE, KEYS_ONLY]"},
    };

    CHECK_ALL(shop, bad);
    EXPECT_INVALID(shop, "CreateTable", "{}",
        "The parameter 'TableName' is required but was not present in the request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_outside_their_set_are_told_with_the_set),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(names_and_numbers_have_bounds),
        cmocka_unit_test(tables_name_the_place_of_a_bad_word),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
