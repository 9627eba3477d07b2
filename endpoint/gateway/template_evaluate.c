#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "endpoint/gateway/template_value.h"

/* Expressions and references. Recursion is bounded by the nesting of the source and of blocks. */

enum { RUN_DEPTH = 2 * TEMPLATE_NESTING, ARGUMENTS = 8 };

bool template_enter_run(struct template_machine *machine)
{
    if (++machine->depth > RUN_DEPTH)
        return template_break(machine, ERROR_LIMIT, "nested deeper than %d", RUN_DEPTH);
    return template_spend(machine, 0);
}

static struct template_variable *find_variable(struct template_machine *machine, struct text name)
{
    for (size_t i = machine->variable_count; i-- > 0;)
        if (text_equal(machine->variable[i].name, name))
            return &machine->variable[i];
    return NULL;
}

static bool grow_variables(struct template_machine *machine)
{
    size_t capacity =
        machine->variable_capacity ? 2 * machine->variable_capacity : TEMPLATE_FIRST_VARIABLES;
    struct template_variable *more;

    if (capacity > TEMPLATE_VARIABLES)
        return template_break(machine, ERROR_LIMIT, "more than %d variables", TEMPLATE_VARIABLES);
    more = arena_alloc(machine->arena, capacity, sizeof *more);
    if (!more)
        return template_break(machine, ERROR_MEMORY, "out of memory");
    if (machine->variable_count > 0)
        memcpy(more, machine->variable, machine->variable_count * sizeof *more);
    machine->variable = more;
    machine->variable_capacity = capacity;
    return true;
}

bool template_set_variable(struct template_machine *machine, struct text name,
    struct template_value value)
{
    struct template_variable *variable = find_variable(machine, name);

    if (!variable) {
        if (machine->variable_count == machine->variable_capacity && !grow_variables(machine))
            return false;
        variable = &machine->variable[machine->variable_count++];
        variable->name = name;
    }
    variable->value = value;
    return true;
}

static struct template_value loop_property(const struct template_loop *loop, struct text name)
{
    if (text_is(name, "index"))
        return template_integer(loop->index);
    if (text_is(name, "count"))
        return template_integer(loop->index + 1);
    if (text_is(name, "hasNext"))
        return template_bool(loop->index + 1 < loop->count);
    if (text_is(name, "first"))
        return template_bool(loop->index == 0);
    if (text_is(name, "last"))
        return template_bool(loop->index + 1 == loop->count);
    return template_missing();
}

static struct template_value get_property(struct template_machine *machine,
    struct template_value *value, struct text name)
{
    if (value->kind == VALUE_MAP)
        return template_map_get(machine, value->object, name);
    if (value->kind == VALUE_LOOP)
        return loop_property(value->loop, name);
    if (value->kind == VALUE_INPUT && text_is(name, "body"))
        return template_text(machine->input->body.length > 0 ? machine->input->body : TEXT("{}"));
    return value->kind == VALUE_NULL ? template_null() : template_missing();
}

static struct template_value get_index(struct template_machine *machine,
    struct template_value *value, struct template_value *index)
{
    if (value->kind == VALUE_LIST) {
        if (!template_open(machine, value->object))
            return template_null();
        if (index->kind == VALUE_INTEGER && index->integer >= 0 &&
            (uint64_t)index->integer < value->object->count)
            return value->object->entry[index->integer].value;
        return template_missing();
    }
    if (template_is_nothing(index))
        return template_missing();
    return get_property(machine, value, template_to_text(machine, index));
}

static struct template_value call(struct template_machine *machine, struct template_value *value,
    const struct template_access *access)
{
    struct template_value argument[ARGUMENTS] = {{0}};
    size_t count = 0;

    for (const struct template_expression *one = access->argument; one; one = one->next) {
        if (count == ARGUMENTS)
            return template_missing();
        argument[count++] = template_evaluate(machine, one);
    }
    if (machine->failed)
        return template_null();
    if (value->kind == VALUE_INPUT)
        return template_call_input(machine, access, argument);
    if (value->kind == VALUE_UTIL)
        return template_call_util(machine, access->name, argument, count);
    if (value->kind == VALUE_NULL)
        return template_null();
    return template_call(machine, value, access->name, argument, count);
}

struct template_value template_variable(struct template_machine *machine, struct text name)
{
    const struct template_variable *variable = find_variable(machine, name);

    return variable ? variable->value : template_missing();
}

/* Runs the accesses but the last keep. */
struct template_value template_follow(struct template_machine *machine,
    const struct template_reference *reference, const struct template_access *last)
{
    struct template_value value = template_variable(machine, reference->name);

    for (const struct template_access *access = reference->access; access && access != last;
         access = access->next) {
        if (!template_enter_run(machine))
            return template_null();
        if (access->kind == ACCESS_PROPERTY) {
            value = get_property(machine, &value, access->name);
        } else if (access->kind == ACCESS_INDEX) {
            struct template_value index = template_evaluate(machine, access->argument);

            value = get_index(machine, &value, &index);
        } else {
            value = call(machine, &value, access);
        }
        machine->depth--;
        if (value.kind == VALUE_MISSING || machine->failed)
            break;
    }
    return value;
}

