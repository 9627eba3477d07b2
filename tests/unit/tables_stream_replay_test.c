#include "tests/unit/tables_stream_support.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "tests/unit/random_value.h"

/*
 * A seeded random history of writes of every kind. Replaying the stream onto an empty map gives the
 * table, and each old image is what the replay had under the key: nothing is left out, nothing
 * comes twice, nothing is out of order.
 */
enum { STEPS = 1500, KEYS = 30, PAGE = 97 };

static uint64_t seed;

static size_t roll(size_t sides)
{
    return random_below(&seed, sides);
}

#define CREATE                                                                                     \
    "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                   \
    "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'g','AttributeType':'N'}],"        \
    "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'}],'GlobalSecondaryIndexes':["              \
    "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"                    \
    "'Projection':{'ProjectionType':'KEYS_ONLY'}}],"                                               \
    "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}"

/* One write as a member of a transaction: {"Put":{..}}. Values repeat, so that some change nothing. */
static void add_action(struct buf *out, const char *table, size_t key)
{
    switch (roll(4)) {
    case 0:
        buf_add_format(out, "{'Delete':{'TableName':'%s','Key':{'h':{'S':'k%zu'}}}}", table, key);
        break;
    case 1:
        buf_add_format(out,
            "{'Update':{'TableName':'%s','Key':{'h':{'S':'k%zu'}},"
            "'UpdateExpression':'SET g = :g REMOVE v','ExpressionAttributeValues':"
            "{':g':{'N':'%zu'}}}}",
            table, key, roll(3));
        break;
    default:
        buf_add_format(out,
            "{'Put':{'TableName':'%s','Item':{'h':{'S':'k%zu'},'g':{'N':'%zu'},'v':{'S':'%0*d'}}}}",
            table, key, roll(3), roll(8) ? (int)roll(3) + 1 : 1500, 7);
        break;
    }
}

/* The same as a request of its own, taken out of {"Name":{..}}. */
static void write_one(struct shop *shop, size_t key)
{
    static const char *const operations[] = {"Put", "Update", "Delete"};
    struct buf action;
    char name[16];

    buf_init(&action, 8192);
    add_action(&action, "one", key);
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(operations[i]);

        if (strncmp(buf_string(&action) + 2, operations[i], length) != 0)
            continue;
        snprintf(name, sizeof name, "%sItem", operations[i]);
        buf_cut(&action, action.length - 1);
        call(shop, name, "%s", buf_string(&action) + length + 4);
        assert_int_equal(shop->status, 200);
    }
    buf_done(&action);
}

static void write_batch(struct shop *shop, size_t key)
{
    call(shop, "BatchWriteItem",
        "{'RequestItems':{'one':[{'PutRequest':{'Item':{'h':{'S':'k%zu'},'n':{'N':'%zu'}}}},"
        "{'DeleteRequest':{'Key':{'h':{'S':'k%zu'}}}}]}}",
        key, roll(2), (key + 1) % KEYS);
    assert_int_equal(shop->status, 200);
}

/* Some are cancelled, and leave nothing. */
static void write_transaction(struct shop *shop, size_t key)
{
    struct buf actions;

    buf_init(&actions, 64 * 1024);
    for (size_t i = 0; i < 3; i++) {
        add_action(&actions, i == 1 ? "two" : "one", (key + i) % KEYS);
        buf_add_char(&actions, ',');
    }
    buf_add_format(&actions,
        "{'ConditionCheck':{'TableName':'one','Key':{'h':{'S':'k%zu'}},"
        "'ConditionExpression':'attribute_exists(h)'}}",
        (key + 3) % KEYS);
    call(shop, "TransactWriteItems", "{'TransactItems':[%s]}", buf_string(&actions));
    assert_true(shop->status == 200 ||
                text_ends_with(answer_at(shop, "__type")->text, TEXT("CanceledException")));
    buf_done(&actions);
}

