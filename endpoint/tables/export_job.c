#include "endpoint/tables/export_job.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "client/value.h"
#include "endpoint/compress.h"
#include "endpoint/tables/bucket.h"
#include "endpoint/tables/history.h"
#include "endpoint/tables/schema.h"

enum {
    FILE_BYTES = 16 * 1024 * 1024, /* of JSON, then a new file begins */
    BUFFER_LIMIT = FILE_BYTES + 2 * TABLE_JSON_LIMIT + 64 * 1024,
    ARENA_LIMIT = 128 * 1024 * 1024,
    MANIFEST_LIMIT = 64 * 1024 * 1024,
    NAME_LENGTH = 26
};

struct exporter {
    struct worker *worker;
    int64_t id;
    struct arena *arena;
    struct arena *scratch; /* for one record */
    const struct json *description;
    struct table *table;
    int bucket;
    struct text root;    /* "{prefix}/AWSDynamoDB/" */
    struct text own;     /* "{prefix}/AWSDynamoDB/{id}/" */
    struct buf lines;    /* of the data file at hand */
    struct buf manifest; /* manifest-files.json */
    int64_t file_items, items, bytes;
    size_t files;
    bool incremental, both; /* images */
    const char *failure_code;
    struct error err;
};

static bool fail(struct exporter *exporter, const char *code)
{
    exporter->failure_code = code;
    return false;
}

static bool fail_memory(struct exporter *exporter)
{
    error_memory(&exporter->err);
    return fail(exporter, "InternalFailure");
}

static bool fail_store(struct exporter *exporter)
{
    error_set(&exporter->err, ERROR_IO, "%s", store_failure(worker_store(exporter->worker)));
    return fail(exporter, "InternalFailure");
}

static struct text key_of(struct exporter *exporter, struct text folder, const char *name)
{
    return text_of(arena_format(exporter->arena, "%.*s%s", (int)folder.length, folder.data, name));
}

static bool put(struct exporter *exporter, struct text key, struct text content)
{
    if (!key.data)
        return fail_memory(exporter);
    return !bucket_write(exporter->bucket, key, content, &exporter->err) ||
           fail(exporter, "S3PutObjectFailure");
}

static void add_md5(struct buf *out, struct text content, bool hex)
{
    uint8_t digest[CRYPTO_MD5];

    crypto_md5(content, digest);
    if (hex)
        crypto_add_hex(out, digest, sizeof digest);
    else
        crypto_add_base64(out, text_make((const char *)digest, sizeof digest));
}

/* One line of manifest-files.json. */
static void add_manifest_line(struct exporter *exporter, struct text key, struct text content)
{
    struct json_writer writer;
    struct buf digest;

    buf_init(&digest, 128);
    json_writer_init(&writer, &exporter->manifest);
    json_begin_object(&writer);
    json_pair_integer(&writer, "itemCount", exporter->file_items);
    add_md5(&digest, content, false);
    json_pair(&writer, "md5Checksum", buf_view(&digest));
    buf_clear(&digest);
    add_md5(&digest, content, true);
    buf_add_string(&digest, "-1"); /* S3 counts the parts of an upload */
    json_pair(&writer, "etag", buf_view(&digest));
    json_pair(&writer, "dataFileS3Key", key);
    json_end_object(&writer);
    buf_add_char(&exporter->manifest, '\n');
    buf_done(&digest);
}

static struct text new_data_key(struct exporter *exporter)
{
    struct text folder = exporter->incremental ? exporter->root : exporter->own;
    struct text key;
    struct buf name;

    buf_init(&name, 64);
    buf_add_string(&name, "data/");
    crypto_add_id(&name, NAME_LENGTH, "abcdefghijklmnopqrstuvwxyz234567");
    buf_add_string(&name, ".json.gz");
    key = key_of(exporter, folder, buf_string(&name));
    buf_done(&name);
    return key;
}

static bool end_file(struct exporter *exporter)
{
    struct text key = new_data_key(exporter);
    struct buf packed;
    bool done = false;

    buf_init(&packed, BUFFER_LIMIT);
    if (exporter->lines.failure ||
        !compress_write(buf_view(&exporter->lines), COMPRESS_GZIP, &packed))
        fail_memory(exporter);
    else
        done = put(exporter, key, buf_view(&packed));
    if (done)
        add_manifest_line(exporter, key, buf_view(&packed));
    buf_done(&packed);
    buf_clear(&exporter->lines);
    exporter->file_items = 0;
    exporter->files++;
    return done;
}

