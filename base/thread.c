#include "base/thread.h"

#include <signal.h>
#include <string.h>

enum { THREAD_CREW_LIMIT = 64 };

enum error_code thread_start(pthread_t *thread, void *(*run)(void *user), void *user,
    const char *what, struct error *err)
{
    static const int fault[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t block, old;
    int code;

    sigfillset(&block);
    for (size_t i = 0; i < sizeof fault / sizeof *fault; i++)
        sigdelset(&block, fault[i]);
    pthread_sigmask(SIG_BLOCK, &block, &old);
    code = pthread_create(thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!code)
        return ERROR_NONE;
    return error_set(err, ERROR_IO, "cannot start %s: %s", what, strerror(code));
}

void thread_crew(void *(*run)(void *user), void *user, size_t stride, size_t count)
{
    pthread_t thread[THREAD_CREW_LIMIT];
    struct error ignored;
    size_t started = 0;

    while (
        count > 1 && started < count && started < THREAD_CREW_LIMIT &&
        !thread_start(&thread[started], run, (char *)user + started * stride, "a worker", &ignored))
        started++;
    if (started == 0)
        run(user);
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}
