#include "client/expression_parser.h"

#include <string.h>

/*
 * Conditions and right sides of SET, with two states: a node is wanted (want_node), or one is
 * there, on top of the operand stack (go_on), and the token behind it decides what it becomes.
 */
enum step { STEP_WANT, STEP_HAVE, STEP_DONE, STEP_FAILED };

static struct expression_frame *top_frame(struct expression_parser *parser)
{
    return parser->frame_count ? &parser->frame[parser->frame_count - 1] : NULL;
}

static struct expression *top_operand(struct expression_parser *parser)
{
    return parser->operand[parser->operand_count - 1];
}

static bool push_frame(struct expression_parser *parser, struct expression_frame frame)
{
    struct expression_frame *array = expression_grow(parser, parser->frame, parser->frame_count,
        &parser->frame_room, sizeof *array);

    if (!array)
        return false;
    parser->frame = array;
    array[parser->frame_count++] = frame;
    return true;
}

static bool push_operand(struct expression_parser *parser, struct expression *node, size_t offset)
{
    struct expression **array;

    if (!node)
        return expression_no_memory(parser);
    array = expression_grow(parser, parser->operand, parser->operand_count, &parser->operand_room,
        sizeof(struct expression *));
    if (!array)
        return false;
    parser->operand = array;
    node->offset = offset;
    array[parser->operand_count++] = node;
    parser->grouped = false;
    return true;
}

/* Ends the frame on top: its operands become one node. */
static struct expression *reduce(struct expression_parser *parser)
{
    struct expression_frame frame = parser->frame[--parser->frame_count];
    size_t count = parser->operand_count - frame.base;
    struct expression *node = expression_new(parser->arena, frame.result, count);

    if (node)
        memcpy(node->operand, parser->operand + frame.base, count * sizeof(struct expression *));
    parser->operand_count = frame.base;
    return push_operand(parser, node, frame.offset) ? node : NULL;
}

/* Only an operand may stand here, not a condition. */
static bool is_operand_place(struct expression_parser *parser)
{
    const struct expression_frame *top = top_frame(parser);

    if (!top)
        return false;
    if (top->kind == FRAME_GROUP)
        return top->operand_only;
    return top->kind != FRAME_NOT && top->kind != FRAME_AND && top->kind != FRAME_OR;
}

/* Every function may stand on either side as far as the grammar goes; which one may is an issue. */
static bool is_operand(const struct expression *node)
{
    return node->kind == EXPRESSION_PATH || node->kind == EXPRESSION_VALUE ||
           expression_form_table[node->kind].shape == SHAPE_FUNCTION;
}

static bool is_condition(const struct expression *node)
{
    return node->kind != EXPRESSION_PATH && node->kind != EXPRESSION_VALUE;
}

static bool is_sum(const struct expression *node)
{
    return node->kind == EXPRESSION_ADD || node->kind == EXPRESSION_SUBTRACT;
}

static enum step want_call(struct expression_parser *parser)
{
    struct expression_frame frame = {.kind = FRAME_CALL,
        .base = parser->operand_count,
        .name = expression_lexer_text(&parser->lexer),
        .offset = parser->lexer.start};

    expression_count_operator(parser);
    expression_lexer_move(&parser->lexer);
    expression_lexer_move(&parser->lexer);
    return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
}

static enum step want_leaf(struct expression_parser *parser)
{
    size_t offset = parser->lexer.start;
    struct expression *node;

    if (parser->lexer.kind == TOKEN_VALUE) {
        node = expression_new_value(parser->arena, expression_take_value(parser));
    } else {
        struct path *path = expression_parse_path(parser);

        if (!path)
            return STEP_FAILED;
        node = expression_new_path(parser->arena, path);
    }
    return push_operand(parser, node, offset) ? STEP_HAVE : STEP_FAILED;
}

static enum step want_node(struct expression_parser *parser)
{
    const struct expression_frame *top = top_frame(parser);
    struct expression_frame frame = {.base = parser->operand_count, .offset = parser->lexer.start};

