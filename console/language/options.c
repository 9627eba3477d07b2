#include "console/language/grammar.h"

/* Options behind a statement: tables of words, so that every statement reads them alike. */

static const struct grammar_option *find(const struct lexer *lexer,
    const struct grammar_option *table)
{
    while (table->first && !parse_at_word(lexer, table->first))
        table++;
    return table->first ? table : NULL;
}

/* These say how a statement runs, not what it does. Noted to the token taken last. */
static void note_aside(const struct lexer *lexer, const struct token *first)
{
    static const char *const word_table[] = {"AT", "REJECTS", "RESUME", "WORKERS"};
    struct language_context *context = lexer->context;
    size_t end = lexer->last.offset + lexer->last.source.length, i = 0;

    while (i < sizeof word_table / sizeof *word_table &&
           !text_is_ignoring_case(first->text, word_table[i]))
        i++;
    if (context && i < sizeof word_table / sizeof *word_table &&
        context->aside_count < LANGUAGE_ASIDES)
        context->aside[context->aside_count++] = text_slice(lexer->input, first->offset, end);
}

bool grammar_options(struct lexer *lexer, const struct grammar_option *table, void *target,
    const char *expected, struct error *err)
{
    const struct grammar_option *option;
    uint64_t seen = 0, bit;
    struct token first;

    while (!parse_at_end(lexer) && !parse_at_sign(lexer, ")")) {
        option = find(lexer, table);
        if (!option)
            return parse_expected(lexer, expected, err);
        if (!option->parse) {
            if (!parse_with(lexer, err))
                return false;
            continue;
        }
        bit = UINT64_C(1) << (option - table);
        if (seen & bit)
            return parse_fail(err, &lexer->token, "%s is said twice", option->first);
        seen |= bit;
        first = lexer_take(lexer);
        if ((option->second && !parse_need_word(lexer, option->second, err)) ||
            !option->parse(lexer, target, err))
            return false;
        note_aside(lexer, &first);
    }
    return true;
}

void grammar_skip_table(struct lexer *lexer, const char *next)
{
    const struct token *after = &lexer->after;

    if (!parse_at_word(lexer, "TABLE") || after->kind == TOKEN_END ||
        after->kind == TOKEN_SEMICOLON || after->kind == TOKEN_PUNCTUATION)
        return;
    if (!next || after->kind != TOKEN_WORD || !text_is_ignoring_case(after->text, next))
        lexer_take(lexer);
}
