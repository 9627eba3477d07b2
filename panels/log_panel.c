#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/loglines.h"
#include "panels/feed.h"
#include "panels/words.h"

enum { LINES_SHOWN = 400 };

struct log {
    struct feed feed;
    struct logline line[LINES_SHOWN]; /* in sight; texts owned */
    size_t shown;
    unsigned generation;
    bool raw; /* the line as it came, instead of columns */
};

static enum error_code log_open(struct panel *panel, struct error *err)
{
    struct log *log = panel->state;

    (void)err;
    feed_init(&log->feed);
    return ERROR_NONE;
}

static void drop_lines(struct log *log)
{
    for (size_t i = 0; i < log->shown; i++)
        mem_free(log->line[i].text);
    log->shown = 0;
}

static void log_close(struct panel *panel)
{
    struct log *log = panel->state;

    drop_lines(log);
    feed_done(&log->feed);
}

/* --- the filter's view of a line --- */

struct line_reader {
    const struct logline *line;
    char scratch[64];
};

static bool read_named(void *user, struct text column, struct text *out)
{
    struct line_reader *reader = user;
    const struct logline *line = reader->line;

    if (text_is(column, "status"))
        snprintf(reader->scratch, sizeof reader->scratch, "%d", line->status);
    else if (text_is(column, "ms") || text_is(column, "latency"))
        snprintf(reader->scratch, sizeof reader->scratch, "%.3f", line->latency_us / 1000.0);
    else if (text_is(column, "method"))
        snprintf(reader->scratch, sizeof reader->scratch, "%s", line->method);
    else if (text_is(column, "request") || text_is(column, "id"))
        snprintf(reader->scratch, sizeof reader->scratch, "%s", line->request_id);
    else if (text_is(column, "path")) {
        *out = text_of(line->path);
        return true;
    } else
        return false;
    *out = text_of(reader->scratch);
    return true;
}

static bool read_nth(void *user, size_t index, struct text *out)
{
    struct line_reader *reader = user;
    const struct logline *line = reader->line;

    switch (index) {
    case 0:
        snprintf(reader->scratch, sizeof reader->scratch, "%d", line->status);
        *out = text_of(line->status ? reader->scratch : "");
        return true;
    case 1: /* as a route is written: "GET /orders" */
        *out = text_of(line->path);
        return true;
    case 2:
        *out = text_of(line->method);
        return true;
    case 3:
        *out = text_of(line->text);
        return true;
    default:
        return false;
    }
}

static bool line_matches(void *user, uint64_t number)
{
    struct panel *panel = user;
    struct log *log = panel->state;
    struct logline line;
    struct line_reader reader = {.line = &line};
    struct filter_row row = {(size_t)number, &reader, read_named, read_nth};
    bool matches;

    if (filter_is_empty(log->feed.filter))
        return true;
    if (!loglines_copy(panel->host->log, number, true, &line))
        return false;
    matches = filter_matches(log->feed.filter, &row);
    mem_free(line.text);
    return matches;
}

static void gather(struct panel *panel)
{
    struct log *log = panel->state;

    drop_lines(log);
    for (size_t i = 0; i < (size_t)log->feed.list.height && i < LINES_SHOWN; i++) {
        uint64_t number = feed_number(&log->feed, log->feed.list.top + i);

        if (!number || !loglines_copy(panel->host->log, number, true, &log->line[log->shown]))
            return;
        log->shown++;
    }
}

static void fill_labels(struct panel *panel, uint64_t first, size_t count)
{
    struct log *log = panel->state;
    struct buf foot;
    char title[160];

    loglines_title(panel->host->log, title, sizeof title);
    snprintf(panel->title, sizeof panel->title, "Log tail %s", title);
    buf_init(&foot, sizeof panel->foot);
    if (log->feed.paused)
        buf_add_format(&foot, "PAUSED +%llu",
            (unsigned long long)(first + count - log->feed.paused_at));
    else if (log->feed.follow)
        buf_add_string(&foot, "following");
    else
        buf_add_format(&foot, "%zu/%zu  G follows", log->feed.list.cursor + 1,
            log->feed.list.count);
    if (log->feed.hidden)
        buf_add_format(&foot, "  %llu hidden", (unsigned long long)log->feed.hidden);
    if (first > 1)
        buf_add_format(&foot, "  oldest %llu gone", (unsigned long long)(first - 1));
    snprintf(panel->foot, sizeof panel->foot, "%s", buf_string(&foot));
    buf_done(&foot);
}

