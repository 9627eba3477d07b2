#include "client/credentials_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/process.h"

enum { SLICE_MS = 50, CHUNK = 4096, ARENA_LIMIT = 1024 * 1024 };

struct process {
    pid_t pid;
    int output;
    uint64_t end; /* monotonic */
    const atomic_bool *cancel;
};

static enum error_code check_time(const struct process *process, struct error *err)
{
    if (process->cancel && atomic_load(process->cancel))
        return error_set(err, ERROR_CANCELLED, "interrupted");
    if (clock_monotonic() >= process->end)
        return error_set(err, ERROR_ACCESS, "credential_process took too long");
    return ERROR_NONE;
}

static enum error_code read_all(const struct process *process, struct buf *out, struct error *err)
{
    struct pollfd poll_set = {.fd = process->output, .events = POLLIN};
    enum error_code code = ERROR_NONE;

    while (!code) {
        int ready = poll(&poll_set, 1, SLICE_MS);
        char *room = ready > 0 ? buf_reserve(out, CHUNK) : NULL;
        ssize_t got;

        if (ready > 0 && !room) {
            code = out->failure == ERROR_MEMORY
                       ? error_memory(err)
                       : error_set(err, ERROR_ACCESS, "credential_process writes too much");
            break;
        }
        if (ready > 0) {
            got = read(process->output, room, CHUNK);
            if (got == 0)
                break;
            if (got > 0)
                buf_added(out, (size_t)got);
        }
        code = check_time(process, err);
    }
    return code;
}

/* The whole group ends when something went wrong: the shell may have started others. */
static enum error_code wait_for_end(const struct process *process, enum error_code code,
    struct error *err)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    int status = 0;

    while (!code && waitpid(process->pid, &status, WNOHANG) == 0) {
        nanosleep(&pause, NULL);
        code = check_time(process, err);
    }
    if (code) {
        kill(-process->pid, SIGKILL);
        while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
            continue;
        return code;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERROR_NONE;
    if (WIFEXITED(status))
        return error_set(err, ERROR_ACCESS, "credential_process ended with status %d",
            WEXITSTATUS(status));
    return error_set(err, ERROR_ACCESS, "credential_process was ended by signal %d",
        WTERMSIG(status));
}

enum error_code credentials_process_run(const char *command, unsigned limit_ms,
    const atomic_bool *cancel, struct buf *out, struct error *err)
{
    struct process process = {.end = clock_monotonic() + limit_ms * CLOCK_MS, .cancel = cancel};
    struct process_options options = {.input = PROCESS_NOTHING,
        .errors = PROCESS_NOTHING,
        .own_group = true};
    int pipes[2];
    enum error_code code;

    if (pipe(pipes) != 0)
        return error_set(err, ERROR_IO, "cannot start credential_process: %s", strerror(errno));
    fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
    options.output = pipes[1];
    code = process_start_shell(command, &options, &process.pid, err);
    close(pipes[1]);
    process.output = pipes[0];
    if (!code) {
        code = read_all(&process, out, err);
        code = wait_for_end(&process, code, err);
    }
    close(pipes[0]);
    return code;
}

bool credentials_process_answers(struct text output, struct error *err)
{
    struct arena *arena = arena_new(ARENA_LIMIT, err);
    struct error ignored = {0};
    bool good;

    if (!arena)
        return false;
    good = json_integer_member(json_parse(output, arena, &ignored), "Version", 0) == 1;
    arena_free(arena);
    if (!good && ignored.code == ERROR_MEMORY)
        error_memory(err);
    else if (!good)
        error_set(err, ERROR_ACCESS, "credential_process does not answer with JSON of Version 1");
    return good;
}
