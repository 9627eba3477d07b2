#include "tests/unit/tables_support.h"

#include <time.h>

/*
 * What must not crash, hang or be a 5xx (tables.md 21), each within a time limit. The sentences of
 * the ordinary limits are in tables_message_test; here it is the sizes.
 */
enum { LIMIT_S = 5 };

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["
        "{'AttributeName':'id','KeyType':'HASH'}]}");
    call(&shop, "PutItem", "%s",
        "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'S':'x'},'n':{'N':'1'}}}");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

/* Of this process: a loaded machine is no fault. */
static double cpu_seconds(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The request in shop->request is answered in time, and not with a 5xx. */
static void ask(struct shop *shop, const char *operation)
{
    double started = cpu_seconds();

    send_request(shop, operation);
    if (cpu_seconds() - started > LIMIT_S)
        fail_msg("%s took %.1f s", operation, cpu_seconds() - started);
    if (shop->status != 200 && shop->status != 400)
        fail_msg("%s: %s", operation, buf_string(&shop->answer));
}

static void begin(struct shop *shop, const char *text)
{
    buf_clear(&shop->request);
    add_quoted(&shop->request, text);
}

static void expect_said(struct shop *shop, const char *text)
{
    const struct json *said = json_member(answer_at(shop, ""), "message");

    if (!said || text_find(said->text, text_of(text), 0) == SIZE_MAX)
        fail_msg("%.600s\nin place of %s", buf_string(&shop->answer), text);
}

/* Scan with depth parentheses around each side of a comparison. */
static void scan_within_parentheses(struct shop *shop, size_t depth, const char *inside)
{
    begin(shop, "{'TableName':'books','ExpressionAttributeValues':{':v':{'S':'x'}},"
                "'FilterExpression':'");
    buf_add_repeat(&shop->request, '(', depth);
    buf_add_string(&shop->request, inside);
    buf_add_repeat(&shop->request, ')', depth);
    add_quoted(&shop->request, "'}");
    ask(shop, "Scan");
}

static void parentheses_cost_what_they_are_long(void **state)
{
    struct shop *shop = *state;

    scan_within_parentheses(shop, 1, "v = :v");
    assert_int_equal(answer_integer(shop, "Count"), 1);
    for (size_t depth = 2; depth <= 64; depth *= 2) {
        scan_within_parentheses(shop, depth, "v = :v");
        expect_said(shop, "Invalid FilterExpression: The expression has redundant parentheses;");
    }
    scan_within_parentheses(shop, 2040, "v = :v");
    assert_int_equal(shop->status, 400);
    scan_within_parentheses(shop, 4090, ""); /* nothing but parentheses */
    assert_int_equal(shop->status, 400);
    begin(shop, "{'TableName':'books','FilterExpression':'");
    buf_add_repeat(&shop->request, '(', 4096);
    add_quoted(&shop->request, "'}");
    ask(shop, "Scan");
    expect_said(shop, "Invalid FilterExpression: Syntax error; token: \"<EOF>\"");
}

static void nested_operators_cost_what_they_are_long(void **state)
{
    struct shop *shop = *state;

    /* 16 levels that each are needed: NOT (NOT (.. */
    for (int depth = 16; depth <= 512; depth *= 2) {
        begin(shop, "{'TableName':'books','ExpressionAttributeValues':{':v':{'S':'x'}},"
                    "'FilterExpression':'");
        for (int i = 0; i < depth; i++)
            buf_add_string(&shop->request, "NOT (");
        buf_add_string(&shop->request, "v = :v");
        buf_add_repeat(&shop->request, ')', (size_t)depth);
        add_quoted(&shop->request, "'}");
        ask(shop, "Scan");
        if (depth <= 256)
            assert_int_equal(shop->status, 200);
    }
    begin(shop, "{'TableName':'books','Key':{'id':{'S':'a'}},'ExpressionAttributeValues':"
                "{':v':{'L':[]}},'UpdateExpression':'SET a = ");
    for (int i = 0; i < 200; i++)
        buf_add_string(&shop->request, "list_append(");
    buf_add_string(&shop->request, ":v");
    for (int i = 0; i < 200; i++)
        buf_add_string(&shop->request, ",:v)");
    add_quoted(&shop->request, "'}");
    ask(shop, "UpdateItem");
}

static void a_missing_operand_is_false_and_no_more(void **state)
{
    static const char *const filter_table[] = {"v IN (:v, b)", "v IN (b, :v)", "b IN (c, d)",
        "b BETWEEN :v AND :v", "v BETWEEN b AND c", "contains(b, :v)", "begins_with(b, c)",
        "contains(v, b)", "size(b) > :n", "size(b.c[3]) = size(d)", "attribute_type(b, :v)",
        "b.c.d[1000000].e = :v", "b = c"};
    static const int count_table[] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0};
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof filter_table / sizeof filter_table[0]; i++) {
        bool text = strstr(filter_table[i], ":v"), number = strstr(filter_table[i], ":n");

        begin(shop, "{'TableName':'books','FilterExpression':'");
        buf_add_string(&shop->request, filter_table[i]);
        add_quoted(&shop->request, "'");
        if (text || number)
            add_quoted(&shop->request, text ? ",'ExpressionAttributeValues':{':v':{'S':'x'}}"
                                            : ",'ExpressionAttributeValues':{':n':{'N':'0'}}");
        add_quoted(&shop->request, "}");
        ask(shop, "Scan");
        if (count_table[i] < 0)
            assert_int_equal(shop->status, 400);
        else if (answer_integer(shop, "Count") != count_table[i])
            fail_msg("%s: %s", filter_table[i], buf_string(&shop->answer));
    }
}

