#include "endpoint/telemetry/metric_series.h"

#include <string.h>

#include "base/histogram.h"
#include "base/mem.h"

enum { COUNT_BITS = 21, COUNT_LIMIT = (1 << COUNT_BITS) - 1, FIRST_ENTRIES = 4, FIRST_SLOTS = 8 };

_Static_assert(HISTOGRAM_BUCKETS <= 1 << (32 - COUNT_BITS), "a bucket fits beside its count");

static unsigned bucket_of(uint32_t entry)
{
    return entry >> COUNT_BITS;
}

static uint32_t count_of(uint32_t entry)
{
    return entry & COUNT_LIMIT;
}

/* The last entry of the bucket, or the place where it belongs. */
static unsigned find_entry(const struct metric_values *values, unsigned bucket)
{
    unsigned low = 0, high = values->used;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (bucket_of(values->entry[middle]) <= bucket)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && bucket_of(values->entry[low - 1]) == bucket ? low - 1 : low;
}

static bool make_room(struct metric_values *values, size_t *bytes)
{
    unsigned capacity = values->capacity > 0 ? values->capacity * 2u : FIRST_ENTRIES;
    uint32_t *grown;

    if (values->used < values->capacity)
        return true;
    if (capacity > UINT16_MAX)
        return false;
    grown = mem_resize(values->entry, capacity, sizeof *grown);
    if (!grown)
        return false;
    *bytes += (capacity - values->capacity) * sizeof *grown;
    values->entry = grown;
    values->capacity = (uint16_t)capacity;
    return true;
}

static bool add_duration(struct metric_values *values, uint64_t microseconds, size_t *bytes)
{
    uint32_t value = microseconds < UINT32_MAX ? (uint32_t)microseconds : UINT32_MAX;
    unsigned bucket = histogram_index(value);
    unsigned at = find_entry(values, bucket);

    if (values->count == 0 || value < values->minimum)
        values->minimum = value;
    if (value > values->maximum)
        values->maximum = value;
    values->count++;
    values->sum += value;
    if (at < values->used && bucket_of(values->entry[at]) == bucket) {
        if (count_of(values->entry[at]) < COUNT_LIMIT) {
            values->entry[at]++;
            return true;
        }
        at++;
    }
    if (!make_room(values, bytes))
        return false;
    memmove(values->entry + at + 1, values->entry + at,
        (values->used - at) * sizeof *values->entry);
    values->entry[at] = (uint32_t)bucket << COUNT_BITS | 1;
    values->used++;
    return true;
}

static struct metric_slot *slot_at(const struct metric_ring *ring, unsigned index)
{
    return &ring->slot[(ring->first + index) % ring->capacity];
}

static size_t clear_slot(struct metric_slot *slot)
{
    size_t bytes = ((size_t)slot->latency.capacity + slot->integration.capacity) * sizeof(uint32_t);

    mem_free(slot->latency.entry);
    mem_free(slot->integration.entry);
    *slot = (struct metric_slot){0};
    return bytes;
}

static void drop_oldest(struct metric_series *series, struct metric_ring *ring)
{
    series->bytes -= clear_slot(slot_at(ring, 0));
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
}

static bool grow_ring(struct metric_series *series, struct metric_ring *ring)
{
    unsigned capacity = ring->capacity > 0 ? ring->capacity * 2 : FIRST_SLOTS;
    struct metric_slot *grown;

    if (capacity > ring->limit)
        capacity = ring->limit;
    grown = mem_new(capacity, sizeof *grown);
    if (!grown)
        return false;
    for (unsigned i = 0; i < ring->count; i++)
        grown[i] = *slot_at(ring, i);
    mem_free(ring->slot);
    series->bytes += (capacity - ring->capacity) * sizeof *grown;
    ring->slot = grown;
    ring->first = 0;
    ring->capacity = capacity;
    return true;
}

/*
 * The slot that begins at start. A clock that was set back does not reorder the ring: what comes
 * meanwhile counts for the newest slot.
 */
static struct metric_slot *take_slot(struct metric_series *series, struct metric_ring *ring,
    uint64_t start, uint64_t length)
{
    struct metric_slot *slot;

    if (ring->count > 0) {
        slot = slot_at(ring, ring->count - 1);
        if (slot->start >= start)
            return slot;
    }
    while (ring->count > 0 && slot_at(ring, 0)->start + ring->limit * length <= start)
        drop_oldest(series, ring);
    if (ring->count == ring->limit)
        drop_oldest(series, ring);
    if (ring->count == ring->capacity && !grow_ring(series, ring))
        return NULL;
    slot = slot_at(ring, ring->count++);
    *slot = (struct metric_slot){.start = start};
    return slot;
}

