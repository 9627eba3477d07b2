#ifndef ENDPOINT_TABLES_FAULT_RULES_H
#define ENDPOINT_TABLES_FAULT_RULES_H

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Faults on demand, for tests and demonstrations (tables.md 21): which requests are answered as if
 * the service were busy. A request that is in order meets the first rule that fits it and hits.
 * Loop thread.
 */
struct fault_rules;

enum { FAULT_RULES_LIMIT = 100, FAULT_DELAY_LIMIT_MS = 60000 };

enum fault_answer {
    FAULT_ANSWER_NONE,
    FAULT_ANSWER_THROTTLE,
    FAULT_ANSWER_CONFLICT,    /* transactions and writes of one item */
    FAULT_ANSWER_UNPROCESSED, /* batches: the later half of the entries is left */
    FAULT_ANSWER_DELAY,
    FAULT_ANSWER_DROP, /* the connection is closed before anything is done */
    FAULT_ANSWER_LOST  /* it is done, and then the connection is closed */
};

struct fault_hit {
    enum fault_answer answer;
    struct text table; /* of the rule; empty = any */
    uint32_t delay_ms; /* first */
};

struct fault_rules *fault_rules_new(struct error *err) MUST_CHECK;
void fault_rules_free(struct fault_rules *rules);

/*
 * Replaces all rules by the JSON list [{"operation", "table", "rate", "count", "answer",
 * "delay_ms"}, ..], or by {"seed": n, "rules": list}; after a failure the old ones stay. The same
 * seed (1 unless given) gives the same hits for the same requests.
 */
enum error_code fault_rules_set(struct fault_rules *rules, struct text json,
    struct error *err) MUST_CHECK;
void fault_rules_clear(struct fault_rules *rules);
/* The list, each with its "hits". */
void fault_rules_write(const struct fault_rules *rules, struct json_writer *writer);

/* The rule that the prepared request meets; false when there is none. */
bool fault_rules_meet(struct fault_rules *rules, const struct request *request,
    struct fault_hit *hit);
/* Throttles, cancels or cuts down the request as the hit says; what tables.c does is left to it. */
void fault_rules_apply(struct request *request, const struct fault_hit *hit);

#endif
