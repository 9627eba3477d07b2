#include "tests/unit/tables_legacy_support.h"

#include "tests/unit/random_value.h"

struct operator_case {
    const char *name;
    int arguments; /* the least; IN takes more */
    size_t types;  /* of the first rows above */
};

static const struct operator_case operator_table[] = {
    {"EQ", 1, TYPES},
    {"NE", 1, TYPES},
    {"LT", 1, 3},
    {"LE", 1, 3},
    {"GT", 1, 3},
    {"GE", 1, 3},
    {"BETWEEN", 2, 3},
    {"IN", 1, 3},
    {"BEGINS_WITH", 1, 3}, /* not N */
    {"CONTAINS", 1, 3},
    {"NOT_CONTAINS", 1, 3},
};
enum { OPERATORS = sizeof operator_table / sizeof operator_table[0] };

static void check_type(struct shop *shop, const struct operator_case *operation,
    const struct type_case *type, bool taken)
{
    char list[128], message[160];

    snprintf(list, sizeof list, "%s%s%s", type->value, operation->arguments > 1 ? "," : "",
        operation->arguments > 1 ? type->value : "");
    snprintf(message, sizeof message,
        W "ComparisonOperator %s is not valid for %s AttributeValue type", operation->name,
        type->name);
    call(shop, "Scan",
        "{'TableName':'nope','ScanFilter':{'a':{'ComparisonOperator':'%s',"
        "'AttributeValueList':[%s]}}}",
        operation->name, list);
    if (taken)
        expect_fault(shop, "ResourceNotFoundException", "Requested resource not found");
    else
        expect_fault(shop, "ValidationException", message);
    call(shop, "DeleteItem",
        "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'%s',"
        "'AttributeValueList':[%s]}}}",
        operation->name, list);
    if (taken) {
        expect_fault(shop, "ResourceNotFoundException", "Requested resource not found");
        return;
    }
    snprintf(message, sizeof message,
        ONE W "ComparisonOperator %s is not valid for %s AttributeValue type", operation->name,
        type->name);
    expect_fault(shop, "ValidationException", message);
}

static void each_operator_takes_its_types(void **state)
{
    struct shop *shop = *state;

    for (size_t i = 0; i < OPERATORS; i++)
        for (size_t j = 0; j < TYPES; j++) {
            bool taken = j < operator_table[i].types;

            if (strcmp(operator_table[i].name, "BEGINS_WITH") == 0 && j == 1)
                taken = false;
            check_type(shop, &operator_table[i], &type_table[j], taken);
        }
}

static void check_count(struct shop *shop, const char *name, int count, bool taken)
{
    struct buf list;

    buf_init(&list, 65536);
    for (int i = 0; i < count; i++)
        buf_add_format(&list, "%s{'S':'a'}", i > 0 ? "," : "");
    call(shop, "Query",
        "{'TableName':'nope','KeyConditions':{},'QueryFilter':{'a':{'ComparisonOperator':'%s',"
        "'AttributeValueList':[%s]}}}",
        name, buf_string(&list));
    buf_clear(&list);
    buf_add_format(&list, W "Invalid number of argument(s) for the %s ComparisonOperator", name);
    expect_fault(shop, "ValidationException",
        taken ? "Conditions can be of length 1 or 2 only" : buf_string(&list));
    buf_done(&list);
}

static void each_operator_takes_its_number_of_arguments(void **state)
{
    struct shop *shop = *state;
    static const int counts[] = {0, 1, 2, 3, 100, 101};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int count = counts[i];

        for (size_t j = 0; j < OPERATORS; j++)
            check_count(shop, operator_table[j].name, count,
                strcmp(operator_table[j].name, "IN") == 0 ? count >= 1 && count <= 100
                                                          : count == operator_table[j].arguments);
        check_count(shop, "NULL", count, count == 0);
        check_count(shop, "NOT_NULL", count, count == 0);
    }
}

struct match_case {
    const char *attribute, *comparison, *arguments;
    bool holds;
};