    if (expression_lexer_is(&parser->lexer, '(')) {
        frame.kind = FRAME_GROUP;
        frame.operand_only = is_operand_place(parser);
        expression_lexer_move(&parser->lexer);
        return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
    }
    if (parser->grammar == GRAMMAR_CONDITION && expression_lexer_is_word(&parser->lexer, "NOT") &&
        !is_operand_place(parser) && !(top && top->kind == FRAME_NOT)) {
        frame.kind = FRAME_NOT;
        frame.result = EXPRESSION_NOT;
        expression_count_operator(parser);
        expression_lexer_move(&parser->lexer);
        return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
    }
    if (expression_lexer_is_call(&parser->lexer) && !expression_is_keyword(parser))
        return want_call(parser);
    return want_leaf(parser); /* anything else is the path's syntax error */
}

static enum expression_kind comparison(struct text token)
{
    for (int kind = EXPRESSION_EQ; kind < EXPRESSION_GE; kind++)
        if (text_is(token, expression_form_table[kind].text))
            return (enum expression_kind)kind;
    return EXPRESSION_GE;
}

/* The operand on top is the left side of a predicate; STEP_HAVE when the token says otherwise. */
static enum step begin_predicate(struct expression_parser *parser)
{
    struct expression *left = top_operand(parser);
    struct expression_frame frame = {.base = parser->operand_count - 1, .offset = left->offset};

    if (parser->grammar != GRAMMAR_CONDITION || !is_operand(left) || is_operand_place(parser))
        return STEP_HAVE;
    if (parser->lexer.kind == TOKEN_COMPARATOR) {
        frame.kind = FRAME_COMPARE;
        frame.result = comparison(expression_lexer_text(&parser->lexer));
    } else if (expression_lexer_is_word(&parser->lexer, "BETWEEN")) {
        frame.kind = FRAME_BETWEEN_LOW;
        frame.result = EXPRESSION_BETWEEN;
    } else if (expression_lexer_is_word(&parser->lexer, "IN")) {
        frame.kind = FRAME_IN;
        frame.result = EXPRESSION_IN;
        expression_lexer_move(&parser->lexer);
        if (!expression_lexer_is(&parser->lexer, '('))
            return expression_syntax_error(parser) ? STEP_WANT : STEP_FAILED;
    } else {
        return STEP_HAVE;
    }
    expression_count_operator(parser);
    expression_lexer_move(&parser->lexer);
    return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
}

static enum step end_predicate(struct expression_parser *parser)
{
    struct expression *predicate = reduce(parser);

    if (!predicate)
        return STEP_FAILED;
    expression_check_predicate(parser, predicate);
    return STEP_HAVE;
}

static enum step end_call(struct expression_parser *parser)
{
    struct expression_frame *frame = top_frame(parser);
    struct text name = frame->name;
    struct expression *call;
    bool known = expression_find_function(name, &frame->result);

    if (!known)
        frame->result = EXPRESSION_SIZE; /* fits everywhere; the tree is not used */
    call = reduce(parser);
    if (!call)
        return STEP_FAILED;
    expression_check_call(parser, call, name, known);
    return STEP_HAVE;
}

/* Inside the parentheses of a function or of IN. */
static enum step end_argument(struct expression_parser *parser, enum frame_kind kind)
{
    if (expression_lexer_is(&parser->lexer, ',')) {
        expression_lexer_move(&parser->lexer);
        return STEP_WANT;
    }
    if (!expression_lexer_is(&parser->lexer, ')'))
        return expression_syntax_error(parser) ? STEP_WANT : STEP_FAILED;
    expression_lexer_move(&parser->lexer);
    return kind == FRAME_CALL ? end_call(parser) : end_predicate(parser);
}

static enum step end_low_bound(struct expression_parser *parser)
{
    if (!expression_lexer_is_word(&parser->lexer, "AND"))
        return expression_syntax_error(parser) ? STEP_WANT : STEP_FAILED;
    expression_lexer_move(&parser->lexer);
    top_frame(parser)->kind = FRAME_BETWEEN_HIGH;
    return STEP_WANT;
}

static enum step end_group(struct expression_parser *parser)
{
    if (!expression_lexer_is(&parser->lexer, ')'))
        return expression_syntax_error(parser) ? STEP_WANT : STEP_FAILED;
    if (parser->grouped)
        expression_raise(parser, ISSUE_PARENTHESES, "The expression has redundant parentheses;");
    expression_lexer_move(&parser->lexer);
    parser->frame_count--;
    parser->grouped = true;
    return STEP_HAVE;
}

