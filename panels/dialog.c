#include "panels/dialog.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_LIMIT = 256 * 1024, NAME_LIMIT = 512, WIDTH = 84 };

void dialog_init(struct dialog *dialog)
{
    *dialog = (struct dialog){0};
    buf_init(&dialog->question, NAME_LIMIT * 4);
    buf_init(&dialog->details, TEXT_LIMIT);
    buf_init(&dialog->name, NAME_LIMIT);
    buf_init(&dialog->typed, NAME_LIMIT);
}

void dialog_done(struct dialog *dialog)
{
    buf_done(&dialog->question);
    buf_done(&dialog->details);
    buf_done(&dialog->name);
    buf_done(&dialog->typed);
}

void dialog_open(struct dialog *dialog, const char *question, const char *details, const char *name)
{
    buf_clear(&dialog->question);
    buf_clear(&dialog->details);
    buf_clear(&dialog->name);
    buf_clear(&dialog->typed);
    buf_add_string(&dialog->question, question);
    buf_add_string(&dialog->details, details ? details : "");
    buf_add_string(&dialog->name, name ? name : "");
    while (dialog->details.length > 0 && dialog->details.data[dialog->details.length - 1] == '\n')
        buf_cut(&dialog->details, dialog->details.length - 1);
    dialog->list = (struct list){0};
    dialog->wrong = false;
    dialog->is_code = false;
    dialog->open = true;
}

void dialog_open_code(struct dialog *dialog, const char *question)
{
    dialog_open(dialog, question, NULL, NULL);
    dialog->is_code = true;
}

void dialog_close(struct dialog *dialog)
{
    dialog->open = false;
}

static enum dialog_answer type_key(struct dialog *dialog, struct key key)
{
    dialog->wrong = false;
    if (key.code == KEYS_ENTER) {
        if (dialog->typed.length == 0)
            return DIALOG_NO;
        if (dialog->is_code || text_equal(buf_view(&dialog->typed), buf_view(&dialog->name)))
            return DIALOG_YES;
        dialog->wrong = true;
        buf_clear(&dialog->typed);
        return DIALOG_CHANGED;
    }
    if (key.code == KEYS_BACKSPACE) {
        size_t length = dialog->typed.length;

        while (length > 0 && (dialog->typed.data[--length] & 0xc0) == 0x80)
            continue;
        buf_cut(&dialog->typed, length);
    } else if (key.code == 21) { /* ^U */
        buf_clear(&dialog->typed);
    } else if (keys_is_text(key) && dialog->typed.length + 8 < NAME_LIMIT) {
        buf_add_utf8(&dialog->typed, key.code);
    }
    return DIALOG_CHANGED;
}

enum dialog_answer dialog_key(struct dialog *dialog, struct key key)
{
    bool types = dialog->name.length > 0 || dialog->is_code;

    if (key.alt || key.code == KEYS_PASTE)
        return DIALOG_NONE;
    switch (key.code) {
    case KEYS_ESCAPE:
    case KEYS_CTRL_C:
        return DIALOG_NO;
    case KEYS_DOWN:
    case KEYS_WHEEL_DOWN:
        list_scroll(&dialog->list, 1);
        return DIALOG_CHANGED;
    case KEYS_UP:
    case KEYS_WHEEL_UP:
        list_scroll(&dialog->list, -1);
        return DIALOG_CHANGED;
    case KEYS_PAGE_DOWN:
        list_scroll(&dialog->list, dialog->list.height);
        return DIALOG_CHANGED;
    case KEYS_PAGE_UP:
        list_scroll(&dialog->list, -dialog->list.height);
        return DIALOG_CHANGED;
    default:
        break;
    }
    if (types)
        return type_key(dialog, key);
    if (key.code == 'y' || key.code == 'Y')
        return DIALOG_YES;
    if (key.code == 'n' || key.code == 'N' || key.code == KEYS_ENTER || key.code == 'q')
        return DIALOG_NO;
    if (key.code == 'j' || key.code == 'k')
        list_scroll(&dialog->list, key.code == 'j' ? 1 : -1);
    return DIALOG_CHANGED;
}

static enum role line_role(struct text line)
{
    struct text start = text_trim(line);

    if (text_starts_with(start, TEXT("+ ")))
        return ROLE_DIFF_ADD;
    if (text_starts_with(start, TEXT("- ")))
        return ROLE_DIFF_DEL;
    if (text_starts_with(start, TEXT("~ ")))
        return ROLE_STAGED_CHANGE;
    return ROLE_TEXT;
}

