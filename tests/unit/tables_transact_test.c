#include "tests/unit/transact_shop.h"

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
    static const char head[] = "1 validation error detected: Value '[com.amazonaws.dynamodb."
                               "v20120810.TransactWriteItem@";
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

enum { CROWD = 40 };

static void add_crowd(struct buf *out, bool write, int round)
{
    buf_clear(out);
    add_quoted(out, "{'TransactItems':[");
    for (int i = 0; i < CROWD; i++) {
        char action[256];

        snprintf(action, sizeof action,
            write ? "%s{'Update':{'TableName':'books','Key':{'id':{'S':'%d'}},'UpdateExpression':"
                    "'SET n = :n','ExpressionAttributeValues':{':n':{'N':'%d'}}}}"
                  : "%s{'Get':{'TableName':'books','Key':{'id':{'S':'%d'}}}}",
            i ? "," : "", i, round);
        add_quoted(out, action);
    }
    add_quoted(out, "]}");
}

/* What is read is too much for the loop thread, and is being written meanwhile. */
static void many_items_are_read_from_one_state(void **state)
{
    struct shop *shop = *state;
    struct arena *arena;
    struct buf write;
    struct error err;

    arena = arena_new(16 << 20, &err);
    assert_non_null(arena);
    buf_init(&write, 1 << 20);
    for (int i = 0; i < CROWD; i++)
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'%d'},'n':{'N':'0'},'d':{'S':'%0*d'}}}", i,
            20000, 0);
    for (int round = 1; round <= 20; round++) {
        struct pending pending = {0};
        struct text first;

        arena_reset(arena);
        add_crowd(&write, true, round);
        add_crowd(&shop->request, false, 0);
        tables_call(shop->tables, &shop->identity, TEXT("TransactWriteItems"), buf_view(&write),
            arena, note_answer, &pending);
        send_request(shop, "TransactGetItems");
        assert_int_equal(shop->status, 200);
        first = answer_at(shop, "Responses.0.Item.n.N")->text;
        for (const struct json *node = answer_at(shop, "Responses")->first; node; node = node->next)
            assert_true(text_equal(json_at(node, "Item.n.N")->text, first));
        for (int i = 0; i < 1000000 && !pending.status; i++)
            uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
        assert_int_equal(pending.status, 200);
    }
    buf_done(&write);
    arena_free(arena);
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
        cmocka_unit_test_setup_teardown(many_items_are_read_from_one_state, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(conditions_see_what_was_there_before, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(units_are_those_of_the_larger_item_twice, open_memory,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
