#include "tests/unit/tables_support.h"

#include <sqlite3.h>
#include <time.h>

/* Tables and indexes that are too large to go in one commit. */
enum { ITEMS = 4000 };

#define CREATE(name)                                                                               \
    "{'TableName':'" name "','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["             \
    "{'AttributeName':'id','AttributeType':'N'},{'AttributeName':'g','AttributeType':'N'}],"       \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],'GlobalSecondaryIndexes':["             \
    "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"                    \
    "'Projection':{'ProjectionType':'ALL'}}]}"

static void put(struct shop *shop, const char *table, int id)
{
    call(shop, "PutItem", "{'TableName':'%s','Item':{'id':{'N':'%d'},'g':{'N':'%d'}}}", table, id,
        id % 10);
    assert_int_equal(shop->status, 200);
}

static void open_full(struct shop *shop)
{
    shop_open(shop, false);
    call(shop, "CreateTable", "%s", CREATE("big"));
    for (int id = 0; id < ITEMS; id += 25) {
        buf_clear(&shop->request);
        buf_add_string(&shop->request, "{\"RequestItems\":{\"big\":[");
        for (int i = id; i < id + 25; i++)
            buf_add_format(&shop->request,
                "%s{\"PutRequest\":{\"Item\":{\"id\":{\"N\":\"%d\"},\"g\":{\"N\":\"%d\"},\"v\":"
                "{\"S\":\"%0*d\"}}}}",
                i > id ? "," : "", i, i % 10, i % 100 ? 20 : 3000, 0);
        buf_add_string(&shop->request, "]}}");
        send_request(shop, "BatchWriteItem");
        assert_int_equal(shop->status, 200);
    }
}

/* The first column of the first row of a query on the file. */
static int64_t ask_file(struct shop *shop, const char *sql)
{
    sqlite3_stmt *statement;
    char path[4096];
    int64_t found;
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

/* Waits until a query on the file says 0: at most 20 s. */
static void wait_for_none(struct shop *shop, const char *sql)
{
    struct timespec now, end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 20;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (ask_file(shop, sql) > 0 && now.tv_sec < end.tv_sec);
    assert_int_equal(ask_file(shop, sql), 0);
}

static void a_large_index_goes_in_slices_and_survives_a_restart(void **state)
{
    struct shop shop;
    int64_t left;

    open_full(&shop);
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'big','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_true(
        text_is(answer_at(&shop, "TableDescription.GlobalSecondaryIndexes.0.IndexStatus")->text,
            "DELETING"));
    assert_int_equal(answer_at(&shop, "TableDescription.AttributeDefinitions")->count, 1);
    shop_stop(&shop);
    left = ask_file(&shop, "SELECT count(*) FROM i_1_1");
    assert_true(left > 0 && left < ITEMS);
    shop_start(&shop);
    EXPECT_INVALID(&shop, "Scan", "{'TableName':'big','IndexName':'by-g'}",
        "The table does not have the specified index: by-g");
    put(&shop, "big", ITEMS);
    wait_for_none(&shop, "SELECT count(*) FROM sqlite_schema WHERE name = 'i_1_1'");
    /* The description follows its commit. */
    do
        call(&shop, "DescribeTable", "%s", "{'TableName':'big'}");
    while (answer_at(&shop, "Table.GlobalSecondaryIndexes"));
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'big','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'N'}],"
        "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'again','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}}]}");
    assert_int_equal(shop.status, 200);
    do
        call(&shop, "DescribeTable", "%s", "{'TableName':'big'}");
    while (
        !text_is(answer_at(&shop, "Table.GlobalSecondaryIndexes.0.IndexStatus")->text, "ACTIVE"));
    assert_true(
        text_is(answer_at(&shop, "Table.GlobalSecondaryIndexes.0.ItemCount")->text, "4001"));
    shop_close(&shop);
    (void)state;
}

struct reply {
    int status;
    char body[1024];
};

static void keep_reply(void *user, int status, struct text body)
{
    struct reply *reply = user;

    reply->status = status;
    snprintf(reply->body, sizeof reply->body, "%.*s", (int)body.length, body.data);
}

