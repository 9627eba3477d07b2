#ifndef ENDPOINT_GATEWAY_CORS_H
#define ENDPOINT_GATEWAY_CORS_H

#include "endpoint/gateway/call.h"

/* Cross-origin rules of HTTP APIs, gateway.md 11. */

bool cors_is_preflight(const struct call *call);
/* The answer to a preflight: 204 with what is allowed, 403 for any other origin. */
void cors_answer_preflight(struct call *call);
/* Puts the configured headers on an answer and takes the backend's own off. */
void cors_apply(const struct call *call, struct call_answer *answer);

#endif
