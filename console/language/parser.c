#include "console/language/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "console/language/grammar.h"
#include "console/language/suggest.h"

enum { FOUND_LIMIT = 40 }; /* characters of a token that a message repeats */

bool parse_fail(struct error *err, const struct token *at, const char *format, ...)
{
    char text[sizeof err->text];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    error_set_at(err, ERROR_USAGE, at->line, at->column, "%s", text);
    return false;
}

static void describe_token(const struct token *token, char *out, size_t size)
{
    struct text shown = token->source;
    const char *quote = token->kind == TOKEN_SQ || token->kind == TOKEN_DQ ? "" : "'";
    const char *more = "";
    size_t at = 0;

    if (token->kind == TOKEN_END || token->kind == TOKEN_SEMICOLON) {
        snprintf(out, size, "the end of the statement");
        return;
    }
    for (size_t i = 0; i < FOUND_LIMIT && at < shown.length; i++) {
        uint32_t code_point;

        at += utf8_decode(text_slice(shown, at, shown.length), &code_point);
    }
    if (at < shown.length)
        more = "...";
    snprintf(out, size, "%s%.*s%s%s", quote, (int)at, shown.data, more, quote);
}

/* Behind the last token taken: where something is missing. */
static struct token behind_last(const struct lexer *lexer)
{
    struct token place = lexer->token;
    const struct token *last = &lexer->last;
    size_t newline = SIZE_MAX;

    if (!last->source.data)
        return place;
    for (size_t i = 0; i < last->source.length; i++) {
        if (last->source.data[i] == '\n')
            newline = i;
    }
    place.line = last->line;
    place.column = last->column + (int)utf8_count(last->source);
    if (newline != SIZE_MAX) {
        for (size_t i = 0; i <= newline; i++)
            place.line += last->source.data[i] == '\n';
        place.column =
            1 + (int)utf8_count(text_slice(last->source, newline + 1, last->source.length));
    }
    return place;
}

bool parse_expected(struct lexer *lexer, const char *what, struct error *err)
{
    char found[FOUND_LIMIT * 4 + 16];
    struct token place = lexer->token;

    if (lexer->failed && lexer->token.kind == TOKEN_END) {
        *err = lexer->err;
        return false;
    }
    describe_token(&place, found, sizeof found);
    if (parse_at_end(lexer)) {
        lexer->wants_more = lexer->token.kind == TOKEN_END;
        place = behind_last(lexer);
    }
    parse_fail(err, &place, "expected %s, found %s", what, found);
    suggest_expected(lexer, text_of(what), err);
    return false;
}

bool parse_at_word(const struct lexer *lexer, const char *word)
{
    return lexer->token.kind == TOKEN_WORD && text_is_ignoring_case(lexer->token.text, word);
}

bool parse_at_words(const struct lexer *lexer, const char *first, const char *second)
{
    return parse_at_word(lexer, first) && lexer->after.kind == TOKEN_WORD &&
           text_is_ignoring_case(lexer->after.text, second);
}

bool parse_at_sign(const struct lexer *lexer, const char *sign)
{
    return lexer->token.kind == TOKEN_PUNCTUATION && text_is(lexer->token.text, sign);
}

bool parse_at_end(const struct lexer *lexer)
{
    return lexer->token.kind == TOKEN_SEMICOLON || lexer->token.kind == TOKEN_END;
}

bool parse_word(struct lexer *lexer, const char *word)
{
    if (!parse_at_word(lexer, word))
        return false;
    lexer_take(lexer);
    return true;
}

bool parse_sign(struct lexer *lexer, const char *sign)
{
    if (!parse_at_sign(lexer, sign))
        return false;
    lexer_take(lexer);
    return true;
}

bool parse_need_word(struct lexer *lexer, const char *word, struct error *err)
{
    return parse_word(lexer, word) || parse_expected(lexer, word, err);
}

bool parse_need_sign(struct lexer *lexer, const char *sign, struct error *err)
{
    char what[16];

    if (parse_sign(lexer, sign))
        return true;
    snprintf(what, sizeof what, "'%s'", sign);
    return parse_expected(lexer, what, err);
}

