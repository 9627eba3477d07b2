#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/number.h"
#include "client/value.h"
#include "tests/unit/random_value.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

static struct arena *new_arena(void)
{
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);

    assert_non_null(arena);
    return arena;
}

static const struct json *parse(struct arena *arena, const char *source)
{
    struct error err = {0};
    const struct json *json = json_parse(text_of(source), arena, &err);

    if (!json)
        fail_msg("%s: %s", source, err.text);
    return json;
}

static struct value *wire(struct arena *arena, const char *source)
{
    struct error err = {0};
    struct value *value = value_from_wire(parse(arena, source), arena, &err);

    if (!value)
        fail_msg("%s: %s", source, err.text);
    return value;
}

static struct value *plain(struct arena *arena, const char *source)
{
    struct error err = {0};
    struct value *value = value_from_plain(parse(arena, source), arena, &err);

    if (!value)
        fail_msg("%s: %s", source, err.text);
    return value;
}

static const char *wire_text(struct arena *arena, const struct value *value)
{
    struct json_writer writer;
    struct buf out;
    const char *text;

    buf_init(&out, ARENA_LIMIT);
    json_writer_init(&writer, &out);
    value_add_wire(&writer, value);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static const char *plain_text(struct arena *arena, const struct value *value)
{
    struct json_writer writer;
    struct buf out;
    const char *text;

    buf_init(&out, ARENA_LIMIT);
    json_writer_init(&writer, &out);
    value_add_plain(&writer, value);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static const char *literal_text(struct arena *arena, const struct value *value)
{
    struct buf out;
    const char *text;

    buf_init(&out, ARENA_LIMIT);
    value_add_literal(&out, value);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static void types_have_the_names_of_the_service(void **state)
{
    static const char *const name[] = {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"};

    for (int i = 0; i < 10; i++) {
        enum value_type type;

        assert_string_equal(value_type_name((enum value_type)i), name[i]);
        assert_true(value_type_parse(text_of(name[i]), &type));
        assert_int_equal(type, i);
        assert_int_equal(value_is_set(type), i >= 7);
    }
    assert_false(value_type_parse(TEXT("s"), &(enum value_type){0}));
    assert_false(value_type_parse(TEXT(""), &(enum value_type){0}));
    (void)state;
}

static void every_type_survives_the_wire(void **state)
{
    static const char *const source[] = {
        "{\"S\":\"\"}",
        "{\"S\":\"a\\u0000b\\n\"}",
        "{\"N\":\"12345678901234567890.50\"}",
        "{\"B\":\"AAE=\"}",
        "{\"B\":\"\"}",
        "{\"BOOL\":true}",
        "{\"BOOL\":false}",
        "{\"NULL\":true}",
        "{\"L\":[]}",
        "{\"L\":[{\"N\":\"1\"},{\"S\":\"1\"},{\"L\":[{\"M\":{}}]}]}",
        "{\"M\":{}}",
        "{\"M\":{\"\":{\"S\":\"x\"},\"a\":{\"M\":{\"b\":{\"NULL\":true}}}}}",
        "{\"SS\":[\"\",\"a\",\"b\"]}",
        "{\"NS\":[\"-1\",\"0.5\",\"9\",\"10\"]}",
        "{\"BS\":[\"\",\"AA==\",\"/w==\"]}",
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof source / sizeof *source; i++)
        assert_string_equal(wire_text(arena, wire(arena, source[i])), source[i]);
    arena_free(arena);
    (void)state;
}

static void names_and_sets_come_out_sorted(void **state)
{
    struct arena *arena = new_arena();

    assert_string_equal(wire_text(arena, wire(arena, "{\"SS\":[\"b\",\"\",\"a\",\"B\"]}")),
        "{\"SS\":[\"\",\"B\",\"a\",\"b\"]}");
    assert_string_equal(wire_text(arena, wire(arena, "{\"NS\":[\"10\",\"9\",\"-1\"]}")),
        "{\"NS\":[\"-1\",\"9\",\"10\"]}");
    assert_string_equal(wire_text(arena, wire(arena, "{\"BS\":[\"/w==\",\"fw==\",\"AA==\"]}")),
        "{\"BS\":[\"AA==\",\"fw==\",\"/w==\"]}");
    assert_string_equal(wire_text(arena,
                            wire(arena, "{\"M\":{\"b\":{\"N\":\"1\"},\"a\":{\"N\":\"2\"}}}")),
        "{\"M\":{\"a\":{\"N\":\"2\"},\"b\":{\"N\":\"1\"}}}");
    arena_free(arena);
    (void)state;
}

static void the_last_of_equal_names_counts(void **state)
{
    struct arena *arena = new_arena();

    assert_string_equal(wire_text(arena, wire(arena, "{\"M\":{\"b\":{\"N\":\"1\"},\"a\":{\"N\":"
                                                     "\"2\"},\"b\":{\"N\":\"3\"},\"b\":{\"N\":"
                                                     "\"4\"}}}")),
        "{\"M\":{\"a\":{\"N\":\"2\"},\"b\":{\"N\":\"4\"}}}");
    assert_string_equal(wire_text(arena, wire(arena, "{\"S\":\"x\",\"S\":\"y\"}")),
        "{\"S\":\"y\"}");
    assert_string_equal(plain_text(arena, plain(arena, "{\"b\":1,\"a\":2,\"b\":3}")),
        "{\"a\":2,\"b\":3}");
    arena_free(arena);
    (void)state;
}

static void members_that_are_null_are_absent(void **state)
{
    struct arena *arena = new_arena();

    assert_string_equal(wire_text(arena, wire(arena, "{\"S\":null,\"N\":\"5\",\"L\":null}")),
        "{\"N\":\"5\"}");
    arena_free(arena);
    (void)state;
}

static void what_is_no_attribute_value_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *source, *error;
    } table[] = {
        {"5", "an attribute value is an object with its type, such as {\"S\": \"text\"}"},
        {"{}", "an attribute value must have a type"},
        {"{\"S\":null}", "an attribute value must have a type"},
        {"{\"S\":\"a\",\"N\":\"1\"}", "an attribute value may have one type only"},
        {"{\"X\":1}", "\"X\" is not the type of an attribute value"},
        {"{\"S\":1}", "a value of type S must be a string"},
        {"{\"N\":1}", "a value of type N must be a string"},
        {"{\"N\":\"one\"}", "\"one\" is not a number"},
        {"{\"N\":\"\"}", "\"\" is not a number"},
        {"{\"N\":\"1e126\"}", "the number is out of range (magnitude 1E-130 to 9.99E+125)"},
        {"{\"N\":\"111111111111111111111111111111111111111\"}",
            "the number has more than 38 significant digits"},
        {"{\"B\":\"AAE\"}", "binary data must be written in base64"},
        {"{\"BOOL\":\"true\"}", "a value of type BOOL must be true or false"},
        {"{\"NULL\":false}", "a value of type NULL must be true"},
        {"{\"L\":{}}", "a value of type L must be an array"},
        {"{\"M\":[]}", "a value of type M must be an object"},
        {"{\"SS\":[]}", "a set may not be empty"},
        {"{\"SS\":[\"a\",1]}", "the members of a set of type SS must be strings"},
        {"{\"SS\":[\"a\",\"b\",\"a\"]}", "a set may not hold the same member twice"},
        {"{\"NS\":[\"1\",\"1.0\"]}", "a set may not hold the same member twice"},
        {"{\"BS\":[\"=\"]}", "binary data must be written in base64"},
        {"{\"M\":{\"a\":{\"L\":[{\"S\":\"\"},{\"M\":{\"b c\":{\"N\":\"x\"}}}]}}}",
            "a[1].`b c`: \"x\" is not a number"},
        {"{\"L\":[{\"NS\":[\"x\"]}]}", "[0]: \"x\" is not a number"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error err = {0};

        assert_null(value_from_wire(parse(arena, table[i].source), arena, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(err.text, table[i].error);
    }
    arena_free(arena);
    (void)state;
}

static void items_are_objects_of_values(void **state)
{
    struct arena *arena = new_arena();
    struct error err = {0};
    struct json_writer writer;
    struct value *item;
    struct buf out;

    assert_null(value_from_wire_item(parse(arena, "[]"), arena, &err));
    assert_string_equal(err.text, "an item is an object of attribute values");
    assert_null(value_from_wire_item(parse(arena, "{\"a\":{\"S\":\"x\"},\"b\":7}"), arena, &err));
    assert_string_equal(err.text,
        "b: an attribute value is an object with its type, such as {\"S\": \"text\"}");
    item = value_from_wire_item(parse(arena, "{\"b\":{\"S\":\"x\"},\"a\":{\"N\":\"1\"}}"), arena,
        &err);
    assert_non_null(item);
    buf_init(&out, 1000);
    json_writer_init(&writer, &out);
    value_add_wire_item(&writer, item);
    assert_string_equal(buf_string(&out), "{\"a\":{\"N\":\"1\"},\"b\":{\"S\":\"x\"}}");
    buf_done(&out);
    arena_free(arena);
    (void)state;
}

static const char *nested_lists(struct arena *arena, int depth)
{
    struct buf source;
    const char *text;

    buf_init(&source, 100000);
    for (int i = 0; i < depth; i++)
        buf_add_string(&source, "{\"L\":[");
    buf_add_string(&source, "{\"NULL\":true}");
    for (int i = 0; i < depth; i++)
        buf_add_string(&source, "]}");
    text = arena_string(arena, buf_view(&source));
    buf_done(&source);
    return text;
}

static void values_deeper_than_64_levels_are_refused(void **state)
{
    struct arena *arena = new_arena();
    struct error err = {0};

    assert_non_null(value_from_wire(parse(arena, nested_lists(arena, 64)), arena, &err));
    assert_null(value_from_wire(parse(arena, nested_lists(arena, 65)), arena, &err));
    assert_string_equal(err.text, "values are nested deeper than 64 levels");
    assert_null(value_from_wire(parse(arena, nested_lists(arena, 500)), arena, &err));
    arena_free(arena);
    (void)state;
}

static void plain_json_tags_what_json_has_not(void **state)
{
    static const struct {
        const char *wire, *plain;
    } table[] = {
        {"{\"S\":\"a\"}", "\"a\""},
        {"{\"N\":\"1.50\"}", "1.50"},
        {"{\"N\":\"-1E5\"}", "-1E5"},
        {"{\"N\":\".5\"}", "0.5"},
        {"{\"N\":\"+1\"}", "1"},
        {"{\"N\":\"007\"}", "7"},
        {"{\"N\":\"1.\"}", "1"},
        {"{\"BOOL\":false}", "false"},
        {"{\"NULL\":true}", "null"},
        {"{\"B\":\"AAE=\"}", "{\"$b\":\"AAE=\"}"},
        {"{\"SS\":[\"x\",\"y\"]}", "{\"$ss\":[\"x\",\"y\"]}"},
        {"{\"NS\":[\"1\",\"2\"]}", "{\"$ns\":[1,2]}"},
        {"{\"BS\":[\"AA==\",\"/w==\"]}", "{\"$bs\":[\"AA==\",\"/w==\"]}"},
        {"{\"L\":[{\"N\":\"1\"},{\"S\":\"1\"}]}", "[1,\"1\"]"},
        {"{\"M\":{\"k\":{\"L\":[]},\"l\":{\"M\":{}}}}", "{\"k\":[],\"l\":{}}"},
        {"{\"M\":{\"$ss\":{\"N\":\"1\"}}}", "{\"$m\":{\"$ss\":1}}"},
        {"{\"M\":{\"$m\":{\"M\":{\"$m\":{\"N\":\"1\"}}}}}",
            "{\"$m\":{\"$m\":{\"$m\":{\"$m\":1}}}}"},
        {"{\"M\":{\"$ss\":{\"N\":\"1\"},\"a\":{\"N\":\"2\"}}}", "{\"$ss\":1,\"a\":2}"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct value *value = wire(arena, table[i].wire);

        assert_string_equal(plain_text(arena, value), table[i].plain);
        assert_true(value_equal(plain(arena, table[i].plain), value));
    }
    arena_free(arena);
    (void)state;
}

static void wrong_tags_are_refused(void **state)
{
    static const struct {
        const char *source, *error;
    } table[] = {
        {"{\"$b\":5}", "$b must hold a string in base64"},
        {"{\"$b\":\"?\"}", "binary data must be written in base64"},
        {"{\"$ss\":\"a\"}", "$ss must hold an array"},
        {"{\"$ss\":[1]}", "the members of a set of type SS must be strings"},
        {"{\"$ns\":[\"1\"]}", "the members of a set of type NS must be numbers"},
        {"{\"$ns\":[]}", "a set may not be empty"},
        {"{\"$m\":1}", "$m must hold an object"},
        {"{\"a\":[1,1e999]}", "a[1]: the number is out of range (magnitude 1E-130 to 9.99E+125)"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error err = {0};

        assert_null(value_from_plain(parse(arena, table[i].source), arena, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(err.text, table[i].error);
    }
    arena_free(arena);
    (void)state;
}

static void literals_are_the_language_s_own(void **state)
{
    static const struct {
        const char *plain, *literal;
    } table[] = {
        {"\"it's\"", "'it''s'"},
        {"\"\"", "''"},
        {"\"back\\\\slash \\\"q\\\"\"", "'back\\slash \"q\"'"},
        {"\"a\\nb\\t\\\"\\\\\\u0000\"", "\"a\\nb\\t\\\"\\\\\\u0000\""},
        {"\"\\u202e\\u0085x\"", "\"\\u202e\\u0085x\""},
        {"\"\xc3\xa9\"", "'\xc3\xa9'"},
        {"12345678901234567890", "12345678901234567890"},
        {"-0.5", "-0.5"},
        {"true", "true"},
        {"null", "null"},
        {"{\"$b\":\"AAE=\"}", "b64'AAE='"},
        {"[1,\"a\"]", "[1, 'a']"},
        {"[]", "[]"},
        {"{}", "{}"},
        {"{\"a\":1,\"b c\":{\"x\":true}}", "{a: 1, 'b c': {x: true}}"},
        {"{\"my-attr\":1,\"a-\":2,\"1a\":3,\"\":4,\"\xc3\xa9\":5,\"a\xc2\xa0\":6}",
            "{'': 4, '1a': 3, 'a-': 2, 'a\xc2\xa0': 6, my-attr: 1, \xc3\xa9: 5}"},
        {"{\"$ss\":[\"b\",\"a\"]}", "<<'a', 'b'>>"},
        {"{\"$ns\":[10,9]}", "<<9, 10>>"},
        {"{\"$bs\":[\"AA==\"]}", "<<b64'AA=='>>"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(literal_text(arena, plain(arena, table[i].plain)), table[i].literal);
    arena_free(arena);
    (void)state;
}

static void names_are_bare_only_when_they_are_words(void **state)
{
    static const struct {
        const char *name, *written;
    } table[] = {
        {"a", "a"},
        {"_a1", "_a1"},
        {"my-attr", "my-attr"},
        {"a--b", "`a--b`"},
        {"b c", "`b c`"},
        {"", "``"},
        {"2024", "`2024`"},
        {"a`b", "`a``b`"},
        {"a.b", "`a.b`"},
        {"limit", "limit"},
        {"Null", "`Null`"},
        {"between", "`between`"},
        {"a\nb", "\"a\\nb\""},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct buf out;

        buf_init(&out, 100);
        value_add_name(&out, text_of(table[i].name));
        assert_string_equal(buf_string(&out), table[i].written);
        buf_done(&out);
    }
    (void)state;
}

static void equality_is_by_value_and_type(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } table[] = {
        {"{\"N\":\"1\"}", "{\"N\":\"1.0\"}", true},
        {"{\"N\":\"1\"}", "{\"S\":\"1\"}", false},
        {"{\"S\":\"a\"}", "{\"B\":\"YQ==\"}", false},
        {"{\"BOOL\":true}", "{\"BOOL\":false}", false},
        {"{\"NULL\":true}", "{\"NULL\":true}", true},
        {"{\"SS\":[\"a\",\"b\"]}", "{\"SS\":[\"b\",\"a\"]}", true},
        {"{\"NS\":[\"1\",\"2\"]}", "{\"NS\":[\"2.0\",\"1e0\"]}", true},
        {"{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}", "{\"L\":[{\"N\":\"2\"},{\"N\":\"1\"}]}", false},
        {"{\"L\":[]}", "{\"M\":{}}", false},
        {"{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"S\":\"\"}}}",
            "{\"M\":{\"b\":{\"S\":\"\"},\"a\":{\"N\":\"1.00\"}}}", true},
        {"{\"M\":{\"a\":{\"N\":\"1\"}}}", "{\"M\":{\"b\":{\"N\":\"1\"}}}", false},
        {"{\"SS\":[\"a\"]}", "{\"SS\":[\"a\",\"b\"]}", false},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(value_equal(wire(arena, table[i].a), wire(arena, table[i].b)),
            table[i].equal);
    arena_free(arena);
    (void)state;
}

static void only_s_n_and_b_of_one_type_are_ordered(void **state)
{
    struct arena *arena = new_arena();
    bool ordered = false;

    assert_true(
        value_compare(wire(arena, "{\"S\":\"Z\"}"), wire(arena, "{\"S\":\"a\"}"), &ordered) < 0);
    assert_true(ordered);
    assert_true(
        value_compare(wire(arena, "{\"N\":\"10\"}"), wire(arena, "{\"N\":\"9\"}"), &ordered) > 0);
    assert_true(ordered);
    assert_true(value_compare(wire(arena, "{\"B\":\"fw==\"}"), wire(arena, "{\"B\":\"gA==\"}"),
                    &ordered) < 0);
    assert_true(ordered);
    value_compare(wire(arena, "{\"S\":\"1\"}"), wire(arena, "{\"N\":\"1\"}"), &ordered);
    assert_false(ordered);
    value_compare(wire(arena, "{\"BOOL\":true}"), wire(arena, "{\"BOOL\":true}"), &ordered);
    assert_false(ordered);
    value_compare(wire(arena, "{\"L\":[]}"), wire(arena, "{\"L\":[]}"), &ordered);
    assert_false(ordered);
    arena_free(arena);
    (void)state;
}

static void sizes_are_counted_as_the_service_does(void **state)
{
    static const struct {
        const char *wire;
        size_t size;
    } table[] = {
        {"{\"S\":\"\"}", 0},
        {"{\"S\":\"\xc3\xa9z\"}", 3},
        {"{\"B\":\"AAE=\"}", 2},
        {"{\"BOOL\":true}", 1},
        {"{\"NULL\":true}", 1},
        {"{\"N\":\"3.14159\"}", 5},
        {"{\"N\":\"123456\"}", 4},
        {"{\"N\":\"1E125\"}", 2},
        {"{\"N\":\"0\"}", 1},
        {"{\"N\":\"-5\"}", 3},
        {"{\"SS\":[\"ab\",\"c\"]}", 3},
        {"{\"NS\":[\"1\",\"22\"]}", 4},
        {"{\"BS\":[\"AAE=\"]}", 2},
        {"{\"L\":[]}", 3},
        {"{\"L\":[{\"S\":\"ab\"},{\"NULL\":true}]}", 8},
        {"{\"M\":{}}", 3},
        {"{\"M\":{\"abc\":{\"S\":\"xy\"},\"d\":{\"L\":[]}}}", 3 + (1 + 3 + 2) + (1 + 1 + 3)},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(value_size(wire(arena, table[i].wire)), table[i].size);
    assert_int_equal(value_item_size(wire(arena, "{\"M\":{\"id\":{\"S\":\"abc\"},\"n\":{\"N\":"
                                                 "\"1\"}}}")),
        2 + 3 + 1 + 2);
    arena_free(arena);
    (void)state;
}

static void maps_are_changed_by_making_new_ones(void **state)
{
    struct arena *arena = new_arena();
    struct value *map = wire(arena, "{\"M\":{\"b\":{\"N\":\"1\"},\"d\":{\"N\":\"2\"}}}");
    const struct value *five = wire(arena, "{\"N\":\"5\"}");

    assert_null(value_get_string(map, "a"));
    assert_null(value_get_string(map, "c"));
    assert_null(value_get_string(map, "e"));
    assert_non_null(value_get_string(map, "d"));
    assert_string_equal(plain_text(arena, value_with(arena, map, TEXT("a"), five)),
        "{\"a\":5,\"b\":1,\"d\":2}");
    assert_string_equal(plain_text(arena, value_with(arena, map, TEXT("c"), five)),
        "{\"b\":1,\"c\":5,\"d\":2}");
    assert_string_equal(plain_text(arena, value_with(arena, map, TEXT("e"), five)),
        "{\"b\":1,\"d\":2,\"e\":5}");
    assert_string_equal(plain_text(arena, value_with(arena, map, TEXT("d"), five)),
        "{\"b\":1,\"d\":5}");
    assert_string_equal(plain_text(arena, value_without(arena, map, TEXT("b"))), "{\"d\":2}");
    assert_string_equal(plain_text(arena, value_without(arena, map, TEXT("c"))),
        "{\"b\":1,\"d\":2}");
    assert_string_equal(plain_text(arena, map), "{\"b\":1,\"d\":2}");
    arena_free(arena);
    (void)state;
}

static void a_copy_owns_everything_it_holds(void **state)
{
    static const char source[] = "{\"L\":[{\"S\":\"text\"},{\"M\":{\"k\":{\"SS\":[\"a\"]}}},"
                                 "{\"BOOL\":true},{\"NULL\":true},{\"N\":\"1\"}]}";
    struct arena *first = new_arena(), *second = new_arena();
    char *changing = arena_string(first, text_of(source));
    struct value *copy = value_copy(second, wire(first, changing));

    assert_non_null(copy);
    memset(changing, 'x', strlen(changing));
    arena_free(first);
    assert_string_equal(wire_text(second, copy), source);
    arena_free(second);
    (void)state;
}

static void large_sets_are_sorted_whatever_their_order(void **state)
{
    enum { COUNT = 5000 };
    struct arena *arena = new_arena();
    uint64_t seed = 7;
    struct value *set = value_new_container(arena, VALUE_NS, COUNT);

    for (size_t i = 0; i < COUNT; i++) {
        set->element[i].type = VALUE_N;
        set->element[i].text =
            text_of(arena_format(arena, "%zu.%zu", random_below(&seed, 1000), i));
    }
    set->count = COUNT;
    value_sort(set);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(number_compare(set->element[i - 1].text, set->element[i].text) <= 0);
    arena_free(arena);
    (void)state;
}

static void random_values_survive_wire_plain_and_copy(void **state)
{
    uint64_t seed = 20240611;

    for (int round = 0; round < 3000; round++) {
        struct arena *arena = new_arena();
        struct value *value = random_value(&seed, arena, 4);
        const char *first = wire_text(arena, value);
        struct value *again = wire(arena, first);

        assert_true(value_equal(value, again));
        assert_string_equal(wire_text(arena, again), first);
        assert_true(value_equal(value, plain(arena, plain_text(arena, value))));
        assert_string_equal(wire_text(arena, value_copy(arena, value)), first);
        assert_int_equal(value_size(again), value_size(value));
        arena_free(arena);
    }
    (void)state;
}

static void equal_values_are_those_that_compare_equal(void **state)
{
    struct arena *arena = new_arena();
    uint64_t seed = 99;

    for (int round = 0; round < 20000; round++) {
        enum value_type type = (enum value_type)random_below(&seed, 3);
        struct value a = random_scalar(&seed, arena, type);
        struct value b = random_scalar(&seed, arena, type);
        bool ordered;
        int order = value_compare(&a, &b, &ordered);

        assert_true(ordered);
        assert_int_equal(order == 0, value_equal(&a, &b));
        assert_int_equal(order<0, value_compare(&b, &a, &ordered)> 0);
        if (type == VALUE_N)
            assert_int_equal(order < 0, number_compare(a.text, b.text) < 0);
    }
    arena_free(arena);
    (void)state;
}

static void reading_survives_every_failed_allocation(void **state)
{
    static const char source[] = "{\"M\":{\"l\":{\"L\":[{\"N\":\"1\"},{\"B\":\"AAE=\"}]},\"b\":"
                                 "{\"BS\":[\"AA==\",\"/w==\"]},\"s\":{\"SS\":[\"b\",\"a\"]}}}";
    struct arena *trees = new_arena();
    const struct json *json = parse(trees, source);
    long live = mem_live();
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct arena *arena;

        mem_fail_at(nth);
        arena = arena_new(ARENA_LIMIT, &err);
        if (arena) {
            /* Fills the first block, so that the reader asks for more. */
            done = arena_alloc(arena, 3900, 1) && value_from_wire(json, arena, &err);
            if (!done && err.code == ERROR_NONE)
                arena_failed(arena, &err);
        }
        mem_fail_at(0);
        assert_true(done || err.code == ERROR_MEMORY);
        arena_free(arena);
        assert_int_equal(mem_live(), live);
        assert_true(nth < 1000);
    }
    arena_free(trees);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void an_arena_that_is_full_is_reported(void **state)
{
    struct error err = {0};
    struct arena *trees = new_arena(), *small = arena_new(64, &err);

    assert_non_null(small);
    assert_null(
        value_from_wire(parse(trees, "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}"), small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    arena_free(small);
    arena_free(trees);
    (void)state;
}

static void an_item_may_have_one_attribute_that_is_called_like_a_tag(void **state)
{
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    const struct value *item =
        value_from_plain_item(parse(arena, "{\"$b\":\"AAE=\"}"), arena, &err);

    assert_non_null(item);
    assert_int_equal(item->type, VALUE_M);
    assert_true(text_is(value_get_string(item, "$b")->text, "AAE="));
    item = value_from_plain_item(parse(arena, "{\"$m\":{\"$b\":\"AAE=\"}}"), arena, &err);
    assert_int_equal(value_get_string(item, "$m")->type, VALUE_B);
    assert_null(value_from_plain_item(parse(arena, "[]"), arena, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text, "an item is a map");
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_the_names_of_the_service),
        cmocka_unit_test(every_type_survives_the_wire),
        cmocka_unit_test(names_and_sets_come_out_sorted),
        cmocka_unit_test(the_last_of_equal_names_counts),
        cmocka_unit_test(members_that_are_null_are_absent),
        cmocka_unit_test(what_is_no_attribute_value_is_refused_with_its_place),
        cmocka_unit_test(items_are_objects_of_values),
        cmocka_unit_test(values_deeper_than_64_levels_are_refused),
        cmocka_unit_test(plain_json_tags_what_json_has_not),
        cmocka_unit_test(wrong_tags_are_refused),
        cmocka_unit_test(literals_are_the_language_s_own),
        cmocka_unit_test(names_are_bare_only_when_they_are_words),
        cmocka_unit_test(equality_is_by_value_and_type),
        cmocka_unit_test(only_s_n_and_b_of_one_type_are_ordered),
        cmocka_unit_test(sizes_are_counted_as_the_service_does),
        cmocka_unit_test(maps_are_changed_by_making_new_ones),
        cmocka_unit_test(a_copy_owns_everything_it_holds),
        cmocka_unit_test(large_sets_are_sorted_whatever_their_order),
        cmocka_unit_test(random_values_survive_wire_plain_and_copy),
        cmocka_unit_test(equal_values_are_those_that_compare_equal),
        cmocka_unit_test(an_item_may_have_one_attribute_that_is_called_like_a_tag),
        cmocka_unit_test(reading_survives_every_failed_allocation),
        cmocka_unit_test(an_arena_that_is_full_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
