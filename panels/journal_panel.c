#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/journal.h"
#include "panels/feed.h"
#include "panels/textview.h"
#include "panels/words.h"

enum { ENTRIES_SHOWN = 400, DETAIL_LIMIT = 256 * 1024 };

struct journal_state {
    struct feed feed;
    struct journal_entry entry[ENTRIES_SHOWN]; /* in sight, without bodies; texts owned */
    size_t shown;
    uint64_t oldest; /* number of entry 0 of the journal */
    struct textview detail;
    bool shows_detail, shows_background; /* what panels ask by themselves */
};

static enum error_code journal_open(struct panel *panel, struct error *err)
{
    struct journal_state *state = panel->state;

    (void)err;
    feed_init(&state->feed);
    textview_init(&state->detail);
    return ERROR_NONE;
}

static void drop_entries(struct journal_state *state)
{
    for (size_t i = 0; i < state->shown; i++)
        journal_entry_done(&state->entry[i]);
    state->shown = 0;
}

static void journal_close(struct panel *panel)
{
    struct journal_state *state = panel->state;

    drop_entries(state);
    feed_done(&state->feed);
    textview_done(&state->detail);
}

static bool copy_entry(struct panel *panel, uint64_t number, bool bodies, struct journal_entry *out)
{
    struct journal_state *state = panel->state;

    return number >= state->oldest &&
           journal_copy(panel->host->journal, (size_t)(number - state->oldest), bodies, out);
}

struct entry_reader {
    const struct journal_entry *entry;
    char scratch[160];
};

static bool read_named(void *user, struct text column, struct text *out)
{
    struct entry_reader *reader = user;
    const struct journal_entry *entry = reader->entry;

    if (text_is(column, "op"))
        snprintf(reader->scratch, sizeof reader->scratch, "%s.%s", entry->service,
            entry->operation);
    else if (text_is(column, "ms"))
        snprintf(reader->scratch, sizeof reader->scratch, "%.3f", (double)entry->elapsed / 1e6);
    else if (text_is(column, "status"))
        snprintf(reader->scratch, sizeof reader->scratch, "%d", entry->status);
    else if (text_is(column, "who"))
        snprintf(reader->scratch, sizeof reader->scratch, "%s", entry->who);
    else
        return false;
    *out = text_of(reader->scratch);
    return true;
}

static bool read_nth(void *user, size_t index, struct text *out)
{
    struct entry_reader *reader = user;
    const struct journal_entry *entry = reader->entry;
    const char *const part[] = {entry->service, entry->operation, entry->error, entry->request_id,
        entry->connection, entry->text ? entry->text : ""};

    if (index >= sizeof part / sizeof *part)
        return false;
    *out = text_of(part[index]);
    return true;
}

static bool entry_matches(void *user, uint64_t number)
{
    struct panel *panel = user;
    struct journal_state *state = panel->state;
    struct journal_entry entry;
    struct entry_reader reader = {.entry = &entry};
    struct filter_row row = {(size_t)number, &reader, read_named, read_nth};
    bool matches;

    if (!copy_entry(panel, number, false, &entry))
        return false;
    /* A watched log alone makes several calls a second: they would bury what somebody did. */
    matches = (state->shows_background || strcmp(entry.who, "panel") != 0 || entry.error[0] ||
                  entry.status >= 400) &&
              filter_matches(state->feed.filter, &row);
    journal_entry_done(&entry);
    return matches;
}

