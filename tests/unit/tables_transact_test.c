#include "tests/unit/tables_support.h"

#include <sqlite3.h>

#include "base/clock.h"

/* books: id. lines: h and r, a local index on g, a global one on g and n. */
static const char *const make_table[] = {
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
    "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["
    "{'AttributeName':'id','KeyType':'HASH'}]}",
    "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
    "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'},"
    "{'AttributeName':'g','AttributeType':'S'}],'KeySchema':["
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
    "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'g','KeyType':'RANGE'}],"
    "'Projection':{'ProjectionType':'ALL'}}],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"
    "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{"
    "'ProjectionType':'KEYS_ONLY'}}]}",
    "{'TableName':'blobs','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
    "{'AttributeName':'id','AttributeType':'B'}],'KeySchema':["
    "{'AttributeName':'id','KeyType':'HASH'}]}",
};

static int open_tables(void **state, bool memory)
{
    static struct shop shop;

    shop_open(&shop, memory);
    for (size_t i = 0; i < sizeof make_table / sizeof make_table[0]; i++) {
        call(&shop, "CreateTable", "%s", make_table[i]);
        assert_int_equal(shop.status, 200);
    }
    *state = &shop;
    return 0;
}

static int open_memory(void **state)
{
    return open_tables(state, true);
}

static int open_file(void **state)
{
    return open_tables(state, false);
}

static int close_shop(void **state)
{
    clock_fix(0);
    shop_close(*state);
    return 0;
}

#define WRITE(shop, items, answer)                                                                 \
    EXPECT_CALL(shop, "TransactWriteItems", "{'TransactItems':[" items "]}", answer)
#define REFUSED(shop, items, message)                                                              \
    EXPECT_INVALID(shop, "TransactWriteItems", "{'TransactItems':[" items "]}", message)
#define MEMBER(member)                                                                             \
    "Value null at 'transactItems." member "' failed to satisfy constraint: "                      \
    "Member must not be null"

/* The whole answer of a cancellation: codes as in the message, reasons as JSON. */
static void expect_cancelled(struct shop *shop, const char *codes, const char *reasons)
{
    char text[16384];

    snprintf(text, sizeof text,
        "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',"
        "'Message':'Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[%s]','message':'Transaction cancelled, please refer cancellation reasons for specific "
        "reasons [%s]','CancellationReasons':%s}",
        codes, codes, reasons);
    /* Sentences with apostrophes stand in the text as they are. */
    assert_string_equal(buf_string(&shop->answer), wanted(shop, text));
    assert_int_equal(shop->status, 400);
}

#define CANCELLED(shop, items, codes, reasons)                                                     \
    do {                                                                                           \
        call(shop, "TransactWriteItems", "%s", "{'TransactItems':[" items "]}");                   \
        expect_cancelled(shop, codes, reasons);                                                    \
    } while (0)
#define INVALID(message) "{'Code':'ValidationError','Message':'" message "'}"

#define PUT(table, item) "{'Put':{'TableName':'" table "','Item':{" item "}}}"
#define BOOK(id) "'TableName':'books','Key':{'id':{'S':'" id "'}}"

static void all_actions_happen_together(void **state)
{
    struct shop *shop = *state;

    WRITE(shop, PUT("books", "'id':{'S':'a'},'n':{'N':'1'}") "," PUT("books", "'id':{'S':'c'}"),
        "{}");
    EXPECT_CALL(shop, "TransactWriteItems",
        "{'TransactItems':[" PUT("books", "'id':{'S':'b'},'v':{'S':'new'}") ",{'Update':{" BOOK(
            "a") ",'UpdateExpression':'SET #n = #n + :one','ExpressionAttributeNames':{'#n':'n'},"
                 "'ExpressionAttributeValues':{':one':{'N':'1'}},'ConditionExpression':"
                 "'#n = :one'}},{'Delete':{" BOOK("c") "}},{'ConditionCheck':{" BOOK(
                     "d") ",'ConditionExpression':"
                          "'attribute_not_exists(id)'}},"
                          "{'Put':{'TableName':'lines','Item':{'h':{'S':'x'},'r':{'N':'1'},'g':{'S'"
                          ":'k'}}}}],"
                          "'ReturnConsumedCapacity':'INDEXES','ReturnItemCollectionMetrics':'SIZE'"
                          "}",
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':8.0,'WriteCapacityUnits':8.0,"
        "'Table':{'CapacityUnits':8.0,'WriteCapacityUnits':8.0}},"
        "{'TableName':'lines','CapacityUnits':6.0,'WriteCapacityUnits':6.0,"
        "'Table':{'CapacityUnits':2.0,'WriteCapacityUnits':2.0},'LocalSecondaryIndexes':{'local':{"
        "'CapacityUnits':2.0,'WriteCapacityUnits':2.0}},'GlobalSecondaryIndexes':{'by-g':{"
        "'CapacityUnits':2.0,'WriteCapacityUnits':2.0}}}],'ItemCollectionMetrics':{'lines':[{"
        "'ItemCollectionKey':{'h':{'S':'x'}},'SizeEstimateRangeGB':[0,1]}]}}");
    EXPECT_CALL(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{" BOOK("c") "}},{'Get':{" BOOK("a") "}},{'Get':{" BOOK(
            "b") ",'ProjectionExpression':'#v','ExpressionAttributeNames':{"
                 "'#v':'v'}}},{'Get':{" BOOK(
                     "d") "}},{'Get':{'TableName':'lines','Key':{"
                          "'h':{'S':'x'},'r':{'N':'1'}},'ProjectionExpression':'zz'}}],"
                          "'ReturnConsumedCapacity':'TOTAL'}",
        "{'Responses':[{},{'Item':{'id':{'S':'a'},'n':{'N':'2'}}},{'Item':{'v':{'S':'new'}}},{},"
        "{'Item':{}}],'ConsumedCapacity':[{'TableName':'books','CapacityUnits':8.0,"
        "'ReadCapacityUnits':8.0},{'TableName':'lines','CapacityUnits':2.0,"
        "'ReadCapacityUnits':2.0}]}");
    EXPECT_CALL(shop, "Query",
        "{'TableName':'lines','IndexName':'by-g','KeyConditionExpression':'g = :g',"
        "'ExpressionAttributeValues':{':g':{'S':'k'}},'Select':'COUNT'}",
        "{'Count':1,'ScannedCount':1}");
}

