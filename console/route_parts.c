#include "console/route_parts.h"

#include "console/gateway_object.h"

char *route_method_members(struct route_change *change, const char *resource)
{
    struct arena *arena = change->plan->arena;

    return arena_format(arena, "\"restApiId\":%s,\"resourceId\":%s,\"httpMethod\":%s",
        gateway_quoted(arena, change->api->id), resource,
        gateway_quoted(arena, change->spec->method));
}

static bool is_said_elsewhere(struct text name)
{
    return text_is(name, "integrationResponses") || text_is(name, "methodResponses") ||
           text_is(name, "methodIntegration") || text_is(name, "statusCode");
}

static bool is_skipped(struct text name, const char *const *skip)
{
    for (; *skip; skip++)
        if (text_is(name, *skip))
            return true;
    return false;
}

static void add_copy(struct buf *out, struct text name, const struct json *value)
{
    struct json_writer writer;

    buf_add_char(out, ',');
    json_add_string(out, name);
    buf_add_char(out, ':');
    json_writer_init(&writer, out);
    json_tree(&writer, value);
}

static char *keep_copy(struct arena *arena, struct buf *out)
{
    char *copy = out->failure ? NULL : arena_string(arena, buf_view(out));

    buf_done(out);
    return copy;
}

char *route_copy_members(struct arena *arena, const struct json *object, bool is_integration)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    for (const struct json *one = object ? object->first : NULL; one; one = one->next) {
        bool is_method = text_is(one->name, "httpMethod");

        if (is_said_elsewhere(one->name) || (is_method && !is_integration) ||
            one->kind == JSON_NULL)
            continue;
        add_copy(&out, is_method ? TEXT("integrationHttpMethod") : one->name, one);
    }
    return keep_copy(arena, &out);
}

char *route_copy_but(struct arena *arena, const struct json *object, const char *const *skip)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    for (const struct json *one = object ? object->first : NULL; one; one = one->next)
        if (!is_skipped(one->name, skip))
            add_copy(&out, one->name, one);
    return keep_copy(arena, &out);
}

char *route_copy_changed(struct arena *arena, const struct json *now, const struct json *wanted)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    for (const struct json *one = wanted ? wanted->first : NULL; one; one = one->next)
        if (!gateway_state_equal(json_member_text(now, one->name), one))
            add_copy(&out, one->name, one);
    return keep_copy(arena, &out);
}

void route_add_pointer_part(struct buf *out, struct text part)
{
    for (size_t i = 0; i < part.length; i++) {
        if (part.data[i] == '~')
            buf_add_string(out, "~0");
        else if (part.data[i] == '/')
            buf_add_string(out, "~1");
        else
            buf_add_char(out, part.data[i]);
    }
}

void route_add_patch_value(struct buf *out, const struct json *value)
{
    json_add_string(out, value->kind == JSON_TRUE    ? TEXT("true")
                         : value->kind == JSON_FALSE ? TEXT("false")
                                                     : value->text);
}

/* value NULL: none is said. */
static void add_operation(struct buf *out, const char *operation, const char *prefix,
    struct text name, const struct json *value)
{
    struct buf path;

    buf_init(&path, 64 << 10);
    buf_add_format(&path, "%s/", prefix);
    route_add_pointer_part(&path, name);
    buf_add_format(out, "%s{\"op\":\"%s\",\"path\":", out->length > 0 ? "," : "", operation);
    json_add_string(out, buf_view(&path));
    buf_done(&path);
    if (value) {
        buf_add_string(out, ",\"value\":");
        route_add_patch_value(out, value);
    }
    buf_add_char(out, '}');
}

static bool has_element(const struct json *list, struct text text)
{
    for (const struct json *one = list ? list->first : NULL; one; one = one->next)
        if (text_equal(one->text, text))
            return true;
    return false;
}

/* What stands in from and not in others. */
static void add_elements(struct buf *out, const char *operation, const char *prefix,
    struct text name, const struct json *from, const struct json *others)
{
    for (const struct json *one = from ? from->first : NULL; one; one = one->next)
        if (!has_element(others, one->text))
            add_operation(out, operation, prefix, name, one);
}

static bool is_list(const struct json *node)
{
    return node && node->kind == JSON_ARRAY;
}

static bool is_map(const struct json *node)
{
    return node && node->kind == JSON_OBJECT;
}

/* Maps within maps do not occur in what is patched: v1 has two levels. */
static void add_member(struct buf *out, const char *prefix, struct text name,
    const struct json *now, const struct json *wanted)
{
    static const struct json empty = {.kind = JSON_STRING, .text = {"", 0}};

    if (is_list(now) || is_list(wanted)) {
        add_elements(out, "remove", prefix, name, now, wanted);
        add_elements(out, "add", prefix, name, wanted, now);
    } else if (now && wanted) {
        if (now->kind != wanted->kind || !text_equal(now->text, wanted->text))
            add_operation(out, "replace", prefix, name, wanted);
    } else if (wanted) {
        add_operation(out, prefix[0] ? "add" : "replace", prefix, name, wanted);
    } else if (prefix[0]) {
        add_operation(out, "remove", prefix, name, NULL);
    } else {
        add_operation(out, "replace", prefix, name, &empty);
    }
}

static void add_map(struct buf *out, struct text name, const struct json *now,
    const struct json *wanted)
{
    static const char *const all[] = {NULL};
    struct buf prefix;

    buf_init(&prefix, 4096);
    buf_add_char(&prefix, '/');
    route_add_pointer_part(&prefix, name);
    route_add_patch(out, buf_string(&prefix), now, wanted, all);
    buf_done(&prefix);
}

void route_add_patch(struct buf *out, const char *prefix, const struct json *now,
    const struct json *wanted, const char *const *skip)
{
    const struct json *const side[] = {now, wanted};

    for (size_t i = 0; i < sizeof side / sizeof *side; i++)
        for (const struct json *one = side[i] ? side[i]->first : NULL; one; one = one->next) {
            const struct json *old = json_member_text(now, one->name);
            const struct json *new = json_member_text(wanted, one->name);

            if ((i > 0 && old) || is_skipped(one->name, skip))
                continue;
            if (!prefix[0] && (is_map(old) || is_map(new)))
                add_map(out, one->name, old, new);
            else
                add_member(out, prefix, one->name, old, new);
        }
}