/* After a line. False: stop. */
static bool count_line(struct exporter *exporter, int64_t bytes)
{
    buf_add_char(&exporter->lines, '\n');
    exporter->file_items++;
    exporter->items++;
    exporter->bytes += bytes;
    if (worker_is_stopping(exporter->worker)) {
        error_set(&exporter->err, ERROR_CANCELLED, "The server ended before it was done");
        return fail(exporter, "InternalFailure");
    }
    return exporter->lines.length < FILE_BYTES || end_file(exporter);
}

static uint64_t time_of(const struct json *object, const char *name)
{
    double seconds = json_double_member(object, name, 0);

    return seconds > 0 ? (uint64_t)(seconds * 1000 + 0.5) : 0;
}

static bool write_items(struct exporter *exporter)
{
    struct store *store = worker_store(exporter->worker);
    struct history_view view;
    struct history_row row;
    enum store_result result = history_view_begin(store, exporter->table,
        time_of(exporter->description, "ExportTime"), &view);
    bool going = true;

    while (going && result != STORE_FAILED) {
        result = history_view_next(&view, &row);
        if (result != STORE_ROW)
            break;
        buf_add_string(&exporter->lines, "{\"Item\":");
        buf_add_text(&exporter->lines, row.json);
        buf_add_char(&exporter->lines, '}');
        going = count_line(exporter, row.size);
    }
    if (result == STORE_FAILED)
        going = fail_store(exporter);
    history_view_end(&view);
    return going;
}

/* Keys, from one of the images; and the size of both. */
static bool add_keys(struct exporter *exporter, struct json_writer *writer, struct text image)
{
    const struct json *json = json_parse(image, exporter->scratch, &exporter->err);
    struct value *item =
        json ? value_from_wire_item(json, exporter->scratch, &exporter->err) : NULL;
    struct value *keys =
        item ? schema_key_of(&exporter->table->key, item, exporter->scratch) : NULL;

    if (!keys)
        return fail_memory(exporter);
    json_name(writer, "Keys");
    value_add_wire_item(writer, keys);
    return true;
}

static bool write_change(struct exporter *exporter, const struct history_change *change)
{
    struct text image = change->new_json.data ? change->new_json : change->old_json;
    struct json_writer writer;

    if (!image.data)
        return true; /* came and went in between */
    arena_reset(exporter->scratch);
    json_writer_init(&writer, &exporter->lines);
    json_begin_object(&writer);
    json_name(&writer, "Metadata");
    buf_add_format(&exporter->lines, "{\"WriteTimestampMicros\":{\"N\":\"%llu\"}}",
        (unsigned long long)change->at_ms * 1000);
    writer.need_comma = true;
    if (!add_keys(exporter, &writer, image))
        return false;
    if (change->old_json.data && exporter->both) {
        json_name(&writer, "OldImage");
        json_raw(&writer, change->old_json);
    }
    if (change->new_json.data) {
        json_name(&writer, "NewImage");
        json_raw(&writer, change->new_json);
    }
    json_end_object(&writer);
    return count_line(exporter, (int64_t)(change->old_json.length + change->new_json.length));
}

static bool write_changes(struct exporter *exporter)
{
    const struct json *window =
        json_member(exporter->description, "IncrementalExportSpecification");
    struct store *store = worker_store(exporter->worker);
    struct history_changes changes;
    struct history_change change;
    /* The service counts from the first moment on, up to just before the second. */
    enum store_result result = history_changes_begin(store, exporter->table,
        time_of(window, "ExportFromTime") - 1, time_of(window, "ExportToTime") - 1, &changes);
    bool going = true;

    exporter->both = !text_is(json_string_member(window, "ExportViewType"), "NEW_IMAGE");
    while (going && result != STORE_FAILED) {
        result = history_changes_next(&changes, &change);
        if (result != STORE_ROW)
            break;
        going = write_change(exporter, &change);
    }
    if (result == STORE_FAILED)
        going = fail_store(exporter);
    history_changes_end(&changes);
    return going;
}

/* Everything from one snapshot; at least one file, which may be empty. */
static bool write_data(struct exporter *exporter)
{
    struct store *store = worker_store(exporter->worker);
    bool done;

    if (store_execute(store, "BEGIN") == STORE_FAILED)
        return fail_store(exporter);
    done = exporter->incremental ? write_changes(exporter) : write_items(exporter);
    store_execute(store, "END");
    if (done && (exporter->lines.length > 0 || exporter->files == 0))
        done = end_file(exporter);
    return done;
}

