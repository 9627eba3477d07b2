#include "endpoint/telemetry/filter_pattern.h"

#include "base/json.h"

enum { STEPS_LIMIT = 16 };

enum node_kind { NODE_AND, NODE_OR, NODE_TEST };
enum test_kind {
    TEST_EQUAL,
    TEST_NOT_EQUAL,
    TEST_LESS,
    TEST_LESS_EQUAL,
    TEST_GREATER,
    TEST_GREATER_EQUAL,
    TEST_TRUE,
    TEST_FALSE,
    TEST_NULL,
    TEST_EXISTS,
    TEST_NOT_EXISTS
};

/* A selector is a chain of member names and indices. */
struct step {
    struct text name;
    int64_t index; /* -1: by name */
};

struct node {
    enum node_kind kind;
    struct node *left, *right;
    enum test_kind test;
    size_t step_count;
    struct step step[STEPS_LIMIT];
    struct text value;
    bool is_number;
    double number;
};

enum term_kind { TERM_WANTED, TERM_EXCLUDED, TERM_OPTIONAL };
struct term {
    enum term_kind kind;
    struct text text;
    struct term *next;
};

struct filter_pattern {
    struct node *root; /* JSON */
    struct term *term; /* terms */
};

struct parser {
    struct text whole, rest;
    struct arena *arena;
    struct error *err;
    int depth;
};

static void *fail(struct parser *parser, const char *text)
{
    int column = (int)(parser->whole.length - parser->rest.length) + 1;

    error_set_at(parser->err, ERROR_USAGE, 1, column, "filter pattern, column %d: %s", column,
        text);
    return NULL;
}

static void skip_blanks(struct parser *parser)
{
    while (parser->rest.length > 0 && (*parser->rest.data == ' ' || *parser->rest.data == '\t'))
        parser->rest = text_slice(parser->rest, 1, parser->rest.length);
}

