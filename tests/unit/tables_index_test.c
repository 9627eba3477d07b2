#include "tests/unit/tables_support.h"

#include "tests/unit/random_value.h"

/*
 * An index that is made while writes go on, and while the server is stopped and started: what it
 * holds in the end is what the items say.
 */
enum { ITEMS = 3000, GROUPS = 5 };

static uint64_t seed;

static size_t roll(size_t sides)
{
    return random_below(&seed, sides);
}

/* g is a number, or text that no index of numbers can hold, or missing. */
static void add_item(struct buf *out, size_t id)
{
    size_t kind = roll(10);

    buf_add_format(out, "{'id':{'S':'%zu'},'n':{'N':'%zu'}", id, roll(1000));
    if (kind > 1)
        buf_add_format(out, ",'g':{'N':'%zu'}", roll(GROUPS));
    buf_add_char(out, '}');
}

static void open_full(struct shop *shop)
{
    struct buf batch;

    shop_open(shop, false);
    call(shop, "CreateTable", "%s",
        "{'TableName':'big','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    buf_init(&batch, 65536);
    for (size_t id = 0; id < ITEMS; id += 25) {
        buf_clear(&batch);
        for (size_t i = id; i < id + 25; i++) {
            buf_add_string(&batch, i > id ? ",{'PutRequest':{'Item':" : "{'PutRequest':{'Item':");
            if (i % 50 == 0)
                buf_add_format(&batch, "{'id':{'S':'%zu'},'g':{'S':'text'}}", i);
            else
                add_item(&batch, i);
            buf_add_string(&batch, "}}");
        }
        call(shop, "BatchWriteItem", "{'RequestItems':{'big':[%s]}}", buf_string(&batch));
        assert_int_equal(shop->status, 200);
    }
    buf_done(&batch);
    call(shop, "UpdateTable", "%s",
        "{'TableName':'big','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'N'}],"
        "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'by-g','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}");
    assert_int_equal(shop->status, 200);
}

static void write_one(struct shop *shop)
{
    size_t id = roll(ITEMS + 200);
    struct buf item;

    switch (roll(4)) {
    case 0:
        call(shop, "DeleteItem", "{'TableName':'big','Key':{'id':{'S':'%zu'}}}", id);
        break;
    case 1:
        call(shop, "UpdateItem",
            "{'TableName':'big','Key':{'id':{'S':'%zu'}},'UpdateExpression':'SET g = :g',"
            "'ExpressionAttributeValues':{':g':{'N':'%zu'}}}",
            id, roll(GROUPS));
        break;
    default:
        buf_init(&item, 4096);
        add_item(&item, id);
        call(shop, "PutItem", "{'TableName':'big','Item':%s}", buf_string(&item));
        buf_done(&item);
        break;
    }
    assert_int_equal(shop->status, 200);
}

static bool is_active(struct shop *shop)
{
    call(shop, "DescribeTable", "%s", "{'TableName':'big'}");
    return text_is(answer_at(shop, "Table.GlobalSecondaryIndexes.0.IndexStatus")->text, "ACTIVE");
}

/* Every page of a scan: how many items have a number g, and the sum of n and of g times 1,000,000. */
static void sum_up(struct shop *shop, const char *index, int64_t *count, int64_t *sum)
{
    char start[1024] = "";
    const struct json *last;

    *count = *sum = 0;
    do {
        call(shop, "Scan", "{'TableName':'big'%s%s}", index, start);
        assert_int_equal(shop->status, 200);
        for (const struct json *node = answer_at(shop, "Items")->first; node; node = node->next) {
            const struct json *g = json_at(node, "g.N");

            if (!g)
                continue;
            ++*count;
            *sum += json_integer_member(json_member(node, "n"), "N", 0) +
                    1000000 * json_integer_member(json_member(node, "g"), "N", 0);
        }
        last = answer_at(shop, "LastEvaluatedKey");
        if (last) {
            struct json_writer writer;
            struct buf text;

            buf_init(&text, sizeof start / 2);
            json_writer_init(&writer, &text);
            json_tree(&writer, last);
            snprintf(start, sizeof start, ",'ExclusiveStartKey':%s", buf_string(&text));
            buf_done(&text);
        }
    } while (last);
}

static void expect_index_to_match(struct shop *shop)
{
    int64_t count[2], sum[2];

    sum_up(shop, "", &count[0], &sum[0]);
    sum_up(shop, ",'IndexName':'by-g'", &count[1], &sum[1]);
    assert_int_equal(count[0], count[1]);
    assert_int_equal(sum[0], sum[1]);
    call(shop, "DescribeTable", "%s", "{'TableName':'big'}");
    assert_int_equal(json_integer_member(answer_at(shop, "Table.GlobalSecondaryIndexes.0"),
                         "ItemCount", -1),
        count[0]);
}

static void an_index_made_under_writes_holds_what_the_items_say(void **state)
{
    struct shop shop;

    seed = 99;
    open_full(&shop);
    for (int i = 0; i < 300 || !is_active(&shop); i++)
        write_one(&shop);
    expect_index_to_match(&shop);
    shop_close(&shop);
    (void)state;
}

static void an_index_made_across_restarts_holds_what_the_items_say(void **state)
{
    struct shop shop;
    int times = 0;

    seed = 7;
    open_full(&shop);
    do {
        shop_stop(&shop);
        shop_start(&shop);
        write_one(&shop);
    } while (++times < 3);
    while (!is_active(&shop))
        write_one(&shop);
    expect_index_to_match(&shop);
    shop_close(&shop);
    (void)state;
}

static void an_index_is_not_read_before_it_is_filled(void **state)
{
    struct shop shop;

    seed = 1;
    open_full(&shop);
    /* Its answer says so; the writer fills 500 items a commit. */
    assert_true(
        text_is(answer_at(&shop, "TableDescription.GlobalSecondaryIndexes.0.IndexStatus")->text,
            "CREATING"));
    assert_int_equal(
        answer_at(&shop, "TableDescription.GlobalSecondaryIndexes.0.Backfilling")->kind, JSON_TRUE);
    call(&shop, "Scan", "%s", "{'TableName':'big','IndexName':'by-g','Limit':1}");
    if (shop.status == 200)
        assert_true(is_active(&shop));
    else
        expect_fault(&shop, "ValidationException",
            "Cannot read from backfilling global secondary index: by-g");
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_made_under_writes_holds_what_the_items_say),
        cmocka_unit_test(an_index_made_across_restarts_holds_what_the_items_say),
        cmocka_unit_test(an_index_is_not_read_before_it_is_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
