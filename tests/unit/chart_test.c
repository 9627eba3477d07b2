#include "panels/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static struct glyphs glyphs;

static void assert_share(uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5, int cells,
    const char *expected)
{
    const uint64_t count[CHART_CLASSES] = {s2, s3, s4, s5};
    int share[CHART_CLASSES];
    char bar[80];
    size_t length = 0;

    chart_share(count, cells, share);
    for (int i = 0; i < CHART_CLASSES; i++)
        for (int n = 0; n < share[i]; n++)
            bar[length++] = (char)('2' + i);
    bar[length] = '\0';
    assert_string_equal(bar, expected);
}

static void shares_go_by_largest_remainder(void **state)
{
    assert_share(100, 0, 0, 0, 8, "22222222");
    assert_share(50, 50, 0, 0, 8, "22223333");
    assert_share(60, 0, 40, 0, 8, "22222444");
    assert_share(0, 0, 0, 0, 8, "");
    assert_share(1, 1, 1, 1, 0, "");
    (void)state;
}

static void any_5xx_and_one_percent_get_a_cell(void **state)
{
    assert_share(99999, 0, 0, 1, 8, "22222225");
    assert_share(9900, 0, 100, 0, 8, "22222224");
    assert_share(9901, 0, 99, 0, 8, "22222222");
    assert_share(9000, 300, 300, 1, 8, "22222345");
    (void)state;
}

static void where_cells_lack_the_worse_class_goes_first(void **state)
{
    assert_share(10, 10, 10, 10, 1, "5");
    assert_share(10, 10, 10, 10, 2, "45");
    assert_share(10, 10, 10, 10, 3, "245");
    assert_share(1000000, 0, 0, 1, 1, "5");
    (void)state;
}

static void cells_never_add_up_to_more_or_less(void **state)
{
    uint32_t random = 7;

    for (int i = 0; i < 5000; i++) {
        uint64_t count[CHART_CLASSES];
        int share[CHART_CLASSES], cells, sum = 0;

        for (int n = 0; n < CHART_CLASSES; n++) {
            random = random * 1664525 + 1013904223;
            count[n] = (random >> 8) % (n == 0 ? 10000 : 50);
        }
        cells = 1 + (int)((random >> 20) % 12);
        chart_share(count, cells, share);
        for (int n = 0; n < CHART_CLASSES; n++) {
            assert_true(share[n] >= 0);
            assert_true(share[n] == 0 || count[n] > 0);
            sum += share[n];
        }
        assert_int_equal(sum, count[0] + count[1] + count[2] + count[3] ? cells : 0);
        assert_true(count[3] == 0 || share[3] > 0);
    }
    (void)state;
}

static void scales_are_round(void **state)
{
    assert_int_equal(chart_scale(0), 1);
    assert_int_equal(chart_scale(1), 1);
    assert_int_equal(chart_scale(3), 5);
    assert_int_equal(chart_scale(412), 500);
    assert_int_equal(chart_scale(501), 1000);
    assert_int_equal(chart_scale(1000), 1000);
    (void)state;
}

static struct series_slot slot_of(uint64_t at, uint64_t count, uint32_t p99)
{
    return (struct series_slot){.at = at * CLOCK_SECOND,
        .count = count,
        .s2 = count,
        .p50 = p99 / 4,
        .p95 = p99 / 2,
        .p99 = p99};
}

static void grouped_cells_keep_peaks_and_gaps(void **state)
{
    struct series_slot slot[6] = {slot_of(1, 5, 10), slot_of(2, 9, 4), {0}, {0}, slot_of(5, 1, 2),
        {0}},
                       out[3];

    assert_int_equal(chart_group(slot, 6, 2, out), 3);
    assert_int_equal(out[0].count, 9);
    assert_int_equal(out[0].p99, 10);
    assert_int_equal(out[1].at, 0);
    assert_int_equal(out[2].count, 1);
    assert_int_equal(chart_group(slot, 6, 0, (struct series_slot[6]){{0}}), 6);
    (void)state;
}

static struct surface start_surface(int width, int height)
{
    struct surface surface;
    struct error err;

    assert_true(glyphs_choose(&glyphs, "ascii", "ascii", false, "xterm"));
    surface_init(&surface, &glyphs);
    assert_int_equal(surface_resize(&surface, width, height, &err), ERROR_NONE);
    return surface;
}

