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

struct walk {
    const struct table_index *index; /* NULL: the table */
    struct text low, high;           /* keys still to walk: [low, high); high NULL: no end */
    bool backward, consistent, count_only;
    bool fetch; /* local index: take the item from the table */
    uint64_t limit;
    const struct expression *filter;
    const struct projection *projection;

    /* So far. */
    uint64_t scanned, kept;
    uint64_t evaluated;    /* bytes of the rows counted so far */
    bool begun, cut;       /* cut: there is a LastEvaluatedKey */
    struct text last_json; /* of the row that ended the page */
    struct usage usage;
};

/* Performs one slice; writes the whole answer at the end. */
enum progress walk_run(struct request *request, struct store *store, struct walk *walk);

#endif