static const struct match_case match_table[] = {
    {"s", "EQ", "{'S':'cat'}", true},
    {"s", "EQ", "{'S':'ca'}", false},
    {"s", "EQ", "{'B':'Y2F0'}", false},
    {"n", "EQ", "{'N':'1e1'}", true},
    {"b", "EQ", "{'B':'Y2F0'}", true},
    {"yes", "EQ", "{'BOOL':true}", true},
    {"yes", "EQ", "{'BOOL':false}", false},
    {"nil", "EQ", "{'NULL':true}", true},
    {"ss", "EQ", "{'SS':['b','a']}", true},
    {"ss", "EQ", "{'SS':['a']}", false},
    {"ns", "EQ", "{'NS':['2.0','1']}", true},
    {"bs", "EQ", "{'BS':['Yg==','YQ==']}", true},
    {"l", "EQ", "{'L':[{'S':'a'},{'N':'1.0'}]}", true},
    {"m", "EQ", "{'M':{'k':{'S':'v'}}}", true},
    {"gone", "EQ", "{'S':'cat'}", false},
    {"x.y", "EQ", "{'S':'dot'}", true}, /* a dot is a character of the name */
    {"m.k", "EQ", "{'S':'v'}", false},
    {"s", "NE", "{'S':'cat'}", false},
    {"s", "NE", "{'S':'dog'}", true},
    {"s", "NE", "{'N':'1'}", true},
    {"ss", "NE", "{'SS':['b','a']}", false},
    {"gone", "NE", "{'S':'cat'}", true},
    {"n", "LT", "{'N':'10.5'}", true},
    {"n", "LT", "{'N':'10'}", false},
    {"n", "LT", "{'S':'99'}", false},
    {"gone", "LT", "{'N':'10'}", false},
    {"n", "LE", "{'N':'10'}", true},
    {"s", "LE", "{'S':'car'}", false},
    {"s", "GT", "{'S':'car'}", true},
    {"b", "GT", "{'B':'Y2F0'}", false},
    {"b", "GE", "{'B':'Y2F0'}", true},
    {"l", "GE", "{'S':'a'}", false},
    {"n", "BETWEEN", "{'N':'9'},{'N':'11'}", true},
    {"n", "BETWEEN", "{'N':'10'},{'N':'10'}", true},
    {"n", "BETWEEN", "{'N':'11'},{'N':'12'}", false},
    {"s", "BETWEEN", "{'N':'9'},{'N':'11'}", false},
    {"gone", "BETWEEN", "{'N':'9'},{'N':'11'}", false},
    {"s", "IN", "{'S':'dog'},{'S':'cat'}", true},
    {"s", "IN", "{'S':'dog'}", false},
    {"ns", "IN", "{'N':'1'},{'N':'2'}", false},
    {"gone", "IN", "{'S':'dog'}", false},
    {"s", "BEGINS_WITH", "{'S':'ca'}", true},
    {"s", "BEGINS_WITH", "{'S':'at'}", false},
    {"s", "BEGINS_WITH", "{'B':'Y2E='}", false},
    {"b", "BEGINS_WITH", "{'B':'Y2E='}", true},
    {"n", "BEGINS_WITH", "{'S':'1'}", false},
    {"s", "CONTAINS", "{'S':'at'}", true},
    {"b", "CONTAINS", "{'B':'YXQ='}", true},
    {"ss", "CONTAINS", "{'S':'b'}", true},
    {"ss", "CONTAINS", "{'S':'c'}", false},
    {"ss", "CONTAINS", "{'N':'1'}", false},
    {"ns", "CONTAINS", "{'N':'2.0'}", true},
    {"bs", "CONTAINS", "{'B':'Yg=='}", true},
    {"l", "CONTAINS", "{'N':'1'}", true},
    {"m", "CONTAINS", "{'S':'v'}", false},
    {"n", "CONTAINS", "{'N':'1'}", false},
    {"gone", "CONTAINS", "{'S':'a'}", false},
    {"s", "NOT_CONTAINS", "{'S':'at'}", false},
    {"s", "NOT_CONTAINS", "{'S':'dog'}", true},
    {"s", "NOT_CONTAINS", "{'N':'1'}", true},
    {"ns", "NOT_CONTAINS", "{'N':'2'}", false},
    {"l", "NOT_CONTAINS", "{'S':'z'}", true},
    {"gone", "NOT_CONTAINS", "{'S':'a'}", false}, /* unlike NE */
    {"nil", "NULL", "", false},                   /* there, whatever its value */
    {"gone", "NULL", "", true},
    {"nil", "NOT_NULL", "", true},
    {"gone", "NOT_NULL", "", false},
};

