#include "client/seen_values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/mem.h"

static struct seen_values seen;
static char found[4000];

static void note(const char *table, const char *json)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    struct value *item = value_from_plain_item(json_parse(text_of(json), arena, &err), arena, &err);

    assert_non_null(item);
    seen_values_note(&seen, text_of(table), item);
    arena_free(arena);
}

static void add(void *user, const char *literal)
{
    size_t length = strlen(found);

    (void)user;
    snprintf(found + length, sizeof found - length, "%s%s", length ? " " : "", literal);
}

static const char *values(const char *table, const char *path)
{
    found[0] = '\0';
    seen_values_each(&seen, text_of(table), text_of(path), add, NULL);
    return found;
}

static int forget_all(void **state)
{
    (void)state;
    seen_values_done(&seen);
    return mem_live() == 0 ? 0 : -1;
}

static void the_newest_value_comes_first_and_each_once(void **state)
{
    assert_string_equal(values("t", "a"), "");
    note("t", "{\"a\":\"one\"}");
    note("t", "{\"a\":\"two\"}");
    note("t", "{\"a\":\"three\"}");
    note("t", "{\"a\":\"one\"}");
    assert_string_equal(values("t", "a"), "'one' 'three' 'two'");
    assert_string_equal(values("t", "b"), "");
    assert_string_equal(values("u", "a"), "");
    (void)state;
}

static void values_are_literals_of_strings_numbers_and_bytes(void **state)
{
    note("t", "{\"s\":\"it's\",\"n\":12345678901234567890.5,\"b\":{\"$b\":\"AAE=\"},\"t\":true,"
              "\"z\":null,\"l\":[1],\"e\":\"\",\"ss\":{\"$ss\":[\"x\"]},\"ctl\":\"a\\nb\"}");
    assert_string_equal(values("t", "s"), "'it''s'");
    assert_string_equal(values("t", "n"), "12345678901234567890.5");
    assert_string_equal(values("t", "b"), "b64'AAE='");
    assert_string_equal(values("t", "e"), "''");
    assert_string_equal(values("t", "ctl"), "\"a\\nb\"");
    assert_string_equal(values("t", "t"), "");
    assert_string_equal(values("t", "z"), "");
    assert_string_equal(values("t", "l"), "");
    assert_string_equal(values("t", "ss"), "");
    (void)state;
}

static void nested_attributes_have_their_path_as_it_is_written(void **state)
{
    note("t", "{\"m\":{\"b c\":{\"d\":\"x\",\"e\":{\"f\":{\"g\":1}}}},\"a.b\":\"dot\"}");
    assert_string_equal(values("t", "m.`b c`.d"), "'x'");
    assert_string_equal(values("t", "`a.b`"), "'dot'");
    assert_string_equal(values("t", "m.`b c`.e.f.g"), "");
    (void)state;
}

static void secrets_are_never_seen(void **state)
{
    note("t", "{\"password\":\"hunter2\",\"m\":{\"api_key\":\"hunter2\"},"
              "\"Authorization\":{\"x\":\"hunter2\"},\"h\":\"Bearer abcdefghijklmnop\"}");
    assert_string_equal(values("t", "password"), "");
    assert_string_equal(values("t", "m.api_key"), "");
    assert_string_equal(values("t", "Authorization.x"), "");
    assert_string_equal(values("t", "h"), "");
    (void)state;
}

static void long_values_and_old_ones_make_room(void **state)
{
    char json[200];

    note("t", "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}");
    assert_string_equal(values("t", "a"), "");
    note("t", "{\"a\":\"012345678901234567890123456789012345678901234567890123456789012345678\"}");
    assert_string_equal(values("t", "a"),
        "'012345678901234567890123456789012345678901234567890123456789012345678'");
    for (int i = 1; i <= 20; i++) {
        snprintf(json, sizeof json, "{\"a\":%d}", i);
        note("t", json);
    }
    assert_string_equal(values("t", "a"), "20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5");
    (void)state;
}

static void the_tables_read_last_are_kept(void **state)
{
    char name[] = "t0";

    for (int i = 0; i < SEEN_TABLES; i++) {
        name[1] = (char)('0' + i);
        note(name, "{\"a\":1}");
    }
    note("t0", "{\"a\":2}");
    note("new", "{\"a\":3}");
    assert_string_equal(values("t0", "a"), "2 1");
    assert_string_equal(values("t1", "a"), "");
    assert_string_equal(values("t2", "a"), "1");
    assert_string_equal(values("new", "a"), "3");
    seen_values_forget(&seen, TEXT("t2"));
    assert_string_equal(values("t2", "a"), "");
    seen_values_forget(&seen, TEXT("nothing"));
    (void)state;
}

static void no_more_attributes_than_a_table_may_have_are_kept(void **state)
{
    char json[200], path[20];

    for (int i = 0; i < SEEN_PATHS + 10; i++) {
        snprintf(json, sizeof json, "{\"a%d\":%d}", i, i);
        note("t", json);
    }
    snprintf(path, sizeof path, "a%d", SEEN_PATHS - 1);
    assert_string_equal(values("t", path), "255");
    snprintf(path, sizeof path, "a%d", SEEN_PATHS);
    assert_string_equal(values("t", path), "");
    (void)state;
}

static void without_memory_less_is_seen(void **state)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    struct value *item =
        value_from_plain_item(json_parse(TEXT("{\"a\":\"x\",\"m\":{\"b\":\"y\"}}"), arena, &err),
            arena, &err);
    bool all = false;

    for (long nth = 1; !all; nth++) {
        mem_fail_at(nth);
        seen_values_note(&seen, TEXT("t"), item);
        mem_fail_at(0);
        all = strcmp(values("t", "a"), "'x'") == 0 && strcmp(values("t", "m.b"), "'y'") == 0;
        assert_true(nth < 100);
        if (!all)
            seen_values_done(&seen);
    }
    arena_free(arena);
    (void)state;
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_all)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        TEST(the_newest_value_comes_first_and_each_once),
        TEST(values_are_literals_of_strings_numbers_and_bytes),
        TEST(nested_attributes_have_their_path_as_it_is_written),
        TEST(secrets_are_never_seen),
        TEST(long_values_and_old_ones_make_room),
        TEST(the_tables_read_last_are_kept),
        TEST(no_more_attributes_than_a_table_may_have_are_kept),
        TEST(without_memory_less_is_seen),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
