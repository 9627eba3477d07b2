#include "endpoint/tables/partiql_parser.h"

/* As the language spells them; names of functions in any case. */
static const struct partiql_function function_table[] = {
    {"attribute_exists", EXPRESSION_EXISTS, 1, true},
    {"attribute_not_exists", EXPRESSION_NOT_EXISTS, 1, true},
    {"attribute_type", EXPRESSION_TYPE, 2, true},
    {"begins_with", EXPRESSION_BEGINS_WITH, 2, false},
    {"contains", EXPRESSION_CONTAINS, 2, false},
    {"size", EXPRESSION_SIZE, 1, false},
    {.name = NULL},
};

static struct expression *no_memory(struct partiql_parser *parser)
{
    partiql_no_memory(parser);
    return NULL;
}

static struct expression *fail(struct partiql_parser *parser, enum message message)
{
    partiql_fail(parser, message);
    return NULL;
}

struct expression *partiql_make(struct partiql_parser *parser, enum expression_kind kind,
    const struct partiql_list *operands)
{
    struct expression *expression = expression_new(parser->arena, kind, operands->count);

    if (!expression)
        return no_memory(parser);
    for (size_t i = 0; i < operands->count; i++)
        expression->operand[i] = operands->element[i];
    return expression;
}

bool partiql_is_condition(const struct expression *expression)
{
    return expression->kind >= EXPRESSION_EQ && expression->kind <= EXPRESSION_NOT;
}

const char *partiql_known_type(const struct expression *operand)
{
    if (partiql_is_condition(operand))
        return "BOOL";
    if (operand->kind == EXPRESSION_SIZE)
        return "N";
    return operand->kind == EXPRESSION_VALUE ? value_type_name(operand->value->type) : NULL;
}

static bool is_one_of(const char *type, const char *a, const char *b, const char *c)
{
    struct text text = text_of(type);

    return text_is(text, a) || text_is(text, b) || text_is(text, c);
}

bool partiql_fail_operand(struct partiql_parser *parser, const char *operation, const char *type)
{
    return request_fail(parser->request, MESSAGE_PARTIQL_OPERAND_TYPE,
        ARGUMENTS(text_of(operation), text_of(type)));
}

static bool check_type_name(struct partiql_parser *parser, const struct expression *operand)
{
    const char *type = partiql_known_type(operand);
    enum value_type ignored;

    if (!type || operand->kind != EXPRESSION_VALUE || operand->value->type != VALUE_S)
        return partiql_fail_operand(parser, "attribute_type",
            type ? type : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    return value_type_parse(operand->value->text, &ignored) ||
           request_fail(parser->request, MESSAGE_PARTIQL_ATTRIBUTE_TYPE,
               ARGUMENTS(operand->value->text));
}

static bool check_call(struct partiql_parser *parser, const struct partiql_function *function,
    const struct expression *call)
{
    if (call->kind == EXPRESSION_TYPE)
        return check_type_name(parser, call->operand[1]);
    for (size_t i = 0; i < call->count; i++) {
        const char *type = partiql_known_type(call->operand[i]);

        if (!type)
            continue;
        if ((call->kind == EXPRESSION_BEGINS_WITH && !is_one_of(type, "S", "B", "B")) ||
            (call->kind == EXPRESSION_SIZE && is_one_of(type, "N", "BOOL", "NULL")))
            return partiql_fail_operand(parser, function->name, type);
    }
    return true;
}

/* The service tells the name of an unknown function in lower case. */
struct expression *partiql_fail_function(struct partiql_parser *parser)
{
    struct text name = partiql_lexer_text(&parser->lexer);
    char *lower = arena_string(parser->arena, name);

    for (size_t i = 0; lower && i < name.length; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] - 'A' + 'a');
    partiql_fail_at(parser, MESSAGE_PARTIQL_FUNCTION, text_of(lower), &parser->lexer);
    return NULL;
}

bool partiql_read_arguments(struct partiql_parser *parser, struct partiql_list *out,
    struct expression *(*read)(struct partiql_parser *parser))
{
    partiql_lexer_move(&parser->lexer); /* the name */
    partiql_lexer_move(&parser->lexer); /* ( */
    if (partiql_take(parser, ")"))
        return true;
    do {
        struct expression *argument;

        parser->after_operator = false;
        argument = read(parser);
        if (!argument || !partiql_add(parser, out, argument))
            return false;
    } while (partiql_take(parser, ","));
    return partiql_expect(parser, ")");
}