static void put_number(struct shop *shop, const char *digits, size_t count)
{
    begin(shop, "{'TableName':'books','Item':{'id':{'S':'n'},'n':{'N':'");
    for (size_t i = 0; i < count; i++)
        buf_add_string(&shop->request, digits);
    add_quoted(&shop->request, "'}}}");
    ask(shop, "PutItem");
}

static void numbers_of_any_length_are_answered(void **state)
{
    struct shop *shop = *state;

    put_number(shop, "9", 38);
    assert_int_equal(shop->status, 200);
    put_number(shop, "9", 39);
    expect_said(shop, "Attempting to store more than 38 significant digits in a Number");
    put_number(shop, "9", 8 << 20);
    assert_int_equal(shop->status, 400);
    put_number(shop, "0", 8 << 20);
    assert_int_equal(shop->status, 200);
    put_number(shop, "1e99999999999999999999", 1);
    expect_said(shop, "The parameter cannot be converted to a numeric value");
    put_number(shop, "1e-9223372036854775808", 1);
    expect_said(shop, "Number underflow");
}

static void put_sized(struct shop *shop, size_t size)
{
    begin(shop, "{'TableName':'books','Item':{'id':{'S':'a'},'t':{'S':'");
    buf_add_repeat(&shop->request, 'x', size - 4); /* id, a, t */
    add_quoted(&shop->request, "'}}}");
    ask(shop, "PutItem");
}

static void an_item_of_409600_bytes_is_the_largest(void **state)
{
    struct shop *shop = *state;

    put_sized(shop, 409600);
    assert_int_equal(shop->status, 200);
    put_sized(shop, 409601);
    expect_said(shop, "Item size has exceeded the maximum allowed size");
    put_sized(shop, 15 << 20);
    expect_said(shop, "Item size has exceeded the maximum allowed size");
    call(shop, "UpdateItem", "%s",
        "{'TableName':'books','Key':{'id':{'S':'a'}},'UpdateExpression':'SET u = :u',"
        "'ExpressionAttributeValues':{':u':{'S':''}}}");
    expect_said(shop, "Item size to update has exceeded the maximum allowed size");
}

static void a_value_may_not_contain_invalid_utf_8(void **state)
{
    static const char *const text_table[] = {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xe2\x82", "\xff"};
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof text_table / sizeof text_table[0]; i++) {
        begin(shop, "{'TableName':'books','Item':{'id':{'S':'");
        buf_add_string(&shop->request, text_table[i]);
        add_quoted(&shop->request, "'}}}");
        ask(shop, "PutItem");
        assert_string_equal(buf_string(&shop->answer),
            "{\"__type\":\"com.amazon.coral.service#SerializationException\"}");
    }
}

