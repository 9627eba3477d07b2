#include "console/job_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "console/job_state_parts.h"
#include "console/language/parser.h"

/* The files of one job. */

enum { STATE_LIMIT = 64 << 20, NAME_SIZE = 64 };

static enum error_code path_of(uint64_t number, const char *suffix, struct buf *out,
    struct error *err)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "jobs/%llu.%s", (unsigned long long)number, suffix);
    return job_state_add_path(out, name, err);
}

static void remove_file(uint64_t number, const char *suffix)
{
    struct error ignored;
    struct buf path;

    if (!path_of(number, suffix, &path, &ignored))
        unlink(buf_string(&path));
    buf_done(&path);
}

const char *job_state_path(const struct job_state *state, const char *suffix, struct error *err)
{
    const char *copy = NULL;
    struct buf path;

    if (!path_of(state->record.number, suffix, &path, err)) {
        copy = arena_string(state->job->arena, buf_view(&path));
        if (!copy)
            arena_failed(state->job->arena, err);
    }
    buf_done(&path);
    return copy;
}

static enum error_code fail(const char *path, struct error *err)
{
    return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
}

/* A number that no file has, and its lock. */
static enum error_code take_number(struct job_state *state, uint64_t last, struct error *err)
{
    struct jobs *jobs = &state->job->session->jobs;
    uint64_t number = last;
    enum error_code code = ERROR_NONE;

    while (!code && state->lock < 0) {
        struct buf path;

        number = jobs_claim(jobs, number + 1);
        code = path_of(number, "lock", &path, err);
        if (!code)
            state->lock = open(buf_string(&path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (!code && state->lock < 0 && errno != EEXIST)
            code = fail(buf_string(&path), err);
        buf_done(&path);
    }
    if (!code && flock(state->lock, LOCK_EX) < 0)
        code = error_set(err, ERROR_IO, "cannot lock job %llu: %s", (unsigned long long)number,
            strerror(errno));
    state->record.number = number;
    return code;
}

/* False with errno set; a file that was removed while it was waited for counts as locked. */
static bool lock_file(const char *path, int *descriptor)
{
    struct stat about;

    *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*descriptor < 0)
        return false;
    if (flock(*descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(*descriptor, &about) == 0 &&
        about.st_nlink > 0)
        return true;
    close(*descriptor);
    *descriptor = -1;
    errno = EWOULDBLOCK;
    return false;
}

bool job_state_is_running(uint64_t number)
{
    struct error ignored;
    struct buf path;
    int descriptor;
    bool runs = false;

    if (!path_of(number, "lock", &path, &ignored)) {
        descriptor = open(buf_string(&path), O_RDWR | O_CLOEXEC);
        runs = descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) < 0;
        if (descriptor >= 0)
            close(descriptor);
    }
    buf_done(&path);
    return runs;
}

static enum error_code take_lock(struct job_state *state, uint64_t number, struct error *err)
{
    struct buf path;
    enum error_code code = path_of(number, "lock", &path, err);

    if (!code && !lock_file(buf_string(&path), &state->lock))
        code = errno == EWOULDBLOCK ? error_set(err, ERROR_CONDITION, "job %llu is running",
                                          (unsigned long long)number)
                                    : fail(buf_string(&path), err);
    buf_done(&path);
    return code;
}

/* A table that was dropped and made anew has another id, though its ARN is the same. */
static enum error_code describe_tables(const struct catalog_table *const *table, size_t count,
    struct arena *arena, struct text *out, struct error *err)
{
    struct json_writer writer;
    struct buf buf;

    buf_init(&buf, 64 * 1024);
    json_writer_init(&writer, &buf);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&writer);
        json_pair_string(&writer, "arn", table[i]->arn ? table[i]->arn : "");
        json_pair_string(&writer, "id", table[i]->id ? table[i]->id : "");
        json_end_object(&writer);
    }
    json_end_array(&writer);
    *out = arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    return out->data ? ERROR_NONE : arena_failed(arena, err);
}

/* Named ones as an object, those of ? as a list in their order: used has the newest first. */
static enum error_code describe_used(const struct tree *tree, struct job_state_record *record,
    struct arena *arena, struct error *err)
{
    struct json_writer named, list;
    struct buf names, arguments;
    size_t count = 0;

