#include "endpoint/tables/import_job.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/tables/bucket.h"
#include "endpoint/tables/import_row.h"
#include "endpoint/tables/import_source.h"

enum {
    BATCH_ITEMS = 1000, /* a commit; other writes wait for it */
    BATCH_BYTES = 4 * 1024 * 1024,
    LINE_LIMIT = TABLE_JSON_LIMIT,
    CSV_LIMIT = 4 * 1024 * 1024, /* an item is far smaller */
    BATCH_ARENA = 64 * 1024 * 1024,
    ARENA_LIMIT = 512 * 1024 * 1024,
    DESCRIPTION_LIMIT = 16 * 1024 * 1024,
    LOGGED_LIMIT = 100 /* bad rows told one by one */
};

struct importer {
    struct worker *worker;
    int64_t id;
    struct arena *arena;   /* for the job */
    struct arena *batch;   /* for the items until they are written */
    struct arena *scratch; /* for one row of CSV */
    struct arena *columns; /* for the names of the object at hand */
    const struct json *description;
    struct table *table;
    int bucket;
    bool csv, gzip;
    char delimiter;
    struct csv_row given; /* HeaderList; count 0: the first row of each object names the columns */
    struct csv_row names; /* of the object at hand */

    struct text key;     /* of the object at hand */
    uint64_t row;        /* in it, from 1 */
    size_t count, bytes; /* of the batch */
    struct item_write write[BATCH_ITEMS];
    uint64_t rows[BATCH_ITEMS];

    int64_t processed, imported, errors;
    uint64_t size;
    const char *failure_code; /* NULL: it goes on */
    struct error err;
};

static bool fail(struct importer *importer, const char *code)
{
    importer->failure_code = code;
    return false;
}

static bool fail_memory(struct importer *importer)
{
    error_memory(&importer->err);
    return fail(importer, "InternalFailure");
}

static void count_error(struct importer *importer, uint64_t row, struct text why)
{
    if (++importer->errors > LOGGED_LIMIT)
        return;
    log_line(LOG_WARNING, "tables: import into %.*s: %.*s, row %llu: %.*s",
        (int)importer->table->name.length, importer->table->name.data, (int)importer->key.length,
        importer->key.data, (unsigned long long)row, (int)why.length, why.data);
}

/* Writer thread. What one item is refused for costs the others nothing. */
struct batch_plan {
    struct item_write *write;
    size_t count;
    bool gone;             /* the table is */
    struct text *refusals; /* by place; data NULL: written */
};

static enum progress write_one(struct request *request, struct item_write *write,
    struct write_context *context)
{
    enum progress progress = item_write_check(request, write, context);

    if (progress == PROGRESS_DONE && !request->fault.set)
        progress = item_write_store(write, context, NULL);
    table_release(write->current);
    write->current = NULL;
    return progress;
}

static enum progress write_batch(struct request *request, struct write_context *context)
{
    struct batch_plan *plan = request->plan;
    enum progress progress = PROGRESS_DONE;

    for (size_t i = 0; i < plan->count && progress == PROGRESS_DONE; i++) {
        progress = write_one(request, &plan->write[i], context);
        plan->refusals[i] = request->fault.set ? request->fault.message : text_make(NULL, 0);
        plan->gone = request->fault.set && request->fault.kind == FAULT_NOT_FOUND;
        request->fault = (struct fault){.set = false};
        if (plan->gone)
            break;
    }
    return progress;
}

static bool flush(struct importer *importer)
{
    static const struct operation operation = {.name = "ImportTable", .write = write_batch};
    struct batch_plan plan = {.write = importer->write, .count = importer->count};

    if (importer->count == 0)
        return true;
    plan.refusals = arena_alloc(importer->batch, plan.count, sizeof *plan.refusals);
    if (!plan.refusals)
        return fail_memory(importer);
    if (worker_write(importer->worker, &operation, &plan, importer->batch, &importer->err))
        return fail(importer, "InternalFailure");
    if (plan.gone) {
        error_set(&importer->err, ERROR_NOT_FOUND, "The table was deleted");
        return fail(importer, "TableNotFound");
    }
    for (size_t i = 0; i < plan.count; i++)
        if (plan.refusals[i].data)
            count_error(importer, importer->rows[i], plan.refusals[i]);
        else
            importer->imported++;
    importer->count = importer->bytes = 0;
    arena_reset(importer->batch);
    return true;
}

