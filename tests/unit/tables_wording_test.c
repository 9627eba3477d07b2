#include "tests/unit/tables_support.h"

/* Every fault of a value in every operation: envelope, current or older wording (tables.md 6.1). */

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

enum wording {
    CURRENT_ENVELOPED,
    CURRENT_BARE,
    OLDER_BARE,
    OLDER_WRAPPED /* tells which placeholder */
};

struct place {
    const char *operation;
    enum wording wording;
    const char *before, *after; /* the value stands between them */
};

/* The tables do not exist: values are read before any is looked up. */
static const struct place place_table[] = {
    {"PutItem", CURRENT_ENVELOPED, "{'TableName':'nope','Item':{'a':", "}}"},
    {"UpdateItem", CURRENT_ENVELOPED, "{'TableName':'nope','Key':{'a':", "}}"},
    {"DeleteItem", CURRENT_ENVELOPED, "{'TableName':'nope','Key':{'a':", "}}"},
    {"PutItem", CURRENT_ENVELOPED,
        "{'TableName':'nope','Item':{},'ConditionExpression':'a = :v',"
        "'ExpressionAttributeValues':{':v':",
        "}}"},
    {"UpdateItem", CURRENT_ENVELOPED,
        "{'TableName':'nope','Key':{},'UpdateExpression':'SET a = :v',"
        "'ExpressionAttributeValues':{':v':",
        "}}"},
    {"DeleteItem", CURRENT_ENVELOPED,
        "{'TableName':'nope','Key':{},'ConditionExpression':'a = :v',"
        "'ExpressionAttributeValues':{':v':",
        "}}"},
    {"GetItem", CURRENT_BARE, "{'TableName':'nope','Key':{'a':", "}}"},
    {"BatchGetItem", CURRENT_BARE, "{'RequestItems':{'nope':{'Keys':[{'a':", "}]}}}"},
    {"Query", CURRENT_BARE,
        "{'TableName':'nope','KeyConditionExpression':'a = :v','ExpressionAttributeValues':{':v':",
        "}}"},
    {"BatchWriteItem", OLDER_BARE,
        "{'RequestItems':{'nope':[{'PutRequest':{'Item':{'a':", "}}}]}}"},
    {"BatchWriteItem", OLDER_BARE,
        "{'RequestItems':{'nope':[{'DeleteRequest':{'Key':{'a':", "}}}]}}"},
    {"Scan", OLDER_WRAPPED,
        "{'TableName':'nope','FilterExpression':'a = :v','ExpressionAttributeValues':{':v':", "}}"},
    {"TransactGetItems", OLDER_BARE,
        "{'TransactItems':[{'Get':{'TableName':'nope','Key':{'a':", "}}}]}"},
    {"TransactWriteItems", OLDER_BARE,
        "{'TransactItems':[{'Put':{'TableName':'nope','Item':{'a':", "}}}]}"},
    {"TransactWriteItems", OLDER_WRAPPED,
        "{'TransactItems':[{'Delete':{'TableName':'nope','Key':{},'ConditionExpression':'a = :v',"
        "'ExpressionAttributeValues':{':v':",
        "}}}]}"},
};

#define W "One or more parameter values were invalid: "

static const struct {
    const char *value, *current, *older; /* older NULL: the same */
} fault_table[] = {
    {"{}", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        NULL},
    {"{'S':'a','N':'1'}",
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
        "supported datatypes",
        NULL},
    {"{'SS':[]}", W "An string set  may not be empty", NULL},
    {"{'NS':[]}", W "An number set  may not be empty", NULL},
    {"{'BS':[]}", W "Binary sets should not be empty", NULL},
    {"{'SS':['b','a','b','c']}",
        W "Input collection [\"a\", \"b\", \"b\", \"c\"] contains duplicates.",
        W "Input collection [b, a, b, c] contains duplicates."},
    {"{'BS':['/w==','AA==','/w==']}",
        W "Input collection [\"/w==\",\"AA==\",\"/w==\"]of type BS contains duplicates.",
        W "Input collection [/w==, AA==, /w==]of type BS contains duplicates."},
    {"{'NS':['1','2','1.0']}", W "Input collection contains duplicates.",
        "Input collection contains duplicates"},
    {"{'NULL':false}", W "Null attribute value types must have the value of true", NULL},
    {"{'NULL':'no'}", W "Null attribute value types must have the value of true", NULL},
    {"{'N':'one'}", "The parameter cannot be converted to a numeric value: one", NULL},
    {"{'N':''}", "The parameter cannot be converted to a numeric value: ",
        "The parameter cannot be converted to a numeric value"},
    {"{'N':' 1'}", "The parameter cannot be converted to a numeric value:  1", NULL},
    {"{'N':'123456789012345678901234567890123456789'}",
        "Attempting to store more than 38 significant digits in a Number", NULL},
    {"{'N':'0e126'}",
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
        NULL},
    {"{'NS':['-1e126']}",
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
        NULL},
    {"{'L':[{'M':{'k':{'N':'1e-131'}}}]}",
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range",
        NULL},
    {"{'N':'1e99999999999999999999'}",
        "The parameter cannot be converted to a numeric value: 1e99999999999999999999", NULL},
    {"{'M':{'k':{'L':[{'SS':[]}]}}}", W "An string set  may not be empty", NULL},
};