static void one_failed_condition_undoes_everything(void **state)
{
    struct shop *shop = *state;

    WRITE(shop, PUT("books", "'id':{'S':'old'},'n':{'N':'1'}"), "{}");
    CANCELLED(shop,
        PUT("books",
            "'id':{'S':'new'}") ","
                                "{'Put':{'TableName':'books','Item':{'id':{'S':'old'}},'"
                                "ConditionExpression':"
                                "'attribute_not_exists(id)','ReturnValuesOnConditionCheckFailure':'"
                                "ALL_OLD'}}," PUT("lines", "'h':{'S':'no'},'r':{'N':'1'},'g':{'S':'"
                                                           "no'}") ","
                                                                   "{'ConditionCheck':{'TableName':"
                                                                   "'books','Key':{'id':{'S':'"
                                                                   "absent'}},"
                                                                   "'ConditionExpression':'"
                                                                   "attribute_exists(id)',"
                                                                   "'ReturnValuesOnConditionCheckFa"
                                                                   "ilure':'ALL_OLD'}},"
                                                                   "{'Delete':{'TableName':'lines',"
                                                                   "'Key':{'h':{'S':'q'},'r':{'N':'"
                                                                   "9'}},"
                                                                   "'ConditionExpression':'"
                                                                   "attribute_exists(h)'}}",
        "None, ConditionalCheckFailed, None, ConditionalCheckFailed, ConditionalCheckFailed",
        "[{'Code':'None'},{'Code':'ConditionalCheckFailed','Message':'The conditional request "
        "failed','Item':{'id':{'S':'old'},'n':{'N':'1'}}},{'Code':'None'},"
        "{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'},"
        "{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'}]");
    EXPECT_CALL(shop, "GetItem", "{" BOOK("new") "}", "{}");
    EXPECT_CALL(shop, "GetItem", "{" BOOK("old") "}", "{'Item':{'id':{'S':'old'},'n':{'N':'1'}}}");
    EXPECT_CALL(shop, "Scan", "{'TableName':'lines','Select':'COUNT'}",
        "{'Count':0,'ScannedCount':0}");
    EXPECT_CALL(shop, "Scan", "{'TableName':'lines','IndexName':'by-g','Select':'COUNT'}",
        "{'Count':0,'ScannedCount':0}");
}

static void updates_that_cannot_be_done_cancel(void **state)
{
    struct shop *shop = *state;

    WRITE(shop, PUT("books", "'id':{'S':'u'},'s':{'S':'text'}"), "{}");
    CANCELLED(shop,
        PUT("books", "'id':{'S':'side'}") ",{'Update':{" BOOK(
            "u") ",'UpdateExpression':"
                 "'SET #s = #s + :one','ExpressionAttributeNames':{'#s':'s'},"
                 "'ExpressionAttributeValues':{':one':{'N':'1'}}}}",
        "None, ValidationError",
        "[{'Code':'None'}," INVALID(
            "An operand in the update expression has an incorrect data type") "]");
    CANCELLED(shop,
        "{'Update':{" BOOK("u") ",'UpdateExpression':'SET a.b = :v','ExpressionAttributeValues':{"
                                "':v':{'N':'1'}}}},{'Update':{" BOOK(
                                    "none") ",'UpdateExpression':'SET x = y'}}",
        "ValidationError, ValidationError",
        "[" INVALID("The document path provided in the update expression is invalid for update") "," INVALID(
            "The provided expression refers to an attribute that does not exist in the "
            "item") "]");
    CANCELLED(shop,
        "{'Update':{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},'UpdateExpression':"
        "'SET g = :v','ExpressionAttributeValues':{':v':{'N':'1'}}}}",
        "ValidationError",
        "[" INVALID("The update expression attempted to update the secondary index key to "
                    "unsupported type") "]");
    CANCELLED(shop,
        "{'Update':{" BOOK("u") ",'UpdateExpression':'SET id = :v',"
                                "'ExpressionAttributeValues':{':v':{'S':'z'}}}}",
        "ValidationError",
        "[" INVALID("One or more parameter values were invalid: Cannot update attribute id. This "
                    "attribute is part of the key") "]");
    EXPECT_CALL(shop, "GetItem", "{" BOOK("side") "}", "{}");
}

