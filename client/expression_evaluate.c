#include "client/expression.h"

#include <stdio.h>

#include "base/pattern.h"

/* What an operand amounts to on one item. */
enum operand_state {
    OPERAND_THERE,
    OPERAND_MISSING, /* no such attribute: <> holds */
    OPERAND_UNSIZED  /* size of a number, BOOL or NULL: nothing holds */
};

struct operand {
    enum operand_state state;
    const struct value *value;
    struct value computed; /* size(), its text in digits, or the truth of a condition */
    char digits[24];
};

static bool holds(const struct expression *condition, const struct value *item);

static const struct value *step(const struct value *from, const struct path_part *part)
{
    if (!part->is_index)
        return from->type == VALUE_M ? value_get(from, part->name) : NULL;
    return from->type == VALUE_L && part->index < from->count ? &from->element[part->index] : NULL;
}

const struct value *path_lookup(const struct path *path, const struct value *item)
{
    const struct value *value = item;

    for (size_t i = 0; value && i < path->count; i++)
        value = step(value, &path->part[i]);
    return value;
}

static const struct value *constant_or_path(const struct expression *expression,
    const struct value *item)
{
    if (expression->kind == EXPRESSION_VALUE)
        return expression->value;
    return expression->kind == EXPRESSION_PATH ? path_lookup(expression->path, item) : NULL;
}

static void measure(struct operand *out, const struct value *value)
{
    size_t size = value->count;
    int length;

    if (value->type == VALUE_N || value->type == VALUE_BOOL || value->type == VALUE_NULL) {
        out->state = OPERAND_UNSIZED;
        return;
    }
    if (value->type == VALUE_S || value->type == VALUE_B)
        size = value->text.length;
    length = snprintf(out->digits, sizeof out->digits, "%zu", size);
    out->computed = (struct value){.type = VALUE_N, .text = {out->digits, (size_t)length}};
    out->value = &out->computed;
    out->state = OPERAND_THERE;
}

static void resolve(const struct expression *expression, const struct value *item,
    struct operand *out)
{
    bool size = expression->kind == EXPRESSION_SIZE;

    if (expression->kind >= EXPRESSION_EQ && expression->kind <= EXPRESSION_NOT) {
        out->computed = (struct value){.type = VALUE_BOOL, .boolean = holds(expression, item)};
        out->value = &out->computed;
        out->state = OPERAND_THERE;
        return;
    }
    out->value = constant_or_path(size ? expression->operand[0] : expression, item);
    out->state = out->value ? OPERAND_THERE : OPERAND_MISSING;
    if (size && out->value)
        measure(out, out->value);
}

static bool equals(const struct operand *a, const struct operand *b)
{
    return a->state == OPERAND_THERE && b->state == OPERAND_THERE &&
           value_equal(a->value, b->value);
}

/* False too when the two have no order. */
static bool is_ordered(const struct operand *a, const struct operand *b, int *order)
{
    bool ordered = false;

    if (a->state == OPERAND_THERE && b->state == OPERAND_THERE)
        *order = value_compare(a->value, b->value, &ordered);
    return ordered;
}

static bool compare(const struct expression *condition, const struct value *item)
{
    struct operand left, right;
    int order;

    resolve(condition->operand[0], item, &left);
    resolve(condition->operand[1], item, &right);
    if (condition->kind == EXPRESSION_EQ)
        return equals(&left, &right);
    if (condition->kind == EXPRESSION_NE)
        return left.state != OPERAND_UNSIZED && right.state != OPERAND_UNSIZED &&
               !equals(&left, &right);
    if (!is_ordered(&left, &right, &order))
        return false;
    if (condition->kind == EXPRESSION_LT)
        return order < 0;
    if (condition->kind == EXPRESSION_LE)
        return order <= 0;
    return condition->kind == EXPRESSION_GT ? order > 0 : order >= 0;
}

static bool is_between(const struct expression *condition, const struct value *item)
{
    struct operand subject, low, high;
    int from, to;

    resolve(condition->operand[0], item, &subject);
    resolve(condition->operand[1], item, &low);
    resolve(condition->operand[2], item, &high);
    return is_ordered(&subject, &low, &from) && is_ordered(&subject, &high, &to) && from >= 0 &&
           to <= 0;
}

static bool is_in(const struct expression *condition, const struct value *item)
{
    struct operand subject, candidate;

    resolve(condition->operand[0], item, &subject);
    for (size_t i = 1; subject.state == OPERAND_THERE && i < condition->count; i++) {
        resolve(condition->operand[i], item, &candidate);
        if (equals(&subject, &candidate))
            return true;
    }
    return false;
}

