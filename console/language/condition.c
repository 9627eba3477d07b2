#include <string.h>

#include "base/pattern.h"
#include "console/language/grammar.h"

/* Paths and conditions (language.md 3.2): every spelling becomes what the service knows. */

enum { IN_LIMIT = 10000, PATH_LIMIT = 64, INDEX_LIMIT = 400000 };

static struct expression *need(struct lexer *lexer, struct expression *expression,
    struct error *err)
{
    if (!expression)
        arena_failed(lexer->arena, err);
    return expression;
}

static struct expression *condition(struct lexer *lexer, unsigned depth, struct error *err);

/* "b-1" is one name: said when b alone is what the table has. */
static void warn_hyphen(struct lexer *lexer, const struct token *token)
{
    const char *hyphen = memchr(token->text.data, '-', token->text.length);

    if (hyphen)
        grammar_warn(lexer, token, text_slice(token->text, 0, (size_t)(hyphen - token->text.data)),
            token->text, "'%.*s' is read as one name", (int)token->text.length, token->text.data);
}

const struct path *parse_path(struct lexer *lexer, struct error *err)
{
    struct path_part part[PATH_LIMIT];
    struct path *path;
    int64_t index;

    memset(part, 0, sizeof *part);
    path = arena_alloc(lexer->arena, 1, sizeof *path);
    if (!path) {
        grammar_memory(lexer, err);
        return NULL;
    }
    if (lexer->token.kind == TOKEN_WORD)
        warn_hyphen(lexer, &lexer->token);
    if (!parse_name(lexer, "an attribute", &part[0].name, err))
        return NULL;
    for (path->count = 1; parse_at_sign(lexer, ".") || parse_at_sign(lexer, "["); path->count++) {
        struct path_part *next = &part[path->count];

        if (path->count == PATH_LIMIT) {
            parse_fail(err, &lexer->token, "a path has more than %d parts", PATH_LIMIT);
            return NULL;
        }
        *next = (struct path_part){.is_index = parse_sign(lexer, "[")};
        if (next->is_index) {
            if (!parse_integer(lexer, "an index", 0, INDEX_LIMIT, &index, err) ||
                !parse_need_sign(lexer, "]", err))
                return NULL;
            next->index = (size_t)index;
        } else {
            lexer_take(lexer);
            if (!parse_name(lexer, "a name behind '.'", &next->name, err))
                return NULL;
        }
    }
    path->part = arena_alloc(lexer->arena, path->count, sizeof *part);
    if (!path->part) {
        grammar_memory(lexer, err);
        return NULL;
    }
    memcpy(path->part, part, path->count * sizeof *part);
    return path;
}

const struct projection *parse_paths(struct lexer *lexer, struct error *err)
{
    struct projection *projection = arena_alloc(lexer->arena, 1, sizeof *projection);
    struct grammar_list paths = {0};

    do {
        const struct path *path = projection ? parse_path(lexer, err) : NULL;

        if (!projection)
            grammar_memory(lexer, err);
        if (!path || !grammar_push(lexer, &paths, path, err))
            return NULL;
    } while (parse_sign(lexer, ","));
    projection->count = paths.count;
    projection->path = (const struct path **)(void *)paths.item;
    return projection;
}

struct expression *grammar_path_operand(struct lexer *lexer, struct error *err)
{
    size_t offset = lexer->token.offset;
    const struct path *path = parse_path(lexer, err);
    struct expression *expression = path ? expression_new_path(lexer->arena, path) : NULL;

    if (!path)
        return NULL;
    if (expression)
        expression->offset = offset;
    return need(lexer, expression, err);
}

static struct expression *value_operand(struct lexer *lexer, unsigned depth, struct error *err)
{
    size_t offset = lexer->token.offset;
    const struct value *value = grammar_literal(lexer, depth, err);
    struct expression *expression = value ? expression_new_value(lexer->arena, value) : NULL;

    if (!value)
        return NULL;
    if (expression)
        expression->offset = offset;
    return need(lexer, expression, err);
}

static bool at_function(const struct lexer *lexer, const char *name)
{
    return parse_at_word(lexer, name) && lexer->after.kind == TOKEN_PUNCTUATION &&
           text_is(lexer->after.text, "(");
}