static void keys_that_do_not_fit_cancel(void **state)
{
    struct shop *shop = *state;
    static const char mismatch[] =
        "[{'Code':'None'}," INVALID("The provided key element does not match the schema") "]";

    CANCELLED(shop, PUT("books", "'id':{'N':'5'}"), "ValidationError",
        "[" INVALID("One or more parameter values were invalid: Type mismatch for key id "
                    "expected: S actual: N") "]");
    CANCELLED(shop, PUT("books", "'id':{'L':[{'S':'x'}]}"), "ValidationError",
        "[" INVALID("One or more parameter values were invalid: Type mismatch for key id "
                    "expected: S actual: L") "]");
    CANCELLED(shop, PUT("books", "'x':{'S':'y'}"), "ValidationError",
        "[" INVALID(
            "One or more parameter values were invalid: Missing the key id in the item") "]");
    CANCELLED(shop, PUT("lines", "'h':{'S':'a'},'r':{'N':'1'},'g':{'N':'5'}"), "ValidationError",
        "[" INVALID("One or more parameter values were invalid: Type mismatch for Index Key g "
                    "Expected: S Actual: N IndexName: by-g") "]");
    CANCELLED(shop,
        PUT("books", "'id':{'S':'ok'}") ",{'Update':{'TableName':'books','Key':{'id':{'N':'5'}},"
                                        "'UpdateExpression':'SET a = "
                                        ":v','ExpressionAttributeValues':{':v':{'S':'x'}}}}",
        "None, ValidationError", mismatch);
    CANCELLED(shop,
        PUT("books", "'id':{'S':'ok'}") ",{'Delete':{'TableName':'books','Key':{'id':{'L':[]}}}}",
        "None, ValidationError", mismatch);
    CANCELLED(shop,
        PUT("books", "'id':{'S':'ok'}") ",{'ConditionCheck':{'TableName':'books','Key':{},"
                                        "'ConditionExpression':'attribute_exists(id)'}}",
        "None, ValidationError", mismatch);
    /* Only the first one is told. */
    CANCELLED(shop,
        "{'Delete':{'TableName':'books','Key':{'id':{'N':'1'}}}}," PUT("books", "'id':{'N':'2'}"),
        "ValidationError, None",
        "[" INVALID("The provided key element does not match the schema") ",{'Code':'None'}]");
    call(shop, "TransactGetItems", "%s",
        "{'TransactItems':[{'Get':{" BOOK("a") "}},{'Get':{'TableName':'books','Key':{}}}]}");
    expect_cancelled(shop, "None, ValidationError", mismatch);
    EXPECT_CALL(shop, "GetItem", "{" BOOK("ok") "}", "{}");
}

#define EMPTY(what, key)                                                                           \
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "   \
    "contain an empty " what " value. Key: " key
#define UPDATE_LINE(set, value)                                                                    \
    "{'Update':{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}},'UpdateExpression':'" set  \
    "','ExpressionAttributeValues':{':v':" value "}}}"

static void empty_keys_are_refused_at_the_top(void **state)
{
    struct shop *shop = *state;

    REFUSED(shop, PUT("books", "'id':{'S':''}"), EMPTY("string", "id"));
    REFUSED(shop, "{'Delete':{" BOOK("") "}}", EMPTY("string", "id"));
    REFUSED(shop, "{'Update':{" BOOK("") ",'UpdateExpression':'REMOVE a'}}", EMPTY("string", "id"));
    REFUSED(shop, "{'ConditionCheck':{" BOOK("") ",'ConditionExpression':'attribute_exists(a)'}}",
        EMPTY("string", "id"));
    REFUSED(shop, PUT("blobs", "'id':{'B':''}"), EMPTY("binary", "id"));
    REFUSED(shop, "{'Delete':{'TableName':'blobs','Key':{'id':{'B':''}}}}", EMPTY("binary", "id"));
    /* Ahead of a missing table, of a duplicate and of a type, wherever they stand. */
    REFUSED(shop,
        PUT("nosuch", "'id':{'S':'a'}") "," PUT("books", "'id':{'S':'a'}") "," PUT("books",
            "'id':{'S':'a'}") "," PUT("books", "'id':{'N':'1'}") "," PUT("books", "'id':{'S':''}"),
        EMPTY("string", "id"));
    REFUSED(shop, PUT("lines", "'h':{'S':'a'},'r':{'N':'1'},'g':{'S':''}"),
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
        "value. IndexName: local, IndexKey: g");
    REFUSED(shop, UPDATE_LINE("SET g = :v", "{'S':''}"),
        "One or more parameter values are not valid. The update expression attempted to update a "
        "secondary index key to a value that is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty string value.");
    /* Seen when the update runs. */
    CANCELLED(shop, UPDATE_LINE("SET g = if_not_exists(x, :v)", "{'S':''}"), "ValidationError",
        "[" INVALID(
            "One or more parameter values are not valid. The update expression attempted "
            "to update a secondary index key to a value that is not supported. The "
            "AttributeValue for a key attribute cannot contain an empty string value.") "]");
}

