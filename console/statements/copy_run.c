#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "console/output/writer.h"
#include "console/statements/copy.h"
#include "console/statements/copy_state.h"
#include "console/statements/read.h"

enum { ITEM_ARENA = 64 << 20, PROGRESS_MS = 200 };

/* Takes the rows of the source and writes them to the pipe. */
struct source {
    struct sink sink; /* first member */
    struct job *job;
    const struct copy_plan *plan;
    struct import_crew *crew;
    struct writer writer;
    struct arena *arena;  /* of one item */
    uint64_t noted;       /* monotonic */
    uint64_t bytes, rows; /* gone to the target; rows: of the runs before too */
    bool is_whole;        /* all of the source is read */
    struct copy_state state;
};

static enum error_code row(struct sink *sink, const struct value *item, struct error *err)
{
    struct source *source = (struct source *)(void *)sink;
    struct json_writer writer;
    size_t before;

    if (source->plan->copy->transform) {
        struct error why = {.code = ERROR_NONE};

        arena_reset(source->arena);
        item = update_apply(source->plan->copy->transform, item, source->arena, &why);
        if (!item && why.code == ERROR_MEMORY)
            return error_memory(err);
        if (!item)
            return error_set(err, why.code, "TRANSFORM: %s", why.text);
    }
    before = source->writer.buf.length;
    json_writer_init(&writer, &source->writer.buf);
    value_add_wire_item(&writer, item);
    buf_add_char(&source->writer.buf, '\n');
    source->bytes += source->writer.buf.length - before;
    source->rows++;
    return writer_row_of_page(&source->writer, err);
}

static void note_progress(struct source *source, const struct rows_status *status)
{
    uint64_t now = clock_monotonic(), ms = status->elapsed / CLOCK_MS + 1;
    struct buf line;

    if (now - source->noted < PROGRESS_MS * CLOCK_MS)
        return;
    source->noted = now;
    buf_init(&line, 1024);
    buf_add_format(&line, "copy %s  ", source->plan->read->table->name);
    planner_add_thousands(&line, status->count);
    buf_add_string(&line, " read  ");
    planner_add_thousands(&line, import_written(source->crew));
    buf_add_string(&line, " written  ");
    planner_add_thousands(&line, import_written(source->crew) * 1000 / ms);
    buf_add_string(&line, "/s");
    job_note(source->job, REPORT_PROGRESS, "%s", buf_string(&line));
    buf_done(&line);
}

static enum error_code page(struct sink *sink, const struct rows_status *status, struct error *err)
{
    struct source *source = (struct source *)(void *)sink;

    note_progress(source, status);
    return writer_flush(&source->writer, err);
}

static enum error_code note_place(void *user, const struct rows_status *status, struct error *err)
{
    struct source *source = user;

    (void)status;
    if (copy_state_page(&source->state, source->bytes, source->rows, err))
        return err->code;
    return copy_state_save(&source->state, source->crew, false, err);
}

static enum error_code end(struct sink *sink, const struct rows_status *status, struct error *err)
{
    struct source *source = (struct source *)(void *)sink;

    (void)status;
    return writer_flush(&source->writer, err);
}

/* The side that writes into the target; then nobody reads the pipe any more. */
struct target {
    struct import_crew *crew;
    int descriptor;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over;
};

static void *work(void *user)
{
    struct target *target = user;

    import_work(target->crew);
    close(target->descriptor);
    pthread_mutex_lock(&target->lock);
    target->is_over = true;
    pthread_cond_signal(&target->over);
    pthread_mutex_unlock(&target->lock);
    return NULL;
}

/* The source is read; the state goes on telling how far the target is. */
static void wait_for_target(struct source *source, struct target *target)
{
    struct error ignored;
    bool is_over = false;

    while (!is_over) {
        uint64_t until = clock_wall() + CLOCK_SECOND;
        const struct timespec time = {.tv_sec = (time_t)(until / CLOCK_SECOND),
            .tv_nsec = (long)(until % CLOCK_SECOND)};

        pthread_mutex_lock(&target->lock);
        if (!target->is_over)
            pthread_cond_timedwait(&target->over, &target->lock, &time);
        is_over = target->is_over;
        pthread_mutex_unlock(&target->lock);
        /* A failure shows again, and is told, at the end. */
        if (!is_over && copy_state_save(&source->state, source->crew, false, &ignored))
            continue;
    }
}

static enum error_code read_source(struct source *source, struct plan *whole, int descriptor,
    struct error *err)
{
    struct job *job = source->job;
    struct sink *sink = job->sink;
    enum error_code code;

    writer_init(&source->writer, descriptor, "the target");
    source->sink = sink_quiet;
    source->sink.row = row;
    source->sink.page = page;
    source->sink.end = end;
    source->arena = arena_new(ITEM_ARENA, err);
    code = source->arena ? ERROR_NONE : err->code;
    job->sink = &source->sink;
    if (!code)
        code = read_run(job, source->plan->read, whole, err);
    job->sink = sink;
    arena_free(source->arena);
    writer_done(&source->writer);
    return code;
}

static enum error_code run_both(struct source *source, struct plan *whole, int pipe_ends[2],
    struct error *err)
{
    struct target target = {.crew = source->crew, .descriptor = pipe_ends[0]};
    struct error said = {.code = ERROR_NONE};
    bool broken;
    enum error_code read, written;
    pthread_t thread;

    pthread_mutex_init(&target.lock, NULL);
    pthread_cond_init(&target.over, NULL);
    if (thread_start(&thread, work, &target, "the copy", err)) {
        pthread_cond_destroy(&target.over);
        pthread_mutex_destroy(&target.lock);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        return err->code;
    }
    read = read_source(source, whole, pipe_ends[1], err);
    broken = source->writer.broken;
    close(pipe_ends[1]);
    wait_for_target(source, &target);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&target.over);
    pthread_mutex_destroy(&target.lock);
    source->is_whole = !read;
    written = import_end(source->crew, &said);
    /* A target that stopped is why the source found nobody to read it. */
    if (written && (!read || broken)) {
        *err = said;
        return written;
    }
    return read;
}

static enum error_code run_piped(struct source *source, struct copy_plan *plan, struct plan *whole,
    struct error *err)
{
    int pipe_ends[2];
    enum error_code code;

    if (pipe(pipe_ends) < 0)
        return error_set(err, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFD, FD_CLOEXEC);
    plan->target.descriptor = pipe_ends[0];
    source->crew = import_begin(source->job, &plan->target, whole, err);
    if (!source->crew) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        return err->code;
    }
    code = run_both(source, whole, pipe_ends, err);
    /* What was rejected is in a file, and all else is written: there is nothing left to go on with. */
    copy_state_end(&source->state, source->crew,
        import_acknowledged(source->crew) == source->bytes && source->is_whole ? ERROR_NONE : code,
        err);
    import_free(source->crew);
    return code;
}

enum error_code copy_run(struct job *job, struct copy_plan *plan, struct plan *whole,
    struct error *err)
{
    struct source source = {.job = job, .plan = plan};
    enum error_code code = copy_state_begin(&source.state, job, plan, err);

    source.rows = plan->target.read_before;
    source.state.places.page = note_place;
    source.state.places.user = &source;
    if (!code)
        code = run_piped(&source, plan, whole, err);
    copy_state_free(&source.state);
    return code;
}
