#include "client/http.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void http_add_encoded(struct buf *out, struct text text, bool keep_slash)
{
    static const char digit[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (is_unreserved(text.data[i]) || (keep_slash && byte == '/')) {
            buf_add_char(out, text.data[i]);
        } else {
            const char code[3] = {'%', digit[byte >> 4], digit[byte & 15]};

            buf_add(out, code, sizeof code);
        }
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_add_decoded(struct buf *out, struct text text, bool plus_is_blank)
{
    bool whole = true;

    for (size_t i = 0; i < text.length; i++) {
        int high = -1, low = -1;

        if (text.data[i] == '%' && i + 2 < text.length) {
            high = hex_value(text.data[i + 1]);
            low = hex_value(text.data[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            buf_add_char(out, (char)(unsigned char)(high * 16 + low));
            i += 2;
            continue;
        }
        whole = whole && text.data[i] != '%';
        buf_add_char(out, text.data[i] == '+' && plus_is_blank ? ' ' : text.data[i]);
    }
    return whole;
}
