#include "endpoint/tables/table_update.h"

#include "base/json.h"
#include "endpoint/tables/describe.h"
#include "endpoint/tables/recorded.h"
#include "endpoint/tables/store_drops.h"
#include "endpoint/tables/streams.h"
#include "endpoint/tables/table_input.h"

static const char *const settings[] = {
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "TableClass",
    "OnDemandThroughput",
    "WarmThroughput",
};

static const char *const choices[] = {"Create", "Update", "Delete"};

static const struct json *index_updates(const struct request *request)
{
    return request_get(request->body, "GlobalSecondaryIndexUpdates");
}

/* What must stand alone in a request; the first of them is named. */
static const char *const alone_table[][2] = {
    {"SSESpecification", "Server-Side Encryption modification"},
    {"TableClass", "TableClass modification"},
    {"DeletionProtectionEnabled", "DeletionProtection modification"},
    {"WarmThroughput", "WarmThroughput"},
};

/* The one of Create, Update, Delete that is there, with its name. */
static const struct json *chosen(const struct json *update, const char **name)
{
    const struct json *found = NULL;

    for (size_t i = 0; i < 3; i++) {
        const struct json *action = request_get(update, choices[i]);

        if (!action)
            continue;
        found = action;
        *name = choices[i];
    }
    return found;
}

static void check_index_members(struct request *request)
{
    const struct json *updates = index_updates(request);
    size_t at = 1;

    for (const struct json *node = updates ? updates->first : NULL; node; node = node->next, at++) {
        for (size_t i = 0; i < 3; i++) {
            static const char *const members[] = {"create", "update", "delete"};
            const struct json *action = request_get(node, choices[i]);
            const char *member = arena_format(request->arena,
                "globalSecondaryIndexUpdates.%zu.member.%s", at, members[i]);

            if (!action || !member)
                continue;
            if (i == 0) {
                input_check_index(request, action, member, TABLE_KEY_LIMIT);
                continue;
            }
            request_check_present(request, action, "IndexName",
                arena_format(request->arena, "%s.indexName", member));
            request_check_name(request, request_text(action, "IndexName"),
                arena_format(request->arena, "%s.indexName", member));
            input_check_throughput(request, action,
                arena_format(request->arena, "%s.provisionedThroughput", member));
        }
    }
}

static bool has_one_action(const struct json *update)
{
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        count += request_get(update, choices[i]) != NULL;
    return count == 1;
}

/* What the list alone can tell: one action each, an index once, one added or removed. */
static bool check_index_updates(struct request *request, size_t *structural)
{
    const struct json *updates = index_updates(request);

    if (updates && updates->count == 0)
        return request_fail(request, MESSAGE_UPDATE_INDEX_EMPTY_LIST, NULL);
    for (const struct json *node = updates ? updates->first : NULL; node; node = node->next) {
        const char *name = NULL, *other_name = NULL;
        const struct json *action = chosen(node, &name);

        if (!action)
            return request_fail(request, MESSAGE_UPDATE_INDEX_CHOICE, NULL);
        if (!has_one_action(node))
            return request_fail(request, MESSAGE_UPDATE_INDEX_ACTIONS, NULL);
        for (const struct json *other = updates->first; other != node; other = other->next)
            if (text_equal(request_text(chosen(other, &other_name), "IndexName"),
                    request_text(action, "IndexName")))
                return request_fail(request, MESSAGE_UPDATE_INDEX_TWICE,
                    ARGUMENTS(request_text(action, "IndexName")));
        *structural += name != choices[1];
    }
    return *structural <= 1 || request_fail(request, MESSAGE_UPDATE_INDEX_ONE, NULL);
}

static size_t count_settings(const struct request *request)
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        count += request_get(request->body, settings[i]) != NULL;
    return count;
}

static const struct json *stream_asked(const struct request *request)
{
    return request_get(request->body, "StreamSpecification");
}

static bool check_stream(struct request *request)
{
    const struct json *stream = stream_asked(request);
    bool enable = request_flag(stream, "StreamEnabled", false);
    bool has_view = request_get(stream, "StreamViewType");

    if (!stream || enable == has_view)
        return true;
    return request_fail(request,
        enable ? MESSAGE_STREAM_UPDATE_NO_VIEW : MESSAGE_STREAM_UPDATE_VIEW, NULL);
}

