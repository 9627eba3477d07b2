#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/expressions.h"
#include "endpoint/tables/key_condition.h"
#include "endpoint/tables/keys.h"
#include "endpoint/tables/legacy.h"
#include "endpoint/tables/schema.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/start_key.h"
#include "endpoint/tables/walk.h"

enum { KEY_BYTES_LIMIT = 64 * 1024, LIST_LIMIT = 64 * 1024, SEGMENT_LIMIT = 1000000 };

#define SELECT_SET "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES"

struct page_plan {
    struct walk walk;
    struct expressions expressions;
    const struct value *start;  /* ExclusiveStartKey, or NULL */
    struct text start_key;      /* its bytes */
    struct text select;         /* data NULL: not given */
    uint64_t segment, segments; /* 0, 0: the whole table */
};

static const char *const query_older[] = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
    "KeyConditions", NULL};
static const char *const scan_older[] = {"AttributesToGet", "ScanFilter", "ConditionalOperator",
    NULL};

static bool check_members(struct request *request, bool is_query)
{
    if (!request_check_table(request))
        return false;
    request_check_name(request, request_text(request->body, "IndexName"), "indexName");
    if (is_query && request_integer(request->body, "Limit", 1) < 1)
        request_member(request, MESSAGE_QUERY_LIMIT,
            ARGUMENTS(request_number(request, request_integer(request->body, "Limit", 1)),
                TEXT("limit"), TEXT("1")));
    else if (!is_query)
        request_check_range(request, request->body, "Limit", "limit", 1, INT64_MAX);
    request_check_enum(request, request->body, "Select", "select", SELECT_SET);
    capacity_check(request);
    request_check_enum(request, request->body, "ConditionalOperator", "conditionalOperator",
        "OR, AND");
    if (!is_query) {
        if (request_get(request->body, "TotalSegments"))
            request_check_range(request, request->body, "TotalSegments", "totalSegments", 1,
                SEGMENT_LIMIT);
        request_check_range(request, request->body, "Segment", "segment", 0, SEGMENT_LIMIT - 1);
    }
    legacy_check_names(request, request->body, "attributesToGet");
    if (is_query) {
        legacy_check_filter(request, "QueryFilter", "queryFilter");
        legacy_check_filter(request, "KeyConditions", "keyConditions");
    } else {
        legacy_check_filter(request, "ScanFilter", "scanFilter");
    }
    return request_members_hold(request);
}

static struct page_plan *new_plan(struct request *request)
{
    struct page_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (!plan) {
        request_exhausted(request);
        return NULL;
    }
    request->plan = plan;
    plan->select = request_text(request->body, "Select");
    plan->walk.consistent = request_flag(request->body, "ConsistentRead", false);
    plan->walk.limit = (uint64_t)request_integer(request->body, "Limit", INT64_MAX);
    plan->walk.count_only = text_is(plan->select, "COUNT");
    return plan;
}

static bool check_select(struct request *request, const struct page_plan *plan, bool is_query)
{
    const char *projection = request_get(request->body, "ProjectionExpression")
                                 ? "ProjectionExpression"
                             : request_get(request->body, "AttributesToGet") ? "AttributesToGet"
                                                                             : NULL;

    if (!plan->select.data)
        return true;
    if (text_is(plan->select, "SPECIFIC_ATTRIBUTES"))
        return projection || request_refuse(request, MESSAGE_SELECT_NOTHING, NULL);
    if (projection)
        return request_refuse(request, MESSAGE_SELECT_PROJECTION,
            ARGUMENTS(text_of(projection), plan->select));
    if (!text_is(plan->select, "ALL_PROJECTED_ATTRIBUTES") ||
        request_get(request->body, "IndexName"))
        return true;
    if (!is_query)
        return request_fail(request, MESSAGE_SELECT_PROJECTED, NULL);
    return request_refuse_enveloped(request, MESSAGE_SELECT_PROJECTED, NULL);
}

/* Layer 3: the table, the index and whether it can be read like that. */
static bool find_target(struct request *request, struct page_plan *plan)
{
    struct text name = request_text(request->body, "IndexName");
    struct walk *walk = &plan->walk;

    if (!request_find_table(request, request->table_sent, MESSAGE_TABLE_MISSING))
        return false;
    if (!name.data)
        return true;
    walk->index = table_find_index(request->table, name);
    if (!walk->index)
        return request_fail(request, MESSAGE_INDEX_MISSING, ARGUMENTS(name));
    if (walk->consistent && !walk->index->local)
        return request_fail(request, MESSAGE_INDEX_CONSISTENT, NULL);
    if (!table_index_is_ready(walk->index))
        return request_fail(request, MESSAGE_INDEX_BACKFILLING, ARGUMENTS(name));
    return true;
}

