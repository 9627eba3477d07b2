#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/width.h"

/* An escape takes at most four bytes for one. */
enum { RAW_SIZE = sizeof(((struct error *)0)->text) + 64, SAFE_SIZE = 4 * RAW_SIZE + 16 };

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

/* Shortens text so that it does not end within a character. */
static void cut_at_character(char *text, size_t length)
{
    size_t start = length;

    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
        uint32_t unused;

        if (!utf8_decode(text_make(text + start - 1, length - start + 1), &unused))
            length = start - 1;
    }
    text[length] = '\0';
}

static void copy_cut(char *out, size_t size, const char *text, size_t length)
{
    bool cut = length >= size;

    if (cut)
        length = size - 1;
    memcpy(out, text, length);
    out[length] = '\0';
    if (cut)
        cut_at_character(out, length);
}

/* The buffer stands on the stack and never grows: out of memory can be said without memory. */
static void copy_safe(char *out, size_t size, const char *raw)
{
    char space[SAFE_SIZE];
    struct buf safe = {.data = space, .capacity = sizeof space, .limit = sizeof space - 1};
    size_t length = strlen(raw);

    if (is_plain(raw)) {
        copy_cut(out, size, raw, length);
        return;
    }
    text_add_safe(&safe, text_make(raw, length));
    if (!safe.failure) {
        copy_cut(out, size, safe.data, safe.length);
        return;
    }
    copy_cut(out, size, raw, length);
    for (; *out; out++)
        if (*out < 0x20 || *out > 0x7e)
            *out = '?';
}

static void format_safe(char *out, size_t size, const char *format, va_list list)
    __attribute__((format(printf, 3, 0)));

static void format_safe(char *out, size_t size, const char *format, va_list list)
{
    char raw[RAW_SIZE];
    int length = vsnprintf(raw, sizeof raw, format, list);

    if (length < 0)
        raw[0] = '\0';
    else if ((size_t)length >= sizeof raw)
        cut_at_character(raw, sizeof raw - 1);
    copy_safe(out, size, raw);
}

static enum error_code set(struct error *err, enum error_code code, int line, int column)
{
    err->code = code;
    err->line = line;
    err->column = column;
    err->hint[0] = '\0';
    return code;
}

enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_safe(err->text, sizeof err->text, format, list);
    va_end(list);
    return set(err, code, 0, 0);
}

enum error_code error_set_at(struct error *err, enum error_code code, int line, int column,
    const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_safe(err->text, sizeof err->text, format, list);
    va_end(list);
    return set(err, code, line, column);
}

enum error_code error_hint(struct error *err, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_safe(err->hint, sizeof err->hint, format, list);
    va_end(list);
    return err->code;
}

enum error_code error_wrap(struct error *err, const char *format, ...)
{
    char place[sizeof err->text], rest[sizeof err->text];
    size_t length;
    va_list list;

    va_start(list, format);
    format_safe(place, sizeof place, format, list);
    va_end(list);
    length = strlen(place);
    memcpy(rest, err->text, sizeof rest);
    copy_cut(err->text, sizeof err->text, place, length);
    if (length + 2 < sizeof err->text) {
        memcpy(err->text + length, ": ", 2);
        copy_cut(err->text + length + 2, sizeof err->text - length - 2, rest, strlen(rest));
    }
    return err->code;
}

enum error_code error_memory(struct error *err)
{
    return error_set(err, ERROR_MEMORY, "out of memory");
}
