#include "endpoint/tables/operations.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/tables/backup.h"
#include "endpoint/tables/backup_file.h"
#include "endpoint/tables/describe.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/restore.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/worker.h"
#include "endpoint/tables/write.h"

enum {
    LIST_PAGE = 100,
    JSON_LIMIT = 4 * 1024 * 1024,
    JOB_LIMIT = 16 * 1024 * 1024,
    SMALL_BYTES = 100 * 1000 * 1000 /* smaller ones are AVAILABLE when the answer leaves */
};

static void add_time(struct json_writer *writer, const char *name, uint64_t ms)
{
    json_name(writer, name);
    json_double(writer, (double)ms / 1000);
}

static void add_details(struct json_writer *writer, const struct backup *backup, const char *status)
{
    json_name(writer, "BackupDetails");
    json_begin_object(writer);
    json_pair(writer, "BackupArn", backup->arn);
    json_pair(writer, "BackupName", backup->name);
    json_pair_integer(writer, "BackupSizeBytes", backup->bytes);
    json_pair_string(writer, "BackupStatus", status);
    json_pair_string(writer, "BackupType", "USER");
    add_time(writer, "BackupCreationDateTime", backup->created_ms);
    json_end_object(writer);
}

static const char *status_of(const struct backup *backup)
{
    return backup->available ? "AVAILABLE" : "CREATING";
}

/* {"BackupDetails": ...}, the whole answer of CreateBackup. */
static void answer_details(struct request *request, const struct backup *backup)
{
    struct json_writer writer;

    buf_clear(&request->out);
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    add_details(&writer, backup, status_of(backup));
    json_end_object(&writer);
}

static bool answer_description(struct request *request, const struct backup *backup,
    const char *status)
{
    struct error err;
    const struct json *json = json_parse(backup->json, request->arena, &err);
    struct table *table = json ? table_read(json, &err) : NULL;
    struct json_writer writer;

    if (!table)
        return request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(err.text)));
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "BackupDescription");
    json_begin_object(&writer);
    add_details(&writer, backup, status);
    describe_source(&writer, table, backup->items, backup->bytes);
    json_end_object(&writer);
    json_end_object(&writer);
    table_release(table);
    return true;
}

/* CreateBackup */

/* The copy of one table into a file; the rows of its snapshot, in key order. */
struct copy_job {
    struct job job;
    struct arena *arena;
    struct backup backup;    /* texts in the arena */
    struct table *table;     /* a reference */
    struct request *request; /* answered at the end, or NULL */
};

struct create_plan {
    struct copy_job *job; /* made by the write; the worker's after it was submitted */
};

static void free_job(struct copy_job *job)
{
    if (!job)
        return;
    table_release(job->table);
    arena_free(job->arena);
    mem_free(job);
}

static enum progress write_complete(struct request *request, struct write_context *context)
{
    const struct backup *backup = request->plan;
    enum store_result result = backup->available ? backup_complete(context->store, backup->label,
                                                       backup->items, backup->bytes)
                                                 : backup_delete(context->store, backup->label);

    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static const struct operation complete_operation = {
    .name = "complete a backup",
    .write = write_complete,
};

/* The table may have been dropped since. */
static enum error_code set_store_failure(const struct store *store, struct error *err)
{
    return error_set(err, store_is_missing(store) ? ERROR_NOT_FOUND : ERROR_IO, "%s",
        store_failure(store));
}

static enum error_code copy_rows(struct copy_job *job, struct worker *worker,
    struct backup_file *file, struct error *err)
{
    struct store *store = worker_store(worker);
    enum store_result result = STORE_FAILED;
    enum error_code code = ERROR_NONE;
    struct history_view view;
    struct history_row row;

    job->backup.items = job->backup.bytes = 0;
    if (history_view_begin(store, job->table, HISTORY_NOW, &view) != STORE_FAILED)
        while (!code && (result = history_view_next(&view, &row)) == STORE_ROW) {
            code = backup_file_add(file, row.key, row.size, row.json, err);
            job->backup.items++;
            job->backup.bytes += row.size;
            if (!code && worker_is_stopping(worker))
                code = error_set(err, ERROR_CANCELLED, "the server has ended");
        }
    history_view_end(&view);
    if (!code && result == STORE_FAILED)
        code = set_store_failure(store, err);
    return code;
}

static enum error_code copy_table(struct copy_job *job, struct worker *worker, struct error *err)
{
    struct store *store = worker_store(worker);
    struct backup_file *file = backup_file_create(worker_shelf(worker), job->backup.label, err);
    enum error_code code = ERROR_NONE;

