#include "panels/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "panels/terminal.h"

/*
 * 1. Readline reads from queue only, and is fed only while the queue holds bytes.
 * 2. Its handler is installed exactly while open is true.
 * 3. Redisplay paints nothing: the screen does that once per turn.
 */
enum { QUEUE_LIMIT = 64, LINE_LIMIT = 1024 * 1024, HISTORY_LIMIT = 10000, HISTORY_BYTES = 1 << 24 };

struct prompt {
    const struct screen_callbacks *callbacks;
    const char *history;
    FILE *null_in, *null_out;
    bool open, vi_mode;
    enum prompt_kind kind;
    char label[64];
    HISTORY_STATE *list[PROMPT_KINDS];
    unsigned char queue[QUEUE_LIMIT];
    size_t queue_from, queue_to;
    enum prompt_event event; /* what the handler said during a feed */
    struct buf line, kept, before;
    size_t cursor_before;
    char problem[256];
    /* completion */
    struct screen_candidate candidate[PROMPT_CANDIDATES];
    struct buf texts;
    size_t candidates, word_start;
    int selected;
};

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

/* Header values that sign a request have no place in a file. */
static bool is_secret(struct text line)
{
    static const char *const words[] = {"authorization", "x-api-key", "password", "secret"};

    for (size_t i = 0; i + 1 < line.length; i++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if (text_equal_ignoring_case(text_slice(line, i, i + strlen(words[w])),
                    text_of(words[w])))
                return true;
    return false;
}

static void add_to_history(struct prompt *prompt)
{
    const char *line = buf_string(&prompt->line);
    HIST_ENTRY *last;
    struct buf entry;
    struct error ignored;

    if (!*line || *line == ' ' || prompt->kind == PROMPT_FIELD || is_secret(text_of(line)))
        return;
    using_history();
    last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last && !strcmp(last->line, line))
        return;
    add_history(line);
    using_history();
    if (prompt->kind != PROMPT_STATEMENT || !prompt->history)
        return;
    buf_init(&entry, LINE_LIMIT + 64);
    buf_add_format(&entry, "#%llu\n%s\n", (unsigned long long)(clock_wall() / CLOCK_SECOND), line);
    if (file_append(prompt->history, buf_view(&entry), 0600, &ignored))
        prompt->history = NULL; /* no file: the list in memory goes on */
    buf_done(&entry);
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

/* Where the candidates for the word at the cursor come from; 0 when there are none. */
static size_t ask_candidates(struct prompt *prompt)
{
    struct screen_candidate found[PROMPT_CANDIDATES];
    size_t count = 0, offset[PROMPT_CANDIDATES][3];

    prompt->candidates = 0;
    prompt->selected = -1;
    if (prompt->kind != PROMPT_STATEMENT || !prompt->callbacks->complete)
        return 0;
    prompt->word_start = (size_t)rl_point;
    count = prompt->callbacks->complete(prompt->callbacks->user, rl_line_buffer, (size_t)rl_point,
        &prompt->word_start, found, PROMPT_CANDIDATES);
    if (prompt->word_start > (size_t)rl_point)
        return 0;
    buf_clear(&prompt->texts);
    for (size_t i = 0; i < count; i++) {
        const char *part[3] = {found[i].text, found[i].kind, found[i].help};

        for (int p = 0; p < 3; p++) {
            offset[i][p] = prompt->texts.length;
            buf_add_string(&prompt->texts, part[p] ? part[p] : "");
            buf_add_char(&prompt->texts, '\0');
        }
    }
    if (prompt->texts.failure)
        return 0;
    for (size_t i = 0; i < count; i++)
        prompt->candidate[i] = (struct screen_candidate){prompt->texts.data + offset[i][0],
            prompt->texts.data + offset[i][1], prompt->texts.data + offset[i][2]};
    prompt->candidates = count;
    return count;
}

/* Replaces the word at the cursor, as one step of undo. */
static void put_word(struct prompt *prompt, struct text word, const char *after)
{
    char *copy = mem_copy(word.data, word.length);

    if (!copy)
        return;
    (void)rl_begin_undo_group();
    (void)rl_delete_text((int)prompt->word_start, rl_point);
    rl_point = (int)prompt->word_start;
    rl_insert_text(copy);
    rl_insert_text(after);
    (void)rl_end_undo_group();
    mem_free(copy);
}

static struct text common_prefix(const struct prompt *prompt)
{
    struct text prefix = text_of(prompt->candidate[0].text);

    for (size_t i = 1; i < prompt->candidates; i++) {
        struct text other = text_of(prompt->candidate[i].text);
        size_t same = 0;

        while (same < prefix.length && same < other.length &&
               text_equal_ignoring_case(text_slice(prefix, same, same + 1),
                   text_slice(other, same, same + 1)))
            same++;
        while (same > 0 && same < prefix.length && (prefix.data[same] & 0xc0) == 0x80)
            same--;
        prefix.length = same;
    }
    return prefix;
}

static void complete(struct prompt *prompt)
{
    struct text prefix;

    if (!ask_candidates(prompt)) {
        snprintf(prompt->problem, sizeof prompt->problem, "nothing fits here");
        return;
    }
    if (prompt->candidates == 1) {
        struct text only = text_of(prompt->candidate[0].text);
        bool open_end = only.length > 0 && strchr("/(", only.data[only.length - 1]);

        put_word(prompt, only, open_end ? "" : " ");
        prompt->candidates = 0;
        return;
    }
    prefix = common_prefix(prompt);
    if (prefix.length > (size_t)rl_point - prompt->word_start)
        put_word(prompt, prefix, "");
}

void prompt_close_popup(struct prompt *prompt)
{
    prompt->candidates = 0;
    prompt->selected = -1;
}

size_t prompt_popup(const struct prompt *prompt, const struct screen_candidate **out, int *selected)
{
    *out = prompt->candidate;
    *selected = prompt->selected;
    return prompt->open ? prompt->candidates : 0;
}

/* Keys of the popup; false: not one of its keys. */
static bool popup_key(struct prompt *prompt, struct key key)
{
    int count = (int)prompt->candidates;

    switch (key.code) {
    case KEYS_TAB:
    case KEYS_DOWN:
        prompt->selected = (prompt->selected + 1) % count;
        return true;
    case KEYS_BACK_TAB:
    case KEYS_UP:
        prompt->selected = prompt->selected <= 0 ? count - 1 : prompt->selected - 1;
        return true;
    case KEYS_ESCAPE:
    case KEYS_CTRL_C:
        prompt_close_popup(prompt);
        return true;
    case KEYS_ENTER:
    case KEYS_SPACE:
        if (prompt->selected < 0)
            break;
        put_word(prompt, text_of(prompt->candidate[prompt->selected].text), " ");
        prompt_close_popup(prompt);
        return true;
    default:
        break;
    }
    return false;
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
        popup_key(prompt, key))
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
        complete(prompt);
        return PROMPT_CHANGED;
    }
    queue_bytes(prompt, key);
    event = feed(prompt);
    if (event == PROMPT_CHANGED && had_popup) { /* typing narrows */
        if (ask_candidates(prompt) == 0)
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

/* --- painting --- */

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
