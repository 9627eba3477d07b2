#include <string.h>

#include "console/language/grammar.h"

/* SET, REMOVE, ADD and DELETE clauses. */

enum { ACTION_LIMIT = 1000 };

static struct expression *need(struct lexer *lexer, struct expression *expression,
    struct error *err)
{
    if (!expression)
        arena_failed(lexer->arena, err);
    return expression;
}

static bool at_function(const struct lexer *lexer, const char *name)
{
    return parse_at_word(lexer, name) && lexer->after.kind == TOKEN_PUNCTUATION &&
           text_is(lexer->after.text, "(");
}

static struct expression *term(struct lexer *lexer, unsigned depth, struct error *err);

/* if_not_exists(path, term) and list_append(term, term) */
static struct expression *function(struct lexer *lexer, enum expression_kind kind, unsigned depth,
    struct error *err)
{
    struct expression *call = expression_new(lexer->arena, kind, 2);

    if (!need(lexer, call, err) || !grammar_depth(lexer, depth, err))
        return NULL;
    call->offset = lexer->token.offset;
    lexer_take(lexer);
    lexer_take(lexer);
    call->operand[0] = kind == EXPRESSION_IF_NOT_EXISTS ? grammar_path_operand(lexer, err)
                                                        : term(lexer, depth + 1, err);
    if (!call->operand[0] || !parse_need_sign(lexer, ",", err))
        return NULL;
    call->operand[1] = term(lexer, depth + 1, err);
    return call->operand[1] && parse_need_sign(lexer, ")", err) ? call : NULL;
}

static struct expression *term(struct lexer *lexer, unsigned depth, struct error *err)
{
    if (at_function(lexer, "if_not_exists"))
        return function(lexer, EXPRESSION_IF_NOT_EXISTS, depth, err);
    if (at_function(lexer, "list_append"))
        return function(lexer, EXPRESSION_LIST_APPEND, depth, err);
    if (at_function(lexer, "size")) {
        parse_fail(err, &lexer->token, "size(..) belongs to conditions");
        return NULL;
    }
    return grammar_operand(lexer, depth, err);
}

static struct expression *assigned(struct lexer *lexer, struct error *err)
{
    struct expression *left = term(lexer, 0, err), *sum;
    enum expression_kind kind;

    if (!left || (!parse_at_sign(lexer, "+") && !parse_at_sign(lexer, "-")))
        return left;
    kind = parse_at_sign(lexer, "+") ? EXPRESSION_ADD : EXPRESSION_SUBTRACT;
    lexer_take(lexer);
    sum = need(lexer, expression_new(lexer->arena, kind, 2), err);
    if (!sum)
        return NULL;
    sum->offset = left->offset;
    sum->operand[0] = left;
    sum->operand[1] = term(lexer, 0, err);
    return sum->operand[1] ? sum : NULL;
}

static bool right_side(struct lexer *lexer, struct update_action *action, struct error *err)
{
    const struct value *value;

    switch (action->kind) {
    case UPDATE_SET:
        action->operand =
            parse_need_sign(lexer, "=", err) ? assigned(lexer, err) : (struct expression *)NULL;
        return action->operand != NULL;
    case UPDATE_REMOVE:
        return true;
    case UPDATE_ADD:
    case UPDATE_DELETE:
        value = parse_literal(lexer, err);
        action->operand =
            value ? need(lexer, expression_new_value(lexer->arena, value), err) : NULL;
        return action->operand != NULL;
    }
    return false;
}

static bool one_action(struct lexer *lexer, enum update_kind kind, struct grammar_list *list,
    struct error *err)
{
    struct update_action *action = arena_alloc(lexer->arena, 1, sizeof *action);
    struct token token = lexer->token;

    if (!action)
        return grammar_memory(lexer, err);
    if (list->count == ACTION_LIMIT)
        return parse_fail(err, &token, "more than %d changes in one update", ACTION_LIMIT);
    action->kind = kind;
    action->path = parse_path(lexer, err);
    if (!action->path || !right_side(lexer, action, err))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct update_action *other = list->item[i];
        struct buf text;

        if (!path_overlap(other->path, action->path))
            continue;
        buf_init(&text, sizeof err->text);
        path_add(&text, other->path);
        buf_add_string(&text, " and ");
        path_add(&text, action->path);
        parse_fail(err, &token, "paths %s overlap", buf_string(&text));
        buf_done(&text);
        return false;
    }
    return grammar_push(lexer, list, action, err);
}

static struct update *group(struct lexer *lexer, const struct grammar_list *list, struct error *err)
{
    struct update *update = arena_alloc(lexer->arena, 1, sizeof *update);

    if (update)
        update->action = arena_alloc(lexer->arena, list->count, sizeof *update->action);
    if (!update || !update->action) {
        grammar_memory(lexer, err);
        return NULL;
    }
    for (int kind = UPDATE_SET; kind <= UPDATE_DELETE; kind++) {
        for (size_t i = 0; i < list->count; i++) {
            const struct update_action *action = list->item[i];

            if ((int)action->kind == kind)
                update->action[update->count++] = *action;
        }
    }
    return update;
}

struct update *parse_update(struct lexer *lexer, struct error *err)
{
    static const struct {
        const char *word;
        enum update_kind kind;
    } clause_table[] = {{"SET", UPDATE_SET}, {"REMOVE", UPDATE_REMOVE}, {"ADD", UPDATE_ADD},
        {"DELETE", UPDATE_DELETE}};
    struct grammar_list list = {0};

    for (;;) {
        size_t i = 0;

        while (i < 4 && !parse_at_word(lexer, clause_table[i].word))
            i++;
        if (i == 4)
            break;
        lexer_take(lexer);
        do {
            if (!one_action(lexer, clause_table[i].kind, &list, err))
                return NULL;
        } while (parse_sign(lexer, ","));
    }
    if (list.count == 0) {
        parse_expected(lexer, "SET, REMOVE, ADD or DELETE", err);
        if (parse_at_word(lexer, "WHERE") || parse_at_word(lexer, "IF"))
            error_hint(err, "what is changed stands before the conditions");
        return NULL;
    }
    return group(lexer, &list, err);
}
