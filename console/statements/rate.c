#include "console/statements/rate.h"

#include "base/clock.h"
#include "client/retry.h"

enum { LOOK_MS = 200 /* a rate that is changed meanwhile is seen within this time */ };

void rate_init(struct rate *rate, enum job_rate kind, uint64_t rate_milli)
{
    *rate = (struct rate){.kind = kind,
        .rate_milli = rate_milli,
        .balance_milli = (int64_t)rate_milli,
        .last = clock_monotonic()};
    pthread_mutex_init(&rate->lock, NULL);
}

void rate_done(struct rate *rate)
{
    pthread_mutex_destroy(&rate->lock);
}

/* What SET JOB says takes the place of what the statement said. Caller holds the lock. */
static void take_change(struct rate *rate, const struct job *job)
{
    uint64_t wanted = atomic_load(&job->rate_milli[rate->kind]);

    if (wanted == 0 || wanted == rate->rate_milli)
        return;
    if (rate->rate_milli == 0) /* nothing was counted so far */
        rate->last = clock_monotonic();
    if (rate->rate_milli == 0 || rate->balance_milli > (int64_t)wanted)
        rate->balance_milli = (int64_t)wanted;
    rate->rate_milli = wanted;
}

/* How long to wait before the next call; 0: now. Caller holds the lock. */
static uint64_t due(struct rate *rate)
{
    uint64_t now = clock_monotonic(), passed = now - rate->last;

    if (rate->rate_milli == 0)
        return 0;
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

static enum error_code check_cap(struct rate *rate, const struct job *job, struct error *err)
{
    long cap = rate->kind == JOB_WRITES ? job->settings.max_wcu : 0;
    uint64_t used;

    if (cap == 0)
        return ERROR_NONE;
    pthread_mutex_lock(&rate->lock);
    used = rate->used_milli;
    pthread_mutex_unlock(&rate->lock);
    if (used <= (uint64_t)cap * 1000)
        return ERROR_NONE;
    return error_set(err, ERROR_REFUSED, "stopped: more than %ld WCU were written (--max-wcu)",
        cap);
}

enum error_code rate_wait(struct rate *rate, struct job *job, struct error *err)
{
    if (check_cap(rate, job, err))
        return err->code;
    for (;;) {
        uint64_t wait;
        enum error_code code;

        pthread_mutex_lock(&rate->lock);
        take_change(rate, job);
        wait = due(rate);
        pthread_mutex_unlock(&rate->lock);
        if (wait == 0)
            break;
        code = job_wait(job, wait < LOOK_MS * CLOCK_MS ? wait : LOOK_MS * CLOCK_MS, err);
        if (code)
            return code;
    }
    return job_check(job, err);
}

void rate_book(struct rate *rate, uint64_t used_milli)
{
    pthread_mutex_lock(&rate->lock);
    rate->balance_milli -= (int64_t)used_milli;
    rate->used_milli += used_milli;
    pthread_mutex_unlock(&rate->lock);
}

enum error_code rate_back_off(struct job *job, unsigned idle, struct error *err)
{
    return job_wait(job, retry_delay(RETRY_THROTTLE, idle > 0 ? idle - 1 : 0, 0), err);
}