    if (!file)
        return err->code;
    if (store_execute(store, "BEGIN") == STORE_FAILED)
        code = set_store_failure(store, err);
    if (!code)
        code = copy_rows(job, worker, file, err);
    store_rollback(store); /* nothing was written but temporary tables */
    if (!code)
        return backup_file_finish(file, job->backup.json, err);
    backup_file_abandon(file);
    return code;
}

static void answer_copy(struct copy_job *job, enum error_code code, const struct error *err)
{
    struct request *request = job->request;

    if (!code)
        answer_details(request, &job->backup);
    else if (code == ERROR_NOT_FOUND)
        request_fail(request, MESSAGE_BACKUP_TABLE_NOT_FOUND, ARGUMENTS(job->table->name));
    else if (code == ERROR_LIMIT)
        request_fail(request, MESSAGE_NO_SPACE, NULL);
    else
        request_fail(request, MESSAGE_INTERNAL,
            ARGUMENTS(arena_text(request->arena, text_of(err->text))));
}

/* Worker thread. The file is there before the row says so. */
static void run_copy(struct job *base, struct worker *worker)
{
    struct copy_job *job = (struct copy_job *)base;
    struct backup *backup = &job->backup;
    enum error_code code, left = ERROR_NONE;
    struct error err, other;

    backup->available = true;
    code = copy_table(job, worker, &err);
    if (!code)
        code = worker_write(worker, &complete_operation, backup, job->arena, &err);
    if (code) {
        log_line(LOG_ERROR, "tables: backup %.*s failed: %s", (int)backup->name.length,
            backup->name.data, err.text);
        backup_shelf_remove(worker_shelf(worker), backup->label);
        backup->available = false;
        left = worker_write(worker, &complete_operation, backup, job->arena, &other);
    }
    if (job->request) {
        answer_copy(job, code, &err);
        request_deliver(job->request);
    }
    /* The client need not wait for a full disk that keeps the row. */
    if (left && worker_write_patiently(worker, &complete_operation, backup, job->arena, &other))
        log_line(LOG_ERROR, "tables: a failed backup stays in the list until the next start: %s",
            other.text);
    free_job(job);
}

static bool prepare_create(struct request *request)
{
    struct text name = request_text(request->body, "BackupName");

    request_check_table_name(request);
    if (!name.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("backupName")));
    request_check_name(request, name, "backupName");
    if (!request_members_hold(request))
        return false;
    request->plan = arena_alloc(request->arena, 1, sizeof(struct create_plan));
    return request->plan
               ? request_find_table(request, request->table_sent, MESSAGE_BACKUP_TABLE_NOT_FOUND)
               : request_exhausted(request);
}

/* "{ms, 14 digits}-{8 hex}" */
static struct text make_label(struct arena *arena, uint64_t now_ms)
{
    uint8_t random[4];

    crypto_random(random, sizeof random);
    return text_of(arena_format(arena, "%014llu-%02x%02x%02x%02x", (unsigned long long)now_ms,
        random[0], random[1], random[2], random[3]));
}

static bool describe_backup(struct copy_job *job, struct request *request, struct table *table,
    uint64_t now_ms)
{
    struct backup *backup = &job->backup;
    struct json_writer writer;
    struct buf json;

    job->table = table;
    table_retain(table);
    backup->label = make_label(job->arena, now_ms);
    backup->arn = text_of(arena_format(job->arena, "%.*s/backup/%.*s", (int)table->arn.length,
        table->arn.data, (int)backup->label.length, backup->label.data));
    backup->name = arena_text(job->arena, request_text(request->body, "BackupName"));
    backup->table_name = table->name;
    backup->table_arn = table->arn;
    backup->created_ms = now_ms;
    backup->items = atomic_load(&table->counters->items[0]);
    backup->bytes = atomic_load(&table->counters->bytes[0]);
    buf_init(&json, JSON_LIMIT);
    json_writer_init(&writer, &json);
    table_write(table, &writer);
    if (!json.failure)
        backup->json = arena_text(job->arena, buf_view(&json));
    buf_done(&json);
    return backup->label.data && backup->arn.data && backup->name.data && backup->json.data;
}

