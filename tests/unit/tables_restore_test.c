#include "tests/unit/tables_backup_support.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "base/mem.h"

/* Tables while they are restored: who may touch them, restarts, kills, damage. */

/* Many small items, so that a restore takes a while; n counts on. */
static void add_many(struct shop *shop, int from, int to)
{
    for (int i = from; i < to; i += 25) {
        buf_clear(&shop->request);
        add_quoted(&shop->request, "{'RequestItems':{'books':[");
        for (int j = i; j < i + 25; j++) {
            char put[300];

            snprintf(put, sizeof put,
                "%s{'PutRequest':{'Item':{'id':{'S':'many-%d'},'n':{'N':'%d'},'g':{'S':'g%d'},"
                "'h':{'S':'h'},'pad':{'S':'%050d'}}}}",
                j > i ? "," : "", j % 50, j, j % 100, j);
            add_quoted(&shop->request, put);
        }
        add_quoted(&shop->request, "]}}");
        send_request(shop, "BatchWriteItem");
        assert_int_equal(shop->status, 200);
    }
}

/* What the catalog on disk says; the service must be stopped. */
static bool is_on_disk(struct shop *shop, const char *sql)
{
    char path[4096];
    sqlite3_stmt *statement;
    sqlite3 *db;
    bool found;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    found = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) > 0;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

