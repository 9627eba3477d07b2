#include "console/interactive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "console/complete.h"
#include "console/help.h"
#include "console/line_mode.h"
#include "console/messages.h"
#include "console/share.h"
#include "console/staged.h"
#include "console/statements/connect.h"
#include "console/transaction.h"
#include "console/ui.h"

#define KEYS_MINUTE (60 * CLOCK_SECOND)
#define KEYS_SHOWN (10 * KEYS_MINUTE)

enum {
    COMPLETE_LIMIT = 1024 * 1024,
    HELP_LIMIT = 1024 * 1024,
    CANDIDATES = 500,
    STACK = 64 * 1024
};

static int signal_pipe[2] = {-1, -1};
static atomic_int ending_signal;

/* SIGTERM, SIGHUP, SIGINT from outside: the loop ends, then the process by the same signal. */
static void on_ending(int number)
{
    int kept = errno;

    atomic_store(&ending_signal, number);
    if (write(signal_pipe[1], "x", 1) < 0) {
        /* Full: the loop wakes anyway. */
    }
    errno = kept;
}

static void on_fatal(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    screen_emergency_restore();
    sigaction(number, &action, NULL);
    raise(number);
}

static bool take_signals(struct error *err)
{
    static const int fatal_table[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    static char stack_memory[STACK];
    stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof(stack_memory)};
    struct sigaction action = {.sa_handler = on_ending};

    if (pipe(signal_pipe) != 0) {
        error_set(err, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
        return false;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
    }
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaltstack(&stack, NULL);
    action.sa_handler = on_fatal;
    action.sa_flags = SA_ONSTACK;
    for (size_t i = 0; i < sizeof(fatal_table) / sizeof(fatal_table[0]); i++)
        sigaction(fatal_table[i], &action, NULL);
    return true;
}

static void release_signals(void)
{
    static const int taken_table[] = {SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE,
        SIGILL};
    struct sigaction action = {.sa_handler = SIG_DFL};
    stack_t none = {.ss_flags = SS_DISABLE};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(taken_table) / sizeof(taken_table[0]); i++)
        sigaction(taken_table[i], &action, NULL);
    sigaltstack(&none, NULL);
    close(signal_pipe[0]);
    close(signal_pipe[1]);
}

static void emit(void *user, const char *statement, enum screen_target target, const char *who)
{
    ui_run(user, statement, target, who);
}

static bool cancel(void *user, enum screen_target target)
{
    return ui_cancel(user, target);
}

static void answer(void *user, bool yes)
{
    ui_answer(user, yes);
}

static int check(void *user, const char *line, char *message, size_t size, int *column)
{
    struct ui *ui = user;

    return complete_check(ui->session, text_of(line), message, size, column);
}

/* The screen copies the texts before it calls again. */
static size_t complete(void *user, const char *line, size_t cursor, size_t *start,
    struct screen_candidate *out, size_t capacity)
{
    static struct arena *arena;
    static struct completion candidate[CANDIDATES];
    struct ui *ui = user;
    struct error ignored;
    size_t count;

    arena_free(arena);
    arena = arena_new(COMPLETE_LIMIT, &ignored);
    if (!arena)
        return 0;
    count = complete_word(ui->session, arena, text_of(line), cursor, start, candidate,
        capacity < CANDIDATES ? capacity : CANDIDATES);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct screen_candidate){candidate[i].text, candidate[i].kind, candidate[i].help};
    return count;
}

static void hint(void *user, const char *line, size_t cursor, char *out, size_t size)
{
    struct ui *ui = user;

    (void)cursor;
    complete_hint(ui->session, text_of(line), out, size);
}

static enum error_code edit(void *user, struct text text, struct error *err)
{
    struct ui *ui = user;
    struct buf edited;
    enum error_code code;

    buf_init(&edited, COMPLETE_LIMIT);
    buf_add_text(&edited, text);
    code = buf_check(&edited, "statement", err);
    if (!code)
        code = screen_edit(ui->screen, ".gh", &edited, err);
    if (!code) {
        char *line;

        text = text_trim(buf_view(&edited));
        line = mem_copy(text.data, text.length);
        if (line)
            screen_prompt(ui->screen, line, SIZE_MAX);
        else
            code = error_memory(err);
        mem_free(line);
    }
    buf_done(&edited);
    return code;
}

