#include "client/expression_parser.h"

#include <string.h>

/* Sources: limits of the service, seen in its answers; 2,147,483,647 is the last list index. */
enum { NESTING_LIMIT = 32, INDEX_LIMIT = 2147483647, FEW_NAMES = 8, PLACE_LIMIT = 512 * 1024 };

static void add_hashed(struct expression_parser *parser, const struct json *node, size_t order)
{
    size_t at = (size_t)text_hash(node->name) & (parser->name_room - 1);
    bool *used = parser->placeholders->names_used;

    while (parser->name[at].node && !text_equal(parser->name[at].placeholder, node->name))
        at = (at + 1) & (parser->name_room - 1);
    /* Of two equal members the last one counts; the other one is not in the way. */
    if (parser->name[at].node && used)
        used[parser->name[at].order] = true;
    parser->name[at] = (struct expression_name){node->name, node, order};
}

/* A request may carry 2 MB of names: looking for each of them one by one would take seconds. */
static bool hash_names(struct expression_parser *parser)
{
    const struct json *names = parser->placeholders->names;
    size_t order = 0;

    parser->name_room = 16;
    while (parser->name_room < 2 * names->count)
        parser->name_room *= 2;
    parser->name = arena_alloc(parser->arena, parser->name_room, sizeof *parser->name);
    if (!parser->name)
        return expression_no_memory(parser);
    for (const struct json *node = names->first; node; node = node->next)
        add_hashed(parser, node, order++);
    return true;
}

/* The member of that name, and its flag set; *found is NULL when there is none. */
static bool find_name(struct expression_parser *parser, struct text placeholder,
    const struct json **found)
{
    const struct json *names = parser->placeholders->names;
    bool *used = parser->placeholders->names_used;
    size_t order = 0;

    *found = NULL;
    if (!names || names->kind != JSON_OBJECT)
        return true;
    if (names->count > FEW_NAMES) {
        size_t at;

        if (!parser->name_room && !hash_names(parser))
            return false;
        at = (size_t)text_hash(placeholder) & (parser->name_room - 1);
        while (parser->name[at].node && !text_equal(parser->name[at].placeholder, placeholder))
            at = (at + 1) & (parser->name_room - 1);
        *found = parser->name[at].node;
        if (*found && used)
            used[parser->name[at].order] = true;
        return true;
    }
    for (const struct json *node = names->first; node; node = node->next, order++) {
        if (!text_equal(node->name, placeholder))
            continue;
        *found = node;
        if (used)
            used[order] = true;
    }
    return true;
}

static bool take_name(struct expression_parser *parser, struct path_part *part)
{
    struct text token = expression_lexer_text(&parser->lexer);
    const struct json *found;

    if (parser->lexer.kind == TOKEN_WORD) {
        if (expression_is_keyword(parser))
            return expression_syntax_error(parser);
        if (expression_is_reserved(token))
            expression_raise(parser, ISSUE_RESERVED,
                "Attribute name is a reserved keyword; reserved keyword: %.*s", (int)token.length,
                token.data);
        part->name = token;
    } else if (parser->lexer.kind == TOKEN_NAME) {
        if (!find_name(parser, token, &found))
            return false;
        if (found && found->kind == JSON_STRING)
            part->name = found->text;
        else
            expression_raise(parser, ISSUE_UNDEFINED_NAME,
                "An expression attribute name used in the document path is not defined; attribute "
                "name: %.*s",
                (int)token.length, token.data);
    } else {
        return expression_syntax_error(parser);
    }
    expression_lexer_move(&parser->lexer);
    return true;
}

static bool take_index(struct expression_parser *parser, struct path_part *part)
{
    struct text digits = expression_lexer_text(&parser->lexer);
    int64_t index = 0;

    if (parser->lexer.kind != TOKEN_DIGITS)
        return expression_syntax_error(parser);
    if (!text_to_integer(digits, 0, INDEX_LIMIT, &index))
        expression_raise(parser, ISSUE_RESERVED,
            "List index is not within the allowable range; index: [%.*s]", (int)digits.length,
            digits.data);
    *part = (struct path_part){.is_index = true, .index = (size_t)index};
    expression_lexer_move(&parser->lexer);
    if (!expression_lexer_is(&parser->lexer, ']'))
        return expression_syntax_error(parser);
    expression_lexer_move(&parser->lexer);
    return true;
}

