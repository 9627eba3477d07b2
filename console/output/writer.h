#ifndef CONSOLE_OUTPUT_WRITER_H
#define CONSOLE_OUTPUT_WRITER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Data on its way to a descriptor. It leaves at the end of a page, at 64 KiB, or with the first row
 * that comes 100 ms after the oldest one held back. One thread at a time.
 */
struct writer {
    int descriptor; /* the caller's */
    /* Takes the bytes instead of the descriptor, or NULL. */
    enum error_code (*send)(void *user, struct text bytes, struct error *err);
    void *user;
    const char *name;          /* "stdout", for messages */
    const atomic_bool *cancel; /* ends the waiting for a reader that takes nothing; NULL: none */
    struct buf buf;            /* formats add to it */
    uint64_t since;            /* monotonic: when the oldest byte held back came; 0 = none */
    bool is_terminal;          /* nothing that a terminal would obey is sent raw */
    bool unbuffered;           /* every row leaves at once: for statements that run until stopped */
    bool broken;               /* the reader of the pipe has gone */
    struct error failure;
};

void writer_init(struct writer *writer, int descriptor, const char *name);
void writer_done(struct writer *writer);
/* A row is complete: writes when it is time. ERROR_IO, or ERROR_CANCELLED when broken. */
enum error_code writer_row(struct writer *writer, struct error *err) MUST_CHECK;
/* The same for a row that the others of its page follow at once: the clock is not looked at. */
enum error_code writer_row_of_page(struct writer *writer, struct error *err) MUST_CHECK;
enum error_code writer_flush(struct writer *writer, struct error *err) MUST_CHECK;

#endif
