#include "endpoint/tables/key_condition.h"

#include "base/buf.h"
#include "endpoint/tables/keys.h"

enum { RANGE_LIMIT = 64 * 1024, LIST_LIMIT = 4096 };

static size_t clause_count(const struct expression *condition)
{
    return condition->kind == EXPRESSION_AND ? condition->count : 1;
}

static const struct expression *clause_at(const struct expression *condition, size_t at)
{
    return condition->kind == EXPRESSION_AND ? condition->operand[at] : condition;
}

static struct text clause_name(const struct expression *clause)
{
    return clause->operand[0]->path->part[0].name;
}

static const struct expression *find_clause(const struct expression *condition, struct text name)
{
    for (size_t i = 0; i < clause_count(condition); i++)
        if (text_equal(clause_name(clause_at(condition, i)), name))
            return clause_at(condition, i);
    return NULL;
}

static void add_name(struct buf *list, struct text name)
{
    if (list->length > 0)
        buf_add_string(list, ", ");
    buf_add_text(list, name);
}

/* Of the older operators, some do not say a range of keys. */
static bool is_indexable(const struct expression *clause)
{
    return (clause->kind >= EXPRESSION_EQ && clause->kind != EXPRESSION_NE &&
               clause->kind <= EXPRESSION_BETWEEN) ||
           clause->kind == EXPRESSION_BEGINS_WITH;
}

static bool match_hash(struct request *request, const struct key_schema *key,
    const struct expression *condition)
{
    struct buf missing;
    bool equal = true, indexable = true;

    buf_init(&missing, LIST_LIMIT);
    for (size_t i = 0; i < key->hash_count; i++) {
        const struct expression *clause = find_clause(condition, key->attribute[i].name);

        if (!clause)
            add_name(&missing, key->attribute[i].name);
        equal = equal && (!clause || clause->kind == EXPRESSION_EQ);
        indexable = indexable && (!clause || is_indexable(clause));
    }
    if (missing.length > 0)
        request_refuse(request,
            key->hash_count > 1 ? MESSAGE_QUERY_HASH_EQUAL : MESSAGE_QUERY_MISSED,
            ARGUMENTS(buf_view(&missing)));
    else if (!indexable)
        request_refuse(request, MESSAGE_QUERY_NOT_INDEXABLE, NULL);
    else if (!equal)
        request_refuse(request, MESSAGE_QUERY_UNSUPPORTED, NULL);
    buf_done(&missing);
    return !request->fault.set;
}

/* From left to right without gaps, and an operator other than = only on the last one. */
static bool match_range(struct request *request, const struct key_schema *key,
    const struct expression *condition)
{
    struct buf loose;

    buf_init(&loose, LIST_LIMIT);
    for (size_t i = key->hash_count; i < key_count(key); i++) {
        struct text name = key->attribute[i].name;
        const struct expression *clause = find_clause(condition, name);

        if (clause && !is_indexable(clause)) {
            request_refuse(request, MESSAGE_QUERY_NOT_INDEXABLE, NULL);
            break;
        }
        if (clause && loose.length > 0) {
            request_refuse(request, MESSAGE_QUERY_RANGE_EQUAL, ARGUMENTS(buf_view(&loose), name));
            break;
        }
        if (!clause || clause->kind != EXPRESSION_EQ)
            add_name(&loose, name);
    }
    buf_done(&loose);
    return !request->fault.set;
}

bool key_condition_match(struct request *request, const struct key_schema *key,
    const struct expression *condition)
{
    size_t count = clause_count(condition);
    struct text missed = key->attribute[0].name;
    bool unknown = false;

    if (count > key_count(key))
        return request_refuse(request, MESSAGE_QUERY_TOO_MANY,
            ARGUMENTS(request_number(request, (int64_t)count),
                request_number(request, (int64_t)key_count(key))));
    if (!match_hash(request, key, condition))
        return false;
    for (size_t i = 0; i < count; i++)
        unknown = unknown || !key_find(key, clause_name(clause_at(condition, i)));
    for (size_t i = key_count(key); i > key->hash_count; i--)
        if (!find_clause(condition, key->attribute[i - 1].name))
            missed = key->attribute[i - 1].name;
    if (unknown)
        return request_refuse(request, MESSAGE_QUERY_MISSED, ARGUMENTS(missed));
    return match_range(request, key, condition);
}

static bool check_values(struct request *request, const struct key_attribute *attribute, bool hash,
    const struct expression *clause)
{
    for (size_t i = 1; i < clause->count; i++) {
        const struct value *value = clause->operand[i]->value;

        if (value->type != attribute->type)
            return request_refuse(request, MESSAGE_QUERY_TYPE, NULL);
        if (value->type == VALUE_N)
            continue;
        if (value->text.length == 0)
            return request_refuse(request,
                value->type == VALUE_S ? MESSAGE_KEY_EMPTY_STRING : MESSAGE_KEY_EMPTY_BINARY,
                ARGUMENTS(attribute->name));
        if (value->text.length > (hash ? TABLE_HASH_SIZE : TABLE_RANGE_SIZE))
            return request_refuse(request, hash ? MESSAGE_KEY_HASH_SIZE : MESSAGE_KEY_RANGE_SIZE,
                NULL);
    }
    return true;
}

