#include "panels/screen_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/editor.h"
#include "base/width.h"

void host_emit(struct host *host, enum screen_target target, const char *who, const char *statement)
{
    const struct screen_callbacks *callbacks = &host->options->callbacks;

    if (callbacks->emit && *statement)
        callbacks->emit(callbacks->user, statement, target, who);
}

void host_emit_format(struct host *host, enum screen_target target, const char *format, ...)
{
    struct buf statement;
    va_list list;

    buf_init(&statement, 1024 * 1024);
    va_start(list, format);
    buf_add_format_list(&statement, format, list);
    va_end(list);
    if (statement.failure)
        host_message(host, MESSAGE_ERROR, "out of memory");
    else
        host_emit(host, target, "key", buf_string(&statement));
    buf_done(&statement);
}

void screen_message(struct screen *screen, enum screen_message kind, const char *text)
{
    struct message *message = &screen->message[screen->message_next];
    struct buf safe;

    buf_init(&safe, 64 * 1024);
    text_add_safe(&safe, text_of(text));
    message->kind = kind;
    snprintf(message->text, sizeof message->text, "%s", buf_string(&safe));
    buf_done(&safe);
    screen->message_next = (screen->message_next + 1) % MESSAGE_COUNT;
    if (screen->message_count < MESSAGE_COUNT)
        screen->message_count++;
    screen_dirty(screen);
}

void host_message(struct host *host, enum screen_message kind, const char *format, ...)
{
    char line[MESSAGE_SIZE];
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    screen_message(screen_of(host), kind, line);
}

struct panel *host_panel(struct host *host, const char *name)
{
    int index = screen_panel_index(screen_of(host), name);

    return index < 0 ? NULL : &screen_of(host)->panel[index];
}

void host_show(struct host *host, const char *name, bool focus)
{
    screen_show_panel(screen_of(host), screen_panel_index(screen_of(host), name), focus);
}

void screen_prompt(struct screen *screen, const char *text, size_t cursor)
{
    screen_open_prompt(screen, text, cursor);
}

void host_prompt(struct host *host, const char *text)
{
    screen_open_prompt(screen_of(host), text, SIZE_MAX);
}

void host_confirm(struct host *host, const char *question, const char *details,
    enum screen_target target, const char *statement)
{
    struct screen *screen = screen_of(host);

    terminal_discard_input(screen->terminal);
    dialog_open(&screen->dialog, question, details, NULL);
    screen->dialog_is_ours = true;
    screen->dialog_target = target;
    buf_clear(&screen->dialog_statement);
    buf_add_string(&screen->dialog_statement, statement);
    screen_dirty(screen);
}

void host_menu(struct host *host, const char *title, const struct host_choice *choice, size_t count)
{
    struct screen *screen = screen_of(host);

    picker_begin(screen->picker, title, false);
    for (size_t i = 0; i < count; i++)
        picker_add(screen->picker, choice[i].label, "", choice[i].help, choice[i].action,
            choice[i].target);
    picker_show(screen->picker);
    screen_dirty(screen);
}

void host_add_time(const struct host *host, struct buf *out, uint64_t wall)
{
    uint64_t now = clock_wall(), ago = now > wall ? (now - wall) / CLOCK_SECOND : 0;

    if (host->time != HOST_AGO) {
        clock_add_time_of_day(out, wall);
        return;
    }
    if (ago < 60)
        buf_add_format(out, "%us ago", (unsigned)ago);
    else if (ago < 3600)
        buf_add_format(out, "%um ago", (unsigned)(ago / 60));
    else
        buf_add_format(out, "%uh ago", (unsigned)(ago / 3600));
}

void host_edit_field(struct host *host, const char *text)
{
    struct screen *screen = screen_of(host);

    screen->field_open = true;
    prompt_open(screen->prompt, PROMPT_FIELD, "", text, strlen(text));
    screen_dirty(screen);
}

bool host_field_is_open(const struct host *host)
{
    return host->screen->field_open;
}

void host_paint_field(const struct host *host, const struct canvas *canvas, int row, int column,
    int width)
{
    struct canvas field = canvas_part(canvas, row, column, 1, width);

    if (field.width > 0)
        prompt_paint(host->screen->prompt, &field, ROLE_TEXT);
}

/* --- $EDITOR --- */

enum { EDIT_LIMIT = 4 * 1024 * 1024 };

static int run_editor(void *user, char *const arguments[], struct error *err)
{
    return terminal_run(user, arguments, err);
}

enum error_code screen_edit(struct screen *screen, const char *suffix, struct buf *text,
    struct error *err)
{
    enum error_code code = editor_edit(suffix, text, run_editor, screen->terminal, err);
    struct error ignored;

    terminal_size(screen->terminal, &screen->width, &screen->height);
    if (!surface_resize(&screen->surface, screen->width, screen->height, &ignored))
        screen_arrange(screen);
    screen_dirty(screen);
    return code;
}

bool host_edit(struct host *host, const char *suffix, struct buf *text)
{
    struct screen *screen = screen_of(host);
    struct buf before;
    struct error err;
    bool changed = false;

    buf_init(&before, EDIT_LIMIT);
    buf_add_text(&before, buf_view(text));
    if (screen_edit(screen, suffix, text, &err))
        host_message(host, MESSAGE_ERROR, "%s", err.text);
    else if (text_equal(buf_view(&before), buf_view(text)))
        host_message(host, MESSAGE_NOTE, "nothing is changed");
    else
        changed = true;
    buf_done(&before);
    return changed;
}
