#ifndef ENDPOINT_TABLES_IMPORT_ROW_H
#define ENDPOINT_TABLES_IMPORT_ROW_H

#include "base/arena.h"
#include "base/csv.h"
#include "base/text.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/*
 * One row of an import as a put. request is the checker's own, without a client: its arena keeps
 * the item, its fault says what is wrong with the row (false).
 */
void import_row_begin(struct request *request, struct table *table, struct arena *arena);
bool import_row_json(struct request *request, struct text line, struct item_write *write);
/* names: of the columns, none twice. */
bool import_row_csv(struct request *request, const struct csv_row *names, const struct csv_row *row,
    struct item_write *write);
/* Names of columns: none empty, none twice. */
bool import_row_check_names(struct request *request, const struct csv_row *names);

#endif
