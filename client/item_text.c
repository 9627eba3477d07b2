#include "client/item_text.h"

#include <string.h>

#include "base/crypto.h"
#include "base/decimal.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "client/number.h"
#include "client/value_read.h"

enum { NESTING_LIMIT = 32, PLAIN_LIMIT = 64 * 1024 * 1024, SHORTEST_VALUE = 8 /* {"S":""} */ };

/*
 * 1. Every function reads at a place at or before end, all before it being spelled as the writers
 *    would spell it, and returns the place behind what it has read.
 * 2. end: something is doubtful, or missing. Nothing can be read there, so it is passed on by
 *    itself, and no item is complete without a brace behind it.
 * 3. What goes into plain is what value_add_plain() writes for the same text.
 */
struct reader {
    const char *end;
    struct buf *plain; /* NULL: only DynamoDB JSON is wanted */
    struct buf *bytes; /* of the binary value or set that is read */
};

static const char *read_value(const struct reader *reader, const char *at, int depth);

static struct text span(const char *from, const char *to)
{
    return text_make(from, (size_t)(to - from));
}

static bool is_next(const struct reader *reader, const char *at, char c)
{
    return at < reader->end && *at == c;
}

static const char *read_char(const struct reader *reader, const char *at, char c)
{
    return is_next(reader, at, c) ? at + 1 : reader->end;
}

static void add(const struct reader *reader, struct text text)
{
    if (reader->plain)
        buf_add_text(reader->plain, text);
}

/* Length of the escape at the backslash when json_add_string() would write the same, else 0. */
static size_t measure_escape(struct text rest)
{
    static const char short_list[] = "\"\\bfnrt", hex_list[] = "0123456789abcdef";
    const char *escape = rest.data;

    if (rest.length < 2)
        return 0;
    if (memchr(short_list, escape[1], sizeof short_list - 1))
        return 2;
    if (rest.length < 6 || memcmp(escape, "\\u00", 4) != 0 ||
        !memchr(hex_list, escape[5], sizeof hex_list - 1))
        return 0;
    if (escape[4] == '0') /* some have a letter */
        return memchr("89acd", escape[5], 5) ? 0 : 6;
    return escape[4] == '1' ? 6 : 0;
}

/* What is not plain in a string, up to a quote. */
static const char *read_special(const struct reader *reader, const char *at, bool may_escape)
{
    while (at < reader->end && *at != '"') {
        struct text rest = span(at, reader->end);
        uint32_t unused;
        size_t length = 0;

        if ((unsigned char)*at >= 0x80)
            length = utf8_decode(rest, &unused);
        else if (*at == '\\' && may_escape)
            length = measure_escape(rest);
        if (length == 0)
            return reader->end;
        at = rest.data + json_scan_plain(rest, length);
    }
    return at;
}

/* *out is what stands between two quotes. */
static inline const char *read_string(const struct reader *reader, const char *at, bool may_escape,
    struct text *out)
{
    const char *start;

    if (!is_next(reader, at, '"'))
        return reader->end;
    start = at + 1;
    at = start + json_scan_plain(span(start, reader->end), 0);
    if (at == reader->end || *at != '"')
        at = read_special(reader, at, may_escape);
    *out = span(start, at);
    return read_char(reader, at, '"');
}

/* A number in quotes. Digits with or without a point, if few, are one whatever they are. */
static const char *read_number(const struct reader *reader, const char *at, struct text *out)
{
    const char *start, *first, *point = NULL, *end;
    struct decimal unused;

    if (!is_next(reader, at, '"'))
        return reader->end;
    start = at + 1;
    first = at = start + is_next(reader, start, '-');
    for (; at < reader->end; at++) {
        if (*at >= '0' && *at <= '9')
            continue;
        if (*at != '.' || point || at == first)
            break;
        point = at;
    }
    *out = span(start, at);
    if (is_next(reader, at, '"') && at > first && at - first <= DECIMAL_DIGITS &&
        (!point || point + 1 < at))
        return at + 1;
    end = read_string(reader, start - 1, false, out);
    return end != reader->end && decimal_parse(*out, &unused) == DECIMAL_OK ? end : reader->end;
}

