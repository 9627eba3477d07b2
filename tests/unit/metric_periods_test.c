#include "endpoint/telemetry/cloudwatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "endpoint/telemetry/telemetry.h"

/* One request in each second from START to START + 119. */
enum { START = 1795000025 }; /* 5 s behind a whole minute */

static double sum_of(struct telemetry *telemetry, struct arena *arena, int from, int to, int period,
    size_t *points, uint64_t *first)
{
    struct cloudwatch_answer answer;
    struct cloudwatch_failure failure;
    struct error err = {0};
    char input[512];
    const struct json *json;
    double sum = 0;

    snprintf(input, sizeof input,
        "{\"StartTime\":%d,\"EndTime\":%d,\"ScanBy\":\"TimestampAscending\",\"MetricDataQueries\":"
        "[{\"Id\":\"a\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"AWS/ApiGateway\","
        "\"MetricName\":\"Count\",\"Dimensions\":[{\"Name\":\"ApiName\",\"Value\":\"shop\"}]},"
        "\"Period\":%d,\"Stat\":\"Sum\"}}]}",
        from, to, period);
    json = json_parse(arena_text(arena, text_of(input)), arena, &err);
    assert_non_null(json);
    assert_true(cloudwatch_run(telemetry, TEXT("GetMetricData"), json, arena, &answer, &failure));
    *points = answer.result[0].count;
    *first = *points ? answer.result[0].time[0] : 0;
    for (size_t i = 0; i < *points; i++)
        sum += answer.result[0].value[i];
    return sum;
}

static void a_period_over_the_whole_range_is_one_value(void **state)
{
    struct error err = {0};
    struct telemetry *telemetry;
    struct arena *arena = arena_new(16 << 20, &err);
    struct telemetry_request request = {.kind = 'R',
        .api_id = TEXT("a1"),
        .api_name = TEXT("shop"),
        .stage = TEXT("prod"),
        .method = TEXT("GET"),
        .resource = TEXT("/pets"),
        .status = 200,
        .latency_us = 1000};
    uint64_t first;
    size_t points;

    clock_fix(START * CLOCK_SECOND);
    telemetry = telemetry_new(NULL, &err);
    assert_non_null(telemetry);
    for (int i = 0; i < 120; i++) {
        telemetry_record(telemetry, &request);
        clock_advance(CLOCK_SECOND);
    }
    /* the last 60 s, 5 s behind a whole minute, are one value of those 60 s */
    assert_true(sum_of(telemetry, arena, START + 60, START + 120, 60, &points, &first) == 60);
    assert_int_equal(points, 1);
    assert_int_equal(first, START + 60);
    /* odd periods begin where the range begins */
    assert_true(sum_of(telemetry, arena, START + 3, START + 33, 10, &points, &first) == 30);
    assert_int_equal(points, 3);
    assert_int_equal(first, START + 3);
    assert_true(sum_of(telemetry, arena, START, START + 120, 1, &points, &first) == 120);
    assert_int_equal(points, 120);
    /* Amazon's periods begin at multiples of themselves */
    assert_true(sum_of(telemetry, arena, START + 60, START + 240, 60, &points, &first) == 65);
    assert_int_equal(points, 2);
    assert_int_equal(first, START - 5 + 60);
    /* longer than the seconds are kept: whole minutes up to the end */
    assert_true(sum_of(telemetry, arena, START - 3480, START + 120, 3600, &points, &first) == 120);
    assert_int_equal(points, 1);
    assert_int_equal(first, START - 5 - 3480);
    telemetry_free(telemetry);
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_period_over_the_whole_range_is_one_value),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
