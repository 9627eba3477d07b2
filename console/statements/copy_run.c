#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "console/output/writer.h"
#include "console/statements/copy.h"
#include "console/statements/read.h"

enum { ITEM_ARENA = 64 << 20, PROGRESS_MS = 200 };

/* Takes the rows of the source and writes them to the pipe. */
struct source {
    struct sink sink; /* first member */
    struct job *job;
    const struct copy_plan *plan;
    struct import_crew *crew;
    struct writer writer;
    struct arena *arena; /* of one item */
    uint64_t noted;      /* monotonic */
};

static enum error_code row(struct sink *sink, const struct value *item, struct error *err)
{
    struct source *source = (struct source *)(void *)sink;
    struct json_writer writer;

    if (source->plan->copy->transform) {
        struct error why = {.code = ERROR_NONE};

        arena_reset(source->arena);
        item = update_apply(source->plan->copy->transform, item, source->arena, &why);
        if (!item && why.code == ERROR_MEMORY)
            return error_memory(err);
        if (!item)
            return error_set(err, why.code, "TRANSFORM: %s", why.text);
    }
    json_writer_init(&writer, &source->writer.buf);
    value_add_wire_item(&writer, item);
    buf_add_char(&source->writer.buf, '\n');
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
};

static void *work(void *user)
{
    struct target *target = user;

    import_work(target->crew);
    close(target->descriptor);
    return NULL;
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

    if (thread_start(&thread, work, &target, "the copy", err)) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        return err->code;
    }
    read = read_source(source, whole, pipe_ends[1], err);
    broken = source->writer.broken;
    close(pipe_ends[1]);
    pthread_join(thread, NULL);
    written = import_end(source->crew, &said);
    /* A target that stopped is why the source found nobody to read it. */
    if (written && (!read || broken)) {
        *err = said;
        return written;
    }
    return read;
}

enum error_code copy_run(struct job *job, struct copy_plan *plan, struct plan *whole,
    struct error *err)
{
    struct source source = {.job = job, .plan = plan};
    int pipe_ends[2];
    enum error_code code;

    if (pipe(pipe_ends) < 0)
        return error_set(err, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFD, FD_CLOEXEC);
    plan->target.descriptor = pipe_ends[0];
    source.crew = import_begin(job, &plan->target, whole, err);
    if (!source.crew) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        return err->code;
    }
    code = run_both(&source, whole, pipe_ends, err);
    import_free(source.crew);
    return code;
}