/* What B decodes to is added to bytes: base64 has only one spelling there. */
static const char *read_scalar(const struct reader *reader, const char *at, enum value_type type,
    bool may_escape, struct text *text)
{
    if (type == VALUE_N) {
        at = read_number(reader, at, text);
        if (reader->plain && at != reader->end)
            value_add_number(reader->plain, *text);
        return at;
    }
    at = read_string(reader, at, may_escape, text);
    if (type == VALUE_B && at != reader->end &&
        (!crypto_from_base64(reader->bytes, *text) || reader->bytes->failure))
        return reader->end;
    if (reader->plain && at != reader->end)
        buf_add_text(reader->plain, span(text->data - 1, at));
    return at;
}

/* Below 0: the previous member comes first. Binary ones are the ends of bytes, cut at before and from. */
static int compare_members(const struct reader *reader, enum value_type type, struct text previous,
    struct text text, size_t before, size_t from)
{
    struct text bytes = buf_view(reader->bytes);

    if (type == VALUE_N)
        return number_compare(previous, text);
    if (type == VALUE_S)
        return text_compare(previous, text);
    return text_compare(text_slice(bytes, before, from), text_slice(bytes, from, bytes.length));
}

static const char *read_set(const struct reader *reader, const char *at, enum value_type type,
    struct text tag)
{
    struct text text, previous = {NULL, 0};
    size_t before = 0, from = 0, count = 0;

    buf_clear(reader->bytes);
    add(reader, tag);
    at = read_char(reader, at, '[');
    for (;; at++, count++) {
        at = read_scalar(reader, at, type, false, &text);
        if (at == reader->end ||
            (count > 0 && compare_members(reader, type, previous, text, before, from) >= 0))
            return reader->end;
        previous = text;
        before = from;
        from = reader->bytes->length;
        if (*at != ',')
            break;
        add(reader, TEXT(","));
    }
    add(reader, TEXT("]}"));
    return read_char(reader, at, ']');
}

static const char *read_list(const struct reader *reader, const char *at, int depth)
{
    at = read_char(reader, at, '[');
    add(reader, TEXT("["));
    if (!is_next(reader, at, ']')) {
        at = read_value(reader, at, depth);
        while (is_next(reader, at, ',')) {
            add(reader, TEXT(","));
            at = read_value(reader, at + 1, depth);
        }
    }
    add(reader, TEXT("]"));
    return read_char(reader, at, ']');
}

/* "name":value */
static const char *read_entry(const struct reader *reader, const char *at, int depth,
    struct text *name)
{
    const char *start = at;

    at = read_char(reader, read_string(reader, at, false, name), ':');
    if (reader->plain && at != reader->end)
        buf_add_text(reader->plain, span(start, at));
    return read_value(reader, at, depth);
}

static bool is_before(struct text a, struct text b)
{
    if (a.length > 0 && b.length > 0 && a.data[0] != b.data[0])
        return (unsigned char)a.data[0] < (unsigned char)b.data[0];
    return text_compare(a, b) < 0;
}

static const char *read_map(const struct reader *reader, const char *at, int depth)
{
    struct text name, previous;

    at = read_char(reader, at, '{');
    add(reader, TEXT("{"));
    if (!is_next(reader, at, '}')) {
        at = read_entry(reader, at, depth, &previous);
        /* A map with one entry of such a name may need a tag as plain JSON. */
        if (at == reader->end || (reader->plain && previous.length > 0 && previous.data[0] == '$'))
            return reader->end;
        while (is_next(reader, at, ',')) {
            add(reader, TEXT(","));
            at = read_entry(reader, at + 1, depth, &name);
            if (at == reader->end || !is_before(previous, name))
                return reader->end;
            previous = name;
        }
    }
    add(reader, TEXT("}"));
    return read_char(reader, at, '}');
}

static const char *read_word(const struct reader *reader, const char *at, struct text word,
    struct text plain)
{
    if ((size_t)(reader->end - at) < word.length || memcmp(at, word.data, word.length) != 0)
        return reader->end;
    add(reader, plain);
    return at + word.length;
}

static const char *read_binary(const struct reader *reader, const char *at)
{
    struct text unused;

    buf_clear(reader->bytes);
    add(reader, TEXT("{\"$b\":"));
    at = read_scalar(reader, at, VALUE_B, false, &unused);
    add(reader, TEXT("}"));
    return at;
}

