#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "client/value.h"
#include "panels/filter.h"
#include "panels/list.h"
#include "panels/route.h"
#include "panels/words.h"

enum { NODE_LIMIT = 200000 };

enum node_kind { NODE_API, NODE_ROUTES, NODE_ROUTE, NODE_STAGES, NODE_STAGE };

struct node {
    enum node_kind kind;
    uint32_t api, index; /* of the snapshot; of its routes or stages */
};

struct routes {
    struct list list;
    struct filter *filter;
    struct node *node;
    size_t nodes, capacity;
    struct map *unfolded, *asked; /* ids of APIs, "id/stages" */
    unsigned generation;
    bool first_unfolded;
    char current[600]; /* what the cursor is on: it stays there when the tree changes */
};

static enum error_code routes_open(struct panel *panel, struct error *err)
{
    struct routes *routes = panel->state;

    routes->unfolded = map_new();
    routes->asked = map_new();
    return routes->unfolded && routes->asked ? ERROR_NONE : error_memory(err);
}

static void routes_close(struct panel *panel)
{
    struct routes *routes = panel->state;

    map_free(routes->unfolded);
    map_free(routes->asked);
    filter_free(routes->filter);
    mem_free(routes->node);
}

/* --- the tree --- */

static bool add_node(struct routes *routes, enum node_kind kind, size_t api, size_t index)
{
    if (routes->nodes == routes->capacity) {
        size_t capacity = routes->capacity ? routes->capacity * 2 : 64;
        struct node *node =
            capacity > NODE_LIMIT ? NULL : mem_resize(routes->node, capacity, sizeof *node);

        if (!node)
            return false;
        routes->node = node;
        routes->capacity = capacity;
    }
    routes->node[routes->nodes++] = (struct node){kind, (uint32_t)api, (uint32_t)index};
    return true;
}

static bool is_open(const struct routes *routes, const struct catalog_api *api, const char *part)
{
    char name[160];

    snprintf(name, sizeof name, "%s%s", api->id, part);
    return map_get(routes->unfolded, text_of(name)) != NULL;
}

static void set_open(struct routes *routes, const struct catalog_api *api, const char *part,
    bool open)
{
    char name[160];

    snprintf(name, sizeof name, "%s%s", api->id, part);
    if (open)
        (void)map_set(routes->unfolded, text_of(name), routes);
    else
        (void)map_remove(routes->unfolded, text_of(name));
}

static bool route_matches(const struct routes *routes, const struct catalog_route *route,
    size_t number)
{
    struct buf label;
    bool matches;

    if (filter_is_empty(routes->filter))
        return true;
    buf_init(&label, 4096);
    route_add_label(&label, route);
    matches = filter_matches_text(routes->filter, number, buf_view(&label));
    buf_done(&label);
    return matches;
}

static void add_api_nodes(struct routes *routes, const struct catalog_api *api, size_t index)
{
    bool filtered = !filter_is_empty(routes->filter);
    size_t start = routes->nodes, hits = 0;

    if (!add_node(routes, NODE_API, index, 0))
        return;
    if (!filtered && !is_open(routes, api, ""))
        return;
    if (!add_node(routes, NODE_ROUTES, index, 0))
        return;
    if (filtered || is_open(routes, api, "/routes")) {
        for (size_t i = 0; i < api->route_count; i++) {
            if (!route_matches(routes, &api->route[i], i + 1))
                continue;
            hits++;
            if (!add_node(routes, NODE_ROUTE, index, i))
                return;
        }
    }
    if (filtered) { /* parents of hits stay, others go */
        if (hits == 0 && !filter_matches_text(routes->filter, index + 1, text_of(api->name)))
            routes->nodes = start;
        return;
    }
    if (!add_node(routes, NODE_STAGES, index, 0) || !is_open(routes, api, "/stages"))
        return;
    for (size_t i = 0; i < api->stage_count; i++)
        if (!add_node(routes, NODE_STAGE, index, i))
            return;
}

static void ask(struct panel *panel, const struct catalog_api *api, const char *what)
{
    struct routes *routes = panel->state;
    struct buf statement;
    char name[160];

    snprintf(name, sizeof name, "%s %s", what, api->id);
    if (map_get(routes->asked, text_of(name)) || !map_set(routes->asked, text_of(name), routes))
        return;
    buf_init(&statement, 1024);
    buf_add_format(&statement, "SHOW %s OF ", what);
    route_add_api(&statement, panel->host->snapshot, api);
    host_emit(panel->host, TARGET_QUIET, "panel", buf_string(&statement));
    buf_done(&statement);
}