/* The row is read: into the batch, or among the errors. */
static bool take_row(struct importer *importer, const struct request *request, bool good)
{
    struct item_write *write = &importer->write[importer->count];

    importer->processed++;
    if (!good && request->fault.kind == FAULT_INTERNAL)
        return fail_memory(importer);
    if (!good) {
        count_error(importer, importer->row, request->fault.message);
    } else {
        importer->rows[importer->count++] = importer->row;
        importer->bytes += write->json.length;
    }
    if (importer->count == 0)
        arena_reset(importer->batch); /* bad rows leave nothing behind */
    if (importer->count < BATCH_ITEMS && importer->bytes < BATCH_BYTES &&
        arena_used(importer->batch) < BATCH_ARENA)
        return true;
    return flush(importer);
}

static bool is_blank(struct text line)
{
    return text_trim(line).length == 0;
}

static bool take_line(struct importer *importer, struct text line)
{
    struct item_write *write = &importer->write[importer->count];
    struct request request;

    if (is_blank(line))
        return true;
    *write = (struct item_write){.kind = WRITE_PUT};
    import_row_begin(&request, importer->table, importer->batch);
    line = arena_text(importer->batch, line); /* the tree points into it */
    if (!line.data)
        return fail_memory(importer);
    return take_row(importer, &request, import_row_json(&request, line, write));
}

/* More of the object; false when it cannot be read on, which is an error of its own. */
static bool fill(struct importer *importer, struct import_source *source, bool *broken)
{
    if (worker_is_stopping(importer->worker)) {
        error_set(&importer->err, ERROR_CANCELLED, "The server ended before it was done");
        return fail(importer, "InternalFailure");
    }
    if (!import_source_fill(source, &importer->err))
        return true;
    *broken = true;
    count_error(importer, importer->row, text_of(importer->err.text));
    return true;
}

/* A row too long to be one: passed over up to its end of line. */
static bool skip_row(struct importer *importer, struct import_source *source, bool *broken)
{
    importer->processed++;
    count_error(importer, importer->row, TEXT("the row is too long"));
    for (;;) {
        struct text view = import_source_view(source);
        const char *end = view.length ? memchr(view.data, '\n', view.length) : NULL;

        import_source_use(source, end ? (size_t)(end - view.data) + 1 : view.length);
        if (end || source->ended)
            return true;
        if (!fill(importer, source, broken) || *broken)
            return !importer->failure_code;
    }
}

static bool read_lines(struct importer *importer, struct import_source *source)
{
    bool broken = false;

    for (importer->row = 1; !broken && !importer->failure_code;) {
        struct text view = import_source_view(source);
        const char *end = view.length ? memchr(view.data, '\n', view.length) : NULL;

        if (!end && source->ended && view.length == 0)
            break;
        if (!end && !source->ended && view.length <= LINE_LIMIT) {
            fill(importer, source, &broken);
            continue;
        }
        if (view.length > LINE_LIMIT && (!end || end - view.data > LINE_LIMIT)) {
            skip_row(importer, source, &broken);
        } else {
            size_t length = end ? (size_t)(end - view.data) : view.length;

            take_line(importer, text_slice(view, 0, length));
            import_source_use(source, length + (end ? 1 : 0));
        }
        importer->row++;
    }
    return !importer->failure_code;
}

static bool copy_row(struct arena *arena, const struct csv_row *from, struct csv_row *to)
{
    *to = (struct csv_row){.count = from->count,
        .field = arena_alloc(arena, from->count, sizeof *to->field)};
    for (size_t i = 0; to->field && i < from->count; i++) {
        to->field[i] = arena_text(arena, from->field[i]);
        if (!to->field[i].data)
            return false;
    }
    return to->field;
}

/* The names of the columns; *good is false when the object cannot be read with them. */
static bool take_header(struct importer *importer, const struct csv_row *row, bool *good)
{
    struct request request;

    import_row_begin(&request, importer->table, importer->columns);
    if (!copy_row(importer->columns, row, &importer->names))
        return fail_memory(importer);
    *good = import_row_check_names(&request, &importer->names);
    if (!*good)
        count_error(importer, importer->row, request.fault.message);
    return true;
}

static bool take_fields(struct importer *importer, const struct csv_row *row)
{
    struct item_write *write = &importer->write[importer->count];
    struct request request;
    struct csv_row kept = *row;

    *write = (struct item_write){.kind = WRITE_PUT};
    import_row_begin(&request, importer->table, importer->batch);
    if (row->count == importer->names.count && !copy_row(importer->batch, row, &kept))
        return fail_memory(importer);
    return take_row(importer, &request, import_row_csv(&request, &importer->names, &kept, write));
}

