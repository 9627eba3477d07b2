#include "endpoint/telemetry/metrics.h"

#define GATEWAY "AWS/ApiGateway"
#define TABLES "AWS/DynamoDB"

const struct metric metric_table[] = {
    {GATEWAY, "Count", 'R', METRIC_FROM_COUNT, 0, 1, true, "Count"},
    {GATEWAY, "4XXError", 'R', METRIC_FROM_CLASS, METRIC_4XX, 1, true, "Count"},
    {GATEWAY, "5XXError", 'R', METRIC_FROM_CLASS, METRIC_5XX, 1, true, "Count"},
    {GATEWAY, "Latency", 'R', METRIC_FROM_DURATION, METRIC_LATENCY, 1, true, "Milliseconds"},
    {GATEWAY, "IntegrationLatency", 'R', METRIC_FROM_DURATION, METRIC_INTEGRATION, 1, true,
        "Milliseconds"},
    {GATEWAY, "2xx", 'R', METRIC_FROM_CLASS, METRIC_2XX, 1, false, "Count"},
    {GATEWAY, "3xx", 'R', METRIC_FROM_CLASS, METRIC_3XX, 1, false, "Count"},
    {GATEWAY, "4xx", 'R', METRIC_FROM_CLASS, METRIC_4XX, 1, false, "Count"},
    {GATEWAY, "5xx", 'R', METRIC_FROM_CLASS, METRIC_5XX, 1, false, "Count"},
    {GATEWAY, "Count", 'H', METRIC_FROM_COUNT, 0, 1, true, "Count"},
    {GATEWAY, "4xx", 'H', METRIC_FROM_CLASS, METRIC_4XX, 1, true, "Count"},
    {GATEWAY, "5xx", 'H', METRIC_FROM_CLASS, METRIC_5XX, 1, true, "Count"},
    {GATEWAY, "Latency", 'H', METRIC_FROM_DURATION, METRIC_LATENCY, 1, true, "Milliseconds"},
    {GATEWAY, "IntegrationLatency", 'H', METRIC_FROM_DURATION, METRIC_INTEGRATION, 1, true,
        "Milliseconds"},
    {GATEWAY, "DataProcessed", 'H', METRIC_FROM_AMOUNT, METRIC_BYTES, 1, true, "Bytes"},
    {GATEWAY, "2xx", 'H', METRIC_FROM_CLASS, METRIC_2XX, 1, false, "Count"},
    {GATEWAY, "3xx", 'H', METRIC_FROM_CLASS, METRIC_3XX, 1, false, "Count"},
    {TABLES, "ConsumedReadCapacityUnits", 'T', METRIC_FROM_AMOUNT, METRIC_BYTES, 1000, true,
        "Count"},
    {TABLES, "ConsumedWriteCapacityUnits", 'T', METRIC_FROM_AMOUNT, METRIC_WRITES, 1000, true,
        "Count"},
    {TABLES, "SuccessfulRequestLatency", 'T', METRIC_FROM_DURATION, METRIC_LATENCY, 1, true,
        "Milliseconds"},
    {TABLES, "UserErrors", 'T', METRIC_FROM_CLASS, METRIC_4XX, 1, true, "Count"},
};
const size_t metric_count = sizeof metric_table / sizeof *metric_table;

const struct metric *metric_find(char family, struct text namespace, struct text name)
{
    for (size_t i = 0; i < metric_count; i++) {
        const struct metric *metric = &metric_table[i];

        if (metric->family == family && text_is(name, metric->name) &&
            text_is(namespace, metric->namespace))
            return metric;
    }
    return NULL;
}

/* "99.9" as 99900. */
static bool parse_percent(struct text text, uint32_t *out)
{
    struct text whole = text, fraction = TEXT("");
    int64_t value, thousandths = 0;

    if (text_take_until(&text, '.', &whole)) {
        fraction = text;
        if (fraction.length == 0 || fraction.length > 3 ||
            !text_to_integer(fraction, 0, 999, &thousandths))
            return false;
    }
    if (!text_to_integer(whole, 0, 100, &value))
        return false;
    for (size_t i = fraction.length; fraction.length > 0 && i < 3; i++)
        thousandths *= 10;
    value = value * 1000 + thousandths;
    *out = (uint32_t)value;
    return value <= 100000;
}

