#include "console/output/writer.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/width.h"

enum { WRITER_FULL = 64 * 1024, WRITER_LIMIT = 256 * 1024 * 1024 };
#define WRITER_DELAY (100 * CLOCK_MS)

void writer_init(struct writer *writer, int descriptor, const char *name)
{
    memset(writer, 0, sizeof(*writer));
    writer->descriptor = descriptor;
    writer->name = name;
    buf_init(&writer->buf, WRITER_LIMIT);
}

void writer_done(struct writer *writer)
{
    buf_done(&writer->buf);
}

/* Once failed, always failed: half a row is not followed by whole ones. */
static enum error_code fail(struct writer *writer, int number, struct error *err)
{
    if (number == ECANCELED) {
        error_set(&writer->failure, ERROR_CANCELLED, "interrupted; nobody takes what %s holds",
            writer->name);
    } else if (number == EPIPE) {
        writer->broken = true;
        error_set(&writer->failure, ERROR_CANCELLED, "nobody reads %s any more", writer->name);
    } else {
        error_set(&writer->failure, ERROR_IO, "cannot write to %s: %s", writer->name,
            strerror(number));
    }
    *err = writer->failure;
    return err->code;
}

/* Machine formats keep control characters as they are; on a terminal they are shown instead. */
static enum error_code make_safe(struct writer *writer, struct error *err)
{
    struct text rest = buf_view(&writer->buf);
    struct buf safe;
    enum error_code code;

    buf_init(&safe, WRITER_LIMIT);
    while (rest.length > 0) {
        size_t end = 0;

        while (end < rest.length && rest.data[end] != '\n' && rest.data[end] != '\t')
            end++;
        width_add(&safe, text_slice(rest, 0, end), SIZE_MAX, "", false);
        if (end < rest.length)
            buf_add_char(&safe, rest.data[end]);
        rest = text_slice(rest, end + 1, rest.length);
    }
    code = buf_check(&safe, "output", err);
    if (!code) {
        buf_done(&writer->buf);
        writer->buf = safe;
    } else {
        buf_done(&safe);
    }
    return code;
}

enum error_code writer_flush(struct writer *writer, struct error *err)
{
    int number;

    if (writer->failure.code) {
        *err = writer->failure;
        return err->code;
    }
    if (buf_check(&writer->buf, "output", err) || (writer->is_terminal && make_safe(writer, err)))
        return err->code;
    if (writer->send && writer->buf.length > 0) {
        if (writer->send(writer->user, buf_view(&writer->buf), &writer->failure)) {
            *err = writer->failure;
            return err->code;
        }
    } else {
        number = descriptor_write(writer->descriptor, buf_view(&writer->buf), writer->cancel);
        if (number)
            return fail(writer, number, err);
    }
    buf_clear(&writer->buf);
    writer->since = 0;
    return ERROR_NONE;
}

enum error_code writer_row_of_page(struct writer *writer, struct error *err)
{
    if (writer->unbuffered || writer->buf.length >= WRITER_FULL)
        return writer_flush(writer, err);
    if (writer->failure.code) {
        *err = writer->failure;
        return err->code;
    }
    return ERROR_NONE;
}

enum error_code writer_row(struct writer *writer, struct error *err)
{
    uint64_t now;

    if (writer->buf.length < WRITER_FULL) {
        now = clock_monotonic();
        if (writer->since == 0)
            writer->since = now;
        else if (now - writer->since >= WRITER_DELAY)
            return writer_flush(writer, err);
    }
    return writer_row_of_page(writer, err);
}
