#include "console/statements/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "console/statements/places.h"

enum {
    STATE_LIMIT = 64 * 1024 * 1024,
    STATE_VERSION = 1,
    PACK_SIZE = 64 * 1024,
    GZIP_WINDOW = 15 + 16 /* zlib: a gzip header */
};

#define STATE_EVERY CLOCK_SECOND

struct deflate {
    z_stream stream;
};

static enum error_code begin_member(struct export_file *file, struct error *err)
{
    file->deflate = mem_new(1, sizeof *file->deflate);
    if (!file->deflate)
        return error_memory(err);
    if (deflateInit2(&file->deflate->stream, 6, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        mem_free(file->deflate);
        file->deflate = NULL;
        return error_memory(err);
    }
    return ERROR_NONE;
}

static void drop_member(struct export_file *file)
{
    if (!file->deflate)
        return;
    deflateEnd(&file->deflate->stream);
    mem_free(file->deflate);
    file->deflate = NULL;
}

static enum error_code put(struct export_file *file, struct text bytes, struct error *err)
{
    int number = descriptor_write(file->descriptor, bytes, file->cancel);

    if (number == ECANCELED)
        return error_set(err, ERROR_CANCELLED, "interrupted");
    return number ? error_set(err, ERROR_IO, "cannot write the output: %s", strerror(number))
                  : ERROR_NONE;
}

/* Packs the bytes into the file; finish ends the member. */
static enum error_code pack(struct export_file *file, struct text bytes, bool finish,
    struct error *err)
{
    z_stream *stream;
    enum error_code code = ERROR_NONE;
    int result = Z_OK;

    if (!file->deflate && begin_member(file, err))
        return err->code;
    stream = &file->deflate->stream;
    stream->next_in = (Bytef *)(uintptr_t)bytes.data; /* zlib does not write to it */
    stream->avail_in = (uInt)bytes.length;
    do {
        unsigned char out[PACK_SIZE];

        stream->next_out = out;
        stream->avail_out = sizeof out;
        result = deflate(stream, finish ? Z_FINISH : Z_NO_FLUSH);
        code = put(file, text_make((const char *)out, sizeof out - stream->avail_out), err);
    } while (!code && (stream->avail_in > 0 || (finish && result != Z_STREAM_END)));
    if (finish)
        drop_member(file);
    return code;
}

/* Where the writer's bytes go: never more than 4 GB at once, as a buffer is smaller. */
static enum error_code send(void *user, struct text bytes, struct error *err)
{
    struct export_file *file = user;

    file->bytes += bytes.length;
    return file->gzip ? pack(file, bytes, false, err) : put(file, bytes, err);
}

static enum error_code state_path(const struct export_file *file, struct buf *out,
    struct error *err)
{
    buf_init(out, 16 * 1024);
    buf_add_format(out, "%s.state", file->path);
    return buf_check(out, "path", err);
}

static void write_state(const struct export_file *file, struct buf *out)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "version", STATE_VERSION);
    json_pair(&writer, "identity", file->identity);
    json_pair_integer(&writer, "length", (int64_t)file->length);
    json_name(&writer, "output");
    output_save(file->sink, &writer);
    json_name(&writer, "segments");
    places_save(file->places.place, file->segment_count, &writer);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

static enum error_code save_state(struct export_file *file, struct error *err)
{
    struct buf path, state;
    enum error_code code = state_path(file, &path, err);

    buf_init(&state, STATE_LIMIT);
    if (!code) {
        write_state(file, &state);
        code = buf_check(&state, "state of the export", err);
    }
    if (!code)
        code = file_replace(buf_string(&path), buf_view(&state), 0600, err);
    buf_done(&state);
    buf_done(&path);
    file->saved = clock_monotonic();
    return code;
}

enum error_code export_file_page(struct export_file *file, struct error *err)
{
    bool due = clock_monotonic() - file->saved >= STATE_EVERY;
    off_t end;

    if (!file->path || file->segment_count == 0)
        return ERROR_NONE;
    if (file->gzip && !due)
        return ERROR_NONE;
    if (writer_flush(&file->writer, err))
        return err->code;
    if (file->gzip && file->deflate && pack(file, TEXT(""), true, err))
        return err->code;
    end = lseek(file->descriptor, 0, SEEK_CUR);
    if (end < 0) /* a pipe or a device: nothing to go on from */
        return ERROR_NONE;
    file->length = (uint64_t)end;
    return due ? save_state(file, err) : ERROR_NONE;
}

static enum error_code take_state(struct export_file *file, const struct json *state,
    struct error *err)
{
    int64_t length = json_integer_member(state, "length", -1);

