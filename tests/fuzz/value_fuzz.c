#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "client/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 64 * 1024 * 1024, TEXT_LIMIT = 64 * 1024 * 1024 };

typedef struct value *reader(const struct json *json, struct arena *arena, struct error *err);
typedef void writer(struct json_writer *writer, const struct value *value);

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

/* What was read must be written so that it reads back as the same value. */
static void round_trip(const struct value *value, reader *read, writer *write, struct arena *arena)
{
    struct json_writer json_writer;
    struct error err = {0};
    struct value *again;
    struct json *json;
    struct buf out;

    buf_init(&out, TEXT_LIMIT);
    json_writer_init(&json_writer, &out);
    write(&json_writer, value);
    require(out.failure == ERROR_NONE);
    json = json_parse(buf_view(&out), arena, &err);
    require(json != NULL);
    again = read(json, arena, &err);
    require(again != NULL && value_equal(value, again) && value_size(value) == value_size(again));
    buf_done(&out);
}

static void try_reader(const struct json *json, reader *read, struct arena *arena)
{
    struct error err = {0};
    struct value *value = read(json, arena, &err);
    struct buf literal;

    if (!value) {
        require(err.code != ERROR_NONE && err.text[0] != '\0');
        return;
    }
    round_trip(value, value_from_wire, value_add_wire, arena);
    round_trip(value, value_from_plain, value_add_plain, arena);
    require(value_equal(value, value_copy(arena, value)));
    buf_init(&literal, TEXT_LIMIT);
    value_add_literal(&literal, value);
    buf_done(&literal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);
    struct json *json = NULL;

    if (arena)
        json = json_parse(text_make((const char *)data, size), arena, &err);
    if (json) {
        try_reader(json, value_from_wire, arena);
        try_reader(json, value_from_wire_item, arena);
        try_reader(json, value_from_plain, arena);
    }
    arena_free(arena);
    return 0;
}
