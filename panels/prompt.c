#include "panels/prompt_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "client/mask.h"
#include "panels/terminal.h"

/*
 * 1. Readline reads from queue only, and is fed only while the queue holds bytes.
 * 2. Its handler is installed exactly while open is true.
 * 3. Redisplay paints nothing: the screen does that once per turn.
 */
/* Readline has no place for a pointer of ours. */
static struct prompt *self;

static int get_byte(FILE *stream)
{
    (void)stream;
    if (!self || self->queue_from == self->queue_to)
        return EOF; /* rule 1 was broken inside readline: it cancels the line */
    return self->queue[self->queue_from++];
}

static int input_available(void)
{
    return self && self->queue_from < self->queue_to;
}

static void skip_redisplay(void)
{
}

static void skip_prepare(int meta)
{
    (void)meta;
}

static void on_line(char *line)
{
    if (line) {
        buf_clear(&self->line);
        buf_add_string(&self->line, line);
        self->event = PROMPT_DONE;
        free(line); /* allowed: readline has allocated it */
    } else {
        self->event = PROMPT_CANCELLED;
    }
    rl_callback_handler_remove();
    self->open = false;
}

/* RETURN: runs what is complete, continues what is not, keeps what is wrong. */
static int accept_line(int count, int key)
{
    int verdict = 1, column = 0;

    self->problem[0] = '\0';
    if (self->kind == PROMPT_STATEMENT && self->callbacks->check && rl_end > 0)
        verdict = self->callbacks->check(self->callbacks->user, rl_line_buffer, self->problem,
            sizeof self->problem, &column);
    if (verdict > 0)
        return rl_newline(count, key);
    if (verdict == 0) {
        rl_insert_text("\n");
    } else if (column > 0) {
        int byte = 0;

        for (int i = 1; i < column && byte < rl_end; i++)
            do
                byte++;
            while (byte < rl_end && (rl_line_buffer[byte] & 0xc0) == 0x80);
        rl_point = byte;
    }
    return 0;
}

/* Up and Down move by line first, then by history. */
static int move_line(bool up)
{
    int start = rl_point, column, target;

    while (start > 0 && rl_line_buffer[start - 1] != '\n')
        start--;
    column = rl_point - start;
    if (up) {
        if (start == 0)
            return rl_get_previous_history(1, 0);
        target = start - 1;
        while (target > 0 && rl_line_buffer[target - 1] != '\n')
            target--;
    } else {
        target = rl_point;
        while (target < rl_end && rl_line_buffer[target] != '\n')
            target++;
        if (target == rl_end)
            return rl_get_next_history(1, 0);
        target++;
    }
    while (column-- > 0 && target < rl_end && rl_line_buffer[target] != '\n')
        target++;
    while (target < rl_end && (rl_line_buffer[target] & 0xc0) == 0x80)
        target++;
    rl_point = target;
    return 0;
}

static int line_up(int count, int key)
{
    (void)count;
    (void)key;
    return move_line(true);
}

static int line_down(int count, int key)
{
    (void)count;
    (void)key;
    return move_line(false);
}

static void bind_keys(void)
{
    Keymap map[3] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};

    for (int i = 0; i < 3; i++) {
        (void)rl_bind_key_in_map('\r', accept_line, map[i]);
        (void)rl_bind_key_in_map('\n', accept_line, map[i]);
        (void)rl_bind_keyseq_in_map("\033[A", line_up, map[i]);
        (void)rl_bind_keyseq_in_map("\033[B", line_down, map[i]);
        (void)rl_bind_keyseq_in_map("\033[3~", rl_delete, map[i]);
        (void)rl_bind_keyseq_in_map("\033[H", rl_beg_of_line, map[i]);
        (void)rl_bind_keyseq_in_map("\033[F", rl_end_of_line, map[i]);
    }
}

