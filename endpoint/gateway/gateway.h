#ifndef ENDPOINT_GATEWAY_GATEWAY_H
#define ENDPOINT_GATEWAY_GATEWAY_H

#include "base/error.h"
#include "base/text.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/tables.h"
#include "endpoint/telemetry/telemetry.h"

#include <stdbool.h>

/*
 * The API Gateway service of the embedded endpoint (gateway.md): control planes v1 and v2, and the
 * data plane that serves what they define. Loop thread only; a control-plane answer leaves after
 * its commit.
 */
struct gateway;
struct auth;

struct gateway_options {
    const char *folder; /* holds gateway.db */
    struct http_server *server;
    struct tables *tables;
    struct telemetry *telemetry;
    const struct auth *auth; /* checks AWS_IAM methods; NULL: they are refused */
};

struct gateway *gateway_new(const struct gateway_options *options, struct error *err) MUST_CHECK;
void gateway_free(struct gateway *gateway);

/*
 * Answers to GetStage and GetDeployment carry "x-gatehouse-definition: WORKING DEPLOYED", two
 * fingerprints of 12 hex digits: equal when nothing was changed since that deployment; DEPLOYED is
 * "-" for a stage that was never deployed. GetRestApi and GetApi answer WORKING alone.
 */

/* Control planes, authenticated: paths /restapis..., /account, /tags, /v2/... */
void gateway_handle_control(struct gateway *gateway, struct exchange *exchange);
/* Data plane: stage is empty when the host names only the API (HTTP APIs: first segment or
   $default; REST: first segment). path is still encoded, "/" at least. */
void gateway_handle_data(struct gateway *gateway, struct exchange *exchange, struct text api,
    struct text stage, struct text path);
/* True when such an API exists. */
bool gateway_has_api(const struct gateway *gateway, struct text api);

#endif