static void check(struct shop *shop, const struct place *place, size_t fault)
{
    bool older = place->wording == OLDER_BARE || place->wording == OLDER_WRAPPED;
    struct buf message;

    buf_init(&message, 4096);
    if (place->wording == CURRENT_ENVELOPED)
        buf_add_string(&message, "1 validation error detected: ");
    if (place->wording == OLDER_WRAPPED)
        buf_add_string(&message, "ExpressionAttributeValues contains invalid value: ");
    buf_add_string(&message,
        older && fault_table[fault].older ? fault_table[fault].older : fault_table[fault].current);
    if (place->wording == OLDER_WRAPPED)
        buf_add_string(&message, " for key :v");
    call(shop, place->operation, "%s%s%s", place->before, fault_table[fault].value, place->after);
    expect_fault(shop, "ValidationException", buf_string(&message));
    buf_done(&message);
}

static void each_fault_is_told_in_the_wording_of_its_operation(void **state)
{
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof place_table / sizeof place_table[0]; i++)
        for (size_t j = 0; j < sizeof fault_table / sizeof fault_table[0]; j++)
            check(shop, &place_table[i], j);
}

/* The first bad value in the order sent is told, whatever its name. */
static void values_are_read_in_the_order_sent(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "Scan",
        "{'TableName':'nope','FilterExpression':'a = :a AND b = :b',"
        "'ExpressionAttributeValues':{':b':{'SS':[]},':a':{'NS':[]}}}",
        "ExpressionAttributeValues contains invalid value: " W
        "An string set  may not be empty for key :b");
    EXPECT_INVALID(shop, "GetItem", "{'TableName':'nope','Key':{'b':{'NS':[]},'a':{'SS':[]}}}",
        W "An number set  may not be empty");
}

#define LONG_EXPONENT "'1e4294967297'"

static void older_numbers_wrap_their_exponents(void **state)
{
    struct shop *shop = *state;

    EXPECT_FAULT(shop, "Scan",
        "{'TableName':'nope','FilterExpression':'a = :v',"
        "'ExpressionAttributeValues':{':v':{'N':" LONG_EXPONENT "}}}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_INVALID(shop, "PutItem", "{'TableName':'nope','Item':{'a':{'N':" LONG_EXPONENT "}}}",
        "1 validation error detected: Number overflow. Attempting to store a number with "
        "magnitude larger than supported range");
}

/* The sentence stands behind the prefix of its expression, enveloped where the operation is. */
static void each_expression_is_named_in_every_operation(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *operation, *body, *prefix;
    } place[] = {
        {"PutItem", "{'TableName':'nope','Item':{},'ConditionExpression':'%s'}",
            "1 validation error detected: Invalid ConditionExpression: "},
        {"DeleteItem", "{'TableName':'nope','Key':{},'ConditionExpression':'%s'}",
            "1 validation error detected: Invalid ConditionExpression: "},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'UpdateExpression':'REMOVE b','ConditionExpression':"
            "'%s'}",
            "1 validation error detected: Invalid ConditionExpression: "},
        {"Query", "{'TableName':'nope','KeyConditionExpression':'%s'}",
            "Invalid KeyConditionExpression: "},
        {"Scan", "{'TableName':'nope','FilterExpression':'%s'}", "Invalid FilterExpression: "},
        {"TransactWriteItems",
            "{'TransactItems':[{'ConditionCheck':{'TableName':'nope','Key':{},"
            "'ConditionExpression':'%s'}}]}",
            "Invalid ConditionExpression: "},
    };
    static const struct {
        const char *expression, *sentence;
    } fault[] = {
        {"", "The expression can not be empty;"},
        {"((a = b))", "The expression has redundant parentheses;"},
        {"a = b)", "Syntax error; token: \")\", near: \"b)\""},
        {"status = b", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a = #b",
            "An expression attribute name used in the document path is not defined; attribute "
            "name: #b"},
        {"a = :b",
            "An expression attribute value used in expression is not defined; attribute value: "
            ":b"},
        {"nope(a)", "Invalid function name; function: nope"},
        {"size(a)",
            "The function is not allowed to be used this way in an expression; function: size"},
        {"attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function: "
            "attribute_exists, number of operands: 2"},
        {"a = a",
            "The first operand must be distinct from the remaining operands for this operator or "
            "function; operator: =, first operand: [a]"},
    };

    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++)
        for (size_t j = 0; j < sizeof fault / sizeof fault[0]; j++) {
            struct text rest = text_of(place[i].body), before;
            struct buf body, message;

            buf_init(&body, 4096);
            buf_init(&message, 4096);
            assert_true(text_take_until(&rest, '%', &before));
            buf_add_text(&body, before);
            buf_add_string(&body, fault[j].expression);
            buf_add_text(&body, text_slice(rest, 1, rest.length));
            buf_add_format(&message, "%s%s", place[i].prefix, fault[j].sentence);
            call(shop, place[i].operation, "%s", buf_string(&body));
            expect_fault(shop, "ValidationException", buf_string(&message));
            buf_done(&body);
            buf_done(&message);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_told_in_the_wording_of_its_operation),
        cmocka_unit_test(values_are_read_in_the_order_sent),
        cmocka_unit_test(older_numbers_wrap_their_exponents),
        cmocka_unit_test(each_expression_is_named_in_every_operation),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
