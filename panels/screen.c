#include "panels/screen_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"

static const struct panel_class *const class_table[PANEL_COUNT] = {&tables_panel_class,
    &routes_panel_class, &items_panel_class, &item_panel_class, &results_panel_class,
    &route_panel_class, &metrics_panel_class, &rate_panel_class, &latency_panel_class,
    &status_panel_class, &log_panel_class, &journal_panel_class};

enum { STATEMENT_LIMIT = 1024 * 1024, TEXT_RESULT_LIMIT = 4 * 1024 * 1024 };

struct screen *screen_of(struct host *host)
{
    return host->screen;
}

void screen_dirty(struct screen *screen)
{
    screen->dirty = true;
}

/* --- life --- */

static enum error_code open_wake(struct screen *screen, struct error *err)
{
    if (pipe(screen->wake))
        return error_set(err, ERROR_IO, "pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        (void)fcntl(screen->wake[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(screen->wake[i], F_SETFD, FD_CLOEXEC);
    }
    return ERROR_NONE;
}

static enum error_code open_panels(struct screen *screen, struct error *err)
{
    for (int i = 0; i < PANEL_COUNT; i++) {
        struct panel *panel = &screen->panel[i];

        panel->class = class_table[i];
        panel->host = &screen->host;
        panel->state = mem_new(1, class_table[i]->state_size);
        if (!panel->state)
            return error_memory(err);
        if (panel->class->open && panel->class->open(panel, err))
            return err->code;
    }
    return ERROR_NONE;
}

static void init_host(struct screen *screen, const struct screen_options *options)
{
    struct host *host = &screen->host;
    struct host_rows *rows[3] = {&host->items, &host->results, &host->item};

    host->screen = screen;
    host->options = &screen->options;
    host->glyphs = &screen->glyphs;
    host->journal = options->journal;
    host->now = clock_monotonic();
    for (int i = 0; i < 3; i++)
        buf_init(&rows[i]->statement, STATEMENT_LIMIT);
    buf_init(&host->text_title, 512);
    buf_init(&host->text, TEXT_RESULT_LIMIT);
    buf_init(&host->series_statement, STATEMENT_LIMIT);
    buf_init(&host->log_statement, STATEMENT_LIMIT);
}

/* The user's key file: what is wrong in it is said, the rest is used. */
static void read_keys(struct screen *screen)
{
    struct buf path, source, warnings;
    struct error err;

    buf_init(&path, 4096);
    buf_init(&source, 256 * 1024);
    buf_init(&warnings, 4096);
    if (strchr(screen->options.keys, '/'))
        buf_add_string(&path, screen->options.keys);
    else if (path_make(PATH_CONFIG, "keys", false, &path, &err))
        buf_clear(&path);
    if (path.length > 0 && file_exists(buf_string(&path))) {
        if (file_read(buf_string(&path), &source, &err) ||
            keymap_read(screen->keymap, buf_view(&source), buf_string(&path), &warnings, &err))
            host_message(&screen->host, MESSAGE_WARNING, "%s", err.text);
        else if (warnings.length > 0)
            host_message(&screen->host, MESSAGE_WARNING, "%.*s",
                (int)strcspn(buf_string(&warnings), "\n"), buf_string(&warnings));
    }
    buf_done(&path);
    buf_done(&source);
    buf_done(&warnings);
}

static enum error_code open_parts(struct screen *screen, const struct screen_options *options,
    struct error *err)
{
    screen->message = mem_new(MESSAGE_COUNT, sizeof *screen->message);
    if (!screen->message)
        return error_memory(err);
    screen->keymap = keymap_new(err);
    screen->picker = screen->keymap ? picker_new(err) : NULL;
    if (!screen->picker || open_wake(screen, err))
        return err->code;
    /* Readline first: it reads the terminal's entry as well, and curses must have the last word. */
    screen->prompt =
        prompt_new(&screen->options.callbacks, options->history, options->vi_mode, err);
    screen->terminal =
        screen->prompt ? terminal_new(screen->options.color, options->escape_time, err) : NULL;
    if (!screen->terminal)
        return err->code;
    terminal_size(screen->terminal, &screen->width, &screen->height);
    surface_init(&screen->surface, &screen->glyphs);
    prompt_resize(screen->prompt, screen->width, screen->height);
    if (surface_resize(&screen->surface, screen->width, screen->height, err) ||
        open_panels(screen, err))
        return err->code;
    if (screen_apply_settings(screen, err)) { /* a bad setting costs a message, not the screen */
        screen_message(screen, MESSAGE_WARNING, err->text);
        screen_default_settings(screen);
        if (screen_apply_settings(screen, err))
            return err->code;
    }
    return screen_set_layout(screen, 1, err);
}

