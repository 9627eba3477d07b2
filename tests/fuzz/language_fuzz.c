#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "console/language/parser.h"
#include "console/statement.h"

/*
 * Statements as somebody may type them: whatever the bytes, each one is a statement, nothing, or an
 * error with a place inside the text; conditions and literals that were understood are printed and
 * understood again as the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 256 * 1024 * 1024, TEXT_LIMIT = 64 * 1024 * 1024, STATEMENTS = 10000 };

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

static void check_place(struct text input, const struct error *err)
{
    int lines = 1;

    for (size_t i = 0; i < input.length; i++)
        lines += input.data[i] == '\n';
    require(err->text[0] != '\0');
    require(err->line >= 0 && err->line <= lines);
    require(err->column >= 0 && (size_t)err->column <= input.length + 1);
}

static void parse_script(struct text input, struct arena *arena)
{
    struct language_context context = {0};
    struct lexer lexer;

    lexer_init(&lexer, input, arena);
    lexer.context = &context;
    for (int i = 0; i < STATEMENTS && lexer.token.kind != TOKEN_END; i++) {
        struct error err = {0};
        bool empty;
        struct tree *tree = statement_parse(&lexer, "<fuzz>", &empty, &err);

        if (tree) {
            require(tree->statement != NULL && tree->source.length <= input.length);
        } else if (!empty) {
            if (err.code == ERROR_USAGE)
                check_place(input, &err);
            lexer_recover(&lexer);
            continue;
        }
        lexer_take(&lexer);
    }
    (void)lexer_scan(input);
}

/* Printed and read again, a value is the same value. */
static void check_literal(struct text input, struct arena *arena)
{
    struct lexer lexer;
    struct error err = {0};
    const struct value *value, *again;
    struct buf text;

    lexer_init(&lexer, input, arena);
    value = parse_literal(&lexer, &err);
    if (!value || !parse_need_end(&lexer, &err))
        return;
    buf_init(&text, TEXT_LIMIT);
    value_add_literal(&text, value);
    if (!text.failure && text.length < LEXER_STATEMENT_LIMIT) {
        lexer_init(&lexer, buf_view(&text), arena);
        again = parse_literal(&lexer, &err);
        require(again != NULL && value_equal(value, again));
    }
    buf_done(&text);
}

/* Printed and read again, a condition is printed the same. */
static void check_condition(struct text input, struct arena *arena)
{
    struct lexer lexer;
    struct error err = {0};
    struct expression *first, *second;
    struct buf text, again;

    lexer_init(&lexer, input, arena);
    first = parse_condition(&lexer, &err);
    if (!first || !parse_need_end(&lexer, &err))
        return;
    buf_init(&text, TEXT_LIMIT);
    buf_init(&again, TEXT_LIMIT);
    expression_add_text(&text, first);
    if (!text.failure && text.length < LEXER_STATEMENT_LIMIT) {
        lexer_init(&lexer, buf_view(&text), arena);
        second = parse_condition(&lexer, &err);
        require(second != NULL);
        expression_add_text(&again, second);
        require(text_equal(buf_view(&text), buf_view(&again)));
    }
    buf_done(&text);
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    long before = mem_live();
    struct text input = text_make((const char *)data, size);
    struct error err;
    struct arena *arena = arena_new(ARENA_LIMIT, &err);

    if (!arena)
        return 0;
    parse_script(input, arena);
    check_literal(input, arena);
    check_condition(input, arena);
    arena_free(arena);
    require(mem_live() == before);
    return 0;
}
