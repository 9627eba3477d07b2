#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

enum { WIDE = 60, HIGH = 14, LEAST_WIDTH = 20, LEAST_HEIGHT = 5, PROMPT_BLOCK_HEIGHT = 20 };

int screen_panel_index(const struct screen *screen, const char *name)
{
    for (int i = 0; i < PANEL_COUNT; i++)
        if (!strcmp(screen->panel[i].class->name, name))
            return i;
    return -1;
}

struct panel *screen_focused(struct screen *screen)
{
    return &screen->panel[screen->focus];
}

static int leaf_of(const struct screen *screen, int index)
{
    return layout_find(&screen->layout, screen->panel[index].class->name);
}

/* The panel in front of a group of tabs: the one raised last. */
static int front_of(const struct screen *screen, int group)
{
    int leaf[LAYOUT_NODES], count = layout_leaves(&screen->layout, leaf, LAYOUT_NODES), best = -1;

    for (int i = 0; i < count; i++) {
        int panel;

        if (layout_group(&screen->layout, leaf[i]) != group)
            continue;
        panel = screen_panel_index(screen, screen->layout.node[leaf[i]].name);
        if (panel >= 0 && (best < 0 || screen->raised[panel] > screen->raised[best]))
            best = panel;
    }
    return best;
}

struct layout_area screen_panel_area(const struct screen *screen, int index)
{
    int leaf = leaf_of(screen, index);

    if (screen->zoom || leaf < 0)
        return screen->body;
    return screen->layout.node[leaf].area;
}

static void number_panels(struct screen *screen)
{
    int leaf[LAYOUT_NODES], count = layout_numbered(&screen->layout, leaf, LAYOUT_NODES);

    for (int i = 0; i < PANEL_COUNT; i++)
        screen->panel[i].number = 0;
    for (int i = 0, number = 1; i < count; i++) {
        int panel = screen_panel_index(screen, screen->layout.node[leaf[i]].name);

        if (panel >= 0 && number <= 9)
            screen->panel[panel].number = number++;
    }
}

static void find_visible(struct screen *screen)
{
    for (int i = 0; i < PANEL_COUNT; i++) {
        struct panel *panel = &screen->panel[i];
        int leaf = leaf_of(screen, i);
        struct layout_area area = screen_panel_area(screen, i);
        bool sides = screen->form == FORM_FULL;

        panel->focused = i == screen->focus;
        panel->visible =
            screen->zoom || screen->form != FORM_FULL
                ? panel->focused
                : leaf >= 0 && front_of(screen, layout_group(&screen->layout, leaf)) == i;
        if (screen->form != FORM_FULL)
            area = screen->body;
        panel->width = area.width - (sides ? 2 : 0);
        panel->height = area.height - (sides ? 2 : 1);
        if (panel->width < 1)
            panel->width = 1;
        if (panel->height < 1)
            panel->height = 1;
    }
}

/* Rows that the prompt takes from the body; 0 where it replaces the message line. */
static int prompt_rows_wanted(const struct screen *screen)
{
    if (!prompt_is_open(screen->prompt) || screen->field_open ||
        screen->height < PROMPT_BLOCK_HEIGHT)
        return 0;
    return prompt_rows(screen->prompt, screen->height / 3) + 1;
}

void screen_arrange(struct screen *screen)
{
    int width = screen->width, height = screen->height;

    if (width < LEAST_WIDTH || height < LEAST_HEIGHT)
        screen->form = FORM_TINY;
    else if (width < WIDE || height < HIGH)
        screen->form = FORM_SMALL;
    else
        screen->form = FORM_FULL;
    if (screen->form == FORM_FULL)
        screen->body = (struct layout_area){2, 0, height - 4 - prompt_rows_wanted(screen), width};
    else if (screen->form == FORM_SMALL)
        screen->body = (struct layout_area){1, 0, height >= 10 ? height - 3 : height - 2, width};
    else
        screen->body = (struct layout_area){0, 0, 1, width};
    layout_compute(&screen->layout, screen->body);
    number_panels(screen);
    if (leaf_of(screen, screen->focus) < 0 && !screen->zoom) {
        int leaf[LAYOUT_NODES];

        if (layout_numbered(&screen->layout, leaf, LAYOUT_NODES) > 0) {
            int panel = screen_panel_index(screen, screen->layout.node[leaf[0]].name);

            if (panel >= 0)
                screen->focus = panel;
        }
    }
    find_visible(screen);
}

/* Reads the text of the layout again: another size may mean another alternative. */
enum error_code screen_set_layout(struct screen *screen, int number, struct error *err)
{
    const char *text = layout_preset(number);
    struct layout layout;

