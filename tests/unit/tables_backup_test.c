#include "tests/unit/tables_backup_support.h"

#include "base/clock.h"
#include "base/mem.h"

/* Backups and restored tables, from outside. */

#define NOON UINT64_C(1795000000000) /* ms */

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

static void a_backup_under_way_at_the_end_is_answered(void **state)
{
    struct shop shop;

    open_books(&shop, false, 40);
    for (int round = 0; round < 8; round++) {
        struct pending pending = {0};
        int left = 0;

        submit(&shop, &pending, "CreateBackup", BACK_UP, 0, &left);
        for (int i = 0; i < round; i++) {
            uv_run((uv_loop_t *)http_server_loop(shop.server), UV_RUN_NOWAIT);
            usleep(500);
        }
        shop_stop(&shop);
        assert_int_equal(left, 0);
        assert_true(pending.status == 200 || pending.status == 500);
        shop_start(&shop);
        call(&shop, "ListBackups", "%s", "{}");
        assert_int_equal(answer_at(&shop, "BackupSummaries")->count, pending.status == 200);
        assert_int_equal(count_files(&shop, ".db"), pending.status == 200);
        assert_int_equal(count_files(&shop, ".tmp"), 0);
        if (pending.status == 200)
            call(&shop, "DeleteBackup", "{'BackupArn':'%s'}", pending.arn);
        arena_free(pending.arena);
        buf_done(&pending.body);
    }
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
        cmocka_unit_test(a_backup_during_writes_is_one_moment_of_them),
        cmocka_unit_test(a_backup_under_way_at_the_end_is_answered),
        cmocka_unit_test(overrides_are_honoured),
        cmocka_unit_test(settings_that_belong_to_the_table_are_not_carried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
