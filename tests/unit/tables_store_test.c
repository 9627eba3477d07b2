#include "tests/unit/tables_support.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define MAKE                                                                                       \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'},{'AttributeName':'g','AttributeType':'N'}],"       \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],'GlobalSecondaryIndexes':["             \
    "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"                    \
    "'Projection':{'ProjectionType':'ALL'}}]}"

static const char *database(struct shop *shop)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    return path;
}

static void what_was_answered_is_there_after_a_restart(void **state)
{
    struct shop shop;
    char described[4096];

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    assert_int_equal(shop.status, 200);
    call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'g':{'N':'1'}}}%s", "");
    call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'big'},'d':{'S':'%05000d'}}}",
        0);
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    snprintf(described, sizeof described, "%s", buf_string(&shop.answer));
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_string_equal(buf_string(&shop.answer), described);
    EXPECT_CALL(&shop, "Scan", "{'TableName':'books','IndexName':'by-g'}",
        "{'Items':[{'g':{'N':'1'},'id':{'S':'a'}}],'Count':1,'ScannedCount':1}");
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'big'}}}");
    assert_int_equal(answer_at(&shop, "Item.d.S")->text.length, 5000);
    shop_close(&shop);
    (void)state;
}

static void large_items_leave_nothing_behind(void **state)
{
    struct shop shop;
    sqlite3 *db;
    sqlite3_stmt *statement;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    for (int i = 0; i < 3; i++) {
        call(&shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'x'},'g':{'N':'1'},'d':{'S':'%0*d'}}}",
            2000 + i, 0);
        assert_int_equal(shop.status, 200);
        call(&shop, "Query", "%s",
            "{'TableName':'books','IndexName':'by-g','KeyConditionExpression':'g = :g',"
            "'ExpressionAttributeValues':{':g':{'N':'1'}}}");
        assert_int_equal(answer_at(&shop, "Items.0.d.S")->text.length, 2000 + i);
    }
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'x'},'g':{'N':'1'}}}");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'x'}}}",
        "{'Item':{'g':{'N':'1'},'id':{'S':'x'}}}");
    call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'y'},'d':{'S':'%02000d'}}}", 0);
    call(&shop, "DeleteItem", "%s", "{'TableName':'books','Key':{'id':{'S':'y'}}}");
    shop_stop(&shop);
    assert_int_equal(sqlite3_open(database(&shop), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM x_1", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    shop_start(&shop);
    shop_close(&shop);
    (void)state;
}

static void check_refused(struct shop *shop, const char *said)
{
    struct tables_options options = {.folder = buf_string(&shop->folder), .server = shop->server};
    struct error err = {0};
    char expected[8192];

    assert_null(tables_new(&options, &err));
    snprintf(expected, sizeof expected, "%s: %s", database(shop), said);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.code, ERROR_INVALID);
    assert_true(err.hint[0]);
}

static void run_sql(struct shop *shop, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(database(shop), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void files_of_others_are_left_alone(void **state)
{
    struct error err = {0};
    struct shop shop;

    shop_open(&shop, false);
    tables_free(shop.tables);
    shop.tables = NULL;
    run_sql(&shop, "PRAGMA user_version = 99");
    check_refused(&shop, "written by a newer gatehouse (version 99, here 2)");
    run_sql(&shop, "PRAGMA user_version = 1; PRAGMA application_id = 7");
    check_refused(&shop, "a SQLite file of another program");
    assert_int_equal(file_write(database(&shop),
                         TEXT("this is not a database, but some text that "
                              "is long enough to be taken for a header of "
                              "one, were it to begin like one"),
                         0600, &err),
        ERROR_NONE);
    check_refused(&shop, "not a tables file of gatehouse");
    shop_close(&shop);
    (void)state;
}

static void a_file_of_an_earlier_version_is_brought_forward(void **state)
{
    struct shop shop;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'x'},'g':{'N':'1'}}}");
    tables_free(shop.tables);
    shop.tables = NULL;
    run_sql(&shop, "DROP TABLE tokens; DROP TABLE streams; DROP TABLE drops; DROP TABLE backups; "
                   "DROP TABLE transfers; DROP TABLE recorded; PRAGMA user_version = 1");
    http_server_free(shop.server);
    shop_start(&shop);
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'x'}}}",
        "{'Item':{'g':{'N':'1'},'id':{'S':'x'}}}");
    tables_free(shop.tables);
    shop.tables = NULL;
    /* Fails unless the table is there again. */
    run_sql(&shop, "SELECT count(*) FROM tokens");
    shop_close(&shop);
    (void)state;
}

/* Two places in one: the child writes numbers and says which are acknowledged. */
struct crash {
    int pipe;
    struct shop *shop;
    int next;
};

struct crash_write {
    struct crash *crash;
    struct arena *arena;
    char body[256];
    int number;
};

static void write_next(struct crash_write *write);

static void written(void *user, int status, struct text body)
{
    struct crash_write *one = user;

    (void)body;
    if (status == 200 && one->crash->pipe >= 0 &&
        write(one->crash->pipe, &one->number, sizeof one->number) > 0)
        write_next(one);
}

static void write_next(struct crash_write *write)
{
    struct crash *crash = write->crash;

    write->number = crash->next++;
    arena_reset(write->arena);
    snprintf(write->body, sizeof write->body,
        "{\"TableName\":\"books\",\"Item\":{\"id\":{\"S\":\"%d\"},\"g\":{\"N\":\"%d\"}}}",
        write->number, write->number % 7);
    tables_call(crash->shop->tables, &crash->shop->identity, TEXT("PutItem"), text_of(write->body),
        write->arena, written, write);
}

