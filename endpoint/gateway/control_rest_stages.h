#ifndef ENDPOINT_GATEWAY_CONTROL_REST_STAGES_H
#define ENDPOINT_GATEWAY_CONTROL_REST_STAGES_H

#include "endpoint/gateway/control.h"
#include "endpoint/gateway/control_patch.h"

/* Stages of REST APIs: what deployments need of them. */

/* The members of CreateDeployment that are meant for a new stage. */
extern const struct control_member control_rest_deployed_stage_table[];
extern const size_t control_rest_deployed_stage_count;

/* Adds the defaults to settings and puts the stage. */
bool control_rest_make_stage(struct control *call, const struct record *api, struct json *settings);

/* What must hold of every stored stage. */
bool control_rest_check_stage(struct control *call, struct text api, const struct json *document);

/* The method settings of a stage, "/{resource}/{METHOD}/{setting}": control_rest_settings.c. */
patch_run control_rest_set_method_setting, control_rest_remove_method_settings;

#endif
