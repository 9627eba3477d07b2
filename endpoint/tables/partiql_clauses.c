#include "endpoint/tables/partiql_clauses.h"

static size_t count_conjuncts(const struct expression *where)
{
    size_t count = 0;

    if (!where || where->kind != EXPRESSION_AND)
        return where ? 1 : 0;
    for (size_t i = 0; i < where->count; i++)
        count += count_conjuncts(where->operand[i]);
    return count;
}

static void put_conjuncts(struct expression *where, struct partiql_conjuncts *out)
{
    if (where->kind != EXPRESSION_AND) {
        out->element[out->count++] = where;
        return;
    }
    for (size_t i = 0; i < where->count; i++)
        put_conjuncts(where->operand[i], out);
}

bool partiql_list_conjuncts(struct request *request, struct expression *where,
    struct partiql_conjuncts *out)
{
    *out = (struct partiql_conjuncts){.count = 0};
    out->element =
        arena_alloc(request->arena, count_conjuncts(where) + 1, sizeof(struct expression *));
    if (!out->element)
        return request_exhausted(request);
    if (where)
        put_conjuncts(where, out);
    return true;
}

struct expression *partiql_join(struct request *request, const struct partiql_conjuncts *conjuncts)
{
    struct expression *joined;
    size_t count = 0;

    for (size_t i = 0; i < conjuncts->count; i++)
        if (conjuncts->element[i])
            conjuncts->element[count++] = conjuncts->element[i];
    if (count <= 1)
        return count ? conjuncts->element[0] : NULL;
    joined = expression_new(request->arena, EXPRESSION_AND, count);
    if (!joined) {
        request_exhausted(request);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        joined->operand[i] = conjuncts->element[i];
    return joined;
}

static const struct key_attribute *key_of(const struct key_schema *key,
    const struct expression *operand)
{
    if (operand->kind != EXPRESSION_PATH || operand->path->count > 1)
        return NULL;
    return key_find(key, operand->path->part[0].name);
}

static enum expression_kind turned_round(enum expression_kind kind)
{
    switch (kind) {
    case EXPRESSION_LT:
        return EXPRESSION_GT;
    case EXPRESSION_LE:
        return EXPRESSION_GE;
    case EXPRESSION_GT:
        return EXPRESSION_LT;
    case EXPRESSION_GE:
        return EXPRESSION_LE;
    default:
        return kind;
    }
}

struct partiql_clause partiql_clause_of(const struct key_schema *key,
    const struct expression *predicate, bool single)
{
    struct partiql_clause clause = {.kind = predicate->kind, .predicate = predicate, .first = 1};
    size_t subject = 0;

    switch (predicate->kind) {
    case EXPRESSION_EQ:
    case EXPRESSION_LT:
    case EXPRESSION_LE:
    case EXPRESSION_GT:
    case EXPRESSION_GE:
        if (predicate->operand[0]->kind == EXPRESSION_VALUE) {
            subject = 1;
            clause.first = 0;
            clause.kind = turned_round(clause.kind);
        }
        break;
    case EXPRESSION_IN:
        if (single && predicate->count == 2)
            clause.kind = EXPRESSION_EQ;
        break;
    case EXPRESSION_BETWEEN:
    case EXPRESSION_BEGINS_WITH:
    case EXPRESSION_NE:
        break;
    default:
        return clause;
    }
    for (size_t i = 0; i < predicate->count; i++)
        if (i != subject && predicate->operand[i]->kind != EXPRESSION_VALUE)
            return clause;
    clause.attribute = key_of(key, predicate->operand[subject]);
    return clause;
}

const struct value *partiql_clause_value(const struct partiql_clause *clause)
{
    return clause->predicate->operand[clause->first]->value;
}
