#ifndef CLIENT_HTTP_H
#define CLIENT_HTTP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HTTP by libcurl, the only file that sees it. A pool keeps connections alive; any thread may
 * send, each request takes a handle of its own. TLS is verified. HTTP/2 where the server has it.
 */
struct http_pool;

/* A new pool, or NULL with err set. ca_bundle NULL: the system's; AWS_CA_BUNDLE is the caller's. */
struct http_pool *http_pool_new(const char *ca_bundle, struct error *err) MUST_CHECK;
void http_pool_free(struct http_pool *pool);

struct http_header {
    struct text name, value;
};

struct http_request {
    const char *method;      /* "POST" */
    const char *url;         /* absolute, already encoded */
    const char *unix_socket; /* path, or NULL */
    const struct http_header *header;
    size_t header_count;
    struct text body;
    uint32_t connect_timeout_ms; /* 0: 5,000 */
    uint32_t timeout_ms;         /* whole exchange; 0: 60,000 */
    size_t limit;                /* largest answer in bytes; 0: 64 MiB */
    const atomic_bool *cancel;   /* ends it within 85 ms, what was sent may be answered; or NULL */
};

struct http_response {
    int status;            /* 0 when no answer came */
    struct buf head;       /* raw header lines of the final answer, CR LF between */
    struct buf body;       /* decoded (gzip accepted) */
    uint64_t elapsed;      /* nanoseconds */
    uint64_t wire_bytes;   /* body bytes received */
    bool request_was_sent; /* on failure: the request may have been acted upon */
    bool timed_out;        /* on failure: a time limit was passed */
    bool is_final;         /* on failure: another attempt would fail alike (certificate, size) */
    char resolved[128];    /* "127.0.0.1:8000", for messages */
};

void http_response_init(struct http_response *response);
void http_response_done(struct http_response *response);
/* Value of the first header of that name (any case), trimmed; data NULL when absent. */
struct text http_response_header(const struct http_response *response, const char *name);

/*
 * Sends and waits. ERROR_NONE for any status; ERROR_NETWORK with a sentence that names host and
 * port and what failed (cannot resolve, refused, TLS, time-out, cut, too large); ERROR_CANCELLED.
 */
enum error_code http_send(struct http_pool *pool, const struct http_request *request,
    struct http_response *response, struct error *err) MUST_CHECK;

/* RFC 3986 percent-encoding of everything but unreserved characters (and '/', when keep_slash). */
void http_add_encoded(struct buf *out, struct text text, bool keep_slash);
/* False when there is a '%' without two hex digits; it is then copied as it stands. */
bool http_add_decoded(struct buf *out, struct text text, bool plus_is_blank);

#endif
