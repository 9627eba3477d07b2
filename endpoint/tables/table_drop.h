#ifndef ENDPOINT_TABLES_TABLE_DROP_H
#define ENDPOINT_TABLES_TABLE_DROP_H

#include "endpoint/tables/write.h"

/*
 * Everything the store holds of a table, and its description; the catalog forgets it after COMMIT
 * (registry_remove). Writer thread, inside a transaction.
 */
enum progress table_drop(struct write_context *context, struct table *table);

#endif