/* The service changes one thing at a time. */
static bool check_combination(struct request *request, size_t structural)
{
    size_t count = count_settings(request);
    bool billing = request_get(request->body, "BillingMode");
    bool units = request_get(request->body, "ProvisionedThroughput") ||
                 text_is(request_text(request->body, "BillingMode"), "PROVISIONED");

    for (size_t i = 0; i < sizeof alone_table / sizeof alone_table[0]; i++)
        if (count > 1 && request_get(request->body, alone_table[i][0]))
            return request_fail(request, MESSAGE_UPDATE_ALONE,
                ARGUMENTS(text_of(alone_table[i][1])));
    if (request_get(request->body, "OnDemandThroughput") && count > (billing ? 2U : 1U))
        return request_fail(request, MESSAGE_UPDATE_ON_DEMAND, NULL);
    if (stream_asked(request) && units)
        return request_fail(request, MESSAGE_UPDATE_STREAM_THROUGHPUT, NULL);
    if (structural > 0 && units)
        return request_fail(request, MESSAGE_UPDATE_INDEX_THROUGHPUT, NULL);
    if (structural > 0 && stream_asked(request))
        return request_fail(request, MESSAGE_UPDATE_INDEX_STREAM, NULL);
    return true;
}

bool table_update_prepare(struct request *request)
{
    size_t structural = 0;

    request_check_table_name(request);
    input_check_definitions(request, request_get(request->body, "AttributeDefinitions"));
    input_check_settings(request);
    check_index_members(request);
    if (!request_members_hold(request))
        return false;
    if (request_get(request->body, "VectorIndexUpdates"))
        return request_fail(request, MESSAGE_VECTORS_NOT_YET, NULL);
    if (request_get(request->body, "ReplicaUpdates"))
        return request_fail(request, MESSAGE_REPLICAS_NOT_YET, NULL);
    if (count_settings(request) == 0)
        return request_fail(request, MESSAGE_UPDATE_NOTHING, NULL);
    return check_stream(request) && check_index_updates(request, &structural) &&
           check_combination(request, structural) &&
           request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND) &&
           request_check_idle(request, request->table);
}

static bool is_same(const struct throughput *a, const struct throughput *b)
{
    return a->read == b->read && a->write == b->write;
}

static bool change_throughput(struct request *request, struct table *draft, uint64_t now_ms)
{
    struct throughput before = draft->throughput;

    if (!request_get(request->body, "ProvisionedThroughput"))
        return true;
    if (!input_read_throughput(request, request->body, &draft->throughput))
        return false;
    if (is_same(&before, &draft->throughput) && !request_get(request->body, "BillingMode") &&
        !index_updates(request))
        return request_fail(request, MESSAGE_UPDATE_THROUGHPUT_SAME,
            ARGUMENTS(request_number(request, before.read), request_number(request, before.write)));
    if (draft->throughput.read > before.read || draft->throughput.write > before.write)
        draft->increased_ms = now_ms;
    if (draft->throughput.read < before.read || draft->throughput.write < before.write)
        draft->decreased_ms = now_ms;
    return true;
}

static bool change_billing(struct request *request, struct table *draft, uint64_t now_ms)
{
    struct text mode = request_text(request->body, "BillingMode");
    bool provisioned = request_get(request->body, "ProvisionedThroughput");
    bool on_demand = mode.data ? text_is(mode, "PAY_PER_REQUEST") : draft->on_demand;

    if (on_demand && provisioned)
        return request_fail(request, MESSAGE_THROUGHPUT_EXTRA, NULL);
    if (!on_demand && draft->on_demand && !provisioned)
        return request_fail(request, MESSAGE_UPDATE_THROUGHPUT, NULL);
    if (on_demand && !draft->on_demand) {
        draft->on_demand_since_ms = now_ms;
        draft->throughput = (struct throughput){0};
        for (size_t i = 0; i < draft->index_count; i++)
            draft->index[i].throughput = (struct throughput){0};
    }
    draft->on_demand = on_demand;
    return change_throughput(request, draft, now_ms);
}

static int free_slot(const struct table *draft)
{
    uint32_t used = 1;
    int slot = 1;

    for (size_t i = 0; i < draft->index_count; i++)
        used |= UINT32_C(1) << draft->index[i].slot;
    if (draft->leaving)
        used |= UINT32_C(1) << draft->leaving->slot;
    while (slot < TABLE_SLOT_COUNT && (used & (UINT32_C(1) << slot)))
        slot++;
    return slot;
}

static bool check_index_throughput(struct request *request, const struct table *draft,
    const struct table_index *index)
{
    if (draft->on_demand && index->throughput.read > 0)
        return request_fail(request, MESSAGE_THROUGHPUT_INDEX, ARGUMENTS(index->name));
    if (!draft->on_demand && index->throughput.read == 0)
        return request_fail(request, MESSAGE_UPDATE_THROUGHPUT_INDEX, ARGUMENTS(index->name));
    return true;
}

/* One index at a time is created or deleted. */
static bool is_changing(const struct table *table)
{
    if (table->leaving)
        return true;
    for (size_t i = 0; i < table->index_count; i++)
        if (table->index[i].backfilling)
            return true;
    return false;
}

