#include "endpoint/tables/partiql_plan.h"

#include <stdint.h>

#include "base/buf.h"
#include "endpoint/tables/key_condition.h"
#include "endpoint/tables/keys.h"
#include "endpoint/tables/schema.h"

enum { LIST_LIMIT = 64 * 1024 };

/* The predicates that must all hold, in the order written. */
struct conjuncts {
    struct expression **element;
    size_t count;
};

static size_t count_conjuncts(const struct expression *where)
{
    size_t count = 0;

    if (!where || where->kind != EXPRESSION_AND)
        return where ? 1 : 0;
    for (size_t i = 0; i < where->count; i++)
        count += count_conjuncts(where->operand[i]);
    return count;
}

static void put_conjuncts(struct expression *where, struct conjuncts *out)
{
    if (where->kind != EXPRESSION_AND) {
        out->element[out->count++] = where;
        return;
    }
    for (size_t i = 0; i < where->count; i++)
        put_conjuncts(where->operand[i], out);
}

static bool list_conjuncts(struct request *request, struct expression *where, struct conjuncts *out)
{
    *out = (struct conjuncts){.count = 0};
    out->element =
        arena_alloc(request->arena, count_conjuncts(where) + 1, sizeof(struct expression *));
    if (!out->element)
        return request_exhausted(request);
    if (where)
        put_conjuncts(where, out);
    return true;
}

/* Those that are left, as one condition; NULL when there are none or memory is out. */
static struct expression *join(struct request *request, const struct conjuncts *conjuncts)
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

/* A predicate about one key attribute and constants: the attribute first. */
struct clause {
    const struct key_attribute *attribute; /* NULL: it is none */
    enum expression_kind kind;
    const struct expression *predicate;
    size_t first; /* of the constants among its operands */
};

static struct clause clause_of(const struct key_schema *key, const struct expression *predicate,
    bool single)
{
    struct clause clause = {.kind = predicate->kind, .predicate = predicate, .first = 1};
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

static const struct value *clause_value(const struct clause *clause)
{
    return clause->predicate->operand[clause->first]->value;
}

bool partiql_take_key(struct request *request, const struct table *table, struct expression *where,
    bool single, struct partiql_key *out)
{
    struct value *item = value_new_container(request->arena, VALUE_M, key_count(&table->key));
    struct conjuncts conjuncts;

    *out = (struct partiql_key){.item = item};
    if (!item)
        return request_exhausted(request);
    if (!list_conjuncts(request, where, &conjuncts))
        return false;
    for (size_t i = 0; i < conjuncts.count; i++) {
        struct clause clause = clause_of(&table->key, conjuncts.element[i], single);
        const struct value *known = NULL;

        if (!clause.attribute || clause.kind != EXPRESSION_EQ)
            continue;
        for (size_t j = 0; j < item->count; j++)
            if (text_equal(item->name[j], clause.attribute->name))
                known = &item->element[j];
        if (known && !value_equal(known, clause_value(&clause))) {
            out->twice = clause.attribute;
            continue;
        }
        if (clause_value(&clause)->type != clause.attribute->type && !out->type)
            out->type = clause.attribute;
        if (!known) {
            item->name[item->count] = clause.attribute->name;
            item->element[item->count++] = *clause_value(&clause);
        }
        conjuncts.element[i] = NULL;
    }
    value_sort(item);
    out->complete = item->count == key_count(&table->key) && !out->type;
    out->rest = join(request, &conjuncts);
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

/* The conditions of a Query under construction. */
struct query {
    struct request *request;
    const struct key_schema *key;
    struct conjuncts conjuncts;
    struct expression *condition; /* AND of the clauses taken */
};

/* The first predicate about the attribute that is one of the kinds wanted; SIZE_MAX: none. */
static size_t find_clause(const struct query *query, const struct key_attribute *attribute,
    bool equal, struct clause *out)
{
    for (size_t i = 0; i < query->conjuncts.count; i++) {
        if (!query->conjuncts.element[i])
            continue;
        *out = clause_of(query->key, query->conjuncts.element[i], true);
        if (out->attribute != attribute || out->kind == EXPRESSION_IN || out->kind == EXPRESSION_NE)
            continue;
        if (equal == (out->kind == EXPRESSION_EQ))
            return i;
    }
    return SIZE_MAX;
}

/* The key attribute as operand 0, as key_condition.h wants it. */
static bool take_clause(struct query *query, const struct clause *clause, size_t at)
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
    for (size_t i = 0; i < key_count(query->key); i++) {
        const struct key_attribute *attribute = &query->key->attribute[i];
        struct clause clause;
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
    struct clause clause;

    for (size_t i = 0; i < query->key->hash_count; i++)
        if (find_clause(query, &query->key->attribute[i], true, &clause) == SIZE_MAX)
            return false;
    return true;
}

/* A key attribute is compared with its own type alone. */
static bool check_types(const struct query *query)
{
    for (size_t i = 0; i < query->conjuncts.count; i++) {
        struct clause clause = clause_of(query->key, query->conjuncts.element[i], false);
        const struct expression *predicate = clause.predicate;

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

static bool plan_query(struct query *query, struct walk *walk)
{
    struct request *request = query->request;
    struct key_range range;

    query->condition = expression_new(request->arena, EXPRESSION_AND, key_count(query->key));
    if (!query->condition)
        return request_exhausted(request);
    query->condition->count = 0;
    if (!check_types(query) || !take_clauses(query))
        return false;
    walk->filter = join(request, &query->conjuncts);
    if (request->fault.set || !check_filter(request, walk) ||
        !key_condition_match(request, query->key, query->condition) ||
        !key_condition_range(request, query->key, walk->index, query->condition, &range))
        return false;
    walk->low = range.low;
    walk->high = range.high;
    return true;
}

/* Only the sort key of the items under one hash key can be ordered by. */
static bool check_order(struct request *request, const struct partiql *statement,
    const struct key_schema *key, bool is_query, struct walk *walk)
{
    bool ascending = false;

    if (statement->order_count == 0)
        return true;
    if (!statement->where)
        return request_fail(request, MESSAGE_PARTIQL_ORDER_WHERE, NULL);
    for (size_t i = 0; i < statement->order_count; i++) {
        const struct partiql_order *order = &statement->order[i];
        const struct key_attribute *attribute = key_find(key, order->name);

        if (!attribute)
            return request_fail(request, MESSAGE_PARTIQL_ORDER_ATTRIBUTE, ARGUMENTS(order->name));
        if (attribute >= key->attribute + key->hash_count)
            ascending = !order->descending;
    }
    if (!is_query)
        return request_fail(request, MESSAGE_PARTIQL_ORDER_HASH, NULL);
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
    if (!list_conjuncts(request, statement->where, &query.conjuncts))
        return false;
    is_query = names_hash(&query);
    if (!check_order(request, statement, query.key, is_query, walk) ||
        !take_columns(request, statement, walk) ||
        !schema_check_paths(request, request->table, statement->where, walk->projection))
        return false;
    if (is_query)
        return plan_query(&query, walk);
    walk->filter = statement->where;
    walk->low = text_make("", 0);
    return true;
}
