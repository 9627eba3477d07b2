#include "console/line_mode.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/editor.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "client/mask.h"
#include "console/complete.h"
#include "console/prompt_history.h"
#include "console/run.h"
#include "console/staged.h"
#include "console/transaction.h"

enum {
    LINE_LIMIT = 1024 * 1024,
    HISTORY_LINES = 10000,
    HISTORY_BYTES = 16 * 1024 * 1024,
    CANDIDATES = 500,
    ANSWER_LIMIT = 300
};

struct line_mode {
    struct session *session;
    struct run run;
    struct buf statement; /* lines so far */
    struct buf edited;    /* comes to the next prompt */
    bool has_line, at_end;
};

/* Readline's callbacks carry no argument. */
static struct line_mode *current;

static void load_history(void)
{
    struct error ignored;
    struct stat about;
    struct buf path;

    buf_init(&path, 4096);
    using_history();
    stifle_history(HISTORY_LINES);
    history_comment_char = '#';
    history_write_timestamps = 1;
    if (!path_make(PATH_STATE, "history", false, &path, &ignored) &&
        stat(buf_string(&path), &about) == 0 && about.st_size < HISTORY_BYTES &&
        read_history(buf_string(&path)) != 0)
        clear_history(); /* the list in memory has to do */
    buf_done(&path);
}

/* Not the same line twice in a row, and none that begins with a blank. */
static void keep_in_history(struct line_mode *mode, const char *line, int64_t ms)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    struct buf masked;

    if (!prompt_history_is_kept(line))
        return;
    buf_init(&masked, 2 * LINE_LIMIT);
    mask_add_statement(&masked, text_of(line));
    if (!masked.failure && (!last || strcmp(last->line, buf_string(&masked)) != 0))
        add_history(buf_string(&masked));
    buf_done(&masked);
    prompt_history_add(mode->session, line, ms);
}

/* Readline frees what it is given with free(), so it comes from malloc. */
static char *copy_for_readline(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = malloc(length); /* allowed: readline frees it */

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

static struct completion *candidate;
static size_t candidate_count;

/* What readline takes for the word may begin inside of ours, as behind the slashes of a path. */
static size_t candidate_skip;

static char *next_candidate(const char *word, int state)
{
    static size_t at;

    (void)word;
    if (state == 0)
        at = 0;
    while (at < candidate_count) {
        const char *text = candidate[at++].text;

        if (strlen(text) >= candidate_skip)
            return copy_for_readline(text + candidate_skip);
    }
    return NULL;
}

/* What may stand here, when nothing can be completed: the grammar in one line. */
static void say_hint(void)
{
    char hint[1024];

    complete_hint(current->session, text_of(rl_line_buffer), hint, sizeof(hint));
    if (!hint[0])
        return;
    fprintf(rl_outstream, "\n%s\n", hint);
    rl_forced_update_display();
}

/* A folder, and a function behind its bracket, go on without a blank. */
static bool stays_open(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && strchr("/({", text[length - 1]) != NULL;
}

static char **complete(const char *word, int start, int end)
{
    struct error ignored;
    struct arena *arena = arena_new(LINE_LIMIT, &ignored);
    size_t begin = 0;
    char **matches = NULL;

    rl_attempted_completion_over = 1;
    candidate = mem_new(CANDIDATES, sizeof(*candidate));
    if (arena && candidate) {
        candidate_count = complete_word(current->session, arena, text_of(rl_line_buffer),
            (size_t)end, &begin, candidate, CANDIDATES);
        candidate_skip = (size_t)start > begin ? (size_t)start - begin : 0;
        if (candidate_count > 0)
            matches = rl_completion_matches(word, next_candidate);
        else
            say_hint();
        if (candidate_count == 1 && stays_open(candidate[0].text))
            rl_completion_append_character = '\0';
    }
    mem_free(candidate);
    candidate = NULL;
    candidate_count = 0;
    arena_free(arena);
    return matches;
}

/* Names hold hyphens and quotes: a word ends at blanks and signs only. */
static char break_characters[] = " \t\n,;()[]{}=<>/";

static void take_line(char *line)
{
    rl_callback_handler_remove();
    current->has_line = true;
    if (!line) {
        current->at_end = true;
        return;
    }
    if (current->statement.length > 0)
        buf_add_char(&current->statement, '\n');
    buf_add_string(&current->statement, line);
    free(line); /* allowed: readline allocated it */
}

static void write_prompt(const struct line_mode *mode, char *out, size_t size)
{
    const struct link *link = mode->session->link;
    size_t waiting = link ? staged_waiting(link) : 0;
    char staged[32] = "";

    if (waiting > 0)
        snprintf(staged, sizeof staged, " %zu staged", waiting);
    if (mode->statement.length > 0)
        snprintf(out, size, "   -> ");
    else
        snprintf(out, size, "%.60s%s%s%s> ", link ? link->name : "gatehouse",
            link && connection_is_read_only(link->connection) ? " RO" : "", staged,
            transaction_is_open(mode->session->transaction) ? "*" : "");
}

/* Ctrl-C drops what was typed. */
static void drop_line(struct line_mode *mode)
{
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_callback_handler_remove();
    rl_replace_line("", 1);
    buf_clear(&mode->statement);
    if (write(STDOUT_FILENO, "^C\n", 3) < 0)
        mode->at_end = true;
}

/* Reads lines until a statement may be run; false at the end of the input. */
static bool read_line(struct line_mode *mode)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char prompt[96];

    mode->has_line = false;
    write_prompt(mode, prompt, sizeof(prompt));
    rl_callback_handler_install(prompt, take_line);
    while (!mode->has_line) {
        int ready = poll(&input, 1, -1);

        if (run_was_interrupted()) {
            drop_line(mode);
            if (mode->at_end || run_ending_signal())
                return false;
            write_prompt(mode, prompt, sizeof(prompt));
            rl_callback_handler_install(prompt, take_line);
        } else if (ready > 0) {
            rl_callback_read_char();
        } else if (ready < 0 && errno != EINTR) {
            rl_callback_handler_remove();
            return false;
        }
    }
    return !mode->at_end;
}

