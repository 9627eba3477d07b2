#ifndef ENDPOINT_LEASE_H
#define ENDPOINT_LEASE_H

#include "base/error.h"
#include "endpoint/http_server.h"

#include <stdbool.h>

/*
 * A server started by a console ends with it: each console holds one connection open
 * (GET /_gatehouse/lease). Loop thread only.
 */
struct lease;

enum { LEASE_FIRST_MS = 10 * 1000, LEASE_LAST_MS = 2 * 1000 };

/*
 * With ends the server stops first_ms from now when no lease came, and last_ms after the last
 * one closed; without, leases are held and counted and nothing else.
 */
struct lease *lease_new(struct http_server *server, bool ends, uint64_t first_ms, uint64_t last_ms,
    struct error *err) MUST_CHECK;
/* Before the server; held connections are the server's. */
void lease_free(struct lease *lease);
void lease_hold(struct lease *lease, struct exchange *exchange);

#endif
