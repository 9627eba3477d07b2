#include "client/expression.h"

#include <stdlib.h>

#include "client/expression_form.h"
#include "client/number.h"

/*
 * An update is worked out in two steps, so that everything is read before anything is written:
 * first every action becomes a change of one path, computed from the old item; then the changes,
 * sorted by path, are woven into a new item that shares what they do not touch.
 */
enum change_kind { CHANGE_NONE, CHANGE_PUT, CHANGE_DROP };

struct change {
    enum change_kind kind;
    const struct path *path;
    const struct value *value; /* CHANGE_PUT */
};

struct updater {
    const struct value *item;
    struct arena *arena;
    struct error *err;
    bool by_attributes; /* as in struct update */
};

static const struct value *fail(const struct updater *updater, const char *sentence)
{
    error_set(updater->err, ERROR_INVALID, "%s", sentence);
    return NULL;
}

static const struct value *fail_type(const struct updater *updater)
{
    return fail(updater, updater->by_attributes
                             ? "Type mismatch for attribute to update"
                             : "An operand in the update expression has an incorrect data type");
}

static const struct value *fail_path(const struct updater *updater)
{
    return fail(updater, "The document path provided in the update expression is invalid for "
                         "update");
}

static const struct value *fail_memory(const struct updater *updater)
{
    arena_failed(updater->arena, updater->err);
    return NULL;
}

static const struct value *add_numbers(const struct updater *updater, const struct value *a,
    const struct value *b, bool subtract)
{
    struct value *sum;
    struct text text;

    if (a->type != VALUE_N || b->type != VALUE_N)
        return fail_type(updater);
    if (number_add(a->text, b->text, subtract, updater->arena, &text, updater->err))
        return NULL;
    sum = value_new_text(updater->arena, VALUE_N, text);
    return sum ? sum : fail_memory(updater);
}

static void append(struct value *to, const struct value *from)
{
    for (size_t i = 0; i < from->count; i++)
        to->element[to->count++] = from->element[i];
}

static const struct value *join_lists(const struct updater *updater, const struct value *a,
    const struct value *b)
{
    struct value *list;

    if (a->type != VALUE_L || b->type != VALUE_L)
        return fail_type(updater);
    list = value_new_container(updater->arena, VALUE_L, a->count + b->count);
    if (!list)
        return fail_memory(updater);
    append(list, a);
    append(list, b);
    return list;
}

static const struct value *evaluate(const struct updater *updater,
    const struct expression *expression)
{
    const struct value *left, *right;

    if (expression->kind == EXPRESSION_VALUE)
        return expression->value;
    if (expression->kind == EXPRESSION_PATH) {
        left = path_lookup(expression->path, updater->item);
        return left ? left
                    : fail(updater, "The provided expression refers to an attribute that does not "
                                    "exist in the item");
    }
    if (expression->kind == EXPRESSION_IF_NOT_EXISTS) {
        left = path_lookup(expression->operand[0]->path, updater->item);
        return left ? left : evaluate(updater, expression->operand[1]);
    }
    if (!expression_form_table[expression->kind].for_update)
        return fail_type(updater);
    left = evaluate(updater, expression->operand[0]);
    right = left ? evaluate(updater, expression->operand[1]) : NULL;
    if (!right)
        return NULL;
    if (expression->kind == EXPRESSION_LIST_APPEND)
        return join_lists(updater, left, right);
    return add_numbers(updater, left, right, expression->kind == EXPRESSION_SUBTRACT);
}

/* Members of a, and with join those of b that a has not; without it, those that b has not. */
static const struct value *combine_sets(const struct updater *updater, const struct value *a,
    const struct value *b, bool join)
{
    struct value *set = value_new_container(updater->arena, a->type, a->count + b->count);
    size_t i = 0, j = 0;

    if (!set)
        return fail_memory(updater);
    while (i < a->count || j < b->count) {
        bool ordered;
        int order = i == a->count   ? 1
                    : j == b->count ? -1
                                    : value_compare(&a->element[i], &b->element[j], &ordered);

        if (order < 0 || (order == 0 && join))
            set->element[set->count++] = a->element[i];
        else if (order > 0 && join)
            set->element[set->count++] = b->element[j];
        i += order <= 0;
        j += order >= 0;
    }
    return set;
}

/* ADD. A list is what the older AttributeUpdates may add to; expressions cannot say it. */
static const struct value *add(const struct updater *updater, const struct value *old,
    const struct value *operand)
{
    if (operand->type != VALUE_N && operand->type != VALUE_L && !value_is_set(operand->type))
        return fail_type(updater);
    if (!old)
        return operand;
    if (old->type != operand->type)
        return fail_type(updater);
    if (operand->type == VALUE_N)
        return add_numbers(updater, old, operand, false);
    if (operand->type == VALUE_L)
        return join_lists(updater, old, operand);
    return combine_sets(updater, old, operand, true);
}

