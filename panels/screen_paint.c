#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { POPUP_ROWS = 10 };

static void paint_panel(struct screen *screen, int index)
{
    struct panel *panel = &screen->panel[index];
    struct layout_area area =
        screen->form == FORM_FULL ? screen_panel_area(screen, index) : screen->body;
    struct canvas all = canvas_of(&screen->surface), place, inside;
    struct buf tabs;
    char title[320];
    struct canvas_frame frame = {.focused = panel->focused,
        .foot = panel->foot,
        .sides = screen->form == FORM_FULL};

    buf_init(&tabs, 512);
    screen_add_tabs(screen, index, &tabs);
    if (panel->number)
        snprintf(title, sizeof title, "%d %s", panel->number, panel->title);
    else
        snprintf(title, sizeof title, "%s", panel->title);
    frame.title = title;
    frame.others = buf_string(&tabs);
    place = canvas_part(&all, area.top, area.left, area.height, area.width);
    inside = canvas_framed(&place, &frame);
    if (inside.height > 0 && inside.width > 0)
        panel->class->paint(panel, &inside);
    buf_done(&tabs);
}

void screen_compute(struct screen *screen)
{
    for (int i = 0; i < PANEL_COUNT; i++) {
        struct panel *panel = &screen->panel[i];

        if (!panel->visible)
            continue;
        panel->class->compute(panel);
        panel->stale = false;
    }
}

static void paint_panels(struct screen *screen)
{
    screen_compute(screen);
    /* The focused one last: its cursor is the terminal's. */
    for (int i = 0; i < PANEL_COUNT; i++)
        if (screen->panel[i].visible && i != screen->focus)
            paint_panel(screen, i);
    if (screen->panel[screen->focus].visible)
        paint_panel(screen, screen->focus);
}

/* Candidates above the prompt, the chosen one marked. */
static void paint_popup(struct screen *screen, const struct canvas *all, int bottom)
{
    const struct screen_candidate *candidate;
    int selected, text = 0, kind = 0, height, top, width;
    size_t count = prompt_popup(screen->prompt, &candidate, &selected);
    struct canvas box, inside;
    char foot[64];
    struct canvas_frame frame = {.focused = true, .title = "", .others = "", .sides = true};

    if (count == 0)
        return;
    height = (int)(count < POPUP_ROWS ? count : POPUP_ROWS);
    if (height > screen->height / 3 && screen->height / 3 > 0)
        height = screen->height / 3;
    for (size_t i = 0; i < count; i++) {
        int columns = canvas_columns(all, text_of(candidate[i].text));
        int kinds = canvas_columns(all, text_of(candidate[i].kind));

        text = columns > text ? columns : text;
        kind = kinds > kind ? kinds : kind;
    }
    if (text > all->width / 2)
        text = all->width / 2;
    width = all->width < 80 ? all->width : 80;
    top = selected >= height ? selected - height + 1 : 0;
    snprintf(foot, sizeof foot, "%u/%u  TAB next  ENTER takes", (unsigned)selected + 1,
        (unsigned)count);
    frame.foot = foot;
    box = canvas_part(all, bottom - height - 2, 0, height + 2, width);
    canvas_clear(&box, ROLE_POPUP);
    inside = canvas_framed(&box, &frame);
    for (int row = 0; row < inside.height && (size_t)(top + row) < count; row++) {
        const struct screen_candidate *one = &candidate[top + row];
        enum role role = top + row == selected ? ROLE_POPUP_SELECTED : ROLE_POPUP;

        canvas_fill(&inside, row, 0, inside.width, role);
        canvas_string(&inside, row, 0, 1, role, top + row == selected ? ">" : " ");
        canvas_string(&inside, row, 1, text, role, one->text);
        canvas_string(&inside, row, text + 3, kind, role, one->kind);
        canvas_string(&inside, row, text + kind + 5, inside.width - text - kind - 6, role,
            one->help);
    }
}

