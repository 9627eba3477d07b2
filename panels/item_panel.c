#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "panels/item_lines.h"
#include "panels/result.h"
#include "panels/textview.h"
#include "panels/words.h"

enum { TEXT_LIMIT = 8 * 1024 * 1024 };

/* One item to read: the one that was opened, or the one under the cursor of the items grid. */
struct item_state {
    struct textview view;
    enum item_form form;
    unsigned generation; /* of the opened item */
    uint64_t identity;   /* of the row under the cursor of the grid */
    bool is_preview;
    const struct value *item; /* lives as long as the rows it is from */
    struct subject subject;
    enum rows_state state;
};

static enum error_code item_open(struct panel *panel, struct error *err)
{
    struct item_state *state = panel->state;

    (void)err;
    textview_init(&state->view);
    return ERROR_NONE;
}

static void item_close(struct panel *panel)
{
    struct item_state *state = panel->state;

    textview_done(&state->view);
}

static void show(struct item_state *state, const struct value *item)
{
    struct buf text;
    size_t cursor = state->view.list.cursor;

    buf_init(&text, TEXT_LIMIT);
    if (item)
        item_lines_add(&text, item, state->form);
    textview_set(&state->view, buf_view(&text), state->form != ITEM_TREE);
    if (state->item == item)
        list_move(&state->view.list, cursor);
    state->item = item;
    buf_done(&text);
}

static void look_at_opened(struct panel *panel)
{
    struct item_state *state = panel->state;
    struct host_rows *source = &panel->host->item;
    struct rows_status status = {0};
    const struct value *item = NULL;

    if (source->rows) {
        status = rows_status(source->rows);
        item = rows_item(source->rows, 0);
    }
    if (state->generation == source->generation && state->state == status.state &&
        state->item == item)
        return;
    state->generation = source->generation;
    state->state = status.state;
    if (!subject_read(buf_view(&source->statement), &state->subject))
        state->subject = (struct subject){0};
    show(state, item);
}

/* Moving in the grid turns the panel into a preview until an item is opened again. */
static void choose_source(struct panel *panel)
{
    struct item_state *state = panel->state;
    struct panel *grid = host_panel(panel->host, "items");
    uint64_t identity = 0;
    const struct value *item = grid ? items_panel_current(grid, &identity) : NULL;

    if (state->generation != panel->host->item.generation) {
        state->is_preview = false;
        state->identity = identity;
    } else if (identity != state->identity && item) {
        state->identity = identity;
        state->is_preview = true;
        state->item = NULL;
    }
    if (!state->is_preview) {
        if (panel->host->item.rows || !item) {
            look_at_opened(panel);
            return;
        }
        state->is_preview = true;
    }
    if (item != state->item || !item) {
        state->subject = (struct subject){0};
        (void)subject_read(buf_view(&panel->host->items.statement), &state->subject);
        show(state, item);
    }
}

static void item_compute(struct panel *panel)
{
    static const char *const forms[] = {"plain JSON", "DynamoDB JSON", "tree"};
    struct item_state *state = panel->state;
    struct buf foot;

    choose_source(panel);
    textview_fit(&state->view, panel->width, panel->height);
    snprintf(panel->title, sizeof panel->title, "%s%s  %s", state->is_preview ? "preview" : "item",
        state->subject.table[0] ? "" : "", forms[state->form]);
    buf_init(&foot, sizeof panel->foot);
    if (state->item) {
        buf_add_format(&foot, "%zu/%zu  ", state->view.list.cursor + 1, state->view.lines);
        words_add_bytes(&foot, value_item_size(state->item));
        if (state->is_preview)
            buf_add_string(&foot, "  as loaded: ENTER in items reads it whole");
    }
    snprintf(panel->foot, sizeof panel->foot, "%s", buf_string(&foot));
    buf_done(&foot);
}

