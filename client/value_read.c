#include "client/value_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/decimal.h"

enum { PLACE_LIMIT = 4096, PLACE_NAME_LIMIT = 40, MESSAGE_LIMIT = 400 };

static void add_place(struct buf *out, const struct value_place *place)
{
    if (place->up)
        add_place(out, place->up);
    if (!place->name.data) {
        buf_add_format(out, "[%zu]", place->index);
        return;
    }
    if (place->up)
        buf_add_char(out, '.');
    value_add_name(out, text_slice(place->name, 0, PLACE_NAME_LIMIT));
}

bool value_read_fail(struct value_reader *reader, const struct value_place *place,
    const char *format, ...)
{
    char message[MESSAGE_LIMIT];
    struct buf way;
    va_list list;

    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    error_set(reader->err, ERROR_INVALID, "%s", message);
    if (!place)
        return false;
    buf_init(&way, PLACE_LIMIT);
    add_place(&way, place);
    if (way.failure == ERROR_NONE)
        error_wrap(reader->err, "%s", buf_string(&way));
    buf_done(&way);
    return false;
}

static bool read_inside(struct value_reader *reader, const struct json *json,
    struct value_place *place, const struct value_place *up, struct value *out)
{
    place->up = up;
    place->depth = up ? up->depth + 1 : 1;
    if (place->depth > VALUE_DEPTH_LIMIT)
        return value_read_fail(reader, NULL, "values are nested deeper than %d levels",
            VALUE_DEPTH_LIMIT);
    return reader->read(reader, json, place, out);
}

struct member {
    const struct json *json;
    size_t order;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    int order = text_compare(left->json->name, right->json->name);

    return order ? order : (left->order > right->order) - (left->order < right->order);
}

/* Members by name; of equal names only the last one. Returns how many are left. */
static size_t sort_members(struct member *member, size_t count)
{
    size_t kept = 0;

    for (size_t i = 1; i < count; i++) {
        if (text_compare(member[i - 1].json->name, member[i].json->name) >= 0) {
            qsort(member, count, sizeof *member, compare_members);
            break;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !text_equal(member[i].json->name, member[i + 1].json->name))
            member[kept++] = member[i];
    return kept;
}

bool value_read_map(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out)
{
    struct member *member = arena_alloc(reader->arena, json->count, sizeof *member);
    size_t count = 0;

    *out = (struct value){.type = VALUE_M};
    out->element = arena_alloc(reader->arena, json->count, sizeof *out->element);
    out->name = arena_alloc(reader->arena, json->count, sizeof *out->name);
    if (!member || !out->element || !out->name) {
        arena_failed(reader->arena, reader->err);
        return false;
    }
    for (const struct json *node = json->first; node; node = node->next, count++)
        member[count] = (struct member){node, count};
    count = sort_members(member, count);
    for (size_t i = 0; i < count; i++) {
        struct value_place inside = {.name = member[i].json->name};

        out->name[i] = member[i].json->name;
        if (!read_inside(reader, member[i].json, &inside, place, &out->element[i]))
            return false;
    }
    out->count = count;
    return true;
}

bool value_read_list(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out)
{
    struct value_place inside = {0};

    *out = (struct value){.type = VALUE_L};
    out->element = arena_alloc(reader->arena, json->count, sizeof *out->element);
    if (!out->element) {
        arena_failed(reader->arena, reader->err);
        return false;
    }
    for (const struct json *node = json->first; node; node = node->next) {
        inside.index = out->count;
        if (!read_inside(reader, node, &inside, place, &out->element[out->count]))
            return false;
        out->count++;
    }
    return true;
}

static enum value_type member_type(enum value_type set)
{
    if (set == VALUE_SS)
        return VALUE_S;
    return set == VALUE_NS ? VALUE_N : VALUE_B;
}

bool value_read_set(struct value_reader *reader, const struct json *json,
    const struct value_place *place, enum value_type type, enum json_kind member, struct value *out)
{
    *out = (struct value){.type = type};
    if (!json->count)
        return value_read_fail(reader, place, "a set may not be empty");
    out->element = arena_alloc(reader->arena, json->count, sizeof *out->element);
    if (!out->element) {
        arena_failed(reader->arena, reader->err);
        return false;
    }
    for (const struct json *node = json->first; node; node = node->next) {
        if (node->kind != member)
            return value_read_fail(reader, place, "the members of a set of type %s must be %s",
                value_type_name(type), member == JSON_NUMBER ? "numbers" : "strings");
        if (!value_read_scalar(reader, node->text, place, member_type(type),
                &out->element[out->count]))
            return false;
        out->count++;
    }
    value_sort(out);
    for (size_t i = 1; i < out->count; i++)
        if (value_equal(&out->element[i - 1], &out->element[i]))
            return value_read_fail(reader, place, "a set may not hold the same member twice");
    return true;
}

static bool read_binary(struct value_reader *reader, struct text text,
    const struct value_place *place, struct value *out)
{
    buf_clear(&reader->scratch);
    if (!crypto_from_base64(&reader->scratch, text))
        return value_read_fail(reader, place, "binary data must be written in base64");
    if (buf_check(&reader->scratch, "binary data", reader->err))
        return false;
    out->text = arena_text(reader->arena, buf_view(&reader->scratch));
    if (out->text.data)
        return true;
    arena_failed(reader->arena, reader->err);
    return false;
}

bool value_read_scalar(struct value_reader *reader, struct text text,
    const struct value_place *place, enum value_type type, struct value *out)
{
    struct decimal number;

    *out = (struct value){.type = type, .text = text};
    if (type == VALUE_B)
        return read_binary(reader, text, place, out);
    if (type != VALUE_N)
        return true;
    switch (decimal_parse(text, &number)) {
    case DECIMAL_OK:
        return true;
    case DECIMAL_NOT_A_NUMBER:
        return value_read_fail(reader, place, "\"%.*s\" is not a number",
            (int)text_slice(text, 0, 80).length, text.data);
    case DECIMAL_TOO_MANY_DIGITS:
        return value_read_fail(reader, place, "the number has more than %d significant digits",
            DECIMAL_DIGITS);
    case DECIMAL_OVERFLOW:
    case DECIMAL_UNDERFLOW:
        return value_read_fail(reader, place,
            "the number is out of range (magnitude 1E-130 to 9.99E+125)");
    }
    return false;
}

/* Base64 needs no escapes, so it goes out without a copy. */
void value_add_base64(struct json_writer *writer, struct text data)
{
    json_raw(writer, TEXT("\""));
    crypto_add_base64(writer->out, data);
    buf_add_char(writer->out, '"');
}

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* RFC 8259, section 6, for a text that is a number already. */
static bool is_json_number(struct text text)
{
    size_t at = text.length && text.data[0] == '-' ? 1 : 0;
    size_t whole = skip_digits(text, at);

    if (whole == at || (whole > at + 1 && text.data[at] == '0'))
        return false;
    if (whole < text.length && text.data[whole] == '.')
        return skip_digits(text, whole + 1) > whole + 1;
    return true;
}

void value_add_number(struct buf *out, struct text number)
{
    struct decimal value;

    if (is_json_number(number) || decimal_parse(number, &value) != DECIMAL_OK)
        buf_add_text(out, number);
    else
        decimal_add_text(out, &value);
}
