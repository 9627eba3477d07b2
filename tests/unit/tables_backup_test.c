#include "tests/unit/tables_support.h"

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* Backups and restored tables, from outside. */

#define MAKE                                                                                       \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'},{'AttributeName':'n','AttributeType':'N'},"        \
    "{'AttributeName':'g','AttributeType':'S'},{'AttributeName':'h','AttributeType':'S'}],"        \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"                                        \
    "{'AttributeName':'n','KeyType':'RANGE'}],'LocalSecondaryIndexes':["                           \
    "{'IndexName':'local','KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"                   \
    "{'AttributeName':'h','KeyType':'RANGE'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}],"      \
    "'GlobalSecondaryIndexes':[{'IndexName':'by-g','KeySchema':["                                  \
    "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}"
#define BACK_UP "{'TableName':'books','BackupName':'first'}"
#define NOON UINT64_C(1795000000000) /* ms */

static void make_books(struct shop *shop, int from, int to)
{
    for (int i = from; i < to; i++) {
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'book-%d'},'n':{'N':'%d'},'g':{'S':'g%d'},"
            "'h':{'S':'h%d'},'pad':{'S':'%0*d'}}}",
            i % 7, i, i % 3, i, i % 10 == 0 ? 2500 : 10, i);
        assert_int_equal(shop->status, 200);
    }
}

static void open_books(struct shop *shop, bool memory, int count)
{
    shop_open(shop, memory);
    call(shop, "CreateTable", "%s", MAKE);
    assert_int_equal(shop->status, 200);
    make_books(shop, 0, count);
}

/* A copy of a text member of the answer. */
static const char *member(struct shop *shop, const char *path, char *out, size_t size)
{
    const struct json *json = answer_at(shop, path);

    assert_non_null(json);
    snprintf(out, size, "%.*s", (int)json->text.length, json->text.data);
    return out;
}

static const char *back_up(struct shop *shop, char *arn, size_t size)
{
    call(shop, "CreateBackup", "%s", BACK_UP);
    assert_int_equal(shop->status, 200);
    return member(shop, "BackupDetails.BackupArn", arn, size);
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
    fail_msg("%s never became active: %s", table, buf_string(&shop->answer));
}

/* All items of a table or index; the caller frees. */
static char *scan(struct shop *shop, const char *table, const char *index)
{
    call(shop, "Scan", "{'TableName':'%s'%s%s%s}", table, index ? ",'IndexName':'" : "",
        index ? index : "", index ? "'" : "");
    assert_int_equal(shop->status, 200);
    assert_null(answer_at(shop, "LastEvaluatedKey"));
    return mem_copy(shop->answer.data, shop->answer.length);
}

static void expect_same_scan(struct shop *shop, const char *table, const char *index,
    const char *wanted)
{
    char *got = scan(shop, table, index);

    assert_string_equal(got, wanted);
    mem_free(got);
}

static int64_t counter(struct shop *shop, const char *table, const char *path)
{
    int64_t out = -1;

    call(shop, "DescribeTable", "{'TableName':'%s'}", table);
    assert_true(text_to_integer(answer_at(shop, path)->text, 0, INT64_MAX, &out));
    return out;
}

static const char *const counter_table[] = {"Table.ItemCount", "Table.TableSizeBytes",
    "Table.GlobalSecondaryIndexes.0.ItemCount", "Table.GlobalSecondaryIndexes.0.IndexSizeBytes",
    "Table.LocalSecondaryIndexes.0.ItemCount", "Table.LocalSecondaryIndexes.0.IndexSizeBytes"};

static void expect_same_counters(struct shop *shop, const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof counter_table / sizeof counter_table[0]; i++)
        assert_int_equal(counter(shop, a, counter_table[i]), counter(shop, b, counter_table[i]));
}

