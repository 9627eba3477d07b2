#include "console/code_prompt.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

enum { SLICE_MS = 50 };

bool code_prompt_is_possible(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static bool say(const char *text)
{
    struct error ignored;

    return !file_write_all(STDERR_FILENO, text_of(text), &ignored);
}

/* A line without its end; false when it is cancelled or the input ends. */
static bool read_line(const struct job *job, char *out, size_t size)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    size_t length = 0;
    char c = 0;

    while (c != '\n') {
        if (atomic_load(&job->cancel))
            return false;
        /* A signal that cancels may meet another thread than this one. */
        if (poll(&input, 1, SLICE_MS) <= 0)
            continue;
        if (read(STDIN_FILENO, &c, 1) != 1)
            return false;
        if (c != '\n' && length + 1 < size)
            out[length++] = c;
    }
    out[length] = '\0';
    return length > 0;
}

bool code_prompt(struct job *job, const char *question, char *out, size_t size, struct error *err)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    struct termios usual, silent;
    bool good;

    pthread_mutex_lock(&one_at_a_time);
    if (tcgetattr(STDIN_FILENO, &usual) == 0) {
        silent = usual;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        silent.c_lflag |= ICANON | ISIG;
        /* What was typed before the question was seen is no answer to it. */
        good = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 && say(question) && say(": ") &&
               read_line(job, out, size);
        tcsetattr(STDIN_FILENO, TCSANOW, &usual);
        say("\n");
    } else {
        good = false;
    }
    pthread_mutex_unlock(&one_at_a_time);
    if (!good) {
        explicit_bzero(out, size);
        if (atomic_load(&job->cancel))
            error_set(err, ERROR_CANCELLED, "cancelled");
        else
            error_set(err, ERROR_REFUSED, "no code was given for the MFA device");
    }
    return good;
}
