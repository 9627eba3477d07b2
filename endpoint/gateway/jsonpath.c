#include "endpoint/gateway/jsonpath.h"

#include <string.h>

#include "base/decimal.h"
#include "endpoint/gateway/jsonpath_tree.h"

struct parser {
    struct text source;
    size_t at;
    struct arena *arena;
    struct error *err;
    unsigned steps;
    bool in_filter;
    bool definite, simple;
};

static bool fail(struct parser *parser, const char *what)
{
    error_set_at(parser->err, ERROR_USAGE, 1, (int)parser->at + 1, "JSONPath %.*s: %s",
        (int)parser->source.length, parser->source.data, what);
    return false;
}

static bool no_memory(struct parser *parser)
{
    arena_failed(parser->arena, parser->err);
    return false;
}

static char peek(const struct parser *parser)
{
    return parser->at < parser->source.length ? parser->source.data[parser->at] : '\0';
}

static bool take(struct parser *parser, const char *word)
{
    struct text rest = text_slice(parser->source, parser->at, parser->source.length);

    if (!text_starts_with(rest, text_of(word)))
        return false;
    parser->at += strlen(word);
    return true;
}

static void skip_blanks(struct parser *parser)
{
    while (peek(parser) == ' ')
        parser->at++;
}

static bool ends_name(char c)
{
    return c == '\0' || strchr(".[]()=!<>&|@,? ", c) != NULL;
}

static struct jsonpath_step *new_step(struct parser *parser, enum jsonpath_step_kind kind)
{
    struct jsonpath_step *step;

    if (++parser->steps > JSONPATH_STEPS) {
        fail(parser, "too many steps");
        return NULL;
    }
    step = arena_alloc(parser->arena, 1, sizeof *step);
    if (!step)
        no_memory(parser);
    else
        step->kind = kind;
    return step;
}

static bool parse_integer(struct parser *parser, int64_t *value)
{
    size_t start = parser->at;

    if (peek(parser) == '-')
        parser->at++;
    while (peek(parser) >= '0' && peek(parser) <= '9')
        parser->at++;
    return text_to_integer(text_slice(parser->source, start, parser->at), -1000000000, 1000000000,
        value);
}

/* Between quotes; a backslash takes the next character as it is. */
static bool parse_quoted(struct parser *parser, struct text *out)
{
    char quote = peek(parser);
    char *space = arena_alloc(parser->arena, parser->source.length - parser->at + 1, 1);
    size_t length = 0;

    if (!space)
        return no_memory(parser);
    parser->at++;
    while (parser->at < parser->source.length && peek(parser) != quote) {
        if (peek(parser) == '\\' && parser->at + 1 < parser->source.length)
            parser->at++;
        space[length++] = parser->source.data[parser->at++];
    }
    if (parser->at >= parser->source.length)
        return fail(parser, "a quote is missing");
    parser->at++;
    *out = text_make(space, length);
    return true;
}

static bool parse_steps(struct parser *parser, struct jsonpath_step **link);

static bool parse_literal(struct parser *parser, struct jsonpath_term *term)
{
    size_t start = parser->at;

    if (peek(parser) == '\'' || peek(parser) == '"') {
        term->kind = JSON_STRING;
        return parse_quoted(parser, &term->literal);
    }
    while (!ends_name(peek(parser)) || peek(parser) == '.')
        parser->at++;
    term->literal = text_slice(parser->source, start, parser->at);
    if (text_is(term->literal, "true"))
        term->kind = JSON_TRUE;
    else if (text_is(term->literal, "false"))
        term->kind = JSON_FALSE;
    else if (text_is(term->literal, "null"))
        term->kind = JSON_NULL;
    else
        term->kind = JSON_NUMBER;
    if (term->kind == JSON_NUMBER) {
        struct decimal number;

        if (decimal_parse(term->literal, &number) != DECIMAL_OK)
            return fail(parser, "a value is expected");
    }
    return true;
}

static bool parse_term(struct parser *parser, struct jsonpath_term *term)
{
    static const struct {
        const char *word;
        enum jsonpath_op op;
    } op_table[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT},
        {">", OP_GT}};

    skip_blanks(parser);
    if (peek(parser) == '!' && !take(parser, "!="))
        term->negated = take(parser, "!");
    if (!take(parser, "@"))
        return fail(parser, "a filter compares @");
    if (!parse_steps(parser, &term->step))
        return false;
    skip_blanks(parser);
    for (size_t i = 0; i < sizeof op_table / sizeof *op_table; i++) {
        if (take(parser, op_table[i].word)) {
            term->op = op_table[i].op;
            skip_blanks(parser);
            return parse_literal(parser, term);
        }
    }
    return true;
}

