#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOVEMBER_2026 = 1795261327 }; /* 2026-11-21T11:42:07Z */

static void clock_runs_until_it_is_fixed(void **state)
{
    uint64_t start = clock_monotonic(), wall = clock_wall();

    assert_false(clock_is_fixed());
    assert_true(wall > UINT64_C(1577836800) * CLOCK_SECOND);
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic();

        assert_true(now >= start);
        start = now;
    }
    clock_advance(CLOCK_SECOND); /* does nothing to real clocks */
    assert_true(clock_wall() - wall < 600 * CLOCK_SECOND);
    assert_false(clock_is_fixed());
    (void)state;
}

static void clock_stands_still_until_it_is_advanced(void **state)
{
    uint64_t at = (uint64_t)NOVEMBER_2026 * CLOCK_SECOND;

    clock_fix(at);
    assert_true(clock_is_fixed());
    for (int i = 0; i < 100; i++) {
        assert_true(clock_wall() == at);
        assert_true(clock_monotonic() == at);
    }
    clock_advance(1500 * CLOCK_MS);
    assert_true(clock_wall() == at + 1500 * CLOCK_MS);
    assert_true(clock_monotonic() == at + 1500 * CLOCK_MS);
    clock_fix(0);
    assert_false(clock_is_fixed());
    assert_true(clock_monotonic() != at + 1500 * CLOCK_MS);
    (void)state;
}

static void clock_writes_every_form(void **state)
{
    uint64_t at = (uint64_t)NOVEMBER_2026 * CLOCK_SECOND + 7 * CLOCK_MS + 999999;
    struct buf out;

    buf_init(&out, 1000);
    clock_add_iso(&out, at, false);
    buf_add_char(&out, '|');
    clock_add_iso(&out, at, true);
    buf_add_char(&out, '|');
    clock_add_compact(&out, at);
    buf_add_char(&out, '|');
    clock_add_http(&out, at);
    buf_add_char(&out, '|');
    clock_add_access_log(&out, at);
    buf_add_char(&out, '|');
    clock_add_time_of_day(&out, at);
    assert_string_equal(buf_string(&out),
        "2026-11-21T11:42:07Z|2026-11-21T11:42:07.007Z|20261121T114207Z|"
        "Sat, 21 Nov 2026 11:42:07 GMT|21/Nov/2026:11:42:07 +0000|11:42:07");
    buf_done(&out);
    (void)state;
}

static void expect_iso(uint64_t seconds, const char *iso)
{
    struct buf out;
    uint64_t back;

    buf_init(&out, 100);
    clock_add_iso(&out, seconds * CLOCK_SECOND, false);
    assert_string_equal(buf_string(&out), iso);
    assert_true(clock_parse_iso(text_of(iso), &back));
    assert_true(back == seconds * CLOCK_SECOND);
    buf_done(&out);
}

static void clock_knows_the_calendar(void **state)
{
    expect_iso(0, "1970-01-01T00:00:00Z");
    expect_iso(68255999, "1972-02-29T23:59:59Z");
    expect_iso(68256000, "1972-03-01T00:00:00Z");
    expect_iso(946684799, "1999-12-31T23:59:59Z");
    expect_iso(951782400, "2000-02-29T00:00:00Z");
    expect_iso(1709164800, "2024-02-29T00:00:00Z");
    expect_iso(4107456000, "2100-02-28T00:00:00Z");
    expect_iso(4107542400, "2100-03-01T00:00:00Z");
    expect_iso(13569465600, "2400-01-01T00:00:00Z");
    expect_iso(18446744072, "2554-07-21T23:34:32Z");
    (void)state;
}

