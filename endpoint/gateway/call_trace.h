#ifndef ENDPOINT_GATEWAY_CALL_TRACE_H
#define ENDPOINT_GATEWAY_CALL_TRACE_H

#include "endpoint/gateway/call.h"

/* The execution log of TestInvokeMethod, gateway.md 17; nothing happens for a call without trace. */
void call_trace(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "{a=1, b=2}", cut at 998 characters. */
void call_trace_pairs(struct call *call, const char *what, const struct http_header *pair,
    size_t count);

#endif
