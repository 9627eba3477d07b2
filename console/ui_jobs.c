#include "console/ui.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/width.h"
#include "console/prompt_history.h"
#include "console/run.h"

/* The UI thread's side of jobs: starting, listening, ending. */

enum { JOB_LIMIT = 1024 * 1024 * 1024, PROMPT_LIMIT = 1024 * 1024, STOP_MS = 2500 };
#define SAME_FAILURE (5 * CLOCK_SECOND)
#define PROMPT "<prompt>"

static void line_free(struct ui_line *line)
{
    if (!line)
        return;
    script_free(line->script);
    mem_free(line->text);
    mem_free(line);
}

static void job_free(struct ui_job *job)
{
    if (!job)
        return;
    ui_feed_release(job->feed);
    arena_free(job->job.arena);
    line_free(job->line);
    mem_free(job->statement);
    mem_free(job);
}

/* With what the statement says about going on. */
static const char *stopped_text(const struct error *err, char *out, size_t size)
{
    snprintf(out, size, "stopped%s%s", err->hint[0] ? "; " : "", err->hint);
    return out;
}

static void say_failure(struct ui *ui, const struct ui_job *job)
{
    const struct error *err = &job->err;
    enum screen_message kind = MESSAGE_ERROR;
    char text[900];

    if (job->code == ERROR_CANCELLED) {
        if (job->target != TARGET_QUIET && job->target != TARGET_METRICS &&
            job->target != TARGET_LOG)
            screen_message(ui->screen, MESSAGE_NOTE, stopped_text(err, text, sizeof(text)));
        return;
    }
    if (job->code == ERROR_REFUSED)
        kind = MESSAGE_REFUSED;
    else if (job->code == ERROR_MISSING || job->code == ERROR_DIFFERENT)
        kind = MESSAGE_NOTE;
    snprintf(text, sizeof(text), "%s%s%s", err->text, err->hint[0] ? "; " : "", err->hint);
    if (job->target == TARGET_QUIET) {
        /* Ten listings that fail for one reason are one message. */
        uint64_t now = clock_monotonic();
        size_t length = sizeof(ui->last_failure) - 1;

        if (strncmp(ui->last_failure, text, length) == 0 &&
            now - ui->last_failure_at < SAME_FAILURE)
            return;
        snprintf(ui->last_failure, sizeof(ui->last_failure), "%.199s", text);
        ui->last_failure_at = now;
    }
    screen_message(ui->screen, kind, text);
}

/* A file is named, the line at the prompt is seen. */
static void say_parse_error(struct ui *ui, const struct script_source *source,
    const struct error *err)
{
    char text[1200], place[340] = "";

    if (source && strcmp(source->name, PROMPT) != 0)
        snprintf(place, sizeof(place), "%.300s:%d:%d: ", source->name, err->line, err->column);
    else if (err->line > 1)
        snprintf(place, sizeof(place), "line %d column %d: ", err->line, err->column);
    else if (err->column > 0)
        snprintf(place, sizeof(place), "column %d: ", err->column);
    snprintf(text, sizeof(text), "%s%s%s%s", place, err->text, err->hint[0] ? "; " : "", err->hint);
    screen_message(ui->screen, MESSAGE_ERROR, text);
}

static void say_done(struct ui *ui, const struct ui_job *job)
{
    uint64_t elapsed = clock_monotonic() - job->job.started;
    char text[200];

    if (job->has_said || job->target == TARGET_QUIET ||
        (job->tree->statement->flags & STATEMENT_SCREEN))
        return;
    snprintf(text, sizeof(text), "%s%s  %llu ms", job->tree->explain ? "EXPLAIN " : "",
        job->tree->statement->name, (unsigned long long)(elapsed / CLOCK_MS));
    screen_message(ui->screen, MESSAGE_OK, text);
}

static void run_job(struct ui_job *job)
{
    struct rows_status status;

    job->err = (struct error){.code = ERROR_NONE};
    job->job.started = clock_monotonic();
    job->code = job_run(&job->job, job->tree, &job->err);
    run_journal(&job->job, job->tree, job->code, &job->err);
    if (!job->code || !job->feed)
        return;
    if (job->feed->rows) {
        status = rows_status(job->feed->rows);
        status.state = job->code == ERROR_CANCELLED ? ROWS_STOPPED : ROWS_FAILED;
        status.error = job->err;
        rows_set_status(job->feed->rows, &status);
    } else if (job->feed->series && job->code != ERROR_CANCELLED) {
        series_set_failure(job->feed->series, job->err.text);
    }
}

