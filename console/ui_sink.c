#include "console/ui.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "console/run.h"

/* What a job thread calls: rows into a feed, reports and questions to the UI thread. */

#define WAKE_EVERY (50 * CLOCK_MS)

static struct ui_feed *feed_new(struct error *err)
{
    struct ui_feed *feed = mem_new(1, sizeof(*feed));

    if (!feed)
        error_memory(err);
    else
        atomic_init(&feed->users, 1);
    return feed;
}

struct ui_feed *ui_feed_new_rows(struct error *err)
{
    struct ui_feed *feed = feed_new(err);

    if (feed)
        feed->rows = rows_new(err);
    if (feed && feed->rows)
        return feed;
    ui_feed_release(feed);
    return NULL;
}

struct ui_feed *ui_feed_new_series(uint64_t slot_length, struct error *err)
{
    struct ui_feed *feed = feed_new(err);

    if (feed)
        feed->series = series_new(slot_length, err);
    if (feed && feed->series)
        return feed;
    ui_feed_release(feed);
    return NULL;
}

struct ui_feed *ui_feed_new_lines(struct error *err)
{
    struct ui_feed *feed = feed_new(err);

    if (feed)
        feed->lines = loglines_new(err);
    if (feed && feed->lines)
        return feed;
    ui_feed_release(feed);
    return NULL;
}

struct ui_feed *ui_feed_hold(struct ui_feed *feed)
{
    if (feed)
        atomic_fetch_add(&feed->users, 1);
    return feed;
}

void ui_feed_release(struct ui_feed *feed)
{
    if (!feed || atomic_fetch_sub(&feed->users, 1) > 1)
        return;
    rows_free(feed->rows);
    series_free(feed->series);
    loglines_free(feed->lines);
    mem_free(feed);
}

void ui_send(struct ui *ui, enum ui_event_kind kind, struct ui_job *job, struct ui_feed *feed,
    char *text, enum job_report report)
{
    struct ui_event *event = mem_new(1, sizeof(*event));

    if (!event) {
        mem_free(text);
        return;
    }
    *event = (struct ui_event){.kind = kind,
        .job = job,
        .feed = ui_feed_hold(feed),
        .text = text,
        .report = report};
    pthread_mutex_lock(&ui->lock);
    *ui->event_end = event;
    ui->event_end = &event->next;
    pthread_mutex_unlock(&ui->lock);
    screen_wake(ui->screen);
}

/* The panels see more rows; not for each of a thousand in a page. */
static void wake_soon(struct ui_job *job, bool now)
{
    uint64_t time = clock_monotonic();

    if (!now && time - job->last_wake < WAKE_EVERY)
        return;
    job->last_wake = time;
    screen_wake(job->ui->screen);
}

static struct ui_job *of_sink(struct sink *sink)
{
    return (struct ui_job *)(void *)((char *)sink - offsetof(struct ui_job, sink));
}

static bool drops_rows(const struct ui_job *job)
{
    return job->target == TARGET_QUIET || job->target == TARGET_METRICS ||
           job->target == TARGET_LOG;
}

static void show(struct ui_job *job)
{
    if (job->is_shown)
        return;
    job->is_shown = true;
    ui_send(job->ui, UI_FEED, job, job->feed, NULL, REPORT_NOTE);
}

/* The rows on view that NEXT goes on with, one more user; NULL: they are not on view. */
static struct ui_feed *find_rows(struct ui *ui, uint64_t read)
{
    struct ui_feed *found = NULL;

    pthread_mutex_lock(&ui->lock);
    for (size_t i = 0; i < UI_TARGETS && read && !found; i++)
        if (ui->shown[i] && ui->shown[i]->rows && ui->shown[i]->read == read)
            found = ui_feed_hold(ui->shown[i]);
    pthread_mutex_unlock(&ui->lock);
    return found;
}

static struct ui_feed *make_rows(const struct ui_job *job, const struct sink_shape *shape,
    struct error *err)
{
    struct ui_feed *feed = ui_feed_new_rows(err);

    if (!feed)
        return NULL;
    feed->read = job->job.reads_on ? job->job.reads_on : job->job.number;
    if (shape->key)
        rows_set_keys(feed->rows, shape->key, shape->key_count);
    if (shape->column)
        rows_set_columns(feed->rows, shape->column, shape->column_count);
    if (shape->title)
        rows_set_title(feed->rows, shape->title);
    return feed;
}

/* Of all pages so far: NEXT adds to what has been read. */
static void set_status(struct ui_job *job, const struct rows_status *status)
{
    struct rows_status all = *status;

    if (drops_rows(job) || !job->feed)
        return;
    all.scanned += job->before.scanned;
    all.pages += job->before.pages;
    all.capacity_milli += job->before.capacity_milli;
    all.elapsed += job->before.elapsed;
    rows_set_status(job->feed->rows, &all);
    wake_soon(job, true);
}

static enum error_code sink_begin(struct sink *sink, const struct sink_shape *shape,
    struct error *err)
{
    struct ui_job *job = of_sink(sink);
    struct ui_feed *feed;
    struct rows_status loading = {.state = ROWS_LOADING};

    if (drops_rows(job))
        return ERROR_NONE;
    job->before = (struct rows_status){.count = 0};
    feed = find_rows(job->ui, job->job.reads_on);
    if (feed)
        job->before = rows_status(feed->rows);
    else
        feed = make_rows(job, shape, err);
    if (!feed)
        return err->code;
    ui_feed_release(job->feed);
    job->feed = feed;
    job->is_shown = false;
    set_status(job, &loading);
    if (job->target != TARGET_MESSAGE)
        show(job);
    return ERROR_NONE;
}

