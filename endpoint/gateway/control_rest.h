#ifndef ENDPOINT_GATEWAY_CONTROL_REST_H
#define ENDPOINT_GATEWAY_CONTROL_REST_H

#include "endpoint/gateway/control.h"

/* The operations of the first control plane that are built, one per function; the table is in
   control_rest.c. gateway.md 2. */
extern const struct control_table control_rest_table;

control_run control_rest_create_api, control_rest_get_apis, control_rest_get_api,
    control_rest_update_api, control_rest_delete_api;
control_run control_rest_create_resource, control_rest_get_resources, control_rest_get_resource,
    control_rest_update_resource, control_rest_delete_resource;
control_run control_rest_put_method, control_rest_get_method, control_rest_update_method,
    control_rest_delete_method;
control_run control_rest_put_method_response, control_rest_get_method_response,
    control_rest_update_method_response, control_rest_delete_method_response;
control_run control_rest_put_integration, control_rest_get_integration,
    control_rest_update_integration, control_rest_delete_integration;
control_run control_rest_put_integration_response, control_rest_get_integration_response,
    control_rest_update_integration_response, control_rest_delete_integration_response;
control_run control_rest_create_deployment, control_rest_get_deployments,
    control_rest_get_deployment, control_rest_update_deployment, control_rest_delete_deployment;
control_run control_rest_create_stage, control_rest_get_stages, control_rest_get_stage,
    control_rest_update_stage, control_rest_delete_stage;
control_run control_rest_test_invoke, control_rest_flush_cache;
control_run control_rest_get_account, control_rest_update_account;
control_run control_rest_get_models, control_rest_get_model, control_rest_get_none;
control_run control_rest_get_gateway_responses, control_rest_get_gateway_response;

/* Shared by resources, methods, integrations. */

/* The resource of the second path parameter; NULL after control_fail. */
const struct record *control_rest_find_resource(struct control *call);
/* An editable resource and the method of the third path parameter in it. */
struct control_rest_method {
    const struct record *record;
    struct json *resource, *method;
};
bool control_rest_find_method(struct control *call, struct control_rest_method *found);
/* The same for the fourth parameter, a status code. */
bool control_rest_is_status(struct text status);
/* Every template of the map must be one we can run. */
bool control_rest_check_templates(struct control *call, const struct json *templates);

#endif