static void unfold_api(struct panel *panel, const struct catalog_api *api)
{
    struct routes *routes = panel->state;

    set_open(routes, api, "", true);
    set_open(routes, api, "/routes", true);
    if (!api->routes_known)
        ask(panel, api, "ROUTES");
    if (api->stage_count == 0)
        ask(panel, api, "STAGES");
}

/* The API that is watched, the one in use, or the first one: it is what the day is about. */
static void unfold_first(struct panel *panel)
{
    struct routes *routes = panel->state;
    const struct host *host = panel->host;
    const struct catalog_snapshot *snapshot = host->snapshot;
    const struct catalog_api *chosen = NULL;
    size_t matches = 0;

    if (routes->first_unfolded || !snapshot || !snapshot->apis_known || snapshot->api_count == 0 ||
        !host->watch_is_settled)
        return;
    routes->first_unfolded = true;
    if (host->watched[0])
        chosen = route_find_api(host, host->watched);
    else if (host->status.api[0])
        chosen = catalog_find_api(snapshot, text_of(host->status.api), &matches);
    unfold_api(panel, chosen ? chosen : snapshot->api[0]);
}

static const struct catalog_api *api_at(const struct panel *panel, size_t index)
{
    const struct routes *routes = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    if (!snapshot || index >= routes->nodes || routes->node[index].api >= snapshot->api_count)
        return NULL;
    return snapshot->api[routes->node[index].api];
}

static const struct catalog_route *route_at(const struct panel *panel, size_t index)
{
    const struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, index);

    if (!api || routes->node[index].kind != NODE_ROUTE ||
        routes->node[index].index >= api->route_count)
        return NULL;
    return &api->route[routes->node[index].index];
}

static const struct catalog_stage *stage_at(const struct panel *panel, size_t index)
{
    const struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, index);

    if (!api || routes->node[index].kind != NODE_STAGE ||
        routes->node[index].index >= api->stage_count)
        return NULL;
    return &api->stage[routes->node[index].index];
}

/* "a1b2 2 GET /orders": API, kind of node, name. */
static void name_node(const struct panel *panel, size_t at, char *out, size_t size)
{
    const struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, at);
    const struct catalog_route *route = route_at(panel, at);
    const struct catalog_stage *stage = stage_at(panel, at);

    if (!api)
        out[0] = '\0';
    else
        snprintf(out, size, "%.64s %d %.16s %.400s", api->id, (int)routes->node[at].kind,
            route && route->method ? route->method : "",
            route   ? route->path
            : stage ? stage->name
                    : "");
}

static void remember_cursor(struct panel *panel)
{
    struct routes *routes = panel->state;

    name_node(panel, routes->list.cursor, routes->current, sizeof routes->current);
}

static void keep_cursor(struct panel *panel)
{
    struct routes *routes = panel->state;
    char name[sizeof routes->current];

    name_node(panel, routes->list.cursor, name, sizeof name);
    for (size_t i = 0;
         strcmp(name, routes->current) != 0 && routes->current[0] && i < routes->nodes; i++) {
        name_node(panel, i, name, sizeof name);
        if (!strcmp(name, routes->current))
            list_move(&routes->list, i);
    }
    remember_cursor(panel);
}

static void routes_compute(struct panel *panel)
{
    struct routes *routes = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    if (routes->generation != panel->host->catalog_generation) {
        routes->generation = panel->host->catalog_generation;
        map_free(routes->asked);
        routes->asked = map_new();
        routes->first_unfolded = false;
    }
    if (routes->asked)
        unfold_first(panel);
    routes->nodes = 0;
    for (size_t i = 0; snapshot && i < snapshot->api_count; i++)
        add_api_nodes(routes, snapshot->api[i], i);
    list_fit(&routes->list, routes->nodes, panel->height);
    keep_cursor(panel);
    snprintf(panel->title, sizeof panel->title, "Gateway");
    if (snapshot && snapshot->apis_known)
        snprintf(panel->title, sizeof panel->title, "Gateway %zu", snapshot->api_count);
    snprintf(panel->foot, sizeof panel->foot, "%zu/%zu",
        routes->nodes ? routes->list.cursor + 1 : 0, routes->nodes);
}

/* --- painting --- */

static void paint_fold(const struct canvas *canvas, int row, int column, bool open)
{
    canvas_glyph(canvas, row, column, ROLE_DIM, open ? GLYPH_OPEN : GLYPH_CLOSED);
}

