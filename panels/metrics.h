#ifndef PANELS_METRICS_H
#define PANELS_METRICS_H

#include "client/series.h"
#include "panels/panel.h"

#include <stddef.h>
#include <stdint.h>

/* What the chart panels take from the metrics panel: the window and whether it stands still. */
struct metrics_window {
    uint64_t end; /* wall time of the last slot, 0: now */
    size_t slots; /* shown; 0: as many as fit */
    bool paused;
};

struct metrics_window metrics_panel_window(const struct panel *metrics);

/* Wall time of the newest slot that is over: the one at work would look like a drop. */
uint64_t metrics_last_slot(const struct series *series);

#endif
