#ifndef ENDPOINT_TABLES_COLLECTION_H
#define ENDPOINT_TABLES_COLLECTION_H

#include "base/json.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/* ReturnItemCollectionMetrics is SIZE. */
bool collection_wanted(const struct request *request);
/* {"ItemCollectionKey":..,"SizeEstimateRangeGB":[..]} of what was written. */
void collection_add(struct json_writer *writer, const struct item_write *write);

#endif