struct expression *partiql_read_call(struct partiql_parser *parser,
    const struct partiql_function *table, struct expression *(*read)(struct partiql_parser *parser),
    bool (*check)(struct partiql_parser *parser, const struct partiql_function *function,
        const struct expression *call))
{
    struct partiql_list arguments = {0};
    struct expression *call;

    while (table->name && !partiql_lexer_is_word(&parser->lexer, table->name))
        table++;
    if (!table->name)
        return partiql_fail_function(parser);
    if (!partiql_read_arguments(parser, &arguments, read))
        return NULL;
    call = partiql_make(parser, table->kind, &arguments);
    if (!call)
        return NULL;
    if (call->count != table->operands) {
        request_fail(parser->request, MESSAGE_PARTIQL_OPERAND_COUNT,
            ARGUMENTS(text_of(table->name), request_number(parser->request, (int64_t)call->count)));
        return NULL;
    }
    if (table->wants_path && call->operand[0]->kind != EXPRESSION_PATH) {
        request_fail(parser->request, MESSAGE_PARTIQL_DOCUMENT_PATH,
            ARGUMENTS(text_of(table->name)));
        return NULL;
    }
    return check(parser, table, call) ? call : NULL;
}

static bool is_operator(const struct partiql_parser *parser)
{
    static const char *const word_table[] = {"AND", "OR", "BETWEEN", "IN", "IS", "LIKE"};
    static const char *const sign_table[] = {"=", "<>", "!=", "<", "<=", ">", ">=", "*", "/", "%",
        "||"};

    for (size_t i = 0; i < sizeof word_table / sizeof *word_table; i++)
        if (partiql_lexer_is_word(&parser->lexer, word_table[i]))
            return true;
    for (size_t i = 0; i < sizeof sign_table / sizeof *sign_table; i++)
        if (partiql_lexer_is(&parser->lexer, sign_table[i]))
            return true;
    return false;
}

/* What stands here cannot begin a term. */
static struct expression *fail_term(struct partiql_parser *parser)
{
    if (parser->lexer.kind == PARTIQL_END || partiql_lexer_is(&parser->lexer, ";"))
        return fail(parser,
            parser->after_operator ? MESSAGE_PARTIQL_RIGHT_SIDE : MESSAGE_PARTIQL_TERM);
    if (is_operator(parser))
        return fail(parser, MESSAGE_PARTIQL_OPERATOR);
    return fail(parser,
        parser->lexer.kind == PARTIQL_WORD ? MESSAGE_PARTIQL_KEYWORD : MESSAGE_PARTIQL_TERM);
}

static struct expression *read_group(struct partiql_parser *parser)
{
    struct expression *inner;

    partiql_lexer_move(&parser->lexer);
    parser->after_operator = false;
    inner = partiql_read_condition(parser);
    return inner && partiql_expect(parser, ")") ? inner : NULL;
}

struct expression *partiql_read_plain(struct partiql_parser *parser)
{
    const struct value *value = NULL;
    const struct path *path = NULL;
    struct expression *expression;

    if (parser->lexer.kind == PARTIQL_PARAMETER)
        value = partiql_read_parameter(parser);
    else if (partiql_is_literal(parser))
        value = partiql_read_literal(parser);
    else if (partiql_is_name(parser))
        path = partiql_read_path(parser);
    else
        return fail_term(parser);
    if (!value && !path)
        return NULL;
    expression = value ? expression_new_value(parser->arena, value)
                       : expression_new_path(parser->arena, path);
    return expression ? expression : no_memory(parser);
}

static struct expression *read_term(struct partiql_parser *parser)
{
    if (partiql_lexer_is_call(&parser->lexer) && !is_operator(parser))
        return partiql_read_call(parser, function_table, partiql_read_operand, check_call);
    return partiql_lexer_is(&parser->lexer, "(") ? read_group(parser) : partiql_read_plain(parser);
}

struct expression *partiql_read_operand(struct partiql_parser *parser)
{
    struct expression *operand;

    if (!partiql_enter(parser))
        return NULL;
    operand = read_term(parser);
    partiql_leave(parser);
    return operand;
}
