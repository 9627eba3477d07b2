#include "tests/unit/tables_support.h"

/* Requests with two faults each: the one that the contract puts first is told (tables.md 6). */

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'S'},"
        "{'AttributeName':'r','AttributeType':'B'},{'AttributeName':'g','AttributeType':'S'},"
        "{'AttributeName':'l','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],"
        "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
        "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'l','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'ALL'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'global','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}]}");
    assert_int_equal(shop.status, 200);
    call(&shop, "PutItem", "%s", "{'TableName':'lines','Item':{'h':{'S':'a'},'r':{'B':'AA=='}}}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

struct bad_request {
    const char *operation, *body, *message;
};

static void check_all(struct shop *shop, const struct bad_request *bad, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_FAULT(shop, bad[i].operation, bad[i].body, "Exception", bad[i].message);
}
#define CHECK_ALL(shop, bad) check_all(shop, bad, sizeof(bad) / sizeof(bad)[0])

#define ONE "1 validation error detected: "
#define W "One or more parameter values were invalid: "
#define KEY "'Key':{'h':{'S':'a'},'r':{'B':'AA=='}}"
#define ITEM "'Item':{'h':{'S':'a'},'r':{'B':'AA=='}}"
#define SCHEMA "The provided key element does not match the schema"

static void writes_are_checked_in_layers(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        /* members before the request */
        {"PutItem", "{'TableName':'lines','Item':{'a':{}},'ReturnConsumedCapacity':'x'}",
            ONE "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must "
                "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        /* mixed styles before placeholders without an expression */
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'','AttributeUpdates':{},"
            "'ExpressionAttributeNames':{}}",
            ONE "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {AttributeUpdates} Expression parameters: "
                "{UpdateExpression}"},
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'ExpressionAttributeValues':{},"
            "'ExpressionAttributeNames':{}}",
            ONE "ExpressionAttributeNames can only be specified when using expressions"},
        /* empty maps and bad keys before values, values before expressions */
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'',"
            "'ExpressionAttributeValues':{'v':{}},'ExpressionAttributeNames':{'#a':'a'}}",
            ONE "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\""},
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'',"
            "'ExpressionAttributeValues':{':v':{}}}",
            ONE "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"},
        /* the update before the condition, both before what is unused */
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'SET a','ConditionExpression':'',"
            "'ExpressionAttributeNames':{'#z':'z'}}",
            ONE "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"a\""},
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'REMOVE a','ConditionExpression':'',"
            "'ExpressionAttributeNames':{'#z':'z'}}",
            ONE "Invalid ConditionExpression: The expression can not be empty;"},
        {"UpdateItem",
            "{'TableName':'nope'," KEY ",'UpdateExpression':'REMOVE a',"
            "'ExpressionAttributeValues':{':z':{'S':'z'}},'ExpressionAttributeNames':{'#z':'z'}}",
            ONE "Value provided in ExpressionAttributeNames unused in expressions: keys: {#z}"},
        /* the request before the table, the table before the keys, the keys before the item */
        {"DeleteItem",
            "{'TableName':'nope','Key':{},'ConditionExpression':'a = :v',"
            "'ExpressionAttributeValues':{':v':{'S':'a'},':w':{'S':'a'}}}",
            ONE "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"},
        {"DeleteItem", "{'TableName':'nope','Key':{},'ConditionExpression':'attribute_exists(a)'}",
            "Requested resource not found"},
        {"DeleteItem", "{'TableName':'lines','Key':{},'ConditionExpression':'attribute_exists(a)'}",
            SCHEMA},
        {"UpdateItem",
            "{'TableName':'lines'," KEY ",'UpdateExpression':'SET h = a, b = c',"
            "'ConditionExpression':'attribute_exists(a)'}",
            W "Cannot update attribute h. This attribute is part of the key"},
        {"UpdateItem",
            "{'TableName':'lines'," KEY ",'UpdateExpression':'SET b = c',"
            "'ConditionExpression':'attribute_exists(a)'}",
            "The conditional request failed"},
        {"PutItem",
            "{'TableName':'lines','Item':{'h':{'S':'a'},'r':{'B':'AA=='},'g':{'N':'1'}},"
            "'ConditionExpression':'attribute_exists(a)'}",
            W "Type mismatch for Index Key g Expected: S Actual: N IndexName: global"},
        {"PutItem", "{'TableName':'lines'," ITEM ",'ConditionExpression':'attribute_exists(a)'}",
            "The conditional request failed"},
        /* the update before the keys of indexes */
        {"UpdateItem",
            "{'TableName':'lines'," KEY ",'UpdateExpression':'SET g = :n, b = c',"
            "'ExpressionAttributeValues':{':n':{'N':'1'}}}",
            "The provided expression refers to an attribute that does not exist in the item"},
    };

    CHECK_ALL(shop, bad);
}

