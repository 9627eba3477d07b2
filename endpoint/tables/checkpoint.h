#ifndef ENDPOINT_TABLES_CHECKPOINT_H
#define ENDPOINT_TABLES_CHECKPOINT_H

#include "base/error.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>

/*
 * Moves the WAL into the file on a thread of its own (tables.md 20.3): PASSIVE at 8,000 frames or
 * after 2 s without a commit, so that the writer never waits for it. Reads that overlap without
 * end would make the WAL grow without end: above 256 MB RESTART keeps the writer waiting, up to
 * 100 ms, until they have moved on.
 */
struct checkpoint;

/* Frames in the WAL, of 4 KB. */
enum { CHECKPOINT_FRAMES = 8000, CHECKPOINT_FRAMES_MOST = 65536 };

struct checkpoint_options {
    struct store *store; /* used by the thread alone from now on */
    bool verify;         /* look the whole file over first (unclean end) */
    int frames, frames_most;
};

struct checkpoint *checkpoint_new(const struct checkpoint_options *options,
    struct error *err) MUST_CHECK;
/* Frames in the WAL now; any thread. */
void checkpoint_note(struct checkpoint *checkpoint, int frames);
void checkpoint_free(struct checkpoint *checkpoint); /* ends the thread; NULL is harmless */

#endif
