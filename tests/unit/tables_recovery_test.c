#include "tests/unit/tables_support.h"

#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/store.h"
#include "tests/unit/random_value.h"

/* Point-in-time recovery: what is kept of changes, and what can be read back from it. */

#define NOON UINT64_C(1795000000000) /* ms */
#define MAKE                                                                                       \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'}],"                                                 \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}"
#define TURN_ON                                                                                    \
    "{'TableName':'books','PointInTimeRecoverySpecification':{'PointInTimeRecoveryEnabled':true}}"

enum { KEYS = 12, STEPS = 400 };

static void open_at_noon(struct shop *shop)
{
    clock_fix(NOON * CLOCK_MS);
    shop_open(shop, false);
    call(shop, "CreateTable", "%s", MAKE);
    assert_int_equal(shop->status, 200);
}

static void close_and_let_go(struct shop *shop)
{
    shop_close(shop);
    clock_fix(0);
}

/* A reader of the file, as the worker has one. */
static struct store *open_reader(struct shop *shop)
{
    struct error err = {0};
    struct store *store;
    struct buf path;

    buf_init(&path, 4096);
    buf_add_format(&path, "%s/tables.db", buf_string(&shop->folder));
    store = store_open(buf_string(&path), STORE_READER, false, &err);
    assert_non_null(store);
    buf_done(&path);
    return store;
}

static int64_t count_log(struct store *store)
{
    sqlite3_stmt *statement = store_prepare(store, "SELECT count(*) FROM u_1");
    int64_t count = -1;

    if (statement && store_step(store, statement) == STORE_ROW)
        count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static void recovery_says_between_which_times(void **state)
{
    struct shop shop;

    open_at_noon(&shop);
    EXPECT_CALL(&shop, "UpdateContinuousBackups", TURN_ON,
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'ENABLED',"
        "'RecoveryPeriodInDays':35,'EarliestRestorableDateTime':1795000000,"
        "'LatestRestorableDateTime':1795000000}}}");
    clock_advance(90500 * CLOCK_MS);
    EXPECT_CALL(&shop, "DescribeContinuousBackups", "{'TableName':'books'}",
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'ENABLED',"
        "'RecoveryPeriodInDays':35,'EarliestRestorableDateTime':1795000000,"
        "'LatestRestorableDateTime':1795000090.5}}}");
    clock_advance(UINT64_C(3) * 86400 * CLOCK_SECOND);
    EXPECT_CALL(&shop, "UpdateContinuousBackups",
        "{'TableName':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
        "'PointInTimeRecoverySpecification':{'PointInTimeRecoveryEnabled':true,"
        "'RecoveryPeriodInDays':2}}",
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'ENABLED',"
        "'RecoveryPeriodInDays':2,'EarliestRestorableDateTime':1795086490.5,"
        "'LatestRestorableDateTime':1795259290.5}}}");
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "DescribeContinuousBackups", "%s", "{'TableName':'books'}");
    assert_int_equal(
        json_integer_member(answer_at(&shop,
                                "ContinuousBackupsDescription.PointInTimeRecoveryDescription"),
            "RecoveryPeriodInDays", 0),
        2);
    EXPECT_CALL(&shop, "UpdateContinuousBackups",
        "{'TableName':'books','PointInTimeRecoverySpecification':"
        "{'PointInTimeRecoveryEnabled':false}}",
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}");
    close_and_let_go(&shop);
    (void)state;
}

static void bad_settings_are_refused(void **state)
{
    struct shop shop;

    open_at_noon(&shop);
    EXPECT_INVALID(&shop, "UpdateContinuousBackups", "{}",
        "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: "
        "Member must not be null; Value null at 'pointInTimeRecoverySpecification' failed to "
        "satisfy constraint: Member must not be null");
    EXPECT_INVALID(&shop, "UpdateContinuousBackups",
        "{'TableName':'books','PointInTimeRecoverySpecification':{'RecoveryPeriodInDays':36}}",
        "2 validation errors detected: Value null at "
        "'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' failed to satisfy "
        "constraint: Member must not be null; Value '36' at "
        "'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: "
        "Member must have value less than or equal to 35");
    EXPECT_INVALID(&shop, "UpdateContinuousBackups",
        "{'TableName':'books','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true,'RecoveryPeriodInDays':0}}",
        "1 validation error detected: Value '0' at "
        "'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1");
    EXPECT_FAULT(&shop, "UpdateContinuousBackups",
        "{'TableName':'none','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true}}",
        "TableNotFoundException", "Table not found: none");
    EXPECT_FAULT(&shop, "DescribeContinuousBackups", "{'TableName':'none'}",
        "TableNotFoundException", "Table not found: none");
    close_and_let_go(&shop);
    (void)state;
}