/* Order matters: what we bind after rl_initialize wins over the user's inputrc. */
static void start_readline(struct prompt *prompt)
{
    rl_readline_name = "gatehouse";
    rl_instream = prompt->null_in;
    rl_outstream = prompt->null_out;
    rl_getc_function = get_byte;
    rl_input_available_hook = input_available;
    rl_redisplay_function = skip_redisplay;
    rl_prep_term_function = skip_prepare;
    rl_deprep_term_function = skip_redisplay;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0; /* LINES in the environment would make curses deaf to resizes */
    (void)rl_initialize();
    (void)rl_variable_bind("bell-style", "none");
    (void)rl_variable_bind("enable-bracketed-paste", "off");
    (void)rl_variable_bind("show-mode-in-prompt", "off");
    (void)rl_variable_bind("completion-query-items", "0");
    (void)rl_variable_bind("page-completions", "off");
    if (prompt->vi_mode)
        (void)rl_variable_bind("editing-mode", "vi");
    prompt->vi_mode = rl_editing_mode == 0;
    bind_keys();
}

/* Entries are "#seconds", then the statement, as readline's own functions read them. */
static void load_history(struct prompt *prompt)
{
    struct stat about;

    history_comment_char = '#';
    history_write_timestamps = 1;
    using_history();
    stifle_history(HISTORY_LIMIT);
    if (prompt->history && stat(prompt->history, &about) == 0 && about.st_size < HISTORY_BYTES)
        (void)read_history(prompt->history);
    prompt->list[PROMPT_STATEMENT] = history_get_history_state();
    for (int i = PROMPT_STATEMENT + 1; i < PROMPT_KINDS; i++) {
        HISTORY_STATE empty = {0};

        history_set_history_state(&empty);
        using_history();
        prompt->list[i] = history_get_history_state();
    }
}

struct prompt *prompt_new(const struct screen_callbacks *callbacks, const char *history,
    bool vi_mode, struct error *err)
{
    struct prompt *prompt = mem_new(1, sizeof *prompt);

    if (!prompt) {
        error_memory(err);
        return NULL;
    }
    prompt->callbacks = callbacks;
    prompt->history = history;
    prompt->vi_mode = vi_mode;
    prompt->selected = -1;
    buf_init(&prompt->line, LINE_LIMIT);
    buf_init(&prompt->kept, LINE_LIMIT);
    buf_init(&prompt->before, LINE_LIMIT);
    buf_init(&prompt->texts, LINE_LIMIT);
    prompt->null_in = fopen("/dev/null", "r");
    prompt->null_out = fopen("/dev/null", "w");
    if (!prompt->null_in || !prompt->null_out) {
        error_set(err, ERROR_IO, "/dev/null cannot be opened");
        prompt_free(prompt);
        return NULL;
    }
    self = prompt;
    start_readline(prompt);
    load_history(prompt);
    return prompt;
}

static void free_histories(struct prompt *prompt)
{
    HISTORY_STATE empty = {0};

    for (int i = 0; i < PROMPT_KINDS; i++) {
        HISTORY_STATE *state;

        if (!prompt->list[i])
            continue;
        history_set_history_state(prompt->list[i]);
        clear_history();
        state = history_get_history_state();
        free(state->entries);  /* allowed: readline has allocated it */
        free(state);           /* allowed: readline has allocated it */
        free(prompt->list[i]); /* allowed: readline has allocated it */
    }
    history_set_history_state(&empty);
}

void prompt_free(struct prompt *prompt)
{
    if (!prompt)
        return;
    prompt_close(prompt);
    free_histories(prompt);
    rl_instream = stdin; /* line mode goes on with an ordinary readline */
    rl_outstream = stdout;
    rl_getc_function = rl_getc;
    rl_input_available_hook = NULL;
    rl_redisplay_function = rl_redisplay;
    rl_prep_term_function = rl_prep_terminal;
    rl_deprep_term_function = rl_deprep_terminal;
    if (prompt->null_in)
        (void)fclose(prompt->null_in);
    if (prompt->null_out)
        (void)fclose(prompt->null_out);
    buf_done(&prompt->line);
    buf_done(&prompt->kept);
    buf_done(&prompt->before);
    buf_done(&prompt->texts);
    self = NULL;
    mem_free(prompt);
}

