#ifndef CLIENT_ADAPTIVE_H
#define CLIENT_ADAPTIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The client-side rate limit of AWS_RETRY_MODE=adaptive: after the first throttle, calls are
 * spaced by a rate that falls to 70 % with each throttle and climbs back along a cubic curve
 * ("Retry behavior", AWS SDKs and Tools Reference Guide). Times are monotonic nanoseconds.
 * Thread-safe.
 */
struct adaptive {
    pthread_mutex_t lock;
    bool enabled;                   /* a throttle has been seen */
    double fill_rate, capacity_max; /* tokens a second, tokens */
    double capacity, filled_at;     /* seconds */
    double measured_rate, bucket_at;
    unsigned bucket_count;
    double rate_max, throttled_at; /* at the last throttle */
};

void adaptive_init(struct adaptive *adaptive);
void adaptive_done(struct adaptive *adaptive);

/* Takes one token and says how long to wait before sending; 0 before the first throttle. */
uint64_t adaptive_book(struct adaptive *adaptive, uint64_t now);

/* What came of it. */
void adaptive_note(struct adaptive *adaptive, bool throttled, uint64_t now);

#endif
