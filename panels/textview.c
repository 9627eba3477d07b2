#include "panels/textview.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "panels/filter.h"

enum { TEXT_LIMIT = 8 * 1024 * 1024, PAN = 8, GUTTER = 5 };

void textview_init(struct textview *view)
{
    *view = (struct textview){0};
    buf_init(&view->text, TEXT_LIMIT);
}

void textview_done(struct textview *view)
{
    buf_done(&view->text);
    mem_free(view->line);
    view->line = NULL;
    view->lines = view->capacity = 0;
}

static bool add_line(struct textview *view, size_t offset)
{
    if (view->lines + 2 > view->capacity) {
        size_t capacity = view->capacity ? view->capacity * 2 : 64;
        size_t *line = mem_resize(view->line, capacity, sizeof *line);

        if (!line)
            return false;
        view->line = line;
        view->capacity = capacity;
    }
    view->line[view->lines++] = offset;
    view->line[view->lines] = view->text.length;
    return true;
}

/* Where lines begin; wrapped ones begin at a blank near the edge as well. */
static void find_lines(struct textview *view)
{
    size_t start = 0, limit = view->width > 4 ? (size_t)view->width - 3 : 1;
    struct text text = buf_view(&view->text);

    view->lines = 0;
    while (start < text.length && add_line(view, start)) {
        size_t end = text_find(text, TEXT("\n"), start);

        if (end == SIZE_MAX)
            end = text.length;
        if (view->wrap && end - start > limit) {
            end = start + limit;
            while (end > start && text.data[end] != ' ')
                end--;
            if (end == start) {
                end = start + limit;
                while (end > start + 1 && (text.data[end] & 0xc0) == 0x80)
                    end--;
            } else {
                end++;
            }
            start = end;
            continue;
        }
        start = end + 1;
    }
}

void textview_set(struct textview *view, struct text text, bool json)
{
    buf_clear(&view->text);
    buf_add_text(&view->text, text_slice(text, 0, TEXT_LIMIT - 1));
    view->json = json;
    view->skip = 0;
    view->list.cursor = view->list.top = 0;
    find_lines(view);
}

struct text textview_line(const struct textview *view, size_t index)
{
    struct text text = buf_view(&view->text);
    size_t end;

    if (index >= view->lines)
        return TEXT("");
    end = index + 1 < view->lines ? view->line[index + 1] : text.length;
    while (end > view->line[index] && text.data[end - 1] == '\n')
        end--;
    return text_slice(text, view->line[index], end);
}

void textview_fit(struct textview *view, int width, int height)
{
    if (view->width != width) {
        view->width = width;
        if (view->wrap)
            find_lines(view);
    }
    list_fit(&view->list, view->lines, height);
}

bool textview_act(struct textview *view, const char *action, const char *argument)
{
    int64_t rows;

    if (list_act(&view->list, action, argument))
        return true;
    if (!strcmp(action, "toggle-wrap")) {
        view->wrap = !view->wrap;
        view->skip = 0;
        find_lines(view);
    } else if (!strcmp(action, "column-next") || !strcmp(action, "unfold")) {
        view->skip += view->wrap ? 0 : PAN;
    } else if (!strcmp(action, "column-previous") || !strcmp(action, "fold")) {
        view->skip = view->skip > PAN ? view->skip - PAN : 0;
    } else if (!strcmp(action, "column-first")) {
        view->skip = 0;
    } else if (!strcmp(action, "scroll") && text_to_integer(text_of(argument), -100, 100, &rows)) {
        list_scroll(&view->list, (int)rows);
    } else if (!strcmp(action, "click") && text_to_integer(text_of(argument), 0, 1000, &rows)) {
        list_move(&view->list, view->list.top + (size_t)rows);
    } else {
        return false;
    }
    return true;
}

bool textview_find(struct textview *view, struct text needle, bool forward)
{
    size_t at = view->list.cursor;

    for (size_t step = 0; step < view->lines; step++) {
        at = forward ? (at + 1) % view->lines : (at + view->lines - 1) % view->lines;
        if (filter_finds(textview_line(view, at), needle)) {
            list_move(&view->list, at);
            return true;
        }
    }
    return false;
}

static enum role word_role(struct text word)
{
    char c = word.data[0];

    if ((c >= '0' && c <= '9') || c == '-')
        return ROLE_TYPE_N;
    if (text_is(word, "true") || text_is(word, "false"))
        return ROLE_TYPE_BOOL;
    if (text_is(word, "null"))
        return ROLE_NULL;
    return ROLE_TEXT;
}

/* The next token of a line of JSON: a string, a word, or one other character. */
static struct text take_token(struct text *rest)
{
    size_t end = 1;
    struct text token;

    if (rest->data[0] == '"') {
        while (end < rest->length && rest->data[end] != '"')
            end += rest->data[end] == '\\' ? 2 : 1;
        end = end < rest->length ? end + 1 : rest->length;
    } else if (!strchr(" ,:[]{}<>()", rest->data[0])) {
        while (end < rest->length && !strchr(" ,:[]{}<>()\"", rest->data[end]))
            end++;
    }
    token = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->length);
    return token;
}

static void paint_json(const struct canvas *canvas, int row, int left, int skip, struct text line)
{
    int column = left - skip;

    while (line.length > 0 && column < canvas->width) {
        struct text token = take_token(&line), after = line;
        enum role role = word_role(token);
        int columns = canvas_columns(canvas, token), hidden;

        while (after.length > 0 && after.data[0] == ' ')
            after = text_slice(after, 1, after.length);
        if (token.data[0] == '"')
            role = after.length > 0 && after.data[0] == ':' ? ROLE_KEY_SK : ROLE_TYPE_S;
        hidden = column < left ? left - column : 0;
        if (columns > hidden)
            canvas_scrolled(canvas, row, column + hidden, canvas->width - column - hidden, role,
                token, hidden);
        column += columns;
    }
}

void textview_paint(const struct textview *view, const struct canvas *canvas, bool focused,
    bool numbered)
{
    int left = numbered && canvas->width > 40 ? 1 + GUTTER : 2;

    for (int row = 0; row < canvas->height; row++) {
        size_t index = view->list.top + (size_t)row;
        struct text line;

        if (index >= view->lines)
            return;
        line = textview_line(view, index);
        if (left > 2)
            canvas_format(canvas, row, 1, GUTTER - 1, ROLE_GUTTER, "%3zu", index + 1);
        if (view->json)
            paint_json(canvas, row, left, view->skip, line);
        else
            canvas_scrolled(canvas, row, left, canvas->width - left, ROLE_TEXT, line, view->skip);
        if (index != view->list.cursor)
            continue;
        canvas_string(canvas, row, 0, 1, ROLE_TITLE, ">");
        if (focused)
            canvas_cursor(canvas, row, 0);
    }
}
