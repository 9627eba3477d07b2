#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "panels/list.h"
#include "panels/route.h"
#include "panels/words.h"

enum { VALUE_SIZE = 1024, TIMEOUT_MINIMUM = 50, TIMEOUT_MAXIMUM = 300000, LABEL = 15 };

enum field { FIELD_ROUTE, FIELD_KIND, FIELD_TARGET, FIELD_TIMEOUT, FIELD_AUTH, FIELD_KEY, FIELDS };

static const char *const kind_choices[] = {"URL", "MOCK", NULL};
static const char *const auth_choices[] = {"NONE", "IAM", NULL};
static const char *const key_choices[] = {"OFF", "REQUIRED", NULL};

static const struct {
    const char *label;
    const char *const *choices; /* NULL: typed */
    const char *help;
} field_table[FIELDS] = {
    [FIELD_ROUTE] = {"route", NULL, "METHOD /path; a change renames it"},
    [FIELD_KIND] = {"integration", kind_choices, "URL calls an address, MOCK answers by itself"},
    [FIELD_TARGET] = {"target", NULL, "the address, or the status of a MOCK"},
    [FIELD_TIMEOUT] = {"timeout ms", NULL, "50 to 29000 for REST, 30000 for HTTP APIs"},
    [FIELD_AUTH] = {"authorizer", auth_choices, "NONE, IAM, or the name of an authorizer"},
    [FIELD_KEY] = {"API key", key_choices, "REST only"},
};

struct form {
    struct list list;
    char api_id[64], api_name[128], method[16], path[512];
    char kind; /* of the API */
    char old[FIELDS][VALUE_SIZE], now[FIELDS][VALUE_SIZE];
    bool locked[FIELDS]; /* the language cannot say it in one option */
    bool loaded, gone;
    char error[160];
};

static bool is_changed(const struct form *form, int field)
{
    return strcmp(form->old[field], form->now[field]) != 0;
}

static int count_changes(const struct form *form)
{
    int count = 0;

    for (int i = 0; i < FIELDS; i++)
        count += is_changed(form, i);
    return count;
}

/* "URL http://x" apart: the word, and the rest without quotes. */
static void split_target(const char *target, char *kind, char *value, bool *locked)
{
    struct text rest = text_of(target), word = {0};

    if (!text_take_until(&rest, ' ', &word)) {
        word = rest;
        rest = TEXT("");
    }
    rest = text_trim(rest);
    if (rest.length >= 2 && rest.data[0] == '\'' && rest.data[rest.length - 1] == '\'')
        rest = text_slice(rest, 1, rest.length - 1);
    snprintf(kind, VALUE_SIZE, "%.*s", (int)word.length, word.data);
    snprintf(value, VALUE_SIZE, "%.*s", (int)rest.length, rest.data);
    *locked = strcmp(kind, "URL") != 0 && strcmp(kind, "MOCK") != 0;
}

static void fill(struct form *form, const struct catalog_api *api,
    const struct catalog_route *route)
{
    struct buf label;

    buf_init(&label, VALUE_SIZE);
    route_add_label(&label, route);
    memset(form->locked, 0, sizeof form->locked);
    snprintf(form->api_name, sizeof form->api_name, "%s", api->name);
    form->kind = api->kind;
    snprintf(form->old[FIELD_ROUTE], VALUE_SIZE, "%s", buf_string(&label));
    split_target(route->target ? route->target : "", form->old[FIELD_KIND], form->old[FIELD_TARGET],
        &form->locked[FIELD_TARGET]);
    form->locked[FIELD_KIND] = form->locked[FIELD_TARGET];
    snprintf(form->old[FIELD_TIMEOUT], VALUE_SIZE, "%d", route->timeout_ms);
    snprintf(form->old[FIELD_AUTH], VALUE_SIZE, "%s",
        route->authorization && *route->authorization ? route->authorization : "NONE");
    if (!strcmp(form->old[FIELD_AUTH], "AWS_IAM"))
        snprintf(form->old[FIELD_AUTH], VALUE_SIZE, "IAM");
    snprintf(form->old[FIELD_KEY], VALUE_SIZE, "%s", route->key_required ? "REQUIRED" : "OFF");
    form->locked[FIELD_KEY] = api->kind != 'R';
    memcpy(form->now, form->old, sizeof form->now);
    form->error[0] = '\0';
    buf_done(&label);
}

