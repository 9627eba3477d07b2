#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { STATEMENT_LIMIT = 1024 * 1024, UNMARKED_PASTE = 32, QUIT_AGAIN_MS = 1000 };

void screen_contexts(struct screen *screen, const char **out)
{
    const struct panel_class *class = screen_focused(screen)->class;
    size_t count = 0;

    out[count++] = class->name;
    for (size_t i = 0; class->contexts[i] && count < CONTEXT_LIMIT - 2; i++)
        out[count++] = class->contexts[i];
    out[count++] = "global";
    out[count] = NULL;
}

/* --- what a binding says --- */

/* Fills in {names}; false when the panel has nothing for one of them (name says which). */
static bool fill_template(struct screen *screen, struct text source, struct buf *out,
    struct text *name)
{
    struct panel *panel = screen_focused(screen);

    while (source.length > 0) {
        size_t open = text_find(source, TEXT("{"), 0), close;

        if (open == SIZE_MAX)
            break;
        close = text_find(source, TEXT("}"), open);
        if (close == SIZE_MAX)
            break;
        buf_add_text(out, text_slice(source, 0, open));
        *name = text_slice(source, open + 1, close);
        if (text_is(*name, "page"))
            buf_add_integer(out, screen->options.page);
        else if (!panel->class->expand || !panel->class->expand(panel, *name, out))
            return false;
        source = text_slice(source, close + 1, source.length);
    }
    buf_add_text(out, source);
    return true;
}

void screen_open_prompt(struct screen *screen, const char *text, size_t cursor)
{
    screen->field_open = screen->prompt_filters = false;
    prompt_open(screen->prompt, PROMPT_STATEMENT, ": ", text, cursor);
    screen->typed_at = screen->host.now;
    screen->hint_is_due = true;
    screen->hint[0] = '\0';
    screen_arrange(screen);
    screen_dirty(screen);
}

/* '|' in a template for the prompt says where the cursor stands. */
static void perform_template(struct screen *screen, struct text source, bool to_prompt,
    enum screen_target target)
{
    struct buf statement;
    struct text name = {0}, before = source;
    size_t cursor = SIZE_MAX;
    bool filled;

    buf_init(&statement, STATEMENT_LIMIT);
    if (to_prompt && text_take_until(&source, '|', &before)) {
        filled = fill_template(screen, before, &statement, &name);
        cursor = statement.length;
        filled = filled && fill_template(screen, source, &statement, &name);
    } else {
        filled = fill_template(screen, source, &statement, &name);
    }
    if (!filled)
        host_message(&screen->host, MESSAGE_NOTE, "there is no %.*s here", (int)name.length,
            name.data);
    else if (statement.failure)
        host_message(&screen->host, MESSAGE_ERROR, "the statement would be too long");
    else if (to_prompt)
        screen_open_prompt(screen, buf_string(&statement), cursor);
    else
        host_emit(&screen->host, target, "key", buf_string(&statement));
    buf_done(&statement);
}

void screen_perform(struct screen *screen, const char *action, enum screen_target target)
{
    struct text source = text_of(action), word = {0};
    char name[64];

    if (*action == ':') {
        perform_template(screen, text_slice(source, 1, source.length), true, target);
        return;
    }
    if (*action >= 'A' && *action <= 'Z') {
        perform_template(screen, source, false, target);
        return;
    }
    if (!text_take_until(&source, ' ', &word)) {
        word = source;
        source = TEXT("");
    }
    snprintf(name, sizeof name, "%.*s", (int)word.length, word.data);
    if (!screen_act(screen, name, source.length ? source.data : NULL))
        host_message(&screen->host, MESSAGE_NOTE, "%s does nothing in %s", name,
            screen_focused(screen)->class->name);
}

/* --- the prompt --- */