/* value_count values of 1 KB each beside names of 255 bytes. */
static void scan_with_maps(struct shop *shop, size_t value_size)
{
    begin(shop, "{'TableName':'books','FilterExpression':'#n = :v','ExpressionAttributeNames':"
                "{'#n':'v'},'ExpressionAttributeValues':{':v':{'S':'");
    buf_add_repeat(&shop->request, 'x', value_size);
    add_quoted(&shop->request, "'}}}");
    ask(shop, "Scan");
}

static void names_and_values_share_2_mb(void **state)
{
    struct shop *shop = *state;

    scan_with_maps(shop, (2 << 20) - 5);
    assert_int_equal(shop->status, 200);
    scan_with_maps(shop, (2 << 20) - 4);
    expect_fault(shop, "ValidationException",
        "ExpressionAttributeNames and ExpressionAttributeValues have exceeded the maximum allowed "
        "size; size: 2097153");
    begin(shop, "{'TableName':'books','FilterExpression':'#n = #n','ExpressionAttributeNames':{");
    for (int i = 0; i < 150000; i++)
        buf_add_format(&shop->request, "\"#%d\":\"an attribute name\",", i);
    add_quoted(&shop->request, "'#n':'v'}}");
    ask(shop, "Scan");
    expect_said(shop, "have exceeded the maximum allowed size");
}

static void members_that_are_null_are_absent_everywhere(void **state)
{
    static const struct {
        const char *operation, *body;
    } case_table[] = {
        {"Scan", "{'TableName':'books','FilterExpression':'#a = :a','ExpressionAttributeNames':"
                 "{'#a':null},'ExpressionAttributeValues':{':a':null}}"},
        {"Scan", "{'TableName':'books','FilterExpression':null,'Limit':null,'Select':null}"},
        {"Scan", "{'TableName':'books','AttributesToGet':[null]}"},
        {"Scan", "{'TableName':'books','ScanFilter':{'v':null}}"},
        {"Scan", "{'TableName':'books','ScanFilter':{'v':{'ComparisonOperator':'EQ',"
                 "'AttributeValueList':[null]}}}"},
        {"Query", "{'TableName':'books','KeyConditions':{'id':{'ComparisonOperator':null,"
                  "'AttributeValueList':null}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':null}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'SS':[null]}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'NS':[null]}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'BS':[null]}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'L':[null]}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'},'v':{'M':{'a':null}}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':null}}}"},
        {"PutItem", "{'TableName':'books','Item':{'id':{'S':'a'}},'Expected':{'v':null}}"},
        {"UpdateItem", "{'TableName':'books','Key':{'id':null}}"},
        {"UpdateItem",
            "{'TableName':'books','Key':{'id':{'S':'a'}},'AttributeUpdates':{'v':null}}"},
        {"UpdateItem", "{'TableName':'books','Key':{'id':{'S':'a'}},'AttributeUpdates':{'v':"
                       "{'Value':null,'Action':null}}}"},
        {"BatchGetItem", "{'RequestItems':{'books':null}}"},
        {"BatchGetItem", "{'RequestItems':{'books':{'Keys':[null]}}}"},
        {"BatchWriteItem", "{'RequestItems':{'books':null}}"},
        {"BatchWriteItem", "{'RequestItems':{'books':[null]}}"},
        {"BatchWriteItem", "{'RequestItems':{'books':[{'PutRequest':null}]}}"},
        {"BatchWriteItem", "{'RequestItems':{'books':[{'PutRequest':{'Item':null}}]}}"},
        {"TransactWriteItems", "{'TransactItems':[null]}"},
        {"TransactWriteItems", "{'TransactItems':[{'Put':null}]}"},
        {"TransactWriteItems", "{'TransactItems':[{'Put':{'TableName':null,'Item':null}}]}"},
        {"TransactGetItems", "{'TransactItems':[{'Get':{'TableName':'books','Key':null}}]}"},
        {"TransactGetItems", "{'TransactItems':[null]}"},
        {"CreateTable", "{'TableName':'t12','KeySchema':[null],'AttributeDefinitions':[null]}"},
        {"CreateTable",
            "{'TableName':'t12','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':"
            "'id','KeyType':'HASH'}],'AttributeDefinitions':[{'AttributeName':'id',"
            "'AttributeType':'S'}],'GlobalSecondaryIndexes':[null],'Tags':[null]}"},
        {"CreateTable",
            "{'TableName':'t12','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':"
            "'id','KeyType':'HASH'}],'AttributeDefinitions':[{'AttributeName':'id',"
            "'AttributeType':'S'}],'GlobalSecondaryIndexes':[{'IndexName':'iii','KeySchema':[{"
            "'AttributeName':'id','KeyType':'HASH'}],'Projection':{'ProjectionType':'INCLUDE',"
            "'NonKeyAttributes':[null]}}]}"},
        {"UpdateTable", "{'TableName':'books','GlobalSecondaryIndexUpdates':[null]}"},
        {"UpdateTable", "{'TableName':'books','GlobalSecondaryIndexUpdates':[{'Create':null}]}"},
        {"UpdateTable", "{'TableName':'books','ReplicaUpdates':[null]}"},
        {"TagResource", "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
                        "'Tags':[null]}"},
        {"TagResource", "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
                        "'Tags':[{'Key':null,'Value':null}]}"},
        {"UntagResource", "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/books',"
                          "'TagKeys':[null]}"},
        {"UpdateTimeToLive", "{'TableName':'books','TimeToLiveSpecification':{'AttributeName':"
                             "null,'Enabled':null}}"},
    };
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        begin(shop, case_table[i].body);
        ask(shop, case_table[i].operation);
    }
    call(shop, "DescribeTable", "%s", "{'TableName':'books'}");
    assert_int_equal(shop->status, 200);
}

