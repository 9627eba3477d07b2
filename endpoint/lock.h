#ifndef ENDPOINT_LOCK_H
#define ENDPOINT_LOCK_H

#include "base/error.h"

/*
 * One server per data folder: the file "lock" in it, held by flock() and naming the process. The
 * kernel lets go of it when the process ends, however it ends; the file stays.
 */
struct lock {
    int descriptor; /* -1: not held */
};

/* ERROR_REFUSED names the process that holds it; ERROR_IO the folder that cannot be written. */
enum error_code lock_take(struct lock *lock, const char *folder, struct error *err) MUST_CHECK;
void lock_release(struct lock *lock); /* harmless when not held */

#endif