static void paint_node(const struct panel *panel, const struct canvas *canvas, int row, size_t at)
{
    const struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, at);
    const char *kind = api->kind == 'H' ? "HTTP" : api->kind == 'W' ? "WS" : "REST";
    int width = canvas->width, waiting = route_count_undeployed(api);
    bool filtered = !filter_is_empty(routes->filter);

    switch (routes->node[at].kind) {
    case NODE_API:
        paint_fold(canvas, row, 3, filtered || is_open(routes, api, ""));
        canvas_string(canvas, row, 5, width - 5 - 5, ROLE_TITLE, api->name);
        canvas_right(canvas, row, width - 5, 5, ROLE_DIM, text_of(kind));
        if (waiting)
            canvas_string(canvas, row, 2, 1, ROLE_STAGED_CHANGE, "u");
        break;
    case NODE_ROUTES:
        paint_fold(canvas, row, 4, filtered || is_open(routes, api, "/routes"));
        if (api->routes_known)
            canvas_format(canvas, row, 6, width - 6, ROLE_DIM, "routes %zu", api->route_count);
        else
            canvas_string(canvas, row, 6, width - 6, ROLE_DIM, "routes: loading");
        if (panel->host->series && api->routes_known)
            canvas_string(canvas, row, width - (width >= 34 ? 9 : 3), 9, ROLE_DIM,
                width >= 34 ? "p99   r/s" : "r/s");
        break;
    case NODE_ROUTE:
        if (route_at(panel, at))
            route_paint_line(panel->host, canvas, row, api, route_at(panel, at));
        break;
    case NODE_STAGES:
        paint_fold(canvas, row, 4, is_open(routes, api, "/stages"));
        canvas_format(canvas, row, 6, width - 6, ROLE_DIM, "stages %zu", api->stage_count);
        if (waiting) {
            canvas_string(canvas, row, 2, 1, ROLE_STAGED_CHANGE, "u");
            canvas_format(canvas, row, width - 9, 9, ROLE_STAGED_CHANGE, "%5d new", waiting);
        }
        break;
    case NODE_STAGE:
        if (stage_at(panel, at))
            route_paint_stage(canvas, row, stage_at(panel, at));
        break;
    }
}

static void paint_empty(const struct panel *panel, const struct canvas *canvas)
{
    const struct catalog_snapshot *snapshot = panel->host->snapshot;
    const struct screen_status *status = &panel->host->status;

    if (panel->filter[0])
        canvas_format(canvas, 0, 1, canvas->width - 2, ROLE_DIM, "no route matches /%s",
            panel->filter);
    else if (snapshot && snapshot->apis_known)
        canvas_format(canvas, 0, 1, canvas->width - 2, ROLE_DIM, "no APIs for %s", status->profile);
    else
        canvas_string(canvas, 0, 1, canvas->width - 2, ROLE_DIM,
            panel->host->catalog ? "loading: SHOW APIS" : "not connected");
    canvas_string(canvas, 1, 1, canvas->width - 2, ROLE_DIM,
        panel->filter[0] ? "ESC clears the filter" : "");
    if (panel->focused)
        canvas_cursor(canvas, 0, 0);
}

static void routes_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct routes *routes = panel->state;

    if (routes->nodes == 0)
        paint_empty(panel, canvas);
    for (int row = 0; row < routes->list.height; row++) {
        size_t at = routes->list.top + (size_t)row;

        if (at >= routes->nodes || !api_at(panel, at))
            return;
        paint_node(panel, canvas, row, at);
        if (at != routes->list.cursor)
            continue;
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, row, canvas->width, panel->focused);
        if (panel->focused)
            canvas_cursor(canvas, row, 0);
    }
}

/* --- acting --- */

static void toggle(struct panel *panel, bool open)
{
    struct routes *routes = panel->state;
    size_t at = routes->list.cursor;
    const struct catalog_api *api = api_at(panel, at);

    if (!api)
        return;
    switch (routes->node[at].kind) {
    case NODE_API:
        if (open)
            unfold_api(panel, api);
        else
            set_open(routes, api, "", false);
        break;
    case NODE_ROUTES:
        set_open(routes, api, "/routes", open);
        break;
    case NODE_STAGES:
        set_open(routes, api, "/stages", open);
        if (open)
            ask(panel, api, "STAGES");
        break;
    case NODE_ROUTE:
    case NODE_STAGE:
        while (!open && at > 0 &&
               (routes->node[at].kind == NODE_ROUTE || routes->node[at].kind == NODE_STAGE))
            at--; /* folding a leaf goes to what it is in */
        list_move(&routes->list, at);
        remember_cursor(panel);
        break;
    }
}

