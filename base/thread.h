#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/error.h"

#include <pthread.h>

/*
 * Starts a thread that takes no signals but those of its own faults: the others are for the thread
 * that started it. what names the
 * thread in the error (ERROR_IO). The caller joins it.
 */
enum error_code thread_start(pthread_t *thread, void *(*run)(void *user), void *user,
    const char *what, struct error *err) MUST_CHECK;

/*
 * run on up to count threads at once: the first with user, each further one with user moved on by
 * stride bytes. Fewer when no more can be started. Returns when all have. This thread, which the
 * signals are for, only waits: a lock that a worker holds cannot keep it. A single one runs here.
 */
void thread_crew(void *(*run)(void *user), void *user, size_t stride, size_t count);

#endif
