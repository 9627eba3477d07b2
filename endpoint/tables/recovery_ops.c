#include "endpoint/tables/operations.h"

#include "base/json.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/write.h"

/* Continuous backups of a table are always on; recovery to a point in time when it is asked for. */

#define SPECIFICATION "pointInTimeRecoverySpecification"

static void add_time(struct json_writer *writer, const char *name, uint64_t ms)
{
    json_name(writer, name);
    json_double(writer, (double)ms / 1000);
}

static void answer(struct request *request, const struct table *table)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "ContinuousBackupsDescription");
    json_begin_object(&writer);
    json_pair_string(&writer, "ContinuousBackupsStatus", "ENABLED");
    json_name(&writer, "PointInTimeRecoveryDescription");
    json_begin_object(&writer);
    json_pair_string(&writer, "PointInTimeRecoveryStatus",
        history_is_on(table) ? "ENABLED" : "DISABLED");
    if (history_is_on(table)) {
        json_pair_integer(&writer, "RecoveryPeriodInDays", table->history_days);
        add_time(&writer, "EarliestRestorableDateTime", history_earliest_ms(table));
        add_time(&writer, "LatestRestorableDateTime", history_latest_ms(table));
    }
    json_end_object(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
}

static bool prepare_describe(struct request *request)
{
    request_check_table_name(request);
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_BACKUP_TABLE_NOT_FOUND);
}

static enum progress read_recovery(struct request *request, struct store *store)
{
    (void)store;
    answer(request, request->table);
    return PROGRESS_DONE;
}

/* Tables that are being made have no backups yet. */
static bool check_available(struct request *request, const struct table *table)
{
    return table_is_open(table) ||
           request_fail(request, MESSAGE_BACKUPS_UNAVAILABLE, ARGUMENTS(table->name));
}

static bool prepare_update(struct request *request)
{
    const struct json *asked = request_get(request->body, "PointInTimeRecoverySpecification");

    request_check_table_name(request);
    if (asked) {
        request_check_present(request, asked, "PointInTimeRecoveryEnabled",
            SPECIFICATION ".pointInTimeRecoveryEnabled");
        if (request_get(asked, "RecoveryPeriodInDays"))
            request_check_range(request, asked, "RecoveryPeriodInDays",
                SPECIFICATION ".recoveryPeriodInDays", HISTORY_DAYS_MIN, HISTORY_DAYS_MAX);
    } else {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT(SPECIFICATION)));
    }
    return request_members_hold(request) &&
           request_find_table(request, request->table_sent, MESSAGE_BACKUP_TABLE_NOT_FOUND) &&
           check_available(request, request->table);
}

static enum store_result change(struct table *draft, struct write_context *context,
    const struct json *asked)
{
    bool enable = request_flag(asked, "PointInTimeRecoveryEnabled", false);

    if (!enable) {
        draft->history_since_ms = 0;
        return history_drop(context->store, draft->id);
    }
    draft->history_days = request_integer(asked, "RecoveryPeriodInDays",
        history_is_on(draft) ? draft->history_days : HISTORY_DAYS_MAX);
    if (history_is_on(draft))
        return STORE_DONE;
    draft->history_since_ms = context->now_ms;
    return history_create(context->store, draft->id);
}

static enum progress write_update(struct request *request, struct write_context *context)
{
    const struct json *asked = request_get(request->body, "PointInTimeRecoverySpecification");
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;
    struct error err;

    table_release(request->draft);
    request->draft = NULL;
    if (!table) {
        request_fail(request, MESSAGE_BACKUP_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    } else if (check_available(request, table)) {
        request->draft = table_copy(table, &err);
        if (!request->draft || change(request->draft, context, asked) == STORE_FAILED ||
            registry_update(context->store, request->draft) == STORE_FAILED)
            progress = PROGRESS_BROKEN;
        else
            answer(request, request->draft);
    }
    table_release(table);
    return progress;
}

const struct operation recovery_operation_table[] = {
    {
        .name = "DescribeContinuousBackups",
        .shape = &shape_table_only,
        .prepare = prepare_describe,
        .read = read_recovery,
    },
    {
        .name = "UpdateContinuousBackups",
        .shape = &shape_update_recovery,
        .alone = true,
        .prepare = prepare_update,
        .write = write_update,
        .committed = write_publish_draft,
    },
    {.name = NULL},
};