static void log_compute(struct panel *panel)
{
    struct log *log = panel->state;
    uint64_t first = 0;
    size_t count = 0;

    if (log->generation != panel->host->log_generation) {
        log->generation = panel->host->log_generation;
        feed_reset(&log->feed);
    }
    if (!panel->host->log) {
        drop_lines(log);
        snprintf(panel->title, sizeof panel->title, "Log tail");
        panel->foot[0] = '\0';
        return;
    }
    loglines_range(panel->host->log, &first, &count);
    if (feed_update(&log->feed, first, count, panel->height, line_matches, panel))
        panel->host->unfinished = true;
    gather(panel);
    fill_labels(panel, first, count);
}

static enum role status_role(int status)
{
    if (status < 100 || status > 599)
        return ROLE_DIM;
    return (enum role)(ROLE_STATUS_1XX + status / 100 - 1);
}

/* time status method path latency rest; columns go when the row is short. */
static void paint_columns(const struct panel *panel, const struct canvas *canvas, int row,
    const struct logline *line)
{
    int column = 1, width = canvas->width, path_width;
    struct buf text;

    buf_init(&text, 64);
    host_add_time(panel->host, &text, line->at);
    if (width < 34 && text.length == 8) /* hours are known */
        buf_drop(&text, 3);
    column += canvas_text(canvas, row, column, 9, ROLE_DIM, buf_view(&text)) + 1;
    if (line->status == 0) {
        canvas_string(canvas, row, column, width - column, ROLE_TEXT, line->text ? line->text : "");
        buf_done(&text);
        return;
    }
    column += canvas_format(canvas, row, column, 3, status_role(line->status), "%d", line->status);
    if (line->status >= 500)
        canvas_string(canvas, row, column, 1, ROLE_STATUS_5XX, "!");
    column++;
    if (width >= 30) {
        canvas_string(canvas, row, column, width >= 60 ? 6 : 4, ROLE_TEXT, line->method);
        column += width >= 60 ? 7 : 5;
    }
    path_width = width - column - 7;
    if (path_width > 40 && line->text)
        path_width = 40;
    canvas_middle(canvas, row, column, path_width, ROLE_TEXT, text_of(line->path));
    column += path_width;
    buf_clear(&text);
    words_add_ms(&text, line->latency_us);
    buf_add_string(&text, "ms");
    canvas_right(canvas, row, column, 7, ROLE_TYPE_N, buf_view(&text));
    column += 9;
    if (width - column > 10 && line->text)
        canvas_string(canvas, row, column, width - column, ROLE_DIM, line->text);
    buf_done(&text);
}

static void log_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct log *log = panel->state;

    if (!panel->host->log) {
        canvas_string(canvas, 0, 1, canvas->width - 2, ROLE_DIM,
            "no log is read.  x chooses a stage");
    } else if (log->shown == 0) {
        canvas_string(canvas, 0, 1, canvas->width - 2, ROLE_DIM,
            log->feed.hidden ? "no line matches - ESC clears the filter" : "no lines yet");
    }
    if (panel->focused)
        canvas_cursor(canvas, 0, 0);
    for (size_t i = 0; i < log->shown && (int)i < canvas->height; i++) {
        bool current = log->feed.list.top + i == log->feed.list.cursor;

        if (log->raw && log->line[i].text)
            canvas_string(canvas, (int)i, 1, canvas->width - 1, ROLE_TEXT, log->line[i].text);
        else
            paint_columns(panel, canvas, (int)i, &log->line[i]);
        if (!current || (log->feed.follow && !panel->focused))
            continue;
        canvas_string(canvas, (int)i, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, (int)i, canvas->width, panel->focused && !log->feed.follow);
        if (panel->focused)
            canvas_cursor(canvas, (int)i, 0);
    }
}

/* The entry under the cursor; its text is the caller's. */
static bool current_line(struct panel *panel, struct logline *line)
{
    struct log *log = panel->state;
    uint64_t number = feed_number(&log->feed, log->feed.list.cursor);

    return panel->host->log && number && loglines_copy(panel->host->log, number, true, line);
}

