#ifndef CONSOLE_DEMO_TRAFFIC_H
#define CONSOLE_DEMO_TRAFFIC_H

#include "base/error.h"

/*
 * Requests to the demo's APIs through the real data plane by four threads, a few hundred in the
 * first seconds and then about 40 a second, some of them wrong, failing or slow. Ends by itself
 * after four hours.
 */
struct demo_traffic;

/* rest and http: API ids; socket: of the endpoint; both are copied. */
struct demo_traffic *demo_traffic_start(const char *socket, const char *rest, const char *http,
    struct error *err) MUST_CHECK;
/* Waits until that many requests have been sent, at most limit_ms. */
void demo_traffic_wait(const struct demo_traffic *traffic, unsigned requests, unsigned limit_ms);
/* Stops within a second; NULL is harmless. */
void demo_traffic_stop(struct demo_traffic *traffic);

#endif
