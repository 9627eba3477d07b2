#ifndef ENDPOINT_TABLES_THROTTLE_H
#define ENDPOINT_TABLES_THROTTLE_H

#include "base/error.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/refusals.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Throughput that tables and global indexes were given, enforced (tables.md 5): a bucket each for
 * reads and writes, full at first, that holds 300 s of the provisioned or maximum rate. What a
 * request used is known afterwards, so a bucket may fall below zero; a request is refused while
 * one that it needs has nothing left. Local indexes use the table's. Thread-safe.
 */
struct throttle;

enum { THROTTLE_BURST_S = 300 };

struct throttle *throttle_new(struct error *err) MUST_CHECK;
void throttle_free(struct throttle *throttle); /* NULL is harmless */

/* Does the operation use throughput of its tables, and which? */
bool throttle_concerns(const struct request *request, enum refusal_direction *direction);
/*
 * Refuses the prepared request, or leaves the entries of a batch that there is no room for. A
 * write needs room in every global index of its table, whether it changes the index or not.
 */
void throttle_admit(struct throttle *throttle, struct request *request);
/* What one written item took; NULL throttle: nothing is enforced. */
void throttle_charge_write(struct throttle *throttle, const struct table *table,
    const struct usage *usage);
/* What a finished request read, and the failed condition of a write. */
void throttle_charge_rest(struct throttle *throttle, const struct request *request);

#endif
