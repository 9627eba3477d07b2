#include "tests/unit/tables_support.h"

#include <stdlib.h>

static void make_tables(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'order','AttributeType':'S'},"
        "{'AttributeName':'line','AttributeType':'N'},{'AttributeName':'sku','AttributeType':'S'},"
        "{'AttributeName':'price','AttributeType':'N'},{'AttributeName':'day','AttributeType':'S'},"
        "{'AttributeName':'hour','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'order','KeyType':'HASH'},"
        "{'AttributeName':'line','KeyType':'RANGE'}],"
        "'LocalSecondaryIndexes':[{'IndexName':'by-price','KeySchema':["
        "{'AttributeName':'order','KeyType':'HASH'},{'AttributeName':'price','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'KEYS_ONLY'}}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'by-sku','KeySchema':["
        "{'AttributeName':'sku','KeyType':'HASH'},{'AttributeName':'price','KeyType':'RANGE'}],"
        "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['note']}},"
        "{'IndexName':'by-time','KeySchema':[{'AttributeName':'sku','KeyType':'HASH'},"
        "{'AttributeName':'order','KeyType':'HASH'},{'AttributeName':'day','KeyType':'RANGE'},"
        "{'AttributeName':'hour','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", "%s",
        "{'TableName':'blobs','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'b','AttributeType':'B'},"
        "{'AttributeName':'s','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'b','KeyType':'HASH'},"
        "{'AttributeName':'s','KeyType':'RANGE'}]}");
    assert_int_equal(shop->status, 200);
}

static const char *const numbers[] = {"-1E125", "-100.5", "-100", "-9", "-0.001", "0", "1E-130",
    "0.5", "2", "9", "10", "99.99", "100", "1E125"};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static void fill(struct shop *shop)
{
    /* Another order than that of the values. */
    for (size_t i = 0; i < NUMBERS; i++) {
        size_t at = i * 5 % NUMBERS;

        call(shop, "PutItem",
            "{'TableName':'lines','Item':{'order':{'S':'o'},'line':{'N':'%s'},"
            "'price':{'N':'%zu'},'sku':{'S':'%s'},'note':{'S':'n%zu'},'rest':{'S':'r%zu'}}}",
            numbers[at], at % 5, at % 2 ? "odd" : "even", at, at);
        assert_int_equal(shop->status, 200);
    }
}

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    make_tables(&shop);
    fill(&shop);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

/* "n0 n1 ..." of the items in the answer. */
static const char *notes(struct shop *shop, const char *attribute)
{
    static char list[4096];
    const struct json *items = answer_at(shop, "Items");
    size_t length = 0;

    list[0] = '\0';
    for (const struct json *item = items ? items->first : NULL; item; item = item->next) {
        const struct json *value = json_member(item, attribute);
        struct text text = value && value->first ? value->first->text : TEXT("?");

        length += (size_t)snprintf(list + length, sizeof list - length, "%s%.*s", length ? " " : "",
            (int)text.length, text.data);
    }
    return list;
}

static void check_query(struct shop *shop, const char *condition, const char *values,
    const char *expected)
{
    call(shop, "Query",
        "{'TableName':'lines','KeyConditionExpression':'#o = :o%s','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'}%s}}",
        condition, values);
    assert_int_equal(shop->status, 200);
    assert_string_equal(notes(shop, "note"), expected);
}

static void numbers_come_in_order_of_value(void **state)
{
    struct shop *shop = *state;

    check_query(shop, "", "", "n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11 n12 n13");
    check_query(shop, " AND line = :a", ",':a':{'N':'100.0'}", "n12");
    check_query(shop, " AND line < :a", ",':a':{'N':'-9'}", "n0 n1 n2");
    check_query(shop, " AND line <= :a", ",':a':{'N':'-9'}", "n0 n1 n2 n3");
    check_query(shop, " AND line > :a", ",':a':{'N':'10'}", "n11 n12 n13");
    check_query(shop, " AND :a <= line", ",':a':{'N':'10'}", "n10 n11 n12 n13");
    check_query(shop, " AND line BETWEEN :a AND :b", ",':a':{'N':'-1'},':b':{'N':'9.5'}",
        "n4 n5 n6 n7 n8 n9");
    check_query(shop, " AND line > :a", ",':a':{'N':'1E125'}", "");
    call(shop, "Query", "%s",
        "{'TableName':'lines','KeyConditionExpression':'#o = :o','ScanIndexForward':false,"
        "'ExpressionAttributeNames':{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'}}}");
    assert_string_equal(notes(shop, "note"), "n13 n12 n11 n10 n9 n8 n7 n6 n5 n4 n3 n2 n1 n0");
}

