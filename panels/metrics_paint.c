#include "panels/metrics_private.h"

#include <stdio.h>

#include "panels/words.h"

const struct metrics_column metrics_column_table[COLUMN_COUNT] = {
    [COLUMN_ROUTE] = {"ROUTE", 14, 0},
    [COLUMN_RATE] = {"r/s", 7, 0},
    [COLUMN_P50] = {"p50", 6, 3},
    [COLUMN_P90] = {"p90", 6, 7},
    [COLUMN_P95] = {"p95", 6, 4},
    [COLUMN_P99] = {"p99", 6, 1},
    [COLUMN_P999] = {"p99.9", 6, 10},
    [COLUMN_MAX] = {"max", 6, 9},
    [COLUMN_2XX] = {"2xx", 7, 8},
    [COLUMN_3XX] = {"3xx", 6, 12},
    [COLUMN_4XX] = {"4xx", 6, 6},
    [COLUMN_5XX] = {"5xx", 6, 2},
    [COLUMN_SHARE] = {"share", 9, 11},
};

uint64_t metrics_value(const struct line *line, enum column column)
{
    switch (column) {
    case COLUMN_RATE:
        return (uint64_t)(line->rate * 1000);
    case COLUMN_P50:
        return line->total.p50;
    case COLUMN_P90:
        return line->total.p90;
    case COLUMN_P95:
        return line->total.p95;
    case COLUMN_P99:
        return line->total.p99;
    case COLUMN_P999:
        return line->total.p999;
    case COLUMN_MAX:
        return line->total.max;
    case COLUMN_2XX:
    case COLUMN_3XX:
    case COLUMN_4XX:
    case COLUMN_5XX:
        return line->classes[column - COLUMN_2XX];
    case COLUMN_ROUTE:
    case COLUMN_SHARE:
    case COLUMN_COUNT:
        break;
    }
    return 0;
}

bool metrics_shows_table(const struct panel *panel)
{
    const struct metrics *metrics = panel->state;

    if (metrics->digits || metrics->table)
        return metrics->table;
    return panel->width >= TABLE_WIDTH || panel->height < 6;
}

static void add_cell(const struct line *line, enum column column, struct buf *out)
{
    bool idle = line->total.p99 == 0 && line->rate == 0;

    switch (column) {
    case COLUMN_RATE:
        words_add_rate(out, line->rate);
        return;
    case COLUMN_P50:
    case COLUMN_P90:
    case COLUMN_P95:
    case COLUMN_P99:
    case COLUMN_P999:
    case COLUMN_MAX:
        if (idle)
            buf_add_char(out, '-');
        else
            words_add_ms(out, (uint32_t)metrics_value(line, column));
        return;
    case COLUMN_2XX:
    case COLUMN_3XX:
    case COLUMN_4XX:
    case COLUMN_5XX:
        words_add_short(out, line->classes[column - COLUMN_2XX]);
        return;
    case COLUMN_ROUTE:
    case COLUMN_SHARE:
    case COLUMN_COUNT:
        return;
    }
}

static enum role cell_role_of(const struct line *line, enum column column)
{
    if (column >= COLUMN_2XX && column <= COLUMN_5XX)
        return line->classes[column - COLUMN_2XX]
                   ? (enum role)(ROLE_STATUS_2XX + column - COLUMN_2XX)
                   : ROLE_DIM;
    return ROLE_TYPE_N;
}

static void choose_columns(int width, bool *shown)
{
    int total = 3 + metrics_column_table[COLUMN_ROUTE].width + 8;

    for (int i = 0; i < COLUMN_COUNT; i++) {
        shown[i] = true;
        total += i ? metrics_column_table[i].width : 0;
    }
    for (int loss = 12; loss > 0 && total > width; loss--) {
        for (int i = 0; i < COLUMN_COUNT; i++) {
            if (metrics_column_table[i].loss != loss)
                continue;
            shown[i] = false;
            total -= metrics_column_table[i].width;
        }
    }
}

static void paint_line(const struct panel *panel, const struct canvas *canvas, int row,
    const struct line *line, const bool *shown)
{
    int right = canvas->width;
    struct buf cell;

    (void)panel;
    buf_init(&cell, 64);
    for (int i = COLUMN_COUNT - 1; i > 0; i--) {
        if (!shown[i])
            continue;
        right -= metrics_column_table[i].width;
        if (i == COLUMN_SHARE) {
            chart_share_bar(canvas, row, right + 1, metrics_column_table[i].width - 1,
                line->classes);
            continue;
        }
        buf_clear(&cell);
        add_cell(line, (enum column)i, &cell);
        canvas_right(canvas, row, right, metrics_column_table[i].width - 1,
            cell_role_of(line, (enum column)i), buf_view(&cell));
        if (i == COLUMN_5XX && line->classes[3])
            canvas_string(canvas, row, right + metrics_column_table[i].width - 1, 1,
                ROLE_STATUS_5XX, "!");
    }
    canvas_middle(canvas, row, 3, right - 3, ROLE_TEXT, text_of(line->name));
    if (line->classes[3])
        canvas_string(canvas, row, 2, 1, ROLE_STATUS_5XX, "!");
    buf_done(&cell);
}

