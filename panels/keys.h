#ifndef PANELS_KEYS_H
#define PANELS_KEYS_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A key as the terminal gave it: a character (control characters 1..31 and 127 included), or one
 * of the codes below, above all of Unicode.
 */
enum key_code {
    KEYS_NONE = 0,
    KEYS_CTRL_C = 3,
    KEYS_TAB = 9,
    KEYS_ENTER = 13,
    KEYS_CTRL_Z = 26,
    KEYS_ESCAPE = 27,
    KEYS_SPACE = 32,
    KEYS_BACKSPACE = 127,
    KEYS_UP = 0x110000,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_HOME,
    KEYS_END,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_BACK_TAB,
    KEYS_F1,
    KEYS_F12 = KEYS_F1 + 11,
    KEYS_OTHER,  /* a function key that we do not know */
    KEYS_PASTE,  /* a paste: struct terminal holds its text */
    KEYS_RESIZE, /* the terminal has another size */
    KEYS_FOCUS_IN,
    KEYS_FOCUS_OUT,
    KEYS_CLICK, /* row and column say where */
    KEYS_WHEEL_UP,
    KEYS_WHEEL_DOWN,
    KEYS_BAD_BYTE /* byte: not UTF-8 */
};

struct key {
    uint32_t code;
    bool alt;
    int row, column;    /* of the mouse */
    unsigned char byte; /* of KEYS_BAD_BYTE */
};

/* "j", "<Enter>", "<C-d>", "<A-n>", "<F2>": takes the first key off spelling. */
bool keys_parse(struct text *spelling, struct key *out);
/* The same spelling back. */
void keys_add(struct buf *out, struct key key);
/* As people read it: "ENTER", "SPC", "^C", "F2", "j". */
void keys_add_label(struct buf *out, struct text spelling);
bool keys_equal(struct key a, struct key b);
/* A printable character, without Alt. */
bool keys_is_text(struct key key);

#endif