static void clock_days_follow_each_other(void **state)
{
    unsigned weekday = 4; /* 1970-01-01 was a Thursday */
    static const char names[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct buf out, before;

    buf_init(&out, 100);
    buf_init(&before, 100);
    for (uint64_t day = 0; day < 213503; day++, weekday = (weekday + 1) % 7) {
        uint64_t wall = day * 86400 * CLOCK_SECOND, back;

        buf_clear(&out);
        clock_add_iso(&out, wall, false);
        if (!clock_parse_iso(buf_view(&out), &back) || back != wall ||
            text_compare(buf_view(&before), buf_view(&out)) >= 0)
            fail_msg("day %d is %s", (int)day, buf_string(&out));
        buf_clear(&before);
        buf_add_text(&before, buf_view(&out));
        buf_clear(&out);
        clock_add_http(&out, wall);
        if (!text_starts_with(buf_view(&out), text_of(names[weekday])))
            fail_msg("day %d is %s", (int)day, buf_string(&out));
    }
    buf_done(&before);
    buf_done(&out);
    (void)state;
}

static uint64_t iso(const char *text)
{
    uint64_t wall = 1;

    assert_true(clock_parse_iso(text_of(text), &wall));
    return wall;
}

static void clock_reads_iso_with_zone_and_fraction(void **state)
{
    uint64_t at = (uint64_t)NOVEMBER_2026 * CLOCK_SECOND;

    assert_true(iso("2026-11-21T11:42:07Z") == at);
    assert_true(iso("2026-11-21t11:42:07z") == at);
    assert_true(iso("2026-11-21T11:42:07.5Z") == at + 500 * CLOCK_MS);
    assert_true(iso("2026-11-21T11:42:07.123456789999Z") == at + 123456789);
    assert_true(iso("2026-11-21T13:42:07+02:00") == at);
    assert_true(iso("2026-11-21T06:12:07-05:30") == at);
    assert_true(iso("2026-11-21T11:42Z") == at - 7 * CLOCK_SECOND);
    assert_true(iso("2026-11-21") == at - (11 * 3600 + 42 * 60 + 7) * CLOCK_SECOND);
    assert_true(iso("1970-01-01T01:00+01:00") == 0);
    assert_true(iso("1969-12-31T23:00-01:00") == 0);
    (void)state;
}

static void clock_refuses_what_is_no_time(void **state)
{
    static const char *const bad[] = {"", "2026", "2026-11", "2026-11-2", "2026-13-01",
        "2026-00-01", "2026-02-29", "2026-04-31", "2026-11-00", "2100-02-29", "2026-11-21T",
        "2026-11-21T11Z", "2026-11-21T11:42:07", "2026-11-21T24:00:00Z", "2026-11-21T11:60Z",
        "2026-11-21T11:42:60Z", "2026-11-21T11:42:07.Z", "2026-11-21T11:42:07ZZ",
        "2026-11-21T11:42:07+0200", "2026-11-21T11:42:07+24:00", "2026-11-21 11:42:07Z",
        " 2026-11-21", "2026-11-21 ", "1969-12-31", "1970-01-01T00:00+00:01", "2554-12-01",
        "9999-01-01", "-026-11-21", "2026--1-21"};
    uint64_t wall = 4711;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (clock_parse_iso(text_of(bad[i]), &wall))
            fail_msg("accepted: %s", bad[i]);
    assert_true(wall == 4711);
    (void)state;
}

static void clock_reads_the_compact_form_of_signatures(void **state)
{
    static const char *const bad[] = {"", "20261121", "20261121T114207", "20261121T114207z",
        "20261121T114207ZZ", "20261321T114207Z", "20261121 114207Z", "20261121T244207Z"};
    uint64_t wall = 0;

    assert_true(clock_parse_compact(TEXT("20261121T114207Z"), &wall));
    assert_true(wall == (uint64_t)NOVEMBER_2026 * CLOCK_SECOND);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(clock_parse_compact(text_of(bad[i]), &wall));
    (void)state;
}

static void clock_reads_durations(void **state)
{
    static const struct {
        const char *text;
        uint64_t expected;
    } good[] = {{"250ms", 250 * CLOCK_MS}, {"90s", 90 * CLOCK_SECOND}, {"5m", 300 * CLOCK_SECOND},
        {"2h", 7200 * CLOCK_SECOND}, {"7d", 604800 * CLOCK_SECOND}, {"1w", 604800 * CLOCK_SECOND},
        {"0s", 0}, {"18446744073s", UINT64_C(18446744073000000000)}};
    static const char *const bad[] = {"", "s", "10", "10 s", "-1s", "+1s", "1.5s", "1y", "1S",
        "1mss", "1h30m", "18446744074s", "30501w", "99999999999999999999s"};
    uint64_t duration;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(clock_parse_duration(text_of(good[i].text), &duration));
        assert_true(duration == good[i].expected);
    }
    duration = 4711;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (clock_parse_duration(text_of(bad[i]), &duration))
            fail_msg("accepted: %s", bad[i]);
    assert_true(duration == 4711);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_runs_until_it_is_fixed),
        cmocka_unit_test(clock_stands_still_until_it_is_advanced),
        cmocka_unit_test(clock_writes_every_form),
        cmocka_unit_test(clock_knows_the_calendar),
        cmocka_unit_test(clock_days_follow_each_other),
        cmocka_unit_test(clock_reads_iso_with_zone_and_fraction),
        cmocka_unit_test(clock_refuses_what_is_no_time),
        cmocka_unit_test(clock_reads_the_compact_form_of_signatures),
        cmocka_unit_test(clock_reads_durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