/* One row that csv_read_row found, or found to be none. *good as in take_header. */
static bool take_csv(struct importer *importer, enum csv_result result, const struct csv_row *row,
    bool *good)
{
    if (result == CSV_NO_MEMORY)
        return fail_memory(importer);
    if (result == CSV_BAD) {
        importer->processed++;
        count_error(importer, importer->row, TEXT("a quote is out of place"));
        return true;
    }
    if (row->empty)
        return true;
    return importer->names.count == 0 ? take_header(importer, row, good)
                                      : take_fields(importer, row);
}

static bool read_csv(struct importer *importer, struct import_source *source)
{
    bool good = true, broken = false;
    size_t length;

    /* Items name their attributes by the columns until they are written. */
    if (!flush(importer))
        return false;
    arena_reset(importer->columns);
    importer->names = importer->given;
    for (importer->row = 1; good && !broken && !importer->failure_code;) {
        struct text view = import_source_view(source);
        enum csv_result result;
        struct csv_row row;

        arena_reset(importer->scratch);
        result = csv_read_row(view, importer->delimiter, source->ended, importer->scratch, &row,
            &length);

        if (result == CSV_END)
            break;
        if (result == CSV_MORE && view.length <= CSV_LIMIT) {
            fill(importer, source, &broken);
            continue;
        }
        if (result == CSV_MORE) {
            skip_row(importer, source, &broken);
        } else {
            take_csv(importer, result, &row, &good);
            import_source_use(source, length);
        }
        importer->row++;
    }
    return !importer->failure_code;
}

static bool read_object(struct importer *importer, struct text key)
{
    int descriptor = bucket_read(importer->bucket, key, &importer->err);
    struct import_source source;
    bool done = false;

    importer->key = key;
    importer->row = 1;
    if (descriptor < 0) {
        count_error(importer, 1, text_of(importer->err.text));
        return true;
    }
    if (!import_source_init(&source, descriptor, importer->gzip))
        fail_memory(importer);
    else
        done = importer->csv ? read_csv(importer, &source) : read_lines(importer, &source);
    importer->size += source.bytes;
    import_source_done(&source);
    return done;
}

static bool find_bucket(struct importer *importer, const char *buckets, struct text name)
{
    importer->bucket = bucket_open(buckets, name, false, &importer->err);
    if (importer->bucket >= 0)
        return true;
    error_set(&importer->err, ERROR_NOT_FOUND, "The specified bucket does not exist");
    return fail(importer, "S3NoSuchBucket");
}

static bool read_all(struct importer *importer, const char *buckets)
{
    const struct json *source = json_member(importer->description, "S3BucketSource");
    struct text prefix = json_string_member(source, "S3KeyPrefix");
    struct bucket_list list;

    if (!importer->table) {
        error_set(&importer->err, ERROR_NOT_FOUND, "The table was deleted");
        return fail(importer, "TableNotFound");
    }
    if (!find_bucket(importer, buckets, json_string_member(source, "S3Bucket")))
        return false;
    if (bucket_find(importer->bucket, prefix.data ? prefix : text_make("", 0), importer->arena,
            &list, &importer->err))
        return fail(importer, "InternalFailure");
    if (list.count == 0) {
        error_set(&importer->err, ERROR_NOT_FOUND, "No objects begin with the specified prefix");
        return fail(importer, "S3NoSuchKey");
    }
    for (size_t i = 0; i < list.count; i++)
        if (!read_object(importer, list.object[i].key))
            return false;
    return flush(importer);
}

static bool read_header_list(struct importer *importer, const struct json *list)
{
    struct csv_row *given = &importer->given;

    if (!list)
        return true;
    given->field = arena_alloc(importer->arena, list->count, sizeof *given->field);
    if (!given->field)
        return fail_memory(importer);
    for (const struct json *node = list->first; node; node = node->next)
        given->field[given->count++] = node->text;
    return true;
}