static void *thread_main(void *user)
{
    struct ui_job *job = user;

    run_job(job);
    ui_send(job->ui, UI_DONE, job, NULL, NULL, REPORT_NOTE);
    return NULL;
}

static bool start_thread(struct ui_job *job)
{
    struct error ignored;

    job->is_running = job->has_thread =
        !thread_start(&job->thread, thread_main, job, "a job", &ignored);
    return job->is_running;
}

static void forget(struct ui *ui, struct ui_job *job)
{
    struct ui_job **place = &ui->job_list;

    while (*place && *place != job)
        place = &(*place)->next;
    if (*place)
        *place = job->next;
    if (ui->asking == job)
        ui->asking = NULL;
}

static void start_quiet(struct ui *ui)
{
    unsigned running = 0;

    for (const struct ui_job *job = ui->job_list; job; job = job->next)
        running += job->target == TARGET_QUIET && job->is_running;
    for (struct ui_job *job = ui->job_list; job && running < UI_QUIET_THREADS; job = job->next)
        if (job->target == TARGET_QUIET && !job->has_thread) {
            if (!start_thread(job))
                return; /* when one of the others ends there may be room */
            running++;
        }
}

static void run_next(struct ui *ui, struct ui_line *line, enum screen_target target,
    const char *who);

/* Takes a line: all of its statements have run, or one has failed, or is wrong. */
static void end_line(struct ui *ui, struct ui_line *line, bool was_run)
{
    if (line && line->is_typed)
        prompt_history_add(ui->session, line->text,
            was_run ? (int64_t)((clock_monotonic() - line->started) / CLOCK_MS) : -1);
    line_free(line);
}

/* Its job is done: the next statement of the line, the next listing in the queue. */
static void finish(struct ui *ui, struct ui_job *job)
{
    struct ui_line *line = job->line;
    const char *who = job->job.who;
    enum screen_target target = job->target;

    if (job->has_thread)
        pthread_join(job->thread, NULL);
    if (job->code)
        say_failure(ui, job);
    else
        say_done(ui, job);
    job->line = NULL;
    forget(ui, job);
    if (!job->code && !ui->session->quit)
        run_next(ui, line, target, who);
    else
        end_line(ui, line, true);
    job_free(job);
    start_quiet(ui);
}

static bool is_live(enum screen_target target)
{
    return target == TARGET_METRICS || target == TARGET_LOG;
}

/* A read that a newer statement of the same panel replaces is of no more use; a write goes on. */
static void cancel_older(struct ui *ui, enum screen_target target)
{
    if (target == TARGET_QUIET || target == TARGET_MESSAGE)
        return;
    for (struct ui_job *job = ui->job_list; job; job = job->next)
        if (job->target == target && (job->tree->statement->flags & STATEMENT_READ))
            atomic_store(&job->job.cancel, true);
}

static void say_problem(void *user, const struct script_source *source, const struct error *err)
{
    struct ui_line *line = user;

    if (line->problems++ == 0)
        say_parse_error(line->ui, source, err);
}

static struct ui_line *line_new(struct ui *ui, const char *text, struct error *err)
{
    struct ui_line *line = mem_new(1, sizeof(*line));
    struct script_listener listener = {.fail = say_problem, .user = line};
    struct script_source source = {.name = PROMPT};

    if (!line) {
        error_memory(err);
        return NULL;
    }
    line->ui = ui;
    line->text = mem_copy_string(text);
    if (!line->text)
        error_memory(err);
    else
        line->script = script_new(ui->session, &listener, err);
    source.text = text_of(line->text ? line->text : "");
    if (line->script && !script_begin(line->script, &source, err))
        return line;
    line_free(line);
    return NULL;
}

/* Back to the prompt, with a \set for each parameter that has no value; the cursor stands where the
   first one goes. False when the statement came from a file. */
