#include "client/expression.h"

#include <string.h>

#include "client/expression_form.h"

const struct expression_form expression_form_table[] = {
    [EXPRESSION_PATH] = {"", SHAPE_LEAF, 0, false},
    [EXPRESSION_VALUE] = {"", SHAPE_LEAF, 0, false},
    [EXPRESSION_SIZE] = {"size", SHAPE_FUNCTION, 1, false},
    [EXPRESSION_EQ] = {"=", SHAPE_INFIX, 2, false},
    [EXPRESSION_NE] = {"<>", SHAPE_INFIX, 2, false},
    [EXPRESSION_LT] = {"<", SHAPE_INFIX, 2, false},
    [EXPRESSION_LE] = {"<=", SHAPE_INFIX, 2, false},
    [EXPRESSION_GT] = {">", SHAPE_INFIX, 2, false},
    [EXPRESSION_GE] = {">=", SHAPE_INFIX, 2, false},
    [EXPRESSION_BETWEEN] = {"BETWEEN", SHAPE_BETWEEN, 3, false},
    [EXPRESSION_IN] = {"IN", SHAPE_IN, 0, false},
    [EXPRESSION_EXISTS] = {"attribute_exists", SHAPE_FUNCTION, 1, false},
    [EXPRESSION_NOT_EXISTS] = {"attribute_not_exists", SHAPE_FUNCTION, 1, false},
    [EXPRESSION_TYPE] = {"attribute_type", SHAPE_FUNCTION, 2, false},
    [EXPRESSION_BEGINS_WITH] = {"begins_with", SHAPE_FUNCTION, 2, false},
    [EXPRESSION_CONTAINS] = {"contains", SHAPE_FUNCTION, 2, false},
    [EXPRESSION_AND] = {"AND", SHAPE_JOINED, 0, false},
    [EXPRESSION_OR] = {"OR", SHAPE_JOINED, 0, false},
    [EXPRESSION_NOT] = {"NOT", SHAPE_PREFIX, 1, false},
    [EXPRESSION_MATCHES] = {"MATCHES", SHAPE_INFIX, 2, false},
    [EXPRESSION_ADD] = {"+", SHAPE_INFIX, 2, true},
    [EXPRESSION_SUBTRACT] = {"-", SHAPE_INFIX, 2, true},
    [EXPRESSION_IF_NOT_EXISTS] = {"if_not_exists", SHAPE_FUNCTION, 2, true},
    [EXPRESSION_LIST_APPEND] = {"list_append", SHAPE_FUNCTION, 2, true},
};

const char *const update_kind_name[] = {
    [UPDATE_SET] = "SET",
    [UPDATE_REMOVE] = "REMOVE",
    [UPDATE_ADD] = "ADD",
    [UPDATE_DELETE] = "DELETE",
};

enum { KIND_COUNT = sizeof expression_form_table / sizeof *expression_form_table };

bool expression_find_function(struct text name, enum expression_kind *out)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct expression_form *form = &expression_form_table[i];

        if (form->shape == SHAPE_FUNCTION && text_is(name, form->text)) {
            *out = (enum expression_kind)i;
            return true;
        }
    }
    return false;
}

struct expression *expression_new(struct arena *arena, enum expression_kind kind, size_t operands)
{
    struct expression *expression = arena_alloc(arena, 1, sizeof *expression);

    if (!expression)
        return NULL;
    expression->kind = kind;
    expression->count = operands;
    if (operands > 0) {
        expression->operand = arena_alloc(arena, operands, sizeof(struct expression *));
        if (!expression->operand)
            return NULL;
    }
    if (kind == EXPRESSION_MATCHES) {
        /* The cell of the compiled pattern: conditions themselves are constant. */
        expression->prepared = arena_alloc(arena, 1, sizeof(void *));
        if (!expression->prepared)
            return NULL;
    }
    return expression;
}

struct expression *expression_new_path(struct arena *arena, const struct path *path)
{
    struct expression *expression = expression_new(arena, EXPRESSION_PATH, 0);

    if (expression)
        expression->path = path;
    return expression;
}

struct expression *expression_new_value(struct arena *arena, const struct value *value)
{
    struct expression *expression = expression_new(arena, EXPRESSION_VALUE, 0);

    if (expression)
        expression->value = value;
    return expression;
}

static size_t put_conjuncts(struct expression **to, struct expression *from)
{
    if (from->kind != EXPRESSION_AND) {
        *to = from;
        return 1;
    }
    if (from->count > 0)
        memcpy(to, from->operand, from->count * sizeof(struct expression *));
    return from->count;
}

struct expression *expression_and(struct arena *arena, struct expression *a, struct expression *b)
{
    struct expression *joined;
    size_t count;

    if (!a || !b)
        return a ? a : b;
    count = (a->kind == EXPRESSION_AND ? a->count : 1) + (b->kind == EXPRESSION_AND ? b->count : 1);
    joined = expression_new(arena, EXPRESSION_AND, count);
    if (!joined)
        return NULL;
    joined->offset = a->offset;
    count = put_conjuncts(joined->operand, a);
    put_conjuncts(joined->operand + count, b);
    return joined;
}

struct path *path_new_name(struct arena *arena, struct text name)
{
    struct path *path = arena_alloc(arena, 1, sizeof *path);

    if (!path)
        return NULL;
    path->part = arena_alloc(arena, 1, sizeof *path->part);
    if (!path->part)
        return NULL;
    path->count = 1;
    path->part[0].name = name;
    return path;
}