    buf_init(&names, STATE_LIMIT);
    buf_init(&arguments, STATE_LIMIT);
    json_writer_init(&named, &names);
    json_writer_init(&list, &arguments);
    json_begin_object(&named);
    for (const struct language_used *one = tree->used; one; one = one->before) {
        count += one->name.length == 0;
        if (one->name.length == 0)
            continue;
        json_name_text(&named, one->name);
        value_add_wire(&named, one->value);
    }
    json_end_object(&named);
    json_begin_array(&list);
    for (; count > 0; count--) {
        const struct language_used *one = tree->used;

        for (size_t later = count - 1; later > 0 || one->name.length > 0; one = one->before)
            later -= one->name.length == 0;
        value_add_wire(&list, one->value);
    }
    json_end_array(&list);
    record->parameters = arena_text(arena, buf_view(&names));
    record->arguments = arena_text(arena, buf_view(&arguments));
    buf_done(&names);
    buf_done(&arguments);
    return record->parameters.data && record->arguments.data ? ERROR_NONE
                                                             : arena_failed(arena, err);
}

/* The text of the statement without the word RESUME. */
static struct text text_without_resume(const struct tree *tree, struct arena *arena)
{
    const struct text body = tree->body;

    for (size_t i = 0; i < tree->aside_count; i++) {
        size_t from = (size_t)(tree->aside[i].data - body.data);

        if (text_is_ignoring_case(tree->aside[i], "RESUME"))
            return text_of(arena_format(arena, "%.*s%.*s", (int)from, body.data,
                (int)(body.length - from - tree->aside[i].length),
                body.data + from + tree->aside[i].length));
    }
    return arena_text(arena, body);
}

static enum error_code make_record(struct job_state *state, const struct tree *tree,
    const struct catalog_table *const *table, size_t count, const char *file, struct error *err)
{
    struct job_state_record *record = &state->record;
    const struct job *job = state->job;
    struct arena *arena = job->arena;
    char folder[PATH_MAX];

    record->name = text_of(tree->statement->name);
    record->statement = text_without_resume(tree, arena);
    record->connection = arena_text(arena, text_of(job->link ? job->link->name : ""));
    record->dialect = arena_text(arena, text_of(session_dialect(job->session)));
    record->folder = arena_text(arena, text_of(getcwd(folder, sizeof folder) ? folder : ""));
    record->file = arena_text(arena, text_of(file ? file : ""));
    record->now = tree->now;
    record->started = clock_wall();
    if (!record->statement.data || !record->connection.data || !record->dialect.data ||
        !record->folder.data || !record->file.data)
        return arena_failed(arena, err);
    if (job_state_identify(tree, arena, &record->identity, err) ||
        describe_tables(table, count, arena, &record->tables, err))
        return err->code;
    return describe_used(tree, record, arena, err);
}

/* The same statement begins anew: what is known of its stopped jobs is of no more use. */
static void give_up_older(const struct job_state *state, const struct job_state_record *record,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error ignored;

        if (text_equal(record[i].identity, state->record.identity) &&
            !job_state_forget(record[i].number, &ignored))
            job_note(state->job, REPORT_NOTE,
                "job %llu, the same statement stopped earlier, is given up: this one begins anew",
                (unsigned long long)record[i].number);
    }
}

enum error_code job_state_new(struct job *job, const struct tree *tree,
    const struct catalog_table *const *table, size_t count, const char *file, struct job_state *out,
    struct error *err)
{
    struct job_state_record *record;
    size_t known;
    uint64_t last;
    enum error_code code;

    *out = (struct job_state){.job = job, .lock = -1};
    code = make_record(out, tree, table, count, file, err);
    if (!code)
        code = job_state_list(job->arena, &record, &known, &last, err);
    if (!code)
        code = take_number(out, last, err);
    if (code) {
        job_state_leave(out);
        out->record.number = 0;
        return code;
    }
    give_up_older(out, record, known);
    jobs_name(&job->session->jobs, job, out->record.number);
    return ERROR_NONE;
}

enum error_code job_state_take(struct job *job, uint64_t number,
    const struct catalog_table *const *table, size_t count, struct job_state *out,
    struct error *err)
{
    struct text tables;
    enum error_code code;

