#include "client/rows_pack.h"

#include <string.h>

/*
 * value  := type byte (enum value_type, BOOLEAN_BIT for a true BOOL) rest
 * rest   := length bytes                    S, N, B
 *         | nothing                         BOOL, NULL
 *         | count (text value)*             M
 *         | count value*                    L, SS, NS, BS
 * item   := count (key value)*              key := number * 2, or length * 2 + 1 and bytes
 * Lengths, counts and numbers are LEB128.
 */
enum { BOOLEAN_BIT = 0x80 };

static void add_number(struct buf *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        buf_add_char(out, (char)(unsigned char)(number | 0x80));
    buf_add_char(out, (char)number);
}

static uint64_t take_number(const unsigned char **at)
{
    uint64_t number = 0;
    unsigned shift = 0;

    for (; **at & 0x80; (*at)++, shift += 7)
        number |= (uint64_t)(**at & 0x7F) << shift;
    return number | (uint64_t) * (*at)++ << shift;
}

static void add_text(struct buf *out, struct text text)
{
    add_number(out, text.length);
    buf_add_text(out, text);
}

static struct text take_bytes(const unsigned char **at, size_t length)
{
    struct text text = text_make((const char *)*at, length);

    *at += length;
    return text;
}

static bool add_value(struct buf *out, const struct value *value, unsigned depth)
{
    buf_add_char(out, (char)(unsigned char)(value->type | (value->boolean ? BOOLEAN_BIT : 0)));
    switch (value->type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        add_text(out, value->text);
        return true;
    case VALUE_BOOL:
    case VALUE_NULL:
        return true;
    case VALUE_L:
    case VALUE_M:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    if (depth == 0)
        return false;
    add_number(out, value->count);
    for (size_t i = 0; i < value->count; i++) {
        if (value->type == VALUE_M)
            add_text(out, value->name[i]);
        if (!add_value(out, &value->element[i], depth - 1))
            return false;
    }
    return true;
}

enum error_code rows_pack(struct buf *out, const struct value *item, const uint32_t *name_number,
    struct error *err)
{
    add_number(out, item->count);
    for (size_t i = 0; i < item->count; i++) {
        if (name_number[i] != ROWS_PACK_INLINE) {
            add_number(out, (uint64_t)name_number[i] * 2);
        } else {
            add_number(out, (uint64_t)item->name[i].length * 2 + 1);
            buf_add_text(out, item->name[i]);
        }
        if (!add_value(out, &item->element[i], VALUE_DEPTH_LIMIT))
            return error_set(err, ERROR_LIMIT, "an item is nested deeper than %d levels",
                VALUE_DEPTH_LIMIT);
    }
    return buf_check(out, "an item", err);
}

static bool make_room(struct value *container, size_t count, struct arena *arena)
{
    container->count = count;
    container->element = arena_alloc(arena, count, sizeof *container->element);
    if (container->type == VALUE_M)
        container->name = arena_alloc(arena, count, sizeof *container->name);
    return container->element && (container->type != VALUE_M || container->name);
}

static bool take_value(const unsigned char **at, struct value *value, struct arena *arena)
{
    unsigned char type = *(*at)++;

    value->type = (enum value_type)(type & ~BOOLEAN_BIT);
    value->boolean = (type & BOOLEAN_BIT) != 0;
    switch (value->type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        value->text = take_bytes(at, take_number(at));
        return true;
    case VALUE_BOOL:
    case VALUE_NULL:
        return true;
    case VALUE_L:
    case VALUE_M:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    if (!make_room(value, take_number(at), arena))
        return false;
    for (size_t i = 0; i < value->count; i++) {
        if (value->type == VALUE_M)
            value->name[i] = take_bytes(at, take_number(at));
        if (!take_value(at, &value->element[i], arena))
            return false;
    }
    return true;
}

struct value *rows_unpack(const unsigned char *packed, const struct text *dictionary,
    struct arena *arena)
{
    const unsigned char *at = packed;
    struct value *item = arena_alloc(arena, 1, sizeof *item);

    if (!item)
        return NULL;
    item->type = VALUE_M;
    if (!make_room(item, take_number(&at), arena))
        return NULL;
    for (size_t i = 0; i < item->count; i++) {
        uint64_t key = take_number(&at);

        item->name[i] = key & 1 ? take_bytes(&at, key / 2) : dictionary[key / 2];
        if (!take_value(&at, &item->element[i], arena))
            return NULL;
    }
    return item;
}
