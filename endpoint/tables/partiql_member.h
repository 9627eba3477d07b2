#ifndef ENDPOINT_TABLES_PARTIQL_MEMBER_H
#define ENDPOINT_TABLES_PARTIQL_MEMBER_H

#include "endpoint/tables/partiql.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>

/* What the three operations share: the members Statement and Parameters, and the first look. */

/* Joins the faults of Statement and Parameters; prefix: "" or "statements.1.member.". */
void partiql_check_members(struct request *request, const struct json *object, const char *prefix);
/* Parameters as a list, NULL when there are none; refuses bad values. */
bool partiql_read_parameters(struct request *request, const struct json *object,
    const struct value **out);

/* INSERT, UPDATE, DELETE. (EXISTS belongs to writes as well, where it is allowed.) */
bool partiql_is_write(const struct partiql *statement);

/* The key of an UPDATE or DELETE outside transactions, or a refusal. */
struct partiql_key;
bool partiql_check_key(struct request *request, const struct partiql_key *key);

/* After item_write_check: the refusal of an INSERT is a DuplicateItemException. */
void partiql_tell_duplicate(struct request *request, const struct partiql *statement);

#endif
