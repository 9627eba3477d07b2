#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "console/statements/import_crew.h"

/* What an IMPORT keeps on disk: records set aside, and how far it has come. */

enum { STATE_VERSION = 1 };

void import_stop(struct import_crew *crew, enum error_code code, const struct error *err)
{
    if (!crew->stop) {
        crew->code = code;
        crew->err = *err;
    }
    crew->stop = true;
    pthread_cond_broadcast(&crew->turn);
    pthread_cond_broadcast(&crew->landed);
}

static void reject(struct import_crew *crew, const struct reject *one)
{
    struct error err = {.code = ERROR_NONE};

    if (rejects_add(&crew->rejects, one, &err))
        import_stop(crew, err.code, &err);
}

void import_reject(struct import_crew *crew, const struct import_entry *entry, const char *code,
    const char *message)
{
    reject(crew, &(struct reject){.item = entry->deletes ? TEXT("") : entry->json,
                     .key = entry->deletes ? entry->json : TEXT(""),
                     .operation = entry->deletes ? "BatchWriteItem" : "PutItem",
                     .code = code,
                     .message = message,
                     .line = entry->line});
}

enum error_code import_reject_failed(const struct import_crew *crew, struct error *err)
{
    if (!crew->stop || crew->code == ERROR_PARTIAL)
        return ERROR_NONE;
    *err = crew->err;
    return crew->code;
}

void import_reject_record(struct import_crew *crew, const char *code, const char *message)
{
    reject(crew, &(struct reject){.text = import_reader_record(crew->reader),
                     .operation = "PutItem",
                     .code = code,
                     .message = message,
                     .line = import_reader_line(crew->reader)});
}

const char *import_state_path(const struct import_crew *crew)
{
    return arena_format(crew->job->arena, "%s.import", crew->plan->path);
}

/* The offset up to which every item is acknowledged. */
uint64_t import_offset(const struct import_crew *crew)
{
    uint64_t lowest = crew->offset;

    if (crew->has_carried && crew->carried.entry[0].from < lowest)
        lowest = crew->carried.entry[0].from;
    for (size_t i = 0; i < crew->worker_count; i++)
        if (crew->worker[i].in_flight < lowest)
            lowest = crew->worker[i].in_flight;
    return lowest;
}

/* Holds the lock. */
static enum error_code write_state(struct import_crew *crew, const char *path, struct error *err)
{
    struct json_writer writer;
    enum error_code code;
    struct buf out;

    buf_init(&out, 4096);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "version", STATE_VERSION);
    json_pair(&writer, "identity", crew->identity);
    json_pair_integer(&writer, "offset", (int64_t)import_offset(crew));
    json_pair_integer(&writer, "furthest", (int64_t)crew->furthest);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    code = file_replace(path, buf_view(&out), 0600, err);
    buf_done(&out);
    return code;
}

/* Before the first item is sent: whenever it is killed, RESUME finds a state. */
enum error_code import_start(struct import_crew *crew, struct error *err)
{
    const char *path = crew->plan->path ? import_state_path(crew) : NULL;

    return path ? write_state(crew, path, err) : ERROR_NONE;
}

/* A state that cannot be written ends the import: it would not be resumable. */
void import_save(struct import_crew *crew)
{
    const struct import_plan *plan = crew->plan;
    const struct job_state_counts counts = {.done = crew->done_before + crew->written,
        .rejected = crew->rejects.count};
    struct error err = {.code = ERROR_NONE};
    const char *path;

    crew->saved = clock_monotonic();
    path = plan->path ? import_state_path(crew) : NULL;
    if (!path)
        return;
    if (write_state(crew, path, &err))
        import_stop(crew, err.code, &err);
    else
        job_state_note_file(crew->job, plan->tree, plan->table, path, &counts, &crew->state);
}

enum error_code import_identify(struct import_crew *crew, struct error *err)
{
    uint8_t hash[CRYPTO_SHA256];
    struct buf text, hex;

    buf_init(&text, 64 * 1024);
    buf_init(&hex, 256);
    buf_add_format(&text, "%s %s %llu", crew->plan->table->arn ? crew->plan->table->arn : "",
        crew->plan->format, (unsigned long long)import_reader_size(crew->reader));
    crypto_sha256(buf_view(&text), hash);
    crypto_add_hex(&hex, hash, sizeof hash);
    crew->identity = arena_text(crew->job->arena, buf_view(&hex));
    buf_done(&text);
    buf_done(&hex);
    return crew->identity.data ? ERROR_NONE : arena_failed(crew->job->arena, err);
}

enum error_code import_resume(struct import_crew *crew, struct error *err)
{
    const char *path = import_state_path(crew);
    const struct json *state;
    struct text copy;
    struct buf content;
    enum error_code code;

    if (!path)
        return arena_failed(crew->job->arena, err);
    if (!file_exists(path))
        return error_set(err, ERROR_NOT_FOUND, "there is no %s to go on from", path);
    buf_init(&content, 64 * 1024);
    code = file_read(path, &content, err);
    copy = code ? TEXT("") : arena_text(crew->job->arena, buf_view(&content));
    buf_done(&content);
    if (code)
        return code;
    state = copy.data ? json_parse(copy, crew->job->arena, err) : NULL;
    if (!state)
        return error_set(err, ERROR_INVALID, "%s is not understood", path);
    if (!text_equal(json_string_member(state, "identity"), crew->identity)) {
        error_set(err, ERROR_CONDITION, "%s is of another file or table", path);
        return error_hint(err, "without RESUME the import begins anew");
    }
    crew->resumed_furthest = (uint64_t)json_integer_member(state, "furthest", 0);
    crew->furthest = crew->resumed_furthest;
    if (import_reader_skip(crew->reader, (uint64_t)json_integer_member(state, "offset", 0), err))
        return err->code;
    crew->offset = import_reader_offset(crew->reader);
    return rejects_cut(&crew->rejects, import_reader_next_line(crew->reader), err);
}