/* Both are in the writer's queue before it begins: no more than a slice lies between them. */
static void no_second_index_changes_while_one_goes(void **state)
{
    static const char *const bodies[2] = {
        "{\"TableName\":\"big\",\"GlobalSecondaryIndexUpdates\":"
        "[{\"Delete\":{\"IndexName\":\"by-g\"}}]}",
        "{\"TableName\":\"big\",\"AttributeDefinitions\":[{\"AttributeName\":\"g\","
        "\"AttributeType\":\"N\"}],\"GlobalSecondaryIndexUpdates\":[{\"Create\":"
        "{\"IndexName\":\"again\",\"KeySchema\":[{\"AttributeName\":\"g\",\"KeyType\":"
        "\"HASH\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}}]}",
    };
    struct reply reply[2] = {{0}};
    struct shop shop;

    open_full(&shop);
    arena_reset(shop.arena);
    for (size_t i = 0; i < 2; i++)
        tables_call(shop.tables, &shop.identity, TEXT("UpdateTable"), text_of(bodies[i]),
            shop.arena, keep_reply, &reply[i]);
    for (int i = 0; i < 1000000 && !reply[1].status; i++)
        uv_run((uv_loop_t *)http_server_loop(shop.server), UV_RUN_ONCE);
    assert_int_equal(reply[0].status, 200);
    assert_string_equal(reply[1].body,
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#LimitExceededException\",\"message\":"
        "\"Subscriber limit exceeded: Only 1 online index can be created or deleted "
        "simultaneously per table\"}");
    shop_close(&shop);
    (void)state;
}

static void a_large_table_goes_in_slices_and_its_name_at_once(void **state)
{
    struct shop shop;

    open_full(&shop);
    call(&shop, "DeleteTable", "%s", "{'TableName':'big'}");
    assert_true(text_is(answer_at(&shop, "TableDescription.TableStatus")->text, "DELETING"));
    EXPECT_FAULT(&shop, "GetItem", "{'TableName':'big','Key':{'id':{'N':'1'}}}",
        "ResourceNotFoundException", "Requested resource not found");
    shop_stop(&shop);
    assert_true(ask_file(&shop, "SELECT count(*) FROM drops") >= 1);
    assert_true(ask_file(&shop, "SELECT count(*) FROM drops") <= 3); /* d_1, x_1, i_1_1 */
    shop_start(&shop);
    call(&shop, "CreateTable", "%s", CREATE("big"));
    assert_int_equal(shop.status, 200);
    for (int id = 0; id < 50; id++)
        put(&shop, "big", id);
    wait_for_none(&shop, "SELECT count(*) FROM drops");
    assert_int_equal(ask_file(&shop, "SELECT count(*) FROM sqlite_schema WHERE name IN ('d_1', "
                                     "'x_1', 'i_1_1')"),
        0);
    assert_int_equal(ask_file(&shop, "SELECT count(*) FROM counters WHERE table_id = 1"), 0);
    call(&shop, "Scan", "%s", "{'TableName':'big','IndexName':'by-g','Select':'COUNT'}");
    assert_int_equal(answer_integer(&shop, "Count"), 50);
    shop_close(&shop);
    (void)state;
}

static void small_ones_go_at_once(void **state)
{
    struct shop shop;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", CREATE("small"));
    for (int id = 0; id < 20; id++)
        put(&shop, "small", id);
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'small','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_null(answer_at(&shop, "TableDescription.GlobalSecondaryIndexes"));
    call(&shop, "DeleteTable", "%s", "{'TableName':'small'}");
    assert_int_equal(shop.status, 200);
    assert_int_equal(ask_file(&shop,
                         "SELECT (SELECT count(*) FROM drops) + "
                         "(SELECT count(*) FROM sqlite_schema WHERE name GLOB 'd_[0-9]*')"),
        0);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_index_goes_in_slices_and_survives_a_restart),
        cmocka_unit_test(no_second_index_changes_while_one_goes),
        cmocka_unit_test(a_large_table_goes_in_slices_and_its_name_at_once),
        cmocka_unit_test(small_ones_go_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