/* What each key is after each step: a number, 0 = not there. One step per 10 ms. */
struct model {
    uint64_t random;
    int value[STEPS + 1][KEYS];
};

static void play(struct shop *shop, struct model *model, int from, int to)
{
    for (int step = from; step < to; step++) {
        int key = (int)random_below(&model->random, KEYS);
        int kind = (int)random_below(&model->random, 4);
        int pad = kind == 1 ? 3000 : 1; /* some are kept outside the tree of keys */

        clock_advance(10 * CLOCK_MS);
        memcpy(model->value[step + 1], model->value[step], sizeof model->value[step]);
        if (kind == 0) {
            call(shop, "DeleteItem", "{'TableName':'books','Key':{'id':{'S':'k%02d'}}}", key);
            model->value[step + 1][key] = 0;
        } else {
            call(shop, "PutItem",
                "{'TableName':'books','Item':{'id':{'S':'k%02d'},'n':{'N':'%d'},"
                "'pad':{'S':'%0*d'}}}",
                key, step + 1, pad, 0);
            model->value[step + 1][key] = step + 1;
        }
        assert_int_equal(shop->status, 200);
    }
}

/* The number n in an item, and its key's number. */
static int read_item(struct shop *shop, struct text json, int *key)
{
    struct error err = {0};
    const struct json *tree;
    int64_t n = 0, id = 0;

    arena_reset(shop->arena);
    tree = json_parse(json, shop->arena, &err);
    assert_non_null(tree);
    assert_true(text_to_integer(json_at(tree, "n.N")->text, 1, STEPS, &n));
    assert_true(text_to_integer(text_slice(json_at(tree, "id.S")->text, 1, 3), 0, KEYS - 1, &id));
    *key = (int)id;
    return (int)n;
}

static void expect_rows(struct shop *shop, struct store *store, uint64_t at_ms, const int *wanted)
{
    struct table table = {.id = 1};
    struct history_view view;
    struct history_row row;
    int got[KEYS] = {0}, key, result;

    assert_int_equal(store_execute(store, "BEGIN"), STORE_DONE);
    assert_int_equal(history_view_begin(store, &table, at_ms, &view), STORE_DONE);
    while ((result = (int)history_view_next(&view, &row)) == STORE_ROW) {
        int n = read_item(shop, row.json, &key);

        assert_int_equal(got[key], 0);
        got[key] = n;
        assert_true(row.size > 5 && row.key.length > 8);
    }
    assert_int_equal(result, STORE_DONE);
    history_view_end(&view);
    assert_int_equal(store_execute(store, "END"), STORE_DONE);
    assert_memory_equal(got, wanted, sizeof got);
}

static void any_moment_can_be_read_back(void **state)
{
    struct model *model = mem_new(1, sizeof *model);
    struct store *store;
    struct shop shop;
    uint64_t start;

    open_at_noon(&shop);
    model->random = 20261121;
    play(&shop, model, 0, 40);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    start = NOON;
    play(&shop, model, 40, STEPS / 2);
    shop_stop(&shop);
    shop_start(&shop);
    play(&shop, model, STEPS / 2, STEPS);
    store = open_reader(&shop);
    for (int step = 40; step <= STEPS; step += 1 + (int)random_below(&model->random, 7)) {
        expect_rows(&shop, store, start + 10 * (uint64_t)step, model->value[step]);
        expect_rows(&shop, store, start + 10 * (uint64_t)step + 9, model->value[step]);
    }
    expect_rows(&shop, store, HISTORY_NOW, model->value[STEPS]);
    store_close(store);
    close_and_let_go(&shop);
    mem_free(model);
    (void)state;
}

static void expect_changes(struct shop *shop, struct store *store, const struct model *model,
    int from, int to)
{
    struct table table = {.id = 1};
    struct history_changes changes;
    struct history_change change;
    uint64_t last = 0;
    int seen[KEYS] = {0}, key = 0, result;

    assert_int_equal(store_execute(store, "BEGIN"), STORE_DONE);
    assert_int_equal(history_changes_begin(store, &table, NOON + 10 * (uint64_t)from,
                         NOON + 10 * (uint64_t)to, &changes),
        STORE_DONE);
    while ((result = (int)history_changes_next(&changes, &change)) == STORE_ROW) {
        int old = change.old_json.data ? read_item(shop, change.old_json, &key) : 0;
        int new = change.new_json.data ? read_item(shop, change.new_json, &key) : 0;

        assert_true(change.at_ms > last);
        last = change.at_ms;
        assert_true(last > NOON + 10 * (uint64_t)from && last <= NOON + 10 * (uint64_t)to);
        if (!change.old_json.data && !change.new_json.data)
            continue;
        assert_int_equal(seen[key]++, 0);
        assert_int_equal(old, model->value[from][key]);
        assert_int_equal(new, model->value[to][key]);
    }
    assert_int_equal(result, STORE_DONE);
    for (int i = 0; i < KEYS; i++)
        assert_true(seen[i] || model->value[from][i] == model->value[to][i]);
    history_changes_end(&changes);
    assert_int_equal(store_execute(store, "END"), STORE_DONE);
}

