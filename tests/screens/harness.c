#include "tests/screens/harness.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"

enum { RAW_LIMIT = 256 << 20 };

struct screen_pty {
    VTerm *emulator;
    VTermScreen *cells;
    int descriptor;
    pid_t child;
    bool ended;
    int status;
    int columns, rows;
    struct buf raw;
    size_t counted;
    VTermPos cursor;
    bool cursor_visible;
    unsigned modes;
    struct termios before;
};

static double now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int on_cursor(VTermPos position, VTermPos old, int visible, void *user)
{
    struct screen_pty *screen = user;

    (void)old;
    screen->cursor = position;
    screen->cursor_visible = visible;
    return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct screen_pty *screen = user;

    if (property == VTERM_PROP_CURSORVISIBLE)
        screen->cursor_visible = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callback_table = {.movecursor = on_cursor,
    .settermprop = on_property};

/* Modes are read off the bytes: libvterm does not know all of them. */
static void note_modes(struct screen_pty *screen, struct text bytes)
{
    static const struct {
        const char *number;
        unsigned mode;
    } mode_table[] = {{"1049", SCREEN_ALTERNATE}, {"1000", SCREEN_MOUSE}, {"1006", SCREEN_MOUSE},
        {"1004", SCREEN_FOCUS}, {"2004", SCREEN_PASTE}};

    for (size_t at = 0; (at = text_find(bytes, TEXT("\033[?"), at)) != SIZE_MAX;) {
        size_t end = at += 3;
        struct text list, one;

        while (end < bytes.length &&
               ((bytes.data[end] >= '0' && bytes.data[end] <= '9') || bytes.data[end] == ';'))
            end++;
        if (end == bytes.length)
            return;
        list = text_slice(bytes, at, end);
        while (text_take_field(&list, ';', &one)) {
            for (size_t i = 0; i < sizeof mode_table / sizeof *mode_table; i++)
                if (text_is(one, mode_table[i].number)) {
                    if (bytes.data[end] == 'h')
                        screen->modes |= mode_table[i].mode;
                    else if (bytes.data[end] == 'l')
                        screen->modes &= ~mode_table[i].mode;
                }
            if (text_is(one, "25") && bytes.data[end] == 'h')
                screen->modes &= ~(unsigned)SCREEN_CURSOR_HIDDEN;
            else if (text_is(one, "25") && bytes.data[end] == 'l')
                screen->modes |= SCREEN_CURSOR_HIDDEN;
        }
    }
}

/* Answers of the emulator (device attributes and the like) go back to the program. */
static void send_replies(struct screen_pty *screen)
{
    char reply[512];
    size_t length = vterm_output_read(screen->emulator, reply, sizeof reply);

    if (length && write(screen->descriptor, reply, length) < 0)
        return; /* the program has gone */
}

/* Takes what is there within ms; false when nothing came. */
static bool pump(struct screen_pty *screen, int ms)
{
    struct pollfd ready = {.fd = screen->descriptor, .events = POLLIN};
    char bytes[65536];
    ssize_t got;

    if (screen->ended || poll(&ready, 1, ms) <= 0)
        return false;
    got = read(screen->descriptor, bytes, sizeof bytes);
    if (got <= 0) {
        screen->ended = true; /* EIO: the last of the children has closed the terminal */
        return false;
    }
    buf_add(&screen->raw, bytes, (size_t)got);
    vterm_input_write(screen->emulator, bytes, (size_t)got);
    note_modes(screen, text_make(bytes, (size_t)got));
    send_replies(screen);
    return true;
}

static const char *const removed_table[] = {"ESCDELAY", "NO_COLOR", "FORCE_COLOR", "COLORTERM",
    "LINES", "COLUMNS", "TMUX", "STY", "SSH_TTY", "EDITOR", "VISUAL", "PAGER", "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
    "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"};

static void set_folder(const char *name, const char *folder, const char *below)
{
    char path[4096];

    snprintf(path, sizeof path, "%s%s", folder, below);
    setenv(name, path, 1);
}

static void set_environment(const struct screen_options_pty *options)
{
    const char *folder = options->folder ? options->folder : "/nonexistent";

    for (size_t i = 0; i < sizeof removed_table / sizeof *removed_table; i++)
        unsetenv(removed_table[i]);
    set_folder("HOME", folder, "");
    set_folder("XDG_CONFIG_HOME", folder, "/config");
    set_folder("XDG_STATE_HOME", folder, "/state");
    set_folder("XDG_DATA_HOME", folder, "/data");
    set_folder("XDG_CACHE_HOME", folder, "/cache");
    set_folder("XDG_RUNTIME_DIR", folder, "/run");
    set_folder("TMPDIR", folder, "");
    set_folder("AWS_CONFIG_FILE", folder, "/aws-config");
    set_folder("AWS_SHARED_CREDENTIALS_FILE", folder, "/aws-credentials");
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("TZ", "UTC", 1);
    setenv("LC_ALL", options->locale ? options->locale : "C.UTF-8", 1);
    setenv("TERM", options->term ? options->term : "xterm-256color", 1);
    for (const char *const *one = options->variable; one && *one; one++)
        putenv((char *)(uintptr_t)*one);
}

struct screen_pty *screen_start(const struct screen_options_pty *options, char *const argv[],
    struct error *err)
{
    struct screen_pty *screen = mem_new(1, sizeof *screen);
    struct winsize size;

    if (!screen) {
        error_memory(err);
        return NULL;
    }
    screen->columns = options->columns ? options->columns : 100;
    screen->rows = options->rows ? options->rows : 30;
    screen->cursor_visible = true;
    buf_init(&screen->raw, RAW_LIMIT);
    size = (struct winsize){.ws_row = (unsigned short)screen->rows,
        .ws_col = (unsigned short)screen->columns};
    screen->child = forkpty(&screen->descriptor, NULL, NULL, &size);
    if (screen->child < 0) {
        error_set(err, ERROR_IO, "forkpty: %s", strerror(errno));
        mem_free(screen);
        return NULL;
    }
    if (screen->child == 0) {
        set_environment(options);
        execvp(argv[0], argv);
        _exit(127);
    }
    tcgetattr(screen->descriptor, &screen->before);
    screen->emulator = vterm_new(screen->rows, screen->columns);
    vterm_set_utf8(screen->emulator, 1);
    screen->cells = vterm_obtain_screen(screen->emulator);
    vterm_screen_enable_altscreen(screen->cells, 1);
    vterm_screen_set_callbacks(screen->cells, &callback_table, screen);
    vterm_screen_reset(screen->cells, 1);
    return screen;
}

bool screen_is_ended(const struct screen_pty *screen)
{
    return screen->ended;
}

pid_t screen_child(const struct screen_pty *screen)
{
    return screen->child;
}

bool screen_is_restored(const struct screen_pty *screen)
{
    struct termios after;

    return tcgetattr(screen->descriptor, &after) == 0 && after.c_iflag == screen->before.c_iflag &&
           after.c_oflag == screen->before.c_oflag && after.c_lflag == screen->before.c_lflag &&
           (screen->modes & (SCREEN_ALTERNATE | SCREEN_MOUSE | SCREEN_FOCUS | SCREEN_PASTE |
                                SCREEN_CURSOR_HIDDEN)) == 0;
}

int screen_end(struct screen_pty *screen, int ms)
{
    double end = now_ms() + ms;
    int status = 0;
    pid_t got = 0;

    if (!screen)
        return -1;
    while (now_ms() < end && (got = waitpid(screen->child, &status, WNOHANG)) == 0)
        if (!pump(screen, 5) && screen->ended)
            screen->ended = false; /* closed, but not ended yet: look again */
    if (got == 0) {
        kill(screen->child, SIGKILL);
        waitpid(screen->child, &status, 0);
    }
    close(screen->descriptor);
    vterm_free(screen->emulator);
    buf_done(&screen->raw);
    mem_free(screen);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static const struct {
    const char *name, *bytes;
} key_table[] = {{"Esc", "\033"}, {"Enter", "\r"}, {"Tab", "\t"}, {"S-Tab", "\033[Z"},
    {"Space", " "}, {"BS", "\177"}, {"Del", "\033[3~"}, {"Up", "\033OA"}, {"Down", "\033OB"},
    {"Right", "\033OC"}, {"Left", "\033OD"}, {"Home", "\033OH"}, {"End", "\033OF"},
    {"PgUp", "\033[5~"}, {"PgDn", "\033[6~"}, {"F1", "\033OP"}, {"F2", "\033OQ"}, {"F3", "\033OR"},
    {"F4", "\033OS"}, {"F5", "\033[15~"}, {"F6", "\033[17~"}, {"F7", "\033[18~"},
    {"F8", "\033[19~"}, {"F9", "\033[20~"}, {"lt", "<"}, {"Paste", "\033[200~"},
    {"/Paste", "\033[201~"}};

static void add_key(struct buf *out, struct text name)
{
    for (size_t i = 0; i < sizeof key_table / sizeof *key_table; i++)
        if (text_is(name, key_table[i].name)) {
            buf_add_string(out, key_table[i].bytes);
            return;
        }
    if (name.length == 3 && text_starts_with(name, TEXT("C-")))
        buf_add_char(out, (char)(name.data[2] & 0x1f));
    else if (name.length == 3 && text_starts_with(name, TEXT("A-"))) {
        buf_add_char(out, '\033');
        buf_add_char(out, name.data[2]);
    } else
        fprintf(stderr, "harness: unknown key <%.*s>\n", (int)name.length, name.data);
}

static bool send_bytes(struct screen_pty *screen, struct text bytes)
{
    while (bytes.length) {
        ssize_t sent = write(screen->descriptor, bytes.data, bytes.length);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes = text_slice(bytes, (size_t)sent, bytes.length);
        while (pump(screen, 0)) /* keeps a full pipe from blocking both sides */
            ;
    }
    return true;
}

bool screen_keys(struct screen_pty *screen, const char *keys)
{
    struct text rest = text_of(keys);
    struct buf out;
    bool good;

    buf_init(&out, 1 << 24);
    while (rest.length) {
        size_t close = rest.data[0] == '<' ? text_find(rest, TEXT(">"), 1) : SIZE_MAX;

        if (close == SIZE_MAX) {
            buf_add_char(&out, rest.data[0]);
            rest = text_slice(rest, 1, rest.length);
        } else {
            add_key(&out, text_slice(rest, 1, close));
            rest = text_slice(rest, close + 1, rest.length);
        }
    }
    good = send_bytes(screen, buf_view(&out));
    buf_done(&out);
    return good;
}

void screen_row(const struct screen_pty *screen, int row, char *out, size_t size)
{
    size_t length = 0, end = 0;

    out[0] = 0;
    for (int column = 0; column < screen->columns && length + 32 < size;) {
        VTermScreenCell cell;

        vterm_screen_get_cell(screen->cells, (VTermPos){.row = row, .col = column}, &cell);
        if (!cell.chars[0])
            out[length++] = ' ';
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
            if (cell.chars[i] != UINT32_MAX)
                length += utf8_encode(cell.chars[i], out + length);
        if (cell.chars[0] && cell.chars[0] != ' ')
            end = length;
        column += cell.width > 1 ? cell.width : 1;
    }
    out[end] = 0;
}

void screen_text(const struct screen_pty *screen, struct buf *out)
{
    char row[8192];

    for (int i = 0; i < screen->rows; i++) {
        screen_row(screen, i, row, sizeof row);
        buf_add_string(out, row);
        buf_add_char(out, '\n');
    }
}

static bool find_text(const struct screen_pty *screen, const char *text)
{
    char row[8192];

    for (int i = 0; i < screen->rows; i++) {
        screen_row(screen, i, row, sizeof row);
        if (strstr(row, text))
            return true;
    }
    return false;
}

static void complain(const struct screen_pty *screen, const char *what, const char *text)
{
    struct buf all;

    buf_init(&all, 1 << 20);
    screen_text(screen, &all);
    fprintf(stderr, "harness: %s '%s'; the screen (%dx%d, cursor %d,%d):\n%s", what, text,
        screen->columns, screen->rows, screen->cursor.row, screen->cursor.col, buf_string(&all));
    buf_done(&all);
}

bool screen_has(struct screen_pty *screen, const char *text)
{
    while (pump(screen, 0))
        ;
    return find_text(screen, text);
}

static bool wait_for(struct screen_pty *screen, const char *text, bool present, int ms)
{
    double end = now_ms() + ms;

    do {
        if (find_text(screen, text) == present)
            return true;
        if (!pump(screen, 10) && screen->ended)
            break;
    } while (now_ms() < end);
    if (find_text(screen, text) == present)
        return true;
    complain(screen, present ? "waited for" : "still there:", text);
    return false;
}

bool screen_wait_text(struct screen_pty *screen, const char *text, int ms)
{
    return wait_for(screen, text, true, ms);
}

bool screen_wait_gone(struct screen_pty *screen, const char *text, int ms)
{
    return wait_for(screen, text, false, ms);
}

bool screen_wait_quiet(struct screen_pty *screen, int ms)
{
    double limit = now_ms() + 20000;

    while (pump(screen, ms))
        if (now_ms() > limit)
            return false;
    return true;
}

double screen_answer_ms(struct screen_pty *screen, const char *keys, int ms)
{
    double started;
    size_t before;

    while (pump(screen, 0))
        ;
    started = now_ms();
    before = screen->raw.length;
    if (!screen_keys(screen, keys))
        return -1;
    if (screen->raw.length > before) /* answered while the keys were sent */
        return now_ms() - started;
    return pump(screen, ms) ? now_ms() - started : -1;
}

static int colour_of(VTermColor colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour))
        return -1;
    return VTERM_COLOR_IS_INDEXED(&colour) ? colour.indexed.idx : -2;
}

