#include "endpoint/gateway/template_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

enum { MESSAGE = 300, BYTES_PER_STEP = 256 };

bool template_break(struct template_machine *machine, enum error_code code, const char *format, ...)
{
    char message[MESSAGE];
    va_list list;

    if (machine->failed)
        return false;
    machine->failed = true;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    error_set(machine->err, code, "%s", message);
    return false;
}

bool template_spend(struct template_machine *machine, size_t bytes)
{
    size_t steps = 1 + bytes / BYTES_PER_STEP;

    if (machine->failed)
        return false;
    if (steps > (size_t)(TEMPLATE_STEPS - machine->steps))
        return template_break(machine, ERROR_LIMIT, "the template takes more than %d steps",
            TEMPLATE_STEPS);
    machine->steps += (unsigned)steps;
    return true;
}

static bool no_memory(struct template_machine *machine)
{
    if (!machine->failed)
        arena_failed(machine->arena, machine->err);
    machine->failed = true;
    return false;
}

struct template_value template_null(void)
{
    return (struct template_value){.kind = VALUE_NULL};
}

struct template_value template_missing(void)
{
    return (struct template_value){.kind = VALUE_MISSING};
}

struct template_value template_bool(bool value)
{
    return (struct template_value){.kind = VALUE_BOOL, .integer = value};
}

struct template_value template_integer(int64_t value)
{
    return (struct template_value){.kind = VALUE_INTEGER, .integer = value};
}

struct template_value template_text(struct text text)
{
    return (struct template_value){.kind = VALUE_TEXT, .text = text};
}

struct template_value template_new_object(struct template_machine *machine, bool is_map)
{
    struct template_object *object = arena_alloc(machine->arena, 1, sizeof *object);

    if (!object) {
        no_memory(machine);
        return template_null();
    }
    object->is_map = is_map;
    return (struct template_value){.kind = is_map ? VALUE_MAP : VALUE_LIST, .object = object};
}

struct template_value template_from_json(struct template_machine *machine, const struct json *node)
{
    struct template_value value;
    int64_t integer;

    if (!node || node->kind == JSON_NULL)
        return template_null();
    if (node->kind == JSON_TRUE || node->kind == JSON_FALSE)
        return template_bool(node->kind == JSON_TRUE);
    if (node->kind == JSON_STRING)
        return template_text(node->text);
    if (node->kind == JSON_NUMBER) {
        if (text_to_integer(node->text, INT64_MIN, INT64_MAX, &integer) &&
            !text_is(node->text, "-0"))
            return template_integer(integer);
        return (struct template_value){.kind = VALUE_DECIMAL, .text = node->text};
    }
    value = template_new_object(machine, node->kind == JSON_OBJECT);
    if (value.object) {
        value.object->from_json = true;
        value.object->source = node;
    }
    return value;
}

static bool reserve(struct template_machine *machine, struct template_object *object, size_t count)
{
    struct template_entry *more;
    size_t capacity = object->capacity ? 2 * object->capacity : 4;

    if (count <= object->capacity)
        return true;
    if (capacity < count)
        capacity = count;
    more = arena_alloc(machine->arena, capacity, sizeof *more);
    if (!more)
        return no_memory(machine);
    if (object->count > 0)
        memcpy(more, object->entry, object->count * sizeof *more);
    object->entry = more;
    object->capacity = capacity;
    return true;
}

bool template_open(struct template_machine *machine, struct template_object *object)
{
    const struct json *source = object->source;

    if (!source)
        return !machine->failed;
    if (!template_spend(machine, source->count * 16) || !reserve(machine, object, source->count))
        return false;
    object->source = NULL;
    for (const struct json *child = source->first; child; child = child->next) {
        struct template_value value = template_from_json(machine, child);

        if (machine->failed)
            return false;
        if (value.kind == VALUE_LIST || value.kind == VALUE_MAP)
            value.object->gentle = object->gentle;
        object->entry[object->count++] =
            (struct template_entry){.key = child->name, .value = value};
    }
    return true;
}

static struct template_entry *find_entry(struct template_object *object, struct text key)
{
    for (size_t i = object->count; i-- > 0;)
        if (text_equal(object->entry[i].key, key))
            return &object->entry[i];
    return NULL;
}

struct template_value template_map_get(struct template_machine *machine,
    struct template_object *object, struct text key)
{
    const struct template_entry *entry;

    if (!template_open(machine, object))
        return template_null();
    entry = find_entry(object, key);
    if (entry)
        return entry->value;
    return object->gentle ? template_null() : template_missing();
}

bool template_map_put(struct template_machine *machine, struct template_object *object,
    struct text key, struct template_value value)
{
    struct template_entry *entry;

    if (!template_open(machine, object))
        return false;
    entry = find_entry(object, key);
    if (entry) {
        entry->value = value;
        return true;
    }
    if (!reserve(machine, object, object->count + 1))
        return false;
    object->entry[object->count++] = (struct template_entry){.key = key, .value = value};
    return true;
}

bool template_list_insert(struct template_machine *machine, struct template_object *object,
    size_t at, struct template_value value)
{
    if (!template_open(machine, object) || !reserve(machine, object, object->count + 1))
        return false;
    memmove(object->entry + at + 1, object->entry + at,
        (object->count - at) * sizeof *object->entry);
    object->entry[at] = (struct template_entry){.key = {NULL, 0}, .value = value};
    object->count++;
    return true;
}

