#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void text_views_of_nothing_are_empty_and_equal(void **state)
{
    struct text none = text_of(NULL);

    assert_null(none.data);
    assert_int_equal(none.length, 0);
    assert_true(text_equal(none, TEXT("")));
    assert_true(text_is(none, ""));
    assert_int_equal(text_compare(none, TEXT("")), 0);
    assert_true(text_starts_with(none, TEXT("")));
    assert_true(text_ends_with(none, none));
    assert_int_equal(text_find(none, TEXT(""), 0), 0);
    assert_int_equal(text_find(none, TEXT("a"), 0), SIZE_MAX);
    assert_int_equal(text_trim(none).length, 0);
    assert_null(text_slice(none, 0, 5).data);
    (void)state;
}

static void text_slice_is_clamped_to_its_source(void **state)
{
    struct text source = TEXT("abcdef");

    assert_true(text_is(text_slice(source, 2, 4), "cd"));
    assert_true(text_is(text_slice(source, 4, 99), "ef"));
    assert_true(text_is(text_slice(source, 99, 100), ""));
    assert_true(text_is(text_slice(source, 4, 2), ""));
    (void)state;
}

static void text_equality_sees_case_nul_and_length(void **state)
{
    assert_true(text_is(TEXT("key"), "key"));
    assert_false(text_is(TEXT("key"), "keys"));
    assert_false(text_is(TEXT("key"), "kex"));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_true(text_is_ignoring_case(TEXT("Content-Type"), "cONTENT-tYPE"));
    assert_false(text_is_ignoring_case(TEXT("@"), "`"));
    assert_false(text_is_ignoring_case(TEXT("\xc3\x89"), "\xc3\xa9"));
    (void)state;
}

static void text_order_is_that_of_unsigned_bytes(void **state)
{
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("\xc3"), TEXT("z")) > 0);
    assert_true(text_compare(TEXT("ab"), TEXT("abc")) < 0);
    assert_true(text_compare(TEXT("b"), TEXT("abc")) > 0);
    assert_int_equal(text_compare(TEXT("abc"), TEXT("abc")), 0);
    (void)state;
}

static void text_find_starts_where_it_is_told(void **state)
{
    struct text text = TEXT("aabaab");

    assert_int_equal(text_find(text, TEXT("ab"), 0), 1);
    assert_int_equal(text_find(text, TEXT("ab"), 1), 1);
    assert_int_equal(text_find(text, TEXT("ab"), 2), 4);
    assert_int_equal(text_find(text, TEXT("ab"), 5), SIZE_MAX);
    assert_int_equal(text_find(text, TEXT(""), 6), 6);
    assert_int_equal(text_find(text, TEXT(""), 7), SIZE_MAX);
    assert_int_equal(text_find(text, TEXT("aabaabb"), 0), SIZE_MAX);
    assert_int_equal(text_find(TEXT("x\0y"), TEXT("\0y"), 0), 1);
    (void)state;
}

static void text_trim_takes_ascii_blanks_at_both_ends(void **state)
{
    assert_true(text_is(text_trim(TEXT(" \t\r\n a b \v\f")), "a b"));
    assert_true(text_is(text_trim(TEXT("  ")), ""));
    assert_true(text_is(text_trim(TEXT("\xc2\xa0x")), "\xc2\xa0x"));
    (void)state;
}

static void text_take_until_changes_nothing_without_a_delimiter(void **state)
{
    struct text source = TEXT("a::b"), head = TEXT("old");

    assert_true(text_take_until(&source, ':', &head));
    assert_true(text_is(head, "a"));
    assert_true(text_take_until(&source, ':', &head));
    assert_true(text_is(head, ""));
    assert_false(text_take_until(&source, ':', &head));
    assert_true(text_is(source, "b"));
    assert_true(text_is(head, ""));
    (void)state;
}

static void text_take_field_gives_the_last_field_too(void **state)
{
    struct text source = TEXT("a,,c"), field;

    assert_true(text_take_field(&source, ',', &field));
    assert_true(text_is(field, "a"));
    assert_true(text_take_field(&source, ',', &field));
    assert_true(text_is(field, ""));
    assert_true(text_take_field(&source, ',', &field));
    assert_true(text_is(field, "c"));
    assert_false(text_take_field(&source, ',', &field));
    (void)state;
}

static bool to_integer(const char *text, int64_t minimum, int64_t maximum, int64_t *out)
{
    *out = 4711;
    return text_to_integer(text_of(text), minimum, maximum, out);
}