/* The keys of a new index are defined in the request that makes it. */
static bool check_own_definitions(struct request *request, const struct json *action)
{
    const struct json *definitions = request_get(request->body, "AttributeDefinitions");
    const struct json *keys = request_get(action, "KeySchema");

    if (!definitions || definitions->count == 0)
        return request_fail(request, MESSAGE_UPDATE_INDEX_NO_DEFINITIONS,
            ARGUMENTS(request_text(action, "IndexName")));
    for (const struct json *key = keys->first; key; key = key->next) {
        const struct json *at = definitions->first;

        while (at &&
               !text_equal(request_text(at, "AttributeName"), request_text(key, "AttributeName")))
            at = at->next;
        if (!at)
            return request_fail(request, MESSAGE_DEFINITION_MISSING,
                ARGUMENTS(input_names(request, keys), input_names(request, definitions)));
    }
    return true;
}

static bool create_index(struct request *request, struct table *draft, const struct json *action)
{
    struct text name = request_text(action, "IndexName");
    struct table_index *index = &draft->index[draft->index_count];
    size_t globals = 1;

    if (table_find_index(draft, name))
        return request_fail(request, MESSAGE_UPDATE_INDEX_EXISTS, NULL);
    if (is_changing(draft))
        return request_fail(request, MESSAGE_UPDATE_INDEX_ONE, NULL);
    for (size_t i = 0; i < draft->index_count; i++)
        globals += !draft->index[i].local;
    if (globals > TABLE_GLOBAL_LIMIT)
        return request_fail(request, MESSAGE_UPDATE_INDEX_COUNT, NULL);
    if (draft->on_demand && request_get(action, "ProvisionedThroughput"))
        return request_fail(request, MESSAGE_UPDATE_INDEX_EXTRA, ARGUMENTS(name));
    if (!check_own_definitions(request, action))
        return false;
    if (!input_read_index(request, draft, action, false, index) ||
        !check_index_throughput(request, draft, index))
        return false;
    index->slot = free_slot(draft);
    index->backfilling = true;
    index->creating_until_ms = draft->state == TABLE_UPDATING ? draft->state_until_ms : 0;
    draft->index_count++;
    return input_check_total(request, draft);
}

static struct table_index *find_global(struct request *request, struct table *draft,
    const struct json *action, const char *verb)
{
    struct text name = request_text(action, "IndexName");

    for (size_t i = 0; i < draft->index_count; i++) {
        if (!text_equal(draft->index[i].name, name))
            continue;
        if (!draft->index[i].local)
            return &draft->index[i];
        request_fail(request, MESSAGE_UPDATE_INDEX_LOCAL, ARGUMENTS(text_of(verb), name));
        return NULL;
    }
    request_fail(request, MESSAGE_UPDATE_INDEX_MISSING, ARGUMENTS(name, draft->name));
    return NULL;
}

static bool change_index(struct request *request, struct table *draft, const struct json *action)
{
    struct table_index *index = find_global(request, draft, action, "update");
    struct throughput before;

    if (!index)
        return false;
    if (draft->on_demand && request_get(action, "ProvisionedThroughput"))
        return request_fail(request, MESSAGE_UPDATE_INDEX_ON_DEMAND, ARGUMENTS(index->name));
    before = index->throughput;
    if (!input_read_throughput(request, action, &index->throughput) ||
        !check_index_throughput(request, draft, index))
        return false;
    if (request_get(action, "ProvisionedThroughput") && is_same(&before, &index->throughput))
        return request_fail(request, MESSAGE_UPDATE_INDEX_SAME,
            ARGUMENTS(index->name, request_number(request, before.read),
                request_number(request, before.write)));
    return input_read_raw(request, draft, action, "OnDemandThroughput", &index->on_demand) &&
           input_read_raw(request, draft, action, "WarmThroughput", &index->warm);
}

/* The index is no longer used; its rows go in this commit when they are few, or else later. */
static bool delete_index(struct request *request, struct table *draft, const struct json *action)
{
    struct table_index *index = find_global(request, draft, action, "delete");
    size_t at;

    if (!index)
        return false;
    /* One that is still being filled may be deleted. */
    if (is_changing(draft) && !index->backfilling)
        return request_fail(request, MESSAGE_UPDATE_INDEX_ONE, NULL);
    draft->leaving = arena_alloc(draft->arena, 1, sizeof *draft->leaving);
    if (!draft->leaving)
        return request_exhausted(request);
    *draft->leaving = *index;
    at = (size_t)(index - draft->index);
    for (draft->index_count--; at < draft->index_count; at++)
        draft->index[at] = draft->index[at + 1];
    return true;
}

