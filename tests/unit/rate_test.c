#include "console/statements/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

/* --timeout ends what would wait for longer than a test may take. */
static struct job job_with_limit(long timeout_ms)
{
    return (struct job){.settings = {.timeout_ms = timeout_ms}, .started = clock_monotonic()};
}

static void a_second_of_credit_is_not_waited_for(void **state)
{
    struct job job = job_with_limit(5000);
    struct error err = {0};
    struct rate rate;

    (void)state;
    rate_init(&rate, JOB_READS, 1000);
    assert_int_equal(rate_wait(&rate, &job, &err), 0);
    rate_book(&rate, 500);
    assert_int_equal(rate_wait(&rate, &job, &err), 0);
    rate_done(&rate);
}

static void what_was_used_is_waited_for(void **state)
{
    struct job job = job_with_limit(100);
    struct error err = {0};
    struct rate rate;

    (void)state;
    rate_init(&rate, JOB_READS, 1000);
    rate_book(&rate, 100 * 1000);
    assert_int_equal(rate_wait(&rate, &job, &err), ERROR_NETWORK);
    assert_string_equal(err.text, "not done within 100 ms (--timeout)");
    rate_done(&rate);
}

static void a_rate_given_meanwhile_takes_its_place(void **state)
{
    struct job job = job_with_limit(5000);
    struct error err = {0};
    struct rate rate;

    (void)state;
    rate_init(&rate, JOB_READS, 1000);
    rate_book(&rate, 100 * 1000);
    job.rate_milli[JOB_READS] = UINT64_C(1000) * 1000 * 1000;
    assert_int_equal(rate_wait(&rate, &job, &err), 0);
    rate_done(&rate);
}

static void reads_and_writes_have_rates_of_their_own(void **state)
{
    struct job job = job_with_limit(100);
    struct error err = {0};
    struct rate rate;

    (void)state;
    rate_init(&rate, JOB_WRITES, 1000);
    rate_book(&rate, 100 * 1000);
    job.rate_milli[JOB_READS] = UINT64_C(1000) * 1000 * 1000;
    assert_int_equal(rate_wait(&rate, &job, &err), ERROR_NETWORK);
    rate_done(&rate);
}

static void a_statement_without_a_rate_can_be_given_one(void **state)
{
    struct job job = job_with_limit(100);
    struct error err = {0};
    struct rate rate;

    (void)state;
    rate_init(&rate, JOB_READS, 0);
    rate_book(&rate, 100 * 1000);
    assert_int_equal(rate_wait(&rate, &job, &err), 0);
    job.rate_milli[JOB_READS] = 1000;
    assert_int_equal(rate_wait(&rate, &job, &err), 0); /* its first second */
    rate_book(&rate, 100 * 1000);
    assert_int_equal(rate_wait(&rate, &job, &err), ERROR_NETWORK);
    rate_done(&rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_of_credit_is_not_waited_for),
        cmocka_unit_test(what_was_used_is_waited_for),
        cmocka_unit_test(a_rate_given_meanwhile_takes_its_place),
        cmocka_unit_test(reads_and_writes_have_rates_of_their_own),
        cmocka_unit_test(a_statement_without_a_rate_can_be_given_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
