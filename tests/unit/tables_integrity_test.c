#include "tests/unit/tables_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Unclean ends, damaged files, clocks that are put back. */

#define NOON UINT64_C(1795000000000) /* ms */
#define MAKE(name)                                                                                 \
    "{'TableName':'" name "','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["             \
    "{'AttributeName':'id','AttributeType':'S'}],"                                                 \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}"

/* What was logged about the file, from whichever thread. */
struct logged {
    pthread_mutex_t lock;
    char about_file[1000];
};

static void note_line(enum log_level level, const char *line, void *user)
{
    struct logged *logged = user;

    (void)level;
    if (!strstr(line, "damage"))
        return;
    pthread_mutex_lock(&logged->lock);
    snprintf(logged->about_file, sizeof logged->about_file, "%s", line);
    pthread_mutex_unlock(&logged->lock);
}

static bool was_logged(struct logged *logged, char *out, size_t size)
{
    pthread_mutex_lock(&logged->lock);
    snprintf(out, size, "%s", logged->about_file);
    logged->about_file[0] = 0;
    pthread_mutex_unlock(&logged->lock);
    return out[0];
}

static void wait_for_line(struct logged *logged, char *out, size_t size)
{
    for (int i = 0; i < 10000; i++) {
        if (was_logged(logged, out, size))
            return;
        usleep(1000);
    }
    fail_msg("nothing was said about the file");
}

/* Runs SQL on the file of a stopped service; returns the first number of its first row. */
static int64_t run_sql(struct shop *shop, const char *sql)
{
    char path[4096];
    sqlite3_stmt *statement;
    int64_t number = 0;
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static void put_many(struct shop *shop, const char *table, int count)
{
    for (int i = 0; i < count; i++) {
        call(shop, "PutItem", "{'TableName':'%s','Item':{'id':{'S':'%d'},'pad':{'S':'%0900d'}}}",
            table, i, i);
        assert_int_equal(shop->status, 200);
    }
}

static void only_an_unclean_end_is_followed_by_a_check(void **state)
{
    struct logged logged = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct shop shop;
    char line[1000];

    log_set_sink(note_line, &logged);
    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE("books"));
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'a'}}}");
    shop_stop(&shop);
    assert_false(was_logged(&logged, line, sizeof line));
    run_sql(&shop, "UPDATE meta SET value = '0' WHERE key = 'clean'");
    shop_start(&shop);
    wait_for_line(&logged, line, sizeof line);
    assert_string_equal(line, "tables: checked after an unclean end: no damage");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'a'}}}",
        "{'Item':{'id':{'S':'a'}}}");
    shop_close(&shop);
    log_set_sink(NULL, NULL);
    (void)state;
}

static void expect_broken(struct shop *shop, const char *operation, const char *body)
{
    call(shop, operation, "%s", body);
    assert_int_equal(shop->status, 500);
    assert_non_null(strstr(buf_string(&shop->answer),
        "InternalServerError\",\"message\":\"The request processing has failed: "));
}

static void a_damaged_file_is_reported_and_the_rest_goes_on(void **state)
{
    struct logged logged = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct shop shop;
    char line[1000], junk[4096];
    int64_t page;
    int file;

    log_set_sink(note_line, &logged);
    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE("broken"));
    call(&shop, "CreateTable", "%s", MAKE("sound"));
    put_many(&shop, "broken", 30);
    put_many(&shop, "sound", 30);
    shop_stop(&shop);
    page = run_sql(&shop, "SELECT rootpage FROM sqlite_schema WHERE name = 'd_1'");
    run_sql(&shop, "UPDATE meta SET value = '0' WHERE key = 'clean'");
    snprintf(line, sizeof line, "%s/tables.db", buf_string(&shop.folder));
    file = open(line, O_WRONLY | O_CLOEXEC);
    memset(junk, 0xA5, sizeof junk);
    assert_int_equal(pwrite(file, junk, sizeof junk, (page - 1) * 4096), sizeof junk);
    close(file);
    shop_start(&shop);
    wait_for_line(&logged, line, sizeof line);
    assert_memory_equal(line, "tables: the file is damaged: ", 29);
    for (int round = 0; round < 2; round++) {
        expect_broken(&shop, "GetItem", "{'TableName':'broken','Key':{'id':{'S':'1'}}}");
        expect_broken(&shop, "Scan", "{'TableName':'broken'}");
        expect_broken(&shop, "PutItem", "{'TableName':'broken','Item':{'id':{'S':'1'}}}");
        expect_broken(&shop, "CreateBackup", "{'TableName':'broken','BackupName':'one'}");
    }
    EXPECT_CALL(&shop, "ListBackups", "{}", "{'BackupSummaries':[]}");
    put_many(&shop, "sound", 31);
    call(&shop, "Scan", "%s", "{'TableName':'sound','Select':'COUNT'}");
    assert_int_equal(answer_integer(&shop, "Count"), 31);
    call(&shop, "CreateBackup", "%s", "{'TableName':'sound','BackupName':'one'}");
    assert_int_equal(shop.status, 200);
    shop_close(&shop);
    log_set_sink(NULL, NULL);
    (void)state;
}

