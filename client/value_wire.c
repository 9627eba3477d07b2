#include "client/value.h"

#include "client/value_read.h"

static bool read_typed(struct value_reader *reader, const struct json *json,
    const struct value_place *place, enum value_type type, struct value *out)
{
    static const enum json_kind wanted[] = {
        [VALUE_S] = JSON_STRING,
        [VALUE_N] = JSON_STRING,
        [VALUE_B] = JSON_STRING,
        [VALUE_BOOL] = JSON_TRUE,
        [VALUE_NULL] = JSON_TRUE,
        [VALUE_L] = JSON_ARRAY,
        [VALUE_M] = JSON_OBJECT,
        [VALUE_SS] = JSON_ARRAY,
        [VALUE_NS] = JSON_ARRAY,
        [VALUE_BS] = JSON_ARRAY,
    };
    static const char *const wanted_name[] = {
        [JSON_TRUE] = "true",
        [JSON_STRING] = "a string",
        [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };

    if (json->kind != wanted[type] && !(type == VALUE_BOOL && json->kind == JSON_FALSE))
        return value_read_fail(reader, place, "a value of type %s must be %s%s",
            value_type_name(type), wanted_name[wanted[type]],
            type == VALUE_BOOL ? " or false" : "");
    switch (type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        return value_read_scalar(reader, json->text, place, type, out);
    case VALUE_BOOL:
    case VALUE_NULL:
        *out = (struct value){.type = type};
        out->boolean = type == VALUE_BOOL && json->kind == JSON_TRUE;
        return true;
    case VALUE_L:
        return value_read_list(reader, json, place, out);
    case VALUE_M:
        return value_read_map(reader, json, place, out);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    return value_read_set(reader, json, place, type, JSON_STRING, out);
}

/* Some SDKs write every member of an AttributeValue and null for those that are not set. */
static bool read_wire(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out)
{
    const struct json *chosen = NULL;
    enum value_type type;

    if (json->kind != JSON_OBJECT)
        return value_read_fail(reader, place,
            "an attribute value is an object with its type, such as {\"S\": \"text\"}");
    for (const struct json *node = json->first; node; node = node->next) {
        if (node->kind == JSON_NULL)
            continue;
        if (chosen && !text_equal(chosen->name, node->name))
            return value_read_fail(reader, place, "an attribute value may have one type only");
        chosen = node;
    }
    if (!chosen)
        return value_read_fail(reader, place, "an attribute value must have a type");
    if (!value_type_parse(chosen->name, &type))
        return value_read_fail(reader, place, "\"%.*s\" is not the type of an attribute value",
            (int)text_slice(chosen->name, 0, 40).length, chosen->name.data);
    return read_typed(reader, chosen, place, type, out);
}

struct value *value_from_wire(const struct json *json, struct arena *arena, struct error *err)
{
    struct value_reader reader = {.arena = arena, .err = err, .read = read_wire};
    struct value *value = arena_alloc(arena, 1, sizeof *value);
    bool good;

    if (!value) {
        arena_failed(arena, err);
        return NULL;
    }
    buf_init(&reader.scratch, VALUE_BINARY_LIMIT);
    good = read_wire(&reader, json, NULL, value);
    buf_done(&reader.scratch);
    return good ? value : NULL;
}

struct value *value_from_wire_item(const struct json *json, struct arena *arena, struct error *err)
{
    struct value_reader reader = {.arena = arena, .err = err, .read = read_wire};
    struct value *value;
    bool good;

    if (json->kind != JSON_OBJECT) {
        error_set(err, ERROR_INVALID, "an item is an object of attribute values");
        return NULL;
    }
    value = arena_alloc(arena, 1, sizeof *value);
    if (!value) {
        arena_failed(arena, err);
        return NULL;
    }
    buf_init(&reader.scratch, VALUE_BINARY_LIMIT);
    good = value_read_map(&reader, json, NULL, value);
    buf_done(&reader.scratch);
    return good ? value : NULL;
}

static void add_scalar(struct json_writer *writer, const struct value *value)
{
    if (value->type == VALUE_B)
        value_add_base64(writer, value->text);
    else
        json_string(writer, value->text);
}

/* {"S": in one piece: most of what a table sends is this. */
static void begin_typed(struct json_writer *writer, enum value_type type)
{
    static const struct text opening[] = {
        [VALUE_S] = {"{\"S\":", 5},
        [VALUE_N] = {"{\"N\":", 5},
        [VALUE_B] = {"{\"B\":", 5},
        [VALUE_BOOL] = {"{\"BOOL\":", 8},
        [VALUE_NULL] = {"{\"NULL\":", 8},
        [VALUE_L] = {"{\"L\":", 5},
        [VALUE_M] = {"{\"M\":", 5},
        [VALUE_SS] = {"{\"SS\":", 6},
        [VALUE_NS] = {"{\"NS\":", 6},
        [VALUE_BS] = {"{\"BS\":", 6},
    };

    json_raw(writer, opening[type]);
    writer->need_comma = false;
}

void value_add_wire(struct json_writer *writer, const struct value *value)
{
    begin_typed(writer, value->type);
    switch (value->type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        add_scalar(writer, value);
        break;
    case VALUE_BOOL:
        json_bool(writer, value->boolean);
        break;
    case VALUE_NULL:
        json_bool(writer, true);
        break;
    case VALUE_M:
        value_add_wire_item(writer, value);
        break;
    case VALUE_L:
        json_begin_array(writer);
        for (size_t i = 0; i < value->count; i++)
            value_add_wire(writer, &value->element[i]);
        json_end_array(writer);
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        json_begin_array(writer);
        for (size_t i = 0; i < value->count; i++)
            add_scalar(writer, &value->element[i]);
        json_end_array(writer);
        break;
    }
    json_end_object(writer);
}

void value_add_wire_item(struct json_writer *writer, const struct value *item)
{
    json_begin_object(writer);
    for (size_t i = 0; i < item->count; i++) {
        json_name_text(writer, item->name[i]);
        value_add_wire(writer, &item->element[i]);
    }
    json_end_object(writer);
}