static void remember_state(struct prompt *prompt)
{
    buf_clear(&prompt->before);
    buf_add(&prompt->before, rl_line_buffer, (size_t)rl_end);
    prompt->cursor_before = (size_t)rl_point;
}

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *label, const char *text,
    size_t cursor)
{
    prompt_close(prompt);
    prompt->kind = kind;
    prompt->open = true;
    prompt->event = PROMPT_NOTHING;
    prompt->problem[0] = '\0';
    snprintf(prompt->label, sizeof prompt->label, "%s", label);
    history_set_history_state(prompt->list[kind]);
    using_history();
    rl_callback_handler_install(prompt->label, on_line);
    rl_insert_text(text);
    rl_point = cursor < (size_t)rl_end ? (int)cursor : rl_end;
    remember_state(prompt);
}

/* Puts the list of this kind away, as it is now. */
static void store_history(struct prompt *prompt)
{
    free(prompt->list[prompt->kind]); /* allowed: readline has allocated it */
    prompt->list[prompt->kind] = history_get_history_state();
}

void prompt_close(struct prompt *prompt)
{
    prompt_close_popup(prompt);
    if (!prompt->open)
        return;
    /* Re-installing clears search, vi, argument and multi-key states for sure. */
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_callback_handler_remove();
    rl_replace_line("", 1);
    rl_point = rl_end = rl_mark = 0;
    (void)rl_clear_message();
    prompt->open = false;
    prompt->queue_from = prompt->queue_to = 0;
    using_history();
    store_history(prompt);
}

bool prompt_is_open(const struct prompt *prompt)
{
    return prompt->open;
}

enum prompt_kind prompt_kind(const struct prompt *prompt)
{
    return prompt->kind;
}

const char *prompt_kept(const struct prompt *prompt)
{
    return buf_string(&prompt->kept);
}

const char *prompt_line(const struct prompt *prompt)
{
    return prompt->open ? rl_line_buffer : buf_string(&prompt->line);
}

size_t prompt_cursor(const struct prompt *prompt)
{
    return prompt->open ? (size_t)rl_point : prompt->line.length;
}

const char *prompt_problem(const struct prompt *prompt)
{
    return prompt->problem;
}

void prompt_set_vi(struct prompt *prompt, bool vi_mode)
{
    prompt->vi_mode = vi_mode;
    (void)rl_variable_bind("editing-mode", vi_mode ? "vi" : "emacs");
}

void prompt_resize(struct prompt *prompt, int width, int height)
{
    (void)prompt;
    rl_set_screen_size(height, width);
}

/* The list in memory; what is kept across starts is the console's. */
static void add_to_history(struct prompt *prompt)
{
    struct text text = buf_view(&prompt->line);
    HIST_ENTRY *last;
    struct buf line;

    if (text.length == 0 || text.data[0] == ' ' || prompt->kind == PROMPT_FIELD)
        return;
    buf_init(&line, 2 * LINE_LIMIT);
    mask_add_statement(&line, text);
    using_history();
    last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (!line.failure && (!last || strcmp(last->line, buf_string(&line)) != 0)) {
        add_history(buf_string(&line));
        using_history();
    }
    buf_done(&line);
}

/* Feeds all queued bytes; says what became of it. */
static enum prompt_event feed(struct prompt *prompt)
{
    prompt->event = PROMPT_NOTHING;
    while (prompt->open && prompt->queue_from < prompt->queue_to)
        rl_callback_read_char();
    prompt->queue_from = prompt->queue_to = 0;
    if (prompt->event == PROMPT_DONE)
        add_to_history(prompt);
    if (prompt->event != PROMPT_NOTHING) {
        buf_clear(&prompt->kept);
        store_history(prompt);
        prompt_close_popup(prompt);
        return prompt->event;
    }
    return PROMPT_CHANGED;
}