struct screen *screen_new(const struct screen_options *options, struct error *err)
{
    struct screen *screen;

    if (terminal_check(err))
        return NULL;
    screen = mem_new(1, sizeof *screen);
    if (!screen) {
        error_memory(err);
        return NULL;
    }
    screen->wake[0] = screen->wake[1] = -1;
    screen_copy_options(screen, options);
    init_host(screen, options);
    dialog_init(&screen->dialog);
    buf_init(&screen->dialog_statement, STATEMENT_LIMIT);
    screen->hints_for = -1;
    if (open_parts(screen, options, err)) {
        screen_free(screen);
        return NULL;
    }
    read_keys(screen);
    screen->dirty = screen->urgent = true;
    return screen;
}

static void free_host(struct host *host)
{
    if (host->snapshot)
        catalog_release(host->catalog, host->snapshot);
    buf_done(&host->items.statement);
    buf_done(&host->results.statement);
    buf_done(&host->item.statement);
    buf_done(&host->text_title);
    buf_done(&host->text);
    buf_done(&host->series_statement);
    buf_done(&host->log_statement);
}

void screen_free(struct screen *screen)
{
    if (!screen)
        return;
    terminal_free(screen->terminal);
    for (int i = 0; i < PANEL_COUNT; i++) {
        struct panel *panel = &screen->panel[i];

        if (panel->class && panel->class->close && panel->state)
            panel->class->close(panel);
        mem_free(panel->state);
    }
    prompt_free(screen->prompt);
    picker_free(screen->picker);
    keymap_free(screen->keymap);
    dialog_done(&screen->dialog);
    buf_done(&screen->dialog_statement);
    surface_done(&screen->surface);
    theme_free(screen->theme);
    free_host(&screen->host);
    for (int i = 0; i < 2; i++)
        if (screen->wake[i] >= 0)
            (void)close(screen->wake[i]);
    mem_free(screen->message);
    mem_free(screen);
}

void screen_emergency_restore(void)
{
    terminal_emergency_restore();
}

/* --- the console's side of the loop --- */

int screen_descriptor(const struct screen *screen)
{
    (void)screen;
    return STDIN_FILENO;
}

int screen_wake_descriptor(const struct screen *screen)
{
    return screen->wake[0];
}

void screen_wake(struct screen *screen)
{
    static const char byte = 1;

    if (!atomic_exchange(&screen->woken, true) && write(screen->wake[1], &byte, 1) < 0)
        atomic_store(&screen->woken, false); /* the pipe is full: somebody has woken us already */
}

static int until(uint64_t now, uint64_t then)
{
    return then <= now ? 0 : (int)((then - now + CLOCK_MS - 1) / CLOCK_MS);
}

static uint64_t which_key_due(const struct screen *screen)
{
    int delay = screen->options.which_key > 0 ? screen->options.which_key : 400;

    return screen->pending_at + (uint64_t)delay * CLOCK_MS;
}

int screen_timeout(const struct screen *screen)
{
    uint64_t now = clock_monotonic();
    int wait = 1000, due; /* a size change between two waits is seen then */

    if (screen->host.unfinished)
        return 0;
    if (screen->dirty) {
        due = until(now, screen->painted_at + FRAME_MS * CLOCK_MS);
        wait = due < wait ? due : wait;
    }
    if (screen->pending_count > 0 && now < which_key_due(screen)) {
        due = until(now, which_key_due(screen));
        wait = due < wait ? due : wait;
    }
    if (screen->hint_is_due) {
        due = until(now, screen->typed_at + HINT_DELAY_MS * CLOCK_MS);
        wait = due < wait ? due : wait;
    }
    due = terminal_timeout(screen->terminal);
    return due >= 0 && due < wait ? due : wait;
}

