#include "endpoint/tables/restore.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/tables/backup_file.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/settings.h"
#include "endpoint/tables/store_internal.h"
#include "endpoint/tables/table_drop.h"
#include "endpoint/tables/write.h"

enum {
    TRIES = 10,
    SLICE_ROWS = 500,
    SLICE_BYTES = 1024 * 1024,
    SLICE_LIMIT = 128 * 1024 * 1024, /* of the arena: one item may be large as JSON */
    RETRIES = 60,
    RETRY_MS = 1000,
    PAUSE_MS = 50
};

struct restore_job {
    struct job job;
    int64_t table;
    struct arena *arena; /* of one slice */
};

struct slice {
    int64_t table;
    size_t count;
    struct history_row row[SLICE_ROWS];
};

/* One of them is open. */
struct source {
    struct backup_file *file;
    struct history_view view;
};

/* The table that an internal write is about, or NULL: somebody dropped it. */
static struct table *find_target(const struct write_context *context, int64_t id)
{
    struct table *table = registry_find_id(context->catalog, id);

    if (!table || table_is_restoring(table))
        return table;
    table_release(table);
    return NULL;
}

static void note_missing(struct request *request)
{
    request_fail(request, MESSAGE_TABLE_MISSING, NULL);
}

static bool forget_count(struct write_context *context, struct table *table, int slot)
{
    return write_count(context, table, slot, -atomic_load(&table->counters->items[slot]),
        -atomic_load(&table->counters->bytes[slot]));
}

static bool empty_table(struct write_context *context, struct table *table)
{
    struct store *store = context->store;

    if (store_template(store, "DELETE FROM d_@; DELETE FROM x_@", table->id, 0) == STORE_FAILED ||
        !forget_count(context, table, 0) ||
        (table->has_local &&
            store_template(store, "DELETE FROM c_@", table->id, 0) == STORE_FAILED))
        return false;
    for (size_t i = 0; i < table->index_count; i++)
        if (store_template(store, "DELETE FROM i_@_#", table->id, table->index[i].slot) ==
                STORE_FAILED ||
            !forget_count(context, table, table->index[i].slot))
            return false;
    return true;
}

static enum progress write_empty(struct request *request, struct write_context *context)
{
    const int64_t *id = request->plan;
    struct table *table = find_target(context, *id);
    bool good = true;

    if (!table)
        note_missing(request);
    else
        good = empty_table(context, table);
    table_release(table);
    return good ? PROGRESS_DONE : PROGRESS_BROKEN;
}

static enum progress write_row(struct table *table, struct write_context *context,
    const struct history_row *row)
{
    struct item_write write = {.kind = WRITE_PUT,
        .table = table,
        .current = table,
        .key = row->key,
        .new_json = row->json,
        .new_size = (size_t)row->size};
    static const struct value whole = {.type = VALUE_M};
    const struct json *tree;
    struct error err;

    write.new_item = &whole; /* only indexes look into it */
    if (table->index_count > 0) {
        arena_reset(context->arena);
        tree = json_parse(row->json, context->arena, &err);
        write.new_item = tree ? value_from_wire_item(tree, context->arena, &err) : NULL;
        if (!write.new_item)
            return PROGRESS_BROKEN;
    }
    write.item = write.new_item;
    return item_write_store(&write, context, NULL);
}

static enum progress write_slice(struct request *request, struct write_context *context)
{
    const struct slice *slice = request->plan;
    struct table *table = find_target(context, slice->table);
    enum progress progress = PROGRESS_DONE;

    if (!table)
        note_missing(request);
    for (size_t i = 0; table && progress == PROGRESS_DONE && i < slice->count; i++)
        progress = write_row(table, context, &slice->row[i]);
    table_release(table);
    return progress;
}

static enum progress write_finish(struct request *request, struct write_context *context)
{
    const int64_t *id = request->plan;
    struct table *table = find_target(context, *id), *copy;
    uint64_t delay_ms = context->settings ? context->settings->state_delay_ms : 0;
    enum progress progress = PROGRESS_DONE;
    struct error err;