static bool is_error(struct panel *panel, uint64_t number)
{
    struct logline line;
    bool found;

    if (!loglines_copy(panel->host->log, number, true, &line))
        return false;
    found = line.status >= 500 || (line.text && filter_finds(text_of(line.text), TEXT("ERROR")));
    mem_free(line.text);
    return found;
}

static bool has_text(struct panel *panel, uint64_t number, const char *needle)
{
    struct logline line;
    bool found;

    if (!loglines_copy(panel->host->log, number, true, &line))
        return false;
    found = filter_finds(text_of(line.path), text_of(needle)) ||
            (line.text && filter_finds(text_of(line.text), text_of(needle)));
    mem_free(line.text);
    return found;
}

/* The nearest line in that direction: an error, or one with the text. */
static bool go_to_line(struct panel *panel, bool forward, const char *needle)
{
    struct log *log = panel->state;
    size_t at = log->feed.list.cursor;

    if (!panel->host->log)
        return false;
    while (forward ? at + 1 < log->feed.list.count : at > 0) {
        uint64_t number = feed_number(&log->feed, forward ? ++at : --at);

        if (needle ? has_text(panel, number, needle) : is_error(panel, number)) {
            list_move(&log->feed.list, at);
            log->feed.follow = false;
            return true;
        }
    }
    return false;
}

static void filter_request(struct panel *panel)
{
    struct logline line;
    struct error ignored;

    if (!current_line(panel, &line))
        return;
    mem_free(line.text);
    if (!line.request_id[0]) {
        host_message(panel->host, MESSAGE_NOTE, "this line has no request id");
        return;
    }
    snprintf(panel->filter, sizeof panel->filter, "\"%s\"", line.request_id);
    (void)panel->class->filter(panel, text_of(panel->filter), &ignored);
}

static bool log_act(struct panel *panel, const char *action, const char *argument)
{
    struct log *log = panel->state;

    if (feed_act(&log->feed, action, argument))
        return true;
    if (!strcmp(action, "previous-error") || !strcmp(action, "next-error")) {
        if (!go_to_line(panel, !strcmp(action, "next-error"), NULL))
            host_message(panel->host, MESSAGE_NOTE, "no error in this direction");
    } else if (!strcmp(action, "find-next") || !strcmp(action, "find-previous")) {
        return go_to_line(panel, !strcmp(action, "find-next"), argument);
    } else if (!strcmp(action, "same-request")) {
        filter_request(panel);
    } else if (!strcmp(action, "toggle-form")) {
        log->raw = !log->raw;
    } else if (!strcmp(action, "menu")) {
        host_stage_menu(panel->host, "tail the log of", "TAIL LOGS OF ", "", TARGET_LOG);
    } else {
        return false;
    }
    return true;
}

static bool log_expand(struct panel *panel, struct text name, struct buf *out)
{
    char title[160] = "";

    if (text_is(name, "crumbs")) {
        if (panel->host->log)
            loglines_title(panel->host->log, title, sizeof title);
        buf_add_format(out, "apis > log %s", title);
        return true;
    }
    if (text_is(name, "statement")) {
        buf_add_text(out, buf_view(&panel->host->log_statement));
        return panel->host->log_statement.length > 0;
    }
    return false;
}

static bool log_filter(struct panel *panel, struct text source, struct error *err)
{
    struct log *log = panel->state;
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    feed_set_filter(&log->feed, filter);
    return true;
}

static bool log_copy(struct panel *panel, char what, struct buf *out)
{
    struct logline line;

    if (!current_line(panel, &line))
        return false;
    if (what == 'k')
        buf_add_string(out, line.request_id);
    else if (what == 'c')
        buf_add_string(out, line.path);
    else
        buf_add_string(out, line.text ? line.text : line.path);
    mem_free(line.text);
    return true;
}

static const char *const log_contexts[] = {"live", "list", NULL};

const struct panel_class log_panel_class = {
    .name = "log",
    .title = "Log tail",
    .state_size = sizeof(struct log),
    .contexts = log_contexts,
    .open = log_open,
    .compute = log_compute,
    .paint = log_paint,
    .act = log_act,
    .expand = log_expand,
    .filter = log_filter,
    .copy = log_copy,
    .close = log_close,
};