static struct template_value evaluate_block(struct template_machine *machine,
    const struct template_node *block)
{
    struct template_value value = template_null();
    struct buf out;

    if (!template_enter_run(machine))
        return value;
    buf_init(&out, TEMPLATE_OUTPUT);
    template_run_nodes(machine, block, &out);
    machine->depth--;
    if (out.failure)
        template_break(machine, out.failure, "a string is too large");
    else
        value = template_text(arena_text(machine->arena, buf_view(&out)));
    if (!out.failure && !value.text.data)
        template_break(machine, ERROR_MEMORY, "out of memory");
    buf_done(&out);
    return value.text.data ? value : template_null();
}

static struct template_value evaluate_list(struct template_machine *machine,
    const struct template_expression *expression)
{
    struct template_value list = template_new_object(machine, false);

    for (const struct template_expression *one = expression->first; one && list.object;
         one = one->next) {
        struct template_value value = template_evaluate(machine, one);

        if (machine->failed ||
            !template_list_insert(machine, list.object, list.object->count, value))
            break;
    }
    return list;
}

static struct template_value evaluate_map(struct template_machine *machine,
    const struct template_expression *expression)
{
    struct template_value map = template_new_object(machine, true);

    for (const struct template_expression *one = expression->first; one && map.object;
         one = one->next->next) {
        struct template_value key = template_evaluate(machine, one);
        struct template_value value = template_evaluate(machine, one->next);

        if (machine->failed ||
            !template_map_put(machine, map.object, template_to_text(machine, &key), value))
            break;
    }
    return map;
}

static struct template_value evaluate_range(struct template_machine *machine,
    const struct template_expression *expression)
{
    struct template_value list = template_new_object(machine, false);
    struct template_value from = template_evaluate(machine, expression->first);
    struct template_value to = template_evaluate(machine, expression->first->next);
    int64_t step;

    if (!list.object || machine->failed || from.kind != VALUE_INTEGER || to.kind != VALUE_INTEGER)
        return template_missing();
    step = from.integer <= to.integer ? 1 : -1;
    for (int64_t at = from.integer;; at += step) {
        if (list.object->count > TEMPLATE_ROUNDS) /* more than a loop may take */
            break;
        if (!template_list_insert(machine, list.object, list.object->count, template_integer(at)) ||
            at == to.integer)
            break;
    }
    return list;
}

static bool is_number(const struct template_value *value)
{
    return value->kind == VALUE_INTEGER || value->kind == VALUE_DECIMAL;
}

static bool to_decimal(struct template_machine *machine, const struct template_value *value,
    struct decimal *out)
{
    return is_number(value) && decimal_parse(template_to_text(machine, value), out) == DECIMAL_OK;
}

static struct template_value order(struct template_machine *machine, enum operator_kind how,
    const struct template_value *a, const struct template_value *b)
{
    struct decimal left, right;
    int result;

    if (!to_decimal(machine, a, &left) || !to_decimal(machine, b, &right))
        return template_bool(false); /* as the language has it: only numbers have an order */
    result = decimal_compare(&left, &right);
    switch (how) {
    case OPERATOR_LT:
        return template_bool(result < 0);
    case OPERATOR_LE:
        return template_bool(result <= 0);
    case OPERATOR_GT:
        return template_bool(result > 0);
    case OPERATOR_GE:
    case OPERATOR_OR:
    case OPERATOR_AND:
    case OPERATOR_EQ:
    case OPERATOR_NE:
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_REMAINDER:
        break;
    }
    return template_bool(result >= 0);
}

/* False on overflow and division by zero: the result is then nothing. */
static bool compute_integer(enum operator_kind how, int64_t a, int64_t b, int64_t *out)
{
    if (how == OPERATOR_ADD)
        return !__builtin_add_overflow(a, b, out);
    if (how == OPERATOR_SUBTRACT)
        return !__builtin_sub_overflow(a, b, out);
    if (how == OPERATOR_MULTIPLY)
        return !__builtin_mul_overflow(a, b, out);
    if (b == 0 || (a == INT64_MIN && b == -1))
        return false;
    *out = how == OPERATOR_DIVIDE ? a / b : a % b;
    return true;
}

static double to_double(const struct template_value *value)
{
    char text[32];
    struct json number = {.kind = JSON_NUMBER, .name = TEXT("n"), .text = value->text};
    struct json object = {.kind = JSON_OBJECT, .first = &number, .count = 1};

    if (value->kind == VALUE_INTEGER) {
        snprintf(text, sizeof text, "%lld", (long long)value->integer);
        number.text = text_of(text);
    }
    return json_double_member(&object, "n", 0);
}

/* Sums of decimals are exact; products are what a double gives, as in Java. */
static struct template_value compute_decimal(struct template_machine *machine,
    enum operator_kind how, const struct template_value *a, const struct template_value *b)
{
    struct template_value value = {.kind = VALUE_DECIMAL};
    struct decimal left, right, result;
    struct json_writer writer;
    struct buf out;