static void changes_between_two_times_have_both_images(void **state)
{
    struct model *model = mem_new(1, sizeof *model);
    struct store *store;
    struct shop shop;

    open_at_noon(&shop);
    model->random = 7;
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    play(&shop, model, 0, STEPS);
    store = open_reader(&shop);
    for (int i = 0; i < 100; i++) {
        int from = (int)random_below(&model->random, STEPS);
        int to = from + (int)random_below(&model->random, (size_t)(STEPS + 1 - from));

        expect_changes(&shop, store, model, from, to);
    }
    expect_changes(&shop, store, model, 0, STEPS);
    store_close(store);
    close_and_let_go(&shop);
    mem_free(model);
    (void)state;
}

static void tables_without_recovery_keep_nothing(void **state)
{
    struct store *store;
    struct shop shop;

    open_at_noon(&shop);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'a'}}}");
    store = open_reader(&shop);
    assert_int_equal(count_log(store), -1);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'a'}}}");
    assert_int_equal(count_log(store), 0); /* nothing changed */
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'b'}}}");
    call(&shop, "DeleteItem", "%s", "{'TableName':'books','Key':{'id':{'S':'b'}}}");
    assert_int_equal(count_log(store), 2);
    call(&shop, "UpdateContinuousBackups", "%s",
        "{'TableName':'books','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':false}}");
    assert_int_equal(count_log(store), -1);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    assert_int_equal(count_log(store), 0);
    call(&shop, "DeleteTable", "%s", "{'TableName':'books'}");
    assert_int_equal(shop.status, 200);
    for (int i = 0; i < 5000 && count_log(store) != -1; i++)
        usleep(1000); /* a chore */
    assert_int_equal(count_log(store), -1);
    store_close(store);
    close_and_let_go(&shop);
    (void)state;
}

/* Turning the period keeps the writer's chores going, also with a clock that stands still. */
static void what_is_older_than_the_period_is_dropped(void **state)
{
    struct store *store;
    struct shop shop;
    int64_t left = 0;

    open_at_noon(&shop);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    for (int i = 0; i < 1500; i++) {
        if (i == 1400)
            clock_advance(UINT64_C(36) * 3600 * CLOCK_SECOND);
        call(&shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'%d'}}}", i);
    }
    store = open_reader(&shop);
    assert_int_equal(count_log(store), 1500);
    call(&shop, "UpdateContinuousBackups", "%s",
        "{'TableName':'books','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true,'RecoveryPeriodInDays':1}}");
    for (int i = 0; i < 5000 && (left = count_log(store)) != 100; i++)
        usleep(1000);
    assert_int_equal(left, 100);
    store_close(store);
    close_and_let_go(&shop);
    (void)state;
}

static void a_clock_put_back_does_not_mix_up_the_log(void **state)
{
    const int after[KEYS] = {1, 4};
    struct store *store;
    struct shop shop;

    open_at_noon(&shop);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    clock_advance(1000 * CLOCK_MS);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'k00'},'n':{'N':'1'}}}");
    clock_advance(1000 * CLOCK_MS);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'k01'},'n':{'N':'2'}}}");
    clock_fix((NOON - 3600000) * CLOCK_MS);
    call(&shop, "DescribeContinuousBackups", "%s", "{'TableName':'books'}");
    assert_non_null(strstr(buf_string(&shop.answer),
        "\"EarliestRestorableDateTime\":1795000000,\"LatestRestorableDateTime\":1795000002}"));
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "DescribeContinuousBackups", "%s", "{'TableName':'books'}");
    assert_non_null(strstr(buf_string(&shop.answer),
        "\"EarliestRestorableDateTime\":1795000000,\"LatestRestorableDateTime\":1795000002}"));
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'k01'},'n':{'N':'3'}}}");
    clock_fix((NOON + 5000) * CLOCK_MS);
    call(&shop, "PutItem", "%s", "{'TableName':'books','Item':{'id':{'S':'k01'},'n':{'N':'4'}}}");
    store = open_reader(&shop);
    expect_rows(&shop, store, NOON + 1000, (const int[KEYS]){1});
    expect_rows(&shop, store, NOON + 1999, (const int[KEYS]){1});
    expect_rows(&shop, store, NOON + 2000, (const int[KEYS]){1, 3});
    expect_rows(&shop, store, NOON + 5000, after);
    store_close(store);
    close_and_let_go(&shop);
    (void)state;
}