static void journal_compute(struct panel *panel)
{
    struct journal_state *state = panel->state;
    struct journal *journal = panel->host->journal;
    struct journal_entry first;
    size_t count = journal ? journal_count(journal) : 0;

    drop_entries(state);
    snprintf(panel->title, sizeof panel->title, "Journal");
    panel->foot[0] = '\0';
    if (!count || !journal_copy(journal, 0, false, &first))
        return;
    state->oldest = first.number;
    journal_entry_done(&first);
    if (feed_update(&state->feed, state->oldest, count, panel->height - 1, entry_matches, panel))
        panel->host->unfinished = true;
    for (size_t i = 0; i < (size_t)state->feed.list.height && i < ENTRIES_SHOWN; i++) {
        uint64_t number = feed_number(&state->feed, state->feed.list.top + i);

        if (!number || !copy_entry(panel, number, false, &state->entry[state->shown]))
            break;
        state->shown++;
    }
    snprintf(panel->title, sizeof panel->title, "Journal %zu", count);
    if (state->shows_detail) {
        textview_fit(&state->detail, panel->width, panel->height);
        snprintf(panel->foot, sizeof panel->foot, "%zu/%zu  ESC back",
            state->detail.list.cursor + 1, state->detail.lines);
    } else {
        struct buf foot;

        buf_init(&foot, sizeof panel->foot);
        buf_add_format(&foot, "%zu/%zu", state->feed.list.count ? state->feed.list.cursor + 1 : 0,
            state->feed.list.count);
        if (state->feed.hidden)
            buf_add_format(&foot, "  %llu hidden%s", (unsigned long long)state->feed.hidden,
                state->shows_background ? "" : " (b: calls of panels)");
        if (state->feed.follow)
            buf_add_string(&foot, "  following");
        snprintf(panel->foot, sizeof panel->foot, "%s", buf_string(&foot));
        buf_done(&foot);
    }
}

static void paint_entry(const struct panel *panel, const struct canvas *canvas, int row,
    const struct journal_entry *entry)
{
    int column = 2, width = canvas->width;
    bool failed = entry->error[0] || entry->status >= 400;
    struct buf text;

    buf_init(&text, 256);
    host_add_time(panel->host, &text, entry->at);
    column += canvas_text(canvas, row, column, width >= 50 ? 9 : 8, ROLE_DIM, buf_view(&text)) + 1;
    if (failed)
        canvas_string(canvas, row, 1, 1, ROLE_MSG_ERROR, "E");
    if (entry->is_statement) {
        column += canvas_format(canvas, row, column, 7, ROLE_DIM, "%-7s", entry->who);
        canvas_string(canvas, row, column, width - column, ROLE_TITLE,
            entry->text ? entry->text : "");
        buf_done(&text);
        return;
    }
    buf_clear(&text);
    buf_add_format(&text, "%s.%s", entry->service, entry->operation);
    canvas_text(canvas, row, column + (width >= 60 ? 2 : 0), width >= 90 ? 34 : 24,
        entry->is_write ? ROLE_STAGED_CHANGE : ROLE_TEXT, buf_view(&text));
    column += (width >= 90 ? 34 : 24) + (width >= 60 ? 3 : 1);
    column += canvas_format(canvas, row, column, 4, failed ? ROLE_MSG_ERROR : ROLE_STATUS_2XX,
                  "%3d", entry->status) +
              1;
    buf_clear(&text);
    words_add_elapsed(&text, entry->elapsed);
    canvas_right(canvas, row, column, 7, ROLE_TYPE_N, buf_view(&text));
    column += 8;
    buf_clear(&text);
    if (entry->capacity_milli) {
        words_add_capacity(&text, entry->capacity_milli);
        buf_add_string(&text, entry->is_write ? " WCU" : " RCU");
    }
    if (entry->retries)
        buf_add_format(&text, "%s%u retries", text.length ? "  " : "", entry->retries);
    if (entry->error[0])
        buf_add_format(&text, "%s%s", text.length ? "  " : "", entry->error);
    canvas_text(canvas, row, column, width - column, entry->error[0] ? ROLE_MSG_ERROR : ROLE_DIM,
        buf_view(&text));
    buf_done(&text);
}