    *out = (struct job_state){.job = job, .lock = -1};
    code = take_lock(out, number, err);
    if (!code)
        code = job_state_read(number, job->arena, &out->record, err);
    if (!code)
        code = describe_tables(table, count, job->arena, &tables, err);
    if (!code && !text_equal(tables, out->record.tables)) {
        code = error_set(err, ERROR_CONDITION, "job %llu is about another table",
            (unsigned long long)number);
        error_hint(err, "CANCEL JOB %llu gives it up; without RESUME the statement begins anew",
            (unsigned long long)number);
    }
    if (code) {
        out->record.number = number;
        job_state_leave(out);
        return code;
    }
    out->noted = clock_monotonic();
    jobs_name(&job->session->jobs, job, number);
    return ERROR_NONE;
}

bool job_state_is_due(const struct job_state *state)
{
    return state->record.number > 0 && clock_monotonic() - state->noted >= CLOCK_SECOND;
}

static void write_state(const struct job_state_record *record, struct text place, struct buf *out)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "version", JOB_STATE_VERSION);
    json_pair(&writer, "name", record->name);
    json_pair(&writer, "statement", record->statement);
    json_pair(&writer, "identity", record->identity);
    json_pair(&writer, "connection", record->connection);
    json_pair(&writer, "dialect", record->dialect);
    json_pair(&writer, "folder", record->folder);
    if (record->file.length > 0)
        json_pair(&writer, "file", record->file);
    json_name(&writer, "tables");
    json_raw(&writer, record->tables);
    json_name(&writer, "parameters");
    json_raw(&writer, record->parameters);
    json_name(&writer, "arguments");
    json_raw(&writer, record->arguments);
    json_pair_integer(&writer, "now", (int64_t)record->now);
    json_pair_integer(&writer, "started", (int64_t)record->started);
    json_pair_integer(&writer, "saved", (int64_t)record->saved);
    json_pair_integer(&writer, "total", (int64_t)record->counts.total);
    json_pair_integer(&writer, "done", (int64_t)record->counts.done);
    json_pair_integer(&writer, "rejected", (int64_t)record->counts.rejected);
    json_name(&writer, "place");
    json_raw(&writer, place);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

enum error_code job_state_save(struct job_state *state, const struct job_state_counts *counts,
    struct text place, struct error *err)
{
    struct buf path, text;
    enum error_code code;

    if (state->record.number == 0)
        return ERROR_NONE;
    state->record.counts = *counts;
    state->record.saved = clock_wall();
    buf_init(&text, STATE_LIMIT);
    code = path_of(state->record.number, "state", &path, err);
    if (!code) {
        write_state(&state->record, place, &text);
        code = buf_check(&text, "state of the job", err);
    }
    if (!code)
        code = file_replace(buf_string(&path), buf_view(&text), 0600, err);
    buf_done(&text);
    buf_done(&path);
    state->noted = clock_monotonic();
    return code;
}

void job_state_note_file(struct job *job, const struct tree *tree,
    const struct catalog_table *table, const char *file, const struct job_state_counts *counts,
    struct job_state *state)
{
    struct job_state_record record;
    struct text identity;
    struct error ignored;
    char whole[PATH_MAX];
    enum error_code code = ERROR_NONE;
    bool found;

    if (state->record.number == 0) {
        if (!realpath(file, whole) ||
            job_state_find_file(whole, job->arena, &record, &found, &ignored))
            return;
        if (job_state_identify(tree, job->arena, &identity, &ignored))
            return;
        found = found && text_equal(record.identity, identity);
        if (found)
            code = job_state_take(job, record.number, &table, 1, state, &ignored);
        if (!counts)
            return;
        if (!found || code)
            code = job_state_new(job, tree, &table, 1, whole, state, &ignored);
    }
    if (!code && counts && job_state_save(state, counts, TEXT("null"), &ignored))
        job_state_drop(state);
}

void job_state_leave(struct job_state *state)
{
    if (state->lock < 0)
        return;
    remove_file(state->record.number, "lock");
    close(state->lock);
    state->lock = -1;
}

void job_state_drop(struct job_state *state)
{
    if (state->lock < 0)
        return;
    remove_file(state->record.number, "state");
    remove_file(state->record.number, "keys");
    job_state_leave(state);
}

enum error_code job_state_forget(uint64_t number, struct error *err)
{
    struct job_state state = {.record = {.number = number}, .lock = -1};

    if (take_lock(&state, number, err))
        return err->code;
    job_state_drop(&state);
    return ERROR_NONE;
}

void job_state_hint(const struct job_state *state, struct error *err)
{
    if (state->record.number > 0 && !err->hint[0])
        error_hint(err, "RESUME JOB %llu, or the same statement with RESUME, goes on from here",
            (unsigned long long)state->record.number);
}
