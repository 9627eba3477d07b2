#ifndef CONSOLE_METRIC_QUERY_H
#define CONSOLE_METRIC_QUERY_H

#include "base/error.h"
#include "base/text.h"
#include "console/job.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Request metrics of an API's routes through CloudWatch's GetMetricData: what to ask, at most 500
 * queries a call, and what came back, by line and slot. The embedded endpoint answers the same
 * calls at 1 s; Amazon's periods are multiples of 60 s.
 */
enum metric_kind {
    METRIC_COUNT,
    METRIC_2XX,
    METRIC_3XX,
    METRIC_4XX,
    METRIC_5XX,
    METRIC_P50,
    METRIC_P90,
    METRIC_P95,
    METRIC_P99,
    METRIC_P999,
    METRIC_MAX,
    METRIC_INTEGRATION_P50,
    METRIC_INTEGRATION_P99,
    METRIC_KINDS
};

/* A route, or the whole stage ("all"), or the whole API. */
struct metric_line {
    const char *name;       /* "GET /pets/{id}", "all" */
    const char *dimensions; /* JSON array of {"Name","Value"} */
};

struct metric_request {
    bool is_rest, is_local; /* names differ; 2xx and 3xx exist in the embedded endpoint only */
    const struct metric_line *line;
    size_t line_count;
    uint64_t start, end; /* wall; whole seconds */
    uint64_t period;     /* ns */
};

/* One datapoint. Latencies are milliseconds as delivered. */
struct metric_point {
    size_t line;
    enum metric_kind kind;
    uint64_t at; /* wall, start of its period */
    double value;
};

/* The request bodies, for EXPLAIN and for the calls; NULL-terminated array in arena. */
const char **metric_bodies(struct arena *arena, const struct metric_request *request,
    struct error *err);

/* Calls each(user, point) for every datapoint, in no order. */
enum error_code metric_read(struct job *job, struct link *link,
    const struct metric_request *request,
    void (*each)(void *user, const struct metric_point *point), void *user,
    struct error *err) MUST_CHECK;

#endif
