#include "endpoint/tables/start_key.h"

#include "endpoint/tables/attribute.h"
#include "endpoint/tables/keys.h"
#include "endpoint/tables/schema.h"

enum { KEY_BYTES_LIMIT = 64 * 1024 };

/* What was refused becomes the reason why the start key is. */
static bool wrap(struct request *request)
{
    struct text reason = request->fault.message;

    if (request->fault.kind != FAULT_VALIDATION)
        return false;
    request->fault = (struct fault){0};
    return request_fail(request, MESSAGE_START_REASON, ARGUMENTS(reason));
}

/* Faults of numbers and of sets are told as they are. */
static bool is_told_bare(struct text message)
{
    static const char *const part[] = {"contains duplicates", "number set", "numeric value",
        "significant digits", "number with magnitude"};

    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        if (text_find(message, text_of(part[i]), 0) < message.length)
            return true;
    return false;
}

bool start_key_read(struct request *request, const struct value **start)
{
    const struct json *json = request_get(request->body, "ExclusiveStartKey");

    *start = NULL;
    if (!json || attribute_read_member(request, json, start))
        return true;
    return is_told_bare(request->fault.message) ? false : wrap(request);
}

/* Faults of an index key are told bare. */
static bool check_index_key(struct request *request, const struct key_schema *key,
    const struct value *start)
{
    for (size_t i = 0; i < key_count(key); i++) {
        const struct key_attribute *attribute = &key->attribute[i];
        const struct value *value = value_get(start, attribute->name);

        if (!value)
            return request_fail(request, MESSAGE_START_INVALID, NULL);
        if (value->type != attribute->type)
            return request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    }
    return schema_check_lengths(request, key, start);
}

static bool check_table_key(struct request *request, const struct value *start, bool is_query)
{
    const struct key_schema *key = &request->table->key;
    bool fits = true;

    for (size_t i = 0; is_query && i < key_count(key); i++)
        if (!value_get(start, key->attribute[i].name))
            return request_fail(request, MESSAGE_START_INVALID, NULL);
    for (size_t i = 0; fits && i < key_count(key); i++) {
        const struct value *value = value_get(start, key->attribute[i].name);

        fits = value && value->type == key->attribute[i].type;
    }
    fits = fits ? schema_check_lengths(request, key, start)
                : request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    return fits || wrap(request);
}

static bool check_count(struct request *request, const struct table_index *index, bool is_query,
    const struct value *start)
{
    const struct key_schema *key = &request->table->key;
    size_t expected = key_count(key);

    for (size_t i = 0; index && i < key_count(&index->key); i++)
        expected += !key_find(key, index->key.attribute[i].name);
    if (start->count == expected)
        return true;
    if (is_query || index)
        return request_fail(request, MESSAGE_START_INVALID, NULL);
    request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    return wrap(request);
}

static bool take_bytes(struct request *request, const struct table_index *index,
    const struct value *start, struct text *bytes)
{
    struct text item_key = schema_key_bytes(&request->table->key, start, request->arena);
    struct buf whole;

    *bytes = item_key;
    if (!item_key.data)
        return request_exhausted(request);
    if (!index)
        return true;
    buf_init(&whole, KEY_BYTES_LIMIT);
    keys_add_index(&whole, index, start, item_key);
    *bytes = whole.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&whole));
    buf_done(&whole);
    return bytes->data || request_exhausted(request);
}

bool start_key_take(struct request *request, const struct table_index *index, bool is_query,
    const struct value *start, struct text *bytes)
{
    return check_count(request, index, is_query, start) &&
           (!index || check_index_key(request, &index->key, start)) &&
           check_table_key(request, start, is_query) && take_bytes(request, index, start, bytes);
}

/* The clauses on HASH attributes, or the others. */
static bool clauses_hold(struct request *request, const struct key_schema *key, bool hash,
    const struct expression *condition, const struct value *start)
{
    size_t count = condition->kind == EXPRESSION_AND ? condition->count : 1;

    for (size_t i = 0; i < count; i++) {
        const struct expression *clause =
            condition->kind == EXPRESSION_AND ? condition->operand[i] : condition;
        const struct key_attribute *attribute =
            key_find(key, clause->operand[0]->path->part[0].name);

        if ((attribute < key->attribute + key->hash_count) == hash &&
            !expression_holds(clause, start, request->arena))
            return false;
    }
    return true;
}

/* Equality on the whole key of the table, which one item has at most. */
static bool wants_one_row(const struct key_schema *key, const struct expression *condition)
{
    size_t count = condition->kind == EXPRESSION_AND ? condition->count : 1;

    if (count != key_count(key))
        return false;
    for (size_t i = 0; i < count; i++)
        if ((condition->kind == EXPRESSION_AND ? condition->operand[i] : condition)->kind !=
            EXPRESSION_EQ)
            return false;
    return true;
}

bool start_key_fits(struct request *request, const struct table_index *index,
    const struct expression *condition, const struct value *start)
{
    const struct key_schema *key = index ? &index->key : &request->table->key;
    bool one_row = !index && wants_one_row(key, condition);

    if (!clauses_hold(request, key, false, condition, start))
        return request_fail(request, MESSAGE_START_RANGE, NULL);
    if (one_row && key->range_count > 0)
        return request_fail(request, MESSAGE_START_ONE_ROW, NULL);
    if (!clauses_hold(request, key, true, condition, start))
        return request_fail(request, MESSAGE_START_OUTSIDE, NULL);
    return !one_row || request_fail(request, MESSAGE_START_ONE_ROW, NULL);
}
