#define _GNU_SOURCE /* posix_spawn_file_actions_addtcsetpgrp_np */

#include "panels/terminal_private.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#undef columns /* term.h makes macros of ordinary words */
#undef lines
#undef cursor_visible

#include "base/file.h"
#include "base/mem.h"

extern char **environ;

static const char modes_on[] = "\033[?2004h";
static const char modes_off[] = "\033[?2004l";
static const char focus_on[] = "\033[?1004h";
static const char focus_off[] = "\033[?1004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h";
static const char mouse_off[] = "\033[?1006l\033[?1000l";

/* What a signal handler needs; filled before the first mode is set. */
static struct {
    volatile sig_atomic_t active;
    size_t length;
    char bytes[512];
    struct termios saved;
    bool has_saved;
} rescue;

static volatile sig_atomic_t stop_asked, continued;

static void note_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

static void note_continue(int number)
{
    (void)number;
    continued = 1;
}

static void write_bytes(const char *bytes, size_t length)
{
    struct error ignored;

    if (length > 0 && file_write_all(STDOUT_FILENO, text_make(bytes, length), &ignored))
        return; /* the terminal is gone: the next read says so */
}

static void write_string(const char *string)
{
    write_bytes(string, strlen(string));
}

/* A capability without its padding, "$<50>": nobody waits in a signal handler. */
static void add_capability(const char *string)
{
    while (string && *string && rescue.length + 1 < sizeof rescue.bytes) {
        if (string[0] == '$' && string[1] == '<') {
            while (*string && *string != '>')
                string++;
            if (*string)
                string++;
            continue;
        }
        rescue.bytes[rescue.length++] = *string++;
    }
}

static const char *capability(const char *name)
{
    const char *string = tigetstr(name);

    return string == (const char *)-1 ? NULL : string;
}

static void prepare_rescue(const struct terminal *terminal)
{
    rescue.active = 0;
    rescue.length = 0;
    if (terminal->marks_pastes)
        add_capability(modes_off);
    if (terminal->has_mouse)
        add_capability(mouse_off);
    if (terminal->has_focus_events)
        add_capability(focus_off);
    add_capability(capability("cnorm"));
    add_capability(capability("sgr0"));
    if (terminal->depth != THEME_MONO)
        add_capability(capability("op"));
    add_capability(capability("rmkx"));
    if (terminal->has_alternate_screen) {
        add_capability(capability("rmcup"));
    } else {
        const char *cup = capability("cup");

        add_capability(capability("clear"));
        if (cup)
            add_capability(tparm(cup, (long)(LINES - 1), 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
    }
    rescue.active = 1;
}

void terminal_emergency_restore(void)
{
    size_t done = 0;

    if (!rescue.active)
        return;
    rescue.active = 0;
    while (done < rescue.length) {
        ssize_t written = write(STDOUT_FILENO, rescue.bytes + done, rescue.length - done);

        if (written < 0 && errno != EINTR)
            break;
        if (written > 0)
            done += (size_t)written;
    }
    if (rescue.has_saved)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &rescue.saved);
}

static enum theme_depth choose_depth(const char *color, int colors)
{
    const char *no_color = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR");
    bool on = color && !strcmp(color, "on"), off = color && !strcmp(color, "off");

    if (colors < 8)
        return THEME_MONO;
    if (!on && force && *force)
        on = true;
    if (off || (!on && no_color && *no_color))
        return THEME_MONO;
    return colors >= 256 ? THEME_256 : THEME_16;
}

enum error_code terminal_check(struct error *err)
{
    const char *name = getenv("TERM");
    TERMINAL *before = cur_term; /* readline may have one */
    enum error_code code = ERROR_NONE;
    int status = 0;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE, "a screen needs a terminal");
    if (!name || !*name)
        return error_set(err, ERROR_USAGE, "TERM is not set: no screen");
    (void)use_extended_names(TRUE);
    if (setupterm(NULL, STDOUT_FILENO, &status) == ERR)
        return error_set(err, ERROR_USAGE, "TERM=%s is not known: no screen", name);
    if (!capability("cup") || !capability("clear") || tigetflag("hc") > 0)
        code = error_set(err, ERROR_USAGE, "TERM=%s cannot place its cursor: no screen", name);
    if (cur_term != before) {
        (void)del_curterm(cur_term);
        (void)set_curterm(before);
    }
    return code;
}