static bool goes_on_as_path(const struct lexer *lexer)
{
    return lexer->after.kind == TOKEN_PUNCTUATION &&
           (text_is(lexer->after.text, ".") || text_is(lexer->after.text, "["));
}

/* Whether the quoted text at hand is a name, by position and dialect (language.md 2.4). */
static bool quoted_is_name(const struct lexer *lexer, bool left)
{
    enum language_dialect dialect = grammar_dialect(lexer);

    if (lexer->token.kind == TOKEN_SQ)
        return dialect == DIALECT_AWS;
    if (lexer->token.kind != TOKEN_DQ)
        return false;
    if (goes_on_as_path(lexer))
        return true;
    return dialect == DIALECT_PARTIQL || (left && dialect == DIALECT_GATEHOUSE);
}

static struct expression *unknown_function(struct lexer *lexer, struct error *err)
{
    parse_fail(err, &lexer->token, "unknown function '%.*s'", (int)lexer->token.text.length,
        lexer->token.text.data);
    error_hint(err,
        "attribute_exists attribute_not_exists attribute_type begins_with contains size");
    return NULL;
}

/* size(path) | plain | path on the left; size(path) | dq-path | literal | path on the right. */
static struct expression *operand(struct lexer *lexer, bool left, unsigned depth, struct error *err)
{
    struct expression *size;
    size_t offset = lexer->token.offset;

    if (at_function(lexer, "size")) {
        lexer_take(lexer);
        lexer_take(lexer);
        size = expression_new(lexer->arena, EXPRESSION_SIZE, 1);
        if (!need(lexer, size, err))
            return NULL;
        size->offset = offset;
        size->operand[0] = grammar_path_operand(lexer, err);
        return size->operand[0] && parse_need_sign(lexer, ")", err) ? size : NULL;
    }
    if (quoted_is_name(lexer, left)) {
        if (lexer->token.kind == TOKEN_SQ)
            lexer->token.kind = TOKEN_BTICK;
        return grammar_path_operand(lexer, err);
    }
    if (lexer->token.kind == TOKEN_DQ) {
        if (!left)
            grammar_warn(lexer, &lexer->token, lexer->token.text, TEXT(""),
                "the string '%.*s'; write `%.*s` for the attribute", (int)lexer->token.text.length,
                lexer->token.text.data, (int)lexer->token.text.length, lexer->token.text.data);
        return value_operand(lexer, depth, err);
    }
    if (parse_at_literal(lexer))
        return value_operand(lexer, depth, err);
    if (lexer->token.kind == TOKEN_WORD && lexer->after.kind == TOKEN_PUNCTUATION &&
        text_is(lexer->after.text, "("))
        return unknown_function(lexer, err);
    if (lexer->token.kind == TOKEN_PUNCTUATION || parse_at_end(lexer)) {
        parse_expected(lexer, left ? "a condition" : "a value or an attribute", err);
        return NULL;
    }
    return grammar_path_operand(lexer, err);
}

struct expression *grammar_operand(struct lexer *lexer, unsigned depth, struct error *err)
{
    return operand(lexer, false, depth, err);
}

static struct expression *join(struct lexer *lexer, enum expression_kind kind, size_t count,
    struct expression *const *part, struct error *err)
{
    struct expression *whole = expression_new(lexer->arena, kind, count);

    if (!need(lexer, whole, err))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!part[i])
            return NULL;
        whole->operand[i] = part[i];
    }
    whole->offset = part[0]->offset;
    return whole;
}

static struct expression *negate(struct lexer *lexer, struct expression *inner, struct error *err)
{
    return inner ? join(lexer, EXPRESSION_NOT, 1, &inner, err) : NULL;
}

static struct expression *text_operand(struct lexer *lexer, struct text text, struct error *err)
{
    struct value *value = value_new_text(lexer->arena, VALUE_S, text);

    return need(lexer, value ? expression_new_value(lexer->arena, value) : NULL, err);
}

