#ifndef PANELS_CHART_H
#define PANELS_CHART_H

#include "base/buf.h"
#include "client/series.h"
#include "panels/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Charts in character cells. A slot without data (at 0) is a gap: blank in every chart, never a
 * zero. Several slots in one cell show their largest value, so that peaks stay.
 */
enum { CHART_CLASSES = 4, CHART_COLUMNS = 512 };

/*
 * How many of cells each class 2xx 3xx 4xx 5xx gets, by largest remainder. A class of 1 % or more
 * gets a cell, any 5xx gets one; where cells lack, 5 goes before 4, 2 and 3.
 */
void chart_share(const uint64_t count[CHART_CLASSES], int cells, int out[CHART_CLASSES]);
/* "22222245": the share bar. width cells at most 64. */
void chart_share_bar(const struct canvas *canvas, int row, int column, int width,
    const uint64_t count[CHART_CLASSES]);

/* What a sparkline shows of a slot. */
enum chart_value { CHART_COUNT, CHART_ERRORS, CHART_P50, CHART_P95, CHART_P99 };
uint64_t chart_value_of(const struct series_slot *slot, enum chart_value value);

/* One cell a slot, newest at the right; logarithmic for latencies. */
void chart_spark(const struct canvas *canvas, int row, int column, int width,
    const struct series_slot *slot, size_t count, enum chart_value value, enum role role);

/* count slots into at most CHART_COLUMNS cells of group slots each; returns the cells made. Counts
   are the largest of a slot, percentiles the largest. */
size_t chart_group(const struct series_slot *slot, size_t count, size_t group,
    struct series_slot *out);

/* With labels left and times below. Nanoseconds: cell_length of one cell, slot_length of the slots
   that its counts are of. */
void chart_rate(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length, uint64_t slot_length);
/* p50 '0', p95 '5', p99 '9' on a logarithmic axis; the higher one wins a shared cell. */
void chart_latency(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length);
/* Letters 2 3 4 5 from below; any 5xx shows. */
void chart_status(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length, uint64_t slot_length);

/* 1, 2 or 5 times a power of ten, not below value. */
uint64_t chart_scale(uint64_t value);

#endif