static void strings_come_in_order_of_bytes(void **state)
{
    struct shop *shop = *state;
    static const char *const keys[] = {"\\u0000", "\\u0000\\u0001", "a", "a\\u0000", "aa", "ab",
        "b", "\\u00e9", "\\ud83d\\ude00"};

    for (size_t i = 0; i < 9; i++) {
        size_t at = i * 4 % 9;

        call(shop, "PutItem",
            "{'TableName':'blobs','Item':{'b':{'B':'AP8A'},'s':{'S':'%s'},'n':{'N':'%zu'}}}",
            keys[at], at);
        assert_int_equal(shop->status, 200);
        call(shop, "PutItem",
            "{'TableName':'blobs','Item':{'b':{'B':'AP8='},'s':{'S':'%s'},'n':{'N':'%zu'}}}",
            keys[at], at);
    }
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b','ExpressionAttributeValues':"
        "{':b':{'B':'AP8A'}}}");
    assert_string_equal(notes(shop, "n"), "0 1 2 3 4 5 6 7 8");
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b AND begins_with(s, :s)',"
        "'ExpressionAttributeValues':{':b':{'B':'AP8A'},':s':{'S':'a'}}}");
    assert_string_equal(notes(shop, "n"), "2 3 4 5");
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b AND s > :s',"
        "'ExpressionAttributeValues':{':b':{'B':'AP8A'},':s':{'S':'a'}}}");
    assert_string_equal(notes(shop, "n"), "3 4 5 6 7 8");
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b AND begins_with(s, :s)',"
        "'ExpressionAttributeValues':{':b':{'B':'AP8A'},':s':{'S':'\xf0\x9f\x98\x80'}}}");
    assert_string_equal(notes(shop, "n"), "8");
}

static void indexes_order_and_project(void **state)
{
    struct shop *shop = *state;

    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-sku','KeyConditionExpression':"
        "'sku = :s AND price BETWEEN :a AND :b','ExpressionAttributeValues':{':s':{'S':'odd'},"
        "':a':{'N':'1'},':b':{'N':'3'}}}");
    /* Odd positions by price, then by the table key. */
    assert_string_equal(notes(shop, "note"), "n1 n11 n7 n3 n13");
    assert_null(answer_at(shop, "Items.0.rest"));
    assert_non_null(answer_at(shop, "Items.0.line"));
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-price','ConsistentRead':true,"
        "'KeyConditionExpression':'#o = :o AND price = :p','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'},':p':{'N':'4'}},"
        "'ReturnConsumedCapacity':'INDEXES'}");
    expect(shop, "{'Items':[{'line':{'N':'-0.001'},'order':{'S':'o'},'price':{'N':'4'}},"
                 "{'line':{'N':'9'},'order':{'S':'o'},'price':{'N':'4'}}],'Count':2,"
                 "'ScannedCount':2,'ConsumedCapacity':{'TableName':'lines','CapacityUnits':1.0,"
                 "'Table':{'CapacityUnits':0.0},"
                 "'LocalSecondaryIndexes':{'by-price':{'CapacityUnits':1.0}}}}");
    /* A local index fetches what it lacks, and pays for it. */
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-price','ProjectionExpression':'note',"
        "'KeyConditionExpression':'#o = :o AND price = :p','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'},':p':{'N':'4'}},"
        "'ReturnConsumedCapacity':'INDEXES'}");
    expect(shop, "{'Items':[{'note':{'S':'n4'}},{'note':{'S':'n9'}}],'Count':2,'ScannedCount':2,"
                 "'ConsumedCapacity':{'TableName':'lines','CapacityUnits':1.5,"
                 "'Table':{'CapacityUnits':1.0},"
                 "'LocalSecondaryIndexes':{'by-price':{'CapacityUnits':0.5}}}}");
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-price','Select':'ALL_ATTRIBUTES',"
        "'KeyConditionExpression':'#o = :o AND price = :p','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'},':p':{'N':'4'}}}");
    assert_string_equal(notes(shop, "rest"), "r4 r9");
    call(shop, "Scan", "%s", "{'TableName':'lines','IndexName':'by-time'}");
    expect(shop, "{'Items':[],'Count':0,'ScannedCount':0}");
}

