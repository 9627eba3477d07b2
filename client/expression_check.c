#include "client/expression_parser.h"

#include "base/crypto.h"

enum { IN_LIMIT = 100, BOUND_LIMIT = 64 * 1024 };

static const char wrong_type[] = "Incorrect operand type for operator or function; operator or "
                                 "function: %s, operand type: %s";

static const char *form_text(const struct expression *expression)
{
    return expression_form_table[expression->kind].text;
}

/* The constant of an operand; NULL when only the item can tell. */
static const struct value *constant(const struct expression *operand)
{
    return operand->kind == EXPRESSION_VALUE ? operand->value : NULL;
}

/* The type that an operand is sure to have, or NULL. */
static const char *known_type(const struct expression *operand)
{
    const struct value *value = constant(operand);

    if (operand->kind == EXPRESSION_SIZE)
        return "N";
    return value ? value_type_name(value->type) : NULL;
}

static void refuse_type(struct expression_parser *parser, const struct expression *operation,
    const char *type)
{
    expression_raise(parser, ISSUE_TYPE, wrong_type, form_text(operation), type);
}

static bool is_one_of(const char *type, const char *a, const char *b, const char *c)
{
    struct text text = text_of(type);

    return text_is(text, a) || text_is(text, b) || text_is(text, c);
}

/* size() may be an operand, the functions that are conditions may not. */
static void check_operands(struct expression_parser *parser, const struct expression *operation)
{
    for (size_t i = 0; i < operation->count; i++) {
        const struct expression *operand = operation->operand[i];

        if (operand->kind >= EXPRESSION_EXISTS && operand->kind <= EXPRESSION_CONTAINS)
            expression_raise(parser, ISSUE_MISUSED,
                "The function is not allowed to be used this way in an expression; function: %s",
                form_text(operand));
    }
}

static void check_distinct(struct expression_parser *parser, const struct expression *operation)
{
    const struct path *first = operation->operand[0]->path;

    for (size_t i = 1; first && i < operation->count; i++) {
        const struct path *other = operation->operand[i]->path;

        if (other && path_equal(first, other))
            expression_raise(parser, ISSUE_DISTINCT,
                "The first operand must be distinct from the remaining operands for this operator "
                "or function; operator: %s, first operand: %s",
                form_text(operation), expression_describe_path(parser, first));
    }
}

