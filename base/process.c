#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static bool set_attributes(posix_spawnattr_t *attributes, bool own_group)
{
    sigset_t none, usual;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGPIPE);
    return !posix_spawnattr_setflags(attributes,
               (short)((own_group ? POSIX_SPAWN_SETPGROUP : 0) | POSIX_SPAWN_SETSIGMASK |
                       POSIX_SPAWN_SETSIGDEF)) &&
           !posix_spawnattr_setpgroup(attributes, 0) &&
           !posix_spawnattr_setsigmask(attributes, &none) &&
           !posix_spawnattr_setsigdefault(attributes, &usual);
}

static bool place(posix_spawn_file_actions_t *actions, int from, int to)
{
    if (from == PROCESS_OURS)
        return true;
    if (from == PROCESS_NOTHING)
        return !posix_spawn_file_actions_addopen(actions, to, "/dev/null",
            to == 0 ? O_RDONLY : O_WRONLY, 0);
    return !posix_spawn_file_actions_adddup2(actions, from, to);
}

static int spawn(char *const arguments[], const struct process_options *options, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    if (!set_attributes(&attributes, options->own_group) || !place(&actions, options->input, 0) ||
        !place(&actions, options->output, 1) || !place(&actions, options->errors, 2))
        failed = ENOMEM;
    else
        failed = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

enum error_code process_start(char *const arguments[], const struct process_options *options,
    pid_t *pid, struct error *err)
{
    int failed = spawn(arguments, options, pid);

    if (!failed)
        return ERROR_NONE;
    return error_set(err, ERROR_IO, "cannot start %s: %s", arguments[0], strerror(failed));
}

enum error_code process_start_shell(const char *command, const struct process_options *options,
    pid_t *pid, struct error *err)
{
    char shell[] = "/bin/sh", option[] = "-c";
    char *text = (char *)(uintptr_t)command; /* execve leaves it alone */
    char *arguments[] = {shell, option, text, NULL};

    return process_start(arguments, options, pid, err);
}

int process_wait(pid_t pid, const atomic_bool *cancel)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    bool is_told = false;
    int status = 0;

    for (;;) {
        pid_t ended = waitpid(pid, &status, cancel ? WNOHANG : 0);

        if (ended == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR)
            return -1;
        if (cancel && !is_told && atomic_load(cancel)) {
            is_told = true;
            kill(pid, SIGTERM);
        }
        if (ended == 0)
            nanosleep(&pause, NULL);
    }
}

static size_t split(char *line, char **word)
{
    size_t count = 0;

    while (*line && count < PROCESS_WORDS) {
        char quote = '\0', *to;

        while (*line == ' ')
            line++;
        if (!*line)
            break;
        word[count++] = to = line;
        for (; *line && (quote || *line != ' '); line++) {
            if (quote ? *line == quote : *line == '\'' || *line == '"')
                quote = quote ? '\0' : *line;
            else
                *to++ = *line;
        }
        if (*line)
            line++;
        *to = '\0';
    }
    return count;
}

size_t process_editor(char *line, size_t size, char *word[PROCESS_WORDS + 2])
{
    const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

    for (size_t i = 0; i < PROCESS_WORDS + 2; i++)
        word[i] = NULL;
    snprintf(line, size, "%s", visual && *visual ? visual : editor && *editor ? editor : "vi");
    return split(line, word);
}
