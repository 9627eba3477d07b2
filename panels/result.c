#include "panels/result.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "client/catalog.h"
#include "panels/cell.h"
#include "panels/words.h"

enum error_code result_open(struct result *result, struct error *err)
{
    return grid_init(&result->grid, err);
}

void result_close(struct result *result)
{
    grid_done(&result->grid);
}

void result_add_state(struct buf *out, const struct rows_status *status)
{
    switch (status->state) {
    case ROWS_LOADING:
        buf_add_string(out, "loading ");
        words_add_count(out, status->count);
        buf_add_format(out, " rows %llu page%s ", (unsigned long long)status->pages,
            status->pages == 1 ? "" : "s");
        words_add_elapsed(out, status->elapsed);
        return;
    case ROWS_STOPPED:
        buf_add_string(out, "stopped at ");
        words_add_count(out, status->count);
        buf_add_string(out, " rows");
        break;
    case ROWS_FAILED:
        buf_add_string(out, "failed");
        break;
    case ROWS_IDLE:
    case ROWS_COMPLETE:
        break;
    }
    if (status->capacity_milli) {
        if (out->length)
            buf_add_string(out, "  ");
        words_add_capacity(out, status->capacity_milli);
        buf_add_string(out, " RCU");
    }
}

static void fill_foot(struct panel *panel, const struct result *result)
{
    struct buf foot, state;
    struct rows_status status = rows_status(result->grid.rows);

    buf_init(&foot, sizeof panel->foot);
    buf_init(&state, sizeof panel->foot);
    grid_add_foot(&result->grid, &foot);
    result_add_state(&state, &status);
    if (state.length)
        buf_add_format(&foot, "  %s", buf_string(&state));
    if (status.have_more && status.state != ROWS_LOADING)
        buf_add_string(&foot, "  more: >");
    snprintf(panel->foot, sizeof panel->foot, "%s", buf_string(&foot));
    buf_done(&foot);
    buf_done(&state);
}

void result_compute(struct panel *panel, struct result *result, const struct host_rows *source)
{
    if (result->generation != source->generation) {
        result->generation = source->generation;
        if (!subject_read(buf_view(&source->statement), &result->subject))
            result->subject = (struct subject){0};
        grid_set_rows(&result->grid, source->rows);
    }
    result->grid.ascii = panel->host->glyphs->ascii;
    grid_compute(&result->grid, panel->width, panel->height);
    if (result->grid.unfinished)
        panel->host->unfinished = true;
    panel->foot[0] = '\0';
    if (source->rows)
        fill_foot(panel, result);
}

static void paint_words(const struct panel *panel, const struct result *result,
    const struct host_rows *source, const char *help, const struct canvas *canvas)
{
    struct rows_status status = {0};
    int width = canvas->width - 4;
    struct buf line;

    buf_init(&line, 2048);
    if (source->rows)
        status = rows_status(source->rows);
    if (!source->rows) {
        buf_add_string(&line, help);
    } else if (status.state == ROWS_FAILED) {
        buf_add_format(&line, "E %s", status.error.text);
    } else if (status.state == ROWS_LOADING) {
        buf_add_format(&line, "%.*s", (int)source->statement.length,
            buf_string(&source->statement));
    } else if (view_is_filtered(&result->grid.view) && rows_count(source->rows) > 0) {
        buf_add_string(&line, "0 of ");
        words_add_count(&line, rows_count(source->rows));
        buf_add_format(&line, " rows match /%s - ESC clears the filter", panel->filter);
    } else if (status.have_more) {
        buf_add_format(&line, "0 rows yet, %llu pages read, more: >",
            (unsigned long long)status.pages);
    } else {
        buf_add_string(&line, "no rows: ");
        buf_add_text(&line, buf_view(&source->statement));
    }
    canvas_text(canvas, 1, 2, width, status.state == ROWS_FAILED ? ROLE_MSG_ERROR : ROLE_DIM,
        buf_view(&line));
    if (status.state == ROWS_FAILED && status.error.hint[0])
        canvas_string(canvas, 2, 2, width, ROLE_DIM, status.error.hint);
    if (status.state == ROWS_FAILED)
        canvas_string(canvas, 3, 2, width, ROLE_DIM, "R runs it again");
    if (panel->focused)
        canvas_cursor(canvas, 1, 0);
    buf_done(&line);
}

