#include "endpoint/compress.h"

#include <string.h>

#include <zlib.h>

#include "base/mem.h"

enum { STEP = 32 * 1024, FREE_OF_RATIO = 64 * 1024, WITH_GZIP = 16 };

static bool grew_too_much(const struct buf *out, size_t input_used)
{
    return out->length > FREE_OF_RATIO &&
           out->length / COMPRESS_RATIO_LIMIT > (input_used > 0 ? input_used : 1);
}

/* One piece of output; Z_OK as long as there may be more. */
static int inflate_step(z_stream *stream, struct buf *out)
{
    size_t room = out->limit - out->length < STEP ? out->limit - out->length + 1 : STEP;
    unsigned char piece[STEP];
    int code;

    stream->next_out = piece;
    stream->avail_out = (uInt)(room < STEP ? room : STEP);
    room = stream->avail_out;
    code = inflate(stream, Z_NO_FLUSH);
    buf_add(out, piece, room - stream->avail_out);
    return code;
}

static enum compress_result read_members(z_stream *stream, size_t length, struct buf *out)
{
    for (;;) {
        int code = inflate_step(stream, out);

        if (out->failure)
            return out->failure == ERROR_LIMIT ? COMPRESS_TOO_LARGE : COMPRESS_NO_MEMORY;
        if (grew_too_much(out, length - stream->avail_in))
            return COMPRESS_TOO_LARGE;
        if (code == Z_MEM_ERROR)
            return COMPRESS_NO_MEMORY;
        if (code == Z_STREAM_END) {
            if (stream->avail_in == 0)
                return COMPRESS_OK;
            if (inflateReset(stream) != Z_OK)
                return COMPRESS_BROKEN;
        } else if (code != Z_OK || (stream->avail_in == 0 && stream->avail_out > 0)) {
            return COMPRESS_BROKEN;
        }
    }
}

struct compress_reader {
    z_stream stream;
    bool inside;  /* of a member */
    bool pending; /* output that found no room */
};

struct compress_reader *compress_reader_new(void)
{
    struct compress_reader *reader = mem_new(1, sizeof *reader);

    if (reader && inflateInit2(&reader->stream, MAX_WBITS + WITH_GZIP) != Z_OK) {
        mem_free(reader);
        return NULL;
    }
    return reader;
}

void compress_reader_free(struct compress_reader *reader)
{
    if (!reader)
        return;
    inflateEnd(&reader->stream);
    mem_free(reader);
}

/* zlib counts in unsigned int; a piece at a time is enough. */
static uInt piece_of(size_t length)
{
    return (uInt)(length < STEP ? length : STEP);
}

enum compress_result compress_reader_step(struct compress_reader *reader, struct text *input,
    size_t room, struct buf *out)
{
    z_stream *stream = &reader->stream;
    unsigned char piece[STEP];

    while (room > 0 && (input->length > 0 || reader->pending)) {
        uInt given = piece_of(input->length), wanted = piece_of(room);
        int code;

        stream->next_in = (Bytef *)(uintptr_t)input->data;
        stream->avail_in = given;
        stream->next_out = piece;
        stream->avail_out = wanted;
        code = inflate(stream, Z_NO_FLUSH);
        reader->pending = stream->avail_out == 0;
        reader->inside = true;
        buf_add(out, piece, wanted - stream->avail_out);
        room -= wanted - stream->avail_out;
        *input = text_slice(*input, given - stream->avail_in, input->length);
        if (out->failure)
            return out->failure == ERROR_LIMIT ? COMPRESS_TOO_LARGE : COMPRESS_NO_MEMORY;
        if (code == Z_STREAM_END) {
            reader->inside = reader->pending = false;
            if (inflateReset(stream) != Z_OK)
                return COMPRESS_BROKEN;
        } else if (code == Z_MEM_ERROR) {
            return COMPRESS_NO_MEMORY;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return COMPRESS_BROKEN;
        }
    }
    return COMPRESS_OK;
}

bool compress_reader_is_whole(const struct compress_reader *reader)
{
    return !reader->inside;
}

enum compress_result compress_read_gzip(struct text data, struct buf *out)
{
    z_stream stream = {0};
    enum compress_result result;

    if (data.length == 0)
        return COMPRESS_BROKEN;
    if (inflateInit2(&stream, MAX_WBITS + WITH_GZIP) != Z_OK)
        return COMPRESS_NO_MEMORY;
    stream.next_in = (Bytef *)(uintptr_t)data.data;
    stream.avail_in = (uInt)data.length;
    result = read_members(&stream, data.length, out);
    inflateEnd(&stream);
    return result;
}

bool compress_write(struct text data, enum compress_coding coding, struct buf *out)
{
    int bits = coding == COMPRESS_GZIP ? MAX_WBITS + WITH_GZIP : MAX_WBITS;
    z_stream stream = {0};
    uLong bound;
    char *room;
    int code;

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bound = deflateBound(&stream, (uLong)data.length);
    room = buf_reserve(out, bound);
    if (!room) {
        deflateEnd(&stream);
        return false;
    }
    stream.next_in = (Bytef *)(uintptr_t)data.data;
    stream.avail_in = (uInt)data.length;
    stream.next_out = (Bytef *)room;
    stream.avail_out = (uInt)bound;
    code = deflate(&stream, Z_FINISH);
    buf_added(out, stream.total_out);
    deflateEnd(&stream);
    return code == Z_STREAM_END;
}

/* "0.5" as 500; what is not a number counts as 1. */
static unsigned read_quality(struct text parameters)
{
    struct text parameter, digits;
    unsigned quality = 0, unit = 1000;

    while (text_take_field(&parameters, ';', &parameter)) {
        parameter = text_trim(parameter);
        if (!text_starts_with(parameter, TEXT("q=")) && !text_starts_with(parameter, TEXT("Q=")))
            continue;
        digits = text_slice(parameter, 2, parameter.length);
        if (digits.length == 0 || digits.data[0] != '0')
            return 1000;
        for (size_t i = 2; i < digits.length && i < 5; i++) {
            unit /= 10;
            if (digits.data[i] < '0' || digits.data[i] > '9')
                break;
            quality += (unsigned)(digits.data[i] - '0') * unit;
        }
        return quality;
    }
    return 1000;
}

static enum compress_coding coding_of(struct text name)
{
    if (text_is_ignoring_case(name, "gzip") || text_is(name, "*"))
        return COMPRESS_GZIP;
    return text_is_ignoring_case(name, "deflate") ? COMPRESS_DEFLATE : COMPRESS_NONE;
}

enum compress_coding compress_choose(struct text accept_encoding)
{
    enum compress_coding chosen = COMPRESS_NONE;
    unsigned best = 0;
    struct text part, name;

    while (text_take_field(&accept_encoding, ',', &part)) {
        enum compress_coding coding;
        unsigned quality;

        if (!text_take_until(&part, ';', &name)) {
            name = part;
            part = TEXT("");
        }
        coding = coding_of(text_trim(name));
        quality = read_quality(part);
        if (coding != COMPRESS_NONE && quality > best) {
            chosen = coding;
            best = quality;
        }
    }
    return chosen;
}