    table_release(request->draft);
    request->draft = NULL;
    if (!table) {
        note_missing(request);
        return PROGRESS_DONE;
    }
    copy = request->draft = table_copy(table, &err);
    if (copy) {
        copy->state = delay_ms > 0 ? TABLE_CREATING : TABLE_ACTIVE;
        copy->state_until_ms = delay_ms > 0 ? copy->created_ms + delay_ms : 0;
    }
    if (!copy || registry_update(context->store, copy) == STORE_FAILED)
        progress = PROGRESS_BROKEN;
    table_release(table);
    return progress;
}

static enum progress write_drop(struct request *request, struct write_context *context)
{
    const int64_t *id = request->plan;
    struct table *table = find_target(context, *id);
    enum progress progress = PROGRESS_DONE;

    if (table)
        progress = table_drop(context, table);
    else
        note_missing(request);
    table_release(table);
    return progress;
}

static void remove_table(struct request *request, struct write_context *context)
{
    const int64_t *id = request->plan;

    registry_remove(context->catalog, *id);
}

static const struct operation empty_operation = {.name = "empty a table", .write = write_empty};
static const struct operation slice_operation = {.name = "restore rows", .write = write_slice};
static const struct operation finish_operation = {
    .name = "finish a table",
    .alone = true,
    .write = write_finish,
    .committed = write_publish_draft,
};
static const struct operation drop_operation = {
    .name = "drop a table",
    .alone = true,
    .write = write_drop,
    .committed = remove_table,
};

static struct text label_of(struct text arn)
{
    size_t at = arn.length;

    while (at > 0 && arn.data[at - 1] != '/')
        at--;
    return text_slice(arn, at, arn.length);
}

static enum error_code open_source(struct worker *worker, const struct table *target,
    struct source *source, struct error *err)
{
    const struct table_restore *restore = &target->restore;
    struct store *store = worker_store(worker);
    struct table *table;
    enum store_result result = STORE_FAILED;

    *source = (struct source){0};
    if (restore->backup_arn.length > 0) {
        source->file = backup_file_open(worker_shelf(worker), label_of(restore->backup_arn), err);
        return source->file ? ERROR_NONE : err->code;
    }
    table = registry_find_id(worker_catalog(worker), restore->table);
    if (!table || !history_is_on(table)) {
        table_release(table);
        return error_set(err, ERROR_NOT_FOUND, "the source has no undo log any more");
    }
    if (store_execute(store, "BEGIN") != STORE_FAILED)
        result = history_view_begin(store, table, restore->at_ms, &source->view);
    table_release(table);
    if (result != STORE_FAILED)
        return ERROR_NONE;
    return error_set(err, store_is_missing(store) ? ERROR_NOT_FOUND : ERROR_IO, "%s",
        store_failure(store));
}

static void close_source(struct worker *worker, struct source *source)
{
    backup_file_close(source->file);
    history_view_end(&source->view);
    store_rollback(worker_store(worker)); /* nothing was written but temporary tables */
}

static enum error_code next_row(struct source *source, struct worker *worker,
    struct history_row *row, bool *more, struct error *err)
{
    struct backup_item item;
    enum store_result result;
    enum error_code code;

    if (source->file) {
        code = backup_file_next(source->file, &item, more, err);
        if (!code && *more)
            *row = (struct history_row){.key = item.key, .size = item.size, .json = item.json};
        return code;
    }
    result = history_view_next(&source->view, row);
    *more = result == STORE_ROW;
    return result == STORE_FAILED
               ? error_set(err, ERROR_IO, "%s", store_failure(worker_store(worker)))
               : ERROR_NONE;
}

/* The next rows, copied into the arena. */
static enum error_code read_slice(struct restore_job *job, struct worker *worker,
    struct source *source, struct slice **out, bool *more, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct slice *slice;
    size_t bytes = 0;

    arena_reset(job->arena);
    slice = *out = arena_alloc(job->arena, 1, sizeof *slice);
    if (!slice)
        return error_memory(err);
    slice->table = job->table;
    *more = true;
    while (!code && *more && slice->count < SLICE_ROWS && bytes < SLICE_BYTES) {
        struct history_row *row = &slice->row[slice->count];

        code = next_row(source, worker, row, more, err);
        if (code || !*more)
            break;
        row->key = arena_text(job->arena, row->key);
        row->json = arena_text(job->arena, row->json);
        if (!row->key.data || !row->json.data)
            return error_memory(err);
        bytes += row->key.length + row->json.length;
        slice->count++;
    }
    return code;
}

