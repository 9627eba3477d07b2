#include "console/language/lexer.h"

#include <stdint.h>

/*
 * A light walk over quotes, comments and brackets: enough to tell whether Enter may submit. What
 * is wrong otherwise is the parser's to say.
 */

struct scan {
    struct text input;
    size_t at;
    size_t depth;
    bool any;
};

static bool at_pair(const struct scan *scan, char first, char second)
{
    return scan->at + 1 < scan->input.length && scan->input.data[scan->at] == first &&
           scan->input.data[scan->at + 1] == second;
}

static bool skip_quoted(struct scan *scan, char quote)
{
    for (scan->at++; scan->at < scan->input.length; scan->at++) {
        char c = scan->input.data[scan->at];

        if (c == '\\' && quote == '"')
            scan->at++;
        else if (c == quote && at_pair(scan, quote, quote))
            scan->at++;
        else if (c == quote)
            return true;
    }
    return false;
}

static bool skip_block(struct scan *scan)
{
    size_t depth = 0;

    for (; scan->at < scan->input.length; scan->at++) {
        if (at_pair(scan, '/', '*')) {
            depth++;
            scan->at++;
        } else if (at_pair(scan, '*', '/')) {
            depth--;
            scan->at++;
            if (depth == 0)
                return true;
        }
    }
    return false;
}

static bool at_line_comment(const struct scan *scan)
{
    size_t next = scan->at + 2;

    return at_pair(scan, '-', '-') &&
           (next >= scan->input.length || scan->input.data[next] == ' ' ||
               scan->input.data[next] == '\t' || scan->input.data[next] == '\n' ||
               scan->input.data[next] == '\r' || scan->input.data[next] == '\f');
}

static void skip_line(struct scan *scan)
{
    while (scan->at < scan->input.length && scan->input.data[scan->at] != '\n')
        scan->at++;
}

/* False when what opens here is not closed. */
static bool scan_one(struct scan *scan, char c)
{
    if (at_line_comment(scan)) {
        skip_line(scan);
        return true;
    }
    if (at_pair(scan, '/', '*'))
        return skip_block(scan);
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == ';')
        return true;
    if (c == '\\' && !scan->any) {
        skip_line(scan);
        scan->any = true;
        return true;
    }
    scan->any = true;
    if (c == '\'' || c == '"' || c == '`')
        return skip_quoted(scan, c);
    if (c == '(' || c == '[' || c == '{')
        scan->depth++;
    else if ((c == ')' || c == ']' || c == '}') && scan->depth > 0)
        scan->depth--;
    return true;
}

enum lexer_state lexer_scan(struct text input)
{
    struct scan scan = {.input = input};

    for (; scan.at < input.length; scan.at++) {
        if (!scan_one(&scan, input.data[scan.at]))
            return LEXER_NEEDS_MORE;
    }
    if (!scan.any)
        return LEXER_EMPTY;
    return scan.depth > 0 ? LEXER_NEEDS_MORE : LEXER_COMPLETE;
}

bool lexer_may_have_with(struct lexer *lexer)
{
    const char *start = lexer->input.data, *at = start + lexer->token.offset;
    const char *end = start + (lexer->input.length < 4 ? 0 : lexer->input.length - 3);

    if (lexer->next_with > lexer->token.offset)
        return lexer->next_with != SIZE_MAX;
    while (at < end && ((*at | 0x20) != 'w' || !text_is_ignoring_case(text_make(at, 4), "with")))
        at++;
    lexer->next_with = at < end ? (size_t)(at - start) : SIZE_MAX;
    return at < end;
}
