#ifndef ENDPOINT_TABLES_PARTIQL_PLAN_H
#define ENDPOINT_TABLES_PARTIQL_PLAN_H

#include "endpoint/tables/partiql.h"
#include "endpoint/tables/walk.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>

/*
 * From a statement to what it does (tables.md 15). Loop thread; functions that return bool refuse
 * the request when they fail.
 */

/* What WHERE says about the key of one item. */
struct partiql_key {
    const struct value *item;          /* the key attributes that must equal a value */
    struct expression *rest;           /* all other predicates, or NULL */
    const struct key_attribute *twice; /* must equal two values; the second one is in rest */
    const struct key_attribute *type;  /* must equal a value of another type */
    bool complete;                     /* item has every key attribute, with its type */
};

/* single: IN with one candidate counts as equality. */
bool partiql_take_key(struct request *request, const struct table *table, struct expression *where,
    bool single, struct partiql_key *out);

/* What is written, and the condition; of EXISTS only the condition counts. */
bool partiql_plan_insert(struct request *request, const struct partiql *statement,
    struct table *table, struct item_write *out);
bool partiql_plan_write(struct request *request, const struct partiql *statement,
    struct table *table, const struct partiql_key *key, struct item_write *out);

/*
 * SELECT as a walk: over the items under a hash key when WHERE names all of it, or those under some
 * of them that it chooses from, over everything otherwise. request->table is the table; walk->consistent and walk->limit are set.
 */
bool partiql_plan_read(struct request *request, const struct partiql *statement, struct walk *walk);

#endif
