#include "endpoint/gateway/control_patch.h"

#include <string.h>

enum { MESSAGE_LIMIT = 8192 };

static const struct {
    const char *name;
    unsigned op; /* 0: known to the model, done by no resource */
} op_table[] = {
    {"add", PATCH_ADD},
    {"remove", PATCH_REMOVE},
    {"move", 0},
    {"test", 0},
    {"replace", PATCH_REPLACE},
    {"copy", PATCH_COPY},
};

enum { OPS = sizeof op_table / sizeof *op_table };

/* RFC 6901: ~1 is a slash, ~0 a tilde. */
static struct text decode_part(struct control *call, struct text part)
{
    struct text copy = arena_text(call->arena, part);
    char *out;
    size_t length = 0;

    if (!copy.data) {
        call->draft.failed = true;
        return part;
    }
    if (!memchr(part.data, '~', part.length))
        return copy;
    out = arena_alloc(call->arena, part.length + 1, 1);
    if (!out) {
        call->draft.failed = true;
        return part;
    }
    for (size_t i = 0; i < part.length; i++) {
        bool escape = part.data[i] == '~' && i + 1 < part.length &&
                      (part.data[i + 1] == '0' || part.data[i + 1] == '1');

        out[length++] = escape ? (part.data[i + 1] == '1' ? '/' : '~') : part.data[i];
        i += escape;
    }
    return text_make(out, length);
}

static bool split_path(struct control *call, struct patch_step *step)
{
    struct text rest = step->path, part;

    step->part_count = 0;
    if (rest.length == 0 || rest.data[0] != '/')
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
            (int)step->path.length, step->path.data);
    rest = text_slice(rest, 1, rest.length);
    while (text_take_field(&rest, '/', &part)) {
        if (step->part_count == PATCH_PARTS)
            return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
                (int)step->path.length, step->path.data);
        step->part[step->part_count++] = decode_part(call, part);
    }
    return true;
}

static bool read_step(struct control *call, const struct json *node, struct patch_step *step)
{
    struct text op = json_string_member(node, "op");
    size_t at = 0;

    *step = (struct patch_step){.path = json_string_member(node, "path"),
        .value = json_string_member(node, "value"),
        .from = json_string_member(node, "from")};
    while (at < OPS && !text_is(op, op_table[at].name))
        at++;
    if (at == OPS)
        return control_fail(call, CONTROL_VALIDATION,
            "1 validation error detected: Value '%.*s' at '%s.patchOperations.1.member.op' failed "
            "to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, "
            "replace, copy]",
            (int)op.length, op.data ? op.data : "", control_input_name(call));
    step->op = op_table[at].op;
    if (step->op == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid patch operation specified. Must be 'add'|'remove'|'replace'");
    return split_path(call, step);
}

/* A literal part must be equal; "{}" takes any. */
static bool rule_matches(const struct patch_rule *rule, const struct patch_step *step)
{
    struct text rest = text_of(rule->path + 1), part;
    size_t at = 0;

    while (text_take_field(&rest, '/', &part)) {
        if (at == step->part_count)
            return false;
        if (!text_is(part, "{}") && !text_equal(part, step->part[at]))
            return false;
        at++;
    }
    return at == step->part_count;
}

bool patch_fail_path(struct control *call, const struct patch_rule *rule, size_t count,
    const struct patch_step *step)
{
    struct buf list;
    const char *name = step->op == PATCH_ADD      ? "add"
                       : step->op == PATCH_REMOVE ? "remove"
                       : step->op == PATCH_COPY   ? "copy"
                                                  : "replace";

    if (step->op != PATCH_REPLACE)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid patch path  '%.*s' specified for op '%s'. Please choose supported operations",
            (int)step->path.length, step->path.data, name);
    buf_init(&list, MESSAGE_LIMIT);
    for (size_t i = 0; i < count; i++)
        if (rule[i].ops & PATCH_REPLACE)
            buf_add_format(&list, "%s%s", list.length > 0 ? ", " : "", rule[i].path);
    control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid patch path  '%.*s' specified for op 'replace'. Must be one of: [%s]",
        (int)step->path.length, step->path.data, buf_string(&list));
    buf_done(&list);
    return false;
}

static const struct patch_rule *find_rule(struct control *call, const struct patch_rule *rule,
    size_t count, const struct patch_step *step)
{
    unsigned ops = 0;

    for (size_t i = 0; i < count; i++) {
        ops |= rule[i].ops;
        if (rule_matches(&rule[i], step) && (rule[i].ops & step->op))
            return &rule[i];
    }
    if (ops == PATCH_REPLACE && step->op != PATCH_REPLACE)
        control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid patch operation specified. Must be one of: [replace]");
    else
        patch_fail_path(call, rule, count, step);
    return NULL;
}

static bool fail_value(struct control *call, const struct patch_step *step)
{
    return control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid patch value  '%.*s' specified for path %.*s", (int)step->value.length,
        step->value.data ? step->value.data : "", (int)step->path.length, step->path.data);
}

