#include "base/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static struct pattern *make(const char *expression, bool ignore_case)
{
    struct error err;
    struct pattern *pattern = pattern_new(text_of(expression), ignore_case, &err);

    assert_non_null(pattern);
    return pattern;
}

static bool found(const char *expression, struct text text)
{
    struct pattern *pattern = make(expression, false);
    bool result = pattern_matches(pattern, text);

    pattern_free(pattern);
    return result;
}

static bool found_whole(const char *expression, struct text text)
{
    struct pattern *pattern = make(expression, false);
    bool result = pattern_matches_whole(pattern, text);

    pattern_free(pattern);
    return result;
}

static void check_refused(const char *expression, int column, const char *message)
{
    struct error err = {0};

    assert_null(pattern_new(text_of(expression), false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_int_equal(err.column, column);
    assert_string_equal(err.text, message);
}

static void a_match_is_found_anywhere(void **state)
{
    (void)state;
    assert_true(found("b+", TEXT("abbc")));
    assert_false(found("^b", TEXT("abbc")));
    assert_false(found("d", TEXT("abbc")));
    assert_true(found("", TEXT("abc")));
    assert_true(found("^$", (struct text){0}));
    assert_true(found("a\\x00b", TEXT("a\0b")));
}

static void a_whole_match_leaves_nothing_over(void **state)
{
    (void)state;
    assert_true(found_whole("b+", TEXT("bbb")));
    assert_false(found_whole("b+", TEXT("abbb")));
    assert_false(found_whole("b+", TEXT("bbbc")));
    assert_false(found_whole("b+", TEXT("bbb\n")));
    assert_true(found_whole("a|ab", TEXT("ab"))); /* tries on until the end fits */
    assert_true(found_whole("", (struct text){0}));
}

static void the_dollar_is_the_end_of_the_text(void **state)
{
    (void)state;
    assert_true(found("c$", TEXT("abc")));
    assert_false(found("c$", TEXT("abc\n")));
}

static void case_is_ignored_on_demand(void **state)
{
    struct pattern *pattern = make("stra\u00dfe|\u00e9T\u00c9", true);

    (void)state;
    assert_true(pattern_matches(pattern, TEXT("\u00c9t\u00e9")));
    assert_true(pattern_matches(pattern, TEXT("STRA\u00dfE")));
    assert_false(pattern_matches(pattern, TEXT("ete")));
    pattern_free(pattern);
    assert_false(found("a", TEXT("A")));
}

static void a_dot_is_one_character_of_utf8(void **state)
{
    (void)state;
    assert_true(found_whole(".", TEXT("\u00e9")));
    assert_true(found_whole("^.{2}$", TEXT("\U0001f600\u4e00")));
    assert_true(found_whole("\\p{Lu}\\x{4e00}", TEXT("\u00c9\u4e00")));
}

static void text_that_is_not_utf8_never_matches(void **state)
{
    (void)state;
    assert_false(found("a", TEXT("a\xff")));
    assert_false(found("", TEXT("\xed\xa0\x80")));
    assert_false(found_whole(".*", TEXT("\xc3")));
}

static void matches_are_found_one_after_the_other(void **state)
{
    struct pattern *pattern = make("[0-9]+", false);
    struct text text = TEXT("a12 b345");
    size_t start = 99, end = 99;

    (void)state;
    assert_true(pattern_find(pattern, text, 0, &start, &end));
    assert_int_equal(start, 1);
    assert_int_equal(end, 3);
    assert_true(pattern_find(pattern, text, end, &start, &end));
    assert_int_equal(start, 5);
    assert_int_equal(end, 8);
    assert_false(pattern_find(pattern, text, end, &start, &end));
    assert_false(pattern_find(pattern, text, 9, &start, &end));
    assert_int_equal(start, 5);
    pattern_free(pattern);
}

static void a_search_may_start_only_at_a_character(void **state)
{
    struct pattern *pattern = make(".", false);
    size_t start, end;

    (void)state;
    assert_false(pattern_find(pattern, TEXT("\u00e9x"), 1, &start, &end));
    assert_true(pattern_find(pattern, TEXT("\u00e9x"), 2, &start, &end));
    assert_int_equal(start, 2);
    pattern_free(pattern);
}

static void an_empty_match_has_no_length(void **state)
{
    struct pattern *pattern = make("x*", false);
    size_t start = 99, end = 99;

    (void)state;
    assert_true(pattern_find(pattern, TEXT("ab"), 2, &start, &end));
    assert_int_equal(start, 2);
    assert_int_equal(end, 2);
    pattern_free(pattern);
}

static void bad_expressions_name_the_place(void **state)
{
    (void)state;
    check_refused("a(b", 4, "regular expression: missing closing parenthesis");
    check_refused("\u00e9\u00e9*)", 4, "regular expression: unmatched closing parenthesis");
    check_refused("[a", 3, "regular expression: missing terminating ] for character class");
    check_refused("*a", 1, "regular expression: quantifier does not follow a repeatable item");
    check_refused("a\\C", 4, "regular expression: using \\C is disabled by the application");
}

static void expressions_that_are_not_utf8_are_refused(void **state)
{
    struct error err = {0};

    (void)state;
    assert_null(pattern_new(TEXT("ab\xff"), false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_int_equal(err.column, 3);
}

static void nesting_is_limited(void **state)
{
    char expression[2 * 101 + 1];
    struct pattern *pattern;
    struct error err = {0};

    (void)state;
    memset(expression, '(', 101);
    memset(expression + 101, ')', 101);
    assert_null(pattern_new((struct text){expression, 202}, false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    pattern = pattern_new((struct text){expression + 1, 200}, false, &err);
    assert_non_null(pattern);
    pattern_free(pattern);
}

static void an_expensive_match_ends_without_a_match(void **state)
{
    char text[40];

    (void)state;
    memset(text, 'a', sizeof text);
    assert_false(found("^(a+)+$|.", (struct text){text, 0}));
    text[sizeof text - 1] = '!';
    /* Without the limit the second alternative would be reached, after 2^39 steps. */
    assert_false(found("^(a+)+$|!", (struct text){text, sizeof text}));
    assert_true(found("^a+$|!", (struct text){text, sizeof text}));
}

static void long_texts_are_within_the_limits(void **state)
{
    static char text[5000];

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + sizeof text - 5, "Error", 5);
    assert_true(found_whole(".*Error.*", (struct text){text, sizeof text}));
    assert_true(found_whole("(.|\\n)*Error(.|\\n)*", (struct text){text, sizeof text}));
}

static void every_failed_allocation_is_reported_or_survived(void **state)
{
    struct error err = {0};
    struct pattern *pattern = NULL;
    long live = mem_live();

    (void)state;
    for (long nth = 1; !pattern; nth++) {
        mem_fail_at(nth);
        pattern = pattern_new(TEXT("(a|b)+[\u0100-\u0200]\\d{3}"), true, &err);
        mem_fail_at(0);
        assert_true(pattern || (err.code == ERROR_MEMORY && mem_live() == live));
        assert_true(nth < 100);
    }
    assert_true(pattern_matches(pattern, TEXT("AB\u0101123")));
    pattern_free(pattern);
    pattern_free(NULL);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_match_is_found_anywhere),
        cmocka_unit_test(a_whole_match_leaves_nothing_over),
        cmocka_unit_test(the_dollar_is_the_end_of_the_text),
        cmocka_unit_test(case_is_ignored_on_demand),
        cmocka_unit_test(a_dot_is_one_character_of_utf8),
        cmocka_unit_test(text_that_is_not_utf8_never_matches),
        cmocka_unit_test(matches_are_found_one_after_the_other),
        cmocka_unit_test(a_search_may_start_only_at_a_character),
        cmocka_unit_test(an_empty_match_has_no_length),
        cmocka_unit_test(bad_expressions_name_the_place),
        cmocka_unit_test(expressions_that_are_not_utf8_are_refused),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(an_expensive_match_ends_without_a_match),
        cmocka_unit_test(long_texts_are_within_the_limits),
        cmocka_unit_test(every_failed_allocation_is_reported_or_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