static bool load(struct importer *importer)
{
    const struct json *csv;
    struct text text, delimiter;
    int64_t table = 0;
    struct buf json;

    buf_init(&json, DESCRIPTION_LIMIT);
    if (transfer_read(worker_store(importer->worker), importer->id, &json, &table) != STORE_ROW) {
        buf_done(&json);
        error_set(&importer->err, ERROR_IO, "%s", store_failure(worker_store(importer->worker)));
        return false;
    }
    text = arena_text(importer->arena, buf_view(&json));
    buf_done(&json);
    importer->description = text.data ? json_parse(text, importer->arena, &importer->err) : NULL;
    if (!importer->description)
        return fail_memory(importer);
    importer->table = registry_find_id(worker_catalog(importer->worker), table);
    importer->csv = text_is(json_string_member(importer->description, "InputFormat"), "CSV");
    importer->gzip =
        text_is(json_string_member(importer->description, "InputCompressionType"), "GZIP");
    csv = json_at(importer->description, "InputFormatOptions.Csv");
    delimiter = json_string_member(csv, "Delimiter");
    importer->delimiter = delimiter.length == 1 ? delimiter.data[0] : ',';
    return read_header_list(importer, json_member(csv, "HeaderList"));
}

/* The description with how it ended; data NULL: no memory. */
static struct text describe_end(struct importer *importer, bool done)
{
    struct json_writer writer;
    struct text json;
    struct buf out;

    buf_init(&out, DESCRIPTION_LIMIT);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    for (const struct json *node = importer->description->first; node; node = node->next) {
        if (text_is(node->name, "ErrorCount") || text_is(node->name, "ProcessedSizeBytes") ||
            text_is(node->name, "ProcessedItemCount") || text_is(node->name, "ImportedItemCount"))
            continue;
        json_name_text(&writer, node->name);
        if (text_is(node->name, "ImportStatus"))
            json_c_string(&writer, done ? "COMPLETED" : "FAILED");
        else
            json_tree(&writer, node);
    }
    json_name(&writer, "EndTime");
    json_double(&writer, (double)(clock_wall() / CLOCK_MS) / 1000);
    json_pair_integer(&writer, "ErrorCount", importer->errors);
    json_pair_integer(&writer, "ProcessedSizeBytes", (int64_t)importer->size);
    json_pair_integer(&writer, "ProcessedItemCount", importer->processed);
    json_pair_integer(&writer, "ImportedItemCount", importer->imported);
    if (!done) {
        json_pair_string(&writer, "FailureCode", importer->failure_code);
        json_pair_string(&writer, "FailureMessage", importer->err.text);
    }
    json_end_object(&writer);
    json = out.failure ? text_make(NULL, 0) : arena_text(importer->arena, buf_view(&out));
    buf_done(&out);
    return json;
}

static void perform(struct importer *importer, const char *buckets)
{
    struct text json;
    struct error err;
    bool done;

    importer->arena = arena_new(ARENA_LIMIT, &importer->err);
    importer->batch = arena_new(ARENA_LIMIT, &importer->err);
    importer->scratch = arena_new(ARENA_LIMIT, &importer->err);
    importer->columns = arena_new(ARENA_LIMIT, &importer->err);
    if (!importer->arena || !importer->batch || !importer->scratch || !importer->columns ||
        !load(importer)) {
        log_line(LOG_ERROR, "tables: an import could not begin: %s", importer->err.text);
        return;
    }
    done = read_all(importer, buckets);
    if (!done)
        log_line(LOG_WARNING, "tables: import failed: %s", importer->err.text);
    else if (importer->errors > LOGGED_LIMIT)
        log_line(LOG_WARNING, "tables: import into %.*s: %lld bad rows in all",
            (int)importer->table->name.length, importer->table->name.data,
            (long long)importer->errors);
    json = describe_end(importer, done);
    if (!json.data || transfer_finish(importer->worker, importer->id, json, importer->arena, &err))
        log_line(LOG_ERROR, "tables: the end of an import could not be written down");
}

void import_run(struct job *job, struct worker *worker)
{
    struct transfer_job *transfer = (struct transfer_job *)job;
    struct importer *importer = mem_new(1, sizeof *importer);

    if (importer) {
        importer->worker = worker;
        importer->id = transfer->id;
        importer->bucket = -1;
        perform(importer, transfer->buckets);
        if (importer->bucket >= 0)
            close(importer->bucket);
        table_release(importer->table);
        arena_free(importer->batch);
        arena_free(importer->scratch);
        arena_free(importer->columns);
        arena_free(importer->arena);
    } else {
        log_line(LOG_ERROR, "tables: an import could not begin: out of memory");
    }
    mem_free(importer);
    mem_free(transfer);
}
