#ifndef CLIENT_PACE_H
#define CLIENT_PACE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps calls of the gateway control plane below the quotas of the service (gateway.md 20,
 * "Amazon API Gateway quotas"): 8 a second with a burst of 30 in all, and some operations much
 * more rarely. One per account and region; both versions of the API share it. Thread-safe.
 */
struct pace;

struct pace *pace_new(struct error *err) MUST_CHECK;
void pace_free(struct pace *pace);

/*
 * Books one call at now (monotonic) and says how long it has to wait before it may be sent.
 * Calls of low priority (panels that refresh) leave a third of the burst to the others.
 */
uint64_t pace_book(struct pace *pace, const char *operation, bool low_priority, uint64_t now);

/* What a call of this operation costs when many are made: nanoseconds between two of them. */
uint64_t pace_interval(const char *operation);

#endif
