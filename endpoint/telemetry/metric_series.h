#ifndef ENDPOINT_TELEMETRY_METRIC_SERIES_H
#define ENDPOINT_TELEMETRY_METRIC_SERIES_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What was measured for one set of dimensions: slots of 1 s for 15 min and of 1 min for 24 h.
 * A slot exists only when something happened in it. Durations are kept as counts per bucket of
 * base/histogram (error at most 1.6 %), packed and sorted, so a quiet slot costs a few bytes and
 * any number of slots add up exactly. Loop thread only.
 */
enum { METRIC_SECONDS = 900, METRIC_MINUTES = 1440, METRIC_SUMS = 6 };

/* Places of metric_slot.sum. */
enum {
    METRIC_2XX,
    METRIC_3XX,
    METRIC_4XX, /* of tables: requests that failed */
    METRIC_5XX,
    METRIC_BYTES, /* of tables: thousandths of read units */
    METRIC_WRITES /* of tables: thousandths of write units */
};

/* Durations in microseconds. */
struct metric_values {
    uint64_t sum;
    uint32_t count, minimum, maximum;
    uint16_t used, capacity;
    uint32_t
        *entry; /* bucket << 21 | count, by bucket; a bucket that is full goes on in the next */
};

struct metric_slot {
    uint64_t start; /* seconds since 1970 */
    uint64_t count; /* requests */
    uint64_t sum[METRIC_SUMS];
    struct metric_values latency, integration;
};

/* The newest slots, at most limit of them, in order of time. */
struct metric_ring {
    struct metric_slot *slot;
    unsigned first, count, capacity, limit;
};

struct metric_series {
    struct metric_ring second, minute;
    uint64_t newest; /* seconds since 1970 */
    size_t bytes;    /* of its slots and entries */
};

void metric_series_init(struct metric_series *series);
void metric_series_done(struct metric_series *series);

struct metric_sample {
    uint64_t latency_us;
    bool has_latency;
    uint64_t integration_us; /* 0 = none */
    uint64_t sum[METRIC_SUMS];
};

/* False when out of memory: the sample is then missing or without its durations. */
bool metric_series_add(struct metric_series *series, uint64_t second,
    const struct metric_sample *sample);

/* Drops the oldest quarter of the slots of each ring: when all series together are too large. */
void metric_series_trim(struct metric_series *series);

/*
 * All of [from, to) added up, seconds since 1970, from the slots of a minute or of a second.
 * bucket: room for HISTOGRAM_BUCKETS counts of the durations asked for, or NULL.
 */
enum metric_durations { METRIC_LATENCY, METRIC_INTEGRATION };
struct metric_total {
    uint64_t count; /* requests */
    uint64_t sum[METRIC_SUMS];
    uint64_t durations, duration_sum; /* microseconds */
    uint32_t minimum, maximum;
};
void metric_series_total(const struct metric_series *series, uint64_t from, uint64_t to,
    bool by_minute, enum metric_durations which, uint64_t *bucket, struct metric_total *total);

/* The first slot at or after from that lies before to; UINT64_MAX when there is none. */
uint64_t metric_series_next(const struct metric_series *series, uint64_t from, uint64_t to,
    bool by_minute);

/* Nearest rank over the buckets, p in thousandths of a per cent; 0 when empty. */
uint32_t metric_percentile(const uint64_t *bucket, const struct metric_total *total, uint32_t p);

#endif