static int count_lines(struct text text)
{
    int lines = text.length > 0;

    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    return lines;
}

/* Breaks text at blanks; returns the rows used. Draws nothing when canvas is NULL. */
static int draw_wrapped(const struct canvas *canvas, int row, int width, enum role role,
    struct text text)
{
    int rows = 0;

    while (text.length > 0) {
        size_t end = text.length, limit = width > 0 ? (size_t)width : 1;

        if (end > limit) {
            end = limit;
            while (end > 0 && text.data[end] != ' ')
                end--;
            if (end == 0)
                end = limit;
        }
        if (canvas)
            canvas_text(canvas, row + rows, 1, width, role, text_slice(text, 0, end));
        rows++;
        text = text_trim(text_slice(text, end, text.length));
    }
    return rows;
}

static void draw_details(struct dialog *dialog, const struct canvas *inside, int row, int height)
{
    struct text rest = buf_view(&dialog->details), line = {0};
    size_t index = 0;

    while (text_take_field(&rest, '\n', &line)) {
        if (index >= dialog->list.top && index < dialog->list.top + (size_t)height)
            canvas_text(inside, row + (int)(index - dialog->list.top), 1, inside->width - 2,
                line_role(line), line);
        index++;
    }
}

static void draw_answer(const struct dialog *dialog, const struct canvas *inside, int row)
{
    int used;

    if (dialog->is_code) {
        used = canvas_string(inside, row, 1, inside->width - 2, ROLE_PROMPT, "code > ");
        for (size_t i = 0; i < dialog->typed.length && used < inside->width - 2; i++)
            used += canvas_string(inside, row, 1 + used, 1, ROLE_TEXT, "*");
        canvas_cursor(inside, row, 1 + used);
        return;
    }
    if (dialog->name.length == 0) {
        used = canvas_string(inside, row, 1, inside->width - 2, ROLE_PROMPT, "y yes   n no > ");
        canvas_cursor(inside, row, 1 + used);
        return;
    }
    if (dialog->wrong)
        canvas_string(inside, row - 1, 1, inside->width - 2, ROLE_MSG_ERROR,
            "that is another name");
    used = canvas_string(inside, row, 1, inside->width / 2, ROLE_PROMPT, "type ");
    used +=
        canvas_text(inside, row, 1 + used, inside->width / 2, ROLE_TITLE, buf_view(&dialog->name));
    used += canvas_string(inside, row, 1 + used, inside->width - used, ROLE_PROMPT, " > ");
    used += canvas_text(inside, row, 1 + used, inside->width - used - 2, ROLE_TEXT,
        buf_view(&dialog->typed));
    canvas_cursor(inside, row, 1 + used);
}

void dialog_paint(struct dialog *dialog, const struct canvas *canvas)
{
    int width = canvas->width - 4 > WIDTH ? WIDTH : canvas->width - 4;
    int lines = count_lines(buf_view(&dialog->details)), question, height, shown;
    char foot[64] = "";
    struct canvas box, inside;
    struct canvas_frame frame = {.focused = true, .title = "confirm", .others = "", .sides = true};

    if (canvas->width < 24)
        width = canvas->width;
    question = draw_wrapped(NULL, 0, width - 4, ROLE_TEXT, buf_view(&dialog->question));
    height = 2 + question + (lines ? lines + 1 : 0) + 2;
    if (height > canvas->height)
        height = canvas->height;
    shown = height - 2 - question - 2 - (lines ? 1 : 0);
    if (shown < 0)
        shown = 0;
    list_fit(&dialog->list, (size_t)lines, shown > 0 ? shown : 1);
    if (lines > shown && lines > 0)
        snprintf(foot, sizeof foot, "UP DOWN scroll  %zu-%zu/%d", dialog->list.top + 1,
            dialog->list.top + (size_t)shown, lines);
    frame.foot = foot;
    box = canvas_part(canvas, (canvas->height - height) / 2, (canvas->width - width) / 2, height,
        width);
    canvas_clear(&box, ROLE_POPUP);
    inside = canvas_framed(&box, &frame);
    draw_wrapped(&inside, 0, inside.width - 2, ROLE_TITLE, buf_view(&dialog->question));
    if (shown > 0)
        draw_details(dialog, &inside, question + 1, shown);
    draw_answer(dialog, &inside, inside.height - 1);
}
