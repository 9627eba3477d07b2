#include "endpoint/tables/operations.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "endpoint/tables/backup.h"
#include "endpoint/tables/backup_file.h"
#include "endpoint/tables/describe.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/restore.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/table_input.h"
#include "endpoint/tables/worker.h"
#include "endpoint/tables/write.h"

/* RestoreTableFromBackup, RestoreTableToPointInTime: the new table, before it is filled. */

enum { DESCRIPTION_LIMIT = 4 * 1024 * 1024 };

/* The members of CreateTable under the names that they have here. */
static const char *const override_table[][2] = {
    {"BillingModeOverride", "BillingMode"},
    {"ProvisionedThroughputOverride", "ProvisionedThroughput"},
    {"OnDemandThroughputOverride", "OnDemandThroughput"},
    {"SSESpecificationOverride", "SSESpecification"},
    {"GlobalSecondaryIndexOverride", "GlobalSecondaryIndexes"},
    {"LocalSecondaryIndexOverride", "LocalSecondaryIndexes"},
};

/* The body with its overrides under both names, so that table_input can read them. */
static bool name_overrides(struct request *request)
{
    struct json *body = arena_alloc(request->arena, 1, sizeof *body);

    if (!body)
        return request_exhausted(request);
    *body = *request->body;
    for (size_t i = 0; i < sizeof override_table / sizeof override_table[0]; i++) {
        const struct json *found = request_get(request->body, override_table[i][0]);
        struct json *copy;

        if (!found)
            continue;
        copy = arena_alloc(request->arena, 1, sizeof *copy);
        if (!copy)
            return request_exhausted(request);
        *copy = *found;
        copy->name = text_of(override_table[i][1]);
        copy->next = body->first;
        body->first = copy;
        body->count++;
    }
    request->body = body;
    return true;
}

static void check_indexes(struct request *request, const char *name, const char *member,
    size_t key_limit)
{
    const struct json *list = request_get(request->body, name);
    size_t at = 1;

    for (const struct json *node = list ? list->first : NULL; node; node = node->next, at++) {
        const char *full = arena_format(request->arena, "%s.%zu.member", member, at);

        input_check_index(request, node, full ? full : member, key_limit);
    }
}

static bool check_members(struct request *request)
{
    struct text target = request_text(request->body, "TargetTableName");

    if (!target.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("targetTableName")));
    request_check_name(request, target, "targetTableName");
    request_check_enum(request, request->body, "BillingMode", "billingModeOverride",
        "PROVISIONED, PAY_PER_REQUEST");
    input_check_throughput(request, request->body, "provisionedThroughputOverride");
    check_indexes(request, "GlobalSecondaryIndexes", "globalSecondaryIndexOverride",
        TABLE_KEY_LIMIT);
    check_indexes(request, "LocalSecondaryIndexes", "localSecondaryIndexOverride", 2);
    return request_members_hold(request);
}

static bool is_same_key(const struct key_schema *a, const struct key_schema *b)
{
    if (a->hash_count != b->hash_count || a->range_count != b->range_count)
        return false;
    for (size_t i = 0; i < key_count(a); i++)
        if (!text_equal(a->attribute[i].name, b->attribute[i].name))
            return false;
    return true;
}

static bool is_same_projection(const struct table_index *a, const struct table_index *b)
{
    if (a->projection != b->projection || a->named_count != b->named_count)
        return false;
    for (size_t i = 0; i < a->named_count; i++) {
        bool found = false;

        for (size_t j = 0; j < b->named_count && !found; j++)
            found = text_equal(a->named[i], b->named[j]);
        if (!found)
            return false;
    }
    return true;
}

