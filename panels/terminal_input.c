#include "panels/terminal_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

enum {
    LATE_TAIL = 300,     /* ms after a lone Esc in which the rest of a split sequence may come */
    SEQUENCE_LIMIT = 64, /* of an unknown escape sequence */
    PASTE_PATIENCE = 1000
};

static const struct {
    int curses;
    uint32_t code;
    const char *sequence; /* what readline's default bindings know */
} code_table[] = {
    {KEY_UP, KEYS_UP, "\033[A"},
    {KEY_DOWN, KEYS_DOWN, "\033[B"},
    {KEY_RIGHT, KEYS_RIGHT, "\033[C"},
    {KEY_LEFT, KEYS_LEFT, "\033[D"},
    {KEY_HOME, KEYS_HOME, "\033[H"},
    {KEY_END, KEYS_END, "\033[F"},
    {KEY_PPAGE, KEYS_PAGE_UP, "\033[5~"},
    {KEY_NPAGE, KEYS_PAGE_DOWN, "\033[6~"},
    {KEY_IC, KEYS_INSERT, "\033[2~"},
    {KEY_DC, KEYS_DELETE, "\033[3~"},
    {KEY_BTAB, KEYS_BACK_TAB, "\033[Z"},
    {KEY_BACKSPACE, KEYS_BACKSPACE, "\177"},
    {KEY_ENTER, KEYS_ENTER, "\r"},
    {KEY_RESIZE, KEYS_RESIZE, ""},
    {CODE_FOCUS_IN, KEYS_FOCUS_IN, ""},
    {CODE_FOCUS_OUT, KEYS_FOCUS_OUT, ""},
};

enum { CODE_TABLE = sizeof code_table / sizeof *code_table };

void terminal_define_keys(void)
{
    static const struct {
        const char *sequence;
        int code;
    } table[] = {
        {"\033[A", KEY_UP},
        {"\033OA", KEY_UP},
        {"\033[B", KEY_DOWN},
        {"\033OB", KEY_DOWN},
        {"\033[C", KEY_RIGHT},
        {"\033OC", KEY_RIGHT},
        {"\033[D", KEY_LEFT},
        {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},
        {"\033OH", KEY_HOME},
        {"\033[1~", KEY_HOME},
        {"\033[F", KEY_END},
        {"\033OF", KEY_END},
        {"\033[4~", KEY_END},
        {"\033[2~", KEY_IC},
        {"\033[3~", KEY_DC},
        {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE},
        {"\033[Z", KEY_BTAB},
        {"\033OP", KEY_F(1)},
        {"\033OQ", KEY_F(2)},
        {"\033OR", KEY_F(3)},
        {"\033OS", KEY_F(4)},
        {"\033[11~", KEY_F(1)},
        {"\033[12~", KEY_F(2)},
        {"\033[13~", KEY_F(3)},
        {"\033[14~", KEY_F(4)},
        {"\033[200~", CODE_PASTE_BEGIN},
        {"\033[201~", CODE_PASTE_END},
        {"\033[I", CODE_FOCUS_IN},
        {"\033[O", CODE_FOCUS_OUT},
        {"\033[<", CODE_MOUSE},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        (void)define_key(table[i].sequence, table[i].code);
}

size_t terminal_key_bytes(struct key key, char *out, size_t size)
{
    size_t length = 0;

    if (size < 16)
        return 0;
    if (key.alt)
        out[length++] = '\033';
    if (key.code == KEYS_BAD_BYTE) {
        out[length++] = (char)key.byte;
    } else if (key.code < KEYS_UP) {
        length += utf8_encode(key.code, out + length);
    } else {
        for (size_t i = 0; i < CODE_TABLE; i++) {
            size_t bytes = strlen(code_table[i].sequence);

            if (code_table[i].code != key.code || length + bytes > size)
                continue;
            memcpy(out + length, code_table[i].sequence, bytes);
            length += bytes;
        }
    }
    return length;
}

static int read_code(struct terminal *terminal)
{
    return wgetch(terminal->input);
}

/* The rest of a sequence that nobody knows: up to its final byte. */
static void drop_sequence(struct terminal *terminal, int introducer)
{
    bool is_string = introducer == 'P' || introducer == '_' || introducer == '^';

    for (int i = 0; i < SEQUENCE_LIMIT; i++) {
        int code = read_code(terminal);

        if (code == ERR)
            return;
        if (is_string && (code == 7 || code == '\\'))
            return;
        if (!is_string && code >= 0x40 && code <= 0x7e)
            return;
    }
}

/* "button;column;rowM" after "ESC [ <" (xterm, SGR mouse mode 1006). */
static bool read_mouse(struct terminal *terminal, struct key *key)
{
    int part[3] = {0}, count = 0, code = ERR;

    for (int i = 0; i < SEQUENCE_LIMIT && count < 3; i++) {
        code = read_code(terminal);
        if (code >= '0' && code <= '9' && part[count] < 10000)
            part[count] = part[count] * 10 + code - '0';
        else if (code == ';')
            count++;
        else
            break;
    }
    if (count != 2 || code != 'M')
        return false;
    key->row = part[2] - 1;
    key->column = part[1] - 1;
    if (part[0] == 0)
        key->code = KEYS_CLICK;
    else if (part[0] == 64)
        key->code = KEYS_WHEEL_UP;
    else if (part[0] == 65)
        key->code = KEYS_WHEEL_DOWN;
    else
        return false;
    return true;
}

static void end_paste(struct terminal *terminal, struct key *key)
{
    terminal->in_paste = false;
    *key = (struct key){.code = KEYS_PASTE};
}

/* One code inside of a paste; true when it ended. Keys that curses made of it become bytes again. */
static bool add_to_paste(struct terminal *terminal, int code, struct key *key)
{
    char *sequence;

    terminal->paste_at = clock_monotonic();
    if (code == CODE_PASTE_END) {
        end_paste(terminal, key);
        return true;
    }
    if (code == KEY_RESIZE)
        return false;
    if (code < 256) {
        buf_add_char(&terminal->paste, (char)code);
        return false;
    }
    sequence = keybound(code, 0);
    if (sequence) {
        buf_add_string(&terminal->paste, sequence);
        free(sequence); /* allowed: curses has allocated it */
    }
    return false;
}

static bool make_special(struct terminal *terminal, int code, struct key *key)
{
    if (code == CODE_MOUSE)
        return read_mouse(terminal, key);
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        key->code = (uint32_t)(KEYS_F1 + (code - KEY_F(1)));
        return true;
    }
    key->code = KEYS_OTHER;
    for (size_t i = 0; i < CODE_TABLE; i++)
        if (code_table[i].curses == code)
            key->code = code_table[i].code;
    return true;
}

