#include "console/language/lexer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/utf8.h"
#include "console/language/characters.h"
#include "console/language/quoted.h"
#include "console/language/suggest.h"

/*
 * 1. offset, line and column stand behind the last token read; what is before has been checked.
 * 2. Nothing behind a semicolon is read before the semicolon is taken.
 * 3. After a lexical error only TOKEN_END follows, and err holds the error.
 */

static void fail_at(struct lexer *lexer, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void fail_at(struct lexer *lexer, int line, int column, const char *format, ...)
{
    char text[200];
    va_list list;

    if (lexer->failed)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    lexer->failed = true;
    error_set_at(&lexer->err, ERROR_USAGE, line, column, "%s", text);
}

static void fail_arena(struct lexer *lexer)
{
    lexer->failed = true;
    arena_failed(lexer->arena, &lexer->err);
}

static bool at_end(const struct lexer *lexer)
{
    return lexer->offset >= lexer->input.length;
}

/* The byte so many bytes ahead, 0 at the end (a NUL in the input is an error of its own). */
static unsigned char look(const struct lexer *lexer, size_t ahead)
{
    size_t left = lexer->input.length - lexer->offset;

    return ahead < left ? (unsigned char)lexer->input.data[lexer->offset + ahead] : 0;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_name_byte(unsigned char c)
{
    return begins_name(c) || is_digit(c);
}

static bool step_wide(struct lexer *lexer, bool quoted)
{
    uint32_t code_point;
    size_t length =
        utf8_decode(text_slice(lexer->input, lexer->offset, lexer->input.length), &code_point);
    const char *odd;

    if (length == 0) {
        fail_at(lexer, lexer->line, lexer->column, "invalid UTF-8: byte 0x%02x", look(lexer, 0));
        return false;
    }
    odd = quoted ? NULL : character_oddity(code_point);
    if (odd) {
        fail_at(lexer, lexer->line, lexer->column, "U+%04X (%s) outside quotes", code_point, odd);
        return false;
    }
    lexer->offset += length;
    lexer->column++;
    return true;
}

/* Moves over one character; false with the lexer failed when it may not stand there. */
static bool step(struct lexer *lexer, bool quoted)
{
    unsigned char c = look(lexer, 0);

    if (c >= 0x80)
        return step_wide(lexer, quoted);
    if (c < ' ' && !is_blank(c)) {
        if (c == 0)
            fail_at(lexer, lexer->line, lexer->column, "a NUL character");
        else
            fail_at(lexer, lexer->line, lexer->column, "control character U+%04X", c);
        return false;
    }
    lexer->offset++;
    if (c == '\n') {
        lexer->line++;
        lexer->column = 1;
    } else {
        lexer->column++;
    }
    return true;
}

static bool step_many(struct lexer *lexer, size_t count)
{
    while (count-- > 0) {
        if (!step(lexer, false))
            return false;
    }
    return true;
}

/* Comments nest. */
static bool skip_comment(struct lexer *lexer)
{
    int line = lexer->line, column = lexer->column;
    size_t depth = 0;

    do {
        if (at_end(lexer)) {
            fail_at(lexer, line, column, "the comment that opens here is not closed");
            return false;
        }
        if (look(lexer, 0) == '/' && look(lexer, 1) == '*') {
            depth++;
            if (!step_many(lexer, 2))
                return false;
        } else if (look(lexer, 0) == '*' && look(lexer, 1) == '/') {
            depth--;
            if (!step_many(lexer, 2))
                return false;
        } else if (!step(lexer, false)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool skip_line(struct lexer *lexer, bool quoted)
{
    while (!at_end(lexer) && look(lexer, 0) != '\n') {
        if (!step(lexer, quoted))
            return false;
    }
    return true;
}

static bool at_line_comment(const struct lexer *lexer)
{
    return look(lexer, 0) == '-' && look(lexer, 1) == '-' &&
           (lexer->offset + 2 >= lexer->input.length || is_blank(look(lexer, 2)));
}

static bool skip_blanks(struct lexer *lexer, bool *any)
{
    *any = false;
    for (; !at_end(lexer); *any = true) {
        if (is_blank(look(lexer, 0))) {
            if (!step(lexer, false))
                return false;
        } else if (at_line_comment(lexer)) {
            if (!skip_line(lexer, false))
                return false;
        } else if (look(lexer, 0) == '/' && look(lexer, 1) == '*') {
            if (!skip_comment(lexer))
                return false;
        } else {
            return true;
        }
    }
    return true;
}

static bool at_typographic_quote(const struct lexer *lexer)
{
    uint32_t c;

    return look(lexer, 0) >= 0x80 &&
           utf8_decode(text_slice(lexer->input, lexer->offset, lexer->input.length), &c) > 0 &&
           character_is_typographic_quote(c);
}

/* Letters, digits and hyphens that stand between two name characters. */
static bool skip_name(struct lexer *lexer)
{
    for (;;) {
        unsigned char c = look(lexer, 0);

        if (at_typographic_quote(lexer)) {
            fail_at(lexer, lexer->line, lexer->column, "a typographic quote outside quotes");
            error_hint(&lexer->err, "text stands in '..' or \"..\", a name in backticks");
            return false;
        }
        if (!is_name_byte(c) && (c != '-' || !is_name_byte(look(lexer, 1))))
            return true;
        if (!step(lexer, false))
            return false;
    }
}

/* Over characters that are nothing but themselves between quotes. */
static void skip_plain(struct lexer *lexer, char quote)
{
    const char *start = lexer->input.data + lexer->offset, *at = start;
    const char *end = lexer->input.data + lexer->input.length;

    while (at < end && *at >= ' ' && *at < 0x7f && *at != quote && *at != '\\')
        at++;
    lexer->offset += (size_t)(at - start);
    lexer->column += (int)(at - start);
}

/* From the opening quote to behind the closing one. */
static bool read_quoted(struct lexer *lexer, char quote, bool escapes, struct token *token)
{
    int line = lexer->line, column = lexer->column;
    bool plain = true;
    size_t from;
    struct text raw;

    if (!step(lexer, true))
        return false;
    from = lexer->offset;
    for (;;) {
        char c;

        skip_plain(lexer, quote);
        c = (char)look(lexer, 0);
        if (at_end(lexer)) {
            fail_at(lexer, line, column, "the quote that opens here is not closed");
            return false;
        }
        if (c == quote && look(lexer, 1) != (unsigned char)quote)
            break;
        if (c == quote || c == '\r' || (escapes && c == '\\')) {
            plain = false;
            if ((c != '\r') && !step(lexer, true))
                return false;
            if (at_end(lexer))
                continue;
        }
        if (!step(lexer, true))
            return false;
    }
    raw = text_slice(lexer->input, from, lexer->offset);
    if (!step(lexer, true))
        return false;
    if (plain) {
        token->text = raw;
        return true;
    }
    switch (quoted_decode(raw, quote, escapes, lexer->arena, &token->text)) {
    case QUOTED_OK:
        return true;
    case QUOTED_MEMORY:
        fail_arena(lexer);
        return false;
    case QUOTED_ESCAPE:
        fail_at(lexer, line, column, "a backslash in \"..\" is not one of the JSON escapes");
        return false;
    }
    return false;
}

/* b64'AAE=', b"AAE=" and x'0001': the quote stands right behind the letters. */
static bool read_binary(struct lexer *lexer, size_t prefix, bool hex, struct token *token)
{
    struct buf bytes;
    struct text raw;
    bool right;
    uint8_t *out;

    if (!step_many(lexer, prefix) ||
        !read_quoted(lexer, (char)look(lexer, 0), look(lexer, 0) == '"', token))
        return false;
    token->kind = TOKEN_BINARY;
    raw = token->text;
    if (hex) {
        out = arena_alloc(lexer->arena, raw.length / 2 + 1, 1);
        if (!out) {
            fail_arena(lexer);
            return false;
        }
        right = raw.length % 2 == 0 && crypto_from_hex(raw, out, raw.length / 2);
        token->text = text_make((const char *)out, raw.length / 2);
    } else {
        buf_init(&bytes, LEXER_STATEMENT_LIMIT);
        right = crypto_from_base64(&bytes, raw);
        token->text = arena_text(lexer->arena, buf_view(&bytes));
        buf_done(&bytes);
        if (!token->text.data) {
            fail_arena(lexer);
            return false;
        }
    }
    if (!right)
        fail_at(lexer, token->line, token->column, "not valid %s",
            hex ? "hexadecimal: pairs of 0-9 a-f" : "base64");
    return right;
}

static bool read_word(struct lexer *lexer, struct token *token)
{
    unsigned char c = look(lexer, 0);
    size_t from = lexer->offset;

    if (c == 'x' && look(lexer, 1) == '\'')
        return read_binary(lexer, 1, true, token);
    if (c == 'b' && look(lexer, 1) == '"')
        return read_binary(lexer, 1, false, token);
    if (c == 'b' && look(lexer, 1) == '6' && look(lexer, 2) == '4' && look(lexer, 3) == '\'')
        return read_binary(lexer, 3, false, token);
    token->kind = TOKEN_WORD;
    if (!skip_name(lexer))
        return false;
    token->text = text_slice(lexer->input, from, lexer->offset);
    return true;
}

static bool skip_digits(struct lexer *lexer)
{
    bool any = false;

    while (is_digit(look(lexer, 0))) {
        lexer->offset++;
        lexer->column++;
        any = true;
    }
    return any;
}

static bool skip_exponent(struct lexer *lexer)
{
    size_t sign = look(lexer, 1) == '+' || look(lexer, 1) == '-';

    if ((look(lexer, 0) | 0x20) != 'e' || !is_digit(look(lexer, 1 + sign)))
        return false;
    lexer->offset += 1 + sign;
    lexer->column += 1 + (int)sign;
    return skip_digits(lexer);
}

static size_t duration_unit(const struct lexer *lexer)
{
    static const char unit[] = "smhdw";
    unsigned char c = look(lexer, 0);

    if (c == 'm' && look(lexer, 1) == 's' && !is_name_byte(look(lexer, 2)))
        return 2;
    return c && memchr(unit, c, sizeof unit - 1) && !is_name_byte(look(lexer, 1)) ? 1 : 0;
}

static bool read_number(struct lexer *lexer, struct token *token)
{
    size_t from = lexer->offset, unit;
    bool whole = skip_digits(lexer), exponent;
    struct text name;

    if (look(lexer, 0) == '.' && is_digit(look(lexer, 1))) {
        lexer->offset++;
        lexer->column++;
        skip_digits(lexer);
        whole = false;
    }
    exponent = skip_exponent(lexer);
    token->kind = TOKEN_NUMBER;
    unit = whole && !exponent ? duration_unit(lexer) : 0;
    if (unit > 0) {
        token->kind = TOKEN_DURATION;
        lexer->offset += unit;
        lexer->column += (int)unit;
    } else if (look(lexer, 0) == '%' && !exponent) {
        token->kind = TOKEN_PERCENT;
        token->text = text_slice(lexer->input, from, lexer->offset);
        return step(lexer, false);
    }
    token->text = text_slice(lexer->input, from, lexer->offset);
    if (is_name_byte(look(lexer, 0)) || (look(lexer, 0) == '-' && begins_name(look(lexer, 1)))) {
        if (!skip_name(lexer))
            return false;
        name = text_slice(lexer->input, from, lexer->offset);
        fail_at(lexer, token->line, token->column, "a number runs into a name: '%.*s'",
            (int)(name.length < 100 ? name.length : 100), name.data);
        error_hint(&lexer->err, "quote it: `%.*s`", (int)(name.length < 100 ? name.length : 100),
            name.data);
        return false;
    }
    return true;
}

/* Right behind a name or a closing quote a colon is a colon: prod:orders, {a:true}. */
static bool colon_is_sign(const struct lexer *lexer)
{
    unsigned char before =
        lexer->offset > 0 ? (unsigned char)lexer->input.data[lexer->offset - 1] : 0;

    return is_name_byte(before) || before == '-' || before == '\'' || before == '"' ||
           before == '`';
}

static bool read_sign(struct lexer *lexer, struct token *token)
{
    static const char *const pair_table[] = {"<>", "!=", "<=", ">=", "<<", ">>", "->"};
    static const char single[] = "()[]{},.:=<>+-*/?";
    char c = (char)look(lexer, 0), next = (char)look(lexer, 1);
    size_t length = 0;

    for (size_t i = 0; i < sizeof pair_table / sizeof *pair_table; i++) {
        if (pair_table[i][0] == c && pair_table[i][1] == next)
            length = 2;
    }
    if (length == 0 && memchr(single, c, sizeof single - 1))
        length = 1;
    if (length == 0) {
        if ((unsigned char)c < ' ')
            return step(lexer, false); /* says which control character it is */
        fail_at(lexer, lexer->line, lexer->column, "unexpected character '%c'", c);
        suggest_for_character(c, &lexer->err);
        return false;
    }
    token->text = text_slice(lexer->input, lexer->offset, lexer->offset + length);
    return step_many(lexer, length);
}

static bool read_named(struct lexer *lexer, enum token_kind kind, struct token *token)
{
    size_t from;

    token->kind = kind;
    if (!step(lexer, false))
        return false;
    if (look(lexer, 0) == '`') {
        token->kind = TOKEN_PARAMNAME;
        return read_quoted(lexer, '`', false, token);
    }
    from = lexer->offset;
    if (!skip_name(lexer))
        return false;
    token->text = text_slice(lexer->input, from, lexer->offset);
    return true;
}

static bool read_command(struct lexer *lexer, struct token *token)
{
    token->text = text_slice(lexer->input, lexer->offset, lexer->offset + 1);
    return skip_line(lexer, true);
}

static bool read_any(struct lexer *lexer, bool at_start, struct token *token)
{
    unsigned char c = look(lexer, 0), next = look(lexer, 1);

    if (at_end(lexer)) {
        token->kind = TOKEN_END;
        return true;
    }
    token->kind = TOKEN_PUNCTUATION;
    if (begins_name(c))
        return read_word(lexer, token);
    if (is_digit(c) || (c == '.' && is_digit(next)))
        return read_number(lexer, token);
    if (c == '\'' || c == '"' || c == '`') {
        token->kind = c == '\'' ? TOKEN_SQ : c == '"' ? TOKEN_DQ : TOKEN_BTICK;
        return read_quoted(lexer, (char)c, c == '"', token);
    }
    if (c == ':' && (begins_name(next) || next == '`') && !colon_is_sign(lexer))
        return read_named(lexer, TOKEN_PARAM, token);
    if (c == '#' && begins_name(next))
        return read_named(lexer, TOKEN_HASH, token);
    if (c == '\\' && at_start)
        return read_command(lexer, token);
    if (c == ';') {
        token->kind = TOKEN_SEMICOLON;
        token->text = text_slice(lexer->input, lexer->offset, lexer->offset + 1);
        return step(lexer, false);
    }
    return read_sign(lexer, token);
}

/* The end of a backslash command's line stands for a semicolon. */
static struct token read_command_end(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_SEMICOLON,
        .offset = lexer->offset,
        .line = lexer->line,
        .column = lexer->column};

    token.text = token.source = text_slice(lexer->input, lexer->offset, lexer->offset);
    return token;
}

static struct token read_token(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_END};
    bool at_start = lexer->at_start;

    if (!lexer->failed && skip_blanks(lexer, &token.blank_before)) {
        if (at_start)
            lexer->statement_offset = lexer->offset;
        token.offset = lexer->offset;
        token.line = lexer->line;
        token.column = lexer->column;
        if (read_any(lexer, at_start, &token) && !lexer->failed &&
            lexer->offset - lexer->statement_offset > LEXER_STATEMENT_LIMIT)
            fail_at(lexer, token.line, token.column, "a statement may have at most 1 MiB");
        lexer->at_start = token.kind == TOKEN_SEMICOLON;
        token.source = text_slice(lexer->input, token.offset, lexer->offset);
        if (!token.text.data && token.kind != TOKEN_END)
            token.text = token.source;
    }
    if (lexer->failed) {
        token.kind = TOKEN_END;
        token.line = lexer->err.line;
        token.column = lexer->err.column;
    }
    return token;
}

static bool is_command(const struct token *token)
{
    return token->kind == TOKEN_PUNCTUATION && text_is(token->text, "\\");
}

static void fill(struct lexer *lexer)
{
    if (lexer->token.kind == TOKEN_END || lexer->token.kind == TOKEN_SEMICOLON)
        lexer->after = (struct token){.kind = TOKEN_END};
    else if (is_command(&lexer->token))
        lexer->after = read_command_end(lexer);
    else
        lexer->after = read_token(lexer);
}

void lexer_init(struct lexer *lexer, struct text input, struct arena *arena)
{
    static const char bom[] = "\xef\xbb\xbf";

    *lexer =
        (struct lexer){.input = input, .arena = arena, .line = 1, .column = 1, .at_start = true};
    if (text_starts_with(input, text_of(bom)))
        lexer->offset = sizeof bom - 1;
    if (look(lexer, 0) == '#' && look(lexer, 1) == '!')
        (void)skip_line(lexer, true); /* a failure shows in the first token */
    lexer->token = read_token(lexer);
    fill(lexer);
}

struct token lexer_take(struct lexer *lexer)
{
    struct token taken = lexer->token;

    if (taken.kind == TOKEN_END)
        return taken;
    lexer->last = taken;
    if (taken.kind == TOKEN_SEMICOLON) {
        lexer->at_start = true;
        lexer->token = read_token(lexer);
    } else {
        lexer->token = lexer->after;
    }
    fill(lexer);
    return taken;
}

void lexer_skip(struct lexer *lexer, size_t length)
{
    size_t from = lexer->token.offset, end = from + length;
    const char *line;

    lexer->line = lexer->token.line;
    lexer->column = lexer->token.column;
    while ((line = memchr(lexer->input.data + from, '\n', end - from))) {
        from = (size_t)(line + 1 - lexer->input.data);
        lexer->line++;
        lexer->column = 1;
    }
    lexer->column += (int)utf8_count(text_slice(lexer->input, from, end));
    lexer->offset = end;
    lexer->last = (struct token){.kind = TOKEN_PUNCTUATION,
        .text = text_slice(lexer->input, end - 1, end),
        .source = text_slice(lexer->input, end - 1, end),
        .offset = end - 1,
        .line = lexer->line,
        .column = lexer->column - 1};
    lexer->token = read_token(lexer);
    fill(lexer);
}

/* Over what could not be read: one character, or one bad byte. */
static void step_over(struct lexer *lexer)
{
    uint32_t code_point;
    size_t length =
        utf8_decode(text_slice(lexer->input, lexer->offset, lexer->input.length), &code_point);

    if (look(lexer, 0) == '\n') {
        lexer->line++;
        lexer->column = 0;
    }
    lexer->offset += length > 0 ? length : 1;
    lexer->column++;
}

void lexer_recover(struct lexer *lexer)
{
    for (;;) {
        if (lexer->token.kind == TOKEN_END && lexer->failed && !at_end(lexer)) {
            lexer->failed = false;
            lexer->at_start = false;
            lexer->statement_offset = lexer->offset;
            step_over(lexer);
            lexer->token = read_token(lexer);
            fill(lexer);
        } else if (lexer->token.kind == TOKEN_END) {
            lexer->failed = false;
            return;
        } else if (lexer_take(lexer).kind == TOKEN_SEMICOLON) {
            return;
        }
    }
}
