#ifndef ENDPOINT_TABLES_OPERATIONS_H
#define ENDPOINT_TABLES_OPERATIONS_H

#include "endpoint/tables/request.h"

/* The families of operations; each table ends with a record without a name. */
extern const struct operation item_operation_table[];
extern const struct operation query_operation_table[];
extern const struct operation batch_operation_table[];
extern const struct operation transact_operation_table[];
extern const struct operation partiql_operation_table[];
extern const struct operation partiql_batch_operation_table[];
extern const struct operation partiql_transact_operation_table[];
extern const struct operation policy_operation_table[];
extern const struct operation insights_operation_table[];
extern const struct operation kinesis_operation_table[];
extern const struct operation table_operation_table[];
extern const struct operation setting_operation_table[]; /* time to live, tags, limits */
extern const struct operation export_operation_table[];
extern const struct operation import_operation_table[];
extern const struct operation recovery_operation_table[]; /* point-in-time recovery */
extern const struct operation stream_operation_table[];
extern const struct operation backup_operation_table[];
extern const struct operation restore_operation_table[];

/* The record of an operation, or NULL. */
const struct operation *operation_find(struct text name);
/* The records one after the other, from 0; NULL behind the last. */
const struct operation *operation_nth(size_t place);

#endif
