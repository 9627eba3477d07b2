#include "console/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/width.h"
#include "client/mask.h"
#include "console/code_prompt.h"
#include "console/output/output.h"
#include "console/redirect.h"
#include "console/safety.h"
#include "console/transaction.h"

enum { JOB_LIMIT = 1024 * 1024 * 1024, MESSAGE_LIMIT = 64 * 1024, JOURNAL_TEXT = 16 * 1024 };

/* What the signal handler sees. */
static struct job *_Atomic running_job;
static atomic_int signals_seen;
static atomic_int ending_signal; /* SIGTERM or SIGHUP, 0: none */

static void on_signal(int number)
{
    struct job *job = atomic_load(&running_job);

    if (number != SIGINT)
        atomic_store(&ending_signal, number);
    if (atomic_fetch_add(&signals_seen, 1) > 0) {
        struct sigaction action = {.sa_handler = SIG_DFL};

        sigaction(number, &action, NULL);
        raise(number);
        return;
    }
    if (job)
        atomic_store(&job->cancel, true);
}

static void handle_with(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

void run_take_signals(void)
{
    atomic_store(&signals_seen, 0);
    atomic_store(&ending_signal, 0);
    handle_with(on_signal);
}

void run_release_signals(void)
{
    handle_with(SIG_DFL);
}

int run_ending_signal(void)
{
    return atomic_load(&ending_signal);
}

bool run_was_interrupted(void)
{
    return atomic_exchange(&signals_seen, 0) > 0;
}

void run_init(struct run *run, struct session *session, bool ascii)
{
    memset(run, 0, sizeof(*run));
    run->session = session;
    run->ascii = ascii;
    run->is_terminal = isatty(STDOUT_FILENO) == 1;
    run->ask = safety_answer;
    run->ask_code = code_prompt_is_possible() ? code_prompt : NULL;
    run->who = "script";
    run->pipe = descriptor_open_pipe(STDOUT_FILENO);
    writer_init(&run->writer, run->pipe >= 0 ? run->pipe : STDOUT_FILENO, "stdout");
    run->writer.is_terminal = run->is_terminal;
    progress_init(&run->progress, STDERR_FILENO, session->settings.progress);
}

void run_done(struct run *run)
{
    progress_clear(&run->progress);
    script_free(run->script);
    writer_done(&run->writer);
    if (run->pipe >= 0)
        close(run->pipe);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && value[0];
}

/* As the screen does; what is no terminal gets colour only when it is asked for. */
static bool wants_color(const struct run *run)
{
    const char *color = run->session->settings.color, *terminal = getenv("TERM");

    if (strcmp(color, "auto") != 0)
        return strcmp(color, "on") == 0;
    return isatty(STDERR_FILENO) && is_set("TERM") && strcmp(terminal, "dumb") != 0 &&
           (is_set("FORCE_COLOR") || !is_set("NO_COLOR"));
}

static void say(struct run *run, const struct message *message)
{
    struct message shown = *message;
    struct buf out;
    struct error ignored;

    shown.is_colored = wants_color(run);
    buf_init(&out, MESSAGE_LIMIT);
    if (strcmp(run->session->settings.error_format, "json") == 0)
        message_add_json(&out, &shown);
    else
        message_add_text(&out, &shown);
    progress_clear(&run->progress);
    /* What stderr does not take cannot be told anywhere else. */
    if (file_write_all(STDERR_FILENO, buf_view(&out), &ignored))
        run->failures++;
    buf_done(&out);
}

void run_say(struct run *run, enum message_severity severity, const char *text, const char *hint)
{
    struct message message = {.severity = severity, .text = text, .hint = hint};

    say(run, &message);
}

/* A place in the text as a place in the whole input. */
static void place(const struct run *run, struct message *message, int line, int column)
{
    message->source = run->source.name;
    message->input = run->source.text;
    message->line = line;
    message->column = column;
}

/* The caret needs the place in the text, the reader the place in the whole input. */
static void say_placed(struct run *run, struct message *message)
{
    struct buf padded;
    const struct script_source *source = &run->source;

    if (message->line == 0 || (source->line == 0 && source->column == 0)) {
        say(run, message);
        return;
    }
    buf_init(&padded, source->text.length + (size_t)source->line + (size_t)source->column + 1);
    buf_add_repeat(&padded, '\n', (size_t)source->line);
    buf_add_repeat(&padded, ' ', (size_t)source->column);
    buf_add_text(&padded, source->text);
    if (message->line == 1)
        message->column += source->column;
    message->line += source->line;
    message->input = buf_view(&padded);
    say(run, message);
    buf_done(&padded);
}

void run_warn(struct run *run, const struct language_context *context)
{
    for (size_t i = 0; i < context->warning_count; i++) {
        const struct language_warning *warning = &context->warning[i];
        struct message message = {.severity = MESSAGE_SAY_WARNING, .text = warning->text};

        if (warning->name.length > 0)
            continue; /* said when it turns out to be true */
        place(run, &message, warning->line, warning->column);
        say_placed(run, &message);
    }
}

/* The call that made the statement fail, for --error-format json and the request id. */
static bool find_call(const struct session *session, const struct tree *tree,
    struct journal_entry *out)
{
    size_t count = journal_count(session->journal);

    if (!tree)
        return false;
    for (size_t i = count; i > 0 && count - i < 64; i--) {
        if (!journal_copy(session->journal, i - 1, false, out))
            return false;
        if (out->statement == session->statements && !out->is_statement && out->error[0])
            return true;
        journal_entry_done(out);
    }
    return false;
}

static void count_failure(struct run *run, enum error_code code)
{
    run->failures++;
    if (run->status == 0)
        run->status = message_exit_status(code);
}

/* The hint without the request id that a statement may have put behind it. */
static void copy_hint(const char *hint, char *out, size_t size)
{
    const char *id = strstr(hint, "request id ");
    size_t length = id ? (size_t)(id - hint) : strlen(hint);

    while (length > 0 && strchr("; ", hint[length - 1]))
        length--;
    snprintf(out, size, "%.*s", (int)length, hint);
}

void run_fail(struct run *run, const struct tree *tree, const struct error *err)
{
    struct journal_entry call;
    bool has_call = find_call(run->session, tree, &call);
    bool is_json = strcmp(run->session->settings.error_format, "json") == 0;
    char hint[400], note[400], source[160] = "";
    struct buf masked;
    struct message message = {.severity = MESSAGE_SAY_ERROR,
        .code = err->code,
        .text = err->text,
        .hint = hint};

    copy_hint(err->hint, hint, sizeof(hint));
    if (!run->session->is_interactive) /* a person sees it and says it again */
        transaction_break(run->session->transaction);
    count_failure(run, err->code);
    if (err->code == ERROR_DIFFERENT || run->writer.broken)
        goto out;
    if (err->code == ERROR_MISSING)
        message.severity = MESSAGE_SAY_NOTE;
    if (err->line > 0)
        place(run, &message, err->line, err->column);
    else if (tree)
        place(run, &message, tree->line, tree->column);
    if (tree) {
        buf_init(&masked, MESSAGE_LIMIT);
        mask_add_statement(&masked, text_slice(tree->source, 0, 150));
        snprintf(source, sizeof(source), "%.150s", buf_string(&masked));
        buf_done(&masked);
    }
    message.statement = source;
    if (has_call) {
        message.operation = call.operation;
        message.service_code = call.error;
        message.request_id = call.request_id;
        message.is_retryable = err->code == ERROR_THROTTLED || err->code == ERROR_NETWORK;
        if (call.request_id[0] && !is_json) {
            size_t length;

            if (err->code == ERROR_CONDITION) { /* why a condition did not hold is no advice */
                snprintf(note, sizeof(note), "%s", hint);
                message.note = note;
                hint[0] = '\0';
            }
            length = strlen(hint);
            snprintf(hint + length, sizeof(hint) - length, "%sexit %d; request id %s",
                length > 0 ? "; " : "", message_exit_status(err->code), call.request_id);
        }
    }
    say_placed(run, &message);
out:
    if (has_call)
        journal_entry_done(&call);
}

/* Parts of a footer stand two spaces apart: "3 rows  1.5 RCU  4 ms". */
void run_footer(const struct settings *settings, const char *text, char *out, size_t size)
{
    struct text rest = text_of(text);
    size_t used = 0;

    out[0] = '\0';
    while (rest.length > 0) {
        size_t end = text_find(rest, TEXT("  "), 0);
        struct text part = text_slice(rest, 0, end == SIZE_MAX ? rest.length : end);
        bool is_time = text_ends_with(part, TEXT(" ms"));
        bool is_units = text_ends_with(part, TEXT(" RCU")) || text_ends_with(part, TEXT(" WCU"));

        rest = text_slice(rest, end == SIZE_MAX ? rest.length : end + 2, rest.length);
        if ((is_time && !settings->timing) || (is_units && !settings->capacity))
            continue;
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? "  " : "",
                (int)part.length, part.data);
    }
}

