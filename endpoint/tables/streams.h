#ifndef ENDPOINT_TABLES_STREAMS_H
#define ENDPOINT_TABLES_STREAMS_H

#include "base/text.h"
#include "endpoint/tables/table.h"
#include "endpoint/tables/write.h"

#include <stdint.h>

/*
 * Streams of changes (tables.md 17): a table with a stream gets one record per item that changes,
 * in the same commit. A stream is one shard. It ends when it is disabled or its table is deleted,
 * stays readable for 24 hours, and a new one is another stream with another label.
 *
 * An image is the JSON that is stored anyway; the keys are kept apart only where no image is.
 */

enum stream_operation { STREAM_INSERT = 1, STREAM_MODIFY, STREAM_REMOVE };

#define STREAM_LIFE_MS INT64_C(86400000)

/* The writer: within its transaction. */

/* Begins a stream for the table, which has its id, and notes it in the draft. */
enum store_result stream_start(struct write_context *context, struct table *draft,
    enum stream_view view);
/* Ends the table's stream; the description is the caller's to change. */
enum store_result stream_stop(struct write_context *context, struct table *table);
/* The record of a write that changes something. */
enum store_result stream_record(const struct item_write *write, struct write_context *context);
/*
 * Removes a slice of records older than 24 hours, and streams that ended so long ago. AGAIN when
 * there is more to do; else *next_ms says when there will be, at most a day ahead.
 */
enum progress streams_trim(struct write_context *context, uint64_t *next_ms);

#endif
