#include "tests/unit/tables_support.h"

#include <stdlib.h>

/*
 * A long seeded history of writes against a model in memory. After every write the answer is what
 * the model says; every so often the whole table, its indexes recomputed, its totals, and the same
 * after a restart.
 */
enum { KEYS = 40, GROUPS = 4, STEPS = 2000 };

struct model_item {
    bool there;
    int group;  /* -1: no attribute g, and not in the indexes */
    int number; /* attribute n */
    int filler; /* length of attribute f; 0: none */
};

static struct model_item model[KEYS];
static uint64_t seed;

static unsigned roll(unsigned sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % sides;
}

/* The item as the wire shows it. */
static const char *item_text(int key)
{
    static char text[8192];
    const struct model_item *item = &model[key];
    int length = 0;

    length += snprintf(text, sizeof text, "{");
    if (item->filler)
        length += snprintf(text + length, sizeof text - (size_t)length, "'f':{'S':'%0*d'},",
            item->filler, 0);
    if (item->group >= 0)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "'g':{'S':'g%d'},", item->group);
    snprintf(text + length, sizeof text - (size_t)length,
        "'h':{'S':'p%d'},'n':{'N':'%d'},'r':{'N':'%d'}}", key % 5, item->number, key);
    return text;
}

/* tables.md 4.1: trailing zeros are not counted. */
static size_t number_size(int number)
{
    int significant = 0, n = abs(number);

    if (number == 0)
        return 1;
    while (n % 10 == 0)
        n /= 10;
    for (; n > 0; n /= 10)
        significant++;
    return 1 + (size_t)(significant + 1) / 2 + (number < 0);
}

static size_t item_size(int key)
{
    const struct model_item *item = &model[key];

    return 1 + 2 + 1 + number_size(key) + 1 + number_size(item->number) +
           (item->group >= 0 ? 1 + 2 : 0) + (item->filler ? 1 + (size_t)item->filler : 0);
}

static void put(struct shop *shop, int key)
{
    model[key] = (struct model_item){.there = true,
        .group = (int)roll(GROUPS + 1) - 1,
        .number = (int)roll(2000) - 1000,
        .filler = roll(6) == 0 ? 900 + (int)roll(400) : (int)roll(20)};
    call(shop, "PutItem", "{'TableName':'history','Item':%s}", item_text(key));
    expect(shop, "{}");
}

static void update(struct shop *shop, int key)
{
    struct model_item *item = &model[key];
    int group = (int)roll(GROUPS);

    if (!item->there)
        *item = (struct model_item){.there = true, .group = -1};
    switch (roll(3)) {
    case 0:
        item->group = group;
        item->number += 7;
        call(shop, "UpdateItem",
            "{'TableName':'history','Key':{'h':{'S':'p%d'},'r':{'N':'%d'}},'UpdateExpression':"
            "'SET g = :g ADD n :n','ExpressionAttributeValues':{':g':{'S':'g%d'},"
            "':n':{'N':'7'}},'ReturnValues':'ALL_NEW'}",
            key % 5, key, group);
        break;
    case 1:
        item->group = -1;
        item->filler = 0;
        item->number = 5;
        call(shop, "UpdateItem",
            "{'TableName':'history','Key':{'h':{'S':'p%d'},'r':{'N':'%d'}},'UpdateExpression':"
            "'REMOVE g, f SET n = :n','ExpressionAttributeValues':{':n':{'N':'5'}},"
            "'ReturnValues':'ALL_NEW'}",
            key % 5, key);
        break;
    default:
        item->number -= 1;
        item->filler = 950 + group * 40;
        call(shop, "UpdateItem",
            "{'TableName':'history','Key':{'h':{'S':'p%d'},'r':{'N':'%d'}},'UpdateExpression':"
            "'SET f = :f, n = if_not_exists(n, :z) - :o','ExpressionAttributeValues':"
            "{':f':{'S':'%0*d'},':o':{'N':'1'},':z':{'N':'0'}},'ReturnValues':'ALL_NEW'}",
            key % 5, key, item->filler, 0);
        break;
    }
    assert_int_equal(shop->status, 200);
    buf_clear(&shop->wanted);
    add_quoted(&shop->wanted, "{'Attributes':");
    add_quoted(&shop->wanted, item_text(key));
    buf_add_char(&shop->wanted, '}');
    assert_string_equal(buf_string(&shop->answer), buf_string(&shop->wanted));
}

static void delete_one(struct shop *shop, int key)
{
    bool condition = roll(2);

    call(shop, "DeleteItem", "{'TableName':'history','Key':{'h':{'S':'p%d'},'r':{'N':'%d'}}%s}",
        key % 5, key, condition ? ",'ConditionExpression':'attribute_exists(h)'" : "");
    if (condition && !model[key].there)
        expect_fault(shop, "ConditionalCheckFailedException", "The conditional request failed");
    else
        expect(shop, "{}");
    model[key].there = false;
}

static void write_batch(struct shop *shop)
{
    struct buf body;
    int key = (int)roll(KEYS);

    buf_init(&body, 1 << 20);
    for (int i = 0; i < 10; i++, key = (key + 1) % KEYS) {
        buf_add_string(&body, i ? "," : "");
        if (roll(3) == 0) {
            model[key].there = false;
            buf_add_format(&body, "{'DeleteRequest':{'Key':{'h':{'S':'p%d'},'r':{'N':'%d'}}}}",
                key % 5, key);
            continue;
        }
        model[key] = (struct model_item){.there = true,
            .group = (int)roll(GROUPS + 1) - 1,
            .number = (int)roll(100)};
        buf_add_format(&body, "{'PutRequest':{'Item':%s}}", item_text(key));
    }
    call(shop, "BatchWriteItem", "{'RequestItems':{'history':[%s]}}", buf_string(&body));
    expect(shop, "{'UnprocessedItems':{}}");
    buf_done(&body);
}