static void journal_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct journal_state *state = panel->state;

    if (state->shows_detail) {
        textview_paint(&state->detail, canvas, panel->focused, false);
        return;
    }
    canvas_string(canvas, 0, 2, canvas->width - 2, ROLE_DIM,
        canvas->width >= 60 ? "TIME      OPERATION OR STATEMENT" : "TIME     OPERATION");
    if (state->shown == 0)
        canvas_string(canvas, 1, 2, canvas->width - 4, ROLE_DIM, "no calls yet");
    if (panel->focused)
        canvas_cursor(canvas, 1, 0);
    for (size_t i = 0; i < state->shown && (int)i + 1 < canvas->height; i++) {
        int row = (int)i + 1;

        paint_entry(panel, canvas, row, &state->entry[i]);
        if (state->feed.list.top + i != state->feed.list.cursor)
            continue;
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, row, canvas->width, panel->focused && !state->feed.follow);
        if (panel->focused)
            canvas_cursor(canvas, row, 0);
    }
}

static void add_detail(struct buf *out, const struct panel *panel,
    const struct journal_entry *entry)
{
    buf_add_format(out, "number      %llu\n", (unsigned long long)entry->number);
    buf_add_string(out, "at          ");
    clock_add_iso(out, entry->at, true);
    buf_add_format(out, "\nwho         %s\nconnection  %s\n", entry->who, entry->connection);
    if (entry->is_statement) {
        buf_add_format(out, "statement   %s\n", entry->text ? entry->text : "");
        return;
    }
    (void)panel;
    buf_add_format(out, "call        %s.%s\nstatus      %d\n", entry->service, entry->operation,
        entry->status);
    buf_add_string(out, "took        ");
    words_add_elapsed(out, entry->elapsed);
    buf_add_format(out, ", %u retries\nsent        %llu B, received %llu B\n", entry->retries,
        (unsigned long long)entry->sent_bytes, (unsigned long long)entry->received_bytes);
    buf_add_string(out, "capacity    ");
    words_add_capacity(out, entry->capacity_milli);
    buf_add_format(out, "\nrequest id  %s\n", entry->request_id);
    if (entry->error[0])
        buf_add_format(out, "error       %s\n", entry->error);
    buf_add_format(out, "\nrequest\n%s\n\nresponse\n%s\n", entry->request ? entry->request : "",
        entry->response ? entry->response : "");
}

static bool current_entry(struct panel *panel, bool bodies, struct journal_entry *entry)
{
    struct journal_state *state = panel->state;
    uint64_t number = feed_number(&state->feed, state->feed.list.cursor);

    return panel->host->journal && number && copy_entry(panel, number, bodies, entry);
}

static void open_entry(struct panel *panel)
{
    struct journal_state *state = panel->state;
    struct journal_entry entry;
    struct buf text;

    if (!current_entry(panel, true, &entry))
        return;
    buf_init(&text, DETAIL_LIMIT);
    add_detail(&text, panel, &entry);
    textview_set(&state->detail, buf_view(&text), false);
    state->detail.wrap = true;
    state->detail.width = 0; /* wraps at the next layout */
    state->shows_detail = true;
    state->feed.follow = false;
    buf_done(&text);
    journal_entry_done(&entry);
}

static bool entry_is_wanted(struct panel *panel, uint64_t number, const char *needle)
{
    struct journal_entry entry;
    struct entry_reader reader = {.entry = &entry};
    struct text part;
    bool found = false;

    if (!copy_entry(panel, number, false, &entry))
        return false;
    if (!needle)
        found = entry.error[0] != '\0' || entry.status >= 400;
    for (size_t i = 0; needle && !found && read_nth(&reader, i, &part); i++)
        found = filter_finds(part, text_of(needle));
    journal_entry_done(&entry);
    return found;
}

static bool go_to_entry(struct panel *panel, bool forward, const char *needle)
{
    struct journal_state *state = panel->state;
    size_t at = state->feed.list.cursor;

    while (forward ? at + 1 < state->feed.list.count : at > 0) {
        if (!entry_is_wanted(panel, feed_number(&state->feed, forward ? ++at : --at), needle))
            continue;
        list_move(&state->feed.list, at);
        state->feed.follow = false;
        return true;
    }
    return false;
}