/* One line of the terminal in its ordinary mode; false when it was interrupted or has ended. */
static bool read_answer(char *out, size_t size)
{
    size_t length = 0;

    for (;;) {
        char c;
        ssize_t count = read(STDIN_FILENO, &c, 1);

        if (count <= 0) {
            if (count < 0 && errno == EINTR && !run_was_interrupted())
                continue;
            return false;
        }
        if (c == '\n')
            break;
        if (length + 1 < size)
            out[length++] = c;
    }
    out[length] = '\0';
    return true;
}

static bool ask(struct job *job, const struct question *question, struct error *err)
{
    char answer[ANSWER_LIMIT] = "";
    struct buf out;
    struct error ignored;
    bool yes;

    buf_init(&out, 64 * 1024);
    if (question->details)
        buf_add_string(&out, question->details);
    buf_add_string(&out, question->text);
    if (question->type_name)
        buf_add_format(&out, "\ntype %s to go on: ", question->type_name);
    else
        buf_add_string(&out, " y/N ");
    /* What was typed before the question was seen is no answer to it. */
    tcflush(STDIN_FILENO, TCIFLUSH);
    yes = !file_write_all(STDERR_FILENO, buf_view(&out), &ignored) &&
          read_answer(answer, sizeof(answer));
    buf_done(&out);
    if (question->type_name)
        yes = yes && strcmp(answer, question->type_name) == 0;
    else
        yes = yes &&
              (strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0 || strcmp(answer, "yes") == 0);
    if (!yes)
        error_set(err, ERROR_REFUSED, "not confirmed, nothing was done");
    (void)job;
    return yes;
}

/* One literal for each; a word that is none is no value. */
static bool fill(struct run *run, const struct language_context *context)
{
    struct text name[sizeof(context->missing) / sizeof(context->missing[0])];
    size_t count = context->missing_count;

    memcpy(name, context->missing, sizeof(name));
    for (size_t i = 0; i < count; i++) {
        char answer[ANSWER_LIMIT] = "";
        struct buf out;
        struct error err;
        bool good;

        buf_init(&out, 4096);
        buf_add_string(&out, "value of :");
        buf_add_text(&out, name[i]);
        buf_add_string(&out, " (a literal: 17, 'text'): ");
        good = !file_write_all(STDERR_FILENO, buf_view(&out), &err) &&
               read_answer(answer, sizeof(answer)) && answer[0];
        buf_done(&out);
        if (good && session_read_parameter(run->session, name[i], text_of(answer), &err)) {
            run_say(run, MESSAGE_SAY_ERROR, err.text, err.hint);
            good = false;
        }
        if (!good)
            return false;
    }
    return true;
}

