#include "panels/chart.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "panels/words.h"

enum { LABEL = 5, SHARE_CELLS = 64 };

/* Index of the class in order of need: 5xx, 4xx, 2xx, 3xx. */
static const int need_order[CHART_CLASSES] = {3, 2, 0, 1};
static const enum role class_role[CHART_CLASSES] = {ROLE_STATUS_2XX, ROLE_STATUS_3XX,
    ROLE_STATUS_4XX, ROLE_STATUS_5XX};

void chart_share(const uint64_t count[CHART_CLASSES], int cells, int out[CHART_CLASSES])
{
    uint64_t total = 0, remainder[CHART_CLASSES];
    int left = cells, must[CHART_CLASSES] = {0};

    memset(out, 0, CHART_CLASSES * sizeof *out);
    for (int i = 0; i < CHART_CLASSES; i++)
        total += count[i];
    if (total == 0 || cells <= 0)
        return;
    for (int i = 0; i < CHART_CLASSES; i++) {
        out[i] = (int)(count[i] * (uint64_t)cells / total);
        remainder[i] = count[i] * (uint64_t)cells % total;
        must[i] = count[i] > 0 && (i == 3 || count[i] * 100 >= total);
        left -= out[i];
    }
    for (; left > 0; left--) {
        int best = 0;

        for (int i = 1; i < CHART_CLASSES; i++)
            if (remainder[i] > remainder[best])
                best = i;
        out[best]++;
        remainder[best] = 0;
    }
    for (int n = 0; n < CHART_CLASSES; n++) {
        int needy = need_order[n], rich = -1;

        if (!must[needy] || out[needy] > 0)
            continue;
        for (int m = CHART_CLASSES - 1; m >= 0; m--) { /* least needed first among the largest */
            int other = need_order[m];

            if (out[other] > (must[other] && m < n ? 1 : 0) && (rich < 0 || out[other] > out[rich]))
                rich = other;
        }
        if (rich < 0)
            continue;
        out[rich]--;
        out[needy]++;
    }
}

void chart_share_bar(const struct canvas *canvas, int row, int column, int width,
    const uint64_t count[CHART_CLASSES])
{
    int share[CHART_CLASSES];

    if (width > SHARE_CELLS)
        width = SHARE_CELLS;
    chart_share(count, width, share);
    for (int i = 0; i < CHART_CLASSES; i++) {
        char letter[2] = {(char)('2' + i), '\0'};

        for (int n = 0; n < share[i]; n++)
            canvas_string(canvas, row, column++, 1, class_role[i], letter);
    }
}

uint64_t chart_value_of(const struct series_slot *slot, enum chart_value value)
{
    switch (value) {
    case CHART_COUNT:
        return slot->count;
    case CHART_ERRORS:
        return slot->s5;
    case CHART_P50:
        return slot->p50;
    case CHART_P95:
        return slot->p95;
    case CHART_P99:
        break;
    }
    return slot->p99;
}

/* Bits of the value, with three binary digits behind the point: a logarithm that is exact enough
   for seven steps. */
static unsigned log_steps(uint64_t value)
{
    unsigned bits = 0;

    if (value == 0)
        return 0;
    while (value >> bits > 15)
        bits++;
    while (bits == 0 && value < 8)
        return (unsigned)value;
    return bits * 8 + (unsigned)(value >> bits);
}

void chart_spark(const struct canvas *canvas, int row, int column, int width,
    const struct series_slot *slot, size_t count, enum chart_value value, enum role role)
{
    const struct glyphs *glyphs = canvas_glyphs(canvas);
    bool is_latency = value >= CHART_P50;
    uint64_t largest = 0, smallest = UINT64_MAX;
    size_t first = count > (size_t)(width > 0 ? width : 0) ? count - (size_t)width : 0;

    for (size_t i = first; i < count; i++) {
        uint64_t one = chart_value_of(&slot[i], value);

        if (!slot[i].at || (is_latency && one == 0))
            continue;
        largest = one > largest ? one : largest;
        smallest = one < smallest ? one : smallest;
    }
    for (size_t i = first; i < count; i++) {
        uint64_t one = chart_value_of(&slot[i], value);
        int cell = column + (width - (int)(count - i));
        unsigned step;

        if (!slot[i].at)
            continue;
        if (one == 0) {
            canvas_glyph(canvas, row, cell, ROLE_DIM, GLYPH_ZERO);
            continue;
        }
        if (is_latency) {
            unsigned low = log_steps(smallest), high = log_steps(largest);

            step = high > low ? (log_steps(one) - low) * 6 / (high - low) : 3;
        } else {
            step = (unsigned)((one * 7 + largest - 1) / largest) - 1;
        }
        canvas_string(canvas, row, cell, 1, role, glyphs->spark[step > 6 ? 6 : step]);
    }
}

