#include <string.h>

#include "base/decimal.h"
#include "console/language/grammar.h"
#include "console/language/marker.h"
#include "console/statements/wire.h"

bool parse_at_literal(const struct lexer *lexer)
{
    switch (lexer->token.kind) {
    case TOKEN_SQ:
    case TOKEN_NUMBER:
    case TOKEN_BINARY:
    case TOKEN_PARAM:
        return true;
    case TOKEN_WORD:
        return parse_at_word(lexer, "true") || parse_at_word(lexer, "false") ||
               parse_at_word(lexer, "null") || grammar_at_call(lexer) ||
               (parse_at_word(lexer, "ddb") && lexer->after.kind == TOKEN_PUNCTUATION &&
                   text_is(lexer->after.text, "{"));
    case TOKEN_PUNCTUATION:
        return parse_at_sign(lexer, "{") || parse_at_sign(lexer, "[") ||
               parse_at_sign(lexer, "<<") || parse_at_sign(lexer, "?") ||
               parse_at_sign(lexer, "+") || parse_at_sign(lexer, "-");
    case TOKEN_END:
    case TOKEN_SEMICOLON:
    case TOKEN_BTICK:
    case TOKEN_DQ:
    case TOKEN_DURATION:
    case TOKEN_PERCENT:
    case TOKEN_PARAMNAME:
    case TOKEN_HASH:
        return false;
    }
    return false;
}

static const struct value *need(struct lexer *lexer, struct value *value, struct error *err)
{
    if (!value)
        arena_failed(lexer->arena, err);
    return value;
}

static const struct value *text_value(struct lexer *lexer, enum value_type type, struct text text,
    struct error *err)
{
    return need(lexer, value_new_text(lexer->arena, type, text), err);
}

const struct value *grammar_number(struct lexer *lexer, const struct token *at, struct text text,
    struct error *err)
{
    struct decimal decimal;

    switch (decimal_parse(text, &decimal)) {
    case DECIMAL_OK:
        return text_value(lexer, VALUE_N, text, err);
    case DECIMAL_NOT_A_NUMBER:
        parse_fail(err, at, "not a number: '%.*s'", (int)(text.length < 100 ? text.length : 100),
            text.data);
        break;
    case DECIMAL_TOO_MANY_DIGITS:
        parse_fail(err, at, "a number may have at most 38 significant digits");
        break;
    case DECIMAL_OVERFLOW:
    case DECIMAL_UNDERFLOW:
        parse_fail(err, at, "a number must lie between 1E-130 and 9.99E+125");
        break;
    }
    return NULL;
}

static const struct value *signed_number(struct lexer *lexer, struct error *err)
{
    struct token sign = lexer_take(lexer), number = lexer->token;
    char *joined;

    if (number.kind != TOKEN_NUMBER) {
        parse_expected(lexer, "a number behind the sign", err);
        return NULL;
    }
    lexer_take(lexer);
    if (text_is(sign.text, "+"))
        return grammar_number(lexer, &number, number.text, err);
    joined = arena_alloc(lexer->arena, number.text.length + 1, 1);
    if (!joined)
        return need(lexer, NULL, err);
    joined[0] = '-';
    memcpy(joined + 1, number.text.data, number.text.length);
    return grammar_number(lexer, &sign, text_make(joined, number.text.length + 1), err);
}

static bool is_request_part(struct text name)
{
    static const char *const part[] = {"path", "query", "header", "body", "context", "stage"};

    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        if (text_is(name, part[i]))
            return true;
    }
    return false;
}

/* :path.id, :body.order.total, :body */
static const struct value *request_part(struct lexer *lexer, const struct token *token,
    struct error *err)
{
    struct text what = token->text, name;
    struct buf whole;
    struct value *marker;

    if (!parse_at_sign(lexer, ".")) {
        if (text_is(what, "body"))
            return need(lexer, marker_new_body(lexer->arena), err);
        parse_fail(err, token, ":%.*s stands for many parts of the request; name one, as :%.*s.id",
            (int)what.length, what.data, (int)what.length, what.data);
        return NULL;
    }
    buf_init(&whole, 4096);
    buf_add_text(&whole, what);
    while (parse_sign(lexer, ".")) {
        if (!parse_name(lexer, "a name", &name, err)) {
            buf_done(&whole);
            return NULL;
        }
        buf_add_char(&whole, '.');
        buf_add_text(&whole, name);
    }
    marker = marker_new(lexer->arena, 'S', buf_view(&whole));
    buf_done(&whole);
    return need(lexer, marker, err);
}