static void members_are_told_together_token_first(void **state)
{
    struct shop *shop = *state;

    REFUSED(shop, "",
        "1 validation error detected: Value '[]' at 'transactItems' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1");
    EXPECT_INVALID(shop, "TransactWriteItems", "{}",
        "1 validation error detected: Value null at 'transactItems' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_INVALID(shop, "TransactGetItems", "{'TransactItems':[]}",
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1");
    EXPECT_INVALID(shop, "TransactGetItems", "{'TransactItems':[{},{'Get':{}}]}",
        "3 validation errors detected: " MEMBER("1.member.get") "; " MEMBER(
            "2.member.get.key") "; " MEMBER("2.member.get.tableName"));
    REFUSED(shop,
        "{'Put':{}},{'Update':{'TableName':'books'}},{'ConditionCheck':{" BOOK(
            "a") "}},{'Delete':{'TableName':'bad!name','Key':{}}}",
        "6 validation errors detected: " MEMBER("1.member.put.item") "; " MEMBER(
            "1.member.put.tableName") "; " MEMBER("2.member.update.key") "; " MEMBER("2.member."
                                                                                     "update."
                                                                                     "updateExpress"
                                                                                     "ion") ";"
                                                                                            " " MEMBER(
                                                                                                "3."
                                                                                                "me"
                                                                                                "mb"
                                                                                                "er"
                                                                                                ".c"
                                                                                                "on"
                                                                                                "di"
                                                                                                "ti"
                                                                                                "on"
                                                                                                "Ch"
                                                                                                "ec"
                                                                                                "k."
                                                                                                "co"
                                                                                                "nd"
                                                                                                "it"
                                                                                                "io"
                                                                                                "nE"
                                                                                                "xp"
                                                                                                "re"
                                                                                                "ss"
                                                                                                "io"
                                                                                                "n") "; Value 'bad!name' at "
                                                                                                     "'transactItems.4.member.delete.tableName' failed to satisfy constraint: Member must "
                                                                                                     "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    REFUSED(shop, "{'Put':{'TableName':'','Item':{},'ReturnValuesOnConditionCheckFailure':'X'}}",
        "2 validation errors detected: Value '' at 'transactItems.1.member.put.tableName' failed "
        "to satisfy constraint: Member must have length greater than or equal to 1; Value 'X' at "
        "'transactItems.1.member.put.returnValuesOnConditionCheckFailure' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ALL_OLD, NONE]");
    EXPECT_INVALID(shop, "TransactWriteItems",
        "{'ReturnItemCollectionMetrics':'c','ReturnConsumedCapacity':'b','ClientRequestToken':"
        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx','TransactItems':[" PUT("nosuch", "") "]}",
        "3 validation errors detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at "
        "'clientRequestToken' failed to satisfy constraint: Member must have length less than or "
        "equal to 36; Value 'b' at 'returnConsumedCapacity' failed to satisfy constraint: Member "
        "must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'c' at "
        "'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum "
        "value set: [SIZE, NONE]");
    EXPECT_INVALID(shop, "TransactWriteItems",
        "{'ClientRequestToken':'','TransactItems':[" PUT("books", "'id':{'S':'a'}") "]}",
        "1 validation error detected: Value '' at 'clientRequestToken' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1");
    EXPECT_FAULT(shop, "TransactWriteItems", "{'TransactItems':{}}", "SerializationException",
        "Start of structure or map found where not expected");
    EXPECT_FAULT(shop, "TransactWriteItems", "{'TransactItems':[{'Put':[]}]}",
        "SerializationException",
        "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Put");
}

static void a_hundred_actions_are_the_limit(void **state)
{
    struct shop *shop = *state;
    static const char head[] = "1 validation error detected: Value '[{\"Put\":{\"TableName\":"
                               "\"books\",\"Item\":{\"id\":{\"S\":\"0\"}}}}, {\"Put\"";
    static const char tail[] = "' at 'transactItems' failed to satisfy constraint: Member must "
                               "have length less than or equal to 100";
    struct buf items;
    struct text said;

    buf_init(&items, 1 << 20);
    for (int i = 0; i < 101; i++) {
        if (i == 100) {
            call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&items));
            expect(shop, "{}");
        }
        buf_add_format(&items, "%s" PUT("books", "'id':{'S':'%d'}"), i ? "," : "", i);
    }
    call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&items));
    assert_int_equal(shop->status, 400);
    said = answer_at(shop, "message")->text;
    assert_true(text_starts_with(said, text_of(head)));
    assert_true(text_ends_with(said, text_of(tail)));
    assert_true(said.length < 4096 + 300);
    EXPECT_CALL(shop, "Scan", "{'TableName':'books','Select':'COUNT'}",
        "{'Count':100,'ScannedCount':100}");
    EXPECT_CALL(shop, "GetItem", "{" BOOK("100") "}", "{}");
    buf_done(&items);
}

static void an_element_is_exactly_one_action(void **state)
{
    struct shop *shop = *state;

    REFUSED(shop, "{'Put':{'TableName':'books','Item':{'id':{'S':'a'}}},'Delete':{" BOOK("a") "}}",
        "TransactItems can only contain one of Check, Put, Update or Delete");
    REFUSED(shop, "{}",
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    REFUSED(shop, "null",
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
}

static void targets_are_distinct(void **state)
{
    struct shop *shop = *state;
    static const char twice[] =
        "Transaction request cannot include multiple operations on one item";

    REFUSED(shop,
        PUT("books", "'id':{'S':'d'}") ",{'ConditionCheck':{" BOOK(
            "d") ",'ConditionExpression':'attribute_exists(id)'}}",
        twice);
    REFUSED(shop,
        "{'Delete':{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1.0'}}}},"
        "{'Delete':{'TableName':'arn:aws:dynamodb:eu-west-1:000000000000:table/lines',"
        "'Key':{'h':{'S':'a'},'r':{'N':'1'}}}}",
        twice);
    EXPECT_INVALID(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{" BOOK("a") "}},{'Get':{" BOOK("a") "}}]}", twice);
    /* Ahead of a key that does not fit. */
    REFUSED(shop,
        PUT("books", "'id':{'N':'1'}") "," PUT("books", "'id':{'S':'d'}") "," PUT("books",
            "'id':{'S':'d'}"),
        twice);
    WRITE(shop,
        "{'Delete':{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'1'}}}},"
        "{'Delete':{'TableName':'lines','Key':{'h':{'S':'a'},'r':{'N':'2'}}}}",
        "{}");
}