#define Q "{'TableName':'lines','KeyConditionExpression':'h = :h',"
#define H "'ExpressionAttributeValues':{':h':{'S':'a'}}}"

static void queries_are_checked_from_select_to_types(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"Query",
            "{'TableName':'nope','Select':'SPECIFIC_ATTRIBUTES','QueryFilter':{'a':{"
            "'ComparisonOperator':'EQ'}}}",
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"},
        {"Query",
            "{'TableName':'nope','QueryFilter':{'a':{'ComparisonOperator':'EQ'}},"
            "'AttributesToGet':['a','a']}",
            W "Invalid number of argument(s) for the EQ ComparisonOperator"},
        {"Query", "{'TableName':'nope','AttributesToGet':['a','a'],'ExclusiveStartKey':{'h':{}}}",
            W "Duplicate value in attribute name: a"},
        {"Query", "{'TableName':'nope','ExclusiveStartKey':{'h':{}}}",
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
            "exactly one of the supported datatypes"},
        {"Query", "{'TableName':'nope','ExclusiveStartKey':{'h':{'N':'x'}}}",
            "The parameter cannot be converted to a numeric value: x"},
        {"Query", "{'TableName':'nope','FilterExpression':''}",
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request."},
        {"Query",
            "{'TableName':'nope','KeyConditionExpression':'h','FilterExpression':'',"
            "'ProjectionExpression':''}",
            "Invalid KeyConditionExpression: Syntax error; token: \"<EOF>\", near: \"h\""},
        {"Query",
            "{'TableName':'nope','KeyConditionExpression':'h = :h','FilterExpression':'',"
            "'ProjectionExpression':''," H,
            "Invalid FilterExpression: The expression can not be empty;"},
        {"Query",
            "{'TableName':'nope','KeyConditionExpression':'h = :h','ProjectionExpression':'',"
            "'ExpressionAttributeNames':{'#z':'z'}," H,
            "Invalid ProjectionExpression: The expression can not be empty;"},
        {"Query", "{'TableName':'nope','KeyConditionExpression':'h = :h','IndexName':'none'," H,
            "Requested resource not found"},
        {"Query",
            Q "'IndexName':'none','ConsistentRead':true,'ExclusiveStartKey':{'x':{'S':''}}," H,
            "The table does not have the specified index: none"},
        {"Query",
            Q "'IndexName':'global','ConsistentRead':true,'ExclusiveStartKey':{'x':{'S':''}}," H,
            "Consistent reads are not supported on global secondary indexes"},
        {"Query",
            "{'TableName':'lines','KeyConditionExpression':'h = :h','ExclusiveStartKey':"
            "{'x':{'S':''}},'ExpressionAttributeValues':{':h':{'N':'1'}}}",
            "The provided starting key is invalid"},
        {"Query",
            "{'TableName':'lines','KeyConditionExpression':'h = :h AND r < :h','ExclusiveStartKey':"
            "{'h':{'S':'b'},'r':{'B':'AA=='}},'ExpressionAttributeValues':{':h':{'S':'a'}}}",
            W "Condition parameter type does not match schema type"},
    };

    CHECK_ALL(shop, bad);
}