static void paint_table(const struct panel *panel, const struct canvas *canvas)
{
    const struct metrics *metrics = panel->state;
    bool shown[COLUMN_COUNT];
    int right = canvas->width, row = 1;

    choose_columns(canvas->width, shown);
    for (int i = COLUMN_COUNT - 1; i > 0; i--) {
        if (!shown[i])
            continue;
        right -= metrics_column_table[i].width;
        canvas_right(canvas, 0, right, metrics_column_table[i].width - 1,
            i == (int)metrics->sort ? ROLE_TITLE : ROLE_DIM, text_of(metrics_column_table[i].head));
    }
    canvas_string(canvas, 0, 3, right - 3, ROLE_DIM, metrics_column_table[COLUMN_ROUTE].head);
    for (; row - 1 < metrics->list.height; row++) {
        size_t at = metrics->list.top + (size_t)(row - 1);

        if (at >= metrics->lines)
            break;
        paint_line(panel, canvas, row, &metrics->line[at], shown);
        if (at != metrics->list.cursor)
            continue;
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, row, canvas->width, panel->focused);
        if (panel->focused)
            canvas_cursor(canvas, row, 0);
    }
    if (metrics->has_all && row < canvas->height)
        paint_line(panel, canvas, row, &metrics->all, shown);
}

static const struct line *worst_line(const struct metrics *metrics)
{
    const struct line *worst = NULL;

    for (size_t i = 0; i < metrics->lines; i++)
        if (!worst || metrics->line[i].total.p99 > worst->total.p99)
            worst = &metrics->line[i];
    return worst;
}

static void paint_figure(const struct panel *panel, const struct canvas *canvas, int row,
    const char *name, struct text figure, enum chart_value value, enum role role)
{
    const struct metrics *metrics = panel->state;
    int left = 13, width = canvas->width - left - 1;

    canvas_string(canvas, row, 0, 5, ROLE_DIM, name);
    canvas_right(canvas, row, 5, 7, ROLE_TYPE_N, figure);
    if (width > 2)
        chart_spark(canvas, row, left, width, metrics->spark, metrics->sparks, value, role);
}

static void paint_class(const struct panel *panel, const struct canvas *canvas, int row, int class)
{
    static const char *const name_table[CHART_CLASSES] = {"2xx", "3xx", "4xx", "5xx"};
    const struct metrics *metrics = panel->state;
    int left = 13, width = canvas->width - left - 1, cells;
    uint64_t total = 0, count = metrics->all.classes[class];
    enum role role = (enum role)(ROLE_STATUS_2XX + class);
    struct buf figure;

    for (int i = 0; i < CHART_CLASSES; i++)
        total += metrics->all.classes[i];
    canvas_string(canvas, row, 0, 5, count ? role : ROLE_DIM, name_table[class]);
    buf_init(&figure, 64);
    words_add_short(&figure, count);
    canvas_right(canvas, row, 5, 7, count ? role : ROLE_DIM, buf_view(&figure));
    buf_done(&figure);
    cells = total && width > 0 ? (int)((count * (uint64_t)width + total - 1) / total) : 0;
    for (int i = 0; i < cells && i < width; i++)
        canvas_glyph(canvas, row, left + i, role, GLYPH_BAR);
    if (class == 3 && count)
        canvas_string(canvas, row, left + cells, 1, role, "!");
}

static void paint_digits(const struct panel *panel, const struct canvas *canvas)
{
    const struct metrics *metrics = panel->state;
    const struct line *all = &metrics->all, *worst = worst_line(metrics);
    static const struct {
        const char *name;
        enum chart_value value;
        enum role role;
    } latencies[] = {{"p50", CHART_P50, ROLE_P50}, {"p95", CHART_P95, ROLE_P95},
        {"p99", CHART_P99, ROLE_P99}};
    uint64_t total = all->classes[0] + all->classes[1] + all->classes[2] + all->classes[3];
    struct buf figure;
    int row = 0;

    buf_init(&figure, 64);
    words_add_rate(&figure, all->rate);
    buf_add_string(&figure, "/s");
    paint_figure(panel, canvas, row++, "rate", buf_view(&figure), CHART_COUNT, ROLE_RAMP_LOW);
    buf_clear(&figure);
    buf_add_format(&figure, "%.1f%%", total ? (double)all->classes[3] * 100 / (double)total : 0.0);
    paint_figure(panel, canvas, row++, "err", buf_view(&figure), CHART_ERRORS, ROLE_STATUS_5XX);
    for (size_t i = 0; i < 3; i++) {
        const struct series_slot total_slot = all->total;

        buf_clear(&figure);
        words_add_ms(&figure, (uint32_t)chart_value_of(&total_slot, latencies[i].value));
        buf_add_string(&figure, "ms");
        paint_figure(panel, canvas, row++, latencies[i].name, buf_view(&figure), latencies[i].value,
            latencies[i].role);
    }
    for (int class = 0; class < CHART_CLASSES; class ++)
        paint_class(panel, canvas, row++, class);
    buf_clear(&figure);
    if (worst) {
        words_add_ms(&figure, worst->total.p99);
        canvas_format(canvas, row, 0, canvas->width, ROLE_TEXT, "worst %s p99 %sms", worst->name,
            buf_string(&figure));
    }
    buf_done(&figure);
    if (panel->focused)
        canvas_cursor(canvas, 0, 0);
}

void metrics_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct metrics *metrics = panel->state;

    if (metrics->lines == 0 && !metrics->has_all) {
        if (metrics->failure[0])
            canvas_format(canvas, 0, 1, canvas->width - 2, ROLE_MSG_ERROR, "E %s",
                metrics->failure);
        else
            canvas_string(canvas, 0, 1, canvas->width - 2, ROLE_DIM,
                panel->host->series ? "no data yet" : "no stage is watched.  x chooses one");
        if (panel->focused)
            canvas_cursor(canvas, 0, 0);
    } else if (metrics_shows_table(panel)) {
        paint_table(panel, canvas);
    } else {
        paint_digits(panel, canvas);
    }
}