static void keys_of_several_attributes_sort_one_after_the_other(void **state)
{
    struct shop *shop = *state;
    static const char *const days[] = {"mon", "mon", "mon", "tue", "tue"};
    static const char *const hours[] = {"9", "10", "-1", "9", "10"};

    for (int i = 0; i < 5; i++) {
        call(shop, "PutItem",
            "{'TableName':'lines','Item':{'order':{'S':'t'},'line':{'N':'%d'},'sku':{'S':'x'},"
            "'day':{'S':'%s'},'hour':{'N':'%s'},'note':{'S':'%s%s'}}}",
            i, days[i], hours[i], days[i], hours[i]);
        assert_int_equal(shop->status, 200);
    }
#define BY_TIME(condition, values)                                                                 \
    call(shop, "Query",                                                                            \
        "{'TableName':'lines','IndexName':'by-time','KeyConditionExpression':"                     \
        "'sku = :x AND #o = :t%s','ExpressionAttributeNames':{'#o':'order'%s},"                    \
        "'ExpressionAttributeValues':{':x':{'S':'x'},':t':{'S':'t'}%s}}",                          \
        condition, strstr(condition, "#d") ? ",'#d':'day'" : "", values)

    BY_TIME("", "");
    assert_string_equal(notes(shop, "note"), "mon-1 mon9 mon10 tue9 tue10");
    BY_TIME(" AND #d = :d", ",':d':{'S':'mon'}");
    assert_string_equal(notes(shop, "note"), "mon-1 mon9 mon10");
    BY_TIME(" AND #d > :d", ",':d':{'S':'mon'}");
    assert_string_equal(notes(shop, "note"), "tue9 tue10");
    BY_TIME(" AND begins_with(#d, :d)", ",':d':{'S':'m'}");
    assert_string_equal(notes(shop, "note"), "mon-1 mon9 mon10");
    EXPECT_INVALID(shop, "Query",
        "{'TableName':'lines','IndexName':'by-time','KeyConditionExpression':"
        "'sku = :x AND #o = :t AND #h > :h','ExpressionAttributeNames':{'#o':'order',"
        "'#h':'hour'},'ExpressionAttributeValues':{':x':{'S':'x'},':t':{'S':'t'},"
        "':h':{'N':'1'}}}",
        "RANGE key attributes day must have equality conditions specified in the query because "
        "a condition is present on key attribute hour");
    EXPECT_INVALID(shop, "Query",
        "{'TableName':'lines','IndexName':'by-time','KeyConditionExpression':'sku = :x',"
        "'ExpressionAttributeValues':{':x':{'S':'x'}}}",
        "HASH key attributes order must have equality conditions specified in the query");
    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-time','KeyConditionExpression':"
        "'sku = :x AND #o = :t AND #d = :d AND #h BETWEEN :h AND :i','ExpressionAttributeNames':"
        "{'#o':'order','#h':'hour','#d':'day'},'ExpressionAttributeValues':{':x':{'S':'x'},"
        "':t':{'S':'t'},':d':{'S':'mon'},':h':{'N':'0'},':i':{'N':'10'}}}");
    assert_string_equal(notes(shop, "note"), "mon9 mon10");
}

