#include "console/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "client/mask.h"
#include "console/undo_file.h"

enum {
    FLUSH_SIZE = 256 * 1024,
    LINE_LIMIT = 16 * 1024 * 1024, /* three images of 400 KB as escaped JSON */
    HEADER_LIMIT = 4 * 1024 * 1024,
    NAME_TRIES = 100000
};

/*
 * 1. A file is written by one statement at a time. Between two of them it lies in the session.
 * 2. What lies there ends with the last line of a statement.
 */
struct undo_shared {
    int descriptor;
    struct buf path;
    uint64_t made; /* wall */
    uint64_t size;
};

struct undo_log {
    struct job *job;
    struct text statement;
    pthread_mutex_t lock;     /* over what is below */
    struct undo_shared *file; /* NULL: none yet */
    struct buf pending;
    uint64_t items, from, flushed; /* from: offset in the file; flushed: monotonic */
    uint64_t known, changed;       /* objects by what has become of them */
    bool failed;                   /* nothing is kept any more */
    char why[200];                 /* said at the end: workers report through others */
};

bool undo_is_kept(const struct job *job)
{
    return job->settings.undo_keep_ms > 0;
}

void undo_begin(struct job *job, struct text statement)
{
    struct undo_log *log;

    job->undo = NULL;
    if (!undo_is_kept(job))
        return;
    log = mem_new(1, sizeof *log);
    if (!log) {
        job_note(job, REPORT_WARNING, "no memory for the undo log: this cannot be undone");
        return;
    }
    log->job = job;
    log->statement = statement;
    pthread_mutex_init(&log->lock, NULL);
    buf_init(&log->pending, FLUSH_SIZE + LINE_LIMIT);
    job->undo = log;
}

void undo_close_shared(struct undo_shared *shared)
{
    if (!shared)
        return;
    if (shared->descriptor >= 0)
        close(shared->descriptor);
    buf_done(&shared->path);
    mem_free(shared);
}

/* What the statement has left in its file goes, and the file with it when nothing else is in it. */
static void take_back(struct undo_log *log)
{
    struct undo_shared *file = log->file;

    log->file = NULL;
    buf_clear(&log->pending);
    if (!file)
        return;
    if (log->from == 0) {
        unlink(buf_string(&file->path));
    } else if (ftruncate(file->descriptor, (off_t)log->from)) {
        /* It is listed as a statement that was not finished. */
    }
    undo_close_shared(file);
}

/* Half of an undo is none. */
static void give_up(struct undo_log *log, const char *why)
{
    if (log->failed)
        return;
    log->failed = true;
    take_back(log);
    snprintf(log->why, sizeof log->why, "%.199s", why);
}

static void flush(struct undo_log *log)
{
    struct error err;

    if (log->failed || log->pending.length == 0)
        return;
    if (buf_check(&log->pending, "undo log", &err) ||
        file_write_all(log->file->descriptor, buf_view(&log->pending), &err)) {
        give_up(log, err.text);
        return;
    }
    log->file->size += log->pending.length;
    log->flushed = clock_monotonic();
    buf_clear(&log->pending);
    if (log->file->size - log->from > undo_file_limit(log->job))
        give_up(log, "its log is larger than undo-max");
}

/* A new file of this name, or none and errno. The folder is there but for the first time. */
static enum error_code open_named(struct undo_shared *file, const char *id, struct error *err)
{
    for (int create = 0; create < 2; create++) {
        enum error_code code;

        buf_clear(&file->path);
        code = undo_file_path(id, create == 1, &file->path, err);
        if (code)
            return code;
        file->descriptor =
            open(buf_string(&file->path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file->descriptor >= 0 || errno != ENOENT)
            break;
    }
    return ERROR_NONE;
}

/* The next free name of this second; TIME-N sorts by time, also over several processes. */
static enum error_code open_file(struct undo_log *log, struct undo_shared *file, struct error *err)
{
    file->made = clock_wall();
    for (int number = 1; number < NAME_TRIES; number++) {
        char id[UNDO_ID_SIZE];
        enum error_code code;

        undo_file_make_id(id, file->made, undo_file_next(log->job->session, file->made));
        code = open_named(file, id, err);
        if (code || file->descriptor >= 0)
            return code;
        if (errno != EEXIST)
            break;
    }
    return error_set(err, ERROR_IO, "%s: %s", buf_string(&file->path), strerror(errno));
}

static struct undo_shared *make_file(struct undo_log *log, struct error *err)
{
    struct undo_shared *file = mem_new(1, sizeof *file);

