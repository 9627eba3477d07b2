#include "tests/unit/tables_support.h"

#include "endpoint/tables/messages.h"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    assert_int_equal(shop.status, 200);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'S'},"
        "{'AttributeName':'r','AttributeType':'N'},{'AttributeName':'g','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'by-g','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}]}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

static void every_message_has_a_row(void **state)
{
    for (enum message message = 0; message < MESSAGE_COUNT; message++)
        assert_non_null(message_template(message, MESSAGE_OLDER));
    (void)state;
}

struct bad_request {
    const char *operation, *body, *message;
};

static void check_all(struct shop *shop, const char *type, const struct bad_request *bad,
    size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_FAULT(shop, bad[i].operation, bad[i].body, type, bad[i].message);
}
#define CHECK_ALL(shop, type, bad) check_all(shop, type, bad, sizeof(bad) / sizeof(bad)[0])

static void wrong_types_are_serialization_errors(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"GetItem", "", ""},
        {"GetItem", "null", ""},
        {"GetItem", "[]", ""},
        {"GetItem", "{", ""},
        {"GetItem", "{'TableName':true}", "TRUE_VALUE cannot be converted to String"},
        {"GetItem", "{'TableName':12}", "NUMBER_VALUE cannot be converted to String"},
        {"GetItem", "{'TableName':1.5}", "DECIMAL_VALUE cannot be converted to String"},
        {"GetItem", "{'TableName':[]}", "Unrecognized collection type class java.lang.String"},
        {"GetItem", "{'TableName':{}}", "Start of structure or map found where not expected"},
        {"GetItem", "{'ConsistentRead':1}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"GetItem", "{'ConsistentRead':'maybe'}", "Unexpected token received from parser"},
        {"GetItem", "{'Key':1}", "Unexpected field type"},
        {"GetItem", "{'Key':[]}",
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
        {"GetItem", "{'Key':{'a':'x'}}", "Unexpected value type in payload"},
        {"GetItem", "{'Key':{'a':[]}}",
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
        {"PutItem", "{'Item':{'a':{'N':12}}}", "NUMBER_VALUE cannot be converted to String"},
        {"PutItem", "{'Item':{'a':{'SS':'x'}}}", "Unexpected field type"},
        {"PutItem", "{'Item':{'a':{'L':[{'BOOL':'maybe'}]}}}",
            "Unexpected token received from parser"},
        {"PutItem", "{'Item':{'a':{'B':'abc'}}}",
            "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
        {"PutItem", "{'Item':{'a':{'B':'AB=='}}}",
            "Invalid last non-pad Base64 character dectected"},
        {"PutItem", "{'Item':{'a':{'B':'####'}}}",
            "only base-64-encoded strings are convertible to bytes"},
        {"PutItem", "{'Item':{'a':{'BS':[[]]}}}",
            "Unrecognized collection type class java.nio.ByteBuffer"},
        {"Query", "{'Limit':'5'}", "STRING_VALUE cannot be converted to Integer"},
        {"Query", "{'Limit':false}", "FALSE_VALUE cannot be converted to Integer"},
    };

    CHECK_ALL(shop, "com.amazon.coral.service#SerializationException", bad);
    EXPECT_FAULT(shop, "Nothing", "{}", "com.amazon.coral.service#UnknownOperationException", "");
    EXPECT_FAULT(shop, "CreateGlobalTable", "{}", "UnknownOperationException", "");
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop, "{'__type':'com.amazon.coral.service#UnknownOperationException'}"));
}

