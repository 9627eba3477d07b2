#ifndef PANELS_ROUTE_H
#define PANELS_ROUTE_H

#include "base/buf.h"
#include "client/catalog.h"
#include "panels/panel.h"

/* Routes as statements name them: shared by the tree and the form. */

/* The API as a statement names it: by name, by id when the name is not unique. */
void route_add_api(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct catalog_api *api);
/* 'GET /orders', quoted; "$default" stands alone. */
void route_add_key(struct buf *out, const struct catalog_route *route);
/* "GET /orders": also the name of its line in the metrics. */
void route_add_label(struct buf *out, const struct catalog_route *route);
/* URL 'http://x', MOCK 200 ..: the target as the language writes it; false when a statement
   cannot say it in one line (it is left alone then). */
bool route_add_target(struct buf *out, const char *target);
/* "3s", "2500ms" */
void route_add_duration(struct buf *out, int milliseconds);

/* "ALTER ROUTE 'GET /x' OF api" */
void route_add_alter(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct catalog_api *api, const struct catalog_route *route);
/* Target and timeout as they are, a line each: something to edit. */
void route_add_present(struct buf *out, const struct catalog_route *route);

/* The API and route of these names in the snapshot of this turn; NULL when gone. */
const struct catalog_api *route_find_api(const struct host *host, const char *id);
const struct catalog_route *route_find(const struct catalog_api *api, const char *method,
    const char *path);

/* What the metrics say of a route: requests per second over the last minute, p99, 5xx. */
struct route_figures {
    bool known;
    double rate;
    uint32_t p99_us;
    uint64_t errors;
};
/* Known only while the metrics of this API are watched. */
struct route_figures route_figures(const struct host *host, const struct catalog_api *api,
    const struct catalog_route *route);

/* A line of the tree: method, path and figures; a stage with its deployment. */
void route_paint_line(const struct host *host, const struct canvas *canvas, int row,
    const struct catalog_api *api, const struct catalog_route *route);
void route_paint_stage(const struct canvas *canvas, int row, const struct catalog_stage *stage);
/* Changes that wait for a deployment, over all stages. */
int route_count_undeployed(const struct catalog_api *api);

/* Opens the form on a route. */
void route_panel_load(struct host *host, const char *api_id, const char *method, const char *path);
/* Opens $EDITOR on the statement of a route, and emits what comes back. */
void route_edit_in_editor(struct host *host, const struct catalog_api *api,
    const struct catalog_route *route, const char *statement);
/* DEPLOY: at once for one stage, a menu of several, the prompt for none. */
void route_deploy(struct host *host, const struct catalog_api *api);

#endif
