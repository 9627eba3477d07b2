#include "console/statements/skim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/random_value.h"

enum { ARENA = 16 << 20 };

static struct arena *new_arena(void)
{
    struct error err;
    struct arena *arena = arena_new(ARENA, &err);

    assert_non_null(arena);
    return arena;
}

static void members_are_found_by_name(void **state)
{
    static const char *const name[] = {"a", "b", "absent", "c"};
    struct text value[4];

    assert_true(skim_members(TEXT(" { \"a\" : 12 , \"x\":[{\"b\":1}],\"b\":{\"c\":\"}]\\\"\"} ,"
                                  "\"c\":\"\\\\\",\"a\":[ ] } "),
        name, value, 4));
    assert_true(text_is(value[0], "[ ]"));
    assert_true(text_is(value[1], "{\"c\":\"}]\\\"\"}"));
    assert_null(value[2].data);
    assert_true(text_is(value[3], "\"\\\\\""));
    assert_true(skim_members(TEXT("{}"), name, value, 4));
    assert_null(value[0].data);
    (void)state;
}

static void what_is_no_object_has_no_members(void **state)
{
    static const char *const table[] = {"", " ", "[]", "null", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
        "{\"a\" 1}", "{\"a\":{}", "{\"a\":\"}", "{\"a\":[{]}", "{\"a\":\"\\"};
    static const char *const name[] = {"a"};
    struct text value[1];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t length = strlen(table[i]);
        char *exact = mem_new(length + 1, 1);

        assert_non_null(exact);
        memcpy(exact + 1, table[i], length);
        assert_false(skim_members(text_make(exact + 1, length), name, value, 1));
        mem_free(exact);
    }
    (void)state;
}

static void elements_come_one_after_the_other(void **state)
{
    struct text rest, element;

    assert_true(skim_array(TEXT(" [ 1 ,\"a,]\",{\"b\":[2,3]}, [] ,true ] "), &rest));
    assert_true(skim_next(&rest, &element) && text_is(element, "1"));
    assert_true(skim_next(&rest, &element) && text_is(element, "\"a,]\""));
    assert_true(skim_next(&rest, &element) && text_is(element, "{\"b\":[2,3]}"));
    assert_true(skim_next(&rest, &element) && text_is(element, "[]"));
    assert_true(skim_next(&rest, &element) && text_is(element, "true"));
    assert_false(skim_next(&rest, &element));
    assert_false(skim_array(TEXT("{}"), &rest));
    assert_false(skim_array(TEXT("["), &rest));
    rest = TEXT(" , {\"a\":1} ],\"Count\":1}");
    assert_true(skim_next(&rest, &element) && text_is(element, "{\"a\":1}"));
    assert_false(skim_next(&rest, &element));
    assert_true(text_is(rest, " ],\"Count\":1}"));
    (void)state;
}

static struct text random_wire(uint64_t *seed, struct arena *arena)
{
    struct json_writer writer;
    struct buf out;
    struct text text;

    buf_init(&out, ARENA);
    json_writer_init(&writer, &out);
    value_add_wire_item(&writer, random_item(seed, arena));
    text = arena_text(arena, buf_view(&out));
    assert_non_null(text.data);
    buf_done(&out);
    return text;
}

/* Items of all lengths, so that brackets, quotes and backslashes fall on every place of a word. */
static void random_items_are_cut_where_they_end(void **state)
{
    uint64_t seed = 5;
    struct arena *arena = new_arena();

    for (int round = 0; round < 3000; round++) {
        struct text item[8], rest, element;
        struct buf out;

        arena_reset(arena);
        buf_init(&out, ARENA);
        buf_add_char(&out, '[');
        for (size_t i = 0; i < 8; i++) {
            item[i] = random_wire(&seed, arena);
            buf_add_string(&out, i > 0 ? "," : "");
            buf_add_text(&out, item[i]);
        }
        buf_add_char(&out, ']');
        assert_true(skim_array(buf_view(&out), &rest));
        for (size_t i = 0; i < 8; i++)
            assert_true(skim_next(&rest, &element) && text_equal(element, item[i]));
        assert_false(skim_next(&rest, &element));
        buf_done(&out);
    }
    arena_free(arena);
    (void)state;
}

static const char *const answer_name[] = {"LastEvaluatedKey", "Count", "ScannedCount", "Items"};

/* Both ways find the same; the short way knows when it cannot. */
static void check_answer(const char *json, bool is_found)
{
    struct text body = text_of(json), around[3], whole[4], elements, rest, one, other;

    assert_true(skim_members(body, answer_name, whole, 4));
    assert_int_equal(skim_around(body, "Items", &elements, answer_name, around, 3), is_found);
    if (!is_found)
        return;
    for (size_t i = 0; i < 3; i++)
        assert_true(text_equal(around[i], whole[i]));
    assert_true(skim_array(whole[3], &rest));
    while (skim_next(&rest, &one))
        assert_true(skim_next(&elements, &other) && text_equal(one, other));
    assert_false(skim_next(&elements, &other));
}

