#include "panels/filter.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const names[] = {"pk", "status", "total", "note"};
static const char *const cells[] = {"CUST#7", "OPEN", "118.20", "rush Hour"};

static bool named(void *user, struct text column, struct text *out)
{
    (void)user;
    for (size_t i = 0; i < 4; i++) {
        if (!text_is(column, names[i]))
            continue;
        *out = text_of(cells[i]);
        return true;
    }
    return false;
}

static bool nth(void *user, size_t index, struct text *out)
{
    (void)user;
    if (index >= 4)
        return false;
    *out = text_of(cells[index]);
    return true;
}

static bool matches(const char *source)
{
    struct filter_row row = {5, NULL, named, nth};
    struct error err;
    struct filter *filter = filter_new(text_of(source), &err);
    bool result;

    assert_non_null(filter);
    result = filter_matches(filter, &row);
    filter_free(filter);
    return result;
}

static void nothing_matches_everything(void **state)
{
    struct error err;
    struct filter *filter = filter_new(TEXT("  "), &err);

    assert_true(filter_is_empty(filter));
    filter_free(filter);
    assert_true(filter_is_empty(NULL));
    assert_true(filter_matches_text(NULL, 1, TEXT("x")));
    assert_true(matches(""));
    (void)state;
}

static void words_are_found_anywhere_with_smart_case(void **state)
{
    assert_true(matches("open"));
    assert_true(matches("hour"));
    assert_true(matches("Hour"));
    assert_false(matches("HOUR"));
    assert_true(matches("\"rush Hour\""));
    assert_false(matches("\"rush hour\""));
    assert_false(matches("closed"));
    (void)state;
}

static void blanks_are_and_bars_are_or(void **state)
{
    assert_true(matches("open rush"));
    assert_false(matches("open closed"));
    assert_true(matches("closed | open"));
    assert_true(matches("closed|open rush"));
    assert_false(matches("closed|open nothing"));
    assert_true(matches("!closed open"));
    assert_false(matches("!open"));
    (void)state;
}

static void columns_are_compared_by_value(void **state)
{
    assert_true(matches("status=open"));
    assert_false(matches("status=ope"));
    assert_true(matches("status:ope"));
    assert_true(matches("status!=PAID"));
    assert_true(matches("total=118.2"));
    assert_true(matches("total>100"));
    assert_false(matches("total>118.20"));
    assert_true(matches("total>=118.20 total<=118.2"));
    assert_true(matches("total<1e3"));
    assert_false(matches("total<20"));
    assert_false(matches("status>5"));
    assert_true(matches("status>A"));
    assert_true(matches("note=\"rush Hour\""));
    assert_true(matches("missing!=x"));
    assert_false(matches("missing=x"));
    assert_false(matches("missing>0"));
    (void)state;
}

static void patterns_and_row_numbers_select(void **state)
{
    assert_true(matches("pk~^cust#[0-9]$"));
    assert_false(matches("pk~^CUST#[a-z]$"));
    assert_true(matches("#3..9"));
    assert_true(matches("#5"));
    assert_false(matches("#6.."));
    assert_true(matches("#..5"));
    assert_false(matches("!#5"));
    (void)state;
}

static void a_word_with_a_colon_that_is_no_column_is_a_word(void **state)
{
    struct error err;
    struct filter *filter = filter_new(TEXT("http://x"), &err);

    assert_true(filter_matches_text(filter, 1, TEXT("see http://x/y")));
    assert_false(filter_matches_text(filter, 1, TEXT("see https://x/y")));
    filter_free(filter);
    (void)state;
}

static void mistakes_have_a_column(void **state)
{
    struct error err;
    struct buf many;

    assert_null(filter_new(TEXT("open pk~("), &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_int_equal(err.column, 6);
    buf_init(&many, 4096);
    for (int i = 0; i < 65; i++)
        buf_add_string(&many, "a ");
    assert_null(filter_new(buf_view(&many), &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    buf_done(&many);
    (void)state;
}

static void letters_of_other_scripts_fold_too(void **state)
{
    assert_true(filter_finds(TEXT("ÉTÉ"), TEXT("été")));
    assert_false(filter_finds(TEXT("été"), TEXT("ÉTÉ")));
    assert_true(filter_finds(TEXT("x\xff"), TEXT("\xff")));
    assert_true(filter_finds(TEXT("abc"), TEXT("")));
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_matches_everything),
        cmocka_unit_test(words_are_found_anywhere_with_smart_case),
        cmocka_unit_test(blanks_are_and_bars_are_or),
        cmocka_unit_test(columns_are_compared_by_value),
        cmocka_unit_test(patterns_and_row_numbers_select),
        cmocka_unit_test(a_word_with_a_colon_that_is_no_column_is_a_word),
        cmocka_unit_test(mistakes_have_a_column),
        cmocka_unit_test(letters_of_other_scripts_fold_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
