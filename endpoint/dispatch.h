#ifndef ENDPOINT_DISPATCH_H
#define ENDPOINT_DISPATCH_H

#include "base/text.h"
#include "endpoint/auth.h"
#include "endpoint/gateway/gateway.h"
#include "endpoint/http_server.h"
#include "endpoint/lease.h"
#include "endpoint/tables/tables.h"
#include "endpoint/telemetry/telemetry.h"

struct fault_rules;

/*
 * One socket carries every service: which one a request is for (gateway.md 1), who asks (auth),
 * and the checks that come before the service sees it (tables.md 1.1, rows 3 to 11).
 */
struct dispatch {
    struct auth auth;
    struct tables *tables;
    struct gateway *gateway;
    struct telemetry *telemetry;
    struct lease *lease;
    struct fault_rules *faults;
    bool admin_on_tcp;
};

/* A handler for http_server; user is a struct dispatch that outlives the server's run. */
void dispatch_handle(void *dispatch, struct exchange *exchange);

enum dispatch_service {
    DISPATCH_DATA, /* data plane: api, stage and path are filled */
    DISPATCH_OWN,
    DISPATCH_DYNAMODB,
    DISPATCH_GATEWAY, /* control planes */
    DISPATCH_METRICS,
    DISPATCH_LOGS,
    DISPATCH_OTHER, /* an AWS service that is not served here: name is filled */
    DISPATCH_HEALTH,
    DISPATCH_NONE
};

struct dispatch_choice {
    enum dispatch_service service;
    struct text api, stage, path;
    struct text name;
};

/* The first rule of gateway.md 1 that applies. */
void dispatch_choose(struct exchange *exchange, struct dispatch_choice *choice);

#endif
