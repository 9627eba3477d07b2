#ifndef CLIENT_JOURNAL_FILE_H
#define CLIENT_JOURNAL_FILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

/* The files of the journal: $XDG_STATE_HOME/gatehouse/journal/YYYY-MM-DD.jsonl, UTC, 0600. */

struct journal_limits {
    uint64_t keep;  /* nanoseconds, 0: for ever */
    uint64_t bytes; /* of all files together, 0: no limit */
};

/*
 * Appends lines to the file of the day. The first ones of a day make it, and then the oldest days
 * beyond the limits go; this day stays, whatever its size, and so does what is no day's file.
 */
enum error_code journal_file_append(struct text lines, const struct journal_limits *limits,
    struct error *err) MUST_CHECK;

#endif
