#ifndef ENDPOINT_GATEWAY_CALL_VALUES_H
#define ENDPOINT_GATEWAY_CALL_VALUES_H

#include "base/buf.h"
#include "endpoint/gateway/call.h"
#include "endpoint/gateway/mapping.h"

/* What mappings and templates see of a request. Made once per call, when first asked for. */

/* Path values and query parameters, decoded; NULL: out of memory. */
const struct call_parameters *call_parameters(struct call *call);
/* The variables of gateway.md 9.2; NULL: out of memory. */
struct json *call_context(struct call *call);
/* The request body as JSON; an empty object when there is none; NULL when it is not JSON. */
const struct json *call_document(struct call *call);
/* Value of a stage variable; data NULL when absent. */
struct text call_variable(const struct call *call, struct text name);
/* Value of a path variable as the route has it, still encoded; data NULL when absent. */
struct text call_path_value(const struct call *call, struct text name);

/* The answer of a backend while it is mapped. */
struct call_backend {
    int status;
    const struct http_header *header;
    size_t header_count;
    struct text body;
    const struct json *document; /* of body, NULL when it is not JSON */
    bool has_document;
};
const struct json *call_backend_document(struct call *call, struct call_backend *backend);

/*
 * Adds the value of one rule; false when any part of it is absent. backend is NULL on the side of
 * the request.
 */
bool call_add_mapped(struct call *call, const struct mapping *mapping, struct call_backend *backend,
    struct buf *out);

/*
 * Runs a template over the request (backend NULL) or the answer. False: failed, and *why says how,
 * in the arena.
 */
bool call_run_template(struct call *call, const struct template *template,
    struct call_backend *backend, struct buf *out, const char **why);

#endif
