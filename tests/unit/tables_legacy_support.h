#ifndef TESTS_UNIT_TABLES_LEGACY_SUPPORT_H
#define TESTS_UNIT_TABLES_LEGACY_SUPPORT_H

#include "tests/unit/tables_support.h"

/* What the tests of the older parameters share: two tables, an item of all types, bad requests. */

#define ONE "1 validation error detected: "
#define W "One or more parameter values were invalid: "
#define MIXED                                                                                      \
    "Can not use both expression and non-expression parameters in the same request: "              \
    "Non-expression parameters: {"

static inline void make_tables(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", "%s",
        "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'order','AttributeType':'S'},"
        "{'AttributeName':'line','AttributeType':'N'},{'AttributeName':'sku','AttributeType':'S'},"
        "{'AttributeName':'day','AttributeType':'S'},{'AttributeName':'hour','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'order','KeyType':'HASH'},"
        "{'AttributeName':'line','KeyType':'RANGE'}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'by-sku','KeySchema':["
        "{'AttributeName':'sku','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}},"
        "{'IndexName':'by-time','KeySchema':[{'AttributeName':'sku','KeyType':'HASH'},"
        "{'AttributeName':'order','KeyType':'HASH'},{'AttributeName':'day','KeyType':'RANGE'},"
        "{'AttributeName':'hour','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]}");
    assert_int_equal(shop->status, 200);
}

static inline int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    make_tables(&shop);
    *state = &shop;
    return 0;
}

static inline int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

struct bad_request {
    const char *operation, *body, *message;
};

static inline void check_all(struct shop *shop, const struct bad_request *bad, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_INVALID(shop, bad[i].operation, bad[i].body, bad[i].message);
}

#define CHECK_ALL(shop, bad) check_all(shop, bad, sizeof(bad) / sizeof(bad)[0])

/* One item that has an attribute of each type; "gone" is none of them. */
static inline void put_item_of_all_types(struct shop *shop)
{
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'1'},'s':{'S':'cat'},'n':{'N':'10'},"
        "'b':{'B':'Y2F0'},'yes':{'BOOL':true},'nil':{'NULL':true},'ss':{'SS':['a','b']},"
        "'ns':{'NS':['1','2']},'bs':{'BS':['YQ==','Yg==']},'l':{'L':[{'S':'a'},{'N':'1'}]},"
        "'m':{'M':{'k':{'S':'v'}}},'x.y':{'S':'dot'}}}",
        "{}");
}

/* One value of each type. */
struct type_case {
    const char *name, *value;
};

static const struct type_case type_table[] = {
    {"S", "{'S':'a'}"},
    {"N", "{'N':'1'}"},
    {"B", "{'B':'AA=='}"},
    {"BOOL", "{'BOOL':true}"},
    {"NULL", "{'NULL':true}"},
    {"SS", "{'SS':['a']}"},
    {"NS", "{'NS':['1']}"},
    {"BS", "{'BS':['AA==']}"},
    {"L", "{'L':[]}"},
    {"M", "{'M':{}}"},
};
enum { TYPES = sizeof type_table / sizeof type_table[0] };

#endif
