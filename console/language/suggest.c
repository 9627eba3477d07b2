#include "console/language/suggest.h"

#include <string.h>

#include "console/language/parser.h"

enum {
    WORD_LIMIT = 32,  /* no word of the language is longer */
    SHORT_LENGTH = 4, /* two mistakes in so short a word make another word of it */
    TINY_LENGTH = 2,  /* one does */
    SHOWN_LIMIT = 40
};

size_t suggest_distance(struct text written, struct text word)
{
    char upper[WORD_LIMIT];
    size_t distance, most = SUGGEST_NEAR;

    if (written.length <= SHORT_LENGTH)
        most = written.length > TINY_LENGTH;
    if (written.length > sizeof upper)
        return SUGGEST_NEAR + 1;
    for (size_t i = 0; i < written.length; i++) {
        char c = written.data[i];

        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    distance = text_distance(text_make(upper, written.length), word, SUGGEST_NEAR);
    return distance <= most && distance < word.length ? distance : SUGGEST_NEAR + 1;
}

static bool is_capital(char c)
{
    return (c >= 'A' && c <= 'Z') || c == '_';
}

static bool take_capitals(struct text *words, struct text *out)
{
    size_t start = 0, end;

    while (start < words->length && !is_capital(words->data[start]))
        start++;
    end = start;
    while (end < words->length && is_capital(words->data[end]))
        end++;
    *out = text_slice(*words, start, end);
    *words = text_slice(*words, end, words->length);
    return out->length > 0;
}

bool suggest_word(struct text written, struct text words, struct error *err)
{
    struct text best = {NULL, 0}, word;
    size_t least = SUGGEST_NEAR + 1;

    while (take_capitals(&words, &word)) {
        size_t distance = suggest_distance(written, word);

        if (distance < least) {
            least = distance;
            best = word;
        }
    }
    if (!best.data || least == 0 || written.length < 2) /* 0: it is right, but stands wrong */
        return false;
    error_hint(err, "did you mean %.*s?", (int)best.length, best.data);
    return true;
}

bool suggest_instead(struct text word, struct error *err)
{
    static const struct {
        const char *word, *hint;
    } foreign_table[] = {
        {"DESC", "DESCRIBE, or \\d"},
        {"EXIT", "QUIT, or \\q"},
        {"GROUP", "the service does not group; COUNT counts, STATS sums a table up"},
        {"HAVING", "the service does not group; COUNT counts, STATS sums a table up"},
        {"INNER", "a statement reads one table"},
        {"JOIN", "a statement reads one table"},
        {"LEFT", "a statement reads one table"},
        {"LS", "SHOW TABLES, or \\dt"},
        {"MERGE", "UPSERT changes or makes an item, PUT replaces it"},
        {"OFFSET", "NEXT, or START and the token of the footer, goes on"},
        {"REPLACE", "PUT replaces items"},
        {"TABLES", "SHOW TABLES"},
        {"TOP", "LIMIT, behind the table"},
        {"UNION", "a statement reads one table"},
    };

    for (size_t i = 0; i < sizeof foreign_table / sizeof *foreign_table; i++) {
        if (!text_is_ignoring_case(word, foreign_table[i].word))
            continue;
        error_hint(err, "%s", foreign_table[i].hint);
        return true;
    }
    return false;
}

/* What hands write that come from another language. */
void suggest_for_character(char c, struct error *err)
{
    static const struct {
        const char *character, *hint;
    } hint_table[] = {
        {"$@%", "a name with such characters goes in backticks"},
        {"&", "both conditions: AND"},
        {"|", "one of the conditions: OR"},
        {"!", "NOT, or <> between two values"},
        {"#", "a comment is '-- ' to the end of the line, or /* .. */"},
        {"\\", "a command with a backslash stands on a line of its own, behind a semicolon"},
    };

    for (size_t i = 0; i < sizeof hint_table / sizeof *hint_table; i++) {
        if (strchr(hint_table[i].character, c))
            error_hint(err, "%s", hint_table[i].hint);
    }
}

/* Two signs of one kind without a space between them: "--", "//". */
static bool is_doubled(const struct lexer *lexer, const char *sign)
{
    return parse_at_sign(lexer, sign) && lexer->after.kind == TOKEN_PUNCTUATION &&
           text_is(lexer->after.text, sign) && lexer->after.offset == lexer->token.offset + 1;
}

/* Where a value is wanted. */
static void suggest_value(const struct lexer *lexer, struct error *err)
{
    const struct token *token = &lexer->token, *last = &lexer->last;
    size_t shown = token->text.length < SHOWN_LIMIT ? token->text.length : SHOWN_LIMIT;

    if (token->kind == TOKEN_BTICK)
        error_hint(err, "a value in quotes is '..' or \"..\"; backticks are for names");
    else if (token->kind == TOKEN_WORD && text_find(token->text, TEXT("'"), 0) == SIZE_MAX &&
             shown == token->text.length)
        error_hint(err, "text goes in quotes: '%.*s'", (int)shown, token->text.data);
    else if (parse_at_sign(lexer, "=") && text_is(last->source, "="))
        error_hint(err, "one = compares");
}

void suggest_expected(const struct lexer *lexer, struct text what, struct error *err)
{
    bool is_word = lexer->token.kind == TOKEN_WORD;

    if (is_doubled(lexer, "-") || is_doubled(lexer, "/"))
        error_hint(err, "a comment is '-- ' to the end of the line, or /* .. */");
    else if (text_starts_with(what, TEXT("a value")))
        suggest_value(lexer, err);
    else if (is_word && text_find(what, TEXT("','"), 0) != SIZE_MAX)
        error_hint(err, "a name that is also a word of the language goes in backticks");
    else if (is_word)
        suggest_word(lexer->token.text, what, err);
}
