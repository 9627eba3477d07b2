#ifndef ENDPOINT_HTTP_CHUNK_H
#define ENDPOINT_HTTP_CHUNK_H

#include "base/buf.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The chunked coding, strictly (RFC 9112, 7.1): hexadecimal size without sign, prefix or blanks,
 * CR LF everywhere, extensions of at most 256 bytes, trailers read and dropped. Own code because
 * llhttp 8.1 takes bare LF and extensions of any length. Works on any split of the input.
 */
enum { HTTP_CHUNK_EXTENSION_LIMIT = 256, HTTP_CHUNK_TRAILER_LIMIT = 8 * 1024 };

enum http_chunk_state {
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_EXTENSION,
    HTTP_CHUNK_SIZE_LF,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_CR,
    HTTP_CHUNK_DATA_LF,
    HTTP_CHUNK_TRAILER,
    HTTP_CHUNK_TRAILER_LINE,
    HTTP_CHUNK_TRAILER_LF,
    HTTP_CHUNK_LAST_LF,
    HTTP_CHUNK_DONE
};

/* All zero is a new decoder. */
struct http_chunk {
    enum http_chunk_state state;
    uint64_t left;   /* of the chunk being read */
    unsigned digits; /* of its size */
    size_t extra;    /* bytes of its extension, or of all trailers */
};

enum http_chunk_result { HTTP_CHUNK_NEEDS_MORE, HTTP_CHUNK_COMPLETE, HTTP_CHUNK_BAD };

/*
 * Decodes from *input, which moves forward over what was used, and adds the data to body. A body
 * over its limit shows in body->failure; reading stops there.
 */
enum http_chunk_result http_chunk_decode(struct http_chunk *chunk, struct text *input,
    struct buf *body);

#endif
