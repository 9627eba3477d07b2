#include "client/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "client/adaptive.h"
#include "client/pace.h"
#include "client/service_errors.h"

#define NOON (UINT64_C(1795262400) * CLOCK_SECOND)

static uint64_t largest(enum retry_kind kind, unsigned retry)
{
    uint64_t most = 0;

    for (int i = 0; i < 2000; i++) {
        uint64_t delay = retry_delay(kind, retry, 0);

        most = delay > most ? delay : most;
    }
    return most;
}

static void assert_near(uint64_t most, uint64_t ceiling)
{
    assert_true(most <= ceiling);
    assert_true(most > ceiling / 100 * 95);
}

static void delays_are_random_below_a_doubling_ceiling(void **state)
{
    uint64_t sum = 0;

    crypto_seed(7);
    assert_near(largest(RETRY_FAILURE, 0), 50 * CLOCK_MS);
    assert_near(largest(RETRY_FAILURE, 1), 100 * CLOCK_MS);
    assert_near(largest(RETRY_THROTTLE, 0), 100 * CLOCK_MS);
    assert_near(largest(RETRY_THROTTLE, 3), 800 * CLOCK_MS);
    assert_near(largest(RETRY_CONTROL, 2), 4 * CLOCK_SECOND);
    assert_near(largest(RETRY_CONTROL, 5), 20 * CLOCK_SECOND);
    assert_near(largest(RETRY_FAILURE, 4000000000u), 20 * CLOCK_SECOND);
    for (int i = 0; i < 2000; i++)
        sum += retry_delay(RETRY_CONTROL, 0, 0) / CLOCK_MS;
    assert_in_range(sum / 2000, 470, 530);
    crypto_seed(0);
    (void)state;
}

static void retry_after_is_never_undercut(void **state)
{
    for (int i = 0; i < 200; i++) {
        assert_true(retry_delay(RETRY_FAILURE, 0, 3 * CLOCK_SECOND) == 3 * CLOCK_SECOND);
        assert_true(retry_delay(RETRY_FAILURE, 0, 3600 * CLOCK_SECOND) == 60 * CLOCK_SECOND);
    }
    (void)state;
}

static void a_budget_ends_and_fills_again(void **state)
{
    struct retry_budget budget;

    retry_budget_init(&budget);
    for (int i = 0; i < RETRY_TOKENS / RETRY_COST; i++)
        assert_true(retry_budget_take(&budget, RETRY_COST));
    assert_false(retry_budget_take(&budget, RETRY_COST));
    retry_budget_give(&budget, 4);
    assert_false(retry_budget_take(&budget, RETRY_COST));
    retry_budget_give(&budget, RETRY_REWARD);
    assert_true(retry_budget_take(&budget, RETRY_COST));
    retry_budget_give(&budget, 2 * RETRY_TOKENS);
    for (int i = 0; i < RETRY_TOKENS / RETRY_COST_TIMEOUT; i++)
        assert_true(retry_budget_take(&budget, RETRY_COST_TIMEOUT));
    assert_false(retry_budget_take(&budget, 1));
    (void)state;
}

static void waiting_ends_at_once_when_cancelled(void **state)
{
    atomic_bool cancel = true;
    uint64_t start = clock_monotonic();

    assert_false(retry_wait(10 * CLOCK_SECOND, &cancel));
    assert_true(clock_monotonic() - start < CLOCK_SECOND);
    atomic_store(&cancel, false);
    start = clock_monotonic();
    assert_true(retry_wait(60 * CLOCK_MS, &cancel));
    assert_true(clock_monotonic() - start >= 60 * CLOCK_MS);
    assert_true(retry_wait(0, NULL));
    (void)state;
}

static void with_a_fixed_clock_waiting_moves_it(void **state)
{
    clock_fix(NOON);
    assert_true(retry_wait(90 * CLOCK_SECOND, NULL));
    assert_true(clock_wall() == NOON + 90 * CLOCK_SECOND);
    (void)state;
}

static void the_control_plane_is_paced(void **state)
{
    struct error err = {0};
    struct pace *pace = pace_new(&err);
    uint64_t now = 1000 * CLOCK_SECOND;

    for (int i = 0; i < 30; i++)
        assert_int_equal(pace_book(pace, "GetRestApis", false, now), 0);
    assert_true(pace_book(pace, "GetRestApis", false, now) == CLOCK_SECOND / 8);
    assert_true(pace_book(pace, "GetRestApis", false, now) == CLOCK_SECOND / 4);
    now += 60 * CLOCK_SECOND;
    for (int i = 0; i < 20; i++)
        assert_int_equal(pace_book(pace, "GetRestApis", true, now), 0);
    assert_true(pace_book(pace, "GetRestApis", true, now) > 0);
    assert_int_equal(pace_book(pace, "GetRestApi", false, now), 0);
    pace_free(pace);
    pace_free(NULL);
    (void)state;
}

