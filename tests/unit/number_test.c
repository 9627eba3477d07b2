#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/number.h"

static struct arena *new_arena(void)
{
    struct error err = {0};
    struct arena *arena = arena_new(16 * 1024 * 1024, &err);

    assert_non_null(arena);
    return arena;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static void numbers_become_canonical(void **state)
{
    static const struct {
        const char *written, *canonical;
    } table[] = {
        {"0", "0"},
        {"-0", "0"},
        {"00", "0"},
        {"0e125", "0"},
        {"1", "1"},
        {"+7", "7"},
        {"007", "7"},
        {"1.50", "1.5"},
        {"1.", "1"},
        {".5", "0.5"},
        {"-.50", "-0.5"},
        {"1E3", "1000"},
        {"12.5e-3", "0.0125"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
        {"123456789012345678901234567890123456780", "123456789012345678901234567890123456780"},
    };
    struct arena *arena = new_arena();
    struct error err = {0};
    struct text out;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(number_canonical(text_of(table[i].written), arena, &out, &err), 0);
        assert_text(out, table[i].canonical);
    }
    assert_int_equal(number_canonical(TEXT("1E125"), arena, &out, &err), 0);
    assert_int_equal(out.length, 126);
    arena_free(arena);
    (void)state;
}

static void what_is_no_number_gets_the_sentence_of_the_service(void **state)
{
    static const struct {
        const char *written, *sentence;
    } table[] = {
        {"", "The parameter cannot be converted to a numeric value: "},
        {"abc", "The parameter cannot be converted to a numeric value: abc"},
        {"1 ", "The parameter cannot be converted to a numeric value: 1 "},
        {"NaN", "The parameter cannot be converted to a numeric value: NaN"},
        {"123456789012345678901234567890123456789",
            "Attempting to store more than 38 significant digits in a Number"},
        {"1e126", "Number overflow. Attempting to store a number with magnitude larger than "
                  "supported range"},
        {"0e126", "Number overflow. Attempting to store a number with magnitude larger than "
                  "supported range"},
        {"1e-131", "Number underflow. Attempting to store a number with magnitude smaller than "
                   "supported range"},
    };
    struct arena *arena = new_arena();
    struct error err = {0};
    struct text out;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(number_canonical(text_of(table[i].written), arena, &out, &err),
            ERROR_INVALID);
        assert_string_equal(err.text, table[i].sentence);
    }
    arena_free(arena);
    (void)state;
}

static void sums_are_exact_and_canonical(void **state)
{
    static const struct {
        const char *a, *b;
        bool subtract;
        const char *sum;
    } table[] = {
        {"1", "2", false, "3"},
        {"0.1", "0.2", false, "0.3"},
        {"1.5", "1.50", true, "0"},
        {"10", "0.000000000000000000000000000000000001", false,
            "10.000000000000000000000000000000000001"},
        {"99999999999999999999999999999999999999", "1", false,
            "100000000000000000000000000000000000000"},
        {"-5", "3", true, "-8"},
        {"+1", "1e2", false, "101"},
    };
    struct arena *arena = new_arena();
    struct error err = {0};
    struct text out;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(number_add(text_of(table[i].a), text_of(table[i].b), table[i].subtract,
                             arena, &out, &err),
            0);
        assert_text(out, table[i].sum);
    }
    arena_free(arena);
    (void)state;
}

static void a_sum_that_loses_digits_overflows(void **state)
{
    struct arena *arena = new_arena();
    struct error err = {0};
    struct text out;

    assert_int_equal(number_add(TEXT("1e100"), TEXT("1"), false, arena, &out, &err), ERROR_INVALID);
    assert_string_equal(err.text, "Number overflow. Attempting to store a number with magnitude "
                                  "larger than supported range");
    assert_int_equal(number_add(TEXT("x"), TEXT("1"), false, arena, &out, &err), ERROR_INVALID);
    assert_string_equal(err.text, "The parameter cannot be converted to a numeric value: x");
    arena_free(arena);
    (void)state;
}

static void numbers_compare_by_value(void **state)
{
    static const char *const ascending[] = {"-1e100", "-10", "-9.5", "-1", "0", "1e-130", "0.5",
        "1", "2", "10", "11", "100", "1e3", "1000.5", "99999999999999999999999999999999999999",
        "9e125"};
    size_t count = sizeof ascending / sizeof *ascending;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = number_compare(text_of(ascending[i]), text_of(ascending[j]));

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(number_compare(TEXT("1"), TEXT("1.0")), 0);
    assert_int_equal(number_compare(TEXT("-0"), TEXT("0")), 0);
    assert_int_equal(number_compare(TEXT("100"), TEXT("1E2")), 0);
    assert_true(number_compare(TEXT("x"), TEXT("1")) > 0);
    (void)state;
}

static void numbers_survive_every_failed_allocation(void **state)
{
    struct error err = {0};
    struct text out = {0};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct arena *arena;

        mem_fail_at(nth);
        arena = arena_new(4096, &err);
        if (arena)
            done = number_canonical(TEXT("1.50"), arena, &out, &err) == ERROR_NONE;
        mem_fail_at(0);
        assert_true(done || err.code == ERROR_MEMORY);
        arena_free(arena);
        assert_int_equal(mem_live(), 0);
        assert_true(nth < 100);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_become_canonical),
        cmocka_unit_test(what_is_no_number_gets_the_sentence_of_the_service),
        cmocka_unit_test(sums_are_exact_and_canonical),
        cmocka_unit_test(a_sum_that_loses_digits_overflows),
        cmocka_unit_test(numbers_compare_by_value),
        cmocka_unit_test(numbers_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
