#include "tests/unit/transact_shop.h"

#include <sqlite3.h>

#include "base/mem.h"

#define ADD(token, by, more)                                                                       \
    "{'ClientRequestToken':'" token "','TransactItems':[{'Update':{" BOOK(                         \
        "count") ",'UpdateExpression':'ADD n :n','ExpressionAttributeValues':{':n':{'N':'" by      \
                 "'}}}}]" more "}"
#define COUNT(shop, n)                                                                             \
    EXPECT_CALL(shop, "GetItem", "{" BOOK("count") "}",                                            \
        "{'Item':{'id':{'S':'count'},'n':{'N':'" n "'}}}")
#define MISMATCH                                                                                   \
    "DynamoDB rejected the request because you retried a request with a different payload but "    \
    "with an idempotent token that was already used."

static void a_token_stands_for_its_request(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ",'ReturnConsumedCapacity':'TOTAL'"),
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':2.0,"
        "'WriteCapacityUnits':2.0}]}");
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ""), "{}");
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ",'ReturnConsumedCapacity':'INDEXES'"),
        "{'ConsumedCapacity':[{'TableName':'books','CapacityUnits':2.0,'ReadCapacityUnits':2.0,"
        "'Table':{'CapacityUnits':2.0,'ReadCapacityUnits':2.0}}]}");
    COUNT(shop, "1");
    call(shop, "TransactWriteItems", "%s", ADD("t1", "2", ""));
    assert_string_equal(buf_string(&shop->answer),
        wanted(shop, "{'__type':'com.amazonaws.dynamodb.v20120810#"
                     "IdempotentParameterMismatchException','Message':'" MISMATCH
                     "','message':'" MISMATCH "'}"));
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t2", "2", ""), "{}");
    COUNT(shop, "3");
    /* Kept across a restart. */
    shop_stop(shop);
    shop_start(shop);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "1", ""), "{}");
    EXPECT_FAULT(shop, "TransactWriteItems", ADD("t1", "7", ""),
        "IdempotentParameterMismatchException", MISMATCH);
    COUNT(shop, "3");
    /* Other accounts and regions have tokens of their own. */
    memcpy(shop->identity.region, "us-east-1", 10);
    call(shop, "CreateTable", "%s", make_table[0]);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("t1", "5", ""), "{}");
    COUNT(shop, "5");
    memcpy(shop->identity.region, "eu-west-1", 10);
    COUNT(shop, "3");
}

static void the_order_of_members_and_sets_does_not_make_another_request(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "TransactWriteItems",
        "{'ClientRequestToken':'o','TransactItems':[{'Put':{'TableName':'books','Item':{"
        "'id':{'S':'o'},'s':{'SS':['b','a']},'l':{'L':[{'N':'1'},{'N':'2'}]}},"
        "'ConditionExpression':'attribute_not_exists(id)'}}]}",
        "{}");
    EXPECT_CALL(shop, "TransactWriteItems",
        "{'TransactItems':[{'Put':{'ConditionExpression':'attribute_not_exists(id)','Item':{"
        "'l':{'L':[{'N':'1'},{'N':'2'}]},'s':{'SS':['a','b']},'id':{'S':'o'}},"
        "'TableName':'books','ExpressionAttributeNames':null}}],'ClientRequestToken':'o'}",
        "{}");
    EXPECT_FAULT(shop, "TransactWriteItems",
        "{'TransactItems':[{'Put':{'ConditionExpression':'attribute_not_exists(id)','Item':{"
        "'l':{'L':[{'N':'2'},{'N':'1'}]},'s':{'SS':['a','b']},'id':{'S':'o'}},"
        "'TableName':'books'}}],'ClientRequestToken':'o'}",
        "IdempotentParameterMismatchException", MISMATCH);
}

static void a_cancelled_transaction_leaves_its_token_free(void **state)
{
    struct shop *shop = *state;
    static const char body[] = "{'ClientRequestToken':'c','TransactItems':[{'Update':{" BOOK(
        "count") ",'UpdateExpression':'ADD n :n','ConditionExpression':'n = :n',"
                 "'ExpressionAttributeValues':{':n':{'N':'3'}}}}]}";

    call(shop, "TransactWriteItems", "%s", body);
    expect_cancelled(shop, "ConditionalCheckFailed",
        "[{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'}]");
    call(shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'count'},'n':{'N':'3'}}}");
    EXPECT_CALL(shop, "TransactWriteItems", body, "{}");
    COUNT(shop, "6");
    EXPECT_CALL(shop, "TransactWriteItems", body, "{}");
    COUNT(shop, "6");
}

