#ifndef ENDPOINT_TABLES_READERS_H
#define ENDPOINT_TABLES_READERS_H

#include "base/error.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

/*
 * Long reads, off the loop thread (tables.md 20.3). The loop thread performs the first slice of a
 * read; what is longer comes here, to min(4, cores) threads with a connection each. After every
 * slice the request goes back to the loop thread: it alone knows whether the client is still there,
 * and several long reads take turns.
 */
struct readers;

enum {
    READERS_LIMIT = 4,
    SLICE_LOOP_ROWS = 256,
    SLICE_LOOP_BYTES = 64 * 1024,
    SLICE_READER_ROWS = 4096,
    SLICE_READER_BYTES = 256 * 1024
};

struct readers_options {
    struct store *const *store; /* a connection for each thread, kept by the caller */
    size_t count;
    /* On a reader thread; request->progress says whether there is more to read. */
    void (*deliver)(void *user, struct request *request);
    void *user;
};

struct readers *readers_new(const struct readers_options *options, struct error *err) MUST_CHECK;
/* The request goes on with its next slice. Loop thread. */
void readers_submit(struct readers *readers, struct request *request);
/* Ends the threads; what still waits is not delivered. NULL is harmless. */
void readers_free(struct readers *readers);

/* Performs one slice and sets request->progress; a failure of the store becomes a fault. */
void readers_slice(struct request *request, struct store *store, struct read_slice slice);

#endif
