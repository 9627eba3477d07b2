#ifndef TESTS_UNIT_RANDOM_VALUE_H
#define TESTS_UNIT_RANDOM_VALUE_H

#include <stdint.h>
#include <stdio.h>

#include "client/value.h"

/* Seeded values of all ten types, the same in every run. */

static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline size_t random_below(uint64_t *state, size_t limit)
{
    return (size_t)((random_next(state) >> 11) % limit);
}

/* Short texts over few characters, so that equal ones and prefixes are common. */
static inline struct text random_string(uint64_t *state, struct arena *arena)
{
    static const char *const piece[] = {"a", "b", "ab", "'", "\"", "\\", " ", "\n", "\xc3\xa9",
        "\xf0\x9f\x98\x80", "0", "`", "-", "\x01", "$ss", "_"};
    char text[64];
    int length = 0;

    text[0] = '\0';
    for (size_t i = random_below(state, 5); i > 0; i--)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s",
            piece[random_below(state, sizeof piece / sizeof *piece)]);
    return arena_text(arena, text_make(text, (size_t)length));
}

static inline struct text random_number(uint64_t *state, struct arena *arena)
{
    char *text = NULL;
    long whole = (long)random_below(state, 200) - 100;

    switch (random_below(state, 5)) {
    case 0:
    case 1:
        text = arena_format(arena, "%ld", whole);
        break;
    case 2:
        text = arena_format(arena, "%ld.%zu", whole, random_below(state, 1000));
        break;
    case 3:
        text = arena_format(arena, "%lde%d", whole, (int)random_below(state, 200) - 90);
        break;
    default:
        text = arena_format(arena, "%zu%018zu%018zu", random_below(state, 90) + 10,
            random_below(state, 1000000000), random_below(state, 1000000000));
        break;
    }
    return text_of(text);
}

static inline struct text random_bytes(uint64_t *state, struct arena *arena)
{
    char bytes[5];
    size_t length = random_below(state, sizeof bytes);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)random_next(state);
    return arena_text(arena, text_make(bytes, length));
}

static inline struct value random_scalar(uint64_t *state, struct arena *arena, enum value_type type)
{
    struct value value = {.type = type};

    if (type == VALUE_S)
        value.text = random_string(state, arena);
    else if (type == VALUE_N)
        value.text = random_number(state, arena);
    else if (type == VALUE_B)
        value.text = random_bytes(state, arena);
    else if (type == VALUE_BOOL)
        value.boolean = random_below(state, 2) == 1;
    return value;
}

static inline bool random_is_new(const struct value *container, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (container->type == VALUE_M
                ? text_equal(container->name[i], container->name[at])
                : value_equal(&container->element[i], &container->element[at]))
            return false;
    }
    return true;
}

static inline struct value *random_value(uint64_t *state, struct arena *arena, int depth)
{
    enum value_type type = (enum value_type)random_below(state, 10);
    struct value *value;

    if (depth == 0 && (type == VALUE_L || type == VALUE_M))
        type = VALUE_N;
    value = value_new_container(arena, type, 5);
    if (type <= VALUE_NULL) {
        *value = random_scalar(state, arena, type);
        return value;
    }
    for (size_t left = random_below(state, 5) + (value_is_set(type) ? 1 : 0); left > 0; left--) {
        size_t at = value->count;

        if (value_is_set(type))
            value->element[at] = random_scalar(state, arena,
                type == VALUE_SS   ? VALUE_S
                : type == VALUE_NS ? VALUE_N
                                   : VALUE_B);
        else
            value->element[at] = *random_value(state, arena, depth - 1);
        if (type == VALUE_M)
            value->name[at] = random_string(state, arena);
        if (type == VALUE_L || random_is_new(value, at))
            value->count++;
    }
    if (type != VALUE_L)
        value_sort(value);
    return value;
}

/* An item with some of the attributes a, b, c, d, e. */
static inline struct value *random_item(uint64_t *state, struct arena *arena)
{
    static const char *const name[] = {"a", "b", "c", "d", "e"};
    struct value *item = value_new_container(arena, VALUE_M, 5);

    for (size_t i = 0; i < 5; i++) {
        if (random_below(state, 4) == 0)
            continue;
        item->name[item->count] = text_of(name[i]);
        item->element[item->count++] = *random_value(state, arena, 3);
    }
    return item;
}

#endif
