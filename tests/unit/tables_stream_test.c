#include "tests/unit/tables_stream_support.h"

#include <sqlite3.h>

#include "base/clock.h"

#define DAY (UINT64_C(86400) * CLOCK_SECOND)
#define START (UINT64_C(1790000000) * CLOCK_SECOND)

static int open_shop(void **state)
{
    static struct shop shop;

    clock_fix(START);
    shop_open(&shop, false);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    clock_fix(0);
    return 0;
}

#define W "One or more parameter values were invalid: "
#define TABLE(name)                                                                                \
    "{'TableName':'" name "','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["             \
    "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'}],"        \
    "'KeySchema':[{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}]"
#define STREAM(view) ",'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'" view "'}}"

#define PUT(table, h, r, rest)                                                                     \
    "{'TableName':'" table "','Item':{'h':{'S':'" h "'},'r':{'N':'" r "'}" rest "}}"

static void put(struct shop *shop, const char *table, int number)
{
    call(shop, "PutItem", "{'TableName':'%s','Item':{'h':{'S':'a'},'r':{'N':'%d'}}}", table,
        number);
    assert_int_equal(shop->status, 200);
}

static void an_empty_stream_is_described(void **state)
{
    struct shop *shop = *state;
    char expected[2048];
    struct tail tail;

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("NEW_AND_OLD_IMAGES"));
    assert_int_equal(shop->status, 200);
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_int_equal(answer_at(shop, "Table.StreamSpecification.StreamEnabled")->kind, JSON_TRUE);
    assert_true(text_is(answer_at(shop, "Table.StreamSpecification.StreamViewType")->text,
        "NEW_AND_OLD_IMAGES"));
    assert_true(
        text_is(answer_at(shop, "Table.LatestStreamLabel")->text, "2026-09-21T14:13:20.000"));
    find_stream(shop, "books", &tail);
    assert_string_equal(tail.arn,
        "arn:aws:dynamodb:eu-west-1:000000000000:table/books/stream/2026-09-21T14:13:20.000");
    assert_int_equal(strlen(tail.shard), 37);
    assert_memory_equal(tail.shard, "shardId-00000001790000000000-", 29);
    snprintf(expected, sizeof expected,
        "{'StreamDescription':{'StreamArn':'%s','StreamLabel':'2026-09-21T14:13:20.000',"
        "'StreamStatus':'ENABLED','StreamViewType':'NEW_AND_OLD_IMAGES',"
        "'CreationRequestDateTime':1790000000,'TableName':'books','KeySchema':["
        "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
        "'Shards':[{'ShardId':'%s','SequenceNumberRange':{"
        "'StartingSequenceNumber':'100000000000000000001'}}]}}",
        tail.arn, tail.shard);
    expect(shop, expected);
    snprintf(expected, sizeof expected,
        "{'Streams':[{'StreamArn':'%s','TableName':'books',"
        "'StreamLabel':'2026-09-21T14:13:20.000'}]}",
        tail.arn);
    EXPECT_CALL(shop, "ListStreams", "{}", expected);
    EXPECT_CALL(shop, "ListStreams", "{'TableName':'other'}", "{'Streams':[]}");
    get_iterator(shop, &tail, "TRIM_HORIZON", NULL);
    assert_int_equal(read_records(shop, &tail, 10), 0);
    assert_true(tail.iterator[0] != '\0');
}

struct view_case {
    const char *view, *insert, *modify, *remove;
};

