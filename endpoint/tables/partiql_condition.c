#include "endpoint/tables/partiql_parser.h"

#include "base/crypto.h"

enum { BOUND_LIMIT = 1024 };

struct comparison_record {
    const char *sign;
    enum expression_kind kind;
};

static const struct comparison_record comparison_table[] = {
    {"=", EXPRESSION_EQ},
    {"<>", EXPRESSION_NE},
    {"!=", EXPRESSION_NE},
    {"<", EXPRESSION_LT},
    {"<=", EXPRESSION_LE},
    {">", EXPRESSION_GT},
    {">=", EXPRESSION_GE},
};

/* Types that IS tests; the others are known and refused. */
struct type_record {
    const char *word;
    const char *type; /* of attribute_type; NULL: no type of an attribute */
};

static const struct type_record type_table[] = {
    {"NULL", "NULL"},
    {"BOOLEAN", "BOOL"},
    {"BOOL", "BOOL"},
    {"BLOB", "B"},
    {"STRING", "S"},
    {"NUMERIC", "N"},
    {"STRUCT", "M"},
    {"TUPLE", "M"},
    {"LIST", "L"},
    {"BAG", NULL},
    {"CHAR", NULL},
    {"CHARACTER", NULL},
    {"CLOB", NULL},
    {"DATE", NULL},
    {"DEC", NULL},
    {"DECIMAL", NULL},
    {"DOUBLE", NULL},
    {"FLOAT", NULL},
    {"INT", NULL},
    {"INT2", NULL},
    {"INT4", NULL},
    {"INT8", NULL},
    {"INTEGER", NULL},
    {"INTEGER2", NULL},
    {"INTEGER4", NULL},
    {"INTEGER8", NULL},
    {"REAL", NULL},
    {"SEXP", NULL},
    {"SMALLINT", NULL},
    {"SYMBOL", NULL},
    {"TIME", NULL},
    {"TIMESTAMP", NULL},
    {"VARCHAR", NULL},
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

static struct expression *make_one(struct partiql_parser *parser, enum expression_kind kind,
    struct expression *operand)
{
    const struct partiql_list list = {&operand, 1, 1};

    return partiql_make(parser, kind, &list);
}

static struct expression *make_two(struct partiql_parser *parser, enum expression_kind kind,
    struct expression *a, struct expression *b)
{
    struct expression *pair[] = {a, b};
    const struct partiql_list list = {pair, 2, 2};

    return partiql_make(parser, kind, &list);
}

/* Ordering knows strings, numbers and binaries. */
static bool check_ordering(struct partiql_parser *parser, const char *operation,
    const struct expression *predicate)
{
    for (size_t i = 0; i < predicate->count; i++) {
        const char *type = partiql_known_type(predicate->operand[i]);

        if (type && !text_is(text_of(type), "S") && !text_is(text_of(type), "N") &&
            !text_is(text_of(type), "B"))
            return partiql_fail_operand(parser, operation, type);
    }
    return true;
}

/* An operand that a condition may compare: +, - and others are for SET. */
static struct expression *read_compared(struct partiql_parser *parser)
{
    static const char *const sign_table[] = {"+", "-", "*", "/", "%", "||"};
    struct expression *operand = partiql_read_operand(parser);

    for (size_t i = 0; operand && i < sizeof sign_table / sizeof *sign_table; i++)
        if (partiql_lexer_is(&parser->lexer, sign_table[i])) {
            request_fail(parser->request, MESSAGE_PARTIQL_CONDITION_OPERATOR,
                ARGUMENTS(text_of(sign_table[i])));
            return NULL;
        }
    return operand;
}

/* The right side of a comparison. A condition stands for its truth there, a BOOL. */
static struct expression *read_right(struct partiql_parser *parser)
{
    parser->after_operator = true;
    return read_compared(parser);
}

static struct expression *read_comparison(struct partiql_parser *parser, struct expression *left,
    const struct comparison_record *record)
{
    struct expression *right, *comparison;

    partiql_lexer_move(&parser->lexer);
    right = read_right(parser);
    if (!right)
        return NULL;
    comparison = make_two(parser, record->kind, left, right);
    if (comparison && record->kind >= EXPRESSION_LT &&
        !check_ordering(parser, record->sign, comparison))
        return NULL;
    return comparison;
}

/* {S:text}, with B in base64. */
static struct text bound_text(struct partiql_parser *parser, const struct value *bound)
{
    struct text text;
    struct buf out;

    buf_init(&out, 4 * BOUND_LIMIT);
    buf_add_format(&out, "{%s:", value_type_name(bound->type));
    if (bound->type == VALUE_B)
        crypto_add_base64(&out, text_slice(bound->text, 0, BOUND_LIMIT));
    else
        buf_add_text(&out, text_slice(bound->text, 0, BOUND_LIMIT));
    buf_add_char(&out, '}');
    text = arena_text(parser->arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static bool check_bounds(struct partiql_parser *parser, const struct expression *between)
{
    const struct value *low = between->operand[1]->value;
    const struct value *high = between->operand[2]->value;
    enum message message = MESSAGE_PARTIQL_BETWEEN_TYPES;
    bool ordered;

    if (!low || !high)
        return true;
    if (low->type == high->type) {
        if (value_compare(low, high, &ordered) <= 0)
            return true;
        message = MESSAGE_PARTIQL_BETWEEN_ORDER;
    }
    return request_fail(parser->request, message,
        ARGUMENTS(bound_text(parser, low), bound_text(parser, high)));
}

static struct expression *read_between(struct partiql_parser *parser, struct expression *subject)
{
    struct expression *part[] = {subject, NULL, NULL};
    const struct partiql_list list = {part, 3, 3};
    struct expression *between;

    partiql_lexer_move(&parser->lexer);
    part[1] = read_right(parser);
    if (!part[1])
        return NULL;
    if (!partiql_take_word(parser, "AND"))
        return fail(parser, MESSAGE_PARTIQL_LEFTOVER);
    part[2] = read_right(parser);
    if (!part[2])
        return NULL;
    between = partiql_make(parser, EXPRESSION_BETWEEN, &list);
    if (!between || !check_ordering(parser, "BETWEEN", between) || !check_bounds(parser, between))
        return NULL;
    return between;
}

static struct expression *read_in(struct partiql_parser *parser, struct expression *subject)
{
    struct partiql_list list = {0};
    const char *end;

    partiql_lexer_move(&parser->lexer);
    end = partiql_take(parser, "[") ? "]" : partiql_take(parser, "(") ? ")" : NULL;
    if (!end || subject->kind == EXPRESSION_VALUE || partiql_lexer_is(&parser->lexer, end))
        return fail(parser, MESSAGE_PARTIQL_IN);
    if (!partiql_add(parser, &list, subject))
        return NULL;
    do {
        struct expression *candidate = read_right(parser);

        if (!candidate || !partiql_add(parser, &list, candidate))
            return NULL;
    } while (partiql_take(parser, ","));
    if (!partiql_expect(parser, end))
        return NULL;
    if (list.count - 1 > PARTIQL_IN_LIMIT) {
        request_fail(parser->request, MESSAGE_PARTIQL_IN_COUNT,
            ARGUMENTS(request_number(parser->request, (int64_t)list.count - 1)));
        return NULL;
    }
    return partiql_make(parser, EXPRESSION_IN, &list);
}

static struct expression *test_type(struct partiql_parser *parser, struct expression *subject,
    const char *type)
{
    struct value *name = value_new_text(parser->arena, VALUE_S, text_of(type));
    struct expression *operand = name ? expression_new_value(parser->arena, name) : NULL;

    return operand ? make_two(parser, EXPRESSION_TYPE, subject, operand) : no_memory(parser);
}

/* Behind IS [NOT]. */
static struct expression *read_type_test(struct partiql_parser *parser, struct expression *subject)
{
    const struct partiql_lexer where = parser->lexer;
    const struct type_record *record = NULL;

    if (partiql_take_word(parser, "MISSING")) {
        if (subject->kind == EXPRESSION_PATH)
            return make_one(parser, EXPRESSION_NOT_EXISTS, subject);
        return fail(parser, MESSAGE_PARTIQL_IS);
    }
    for (size_t i = 0; i < sizeof type_table / sizeof *type_table; i++)
        if (partiql_lexer_is_word(&where, type_table[i].word))
            record = &type_table[i];
    if (!record)
        return fail(parser, MESSAGE_PARTIQL_TYPE_NAME);
    partiql_lexer_move(&parser->lexer);
    if (!record->type) {
        request_fail(parser->request, MESSAGE_PARTIQL_IS_TYPE, ARGUMENTS(text_of(record->word)));
        return NULL;
    }
    if (subject->kind != EXPRESSION_PATH && subject->kind != EXPRESSION_VALUE)
        return fail(parser, MESSAGE_PARTIQL_IS);
    return test_type(parser, subject, record->type);
}

static struct expression *read_is(struct partiql_parser *parser, struct expression *subject)
{
    struct expression *test;
    bool negated;

    partiql_lexer_move(&parser->lexer);
    negated = partiql_take_word(parser, "NOT");
    test = read_type_test(parser, subject);
    return test && negated ? make_one(parser, EXPRESSION_NOT, test) : test;
}

static struct expression *read_infix(struct partiql_parser *parser, struct expression *left)
{
    if (partiql_lexer_is_word(&parser->lexer, "BETWEEN"))
        return read_between(parser, left);
    if (partiql_lexer_is_word(&parser->lexer, "IN"))
        return read_in(parser, left);
    if (partiql_lexer_is_word(&parser->lexer, "LIKE")) {
        request_fail(parser->request, MESSAGE_PARTIQL_CONDITION_OPERATOR, ARGUMENTS(TEXT("LIKE")));
        return NULL;
    }
    return fail(parser, MESSAGE_PARTIQL_LEFTOVER);
}

/* An operand and at most one comparison or test behind it. */
static struct expression *read_predicate(struct partiql_parser *parser)
{
    struct expression *left = read_compared(parser);
    struct expression *inner;

    if (!left)
        return NULL;
    for (size_t i = 0; i < sizeof comparison_table / sizeof *comparison_table; i++)
        if (partiql_lexer_is(&parser->lexer, comparison_table[i].sign))
            return read_comparison(parser, left, &comparison_table[i]);
    if (partiql_lexer_is_word(&parser->lexer, "IS"))
        return read_is(parser, left);
    if (partiql_take_word(parser, "NOT")) {
        inner = read_infix(parser, left);
        return inner ? make_one(parser, EXPRESSION_NOT, inner) : NULL;
    }
    if (partiql_lexer_is_word(&parser->lexer, "BETWEEN") ||
        partiql_lexer_is_word(&parser->lexer, "IN") ||
        partiql_lexer_is_word(&parser->lexer, "LIKE"))
        return read_infix(parser, left);
    return left;
}

static struct expression *read_not(struct partiql_parser *parser)
{
    struct expression *condition;
    bool negated = false, any = false;

    for (; partiql_take_word(parser, "NOT"); any = true) {
        negated = !negated;
        parser->after_operator = false;
    }
    condition = read_predicate(parser);
    if (!condition || !any)
        return condition;
    if (!partiql_is_condition(condition))
        return fail(parser, MESSAGE_PARTIQL_NOT);
    return negated ? make_one(parser, EXPRESSION_NOT, condition) : condition;
}

static struct expression *read_joined(struct partiql_parser *parser, const char *word,
    enum expression_kind kind, struct expression *(*read)(struct partiql_parser *parser))
{
    struct partiql_list list = {0};
    struct expression *first = read(parser);

    if (!first || !partiql_lexer_is_word(&parser->lexer, word))
        return first;
    if (!partiql_add(parser, &list, first))
        return NULL;
    while (partiql_take_word(parser, word)) {
        struct expression *next;

        parser->after_operator = true;
        next = read(parser);
        if (!next || !partiql_add(parser, &list, next))
            return NULL;
    }
    for (size_t i = 0; i < list.count; i++)
        if (!partiql_is_condition(list.element[i]))
            return fail(parser, MESSAGE_PARTIQL_AND_OR);
    return partiql_make(parser, kind, &list);
}

static struct expression *read_and(struct partiql_parser *parser)
{
    return read_joined(parser, "AND", EXPRESSION_AND, read_not);
}

struct expression *partiql_read_condition(struct partiql_parser *parser)
{
    return read_joined(parser, "OR", EXPRESSION_OR, read_and);
}
