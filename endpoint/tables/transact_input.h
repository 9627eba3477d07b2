#ifndef ENDPOINT_TABLES_TRANSACT_INPUT_H
#define ENDPOINT_TABLES_TRANSACT_INPUT_H

#include "endpoint/tables/transact.h"

#include <stdbool.h>

/*
 * TransactItems of TransactWriteItems or TransactGetItems, with everything the loop thread can
 * tell, in the order of tables.md 6.2: members (joined with those found before), each action in
 * turn, the size of the request, empty keys, missing tables, targets that are not distinct, keys
 * that do not fit (a cancellation). NULL when refused.
 */
struct transaction *transact_read_input(struct request *request, bool writes);

#endif