static void operators_compare_as_the_service_does(void **state)
{
    struct shop *shop = *state;

    put_item_of_all_types(shop);
    for (size_t i = 0; i < sizeof match_table / sizeof match_table[0]; i++) {
        const struct match_case *match = &match_table[i];

        call(shop, "Scan",
            "{'TableName':'books','ScanFilter':{'%s':{'ComparisonOperator':'%s',"
            "'AttributeValueList':[%s]}}}",
            match->attribute, match->comparison, match->arguments);
        if (answer_integer(shop, "Count") != match->holds)
            fail_msg("%s %s %s", match->attribute, match->comparison, match->arguments);
        call(shop, "UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'1'}},'Expected':{'%s':"
            "{'ComparisonOperator':'%s','AttributeValueList':[%s]}}}",
            match->attribute, match->comparison, match->arguments);
        if (match->holds)
            expect(shop, "{}");
        else
            expect_fault(shop, "ConditionalCheckFailedException", "The conditional request failed");
    }
}

static void expected_values_are_compared_or_must_be_absent(void **state)
{
    struct shop *shop = *state;
    static const char failed[] = "The conditional request failed";

    put_item_of_all_types(shop);
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'2'}},'Expected':{'id':{'Exists':false}}}", "{}");
    EXPECT_FAULT(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'2'}},'Expected':{'id':{'Exists':false}}}",
        "ConditionalCheckFailedException", failed);
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'Expected':{'n':{'Exists':true,"
        "'Value':{'N':'10'}},'s':{'Value':{'S':'cat'}}}}",
        "{}");
    EXPECT_FAULT(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'Expected':{'n':{'Exists':true,"
        "'Value':{'N':'11'}}}}",
        "ConditionalCheckFailedException", failed);
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'Expected':{'n':{'Value':{'N':'9'}},"
        "'s':{'ComparisonOperator':'EQ','Value':{'S':'cat'}}},'ConditionalOperator':'OR'}",
        "{}");
    /* Nothing expected is no condition; of one name the last counts, and null is nothing. */
    EXPECT_CALL(shop, "DeleteItem", "{'TableName':'books','Key':{'id':{'S':'9'}},'Expected':{}}",
        "{}");
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'books','Key':{'id':{'S':'9'}},'Expected':{'a':{'Value':{'S':'x'}},"
        "'a':{'Exists':false},'b':null}}",
        "{}");
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'2'},'v':{'N':'1'}},'ReturnValues':'ALL_OLD',"
        "'Expected':{'v':{'ComparisonOperator':'NULL'}}}",
        "{'Attributes':{'id':{'S':'2'}}}");
    call(shop, "PutItem", "%s",
        "{'TableName':'books','Item':{'id':{'S':'2'}},'Expected':{'v':{'Exists':false}},"
        "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}");
    expect_fault(shop, "ConditionalCheckFailedException", failed);
    assert_non_null(answer_at(shop, "Item.v.N"));
}

