#ifndef ENDPOINT_GATEWAY_DATA_PLANE_H
#define ENDPOINT_GATEWAY_DATA_PLANE_H

#include "endpoint/gateway/call.h"

/* The life of a request on the data plane: gateway.md 6. Loop thread only. */

void data_plane_serve(struct gateway *gateway, struct exchange *exchange, struct text api,
    struct text stage, struct text path);

/* A call without stage and route, whose answer goes to deliver. NULL: out of memory. */
struct call *data_plane_call(struct gateway *gateway, struct exchange *exchange,
    void (*deliver)(struct call *call, const struct call_answer *answer), void *user);
/* Takes the call off the gateway; its memory goes with the exchange. */
void data_plane_end(struct call *call);

bool data_plane_start(struct gateway *gateway); /* false: out of memory */
/* Answers what is under way; the clients have gone already. */
void data_plane_stop(struct gateway *gateway);

#endif
