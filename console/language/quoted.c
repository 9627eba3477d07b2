#include "console/language/quoted.h"

#include <string.h>

#include "base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool take_hex4(struct text raw, size_t *at, uint32_t *out)
{
    *out = 0;
    if (raw.length - *at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(raw.data[(*at)++]);

        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return true;
}

/* The character of a JSON escape whose backslash stands before *at; false when it is none. */
static bool take_escape(struct text raw, size_t *at, uint32_t *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint32_t low;

    if (*at >= raw.length)
        return false;
    if (raw.data[*at] != 'u') {
        found = memchr(from, raw.data[*at], sizeof from - 1);
        if (!found)
            return false;
        *out = (uint32_t)to[found - from];
        (*at)++;
        return true;
    }
    (*at)++;
    if (!take_hex4(raw, at, out))
        return false;
    if (*out < 0xd800 || *out > 0xdfff)
        return true;
    if (*out > 0xdbff || raw.length - *at < 6 || raw.data[*at] != '\\' || raw.data[*at + 1] != 'u')
        return false;
    *at += 2;
    if (!take_hex4(raw, at, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

enum quoted_result quoted_decode(struct text raw, char quote, bool escapes, struct arena *arena,
    struct text *out)
{
    char *data = arena_alloc(arena, raw.length + 1, 1); /* escapes are longer than what they mean */
    size_t length = 0;

    if (!data)
        return QUOTED_MEMORY;
    for (size_t at = 0; at < raw.length;) {
        char c = raw.data[at++];
        uint32_t code_point;

        if (c == '\\' && escapes) {
            if (!take_escape(raw, &at, &code_point))
                return QUOTED_ESCAPE;
            length += utf8_encode(code_point, data + length);
            continue;
        }
        if (c == quote)
            at++; /* two quotes are one */
        else if (c == '\r' && at < raw.length && raw.data[at] == '\n')
            continue;
        data[length++] = c;
    }
    *out = text_make(data, length);
    return QUOTED_OK;
}
