#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* When and how often a call is sent again (language.md 6). Nanoseconds. Thread-safe. */

enum retry_kind {
    RETRY_FAILURE,  /* connection, 5xx: base 50 ms */
    RETRY_THROTTLE, /* base 100 ms */
    RETRY_CONTROL   /* control plane: base 1 s */
};

enum { RETRY_ATTEMPTS = 8 };

/*
 * Full jitter: a random time up to base * 2^retry, at most 20 s; retry is 0 for the first one.
 * What Retry-After asks for (0: nothing) is never undercut, but cut at 60 s.
 */
uint64_t retry_delay(enum retry_kind kind, unsigned retry, uint64_t retry_after);

/*
 * Waits, looking at cancel (or NULL) each 50 ms; false when cancelled. With a fixed clock it
 * moves the clock instead, so tests wait for nothing.
 */
bool retry_wait(uint64_t nanoseconds, const atomic_bool *cancel);

/*
 * The retry quota of AWS standard mode: 500 tokens, shared by all calls of a connection; a retry
 * costs 5, after a time-out 10. A call that ends well gives back what its last retry cost, one
 * that needed none gives 1 ("Retry behavior", AWS SDKs and Tools Reference Guide).
 */
enum { RETRY_TOKENS = 500, RETRY_COST = 5, RETRY_COST_TIMEOUT = 10, RETRY_REWARD = 1 };

struct retry_budget {
    atomic_int tokens;
};

void retry_budget_init(struct retry_budget *budget);
/* False, and nothing taken, when there is not enough. */
bool retry_budget_take(struct retry_budget *budget, int tokens);
void retry_budget_give(struct retry_budget *budget, int tokens);

#endif
