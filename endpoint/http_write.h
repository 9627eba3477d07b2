#ifndef ENDPOINT_HTTP_WRITE_H
#define ENDPOINT_HTTP_WRITE_H

#include "base/buf.h"
#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stddef.h>

/* The head of an answer. Framing is always ours, whatever headers a handler passes. */
struct http_answer {
    int status;
    const struct http_header *header;
    size_t header_count;
    size_t body_length;
    struct text date; /* of Date, when no header says otherwise */
    bool to_head;     /* answers HEAD: a Content-Length among the headers is kept */
    bool to_http_1_0;
    bool close;
};

/*
 * Adds status line, headers and the empty line. Content-Length, Connection, Transfer-Encoding and
 * Keep-Alive among the headers, and headers that would break the framing, are left out. Returns
 * whether the body follows: not for HEAD, 1xx, 204 and 304.
 */
bool http_write_head(struct buf *out, const struct http_answer *answer);

/* The reason phrase, or "" for a status without one. */
const char *http_reason(int status);

#endif