static void write_statement(struct shop *shop, size_t key)
{
    call(shop, "ExecuteStatement",
        "{'Statement':'UPDATE \\\"one\\\" SET p = ? WHERE h = ?','Parameters':[{'N':'%zu'},"
        "{'S':'k%zu'}]}",
        roll(2), key);
    assert_true(shop->status == 200 || shop->status == 400); /* the item may be missing */
}

static char *tree_text(const struct json *tree)
{
    struct json_writer writer;
    struct buf out;
    char *copy;

    buf_init(&out, 1024 * 1024);
    json_writer_init(&writer, &out);
    json_tree(&writer, tree);
    copy = mem_copy_string(buf_string(&out));
    buf_done(&out);
    assert_non_null(copy);
    return copy;
}

static void replay_record(struct map *replica, const struct json *change)
{
    const struct json *new = json_member(change, "NewImage");
    const struct json *old = json_member(change, "OldImage");
    char *key = tree_text(json_member(change, "Keys"));
    char *had = map_remove(replica, text_of(key));
    char *says = old ? tree_text(old) : NULL;

    assert_int_equal(had != NULL, says != NULL);
    if (had)
        assert_string_equal(had, says);
    if (new)
        assert_true(map_set(replica, text_of(key), tree_text(new)));
    mem_free(key);
    mem_free(had);
    mem_free(says);
}

static void replay(struct shop *shop, struct tail *tail, struct map *replica)
{
    const struct json *records;
    size_t count;

    do {
        count = read_records(shop, tail, PAGE);
        assert_int_equal(shop->status, 200);
        records = answer_at(shop, "Records");
        for (const struct json *node = records->first; node; node = node->next)
            replay_record(replica, json_member(node, "dynamodb"));
    } while (count > 0);
}

static void expect_replica(struct shop *shop, const char *table, struct map *replica)
{
    const struct json *items;

    call(shop, "Scan", "{'TableName':'%s'}", table);
    items = answer_at(shop, "Items");
    assert_int_equal(items->count, map_count(replica));
    for (const struct json *node = items->first; node; node = node->next) {
        char key[64], *item = tree_text(node);
        const char *had;

        snprintf(key, sizeof key, "{\"h\":{\"S\":\"%.*s\"}}",
            (int)json_at(node, "h.S")->text.length, json_at(node, "h.S")->text.data);
        had = map_get(replica, text_of(key));
        assert_non_null(had);
        assert_string_equal(had, item);
        mem_free(item);
    }
}

static void free_replica(struct map *replica)
{
    size_t at = 0;
    struct text key;
    void *value;

    while (map_next(replica, &at, &key, &value))
        mem_free(value);
    map_free(replica);
}

static void replaying_a_stream_gives_the_table(void **state)
{
    struct map *replica[2] = {map_new(), map_new()};
    static const char *const names[2] = {"one", "two"};
    struct tail tail[2];
    struct shop shop;

    seed = 4711;
    shop_open(&shop, false);
    for (size_t i = 0; i < 2; i++) {
        call(&shop, "CreateTable", CREATE, names[i]);
        assert_int_equal(shop.status, 200);
        open_tail(&shop, names[i], "TRIM_HORIZON", &tail[i]);
    }
    for (int step = 1; step <= STEPS; step++) {
        size_t kind = roll(10), key = roll(KEYS);

        if (kind == 0)
            write_batch(&shop, key);
        else if (kind == 1)
            write_transaction(&shop, key);
        else if (kind == 2)
            write_statement(&shop, key);
        else
            write_one(&shop, key);
        if (step == STEPS / 2) {
            shop_stop(&shop);
            shop_start(&shop);
        }
        for (size_t i = 0; i < 2 && step % 250 == 0; i++) {
            replay(&shop, &tail[i], replica[i]);
            expect_replica(&shop, names[i], replica[i]);
        }
    }
    free_replica(replica[0]);
    free_replica(replica[1]);
    shop_close(&shop);
    (void)state;
}

