#ifndef ENDPOINT_TABLES_WAITS_H
#define ENDPOINT_TABLES_WAITS_H

#include "base/error.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>

/*
 * Reads of a stream that wait for its next record (tables.md 17): GetRecords with the header
 * x-gatehouse-wait-ms answers as soon as there is one, or without any when the time is over. Loop
 * thread.
 *
 * A request waits for a record numbered wanted or above of request->table; a stream that ends
 * counts as one. The one timer runs for the earliest of them.
 */
struct waits;

enum { WAITS_LIMIT_MS = 20000 };

struct waits_options {
    struct http_server *server;
    void (*again)(struct request *request); /* read once more; it no longer waits */
    void (*gone)(struct request *request);  /* its client is: end it without an answer */
};

struct waits *waits_new(const struct waits_options *options, struct error *err) MUST_CHECK;
void waits_free(struct waits *waits); /* nobody waits any more; NULL is harmless */

/* False when the request does not wait, or not any longer: it is answered as it is. */
bool waits_park(struct waits *waits, struct request *request);
/* Something was committed. */
void waits_wake(struct waits *waits);
/* Takes one out, or NULL. */
struct request *waits_take(struct waits *waits);

#endif
