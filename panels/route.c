#include "panels/route.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "client/series.h"
#include "client/value.h"
#include "panels/metrics.h"

enum { RATE_SLOTS = 60, STATEMENT_LIMIT = 64 * 1024, STAGE_CHOICES = 9 };

static void add_quoted(struct buf *out, struct text text)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\'')
            buf_add_char(out, '\'');
        buf_add_char(out, text.data[i]);
    }
    buf_add_char(out, '\'');
}

void route_add_api(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct catalog_api *api)
{
    size_t matches = 0;

    (void)catalog_find_api(snapshot, text_of(api->name), &matches);
    value_add_name(out, text_of(matches > 1 ? api->id : api->name));
}

void route_add_label(struct buf *out, const struct catalog_route *route)
{
    if (route->method && *route->method && strcmp(route->path, "$default") != 0)
        buf_add_format(out, "%s %s", route->method, route->path);
    else
        buf_add_string(out, route->path);
}

void route_add_key(struct buf *out, const struct catalog_route *route)
{
    struct buf label;

    buf_init(&label, STATEMENT_LIMIT);
    route_add_label(&label, route);
    add_quoted(out, buf_view(&label));
    buf_done(&label);
}

bool route_add_target(struct buf *out, const char *target)
{
    struct text text = text_trim(text_of(target)), word = {0};

    if (!text_take_until(&text, ' ', &word)) {
        word = text;
        text = TEXT("");
    }
    text = text_trim(text);
    if (text_is_ignoring_case(word, "URL") && text.length > 0) {
        buf_add_string(out, "URL ");
        if (text.data[0] == '\'')
            buf_add_text(out, text);
        else
            add_quoted(out, text);
        return true;
    }
    if (text_is_ignoring_case(word, "MOCK")) {
        buf_add_string(out, "MOCK");
        if (text.length > 0)
            buf_add_format(out, " %.*s", (int)text.length, text.data);
        return true;
    }
    return false;
}

void route_add_duration(struct buf *out, int milliseconds)
{
    if (milliseconds % 1000 == 0)
        buf_add_format(out, "%ds", milliseconds / 1000);
    else
        buf_add_format(out, "%dms", milliseconds);
}

void route_add_alter(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct catalog_api *api, const struct catalog_route *route)
{
    buf_add_string(out, "ALTER ROUTE ");
    route_add_key(out, route);
    buf_add_string(out, " OF ");
    route_add_api(out, snapshot, api);
}

void route_add_present(struct buf *out, const struct catalog_route *route)
{
    size_t length = out->length;

    buf_add_string(out, "\n  -> ");
    if (!route->target || !route_add_target(out, route->target))
        buf_cut(out, length);
    if (route->timeout_ms) {
        buf_add_string(out, "\n  TIMEOUT ");
        route_add_duration(out, route->timeout_ms);
    }
}

const struct catalog_api *route_find_api(const struct host *host, const char *id)
{
    const struct catalog_snapshot *snapshot = host->snapshot;

    for (size_t i = 0; snapshot && i < snapshot->api_count; i++)
        if (!strcmp(snapshot->api[i]->id, id))
            return snapshot->api[i];
    return NULL;
}

const struct catalog_route *route_find(const struct catalog_api *api, const char *method,
    const char *path)
{
    for (size_t i = 0; api && i < api->route_count; i++)
        if (!strcmp(api->route[i].method ? api->route[i].method : "", method) &&
            !strcmp(api->route[i].path, path))
            return &api->route[i];
    return NULL;
}

struct route_figures route_figures(const struct host *host, const struct catalog_api *api,
    const struct catalog_route *route)
{
    struct route_figures figures = {0};
    struct series_slot slot[RATE_SLOTS];
    char title[160];
    struct buf label;
    size_t count, present = 0;
    uint64_t requests = 0;
    struct text place, name;

    if (!host->series)
        return figures;
    series_title(host->series, title, sizeof title);
    place = text_of(title);
    if (!text_take_until(&place, '/', &name) ||
        (!text_is(name, api->name) && !text_is(name, api->id)))
        return figures;
    buf_init(&label, 1024);
    route_add_label(&label, route);
    count = series_copy(host->series, buf_string(&label), metrics_last_slot(host->series), slot,
        RATE_SLOTS);
    buf_done(&label);
    for (size_t i = 0; i < count; i++) {
        if (!slot[i].at)
            continue;
        present++;
        requests += slot[i].count;
        figures.errors += slot[i].s5;
        if (slot[i].p99 > figures.p99_us)
            figures.p99_us = slot[i].p99;
    }
    if (present) {
        figures.known = true;
        figures.rate = (double)requests * (double)CLOCK_SECOND /
                       ((double)present * (double)series_slot_length(host->series));
    }
    return figures;
}