static void expected_is_checked_in_order(void **state)
{
    static const struct bad_request bad[] = {
        {"PutItem",
            "{'TableName':'nope','Item':{},'Expected':{'a':{'Exists':true,'Value':{'S':'x'},"
            "'AttributeValueList':[],'ComparisonOperator':'EQ'}}}",
            ONE W "Value and AttributeValueList cannot be used together for Attribute: a"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'Expected':{'a':{'Exists':true,"
            "'ComparisonOperator':'EQ'}}}",
            ONE W "Exists and ComparisonOperator cannot be used together for Attribute: a"},
        {"PutItem", "{'TableName':'nope','Item':{},'Expected':{'a':{'ComparisonOperator':'EQ'}}}",
            ONE W "Value or AttributeValueList must be used with ComparisonOperator: EQ for "
                  "Attribute: a"},
        {"DeleteItem", "{'TableName':'nope','Key':{},'Expected':{'a':{}}}",
            ONE W "Value must be provided when Exists is null for Attribute: a"},
        {"DeleteItem", "{'TableName':'nope','Key':{},'Expected':{'a':{'Exists':true}}}",
            ONE W "Value must be provided when Exists is true for Attribute: a"},
        {"DeleteItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'Exists':false,'Value':{'S':''}}}}",
            ONE W "Value cannot be used when Exists is false for Attribute: a"},
        {"DeleteItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'Exists':true,"
            "'AttributeValueList':[{'S':'a'}]}}}",
            ONE W "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'NULL',"
            "'Value':{'S':'a'}}}}",
            ONE W "Invalid number of argument(s) for the NULL ComparisonOperator"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'BETWEEN',"
            "'Value':{'S':'a'}}}}",
            ONE W "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'IN',"
            "'AttributeValueList':[{'S':'a'},{'SS':['a']}]}}}",
            ONE W "AttributeValues inside AttributeValueList must be of same type"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'BETWEEN',"
            "'AttributeValueList':[{'N':'2'},{'N':'1.9'}]}}}",
            ONE "The BETWEEN condition was provided a range where the lower bound is greater than "
                "the upper bound"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'EQ',"
            "'AttributeValueList':[{'N':'x'},{'S':'a'}]}}}",
            ONE "The parameter cannot be converted to a numeric value: x"},
        {"UpdateItem", "{'TableName':'nope','Key':{},'Expected':{'a':{'Value':{}}}}",
            ONE "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{'ComparisonOperator':'EQ',"
            "'AttributeValueList':[null]}}}",
            ONE "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"},
        /* Items, then ReturnValues, come before Expected; AttributeUpdates too. */
        {"PutItem", "{'TableName':'nope','Item':{'a':{'N':'y'}},'Expected':{'a':{}}}",
            ONE "The parameter cannot be converted to a numeric value: y"},
        {"PutItem", "{'TableName':'nope','Item':{},'ReturnValues':'ALL_NEW','Expected':{'a':{}}}",
            ONE "ReturnValues can only be ALL_OLD or NONE"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'Expected':{'a':{}},'AttributeUpdates':{'a':{}}}",
            ONE W "Only DELETE action is allowed when no attribute value is specified"},
        {"UpdateItem", "{'TableName':'nope','Key':{'a':{'N':'z'}},'AttributeUpdates':{'a':{}}}",
            ONE "The parameter cannot be converted to a numeric value: z"},
    };

    CHECK_ALL(*state, bad);
}

static void bad_members_are_told_first(void **state)
{
#define COMPARISONS                                                                                \
    "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]"
    static const struct bad_request bad[] = {
        {"PutItem", "{'TableName':'nope','Item':{},'Expected':{'a':{'ComparisonOperator':'eq'}}}",
            ONE "Value 'eq' at 'expected.a.member.comparisonOperator' failed to satisfy "
                "constraint: Member must satisfy enum value set: " COMPARISONS},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{'Action':'SET'},"
            "'b':{'Action':'x'}}}",
            ONE "Value 'SET' at 'attributeUpdates.a.member.action' failed to satisfy constraint: "
                "Member must satisfy enum value set: [ADD, PUT, DELETE]"},
        {"Scan",
            "{'TableName':'nope','ScanFilter':{'a':{},'b':{'ComparisonOperator':'IS'}},"
            "'AttributesToGet':[]}",
            "3 validation errors detected: Value '[]' at 'attributesToGet' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1; Value null at "
            "'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: Member must "
            "not be null; Value 'IS' at 'scanFilter.b.member.comparisonOperator' failed to "
            "satisfy constraint: Member must satisfy enum value set: " COMPARISONS},
        {"Query", "{'TableName':'nope','KeyConditions':{'a':{}},'QueryFilter':{'b':{}}}",
            "2 validation errors detected: Value null at "
            "'queryFilter.b.member.comparisonOperator' failed to satisfy constraint: Member must "
            "not be null; Value null at 'keyConditions.a.member.comparisonOperator' failed to "
            "satisfy constraint: Member must not be null"},
        {"GetItem", "{'TableName':'nope','Key':{},'AttributesToGet':['a',null]}",
            ONE "Value null at 'attributesToGet.2.member' failed to satisfy constraint: Member "
                "must not be null"},
        {"BatchGetItem", "{'RequestItems':{'nope':{'Keys':[{}],'AttributesToGet':[]}}}",
            ONE "Value '[]' at 'requestItems.nope.member.attributesToGet' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1"},
    };

    CHECK_ALL(*state, bad);
#undef COMPARISONS
}

