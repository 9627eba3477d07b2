#include "panels/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/catalog.h"
#include "client/value.h"
#include "panels/chart.h"
#include "panels/filter.h"
#include "panels/list.h"
#include "panels/words.h"

enum {
    LINE_LIMIT = 500,
    RATE_SLOTS = 60, /* the window of rates and counts */
    SPARK_SLOTS = 64,
    TABLE_WIDTH = 44 /* inside width from which on routes are listed */
};

struct line {
    char name[128];
    struct series_slot total;
    double rate;
    uint64_t classes[CHART_CLASSES];
};

enum column {
    COLUMN_ROUTE,
    COLUMN_RATE,
    COLUMN_P50,
    COLUMN_P90,
    COLUMN_P95,
    COLUMN_P99,
    COLUMN_P999,
    COLUMN_MAX,
    COLUMN_2XX,
    COLUMN_3XX,
    COLUMN_4XX,
    COLUMN_5XX,
    COLUMN_SHARE,
    COLUMN_COUNT
};

static const struct {
    const char *head;
    int width;
    int loss; /* the highest goes first when the row is short */
} column_table[COLUMN_COUNT] = {
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

struct metrics {
    struct list list;
    struct line *line;
    size_t lines;
    struct series_slot spark[SPARK_SLOTS]; /* of all */
    size_t sparks;
    struct line all;
    bool has_all;
    enum column sort;
    bool reverse, digits, table, paused;
    uint64_t paused_version, window_end;
    size_t window;
    unsigned generation;
    struct filter *filter;
    char current[128], failure[128];
};

struct metrics_window metrics_panel_window(const struct panel *panel)
{
    const struct metrics *metrics = panel->state;

    return (struct metrics_window){metrics->window_end, metrics->window, metrics->paused};
}

uint64_t metrics_last_slot(const struct series *series)
{
    enum { LOOK_BACK = 5 };
    struct series_slot slot[LOOK_BACK];
    uint64_t now = clock_wall(), length = series_slot_length(series);
    size_t count = series_copy(series, "all", now, slot, LOOK_BACK);

    while (count-- > 0)
        if (slot[count].at && slot[count].at + length <= now)
            return slot[count].at;
    return now;
}

static enum error_code metrics_open(struct panel *panel, struct error *err)
{
    struct metrics *metrics = panel->state;

    metrics->sort = COLUMN_P99;
    metrics->line = mem_new(LINE_LIMIT, sizeof *metrics->line);
    return metrics->line ? ERROR_NONE : error_memory(err);
}

static void metrics_close(struct panel *panel)
{
    struct metrics *metrics = panel->state;

    filter_free(metrics->filter);
    mem_free(metrics->line);
}

/* Rates are counts over the slots that exist: a gap is no zero. */
static void sum_slots(const struct series *series, struct line *line, uint64_t end)
{
    struct series_slot slot[RATE_SLOTS];
    size_t count = series_copy(series, line->name, end, slot, RATE_SLOTS), present = 0;
    uint64_t requests = 0;
    double seconds = (double)series_slot_length(series) / (double)CLOCK_SECOND;

    memset(line->classes, 0, sizeof line->classes);
    for (size_t i = 0; i < count; i++) {
        if (!slot[i].at)
            continue;
        present++;
        requests += slot[i].count;
        line->classes[0] += slot[i].s2;
        line->classes[1] += slot[i].s3;
        line->classes[2] += slot[i].s4;
        line->classes[3] += slot[i].s5;
        if (slot[i].count && line->total.count == 0 && slot[i].p99 > 0) {
            /* No total was delivered: the newest slot with requests stands for it. */
            line->total = slot[i];
            line->total.count = 0;
        }
    }
    line->rate = present && seconds > 0 ? (double)requests / ((double)present * seconds) : 0;
}

static uint64_t sort_value(const struct line *line, enum column column)
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

static bool stands_before(const struct metrics *metrics, const struct line *a, const struct line *b)
{
    uint64_t left = sort_value(a, metrics->sort), right = sort_value(b, metrics->sort);

    if (left != right)
        return metrics->reverse ? left < right : left > right;
    return strcmp(a->name, b->name) < 0;
}

/* Insertion: few lines, nearly sorted from tick to tick. */
static void sort_lines(struct metrics *metrics)
{
    for (size_t i = 1; i < metrics->lines; i++) {
        struct line moved = metrics->line[i];
        size_t j = i;

        while (j > 0 && stands_before(metrics, &moved, &metrics->line[j - 1])) {
            metrics->line[j] = metrics->line[j - 1];
            j--;
        }
        metrics->line[j] = moved;
    }
}

static void gather(struct panel *panel)
{
    struct metrics *metrics = panel->state;
    const struct series *series = panel->host->series;
    size_t count = series_line_count(series);

    metrics->lines = 0;
    metrics->has_all = false;
    if (!metrics->paused)
        metrics->window_end = metrics_last_slot(series);
    for (size_t i = 0; i < count && metrics->lines < LINE_LIMIT; i++) {
        struct series_line source;
        struct line *line = &metrics->line[metrics->lines];

        if (!series_line(series, i, &source))
            continue;
        *line = (struct line){.total = source.total};
        snprintf(line->name, sizeof line->name, "%s", source.name);
        sum_slots(series, line, metrics->window_end);
        if (!strcmp(line->name, "all")) {
            metrics->all = *line;
            metrics->has_all = true;
        } else if (filter_matches_text(metrics->filter, i + 1, text_of(line->name))) {
            metrics->lines++;
        }
    }
    sort_lines(metrics);
    metrics->sparks = series_copy(series, metrics->has_all ? "all" : "", metrics->window_end,
        metrics->spark, SPARK_SLOTS);
}

static void keep_cursor(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->lines; i++)
        if (metrics->current[0] && !strcmp(metrics->line[i].name, metrics->current))
            list_move(&metrics->list, i);
}

