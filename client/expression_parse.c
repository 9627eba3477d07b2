#include "client/expression_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/expression_parser.h"

/* tables.md 3: bytes as sent, before names are put in. */
enum { EXPRESSION_LIMIT = 4096, OPERATOR_LIMIT = 300, FIRST_ROOM = 8 };

static const enum expression_issue condition_order[] = {ISSUE_OPERATORS, ISSUE_PARENTHESES,
    ISSUE_FUNCTION, ISSUE_MISUSED, ISSUE_RESERVED, ISSUE_CLAUSE, ISSUE_CLASSES};
static const enum expression_issue update_order[] = {ISSUE_OPERATORS, ISSUE_PARENTHESES,
    ISSUE_RESERVED, ISSUE_FUNCTION, ISSUE_SECTION, ISSUE_UNDEFINED_NAME, ISSUE_UNDEFINED_VALUE,
    ISSUE_OVERLAP, ISSUE_CONFLICT, ISSUE_OPERAND, ISSUE_TYPE, ISSUE_CLASSES};
static const enum expression_issue projection_order[] = {ISSUE_RESERVED, ISSUE_UNDEFINED_NAME,
    ISSUE_OVERLAP, ISSUE_CONFLICT, ISSUE_CLASSES};

static const char *const condition_word[] = {"AND", "BETWEEN", "IN", "NOT", "OR", NULL};
static const char *const update_word[] = {"ADD", "DELETE", "REMOVE", "SET", NULL};

/* Stands for a message that the arena had no room for. */
static const char lost_message[] = "";

bool expression_no_memory(struct expression_parser *parser)
{
    return arena_failed(parser->arena, parser->err) == ERROR_NONE;
}

/* NULL when the arena is full. */
static char *format_whole(struct arena *arena, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

static char *format_whole(struct arena *arena, const char *format, va_list list)
{
    va_list again;
    char *text = NULL;
    int length;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= 0)
        text = arena_alloc(arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, list);
    return text;
}

bool expression_refuse(struct expression_parser *parser, const char *format, ...)
{
    const char *sentence;
    va_list list;

    va_start(list, format);
    sentence = format_whole(parser->arena, format, list);
    va_end(list);
    if (!sentence)
        return expression_no_memory(parser);
    parser->placeholders->sentence = text_of(sentence);
    error_set(parser->err, ERROR_INVALID, "%s", sentence);
    return false;
}

bool expression_syntax_error(struct expression_parser *parser)
{
    struct text token, near;

    expression_lexer_place(&parser->lexer, &token, &near);
    return expression_refuse(parser, "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
        parser->what, (int)token.length, token.data, (int)near.length, near.data);
}

void expression_raise(struct expression_parser *parser, enum expression_issue issue,
    const char *format, ...)
{
    va_list list;

    if (parser->issue[issue])
        return;
    va_start(list, format);
    parser->issue[issue] = format_whole(parser->arena, format, list);
    va_end(list);
    if (!parser->issue[issue])
        parser->issue[issue] = lost_message;
}

bool expression_report(struct expression_parser *parser, const enum expression_issue *order)
{
    for (; *order != ISSUE_CLASSES; order++) {
        if (!parser->issue[*order])
            continue;
        if (parser->issue[*order] == lost_message)
            return expression_no_memory(parser);
        return expression_refuse(parser, "Invalid %s: %s", parser->what, parser->issue[*order]);
    }
    return true;
}

/* The service stops counting there: its message says 301 however many there are. */
void expression_count_operator(struct expression_parser *parser)
{
    if (++parser->operators > OPERATOR_LIMIT)
        expression_raise(parser, ISSUE_OPERATORS,
            "The expression contains too many operators; operator count: %d", OPERATOR_LIMIT + 1);
}

bool expression_is_keyword(const struct expression_parser *parser)
{
    const char *const *word = parser->grammar == GRAMMAR_UPDATE ? update_word : condition_word;

    if (parser->grammar == GRAMMAR_PROJECTION)
        return false;
    while (*word && !expression_lexer_is_word(&parser->lexer, *word))
        word++;
    return *word != NULL;
}

void *expression_grow(struct expression_parser *parser, void *array, size_t count, size_t *room,
    size_t size)
{
    size_t wanted = *room ? 2 * *room : FIRST_ROOM;
    void *larger;

    if (count < *room)
        return array;
    larger = arena_alloc(parser->arena, wanted, size);
    if (!larger) {
        expression_no_memory(parser);
        return NULL;
    }
    if (count > 0)
        memcpy(larger, array, count * size);
    *room = wanted;
    return larger;
}

bool expression_parser_init(struct expression_parser *parser, struct text source,
    enum expression_grammar grammar, const char *what, struct placeholders *placeholders,
    struct arena *arena, struct error *err)
{
    *parser = (struct expression_parser){.grammar = grammar,
        .what = what,
        .placeholders = placeholders,
        .arena = arena,
        .err = err};
    placeholders->sentence = text_make(NULL, 0);
    if (source.length > EXPRESSION_LIMIT && grammar == GRAMMAR_UPDATE)
        return expression_refuse(parser,
            "Invalid %s: Expression size has exceeded the maximum allowed size;", what);
    if (source.length > EXPRESSION_LIMIT)
        return expression_refuse(parser,
            "Invalid %s: Expression size has exceeded the maximum allowed size; expression size: "
            "%zu",
            what, source.length);
    expression_lexer_init(&parser->lexer, source);
    return parser->lexer.kind != TOKEN_END ||
           expression_refuse(parser, "Invalid %s: The expression can not be empty;", what);
}

struct expression *expression_parse_condition(struct text source, const char *which,
    struct placeholders *placeholders, struct arena *arena, struct error *err)
{
    struct expression_parser parser;
    struct expression *condition;

