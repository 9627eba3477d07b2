#include "endpoint/gateway/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "endpoint/gateway/template_tree.h"

enum { MESSAGE = 300 };

static void find_place(struct text whole, const char *at, int *line, int *column)
{
    *line = *column = 1;
    for (const char *c = whole.data; c < at; c++) {
        *line += *c == '\n';
        *column = *c == '\n' ? 1 : *column + 1;
    }
}

bool template_fail(struct template_parser *parser, const char *format, ...)
{
    const char *at = parser->source.data + parser->at;
    bool inside = at >= parser->whole.data && at <= parser->whole.data + parser->whole.length;
    char message[MESSAGE];
    int line = 1, column = 1;
    va_list list;

    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    if (inside) /* a string with doubled quotes is a copy: no place */
        find_place(parser->whole, at, &line, &column);
    error_set_at(parser->err, ERROR_USAGE, line, column, "%s", message);
    return false;
}

bool template_no_memory(struct template_parser *parser)
{
    arena_failed(parser->arena, parser->err);
    return false;
}

char template_peek(const struct template_parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;

    return at < parser->source.length ? parser->source.data[at] : '\0';
}

bool template_take(struct template_parser *parser, const char *word)
{
    size_t length = strlen(word);

    if (parser->source.length - parser->at < length ||
        memcmp(parser->source.data + parser->at, word, length) != 0)
        return false;
    parser->at += length;
    return true;
}

void template_skip_blanks(struct template_parser *parser)
{
    while (template_peek(parser, 0) != '\0' && strchr(" \t\r\n", template_peek(parser, 0)))
        parser->at++;
}

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct text template_take_name(struct template_parser *parser)
{
    size_t start = parser->at;

    if (starts_name(template_peek(parser, 0)))
        while (starts_name(template_peek(parser, 0)) || template_peek(parser, 0) == '-' ||
               (template_peek(parser, 0) >= '0' && template_peek(parser, 0) <= '9'))
            parser->at++;
    return text_slice(parser->source, start, parser->at);
}

bool template_enter(struct template_parser *parser)
{
    if (++parser->depth > TEMPLATE_NESTING)
        return template_fail(parser, "nested deeper than %d", TEMPLATE_NESTING);
    return true;
}

/* Blanks and the line end behind a directive belong to it. */
static void skip_line_end(struct template_parser *parser)
{
    size_t at = parser->at;

    while (template_peek(parser, 0) == ' ' || template_peek(parser, 0) == '\t')
        parser->at++;
    if (!template_take(parser, "\r\n") && !template_take(parser, "\n"))
        parser->at = at;
}

/* "#word" or "#{word}"; leaves the place alone when it is another word. */
static bool take_directive(struct template_parser *parser, const char *word)
{
    size_t start = parser->at;
    bool braces;

    parser->at++;
    braces = template_take(parser, "{");
    if (text_is(template_take_name(parser), word) && (!braces || template_take(parser, "}")))
        return true;
    parser->at = start;
    return false;
}

static bool at_block_end(struct template_parser *parser)
{
    static const char *const word_table[] = {"end", "else", "elseif"};
    size_t start = parser->at;

    for (size_t i = 0; i < 3; i++) {
        if (take_directive(parser, word_table[i])) {
            parser->at = start;
            return true;
        }
    }
    return false;
}

static struct template_node *new_node(struct template_parser *parser, enum node_kind kind)
{
    struct template_node *node = arena_alloc(parser->arena, 1, sizeof *node);

    if (!node)
        template_no_memory(parser);
    else
        node->kind = kind;
    return node;
}

static bool take_open(struct template_parser *parser, const char *directive)
{
    template_skip_blanks(parser);
    return template_take(parser, "(") ||
           template_fail(parser, "#%s needs a parenthesis", directive);
}

static bool take_close(struct template_parser *parser)
{
    template_skip_blanks(parser);
    return template_take(parser, ")") || template_fail(parser, "a closing parenthesis is missing");
}

