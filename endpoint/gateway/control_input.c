#include <string.h>

#include "client/http.h"
#include "endpoint/gateway/control.h"

/* What a request to a control plane brings: body members and query parameters. */

enum { TEXT_LIMIT = 64 * 1024 * 1024, MESSAGE_LIMIT = 8192 };

const char *control_input_name(struct control *call)
{
    char *name = arena_format(call->arena, "%sInput", call->operation->name);

    if (!name)
        return "input";
    if (name[0] >= 'A' && name[0] <= 'Z')
        name[0] = (char)(name[0] - 'A' + 'a');
    return name;
}

bool control_is_choice(const char *choices, struct text text)
{
    struct text rest = text_of(choices), one;

    if (text.length == 0)
        return text_ends_with(rest, TEXT("|"));
    while (text_take_field(&rest, '|', &one))
        if (text_equal(one, text))
            return true;
    return false;
}

bool control_fail_choice(struct control *call, const char *where, const char *name,
    struct text value, const char *choices)
{
    struct buf list;

    buf_init(&list, MESSAGE_LIMIT);
    for (const char *at = choices; *at; at++) {
        if (*at == '|')
            buf_add_string(&list, at[1] ? ", " : "");
        else
            buf_add_char(&list, *at);
    }
    control_fail(call, call->is_http ? CONTROL_BAD_REQUEST : CONTROL_VALIDATION,
        "1 validation error detected: Value '%.*s' at '%s.%s' failed to satisfy constraint: Member "
        "must satisfy enum value set: [%s]",
        (int)value.length, value.data, where, name, buf_string(&list));
    buf_done(&list);
    return false;
}

const char *control_java_class(const struct json *node)
{
    switch (node->kind) {
    case JSON_TRUE:
    case JSON_FALSE:
        return "java.lang.Boolean";
    case JSON_NUMBER:
        return memchr(node->text.data, '.', node->text.length) ? "java.lang.Double"
                                                               : "java.lang.Integer";
    case JSON_STRING:
        return "java.lang.String";
    case JSON_ARRAY:
        return "java.util.ArrayList";
    case JSON_OBJECT:
        return "java.util.LinkedHashMap";
    case JSON_NULL:
        break;
    }
    return "null";
}

static const char *wanted_class(enum control_kind kind)
{
    static const char *const class_table[] = {
        [CONTROL_TEXT] = "an String",
        [CONTROL_BOOL] = "a Boolean",
        [CONTROL_INTEGER] = "an Integer",
        [CONTROL_DOUBLE] = "a Double",
        [CONTROL_TEXTS] = "a List",
        [CONTROL_TEXT_MAP] = "a Map",
        [CONTROL_BOOL_MAP] = "a Map",
        [CONTROL_OBJECT] = "an Object",
    };

    return class_table[kind];
}

static bool is_boolean(const struct json *node)
{
    return node->kind == JSON_TRUE || node->kind == JSON_FALSE;
}

/* The node, or an element of it, that has the wrong type; NULL when all is well. */
static const struct json *wrong_type(const struct json *node, enum control_kind kind,
    enum control_kind *wanted)
{
    int64_t integer;

    *wanted = kind;
    switch (kind) {
    case CONTROL_TEXT:
        return node->kind == JSON_STRING ? NULL : node;
    case CONTROL_BOOL:
        return is_boolean(node) ? NULL : node;
    case CONTROL_INTEGER:
        return node->kind == JSON_NUMBER &&
                       text_to_integer(node->text, INT32_MIN, INT32_MAX, &integer)
                   ? NULL
                   : node;
    case CONTROL_DOUBLE:
        return node->kind == JSON_NUMBER ? NULL : node;
    case CONTROL_OBJECT:
        return node->kind == JSON_OBJECT ? NULL : node;
    case CONTROL_TEXTS:
    case CONTROL_TEXT_MAP:
    case CONTROL_BOOL_MAP:
        break;
    }
    if (node->kind != (kind == CONTROL_TEXTS ? JSON_ARRAY : JSON_OBJECT))
        return node;
    *wanted = kind == CONTROL_BOOL_MAP ? CONTROL_BOOL : CONTROL_TEXT;
    for (const struct json *child = node->first; child; child = child->next) {
        if (child->kind == JSON_NULL && kind != CONTROL_TEXTS)
            continue; /* a template of null is an empty one */
        if (*wanted == CONTROL_BOOL ? !is_boolean(child) : child->kind != JSON_STRING)
            return child;
    }
    return NULL;
}

static bool take_member(struct control *call, const struct json *value, const char *where,
    const struct control_member *member, struct json *target)
{
    enum control_kind wanted;
    const struct json *wrong = wrong_type(value, member->kind, &wanted);
    struct json *copy;

    if (wrong)
        return control_fail(call, CONTROL_SERIALIZATION, "class %s can not be converted to %s",
            control_java_class(wrong), wanted_class(wanted));
    if ((value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) && value->count == 0)
        return true;
    if (member->choices && value->kind == JSON_STRING &&
        !control_is_choice(member->choices, value->text))
        return control_fail_choice(call, where, member->name, value->text, member->choices);
    copy = draft_copy(&call->draft, value);
    draft_set(&call->draft, target, member->name, copy);
    for (struct json *child = copy ? copy->first : NULL; child; child = child->next)
        if (child->kind == JSON_NULL)
            *child = (struct json){.kind = JSON_STRING,
                .text = TEXT(""),
                .name = child->name,
                .next = child->next};
    return true;
}

bool control_take(struct control *call, const struct json *from, const char *where,
    const struct control_member *member, size_t count, struct json *target)
{
    if (!where)
        where = control_input_name(call);
    for (size_t i = 0; i < count; i++) {
        const struct json *value = json_member(from, member[i].name);

        if (value && value->kind != JSON_NULL) {
            if (!take_member(call, value, where, &member[i], target))
                return false;
        } else if (member[i].required) {
            return control_fail(call, call->is_http ? CONTROL_BAD_REQUEST : CONTROL_VALIDATION,
                "1 validation error detected: Value null at '%s.%s' failed to satisfy constraint: "
                "Member must not be null",
                where, member[i].name);
        }
    }
    return true;
}

bool control_decode(struct control *call, struct text raw, bool plus, struct text *out)
{
    struct buf buf;
    bool good;

    buf_init(&buf, TEXT_LIMIT);
    good = http_add_decoded(&buf, raw, plus) && !buf.failure;
    if (good) {
        *out = arena_text(call->arena, buf_view(&buf));
        good = out->data;
    }
    buf_done(&buf);
    return good;
}

struct text control_query(struct control *call, const char *name)
{
    struct text rest = exchange_request(call->exchange)->query, part, key, value;

    while (text_take_field(&rest, '&', &part)) {
        value = part;
        if (!text_take_until(&value, '=', &key)) {
            key = part;
            value = TEXT("");
        }
        if (text_is(key, name) && control_decode(call, value, true, &value))
            return value;
    }
    return (struct text){NULL, 0};
}

bool control_query_has(struct control *call, const char *name, const char *value)
{
    struct text rest = exchange_request(call->exchange)->query, part, key, list, one;

    while (text_take_field(&rest, '&', &part)) {
        if (!text_take_until(&part, '=', &key) || !text_is(key, name) ||
            !control_decode(call, part, true, &list))
            continue;
        while (text_take_field(&list, ',', &one))
            if (text_is(one, value))
                return true;
    }
    return false;
}
