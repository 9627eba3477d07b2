#include "tests/unit/tables_legacy_support.h"

static void put_lines(struct shop *shop)
{
    for (int i = 0; i < 6; i++) {
        call(shop, "PutItem",
            "{'TableName':'lines','Item':{'order':{'S':'o'},'line':{'N':'%d'},'sku':{'S':'k'},"
            "'day':{'S':'d%d'},'hour':{'N':'%d'},'note':{'S':'n%d'}}}",
            i, i / 2, i, i);
        assert_int_equal(shop->status, 200);
    }
}

/* Notes of what is found: "n0 n1". */
static void check_notes(struct shop *shop, const char *expected)
{
    const struct json *items = answer_at(shop, "Items");
    char list[256] = "";
    size_t length = 0;

    assert_int_equal(shop->status, 200);
    for (const struct json *item = items->first; item; item = item->next) {
        const struct json *note = json_member(item, "note");

        length += (size_t)snprintf(list + length, sizeof list - length, "%s%.*s",
            length > 0 ? " " : "", (int)note->first->text.length, note->first->text.data);
    }
    assert_string_equal(list, expected);
}

#define IS(name, value) "'" name "':{'ComparisonOperator':'EQ','AttributeValueList':[" value "]}"

static void key_conditions_are_ranges_of_keys(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *comparison, *arguments, *notes;
    } ranges[] = {
        {"EQ", "{'N':'2.0'}", "n2"},
        {"LT", "{'N':'2'}", "n0 n1"},
        {"LE", "{'N':'2'}", "n0 n1 n2"},
        {"GT", "{'N':'3'}", "n4 n5"},
        {"GE", "{'N':'3'}", "n3 n4 n5"},
        {"BETWEEN", "{'N':'1'},{'N':'3'}", "n1 n2 n3"},
    };

    put_lines(shop);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        call(shop, "Query",
            "{'TableName':'lines','KeyConditions':{'line':{'ComparisonOperator':'%s',"
            "'AttributeValueList':[%s]}," IS("order", "{'S':'o'}") "}}",
            ranges[i].comparison, ranges[i].arguments);
        check_notes(shop, ranges[i].notes);
    }
    call(shop, "Query", "%s",
        "{'TableName':'lines','KeyConditions':{" IS("order",
            "{'S':'o'}") "},'ScanIndexForward':false,'Limit':2,'QueryFilter':{'note':{'"
                         "ComparisonOperator':'NE',"
                         "'AttributeValueList':[{'S':'n5'}]}}}");
    check_notes(shop, "n4");
    assert_int_equal(answer_integer(shop, "ScannedCount"), 2);
    /* Expressions other than that of the key may stand beside them. */
    call(shop, "Query", "%s",
        "{'TableName':'lines','KeyConditions':{" IS("order",
            "{'S':'o'}") "},'FilterExpression':'note > :n','ProjectionExpression':'note',"
                         "'ExpressionAttributeValues':{':n':{'S':'n4'}}}");
    expect(shop, "{'Items':[{'note':{'S':'n5'}}],'Count':1,'ScannedCount':6}");
}

static void key_conditions_reach_every_attribute_of_an_index_key(void **state)
{
    struct shop *shop = *state;

    put_lines(shop);
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-time','KeyConditions':{" IS("order",
            "{'S':'o'}") "," IS("sku", "{'S':'k'}") "," IS("day",
            "{'S':'d1'}") ",'hour':{'ComparisonOperator':'GT','AttributeValueList':[{'N':'2'}]}}}");
    check_notes(shop, "n3");
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-time','KeyConditions':{" IS("order",
            "{'S':'o'}") "," IS("sku", "{'S':'k'}") ",'day':{'ComparisonOperator':'BEGINS_WITH','"
                                                    "AttributeValueList':[{'S':'d'}]}}}");
    check_notes(shop, "n0 n1 n2 n3 n4 n5");
    EXPECT_INVALID(shop, "Query",
        "{'TableName':'lines','IndexName':'by-time','KeyConditions':{" IS("order",
            "{'S':'o'}") "," IS("sku",
            "{'S':'k'}") ",'hour':{'ComparisonOperator':'GT','AttributeValueList':[{'N':'2'}]}}}",
        "RANGE key attributes day must have equality conditions specified in the query because "
        "a condition is present on key attribute hour");
    EXPECT_INVALID(shop, "Query",
        "{'TableName':'lines','IndexName':'by-time','KeyConditions':{" IS("sku", "{'S':'k'}") "}}",
        "HASH key attributes order must have equality conditions specified in the query");
}

