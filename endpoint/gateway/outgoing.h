#ifndef ENDPOINT_GATEWAY_OUTGOING_H
#define ENDPOINT_GATEWAY_OUTGOING_H

#include "base/buf.h"
#include "endpoint/gateway/call.h"
#include "endpoint/gateway/call_values.h"

/*
 * The request that goes to an HTTP backend: address, path, headers, by the rules of gateway.md 8
 * and 9.1. Texts live in the arena of the call or point into its request.
 */
struct outgoing {
    struct text method;
    bool is_secure;
    struct text host; /* without brackets */
    uint16_t port;
    struct text authority; /* as in the URI, for the Host header */
    struct text target;    /* path and query */
    struct http_header header[CALL_HEADERS];
    size_t header_count;
    struct text body;
};

/* False with *why: the address cannot be used, or a mapping is not allowed. */
bool outgoing_make(struct call *call, struct outgoing *out, const char **why);

/* The whole head: request line, Host, headers, Content-Length. */
void outgoing_add_head(const struct outgoing *outgoing, struct buf *head);
/* "https://host/path", for client/http. */
void outgoing_add_url(const struct outgoing *outgoing, struct buf *url);

/* What of a backend's header reaches the client; name NULL: nothing. */
struct text outgoing_rename(const struct call *call, struct text name);

#endif
