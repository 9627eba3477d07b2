#include "console/language/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/random_value.h"

/* ddb{..} that is JSON is read without tokens; with a comment in it, token by token. */

static struct arena *arena;

static int open_arena(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(512 << 20, &err);
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return mem_live() == 0 ? 0 : -1;
}

/* What an item comes to, with the place of what follows it, or its error. */
static const char *read_item(const char *source)
{
    static char out[1 << 16];
    struct lexer lexer;
    struct error err = {0};
    const struct value *item;
    struct json_writer writer;
    struct buf buf;

    lexer_init(&lexer, text_of(source), arena);
    item = parse_item(&lexer, &err);
    if (!item) {
        snprintf(out, sizeof out, "%d:%d %s", err.line, err.column, err.text);
        return out;
    }
    buf_init(&buf, sizeof out);
    json_writer_init(&writer, &buf);
    value_add_wire_item(&writer, item);
    parse_expected(&lexer, "nothing", &err);
    snprintf(out, sizeof out, "%s %d:%d-%d:%d %s", buf.failure ? "{..}" : buf_string(&buf),
        lexer.last.line, lexer.last.column, err.line, err.column, err.text);
    buf_done(&buf);
    return out;
}

static void pasted_items_end_where_their_brace_is(void **state)
{
    assert_string_equal(read_item("ddb{}"),
        "{} 1:5-1:6 expected nothing, found the end of the statement");
    assert_string_equal(read_item("ddb {\"a\":{\"S\":\"x\"}} y"),
        "{\"a\":{\"S\":\"x\"}} 1:19-1:21 expected nothing, found 'y'");
    assert_string_equal(read_item("ddb{\"a\":\n {\"S\":\"\xc3\xa9\xc3\xa9\"}\n},z"),
        "{\"a\":{\"S\":\"\xc3\xa9\xc3\xa9\"}} 3:1-3:2 expected nothing, found ','");
    assert_string_equal(read_item("ddb{\"\xf0\x9f\x98\x80\":{\"S\":\"12345678\"}}\n"),
        "{\"\xf0\x9f\x98\x80\":{\"S\":\"12345678\"}} 1:25-1:26 expected nothing, found the end of "
        "the statement");
    assert_string_equal(read_item("ddb{\"a\":{\"S\":\"x\"}};ddb{"),
        "{\"a\":{\"S\":\"x\"}} 1:18-1:19 expected nothing, found the end of the statement");
    (void)state;
}

static void what_json_has_not_goes_the_long_way(void **state)
{
    assert_string_equal(read_item("ddb{a:{S:'it''s'}, b : {\"N\":\"1\"} /* c */} "),
        "{\"a\":{\"S\":\"it's\"},\"b\":{\"N\":\"1\"}} 1:41-1:42 expected nothing, found the end of "
        "the statement");
    (void)state;
}