static void check_round_trip(bool memory)
{
    struct shop shop;
    char *table, *local, *global, arn[1100];

    open_books(&shop, memory, 60);
    table = scan(&shop, "books", NULL);
    local = scan(&shop, "books", "local");
    global = scan(&shop, "books", "by-g");
    back_up(&shop, arn, sizeof arn);
    assert_string_equal(member(&shop, "BackupDetails.BackupStatus", (char[40]){0}, 40),
        "AVAILABLE");
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    assert_int_equal(shop.status, 200);
    assert_string_equal(member(&shop, "TableDescription.TableStatus", (char[40]){0}, 40),
        "CREATING");
    assert_int_equal(answer_at(&shop, "TableDescription.RestoreSummary.RestoreInProgress")->kind,
        JSON_TRUE);
    wait_until_active(&shop, "copy");
    expect_same_counters(&shop, "books", "copy");
    make_books(&shop, 60, 80); /* the copy is another table */
    call(&shop, "DeleteTable", "%s", "{'TableName':'books'}");
    expect_same_scan(&shop, "copy", NULL, table);
    expect_same_scan(&shop, "copy", "local", local);
    expect_same_scan(&shop, "copy", "by-g", global);
    call(&shop, "DescribeTable", "%s", "{'TableName':'copy'}");
    assert_string_equal(member(&shop, "Table.RestoreSummary.SourceBackupArn", (char[1100]){0},
                            1100),
        arn);
    assert_int_equal(answer_at(&shop, "Table.RestoreSummary.RestoreInProgress")->kind, JSON_FALSE);
    /* The backup outlives the table, and is good for another one. */
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'books','BackupArn':'%s'}", arn);
    assert_int_equal(shop.status, 200);
    wait_until_active(&shop, "books");
    expect_same_scan(&shop, "books", NULL, table);
    make_books(&shop, 60, 61); /* and works like any table */
    assert_int_equal(counter(&shop, "books", "Table.ItemCount"), 61);
    assert_int_equal(counter(&shop, "books", "Table.GlobalSecondaryIndexes.0.ItemCount"), 61);
    mem_free(table);
    mem_free(local);
    mem_free(global);
    shop_close(&shop);
}

static void a_restored_table_equals_what_was_backed_up(void **state)
{
    check_round_trip(false);
    (void)state;
}

static void backups_work_in_memory_mode(void **state)
{
    check_round_trip(true);
    (void)state;
}