static void scans_are_checked_from_styles_to_keys(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"Scan", "{'TableName':'nope','ScanFilter':{},'FilterExpression':'','Segment':1}",
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {ScanFilter} Expression parameters: {FilterExpression}"},
        {"Scan", "{'TableName':'nope','ExclusiveStartKey':{'h':{}},'Segment':1}",
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
            "exactly one of the supported datatypes"},
        {"Scan", "{'TableName':'nope','FilterExpression':'','Segment':1}",
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"},
        {"Scan", "{'TableName':'nope','FilterExpression':'','ProjectionExpression':''}",
            "Invalid FilterExpression: The expression can not be empty;"},
        {"Scan", "{'TableName':'nope','IndexName':'none'}", "Requested resource not found"},
        {"Scan", "{'TableName':'lines','IndexName':'none','ConsistentRead':true}",
            "The table does not have the specified index: none"},
        {"Scan",
            "{'TableName':'lines','IndexName':'global','ConsistentRead':true,"
            "'ExclusiveStartKey':{'h':{'S':'a'}}}",
            "Consistent reads are not supported on global secondary indexes"},
        {"Scan", "{'TableName':'lines','ExclusiveStartKey':{'h':{'S':'a'}}}",
            "The provided starting key is invalid: " SCHEMA},
        {"Scan", "{'TableName':'lines','IndexName':'global','ExclusiveStartKey':{'h':{'S':'a'}}}",
            "The provided starting key is invalid"},
        {"Scan",
            "{'TableName':'lines','IndexName':'global','ExclusiveStartKey':{'h':{'S':'a'},"
            "'r':{'B':'AA=='},'g':{'N':'1'}}}",
            SCHEMA},
        {"Scan",
            "{'TableName':'lines','IndexName':'global','ExclusiveStartKey':{'h':{'S':'a'},"
            "'r':{'S':'AA=='},'g':{'S':'1'}}}",
            "The provided starting key is invalid: " SCHEMA},
        {"Scan", "{'TableName':'lines','Segment':-1,'TotalSegments':0}",
            "2 validation errors detected: Value '0' at 'totalSegments' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1; Value '-1' at "
            "'segment' failed to satisfy constraint: Member must have value greater than or equal "
            "to 0"},
    };

    CHECK_ALL(shop, bad);
}

/* Ranges first, then whether there is anything to go on with, then the partition. */
static void a_start_key_is_held_against_the_conditions(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *condition, *start, *message;
    } bad[] = {
        {"h = :h AND r > :r", "{'h':{'S':'b'},'r':{'B':'AA=='}}",
            "The provided starting key does not match the range key predicate"},
        {"h = :h AND r > :r", "{'h':{'S':'b'},'r':{'B':'Ag=='}}",
            "The provided starting key is outside query boundaries based on provided conditions"},
        {"r = :r AND h = :h", "{'h':{'S':'b'},'r':{'B':'AQ=='}}",
            "The query can return at most one row and cannot be restarted"},
        {"h = :h AND r = :r", "{'h':{'S':'a'},'r':{'B':'AQ=='}}",
            "The query can return at most one row and cannot be restarted"},
        {"h = :h AND r = :r", "{'h':{'S':'a'},'r':{'B':'Ag=='}}",
            "The provided starting key does not match the range key predicate"},
        {"h = :h AND r = :r", "{'h':{'S':'a'},'r':{'S':'Ag=='}}",
            "The provided starting key is invalid: " SCHEMA},
        {"h = :h AND r = :r", "{'h':{'S':'a'},'more':{'S':'Ag=='}}",
            "The provided starting key is invalid"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call(shop, "Query",
            "{'TableName':'lines','KeyConditionExpression':'%s','ExclusiveStartKey':%s,"
            "'ExpressionAttributeValues':{':h':{'S':'a'},':r':{'B':'AQ=='}}}",
            bad[i].condition, bad[i].start);
        expect_fault(shop, "ValidationException", bad[i].message);
    }
    EXPECT_CALL(shop, "Query",
        "{'TableName':'lines','KeyConditionExpression':'h = :h AND r >= :r','ExclusiveStartKey':"
        "{'h':{'S':'a'},'r':{'B':'AA=='}},'ExpressionAttributeValues':{':h':{'S':'a'},"
        "':r':{'B':'AA=='}}}",
        "{'Items':[],'Count':0,'ScannedCount':0}");
}