/* JSON's own number syntax, without sign: that is all that settings take. */
static bool is_number(struct text text)
{
    bool digit = false, point = false;

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] >= '0' && text.data[i] <= '9')
            digit = true;
        else if (text.data[i] == '.' && digit && !point && i + 1 < text.length)
            point = true;
        else
            return false;
    }
    return digit && !(text.length > 1 && text.data[0] == '0' && text.data[1] != '.');
}

bool patch_set_value(struct control *call, struct json *object, struct text name,
    enum patch_kind kind, const struct patch_step *step)
{
    struct json *value = NULL;
    int64_t integer;

    switch (kind) {
    case PATCH_TEXT:
        value = draft_text(&call->draft, step->value);
        break;
    case PATCH_BOOL:
        if (!text_is_ignoring_case(step->value, "true") &&
            !text_is_ignoring_case(step->value, "false"))
            return fail_value(call, step);
        value = draft_bool(&call->draft, text_is_ignoring_case(step->value, "true"));
        break;
    case PATCH_INTEGER:
        if (!text_to_integer(step->value, INT32_MIN, INT32_MAX, &integer))
            return fail_value(call, step);
        value = draft_integer(&call->draft, integer);
        break;
    case PATCH_DOUBLE:
        if (!is_number(step->value))
            return fail_value(call, step);
        value = draft_number(&call->draft, step->value);
        break;
    case PATCH_LIST:
    case PATCH_OBJECT:
        return fail_value(call, step);
    }
    draft_set_text(&call->draft, object, name, value);
    return true;
}

static bool check_value(struct control *call, const struct patch_rule *rule,
    const struct patch_step *step)
{
    int64_t integer;

    if (rule->choices && step->op != PATCH_REMOVE && !control_is_choice(rule->choices, step->value))
        return fail_value(call, step);
    if (rule->minimum != rule->maximum &&
        !text_to_integer(step->value, rule->minimum, rule->maximum, &integer))
        return fail_value(call, step);
    return true;
}

/* Adds or removes an element; the element is in the path, or in the value of a shorter path. */
static bool apply_list(struct control *call, struct json *object, struct text name,
    struct text element, const struct patch_step *step)
{
    struct json *list = draft_member_text(object, name);

    if (step->op == PATCH_REMOVE) {
        if (!draft_remove_element(list, element))
            return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
                (int)step->path.length, step->path.data);
        if (list->count == 0)
            draft_remove(object, name);
        return true;
    }
    if (!list || list->kind != JSON_ARRAY) {
        list = draft_array(&call->draft);
        draft_set_text(&call->draft, object, name, list);
    }
    if (step->op == PATCH_REPLACE && step->value.data && step->value.length > 0) {
        draft_remove_element(list, element);
        element = step->value;
    }
    draft_remove_element(list, element); /* a list holds each value once */
    draft_append(&call->draft, list, draft_text(&call->draft, element));
    return true;
}

static bool apply_value(struct control *call, const struct patch_rule *rule, struct json *object,
    struct text name, const struct patch_step *step)
{
    if (step->op == PATCH_REMOVE) {
        if (!draft_remove(object, name))
            return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
                (int)step->path.length, step->path.data);
        return true;
    }
    if (!step->value.data)
        return fail_value(call, step);
    return patch_set_value(call, object, name, rule->kind, step);
}

/* Walks to the object that holds the last part; removing the last entry of a map removes it. */
static bool apply(struct control *call, const struct patch_rule *rule, struct json *document,
    const struct patch_step *step)
{
    bool by_value = rule->kind == PATCH_LIST && !strstr(rule->path, "{}");
    size_t depth = step->part_count - 1 - (rule->kind == PATCH_LIST && !by_value);
    struct json *object = document, *parent = NULL;

    if (rule->run)
        return rule->run(call, document, step);
    if (!check_value(call, rule, step))
        return false;
    for (size_t i = 0; i < depth; i++) {
        parent = object;
        object = step->op == PATCH_REMOVE ? draft_member_text(object, step->part[i])
                                          : draft_child_text(&call->draft, object, step->part[i]);
    }
    if (rule->kind == PATCH_LIST)
        return apply_list(call, object, step->part[depth],
            by_value ? step->value : step->part[depth + 1], step);
    if (!apply_value(call, rule, object, step->part[depth], step))
        return false;
    if (step->op == PATCH_REMOVE && parent && object->count == 0)
        draft_remove(parent, step->part[depth - 1]);
    return true;
}

bool control_patch(struct control *call, const struct patch_rule *rule, size_t count,
    struct json *document)
{
    const struct json *operations = json_member(call->body, "patchOperations");

    if (!operations || operations->kind == JSON_NULL)
        return true;
    if (operations->kind != JSON_ARRAY)
        return control_fail(call, CONTROL_SERIALIZATION,
            "class java.lang.String can not be converted to a List");
    for (const struct json *node = operations->first; node; node = node->next) {
        const struct patch_rule *found;
        struct patch_step step;

        if (!read_step(call, node, &step))
            return false;
        found = find_rule(call, rule, count, &step);
        if (!found || !apply(call, found, document, &step))
            return false;
        if (call->draft.failed)
            return control_fail(call, CONTROL_INTERNAL, "out of memory");
    }
    return true;
}