static void a_backup_is_described_as_the_service_does(void **state)
{
    struct shop shop;
    char arn[1100], uuid[40], wanted_text[4096];
    const struct json *details;

    clock_fix(NOON * CLOCK_MS);
    open_books(&shop, false, 3);
    call(&shop, "UpdateTimeToLive", "%s",
        "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':'end','Enabled':true}}");
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    member(&shop, "Table.TableId", uuid, sizeof uuid);
    call(&shop, "CreateBackup", "%s", BACK_UP);
    member(&shop, "BackupDetails.BackupArn", arn, sizeof arn);
    assert_int_equal(strlen(arn), strlen("arn:aws:dynamodb:eu-west-1:000000000000:table/books/"
                                         "backup/01795000000000-01234567"));
    arn[strlen(arn) - 8] = 0;
    assert_string_equal(arn,
        "arn:aws:dynamodb:eu-west-1:000000000000:table/books/backup/01795000000000-");
    member(&shop, "BackupDetails.BackupArn", arn, sizeof arn);
    snprintf(wanted_text, sizeof wanted_text,
        "{'BackupDetails':{'BackupArn':'%s','BackupName':'first','BackupSizeBytes':%d,"
        "'BackupStatus':'AVAILABLE','BackupType':'USER','BackupCreationDateTime':1795000000}}",
        arn, 2519 + 30 + 30);
    expect(&shop, wanted_text);
    call(&shop, "DescribeBackup", "{'BackupArn':'%s'}", arn);
    snprintf(wanted_text, sizeof wanted_text,
        "{'BackupDescription':{'BackupDetails':{'BackupArn':'%s','BackupName':'first',"
        "'BackupSizeBytes':2579,'BackupStatus':'AVAILABLE','BackupType':'USER',"
        "'BackupCreationDateTime':1795000000},'SourceTableDetails':{'TableName':'books',"
        "'TableId':'%s','TableArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
        "'TableSizeBytes':2579,'KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"
        "{'AttributeName':'n','KeyType':'RANGE'}],'TableCreationDateTime':1795000000,"
        "'ProvisionedThroughput':{'ReadCapacityUnits':0,'WriteCapacityUnits':0},'ItemCount':3,"
        "'BillingMode':'PAY_PER_REQUEST'},'SourceTableFeatureDetails':{"
        "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["
        "{'AttributeName':'id','KeyType':'HASH'},{'AttributeName':'h','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'KEYS_ONLY'}}],'GlobalSecondaryIndexes':["
        "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"
        "'Projection':{'ProjectionType':'ALL'},'ProvisionedThroughput':{'ReadCapacityUnits':0,"
        "'WriteCapacityUnits':0}}],'TimeToLiveDescription':{'TimeToLiveStatus':'ENABLED',"
        "'AttributeName':'end'}}}}",
        arn, uuid);
    expect(&shop, wanted_text);
    call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
    details = answer_at(&shop, "BackupDescription.BackupDetails");
    assert_true(text_is(json_string_member(details, "BackupStatus"), "DELETED"));
    call(&shop, "DescribeBackup", "{'BackupArn':'%s'}", arn);
    snprintf(wanted_text, sizeof wanted_text, "Backup not found: %s", arn);
    expect_fault(&shop, "BackupNotFoundException", wanted_text);
    call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", arn);
    expect_fault(&shop, "BackupNotFoundException", wanted_text);
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    expect_fault(&shop, "BackupNotFoundException", wanted_text);
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

static void backups_are_listed_by_table_time_and_page(void **state)
{
    struct shop shop;
    char arn[5][1100], last[1100];

    clock_fix(NOON * CLOCK_MS);
    open_books(&shop, false, 1);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'others','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["
        "{'AttributeName':'id','KeyType':'HASH'}]}");
    for (int i = 0; i < 5; i++) {
        clock_advance(CLOCK_SECOND);
        call(&shop, "CreateBackup", "{'TableName':'%s','BackupName':'b-%d'}",
            i == 2 ? "others" : "books", i);
        member(&shop, "BackupDetails.BackupArn", arn[i], sizeof arn[i]);
    }
    call(&shop, "ListBackups", "{'Limit':2}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 2);
    member(&shop, "LastEvaluatedBackupArn", last, sizeof last);
    assert_string_equal(last, arn[1]);
    call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", last); /* a page goes on without it, too */
    call(&shop, "ListBackups", "{'ExclusiveStartBackupArn':'%s'}", last);
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 3);
    assert_null(answer_at(&shop, "LastEvaluatedBackupArn"));
    assert_string_equal(member(&shop, "BackupSummaries.0.BackupArn", last, sizeof last), arn[2]);
    assert_string_equal(member(&shop, "BackupSummaries.0.TableName", last, sizeof last), "others");
    assert_string_equal(member(&shop, "BackupSummaries.2.BackupName", last, sizeof last), "b-4");
    call(&shop, "DeleteTable", "%s", "{'TableName':'books'}");
    call(&shop, "ListBackups", "{'TableName':'books'}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 3);
    call(&shop, "ListBackups",
        "{'TableName':'arn:aws:dynamodb:eu-west-1:000000000000:table/others'}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 1);
    call(&shop, "ListBackups",
        "{'TimeRangeLowerBound':1795000003,'TimeRangeUpperBound':1795000005,'BackupType':'ALL'}");
    assert_int_equal(answer_at(&shop, "BackupSummaries")->count, 2);
    EXPECT_CALL(&shop, "ListBackups", "{'BackupType':'SYSTEM'}", "{'BackupSummaries':[]}");
    EXPECT_CALL(&shop, "ListBackups", "{'TableName':'none'}", "{'BackupSummaries':[]}");
    memcpy(shop.identity.region, "eu-west-3", 10);
    EXPECT_CALL(&shop, "ListBackups", "{}", "{'BackupSummaries':[]}");
    call(&shop, "DescribeBackup", "{'BackupArn':'%s'}", arn[0]);
    assert_int_equal(shop.status, 400);
    shop_close(&shop);
    clock_fix(0);
    (void)state;
}

static void bad_requests_are_refused_by_name(void **state)
{
    struct shop shop;
    char arn[1100];

    open_books(&shop, false, 1);
    back_up(&shop, arn, sizeof arn);
    EXPECT_INVALID(&shop, "CreateBackup", "{'BackupName':'a b'}",
        "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: "
        "Member must not be null; Value 'a b' at 'backupName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    EXPECT_INVALID(&shop, "CreateBackup", "{'TableName':'books'}",
        "1 validation error detected: Value null at 'backupName' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_FAULT(&shop, "CreateBackup", "{'TableName':'none','BackupName':'abc'}",
        "TableNotFoundException", "Table not found: none");
    EXPECT_INVALID(&shop, "DescribeBackup", "{}",
        "1 validation error detected: Value null at 'backupArn' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_INVALID(&shop, "DeleteBackup", "{'BackupArn':'x'}",
        "1 validation error detected: Value 'x' at 'backupArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 37");
    EXPECT_INVALID(&shop, "ListBackups", "{'Limit':101,'BackupType':'MINE'}",
        "2 validation errors detected: Value '101' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 100; Value 'MINE' at 'backupType' failed to "
        "satisfy constraint: Member must satisfy enum value set: [USER, SYSTEM, AWS_BACKUP, ALL]");
    EXPECT_FAULT(&shop, "ListBackups", "{'TimeRangeLowerBound':'yesterday'}",
        "SerializationException", "STRING_VALUE cannot be converted to Date");
    EXPECT_INVALID(&shop, "RestoreTableFromBackup", "{'BillingModeOverride':'FREE'}",
        "3 validation errors detected: Value null at 'backupArn' failed to satisfy constraint: "
        "Member must not be null; Value null at 'targetTableName' failed to satisfy constraint: "
        "Member must not be null; Value 'FREE' at 'billingModeOverride' failed to satisfy "
        "constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]");
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'books','BackupArn':'%s'}", arn);
    expect_fault(&shop, "TableAlreadyExistsException", "Table already exists: books");
    EXPECT_INVALID(&shop, "RestoreTableToPointInTime",
        "{'TargetTableName':'copy','UseLatestRestorableTime':true}",
        "One or more parameter values were invalid: Exactly one of SourceTableName and "
        "SourceTableArn must be specified");
    EXPECT_INVALID(&shop, "RestoreTableToPointInTime",
        "{'TargetTableName':'copy','SourceTableName':'books'}",
        "One or more parameter values were invalid: Exactly one of UseLatestRestorableTime and "
        "RestoreDateTime must be specified");
    EXPECT_FAULT(&shop, "RestoreTableToPointInTime",
        "{'TargetTableName':'copy','SourceTableName':'none','UseLatestRestorableTime':true}",
        "TableNotFoundException", "Table not found: none");
    EXPECT_FAULT(&shop, "RestoreTableToPointInTime",
        "{'TargetTableName':'copy','SourceTableName':'books','UseLatestRestorableTime':true}",
        "PointInTimeRecoveryUnavailableException",
        "Point in time recovery is not enabled for table 'books'");
    shop_close(&shop);
    (void)state;
}

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

static int64_t count_items(struct shop *shop, const char *table, const char *index)
{
    char start[4096] = "";
    int64_t count = 0;

    do {
        const struct json *last;

        call(shop, "Scan", "{'TableName':'%s','Select':'COUNT'%s%s%s%s%s}", table,
            index ? ",'IndexName':'" : "", index ? index : "", index ? "'" : "",
            start[0] ? ",'ExclusiveStartKey':" : "", start);
        assert_int_equal(shop->status, 200);
        count += answer_integer(shop, "Count");
        last = answer_at(shop, "LastEvaluatedKey");
        start[0] = 0;
        if (last)
            snprintf(start, sizeof start, "%s",
                strstr(buf_string(&shop->answer), "\"LastEvaluatedKey\":") + 19);
        start[start[0] ? strlen(start) - 1 : 0] = 0;
    } while (start[0]);
    return count;
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

static int count_files(struct shop *shop, const char *ending)
{
    char path[4096];
    const struct dirent *entry;
    DIR *folder;
    int count = 0;

    snprintf(path, sizeof path, "%s/backups", buf_string(&shop->folder));
    folder = opendir(path);
    while (folder && (entry = readdir(folder)))
        count += text_ends_with(text_of(entry->d_name), text_of(ending));
    if (folder)
        closedir(folder);
    return count;
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

struct pending {
    struct arena *arena;
    struct buf body;
    int *left;
    int number, status;
    char arn[200];
};

static void take_answer(void *user, int status, struct text body)
{
    struct pending *pending = user;
    size_t at = text_find(body, TEXT("\"BackupArn\":\""), 0);

    pending->status = status;
    if (status != 200)
        snprintf(pending->arn, sizeof pending->arn, "%.*s", (int)body.length, body.data);
    else if (at < body.length)
        snprintf(pending->arn, sizeof pending->arn, "%.*s", 82, body.data + at + 13);
    --*pending->left;
}

static void submit(struct shop *shop, struct pending *pending, const char *operation,
    const char *format, int number, int *left)
{
    struct error err = {0};

    pending->arena = arena_new(1024 * 1024, &err);
    pending->left = left;
    buf_init(&pending->body, 1000);
    for (const char *at = format; *at; at++) {
        if (*at == '#')
            buf_add_integer(&pending->body, number);
        else
            buf_add_char(&pending->body, *at == '\'' ? '"' : *at);
    }
    ++*left;
    tables_call(shop->tables, &shop->identity, text_of(operation), buf_view(&pending->body),
        pending->arena, take_answer, pending);
}

/* Each write is sent when the one before is answered or still under way: the order is known. */
static void a_backup_during_writes_is_one_moment_of_them(void **state)
{
    enum { WRITES = 600 };
    struct pending *pending = mem_new(WRITES + 1, sizeof *pending);
    struct shop shop;
    int left = 0;
    int64_t items, sum = 0;

    open_books(&shop, false, 0);
    for (int i = 0; i < WRITES; i++) {
        submit(&shop, &pending[i], "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'w'},'n':{'N':'#'}}}", i, &left);
        if (i == 200)
            submit(&shop, &pending[WRITES], "CreateBackup", BACK_UP, 0, &left);
        if (i % 20 == 0)
            uv_run((uv_loop_t *)http_server_loop(shop.server), UV_RUN_NOWAIT);
    }
    while (left > 0)
        uv_run((uv_loop_t *)http_server_loop(shop.server), UV_RUN_ONCE);
    for (int i = 0; i <= WRITES; i++) {
        if (pending[i].status != 200)
            fail_msg("%d: %s", i, pending[i].arn);
        arena_free(pending[i].arena);
        buf_done(&pending[i].body);
    }
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}",
        pending[WRITES].arn);
    assert_int_equal(shop.status, 200);
    wait_until_active(&shop, "copy");
    items = counter(&shop, "copy", "Table.ItemCount");
    assert_in_range(items, 201, WRITES); /* what was sent before it, and no gap after */
    call(&shop, "Query", "%s",
        "{'TableName':'copy','KeyConditionExpression':'id = :w','ScanIndexForward':false,"
        "'Limit':1,'ExpressionAttributeValues':{':w':{'S':'w'}}}");
    assert_true(text_to_integer(answer_at(&shop, "Items.0.n.N")->text, 0, WRITES, &sum));
    assert_int_equal(sum, items - 1);
    mem_free(pending);
    shop_close(&shop);
    (void)state;
}

static void overrides_are_honoured(void **state)
{
    struct shop shop;
    char arn[1100];

    open_books(&shop, false, 30);
    back_up(&shop, arn, sizeof arn);
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'slim','BackupArn':'%s','BillingModeOverride':'PROVISIONED',"
        "'ProvisionedThroughputOverride':{'ReadCapacityUnits':3,'WriteCapacityUnits':4},"
        "'SSESpecificationOverride':{'Enabled':true},"
        "'LocalSecondaryIndexOverride':[],'GlobalSecondaryIndexOverride':[{'IndexName':'by-g',"
        "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':"
        "'ALL'},'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}}]}",
        arn);
    assert_int_equal(shop.status, 200);
    wait_until_active(&shop, "slim");
    assert_null(answer_at(&shop, "Table.LocalSecondaryIndexes"));
    assert_int_equal(json_integer_member(answer_at(&shop, "Table.ProvisionedThroughput"),
                         "WriteCapacityUnits", 0),
        4);
    assert_int_equal(json_integer_member(
                         answer_at(&shop, "Table.GlobalSecondaryIndexes.0.ProvisionedThroughput"),
                         "ReadCapacityUnits", 0),
        5);
    assert_int_equal(answer_at(&shop, "Table.AttributeDefinitions")->count, 3); /* not h */
    assert_true(text_is(answer_at(&shop, "Table.SSEDescription.Status")->text, "ENABLED"));
    assert_int_equal(count_items(&shop, "slim", "by-g"), 30);
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bare','BackupArn':'%s','LocalSecondaryIndexOverride':[],"
        "'GlobalSecondaryIndexOverride':[],'OnDemandThroughputOverride':{"
        "'MaxReadRequestUnits':7}}",
        arn);
    wait_until_active(&shop, "bare");
    assert_null(answer_at(&shop, "Table.GlobalSecondaryIndexes"));
    assert_int_equal(answer_at(&shop, "Table.AttributeDefinitions")->count, 2);
    assert_int_equal(json_integer_member(answer_at(&shop, "Table.OnDemandThroughput"),
                         "MaxReadRequestUnits", 0),
        7);
    assert_int_equal(count_items(&shop, "bare", NULL), 30);
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bad','BackupArn':'%s','BillingModeOverride':'PROVISIONED'}", arn);
    expect_fault(&shop, "ValidationException",
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
        "both be specified when BillingMode is PROVISIONED");
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bad','BackupArn':'%s','BillingModeOverride':'PROVISIONED',"
        "'ProvisionedThroughputOverride':{'ReadCapacityUnits':3,'WriteCapacityUnits':4}}",
        arn);
    expect_fault(&shop, "ValidationException",
        "One or more parameter values were invalid: ProvisionedThroughput must be specified for "
        "index: by-g");
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bad','BackupArn':'%s',"
        "'ProvisionedThroughputOverride':{'ReadCapacityUnits':3,'WriteCapacityUnits':4}}",
        arn);
    expect_fault(&shop, "ValidationException",
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bad','BackupArn':'%s','GlobalSecondaryIndexOverride':[{"
        "'IndexName':'by-h','KeySchema':[{'AttributeName':'h','KeyType':'HASH'}],"
        "'Projection':{'ProjectionType':'ALL'}}]}",
        arn);
    expect_fault(&shop, "ValidationException",
        "One or more parameter values were invalid: The index does not match an index of the "
        "source table: by-h");
    call(&shop, "RestoreTableFromBackup",
        "{'TargetTableName':'bad','BackupArn':'%s','GlobalSecondaryIndexOverride':[{"
        "'IndexName':'by-g','KeySchema':[{'AttributeName':'h','KeyType':'HASH'}],"
        "'Projection':{'ProjectionType':'ALL'}}]}",
        arn);
    expect_fault(&shop, "ValidationException",
        "One or more parameter values were invalid: The index does not match an index of the "
        "source table: by-g");
    shop_close(&shop);
    (void)state;
}

