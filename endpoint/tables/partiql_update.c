#include "endpoint/tables/partiql_parser.h"

#include <string.h>

enum { DESCRIPTION_LIMIT = 64 * 1024 };

/* Actions in the order written. */
struct actions {
    struct update_action *action;
    size_t count, room;
};

/* Functions that return a value for SET. */
static const struct partiql_function function_table[] = {
    {"if_not_exists", EXPRESSION_IF_NOT_EXISTS, 2, true},
    {"list_append", EXPRESSION_LIST_APPEND, 2, false},
    {.name = NULL},
};

static struct expression *read_sum(struct partiql_parser *parser);

static bool check_call(struct partiql_parser *parser, const struct partiql_function *function,
    const struct expression *call)
{
    for (size_t i = 0; call->kind == EXPRESSION_LIST_APPEND && i < call->count; i++) {
        const char *type = partiql_known_type(call->operand[i]);

        if (type && !text_is(text_of(type), "L"))
            return partiql_fail_operand(parser, function->name, type);
    }
    return true;
}

static struct expression *read_inner(struct partiql_parser *parser)
{
    struct expression *inner;

    if (partiql_lexer_is_call(&parser->lexer))
        return partiql_read_call(parser, function_table, read_sum, check_call);
    if (!partiql_take(parser, "("))
        return partiql_read_plain(parser);
    inner = read_sum(parser);
    return inner && partiql_expect(parser, ")") ? inner : NULL;
}

static struct expression *read_operand(struct partiql_parser *parser)
{
    struct expression *operand;

    if (!partiql_enter(parser))
        return NULL;
    operand = read_inner(parser);
    partiql_leave(parser);
    return operand;
}

/* An operand, or the sum or difference of two. */
static struct expression *read_sum(struct partiql_parser *parser)
{
    struct expression *pair[2] = {read_operand(parser), NULL}, *sum;
    bool plus = partiql_lexer_is(&parser->lexer, "+");

    if (!pair[0] || (!plus && !partiql_lexer_is(&parser->lexer, "-")))
        return pair[0];
    partiql_lexer_move(&parser->lexer);
    parser->after_operator = true;
    pair[1] = read_operand(parser);
    if (!pair[1])
        return NULL;
    sum = partiql_make(parser, plus ? EXPRESSION_ADD : EXPRESSION_SUBTRACT,
        &(struct partiql_list){pair, 2, 2});
    for (size_t i = 0; sum && i < 2; i++) {
        const char *type = partiql_known_type(pair[i]);

        if (type && !text_is(text_of(type), "N")) {
            partiql_fail_operand(parser, plus ? "+" : "-", type);
            return NULL;
        }
    }
    return sum;
}

static bool add_action(struct partiql_parser *parser, struct actions *actions,
    struct update_action action)
{
    if (actions->count == actions->room) {
        size_t room = actions->room ? 2 * actions->room : 4;
        struct update_action *more = arena_alloc(parser->arena, room, sizeof *more);

        if (!more)
            return partiql_no_memory(parser);
        if (actions->count > 0)
            memcpy(more, actions->action, actions->count * sizeof *more);
        actions->action = more;
        actions->room = room;
    }
    actions->action[actions->count++] = action;
    return true;
}

/* path = set_add(path, set): what ADD and DELETE are for expressions. */
static bool read_set_change(struct partiql_parser *parser, struct update_action *action)
{
    struct text name = action->kind == UPDATE_ADD ? TEXT("SET_ADD") : TEXT("SET_DELETE");
    const struct partiql_lexer where = parser->lexer;
    struct partiql_list arguments = {0};
    struct partiql_lexer first = where;

    partiql_lexer_move(&first); /* ( */
    partiql_lexer_move(&first);
    if (!partiql_read_arguments(parser, &arguments, read_sum))
        return false;
    if (arguments.count != 2)
        return partiql_fail_at(parser, MESSAGE_PARTIQL_SET_COUNT, name, &where);
    if (arguments.element[0]->kind != EXPRESSION_PATH ||
        !path_equal(arguments.element[0]->path, action->path))
        return partiql_fail_at(parser, MESSAGE_PARTIQL_SET_FIRST, name, &where);
    action->operand = arguments.element[1];
    if (action->operand->kind == EXPRESSION_VALUE && value_is_set(action->operand->value->type))
        return true;
    return partiql_fail_at(parser, MESSAGE_PARTIQL_SET_SECOND, name, &first);
}

