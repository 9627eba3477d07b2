#include "client/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"

#define START (UINT64_C(1795262400) * CLOCK_SECOND)

static void put(struct series *series, const char *line, uint64_t at, uint64_t count)
{
    struct error err = {0};
    struct series_slot slot = {.at = at, .count = count, .p50 = (uint32_t)count};

    assert_int_equal(series_put(series, line, &slot, &err), ERROR_NONE);
}

static void slots_come_back_oldest_first_with_gaps(void **state)
{
    struct error err = {0};
    struct series *series = series_new(CLOCK_SECOND, &err);
    struct series_slot out[5];
    uint64_t version = series_version(series);

    assert_int_equal(series_slot_length(series), CLOCK_SECOND);
    put(series, "all", START, 1);
    put(series, "all", START + 2 * CLOCK_SECOND + 5, 3);
    assert_true(series_version(series) != version);
    assert_int_equal(series_copy(series, "all", START + 3 * CLOCK_SECOND, out, 5), 5);
    assert_true(out[0].at == 0);
    assert_true(out[1].at == START && out[1].count == 1 && out[1].p50 == 1);
    assert_true(out[2].at == 0 && out[2].count == 0);
    assert_true(out[3].at == START + 2 * CLOCK_SECOND && out[3].count == 3);
    assert_true(out[4].at == 0);
    clock_fix(START + 2 * CLOCK_SECOND);
    assert_int_equal(series_copy(series, "all", 0, out, 1), 1);
    assert_int_equal(out[0].count, 3);
    series_free(series);
    series_free(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_slot_put_twice_is_replaced(void **state)
{
    struct error err = {0};
    struct series *series = series_new(60 * CLOCK_SECOND, &err);
    struct series_slot out[1];

    put(series, "GET /pets", START, 1);
    put(series, "GET /pets", START + 59 * CLOCK_SECOND, 9);
    assert_int_equal(series_copy(series, "GET /pets", START, out, 1), 1);
    assert_int_equal(out[0].count, 9);
    assert_true(out[0].at == START);
    series_free(series);
    (void)state;
}

static void old_slots_give_way_and_never_come_back(void **state)
{
    struct error err = {0};
    struct series *series = series_new(CLOCK_SECOND, &err);
    struct series_slot out[SERIES_SLOTS];

    put(series, "all", START, 1);
    put(series, "all", START + SERIES_SLOTS * CLOCK_SECOND, 2);
    put(series, "all", START, 7);
    assert_int_equal(series_copy(series, "all", START, out, 1), 1);
    assert_true(out[0].at == 0);
    assert_int_equal(series_copy(series, "all", START + SERIES_SLOTS * CLOCK_SECOND, out,
                         SERIES_SLOTS),
        SERIES_SLOTS);
    assert_int_equal(out[SERIES_SLOTS - 1].count, 2);
    assert_int_equal(out[0].count, 0);
    series_free(series);
    (void)state;
}

static void lines_appear_as_they_are_named(void **state)
{
    struct error err = {0};
    struct series *series = series_new(CLOCK_SECOND, &err);
    struct series_slot out[1];
    struct series_slot total = {.count = 12, .p99 = 340};
    struct series_line line;

    assert_int_equal(series_line_count(series), 0);
    assert_false(series_line(series, 0, &line));
    assert_int_equal(series_copy(series, "none", START, out, 1), 0);
    put(series, "all", START, 1);
    assert_int_equal(series_put_total(series, "GET /pets", &total, &err), ERROR_NONE);
    assert_int_equal(series_line_count(series), 2);
    assert_true(series_line(series, 1, &line));
    assert_string_equal(line.name, "GET /pets");
    assert_int_equal(line.total.count, 12);
    assert_int_equal(line.total.p99, 340);
    assert_true(series_line(series, 0, &line));
    assert_int_equal(line.total.count, 0);
    assert_false(series_line(series, 2, &line));
    series_free(series);
    (void)state;
}

static void there_is_a_limit_to_lines(void **state)
{
    struct error err = {0};
    struct series *series = series_new(CLOCK_SECOND, &err);
    struct series_slot slot = {.at = START};
    char name[32];

    for (int i = 0; i < 512; i++) {
        snprintf(name, sizeof name, "route %d", i);
        assert_int_equal(series_put(series, name, &slot, &err), ERROR_NONE);
    }
    assert_int_equal(series_put(series, "one more", &slot, &err), ERROR_LIMIT);
    assert_string_equal(err.text, "more than 512 lines of metrics");
    assert_int_equal(series_put(series, "route 5", &slot, &err), ERROR_NONE);
    series_free(series);
    (void)state;
}

static void title_and_failure_are_kept(void **state)
{
    struct error err = {0};
    struct series *series = series_new(CLOCK_SECOND, &err);
    char text[32];

    series_set_title(series, "shop/prod  gatehouse 1s");
    series_set_failure(series, "GetMetricData: denied");
    series_title(series, text, sizeof text);
    assert_string_equal(text, "shop/prod  gatehouse 1s");
    series_failure(series, text, sizeof text);
    assert_string_equal(text, "GetMetricData: denied");
    series_set_failure(series, "");
    series_failure(series, text, sizeof text);
    assert_string_equal(text, "");
    series_free(series);
    (void)state;
}

static void series_survive_every_failed_allocation(void **state)
{
    struct series_slot slot = {.at = START};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct series *series;

        mem_fail_at(nth);
        series = series_new(CLOCK_SECOND, &err);
        done = series && !series_put(series, "all", &slot, &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        series_free(series);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(slots_come_back_oldest_first_with_gaps),
        cmocka_unit_test(a_slot_put_twice_is_replaced),
        cmocka_unit_test(old_slots_give_way_and_never_come_back),
        cmocka_unit_test(lines_appear_as_they_are_named),
        cmocka_unit_test(there_is_a_limit_to_lines),
        cmocka_unit_test(title_and_failure_are_kept),
        cmocka_unit_test(series_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
