#ifndef CONSOLE_GATEWAY_CATALOG_H
#define CONSOLE_GATEWAY_CATALOG_H

#include "base/error.h"
#include "base/json.h"
#include "client/catalog.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/plan.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What gateway statements know of an API: read from the services, kept in the link's catalog for
 * panels and completion, and copied here into job->arena so that it stands still.
 */
struct gateway_resource { /* v1: a path, with or without methods */
    struct text id, parent_id, path, part;
    size_t method_count;
};
struct gateway_route {
    struct text method, path;             /* v2 "$default": method empty */
    struct text resource_id;              /* v1 */
    struct text route_id, integration_id; /* v2 */
    const struct json *method_json;       /* v1 method, or v2 route */
    const struct json *integration;       /* or NULL */
};
struct gateway_stage {
    struct text name, deployment_id;
    bool auto_deploy;
    const struct json *json;
    char working[16], deployed[16]; /* definition fingerprints when the endpoint tells them */
};
struct gateway_api {
    struct text id, name;
    char kind; /* 'R', 'H', 'W' */
    struct text endpoint;
    const struct service *service;
    size_t resource_count, route_count, stage_count;
    struct gateway_resource *resource;
    struct gateway_route *route; /* most specific first */
    struct gateway_stage *stage;
    const struct json *json; /* of gateway_read_api */
};

/* GetRestApis and GetApis into the catalog. Endpoints without one of them are no error. */
enum error_code gateway_read_apis(struct job *job, struct link *link, struct error *err) MUST_CHECK;

/*
 * The API that a scope names, else USE, else the profile's: exact id, else exact name; two of one
 * name are ERROR_USAGE with their ids, none is ERROR_NOT_FOUND with a near name. *link is set too.
 * *stage: the stage named, USEd or the profile's; empty when none.
 */
struct gateway_api *gateway_find(struct job *job, const struct api_ref *scope, struct link **link,
    struct text *stage, struct error *err);

/* Routes and resources; stages. Both update the catalog. */
enum error_code gateway_read_routes(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err) MUST_CHECK;
enum error_code gateway_read_stages(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err) MUST_CHECK;
/* GetRestApi or GetApi, into api->json. */
enum error_code gateway_read_api(struct job *job, struct link *link, struct gateway_api *api,
    struct error *err) MUST_CHECK;

/* Adds what gateway_read_routes sends to a plan, and what gateway_read_stages does when asked. */
void gateway_plan_reads(struct plan *plan, const struct gateway_api *api, bool stages);

/* "GET /pets/{id}", "$default"; false when it is not a route. */
bool gateway_split_route(struct text route, char kind, struct text *method, struct text *path,
    struct error *err);
/* The route, or NULL with ERROR_NOT_FOUND and the nearest route as hint. */
struct gateway_route *gateway_find_route(struct gateway_api *api, struct text method,
    struct text path, struct error *err);
struct gateway_stage *gateway_find_stage(struct gateway_api *api, struct text name,
    struct error *err);

/* "URL http://..", "MOCK 200", "TABLE GetItem orders": what a route calls, for people. */
void gateway_add_target(struct buf *out, const struct gateway_api *api,
    const struct gateway_route *route);
const char *gateway_kind_name(char kind); /* "REST", "HTTP", "WEBSOCKET" */

#endif