void template_remove_at(struct template_object *object, size_t at)
{
    object->count--;
    memmove(object->entry + at, object->entry + at + 1,
        (object->count - at) * sizeof *object->entry);
}

bool template_is_nothing(const struct template_value *value)
{
    return value->kind == VALUE_MISSING || value->kind == VALUE_NULL;
}

bool template_is_true(const struct template_value *value)
{
    return !template_is_nothing(value) && (value->kind != VALUE_BOOL || value->integer);
}

static bool is_number(const struct template_value *value)
{
    return value->kind == VALUE_INTEGER || value->kind == VALUE_DECIMAL;
}

bool template_is_equal(struct template_machine *machine, const struct template_value *a,
    const struct template_value *b)
{
    struct decimal left, right;

    if (template_is_nothing(a) || template_is_nothing(b))
        return template_is_nothing(a) && template_is_nothing(b);
    if (a->kind == VALUE_INTEGER && b->kind == VALUE_INTEGER)
        return a->integer == b->integer;
    if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL)
        return a->integer == b->integer;
    if (is_number(a) && is_number(b) &&
        decimal_parse(template_to_text(machine, a), &left) == DECIMAL_OK &&
        decimal_parse(template_to_text(machine, b), &right) == DECIMAL_OK)
        return decimal_compare(&left, &right) == 0;
    return text_equal(template_to_text(machine, a), template_to_text(machine, b));
}

void template_add_json(struct template_machine *machine, struct buf *out,
    const struct template_value *value)
{
    struct template_object *object = value->object;
    struct json_writer writer;

    switch (value->kind) {
    case VALUE_TEXT:
        json_add_string(out, value->text);
        return;
    case VALUE_MISSING:
    case VALUE_NULL:
        buf_add_string(out, "null");
        return;
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    case VALUE_BOOL:
    case VALUE_INTEGER:
    case VALUE_DECIMAL:
    case VALUE_BLOCK:
    case VALUE_LOOP:
    case VALUE_INPUT:
    case VALUE_UTIL:
        template_add_value(machine, out, value);
        return;
    }
    if (object->source) {
        json_writer_init(&writer, out);
        json_tree(&writer, object->source);
        return;
    }
    if (++machine->depth > TEMPLATE_NESTING) {
        template_break(machine, ERROR_LIMIT, "a value is nested deeper than %d", TEMPLATE_NESTING);
        return;
    }
    buf_add_char(out, object->is_map ? '{' : '[');
    for (size_t i = 0; i < object->count && !machine->failed; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        if (object->is_map) {
            json_add_string(out, object->entry[i].key);
            buf_add_char(out, ':');
        }
        template_add_json(machine, out, &object->entry[i].value);
    }
    buf_add_char(out, object->is_map ? '}' : ']');
    machine->depth--;
}

/* "{a=1, b=[2, 3]}": as Java prints them; lists that came from JSON print as JSON. */
static void add_object(struct template_machine *machine, struct buf *out,
    const struct template_value *value)
{
    struct template_object *object = value->object;

    if (!object->is_map && object->from_json) {
        template_add_json(machine, out, value);
        return;
    }
    if (!template_open(machine, object) || !template_spend(machine, object->count))
        return;
    if (++machine->depth > TEMPLATE_NESTING) {
        template_break(machine, ERROR_LIMIT, "a value is nested deeper than %d", TEMPLATE_NESTING);
        return;
    }
    buf_add_char(out, object->is_map ? '{' : '[');
    for (size_t i = 0; i < object->count && !machine->failed; i++) {
        const struct template_entry *entry = &object->entry[i];

        if (i > 0)
            buf_add_string(out, ", ");
        if (object->is_map) {
            buf_add_text(out, entry->key);
            buf_add_char(out, '=');
        }
        if (template_is_nothing(&entry->value))
            buf_add_string(out, "null");
        else
            template_add_value(machine, out, &entry->value);
    }
    buf_add_char(out, object->is_map ? '}' : ']');
    machine->depth--;
}

void template_add_value(struct template_machine *machine, struct buf *out,
    const struct template_value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        buf_add_string(out, value->integer ? "true" : "false");
        return;
    case VALUE_INTEGER:
        buf_add_integer(out, value->integer);
        return;
    case VALUE_DECIMAL:
    case VALUE_TEXT:
        buf_add_text(out, value->text);
        return;
    case VALUE_LIST:
    case VALUE_MAP:
        add_object(machine, out, value);
        return;
    case VALUE_MISSING:
    case VALUE_NULL:
    case VALUE_BLOCK:
    case VALUE_LOOP:
    case VALUE_INPUT:
    case VALUE_UTIL:
        return;
    }
}

struct text template_to_text(struct template_machine *machine, const struct template_value *value)
{
    struct text text = TEXT("");
    struct buf out;

    if (value->kind == VALUE_TEXT || value->kind == VALUE_DECIMAL)
        return value->text;
    buf_init(&out, TEMPLATE_OUTPUT);
    template_add_value(machine, &out, value);
    if (out.failure) {
        template_break(machine, out.failure, "a value is too large");
    } else {
        text = arena_text(machine->arena, buf_view(&out));
        if (!text.data) {
            no_memory(machine);
            text = TEXT("");
        }
    }
    buf_done(&out);
    return text;
}
