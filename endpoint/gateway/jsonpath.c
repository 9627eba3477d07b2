#include "endpoint/gateway/jsonpath.h"

#include <string.h>

#include "base/decimal.h"

enum step_kind { STEP_NAME, STEP_INDEX, STEP_SLICE, STEP_WILD, STEP_UNION, STEP_FILTER };
enum compare_op { OP_EXISTS, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

/* One comparison of a filter; next by "&&" or, where ends_group is set, by "||". */
struct term {
    bool negated, ends_group;
    struct step *step; /* of the path behind "@" */
    enum compare_op op;
    enum json_kind kind; /* of the literal */
    struct text literal;
    struct term *next;
};

struct step {
    enum step_kind kind;
    bool descend; /* ".." in front: at every depth */
    struct text name;
    int64_t from, to; /* index, or slice; has_* say what was given */
    bool has_from, has_to;
    struct step *choice; /* of a union, linked by next */
    struct term *term;
    struct step *next;
};

struct jsonpath {
    struct step *first;
    bool definite; /* finds at most one node */
    bool simple;
    bool length; /* ends in .length() */
};

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

static struct step *new_step(struct parser *parser, enum step_kind kind)
{
    struct step *step;

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

static bool parse_steps(struct parser *parser, struct step **link);

static bool parse_literal(struct parser *parser, struct term *term)
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

static bool parse_term(struct parser *parser, struct term *term)
{
    static const struct {
        const char *word;
        enum compare_op op;
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

static bool parse_filter(struct parser *parser, struct step *step)
{
    struct term **link = &step->term;
    bool definite = parser->definite;

    if (parser->in_filter)
        return fail(parser, "a filter inside a filter");
    parser->in_filter = true;
    do {
        struct term *term = arena_alloc(parser->arena, 1, sizeof *term);

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
static bool parse_choice(struct parser *parser, struct step *step)
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

static bool parse_brackets(struct parser *parser, struct step *step)
{
    struct step **link = &step->choice;

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
            struct step *first = new_step(parser, step->kind);

            if (!first)
                return false;
            *first = *step;
            *step = (struct step){.kind = STEP_UNION, .descend = first->descend, .choice = first};
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

static bool parse_name(struct parser *parser, struct step *step)
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

static bool parse_steps(struct parser *parser, struct step **link)
{
    while (peek(parser) == '.' || peek(parser) == '[') {
        struct step *step;
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

/* Nodes found so far, in document order. */
struct set {
    const struct json **node;
    size_t count, capacity;
};

struct finder {
    struct arena *arena;
    bool failed; /* memory, or too many results */
};

static void add(struct finder *finder, struct set *set, const struct json *node)
{
    if (finder->failed)
        return;
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? 2 * set->capacity : 8;
        const struct json **more = arena_alloc(finder->arena, capacity, sizeof *more);

        if (!more || set->count >= JSONPATH_RESULTS) {
            finder->failed = true;
            return;
        }
        if (set->count > 0)
            memcpy(more, set->node, set->count * sizeof *more);
        set->node = more;
        set->capacity = capacity;
    }
    set->node[set->count++] = node;
}

static void add_slice(struct finder *finder, struct set *out, const struct step *step,
    const struct json *node)
{
    int64_t count = (int64_t)node->count, at = 0;
    int64_t from = step->has_from ? step->from : 0;
    int64_t to = step->has_to ? step->to : count;

    if (from < 0)
        from += count;
    if (to < 0)
        to += count;
    for (const struct json *child = node->first; child; child = child->next, at++)
        if (at >= from && at < to)
            add(finder, out, child);
}

static void add_index(struct finder *finder, struct set *out, int64_t index,
    const struct json *node)
{
    int64_t at = 0;

    if (index < 0)
        index += (int64_t)node->count;
    for (const struct json *child = node->first; child; child = child->next, at++)
        if (at == index)
            add(finder, out, child);
}

static bool filter_holds(struct finder *finder, const struct term *term, const struct json *node);

static void apply(struct finder *finder, const struct step *step, const struct json *node,
    struct set *out)
{
    const struct json *found;

    switch (step->kind) {
    case STEP_NAME:
        found = json_member_text(node, step->name);
        if (found)
            add(finder, out, found);
        return;
    case STEP_INDEX:
        if (node->kind == JSON_ARRAY)
            add_index(finder, out, step->from, node);
        return;
    case STEP_SLICE:
        if (node->kind == JSON_ARRAY)
            add_slice(finder, out, step, node);
        return;
    case STEP_UNION:
        for (const struct step *choice = step->choice; choice; choice = choice->next)
            apply(finder, choice, node, out);
        return;
    case STEP_WILD:
    case STEP_FILTER:
        break;
    }
    if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
        return;
    for (const struct json *child = node->first; child && !finder->failed; child = child->next)
        if (step->kind == STEP_WILD || filter_holds(finder, step->term, child))
            add(finder, out, child);
}

/* The step at every depth below and at the node, in document order. */
static void apply_deep(struct finder *finder, const struct step *step, const struct json *root,
    struct set *out)
{
    struct set stack = {0};

    add(finder, &stack, root);
    while (stack.count > 0 && !finder->failed) {
        const struct json *node = stack.node[--stack.count];
        size_t base = stack.count;

        apply(finder, step, node, out);
        if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
            continue;
        for (const struct json *child = node->first; child; child = child->next)
            if (child->kind == JSON_ARRAY || child->kind == JSON_OBJECT)
                add(finder, &stack, child);
        for (size_t low = base, high = stack.count; high > low + 1; low++) {
            const struct json *swap = stack.node[low];

            stack.node[low] = stack.node[--high];
            stack.node[high] = swap;
        }
    }
}

static void walk(struct finder *finder, const struct step *step, const struct json *document,
    struct set *out)
{
    struct set now = {0};

    add(finder, &now, document);
    for (; step && now.count > 0 && !finder->failed; step = step->next) {
        struct set next = {0};

        for (size_t i = 0; i < now.count; i++) {
            if (step->descend)
                apply_deep(finder, step, now.node[i], &next);
            else
                apply(finder, step, now.node[i], &next);
        }
        now = next;
    }
    *out = now;
}

static bool compare(const struct term *term, const struct json *node)
{
    struct decimal a, b;
    int order;

    if (term->kind == JSON_NUMBER && node->kind == JSON_NUMBER) {
        if (decimal_parse(node->text, &a) != DECIMAL_OK ||
            decimal_parse(term->literal, &b) != DECIMAL_OK)
            return false;
        order = decimal_compare(&a, &b);
    } else if (term->kind == JSON_STRING && node->kind == JSON_STRING) {
        order = text_compare(node->text, term->literal);
    } else {
        return (node->kind == term->kind) == (term->op == OP_EQ) &&
               (term->op == OP_EQ || term->op == OP_NE);
    }
    switch (term->op) {
    case OP_EQ:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    case OP_GE:
        return order >= 0;
    case OP_EXISTS:
        break;
    }
    return true;
}

static bool term_holds(struct finder *finder, const struct term *term, const struct json *node)
{
    struct set found;

    walk(finder, term->step, node, &found);
    if (term->op == OP_EXISTS)
        return (found.count > 0) != term->negated;
    return found.count > 0 && compare(term, found.node[0]) != term->negated;
}

static bool filter_holds(struct finder *finder, const struct term *term, const struct json *node)
{
    bool group = true;

    for (; term; term = term->next) {
        group = group && term_holds(finder, term, node);
        if (term->ends_group) {
            if (group)
                return true;
            group = true;
        }
    }
    return group;
}

static const struct json *make_length(struct arena *arena, const struct json *node)
{
    struct json *length = arena_alloc(arena, 1, sizeof *length);
    const char *digits =
        arena_format(arena, "%zu", node->kind == JSON_STRING ? node->text.length : node->count);

    if (!length || !digits)
        return NULL;
    *length = (struct json){.kind = JSON_NUMBER, .text = text_of(digits)};
    return length;
}

/* A list of its own: nodes are copied, what is below them is shared. */
static struct json *make_list(struct arena *arena, const struct set *set)
{
    struct json *list = arena_alloc(arena, 1, sizeof *list);
    struct json *copy = arena_alloc(arena, set->count, sizeof *copy);

    if (!list || !copy)
        return NULL;
    *list = (struct json){.kind = JSON_ARRAY, .count = set->count};
    for (size_t i = 0; i < set->count; i++) {
        copy[i] = *set->node[i];
        copy[i].next = i + 1 < set->count ? &copy[i + 1] : NULL;
    }
    list->first = set->count > 0 ? copy : NULL;
    return list;
}

const struct json *jsonpath_find(const struct jsonpath *path, const struct json *document,
    struct arena *arena, struct error *err)
{
    struct finder finder = {.arena = arena};
    struct set found;
    const struct json *result;

    err->code = ERROR_NONE;
    if (!document)
        return NULL;
    walk(&finder, path->first, document, &found);
    if (finder.failed) {
        error_set(err, ERROR_LIMIT, "JSONPath finds too much");
        return NULL;
    }
    if (path->definite) {
        result = found.count > 0 ? found.node[0] : NULL;
    } else {
        result = make_list(arena, &found);
        if (!result)
            arena_failed(arena, err);
    }
    if (result && path->length) {
        result = make_length(arena, result);
        if (!result)
            arena_failed(arena, err);
    }
    return result;
}