static void drain_wake(struct screen *screen)
{
    char bytes[64];

    while (read(screen->wake[0], bytes, sizeof bytes) > 0)
        continue;
    atomic_store(&screen->woken, false);
}

/* Whether anything watched has changed since the last time. */
static bool look_at_sources(struct screen *screen)
{
    struct host *host = &screen->host;
    uint64_t now[8] = {
        host->catalog ? catalog_version(host->catalog) : 0,
        host->items.rows ? rows_version(host->items.rows) : 0,
        host->results.rows ? rows_version(host->results.rows) : 0,
        host->item.rows ? rows_version(host->item.rows) : 0,
        host->series ? series_version(host->series) : 0,
        host->log ? loglines_version(host->log) : 0,
        host->journal ? journal_version(host->journal) : 0,
    };
    bool changed = memcmp(now, screen->seen, sizeof now) != 0;

    if (now[0] != screen->seen[0] || (host->catalog && !host->snapshot)) {
        if (host->snapshot)
            catalog_release(host->catalog, host->snapshot);
        host->snapshot = host->catalog ? catalog_snapshot(host->catalog) : NULL;
    }
    memcpy(screen->seen, now, sizeof now);
    return changed;
}

static void update_hint(struct screen *screen)
{
    const struct screen_callbacks *callbacks = &screen->options.callbacks;

    if (!screen->hint_is_due || screen->host.now < screen->typed_at + HINT_DELAY_MS * CLOCK_MS)
        return;
    screen->hint_is_due = false;
    screen->hint[0] = '\0';
    if (prompt_is_open(screen->prompt) && prompt_kind(screen->prompt) == PROMPT_STATEMENT &&
        callbacks->hint)
        callbacks->hint(callbacks->user, prompt_line(screen->prompt), prompt_cursor(screen->prompt),
            screen->hint, sizeof screen->hint);
    screen_dirty(screen);
}

static void take_resize(struct screen *screen)
{
    struct error err;

    terminal_size(screen->terminal, &screen->width, &screen->height);
    if (surface_resize(&screen->surface, screen->width, screen->height, &err))
        return;
    prompt_resize(screen->prompt, screen->width, screen->height);
    if (screen->layout_is_own || screen_set_layout(screen, screen->layout_number, &err))
        screen_arrange(screen);
    terminal_repaint(screen->terminal);
    screen->urgent = true;
    screen_dirty(screen);
}

/* Takes all input before anything is painted: a key held down never leaves a queue behind. */
static void take_input(struct screen *screen)
{
    struct key key;
    bool resized = false;

    while (terminal_read(screen->terminal, &key)) {
        screen->urgent = true;
        screen_dirty(screen);
        if (key.code == KEYS_RESIZE) {
            resized = true;
            continue;
        }
        if (resized) {
            take_resize(screen);
            resized = false;
        }
        if (key.code == KEYS_PASTE)
            screen_handle_paste(screen, terminal_paste(screen->terminal));
        else
            screen_handle_key(screen, key);
    }
    if (resized)
        take_resize(screen);
}

static void take_signals(struct screen *screen)
{
    if (terminal_stop_asked(screen->terminal))
        terminal_suspend(screen->terminal);
    else if (!terminal_continued(screen->terminal))
        return;
    take_resize(screen);
}

void screen_turn(struct screen *screen)
{
    struct host *host = &screen->host;
    bool busy = host->unfinished;

    host->now = clock_monotonic();
    host->unfinished = false;
    drain_wake(screen);
    take_signals(screen);
    if (look_at_sources(screen))
        screen_dirty(screen);
    take_input(screen);
    if (look_at_sources(screen))
        screen_dirty(screen);
    screen_watch(screen);
    update_hint(screen);
    if (screen->pending_count > 0 && host->now >= which_key_due(screen))
        screen_dirty(screen);
    if (!screen->dirty)
        return;
    if (!screen->urgent && !clock_is_fixed() &&
        host->now < screen->painted_at + FRAME_MS * CLOCK_MS) {
        if (busy)
            screen_compute(screen); /* a sort goes on between two frames */
        return;
    }
    screen->dirty = screen->urgent = false;
    screen->painted_at = host->now;
    screen_paint(screen);
    terminal_flush(screen->terminal, &screen->surface);
    if (host->unfinished)
        screen->dirty = true;
}

