#include <string.h>

#include "base/decimal.h"
#include "endpoint/gateway/jsonpath_tree.h"

/* Nodes found so far, in document order. */
struct set {
    const struct json **node;
    size_t count, capacity;
};

struct finder {
    struct arena *arena;
    bool failed; /* memory, or too many results */
};

static void add(struct finder *finder, struct set *set, const struct json *node)
{
    if (finder->failed)
        return;
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? 2 * set->capacity : 8;
        const struct json **more = arena_alloc(finder->arena, capacity, sizeof *more);

        if (!more || set->count >= JSONPATH_RESULTS) {
            finder->failed = true;
            return;
        }
        if (set->count > 0)
            memcpy(more, set->node, set->count * sizeof *more);
        set->node = more;
        set->capacity = capacity;
    }
    set->node[set->count++] = node;
}

static void add_slice(struct finder *finder, struct set *out, const struct jsonpath_step *step,
    const struct json *node)
{
    int64_t count = (int64_t)node->count, at = 0;
    int64_t from = step->has_from ? step->from : 0;
    int64_t to = step->has_to ? step->to : count;

    if (from < 0)
        from += count;
    if (to < 0)
        to += count;
    for (const struct json *child = node->first; child; child = child->next, at++)
        if (at >= from && at < to)
            add(finder, out, child);
}

static void add_index(struct finder *finder, struct set *out, int64_t index,
    const struct json *node)
{
    int64_t at = 0;

    if (index < 0)
        index += (int64_t)node->count;
    for (const struct json *child = node->first; child; child = child->next, at++)
        if (at == index)
            add(finder, out, child);
}

static bool filter_holds(struct finder *finder, const struct jsonpath_term *term,
    const struct json *node);

static void apply(struct finder *finder, const struct jsonpath_step *step, const struct json *node,
    struct set *out)
{
    const struct json *found;

    switch (step->kind) {
    case STEP_NAME:
        found = json_member_text(node, step->name);
        if (found)
            add(finder, out, found);
        return;
    case STEP_INDEX:
        if (node->kind == JSON_ARRAY)
            add_index(finder, out, step->from, node);
        return;
    case STEP_SLICE:
        if (node->kind == JSON_ARRAY)
            add_slice(finder, out, step, node);
        return;
    case STEP_UNION:
        for (const struct jsonpath_step *choice = step->choice; choice; choice = choice->next)
            apply(finder, choice, node, out);
        return;
    case STEP_WILD:
    case STEP_FILTER:
        break;
    }
    if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
        return;
    for (const struct json *child = node->first; child && !finder->failed; child = child->next)
        if (step->kind == STEP_WILD || filter_holds(finder, step->term, child))
            add(finder, out, child);
}

/* The step at every depth below and at the node, in document order. */
static void apply_deep(struct finder *finder, const struct jsonpath_step *step,
    const struct json *root, struct set *out)
{
    struct set stack = {0};

    add(finder, &stack, root);
    while (stack.count > 0 && !finder->failed) {
        const struct json *node = stack.node[--stack.count];
        size_t base = stack.count;

        apply(finder, step, node, out);
        if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
            continue;
        for (const struct json *child = node->first; child; child = child->next)
            if (child->kind == JSON_ARRAY || child->kind == JSON_OBJECT)
                add(finder, &stack, child);
        for (size_t low = base, high = stack.count; high > low + 1; low++) {
            const struct json *swap = stack.node[low];

            stack.node[low] = stack.node[--high];
            stack.node[high] = swap;
        }
    }
}

static void walk(struct finder *finder, const struct jsonpath_step *step,
    const struct json *document, struct set *out)
{
    struct set now = {0};

    add(finder, &now, document);
    for (; step && now.count > 0 && !finder->failed; step = step->next) {
        struct set next = {0};

        for (size_t i = 0; i < now.count; i++) {
            if (step->descend)
                apply_deep(finder, step, now.node[i], &next);
            else
                apply(finder, step, now.node[i], &next);
        }
        now = next;
    }
    *out = now;
}

static bool compare(const struct jsonpath_term *term, const struct json *node)
{
    struct decimal a, b;
    int order;

    if (term->kind == JSON_NUMBER && node->kind == JSON_NUMBER) {
        if (decimal_parse(node->text, &a) != DECIMAL_OK ||
            decimal_parse(term->literal, &b) != DECIMAL_OK)
            return false;
        order = decimal_compare(&a, &b);
    } else if (term->kind == JSON_STRING && node->kind == JSON_STRING) {
        order = text_compare(node->text, term->literal);
    } else {
        return (node->kind == term->kind) == (term->op == OP_EQ) &&
               (term->op == OP_EQ || term->op == OP_NE);
    }
    switch (term->op) {
    case OP_EQ:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    case OP_GE:
        return order >= 0;
    case OP_EXISTS:
        break;
    }
    return true;
}

static bool term_holds(struct finder *finder, const struct jsonpath_term *term,
    const struct json *node)
{
    struct set found;

    walk(finder, term->step, node, &found);
    if (term->op == OP_EXISTS)
        return (found.count > 0) != term->negated;
    return found.count > 0 && compare(term, found.node[0]) != term->negated;
}

static bool filter_holds(struct finder *finder, const struct jsonpath_term *term,
    const struct json *node)
{
    bool group = true;

    for (; term; term = term->next) {
        group = group && term_holds(finder, term, node);
        if (term->ends_group) {
            if (group)
                return true;
            group = true;
        }
    }
    return group;
}

static const struct json *make_length(struct arena *arena, const struct json *node)
{
    struct json *length = arena_alloc(arena, 1, sizeof *length);
    const char *digits =
        arena_format(arena, "%zu", node->kind == JSON_STRING ? node->text.length : node->count);

    if (!length || !digits)
        return NULL;
    *length = (struct json){.kind = JSON_NUMBER, .text = text_of(digits)};
    return length;
}

/* A list of its own: nodes are copied, what is below them is shared. */
static struct json *make_list(struct arena *arena, const struct set *set)
{
    struct json *list = arena_alloc(arena, 1, sizeof *list);
    struct json *copy = arena_alloc(arena, set->count, sizeof *copy);

    if (!list || !copy)
        return NULL;
    *list = (struct json){.kind = JSON_ARRAY, .count = set->count};
    for (size_t i = 0; i < set->count; i++) {
        copy[i] = *set->node[i];
        copy[i].next = i + 1 < set->count ? &copy[i + 1] : NULL;
    }
    list->first = set->count > 0 ? copy : NULL;
    return list;
}

const struct json *jsonpath_find(const struct jsonpath *path, const struct json *document,
    struct arena *arena, struct error *err)
{
    struct finder finder = {.arena = arena};
    struct set found;
    const struct json *result;

    err->code = ERROR_NONE;
    if (!document)
        return NULL;
    walk(&finder, path->first, document, &found);
    if (finder.failed) {
        error_set(err, ERROR_LIMIT, "JSONPath finds too much");
        return NULL;
    }
    if (path->definite) {
        result = found.count > 0 ? found.node[0] : NULL;
    } else {
        result = make_list(arena, &found);
        if (!result)
            arena_failed(arena, err);
    }
    if (result && path->length) {
        result = make_length(arena, result);
        if (!result)
            arena_failed(arena, err);
    }
    return result;
}
