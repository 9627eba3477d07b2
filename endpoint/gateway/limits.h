#ifndef ENDPOINT_GATEWAY_LIMITS_H
#define ENDPOINT_GATEWAY_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* gateway.md 15. */
enum {
    LIMITS_BODY = 10 * 1024 * 1024,
    LIMITS_HEAD = 10240 /* header lines of a data-plane request */
};

/*
 * A token bucket in millionths of a token: rate tokens per second, at most burst at once. Starts
 * full. Times are monotonic nanoseconds.
 */
struct limits_bucket {
    bool is_limited; /* false: everything passes */
    uint64_t rate_micro, burst_micro;
    uint64_t tokens_micro, at;
};
/* A negative rate or burst: no limit. */
void limits_bucket_init(struct limits_bucket *bucket, double rate, int64_t burst, uint64_t now);
/* Takes a token; false when there is none. */
bool limits_bucket_take(struct limits_bucket *bucket, uint64_t now);

#endif
