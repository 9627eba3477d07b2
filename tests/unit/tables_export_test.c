#include "tests/unit/tables_transfer_support.h"

#include "endpoint/tables/store.h"

#include "base/clock.h"
#include "base/crypto.h"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, false);
    make_books(&shop);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    clock_fix(0);
    shop_close(*state);
    return 0;
}

#define ARN "arn:aws:dynamodb:eu-west-1:000000000000:table/books"

/* Begins an export of books with the members, waits, and keeps its ARN. */
static void export_books(struct shop *shop, const char *members, char *arn, size_t size)
{
    call(shop, "ExportTableToPointInTime",
        "{'TableArn':'" ARN "','S3Bucket':'my-bucket','S3Prefix':'some/where'%s}", members);
    if (shop->status != 200)
        fail_msg("%s", buf_string(&shop->answer));
    keep(shop, "ExportDescription.ExportArn", arn, size);
    wait_for_export(shop, arn);
}

/* The lines of all data files that the manifest of the export lists, in its order. */
static void read_lines(struct shop *shop, const char *arn, struct buf *lines, int64_t *files)
{
    char manifest[512];
    struct text rest, line;
    struct buf list, packed, key, digest;
    struct error err;

    buf_init(&list, 1 << 20);
    buf_init(&packed, 64 << 20);
    buf_init(&key, 4096);
    buf_init(&digest, 64);
    snprintf(manifest, sizeof manifest, "my-bucket/some/where/AWSDynamoDB/%s/manifest-files.json",
        strrchr(arn, '/') + 1);
    read_object(shop, manifest, &list);
    rest = buf_view(&list);
    buf_clear(lines);
    for (*files = 0; text_take_until(&rest, '\n', &line); ++*files) {
        const struct json *json = json_parse(line, shop->arena, &err);
        struct text path = json_string_member(json, "dataFileS3Key");
        struct buf part;
        uint8_t md5[CRYPTO_MD5];

        assert_non_null(json);
        buf_clear(&key);
        buf_add_format(&key, "my-bucket/%.*s", (int)path.length, path.data);
        read_object(shop, buf_string(&key), &packed);
        crypto_md5(buf_view(&packed), md5);
        buf_clear(&digest);
        crypto_add_base64(&digest, text_make((const char *)md5, sizeof md5));
        assert_true(text_equal(json_string_member(json, "md5Checksum"), buf_view(&digest)));
        buf_init(&part, 64 << 20);
        assert_int_equal(compress_read_gzip(buf_view(&packed), &part), COMPRESS_OK);
        buf_add_text(lines, buf_view(&part));
        buf_done(&part);
    }
    buf_done(&list);
    buf_done(&packed);
    buf_done(&key);
    buf_done(&digest);
}