static bool take_out(const struct updater *updater, const struct value *operand,
    struct change *change)
{
    const struct value *old = path_lookup(change->path, updater->item);

    if (!value_is_set(operand->type) || (old && old->type != operand->type))
        return fail_type(updater) != NULL;
    if (!old)
        return true;
    change->value = combine_sets(updater, old, operand, false);
    if (!change->value)
        return false;
    change->kind = change->value->count > 0 ? CHANGE_PUT : CHANGE_DROP;
    return true;
}

static bool work_out(const struct updater *updater, const struct update_action *action,
    struct change *change)
{
    const struct value *operand = NULL;

    *change = (struct change){.path = action->path};
    if (action->kind == UPDATE_REMOVE) {
        change->kind = CHANGE_DROP;
        return true;
    }
    operand = evaluate(updater, action->operand);
    if (!operand)
        return false;
    if (action->kind == UPDATE_DELETE)
        return take_out(updater, operand, change);
    change->kind = CHANGE_PUT;
    change->value = operand;
    if (action->kind == UPDATE_ADD)
        change->value = add(updater, path_lookup(action->path, updater->item), operand);
    return change->value != NULL;
}

static int compare_changes(const void *a, const void *b)
{
    const struct change *left = a, *right = b;

    return path_compare(left->path, right->path);
}

/* How many changes from the first on have the same part at that depth. */
static size_t group_length(const struct change *change, size_t count, size_t depth)
{
    const struct path_part *part = &change[0].path->part[depth];
    size_t length = 1;

    while (length < count) {
        const struct path_part *next = &change[length].path->part[depth];

        if (next->is_index != part->is_index || next->index != part->index ||
            !text_equal(next->name, part->name))
            break;
        length++;
    }
    return length;
}

static bool weave(const struct updater *updater, const struct value *old,
    const struct change *change, size_t count, size_t depth, struct value *out);

/*
 * What one group makes of a member (old is NULL when it is not there). *kept is false when
 * nothing is left of it.
 */
static bool change_member(const struct updater *updater, const struct value *old,
    const struct change *change, size_t count, size_t depth, struct value *out, bool *kept)
{
    *kept = true;
    if (change->path->count > depth + 1) {
        if (old)
            return weave(updater, old, change, count, depth + 1, out);
        return fail_path(updater) != NULL;
    }
    if (change->kind == CHANGE_PUT)
        *out = *change->value;
    else if (change->kind == CHANGE_NONE && old)
        *out = *old;
    else
        *kept = false;
    return true;
}

static bool weave_map(const struct updater *updater, const struct value *old,
    const struct change *change, size_t count, size_t depth, struct value *out)
{
    size_t at = 0;

    for (size_t i = 0, length; i < count; i += length) {
        struct text name = change[i].path->part[depth].name;
        const struct value *member = NULL;
        bool kept;

        length = group_length(change + i, count - i, depth);
        if (change[i].path->part[depth].is_index)
            return fail_path(updater) != NULL;
        while (at < old->count && text_compare(old->name[at], name) < 0) {
            out->name[out->count] = old->name[at];
            out->element[out->count++] = old->element[at++];
        }
        if (at < old->count && text_equal(old->name[at], name))
            member = &old->element[at++];
        if (!change_member(updater, member, change + i, length, depth, &out->element[out->count],
                &kept))
            return false;
        out->name[out->count] = name;
        out->count += kept;
    }
    for (; at < old->count; at++) {
        out->name[out->count] = old->name[at];
        out->element[out->count++] = old->element[at];
    }
    return true;
}

static bool weave_list(const struct updater *updater, const struct value *old,
    const struct change *change, size_t count, size_t depth, struct value *out)
{
    size_t at = 0;

    for (size_t i = 0, length; i < count; i += length) {
        const struct path_part *part = &change[i].path->part[depth];
        const struct value *member = NULL;
        bool kept;

        length = group_length(change + i, count - i, depth);
        if (!part->is_index)
            return fail_path(updater) != NULL;
        while (at < old->count && at < part->index)
            out->element[out->count++] = old->element[at++];
        if (at < old->count)
            member = &old->element[at++];
        if (!change_member(updater, member, change + i, length, depth, &out->element[out->count],
                &kept))
            return false;
        out->count += kept;
    }
    while (at < old->count)
        out->element[out->count++] = old->element[at++];
    return true;
}