void result_paint(const struct panel *panel, const struct result *result,
    const struct host_rows *source, const char *help, const struct canvas *canvas)
{
    if (result->grid.shown_count == 0)
        paint_words(panel, result, source, help, canvas);
    else
        grid_paint(&result->grid, canvas, panel->focused);
}

bool result_act(struct panel *panel, struct result *result, const char *action,
    const char *argument)
{
    (void)panel;
    if (!strcmp(action, "find-next") || !strcmp(action, "find-previous"))
        return result->grid.rows &&
               grid_find(&result->grid, text_of(argument), !strcmp(action, "find-next"));
    return grid_act(&result->grid, action, argument);
}

bool result_filter(struct result *result, struct text source, struct error *err)
{
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    view_set_filter(&result->grid.view, filter);
    return true;
}

static void add_rows(const struct grid *grid, bool wire, struct buf *out)
{
    const struct value *item;
    size_t at = 0;

    while ((item = grid_next_marked(grid, &at))) {
        struct json_writer writer;

        json_writer_init(&writer, out);
        if (wire)
            value_add_wire_item(&writer, item);
        else
            value_add_plain(&writer, item);
        if (grid->marks)
            buf_add_char(out, '\n');
    }
}

bool result_copy(struct panel *panel, struct result *result, char what, struct buf *out)
{
    struct grid *grid = &result->grid;
    const struct value *item = grid_item(grid), *cell = grid_cell(grid);
    struct buf scratch;

    if (!item)
        return false;
    switch (what) {
    case 'c':
        buf_init(&scratch, 16 * 1024 * 1024);
        buf_add_text(out, cell_whole(cell, &scratch));
        buf_done(&scratch);
        return cell != NULL;
    case 'k':
        return subject_add_key(out, panel->host->snapshot, &result->subject, item);
    case 't':
        grid_add_tsv(grid, out);
        return true;
    case 'd':
        add_rows(grid, true, out);
        return true;
    default:
        add_rows(grid, false, out);
        return true;
    }
}

/* {pk: '', sk: ''}: an item with its keys to fill in. */
static bool add_new_item(struct panel *panel, const struct subject *subject, struct buf *out)
{
    const struct catalog_table *table =
        panel->host->snapshot ? catalog_find_table(panel->host->snapshot, text_of(subject->table))
                              : NULL;

    if (!table || table->key_count == 0)
        return false;
    buf_add_char(out, '{');
    for (size_t i = 0; i < table->key_count; i++) {
        if (i > 0)
            buf_add_string(out, ", ");
        value_add_name(out, text_of(table->key[i].name));
        buf_add_string(out, table->key[i].type == 'N' ? ": 0" : ": ''");
    }
    buf_add_char(out, '}');
    return true;
}

static bool expand_subject(struct panel *panel, struct result *result,
    const struct host_rows *source, struct text name, struct buf *out)
{
    const struct subject *subject = &result->subject;

    if (text_is(name, "statement")) {
        buf_add_text(out, buf_view(&source->statement));
        return source->statement.length > 0;
    }
    if (text_is(name, "crumbs")) {
        if (subject->table[0])
            buf_add_format(out, "tables > %s%s%s", subject->table, subject->index[0] ? " > " : "",
                subject->index);
        else
            buf_add_string(out, panel->class->title);
        return true;
    }
    if (!subject->table[0])
        return false;
    if (text_is(name, "link"))
        buf_add_format(out, "tables/%s", subject->table);
    else if (text_is(name, "new"))
        return add_new_item(panel, subject, out);
    else
        value_add_name(out, text_of(subject->table));
    return true;
}

bool result_expand(struct panel *panel, struct result *result, const struct host_rows *source,
    struct text name, struct buf *out)
{
    static const char *const of_subject[] = {"statement", "crumbs", "link", "new", "table", "name"};
    const struct value *item = grid_item(&result->grid);

    for (size_t i = 0; i < sizeof of_subject / sizeof *of_subject; i++)
        if (text_is(name, of_subject[i]))
            return expand_subject(panel, result, source, name, out);
    if (!item)
        return false;
    if (text_is(name, "key"))
        return subject_add_key(out, panel->host->snapshot, &result->subject, item);
    if (text_is(name, "item")) {
        value_add_literal(out, item);
    } else if (text_is(name, "column")) {
        value_add_name(out, grid_column_name(&result->grid));
    } else if (text_is(name, "cell")) {
        if (grid_cell(&result->grid))
            value_add_literal(out, grid_cell(&result->grid));
    } else {
        return false;
    }
    return true;
}
