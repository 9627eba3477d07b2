#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/width.h"

/* The lock is held over the sink: a sink that was taken away is not called any more. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static log_sink *current_sink;
static void *current_user;

enum { LINE_SIZE = 2048, SAFE_SIZE = 4 * LINE_SIZE + 16 };

void log_set_sink(log_sink *sink, void *user)
{
    pthread_mutex_lock(&lock);
    current_sink = sink;
    current_user = user;
    pthread_mutex_unlock(&lock);
}

void log_line(enum log_level level, const char *format, ...)
{
    char raw[LINE_SIZE], space[SAFE_SIZE] = "";
    struct buf safe = {.data = space, .capacity = sizeof space, .limit = sizeof space - 1};
    va_list list;
    int length;

    va_start(list, format);
    length = vsnprintf(raw, sizeof raw, format, list);
    va_end(list);
    if (length < 0)
        return;
    text_add_safe(&safe, text_make(raw, strlen(raw)));
    pthread_mutex_lock(&lock);
    if (current_sink)
        current_sink(level, space, current_user);
    pthread_mutex_unlock(&lock);
}
