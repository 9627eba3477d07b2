#ifndef ENDPOINT_TABLES_ECHO_H
#define ENDPOINT_TABLES_ECHO_H

#include "base/json.h"
#include "base/text.h"
#include "endpoint/tables/request.h"

/*
 * Collections as member errors echo them: a structure is told by its class and a hash, as in
 * `{orders=[com.amazonaws.dynamodb.v20120810.WriteRequest@1f]}`. At most 4,096 bytes, in the arena.
 * Source: answers of the service quoted in public issues (boto/boto3 483).
 */

/* "[Shape@hash, Shape@hash]" of a list. */
struct text echo_list(struct request *request, const char *shape, const struct json *list);
/* "{name=Shape@hash}" of a map, or "{name=[Shape@hash]}" where its members are lists. */
struct text echo_map(struct request *request, const char *shape, const struct json *map);

#endif