void route_panel_load(struct host *host, const char *api_id, const char *method, const char *path)
{
    struct panel *panel = host_panel(host, "route");
    struct form *form = panel->state;
    const struct catalog_api *api = route_find_api(host, api_id);
    const struct catalog_route *route = route_find(api, method, path);

    if (!route) {
        host_message(host, MESSAGE_NOTE, "this route is not known (any more)");
        return;
    }
    if (form->loaded && count_changes(form) > 0 &&
        (strcmp(form->api_id, api_id) != 0 || strcmp(form->path, path) != 0 ||
            strcmp(form->method, method) != 0)) {
        host_message(host, MESSAGE_NOTE,
            "the form holds %d changes of %s: w sends them, U drops them", count_changes(form),
            form->old[FIELD_ROUTE]);
    } else if (!form->loaded || count_changes(form) == 0) {
        snprintf(form->api_id, sizeof form->api_id, "%s", api_id);
        snprintf(form->method, sizeof form->method, "%s", method);
        snprintf(form->path, sizeof form->path, "%s", path);
        fill(form, api, route);
        form->loaded = true;
        form->list.cursor = FIELD_TARGET;
    }
    host_show(host, "route", true);
}

/* What the service has now; edits are kept, and a form without edits follows it. */
static const struct catalog_route *look_again(struct panel *panel, const struct catalog_api **api)
{
    struct form *form = panel->state;
    const struct catalog_route *route;

    *api = route_find_api(panel->host, form->api_id);
    route = route_find(*api, form->method, form->path);
    form->gone = !route;
    if (route && count_changes(form) == 0 && !host_field_is_open(panel->host))
        fill(form, *api, route);
    return route;
}

/* --- the statement --- */

static void add_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_add_char(out, '\'');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '\'');
}

static const char *check_fields(const struct form *form)
{
    int64_t number;

    if (is_changed(form, FIELD_ROUTE) && !strchr(form->now[FIELD_ROUTE], '/') &&
        form->now[FIELD_ROUTE][0] != '$')
        return "a route is METHOD /path";
    if (is_changed(form, FIELD_TIMEOUT) && !text_to_integer(text_of(form->now[FIELD_TIMEOUT]),
                                               TIMEOUT_MINIMUM, TIMEOUT_MAXIMUM, &number))
        return "the timeout is 50 ms or more";
    if ((is_changed(form, FIELD_TARGET) || is_changed(form, FIELD_KIND)) &&
        !strcmp(form->now[FIELD_KIND], "URL") && !strstr(form->now[FIELD_TARGET], "://"))
        return "the target of URL is an address: http://..";
    if ((is_changed(form, FIELD_TARGET) || is_changed(form, FIELD_KIND)) &&
        !strcmp(form->now[FIELD_KIND], "MOCK") && form->now[FIELD_TARGET][0] &&
        !text_to_integer(text_of(form->now[FIELD_TARGET]), 100, 599, &number))
        return "the target of MOCK is a status: 200";
    return NULL;
}

/* Only the options that changed. */
static void add_statement(const struct panel *panel, const struct catalog_api *api,
    const struct catalog_route *route, struct buf *out)
{
    const struct form *form = panel->state;
    int64_t timeout = 0;

    route_add_alter(out, panel->host->snapshot, api, route);
    if (is_changed(form, FIELD_KIND) || is_changed(form, FIELD_TARGET)) {
        buf_add_format(out, " -> %s ", form->now[FIELD_KIND]);
        if (!strcmp(form->now[FIELD_KIND], "URL"))
            add_quoted(out, form->now[FIELD_TARGET]);
        else
            buf_add_string(out, form->now[FIELD_TARGET][0] ? form->now[FIELD_TARGET] : "200");
    }
    if (is_changed(form, FIELD_TIMEOUT) &&
        text_to_integer(text_of(form->now[FIELD_TIMEOUT]), 0, TIMEOUT_MAXIMUM, &timeout)) {
        buf_add_string(out, " TIMEOUT ");
        route_add_duration(out, (int)timeout);
    }
    if (is_changed(form, FIELD_AUTH))
        buf_add_format(out, " AUTH %s", form->now[FIELD_AUTH]);
    if (is_changed(form, FIELD_KEY))
        buf_add_format(out, " KEY %s", form->now[FIELD_KEY]);
    if (is_changed(form, FIELD_ROUTE)) {
        buf_add_string(out, " RENAME TO ");
        add_quoted(out, form->now[FIELD_ROUTE]);
    }
}