/* at stands behind {" and at least six bytes follow; depth counts the containers up to a member. */
static const char *read_typed(const struct reader *reader, const char *at, int depth)
{
    char type = at[0];
    struct text unused;

    if (at[1] == '"' && at[2] == ':') {
        at += 3;
        switch (type) {
        case 'S':
            return read_scalar(reader, at, VALUE_S, true, &unused);
        case 'N':
            return read_scalar(reader, at, VALUE_N, false, &unused);
        case 'B':
            return read_binary(reader, at);
        case 'L':
            return read_list(reader, at, depth);
        case 'M':
            return read_map(reader, at, depth);
        default:
            return reader->end;
        }
    }
    if (at[1] == 'S' && at[2] == '"' && at[3] == ':') {
        at += 4;
        switch (type) {
        case 'S':
            return read_set(reader, at, VALUE_S, TEXT("{\"$ss\":["));
        case 'N':
            return read_set(reader, at, VALUE_N, TEXT("{\"$ns\":["));
        case 'B':
            return read_set(reader, at, VALUE_B, TEXT("{\"$bs\":["));
        default:
            return reader->end;
        }
    }
    if (memcmp(at, "NULL\":", 6) == 0)
        return read_word(reader, at + 6, TEXT("true"), TEXT("null"));
    if (memcmp(at, "BOOL\":", 6) != 0)
        return reader->end;
    at += 6;
    return is_next(reader, at, 't') ? read_word(reader, at, TEXT("true"), TEXT("true"))
                                    : read_word(reader, at, TEXT("false"), TEXT("false"));
}

/* depth: containers around it, the item included */
static const char *read_value(const struct reader *reader, const char *at, int depth)
{
    if (reader->end - at < SHORTEST_VALUE || at[0] != '{' || at[1] != '"' || depth > NESTING_LIMIT)
        return reader->end;
    return read_char(reader, read_typed(reader, at + 2, depth + 1), '}');
}

void item_text_init(struct item_text *item, bool is_plain)
{
    item->is_plain = is_plain;
    item->count = 0;
    buf_init(&item->plain, PLAIN_LIMIT);
    buf_init(&item->bytes, VALUE_BINARY_LIMIT);
}

void item_text_done(struct item_text *item)
{
    buf_done(&item->plain);
    buf_done(&item->bytes);
    item->count = 0;
}

/* Services send attributes in any order; false when there are too many or two of one name. */
static bool insert(struct item_text *item, struct item_text_member member)
{
    size_t at = item->count;

    if (at == ITEM_TEXT_MEMBERS)
        return false;
    for (; at > 0 && !is_before(item->member[at - 1].name, member.name); at--) {
        if (text_equal(item->member[at - 1].name, member.name))
            return false;
        item->member[at] = item->member[at - 1];
    }
    item->member[at] = member;
    item->count++;
    return true;
}

/* start is what the places of wire members count from. */
static const char *read_members(struct item_text *item, const struct reader *reader,
    const char *start, const char *at)
{
    do {
        struct item_text_member member;

        member.from = item->is_plain ? item->plain.length : (size_t)(at - start);
        at = read_entry(reader, at, 1, &member.name);
        member.to = item->is_plain ? item->plain.length : (size_t)(at - start);
        if (at == reader->end || !insert(item, member))
            return reader->end;
    } while (is_next(reader, at, ',') && at++);
    return at;
}

bool item_text_take(struct item_text *item, struct text *items)
{
    const struct reader reader = {.end = items->data + items->length,
        .plain = item->is_plain ? &item->plain : NULL,
        .bytes = &item->bytes};
    const char *at = items->data;

    item->count = 0;
    buf_clear(&item->plain);
    if (is_next(&reader, at, ','))
        at++;
    at = read_char(&reader, at, '{');
    if (!is_next(&reader, at, '}'))
        at = read_members(item, &reader, items->data, at);
    if (!is_next(&reader, at, '}') || item->plain.failure)
        return false;
    item->base = item->is_plain ? buf_view(&item->plain).data : items->data;
    *items = span(at + 1, reader.end);
    return true;
}