#define CHECK(expression)                                                                          \
    "{'ConditionCheck':{" BOOK("cc") ",'ConditionExpression':'" expression "'}}"
#define UNUSED                                                                                     \
    "{'ConditionCheck':{" BOOK("cc") ",'ConditionExpression':'attribute_not_exists(id)',"          \
                                     "'ExpressionAttributeValues':{':v':{'S':'x'}}}}"

static void actions_are_read_in_the_order_of_the_request(void **state)
{
    struct shop *shop = *state;
    static const char syntax[] =
        "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"";
    static const char unused[] =
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}";

    REFUSED(shop, CHECK(""), "Invalid ConditionExpression: The expression can not be empty;");
    REFUSED(shop, PUT("nosuch", "'id':{'S':'a'}") "," CHECK("attribute_not_exists("), syntax);
    REFUSED(shop, CHECK("attribute_not_exists(") "," PUT("books", "'id':{'NULL':false}"), syntax);
    REFUSED(shop, PUT("books", "'id':{'NULL':false}") "," CHECK("attribute_not_exists("),
        "One or more parameter values were invalid: Null attribute value types must have the "
        "value of true");
    REFUSED(shop, PUT("nosuch", "'id':{'S':'a'}") "," UNUSED, unused);
    REFUSED(shop, UNUSED "," PUT("nosuch", "'id':{'S':'a'}"), unused);
    REFUSED(shop, PUT("books", "'id':{'S':'cc'}") "," UNUSED, unused);
    REFUSED(shop,
        "{'Put':{'TableName':'books','Item':{'id':{'S':'a'}},"
        "'ExpressionAttributeValues':{':v':{'S':'x'}}}}",
        "ExpressionAttributeValues can only be specified when using expressions: "
        "ConditionExpression is null");
    REFUSED(shop,
        "{'Update':{" BOOK("a") ",'UpdateExpression':'SET a = :v',"
                                "'ExpressionAttributeValues':{':v':{'N':'x'}}}}",
        "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
        "numeric value: x for key :v");
    EXPECT_INVALID(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{" BOOK("a") ",'ProjectionExpression':'!!!'}}]}",
        "Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"!!\"");
}

static void a_missing_table_refuses_the_request(void **state)
{
    struct shop *shop = *state;

    EXPECT_FAULT(shop, "TransactWriteItems",
        "{'TransactItems':[" PUT("books", "'id':{'N':'1'}") "," PUT("nosuch", "'a':{'S':'b'}") "]}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{'TableName':'nosuch','Key':{'a':{'S':'b'}}}}]}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{'TableName':'arn:aws:dynamodb:eu-west-2:000000000000:table/"
        "books','Key':{'a':{'S':'b'}}}}]}",
        "AccessDeniedException",
        "User is not authorized to perform: dynamodb:TransactGetItems on resource: "
        "arn:aws:dynamodb:eu-west-2:000000000000:table/books");
}

static void sizes_are_told_where_they_are_known(void **state)
{
    struct shop *shop = *state;
    struct buf items;

    /* 409,600: the names id and d, one byte of key, the rest */
    call(shop, "TransactWriteItems",
        "{'TransactItems':[{'Put':{'TableName':'books','Item':{'id':{'S':'p'},'d':{'S':'%0*d'}}}}]"
        "}",
        409600 - 4, 0);
    expect(shop, "{}");
    call(shop, "TransactWriteItems",
        "{'TransactItems':[" CHECK("attribute_exists(id)") ",{'Put':{'TableName':'books','Item':{"
                                                           "'id':{'S':'p'},'d':{'S':'%0*d'}}}}]}",
        409600 - 3, 0);
    expect_fault(shop, "ValidationException", "Item size has exceeded the maximum allowed size");
    call(shop, "TransactWriteItems",
        "{'TransactItems':[{'Update':{" BOOK(
            "q") ",'UpdateExpression':'SET d = :d',"
                 "'ExpressionAttributeValues':{':d':{'S':'%0*d'}}}}]}",
        409600 - 4, 0);
    expect(shop, "{}");
    call(shop, "TransactWriteItems",
        "{'TransactItems':[{'Update':{" BOOK(
            "q") ",'UpdateExpression':'SET d = :d',"
                 "'ExpressionAttributeValues':{':d':{'S':'%0*d'}}}}]}",
        409600 - 3, 0);
    expect_cancelled(shop, "ValidationError",
        "[" INVALID("Item size to update has exceeded the maximum allowed size") "]");
    /* Eleven items of 400,000 bytes are more than 4 MB, ten are not. */
    buf_init(&items, 16 << 20);
    for (int i = 0; i < 11; i++) {
        if (i == 10) {
            call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&items));
            expect(shop, "{}");
        }
        buf_add_format(&items, "%s" PUT("books", "'id':{'S':'%02d'},'d':{'S':'%0*d'}"),
            i ? "," : "", i, 400000, 0);
    }
    call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&items));
    expect_fault(shop, "ValidationException",
        "The aggregate size of the items in the transaction cannot exceed 4 MB");
    EXPECT_CALL(shop, "GetItem", "{" BOOK("10") "}", "{}");
    buf_done(&items);
}