static void wait_until_active(struct shop *shop, const char *table)
{
    for (int i = 0; i < 20000; i++) {
        call(shop, "DescribeTable", "{'TableName':'%s'}", table);
        assert_int_equal(shop->status, 200);
        if (text_is(answer_at(shop, "Table.TableStatus")->text, "ACTIVE"))
            return;
        usleep(500);
    }
    fail_msg("%s never became active", table);
}

static void expect_table(struct shop *shop, const char *table, const int *wanted)
{
    const struct json *items;
    int got[KEYS] = {0};

    call(shop, "Scan", "{'TableName':'%s'}", table);
    items = answer_at(shop, "Items");
    for (const struct json *item = items->first; item; item = item->next) {
        int64_t n = 0, id = 0;

        assert_true(text_to_integer(json_at(item, "n.N")->text, 1, STEPS, &n));
        assert_true(
            text_to_integer(text_slice(json_at(item, "id.S")->text, 1, 3), 0, KEYS - 1, &id));
        got[id] = (int)n;
    }
    assert_memory_equal(got, wanted, sizeof got);
}

static void a_table_restored_to_a_moment_is_what_it_was_then(void **state)
{
    struct model *model = mem_new(1, sizeof *model);
    struct shop shop;

    open_at_noon(&shop);
    model->random = 99;
    play(&shop, model, 0, 20);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    play(&shop, model, 20, STEPS);
    for (int i = 0; i < 12; i++) {
        int step = i == 0 ? 20 : 20 + (int)random_below(&model->random, STEPS - 20);
        char name[40];

        snprintf(name, sizeof name, "then-%d", i);
        call(&shop, "RestoreTableToPointInTime",
            "{'SourceTableName':'books','TargetTableName':'%s','RestoreDateTime':%.2f}", name,
            1795000000 + step / 100.0);
        assert_int_equal(shop.status, 200);
        wait_until_active(&shop, name);
        expect_table(&shop, name, model->value[step]);
        assert_int_equal(answer_integer(&shop, "Count"), answer_at(&shop, "Items")->count);
    }
    call(&shop, "RestoreTableToPointInTime", "%s",
        "{'SourceTableArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
        "'TargetTableName':'now','UseLatestRestorableTime':true}");
    assert_int_equal(shop.status, 200);
    wait_until_active(&shop, "now");
    expect_table(&shop, "now", model->value[STEPS]);
    call(&shop, "DescribeTable", "%s", "{'TableName':'now'}");
    assert_non_null(strstr(buf_string(&shop.answer),
        "\"RestoreSummary\":{\"SourceTableArn\":\"arn:aws:dynamodb:eu-west-1:000000000000:table/"
        "books\",\"RestoreDateTime\":1795000004,\"RestoreInProgress\":false}"));
    close_and_let_go(&shop);
    mem_free(model);
    (void)state;
}

static void moments_out_of_reach_are_refused(void **state)
{
    static const char *const moments[] = {"1794999999.99", "1795000001", "0", "-5", "1e300"};
    struct shop shop;

    open_at_noon(&shop);
    call(&shop, "UpdateContinuousBackups", "%s", TURN_ON);
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        call(&shop, "RestoreTableToPointInTime",
            "{'SourceTableName':'books','TargetTableName':'copy','RestoreDateTime':%s}",
            moments[i]);
        expect_fault(&shop, "InvalidRestoreTimeException",
            "An invalid restore time was specified. RestoreDateTime must be between "
            "EarliestRestorableDateTime and LatestRestorableDateTime.");
    }
    EXPECT_FAULT(&shop, "RestoreTableToPointInTime",
        "{'SourceTableName':'books','TargetTableName':'books','UseLatestRestorableTime':true}",
        "TableAlreadyExistsException", "Table already exists: books");
    call(&shop, "RestoreTableToPointInTime", "%s",
        "{'SourceTableName':'books','TargetTableName':'copy','RestoreDateTime':1795000000}");
    assert_int_equal(shop.status, 200);
    wait_until_active(&shop, "copy");
    close_and_let_go(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovery_says_between_which_times),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(any_moment_can_be_read_back),
        cmocka_unit_test(changes_between_two_times_have_both_images),
        cmocka_unit_test(tables_without_recovery_keep_nothing),
        cmocka_unit_test(what_is_older_than_the_period_is_dropped),
        cmocka_unit_test(a_clock_put_back_does_not_mix_up_the_log),
        cmocka_unit_test(a_table_restored_to_a_moment_is_what_it_was_then),
        cmocka_unit_test(moments_out_of_reach_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
