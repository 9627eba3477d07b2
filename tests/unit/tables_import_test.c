#include "tests/unit/tables_transfer_support.h"

#include "base/crypto.h"

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, false);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

#define CREATION                                                                                   \
    "'TableCreationParameters':{'TableName':'books','BillingMode':'PAY_PER_REQUEST',"              \
    "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'},"                          \
    "{'AttributeName':'n','AttributeType':'N'}],"                                                  \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"                                        \
    "{'AttributeName':'n','KeyType':'RANGE'}]}"
#define ARN "arn:aws:dynamodb:eu-west-1:000000000000:table/books"

/* Imports what is under in/ into books, waits; the description stays as the answer. */
static void import_books(struct shop *shop, const char *members)
{
    char arn[256];

    call(shop, "ImportTable",
        "{'S3BucketSource':{'S3Bucket':'bb','S3KeyPrefix':'in/'}," CREATION ",%s}", members);
    if (shop->status != 200)
        fail_msg("%s", buf_string(&shop->answer));
    keep(shop, "ImportTableDescription.ImportArn", arn, sizeof arn);
    wait_for_import(shop, arn);
}

static void check_end(struct shop *shop, const char *status, int64_t processed, int64_t imported,
    int64_t errors)
{
    const struct json *end = answer_at(shop, "ImportTableDescription");

    if (!text_is(json_string_member(end, "ImportStatus"), status) ||
        json_integer_member(end, "ProcessedItemCount", -1) != processed ||
        json_integer_member(end, "ImportedItemCount", -1) != imported ||
        json_integer_member(end, "ErrorCount", -1) != errors)
        fail_msg("%s", buf_string(&shop->answer));
}

/* {"Item":..} lines of the table, in key order. */
static const char *items(struct shop *shop)
{
    call(shop, "Scan", "%s", "{'TableName':'books'}");
    assert_int_equal(shop->status, 200);
    return buf_string(&shop->answer);
}

static void put_object(struct shop *shop, const char *path, const char *content)
{
    write_object(shop, path, text_of(wanted(shop, content)));
}

static void pack_object(struct shop *shop, const char *path, struct text content)
{
    struct buf packed;

    buf_init(&packed, 64 << 20);
    assert_true(compress_write(content, COMPRESS_GZIP, &packed));
    write_object(shop, path, buf_view(&packed));
    buf_done(&packed);
}

static void lines_of_items_become_a_table(void **state)
{
    struct shop *shop = *state;

    put_object(shop, "bb/in/a.json",
        "{'Item':{'id':{'S':'a'},'n':{'N':'1.0'},'s':{'SS':['y','x']}}}\n\n"
        "{'Item':{'id':{'S':'a'},'n':{'N':'2'},'m':{'M':{'k':{'NULL':true}}}}}\r\n");
    put_object(shop, "bb/in/deep/er/b.json", "{'Item':{'id':{'S':'a'},'n':{'N':'3'}}}");
    put_object(shop, "bb/out/c.json", "{'Item':{'id':{'S':'a'},'n':{'N':'4'}}}");
    import_books(shop, "'InputFormat':'DYNAMODB_JSON'");
    check_end(shop, "COMPLETED", 3, 3, 0);
    assert_int_equal(json_integer_member(answer_at(shop, "ImportTableDescription"),
                         "ProcessedSizeBytes", -1),
        174);
    assert_null(answer_at(shop, "ImportTableDescription.FailureCode"));
    items(shop);
    expect(shop, "{'Items':[{'id':{'S':'a'},'n':{'N':'1'},'s':{'SS':['x','y']}},"
                 "{'id':{'S':'a'},'m':{'M':{'k':{'NULL':true}}},'n':{'N':'2'}},"
                 "{'id':{'S':'a'},'n':{'N':'3'}}],'Count':3,'ScannedCount':3}");
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_int_equal(json_integer_member(answer_at(shop, "Table"), "ItemCount", -1), 3);
}