static void members_are_told_together(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'','ReturnValues':'x','Item':{}}",
            "1 validation error detected: Value at 'TableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"},
        {"PutItem",
            "{'TableName':'books','Item':{},'ReturnItemCollectionMetrics':'c','ReturnValues':'b',"
            "'ReturnConsumedCapacity':'a'}",
            "3 validation errors detected: Value 'a' at 'returnConsumedCapacity' failed to satisfy "
            "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Failed to "
            "satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "
            "ALL_NEW, UPDATE_NEW, NONE]; Value 'c' at 'returnItemCollectionMetrics' failed to "
            "satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]"},
        {"UpdateItem",
            "{'TableName':'books','Key':{},'ReturnValues':'b','ReturnConsumedCapacity':'a'}",
            "1 validation error detected: Value 'a' at 'returnConsumedCapacity' failed to satisfy "
            "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"UpdateItem", "{'TableName':'books','ReturnValues':'b','ReturnConsumedCapacity':'a'}",
            "3 validation errors detected: Value 'a' at 'returnConsumedCapacity' failed to satisfy "
            "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'b' at "
            "'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
            "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value null at 'key' failed to "
            "satisfy constraint: Member must not be null"},
        {"GetItem", "{'TableName':'a b'}",
            "2 validation errors detected: Value 'a b' at 'tableName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value "
            "null at 'key' failed to satisfy constraint: Member must not be null"},
        {"GetItem", "{'Key':{}}",
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: "
            "Member must not be null"},
        {"Query", "{'TableName':'books','Limit':0}",
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member "
            "must have value greater than or equal to 1"},
        {"Scan", "{'TableName':'books','Limit':0}",
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"},
        {"Query", "{'TableName':'books','IndexName':'x!','Select':'y'}",
            "3 validation errors detected: Value 'x!' at 'indexName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value "
            "'x!' at 'indexName' failed to satisfy constraint: Member must have length greater "
            "than or equal to 3; Value 'y' at 'select' failed to satisfy constraint: Member must "
            "satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
            "ALL_PROJECTED_ATTRIBUTES]"},
        {"BatchGetItem", "{'RequestItems':{}}",
            "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"},
        {"BatchWriteItem", "{'RequestItems':{}}",
            "The requestItems parameter is required for BatchWriteItem"},
        {"ListTables", "{'Limit':101}",
            "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 100"},
    };

    CHECK_ALL(shop, "ValidationException", bad);
}

#define ONE "1 validation error detected: "
#define W "One or more parameter values were invalid: "

static void values_are_checked_in_the_words_of_the_operation(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'books','Item':{'a':{}}}",
            ONE "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"},
        {"GetItem", "{'TableName':'books','Key':{'a':{}}}",
            "Supplied AttributeValue is empty, must contain exactly one of the supported "
            "datatypes"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'S':'a','N':'1'}}}",
            ONE "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
                "of the supported datatypes"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'SS':[]}}}",
            ONE W "An string set  may not be empty"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'NS':[]}}}",
            ONE W "An number set  may not be empty"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'BS':[]}}}",
            ONE W "Binary sets should not be empty"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'SS':['b','a','b']}}}",
            ONE W "Input collection [\"a\", \"b\", \"b\"] contains duplicates."},
        {"PutItem", "{'TableName':'books','Item':{'a':{'SS':['d','c','b','c','a','d']}}}",
            ONE W
            "Input collection [\"b\", \"c\", \"d\", \"c\", \"a\", \"d\"] contains duplicates."},
        {"PutItem", "{'TableName':'books','Item':{'a':{'NS':['1','2','1.0']}}}",
            ONE W "Input collection contains duplicates."},
        {"PutItem", "{'TableName':'books','Item':{'a':{'BS':['AA==','/w==','AA==']}}}",
            ONE W "Input collection [\"AA==\",\"/w==\",\"AA==\"]of type BS contains duplicates."},
        {"PutItem", "{'TableName':'books','Item':{'a':{'NULL':false}}}",
            ONE W "Null attribute value types must have the value of true"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'N':'x'}}}",
            ONE "The parameter cannot be converted to a numeric value: x"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'N':''}}}",
            ONE "The parameter cannot be converted to a numeric value: "},
        {"PutItem",
            "{'TableName':'books','Item':{'a':{'N':'123456789012345678901234567890123456789'}}}",
            ONE "Attempting to store more than 38 significant digits in a Number"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'N':'1E126'}}}",
            ONE "Number overflow. Attempting to store a number with magnitude larger than "
                "supported range"},
        {"PutItem", "{'TableName':'books','Item':{'a':{'N':'1E-131'}}}",
            ONE "Number underflow. Attempting to store a number with magnitude smaller than "
                "supported range"},
        {"PutItem", "{'TableName':'books','Item':{'':{'S':'x'}}}", ONE "Empty attribute name"},
        {"Scan",
            "{'TableName':'books','FilterExpression':'a = :a',"
            "'ExpressionAttributeValues':{':a':{'SS':['b','a','b']}}}",
            "ExpressionAttributeValues contains invalid value: " W
            "Input collection [b, a, b] contains duplicates. for key :a"},
        {"Scan",
            "{'TableName':'books','FilterExpression':'a = :a',"
            "'ExpressionAttributeValues':{':a':{'NS':['1','1']}}}",
            "ExpressionAttributeValues contains invalid value: Input collection contains "
            "duplicates for key :a"},
        {"Query",
            "{'TableName':'books','KeyConditionExpression':'id = :a',"
            "'ExpressionAttributeValues':{':a':{'N':'1x'}}}",
            "The parameter cannot be converted to a numeric value: 1x"},
        {"BatchWriteItem",
            "{'RequestItems':{'books':[{'PutRequest':{'Item':{'a':{'NS':['1','1']}}}}]}}",
            "Input collection contains duplicates"},
    };

    CHECK_ALL(shop, "ValidationException", bad);
}