/* While the worker is busy a backup is CREATING when the answer leaves. */
static void check_waiting_backup(struct shop *shop)
{
    char arn[1100];

    back_up(shop, arn, sizeof arn);
    assert_true(text_is(answer_at(shop, "BackupDetails.BackupStatus")->text, "CREATING"));
    call(shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
    expect_fault(shop, "BackupInUseException",
        "The backup is either being created, deleted or restored to a table.");
    call(shop, "RestoreTableFromBackup", "{'TargetTableName':'third','BackupArn':'%s'}", arn);
    expect_fault(shop, "BackupInUseException",
        "The backup is either being created, deleted or restored to a table.");
    for (int i = 0; i < 20000; i++) {
        call(shop, "DescribeBackup", "{'BackupArn':'%s'}", arn);
        if (text_is(answer_at(shop, "BackupDescription.BackupDetails.BackupStatus")->text,
                "AVAILABLE"))
            break;
        usleep(500);
    }
    assert_true(text_is(answer_at(shop, "BackupDescription.BackupDetails.BackupStatus")->text,
        "AVAILABLE"));
}

static void a_table_that_is_filled_is_left_alone(void **state)
{
    struct shop shop;
    char arn[1100];

    open_books(&shop, false, 1);
    add_many(&shop, 0, 6000);
    back_up(&shop, arn, sizeof arn);
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    assert_int_equal(shop.status, 200);
    EXPECT_FAULT(&shop, "PutItem", "{'TableName':'copy','Item':{'id':{'S':'x'},'n':{'N':'1'}}}",
        "ResourceNotFoundException", "Requested resource not found");
    EXPECT_FAULT(&shop, "Scan", "{'TableName':'copy'}", "ResourceNotFoundException",
        "Requested resource not found");
    EXPECT_FAULT(&shop, "DeleteTable", "{'TableName':'copy'}", "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: copy");
    EXPECT_FAULT(&shop, "UpdateContinuousBackups",
        "{'TableName':'copy','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true}}",
        "ContinuousBackupsUnavailableException",
        "Backups are being enabled for the table: copy. Please retry later");
    EXPECT_FAULT(&shop, "CreateBackup", "{'TableName':'copy','BackupName':'abc'}",
        "TableInUseException", "Table is being created: copy");
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    expect_fault(&shop, "TableInUseException", "Table is being created: copy");
    call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
    expect_fault(&shop, "BackupInUseException",
        "The backup is either being created, deleted or restored to a table.");
    check_waiting_backup(&shop);
    make_books(&shop, 20001, 20011); /* others go on */
    wait_until_active(&shop, "copy");
    assert_int_equal(counter(&shop, "copy", "Table.ItemCount"), 6001);
    call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
    assert_int_equal(shop.status, 200);
    assert_int_equal(count_files(&shop, ".db"), 1);
    assert_int_equal(count_files(&shop, ""), 3); /* and "." and ".." */
    shop_close(&shop);
    (void)state;
}

static void a_restore_goes_on_after_a_restart(void **state)
{
    struct shop shop;
    char arn[1100];

    open_books(&shop, false, 1);
    add_many(&shop, 0, 12000);
    back_up(&shop, arn, sizeof arn);
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    call(&shop, "UpdateContinuousBackups", "%s",
        "{'TableName':'books','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true}}");
    call(&shop, "RestoreTableToPointInTime", "%s",
        "{'TargetTableName':'late','SourceTableName':'books','UseLatestRestorableTime':true}");
    assert_int_equal(shop.status, 200);
    while (counter(&shop, "copy", "Table.ItemCount") == 0)
        ;
    for (int round = 0; round < 2; round++) {
        shop_stop(&shop);
        assert_true(is_on_disk(&shop,
            "SELECT count(*) = 2 FROM catalog WHERE json->>'state' = 'CREATING'"));
        shop_start(&shop);
    }
    wait_until_active(&shop, "copy");
    wait_until_active(&shop, "late");
    expect_same_counters(&shop, "books", "copy");
    expect_same_counters(&shop, "books", "late");
    assert_int_equal(count_items(&shop, "copy", NULL), 12001);
    assert_int_equal(count_items(&shop, "copy", "by-g"), 12001);
    assert_int_equal(count_items(&shop, "late", "local"), 12001);
    shop_close(&shop);
    (void)state;
}

/* Backs up and restores until it is killed. */
static void run_child(struct shop *shop, int ready)
{
    char arn[1100];

    shop_start(shop);
    back_up(shop, arn, sizeof arn);
    call(shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    if (write(ready, "x", 1) == 1)
        for (;;)
            back_up(shop, arn, sizeof arn);
    _exit(1); /* allowed: the child of a test */
}

static void kills_leave_whole_backups_and_tables_only(void **state)
{
    struct shop shop;
    int64_t files;

    open_books(&shop, false, 1);
    add_many(&shop, 0, 4000);
    shop_stop(&shop);
    for (int round = 0; round < 4; round++) {
        int ends[2];
        pid_t child;
        char byte;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0)
            run_child(&shop, ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        usleep((useconds_t)(round * 9000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(ends[0]);
        close(ends[1]);
        shop_start(&shop);
        wait_until_active(&shop, "copy");
        expect_same_counters(&shop, "books", "copy");
        assert_int_equal(count_items(&shop, "copy", NULL), 4001);
        call(&shop, "DeleteTable", "%s", "{'TableName':'copy'}");
        assert_int_equal(shop.status, 200);
        assert_int_equal(count_files(&shop, ".tmp"), 0);
        call(&shop, "ListBackups", "%s", "{}");
        files = count_files(&shop, ".db");
        assert_true(files > 0);
        /* A file that was finished and not yet recorded is no backup. */
        assert_in_range(files - (int64_t)answer_at(&shop, "BackupSummaries")->count, 0, round + 1);
        for (size_t i = 0; i < answer_at(&shop, "BackupSummaries")->count; i++) {
            char path[60];

            snprintf(path, sizeof path, "BackupSummaries.%zu.BackupStatus", i);
            assert_true(text_is(answer_at(&shop, path)->text, "AVAILABLE"));
        }
        shop_stop(&shop);
    }
    shop_start(&shop);
    shop_close(&shop);
    (void)state;
}

static void a_backup_that_is_damaged_or_gone_restores_nothing(void **state)
{
    struct error err = {0};
    struct shop shop;
    char arn[1100], path[4096];

    open_books(&shop, false, 50);
    back_up(&shop, arn, sizeof arn);
    snprintf(path, sizeof path, "%s/backups/%s.db", buf_string(&shop.folder),
        strrchr(arn, '/') + 1);
    assert_int_equal(file_write(path, TEXT("no backup at all"), 0600, &err), ERROR_NONE);
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    assert_int_equal(shop.status, 200);
    for (int i = 0; i < 20000 && shop.status == 200; i++)
        call(&shop, "DescribeTable", "%s", "{'TableName':'copy'}");
    expect_fault(&shop, "ResourceNotFoundException",
        "Requested resource not found: Table: copy not found");
    assert_int_equal(unlink(path), 0);
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    snprintf(path, sizeof path, "Backup not found: %s", arn);
    expect_fault(&shop, "BackupNotFoundException", path);
    shop_close(&shop);
    (void)state;
}

/* More than one of these operations makes. */
enum { ALLOCATIONS = 250 };

static void a_backup_survives_every_failed_allocation(void **state)
{
    struct shop shop;
    char arn[1100];
    int made = 0;

    open_books(&shop, true, 20);
    for (long nth = 1; nth <= ALLOCATIONS; nth++) {
        buf_clear(&shop.request);
        add_quoted(&shop.request, BACK_UP);
        mem_fail_at(nth);
        send_request(&shop, "CreateBackup");
        mem_fail_at(0);
        assert_true(shop.status == 200 || shop.status == 500);
        if (shop.status != 200)
            continue;
        made++;
        member(&shop, "BackupDetails.BackupArn", arn, sizeof arn);
        call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
        assert_int_equal(shop.status, 200);
    }
    assert_in_range(made, ALLOCATIONS / 3, ALLOCATIONS - 5);
    call(&shop, "ListBackups", "%s", "{}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 0);
    shop_close(&shop);
    (void)state;
}

/* ACTIVE, or gone; the failure may come while it is being asked. */
static bool wait_for_end(struct shop *shop, const char *table)
{
    for (int i = 0; i < 20000; i++) {
        call(shop, "DescribeTable", "{'TableName':'%s'}", table);
        if (shop->status == 400)
            return false;
        if (shop->status == 200 && strstr(buf_string(&shop->answer), "\"TableStatus\":\"ACTIVE\""))
            return true;
        usleep(200);
    }
    fail_msg("%s stays: %s", table, buf_string(&shop->answer));
    return false;
}

static void a_restore_survives_every_failed_allocation(void **state)
{
    struct shop shop;
    char arn[1100], name[40];
    int good = 0;

    open_books(&shop, true, 20);
    back_up(&shop, arn, sizeof arn);
    for (long nth = 1; nth <= ALLOCATIONS; nth++) {
        bool there;

        snprintf(name, sizeof name, "copy-%ld", nth);
        buf_clear(&shop.request);
        buf_add_format(&shop.request, "{\"TargetTableName\":\"%s\",\"BackupArn\":\"%s\"}", name,
            arn);
        mem_fail_at(nth);
        send_request(&shop, "RestoreTableFromBackup");
        assert_true(shop.status == 200 || shop.status == 500);
        there = wait_for_end(&shop, name);
        mem_fail_at(0);
        good += there;
        if (!there)
            continue;
        assert_int_equal(counter(&shop, name, "Table.ItemCount"), 20);
        assert_int_equal(count_items(&shop, name, "local"), 20);
        call(&shop, "DeleteTable", "{'TableName':'%s'}", name);
        assert_int_equal(shop.status, 200);
    }
    assert_in_range(good, ALLOCATIONS / 3, ALLOCATIONS - 5);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_that_is_filled_is_left_alone),
        cmocka_unit_test(a_restore_goes_on_after_a_restart),
        cmocka_unit_test(kills_leave_whole_backups_and_tables_only),
        cmocka_unit_test(a_backup_that_is_damaged_or_gone_restores_nothing),
        cmocka_unit_test(a_backup_survives_every_failed_allocation),
        cmocka_unit_test(a_restore_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
