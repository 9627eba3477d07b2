#include "console/statements/rate.h"

#include "base/clock.h"

void rate_init(struct rate *rate, uint64_t rate_milli)
{
    *rate = (struct rate){.rate_milli = rate_milli,
        .balance_milli = (int64_t)rate_milli,
        .last = clock_monotonic()};
    pthread_mutex_init(&rate->lock, NULL);
}

void rate_done(struct rate *rate)
{
    pthread_mutex_destroy(&rate->lock);
}

/* How long to wait before the next call; 0: now. Caller holds the lock. */
static uint64_t due(struct rate *rate)
{
    uint64_t now = clock_monotonic(), passed = now - rate->last;

    if (passed > CLOCK_SECOND * 3600)
        passed = CLOCK_SECOND * 3600;
    rate->balance_milli += (int64_t)(passed / 1000 * rate->rate_milli / (CLOCK_SECOND / 1000));
    rate->last = now;
    if (rate->balance_milli > (int64_t)rate->rate_milli)
        rate->balance_milli = (int64_t)rate->rate_milli;
    if (rate->balance_milli > 0)
        return 0;
    return (uint64_t)(1 - rate->balance_milli) * (CLOCK_SECOND / 1000) / rate->rate_milli * 1000 +
           CLOCK_MS;
}

enum error_code rate_wait(struct rate *rate, struct job *job, struct error *err)
{
    while (rate->rate_milli > 0) {
        uint64_t wait;
        enum error_code code;

        pthread_mutex_lock(&rate->lock);
        wait = due(rate);
        pthread_mutex_unlock(&rate->lock);
        if (wait == 0)
            break;
        code = job_wait(job, wait, err);
        if (code)
            return code;
    }
    return job_check(job, err);
}

void rate_book(struct rate *rate, uint64_t used_milli)
{
    pthread_mutex_lock(&rate->lock);
    rate->balance_milli -= (int64_t)used_milli;
    pthread_mutex_unlock(&rate->lock);
}
