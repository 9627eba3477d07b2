#include "panels/screen_private.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/width.h"
#include "panels/clipboard.h"

static const struct {
    const char *name;
    size_t offset; /* of the pointer in struct screen_options */
} text_option_table[] = {
    {"theme", offsetof(struct screen_options, theme)},
    {"glyphs", offsetof(struct screen_options, glyphs)},
    {"graph", offsetof(struct screen_options, graph)},
    {"color", offsetof(struct screen_options, color)},
    {"cursor", offsetof(struct screen_options, cursor)},
    {"time", offsetof(struct screen_options, time)},
    {"clipboard", offsetof(struct screen_options, clipboard)},
    {"keys", offsetof(struct screen_options, keys)},
    {"theme-folder", offsetof(struct screen_options, theme_folder)},
};

enum { TEXT_OPTIONS = sizeof text_option_table / sizeof *text_option_table };

static const char **option_pointer(struct screen_options *options, size_t index)
{
    return (const char **)(void *)((char *)options + text_option_table[index].offset);
}

void screen_copy_options(struct screen *screen, const struct screen_options *options)
{
    screen->options = *options;
    for (size_t i = 0; i < TEXT_OPTIONS; i++) {
        const char **pointer = option_pointer(&screen->options, i);

        snprintf(screen->option_text[i], sizeof screen->option_text[i], "%s",
            *pointer ? *pointer : "");
        *pointer = screen->option_text[i];
    }
    if (screen->options.page <= 0)
        screen->options.page = 50;
}

/* What can be seen goes back to its default; colours and folders stay as asked. */
void screen_default_settings(struct screen *screen)
{
    static const char *const names[] = {"theme", "glyphs", "graph", "cursor", "time", "clipboard"};

    for (size_t i = 0; i < TEXT_OPTIONS; i++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            if (!strcmp(text_option_table[i].name, names[n]))
                screen->option_text[i][0] = '\0';
}

static enum error_code load_theme(struct screen *screen, struct error *err)
{
    const char *name = screen->options.theme, *installed = screen->options.theme_folder;
    struct theme *theme;
    struct buf folder, warnings;
    struct error ignored;

    if (terminal_depth(screen->terminal) == THEME_MONO)
        name = "mono";
    else if (!*name || !strcmp(name, "auto"))
        name = "terminal";
    buf_init(&folder, 4096);
    buf_init(&warnings, 4096);
    if (path_make(PATH_CONFIG, "themes", false, &folder, &ignored))
        buf_clear(&folder);
    theme = theme_load(name, folder.length ? buf_string(&folder) : NULL,
        *installed ? installed : NULL, &warnings, err);
    if (theme) {
        theme_free(screen->theme);
        screen->theme = theme;
        terminal_set_theme(screen->terminal, theme);
    }
    if (theme && warnings.length > 0) {
        struct text rest = buf_view(&warnings), line = {0};

        (void)text_take_field(&rest, '\n', &line);
        host_message(&screen->host, MESSAGE_WARNING, "%.*s", (int)line.length, line.data);
    }
    buf_done(&folder);
    buf_done(&warnings);
    return theme ? ERROR_NONE : err->code;
}

static enum error_code choose_glyphs(struct screen *screen, struct error *err)
{
    bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

    if (!glyphs_choose(&screen->glyphs, screen->options.glyphs, screen->options.graph, utf8,
            terminal_name(screen->terminal)))
        return error_set(err, ERROR_USAGE,
            "glyphs are auto, unicode or ascii; graph is auto, block, ascii or braille");
    return ERROR_NONE;
}

static enum error_code choose_words(struct screen *screen, struct error *err)
{
    const char *cursor = screen->options.cursor, *time = screen->options.time;

    if (*cursor && strcmp(cursor, "auto") != 0 && strcmp(cursor, "bar") != 0 &&
        strcmp(cursor, "marker") != 0)
        return error_set(err, ERROR_USAGE, "cursor is auto, bar or marker");
    if (*time && strcmp(time, "utc") != 0 && strcmp(time, "ago") != 0)
        return error_set(err, ERROR_USAGE, "the screen shows times as utc or ago");
    if (*screen->options.clipboard && !clipboard_setting_is_known(screen->options.clipboard))
        return error_set(err, ERROR_USAGE, "clipboard is auto, osc52, tmux, file or off");
    screen->host.time = !strcmp(time, "ago") ? HOST_AGO : HOST_UTC;
    return ERROR_NONE;
}

enum error_code screen_apply_settings(struct screen *screen, struct error *err)
{
    const char *cursor = screen->options.cursor;

    if (choose_words(screen, err) || choose_glyphs(screen, err) || load_theme(screen, err))
        return err->code;
    screen->surface.cursor_row_marker =
        !strcmp(cursor, "marker") || theme_has_marker_cursor(screen->theme) ||
        (strcmp(cursor, "bar") != 0 && terminal_is_slow(screen->terminal));
    screen_dirty(screen);
    return ERROR_NONE;
}

enum error_code screen_set(struct screen *screen, const char *setting, const char *value,
    struct error *err)
{
    int64_t number;

    for (size_t i = 0; i < TEXT_OPTIONS; i++) {
        char before[sizeof screen->option_text[i]];

        if (strcmp(setting, text_option_table[i].name) != 0)
            continue;
        memcpy(before, screen->option_text[i], sizeof before);
        snprintf(screen->option_text[i], sizeof screen->option_text[i], "%s", value);
        if (screen_apply_settings(screen, err)) {
            enum error_code code = err->code;
            struct error ignored;

            memcpy(screen->option_text[i], before, sizeof before);
            return screen_apply_settings(screen, &ignored) ? ignored.code : code;
        }
        return ERROR_NONE;
    }
    if (!strcmp(setting, "mouse")) {
        screen->mouse = !strcmp(value, "on");
        (void)terminal_set_mouse(screen->terminal, screen->mouse);
    } else if (!strcmp(setting, "prompt-mode")) {
        prompt_set_vi(screen->prompt, !strcmp(value, "vi"));
    } else if (!strcmp(setting, "page") && text_to_integer(text_of(value), 1, 10000, &number)) {
        screen->options.page = (long)number;
    } else if (!strcmp(setting, "which-key") && text_to_integer(text_of(value), 0, 5000, &number)) {
        screen->options.which_key = (int)number;
    } else if (!strcmp(setting, "ambiguous") && text_to_integer(text_of(value), 1, 2, &number)) {
        width_set_ambiguous((int)number);
    } else {
        return error_set(err, ERROR_USAGE, "the screen has no such value for %s", setting);
    }
    screen_dirty(screen);
    return ERROR_NONE;
}