/* Bytes to characters; a character may be split over two reads. False: more bytes are needed. */
static bool make_character(struct terminal *terminal, int code, struct key *key)
{
    struct text bytes;
    uint32_t character;
    size_t wanted;

    if (terminal->partial_count == 0 && code < 0x80) {
        key->code = (uint32_t)code;
        return true;
    }
    if (terminal->partial_count == 0 && code >= 0x80 && (code < 0xc2 || code > 0xf4)) {
        key->code = KEYS_BAD_BYTE;
        key->byte = (unsigned char)code;
        return true;
    }
    terminal->partial[terminal->partial_count++] = (unsigned char)code;
    wanted = terminal->partial[0] < 0xe0 ? 2 : terminal->partial[0] < 0xf0 ? 3 : 4;
    if ((size_t)terminal->partial_count < wanted && (code & 0xc0) == 0x80)
        return false;
    if (terminal->partial_count == 1)
        return false;
    bytes = text_make((const char *)terminal->partial, (size_t)terminal->partial_count);
    if (utf8_decode(bytes, &character) == bytes.length) {
        key->code = character;
    } else {
        key->code = KEYS_BAD_BYTE;
        key->byte = terminal->partial[0];
    }
    terminal->partial_count = 0;
    return true;
}

/* After 27: a lone Esc, Alt with a character, or a sequence that nobody knows (dropped). */
static bool read_after_escape(struct terminal *terminal, struct key *key)
{
    int code = read_code(terminal);

    if (code == ERR) {
        terminal->escape_at = clock_monotonic();
        key->code = KEYS_ESCAPE;
        return true;
    }
    if (code == CODE_PASTE_BEGIN || code >= 256) {
        (void)ungetch(code);
        key->code = KEYS_ESCAPE;
        return true;
    }
    if (strchr("[OP_^]", code) && code) {
        int next = read_code(terminal);

        if (next == ERR) { /* Alt-[ and the like: nothing is bound to it */
            return false;
        }
        (void)ungetch(next);
        drop_sequence(terminal, code);
        return false;
    }
    if (code == KEYS_ESCAPE) {
        (void)ungetch(code);
        key->code = KEYS_ESCAPE;
        return true;
    }
    key->alt = true;
    return make_character(terminal, code, key);
}

/* "[" or "O" and more within the same read, shortly after a lone Esc: its tail, come too late. */
static bool drop_late_tail(struct terminal *terminal, int code)
{
    int next;

    if ((code != '[' && code != 'O') || !terminal->escape_at ||
        clock_monotonic() - terminal->escape_at > LATE_TAIL * CLOCK_MS)
        return false;
    next = read_code(terminal);
    if (next == ERR)
        return false;
    if (next >= 256 || next < 0x20) {
        (void)ungetch(next);
        return false;
    }
    if (next < 0x40)
        drop_sequence(terminal, code);
    return true;
}

bool terminal_read(struct terminal *terminal, struct key *key)
{
    for (;;) {
        int code = read_code(terminal);

        *key = (struct key){0};
        if (code == ERR) {
            if (terminal->in_paste &&
                clock_monotonic() - terminal->paste_at > PASTE_PATIENCE * CLOCK_MS) {
                end_paste(terminal, key);
                return true;
            }
            return false;
        }
        if (terminal->in_paste) {
            if (add_to_paste(terminal, code, key))
                return true;
            continue;
        }
        if (code == CODE_PASTE_BEGIN) {
            buf_clear(&terminal->paste);
            terminal->in_paste = true;
            terminal->paste_at = clock_monotonic();
            continue;
        }
        if (code == CODE_PASTE_END || drop_late_tail(terminal, code))
            continue;
        terminal->escape_at = 0; /* only what comes right behind an Esc can be its tail */
        if (code >= 256 ? make_special(terminal, code, key)
            : code == KEYS_ESCAPE && terminal->partial_count == 0
                ? read_after_escape(terminal, key)
                : make_character(terminal, code, key))
            return true;
    }
}

struct text terminal_paste(const struct terminal *terminal)
{
    return buf_view(&terminal->paste);
}

bool terminal_marks_pastes(const struct terminal *terminal)
{
    return terminal->marks_pastes;
}

int terminal_timeout(const struct terminal *terminal)
{
    return terminal->in_paste ? PASTE_PATIENCE / 4 : -1;
}

void terminal_discard_input(struct terminal *terminal)
{
    struct key key;

    (void)flushinp();
    while (terminal_read(terminal, &key))
        continue;
}