/* Takes one index of the source: it may be left out, and provisioned anew, but not changed. */
static bool choose_index(struct request *request, struct table *draft, const struct json *json,
    bool local, const struct table *source)
{
    struct table_index *out = &draft->index[draft->index_count];
    const struct table_index *of = table_find_index(source, request_text(json, "IndexName"));

    if (!of || of->local != local)
        return request_fail(request, MESSAGE_RESTORE_INDEX,
            ARGUMENTS(request_text(json, "IndexName")));
    if (!input_read_index(request, draft, json, local, out))
        return false;
    if (!is_same_key(&out->key, &of->key) || !is_same_projection(out, of))
        return request_fail(request, MESSAGE_RESTORE_INDEX, ARGUMENTS(out->name));
    if (!request_get(json, "ProvisionedThroughput"))
        out->throughput = of->throughput;
    out->slot = of->slot;
    draft->index_count++;
    return true;
}

static bool choose_indexes(struct request *request, struct table *draft, bool local,
    const struct table *source)
{
    const struct json *list =
        request_get(request->body, local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");

    for (const struct json *node = list ? list->first : NULL; node; node = node->next)
        if (!choose_index(request, draft, node, local, source))
            return false;
    for (size_t i = 0; !list && i < source->index_count; i++)
        if (source->index[i].local == local)
            draft->index[draft->index_count++] = source->index[i];
    return true;
}

static bool check_throughput(struct request *request, const struct table *draft)
{
    for (size_t i = 0; i < draft->index_count; i++) {
        struct table_index *index = &draft->index[i];

        if (draft->on_demand)
            index->throughput = (struct throughput){0};
        else if (!index->local && index->throughput.read == 0)
            return request_fail(request, MESSAGE_UPDATE_THROUGHPUT_INDEX, ARGUMENTS(index->name));
    }
    return true;
}

static bool choose_billing(struct request *request, struct table *draft)
{
    struct text mode = request_text(request->body, "BillingMode");
    bool provisioned = request_get(request->body, "ProvisionedThroughput");

    if (mode.data)
        draft->on_demand = text_is(mode, "PAY_PER_REQUEST");
    if (draft->on_demand && provisioned)
        return request_fail(request, MESSAGE_THROUGHPUT_EXTRA, NULL);
    draft->on_demand_since_ms = draft->on_demand ? draft->created_ms : 0;
    if (draft->on_demand)
        draft->throughput = (struct throughput){0};
    if (!input_read_throughput(request, request->body, &draft->throughput))
        return false;
    return draft->on_demand || draft->throughput.read > 0 ||
           request_fail(request, MESSAGE_THROUGHPUT_MISSING, NULL);
}

/* Time to live, tags, streams, policies, recovery and protection are not carried. */
static bool make_draft(struct request *request, struct table *draft, uint64_t now_ms)
{
    struct table source = *draft; /* its lists, while the draft gets its own */
    struct buf uuid;

    buf_init(&uuid, 64);
    crypto_add_uuid(&uuid);
    draft->uuid = arena_text(draft->arena, buf_view(&uuid));
    buf_done(&uuid);
    draft->created_ms = now_ms;
    draft->increased_ms = draft->decreased_ms = 0;
    draft->guarded = false;
    draft->expiry = text_make("", 0);
    draft->expiry_backfilling = false;
    draft->history_since_ms = 0;
    draft->history_days = 0;
    draft->leaving = NULL;
    draft->stream = 0;
    draft->stream_view = STREAM_OFF;
    draft->stream_label = text_make("", 0);
    draft->state = TABLE_CREATING;
    draft->state_until_ms = TABLE_UNTIL_DONE;
    draft->index_count = 0;
    draft->index = arena_alloc(draft->arena, TABLE_INDEX_LIMIT + 1, sizeof *draft->index);
    if (!draft->uuid.data || !draft->index ||
        !table_name(draft, request->account, request->region,
            request_text(request->body, "TargetTableName")))
        return request_exhausted(request);
    if (!choose_billing(request, draft) || !choose_indexes(request, draft, true, &source) ||
        !choose_indexes(request, draft, false, &source) || !check_throughput(request, draft) ||
        !input_read_raw(request, draft, request->body, "OnDemandThroughput",
            &draft->on_demand_limits) ||
        !input_read_encryption(request, draft))
        return false;
    for (size_t i = 0; i < draft->index_count; i++) {
        draft->index[i].backfilling = false;
        draft->index[i].creating_until_ms = 0;
    }
    input_prune_definitions(draft);
    return (table_finish(draft) && table_count(draft)) || request_exhausted(request);
}

static size_t count_restoring(struct registry *catalog)
{
    struct table *table;
    size_t count = 0;

    for (int64_t from = 0; (table = registry_next_restoring(catalog, from)); count++) {
        from = table->id + 1;
        table_release(table);
    }
    return count;
}

static bool check_room(struct request *request)
{
    struct text name = request_text(request->body, "TargetTableName");
    struct table *there = registry_find(request->catalog, request->account, request->region, name);

    if (there && table_is_open(there))
        request_fail(request, MESSAGE_BACKUP_TABLE_EXISTS, ARGUMENTS(name));
    else if (there)
        request_fail(request, MESSAGE_BACKUP_TABLE_IN_USE,
            ARGUMENTS(table_state(there) == TABLE_DELETING ? TEXT("deleted") : TEXT("created"),
                name));
    else if (registry_count(request->catalog, request->account, request->region) >=
             TABLE_COUNT_LIMIT)
        request_fail(request, MESSAGE_TABLE_LIMIT, NULL);
    else if (count_restoring(request->catalog) >= RESTORE_LIMIT || worker_is_full(request->worker))
        request_fail(request, MESSAGE_RESTORE_LIMIT, NULL);
    table_release(there);
    return !request->fault.set;
}

/* Makes the table that is then filled; json is the description of the source. */
static enum progress create(struct request *request, struct write_context *context,
    struct text json, const struct table_restore *restore)
{
    const struct json *tree;
    struct json_writer writer;
    struct table *draft;
    struct error err;

    tree = json_parse(json, request->arena, &err);
    draft = request->draft = tree ? table_read(tree, &err) : NULL;
    if (!draft) {
        request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(err.text)));
        return PROGRESS_DONE;
    }
    draft->restore = *restore;
    draft->restore.backup_arn = arena_text(draft->arena, restore->backup_arn);
    draft->restore.table_arn = arena_text(draft->arena, restore->table_arn);
    if (!draft->restore.backup_arn.data || !draft->restore.table_arn.data) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    if (!make_draft(request, draft, context->now_ms))
        return PROGRESS_DONE;
    if (registry_insert(context->store, draft) == STORE_FAILED ||
        store_create_table(context->store, draft->id, draft->has_local) == STORE_FAILED)
        return PROGRESS_BROKEN;
    for (size_t i = 0; i < draft->index_count; i++)
        if (store_create_index(context->store, draft->id, draft->index[i].slot) == STORE_FAILED)
            return PROGRESS_BROKEN;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "TableDescription");
    describe_table(&writer, draft, "CREATING");
    json_end_object(&writer);
    return PROGRESS_DONE;
}

