#include "endpoint/tables/expressions.h"

#include <string.h>

#include "endpoint/tables/attribute.h"

enum { KEY_LIST_LIMIT = 64 * 1024, MAPS_LIMIT = 2 * 1024 * 1024 };

struct expression_record {
    unsigned flag;
    const char *name;
    bool has_values; /* may use ExpressionAttributeValues */
};

/* In the order they are checked. */
static const struct expression_record expression_table[] = {
    {EXPRESSIONS_UPDATE, "UpdateExpression", true},
    {EXPRESSIONS_CONDITION, "ConditionExpression", true},
    {EXPRESSIONS_KEY, "KeyConditionExpression", true},
    {EXPRESSIONS_FILTER, "FilterExpression", true},
    {EXPRESSIONS_PROJECTION, "ProjectionExpression", false},
};
enum { EXPRESSION_COUNT = sizeof expression_table / sizeof expression_table[0] };

static const char names_member[] = "ExpressionAttributeNames";
static const char values_member[] = "ExpressionAttributeValues";

static void add_name(struct buf *list, const char *name)
{
    if (list->length > 0)
        buf_add_string(list, ", ");
    buf_add_string(list, name);
}

/* KeyConditions may stand beside the other expressions of a Query. */
static bool is_key_alone(const struct json *object, const char *older)
{
    return text_is(text_of(older), "KeyConditions") &&
           !request_get(object, "KeyConditionExpression");
}

static bool check_styles(struct request *request, const struct json *object, unsigned wanted,
    const char *const *older)
{
    static const struct expression_record *const listed[EXPRESSION_COUNT] = {&expression_table[0],
        &expression_table[1], &expression_table[4], &expression_table[3], &expression_table[2]};
    bool mixed = false;
    struct buf old, new;

    buf_init(&old, KEY_LIST_LIMIT);
    buf_init(&new, KEY_LIST_LIMIT);
    for (; older && *older; older++)
        if (request_get(object, *older) && !is_key_alone(object, *older))
            add_name(&old, *older);
    for (size_t i = 0; i < EXPRESSION_COUNT; i++)
        if ((wanted & listed[i]->flag) && request_get(object, listed[i]->name))
            add_name(&new, listed[i]->name);
    mixed = old.length > 0 && new.length > 0;
    if (mixed)
        request_refuse(request, MESSAGE_MIXED_STYLES, ARGUMENTS(buf_view(&old), buf_view(&new)));
    buf_done(&old);
    buf_done(&new);
    return !mixed;
}

/* A map of placeholders is there, but no expression that could use it. */
static bool check_alone(struct request *request, const struct json *object, unsigned wanted,
    const char *member, bool values)
{
    static const struct {
        unsigned flag;
        const char *name;
    } listed[] = {
        {EXPRESSIONS_UPDATE, "UpdateExpression"},
        {EXPRESSIONS_CONDITION, "ConditionExpression"},
        {EXPRESSIONS_FILTER, "FilterExpression"},
        {EXPRESSIONS_KEY, "KeyConditionExpression"},
    };
    struct buf absent;
    size_t count = 0;

    if (!request_get(object, member))
        return true;
    for (size_t i = 0; i < EXPRESSION_COUNT; i++)
        if ((wanted & expression_table[i].flag) && (!values || expression_table[i].has_values) &&
            request_get(object, expression_table[i].name))
            return true;
    if (!values)
        return request_refuse(request, MESSAGE_NAMES_ALONE, NULL);
    buf_init(&absent, KEY_LIST_LIMIT);
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        if (!(wanted & listed[i].flag))
            continue;
        if (count++ > 0)
            buf_add_string(&absent, " and ");
        buf_add_string(&absent, listed[i].name);
    }
    buf_add_string(&absent, count > 1 ? " are null" : " is null");
    request_refuse(request, MESSAGE_VALUES_ALONE, ARGUMENTS(buf_view(&absent)));
    buf_done(&absent);
    return false;
}

