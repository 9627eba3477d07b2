#include "base/histogram.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

enum { RUN = 64, STEP_BITS = 6 };

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){0};
}

void histogram_done(struct histogram *histogram)
{
    mem_free(histogram->bucket);
    histogram_init(histogram);
}

void histogram_clear(struct histogram *histogram)
{
    histogram->count = histogram->sum = 0;
    histogram->minimum = histogram->maximum = 0;
    if (histogram->runs)
        memset(histogram->bucket, 0, histogram->runs * RUN * sizeof *histogram->bucket);
}

static uint32_t clamp(uint64_t microseconds)
{
    return microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds;
}

unsigned histogram_index(uint64_t microseconds)
{
    uint32_t value = clamp(microseconds);
    unsigned shift = 0;

    while (value >> shift >= 2 * RUN)
        shift++;
    return RUN * shift + (value >> shift);
}

uint32_t histogram_upper(unsigned index)
{
    unsigned shift;

    if (index >= HISTOGRAM_BUCKETS)
        return UINT32_MAX;
    shift = index < 2 * RUN ? 0 : index / RUN - 1;
    return (uint32_t)((((uint64_t)index - RUN * shift + 1) << shift) - 1);
}

/* The 64 counters of the run, made when they are missing; NULL when out of memory. */
static uint32_t *get_run(struct histogram *histogram, unsigned run)
{
    uint32_t *bucket;

    if (!histogram->slot[run]) {
        size_t used = (size_t)histogram->runs * RUN;

        bucket = mem_resize(histogram->bucket, used + RUN, sizeof *bucket);
        if (!bucket)
            return NULL;
        memset(bucket + used, 0, RUN * sizeof *bucket);
        histogram->bucket = bucket;
        histogram->slot[run] = ++histogram->runs;
    }
    return histogram->bucket + (size_t)(histogram->slot[run] - 1) * RUN;
}

static void add_counter(uint32_t *counter, uint32_t count)
{
    *counter = UINT32_MAX - *counter < count ? UINT32_MAX : *counter + count;
}

static void add_totals(struct histogram *into, uint64_t count, uint64_t sum, uint32_t minimum,
    uint32_t maximum)
{
    if (!into->count || minimum < into->minimum)
        into->minimum = minimum;
    if (!into->count || maximum > into->maximum)
        into->maximum = maximum;
    into->count += count;
    into->sum += sum;
}

bool histogram_add(struct histogram *histogram, uint64_t microseconds)
{
    uint32_t value = clamp(microseconds);
    unsigned index = histogram_index(value);
    uint32_t *run;

    add_totals(histogram, 1, value, value, value);
    run = get_run(histogram, index / RUN);
    if (!run)
        return false;
    add_counter(&run[index % RUN], 1);
    return true;
}

bool histogram_merge(struct histogram *into, const struct histogram *from)
{
    bool complete = true;

    if (!from->count)
        return true;
    add_totals(into, from->count, from->sum, from->minimum, from->maximum);
    for (unsigned run = 0; run < HISTOGRAM_BUCKETS / RUN; run++) {
        const uint32_t *source;
        uint32_t *target;

        if (!from->slot[run])
            continue;
        target = get_run(into, run);
        if (!target) {
            complete = false;
            continue;
        }
        source = from->bucket + (size_t)(from->slot[run] - 1) * RUN;
        for (unsigned i = 0; i < RUN; i++)
            add_counter(&target[i], source[i]);
    }
    return complete;
}

/* ceil(p n), in parts so that it cannot wrap; at least 1. */
static uint64_t nearest_rank(uint64_t count, uint32_t p)
{
    const uint64_t whole = 100000;
    uint64_t rank = count / whole * p + (count % whole * p + whole - 1) / whole;

    return rank ? rank : 1;
}

uint32_t histogram_percentile(const struct histogram *histogram, uint32_t p)
{
    uint64_t rank = nearest_rank(histogram->count, p), seen = 0;

    if (!histogram->count)
        return 0;
    if (!p)
        return histogram->minimum;
    for (unsigned run = 0; run < HISTOGRAM_BUCKETS / RUN; run++) {
        const uint32_t *bucket;

        if (!histogram->slot[run])
            continue;
        bucket = histogram->bucket + (size_t)(histogram->slot[run] - 1) * RUN;
        for (unsigned i = 0; i < RUN; i++) {
            seen += bucket[i];
            if (seen >= rank) {
                uint32_t upper = histogram_upper(run * RUN + i);

                return upper < histogram->maximum ? upper : histogram->maximum;
            }
        }
    }
    return histogram->maximum;
}