static void a_label(struct shop *shop, char *out, size_t size)
{
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    snprintf(out, size, "%.*s", (int)answer_at(shop, "Table.LatestStreamLabel")->text.length,
        answer_at(shop, "Table.LatestStreamLabel")->text.data);
}

static void set_stream(struct shop *shop, bool on)
{
    call(shop, "UpdateTable", "{'TableName':'books','StreamSpecification':{'StreamEnabled':%s}}",
        on ? "true,'StreamViewType':'NEW_IMAGE'" : "false");
    assert_int_equal(shop->status, 200);
}

static void spend_token(struct shop *shop, const char *token, const char *amount)
{
    call(shop, "TransactWriteItems",
        "{'ClientRequestToken':'%s','TransactItems':[{'Update':{'TableName':'books','Key':{"
        "'id':{'S':'sum'}},'UpdateExpression':'ADD n :n','ExpressionAttributeValues':{':n':{"
        "'N':'%s'}}}}]}",
        token, amount);
    assert_int_equal(shop->status, 200);
}

static void a_clock_put_back_breaks_nothing(void **state)
{
    struct shop shop;
    char first[100], second[100];
    bool gone = false;

    clock_fix(NOON * CLOCK_MS);
    shop_open(&shop, false);
    call(&shop, "CreateTable", "%s", MAKE("books"));
    call(&shop, "UpdateTimeToLive", "%s",
        "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':'end','Enabled':true}}");
    set_stream(&shop, true);
    a_label(&shop, first, sizeof first);
    spend_token(&shop, "one", "1");
    call(&shop, "PutItem", "%s",
        "{'TableName':'books','Item':{'id':{'S':'a'},'end':{'N':'1795000010'}}}");
    call(&shop, "CreateBackup", "%s", "{'TableName':'books','BackupName':'one'}");
    for (int round = 0; round < 3; round++) {
        clock_fix((NOON - 3600000) * CLOCK_MS);
        set_stream(&shop, false);
        set_stream(&shop, true);
        a_label(&shop, second, sizeof second);
        assert_string_not_equal(first, second);
        snprintf(first, sizeof first, "%s", second);
    }
    spend_token(&shop, "one", "1"); /* still known: no second effect */
    spend_token(&shop, "two", "10");
    EXPECT_CALL(&shop, "GetItem", "{'TableName':'books','Key':{'id':{'S':'sum'}}}",
        "{'Item':{'id':{'S':'sum'},'n':{'N':'11'}}}");
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'a'}}}");
    assert_non_null(answer_at(&shop, "Item"));
    call(&shop, "CreateBackup", "%s", "{'TableName':'books','BackupName':'two'}");
    assert_int_equal(shop.status, 200);
    call(&shop, "ListBackups", "%s", "{}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 2);
    shop_stop(&shop);
    shop_start(&shop);
    clock_fix((NOON + 11000) * CLOCK_MS);
    for (int i = 0; i < 5000 && !gone; i++) {
        call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'a'}}}");
        gone = !answer_at(&shop, "Item");
        usleep(1000);
    }
    assert_true(gone);
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_unclean_end_is_followed_by_a_check),
        cmocka_unit_test(a_damaged_file_is_reported_and_the_rest_goes_on),
        cmocka_unit_test(a_clock_put_back_breaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