/* Ctrl-C is for the editor meanwhile. */
static int run_editor(void *user, char *const arguments[], struct error *err)
{
    const struct process_options options = {PROCESS_OURS, PROCESS_OURS, PROCESS_OURS, false};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int status = -1;
    pid_t pid;

    (void)user;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &ignore, &before);
    if (!process_start(arguments, &options, &pid, err)) {
        status = process_wait(pid, NULL);
        if (status < 0)
            error_set(err, ERROR_IO, "cannot wait for %s: %s", arguments[0], strerror(errno));
    }
    sigaction(SIGINT, &before, NULL);
    return status;
}

static enum error_code edit_statement(void *user, struct text text, struct error *err)
{
    struct line_mode *mode = user;
    enum error_code code;

    buf_clear(&mode->edited);
    buf_add_text(&mode->edited, text);
    code = editor_edit(".gh", &mode->edited, run_editor, NULL, err);
    if (code)
        buf_clear(&mode->edited);
    return code;
}

static enum error_code edit_text(struct job *job, const char *suffix, struct buf *text,
    struct error *err)
{
    (void)job;
    return editor_edit(suffix, text, run_editor, NULL, err);
}

/* Called by readline before it reads the first key of a line. */
static int insert_edited(void)
{
    struct text text = text_trim(buf_view(&current->edited));
    char *copy = mem_copy(text.data, text.length);

    if (copy && text.length > 0) {
        rl_insert_text(copy);
        rl_redisplay();
    }
    mem_free(copy);
    buf_clear(&current->edited);
    return 0;
}

static void set_up_readline(struct line_mode *mode)
{
    const char *terminal = getenv("TERM");

    rl_readline_name = "gatehouse";
    rl_catch_signals = 0;
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = break_characters;
    rl_completer_quote_characters = "";
    rl_startup_hook = insert_edited;
    rl_initialize();
    if (!terminal || strcmp(terminal, "dumb") == 0)
        rl_variable_bind("enable-bracketed-paste", "off");
    if (strcmp(mode->session->settings.prompt_mode, "auto") != 0)
        rl_variable_bind("editing-mode", mode->session->settings.prompt_mode);
    load_history();
}

static void run_lines(struct line_mode *mode)
{
    struct script_source source = {.name = "<prompt>", .text = buf_view(&mode->statement)};
    struct error err;
    uint64_t started;
    char message[512];
    int column;

    if (complete_check(mode->session, buf_view(&mode->statement), message, sizeof(message),
            &column) == 0)
        return; /* a continuation line follows */
    started = clock_monotonic();
    if (script_begin(mode->run.script, &source, &err))
        run_fail(&mode->run, NULL, &err);
    else
        run_script(&mode->run, false);
    keep_in_history(mode, buf_string(&mode->statement),
        (int64_t)((clock_monotonic() - started) / CLOCK_MS));
    buf_clear(&mode->statement);
    run_was_interrupted(); /* it has been obeyed */
}

int line_mode_main(struct session *session)
{
    struct line_mode mode = {.session = session};
    struct error err;
    int status = 0, ending;

    session->is_interactive = true;
    run_init(&mode.run, session, session->ascii);
    mode.run.ask = ask;
    mode.run.edit = edit_text;
    mode.run.fill = fill;
    mode.run.who = "prompt";
    session->prompt = (struct session_prompt){.edit = edit_statement, .user = &mode};
    buf_init(&mode.statement, LINE_LIMIT);
    buf_init(&mode.edited, LINE_LIMIT);
    current = &mode;
    run_take_signals();
    set_up_readline(&mode);
    if (run_open_script(&mode.run, &err)) {
        run_fail(&mode.run, NULL, &err);
        status = mode.run.status;
    } else {
        if (!session_link(session, TEXT(""), &err))
            run_fail(&mode.run, NULL, &err);
        while (
            !session->quit && !mode.run.writer.broken && !run_ending_signal() && read_line(&mode))
            run_lines(&mode);
        if (mode.at_end)
            (void)!write(STDOUT_FILENO, "\n", 1);
    }
    ending = run_ending_signal();
    run_release_signals();
    current = NULL;
    run_end_output(&mode.run);
    session->prompt.edit = NULL;
    buf_done(&mode.statement);
    buf_done(&mode.edited);
    run_done(&mode.run);
    if (ending)
        raise(ending);
    return status;
}