/* An action on each of the hundred large items; last: the condition of the last one. */
static void update_large(struct shop *shop, const char *last)
{
    buf_clear(&shop->request);
    add_quoted(&shop->request, "{'TransactItems':[");
    for (int i = 0; i < 100; i++) {
        char action[512];

        snprintf(action, sizeof action,
            "%s{'Update':{'TableName':'lines','Key':{'h':{'S':'big'},'r':{'N':'%d'}},"
            "'UpdateExpression':'SET c = :c','ConditionExpression':'%s',"
            "'ExpressionAttributeValues':{':c':{'N':'1'}},"
            "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}}",
            i ? "," : "", i, i == 99 ? last : "d <> :c");
        add_quoted(&shop->request, action);
    }
    add_quoted(&shop->request, "]}");
    send_request(shop, "TransactWriteItems");
}

/* Forty megabytes: what is found of each does not fit into the arena of the request. */
static void a_hundred_items_of_400_kb_are_updated_read_and_deleted(void **state)
{
    struct shop *shop = *state;
    struct buf gets, deletes;

    buf_init(&gets, 1 << 20);
    buf_init(&deletes, 1 << 20);
    for (int i = 0; i < 100; i++) {
        call(shop, "PutItem",
            "{'TableName':'lines','Item':{'h':{'S':'big'},'r':{'N':'%d'},'g':{'S':'g%d'},"
            "'d':{'S':'%0*d'}}}",
            i, i % 3, 400000, 0);
        assert_int_equal(shop->status, 200);
        buf_add_format(&gets,
            "%s{'Get':{'TableName':'lines','Key':{'h':{'S':'big'},'r':{'N':'%d'}}%s}}",
            i ? "," : "", i, i % 2 ? "" : ",'ProjectionExpression':'c,g'");
        buf_add_format(&deletes,
            "%s{'Delete':{'TableName':'lines','Key':{'h':{'S':'big'},'r':{'N':'%d'}}}}",
            i ? "," : "", i);
    }
    /* The last condition fails, when the memory for the first has long been given back. */
    update_large(shop, "c = :c");
    assert_int_equal(shop->status, 400);
    assert_int_equal(answer_at(shop, "CancellationReasons")->count, 100);
    assert_true(text_is(answer_at(shop, "CancellationReasons.98.Code")->text, "None"));
    assert_true(text_is(answer_at(shop, "CancellationReasons.99.Item.r.N")->text, "99"));
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'lines','Key':{'h':{'S':'big'},'r':{'N':'0'}},'ProjectionExpression':'c'}",
        "{'Item':{}}");
    update_large(shop, "r > :c");
    expect(shop, "{}");
    call(shop, "TransactGetItems", "{'TransactItems':[%s]}", buf_string(&gets));
    assert_int_equal(shop->status, 200);
    assert_int_equal(answer_at(shop, "Responses")->count, 100);
    assert_true(text_is(answer_at(shop, "Responses.98.Item.g.S")->text, "g2"));
    assert_true(text_is(answer_at(shop, "Responses.99.Item.c.N")->text, "1"));
    assert_int_equal(answer_at(shop, "Responses.99.Item.d.S")->text.length, 400000);
    call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&deletes));
    expect(shop, "{}");
    EXPECT_CALL(shop, "Scan", "{'TableName':'lines','Select':'COUNT'}",
        "{'Count':0,'ScannedCount':0}");
    EXPECT_CALL(shop, "Scan", "{'TableName':'lines','IndexName':'by-g','Select':'COUNT'}",
        "{'Count':0,'ScannedCount':0}");
    buf_done(&gets);
    buf_done(&deletes);
}

#define ADD(token, by, more)                                                                       \
    "{'ClientRequestToken':'" token "','TransactItems':[{'Update':{" BOOK(                         \
        "count") ",'UpdateExpression':'ADD n :n','ExpressionAttributeValues':{':n':{'N':'" by      \
                 "'}}}}]" more "}"
#define COUNT(shop, n)                                                                             \
    EXPECT_CALL(shop, "GetItem", "{" BOOK("count") "}",                                            \
        "{'Item':{'id':{'S':'count'},'n':{'N':'" n "'}}}")
#define MISMATCH                                                                                   \
    "DynamoDB rejected the request because you retried a request with a different payload but "    \
    "with an idempotent token that was already used."

