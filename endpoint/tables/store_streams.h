#ifndef ENDPOINT_TABLES_STORE_STREAMS_H
#define ENDPOINT_TABLES_STORE_STREAMS_H

#include "base/arena.h"
#include "base/text.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Streams in the file (tables.md 17, 20.2): the list of them, and their records.
 *
 *   streams(id, ..)                                 one row per stream, closed ones included
 *   s_{id}(seq, at, op, who, size, k, old, new)     its records; texts are JSON or NULL
 *
 * Sequence numbers count over all streams of the file.
 */

struct store_stream {
    int64_t id;
    int64_t table; /* may be gone */
    int view;      /* enum stream_view */
    struct text account, region, name, label, shard;
    struct text keys;              /* KeySchema as JSON */
    int64_t created_ms, closed_ms; /* closed_ms 0: still open */
    int64_t first, last;           /* numbers no record has: below the first, above the last one */
    int64_t trimmed;               /* records up to here were removed */
};

struct store_record {
    int64_t seq, at_ms;
    int64_t size; /* as the service counts it */
    int op;       /* enum stream_operation */
    bool by_service;
    struct text keys, old, new; /* data NULL: not kept */
};

/* Inserts the row and makes the table of records; sets stream->id. */
enum store_result store_stream_add(struct store *store, struct store_stream *stream);
enum store_result store_stream_close(struct store *store, int64_t id, int64_t closed_ms,
    int64_t last);
enum store_result store_stream_set_trimmed(struct store *store, int64_t id, int64_t trimmed);
enum store_result store_stream_drop(struct store *store, int64_t id);

/* ROW: the texts of out are valid, and what is read is one snapshot, until store_stream_end. */
enum store_result store_stream_begin(struct store *store, int64_t id, struct store_stream *out);
void store_stream_end(struct store *store);
/* The same by name; texts are copied into the arena. */
enum store_result store_stream_find(struct store *store, struct text account, struct text region,
    struct text name, struct text label, struct arena *arena, struct store_stream *out);
/*
 * Up to limit streams above (name, label) in the order of their names and labels; only those of
 * one table when only is not empty. NULL when the store failed or memory is used up.
 */
struct store_stream *store_stream_list(struct store *store, struct text account, struct text region,
    struct text only, struct text name, struct text label, size_t limit, struct arena *arena,
    size_t *count);
/* The id, time of closing and trimmed of the first stream above after. */
enum store_result store_stream_next(struct store *store, int64_t after, struct store_stream *out);
/* The highest number ever given. */
enum store_result store_stream_sequence(struct store *store, int64_t *out);
/* Remembers it, before the last record that shows it goes. */
enum store_result store_stream_keep_sequence(struct store *store, int64_t sequence);

enum store_result store_record_add(struct store *store, int64_t stream,
    const struct store_record *record);
/* Records from a number on. */
enum store_result store_record_begin(struct store *store, int64_t stream, int64_t from,
    struct store_walk *walk);
/* The texts are valid until the next call; store_walk_end ends it. */
enum store_result store_record_next(struct store_walk *walk, struct store_record *record);
enum store_result store_record_last(struct store *store, int64_t stream, int64_t *seq);
/*
 * Among the limit oldest records, *upto is the last one of before at_ms or of it: ROW, or DONE when
 * there is none. *left_ms is the time of the first one after that, 0 when none was seen.
 */
enum store_result store_record_oldest(struct store *store, int64_t stream, int limit, int64_t at_ms,
    int64_t *upto, int64_t *left_ms);
/* The same over all records, by bisection: their times grow with their numbers. */
enum store_result store_record_horizon(struct store *store, int64_t stream, int64_t at_ms,
    int64_t *upto);
/* Removes records up to a number; *count says how many. */
enum store_result store_record_trim(struct store *store, int64_t stream, int64_t upto,
    int64_t *count);

#endif
