#include "console/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "console/output/output.h"
#include "console/output/writer.h"

enum { CAPTURE_LIMIT = 1024 * 1024, NAME_SIZE = 120 };

struct redirect {
    char *target;         /* path, or the command without its sign */
    char name[NAME_SIZE]; /* for messages */
    int descriptor;
    pid_t pid;          /* of the shell; 0: a file */
    int capture;        /* an unlinked file with what it prints; -1: none */
    atomic_bool broken; /* nobody reads */
    atomic_int users;
    pthread_mutex_t lock; /* of the descriptor */
};

bool redirect_is_command(struct text target)
{
    return target.length > 0 && target.data[0] == '|';
}

static enum error_code open_capture(struct redirect *redirect, struct error *err)
{
    redirect->capture = file_open_nameless(err);
    return redirect->capture < 0 ? err->code : ERROR_NONE;
}

static enum error_code open_command(struct redirect *redirect, bool captures, struct error *err)
{
    struct process_options options = {.output = PROCESS_OURS, .errors = PROCESS_OURS};
    int pipes[2];
    enum error_code code;

    if (captures && open_capture(redirect, err))
        return err->code;
    if (captures)
        options.output = options.errors = redirect->capture;
    if (pipe(pipes) != 0)
        return error_set(err, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
    options.input = pipes[0];
    code = process_start_shell(redirect->target, &options, &redirect->pid, err);
    close(pipes[0]);
    if (code)
        close(pipes[1]);
    else
        redirect->descriptor = pipes[1];
    return code;
}

static enum error_code open_file(struct redirect *redirect, struct error *err)
{
    redirect->descriptor =
        open(redirect->target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (redirect->descriptor >= 0)
        return ERROR_NONE;
    return error_set(err, ERROR_IO, "cannot write %s: %s", redirect->target, strerror(errno));
}

static void release(struct redirect *redirect)
{
    if (redirect->descriptor >= 0)
        close(redirect->descriptor);
    if (redirect->capture >= 0)
        close(redirect->capture);
    pthread_mutex_destroy(&redirect->lock);
    mem_free(redirect->target);
    mem_free(redirect);
}

struct redirect *redirect_open(struct text target, bool captures, struct error *err)
{
    struct redirect *redirect = mem_new(1, sizeof(*redirect));
    bool is_command = redirect_is_command(target);
    enum error_code code;

    if (!redirect) {
        error_memory(err);
        return NULL;
    }
    redirect->descriptor = redirect->capture = -1;
    atomic_init(&redirect->users, 1);
    pthread_mutex_init(&redirect->lock, NULL);
    if (is_command)
        target = text_trim(text_slice(target, 1, target.length));
    redirect->target = mem_copy(target.data, target.length);
    snprintf(redirect->name, sizeof(redirect->name), "%.*s",
        (int)(target.length < NAME_SIZE ? target.length : NAME_SIZE - 1), target.data);
    if (!redirect->target)
        code = error_memory(err);
    else if (target.length == 0)
        code = error_set(err, ERROR_USAGE, "behind | a command is needed");
    else
        code = is_command ? open_command(redirect, captures, err) : open_file(redirect, err);
    if (!code)
        return redirect;
    release(redirect);
    return NULL;
}

static struct redirect *hold(struct redirect *redirect)
{
    atomic_fetch_add(&redirect->users, 1);
    return redirect;
}

static enum error_code read_capture(const struct redirect *redirect, struct buf *captured,
    struct error *err)
{
    struct buf all;
    enum error_code code;

    buf_init(&all, CAPTURE_LIMIT);
    if (lseek(redirect->capture, 0, SEEK_SET) < 0)
        code = error_set(err, ERROR_IO, "cannot read what %s printed: %s", redirect->name,
            strerror(errno));
    else
        code = file_read_descriptor(redirect->capture, &all, err);
    if (!code)
        buf_add_text(captured, buf_view(&all));
    else if (code == ERROR_LIMIT)
        code = error_set(err, ERROR_LIMIT, "%s printed more than 1 MiB", redirect->name);
    buf_done(&all);
    return code;
}

/*
 * Ends one use, and with the last one all of it: waits for the command, which is told when *cancel
 * becomes true (NULL: never). What it printed is added to captured (NULL: dropped).
 */
static enum error_code close_one(struct redirect *redirect, const atomic_bool *cancel,
    struct buf *captured, struct error *err)
{
    enum error_code code = ERROR_NONE;