bool metric_parse_statistic(struct text text, struct metric_statistic *out)
{
    static const struct {
        const char *name;
        enum metric_kind kind;
    } name_table[] = {{"Sum", METRIC_SUM}, {"Average", METRIC_AVERAGE}, {"Minimum", METRIC_MINIMUM},
        {"Maximum", METRIC_MAXIMUM}, {"SampleCount", METRIC_SAMPLES}};

    *out = (struct metric_statistic){0};
    for (size_t i = 0; i < sizeof name_table / sizeof *name_table; i++) {
        if (text_is(text, name_table[i].name)) {
            out->kind = name_table[i].kind;
            return true;
        }
    }
    out->kind = METRIC_PERCENTILE;
    return text.length > 1 && text.data[0] == 'p' &&
           parse_percent(text_slice(text, 1, text.length), &out->p);
}

/* The p-th of count values that are 0, but for ones of them. */
static double percentile_of_flags(uint64_t ones, uint64_t count, uint32_t p)
{
    uint64_t rank = (count * p + 99999) / 100000;

    return rank > count - ones ? 1 : 0;
}

static bool evaluate_flags(const struct metric_statistic *statistic, uint64_t ones, uint64_t count,
    double *out)
{
    switch (statistic->kind) {
    case METRIC_SUM:
        *out = (double)ones;
        break;
    case METRIC_AVERAGE:
        *out = (double)ones / (double)count;
        break;
    case METRIC_MINIMUM:
        *out = ones == count;
        break;
    case METRIC_MAXIMUM:
        *out = ones > 0;
        break;
    case METRIC_SAMPLES:
        *out = (double)count;
        break;
    case METRIC_PERCENTILE:
        *out = percentile_of_flags(ones, count, statistic->p);
        break;
    }
    return count > 0;
}

static bool evaluate_amount(const struct metric_statistic *statistic, double amount, uint64_t count,
    double *out)
{
    switch (statistic->kind) {
    case METRIC_SUM:
        *out = amount;
        return count > 0;
    case METRIC_AVERAGE:
        *out = amount / (double)count;
        return count > 0;
    case METRIC_SAMPLES:
        *out = (double)count;
        return count > 0;
    case METRIC_MINIMUM:
    case METRIC_MAXIMUM:
    case METRIC_PERCENTILE:
        break;
    }
    return false;
}

static bool evaluate_durations(const struct metric_statistic *statistic,
    const struct metric_total *total, const uint64_t *bucket, double *out)
{
    double value = 0;

    switch (statistic->kind) {
    case METRIC_SUM:
        value = (double)total->duration_sum;
        break;
    case METRIC_AVERAGE:
        value = total->durations > 0 ? (double)total->duration_sum / (double)total->durations : 0;
        break;
    case METRIC_MINIMUM:
        value = total->minimum;
        break;
    case METRIC_MAXIMUM:
        value = total->maximum;
        break;
    case METRIC_SAMPLES:
        *out = (double)total->durations;
        return total->durations > 0;
    case METRIC_PERCENTILE:
        value = metric_percentile(bucket, total, statistic->p);
        break;
    }
    *out = value / 1000;
    return total->durations > 0;
}

bool metric_evaluate(const struct metric *metric, const struct metric_statistic *statistic,
    const struct metric_series *series, uint64_t from, uint64_t to, bool by_minute,
    uint64_t *scratch, double *out)
{
    bool is_duration = metric->source == METRIC_FROM_DURATION;
    bool is_percentile = statistic->kind == METRIC_PERCENTILE;
    struct metric_total total;

    metric_series_total(series, from, to, by_minute,
        is_duration && metric->place == METRIC_INTEGRATION ? METRIC_INTEGRATION : METRIC_LATENCY,
        is_duration && is_percentile ? scratch : NULL, &total);
    if (total.count == 0)
        return false;
    switch (metric->source) {
    case METRIC_FROM_COUNT:
        return evaluate_flags(statistic, total.count, total.count, out);
    case METRIC_FROM_CLASS:
        return evaluate_flags(statistic, total.sum[metric->place], total.count, out);
    case METRIC_FROM_AMOUNT:
        return evaluate_amount(statistic, (double)total.sum[metric->place] / metric->divisor,
            total.count, out);
    case METRIC_FROM_DURATION:
        return evaluate_durations(statistic, &total, scratch, out);
    }
    return false;
}
