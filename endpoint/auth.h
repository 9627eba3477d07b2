#ifndef ENDPOINT_AUTH_H
#define ENDPOINT_AUTH_H

#include "base/text.h"
#include "endpoint/endpoint.h"
#include "endpoint/http_server.h"

#include <stdbool.h>

/*
 * Who asks: the Authorization header, or the query of a presigned request, checked in the order
 * of tables.md 1.1, rows 8 to 11. The strings are the endpoint's and outlive every request.
 */
struct auth {
    enum endpoint_auth mode;
    const char *region, *account;        /* when the request does not say */
    const char *access_key, *secret_key; /* of the one user, for ENDPOINT_AUTH_VERIFY */
};

struct auth_refusal {
    const char *type;    /* "MissingAuthenticationTokenException", without prefix */
    struct text message; /* in the exchange's arena */
};

/*
 * Fills the identity of the exchange. False with refusal when the request may not pass; service
 * is the signing name it must be scoped to when signatures are verified.
 */
bool auth_check(const struct auth *auth, struct exchange *exchange, const char *service,
    struct auth_refusal *refusal);

/* Fills the identity from what the request claims, or from the defaults; refuses nothing. */
void auth_identify(const struct auth *auth, struct exchange *exchange);

/* The service a request is signed for; empty when it is not signed. */
struct text auth_service(struct exchange *exchange);

#endif