static void an_export_is_laid_out_as_the_service_does(void **state)
{
    struct shop *shop = *state;
    char arn[256], path[512], id[64];
    struct buf content, lines;
    int64_t files;

    buf_init(&content, 1 << 20);
    buf_init(&lines, 64 << 20);
    clock_fix(UINT64_C(1700000000) * CLOCK_SECOND);
    log_books(shop);
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'1'}}}",
        "{}");
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'2.50'},'x':{'SS':['q','p']}}}",
        "{}");
    clock_advance(2 * CLOCK_SECOND);
    export_books(shop, ",'ClientToken':'t1'", arn, sizeof arn);
    snprintf(id, sizeof id, "%s", strrchr(arn, '/') + 1);
    assert_true(strncmp(arn, ARN "/export/01700000002000-", strlen(ARN) + 23) == 0);
    assert_string_equal(keep(shop, "ExportDescription.ExportStatus", path, sizeof path),
        "COMPLETED");
    assert_int_equal(json_integer_member(answer_at(shop, "ExportDescription"), "ItemCount", -1), 2);
    assert_int_equal(json_integer_member(answer_at(shop, "ExportDescription"), "BilledSizeBytes",
                         -1),
        16);
    assert_int_equal(json_integer_member(answer_at(shop, "ExportDescription"), "ExportTime", -1),
        1700000002);
    keep(shop, "ExportDescription.ExportManifest", path, sizeof path);
    snprintf(buf_reserve(&content, 600), 600, "some/where/AWSDynamoDB/%s/manifest-summary.json",
        id);
    assert_string_equal(path, content.data);
    read_lines(shop, arn, &lines, &files);
    assert_int_equal(files, 1);
    assert_string_equal(buf_string(&lines),
        wanted(shop, "{'Item':{'id':{'S':'a'},'n':{'N':'1'}}}\n"
                     "{'Item':{'id':{'S':'a'},'n':{'N':'2.5'},'x':{'SS':['p','q']}}}\n"));
    snprintf(path, sizeof path, "my-bucket/some/where/AWSDynamoDB/%s/_started", id);
    read_object(shop, path, &content);
    assert_int_equal(content.length, 0);
    snprintf(path, sizeof path, "my-bucket/some/where/AWSDynamoDB/%s/manifest-summary.json", id);
    read_object(shop, path, &content);
    buf_clear(&lines);
    buf_add_format(&lines,
        "{'version':'2020-06-30','exportArn':'%s','startTime':'2023-11-14T22:13:22.000Z',"
        "'endTime':'2023-11-14T22:13:22.000Z','tableArn':'" ARN "','tableId':'",
        arn);
    assert_true(text_starts_with(buf_view(&content), text_of(wanted(shop, buf_string(&lines)))));
    buf_clear(&lines);
    buf_add_format(&lines,
        "'exportTime':'2023-11-14T22:13:22.000Z','s3Bucket':'my-bucket','s3Prefix':'some/where',"
        "'s3SseAlgorithm':'AES256','s3SseKmsKeyId':null,'manifestFilesS3Key':"
        "'some/where/AWSDynamoDB/%s/manifest-files.json','billedSizeBytes':16,'itemCount':2,"
        "'outputFormat':'DYNAMODB_JSON','exportType':'FULL_EXPORT'}",
        id);
    assert_true(text_ends_with(buf_view(&content), text_of(wanted(shop, buf_string(&lines)))));
    snprintf(path, sizeof path, "my-bucket/some/where/AWSDynamoDB/%s/manifest-summary.md5", id);
    read_object(shop, path, &content);
    assert_int_equal(content.length, 24);
    buf_done(&content);
    buf_done(&lines);
}

static void an_export_shows_the_table_at_its_time(void **state)
{
    struct shop *shop = *state;
    struct buf lines;
    char arn[256];
    int64_t files;

    buf_init(&lines, 1 << 20);
    clock_fix(UINT64_C(1700000000) * CLOCK_SECOND);
    log_books(shop);
    for (int i = 0; i < 5; i++) {
        clock_advance(10 * CLOCK_SECOND);
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'a'},'n':{'N':'1'},'v':{'N':'%d'}}}", i);
        assert_int_equal(shop->status, 200);
    }
    export_books(shop, ",'ExportTime':1700000035", arn, sizeof arn);
    read_lines(shop, arn, &lines, &files);
    assert_string_equal(buf_string(&lines),
        wanted(shop, "{'Item':{'id':{'S':'a'},'n':{'N':'1'},'v':{'N':'2'}}}\n"));
    /* Before the first item: a file without lines. */
    export_books(shop, ",'ExportTime':1700000005", arn, sizeof arn);
    read_lines(shop, arn, &lines, &files);
    assert_int_equal(files, 1);
    assert_int_equal(lines.length, 0);
    buf_done(&lines);
}