static void prompt_changed(struct screen *screen)
{
    screen->typed_at = screen->host.now;
    screen->hint_is_due = prompt_kind(screen->prompt) == PROMPT_STATEMENT;
    screen->hint[0] = '\0';
    if (screen->prompt_filters)
        screen_set_filter(screen, screen_focused(screen), prompt_line(screen->prompt));
    else if (screen->field_open)
        (void)screen_focused(screen)->class->act(screen_focused(screen), "field-changed",
            prompt_line(screen->prompt));
}

static void prompt_finished(struct screen *screen, bool accepted)
{
    struct panel *panel = screen_focused(screen);
    enum prompt_kind kind = prompt_kind(screen->prompt);
    bool field = screen->field_open, filters = screen->prompt_filters;

    screen->field_open = screen->prompt_filters = screen->hint_is_due = false;
    screen->hint[0] = '\0';
    screen_arrange(screen);
    if (field) {
        (void)panel->class->act(panel, accepted ? "field-done" : "field-cancelled",
            prompt_line(screen->prompt));
    } else if (filters) {
        screen_set_filter(screen, panel, accepted ? prompt_line(screen->prompt) : "");
    } else if (accepted && kind == PROMPT_SEARCH) {
        snprintf(screen->search, sizeof screen->search, "%s", prompt_line(screen->prompt));
        (void)screen_act(screen, "search-next", NULL);
    } else if (accepted && kind == PROMPT_STATEMENT) {
        host_emit(&screen->host, TARGET_MESSAGE, "prompt", prompt_line(screen->prompt));
    }
}

static void take_prompt_event(struct screen *screen, enum prompt_event event)
{
    int rows_before = screen->body.height;

    switch (event) {
    case PROMPT_NOTHING:
        return;
    case PROMPT_CHANGED:
        prompt_changed(screen);
        screen_arrange(screen);
        break;
    case PROMPT_DONE:
    case PROMPT_CANCELLED:
        prompt_finished(screen, event == PROMPT_DONE);
        break;
    }
    if (screen->body.height != rows_before)
        screen_dirty(screen);
}

/* The statement word at the cursor, for help. */
static void help_of_word(struct screen *screen)
{
    const struct screen_callbacks *callbacks = &screen->options.callbacks;
    const char *line = prompt_line(screen->prompt), *help;
    size_t end = prompt_cursor(screen->prompt), start = end;
    char word[64];

    while (start > 0 && line[start - 1] != ' ' && line[start - 1] != '\n')
        start--;
    while (line[end] && line[end] != ' ' && line[end] != '\n')
        end++;
    snprintf(word, sizeof word, "%.*s", (int)(end - start), line + start);
    help = callbacks->help ? callbacks->help(callbacks->user, word) : NULL;
    if (help)
        screen_show_text(screen, word, text_of(help));
    else
        host_message(&screen->host, MESSAGE_NOTE, "no help for '%s'", word);
}

static void key_to_prompt(struct screen *screen, struct key key)
{
    if (prompt_kind(screen->prompt) == PROMPT_STATEMENT &&
        (key.code == KEYS_F1 || (key.alt && key.code == 'h'))) {
        help_of_word(screen);
        return;
    }
    if (screen->field_open && (key.code == KEYS_TAB || key.code == KEYS_BACK_TAB)) {
        take_prompt_event(screen, prompt_key(screen->prompt, (struct key){.code = KEYS_ENTER}));
        (void)screen_act(screen, key.code == KEYS_TAB ? "down" : "up", NULL);
        return;
    }
    if (key.code >= KEYS_F1 && key.code <= KEYS_OTHER)
        return;
    take_prompt_event(screen, prompt_key(screen->prompt, key));
}

/* --- modals --- */

