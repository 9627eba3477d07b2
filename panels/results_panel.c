#include "panels/result.h"

#include <stdio.h>
#include <string.h>

#include "panels/item_lines.h"
#include "panels/textview.h"

/* The rows, or the text, of the last statement that belongs nowhere else. */
struct results {
    struct result result;
    struct textview text;
    unsigned text_generation;
    bool shows_text; /* else rows */
    bool shows_row;  /* one row by itself */
};

static enum error_code results_open(struct panel *panel, struct error *err)
{
    struct results *results = panel->state;

    textview_init(&results->text);
    results->text.wrap = true;
    return result_open(&results->result, err);
}

static void results_close(struct panel *panel)
{
    struct results *results = panel->state;

    textview_done(&results->text);
    result_close(&results->result);
}

static void results_compute(struct panel *panel)
{
    struct results *results = panel->state;
    struct host *host = panel->host;

    if (results->text_generation != host->text_generation ||
        results->result.generation != host->results.generation) {
        results->shows_text = host->text_is_newer;
        results->shows_row = false;
        if (results->text_generation != host->text_generation)
            textview_set(&results->text, buf_view(&host->text), false);
        results->text_generation = host->text_generation;
    }
    result_compute(panel, &results->result, &host->results);
    if (results->shows_text || results->shows_row) {
        textview_fit(&results->text, panel->width, panel->height);
        snprintf(panel->title, sizeof panel->title, "Results  %s",
            results->shows_row ? "one row" : buf_string(&host->text_title));
        snprintf(panel->foot, sizeof panel->foot, "%zu/%zu",
            results->text.lines ? results->text.list.cursor + 1 : 0, results->text.lines);
    } else {
        snprintf(panel->title, sizeof panel->title, "Results%s%.*s",
            host->results.statement.length ? "  " : "", 180, buf_string(&host->results.statement));
    }
}

static void results_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct results *results = panel->state;

    if (results->shows_text || results->shows_row)
        textview_paint(&results->text, canvas, panel->focused, false);
    else
        result_paint(panel, &results->result, &panel->host->results,
            "no results yet.  : runs a statement, ; lists them", canvas);
}

static void show_row(struct panel *panel)
{
    struct results *results = panel->state;
    const struct value *item = grid_item(&results->result.grid);
    struct buf text;

    if (!item)
        return;
    buf_init(&text, 8 * 1024 * 1024);
    item_lines_add(&text, item, ITEM_PLAIN);
    textview_set(&results->text, buf_view(&text), true);
    results->shows_row = true;
    buf_done(&text);
}

/* Back from one row to all of them. */
static bool leave_row(struct panel *panel)
{
    struct results *results = panel->state;

    if (!results->shows_row)
        return false;
    results->shows_row = false;
    textview_set(&results->text, buf_view(&panel->host->text), false);
    return true;
}

static bool results_act(struct panel *panel, const char *action, const char *argument)
{
    struct results *results = panel->state;
    bool reads_text = results->shows_text || results->shows_row;

    if (!strcmp(action, "escape") || !strcmp(action, "close"))
        return leave_row(panel);
    if (!strcmp(action, "toggle-form")) {
        if (!leave_row(panel))
            results->shows_text = !results->shows_text;
        return true;
    }
    if (!strcmp(action, "open-row")) {
        if (!reads_text)
            show_row(panel);
        return true;
    }
    if (reads_text && (!strcmp(action, "find-next") || !strcmp(action, "find-previous")))
        return textview_find(&results->text, text_of(argument), !strcmp(action, "find-next"));
    if (reads_text)
        return textview_act(&results->text, action, argument);
    return result_act(panel, &results->result, action, argument);
}

static bool results_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct results *results = panel->state;

    return result_expand(panel, &results->result, &panel->host->results, name, out);
}

static bool results_filter(struct panel *panel, struct text source, struct error *err)
{
    struct results *results = panel->state;

    return result_filter(&results->result, source, err);
}

static bool results_copy(struct panel *panel, char what, struct buf *out)
{
    struct results *results = panel->state;

    if (results->shows_text || results->shows_row) {
        if (what == 'c')
            buf_add_text(out, textview_line(&results->text, results->text.list.cursor));
        else
            buf_add_text(out, buf_view(&results->text.text));
        return true;
    }
    return result_copy(panel, &results->result, what, out);
}

static const char *const results_contexts[] = {"grid", "list", NULL};

const struct panel_class results_panel_class = {
    .name = "results",
    .title = "Results",
    .state_size = sizeof(struct results),
    .contexts = results_contexts,
    .open = results_open,
    .compute = results_compute,
    .paint = results_paint,
    .act = results_act,
    .expand = results_expand,
    .filter = results_filter,
    .copy = results_copy,
    .close = results_close,
};
