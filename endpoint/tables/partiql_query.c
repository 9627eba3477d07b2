#include "endpoint/tables/partiql_plan.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "endpoint/tables/key_condition.h"
#include "endpoint/tables/partiql_clauses.h"
#include "endpoint/tables/schema.h"

enum { LIST_LIMIT = 64 * 1024, READ_LIMIT = 50 };

/* The conditions of a Query under construction. */
struct query {
    struct request *request;
    const struct key_schema *key;
    struct partiql_conjuncts conjuncts;
    struct expression *condition; /* AND of the clauses taken */
    /* Values of the only HASH attribute, each of which is a Query; none: the condition has it. */
    const struct value **hash;
    size_t hash_count;
};

/* The first predicate about the attribute that is one of the kinds wanted; SIZE_MAX: none. */
static size_t find_clause(const struct query *query, const struct key_attribute *attribute,
    bool equal, struct partiql_clause *out)
{
    for (size_t i = 0; i < query->conjuncts.count; i++) {
        if (!query->conjuncts.element[i])
            continue;
        *out = partiql_clause_of(query->key, query->conjuncts.element[i], true);
        if (out->attribute != attribute || out->kind == EXPRESSION_IN || out->kind == EXPRESSION_NE)
            continue;
        if (equal == (out->kind == EXPRESSION_EQ))
            return i;
    }
    return SIZE_MAX;
}

/* The key attribute as operand 0, as key_condition.h wants it. */
static bool take_clause(struct query *query, const struct partiql_clause *clause, size_t at)
{
    const struct expression *from = clause->predicate;
    struct expression *to = expression_new(query->request->arena, clause->kind, from->count);

    if (!to)
        return request_exhausted(query->request);
    to->operand[0] = from->operand[clause->first == 1 ? 0 : 1];
    for (size_t i = 1; i < from->count; i++)
        to->operand[i] = from->operand[clause->first == 1 ? i : 0];
    query->condition->operand[query->condition->count++] = to;
    query->conjuncts.element[at] = NULL;
    return true;
}

/* HASH attributes, then RANGE attributes from the left until one has no equality. */
static bool take_clauses(struct query *query)
{
    for (size_t i = query->hash_count > 0 ? 1 : 0; i < key_count(query->key); i++) {
        const struct key_attribute *attribute = &query->key->attribute[i];
        struct partiql_clause clause;
        size_t at = find_clause(query, attribute, true, &clause);
        bool equal = at != SIZE_MAX;

        if (!equal)
            at = find_clause(query, attribute, false, &clause);
        if (at == SIZE_MAX)
            break;
        if (!take_clause(query, &clause, at))
            return false;
        if (!equal)
            break;
    }
    return true;
}

static bool names_hash(const struct query *query)
{
    struct partiql_clause clause;

    for (size_t i = 0; i < query->key->hash_count; i++)
        if (find_clause(query, &query->key->attribute[i], true, &clause) == SIZE_MAX)
            return false;
    return true;
}

static bool add_value(struct query *query, const struct value *value)
{
    for (size_t i = 0; i < query->hash_count; i++)
        if (value_equal(query->hash[i], value))
            return true;
    if (value->type != query->key->attribute[0].type)
        return request_fail(query->request, MESSAGE_PARTIQL_KEY_TYPE,
            ARGUMENTS(query->key->attribute[0].name));
    if (query->hash_count == READ_LIMIT)
        return request_fail(query->request, MESSAGE_PARTIQL_READS, NULL);
    query->hash[query->hash_count++] = value;
    return true;
}

/* IN, or equalities joined by OR, about the HASH attribute alone. */
static bool is_choice(const struct query *query, const struct expression *predicate)
{
    struct partiql_clause clause;

    if (predicate->kind == EXPRESSION_OR) {
        for (size_t i = 0; i < predicate->count; i++)
            if (!is_choice(query, predicate->operand[i]))
                return false;
        return true;
    }
    clause = partiql_clause_of(query->key, predicate, false);
    return clause.attribute == query->key->attribute &&
           (clause.kind == EXPRESSION_EQ || clause.kind == EXPRESSION_IN);
}

static bool add_choices(struct query *query, const struct expression *predicate)
{
    for (size_t i = 0; i < predicate->count; i++) {
        const struct expression *operand = predicate->operand[i];

        if (predicate->kind == EXPRESSION_OR ? !add_choices(query, operand)
                                             : operand->value && !add_value(query, operand->value))
            return false;
    }
    return true;
}