static bool take(struct parser *parser, const char *token)
{
    struct text wanted = text_of(token);

    skip_blanks(parser);
    if (!text_starts_with(parser->rest, wanted))
        return false;
    parser->rest = text_slice(parser->rest, wanted.length, parser->rest.length);
    return true;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static struct text take_while(struct parser *parser, bool (*belongs)(char c))
{
    size_t length = 0;
    struct text taken;

    while (length < parser->rest.length && belongs(parser->rest.data[length]))
        length++;
    taken = text_slice(parser->rest, 0, length);
    parser->rest = text_slice(parser->rest, length, parser->rest.length);
    return taken;
}

/* A word in any case, whole. */
static bool take_keyword(struct parser *parser, const char *keyword)
{
    struct text before = parser->rest, word;

    skip_blanks(parser);
    word = take_while(parser, is_word_char);
    if (text_is_ignoring_case(word, keyword))
        return true;
    parser->rest = before;
    return false;
}

/* Behind the opening quote; a backslash keeps what follows. */
static bool take_quoted(struct parser *parser, struct text *out)
{
    struct buf plain;
    bool is_closed = false;
    size_t at = 0;

    buf_init(&plain, FILTER_PATTERN_LIMIT);
    for (; at < parser->rest.length && !is_closed; at++) {
        char c = parser->rest.data[at];

        is_closed = c == '"';
        if (c == '\\' && at + 1 < parser->rest.length)
            c = parser->rest.data[++at];
        if (!is_closed)
            buf_add_char(&plain, c);
    }
    parser->rest = text_slice(parser->rest, at, parser->rest.length);
    *out = arena_text(parser->arena, buf_view(&plain));
    buf_done(&plain);
    if (!is_closed)
        fail(parser, "a closing quote is missing");
    else if (!out->data)
        arena_failed(parser->arena, parser->err);
    return is_closed && out->data;
}

static bool add_step(struct parser *parser, struct node *node, struct step step)
{
    if (node->step_count == STEPS_LIMIT) {
        fail(parser, "the selector is too deep");
        return false;
    }
    node->step[node->step_count++] = step;
    return true;
}

/* "[0]" or "[\"name\"]", behind the bracket. */
static bool parse_bracket(struct parser *parser, struct node *node)
{
    struct step step = {.index = -1};

    if (take(parser, "\"")) {
        if (!take_quoted(parser, &step.name))
            return false;
    } else if (!text_to_integer(take_while(parser, is_word_char), 0, INT32_MAX, &step.index)) {
        fail(parser, "an index is a number");
        return false;
    }
    if (!take(parser, "]")) {
        fail(parser, "']' is missing");
        return false;
    }
    return add_step(parser, node, step);
}

static bool parse_selector(struct parser *parser, struct node *node)
{
    if (!take(parser, "$")) {
        fail(parser, "a selector begins with '$.'");
        return false;
    }
    while (parser->rest.length > 0 && (*parser->rest.data == '.' || *parser->rest.data == '[')) {
        struct step step = {.index = -1};
        bool is_bracket = *parser->rest.data == '[';

        parser->rest = text_slice(parser->rest, 1, parser->rest.length);
        if (is_bracket) {
            if (!parse_bracket(parser, node))
                return false;
            continue;
        }
        step.name = take_while(parser, is_word_char);
        if (step.name.length == 0) {
            fail(parser, "a name is missing behind '.'");
            return false;
        }
        if (!add_step(parser, node, step))
            return false;
    }
    return true;
}

/* The text as JSON reads a number; false when it is none. */
static bool read_number(struct text text, struct arena *arena, double *out)
{
    struct json number = {.kind = JSON_NUMBER, .text = text, .name = TEXT("n")};
    struct json holder = {.kind = JSON_OBJECT, .first = &number, .count = 1};
    struct json *parsed;
    struct error err;

    parsed = json_parse(text, arena, &err);
    if (!parsed || parsed->kind != JSON_NUMBER)
        return false;
    *out = json_double_member(&holder, "n", 0);
    return true;
}

static bool is_value_char(char c)
{
    return (unsigned char)c > ' ' && c != ')' && c != '}' && c != '&' && c != '|' && c != '"';
}

static bool parse_value(struct parser *parser, struct node *node)
{
    bool needs_number = node->test != TEST_EQUAL && node->test != TEST_NOT_EQUAL;

    if (take(parser, "\"")) {
        if (!take_quoted(parser, &node->value))
            return false;
    } else {
        skip_blanks(parser);
        if (text_starts_with(parser->rest, TEXT("%"))) {
            fail(parser, "regular expressions are not supported by this endpoint");
            return false;
        }
        node->value = take_while(parser, is_value_char);
        if (node->value.length == 0) {
            fail(parser, "a value is missing");
            return false;
        }
        node->is_number = read_number(node->value, parser->arena, &node->number);
    }
    if (needs_number && !node->is_number) {
        fail(parser, "only numbers can be compared with <, <=, > and >=");
        return false;
    }
    return true;
}

static bool parse_state(struct parser *parser, struct node *node)
{
    if (take_keyword(parser, "TRUE"))
        node->test = TEST_TRUE;
    else if (take_keyword(parser, "FALSE"))
        node->test = TEST_FALSE;
    else if (take_keyword(parser, "NULL"))
        node->test = TEST_NULL;
    else
        return fail(parser, "TRUE, FALSE or NULL is missing behind IS");
    return true;
}

static bool parse_test(struct parser *parser, struct node *node)
{
    static const struct {
        const char *sign; /* longer ones first */
        enum test_kind test;
    } sign_table[] = {{"!=", TEST_NOT_EQUAL}, {"<=", TEST_LESS_EQUAL}, {">=", TEST_GREATER_EQUAL},
        {"=", TEST_EQUAL}, {"<", TEST_LESS}, {">", TEST_GREATER}};

    if (!parse_selector(parser, node))
        return false;
    for (size_t i = 0; i < sizeof sign_table / sizeof *sign_table; i++) {
        if (take(parser, sign_table[i].sign)) {
            node->test = sign_table[i].test;
            return parse_value(parser, node);
        }
    }
    if (take_keyword(parser, "IS"))
        return parse_state(parser, node);
    if (take_keyword(parser, "EXISTS")) {
        node->test = TEST_EXISTS;
        return true;
    }
    if (take_keyword(parser, "NOT") && take_keyword(parser, "EXISTS")) {
        node->test = TEST_NOT_EXISTS;
        return true;
    }
    return fail(parser, "an operator is missing: =, !=, <, <=, >, >=, IS or EXISTS");
}

static struct node *new_node(struct parser *parser, enum node_kind kind, struct node *left,
    struct node *right)
{
    struct node *node = arena_alloc(parser->arena, 1, sizeof *node);

    if (!node) {
        arena_failed(parser->arena, parser->err);
        return NULL;
    }
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

static struct node *parse_either(struct parser *parser);

static struct node *parse_one(struct parser *parser)
{
    struct node *node;

    if (take(parser, "(")) {
        if (++parser->depth > FILTER_PATTERN_DEPTH)
            return fail(parser, "too many parentheses");
        node = parse_either(parser);
        parser->depth--;
        if (!node)
            return NULL;
        return take(parser, ")") ? node : fail(parser, "')' is missing");
    }
    node = new_node(parser, NODE_TEST, NULL, NULL);
    return node && parse_test(parser, node) ? node : NULL;
}

static struct node *parse_both(struct parser *parser)
{
    struct node *node = parse_one(parser);

    while (node && take(parser, "&&")) {
        struct node *right = parse_one(parser);

        node = right ? new_node(parser, NODE_AND, node, right) : NULL;
    }
    return node;
}

static struct node *parse_either(struct parser *parser)
{
    struct node *node = parse_both(parser);

    while (node && take(parser, "||")) {
        struct node *right = parse_both(parser);

        node = right ? new_node(parser, NODE_OR, node, right) : NULL;
    }
    return node;
}

static bool is_term_char(char c)
{
    return (unsigned char)c > ' ';
}

static struct term *parse_term(struct parser *parser)
{
    struct term *term = arena_alloc(parser->arena, 1, sizeof *term);

    if (!term) {
        arena_failed(parser->arena, parser->err);
        return NULL;
    }
    if (take(parser, "-"))
        term->kind = TERM_EXCLUDED;
    else if (take(parser, "?"))
        term->kind = TERM_OPTIONAL;
    if (text_starts_with(parser->rest, TEXT("\""))) {
        parser->rest = text_slice(parser->rest, 1, parser->rest.length);
        return take_quoted(parser, &term->text) ? term : NULL;
    }
    term->text = take_while(parser, is_term_char);
    return term->text.length > 0 ? term : fail(parser, "a term is missing");
}

static bool parse_terms(struct parser *parser, struct filter_pattern *pattern)
{
    struct term **end = &pattern->term;

    for (skip_blanks(parser); parser->rest.length > 0; skip_blanks(parser)) {
        *end = parse_term(parser);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    return true;
}

static bool parse_json(struct parser *parser, struct filter_pattern *pattern)
{
    pattern->root = parse_either(parser);
    if (!pattern->root)
        return false;
    if (!take(parser, "}"))
        return fail(parser, "'}' is missing");
    skip_blanks(parser);
    return parser->rest.length == 0 || fail(parser, "nothing may follow '}'");
}

struct filter_pattern *filter_pattern_parse(struct text text, struct arena *arena,
    struct error *err)
{
    struct parser parser = {text, text, arena, err, 0};
    struct filter_pattern *pattern = arena_alloc(arena, 1, sizeof *pattern);

    if (!pattern) {
        arena_failed(arena, err);
        return NULL;
    }
    if (text.length > FILTER_PATTERN_LIMIT)
        return fail(&parser, "a pattern has at most 1024 characters");
    skip_blanks(&parser);
    if (text_starts_with(parser.rest, TEXT("[")))
        return fail(&parser, "space-delimited patterns are not supported by this endpoint");
    if (take(&parser, "{"))
        return parse_json(&parser, pattern) ? pattern : NULL;
    return parse_terms(&parser, pattern) ? pattern : NULL;
}

static const struct json *select_node(const struct node *node, const struct json *at)
{
    for (size_t i = 0; at && i < node->step_count; i++) {
        const struct step *step = &node->step[i];

        if (step->index < 0) {
            at = json_member_text(at, step->name);
            continue;
        }
        if (at->kind != JSON_ARRAY)
            return NULL;
        at = at->first;
        for (int64_t left = step->index; at && left > 0; left--)
            at = at->next;
    }
    return at;
}

static bool is_equal(const struct node *node, const struct json *found, struct arena *scratch)
{
    double number;

    if (found->kind == JSON_NUMBER && node->is_number)
        return read_number(found->text, scratch, &number) && number >= node->number &&
               number <= node->number;
    if (found->kind == JSON_STRING)
        return text_matches_glob(found->text, node->value);
    return false;
}

static bool test_matches(const struct node *node, const struct json *message, struct arena *scratch)
{
    const struct json *found = select_node(node, message);
    bool is_number = found && found->kind == JSON_NUMBER;
    double number = 0;

    if (is_number)
        is_number = read_number(found->text, scratch, &number);
    switch (node->test) {
    case TEST_EQUAL:
        return found && is_equal(node, found, scratch);
    case TEST_NOT_EQUAL:
        return found && !is_equal(node, found, scratch);
    case TEST_LESS:
        return is_number && number < node->number;
    case TEST_LESS_EQUAL:
        return is_number && number <= node->number;
    case TEST_GREATER:
        return is_number && number > node->number;
    case TEST_GREATER_EQUAL:
        return is_number && number >= node->number;
    case TEST_TRUE:
        return found && found->kind == JSON_TRUE;
    case TEST_FALSE:
        return found && found->kind == JSON_FALSE;
    case TEST_NULL:
        return found && found->kind == JSON_NULL;
    case TEST_EXISTS:
        return found != NULL;
    case TEST_NOT_EXISTS:
        return !found;
    }
    return false;
}

/* Chains of && and || lean to the left: their depth is bounded by the length of the pattern. */
static bool node_matches(const struct node *node, const struct json *message, struct arena *scratch)
{
    switch (node->kind) {
    case NODE_AND:
        return node_matches(node->left, message, scratch) &&
               node_matches(node->right, message, scratch);
    case NODE_OR:
        return node_matches(node->left, message, scratch) ||
               node_matches(node->right, message, scratch);
    case NODE_TEST:
        break;
    }
    return test_matches(node, message, scratch);
}

static bool terms_match(const struct term *term, struct text message)
{
    bool has_optional = false, has_wanted = false, found_optional = false;

    for (; term; term = term->next) {
        bool found = text_find(message, term->text, 0) != SIZE_MAX;

        if (term->kind == TERM_OPTIONAL) {
            has_optional = true;
            found_optional |= found;
            continue;
        }
        has_wanted |= term->kind == TERM_WANTED;
        if (found != (term->kind == TERM_WANTED))
            return false;
    }
    return !has_optional || has_wanted || found_optional;
}

bool filter_pattern_matches(const struct filter_pattern *pattern, struct text message,
    struct arena *scratch)
{
    const struct json *parsed;
    struct error err;

    if (!pattern->root)
        return terms_match(pattern->term, message);
    arena_reset(scratch);
    parsed = json_parse(message, scratch, &err);
    return parsed && node_matches(pattern->root, parsed, scratch);
}