    if (!text)
        return error_set(err, ERROR_USAGE, "there is no layout %d (1 to 9)", number);
    if (layout_parse(text_of(text), screen->width, screen->height, &layout, err))
        return err->code;
    screen->layout = layout;
    screen->layout_number = number;
    screen->layout_is_own = false;
    screen_arrange(screen);
    return ERROR_NONE;
}

static void set_focus(struct screen *screen, int index)
{
    if (index < 0 || index == screen->focus)
        return;
    screen->last_focus = screen->focus;
    screen->focus = index;
    screen_dirty(screen);
}

void screen_show_panel(struct screen *screen, int index, bool focus)
{
    struct error ignored;

    if (index < 0)
        return;
    screen->raised[index] = ++screen->raises;
    if (leaf_of(screen, index) < 0) {
        int home = screen_panel_index(screen, "rate");

        /* Charts belong to the layout of metrics, everything else has a place in main. */
        if (focus && screen_set_layout(screen,
                         index >= home && home >= 0 && index <= home + 2 ? 5 : 1, &ignored))
            return;
    }
    if (focus) {
        set_focus(screen, index);
        if (screen->zoom && !screen_focused(screen)->visible)
            screen->zoom = true; /* the zoomed place shows what has the focus */
    }
    screen_arrange(screen);
    screen_dirty(screen);
}

static void focus_step(struct screen *screen, int step)
{
    int leaf[LAYOUT_NODES], count = layout_leaves(&screen->layout, leaf, LAYOUT_NODES), at = -1;
    int order[LAYOUT_NODES], places = 0;

    for (int i = 0; i < count; i++) {
        int panel = front_of(screen, layout_group(&screen->layout, leaf[i]));
        bool known = false;

        for (int j = 0; j < places; j++)
            known = known || order[j] == panel;
        if (screen->form != FORM_FULL) { /* one panel at a time: all of them in turn */
            panel = screen_panel_index(screen, screen->layout.node[leaf[i]].name);
            known = false;
        }
        if (panel >= 0 && !known)
            order[places++] = panel;
    }
    for (int i = 0; i < places; i++)
        if (order[i] == screen->focus)
            at = i;
    if (places > 0)
        screen_show_panel(screen, order[(at + step + places) % places], true);
}

static void tab_step(struct screen *screen, int step)
{
    int leaf[LAYOUT_NODES], count = layout_leaves(&screen->layout, leaf, LAYOUT_NODES);
    int own = leaf_of(screen, screen->focus), order[LAYOUT_NODES], places = 0, at = 0;

    if (own < 0)
        return;
    for (int i = 0; i < count; i++) {
        int panel = screen_panel_index(screen, screen->layout.node[leaf[i]].name);

        if (panel < 0 ||
            layout_group(&screen->layout, leaf[i]) != layout_group(&screen->layout, own))
            continue;
        if (panel == screen->focus)
            at = places;
        order[places++] = panel;
    }
    if (places > 1)
        screen_show_panel(screen, order[(at + step + places) % places], true);
}

static void focus_number(struct screen *screen, const char *argument)
{
    int64_t number;

    if (!text_to_integer(text_of(argument), 1, 9, &number)) {
        int index = screen_panel_index(screen, argument ? argument : "");

        if (index < 0)
            host_message(&screen->host, MESSAGE_NOTE, "no panel is called %s",
                argument ? argument : "\"\"");
        else
            screen_show_panel(screen, index, true);
        return;
    }
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (screen->panel[i].number == number) {
            screen_show_panel(screen, i, true);
            return;
        }
    }
    host_message(&screen->host, MESSAGE_NOTE, "this layout has no panel %d", (int)number);
}

static void focus_direction(struct screen *screen, int rows, int columns)
{
    int own = leaf_of(screen, screen->focus), to;

    if (own < 0 || screen->zoom)
        return;
    to = layout_neighbour(&screen->layout, own, rows, columns);
    if (to >= 0)
        screen_show_panel(screen, front_of(screen, layout_group(&screen->layout, to)), true);
}

/* A panel that the layout does not have yet, for a new split. */
static const char *spare_panel(const struct screen *screen)
{
    for (int i = 0; i < PANEL_COUNT; i++)
        if (leaf_of(screen, i) < 0)
            return screen->panel[i].class->name;
    return NULL;
}

/* The first hidden tab beside the focused panel, or one that the layout lacks. */
static const char *panel_for_split(struct screen *screen)
{
    int own = leaf_of(screen, screen->focus), leaf[LAYOUT_NODES];
    int count = layout_leaves(&screen->layout, leaf, LAYOUT_NODES);
    int group = layout_group(&screen->layout, own);

    for (int i = 0; i < count; i++)
        if (leaf[i] != own && layout_group(&screen->layout, leaf[i]) == group)
            return screen->layout.node[leaf[i]].name;
    return spare_panel(screen);
}