static void queue_bytes(struct prompt *prompt, struct key key)
{
    prompt->queue_from = 0;
    prompt->queue_to = terminal_key_bytes(key, (char *)prompt->queue, sizeof prompt->queue);
}

static enum prompt_event cancel(struct prompt *prompt)
{
    buf_clear(&prompt->kept);
    if (prompt->kind == PROMPT_STATEMENT)
        buf_add(&prompt->kept, rl_line_buffer, (size_t)rl_end);
    prompt_close(prompt);
    return PROMPT_CANCELLED;
}

/* A lone Esc ends a search, leaves vi's insert state, or the prompt. */
static enum prompt_event escape(struct prompt *prompt)
{
    if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH)) {
        queue_bytes(prompt, (struct key){.code = 7});
        return feed(prompt);
    }
    if (prompt->vi_mode && rl_get_keymap() == vi_insertion_keymap) {
        (void)rl_vi_movement_mode(1, 27);
        return PROMPT_CHANGED;
    }
    return cancel(prompt);
}

enum prompt_event prompt_key(struct prompt *prompt, struct key key)
{
    bool had_popup = prompt->candidates > 0;
    enum prompt_event event;

    prompt->problem[0] = '\0';
    if (!key.alt && had_popup && (prompt->candidates > 1 || key.code != KEYS_TAB) &&
        prompt_popup_key(prompt, key))
        return PROMPT_CHANGED;
    if (!key.alt && key.code == KEYS_CTRL_C) {
        bool was_empty = rl_end == 0;
        enum prompt_kind kind = prompt->kind;
        char label[sizeof prompt->label];

        memcpy(label, prompt->label, sizeof label);
        buf_clear(&prompt->kept);
        prompt_close(prompt);
        if (was_empty || kind != PROMPT_STATEMENT)
            return PROMPT_CANCELLED;
        prompt_open(prompt, kind, label, "", 0);
        return PROMPT_CHANGED;
    }
    if (!key.alt && key.code == KEYS_ESCAPE)
        return escape(prompt);
    if (!key.alt && key.code == KEYS_TAB && prompt->kind == PROMPT_STATEMENT &&
        !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH)) {
        prompt_complete(prompt);
        return PROMPT_CHANGED;
    }
    queue_bytes(prompt, key);
    event = feed(prompt);
    if (event == PROMPT_CHANGED && had_popup) { /* typing narrows */
        if (prompt_ask_candidates(prompt) == 0)
            prompt_close_popup(prompt);
    }
    return event;
}

enum prompt_event prompt_paste(struct prompt *prompt, struct text text)
{
    struct buf shown;

    buf_init(&shown, LINE_LIMIT * 8);
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        uint32_t code;
        size_t length = utf8_decode(text_slice(text, i, text.length), &code);

        if (c == '\r' && i + 1 < text.length && text.data[i + 1] == '\n')
            continue;
        if (c == '\r' || c == '\n')
            buf_add_char(&shown, prompt->kind == PROMPT_STATEMENT ? '\n' : ' ');
        else if (c == '\t')
            buf_add_char(&shown, ' ');
        else if (c < 0x20 || c == 0x7f)
            buf_add_format(&shown, "^%c", c ^ 0x40);
        else if (!length)
            buf_add_format(&shown, "\\x%02x", c);
        else {
            buf_add(&shown, text.data + i, length);
            i += length - 1;
        }
    }
    while (shown.length > 0 && shown.data[shown.length - 1] == '\n')
        buf_cut(&shown, shown.length - 1);
    rl_insert_text(buf_string(&shown));
    buf_done(&shown);
    prompt_close_popup(prompt);
    return PROMPT_CHANGED;
}
