#include "base/clock.h"
#include "base/crypto.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/utf8.h"
#include "console/language/grammar.h"
#include "console/language/marker.h"

/* Functions that make a literal: time, ids, files, conversions (language.md 2.3). */

struct maker {
    const char *name;
    const struct value *(
        *make)(struct lexer *lexer, const struct token *at, unsigned depth, struct error *err);
};

static const struct value *need(struct lexer *lexer, struct value *value, struct error *err)
{
    if (!value)
        arena_failed(lexer->arena, err);
    return value;
}

static const struct value *copied(struct lexer *lexer, enum value_type type, struct buf *buf,
    struct error *err)
{
    struct value *value = NULL;
    struct text text;

    if (!buf_check(buf, "value", err)) {
        text = arena_text(lexer->arena, buf_view(buf));
        value = text.data ? value_new_text(lexer->arena, type, text) : NULL;
        need(lexer, value, err);
    }
    buf_done(buf);
    return value;
}

static const struct value *integer_value(struct lexer *lexer, int64_t number, struct error *err)
{
    struct buf buf;

    buf_init(&buf, 32);
    buf_add_integer(&buf, number);
    return copied(lexer, VALUE_N, &buf, err);
}

static uint64_t statement_time(const struct lexer *lexer)
{
    return lexer->context && lexer->context->now ? lexer->context->now : clock_wall();
}

/* "+ 1d" or "- 90s" behind a call, added to *time. */
static bool take_shift(struct lexer *lexer, uint64_t *time, struct error *err)
{
    struct token sign = lexer->token;
    uint64_t shift;

    if ((!parse_at_sign(lexer, "+") && !parse_at_sign(lexer, "-")) ||
        lexer->after.kind != TOKEN_DURATION)
        return true;
    lexer_take(lexer);
    if (!parse_duration(lexer, "a duration", &shift, err))
        return false;
    if (text_is(sign.text, "-") ? shift > *time : shift > (uint64_t)INT64_MAX - *time)
        return parse_fail(err, &sign, "the time leaves the years from 1970 to 2262");
    *time = text_is(sign.text, "-") ? *time - shift : *time + shift;
    return true;
}

static const struct value *made_time(struct lexer *lexer, uint64_t time, uint64_t unit,
    struct error *err)
{
    if (!take_shift(lexer, &time, err))
        return NULL;
    return integer_value(lexer, (int64_t)(time / unit), err);
}

static const struct value *make_now(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)at, (void)depth;
    if (!parse_need_sign(lexer, ")", err))
        return NULL;
    return made_time(lexer, statement_time(lexer), CLOCK_SECOND, err);
}

static const struct value *make_now_ms(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)at, (void)depth;
    if (!parse_need_sign(lexer, ")", err))
        return NULL;
    return made_time(lexer, statement_time(lexer), CLOCK_MS, err);
}

/* The only argument, and the closing parenthesis. */
static const struct value *argument(struct lexer *lexer, unsigned depth, struct error *err)
{
    const struct value *value = grammar_literal(lexer, depth + 1, err);

    return value && parse_need_sign(lexer, ")", err) ? value : NULL;
}

static const struct value *parsed_time(struct lexer *lexer, const struct token *at, unsigned depth,
    uint64_t unit, struct error *err)
{
    const struct value *value = argument(lexer, depth, err);
    uint64_t time = 0;

    if (!value)
        return NULL;
    if (value->type != VALUE_NULL &&
        (value->type != VALUE_S || !clock_parse_iso(value->text, &time))) {
        parse_fail(err, at, "%.*s needs a time such as '2026-01-01T00:00Z'", (int)at->text.length,
            at->text.data);
        return NULL;
    }
    return made_time(lexer, time, unit, err);
}

static const struct value *make_epoch(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    return parsed_time(lexer, at, depth, CLOCK_SECOND, err);
}

static const struct value *make_epoch_ms(struct lexer *lexer, const struct token *at,
    unsigned depth, struct error *err)
{
    return parsed_time(lexer, at, depth, CLOCK_MS, err);
}

static const struct value *make_iso(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    const struct value *value = argument(lexer, depth, err);
    int64_t seconds = 0;
    uint64_t time;
    struct buf buf;

    if (!value)
        return NULL;
    if (value->type != VALUE_NULL &&
        (value->type != VALUE_N ||
            !text_to_integer(value->text, 0, INT64_MAX / (int64_t)CLOCK_SECOND, &seconds))) {
        parse_fail(err, at, "iso needs whole seconds since 1970");
        return NULL;
    }
    time = (uint64_t)seconds * CLOCK_SECOND;
    if (!take_shift(lexer, &time, err))
        return NULL;
    buf_init(&buf, 64);
    clock_add_iso(&buf, time, false);
    return copied(lexer, VALUE_S, &buf, err);
}