static void an_incremental_export_tells_what_changed(void **state)
{
    struct shop *shop = *state;
    struct buf lines;
    char arn[256];
    int64_t files;

    buf_init(&lines, 1 << 20);
    clock_fix(UINT64_C(1700000000) * CLOCK_SECOND);
    log_books(shop);
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'old'},'n':{'N':'1'}}}",
        "{}");
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'gone'},'n':{'N':'1'}}}",
        "{}");
    clock_advance(10 * CLOCK_SECOND);
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'new'},'n':{'N':'1'}}}",
        "{}");
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'x'},'n':{'N':'1'}}}",
        "{}");
    clock_advance(CLOCK_SECOND);
    EXPECT_CALL(shop, "PutItem",
        "{'TableName':'books','Item':{'id':{'S':'old'},'n':{'N':'1'},'v':{'N':'2'}}}", "{}");
    EXPECT_CALL(shop, "DeleteItem", "{'TableName':'books','Key':{'id':{'S':'x'},'n':{'N':'1'}}}",
        "{}");
    EXPECT_CALL(shop, "DeleteItem", "{'TableName':'books','Key':{'id':{'S':'gone'},'n':{'N':'1'}}}",
        "{}");
    clock_advance(9 * CLOCK_SECOND);
    EXPECT_CALL(shop, "PutItem", "{'TableName':'books','Item':{'id':{'S':'late'},'n':{'N':'1'}}}",
        "{}");
    clock_advance(CLOCK_SECOND);
    /* From the first moment on, up to just before the second. */
    export_books(shop,
        ",'ExportType':'INCREMENTAL_EXPORT','IncrementalExportSpecification':"
        "{'ExportFromTime':1700000010,'ExportToTime':1700000020}",
        arn, sizeof arn);
    assert_int_equal(json_integer_member(answer_at(shop, "ExportDescription"), "ItemCount", -1), 3);
    read_lines(shop, arn, &lines, &files);
    assert_string_equal(buf_string(&lines),
        wanted(shop,
            "{'Metadata':{'WriteTimestampMicros':{'N':'1700000010000000'}},'Keys':"
            "{'id':{'S':'new'},'n':{'N':'1'}},'NewImage':{'id':{'S':'new'},'n':{'N':'1'}}}\n"
            "{'Metadata':{'WriteTimestampMicros':{'N':'1700000011000000'}},'Keys':"
            "{'id':{'S':'old'},'n':{'N':'1'}},'OldImage':{'id':{'S':'old'},'n':{'N':'1'}},"
            "'NewImage':{'id':{'S':'old'},'n':{'N':'1'},'v':{'N':'2'}}}\n"
            "{'Metadata':{'WriteTimestampMicros':{'N':'1700000011000000'}},'Keys':"
            "{'id':{'S':'gone'},'n':{'N':'1'}},'OldImage':{'id':{'S':'gone'},'n':{'N':'1'}}}\n"));
    export_books(shop,
        ",'ExportType':'INCREMENTAL_EXPORT','IncrementalExportSpecification':"
        "{'ExportFromTime':1700000011,'ExportToTime':1700000020,'ExportViewType':'NEW_IMAGE'}",
        arn, sizeof arn);
    read_lines(shop, arn, &lines, &files);
    assert_string_equal(buf_string(&lines),
        wanted(shop, "{'Metadata':{'WriteTimestampMicros':{'N':'1700000011000000'}},'Keys':"
                     "{'id':{'S':'old'},'n':{'N':'1'}},"
                     "'NewImage':{'id':{'S':'old'},'n':{'N':'1'},'v':{'N':'2'}}}\n"
                     "{'Metadata':{'WriteTimestampMicros':{'N':'1700000011000000'}},'Keys':"
                     "{'id':{'S':'x'},'n':{'N':'1'}}}\n"
                     "{'Metadata':{'WriteTimestampMicros':{'N':'1700000011000000'}},'Keys':"
                     "{'id':{'S':'gone'},'n':{'N':'1'}}}\n"));
    buf_done(&lines);
}

