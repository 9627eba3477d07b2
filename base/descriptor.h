#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include "base/text.h"

#include <stdatomic.h>
#include <stddef.h>

/*
 * Reading and writing where the other side may keep us waiting: a pipe whose reader takes nothing,
 * a terminal that sends nothing. Any thread; cancel may be NULL. Failures are errno, ECANCELED once
 * cancel is set.
 */

/*
 * Another way to the pipe behind descriptor, which itself does not block: O_NONBLOCK set on a
 * descriptor that was inherited would hold for every process that shares it. -1 when it is no pipe.
 * The caller closes it.
 */
int descriptor_open_pipe(int descriptor);
/* open() of a file; a named pipe waits for its other side until cancel is set. -1 with errno. */
int descriptor_open(const char *path, int flags, const atomic_bool *cancel);
/* 0 and *count (0: the end), or an errno. */
int descriptor_read(int descriptor, void *to, size_t size, const atomic_bool *cancel,
    size_t *count);
/* 0 when all is written, or an errno. A cancelled reader has 100 ms to take the rest. */
int descriptor_write(int descriptor, struct text content, const atomic_bool *cancel);

#endif
