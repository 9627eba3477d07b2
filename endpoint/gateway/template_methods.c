#include <string.h>

#include "endpoint/gateway/template_text.h"

/* Methods of lists, maps and numbers, and the table of all methods (gateway.md 9.2). */

static struct template_value any_to_string(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return template_text(template_to_text(machine, self));
}

static struct template_value any_equals(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(
        self->kind == argument->kind && template_is_equal(machine, self, argument));
}

static struct template_value number_int(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct text digits, whole;
    int64_t value;

    (void)argument, (void)count;
    if (self->kind == VALUE_INTEGER)
        return *self;
    if (self->kind != VALUE_DECIMAL)
        return template_missing();
    digits = whole = self->text;
    text_take_until(&digits, '.', &whole);
    if (text_to_integer(whole, INT64_MIN, INT64_MAX, &value))
        return template_integer(value);
    template_break(machine, ERROR_USAGE, "intValue is out of range");
    return template_null();
}

static struct template_value object_size(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)machine, (void)argument, (void)count;
    return template_integer((int64_t)self->object->count);
}

static struct template_value object_empty(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)machine, (void)argument, (void)count;
    return template_bool(self->object->count == 0);
}

static bool check_index(struct template_machine *machine, const struct template_object *object,
    const struct template_value *index, size_t limit)
{
    (void)object;
    if (index->kind == VALUE_INTEGER && index->integer >= 0 && (uint64_t)index->integer < limit)
        return true;
    return template_break(machine, ERROR_USAGE, "the index is outside of the list");
}

static struct template_value list_get(struct template_machine *machine, struct template_value *self,
    struct template_value *argument, size_t count)
{
    (void)count;
    if (!check_index(machine, self->object, argument, self->object->count))
        return template_null();
    return self->object->entry[argument->integer].value;
}

static struct template_value list_add(struct template_machine *machine, struct template_value *self,
    struct template_value *argument, size_t count)
{
    size_t at = self->object->count;

    if (count == 2) {
        if (!check_index(machine, self->object, argument, self->object->count + 1))
            return template_null();
        at = (size_t)argument->integer;
    }
    if (!template_spend(machine, 0) ||
        !template_list_insert(machine, self->object, at, argument[count - 1]))
        return template_null();
    return template_bool(true);
}

static struct template_value list_add_all(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct template_object *from = argument->object;
    size_t number;

    (void)count;
    if (argument->kind != VALUE_LIST || !template_open(machine, from))
        return template_bool(false);
    number = from->count;
    for (size_t i = 0; i < number && template_spend(machine, 0); i++)
        if (!template_list_insert(machine, self->object, self->object->count, from->entry[i].value))
            break;
    return template_bool(number > 0);
}

static struct template_value list_set(struct template_machine *machine, struct template_value *self,
    struct template_value *argument, size_t count)
{
    struct template_value before;

    (void)count;
    if (!check_index(machine, self->object, argument, self->object->count))
        return template_null();
    before = self->object->entry[argument->integer].value;
    self->object->entry[argument->integer].value = argument[1];
    return before;
}

static size_t list_find(struct template_machine *machine, struct template_value *self,
    struct template_value *wanted)
{
    for (size_t i = 0; i < self->object->count && template_spend(machine, 0); i++)
        if (template_is_equal(machine, &self->object->entry[i].value, wanted))
            return i;
    return SIZE_MAX;
}

static struct template_value list_remove(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct template_value before;
    size_t at;

    (void)count;
    if (argument->kind != VALUE_INTEGER) {
        at = list_find(machine, self, argument);
        if (at != SIZE_MAX)
            template_remove_at(self->object, at);
        return template_bool(at != SIZE_MAX);
    }
    if (!check_index(machine, self->object, argument, self->object->count))
        return template_null();
    before = self->object->entry[argument->integer].value;
    template_remove_at(self->object, (size_t)argument->integer);
    return before;
}

static struct template_value list_contains(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_bool(list_find(machine, self, argument) != SIZE_MAX);
}

static struct template_value list_index_of(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    size_t at = list_find(machine, self, argument);

    (void)count;
    return template_integer(at == SIZE_MAX ? -1 : (int64_t)at);
}

static struct template_value map_get_key(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)count;
    return template_map_get(machine, self->object, template_to_text(machine, argument));
}

static struct template_value map_put(struct template_machine *machine, struct template_value *self,
    struct template_value *argument, size_t count)
{
    struct text key = template_to_text(machine, argument);
    struct template_value before = template_map_get(machine, self->object, key);

    (void)count;
    template_spend(machine, self->object->count);
    template_map_put(machine, self->object, key, argument[1]);
    return before.kind == VALUE_MISSING ? template_null() : before;
}

static struct template_value map_put_all(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct template_object *from = argument->object;

    (void)count;
    if (argument->kind != VALUE_MAP || !template_open(machine, from))
        return template_null();
    for (size_t i = 0; i < from->count && template_spend(machine, self->object->count); i++)
        if (!template_map_put(machine, self->object, from->entry[i].key, from->entry[i].value))
            break;
    return template_null();
}

static struct template_value map_remove_key(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct text key = template_to_text(machine, argument);

    (void)count;
    for (size_t i = 0; i < self->object->count; i++) {
        if (text_equal(self->object->entry[i].key, key)) {
            struct template_value before = self->object->entry[i].value;

            template_remove_at(self->object, i);
            return before;
        }
    }
    return template_null();
}

static struct template_value map_contains_key(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    struct template_value found =
        template_map_get(machine, self->object, template_to_text(machine, argument));

    (void)count;
    return template_bool(!template_is_nothing(&found));
}

enum part { PART_KEY, PART_VALUE, PART_BOTH };

