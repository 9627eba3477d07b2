#include "base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/mem.h"

static void an_empty_histogram_answers_zero_and_owns_nothing(void **state)
{
    struct histogram histogram;
    long live = mem_live();

    (void)state;
    histogram_init(&histogram);
    assert_int_equal(histogram_percentile(&histogram, 0), 0);
    assert_int_equal(histogram_percentile(&histogram, 50000), 0);
    assert_int_equal(histogram_percentile(&histogram, 100000), 0);
    assert_int_equal(mem_live(), live);
    histogram_clear(&histogram);
    histogram_done(&histogram);
    histogram_done(&histogram);
}

static void indexes_follow_the_formula(void **state)
{
    static const struct {
        uint64_t value;
        unsigned index;
    } table[] = {{0, 0}, {1, 1}, {63, 63}, {64, 64}, {127, 127}, {128, 128}, {129, 128}, {130, 129},
        {255, 191}, {256, 192}, {1000, 317}, {1000000, 954}, {4294967295, 1727}, {4294967296, 1727},
        {UINT64_MAX, 1727}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(histogram_index(table[i].value), table[i].index);
}

static void buckets_touch_without_gaps(void **state)
{
    (void)state;
    for (unsigned index = 0; index < HISTOGRAM_BUCKETS; index++) {
        uint32_t upper = histogram_upper(index);

        assert_int_equal(histogram_index(upper), index);
        if (index + 1 < HISTOGRAM_BUCKETS)
            assert_int_equal(histogram_index((uint64_t)upper + 1), index + 1);
    }
    assert_int_equal(histogram_upper(HISTOGRAM_BUCKETS - 1), UINT32_MAX);
    assert_int_equal(histogram_upper(HISTOGRAM_BUCKETS), UINT32_MAX);
}

static void the_upper_bound_is_off_by_at_most_1_6_per_cent(void **state)
{
    (void)state;
    for (unsigned index = 2; index < HISTOGRAM_BUCKETS; index++) {
        uint64_t lowest = (uint64_t)histogram_upper(index - 1) + 1;

        assert_true((histogram_upper(index) - lowest) * 1000 <= 16 * lowest);
    }
}

static void percentiles_are_nearest_rank(void **state)
{
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram);
    for (uint64_t value = 1; value <= 100; value++)
        assert_true(histogram_add(&histogram, value));
    assert_int_equal(histogram.count, 100);
    assert_int_equal(histogram.sum, 5050);
    assert_int_equal(histogram.minimum, 1);
    assert_int_equal(histogram.maximum, 100);
    assert_int_equal(histogram_percentile(&histogram, 0), 1);
    assert_int_equal(histogram_percentile(&histogram, 1), 1);
    assert_int_equal(histogram_percentile(&histogram, 50000), 50);
    assert_int_equal(histogram_percentile(&histogram, 50001), 51);
    assert_int_equal(histogram_percentile(&histogram, 95000), 95);
    assert_int_equal(histogram_percentile(&histogram, 99000), 99);
    assert_int_equal(histogram_percentile(&histogram, 99900), 100);
    assert_int_equal(histogram_percentile(&histogram, 100000), 100);
    histogram_done(&histogram);
}

static void a_percentile_never_passes_the_maximum(void **state)
{
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram);
    assert_true(histogram_add(&histogram, 1000000));
    assert_int_equal(histogram_percentile(&histogram, 50000), 1000000);
    assert_int_equal(histogram_percentile(&histogram, 99900), 1000000);
    assert_true(histogram_add(&histogram, 1003000)); /* the bucket ends at 1007615 */
    assert_int_equal(histogram_percentile(&histogram, 50000), 1003000);
    assert_true(histogram_add(&histogram, 2000000));
    assert_int_equal(histogram_percentile(&histogram, 50000), 1007615);
    histogram_done(&histogram);
}

static void values_beyond_the_last_bucket_count_as_its_end(void **state)
{
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram);
    assert_true(histogram_add(&histogram, UINT64_MAX));
    assert_true(histogram_add(&histogram, 0));
    assert_int_equal(histogram.minimum, 0);
    assert_int_equal(histogram.maximum, UINT32_MAX);
    assert_int_equal(histogram.sum, UINT32_MAX);
    assert_int_equal(histogram_percentile(&histogram, 50000), 0);
    assert_int_equal(histogram_percentile(&histogram, 100000), UINT32_MAX);
    histogram_done(&histogram);
}

