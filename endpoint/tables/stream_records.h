#ifndef ENDPOINT_TABLES_STREAM_RECORDS_H
#define ENDPOINT_TABLES_STREAM_RECORDS_H

#include "endpoint/tables/request.h"
#include "endpoint/tables/store_streams.h"
#include "endpoint/tables/stream_iterator.h"

#include <stdint.h>

/* Reading the records of a stream. Loop thread. */

/* tables.md 3 */
enum { STREAM_RECORDS_LIMIT = 1000, STREAM_ANSWER_SIZE = 1024 * 1024, STREAM_ITERATOR_S = 900 };

/*
 * Within the snapshot of store_stream_begin: *lost is the highest number that can no longer be
 * read, *last the highest number there is.
 */
enum store_result stream_bounds(struct store *store, const struct store_stream *stream,
    int64_t *lost, int64_t *last);

/* GetRecords, a slice at a time; WAIT when there is nothing and the stream goes on. */
enum progress stream_records_read(struct request *request, struct store *store);

#endif