/* The first predicate that offers some values of the hash key; false when there is none. */
static bool choose_hash(struct query *query)
{
    struct partiql_conjuncts *conjuncts = &query->conjuncts;

    for (size_t i = 0; i < conjuncts->count && query->key->hash_count == 1; i++) {
        if (!is_choice(query, conjuncts->element[i]))
            continue;
        query->hash = arena_alloc(query->request->arena, READ_LIMIT, sizeof *query->hash);
        if (!query->hash)
            return request_exhausted(query->request);
        if (!add_choices(query, conjuncts->element[i]))
            return false;
        conjuncts->element[i] = NULL;
        return true;
    }
    return false;
}

/* A key attribute is compared with its own type alone. */
static bool check_types(const struct query *query)
{
    for (size_t i = 0; i < query->conjuncts.count; i++) {
        const struct expression *predicate = query->conjuncts.element[i];
        struct partiql_clause clause = {.attribute = NULL};

        if (predicate)
            clause = partiql_clause_of(query->key, predicate, false);
        for (size_t j = 0; clause.attribute && j < predicate->count; j++)
            if (predicate->operand[j]->kind == EXPRESSION_VALUE &&
                predicate->operand[j]->value->type != clause.attribute->type)
                return request_fail(query->request, MESSAGE_PARTIQL_KEY_TYPE,
                    ARGUMENTS(clause.attribute->name));
    }
    return true;
}

struct names {
    struct buf list;
    const struct table_index *index;
};

static bool note_unheld(void *user, const struct path *path)
{
    struct names *names = user;
    struct text name = path->part[0].name;
    struct text rest = buf_view(&names->list), word;

    if (index_holds(names->index, name))
        return true;
    while (text_take_field(&rest, ',', &word))
        if (text_equal(text_trim(word), name))
            return true;
    if (names->list.length > 0)
        buf_add_string(&names->list, ", ");
    buf_add_text(&names->list, name);
    return true;
}

static bool visit_paths(const struct expression *expression, struct names *names)
{
    if (expression->kind == EXPRESSION_PATH)
        return note_unheld(names, expression->path);
    for (size_t i = 0; i < expression->count; i++)
        visit_paths(expression->operand[i], names);
    return true;
}

/* A Query of an index filters by what the index holds; a Scan finds the rest missing. */
static bool check_filter(struct request *request, const struct walk *walk)
{
    struct names names = {.index = walk->index};

    if (!walk->index || walk->index->projection == PROJECTION_ALL || !walk->filter)
        return true;
    buf_init(&names.list, LIST_LIMIT);
    visit_paths(walk->filter, &names);
    if (names.list.length > 0)
        request_fail(request, MESSAGE_PARTIQL_INDEX_FILTER,
            ARGUMENTS(walk->index->name, buf_view(&names.list)));
    buf_done(&names.list);
    return !request->fault.set;
}

/* The clause that each value of the hash key is put into in turn. */
static struct expression *begin_choice(struct query *query)
{
    struct arena *arena = query->request->arena;
    struct expression *clause = expression_new(arena, EXPRESSION_EQ, 2);
    struct path *path = path_new_name(arena, query->key->attribute[0].name);

    if (clause && path) {
        clause->operand[0] = expression_new_path(arena, path);
        clause->operand[1] = expression_new_value(arena, query->hash[0]);
    }
    if (!clause || !path || !clause->operand[0] || !clause->operand[1]) {
        request_exhausted(query->request);
        return NULL;
    }
    query->condition->operand[query->condition->count++] = clause;
    return clause;
}

/* One range for every value, walked one after the other. */
static bool take_ranges(struct query *query, struct expression *choice, struct walk *walk)
{
    size_t count = choice ? query->hash_count : 1;
    struct walk_range *range = arena_alloc(query->request->arena, count, sizeof *range);

    if (!range)
        return request_exhausted(query->request);
    for (size_t i = 0; i < count; i++) {
        struct key_range found;

        if (choice)
            choice->operand[1]->value = query->hash[i];
        if (!key_condition_range(query->request, query->key, walk->index, query->condition, &found))
            return false;
        range[i] = (struct walk_range){found.low, found.high};
    }
    walk->low = range[0].low;
    walk->high = range[0].high;
    walk->more = range + 1;
    walk->more_count = count - 1;
    return true;
}

static bool plan_query(struct query *query, struct walk *walk)
{
    struct request *request = query->request;
    struct expression *choice = NULL;

    query->condition = expression_new(request->arena, EXPRESSION_AND, key_count(query->key));
    if (!query->condition)
        return request_exhausted(request);
    query->condition->count = 0;
    if (query->hash_count > 0) {
        choice = begin_choice(query);
        if (!choice)
            return false;
    }
    if (!check_types(query) || !take_clauses(query))
        return false;
    walk->filter = partiql_join(request, &query->conjuncts);
    return !request->fault.set && check_filter(request, walk) &&
           key_condition_match(request, query->key, query->condition) &&
           take_ranges(query, choice, walk);
}

