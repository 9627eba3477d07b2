#include "endpoint/http_chunk.h"

#include <stdbool.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool take_size(struct http_chunk *chunk, char c)
{
    int digit = hex_digit(c);

    if (digit >= 0) {
        chunk->left = chunk->left * 16 + (uint64_t)digit;
        return ++chunk->digits < 16;
    }
    if (chunk->digits == 0)
        return false;
    chunk->extra = 0;
    if (c == ';')
        chunk->state = HTTP_CHUNK_EXTENSION;
    else if (c == '\r')
        chunk->state = HTTP_CHUNK_SIZE_LF;
    else
        return false;
    return true;
}

/* Text up to a CR, bounded: an extension or a trailer. */
static bool take_extra(struct http_chunk *chunk, char c, size_t limit, enum http_chunk_state next)
{
    if (c == '\r') {
        chunk->state = next;
        return true;
    }
    return ((unsigned char)c >= ' ' || c == '\t') && c != 0x7f && ++chunk->extra <= limit;
}

static bool take_exactly(struct http_chunk *chunk, char c, char wanted, enum http_chunk_state next)
{
    chunk->state = next;
    return c == wanted;
}

static bool end_size_line(struct http_chunk *chunk, char c)
{
    bool is_last = chunk->left == 0;

    chunk->digits = 0;
    chunk->extra = 0;
    return take_exactly(chunk, c, '\n', is_last ? HTTP_CHUNK_TRAILER : HTTP_CHUNK_DATA);
}

static bool begin_trailer(struct http_chunk *chunk, char c)
{
    if (c == '\r') {
        chunk->state = HTTP_CHUNK_LAST_LF;
        return true;
    }
    chunk->state = HTTP_CHUNK_TRAILER_LINE;
    return c != ' ' && c != '\t' &&
           take_extra(chunk, c, HTTP_CHUNK_TRAILER_LIMIT, HTTP_CHUNK_TRAILER_LF);
}

static bool step(struct http_chunk *chunk, char c)
{
    switch (chunk->state) {
    case HTTP_CHUNK_SIZE:
        return take_size(chunk, c);
    case HTTP_CHUNK_EXTENSION:
        return take_extra(chunk, c, HTTP_CHUNK_EXTENSION_LIMIT, HTTP_CHUNK_SIZE_LF);
    case HTTP_CHUNK_SIZE_LF:
        return end_size_line(chunk, c);
    case HTTP_CHUNK_DATA_CR:
        return take_exactly(chunk, c, '\r', HTTP_CHUNK_DATA_LF);
    case HTTP_CHUNK_DATA_LF:
        return take_exactly(chunk, c, '\n', HTTP_CHUNK_SIZE);
    case HTTP_CHUNK_TRAILER:
        return begin_trailer(chunk, c);
    case HTTP_CHUNK_TRAILER_LINE:
        return take_extra(chunk, c, HTTP_CHUNK_TRAILER_LIMIT, HTTP_CHUNK_TRAILER_LF);
    case HTTP_CHUNK_TRAILER_LF:
        return take_exactly(chunk, c, '\n', HTTP_CHUNK_TRAILER);
    case HTTP_CHUNK_LAST_LF:
        return take_exactly(chunk, c, '\n', HTTP_CHUNK_DONE);
    case HTTP_CHUNK_DATA:
    case HTTP_CHUNK_DONE:
        break;
    }
    return false;
}

enum http_chunk_result http_chunk_decode(struct http_chunk *chunk, struct text *input,
    struct buf *body)
{
    while (input->length > 0 && chunk->state != HTTP_CHUNK_DONE) {
        size_t used = 1;

        if (chunk->state == HTTP_CHUNK_DATA) {
            used = chunk->left < input->length ? (size_t)chunk->left : input->length;
            buf_add(body, input->data, used);
            if (body->failure)
                return HTTP_CHUNK_NEEDS_MORE;
            chunk->left -= used;
            if (chunk->left == 0)
                chunk->state = HTTP_CHUNK_DATA_CR;
        } else if (!step(chunk, *input->data)) {
            return HTTP_CHUNK_BAD;
        }
        *input = text_slice(*input, used, input->length);
    }
    return chunk->state == HTTP_CHUNK_DONE ? HTTP_CHUNK_COMPLETE : HTTP_CHUNK_NEEDS_MORE;
}
