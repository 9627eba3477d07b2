#include "tests/unit/tables_support.h"

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/random_value.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_table_equals_what_was_backed_up),
        cmocka_unit_test(backups_work_in_memory_mode),
        cmocka_unit_test(a_backup_is_described_as_the_service_does),
        cmocka_unit_test(backups_are_listed_by_table_time_and_page),
        cmocka_unit_test(bad_requests_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