static void item_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct item_state *state = panel->state;
    const struct rows *rows = panel->host->item.rows;
    struct rows_status status = {0};

    if (state->item) {
        textview_paint(&state->view, canvas, panel->focused, true);
        return;
    }
    if (rows && !state->is_preview)
        status = rows_status(rows);
    if (status.state == ROWS_FAILED)
        canvas_format(canvas, 1, 2, canvas->width - 4, ROLE_MSG_ERROR, "E %s", status.error.text);
    else if (status.state == ROWS_COMPLETE)
        canvas_string(canvas, 1, 2, canvas->width - 4, ROLE_DIM,
            "the item is not there (any more)");
    else if (status.state == ROWS_LOADING)
        canvas_string(canvas, 1, 2, canvas->width - 4, ROLE_DIM, "loading");
    else
        canvas_string(canvas, 1, 2, canvas->width - 4, ROLE_DIM,
            "no item.  ENTER in the items grid opens one");
    if (panel->focused)
        canvas_cursor(canvas, 1, 0);
}

static bool item_act(struct panel *panel, const char *action, const char *argument)
{
    struct item_state *state = panel->state;

    if (!strcmp(action, "toggle-form")) {
        state->form = (enum item_form)((state->form + 1) % 3);
        show(state, state->item);
    } else if (!strcmp(action, "find-next") || !strcmp(action, "find-previous")) {
        return textview_find(&state->view, text_of(argument), !strcmp(action, "find-next"));
    } else if (!strcmp(action, "escape") || !strcmp(action, "close")) {
        host_show(panel->host, "items", true);
    } else {
        return textview_act(&state->view, action, argument);
    }
    return true;
}

static bool item_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct item_state *state = panel->state;

    if (text_is(name, "crumbs")) {
        buf_add_format(out, "tables > %s", state->subject.table[0] ? state->subject.table : "item");
        if (state->item) {
            struct buf key;

            buf_init(&key, 4096);
            if (subject_add_key(&key, panel->host->snapshot, &state->subject, state->item))
                buf_add_format(out, " > %s", buf_string(&key));
            buf_done(&key);
        }
        return true;
    }
    if (text_is(name, "statement")) {
        buf_add_text(out, buf_view(&panel->host->item.statement));
        return panel->host->item.statement.length > 0;
    }
    if (!state->item)
        return false;
    if (text_is(name, "key"))
        return subject_add_key(out, panel->host->snapshot, &state->subject, state->item);
    if (text_is(name, "item")) {
        value_add_literal(out, state->item);
        return true;
    }
    if (!state->subject.table[0])
        return false;
    if (text_is(name, "link")) {
        buf_add_format(out, "tables/%s?key=", state->subject.table);
        return subject_add_key(out, panel->host->snapshot, &state->subject, state->item);
    }
    if (!text_is(name, "table") && !text_is(name, "name"))
        return false;
    value_add_name(out, text_of(state->subject.table));
    return true;
}

static bool item_copy(struct panel *panel, char what, struct buf *out)
{
    struct item_state *state = panel->state;
    struct json_writer writer;

    if (!state->item)
        return false;
    json_writer_init(&writer, out);
    switch (what) {
    case 'c':
        buf_add_text(out, text_trim(textview_line(&state->view, state->view.list.cursor)));
        return true;
    case 'k':
        return subject_add_key(out, panel->host->snapshot, &state->subject, state->item);
    case 'd':
        value_add_wire_item(&writer, state->item);
        return true;
    default:
        value_add_plain(&writer, state->item);
        return true;
    }
}

static const char *const item_contexts[] = {"text", "list", NULL};

const struct panel_class item_panel_class = {
    .name = "item",
    .title = "Item",
    .state_size = sizeof(struct item_state),
    .contexts = item_contexts,
    .open = item_open,
    .compute = item_compute,
    .paint = item_paint,
    .act = item_act,
    .expand = item_expand,
    .copy = item_copy,
    .close = item_close,
};