static void batches_tell_tables_then_equal_keys_then_schemas(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"BatchGetItem", "{'RequestItems':{'x!':{'Keys':[{'h':{}}]}},'ReturnConsumedCapacity':'x'}",
            "2 validation errors detected: Value "
            "'{x!=com.amazonaws.dynamodb.v20120810.KeysAndAttributes@#}' at 'requestItems' failed "
            "to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
            "less than or equal to 255, Member must have length greater than or equal to 3, "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]; Value 'x' at "
            "'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value "
            "set: [INDEXES, TOTAL, NONE]"},
        {"BatchWriteItem",
            "{'RequestItems':{'x!':[{'DeleteRequest':{'Key':{}}}]},'ReturnConsumedCapacity':'x'}",
            ONE "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must "
                "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"BatchWriteItem", "{'RequestItems':{'x!':[{'DeleteRequest':{'Key':{}}}]}}",
            ONE "Value '{x!=[com.amazonaws.dynamodb.v20120810.WriteRequest@#]}' at 'requestItems' "
                "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have "
                "length less than or equal to 255, Member must have length greater than or equal "
                "to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"},
        {"BatchWriteItem",
            "{'RequestItems':{'nope':[{'DeleteRequest':{'Key':{'a':{}}}}],"
            "'lines':[{'DeleteRequest':{'Key':{}}},{'DeleteRequest':{'Key':{}}}]}}",
            "Supplied AttributeValue is empty, must contain exactly one of the supported "
            "datatypes"},
        {"BatchWriteItem",
            "{'RequestItems':{'lines':[{'DeleteRequest':{'Key':{}}},{'DeleteRequest':{'Key':{}}}],"
            "'nope':[{'DeleteRequest':{'Key':{'a':{'S':'x'}}}}]}}",
            "Requested resource not found"},
        {"BatchGetItem",
            "{'RequestItems':{'lines':{'Keys':[{'h':{'N':'1'},'r':{'N':'1'}},"
            "{'h':{'N':'1'},'r':{'N':'1'}}],'ProjectionExpression':'h.x'}}}",
            "Provided list of item keys contains duplicates"},
        {"BatchGetItem",
            "{'RequestItems':{'lines':{'Keys':[{'h':{'N':'1'}}],'ProjectionExpression':'h.x'}}}",
            SCHEMA},
        {"BatchGetItem",
            "{'RequestItems':{'lines':{'Keys':[{'h':{'S':'1'},'r':{'B':'AA=='}}],"
            "'ProjectionExpression':'g.x, h.x'}}}",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: g"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *from, *to;

        call(shop, bad[i].operation, "%s", bad[i].body);
        /* The hash of a structure is any. */
        from = strchr(shop->answer.data, '@');
        for (to = from; to && from[1] && strchr("0123456789abcdef", from[1]); from++)
            continue;
        if (to) {
            to[1] = '#';
            memmove(to + 2, from + 1, strlen(from + 1) + 1);
            shop->answer.length -= (size_t)(from - to) - 1;
        }
        expect_fault(shop, "Exception", bad[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_are_checked_in_layers),
        cmocka_unit_test(queries_are_checked_from_select_to_types),
        cmocka_unit_test(scans_are_checked_from_styles_to_keys),
        cmocka_unit_test(a_start_key_is_held_against_the_conditions),
        cmocka_unit_test(batches_tell_tables_then_equal_keys_then_schemas),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