/* Writer thread, after COMMIT or a fault. */
static void start_filling(struct request *request)
{
    if (request->fault.set)
        restore_job_free(request->plan);
    else
        restore_start(request->worker, request->plan, request->draft->id);
    request_deliver(request);
}

/* What a first try of the write has left goes; false when out of memory. */
static bool begin(struct request *request)
{
    struct error err;

    table_release(request->draft);
    request->draft = NULL;
    request->performed = start_filling;
    if (!request->plan)
        request->plan = restore_job_new(&err);
    return request->plan || request_exhausted(request);
}

static bool prepare_backup(struct request *request)
{
    if (!name_overrides(request))
        return false;
    restore_check_arn(request, request_text(request->body, "BackupArn"), "backupArn", true);
    return check_members(request);
}

static enum progress write_backup(struct request *request, struct write_context *context)
{
    struct text arn = request_text(request->body, "BackupArn");
    struct table_restore restore;
    enum store_result result;
    struct backup backup;

    if (!begin(request))
        return PROGRESS_DONE;
    result = backup_find(context->store, request->account, request->region, arn, request->arena,
        &backup);
    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (result == STORE_ROW && !backup.available) {
        request_fail(request, MESSAGE_BACKUP_IN_USE, NULL);
    } else if (result == STORE_DONE ||
               !backup_shelf_has(worker_shelf(request->worker), backup.label)) {
        request_fail(request, MESSAGE_BACKUP_NOT_FOUND, ARGUMENTS(arn));
    } else if (check_room(request)) {
        restore = (struct table_restore){.backup_arn = backup.arn,
            .table_arn = backup.table_arn,
            .at_ms = backup.created_ms};
        return create(request, context, backup.json, &restore);
    }
    return PROGRESS_DONE;
}