static void conditional_operator_needs_two_conditions(void **state)
{
    static const char alone[] = "ConditionalOperator cannot be used without Filter or Expected";
    static const char one[] = "ConditionalOperator can only be used when Filter or Expected has "
                              "two or more elements";
    static const struct bad_request bad[] = {
        {"Scan", "{'TableName':'nope','ConditionalOperator':'AND'}", alone},
        {"Scan", "{'TableName':'nope','ConditionalOperator':'OR','ScanFilter':{}}", alone},
        {"Scan", "{'TableName':'nope','ConditionalOperator':'OR','ScanFilter':{'a':null}}", alone},
        {"Scan",
            "{'TableName':'nope','ConditionalOperator':'OR','ScanFilter':{'a':"
            "{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'x'}]}}}",
            one},
        {"Query", "{'TableName':'nope','ConditionalOperator':'AND'}", alone},
        {"Query",
            "{'TableName':'nope','ConditionalOperator':'AND','KeyConditions':{'a':"
            "{'ComparisonOperator':'NULL'},'b':{'ComparisonOperator':'NULL'}}}",
            alone},
        {"Query",
            "{'TableName':'nope','ConditionalOperator':'AND','QueryFilter':{'a':"
            "{'ComparisonOperator':'NULL'}}}",
            one},
        {"Scan", "{'TableName':'nope','ConditionalOperator':'or'}",
            ONE "Value 'or' at 'conditionalOperator' failed to satisfy constraint: Member must "
                "satisfy enum value set: [OR, AND]"},
    };
    struct shop *shop = *state;

    CHECK_ALL(shop, bad);
    EXPECT_INVALID(shop, "PutItem", "{'TableName':'nope','Item':{},'ConditionalOperator':'AND'}",
        ONE "ConditionalOperator cannot be used without Filter or Expected");
    EXPECT_INVALID(shop, "DeleteItem",
        "{'TableName':'nope','Key':{},'ConditionalOperator':'AND','Expected':{'a':{}}}",
        ONE "ConditionalOperator can only be used when Filter or Expected has two or more "
            "elements");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'nope','Key':{},'ConditionalOperator':'AND','AttributeUpdates':{}}",
        ONE "ConditionalOperator cannot be used without Filter or Expected");
}

static void styles_do_not_mix(void **state)
{
    static const struct bad_request bad[] = {
        {"Scan",
            "{'TableName':'nope','AttributesToGet':['a'],'ScanFilter':{},"
            "'ConditionalOperator':'AND','FilterExpression':'a = :v','ProjectionExpression':'b'}",
            MIXED "AttributesToGet, ScanFilter, ConditionalOperator} Expression parameters: "
                  "{ProjectionExpression, FilterExpression}"},
        {"Query",
            "{'TableName':'nope','KeyConditions':{},'QueryFilter':{},'ConditionalOperator':'AND',"
            "'KeyConditionExpression':'p = :p','FilterExpression':'a = :v',"
            "'ProjectionExpression':'b'}",
            MIXED "QueryFilter, ConditionalOperator, KeyConditions} Expression parameters: "
                  "{ProjectionExpression, FilterExpression, KeyConditionExpression}"},
        {"Query",
            "{'TableName':'nope','KeyConditions':{},'AttributesToGet':['a'],"
            "'FilterExpression':'a = :v'}",
            MIXED "AttributesToGet} Expression parameters: {FilterExpression}"},
        {"PutItem",
            "{'TableName':'nope','Item':{},'Expected':{},'ConditionalOperator':'AND',"
            "'ConditionExpression':'a'}",
            ONE MIXED "Expected, ConditionalOperator} Expression parameters: "
                      "{ConditionExpression}"},
        {"UpdateItem",
            "{'TableName':'nope','Key':{},'AttributeUpdates':{},'Expected':{},"
            "'ConditionalOperator':'AND','UpdateExpression':'','ConditionExpression':''}",
            ONE MIXED "AttributeUpdates, Expected, ConditionalOperator} Expression parameters: "
                      "{UpdateExpression, ConditionExpression}"},
        {"GetItem",
            "{'TableName':'nope','Key':{},'AttributesToGet':['a'],'ProjectionExpression':'a'}",
            MIXED "AttributesToGet} Expression parameters: {ProjectionExpression}"},
        {"BatchGetItem",
            "{'RequestItems':{'nope':{'Keys':[{}],'AttributesToGet':['a'],"
            "'ProjectionExpression':'a'}}}",
            MIXED "AttributesToGet} Expression parameters: {ProjectionExpression}"},
        {"Scan", "{'TableName':'nope','ScanFilter':{},'ExpressionAttributeNames':{'#a':'a'}}",
            "ExpressionAttributeNames can only be specified when using expressions"},
    };

    struct shop *shop = *state;

    /* The older column adds what is absent. */
    for (size_t i = 0; i + 1 < sizeof bad / sizeof bad[0]; i++)
        EXPECT_INVALID(shop, bad[i].operation, bad[i].body, bad[i].message);
    EXPECT_INVALID(shop, "GetItem",
        "{'TableName':'nope','Key':{},'AttributesToGet':['a'],"
        "'ExpressionAttributeNames':{'#a':'a'}}",
        bad[sizeof bad / sizeof bad[0] - 1].message);
}

