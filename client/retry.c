#include "client/retry.h"

#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"

#define DELAY_LIMIT (20 * CLOCK_SECOND)
#define RETRY_AFTER_LIMIT (60 * CLOCK_SECOND)
#define SLICE (50 * CLOCK_MS)

static const uint64_t base_table[] = {
    [RETRY_FAILURE] = 50 * CLOCK_MS,
    [RETRY_THROTTLE] = 100 * CLOCK_MS,
    [RETRY_CONTROL] = CLOCK_SECOND,
};

uint64_t retry_delay(enum retry_kind kind, unsigned retry, uint64_t retry_after)
{
    uint64_t ceiling = base_table[kind], random, delay;

    for (; retry > 0 && ceiling < DELAY_LIMIT; retry--)
        ceiling *= 2;
    if (ceiling > DELAY_LIMIT)
        ceiling = DELAY_LIMIT;
    crypto_random(&random, sizeof random);
    delay = random % (ceiling + 1);
    if (retry_after > RETRY_AFTER_LIMIT)
        retry_after = RETRY_AFTER_LIMIT;
    return delay > retry_after ? delay : retry_after;
}

static bool is_cancelled(const atomic_bool *cancel)
{
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

bool retry_wait(uint64_t nanoseconds, const atomic_bool *cancel)
{
    uint64_t end = clock_monotonic() + nanoseconds, now;

    if (clock_is_fixed()) {
        clock_advance(nanoseconds);
        return !is_cancelled(cancel);
    }
    while (!is_cancelled(cancel)) {
        now = clock_monotonic();
        if (now >= end)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = (long)(end - now < SLICE ? end - now : SLICE)},
            NULL);
    }
    return false;
}

void retry_budget_init(struct retry_budget *budget)
{
    atomic_init(&budget->tokens, RETRY_TOKENS);
}

bool retry_budget_take(struct retry_budget *budget, int tokens)
{
    int left = atomic_load(&budget->tokens);

    while (left >= tokens)
        if (atomic_compare_exchange_weak(&budget->tokens, &left, left - tokens))
            return true;
    return false;
}

void retry_budget_give(struct retry_budget *budget, int tokens)
{
    int left = atomic_load(&budget->tokens), sum;

    do {
        sum = left + tokens < RETRY_TOKENS ? left + tokens : RETRY_TOKENS;
    } while (!atomic_compare_exchange_weak(&budget->tokens, &left, sum));
}
