#ifndef ENDPOINT_TELEMETRY_METRICS_H
#define ENDPOINT_TELEMETRY_METRICS_H

#include "base/text.h"
#include "endpoint/telemetry/metric_series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The metrics by name (gateway.md 18.1). Beyond those of the service both kinds of APIs have 2xx,
 * 3xx, 4xx and 5xx: Sum is the number of answers of that class. ListMetrics does not name them.
 */
enum metric_source {
    METRIC_FROM_COUNT,   /* 1 per request */
    METRIC_FROM_CLASS,   /* 0 or 1 per request: sum[place] of count */
    METRIC_FROM_AMOUNT,  /* sum[place] / divisor; only Sum, Average and SampleCount exist */
    METRIC_FROM_DURATION /* milliseconds */
};

struct metric {
    const char *namespace;
    const char *name;
    char family; /* 'R' by ApiName, 'H' by ApiId, 'T' by TableName */
    enum metric_source source;
    unsigned place; /* METRIC_2XX ..., or enum metric_durations */
    unsigned divisor;
    bool is_listed;
    const char *unit;
};

extern const struct metric metric_table[];
extern const size_t metric_count;

const struct metric *metric_find(char family, struct text namespace, struct text name);

enum metric_kind {
    METRIC_SUM,
    METRIC_AVERAGE,
    METRIC_MINIMUM,
    METRIC_MAXIMUM,
    METRIC_SAMPLES,
    METRIC_PERCENTILE
};
struct metric_statistic {
    enum metric_kind kind;
    uint32_t p; /* thousandths of a per cent */
};

/* Sum, Average, Minimum, Maximum, SampleCount, p0 to p100 with at most three decimals. */
bool metric_parse_statistic(struct text text, struct metric_statistic *out);

/*
 * One value over [from, to); false when there is none: CloudWatch has no datapoint where nothing
 * happened. scratch: HISTOGRAM_BUCKETS counts.
 */
bool metric_evaluate(const struct metric *metric, const struct metric_statistic *statistic,
    const struct metric_series *series, uint64_t from, uint64_t to, bool by_minute,
    uint64_t *scratch, double *out);

#endif