static void a_large_table_is_several_files(void **state)
{
    struct shop *shop = *state;
    struct buf value, lines;
    size_t count = 0;
    int64_t files;
    char arn[256];

    buf_init(&lines, 64 << 20);
    buf_init(&value, 1 << 20);
    log_books(shop);
    for (int i = 0; i < 50; i++) {
        buf_clear(&value);
        crypto_add_id(&value, 380000, "abcdefghijklmnopqrstuvwxyz");
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'%d'},'n':{'N':'1'},'v':{'S':'%s'}}}", i,
            buf_string(&value));
        assert_int_equal(shop->status, 200);
    }
    export_books(shop, "", arn, sizeof arn);
    assert_int_equal(json_integer_member(answer_at(shop, "ExportDescription"), "ItemCount", -1),
        50);
    read_lines(shop, arn, &lines, &files);
    assert_int_equal(files, 2);
    for (size_t at = 0; at < lines.length; at++)
        count += lines.data[at] == '\n';
    assert_int_equal(count, 50);
    buf_done(&value);
    buf_done(&lines);
}

static void bad_exports_are_refused(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *body, *type, *message;
    } bad[] = {
        {"{'TableArn':'" ARN "','S3Bucket':'bb'}", "PointInTimeRecoveryUnavailableException",
            "Point in time recovery is not enabled for table 'books'"},
        {"{}", "ValidationException",
            "2 validation errors detected: Value null at 'tableArn' failed to satisfy constraint: "
            "Member must not be null; Value null at 's3Bucket' failed to satisfy constraint: "
            "Member must not be null"},
        {"{'TableArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/nope','S3Bucket':'bb'}",
            "TableNotFoundException", "Table not found: nope"},
        {"{'TableArn':'" ARN "','S3Bucket':'..'}", "ValidationException",
            "1 validation error detected: Value '..' at 's3Bucket' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-z0-9A-Z]+[\\.\\-\\w]*"
            "[a-z0-9A-Z]+"},
        {"{'TableArn':'" ARN "','S3Bucket':'a/b'}", "ValidationException",
            "1 validation error detected: Value 'a/b' at 's3Bucket' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-z0-9A-Z]+[\\.\\-\\w]*"
            "[a-z0-9A-Z]+"},
        {"{'TableArn':'" ARN "','S3Bucket':'bb','S3Prefix':'../up'}", "ValidationException",
            "Value '../up' at 's3Prefix' cannot be a prefix here: no part between slashes may be "
            "empty, '.', '..' or longer than 255 bytes"},
        {"{'TableArn':'" ARN "','S3Bucket':'bb','S3Prefix':'/etc'}", "ValidationException",
            "Value '/etc' at 's3Prefix' cannot be a prefix here: no part between slashes may be "
            "empty, '.', '..' or longer than 255 bytes"},
        {"{'TableArn':'" ARN "','S3Bucket':'bb','ExportFormat':'ION'}", "ValidationException",
            "The value 'ION' of ExportFormat is not supported by this endpoint"},
        {"{'TableArn':'" ARN "','S3Bucket':'bb','ExportFormat':'CSV','ExportType':'X'}",
            "ValidationException",
            "2 validation errors detected: Value 'CSV' at 'exportFormat' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ION, DYNAMODB_JSON]; Value 'X' at "
            "'exportType' failed to satisfy constraint: Member must satisfy enum value set: "
            "[INCREMENTAL_EXPORT, FULL_EXPORT]"},
        {"{'TableArn':'" ARN "','S3Bucket':'bb','ExportType':'INCREMENTAL_EXPORT'}",
            "ValidationException",
            "IncrementalExportSpecification must be given for, and only for, INCREMENTAL_EXPORT"},
    };
    struct buf prefix;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_FAULT(shop, "ExportTableToPointInTime", bad[i].body, bad[i].type, bad[i].message);
    buf_init(&prefix, 4096);
    buf_add_repeat(&prefix, 'a', 256);
    call(shop, "ExportTableToPointInTime", "{'TableArn':'" ARN "','S3Bucket':'bb','S3Prefix':'%s'}",
        buf_string(&prefix));
    assert_int_equal(shop->status, 400);
    buf_done(&prefix);
    log_books(shop);
    EXPECT_FAULT(shop, "ExportTableToPointInTime",
        "{'TableArn':'" ARN "','S3Bucket':'bb','ExportTime':1}", "InvalidExportTimeException",
        "The export time is outside of the point in time recovery window of the table");
    EXPECT_FAULT(shop, "ExportTableToPointInTime",
        "{'TableArn':'" ARN "','S3Bucket':'bb','ExportTime':4102444800}",
        "InvalidExportTimeException",
        "The export time is outside of the point in time recovery window of the table");
    EXPECT_FAULT(shop, "DescribeExport", "{'ExportArn':'" ARN "/export/01234567890123-00000000'}",
        "ExportNotFoundException", "Export not found: " ARN "/export/01234567890123-00000000");
    EXPECT_INVALID(shop, "DescribeExport", "{}",
        "1 validation error detected: Value null at 'exportArn' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_INVALID(shop, "ListExports", "{'NextToken':'x'}", "The provided NextToken is invalid");
    EXPECT_INVALID(shop, "ListExports", "{'MaxResults':26}",
        "1 validation error detected: Value '26' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 25");
}

