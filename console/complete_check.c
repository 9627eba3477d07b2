#include "console/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "console/language/lexer.h"
#include "console/language/parser.h"
#include "console/statement.h"

/* Whether a line parses, and what is missing when it does not. */

enum { PARSE_LIMIT = 16 * 1024 * 1024 };

enum outcome { OUTCOME_EMPTY, OUTCOME_GOOD, OUTCOME_SHORT, OUTCOME_WRONG };

/* Parses all statements of the line; last: the record of the last one, or NULL. */
static enum outcome try_parse(struct session *session, struct arena *arena, struct text line,
    const struct statement **last, struct error *err)
{
    struct language_context context = session_language(session);
    struct lexer lexer;
    enum outcome outcome = OUTCOME_EMPTY;

    *last = NULL;
    context.now = clock_wall();
    lexer_init(&lexer, line, arena);
    lexer.context = &context;
    for (;;) {
        bool empty = false;
        struct tree *tree = statement_parse(&lexer, "<prompt>", &empty, err);

        if (tree) {
            *last = tree->statement;
            outcome = OUTCOME_GOOD;
        } else if (!empty && context.is_only_missing) {
            outcome = OUTCOME_GOOD; /* they are asked for */
        } else if (!empty) {
            return lexer.wants_more && lexer.token.kind == TOKEN_END ? OUTCOME_SHORT
                                                                     : OUTCOME_WRONG;
        }
        if (lexer.token.kind != TOKEN_SEMICOLON)
            return outcome;
        lexer_take(&lexer);
    }
}

/* "expected FROM, found the end of the statement" is "FROM" to somebody who is still typing. */
static void say_expected(const char *text, char *out, size_t size)
{
    const char *found = strstr(text, ", found the end");

    if (strncmp(text, "expected ", 9) == 0 && found)
        snprintf(out, size, "next: %.*s", (int)(found - text - 9), text + 9);
    else
        snprintf(out, size, "%s", text);
}

void complete_hint(struct session *session, struct text line, char *out, size_t size)
{
    struct error err = {.code = ERROR_NONE};
    struct arena *arena = arena_new(PARSE_LIMIT, &err);
    const struct statement *last = NULL;

    out[0] = '\0';
    if (!arena)
        return;
    switch (try_parse(session, arena, line, &last, &err)) {
    case OUTCOME_EMPTY:
        break;
    case OUTCOME_GOOD:
        if (last)
            snprintf(out, size, "%s %s", last->name, last->syntax);
        break;
    case OUTCOME_SHORT:
        say_expected(err.text, out, size);
        break;
    case OUTCOME_WRONG:
        if (err.column > 0)
            snprintf(out, size, "column %d: %s", err.column, err.text);
        else
            snprintf(out, size, "%s", err.text);
        break;
    }
    arena_free(arena);
}

static bool ends_with_semicolon(struct text line)
{
    line = text_trim(line);
    return line.length > 0 && (line.data[line.length - 1] == ';' || line.data[0] == '\\');
}

/* One line of a small screen: what was meant goes before what was expected. */
static void say_wrong(const struct error *err, char *out, size_t size)
{
    if (text_starts_with(text_of(err->hint), TEXT("did you mean ")))
        snprintf(out, size, "%s %s", err->hint, err->text);
    else
        snprintf(out, size, "%s%s%s", err->text, err->hint[0] ? "; " : "", err->hint);
}

int complete_check(struct session *session, struct text line, char *message, size_t size,
    int *column)
{
    struct error err = {.code = ERROR_NONE};
    struct arena *arena;
    const struct statement *last;
    int answer = 1;

    if (size > 0)
        message[0] = '\0';
    *column = 0;
    switch (lexer_scan(line)) {
    case LEXER_EMPTY:
        return 1;
    case LEXER_NEEDS_MORE:
        return 0;
    case LEXER_COMPLETE:
        break;
    }
    if (strcmp(session->settings.enter, "semicolon") == 0 && !ends_with_semicolon(line))
        return 0;
    arena = arena_new(PARSE_LIMIT, &err);
    if (!arena)
        return 1;
    switch (try_parse(session, arena, line, &last, &err)) {
    case OUTCOME_EMPTY:
    case OUTCOME_GOOD:
        break;
    case OUTCOME_SHORT:
        answer = 0;
        break;
    case OUTCOME_WRONG:
        answer = -1;
        *column = err.column;
        say_wrong(&err, message, size);
        break;
    }
    arena_free(arena);
    return answer;
}
