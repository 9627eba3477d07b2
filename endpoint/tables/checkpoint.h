#ifndef ENDPOINT_TABLES_CHECKPOINT_H
#define ENDPOINT_TABLES_CHECKPOINT_H

#include "base/error.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>

/*
 * Moves the WAL into the file on a thread of its own, so that the writer never waits for it
 * (tables.md 20.3): PASSIVE at 8,000 frames or after 2 s without a commit, RESTART above 256 MB.
 */
struct checkpoint;

/* store is used by the thread alone. verify: look the whole file over first (unclean end). */
struct checkpoint *checkpoint_new(struct store *store, bool verify, struct error *err) MUST_CHECK;
/* Frames in the WAL now; any thread. */
void checkpoint_note(struct checkpoint *checkpoint, int frames);
void checkpoint_free(struct checkpoint *checkpoint); /* ends the thread; NULL is harmless */

#endif