size_t chart_group(const struct series_slot *slot, size_t count, size_t group,
    struct series_slot *out)
{
    size_t cells = 0;

    if (group == 0)
        group = 1;
    for (size_t i = 0; i < count && cells < CHART_COLUMNS; i += group) {
        struct series_slot peak = {0};

        for (size_t j = i; j < i + group && j < count; j++) {
            const struct series_slot *one = &slot[j];

            if (!one->at)
                continue;
            if (!peak.at || one->count > peak.count) {
                struct series_slot old = peak;

                peak = *one;
                peak.p50 = old.p50 > peak.p50 ? old.p50 : peak.p50;
                peak.p95 = old.p95 > peak.p95 ? old.p95 : peak.p95;
                peak.p99 = old.p99 > peak.p99 ? old.p99 : peak.p99;
                peak.s5 = old.s5 > peak.s5 ? old.s5 : peak.s5;
            } else {
                peak.p50 = one->p50 > peak.p50 ? one->p50 : peak.p50;
                peak.p95 = one->p95 > peak.p95 ? one->p95 : peak.p95;
                peak.p99 = one->p99 > peak.p99 ? one->p99 : peak.p99;
                peak.s5 = one->s5 > peak.s5 ? one->s5 : peak.s5;
            }
        }
        out[cells++] = peak;
    }
    return cells;
}

uint64_t chart_scale(uint64_t value)
{
    uint64_t step = 1;

    while (step < value) {
        if (2 * step >= value)
            return 2 * step;
        if (5 * step >= value)
            return 5 * step;
        step *= 10;
    }
    return step;
}

/* Left of the chart: a label and a line down to the axis. */
static void draw_labels(const struct canvas *canvas, const char *top, const char *bottom)
{
    int last = canvas->height - 1;

    for (int row = 0; row < last; row++)
        canvas_glyph(canvas, row, LABEL, ROLE_AXIS, GLYPH_VERTICAL);
    canvas_right(canvas, 0, 0, LABEL, ROLE_AXIS, text_of(top));
    canvas_right(canvas, last, 0, LABEL, ROLE_AXIS, text_of(bottom));
    for (int column = LABEL; column < canvas->width; column++)
        canvas_glyph(canvas, last, column, ROLE_AXIS, GLYPH_HORIZONTAL);
}

/* Round times below the cells; a label that would be cut or touch another one is left out. */
static void draw_times(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t slot_length, int left)
{
    static const unsigned steps[] = {5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200};
    unsigned seconds = (unsigned)(slot_length / CLOCK_SECOND), step = 0;
    int free_from = left;

    if (seconds == 0)
        seconds = 1;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !step; i++)
        if (steps[i] / seconds >= (steps[i] >= 60 ? 8u : 11u))
            step = steps[i];
    for (size_t i = 0; i < count && step; i++) {
        uint64_t at = slot[i].at / CLOCK_SECOND;
        int column = left + (int)i, width = step >= 60 ? 5 : 8;
        struct buf time;

        if (!slot[i].at || at % step >= seconds || column < free_from ||
            column + width > canvas->width)
            continue;
        buf_init(&time, 32);
        clock_add_time_of_day(&time, slot[i].at);
        canvas_text(canvas, canvas->height - 1, column, width, ROLE_AXIS,
            text_slice(buf_view(&time), 0, (size_t)width));
        buf_done(&time);
        free_from = column + width + 1;
    }
}

/* Newest at the right edge: first slot that is drawn, and its column. */
static size_t fit_slots(const struct canvas *canvas, size_t count, int *left)
{
    int room = canvas->width - LABEL - 1;
    size_t first = room > 0 && count > (size_t)room ? count - (size_t)room : 0;

    *left = canvas->width - (int)(count - first);
    return first;
}

/* Labels the axis of a chart of counts; the count that its top stands for. */
static uint64_t draw_count_axis(const struct canvas *canvas, const struct series_slot *slot,
    size_t count, uint64_t slot_length)
{
    uint64_t largest = 0, scale;
    struct buf label;

    for (size_t i = 0; i < count; i++)
        largest = slot[i].count > largest ? slot[i].count : largest;
    scale = chart_scale(largest);
    buf_init(&label, 32);
    words_add_short(&label, slot_length ? scale * CLOCK_SECOND / slot_length : scale);
    draw_labels(canvas, buf_string(&label), "0");
    buf_done(&label);
    return scale;
}