static void records_hold_what_their_view_says(void **state)
{
    struct shop *shop = *state;
#define KEYS "{'h':{'S':'a'},'r':{'N':'1'}}"
#define ONE "{'h':{'S':'a'},'r':{'N':'1'},'v':{'S':'one'}}"
#define TWO "{'h':{'S':'a'},'r':{'N':'1'},'v':{'S':'two two'}}"
    /* Keys: 1 + 1 + 1 + 2 bytes; the items 4 and 8 more. */
    static const struct view_case cases[] = {
        {"KEYS_ONLY", "INSERT " KEYS " - - 5", "MODIFY " KEYS " - - 5", "REMOVE " KEYS " - - 5"},
        {"NEW_IMAGE", "INSERT " KEYS " " ONE " - 14", "MODIFY " KEYS " " TWO " - 18",
            "REMOVE " KEYS " - - 5"},
        {"OLD_IMAGE", "INSERT " KEYS " - - 5", "MODIFY " KEYS " - " ONE " 14",
            "REMOVE " KEYS " - " TWO " 18"},
        {"NEW_AND_OLD_IMAGES", "INSERT " KEYS " " ONE " - 14", "MODIFY " KEYS " " TWO " " ONE " 27",
            "REMOVE " KEYS " - " TWO " 18"},
    };
    struct tail tail;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        call(shop, "CreateTable",
            TABLE("views") ","
                           "'StreamSpecification':{'StreamEnabled':true,"
                           "'StreamViewType':'%s'}}",
            cases[i].view);
        assert_int_equal(shop->status, 200);
        open_tail(shop, "views", "TRIM_HORIZON", &tail);
        call(shop, "PutItem", "%s", PUT("views", "a", "1", ",'v':{'S':'one'}"));
        call(shop, "UpdateItem", "%s",
            "{'TableName':'views','Key':" KEYS ",'UpdateExpression':'SET v = :v',"
            "'ExpressionAttributeValues':{':v':{'S':'two two'}}}");
        call(shop, "DeleteItem", "%s", "{'TableName':'views','Key':" KEYS "}");
        assert_int_equal(shop->status, 200);
        assert_int_equal(read_records(shop, &tail, 1000), 3);
        assert_string_equal(describe_record(shop, 0), cases[i].insert);
        assert_string_equal(describe_record(shop, 1), cases[i].modify);
        assert_string_equal(describe_record(shop, 2), cases[i].remove);
        assert_true(
            text_is(answer_at(shop, "Records.1.dynamodb.StreamViewType")->text, cases[i].view));
        assert_true(text_is(answer_at(shop, "Records.2.dynamodb.ApproximateCreationDateTime")->text,
            "1790000000"));
        assert_true(text_is(answer_at(shop, "Records.0.eventVersion")->text, "1.1"));
        assert_true(text_is(answer_at(shop, "Records.0.eventSource")->text, "aws:dynamodb"));
        assert_true(text_is(answer_at(shop, "Records.0.awsRegion")->text, "eu-west-1"));
        assert_int_equal(answer_at(shop, "Records.0.eventID")->text.length, 32);
        assert_null(answer_at(shop, "Records.2.userIdentity"));
        call(shop, "DeleteTable", "%s", "{'TableName':'views'}");
    }
}

static void writes_of_batches_are_recorded_and_no_change_is_not(void **state)
{
    struct shop *shop = *state;
    struct tail tail;

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("NEW_AND_OLD_IMAGES"));
    open_tail(shop, "books", "TRIM_HORIZON", &tail);
    call(shop, "PutItem", "%s", PUT("books", "a", "1", ",'s':{'NS':['2','1']}"));
    call(shop, "PutItem", "%s", PUT("books", "a", "1.0", ",'s':{'NS':['1.0','2']}"));
    call(shop, "UpdateItem", "%s",
        "{'TableName':'books','Key':" KEYS ",'UpdateExpression':'REMOVE nothing'}");
    assert_int_equal(shop->status, 200);
    call(shop, "DeleteItem", "%s",
        "{'TableName':'books','Key':{'h':{'S':'nobody'},'r':{'N':'1'}}}");
    call(shop, "PutItem", "%s",
        "{'TableName':'books','Item':{'h':{'S':'a'},'r':{'N':'1'}},"
        "'ConditionExpression':'attribute_not_exists(h)'}");
    assert_int_equal(shop->status, 400);
    call(shop, "BatchWriteItem", "%s",
        "{'RequestItems':{'books':[{'PutRequest':{'Item':{'h':{'S':'b'},'r':{'N':'2'}}}},"
        "{'DeleteRequest':{'Key':" KEYS "}},"
        "{'DeleteRequest':{'Key':{'h':{'S':'c'},'r':{'N':'3'}}}}]}}");
    assert_int_equal(shop->status, 200);
    assert_int_equal(read_records(shop, &tail, 1000), 3);
    assert_string_equal(describe_record(shop, 0),
        "INSERT " KEYS " {'h':{'S':'a'},'r':{'N':'1'},'s':{'NS':['1','2']}} - 15");
    assert_string_equal(describe_record(shop, 1),
        "INSERT {'h':{'S':'b'},'r':{'N':'2'}} {'h':{'S':'b'},'r':{'N':'2'}} - 10");
    assert_string_equal(describe_record(shop, 2),
        "REMOVE " KEYS " - {'h':{'S':'a'},'r':{'N':'1'},'s':{'NS':['1','2']}} 15");
}