    if (!redirect || atomic_fetch_sub(&redirect->users, 1) > 1)
        return ERROR_NONE;
    if (close(redirect->descriptor) != 0 && errno != EINTR)
        code = error_set(err, ERROR_IO, "cannot write %s: %s", redirect->name, strerror(errno));
    redirect->descriptor = -1;
    if (redirect->pid > 0) {
        int status = process_wait(redirect->pid, cancel);

        if (redirect->capture >= 0 && captured)
            code = read_capture(redirect, captured, err);
        if (!code && status != 0 && !(cancel && atomic_load(cancel)))
            code = error_set(err, ERROR_IO, "%s ended with status %d", redirect->name, status);
    }
    release(redirect);
    return code;
}

static enum error_code send_rows(void *user, struct text bytes, struct error *err)
{
    struct redirect *redirect = user;
    enum error_code code = ERROR_NONE;

    pthread_mutex_lock(&redirect->lock);
    while (bytes.length > 0 && !code) {
        ssize_t count = write(redirect->descriptor, bytes.data, bytes.length);

        if (count >= 0) {
            bytes = text_slice(bytes, (size_t)count, bytes.length);
        } else if (errno == EPIPE) {
            atomic_store(&redirect->broken, true);
            code = error_set(err, ERROR_CANCELLED, "%s does not read any more", redirect->name);
        } else if (errno != EINTR) {
            code =
                error_set(err, ERROR_IO, "cannot write to %s: %s", redirect->name, strerror(errno));
        }
    }
    pthread_mutex_unlock(&redirect->lock);
    return code;
}

static enum error_code run_into(struct redirect *redirect, struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const void *user, struct error *err), const void *user,
    struct error *err)
{
    struct sink *before = job->sink;
    struct output_options options;
    struct writer writer;
    enum error_code code = ERROR_NONE;

    writer_init(&writer, -1, redirect->name);
    writer.send = send_rows;
    writer.user = redirect;
    writer.unbuffered = tree->watch || (tree->statement->flags & STATEMENT_REPEATS);
    output_options_from(&options, &job->settings, false, false, false);
    job->sink = output_new(&writer, &options, err);
    if (job->sink)
        code = run(job, user, err);
    else
        code = err->code;
    if (!code)
        code = writer_flush(&writer, err);
    if (code == ERROR_CANCELLED && atomic_load(&redirect->broken) && !atomic_load(&job->cancel))
        code = ERROR_NONE;
    if (job->sink)
        job->rows_elsewhere += output_rows(job->sink);
    output_free(job->sink);
    job->sink = before;
    writer_done(&writer);
    return code;
}

/* What panels and keys show is not for the file; neither is what speaks of the session itself. */
static bool is_redirected(const struct job *job, const struct tree *tree)
{
    unsigned calls = STATEMENT_READ | STATEMENT_WRITE;

    return (strcmp(job->who, "prompt") == 0 || strcmp(job->who, "script") == 0) &&
           (tree->statement->flags & calls);
}

/* Ends one use; what a command printed is shown. */
static enum error_code let_go(struct job *job, struct redirect *redirect, struct error *err)
{
    struct buf captured;
    struct error shown;
    enum error_code code;

    buf_init(&captured, CAPTURE_LIMIT);
    code = close_one(redirect, &job->cancel, &captured, err);
    if (captured.length > 0 && job->sink->text(job->sink, buf_view(&captured), TEXT(""), &shown) &&
        !code) {
        *err = shown;
        code = shown.code;
    }
    buf_done(&captured);
    return code;
}

static enum error_code either(enum error_code code, enum error_code second,
    const struct error *second_err, struct error *err)
{
    if (code || !second)
        return code;
    *err = *second_err;
    return second;
}

enum error_code redirect_run_session(struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const void *user, struct error *err), const void *user,
    struct error *err)
{
    struct session *session = job->session;
    struct redirect *redirect = NULL;
    struct error second;
    enum error_code code;

    if (is_redirected(job, tree)) {
        pthread_mutex_lock(&session->lock);
        redirect = session->redirect ? hold(session->redirect) : NULL;
        pthread_mutex_unlock(&session->lock);
    }
    if (!redirect)
        return run(job, user, err);
    code = run_into(redirect, job, tree, run, user, err);
    return either(code, let_go(job, redirect, &second), &second, err);
}

enum error_code redirect_run_to(struct text target, struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const void *user, struct error *err), const void *user,
    struct error *err)
{
    struct redirect *redirect = redirect_open(target, job->session->screen != NULL, err);
    struct error second;
    enum error_code code;

    if (!redirect)
        return err->code;
    code = run_into(redirect, job, tree, run, user, err);
    return either(code, let_go(job, redirect, &second), &second, err);
}

static struct redirect *swap(struct session *session, struct redirect *redirect)
{
    struct redirect *before;

    pthread_mutex_lock(&session->lock);
    before = session->redirect;
    session->redirect = redirect;
    pthread_mutex_unlock(&session->lock);
    return before;
}

enum error_code redirect_set_session(struct job *job, struct redirect *redirect, struct error *err)
{
    return let_go(job, swap(job->session, redirect), err);
}

enum error_code redirect_end_session(struct session *session, struct error *err)
{
    return close_one(swap(session, NULL), NULL, NULL, err);
}
