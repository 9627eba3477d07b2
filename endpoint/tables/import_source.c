#include "endpoint/tables/import_source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

bool import_source_init(struct import_source *source, int descriptor, bool gzip)
{
    *source = (struct import_source){.descriptor = descriptor};
    buf_init(&source->packed, 2 * PIECE);
    buf_init(&source->text, IMPORT_TEXT_LIMIT);
    if (gzip)
        source->gzip = compress_reader_new();
    return !gzip || source->gzip;
}

void import_source_done(struct import_source *source)
{
    if (source->descriptor >= 0)
        close(source->descriptor);
    compress_reader_free(source->gzip);
    buf_done(&source->packed);
    buf_done(&source->text);
}

struct text import_source_view(const struct import_source *source)
{
    return text_slice(buf_view(&source->text), source->at, source->text.length);
}

void import_source_use(struct import_source *source, size_t length)
{
    source->at += length;
    source->bytes += length;
}

/* Appends up to a piece of the file; *end when there was none. */
static enum error_code read_piece(struct import_source *source, struct buf *out, bool *end,
    struct error *err)
{
    char *room = buf_reserve(out, PIECE);
    ssize_t got;

    if (!room)
        return buf_check(out, "a row", err);
    do
        got = read(source->descriptor, room, PIECE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(err, ERROR_IO, "%s", strerror(errno));
    buf_added(out, (size_t)got);
    *end = got == 0;
    return ERROR_NONE;
}

static enum error_code unpack(struct import_source *source, struct error *err)
{
    size_t before = source->text.length;
    bool end = false;

    while (source->text.length == before && !source->ended) {
        if (source->packed_rest.length == 0) {
            buf_clear(&source->packed);
            if (read_piece(source, &source->packed, &end, err))
                return err->code;
            source->packed_rest = buf_view(&source->packed);
        }
        switch (compress_reader_step(source->gzip, &source->packed_rest, PIECE, &source->text)) {
        case COMPRESS_OK:
            break;
        case COMPRESS_BROKEN:
            return error_set(err, ERROR_INVALID, "not gzip, or damaged");
        case COMPRESS_TOO_LARGE:
        case COMPRESS_NO_MEMORY:
            return buf_check(&source->text, "a row", err) ? err->code : error_memory(err);
        }
        source->ended = end && source->text.length == before;
        if (source->ended && !compress_reader_is_whole(source->gzip))
            return error_set(err, ERROR_INVALID, "gzip that breaks off");
    }
    return ERROR_NONE;
}

enum error_code import_source_fill(struct import_source *source, struct error *err)
{
    bool end = false;

    buf_drop(&source->text, source->at);
    source->at = 0;
    if (source->gzip)
        return unpack(source, err);
    if (read_piece(source, &source->text, &end, err))
        return err->code;
    source->ended = end;
    return ERROR_NONE;
}
