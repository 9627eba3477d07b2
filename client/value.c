#include "client/value.h"

#include <stdint.h>
#include <string.h>

#include "base/decimal.h"
#include "client/number.h"

static const char *const type_name[] = {
    [VALUE_S] = "S",
    [VALUE_N] = "N",
    [VALUE_B] = "B",
    [VALUE_BOOL] = "BOOL",
    [VALUE_NULL] = "NULL",
    [VALUE_L] = "L",
    [VALUE_M] = "M",
    [VALUE_SS] = "SS",
    [VALUE_NS] = "NS",
    [VALUE_BS] = "BS",
};

enum { TYPE_COUNT = sizeof type_name / sizeof *type_name };

const char *value_type_name(enum value_type type)
{
    return type_name[type];
}

bool value_type_parse(struct text name, enum value_type *out)
{
    for (int i = 0; i < TYPE_COUNT && name.length > 0; i++) {
        if (name.data[0] == type_name[i][0] && text_is(name, type_name[i])) {
            *out = (enum value_type)i;
            return true;
        }
    }
    return false;
}

bool value_is_set(enum value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

struct value *value_new_text(struct arena *arena, enum value_type type, struct text text)
{
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (value)
        *value = (struct value){.type = type, .text = text};
    return value;
}

struct value *value_new_bool(struct arena *arena, bool boolean)
{
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (value)
        *value = (struct value){.type = VALUE_BOOL, .boolean = boolean};
    return value;
}

struct value *value_new_null(struct arena *arena)
{
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (value)
        value->type = VALUE_NULL;
    return value;
}

static bool make_room(struct arena *arena, struct value *value, size_t capacity)
{
    value->element = arena_alloc(arena, capacity, sizeof *value->element);
    value->name = NULL;
    if (value->type == VALUE_M)
        value->name = arena_alloc(arena, capacity, sizeof *value->name);
    return value->element && (value->type != VALUE_M || value->name);
}

struct value *value_new_container(struct arena *arena, enum value_type type, size_t capacity)
{
    struct value *value = arena_alloc(arena, 1, sizeof *value);

    if (!value)
        return NULL;
    value->type = type;
    return make_room(arena, value, capacity) ? value : NULL;
}

static bool copy_into(struct arena *arena, const struct value *from, struct value *to)
{
    *to = *from;
    if (from->type == VALUE_S || from->type == VALUE_N || from->type == VALUE_B) {
        to->text = arena_text(arena, from->text);
        return to->text.data != NULL;
    }
    if (from->type == VALUE_BOOL || from->type == VALUE_NULL)
        return true;
    if (!make_room(arena, to, from->count))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        if (!copy_into(arena, &from->element[i], &to->element[i]))
            return false;
        if (from->type != VALUE_M)
            continue;
        to->name[i] = arena_text(arena, from->name[i]);
        if (!to->name[i].data)
            return false;
    }
    return true;
}

struct value *value_copy(struct arena *arena, const struct value *value)
{
    struct value *copy = arena_alloc(arena, 1, sizeof *copy);

    return copy && copy_into(arena, value, copy) ? copy : NULL;
}

