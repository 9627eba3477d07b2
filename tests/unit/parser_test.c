#include "console/language/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/random_value.h"

static struct arena *arena;
static struct language_context context;

static int open_arena(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(512 << 20, &err);
    context = (struct language_context){.now = UINT64_C(1767225600) * CLOCK_SECOND};
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    clock_fix(0);
    return mem_live() == 0 ? 0 : -1;
}

static void start(struct lexer *lexer, const char *source)
{
    lexer_init(lexer, text_of(source), arena);
    lexer->context = &context;
}

static const char *describe_error(const struct error *err)
{
    static char text[800];

    snprintf(text, sizeof text, "%d:%d %s%s%s", err->line, err->column, err->text,
        err->hint[0] ? " | " : "", err->hint);
    return text;
}

/* DynamoDB JSON of a literal, or its error. */
static const char *literal(const char *source)
{
    static char out[4096];
    struct lexer lexer;
    struct error err = {0};
    const struct value *value;
    struct json_writer writer;
    struct buf buf;

    start(&lexer, source);
    value = parse_literal(&lexer, &err);
    if (!value || !parse_need_end(&lexer, &err))
        return describe_error(&err);
    buf_init(&buf, sizeof out);
    json_writer_init(&writer, &buf);
    value_add_wire(&writer, value);
    snprintf(out, sizeof out, "%s", buf_string(&buf));
    buf_done(&buf);
    return out;
}

/* The condition in the language's own words, as the service will be told, or its error. */
static const char *condition(const char *source)
{
    static char out[4096];
    struct lexer lexer;
    struct error err = {0};
    struct expression *whole;
    struct buf buf;

    start(&lexer, source);
    whole = parse_condition(&lexer, &err);
    if (!whole || !parse_need_end(&lexer, &err))
        return describe_error(&err);
    buf_init(&buf, sizeof out);
    expression_add_text(&buf, whole);
    snprintf(out, sizeof out, "%s", buf_string(&buf));
    buf_done(&buf);
    return out;
}

static const char *update(const char *source)
{
    static char out[4096];
    struct lexer lexer;
    struct error err = {0};
    struct update *whole;
    struct buf buf;

    start(&lexer, source);
    whole = parse_update(&lexer, &err);
    if (!whole || !parse_need_end(&lexer, &err))
        return describe_error(&err);
    buf_init(&buf, sizeof out);
    update_add_text(&buf, whole);
    snprintf(out, sizeof out, "%s", buf_string(&buf));
    buf_done(&buf);
    return out;
}

struct row {
    const char *source, *result;
};

