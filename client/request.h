#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/http.h"
#include "client/service.h"

#include <stddef.h>

/* The wire form of a call, without endpoint, signature and host. */
enum { REQUEST_BODY_LIMIT = 16 * 1024 * 1024, REQUEST_PATH_LIMIT = 64 * 1024, REQUEST_HEADERS = 4 };

struct request {
    const struct operation *operation;
    struct buf path;  /* "/restapis/a1/resources", encoded */
    struct buf query; /* "limit=500", encoded, or empty */
    struct text body; /* points into the input or into storage */
    struct http_header header[REQUEST_HEADERS];
    size_t header_count;
    struct buf storage;
    char target[128], type[64];
    struct arena *arena; /* of the parsed input, or NULL */
};

void request_init(struct request *request);
void request_done(struct request *request);

/*
 * input is one JSON object with the members as the wire names them, or empty; it must outlive the
 * request. ERROR_USAGE when it is no object, when a member of the path is missing or when a
 * request without a body has members left over.
 */
enum error_code request_build(struct request *request, const struct service *service,
    const struct operation *operation, struct text input, struct error *err) MUST_CHECK;

#endif