static void a_token_stands_for_its_request(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ",'ReturnConsumedCapacity':'TOTAL'"),
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':2.0,"
        "'WriteCapacityUnits':2.0}]}");
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ""), "{}");
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ",'ReturnConsumedCapacity':'INDEXES'"),
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':2.0,'ReadCapacityUnits':2.0,"
        "'Table':{'CapacityUnits':2.0,'ReadCapacityUnits':2.0}}]}");
    COUNT(shop, "1");
    call(shop, "TransactWriteItems", "%s", ADD("t1", "2", ""));
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop, "{'__type':'com.amazonaws.dynamodb.v20120810#"
                     "IdempotentParameterMismatchException','Message':'" MISMATCH
                     "','message':'" MISMATCH "'}"));
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t2", "2", ""), "{}");
    COUNT(shop, "3");
    /* Kept across a restart. */
    shop_stop(shop);
    shop_start(shop);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ""), "{}");
    EXPECT_FAULT(shop, "TransactWriteItems", ADD("t1", "7", ""),
        "IdempotentParameterMismatchException", MISMATCH);
    COUNT(shop, "3");
    /* Other accounts and regions have tokens of their own. */
    memcpy(shop->identity.region, "us-east-1", 10);
    call(shop, "CreateTable", "%s", make_table[0]);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "5", ""), "{}");
    COUNT(shop, "5");
    memcpy(shop->identity.region, "eu-west-1", 10);
    COUNT(shop, "3");
}

static void the_order_of_members_and_sets_does_not_make_another_request(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "TransactWriteItems",
        "{'ClientRequestToken':'o','TransactItems':[{'Put':{'TableName':'books','Item':{"
        "'id':{'S':'o'},'s':{'SS':['b','a']},'l':{'L':[{'N':'1'},{'N':'2'}]}},"
        "'ConditionExpression':'attribute_not_exists(id)'}}]}",
        "{}");
    EXPECT_CALL(shop, "TransactWriteItems",
        "{'TransactItems':[{'Put':{'ConditionExpression':'attribute_not_exists(id)','Item':{"
        "'l':{'L':[{'N':'1'},{'N':'2'}]},'s':{'SS':['a','b']},'id':{'S':'o'}},"
        "'TableName':'books','ExpressionAttributeNames':null}}],'ClientRequestToken':'o'}",
        "{}");
    EXPECT_FAULT(shop, "TransactWriteItems",
        "{'TransactItems':[{'Put':{'ConditionExpression':'attribute_not_exists(id)','Item':{"
        "'l':{'L':[{'N':'2'},{'N':'1'}]},'s':{'SS':['a','b']},'id':{'S':'o'}},"
        "'TableName':'books'}}],'ClientRequestToken':'o'}",
        "IdempotentParameterMismatchException", MISMATCH);
}

static void a_cancelled_transaction_leaves_its_token_free(void **state)
{
    struct shop *shop = *state;
    static const char body[] = "{'ClientRequestToken':'c','TransactItems':[{'Update':{" BOOK(
        "count") ",'UpdateExpression':'ADD n :n','ConditionExpression':'n = :n',"
                 "'ExpressionAttributeValues':{':n':{'N':'3'}}}}]}";

    call(shop, "TransactWriteItems", "%s", body);
    expect_cancelled(shop, "ConditionalCheckFailed",
        "[{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'}]");
    call(shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'count'},'n':{'N':'3'}}}");
    EXPECT_CALL(shop, "TransactWriteItems", body, "{}");
    COUNT(shop, "6");
    EXPECT_CALL(shop, "TransactWriteItems", body, "{}");
    COUNT(shop, "6");
}

static int count_tokens(struct shop *shop)
{
    sqlite3_stmt *statement = NULL;
    char path[4200];
    sqlite3 *db;
    int count;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM tokens", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void a_token_is_forgotten_after_ten_minutes(void **state)
{
    struct shop *shop = *state;

    shop_stop(shop);
    clock_fix(UINT64_C(1795000000) * CLOCK_SECOND);
    shop_start(shop);
    for (int i = 0; i < 20; i++) {
        call(shop, "TransactWriteItems",
            "{'ClientRequestToken':'%d','TransactItems':[{'Delete':{" BOOK("x") "}}]}", i);
        expect(shop, "{}");
    }
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    clock_advance(599 * CLOCK_SECOND);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    COUNT(shop, "1");
    assert_int_equal(count_tokens(shop), 21);
    clock_advance(1 * CLOCK_SECOND);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    COUNT(shop, "2");
    /* A new token takes a few old ones away, a start all of them. */
    assert_int_equal(count_tokens(shop), 17);
    shop_stop(shop);
    shop_start(shop);
    call(shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'x'}}}");
    call(shop, "DeleteItem", "%s", "{" BOOK("x") "}");
    assert_int_equal(count_tokens(shop), 1);
}

struct pending {
    int status;
    char text[512];
};

static void note_answer(void *user, int status, struct text body)
{
    struct pending *pending = user;

    pending->status = status;
    snprintf(pending->text, sizeof pending->text, "%.*s", (int)body.length, body.data);
}

static void a_second_request_does_not_overtake_the_first(void **state)
{
    struct shop *shop = *state;
    struct pending pending[2] = {{0}};
    struct arena *arena[2];
    struct buf body;
    struct error err;

    buf_init(&body, 4096);
    add_quoted(&body, ADD("busy", "1", ""));
    for (int i = 0; i < 2; i++) {
        arena[i] = arena_new(1 << 20, &err);
        assert_non_null(arena[i]);
        tables_call(shop->tables, &shop->identity, TEXT("TransactWriteItems"), buf_view(&body),
            arena[i], note_answer, &pending[i]);
    }
    assert_int_equal(pending[1].status, 400);
    assert_string_equal(pending[1].text,
        wanted(shop, "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionInProgressException',"
                     "'Message':'The transaction with the given request token is already in "
                     "progress.','message':'The transaction with the given request token is "
                     "already in progress.'}"));
    for (int i = 0; i < 1000000 && !pending[0].status; i++)
        uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
    assert_int_equal(pending[0].status, 200);
    assert_string_equal(pending[0].text, "{}");
    COUNT(shop, "1");
    for (int i = 0; i < 2; i++)
        arena_free(arena[i]);
    buf_done(&body);
}