static bool read_assignment(struct partiql_parser *parser, struct actions *actions)
{
    struct update_action action = {.kind = UPDATE_SET, .path = partiql_read_path(parser)};
    bool call;

    if (!action.path || !partiql_expect(parser, "="))
        return false;
    parser->after_operator = true;
    call = partiql_lexer_is_call(&parser->lexer);
    if (call && partiql_lexer_is_word(&parser->lexer, "set_add"))
        action.kind = UPDATE_ADD;
    else if (call && partiql_lexer_is_word(&parser->lexer, "set_delete"))
        action.kind = UPDATE_DELETE;
    if (action.kind != UPDATE_SET)
        return read_set_change(parser, &action) && add_action(parser, actions, action);
    action.operand = read_sum(parser);
    return action.operand && add_action(parser, actions, action);
}

static bool read_removal(struct partiql_parser *parser, struct actions *actions)
{
    struct update_action action = {.kind = UPDATE_REMOVE, .path = partiql_read_path(parser)};

    return action.path && add_action(parser, actions, action);
}

/* "[a, b, [0]]" */
static struct text describe(struct partiql_parser *parser, const struct path *path)
{
    struct text text;
    struct buf out;

    buf_init(&out, DESCRIPTION_LIMIT);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < path->count; i++) {
        if (i > 0)
            buf_add_string(&out, ", ");
        if (path->part[i].is_index)
            buf_add_format(&out, "[%zu]", path->part[i].index);
        else
            buf_add_text(&out, path->part[i].name);
    }
    buf_add_char(&out, ']');
    text = arena_text(parser->arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static bool check_overlap(struct partiql_parser *parser, const struct actions *actions)
{
    for (size_t i = 1; i < actions->count; i++)
        for (size_t j = 0; j < i; j++)
            if (path_overlap(actions->action[i].path, actions->action[j].path))
                return request_fail(parser->request, MESSAGE_PARTIQL_OVERLAP,
                    ARGUMENTS(describe(parser, actions->action[j].path),
                        describe(parser, actions->action[i].path)));
    return true;
}

/* Grouped by kind, the order kept within. */
static struct update *make_update(struct partiql_parser *parser, const struct actions *actions)
{
    struct update *update = arena_alloc(parser->arena, 1, sizeof *update);

    if (update)
        update->action = arena_alloc(parser->arena, actions->count, sizeof *update->action);
    if (!update || !update->action) {
        partiql_no_memory(parser);
        return NULL;
    }
    for (int kind = UPDATE_SET; kind <= UPDATE_DELETE; kind++)
        for (size_t i = 0; i < actions->count; i++)
            if (actions->action[i].kind == (enum update_kind)kind)
                update->action[update->count++] = actions->action[i];
    return update;
}

struct update *partiql_read_update(struct partiql_parser *parser)
{
    struct actions actions = {0};

    for (;;) {
        bool set = partiql_take_word(parser, "SET");

        if (!set && !partiql_take_word(parser, "REMOVE"))
            break;
        do
            if (!(set ? read_assignment : read_removal)(parser, &actions))
                return NULL;
        while (partiql_take(parser, ","));
    }
    if (actions.count == 0) {
        partiql_fail(parser, MESSAGE_PARTIQL_MANIPULATION);
        return NULL;
    }
    return check_overlap(parser, &actions) ? make_update(parser, &actions) : NULL;
}
