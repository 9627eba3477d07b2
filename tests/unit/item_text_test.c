#include "client/item_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/item_text_check.h"
#include "tests/unit/random_value.h"

enum { ARENA = 16 << 20 };

static struct arena *new_arena(void)
{
    struct error err;
    struct arena *arena = arena_new(ARENA, &err);

    assert_non_null(arena);
    return arena;
}

/* Takes one item from memory that ends where the text ends; what is printed, or NULL. */
static char *take(const char *text, bool is_plain, struct arena *arena)
{
    size_t length = strlen(text);
    char *exact = mem_new(length + 1, 1), *result = NULL;
    struct text items = text_make(exact ? exact + 1 : NULL, length);
    struct item_text item;
    struct buf out;

    assert_non_null(exact);
    memcpy(exact + 1, text, length);
    buf_init(&out, ARENA);
    item_text_init(&item, is_plain);
    if (item_text_take(&item, &items)) {
        assert_int_equal(items.length, 0);
        check_add_text(&out, &item);
        result = arena_string(arena, buf_view(&out));
    } else {
        assert_ptr_equal(items.data, exact + 1);
        assert_int_equal(items.length, length);
    }
    item_text_done(&item);
    buf_done(&out);
    mem_free(exact);
    return result;
}

static void items_spelled_as_written_are_taken(void **state)
{
    static const struct {
        const char *wire, *plain;
    } table[] = {
        {"{}", "{}"}, {"{\"a\":{\"S\":\"\"}}", "{\"a\":\"\"}"},
        {"{\"\":{\"S\":\"x\"}}", "{\"\":\"x\"}"},
        {"{\"a\":{\"S\":\"seven..\"},\"b\":{\"S\":\"eight...\"},\"c\":{\"S\":\"nine.....\"}}",
            "{\"a\":\"seven..\",\"b\":\"eight...\",\"c\":\"nine.....\"}"},
        {"{\"a\":{\"S\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\\u0001\"}}",
            "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\\u0001\"}"},
        {"{\"\xc3\xa9\":{\"S\":\"\xf0\x9f\x98\x80\x7f\"}}",
            "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\x7f\"}"},
        {"{\"n\":{\"N\":\"-0.50\"}}", "{\"n\":-0.50}"}, {"{\"n\":{\"N\":\"007\"}}", "{\"n\":7}"},
        {"{\"n\":{\"N\":\"+1E5\"}}", "{\"n\":100000}"},
        {"{\"n\":{\"N\":\"99999999999999999999999999999999999999\"}}",
            "{\"n\":99999999999999999999999999999999999999}"},
        {"{\"b\":{\"B\":\"\"}}", "{\"b\":{\"$b\":\"\"}}"},
        {"{\"b\":{\"B\":\"AAE=\"}}", "{\"b\":{\"$b\":\"AAE=\"}}"},
        {"{\"t\":{\"BOOL\":true},\"u\":{\"BOOL\":false},\"v\":{\"NULL\":true}}",
            "{\"t\":true,\"u\":false,\"v\":null}"},
        {"{\"l\":{\"L\":[]}}", "{\"l\":[]}"},
        {"{\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{}},{\"L\":[]}]}}", "{\"l\":[1,{},[]]}"},
        {"{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"ab\":{\"N\":\"2\"},\"b\":{\"N\":\"3\"}}}}",
            "{\"m\":{\"a\":1,\"ab\":2,\"b\":3}}"},
        {"{\"s\":{\"SS\":[\"\",\"a\",\"aa\",\"b\"]}}",
            "{\"s\":{\"$ss\":[\"\",\"a\",\"aa\",\"b\"]}}"},
        {"{\"s\":{\"NS\":[\"-2\",\"-1\",\"9\",\"10\",\"1e2\"]}}",
            "{\"s\":{\"$ns\":[-2,-1,9,10,1e2]}}"},
        {"{\"s\":{\"BS\":[\"\",\"AA==\",\"AAA=\",\"/w==\"]}}",
            "{\"s\":{\"$bs\":[\"\",\"AA==\",\"AAA=\",\"/w==\"]}}"},
        {"{\"$ss\":{\"S\":\"x\"}}", "{\"$ss\":\"x\"}"}, /* an item needs no tag, a map may */
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *wire = take(table[i].wire, false, arena), *plain = take(table[i].wire, true, arena);

        assert_non_null(wire);
        assert_string_equal(wire, table[i].wire);
        assert_non_null(plain);
        assert_string_equal(plain, table[i].plain);
    }
    arena_free(arena);
    (void)state;
}