    if (!to_decimal(machine, a, &left) || !to_decimal(machine, b, &right))
        return template_null();
    buf_init(&out, 512);
    json_writer_init(&writer, &out);
    if (how == OPERATOR_ADD || how == OPERATOR_SUBTRACT) {
        enum decimal_result code = how == OPERATOR_ADD ? decimal_add(&left, &right, &result)
                                                       : decimal_subtract(&left, &right, &result);

        if (code == DECIMAL_OK)
            decimal_add_text(&out, &result);
    } else if (how == OPERATOR_MULTIPLY) {
        json_double(&writer, to_double(a) * to_double(b));
    } else if (how == OPERATOR_DIVIDE && to_double(b) != 0.0) {
        json_double(&writer, to_double(a) / to_double(b));
    }
    value.text = arena_text(machine->arena, buf_view(&out));
    if (out.length == 0 || !value.text.data)
        value = template_null();
    buf_done(&out);
    return value;
}

static struct template_value add_texts(struct template_machine *machine,
    const struct template_value *a, const struct template_value *b)
{
    struct template_value value = template_null();
    struct buf out;

    buf_init(&out, TEMPLATE_OUTPUT);
    template_add_value(machine, &out, a);
    template_add_value(machine, &out, b);
    if (!out.failure && template_spend(machine, out.length))
        value = template_text(arena_text(machine->arena, buf_view(&out)));
    if (out.failure || (value.kind == VALUE_TEXT && !value.text.data)) {
        template_break(machine, ERROR_LIMIT, "a string is too large");
        value = template_null();
    }
    buf_done(&out);
    return value;
}

static struct template_value join(struct template_machine *machine, enum operator_kind how,
    const struct template_value *a, const struct template_value *b)
{
    int64_t result;

    switch (how) {
    case OPERATOR_EQ:
        return template_bool(template_is_equal(machine, a, b));
    case OPERATOR_NE:
        return template_bool(!template_is_equal(machine, a, b));
    case OPERATOR_LT:
    case OPERATOR_LE:
    case OPERATOR_GT:
    case OPERATOR_GE:
        return order(machine, how, a, b);
    case OPERATOR_OR:
    case OPERATOR_AND:
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_REMAINDER:
        break;
    }
    if (a->kind == VALUE_INTEGER && b->kind == VALUE_INTEGER)
        return compute_integer(how, a->integer, b->integer, &result) ? template_integer(result)
                                                                     : template_null();
    if (how == OPERATOR_ADD && (a->kind == VALUE_TEXT || b->kind == VALUE_TEXT) &&
        !template_is_nothing(a) && !template_is_nothing(b))
        return add_texts(machine, a, b);
    return compute_decimal(machine, how, a, b);
}

/* From the left; "&&" and "||" leave out what they need not know. */
static struct template_value evaluate_binary(struct template_machine *machine,
    const struct template_expression *expression)
{
    const struct template_expression *operand = expression->first;
    struct template_value value = template_evaluate(machine, operand);

    for (operand = operand->next; operand && template_spend(machine, 0); operand = operand->next) {
        enum operator_kind how = operand->joined;

        if (how == OPERATOR_AND || how == OPERATOR_OR) {
            bool now = template_is_true(&value);

            if (now == (how == OPERATOR_AND)) {
                struct template_value right = template_evaluate(machine, operand);

                now = template_is_true(&right);
            }
            value = template_bool(now);
        } else {
            struct template_value right = template_evaluate(machine, operand);

            value = join(machine, how, &value, &right);
        }
    }
    return value;
}

static struct template_value evaluate_reference(struct template_machine *machine,
    const struct template_reference *reference)
{
    struct template_value value = template_follow(machine, reference, NULL);

    return value.kind == VALUE_BLOCK ? evaluate_block(machine, value.block) : value;
}

struct template_value template_evaluate(struct template_machine *machine,
    const struct template_expression *expression)
{
    struct template_value value = template_null();

    if (!template_enter_run(machine))
        return value;
    switch (expression->kind) {
    case EXPRESSION_TEXT:
        value = template_text(expression->text);
        break;
    case EXPRESSION_INTEGER:
        value = template_integer(expression->integer);
        break;
    case EXPRESSION_DECIMAL:
        value = (struct template_value){.kind = VALUE_DECIMAL, .text = expression->text};
        break;
    case EXPRESSION_BOOL:
        value = template_bool(expression->integer);
        break;
    case EXPRESSION_NULL:
        break;
    case EXPRESSION_INTERPOLATED:
        value = evaluate_block(machine, expression->nodes);
        break;
    case EXPRESSION_REFERENCE:
        value = evaluate_reference(machine, expression->reference);
        break;
    case EXPRESSION_LIST:
        value = evaluate_list(machine, expression);
        break;
    case EXPRESSION_RANGE:
        value = evaluate_range(machine, expression);
        break;
    case EXPRESSION_MAP:
        value = evaluate_map(machine, expression);
        break;
    case EXPRESSION_NOT:
        value = template_evaluate(machine, expression->first);
        value = template_bool(!template_is_true(&value));
        break;
    case EXPRESSION_BINARY:
        value = evaluate_binary(machine, expression);
        break;
    }
    machine->depth--;
    return value;
}
