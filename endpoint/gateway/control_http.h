#ifndef ENDPOINT_GATEWAY_CONTROL_HTTP_H
#define ENDPOINT_GATEWAY_CONTROL_HTTP_H

#include "endpoint/gateway/control.h"

/* The operations of the second control plane that are built; gateway.md 3. */
extern const struct control_table control_http_table;

control_run control_http_create_api, control_http_get_apis, control_http_get_api,
    control_http_update_api, control_http_delete_api, control_http_delete_cors;
control_run control_http_create_route, control_http_get_routes, control_http_get_route,
    control_http_update_route, control_http_delete_route;
control_run control_http_create_integration, control_http_get_integrations,
    control_http_get_integration, control_http_update_integration, control_http_delete_integration;
control_run control_http_create_stage, control_http_get_stages, control_http_get_stage,
    control_http_update_stage, control_http_delete_stage, control_http_delete_access_log,
    control_http_delete_route_settings;
control_run control_http_create_deployment, control_http_get_deployments,
    control_http_get_deployment, control_http_update_deployment, control_http_delete_deployment;
control_run control_http_get_none;

/*
 * Merges a partial body into a document: scalars and lists replace, an empty text takes the member
 * away; so does an empty value a key of a map.
 */
bool control_http_merge(struct control *call, const struct control_member *member, size_t count,
    struct json *document);

/* Shared by quick create. */
bool control_http_put_integration(struct control *call, struct text api, struct json *integration,
    struct text *id);
bool control_http_put_route(struct control *call, struct text api, struct json *route,
    struct text *id);
bool control_http_put_stage(struct control *call, struct text api, struct json *stage);

#endif
