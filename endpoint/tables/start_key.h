#ifndef ENDPOINT_TABLES_START_KEY_H
#define ENDPOINT_TABLES_START_KEY_H

#include "base/json.h"
#include "client/expression.h"
#include "client/value.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>

/*
 * ExclusiveStartKey of Query and Scan. Which fault is told bare and which behind "The provided
 * starting key is invalid" differs between the two as it does in the service.
 */

/* Layer 2: reads the values; *start stays NULL when the member is absent. */
bool start_key_read(struct request *request, const struct value **start);

/*
 * Layer 4: the attributes of the table key and of the index key (index may be NULL), and nothing
 * else. Its bytes go to *bytes, in the arena.
 */
bool start_key_take(struct request *request, const struct table_index *index, bool is_query,
    const struct value *start, struct text *bytes);

/*
 * Whether a Query can go on behind it: the conditions on RANGE attributes are looked at first,
 * then those on HASH attributes. condition has the form of expression_parse_key_condition.
 */
bool start_key_fits(struct request *request, const struct table_index *index,
    const struct expression *condition, const struct value *start);

#endif
