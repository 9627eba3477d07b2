#ifndef TESTS_SCREENS_HARNESS_H
#define TESTS_SCREENS_HARNESS_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A program on a pseudo terminal with an emulator behind it (libvterm, in process): keys in, cells,
 * colours and cursor out. Every wait has a limit and no wait is a sleep: it ends as soon as what it
 * waits for is there. One thread per screen.
 */
struct screen_pty;

struct screen_options_pty {
    int columns, rows;           /* 0: 100x30 */
    const char *term;            /* NULL: xterm-256color */
    const char *locale;          /* NULL: C.UTF-8 */
    const char *folder;          /* HOME and XDG folders of the child; it must exist */
    const char *const *variable; /* more "NAME=value", NULL at the end; or NULL */
};

struct screen_cell {
    uint32_t character; /* first code point; 0: blank */
    int width;          /* columns */
    bool bold, reverse, underline;
    int foreground, background; /* palette index, -1: default, -2: direct colour */
};

enum screen_mode {
    SCREEN_ALTERNATE = 1, /* 1049 */
    SCREEN_MOUSE = 2,     /* 1000, 1006 */
    SCREEN_FOCUS = 4,     /* 1004 */
    SCREEN_PASTE = 8,     /* 2004 */
    SCREEN_CURSOR_HIDDEN = 16
};

/* Starts argv on a new terminal; NULL with err set. */
struct screen_pty *screen_start(const struct screen_options_pty *options, char *const argv[],
    struct error *err);
/* Keys: "<Esc> <Enter> <Tab> <S-Tab> <Space> <BS> <Del> <Up> .. <F1> .. <C-x> <A-x>",
   "<Paste>..</Paste>", anything else as text; "<lt>" is '<'. */
bool screen_keys(struct screen_pty *screen, const char *keys);
/* Until the text stands in one row; false after ms, with the screen printed to stderr. */
bool screen_wait_text(struct screen_pty *screen, const char *text, int ms);
/* The opposite: until no row holds it. */
bool screen_wait_gone(struct screen_pty *screen, const char *text, int ms);
/* Until no byte came for ms. */
bool screen_wait_quiet(struct screen_pty *screen, int ms);
/* True when a row holds the text now, after all pending bytes. */
bool screen_has(struct screen_pty *screen, const char *text);
/* One row as UTF-8, blanks at the end cut. */
void screen_row(const struct screen_pty *screen, int row, char *out, size_t size);
/* All rows, a newline behind each. */
void screen_text(const struct screen_pty *screen, struct buf *out);
struct screen_cell screen_cell(const struct screen_pty *screen, int row, int column);
void screen_cursor(const struct screen_pty *screen, int *row, int *column, bool *visible);
bool screen_resize(struct screen_pty *screen, int columns, int rows);
void screen_size(const struct screen_pty *screen, int *columns, int *rows);
/* Bytes received since the last call, and all of them. */
size_t screen_bytes(struct screen_pty *screen);
const struct buf *screen_raw(const struct screen_pty *screen);
unsigned screen_modes(const struct screen_pty *screen);
/* Milliseconds from sending the keys to the first byte that answers; -1 after ms. */
double screen_answer_ms(struct screen_pty *screen, const char *keys, int ms);
/* The program has closed its terminal: nothing more will come. */
bool screen_is_ended(const struct screen_pty *screen);
pid_t screen_child(const struct screen_pty *screen);
/* The terminal's input and output modes are as they were before the start. */
bool screen_is_restored(const struct screen_pty *screen);
/* Waits for the end for ms, then kills; frees. Returns the exit status, 256 + signal when killed. */
int screen_end(struct screen_pty *screen, int ms);

#endif
