#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/error.h"

#include <pthread.h>

/*
 * Starts a thread that takes no signals: those are for the thread that started it. what names the
 * thread in the error (ERROR_IO). The caller joins it.
 */
enum error_code thread_start(pthread_t *thread, void *(*run)(void *user), void *user,
    const char *what, struct error *err) MUST_CHECK;

#endif