static void assert_row(const struct surface *surface, int row, const char *expected)
{
    struct buf text;

    buf_init(&text, 4096);
    surface_add_row(surface, row, &text);
    assert_string_equal(buf_string(&text), expected);
    buf_done(&text);
}

static void sparklines_show_zero_and_leave_gaps_blank(void **state)
{
    struct surface surface = start_surface(12, 1);
    struct canvas canvas = canvas_of(&surface);
    struct series_slot slot[8] = {slot_of(1, 0, 0), slot_of(2, 1, 0), {0}, slot_of(4, 4, 0),
        slot_of(5, 7, 0), slot_of(6, 3, 0), slot_of(7, 2, 0), slot_of(8, 7, 0)};

    chart_spark(&canvas, 0, 0, 10, slot, 8, CHART_COUNT, ROLE_TEXT);
    assert_row(&surface, 0, "  _. =#-:#");
    surface_clear(&surface);
    chart_spark(&canvas, 0, 0, 3, slot, 8, CHART_COUNT, ROLE_TEXT);
    assert_row(&surface, 0, "-:#");
    surface_done(&surface);
    (void)state;
}

static void the_rate_chart_has_a_scale_and_times(void **state)
{
    struct surface surface = start_surface(30, 4);
    struct canvas canvas = canvas_of(&surface);
    struct series_slot slot[20];

    for (size_t i = 0; i < 20; i++)
        slot[i] = slot_of(3595 + i, i == 7 ? 0 : 30, 0);
    slot[3] = (struct series_slot){0};
    chart_rate(&canvas, slot, 20, CLOCK_SECOND, CLOCK_SECOND);
    assert_row(&surface, 0, "   50|");
    assert_row(&surface, 1, "     |    *** *** ************");
    assert_row(&surface, 2, "     |    ### ### ############");
    assert_row(&surface, 3, "    0----------01:00:00-------");
    surface_done(&surface);
    (void)state;
}

static void the_latency_chart_marks_three_percentiles(void **state)
{
    struct surface surface = start_surface(20, 6);
    struct canvas canvas = canvas_of(&surface);
    struct series_slot slot[4] = {slot_of(1, 1, 100000), slot_of(2, 1, 100000), {0},
        slot_of(4, 1, 100000)};
    struct buf text;
    int nines = 0, fives = 0, zeros = 0;

    chart_latency(&canvas, slot, 4, CLOCK_SECOND);
    buf_init(&text, 4096);
    for (int row = 0; row < 5; row++)
        surface_add_row(&surface, row, &text);
    for (size_t i = 0; i < text.length; i++) {
        nines += text.data[i] == '9';
        fives += text.data[i] == '5';
        zeros += text.data[i] == '0';
    }
    assert_int_equal(nines, 3);
    assert_int_equal(fives, 3);
    assert_int_equal(zeros, 3 + 2); /* and two in the label "100" */
    buf_done(&text);
    surface_done(&surface);
    (void)state;
}

static void tiny_charts_draw_nothing_and_do_not_fail(void **state)
{
    struct series_slot slot[4] = {slot_of(1, 1, 1000), slot_of(2, 5, 2000), {0}, slot_of(4, 1, 9)};

    for (int width = 1; width < 12; width++) {
        for (int height = 1; height < 4; height++) {
            struct surface surface = start_surface(width, height);
            struct canvas canvas = canvas_of(&surface);

            chart_rate(&canvas, slot, 4, CLOCK_SECOND, CLOCK_SECOND);
            chart_latency(&canvas, slot, 4, CLOCK_SECOND);
            chart_status(&canvas, slot, 4, CLOCK_SECOND, CLOCK_SECOND);
            chart_spark(&canvas, 0, 0, width, slot, 4, CHART_P99, ROLE_TEXT);
            surface_done(&surface);
        }
    }
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_go_by_largest_remainder),
        cmocka_unit_test(any_5xx_and_one_percent_get_a_cell),
        cmocka_unit_test(where_cells_lack_the_worse_class_goes_first),
        cmocka_unit_test(cells_never_add_up_to_more_or_less),
        cmocka_unit_test(scales_are_round),
        cmocka_unit_test(grouped_cells_keep_peaks_and_gaps),
        cmocka_unit_test(sparklines_show_zero_and_leave_gaps_blank),
        cmocka_unit_test(the_rate_chart_has_a_scale_and_times),
        cmocka_unit_test(the_latency_chart_marks_three_percentiles),
        cmocka_unit_test(tiny_charts_draw_nothing_and_do_not_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
