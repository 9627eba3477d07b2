#include "console/statement_hints.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "console/language/grammar.h"
#include "console/language/suggest.h"

enum { WORD_LIMIT = 4 }; /* words of a name */

static struct text word_of(const char *name, size_t index)
{
    struct text rest = text_of(name), word = {"", 0};

    for (size_t i = 0; i <= index; i++) {
        if (!text_take_field(&rest, ' ', &word))
            return TEXT("");
    }
    return word;
}

/* The words of a statement that are written so far. */
struct beginning {
    struct text word[WORD_LIMIT];
    size_t count;
};

/* Whether the record begins so and goes on. */
static bool goes_on(const struct statement *statement, const struct beginning *beginning)
{
    for (size_t i = 0; i < beginning->count; i++) {
        if (!text_equal_ignoring_case(word_of(statement->name, i), beginning->word[i]))
            return false;
    }
    return word_of(statement->name, beginning->count).length > 0 && statement->name[0] != '\\';
}

/* Takes the words that begin records, all but their last. */
static void take_beginning(struct lexer *lexer, struct beginning *out)
{
    struct text word;
    bool any = true;

    out->count = 0;
    while (any && lexer->token.kind == TOKEN_WORD && out->count + 1 < WORD_LIMIT) {
        word = lexer->token.text;
        out->word[out->count++] = word;
        any = false;
        for (size_t i = 0; i < statement_count() && !any; i++)
            any = goes_on(statement_at(i), out);
        if (any)
            lexer_take(lexer);
        else
            out->count--;
    }
}

/* The word of the records that is nearest to what was written at that place. */
static struct text nearest_word(const struct beginning *beginning, struct text written)
{
    struct text near = {NULL, 0};
    size_t best = SUGGEST_NEAR + 1;

    for (size_t i = 0; i < statement_count(); i++) {
        struct text word = word_of(statement_at(i)->name, beginning->count);
        size_t distance;

        if (!goes_on(statement_at(i), beginning))
            continue;
        distance = suggest_distance(written, word);
        if (distance < best) {
            best = distance;
            near = word;
        }
    }
    return near;
}

/* "TABLES, INDEXES or APIS": what may follow. */
static void list_words(const struct beginning *beginning, struct buf *out)
{
    struct text last = {NULL, 0}, word;
    size_t count = 0;

    for (size_t i = 0; i < statement_count(); i++) {
        word = word_of(statement_at(i)->name, beginning->count);
        if (!goes_on(statement_at(i), beginning) || text_equal(word, last))
            continue;
        if (count > 1)
            buf_add_string(out, ", ");
        if (count++ > 0)
            buf_add_text(out, last);
        last = word;
    }
    if (count > 1)
        buf_add_string(out, " or ");
    buf_add_text(out, last);
}

bool statement_fail_unknown(struct lexer *lexer, struct error *err)
{
    struct token first = lexer->token;
    struct beginning beginning;
    struct text written, near;
    struct buf words;

    if (first.kind != TOKEN_WORD)
        return parse_expected(lexer, "a statement", err);
    take_beginning(lexer, &beginning);
    buf_init(&words, sizeof err->text / 2);
    if (beginning.count == 0) {
        parse_fail(err, &first, "unknown statement '%.*s'",
            (int)(first.text.length < 40 ? first.text.length : 40), first.text.data);
    } else {
        list_words(&beginning, &words);
        parse_expected(lexer, buf_string(&words), err);
        err->hint[0] = '\0';
    }
    buf_done(&words);
    written = lexer->token.kind == TOKEN_WORD ? lexer->token.text : TEXT("");
    near = nearest_word(&beginning, written);
    if (!suggest_instead(written, err) && near.data)
        error_hint(err, "did you mean %.*s?", (int)near.length, near.data);
    return false;
}

/* Small letters stand for something else: "[MAX n]". */
static bool has_word(const char *syntax, struct text word)
{
    struct text rest = text_of(syntax), one;

    while (text_take_field(&rest, ' ', &one)) {
        while (one.length > 0 && strchr("[(|", one.data[0]))
            one = text_slice(one, 1, one.length);
        while (one.length > 0 && strchr("])|,", one.data[one.length - 1]))
            one = text_slice(one, 0, one.length - 1);
        if (one.length > 0 && one.data[0] <= 'Z' && text_equal_ignoring_case(one, word))
            return true;
    }
    return false;
}

static bool begins_one(struct text word)
{
    for (size_t i = 0; i < statement_count(); i++) {
        if (text_equal_ignoring_case(word_of(statement_at(i)->name, 0), word))
            return true;
    }
    return false;
}

/* An option that is not one of this statement's, or is not written as it is. */
void statement_suggest_option(const struct lexer *lexer, const struct statement *statement,
    struct error *err)
{
    const struct token *token = &lexer->token;
    struct text first = word_of(statement->name, 0);

    if (err->code != ERROR_USAGE || err->hint[0] || token->kind != TOKEN_WORD ||
        err->line != token->line || err->column != token->column)
        return;
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *many = statement_at(i);

        if (many == statement || !text_equal(word_of(many->name, 0), first) ||
            !text_is(word_of(many->name, 1), "MANY") || has_word(statement->syntax, token->text) ||
            !has_word(many->syntax, token->text))
            continue;
        error_hint(err, "%.*s belongs to %.*s MANY", (int)token->text.length, token->text.data,
            (int)first.length, first.data);
        return;
    }
    if (!suggest_instead(token->text, err) &&
        !suggest_word(token->text, text_of(statement->syntax), err) &&
        token->line > lexer->last.line && begins_one(token->text))
        error_hint(err, "a semicolon ends a statement, a newline does not");
}