static bool ask_values(struct ui *ui, const struct script *script)
{
    const struct language_context *context = script_context(script);
    struct text rest = script_rest(script);
    size_t cursor = SIZE_MAX;
    struct buf text;
    bool good;

    if (rest.length == 0)
        return false;
    buf_init(&text, PROMPT_LIMIT);
    for (size_t i = 0; i < context->missing_count; i++) {
        buf_add_string(&text, "\\set ");
        value_add_name(&text, context->missing[i]);
        buf_add_char(&text, ' ');
        if (i == 0)
            cursor = text.length;
        buf_add_char(&text, '\n');
    }
    buf_add_text(&text, rest);
    good = !text.failure;
    if (good) {
        screen_prompt(ui->screen, buf_string(&text), cursor);
        screen_message(ui->screen, MESSAGE_NOTE, "a parameter has no value: type a literal");
    }
    buf_done(&text);
    return good;
}

/* The next statement of the line, which the job takes; NULL with err set, or at its end. */
static struct ui_job *parse(struct ui *ui, struct ui_line *line, struct error *err, bool *done)
{
    struct ui_job *job = mem_new(1, sizeof(*job));
    const struct language_context *context;

    *done = false;
    if (!job) {
        error_memory(err);
        line_free(line);
        return NULL;
    }
    job->ui = ui;
    job->line = line;
    job->tree = script_next(line->script, done, err);
    if (job->tree)
        job->job.arena = arena_new(JOB_LIMIT, err);
    if (job->job.arena) {
        job->statement = mem_copy(job->tree->source.data, job->tree->source.length);
        if (!job->statement)
            error_memory(err);
    }
    if (!job->statement && !*done && line->is_prompt &&
        script_context(line->script)->is_only_missing && ask_values(ui, line->script)) {
        line->is_typed = false; /* it is not done with */
        *done = true;
    }
    if (!job->statement) {
        if (!*done && line->problems == 0)
            say_parse_error(ui, script_place(line->script), err);
        job->line = NULL;
        end_line(ui, line, *done);
        job_free(job);
        return NULL;
    }
    context = script_context(line->script);
    for (size_t i = 0; i < context->warning_count; i++) {
        if (context->warning[i].name.length == 0)
            screen_message(ui->screen, MESSAGE_WARNING, context->warning[i].text);
    }
    return job;
}

static bool make_feed(struct ui *ui, struct ui_job *job, struct error *err)
{
    struct link *link = ui->session->link;
    bool is_local = link && connection_is_local(link->connection);

    if (job->target == TARGET_METRICS) {
        job->feed = ui_feed_new_series(is_local ? CLOCK_SECOND : 60 * CLOCK_SECOND, err);
        job->job.series = job->feed ? job->feed->series : NULL;
    } else if (job->target == TARGET_LOG) {
        job->feed = ui_feed_new_lines(err);
        job->job.loglines = job->feed ? job->feed->lines : NULL;
    } else {
        return true;
    }
    return job->feed != NULL;
}

/* Where the feed is on view already, else where the job's rows go. */
static enum screen_target place_of(const struct ui *ui, const struct ui_job *job,
    const struct ui_feed *feed)
{
    for (size_t i = 0; i < UI_TARGETS; i++)
        if (ui->shown[i] == feed)
            return (enum screen_target)i;
    return job->target == TARGET_MESSAGE ? TARGET_RESULTS : job->target;
}

static void show_feed(struct ui *ui, struct ui_job *job, struct ui_feed *feed)
{
    enum screen_target target = place_of(ui, job, feed);
    struct ui_feed *before = ui->shown[target];

    if (job->job.number < ui->shown_number[target])
        return; /* a newer statement has the panel */
    if (feed->rows)
        screen_show_rows(ui->screen, target, feed->rows,
            job->job.reads_on ? job->job.reads_on_as.data : job->statement);
    else if (feed->series)
        screen_show_series(ui->screen, feed->series, job->statement);
    else
        screen_show_log(ui->screen, feed->lines, job->statement);
    pthread_mutex_lock(&ui->lock);
    ui->shown[target] = ui_feed_hold(feed);
    pthread_mutex_unlock(&ui->lock);
    ui->shown_number[target] = job->job.number;
    ui_feed_release(before);
}