static bool shows_table(const struct panel *panel)
{
    const struct metrics *metrics = panel->state;

    if (metrics->digits || metrics->table)
        return metrics->table;
    return panel->width >= TABLE_WIDTH || panel->height < 6;
}

static void fill_labels(struct panel *panel)
{
    struct metrics *metrics = panel->state;
    struct series *series = panel->host->series;
    char source[160] = "";

    if (series)
        series_title(series, source, sizeof source);
    if (shows_table(panel) && panel->width >= 60)
        snprintf(panel->title, sizeof panel->title, "Metrics %s  routes by %s (last %us)", source,
            column_table[metrics->sort].head,
            series ? (unsigned)(RATE_SLOTS * series_slot_length(series) / CLOCK_SECOND) : 60);
    else
        snprintf(panel->title, sizeof panel->title, "Metrics %s", source);
    if (metrics->paused && series)
        snprintf(panel->foot, sizeof panel->foot, "PAUSED +%llu",
            (unsigned long long)(series_version(series) - metrics->paused_version));
    else if (metrics->failure[0])
        snprintf(panel->foot, sizeof panel->foot, "E %s", metrics->failure);
    else if (shows_table(panel) && metrics->lines)
        snprintf(panel->foot, sizeof panel->foot, "%zu/%zu  sort %s", metrics->list.cursor + 1,
            metrics->lines, column_table[metrics->sort].head);
    else
        snprintf(panel->foot, sizeof panel->foot, "SPC pause");
}

static void metrics_compute(struct panel *panel)
{
    struct metrics *metrics = panel->state;

    if (metrics->generation != panel->host->series_generation) {
        metrics->generation = panel->host->series_generation;
        metrics->paused = false;
        metrics->window_end = 0;
    }
    if (!panel->host->series)
        metrics->lines = 0;
    else if (!metrics->paused) {
        gather(panel);
        series_failure(panel->host->series, metrics->failure, sizeof metrics->failure);
    }
    list_fit(&metrics->list, metrics->lines, panel->height - 2);
    keep_cursor(metrics);
    fill_labels(panel);
}

