#include "tests/unit/tables_support.h"

/*
 * message_style legacy (tables.md 6.1, 7 and 19): no envelope, the older wordings. Each case names
 * both sentences, so that neither style can take the other's.
 */
struct wording {
    const char *operation, *body;
    const char *current, *legacy;
};

#define PUT(rest) "{'TableName':'books','Item':{'id':{'S':'a'}" rest
#define VALUE(json) "{'TableName':'books','Item':{'id':{'S':'a'},'v':" json "}}"
#define CREATE(name, attributes, keys)                                                             \
    "{'TableName':'" name "','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[" attributes  \
    "],'KeySchema':[" keys "]}"
#define ID "{'AttributeName':'id','AttributeType':'S'}"
#define HASH "{'AttributeName':'id','KeyType':'HASH'}"
#define RANGE "{'AttributeName':'id','KeyType':'RANGE'}"
#define ONE "1 validation error detected: "
#define FAILED "failed to satisfy constraint: "
#define W "One or more parameter values were invalid: "
#define RETURNS                                                                                    \
    "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"

static const struct wording wording_table[] = {
    {"PutItem", PUT("},'ConditionExpression':''}"),
        ONE "Invalid ConditionExpression: The expression can not be empty;",
        "Invalid ConditionExpression: The expression can not be empty;"},
    {"PutItem", "{'TableName':'','Item':{},'ReturnConsumedCapacity':'x'}",
        ONE "Value at 'TableName' " FAILED "Member must have length greater than or equal to 1",
        "3 validation errors detected: Value '' at 'tableName' " FAILED
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at "
        "'tableName' " FAILED "Member must have length greater than or equal to 3; Value 'x' at "
        "'returnConsumedCapacity' " FAILED
        "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"},
    {"PutItem", PUT("},'ReturnValues':'x'}"),
        ONE "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, "
            "UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]",
        ONE "Value 'x' at 'returnValues' " FAILED RETURNS},
    {"UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'ReturnConsumedCapacity':'x',"
        "'ReturnValues':'y'}",
        ONE "Value 'x' at 'returnConsumedCapacity' " FAILED
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        "2 validation errors detected: Value 'x' at 'returnConsumedCapacity' " FAILED
        "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'y' at "
        "'returnValues' " FAILED RETURNS},
    {"PutItem", VALUE("{'SS':['b','a','b']}"),
        ONE W "Input collection [\"a\", \"b\", \"b\"] contains duplicates.",
        W "Input collection [b, a, b] contains duplicates."},
    {"PutItem", VALUE("{'BS':['/w==','AA==','AA==']}"),
        ONE W "Input collection [\"/w==\",\"AA==\",\"AA==\"]of type BS contains duplicates.",
        W "Input collection [/w==, AA==, AA==]of type BS contains duplicates."},
    {"PutItem", VALUE("{'NS':['1','1.0']}"), ONE W "Input collection contains duplicates.",
        "Input collection contains duplicates"},
    {"PutItem", VALUE("{'N':''}"), ONE "The parameter cannot be converted to a numeric value: ",
        "The parameter cannot be converted to a numeric value"},
    {"PutItem", VALUE("{'N':'1e4294967421'}"),
        ONE "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range",
        NULL},
    {"PutItem", PUT("},'ExpressionAttributeNames':{'#a':'a'}}"),
        ONE "ExpressionAttributeNames can only be specified when using expressions",
        "ExpressionAttributeNames can only be specified when using expressions"},
    {"PutItem", PUT("},'ExpressionAttributeValues':{':a':{'S':'a'}}}"),
        ONE "ExpressionAttributeValues can only be specified when using expressions",
        "ExpressionAttributeValues can only be specified when using expressions: "
        "ConditionExpression is null"},
    {"PutItem",
        PUT("},'ConditionExpression':'id = :v','ExpressionAttributeValues':{':v':{'SS':[]}}}"),
        ONE W "An string set  may not be empty",
        "ExpressionAttributeValues contains invalid value: " W "An string set  may not be empty "
        "for key :v"},
    {"GetItem", "{'TableName':'bo','Key':{'id':{'S':'a'}}}", "Requested resource not found",
        ONE "Value 'bo' at 'tableName' " FAILED
            "Member must have length greater than or equal to 3"},
    {"Query", "{'TableName':'books','Limit':0}",
        ONE "Value at 'Limit' " FAILED "Member must have value greater than or equal to 1",
        ONE "Value '0' at 'limit' " FAILED "Member must have value greater than or equal to 1"},
    {"Query", "{'TableName':'books','Select':'ALL_PROJECTED_ATTRIBUTES'}",
        ONE "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
    {"Query",
        "{'TableName':'books','KeyConditionExpression':'id = :a OR id = :a',"
        "'ExpressionAttributeValues':{':a':{'S':'a'}}}",
        "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR",
        "Invalid operator used in KeyConditionExpression: OR"},
    {"BatchGetItem", "{'RequestItems':{}}",
        ONE "Value at 'RequestItems' " FAILED "Member must have length greater than or equal to 1",
        "The requestItems parameter is required for BatchGetItem"},
    {"BatchWriteItem", "{'RequestItems':{}}",
        "The requestItems parameter is required for BatchWriteItem",
        "The requestItems parameter is required for BatchWriteItem"},
    {"CreateTable", CREATE("ab", ID, HASH),
        ONE "Value 'ab' at 'tableName' " FAILED
            "Member must have length greater than or equal to 3",
        "TableName must be at least 3 characters long and at most 255 characters long"},
    {"DescribeTable", "{'TableName':''}",
        "2 validation errors detected: Value '' at 'tableName' " FAILED
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at "
        "'tableName' " FAILED "Member must have length greater than or equal to 3",
        "TableName must be at least 3 characters long and at most 255 characters long"},
    {"CreateTable", CREATE("same", ID, HASH "," RANGE),
        "Invalid KeySchema: Some index key attribute have no definition",
        "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
    {"PutItem", VALUE("{'NULL':false}"),
        ONE W "Null attribute value types must have the value of true",
        W "Null attribute value types must have the value of true"},
    {"Scan", "{'TableName':'books','Segment':0}",
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present",
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present"},
};

static void open_books(struct shop *shop, bool legacy)
{
    shop_open(shop, true);
    shop_stop(shop);
    shop->settings.legacy_messages = legacy;
    shop_start(shop);
    call(shop, "CreateTable", "%s", CREATE("books", ID, HASH));
    assert_int_equal(shop->status, 200);
}

static void check_style(bool legacy)
{
    struct shop shop;

    open_books(&shop, legacy);
    for (size_t i = 0; i < sizeof wording_table / sizeof wording_table[0]; i++) {
        const struct wording *wording = &wording_table[i];
        const char *sentence = legacy ? wording->legacy : wording->current;
        struct text said;

        call(&shop, wording->operation, "%s", wording->body);
        said = json_string_member(answer_at(&shop, ""), "message");
        if (sentence ? !text_is(said, sentence) : said.data != NULL)
            fail_msg("%s %s:\nwanted %s\n   got %s", wording->operation, wording->body,
                sentence ? sentence : "no error", buf_string(&shop.answer));
    }
    shop_close(&shop);
}

static void the_current_style_is_that_of_2026(void **state)
{
    check_style(false);
    (void)state;
}

static void the_legacy_style_is_that_of_2020(void **state)
{
    check_style(true);
    (void)state;
}

static void too_many_keys_of_one_table_have_two_sentences(void **state)
{
    struct shop shop;
    struct buf keys;

    buf_init(&keys, 1 << 20);
    for (int i = 0; i < 101; i++)
        buf_add_format(&keys, "%s{'id':{'S':'%d'}}", i ? "," : "", i);
    open_books(&shop, false);
    call(&shop, "BatchGetItem", "{'RequestItems':{'books':{'Keys':[%s]}}}", buf_string(&keys));
    expect_fault(&shop, "ValidationException",
        ONE "Value at 'RequestItems.books.member.Keys' " FAILED
            "Member must have length less than or equal to 100");
    shop_close(&shop);
    open_books(&shop, true);
    call(&shop, "BatchGetItem", "{'RequestItems':{'books':{'Keys':[%s]}}}", buf_string(&keys));
    expect_fault(&shop, "ValidationException",
        "Too many items requested for the BatchGetItem call");
    shop_close(&shop);
    buf_done(&keys);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_current_style_is_that_of_2026),
        cmocka_unit_test(the_legacy_style_is_that_of_2020),
        cmocka_unit_test(too_many_keys_of_one_table_have_two_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
