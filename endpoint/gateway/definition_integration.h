#ifndef ENDPOINT_GATEWAY_DEFINITION_INTEGRATION_H
#define ENDPOINT_GATEWAY_DEFINITION_INTEGRATION_H

#include "endpoint/gateway/definition.h"

/* The integration of one method: parsed mappings, templates, patterns. For definition.c. */
enum error_code definition_read_rest(struct definition *definition, const struct json *node,
    struct definition_integration *out, struct error *err) MUST_CHECK;
enum error_code definition_read_http(struct definition *definition, const struct json *node,
    struct definition_integration *out, struct error *err) MUST_CHECK;

#endif