/* What the projection names and a global index does not hold. */
static bool refuse_unprojected(struct request *request, const struct table_index *index,
    const struct projection *projection)
{
    struct buf list;

    buf_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < projection->count; i++) {
        struct text name = projection->path[i]->part[0].name;

        if (index_holds(index, name))
            continue;
        if (list.length > 0)
            buf_add_string(&list, ", ");
        buf_add_text(&list, name);
    }
    if (list.length > 0)
        request_fail(request, MESSAGE_INDEX_NOT_PROJECTED, ARGUMENTS(index->name, buf_view(&list)));
    buf_done(&list);
    return !request->fault.set;
}

/*
 * A local index fetches what is asked for and it does not hold; a global one refuses. A filter
 * asks for nothing: it sees what the index holds.
 */
static bool check_projection(struct request *request, struct page_plan *plan)
{
    struct walk *walk = &plan->walk;
    const struct table_index *index = walk->index;

    walk->filter = plan->expressions.filter;
    walk->projection = plan->expressions.projection;
    if (!schema_check_paths(request, request->table, walk->filter, walk->projection))
        return false;
    if (!index || index->projection == PROJECTION_ALL)
        return true;
    if (!index->local) {
        if (text_is(plan->select, "ALL_ATTRIBUTES"))
            return request_fail(request, MESSAGE_SELECT_ALL_GLOBAL, ARGUMENTS(index->name));
        return !walk->projection || refuse_unprojected(request, index, walk->projection);
    }
    walk->fetch = text_is(plan->select, "ALL_ATTRIBUTES");
    for (size_t i = 0; walk->projection && i < walk->projection->count; i++)
        walk->fetch = walk->fetch || !index_holds(index, walk->projection->path[i]->part[0].name);
    return true;
}

static bool take_start(struct request *request, struct page_plan *plan, bool is_query)
{
    return !plan->start ||
           start_key_take(request, plan->walk.index, is_query, plan->start, &plan->start_key);
}

static bool is_within(struct text key, struct text low, struct text high)
{
    return text_compare(key, low) >= 0 && (!high.data || text_compare(key, high) < 0);
}

/* Goes on behind the start key. */
static bool cut_at_start(struct request *request, struct page_plan *plan)
{
    struct walk *walk = &plan->walk;
    struct buf above;

    if (walk->backward) {
        walk->high = plan->start_key;
        return true;
    }
    buf_init(&above, KEY_BYTES_LIMIT);
    buf_add_text(&above, plan->start_key);
    buf_add_char(&above, '\0'); /* the smallest key above */
    walk->low = above.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&above));
    buf_done(&above);
    return walk->low.data || request_exhausted(request);
}

struct key_filter {
    struct request *request;
    const struct key_schema *key;
};

static bool refuse_key(void *user, const struct path *path)
{
    const struct key_filter *filter = user;
    struct text name = path->part[0].name;
    bool older = request_get(filter->request->body, "QueryFilter");

    return !key_find(filter->key, name) ||
           request_fail(filter->request, MESSAGE_QUERY_FILTER_KEY,
               ARGUMENTS(older ? TEXT("QueryFilter") : TEXT("Filter Expression"), name));
}

static bool take_range(struct request *request, struct page_plan *plan)
{
    const struct key_schema *key = plan->walk.index ? &plan->walk.index->key : &request->table->key;
    bool is_index = plan->walk.index;
    struct key_range range;

    if (!key_condition_range(request, key, is_index, plan->expressions.key, &range))
        return false;
    plan->walk.low = range.low;
    plan->walk.high = range.high;
    if (!plan->start)
        return true;
    return start_key_fits(request, plan->walk.index, plan->expressions.key, plan->start) &&
           cut_at_start(request, plan);
}

/* Expressions, and KeyConditions beside them. */
static bool read_expressions(struct request *request, struct page_plan *plan, unsigned wanted)
{
    struct expressions *expressions = &plan->expressions;

    if (!expressions_parse(request, request->body, wanted, expressions))
        return false;
    return !request_get(request->body, "KeyConditions") ||
           legacy_read_keys(request, &expressions->key);
}

