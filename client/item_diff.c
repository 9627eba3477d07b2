#include "client/item_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The differences are found from the top down, which gives them in the order of their paths. What
 * they take in an expression is estimated from above, so that it need not be printed to be measured.
 */
enum { VALUE_BYTES = 24 /* " = :12345 AND " and its like */, CLASH_BYTES = 4, OPERATORS_EACH = 2 };

struct walk {
    struct arena *arena;
    struct item_diff *diff;
    struct path_part part[VALUE_DEPTH_LIMIT + 1]; /* where it stands */
    bool failed;
};

static const struct path *copy_path(struct arena *arena, const struct path_part *part, size_t count)
{
    struct path *path = arena_alloc(arena, 1, sizeof *path);

    if (!path)
        return NULL;
    path->count = count;
    path->part = arena_alloc(arena, count, sizeof *path->part);
    if (!path->part)
        return NULL;
    memcpy(path->part, part, count * sizeof *path->part);
    return path;
}

static bool push(struct arena *arena, struct item_diff *diff, const struct item_change *change)
{
    if (diff->count == diff->capacity) {
        size_t capacity = diff->capacity > 0 ? 2 * diff->capacity : 16;
        struct item_change *more = arena_alloc(arena, capacity, sizeof *more);

        if (!more)
            return false;
        if (diff->count > 0)
            memcpy(more, diff->change, diff->count * sizeof *more);
        diff->change = more;
        diff->capacity = capacity;
    }
    diff->change[diff->count++] = *change;
    return true;
}

static void add(struct walk *walk, size_t depth, enum item_change_kind kind,
    const struct value *old, const struct value *new, const struct value *operand)
{
    struct item_change change = {.kind = kind, .old = old, .new = new, .operand = operand};

    change.path = copy_path(walk->arena, walk->part, depth);
    if (!change.path || !push(walk->arena, walk->diff, &change))
        walk->failed = true;
}

/* The elements from that place on, as a list of their own. */
static const struct value *tail_of(struct arena *arena, const struct value *list, size_t from)
{
    struct value *tail = value_new_container(arena, VALUE_L, list->count - from);

    for (size_t i = from; tail && i < list->count; i++)
        tail->element[tail->count++] = list->element[i];
    return tail;
}

/* Members of a that b has not; sets are sorted. */
static const struct value *only_in(struct arena *arena, const struct value *a,
    const struct value *b)
{
    struct value *set = value_new_container(arena, a->type, a->count);
    size_t j = 0;

    for (size_t i = 0; set && i < a->count; i++) {
        bool ordered;

        while (j < b->count && value_compare(&b->element[j], &a->element[i], &ordered) < 0)
            j++;
        if (j == b->count || value_compare(&b->element[j], &a->element[i], &ordered) != 0)
            set->element[set->count++] = a->element[i];
    }
    return set;
}

static void compare_lists(struct walk *walk, size_t depth, const struct value *old,
    const struct value *new)
{
    size_t same = 0;
    const struct value *tail;

    if (old->count == new->count) {
        for (size_t i = 0; i < old->count; i++) {
            if (value_equal(&old->element[i], &new->element[i]))
                continue;
            walk->part[depth] = (struct path_part){.is_index = true, .index = i};
            add(walk, depth + 1, ITEM_CHANGE_SET, &old->element[i], &new->element[i], NULL);
        }
        return;
    }
    while (same < old->count &&
           same < new->count &&value_equal(&old->element[same], &new->element[same]))
        same++;
    if (same < old->count) {
        add(walk, depth, ITEM_CHANGE_SET, old, new, NULL);
        return;
    }
    tail = tail_of(walk->arena, new, same);
    walk->failed = walk->failed || !tail;
    add(walk, depth, ITEM_CHANGE_APPEND, old, new, tail);
}