    if (!file) {
        error_memory(err);
        return NULL;
    }
    file->descriptor = -1;
    buf_init(&file->path, 4096);
    if (!open_file(log, file, err))
        return file;
    undo_close_shared(file);
    return NULL;
}

/* Neither old nor large, and nobody has removed it. */
static bool goes_on(const struct undo_shared *file)
{
    uint64_t now = clock_wall();
    struct stat about;

    return now >= file->made && now - file->made < UNDO_SHARED && file->size < UNDO_SHARED_SIZE &&
           fstat(file->descriptor, &about) == 0 && about.st_nlink > 0;
}

static struct undo_shared *take_shared(struct session *session)
{
    struct undo_shared *file;

    pthread_mutex_lock(&session->lock);
    file = session->undo_shared;
    session->undo_shared = NULL;
    pthread_mutex_unlock(&session->lock);
    if (!file || goes_on(file))
        return file;
    undo_close_shared(file);
    return NULL;
}

static void give_shared(struct session *session, struct undo_shared *file)
{
    struct undo_shared *other;

    pthread_mutex_lock(&session->lock);
    other = session->undo_shared;
    session->undo_shared = file;
    pthread_mutex_unlock(&session->lock);
    undo_close_shared(other);
}

static void add_header(struct undo_log *log, const struct link *link, const char *why)
{
    struct undo_header header = {.at = clock_wall(),
        .profile = text_of(connection_name(link->connection)),
        .why = text_of(why ? why : "")};
    struct buf statement, endpoint;
    struct error ignored;
    struct json_writer writer;

    buf_init(&statement, HEADER_LIMIT);
    buf_init(&endpoint, 4096);
    header.has_secrets = mask_add_statement(&statement, log->statement);
    header.statement = buf_view(&statement);
    header.account = text_of(connection_account(link->connection));
    header.region = text_of(connection_region(link->connection));
    if (!connection_public_endpoint(link->connection, &service_dynamodb, &endpoint, &ignored))
        header.endpoint = buf_view(&endpoint);
    json_writer_init(&writer, &log->pending);
    undo_file_add_header(&writer, &header);
    buf_add_char(&log->pending, '\n');
    buf_done(&endpoint);
    buf_done(&statement);
}

/* why: the statement cannot be undone; or NULL */
static void begin_file(struct undo_log *log, const struct link *link, const char *why)
{
    struct error err;

    log->file = take_shared(log->job->session);
    if (!log->file) {
        log->file = make_file(log, &err);
        undo_file_prune(log->job);
    }
    if (!log->file) {
        give_up(log, err.text);
        return;
    }
    log->from = log->file->size;
    add_header(log, link, why);
    log->flushed = clock_monotonic();
}

/* Names of attributes that hold secrets, which no file may. */
struct left_out {
    struct text name[32];
    size_t count;
};

static bool is_left_out(struct left_out *left, struct text name, const struct value *key)
{
    if (!mask_is_secret(name) || value_get(key, name))
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (text_equal(left->name[i], name))
            return true;
    if (left->count < sizeof left->name / sizeof *left->name)
        left->name[left->count++] = name;
    return true;
}

static void add_item(struct json_writer *writer, const struct value *item, const struct value *key,
    struct left_out *left)
{
    json_begin_object(writer);
    for (size_t i = 0; i < item->count; i++) {
        if (is_left_out(left, item->name[i], key))
            continue;
        json_name_text(writer, item->name[i]);
        value_add_wire(writer, &item->element[i]);
    }
    json_end_object(writer);
}

/* What has become of the attributes that the update touched. */
static void add_touched(struct json_writer *writer, const struct update *update,
    const struct value *after, const struct value *key, struct left_out *left)
{
    for (size_t i = 0; i < update->count; i++) {
        struct text name = update->action[i].path->part[0].name;
        const struct value *value = value_get(after, name);
        bool is_repeated = false;

        for (size_t k = 0; k < i && !is_repeated; k++)
            is_repeated = text_equal(update->action[k].path->part[0].name, name);
        if (is_repeated || is_left_out(left, name, key))
            continue;
        json_name_text(writer, name);
        if (value)
            value_add_wire(writer, value);
        else
            json_null(writer);
    }
}

/* The same for an update that is known by its two images. */
static void add_changed(struct json_writer *writer, const struct value *before,
    const struct value *after, const struct value *key, struct left_out *left)
{
    for (size_t i = 0; i < after->count; i++) {
        const struct value *old = value_get(before, after->name[i]);

        if ((old && value_equal(old, &after->element[i])) || is_left_out(left, after->name[i], key))
            continue;
        json_name_text(writer, after->name[i]);
        value_add_wire(writer, &after->element[i]);
    }
    for (size_t i = 0; i < before->count; i++) {
        if (value_get(after, before->name[i]) || is_left_out(left, before->name[i], key))
            continue;
        json_name_text(writer, before->name[i]);
        json_null(writer);
    }
}

static void add_wrote(struct json_writer *writer, const struct undo_write *write,
    const struct value *after, struct left_out *left)
{
    if (write->item) {
        add_item(writer, write->item, write->key, left);
    } else if (after) {
        json_begin_object(writer);
        if (write->update)
            add_touched(writer, write->update, after, write->key, left);
        else
            add_changed(writer, write->before, after, write->key, left);
        json_end_object(writer);
    } else {
        json_null(writer);
    }
}

static void add_line(struct buf *out, const struct undo_write *write, const struct value *old,
    const struct value *after)
{
    struct left_out left = {.count = 0}, untouched = {.count = 0};
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "call", write->call);
    json_pair_string(&writer, "table", write->table);
    json_name(&writer, "key");
    value_add_wire_item(&writer, write->key);
    json_name(&writer, "old");
    if (old)
        add_item(&writer, old, write->key, after ? &untouched : &left);
    else
        json_null(&writer);
    json_name(&writer, "wrote");
    add_wrote(&writer, write, after, &left);
    if (left.count > 0) {
        json_name(&writer, "left_out");
        json_begin_array(&writer);
        for (size_t i = 0; i < left.count; i++)
            json_string(&writer, left.name[i]);
        json_end_array(&writer);
    }
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

void undo_add(struct job *job, const struct link *link, const struct undo_write *write,
    struct arena *arena)
{
    struct undo_log *log = job->undo;
    const struct value *old = write->before, *after = write->after;
    struct error err = {.code = ERROR_NONE};
    struct buf line;