static void settings_that_belong_to_the_table_are_not_carried(void **state)
{
    struct shop shop;
    char arn[1100];

    open_books(&shop, false, 2);
    call(&shop, "UpdateTable", "%s",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'NEW_IMAGE'}}");
    assert_int_equal(shop.status, 200);
    call(&shop, "UpdateTable", "%s", "{'TableName':'books','DeletionProtectionEnabled':true}");
    assert_int_equal(shop.status, 200);
    call(&shop, "UpdateTimeToLive", "%s",
        "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':'end','Enabled':true}}");
    call(&shop, "TagResource", "%s",
        "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books','Tags':[{"
        "'Key':'a','Value':'b'}]}");
    call(&shop, "UpdateContinuousBackups", "%s",
        "{'TableName':'books','PointInTimeRecoverySpecification':{"
        "'PointInTimeRecoveryEnabled':true}}");
    back_up(&shop, arn, sizeof arn);
    call(&shop, "DescribeBackup", "{'BackupArn':'%s'}", arn);
    assert_true(
        text_is(answer_at(&shop, "BackupDescription.SourceTableFeatureDetails.StreamDescription."
                                 "StreamViewType")
                    ->text,
            "NEW_IMAGE"));
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    wait_until_active(&shop, "copy");
    assert_null(answer_at(&shop, "Table.LatestStreamArn"));
    assert_int_equal(answer_at(&shop, "Table.DeletionProtectionEnabled")->kind, JSON_FALSE);
    EXPECT_CALL(&shop, "DescribeTimeToLive", "{'TableName':'copy'}",
        "{'TimeToLiveDescription':{'TimeToLiveStatus':'DISABLED'}}");
    EXPECT_CALL(&shop, "ListTagsOfResource",
        "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/copy'}", "{'Tags':[]}");
    EXPECT_CALL(&shop, "DescribeContinuousBackups", "{'TableName':'copy'}",
        "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
        "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}");
    call(&shop, "PutItem", "%s", "{'TableName':'copy','Item':{'id':{'S':'x'},'n':{'N':'1'}}}");
    assert_int_equal(shop.status, 200);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_table_equals_what_was_backed_up),
        cmocka_unit_test(backups_work_in_memory_mode),
        cmocka_unit_test(a_backup_is_described_as_the_service_does),
        cmocka_unit_test(backups_are_listed_by_table_time_and_page),
        cmocka_unit_test(bad_requests_are_refused_by_name),
        cmocka_unit_test(a_table_that_is_filled_is_left_alone),
        cmocka_unit_test(a_restore_goes_on_after_a_restart),
        cmocka_unit_test(kills_leave_whole_backups_and_tables_only),
        cmocka_unit_test(a_backup_that_is_damaged_or_gone_restores_nothing),
        cmocka_unit_test(a_backup_during_writes_is_one_moment_of_them),
        cmocka_unit_test(overrides_are_honoured),
        cmocka_unit_test(settings_that_belong_to_the_table_are_not_carried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
