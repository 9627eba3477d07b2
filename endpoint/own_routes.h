#ifndef ENDPOINT_OWN_ROUTES_H
#define ENDPOINT_OWN_ROUTES_H

#include "endpoint/dispatch.h"
#include "endpoint/http_server.h"

/*
 * What the endpoint answers for itself, below /_gatehouse/:
 *   health  {"status":"ok","pid":..,"version":".."}
 *   lease   holds the connection
 *   echo    the request as JSON; echo/anything too. Query: status=200..599, delay=0..5000 ms,
 *           size=0..1048576 (that many bytes of text in place of the JSON)
 *   faults  the rules of tables/fault_rules.h: POST sets, GET lists, DELETE clears; over TCP only
 *           when dispatch->admin_on_tcp
 */
void own_routes_handle(const struct dispatch *dispatch, struct exchange *exchange);

#endif
