#ifndef ENDPOINT_TABLES_TABLE_CREATE_H
#define ENDPOINT_TABLES_TABLE_CREATE_H

#include "endpoint/tables/request.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/*
 * Loop thread: checks the members of CreateTable in request->body and makes request->draft; a
 * resource policy goes to request->plan.
 */
bool table_create_read(struct request *request);
/*
 * Writer thread: stores the draft and the policy (NULL: none), unless a table has its name, and
 * answers its description.
 */
enum progress table_create_write(struct request *request, struct write_context *context,
    const struct text *policy);

#endif
