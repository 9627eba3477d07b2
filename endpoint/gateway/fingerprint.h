#ifndef ENDPOINT_GATEWAY_FINGERPRINT_H
#define ENDPOINT_GATEWAY_FINGERPRINT_H

#include "base/arena.h"
#include "endpoint/gateway/gateway_store.h"

/*
 * Short names of definitions, 12 hex digits: two are equal exactly when nothing was changed in
 * between. The working one is kept until something is written.
 */
struct gateway;

enum { FINGERPRINT_LENGTH = 12 };

/*
 * The value of x-gatehouse-definition: "WORKING" when deployment is NULL, else
 * "WORKING DEPLOYED"; DEPLOYED is "-" for an empty id. In the arena; NULL when memory is out.
 */
const char *fingerprint_header(struct gateway *gateway, const struct record *api,
    const struct text *deployment, struct arena *arena);

/* Frees what is kept; at the end of the gateway. */
void fingerprint_done(struct gateway *gateway);

#endif