static void a_table_without_a_stream_keeps_no_records(void **state)
{
    struct shop *shop = *state;
    struct tail tail;

    call(shop, "CreateTable", "%s", TABLE("plain") "}");
    put(shop, "plain", 1);
    call(shop, "DescribeTable", "%s", "{'TableName':'plain'}");
    assert_null(answer_at(shop, "Table.StreamSpecification"));
    assert_null(answer_at(shop, "Table.LatestStreamArn"));
    EXPECT_CALL(shop, "ListStreams", "{}", "{'Streams':[]}");
    call(shop, "UpdateTable", "%s",
        "{'TableName':'plain','StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'KEYS_ONLY'}}");
    assert_true(
        text_is(answer_at(shop, "TableDescription.StreamSpecification.StreamViewType")->text,
            "KEYS_ONLY"));
    open_tail(shop, "plain", "TRIM_HORIZON", &tail);
    put(shop, "plain", 2);
    assert_int_equal(read_records(shop, &tail, 1000), 1);
    assert_string_equal(describe_record(shop, 0), "INSERT {'h':{'S':'a'},'r':{'N':'2'}} - - 5");
}

static void pages_follow_each_other_without_gaps(void **state)
{
    struct shop *shop = *state;
    char last[32] = "", number[32];
    struct tail tail, other;
    size_t count = 0, page;

    call(shop, "CreateTable", "%s", TABLE("one") STREAM("NEW_IMAGE"));
    call(shop, "CreateTable", "%s", TABLE("two") STREAM("KEYS_ONLY"));
    open_tail(shop, "one", "TRIM_HORIZON", &tail);
    open_tail(shop, "two", "LATEST", &other);
    for (int i = 0; i < 50; i++) {
        put(shop, i % 3 ? "one" : "two", i);
        if (i == 25)
            open_tail(shop, "one", "LATEST", &other);
    }
    while ((page = read_records(shop, &tail, 7)) > 0) {
        for (size_t i = 0; i < page; i++) {
            char path[64];

            snprintf(path, sizeof path, "Records.%zu.dynamodb.SequenceNumber", i);
            copy_at(shop, path, number, sizeof number);
            assert_int_equal(strlen(number), 21);
            assert_true(strcmp(number, last) > 0);
            memcpy(last, number, sizeof last);
        }
        count += page;
    }
    assert_int_equal(count, 33);
    assert_int_equal(read_records(shop, &other, 1000), 16);
    assert_string_equal(describe_record(shop, 0),
        "INSERT {'h':{'S':'a'},'r':{'N':'26'}} {'h':{'S':'a'},'r':{'N':'26'}} - 10");
}

static void a_page_ends_at_a_megabyte(void **state)
{
    struct shop *shop = *state;
    struct tail tail;

    call(shop, "CreateTable", "%s", TABLE("large") STREAM("NEW_AND_OLD_IMAGES"));
    open_tail(shop, "large", "TRIM_HORIZON", &tail);
    for (int i = 0; i < 4; i++)
        call(shop, "PutItem",
            "{'TableName':'large','Item':{'h':{'S':'a'},'r':{'N':'%d'},'v':{'S':'%0*d'}}}", i % 2,
            400000, i);
    /* 400,000 and 400,000; 800,000; 800,000 */
    assert_int_equal(read_records(shop, &tail, 1000), 2);
    assert_int_equal(read_records(shop, &tail, 1000), 1);
    assert_true(text_is(answer_at(shop, "Records.0.dynamodb.SizeBytes")->text, "800014"));
    assert_int_equal(answer_at(shop, "Records.0.dynamodb.OldImage.v.S")->text.length, 400000);
    assert_int_equal(read_records(shop, &tail, 1000), 1);
    assert_int_equal(read_records(shop, &tail, 1000), 0);
}