static void statement_to_prompt(struct panel *panel)
{
    struct journal_state *state = panel->state;
    struct journal_entry entry;

    if (!current_entry(panel, false, &entry))
        return;
    if (!entry.is_statement && entry.statement) {
        uint64_t number = entry.statement;
        size_t at = state->feed.list.cursor;

        /* The statement of a call stands before it. */
        while (at > 0) {
            journal_entry_done(&entry);
            if (!copy_entry(panel, feed_number(&state->feed, --at), false, &entry))
                return;
            if (entry.is_statement && entry.statement == number)
                break;
        }
    }
    if (entry.is_statement && entry.text)
        host_prompt(panel->host, entry.text);
    else
        host_message(panel->host, MESSAGE_NOTE, "no statement made this call");
    journal_entry_done(&entry);
}

static bool act_on_detail(struct panel *panel, const char *action, const char *argument)
{
    struct journal_state *state = panel->state;

    if (!strcmp(action, "escape") || !strcmp(action, "close") || !strcmp(action, "open-entry")) {
        state->shows_detail = false;
        return true;
    }
    if (!strcmp(action, "find-next") || !strcmp(action, "find-previous"))
        return textview_find(&state->detail, text_of(argument), !strcmp(action, "find-next"));
    return textview_act(&state->detail, action, argument);
}

static bool journal_act(struct panel *panel, const char *action, const char *argument)
{
    struct journal_state *state = panel->state;

    if (state->shows_detail && act_on_detail(panel, action, argument))
        return true;
    if (feed_act(&state->feed, action, argument))
        return true;
    if (!strcmp(action, "open-entry")) {
        open_entry(panel);
    } else if (!strcmp(action, "previous-error") || !strcmp(action, "next-error")) {
        if (!go_to_entry(panel, !strcmp(action, "next-error"), NULL))
            host_message(panel->host, MESSAGE_NOTE, "no failed call in this direction");
    } else if (!strcmp(action, "find-next") || !strcmp(action, "find-previous")) {
        return go_to_entry(panel, !strcmp(action, "find-next"), argument);
    } else if (!strcmp(action, "to-prompt")) {
        statement_to_prompt(panel);
    } else if (!strcmp(action, "toggle-background")) {
        state->shows_background = !state->shows_background;
        feed_reset(&state->feed);
        state->feed.follow = true;
    } else {
        return false;
    }
    return true;
}

static bool journal_expand(struct panel *panel, struct text name, struct buf *out)
{
    (void)panel;
    if (!text_is(name, "crumbs"))
        return false;
    buf_add_string(out, "journal of statements and API calls");
    return true;
}

static bool journal_filter(struct panel *panel, struct text source, struct error *err)
{
    struct journal_state *state = panel->state;
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    feed_set_filter(&state->feed, filter);
    return true;
}

static bool journal_copy_entry(struct panel *panel, char what, struct buf *out)
{
    struct journal_entry entry;

    if (!current_entry(panel, true, &entry))
        return false;
    if (what == 'k')
        buf_add_string(out, entry.request_id);
    else if (what == 'd')
        buf_add_string(out, entry.response ? entry.response : "");
    else if (entry.is_statement)
        buf_add_string(out, entry.text ? entry.text : "");
    else
        add_detail(out, panel, &entry);
    journal_entry_done(&entry);
    return true;
}

static const char *const journal_contexts[] = {"live", "list", NULL};

const struct panel_class journal_panel_class = {
    .name = "journal",
    .title = "Journal",
    .state_size = sizeof(struct journal_state),
    .contexts = journal_contexts,
    .open = journal_open,
    .compute = journal_compute,
    .paint = journal_paint,
    .act = journal_act,
    .expand = journal_expand,
    .filter = journal_filter,
    .copy = journal_copy_entry,
    .close = journal_close,
};