static const struct value *missing_parameter(struct lexer *lexer, const struct token *token,
    struct error *err)
{
    struct language_context *context = lexer->context;

    if (!context) {
        parse_fail(err, token, "no value for the parameter %.*s", (int)token->source.length,
            token->source.data);
        return NULL;
    }
    for (size_t i = 0; i < context->missing_count; i++) {
        if (text_equal(context->missing[i], token->text))
            return need(lexer, value_new_null(lexer->arena), err);
    }
    if (context->missing_count < sizeof context->missing / sizeof *context->missing)
        context->missing[context->missing_count++] = token->text;
    return need(lexer, value_new_null(lexer->arena), err);
}

/* Notes what the statement took, for one that is gone on with later. */
static const struct value *use(struct lexer *lexer, struct text name, const struct value *value,
    struct error *err)
{
    struct language_used *used = arena_alloc(lexer->arena, 1, sizeof *used);

    if (!used) {
        arena_failed(lexer->arena, err);
        return NULL;
    }
    *used = (struct language_used){name, value, lexer->context->used};
    lexer->context->used = used;
    return value;
}

static const struct value *next_argument(struct lexer *lexer, struct error *err)
{
    struct token token = lexer_take(lexer);
    struct language_context *context = lexer->context;

    if (context && !context->is_left_out && context->args_used < context->arg_count)
        return use(lexer, TEXT(""), context->args[context->args_used++], err);
    if (context && context->is_left_out)
        return need(lexer, value_new_null(lexer->arena), err);
    parse_fail(err, &token, "no argument is left for '?'");
    error_hint(err, "--arg LITERAL gives one");
    return NULL;
}

const struct value *grammar_param(struct lexer *lexer, struct error *err)
{
    struct token token = lexer->token;
    const struct language_context *context = lexer->context;
    const struct value *value = NULL;

    if (parse_at_sign(lexer, "?"))
        return next_argument(lexer, err);
    lexer_take(lexer);
    if (context && context->request_parameters && is_request_part(token.text))
        return request_part(lexer, &token, err);
    if (context && context->values && token.source.data[1] != '`')
        value = value_get(context->values, token.source);
    if (value)
        return value;
    for (size_t i = 0; context && !value && i < context->bound_count; i++)
        if (text_equal(context->bound[i].name, token.text))
            value = context->bound[i].value;
    if (!value && context && context->parameters)
        value = map_get(context->parameters, token.text);
    if (value)
        return use(lexer, token.text, value, err);
    if (is_request_part(token.text) && parse_at_sign(lexer, ".")) {
        parse_fail(err, &token, "%.*s stands for a part of a request: only inside TABLE ( .. )",
            (int)token.source.length, token.source.data);
        return NULL;
    }
    return missing_parameter(lexer, &token, err);
}

static const struct value *literal(struct lexer *lexer, unsigned depth, bool raw,
    struct error *err);

static const struct value *list_literal(struct lexer *lexer, unsigned depth, bool raw,
    struct error *err)
{
    struct grammar_list items = {0};
    struct value *list;

    lexer_take(lexer);
    while (!parse_at_sign(lexer, "]") || items.count > 0) {
        const struct value *item = literal(lexer, depth + 1, raw, err);

        if (!item || !grammar_push(lexer, &items, item, err))
            return NULL;
        if (!parse_sign(lexer, ","))
            break;
    }
    if (!parse_sign(lexer, "]")) {
        parse_expected(lexer, "',' or ']'", err);
        return NULL;
    }
    list = value_new_container(lexer->arena, VALUE_L, items.count);
    if (!list)
        return need(lexer, NULL, err);
    for (size_t i = 0; i < items.count; i++)
        list->element[list->count++] = *(const struct value *)items.item[i];
    return list;
}

static bool set_type(const struct value *member, enum value_type *out)
{
    if (member->type == VALUE_S)
        *out = VALUE_SS;
    else if (member->type == VALUE_N)
        *out = VALUE_NS;
    else if (member->type == VALUE_B)
        *out = VALUE_BS;
    else
        return false;
    return true;
}