static bool change_indexes(struct request *request, struct table *draft)
{
    const struct json *updates = index_updates(request);

    if (!input_read_definitions(request, draft, request_get(request->body, "AttributeDefinitions")))
        return false;
    for (const struct json *node = updates ? updates->first : NULL; node; node = node->next) {
        const char *name = NULL;
        const struct json *action = chosen(node, &name);
        bool done = name == choices[0]   ? create_index(request, draft, action)
                    : name == choices[1] ? change_index(request, draft, action)
                                         : delete_index(request, draft, action);

        if (!done)
            return false;
    }
    return true;
}

static bool check_stream_change(struct request *request, const struct table *draft)
{
    const struct json *stream = stream_asked(request);
    bool enable = request_flag(stream, "StreamEnabled", false);

    if (!stream || enable == !draft->stream)
        return true;
    return request_fail(request, enable ? MESSAGE_STREAM_ENABLED_ALREADY : MESSAGE_STREAM_NONE,
        ARGUMENTS(draft->name));
}

static enum store_result change_stream(struct request *request, struct write_context *context,
    struct table *draft)
{
    const struct json *stream = stream_asked(request);

    if (!stream)
        return STORE_DONE;
    if (!draft->stream)
        return stream_start(context, draft,
            stream_view_parse(request_text(stream, "StreamViewType")));
    if (stream_stop(context, draft) == STORE_FAILED)
        return STORE_FAILED;
    draft->stream = 0;
    draft->stream_view = STREAM_OFF;
    return STORE_DONE;
}

static bool change(struct request *request, struct table *draft, uint64_t now_ms)
{
    struct text class = request_text(request->body, "TableClass");

    if (!check_stream_change(request, draft) || !change_billing(request, draft, now_ms) ||
        !change_indexes(request, draft))
        return false;
    for (size_t i = 0; i < draft->index_count; i++)
        if (!draft->index[i].local && !check_index_throughput(request, draft, &draft->index[i]))
            return false;
    input_prune_definitions(draft);
    draft->guarded = request_flag(request->body, "DeletionProtectionEnabled", draft->guarded);
    if (class.data)
        draft->class = arena_text(draft->arena, class);
    if (!draft->class.data)
        return request_exhausted(request);
    return input_read_raw(request, draft, request->body, "OnDemandThroughput",
               &draft->on_demand_limits) &&
           input_read_raw(request, draft, request->body, "WarmThroughput", &draft->warm) &&
           input_read_encryption(request, draft) &&
           (table_finish(draft) || request_exhausted(request));
}

/* Its totals fall to 0 at once, its insights end; a chore removes what a slice does not. */
static bool drop_index(struct write_context *context, struct table *draft)
{
    struct table_counters *counters = draft->counters;
    int slot = draft->leaving->slot;
    enum store_result result;

    if (!write_count(context, draft, slot, -atomic_load(&counters->items[slot]),
            -atomic_load(&counters->bytes[slot])) ||
        recorded_forget(context->store, draft->id, RECORDED_INSIGHTS, draft->leaving->name) ==
            STORE_FAILED)
        return false;
    result = store_drop_index(context->store, draft->id, slot);
    if (result == STORE_DONE)
        draft->leaving = NULL;
    return result != STORE_FAILED;
}

static enum progress store_draft(struct request *request, struct write_context *context,
    const struct table *before)
{
    struct table *draft = request->draft;
    const struct table_index *last =
        draft->index_count > 0 ? &draft->index[draft->index_count - 1] : NULL;
    bool added = draft->index_count > before->index_count;
    struct json_writer writer;

    if (draft->leaving && !before->leaving && !drop_index(context, draft))
        return PROGRESS_BROKEN;
    if (added && last && last->backfilling &&
        store_create_index(context->store, draft->id, last->slot) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (change_stream(request, context, draft) == STORE_FAILED ||
        registry_update(context->store, draft) == STORE_FAILED)
        return PROGRESS_BROKEN;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "TableDescription");
    describe_table(&writer, draft, "UPDATING");
    json_end_object(&writer);
    return PROGRESS_DONE;
}

/* Always true, to stand in a chain. */
static bool begin_change(struct table *draft, const struct write_context *context)
{
    uint32_t delay = context->settings->state_delay_ms;

    draft->state = delay > 0 ? TABLE_UPDATING : TABLE_ACTIVE;
    draft->state_until_ms = delay > 0 ? context->now_ms + delay : 0;
    return true;
}

enum progress table_update_write(struct request *request, struct write_context *context)
{
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;
    struct error err;

    table_release(request->draft);
    request->draft = NULL;
    if (!table) {
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
        return PROGRESS_DONE;
    }
    request->draft = table_copy(table, &err);
    if (!request->draft)
        progress = PROGRESS_BROKEN;
    else if (request_check_idle(request, table) && begin_change(request->draft, context) &&
             change(request, request->draft, context->now_ms))
        progress = store_draft(request, context, table);
    table_release(table);
    return progress;
}