static void parameters_and_expressions_are_checked_before_the_table(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'nope','Item':{},'ReturnValues':'ALL_NEW'}",
            ONE "ReturnValues can only be ALL_OLD or NONE"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'UpdateExpression':'SET a = :a','Expected':{},"
            "'AttributeUpdates':{}}",
            ONE "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: "
                "{UpdateExpression}"},
        {"UpdateItem", "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{}}}",
            ONE "One or more parameter values were invalid: Only DELETE action is allowed when no "
                "attribute value is specified"},
        {"PutItem", "{'TableName':'nope','Item':{},'ExpressionAttributeNames':{}}",
            ONE "ExpressionAttributeNames can only be specified when using expressions"},
        {"PutItem", "{'TableName':'nope','Item':{},'ExpressionAttributeValues':{}}",
            ONE "ExpressionAttributeValues can only be specified when using expressions"},
        {"Scan", "{'TableName':'nope','ExpressionAttributeValues':{}}",
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression is null"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'ConditionExpression':'a','ExpressionAttributeNames':{}"
            "}",
            ONE "ExpressionAttributeNames must not be empty"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'ConditionExpression':'a',"
            "'ExpressionAttributeNames':{'a':'b'}}",
            ONE "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {"PutItem",
            "{'TableName':'nope','Item':{},'ConditionExpression':'',"
            "'ExpressionAttributeValues':{':a':{'S':''}}}",
            ONE "Invalid ConditionExpression: The expression can not be empty;"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'ConditionExpression':'attribute_exists(a)',"
            "'ExpressionAttributeValues':{':a':{'S':''},':b':{'S':''}},"
            "'ExpressionAttributeNames':{'#z':'z','#y':'y'}}",
            ONE "Value provided in ExpressionAttributeNames unused in expressions: keys: {#z, #y}"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'ConditionExpression':'attribute_exists(a)',"
            "'ExpressionAttributeValues':{':b':{'S':''},':a':{'S':''}}}",
            ONE "Value provided in ExpressionAttributeValues unused in expressions: keys: "
                "{:b, :a}"},
        {"GetItem", "{'TableName':'nope','Key':{},'ProjectionExpression':'a, a.b'}",
            "Invalid ProjectionExpression: Two document paths overlap with each other; must remove "
            "or rewrite one of these paths; path one: [a], path two: [a, b]"},
        {"Query", "{'TableName':'nope'}",
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request."},
        {"Query",
            "{'TableName':'nope','KeyConditionExpression':'a = :a OR b = :a',"
            "'ExpressionAttributeValues':{':a':{'S':''}}}",
            "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR"},
        {"Query", "{'TableName':'nope','Select':'SPECIFIC_ATTRIBUTES'}",
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"},
        {"Query", "{'TableName':'nope','Select':'COUNT','ProjectionExpression':'a'}",
            "Cannot specify the ProjectionExpression when choosing to get COUNT"},
        {"Query", "{'TableName':'nope','Select':'ALL_PROJECTED_ATTRIBUTES'}",
            ONE "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
        {"Scan", "{'TableName':'nope','Select':'ALL_PROJECTED_ATTRIBUTES'}",
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
        {"Scan", "{'TableName':'nope','Segment':1}",
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"},
        {"Scan", "{'TableName':'nope','TotalSegments':1}",
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"},
        {"Scan", "{'TableName':'nope','Segment':2,'TotalSegments':2}",
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2"},
    };

    CHECK_ALL(shop, "ValidationException", bad);
}

static void a_missing_table_is_told_by_family(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'nope','Item':{}}", "Requested resource not found"},
        {"GetItem", "{'TableName':'x','Key':{}}", "Requested resource not found"},
        {"UpdateItem", "{'TableName':'nope','Key':{}}", "Requested resource not found"},
        {"Scan", "{'TableName':'nope'}", "Requested resource not found"},
        {"BatchGetItem", "{'RequestItems':{'nope':{'Keys':[{'a':{'S':''}}]}}}",
            "Requested resource not found"},
        {"BatchWriteItem", "{'RequestItems':{'nope':[{'DeleteRequest':{'Key':{}}}]}}",
            "Requested resource not found"},
        {"DescribeTable", "{'TableName':'nope'}",
            "Requested resource not found: Table: nope not found"},
        {"DeleteTable", "{'TableName':'nope'}",
            "Requested resource not found: Table: nope not found"},
        {"UpdateTable", "{'TableName':'nope','BillingMode':'PAY_PER_REQUEST'}",
            "Requested resource not found: Table: nope not found"},
        {"DescribeTimeToLive", "{'TableName':'nope'}",
            "Requested resource not found: Table: nope not found"},
        {"TagResource",
            "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/nope',"
            "'Tags':[{'Key':'a','Value':''}]}",
            "Requested resource not found: ResourcArn: "
            "arn:aws:dynamodb:eu-west-1:000000000000:table/nope not found"},
    };

    CHECK_ALL(shop, "dynamodb.v20120810#ResourceNotFoundException", bad);
    EXPECT_FAULT(shop, "GetItem",
        "{'TableName':'arn:aws:dynamodb:eu-west-2:000000000000:table/books','Key':{}}",
        "com.amazon.coral.service#AccessDeniedException",
        "User is not authorized to perform: dynamodb:GetItem on resource: "
        "arn:aws:dynamodb:eu-west-2:000000000000:table/books");
}

#define SCHEMA "The provided key element does not match the schema"
#define NOT_VALID "One or more parameter values are not valid. "

static void keys_must_match_the_schema(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"GetItem", "{'TableName':'lines','Key':{'h':{'S':'a'}}}", SCHEMA},
        {"GetItem", "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'S':'1'}}}", SCHEMA},
        {"GetItem", "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'},'x':{'N':'1'}}}",
            SCHEMA},
        {"DeleteItem", "{'TableName':'lines','Key':{'x':{'S':'a'},'r':{'N':'1'}}}", SCHEMA},
        {"GetItem", "{'TableName':'books','Key':{'id':{'S':''}}}",
            NOT_VALID "The AttributeValue for a key attribute cannot contain an empty string "
                      "value. Key: id"},
        {"PutItem", "{'TableName':'lines','Item':{'h':{'S':'a'}}}",
            W "Missing the key r in the item"},
        {"PutItem", "{'TableName':'lines','Item':{'h':{'N':'1'},'r':{'N':'1'}}}",
            W "Type mismatch for key h expected: S actual: N"},
        {"PutItem", "{'TableName':'lines','Item':{'h':{'S':'a'},'r':{'N':'1'},'g':{'N':'1'}}}",
            W "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"},
        {"PutItem", "{'TableName':'lines','Item':{'h':{'S':'a'},'r':{'N':'1'},'g':{'S':''}}}",
            NOT_VALID "A value specified for a secondary index key is not supported. The "
                      "AttributeValue for a key attribute cannot contain an empty string value. "
                      "IndexName: by-g, IndexKey: g"},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET h = :h','ExpressionAttributeValues':{':h':{'S':'b'}}}",
            W "Cannot update attribute h. This attribute is part of the key"},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET g = :g','ExpressionAttributeValues':{':g':{'N':'1'}}}",
            "The update expression attempted to update the secondary index key to unsupported "
            "type"},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET g = :g','ExpressionAttributeValues':{':g':{'S':''}}}",
            NOT_VALID "The update expression attempted to update a secondary index key to a value "
                      "that is not supported. The AttributeValue for a key attribute cannot "
                      "contain an empty string value."},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET g.x = :g','ExpressionAttributeValues':{':g':{'S':''}}}",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: g"},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET a.b = :g','ExpressionAttributeValues':{':g':{'S':''}}}",
            "The document path provided in the update expression is invalid for update"},
        {"UpdateItem",
            "{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},"
            "'UpdateExpression':'SET a = b'}",
            "The provided expression refers to an attribute that does not exist in the item"},
        {"BatchWriteItem", "{'RequestItems':{'books':[{'PutRequest':{'Item':{'x':{'S':'1'}}}}]}}",
            SCHEMA},
        {"BatchWriteItem",
            "{'RequestItems':{'books':[{'PutRequest':{'Item':{'id':{'S':'1'}}}},"
            "{'DeleteRequest':{'Key':{'id':{'S':'1'}}}}]}}",
            "Provided list of item keys contains duplicates"},
        {"BatchGetItem", "{'RequestItems':{'books':{'Keys':[{'id':{'S':'1'}},{'id':{'S':'1'}}]}}}",
            "Provided list of item keys contains duplicates"},
    };

    CHECK_ALL(shop, "ValidationException", bad);
}

