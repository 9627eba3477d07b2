#ifndef ENDPOINT_GATEWAY_STATE_H
#define ENDPOINT_GATEWAY_STATE_H

#include "base/map.h"
#include "endpoint/gateway/gateway.h"
#include "endpoint/gateway/gateway_store.h"
#include "endpoint/gateway/ids.h"

#include <stdint.h>

/* What the files of this folder share. Loop thread only. */
struct gateway {
    struct gateway_store *store;
    struct http_server *server;
    struct tables *tables;
    struct telemetry *telemetry;
    struct stages *stages;     /* compiled definitions by stage */
    struct upstream *upstream; /* keep-alive pool to backends */
    struct secure *secure;     /* the same for https, by worker threads */
    struct map *fingerprints;  /* API id -> struct fingerprint */
    struct call *calls;        /* on the data plane, under way */
    struct ids ids;
    struct uv_timer_s *sweep; /* ends calls whose clients have gone; NULL: not started */
    const struct auth *auth;  /* for AWS_IAM; NULL: such methods are refused */
};

#endif