/* Writes with eight requests at a time until it is killed. */
static void run_child(struct shop *shop, int first, int pipe)
{
    struct crash crash = {.pipe = pipe, .shop = shop, .next = first};
    struct crash_write write[8];
    struct error err;

    shop_start(shop);
    for (int i = 0; i < 8; i++) {
        write[i] = (struct crash_write){.crash = &crash, .arena = arena_new(1 << 20, &err)};
        write_next(&write[i]);
    }
    for (;;)
        uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
}

static void a_killed_server_loses_nothing_it_acknowledged(void **state)
{
    static bool acknowledged[200000];
    struct shop shop;
    int first = 0, total = 0;
    int64_t items;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    shop_stop(&shop);
    for (int round = 0; round < 6; round++) {
        int ends[2], number, count = 0;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
            close(ends[0]);
            run_child(&shop, first, ends[1]);
        }
        close(ends[1]);
        while (count < 200 + 130 * round && read(ends[0], &number, sizeof number) > 0) {
            acknowledged[number] = true;
            count++;
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(ends[0], &number, sizeof number) > 0) {
            acknowledged[number] = true;
            count++;
        }
        close(ends[0]);
        assert_true(count >= 200);
        total += count;
        first += 20000;
    }
    shop_start(&shop);
    for (int number = 0; number < first; number++) {
        if (!acknowledged[number])
            continue;
        call(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'%d'}}}", number);
        if (!answer_at(&shop, "Item"))
            fail_msg("%d was acknowledged and is lost", number);
    }
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    items = json_integer_member(answer_at(&shop, "Table"), "ItemCount", -1);
    /* What was written and not yet acknowledged may be there as well: eight at a time. */
    assert_true(items >= total && items <= total + 6 * 8);
    call(&shop, "Scan", "%s", "{'TableName':'books','Select':'COUNT'}");
    assert_int_equal(answer_integer(&shop, "Count"), items);
    call(&shop, "Scan", "%s", "{'TableName':'books','IndexName':'by-g','Select':'COUNT'}");
    assert_int_equal(answer_integer(&shop, "Count"), items);
    shop_close(&shop);
    (void)state;
}

static void an_interrupted_backfill_goes_on_after_a_restart(void **state)
{
    const struct json *status = NULL;
    struct shop shop;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    for (int i = 0; i < 4000; i += 25) {
        struct buf body;

        buf_init(&body, 1 << 20);
        for (int j = i; j < i + 25; j++)
            buf_add_format(&body, "%s{'PutRequest':{'Item':{'id':{'S':'%d'},'x':{'S':'x%d'}}}}",
                j > i ? "," : "", j, j % 10);
        call(&shop, "BatchWriteItem", "{'RequestItems':{'books':[%s]}}", buf_string(&body));
        assert_int_equal(shop.status, 200);
        buf_done(&body);
    }
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'books','AttributeDefinitions':[{'AttributeName':'x','AttributeType':'S'}],"
        "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'by-x','KeySchema':["
        "{'AttributeName':'x','KeyType':'HASH'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}}]}");
    assert_int_equal(shop.status, 200);
    shop_stop(&shop);
    shop_start(&shop);
    for (uint64_t start = clock_monotonic(); !(status && text_is(status->text, "ACTIVE")) &&
                                             clock_monotonic() - start < 20 * CLOCK_SECOND;) {
        call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
        status = answer_at(&shop, "Table.GlobalSecondaryIndexes.1.IndexStatus");
    }
    assert_true(
        text_is(answer_at(&shop, "Table.GlobalSecondaryIndexes.1.ItemCount")->text, "4000"));
    call(&shop, "Scan", "%s", "{'TableName':'books','IndexName':'by-x','Select':'COUNT'}");
    assert_int_equal(answer_integer(&shop, "Count"), 4000);
    shop_close(&shop);
    (void)state;
}

static void requests_under_way_are_finished_at_the_end(void **state)
{
    struct crash crash = {.pipe = -1};
    struct crash_write write = {.crash = &crash};
    struct error err;
    struct shop shop;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    crash.shop = &shop;
    crash.next = 42;
    write.arena = arena_new(1 << 20, &err);
    write_next(&write);
    shop_stop(&shop); /* the answer comes while it stops */
    shop_start(&shop);
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'42'}}}");
    assert_non_null(answer_at(&shop, "Item"));
    arena_free(write.arena);
    shop_close(&shop);
    (void)state;
}

static void an_index_made_again_counts_from_nothing(void **state)
{
    struct shop shop;
    const struct json *index = NULL;

    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE);
    for (int i = 0; i < 3; i++)
        call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'b%d'},'g':{'N':'%d'}}}", i,
            i);
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'books','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_int_equal(shop.status, 200);
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'books','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'N'}],"
        "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'again','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}");
    assert_int_equal(shop.status, 200);
    shop_stop(&shop);
    shop_start(&shop);
    for (int i = 0; i < 5000 && !index; i++) {
        call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
        index = answer_at(&shop, "Table.GlobalSecondaryIndexes.0");
        if (!text_is(json_string_member(index, "IndexStatus"), "ACTIVE"))
            index = NULL;
    }
    assert_int_equal(json_integer_member(index, "ItemCount", -1), 3);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_made_again_counts_from_nothing),
        cmocka_unit_test(what_was_answered_is_there_after_a_restart),
        cmocka_unit_test(large_items_leave_nothing_behind),
        cmocka_unit_test(files_of_others_are_left_alone),
        cmocka_unit_test(a_file_of_an_earlier_version_is_brought_forward),
        cmocka_unit_test(a_killed_server_loses_nothing_it_acknowledged),
        cmocka_unit_test(an_interrupted_backfill_goes_on_after_a_restart),
        cmocka_unit_test(requests_under_way_are_finished_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