static bool has_type(const struct value *value, const struct value *type)
{
    return type->type == VALUE_S && text_is(type->text, value_type_name(value->type));
}

static bool begins_with(const struct value *value, const struct value *prefix)
{
    return value->type == prefix->type && (value->type == VALUE_S || value->type == VALUE_B) &&
           text_starts_with(value->text, prefix->text);
}

static bool contains(const struct value *value, const struct value *wanted)
{
    if (value->type == VALUE_S || value->type == VALUE_B)
        return value->type == wanted->type && text_find(value->text, wanted->text, 0) != SIZE_MAX;
    if (value->type == VALUE_M)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (value_equal(&value->element[i], wanted))
            return true;
    return false;
}

/* The pattern is compiled once, into the cell that the constructor made. */
static bool matches(const struct expression *condition, const struct value *value,
    const struct value *expression)
{
    struct pattern **kept = condition->prepared;
    struct pattern *pattern = kept ? *kept : NULL;
    struct error err;
    bool match;

    if (value->type != VALUE_S || expression->type != VALUE_S)
        return false;
    if (!pattern)
        pattern = pattern_new(expression->text, false, &err);
    match = pattern && pattern_matches(pattern, value->text);
    if (kept)
        *kept = pattern;
    else
        pattern_free(pattern);
    return match;
}

static bool holds_for_both(const struct expression *condition, const struct value *item)
{
    struct operand first, second;

    resolve(condition->operand[0], item, &first);
    resolve(condition->operand[1], item, &second);
    if (first.state != OPERAND_THERE || second.state != OPERAND_THERE)
        return false;
    if (condition->kind == EXPRESSION_TYPE)
        return has_type(first.value, second.value);
    if (condition->kind == EXPRESSION_BEGINS_WITH)
        return begins_with(first.value, second.value);
    if (condition->kind == EXPRESSION_CONTAINS)
        return contains(first.value, second.value);
    return matches(condition, first.value, second.value);
}

static bool is_there(const struct expression *condition, const struct value *item)
{
    struct operand subject;

    resolve(condition->operand[0], item, &subject);
    return subject.state != OPERAND_MISSING;
}

/* As deep as the tree, which its parsers keep below 512. */
static bool holds(const struct expression *condition, const struct value *item)
{
    switch (condition->kind) {
    case EXPRESSION_AND:
        for (size_t i = 0; i < condition->count; i++)
            if (!holds(condition->operand[i], item))
                return false;
        return true;
    case EXPRESSION_OR:
        for (size_t i = 0; i < condition->count; i++)
            if (holds(condition->operand[i], item))
                return true;
        return false;
    case EXPRESSION_NOT:
        return !holds(condition->operand[0], item);
    case EXPRESSION_EQ:
    case EXPRESSION_NE:
    case EXPRESSION_LT:
    case EXPRESSION_LE:
    case EXPRESSION_GT:
    case EXPRESSION_GE:
        return compare(condition, item);
    case EXPRESSION_BETWEEN:
        return is_between(condition, item);
    case EXPRESSION_IN:
        return is_in(condition, item);
    case EXPRESSION_EXISTS:
        return is_there(condition, item);
    case EXPRESSION_NOT_EXISTS:
        return !is_there(condition, item);
    case EXPRESSION_TYPE:
    case EXPRESSION_BEGINS_WITH:
    case EXPRESSION_CONTAINS:
    case EXPRESSION_MATCHES:
        return holds_for_both(condition, item);
    case EXPRESSION_PATH:
    case EXPRESSION_VALUE:
    case EXPRESSION_SIZE:
    case EXPRESSION_ADD:
    case EXPRESSION_SUBTRACT:
    case EXPRESSION_IF_NOT_EXISTS:
    case EXPRESSION_LIST_APPEND:
        break;
    }
    return false;
}

bool expression_holds(const struct expression *condition, const struct value *item,
    struct arena *arena)
{
    (void)arena; /* no kind of condition needs memory today */
    return holds(condition, item);
}

void expression_release(struct expression *condition)
{
    if (condition->kind == EXPRESSION_MATCHES && condition->prepared) {
        struct pattern **kept = condition->prepared;

        pattern_free(*kept);
        *kept = NULL;
    }
    for (size_t i = 0; i < condition->count; i++)
        expression_release(condition->operand[i]);
}