static void rare_operations_have_buckets_of_their_own(void **state)
{
    struct error err = {0};
    struct pace *pace = pace_new(&err);
    uint64_t now = 1000 * CLOCK_SECOND;

    assert_int_equal(pace_book(pace, "CreateDeployment", false, now), 0);
    assert_true(pace_book(pace, "CreateDeployment", false, now) == 5 * CLOCK_SECOND);
    assert_int_equal(pace_book(pace, "DeleteRestApi", false, now), 0);
    assert_true(pace_book(pace, "DeleteRestApi", false, now + CLOCK_SECOND) == 29 * CLOCK_SECOND);
    for (int i = 0; i < 5; i++)
        assert_int_equal(pace_book(pace, "GetResources", false, now), 0);
    assert_true(pace_book(pace, "GetResources", false, now) == 2 * CLOCK_SECOND / 5);
    assert_true(pace_interval("CreateDeployment") == 5 * CLOCK_SECOND);
    assert_true(pace_interval("UpdateUsagePlan") == 20 * CLOCK_SECOND);
    assert_true(pace_interval("GetStage") == CLOCK_SECOND / 8);
    pace_free(pace);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void adaptive_mode_slows_down_after_a_throttle_and_recovers(void **state)
{
    struct adaptive adaptive;
    uint64_t now = 1000 * CLOCK_SECOND, wait = 0, end;
    unsigned sent = 0;

    adaptive_init(&adaptive);
    /* 100 calls a second without a throttle: nothing waits. */
    for (int i = 0; i < 200; i++, now += CLOCK_SECOND / 100) {
        assert_int_equal(adaptive_book(&adaptive, now), 0);
        adaptive_note(&adaptive, false, now);
    }
    adaptive_note(&adaptive, true, now);
    /* About 70 a second are let through in the first second. */
    end = now + CLOCK_SECOND;
    while (now < end) {
        wait = adaptive_book(&adaptive, now);
        now += wait > 0 ? wait : CLOCK_MS;
        sent++;
    }
    assert_in_range(sent, 60, 85);
    /* Without another throttle the rate grows beyond the old one. */
    for (int i = 0; i < 4000; i++) {
        wait = adaptive_book(&adaptive, now);
        now += wait > CLOCK_MS ? wait : CLOCK_MS;
        adaptive_note(&adaptive, false, now);
    }
    assert_true(wait < CLOCK_SECOND / 100);
    /* Throttles without end: at least one call each two seconds. */
    for (int i = 0; i < 100; i++)
        adaptive_note(&adaptive, true, now);
    now += 60 * CLOCK_SECOND;
    for (int i = 0; i < 3; i++)
        wait = adaptive_book(&adaptive, now);
    assert_in_range(wait, 1, 4 * CLOCK_SECOND);
    adaptive_done(&adaptive);
    (void)state;
}

static void service_codes_map_to_exit_classes(void **state)
{
    static const struct {
        const char *code;
        int status;
        enum error_code error;
    } case_table[] = {
        {"ConditionalCheckFailedException", 400, ERROR_CONDITION},
        {"TransactionCanceledException", 400, ERROR_CONDITION},
        {"DuplicateItemException", 400, ERROR_CONDITION},
        {"ResourceNotFoundException", 400, ERROR_NOT_FOUND},
        {"TableNotFoundException", 400, ERROR_NOT_FOUND},
        {"IndexNotFoundException", 400, ERROR_NOT_FOUND},
        {"NotFoundException", 404, ERROR_NOT_FOUND},
        {"GoneException", 410, ERROR_NOT_FOUND},
        {"ResourceInUseException", 400, ERROR_NOT_FOUND},
        {"ProvisionedThroughputExceededException", 400, ERROR_THROTTLED},
        {"ThrottlingException", 400, ERROR_THROTTLED},
        {"RequestLimitExceeded", 400, ERROR_THROTTLED},
        {"TooManyRequestsException", 429, ERROR_THROTTLED},
        {"LimitExceededException", 400, ERROR_THROTTLED},
        {"AccessDeniedException", 400, ERROR_ACCESS},
        {"UnrecognizedClientException", 400, ERROR_ACCESS},
        {"ExpiredTokenException", 400, ERROR_ACCESS},
        {"InvalidSignatureException", 400, ERROR_ACCESS},
        {"InternalServerError", 500, ERROR_NETWORK},
        {"ServiceUnavailableException", 503, ERROR_NETWORK},
        {"ValidationException", 400, ERROR_INVALID},
        {"BadRequestException", 400, ERROR_INVALID},
        {"ConflictException", 409, ERROR_INVALID},
        {"UnknownOperationException", 400, ERROR_INVALID},
        {"", 400, ERROR_INVALID},
        {"", 403, ERROR_ACCESS},
        {"", 404, ERROR_NOT_FOUND},
        {"", 429, ERROR_THROTTLED},
        {"", 502, ERROR_NETWORK},
        {"SomethingNew", 503, ERROR_NETWORK},
    };
    const struct service_error *table;
    size_t count;

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++)
        if (service_error_find(text_of(case_table[i].code), case_table[i].status)->error !=
            case_table[i].error)
            fail_msg("%s %d", case_table[i].code, case_table[i].status);
    table = service_error_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(service_error_find(text_of(table[i].code), 400), &table[i]);
        if (i > 0)
            assert_true(strcmp(table[i - 1].code, table[i].code) < 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(delays_are_random_below_a_doubling_ceiling),
        cmocka_unit_test(retry_after_is_never_undercut),
        cmocka_unit_test(a_budget_ends_and_fills_again),
        cmocka_unit_test(waiting_ends_at_once_when_cancelled),
        cmocka_unit_test(the_control_plane_is_paced),
        cmocka_unit_test(rare_operations_have_buckets_of_their_own),
        cmocka_unit_test(adaptive_mode_slows_down_after_a_throttle_and_recovers),
        cmocka_unit_test(service_codes_map_to_exit_classes),
        cmocka_unit_test(with_a_fixed_clock_waiting_moves_it),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