static bool parse_target(struct template_parser *parser, struct template_reference **reference)
{
    template_skip_blanks(parser);
    if (template_peek(parser, 0) != '$')
        return template_fail(parser, "a variable is expected");
    if (!template_parse_reference(parser, reference))
        return false;
    return *reference || template_fail(parser, "a variable is expected");
}

static bool parse_set(struct template_parser *parser, struct template_node *node)
{
    if (!take_open(parser, "set") || !parse_target(parser, &node->reference))
        return false;
    template_skip_blanks(parser);
    if (template_peek(parser, 1) == '=' || !template_take(parser, "="))
        return template_fail(parser, "#set needs =");
    return template_parse_expression(parser, &node->expression) && take_close(parser);
}

static bool parse_body(struct template_parser *parser, struct template_node **body)
{
    skip_line_end(parser);
    return template_parse_nodes(parser, body);
}

static bool take_end(struct template_parser *parser, const char *directive)
{
    return template_peek(parser, 0) == '#' && take_directive(parser, "end")
               ? true
               : template_fail(parser, "#%s without #end", directive);
}

/* Each #elseif is an #if in the otherwise of the one before. */
static bool parse_if(struct template_parser *parser, struct template_node *node)
{
    for (;;) {
        if (!take_open(parser, "if") || !template_parse_expression(parser, &node->expression) ||
            !take_close(parser) || !parse_body(parser, &node->body))
            return false;
        if (template_peek(parser, 0) != '#' || !take_directive(parser, "elseif"))
            break;
        node->otherwise = new_node(parser, NODE_IF);
        if (!node->otherwise)
            return false;
        node = node->otherwise;
    }
    if (template_peek(parser, 0) == '#' && take_directive(parser, "else") &&
        !parse_body(parser, &node->otherwise))
        return false;
    return take_end(parser, "if");
}

static bool parse_foreach(struct template_parser *parser, struct template_node *node)
{
    if (!take_open(parser, "foreach") || !parse_target(parser, &node->reference))
        return false;
    template_skip_blanks(parser);
    if (!text_is(template_take_name(parser), "in"))
        return template_fail(parser, "#foreach needs 'in'");
    return template_parse_expression(parser, &node->expression) && take_close(parser) &&
           parse_body(parser, &node->body) && take_end(parser, "foreach");
}

static bool parse_define(struct template_parser *parser, struct template_node *node)
{
    return take_open(parser, "define") && parse_target(parser, &node->reference) &&
           take_close(parser) && parse_body(parser, &node->body) && take_end(parser, "define");
}

static bool parse_nothing(struct template_parser *parser, struct template_node *node)
{
    (void)parser;
    (void)node;
    return true;
}

static const struct {
    const char *word;
    enum node_kind kind;
    bool (*parse)(struct template_parser *parser, struct template_node *node);
} directive_table[] = {
    {"set", NODE_SET, parse_set},
    {"if", NODE_IF, parse_if},
    {"foreach", NODE_FOREACH, parse_foreach},
    {"define", NODE_DEFINE, parse_define},
    {"break", NODE_BREAK, parse_nothing},
    {"stop", NODE_STOP, parse_nothing},
};

static bool check_supported(struct template_parser *parser)
{
    static const char *const word_table[] = {"macro", "include", "parse", "evaluate"};

    for (size_t i = 0; i < sizeof word_table / sizeof *word_table; i++)
        if (take_directive(parser, word_table[i]))
            return template_fail(parser, "#%s is not supported", word_table[i]);
    return true;
}