static void warn_about(struct run *run, const struct job *job, const char *text)
{
    struct message message = {.severity = MESSAGE_SAY_WARNING, .text = text};

    if (job->about_line > 0)
        place(run, &message, job->about_line, job->about_column);
    say_placed(run, &message);
}

static void report(struct job *job, enum job_report kind, const char *text)
{
    struct run *run = job->owner;
    struct buf line;
    struct error ignored;
    char footer[2048];

    switch (kind) {
    case REPORT_PROGRESS:
        progress_show(&run->progress, text);
        return;
    case REPORT_NOTE:
        if (!run->session->settings.quiet)
            run_say(run, MESSAGE_SAY_NOTE, text, NULL);
        return;
    case REPORT_WARNING:
        warn_about(run, job, text);
        return;
    case REPORT_FOOTER:
        break;
    }
    if (run->session->settings.quiet)
        return;
    run_footer(&run->session->settings, text, footer, sizeof(footer));
    text = footer;
    if (strcmp(run->session->settings.error_format, "json") == 0) {
        run_say(run, MESSAGE_SAY_NOTE, text, NULL);
        return;
    }
    buf_init(&line, MESSAGE_LIMIT);
    text_add_safe(&line, text_of(text));
    buf_add_char(&line, '\n');
    progress_clear(&run->progress);
    if (file_write_all(STDERR_FILENO, buf_view(&line), &ignored))
        run->failures++;
    buf_done(&line);
}

