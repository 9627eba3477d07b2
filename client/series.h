#ifndef CLIENT_SERIES_H
#define CLIENT_SERIES_H

#include "base/error.h"
#include "base/histogram.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Metric rings for the metrics panel: per route (and "all") slots of count, status classes and
 * percentiles as the source delivered them. Missing slots are gaps, not zeros. A timer job fills,
 * panels copy. Thread-safe.
 */
struct series;

enum { SERIES_SLOTS = 900 };

struct series_slot {
    uint64_t at; /* wall, start of the slot; 0 = gap */
    uint64_t count, s2, s3, s4, s5;
    uint32_t p50, p90, p95, p99, p999, max; /* microseconds; 0 when count is 0 */
    uint32_t integration_p50, integration_p99;
};
struct series_line {
    char name[128];           /* "GET /pets/{id}", "all", table name */
    struct series_slot total; /* over the window last delivered; percentiles merged by source */
};

struct series *series_new(uint64_t slot_length, struct error *err) MUST_CHECK; /* ns: 1 s or 60 s */
void series_free(struct series *series);
uint64_t series_version(const struct series *series);
uint64_t series_slot_length(const struct series *series);
void series_set_title(struct series *series, const char *title); /* "shop/prod  gatehouse 1s" */
void series_title(const struct series *series, char *out, size_t size);
void series_set_failure(struct series *series, const char *why); /* "" ends it */
void series_failure(const struct series *series, char *out, size_t size);

/* Adds or replaces one slot of a line; lines appear as they are named. */
enum error_code series_put(struct series *series, const char *line, const struct series_slot *slot,
    struct error *err) MUST_CHECK;
enum error_code series_put_total(struct series *series, const char *line,
    const struct series_slot *total, struct error *err) MUST_CHECK;

size_t series_line_count(const struct series *series);
bool series_line(const struct series *series, size_t index, struct series_line *out);
/* The newest count slots up to end (0 = now), oldest first; gaps have at = 0. Returns how many. */
size_t series_copy(const struct series *series, const char *line, uint64_t end,
    struct series_slot *out, size_t count);

#endif
