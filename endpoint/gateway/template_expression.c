#include <string.h>

#include "base/decimal.h"
#include "endpoint/gateway/template_tree.h"

static bool parse_level(struct template_parser *parser, unsigned level,
    struct template_expression **out);

static struct template_expression *new_expression(struct template_parser *parser,
    enum expression_kind kind)
{
    struct template_expression *expression = arena_alloc(parser->arena, 1, sizeof *expression);

    if (!expression)
        template_no_memory(parser);
    else
        expression->kind = kind;
    return expression;
}

/* Elements up to the closing word; separator between them. */
static bool parse_list(struct template_parser *parser, const char *close,
    struct template_expression **first, size_t *count)
{
    *first = NULL;
    *count = 0;
    template_skip_blanks(parser);
    if (template_take(parser, close))
        return true;
    for (;;) {
        if (!template_parse_expression(parser, first))
            return false;
        first = &(*first)->next;
        ++*count;
        template_skip_blanks(parser);
        if (template_take(parser, close))
            return true;
        if (!template_take(parser, ","))
            return template_fail(parser, "a comma or %s is expected", close);
    }
}

/* Functions of the objects that every template has. */
static bool check_function(struct template_parser *parser, struct text object, struct text name)
{
    static const struct {
        const char *object, *names;
    } function_table[] = {
        {"input", "|json|path|params|"},
        {"util", "|escapeJavaScript|parseJson|urlEncode|urlDecode|base64Encode|base64Decode|"},
        {"context", "|"},
        {"stageVariables", "|get|containsKey|keySet|size|"},
    };

    for (size_t i = 0; i < sizeof function_table / sizeof *function_table; i++) {
        struct text names = text_of(function_table[i].names);

        if (!text_is(object, function_table[i].object))
            continue;
        for (size_t at = text_find(names, name, 1); at != SIZE_MAX;
             at = text_find(names, name, at + 1))
            if (names.data[at - 1] == '|' && names.data[at + name.length] == '|')
                return true;
        return template_fail(parser, "$%.*s has no function %.*s", (int)object.length, object.data,
            (int)name.length, name.data);
    }
    if (template_method_exists(name))
        return true;
    return template_fail(parser, "method %.*s is not supported", (int)name.length, name.data);
}

/* A literal path is compiled with the template, so that a wrong one is refused when saved. */
static bool compile_path(struct template_parser *parser, struct text object,
    struct template_access *access)
{
    const struct template_expression *argument = access->argument;

    if (!text_is(object, "input") || !argument || argument->kind != EXPRESSION_TEXT ||
        (!text_is(access->name, "path") && !text_is(access->name, "json")))
        return true;
    access->path = jsonpath_parse(argument->text, parser->arena, parser->err);
    if (access->path || parser->err->code != ERROR_USAGE)
        return access->path;
    return template_fail(parser, "%s", arena_string(parser->arena, text_of(parser->err->text)));
}

static bool parse_method(struct template_parser *parser, struct text object, bool is_first,
    struct template_access *access)
{
    access->kind = ACCESS_METHOD;
    if (!parse_list(parser, ")", &access->argument, &access->argument_count))
        return false;
    if (!is_first)
        return template_method_exists(access->name) ||
               template_fail(parser, "method %.*s is not supported", (int)access->name.length,
                   access->name.data);
    return check_function(parser, object, access->name) && compile_path(parser, object, access);
}

/* ".name", ".name(..)", "[..]" as long as they follow. */
static bool parse_accesses(struct template_parser *parser, struct template_reference *reference)
{
    struct template_access **link = &reference->access;

    for (;;) {
        struct template_access *access;
        size_t start = parser->at;
        struct text name = {NULL, 0};
        bool index = template_peek(parser, 0) == '[';

        if (!index) {
            if (!template_take(parser, "."))
                return true;
            name = template_take_name(parser);
            if (name.length == 0) { /* the full stop is text */
                parser->at = start;
                return true;
            }
        }
        access = arena_alloc(parser->arena, 1, sizeof *access);
        if (!access)
            return template_no_memory(parser);
        access->name = name;
        if (index) {
            access->kind = ACCESS_INDEX;
            parser->at++;
            if (!template_parse_expression(parser, &access->argument))
                return false;
            template_skip_blanks(parser);
            if (!template_take(parser, "]"))
                return template_fail(parser, "a closing bracket is missing");
        } else if (template_take(parser, "(") &&
                   !parse_method(parser, reference->name, !reference->access, access)) {
            return false;
        }
        *link = access;
        link = &access->next;
    }
}

