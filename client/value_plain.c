#include "client/value.h"

#include "client/value_read.h"

static const struct tag {
    const char *name;
    enum value_type type;
} tag_table[] = {
    {"$b", VALUE_B},
    {"$bs", VALUE_BS},
    {"$m", VALUE_M},
    {"$ns", VALUE_NS},
    {"$ss", VALUE_SS},
};

static const struct tag *find_tag(struct text name)
{
    for (size_t i = 0; i < sizeof tag_table / sizeof *tag_table; i++)
        if (text_is(name, tag_table[i].name))
            return &tag_table[i];
    return NULL;
}

static bool read_tagged(struct value_reader *reader, const struct json *json,
    const struct value_place *place, const struct tag *tag, struct value *out)
{
    if (tag->type == VALUE_M) {
        if (json->kind == JSON_OBJECT)
            return value_read_map(reader, json, place, out);
        return value_read_fail(reader, place, "$m must hold an object");
    }
    if (tag->type == VALUE_B) {
        if (json->kind == JSON_STRING)
            return value_read_scalar(reader, json->text, place, VALUE_B, out);
        return value_read_fail(reader, place, "$b must hold a string in base64");
    }
    if (json->kind != JSON_ARRAY)
        return value_read_fail(reader, place, "%s must hold an array", tag->name);
    return value_read_set(reader, json, place, tag->type,
        tag->type == VALUE_NS ? JSON_NUMBER : JSON_STRING, out);
}

static bool read_plain(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out)
{
    const struct tag *tag;

    switch (json->kind) {
    case JSON_NULL:
        *out = (struct value){.type = VALUE_NULL};
        return true;
    case JSON_FALSE:
    case JSON_TRUE:
        *out = (struct value){.type = VALUE_BOOL, .boolean = json->kind == JSON_TRUE};
        return true;
    case JSON_NUMBER:
        return value_read_scalar(reader, json->text, place, VALUE_N, out);
    case JSON_STRING:
        return value_read_scalar(reader, json->text, place, VALUE_S, out);
    case JSON_ARRAY:
        return value_read_list(reader, json, place, out);
    case JSON_OBJECT:
        break;
    }
    tag = json->count == 1 ? find_tag(json->first->name) : NULL;
    if (tag)
        return read_tagged(reader, json->first, place, tag, out);
    return value_read_map(reader, json, place, out);
}

static bool read_item(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out)
{
    if (json->kind == JSON_OBJECT)
        return value_read_map(reader, json, place, out);
    return value_read_fail(reader, place, "an item is a map");
}

static struct value *read_root(const struct json *json, struct arena *arena,
    bool (*read)(struct value_reader *reader, const struct json *json,
        const struct value_place *place, struct value *out),
    struct error *err)
{
    struct value_reader reader = {.arena = arena, .err = err, .read = read_plain};
    struct value *value = arena_alloc(arena, 1, sizeof *value);
    bool good;

    if (!value) {
        arena_failed(arena, err);
        return NULL;
    }
    buf_init(&reader.scratch, VALUE_BINARY_LIMIT);
    good = read(&reader, json, NULL, value);
    buf_done(&reader.scratch);
    return good ? value : NULL;
}

struct value *value_from_plain(const struct json *json, struct arena *arena, struct error *err)
{
    return read_root(json, arena, read_plain, err);
}

struct value *value_from_plain_item(const struct json *json, struct arena *arena, struct error *err)
{
    return read_root(json, arena, read_item, err);
}

static void add_number(struct json_writer *writer, struct text number)
{
    json_raw(writer, TEXT(""));
    value_add_number(writer->out, number);
}

static void add_map(struct json_writer *writer, const struct value *map)
{
    /* A map that looks like a tag would come back as something else. */
    bool wrap = map->count == 1 && find_tag(map->name[0]);

    if (wrap) {
        json_begin_object(writer);
        json_name(writer, "$m");
    }
    json_begin_object(writer);
    for (size_t i = 0; i < map->count; i++) {
        json_name_text(writer, map->name[i]);
        value_add_plain(writer, &map->element[i]);
    }
    json_end_object(writer);
    if (wrap)
        json_end_object(writer);
}

static void add_set(struct json_writer *writer, const struct value *set)
{
    json_begin_object(writer);
    json_name(writer, set->type == VALUE_SS ? "$ss" : set->type == VALUE_NS ? "$ns" : "$bs");
    json_begin_array(writer);
    for (size_t i = 0; i < set->count; i++) {
        struct text text = set->element[i].text;

        if (set->type == VALUE_SS)
            json_string(writer, text);
        else if (set->type == VALUE_NS)
            add_number(writer, text);
        else
            value_add_base64(writer, text);
    }
    json_end_array(writer);
    json_end_object(writer);
}

void value_add_plain(struct json_writer *writer, const struct value *value)
{
    switch (value->type) {
    case VALUE_S:
        json_string(writer, value->text);
        break;
    case VALUE_N:
        add_number(writer, value->text);
        break;
    case VALUE_B:
        json_begin_object(writer);
        json_name(writer, "$b");
        value_add_base64(writer, value->text);
        json_end_object(writer);
        break;
    case VALUE_BOOL:
        json_bool(writer, value->boolean);
        break;
    case VALUE_NULL:
        json_null(writer);
        break;
    case VALUE_L:
        json_begin_array(writer);
        for (size_t i = 0; i < value->count; i++)
            value_add_plain(writer, &value->element[i]);
        json_end_array(writer);
        break;
    case VALUE_M:
        add_map(writer, value);
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        add_set(writer, value);
        break;
    }
}
