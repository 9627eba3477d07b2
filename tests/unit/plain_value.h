#ifndef TESTS_UNIT_PLAIN_VALUE_H
#define TESTS_UNIT_PLAIN_VALUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "client/value.h"

/* Values written as plain JSON, in an arena that the test frees. */

static inline struct arena *new_arena(void)
{
    struct error err = {0};
    struct arena *arena = arena_new(256 * 1024 * 1024, &err);

    assert_non_null(arena);
    return arena;
}

static inline const struct value *plain(struct arena *arena, const char *source)
{
    struct error err = {0};
    struct json *json = json_parse(text_of(source), arena, &err);
    struct value *value = json ? value_from_plain(json, arena, &err) : NULL;

    if (!value)
        fail_msg("%s: %s", source, err.text);
    return value;
}

#endif