static bool type_word(struct text word, const char **out)
{
    static const char *const word_table[][2] = {{"STRING", "S"}, {"NUMBER", "N"}, {"BINARY", "B"},
        {"BOOLEAN", "BOOL"}, {"LIST", "L"}, {"MAP", "M"}, {"STRING_SET", "SS"},
        {"NUMBER_SET", "NS"}, {"BINARY_SET", "BS"}, {"S", "S"}, {"N", "N"}, {"B", "B"},
        {"BOOL", "BOOL"}, {"NULL", "NULL"}, {"L", "L"}, {"M", "M"}, {"SS", "SS"}, {"NS", "NS"},
        {"BS", "BS"}};

    for (size_t i = 0; i < sizeof word_table / sizeof *word_table; i++) {
        if (text_is_ignoring_case(word, word_table[i][0])) {
            *out = word_table[i][1];
            return true;
        }
    }
    return false;
}

/* attribute_type(path, map) */
static struct expression *type_test(struct lexer *lexer, struct error *err)
{
    struct expression *part[2] = {grammar_path_operand(lexer, err), NULL};
    struct token token;
    struct text word;
    const char *type = "S";

    if (!part[0] || !parse_need_sign(lexer, ",", err))
        return NULL;
    token = lexer->token;
    if (token.kind == TOKEN_WORD)
        word = lexer_take(lexer).text;
    else if (!parse_string(lexer, "a type", &word, err))
        return NULL;
    if (token.kind != TOKEN_PARAM && !type_word(word, &type)) {
        parse_fail(err, &token, "no type is called '%.*s'", (int)word.length, word.data);
        error_hint(err, "S N B BOOL NULL L M SS NS BS, or string, number, map, list ..");
        return NULL;
    }
    if (token.kind == TOKEN_PARAM && !type_word(word, &type))
        type = "S";
    part[1] = text_operand(lexer, text_of(type), err);
    return join(lexer, EXPRESSION_TYPE, 2, part, err);
}

/* attribute_exists(path) and the other functions that are conditions; NULL in *out: none here. */
static bool function_predicate(struct lexer *lexer, unsigned depth, struct expression **out,
    struct error *err)
{
    static const struct {
        const char *name;
        enum expression_kind kind;
    } function_table[] = {{"attribute_exists", EXPRESSION_EXISTS},
        {"attribute_not_exists", EXPRESSION_NOT_EXISTS}, {"attribute_type", EXPRESSION_TYPE},
        {"begins_with", EXPRESSION_BEGINS_WITH}, {"contains", EXPRESSION_CONTAINS}};
    struct expression *part[2] = {NULL};
    enum expression_kind kind = EXPRESSION_PATH;

    for (size_t i = 0; i < sizeof function_table / sizeof *function_table; i++) {
        if (at_function(lexer, function_table[i].name))
            kind = function_table[i].kind;
    }
    *out = NULL;
    if (kind == EXPRESSION_PATH)
        return true;
    lexer_take(lexer);
    lexer_take(lexer);
    if (kind == EXPRESSION_TYPE) {
        *out = type_test(lexer, err);
    } else if (kind == EXPRESSION_EXISTS || kind == EXPRESSION_NOT_EXISTS) {
        part[0] = grammar_path_operand(lexer, err);
        *out = part[0] ? join(lexer, kind, 1, part, err) : NULL;
    } else {
        part[0] = operand(lexer, true, depth, err);
        if (!part[0] || !parse_need_sign(lexer, ",", err))
            return false;
        part[1] = operand(lexer, false, depth, err);
        *out = part[1] ? join(lexer, kind, 2, part, err) : NULL;
    }
    return *out && parse_need_sign(lexer, ")", err);
}

/* 'x%' is begins_with, no % is equality, anything else is not a condition of the service. */
static struct expression *like(struct lexer *lexer, struct expression *left, struct error *err)
{
    struct token token = lexer->token;
    struct expression *part[2] = {left, NULL};
    struct text pattern;
    bool prefix = false;
    char *plain;
    size_t length = 0;

    if (!parse_string(lexer, "a pattern", &pattern, err))
        return NULL;
    plain = arena_alloc(lexer->arena, pattern.length + 1, 1);
    if (!plain) {
        grammar_memory(lexer, err);
        return NULL;
    }
    for (size_t i = 0; i < pattern.length; i++) {
        char c = pattern.data[i];

        if (c == '%' && i + 1 == pattern.length) {
            prefix = true;
            break;
        }
        if (c == '%' || c == '_') {
            parse_fail(err, &token, "LIKE takes one %% at its end and no _");
            error_hint(err,
                "contains(..), or FILTER LOCAL .. MATCHES '..'; \\_ and \\%% are plain");
            return NULL;
        }
        if (c == '\\' && i + 1 < pattern.length && strchr("%_\\", pattern.data[i + 1]))
            c = pattern.data[++i];
        plain[length++] = c;
    }
    part[1] = text_operand(lexer, text_make(plain, length), err);
    return part[1] ? join(lexer, prefix ? EXPRESSION_BEGINS_WITH : EXPRESSION_EQ, 2, part, err)
                   : NULL;
}