static void key_conditions_are_checked_in_order(void **state)
{
#define KEYS(inside) "{'TableName':'lines','KeyConditions':{" inside "}}"
#define NONE(name, comparison) "'" name "':{'ComparisonOperator':'" comparison "'}"
    static const struct bad_request bad[] = {
        {"Query", "{'TableName':'nope'}",
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request."},
        {"Query", "{'TableName':'nope','KeyConditions':{}}",
            "Conditions can be of length 1 or 2 only"},
        {"Query",
            "{'TableName':'nope','KeyConditions':{" NONE("a", "NULL") "," NONE("b",
                "NULL") "," NONE("c", "NULL") "}}",
            "Conditions can be of length 1 or 2 only"},
        {"Query", "{'TableName':'nope','KeyConditions':{" NONE("a", "EQ") "}}",
            W "Invalid number of argument(s) for the EQ ComparisonOperator"},
        {"Query", "{'TableName':'nope','KeyConditions':{" IS("a", "{'N':'x'}") "}}",
            "The parameter cannot be converted to a numeric value: x"},
        {"Query",
            "{'TableName':'nope','KeyConditions':{'a':{'ComparisonOperator':'BEGINS_WITH',"
            "'AttributeValueList':[{'N':'1'}]}}}",
            W "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
        {"Query", KEYS(NONE("order", "NULL")),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query", KEYS(NONE("order", "NOT_NULL")),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query",
            KEYS("'order':{'ComparisonOperator':'NOT_CONTAINS','AttributeValueList':[{'S':'o'}]}"),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query",
            KEYS(IS("order", "{'S':'o'}") ",'line':{'ComparisonOperator':'NOT_CONTAINS',"
                                          "'AttributeValueList':[{'N':'1'}]}"),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query",
            KEYS(IS("order", "{'S':'o'}") ",'line':{'ComparisonOperator':'IN','AttributeValueList':"
                                          "[{'N':'1'}]}"),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query", KEYS("'order':{'ComparisonOperator':'NE','AttributeValueList':[{'S':'o'}]}"),
            "Attempted conditional constraint is not an indexable operation"},
        {"Query", KEYS("'order':{'ComparisonOperator':'GE','AttributeValueList':[{'S':'o'}]}"),
            "Query key condition not supported"},
        {"Query", KEYS(NONE("other", "NULL")), "Query condition missed key schema element: order"},
        {"Query", KEYS(IS("order", "{'S':'o'}") "," NONE("other", "NULL")),
            "Query condition missed key schema element: line"},
        {"Query", KEYS(IS("order", "{'N':'1'}")),
            W "Condition parameter type does not match schema type"},
        {"Query",
            "{'TableName':'lines','IndexName':'by-sku','KeyConditions':{" IS("sku",
                "{'S':'o'}") "," IS("day", "{'S':'d'}") "}}",
            "The number of query conditions (2) exceeds the number of key attributes defined in "
            "the schema (1)"},
        {"Query",
            "{'TableName':'lines','KeyConditions':{" IS("order",
                "{'S':'o'}") "},'QueryFilter':{'note':{'ComparisonOperator':'NULL'},"
                             "'line':{'ComparisonOperator':'NOT_CONTAINS','AttributeValueList':[{'"
                             "S':'a'}]}}}",
            "QueryFilter can only contain non-primary key attributes: Primary key attribute: "
            "line"},
        /* QueryFilter, AttributesToGet, start key, then the key conditions. */
        {"Query",
            "{'TableName':'nope','QueryFilter':{" NONE("a",
                "EQ") "},'AttributesToGet':['a','a'],'ExclusiveStartKey':{'a':{}},'KeyConditions':{"
                      "}}",
            W "Invalid number of argument(s) for the EQ ComparisonOperator"},
        {"Query",
            "{'TableName':'nope','AttributesToGet':['a','b','a'],'ExclusiveStartKey':{'a':{}},"
            "'KeyConditions':{}}",
            W "Duplicate value in attribute name: a"},
        {"Query",
            "{'TableName':'nope','AttributesToGet':['a'],'ExclusiveStartKey':{'a':{}},"
            "'KeyConditions':{}}",
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
            "exactly one of the supported "
            "datatypes"},
    };

    CHECK_ALL(*state, bad);
#undef KEYS
#undef NONE
}

static void attributes_to_get_are_whole_attributes(void **state)
{
    struct shop *shop = *state;

    put_item_of_all_types(shop);
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'AttributesToGet':['x.y','l','l[0]','m.k']}",
        "{'Item':{'l':{'L':[{'S':'a'},{'N':'1'}]},'x.y':{'S':'dot'}}}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'AttributesToGet':['zzz']}", "{'Item':{}}");
    EXPECT_CALL(shop, "BatchGetItem",
        "{'RequestItems':{'books':{'Keys':[{'id':{'S':'1'}}],'AttributesToGet':['n','id']}}}",
        "{'Responses':{'books':[{'id':{'S':'1'},'n':{'N':'10'}}]},'UnprocessedKeys':{}}");
    call(shop, "Scan", "%s",
        "{'TableName':'books','AttributesToGet':['n'],'Select':'SPECIFIC_ATTRIBUTES',"
        "'ScanFilter':{'id':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'1'}]}}}");
    assert_int_equal(answer_integer(shop, "Count"), 1);
    assert_non_null(answer_at(shop, "Items.0.n"));
    assert_null(answer_at(shop, "Items.0.s"));
    put_lines(shop);
    EXPECT_CALL(shop, "Query",
        "{'TableName':'lines','KeyConditions':{" IS("order", "{'S':'o'}") "," IS("line",
            "{'N':'3'}") "},'AttributesToGet':['note','day']}",
        "{'Items':[{'day':{'S':'d1'},'note':{'S':'n3'}}],'Count':1,'ScannedCount':1}");
    EXPECT_INVALID(shop, "Query",
        "{'TableName':'lines','IndexName':'by-sku','KeyConditions':{" IS("sku",
            "{'S':'k'}") "},'AttributesToGet':['note','order','day']}",
        W "Global secondary index by-sku does not project [note, day]");
    EXPECT_INVALID(shop, "Scan", "{'TableName':'nope','AttributesToGet':['a'],'Select':'COUNT'}",
        "Cannot specify the AttributesToGet when choosing to get COUNT");
    EXPECT_INVALID(shop, "GetItem", "{'TableName':'nope','Key':{},'AttributesToGet':['b','a','b']}",
        W "Duplicate value in attribute name: b");
    EXPECT_INVALID(shop, "BatchGetItem",
        "{'RequestItems':{'nope':{'Keys':[{}],'AttributesToGet':['b','b']}}}",
        W "Duplicate value in attribute name: b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(key_conditions_are_ranges_of_keys, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(key_conditions_reach_every_attribute_of_an_index_key,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(key_conditions_are_checked_in_order, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(attributes_to_get_are_whole_attributes, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
