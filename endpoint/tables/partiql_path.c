#include "endpoint/tables/partiql_parser.h"

#include <string.h>

enum { NAME_LIMIT = PARTIQL_STATEMENT_LIMIT };

struct parts {
    struct path_part *part;
    size_t count, room;
};

static struct text undouble(struct partiql_parser *parser, struct text text, char quote)
{
    struct text result = {NULL, 0};
    struct buf out;

    buf_init(&out, NAME_LIMIT * 4);
    for (size_t i = 0; i < text.length; i++) {
        buf_add_char(&out, text.data[i]);
        if (text.data[i] == quote)
            i++; /* two of them stand for one */
    }
    if (!out.failure)
        result = arena_text(parser->arena, buf_view(&out));
    buf_done(&out);
    if (!result.data)
        partiql_no_memory(parser);
    return result;
}

struct text partiql_read_quoted(struct partiql_parser *parser)
{
    bool doubled;
    struct text text = partiql_lexer_quoted(&parser->lexer, &doubled);
    char quote = parser->lexer.source.data[parser->lexer.start];

    partiql_lexer_move(&parser->lexer);
    return doubled ? undouble(parser, text, quote) : text;
}

bool partiql_is_name(const struct partiql_parser *parser)
{
    return parser->lexer.kind == PARTIQL_NAME ||
           (parser->lexer.kind == PARTIQL_WORD && !partiql_lexer_is_keyword(&parser->lexer));
}

struct text partiql_read_name(struct partiql_parser *parser, enum message message)
{
    struct text name = partiql_lexer_text(&parser->lexer);

    if (!partiql_is_name(parser)) {
        partiql_fail(parser, message);
        return text_make(NULL, 0);
    }
    if (parser->lexer.kind == PARTIQL_NAME)
        return partiql_read_quoted(parser);
    partiql_lexer_move(&parser->lexer);
    return name;
}

static bool add_part(struct partiql_parser *parser, struct parts *parts, struct path_part part)
{
    if (parts->count == parts->room) {
        size_t room = parts->room ? 2 * parts->room : 4;
        struct path_part *more = arena_alloc(parser->arena, room, sizeof *more);

        if (!more)
            return partiql_no_memory(parser);
        if (parts->count > 0)
            memcpy(more, parts->part, parts->count * sizeof *more);
        parts->part = more;
        parts->room = room;
    }
    parts->part[parts->count++] = part;
    return true;
}

static bool read_index(struct partiql_parser *parser, struct parts *parts)
{
    bool negative = partiql_take(parser, "-");
    struct partiql_lexer at = parser->lexer;
    struct text digits = partiql_lexer_text(&at);
    int64_t index = 0;

    if (at.kind != PARTIQL_NUMBER)
        return partiql_fail(parser, MESSAGE_PARTIQL_DOT);
    if (!text_to_integer(digits, 0, INT32_MAX, &index) || (negative && index > 0)) {
        const char *text = arena_format(parser->arena, "%s%.*s", negative ? "-" : "",
            (int)digits.length, digits.data);

        return partiql_fail_at(parser, MESSAGE_PARTIQL_INDEX, text_of(text), &at);
    }
    partiql_lexer_move(&parser->lexer);
    return add_part(parser, parts, (struct path_part){.is_index = true, .index = (size_t)index});
}

/* Behind "[": an index, or the name of a member as a string. */
static bool read_bracket(struct partiql_parser *parser, struct parts *parts)
{
    if (parser->lexer.kind == PARTIQL_STRING) {
        struct text name = partiql_read_quoted(parser);

        if (!name.data || !add_part(parser, parts, (struct path_part){.name = name}))
            return false;
    } else if (partiql_lexer_is(&parser->lexer, "*")) {
        return partiql_fail(parser, MESSAGE_PARTIQL_WILDCARD);
    } else if (!read_index(parser, parts)) {
        return false;
    }
    return partiql_expect(parser, "]");
}

static bool read_member(struct partiql_parser *parser, struct parts *parts)
{
    struct text name;

    if (partiql_lexer_is(&parser->lexer, "*"))
        return partiql_fail(parser, MESSAGE_PARTIQL_UNPIVOT);
    name = partiql_read_name(parser, MESSAGE_PARTIQL_DOT);
    return name.data && add_part(parser, parts, (struct path_part){.name = name});
}

struct path *partiql_read_path(struct partiql_parser *parser)
{
    struct text name = partiql_read_name(parser, MESSAGE_PARTIQL_TERM);
    struct parts parts = {0};
    struct path *path;

    if (!name.data)
        return NULL;
    if (name.length == 0) {
        partiql_fail(parser, MESSAGE_PARTIQL_EMPTY_NAME);
        return NULL;
    }
    if (!add_part(parser, &parts, (struct path_part){.name = name}))
        return NULL;
    for (;;) {
        if (partiql_take(parser, ".")) {
            if (!read_member(parser, &parts))
                return NULL;
        } else if (partiql_take(parser, "[")) {
            if (!read_bracket(parser, &parts))
                return NULL;
        } else {
            break;
        }
    }
    path = arena_alloc(parser->arena, 1, sizeof *path);
    if (!path) {
        partiql_no_memory(parser);
        return NULL;
    }
    *path = (struct path){parts.count, parts.part};
    return path;
}