static bool add_to_slot(struct metric_series *series, struct metric_slot *slot,
    const struct metric_sample *sample)
{
    bool whole = true;

    if (!slot)
        return false;
    slot->count++;
    for (unsigned i = 0; i < METRIC_SUMS; i++)
        slot->sum[i] += sample->sum[i];
    if (sample->has_latency)
        whole &= add_duration(&slot->latency, sample->latency_us, &series->bytes);
    if (sample->integration_us > 0)
        whole &= add_duration(&slot->integration, sample->integration_us, &series->bytes);
    return whole;
}

void metric_series_init(struct metric_series *series)
{
    *series = (struct metric_series){.second = {.limit = METRIC_SECONDS},
        .minute = {.limit = METRIC_MINUTES}};
}

static void free_ring(struct metric_ring *ring)
{
    for (unsigned i = 0; i < ring->count; i++)
        clear_slot(slot_at(ring, i));
    mem_free(ring->slot);
}

void metric_series_done(struct metric_series *series)
{
    free_ring(&series->second);
    free_ring(&series->minute);
    metric_series_init(series);
}

bool metric_series_add(struct metric_series *series, uint64_t second,
    const struct metric_sample *sample)
{
    bool whole;

    whole = add_to_slot(series, take_slot(series, &series->second, second, 1), sample);
    whole &=
        add_to_slot(series, take_slot(series, &series->minute, second - second % 60, 60), sample);
    if (second > series->newest)
        series->newest = second;
    return whole;
}

static void trim_ring(struct metric_series *series, struct metric_ring *ring)
{
    for (unsigned left = ring->count / 4; left > 0; left--)
        drop_oldest(series, ring);
}

void metric_series_trim(struct metric_series *series)
{
    trim_ring(series, &series->second);
    trim_ring(series, &series->minute);
}

/* The first slot that starts at or after from. */
static unsigned find_slot(const struct metric_ring *ring, uint64_t from)
{
    unsigned low = 0, high = ring->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (slot_at(ring, middle)->start < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_values(const struct metric_values *values, uint64_t *bucket,
    struct metric_total *total)
{
    if (values->count == 0)
        return;
    if (total->durations == 0 || values->minimum < total->minimum)
        total->minimum = values->minimum;
    if (values->maximum > total->maximum)
        total->maximum = values->maximum;
    total->durations += values->count;
    total->duration_sum += values->sum;
    for (unsigned i = 0; bucket && i < values->used; i++)
        bucket[bucket_of(values->entry[i])] += count_of(values->entry[i]);
}

void metric_series_total(const struct metric_series *series, uint64_t from, uint64_t to,
    bool by_minute, enum metric_durations which, uint64_t *bucket, struct metric_total *total)
{
    const struct metric_ring *ring = by_minute ? &series->minute : &series->second;

    *total = (struct metric_total){0};
    if (bucket)
        memset(bucket, 0, HISTOGRAM_BUCKETS * sizeof *bucket);
    for (unsigned i = find_slot(ring, from); i < ring->count; i++) {
        const struct metric_slot *slot = slot_at(ring, i);

        if (slot->start >= to)
            break;
        total->count += slot->count;
        for (unsigned j = 0; j < METRIC_SUMS; j++)
            total->sum[j] += slot->sum[j];
        add_values(which == METRIC_LATENCY ? &slot->latency : &slot->integration, bucket, total);
    }
}

uint64_t metric_series_next(const struct metric_series *series, uint64_t from, uint64_t to,
    bool by_minute)
{
    const struct metric_ring *ring = by_minute ? &series->minute : &series->second;
    unsigned at = find_slot(ring, from);

    if (at == ring->count || slot_at(ring, at)->start >= to)
        return UINT64_MAX;
    return slot_at(ring, at)->start;
}

uint32_t metric_percentile(const uint64_t *bucket, const struct metric_total *total, uint32_t p)
{
    unsigned first = histogram_index(total->minimum), last = histogram_index(total->maximum);
    uint64_t all = 0, seen = 0, rank;

    for (unsigned i = first; i <= last; i++)
        all += bucket[i];
    if (all == 0 || total->durations == 0)
        return 0;
    rank = (all * p + 99999) / 100000;
    if (rank == 0)
        rank = 1;
    for (unsigned i = first; i <= last; i++) {
        seen += bucket[i];
        if (seen >= rank) {
            uint32_t upper = histogram_upper(i);

            return upper < total->maximum ? upper : total->maximum;
        }
    }
    return total->maximum;
}