static bool is_placeholder(struct text key, char mark)
{
    for (size_t i = 1; i < key.length; i++) {
        char c = key.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_'))
            return false;
    }
    return key.length > 1 && key.length <= 255 && key.data[0] == mark;
}

static bool check_keys(struct request *request, const struct json *map, const char *member,
    char mark)
{
    if (map->count == 0)
        return request_refuse(request, MESSAGE_MAP_EMPTY, ARGUMENTS(text_of(member)));
    for (const struct json *node = map->first; node; node = node->next)
        if (!is_placeholder(node->name, mark))
            return request_refuse(request, MESSAGE_MAP_KEY, ARGUMENTS(text_of(member), node->name));
    return true;
}

static bool read_values(struct request *request, const struct json *map, struct expressions *out)
{
    struct attribute_fault fault;
    struct text place = text_make("", 0);

    attribute_fault_init(&fault, request_style(request));
    out->placeholders.values = attribute_read_map(map, request->arena, &fault, &place);
    if (fault.exhausted)
        request_exhausted(request);
    else if (!out->placeholders.values)
        request_refuse(request, MESSAGE_VALUE_OF_KEY, ARGUMENTS(buf_view(&fault.text), place));
    attribute_fault_done(&fault);
    return out->placeholders.values;
}

/* Both maps together, however much of them the expressions use (tables.md 3). */
static bool check_size(struct request *request, const struct json *names,
    const struct value *values)
{
    size_t size = values ? value_item_size(values) : 0;

    for (const struct json *node = names ? names->first : NULL; node; node = node->next)
        size += node->name.length + node->text.length;
    return size <= MAPS_LIMIT || request_refuse(request, MESSAGE_MAPS_SIZE,
                                     ARGUMENTS(request_number(request, (int64_t)size)));
}

bool expressions_prepare(struct request *request, const struct json *object, unsigned wanted,
    const char *const *older, struct expressions *out)
{
    const struct json *names = request_get(object, names_member);
    const struct json *values = request_get(object, values_member);
    struct placeholders *placeholders = &out->placeholders;

    *out = (struct expressions){0};
    if (!(wanted & ~(unsigned)EXPRESSIONS_PROJECTION))
        values = NULL; /* not a member of this operation */
    if (!check_styles(request, object, wanted, older) ||
        (names && !check_alone(request, object, wanted, names_member, false)) ||
        (values && !check_alone(request, object, wanted, values_member, true)))
        return false;
    if (names && !check_keys(request, names, names_member, '#'))
        return false;
    if (values &&
        (!check_keys(request, values, values_member, ':') || !read_values(request, values, out)))
        return false;
    if (!check_size(request, names, placeholders->values))
        return false;
    placeholders->names = names;
    if (names)
        placeholders->names_used =
            arena_alloc(request->arena, names->count, sizeof *placeholders->names_used);
    if (values)
        placeholders->values_used = arena_alloc(request->arena, placeholders->values->count + 1,
            sizeof *placeholders->values_used);
    if ((names && !placeholders->names_used) || (values && !placeholders->values_used))
        return request_exhausted(request);
    return true;
}

/* Sentences about key conditions alone had no prefix once. */
static bool refuse_expression(struct request *request, struct text sentence)
{
    static const struct text prefix = {"Invalid KeyConditionExpression: ", 32};
    struct text rest = text_slice(sentence, prefix.length, sentence.length);

    if (text_starts_with(sentence, prefix) &&
        (text_starts_with(rest, TEXT("KeyConditionExpressions ")) ||
            text_starts_with(rest, TEXT("Invalid operator used in ")) ||
            text_starts_with(rest, TEXT("Invalid condition in "))))
        return request_refuse(request, MESSAGE_KEY_EXPRESSION, ARGUMENTS(rest));
    return request_refuse(request, MESSAGE_EXPRESSION, ARGUMENTS(sentence));
}

