#include "endpoint/telemetry/telemetry.h"
#include "endpoint/telemetry/telemetry_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/mem.h"
#include "endpoint/telemetry/metrics.h"

enum { START = 1795000020 }; /* a whole minute */

static struct telemetry *open_telemetry(void)
{
    struct error err = {0};
    struct telemetry *telemetry = telemetry_new(NULL, &err);

    assert_non_null(telemetry);
    clock_fix(START * CLOCK_SECOND);
    return telemetry;
}

static struct telemetry_request rest_request(int status, uint64_t latency_us)
{
    return (struct telemetry_request){.kind = 'R',
        .api_id = TEXT("abc123"),
        .api_name = TEXT("shop"),
        .stage = TEXT("prod"),
        .method = TEXT("GET"),
        .resource = TEXT("/pets/{id}"),
        .status = status,
        .latency_us = latency_us,
        .response_bytes = 100};
}

static const struct metric_series *find_shop(const struct telemetry *telemetry)
{
    const struct telemetry_dimension dimension[] = {{TEXT("ApiName"), TEXT("shop")}};
    const struct telemetry_series *series = telemetry_find(telemetry, 'R', dimension, 1);

    assert_non_null(series);
    return &series->values;
}

/* A value of the series over [from, to), or -1 when there is none. */
static double value_of(const struct metric_series *series, const char *name, const char *statistic,
    uint64_t from, uint64_t to, bool by_minute)
{
    const struct metric *metric = metric_find('R', TEXT("AWS/ApiGateway"), text_of(name));
    uint64_t scratch[HISTOGRAM_BUCKETS];
    struct metric_statistic parsed;
    double value;

    assert_non_null(metric);
    assert_true(metric_parse_statistic(text_of(statistic), &parsed));
    if (!metric_evaluate(metric, &parsed, series, from, to, by_minute, scratch, &value))
        return -1;
    return value;
}

static void assert_close(double value, double wanted)
{
    if (value < wanted - 1e-9 || value > wanted + 1e-9)
        fail_msg("%.12g in place of %.12g", value, wanted);
}

static void statistics_of_a_second_are_exact_but_for_the_buckets(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    const struct metric_series *series;

    for (int i = 1; i <= 100; i++) {
        struct telemetry_request request = rest_request(i <= 90   ? 200
                                                        : i <= 97 ? 404
                                                                  : 502,
            (uint64_t)i * 1000);

        telemetry_record(telemetry, &request);
    }
    series = find_shop(telemetry);
    assert_close(value_of(series, "Count", "Sum", START, START + 1, false), 100);
    assert_close(value_of(series, "4XXError", "Sum", START, START + 1, false), 7);
    assert_close(value_of(series, "4XXError", "Average", START, START + 1, false), 0.07);
    assert_close(value_of(series, "5XXError", "Sum", START, START + 1, false), 3);
    assert_close(value_of(series, "5XXError", "Maximum", START, START + 1, false), 1);
    assert_close(value_of(series, "5XXError", "Minimum", START, START + 1, false), 0);
    assert_close(value_of(series, "5XXError", "p97", START, START + 1, false), 0);
    assert_close(value_of(series, "5XXError", "p98", START, START + 1, false), 1);
    assert_close(value_of(series, "2xx", "Sum", START, START + 1, false), 90);
    assert_close(value_of(series, "3xx", "Sum", START, START + 1, false), 0);
    assert_close(value_of(series, "Latency", "SampleCount", START, START + 1, false), 100);
    assert_close(value_of(series, "Latency", "Average", START, START + 1, false), 50.5);
    assert_close(value_of(series, "Latency", "Minimum", START, START + 1, false), 1);
    assert_close(value_of(series, "Latency", "Maximum", START, START + 1, false), 100);
    assert_close(value_of(series, "Latency", "p50", START, START + 1, false),
        histogram_upper(histogram_index(50000)) / 1000.0);
    assert_close(value_of(series, "Latency", "p99", START, START + 1, false),
        histogram_upper(histogram_index(99000)) / 1000.0);
    assert_close(value_of(series, "Latency", "p100", START, START + 1, false), 100);
    assert_close(value_of(series, "IntegrationLatency", "p50", START, START + 1, false), -1);
    telemetry_free(telemetry);
    (void)state;
}

static void seconds_without_requests_are_gaps_not_zeros(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    struct telemetry_request request = rest_request(200, 1500);
    const struct metric_series *series;

    telemetry_record(telemetry, &request);
    clock_advance(3 * CLOCK_SECOND);
    request.integration_us = 900;
    telemetry_record(telemetry, &request);
    series = find_shop(telemetry);
    assert_close(value_of(series, "Count", "Sum", START + 1, START + 3, false), -1);
    assert_close(value_of(series, "Count", "Sum", START, START + 4, false), 2);
    assert_close(value_of(series, "IntegrationLatency", "Average", START + 3, START + 4, false),
        0.9);
    assert_true(metric_series_next(series, START, START + 9, false) == START);
    assert_true(metric_series_next(series, START + 1, START + 9, false) == START + 3);
    assert_true(metric_series_next(series, START + 4, START + 9, false) == UINT64_MAX);
    assert_true(metric_series_next(series, START + 1, START + 3, false) == UINT64_MAX);
    telemetry_free(telemetry);
    (void)state;
}