static void check_type_name(struct expression_parser *parser, const struct expression *call)
{
    const char *type = known_type(call->operand[1]);
    const struct value *name = constant(call->operand[1]);
    enum value_type ignored;

    if (call->operand[1]->kind == EXPRESSION_VALUE && !name)
        return; /* not defined, which is an issue already */
    if (!type || !name || name->type != VALUE_S) {
        refuse_type(parser, call, type ? type : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
        return;
    }
    if (!value_type_parse(name->text, &ignored))
        expression_raise(parser, ISSUE_TYPE,
            "Invalid attribute type name found; type: %.*s, valid types: "
            "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
            (int)text_slice(name->text, 0, BOUND_LIMIT).length, name->text.data);
}

static void check_arguments(struct expression_parser *parser, const struct expression *call)
{
    bool wants_path = call->kind == EXPRESSION_EXISTS || call->kind == EXPRESSION_NOT_EXISTS ||
                      call->kind == EXPRESSION_TYPE || call->kind == EXPRESSION_IF_NOT_EXISTS;

    if (wants_path && call->operand[0]->kind != EXPRESSION_PATH) {
        expression_raise(parser, ISSUE_TYPE,
            "Operator or function requires a document path; operator or function: %s",
            form_text(call));
        return;
    }
    if (call->kind == EXPRESSION_TYPE)
        check_type_name(parser, call);
    for (size_t i = 0; i < call->count; i++) {
        const char *type = known_type(call->operand[i]);

        if (!type)
            continue;
        if (call->kind == EXPRESSION_BEGINS_WITH && !is_one_of(type, "S", "B", "B"))
            refuse_type(parser, call, type);
        if (call->kind == EXPRESSION_SIZE && is_one_of(type, "N", "BOOL", "NULL"))
            refuse_type(parser, call, type);
        if (call->kind == EXPRESSION_LIST_APPEND && !is_one_of(type, "L", "L", "L"))
            refuse_type(parser, call, type);
    }
}

void expression_check_call(struct expression_parser *parser, const struct expression *call,
    struct text name, bool known)
{
    bool update = parser->grammar == GRAMMAR_UPDATE;
    const struct expression_form *form = &expression_form_table[call->kind];

    check_operands(parser, call);
    if (!known) {
        expression_raise(parser, ISSUE_FUNCTION, "Invalid function name; function: %.*s",
            (int)name.length, name.data);
    } else if (form->for_update != update) {
        expression_raise(parser, ISSUE_FUNCTION,
            "The function is not allowed in %s expression; function: %s",
            update ? "an update" : "a condition", form->text);
    } else if (call->count != form->operands) {
        expression_raise(parser, update ? ISSUE_TYPE : ISSUE_COUNT,
            "Incorrect number of operands for operator or function; operator or function: %s, "
            "number of operands: %zu",
            form->text, call->count);
    } else {
        if (!update)
            check_distinct(parser, call);
        check_arguments(parser, call);
    }
}

/* "{S:text}", with B in base64. */
static const char *describe_bound(struct expression_parser *parser, const struct value *bound)
{
    const char *description;
    struct buf out;

    buf_init(&out, 4 * BOUND_LIMIT);
    buf_add_format(&out, "{%s:", value_type_name(bound->type));
    if (bound->type == VALUE_B)
        crypto_add_base64(&out, text_slice(bound->text, 0, BOUND_LIMIT));
    else
        buf_add_text(&out, text_slice(bound->text, 0, BOUND_LIMIT));
    buf_add_char(&out, '}');
    description = arena_string(parser->arena, buf_view(&out));
    buf_done(&out);
    return description ? description : "";
}

static void check_bounds(struct expression_parser *parser, const struct expression *between)
{
    const struct value *low = constant(between->operand[1]);
    const struct value *high = constant(between->operand[2]);
    const char *complaint = NULL;
    bool ordered;

    if (!low || !high || low->type > VALUE_B || high->type > VALUE_B)
        return;
    if (low->type != high->type)
        complaint = "same data type for lower and upper bounds";
    else if (value_compare(low, high, &ordered) > 0)
        complaint = "upper bound to be greater than or equal to lower bound";
    if (complaint)
        expression_raise(parser, ISSUE_TYPE,
            "The BETWEEN operator requires %s; lower bound operand: AttributeValue: %s, upper "
            "bound operand: AttributeValue: %s",
            complaint, describe_bound(parser, low), describe_bound(parser, high));
}

void expression_check_predicate(struct expression_parser *parser,
    const struct expression *predicate)
{
    bool ordering = predicate->kind >= EXPRESSION_LT && predicate->kind <= EXPRESSION_BETWEEN;

    check_operands(parser, predicate);
    check_distinct(parser, predicate);
    if (predicate->kind == EXPRESSION_IN && predicate->count - 1 > IN_LIMIT)
        expression_raise(parser, ISSUE_COUNT,
            "The IN operator is provided with too many operands; number of operands: %zu",
            predicate->count - 1);
    for (size_t i = 0; ordering && i < predicate->count; i++) {
        const char *type = known_type(predicate->operand[i]);

        if (type && !is_one_of(type, "S", "N", "B"))
            refuse_type(parser, predicate, type);
    }
    if (predicate->kind == EXPRESSION_BETWEEN)
        check_bounds(parser, predicate);
    expression_end_clause(parser, predicate);
}

void expression_check_sum(struct expression_parser *parser, const struct expression *sum)
{
    for (size_t i = 0; i < sum->count; i++) {
        const char *type = known_type(sum->operand[i]);

        if (type && !text_is(text_of(type), "N"))
            refuse_type(parser, sum, type);
    }
}

void expression_check_added(struct expression_parser *parser, enum update_kind kind,
    const struct value *value)
{
    static const char *const long_name[] = {
        [VALUE_S] = "STRING",
        [VALUE_N] = "NUMBER",
        [VALUE_B] = "BINARY",
        [VALUE_BOOL] = "BOOLEAN",
        [VALUE_NULL] = "NULL",
        [VALUE_L] = "LIST",
        [VALUE_M] = "MAP",
    };

    if (value_is_set(value->type) || (kind == UPDATE_ADD && value->type == VALUE_N))
        return;
    expression_raise(parser, ISSUE_OPERAND,
        "Incorrect operand type for operator or function; operator: %s, operand type: %s",
        update_kind_name[kind], long_name[value->type]);
}

void expression_end_clause(struct expression_parser *parser, const struct expression *node)
{
    static const enum expression_issue order[] = {ISSUE_UNDEFINED_NAME, ISSUE_COUNT, ISSUE_DISTINCT,
        ISSUE_TYPE};

    if (node->kind == EXPRESSION_SIZE)
        expression_raise(parser, ISSUE_MISUSED,
            "The function is not allowed to be used this way in an expression; function: %s",
            form_text(node));
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (!parser->issue[ISSUE_CLAUSE])
            parser->issue[ISSUE_CLAUSE] = parser->issue[order[i]];
}