static bool parse_filter(struct parser *parser, struct jsonpath_step *step)
{
    struct jsonpath_term **link = &step->term;
    bool definite = parser->definite;

    if (parser->in_filter)
        return fail(parser, "a filter inside a filter");
    parser->in_filter = true;
    do {
        struct jsonpath_term *term = arena_alloc(parser->arena, 1, sizeof *term);

        if (!term)
            return no_memory(parser);
        *link = term;
        link = &term->next;
        if (!parse_term(parser, term))
            return false;
        skip_blanks(parser);
        if (take(parser, "||"))
            term->ends_group = true;
        else if (!take(parser, "&&"))
            break;
    } while (true);
    parser->in_filter = false;
    parser->definite = definite;
    skip_blanks(parser);
    return take(parser, ")") || fail(parser, "a parenthesis is missing");
}

/* One choice between brackets: quoted name, index or slice. */
static bool parse_choice(struct parser *parser, struct jsonpath_step *step)
{
    skip_blanks(parser);
    if (peek(parser) == '\'' || peek(parser) == '"') {
        step->kind = STEP_NAME;
        return parse_quoted(parser, &step->name);
    }
    step->kind = STEP_INDEX;
    if (peek(parser) != ':') {
        if (!parse_integer(parser, &step->from))
            return fail(parser, "a name in quotes or an index is expected");
        step->has_from = true;
    }
    if (!take(parser, ":"))
        return true;
    step->kind = STEP_SLICE;
    step->has_to = peek(parser) != ']' && peek(parser) != ',';
    return !step->has_to || parse_integer(parser, &step->to) ||
           fail(parser, "an index is expected");
}

static bool parse_brackets(struct parser *parser, struct jsonpath_step *step)
{
    struct jsonpath_step **link = &step->choice;

    skip_blanks(parser);
    if (take(parser, "*")) {
        step->kind = STEP_WILD;
    } else if (take(parser, "?(")) {
        step->kind = STEP_FILTER;
        parser->simple = false;
        if (!parse_filter(parser, step))
            return false;
    } else {
        if (!parse_choice(parser, step))
            return false;
        skip_blanks(parser);
        if (peek(parser) == ',') {
            struct jsonpath_step *first = new_step(parser, step->kind);

            if (!first)
                return false;
            *first = *step;
            *step = (struct jsonpath_step){.kind = STEP_UNION,
                .descend = first->descend,
                .choice = first};
            link = &first->next;
        }
        while (take(parser, ",")) {
            *link = new_step(parser, STEP_NAME);
            if (!*link || !parse_choice(parser, *link))
                return false;
            link = &(*link)->next;
            skip_blanks(parser);
        }
    }
    if (step->kind != STEP_NAME && step->kind != STEP_INDEX)
        parser->definite = false;
    skip_blanks(parser);
    return take(parser, "]") || fail(parser, "a bracket is missing");
}

static bool parse_name(struct parser *parser, struct jsonpath_step *step)
{
    size_t start = parser->at;

    if (take(parser, "*")) {
        step->kind = STEP_WILD;
        parser->definite = false;
        return true;
    }
    while (!ends_name(peek(parser)))
        parser->at++;
    step->name = text_slice(parser->source, start, parser->at);
    return step->name.length > 0 || fail(parser, "a name is expected");
}

static bool parse_steps(struct parser *parser, struct jsonpath_step **link)
{
    while (peek(parser) == '.' || peek(parser) == '[') {
        struct jsonpath_step *step;
        size_t start = parser->at;

        if (!parser->in_filter && take(parser, ".length()")) {
            if (parser->at == parser->source.length) {
                parser->at = start;
                return true;
            }
            return fail(parser, "length() must stand at the end");
        }
        step = new_step(parser, STEP_NAME);
        if (!step)
            return false;
        *link = step;
        link = &step->next;
        if (take(parser, "..")) {
            step->descend = true;
            parser->definite = parser->simple = false;
            if (take(parser, "[") ? !parse_brackets(parser, step) : !parse_name(parser, step))
                return false;
        } else if (take(parser, "[")) {
            if (!parse_brackets(parser, step))
                return false;
        } else {
            take(parser, ".");
            if (!parse_name(parser, step))
                return false;
        }
    }
    return true;
}

const struct jsonpath *jsonpath_parse(struct text source, struct arena *arena, struct error *err)
{
    struct parser parser = {.arena = arena, .err = err, .definite = true, .simple = true};
    struct jsonpath *path = arena_alloc(arena, 1, sizeof *path);

    parser.source = arena_text(arena, text_trim(source));
    if (!path || !parser.source.data) {
        arena_failed(arena, err);
        return NULL;
    }
    if (parser.source.length > JSONPATH_LIMIT) {
        error_set_at(err, ERROR_USAGE, 1, 1, "JSONPath is longer than %d bytes", JSONPATH_LIMIT);
        return NULL;
    }
    if (!take(&parser, "$")) {
        fail(&parser, "it must begin with $");
        return NULL;
    }
    if (!parse_steps(&parser, &path->first))
        return NULL;
    path->length = take(&parser, ".length()");
    if (parser.at != parser.source.length) {
        fail(&parser, "not understood");
        return NULL;
    }
    path->definite = parser.definite;
    path->simple = parser.simple && !path->length;
    return path;
}

bool jsonpath_is_simple(const struct jsonpath *path)
{
    return path->simple;
}