static void review(struct panel *panel)
{
    struct form *form = panel->state;
    const struct catalog_api *api;
    const struct catalog_route *route = look_again(panel, &api);
    const char *problem = check_fields(form);
    struct buf statement;

    if (!form->loaded || count_changes(form) == 0) {
        host_message(panel->host, MESSAGE_NOTE, "nothing is changed");
    } else if (!route) {
        host_message(panel->host, MESSAGE_ERROR, "the route is not there any more");
    } else if (problem) {
        host_message(panel->host, MESSAGE_ERROR, "%s", problem);
    } else {
        buf_init(&statement, 64 * 1024);
        add_statement(panel, api, route, &statement);
        host_emit(panel->host, TARGET_MESSAGE, "key", buf_string(&statement));
        buf_done(&statement);
    }
}

static void edit_in_editor(struct panel *panel)
{
    struct form *form = panel->state;
    const struct catalog_api *api;
    const struct catalog_route *route = look_again(panel, &api);
    struct buf statement;

    if (!form->loaded || !route) {
        host_message(panel->host, MESSAGE_NOTE, "there is no route here");
        return;
    }
    buf_init(&statement, 64 * 1024);
    add_statement(panel, api, route, &statement);
    if (count_changes(form) == 0) /* something to change */
        route_add_present(&statement, route);
    route_edit_in_editor(panel->host, api, route, buf_string(&statement));
    buf_done(&statement);
}

/* --- panel --- */

static void route_compute(struct panel *panel)
{
    struct form *form = panel->state;
    const struct catalog_api *api;
    int changes;

    if (!form->loaded) {
        snprintf(panel->title, sizeof panel->title, "Route");
        panel->foot[0] = '\0';
        return;
    }
    (void)look_again(panel, &api);
    list_fit(&form->list, FIELDS, FIELDS);
    changes = count_changes(form);
    snprintf(panel->title, sizeof panel->title, "%.160s  %.60s", form->old[FIELD_ROUTE],
        form->api_name);
    if (form->gone)
        snprintf(panel->foot, sizeof panel->foot, "not there any more");
    else if (changes)
        snprintf(panel->foot, sizeof panel->foot, "%d changed  w review", changes);
    else
        snprintf(panel->foot, sizeof panel->foot, "%s",
            host_field_is_open(panel->host) && panel->focused ? "-- edit --" : "ENTER types");
}

static void paint_field(const struct panel *panel, const struct canvas *canvas, int row, int field)
{
    const struct form *form = panel->state;
    bool current = (int)form->list.cursor == field;
    bool editing = current && panel->focused && host_field_is_open(panel->host);
    int width = canvas->width - LABEL - 6;
    enum role role = form->locked[field] ? ROLE_DIM : ROLE_TEXT;

    if (current)
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
    if (is_changed(form, field))
        canvas_string(canvas, row, 2, 1, ROLE_STAGED_CHANGE, "~");
    canvas_string(canvas, row, 3, LABEL - 3, ROLE_DIM, field_table[field].label);
    canvas_string(canvas, row, LABEL, 1, ROLE_FRAME, "[");
    canvas_string(canvas, row, LABEL + 1 + width, 1, ROLE_FRAME, "]");
    if (editing) {
        host_paint_field(panel->host, canvas, row, LABEL + 1, width);
        return;
    }
    if (is_changed(form, field))
        role = ROLE_STAGED_CHANGE;
    canvas_string(canvas, row, LABEL + 1, width - 2, role, form->now[field]);
    if (field_table[field].choices && !form->locked[field])
        canvas_glyph(canvas, row, LABEL + width - 1, ROLE_DIM, GLYPH_OPEN);
    if (current && panel->focused)
        canvas_cursor(canvas, row, LABEL + 1);
}