static void doubtful_items_are_left_to_values(void **state)
{
    static const char *const table[] = {"", ",", "{", "}", "null", " {}", "{ }",
        "{\"a\":{\"S\":\"x\"}", "{\"a\":{\"S\":\"x\"},}", "{,\"a\":{\"S\":\"x\"}}",
        "{\"a\" :{\"S\":\"x\"}}", "{\"a\":{\"S\": \"x\"}}", "{\"a\":{\"S\":\"x\" }}",
        "{\"a\":{\"S\":\"x}}", "{\"a\":{\"S\":\"x\"", "{\"a\":{\"S\":\"x\"}", "{\"a\":{\"S\":\"",
        "{\"a\":{\"S\":\"\\", "{\"a\":{\"S\":\"\\u00", "{\"a\":{\"S\":\"\\u001\"}}",
        "{\"a\":{\"S\":\"\\/\"}}", "{\"a\":{\"S\":\"\\u0041\"}}", "{\"a\":{\"S\":\"\\u000a\"}}",
        "{\"a\":{\"S\":\"\\u001F\"}}", "{\"a\":{\"S\":\"\\u0020\"}}", "{\"a\":{\"S\":\"\\u00e9\"}}",
        "{\"a\":{\"S\":\"\\x\"}}", "{\"a\":{\"S\":\"\x01\"}}", "{\"a\":{\"S\":\"\xff\"}}",
        "{\"a\":{\"S\":\"\xc3\"}}", "{\"a\":{\"S\":\"\xed\xa0\x80\"}}", "{\"a\\n\":{\"S\":\"x\"}}",
        "{\"a\":{\"S\":\"x\"},\"a\":{\"S\":\"x\"}}",
        "{\"b\":{\"S\":\"x\"},\"a\":{\"S\":\"x\"},\"b\":{\"S\":\"x\"}}", "{\"a\":{}}",
        "{\"a\":{\"X\":\"x\"}}", "{\"a\":{\"s\":\"x\"}}", "{\"a\":{\"XS\":[\"x\"]}}",
        "{\"a\":{\"SSS\":[\"x\"]}}", "{\"a\":{\"S\":\"x\",\"S\":\"x\"}}",
        "{\"a\":{\"S\":\"x\",\"N\":null}}", "{\"a\":{\"S\":1}}", "{\"a\":{\"S\":null}}",
        "{\"a\":\"S\"}", "{\"a\":[\"S\"]}", "{\"n\":{\"N\":1}}", "{\"n\":{\"N\":\"\"}}",
        "{\"n\":{\"N\":\"-\"}}", "{\"n\":{\"N\":\"1.2.3\"}}", "{\"n\":{\"N\":\"1 \"}}",
        "{\"n\":{\"N\":\"0x1\"}}", "{\"n\":{\"N\":\"1e\"}}", "{\"n\":{\"N\":\"1e999\"}}",
        "{\"n\":{\"N\":\"123456789012345678901234567890123456789\"}}", "{\"b\":{\"B\":\"A\"}}",
        "{\"b\":{\"B\":\"AB==\"}}", "{\"b\":{\"B\":\"AA=\"}}", "{\"b\":{\"B\":\"A===\"}}",
        "{\"b\":{\"B\":\"AA=A\"}}", "{\"b\":{\"B\":\"AA-_\"}}", "{\"t\":{\"BOOL\":null}}",
        "{\"t\":{\"BOOL\":\"true\"}}", "{\"t\":{\"BOOL\":tru}}", "{\"t\":{\"BOOL\":t",
        "{\"t\":{\"NULL\":false}}", "{\"t\":{\"NULL\":true", "{\"l\":{\"L\":[}}",
        "{\"l\":{\"L\":[{\"N\":\"1\"},]}}", "{\"l\":{\"L\":[,]}}", "{\"l\":{\"L\":{}}}",
        "{\"l\":{\"L\":[{\"N\":\"1\"}}}", "{\"m\":{\"M\":[]}}",
        "{\"m\":{\"M\":{\"b\":{\"N\":\"1\"},\"a\":{\"N\":\"1\"}}}}",
        "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"a\":{\"N\":\"1\"}}}}",
        "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},}}}", "{\"s\":{\"SS\":[]}}", "{\"s\":{\"SS\":[\"a\"}}",
        "{\"s\":{\"SS\":[\"b\",\"a\"]}}", "{\"s\":{\"SS\":[\"a\",\"a\"]}}",
        "{\"s\":{\"SS\":[\"\\n\"]}}", "{\"s\":{\"SS\":[\"a\",]}}",
        "{\"s\":{\"NS\":[\"10\",\"9\"]}}", "{\"s\":{\"NS\":[\"1\",\"1.0\"]}}",
        "{\"s\":{\"NS\":[1]}}", "{\"s\":{\"NS\":[\"x\"]}}", "{\"s\":{\"BS\":[\"AAA=\",\"AA==\"]}}",
        "{\"s\":{\"BS\":[\"AA==\",\"AA==\"]}}", "{\"s\":{\"BS\":[\"A\"]}}"};
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_null(take(table[i], false, arena));
        assert_null(take(table[i], true, arena));
    }
    arena_free(arena);
    (void)state;
}