    if (json_integer_member(state, "version", 0) != STATE_VERSION || length < 0)
        return error_set(err, ERROR_INVALID, "%s.state is not understood", file->path);
    if (!text_equal(json_string_member(state, "identity"), file->identity)) {
        error_set(err, ERROR_CONDITION, "%s.state is of another statement or table", file->path);
        return error_hint(err, "without RESUME the export begins anew");
    }
    if (lseek(file->descriptor, 0, SEEK_END) < (off_t)length)
        return error_set(err, ERROR_INVALID, "%s is shorter than its state says", file->path);
    if (ftruncate(file->descriptor, (off_t)length) < 0 ||
        lseek(file->descriptor, (off_t)length, SEEK_SET) < 0)
        return error_set(err, ERROR_IO, "%s: %s", file->path, strerror(errno));
    file->length = (uint64_t)length;
    return places_load(file->places.place, file->segment_count, json_member(state, "segments"),
        err);
}

size_t export_file_segments(const char *path, struct arena *arena)
{
    const char *name = arena_format(arena, "%s.state", path);
    const struct json *state = NULL, *list;
    struct error ignored;
    struct text copy;
    struct buf content;

    buf_init(&content, STATE_LIMIT);
    if (name && file_exists(name) && !file_read(name, &content, &ignored)) {
        copy = arena_text(arena, buf_view(&content));
        state = copy.data ? json_parse(copy, arena, &ignored) : NULL;
    }
    buf_done(&content);
    list = json_member(state, "segments");
    return list && list->kind == JSON_ARRAY ? list->count : 0;
}

/* json must live until the rows have begun: it does, in the arena. */
static enum error_code resume(struct export_file *file, struct arena *arena, struct error *err)
{
    const struct json *state = NULL;
    struct text copy;
    struct buf path, content;
    enum error_code code = state_path(file, &path, err);

    buf_init(&content, STATE_LIMIT);
    if (!code && !file_exists(buf_string(&path)))
        code = error_set(err, ERROR_NOT_FOUND, "there is no %s to go on from", buf_string(&path));
    if (!code)
        code = file_read(buf_string(&path), &content, err);
    if (!code) {
        copy = arena_text(arena, buf_view(&content));
        state = copy.data ? json_parse(copy, arena, err) : NULL;
        code = state ? take_state(file, state, err) : err->code;
    }
    if (!code)
        code = output_resume(file->sink, json_member(state, "output"), err);
    buf_done(&content);
    buf_done(&path);
    return code;
}

/* A named pipe is opened for writing alone: who reads it decides when it begins and ends. */
static enum error_code open_output(struct export_file *file, bool go_on, struct error *err)
{
    struct stat about;
    bool is_pipe = file->path && stat(file->path, &about) == 0 && S_ISFIFO(about.st_mode);
    int flags = is_pipe ? O_WRONLY : O_RDWR | O_CREAT | (go_on ? 0 : O_TRUNC), pipe;

    file->descriptor =
        file->path ? descriptor_open(file->path, flags, file->cancel) : STDOUT_FILENO;
    if (file->descriptor < 0 && errno == ECANCELED)
        return error_set(err, ERROR_CANCELLED, "interrupted; nobody reads %s", file->path);
    if (file->descriptor < 0)
        return error_set(err, ERROR_IO, "%s: %s", file->path, strerror(errno));
    pipe = descriptor_open_pipe(file->descriptor);
    if (pipe >= 0) {
        if (file->path)
            close(file->descriptor);
        file->descriptor = pipe;
    }
    return ERROR_NONE;
}

enum error_code export_file_open(struct export_file *file, const struct output_options *options,
    bool go_on, struct arena *arena, struct error *err)
{
    if (open_output(file, go_on, err))
        return err->code;
    writer_init(&file->writer, file->descriptor, file->path ? file->path : "stdout");
    file->writer.send = send;
    file->writer.user = file;
    file->saved = clock_monotonic();
    file->sink = output_new(&file->writer, options, err);
    if (!file->sink)
        return err->code;
    places_init(file->places.place, file->segment_count);
    return go_on ? resume(file, arena, err) : ERROR_NONE;
}

enum error_code export_file_finish(struct export_file *file, struct error *err)
{
    struct buf path;
    enum error_code code = writer_flush(&file->writer, err);

    if (!code && file->gzip)
        code = pack(file, TEXT(""), true, err);
    if (!file->path)
        return code;
    if (!code) { /* some file systems tell only now what could not be written */
        int closed = close(file->descriptor);

        file->descriptor = -1;
        if (closed < 0 && errno != EINTR)
            code = error_set(err, ERROR_IO, "%s: %s", file->path, strerror(errno));
    }
    if (!code && state_path(file, &path, err) == ERROR_NONE) {
        unlink(buf_string(&path));
        buf_done(&path);
    }
    return code;
}

/* What came after the last whole page is cut off again. */
void export_file_abandon(struct export_file *file)
{
    struct error ignored;

    if (!file->path || file->segment_count == 0 || file->descriptor < 0)
        return;
    drop_member(file);
    if (ftruncate(file->descriptor, (off_t)file->length) < 0)
        return;
    if (!file->gzip && save_state(file, &ignored))
        return;
}

void export_file_close(struct export_file *file)
{
    drop_member(file);
    output_free(file->sink);
    writer_done(&file->writer);
    places_done(file->places.place, file->segment_count);
    if (file->descriptor >= 0 && file->descriptor != STDOUT_FILENO)
        close(file->descriptor);
}
