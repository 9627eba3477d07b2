#include "client/value.h"

#include "base/crypto.h"
#include "base/utf8.h"
#include "client/value_read.h"

/* Words that mean something else where an operand of a condition may stand. */
static const char *const operand_word[] = {
    "and",
    "between",
    "contains",
    "false",
    "in",
    "is",
    "like",
    "matches",
    "not",
    "null",
    "or",
    "true",
};

/*
 * Spaces, zero-width characters and bidirectional controls: the lexer refuses them outside
 * quotes, and a terminal must not see them raw.
 */
static bool is_unseen(uint32_t c)
{
    return (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x34f || c == 0x61c || c == 0x1680 ||
           c == 0x180e || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
           (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff ||
           (c >= 0xfff0 && c <= 0xfffb);
}

/* Blanks are seen well enough inside quotes. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool starts_word(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= 0x80 && !is_unseen(c));
}

static bool is_word(struct text name)
{
    uint32_t c, before = '-';

    if (!name.length || is_digit((unsigned char)name.data[0]))
        return false;
    while (name.length) {
        size_t length = utf8_decode(name, &c);

        if (!length || (!starts_word(c) && !is_digit(c) && c != '-'))
            return false;
        if (c == '-' && before == '-') /* a hyphen joins two name characters */
            return false;
        before = c;
        name = text_slice(name, length, name.length);
    }
    return before != '-';
}

/* A backslash escape of JSON for everything that should not be shown as it is. */
static void add_escaped(struct buf *out, struct text text)
{
    buf_add_char(out, '"');
    while (text.length) {
        uint32_t c;
        size_t length = utf8_decode(text, &c);

        if (length && is_control(c) && c >= 0x7f)
            buf_add_format(out, "\\u%04x", (unsigned)c);
        else if (length && c >= 0x20 && c != '"' && c != '\\')
            buf_add(out, text.data, length);
        else if (!length)
            buf_add_string(out, "\\ufffd");
        else if (c == '"' || c == '\\')
            buf_add_format(out, "\\%c", (char)c);
        else if (c == '\n' || c == '\t' || c == '\r')
            buf_add_string(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        else
            buf_add_format(out, "\\u%04x", (unsigned)c);
        text = text_slice(text, length ? length : 1, text.length);
    }
    buf_add_char(out, '"');
}

static bool needs_escapes(struct text text)
{
    while (text.length) {
        uint32_t c;
        size_t length = utf8_decode(text, &c);

        if (!length || is_control(c))
            return true;
        text = text_slice(text, length, text.length);
    }
    return false;
}

static void add_doubled(struct buf *out, struct text text, char quote)
{
    buf_add_char(out, quote);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == quote)
            buf_add_char(out, quote);
        buf_add_char(out, text.data[i]);
    }
    buf_add_char(out, quote);
}

static void add_string(struct buf *out, struct text text)
{
    if (needs_escapes(text))
        add_escaped(out, text);
    else
        add_doubled(out, text, '\'');
}

static void add_binary(struct buf *out, struct text data)
{
    buf_add_string(out, "b64'");
    crypto_add_base64(out, data);
    buf_add_char(out, '\'');
}

static void add_members(struct buf *out, const struct value *value)
{
    for (size_t i = 0; i < value->count; i++) {
        if (i > 0)
            buf_add_string(out, ", ");
        if (value->type == VALUE_M) {
            if (is_word(value->name[i]))
                buf_add_text(out, value->name[i]);
            else
                add_string(out, value->name[i]);
            buf_add_string(out, ": ");
        }
        value_add_literal(out, &value->element[i]);
    }
}

void value_add_literal(struct buf *out, const struct value *value)
{
    switch (value->type) {
    case VALUE_S:
        add_string(out, value->text);
        break;
    case VALUE_N:
        value_add_number(out, value->text);
        break;
    case VALUE_B:
        add_binary(out, value->text);
        break;
    case VALUE_BOOL:
        buf_add_string(out, value->boolean ? "true" : "false");
        break;
    case VALUE_NULL:
        buf_add_string(out, "null");
        break;
    case VALUE_L:
        buf_add_char(out, '[');
        add_members(out, value);
        buf_add_char(out, ']');
        break;
    case VALUE_M:
        buf_add_char(out, '{');
        add_members(out, value);
        buf_add_char(out, '}');
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        buf_add_string(out, "<<");
        add_members(out, value);
        buf_add_string(out, ">>");
        break;
    }
}

void value_add_name(struct buf *out, struct text name)
{
    bool bare = is_word(name);

    for (size_t i = 0; bare && i < sizeof operand_word / sizeof *operand_word; i++)
        bare = !text_is_ignoring_case(name, operand_word[i]);
    if (bare)
        buf_add_text(out, name);
    else if (needs_escapes(name))
        add_escaped(out, name);
    else
        add_doubled(out, name, '`');
}