static void text_to_integer_reads_the_whole_range(void **state)
{
    int64_t value;

    assert_true(to_integer("0", INT64_MIN, INT64_MAX, &value) && value == 0);
    assert_true(to_integer("-0", 0, 9, &value) && value == 0);
    assert_true(to_integer("007", 0, 9, &value) && value == 7);
    assert_true(to_integer("9223372036854775807", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_true(to_integer("-9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    (void)state;
}

static void text_to_integer_refuses_everything_else(void **state)
{
    static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "a",
        "9223372036854775808", "-9223372036854775809", "99999999999999999999"};
    int64_t value;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(to_integer(bad[i], INT64_MIN, INT64_MAX, &value));
        assert_true(value == 4711);
    }
    assert_false(to_integer("10", 0, 9, &value));
    assert_false(to_integer("-1", 0, 9, &value));
    assert_true(value == 4711);
    (void)state;
}

static bool glob(const char *text, const char *pattern)
{
    return text_matches_glob(text_of(text), text_of(pattern));
}

static void text_glob_matches_the_whole_text(void **state)
{
    assert_true(glob("", ""));
    assert_true(glob("", "**"));
    assert_false(glob("", "?"));
    assert_true(glob("prod-orders", "prod-*"));
    assert_true(glob("prod-", "prod-*"));
    assert_false(glob("my-prod-x", "prod-*"));
    assert_true(glob("abcabd", "*ab?"));
    assert_false(glob("abcabde", "*ab?"));
    assert_true(glob("a*b", "a*b"));
    assert_false(glob("abc", "ab"));
    assert_false(glob("ab", "abc"));
    (void)state;
}

static void text_glob_of_many_stars_ends_soon(void **state)
{
    char text[4001], pattern[201];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i + 1 < sizeof pattern; i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[sizeof pattern - 1] = '\0';
    assert_true(glob(text, pattern));
    pattern[sizeof pattern - 2] = 'b';
    assert_false(glob(text, pattern));
    (void)state;
}

static bool like(const char *text, const char *pattern)
{
    return text_matches_like(text_of(text), text_of(pattern));
}

static void text_like_knows_runs_characters_and_escapes(void **state)
{
    assert_true(like("orders", "ord%"));
    assert_true(like("orders", "%der%"));
    assert_false(like("orders", "der"));
    assert_true(like("", "%"));
    assert_false(like("", "_"));
    assert_true(like("cat", "c_t"));
    assert_true(like("c\xc3\xa9t", "c_t"));
    assert_false(like("c\xc3\xa9t", "c__t"));
    assert_true(like("\xff", "_"));
    assert_true(like("100%", "100\\%"));
    assert_false(like("1000", "100\\%"));
    assert_true(like("a_b", "a\\_b"));
    assert_false(like("axb", "a\\_b"));
    assert_true(like("a\\b", "a\\\\b"));
    assert_true(like("a\\", "a\\"));
    assert_true(like("xxay", "%a_"));
    assert_false(like("a", "a_"));
    (void)state;
}

static size_t distance(const char *a, const char *b, size_t limit)
{
    return text_distance(text_of(a), text_of(b), limit);
}

static void text_distance_counts_typing_mistakes(void **state)
{
    char longer[101];

    assert_int_equal(distance("", "", 3), 0);
    assert_int_equal(distance("", "abc", 5), 3);
    assert_int_equal(distance("SELECT", "SELCT", 3), 1);
    assert_int_equal(distance("SELECT", "SLEECT", 3), 1);
    assert_int_equal(distance("SELECT", "SELEKT", 3), 1);
    assert_int_equal(distance("kitten", "sitting", 5), 3);
    assert_int_equal(distance("kitten", "sitting", 2), 3);
    assert_int_equal(distance("ab", "ba", 2), 1);
    memset(longer, 'a', 100);
    longer[100] = '\0';
    assert_int_equal(distance(longer, longer, 2), 0);
    assert_int_equal(distance(longer, "a", 2), 3);
    (void)state;
}

static void text_hash_is_fnv_1a(void **state)
{
    assert_true(text_hash(TEXT("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(text_hash(TEXT("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(text_hash(TEXT("foobar")) == UINT64_C(0x85944171f73967e8));
    (void)state;
}

/* Long texts are searched another way than short ones. */
static void find_sees_every_place_of_a_long_text(void **state)
{
    static char text[3000];
    struct text whole = {text, sizeof text}, needle = TEXT("aaaab");

    memset(text, 'a', sizeof text);
    assert_int_equal(text_find(whole, needle, 0), SIZE_MAX);
    for (size_t at = 0; at + needle.length <= sizeof text; at += 7) {
        memset(text, 'a', sizeof text);
        text[at + 4] = 'b';
        assert_int_equal(text_find(whole, needle, 0), at);
        assert_int_equal(text_find(whole, needle, at), at);
        assert_int_equal(text_find(whole, needle, at + 1), SIZE_MAX);
        assert_int_equal(text_find(text_slice(whole, 0, at + 4), needle, 0), SIZE_MAX);
        assert_int_equal(text_find(text_slice(whole, 0, at + 5), needle, 0), at);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_views_of_nothing_are_empty_and_equal),
        cmocka_unit_test(text_slice_is_clamped_to_its_source),
        cmocka_unit_test(text_equality_sees_case_nul_and_length),
        cmocka_unit_test(text_order_is_that_of_unsigned_bytes),
        cmocka_unit_test(text_find_starts_where_it_is_told),
        cmocka_unit_test(text_trim_takes_ascii_blanks_at_both_ends),
        cmocka_unit_test(text_take_until_changes_nothing_without_a_delimiter),
        cmocka_unit_test(text_take_field_gives_the_last_field_too),
        cmocka_unit_test(text_to_integer_reads_the_whole_range),
        cmocka_unit_test(text_to_integer_refuses_everything_else),
        cmocka_unit_test(text_glob_matches_the_whole_text),
        cmocka_unit_test(text_glob_of_many_stars_ends_soon),
        cmocka_unit_test(text_like_knows_runs_characters_and_escapes),
        cmocka_unit_test(text_distance_counts_typing_mistakes),
        cmocka_unit_test(text_hash_is_fnv_1a),
        cmocka_unit_test(find_sees_every_place_of_a_long_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
