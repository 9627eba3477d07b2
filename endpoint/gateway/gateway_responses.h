#ifndef ENDPOINT_GATEWAY_GATEWAY_RESPONSES_H
#define ENDPOINT_GATEWAY_GATEWAY_RESPONSES_H

#include <stdbool.h>

/* What the gateway answers by itself, gateway.md 10 and 8. */
enum gateway_response {
    RESPONSE_FORBIDDEN, /* no such API or stage */
    RESPONSE_NOT_FOUND, /* no such route of an HTTP API */
    RESPONSE_MISSING_TOKEN,
    RESPONSE_INVALID_KEY,
    RESPONSE_INVALID_SIGNATURE,
    RESPONSE_AUTHORIZER_CONFIGURATION,
    RESPONSE_BAD_PARAMETERS,
    RESPONSE_BAD_BODY,
    RESPONSE_UNSUPPORTED_MEDIA,
    RESPONSE_THROTTLED,
    RESPONSE_TOO_LARGE,
    RESPONSE_HEAD_TOO_LARGE,
    RESPONSE_CONFIGURATION, /* the definition is wrong, or the backend cannot be resolved */
    RESPONSE_NETWORK,
    RESPONSE_TIMEOUT,
    RESPONSE_BAD_ANSWER, /* of the backend: malformed or too large */
    RESPONSE_COUNT
};

struct gateway_response_record {
    const char *name; /* "MISSING_AUTHENTICATION_TOKEN" */
    int rest_status;
    const char *rest_type, *rest_message;
    int http_status;
    const char *http_message;
};
extern const struct gateway_response_record gateway_response_table[RESPONSE_COUNT];

#endif
