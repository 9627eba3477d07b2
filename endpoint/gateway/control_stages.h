#ifndef ENDPOINT_GATEWAY_CONTROL_STAGES_H
#define ENDPOINT_GATEWAY_CONTROL_STAGES_H

#include "endpoint/gateway/control.h"

/* Deployments and stages, as both control planes need them. */
enum {
    CONTROL_STAGES = 10,       /* per API */
    CONTROL_VARIABLES = 100,   /* per stage */
    CONTROL_DEPLOYMENTS = 100, /* kept; older ones that no stage uses go */
    CONTROL_VARIABLE_NAME = 64,
    CONTROL_VARIABLE_VALUE = 512
};

/*
 * A deployment of the working definition: puts document (description and so on; id and
 * createdDate are added to it) and the snapshot. The new id, or an empty text after control_fail.
 */
struct text control_deploy(struct control *call, const struct record *api, struct json *document,
    const char *id_name);

/* When the call changed the definition of an HTTP API: deploys it for stages with autoDeploy. */
bool control_deploy_changed(struct control *call);

/* A stage that uses the deployment, or NULL. */
const struct record *control_stage_of(struct control *call, struct text api,
    struct text deployment);

bool control_check_stage_name(struct control *call, struct text name);
bool control_check_variables(struct control *call, const struct json *variables);

/* Deletes a deployment with its snapshot; refused while a stage points to it (gateway.md 2.5). */
bool control_delete_deployment(struct control *call, const struct record *deployment);

#endif
