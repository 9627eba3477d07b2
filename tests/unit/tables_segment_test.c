#include "endpoint/tables/keys.h"
#include "tests/unit/tables_support.h"

/* Parallel scans are the scan, for any number of segments (tables.md 4.4 and 10). */
enum { ITEMS = 400 };

static int times_seen[ITEMS];

static int open_shop(void **state)
{
    static struct shop shop;

    shop_open(&shop, true);
    call(&shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'},"
        "{'AttributeName':'g','AttributeType':'S'}],'KeySchema':["
        "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"
        "'GlobalSecondaryIndexes':[{'IndexName':'byg','KeySchema':["
        "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}");
    for (int i = 0; i < ITEMS; i++) {
        call(&shop, "PutItem",
            "{'TableName':'books','Item':{'h':{'S':'p%d'},'r':{'N':'%d'},'g':{'S':'g%d'}}}", i % 90,
            i, i % 50);
        assert_int_equal(shop.status, 200);
    }
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    shop_close(*state);
    return 0;
}

/* Reads one segment to its end, limit items a page. */
static void scan_segment(struct shop *shop, const char *index, unsigned segment, unsigned total,
    unsigned limit)
{
    struct buf start;

    buf_init(&start, 4096);
    for (;;) {
        struct json_writer writer;
        const struct json *last;

        call(shop, "Scan", "{'TableName':'books','Segment':%u,'TotalSegments':%u,'Limit':%u%s%s%s}",
            segment, total, limit, index ? ",'IndexName':" : "", index ? index : "",
            buf_string(&start));
        if (shop->status != 200)
            fail_msg("%s", buf_string(&shop->answer));
        for (const struct json *item = answer_at(shop, "Items")->first; item; item = item->next)
            times_seen[json_integer_member(json_member(item, "r"), "N", 0)]++;
        last = answer_at(shop, "LastEvaluatedKey");
        buf_clear(&start);
        if (!last)
            break;
        buf_add_string(&start, ",\"ExclusiveStartKey\":");
        json_writer_init(&writer, &start);
        json_tree(&writer, last);
    }
    buf_done(&start);
}

static void expect_each_once(const char *what, unsigned total)
{
    for (int i = 0; i < ITEMS; i++)
        if (times_seen[i] != 1)
            fail_msg("%s, %u segments: item %d was seen %d times", what, total, i, times_seen[i]);
}

static void segments_hold_each_item_once(void **state)
{
    static const unsigned total_table[] = {1, 2, 3, 4, 5, 7, 8, 16, 31, 64, 100, 257};
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof total_table / sizeof total_table[0]; i++) {
        unsigned total = total_table[i];

        memset(times_seen, 0, sizeof times_seen);
        for (unsigned segment = 0; segment < total; segment++)
            scan_segment(shop, NULL, segment, total, 13);
        expect_each_once("the table", total);
        memset(times_seen, 0, sizeof times_seen);
        for (unsigned segment = 0; segment < total; segment++)
            scan_segment(shop, "'byg'", segment, total, 29);
        expect_each_once("the index", total);
    }
}

/* With a million segments an item is in the one that its hash names, and in no neighbour. */
static void an_item_is_in_one_of_a_million_segments(void **state)
{
    static const unsigned total_table[] = {999983, 1000000};
    const struct key_schema key = {.hash_count = 1,
        .attribute = {{.name = TEXT("h"), .type = VALUE_S}}};
    struct shop *shop = *state;

    for (int item = 0; item < 20; item++)
        for (size_t i = 0; i < 2; i++) {
            unsigned total = total_table[i], low = 0, high = total_table[i];
            char text[16];
            struct value value = {.type = VALUE_S};
            const struct value *values[] = {&value};
            uint64_t hash;

            snprintf(text, sizeof text, "p%d", item % 90);
            value.text = text_of(text);
            hash = keys_hash(&key, values);
            while (low + 1 < high) {
                unsigned middle = low + (high - low) / 2;

                if (keys_segment_start(middle, total) <= hash)
                    low = middle;
                else
                    high = middle;
            }
            memset(times_seen, 0, sizeof times_seen);
            scan_segment(shop, NULL, low, total, 100);
            assert_int_equal(times_seen[item], 1);
            memset(times_seen, 0, sizeof times_seen);
            if (low > 0)
                scan_segment(shop, NULL, low - 1, total, 100);
            if (low + 1 < total)
                scan_segment(shop, NULL, low + 1, total, 100);
            assert_int_equal(times_seen[item], 0);
        }
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(segments_hold_each_item_once),
        SHOP_TEST(an_item_is_in_one_of_a_million_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
