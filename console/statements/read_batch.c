#include "base/json.h"
#include "client/service.h"
#include "console/statements/pages.h"
#include "console/statements/read.h"
#include "console/statements/skim.h"

/* BatchGetItem until everything is answered: what comes back unprocessed is asked for again. */

enum { REQUEST_LIMIT = 16 << 20, ATTEMPTS = 8 };

struct batch {
    struct job *job;
    const struct read_plan *plan;
    bool fetch;
    const struct value *const *key;
    size_t count;
    const struct value **found;
    bool *pending; /* asked for in the next call */
    struct arena *arena;
    uint64_t *capacity_milli;
};

static bool has_key(const struct value *item, const struct value *key)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct value *part = value_get(item, key->name[i]);

        if (!part || !value_equal(part, &key->element[i]))
            return false;
    }
    return true;
}

/* Index of the key that the item (or unprocessed key) belongs to, or count. */
static size_t find_owner(const struct batch *batch, const struct value *item)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (has_key(item, batch->key[i]))
            return i;
    }
    return batch->count;
}

static const struct value *read_item(const struct batch *batch, struct text text, struct error *err)
{
    struct text copy = arena_text(batch->arena, text);
    const struct json *json = copy.data ? json_parse(copy, batch->arena, err) : NULL;

    if (!copy.data)
        arena_failed(batch->arena, err);
    return json ? value_from_wire_item(json, batch->arena, err) : NULL;
}

static enum error_code take_items(struct batch *batch, struct text responses, size_t *taken,
    struct error *err)
{
    const char *name = batch->plan->table->name;
    struct text array = {NULL, 0}, elements, element;

    if (!skim_members(responses, &name, &array, 1))
        return page_damaged("BatchGetItem", "Responses is missing", err);
    if (!array.data)
        return ERROR_NONE;
    if (!skim_array(array, &elements))
        return page_damaged("BatchGetItem", "Responses holds no list", err);
    while (skim_next(&elements, &element)) {
        const struct value *item = read_item(batch, element, err);
        size_t owner = item ? find_owner(batch, item) : 0;

        if (!item)
            return err->code;
        if (owner < batch->count && !batch->found[owner]) {
            batch->found[owner] = item;
            (*taken)++;
        }
    }
    return ERROR_NONE;
}

/* Marks what is left; *left counts it. */
static enum error_code take_unprocessed(struct batch *batch, struct text unprocessed, size_t *left,
    struct error *err)
{
    const struct json *json, *keys;
    struct text copy;

    for (size_t i = 0; i < batch->count; i++)
        batch->pending[i] = false;
    *left = 0;
    if (unprocessed.length == 0)
        return ERROR_NONE;
    copy = arena_text(batch->arena, unprocessed);
    json = copy.data ? json_parse(copy, batch->arena, err) : NULL;
    if (!json)
        return copy.data ? err->code : arena_failed(batch->arena, err);
    if (json->kind != JSON_OBJECT && json->kind != JSON_NULL)
        return page_damaged("BatchGetItem", "UnprocessedKeys is no object", err);
    keys = json_member(json_member(json, batch->plan->table->name), "Keys");
    for (const struct json *one = keys ? keys->first : NULL; one; one = one->next) {
        const struct value *key = value_from_wire_item(one, batch->arena, err);
        size_t owner = key ? find_owner(batch, key) : 0;

        if (!key)
            return err->code;
        if (owner < batch->count && !batch->pending[owner]) {
            batch->pending[owner] = true;
            (*left)++;
        }
    }
    return ERROR_NONE;
}

static enum error_code write_request(struct batch *batch, struct buf *out, struct error *err)
{
    const struct value **key = arena_alloc(batch->arena, batch->count, sizeof *key);
    size_t count = 0;

    if (!key)
        return arena_failed(batch->arena, err);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->pending[i])
            key[count++] = batch->key[i];
    }
    return planner_batch_request(batch->plan, batch->fetch, (const struct value *const *)key, count,
        batch->arena, out, err);
}

static enum error_code call_once(struct batch *batch, size_t *taken, size_t *left,
    struct error *err)
{
    static const char *const name[] = {"Responses", "UnprocessedKeys", "ConsumedCapacity"};
    struct call_context context = job_context(batch->job);
    struct reply reply;
    struct buf request;
    struct text value[3];
    enum error_code code;

    reply_init(&reply);
    buf_init(&request, REQUEST_LIMIT);
    code = write_request(batch, &request, err);
    if (!code)
        code = connection_call(batch->plan->link->connection, &service_dynamodb,
            service_operation_string(&service_dynamodb, "BatchGetItem"), buf_view(&request),
            &context, &reply, err);
    if (!code && !skim_members(buf_view(&reply.body), name, value, 3))
        code = page_damaged("BatchGetItem", "no object", err);
    if (!code)
        code = take_items(batch, value[0], taken, err);
    if (!code)
        code = take_unprocessed(batch, value[1], left, err);
    if (!code)
        *batch->capacity_milli += page_capacity(value[2], batch->arena);
    buf_done(&request);
    reply_done(&reply);
    return code;
}

enum error_code read_batch(struct job *job, const struct read_plan *plan, bool fetch,
    const struct value *const *key, size_t count, struct arena *arena, const struct value **found,
    uint64_t *capacity_milli, struct error *err)
{
    struct batch batch = {job, plan, fetch, key, count, found, NULL, arena, capacity_milli};
    enum error_code code = ERROR_NONE;
    unsigned idle = 0;
    size_t left = count;

    batch.pending = arena_alloc(arena, count + 1, sizeof *batch.pending);
    if (!batch.pending)
        return arena_failed(arena, err);
    for (size_t i = 0; i < count; i++) {
        batch.pending[i] = true;
        found[i] = NULL;
    }
    while (!code && left > 0) {
        size_t before = left, taken = 0;

        code = call_once(&batch, &taken, &left, err);
        idle = taken > 0 || left < before ? 0 : idle + 1;
        if (!code && idle == ATTEMPTS)
            return error_set(err, ERROR_PARTIAL,
                "the service left %zu keys unprocessed %d times in a row", left, ATTEMPTS);
        if (!code && left > 0)
            code = rate_back_off(job, idle, err);
    }
    return code;
}