static void iterators_begin_where_they_say(void **state)
{
    struct shop *shop = *state;
    char second[32], first[32];
    struct tail tail;

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("KEYS_ONLY"));
    for (int i = 0; i < 3; i++)
        put(shop, "books", i);
    open_tail(shop, "books", "TRIM_HORIZON", &tail);
    assert_int_equal(read_records(shop, &tail, 2), 2);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", first, sizeof first);
    copy_at(shop, "Records.1.dynamodb.SequenceNumber", second, sizeof second);
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", second);
    assert_int_equal(read_records(shop, &tail, 1000), 2);
    assert_string_equal(describe_record(shop, 0), "INSERT {'h':{'S':'a'},'r':{'N':'1'}} - - 5");
    get_iterator(shop, &tail, "AFTER_SEQUENCE_NUMBER", second);
    assert_int_equal(read_records(shop, &tail, 1000), 1);
    assert_string_equal(describe_record(shop, 0), "INSERT {'h':{'S':'a'},'r':{'N':'2'}} - - 5");
    get_iterator(shop, &tail, "LATEST", NULL);
    assert_int_equal(read_records(shop, &tail, 1000), 0);
    put(shop, "books", 3);
    assert_int_equal(read_records(shop, &tail, 1000), 1);
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", "100000000000000000001");
    assert_int_equal(read_records(shop, &tail, 1000), 4);
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", "100000000000000000000");
    expect_fault(shop, "TrimmedDataAccessException",
        "The data you are trying to access has been trimmed");
    get_iterator(shop, &tail, "AFTER_SEQUENCE_NUMBER", "100000000000000000999");
    expect_fault(shop, "ValidationException", "Invalid SequenceNumber");
    get_iterator(shop, &tail, "AFTER_SEQUENCE_NUMBER", "900000000000000000001");
    expect_fault(shop, "ValidationException", "Invalid SequenceNumber");
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", NULL);
    expect_fault(shop, "ValidationException",
        "SequenceNumber must be specified when ShardIteratorType is AT_SEQUENCE_NUMBER");
}

static void made_up_names_and_iterators_are_refused(void **state)
{
    struct shop *shop = *state;
    struct tail tail;
    char *mark;

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("KEYS_ONLY"));
    open_tail(shop, "books", "LATEST", &tail);
    EXPECT_INVALID(shop, "GetRecords", "{'ShardIterator':'nonsense'}", "Invalid ShardIterator");
    EXPECT_INVALID(shop, "GetRecords", "{'ShardIterator':'arn|1|AAAA'}", "Invalid ShardIterator");
    mark = strrchr(tail.iterator, '|') + 12;
    *mark = *mark == 'A' ? 'B' : 'A';
    call(shop, "GetRecords", "{'ShardIterator':'%s'}", tail.iterator);
    expect_fault(shop, "ValidationException", "Invalid ShardIterator");
    EXPECT_INVALID(shop, "GetRecords", "{}",
        "1 validation error detected: Value null at 'shardIterator' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_INVALID(shop, "GetRecords", "{'ShardIterator':'x','Limit':1001}",
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member "
        "must have value less than or equal to 1000");
    EXPECT_INVALID(shop, "GetRecords", "{'ShardIterator':'x','Limit':0}",
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1");
    EXPECT_INVALID(shop, "DescribeStream", "{'StreamArn':'fake-stream'}", "Invalid StreamArn");
    EXPECT_FAULT(shop, "DescribeStream",
        "{'StreamArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books/stream/2026'}",
        "ResourceNotFoundException",
        "Requested resource not found: Stream: "
        "arn:aws:dynamodb:eu-west-1:000000000000:table/books/stream/2026 not found");
    call(shop, "DescribeStream", "%s",
        "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/books/stream/2026'}");
    assert_true(text_ends_with(answer_at(shop, "__type")->text, TEXT("#AccessDeniedException")));
    call(shop, "GetShardIterator",
        "{'StreamArn':'%s','ShardId':'shardId-00000000000000000000-00000000',"
        "'ShardIteratorType':'LATEST'}",
        tail.arn);
    expect_fault(shop, "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist");
    call(shop, "GetShardIterator", "{'StreamArn':'%s','ShardId':'x','ShardIteratorType':'NOW'}",
        tail.arn);
    expect_fault(shop, "ValidationException",
        "2 validation errors detected: Value 'x' at 'shardId' failed to satisfy constraint: Member "
        "must have length greater than or equal to 28; Value 'NOW' at 'shardIteratorType' failed "
        "to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, "
        "TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER]");
    EXPECT_INVALID(shop, "ListStreams", "{'Limit':101}",
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member "
        "must have value less than or equal to 100");
}