static enum error_code copy_rows(struct restore_job *job, struct worker *worker,
    struct source *source, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct slice *slice;
    bool more = true;

    while (!code && more) {
        code = read_slice(job, worker, source, &slice, &more, err);
        if (!code && slice->count > 0)
            code = worker_write_patiently(worker, &slice_operation, slice, job->arena, err);
        if (!code && worker_is_stopping(worker))
            code = error_set(err, ERROR_CANCELLED, "the server has ended");
    }
    return code;
}

static enum error_code fill(struct restore_job *job, struct worker *worker,
    const struct table *target, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct source source;

    if (atomic_load(&target->counters->items[0]) > 0) /* a second start */
        code = worker_write_patiently(worker, &empty_operation, &job->table, job->arena, err);
    if (code)
        return code;
    code = open_source(worker, target, &source, err);
    if (!code)
        code = copy_rows(job, worker, &source, err);
    close_source(worker, &source);
    return code ? code
                : worker_write_patiently(worker, &finish_operation, &job->table, job->arena, err);
}

static void run_restore(struct job *base, struct worker *worker)
{
    struct restore_job *job = (struct restore_job *)base;
    struct table *target = registry_find_id(worker_catalog(worker), job->table);
    enum error_code code = ERROR_MEMORY;
    struct error err;

    /* Without memory it begins again, in the hope of better times. */
    for (int i = 0; i < TRIES && code == ERROR_MEMORY && !worker_is_stopping(worker); i++) {
        if (i > 0)
            worker_pause(worker);
        code = target && table_is_restoring(target) ? fill(job, worker, target, &err) : ERROR_NONE;
    }
    if (code && !worker_is_stopping(worker)) {
        log_line(LOG_ERROR, "tables: table %.*s cannot be restored: %s", (int)target->name.length,
            target->name.data, err.text);
        /* What the store refused for long may go better after a restart. */
        if (code != ERROR_IO &&
            worker_write_patiently(worker, &drop_operation, &job->table, job->arena, &err))
            log_line(LOG_ERROR, "tables: table %.*s stays: %s", (int)target->name.length,
                target->name.data, err.text);
    }
    table_release(target);
    restore_job_free(base);
}

struct job *restore_job_new(struct error *err)
{
    struct restore_job *job = mem_new(1, sizeof *job);

    if (!job) {
        error_memory(err);
        return NULL;
    }
    job->job.run = run_restore;
    job->arena = arena_new(SLICE_LIMIT, err);
    if (job->arena)
        return &job->job;
    mem_free(job);
    return NULL;
}

void restore_job_free(struct job *base)
{
    struct restore_job *job = (struct restore_job *)base;

    if (!job)
        return;
    arena_free(job->arena);
    mem_free(job);
}

void restore_start(struct worker *worker, struct job *base, int64_t table)
{
    struct restore_job *job = (struct restore_job *)base;

    job->table = table;
    if (worker_submit(worker, base))
        return;
    restore_job_free(base); /* the end has come: the next start goes on */
}

void restore_resume(struct worker *worker)
{
    struct registry *catalog = worker_catalog(worker);
    struct table *table;
    struct error err;

    for (int64_t from = 0; (table = registry_next_restoring(catalog, from));) {
        struct job *job = restore_job_new(&err);

        from = table->id + 1;
        if (job)
            restore_start(worker, job, table->id);
        else
            log_line(LOG_ERROR, "tables: a table is restored after the next start: %s", err.text);
        table_release(table);
    }
}

bool restore_uses_backup(struct registry *catalog, struct text arn)
{
    struct table *table;
    bool found = false;

    for (int64_t from = 0; !found && (table = registry_next_restoring(catalog, from));) {
        from = table->id + 1;
        found = text_equal(table->restore.backup_arn, arn);
        table_release(table);
    }
    return found;
}

void restore_check_arn(struct request *request, struct text arn, const char *member, bool required)
{
    if (!arn.data && required)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
    if (arn.data && arn.length < 37)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(arn, text_of(member), TEXT("37")));
    if (arn.length > 1024)
        request_member(request, MESSAGE_MEMBER_LONG, ARGUMENTS(arn, text_of(member), TEXT("1024")));
}