static void bad_rows_are_counted_and_passed_over(void **state)
{
    struct shop *shop = *state;

    put_object(shop, "bb/in/a.json",
        "{'Item':{'id':{'S':'a'},'n':{'N':'1'}}}\n"
        "not json\n"
        "{'Item':{'id':{'S':'a'}}}\n"
        "{'Item':{'id':{'S':'a'},'n':{'S':'1'}}}\n"
        "{'Item':{'id':{'S':''},'n':{'N':'1'}}}\n"
        "{'Item':{'id':{'S':'a'},'n':{'N':'x'}}}\n"
        "{'Item':{'id':{'S':'a'},'n':{'N':'2'},'v':{'SS':[]}}}\n"
        "{'Item':[]}\n"
        "{'Item':{'id':{'S':'a'},'n':7}}\n"
        "{'Other':1}\n"
        "[]\n"
        "null\n"
        "{'Item':{'id':{'S':'a'},'n':{'N':'1'},'v':{'S':'again'}}}\n");
    import_books(shop, "'InputFormat':'DYNAMODB_JSON','InputCompressionType':'NONE'");
    /* A key that comes again replaces what was there. */
    check_end(shop, "COMPLETED", 13, 2, 11);
    items(shop);
    expect(shop,
        "{'Items':[{'id':{'S':'a'},'n':{'N':'1'},'v':{'S':'again'}}],'Count':1,'ScannedCount':1}");
}

static void csv_has_a_header_and_typed_keys(void **state)
{
    struct shop *shop = *state;

    put_object(shop, "bb/in/a.csv",
        "id,n,note\r\n"
        "a,1,plain\r\n"
        "a,2.50,'with, comma'\r\n"
        "a,3,'two\nlines and ''quotes'''\r\n"
        "\r\n"
        "a,4,\r\n"
        "a,five,bad number\r\n"
        "a,6\r\n"
        "a,7,x,y\r\n"
        "a,8,ba'd\r\n"
        ",9,no key\r\n"
        "a,10,last");
    import_books(shop, "'InputFormat':'CSV'");
    check_end(shop, "COMPLETED", 10, 5, 5);
    items(shop);
    expect(shop,
        "{'Items':[{'id':{'S':'a'},'n':{'N':'1'},'note':{'S':'plain'}},"
        "{'id':{'S':'a'},'n':{'N':'2.5'},'note':{'S':'with, comma'}},"
        "{'id':{'S':'a'},'n':{'N':'3'},'note':{'S':'two\\nlines and \\'quotes\\''}},"
        "{'id':{'S':'a'},'n':{'N':'4'},'note':{'S':''}},"
        "{'id':{'S':'a'},'n':{'N':'10'},'note':{'S':'last'}}],'Count':5,'ScannedCount':5}");
}

static void csv_takes_a_header_list_and_a_delimiter(void **state)
{
    struct shop *shop = *state;

    put_object(shop, "bb/in/a.csv", "1;a;x\n2;a;'semi;colon'\n");
    put_object(shop, "bb/in/b.csv", "3;a;y");
    import_books(shop, "'InputFormat':'CSV','InputFormatOptions':{'Csv':{'Delimiter':';',"
                       "'HeaderList':['n','id','v']}}");
    check_end(shop, "COMPLETED", 3, 3, 0);
    items(shop);
    expect(shop, "{'Items':[{'id':{'S':'a'},'n':{'N':'1'},'v':{'S':'x'}},"
                 "{'id':{'S':'a'},'n':{'N':'2'},'v':{'S':'semi;colon'}},"
                 "{'id':{'S':'a'},'n':{'N':'3'},'v':{'S':'y'}}],'Count':3,'ScannedCount':3}");
}

static void a_header_that_names_a_column_twice_spoils_its_object(void **state)
{
    struct shop *shop = *state;

    put_object(shop, "bb/in/a.csv", "id,n,id\na,1,b\n");
    put_object(shop, "bb/in/b.csv", "n,id\n2,a\n");
    import_books(shop, "'InputFormat':'CSV'");
    check_end(shop, "COMPLETED", 1, 1, 1);
}