static void iterators_and_records_grow_old(void **state)
{
    struct shop *shop = *state;
    char number[32];
    struct tail tail, latest;

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("KEYS_ONLY"));
    put(shop, "books", 1);
    open_tail(shop, "books", "TRIM_HORIZON", &tail);
    clock_advance(900 * CLOCK_SECOND);
    assert_int_equal(read_records(shop, &tail, 10), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", number, sizeof number);
    clock_advance(901 * CLOCK_SECOND);
    call(shop, "GetRecords", "{'ShardIterator':'%s'}", tail.iterator);
    expect_fault(shop, "ExpiredIteratorException",
        "The shard iterator has expired and can no longer be used to retrieve stream records.");
    clock_advance(DAY - 1801 * CLOCK_SECOND - CLOCK_MS);
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", number);
    open_tail(shop, "books", "LATEST", &latest);
    clock_advance(CLOCK_MS);
    call(shop, "GetRecords", "{'ShardIterator':'%s'}", tail.iterator);
    expect_fault(shop, "TrimmedDataAccessException",
        "The data you are trying to access has been trimmed");
    get_iterator(shop, &tail, "AT_SEQUENCE_NUMBER", number);
    expect_fault(shop, "TrimmedDataAccessException",
        "The data you are trying to access has been trimmed");
    get_iterator(shop, &tail, "AFTER_SEQUENCE_NUMBER", number);
    assert_int_equal(shop->status, 200);
    put(shop, "books", 2);
    assert_int_equal(read_records(shop, &tail, 10), 1);
    assert_int_equal(read_records(shop, &latest, 10), 1);
    get_iterator(shop, &tail, "TRIM_HORIZON", NULL);
    assert_int_equal(read_records(shop, &tail, 10), 1);
    assert_string_equal(describe_record(shop, 0), "INSERT {'h':{'S':'a'},'r':{'N':'2'}} - - 5");
}