static int paint_live(const struct panel *panel, const struct canvas *canvas, int row)
{
    const struct form *form = panel->state;
    const struct catalog_api *api = route_find_api(panel->host, form->api_id);
    const struct catalog_route *route = route_find(api, form->method, form->path);
    struct route_figures figures;
    struct buf line;

    if (!route)
        return row;
    figures = route_figures(panel->host, api, route);
    if (!figures.known)
        return row;
    buf_init(&line, 256);
    words_add_rate(&line, figures.rate);
    buf_add_string(&line, " r/s   p99 ");
    words_add_ms(&line, figures.p99_us);
    buf_add_format(&line, " ms   5xx %llu", (unsigned long long)figures.errors);
    canvas_string(canvas, row, 3, LABEL - 3, ROLE_DIM, "last minute");
    canvas_text(canvas, row, LABEL + 1, canvas->width - LABEL - 2,
        figures.errors ? ROLE_STATUS_5XX : ROLE_TEXT, buf_view(&line));
    buf_done(&line);
    return row + 1;
}

/* Old above new where there is room, else both in one row; returns the rows. */
static int paint_change(const struct form *form, const struct canvas *canvas, int row, int field,
    bool compact)
{
    const char *label = field_table[field].label;
    int width = canvas->width - 4;

    if (compact) {
        canvas_format(canvas, row, 3, width, ROLE_STAGED_CHANGE, "~ %-11s %s %s %s", label,
            form->old[field], canvas_glyphs(canvas)->sign[GLYPH_BECOMES], form->now[field]);
        return 1;
    }
    canvas_format(canvas, row, 3, width, ROLE_DIFF_DEL, "- %-11s %s", label, form->old[field]);
    canvas_format(canvas, row + 1, 3, width, ROLE_DIFF_ADD, "+ %-11s %s", label, form->now[field]);
    return 2;
}

/* Old and new of each changed field, and the statement that would be sent. */
static void paint_difference(const struct panel *panel, const struct canvas *canvas, int row)
{
    const struct form *form = panel->state;
    const struct catalog_api *api = route_find_api(panel->host, form->api_id);
    const struct catalog_route *route = route_find(api, form->method, form->path);
    const char *problem = check_fields(form);
    bool roomy = canvas->height - row >= 2 * count_changes(form) + 2;
    struct buf statement;

    if (count_changes(form) == 0 || !route) {
        canvas_string(canvas, row, 3, canvas->width - 4, ROLE_DIM,
            field_table[form->list.cursor < FIELDS ? form->list.cursor : 0].help);
        return;
    }
    canvas_string(canvas, row++, 3, canvas->width - 4, ROLE_TITLE, "before it is sent");
    for (int i = 0; i < FIELDS; i++)
        if (is_changed(form, i))
            row += paint_change(form, canvas, row, i, !roomy);
    if (problem) {
        canvas_format(canvas, row, 3, canvas->width - 4, ROLE_VIOLATION_E, "E %s", problem);
        return;
    }
    buf_init(&statement, 64 * 1024);
    add_statement(panel, api, route, &statement);
    canvas_text(canvas, row, 3, canvas->width - 4, ROLE_DIM, buf_view(&statement));
    buf_done(&statement);
}

static void route_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct form *form = panel->state;
    int row = FIELDS;

    if (!form->loaded) {
        canvas_string(canvas, 1, 2, canvas->width - 4, ROLE_DIM,
            "no route.  ENTER on a route in the gateway panel opens it here");
        if (panel->focused)
            canvas_cursor(canvas, 1, 0);
        return;
    }
    for (int field = 0; field < FIELDS; field++)
        paint_field(panel, canvas, field, field);
    row = paint_live(panel, canvas, row);
    paint_difference(panel, canvas, row + 1);
}

static void step_choice(struct form *form, bool forward)
{
    int field = (int)form->list.cursor, count = 0, at = -1;
    const char *const *choices = field < FIELDS ? field_table[field].choices : NULL;

    if (!choices || form->locked[field])
        return;
    for (; choices[count]; count++)
        if (!strcmp(choices[count], form->now[field]))
            at = count;
    at = forward ? (at + 1) % count : (at + count - 1 + (at < 0)) % count;
    snprintf(form->now[field], VALUE_SIZE, "%s", choices[at]);
}