#define Q "{'TableName':'lines','KeyConditionExpression':"

static void queries_must_fit_keys_and_indexes(void **state)
{
    struct shop *shop = *state;
    static const struct bad_request bad[] = {
        {"Query",
            Q "'h = :a AND r = :b AND g = :a','ExpressionAttributeValues':"
              "{':a':{'S':'x'},':b':{'N':'1'}}}",
            "The number of query conditions (3) exceeds the number of key attributes defined in "
            "the schema (2)"},
        {"Query", Q "'r = :b','ExpressionAttributeValues':{':b':{'N':'1'}}}",
            "Query condition missed key schema element: h"},
        {"Query", Q "'h = :b AND g = :b','ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "Query condition missed key schema element: r"},
        {"Query", Q "'h > :b','ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "Query key condition not supported"},
        {"Query", Q "'h = :b','ExpressionAttributeValues':{':b':{'N':'1'}}}",
            W "Condition parameter type does not match schema type"},
        {"Query",
            Q "'h = :b','FilterExpression':'r > :c','ExpressionAttributeValues':"
              "{':b':{'S':'1'},':c':{'N':'1'}}}",
            "Filter Expression can only contain non-primary key attributes: Primary key "
            "attribute: r"},
        {"Query", Q "'h = :b','IndexName':'none','ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "The table does not have the specified index: none"},
        {"Query",
            Q "'g = :b','IndexName':'by-g','ConsistentRead':true,"
              "'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "Consistent reads are not supported on global secondary indexes"},
        {"Query",
            Q "'g = :b','IndexName':'by-g','Select':'ALL_ATTRIBUTES',"
              "'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            W "Select type ALL_ATTRIBUTES is not supported for global secondary index by-g because "
              "its projection type is not ALL"},
        {"Query",
            Q "'g = :b','IndexName':'by-g','ProjectionExpression':'h, x, y.z',"
              "'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            W "Global secondary index by-g does not project [x, y]"},
        {"Query",
            Q "'h = :b','ExclusiveStartKey':{'h':{'S':'1'}},"
              "'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "The provided starting key is invalid"},
        {"Query",
            Q "'h = :b','ExclusiveStartKey':{'h':{'S':'2'},'r':{'N':'1'}},"
              "'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "The provided starting key is outside query boundaries based on provided conditions"},
        {"Query",
            Q "'h = :b AND r > :c','ExclusiveStartKey':{'h':{'S':'1'},'r':{'N':'1'}},"
              "'ExpressionAttributeValues':{':b':{'S':'1'},':c':{'N':'5'}}}",
            "The provided starting key does not match the range key predicate"},
        {"Query",
            "{'TableName':'books','KeyConditionExpression':'id = :b','ExclusiveStartKey':"
            "{'id':{'S':'1'}},'ExpressionAttributeValues':{':b':{'S':'1'}}}",
            "The query can return at most one row and cannot be restarted"},
        {"Scan", "{'TableName':'lines','IndexName':'by-g','ConsistentRead':true}",
            "Consistent reads are not supported on global secondary indexes"},
        {"Scan", "{'TableName':'lines','ExclusiveStartKey':{'h':{'S':''},'r':{'N':'1'}}}",
            "The provided starting key is invalid: " NOT_VALID
            "The AttributeValue for a key attribute cannot contain an empty string value. Key: h"},
    };
    int refused = 0;

    CHECK_ALL(shop, "ValidationException", bad);
    /* A start key lies in exactly one of the segments. */
    for (int segment = 0; segment < 2; segment++) {
        call(shop, "Scan",
            "{'TableName':'books','Segment':%d,'TotalSegments':2,"
            "'ExclusiveStartKey':{'id':{'S':'somewhere'}}}",
            segment);
        refused += shop->status == 400;
        if (shop->status == 400)
            expect_fault(shop, "ValidationException",
                segment == 0
                    ? "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                      "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 0"
                    : "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                      "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1");
    }
    assert_int_equal(refused, 1);
}

static void long_words_of_expressions_are_told_whole(void **state)
{
    struct shop *shop = *state;
    struct buf word, message;

    buf_init(&word, 4096);
    buf_init(&message, 16384);
    for (int i = 0; i < 3000; i++)
        buf_add_char(&word, 'w');
    call(shop, "Scan", "{'TableName':'books','FilterExpression':'a = :%s'}", buf_string(&word));
    buf_add_format(&message,
        "Invalid FilterExpression: An expression attribute value used in expression is not "
        "defined; attribute value: :%s",
        buf_string(&word));
    expect_fault(shop, "ValidationException", buf_string(&message));
    call(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'}},'ConditionExpression':'%s %s'}", "a =\\u0007",
        buf_string(&word));
    buf_clear(&message);
    buf_add_format(&message,
        ONE "Invalid ConditionExpression: Syntax error; token: \"\a\", near: \"=\a %s\"",
        buf_string(&word));
    expect_fault(shop, "ValidationException", buf_string(&message));
    call(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'UpdateExpression':'REMOVE #a, #a.b',"
        "'ExpressionAttributeNames':{'#a':'%s'}}",
        buf_string(&word));
    buf_clear(&message);
    buf_add_format(&message,
        ONE "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
            "rewrite one of these paths; path one: [%s], path two: [%s, b]",
        buf_string(&word), buf_string(&word));
    expect_fault(shop, "ValidationException", buf_string(&message));
    buf_done(&message);
    buf_done(&word);
}

static void batches_have_limits(void **state)
{
    struct shop *shop = *state;
    struct buf body;

    buf_init(&body, 1 << 20);
    for (int i = 0; i < 101; i++)
        buf_add_format(&body, "%s{'id':{'S':'%d'}}", i ? "," : "", i);
    call(shop, "BatchGetItem", "{'RequestItems':{'books':{'Keys':[%s]}}}", buf_string(&body));
    expect_fault(shop, "ValidationException",
        ONE "Value at 'RequestItems.books.member.Keys' failed to satisfy constraint: Member must "
            "have length less than or equal to 100");
    call(shop, "BatchWriteItem", "%s", "{'RequestItems':{'books':[]}}");
    expect_fault(shop, "ValidationException",
        ONE "Value '{books=[]}' at 'requestItems' failed to satisfy constraint: Map value must "
            "satisfy constraint: [Member must have length less than or equal to 25, Member must "
            "have length greater than or equal to 1]");
    buf_done(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_a_row),
        cmocka_unit_test(wrong_types_are_serialization_errors),
        cmocka_unit_test(members_are_told_together),
        cmocka_unit_test(values_are_checked_in_the_words_of_the_operation),
        cmocka_unit_test(parameters_and_expressions_are_checked_before_the_table),
        cmocka_unit_test(a_missing_table_is_told_by_family),
        cmocka_unit_test(keys_must_match_the_schema),
        cmocka_unit_test(queries_must_fit_keys_and_indexes),
        cmocka_unit_test(long_words_of_expressions_are_told_whole),
        cmocka_unit_test(batches_have_limits),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