static void a_row_that_does_not_end_is_passed_over(void **state)
{
    struct shop *shop = *state;
    struct buf rows;

    buf_init(&rows, 64 << 20);
    buf_add_string(&rows, "id,n,v\na,1,\"");
    buf_add_repeat(&rows, 'v', 5 << 20); /* the quote is never closed */
    buf_add_string(&rows, "\na,2,x\na,3,");
    buf_add_repeat(&rows, 'v', 500000); /* too large for an item */
    buf_add_string(&rows, "\na,4,y");
    write_object(shop, "bb/in/a.csv", buf_view(&rows));
    import_books(shop, "'InputFormat':'CSV'");
    check_end(shop, "COMPLETED", 4, 2, 2);
    items(shop);
    expect(shop, "{'Items':[{'id':{'S':'a'},'n':{'N':'2'},'v':{'S':'x'}},"
                 "{'id':{'S':'a'},'n':{'N':'4'},'v':{'S':'y'}}],'Count':2,'ScannedCount':2}");
    buf_done(&rows);
}

static void gzip_is_unpacked_on_the_way(void **state)
{
    struct shop *shop = *state;
    struct buf lines;

    buf_init(&lines, 64 << 20);
    for (int i = 0; i < 20000; i++) {
        buf_add_format(&lines,
            "{\"Item\":{\"id\":{\"S\":\"h%d\"},\"n\":{\"N\":\"%d\"},"
            "\"v\":{\"S\":\"",
            i % 50, i);
        crypto_add_id(&lines, 40, "abcdefghijklmnop");
        buf_add_string(&lines, "\"}}}\n");
    }
    pack_object(shop, "bb/in/a.json.gz", buf_view(&lines));
    pack_object(shop, "bb/in/empty.json.gz", text_make("", 0));
    put_object(shop, "bb/in/not.json.gz", "{'Item':{'id':{'S':'a'},'n':{'N':'1'}}}\n");
    import_books(shop, "'InputFormat':'DYNAMODB_JSON','InputCompressionType':'GZIP'");
    check_end(shop, "COMPLETED", 20000, 20000, 1);
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_int_equal(json_integer_member(answer_at(shop, "Table"), "ItemCount", -1), 20000);
    buf_done(&lines);
}

static void what_was_exported_comes_back_equal(void **state)
{
    struct shop *shop = *state;
    struct buf before, after;
    char arn[256];

    buf_init(&before, 64 << 20);
    buf_init(&after, 64 << 20);
    make_books(shop);
    log_books(shop);
    for (int i = 0; i < 500; i++) {
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'k%d'},'n':{'N':'%d.5'},'b':{'B':'AP8='},"
            "'l':{'L':[{'BOOL':true},{'NULL':true},{'M':{'\\u00e9':{'NS':['1','%d']}}}]},"
            "'s':{'S':'line\\nbreak \\u0000 end'}}}",
            i % 7, i, i + 2);
        assert_int_equal(shop->status, 200);
    }
    keep_scan(shop, "books", &before);
    call(shop, "ExportTableToPointInTime", "%s",
        "{'TableArn':'" ARN "','S3Bucket':'bb','S3Prefix':"
        "'in'}");
    keep(shop, "ExportDescription.ExportArn", arn, sizeof arn);
    wait_for_export(shop, arn);
    call(shop, "DeleteTable", "%s", "{'TableName':'books'}");
    assert_int_equal(shop->status, 200);
    call(shop, "ImportTable",
        "{'S3BucketSource':{'S3Bucket':'bb','S3KeyPrefix':'in/AWSDynamoDB/%s/data/'}," CREATION
        ",'InputFormat':'DYNAMODB_JSON','InputCompressionType':'GZIP'}",
        strrchr(arn, '/') + 1);
    assert_int_equal(shop->status, 200);
    keep(shop, "ImportTableDescription.ImportArn", arn, sizeof arn);
    wait_for_import(shop, arn);
    check_end(shop, "COMPLETED", 500, 500, 0);
    keep_scan(shop, "books", &after);
    assert_string_equal(buf_string(&before), buf_string(&after));
    buf_done(&before);
    buf_done(&after);
}

