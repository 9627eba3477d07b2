#include "endpoint/tables/partiql_lexer.h"

#include <stdint.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static char at(const struct partiql_lexer *lexer, size_t offset)
{
    return offset < lexer->source.length ? lexer->source.data[offset] : '\0';
}

/* False when a block comment has no end. */
static bool skip_blanks(struct partiql_lexer *lexer, size_t *from)
{
    struct text source = lexer->source;

    for (;;) {
        char c = at(lexer, *from);

        if (*from >= source.length)
            return true;
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            ++*from;
        } else if (c == '-' && at(lexer, *from + 1) == '-') {
            size_t end = text_find(source, TEXT("\n"), *from);

            *from = end == SIZE_MAX ? source.length : end + 1;
        } else if (c == '/' && at(lexer, *from + 1) == '*') {
            size_t end = text_find(source, TEXT("*/"), *from + 2);

            if (end == SIZE_MAX)
                return false;
            *from = end + 2;
        } else {
            return true;
        }
    }
}

/* To behind the closing quote; a doubled one stands for itself. */
static bool read_quoted(struct partiql_lexer *lexer, char quote)
{
    size_t end = lexer->start + 1;

    for (; end < lexer->source.length; end++) {
        if (at(lexer, end) != quote)
            continue;
        if (at(lexer, end + 1) != quote || end + 1 == lexer->source.length) {
            lexer->end = end + 1;
            return true;
        }
        end++;
    }
    return false;
}

/*
 * The service keeps exponent and scale (digits behind the point less the exponent) in 32 bits, and
 * cannot read a number where one of them does not fit.
 */
static bool read_number(struct partiql_lexer *lexer)
{
    int64_t fraction = 0, exponent = 0, sign = 1;
    size_t end = lexer->start;

    while (is_digit(at(lexer, end)))
        end++;
    if (at(lexer, end) == '.')
        for (end++; is_digit(at(lexer, end)); end++)
            fraction++;
    if (at(lexer, end) == 'e' || at(lexer, end) == 'E') {
        end++;
        if (at(lexer, end) == '+' || at(lexer, end) == '-')
            sign = at(lexer, end++) == '-' ? -1 : 1;
        if (!is_digit(at(lexer, end)))
            return false;
        for (; is_digit(at(lexer, end)); end++)
            if (exponent <= INT32_MAX)
                exponent = exponent * 10 + (at(lexer, end) - '0');
    }
    lexer->end = end;
    return exponent <= INT32_MAX && fraction - sign * exponent <= INT32_MAX &&
           !is_letter(at(lexer, end)) && at(lexer, end) != '.';
}

static bool read_sign(struct partiql_lexer *lexer)
{
    static const char *const pair_table[] = {"<>", "<=", ">=", "!=", "<<", ">>", "||"};
    static const char single[] = "()[]{},.:;=<>+-*/%";
    struct text rest = text_slice(lexer->source, lexer->start, lexer->source.length);

    for (size_t i = 0; i < sizeof pair_table / sizeof *pair_table; i++)
        if (text_starts_with(rest, text_of(pair_table[i]))) {
            lexer->end = lexer->start + 2;
            return true;
        }
    lexer->end = lexer->start + 1;
    return text_find(text_of(single), text_slice(rest, 0, 1), 0) != SIZE_MAX;
}

static enum partiql_token read_token(struct partiql_lexer *lexer)
{
    char c = at(lexer, lexer->start);

    if (is_letter(c)) {
        for (lexer->end = lexer->start + 1;
             is_letter(at(lexer, lexer->end)) || is_digit(at(lexer, lexer->end));)
            lexer->end++;
        return PARTIQL_WORD;
    }
    if (c == '\'')
        return read_quoted(lexer, c) ? PARTIQL_STRING : PARTIQL_UNREADABLE;
    if (c == '"')
        return read_quoted(lexer, c) ? PARTIQL_NAME : PARTIQL_UNREADABLE;
    if (is_digit(c) || (c == '.' && is_digit(at(lexer, lexer->start + 1))))
        return read_number(lexer) ? PARTIQL_NUMBER : PARTIQL_UNREADABLE;
    if (c == '?') {
        lexer->end = lexer->start + 1;
        return PARTIQL_PARAMETER;
    }
    return read_sign(lexer) ? PARTIQL_SIGN : PARTIQL_UNREADABLE;
}

void partiql_lexer_move(struct partiql_lexer *lexer)
{
    size_t from = lexer->end;
    bool closed = skip_blanks(lexer, &from);

    lexer->start = from;
    if (!closed) {
        lexer->kind = PARTIQL_UNREADABLE;
    } else if (from >= lexer->source.length) {
        lexer->end = from;
        lexer->kind = PARTIQL_END;
    } else {
        lexer->kind = read_token(lexer);
    }
}

void partiql_lexer_init(struct partiql_lexer *lexer, struct text source)
{
    *lexer = (struct partiql_lexer){.source = source};
    partiql_lexer_move(lexer);
}

bool partiql_lexer_accepts(struct text source)
{
    struct partiql_lexer lexer;

    partiql_lexer_init(&lexer, source);
    while (lexer.kind != PARTIQL_END && lexer.kind != PARTIQL_UNREADABLE)
        partiql_lexer_move(&lexer);
    return lexer.kind == PARTIQL_END;
}

struct text partiql_lexer_text(const struct partiql_lexer *lexer)
{
    return text_slice(lexer->source, lexer->start, lexer->end);
}

struct text partiql_lexer_quoted(const struct partiql_lexer *lexer, bool *doubled)
{
    struct text text = text_slice(lexer->source, lexer->start + 1, lexer->end - 1);

    *doubled =
        text_find(text, text_slice(lexer->source, lexer->start, lexer->start + 1), 0) != SIZE_MAX;
    return text;
}

bool partiql_lexer_is(const struct partiql_lexer *lexer, const char *sign)
{
    return lexer->kind == PARTIQL_SIGN && text_is(partiql_lexer_text(lexer), sign);
}

bool partiql_lexer_is_word(const struct partiql_lexer *lexer, const char *word)
{
    return lexer->kind == PARTIQL_WORD && text_is_ignoring_case(partiql_lexer_text(lexer), word);
}

bool partiql_lexer_is_call(const struct partiql_lexer *lexer)
{
    struct partiql_lexer next = *lexer;

    if (lexer->kind != PARTIQL_WORD)
        return false;
    partiql_lexer_move(&next);
    return partiql_lexer_is(&next, "(");
}

bool partiql_lexer_is_keyword(const struct partiql_lexer *lexer)
{
    return lexer->kind == PARTIQL_WORD && partiql_is_keyword(partiql_lexer_text(lexer));
}

static size_t count_characters(struct text text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

struct partiql_place partiql_lexer_place(const struct partiql_lexer *lexer)
{
    struct partiql_place place = {.line = 1};
    size_t begin = 0;

    for (size_t i = 0; i < lexer->start; i++)
        if (at(lexer, i) == '\n') {
            place.line++;
            begin = i + 1;
        }
    place.column = count_characters(text_slice(lexer->source, begin, lexer->start)) + 1;
    place.length = count_characters(partiql_lexer_text(lexer));
    return place;
}
