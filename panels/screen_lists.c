#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

#include "client/value.h"

static const struct {
    const char *label, *help, *action;
    enum screen_target target;
} statement_table[] = {
    {"SHOW TABLES", "Names of the tables", "SHOW TABLES", TARGET_RESULTS},
    {"SHOW APIS", "REST, HTTP and WebSocket APIs", "SHOW APIS", TARGET_RESULTS},
    {"SHOW PROFILES", "Where CONNECT can go", "SHOW PROFILES", TARGET_RESULTS},
    {"SHOW JOBS", "What is running", "SHOW JOBS", TARGET_RESULTS},
    {"SHOW SETTINGS", "SET changes them", "SHOW SETTINGS", TARGET_RESULTS},
    {"SELECT", "Items by condition: Query where a key allows it", ":SELECT * FROM ",
        TARGET_MESSAGE},
    {"QUERY", "Items of one partition", ":QUERY ", TARGET_MESSAGE},
    {"SCAN", "Items of a table in no order", ":SCAN ", TARGET_MESSAGE},
    {"GET", "One item by its key", ":GET ", TARGET_MESSAGE},
    {"PUT", "Write an item", ":PUT ", TARGET_MESSAGE},
    {"UPDATE", "Change attributes of an item", ":UPDATE ", TARGET_MESSAGE},
    {"DELETE", "Delete an item by its key", ":DELETE FROM ", TARGET_MESSAGE},
    {"CREATE TABLE", "A table with its keys and indexes", ":CREATE TABLE ", TARGET_MESSAGE},
    {"CREATE API", "A new API", ":CREATE API ", TARGET_MESSAGE},
    {"CREATE ROUTE", "A route of an API", ":CREATE ROUTE 'GET /|' OF ", TARGET_MESSAGE},
    {"DEPLOY", "Make the routes of an API live", ":DEPLOY ", TARGET_MESSAGE},
    {"INVOKE", "Call a route", ":INVOKE 'GET /|' OF ", TARGET_MESSAGE},
    {"CONNECT", "Another profile", ":CONNECT ", TARGET_MESSAGE},
    {"USE API", "What OF stands for when it is left out", ":USE API ", TARGET_MESSAGE},
    {"SET theme", "terminal, gate-dark, gate-light, mono", ":SET theme ", TARGET_MESSAGE},
    {"HELP", "About a statement", ":HELP ", TARGET_MESSAGE},
    {"QUIT", "Leave", "QUIT", TARGET_MESSAGE},
};

/* One line for all keys of a context that do the same; nothing when an earlier key has said it. */
static void add_binding(struct screen *screen, const char *const *contexts,
    const struct keymap_binding *binding)
{
    const struct keymap_binding *other;
    struct buf label;
    size_t at = 0;
    bool before = true;

    buf_init(&label, 128);
    while ((other = keymap_next(screen->keymap, &at))) {
        if (strcmp(other->context, binding->context) != 0 ||
            strcmp(other->action, binding->action) != 0 ||
            !keymap_in_force(screen->keymap, contexts, other))
            continue;
        if (before && other != binding) {
            buf_done(&label);
            return;
        }
        before = false;
        if (label.length)
            buf_add_char(&label, ' ');
        keys_add_label(&label, text_of(other->keys));
    }
    picker_add(screen->picker, buf_string(&label), binding->context, binding->help, binding->action,
        binding->target);
    buf_done(&label);
}

static void add_statements(struct screen *screen)
{
    for (size_t i = 0; i < sizeof statement_table / sizeof *statement_table; i++)
        picker_add(screen->picker, statement_table[i].label, "statement", statement_table[i].help,
            statement_table[i].action, statement_table[i].target);
}

/* Keys of this panel, then of its kind, then of all panels, then statements. */
void screen_open_help(struct screen *screen)
{
    const char *contexts[CONTEXT_LIMIT];
    char title[64];

    screen_contexts(screen, contexts);
    snprintf(title, sizeof title, "help: %s", screen_focused(screen)->class->title);
    picker_begin(screen->picker, title, true);
    for (size_t c = 0; contexts[c]; c++) {
        const struct keymap_binding *binding;
        size_t at = 0;

        while ((binding = keymap_next(screen->keymap, &at)))
            if (!strcmp(binding->context, contexts[c]) &&
                keymap_in_force(screen->keymap, contexts, binding))
                add_binding(screen, contexts, binding);
    }
    add_statements(screen);
    picker_show(screen->picker);
}

