#include "panels/prompt_private.h"

#include <readline/readline.h>

static int line_count(struct text text)
{
    int rows = 1;

    for (size_t i = 0; i < text.length; i++)
        rows += text.data[i] == '\n';
    return rows;
}

int prompt_rows(const struct prompt *prompt, int limit)
{
    int rows = prompt->open ? line_count(text_make(rl_line_buffer, (size_t)rl_end)) : 1;

    return rows < limit ? rows : limit;
}

/* Readline's prompt without the bytes 1 and 2 that mark what is not printed. */
static struct text shown_prompt(char *out, size_t size)
{
    const char *prompt = rl_display_prompt ? rl_display_prompt : "";
    size_t length = 0;

    for (; *prompt && length + 1 < size; prompt++)
        if (*prompt != 1 && *prompt != 2)
            out[length++] = *prompt;
    out[length] = '\0';
    return text_make(out, length);
}

/* Columns to skip so that the cursor is inside: by quarters, so that the line rests mostly. */
static int scroll_of(int cursor, int width)
{
    int step = width / 4 > 0 ? width / 4 : 1;

    if (cursor < width)
        return 0;
    return (cursor - width) / step * step + step;
}

void prompt_paint(const struct prompt *prompt, const struct canvas *canvas, enum role role)
{
    char label[128];
    struct text head = shown_prompt(label, sizeof label), line = {0};
    struct text rest = text_make(rl_line_buffer, (size_t)rl_end);
    int indent, at_row = line_count(text_make(rl_line_buffer, (size_t)rl_point)) - 1, row = 0;
    int first = at_row >= canvas->height ? at_row - canvas->height + 1 : 0, width = canvas->width;

    canvas_clear(canvas, role);
    if (prompt->vi_mode && width > 20) {
        canvas_string(canvas, 0, width - 2, 1, ROLE_DIM,
            rl_get_keymap() == vi_movement_keymap ? "N" : "I");
        width -= 3;
    }
    indent = canvas_columns(canvas, head);
    if (indent > width / 2)
        indent = width / 2;
    if (first == 0)
        canvas_text(canvas, 0, 0, indent, ROLE_PROMPT, head);
    do {
        struct text before;
        int cursor = -1, skip = 0;

        if (!text_take_until(&rest, '\n', &line)) {
            line = rest;
            rest = text_slice(rest, rest.length, rest.length);
        }
        if (row == at_row) {
            before = text_make(line.data, (size_t)(rl_line_buffer + rl_point - line.data));
            cursor = canvas_columns(canvas, before);
            skip = scroll_of(cursor, width - indent - 1);
        }
        if (row >= first && row - first < canvas->height) {
            canvas_scrolled(canvas, row - first, indent, width - indent, role, line, skip);
            if (cursor >= 0)
                canvas_cursor(canvas, row - first, indent + cursor - skip);
        }
        row++;
    } while (rest.length > 0 || row <= at_row);
}