static struct sink *make_sink(struct run *run, const struct tree *tree, struct error *err)
{
    struct output_options options;

    output_options_from(&options, &run->session->settings, run->is_terminal,
        run->session->is_interactive, run->ascii);
    run->writer.unbuffered = tree->watch || (tree->statement->flags & STATEMENT_REPEATS);
    return output_new(&run->writer, &options, err);
}

void run_journal(const struct job *job, const struct tree *tree, enum error_code code,
    const struct error *err)
{
    struct journal_entry entry = {.statement = job->number, .is_statement = true};
    const struct link *link = job->link;
    struct error failure;
    struct buf text;

    buf_init(&text, 2 * JOURNAL_TEXT);
    mask_add_statement(&text, text_slice(tree->source, 0, JOURNAL_TEXT));
    entry.text = text.data;
    entry.elapsed = clock_monotonic() - job->started;
    entry.is_write =
        (tree->statement->flags & STATEMENT_WRITE) && !tree->explain && !job->settings.dry_run;
    /* What may be written from now on is part of what was written. */
    entry.is_write = entry.is_write || strcmp(tree->statement->name, "SET READ-ONLY") == 0;
    snprintf(entry.who, sizeof(entry.who), "%s", job->who);
    if (link)
        snprintf(entry.connection, sizeof(entry.connection), "%s", link->name);
    if (code)
        snprintf(entry.error, sizeof(entry.error), "%.95s", err->text);
    journal_add(job->session->journal, &entry);
    buf_done(&text);
    if (journal_failed(job->session->journal, &failure))
        job_note((struct job *)(uintptr_t)job, REPORT_WARNING, "%s", failure.text);
}

/* --verbose: every call the statement made. */
static void say_calls(struct run *run, uint64_t statement)
{
    size_t count = journal_count(run->session->journal), from = count;
    struct journal_entry call;

    while (from > 0 && journal_copy(run->session->journal, from - 1, false, &call)) {
        bool is_ours = call.statement == statement;

        journal_entry_done(&call);
        if (!is_ours)
            break;
        from--;
    }
    for (; from < count && journal_copy(run->session->journal, from, false, &call); from++) {
        char text[400];

        snprintf(text, sizeof(text), "%s.%s  %d  %.1f ms  %u retries  %llu bytes%s%s%s%s",
            call.service, call.operation, call.status, (double)call.elapsed / 1e6, call.retries,
            (unsigned long long)call.received_bytes, call.error[0] ? "  " : "", call.error,
            call.request_id[0] ? "  request id " : "", call.request_id);
        journal_entry_done(&call);
        run_say(run, MESSAGE_SAY_NOTE, text, NULL);
    }
}

