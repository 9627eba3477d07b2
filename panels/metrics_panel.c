#include "panels/metrics_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/catalog.h"
#include "client/value.h"

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

static bool stands_before(const struct metrics *metrics, const struct line *a, const struct line *b)
{
    uint64_t left = metrics_value(a, metrics->sort), right = metrics_value(b, metrics->sort);

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

static void fill_labels(struct panel *panel)
{
    struct metrics *metrics = panel->state;
    struct series *series = panel->host->series;
    char source[160] = "";

    if (series)
        series_title(series, source, sizeof source);
    if (metrics_shows_table(panel) && panel->width >= 60)
        snprintf(panel->title, sizeof panel->title, "Metrics %s  routes by %s (last %us)", source,
            metrics_column_table[metrics->sort].head,
            series ? (unsigned)(RATE_SLOTS * series_slot_length(series) / CLOCK_SECOND) : 60);
    else
        snprintf(panel->title, sizeof panel->title, "Metrics %s", source);
    if (metrics->paused && series)
        snprintf(panel->foot, sizeof panel->foot, "PAUSED +%llu",
            (unsigned long long)(series_version(series) - metrics->paused_version));
    else if (metrics->failure[0])
        snprintf(panel->foot, sizeof panel->foot, "E %s", metrics->failure);
    else if (metrics_shows_table(panel) && metrics->lines)
        snprintf(panel->foot, sizeof panel->foot, "%zu/%zu  sort %s", metrics->list.cursor + 1,
            metrics->lines, metrics_column_table[metrics->sort].head);
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
        bool table = metrics_shows_table(panel);

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
        json_pair_integer(writer, members[i].name, (int64_t)metrics_value(line, members[i].column));
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