static int compare_values(const void *a, const void *b)
{
    const struct value *const *left = a, *const *right = b;
    bool ordered;

    return value_compare(*left, *right, &ordered);
}

/* The hash keys in their order, or backwards. */
static void order_choices(struct query *query, bool descending)
{
    qsort(query->hash, query->hash_count, sizeof *query->hash, compare_values);
    for (size_t i = 0, j = query->hash_count - 1; descending && i < j; i++, j--) {
        const struct value *value = query->hash[i];

        query->hash[i] = query->hash[j];
        query->hash[j] = value;
    }
}

/* By the sort key of the items under one hash key, or by hash keys that WHERE names. */
static bool check_order(struct query *query, const struct partiql *statement, bool is_query,
    struct walk *walk)
{
    struct request *request = query->request;
    bool ascending = false, by_hash = false;

    if (statement->order_count == 0)
        return true;
    if (!statement->where)
        return request_fail(request, MESSAGE_PARTIQL_ORDER_WHERE, NULL);
    for (size_t i = 0; i < statement->order_count; i++) {
        const struct partiql_order *order = &statement->order[i];
        const struct key_attribute *attribute = key_find(query->key, order->name);

        if (!attribute)
            return request_fail(request, MESSAGE_PARTIQL_ORDER_ATTRIBUTE, ARGUMENTS(order->name));
        if (attribute >= query->key->attribute + query->key->hash_count) {
            ascending = !order->descending;
            continue;
        }
        by_hash = true;
        if (query->hash_count > 0)
            order_choices(query, order->descending);
    }
    if (!is_query)
        return request_fail(request, MESSAGE_PARTIQL_ORDER_HASH, NULL);
    if (query->hash_count > 1 && !by_hash)
        return request_fail(request, MESSAGE_PARTIQL_ORDER_MANY, NULL);
    /* Ordered by the hash key alone the service goes down the sort key. */
    walk->backward = !ascending;
    return true;
}

static bool find_index(struct request *request, const struct partiql *statement, struct walk *walk)
{
    if (!statement->index.data)
        return true;
    walk->index = table_find_index(request->table, statement->index);
    if (!walk->index)
        return request_fail(request, MESSAGE_PARTIQL_INDEX_MISSING, NULL);
    if (walk->consistent && !walk->index->local)
        return request_fail(request, MESSAGE_PARTIQL_INDEX_CONSISTENT, NULL);
    if (!table_index_is_ready(walk->index))
        return request_fail(request, MESSAGE_INDEX_BACKFILLING, ARGUMENTS(walk->index->name));
    return true;
}

/* The columns as a projection, so that rows are decoded; a local index fetches what it lacks. */
static bool take_columns(struct request *request, const struct partiql *statement,
    struct walk *walk)
{
    struct names names = {.index = walk->index};
    struct projection *projection;

    if (statement->column_count == 0)
        return true;
    projection = arena_alloc(request->arena, 1, sizeof *projection);
    if (projection)
        projection->path =
            arena_alloc(request->arena, statement->column_count, sizeof *projection->path);
    if (!projection || !projection->path)
        return request_exhausted(request);
    buf_init(&names.list, LIST_LIMIT);
    for (size_t i = 0; i < statement->column_count; i++) {
        projection->path[projection->count++] = statement->column[i].path;
        if (walk->index && walk->index->projection != PROJECTION_ALL)
            note_unheld(&names, statement->column[i].path);
    }
    walk->projection = projection;
    walk->fetch = names.list.length > 0;
    if (walk->fetch && !walk->index->local)
        request_fail(request, MESSAGE_INDEX_NOT_PROJECTED,
            ARGUMENTS(walk->index->name, buf_view(&names.list)));
    buf_done(&names.list);
    return !request->fault.set;
}

bool partiql_plan_read(struct request *request, const struct partiql *statement, struct walk *walk)
{
    struct query query = {.request = request};
    bool is_query;

    if (!find_index(request, statement, walk))
        return false;
    query.key = walk->index ? &walk->index->key : &request->table->key;
    if (!partiql_list_conjuncts(request, statement->where, &query.conjuncts))
        return false;
    is_query = names_hash(&query) || choose_hash(&query);
    if (request->fault.set || !check_order(&query, statement, is_query, walk) ||
        !take_columns(request, statement, walk) ||
        !schema_check_paths(request, request->table, statement->where, walk->projection))
        return false;
    if (is_query)
        return plan_query(&query, walk);
    walk->filter = statement->where;
    walk->low = text_make("", 0);
    return true;
}