static void many_members_are_answered_in_time(void **state)
{
    struct shop *shop = *state;

    /* Attributes with one name, and different ones. */
    for (int same = 0; same < 2; same++) {
        begin(shop, "{'TableName':'books','Item':{'id':{'S':'a'}");
        for (int i = 0; i < 300000; i++)
            buf_add_format(&shop->request, ",\"%d\":{\"S\":\"\"}", same ? 0 : i);
        add_quoted(&shop->request, "}}");
        ask(shop, "PutItem");
    }
    begin(shop, "{'RequestItems':{'books':{'Keys':[");
    for (int i = 0; i < 200000; i++)
        buf_add_format(&shop->request, "%s{\"id\":{\"S\":\"%d\"}}", i ? "," : "", i);
    add_quoted(&shop->request, "]}}}");
    ask(shop, "BatchGetItem");
    expect_said(shop, "Member must have length less than or equal to 100");
    begin(shop, "{'RequestItems':{");
    for (int i = 0; i < 200000; i++)
        buf_add_format(&shop->request, "%s\"table%d\":{\"Keys\":[]}", i ? "," : "", i);
    add_quoted(&shop->request, "}}");
    ask(shop, "BatchGetItem");
    assert_int_equal(shop->status, 400);
    begin(shop, "{'TableName':'books','Item':{'id':{'S':'a'},'s':{'SS':[");
    for (int i = 0; i < 500000; i++)
        buf_add_format(&shop->request, "%s\"%d\"", i ? "," : "", i);
    add_quoted(&shop->request, "]}}}");
    ask(shop, "PutItem");
    expect_said(shop, "Item size has exceeded the maximum allowed size");
    begin(shop, "{'TransactItems':[");
    for (int i = 0; i < 100000; i++)
        buf_add_string(&shop->request, i ? ",{}" : "{}");
    add_quoted(&shop->request, "]}");
    ask(shop, "TransactWriteItems");
    assert_int_equal(shop->status, 400);
}

static void nesting_ends_at_31(void **state)
{
    struct shop *shop = *state;

    for (int depth = 31; depth <= 300; depth += 1 + (depth > 31) * 100) {
        begin(shop, "{'TableName':'books','Item':{'id':{'S':'a'},'v':");
        for (int i = 0; i < depth; i++)
            add_quoted(&shop->request, i % 2 ? "{'M':{'a':" : "{'L':[");
        add_quoted(&shop->request, "{'S':''}");
        for (int i = depth - 1; i >= 0; i--)
            buf_add_string(&shop->request, i % 2 ? "}}" : "]}");
        add_quoted(&shop->request, "}}");
        ask(shop, "PutItem");
        if (depth == 31)
            assert_int_equal(shop->status, 200);
        else
            expect_said(shop, "Nesting Levels have exceeded supported limits");
    }
}

