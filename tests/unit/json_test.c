#include "base/json.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

enum { ARENA_LIMIT = 16 * 1024 * 1024 };

static struct arena *arena;

static int open_arena(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(ARENA_LIMIT, &err);
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct json *parse(struct text source)
{
    struct error err = {0};
    struct json *node = json_parse(source, arena, &err);

    if (!node)
        fail_msg("%.*s: %s", (int)source.length, source.data, err.text);
    return node;
}

static void expect_refusal(struct text source, int line, int column, const char *what)
{
    struct error err = {0};

    if (json_parse(source, arena, &err))
        fail_msg("accepted: %.*s", (int)source.length, source.data);
    assert_int_equal(err.code, ERROR_USAGE);
    assert_string_equal(err.text, what);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
}

static void json_parse_reads_every_kind(void **state)
{
    const struct json *node =
        parse(TEXT(" [null, true,false , -1.50e+3,\"x\", [ ] ,{\"a\" : 1, \"b\":[]}]\r\n\t"));
    static const enum json_kind kinds[] = {JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER,
        JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    const struct json *element = node->first;

    assert_int_equal(node->kind, JSON_ARRAY);
    assert_int_equal(node->count, 7);
    assert_int_equal(node->offset, 1);
    for (size_t i = 0; i < 7; i++, element = element->next)
        assert_int_equal(element->kind, kinds[i]);
    assert_null(element);
    assert_true(text_is(json_at(node, "3")->text, "-1.50e+3"));
    assert_int_equal(json_at(node, "3")->offset, 21);
    assert_true(text_is(json_at(node, "4")->text, "x"));
    assert_int_equal(json_at(node, "5")->count, 0);
    assert_int_equal(json_at(node, "6")->count, 2);
    assert_true(text_is(json_at(node, "6")->first->name, "a"));
    (void)state;
}

static void json_parse_takes_a_bare_value(void **state)
{
    assert_int_equal(parse(TEXT("null"))->kind, JSON_NULL);
    assert_true(text_is(parse(TEXT("0"))->text, "0"));
    assert_true(text_is(parse(TEXT("\"\""))->text, ""));
    assert_non_null(parse(TEXT("\"\""))->text.data);
    (void)state;
}

static void json_parse_keeps_numbers_as_they_are_written(void **state)
{
    static const char *const good[] = {"0", "-0", "-0.0", "12345678901234567890123456789012345678",
        "1E130", "1e-130", "0.10", "9e+0"};
    static const char *const bad[] = {"01", "-", "-a", "1.", ".5", "1e", "1e+", "+1", "00", "-01",
        "1.e1", "0x1", "1_0", "Infinity", "NaN"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(text_is(parse(text_of(good[i]))->text, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error err = {0};

        assert_null(json_parse(text_of(bad[i]), arena, &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
    (void)state;
}

static void json_strings_without_escapes_point_into_the_source(void **state)
{
    struct text source = TEXT("{\"name\": \"a longer text, caf\xc3\xa9 and more\"}");
    const struct json *member = parse(source)->first;

    assert_ptr_equal(member->name.data, source.data + 2);
    assert_ptr_equal(member->text.data, source.data + 10);
    assert_true(text_is(member->text, "a longer text, caf\xc3\xa9 and more"));
    (void)state;
}

static void json_strings_decode_every_escape(void **state)
{
    const struct json *node =
        parse(TEXT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"a\\u0000b\", \"\\u00e9\\u20AC\","
                   " \"\\ud83d\\ude00!\", {\"k\\u0041\": 1}]"));

    assert_true(text_equal(json_at(node, "0")->text, TEXT("\"\\/\b\f\n\r\t")));
    assert_true(text_equal(json_at(node, "1")->text, TEXT("a\0b")));
    assert_true(text_is(json_at(node, "2")->text, "\xc3\xa9\xe2\x82\xac"));
    assert_true(text_is(json_at(node, "3")->text, "\xf0\x9f\x98\x80!"));
    assert_non_null(json_at(node, "4.kA"));
    (void)state;
}

static void json_strings_of_every_length_end_where_they_should(void **state)
{
    char source[64];

    for (size_t length = 0; length < 40; length++) {
        source[0] = '"';
        memset(source + 1, 'x', length);
        source[length + 1] = '"';
        assert_int_equal(parse(text_make(source, length + 2))->text.length, length);
        for (size_t at = 1; at <= length; at++) {
            source[at] = '\n';
            expect_refusal(text_make(source, length + 2), 1, (int)at + 1,
                "not valid JSON: a control character in a string must be escaped");
            source[at] = 'x';
        }
        expect_refusal(text_make(source, length + 1), 1, (int)length + 2,
            "not valid JSON: a string is not closed");
    }
    (void)state;
}

static void json_refuses_surrogates_without_partner(void **state)
{
    static const char *const bad[] = {"\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"",
        "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud83d\\ude0\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\u"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refusal(text_of(bad[i]), 1, 2,
            "not valid JSON: \\u needs four hex digits, and a surrogate its partner");
    (void)state;
}

static void json_refuses_strings_that_are_not_utf8(void **state)
{
    expect_refusal(TEXT("\"ab\xff\""), 1, 4, "not valid JSON: a string is not UTF-8");
    expect_refusal(TEXT("[\"\xc0\x80\"]"), 1, 3, "not valid JSON: a string is not UTF-8");
    expect_refusal(TEXT("\"\xed\xa0\x80\""), 1, 2, "not valid JSON: a string is not UTF-8");
    expect_refusal(TEXT("{\"\xe2\x82\":1}"), 1, 3, "not valid JSON: a string is not UTF-8");
    (void)state;
}

static void json_errors_name_line_and_column_in_characters(void **state)
{
    expect_refusal(TEXT(""), 1, 1, "not valid JSON: it ends too early");
    expect_refusal(TEXT(" \n "), 2, 2, "not valid JSON: it ends too early");
    expect_refusal(TEXT("{\"caf\xc3\xa9\" 1}"), 1, 9,
        "not valid JSON: a colon was expected after the name");
    expect_refusal(TEXT("{\n  \"a\": 1,\n  }"), 3, 3,
        "not valid JSON: a name in double quotes was expected");
    expect_refusal(TEXT("[1,\n2,]"), 2, 3, "not valid JSON: a value was expected");
    expect_refusal(TEXT("[1 2]"), 1, 4, "not valid JSON: a comma or ] was expected");
    expect_refusal(TEXT("{\"a\":1;}"), 1, 7, "not valid JSON: a comma or } was expected");
    expect_refusal(TEXT("[1}"), 1, 3, "not valid JSON: a comma or ] was expected");
    expect_refusal(TEXT("{} {}"), 1, 4, "not valid JSON: more text follows the value");
    expect_refusal(TEXT("\"a\\x\""), 1, 3, "not valid JSON: unknown escape in a string");
    expect_refusal(TEXT("\"a\\"), 1, 4, "not valid JSON: a string is not closed");
    expect_refusal(TEXT("-x"), 1, 1, "not valid JSON: a number is malformed");
    expect_refusal(TEXT("nul"), 1, 1, "not valid JSON: a value was expected");
    expect_refusal(TEXT("[,1]"), 1, 2, "not valid JSON: a value was expected");
    expect_refusal(TEXT("{\"a\":}"), 1, 6, "not valid JSON: a value was expected");
    expect_refusal(TEXT("{\"a\""), 1, 5, "not valid JSON: it ends too early");
    expect_refusal(TEXT("[1,"), 1, 4, "not valid JSON: it ends too early");
    expect_refusal(TEXT("\xef\xbb\xbf{}"), 1, 1, "not valid JSON: a value was expected");
    expect_refusal(TEXT("{}\0"), 1, 3, "not valid JSON: more text follows the value");
    expect_refusal(TEXT("[1] // x"), 1, 5, "not valid JSON: more text follows the value");
    expect_refusal(TEXT("'a'"), 1, 1, "not valid JSON: a value was expected");
    (void)state;
}

static void json_every_beginning_of_a_document_is_refused(void **state)
{
    struct text whole =
        TEXT("{\"a\":[1,-2.5e3,{\"b\":\"\\ud83d\\ude00\xc3\xa9\"},true,null,\"\\n\"]}");

    parse(whole);
    for (size_t length = 0; length < whole.length; length++) {
        /* A block of its own, so that a sanitizer sees a read behind the end. */
        char *copy = mem_new(length, 1);
        struct error err = {0};

        memcpy(copy, whole.data, length);
        assert_null(json_parse(text_make(copy, length), arena, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        mem_free(copy);
    }
    (void)state;
}

static void json_depth_ends_at_the_limit(void **state)
{
    char source[2 * JSON_DEPTH_LIMIT + 2];
    struct error err = {0};
    const struct json *node;
    int depth = 0;

    memset(source, '[', JSON_DEPTH_LIMIT);
    memset(source + JSON_DEPTH_LIMIT, ']', JSON_DEPTH_LIMIT);
    node = parse(text_make(source, 2 * JSON_DEPTH_LIMIT));
    for (; node; node = node->first)
        depth++;
    assert_int_equal(depth, JSON_DEPTH_LIMIT);

    memset(source, '[', JSON_DEPTH_LIMIT + 1);
    memset(source + JSON_DEPTH_LIMIT + 1, ']', JSON_DEPTH_LIMIT + 1);
    assert_null(json_parse(text_make(source, sizeof source), arena, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_string_equal(err.text, "not valid JSON: nested too deeply");
    assert_int_equal(err.column, JSON_DEPTH_LIMIT + 1);
    (void)state;
}

static void json_of_a_million_brackets_is_refused_without_harm(void **state)
{
    size_t length = 1000000;
    char *source = mem_new(length, 1);
    struct error err = {0};

    for (size_t i = 0; i < length; i++)
        source[i] = "[{\"a\":"[i % 6];
    assert_null(json_parse(text_make(source, length), arena, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    mem_free(source);
    (void)state;
}

static void json_parse_stops_at_the_limit_of_the_arena(void **state)
{
    struct error err = {0};
    struct arena *small = arena_new(1000, &err);
    char source[400];

    memset(source, '1', sizeof source);
    for (size_t i = 0; i < sizeof source; i += 2)
        source[i] = i == 0 ? '[' : ',';
    source[sizeof source - 1] = ']';
    source[sizeof source - 2] = ' ';
    assert_null(json_parse(text_make(source, sizeof source), small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_string_equal(err.text, "needs more than 1000 bytes of memory");
    arena_free(small);
    (void)state;
}

static void json_parse_survives_every_failed_allocation(void **state)
{
    struct text source = TEXT("{\"a\": [1, 2, \"x\\ny\"], \"b\": {\"c\": null}, \"d\": \"e\"}");
    long before = mem_live(), failures = 0;
    size_t size = 60000;
    char *large = mem_new(size, 1);
    bool done = false;

    memcpy(large, source.data, source.length);
    memset(large + source.length, ' ', size - source.length);
    large[source.length - 1] = ',';
    memcpy(large + source.length, "\"f\": [", 6);
    for (size_t at = source.length + 6; at + 10 < size; at += 8)
        memcpy(large + at, "\"\\ty\",0,", 8);
    memcpy(large + size - 6, "0  ]}", 5);
    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct arena *own;
        const struct json *node = NULL;

        mem_fail_at(nth);
        own = arena_new(ARENA_LIMIT, &err);
        if (own)
            node = json_parse(text_make(large, size), own, &err);
        mem_fail_at(0);
        done = node != NULL;
        if (!done) {
            assert_int_equal(err.code, ERROR_MEMORY);
            failures++;
        } else {
            assert_true(text_is(json_at(node, "a.2")->text, "x\ny"));
            assert_true(json_member(node, "f")->count > 1000);
        }
        arena_free(own);
        assert_int_equal(mem_live(), before + 1);
    }
    assert_true(failures >= 3);
    mem_free(large);
    (void)state;
}

static void json_members_are_found_and_the_last_duplicate_wins(void **state)
{
    const struct json *node = parse(TEXT("{\"a\":1,\"b\":2,\"a\":3,\"\":4,\"x\\u0000\":5}"));

    assert_int_equal(node->count, 5);
    assert_true(text_is(json_member(node, "a")->text, "3"));
    assert_true(text_is(json_member(node, "")->text, "4"));
    assert_true(text_is(json_member_text(node, TEXT("x\0"))->text, "5"));
    assert_null(json_member(node, "x"));
    assert_null(json_member(node, "c"));
    assert_null(json_member(NULL, "a"));
    assert_null(json_member(parse(TEXT("[1]")), "0"));
    (void)state;
}

static void json_at_follows_names_and_indexes(void **state)
{
    const struct json *node = parse(TEXT("{\"a\":{\"b\":[10,[20,{\"c\":30}]]},\"0\":\"zero\"}"));

    assert_true(text_is(json_at(node, "a.b.0")->text, "10"));
    assert_true(text_is(json_at(node, "a.b.1.1.c")->text, "30"));
    assert_true(text_is(json_at(node, "0")->text, "zero"));
    assert_ptr_equal(json_at(node, ""), node);
    assert_null(json_at(node, "a.b.2"));
    assert_null(json_at(node, "a.b.-1"));
    assert_null(json_at(node, "a.b.x"));
    assert_null(json_at(node, "a.b.0.c"));
    assert_null(json_at(NULL, "a"));
    (void)state;
}

static void json_member_helpers_fall_back_on_other_kinds(void **state)
{
    const struct json *node =
        parse(TEXT("{\"s\":\"text\",\"n\":42,\"ns\":\"-7\",\"d\":2.5e1,\"t\":true,"
                   "\"f\":false,\"big\":9223372036854775808,\"z\":null,"
                   "\"inf\":\"inf\",\"empty\":\"\"}"));

    assert_true(text_is(json_string_member(node, "s"), "text"));
    assert_non_null(json_string_member(node, "empty").data);
    assert_null(json_string_member(node, "n").data);
    assert_null(json_string_member(node, "absent").data);
    assert_int_equal(json_integer_member(node, "n", 1), 42);
    assert_int_equal(json_integer_member(node, "ns", 1), -7);
    assert_int_equal(json_integer_member(node, "d", 1), 1);
    assert_int_equal(json_integer_member(node, "big", 1), 1);
    assert_int_equal(json_integer_member(node, "s", 1), 1);
    assert_int_equal(json_integer_member(node, "empty", 1), 1);
    assert_int_equal(json_integer_member(NULL, "n", 5), 5);
    assert_true(json_double_member(node, "d", 0) == 25.0);
    assert_true(json_double_member(node, "ns", 0) == -7.0);
    assert_true(json_double_member(node, "inf", 3) == 3.0);
    assert_true(json_double_member(node, "z", 3) == 3.0);
    assert_true(json_bool_member(node, "t", false));
    assert_false(json_bool_member(node, "f", true));
    assert_true(json_bool_member(node, "z", true));
    assert_false(json_bool_member(node, "absent", false));
    (void)state;
}

static struct buf out;

static void expect_output(const char *expected)
{
    struct error err = {0};

    if (buf_check(&out, "output", &err))
        fail_msg("%s", err.text);
    assert_string_equal(buf_string(&out), expected);
    buf_clear(&out);
}

static int open_buf(void **state)
{
    buf_init(&out, 1024 * 1024);
    return open_arena(state);
}

static int close_buf(void **state)
{
    buf_done(&out);
    return close_arena(state);
}

static void json_writer_places_commas(void **state)
{
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_string(&writer, "a", "x");
    json_name(&writer, "b");
    json_begin_array(&writer);
    json_integer(&writer, -1);
    json_begin_object(&writer);
    json_end_object(&writer);
    json_begin_array(&writer);
    json_end_array(&writer);
    json_null(&writer);
    json_bool(&writer, true);
    json_number(&writer, TEXT("1.00"));
    json_raw(&writer, TEXT("{\"r\":1}"));
    json_c_string(&writer, "s");
    json_end_array(&writer);
    json_pair_integer(&writer, "c", 7);
    json_pair_bool(&writer, "d", false);
    json_name_text(&writer, TEXT("e\0"));
    json_string(&writer, text_of(NULL));
    json_end_object(&writer);
    expect_output(
        "{\"a\":\"x\",\"b\":[-1,{},[],null,true,1.00,{\"r\":1},\"s\"],\"c\":7,\"d\":false,"
        "\"e\\u0000\":\"\"}");
    (void)state;
}

static void json_add_string_escapes_controls_and_nothing_else(void **state)
{
    json_add_string(&out, TEXT("\"\\/\b\f\n\r\t\x01\x1f\x7f\0z"));
    expect_output("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000z\"");
    json_add_string(&out, TEXT("caf\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x80\xa8"));
    expect_output("\"caf\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x80\xa8\"");
    json_add_string(&out, TEXT("a\xff\xc3"));
    expect_output("\"a\xef\xbf\xbd\xef\xbf\xbd\"");
    (void)state;
}

static void expect_double(double value, const char *expected)
{
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_double(&writer, value);
    expect_output(expected);
}

static void json_double_writes_the_shortest_text_that_reads_back(void **state)
{
    expect_double(0, "0");
    expect_double(0.1, "0.1");
    expect_double(-2.5, "-2.5");
    expect_double(100, "100");
    expect_double(1e300, "1e+300");
    expect_double(1.0 / 3, "0.3333333333333333");
    expect_double(0.1 + 0.2, "0.30000000000000004");
    expect_double(5e-324, "4.94065645841247e-324");
    expect_double((double)NAN, "null");
    expect_double((double)INFINITY, "null");
    expect_double(-(double)INFINITY, "null");
    (void)state;
}

static void json_doubles_have_a_point_in_every_locale(void **state)
{
    const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        locale_t comma = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
        locale_t before;

        if (!comma) /* not installed here */
            continue;
        before = uselocale(comma);
        expect_double(0.5, "0.5");
        assert_true(json_double_member(parse(TEXT("{\"a\":0.5}")), "a", 0) == 0.5);
        uselocale(before);
        freelocale(comma);
    }
    (void)state;
}

static void json_tree_writes_what_was_read(void **state)
{
    static const char *const documents[] = {"null", "[]", "{}", "\"a\\n\"", "[[],[[]],{}]",
        "{\"a\":{\"b\":[1.0,-0,{\"c\":\"\"}]},\"a\":[true,false,null]}", "[1,[2,[3,[4]]],5]"};
    struct json_writer writer;

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        json_writer_init(&writer, &out);
        json_tree(&writer, parse(text_of(documents[i])));
        expect_output(documents[i]);
    }
    /* A member that is written alone brings neither its name nor its siblings. */
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    json_tree(&writer, parse(TEXT("{\"a\":[1],\"b\":2}"))->first);
    json_tree(&writer, parse(TEXT("{\"a\":1,\"b\":2}"))->first);
    json_end_array(&writer);
    expect_output("[[1],1]");
    (void)state;
}

static void json_tree_takes_the_full_depth_and_no_more(void **state)
{
    char source[2 * JSON_DEPTH_LIMIT + 1];
    struct json_writer writer;
    struct json *node, above = {.kind = JSON_ARRAY, .count = 1};
    struct error err;

    memset(source, '[', JSON_DEPTH_LIMIT);
    memset(source + JSON_DEPTH_LIMIT, ']', JSON_DEPTH_LIMIT);
    source[2 * JSON_DEPTH_LIMIT] = '\0';
    node = parse(text_of(source));
    json_writer_init(&writer, &out);
    json_tree(&writer, node);
    expect_output(source);
    above.first = node;
    json_writer_init(&writer, &out);
    json_tree(&writer, &above);
    assert_int_equal(buf_check(&out, "output", &err), ERROR_LIMIT);
    (void)state;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void json_survives_damaged_documents(void **state)
{
    struct text whole = TEXT(
        "{\"a\":[1,-2.5e3,{\"b\":\"\\ud83d\\ude00\xc3\xa9\"},true],\"c\":\"plain text here\"}");
    uint64_t seed = 0x9e3779b97f4a7c15;
    char copy[128];

    assert_true(whole.length <= sizeof copy);
    for (int round = 0; round < 20000; round++) {
        struct error err = {0};
        const struct json *node;

        memcpy(copy, whole.data, whole.length);
        for (uint64_t i = next_random(&seed) % 4; i < 4; i++)
            copy[next_random(&seed) % whole.length] = (char)next_random(&seed);
        arena_reset(arena);
        node = json_parse(text_make(copy, whole.length), arena, &err);
        if (node) {
            struct json_writer writer;

            json_writer_init(&writer, &out);
            json_tree(&writer, node);
            assert_non_null(json_parse(buf_view(&out), arena, &err));
            buf_clear(&out);
        } else {
            assert_int_equal(err.code, ERROR_USAGE);
            assert_true(err.line >= 1 && err.column >= 1);
        }
    }
    (void)state;
}

#define READS(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)
#define WRITES(test) cmocka_unit_test_setup_teardown(test, open_buf, close_buf)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READS(json_parse_reads_every_kind),
        READS(json_parse_takes_a_bare_value),
        READS(json_parse_keeps_numbers_as_they_are_written),
        READS(json_strings_without_escapes_point_into_the_source),
        READS(json_strings_decode_every_escape),
        READS(json_strings_of_every_length_end_where_they_should),
        READS(json_refuses_surrogates_without_partner),
        READS(json_refuses_strings_that_are_not_utf8),
        READS(json_errors_name_line_and_column_in_characters),
        READS(json_every_beginning_of_a_document_is_refused),
        READS(json_depth_ends_at_the_limit),
        READS(json_of_a_million_brackets_is_refused_without_harm),
        READS(json_parse_stops_at_the_limit_of_the_arena),
        READS(json_parse_survives_every_failed_allocation),
        READS(json_members_are_found_and_the_last_duplicate_wins),
        READS(json_at_follows_names_and_indexes),
        READS(json_member_helpers_fall_back_on_other_kinds),
        WRITES(json_writer_places_commas),
        WRITES(json_add_string_escapes_controls_and_nothing_else),
        WRITES(json_double_writes_the_shortest_text_that_reads_back),
        WRITES(json_doubles_have_a_point_in_every_locale),
        WRITES(json_tree_writes_what_was_read),
        WRITES(json_tree_takes_the_full_depth_and_no_more),
        WRITES(json_survives_damaged_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