static void paint_prompt_hint(struct screen *screen, const struct canvas *row)
{
    const char *problem = prompt_problem(screen->prompt);

    if (*problem)
        canvas_format(row, 0, 1, row->width - 2, ROLE_MSG_ERROR, "error  %s", problem);
    else if (screen->prompt_filters)
        canvas_string(row, 0, 1, row->width - 2, ROLE_DIM,
            "word  \"exact\"  !not  col:val  col=v  col>n  col~re  #3..9 rows  a|b   "
            "a capital makes it exact");
    else
        canvas_string(row, 0, 1, row->width - 2, ROLE_DIM, screen->hint);
}

/* Returns the first row of the block. */
static int paint_prompt(struct screen *screen, const struct canvas *all)
{
    int message_row = screen->height - (screen->height >= 10 ? 2 : 1), rows, top;
    struct canvas part;

    if (screen->form == FORM_FULL && screen->body.top + screen->body.height < message_row) {
        top = screen->body.top + screen->body.height;
        rows = message_row - top - 1;
        part = canvas_part(all, top + rows, 0, 1, all->width);
        paint_prompt_hint(screen, &part);
    } else {
        top = screen->form == FORM_TINY ? 0 : message_row;
        rows = 1;
    }
    part = canvas_part(all, top, 1, rows, all->width - 2 > 0 ? all->width - 2 : 1);
    if (all->width < 4)
        part = canvas_part(all, top, 0, rows, all->width);
    prompt_paint(screen->prompt, &part, ROLE_TEXT);
    return top;
}

static bool shows_prompt_line(const struct screen *screen)
{
    return prompt_is_open(screen->prompt) && !screen->field_open;
}

static void paint_bars(struct screen *screen, const struct canvas *all)
{
    int height = screen->height;
    struct canvas row = canvas_part(all, 0, 0, 1, all->width);

    screen_paint_status(screen, &row);
    if (screen->form == FORM_FULL) {
        row = canvas_part(all, 1, 0, 1, all->width);
        screen_paint_crumbs(screen, &row);
    }
    if (screen->form == FORM_FULL || height >= 10) {
        row = canvas_part(all, height - 1, 0, 1, all->width);
        screen_paint_hints(screen, &row);
        row = canvas_part(all, height - 2, 0, 1, all->width);
    } else {
        row = canvas_part(all, height - 1, 0, 1, all->width);
    }
    screen_paint_message(screen, &row);
}

static void paint_tiny(struct screen *screen, const struct canvas *all)
{
    if (prompt_is_open(screen->prompt)) {
        paint_prompt(screen, all);
        return;
    }
    if (screen->dialog.open)
        canvas_text(all, 0, 0, all->width, ROLE_TITLE, buf_view(&screen->dialog.question));
    else
        canvas_string(all, 0, 0, all->width, ROLE_TEXT, "too small");
    canvas_cursor(all, 0, 0);
}

static bool which_key_is_due(const struct screen *screen)
{
    int delay = screen->options.which_key > 0 ? screen->options.which_key : 400;

    return screen->pending_count > 0 &&
           screen->host.now >= screen->pending_at + (uint64_t)delay * CLOCK_MS;
}

void screen_paint(struct screen *screen)
{
    struct canvas all = canvas_of(&screen->surface), body;

    surface_clear(&screen->surface);
    if (screen->form == FORM_TINY) {
        paint_tiny(screen, &all);
        return;
    }
    paint_panels(screen);
    paint_bars(screen, &all);
    body = canvas_part(&all, screen->body.top, 0, screen->body.height, screen->surface.width);
    if (shows_prompt_line(screen)) {
        struct canvas line = all;
        int top;

        if (screen->form != FORM_FULL || screen->body.top + screen->body.height >=
                                             screen->height - 2) { /* in place of the message */
            int row = screen->height - (screen->height >= 10 ? 2 : 1);

            line = canvas_part(&all, row, 0, 1, all.width);
            canvas_clear(&line, ROLE_TEXT);
        }
        top = paint_prompt(screen, &all);
        paint_popup(screen, &all, top);
    }
    if (which_key_is_due(screen))
        screen_paint_which_key(screen, &body);
    if (picker_is_open(screen->picker))
        picker_paint(screen->picker, &body, -1);
    if (screen->dialog.open)
        dialog_paint(&screen->dialog, &body);
    if (!screen->surface.cursor_visible)
        canvas_cursor(&all, all.height - 1, 0);
}