static const char *help(void *user, const char *word)
{
    struct ui *ui = user;

    buf_clear(&ui->help);
    if (!word || !word[0])
        help_add_overview(&ui->help);
    else if (!help_add_topic(&ui->help, text_of(word)))
        return NULL;
    return buf_string(&ui->help);
}

static void quit(void *user)
{
    struct ui *ui = user;

    ui->session->quit = true;
}

/* Minutes until the keys end, rounded up, within the last ten of them; else 0. */
static unsigned keys_end(const struct link *link)
{
    uint64_t end = connection_key_expires(link->connection), now = clock_wall();

    if (end == 0 || end > now + KEYS_SHOWN)
        return 0;
    return end > now ? (unsigned)((end - now + KEYS_MINUTE - 1) / KEYS_MINUTE) : 1;
}

static void fill_status(struct ui *ui, struct screen_status *status)
{
    const struct session *session = ui->session;
    struct link *link = session->link;
    const struct profile *profile;

    memset(status, 0, sizeof(*status)); /* compared as bytes */
    status->tables = journal_health(session->journal, "dynamodb");
    status->gateway = journal_health(session->journal, "apigateway");
    status->jobs = ui_job_count(ui);
    status->in_transaction = transaction_is_open(session->transaction);
    status->actions = (unsigned)transaction_count(session->transaction);
    status->changed = ui->status.changed;
    if (!link) {
        snprintf(status->profile, sizeof(status->profile), "-");
        return;
    }
    status->staged = (unsigned)staged_waiting(link);
    profile = connection_profile(link->connection);
    snprintf(status->environment, sizeof(status->environment), "%.15s", profile->environment);
    snprintf(status->profile, sizeof(status->profile), "%.63s", link->name);
    snprintf(status->region, sizeof(status->region), "%.31s", connection_region(link->connection));
    snprintf(status->account, sizeof(status->account), "%.15s",
        connection_account(link->connection));
    status->keys_end = keys_end(link);
    status->read_only = connection_is_read_only(link->connection);
    status->read_write_until = connection_read_write_until(link->connection);
    snprintf(status->api, sizeof(status->api), "%.63s", link->api ? link->api : "");
    snprintf(status->stage, sizeof(status->stage), "%.63s", link->stage ? link->stage : "");
}

/* Idle is silent: the screen hears of what has changed only. */
static void update_status(struct ui *ui)
{
    struct screen_status status;

    if (ui->session->link != ui->link) {
        ui->link = ui->session->link;
        screen_set_catalog(ui->screen, ui->link ? ui->link->catalog : ui->no_catalog);
        if (ui->link && connect_lacks_identity(ui->link))
            ui_run(ui, "SHOW IDENTITY", TARGET_QUIET, "panel"); /* for the account in the status */
    }
    fill_status(ui, &status);
    if (memcmp(&status, &ui->status, sizeof(status)) == 0)
        return;
    status.changed = clock_wall();
    ui->status = status;
    screen_set_status(ui->screen, &ui->status);
}

