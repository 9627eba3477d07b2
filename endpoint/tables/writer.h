#ifndef ENDPOINT_TABLES_WRITER_H
#define ENDPOINT_TABLES_WRITER_H

#include "base/error.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>

/*
 * The one thread that writes (tables.md 20.3). It takes everything that waits, at most 512
 * requests or 8 MB, performs it inside one BEGIN IMMEDIATE .. COMMIT, and hands the requests back
 * after COMMIT has returned: an answered write is on disk. When SQLite fails, the group is rolled
 * back and each request is tried once more alone, so one bad request costs the others nothing.
 * A request that changes the catalog is a group of its own.
 */
struct writer;
struct throttle;

enum { WRITER_QUEUE_LIMIT = 4096, WRITER_GROUP_LIMIT = 512 };

struct writer_options {
    struct store *store; /* used by the thread alone from now on */
    struct registry *catalog;
    const struct tables_settings *settings;
    struct throttle *throttle; /* NULL: nothing is enforced */
    /* On the writer thread: requests to be answered; not those with a performed of their own. */
    void (*deliver)(void *user, struct request *list);
    void (*recorded)(void *user);           /* after stream records that no request asked for */
    void (*frames)(void *user, int frames); /* frames in the WAL after a commit */
    void *user;
};

struct writer *writer_new(const struct writer_options *options, struct error *err) MUST_CHECK;
/*
 * False when too much is waiting; requests of the worker always find room. The thread takes notice
 * at the next kick, so that requests which arrive together share a commit. Any thread.
 */
bool writer_submit(struct writer *writer, struct request *request);
void writer_kick(struct writer *writer);
/* Performs what is queued, ends the thread. NULL is harmless. */
void writer_free(struct writer *writer);

#endif