static struct copy_job *new_job(struct request *request, struct table *table, uint64_t now_ms)
{
    struct copy_job *job = mem_new(1, sizeof *job);
    struct error err;

    if (!job)
        return NULL;
    job->job.run = run_copy;
    job->arena = arena_new(JOB_LIMIT, &err);
    if (job->arena && describe_backup(job, request, table, now_ms))
        return job;
    free_job(job);
    return NULL;
}

/* Writer thread, after COMMIT: the copy begins, and small ones are waited for. */
static void start_copy(struct request *request)
{
    struct create_plan *plan = request->plan;
    struct copy_job *job = plan->job;
    struct worker *worker = request->worker;
    bool held = false;

    if (request->fault.set) {
        free_job(job);
        plan->job = NULL;
        request_deliver(request);
        return;
    }
    held = job->backup.bytes < SMALL_BYTES && worker_is_idle(worker);
    if (held)
        job->request = request;
    if (!worker_submit(worker, &job->job)) {
        free_job(job); /* the next start forgets the row */
        request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(TEXT("the server has ended")));
        held = false;
    }
    if (!held)
        request_deliver(request);
}

static enum progress write_create(struct request *request, struct write_context *context)
{
    struct create_plan *plan = request->plan;
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;

    request->performed = start_copy;
    free_job(plan->job); /* of a first try */
    plan->job = NULL;
    if (!table) {
        request_fail(request, MESSAGE_BACKUP_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
        return PROGRESS_DONE;
    }
    if (!table_is_open(table)) {
        request_fail(request, MESSAGE_BACKUP_TABLE_IN_USE,
            ARGUMENTS(table_state(table) == TABLE_DELETING ? TEXT("deleted") : TEXT("created"),
                table->name));
    } else if (worker_is_full(request->worker)) {
        request_fail(request, MESSAGE_BACKUP_QUEUE, NULL);
    } else {
        plan->job = new_job(request, table, context->now_ms);
        if (!plan->job || backup_insert(context->store, request->account, request->region,
                              &plan->job->backup) == STORE_FAILED)
            progress = PROGRESS_BROKEN;
        else
            answer_details(request, &plan->job->backup);
    }
    table_release(table);
    return progress;
}

/* DescribeBackup, DeleteBackup */

static bool check_arn(struct request *request)
{
    struct text arn = request_text(request->body, "BackupArn");

    restore_check_arn(request, arn, "backupArn", true);
    return request_members_hold(request);
}

static enum progress find_backup(struct request *request, struct store *store,
    struct backup *backup)
{
    struct text arn = request_text(request->body, "BackupArn");
    enum store_result result =
        backup_find(store, request->account, request->region, arn, request->arena, backup);

    if (result == STORE_DONE)
        request_fail(request, MESSAGE_BACKUP_NOT_FOUND, ARGUMENTS(arn));
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static enum progress read_backup(struct request *request, struct store *store)
{
    struct backup backup;
    enum progress progress = find_backup(request, store, &backup);

    if (progress == PROGRESS_DONE && !request->fault.set)
        answer_description(request, &backup, status_of(&backup));
    return progress;
}

static enum progress write_delete(struct request *request, struct write_context *context)
{
    struct backup *backup = arena_alloc(request->arena, 1, sizeof *backup);
    enum progress progress;