bool parse_need_end(struct lexer *lexer, struct error *err)
{
    if (parse_at_end(lexer) && !(lexer->failed && lexer->token.kind == TOKEN_END))
        return true;
    return parse_expected(lexer, "the end of the statement", err);
}

bool grammar_depth(struct lexer *lexer, unsigned depth, struct error *err)
{
    if (depth <= LEXER_DEPTH_LIMIT)
        return true;
    return parse_fail(err, &lexer->token, "nested more than %d deep", LEXER_DEPTH_LIMIT);
}

bool grammar_memory(struct lexer *lexer, struct error *err)
{
    arena_failed(lexer->arena, err);
    return false;
}

enum language_dialect grammar_dialect(const struct lexer *lexer)
{
    return lexer->context ? lexer->context->dialect : DIALECT_GATEHOUSE;
}

void grammar_warn(struct lexer *lexer, const struct token *at, struct text name, struct text except,
    const char *format, ...)
{
    struct language_context *context = lexer->context;
    struct language_warning *warning;
    va_list list;

    if (!context || !context->is_attribute ||
        context->warning_count >= sizeof context->warning / sizeof *context->warning)
        return;
    warning = &context->warning[context->warning_count++];
    *warning = (struct language_warning){.line = at->line, .column = at->column};
    if (!language_warning_holds(context->is_attribute, context->user, name, except)) {
        warning->name = name;
        warning->except = except;
    }
    va_start(list, format);
    vsnprintf(warning->text, sizeof warning->text, format, list);
    va_end(list);
}

bool language_warning_holds(bool (*is_attribute)(void *user, struct text name), void *user,
    struct text name, struct text except)
{
    return is_attribute(user, name) && (except.length == 0 || !is_attribute(user, except));
}

bool grammar_push(struct lexer *lexer, struct grammar_list *list, const void *item,
    struct error *err)
{
    size_t capacity = list->capacity > 0 ? list->capacity * 2 : 8;
    void **grown;

    if (list->count == list->capacity) {
        grown = arena_alloc(lexer->arena, capacity, sizeof *grown);
        if (!grown)
            return grammar_memory(lexer, err);
        if (list->count > 0)
            memcpy(grown, list->item, list->count * sizeof *grown);
        list->item = grown;
        list->capacity = capacity;
    }
    list->item[list->count++] = (void *)(uintptr_t)item;
    return true;
}

/* The attribute that "#s" stands for. */
static bool take_hash(struct lexer *lexer, struct text *out, struct error *err)
{
    struct token token = lexer->token;
    const struct json *name = NULL;

    if (lexer->context)
        name = json_member_text(lexer->context->names, token.source);
    if (!name)
        return parse_fail(err, &token, "%.*s is not among WITH NAMES", (int)token.source.length,
            token.source.data);
    lexer_take(lexer);
    *out = name->text;
    return true;
}

static bool take_parameter_name(struct lexer *lexer, struct text *out, struct error *err)
{
    struct token token = lexer->token;
    const struct value *value;

    lexer->token.kind = TOKEN_PARAM;
    value = grammar_param(lexer, err);
    if (!value)
        return false;
    if (value->type == VALUE_NULL) { /* missing, and noted as such */
        *out = TEXT("?");
        return true;
    }
    if (value->type != VALUE_S || value->text.length == 0)
        return parse_fail(err, &token, "a parameter that stands for a name must be text");
    *out = value->text;
    return true;
}

bool parse_name(struct lexer *lexer, const char *what, struct text *out, struct error *err)
{
    switch (lexer->token.kind) {
    case TOKEN_WORD:
        break;
    case TOKEN_BTICK:
    case TOKEN_DQ:
        if (lexer->token.text.length == 0)
            return parse_fail(err, &lexer->token, "a name is empty");
        break;
    case TOKEN_HASH:
        return take_hash(lexer, out, err);
    case TOKEN_PARAMNAME:
        return take_parameter_name(lexer, out, err);
    case TOKEN_END:
    case TOKEN_SEMICOLON:
    case TOKEN_SQ:
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
    case TOKEN_PERCENT:
    case TOKEN_BINARY:
    case TOKEN_PARAM:
    case TOKEN_PUNCTUATION:
        return parse_expected(lexer, what, err);
    }
    *out = lexer_take(lexer).text;
    return true;
}