static void edit_field(struct panel *panel)
{
    struct form *form = panel->state;
    int field = (int)form->list.cursor;

    if (!form->loaded || form->gone || field >= FIELDS) {
        host_message(panel->host, MESSAGE_NOTE, "there is nothing to change");
    } else if (form->locked[field]) {
        host_message(panel->host, MESSAGE_NOTE, "%s is changed by a statement: E opens $EDITOR",
            field_table[field].label);
    } else if (field_table[field].choices && field != FIELD_AUTH) {
        step_choice(form, true);
    } else {
        host_edit_field(panel->host, form->now[field]);
    }
}

static bool act_on_field(struct panel *panel, const char *action, const char *argument)
{
    struct form *form = panel->state;
    int field = (int)form->list.cursor;

    if (field >= FIELDS)
        return false;
    if (!strcmp(action, "field-changed") || !strcmp(action, "field-cancelled"))
        return true; /* what is typed counts when it is done */
    if (!strcmp(action, "field-done"))
        snprintf(form->now[field], VALUE_SIZE, "%s", argument);
    else if (!strcmp(action, "undo-field"))
        memcpy(form->now[field], form->old[field], VALUE_SIZE);
    else if (!strcmp(action, "undo-all"))
        memcpy(form->now, form->old, sizeof form->now);
    else if (!strcmp(action, "next-choice") || !strcmp(action, "previous-choice"))
        step_choice(form, !strcmp(action, "next-choice"));
    else
        return false;
    return true;
}

static bool route_act(struct panel *panel, const char *action, const char *argument)
{
    struct form *form = panel->state;
    const struct catalog_api *api;
    int64_t row;

    if (list_act(&form->list, action, argument) || act_on_field(panel, action, argument))
        return true;
    if (!strcmp(action, "review"))
        review(panel);
    else if (!strcmp(action, "edit-field"))
        edit_field(panel);
    else if (!strcmp(action, "edit-in-editor"))
        edit_in_editor(panel);
    else if (!strcmp(action, "click") && text_to_integer(text_of(argument), 0, FIELDS - 1, &row))
        list_move(&form->list, (size_t)row);
    else if (!strcmp(action, "escape") || !strcmp(action, "close"))
        host_show(panel->host, "routes", true);
    else if (!strcmp(action, "deploy")) {
        api = route_find_api(panel->host, form->api_id);
        if (api)
            route_deploy(panel->host, api);
    } else
        return false;
    return true;
}

static bool route_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct form *form = panel->state;
    const struct catalog_api *api = route_find_api(panel->host, form->api_id);
    const struct catalog_route *route = route_find(api, form->method, form->path);

    if (text_is(name, "crumbs")) {
        buf_add_format(out, "apis > %s > %s > edit", form->api_name, form->old[FIELD_ROUTE]);
        return true;
    }
    if (!form->loaded || !route)
        return false;
    if (text_is(name, "link"))
        buf_add_format(out, "apis/%s/%s", form->api_name, form->old[FIELD_ROUTE]);
    else if (text_is(name, "statement"))
        add_statement(panel, api, route, out);
    else if (text_is(name, "again")) {
        buf_add_string(out, "SHOW ROUTES OF ");
        route_add_api(out, panel->host->snapshot, api);
    } else if (text_is(name, "api"))
        route_add_api(out, panel->host->snapshot, api);
    else if (text_is(name, "route"))
        route_add_key(out, route);
    else
        return false;
    return true;
}

static bool route_copy(struct panel *panel, char what, struct buf *out)
{
    struct form *form = panel->state;
    const struct catalog_api *api = route_find_api(panel->host, form->api_id);
    const struct catalog_route *route = route_find(api, form->method, form->path);

    if (!form->loaded || form->list.cursor >= FIELDS)
        return false;
    if (what == 'd' && route && route->json)
        buf_add_string(out, route->json);
    else
        buf_add_string(out, what == 'k' ? form->old[FIELD_ROUTE] : form->now[form->list.cursor]);
    return true;
}

static const char *const route_contexts[] = {"list", NULL};

const struct panel_class route_panel_class = {
    .name = "route",
    .title = "Route",
    .state_size = sizeof(struct form),
    .contexts = route_contexts,
    .compute = route_compute,
    .paint = route_paint,
    .act = route_act,
    .expand = route_expand,
    .copy = route_copy,
};
