#include "panels/keys.h"

#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *name, *label;
    uint32_t code;
} key_table[] = {
    {"Enter", "ENTER", KEYS_ENTER},
    {"Esc", "ESC", KEYS_ESCAPE},
    {"Tab", "TAB", KEYS_TAB},
    {"S-Tab", "S-TAB", KEYS_BACK_TAB},
    {"Space", "SPC", KEYS_SPACE},
    {"BS", "BS", KEYS_BACKSPACE},
    {"Del", "DEL", KEYS_DELETE},
    {"Ins", "INS", KEYS_INSERT},
    {"Up", "UP", KEYS_UP},
    {"Down", "DOWN", KEYS_DOWN},
    {"Left", "LEFT", KEYS_LEFT},
    {"Right", "RIGHT", KEYS_RIGHT},
    {"Home", "HOME", KEYS_HOME},
    {"End", "END", KEYS_END},
    {"PgUp", "PGUP", KEYS_PAGE_UP},
    {"PgDn", "PGDN", KEYS_PAGE_DOWN},
    {"F1", "F1", KEYS_F1},
    {"F2", "F2", KEYS_F1 + 1},
    {"F3", "F3", KEYS_F1 + 2},
    {"F4", "F4", KEYS_F1 + 3},
    {"F5", "F5", KEYS_F1 + 4},
    {"F6", "F6", KEYS_F1 + 5},
    {"F7", "F7", KEYS_F1 + 6},
    {"F8", "F8", KEYS_F1 + 7},
    {"F9", "F9", KEYS_F1 + 8},
    {"F10", "F10", KEYS_F1 + 9},
    {"F11", "F11", KEYS_F1 + 10},
    {"F12", "F12", KEYS_F12},
    {"lt", "<", '<'},
};

enum { KEY_TABLE = sizeof key_table / sizeof *key_table };

static bool parse_name(struct text name, struct key *out)
{
    if (name.length > 2 && text_starts_with(name, TEXT("A-"))) {
        out->alt = true;
        name = text_slice(name, 2, name.length);
    }
    if (name.length == 3 && text_starts_with(name, TEXT("C-"))) {
        char c = name.data[2];

        if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !strchr("@[\\]^_", c))
            return false;
        out->code = (uint32_t)(c & 31);
        return out->code != 0;
    }
    for (size_t i = 0; i < KEY_TABLE; i++) {
        if (text_is(name, key_table[i].name)) {
            out->code = key_table[i].code;
            return true;
        }
    }
    return out->alt && utf8_decode(name, &out->code) == name.length;
}

bool keys_parse(struct text *spelling, struct key *out)
{
    size_t length;

    *out = (struct key){0};
    if (spelling->length == 0)
        return false;
    if (spelling->data[0] == '<' && spelling->length > 2) {
        size_t end = text_find(*spelling, TEXT(">"), 1);

        if (end != SIZE_MAX && parse_name(text_slice(*spelling, 1, end), out)) {
            *spelling = text_slice(*spelling, end + 1, spelling->length);
            return true;
        }
        if (end != SIZE_MAX && end > 2)
            return false; /* "<Foo>": meant as a name */
        *out = (struct key){0};
    }
    length = utf8_decode(*spelling, &out->code);
    if (!length || out->code < 0x20)
        return false;
    *spelling = text_slice(*spelling, length, spelling->length);
    return true;
}

void keys_add(struct buf *out, struct key key)
{
    const char *name = NULL;

    for (size_t i = 0; i < KEY_TABLE; i++)
        if (key_table[i].code == key.code)
            name = key_table[i].name;
    if (name && key.alt)
        buf_add_format(out, "<A-%s>", name);
    else if (name)
        buf_add_format(out, "<%s>", name);
    else if (key.code < 0x20)
        buf_add_format(out, "<%sC-%c>", key.alt ? "A-" : "", (int)key.code | 0x60);
    else if (key.alt) {
        buf_add_string(out, "<A-");
        buf_add_utf8(out, key.code);
        buf_add_char(out, '>');
    } else if (key.code < KEYS_UP) {
        buf_add_utf8(out, key.code);
    }
}

void keys_add_label(struct buf *out, struct text spelling)
{
    struct key key;

    while (keys_parse(&spelling, &key)) {
        const char *label = NULL;

        for (size_t i = 0; i < KEY_TABLE; i++)
            if (key_table[i].code == key.code)
                label = key_table[i].label;
        if (key.alt)
            buf_add_string(out, "Alt-");
        if (label)
            buf_add_string(out, label);
        else if (key.code < 0x20)
            buf_add_format(out, "^%c", (int)key.code + 0x40);
        else
            buf_add_utf8(out, key.code);
    }
}

bool keys_equal(struct key a, struct key b)
{
    return a.code == b.code && a.alt == b.alt;
}

bool keys_is_text(struct key key)
{
    return key.code >= 0x20 && key.code != KEYS_BACKSPACE && key.code < KEYS_UP && !key.alt;
}
