#ifndef ENDPOINT_TABLES_STORES_H
#define ENDPOINT_TABLES_STORES_H

#include "base/buf.h"
#include "base/error.h"
#include "endpoint/tables/readers.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The connections of the service to its file, one for each thread: tables.db in a folder, or in
 * memory mode a file in /dev/shm. All are opened at once, because that file then loses its name.
 */
struct stores {
    struct buf path;       /* of the file */
    struct store *writing; /* NULL when read_only, like those of the next line */
    struct store *checkpointing, *working;
    struct store *reading;                 /* of the loop thread */
    struct store *scanning[READERS_LIMIT]; /* of the readers: min(4, cores) */
    size_t scanning_count;
    bool read_only; /* the medium cannot be written: what is there can still be read */
    bool unclean;   /* the last run did not come to its end */
};

/* folder NULL: in memory. After a failure, too, stores_close is due. */
enum error_code stores_open(struct stores *stores, const char *folder,
    struct error *err) MUST_CHECK;
/* clean: this run has come to its end, and all that was acknowledged is written. */
void stores_close(struct stores *stores, bool clean);

#endif