static void add_iso(struct json_writer *writer, const char *name, uint64_t ms)
{
    struct buf iso;

    buf_init(&iso, 64);
    clock_add_iso(&iso, ms * CLOCK_MS, true);
    json_pair(writer, name, buf_view(&iso));
    buf_done(&iso);
}

/* A member under another name, null when it is absent. */
static void copy_as(struct json_writer *writer, const char *as, const struct json *from,
    const char *name)
{
    const struct json *member = json_member(from, name);

    json_name(writer, as);
    if (member)
        json_tree(writer, member);
    else
        json_null(writer);
}

static void add_summary(struct exporter *exporter, struct buf *out, uint64_t end_ms)
{
    const struct json *description = exporter->description;
    const struct json *window = json_member(description, "IncrementalExportSpecification");
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "version", window ? "2023-08-01" : "2020-06-30");
    copy_as(&writer, "exportArn", description, "ExportArn");
    add_iso(&writer, "startTime", time_of(description, "StartTime"));
    add_iso(&writer, "endTime", end_ms);
    copy_as(&writer, "tableArn", description, "TableArn");
    copy_as(&writer, "tableId", description, "TableId");
    if (window) {
        add_iso(&writer, "exportFromTime", time_of(window, "ExportFromTime"));
        add_iso(&writer, "exportToTime", time_of(window, "ExportToTime"));
    } else {
        add_iso(&writer, "exportTime", time_of(description, "ExportTime"));
    }
    copy_as(&writer, "s3Bucket", description, "S3Bucket");
    copy_as(&writer, "s3Prefix", description, "S3Prefix");
    copy_as(&writer, "s3SseAlgorithm", description, "S3SseAlgorithm");
    copy_as(&writer, "s3SseKmsKeyId", description, "S3SseKmsKeyId");
    json_pair(&writer, "manifestFilesS3Key",
        key_of(exporter, exporter->own, "manifest-files.json"));
    json_pair_integer(&writer, "billedSizeBytes", exporter->bytes);
    json_pair_integer(&writer, "itemCount", exporter->items);
    json_pair_string(&writer, "outputFormat", "DYNAMODB_JSON");
    if (window)
        copy_as(&writer, "outputView", window, "ExportViewType");
    copy_as(&writer, "exportType", description, "ExportType");
    json_end_object(&writer);
}

/* An object, and its MD5 in base64 beside it. */
static bool put_manifest(struct exporter *exporter, const char *name, struct text content)
{
    struct buf digest;
    bool done;

    buf_init(&digest, 64);
    add_md5(&digest, content, false);
    done = put(exporter,
               key_of(exporter, exporter->own, arena_format(exporter->arena, "%s.json", name)),
               content) &&
           put(exporter,
               key_of(exporter, exporter->own, arena_format(exporter->arena, "%s.md5", name)),
               buf_view(&digest));
    buf_done(&digest);
    return done;
}

static bool write_manifests(struct exporter *exporter, uint64_t end_ms)
{
    struct buf summary;
    bool done = false;

    buf_init(&summary, MANIFEST_LIMIT);
    add_summary(exporter, &summary, end_ms);
    if (summary.failure || exporter->manifest.failure)
        fail_memory(exporter);
    else
        done = put_manifest(exporter, "manifest-files", buf_view(&exporter->manifest)) &&
               put_manifest(exporter, "manifest-summary", buf_view(&summary));
    buf_done(&summary);
    return done;
}

/* "{prefix}/AWSDynamoDB/" and below it the number in the ARN. */
static bool name_folders(struct exporter *exporter)
{
    struct text prefix = json_string_member(exporter->description, "S3Prefix");
    struct text arn = json_string_member(exporter->description, "ExportArn"), part;
    bool open = prefix.length > 0 && prefix.data[prefix.length - 1] != '/';

    exporter->root = text_of(arena_format(exporter->arena, "%.*s%sAWSDynamoDB/", (int)prefix.length,
        prefix.data ? prefix.data : "", open ? "/" : ""));
    while (text_take_until(&arn, '/', &part))
        ;
    exporter->own = text_of(arena_format(exporter->arena, "%.*s%.*s/",
        exporter->root.data ? (int)exporter->root.length : 0, exporter->root.data, (int)arn.length,
        arn.data));
    return (exporter->root.data && exporter->own.data) || fail_memory(exporter);
}

