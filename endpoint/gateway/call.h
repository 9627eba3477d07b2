#ifndef ENDPOINT_GATEWAY_CALL_H
#define ENDPOINT_GATEWAY_CALL_H

#include "base/arena.h"
#include "base/json.h"
#include "endpoint/gateway/gateway_responses.h"
#include "endpoint/gateway/stages.h"
#include "endpoint/gateway/state.h"
#include "endpoint/gateway/upstream.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One request on the data plane, from its arrival to its answer. Lives in the arena of the
 * exchange; ends with call_answer or call_fail, exactly once.
 */
enum { CALL_HEADERS = UPSTREAM_HEADERS + 64 };

/* What the client gets. Views hold until call_answer returns. */
struct call_answer {
    int status;
    struct http_header header[CALL_HEADERS];
    size_t header_count;
    struct text body;
};

/* Decoded parameters of the request, in the order they came. */
struct call_parameters {
    struct http_header *path, *query;
    size_t path_count, query_count;
};

struct call {
    struct gateway *gateway; /* NULL once the gateway is gone: the answer is still owed */
    struct exchange *exchange;
    const struct exchange_request *request;
    struct arena *arena;
    struct live_stage *stage; /* one user; NULL until it is known */
    const struct definition *definition;
    const struct definition_method *method;
    const struct json *variables; /* of the stage, or NULL */
    struct text path;             /* behind the stage, still encoded */
    bool is_http, is_canary;
    struct router_match match;
    char request_id[40], extended_id[20];
    uint64_t integration_began, integration_us;
    int integration_status;
    const char *failure; /* what went wrong, for the access log; NULL: nothing */

    /* made when first needed: call_values.c */
    struct call_parameters *parameters;
    struct json *context;
    const struct json *document;
    bool has_document;
    struct template_override *override;

    /* under way: integrations */
    void (*cancel)(struct call *call);
    void *pending;
    struct call *next, *previous; /* gateway->calls */

    /* where the answer goes: the client, or TestInvokeMethod */
    void (*deliver)(struct call *call, const struct call_answer *answer);
    void *user;
    struct buf *trace; /* execution log, or NULL */
};

/* First header of that name in any case; data NULL when absent. */
struct text call_header(const struct call *call, const char *name);

void call_answer_init(struct call_answer *answer, int status);
void call_add_header(struct call_answer *answer, struct text name, struct text value);
const struct http_header *call_find_header(const struct call_answer *answer, const char *name);

/* Sends the answer of an integration. */
void call_send(struct call *call, struct call_answer *answer);
/*
 * Answers by the gateway itself. reason "route:no-method" goes into x-gatehouse-reason; detail is
 * for the log, or NULL.
 */
void call_fail(struct call *call, enum gateway_response type, const char *reason,
    const char *detail);

#endif
