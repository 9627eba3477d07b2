#ifndef ENDPOINT_GATEWAY_INTEGRATION_URI_H
#define ENDPOINT_GATEWAY_INTEGRATION_URI_H

#include "base/text.h"

#include <stdbool.h>

/* What an integration points to. Views point into the URI. */

/* "arn:aws:apigateway:{region}:{service}:action/{Operation}" or ":path/{rest}" */
struct integration_uri {
    struct text region, service;
    bool is_action;
    struct text target; /* operation name, without "&Version=..", or the rest of the path */
};

enum integration_uri_result {
    INTEGRATION_URI_GOOD,
    INTEGRATION_URI_NOT_AN_ARN,
    INTEGRATION_URI_NO_ACTION
};
enum integration_uri_result integration_uri_parse(struct text uri, struct integration_uri *out);

/* http:// or https:// with a host; "{name}" and "${stageVariables.x}" may stand anywhere. */
bool integration_uri_is_http(struct text uri);

#endif