static bool parse_one(struct request *request, unsigned flag, struct text source, const char *name,
    struct expressions *out)
{
    struct error err = {0};
    struct arena *arena = request->arena;
    struct placeholders *placeholders = &out->placeholders;
    const void *tree = NULL;

    switch (flag) {
    case EXPRESSIONS_UPDATE:
        tree = out->update = expression_parse_update(source, placeholders, arena, &err);
        break;
    case EXPRESSIONS_CONDITION:
        tree = out->condition = expression_parse_condition(source, name, placeholders, arena, &err);
        break;
    case EXPRESSIONS_KEY:
        tree = out->key = expression_parse_key_condition(source, placeholders, arena, &err);
        break;
    case EXPRESSIONS_FILTER:
        tree = out->filter = expression_parse_condition(source, name, placeholders, arena, &err);
        break;
    case EXPRESSIONS_PROJECTION:
        tree = out->projection = expression_parse_projection(source, placeholders, arena, &err);
        break;
    }
    if (tree)
        return true;
    if (err.code == ERROR_INVALID || err.code == ERROR_USAGE)
        return refuse_expression(request,
            placeholders->sentence.data ? placeholders->sentence : text_of(err.text));
    return request_exhausted(request);
}

/* keys: unused ones, in the order sent. */
static bool refuse_unused(struct request *request, const char *member, struct buf *keys)
{
    if (keys->length > 0)
        request_refuse(request, MESSAGE_UNUSED, ARGUMENTS(text_of(member), buf_view(keys)));
    return keys->length == 0;
}

static void add_key(struct buf *keys, struct text key)
{
    if (keys->length > 0)
        buf_add_string(keys, ", ");
    buf_add_text(keys, key);
}

static bool is_value_used(const struct placeholders *placeholders, struct text key)
{
    for (size_t i = 0; i < placeholders->values->count; i++)
        if (text_equal(placeholders->values->name[i], key))
            return placeholders->values_used[i];
    return true;
}

static bool check_used(struct request *request, const struct json *object,
    const struct expressions *expressions)
{
    const struct placeholders *placeholders = &expressions->placeholders;
    const struct json *values = request_get(object, values_member);
    bool used = true;
    struct buf keys;
    size_t at = 0;

    buf_init(&keys, KEY_LIST_LIMIT);
    if (placeholders->names)
        for (const struct json *node = placeholders->names->first; node; node = node->next, at++)
            if (!placeholders->names_used[at] &&
                json_member_text(placeholders->names, node->name) == node)
                add_key(&keys, node->name);
    used = refuse_unused(request, names_member, &keys);
    if (used && placeholders->values) {
        for (const struct json *node = values->first; node; node = node->next)
            if (!is_value_used(placeholders, node->name))
                add_key(&keys, node->name);
        used = refuse_unused(request, values_member, &keys);
    }
    buf_done(&keys);
    return used;
}

bool expressions_parse(struct request *request, const struct json *object, unsigned wanted,
    struct expressions *out)
{
    for (size_t i = 0; i < EXPRESSION_COUNT; i++) {
        const struct expression_record *record = &expression_table[i];
        struct text source = request_text(object, record->name);

        if ((wanted & record->flag) && source.data &&
            !parse_one(request, record->flag, source, record->name, out))
            return false;
    }
    return check_used(request, object, out);
}

bool expressions_read(struct request *request, const struct json *object, unsigned wanted,
    const char *const *older, struct expressions *out)
{
    return expressions_prepare(request, object, wanted, older, out) &&
           expressions_parse(request, object, wanted, out);
}

bool expressions_each_path(const struct expression *expression, expressions_visitor *found,
    void *user)
{
    if (!expression)
        return true;
    if (expression->kind == EXPRESSION_PATH)
        return found(user, expression->path);
    for (size_t i = 0; i < expression->count; i++)
        if (!expressions_each_path(expression->operand[i], found, user))
            return false;
    return true;
}