/* Walks all pages; the items seen, in order. */
static const char *walk(struct shop *shop, const char *operation, const char *members, int limit)
{
    static char seen[65536];
    static char start[8192];
    size_t length = 0;
    int pages = 0;

    start[0] = seen[0] = '\0';
    do {
        const struct json *last;
        struct json_writer writer;
        struct buf buf;
        const char *page;

        call(shop, operation, "{%s,'Limit':%d%s}", members, limit, start);
        assert_int_equal(shop->status, 200);
        assert_true(answer_integer(shop, "ScannedCount") <= limit);
        page = notes(shop, "note");
        length += (size_t)snprintf(seen + length, sizeof seen - length, "%s%s",
            length && page[0] ? " " : "", page);
        last = answer_at(shop, "LastEvaluatedKey");
        if (!last)
            break;
        buf_init(&buf, 4096);
        json_writer_init(&writer, &buf);
        json_tree(&writer, last);
        snprintf(start, sizeof start, ",'ExclusiveStartKey':%s", buf_string(&buf));
        buf_done(&buf);
    } while (++pages < 1000);
    assert_true(pages < 1000);
    return seen;
}

static void pages_of_any_length_join_to_the_whole(void **state)
{
    struct shop *shop = *state;
    static const char *const query[] = {
        "'TableName':'lines','KeyConditionExpression':'#o = :o','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'}}",
        "'TableName':'lines','KeyConditionExpression':'#o = :o AND line BETWEEN :a AND :b',"
        "'ScanIndexForward':false,'ExpressionAttributeNames':{'#o':'order'},"
        "'ExpressionAttributeValues':{':o':{'S':'o'},':a':{'N':'-9'},':b':{'N':'100'}}",
        "'TableName':'lines','IndexName':'by-sku','KeyConditionExpression':'sku = :s',"
        "'ExpressionAttributeValues':{':s':{'S':'even'}}",
        "'TableName':'lines','IndexName':'by-price','KeyConditionExpression':'#o = :o',"
        "'ScanIndexForward':false,'ProjectionExpression':'note','ExpressionAttributeNames':"
        "{'#o':'order'},'ExpressionAttributeValues':{':o':{'S':'o'}}",
        "'TableName':'lines','KeyConditionExpression':'#o = :o','FilterExpression':"
        "'contains(note, :n)','ExpressionAttributeNames':{'#o':'order'},"
        "'ExpressionAttributeValues':{':o':{'S':'o'},':n':{'S':'1'}}",
    };
    char whole[4096];

    for (size_t i = 0; i < sizeof query / sizeof query[0]; i++) {
        snprintf(whole, sizeof whole, "%s", walk(shop, "Query", query[i], 1000));
        assert_true(strlen(whole) > 8);
        for (int limit = 1; limit <= 16; limit++)
            assert_string_equal(walk(shop, "Query", query[i], limit), whole);
    }
    snprintf(whole, sizeof whole, "%s", walk(shop, "Scan", "'TableName':'lines'", 1000));
    for (int limit = 1; limit <= 20; limit++)
        assert_string_equal(walk(shop, "Scan", "'TableName':'lines'", limit), whole);
    snprintf(whole, sizeof whole, "%s",
        walk(shop, "Scan", "'TableName':'lines','IndexName':'by-sku'", 1000));
    for (int limit = 1; limit <= 20; limit++)
        assert_string_equal(walk(shop, "Scan", "'TableName':'lines','IndexName':'by-sku'", limit),
            whole);
}

static void a_page_that_ends_by_limit_has_a_last_key(void **state)
{
    struct shop *shop = *state;

    call(shop, "Query", "%s",
        "{'TableName':'lines','IndexName':'by-sku','KeyConditionExpression':'sku = :s',"
        "'ExpressionAttributeValues':{':s':{'S':'odd'}},'Limit':7,'Select':'COUNT'}");
    expect(shop, "{'Count':7,'ScannedCount':7,'LastEvaluatedKey':{'order':{'S':'o'},"
                 "'line':{'N':'9'},'sku':{'S':'odd'},'price':{'N':'4'}}}");
}