/* The bounds under construction. */
struct bounds {
    struct buf low, high;
    bool open; /* no upper bound */
};

/* high becomes the end of everything that starts with it. */
static void end_of_prefix(struct bounds *bounds)
{
    bounds->open = !keys_next(&bounds->high);
}

static void end_of_value(struct bounds *bounds, const struct value *value, bool last)
{
    keys_add_part(&bounds->high, value, last);
    if (last)
        buf_add_char(&bounds->high, '\0'); /* this key alone */
    else
        end_of_prefix(bounds);
}

/* The prefix of all HASH attributes and of RANGE attributes so far stands in both bounds. */
static void apply(struct bounds *bounds, const struct expression *clause, bool last)
{
    const struct value *value = clause->operand[1]->value;

    switch (clause->kind) {
    case EXPRESSION_EQ:
        keys_add_part(&bounds->low, value, last);
        end_of_value(bounds, value, last);
        break;
    case EXPRESSION_LT:
        keys_add_part(&bounds->high, value, last);
        break;
    case EXPRESSION_LE:
        end_of_value(bounds, value, last);
        break;
    case EXPRESSION_GT:
        end_of_prefix(bounds);
        keys_add_part(&bounds->low, value, last);
        if (last)
            buf_add_char(&bounds->low, '\0');
        else
            keys_next(&bounds->low);
        break;
    case EXPRESSION_GE:
        end_of_prefix(bounds);
        keys_add_part(&bounds->low, value, last);
        break;
    case EXPRESSION_BETWEEN:
        keys_add_part(&bounds->low, value, last);
        end_of_value(bounds, clause->operand[2]->value, last);
        break;
    default: /* begins_with */
        if (last) {
            buf_add_text(&bounds->low, value->text);
            buf_add_text(&bounds->high, value->text);
        } else {
            keys_add_open(&bounds->low, value->text);
            keys_add_open(&bounds->high, value->text);
        }
        end_of_prefix(bounds);
        break;
    }
}

static struct text keep(struct request *request, const struct buf *buf)
{
    struct text text =
        buf->failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(buf));

    if (!text.data)
        request_exhausted(request);
    return text;
}

/* Without memory there is no end either, which must not be taken for none. */
static struct text keep_end(struct request *request, const struct buf *buf, bool open)
{
    return open && !buf->failure ? text_make(NULL, 0) : keep(request, buf);
}

/* The HASH attributes into both bounds; the range of all rows under them. */
static void begin(struct request *request, const struct key_schema *key, bool is_index,
    const struct expression *condition, struct bounds *bounds, struct key_range *out)
{
    const struct value *values[TABLE_KEY_LIMIT];
    bool alone = !is_index && key->range_count == 0;
    struct buf end;

    for (size_t i = 0; i < key->hash_count; i++)
        values[i] = find_clause(condition, key->attribute[i].name)->operand[1]->value;
    keys_add_hash(&bounds->low, keys_hash(key, values));
    for (size_t i = 0; i < key->hash_count; i++)
        keys_add_part(&bounds->low, values[i], alone);
    buf_add_text(&bounds->high, buf_view(&bounds->low));
    out->low = keep(request, &bounds->low);
    buf_init(&end, RANGE_LIMIT);
    buf_add_text(&end, buf_view(&bounds->low));
    if (alone)
        buf_add_char(&end, '\0');
    else
        bounds->open = !keys_next(&end);
    out->high = keep_end(request, &end, bounds->open);
    buf_done(&end);
}

bool key_condition_range(struct request *request, const struct key_schema *key, bool is_index,
    const struct expression *condition, struct key_range *out)
{
    struct bounds bounds = {.open = false};
    const struct expression *clause = NULL;

    for (size_t i = 0; i < key_count(key); i++) {
        clause = find_clause(condition, key->attribute[i].name);
        if (clause && !check_values(request, &key->attribute[i], i < key->hash_count, clause))
            return false;
    }
    buf_init(&bounds.low, RANGE_LIMIT);
    buf_init(&bounds.high, RANGE_LIMIT);
    begin(request, key, is_index, condition, &bounds, out);
    clause = NULL;
    for (size_t i = key->hash_count; i < key_count(key); i++) {
        const struct expression *next = find_clause(condition, key->attribute[i].name);
        bool last = !is_index && i + 1 == key_count(key);

        if (!next)
            break;
        clause = next;
        /* high holds the bare prefix: = before another condition only lengthens it. */
        buf_clear(&bounds.high);
        buf_add_text(&bounds.high, buf_view(&bounds.low));
        bounds.open = false;
        apply(&bounds, clause, last);
    }
    if (clause) {
        out->low = keep(request, &bounds.low);
        out->high = keep_end(request, &bounds.high, bounds.open);
    }
    buf_done(&bounds.low);
    buf_done(&bounds.high);
    return !request->fault.set;
}