static void percentiles_of_a_period_come_from_all_its_slots(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    const struct metric_series *series;

    for (int second = 0; second < 60; second++) {
        for (int i = 0; i < 10; i++) {
            struct telemetry_request request = rest_request(200, second < 59 ? 1000 : 64000);

            telemetry_record(telemetry, &request);
        }
        clock_advance(CLOCK_SECOND);
    }
    series = find_shop(telemetry);
    assert_close(value_of(series, "Latency", "p98", START, START + 60, false),
        histogram_upper(histogram_index(1000)) / 1000.0);
    assert_close(value_of(series, "Latency", "p99", START, START + 60, false), 64);
    assert_close(value_of(series, "Latency", "p99", START, START + 60, true), 64);
    assert_close(value_of(series, "Count", "Sum", START, START + 60, true), 600);
    telemetry_free(telemetry);
    (void)state;
}

static void old_seconds_go_and_their_minutes_stay(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    struct telemetry_request request = rest_request(200, 1000);
    const struct metric_series *series;

    telemetry_record(telemetry, &request);
    clock_advance(METRIC_SECONDS * CLOCK_SECOND);
    telemetry_record(telemetry, &request);
    series = find_shop(telemetry);
    assert_close(value_of(series, "Count", "Sum", START, START + 60, false), -1);
    assert_close(value_of(series, "Count", "Sum", START, START + 60, true), 1);
    clock_advance(24 * 3600 * CLOCK_SECOND);
    telemetry_record(telemetry, &request);
    assert_close(value_of(series, "Count", "Sum", START, START + 960, true), -1);
    assert_int_equal(series->second.count, 1);
    assert_int_equal(series->minute.count, 1);
    telemetry_free(telemetry);
    (void)state;
}

static void a_full_bucket_goes_on_in_another_entry(void **state)
{
    struct metric_sample sample = {.latency_us = 500, .has_latency = true};
    uint64_t bucket[HISTOGRAM_BUCKETS];
    struct metric_series series;
    struct metric_total total;

    metric_series_init(&series);
    for (int i = 0; i < (1 << 21) + 10; i++)
        assert_true(metric_series_add(&series, START, &sample));
    sample.latency_us = 100;
    assert_true(metric_series_add(&series, START, &sample));
    sample.latency_us = 500;
    assert_true(metric_series_add(&series, START, &sample));
    metric_series_total(&series, START, START + 1, false, METRIC_LATENCY, bucket, &total);
    assert_true(total.durations == (1 << 21) + 12);
    assert_true(bucket[histogram_index(500)] == (1 << 21) + 11);
    assert_true(bucket[histogram_index(100)] == 1);
    assert_int_equal(total.minimum, 100);
    metric_series_done(&series);
    assert_int_equal(series.bytes, 0);
    (void)state;
}

static void a_clock_set_back_counts_for_the_newest_slot(void **state)
{
    struct metric_sample sample = {.latency_us = 500, .has_latency = true};
    struct metric_series series;
    struct metric_total total;

    metric_series_init(&series);
    metric_series_add(&series, START + 100, &sample);
    metric_series_add(&series, START, &sample);
    metric_series_total(&series, START + 100, START + 101, false, METRIC_LATENCY, NULL, &total);
    assert_int_equal(total.count, 2);
    metric_series_done(&series);
    (void)state;
}

static void an_http_api_has_its_own_dimensions(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    struct telemetry_request request = rest_request(204, 2000);
    struct telemetry_dimension dimension[] = {{TEXT("Stage"), TEXT("prod")},
        {TEXT("Route"), TEXT("GET /pets")}, {TEXT("ApiId"), TEXT("abc123")}};

    request.kind = 'H';
    request.resource = TEXT("GET /pets");
    telemetry_record(telemetry, &request);
    assert_non_null(telemetry_find(telemetry, 'H', dimension, 3));
    assert_null(telemetry_find(telemetry, 'R', dimension, 3));
    assert_null(telemetry_find(telemetry, 'H', dimension, 2));
    dimension[1] = dimension[2];
    assert_non_null(telemetry_find(telemetry, 'H', dimension, 2));
    assert_non_null(telemetry_find(telemetry, 'H', dimension + 1, 1));
    assert_null(telemetry_find(telemetry, 'H', dimension, 0));
    assert_non_null(metric_find('H', TEXT("AWS/ApiGateway"), TEXT("DataProcessed")));
    assert_null(metric_find('R', TEXT("AWS/ApiGateway"), TEXT("DataProcessed")));
    assert_null(metric_find('T', TEXT("AWS/ApiGateway"), TEXT("Count")));
    telemetry_free(telemetry);
    (void)state;
}

