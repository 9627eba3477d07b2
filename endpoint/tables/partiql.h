#ifndef ENDPOINT_TABLES_PARTIQL_H
#define ENDPOINT_TABLES_PARTIQL_H

#include "client/expression.h"
#include "client/value.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A PartiQL statement as data (tables.md 15). Conditions, updates and paths are the trees of
 * client/expression.h, so what evaluates expressions evaluates statements. Parameters are in their
 * places already. Everything lives in the arena of the request.
 */
enum { PARTIQL_STATEMENT_LIMIT = 8192 };

enum partiql_kind {
    PARTIQL_SELECT,
    PARTIQL_INSERT,
    PARTIQL_UPDATE,
    PARTIQL_DELETE,
    PARTIQL_EXISTS /* EXISTS(SELECT ..): a condition check of a transaction */
};

enum partiql_returning {
    PARTIQL_RETURN_NOTHING,
    PARTIQL_RETURN_ALL_OLD,
    PARTIQL_RETURN_MODIFIED_OLD,
    PARTIQL_RETURN_ALL_NEW,
    PARTIQL_RETURN_MODIFIED_NEW
};

/* What SELECT asks for: a value, or the size of one, under a name of its own. */
struct partiql_column {
    const struct path *path;
    bool size;
    struct text name; /* "c" of a.b.c, "c[0]" of a.c[0], "_2" of a size in second place */
};

struct partiql_order {
    struct text name;
    bool descending;
};

struct partiql {
    enum partiql_kind kind;
    struct text source;       /* the statement */
    struct text table, index; /* data of index NULL: the table itself */
    size_t column_count;      /* 0: every attribute */
    struct partiql_column *column;
    struct expression *where; /* NULL: there is none */
    size_t order_count;
    struct partiql_order *order;
    const struct value *item; /* INSERT */
    struct update *update;    /* UPDATE */
    enum partiql_returning returning;
};

/*
 * Reads a statement and puts the elements of parameters (a list; NULL when there are none) in the
 * places of "?". False when it is refused; text stays referred to.
 */
bool partiql_parse(struct request *request, struct text source, const struct value *parameters,
    struct partiql *out);

#endif
