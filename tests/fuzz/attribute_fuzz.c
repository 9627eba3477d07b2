#include "base/arena.h"
#include "base/crypto.h"
#include "endpoint/tables/attribute.h"

#include <stdint.h>
#include <stdlib.h>

/*
 * The strict reader of AttributeValues: what it refuses has a sentence in both styles; what it
 * takes is canonical, so that it is written, read and written again as the same bytes.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

/* What shape_check has seen to before the reader is called. */
static bool is_string_list(const struct json *json)
{
    for (const struct json *node = json->first; node; node = node->next)
        if (node->kind != JSON_STRING)
            return false;
    return json->kind == JSON_ARRAY;
}

static bool is_base64(struct text text)
{
    struct buf bytes;
    bool good;

    buf_init(&bytes, SIZE_MAX);
    good = crypto_from_base64(&bytes, text);
    buf_done(&bytes);
    return good;
}

static bool is_values(const struct json *json);

static bool is_value(const struct json *json)
{
    if (json->kind != JSON_OBJECT)
        return false;
    for (const struct json *node = json->first; node; node = node->next) {
        bool good = true;

        if (node->kind == JSON_NULL)
            continue;
        if (text_is(node->name, "S") || text_is(node->name, "N"))
            good = node->kind == JSON_STRING;
        else if (text_is(node->name, "B"))
            good = node->kind == JSON_STRING && is_base64(node->text);
        else if (text_is(node->name, "BOOL") || text_is(node->name, "NULL"))
            good = node->kind == JSON_TRUE || node->kind == JSON_FALSE;
        else if (text_is(node->name, "SS") || text_is(node->name, "NS"))
            good = is_string_list(node);
        else if (text_is(node->name, "BS"))
            good = is_string_list(node);
        else if (text_is(node->name, "L"))
            good = node->kind == JSON_ARRAY && is_values(node);
        else if (text_is(node->name, "M"))
            good = node->kind == JSON_OBJECT && is_values(node);
        if (text_is(node->name, "BS") && good)
            for (const struct json *member = node->first; member; member = member->next)
                good = good && is_base64(member->text);
        if (!good)
            return false;
    }
    return true;
}

static bool is_values(const struct json *json)
{
    for (const struct json *node = json->first; node; node = node->next)
        if (node->kind != JSON_NULL && !is_value(node))
            return false;
    return true;
}

static void write_item(struct buf *out, const struct value *item)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    value_add_wire_item(&writer, item);
    require(!out->failure);
}

static void check_taken(const struct value *item, struct arena *arena)
{
    struct attribute_fault fault;
    struct error err = {0};
    const struct json *json;
    const struct value *again;
    struct buf first, second;

    for (size_t i = 1; i < item->count; i++)
        require(text_compare(item->name[i - 1], item->name[i]) < 0);
    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    attribute_fault_init(&fault, MESSAGE_CURRENT);
    write_item(&first, item);
    json = json_parse(buf_view(&first), arena, &err);
    again = json ? attribute_read_map(json, arena, &fault, NULL) : NULL;
    if (again) {
        write_item(&second, again);
        require(text_equal(buf_view(&first), buf_view(&second)));
        require(value_equal(item, again) && value_item_size(item) == value_item_size(again));
    } else {
        require(fault.exhausted || err.code == ERROR_LIMIT || err.code == ERROR_MEMORY);
    }
    attribute_fault_done(&fault);
    buf_done(&first);
    buf_done(&second);
}

static const struct value *read(const struct json *json, struct arena *arena,
    enum message_style style)
{
    struct attribute_fault fault;
    const struct value *item;

    attribute_fault_init(&fault, style);
    item = attribute_read_map(json, arena, &fault, NULL);
    require(item || fault.exhausted || fault.text.length > 0);
    attribute_fault_done(&fault);
    return item;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);
    const struct json *json =
        arena ? json_parse(text_make((const char *)data, size), arena, &err) : NULL;

    if (json && json->kind == JSON_OBJECT && is_values(json)) {
        const struct value *item = read(json, arena, MESSAGE_CURRENT);

        read(json, arena, MESSAGE_OLDER);
        if (item)
            check_taken(item, arena);
    }
    arena_free(arena);
    return 0;
}
