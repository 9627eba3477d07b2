#ifndef PANELS_METRICS_PRIVATE_H
#define PANELS_METRICS_PRIVATE_H

#include "panels/chart.h"
#include "panels/filter.h"
#include "panels/list.h"
#include "panels/metrics.h"

/* Shared by metrics_panel.c and metrics_paint.c; nobody else. */

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

struct metrics_column {
    const char *head;
    int width;
    int loss; /* the highest goes first when the row is short */
};
extern const struct metrics_column metrics_column_table[COLUMN_COUNT];

/* What a column holds of a line, for sorting and copies. */
uint64_t metrics_value(const struct line *line, enum column column);
/* The table of routes, or the figures of all. */
bool metrics_shows_table(const struct panel *panel);
void metrics_paint(const struct panel *panel, const struct canvas *canvas);

#endif
