#include "tests/unit/tables_support.h"

#include "base/clock.h"

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

#define ID "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}]"
#define KEY "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]"
#define MODE "'BillingMode':'PAY_PER_REQUEST'"
#define W "One or more parameter values were invalid: "

static void a_table_is_described_as_it_was_made(void **state)
{
    struct shop *shop = *state;

    clock_fix(UINT64_C(1790000000123) * CLOCK_MS);
    call(shop, "CreateTable", "%s",
        "{'TableName':'wide'," MODE
        ",'AttributeDefinitions':[{'AttributeName':'r','AttributeType':'N'},"
        "{'AttributeName':'h','AttributeType':'B'},{'AttributeName':'x','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'by-x','KeySchema':["
        "{'AttributeName':'x','KeyType':'HASH'}],'Projection':{'ProjectionType':'INCLUDE',"
        "'NonKeyAttributes':['b','a']}}],'TableClass':'STANDARD_INFREQUENT_ACCESS',"
        "'DeletionProtectionEnabled':true,'OnDemandThroughput':{'MaxReadRequestUnits':5}}");
    assert_int_equal(shop->status, 200);
    assert_true(text_is(answer_at(shop, "TableDescription.TableStatus")->text, "CREATING"));
    call(shop, "DescribeTable", "%s", "{'TableName':'wide'}");
    clock_fix(0);
    assert_true(text_is(answer_at(shop, "Table.CreationDateTime")->text, "1790000000.123"));
    assert_true(text_is(answer_at(shop, "Table.AttributeDefinitions.0.AttributeName")->text, "r"));
    assert_true(text_is(answer_at(shop, "Table.KeySchema.1.KeyType")->text, "RANGE"));
    assert_true(text_is(answer_at(shop, "Table.TableArn")->text,
        "arn:aws:dynamodb:eu-west-1:000000000000:table/wide"));
    assert_true(text_is(answer_at(shop, "Table.WarmThroughput.ReadUnitsPerSecond")->text, "12000"));
    assert_true(text_is(answer_at(shop, "Table.TableClassSummary.TableClass")->text,
        "STANDARD_INFREQUENT_ACCESS"));
    assert_true(
        text_is(answer_at(shop, "Table.OnDemandThroughput.MaxReadRequestUnits")->text, "5"));
    assert_int_equal(answer_at(shop, "Table.DeletionProtectionEnabled")->kind, JSON_TRUE);
    assert_true(text_is(
        answer_at(shop, "Table.GlobalSecondaryIndexes.0.Projection.NonKeyAttributes.0")->text,
        "b"));
    assert_true(text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.IndexArn")->text,
        "arn:aws:dynamodb:eu-west-1:000000000000:table/wide/index/by-x"));
    assert_true(
        text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.IndexStatus")->text, "ACTIVE"));
    EXPECT_INVALID(shop, "DeleteTable", "{'TableName':'wide'}",
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.");
    EXPECT_FAULT(shop, "CreateTable", "{'TableName':'wide'," MODE "," ID "," KEY "}",
        "ResourceInUseException", "Table already exists: wide");
    call(shop, "UpdateTable", "%s", "{'TableName':'wide','DeletionProtectionEnabled':false}");
    assert_int_equal(shop->status, 200);
    call(shop, "DeleteTable", "%s", "{'TableName':'wide'}");
    assert_true(text_is(answer_at(shop, "TableDescription.TableStatus")->text, "DELETING"));
    EXPECT_FAULT(shop, "DescribeTable", "{'TableName':'wide'}", "ResourceNotFoundException",
        "Requested resource not found: Table: wide not found");
}

static void a_provisioned_table_says_what_was_provisioned(void **state)
{
    struct shop *shop = *state;

    call(shop, "CreateTable", "%s",
        "{'TableName':'paid','ProvisionedThroughput':{'ReadCapacityUnits':5,"
        "'WriteCapacityUnits':6}," ID "," KEY "}");
    assert_int_equal(shop->status, 200);
    assert_null(answer_at(shop, "TableDescription.BillingModeSummary"));
    assert_null(answer_at(shop, "TableDescription.WarmThroughput"));
    call(shop, "DescribeTable", "%s", "{'TableName':'paid'}");
    assert_true(text_is(answer_at(shop, "Table.WarmThroughput.WriteUnitsPerSecond")->text, "6"));
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'paid','ProvisionedThroughput':{'ReadCapacityUnits':5,"
        "'WriteCapacityUnits':6}}",
        "The provisioned throughput for the table will not change. The requested value equals the "
        "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
        "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 6. Requested "
        "WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for current limits "
        "and how to request higher limits.");
    call(shop, "UpdateTable", "%s", "{'TableName':'paid'," MODE "}");
    assert_true(
        text_is(answer_at(shop, "TableDescription.ProvisionedThroughput.ReadCapacityUnits")->text,
            "0"));
    EXPECT_INVALID(shop, "UpdateTable", "{'TableName':'paid','BillingMode':'PROVISIONED'}",
        W "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    EXPECT_INVALID(shop, "UpdateTable", "{'TableName':'paid'}",
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
}

struct bad_table {
    const char *members, *message;
};

#define INDEX(name, keys, projection)                                                              \
    "{'IndexName':'" name "','KeySchema':[" keys "],'Projection':{" projection "}}"
#define HASH(name) "{'AttributeName':'" name "','KeyType':'HASH'}"
#define RANGE(name) "{'AttributeName':'" name "','KeyType':'RANGE'}"
#define DEFINE(name) "{'AttributeName':'" name "','AttributeType':'S'}"
#define ALL "'ProjectionType':'ALL'"

static void a_bad_table_is_refused(void **state)
{
    struct shop *shop = *state;
    static const struct bad_table bad[] = {
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH("a") "," RANGE("b") "]",
            "Invalid KeySchema: Some index key attribute have no definition"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH("b") "]",
            W "Some index key attributes are not defined in AttributeDefinitions. Keys: [b], "
              "AttributeDefinitions: [a]"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH("a") "," RANGE("a") "]",
            "Invalid KeySchema: Some index key attribute have no definition"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" RANGE("a") "]",
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
        {"'AttributeDefinitions':[" DEFINE("a") "," DEFINE("b") "],'KeySchema':[" HASH(
             "a") "," HASH("b") "]",
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
        {"'AttributeDefinitions':[" DEFINE("a") "," DEFINE("b") "],'KeySchema':[" HASH("a") "]",
            W "Number of attributes in KeySchema does not exactly match number of attributes "
              "defined in AttributeDefinitions"},
        {"'AttributeDefinitions':[" DEFINE("a") "," DEFINE("b") "," DEFINE(
             "c") "],'KeySchema':[" HASH("a") "],'GlobalSecondaryIndexes':[" INDEX("iii", HASH("b"),
             ALL) "]",
            W "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: "
              "[a, b]"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'LocalSecondaryIndexes':[]",
            W "List of LocalSecondaryIndexes is empty"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'GlobalSecondaryIndexes':[]",
            W "List of GlobalSecondaryIndexes is empty"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'LocalSecondaryIndexes':[" INDEX("iii", HASH("a"), ALL) "]",
            W "Table KeySchema does not have a range key, which is required when specifying a "
              "LocalSecondaryIndex"},
        {"'AttributeDefinitions':[" DEFINE("a") "," DEFINE("b") "],'KeySchema':[" HASH(
             "a") "," RANGE("b") "],'LocalSecondaryIndexes':[" INDEX("iii", HASH("a"), ALL) "]",
            W "Index KeySchema does not have a range key for index: iii"},
        {"'AttributeDefinitions':[" DEFINE("a") "," DEFINE("b") "],'KeySchema':[" HASH(
             "a") "," RANGE("b") "],'LocalSecondaryIndexes':[" INDEX("iii",
             HASH("b") "," RANGE("a"), ALL) "]",
            W "Index KeySchema does not have the same leading hash key as table KeySchema for "
              "index: iii. index hash key: b, table hash key: a"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'GlobalSecondaryIndexes':[" INDEX("iii", HASH("a"), ALL) "," INDEX("iii",
             HASH("a"), ALL) "]",
            W "Duplicate index name: iii"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'GlobalSecondaryIndexes':[" INDEX("iii", HASH("a"), "") "]",
            W "Unknown ProjectionType: null"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'GlobalSecondaryIndexes':[" INDEX("iii", HASH("a"),
             ALL ",'NonKeyAttributes':['x']") "]",
            W "ProjectionType is ALL, but NonKeyAttributes is specified"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'GlobalSecondaryIndexes':[" INDEX("iii", HASH("a"),
             "'ProjectionType':'INCLUDE'") "]",
            W "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}",
            W "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
              "is PAY_PER_REQUEST"},
        {"'AttributeDefinitions':[" DEFINE("a") "],'KeySchema':[" HASH(
             "a") "],'StreamSpecification':{'StreamEnabled':false,'StreamViewType':'KEYS_ONLY'}",
            W "Table is being created with a stream disabled, UpdateViewType should not be "
              "specified"},
        {"'AttributeDefinitions':[" DEFINE("a") "]",
            "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
            "Member must not be null"},
        {"'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'Q'}],'KeySchema':[" HASH(
             "a") "]",
            "1 validation error detected: Value 'Q' at "
            "'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member "
            "must satisfy enum value set: [B, N, S]"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call(shop, "CreateTable", "{'TableName':'bad'," MODE ",%s}", bad[i].members);
        expect_fault(shop, "ValidationException", bad[i].message);
    }
    EXPECT_INVALID(shop, "CreateTable", "{}",
        "The parameter 'TableName' is required but was not present in the request");
    EXPECT_INVALID(shop, "CreateTable", "{'TableName':'ab'," MODE "," ID "," KEY "}",
        "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 3");
    EXPECT_INVALID(shop, "CreateTable", "{'TableName':'bad'," ID "," KEY "}",
        W "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
          "PROVISIONED");
    EXPECT_INVALID(shop, "CreateTable",
        "{'TableName':'bad'," ID "," KEY ",'ProvisionedThroughput':{'ReadCapacityUnits':"
        "1000000000001,'WriteCapacityUnits':1}}",
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds");
}

static void names_are_listed_by_pages(void **state)
{
    struct shop *shop = *state;

    for (int i = 0; i < 5; i++) {
        call(shop, "CreateTable", "{'TableName':'list%d'," MODE "," ID "," KEY "}", 4 - i);
        assert_int_equal(shop->status, 200);
    }
    EXPECT_CALL(shop, "ListTables", "{'ExclusiveStartTableName':'list','Limit':2}",
        "{'TableNames':['list0','list1'],'LastEvaluatedTableName':'list1'}");
    EXPECT_CALL(shop, "ListTables", "{'ExclusiveStartTableName':'list1','Limit':3}",
        "{'TableNames':['list2','list3','list4'],'LastEvaluatedTableName':'list4'}");
    memcpy(shop->identity.region, "us-east-1", 10);
    EXPECT_CALL(shop, "ListTables", "{}", "{'TableNames':[]}");
    memcpy(shop->identity.region, "eu-west-1", 10);
}

/* Until the index is ready. */
static void wait_for_index(struct shop *shop, const char *table)
{
    const struct json *status = NULL;

    for (uint64_t start = clock_monotonic(); clock_monotonic() - start < 20 * CLOCK_SECOND;) {
        call(shop, "DescribeTable", "{'TableName':'%s'}", table);
        status = answer_at(shop, "Table.GlobalSecondaryIndexes.0.IndexStatus");
        if (status && text_is(status->text, "ACTIVE"))
            return;
    }
    fail_msg("the index never became active");
}

static void an_index_is_added_filled_and_removed(void **state)
{
    struct shop *shop = *state;

    call(shop, "CreateTable", "%s", "{'TableName':'grown'," MODE "," ID "," KEY "}");
    for (int i = 0; i < 1300; i += 25) {
        struct buf body;

        buf_init(&body, 1 << 20);
        for (int j = i; j < i + 25; j++)
            buf_add_format(&body, "%s{'PutRequest':{'Item':{'id':{'S':'%d'},'g':{'%c':'%d'}}}}",
                j > i ? "," : "", j, j % 10 == 0 ? 'N' : 'S', j % 3);
        call(shop, "BatchWriteItem", "{'RequestItems':{'grown':[%s]}}", buf_string(&body));
        assert_int_equal(shop->status, 200);
        buf_done(&body);
    }
    call(shop, "UpdateTable", "%s",
        "{'TableName':'grown','AttributeDefinitions':[" DEFINE("g") "," DEFINE(
            "unused") "],'GlobalSecondaryIndexUpdates':[{'Create':" INDEX("by-g", HASH("g"),
            ALL) "}]}");
    assert_int_equal(shop->status, 200);
    assert_true(
        text_is(answer_at(shop, "TableDescription.GlobalSecondaryIndexes.0.IndexStatus")->text,
            "CREATING"));
    assert_int_equal(answer_at(shop, "TableDescription.AttributeDefinitions")->count, 2);
    /* Writes meanwhile are kept in line. */
    call(shop, "DeleteItem", "%s", "{'TableName':'grown','Key':{'id':{'S':'1'}}}");
    call(shop, "PutItem", "%s", "{'TableName':'grown','Item':{'id':{'S':'2'},'g':{'S':'1'}}}");
    EXPECT_INVALID(shop, "PutItem", "{'TableName':'grown','Item':{'id':{'S':'3'},'g':{'N':'1'}}}",
        W "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g");
    wait_for_index(shop, "grown");
    /* 1,300 items, a tenth with a number there, one deleted. */
    assert_true(text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.ItemCount")->text, "1169"));
    call(shop, "Scan", "%s", "{'TableName':'grown','IndexName':'by-g','Select':'COUNT'}");
    assert_int_equal(answer_integer(shop, "Count"), 1169);
    call(shop, "Query", "%s",
        "{'TableName':'grown','IndexName':'by-g','Select':'COUNT','KeyConditionExpression':"
        "'g = :g','ExpressionAttributeValues':{':g':{'S':'1'}}}");
    assert_int_equal(answer_integer(shop, "Count"), 390);
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'grown','AttributeDefinitions':[" DEFINE(
            "g") "],'GlobalSecondaryIndexUpdates':[{'Create':" INDEX("by-g", HASH("g"), ALL) "}]}",
        "Attempting to create an index which already exists");
    EXPECT_INVALID(shop, "UpdateTable", "{'TableName':'grown','GlobalSecondaryIndexUpdates':[{}]}",
        W "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    EXPECT_FAULT(shop, "UpdateTable",
        "{'TableName':'grown','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}},"
        "{'Delete':{'IndexName':'by-h'}}]}",
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table");
    call(shop, "UpdateTable", "%s",
        "{'TableName':'grown','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_int_equal(shop->status, 200);
    assert_int_equal(answer_at(shop, "TableDescription.AttributeDefinitions")->count, 1);
    EXPECT_INVALID(shop, "Scan", "{'TableName':'grown','IndexName':'by-g'}",
        "The table does not have the specified index: by-g");
    do /* its rows go in slices */
        call(shop, "DescribeTable", "%s", "{'TableName':'grown'}");
    while (answer_at(shop, "Table.GlobalSecondaryIndexes"));
    /* The slot is used again from nothing. */
    call(shop, "UpdateTable", "%s",
        "{'TableName':'grown','AttributeDefinitions':[" DEFINE(
            "g") "],'GlobalSecondaryIndexUpdates':[{'Create':" INDEX("again", HASH("g"),
            ALL) "}]}");
    wait_for_index(shop, "grown");
    assert_true(text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.ItemCount")->text, "1169"));
}

static void expired_items_are_swept(void **state)
{
    struct shop *shop = *state;
    uint64_t now = clock_wall() / CLOCK_SECOND;
    int64_t count = 0;

    call(shop, "CreateTable", "%s", "{'TableName':'brief'," MODE "," ID "," KEY "}");
    EXPECT_CALL(shop, "DescribeTimeToLive", "{'TableName':'brief'}",
        "{'TimeToLiveDescription':{'TimeToLiveStatus':'DISABLED'}}");
    for (int i = 0; i < 10; i++) {
        call(shop, "PutItem", "{'TableName':'brief','Item':{'id':{'S':'%d'},'at':{'N':'%llu'}}}", i,
            (unsigned long long)now - 100 + (i % 2 ? 100000 : 0));
        assert_int_equal(shop->status, 200);
    }
    call(shop, "PutItem", "%s", "{'TableName':'brief','Item':{'id':{'S':'s'},'at':{'S':'1'}}}");
    call(shop, "PutItem", "%s", "{'TableName':'brief','Item':{'id':{'S':'old'},'at':{'N':'1'}}}");
    EXPECT_CALL(shop, "UpdateTimeToLive",
        "{'TableName':'brief','TimeToLiveSpecification':{'AttributeName':'at','Enabled':true}}",
        "{'TimeToLiveSpecification':{'AttributeName':'at','Enabled':true}}");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'brief','TimeToLiveSpecification':{'AttributeName':'at','Enabled':true}}",
        "TimeToLive is already enabled");
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'brief','TimeToLiveSpecification':{'AttributeName':'b','Enabled':true}}",
        "TimeToLive is active on a different AttributeName: current AttributeName is at");
    call(shop, "PutItem", "{'TableName':'brief','Item':{'id':{'S':'new'},'at':{'N':'%llu.5'}}}",
        (unsigned long long)now - 5);
    /* Every other one, a string, one older than five years; the new one goes too. */
    for (uint64_t start = clock_monotonic();
         count != 7 && clock_monotonic() - start < 20 * CLOCK_SECOND;) {
        call(shop, "DescribeTable", "%s", "{'TableName':'brief'}");
        count = json_integer_member(answer_at(shop, "Table"), "ItemCount", -1);
    }
    assert_int_equal(count, 7);
    EXPECT_CALL(shop, "GetItem", "{'TableName':'brief','Key':{'id':{'S':'new'}}}", "{}");
    call(shop, "UpdateTimeToLive", "%s",
        "{'TableName':'brief','TimeToLiveSpecification':{'AttributeName':'at','Enabled':false}}");
    assert_int_equal(shop->status, 200);
    EXPECT_INVALID(shop, "UpdateTimeToLive",
        "{'TableName':'brief','TimeToLiveSpecification':{'AttributeName':'at','Enabled':false}}",
        "TimeToLive is already disabled");
}

static void tags_come_and_go(void **state)
{
    struct shop *shop = *state;
#define ARN "'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/tagged'"

    call(shop, "CreateTable", "%s",
        "{'TableName':'tagged'," MODE "," ID "," KEY ",'Tags':[{'Key':'b','Value':'1'}]}");
    EXPECT_CALL(shop, "TagResource",
        "{" ARN ",'Tags':[{'Key':'a','Value':''},{'Key':'b','Value':'2'}]}", "");
    EXPECT_CALL(shop, "ListTagsOfResource", "{" ARN "}",
        "{'Tags':[{'Key':'a','Value':''},{'Key':'b','Value':'2'}]}");
    EXPECT_CALL(shop, "UntagResource", "{" ARN ",'TagKeys':['b','c']}", "");
    EXPECT_CALL(shop, "ListTagsOfResource", "{" ARN "}", "{'Tags':[{'Key':'a','Value':''}]}");
    EXPECT_INVALID(shop, "TagResource", "{" ARN ",'Tags':[]}",
        "Atleast one Tag needs to be provided as Input.");
    EXPECT_INVALID(shop, "UntagResource", "{" ARN ",'TagKeys':[]}",
        "Atleast one Tag Key needs to be provided as Input.");
    EXPECT_INVALID(shop, "ListTagsOfResource", "{'ResourceArn':'tagged'}",
        "Invalid TableArn: Invalid ResourceArn provided as input tagged");
    call(shop, "DeleteTable", "%s", "{'TableName':'tagged'}");
    call(shop, "CreateTable", "%s", "{'TableName':'tagged'," MODE "," ID "," KEY "}");
    EXPECT_CALL(shop, "ListTagsOfResource", "{" ARN "}", "{'Tags':[]}");
}

static void small_operations_answer(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "DescribeLimits", "{}",
        "{'AccountMaxReadCapacityUnits':80000,'AccountMaxWriteCapacityUnits':80000,"
        "'TableMaxReadCapacityUnits':40000,'TableMaxWriteCapacityUnits':40000}");
    EXPECT_CALL(shop, "DescribeEndpoints", "{}",
        "{'Endpoints':[{'Address':'dynamodb.eu-west-1.amazonaws.com','CachePeriodInMinutes':"
        "1440}]}");
    call(shop, "CreateTable", "%s", "{'TableName':'backed'," MODE "," ID "," KEY "}");
    EXPECT_CALL(shop, "DescribeContinuousBackups", "{'TableName':'backed'}",
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_described_as_it_was_made),
        cmocka_unit_test(a_provisioned_table_says_what_was_provisioned),
        cmocka_unit_test(a_bad_table_is_refused),
        cmocka_unit_test(names_are_listed_by_pages),
        cmocka_unit_test(an_index_is_added_filled_and_removed),
        cmocka_unit_test(expired_items_are_swept),
        cmocka_unit_test(tags_come_and_go),
        cmocka_unit_test(small_operations_answer),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