void route_deploy(struct host *host, const struct catalog_api *api)
{
    struct host_choice choice[STAGE_CHOICES];
    char label[STAGE_CHOICES][128], action[STAGE_CHOICES][512];
    size_t count = api->stage_count < STAGE_CHOICES ? api->stage_count : STAGE_CHOICES;
    struct buf name, statement;

    buf_init(&name, 1024);
    buf_init(&statement, STATEMENT_LIMIT);
    route_add_api(&name, host->snapshot, api);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&statement);
        buf_add_format(&statement, "DEPLOY %s TO ", buf_string(&name));
        value_add_name(&statement, text_of(api->stage[i].name));
        snprintf(label[i], sizeof label[i], "%s", api->stage[i].name);
        snprintf(action[i], sizeof action[i], "%s", buf_string(&statement));
        choice[i] = (struct host_choice){label[i],
            api->stage[i].auto_deploy ? "deploys by itself" : action[i], action[i], TARGET_MESSAGE};
    }
    if (count == 1) {
        host_emit(host, TARGET_MESSAGE, "key", action[0]);
    } else if (count > 1) {
        host_menu(host, "deploy to", choice, count);
    } else {
        buf_clear(&statement);
        buf_add_format(&statement, "DEPLOY %s TO ", buf_string(&name));
        host_prompt(host, buf_string(&statement));
    }
    buf_done(&name);
    buf_done(&statement);
}

/* --- $EDITOR --- */

/* What is left when lines that start with "--" are taken out. */
static void strip_comments(const struct buf *text, struct buf *out)
{
    struct text rest = buf_view(text), line = {0};

    while (text_take_field(&rest, '\n', &line))
        if (!text_starts_with(text_trim(line), TEXT("--")) && text_trim(line).length > 0)
            buf_add_format(out, "%s%.*s", out->length ? "\n" : "", (int)line.length, line.data);
    while (out->length > 0 && strchr("; \t\r\n", out->data[out->length - 1]))
        buf_cut(out, out->length - 1);
}

static void add_head(struct buf *text, const struct catalog_route *route, const char *problem)
{
    if (problem)
        buf_add_format(text, "-- error: %s\n", problem);
    buf_add_string(text,
        "-- Change the statement, save and leave the editor. The difference is shown before\n"
        "-- anything is sent; leaving without a change sends nothing.\n");
    if (route->target)
        buf_add_format(text, "-- now: %s", route->target);
    if (route->timeout_ms)
        buf_add_format(text, "  timeout %d ms", route->timeout_ms);
    if (route->authorization)
        buf_add_format(text, "  auth %s", route->authorization);
    buf_add_char(text, '\n');
}

void route_edit_in_editor(struct host *host, const struct catalog_api *api,
    const struct catalog_route *route, const char *statement)
{
    const struct screen_callbacks *callbacks = &host->options->callbacks;
    struct buf text, stripped;
    char problem[256] = "";
    int verdict = 1, column = 0;

    (void)api;
    buf_init(&text, STATEMENT_LIMIT * 4);
    buf_init(&stripped, STATEMENT_LIMIT * 4);
    buf_add_string(&stripped, statement);
    do {
        buf_clear(&text);
        add_head(&text, route, problem[0] ? problem : NULL);
        buf_add_format(&text, "%s\n", buf_string(&stripped));
        if (!host_edit(host, ".gh", &text))
            break;
        buf_clear(&stripped);
        strip_comments(&text, &stripped);
        if (stripped.length == 0 || !strcmp(buf_string(&stripped), statement)) {
            host_message(host, MESSAGE_NOTE, "nothing is changed");
            break;
        }
        problem[0] = '\0';
        verdict = callbacks->check ? callbacks->check(callbacks->user, buf_string(&stripped),
                                         problem, sizeof problem, &column)
                                   : 1;
        if (verdict == 0)
            snprintf(problem, sizeof problem, "the statement is not complete");
        if (verdict > 0)
            host_emit(host, TARGET_MESSAGE, "key", buf_string(&stripped));
    } while (verdict <= 0);
    buf_done(&text);
    buf_done(&stripped);
}
