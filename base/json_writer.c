#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/utf8.h"

void json_writer_init(struct json_writer *writer, struct buf *out)
{
    *writer = (struct json_writer){.out = out};
}

static void begin_value(struct json_writer *writer)
{
    if (writer->need_comma)
        buf_add_char(writer->out, ',');
    writer->need_comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    begin_value(writer);
    buf_add_char(writer->out, bracket);
    writer->need_comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    buf_add_char(writer->out, bracket);
    writer->need_comma = true;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

void json_name_text(struct json_writer *writer, struct text name)
{
    json_string(writer, name);
    buf_add_char(writer->out, ':');
    writer->need_comma = false;
}

void json_name(struct json_writer *writer, const char *name)
{
    json_name_text(writer, text_of(name));
}

void json_raw(struct json_writer *writer, struct text json)
{
    begin_value(writer);
    buf_add_text(writer->out, json);
}

void json_number(struct json_writer *writer, struct text text)
{
    json_raw(writer, text);
}

void json_string(struct json_writer *writer, struct text text)
{
    begin_value(writer);
    json_add_string(writer->out, text);
}

void json_c_string(struct json_writer *writer, const char *string)
{
    json_string(writer, text_of(string));
}

void json_integer(struct json_writer *writer, int64_t value)
{
    begin_value(writer);
    buf_add_integer(writer->out, value);
}

/* The locale decides what %g writes as decimal point; it may have several bytes. */
static void add_with_point(struct buf *out, const char *number)
{
    bool in_point = false;

    for (; *number; number++) {
        char c = *number;
        bool known = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e';

        if (known)
            buf_add_char(out, c);
        else if (!in_point)
            buf_add_char(out, '.');
        in_point = !known;
    }
}

void json_double(struct json_writer *writer, double value)
{
    char number[40];

    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (strtod(number, NULL) == value)
            break;
    }
    begin_value(writer);
    add_with_point(writer->out, number);
}

void json_bool(struct json_writer *writer, bool value)
{
    json_raw(writer, value ? TEXT("true") : TEXT("false"));
}

void json_null(struct json_writer *writer)
{
    json_raw(writer, TEXT("null"));
}

static void write_scalar(struct json_writer *writer, const struct json *node)
{
    switch (node->kind) {
    case JSON_NULL:
        json_null(writer);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(writer, node->kind == JSON_TRUE);
        break;
    case JSON_NUMBER:
        json_number(writer, node->text);
        break;
    case JSON_STRING:
        json_string(writer, node->text);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
}

void json_tree(struct json_writer *writer, const struct json *node)
{
    const struct json *outer[JSON_DEPTH_LIMIT], *parent = NULL, *at = node;
    size_t depth = 0; /* containers around at; outer[] holds those around parent */

    outer[0] = NULL;
    for (;;) {
        if (parent && parent->kind == JSON_OBJECT)
            json_name_text(writer, at->name);
        if (at->kind == JSON_ARRAY || at->kind == JSON_OBJECT) {
            if (depth == JSON_DEPTH_LIMIT) {
                writer->out->failure = ERROR_LIMIT;
                return;
            }
            begin(writer, at->kind == JSON_OBJECT ? '{' : '[');
            outer[depth++] = parent;
            parent = at;
            at = at->first;
        } else {
            write_scalar(writer, at);
            at = parent ? at->next : NULL;
        }
        while (!at && parent) {
            end(writer, parent->kind == JSON_OBJECT ? '}' : ']');
            at = depth > 1 ? parent->next : NULL;
            parent = outer[--depth];
        }
        if (!at)
            return;
    }
}

void json_pair(struct json_writer *writer, const char *name, struct text value)
{
    json_name(writer, name);
    json_string(writer, value);
}

void json_pair_string(struct json_writer *writer, const char *name, const char *value)
{
    json_pair(writer, name, text_of(value));
}

void json_pair_integer(struct json_writer *writer, const char *name, int64_t value)
{
    json_name(writer, name);
    json_integer(writer, value);
}

void json_pair_bool(struct json_writer *writer, const char *name, bool value)
{
    json_name(writer, name);
    json_bool(writer, value);
}

/* Adds what replaces the character at offset at and returns the bytes it stands for. */
static size_t add_replacement(struct buf *out, struct text text, size_t at)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] =
        {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    unsigned char c = (unsigned char)text.data[at];

    if (c >= 0x80) {
        buf_add_utf8(out, 0xfffd);
    } else if (c >= 0x20 || letters[c]) {
        const char escape[2] = {'\\', c >= 0x20 ? (char)c : letters[c]};

        buf_add(out, escape, sizeof escape);
    } else {
        const char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

        buf_add(out, escape, sizeof escape);
    }
    return 1;
}

/* Bytes that are no UTF-8 become U+FFFD: the result is JSON whatever went in. */
void json_add_string(struct buf *out, struct text text)
{
    size_t start = 0, at = json_scan_plain(text, 0);
    char *room;

    if (at == text.length) { /* nearly always */
        room = buf_reserve(out, text.length + 2);
        if (!room)
            return;
        room[0] = '"';
        if (text.length > 0)
            memcpy(room + 1, text.data, text.length);
        room[text.length + 1] = '"';
        buf_added(out, text.length + 2);
        return;
    }
    buf_add_char(out, '"');
    while ((at = json_scan_plain(text, at)) < text.length) {
        uint32_t unused;
        size_t length = (unsigned char)text.data[at] < 0x80
                            ? 0
                            : utf8_decode(text_slice(text, at, text.length), &unused);

        if (length > 0) {
            at += length;
            continue;
        }
        buf_add(out, text.data + start, at - start);
        at += add_replacement(out, text, at);
        start = at;
    }
    if (at > start)
        buf_add(out, text.data + start, at - start);
    buf_add_char(out, '"');
}
