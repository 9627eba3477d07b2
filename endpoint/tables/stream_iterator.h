#ifndef ENDPOINT_TABLES_STREAM_ITERATOR_H
#define ENDPOINT_TABLES_STREAM_ITERATOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The texts that name streams and places in them. A shard iterator is the ARN of its stream, "|1|"
 * and, in base64, the place and a signature made with the secret of the file: it stays good when
 * the server starts anew, and cannot be made up.
 */

enum { STREAM_NUMBER_DIGITS = 21 };

struct stream_name {
    struct text region, account, table, label;
};

struct stream_iterator {
    struct text arn;
    int64_t stream;
    int64_t position;    /* the first number it has not passed */
    uint64_t created_ms; /* wall time */
};

/* The parts point into the ARN. */
bool stream_arn_parse(struct text arn, struct stream_name *out);
/* data NULL when the arena has no room. */
struct text stream_arn(struct arena *arena, const struct stream_name *name);

/* 21 digits, so that they are ordered as texts, too. */
struct text stream_number(int64_t sequence, char out[STREAM_NUMBER_DIGITS + 1]);
/* False when it cannot be one of ours. */
bool stream_number_parse(struct text text, int64_t *out);

/* False when the store failed; the buffer remembers its own failures. */
bool stream_iterator_add(struct buf *out, struct store *store,
    const struct stream_iterator *iterator);
/*
 * ROW; DONE when the text is none of ours, or scratch, which holds the decoded part, has failed.
 * out->arn points into the text.
 */
enum store_result stream_iterator_parse(struct text text, struct store *store,
    struct stream_iterator *out, struct buf *scratch);

#endif
