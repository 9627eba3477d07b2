#include "console/statements/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"

enum { LINE_LIMIT = 80 << 20, FILE_LIMIT = 1 << 30, PATH_LIMIT = 16 * 1024 };

void rejects_init(struct rejects *rejects, struct job *job, const char *path, bool goes_on)
{
    *rejects = (struct rejects){.job = job, .path = path, .descriptor = -1, .goes_on = goes_on};
}

void rejects_done(struct rejects *rejects)
{
    if (rejects->descriptor >= 0)
        close(rejects->descriptor);
    rejects->descriptor = -1;
}

const char *rejects_name(struct job *job, struct text said, struct error *err)
{
    const char *path;
    struct buf name;

    buf_init(&name, PATH_LIMIT);
    path_add_expanded(&name, said);
    path = name.failure ? NULL : arena_string(job->arena, buf_view(&name));
    buf_done(&name);
    if (!path)
        arena_failed(job->arena, err);
    return path;
}

/* Writes the lines about what stood before that line of the input. */
static enum error_code keep_lines(struct text lines, uint64_t before, struct buf *out,
    struct error *err)
{
    struct arena *arena = arena_new(LINE_LIMIT, err);
    struct text one;

    if (!arena)
        return err->code;
    while (text_take_field(&lines, '\n', &one)) {
        struct error why;
        const struct json *json = one.length > 0 ? json_parse(one, arena, &why) : NULL;

        if (json && json_integer_member(json, "line", 0) < (int64_t)before) {
            buf_add_text(out, one);
            buf_add_char(out, '\n');
        }
        arena_reset(arena);
    }
    arena_free(arena);
    return buf_check(out, "reject file", err);
}

enum error_code rejects_cut(struct rejects *rejects, uint64_t line, struct error *err)
{
    struct buf content, kept;
    enum error_code code;
    struct stat about;

    if (!rejects->path || stat(rejects->path, &about) < 0 || !S_ISREG(about.st_mode))
        return ERROR_NONE;
    buf_init(&content, FILE_LIMIT);
    buf_init(&kept, FILE_LIMIT);
    code = file_read(rejects->path, &content, err);
    if (!code)
        code = keep_lines(buf_view(&content), line, &kept, err);
    if (!code && kept.length < content.length)
        code = file_replace(rejects->path, buf_view(&kept), 0600, err);
    buf_done(&kept);
    buf_done(&content);
    return code;
}

/* Standard input has no file beside which the rejects could lie. */
static enum error_code choose_path(struct rejects *rejects, struct error *err)
{
    char name[64];
    struct buf path;

    buf_init(&path, PATH_LIMIT);
    snprintf(name, sizeof name, "jobs/%llu-%llu.rej", (unsigned long long)(clock_wall() / CLOCK_MS),
        (unsigned long long)rejects->job->number);
    if (!path_make(PATH_STATE, name, true, &path, err)) {
        rejects->path = arena_string(rejects->job->arena, buf_view(&path));
        if (!rejects->path)
            arena_failed(rejects->job->arena, err);
    }
    buf_done(&path);
    return rejects->path ? ERROR_NONE : err->code;
}

static enum error_code open_file(struct rejects *rejects, struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (rejects->goes_on ? 0 : O_TRUNC);

    if (rejects->descriptor >= 0)
        return ERROR_NONE;
    if (!rejects->path && choose_path(rejects, err))
        return err->code;
    rejects->descriptor = open(rejects->path, flags, 0600);
    if (rejects->descriptor < 0)
        return error_set(err, ERROR_IO, "%s: %s", rejects->path, strerror(errno));
    return ERROR_NONE;
}

static void write_line(const struct reject *one, struct buf *out)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    if (one->item.length > 0) {
        json_name(&writer, "Item");
        json_raw(&writer, one->item);
    } else if (one->key.length > 0) {
        json_name(&writer, "Key");
        json_raw(&writer, one->key);
    }
    json_pair_string(&writer, "op", one->operation);
    json_pair_string(&writer, "code", one->code);
    json_pair_string(&writer, "message", one->message);
    json_pair_integer(&writer, "line", (int64_t)one->line);
    if (one->item.length == 0 && one->key.length == 0)
        json_pair(&writer, "text", one->text);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

enum error_code rejects_add(struct rejects *rejects, const struct reject *one, struct error *err)
{
    long most = rejects->job->settings.max_errors;
    enum error_code code = open_file(rejects, err);
    struct buf out;

    buf_init(&out, LINE_LIMIT);
    if (!code) {
        write_line(one, &out);
        code = buf_check(&out, "reject", err);
    }
    if (!code)
        code = file_write_all(rejects->descriptor, buf_view(&out), err);
    buf_done(&out);
    if (code)
        return code;
    rejects->count++;
    if (rejects->count > (uint64_t)most) {
        error_set(err, ERROR_PARTIAL, "more items are rejected than max-errors allows (%ld)", most);
        return err->code;
    }
    return ERROR_NONE;
}

void rejects_report(const struct rejects *rejects)
{
    if (rejects->count > 0)
        job_note(rejects->job, REPORT_WARNING, "%llu record%s rejected: see %s",
            (unsigned long long)rejects->count, rejects->count == 1 ? " is" : "s are",
            rejects->path ? rejects->path : "?");
}