static void read_abilities(struct terminal *terminal, const char *color)
{
    const char *name = getenv("TERM");

    snprintf(terminal->name, sizeof terminal->name, "%s", name ? name : "");
    terminal->has_alternate_screen = capability("smcup") != NULL;
    terminal->has_focus_events = tigetflag("XT") > 0;
    terminal->marks_pastes = terminal->has_alternate_screen;
    terminal->has_mouse = terminal->has_alternate_screen;
    terminal->depth = choose_depth(color, tigetnum("colors"));
}

/* Curses takes SIGINT, SIGTERM and SIGTSTP where they are at their default: the console's own
   handlers, or the default, are put back. */
static SCREEN *start_curses(void)
{
    static const int number[] = {SIGINT, SIGTERM, SIGTSTP};
    struct sigaction before[3];
    SCREEN *screen;

    for (int i = 0; i < 3; i++)
        (void)sigaction(number[i], NULL, &before[i]);
    screen = newterm(NULL, stdout, stdin);
    for (int i = 0; i < 3; i++)
        (void)sigaction(number[i], &before[i], NULL);
    return screen;
}

static void watch_stops(bool on)
{
    struct sigaction action = {.sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = on ? note_stop : SIG_DFL;
    (void)sigaction(SIGTSTP, &action, NULL);
    action.sa_handler = on ? note_continue : SIG_DFL;
    (void)sigaction(SIGCONT, &action, NULL);
}

static void set_modes(const struct terminal *terminal, bool on)
{
    if (terminal->marks_pastes)
        write_string(on ? modes_on : modes_off);
    if (terminal->has_focus_events)
        write_string(on ? focus_on : focus_off);
    if (terminal->mouse_on)
        write_string(on ? mouse_on : mouse_off);
}

static void prepare_curses(const struct terminal *terminal, int escape_time)
{
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)intrflush(NULL, FALSE);
    if (!getenv("ESCDELAY"))
        (void)set_escdelay(escape_time > 0 ? escape_time : 25);
    if (terminal->depth != THEME_MONO) {
        (void)start_color();
        (void)use_default_colors();
    }
    (void)leaveok(stdscr, FALSE);
    (void)keypad(terminal->input, TRUE);
    (void)nodelay(terminal->input, TRUE);
    (void)meta(terminal->input, TRUE);
    terminal_define_keys();
}

struct terminal *terminal_new(const char *color, int escape_time, struct error *err)
{
    struct terminal *terminal = mem_new(1, sizeof *terminal);

    if (!terminal) {
        error_memory(err);
        return NULL;
    }
    buf_init(&terminal->paste, PASTE_LIMIT);
    if (terminal_check(err))
        goto failed;
    terminal->before = cur_term;
    rescue.has_saved = tcgetattr(STDIN_FILENO, &rescue.saved) == 0;
    terminal->screen = start_curses();
    if (!terminal->screen) {
        error_set(err, ERROR_USAGE, "this terminal cannot be used for a screen");
        goto failed;
    }
    read_abilities(terminal, color);
    terminal->input = newpad(1, 1);
    if (!terminal->input) {
        error_memory(err);
        (void)endwin();
        delscreen(terminal->screen);
        goto failed;
    }
    prepare_curses(terminal, escape_time);
    prepare_rescue(terminal);
    watch_stops(true);
    set_modes(terminal, true);
    terminal->repaint = true;
    return terminal;
failed:
    buf_done(&terminal->paste);
    mem_free(terminal);
    return NULL;
}

