#include "tests/unit/tables_legacy_support.h"

static void updates_put_add_and_delete(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u'}},'ReturnValues':'ALL_NEW','AttributeUpdates':"
        "{'a':{'Value':{'S':''}},'b':{'Action':'PUT','Value':{'M':{}}},"
        "'n':{'Action':'ADD','Value':{'N':'1.50'}},'s':{'Action':'ADD','Value':{'SS':['x']}},"
        "'l':{'Action':'ADD','Value':{'L':[{'N':'1'}]}},'gone':{'Action':'DELETE'},"
        "'no':{'Action':'DELETE','Value':{'NS':['1']}},'c.d':{'Value':{'N':'7'}}}}",
        "{'Attributes':{'a':{'S':''},'b':{'M':{}},'c.d':{'N':'7'},'id':{'S':'u'},"
        "'l':{'L':[{'N':'1'}]},'n':{'N':'1.5'},'s':{'SS':['x']}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u'}},'ReturnValues':'UPDATED_NEW',"
        "'AttributeUpdates':{'n':{'Action':'ADD','Value':{'N':'-2'}},"
        "'s':{'Action':'ADD','Value':{'SS':['y','x']}},"
        "'l':{'Action':'ADD','Value':{'L':[{'S':'e'}]}},'a':{'Action':'DELETE'}}}",
        "{'Attributes':{'l':{'L':[{'N':'1'},{'S':'e'}]},'n':{'N':'-0.5'},'s':{'SS':['x','y']}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u'}},'ReturnValues':'UPDATED_OLD',"
        "'AttributeUpdates':{'s':{'Action':'DELETE','Value':{'SS':['y','z']}},"
        "'b':{'Action':'DELETE'},'new':{'Value':{'N':'1'}}}}",
        "{'Attributes':{'b':{'M':{}},'s':{'SS':['x','y']}}}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'u'}},'ReturnValues':'ALL_OLD',"
        "'AttributeUpdates':{'s':{'Action':'DELETE','Value':{'SS':['x']}}}}",
        "{'Attributes':{'c.d':{'N':'7'},'id':{'S':'u'},'l':{'L':[{'N':'1'},{'S':'e'}]},"
        "'n':{'N':'-0.5'},'new':{'N':'1'},'s':{'SS':['x']}}}");
    EXPECT_CALL(shop, "GetItem",
        "{'TableName':'books','Key':{'id':{'S':'u'}},'AttributesToGet':['s','c.d','nothing']}",
        "{'Item':{'c.d':{'N':'7'}}}");
    /* Deleting creates nothing; nothing to do creates the bare key. */
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'v'}},'AttributeUpdates':{'a':{'Action':'DELETE'}}}",
        "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'v'}}}", "{}");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'v'}},'AttributeUpdates':{}}", "{}");
    EXPECT_CALL(shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'v'}}}",
        "{'Item':{'id':{'S':'v'}}}");
}

static void updates_are_checked(void **state)
{
    struct shop *shop = *state;
    char message[160];

    for (size_t i = 0; i < TYPES; i++) {
        const char *name = type_table[i].name;
        bool set = name[1] == 'S';

        call(shop, "UpdateItem",
            "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{'Action':'ADD','Value':%s}}}",
            type_table[i].value);
        snprintf(message, sizeof message, ONE W "ADD action is not supported for the type %s",
            name);
        if (set || strcmp(name, "N") == 0 || strcmp(name, "L") == 0)
            expect_fault(shop, "ResourceNotFoundException", "Requested resource not found");
        else
            expect_fault(shop, "ValidationException", message);
        call(shop, "UpdateItem",
            "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{'Action':'DELETE',"
            "'Value':%s}}}",
            type_table[i].value);
        snprintf(message, sizeof message,
            ONE W "DELETE action with value is not supported for the type %s", name);
        if (set)
            expect_fault(shop, "ResourceNotFoundException", "Requested resource not found");
        else
            expect_fault(shop, "ValidationException", message);
    }
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{'Action':'ADD'}}}",
        ONE W "Only DELETE action is allowed when no attribute value is specified");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'nope','Key':{},'AttributeUpdates':{'':{'Action':'DELETE'}}}",
        ONE "Empty attribute name");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'nope','Key':{},'AttributeUpdates':{'a':{'Action':'DELETE',"
        "'Value':{'N':'x'}}}}",
        ONE "The parameter cannot be converted to a numeric value: x");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'books','Key':{'id':{'S':'1'}},'AttributeUpdates':{'id':{'Value':"
        "{'S':'2'}}}}",
        W "Cannot update attribute id. This attribute is part of the key");
    put_item_of_all_types(shop);
    for (size_t i = 0; i < 2; i++) {
        EXPECT_INVALID(shop, "UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'1'}},'AttributeUpdates':{'s':{'Action':'ADD',"
            "'Value':{'N':'1'}}}}",
            "Type mismatch for attribute to update");
        EXPECT_INVALID(shop, "UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'1'}},'AttributeUpdates':{'ss':{'Action':"
            "'DELETE','Value':{'NS':['1']}}}}",
            "Type mismatch for attribute to update");
        EXPECT_INVALID(shop, "UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'1'}},'UpdateExpression':'ADD s :n',"
            "'ExpressionAttributeValues':{':n':{'N':'1'}}}",
            "An operand in the update expression has an incorrect data type");
    }
}

static void updates_keep_the_types_of_index_keys(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}},'AttributeUpdates':"
        "{'sku':{'Value':{'N':'1'}}}}",
        W "Type mismatch for Index Key sku Expected: S Actual: N IndexName: by-sku");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}},'AttributeUpdates':"
        "{'day':{'Value':{'S':''}}}}",
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
        "value. IndexName: by-time, IndexKey: day");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}},'AttributeUpdates':"
        "{'line':{'Action':'DELETE'},'sku':{'Value':{'N':'1'}}}}",
        W "Cannot update attribute line. This attribute is part of the key");
    EXPECT_CALL(shop, "UpdateItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}},'AttributeUpdates':"
        "{'hour':{'Action':'ADD','Value':{'N':'3'}},'day':{'Action':'DELETE'}}}",
        "{}");
    EXPECT_CALL(shop, "DeleteItem",
        "{'TableName':'lines','Key':{'order':{'S':'o'},'line':{'N':'1'}}}", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(updates_put_add_and_delete, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(updates_are_checked, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(updates_keep_the_types_of_index_keys, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
