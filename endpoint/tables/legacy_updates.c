#include "endpoint/tables/legacy.h"

#include "endpoint/tables/attribute.h"
#include "endpoint/tables/schema.h"

#define ACTION_SET "ADD, PUT, DELETE"

void legacy_check_updates(struct request *request)
{
    const struct json *map = request_get(request->body, "AttributeUpdates");

    for (const struct json *node = map ? map->first : NULL;
         node && request->joined_count < LEGACY_JOINED_LIMIT; node = node->next) {
        struct text action = request_text(node, "Action");
        const char *place;

        if (!action.data || request_is_in(action, ACTION_SET))
            continue;
        place = arena_format(request->arena, "attributeUpdates.%.*s.member.action",
            (int)node->name.length, node->name.data);
        if (!place)
            return;
        request_check_enum(request, node, "Action", place, ACTION_SET);
    }
}

static bool can_add(enum value_type type)
{
    return type == VALUE_N || type == VALUE_L || value_is_set(type);
}

/* What the action makes of an attribute. */
static enum update_kind kind_of(struct text action, bool has_value)
{
    if (text_is(action, "ADD"))
        return UPDATE_ADD;
    if (text_is(action, "DELETE"))
        return has_value ? UPDATE_DELETE : UPDATE_REMOVE;
    return UPDATE_SET;
}

static bool read_update(struct request *request, const struct legacy_entry *entry,
    struct update_action *out)
{
    const struct json *json = request_get(entry->json, "Value");
    struct value *value = NULL;

    if (entry->name.length == 0)
        return request_refuse(request, MESSAGE_VALUE_NAME_EMPTY, NULL);
    out->kind = kind_of(request_text(entry->json, "Action"), json);
    out->path = path_new_name(request->arena, entry->name);
    if (!out->path)
        return request_exhausted(request);
    if (!json)
        return out->kind == UPDATE_REMOVE ||
               request_refuse(request, MESSAGE_LEGACY_ONLY_DELETE, NULL);
    value = arena_alloc(request->arena, 1, sizeof *value);
    if (!value)
        return request_exhausted(request);
    if (!attribute_read_value(request, json, value))
        return false;
    if (out->kind == UPDATE_DELETE && !value_is_set(value->type))
        return request_refuse(request, MESSAGE_LEGACY_DELETE_TYPE,
            ARGUMENTS(text_of(value_type_name(value->type))));
    if (out->kind == UPDATE_ADD && !can_add(value->type))
        return request_refuse(request, MESSAGE_LEGACY_ADD_TYPE,
            ARGUMENTS(text_of(value_type_name(value->type))));
    out->operand = expression_new_value(request->arena, value);
    return out->operand || request_exhausted(request);
}

bool legacy_read_updates(struct request *request, struct update **out)
{
    struct legacy_entries entries;
    struct update_action *action;
    struct update *update;

    *out = NULL;
    if (!legacy_read_entries(request, request_get(request->body, "AttributeUpdates"), &entries))
        return false;
    if (entries.count == 0)
        return true;
    update = arena_alloc(request->arena, 1, sizeof *update);
    action = arena_alloc(request->arena, 2 * entries.count, sizeof *action);
    if (!update || !action)
        return request_exhausted(request);
    for (size_t i = 0; i < entries.count; i++)
        if (!read_update(request, &entries.entry[i], &action[i]))
            return false;
    update->action = action + entries.count;
    for (int kind = UPDATE_SET; kind <= UPDATE_DELETE; kind++)
        for (size_t i = 0; i < entries.count; i++)
            if (action[i].kind == (enum update_kind)kind)
                update->action[update->count++] = action[i];
    update->by_attributes = true;
    *out = update;
    return true;
}

bool legacy_check_index_keys(struct request *request, const struct table *table,
    const struct update *update)
{
    struct value *values;

    if (!update || !update->by_attributes || table->index_count == 0)
        return true;
    values = value_new_container(request->arena, VALUE_M, update->count);
    if (!values)
        return request_exhausted(request);
    for (size_t i = 0; i < update->count; i++) {
        if (!update->action[i].operand)
            continue;
        values->name[values->count] = update->action[i].path->part[0].name;
        values->element[values->count++] = *update->action[i].operand->value;
    }
    value_sort(values);
    return schema_check_index_keys(request, table, values);
}
