#ifndef PANELS_TERMINAL_PRIVATE_H
#define PANELS_TERMINAL_PRIVATE_H

#include "base/buf.h"
#include "panels/terminal.h"

#include <curses.h>

/* Shared by terminal.c (life cycle, output) and terminal_input.c (keys); nobody else. */

enum {
    CODE_PASTE_BEGIN = 2000, /* what define_key maps our sequences to; above KEY_MAX */
    CODE_PASTE_END,
    CODE_FOCUS_IN,
    CODE_FOCUS_OUT,
    CODE_MOUSE,
    PASTE_LIMIT = 1024 * 1024,
    PAIR_LIMIT = 256
};

struct style {
    attr_t attributes;
    int pair;
};

struct terminal {
    SCREEN *screen;
    struct term *before; /* what was current before: readline's */
    WINDOW *input;       /* a pad: reading from it never refreshes anything */
    char name[64];
    enum theme_depth depth;
    bool marks_pastes, has_focus_events, has_alternate_screen, has_mouse, mouse_on;
    bool repaint;
    /* colours */
    struct style style[ROLE_COUNT];
    int pair_count, pair_foreground[PAIR_LIMIT], pair_background[PAIR_LIMIT];
    /* what the terminal shows */
    struct cell *shown;
    int shown_width, shown_height;
    cchar_t *row; /* one row, for curses */
    /* input */
    struct buf paste;
    bool in_paste;
    uint64_t paste_at, escape_at; /* monotonic: last byte of a paste, last lone Esc */
    unsigned char partial[4];     /* of a UTF-8 character */
    int partial_count;
};

/* Sequences that terminfo entries lack, or have in one of two forms only. */
void terminal_define_keys(void);

#endif
