#include "console/statements/wire.h"

#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "console/statements/skim.h"

/*
 * 1. at <= length; what is before has been read.
 * 2. value[base..count) and name[base..count) are the members of the innermost open map, list or
 *    set; they move into the arena when it closes.
 * 3. A function that returns false has met something unusual: the item is read the long way.
 */
enum { DEPTH_LIMIT = 31, FIRST_ROOM = 64 }; /* 64 levels of JSON */

struct wire_reader {
    const char *data;
    size_t at, length;
    struct arena *arena;
    struct value *value;
    struct text *name;
    size_t count, room;
};

struct wire_reader *wire_reader_new(struct error *err)
{
    struct wire_reader *reader = mem_new(1, sizeof *reader);

    if (!reader)
        error_memory(err);
    return reader;
}

void wire_reader_free(struct wire_reader *reader)
{
    if (!reader)
        return;
    mem_free(reader->value);
    mem_free(reader->name);
    mem_free(reader);
}

static bool take(struct wire_reader *reader, char c)
{
    if (reader->at >= reader->length || reader->data[reader->at] != c)
        return false;
    reader->at++;
    return true;
}

static bool grow(struct wire_reader *reader)
{
    size_t room = reader->room ? reader->room * 2 : FIRST_ROOM;
    struct value *value = mem_resize(reader->value, room, sizeof *value);
    struct text *name;

    if (!value)
        return false;
    reader->value = value;
    name = mem_resize(reader->name, room, sizeof *name);
    if (!name)
        return false;
    reader->name = name;
    reader->room = room;
    return true;
}

/* A string without escapes, valid UTF-8. */
static bool read_text(struct wire_reader *reader, struct text *out)
{
    const struct text source = {reader->data, reader->length};
    size_t from = reader->at + 1, at = from;
    bool wide = false;

    if (!take(reader, '"'))
        return false;
    while ((at = json_scan_plain(source, at)) < source.length &&
           (unsigned char)source.data[at] >= 0x80) {
        wide = true;
        at++;
    }
    if (at == source.length || source.data[at] != '"')
        return false;
    *out = text_slice(source, from, at);
    reader->at = at + 1;
    return !wide || utf8_is_valid(*out);
}

static bool read_value(struct wire_reader *reader, unsigned depth, struct value *out);

static bool push(struct wire_reader *reader, struct text name, const struct value *value)
{
    if (reader->count == reader->room && !grow(reader))
        return false;
    reader->name[reader->count] = name;
    reader->value[reader->count++] = *value;
    return true;
}

/* Members from base on become the container's own. */
static bool close_container(struct wire_reader *reader, size_t base, struct value *out)
{
    size_t count = reader->count - base;
    bool sorted = true;

    out->count = count;
    reader->count = base;
    if (count == 0)
        return true;
    out->element = arena_alloc(reader->arena, count, sizeof *out->element);
    if (!out->element)
        return false;
    memcpy(out->element, reader->value + base, count * sizeof *out->element);
    if (out->type != VALUE_M)
        return true;
    out->name = arena_alloc(reader->arena, count, sizeof *out->name);
    if (!out->name)
        return false;
    memcpy(out->name, reader->name + base, count * sizeof *out->name);
    for (size_t i = 1; sorted && i < count; i++)
        sorted = text_compare(out->name[i - 1], out->name[i]) < 0;
    if (sorted)
        return true;
    value_sort(out);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(out->name[i - 1], out->name[i]))
            return false;
    }
    return true;
}

/* "name":{"S":"x"}, ... up to the closing brace */
static bool read_members(struct wire_reader *reader, unsigned depth, struct value *out)
{
    size_t base = reader->count;

    out->type = VALUE_M;
    if (depth > DEPTH_LIMIT || !take(reader, '{'))
        return false;
    if (take(reader, '}'))
        return close_container(reader, base, out);
    do {
        struct value value;
        struct text name;

        if (!read_text(reader, &name) || !take(reader, ':') || !read_value(reader, depth, &value) ||
            !push(reader, name, &value))
            return false;
    } while (take(reader, ','));
    return take(reader, '}') && close_container(reader, base, out);
}

static bool read_list(struct wire_reader *reader, unsigned depth, struct value *out)
{
    size_t base = reader->count;

    if (depth > DEPTH_LIMIT || !take(reader, '['))
        return false;
    if (take(reader, ']'))
        return close_container(reader, base, out);
    do {
        struct value value;

        if (!read_value(reader, depth, &value) || !push(reader, (struct text){NULL, 0}, &value))
            return false;
    } while (take(reader, ','));
    return take(reader, ']') && close_container(reader, base, out);
}