static bool write_all(struct exporter *exporter, const char *buckets, uint64_t *end_ms)
{
    if (!exporter->table) {
        error_set(&exporter->err, ERROR_NOT_FOUND, "The table was deleted");
        return fail(exporter, "TableNotFound");
    }
    if (!name_folders(exporter))
        return false;
    exporter->bucket = bucket_open(buckets, json_string_member(exporter->description, "S3Bucket"),
        true, &exporter->err);
    if (exporter->bucket < 0)
        return fail(exporter, "S3NoSuchBucket");
    if (!put(exporter, key_of(exporter, exporter->own, "_started"), text_make("", 0)) ||
        !write_data(exporter))
        return false;
    *end_ms = clock_wall() / CLOCK_MS;
    return write_manifests(exporter, *end_ms);
}

/* The description with how it ended. */
static struct text describe_end(struct exporter *exporter, bool done, uint64_t end_ms)
{
    struct json_writer writer;
    struct text json;
    struct buf out;

    buf_init(&out, MANIFEST_LIMIT);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    for (const struct json *node = exporter->description->first; node; node = node->next) {
        json_name_text(&writer, node->name);
        if (text_is(node->name, "ExportStatus"))
            json_c_string(&writer, done ? "COMPLETED" : "FAILED");
        else
            json_tree(&writer, node);
    }
    json_name(&writer, "EndTime");
    json_double(&writer, (double)end_ms / 1000);
    if (done) {
        json_pair(&writer, "ExportManifest",
            key_of(exporter, exporter->own, "manifest-summary.json"));
        json_pair_integer(&writer, "BilledSizeBytes", exporter->bytes);
        json_pair_integer(&writer, "ItemCount", exporter->items);
    } else {
        json_pair_string(&writer, "FailureCode", exporter->failure_code);
        json_pair_string(&writer, "FailureMessage", exporter->err.text);
    }
    json_end_object(&writer);
    json = out.failure ? text_make(NULL, 0) : arena_text(exporter->arena, buf_view(&out));
    buf_done(&out);
    return json;
}

static bool load(struct exporter *exporter)
{
    int64_t table = 0;
    struct text text;
    struct buf json;

    buf_init(&json, MANIFEST_LIMIT);
    if (transfer_read(worker_store(exporter->worker), exporter->id, &json, &table) != STORE_ROW) {
        buf_done(&json);
        return fail_store(exporter);
    }
    text = arena_text(exporter->arena, buf_view(&json));
    buf_done(&json);
    exporter->description = text.data ? json_parse(text, exporter->arena, &exporter->err) : NULL;
    if (!exporter->description)
        return fail_memory(exporter);
    exporter->incremental =
        json_member(exporter->description, "IncrementalExportSpecification") != NULL;
    exporter->table = registry_find_id(worker_catalog(exporter->worker), table);
    return true;
}

static void perform(struct exporter *exporter, const char *buckets)
{
    uint64_t end_ms = clock_wall() / CLOCK_MS;
    struct text json;
    struct error err;
    bool done;

    exporter->arena = arena_new(ARENA_LIMIT, &exporter->err);
    exporter->scratch = arena_new(ARENA_LIMIT, &exporter->err);
    if (!exporter->arena || !exporter->scratch || !load(exporter)) {
        log_line(LOG_ERROR, "tables: an export could not begin: %s", exporter->err.text);
        return;
    }
    done = write_all(exporter, buckets, &end_ms);
    if (!done)
        log_line(LOG_WARNING, "tables: export failed: %s", exporter->err.text);
    json = describe_end(exporter, done, end_ms);
    if (!json.data || transfer_finish(exporter->worker, exporter->id, json, exporter->arena, &err))
        log_line(LOG_ERROR, "tables: the end of an export could not be written down");
}

void export_run(struct job *job, struct worker *worker)
{
    struct transfer_job *transfer = (struct transfer_job *)job;
    struct exporter exporter = {.worker = worker, .id = transfer->id, .bucket = -1};

    buf_init(&exporter.lines, BUFFER_LIMIT);
    buf_init(&exporter.manifest, MANIFEST_LIMIT);
    perform(&exporter, transfer->buckets);
    if (exporter.bucket >= 0)
        close(exporter.bucket);
    table_release(exporter.table);
    buf_done(&exporter.lines);
    buf_done(&exporter.manifest);
    arena_free(exporter.scratch);
    arena_free(exporter.arena);
    mem_free(transfer);
}