static void fill_job(struct ui *ui, struct ui_job *job, enum screen_target target, const char *who)
{
    ui_sink_init(job);
    job->target = target;
    job_take_session(&job->job, ui->session);
    job->job.number = ++ui->session->statements;
    job->job.sink = &job->sink;
    job->job.who = strcmp(who, "key") == 0             ? "key"
                   : strcmp(who, "panel") == 0         ? "panel"
                   : script_in_file(job->line->script) ? "script"
                                                       : "prompt";
    if (strcmp(job->job.who, "panel") != 0)
        session_note_statement(ui->session, job->tree);
    job->job.ask = ui_ask;
    job->job.ask_code = ui_ask_code;
    job->job.edit = ui_edit;
    job->job.report = ui_report;
    job->job.owner = job;
    atomic_init(&job->job.cancel, false);
}

/*
 * Settings and connections change on this thread only, and nothing of it waits for an answer. The
 * screen may be in the middle of a key: what came out of it is shown by the next turn.
 */
static void run_inline(struct ui_job *job)
{
    job->is_running = true;
    run_job(job);
    ui_send(job->ui, UI_DONE, job, NULL, NULL, REPORT_NOTE);
}

/* NEXT goes on behind what a running read has yet to say. */
static bool must_wait(const struct ui *ui, const struct ui_job *next, enum screen_target target)
{
    const struct statement *statement = next->tree->statement;

    if (strcmp(statement->name, "NEXT") != 0)
        return false;
    for (const struct ui_job *job = ui->job_list; job; job = job->next)
        if (job->tree->statement == statement ||
            (job->target == target && (job->tree->statement->flags & STATEMENT_READ)))
            return true;
    return false;
}

/* The next statement of the line, which is taken. */
static void run_next(struct ui *ui, struct ui_line *line, enum screen_target target,
    const char *who)
{
    struct error err = {.code = ERROR_NONE};
    struct ui_job **end = &ui->job_list;
    struct ui_job *job;
    bool done;

    job = parse(ui, line, &err, &done);
    if (!job)
        return;
    if (must_wait(ui, job, target)) {
        screen_message(ui->screen, MESSAGE_NOTE, "the read that NEXT goes on with is running");
        job->line = NULL;
        end_line(ui, line, false);
        job_free(job);
        return;
    }
    fill_job(ui, job, target, who);
    if (!make_feed(ui, job, &err)) {
        job_free(job);
        screen_message(ui->screen, MESSAGE_ERROR, err.text);
        return;
    }
    cancel_older(ui, target);
    if (is_live(target))
        show_feed(ui, job, job->feed);
    while (*end)
        end = &(*end)->next;
    *end = job;
    if (job->tree->statement->flags & STATEMENT_INLINE) {
        run_inline(job);
    } else if (target == TARGET_QUIET) {
        start_quiet(ui);
    } else if (!start_thread(job)) {
        error_set(&job->err, ERROR_LIMIT, "no thread could be started for the statement");
        job->code = ERROR_LIMIT;
        finish(ui, job);
    }
}

void ui_run(struct ui *ui, const char *text, enum screen_target target, const char *who)
{
    struct error err = {.code = ERROR_NONE};
    struct ui_line *line = line_new(ui, text, &err);

    if (!line) {
        say_parse_error(ui, NULL, &err);
        return;
    }
    line->is_prompt = strcmp(who, "prompt") == 0;
    line->is_typed = line->is_prompt && prompt_history_is_kept(text);
    line->started = clock_monotonic();
    run_next(ui, line, target, who);
}

/* One dialog at a time. True: an editor is wanted, which is no dialog. */
static bool ask_next_job(struct ui *ui)
{
    for (struct ui_job *job = ui->job_list; job && !ui->asking; job = job->next) {
        pthread_mutex_lock(&ui->lock);
        /* One that is cancelled waits no more: at the end no editor opens. */
        if (job->asks && !job->is_answered && !atomic_load(&job->job.cancel)) {
            ui->asking = job;
            job->is_editing = job->edited != NULL;
            if (job->wants_code)
                screen_ask_code(ui->screen, job->question);
            else if (!job->edited)
                screen_ask(ui->screen, job->question, job->details, job->type_name);
        }
        pthread_mutex_unlock(&ui->lock);
    }
    return ui->asking && ui->asking->is_editing;
}

