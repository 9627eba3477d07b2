#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Log-linear histogram of microseconds: 64 steps per power of two, so a reported value (the upper
 * bound of its bucket) is off by at most 1.6 %; 1 us to 71 min; minimum and maximum exact.
 * Histograms add up exactly. Sparse: an empty one costs no buckets. One thread at a time.
 */
enum { HISTOGRAM_BUCKETS = 1728 };

struct histogram {
    uint64_t count, sum;                   /* values, microseconds */
    uint32_t minimum, maximum;             /* exact; meaningless while count is 0 */
    uint32_t *bucket;                      /* runs of 64, allocated on demand; owned */
    uint16_t slot[HISTOGRAM_BUCKETS / 64]; /* 1 + index of the run in bucket, 0 = absent */
    uint16_t runs;
};

void histogram_init(struct histogram *histogram);
void histogram_done(struct histogram *histogram);
void histogram_clear(struct histogram *histogram); /* keeps memory */

/* False when out of memory (the value is then counted in count, sum, minimum, maximum only). */
bool histogram_add(struct histogram *histogram, uint64_t microseconds);
bool histogram_merge(struct histogram *into, const struct histogram *from);

/* Nearest rank: p in thousandths of a per cent (50000 = p50, 99900 = p99.9); 0 when empty. */
uint32_t histogram_percentile(const struct histogram *histogram, uint32_t p);

unsigned histogram_index(uint64_t microseconds);
uint32_t histogram_upper(unsigned index); /* inclusive upper bound of the bucket */

#endif