/* Comments and #[[ ]]#. True when something was there; *node may stay NULL. */
static bool parse_quoted(struct template_parser *parser, struct template_node **node)
{
    struct text rest = text_slice(parser->source, parser->at, parser->source.length);
    bool literal = text_starts_with(rest, TEXT("#[["));
    size_t end;

    if (text_starts_with(rest, TEXT("##"))) {
        end = text_find(rest, TEXT("\n"), 0);
        parser->at += end == SIZE_MAX ? rest.length : end + 1;
        return true;
    }
    if (!literal && !text_starts_with(rest, TEXT("#*")))
        return false;
    end = text_find(rest, literal ? TEXT("]]#") : TEXT("*#"), 2);
    if (end == SIZE_MAX)
        end = rest.length;
    if (literal) {
        *node = new_node(parser, NODE_TEXT);
        if (*node)
            (*node)->text = text_slice(rest, 3, end);
    }
    parser->at += end + (literal ? 3 : 2);
    if (parser->at > parser->source.length)
        parser->at = parser->source.length;
    return true;
}

/* At "#"; *is_text: it begins nothing. A comment leaves *node NULL. */
static bool parse_directive(struct template_parser *parser, struct template_node **node,
    bool *is_text)
{
    *node = NULL;
    *is_text = false;
    if (parse_quoted(parser, node))
        return true;
    for (size_t i = 0; i < sizeof directive_table / sizeof *directive_table; i++) {
        bool good;

        if (!take_directive(parser, directive_table[i].word))
            continue;
        *node = new_node(parser, directive_table[i].kind);
        if (!*node || !template_enter(parser))
            return false;
        good = directive_table[i].parse(parser, *node);
        parser->depth--;
        if (good)
            skip_line_end(parser);
        return good;
    }
    *is_text = true;
    return check_supported(parser);
}

/* Text up to the next character that may begin something. "\$" is a dollar. */
static size_t text_end(struct template_parser *parser, size_t from)
{
    size_t at = from;

    while (at < parser->source.length) {
        char c = parser->source.data[at];

        if (c == '#' || c == '$' ||
            (c == '\\' && at + 1 < parser->source.length && parser->source.data[at + 1] == '$'))
            break;
        at++;
    }
    return at;
}

static bool parse_node(struct template_parser *parser, struct template_node **node)
{
    size_t start = parser->at;

    *node = NULL;
    if (template_peek(parser, 0) == '#') {
        bool is_text;

        if (!parse_directive(parser, node, &is_text))
            return false;
        if (!is_text)
            return true;
    } else if (template_peek(parser, 0) == '$') {
        struct template_reference *reference = NULL;

        if (!template_parse_reference(parser, &reference))
            return false;
        if (reference) {
            *node = new_node(parser, NODE_REFERENCE);
            if (*node)
                (*node)->reference = reference;
            return *node;
        }
    } else if (template_peek(parser, 0) == '\\' && template_peek(parser, 1) == '$') {
        start = ++parser->at;
    }
    *node = new_node(parser, NODE_TEXT);
    if (!*node)
        return false;
    parser->at = text_end(parser, start + 1);
    (*node)->text = text_slice(parser->source, start, parser->at);
    return true;
}

bool template_parse_nodes(struct template_parser *parser, struct template_node **out)
{
    struct template_node **link = out;

    *out = NULL;
    while (parser->at < parser->source.length) {
        struct template_node *node;

        if (template_peek(parser, 0) == '#' && at_block_end(parser)) {
            if (parser->depth > 0)
                return true;
            return template_fail(parser, "nothing is open here");
        }
        if (!parse_node(parser, &node))
            return false;
        if (node) {
            *link = node;
            link = &node->next;
        }
    }
    return true;
}

const struct template *template_parse(struct text source, struct arena *arena, struct error *err)
{
    struct template *template = arena_alloc(arena, 1, sizeof *template);
    struct template_parser parser = {.whole = source, .source = source, .arena = arena, .err = err};

    if (!template) {
        arena_failed(arena, err);
        return NULL;
    }
    if (source.length > TEMPLATE_SOURCE_LIMIT) {
        error_set_at(err, ERROR_USAGE, 1, 1, "a template has at most %d bytes",
            TEMPLATE_SOURCE_LIMIT);
        return NULL;
    }
    return template_parse_nodes(&parser, &template->first) ? template : NULL;
}