static int part_compare(const struct path_part *a, const struct path_part *b)
{
    if (a->is_index != b->is_index)
        return a->is_index ? 1 : -1;
    if (a->is_index)
        return (a->index > b->index) - (a->index < b->index);
    return text_compare(a->name, b->name);
}

int path_compare(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = part_compare(&a->part[i], &b->part[i]);

        if (order)
            return order;
    }
    return (a->count > b->count) - (a->count < b->count);
}

bool path_equal(const struct path *a, const struct path *b)
{
    return a->count == b->count && path_overlap(a, b);
}

bool path_overlap(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (part_compare(&a->part[i], &b->part[i]))
            return false;
    return true;
}

bool path_is_name(const struct path *path, struct text name)
{
    return path->count == 1 && text_equal(path->part[0].name, name);
}

void path_add(struct buf *out, const struct path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->part[i].is_index) {
            buf_add_format(out, "[%zu]", path->part[i].index);
            continue;
        }
        if (i > 0)
            buf_add_char(out, '.');
        value_add_name(out, path->part[i].name);
    }
}

/* NOT binds tighter than AND, AND tighter than OR; sums stand alone or in parentheses. */
static bool needs_parentheses(const struct expression *inner, const struct expression *outer)
{
    bool sum = inner->kind == EXPRESSION_ADD || inner->kind == EXPRESSION_SUBTRACT;
    bool loose = inner->kind == EXPRESSION_OR || inner->kind == EXPRESSION_AND ||
                 inner->kind == EXPRESSION_NOT;

    if (outer->kind == EXPRESSION_NOT)
        return loose;
    return sum || (inner->kind == EXPRESSION_OR && outer->kind == EXPRESSION_AND);
}

/* An AND or OR of one operand is that operand. */
static const struct expression *bare(const struct expression *expression)
{
    while ((expression->kind == EXPRESSION_AND || expression->kind == EXPRESSION_OR) &&
           expression->count == 1)
        expression = expression->operand[0];
    return expression;
}

static void write_operand(struct expression_writer *writer, const struct expression *outer,
    size_t at)
{
    const struct expression *inner = bare(outer->operand[at]);
    bool parentheses = needs_parentheses(inner, outer);

    if (parentheses)
        buf_add_char(writer->out, '(');
    expression_write(writer, inner);
    if (parentheses)
        buf_add_char(writer->out, ')');
}

/* Operands from first on, with the separator between them. */
static void write_operands(struct expression_writer *writer, const struct expression *expression,
    size_t first, const char *blank, const char *separator)
{
    for (size_t i = first; i < expression->count; i++) {
        if (i > first) {
            buf_add_string(writer->out, blank);
            buf_add_string(writer->out, separator);
            buf_add_char(writer->out, ' ');
        }
        write_operand(writer, expression, i);
    }
}

void expression_write(struct expression_writer *writer, const struct expression *expression)
{
    const struct expression_form *form;

    expression = bare(expression);
    form = &expression_form_table[expression->kind];
    switch (form->shape) {
    case SHAPE_LEAF:
        if (expression->kind == EXPRESSION_PATH)
            writer->add_path(writer, expression->path);
        else
            writer->add_value(writer, expression->value);
        break;
    case SHAPE_FUNCTION:
        buf_add_string(writer->out, form->text);
        buf_add_char(writer->out, '(');
        write_operands(writer, expression, 0, "", ",");
        buf_add_char(writer->out, ')');
        break;
    case SHAPE_INFIX:
    case SHAPE_JOINED:
        write_operands(writer, expression, 0, " ", form->text);
        break;
    case SHAPE_BETWEEN:
        write_operand(writer, expression, 0);
        buf_add_string(writer->out, " BETWEEN ");
        write_operands(writer, expression, 1, " ", "AND");
        break;
    case SHAPE_IN:
        write_operand(writer, expression, 0);
        buf_add_string(writer->out, " IN (");
        write_operands(writer, expression, 1, "", ",");
        buf_add_char(writer->out, ')');
        break;
    case SHAPE_PREFIX:
        buf_add_string(writer->out, form->text);
        buf_add_char(writer->out, ' ');
        write_operand(writer, expression, 0);
        break;
    }
}

void expression_write_update(struct expression_writer *writer, const struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct update_action *action = &update->action[i];

        if (i > 0 && action->kind == update->action[i - 1].kind) {
            buf_add_string(writer->out, ", ");
        } else {
            if (i > 0)
                buf_add_char(writer->out, ' ');
            buf_add_string(writer->out, update_kind_name[action->kind]);
            buf_add_char(writer->out, ' ');
        }
        writer->add_path(writer, action->path);
        if (!action->operand)
            continue;
        buf_add_string(writer->out, action->kind == UPDATE_SET ? " = " : " ");
        expression_write(writer, action->operand);
    }
}

static void add_own_path(struct expression_writer *writer, const struct path *path)
{
    path_add(writer->out, path);
}

static void add_own_value(struct expression_writer *writer, const struct value *value)
{
    value_add_literal(writer->out, value);
}

void expression_add_text(struct buf *out, const struct expression *expression)
{
    struct expression_writer writer = {out, add_own_path, add_own_value, NULL};

    expression_write(&writer, expression);
}

void update_add_text(struct buf *out, const struct update *update)
{
    struct expression_writer writer = {out, add_own_path, add_own_value, NULL};

    expression_write_update(&writer, update);
}
