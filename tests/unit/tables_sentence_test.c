#include "tests/unit/tables_support.h"

/* Sentences about keys, indexes and definitions in every operation that says them (tables.md 7.4). */

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'blobs','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'B'},"
        "{'AttributeName':'r','AttributeType':'S'},{'AttributeName':'g','AttributeType':'B'},"
        "{'AttributeName':'s','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],"
        "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
        "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'s','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'ALL'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'global','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}");
    assert_int_equal(shop.status, 200);
    call(&shop, "PutItem", "%s", "{'TableName':'blobs','Item':{'h':{'B':'AA=='},'r':{'S':'a'}}}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

#define W "One or more parameter values were invalid: "
#define NOT_VALID "One or more parameter values are not valid. "

/* Every operation that takes the key of an item; %s stands for the members of the key. */
static const struct {
    const char *operation, *body;
} key_table[] = {
    {"PutItem", "{'TableName':'blobs','Item':{%s}}"},
    {"GetItem", "{'TableName':'blobs','Key':{%s}}"},
    {"UpdateItem", "{'TableName':'blobs','Key':{%s}}"},
    {"DeleteItem", "{'TableName':'blobs','Key':{%s}}"},
    {"BatchGetItem", "{'RequestItems':{'blobs':{'Keys':[{%s}]}}}"},
    {"BatchWriteItem", "{'RequestItems':{'blobs':[{'DeleteRequest':{'Key':{%s}}}]}}"},
    {"BatchWriteItem", "{'RequestItems':{'blobs':[{'PutRequest':{'Item':{%s}}}]}}"},
    {"TransactGetItems", "{'TransactItems':[{'Get':{'TableName':'blobs','Key':{%s}}}]}"},
    {"TransactWriteItems", "{'TransactItems':[{'Put':{'TableName':'blobs','Item':{%s}}}]}"},
    {"TransactWriteItems", "{'TransactItems':[{'Delete':{'TableName':'blobs','Key':{%s}}}]}"},
};

static void expect_of_keys(struct shop *shop, const char *key, const char *message)
{
    for (size_t i = 0; i < sizeof key_table / sizeof key_table[0]; i++) {
        struct buf body;
        struct text rest = text_of(key_table[i].body), before;

        buf_init(&body, 1 << 16);
        assert_true(text_take_until(&rest, '%', &before));
        buf_add_text(&body, before);
        buf_add_string(&body, key);
        buf_add_text(&body, text_slice(rest, 1, rest.length));
        call(shop, key_table[i].operation, "%s", buf_string(&body));
        expect_fault(shop, "ValidationException", message);
        buf_done(&body);
    }
}

static void empty_and_long_keys_are_told_in_every_operation(void **state)
{
    struct shop *shop = *state;
    struct buf key;

    expect_of_keys(shop, "'h':{'B':''},'r':{'S':'a'}",
        NOT_VALID
        "The AttributeValue for a key attribute cannot contain an empty binary value. Key: h");
    expect_of_keys(shop, "'h':{'B':'AA=='},'r':{'S':''}",
        NOT_VALID
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: r");
    buf_init(&key, 1 << 16);
    buf_add_string(&key, "'h':{'B':'AA=='},'r':{'S':'");
    for (int i = 0; i < 1025; i++)
        buf_add_char(&key, 'x');
    buf_add_string(&key, "'}");
    expect_of_keys(shop, buf_string(&key),
        W "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
    buf_clear(&key);
    buf_add_string(&key, "'r':{'S':'a'},'h':{'B':'");
    for (int i = 0; i < 2049 / 3; i++)
        buf_add_string(&key, "AAAA");
    buf_add_string(&key, "'}");
    expect_of_keys(shop, buf_string(&key),
        W "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    buf_done(&key);
}

static void keys_of_indexes_are_held_to_the_same_limits(void **state)
{
    struct shop *shop = *state;
    struct buf word;

    EXPECT_INVALID(shop, "PutItem",
        "{'TableName':'blobs','Item':{'h':{'B':'AA=='},'r':{'S':'a'},'g':{'B':''}}}",
        NOT_VALID "A value specified for a secondary index key is not supported. The "
                  "AttributeValue for a key attribute cannot contain an empty binary value. "
                  "IndexName: global, IndexKey: g");
    EXPECT_INVALID(shop, "UpdateItem",
        "{'TableName':'blobs','Key':{'h':{'B':'AA=='},'r':{'S':'a'}},"
        "'UpdateExpression':'SET g = :g','ExpressionAttributeValues':{':g':{'B':''}}}",
        NOT_VALID "The update expression attempted to update a secondary index key to a value "
                  "that is not supported. The AttributeValue for a key attribute cannot contain "
                  "an empty binary value.");
    buf_init(&word, 1 << 16);
    for (int i = 0; i < 1025; i++)
        buf_add_char(&word, 'x');
    call(shop, "PutItem",
        "{'TableName':'blobs','Item':{'h':{'B':'AA=='},'r':{'S':'a'},'s':{'S':'%s'}}}",
        buf_string(&word));
    expect_fault(shop, "ValidationException",
        W "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
    call(shop, "UpdateItem",
        "{'TableName':'blobs','Key':{'h':{'B':'AA=='},'r':{'S':'a'}},"
        "'UpdateExpression':'SET s = :s','ExpressionAttributeValues':{':s':{'S':'%s'}}}",
        buf_string(&word));
    expect_fault(shop, "ValidationException",
        "The update expression attempted to update the secondary index key beyond allowed size "
        "limits");
    buf_cut(&word, 1024);
    call(shop, "UpdateItem",
        "{'TableName':'blobs','Key':{'h':{'B':'AA=='},'r':{'S':'a'}},"
        "'UpdateExpression':'SET s = :s','ExpressionAttributeValues':{':s':{'S':'%s'}}}",
        buf_string(&word));
    assert_int_equal(shop->status, 200);
    buf_done(&word);
}

static void add_indexes(struct buf *out, const char *member, int count, const char *key,
    const char *projection)
{
    buf_add_format(out, ",'%s':[", member);
    for (int i = 0; i < count; i++)
        buf_add_format(out,
            "%s{'IndexName':'index-%d','KeySchema':[%s],'Projection':{'ProjectionType':%s}}",
            i ? "," : "", i, key, projection);
    buf_add_char(out, ']');
}

static void create(struct shop *shop, const struct buf *more)
{
    call(shop, "CreateTable",
        "{'TableName':'wide','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'h','AttributeType':'S'},"
        "{'AttributeName':'r','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}]%s}",
        buf_string(more));
}

static void members_of_global_indexes_come_first_counts_of_local_ones(void **state)
{
    static const char both[] = "{'AttributeName':'h','KeyType':'HASH'},"
                               "{'AttributeName':'r','KeyType':'RANGE'}";
    static const char one[] = "{'AttributeName':'r','KeyType':'HASH'}";
    struct shop *shop = *state;
    struct buf more;

    buf_init(&more, 1 << 20);
    add_indexes(&more, "LocalSecondaryIndexes", 6, both, "'ALL'");
    create(shop, &more);
    expect_fault(shop, "ValidationException",
        W "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    buf_clear(&more);
    add_indexes(&more, "GlobalSecondaryIndexes", 21, one, "'ALL'");
    create(shop, &more);
    expect_fault(shop, "ValidationException",
        W "GlobalSecondaryIndex count exceeds the per-table limit of 20");
    add_indexes(&more, "LocalSecondaryIndexes", 6, both, "'ALL'");
    create(shop, &more);
    expect_fault(shop, "ValidationException",
        W "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    buf_clear(&more);
    add_indexes(&more, "LocalSecondaryIndexes", 1, both, "'x'");
    add_indexes(&more, "GlobalSecondaryIndexes", 1, one, "'y'");
    create(shop, &more);
    expect_fault(shop, "ValidationException",
        "2 validation errors detected: Value 'y' at "
        "'globalSecondaryIndexes.1.member.projection.projectionType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]; Value 'x' at "
        "'localSecondaryIndexes.1.member.projection.projectionType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]");
    buf_clear(&more);
    add_indexes(&more, "GlobalSecondaryIndexes", 20, one, "'ALL'");
    create(shop, &more);
    assert_int_equal(shop->status, 200);
    EXPECT_FAULT(shop, "UpdateTable",
        "{'TableName':'wide','AttributeDefinitions':[{'AttributeName':'r','AttributeType':'S'}],"
        "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'one-more','KeySchema':["
        "{'AttributeName':'r','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}",
        "LimitExceededException", "GlobalSecondaryIndex count exceeds the per-table limit of 20");
    call(shop, "DeleteTable", "{'TableName':'wide'}");
    buf_done(&more);
}

static void options_that_do_not_fit_are_refused(void **state)
{
    struct shop *shop = *state;
    struct buf more;

    buf_init(&more, 1 << 20);
    buf_add_string(&more, ",'GlobalSecondaryIndexes':[{'IndexName':'priced','KeySchema':["
                          "{'AttributeName':'r','KeyType':'HASH'}],"
                          "'Projection':{'ProjectionType':'ALL'},'ProvisionedThroughput':"
                          "{'ReadCapacityUnits':1,'WriteCapacityUnits':1}}]");
    create(shop, &more);
    expect_fault(shop, "ValidationException",
        W "ProvisionedThroughput should not be specified for index: priced when BillingMode is "
          "PAY_PER_REQUEST");
    buf_clear(&more);
    buf_add_string(&more, ",'VectorIndexes':[]");
    create(shop, &more);
    expect_fault(shop, "ValidationException", "VectorIndexes are not supported by this endpoint");
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'blobs','ReplicaUpdates':[{'Create':{'RegionName':'eu-west-2'}}]}",
        "ReplicaUpdates are not supported by this endpoint");
    buf_done(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_and_long_keys_are_told_in_every_operation),
        cmocka_unit_test(keys_of_indexes_are_held_to_the_same_limits),
        cmocka_unit_test(members_of_global_indexes_come_first_counts_of_local_ones),
        cmocka_unit_test(options_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