static void a_token_makes_a_request_idempotent(void **state)
{
    struct shop *shop = *state;
    char first[256], again[256];

    log_books(shop);
    export_books(shop, ",'ClientToken':'t'", first, sizeof first);
    export_books(shop, ",'ClientToken':'t'", again, sizeof again);
    assert_string_equal(first, again);
    EXPECT_FAULT(shop, "ExportTableToPointInTime",
        "{'TableArn':'" ARN "','S3Bucket':'other','ClientToken':'t'}", "ExportConflictException",
        "An export with other parameters was requested with the client token: t");
    export_books(shop, ",'ClientToken':'u'", again, sizeof again);
    assert_string_not_equal(first, again);
}

static void exports_are_listed_in_pages(void **state)
{
    struct shop *shop = *state;
    char arn[3][256], token[64];

    log_books(shop);
    for (int i = 0; i < 3; i++)
        export_books(shop, "", arn[i], sizeof arn[i]);
    call(shop, "ListExports", "%s", "{'TableArn':'" ARN "','MaxResults':2}");
    assert_int_equal(answer_at(shop, "ExportSummaries")->count, 2);
    assert_true(text_is(answer_at(shop, "ExportSummaries.0.ExportArn")->text, arn[2]));
    assert_true(text_is(answer_at(shop, "ExportSummaries.1.ExportArn")->text, arn[1]));
    assert_true(text_is(answer_at(shop, "ExportSummaries.1.ExportStatus")->text, "COMPLETED"));
    assert_true(text_is(answer_at(shop, "ExportSummaries.1.ExportType")->text, "FULL_EXPORT"));
    keep(shop, "NextToken", token, sizeof token);
    call(shop, "ListExports", "{'TableArn':'" ARN "','MaxResults':2,'NextToken':'%s'}", token);
    assert_int_equal(answer_at(shop, "ExportSummaries")->count, 1);
    assert_true(text_is(answer_at(shop, "ExportSummaries.0.ExportArn")->text, arn[0]));
    assert_null(answer_at(shop, "NextToken"));
    EXPECT_CALL(shop, "ListExports", "{'TableArn':'" ARN "x'}", "{'ExportSummaries':[]}");
}