static void too_many_conditions_are_refused(void **state)
{
    struct shop *shop = *state;
    struct buf map;

    buf_init(&map, 1 << 20);
    for (int i = 0; i < 301; i++)
        buf_add_format(&map, "%s'a%d':{'ComparisonOperator':'NULL'}", i > 0 ? "," : "", i);
    call(shop, "Scan", "{'TableName':'books','ScanFilter':{%s}}", buf_string(&map));
    expect_fault(shop, "ValidationException",
        "Value at 'ScanFilter' failed to satisfy constraint: Member must have length less than or "
        "equal to 300");
    call(shop, "Scan", "{'TableName':'books','ScanFilter':{%.*s}}",
        (int)(text_find(buf_view(&map), TEXT(",'a300'"), 0)), buf_string(&map));
    assert_int_equal(shop->status, 200);
    buf_done(&map);
}

/* Attributes and arguments of few values, so that they often match. */
static const char *const pool[] = {"{'S':''}", "{'S':'a'}", "{'S':'ab'}", "{'S':'b'}", "{'N':'0'}",
    "{'N':'1'}", "{'N':'-1.5'}", "{'N':'10'}", "{'B':''}", "{'B':'YQ=='}", "{'B':'YWI='}",
    "{'BOOL':true}", "{'BOOL':false}", "{'NULL':true}", "{'SS':['a','b']}", "{'SS':['a']}",
    "{'NS':['1','0']}", "{'BS':['YQ==']}", "{'L':[{'S':'a'},{'N':'1'}]}", "{'L':[]}",
    "{'M':{'a':{'S':'a'}}}", "{'M':{}}"};
enum { POOL = sizeof pool / sizeof pool[0], RANDOM_ATTRIBUTES = 4, RANDOM_ITEMS = 60 };

static const char *random_argument(uint64_t *seed, size_t comparison)
{
    for (;;) {
        const char *value = pool[random_below(seed, POOL)];
        bool is_string = value[2] == 'S' && value[3] == '\'';
        bool is_binary = value[2] == 'B' && value[3] == '\'';
        bool is_number = value[2] == 'N' && value[3] == '\'';

        if (comparison < 2 || is_string || is_binary || (is_number && comparison != 8))
            return value;
    }
}

struct random_filter {
    struct buf legacy, names, values, expression;
    uint64_t *seed;
};

