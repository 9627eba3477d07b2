#ifndef ENDPOINT_TABLES_TABLE_UPDATE_H
#define ENDPOINT_TABLES_TABLE_UPDATE_H

#include "endpoint/tables/request.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/* UpdateTable: settings, one global index added or removed at a time (tables.md 5, 16). */
bool table_update_prepare(struct request *request);
enum progress table_update_write(struct request *request, struct write_context *context);

#endif
