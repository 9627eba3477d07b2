#ifndef ENDPOINT_TELEMETRY_CLOUDWATCH_H
#define ENDPOINT_TELEMETRY_CLOUDWATCH_H

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/telemetry/metrics.h"
#include "endpoint/telemetry/telemetry_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The CloudWatch operations between two protocols: the JSON one and the query one turn their
 * input into a tree and write the same answers. Everything lives in the arena of the request.
 */
enum {
    CLOUDWATCH_QUERIES_LIMIT = 500,       /* per GetMetricData */
    CLOUDWATCH_DATAPOINTS_LIMIT = 100800, /* per answer */
    CLOUDWATCH_STATISTICS_LIMIT = 1440,   /* datapoints of GetMetricStatistics */
    CLOUDWATCH_PAGE = 500,                /* metrics per ListMetrics */
    CLOUDWATCH_STATISTIC_NAMES = 20
};

/* Why a request fails: the code of both protocols, and the sentence. */
enum cloudwatch_code {
    CLOUDWATCH_OK,
    CLOUDWATCH_MISSING_PARAMETER,
    CLOUDWATCH_INVALID_VALUE,
    CLOUDWATCH_INVALID_COMBINATION,
    CLOUDWATCH_VALIDATION,
    CLOUDWATCH_INVALID_TOKEN,
    CLOUDWATCH_UNKNOWN_OPERATION,
    CLOUDWATCH_FAILURE
};
struct cloudwatch_failure {
    enum cloudwatch_code code;
    const char *message; /* NULL reads as "out of memory" */
};

/* The results of one query of GetMetricData. */
struct cloudwatch_result {
    struct text id, label;
    size_t count;
    uint64_t *time; /* seconds since 1970 */
    double *value;
    bool is_partial;
};

struct cloudwatch_metric {
    const struct metric *metric;
    const struct telemetry_series *series;
};

/* One line of GetMetricStatistics: a value per statistic asked for, some absent. */
struct cloudwatch_datapoint {
    uint64_t time;
    double value[CLOUDWATCH_STATISTIC_NAMES];
    bool has[CLOUDWATCH_STATISTIC_NAMES];
};

enum cloudwatch_kind { CLOUDWATCH_DATA, CLOUDWATCH_LIST, CLOUDWATCH_STATISTICS };

struct cloudwatch_answer {
    enum cloudwatch_kind kind;
    size_t count; /* results, metrics or datapoints */
    struct cloudwatch_result *result;
    struct cloudwatch_metric *metric;
    struct cloudwatch_datapoint *datapoint;
    struct text label;
    const char *unit;
    size_t statistic_count;
    struct text statistic[CLOUDWATCH_STATISTIC_NAMES];
    bool is_extended[CLOUDWATCH_STATISTIC_NAMES];
    const char *next_token; /* NULL at the end */
};

/* Runs an operation; false with failure. */
bool cloudwatch_run(const struct telemetry *telemetry, struct text operation,
    const struct json *input, struct arena *arena, struct cloudwatch_answer *answer,
    struct cloudwatch_failure *failure);

/* "InvalidParameterValue" of the query protocol. */
const char *cloudwatch_query_code(enum cloudwatch_code code);
const char *cloudwatch_message(const struct cloudwatch_failure *failure);
int cloudwatch_status(enum cloudwatch_code code);

#endif
