#include "base/thread.h"

#include <signal.h>
#include <string.h>

enum error_code thread_start(pthread_t *thread, void *(*run)(void *user), void *user,
    const char *what, struct error *err)
{
    sigset_t all, old;
    int code;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    code = pthread_create(thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!code)
        return ERROR_NONE;
    return error_set(err, ERROR_IO, "cannot start %s: %s", what, strerror(code));
}
