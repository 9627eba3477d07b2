#include "endpoint/tables/partiql_plan.h"

#include "endpoint/tables/partiql_clauses.h"
#include "endpoint/tables/schema.h"

bool partiql_take_key(struct request *request, const struct table *table, struct expression *where,
    bool single, struct partiql_key *out)
{
    struct value *item = value_new_container(request->arena, VALUE_M, key_count(&table->key));
    struct partiql_conjuncts conjuncts;

    *out = (struct partiql_key){.item = item};
    if (!item)
        return request_exhausted(request);
    if (!partiql_list_conjuncts(request, where, &conjuncts))
        return false;
    for (size_t i = 0; i < conjuncts.count; i++) {
        struct partiql_clause clause = partiql_clause_of(&table->key, conjuncts.element[i], single);
        const struct value *known = NULL;

        if (!clause.attribute || clause.kind != EXPRESSION_EQ)
            continue;
        for (size_t j = 0; j < item->count; j++)
            if (text_equal(item->name[j], clause.attribute->name))
                known = &item->element[j];
        if (known && !value_equal(known, partiql_clause_value(&clause))) {
            out->twice = clause.attribute;
            continue;
        }
        if (partiql_clause_value(&clause)->type != clause.attribute->type && !out->type)
            out->type = clause.attribute;
        if (!known) {
            item->name[item->count] = clause.attribute->name;
            item->element[item->count++] = *partiql_clause_value(&clause);
        }
        conjuncts.element[i] = NULL;
    }
    value_sort(item);
    out->complete = item->count == key_count(&table->key) && !out->type;
    out->rest = partiql_join(request, &conjuncts);
    return !request->fault.set;
}

/* attribute_exists or attribute_not_exists of the hash key: is there an item? */
static struct expression *test_item(struct request *request, const struct table *table,
    enum expression_kind kind)
{
    struct path *path = path_new_name(request->arena, table->key.attribute[0].name);
    struct expression *test = expression_new(request->arena, kind, 1);

    if (path && test)
        test->operand[0] = expression_new_path(request->arena, path);
    if (!path || !test || !test->operand[0]) {
        request_exhausted(request);
        return NULL;
    }
    return test;
}

bool partiql_plan_insert(struct request *request, const struct partiql *statement,
    struct table *table, struct item_write *out)
{
    *out = (struct item_write){.kind = WRITE_PUT, .table = table, .item = statement->item};
    out->condition = test_item(request, table, EXPRESSION_NOT_EXISTS);
    return out->condition && schema_check_item(request, table, out->item) &&
           write_take_item(request, out) && write_take_key(request, out, out->item);
}

/*
 * An update is of an item that is there. A delete of nothing succeeds whatever else WHERE says: no
 * item was there to be kept.
 */
static bool make_condition(struct request *request, const struct partiql *statement,
    const struct table *table, const struct partiql_key *key, struct item_write *out)
{
    struct expression *test, *either;

    out->condition = key->rest;
    if (statement->kind == PARTIQL_UPDATE) {
        test = test_item(request, table, EXPRESSION_EXISTS);
        out->condition = test ? expression_and(request->arena, test, key->rest) : NULL;
        return out->condition || request_exhausted(request);
    }
    if (statement->kind != PARTIQL_DELETE || !key->rest)
        return true;
    test = test_item(request, table, EXPRESSION_NOT_EXISTS);
    either = test ? expression_new(request->arena, EXPRESSION_OR, 2) : NULL;
    if (!either)
        return request_exhausted(request);
    either->operand[0] = test;
    either->operand[1] = key->rest;
    out->condition = either;
    return true;
}

bool partiql_plan_write(struct request *request, const struct partiql *statement,
    struct table *table, const struct partiql_key *key, struct item_write *out)
{
    *out =
        (struct item_write){.kind = statement->kind == PARTIQL_UPDATE ? WRITE_UPDATE : WRITE_DELETE,
            .table = table,
            .update = statement->update};
    return schema_check_key(request, table, key->item) &&
           schema_check_update_paths(request, table, statement->update) &&
           make_condition(request, statement, table, key, out) &&
           write_take_key(request, out, key->item);
}
