#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "console/statements/import_crew.h"

/* What an IMPORT keeps on disk: records set aside, and how far it has come. */

enum { REJECT_LIMIT = 1000, STATE_VERSION = 1 };

static bool open_rejects(struct import_crew *crew, struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND;

    if (crew->rejects >= 0)
        return true;
    crew->rejects_path = crew->plan->rejects;
    if (!crew->rejects_path) {
        char name[64];
        struct buf path;

        buf_init(&path, 4096);
        snprintf(name, sizeof name, "jobs/%llu-%llu.rej",
            (unsigned long long)(clock_wall() / CLOCK_MS), (unsigned long long)crew->job->number);
        if (!path_make(PATH_STATE, name, true, &path, err))
            crew->rejects_path = arena_string(crew->job->arena, buf_view(&path));
        buf_done(&path);
        if (!crew->rejects_path)
            return false;
    }
    if (!crew->plan->import->resume)
        flags |= O_TRUNC;
    crew->rejects = open(crew->rejects_path, flags, 0600);
    if (crew->rejects < 0)
        error_set(err, ERROR_IO, "%s: %s", crew->rejects_path, strerror(errno));
    return crew->rejects >= 0;
}

void import_stop(struct import_crew *crew, enum error_code code, const struct error *err)
{
    if (!crew->stop) {
        crew->code = code;
        crew->err = *err;
    }
    crew->stop = true;
    pthread_cond_broadcast(&crew->landed);
}

void import_reject(struct import_crew *crew, struct text json, struct text text, uint64_t line,
    const char *code, const char *message)
{
    struct json_writer writer;
    struct error err;
    struct buf out;

    crew->rejected++;
    buf_init(&out, IMPORT_REQUEST_LIMIT * 4);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    if (json.length > 0) {
        json_name(&writer, "Item");
        json_raw(&writer, json);
    }
    json_pair_string(&writer, "op", "PutItem");
    json_pair_string(&writer, "code", code);
    json_pair_string(&writer, "message", message);
    json_pair_integer(&writer, "line", (int64_t)line);
    if (json.length == 0)
        json_pair(&writer, "text", text);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    if (!open_rejects(crew, &err) || file_write_all(crew->rejects, buf_view(&out), &err)) {
        import_stop(crew, err.code, &err);
    } else if (crew->rejected == REJECT_LIMIT) {
        error_set(&err, ERROR_PARTIAL, "%d items are rejected: enough", REJECT_LIMIT);
        import_stop(crew, ERROR_PARTIAL, &err);
    }
    buf_done(&out);
}

const char *import_state_path(const struct import_crew *crew)
{
    return arena_format(crew->job->arena, "%s.import", crew->plan->path);
}

/* The offset up to which every item is acknowledged. */
uint64_t import_offset(const struct import_crew *crew)
{
    uint64_t lowest = import_reader_offset(crew->reader);

    if (crew->has_carried && crew->carried.entry[0].from < lowest)
        lowest = crew->carried.entry[0].from;
    for (size_t i = 0; i < crew->worker_count; i++)
        if (crew->worker[i].in_flight < lowest)
            lowest = crew->worker[i].in_flight;
    return lowest;
}

/* Holds the lock. A state that cannot be written ends the import: it would not be resumable. */
void import_save(struct import_crew *crew)
{
    const char *path = import_state_path(crew);
    struct json_writer writer;
    struct error err;
    struct buf out;

    if (!crew->plan->path || !path)
        return;
    buf_init(&out, 4096);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "version", STATE_VERSION);
    json_pair(&writer, "identity", crew->identity);
    json_pair_integer(&writer, "offset", (int64_t)import_offset(crew));
    json_pair_integer(&writer, "furthest", (int64_t)crew->furthest);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    if (file_write(path, buf_view(&out), 0600, &err))
        import_stop(crew, err.code, &err);
    buf_done(&out);
    crew->saved = clock_monotonic();
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
    return import_reader_skip(crew->reader, (uint64_t)json_integer_member(state, "offset", 0), err);
}