/* --- table --- */

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
            words_add_ms(out, (uint32_t)sort_value(line, column));
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
    int total = 3 + column_table[COLUMN_ROUTE].width + 8;

    for (int i = 0; i < COLUMN_COUNT; i++) {
        shown[i] = true;
        total += i ? column_table[i].width : 0;
    }
    for (int loss = 12; loss > 0 && total > width; loss--) {
        for (int i = 0; i < COLUMN_COUNT; i++) {
            if (column_table[i].loss != loss)
                continue;
            shown[i] = false;
            total -= column_table[i].width;
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
        right -= column_table[i].width;
        if (i == COLUMN_SHARE) {
            chart_share_bar(canvas, row, right + 1, column_table[i].width - 1, line->classes);
            continue;
        }
        buf_clear(&cell);
        add_cell(line, (enum column)i, &cell);
        canvas_right(canvas, row, right, column_table[i].width - 1,
            cell_role_of(line, (enum column)i), buf_view(&cell));
        if (i == COLUMN_5XX && line->classes[3])
            canvas_string(canvas, row, right + column_table[i].width - 1, 1, ROLE_STATUS_5XX, "!");
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
        right -= column_table[i].width;
        canvas_right(canvas, 0, right, column_table[i].width - 1,
            i == (int)metrics->sort ? ROLE_TITLE : ROLE_DIM, text_of(column_table[i].head));
    }
    canvas_string(canvas, 0, 3, right - 3, ROLE_DIM, column_table[COLUMN_ROUTE].head);
    for (; row - 1 < metrics->list.height; row++) {
        size_t at = metrics->list.top + (size_t)(row - 1);

        if (at >= metrics->lines)
            break;
        paint_line(panel, canvas, row, &metrics->line[at], shown);
        if (at != metrics->list.cursor)
            continue;
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, row, panel->focused);
        if (panel->focused)
            canvas_cursor(canvas, row, 0);
    }
    if (metrics->has_all && row < canvas->height)
        paint_line(panel, canvas, row, &metrics->all, shown);
}

/* --- figures --- */

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

static void metrics_paint(const struct panel *panel, const struct canvas *canvas)
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
    } else if (shows_table(panel)) {
        paint_table(panel, canvas);
    } else {
        paint_digits(panel, canvas);
    }
}

/* --- acting --- */

static void sort_next(struct metrics *metrics)
{
    do
        metrics->sort = (enum column)((metrics->sort + 1) % COLUMN_COUNT);
    while (metrics->sort == COLUMN_ROUTE || metrics->sort == COLUMN_SHARE);
}

static void change_window(struct metrics *metrics, bool longer)
{
    static const size_t windows[] = {0, 120, 300, 900};
    int at = 0;

    while (at < 3 && windows[at] != metrics->window)
        at++;
    at += longer ? 1 : -1;
    metrics->window = windows[at < 0 ? 0 : at > 3 ? 3 : at];
}

static void drill(struct panel *panel)
{
    struct metrics *metrics = panel->state;
    struct panel *log = host_panel(panel->host, "log");
    struct error ignored;
    char filter[200];

    if (metrics->list.cursor >= metrics->lines || !log)
        return;
    snprintf(filter, sizeof filter, "\"%s\"", metrics->line[metrics->list.cursor].name);
    snprintf(log->filter, sizeof log->filter, "%s", filter);
    if (log->class->filter(log, text_of(filter), &ignored))
        host_show(panel->host, "log", true);
}