static void the_end_of_an_answer_is_found_from_behind(void **state)
{
    check_answer("{\"Count\":1,\"Items\":[{\"a\":{\"S\":\"x\"}}],\"LastEvaluatedKey\":{\"a\":{"
                 "\"S\":\"x\"}},\"ScannedCount\":2}",
        true);
    check_answer("{\"Items\":[],\"ScannedCount\":0,\"LastEvaluatedKey\":{},\"Count\":0} ", true);
    check_answer("{\"Items\":[[]],\"LastEvaluatedKey\":{\"k\":[]},\"Count\":0,\"X\":[],\"Y\":[1]}",
        true);
    /* no key, or not where it is looked for */
    check_answer("{\"Count\":1,\"Items\":[{\"a\":{\"S\":\"x\"}}],\"ScannedCount\":2}", false);
    check_answer("{\"Items\":[]}", false);
    check_answer("{\"Count\":1}", false);
    check_answer("{\"LastEvaluatedKey\":{},\"Items\":[],\"Count\":1}", false);
    check_answer("{\"Items\":[] ,\"LastEvaluatedKey\":{}}", false);
    check_answer("{\"Items\":{},\"LastEvaluatedKey\":{}}", false);
    (void)state;
}

static void attributes_named_like_the_key_are_not_the_key(void **state)
{
    check_answer("{\"Items\":[{\"l\":{\"L\":[]},\"LastEvaluatedKey\":{\"S\":\"x\"}}]}", false);
    check_answer("{\"Items\":[{\"l\":[],\"LastEvaluatedKey\":{\"S\":\"x\"}}],\"Count\":1}", false);
    check_answer("{\"Items\":[{\"S\":\"],\\\"LastEvaluatedKey\\\":{}}\"}],\"Count\":1}", false);
    check_answer("{\"Items\":[{\"S\":\"],\"},{\":{\":[{\"LastEvaluatedKey\":1}]}],\"Count\":1}",
        false);
    check_answer("{\"Items\":[{\"S\":\"],\"},{\":[{[{\\\"\":\"LastEvaluatedKey\"}],\"Count\":1}",
        false);
    check_answer("{\"Items\":[{\"x\":[],\"y\\\"LastEvaluatedKey\":{}}],\"Count\":1}", false);
    check_answer("{\"Items\":[{\"S\":\"],\"}],\"LastEvaluatedKey\":{\"a\":\"],\",\"b\":\"]\"}}",
        true);
    (void)state;
}

/* Strings full of brackets and quotes, in the items and in the key. */
static void random_answers_are_read_the_same_both_ways(void **state)
{
    static const char *const piece[] = {"],", "\\\"", "LastEvaluatedKey", ":", "{", "}", "[", "]",
        ",", "\\\\", "1"};
    uint64_t seed = 77;

    for (int round = 0; round < 20000; round++) {
        struct buf out;

        buf_init(&out, ARENA);
        buf_add_string(&out, "{\"Count\":1,\"Items\":[");
        for (int part = 0; part < 3; part++) {
            buf_add_string(&out, part == 0   ? "{\""
                                 : part == 1 ? "},{\""
                                             : "}],\"LastEvaluatedKey\":{\"");
            for (size_t i = random_below(&seed, 12); i > 0; i--)
                buf_add_string(&out, piece[random_below(&seed, sizeof piece / sizeof *piece)]);
            buf_add_string(&out, "\":[\"");
            for (size_t i = random_below(&seed, 12); i > 0; i--)
                buf_add_string(&out, piece[random_below(&seed, sizeof piece / sizeof *piece)]);
            buf_add_string(&out, "\"]");
        }
        buf_add_string(&out, "},\"ScannedCount\":7}");
        check_answer(buf_string(&out), true);
        buf_done(&out);
    }
    (void)state;
}

static void a_key_far_from_the_end_is_not_looked_for(void **state)
{
    struct buf out;

    for (int more = 0; more < 2; more++) {
        buf_init(&out, ARENA);
        buf_add_string(&out, "{\"Items\":[{\"a\":1}],\"LastEvaluatedKey\":{\"a\":\"");
        buf_add_repeat(&out, 'x', 8000);
        buf_add_string(&out, "\"},\"Count\":\"");
        buf_add_repeat(&out, 'x', more ? 200 : 100);
        buf_add_string(&out, "\"}");
        check_answer(buf_string(&out), !more);
        buf_done(&out);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(what_is_no_object_has_no_members),
        cmocka_unit_test(elements_come_one_after_the_other),
        cmocka_unit_test(random_items_are_cut_where_they_end),
        cmocka_unit_test(the_end_of_an_answer_is_found_from_behind),
        cmocka_unit_test(attributes_named_like_the_key_are_not_the_key),
        cmocka_unit_test(random_answers_are_read_the_same_both_ways),
        cmocka_unit_test(a_key_far_from_the_end_is_not_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