static void check_rows(const struct row *row, size_t count, const char *(*parse)(const char *))
{
    for (size_t i = 0; i < count; i++) {
        const char *got = parse(row[i].source);

        if (strcmp(got, row[i].result) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", row[i].source, got, row[i].result);
    }
}
#define CHECK(rows, parse) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), parse)

static void literals_become_the_ten_types(void **state)
{
    static const struct row rows[] = {
        {"'it''s'", "{\"S\":\"it's\"}"},
        {"\"it's\\n\"", "{\"S\":\"it's\\n\"}"},
        {"12345678901234567890", "{\"N\":\"12345678901234567890\"}"},
        {"+5", "{\"N\":\"5\"}"},
        {"-0.5", "{\"N\":\"-0.5\"}"},
        {"- 5", "{\"N\":\"-5\"}"},
        {"1e30", "{\"N\":\"1e30\"}"},
        {"b64'AAE='", "{\"B\":\"AAE=\"}"},
        {"x'0001'", "{\"B\":\"AAE=\"}"},
        {"b\"AAE=\"", "{\"B\":\"AAE=\"}"},
        {"TRUE", "{\"BOOL\":true}"},
        {"null", "{\"NULL\":true}"},
        {"[1, 'a', []]", "{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"},{\"L\":[]}]}"},
        {"{a: 1, 'b c': {x: true}}",
            "{\"M\":{\"a\":{\"N\":\"1\"},\"b c\":{\"M\":{\"x\":{\"BOOL\":true}}}}}"},
        {"{}", "{\"M\":{}}"},
        {"{\"a\":true,`b`:null}", "{\"M\":{\"a\":{\"BOOL\":true},\"b\":{\"NULL\":true}}}"},
        {"<<'b', 'a'>>", "{\"SS\":[\"a\",\"b\"]}"},
        {"{2, 1}", "{\"NS\":[\"1\",\"2\"]}"},
        {"<<b64'AQ=='>>", "{\"BS\":[\"AQ==\"]}"},
        {"{\"$ss\": [\"x\", \"y\"]}", "{\"SS\":[\"x\",\"y\"]}"},
        {"{\"$b\": \"AAE=\"}", "{\"B\":\"AAE=\"}"},
        {"{'$b': 'AAE='}", "{\"M\":{\"$b\":{\"S\":\"AAE=\"}}}"},
        {"{\"$m\": {\"$ss\": 1}}", "{\"M\":{\"$ss\":{\"N\":\"1\"}}}"},
        {"{\"$ss\": 1}", "{\"M\":{\"$ss\":{\"N\":\"1\"}}}"},
        {"ddb{\"N\": \"1\"}", "{\"N\":\"1\"}"},
        {"ddb{\"M\": {\"$ss\": {\"L\": []}}}", "{\"M\":{\"$ss\":{\"L\":[]}}}"},
    };

    (void)state;
    CHECK(rows, literal);
}

static void wrong_literals_say_where_and_why(void **state)
{
    static const struct row rows[] = {
        {"", "1:1 expected a value, found the end of the statement"},
        {"[1,]", "1:4 expected a value, found ']'"},
        {"[1 2]", "1:4 expected ',' or ']', found '2'"},
        {"{a: 1, a: 2}", "1:1 the map has the key 'a' twice"},
        {"{a: 1,}", "1:7 expected name: value, found '}'"},
        {"{a 1}", "1:2 expected name: value, found 'a'"},
        {"nul", "1:1 expected a value, found 'nul' | text goes in quotes: 'nul'"},
        {"<<>>", "1:1 a set cannot be empty"},
        {"<<1, 'a'>>", "1:1 the members of a set must have one type"},
        {"<<true>>", "1:1 a set holds strings, numbers or binary values"},
        {"<<1, 1.0>>", "1:1 a set holds the same member twice"},
        {"{'a', 'a'}", "1:1 a set holds the same member twice"},
        {"123456789012345678901234567890123456789",
            "1:1 a number may have at most 38 significant digits"},
        {"1e126", "1:1 a number must lie between 1E-130 and 9.99E+125"},
        {"1e-131", "1:1 a number must lie between 1E-130 and 9.99E+125"},
        {"- 'a'", "1:3 expected a number behind the sign, found 'a'"},
        {"ddb{\"X\": 1}", NULL},
        {"ddb{\"N\": \"abc\"}", "1:1 \"abc\" is not a number"},
        {"?", "1:1 no argument is left for '?' | --arg LITERAL gives one"},
        {":path.id", "1:1 :path stands for a part of a request: only inside TABLE ( .. )"},
        {"'a' 'b'", "1:5 expected the end of the statement, found 'b'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = literal(rows[i].source);

        if (rows[i].result ? strcmp(got, rows[i].result) != 0 : strncmp(got, "1:1 ", 4) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", rows[i].source, got, rows[i].result);
    }
}

static void functions_draw_time_once_per_statement(void **state)
{
    static const struct row rows[] = {
        {"now()", "{\"N\":\"1767225600\"}"},
        {"now() - 7d", "{\"N\":\"1766620800\"}"},
        {"now_ms() + 250ms", "{\"N\":\"1767225600250\"}"},
        {"epoch('2026-01-01T00:00Z')", "{\"N\":\"1767225600\"}"},
        {"epoch_ms('2026-01-01') - 1s", "{\"N\":\"1767225599000\"}"},
        {"iso(now())", "{\"S\":\"2026-01-01T00:00:00Z\"}"},
        {"iso(now() - 1d)", "{\"S\":\"2025-12-31T00:00:00Z\"}"},
        {"iso(0) + 1d", "{\"S\":\"1970-01-02T00:00:00Z\"}"},
        {"epoch('x')", "1:1 epoch needs a time such as '2026-01-01T00:00Z'"},
        {"iso('x')", "1:1 iso needs whole seconds since 1970"},
        {"now() - 9999w", NULL},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof *rows - 1, literal);
    assert_string_equal(literal("now() - 9999w"),
        "1:7 the time leaves the years from 1970 to 2262");
    crypto_seed(7);
    assert_int_equal(strlen(literal("uuid()")), strlen("{\"S\":\"\"}") + 36);
    assert_int_equal(strlen(literal("ulid()")), strlen("{\"S\":\"\"}") + 26);
    assert_memory_equal(literal("ulid()"), "{\"S\":\"01KDVDNA", 14);
    crypto_seed(0);
}

static void a_file_is_binary_or_text(void **state)
{
    struct buf folder, path;
    struct error err;
    char source[600];

    (void)state;
    buf_init(&folder, 400);
    buf_init(&path, 500);
    assert_int_equal(file_make_temporary("parser-test", &folder, &err), ERROR_NONE);
    buf_add_format(&path, "%s/f", buf_string(&folder));
    assert_int_equal(file_write(buf_string(&path), TEXT("\0\1"), 0600, &err), ERROR_NONE);
    snprintf(source, sizeof source, "file('%s')", buf_string(&path));
    assert_string_equal(literal(source), "{\"B\":\"AAE=\"}");
    assert_int_equal(file_write(buf_string(&path), TEXT("hi"), 0600, &err), ERROR_NONE);
    snprintf(source, sizeof source, "text('%s')", buf_string(&path));
    assert_string_equal(literal(source), "{\"S\":\"hi\"}");
    assert_int_equal(file_write(buf_string(&path), TEXT("\xff"), 0600, &err), ERROR_NONE);
    assert_non_null(strstr(literal(source), "is not UTF-8"));
    snprintf(source, sizeof source, "file('%s.absent')", buf_string(&path));
    assert_memory_equal(literal(source), "1:1 ", 4);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    buf_done(&path);
}

static void parameters_are_values_and_missing_ones_are_collected(void **state)
{
    struct map *map = map_new();
    struct value *text = value_new_text(arena, VALUE_S, TEXT("' OR 1=1 --"));
    const struct value *args[1];
    struct lexer lexer;
    struct error err;

    (void)state;
    args[0] = text;
    assert_true(map_set(map, TEXT("x"), text));
    context.parameters = map;
    context.args = args;
    context.arg_count = 1;
    assert_string_equal(literal(":x"), "{\"S\":\"' OR 1=1 --\"}");
    assert_string_equal(condition("a = :x"), "a = ''' OR 1=1 --'");
    assert_string_equal(condition(":`x` = 1"), "`' OR 1=1 --` = 1");
    assert_string_equal(literal("[?]"), "{\"L\":[{\"S\":\"' OR 1=1 --\"}]}");
    start(&lexer, "[:b, :a, :b]");
    assert_non_null(parse_literal(&lexer, &err));
    assert_int_equal(context.missing_count, 2);
    assert_true(text_is(context.missing[0], "b"));
    assert_true(text_is(context.missing[1], "a"));
    map_free(map);
}

static void conditions_become_what_the_service_knows(void **state)
{
    static const struct row rows[] = {
        {"a = 1", "a = 1"},
        {"a != 'x' and b >= 2", "a <> 'x' AND b >= 2"},
        {"5 < ts", "5 < ts"},
        {"a IS MISSING", "attribute_not_exists(a)"},
        {"a IS NOT MISSING", "attribute_exists(a)"},
        {"a IS NULL", "attribute_type(a, 'NULL')"},
        {"a IS NOT NULL", "NOT attribute_type(a, 'NULL')"},
        {"a LIKE 'x%'", "begins_with(a, 'x')"},
        {"a LIKE 'x'", "a = 'x'"},
        {"a LIKE 'x\\%\\_%'", "begins_with(a, 'x%_')"},
        {"a NOT LIKE 'x%'", "NOT begins_with(a, 'x')"},
        {"a CONTAINS 'x'", "contains(a, 'x')"},
        {"a NOT IN (1, 2)", "NOT a IN (1, 2)"},
        {"a NOT BETWEEN 1 AND 2", "NOT a BETWEEN 1 AND 2"},
        {"a BETWEEN 1 AND 2 AND b = 3", "a BETWEEN 1 AND 2 AND b = 3"},
        {"attribute_type(meta, map)", "attribute_type(meta, 'M')"},
        {"attribute_type(meta, 'NS')", "attribute_type(meta, 'NS')"},
        {"size(lines) >= 3", "size(lines) >= 3"},
        {"(a = 1 OR b = 2) AND NOT c = 3", "(a = 1 OR b = 2) AND NOT c = 3"},
        {"((a = 1))", "a = 1"},
        {"a = 1 OR (b = 2 OR c = 3)", "a = 1 OR b = 2 OR c = 3"},
        {"NOT (a = 1 AND b = 2)", "NOT (a = 1 AND b = 2)"},
        {"a.`b c`[0] <> null", "a.`b c`[0] <> null"},
        {"a = b.c", "a = b.c"},
        {"a MATCHES '(?i)x'", "a MATCHES '(?i)x'"},
        {"begins_with(a, b) AND contains(tags, 'v')", "begins_with(a, b) AND contains(tags, 'v')"},
        {"\"a\" = \"b\"", "a = 'b'"},
        {"\"a\".b = \"c\".d", "a.b = c.d"},
        {"a IN ('x', \"y\")", "a IN ('x', 'y')"},
        {"ts > now() - 1d", "ts > 1767139200"},
    };

    (void)state;
    CHECK(rows, condition);
}

static void dialects_decide_what_quotes_mean(void **state)
{
    (void)state;
    context.dialect = DIALECT_PARTIQL;
    assert_string_equal(condition("\"a\" = \"b\" AND \"c\" = 'd'"), "a = b AND c = 'd'");
    context.dialect = DIALECT_AWS;
    assert_string_equal(condition("'a' = \"b\" AND \"c\" = 'd'"), "a = 'b' AND 'c' = d");
    assert_string_equal(condition("\"a\".b = 'c'"), "a.b = c");
    context.dialect = DIALECT_GATEHOUSE;
}

static void wrong_conditions_say_where_and_why(void **state)
{
    static const struct row rows[] = {
        {"a", "1:2 expected a comparison (= <> < <= > >= BETWEEN IN IS LIKE CONTAINS), found the "
              "end of the statement"},
        {"a =", "1:4 expected a value or an attribute, found the end of the statement"},
        {"a = 1 AND", "1:10 expected a condition, found the end of the statement"},
        {"a NOT 1", "1:7 expected BETWEEN, IN, LIKE, CONTAINS or MATCHES, found '1'"},
        {"foo(a) = 1", "1:1 unknown function 'foo' | attribute_exists attribute_not_exists "
                       "attribute_type begins_with contains size"},
        {"a LIKE '%x'", "1:8 LIKE takes one % at its end and no _ | contains(..), or FILTER LOCAL "
                        ".. MATCHES '..'; \\_ and \\% are plain"},
        {"a LIKE 'x_'", "1:8 LIKE takes one % at its end and no _ | contains(..), or FILTER LOCAL "
                        ".. MATCHES '..'; \\_ and \\% are plain"},
        {"attribute_type(a, foo)",
            "1:19 no type is called 'foo' | S N B BOOL NULL L M SS NS BS, or "
            "string, number, map, list .."},
        {"a IS 1", "1:6 expected NOT, MISSING or NULL, found '1'"},
        {"a MATCHES '('", NULL},
        {"#s = 1", "1:1 #s is not among WITH NAMES"},
        {"a[-1] = 1", "1:3 an index must be a whole number from 0 to 400000"},
        {"a. = 1", "1:4 expected a name behind '.', found '='"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = condition(rows[i].source);

        if (rows[i].result ? strcmp(got, rows[i].result) != 0 : strncmp(got, "1:11 ", 5) != 0)
            fail_msg("%s\n  gives    %s\n  expected %s", rows[i].source, got, rows[i].result);
    }
}

static void updates_join_clauses_of_one_kind(void **state)
{
    static const struct row rows[] = {
        {"SET a = 1 REMOVE b SET c = c + 1", "SET a = 1, c = c + 1 REMOVE b"},
        {"ADD tags <<'vip'>> DELETE old {'x'}", "ADD tags <<'vip'>> DELETE old <<'x'>>"},
        {"SET n = if_not_exists(n, 0) + 1", "SET n = if_not_exists(n, 0) + 1"},
        {"SET l = list_append(if_not_exists(l, []), [{sku: 'z'}])",
            "SET l = list_append(if_not_exists(l, []), [{sku: 'z'}])"},
        {"SET seen = now() - 5", "SET seen = 1767225600 - 5"},
        {"SET \"a\" = \"b\"", "SET a = 'b'"},
        {"SET a = b - 1", "SET a = b - 1"},
        {"SET a = 1, a = 2", "1:12 paths a and a overlap"},
        {"SET lines = [], lines[0].q = 3", "1:17 paths lines and lines[0].q overlap"},
        {"SET a.b = 1 REMOVE a", "1:20 paths a.b and a overlap"},
        {"SET a", "1:6 expected '=', found the end of the statement"},
        {"REMOVE", "1:7 expected an attribute, found the end of the statement"},
        {"", "1:1 expected SET, REMOVE, ADD or DELETE, found the end of the statement"},
        {"SET a = size(b)", "1:9 size(..) belongs to conditions"},
    };

    (void)state;
    CHECK(rows, update);
}

static void nesting_ends_at_64_with_a_place(void **state)
{
    char source[400];
    size_t length = 0;

    (void)state;
    memset(source, '[', 66);
    source[66] = '\0';
    assert_string_equal(literal(source), "1:66 nested more than 64 deep");
    memset(source, '(', 66);
    assert_string_equal(condition(source), "1:66 nested more than 64 deep");
    for (int i = 0; i < 66; i++)
        length += (size_t)snprintf(source + length, sizeof source - length, "NOT ");
    assert_string_equal(condition(source), "1:261 nested more than 64 deep");
}

static void large_literals_take_linear_time(void **state)
{
    struct buf source;
    uint64_t begin = clock_monotonic();
    struct lexer lexer;
    struct error err;
    const struct value *value;

    (void)state;
    buf_init(&source, 2 << 20);
    buf_add_char(&source, '[');
    while (source.length < 1000000)
        buf_add_string(&source, "1,");
    buf_add_string(&source, "1]");
    start(&lexer, buf_string(&source));
    value = parse_literal(&lexer, &err);
    assert_non_null(value);
    assert_true(value->count > 499990);
    buf_clear(&source);
    buf_add_string(&source, "a IN (");
    for (int i = 0; i < 10001; i++)
        buf_add_string(&source, "1,");
    buf_add_string(&source, "1)");
    assert_string_equal(condition(buf_string(&source)), "1:20008 IN lists more than 10000 values");
    assert_true(clock_monotonic() - begin < 10 * CLOCK_SECOND);
    buf_done(&source);
}

static void every_printed_value_means_the_same_value(void **state)
{
    uint64_t source = 20261121;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        const struct value *value = random_value(&source, arena, 4);
        struct lexer lexer;
        struct error err;
        const struct value *again;
        struct buf text;

        buf_init(&text, 1 << 20);
        value_add_literal(&text, value);
        start(&lexer, buf_string(&text));
        again = parse_literal(&lexer, &err);
        if (!again)
            fail_msg("%s: %s", buf_string(&text), err.text);
        if (!value_equal(value, again))
            fail_msg("%s is read as another value", buf_string(&text));
        buf_done(&text);
        if (i % 100 == 0)
            arena_reset(arena);
    }
}

static void names_of_tables_and_apis_take_prefixes(void **state)
{
    struct lexer lexer;
    struct error err;
    struct table_ref table;
    struct api_ref api;

    (void)state;
    start(&lexer, "prod:orders.byStatus");
    assert_true(parse_table_ref(&lexer, &table, &err));
    assert_true(text_is(table.connection, "prod"));
    assert_true(text_is(table.table, "orders"));
    assert_true(text_is(table.index, "byStatus"));
    start(&lexer, "`a.b`");
    assert_true(parse_table_ref(&lexer, &table, &err));
    assert_true(text_is(table.table, "a.b"));
    assert_int_equal(table.index.length, 0);
    start(&lexer, "STAGE s OF c:shop");
    assert_true(parse_scope(&lexer, &api, &err));
    assert_true(text_is(api.connection, "c"));
    assert_true(text_is(api.api, "shop"));
    assert_true(text_is(api.stage, "s"));
    start(&lexer, "OF shop/prod STAGE s");
    assert_false(parse_scope(&lexer, &api, &err));
    assert_string_equal(err.text, "the stage is named twice");
    assert_int_equal(err.column, 14);
}

static void an_end_behind_a_text_of_lines_has_its_place(void **state)
{
    struct lexer lexer;
    struct error err;

    (void)state;
    start(&lexer, "'a\nbc'");
    assert_non_null(parse_literal(&lexer, &err));
    assert_false(parse_expected(&lexer, "more", &err));
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 4);
    assert_true(lexer.wants_more);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(literals_become_the_ten_types),
        TEST(wrong_literals_say_where_and_why),
        TEST(functions_draw_time_once_per_statement),
        TEST(a_file_is_binary_or_text),
        TEST(parameters_are_values_and_missing_ones_are_collected),
        TEST(conditions_become_what_the_service_knows),
        TEST(dialects_decide_what_quotes_mean),
        TEST(wrong_conditions_say_where_and_why),
        TEST(updates_join_clauses_of_one_kind),
        TEST(nesting_ends_at_64_with_a_place),
        TEST(large_literals_take_linear_time),
        TEST(every_printed_value_means_the_same_value),
        TEST(names_of_tables_and_apis_take_prefixes),
        TEST(an_end_behind_a_text_of_lines_has_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
