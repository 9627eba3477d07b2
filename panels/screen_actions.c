#include "panels/route.h"
#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

void screen_set_filter(struct screen *screen, struct panel *panel, const char *source)
{
    struct error err;

    if (!panel->class->filter) {
        host_message(&screen->host, MESSAGE_NOTE, "%s has nothing to filter", panel->class->name);
        return;
    }
    snprintf(panel->filter, sizeof panel->filter, "%s", source);
    /* Half a term is no mistake yet while it is being typed: the rows stay as they are. */
    if (!panel->class->filter(panel, text_of(panel->filter), &err) &&
        !prompt_is_open(screen->prompt))
        host_message(&screen->host, MESSAGE_ERROR, "filter, column %d: %s", err.column, err.text);
    panel->stale = true;
    screen_dirty(screen);
}

static void act_filter(struct screen *screen, const char *argument)
{
    struct panel *panel = screen_focused(screen);

    if (!panel->class->filter) {
        host_message(&screen->host, MESSAGE_NOTE, "%s has nothing to filter", panel->class->name);
        return;
    }
    if (argument) {
        screen_set_filter(screen, panel, argument);
        return;
    }
    screen->prompt_filters = true;
    screen->field_open = false;
    prompt_open(screen->prompt, PROMPT_FILTER, "filter> ", panel->filter, strlen(panel->filter));
    screen_arrange(screen);
}

static void act_search(struct screen *screen, const char *argument)
{
    if (argument) {
        snprintf(screen->search, sizeof screen->search, "%s", argument);
        (void)screen_act(screen, "search-next", NULL);
        return;
    }
    screen->prompt_filters = screen->field_open = false;
    prompt_open(screen->prompt, PROMPT_SEARCH, "search> ", "", 0);
    screen_arrange(screen);
}

static void act_search_next(struct screen *screen, const char *argument)
{
    struct panel *panel = screen_focused(screen);

    (void)argument;
    if (!screen->search[0])
        host_message(&screen->host, MESSAGE_NOTE, "\\ searches");
    else if (!panel->class->act(panel, "find-next", screen->search))
        host_message(&screen->host, MESSAGE_NOTE, "not found: %s", screen->search);
}

static void act_search_previous(struct screen *screen, const char *argument)
{
    struct panel *panel = screen_focused(screen);

    (void)argument;
    if (screen->search[0] && !panel->class->act(panel, "find-previous", screen->search))
        host_message(&screen->host, MESSAGE_NOTE, "not found: %s", screen->search);
}

static void act_prompt(struct screen *screen, const char *argument)
{
    screen_open_prompt(screen, argument ? argument : prompt_kept(screen->prompt), SIZE_MAX);
}

static void act_prompt_statement(struct screen *screen, const char *argument)
{
    struct panel *panel = screen_focused(screen);
    struct buf statement;

    (void)argument;
    buf_init(&statement, 1024 * 1024);
    if (panel->class->expand && panel->class->expand(panel, TEXT("statement"), &statement))
        screen_open_prompt(screen, buf_string(&statement), SIZE_MAX);
    else
        host_message(&screen->host, MESSAGE_NOTE, "%s has no statement", panel->class->name);
    buf_done(&statement);
}

static enum screen_target target_of(const char *panel)
{
    if (!strcmp(panel, "items"))
        return TARGET_ITEMS;
    if (!strcmp(panel, "item"))
        return TARGET_ITEM;
    if (!strcmp(panel, "log"))
        return TARGET_LOG;
    if (!strcmp(panel, "metrics") || !strcmp(panel, "rate") || !strcmp(panel, "latency") ||
        !strcmp(panel, "status"))
        return TARGET_METRICS;
    if (!strcmp(panel, "tables") || !strcmp(panel, "routes") || !strcmp(panel, "route"))
        return TARGET_QUIET;
    return TARGET_RESULTS;
}

/* What may run again by one key: reads. Anything else goes into the prompt, where ENTER runs it. */
static bool is_read(const char *statement)
{
    static const char *const words[] = {"SELECT", "QUERY", "SCAN", "GET", "COUNT", "SHOW",
        "DESCRIBE", "EXPLAIN", "WATCH", "TAIL", "HELP", "NEXT"};
    size_t length = strcspn(statement, " \t\n(");

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_is_ignoring_case(text_make(statement, length), words[i]))
            return true;
    return false;
}

static void act_run_again(struct screen *screen, const char *argument)
{
    struct panel *panel = screen_focused(screen);
    struct buf statement;
    bool found;

    (void)argument;
    buf_init(&statement, 1024 * 1024);
    found = panel->class->expand && (panel->class->expand(panel, TEXT("again"), &statement) ||
                                        panel->class->expand(panel, TEXT("statement"), &statement));
    if (!found || statement.length == 0)
        host_message(&screen->host, MESSAGE_NOTE, "%s has no statement to run again",
            panel->class->name);
    else if (is_read(buf_string(&statement)))
        host_emit(&screen->host, target_of(panel->class->name), "key", buf_string(&statement));
    else
        screen_open_prompt(screen, buf_string(&statement), SIZE_MAX);
    buf_done(&statement);
}

static void act_copy(struct screen *screen, const char *argument)
{
    screen_copy(screen, argument ? *argument : 'y');
}