/* 1E125 counts 2 bytes and is sent as 126 digits: what is small in the table is large in answers. */
static void answers_are_bounded(void **state)
{
    enum { NUMBERS = 100000, LARGE = 8 };
    struct shop *shop = *state;

    for (int i = 0; i < LARGE; i++) {
        begin(shop, "{'TableName':'books','Item':{'id':{'S':'");
        buf_add_format(&shop->request, "%d", i);
        add_quoted(&shop->request, "'},'l':{'L':[");
        for (int j = 0; j < NUMBERS; j++)
            add_quoted(&shop->request, j ? ",{'N':'1E125'}" : "{'N':'1E125'}");
        add_quoted(&shop->request, "]}}}");
        ask(shop, "PutItem");
        assert_int_equal(shop->status, 200);
    }
    begin(shop, "{'TableName':'books'}");
    ask(shop, "Scan");
    assert_true(shop->answer.length < (64 << 20));
    begin(shop, "{'RequestItems':{'books':{'Keys':[");
    for (int i = 0; i < LARGE; i++)
        buf_add_format(&shop->request, "%s{\"id\":{\"S\":\"%d\"}}", i ? "," : "", i);
    add_quoted(&shop->request, "]}}}");
    ask(shop, "BatchGetItem");
    assert_int_equal(shop->status, 200);
    assert_true(shop->answer.length <= (17 << 20));
    assert_true(answer_at(shop, "UnprocessedKeys.books.Keys") != NULL);
    begin(shop, "{'TransactItems':[");
    for (int i = 0; i < LARGE; i++) {
        add_quoted(&shop->request, i ? "," : "");
        add_quoted(&shop->request, "{'Get':{'TableName':'books','Key':{'id':{'S':'");
        buf_add_format(&shop->request, "%d", i);
        add_quoted(&shop->request, "'}}}}");
    }
    add_quoted(&shop->request, "]}");
    ask(shop, "TransactGetItems");
    assert_true(shop->answer.length <= (64 << 20));
    begin(shop, "{'TableName':'books','Key':{'id':{'S':'1'}},'UpdateExpression':'SET l[0] = l[1]',"
                "'ReturnValues':'ALL_NEW'}");
    ask(shop, "UpdateItem");
}

struct waiting {
    struct arena *arena;
    int status;
};

static void note_status(void *user, int status, struct text body)
{
    struct waiting *waiting = user;

    waiting->status = status;
    if (status != 200)
        assert_true(text_find(body, TEXT("#ThrottlingException"), 0) != SIZE_MAX);
}

/* The writer is told of its work by the loop, which stands still here. */
static void more_writes_than_the_queue_holds_are_throttled(void **state)
{
    enum { WRITES = 4196, HELD = 4096 };
    static struct waiting waiting[WRITES];
    struct shop *shop = *state;
    struct error err = {0};
    int taken = 0;

    begin(shop, "{'TableName':'books','Item':{'id':{'S':'q'}}}");
    for (int i = 0; i < WRITES; i++) {
        waiting[i] = (struct waiting){.arena = arena_new(1 << 20, &err)};
        assert_non_null(waiting[i].arena);
        tables_call(shop->tables, &shop->identity, TEXT("PutItem"), buf_view(&shop->request),
            waiting[i].arena, note_status, &waiting[i]);
        assert_int_equal(waiting[i].status, i < HELD ? 0 : 400);
    }
    for (int i = 0; i < 1000000 && taken < HELD; i++) {
        uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
        taken = 0;
        for (int j = 0; j < HELD; j++)
            taken += waiting[j].status == 200;
    }
    assert_int_equal(taken, HELD);
    for (int i = 0; i < WRITES; i++)
        arena_free(waiting[i].arena);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(parentheses_cost_what_they_are_long),
        SHOP_TEST(nested_operators_cost_what_they_are_long),
        SHOP_TEST(a_missing_operand_is_false_and_no_more),
        SHOP_TEST(numbers_of_any_length_are_answered),
        SHOP_TEST(an_item_of_409600_bytes_is_the_largest),
        SHOP_TEST(a_value_may_not_contain_invalid_utf_8),
        SHOP_TEST(names_and_values_share_2_mb),
        SHOP_TEST(members_that_are_null_are_absent_everywhere),
        SHOP_TEST(many_members_are_answered_in_time),
        SHOP_TEST(nesting_ends_at_31),
        SHOP_TEST(answers_are_bounded),
        SHOP_TEST(more_writes_than_the_queue_holds_are_throttled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