static bool prepare_query(struct request *request)
{
    const unsigned wanted = EXPRESSIONS_KEY | EXPRESSIONS_FILTER | EXPRESSIONS_PROJECTION;
    const struct key_schema *key;
    struct key_filter filter;
    struct page_plan *plan;

    if (!check_members(request, true))
        return false;
    plan = new_plan(request);
    if (!plan || !check_select(request, plan, true) ||
        !expressions_prepare(request, request->body, wanted, query_older, &plan->expressions) ||
        !legacy_check_operator(request, "QueryFilter") ||
        !legacy_read_filter(request, "QueryFilter", &plan->expressions.filter) ||
        !legacy_read_names(request, request->body, &plan->expressions.projection) ||
        !start_key_read(request, &plan->start))
        return false;
    if (!request_get(request->body, "KeyConditionExpression") &&
        !request_get(request->body, "KeyConditions"))
        return request_refuse(request, MESSAGE_QUERY_NO_CONDITION, NULL);
    if (!read_expressions(request, plan, wanted) || !find_target(request, plan))
        return false;
    plan->walk.backward = !request_flag(request->body, "ScanIndexForward", true);
    key = plan->walk.index ? &plan->walk.index->key : &request->table->key;
    filter = (struct key_filter){request, key};
    return take_start(request, plan, true) &&
           key_condition_match(request, key, plan->expressions.key) &&
           expressions_each_path(plan->expressions.filter, refuse_key, &filter) &&
           take_range(request, plan) && check_projection(request, plan);
}

static bool check_segments(struct request *request, struct page_plan *plan)
{
    const struct json *segment = request_get(request->body, "Segment");
    const struct json *total = request_get(request->body, "TotalSegments");

    if (segment && !total)
        return request_refuse(request, MESSAGE_SEGMENT_NO_TOTAL, NULL);
    if (total && !segment)
        return request_refuse(request, MESSAGE_SEGMENT_NO_SEGMENT, NULL);
    if (!segment)
        return true;
    plan->segment = (uint64_t)request_integer(request->body, "Segment", 0);
    plan->segments = (uint64_t)request_integer(request->body, "TotalSegments", 1);
    if (plan->segment < plan->segments)
        return true;
    return request_refuse(request, MESSAGE_SEGMENT_RANGE,
        ARGUMENTS(request_number(request, (int64_t)plan->segment),
            request_number(request, (int64_t)plan->segments)));
}

static struct text hash_bound(struct request *request, uint64_t hash)
{
    struct text bound;
    struct buf bytes;

    buf_init(&bytes, KEYS_HASH_SIZE);
    keys_add_hash(&bytes, hash);
    bound = bytes.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&bytes));
    buf_done(&bytes);
    if (!bound.data)
        request_exhausted(request);
    return bound;
}

static bool take_segment(struct request *request, struct page_plan *plan)
{
    struct walk *walk = &plan->walk;

    walk->low = text_make("", 0);
    if (plan->segments > 0) {
        walk->low = hash_bound(request, keys_segment_start(plan->segment, plan->segments));
        if (plan->segment + 1 < plan->segments)
            walk->high = hash_bound(request, keys_segment_start(plan->segment + 1, plan->segments));
    }
    if (request->fault.set || !plan->start)
        return !request->fault.set;
    if (!is_within(plan->start_key, walk->low, walk->high))
        return request_fail(request, MESSAGE_START_SEGMENT,
            ARGUMENTS(request_number(request, (int64_t)plan->segments),
                request_number(request, (int64_t)plan->segment)));
    return cut_at_start(request, plan);
}

static bool prepare_scan(struct request *request)
{
    const unsigned wanted = EXPRESSIONS_FILTER | EXPRESSIONS_PROJECTION;
    struct page_plan *plan;

    if (!check_members(request, false))
        return false;
    plan = new_plan(request);
    return plan &&
           expressions_prepare(request, request->body, wanted, scan_older, &plan->expressions) &&
           legacy_check_operator(request, "ScanFilter") &&
           legacy_read_names(request, request->body, &plan->expressions.projection) &&
           legacy_read_filter(request, "ScanFilter", &plan->expressions.filter) &&
           start_key_read(request, &plan->start) && check_select(request, plan, false) &&
           check_segments(request, plan) &&
           expressions_parse(request, request->body, wanted, &plan->expressions) &&
           find_target(request, plan) && take_start(request, plan, false) &&
           take_segment(request, plan) && check_projection(request, plan);
}

static enum progress read_page(struct request *request, struct store *store)
{
    struct page_plan *plan = request->plan;

    return walk_run(request, store, &plan->walk);
}

const struct operation query_operation_table[] = {
    {
        .name = "Query",
        .shape = &shape_query,
        .prepare = prepare_query,
        .read = read_page,
    },
    {
        .name = "Scan",
        .shape = &shape_scan,
        .style = MESSAGE_OLDER,
        .prepare = prepare_scan,
        .read = read_page,
    },
    {.name = NULL},
};
