#include "base/width.h"

#include "base/utf8.h"
#include "base/width_table.h"

#include <string.h>

enum {
    MARKS_MAXIMUM = 4, /* a curses cell holds a base and four marks */
    NON_JOINER = 0x200c,
    JOINER = 0x200d,
    VARIATION_TEXT = 0xfe0e,
    VARIATION_EMOJI = 0xfe0f
};

static int ambiguous_columns = 1;

void width_set_ambiguous(int columns)
{
    ambiguous_columns = columns == 2 ? 2 : 1;
}

static enum width_kind find_kind(uint32_t code_point)
{
    size_t low = 0, high = width_table_count;

    if (code_point >= 0x20 && code_point < 0x7f)
        return WIDTH_ONE;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code_point > width_table[middle].last)
            low = middle + 1;
        else if (code_point < width_table[middle].first)
            high = middle;
        else
            return width_table[middle].kind;
    }
    return code_point > 0x10ffff ? WIDTH_NEVER : WIDTH_ONE;
}

int width_of(uint32_t code_point)
{
    switch (find_kind(code_point)) {
    case WIDTH_NEVER:
        return -1;
    case WIDTH_MARK:
    case WIDTH_FORMAT:
        return 0;
    case WIDTH_WIDE:
        return 2;
    case WIDTH_AMBIGUOUS:
        return ambiguous_columns;
    case WIDTH_ONE:
        break;
    }
    return 1;
}

static bool is_regional(uint32_t code_point)
{
    return code_point >= 0x1f1e6 && code_point <= 0x1f1ff;
}

static bool is_modifier(uint32_t code_point)
{
    return code_point >= 0x1f3fb && code_point <= 0x1f3ff;
}

/* The blocks that hold everything emoji sequences are made of. */
static bool is_pictograph(uint32_t code_point)
{
    return (code_point >= 0x2190 && code_point <= 0x2bff) ||
           (code_point >= 0x1f000 && code_point <= 0x1faff && !is_regional(code_point) &&
               !is_modifier(code_point));
}

/*
 * Format characters stand alone and are escaped, so that nothing hides. Joiners belong to the
 * base before them, but not after Latin letters, where they join nothing.
 */
static bool is_mark(uint32_t code_point, uint32_t base)
{
    if (code_point == JOINER || code_point == NON_JOINER)
        return base >= 0x300;
    return find_kind(code_point) == WIDTH_MARK;
}

/* Two hexadecimal digits at least: smaller values are controls and have their own form. */
static void escape(struct width_unit *unit, const char *prefix, uint32_t value, const char *suffix)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(prefix), tail = strlen(suffix);
    int shift = 4;

    memcpy(unit->bytes, prefix, length);
    while (shift < 20 && value >> (shift + 4))
        shift += 4;
    for (; shift >= 0; shift -= 4)
        unit->bytes[length++] = digits[(value >> shift) & 15];
    memcpy(unit->bytes + length, suffix, tail);
    unit->length = (uint8_t)(length + tail);
    unit->columns = unit->length;
    unit->escaped = true;
}

static void escape_control(struct width_unit *unit, char control)
{
    unit->bytes[0] = '^';
    unit->bytes[1] = (char)(control ^ 0x40);
    unit->length = unit->columns = 2;
    unit->escaped = true;
}

/*
 * Moves over what follows the base in its cluster and adds the marks that are drawn. A disputed
 * cluster keeps its base only: terminals agree on the columns of that.
 */
static size_t take_marks(struct text text, size_t at, uint32_t base, struct width_unit *unit)
{
    size_t base_length = unit->length;
    unsigned marks = 0;
    bool disputed = false, joined = false;

    while (at < text.length) {
        uint32_t next;
        struct text rest = text_slice(text, at, text.length);
        size_t length = utf8_decode(rest, &next);

        if (!length)
            break;
        if (is_regional(next) && is_regional(base) && at == base_length) {
            disputed = true;
        } else if (is_pictograph(base) && (is_modifier(next) || (joined && is_pictograph(next)))) {
            disputed = true;
        } else if (is_mark(next, base)) {
            if (next == VARIATION_EMOJI || next == VARIATION_TEXT ||
                (next == JOINER && is_pictograph(base)))
                disputed = true;
            else if (marks++ < MARKS_MAXIMUM) {
                memcpy(unit->bytes + unit->length, rest.data, length);
                unit->length = (uint8_t)(unit->length + length);
            }
        } else {
            break;
        }
        joined = next == JOINER;
        at += length;
    }
    if (disputed)
        unit->length = (uint8_t)base_length;
    return at;
}

bool width_next(struct text *text, bool ascii, struct width_unit *unit)
{
    uint32_t base;
    size_t length;
    int columns;

    if (!text->length)
        return false;
    unit->escaped = false;
    length = utf8_decode(*text, &base);
    if (!length) {
        escape(unit, "\\x", (unsigned char)*text->data, "");
        length = 1;
    } else if (base < 0x20 || base == 0x7f) {
        escape_control(unit, *text->data);
    } else if ((columns = width_of(base)) <= 0 || (ascii && base > 0x7e)) {
        escape(unit, "\\u{", base, "}");
    } else {
        memcpy(unit->bytes, text->data, length);
        unit->length = (uint8_t)length;
        unit->columns = (uint8_t)columns;
        if (!ascii)
            length = take_marks(*text, length, base, unit);
    }
    unit->source = text_slice(*text, 0, length);
    *text = text_slice(*text, length, text->length);
    return true;
}

size_t width_text(struct text text, bool ascii)
{
    struct width_unit unit;
    size_t columns = 0;

    while (width_next(&text, ascii, &unit))
        columns += unit.columns;
    return columns;
}

size_t width_add(struct buf *out, struct text text, size_t columns, const char *cut, bool ascii)
{
    struct width_unit unit;
    size_t used = 0;
    size_t cut_columns = *cut ? 1 : 0;
    /* Where the text ends if it has to be cut. */
    size_t kept_length = out->length, kept_columns = 0;

    while (width_next(&text, ascii, &unit)) {
        if (unit.columns > columns - used) {
            if (columns < cut_columns)
                return 0;
            buf_cut(out, kept_length);
            buf_add_string(out, cut);
            return kept_columns + cut_columns;
        }
        if (unit.escaped)
            buf_add(out, unit.bytes, unit.length);
        else
            buf_add_text(out, unit.source);
        used += unit.columns;
        if (columns - used >= cut_columns) {
            kept_length = out->length;
            kept_columns = used;
        }
    }
    return used;
}

void text_add_safe(struct buf *out, struct text text)
{
    struct width_unit unit;

    while (text.length) {
        size_t plain = 0;

        while (plain < text.length && text.data[plain] >= 0x20 && text.data[plain] < 0x7f)
            plain++;
        if (plain && plain < text.length)
            plain--; /* marks may follow the last one */
        if (plain) {
            buf_add(out, text.data, plain);
            text = text_slice(text, plain, text.length);
        } else if (width_next(&text, false, &unit)) {
            if (unit.escaped)
                buf_add(out, unit.bytes, unit.length);
            else
                buf_add_text(out, unit.source);
        }
    }
}