static void a_stream_that_ended_stays_readable_for_a_day(void **state)
{
    struct shop *shop = *state;
    struct tail old, new;
    char numbers[2][32];

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("KEYS_ONLY"));
    open_tail(shop, "books", "LATEST", &old);
    put(shop, "books", 1);
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'NEW_IMAGE'}}",
        "Table already has an enabled stream: TableName: books");
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':false,"
        "'StreamViewType':'NEW_IMAGE'}}",
        W "If stream is being disabled, then UpdateViewType must not be specified");
    clock_advance(CLOCK_SECOND);
    call(shop, "UpdateTable", "%s",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':false}}");
    assert_null(answer_at(shop, "TableDescription.StreamSpecification"));
    assert_true(text_is(answer_at(shop, "TableDescription.LatestStreamArn")->text, old.arn));
    put(shop, "books", 2);
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':false}}",
        "Table has no stream to disable: TableName: books");
    EXPECT_INVALID(shop, "UpdateTable",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':true}}",
        W "If stream is being enabled then UpdateViewType is required");
    call(shop, "DescribeStream", "{'StreamArn':'%s'}", old.arn);
    assert_true(text_is(answer_at(shop, "StreamDescription.StreamStatus")->text, "DISABLED"));
    copy_at(shop, "StreamDescription.Shards.0.SequenceNumberRange.EndingSequenceNumber", numbers[0],
        sizeof numbers[0]);
    call(shop, "UpdateTable", "%s",
        "{'TableName':'books','StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'NEW_IMAGE'}}");
    open_tail(shop, "books", "TRIM_HORIZON", &new);
    assert_string_not_equal(old.arn, new.arn);
    put(shop, "books", 3);
    assert_int_equal(read_records(shop, &new, 10), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", numbers[1], sizeof numbers[1]);
    assert_true(strcmp(numbers[0], numbers[1]) < 0);
    assert_int_equal(read_records(shop, &old, 1), 1);
    assert_true(old.iterator[0] == '\0'); /* it was the last one */
    call(shop, "DeleteTable", "%s", "{'TableName':'books'}");
    assert_int_equal(read_records(shop, &new, 10), 0);
    assert_true(new.iterator[0] == '\0');
    call(shop, "ListStreams", "%s", "{'TableName':'books','Limit':1}");
    assert_true(text_is(answer_at(shop, "LastEvaluatedStreamArn")->text, old.arn));
    call(shop, "ListStreams", "{'TableName':'books','ExclusiveStartStreamArn':'%s'}", old.arn);
    assert_int_equal(answer_at(shop, "Streams")->count, 1);
    assert_true(text_is(answer_at(shop, "Streams.0.StreamArn")->text, new.arn));
    assert_null(answer_at(shop, "LastEvaluatedStreamArn"));
    clock_advance(DAY);
    shop_stop(shop);
    shop_start(shop);
    /* Its first chore comes before the commit that is answered. */
    for (int i = 0; i < 1000 && shop->status == 200; i++) {
        call(shop, "CreateTable", TABLE("t%d") "}", i);
        call(shop, "DescribeStream", "{'StreamArn':'%s'}", new.arn);
    }
    assert_true(
        text_ends_with(answer_at(shop, "__type")->text, TEXT("#ResourceNotFoundException")));
    EXPECT_CALL(shop, "ListStreams", "{}", "{'Streams':[]}");
    call(shop, "CreateTable", "%s", TABLE("books") STREAM("KEYS_ONLY"));
    put(shop, "books", 1);
    open_tail(shop, "books", "TRIM_HORIZON", &new);
    assert_int_equal(read_records(shop, &new, 10), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", numbers[0], sizeof numbers[0]);
    assert_true(strcmp(numbers[1], numbers[0]) < 0);
}

static void a_stream_goes_on_after_a_restart(void **state)
{
    struct shop *shop = *state;
    struct tail tail;
    char numbers[2][32], id[64];

    call(shop, "CreateTable", "%s", TABLE("books") STREAM("NEW_IMAGE"));
    open_tail(shop, "books", "TRIM_HORIZON", &tail);
    put(shop, "books", 1);
    read_records(shop, &tail, 10);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", numbers[0], sizeof numbers[0]);
    copy_at(shop, "Records.0.eventID", id, sizeof id);
    shop_stop(shop);
    shop_start(shop);
    put(shop, "books", 2);
    assert_int_equal(read_records(shop, &tail, 10), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", numbers[1], sizeof numbers[1]);
    assert_true(strcmp(numbers[0], numbers[1]) < 0);
    open_tail(shop, "books", "TRIM_HORIZON", &tail);
    assert_int_equal(read_records(shop, &tail, 10), 2);
    assert_true(text_is(answer_at(shop, "Records.0.eventID")->text, id));
}

static int64_t ask_file(struct shop *shop, const char *sql)
{
    sqlite3_stmt *statement;
    char path[4096];
    int64_t found;
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/tables.db", buf_string(&shop->folder));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

static void old_records_are_removed_and_their_numbers_never_come_again(void **state)
{
    struct shop *shop = *state;
    char last[32], next[32];
    struct tail idle, busy;

    call(shop, "CreateTable", "%s", TABLE("busy") STREAM("NEW_IMAGE"));
    call(shop, "CreateTable", "%s", TABLE("idle") STREAM("NEW_IMAGE"));
    put(shop, "idle", 0);
    for (int i = 0; i < 120; i++)
        put(shop, "busy", i);
    open_tail(shop, "busy", "TRIM_HORIZON", &busy);
    read_records(shop, &busy, 1000);
    copy_at(shop, "Records.119.dynamodb.SequenceNumber", last, sizeof last);
    clock_advance(DAY + CLOCK_SECOND);
    put(shop, "busy", 1000);
    open_tail(shop, "idle", "LATEST", &idle);
    shop_stop(shop);
    shop_start(shop); /* its first chores look at the streams */
    for (int i = 0; i < 100000 && ask_file(shop, "SELECT count(*) FROM s_1") != 1; i++)
        call(shop, "ListTables", "%s", "{}");
    assert_int_equal(ask_file(shop, "SELECT count(*) FROM s_1"), 1);
    for (int i = 0; i < 100000 && ask_file(shop, "SELECT count(*) FROM s_2") != 0; i++)
        call(shop, "ListTables", "%s", "{}");
    get_iterator(shop, &busy, "AT_SEQUENCE_NUMBER", last);
    expect_fault(shop, "TrimmedDataAccessException",
        "The data you are trying to access has been trimmed");
    get_iterator(shop, &busy, "AFTER_SEQUENCE_NUMBER", last);
    assert_int_equal(read_records(shop, &busy, 1000), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", next, sizeof next);
    assert_true(strcmp(last, next) < 0);
    /* Who had read everything has lost nothing. */
    assert_int_equal(read_records(shop, &idle, 1000), 0);
    put(shop, "idle", 1);
    assert_int_equal(read_records(shop, &idle, 1000), 1);
    copy_at(shop, "Records.0.dynamodb.SequenceNumber", last, sizeof last);
    assert_true(strcmp(next, last) < 0);
}

static void what_a_stream_specification_lacks_is_told(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "CreateTable",
        TABLE("bad") ",'StreamSpecification':{'StreamEnabled':true}}",
        W "Table is being created with a stream enabled, UpdateViewType is required");
    EXPECT_INVALID(shop, "CreateTable",
        TABLE("bad") ",'StreamSpecification':{'StreamEnabled':false,'StreamViewType':'KEYS_ONLY'}}",
        W "Table is being created with a stream disabled, UpdateViewType should not be specified");
    EXPECT_INVALID(shop, "CreateTable",
        TABLE("bad") ",'StreamSpecification':{'StreamViewType':'KEYS_ONLY'}}",
        "1 validation error detected: Value null at 'streamSpecification.streamEnabled' failed to "
        "satisfy constraint: Member must not be null");
    EXPECT_INVALID(shop, "CreateTable", TABLE("bad") STREAM("ALL"),
        "1 validation error detected: Value 'ALL' at 'streamSpecification.streamViewType' failed "
        "to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, "
        "NEW_AND_OLD_IMAGES, KEYS_ONLY]");
    call(shop, "CreateTable", "%s",
        TABLE("good") ",'StreamSpecification':{'StreamEnabled':false}}");
    assert_int_equal(shop->status, 200);
    assert_null(answer_at(shop, "TableDescription.StreamSpecification"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_stream_is_described, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(records_hold_what_their_view_says, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(writes_of_batches_are_recorded_and_no_change_is_not,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_table_without_a_stream_keeps_no_records, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(pages_follow_each_other_without_gaps, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_page_ends_at_a_megabyte, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(iterators_begin_where_they_say, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(made_up_names_and_iterators_are_refused, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(iterators_and_records_grow_old, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_stream_that_ended_stays_readable_for_a_day, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_stream_goes_on_after_a_restart, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(old_records_are_removed_and_their_numbers_never_come_again,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_a_stream_specification_lacks_is_told, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