static const struct value *build_set(struct lexer *lexer, const struct token *at,
    const struct value *const *member, size_t count, struct error *err)
{
    enum value_type type, other;
    struct value *set;

    if (count == 0) {
        parse_fail(err, at, "a set cannot be empty");
        return NULL;
    }
    if (!set_type(member[0], &type)) {
        parse_fail(err, at, "a set holds strings, numbers or binary values");
        return NULL;
    }
    set = value_new_container(lexer->arena, type, count);
    if (!set)
        return need(lexer, NULL, err);
    for (size_t i = 0; i < count; i++) {
        if (!set_type(member[i], &other) || other != type) {
            parse_fail(err, at, "the members of a set must have one type");
            return NULL;
        }
        set->element[set->count++] = *member[i];
    }
    value_sort(set);
    for (size_t i = 1; i < count; i++) {
        if (value_equal(&set->element[i - 1], &set->element[i])) {
            parse_fail(err, at, "a set holds the same member twice");
            return NULL;
        }
    }
    return set;
}

static const struct value *set_literal(struct lexer *lexer, const struct token *at,
    const char *close, unsigned depth, struct error *err)
{
    struct grammar_list items = {0};
    char what[16];

    if (parse_at_sign(lexer, close))
        return build_set(lexer, at, NULL, 0, err);
    do {
        const struct value *item = literal(lexer, depth + 1, false, err);

        if (!item || !grammar_push(lexer, &items, item, err))
            return NULL;
    } while (parse_sign(lexer, ","));
    if (!parse_sign(lexer, close)) {
        memcpy(what, "',' or '", 8);
        memcpy(what + 8, close, strlen(close));
        memcpy(what + 8 + strlen(close), "'", 2);
        parse_expected(lexer, what, err);
        return NULL;
    }
    return build_set(lexer, at, (const struct value *const *)(void *)items.item, items.count, err);
}

/* What a reader of values says against a literal is an error of the statement. */
static void place_error(const struct token *at, struct error *err)
{
    if (err->code != ERROR_MEMORY && err->code != ERROR_LIMIT)
        err->code = ERROR_USAGE;
    err->line = at->line;
    err->column = at->column;
}

/* {"$ss": [..]} and its kind; the map itself when it is no tag. */
static const struct value *untag(struct lexer *lexer, const struct token *at,
    const struct value *map, struct error *err)
{
    static const struct {
        const char *tag;
        enum value_type member;
    } set_tag_table[] = {{"$bs", VALUE_B}, {"$ns", VALUE_N}, {"$ss", VALUE_S}};
    const struct value *inner;
    struct json_writer writer;
    struct buf buf;
    struct json *json;
    const struct value *value = NULL;

    if (map->count != 1 || map->name[0].length < 2 || map->name[0].data[0] != '$')
        return map;
    inner = &map->element[0];
    if (text_is(map->name[0], "$m") && inner->type == VALUE_M)
        return inner;
    if (!text_is(map->name[0], "$b") || inner->type != VALUE_S) {
        bool is_set = false;

        for (size_t i = 0; i < sizeof set_tag_table / sizeof *set_tag_table; i++)
            is_set = is_set || text_is(map->name[0], set_tag_table[i].tag);
        if (!is_set || inner->type != VALUE_L)
            return map;
    }
    buf_init(&buf, LEXER_STATEMENT_LIMIT * 2);
    json_writer_init(&writer, &buf);
    json_begin_object(&writer);
    json_name_text(&writer, map->name[0]);
    value_add_plain(&writer, inner);
    json_end_object(&writer);
    json = buf_check(&buf, "literal", err)
               ? NULL
               : json_parse(arena_text(lexer->arena, buf_view(&buf)), lexer->arena, err);
    if (json)
        value = value_from_plain(json, lexer->arena, err);
    if (!value) {
        place_error(at, err);
    } else if (value_is_set(value->type)) {
        struct value **member = arena_alloc(lexer->arena, value->count + 1, sizeof *member);

        for (size_t i = 0; member && i < value->count; i++)
            member[i] = &value->element[i];
        value = member
                    ? build_set(lexer, at, (const struct value *const *)member, value->count, err)
                    : need(lexer, NULL, err);
    }
    buf_done(&buf);
    return value;
}

struct pair {
    struct text name;
    const struct value *value;
};

static const struct value *build_map(struct lexer *lexer, const struct token *at,
    const struct grammar_list *pairs, struct error *err)
{
    struct value *map = value_new_container(lexer->arena, VALUE_M, pairs->count);

    if (!map)
        return need(lexer, NULL, err);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = pairs->item[i];

        map->name[map->count] = pair->name;
        map->element[map->count++] = *pair->value;
    }
    value_sort(map);
    for (size_t i = 1; i < map->count; i++) {
        if (text_equal(map->name[i - 1], map->name[i])) {
            parse_fail(err, at, "the map has the key '%.*s' twice",
                (int)(map->name[i].length < 100 ? map->name[i].length : 100), map->name[i].data);
            return NULL;
        }
    }
    return map;
}