static void check_items(struct shop *shop)
{
    int64_t count = 0, bytes = 0;

    for (int key = 0; key < KEYS; key++) {
        call(shop, "GetItem", "{'TableName':'history','Key':{'h':{'S':'p%d'},'r':{'N':'%d'}}}",
            key % 5, key);
        buf_clear(&shop->wanted);
        if (model[key].there) {
            add_quoted(&shop->wanted, "{'Item':");
            add_quoted(&shop->wanted, item_text(key));
            buf_add_char(&shop->wanted, '}');
            count++;
            bytes += (int64_t)item_size(key);
        } else {
            buf_add_string(&shop->wanted, "{}");
        }
        assert_string_equal(buf_string(&shop->answer), buf_string(&shop->wanted));
    }
    call(shop, "DescribeTable", "%s", "{'TableName':'history'}");
    assert_int_equal(json_integer_member(answer_at(shop, "Table"), "ItemCount", -1), count);
    assert_int_equal(json_integer_member(answer_at(shop, "Table"), "TableSizeBytes", -1), bytes);
    call(shop, "Scan", "%s", "{'TableName':'history'}");
    assert_int_equal(answer_integer(shop, "Count"), count);
}

/* The rows of the index are what the items give, in order. */
static void check_index(struct shop *shop, const char *name, int group)
{
    int64_t previous = INT64_MIN;
    size_t expected = 0;

    for (int key = 0; key < KEYS; key++)
        expected += model[key].there && model[key].group == group;
    call(shop, "Query",
        "{'TableName':'history','IndexName':'%s','KeyConditionExpression':'g = :g',"
        "'ExpressionAttributeValues':{':g':{'S':'g%d'}}}",
        name, group);
    assert_int_equal(answer_integer(shop, "Count"), expected);
    for (const struct json *item = answer_at(shop, "Items")->first; item; item = item->next) {
        int key = (int)json_integer_member(json_member(item, "r"), "N", -1);
        int64_t number = json_integer_member(json_member(item, "n"), "N", INT64_MIN);
        size_t members = strcmp(name, "keys") == 0 ? 4 : model[key].filler ? 5u : 4u;

        assert_int_equal(number, model[key].number);
        assert_true(number >= previous);
        assert_int_equal(item->count, members);
        previous = number;
    }
}

static void check_local(struct shop *shop)
{
    size_t count = 0, expected = 0;

    for (int key = 0; key < KEYS; key++)
        expected += model[key].there && model[key].group >= 0;
    for (int part = 0; part < 5; part++) {
        call(shop, "Query",
            "{'TableName':'history','IndexName':'local','Select':'COUNT',"
            "'KeyConditionExpression':'h = :h','ExpressionAttributeValues':{':h':{'S':'p%d'}}}",
            part);
        count += (size_t)answer_integer(shop, "Count");
    }
    assert_int_equal(count, expected);
}

static void check_totals(struct shop *shop)
{
    int64_t in_index = 0;

    for (int key = 0; key < KEYS; key++)
        in_index += model[key].there && model[key].group >= 0;
    call(shop, "DescribeTable", "%s", "{'TableName':'history'}");
    for (int i = 0; i < 2; i++) {
        char path[64];

        snprintf(path, sizeof path, "Table.GlobalSecondaryIndexes.%d", i);
        assert_int_equal(json_integer_member(answer_at(shop, path), "ItemCount", -1), in_index);
    }
    assert_int_equal(json_integer_member(answer_at(shop, "Table.LocalSecondaryIndexes.0"),
                         "ItemCount", -1),
        in_index);
}

static void check_everything(struct shop *shop)
{
    check_items(shop);
    for (int group = 0; group < GROUPS; group++) {
        check_index(shop, "whole", group);
        check_index(shop, "keys", group);
    }
    check_local(shop);
    check_totals(shop);
}

static void a_long_history_is_what_the_model_says(void **state)
{
    struct shop shop;

    seed = 20261121;
    memset(model, 0, sizeof model);
    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'history','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'},"
        "{'AttributeName':'g','AttributeType':'S'},{'AttributeName':'n','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},"
        "{'AttributeName':'r','KeyType':'RANGE'}],"
        "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
        "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'g','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'ALL'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'whole','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'},{'AttributeName':'n','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'ALL'}},{'IndexName':'keys','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'},{'AttributeName':'n','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'KEYS_ONLY'}}]}");
    assert_int_equal(shop.status, 200);
    for (int step = 1; step <= STEPS; step++) {
        int key = (int)roll(KEYS);
        unsigned what = roll(20);

        if (what < 8)
            put(&shop, key);
        else if (what < 14)
            update(&shop, key);
        else if (what < 18)
            delete_one(&shop, key);
        else
            write_batch(&shop);
        if (step % 100 == 0)
            check_everything(&shop);
        if (step % 500 == 0) {
            shop_stop(&shop);
            shop_start(&shop);
            check_everything(&shop);
        }
    }
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_history_is_what_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