    if (!expression_parser_init(&parser, source, GRAMMAR_CONDITION, which, placeholders, arena,
            err))
        return NULL;
    condition = expression_parse_tree(&parser);
    if (!condition)
        return NULL;
    if (parser.lexer.kind != TOKEN_END) {
        expression_syntax_error(&parser);
        return NULL;
    }
    return expression_report(&parser, condition_order) ? condition : NULL;
}

/* The actions so far, in the order of the text; paths beside them for the check. */
struct actions {
    size_t count, room, path_room;
    struct update_action *action;
    const struct path **path;
};

static bool add_action(struct expression_parser *parser, struct actions *actions,
    struct update_action action)
{
    struct update_action *array =
        expression_grow(parser, actions->action, actions->count, &actions->room, sizeof *array);
    const struct path **path = array ? expression_grow(parser, actions->path, actions->count,
                                           &actions->path_room, sizeof *path)
                                     : NULL;

    if (!path)
        return false;
    actions->action = array;
    actions->path = path;
    path[actions->count] = action.path;
    array[actions->count++] = action;
    expression_check_paths(parser, path, actions->count);
    return true;
}

/* `path = value`, `path` or `path :value`. */
static bool parse_action(struct expression_parser *parser, enum update_kind kind,
    struct update_action *action)
{
    const struct value *value;

    *action = (struct update_action){.kind = kind};
    action->path = expression_parse_path(parser);
    if (!action->path)
        return false;
    if (kind == UPDATE_REMOVE)
        return true;
    if (kind == UPDATE_SET) {
        if (!text_is(expression_lexer_text(&parser->lexer), "="))
            return expression_syntax_error(parser);
        expression_lexer_move(&parser->lexer);
        action->operand = expression_parse_tree(parser);
        return action->operand != NULL;
    }
    if (parser->lexer.kind != TOKEN_VALUE)
        return expression_syntax_error(parser);
    value = expression_take_value(parser);
    if (value)
        expression_check_added(parser, kind, value);
    action->operand = expression_new_value(parser->arena, value);
    return action->operand || expression_no_memory(parser);
}

static bool take_section(struct expression_parser *parser, bool seen[], enum update_kind *kind)
{
    *kind = UPDATE_SET;
    while (!expression_lexer_is_word(&parser->lexer, update_kind_name[*kind])) {
        if (*kind == UPDATE_DELETE)
            return expression_syntax_error(parser);
        *kind = (enum update_kind)(*kind + 1);
    }
    if (seen[*kind])
        expression_raise(parser, ISSUE_SECTION,
            "The \"%s\" section can only be used once in an update expression;",
            update_kind_name[*kind]);
    seen[*kind] = true;
    expression_lexer_move(&parser->lexer);
    return true;
}

static bool parse_sections(struct expression_parser *parser, struct actions *actions)
{
    bool seen[UPDATE_DELETE + 1] = {false};
    enum update_kind kind;

    while (parser->lexer.kind != TOKEN_END) {
        bool more = true;

        if (!take_section(parser, seen, &kind))
            return false;
        while (more) {
            struct update_action action;

            if (!parse_action(parser, kind, &action) || !add_action(parser, actions, action))
                return false;
            more = expression_lexer_is(&parser->lexer, ',');
            if (more)
                expression_lexer_move(&parser->lexer);
        }
    }
    return true;
}

static struct update *group_actions(const struct actions *actions, struct arena *arena,
    struct error *err)
{
    struct update *update = arena_alloc(arena, 1, sizeof *update);

    if (update)
        update->action = arena_alloc(arena, actions->count, sizeof *update->action);
    if (!update || !update->action) {
        arena_failed(arena, err);
        return NULL;
    }
    for (int kind = UPDATE_SET; kind <= UPDATE_DELETE; kind++)
        for (size_t i = 0; i < actions->count; i++)
            if (actions->action[i].kind == (enum update_kind)kind)
                update->action[update->count++] = actions->action[i];
    return update;
}

struct update *expression_parse_update(struct text source, struct placeholders *placeholders,
    struct arena *arena, struct error *err)
{
    struct expression_parser parser;
    struct actions actions = {0};

    if (!expression_parser_init(&parser, source, GRAMMAR_UPDATE, "UpdateExpression", placeholders,
            arena, err))
        return NULL;
    if (!parse_sections(&parser, &actions) || !expression_report(&parser, update_order))
        return NULL;
    return group_actions(&actions, arena, err);
}

struct projection *expression_parse_projection(struct text source,
    struct placeholders *placeholders, struct arena *arena, struct error *err)
{
    struct projection *projection = arena_alloc(arena, 1, sizeof *projection);
    struct expression_parser parser;
    size_t room = 0;

    if (!projection) {
        arena_failed(arena, err);
        return NULL;
    }
    if (!expression_parser_init(&parser, source, GRAMMAR_PROJECTION, "ProjectionExpression",
            placeholders, arena, err))
        return NULL;
    for (;;) {
        const struct path *path = expression_parse_path(&parser);

        if (path)
            projection->path = expression_grow(&parser, projection->path, projection->count, &room,
                sizeof *projection->path);
        if (!path || !projection->path)
            return NULL;
        projection->path[projection->count++] = path;
        expression_check_paths(&parser, projection->path, projection->count);
        if (!expression_lexer_is(&parser.lexer, ','))
            break;
        expression_lexer_move(&parser.lexer);
    }
    if (parser.lexer.kind != TOKEN_END) {
        expression_syntax_error(&parser);
        return NULL;
    }
    return expression_report(&parser, projection_order) ? projection : NULL;
}