static void open_node(struct panel *panel)
{
    struct routes *routes = panel->state;
    size_t at = routes->list.cursor;
    const struct catalog_api *api = api_at(panel, at);
    const struct catalog_route *route = route_at(panel, at);

    if (!api)
        return;
    if (route) {
        route_panel_load(panel->host, api->id, route->method ? route->method : "", route->path);
        return;
    }
    switch (routes->node[at].kind) {
    case NODE_API:
        toggle(panel, !is_open(routes, api, ""));
        break;
    case NODE_ROUTES:
        toggle(panel, !is_open(routes, api, "/routes"));
        break;
    case NODE_STAGES:
        toggle(panel, !is_open(routes, api, "/stages"));
        break;
    case NODE_ROUTE:
    case NODE_STAGE:
        break;
    }
}

static void edit_in_editor(struct panel *panel)
{
    struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, routes->list.cursor);
    const struct catalog_route *route = route_at(panel, routes->list.cursor);
    struct buf statement;

    if (!route) {
        host_message(panel->host, MESSAGE_NOTE, "there is no route here");
        return;
    }
    buf_init(&statement, 64 * 1024);
    route_add_alter(&statement, panel->host->snapshot, api, route);
    route_add_present(&statement, route);
    route_edit_in_editor(panel->host, api, route, buf_string(&statement));
    buf_done(&statement);
}

static void open_menu(struct panel *panel)
{
    static const struct host_choice choices[] = {
        {"DEPLOY", "Make the routes live on a stage: asks first", "deploy", TARGET_MESSAGE},
        {"INVOKE ..", "Call the route", ":INVOKE {invoke} OF {stage}", TARGET_MESSAGE},
        {"SHOW METRICS", "Watch the stage", "WATCH EVERY 1s SHOW METRICS OF {stage} BY ROUTE",
            TARGET_METRICS},
        {"TAIL LOGS", "The access log of the stage", "TAIL LOGS OF {stage}", TARGET_LOG},
        {"SHOW STAGES", "Deployment and mode of each", "SHOW STAGES OF {api}", TARGET_RESULTS},
        {"SHOW DEPLOYMENTS", "What was deployed when", "SHOW DEPLOYMENTS OF {api}", TARGET_RESULTS},
        {"CREATE ROUTE ..", "A new route", ":CREATE ROUTE 'GET /|' OF {api} -> URL 'http://'",
            TARGET_MESSAGE},
        {"DROP ROUTE", "Asks first", "DROP ROUTE {route} OF {api}", TARGET_MESSAGE},
    };

    host_menu(panel->host, "gateway", choices, sizeof choices / sizeof *choices);
}

static bool find_node(struct panel *panel, const char *needle, bool forward)
{
    struct routes *routes = panel->state;
    size_t at = routes->list.cursor;
    struct buf label;
    bool found = false;

    buf_init(&label, 4096);
    for (size_t step = 0; step < routes->nodes && !found; step++) {
        const struct catalog_route *route;

        at = forward ? (at + 1) % routes->nodes : (at + routes->nodes - 1) % routes->nodes;
        route = route_at(panel, at);
        buf_clear(&label);
        if (route)
            route_add_label(&label, route);
        else
            buf_add_string(&label, api_at(panel, at) ? api_at(panel, at)->name : "");
        found = filter_finds(buf_view(&label), text_of(needle));
    }
    if (found) {
        list_move(&routes->list, at);
        remember_cursor(panel);
    }
    buf_done(&label);
    return found;
}

static void unfold_all(struct panel *panel, bool open)
{
    struct routes *routes = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++) {
        if (open)
            unfold_api(panel, snapshot->api[i]);
        else
            set_open(routes, snapshot->api[i], "", false);
    }
}

static bool act_on_mouse(struct routes *routes, const char *action, const char *argument)
{
    int64_t row;

    if (!strcmp(action, "click") && text_to_integer(text_of(argument), 0, 1000, &row))
        list_move(&routes->list, routes->list.top + (size_t)row);
    else if (!strcmp(action, "scroll") && text_to_integer(text_of(argument), -100, 100, &row))
        list_scroll(&routes->list, (int)row);
    else
        return false;
    return true;
}

