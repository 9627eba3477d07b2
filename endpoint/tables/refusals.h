#ifndef ENDPOINT_TABLES_REFUSALS_H
#define ENDPOINT_TABLES_REFUSALS_H

#include "base/text.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>

/*
 * Refusals of requests that are in order: the service is too busy, or another transaction is in
 * the way. Transactions answer them as cancellations, with a reason for each action.
 */
enum refusal_direction { REFUSAL_READ, REFUSAL_WRITE };

bool refusal_is_transaction(const struct request *request);

/*
 * ProvisionedThroughputExceededException or ThrottlingException with ThrottlingReasons; table may
 * be NULL (the account's rate), index NULL is the table itself. Always false.
 */
bool refusal_throttled(struct request *request, const struct table *table,
    const struct table_index *index, enum refusal_direction direction);

/*
 * TransactionConflict at the first action on the table (empty: the first action), or
 * TransactionConflictException. Always false.
 */
bool refusal_conflict(struct request *request, struct text table);

#endif