static void an_import_without_objects_fails(void **state)
{
    struct shop *shop = *state;
    char text[128];

    import_books(shop, "'InputFormat':'DYNAMODB_JSON'");
    check_end(shop, "FAILED", 0, 0, 0);
    assert_string_equal(keep(shop, "ImportTableDescription.FailureCode", text, sizeof text),
        "S3NoSuchBucket");
    assert_string_equal(keep(shop, "ImportTableDescription.FailureMessage", text, sizeof text),
        "The specified bucket does not exist");
    call(shop, "DeleteTable", "%s", "{'TableName':'books'}");
    put_object(shop, "bb/other.json", "{}");
    import_books(shop, "'InputFormat':'DYNAMODB_JSON'");
    check_end(shop, "FAILED", 0, 0, 0);
    assert_string_equal(keep(shop, "ImportTableDescription.FailureCode", text, sizeof text),
        "S3NoSuchKey");
}

static void what_is_no_file_is_left_alone(void **state)
{
    struct shop *shop = *state;
    char outside[4096], link[4096];

    snprintf(outside, sizeof outside, "%s/secret.json", buf_string(&shop->folder));
    put_object(shop, "bb/in/a.json", "{'Item':{'id':{'S':'a'},'n':{'N':'1'}}}\n");
    put_object(shop, "../secret.json", "{'Item':{'id':{'S':'secret'},'n':{'N':'1'}}}\n");
    snprintf(link, sizeof link, "%s", bucket_path(shop, "bb/in/link.json"));
    assert_int_equal(symlink(outside, link), 0);
    snprintf(link, sizeof link, "%s", bucket_path(shop, "bb/in/folder"));
    assert_int_equal(symlink(buf_string(&shop->folder), link), 0);
    assert_int_equal(mkfifo(bucket_path(shop, "bb/in/pipe"), 0600), 0);
    import_books(shop, "'InputFormat':'DYNAMODB_JSON'");
    check_end(shop, "COMPLETED", 1, 1, 0);
}

static void bad_imports_are_refused(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *body, *message;
    } bad[] = {
        {"{}",
            "3 validation errors detected: Value null at 's3BucketSource' failed to satisfy "
            "constraint: Member must not be null; Value null at 'inputFormat' failed to satisfy "
            "constraint: Member must not be null; Value null at 'tableCreationParameters' failed "
            "to satisfy constraint: Member must not be null"},
        {"{'S3BucketSource':{'S3Bucket':'../"
         "x'},'InputFormat':'TSV','InputCompressionType':'LZ'," CREATION "}",
            "3 validation errors detected: Value '../x' at 's3BucketSource.s3Bucket' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: "
            "[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+; Value 'TSV' at 'inputFormat' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ION, CSV, DYNAMODB_JSON]; Value "
            "'LZ' at 'inputCompressionType' failed to satisfy constraint: Member must satisfy "
            "enum value set: [NONE, GZIP, ZSTD]"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'ION'," CREATION "}",
            "The value 'ION' of InputFormat is not supported by this endpoint"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV',"
         "'InputCompressionType':'ZSTD'," CREATION "}",
            "The value 'ZSTD' of InputCompressionType is not supported by this endpoint"},
        {"{'S3BucketSource':{'S3Bucket':'bb','S3KeyPrefix':'a/../../b'},'InputFormat':'CSV',"
         "" CREATION "}",
            "Value 'a/../../b' at 's3BucketSource.s3KeyPrefix' cannot be a prefix here: no part "
            "between slashes may be empty, '.', '..' or longer than 255 bytes"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'DYNAMODB_JSON',"
         "'InputFormatOptions':{'Csv':{}}," CREATION "}",
            "InputFormatOptions can only be specified when InputFormat is CSV"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV','InputFormatOptions':{'Csv':"
         "{'Delimiter':'x','HeaderList':[]}}," CREATION "}",
            "2 validation errors detected: Value 'x' at 'inputFormatOptions.csv.delimiter' failed "
            "to satisfy constraint: Member must satisfy regular expression pattern: [,;:|\\t ]; "
            "Value '[]' at 'inputFormatOptions.csv.headerList' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV','InputFormatOptions':{'Csv':"
         "{'HeaderList':['a','b','a']}}," CREATION "}",
            "The header names the column a twice"},
        {"{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV','TableCreationParameters':"
         "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[],"
         "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}}",
            "One or more parameter values were invalid: Some index key attributes are not defined "
            "in "
            "AttributeDefinitions. Keys: [id], AttributeDefinitions: []"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_INVALID(shop, "ImportTable", bad[i].body, bad[i].message);
    EXPECT_FAULT(shop, "DescribeImport", "{'ImportArn':'" ARN "/import/01234567890123-00000000'}",
        "ImportNotFoundException", "Import not found: " ARN "/import/01234567890123-00000000");
    make_books(shop);
    EXPECT_FAULT(shop, "ImportTable",
        "{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV'," CREATION "}",
        "ResourceInUseException", "Table already exists: books");
    EXPECT_CALL(shop, "ListImports", "{}", "{'ImportSummaryList':[]}");
}