static bool routes_act(struct panel *panel, const char *action, const char *argument)
{
    struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, routes->list.cursor);

    if (list_act(&routes->list, action, argument) || act_on_mouse(routes, action, argument)) {
        remember_cursor(panel);
        return true;
    }
    if (!strcmp(action, "unfold"))
        toggle(panel, true);
    else if (!strcmp(action, "fold"))
        toggle(panel, false);
    else if (!strcmp(action, "unfold-all") || !strcmp(action, "fold-all"))
        unfold_all(panel, !strcmp(action, "unfold-all"));
    else if (!strcmp(action, "open") || !strcmp(action, "edit-route"))
        open_node(panel);
    else if (!strcmp(action, "edit-in-editor"))
        edit_in_editor(panel);
    else if (!strcmp(action, "menu"))
        open_menu(panel);
    else if (!strcmp(action, "find-next") || !strcmp(action, "find-previous"))
        return find_node(panel, argument, !strcmp(action, "find-next"));
    else if (!strcmp(action, "deploy") && api)
        route_deploy(panel->host, api);
    else if (!strcmp(action, "deploy"))
        host_message(panel->host, MESSAGE_NOTE, "there is no API here");
    else
        return false;
    return true;
}

/* The stage under the cursor, the one in use, or the first with a deployment. */
static const char *stage_name(const struct panel *panel, const struct catalog_api *api)
{
    const struct routes *routes = panel->state;
    const struct catalog_stage *stage = stage_at(panel, routes->list.cursor);

    if (stage)
        return stage->name;
    if (!strcmp(panel->host->status.api, api->name) && panel->host->status.stage[0])
        return panel->host->status.stage;
    for (size_t i = 0; i < api->stage_count; i++)
        if (api->stage[i].deployment && *api->stage[i].deployment)
            return api->stage[i].name;
    return api->stage_count ? api->stage[0].name : NULL;
}

static bool expand_names(struct panel *panel, const struct catalog_api *api,
    const struct catalog_route *route, struct text name, struct buf *out)
{
    const char *stage;

    if (text_is(name, "api")) {
        route_add_api(out, panel->host->snapshot, api);
        return true;
    }
    if (text_is(name, "stage")) {
        stage = stage_name(panel, api);
        if (!stage)
            return false;
        route_add_api(out, panel->host->snapshot, api);
        buf_add_char(out, '/');
        value_add_name(out, text_of(stage));
        return true;
    }
    if (!route)
        return false;
    if (!text_is(name, "route") && !text_is(name, "invoke"))
        return false;
    route_add_key(out, route);
    return true;
}

static bool routes_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, routes->list.cursor);
    const struct catalog_route *route = route_at(panel, routes->list.cursor);

    if (text_is(name, "statement")) {
        map_free(routes->asked); /* R asks for everything again */
        routes->asked = map_new();
        if (api && routes->asked && is_open(routes, api, "")) {
            buf_add_string(out, "SHOW ROUTES OF ");
            route_add_api(out, panel->host->snapshot, api);
        } else {
            buf_add_string(out, "SHOW APIS");
        }
        return true;
    }
    if (text_is(name, "crumbs") || text_is(name, "link")) {
        bool link = text_is(name, "link");

        buf_add_string(out, "apis");
        if (api)
            buf_add_format(out, "%s%s", link ? "/" : " > ", api->name);
        if (route) {
            buf_add_string(out, link ? "/" : " > ");
            route_add_label(out, route);
        }
        return true;
    }
    return api && expand_names(panel, api, route, name, out);
}

static bool routes_filter(struct panel *panel, struct text source, struct error *err)
{
    struct routes *routes = panel->state;
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    filter_free(routes->filter);
    routes->filter = filter;
    return true;
}

static bool routes_copy(struct panel *panel, char what, struct buf *out)
{
    struct routes *routes = panel->state;
    const struct catalog_api *api = api_at(panel, routes->list.cursor);
    const struct catalog_route *route = route_at(panel, routes->list.cursor);

    if (!api)
        return false;
    if (route && what == 'd' && route->json)
        buf_add_string(out, route->json);
    else if (route)
        route_add_label(out, route);
    else
        buf_add_string(out, what == 'k' ? api->id : api->name);
    return true;
}

static const char *const routes_contexts[] = {"tree", "list", NULL};

const struct panel_class routes_panel_class = {
    .name = "routes",
    .title = "Gateway",
    .state_size = sizeof(struct routes),
    .contexts = routes_contexts,
    .open = routes_open,
    .compute = routes_compute,
    .paint = routes_paint,
    .act = routes_act,
    .expand = routes_expand,
    .filter = routes_filter,
    .copy = routes_copy,
    .close = routes_close,
};
