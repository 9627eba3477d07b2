#ifndef ENDPOINT_TABLES_PARTIQL_ANSWER_H
#define ENDPOINT_TABLES_PARTIQL_ANSWER_H

#include "endpoint/tables/partiql.h"
#include "endpoint/tables/walk.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/* Rows and tokens in the answers of statements. */

enum { PARTIQL_TOKEN_LIMIT = 32768 };

/* What SELECT asks for of the item, as one JSON object; attributes that are not there are absent. */
void partiql_add_row(struct json_writer *writer, const struct partiql *statement,
    const struct value *item);
/* The same of a stored item. False when the request was refused. */
bool partiql_add_stored_row(struct request *request, struct json_writer *writer,
    const struct partiql *statement, struct text json);

/* The row that RETURNING asks for, as JSON in the arena; data NULL: there is none. */
struct text partiql_returned(struct request *request, const struct partiql *statement,
    const struct item_write *write);

/*
 * NextToken: where the walk ended, bound to account, table, statement and parameters (a list or
 * NULL). Reading one narrows the walk to what is behind it.
 */
void partiql_add_token(struct request *request, struct json_writer *writer,
    const struct partiql *statement, const struct value *parameters, struct text last_key);
bool partiql_read_token(struct request *request, struct text token, const struct partiql *statement,
    const struct value *parameters, struct walk *walk);

#endif