static void segments_are_disjoint_and_complete(void **state)
{
    struct shop *shop = *state;
    static const int totals[] = {1, 2, 3, 7, 64, 1000000};

    for (int i = 0; i < 200; i++) {
        call(shop, "PutItem",
            "{'TableName':'lines','Item':{'order':{'S':'seg%d'},'line':{'N':'1'},"
            "'note':{'S':'s%d'}}}",
            i, i);
        assert_int_equal(shop->status, 200);
    }
    call(shop, "Scan", "%s", "{'TableName':'lines','Select':'COUNT'}");
    for (size_t t = 0; t < 5; t++) {
        int64_t sum = 0, whole;

        call(shop, "Scan", "%s", "{'TableName':'lines','Select':'COUNT'}");
        whole = answer_integer(shop, "Count");
        for (int segment = 0; segment < totals[t]; segment++) {
            call(shop, "Scan",
                "{'TableName':'lines','Select':'COUNT','Segment':%d,'TotalSegments':%d}", segment,
                totals[t]);
            assert_int_equal(shop->status, 200);
            sum += answer_integer(shop, "Count");
        }
        assert_int_equal(sum, whole);
    }
    call(shop, "Scan", "%s",
        "{'TableName':'lines','Segment':999999,'TotalSegments':1000000,'Select':'COUNT'}");
    assert_int_equal(shop->status, 200);
}

static void a_page_ends_with_the_item_that_fills_a_megabyte(void **state)
{
    struct shop *shop = *state;

    for (int i = 0; i < 5; i++) {
        call(shop, "PutItem",
            "{'TableName':'blobs','Item':{'b':{'B':'AQ=='},'s':{'S':'%d'},'d':{'S':'%0*d'}}}", i,
            300000, 0);
        assert_int_equal(shop->status, 200);
    }
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b','Select':'COUNT',"
        "'FilterExpression':'attribute_not_exists(d)','ExpressionAttributeValues':"
        "{':b':{'B':'AQ=='}},'ReturnConsumedCapacity':'TOTAL'}");
    /* 4 x 300,005 bytes are the first sum of at least 1,048,576: 293 half units. */
    expect(shop, "{'Count':0,'ScannedCount':4,'LastEvaluatedKey':{'b':{'B':'AQ=='},"
                 "'s':{'S':'3'}},'ConsumedCapacity':{'TableName':'blobs','CapacityUnits':146.5}}");
    call(shop, "Query", "%s",
        "{'TableName':'blobs','KeyConditionExpression':'b = :b','ExpressionAttributeValues':"
        "{':b':{'B':'AQ=='}},'ExclusiveStartKey':{'b':{'B':'AQ=='},'s':{'S':'3'}}}");
    assert_int_equal(answer_integer(shop, "Count"), 1);
    assert_null(answer_at(shop, "LastEvaluatedKey"));
}

static void many_small_rows_come_in_slices(void **state)
{
    struct shop *shop = *state;

    for (int i = 0; i < 1200; i += 25) {
        struct buf body;

        buf_init(&body, 1 << 20);
        for (int j = i; j < i + 25; j++)
            buf_add_format(&body,
                "%s{'PutRequest':{'Item':{'b':{'B':'Ag=='},'s':{'S':'%05d'},'note':{'S':'%d'}}}}",
                j > i ? "," : "", j, j);
        call(shop, "BatchWriteItem", "{'RequestItems':{'blobs':[%s]}}", buf_string(&body));
        expect(shop, "{'UnprocessedItems':{}}");
        buf_done(&body);
    }
    for (int backward = 0; backward < 2; backward++) {
        call(shop, "Query",
            "{'TableName':'blobs','KeyConditionExpression':'b = :b','ExpressionAttributeValues':"
            "{':b':{'B':'Ag=='}},'ScanIndexForward':%s}",
            backward ? "false" : "true");
        assert_int_equal(answer_integer(shop, "Count"), 1200);
        assert_int_equal(answer_at(shop, "Items")->count, 1200);
        assert_true(text_is(answer_at(shop, "Items.0.note.S")->text, backward ? "1199" : "0"));
        assert_true(text_is(answer_at(shop, "Items.1199.note.S")->text, backward ? "0" : "1199"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_in_order_of_value),
        cmocka_unit_test(strings_come_in_order_of_bytes),
        cmocka_unit_test(indexes_order_and_project),
        cmocka_unit_test(keys_of_several_attributes_sort_one_after_the_other),
        cmocka_unit_test(pages_of_any_length_join_to_the_whole),
        cmocka_unit_test(a_page_that_ends_by_limit_has_a_last_key),
        cmocka_unit_test(segments_are_disjoint_and_complete),
        cmocka_unit_test(a_page_ends_with_the_item_that_fills_a_megabyte),
        cmocka_unit_test(many_small_rows_come_in_slices),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
