#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

#include "client/value.h"

/*
 * What the panels ask for by themselves: the listings at the start, then metrics and log of the
 * API and stage in use, or of the first stage that has a deployment.
 */

static void add_place(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct catalog_api *api, const char *stage)
{
    size_t matches = 0;

    (void)catalog_find_api(snapshot, text_of(api->name), &matches);
    value_add_name(out, text_of(matches > 1 ? api->id : api->name));
    if (stage) {
        buf_add_char(out, '/');
        value_add_name(out, text_of(stage));
    }
}

/* The stage to watch, once it is known; asks for the stages of APIs in turn until one has one. */
static bool find_stage(struct screen *screen, struct buf *place, const char **id)
{
    const struct catalog_snapshot *snapshot = screen->host.snapshot;
    const struct screen_status *status = &screen->host.status;
    size_t matches = 0;
    const struct catalog_api *used =
        status->api[0] ? catalog_find_api(snapshot, text_of(status->api), &matches) : NULL;

    if (used && status->stage[0]) {
        add_place(place, snapshot, used, status->stage);
        *id = used->id;
        return true;
    }
    for (size_t i = 0; i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];

        if (used && api != used)
            continue;
        for (size_t s = 0; s < api->stage_count; s++) {
            if (api->stage[s].deployment && *api->stage[s].deployment) {
                add_place(place, snapshot, api, api->stage[s].name);
                *id = api->id;
                return true;
            }
        }
        if (i >= screen->stages_asked) {
            struct buf statement;

            screen->stages_asked = (unsigned)i + 1;
            buf_init(&statement, 4096);
            buf_add_string(&statement, "SHOW STAGES OF ");
            add_place(&statement, snapshot, api, NULL);
            host_emit(&screen->host, TARGET_QUIET, "panel", buf_string(&statement));
            buf_done(&statement);
            return false;
        }
    }
    screen->host.watch_is_settled = true;
    return false;
}

static void start_watching(struct screen *screen, const char *place)
{
    struct buf statement;

    buf_init(&statement, 4096);
    buf_add_format(&statement, "WATCH EVERY 1s SHOW METRICS OF %s BY ROUTE", place);
    host_emit(&screen->host, TARGET_METRICS, "panel", buf_string(&statement));
    buf_clear(&statement);
    buf_add_format(&statement, "TAIL LOGS OF %s", place);
    host_emit(&screen->host, TARGET_LOG, "panel", buf_string(&statement));
    buf_done(&statement);
    snprintf(screen->watched_metrics, sizeof screen->watched_metrics, "%s", place);
    snprintf(screen->watched_log, sizeof screen->watched_log, "%s", place);
}

void screen_watch(struct screen *screen)
{
    struct buf place;
    const char *api = "";

    if (!screen->host.catalog || !screen->host.snapshot)
        return;
    if (!screen->asked_listing) {
        screen->asked_listing = true;
        host_emit(&screen->host, TARGET_QUIET, "panel", "SHOW TABLES");
        host_emit(&screen->host, TARGET_QUIET, "panel", "SHOW APIS");
        return;
    }
    if (screen->watched_metrics[0] || !screen->host.snapshot->apis_known)
        return;
    buf_init(&place, 512);
    if (find_stage(screen, &place, &api)) {
        start_watching(screen, buf_string(&place));
        snprintf(screen->host.watched, sizeof screen->host.watched, "%s", api);
        screen->host.watch_is_settled = true;
    }
    buf_done(&place);
}