static void add_random_condition(struct random_filter *filter, int at, const char *join)
{
    static const char *const comparisons[] = {"EQ", "NE", "LT", "LE", "GT", "GE", "BETWEEN", "IN",
        "BEGINS_WITH", "CONTAINS", "NOT_CONTAINS", "NULL", "NOT_NULL"};
    size_t comparison = random_below(filter->seed, 13);
    const char *value = random_argument(filter->seed, comparison);
    const char *other = value;
    bool none = comparison >= 11, two = comparison == 6 || comparison == 7;
    const char *comma = at > 0 ? "," : "";

    do /* all of one type; the bounds of BETWEEN are equal */
        other = comparison == 7 ? random_argument(filter->seed, comparison) : value;
    while (other[2] != value[2]);
    buf_add_format(&filter->legacy,
        "%s'a.%d':{'ComparisonOperator':'%s','AttributeValueList':[%s%s%s]}", comma, at,
        comparisons[comparison], none ? "" : value, two ? "," : "", two ? other : "");
    buf_add_format(&filter->names, "%s'#%d':'a.%d'", comma, at, at);
    if (!none)
        buf_add_format(&filter->values, "%s':%d':%s", filter->values.length > 0 ? "," : "", at,
            value);
    if (two)
        buf_add_format(&filter->values, ",':%dx':%s", at, other);
    if (at > 0)
        buf_add_format(&filter->expression, " %s ", join);
    switch (comparison) {
    case 6:
    case 7:
        buf_add_format(&filter->expression,
            comparison == 6 ? "#%d BETWEEN :%d AND :%dx" : "#%d IN (:%d, :%dx)", at, at, at);
        break;
    case 8:
    case 9:
        buf_add_format(&filter->expression, "%s(#%d, :%d)",
            comparison == 8 ? "begins_with" : "contains", at, at);
        break;
    case 10:
        buf_add_format(&filter->expression, "attribute_exists(#%d) AND NOT contains(#%d, :%d)", at,
            at, at);
        break;
    case 11:
    case 12:
        buf_add_format(&filter->expression, "attribute_%sexists(#%d)",
            comparison == 11 ? "not_" : "", at);
        break;
    default: {
        static const char *const symbols[] = {"=", "<>", "<", "<=", ">", ">="};

        buf_add_format(&filter->expression, "#%d %s :%d", at, symbols[comparison], at);
    }
    }
}

static void random_conditions_answer_what_expressions_answer(void **state)
{
    struct shop *shop = *state;
    uint64_t seed = 20261121;
    struct random_filter filter = {.seed = &seed};
    struct buf answer;

    buf_init(&answer, 1 << 20);
    buf_init(&filter.legacy, 1 << 16);
    buf_init(&filter.names, 1 << 16);
    buf_init(&filter.values, 1 << 16);
    buf_init(&filter.expression, 1 << 16);
    for (int i = 0; i < RANDOM_ITEMS; i++) {
        buf_clear(&filter.legacy);
        for (int j = 0; j < RANDOM_ATTRIBUTES; j++)
            if (random_below(&seed, 4) > 0)
                buf_add_format(&filter.legacy, ",'a.%d':%s", j, pool[random_below(&seed, POOL)]);
        call(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'r%d'}%s}}", i,
            buf_string(&filter.legacy));
        assert_int_equal(shop->status, 200);
    }
    for (int round = 0; round < 1500; round++) {
        int count = 1 + (int)random_below(&seed, RANDOM_ATTRIBUTES);
        bool any = random_below(&seed, 2) > 0;

        buf_clear(&filter.legacy);
        buf_clear(&filter.names);
        buf_clear(&filter.values);
        buf_clear(&filter.expression);
        for (int i = 0; i < count; i++)
            add_random_condition(&filter, i, any ? "OR" : "AND");
        call(shop, "Scan", "{'TableName':'books','ScanFilter':{%s}%s}", buf_string(&filter.legacy),
            count == 1 ? ""
            : any      ? ",'ConditionalOperator':'OR'"
                       : "");
        assert_int_equal(shop->status, 200);
        buf_clear(&answer);
        buf_add_text(&answer, buf_view(&shop->answer));
        call(shop, "Scan",
            "{'TableName':'books','FilterExpression':'%s','ExpressionAttributeNames':{%s}%s%s%s}",
            buf_string(&filter.expression), buf_string(&filter.names),
            filter.values.length > 0 ? ",'ExpressionAttributeValues':{" : "",
            buf_string(&filter.values), filter.values.length > 0 ? "}" : "");
        if (!text_equal(buf_view(&answer), buf_view(&shop->answer)))
            fail_msg("%s\nand %s\ndiffer: %.200s\n%.200s", buf_string(&filter.legacy),
                buf_string(&filter.expression), buf_string(&answer), buf_string(&shop->answer));
    }
    buf_done(&answer);
    buf_done(&filter.legacy);
    buf_done(&filter.names);
    buf_done(&filter.values);
    buf_done(&filter.expression);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_operator_takes_its_types, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(each_operator_takes_its_number_of_arguments, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(operators_compare_as_the_service_does, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(expected_values_are_compared_or_must_be_absent, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(expected_is_checked_in_order, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(bad_members_are_told_first, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(conditional_operator_needs_two_conditions, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(styles_do_not_mix, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(too_many_conditions_are_refused, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(random_conditions_answer_what_expressions_answer, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