/* ADD and DELETE are for attributes, not for what is in them (API Reference, UpdateItem). */
static void compare_sets(struct walk *walk, size_t depth, const struct value *old,
    const struct value *new)
{
    const struct value *gained = only_in(walk->arena, new, old);
    const struct value *lost = only_in(walk->arena, old, new);

    if (!gained || !lost) {
        walk->failed = true;
        return;
    }
    if (depth == 1 && lost->count == 0)
        add(walk, depth, ITEM_CHANGE_JOIN, old, new, gained);
    else if (depth == 1 && gained->count == 0)
        add(walk, depth, ITEM_CHANGE_TAKE, old, new, lost);
    else
        add(walk, depth, ITEM_CHANGE_SET, old, new, NULL);
}

static void compare_maps(struct walk *walk, size_t depth, const struct value *old,
    const struct value *new);

/* No path leads to a member of a map whose name is empty. */
static bool has_unnamed(const struct value *value)
{
    return value->type == VALUE_M && value->count > 0 && value->name[0].length == 0;
}

/* Recursion ends with the depth of the values. */
static void compare(struct walk *walk, size_t depth, const struct value *old,
    const struct value *new)
{
    if (old && new &&value_equal(old, new))
        return;
    if (!new)
        add(walk, depth, ITEM_CHANGE_REMOVE, old, NULL, NULL);
    else if (!old || old->type != new->type || depth == VALUE_DEPTH_LIMIT || has_unnamed(old) ||
             has_unnamed(new))
        add(walk, depth, ITEM_CHANGE_SET, old, new, NULL);
    else if (old->type == VALUE_M)
        compare_maps(walk, depth, old, new);
    else if (old->type == VALUE_L)
        compare_lists(walk, depth, old, new);
    else if (value_is_set(old->type))
        compare_sets(walk, depth, old, new);
    else
        add(walk, depth, ITEM_CHANGE_SET, old, new, NULL);
}

