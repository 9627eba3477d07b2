#include "endpoint/gateway/limits.h"

#include "base/clock.h"

enum { MICRO = 1000000 };

void limits_bucket_init(struct limits_bucket *bucket, double rate, int64_t burst, uint64_t now)
{
    *bucket = (struct limits_bucket){.is_limited = rate >= 0 && burst >= 0, .at = now};
    if (!bucket->is_limited)
        return;
    bucket->rate_micro = (uint64_t)((rate > 1e9 ? 1e9 : rate) * MICRO);
    bucket->burst_micro = (uint64_t)(burst > 1000000000 ? 1000000000 : burst) * MICRO;
    bucket->tokens_micro = bucket->burst_micro;
}

/* Whole microtokens are booked; what is left of the time stays for the next call. */
bool limits_bucket_take(struct limits_bucket *bucket, uint64_t now)
{
    uint64_t elapsed, most, gained;

    if (!bucket->is_limited)
        return true;
    elapsed = now > bucket->at ? now - bucket->at : 0;
    most = bucket->rate_micro ? bucket->burst_micro / bucket->rate_micro + 1 : 0;
    if (bucket->rate_micro && elapsed / CLOCK_SECOND > most) {
        bucket->tokens_micro = bucket->burst_micro;
        bucket->at = now;
    } else if (bucket->rate_micro) {
        uint64_t seconds = elapsed / CLOCK_SECOND, rest = elapsed % CLOCK_SECOND;

        /* rate_micro is at most 10^15: the rest is booked in microseconds, which fits. */
        gained = seconds * bucket->rate_micro + rest / 1000 * (bucket->rate_micro / MICRO) +
                 rest / 1000 * (bucket->rate_micro % MICRO) / MICRO;
        bucket->tokens_micro += gained;
        bucket->at += seconds * CLOCK_SECOND + rest / 1000 * 1000;
        if (bucket->tokens_micro > bucket->burst_micro)
            bucket->tokens_micro = bucket->burst_micro;
    }
    if (bucket->tokens_micro < MICRO)
        return false;
    bucket->tokens_micro -= MICRO;
    return true;
}