bool template_parse_reference(struct template_parser *parser, struct template_reference **found)
{
    struct template_reference *reference;
    size_t start = parser->at;
    struct text name;
    bool quiet, braces;

    *found = NULL;
    parser->at++;
    quiet = template_take(parser, "!");
    braces = template_take(parser, "{");
    name = template_take_name(parser);
    if (name.length == 0) {
        parser->at = start;
        return true;
    }
    reference = arena_alloc(parser->arena, 1, sizeof *reference);
    if (!reference)
        return template_no_memory(parser);
    reference->name = name;
    reference->quiet = quiet;
    if (!template_enter(parser) || !parse_accesses(parser, reference))
        return false;
    parser->depth--;
    if (braces && !template_take(parser, "}"))
        return template_fail(parser, "a closing brace is missing");
    reference->source = text_slice(parser->source, start, parser->at);
    *found = reference;
    return true;
}

/* Between quotes; a doubled quote stands for one. Only then the text is a copy. */
static bool take_string(struct template_parser *parser, char quote, struct text *out)
{
    size_t start = ++parser->at, doubled = 0, length = 0;
    char *copy;

    for (;; parser->at++) {
        if (parser->at >= parser->source.length)
            return template_fail(parser, "a closing quote is missing");
        if (template_peek(parser, 0) != quote)
            continue;
        if (template_peek(parser, 1) != quote)
            break;
        doubled++;
        parser->at++;
    }
    *out = text_slice(parser->source, start, parser->at++);
    if (doubled == 0)
        return true;
    copy = arena_alloc(parser->arena, out->length, 1);
    if (!copy)
        return template_no_memory(parser);
    for (size_t i = 0; i < out->length; i++) {
        copy[length++] = out->data[i];
        i += out->data[i] == quote;
    }
    *out = text_make(copy, length);
    return true;
}

