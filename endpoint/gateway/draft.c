#include "endpoint/gateway/draft.h"

#include <stdio.h>
#include <string.h>

enum { PRINT_LIMIT = 64 * 1024 * 1024 };

static struct json *make(struct draft *draft, enum json_kind kind)
{
    struct json *node = arena_alloc(draft->arena, 1, sizeof *node);

    if (!node)
        draft->failed = true;
    else
        node->kind = kind;
    return node;
}

static struct text keep(struct draft *draft, struct text text)
{
    struct text copy = arena_text(draft->arena, text);

    if (!copy.data)
        draft->failed = true;
    return copy;
}

struct json *draft_object(struct draft *draft)
{
    return make(draft, JSON_OBJECT);
}

struct json *draft_array(struct draft *draft)
{
    return make(draft, JSON_ARRAY);
}

struct json *draft_text(struct draft *draft, struct text text)
{
    struct json *node = make(draft, JSON_STRING);

    if (node)
        node->text = keep(draft, text);
    return node;
}

struct json *draft_string(struct draft *draft, const char *string)
{
    return draft_text(draft, text_of(string));
}

struct json *draft_number(struct draft *draft, struct text digits)
{
    struct json *node = make(draft, JSON_NUMBER);

    if (node)
        node->text = keep(draft, digits);
    return node;
}

struct json *draft_integer(struct draft *draft, int64_t value)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%lld", (long long)value);
    return draft_number(draft, text_of(digits));
}

struct json *draft_bool(struct draft *draft, bool value)
{
    return make(draft, value ? JSON_TRUE : JSON_FALSE);
}

struct json *draft_copy(struct draft *draft, const struct json *node)
{
    struct json *copy, **end;

    if (!node)
        return NULL;
    copy = make(draft, node->kind);
    if (!copy)
        return NULL;
    if (node->kind == JSON_STRING || node->kind == JSON_NUMBER)
        copy->text = keep(draft, node->text);
    copy->count = node->count;
    end = &copy->first;
    for (const struct json *child = node->first; child; child = child->next) {
        *end = draft_copy(draft, child);
        if (!*end)
            return NULL;
        if (node->kind == JSON_OBJECT)
            (*end)->name = keep(draft, child->name);
        end = &(*end)->next;
    }
    return copy;
}

struct json *draft_parse(struct draft *draft, struct text source)
{
    struct error err;
    struct text copy = keep(draft, source);
    struct json *node = copy.data ? json_parse(copy, draft->arena, &err) : NULL;

    if (!node)
        draft->failed = true;
    return node;
}

void draft_set_text(struct draft *draft, struct json *object, struct text name, struct json *value)
{
    struct json **link;

    if (!object || !value)
        return;
    value->name = keep(draft, name);
    if (!value->name.data)
        return;
    for (link = &object->first; *link; link = &(*link)->next) {
        if (text_equal((*link)->name, name)) {
            value->next = (*link)->next;
            *link = value;
            return;
        }
    }
    value->next = NULL;
    *link = value;
    object->count++;
}

void draft_set(struct draft *draft, struct json *object, const char *name, struct json *value)
{
    draft_set_text(draft, object, text_of(name), value);
}

void draft_append(struct draft *draft, struct json *array, struct json *value)
{
    struct json **link;

    (void)draft;
    if (!array || !value)
        return;
    for (link = &array->first; *link; link = &(*link)->next)
        ;
    value->next = NULL;
    value->name = (struct text){NULL, 0};
    *link = value;
    array->count++;
}

bool draft_remove(struct json *object, struct text name)
{
    if (!object || object->kind != JSON_OBJECT)
        return false;
    for (struct json **link = &object->first; *link; link = &(*link)->next) {
        if (text_equal((*link)->name, name)) {
            *link = (*link)->next;
            object->count--;
            return true;
        }
    }
    return false;
}

bool draft_remove_element(struct json *array, struct text string)
{
    if (!array || array->kind != JSON_ARRAY)
        return false;
    for (struct json **link = &array->first; *link; link = &(*link)->next) {
        if ((*link)->kind == JSON_STRING && text_equal((*link)->text, string)) {
            *link = (*link)->next;
            array->count--;
            return true;
        }
    }
    return false;
}

struct json *draft_member_text(struct json *object, struct text name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (struct json *child = object->first; child; child = child->next)
        if (text_equal(child->name, name))
            return child;
    return NULL;
}

struct json *draft_member(struct json *object, const char *name)
{
    return draft_member_text(object, text_of(name));
}

struct json *draft_child_text(struct draft *draft, struct json *object, struct text name)
{
    struct json *child = draft_member_text(object, name);

    if (object && (!child || child->kind != JSON_OBJECT)) {
        child = draft_object(draft);
        draft_set_text(draft, object, name, child);
    }
    return child;
}

struct json *draft_child(struct draft *draft, struct json *object, const char *name)
{
    return draft_child_text(draft, object, text_of(name));
}

struct text draft_print(struct draft *draft, const struct json *node)
{
    struct json_writer writer;
    struct text text = {NULL, 0};
    struct buf out;

    buf_init(&out, PRINT_LIMIT);
    json_writer_init(&writer, &out);
    if (node)
        json_tree(&writer, node);
    if (!node || out.failure)
        draft->failed = true;
    else
        text = keep(draft, buf_view(&out));
    buf_done(&out);
    return text;
}

/* The member with the smallest name above after (or the smallest one), last of equals. */
static const struct json *next_sorted(const struct json *object, const struct json *after)
{
    const struct json *best = NULL;

    for (const struct json *child = object->first; child; child = child->next) {
        if (after && text_compare(child->name, after->name) <= 0)
            continue;
        if (!best || text_compare(child->name, best->name) <= 0)
            best = child;
    }
    return best;
}

static void add_canonical(struct json_writer *writer, const struct json *node,
    bool (*skip)(const struct json *parent, const struct json *member))
{
    if (node->kind == JSON_OBJECT) {
        json_begin_object(writer);
        for (const struct json *child = next_sorted(node, NULL); child;
             child = next_sorted(node, child)) {
            if (skip && skip(node, child))
                continue;
            json_name_text(writer, child->name);
            add_canonical(writer, child, skip);
        }
        json_end_object(writer);
    } else if (node->kind == JSON_ARRAY) {
        json_begin_array(writer);
        for (const struct json *child = node->first; child; child = child->next)
            add_canonical(writer, child, skip);
        json_end_array(writer);
    } else {
        json_tree(writer, node);
    }
}

void draft_add_canonical(struct buf *out, const struct json *node,
    bool (*skip)(const struct json *parent, const struct json *member))
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    if (node)
        add_canonical(&writer, node, skip);
}