struct path *expression_parse_path(struct expression_parser *parser)
{
    struct path *path = arena_alloc(parser->arena, 1, sizeof *path);
    size_t room = 1;

    if (path)
        path->part = arena_alloc(parser->arena, room, sizeof *path->part);
    if (!path || !path->part) {
        expression_no_memory(parser);
        return NULL;
    }
    if (!take_name(parser, &path->part[path->count++]))
        return NULL;
    for (;;) {
        bool index = expression_lexer_is(&parser->lexer, '[');

        if (!index && !expression_lexer_is(&parser->lexer, '.'))
            break;
        expression_lexer_move(&parser->lexer);
        path->part = expression_grow(parser, path->part, path->count, &room, sizeof *path->part);
        if (!path->part)
            return NULL;
        memset(&path->part[path->count], 0, sizeof *path->part);
        if (index ? !take_index(parser, &path->part[path->count])
                  : !take_name(parser, &path->part[path->count]))
            return NULL;
        path->count++;
    }
    if (path->count > NESTING_LIMIT)
        expression_raise(parser, ISSUE_UNDEFINED_NAME,
            "The document path has too many nesting levels; nesting levels: %zu", path->count);
    return path;
}

const struct value *expression_take_value(struct expression_parser *parser)
{
    struct text token = expression_lexer_text(&parser->lexer);
    const struct value *values = parser->placeholders->values;
    const struct value *value = values ? value_get(values, token) : NULL;
    bool *used = parser->placeholders->values_used;

    if (value && used)
        used[value - values->element] = true;
    if (!value)
        expression_raise(parser,
            parser->grammar == GRAMMAR_UPDATE ? ISSUE_UNDEFINED_VALUE : ISSUE_UNDEFINED_NAME,
            "An expression attribute value used in expression is not defined; attribute value: "
            "%.*s",
            (int)token.length, token.data);
    expression_lexer_move(&parser->lexer);
    return value;
}

const char *expression_describe_path(struct expression_parser *parser, const struct path *path)
{
    const char *description = NULL;
    struct buf out;

    buf_init(&out, PLACE_LIMIT);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < path->count && out.length < PLACE_LIMIT / 2; i++) {
        if (i > 0)
            buf_add_string(&out, ", ");
        if (path->part[i].is_index)
            buf_add_format(&out, "[%zu]", path->part[i].index);
        else
            buf_add_text(&out, text_slice(path->part[i].name, 0, PLACE_LIMIT / 4));
    }
    buf_add_char(&out, ']');
    description = arena_string(parser->arena, buf_view(&out));
    buf_done(&out);
    return description ? description : "";
}

/* A #name that is not defined: its path cannot be compared. */
static bool is_whole(const struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (!path->part[i].is_index && !path->part[i].name.data)
            return false;
    return true;
}

/* Where both go on in different ways: by name in one path and by index in the other. */
static bool is_conflict(const struct path *a, const struct path *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const struct path_part *left = &a->part[i], *right = &b->part[i];

        if (left->is_index != right->is_index)
            return true;
        if (left->index != right->index || !text_equal(left->name, right->name))
            return false;
    }
    return false;
}

void expression_check_paths(struct expression_parser *parser, const struct path *const *path,
    size_t count)
{
    const struct path *last = path[count - 1];

    if (parser->issue[ISSUE_OVERLAP] || !is_whole(last))
        return;
    for (size_t i = 0; i + 1 < count; i++) {
        const struct path *other = path[i];
        bool overlap = path_overlap(other, last) && is_whole(other);

        if (!overlap && (!is_conflict(other, last) || !is_whole(other)))
            continue;
        expression_raise(parser, overlap ? ISSUE_OVERLAP : ISSUE_CONFLICT,
            "Two document paths %s with each other; must remove or rewrite one of these paths; "
            "path one: %s, path two: %s",
            overlap ? "overlap" : "conflict", expression_describe_path(parser, other),
            expression_describe_path(parser, last));
    }
}