static void key_to_dialog(struct screen *screen, struct key key)
{
    const struct screen_callbacks *callbacks = &screen->options.callbacks;
    enum dialog_answer answer = dialog_key(&screen->dialog, key);

    if (answer == DIALOG_YES && screen->form == FORM_TINY) {
        screen->dialog.wrong = true; /* nobody agrees to what nobody can read */
        return;
    }
    if (answer != DIALOG_YES && answer != DIALOG_NO)
        return;
    dialog_close(&screen->dialog);
    if (!screen->dialog_is_ours) {
        if (callbacks->answer)
            callbacks->answer(callbacks->user, answer == DIALOG_YES);
        if (!screen->dialog.open)
            buf_wipe(&screen->dialog.typed);
    } else if (answer == DIALOG_YES) {
        host_emit(&screen->host, screen->dialog_target, "key",
            buf_string(&screen->dialog_statement));
    } else {
        host_message(&screen->host, MESSAGE_NOTE, "nothing is done");
    }
}

static void key_to_picker(struct screen *screen, struct key key)
{
    const struct picker_entry *entry;
    char action[4096];

    if (picker_key(screen->picker, key) != PICKER_CHOSEN)
        return;
    entry = picker_chosen(screen->picker);
    snprintf(action, sizeof action, "%s", entry->action);
    if (*action)
        screen_perform(screen, action, entry->target);
}

/* --- panels --- */

/* ^C: the job of the panel; twice within a second: quit. */
static void interrupt(struct screen *screen)
{
    static const struct {
        const char *panel;
        enum screen_target target;
    } table[] = {
        {"items", TARGET_ITEMS},
        {"item", TARGET_ITEM},
        {"results", TARGET_RESULTS},
        {"metrics", TARGET_METRICS},
        {"rate", TARGET_METRICS},
        {"latency", TARGET_METRICS},
        {"status", TARGET_METRICS},
        {"log", TARGET_LOG},
    };
    const struct screen_callbacks *callbacks = &screen->options.callbacks;
    enum screen_target target = TARGET_MESSAGE;
    uint64_t now = screen->host.now;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].panel, screen_focused(screen)->class->name))
            target = table[i].target;
    if (screen->interrupt_at && now - screen->interrupt_at < QUIT_AGAIN_MS * CLOCK_MS) {
        screen->interrupt_at = 0;
        if (callbacks->quit)
            callbacks->quit(callbacks->user);
        return;
    }
    screen->interrupt_at = now ? now : 1;
    if (callbacks->cancel && callbacks->cancel(callbacks->user, target))
        host_message(&screen->host, MESSAGE_NOTE, "stopping; ^C again: quit");
    else
        host_message(&screen->host, MESSAGE_NOTE, "nothing to stop; ^C again: quit");
}

/* In order: prefix, zoom is kept, filter, then back to the panel before. */
static void escape(struct screen *screen)
{
    struct panel *panel = screen_focused(screen);

    if (panel->class->act(panel, "escape", NULL))
        return;
    if (panel->filter[0])
        screen_set_filter(screen, panel, "");
    else if (screen->zoom)
        (void)screen_layout_act(screen, "zoom", NULL);
    else
        host_message(&screen->host, MESSAGE_NOTE, "q closes, ZZ quits, ? shows the keys");
}

/* Keys that come faster than pictures act on what they would have seen. */
static void refresh_focused(struct screen *screen)
{
    struct panel *panel = screen_focused(screen);

    panel->class->compute(panel);
}

static void key_to_keymap(struct screen *screen, struct key key)
{
    const char *contexts[CONTEXT_LIMIT];
    const struct keymap_binding *binding = NULL;

    if (screen->pending_count == PENDING_KEYS)
        screen->pending_count = 0;
    screen->pending[screen->pending_count++] = key;
    screen->pending_at = screen->host.now;
    screen_contexts(screen, contexts);
    switch (
        keymap_find(screen->keymap, contexts, screen->pending, screen->pending_count, &binding)) {
    case KEYMAP_PREFIX:
        return;
    case KEYMAP_FOUND:
        screen->pending_count = 0;
        refresh_focused(screen);
        screen_perform(screen, binding->action, binding->target);
        return;
    case KEYMAP_NONE:
        break;
    }
    if (screen->pending_count > 1 || keys_is_text(key)) {
        struct buf label, spelling;

        buf_init(&label, 256);
        buf_init(&spelling, 256);
        for (size_t i = 0; i < screen->pending_count; i++)
            keys_add(&spelling, screen->pending[i]);
        keys_add_label(&label, buf_view(&spelling));
        host_message(&screen->host, MESSAGE_NOTE, "%s does nothing here, ? shows the keys",
            buf_string(&label));
        buf_done(&label);
        buf_done(&spelling);
    }
    screen->pending_count = 0;
}

