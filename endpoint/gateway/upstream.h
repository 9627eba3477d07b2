#ifndef ENDPOINT_GATEWAY_UPSTREAM_H
#define ENDPOINT_GATEWAY_UPSTREAM_H

#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HTTP/1.1 to backends over keep-alive connections, one pool per host and port, on the loop of the
 * server. A connection carries one request at a time; one whose answer is not exactly one
 * well-formed message is closed. Loop thread only. gateway.md 8, 22.
 */
struct upstream;
struct upstream_link;
struct uv_loop_s;

enum {
    UPSTREAM_HEADERS = 100,
    UPSTREAM_HEAD = 64 * 1024,
    UPSTREAM_IDLE = 64,        /* kept per host and port */
    UPSTREAM_LINKS = 4096,     /* open at once */
    UPSTREAM_HOSTS = 1024,     /* known at once */
    UPSTREAM_IDLE_SECONDS = 55 /* below the usual 60 s of servers */
};

enum upstream_result {
    UPSTREAM_ANSWERED,
    UPSTREAM_UNRESOLVED, /* no such host */
    UPSTREAM_REFUSED,    /* no connection, or lost before the answer was whole */
    UPSTREAM_TIMED_OUT,
    UPSTREAM_MALFORMED, /* not HTTP, or more than was announced */
    UPSTREAM_TOO_LARGE
};

/* Views hold until done returns. */
struct upstream_answer {
    enum upstream_result result;
    int status;
    const struct http_header *header;
    size_t header_count;
    struct text body;
    const char *why; /* what went wrong, for the log */
};

/* Lives with the caller until done was called or upstream_cancel returned. */
struct upstream_call {
    struct text host; /* name or address, without brackets */
    uint16_t port;
    struct text head, body; /* all the bytes to send */
    bool is_head;           /* the answer has no body */
    bool may_repeat;        /* idempotent: sent again when a kept connection turns out closed */
    uint32_t timeout_ms;    /* from now to the last byte of the answer */
    size_t limit;           /* of the answer's body */
    void (*done)(struct upstream_call *call, const struct upstream_answer *answer);
    void *user;
    /* owned by upstream */
    struct upstream_link *link;
};

struct upstream *upstream_new(struct uv_loop_s *loop); /* NULL: out of memory */
/* Every call must have ended. Runs the loop until all connections are closed. */
void upstream_free(struct upstream *upstream);

/* done is called once, perhaps before this returns. */
void upstream_send(struct upstream *upstream, struct upstream_call *call);
/* done is not called any more. Harmless when it was. */
void upstream_cancel(struct upstream_call *call);

#endif