static void links_do_not_lead_out_of_the_bucket(void **state)
{
    struct shop *shop = *state;
    char arn[256], status[32], outside[4096], link[4096];
    struct error err = {0};

    log_books(shop);
    snprintf(outside, sizeof outside, "%s/outside", buf_string(&shop->folder));
    assert_int_equal(file_make_folder(outside, &err), ERROR_NONE);
    assert_int_equal(file_make_folder(bucket_path(shop, "my-bucket"), &err), ERROR_NONE);
    snprintf(link, sizeof link, "%s", bucket_path(shop, "my-bucket/some"));
    assert_int_equal(symlink(outside, link), 0);
    export_books(shop, "", arn, sizeof arn);
    assert_string_equal(keep(shop, "ExportDescription.ExportStatus", status, sizeof status),
        "FAILED");
    assert_string_equal(keep(shop, "ExportDescription.FailureCode", status, sizeof status),
        "S3PutObjectFailure");
    assert_int_equal(rmdir(outside), 0); /* nothing is in it */
    unlink(link);
    /* The bucket itself may be no link either. */
    assert_int_equal(rmdir(bucket_path(shop, "my-bucket")), 0);
    assert_int_equal(symlink("/tmp", bucket_path(shop, "my-bucket")), 0);
    export_books(shop, "", arn, sizeof arn);
    assert_string_equal(keep(shop, "ExportDescription.FailureCode", status, sizeof status),
        "S3NoSuchBucket");
}

static void what_a_server_left_has_failed(void **state)
{
    struct shop *shop = *state;
    char arn[256], text[128];
    struct buf sql;

    buf_init(&sql, 4096);
    log_books(shop);
    export_books(shop, "", arn, sizeof arn);
    shop_stop(shop);
    {
        /* As if it had been killed before the end was written down. */
        char path[4096];
        struct error err = {0};
        struct store *store;

        snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
        store = store_open(path, STORE_WRITER, true, &err);
        assert_non_null(store);
        assert_int_equal(store_execute(store, "UPDATE transfers SET running = 1, json = "
                                              "json_set(json, '$.ExportStatus', 'IN_PROGRESS')"),
            STORE_DONE);
        store_close(store);
    }
    shop_start(shop);
    call(shop, "DescribeExport", "{'ExportArn':'%s'}", arn);
    assert_string_equal(keep(shop, "ExportDescription.ExportStatus", text, sizeof text), "FAILED");
    assert_string_equal(keep(shop, "ExportDescription.FailureMessage", text, sizeof text),
        "The server ended before it was done");
    buf_done(&sql);
}

static void a_deleted_table_fails_its_export(void **state)
{
    struct shop *shop = *state;
    char arn[256], text[64];

    log_books(shop);
    call(shop, "ExportTableToPointInTime", "%s", "{'TableArn':'" ARN "','S3Bucket':'bb'}");
    keep(shop, "ExportDescription.ExportArn", arn, sizeof arn);
    call(shop, "DeleteTable", "%s", "{'TableName':'books'}");
    assert_int_equal(shop->status, 200);
    wait_for_export(shop, arn);
    keep(shop, "ExportDescription.ExportStatus", text, sizeof text);
    /* Whichever came first. */
    assert_true(strcmp(text, "COMPLETED") == 0 || strcmp(text, "FAILED") == 0);
    /* The record outlives the table. */
    EXPECT_FAULT(shop, "ExportTableToPointInTime", "{'TableArn':'" ARN "','S3Bucket':'bb'}",
        "TableNotFoundException", "Table not found: books");
}

static void memory_mode_has_no_buckets(void **state)
{
    struct shop shop;

    (void)state;
    shop_open(&shop, true);
    make_books(&shop);
    log_books(&shop);
    EXPECT_INVALID(&shop, "ExportTableToPointInTime", "{'TableArn':'" ARN "','S3Bucket':'bb'}",
        "Exports and imports need a data folder: this endpoint keeps its tables in memory");
    EXPECT_CALL(&shop, "ListExports", "{}", "{'ExportSummaries':[]}");
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_export_is_laid_out_as_the_service_does, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(an_export_shows_the_table_at_its_time, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(an_incremental_export_tells_what_changed, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_large_table_is_several_files, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(bad_exports_are_refused, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_token_makes_a_request_idempotent, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(exports_are_listed_in_pages, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(links_do_not_lead_out_of_the_bucket, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_a_server_left_has_failed, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_deleted_table_fails_its_export, open_shop, close_shop),
        cmocka_unit_test(memory_mode_has_no_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