static void errors_are_those_of_the_long_way(void **state)
{
    static const struct {
        const char *source, *expected;
    } table[] = {
        {"ddb{\"a\":{\"S\":\"x\"},\"a\":{\"S\":\"y\"}}", "1:4 the map has the key 'a' twice"},
        {"ddb{\"a\":{\"S\":\"x\",\"S\":\"y\"}}", "1:9 the map has the key 'S' twice"},
        {"ddb{\"a\":{\"N\":\"x\"}}", "1:1 a: \"x\" is not a number"},
        {"ddb{\"a\":{\"S\":1}}", "1:1 a: a value of type S must be a string"},
        {"ddb{\"a\":{\"SS\":[\"x\",\"x\"]}}", "1:1 a: a set may not hold the same member twice"},
        {"ddb{\"a\":{\"S\":\"x\"}", "1:18 expected ',' or '}', found the end of the statement"},
        {"ddb{\"a\":{\"S\":\"x}", "1:14 the quote that opens here is not closed"},
        {"ddb{\"a\":{\"S\":\"\xff\"}}", "1:15 invalid UTF-8: byte 0xff"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(read_item(table[i].source), table[i].expected);
    (void)state;
}

/* opens and closes around nothing, depth lists in all */
static const char *nest(int depth)
{
    struct buf buf;
    const char *text;

    buf_init(&buf, 1 << 20);
    buf_add_string(&buf, "ddb{\"a\":");
    for (int i = 0; i < depth; i++)
        buf_add_string(&buf, "{\"L\":[");
    buf_add_string(&buf, "{\"S\":\"x\"}");
    for (int i = 0; i < depth; i++)
        buf_add_string(&buf, "]}");
    buf_add_char(&buf, '}');
    text = arena_string(arena, buf_view(&buf));
    buf_done(&buf);
    return text;
}

static void deep_nesting_is_refused_as_in_other_literals(void **state)
{
    char with_comment[1024];
    const char *text;
    int deepest = 0;

    for (int depth = 1; depth < 60; depth++) {
        text = nest(depth);
        snprintf(with_comment, sizeof with_comment, "ddb{/**/%s", text + 4);
        if (text[0] && strncmp(read_item(text), "{", 1) == 0)
            deepest = depth;
        assert_int_equal(deepest == depth, strncmp(read_item(with_comment), "{", 1) == 0);
    }
    assert_int_equal(deepest, 31);
    (void)state;
}

static void a_statement_is_no_longer_for_being_json(void **state)
{
    struct buf buf;

    for (int more = 0; more < 2; more++) {
        buf_init(&buf, 2 << 20);
        buf_add_string(&buf, "ddb{\"a\":{\"S\":\"");
        buf_add_repeat(&buf, 'x', (size_t)LEXER_STATEMENT_LIMIT - 14 - 3 + (size_t)more);
        buf_add_string(&buf, "\"}}");
        if (more)
            assert_string_equal(read_item(buf_string(&buf)),
                "1:1048577 a statement may have at most 1 MiB");
        else
            assert_int_equal(read_item(buf_string(&buf))[0], '{');
        buf_done(&buf);
    }
    (void)state;
}

/* Both ways agree on random items, and on what is left of them after a change. */
static void random_items_are_read_the_same_both_ways(void **state)
{
    static const char piece[] = "\"\\{}[],: SNBLMab019-.eE'\n\x80\xc3";
    uint64_t seed = 11;

    for (int round = 0; round < 20000; round++) {
        struct json_writer writer;
        char *first;
        struct buf fast, slow;

        arena_reset(arena);
        buf_init(&fast, 1 << 20);
        buf_init(&slow, 1 << 20);
        buf_add_string(&fast, "ddb    ");
        json_writer_init(&writer, &fast);
        value_add_wire_item(&writer, random_item(&seed, arena));
        if (round % 2)
            fast.data[8 + random_below(&seed, fast.length - 8)] =
                piece[random_below(&seed, sizeof piece - 1)];
        buf_add_string(&slow, "ddb{/**/");
        buf_add_text(&slow, text_slice(buf_view(&fast), 8, fast.length));
        buf_add_string(&fast, " next");
        buf_add_string(&slow, " next");
        first = arena_string(arena, text_of(read_item(buf_string(&fast))));
        /* A place on the first line lies as far behind: the brace stands four characters before. */
        assert_non_null(first);
        if (!strstr(buf_string(&fast), "\n") && first[0] == '{')
            assert_string_equal(first, read_item(buf_string(&slow)));
        else
            assert_int_equal(first[0] == '{', read_item(buf_string(&slow))[0] == '{');
        buf_done(&fast);
        buf_done(&slow);
    }
    (void)state;
}

static void with_is_looked_for_once(void **state)
{
    struct lexer lexer;

    lexer_init(&lexer, TEXT("a b; c wIth d; e"), arena);
    assert_true(lexer_may_have_with(&lexer));
    assert_int_equal(lexer.next_with, 7);
    for (int i = 0; i < 3; i++)
        lexer_take(&lexer);
    assert_true(lexer_may_have_with(&lexer));
    for (int i = 0; i < 4; i++)
        lexer_take(&lexer);
    assert_false(lexer_may_have_with(&lexer));
    lexer_init(&lexer, TEXT("wit"), arena);
    assert_false(lexer_may_have_with(&lexer));
    lexer_init(&lexer, TEXT("WITH"), arena);
    assert_true(lexer_may_have_with(&lexer));
    (void)state;
}

static void reading_survives_every_failed_allocation(void **state)
{
    long before = (long)mem_live();
    const char *result = "";

    for (long nth = 1; result[0] != '{'; nth++) {
        struct error err;
        struct arena *own;
        struct lexer lexer;
        const struct value *item = NULL;

        assert_true(nth < 100);
        err.code = ERROR_NONE;
        mem_fail_at(nth);
        own = arena_new(1 << 20, &err);
        if (own) {
            lexer_init(&lexer, TEXT("ddb{\"b\":{\"B\":\"AAE=\"},\"s\":{\"S\":\"a\\nb\"}}"), own);
            item = parse_item(&lexer, &err);
        }
        mem_fail_at(0);
        assert_true(item || err.code == ERROR_MEMORY);
        result = item ? "{" : "";
        arena_free(own);
        assert_int_equal((long)mem_live(), before);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pasted_items_end_where_their_brace_is),
        cmocka_unit_test(what_json_has_not_goes_the_long_way),
        cmocka_unit_test(errors_are_those_of_the_long_way),
        cmocka_unit_test(deep_nesting_is_refused_as_in_other_literals),
        cmocka_unit_test(a_statement_is_no_longer_for_being_json),
        cmocka_unit_test(random_items_are_read_the_same_both_ways),
        cmocka_unit_test(with_is_looked_for_once),
        cmocka_unit_test(reading_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
