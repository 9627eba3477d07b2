#include "console/language/lexer.h"

#include <stdint.h>

#include "base/json_scan.h"

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

/* Offset of the next w or W at or after at, or the length. */
static size_t find_w(struct text text, size_t at)
{
    while (text.length - at >= JSON_SCAN_WORD) {
        uint64_t folded = json_scan_load(text.data + at) | JSON_SCAN_ONES * 0x20;
        uint64_t found = json_scan_equal(folded, 'w');

        if (found)
            return at + json_scan_first(found);
        at += JSON_SCAN_WORD;
    }
    while (at < text.length && (text.data[at] | 0x20) != 'w')
        at++;
    return at;
}

bool lexer_may_have_with(struct lexer *lexer)
{
    size_t at = lexer->token.offset, length = lexer->input.length;

    if (lexer->next_with > at)
        return lexer->next_with != SIZE_MAX;
    while ((at = find_w(lexer->input, at)) < length &&
           !text_is_ignoring_case(text_slice(lexer->input, at, at + 4), "with"))
        at++;
    lexer->next_with = at < length ? at : SIZE_MAX;
    return at < length;
}