static struct expression *matches(struct lexer *lexer, struct expression *left, struct error *err)
{
    struct token token = lexer->token;
    struct expression *part[2] = {left, NULL};
    struct pattern *pattern;
    struct text text;
    struct error why;

    if (!parse_string(lexer, "a regular expression", &text, err))
        return NULL;
    pattern = pattern_new(text, false, &why);
    if (!pattern) {
        parse_fail(err, &token, "%s", why.text);
        return NULL;
    }
    pattern_free(pattern);
    part[1] = text_operand(lexer, text, err);
    return part[1] ? join(lexer, EXPRESSION_MATCHES, 2, part, err) : NULL;
}

static struct expression *between(struct lexer *lexer, struct expression *left, unsigned depth,
    struct error *err)
{
    struct expression *part[3] = {left, operand(lexer, false, depth, err), NULL};

    if (!part[1] || !parse_need_word(lexer, "AND", err))
        return NULL;
    part[2] = operand(lexer, false, depth, err);
    return part[2] ? join(lexer, EXPRESSION_BETWEEN, 3, part, err) : NULL;
}

static struct expression *in_list(struct lexer *lexer, struct expression *left, unsigned depth,
    struct error *err)
{
    struct grammar_list list = {0};

    if (!parse_need_sign(lexer, "(", err) || !grammar_push(lexer, &list, left, err))
        return NULL;
    do {
        struct expression *item = operand(lexer, false, depth, err);

        if (!item || !grammar_push(lexer, &list, item, err))
            return NULL;
        if (list.count > IN_LIMIT + 1) {
            parse_fail(err, &lexer->token, "IN lists more than %d values", IN_LIMIT);
            return NULL;
        }
    } while (parse_sign(lexer, ","));
    if (!parse_need_sign(lexer, ")", err))
        return NULL;
    return join(lexer, EXPRESSION_IN, list.count, (struct expression *const *)(void *)list.item,
        err);
}

static struct expression *is_test(struct lexer *lexer, struct expression *left, struct error *err)
{
    bool not = parse_word(lexer, "NOT");
    struct expression *part[2] = {left, NULL};

    if (left->kind != EXPRESSION_PATH) {
        parse_fail(err, &lexer->last, "IS stands behind an attribute");
        return NULL;
    }
    if (parse_word(lexer, "MISSING"))
        return join(lexer, not ? EXPRESSION_EXISTS : EXPRESSION_NOT_EXISTS, 1, part, err);
    if (!parse_word(lexer, "NULL")) {
        parse_expected(lexer, not ? "MISSING or NULL" : "NOT, MISSING or NULL", err);
        return NULL;
    }
    part[1] = text_operand(lexer, TEXT("NULL"), err);
    left = part[1] ? join(lexer, EXPRESSION_TYPE, 2, part, err) : NULL;
    return not ? negate(lexer, left, err) : left;
}

static bool comparison(struct lexer *lexer, enum expression_kind *kind)
{
    static const struct {
        const char *sign;
        enum expression_kind kind;
    } sign_table[] = {{"=", EXPRESSION_EQ}, {"<>", EXPRESSION_NE}, {"!=", EXPRESSION_NE},
        {"<=", EXPRESSION_LE}, {">=", EXPRESSION_GE}, {"<", EXPRESSION_LT}, {">", EXPRESSION_GT}};

    for (size_t i = 0; i < sizeof sign_table / sizeof *sign_table; i++) {
        if (parse_sign(lexer, sign_table[i].sign)) {
            *kind = sign_table[i].kind;
            return true;
        }
    }
    return false;
}

static struct expression *word_test(struct lexer *lexer, struct expression *left, unsigned depth,
    struct error *err)
{
    bool not = parse_word(lexer, "NOT");
    struct expression *test = NULL, *part[2] = {left, NULL};