static void act_layout(struct screen *screen, const char *argument)
{
    int64_t number = 0;
    struct error err;

    if (!text_to_integer(text_of(argument), 1, 9, &number))
        number = layout_preset_number(argument ? argument : "");
    if (screen_set_layout(screen, (int)number, &err)) {
        host_message(&screen->host, MESSAGE_ERROR, "%s", err.text);
        return;
    }
    screen->zoom = false;
    if (layout_preset_front((int)number))
        screen_show_panel(screen, screen_panel_index(screen, layout_preset_front((int)number)),
            true);
}

/* q: an overlay or filter first, then the panel before, at last the console. */
static void act_close(struct screen *screen, const char *argument)
{
    const struct screen_callbacks *callbacks = &screen->options.callbacks;
    struct panel *panel = screen_focused(screen);

    (void)argument;
    if (panel->class->act(panel, "close", NULL))
        return;
    if (screen->zoom) {
        (void)screen_layout_act(screen, "zoom", NULL);
    } else if (screen->layout_number != 1 || screen->layout_is_own) {
        act_layout(screen, "1");
    } else if (screen->focus != screen_panel_index(screen, "tables")) {
        screen_show_panel(screen, screen_panel_index(screen, "tables"), true);
    } else if (screen->host.status.jobs > 0) {
        host_message(&screen->host, MESSAGE_NOTE, "%u jobs are running: ZQ quits all the same",
            screen->host.status.jobs);
    } else if (callbacks->quit) {
        callbacks->quit(callbacks->user);
    }
}

static void act_help(struct screen *screen, const char *argument)
{
    const struct screen_callbacks *callbacks = &screen->options.callbacks;
    const char *help =
        argument && callbacks->help ? callbacks->help(callbacks->user, argument) : NULL;

    if (help)
        screen_show_text(screen, argument, text_of(help));
    else
        screen_open_help(screen);
}

static void act_palette(struct screen *screen, const char *argument)
{
    (void)argument;
    screen_open_palette(screen);
}

static void act_pick(struct screen *screen, const char *argument)
{
    (void)argument;
    screen_open_names(screen);
}

static void act_messages(struct screen *screen, const char *argument)
{
    (void)argument;
    screen_open_messages(screen);
}

static void act_repaint(struct screen *screen, const char *argument)
{
    (void)argument;
    terminal_repaint(screen->terminal);
}

static void act_mouse(struct screen *screen, const char *argument)
{
    bool on = argument ? !strcmp(argument, "on") : !screen->mouse;

    if (!terminal_set_mouse(screen->terminal, on)) {
        host_message(&screen->host, MESSAGE_NOTE, "this terminal has no mouse");
        return;
    }
    screen->mouse = on;
    host_message(&screen->host, MESSAGE_NOTE,
        on ? "mouse on: Shift and drag still selects text" : "mouse off");
}

static void act_read_write(struct screen *screen, const char *argument)
{
    (void)argument;
    host_emit(&screen->host, TARGET_MESSAGE, "key",
        screen->host.status.read_only ? "SET read-only off FOR 15m" : "SET read-only on");
}

/* "API-ID METHOD /path", from the picker of names. */
static void act_open_route(struct screen *screen, const char *argument)
{
    struct text rest = text_of(argument), id = {0}, method = {0};
    char name[2][128];

    if (!text_take_until(&rest, ' ', &id) || !text_take_until(&rest, ' ', &method))
        return;
    snprintf(name[0], sizeof name[0], "%.*s", (int)id.length, id.data);
    snprintf(name[1], sizeof name[1], "%.*s", (int)method.length, method.data);
    route_panel_load(&screen->host, name[0], name[1], rest.data);
}

static void act_suspend(struct screen *screen, const char *argument)
{
    struct error err;

    (void)argument;
    terminal_suspend(screen->terminal);
    terminal_size(screen->terminal, &screen->width, &screen->height);
    if (!surface_resize(&screen->surface, screen->width, screen->height, &err))
        screen_arrange(screen);
}

static const struct {
    const char *name;
    void (*act)(struct screen *screen, const char *argument);
} action_table[] = {
    {"close", act_close},
    {"copy", act_copy},
    {"filter", act_filter},
    {"help", act_help},
    {"layout", act_layout},
    {"messages", act_messages},
    {"mouse", act_mouse},
    {"open-route", act_open_route},
    {"palette", act_palette},
    {"pick", act_pick},
    {"prompt", act_prompt},
    {"prompt-statement", act_prompt_statement},
    {"read-write", act_read_write},
    {"repaint", act_repaint},
    {"run-again", act_run_again},
    {"search", act_search},
    {"search-next", act_search_next},
    {"search-previous", act_search_previous},
    {"suspend", act_suspend},
};

bool screen_act(struct screen *screen, const char *action, const char *argument)
{
    struct panel *panel = screen_focused(screen);

    for (size_t i = 0; i < sizeof action_table / sizeof *action_table; i++) {
        if (strcmp(action_table[i].name, action) != 0)
            continue;
        action_table[i].act(screen, argument);
        screen_dirty(screen);
        return true;
    }
    if (screen_layout_act(screen, action, argument))
        return true;
    if (!panel->class->act(panel, action, argument))
        return false;
    panel->stale = true;
    screen_dirty(screen);
    return true;
}