static bool at_pair(const struct lexer *lexer)
{
    enum token_kind kind = lexer->token.kind;

    return (kind == TOKEN_WORD || kind == TOKEN_SQ || kind == TOKEN_DQ || kind == TOKEN_BTICK) &&
           lexer->after.kind == TOKEN_PUNCTUATION && text_is(lexer->after.text, ":");
}

static const struct value *map_or_set(struct lexer *lexer, unsigned depth, bool raw,
    struct error *err)
{
    struct token open = lexer_take(lexer);
    struct grammar_list pairs = {0};
    const struct value *map;
    bool is_json = lexer->token.kind == TOKEN_DQ; /* {'$ss': ..} is the map that it looks like */

    if (!parse_at_sign(lexer, "}") && !at_pair(lexer)) {
        if (!raw && lexer->token.kind != TOKEN_WORD)
            return set_literal(lexer, &open, "}", depth, err);
        parse_expected(lexer, "name: value", err);
        return NULL;
    }
    while (!parse_at_sign(lexer, "}") || pairs.count > 0) {
        struct pair *pair = arena_alloc(lexer->arena, 1, sizeof *pair);

        if (!pair)
            return need(lexer, NULL, err);
        if (!at_pair(lexer)) {
            parse_expected(lexer, "name: value", err);
            return NULL;
        }
        pair->name = lexer_take(lexer).text;
        lexer_take(lexer);
        pair->value = literal(lexer, depth + 1, raw, err);
        if (!pair->value || !grammar_push(lexer, &pairs, pair, err))
            return NULL;
        if (!parse_sign(lexer, ","))
            break;
    }
    if (!parse_sign(lexer, "}")) {
        parse_expected(lexer, "',' or '}'", err);
        return NULL;
    }
    map = build_map(lexer, &open, &pairs, err);
    return map && !raw && is_json ? untag(lexer, &open, map, err) : map;
}

static struct json *to_json(struct lexer *lexer, const struct token *at, const struct value *value,
    struct error *err)
{
    struct json *json = arena_alloc(lexer->arena, 1, sizeof *json), **end;

