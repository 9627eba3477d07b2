#ifndef ENDPOINT_TABLES_KEY_CONDITION_H
#define ENDPOINT_TABLES_KEY_CONDITION_H

#include "base/text.h"
#include "client/expression.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>

/* The key condition of a Query as a range of key bytes (tables.md 7.3, 16). */
struct key_range {
    struct text low, high; /* high NULL: no end */
};

/*
 * Matches the condition with the key of the table (index NULL) or of the index: equality on all
 * HASH attributes, RANGE attributes from the left. The number of conditions and their attributes.
 */
bool key_condition_match(struct request *request, const struct key_schema *key,
    const struct expression *condition);
/* Types of the values; then the range, in the arena. key_condition_match has passed. */
bool key_condition_range(struct request *request, const struct key_schema *key, bool is_index,
    const struct expression *condition, struct key_range *out);

#endif
