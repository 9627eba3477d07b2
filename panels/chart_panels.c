#include "panels/chart.h"
#include "panels/metrics.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "panels/words.h"

/* Rate, latency and status of the whole stage, over the window of the metrics panel. */
struct charted {
    struct series_slot slot[CHART_COLUMNS];
    size_t count;
    uint64_t cell_length, slot_length; /* nanoseconds */
    uint64_t peak;
};

static void charted_compute(struct panel *panel)
{
    struct charted *charted = panel->state;
    struct series *series = panel->host->series;
    const struct panel *metrics = host_panel(panel->host, "metrics");
    struct metrics_window window = metrics_panel_window(metrics);
    static struct series_slot slot[SERIES_SLOTS]; /* UI thread only */
    size_t room = panel->width > 8 ? (size_t)panel->width - 6 : 1, slots, group;

    charted->count = 0;
    charted->peak = 0;
    panel->foot[0] = '\0';
    if (!series)
        return;
    slots = window.slots ? window.slots : room;
    if (slots > SERIES_SLOTS)
        slots = SERIES_SLOTS;
    group = (slots + room - 1) / room;
    slots = series_copy(series, "all", window.paused ? window.end : metrics_last_slot(series), slot,
        slots);
    charted->count = chart_group(slot, slots, group, charted->slot);
    charted->slot_length = series_slot_length(series);
    charted->cell_length = charted->slot_length * group;
    for (size_t i = 0; i < charted->count; i++)
        if (charted->slot[i].count > charted->peak)
            charted->peak = charted->slot[i].count;
    if (window.paused)
        snprintf(panel->foot, sizeof panel->foot, "PAUSED");
}

static uint64_t slot_seconds(const struct panel *panel)
{
    uint64_t length = panel->host->series ? series_slot_length(panel->host->series) : CLOCK_SECOND;

    return length / CLOCK_SECOND ? length / CLOCK_SECOND : 1;
}

static void rate_compute(struct panel *panel)
{
    const struct charted *charted = panel->state;
    struct buf title;

    charted_compute(panel);
    buf_init(&title, sizeof panel->title);
    buf_add_string(&title, "rate /s");
    if (charted->count) {
        buf_add_string(&title, "  now ");
        words_add_short(&title, charted->slot[charted->count - 1].count / slot_seconds(panel));
        buf_add_string(&title, "  peak ");
        words_add_short(&title, charted->peak / slot_seconds(panel));
    }
    snprintf(panel->title, sizeof panel->title, "%s", buf_string(&title));
    buf_done(&title);
}

static void latency_compute(struct panel *panel)
{
    charted_compute(panel);
    snprintf(panel->title, sizeof panel->title, "latency ms  log scale");
    if (!panel->foot[0])
        snprintf(panel->foot, sizeof panel->foot, "0=p50 5=p95 9=p99");
}

static void status_compute(struct panel *panel)
{
    charted_compute(panel);
    snprintf(panel->title, sizeof panel->title, "status /s  (any 5xx shows)");
}

static bool paint_nothing(const struct panel *panel, const struct canvas *canvas)
{
    const struct charted *charted = panel->state;

    if (panel->focused)
        canvas_cursor(canvas, 0, 0);
    if (charted->count)
        return false;
    canvas_string(canvas, 0, 1, canvas->width - 2, ROLE_DIM, "no data yet");
    return true;
}

static void rate_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct charted *charted = panel->state;

    if (!paint_nothing(panel, canvas))
        chart_rate(canvas, charted->slot, charted->count, charted->cell_length,
            charted->slot_length);
}

static void latency_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct charted *charted = panel->state;

    if (!paint_nothing(panel, canvas))
        chart_latency(canvas, charted->slot, charted->count, charted->cell_length);
}

static void status_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct charted *charted = panel->state;

    if (!paint_nothing(panel, canvas))
        chart_status(canvas, charted->slot, charted->count, charted->cell_length,
            charted->slot_length);
}

/* Pause and window are those of the metrics panel. */
static bool charted_act(struct panel *panel, const char *action, const char *argument)
{
    static const char *const shared[] = {"pause", "window-longer", "window-shorter", "menu"};
    struct panel *metrics = host_panel(panel->host, "metrics");

    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (!strcmp(action, shared[i]))
            return metrics->class->act(metrics, action, argument);
    return false;
}

static bool charted_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct panel *metrics = host_panel(panel->host, "metrics");

    return metrics->class->expand(metrics, name, out);
}

static bool charted_copy(struct panel *panel, char what, struct buf *out)
{
    struct panel *metrics = host_panel(panel->host, "metrics");

    return metrics->class->copy(metrics, what, out);
}

static const char *const charted_contexts[] = {"metrics", NULL};

const struct panel_class rate_panel_class = {
    .name = "rate",
    .title = "Rate",
    .state_size = sizeof(struct charted),
    .contexts = charted_contexts,
    .compute = rate_compute,
    .paint = rate_paint,
    .act = charted_act,
    .expand = charted_expand,
    .copy = charted_copy,
};

const struct panel_class latency_panel_class = {
    .name = "latency",
    .title = "Latency",
    .state_size = sizeof(struct charted),
    .contexts = charted_contexts,
    .compute = latency_compute,
    .paint = latency_paint,
    .act = charted_act,
    .expand = charted_expand,
    .copy = charted_copy,
};

const struct panel_class status_panel_class = {
    .name = "status",
    .title = "Status classes",
    .state_size = sizeof(struct charted),
    .contexts = charted_contexts,
    .compute = status_compute,
    .paint = status_paint,
    .act = charted_act,
    .expand = charted_expand,
    .copy = charted_copy,
};
