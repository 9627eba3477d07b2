#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAP_MS = 25, GRACE_NAPS = 4 };

static bool is_cancelled(const atomic_bool *cancel)
{
    return cancel && atomic_load(cancel);
}

static bool is_pipe(int descriptor)
{
    struct stat about;

    return fstat(descriptor, &about) == 0 && S_ISFIFO(about.st_mode);
}

int descriptor_open_pipe(int descriptor)
{
    char path[48];

    if (!is_pipe(descriptor))
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/* The signal that sets cancel also ends open(): no handler of ours restarts it. */
int descriptor_open(const char *path, int flags, const atomic_bool *cancel)
{
    int descriptor;

    do
        descriptor = open(path, flags | O_CLOEXEC, 0666);
    while (descriptor < 0 && errno == EINTR && !is_cancelled(cancel));
    if (descriptor < 0 && errno == EINTR)
        errno = ECANCELED;
    return descriptor;
}

/* Returns at the latest after NAP_MS: signals reach another thread, or come a moment too early. */
static void nap(int descriptor, short events)
{
    struct pollfd one = {.fd = descriptor, .events = events};

    poll(&one, 1, NAP_MS);
}

int descriptor_read(int descriptor, void *to, size_t size, const atomic_bool *cancel, size_t *count)
{
    struct pollfd one = {.fd = descriptor, .events = POLLIN};
    ssize_t got;

    while (!is_cancelled(cancel)) {
        if (cancel && poll(&one, 1, NAP_MS) <= 0)
            continue;
        got = read(descriptor, to, size);
        if (got >= 0) {
            *count = (size_t)got;
            return 0;
        }
        if (errno != EINTR && errno != EAGAIN)
            return errno;
    }
    return ECANCELED;
}

int descriptor_write(int descriptor, struct text content, const atomic_bool *cancel)
{
    int naps = 0;

    while (content.length > 0) {
        ssize_t count = write(descriptor, content.data, content.length);

        if (count >= 0) {
            content = text_slice(content, (size_t)count, content.length);
            continue;
        }
        if (errno != EINTR && errno != EAGAIN)
            return errno;
        if (is_cancelled(cancel) && naps++ == GRACE_NAPS)
            return ECANCELED;
        if (errno == EAGAIN)
            nap(descriptor, POLLOUT);
    }
    return 0;
}
