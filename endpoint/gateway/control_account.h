#ifndef ENDPOINT_GATEWAY_CONTROL_ACCOUNT_H
#define ENDPOINT_GATEWAY_CONTROL_ACCOUNT_H

#include "endpoint/gateway/control.h"

/* Tags of APIs and stages, for both control planes; the resource is named by its ARN. */
control_run control_get_tags, control_tag, control_untag;

#endif