    if (parse_word(lexer, "BETWEEN")) {
        test = between(lexer, left, depth, err);
    } else if (parse_word(lexer, "IN")) {
        test = in_list(lexer, left, depth, err);
    } else if (parse_word(lexer, "LIKE")) {
        test = like(lexer, left, err);
    } else if (parse_word(lexer, "MATCHES")) {
        test = matches(lexer, left, err);
    } else if (parse_word(lexer, "CONTAINS")) {
        part[1] = operand(lexer, false, depth, err);
        test = part[1] ? join(lexer, EXPRESSION_CONTAINS, 2, part, err) : NULL;
    } else {
        parse_expected(lexer,
            not ? "BETWEEN, IN, LIKE, CONTAINS or MATCHES"
                : "a comparison (= <> < <= > >= BETWEEN IN IS LIKE CONTAINS)",
            err);
    }
    return not ? negate(lexer, test, err) : test;
}

static struct expression *predicate(struct lexer *lexer, unsigned depth, struct error *err)
{
    struct expression *part[2], *function;
    enum expression_kind kind;

    if (!function_predicate(lexer, depth, &function, err))
        return NULL;
    if (function)
        return function;
    part[0] = operand(lexer, true, depth, err);
    if (!part[0])
        return NULL;
    if (parse_word(lexer, "IS"))
        return is_test(lexer, part[0], err);
    if (!comparison(lexer, &kind))
        return word_test(lexer, part[0], depth, err);
    part[1] = operand(lexer, false, depth, err);
    return part[1] ? join(lexer, kind, 2, part, err) : NULL;
}

static struct expression *not_condition(struct lexer *lexer, unsigned depth, struct error *err)
{
    struct expression *inner;

    if (!grammar_depth(lexer, depth, err))
        return NULL;
    if (parse_word(lexer, "NOT"))
        return negate(lexer, not_condition(lexer, depth + 1, err), err);
    if (!parse_sign(lexer, "("))
        return predicate(lexer, depth, err);
    inner = condition(lexer, depth + 1, err);
    return inner && parse_need_sign(lexer, ")", err) ? inner : NULL;
}

/* Arms joined by AND or OR; an arm of the same kind is taken apart into the list. */
static struct expression *chain(struct lexer *lexer, const char *word, enum expression_kind kind,
    struct expression *(*arm)(struct lexer *lexer, unsigned depth, struct error *err),
    unsigned depth, struct error *err)
{
    struct grammar_list list = {0};

    do {
        struct expression *one = arm(lexer, depth, err);

        if (!one)
            return NULL;
        if (one->kind != kind) {
            if (!grammar_push(lexer, &list, one, err))
                return NULL;
            continue;
        }
        for (size_t i = 0; i < one->count; i++) {
            if (!grammar_push(lexer, &list, one->operand[i], err))
                return NULL;
        }
    } while (parse_word(lexer, word));
    return list.count == 1
               ? list.item[0]
               : join(lexer, kind, list.count, (struct expression *const *)(void *)list.item, err);
}

static struct expression *and_condition(struct lexer *lexer, unsigned depth, struct error *err)
{
    return chain(lexer, "AND", EXPRESSION_AND, not_condition, depth, err);
}

static struct expression *condition(struct lexer *lexer, unsigned depth, struct error *err)
{
    return chain(lexer, "OR", EXPRESSION_OR, and_condition, depth, err);
}

struct expression *parse_condition(struct lexer *lexer, struct error *err)
{
    return condition(lexer, 0, err);
}

static bool holds_match(const struct expression *expression)
{
    if (expression->kind == EXPRESSION_MATCHES)
        return true;
    for (size_t i = 0; i < expression->count; i++) {
        if (holds_match(expression->operand[i]))
            return true;
    }
    return false;
}

struct expression *parse_sent_condition(struct lexer *lexer, struct error *err)
{
    struct token token = lexer->token;
    struct expression *whole = condition(lexer, 0, err);

    if (whole && holds_match(whole)) {
        parse_fail(err, &token, "MATCHES is evaluated here only, not by the service");
        error_hint(err, "FILTER LOCAL .. MATCHES '..'");
        return NULL;
    }
    return whole;
}