struct screen_cell screen_cell(const struct screen_pty *screen, int row, int column)
{
    VTermScreenCell cell;

    vterm_screen_get_cell(screen->cells, (VTermPos){.row = row, .col = column}, &cell);
    return (struct screen_cell){.character = cell.chars[0],
        .width = cell.width,
        .bold = cell.attrs.bold,
        .reverse = cell.attrs.reverse,
        .underline = cell.attrs.underline != 0,
        .foreground = colour_of(cell.fg),
        .background = colour_of(cell.bg)};
}

void screen_cursor(const struct screen_pty *screen, int *row, int *column, bool *visible)
{
    *row = screen->cursor.row;
    *column = screen->cursor.col;
    *visible = screen->cursor_visible;
}

void screen_size(const struct screen_pty *screen, int *columns, int *rows)
{
    *columns = screen->columns;
    *rows = screen->rows;
}

bool screen_resize(struct screen_pty *screen, int columns, int rows)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

    screen->columns = columns;
    screen->rows = rows;
    vterm_set_size(screen->emulator, rows, columns);
    return ioctl(screen->descriptor, TIOCSWINSZ, &size) == 0;
}

size_t screen_bytes(struct screen_pty *screen)
{
    size_t since = screen->raw.length - screen->counted;

    screen->counted = screen->raw.length;
    return since;
}

const struct buf *screen_raw(const struct screen_pty *screen)
{
    return &screen->raw;
}

unsigned screen_modes(const struct screen_pty *screen)
{
    return screen->modes;
}