void screen_open_palette(struct screen *screen)
{
    const char *contexts[CONTEXT_LIMIT];
    const struct keymap_binding *binding;
    size_t at = 0;

    screen_contexts(screen, contexts);
    picker_begin(screen->picker, "actions and statements", true);
    add_statements(screen);
    while ((binding = keymap_next(screen->keymap, &at)))
        if (keymap_in_force(screen->keymap, contexts, binding))
            add_binding(screen, contexts, binding);
    picker_show(screen->picker);
}

static void add_api(struct screen *screen, const struct catalog_api *api)
{
    struct buf action, label;

    buf_init(&action, 4096);
    buf_init(&label, 4096);
    buf_add_string(&action, "SHOW ROUTES OF ");
    value_add_name(&action, text_of(api->name));
    picker_add(screen->picker, api->name, "api", "its routes", buf_string(&action), TARGET_RESULTS);
    for (size_t i = 0; i < api->route_count; i++) {
        buf_clear(&action);
        buf_clear(&label);
        buf_add_format(&label, "%s %s", api->route[i].method, api->route[i].path);
        buf_add_format(&action, "open-route %s %s %s", api->id, api->route[i].method,
            api->route[i].path);
        picker_add(screen->picker, buf_string(&label), "route", api->name, buf_string(&action),
            TARGET_MESSAGE);
    }
    buf_done(&action);
    buf_done(&label);
}

void screen_open_names(struct screen *screen)
{
    const struct catalog_snapshot *snapshot = screen->host.snapshot;
    struct buf action;

    picker_begin(screen->picker, "go to", true);
    buf_init(&action, 4096);
    for (size_t i = 0; snapshot && i < snapshot->table_count; i++) {
        buf_clear(&action);
        buf_add_string(&action, "SCAN ");
        value_add_name(&action, text_of(snapshot->table[i]->name));
        buf_add_format(&action, " EXAMINE %ld", screen->options.page);
        picker_add(screen->picker, snapshot->table[i]->name, "table", "its first page",
            buf_string(&action), TARGET_ITEMS);
    }
    for (size_t i = 0; snapshot && i < snapshot->api_count; i++)
        add_api(screen, snapshot->api[i]);
    for (int i = 0; i < PANEL_COUNT; i++) {
        buf_clear(&action);
        buf_add_format(&action, "focus %s", screen->panel[i].class->name);
        picker_add(screen->picker, screen->panel[i].class->name, "panel",
            screen->panel[i].class->title, buf_string(&action), TARGET_MESSAGE);
    }
    for (int i = 1; i <= 9; i++) {
        buf_clear(&action);
        buf_add_format(&action, "layout %d", i);
        picker_add(screen->picker, layout_preset_name(i), "layout", "", buf_string(&action),
            TARGET_MESSAGE);
    }
    buf_done(&action);
    picker_show(screen->picker);
}

void screen_open_messages(struct screen *screen)
{
    static const char *const words[] = {"ok", "note", "warn", "error", "refused", "alert"};

    picker_begin(screen->picker, "messages, newest first", true);
    for (size_t i = 0; i < screen->message_count; i++) {
        const struct message *message =
            &screen->message[(screen->message_next + MESSAGE_COUNT - 1 - i) % MESSAGE_COUNT];

        picker_add(screen->picker, words[message->kind], "", message->text, "", TARGET_MESSAGE);
    }
    picker_show(screen->picker);
}

void host_stage_menu(struct host *host, const char *title, const char *before, const char *after,
    enum screen_target target)
{
    struct screen *screen = screen_of(host);
    const struct catalog_snapshot *snapshot = host->snapshot;
    struct buf action, label;
    size_t added = 0;

    picker_begin(screen->picker, title, false);
    buf_init(&action, 4096);
    buf_init(&label, 4096);
    for (size_t i = 0; snapshot && i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];

        for (size_t s = 0; s < api->stage_count; s++, added++) {
            size_t matches = 0;

            buf_clear(&action);
            buf_clear(&label);
            (void)catalog_find_api(snapshot, text_of(api->name), &matches);
            buf_add_format(&label, "%s/%s", api->name, api->stage[s].name);
            buf_add_string(&action, before);
            value_add_name(&action, text_of(matches > 1 ? api->id : api->name));
            buf_add_char(&action, '/');
            value_add_name(&action, text_of(api->stage[s].name));
            buf_add_string(&action, after);
            picker_add(screen->picker, buf_string(&label), "",
                api->stage[s].deployment ? api->stage[s].deployment : "not deployed",
                buf_string(&action), target);
        }
    }
    buf_done(&action);
    buf_done(&label);
    if (added)
        picker_show(screen->picker);
    else
        host_message(host, MESSAGE_NOTE, "no stage is known: unfold an API in the routes panel");
    screen_dirty(screen);
}