enum error_code run_tree(struct run *run, const struct tree *tree)
{
    struct session *session = run->session;
    struct error err = {.code = ERROR_NONE};
    struct arena *arena = arena_new(JOB_LIMIT, &err);
    struct sink *sink = arena ? make_sink(run, tree, &err) : NULL;
    struct job job = {
        .number = ++session->statements,
        .sink = sink,
        .arena = arena,
        .who = run->script && script_in_file(run->script) ? "script" : run->who,
        .started = clock_monotonic(),
        .ask = run->ask,
        .ask_code = run->ask_code,
        .edit = run->edit,
        .report = report,
        .owner = run,
    };
    enum error_code code = sink ? ERROR_NONE : err.code;
    bool is_read = (tree->statement->flags & STATEMENT_READ) && !tree->explain;

    job_take_session(&job, session);
    session_note_statement(session, tree);
    atomic_init(&job.cancel, false);
    if (code)
        goto out;
    progress_start(&run->progress);
    atomic_store(&running_job, &job);
    if (atomic_load(&signals_seen) > 0) /* came between two statements */
        atomic_store(&job.cancel, true);
    run->writer.cancel = &job.cancel;
    code = job_run(&job, tree, &err);
    atomic_store(&running_job, NULL);
    if (!code)
        code = writer_flush(&run->writer, &err);
    else if (!run->writer.failure.code) {
        struct error second;

        if (writer_flush(&run->writer, &second)) /* rows so far are not lost */
            err = second;
    }
    if (!code && is_read && session->settings.fail_empty &&
        output_rows(sink) + job.rows_elsewhere == 0)
        code = error_set(&err, ERROR_MISSING, "nothing found");
    progress_clear(&run->progress);
    if (session->settings.verbose)
        say_calls(run, job.number);
    run_journal(&job, tree, code, &err);
out:
    run->writer.cancel = NULL;
    if (code)
        run_fail(run, tree, &err);
    output_free(sink);
    arena_free(arena);
    return code;
}

static void say_problem(void *user, const struct script_source *source, const struct error *err)
{
    struct run *run = user;

    run->source = *source;
    run_fail(run, NULL, err);
}

enum error_code run_open_script(struct run *run, struct error *err)
{
    struct script_listener listener = {.fail = say_problem, .user = run};

    run->script = script_new(run->session, &listener, err);
    return run->script ? ERROR_NONE : err->code;
}

static void print_statement(struct run *run, const struct tree *tree)
{
    struct error err;

    buf_add_string(&run->writer.buf, "> ");
    buf_add_text(&run->writer.buf, tree->source);
    buf_add_string(&run->writer.buf, tree->source.data[0] == '\\' ? "\n" : ";\n");
    if (writer_flush(&run->writer, &err))
        run_fail(run, tree, &err);
}

/* False when nothing more may run. */
static bool run_one(struct run *run, struct tree *tree, bool echo)
{
    enum error_code code;

    if (echo)
        print_statement(run, tree);
    code = run_tree(run, tree);
    if (code == ERROR_CANCELLED || run->writer.broken || run->session->quit)
        return false;
    return !code || !run->session->settings.stop_on_error;
}

/* The file or command that \o has opened: what it says at its end is said before the program ends. */
void run_end_output(struct run *run)
{
    struct error err;

    if (redirect_end_session(run->session, &err))
        run_fail(run, NULL, &err);
}

bool run_script(struct run *run, bool echo)
{
    bool go_on = true, done = false;

    while (go_on && !done) {
        struct error err = {.code = ERROR_NONE};
        struct tree *tree = script_next(run->script, &done, &err);

        run->source = *script_place(run->script);
        if (tree) {
            run_warn(run, script_context(run->script));
            go_on = run_one(run, tree, echo);
        } else if (!done && run->fill && script_context(run->script)->is_only_missing &&
                   run->fill(run, script_context(run->script))) {
            script_again(run->script);
        } else if (!done) {
            run_fail(run, NULL, &err);
            go_on = !run->session->settings.stop_on_error;
            script_recover(run->script);
        }
    }
    return go_on;
}