void chart_rate(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length, uint64_t slot_length)
{
    const struct glyphs *glyphs = canvas_glyphs(canvas);
    int rows = canvas->height - 1, left;
    size_t first = fit_slots(canvas, count, &left);
    uint64_t scale;

    if (rows < 1 || canvas->width <= LABEL + 2)
        return;
    scale = draw_count_axis(canvas, slot + first, count - first, slot_length);
    for (size_t i = first; i < count; i++) {
        int eighths = (int)((slot[i].count * (uint64_t)rows * 8 + scale - 1) / scale);

        for (int row = rows - 1; row >= 0 && eighths > 0; row--, eighths -= 8)
            canvas_string(canvas, row, left + (int)(i - first), 1, ROLE_RAMP_LOW,
                glyphs->eighth[eighths > 8 ? 7 : eighths - 1]);
    }
    draw_times(canvas, slot + first, count - first, cell_length, left);
}

static int latency_row(uint32_t value, uint64_t low, uint64_t high, int rows)
{
    unsigned at = log_steps(value), bottom = log_steps(low), top = log_steps(high);

    if (value <= low || top <= bottom)
        return rows - 1;
    if (value >= high)
        return 0;
    return rows - 1 - (int)((at - bottom) * (unsigned)(rows - 1) / (top - bottom));
}

void chart_latency(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length)
{
    static const struct {
        enum chart_value value;
        const char *letter;
        enum role role;
    } lines[] = {{CHART_P50, "0", ROLE_P50}, {CHART_P95, "5", ROLE_P95},
        {CHART_P99, "9", ROLE_P99}};
    int rows = canvas->height - 1, left;
    size_t first = fit_slots(canvas, count, &left);
    uint64_t low = UINT64_MAX, high = 0;
    char top[24], bottom[24];

    if (rows < 1 || canvas->width <= LABEL + 2)
        return;
    for (size_t i = first; i < count; i++) {
        if (!slot[i].count)
            continue;
        low = slot[i].p50 < low ? slot[i].p50 : low;
        high = slot[i].p99 > high ? slot[i].p99 : high;
    }
    high = chart_scale(high);
    if (low == UINT64_MAX)
        low = high;
    for (uint64_t floor = chart_scale(low); floor > low; floor /= 2)
        low = floor / 2 > 0 ? floor / 2 : 1;
    snprintf(top, sizeof top, "%g", (double)high / 1000);
    snprintf(bottom, sizeof bottom, "%.3g", (double)low / 1000);
    draw_labels(canvas, top, bottom);
    for (size_t line = 0; line < 3; line++) {
        for (size_t i = first; i < count; i++) {
            uint64_t value = chart_value_of(&slot[i], lines[line].value);

            if (slot[i].count && value)
                canvas_string(canvas, latency_row((uint32_t)value, low, high, rows),
                    left + (int)(i - first), 1, lines[line].role, lines[line].letter);
        }
    }
    draw_times(canvas, slot + first, count - first, cell_length, left);
}

void chart_status(const struct canvas *canvas, const struct series_slot *slot, size_t count,
    uint64_t cell_length, uint64_t slot_length)
{
    int rows = canvas->height - 1, left;
    size_t first = fit_slots(canvas, count, &left);
    uint64_t scale;

    if (rows < 1 || canvas->width <= LABEL + 2)
        return;
    scale = draw_count_axis(canvas, slot + first, count - first, slot_length);
    for (size_t i = first; i < count; i++) {
        const uint64_t classes[CHART_CLASSES] = {slot[i].s2, slot[i].s3, slot[i].s4, slot[i].s5};
        int share[CHART_CLASSES], row = rows - 1;
        int height = (int)((slot[i].count * (uint64_t)rows + scale - 1) / scale);

        chart_share(classes, height, share);
        for (int n = 0; n < CHART_CLASSES; n++) {
            char letter[2] = {(char)('2' + n), '\0'};

            for (int cell = 0; cell < share[n]; cell++)
                canvas_string(canvas, row--, left + (int)(i - first), 1, class_role[n], letter);
        }
    }
    draw_times(canvas, slot + first, count - first, cell_length, left);
}