/* Sets of strings and numbers; sorted, as every set is held. */
static bool read_set(struct wire_reader *reader, enum value_type member, struct value *out)
{
    size_t base = reader->count;

    if (!take(reader, '['))
        return false;
    do {
        struct value value = {.type = member};

        if (!read_text(reader, &value.text) || !push(reader, (struct text){NULL, 0}, &value))
            return false;
    } while (take(reader, ','));
    if (!take(reader, ']') || !close_container(reader, base, out))
        return false;
    value_sort(out);
    for (size_t i = 1; i < out->count; i++) {
        if (value_equal(&out->element[i - 1], &out->element[i]))
            return false;
    }
    return true;
}

static bool take_word(struct wire_reader *reader, struct text word)
{
    if (reader->length - reader->at < word.length ||
        memcmp(reader->data + reader->at, word.data, word.length) != 0)
        return false;
    reader->at += word.length;
    return true;
}

/* Digits with at most a sign and a point: what a service writes; the rest goes the long way. */
static bool is_plain_number(struct text text)
{
    size_t at = text.length > 0 && text.data[0] == '-', points = 0, digits = 0;

    for (; at < text.length; at++) {
        if (text.data[at] == '.')
            points++;
        else if (text.data[at] >= '0' && text.data[at] <= '9')
            digits++;
        else
            return false;
    }
    return digits > 0 && digits <= 38 && points <= 1 && text.data[text.length - 1] != '.';
}

static bool read_bool(struct wire_reader *reader, bool *out)
{
    *out = take_word(reader, TEXT("true"));
    return *out || take_word(reader, TEXT("false"));
}

static bool read_typed(struct wire_reader *reader, struct text type, unsigned depth,
    struct value *out)
{
    char first = (char)(type.length > 0 ? type.data[0] : 0);

    if (type.length == 1) {
        switch (first) {
        case 'S':
            out->type = VALUE_S;
            return read_text(reader, &out->text);
        case 'N':
            out->type = VALUE_N;
            return read_text(reader, &out->text) && is_plain_number(out->text);
        case 'L':
            out->type = VALUE_L;
            return read_list(reader, depth + 1, out);
        case 'M':
            return read_members(reader, depth + 1, out);
        default:
            return false; /* binary is decoded the long way */
        }
    }
    if (text_is(type, "BOOL")) {
        out->type = VALUE_BOOL;
        return read_bool(reader, &out->boolean);
    }
    if (text_is(type, "NULL")) {
        out->type = VALUE_NULL;
        return take_word(reader, TEXT("true"));
    }
    out->type = VALUE_SS;
    return text_is(type, "SS") && read_set(reader, VALUE_S, out);
}

/* {"S":"x"} */
static bool read_value(struct wire_reader *reader, unsigned depth, struct value *out)
{
    struct text type;

    memset(out, 0, sizeof *out);
    return take(reader, '{') && read_text(reader, &type) && take(reader, ':') &&
           read_typed(reader, type, depth, out) && take(reader, '}');
}

static const struct value *read_long_way(struct text text, struct arena *arena, struct error *err)
{
    const struct json *json = json_parse(text, arena, err);

    return json ? value_from_wire_item(json, arena, err) : NULL;
}

bool wire_reader_try(struct wire_reader *reader, struct text *elements, struct arena *arena,
    const struct value **item)
{
    struct value *whole = arena_alloc(arena, 1, sizeof *whole);

    reader->data = elements->data;
    reader->length = elements->length;
    reader->at = 0;
    reader->arena = arena;
    reader->count = 0;
    take(reader, ',');
    if (!whole || !read_members(reader, 0, whole))
        return false;
    *elements = text_slice(*elements, reader->at, elements->length);
    *item = whole;
    return true;
}

bool wire_reader_next(struct wire_reader *reader, struct text *elements, struct arena *arena,
    const struct value **item, bool *failed, struct error *err)
{
    struct text text;

    *failed = false;
    if (wire_reader_try(reader, elements, arena, item))
        return true;
    if (!skim_next(elements, &text))
        return false;
    *item = read_long_way(text, arena, err);
    *failed = *item == NULL;
    return *item != NULL;
}