static void conditions_see_what_was_there_before(void **state)
{
    struct shop *shop = *state;

    WRITE(shop,
        PUT("books", "'id':{'S':'one'},'n':{'N':'1'}") "," PUT("books",
            "'id':{'S':'two'},'n':{'N':'2'}"),
        "{}");
    /* A swap: each reads the state before the transaction. */
    WRITE(shop,
        "{'Update':{" BOOK(
            "one") ",'UpdateExpression':'SET n = n + :d',"
                   "'ConditionExpression':'n = :d','ExpressionAttributeValues':{':d':{'N':'1'}}}},"
                   "{'Update':{" BOOK("two") ",'UpdateExpression':'SET n = n - :d',"
                                             "'ConditionExpression':'n = "
                                             ":was','ExpressionAttributeValues':{':d':{'N':'1'},"
                                             "':was':{'N':'2'}}}}",
        "{}");
    EXPECT_CALL(shop, "TransactGetItems",
        "{'TransactItems':[{'Get':{" BOOK("one") "}},{'Get':{" BOOK("two") "}}]}",
        "{'Responses':[{'Item':{'id':{'S':'one'},'n':{'N':'2'}}},"
        "{'Item':{'id':{'S':'two'},'n':{'N':'1'}}}]}");
    /* Writes that change nothing. */
    WRITE(shop,
        "{'Update':{" BOOK("one") ",'UpdateExpression':'REMOVE zz'}},"
                                  "{'Delete':{" BOOK("absent") "}}",
        "{}");
}

static void units_are_those_of_the_larger_item_twice(void **state)
{
    struct shop *shop = *state;

    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'w'},'d':{'S':'%0*d'}}}", 5000,
        0);
    EXPECT_CALL(shop, "TransactWriteItems",
        "{'ReturnConsumedCapacity':'TOTAL','ClientRequestToken':'units','TransactItems':[" PUT(
            "books", "'id':{'S':'w'}") ",{'ConditionCheck':{'TableName':'lines','Key':{"
                                       "'h':{'S':'a'},'r':{'N':'1'}},'ConditionExpression':'"
                                       "attribute_not_exists(h)'}}]}",
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':10.0,"
        "'WriteCapacityUnits':10.0},{'TableName':'lines','CapacityUnits':2.0,"
        "'WriteCapacityUnits':2.0}]}");
    call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'w'},'d':{'S':'%0*d'}}}", 5000,
        0);
    EXPECT_CALL(shop, "TransactWriteItems",
        "{'ReturnConsumedCapacity':'TOTAL','ClientRequestToken':'units','TransactItems':[" PUT(
            "books", "'id':{'S':'w'}") ",{'ConditionCheck':{'TableName':'lines','Key':{"
                                       "'h':{'S':'a'},'r':{'N':'1'}},'ConditionExpression':'"
                                       "attribute_not_exists(h)'}}]}",
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':4.0,"
        "'ReadCapacityUnits':4.0},{'TableName':'lines','CapacityUnits':2.0,"
        "'ReadCapacityUnits':2.0}]}");
    /* An ARN stays an ARN. */
    EXPECT_CALL(shop, "TransactGetItems",
        "{'ReturnConsumedCapacity':'TOTAL','TransactItems':[{'Get':{'TableName':"
        "'arn:aws:dynamodb:eu-west-1:000000000000:table/books','Key':{'id':{'S':'zz'}}}}]}",
        "{'Responses':[{}],'ConsumedCapacity':[{'TableName':"
        "'arn:aws:dynamodb:eu-west-1:000000000000:table/books','CapacityUnits':2.0,"
        "'ReadCapacityUnits':2.0}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_actions_happen_together, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(one_failed_condition_undoes_everything, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(updates_that_cannot_be_done_cancel, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(keys_that_do_not_fit_cancel, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(empty_keys_are_refused_at_the_top, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(members_are_told_together_token_first, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_hundred_actions_are_the_limit, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(an_element_is_exactly_one_action, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(targets_are_distinct, open_memory, close_shop),
        cmocka_unit_test_setup_teardown(actions_are_read_in_the_order_of_the_request, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_missing_table_refuses_the_request, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(sizes_are_told_where_they_are_known, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_hundred_items_of_400_kb_are_updated_read_and_deleted,
            open_memory, close_shop),
        cmocka_unit_test_setup_teardown(a_token_stands_for_its_request, open_file, close_shop),
        cmocka_unit_test_setup_teardown(the_order_of_members_and_sets_does_not_make_another_request,
            open_memory, close_shop),
        cmocka_unit_test_setup_teardown(a_cancelled_transaction_leaves_its_token_free, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_token_is_forgotten_after_ten_minutes, open_file,
            close_shop),
        cmocka_unit_test_setup_teardown(a_second_request_does_not_overtake_the_first, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(conditions_see_what_was_there_before, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(units_are_those_of_the_larger_item_twice, open_memory,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