/* --- what is watched --- */

void screen_set_status(struct screen *screen, const struct screen_status *status)
{
    struct screen_status *own = &screen->host.status;

    if (!memcmp(own, status, sizeof *own))
        return;
    *own = *status;
    screen_dirty(screen);
}

void screen_set_catalog(struct screen *screen, struct catalog *catalog)
{
    struct host *host = &screen->host;

    if (host->catalog == catalog)
        return;
    if (host->snapshot)
        catalog_release(host->catalog, host->snapshot);
    host->snapshot = NULL;
    host->catalog = catalog;
    host->catalog_generation++;
    screen->seen[0] = 0;
    screen->asked_listing = false;
    screen->watched_metrics[0] = screen->watched_log[0] = host->watched[0] = '\0';
    host->watch_is_settled = false;
    screen->stages_asked = 0;
    screen_dirty(screen);
}

static void set_statement(struct buf *buf, const char *statement)
{
    buf_clear(buf);
    buf_add_string(buf, statement ? statement : "");
}

/* The rows shown so far may go away after this call: panels that point into them look again now,
   in sight or not. */
static void forget_rows(struct screen *screen)
{
    static const char *const names[] = {"items", "item", "results"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct panel *panel = &screen->panel[screen_panel_index(screen, names[i])];

        panel->class->compute(panel);
    }
}

void screen_show_rows(struct screen *screen, enum screen_target target, struct rows *rows,
    const char *statement)
{
    struct host *host = &screen->host;
    struct host_rows *place = target == TARGET_ITEMS  ? &host->items
                              : target == TARGET_ITEM ? &host->item
                                                      : &host->results;
    const char *name = place == &host->items ? "items" : place == &host->item ? "item" : "results";

    if (!rows || rows != place->rows) { /* else NEXT adds to them */
        place->generation++;
        place->rows = rows;
        set_statement(&place->statement, statement);
    }
    if (place == &host->results)
        host->text_is_newer = false;
    forget_rows(screen);
    if (rows)
        screen_show_panel(screen, screen_panel_index(screen, name), target != TARGET_QUIET);
    screen_dirty(screen);
}

void screen_show_text(struct screen *screen, const char *title, struct text text)
{
    struct host *host = &screen->host;

    set_statement(&host->text_title, title);
    buf_clear(&host->text);
    buf_add_text(&host->text, text);
    host->text_generation++;
    host->text_is_newer = true;
    screen_show_panel(screen, screen_panel_index(screen, "results"), true);
}

void screen_show_series(struct screen *screen, struct series *series, const char *statement)
{
    screen->host.series = series;
    screen->host.series_generation++;
    set_statement(&screen->host.series_statement, statement);
    screen_dirty(screen);
}

void screen_show_log(struct screen *screen, struct loglines *lines, const char *statement)
{
    screen->host.log = lines;
    screen->host.log_generation++;
    set_statement(&screen->host.log_statement, statement);
    screen_dirty(screen);
}

static void show_dialog(struct screen *screen)
{
    screen->dialog_is_ours = false;
    screen->pending_count = 0;
    screen->urgent = true;
    screen_dirty(screen);
}

void screen_ask(struct screen *screen, const char *question, const char *details,
    const char *type_name)
{
    terminal_discard_input(screen->terminal);
    dialog_open(&screen->dialog, question, details, type_name);
    show_dialog(screen);
}

void screen_ask_code(struct screen *screen, const char *question)
{
    terminal_discard_input(screen->terminal);
    dialog_open_code(&screen->dialog, question);
    show_dialog(screen);
}

const char *screen_code(const struct screen *screen)
{
    return buf_string(&screen->dialog.typed);
}

bool screen_do(struct screen *screen, const char *action, const char *argument)
{
    bool known = screen_act(screen, action, argument);

    screen_dirty(screen);
    return known;
}

void screen_dump(struct screen *screen, struct buf *out)
{
    for (int row = 0; row < screen->surface.height; row++) {
        surface_add_row(&screen->surface, row, out);
        buf_add_char(out, '\n');
    }
}