static void tables_count_units_in_thousandths(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    struct telemetry_table request = {.table = TEXT("pets"),
        .operation = TEXT("GetItem"),
        .latency_us = 40,
        .read_milli = 500};
    const struct telemetry_dimension dimension[] = {{TEXT("TableName"), TEXT("pets")},
        {TEXT("Operation"), TEXT("GetItem")}};
    const struct metric *metric =
        metric_find('T', TEXT("AWS/DynamoDB"), TEXT("ConsumedReadCapacityUnits"));
    const struct metric *latency =
        metric_find('T', TEXT("AWS/DynamoDB"), TEXT("SuccessfulRequestLatency"));
    const struct metric *errors = metric_find('T', TEXT("AWS/DynamoDB"), TEXT("UserErrors"));
    const struct metric_statistic sum = {METRIC_SUM, 0}, samples = {METRIC_SAMPLES, 0};
    const struct telemetry_series *series;
    double value;

    telemetry_record_table(telemetry, &request);
    telemetry_record_table(telemetry, &request);
    request.read_milli = 0;
    request.failed = true;
    telemetry_record_table(telemetry, &request);
    series = telemetry_find(telemetry, 'T', dimension, 2);
    assert_non_null(series);
    assert_non_null(telemetry_find(telemetry, 'T', dimension, 1));
    assert_true(
        metric_evaluate(metric, &sum, &series->values, START, START + 1, false, NULL, &value));
    assert_close(value, 1);
    assert_true(
        metric_evaluate(latency, &samples, &series->values, START, START + 1, false, NULL, &value));
    assert_close(value, 2);
    assert_true(
        metric_evaluate(errors, &sum, &series->values, START, START + 1, false, NULL, &value));
    assert_close(value, 1);
    telemetry_free(telemetry);
    (void)state;
}

static void the_stalest_series_make_room_for_new_ones(void **state)
{
    struct telemetry *telemetry = open_telemetry();
    struct telemetry_request request = rest_request(200, 1000);
    const struct telemetry_dimension api[] = {{TEXT("ApiName"), TEXT("shop")}};
    char path[64];

    telemetry_record(telemetry, &request);
    for (int i = 0; i < 2 * TELEMETRY_SERIES_LIMIT; i++) {
        clock_advance(CLOCK_SECOND / 10);
        snprintf(path, sizeof path, "/made-up/%d", i);
        request.resource = text_of(path);
        telemetry_record(telemetry, &request);
    }
    assert_int_equal(map_count(telemetry->series_map), TELEMETRY_SERIES_LIMIT);
    assert_non_null(telemetry_find(telemetry, 'R', api, 1)); /* always fed, never stale */
    telemetry_free(telemetry);
    (void)state;
}

static void statistics_are_read_strictly(void **state)
{
    static const char *const bad_table[] = {"", "sum", "p", "p101", "p-1", "p1.", "p99.9999", "99",
        "p100.001", "tm90", "Sum "};
    struct metric_statistic statistic;

    assert_true(metric_parse_statistic(TEXT("p99.9"), &statistic));
    assert_int_equal(statistic.p, 99900);
    assert_true(metric_parse_statistic(TEXT("p99.99"), &statistic));
    assert_int_equal(statistic.p, 99990);
    assert_true(metric_parse_statistic(TEXT("p0"), &statistic));
    assert_int_equal(statistic.p, 0);
    assert_true(metric_parse_statistic(TEXT("SampleCount"), &statistic));
    assert_int_equal(statistic.kind, METRIC_SAMPLES);
    for (size_t i = 0; i < sizeof bad_table / sizeof *bad_table; i++)
        if (metric_parse_statistic(text_of(bad_table[i]), &statistic))
            fail_msg("taken for a statistic: %s", bad_table[i]);
    (void)state;
}

static void recording_survives_every_failed_allocation(void **state)
{
    long live = mem_live();

    for (long nth = 1; nth < 60; nth++) {
        struct telemetry_request request = rest_request(200, 1000);
        struct telemetry *telemetry = open_telemetry();

        mem_fail_at(nth);
        telemetry_record(telemetry, &request);
        mem_fail_at(0);
        telemetry_record(telemetry, &request);
        assert_non_null(find_shop(telemetry));
        telemetry_free(telemetry);
        assert_int_equal(mem_live(), live);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_of_a_second_are_exact_but_for_the_buckets),
        cmocka_unit_test(seconds_without_requests_are_gaps_not_zeros),
        cmocka_unit_test(percentiles_of_a_period_come_from_all_its_slots),
        cmocka_unit_test(old_seconds_go_and_their_minutes_stay),
        cmocka_unit_test(a_full_bucket_goes_on_in_another_entry),
        cmocka_unit_test(a_clock_set_back_counts_for_the_newest_slot),
        cmocka_unit_test(an_http_api_has_its_own_dimensions),
        cmocka_unit_test(tables_count_units_in_thousandths),
        cmocka_unit_test(the_stalest_series_make_room_for_new_ones),
        cmocka_unit_test(statistics_are_read_strictly),
        cmocka_unit_test(recording_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
