#ifndef ENDPOINT_TABLES_ANSWER_H
#define ENDPOINT_TABLES_ANSWER_H

#include "base/buf.h"
#include "endpoint/tables/request.h"

/* Replaces out by the body of the recorded fault; returns its HTTP status. */
int answer_fault(const struct fault *fault, struct buf *out);
/* Records that the store failed: a full disk, a read-only file, or SQLite's own words. */
void answer_broken(struct request *request, const struct store *store);

#endif