/* What is answered with an error is in neither, what is answered well in both. */
static void failed_allocations_leave_no_gap_between_stream_and_table(void **state)
{
    struct map *replica = map_new();
    char whole[65536], iterator[1024];
    struct tail tail;
    struct shop shop;
    int good = 0, bad = 0;

    shop_open(&shop, true);
    call(&shop, "CreateTable", CREATE, "one");
    open_tail(&shop, "one", "TRIM_HORIZON", &tail);
    memcpy(iterator, tail.iterator, sizeof iterator);
    for (long nth = 1; nth <= 60; nth++) {
        buf_clear(&shop.request);
        buf_add_format(&shop.request,
            "{\"TableName\":\"one\",\"Item\":{\"h\":{\"S\":\"k%ld\"},\"v\":{\"N\":\"%ld\"}}}",
            nth % 7, nth);
        mem_fail_at(nth);
        send_request(&shop, "PutItem");
        mem_fail_at(0);
        assert_true(shop.status == 200 || shop.status == 500);
        good += shop.status == 200;
        bad += shop.status == 500;
    }
    assert_true(good > 10 && bad > 1);
    assert_int_equal(read_records(&shop, &tail, 1000), good);
    snprintf(whole, sizeof whole, "%s", buf_string(&shop.answer));
    *strstr(whole, "\"NextShardIterator\"") = '\0';
    bad = 0;
    for (long nth = 1; nth <= 60; nth++) {
        buf_clear(&shop.request);
        buf_add_format(&shop.request, "{\"ShardIterator\":\"%s\"}", iterator);
        mem_fail_at(nth);
        send_request(&shop, "GetRecords");
        mem_fail_at(0);
        assert_true(shop.status == 200 || shop.status == 500);
        bad += shop.status == 500;
        if (shop.status == 200)
            assert_memory_equal(buf_string(&shop.answer), whole, strlen(whole));
    }
    assert_true(bad > 3);
    memcpy(tail.iterator, iterator, sizeof iterator);
    replay(&shop, &tail, replica);
    expect_replica(&shop, "one", replica);
    free_replica(replica);
    shop_close(&shop);
    (void)state;
}

struct asked {
    const char *operation;
    char body[2048], answer[4096];
};

static void no_answer_is_half_right_when_memory_runs_out(void **state)
{
    static struct asked asked[3] = {{.operation = "ListStreams", .body = "{}"},
        {.operation = "DescribeStream"}, {.operation = "GetShardIterator"}};
    struct tail tail;
    struct shop shop;
    int bad = 0;

    clock_fix(UINT64_C(1790000000) * CLOCK_SECOND);
    shop_open(&shop, true);
    call(&shop, "CreateTable", CREATE, "one");
    find_stream(&shop, "one", &tail);
    snprintf(asked[1].body, sizeof asked[1].body, "{\"StreamArn\":\"%s\"}", tail.arn);
    snprintf(asked[2].body, sizeof asked[2].body,
        "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"LATEST\"}", tail.arn,
        tail.shard);
    for (size_t i = 0; i < 3; i++) {
        call(&shop, asked[i].operation, "%s", asked[i].body);
        assert_int_equal(shop.status, 200);
        snprintf(asked[i].answer, sizeof asked[i].answer, "%s", buf_string(&shop.answer));
        for (long nth = 1; nth <= 40; nth++) {
            buf_clear(&shop.request);
            buf_add_string(&shop.request, asked[i].body);
            mem_fail_at(nth);
            send_request(&shop, asked[i].operation);
            mem_fail_at(0);
            bad += shop.status == 500;
            if (shop.status != 500)
                assert_string_equal(buf_string(&shop.answer), asked[i].answer);
        }
    }
    assert_true(bad > 3);
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaying_a_stream_gives_the_table),
        cmocka_unit_test(failed_allocations_leave_no_gap_between_stream_and_table),
        cmocka_unit_test(no_answer_is_half_right_when_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
