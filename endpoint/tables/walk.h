#ifndef ENDPOINT_TABLES_WALK_H
#define ENDPOINT_TABLES_WALK_H

#include "client/expression.h"
#include "client/value.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One page of a Query or Scan (tables.md 10): rows in key order, counted toward the limit and the
 * megabyte before filter and projection. It runs in slices (request->slice), each of which sees
 * one snapshot, so a long page never holds up other requests for longer than a slice.
 * Stored bytes are copied into the answer; a row is only decoded for a filter, a projection, or
 * an index that does not hold what is asked for.
 */
enum { WALK_PAGE_BYTES = 1024 * 1024 };

struct walk;

/* How a statement's answer differs from that of Query and Scan: other items, and no counts. */
struct walk_answer {
    /* Adds the item as one JSON value; false when the request was refused. */
    bool (*add_item)(struct request *request, struct json_writer *writer, const struct value *item,
        const struct walk_answer *answer);
    /* Adds what continues the page behind LastEvaluatedKey; last_key is set. */
    void (*add_next)(struct request *request, struct json_writer *writer, const struct walk *walk,
        const struct walk_answer *answer);
};

struct walk_range {
    struct text low, high;
};

struct walk {
    const struct table_index *index; /* NULL: the table */
    struct text low, high;           /* keys still to walk: [low, high); high NULL: no end */
    const struct walk_range *more;   /* to walk afterwards, in this order */
    size_t more_count;
    bool backward, consistent, count_only;
    bool fetch; /* local index: take the item from the table */
    uint64_t limit;
    const struct expression *filter;
    const struct projection *projection;
    const struct walk_answer *answer; /* NULL: that of Query and Scan */

    /* So far. */
    uint64_t scanned, kept;
    uint64_t evaluated;    /* bytes of the rows counted so far */
    bool begun, cut;       /* cut: there is a LastEvaluatedKey */
    struct text last_json; /* of the row that ended the page */
    struct text last_key;  /* its key in the table or index */
    struct usage usage;
};

/* Performs one slice; writes the whole answer at the end. */
enum progress walk_run(struct request *request, struct store *store, struct walk *walk);

#endif