static const struct value *make_uuid(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    struct buf buf;

    (void)at, (void)depth;
    if (!parse_need_sign(lexer, ")", err))
        return NULL;
    buf_init(&buf, 64);
    crypto_add_uuid(&buf);
    return copied(lexer, VALUE_S, &buf, err);
}

/* 48 bits of milliseconds and 80 random ones in Crockford's base 32 (github.com/ulid/spec). */
static const struct value *make_ulid(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t ms = statement_time(lexer) / CLOCK_MS;
    struct buf buf;

    (void)at, (void)depth;
    if (!parse_need_sign(lexer, ")", err))
        return NULL;
    buf_init(&buf, 64);
    for (int shift = 45; shift >= 0; shift -= 5)
        buf_add_char(&buf, alphabet[ms >> shift & 31]);
    crypto_add_id(&buf, 16, alphabet);
    return copied(lexer, VALUE_S, &buf, err);
}

static const struct value *read_whole(struct lexer *lexer, const struct token *at, bool is_text,
    struct error *err)
{
    struct text path;
    struct buf content;
    const char *name;

    if (!parse_string(lexer, "the path of a file", &path, err) || !parse_need_sign(lexer, ")", err))
        return NULL;
    name = arena_string(lexer->arena, path);
    if (!name)
        return need(lexer, NULL, err);
    buf_init(&content, LEXER_STATEMENT_LIMIT);
    if (file_read(name, &content, err)) {
        struct error why = *err;

        /* A path that is wrong is a wrong statement. */
        error_set_at(err, why.code == ERROR_IO ? ERROR_USAGE : why.code, at->line, at->column, "%s",
            why.text);
        buf_done(&content);
        return NULL;
    }
    if (is_text && !utf8_is_valid(buf_view(&content))) {
        buf_done(&content);
        parse_fail(err, at, "%s is not UTF-8; file('..') takes it as binary", name);
        return NULL;
    }
    return copied(lexer, is_text ? VALUE_S : VALUE_B, &content, err);
}

static const struct value *make_file(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)depth;
    return read_whole(lexer, at, false, err);
}

static const struct value *make_text(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)depth;
    return read_whole(lexer, at, true, err);
}

/* number(:p) and bool(:p) give a text parameter another type. */
static const struct value *converted(struct lexer *lexer, const struct token *at, char type,
    struct error *err)
{
    const struct value *value;

    if (lexer->token.kind != TOKEN_PARAM && !parse_at_sign(lexer, "?")) {
        parse_expected(lexer, "a parameter", err);
        return NULL;
    }
    value = grammar_param(lexer, err);
    if (!value || !parse_need_sign(lexer, ")", err))
        return NULL;
    if (marker_is(value))
        return need(lexer, marker_with_type(lexer->arena, value, type), err);
    if (value->type == VALUE_NULL || value->type == (type == 'N' ? VALUE_N : VALUE_BOOL))
        return value;
    if (value->type == VALUE_S && type == 'N')
        return grammar_number(lexer, at, value->text, err);
    if (value->type == VALUE_S && (text_is(value->text, "true") || text_is(value->text, "false")))
        return need(lexer, value_new_bool(lexer->arena, text_is(value->text, "true")), err);
    parse_fail(err, at, "the parameter is no %s", type == 'N' ? "number" : "true or false");
    return NULL;
}

static const struct value *make_number(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)depth;
    return converted(lexer, at, 'N', err);
}

static const struct value *make_bool(struct lexer *lexer, const struct token *at, unsigned depth,
    struct error *err)
{
    (void)depth;
    return converted(lexer, at, 'T', err);
}

static const struct maker maker_table[] = {
    {"bool", make_bool},
    {"epoch", make_epoch},
    {"epoch_ms", make_epoch_ms},
    {"file", make_file},
    {"iso", make_iso},
    {"now", make_now},
    {"now_ms", make_now_ms},
    {"number", make_number},
    {"text", make_text},
    {"ulid", make_ulid},
    {"uuid", make_uuid},
};

static const struct maker *find_maker(struct text name)
{
    for (size_t i = 0; i < sizeof maker_table / sizeof *maker_table; i++) {
        if (text_is_ignoring_case(name, maker_table[i].name))
            return &maker_table[i];
    }
    return NULL;
}

bool grammar_at_call(const struct lexer *lexer)
{
    return lexer->token.kind == TOKEN_WORD && lexer->after.kind == TOKEN_PUNCTUATION &&
           text_is(lexer->after.text, "(") && find_maker(lexer->token.text) != NULL;
}

const struct value *grammar_call(struct lexer *lexer, unsigned depth, struct error *err)
{
    struct token at = lexer_take(lexer);

    lexer_take(lexer);
    return find_maker(at.text)->make(lexer, &at, depth, err);
}