static int count_tokens(struct shop *shop)
{
    sqlite3_stmt *statement = NULL;
    char path[4200];
    sqlite3 *db;
    int count;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM tokens", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void a_token_is_forgotten_after_ten_minutes(void **state)
{
    struct shop *shop = *state;

    shop_stop(shop);
    clock_fix(UINT64_C(1795000000) * CLOCK_SECOND);
    shop_start(shop);
    for (int i = 0; i < 20; i++) {
        call(shop, "TransactWriteItems",
            "{'ClientRequestToken':'%d','TransactItems':[{'Delete':{" BOOK("x") "}}]}", i);
        expect(shop, "{}");
    }
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    clock_advance(599 * CLOCK_SECOND);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    COUNT(shop, "1");
    assert_int_equal(count_tokens(shop), 21);
    clock_advance(1 * CLOCK_SECOND);
    EXPECT_CALL(shop, "TransactWriteItems", ADD("late", "1", ""), "{}");
    COUNT(shop, "2");
    /* A new token takes a few old ones away, a start all of them. */
    assert_int_equal(count_tokens(shop), 17);
    shop_stop(shop);
    shop_start(shop);
    call(shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'x'}}}");
    call(shop, "DeleteItem", "%s", "{" BOOK("x") "}");
    assert_int_equal(count_tokens(shop), 1);
}

static void a_second_request_does_not_overtake_the_first(void **state)
{
    struct shop *shop = *state;
    struct pending pending[2] = {{0}};
    struct arena *arena[2];
    struct buf body;
    struct error err;

    buf_init(&body, 4096);
    add_quoted(&body, ADD("busy", "1", ""));
    for (int i = 0; i < 2; i++) {
        arena[i] = arena_new(1 << 20, &err);
        assert_non_null(arena[i]);
        tables_call(shop->tables, &shop->identity, TEXT("TransactWriteItems"), buf_view(&body),
            arena[i], note_answer, &pending[i]);
    }
    assert_int_equal(pending[1].status, 400);
    assert_string_equal(pending[1].text,
        wanted(shop, "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionInProgressException',"
                     "'Message':'The transaction with the given request token is already in "
                     "progress.','message':'The transaction with the given request token is "
                     "already in progress.'}"));
    for (int i = 0; i < 1000000 && !pending[0].status; i++)
        uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
    assert_int_equal(pending[0].status, 200);
    assert_string_equal(pending[0].text, "{}");
    COUNT(shop, "1");
    for (int i = 0; i < 2; i++)
        arena_free(arena[i]);
    buf_done(&body);
}

static bool has_number(struct shop *shop, const char *table, const char *key, int number)
{
    char wanted_number[16];

    snprintf(wanted_number, sizeof wanted_number, "%d", number);
    call(shop, "GetItem", "{'TableName':'%s','Key':%s}", table, key);
    assert_int_equal(shop->status, 200);
    return answer_at(shop, "Item.n.N") && text_is(answer_at(shop, "Item.n.N")->text, wanted_number);
}

/* Whatever fails: all or nothing, and the token is kept with the effect or not at all. */
static void a_transaction_survives_every_failed_allocation(void **state)
{
    struct shop *shop = *state;
    int good = 0, bad = 0;

    for (int nth = 1; good < 40; nth++) {
        assert_true(nth < 2000);
        buf_clear(&shop->request);
        buf_add_format(&shop->request,
            "{\"ClientRequestToken\":\"m%d\",\"TransactItems\":[{\"Update\":{\"TableName\":"
            "\"books\",\"Key\":{\"id\":{\"S\":\"a\"}},\"UpdateExpression\":\"SET n = :n\","
            "\"ExpressionAttributeValues\":{\":n\":{\"N\":\"%d\"}}}},{\"Put\":{\"TableName\":"
            "\"lines\",\"Item\":{\"h\":{\"S\":\"a\"},\"r\":{\"N\":\"1\"},\"g\":{\"S\":\"g%d\"},"
            "\"n\":{\"N\":\"%d\"}}}}]}",
            nth, nth, nth % 3, nth);
        mem_fail_at(nth);
        send_request(shop, "TransactWriteItems");
        mem_fail_at(0);
        assert_true(shop->status == 200 || shop->status == 500);
        good = shop->status == 200 ? good + 1 : 0;
        bad += shop->status != 200;
        assert_int_equal(has_number(shop, "books", "{'id':{'S':'a'}}", nth), good > 0);
        assert_int_equal(has_number(shop, "lines", "{'h':{'S':'a'},'r':{'N':'1'}}", nth), good > 0);
    }
    assert_true(bad > 10);
    EXPECT_CALL(shop, "Scan", "{'TableName':'lines','IndexName':'by-g','Select':'COUNT'}",
        "{'Count':1,'ScannedCount':1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_transaction_survives_every_failed_allocation, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_token_stands_for_its_request, open_file, close_shop),
        cmocka_unit_test_setup_teardown(the_order_of_members_and_sets_does_not_make_another_request,
            open_memory, close_shop),
        cmocka_unit_test_setup_teardown(a_cancelled_transaction_leaves_its_token_free, open_memory,
            close_shop),
        cmocka_unit_test_setup_teardown(a_token_is_forgotten_after_ten_minutes, open_file,
            close_shop),
        cmocka_unit_test_setup_teardown(a_second_request_does_not_overtake_the_first, open_memory,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