static bool prepare_time(struct request *request)
{
    struct text name = request_text(request->body, "SourceTableName");
    struct text arn = request_text(request->body, "SourceTableArn");

    if (!name_overrides(request))
        return false;
    if (name.data && !text_starts_with(name, TEXT("arn:")))
        request_check_name(request, name, "sourceTableName");
    if (!check_members(request))
        return false;
    if (!name.data == !arn.data)
        return request_fail(request, MESSAGE_RESTORE_SOURCE, NULL);
    if (!request_get(request->body, "RestoreDateTime") ==
        !request_flag(request->body, "UseLatestRestorableTime", false))
        return request_fail(request, MESSAGE_RESTORE_TIME_CHOICE, NULL);
    return request_find_table(request, name.data ? name : arn, MESSAGE_BACKUP_TABLE_NOT_FOUND);
}

/* The moment asked for, in milliseconds; 0 when it is out of reach. */
static uint64_t read_moment(const struct request *request, const struct table *table)
{
    uint64_t latest = history_latest_ms(table), earliest = history_earliest_ms(table), ms;
    double seconds = json_double_member(request->body, "RestoreDateTime", -1);

    if (!request_get(request->body, "RestoreDateTime"))
        return latest;
    if (seconds <= 0 || seconds > 9e12)
        return 0;
    ms = (uint64_t)(seconds * 1000 + 0.5);
    return ms < earliest || ms > latest ? 0 : ms;
}

static enum progress create_from_log(struct request *request, struct write_context *context,
    const struct table *table)
{
    struct table_restore restore = {.backup_arn = TEXT(""),
        .table_arn = table->arn,
        .table = table->id,
        .at_ms = read_moment(request, table)};
    enum progress progress = PROGRESS_DONE;
    struct json_writer writer;
    struct buf json;

    if (restore.at_ms == 0) {
        request_fail(request, MESSAGE_RESTORE_TIME, NULL);
        return PROGRESS_DONE;
    }
    buf_init(&json, DESCRIPTION_LIMIT);
    json_writer_init(&writer, &json);
    table_write(table, &writer);
    if (json.failure)
        request_exhausted(request);
    else
        progress = create(request, context, buf_view(&json), &restore);
    buf_done(&json);
    return progress;
}

static enum progress write_time(struct request *request, struct write_context *context)
{
    struct table *table;
    enum progress progress = PROGRESS_DONE;

    if (!begin(request))
        return PROGRESS_DONE;
    table = registry_find_id(context->catalog, request->table->id);
    if (!table)
        request_fail(request, MESSAGE_BACKUP_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    else if (!history_is_on(table))
        request_fail(request, MESSAGE_RECOVERY_UNAVAILABLE, ARGUMENTS(table->name));
    else if (check_room(request))
        progress = create_from_log(request, context, table);
    table_release(table);
    return progress;
}

const struct operation restore_operation_table[] = {
    {
        .name = "RestoreTableFromBackup",
        .shape = &shape_restore_backup,
        .alone = true,
        .prepare = prepare_backup,
        .write = write_backup,
        .committed = write_publish_draft,
    },
    {
        .name = "RestoreTableToPointInTime",
        .shape = &shape_restore_time,
        .alone = true,
        .prepare = prepare_time,
        .write = write_time,
        .committed = write_publish_draft,
    },
    {.name = NULL},
};