static void compare_maps(struct walk *walk, size_t depth, const struct value *old,
    const struct value *new)
{
    size_t i = 0, j = 0;

    while (i < old->count || j < new->count) {
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : text_compare(old->name[i], new->name[j]);

        walk->part[depth] = (struct path_part){.name = order <= 0 ? old->name[i] : new->name[j]};
        compare(walk, depth + 1, order <= 0 ? &old->element[i] : NULL,
            order >= 0 ? &new->element[j] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
}

static size_t path_bytes(const struct path *path)
{
    size_t bytes = 0;
    char digits[32];

    for (size_t i = 0; i < path->count; i++) {
        const struct path_part *part = &path->part[i];

        bytes += part->is_index ? (size_t)snprintf(digits, sizeof digits, "[%zu]", part->index)
                                : part->name.length + CLASH_BYTES;
    }
    return bytes;
}

/* What a change takes in the update and, about the same, in the condition. */
static size_t change_bytes(const struct item_change *change)
{
    size_t bytes = path_bytes(change->path);

    if (change->kind == ITEM_CHANGE_APPEND) /* it names its path twice */
        return 2 * bytes + VALUE_BYTES + sizeof "list_append()";
    return bytes + VALUE_BYTES + (change->old ? 0 : sizeof "attribute_not_exists()");
}

struct size {
    size_t bytes, changes;
};

static bool is_too_large(const struct size *size, size_t reserve)
{
    return size->bytes + reserve > ITEM_DIFF_BYTES ||
           size->changes * OPERATORS_EACH + OPERATORS_EACH > ITEM_DIFF_OPERATORS;
}

static bool share_parent(const struct path *a, const struct path *b)
{
    struct path left = {a->count - 1, a->part}, right = {b->count - 1, b->part};

    return a->count == b->count && path_equal(&left, &right);
}

/* One change of the value that holds those from first to last, at its old value. */
static bool join_group(struct arena *arena, const struct value *old, const struct value *new,
    const struct item_change *first, struct item_change *out)
{
    const struct path *path = copy_path(arena, first->path->part, first->path->count - 1);

    if (!path)
        return false;
    *out = (struct item_change){.kind = ITEM_CHANGE_SET,
        .path = path,
        .old = path_lookup(path, old),
        .new = path_lookup(path, new)};
    return true;
}

/* Joins changes of that depth, a group of siblings at a time, until the rest is small enough. */
static bool join_depth(struct arena *arena, struct item_diff *diff, const struct value *old,
    const struct value *new, size_t depth, size_t reserve, struct size *size)
{
    size_t kept = 0;

    for (size_t i = 0, length; i < diff->count; i += length) {
        struct item_change joined;

        for (length = 1; i + length < diff->count && diff->change[i].path->count == depth &&
                         share_parent(diff->change[i].path, diff->change[i + length].path);)
            length++;
        if (diff->change[i].path->count != depth || !is_too_large(size, reserve)) {
            memmove(&diff->change[kept], &diff->change[i], length * sizeof joined);
            kept += length;
            continue;
        }
        if (!join_group(arena, old, new, &diff->change[i], &joined))
            return false;
        for (size_t k = 0; k < length; k++)
            size->bytes -= change_bytes(&diff->change[i + k]);
        size->bytes += change_bytes(&joined);
        size->changes -= length - 1;
        diff->change[kept++] = joined;
    }
    diff->count = kept;
    return true;
}

static enum error_code fit(struct arena *arena, struct item_diff *diff, const struct value *old,
    const struct value *new, size_t reserve, struct error *err)
{
    struct size size = {.changes = diff->count};
    size_t deepest = 0;

    for (size_t i = 0; i < diff->count; i++) {
        size.bytes += change_bytes(&diff->change[i]);
        if (diff->change[i].path->count > deepest)
            deepest = diff->change[i].path->count;
    }
    for (; deepest > 1 && is_too_large(&size, reserve); deepest--)
        if (!join_depth(arena, diff, old, new, deepest, reserve, &size))
            return arena_failed(arena, err);
    if (!is_too_large(&size, reserve))
        return ERROR_NONE;
    return error_set(err, ERROR_INVALID,
        "%zu attributes change: more than one update may say (4 KB, 300 operators)", diff->count);
}

static struct expression *pair(struct arena *arena, enum expression_kind kind,
    const struct path *path, const struct value *value)
{
    struct expression *node = expression_new(arena, kind, 2);

    if (!node)
        return NULL;
    node->operand[0] = expression_new_path(arena, path);
    node->operand[1] = expression_new_value(arena, value);
    return node->operand[0] && node->operand[1] ? node : NULL;
}

struct expression *item_diff_as_was(struct arena *arena, const struct path *path,
    const struct value *value)
{
    struct expression *absent;

    if (value)
        return pair(arena, EXPRESSION_EQ, path, value);
    absent = expression_new(arena, EXPRESSION_NOT_EXISTS, 1);
    if (absent)
        absent->operand[0] = expression_new_path(arena, path);
    return absent && absent->operand[0] ? absent : NULL;
}

/* size(path) = n */
static struct expression *has_size(struct arena *arena, const struct path *path, size_t count)
{
    char *digits = arena_format(arena, "%zu", count);
    struct value *number = digits ? value_new_text(arena, VALUE_N, text_of(digits)) : NULL;
    struct expression *size = expression_new(arena, EXPRESSION_SIZE, 1);
    struct expression *equal = number ? pair(arena, EXPRESSION_EQ, path, number) : NULL;

    if (!size || !equal)
        return NULL;
    size->operand[0] = equal->operand[0];
    equal->operand[0] = size;
    return equal;
}

static const enum update_kind update_kind_table[] = {
    [ITEM_CHANGE_SET] = UPDATE_SET,
    [ITEM_CHANGE_REMOVE] = UPDATE_REMOVE,
    [ITEM_CHANGE_APPEND] = UPDATE_SET,
    [ITEM_CHANGE_JOIN] = UPDATE_ADD,
    [ITEM_CHANGE_TAKE] = UPDATE_DELETE,
};

static bool fill_action(struct arena *arena, const struct item_change *change,
    struct update_action *action)
{
    action->kind = update_kind_table[change->kind];
    action->path = change->path;
    if (change->kind == ITEM_CHANGE_REMOVE)
        return true;
    if (change->kind == ITEM_CHANGE_APPEND)
        action->operand = pair(arena, EXPRESSION_LIST_APPEND, change->path, change->operand);
    else
        action->operand =
            expression_new_value(arena, change->operand ? change->operand : change->new);
    return action->operand != NULL;
}

static bool build_update(struct arena *arena, struct item_diff *diff)
{
    struct update *update = arena_alloc(arena, 1, sizeof *update);

    if (update)
        update->action = arena_alloc(arena, diff->count, sizeof *update->action);
    if (!update || !update->action)
        return false;
    for (int kind = UPDATE_SET; kind <= UPDATE_DELETE; kind++)
        for (size_t i = 0; i < diff->count; i++)
            if ((int)update_kind_table[diff->change[i].kind] == kind &&
                !fill_action(arena, &diff->change[i], &update->action[update->count++]))
                return false;
    diff->update = update;
    return true;
}

static bool build_condition(struct arena *arena, struct item_diff *diff)
{
    struct expression *all =
        diff->count > 1 ? expression_new(arena, EXPRESSION_AND, diff->count) : NULL;

    for (size_t i = 0; i < diff->count; i++) {
        const struct item_change *change = &diff->change[i];
        struct expression *one = change->kind == ITEM_CHANGE_APPEND
                                     ? has_size(arena, change->path, change->old->count)
                                     : item_diff_as_was(arena, change->path, change->old);

        if (!one || (diff->count > 1 && !all))
            return false;
        if (all)
            all->operand[i] = one;
        else
            all = one;
    }
    diff->condition = all;
    return true;
}

struct item_diff *item_diff_changes(struct arena *arena, const struct value *old,
    const struct value *new, struct error *err)
{
    struct item_diff *diff = arena_alloc(arena, 1, sizeof *diff);
    struct walk walk = {.arena = arena, .diff = diff};

    if (diff)
        compare_maps(&walk, 0, old, new);
    if (diff && !walk.failed)
        return diff;
    arena_failed(arena, err);
    return NULL;
}

struct item_diff *item_diff_new(struct arena *arena, const struct value *old,
    const struct value *new, size_t reserve, struct error *err)
{
    struct item_diff *diff = item_diff_changes(arena, old, new, err);

    if (!diff || diff->count == 0)
        return diff;
    if (fit(arena, diff, old, new, reserve, err))
        return NULL;
    if (build_update(arena, diff) && build_condition(arena, diff))
        return diff;
    arena_failed(arena, err);
    return NULL;
}

static void add_side(struct buf *out, const struct value *value)
{
    if (value)
        value_add_literal(out, value);
    else
        buf_add_char(out, '-');
}

void item_change_add_text(struct buf *out, const struct item_change *change)
{
    path_add(out, change->path);
    buf_add_string(out, ": ");
    add_side(out, change->old);
    buf_add_string(out, " -> ");
    add_side(out, change->new);
}

struct attribute {
    size_t place, size;
};

static int compare_sizes(const void *a, const void *b)
{
    const struct attribute *left = a, *right = b;

    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

struct expression *item_diff_unchanged(struct arena *arena, const struct value *image,
    size_t reserve)
{
    struct attribute *order = arena_alloc(arena, image->count, sizeof *order);
    struct expression *all = expression_new(arena, EXPRESSION_AND, image->count);
    struct size size = {0};

    if (!order || !all)
        return NULL;
    for (size_t i = 0; i < image->count; i++)
        order[i] = (struct attribute){i, value_size(&image->element[i])};
    qsort(order, image->count, sizeof *order, compare_sizes);
    all->count = 0;
    for (size_t i = 0; i < image->count; i++) {
        const struct path *path = path_new_name(arena, image->name[order[i].place]);

        if (!path)
            return NULL;
        size.bytes += path_bytes(path) + VALUE_BYTES;
        size.changes++;
        if (all->count > 0 && is_too_large(&size, reserve))
            break;
        all->operand[all->count] = item_diff_as_was(arena, path, &image->element[order[i].place]);
        if (!all->operand[all->count++])
            return NULL;
    }
    return all->count == 1 ? all->operand[0] : all;
}
