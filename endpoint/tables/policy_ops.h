#ifndef ENDPOINT_TABLES_POLICY_OPS_H
#define ENDPOINT_TABLES_POLICY_OPS_H

#include "endpoint/tables/request.h"
#include "endpoint/tables/write.h"

/* ResourcePolicy of CreateTable: keeps the canonical document of a new table. */
enum store_result policy_keep(struct write_context *context, int64_t table, struct text document);

#endif