static void a_token_finds_its_import(void **state)
{
    struct shop *shop = *state;
    char first[256], again[256];

    put_object(shop, "bb/in/a.json", "{'Item':{'id':{'S':'a'},'n':{'N':'1'}}}\n");
    import_books(shop, "'InputFormat':'DYNAMODB_JSON','ClientToken':'t'");
    keep(shop, "ImportTableDescription.ImportArn", first, sizeof first);
    import_books(shop, "'InputFormat':'DYNAMODB_JSON','ClientToken':'t'");
    keep(shop, "ImportTableDescription.ImportArn", again, sizeof again);
    assert_string_equal(first, again);
    EXPECT_FAULT(shop, "ImportTable",
        "{'S3BucketSource':{'S3Bucket':'bb'},'InputFormat':'CSV','ClientToken':'t'," CREATION "}",
        "ImportConflictException",
        "An import with other parameters was requested with the client token: t");
    call(shop, "ListImports", "%s", "{'TableArn':'" ARN "'}");
    assert_int_equal(answer_at(shop, "ImportSummaryList")->count, 1);
    assert_true(text_is(answer_at(shop, "ImportSummaryList.0.ImportArn")->text, first));
    assert_true(text_is(answer_at(shop, "ImportSummaryList.0.InputFormat")->text, "DYNAMODB_JSON"));
    assert_non_null(answer_at(shop, "ImportSummaryList.0.EndTime"));
}

static void an_import_ends_with_the_server(void **state)
{
    struct shop *shop = *state;
    char arn[256], status[32];
    struct buf lines;

    buf_init(&lines, 64 << 20);
    for (int i = 0; i < 100000; i++)
        buf_add_format(&lines, "{\"Item\":{\"id\":{\"S\":\"h\"},\"n\":{\"N\":\"%d\"}}}\n", i);
    write_object(shop, "bb/in/a.json", buf_view(&lines));
    call(shop, "ImportTable", "%s",
        "{'S3BucketSource':{'S3Bucket':'bb','S3KeyPrefix':'in/'}," CREATION
        ",'InputFormat':'DYNAMODB_JSON'}");
    assert_int_equal(shop->status, 200);
    keep(shop, "ImportTableDescription.ImportArn", arn, sizeof arn);
    shop_stop(shop);
    shop_start(shop);
    call(shop, "DescribeImport", "{'ImportArn':'%s'}", arn);
    assert_string_equal(keep(shop, "ImportTableDescription.ImportStatus", status, sizeof status),
        "FAILED");
    /* What was written stays, and the totals are right. */
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    int64_t count = json_integer_member(answer_at(shop, "Table"), "ItemCount", -1);
    assert_true(count >= 0 && count < 100000);
    buf_done(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_of_items_become_a_table, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(bad_rows_are_counted_and_passed_over, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(csv_has_a_header_and_typed_keys, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(csv_takes_a_header_list_and_a_delimiter, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_header_that_names_a_column_twice_spoils_its_object,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_row_that_does_not_end_is_passed_over, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(gzip_is_unpacked_on_the_way, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_was_exported_comes_back_equal, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(an_import_without_objects_fails, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_left_alone, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(bad_imports_are_refused, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_token_finds_its_import, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(an_import_ends_with_the_server, open_shop, close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