bool parse_string(struct lexer *lexer, const char *what, struct text *out, struct error *err)
{
    struct token token = lexer->token;
    const struct value *value;

    if (token.kind == TOKEN_SQ || token.kind == TOKEN_DQ) {
        *out = lexer_take(lexer).text;
        return true;
    }
    if (token.kind != TOKEN_PARAM && !parse_at_sign(lexer, "?"))
        return parse_expected(lexer, what, err);
    value = grammar_param(lexer, err);
    if (!value)
        return false;
    if (value->type == VALUE_NULL) {
        *out = TEXT("?");
        return true;
    }
    if (value->type != VALUE_S)
        return parse_fail(err, &token, "the parameter stands for %s and must be text", what);
    *out = value->text;
    return true;
}

bool parse_file_name(struct lexer *lexer, struct text *out, struct error *err)
{
    struct token at = lexer->token;

    *out = TEXT("");
    if (parse_sign(lexer, "-"))
        return true;
    if (!parse_string(lexer, "the name of a file, or -", out, err))
        return false;
    if (out->length == 0)
        return parse_fail(err, &at, "the name is empty");
    if (text_is(*out, "-"))
        *out = TEXT("");
    return true;
}

bool parse_number(struct lexer *lexer, const char *what, struct text *out, struct error *err)
{
    struct token token = lexer->token;
    const struct value *value;

    if (token.kind == TOKEN_NUMBER) {
        *out = lexer_take(lexer).text;
        return true;
    }
    if (token.kind != TOKEN_PARAM && !parse_at_sign(lexer, "?"))
        return parse_expected(lexer, what, err);
    value = grammar_param(lexer, err);
    if (!value)
        return false;
    if (value->type != VALUE_N && value->type != VALUE_NULL)
        return parse_fail(err, &token, "the parameter stands for %s and must be a number", what);
    *out = value->type == VALUE_N ? value->text : TEXT("0");
    return true;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool parse_integer(struct lexer *lexer, const char *what, int64_t minimum, int64_t maximum,
    int64_t *out, struct error *err)
{
    struct token token = lexer->token;
    bool is_number = token.kind == TOKEN_NUMBER;
    struct text text = TEXT("");
    char expected[80];

    snprintf(expected, sizeof expected, "%s%s", is_upper(what[0]) ? "a number for " : "", what);
    if (!parse_at_sign(lexer, "-") && !parse_number(lexer, expected, &text, err))
        return false;
    if (!is_number && text.length == 1 && text.data[0] == '0' && minimum > 0) {
        *out = minimum; /* a missing parameter */
        return true;
    }
    if (text_to_integer(text, minimum, maximum, out))
        return true;
    if (maximum >= INT64_MAX - 1)
        return parse_fail(err, &token, "%s must be a whole number of at least %lld", what,
            (long long)minimum);
    return parse_fail(err, &token, "%s must be a whole number from %lld to %lld", what,
        (long long)minimum, (long long)maximum);
}

bool parse_duration(struct lexer *lexer, const char *what, uint64_t *nanoseconds, struct error *err)
{
    if (lexer->token.kind != TOKEN_DURATION)
        return parse_expected(lexer, what, err);
    if (!clock_parse_duration(lexer->token.text, nanoseconds))
        return parse_fail(err, &lexer->token, "%s is too long", what);
    lexer_take(lexer);
    return true;
}

bool parse_strings(struct lexer *lexer, const char *what, struct text **list, size_t *count,
    struct error *err)
{
    struct grammar_list items = {0};
    struct text *item;

    if (!parse_need_sign(lexer, "(", err))
        return false;
    do {
        item = arena_alloc(lexer->arena, 1, sizeof *item);
        if (!item)
            return grammar_memory(lexer, err);
        if (!parse_string(lexer, what, item, err) || !grammar_push(lexer, &items, item, err))
            return false;
    } while (parse_sign(lexer, ","));
    *list = arena_alloc(lexer->arena, items.count, sizeof **list);
    if (!*list)
        return grammar_memory(lexer, err);
    for (size_t i = 0; i < items.count; i++)
        (*list)[i] = *(const struct text *)items.item[i];
    *count = items.count;
    return parse_need_sign(lexer, ")", err);
}