    if (!backup) {
        request_exhausted(request);
        return PROGRESS_DONE;
    }
    request->plan = backup;
    progress = find_backup(request, context->store, backup);
    if (progress == PROGRESS_BROKEN || request->fault.set)
        return progress;
    if (!backup->available || restore_uses_backup(context->catalog, backup->arn)) {
        request_fail(request, MESSAGE_BACKUP_IN_USE, NULL);
        return PROGRESS_DONE;
    }
    if (backup_delete(context->store, backup->label) == STORE_FAILED)
        return PROGRESS_BROKEN;
    answer_description(request, backup, "DELETED");
    return PROGRESS_DONE;
}

static void remove_file(struct request *request, struct write_context *context)
{
    const struct backup *backup = request->plan;

    (void)context;
    backup_shelf_remove(worker_shelf(request->worker), backup->label);
}

/* ListBackups */

static bool prepare_list(struct request *request)
{
    struct text name = request_text(request->body, "TableName");

    if (name.data && !text_starts_with(name, TEXT("arn:")))
        request_check_name(request, name, "tableName");
    request_check_range(request, request->body, "Limit", "limit", 1, LIST_PAGE);
    restore_check_arn(request, request_text(request->body, "ExclusiveStartBackupArn"),
        "exclusiveStartBackupArn", false);
    request_check_enum(request, request->body, "BackupType", "backupType",
        "USER, SYSTEM, AWS_BACKUP, ALL");
    return request_members_hold(request);
}

static uint64_t read_time(const struct request *request, const char *name, uint64_t fallback)
{
    double seconds = json_double_member(request->body, name, -1);

    if (!request_get(request->body, name))
        return fallback;
    return seconds <= 0 ? 0 : seconds >= 9e15 ? INT64_MAX : (uint64_t)(seconds * 1000 + 0.5);
}

static void add_summary(struct json_writer *writer, const struct backup *backup,
    struct text table_id)
{
    json_begin_object(writer);
    json_pair(writer, "TableName", backup->table_name);
    json_pair(writer, "TableId", table_id);
    json_pair(writer, "TableArn", backup->table_arn);
    json_pair(writer, "BackupArn", backup->arn);
    json_pair(writer, "BackupName", backup->name);
    add_time(writer, "BackupCreationDateTime", backup->created_ms);
    json_pair_string(writer, "BackupStatus", status_of(backup));
    json_pair_string(writer, "BackupType", "USER");
    json_pair_integer(writer, "BackupSizeBytes", backup->bytes);
    json_end_object(writer);
}

static void answer_list(struct request *request, const struct backup *list, size_t count,
    size_t limit)
{
    struct json_writer writer;
    struct error err;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "BackupSummaries");
    json_begin_array(&writer);
    for (size_t i = 0; i < count && i < limit; i++) {
        const struct json *json = json_parse(list[i].json, request->arena, &err);

        add_summary(&writer, &list[i], json_string_member(json, "uuid"));
    }
    json_end_array(&writer);
    if (count > limit)
        json_pair(&writer, "LastEvaluatedBackupArn", list[limit - 1].arn);
    json_end_object(&writer);
}

/* What stands behind the last slash of an ARN. */
static struct text label_of(struct text arn)
{
    size_t at = arn.length;

    while (at > 0 && arn.data[at - 1] != '/')
        at--;
    return text_slice(arn, at, arn.length);
}

static enum progress read_list(struct request *request, struct store *store)
{
    struct text table = request_text(request->body, "TableName");
    struct text type = request_text(request->body, "BackupType");
    struct text after = request_text(request->body, "ExclusiveStartBackupArn");
    bool is_arn = text_starts_with(table, TEXT("arn:"));
    bool is_ours = !type.data || text_is(type, "USER") || text_is(type, "ALL");
    struct backup_filter filter = {.account = request->account,
        .region = request->region,
        .table_name = is_arn ? text_make(NULL, 0) : table,
        .table_arn = is_arn ? table : text_make(NULL, 0),
        .from_ms = read_time(request, "TimeRangeLowerBound", 0),
        .until_ms = read_time(request, "TimeRangeUpperBound", INT64_MAX),
        .after = after.data ? label_of(after) : text_make("", 0),
        .limit = (size_t)request_integer(request->body, "Limit", LIST_PAGE)};
    struct backup *list;
    size_t count;

    list = backup_list(store, &filter, request->arena, &count);
    if (!list)
        return PROGRESS_BROKEN;
    answer_list(request, list, is_ours ? count : 0, filter.limit);
    return PROGRESS_DONE;
}

const struct operation backup_operation_table[] = {
    {
        .name = "CreateBackup",
        .shape = &shape_create_backup,
        .alone = true,
        .prepare = prepare_create,
        .write = write_create,
    },
    {
        .name = "DescribeBackup",
        .shape = &shape_backup_only,
        .prepare = check_arn,
        .read = read_backup,
    },
    {
        .name = "DeleteBackup",
        .shape = &shape_backup_only,
        .alone = true,
        .prepare = check_arn,
        .write = write_delete,
        .committed = remove_file,
    },
    {
        .name = "ListBackups",
        .shape = &shape_list_backups,
        .prepare = prepare_list,
        .read = read_list,
    },
    {.name = NULL},
};
