#include "panels/screen_private.h"

#include <stdlib.h>
#include <string.h>

#include "panels/clipboard.h"

enum { COPY_LIMIT = 16 * 1024 * 1024 };

static const struct {
    char letter;
    const char *what;
} letter_table[] = {
    {'y', "the row"},
    {'c', "the cell"},
    {'k', "the key"},
    {'t', "rows as TSV"},
    {'d', "DynamoDB JSON"},
    {'l', "the link"},
    {'s', "the statement"},
};

static enum error_code send(struct screen *screen, struct text text, struct buf *where,
    struct error *err)
{
    const char *tmux = getenv("TMUX"), *sty = getenv("STY");
    struct buf sequence, path;
    enum error_code code = ERROR_NONE;

    buf_init(&sequence, 4 * CLIPBOARD_ENCODED_LIMIT);
    buf_init(&path, 4096);
    switch (clipboard_choose(screen->options.clipboard, terminal_name(screen->terminal), tmux,
        text.length)) {
    case CLIPBOARD_OFF:
        code = error_set(err, ERROR_USAGE, "the clipboard is off: SET clipboard auto");
        break;
    case CLIPBOARD_OSC52:
        clipboard_add_sequence(&sequence, text, sty);
        code = buf_check(&sequence, "the copy", err);
        if (!code)
            terminal_write(screen->terminal, buf_view(&sequence));
        buf_add_string(where, "OSC 52");
        break;
    case CLIPBOARD_TMUX:
        code = clipboard_write_file(text, &path, err);
        if (!code)
            code = clipboard_load_tmux(buf_string(&path), err);
        buf_add_string(where, "tmux");
        break;
    case CLIPBOARD_FILE:
        code = clipboard_write_file(text, &path, err);
        buf_add_text(where, buf_view(&path));
        break;
    }
    buf_done(&sequence);
    buf_done(&path);
    return code;
}

static bool gather(struct panel *panel, char what, struct buf *out)
{
    if (what == 's' && panel->class->expand && panel->class->expand(panel, TEXT("statement"), out))
        return true;
    if (what == 'l') {
        buf_add_string(out, panel->host->status.profile);
        buf_add_string(out, "/");
        return panel->class->expand && panel->class->expand(panel, TEXT("link"), out);
    }
    return panel->class->copy && panel->class->copy(panel, what, out);
}

void screen_copy(struct screen *screen, char what)
{
    struct panel *panel = screen_focused(screen);
    const char *name = "text";
    struct buf text, where;
    struct error err;

    buf_init(&text, COPY_LIMIT);
    buf_init(&where, 4096);
    for (size_t i = 0; i < sizeof letter_table / sizeof *letter_table; i++)
        if (letter_table[i].letter == what)
            name = letter_table[i].what;
    if (!gather(panel, what, &text) || text.length == 0)
        host_message(&screen->host, MESSAGE_NOTE, "there is nothing to copy");
    else if (buf_check(&text, "the copy", &err) || send(screen, buf_view(&text), &where, &err))
        host_message(&screen->host, MESSAGE_ERROR, "%s", err.text);
    else
        host_message(&screen->host, MESSAGE_OK, "copied %s, %zu B (%s)", name, text.length,
            buf_string(&where));
    buf_done(&text);
    buf_done(&where);
}