/* A string with references inside is a template of its own. */
static bool parse_string(struct template_parser *parser, struct template_expression *expression)
{
    char quote = template_peek(parser, 0);
    struct template_parser inner = *parser;

    if (!take_string(parser, quote, &expression->text))
        return false;
    expression->kind = EXPRESSION_TEXT;
    if (quote == '\'' || (!memchr(expression->text.data, '$', expression->text.length) &&
                             !memchr(expression->text.data, '#', expression->text.length)))
        return true;
    expression->kind = EXPRESSION_INTERPOLATED;
    inner.source = expression->text;
    inner.at = 0;
    return template_enter(&inner) && template_parse_nodes(&inner, &expression->nodes) &&
           (inner.at == inner.source.length || template_fail(&inner, "nothing is open here"));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool parse_number(struct template_parser *parser, struct template_expression *expression)
{
    size_t start = parser->at;
    struct decimal number;

    template_take(parser, "-");
    while (is_digit(template_peek(parser, 0)))
        parser->at++;
    expression->kind = EXPRESSION_INTEGER;
    if (template_peek(parser, 0) == '.' && is_digit(template_peek(parser, 1))) {
        expression->kind = EXPRESSION_DECIMAL;
        parser->at++;
        while (is_digit(template_peek(parser, 0)))
            parser->at++;
    }
    expression->text = text_slice(parser->source, start, parser->at);
    if (expression->kind == EXPRESSION_DECIMAL
            ? decimal_parse(expression->text, &number) == DECIMAL_OK
            : text_to_integer(expression->text, INT64_MIN, INT64_MAX, &expression->integer))
        return true;
    return template_fail(parser, "the number %.*s is out of range", (int)expression->text.length,
        expression->text.data);
}

/* "[a, b]", "[]" or "[from..to]" */
static bool parse_brackets(struct template_parser *parser, struct template_expression *expression)
{
    struct template_expression *first = NULL;
    size_t count;

    expression->kind = EXPRESSION_LIST;
    template_skip_blanks(parser);
    if (template_take(parser, "]"))
        return true;
    if (!template_parse_expression(parser, &first))
        return false;
    expression->first = first;
    template_skip_blanks(parser);
    if (template_take(parser, "..")) {
        expression->kind = EXPRESSION_RANGE;
        if (!template_parse_expression(parser, &first->next))
            return false;
        template_skip_blanks(parser);
        return template_take(parser, "]") || template_fail(parser, "a closing bracket is missing");
    }
    if (template_take(parser, "]"))
        return true;
    return template_take(parser, ",") ? parse_list(parser, "]", &first->next, &count)
                                      : template_fail(parser, "a comma or ] is expected");
}

static bool parse_map(struct template_parser *parser, struct template_expression *expression)
{
    struct template_expression **link = &expression->first;

    expression->kind = EXPRESSION_MAP;
    template_skip_blanks(parser);
    if (template_take(parser, "}"))
        return true;
    for (;;) {
        if (!template_parse_expression(parser, link))
            return false;
        template_skip_blanks(parser);
        if (!template_take(parser, ":"))
            return template_fail(parser, "a colon is expected");
        if (!template_parse_expression(parser, &(*link)->next))
            return false;
        link = &(*link)->next->next;
        template_skip_blanks(parser);
        if (template_take(parser, "}"))
            return true;
        if (!template_take(parser, ","))
            return template_fail(parser, "a comma or } is expected");
    }
}

static bool parse_word(struct template_parser *parser, struct template_expression *expression)
{
    struct text word = template_take_name(parser);

    expression->kind = EXPRESSION_BOOL;
    expression->integer = text_is(word, "true");
    if (text_is(word, "true") || text_is(word, "false"))
        return true;
    expression->kind = EXPRESSION_NULL;
    return text_is(word, "null") || template_fail(parser, "an expression is expected");
}

static bool parse_primary(struct template_parser *parser, struct template_expression **out)
{
    struct template_expression *expression = new_expression(parser, EXPRESSION_TEXT);
    char c;

    *out = expression;
    if (!expression)
        return false;
    template_skip_blanks(parser);
    c = template_peek(parser, 0);
    if (c == '\'' || c == '"')
        return parse_string(parser, expression);
    if (is_digit(c) || (c == '-' && is_digit(template_peek(parser, 1))))
        return parse_number(parser, expression);
    if (template_take(parser, "["))
        return parse_brackets(parser, expression);
    if (template_take(parser, "{"))
        return parse_map(parser, expression);
    if (template_take(parser, "(")) {
        if (!template_parse_expression(parser, out))
            return false;
        template_skip_blanks(parser);
        return template_take(parser, ")") ||
               template_fail(parser, "a closing parenthesis is missing");
    }
    if (c != '$')
        return parse_word(parser, expression);
    expression->kind = EXPRESSION_REFERENCE;
    if (!template_parse_reference(parser, &expression->reference))
        return false;
    return expression->reference || template_fail(parser, "a variable is expected");
}

/* Longer words first, so that "<=" is not read as "<". Level: 0 binds least. */
static const struct {
    const char *word;
    unsigned level;
    enum operator_kind kind;
} operator_table[] = {
    {"||", 0, OPERATOR_OR},
    {"or", 0, OPERATOR_OR},
    {"&&", 1, OPERATOR_AND},
    {"and", 1, OPERATOR_AND},
    {"==", 2, OPERATOR_EQ},
    {"eq", 2, OPERATOR_EQ},
    {"!=", 2, OPERATOR_NE},
    {"ne", 2, OPERATOR_NE},
    {"<=", 3, OPERATOR_LE},
    {"le", 3, OPERATOR_LE},
    {">=", 3, OPERATOR_GE},
    {"ge", 3, OPERATOR_GE},
    {"<", 3, OPERATOR_LT},
    {"lt", 3, OPERATOR_LT},
    {">", 3, OPERATOR_GT},
    {"gt", 3, OPERATOR_GT},
    {"+", 4, OPERATOR_ADD},
    {"-", 4, OPERATOR_SUBTRACT},
    {"*", 5, OPERATOR_MULTIPLY},
    {"/", 5, OPERATOR_DIVIDE},
    {"%", 5, OPERATOR_REMAINDER},
};

enum { LEVELS = 6 };

static bool take_operator(struct template_parser *parser, unsigned level, enum operator_kind *found)
{
    size_t start = parser->at;

    template_skip_blanks(parser);
    for (size_t i = 0; i < sizeof operator_table / sizeof *operator_table; i++) {
        const char *word = operator_table[i].word;
        size_t at = parser->at;
        bool is_name = word[0] >= 'a' && word[0] <= 'z';

        if (operator_table[i].level != level)
            continue;
        if (is_name ? text_is(template_take_name(parser), word) : template_take(parser, word)) {
            *found = operator_table[i].kind;
            return true;
        }
        parser->at = at;
    }
    parser->at = start;
    return false;
}

static bool parse_unary(struct template_parser *parser, struct template_expression **out)
{
    size_t start;
    bool negated;

    template_skip_blanks(parser);
    start = parser->at;
    negated = template_peek(parser, 1) != '=' && template_take(parser, "!");
    if (!negated) {
        negated = text_is(template_take_name(parser), "not");
        if (!negated)
            parser->at = start;
    }
    if (!negated)
        return parse_primary(parser, out);
    *out = new_expression(parser, EXPRESSION_NOT);
    if (!*out || !template_enter(parser) || !parse_unary(parser, &(*out)->first))
        return false;
    parser->depth--;
    return true;
}

static bool parse_level(struct template_parser *parser, unsigned level,
    struct template_expression **out)
{
    struct template_expression *binary, **link;
    enum operator_kind found;

    if (level == LEVELS)
        return parse_unary(parser, out);
    if (!parse_level(parser, level + 1, out))
        return false;
    if (!take_operator(parser, level, &found))
        return true;
    binary = new_expression(parser, EXPRESSION_BINARY);
    if (!binary)
        return false;
    binary->first = *out;
    link = &(*out)->next;
    *out = binary;
    do {
        if (!parse_level(parser, level + 1, link))
            return false;
        (*link)->joined = found;
        link = &(*link)->next;
    } while (take_operator(parser, level, &found));
    return true;
}

bool template_parse_expression(struct template_parser *parser, struct template_expression **out)
{
    bool good;

    if (!template_enter(parser))
        return false;
    good = parse_level(parser, 0, out);
    parser->depth--;
    return good;
}
