#ifndef ENDPOINT_GATEWAY_SECURE_H
#define ENDPOINT_GATEWAY_SECURE_H

#include "endpoint/gateway/upstream.h"

/*
 * Requests to https backends: client/http on the worker threads of the loop. Same answers as
 * upstream.h. Loop thread only; what it is given is copied.
 */
struct secure;
struct secure_call;

struct secure *secure_new(struct uv_loop_s *loop); /* NULL: out of memory */
/* Every call must have ended or been cancelled. Runs the loop until the workers are done. */
void secure_free(struct secure *secure);

struct secure_request {
    struct text method, url;
    const struct http_header *header;
    size_t header_count;
    struct text body;
    uint32_t timeout_ms;
    size_t limit;
    void (*done)(void *user, const struct upstream_answer *answer);
    void *user;
};

/* done is called once, later; or NULL and done is not called: out of memory. */
struct secure_call *secure_send(struct secure *secure, const struct secure_request *request);
/* done is not called any more. */
void secure_cancel(struct secure_call *call);

#endif