/* Place of the first entry whose name is not below the one asked for. */
static size_t find(const struct value *map, struct text name)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (text_compare(map->name[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_at(const struct value *map, size_t at, struct text name)
{
    return at < map->count && text_equal(map->name[at], name);
}

const struct value *value_get(const struct value *map, struct text name)
{
    size_t at = find(map, name);

    return has_at(map, at, name) ? &map->element[at] : NULL;
}

const struct value *value_get_string(const struct value *map, const char *name)
{
    return value_get(map, text_of(name));
}

/* A map of count entries: those of map, but for [at, at + drop), with room for count there. */
static struct value *splice(struct arena *arena, const struct value *map, size_t at, size_t drop,
    size_t add)
{
    struct value *copy = value_new_container(arena, VALUE_M, map->count - drop + add);
    size_t tail = map->count - at - drop;

    if (!copy)
        return NULL;
    copy->count = map->count - drop + add;
    if (at > 0) {
        memcpy(copy->element, map->element, at * sizeof *map->element);
        memcpy(copy->name, map->name, at * sizeof *map->name);
    }
    if (tail > 0) {
        memcpy(copy->element + at + add, map->element + at + drop, tail * sizeof *map->element);
        memcpy(copy->name + at + add, map->name + at + drop, tail * sizeof *map->name);
    }
    return copy;
}

struct value *value_with(struct arena *arena, const struct value *map, struct text name,
    const struct value *value)
{
    size_t at = find(map, name);
    struct value *copy = splice(arena, map, at, has_at(map, at, name) ? 1 : 0, 1);

    if (!copy)
        return NULL;
    copy->element[at] = *value;
    copy->name[at] = name;
    return copy;
}

struct value *value_without(struct arena *arena, const struct value *map, struct text name)
{
    size_t at = find(map, name);

    return splice(arena, map, at, has_at(map, at, name) ? 1 : 0, 0);
}

static int order_members(const struct value *container, size_t a, size_t b)
{
    bool ordered;

    if (container->type == VALUE_M)
        return text_compare(container->name[a], container->name[b]);
    return value_compare(&container->element[a], &container->element[b], &ordered);
}

static void swap_members(struct value *container, size_t a, size_t b)
{
    struct value element = container->element[a];

    container->element[a] = container->element[b];
    container->element[b] = element;
    if (container->type == VALUE_M) {
        struct text name = container->name[a];

        container->name[a] = container->name[b];
        container->name[b] = name;
    }
}

static void sift_down(struct value *container, size_t root, size_t end)
{
    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= end)
            return;
        if (child + 1 < end && order_members(container, child, child + 1) < 0)
            child++;
        if (order_members(container, root, child) >= 0)
            return;
        swap_members(container, root, child);
        root = child;
    }
}

/* Heap sort: in place, without recursion, and never quadratic whatever was sent; but for a few. */
void value_sort(struct value *container)
{
    enum { FEW = 16 };
    size_t sorted = 1;

    while (sorted < container->count && order_members(container, sorted - 1, sorted) <= 0)
        sorted++;
    if (sorted >= container->count)
        return;
    if (container->count <= FEW) {
        for (; sorted < container->count; sorted++)
            for (size_t i = sorted; i > 0 && order_members(container, i - 1, i) > 0; i--)
                swap_members(container, i - 1, i);
        return;
    }
    for (size_t i = container->count / 2; i > 0; i--)
        sift_down(container, i - 1, container->count);
    for (size_t end = container->count - 1; end > 0; end--) {
        swap_members(container, 0, end);
        sift_down(container, 0, end);
    }
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VALUE_S:
    case VALUE_B:
        return text_equal(a->text, b->text);
    case VALUE_N:
        return number_compare(a->text, b->text) == 0;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_NULL:
        return true;
    case VALUE_L:
    case VALUE_M:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->type == VALUE_M && !text_equal(a->name[i], b->name[i]))
            return false;
        if (!value_equal(&a->element[i], &b->element[i]))
            return false;
    }
    return true;
}

int value_compare(const struct value *a, const struct value *b, bool *ordered)
{
    *ordered = a->type == b->type && a->type <= VALUE_B;
    if (!*ordered)
        return 0;
    return a->type == VALUE_N ? number_compare(a->text, b->text) : text_compare(a->text, b->text);
}

size_t value_size(const struct value *value)
{
    struct decimal number;
    size_t size = 0;

    switch (value->type) {
    case VALUE_S:
    case VALUE_B:
        return value->text.length;
    case VALUE_N:
        if (decimal_parse(value->text, &number) != DECIMAL_OK)
            return value->text.length;
        return decimal_size(&number);
    case VALUE_BOOL:
    case VALUE_NULL:
        return 1;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        for (size_t i = 0; i < value->count; i++)
            size += value_size(&value->element[i]);
        return size;
    case VALUE_L:
        size = 3 + value->count;
        for (size_t i = 0; i < value->count; i++)
            size += value_size(&value->element[i]);
        return size;
    case VALUE_M:
        return 3 + value->count + value_item_size(value);
    }
    return size;
}

size_t value_item_size(const struct value *item)
{
    size_t size = 0;

    for (size_t i = 0; i < item->count; i++)
        size += item->name[i].length + value_size(&item->element[i]);
    return size;
}