static struct template_value map_parts(struct template_machine *machine,
    struct template_value *self, enum part part)
{
    struct template_value list = template_new_object(machine, false);

    for (size_t i = 0;
         list.object && i < self->object->count && template_spend(machine, 0) && !machine->failed;
         i++) {
        struct template_entry entry = self->object->entry[i];
        struct template_value value = part == PART_KEY ? template_text(entry.key) : entry.value;

        if (part == PART_BOTH) {
            value = template_new_object(machine, true);
            if (!value.object)
                break;
            template_map_put(machine, value.object, TEXT("key"), template_text(entry.key));
            template_map_put(machine, value.object, TEXT("value"), entry.value);
        }
        template_list_insert(machine, list.object, i, value);
    }
    return list;
}

static struct template_value map_keys(struct template_machine *machine, struct template_value *self,
    struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return map_parts(machine, self, PART_KEY);
}

static struct template_value map_values(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return map_parts(machine, self, PART_VALUE);
}

static struct template_value map_entries(struct template_machine *machine,
    struct template_value *self, struct template_value *argument, size_t count)
{
    (void)argument, (void)count;
    return map_parts(machine, self, PART_BOTH);
}

enum { ON_TEXT = 1, ON_LIST = 2, ON_MAP = 4, ON_NUMBER = 8, ON_ANY = 15 };

static const struct {
    const char *name;
    unsigned on;
    size_t minimum, maximum; /* arguments */
    template_method *call;
} method_table[] = {
    {"add", ON_LIST, 1, 2, list_add},
    {"addAll", ON_LIST, 1, 1, list_add_all},
    {"concat", ON_TEXT, 1, 1, template_text_concat},
    {"contains", ON_LIST, 1, 1, list_contains},
    {"contains", ON_TEXT, 1, 1, template_text_contains},
    {"containsKey", ON_MAP, 1, 1, map_contains_key},
    {"containsValue", ON_MAP, 1, 1, list_contains},
    {"endsWith", ON_TEXT, 1, 1, template_text_ends},
    {"entrySet", ON_MAP, 0, 0, map_entries},
    {"equals", ON_ANY, 1, 1, any_equals},
    {"equalsIgnoreCase", ON_TEXT, 1, 1, template_text_equals_fold},
    {"get", ON_LIST, 1, 1, list_get},
    {"get", ON_MAP, 1, 1, map_get_key},
    {"indexOf", ON_LIST, 1, 1, list_index_of},
    {"indexOf", ON_TEXT, 1, 1, template_text_index_of},
    {"intValue", ON_NUMBER, 0, 0, number_int},
    {"isEmpty", ON_LIST | ON_MAP, 0, 0, object_empty},
    {"isEmpty", ON_TEXT, 0, 0, template_text_empty},
    {"keySet", ON_MAP, 0, 0, map_keys},
    {"lastIndexOf", ON_TEXT, 1, 1, template_text_last_index_of},
    {"length", ON_TEXT, 0, 0, template_text_length},
    {"matches", ON_TEXT, 1, 1, template_text_matches},
    {"put", ON_MAP, 2, 2, map_put},
    {"putAll", ON_MAP, 1, 1, map_put_all},
    {"remove", ON_LIST, 1, 1, list_remove},
    {"remove", ON_MAP, 1, 1, map_remove_key},
    {"replace", ON_TEXT, 2, 2, template_text_replace},
    {"replaceAll", ON_TEXT, 2, 2, template_text_replace_all},
    {"replaceFirst", ON_TEXT, 2, 2, template_text_replace_first},
    {"set", ON_LIST, 2, 2, list_set},
    {"size", ON_LIST | ON_MAP, 0, 0, object_size},
    {"split", ON_TEXT, 1, 1, template_text_split},
    {"startsWith", ON_TEXT, 1, 1, template_text_starts},
    {"substring", ON_TEXT, 1, 2, template_text_substring},
    {"toLowerCase", ON_TEXT, 0, 0, template_text_lower},
    {"toString", ON_ANY, 0, 0, any_to_string},
    {"toUpperCase", ON_TEXT, 0, 0, template_text_upper},
    {"trim", ON_TEXT, 0, 0, template_text_trimmed},
    {"values", ON_MAP, 0, 0, map_values},
};

enum { METHODS = sizeof method_table / sizeof *method_table };

bool template_method_exists(struct text name)
{
    for (size_t i = 0; i < METHODS; i++)
        if (text_is(name, method_table[i].name))
            return true;
    return false;
}

static unsigned kind_of(const struct template_value *value)
{
    switch (value->kind) {
    case VALUE_TEXT:
        return ON_TEXT;
    case VALUE_LIST:
        return ON_LIST;
    case VALUE_MAP:
        return ON_MAP;
    case VALUE_INTEGER:
    case VALUE_DECIMAL:
    case VALUE_BOOL:
        return ON_NUMBER;
    case VALUE_MISSING:
    case VALUE_NULL:
    case VALUE_BLOCK:
    case VALUE_LOOP:
    case VALUE_INPUT:
    case VALUE_UTIL:
        break;
    }
    return 0;
}

struct template_value template_call(struct template_machine *machine, struct template_value *value,
    struct text name, struct template_value *argument, size_t count)
{
    unsigned kind = kind_of(value);

    if ((kind & (ON_LIST | ON_MAP)) && !template_open(machine, value->object))
        return template_null();
    for (size_t i = 0; i < METHODS; i++)
        if ((method_table[i].on & kind) && count >= method_table[i].minimum &&
            count <= method_table[i].maximum && text_is(name, method_table[i].name))
            return template_spend(machine, 0)
                       ? method_table[i].call(machine, value, argument, count)
                       : template_null();
    return template_missing();
}
