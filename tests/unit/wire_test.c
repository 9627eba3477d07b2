#include "console/statements/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "console/statements/skim.h"
#include "tests/unit/random_value.h"

static struct arena *arena;
static struct wire_reader *reader;

static int open_reader(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(256 << 20, &err);
    reader = wire_reader_new(&err);
    return arena && reader ? 0 : -1;
}

static int close_reader(void **state)
{
    (void)state;
    wire_reader_free(reader);
    arena_free(arena);
    return mem_live() == 0 ? 0 : -1;
}

static void items_are_what_the_long_way_reads(void **state)
{
    uint64_t source = 4711;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        const struct value *item = random_item(&source, arena), *first, *second;
        struct json_writer writer;
        struct error err;
        struct text rest;
        struct buf text;
        bool failed;

        buf_init(&text, 1 << 20);
        json_writer_init(&writer, &text);
        value_add_wire_item(&writer, item);
        buf_add_string(&text, round % 2 ? "," : " , ");
        writer.need_comma = false;
        value_add_wire_item(&writer, item);
        rest = buf_view(&text);
        assert_true(wire_reader_next(reader, &rest, arena, &first, &failed, &err));
        assert_true(wire_reader_next(reader, &rest, arena, &second, &failed, &err));
        assert_false(wire_reader_next(reader, &rest, arena, &second, &failed, &err));
        assert_false(failed);
        if (!value_equal(first, item))
            fail_msg("%s is read as another item", buf_string(&text));
        buf_done(&text);
        if (round % 100 == 0)
            arena_reset(arena);
    }
}

static void unsorted_members_are_sorted(void **state)
{
    struct text rest = TEXT("{\"b\":{\"N\":\"1\"},\"a\":{\"SS\":[\"y\",\"x\"]}}");
    const struct value *item;
    struct error err;
    bool failed;

    (void)state;
    assert_true(wire_reader_next(reader, &rest, arena, &item, &failed, &err));
    assert_true(text_is(item->name[0], "a"));
    assert_true(text_is(item->element[0].element[0].text, "x"));
    assert_int_equal(rest.length, 0);
}

static void broken_items_are_errors_of_the_long_way(void **state)
{
    static const char *const source[] = {"{\"a\":{\"S\":1}}", "{\"a\":{\"Q\":\"x\"}}",
        "{\"a\":", "{\"a\":{\"S\":\"x\"}", "{\"a\":{\"S\":\"\xff\"}}",
        "{\"a\":{\"S\":\"x\",\"N\":\"1\"}}", "[]", "{\"a\":{\"S\":\"\x01\"}}"};

    (void)state;
    for (size_t i = 0; i < sizeof source / sizeof *source; i++) {
        struct text rest = text_of(source[i]);
        const struct value *item;
        struct error err = {0};
        bool failed;

        if (wire_reader_next(reader, &rest, arena, &item, &failed, &err) || !failed || !err.text[0])
            fail_msg("%s is accepted", source[i]);
    }
}

static void members_are_found_without_a_tree(void **state)
{
    static const char *const name[] = {"a", "b", "c"};
    struct text value[3], rest, element;

    (void)state;
    assert_true(skim_members(
        TEXT(" { \"b\" : [1, \"]\", {\"a\": 2}] , \"x\": \"\\\"a\\\":1\", \"a\": -1e5 }"), name,
        value, 3));
    assert_true(text_is(value[0], "-1e5"));
    assert_true(text_is(value[1], "[1, \"]\", {\"a\": 2}]"));
    assert_null(value[2].data);
    assert_true(skim_array(value[1], &rest));
    assert_true(skim_next(&rest, &element));
    assert_true(text_is(element, "1"));
    assert_true(skim_next(&rest, &element));
    assert_true(text_is(element, "\"]\""));
    assert_true(skim_next(&rest, &element));
    assert_true(text_is(element, "{\"a\": 2}"));
    assert_false(skim_next(&rest, &element));
    assert_true(skim_members(TEXT("{}"), name, value, 3));
    assert_false(skim_members(TEXT("[]"), name, value, 3));
    assert_false(skim_members(TEXT("{\"a\":"), name, value, 3));
    assert_false(skim_members(TEXT("{\"a\":1"), name, value, 3));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_reader, close_reader)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_are_what_the_long_way_reads),
        TEST(unsorted_members_are_sorted),
        TEST(broken_items_are_errors_of_the_long_way),
        TEST(members_are_found_without_a_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
