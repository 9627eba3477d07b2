#include "client/expression_lexer.h"

#include <string.h>

#include "base/utf8.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip(struct text source, size_t at, bool (*belongs)(char c))
{
    while (at < source.length && belongs(source.data[at]))
        at++;
    return at;
}

/* The token that starts at offset at; *end is behind it. */
static enum expression_token scan(struct text source, size_t at, size_t *end)
{
    char c = at < source.length ? source.data[at] : '\0';
    char next = at + 1 < source.length ? source.data[at + 1] : '\0';
    uint32_t code_point;
    size_t length;

    *end = at;
    if (at == source.length)
        return TOKEN_END;
    if (is_letter(c)) {
        *end = skip(source, at, is_name_char);
        return TOKEN_WORD;
    }
    if (is_digit(c)) {
        *end = skip(source, at, is_digit);
        return TOKEN_DIGITS;
    }
    if ((c == '#' || c == ':') && is_name_char(next)) {
        *end = skip(source, at + 1, is_name_char);
        return c == '#' ? TOKEN_NAME : TOKEN_VALUE;
    }
    if (c == '=' || c == '<' || c == '>') {
        bool two = (c != '=' && next == '=') || (c == '<' && next == '>');

        *end = at + (two ? 2 : 1);
        return TOKEN_COMPARATOR;
    }
    if (c != '\0' && strchr("()[],.+-", c)) {
        *end = at + 1;
        return TOKEN_PUNCTUATION;
    }
    length = utf8_decode(text_slice(source, at, source.length), &code_point);
    *end = at + (length ? length : 1);
    return TOKEN_UNKNOWN;
}

void expression_lexer_init(struct expression_lexer *lexer, struct text source)
{
    *lexer = (struct expression_lexer){.source = source};
    lexer->start = skip(source, 0, is_blank);
    lexer->previous = lexer->start;
    lexer->kind = scan(source, lexer->start, &lexer->end);
}

void expression_lexer_move(struct expression_lexer *lexer)
{
    lexer->previous = lexer->start;
    lexer->start = skip(lexer->source, lexer->end, is_blank);
    lexer->kind = scan(lexer->source, lexer->start, &lexer->end);
}

struct text expression_lexer_text(const struct expression_lexer *lexer)
{
    return text_slice(lexer->source, lexer->start, lexer->end);
}

bool expression_lexer_is(const struct expression_lexer *lexer, char punctuation)
{
    return lexer->kind == TOKEN_PUNCTUATION && lexer->source.data[lexer->start] == punctuation;
}

bool expression_lexer_is_word(const struct expression_lexer *lexer, const char *word)
{
    return lexer->kind == TOKEN_WORD && text_is_ignoring_case(expression_lexer_text(lexer), word);
}

bool expression_lexer_is_call(const struct expression_lexer *lexer)
{
    size_t next = skip(lexer->source, lexer->end, is_blank);

    return lexer->kind == TOKEN_WORD && next < lexer->source.length &&
           lexer->source.data[next] == '(';
}

void expression_lexer_place(const struct expression_lexer *lexer, struct text *token,
    struct text *near)
{
    struct expression_lexer next = *lexer;
    size_t end = lexer->end;

    *token = expression_lexer_text(lexer);
    if (lexer->kind == TOKEN_END) {
        *token = TEXT("<EOF>");
        end = lexer->source.length;
    } else {
        expression_lexer_move(&next);
        if (next.kind != TOKEN_END)
            end = next.end;
    }
    *near = text_slice(lexer->source, lexer->previous, end);
    if (lexer->kind == TOKEN_END)
        while (near->length && is_blank(near->data[near->length - 1]))
            near->length--;
}