static void merged_histograms_equal_one_of_all_values(void **state)
{
    struct histogram part[3], merged, all;

    (void)state;
    histogram_init(&merged);
    histogram_init(&all);
    for (int i = 0; i < 3; i++)
        histogram_init(&part[i]);
    crypto_seed(7);
    for (int i = 0; i < 5000; i++) {
        uint64_t value;

        crypto_random(&value, sizeof value);
        value >>= 32 + value % 28;
        assert_true(histogram_add(&part[i % 3], value));
        assert_true(histogram_add(&all, value));
    }
    crypto_seed(0);
    for (int i = 0; i < 3; i++)
        assert_true(histogram_merge(&merged, &part[i]));
    assert_int_equal(merged.count, all.count);
    assert_int_equal(merged.sum, all.sum);
    assert_int_equal(merged.minimum, all.minimum);
    assert_int_equal(merged.maximum, all.maximum);
    for (uint32_t p = 0; p <= 100000; p += 100)
        assert_int_equal(histogram_percentile(&merged, p), histogram_percentile(&all, p));
    for (int i = 0; i < 3; i++)
        histogram_done(&part[i]);
    histogram_done(&merged);
    histogram_done(&all);
}

static void merging_an_empty_one_changes_nothing(void **state)
{
    struct histogram histogram, empty;

    (void)state;
    histogram_init(&histogram);
    histogram_init(&empty);
    assert_true(histogram_add(&histogram, 5));
    assert_true(histogram_merge(&histogram, &empty));
    assert_int_equal(histogram.count, 1);
    assert_int_equal(histogram.minimum, 5);
    assert_true(histogram_merge(&empty, &histogram));
    assert_int_equal(empty.minimum, 5);
    assert_int_equal(histogram_percentile(&empty, 50000), 5);
    histogram_done(&histogram);
    histogram_done(&empty);
}

static void only_the_runs_in_use_take_memory(void **state)
{
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram);
    for (int i = 0; i < 1000; i++)
        assert_true(histogram_add(&histogram, 1000 + (uint64_t)i % 20));
    assert_int_equal(histogram.runs, 1);
    assert_true(histogram_add(&histogram, 1000000));
    assert_int_equal(histogram.runs, 2);
    histogram_done(&histogram);
}

static void clearing_keeps_memory_and_forgets_values(void **state)
{
    struct histogram histogram;
    long live;

    (void)state;
    histogram_init(&histogram);
    assert_true(histogram_add(&histogram, 1000));
    live = mem_live();
    histogram_clear(&histogram);
    assert_int_equal(mem_live(), live);
    assert_int_equal(histogram.count, 0);
    assert_true(histogram_add(&histogram, 2000));
    assert_int_equal(histogram.minimum, 2000);
    assert_int_equal(histogram_percentile(&histogram, 1), 2000);
    histogram_done(&histogram);
}

static void without_memory_totals_are_still_counted(void **state)
{
    struct histogram histogram, other;
    long live = mem_live();

    (void)state;
    histogram_init(&histogram);
    histogram_init(&other);
    mem_fail_at(1);
    assert_false(histogram_add(&histogram, 70));
    mem_fail_at(0);
    assert_int_equal(histogram.count, 1);
    assert_int_equal(histogram.sum, 70);
    assert_int_equal(histogram.maximum, 70);
    assert_int_equal(histogram_percentile(&histogram, 50000), 70);
    assert_true(histogram_add(&other, 9));
    mem_fail_at(1);
    assert_false(histogram_merge(&histogram, &other));
    mem_fail_at(0);
    assert_int_equal(histogram.count, 2);
    assert_int_equal(histogram.minimum, 9);
    histogram_done(&histogram);
    histogram_done(&other);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram_answers_zero_and_owns_nothing),
        cmocka_unit_test(indexes_follow_the_formula),
        cmocka_unit_test(buckets_touch_without_gaps),
        cmocka_unit_test(the_upper_bound_is_off_by_at_most_1_6_per_cent),
        cmocka_unit_test(percentiles_are_nearest_rank),
        cmocka_unit_test(a_percentile_never_passes_the_maximum),
        cmocka_unit_test(values_beyond_the_last_bucket_count_as_its_end),
        cmocka_unit_test(merged_histograms_equal_one_of_all_values),
        cmocka_unit_test(merging_an_empty_one_changes_nothing),
        cmocka_unit_test(only_the_runs_in_use_take_memory),
        cmocka_unit_test(clearing_keeps_memory_and_forgets_values),
        cmocka_unit_test(without_memory_totals_are_still_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