static void a_map_that_may_need_a_tag_is_no_plain_text(void **state)
{
    static const char text[] = "{\"m\":{\"M\":{\"$ss\":{\"L\":[]}}}}";
    struct arena *arena = new_arena();

    assert_string_equal(take(text, false, arena), text);
    assert_null(take(text, true, arena));
    arena_free(arena);
    (void)state;
}

static void attributes_in_any_order_are_sorted(void **state)
{
    static const char text[] = "{\"c\":{\"N\":\"3\"},\"a\":{\"N\":\"1\"},\"ab\":{\"N\":\"2\"}}";
    struct arena *arena = new_arena();

    assert_string_equal(take(text, false, arena),
        "{\"a\":{\"N\":\"1\"},\"ab\":{\"N\":\"2\"},\"c\":{\"N\":\"3\"}}");
    assert_string_equal(take(text, true, arena), "{\"a\":1,\"ab\":2,\"c\":3}");
    arena_free(arena);
    (void)state;
}

static void items_are_taken_one_after_the_other(void **state)
{
    struct text items = TEXT("{\"a\":{\"S\":\"1\"}},{\"b\":{\"S\":\"2\"}}, {\"c\":{\"S\":\"3\"}}]");
    struct item_text item;

    item_text_init(&item, false);
    assert_true(item_text_take(&item, &items));
    assert_true(text_is(item_text_member(&item, 0), "\"a\":{\"S\":\"1\"}"));
    assert_true(item_text_take(&item, &items));
    assert_int_equal(item.count, 1);
    assert_true(text_is(item.member[0].name, "b"));
    assert_false(item_text_take(&item, &items));
    assert_true(text_is(items, ", {\"c\":{\"S\":\"3\"}}]"));
    item_text_done(&item);
    (void)state;
}