static bool metrics_act(struct panel *panel, const char *action, const char *argument)
{
    struct metrics *metrics = panel->state;

    if (list_act(&metrics->list, action, argument)) {
        if (metrics->list.cursor < metrics->lines)
            snprintf(metrics->current, sizeof metrics->current, "%s",
                metrics->line[metrics->list.cursor].name);
        return true;
    }
    if (!strcmp(action, "pause")) {
        metrics->paused = !metrics->paused;
        metrics->paused_version = panel->host->series ? series_version(panel->host->series) : 0;
    } else if (!strcmp(action, "sort-next")) {
        sort_next(metrics);
    } else if (!strcmp(action, "sort-reverse")) {
        metrics->reverse = !metrics->reverse;
    } else if (!strcmp(action, "toggle-form")) {
        bool table = shows_table(panel);

        metrics->table = !table;
        metrics->digits = table;
    } else if (!strcmp(action, "window-longer") || !strcmp(action, "window-shorter")) {
        change_window(metrics, !strcmp(action, "window-longer"));
    } else if (!strcmp(action, "drill")) {
        drill(panel);
    } else if (!strcmp(action, "menu")) {
        host_stage_menu(panel->host, "watch the metrics of", "WATCH EVERY 1s SHOW METRICS OF ",
            " BY ROUTE", TARGET_METRICS);
    } else {
        return false;
    }
    return true;
}

static bool metrics_expand(struct panel *panel, struct text name, struct buf *out)
{
    if (text_is(name, "crumbs")) {
        char title[160] = "";

        if (panel->host->series)
            series_title(panel->host->series, title, sizeof title);
        buf_add_format(out, "apis > metrics %s", title);
        return true;
    }
    if (text_is(name, "statement")) {
        buf_add_text(out, buf_view(&panel->host->series_statement));
        return panel->host->series_statement.length > 0;
    }
    return false;
}

static bool metrics_filter(struct panel *panel, struct text source, struct error *err)
{
    struct metrics *metrics = panel->state;
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    filter_free(metrics->filter);
    metrics->filter = filter;
    return true;
}

static void add_json_line(struct json_writer *writer, const struct line *line)
{
    static const struct {
        const char *name;
        enum column column;
    } members[] = {{"p50_us", COLUMN_P50}, {"p90_us", COLUMN_P90}, {"p95_us", COLUMN_P95},
        {"p99_us", COLUMN_P99}, {"p99_9_us", COLUMN_P999}, {"max_us", COLUMN_MAX},
        {"2xx", COLUMN_2XX}, {"3xx", COLUMN_3XX}, {"4xx", COLUMN_4XX}, {"5xx", COLUMN_5XX}};

    json_begin_object(writer);
    json_pair_string(writer, "route", line->name);
    json_name(writer, "rate");
    json_double(writer, line->rate);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_pair_integer(writer, members[i].name, (int64_t)sort_value(line, members[i].column));
    json_end_object(writer);
}

/* Figures, not glyphs. */
static bool metrics_copy(struct panel *panel, char what, struct buf *out)
{
    struct metrics *metrics = panel->state;
    struct json_writer writer;

    if (metrics->lines == 0 && !metrics->has_all)
        return false;
    json_writer_init(&writer, out);
    if (what == 'k' && metrics->list.cursor < metrics->lines) {
        buf_add_string(out, metrics->line[metrics->list.cursor].name);
        return true;
    }
    json_begin_array(&writer);
    for (size_t i = 0; i < metrics->lines; i++)
        add_json_line(&writer, &metrics->line[i]);
    if (metrics->has_all)
        add_json_line(&writer, &metrics->all);
    json_end_array(&writer);
    return true;
}

static const char *const metrics_contexts[] = {"list", NULL};

const struct panel_class metrics_panel_class = {
    .name = "metrics",
    .title = "Metrics",
    .state_size = sizeof(struct metrics),
    .contexts = metrics_contexts,
    .open = metrics_open,
    .compute = metrics_compute,
    .paint = metrics_paint,
    .act = metrics_act,
    .expand = metrics_expand,
    .filter = metrics_filter,
    .copy = metrics_copy,
    .close = metrics_close,
};
