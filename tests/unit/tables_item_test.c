#include "tests/unit/tables_support.h"

static void put_and_get(void **state)
{
    struct shop shop;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'books','AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}");
    printf("%s\n", buf_string(&shop.answer));
    EXPECT_CALL(&shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'1.50'}}}", "{}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a'}}}",
        "{'Item':{'id':{'S':'a'},'n':{'N':'1.5'}}}");
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    printf("%s\n", buf_string(&shop.answer));
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_and_get),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