    if (!log || (!write->old && !write->before && !write->item && !write->update))
        return; /* a DeleteItem that found nothing */
    if (write->old)
        old = value_from_wire_item(write->old, arena, &err);
    if (write->update && (old || !write->old))
        after = update_apply(write->update, old ? old : write->key, arena, &err);
    buf_init(&line, LINE_LIMIT);
    if (!err.code)
        add_line(&line, write, old, after);
    pthread_mutex_lock(&log->lock);
    if (!log->failed && (err.code || buf_check(&line, "undo log", &err)))
        give_up(log, err.text);
    if (!log->failed && !log->file)
        begin_file(log, link, NULL);
    if (!log->failed) {
        buf_add_text(&log->pending, buf_view(&line));
        log->items++;
        /* The first one before anybody is told of it: it may be the only one. */
        if (log->items == 1 || log->pending.length >= FLUSH_SIZE ||
            clock_monotonic() - log->flushed > CLOCK_SECOND)
            flush(log);
    }
    pthread_mutex_unlock(&log->lock);
    buf_done(&line);
}

static void add_state(struct json_writer *writer, const char *name, struct text state)
{
    json_name(writer, name);
    if (state.length > 0)
        json_raw(writer, state);
    else
        json_null(writer);
}

static void add_object_line(struct buf *out, const struct undo_object *object)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "call", object->call);
    json_name(&writer, "object");
    json_raw(&writer, object->object);
    add_state(&writer, "old", object->old);
    if (object->is_written)
        add_state(&writer, "wrote", object->wrote);
    if (object->is_changed && text_equal(object->old, object->wrote))
        json_pair_bool(&writer, "secrets_changed", true);
    if (object->why)
        json_pair_string(&writer, "why", object->why);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