static void split(struct screen *screen, bool below)
{
    struct layout before = screen->layout;
    const char *name = panel_for_split(screen);
    char chosen[LAYOUT_NAME];
    int hidden, own;

    if (!name || screen->form != FORM_FULL) {
        host_message(&screen->host, MESSAGE_NOTE, "no room, or no panel, for another split");
        return;
    }
    snprintf(chosen, sizeof chosen, "%s", name);
    hidden = layout_find(&screen->layout, chosen);
    if (hidden >= 0) /* it leaves its place among the tabs */
        (void)layout_close(&screen->layout, hidden);
    own = leaf_of(screen, screen->focus);
    while (screen->layout.node[own].parent >= 0 &&
           screen->layout.node[screen->layout.node[own].parent].kind == LAYOUT_TABS)
        own = screen->layout.node[own].parent;
    if (!layout_split(&screen->layout, own, below, chosen)) {
        screen->layout = before;
        host_message(&screen->host, MESSAGE_NOTE, "this layout is full");
    }
    screen->layout_is_own = true;
    screen->raised[screen_panel_index(screen, chosen)] = ++screen->raises;
}

static bool resize_split(struct screen *screen, const char *action)
{
    static const struct {
        const char *action;
        int rows, columns;
    } table[] = {
        {"split-narrower", 0, -2},
        {"split-wider", 0, 2},
        {"split-higher", 1, 0},
        {"split-lower", -1, 0},
    };
    int own = leaf_of(screen, screen->focus);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].action, action) != 0)
            continue;
        if (own < 0 || !layout_resize(&screen->layout, own, table[i].rows, table[i].columns))
            host_message(&screen->host, MESSAGE_NOTE, "nothing to take it from");
        screen->layout_is_own = true;
        return true;
    }
    return false;
}

static void close_split(struct screen *screen)
{
    int own = leaf_of(screen, screen->focus);

    if (own < 0 || !layout_close(&screen->layout, own))
        host_message(&screen->host, MESSAGE_NOTE, "this is the last panel: q leaves, gl1 is main");
    screen->layout_is_own = true;
}

bool screen_layout_act(struct screen *screen, const char *action, const char *argument)
{
    if (!strcmp(action, "focus-next"))
        focus_step(screen, 1);
    else if (!strcmp(action, "focus-previous"))
        focus_step(screen, -1);
    else if (!strcmp(action, "focus"))
        focus_number(screen, argument);
    else if (!strcmp(action, "focus-last"))
        screen_show_panel(screen, screen->last_focus, true);
    else if (!strcmp(action, "focus-left"))
        focus_direction(screen, 0, -1);
    else if (!strcmp(action, "focus-right"))
        focus_direction(screen, 0, 1);
    else if (!strcmp(action, "focus-up"))
        focus_direction(screen, -1, 0);
    else if (!strcmp(action, "focus-down"))
        focus_direction(screen, 1, 0);
    else if (!strcmp(action, "tab-next"))
        tab_step(screen, 1);
    else if (!strcmp(action, "tab-previous"))
        tab_step(screen, -1);
    else if (!strcmp(action, "zoom"))
        screen->zoom = !screen->zoom;
    else if (!strcmp(action, "split-down"))
        split(screen, true);
    else if (!strcmp(action, "split-right"))
        split(screen, false);
    else if (!strcmp(action, "split-close"))
        close_split(screen);
    else if (!strcmp(action, "split-equal"))
        layout_equalize(&screen->layout);
    else if (!resize_split(screen, action))
        return false;
    screen_arrange(screen);
    screen_dirty(screen);
    return true;
}

void screen_add_tabs(const struct screen *screen, int index, struct buf *out)
{
    int leaf[LAYOUT_NODES], count = layout_leaves(&screen->layout, leaf, LAYOUT_NODES);
    int own = leaf_of(screen, index);

    if (own < 0 || screen->zoom)
        return;
    for (int i = 0; i < count; i++) {
        int panel = screen_panel_index(screen, screen->layout.node[leaf[i]].name);

        if (panel < 0 || panel == index ||
            layout_group(&screen->layout, leaf[i]) != layout_group(&screen->layout, own))
            continue;
        if (out->length > 0)
            buf_add_char(out, ' ');
        if (screen->panel[panel].number)
            buf_add_format(out, "%d ", screen->panel[panel].number);
        buf_add_string(out, screen->panel[panel].class->name);
    }
}