void terminal_free(struct terminal *terminal)
{
    if (!terminal)
        return;
    set_modes(terminal, false);
    if (!terminal->has_alternate_screen) {
        (void)wclear(stdscr);
        (void)wrefresh(stdscr);
    }
    (void)endwin();
    watch_stops(false);
    rescue.active = 0;
    (void)delwin(terminal->input);
    delscreen(terminal->screen);
    (void)set_curterm(terminal->before); /* readline goes on with its own */
    mem_free(terminal->shown);
    mem_free(terminal->row);
    buf_done(&terminal->paste);
    mem_free(terminal);
}

void terminal_size(const struct terminal *terminal, int *width, int *height)
{
    (void)terminal;
    *width = COLS < 1 ? 1 : COLS;
    *height = LINES < 1 ? 1 : LINES;
}

enum theme_depth terminal_depth(const struct terminal *terminal)
{
    return terminal->depth;
}

const char *terminal_name(const struct terminal *terminal)
{
    return terminal->name;
}

bool terminal_is_slow(const struct terminal *terminal)
{
    int rate = baudrate();

    (void)terminal;
    return rate > 0 && rate < 38400; /* what every pseudo terminal says it has */
}

/* Pairs are made when a style first needs them; a terminal with few gets few. */
static int take_pair(struct terminal *terminal, int foreground, int background)
{
    int pair;

    if (foreground < 0 && background < 0)
        return 0;
    for (int i = 1; i <= terminal->pair_count; i++)
        if (terminal->pair_foreground[i] == foreground &&
            terminal->pair_background[i] == background)
            return i;
    pair = terminal->pair_count + 1;
    if (pair >= PAIR_LIMIT || pair >= COLOR_PAIRS ||
        init_extended_pair(pair, foreground, background) == ERR)
        return 0;
    terminal->pair_count = pair;
    terminal->pair_foreground[pair] = foreground;
    terminal->pair_background[pair] = background;
    return pair;
}

void terminal_set_theme(struct terminal *terminal, const struct theme *theme)
{
    terminal->pair_count = 0;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct theme_style look = theme_style(theme, (enum role)role, terminal->depth);
        struct style *style = &terminal->style[role];
        bool few = terminal->depth == THEME_16 && COLORS < 16;

        *style = (struct style){A_NORMAL, 0};
        if (few && look.foreground >= 8)
            look.foreground -= 8;
        if (few && look.background >= 8)
            look.background -= 8;
        if (look.attributes & THEME_BOLD || (few && look.attributes & THEME_BRIGHT))
            style->attributes |= A_BOLD;
        if (look.attributes & THEME_DIM)
            style->attributes |= A_DIM;
        if (look.attributes & THEME_ITALIC)
            style->attributes |= A_ITALIC;
        if (look.attributes & THEME_UNDERLINE)
            style->attributes |= A_UNDERLINE;
        if (look.attributes & THEME_REVERSE)
            style->attributes |= A_REVERSE;
        if (terminal->depth != THEME_MONO)
            style->pair = take_pair(terminal, look.foreground, look.background);
    }
    terminal->repaint = true;
}

static bool fit_memory(struct terminal *terminal, const struct surface *surface)
{
    size_t count = (size_t)surface->width * (size_t)surface->height;
    struct cell *shown;
    cchar_t *row;

    if (terminal->shown && terminal->shown_width == surface->width &&
        terminal->shown_height == surface->height)
        return true;
    shown = mem_resize(terminal->shown, count, sizeof *shown);
    if (shown)
        terminal->shown = shown;
    row = mem_resize(terminal->row, (size_t)surface->width, sizeof *row);
    if (row)
        terminal->row = row;
    if (!shown || !row)
        return false;
    terminal->shown_width = surface->width;
    terminal->shown_height = surface->height;
    terminal->repaint = true;
    return true;
}

static void send_row(struct terminal *terminal, const struct surface *surface, int row)
{
    const struct cell *cell = surface->cell + (size_t)row * (size_t)surface->width;
    int count = 0;

    for (int i = 0; i < surface->width; i++) {
        const struct style *style = &terminal->style[cell[i].role];
        attr_t attributes = style->attributes;
        wchar_t text[CELL_CODES + 1] = {0};
        int pair = style->pair;

        if (cell[i].columns == 0)
            continue;
        for (int c = 0; c < CELL_CODES; c++)
            text[c] = (wchar_t)cell[i].code[c];
        if (cell[i].flags & CELL_REVERSE)
            attributes |= A_REVERSE;
        if (cell[i].flags & CELL_UNDERLINE)
            attributes |= A_UNDERLINE;
        if (setcchar(&terminal->row[count], text, attributes, 0, &pair) == OK)
            count++;
    }
    (void)mvwadd_wchnstr(stdscr, row, 0, terminal->row, count);
}