    if (!json) {
        arena_failed(lexer->arena, err);
        return NULL;
    }
    json->text = value->text;
    end = &json->first;
    switch (value->type) {
    case VALUE_S:
        json->kind = JSON_STRING;
        return json;
    case VALUE_N:
        json->kind = JSON_NUMBER;
        return json;
    case VALUE_BOOL:
        json->kind = value->boolean ? JSON_TRUE : JSON_FALSE;
        return json;
    case VALUE_NULL:
        json->kind = JSON_NULL;
        return json;
    case VALUE_L:
    case VALUE_M:
        json->kind = value->type == VALUE_L ? JSON_ARRAY : JSON_OBJECT;
        json->count = value->count;
        for (size_t i = 0; i < value->count; i++) {
            *end = to_json(lexer, at, &value->element[i], err);
            if (!*end)
                return NULL;
            if (value->type == VALUE_M)
                (*end)->name = value->name[i];
            end = &(*end)->next;
        }
        return json;
    case VALUE_B:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    parse_fail(err, at, "ddb{..} holds JSON only");
    return NULL;
}

static bool check_numbers(struct lexer *lexer, const struct token *at, const struct value *value,
    struct error *err)
{
    if (value->type == VALUE_N)
        return grammar_number(lexer, at, value->text, err) != NULL;
    for (size_t i = 0; i < value->count; i++) {
        if (!check_numbers(lexer, at, &value->element[i], err))
            return false;
    }
    return true;
}

/* A name that stands twice, or too deep a nesting, is an error of the literal. */
static bool is_regular(const struct json *json, unsigned depth)
{
    enum { COMPARED = 64 };

    if (depth > LEXER_DEPTH_LIMIT || (json->kind == JSON_OBJECT && json->count > COMPARED))
        return false;
    for (const struct json *node = json->first; node; node = node->next) {
        for (const struct json *other = json->first; json->kind == JSON_OBJECT && other != node;
             other = other->next) {
            if (text_equal(other->name, node->name))
                return false;
        }
        if (!is_regular(node, depth + 1))
            return false;
    }
    return true;
}

/* As a service writes it; *length is what it takes of text. */
static const struct value *pasted_item(struct lexer *lexer, struct text text, size_t *length)
{
    struct error unused;
    struct wire_reader *reader = wire_reader_new(&unused);
    const struct value *item = NULL;
    struct text rest = text;

    if (reader && wire_reader_try(reader, &rest, lexer->arena, &item))
        *length = text.length - rest.length;
    wire_reader_free(reader);
    return item;
}

/* Pasted JSON, which is most of it, needs no tokens. NULL: the long way, which has the errors. */
static const struct value *pasted(struct lexer *lexer, bool whole_item)
{
    struct text text = text_slice(lexer->input, lexer->token.offset,
        lexer->statement_offset + LEXER_STATEMENT_LIMIT);
    const struct value *value = NULL;
    const struct json *json;
    struct error unused;
    size_t length;

    if (lexer->failed)
        return NULL;
    if (whole_item)
        value = pasted_item(lexer, text, &length);
    json = value ? NULL : json_parse_front(text, &length, lexer->arena, &unused);
    if (json && is_regular(json, 0))
        value = whole_item ? value_from_wire_item(json, lexer->arena, &unused)
                           : value_from_wire(json, lexer->arena, &unused);
    if (value)
        lexer_skip(lexer, length);
    return value;
}

const struct value *grammar_typed(struct lexer *lexer, bool whole_item, struct error *err)
{
    struct token at = lexer_take(lexer);
    const struct value *raw, *value;
    struct json *json;

    if (!parse_at_sign(lexer, "{")) {
        parse_expected(lexer, "'{' behind ddb", err);
        return NULL;
    }
    value = pasted(lexer, whole_item);
    if (value)
        return value;
    raw = map_or_set(lexer, 0, true, err);
    json = raw ? to_json(lexer, &at, raw, err) : NULL;
    if (!json)
        return NULL;
    value = whole_item ? value_from_wire_item(json, lexer->arena, err)
                       : value_from_wire(json, lexer->arena, err);
    if (!value) {
        place_error(&at, err);
        return NULL;
    }
    return check_numbers(lexer, &at, value, err) ? value : NULL;
}

/* raw: plain JSON as ddb{..} holds it, without sets and tags. */
static const struct value *literal(struct lexer *lexer, unsigned depth, bool raw, struct error *err)
{
    struct token token = lexer->token;

    if (!grammar_depth(lexer, depth, err))
        return NULL;
    if (parse_at_sign(lexer, "["))
        return list_literal(lexer, depth, raw, err);
    if (parse_at_sign(lexer, "{"))
        return map_or_set(lexer, depth, raw, err);
    if (parse_at_sign(lexer, "<<")) {
        lexer_take(lexer);
        return set_literal(lexer, &token, ">>", depth, err);
    }
    if (parse_at_sign(lexer, "+") || parse_at_sign(lexer, "-"))
        return signed_number(lexer, err);
    if (token.kind == TOKEN_PARAM || parse_at_sign(lexer, "?"))
        return grammar_param(lexer, err);
    if (grammar_at_call(lexer))
        return grammar_call(lexer, depth, err);
    if (parse_at_word(lexer, "ddb") && lexer->after.kind == TOKEN_PUNCTUATION &&
        text_is(lexer->after.text, "{"))
        return grammar_typed(lexer, false, err);
    if (parse_word(lexer, "true"))
        return need(lexer, value_new_bool(lexer->arena, true), err);
    if (parse_word(lexer, "false"))
        return need(lexer, value_new_bool(lexer->arena, false), err);
    if (parse_word(lexer, "null"))
        return need(lexer, value_new_null(lexer->arena), err);
    if (token.kind == TOKEN_SQ || token.kind == TOKEN_DQ)
        return text_value(lexer, VALUE_S, lexer_take(lexer).text, err);
    if (token.kind == TOKEN_NUMBER)
        return grammar_number(lexer, &token, lexer_take(lexer).text, err);
    if (token.kind == TOKEN_BINARY)
        return text_value(lexer, VALUE_B, lexer_take(lexer).text, err);
    parse_expected(lexer, "a value", err);
    return NULL;
}

const struct value *grammar_literal(struct lexer *lexer, unsigned depth, struct error *err)
{
    return literal(lexer, depth, false, err);
}

const struct value *parse_literal(struct lexer *lexer, struct error *err)
{
    return literal(lexer, 0, false, err);
}