static enum error_code sink_row(struct sink *sink, const struct value *item, struct error *err)
{
    struct ui_job *job = of_sink(sink);

    if (drops_rows(job))
        return ERROR_NONE;
    if (rows_append(job->feed->rows, item, err))
        return err->code;
    show(job);
    wake_soon(job, false);
    return ERROR_NONE;
}

static enum error_code sink_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    (void)err;
    set_status(of_sink(sink), status);
    return ERROR_NONE;
}

static enum error_code sink_text(struct sink *sink, struct text text, struct text json,
    struct error *err)
{
    struct ui_job *job = of_sink(sink);
    char *copy;

    (void)json;
    if (job->target == TARGET_QUIET)
        return ERROR_NONE;
    copy = mem_copy(text.data, text.length);
    if (!copy)
        return error_memory(err);
    ui_send(job->ui, UI_TEXT, job, NULL, copy, REPORT_NOTE);
    return ERROR_NONE;
}

static enum error_code sink_end(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    struct rows_status last = *status;

    (void)err;
    if (last.state == ROWS_LOADING || last.state == ROWS_IDLE)
        last.state = last.have_more ? ROWS_STOPPED : ROWS_COMPLETE;
    set_status(of_sink(sink), &last);
    if (!drops_rows(of_sink(sink)) && of_sink(sink)->feed)
        show(of_sink(sink)); /* no rows are a result too */
    return ERROR_NONE;
}

void ui_sink_init(struct ui_job *job)
{
    job->sink = (struct sink){sink_begin, sink_row, sink_page, sink_text, sink_end, NULL};
}

void ui_report(struct job *job, enum job_report kind, const char *text)
{
    struct ui_job *one = job->owner;
    char footer[2048];
    char *copy;

    if (kind == REPORT_PROGRESS || one->target == TARGET_QUIET)
        return; /* rows carry their own progress */
    one->has_said = true;
    if (kind == REPORT_FOOTER) {
        run_footer(&job->settings, text, footer, sizeof(footer));
        text = footer;
    }
    copy = mem_copy_string(text);
    if (copy)
        ui_send(one->ui, UI_REPORT, one, NULL, copy, kind);
}

static void wait_a_little(struct ui *ui)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(100 * CLOCK_MS);
    if (until.tv_nsec >= (long)CLOCK_SECOND) {
        until.tv_nsec -= (long)CLOCK_SECOND;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&ui->answered, &ui->lock, &until);
}

/* Puts the question that the job holds to the person and waits; false: no, or cancelled. */
static bool wait_for_answer(struct ui_job *one)
{
    struct ui *ui = one->ui;
    bool yes;

    pthread_mutex_lock(&ui->lock);
    one->asks = true;
    one->is_answered = false;
    pthread_mutex_unlock(&ui->lock);
    ui_send(ui, UI_QUESTION, one, NULL, NULL, REPORT_NOTE);
    pthread_mutex_lock(&ui->lock);
    while (!one->is_answered && !atomic_load(&one->job.cancel))
        wait_a_little(ui);
    yes = one->is_answered && one->says_yes;
    one->asks = one->wants_code = false;
    one->question = one->details = one->type_name = NULL;
    pthread_mutex_unlock(&ui->lock);
    return yes;
}

bool ui_ask(struct job *job, const struct question *question, struct error *err)
{
    struct ui_job *one = job->owner;
    char *text = mem_copy_string(question->text);
    char *details = mem_copy_string(question->details ? question->details : "");
    char *type_name = question->type_name ? mem_copy_string(question->type_name) : NULL;
    bool yes = false;

    if (!text || !details || (question->type_name && !type_name)) {
        error_memory(err);
        goto out;
    }
    one->question = text;
    one->details = details;
    one->type_name = type_name;
    yes = wait_for_answer(one);
    if (!yes)
        error_set(err, ERROR_REFUSED, "not confirmed, nothing was done");
out:
    mem_free(text);
    mem_free(details);
    mem_free(type_name);
    return yes;
}

bool ui_ask_code(struct job *job, const char *question, char *out, size_t size, struct error *err)
{
    struct ui_job *one = job->owner;
    char *text = mem_copy_string(question);
    bool yes;

    if (!text) {
        error_memory(err);
        return false;
    }
    one->question = text;
    one->wants_code = true;
    yes = wait_for_answer(one);
    if (yes)
        snprintf(out, size, "%s", one->typed_code);
    else if (atomic_load(&job->cancel))
        error_set(err, ERROR_CANCELLED, "cancelled");
    else
        error_set(err, ERROR_REFUSED, "no code was given for the MFA device");
    explicit_bzero(one->typed_code, sizeof(one->typed_code));
    mem_free(text);
    return yes;
}

enum error_code ui_edit(struct job *job, const char *suffix, struct buf *text, struct error *err)
{
    struct ui_job *one = job->owner;

    one->edited = text;
    one->edit_suffix = suffix;
    one->edit_code = ERROR_NONE;
    (void)wait_for_answer(one);
    pthread_mutex_lock(&one->ui->lock);
    while (one->is_editing)
        wait_a_little(one->ui);
    one->edited = NULL;
    pthread_mutex_unlock(&one->ui->lock);
    if (atomic_load(&job->cancel))
        return error_set(err, ERROR_CANCELLED, "cancelled");
    if (one->edit_code)
        *err = one->edit_err;
    return one->edit_code;
}