void terminal_flush(struct terminal *terminal, const struct surface *surface)
{
    size_t row_size = (size_t)surface->width * sizeof(struct cell);

    if (!fit_memory(terminal, surface))
        return; /* the old picture stays; the next frame tries again */
    if (terminal->repaint)
        (void)clearok(curscr, TRUE);
    for (int row = 0; row < surface->height; row++) {
        size_t offset = (size_t)row * (size_t)surface->width;

        if (!terminal->repaint &&
            !memcmp(surface->cell + offset, terminal->shown + offset, row_size))
            continue;
        memcpy(terminal->shown + offset, surface->cell + offset, row_size);
        send_row(terminal, surface, row);
    }
    terminal->repaint = false;
    (void)curs_set(surface->cursor_visible ? 1 : 0);
    (void)wmove(stdscr, surface->cursor_row, surface->cursor_column);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
}

void terminal_repaint(struct terminal *terminal)
{
    terminal->repaint = true;
    prepare_rescue(terminal); /* the last line may be another one now */
}

bool terminal_set_mouse(struct terminal *terminal, bool on)
{
    if (!terminal->has_mouse)
        return false;
    terminal->mouse_on = on;
    write_string(on ? mouse_on : mouse_off);
    return true;
}

void terminal_write(struct terminal *terminal, struct text bytes)
{
    (void)terminal;
    write_bytes(bytes.data, bytes.length);
}

static void leave(struct terminal *terminal)
{
    (void)def_prog_mode();
    set_modes(terminal, false);
    (void)endwin();
    rescue.active = 0;
}

static void enter(struct terminal *terminal)
{
    (void)reset_prog_mode();
    (void)flushinp();
    set_modes(terminal, true);
    terminal_repaint(terminal);
}

void terminal_suspend(struct terminal *terminal)
{
    leave(terminal);
    watch_stops(false);
    (void)raise(SIGTSTP);
    watch_stops(true);
    stop_asked = continued = 0;
    enter(terminal);
}

bool terminal_stop_asked(struct terminal *terminal)
{
    bool asked = stop_asked != 0;

    (void)terminal;
    stop_asked = 0;
    return asked;
}

bool terminal_continued(struct terminal *terminal)
{
    bool was = continued != 0;

    (void)terminal;
    continued = 0;
    return was;
}

/* Its own process group in the foreground, so that its ^C and ^Z are its own. */
static int spawn(char *const arguments[], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int failure;

    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&attributes)) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    (void)sigemptyset(&none);
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_addtcsetpgrp_np(&actions, STDIN_FILENO);
    failure = posix_spawnp(child, arguments[0], &actions, &attributes, arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* A program that stops itself is continued: there is no shell here to do it. */
static int wait_for(pid_t child)
{
    int status = 0;

    for (;;) {
        if (waitpid(child, &status, WUNTRACED) < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (!WIFSTOPPED(status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
        (void)kill(-child, SIGCONT);
    }
}

int terminal_run(struct terminal *terminal, char *const arguments[], struct error *err)
{
    sigset_t output, before;
    pid_t child = 0;
    int failure, status = -1;

    leave(terminal);
    failure = spawn(arguments, &child);
    if (!failure)
        status = wait_for(child);
    /* We are in the background until the group is set back, and would be stopped for it. */
    (void)sigemptyset(&output);
    (void)sigaddset(&output, SIGTTOU);
    (void)pthread_sigmask(SIG_BLOCK, &output, &before);
    (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    enter(terminal);
    if (failure || status < 0)
        error_set(err, ERROR_IO, "%s: %s", arguments[0], strerror(failure ? failure : errno));
    return status;
}
