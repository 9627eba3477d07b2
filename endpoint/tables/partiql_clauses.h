#ifndef ENDPOINT_TABLES_PARTIQL_CLAUSES_H
#define ENDPOINT_TABLES_PARTIQL_CLAUSES_H

#include "client/expression.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>

/* WHERE as predicates that must all hold, and those of them that are about one key attribute. */
struct partiql_conjuncts {
    struct expression **element; /* in the order written; NULL: taken out */
    size_t count;
};

bool partiql_list_conjuncts(struct request *request, struct expression *where,
    struct partiql_conjuncts *out);
/* Those that are left, as one condition; NULL when there are none or memory is out. */
struct expression *partiql_join(struct request *request, const struct partiql_conjuncts *conjuncts);

/* A predicate about one key attribute and constants: the attribute first. */
struct partiql_clause {
    const struct key_attribute *attribute; /* NULL: it is none */
    enum expression_kind kind;
    const struct expression *predicate;
    size_t first; /* of the constants among its operands */
};

/* single: IN with one candidate is an equality. */
struct partiql_clause partiql_clause_of(const struct key_schema *key,
    const struct expression *predicate, bool single);
const struct value *partiql_clause_value(const struct partiql_clause *clause);

#endif