/* Recursion ends with the old value, however long the paths are. */
static bool weave(const struct updater *updater, const struct value *old,
    const struct change *change, size_t count, size_t depth, struct value *out)
{
    const struct value *room;

    if (old->type != VALUE_M && old->type != VALUE_L)
        return fail_path(updater) != NULL;
    room = value_new_container(updater->arena, old->type, old->count + count);
    if (!room)
        return fail_memory(updater) != NULL;
    *out = *room;
    if (old->type == VALUE_M)
        return weave_map(updater, old, change, count, depth, out);
    return weave_list(updater, old, change, count, depth, out);
}

struct value *update_apply(const struct update *update, const struct value *item,
    struct arena *arena, struct error *err)
{
    struct updater updater = {item, arena, err, update->by_attributes};
    struct change *change = arena_alloc(arena, update->count, sizeof *change);
    struct value *result = arena_alloc(arena, 1, sizeof *result);

    if (!change || !result) {
        arena_failed(arena, err);
        return NULL;
    }
    for (size_t i = 0; i < update->count; i++)
        if (!work_out(&updater, &update->action[i], &change[i]))
            return NULL;
    qsort(change, update->count, sizeof *change, compare_changes);
    return weave(&updater, item, change, update->count, 0, result) ? result : NULL;
}

static int compare_paths(const void *a, const void *b)
{
    const struct path *const *left = a, *const *right = b;

    return path_compare(*left, *right);
}

static bool same_part(const struct path *a, const struct path *b, size_t depth)
{
    const struct path_part *left = &a->part[depth], *right = &b->part[depth];

    return left->is_index == right->is_index && left->index == right->index &&
           text_equal(left->name, right->name);
}

static const struct value *member_of(const struct value *value, const struct path_part *part)
{
    struct path_part only = *part;
    struct path path = {1, &only};

    return path_lookup(&path, value);
}

enum picked { PICKED_NOTHING, PICKED_SOMETHING, PICKED_NO_MEMORY };

/* What the sorted paths find in value, below depth parts that led to it. */
static enum picked pick(const struct value *value, const struct path *const *path, size_t count,
    size_t depth, struct arena *arena, struct value *out)
{
    struct value *room;

    if (path[0]->count == depth) {
        *out = *value;
        return PICKED_SOMETHING;
    }
    if (value->type != VALUE_M && value->type != VALUE_L)
        return PICKED_NOTHING;
    room = value_new_container(arena, value->type, count);
    if (!room)
        return PICKED_NO_MEMORY;
    *out = *room;
    for (size_t i = 0, length; i < count; i += length) {
        const struct path_part *part = &path[i]->part[depth];
        const struct value *member = member_of(value, part);
        enum picked picked = PICKED_NOTHING;

        for (length = 1; i + length < count && same_part(path[i], path[i + length], depth);)
            length++;
        if (member)
            picked = pick(member, path + i, length, depth + 1, arena, &out->element[out->count]);
        if (picked == PICKED_NO_MEMORY)
            return picked;
        if (picked == PICKED_NOTHING)
            continue;
        if (value->type == VALUE_M)
            out->name[out->count] = part->name;
        out->count++;
    }
    return out->count > 0 ? PICKED_SOMETHING : PICKED_NOTHING;
}

/* The paths are sorted where they are. NULL when the arena is full. */
static struct value *pick_all(const struct path **path, size_t count, const struct value *item,
    struct arena *arena)
{
    struct value *result = value_new_container(arena, VALUE_M, 0);

    if (!result || count == 0)
        return result;
    qsort(path, count, sizeof *path, compare_paths);
    switch (pick(item, path, count, 0, arena, result)) {
    case PICKED_NOTHING:
        result->count = 0;
        return result;
    case PICKED_SOMETHING:
        return result;
    case PICKED_NO_MEMORY:
        break;
    }
    return NULL;
}

struct value *projection_apply(const struct projection *projection, const struct value *item,
    struct arena *arena)
{
    const struct path **path = arena_alloc(arena, projection->count, sizeof *path);

    for (size_t i = 0; path && i < projection->count; i++)
        path[i] = projection->path[i];
    return path ? pick_all(path, projection->count, item, arena) : NULL;
}

struct value *update_touched(const struct update *update, const struct value *item,
    struct arena *arena)
{
    const struct path **path = arena_alloc(arena, update->count, sizeof *path);
    struct value *touched;

    for (size_t i = 0; path && i < update->count; i++)
        path[i] = update->action[i].path;
    touched = path ? pick_all(path, update->count, item, arena) : NULL;
    return touched && touched->count > 0 ? touched : NULL;
}
