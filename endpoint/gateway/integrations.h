#ifndef ENDPOINT_GATEWAY_INTEGRATIONS_H
#define ENDPOINT_GATEWAY_INTEGRATIONS_H

#include "endpoint/gateway/call.h"
#include "endpoint/gateway/call_values.h"

/* From the method request to the answer: gateway.md 8, 9.3, 9.4. */

/* Calls the integration of call->method; the call is answered now or later. */
void integrations_start(struct call *call);

/* The kinds. */
void integrations_mock(struct call *call);
void integrations_http(struct call *call); /* HTTP and HTTP_PROXY */
void integrations_table(struct call *call);

/*
 * The body for the backend: by the template of the content type, or as it came. False: the call
 * was answered with an error.
 */
bool integrations_body(struct call *call, struct text *body);
/* The template for a media type, then $default; NULL: none. */
const struct definition_template *integrations_template(const struct definition_templates *list,
    struct text content_type);

/* The answer of an HTTP, AWS or MOCK backend, mapped by the integration responses. */
void integrations_map(struct call *call, struct call_backend *backend);
/* The clock of the backend: begin when it is called, end when it has answered. */
void integrations_began(struct call *call);
void integrations_ended(struct call *call, int status);
void integrations_failed(struct call *call, enum upstream_result result, const char *why);

#endif
