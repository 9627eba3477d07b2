#include "client/expression.h"

/* Which updates may be sent again when nobody knows whether they were applied. */

static bool changes_by_amount(const struct expression *expression)
{
    if (expression->kind == EXPRESSION_ADD || expression->kind == EXPRESSION_SUBTRACT ||
        expression->kind == EXPRESSION_LIST_APPEND)
        return true;
    for (size_t i = 0; i < expression->count; i++)
        if (changes_by_amount(expression->operand[i]))
            return true;
    return false;
}

/* SET old = n, n = 7: the second time old is 7. SET a = if_not_exists(a, 1) reads itself alone. */
static bool reads_a_change(const struct update *update, size_t own,
    const struct expression *expression)
{
    if (expression->kind == EXPRESSION_PATH)
        for (size_t i = 0; i < update->count; i++)
            if (path_overlap(expression->path, update->action[i].path) &&
                (i != own || !path_equal(expression->path, update->action[i].path)))
                return true;
    for (size_t i = 0; i < expression->count; i++)
        if (reads_a_change(update, own, expression->operand[i]))
            return true;
    return false;
}

/* An element set behind the end is appended, one that is removed moves the others up. */
static bool is_element(const struct path *path)
{
    return path->part[path->count - 1].is_index;
}

bool update_may_repeat(const struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct update_action *action = &update->action[i];

        switch (action->kind) {
        case UPDATE_SET:
            if (is_element(action->path) || changes_by_amount(action->operand) ||
                reads_a_change(update, i, action->operand))
                return false;
            break;
        case UPDATE_REMOVE:
            if (is_element(action->path))
                return false;
            break;
        case UPDATE_ADD:
            if (action->operand->value->type == VALUE_N)
                return false;
            break;
        case UPDATE_DELETE:
            break;
        }
    }
    return true;
}