void undo_add_object(struct job *job, const struct link *link, const struct undo_object *object)
{
    struct undo_log *log = job->undo;
    struct buf line;
    struct error err;

    if (!log)
        return;
    buf_init(&line, LINE_LIMIT);
    add_object_line(&line, object);
    pthread_mutex_lock(&log->lock);
    if (!log->failed && buf_check(&line, "undo log", &err))
        give_up(log, err.text);
    if (!log->failed && !log->file)
        begin_file(log, link, object->is_all ? object->why : NULL);
    if (!log->failed) {
        buf_add_text(&log->pending, buf_view(&line));
        flush(log); /* the next thing may be the call */
        log->items += object->is_first;
        log->known += object->is_written;
        log->changed += object->is_changed;
    }
    pthread_mutex_unlock(&log->lock);
    buf_done(&line);
}

/* Every object is as it was: there is nothing to undo. */
static bool is_unchanged(const struct undo_log *log)
{
    return log->changed == 0 && log->known > 0 && log->known == log->items;
}

void undo_end(struct job *job)
{
    struct undo_log *log = job->undo;

    job->undo = NULL;
    if (!log)
        return;
    if (log->file && is_unchanged(log))
        take_back(log);
    if (log->file) {
        undo_file_add_end(&log->pending, log->items, log->from);
        flush(log);
    }
    if (log->file)
        give_shared(job->session, log->file);
    if (log->failed)
        job_note(job, REPORT_WARNING, "this statement cannot be undone: %s", log->why);
    buf_done(&log->pending);
    pthread_mutex_destroy(&log->lock);
    mem_free(log);
}

void undo_add_limits(const struct plan *plan, struct buf *out)
{
    static const struct {
        const char *operation, *why;
    } limit_table[] = {
        {"BatchWriteItem", "BatchWriteItem returns no old images"},
        {"TransactWriteItems", "TransactWriteItems returns no old images"},
        {"ExecuteStatement", "PartiQL returns no old images"},
        {"BatchExecuteStatement", "PartiQL returns no old images"},
        {"ExecuteTransaction", "PartiQL returns no old images"},
        {"DeleteTable", "the items of the table go with it"},
        {"DeleteBackup", "what the backup holds goes with it"},
        {"DeleteRestApi", "its routes, stages and deployments go with it"},
        {"DeleteApi", "its routes, stages and deployments go with it"},
        {"Publish", "what was sent is gone"},
        {"PostToConnection", "what was sent is gone"},
        {"Invoke", "what was called has run"},
        {"TestInvokeMethod", "what was called has run"},
    };

    for (const struct plan_call *call = plan ? plan->call : NULL; call; call = call->next)
        for (size_t i = 0; call->operation && i < sizeof limit_table / sizeof *limit_table; i++)
            if (strcmp(call->operation->name, limit_table[i].operation) == 0) {
                buf_add_format(out, "cannot be undone: %s\n", limit_table[i].why);
                return;
            }
}
