#ifndef CONSOLE_ROUTE_SPEC_H
#define CONSOLE_ROUTE_SPEC_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/value.h"
#include "console/gateway_call.h"
#include "console/gateway_catalog.h"
#include "console/language/lexer.h"
#include "console/plan.h"
#include "console/statements/table_call.h"

#include <stdbool.h>
#include <stdint.h>

/* What CREATE and ALTER ROUTE say about a route, and the calls that make it so. */

enum route_target { ROUTE_TARGET_NONE, ROUTE_TARGET_URL, ROUTE_TARGET_MOCK, ROUTE_TARGET_TABLE };

struct route_spec {
    struct text method, path; /* of the route, once its API is known */
    enum route_target target;
    struct text url, url_method; /* URL; url_method empty: the route's */
    bool custom;                 /* URL .. CUSTOM: HTTP instead of HTTP_PROXY */
    int mock_status;
    const struct value *mock_body; /* or NULL */
    struct tree *inner;            /* TABLE ( .. ) */
    struct table_call call;        /* its plan */
    struct text credentials;
    uint32_t timeout_ms; /* 0: not said */
    bool has_auth, auth_iam;
    bool has_key, key_required;
    bool has_throttle, throttle_off;
    struct text rate;
    int64_t burst;
};

/* "-> target" behind the arrow, and the options; the same option twice is refused. */
bool route_parse_target(struct lexer *lexer, struct tree *tree, struct route_spec *spec,
    struct error *err);
bool route_parse_options(struct lexer *lexer, struct route_spec *spec, struct error *err);

/* What this kind of API cannot have: ERROR_INVALID naming the kinds that can. */
enum error_code route_check_kind(const struct route_spec *spec, char kind,
    struct error *err) MUST_CHECK;

/* Adds the steps that create, change or drop a route; language.md G2-G6, G11, G13. */
struct route_change {
    struct job *job;
    struct plan *plan;
    struct gateway_api *api;
    struct text stage; /* for THROTTLE; empty when none is known */
    const struct route_spec *spec;
    struct gateway_route *route; /* ALTER, DROP */
    struct gateway_steps *steps;
    struct buf *diff; /* ALTER: lines "field: old -> new" */
    const char *live;
};
enum error_code route_rest_create(struct route_change *change, struct error *err) MUST_CHECK;
enum error_code route_rest_alter(struct route_change *change, struct error *err) MUST_CHECK;
enum error_code route_rest_drop(struct route_change *change, struct error *err) MUST_CHECK;
enum error_code route_http_create(struct route_change *change, struct error *err) MUST_CHECK;
enum error_code route_http_alter(struct route_change *change, struct error *err) MUST_CHECK;
enum error_code route_http_drop(struct route_change *change, struct error *err) MUST_CHECK;

/* The target as people read it: "URL http://..", "MOCK 200", "TABLE GetItem". */
void route_spec_add_target(struct buf *out, const struct route_spec *spec);
/* The body of a MOCK answer as it is sent. */
enum error_code route_mock_body(const struct route_spec *spec, struct arena *arena,
    struct text *out, struct error *err) MUST_CHECK;

#endif