static void run_loop(struct ui *ui)
{
    while (!ui->session->quit && !atomic_load(&ending_signal)) {
        struct pollfd wait[3] = {
            {.fd = screen_descriptor(ui->screen), .events = POLLIN},
            {.fd = screen_wake_descriptor(ui->screen), .events = POLLIN},
            {.fd = signal_pipe[0], .events = POLLIN},
        };

        ui_handle_events(ui);
        update_status(ui);
        screen_turn(ui->screen);
        if (ui->session->quit)
            break;
        if (poll(wait, 3, screen_timeout(ui->screen)) < 0 && errno != EINTR)
            break;
        /* The terminal has gone. */
        if (wait[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            break;
    }
}

static struct screen *open_screen(struct ui *ui, const char *history, struct error *err)
{
    const struct settings *settings = &ui->session->settings;
    struct screen *screen;
    struct buf themes;
    struct screen_options options = {
        .callbacks = {.user = ui,
            .emit = emit,
            .cancel = cancel,
            .answer = answer,
            .check = check,
            .complete = complete,
            .hint = hint,
            .help = help,
            .quit = quit},
        .journal = ui->session->journal,
        .theme = settings->theme,
        .glyphs = settings->glyphs,
        .graph = settings->graph,
        .color = settings->color,
        .cursor = settings->cursor,
        .time = settings->time,
        .clipboard = settings->clipboard,
        .keys = settings->keys,
        .history = history,
        .escape_time = (int)settings->escape_time,
        .which_key = (int)settings->which_key,
        .page = settings->page,
        .vi_mode = strcmp(settings->prompt_mode, "vi") == 0,
    };

    buf_init(&themes, 4096);
    share_add_folder(&themes, "themes");
    options.theme_folder = buf_string(&themes);
    screen = screen_new(&options, err);
    buf_done(&themes);
    return screen;
}

static void say_to_stderr(const char *kind, const struct error *err)
{
    fprintf(stderr, "gatehouse: %s: %s\n", kind, err->text);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
}

/* Runs the screen; false when the terminal cannot show one. */
static bool run_screen(struct ui *ui, const char *history, int *status, struct error *err)
{
    struct error connect_error;

    ui->screen = open_screen(ui, history, err);
    if (!ui->screen)
        return false;
    ui->session->screen = ui->screen;
    ui->session->prompt = (struct session_prompt){.edit = edit, .user = ui};
    ui->session->is_interactive = true;
    /* What went to stderr is hidden behind the screen. */
    for (size_t i = 0; profile_warning(ui->session->profiles, i); i++)
        screen_message(ui->screen, MESSAGE_WARNING, profile_warning(ui->session->profiles, i));
    if (ui->session->settings.mouse && screen_set(ui->screen, "mouse", "on", &connect_error))
        screen_message(ui->screen, MESSAGE_WARNING, connect_error.text);
    if (!take_signals(err)) {
        *status = message_exit_status(err->code);
    } else {
        if (!session_link(ui->session, TEXT(""), &connect_error)) {
            screen_set_catalog(ui->screen, ui->no_catalog);
            screen_message(ui->screen, MESSAGE_ERROR, connect_error.text);
        }
        run_loop(ui);
        ui->session->is_abandoned = !ui_stop(ui);
        release_signals();
    }
    ui->session->screen = NULL;
    ui->session->prompt.edit = NULL;
    screen_free(ui->screen);
    return true;
}

static struct ui *ui_new(struct session *session, struct error *err)
{
    struct ui *ui = mem_new(1, sizeof(*ui));

    if (!ui) {
        error_memory(err);
        return NULL;
    }
    ui->session = session;
    pthread_mutex_init(&ui->lock, NULL);
    pthread_cond_init(&ui->answered, NULL);
    ui->event_end = &ui->event;
    buf_init(&ui->help, HELP_LIMIT);
    ui->no_catalog = catalog_new(err);
    return ui;
}

static void ui_free(struct ui *ui)
{
    catalog_free(ui->no_catalog);
    buf_done(&ui->help);
    pthread_cond_destroy(&ui->answered);
    pthread_mutex_destroy(&ui->lock);
    mem_free(ui);
}

int interactive_main(struct session *session)
{
    struct error err = {.code = ERROR_NONE};
    struct buf history;
    struct ui *ui;
    bool shown = false;
    int status = 0, number;

    if (session->settings.linear)
        return line_mode_main(session);
    buf_init(&history, 4096);
    if (path_make(PATH_STATE, "history", true, &history, &err))
        buf_clear(&history); /* the prompt remembers in memory only */
    ui = ui_new(session, &err);
    if (ui && ui->no_catalog)
        shown = run_screen(ui, history.length > 0 ? buf_string(&history) : NULL, &status, &err);
    if (ui && !session->is_abandoned)
        ui_free(ui);
    buf_done(&history);
    if (!shown && err.code == ERROR_USAGE) {
        say_to_stderr("note", &err);
        return line_mode_main(session);
    }
    if (!shown || status) {
        say_to_stderr("error", &err);
        return message_exit_status(err.code);
    }
    number = atomic_load(&ending_signal);
    if (number)
        raise(number);
    return status;
}