/* depth containers around a string, the item included */
static char *nest(int depth, struct arena *arena)
{
    struct buf out;
    char *text;

    buf_init(&out, ARENA);
    buf_add_string(&out, "{\"a\":");
    for (int i = 1; i < depth; i++)
        buf_add_string(&out, "{\"L\":[");
    buf_add_string(&out, "{\"S\":\"x\"}");
    for (int i = 1; i < depth; i++)
        buf_add_string(&out, "]}");
    buf_add_char(&out, '}');
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static void deep_and_wide_items_are_left_to_values(void **state)
{
    struct arena *arena = new_arena();
    struct buf out;

    assert_non_null(take(nest(32, arena), true, arena));
    assert_null(take(nest(33, arena), false, arena));
    assert_null(take(nest(100000, arena), false, arena));
    for (int count = ITEM_TEXT_MEMBERS; count <= ITEM_TEXT_MEMBERS + 1; count++) {
        buf_init(&out, ARENA);
        for (int i = 0; i < count; i++)
            buf_add_format(&out, "%s\"a%03d\":{\"N\":\"1\"}", i > 0 ? "," : "{", i);
        buf_add_char(&out, '}');
        assert_int_equal(take(buf_string(&out), false, arena) != NULL, count <= ITEM_TEXT_MEMBERS);
        buf_done(&out);
    }
    arena_free(arena);
    (void)state;
}

static void add_random_item(struct buf *out, uint64_t *seed, struct arena *arena)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    value_add_wire_item(&writer, random_item(seed, arena));
}

/* Half of the texts are as they were written, the others are changed in one or two places. */
static void what_is_taken_is_what_values_print(void **state)
{
    static const char piece[] = "\"\\{}[],: SNBLMabu0159-.eE=\n\x80\xc3";
    uint64_t seed = 20261121;
    size_t taken, whole = 0, changed = 0;
    struct arena *arena = new_arena();

    for (int round = 0; round < 60000; round++) {
        struct text items;
        struct buf out;

        arena_reset(arena);
        buf_init(&out, ARENA);
        add_random_item(&out, &seed, arena);
        if (round % 2) {
            for (size_t i = random_below(&seed, 2) + 1; i > 0; i--)
                out.data[random_below(&seed, out.length)] =
                    piece[random_below(&seed, sizeof piece - 1)];
        }
        items = arena_text(arena, buf_view(&out));
        for (int is_plain = 0; is_plain < 2; is_plain++) {
            if (!check_items(items, is_plain, arena, &taken))
                fail_msg("taken differently: %s", buf_string(&out));
            *(round % 2 ? &changed : &whole) += taken;
        }
        buf_done(&out);
    }
    assert_true(whole > 25000); /* names with escapes and sets of them are not taken */
    assert_true(changed > 2000);
    arena_free(arena);
    (void)state;
}

static void without_memory_items_are_left_to_values(void **state)
{
    struct text items = TEXT("{\"b\":{\"B\":\"AAE=\"}}");
    struct item_text item;

    item_text_init(&item, true);
    for (long nth = 1; nth <= 2; nth++) {
        mem_fail_at(nth);
        assert_false(item_text_take(&item, &items));
        mem_fail_at(0);
        item_text_done(&item);
    }
    assert_true(item_text_take(&item, &items));
    assert_true(text_is(item_text_member(&item, 0), "\"b\":{\"$b\":\"AAE=\"}"));
    item_text_done(&item);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_spelled_as_written_are_taken),
        cmocka_unit_test(doubtful_items_are_left_to_values),
        cmocka_unit_test(a_map_that_may_need_a_tag_is_no_plain_text),
        cmocka_unit_test(attributes_in_any_order_are_sorted),
        cmocka_unit_test(items_are_taken_one_after_the_other),
        cmocka_unit_test(deep_and_wide_items_are_left_to_values),
        cmocka_unit_test(what_is_taken_is_what_values_print),
        cmocka_unit_test(without_memory_items_are_left_to_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