/* The token is AND or OR, between conditions; the frame on top holds looser or equal ones. */
static enum step join(struct expression_parser *parser, enum frame_kind kind)
{
    const struct expression_frame *top = top_frame(parser);
    struct expression *left = top_operand(parser);
    struct expression_frame frame = {.kind = kind,
        .result = kind == FRAME_AND ? EXPRESSION_AND : EXPRESSION_OR,
        .base = parser->operand_count - 1,
        .offset = left->offset};

    expression_end_clause(parser, left);
    expression_count_operator(parser);
    expression_lexer_move(&parser->lexer);
    if (top && top->kind == kind)
        return STEP_WANT;
    return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
}

static enum step go_on_condition(struct expression_parser *parser)
{
    const struct expression_frame *top = top_frame(parser);
    struct expression *node = top_operand(parser);
    bool and = expression_lexer_is_word(&parser->lexer, "AND");
    bool or = expression_lexer_is_word(&parser->lexer, "OR");

    if (is_operand_place(parser) || (!is_condition(node) && top && top->kind == FRAME_GROUP))
        return end_group(parser);
    if (!is_condition(node))
        return expression_syntax_error(parser) ? STEP_WANT : STEP_FAILED;
    if (top && top->kind == FRAME_NOT) {
        expression_end_clause(parser, node);
        return reduce(parser) ? STEP_HAVE : STEP_FAILED;
    }
    if (and)
        return join(parser, FRAME_AND);
    if (or &&!(top && top->kind == FRAME_AND))
        return join(parser, FRAME_OR);
    if (top && top->kind == FRAME_GROUP)
        return end_group(parser);
    expression_end_clause(parser, node);
    if (!top)
        return STEP_DONE;
    return reduce(parser) ? STEP_HAVE : STEP_FAILED;
}

static enum step go_on_sum(struct expression_parser *parser)
{
    struct expression *left = top_operand(parser);
    bool plus = expression_lexer_is(&parser->lexer, '+');
    struct expression_frame frame = {.kind = FRAME_SUM,
        .result = plus ? EXPRESSION_ADD : EXPRESSION_SUBTRACT,
        .base = parser->operand_count - 1,
        .offset = left->offset};

    if ((plus || expression_lexer_is(&parser->lexer, '-')) && (!is_sum(left) || parser->grouped)) {
        expression_count_operator(parser);
        expression_lexer_move(&parser->lexer);
        return push_frame(parser, frame) ? STEP_WANT : STEP_FAILED;
    }
    return top_frame(parser) ? end_group(parser) : STEP_DONE;
}

static enum step go_on(struct expression_parser *parser)
{
    enum step step = begin_predicate(parser);
    struct expression_frame *top = top_frame(parser);
    struct expression *sum;

    if (step != STEP_HAVE)
        return step;
    if (!top)
        return parser->grammar == GRAMMAR_UPDATE ? go_on_sum(parser) : go_on_condition(parser);
    switch (top->kind) {
    case FRAME_CALL:
    case FRAME_IN:
        return end_argument(parser, top->kind);
    case FRAME_COMPARE:
    case FRAME_BETWEEN_HIGH:
        return end_predicate(parser);
    case FRAME_BETWEEN_LOW:
        return end_low_bound(parser);
    case FRAME_SUM:
        sum = reduce(parser);
        if (!sum)
            return STEP_FAILED;
        expression_check_sum(parser, sum);
        return STEP_HAVE;
    case FRAME_GROUP:
    case FRAME_NOT:
    case FRAME_AND:
    case FRAME_OR:
        break;
    }
    return parser->grammar == GRAMMAR_UPDATE ? go_on_sum(parser) : go_on_condition(parser);
}

struct expression *expression_parse_tree(struct expression_parser *parser)
{
    enum step step = STEP_WANT;

    parser->operand_count = 0;
    parser->frame_count = 0;
    while (step == STEP_WANT || step == STEP_HAVE)
        step = step == STEP_WANT ? want_node(parser) : go_on(parser);
    return step == STEP_DONE ? parser->operand[0] : NULL;
}