static void ask_next(struct ui *ui)
{
    while (!ui->asking && ask_next_job(ui)) {
        struct ui_job *job = ui->asking;

        job->edit_code = screen_edit(ui->screen, job->edit_suffix, job->edited, &job->edit_err);
        ui->asking = NULL;
        pthread_mutex_lock(&ui->lock);
        job->is_answered = job->says_yes = true;
        job->is_editing = false;
        pthread_cond_broadcast(&ui->answered);
        pthread_mutex_unlock(&ui->lock);
    }
}

void ui_answer(struct ui *ui, bool yes)
{
    struct ui_job *job = ui->asking;

    ui->asking = NULL;
    if (job) {
        pthread_mutex_lock(&ui->lock);
        job->is_answered = true;
        job->says_yes = yes;
        if (yes && job->wants_code)
            snprintf(job->typed_code, sizeof(job->typed_code), "%s", screen_code(ui->screen));
        pthread_cond_broadcast(&ui->answered);
        pthread_mutex_unlock(&ui->lock);
    }
    ask_next(ui);
}

static void handle(struct ui *ui, struct ui_event *event)
{
    static const enum screen_message kind_table[] = {
        [REPORT_PROGRESS] = MESSAGE_NOTE,
        [REPORT_FOOTER] = MESSAGE_OK,
        [REPORT_NOTE] = MESSAGE_NOTE,
        [REPORT_WARNING] = MESSAGE_WARNING,
    };

    switch (event->kind) {
    case UI_FEED:
        show_feed(ui, event->job, event->feed);
        break;
    case UI_TEXT:
        screen_show_text(ui->screen, event->job->statement, text_of(event->text));
        break;
    case UI_REPORT:
        screen_message(ui->screen, kind_table[event->report], event->text);
        break;
    case UI_QUESTION:
        ask_next(ui);
        break;
    case UI_DONE:
        finish(ui, event->job);
        ask_next(ui);
        break;
    }
}

void ui_handle_events(struct ui *ui)
{
    for (;;) {
        struct ui_event *event;

        pthread_mutex_lock(&ui->lock);
        event = ui->event;
        if (event) {
            ui->event = event->next;
            if (!ui->event)
                ui->event_end = &ui->event;
        }
        pthread_mutex_unlock(&ui->lock);
        if (!event)
            return;
        handle(ui, event);
        ui_feed_release(event->feed);
        mem_free(event->text);
        mem_free(event);
    }
}

bool ui_cancel(struct ui *ui, enum screen_target target)
{
    struct ui_job *newest = NULL;

    for (struct ui_job *job = ui->job_list; job; job = job->next)
        if (job->target == target || (target == TARGET_RESULTS && job->target == TARGET_MESSAGE))
            newest = job;
    if (newest)
        atomic_store(&newest->job.cancel, true);
    return newest != NULL;
}

unsigned ui_job_count(const struct ui *ui)
{
    unsigned count = 0;

    for (const struct ui_job *job = ui->job_list; job; job = job->next)
        count += job->target != TARGET_QUIET && !is_live(job->target);
    return count;
}

bool ui_stop(struct ui *ui)
{
    uint64_t limit = clock_monotonic() + STOP_MS * CLOCK_MS;
    struct ui_job **place = &ui->job_list;

    ui->session->quit = true;
    while (*place) {
        struct ui_job *job = *place;

        atomic_store(&job->job.cancel, true);
        if (job->is_running) { /* its UI_DONE is on the way */
            place = &job->next;
        } else { /* a listing that waits for its turn */
            *place = job->next;
            job_free(job);
        }
    }
    while (ui->job_list && clock_monotonic() < limit) {
        ui_handle_events(ui);
        poll(NULL, 0, 5);
    }
    ui_handle_events(ui);
    for (size_t i = 0; i < UI_TARGETS && !ui->job_list; i++) {
        ui_feed_release(ui->shown[i]);
        ui->shown[i] = NULL;
    }
    return ui->job_list == NULL;
}
