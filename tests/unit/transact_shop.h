#ifndef TESTS_UNIT_TRANSACT_SHOP_H
#define TESTS_UNIT_TRANSACT_SHOP_H

#include "tests/unit/tables_support.h"

#include "base/clock.h"

/* books: id. lines: h and r, a local index on g, a global one on g. */
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

static inline int open_tables(void **state, bool memory)
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

static inline int open_memory(void **state)
{
    return open_tables(state, true);
}

static inline int open_file(void **state)
{
    return open_tables(state, false);
}

static inline int close_shop(void **state)
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
static inline void expect_cancelled(struct shop *shop, const char *codes, const char *reasons)
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

struct pending {
    int status;
    char text[512];
};

static inline void note_answer(void *user, int status, struct text body)
{
    struct pending *pending = user;

    pending->status = status;
    snprintf(pending->text, sizeof pending->text, "%.*s", (int)body.length, body.data);
}

#endif
