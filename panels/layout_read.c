#include "panels/layout_private.h"

#include <stdio.h>
#include <string.h>

struct cursor {
    struct text rest;
    struct layout *layout;
    struct error *err;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->rest.length > 0 && strchr(" \t\n", cursor->rest.data[0]))
        cursor->rest = text_slice(cursor->rest, 1, cursor->rest.length);
}

static bool take_char(struct cursor *cursor, char c)
{
    skip_blanks(cursor);
    if (cursor->rest.length == 0 || cursor->rest.data[0] != c)
        return false;
    cursor->rest = text_slice(cursor->rest, 1, cursor->rest.length);
    return true;
}

static struct text take_while(struct cursor *cursor, const char *set)
{
    size_t end = 0;
    struct text word;

    skip_blanks(cursor);
    while (
        end < cursor->rest.length && cursor->rest.data[end] && strchr(set, cursor->rest.data[end]))
        end++;
    word = text_slice(cursor->rest, 0, end);
    cursor->rest = text_slice(cursor->rest, end, cursor->rest.length);
    return word;
}

static const char word_set[] = "abcdefghijklmnopqrstuvwxyz-_";
static const char digit_set[] = "0123456789";

static enum error_code expected(struct cursor *cursor, const char *what)
{
    struct text at = text_slice(cursor->rest, 0, 20);

    if (at.length == 0)
        return error_set(cursor->err, ERROR_USAGE, "layout: %s expected at the end", what);
    return error_set(cursor->err, ERROR_USAGE, "layout: %s expected at '%.*s'", what,
        (int)at.length, at.data);
}

/* [size:] cols(..) | rows(..) | tabs(..) | name. Depth is bounded by the number of nodes. */
static enum error_code read_node(struct cursor *cursor, int parent)
{
    struct text word = take_while(cursor, digit_set);
    struct layout_node *node;
    int64_t size = 0;
    bool is_share = false;
    enum layout_kind kind = LAYOUT_LEAF;
    int index;

    if (word.length > 0) {
        is_share = take_char(cursor, '%');
        if (!text_to_integer(word, 1, is_share ? 99 : 999, &size) || !take_char(cursor, ':'))
            return expected(cursor, "a size such as 26: or 30%:");
    }
    word = take_while(cursor, word_set);
    if (word.length == 0 || word.length >= LAYOUT_NAME)
        return expected(cursor, "cols, rows, tabs or the name of a panel");
    if (text_is(word, "cols"))
        kind = LAYOUT_COLS;
    else if (text_is(word, "rows"))
        kind = LAYOUT_ROWS;
    else if (text_is(word, "tabs"))
        kind = LAYOUT_TABS;
    index = layout_add_node(cursor->layout, parent, kind);
    if (index < 0)
        return error_set(cursor->err, ERROR_LIMIT, "layout: more than %d nodes", LAYOUT_NODES);
    node = &cursor->layout->node[index];
    node->size = (int)(is_share ? size * 10 : size);
    node->is_share = is_share;
    if (kind == LAYOUT_LEAF) {
        memcpy(node->name, word.data, word.length);
        return ERROR_NONE;
    }
    if (!take_char(cursor, '('))
        return expected(cursor, "(");
    do {
        if (read_node(cursor, index))
            return cursor->err->code;
    } while (take_char(cursor, ','));
    return take_char(cursor, ')') ? ERROR_NONE : expected(cursor, ", or )");
}

/* w>=160, h<40 */
static enum error_code read_comparison(struct cursor *cursor, int width, int height, bool *holds)
{
    struct text word = take_while(cursor, word_set), operator, number;
    int64_t value, actual = text_is(word, "w") ? width : height;

    if (!text_is(word, "w") && !text_is(word, "h"))
        return expected(cursor, "w or h");
    operator= take_while(cursor, "<>=");
    number = take_while(cursor, digit_set);
    if (!text_to_integer(number, 0, 9999, &value))
        return expected(cursor, "a number");
    if (text_is(operator, "<"))
        *holds = actual < value;
    else if (text_is(operator, "<="))
        *holds = actual <= value;
    else if (text_is(operator, ">"))
        *holds = actual > value;
    else if (text_is(operator, ">="))
        *holds = actual >= value;
    else
        return expected(cursor, "< <= > or >=");
    return ERROR_NONE;
}

static enum error_code read_condition(struct cursor *cursor, int width, int height, bool *holds)
{
    bool one = false;

    if (read_comparison(cursor, width, height, holds))
        return cursor->err->code;
    for (;;) {
        struct cursor before = *cursor;
        struct text word = take_while(cursor, word_set);

        if (!text_is(word, "and") && !text_is(word, "or")) {
            *cursor = before;
            return ERROR_NONE;
        }
        if (read_comparison(cursor, width, height, &one))
            return cursor->err->code;
        *holds = text_is(word, "and") ? *holds && one : *holds || one;
    }
}

/* "tabs" alone: the leaves of all alternatives so far, in order, as tabs. */
static bool take_all_tabs(struct cursor *cursor)
{
    struct cursor before = *cursor;

    if (text_is(take_while(cursor, word_set), "tabs")) {
        skip_blanks(cursor);
        if (cursor->rest.length == 0 || cursor->rest.data[0] == ';')
            return true;
    }
    *cursor = before;
    return false;
}

static const char *const all_panels[] = {"tables", "routes", "items", "metrics", "log", "item",
    "results", "route", "journal"};

static void make_all_tabs(struct layout *layout, const struct layout *from)
{
    struct layout old = *from;
    int leaf[LAYOUT_NODES], count = layout_numbered(&old, leaf, LAYOUT_NODES);

    *layout = (struct layout){0};
    (void)layout_add_node(layout, -1, LAYOUT_TABS);
    for (int i = 0; i < count; i++) {
        int node = layout_add_node(layout, 0, LAYOUT_LEAF);

        memcpy(layout->node[node].name, old.node[leaf[i]].name, LAYOUT_NAME);
    }
    for (size_t i = 0; i < sizeof all_panels / sizeof *all_panels; i++) {
        int node;

        if (layout_find(layout, all_panels[i]) >= 0)
            continue;
        node = layout_add_node(layout, 0, LAYOUT_LEAF);
        if (node >= 0)
            snprintf(layout->node[node].name, LAYOUT_NAME, "%s", all_panels[i]);
    }
}

enum error_code layout_parse(struct text source, int width, int height, struct layout *out,
    struct error *err)
{
    struct layout chosen = {0}, found;
    struct cursor cursor = {source, &found, err};
    bool holds = true;

    for (int alternative = 0;; alternative++) {
        found = (struct layout){0};
        if (alternative > 0) {
            if (read_condition(&cursor, width, height, &holds))
                return err->code;
            if (!take_char(&cursor, ':'))
                return expected(&cursor, ":");
        }
        if (take_all_tabs(&cursor))
            make_all_tabs(&found, &chosen);
        else if (read_node(&cursor, -1))
            return err->code;
        if (holds)
            chosen = found;
        if (!take_char(&cursor, ';'))
            break;
    }
    skip_blanks(&cursor);
    if (cursor.rest.length > 0)
        return expected(&cursor, "; or the end");
    *out = chosen;
    return ERROR_NONE;
}