static void click(struct screen *screen, struct key key)
{
    for (int i = 0; i < PANEL_COUNT; i++) {
        struct layout_area area = screen_panel_area(screen, i);
        char row[16];

        if (!screen->panel[i].visible || key.row < area.top || key.row >= area.top + area.height ||
            key.column < area.left || key.column >= area.left + area.width)
            continue;
        if (key.code == KEYS_CLICK) {
            bool again = i == screen->focus;

            screen_show_panel(screen, i, true);
            snprintf(row, sizeof row, "%d", key.row - area.top - 1);
            if (!screen->panel[i].class->act(&screen->panel[i], "click", row) && again)
                continue;
        } else {
            (void)screen->panel[i].class->act(&screen->panel[i], "scroll",
                key.code == KEYS_WHEEL_UP ? "-3" : "3");
        }
        return;
    }
}

static void focus_in(struct screen *screen)
{
    uint64_t now = screen->host.now;

    if (now - screen->repainted_at < FOCUS_REPAINT_MS * CLOCK_MS)
        return;
    screen->repainted_at = now; /* other programs may have written while we could not see it */
    terminal_repaint(screen->terminal);
}

void screen_handle_key(struct screen *screen, struct key key)
{
    if (key.code == KEYS_FOCUS_IN || key.code == KEYS_FOCUS_OUT) {
        if (key.code == KEYS_FOCUS_IN)
            focus_in(screen);
        return;
    }
    if (!key.alt && key.code == KEYS_CTRL_Z && !screen->dialog.open) {
        (void)screen_act(screen, "suspend", NULL);
        return;
    }
    if (screen->dialog.open) {
        key_to_dialog(screen, key);
    } else if (picker_is_open(screen->picker)) {
        key_to_picker(screen, key);
    } else if (prompt_is_open(screen->prompt)) {
        key_to_prompt(screen, key);
    } else if (key.code >= KEYS_CLICK && key.code <= KEYS_WHEEL_DOWN) {
        click(screen, key);
    } else if (!key.alt && key.code == KEYS_CTRL_C) {
        screen->pending_count = 0;
        interrupt(screen);
    } else if (!key.alt && key.code == KEYS_ESCAPE) {
        if (screen->pending_count > 0)
            screen->pending_count = 0;
        else
            escape(screen);
    } else {
        if (key.alt && key.code >= '1' && key.code <= '9') /* for terminals without F-keys */
            key = (struct key){.code = KEYS_F1 + key.code - '1'};
        key_to_keymap(screen, key);
    }
}

void screen_handle_paste(struct screen *screen, struct text text)
{
    struct text safe = text_slice(text, 0, STATEMENT_LIMIT / 2);
    int lines = 0;

    for (size_t i = 0; i < safe.length; i++)
        lines += safe.data[i] == '\n' || safe.data[i] == '\r';
    screen->pending_count = 0;
    if (screen->dialog.open || picker_is_open(screen->picker)) {
        host_message(&screen->host, MESSAGE_NOTE, "a paste is no answer");
        return;
    }
    /* A paste never acts: without an input to go to it becomes the text of the prompt. */
    if (!prompt_is_open(screen->prompt)) {
        screen_open_prompt(screen, "", 0);
        host_message(&screen->host, MESSAGE_NOTE,
            "pasted %d lines into the prompt: ENTER runs them, ESC drops them", lines + 1);
    }
    take_prompt_event(screen, prompt_paste(screen->prompt, safe));
}
