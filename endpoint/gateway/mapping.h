#ifndef ENDPOINT_GATEWAY_MAPPING_H
#define ENDPOINT_GATEWAY_MAPPING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "endpoint/gateway/jsonpath.h"

#include <stdbool.h>

/* Where a mapped value comes from: gateway.md 9.1. */
enum mapping_source {
    MAPPING_STATIC,
    MAPPING_PATH,
    MAPPING_QUERY,
    MAPPING_MULTI_QUERY,
    MAPPING_HEADER,
    MAPPING_MULTI_HEADER,
    MAPPING_BODY,
    MAPPING_STAGE_VARIABLE,
    MAPPING_CONTEXT,
    MAPPING_WHOLE_PATH, /* $request.path of HTTP APIs */
    MAPPING_STATUS      /* $response.statusCode */
};

struct mapping_value {
    enum mapping_source source;
    struct text name; /* of the parameter, or the static text */
    const struct jsonpath *path;
};

/* Where it goes. */
enum mapping_place { MAPPING_TO_PATH, MAPPING_TO_QUERY, MAPPING_TO_HEADER, MAPPING_TO_STATUS };
enum mapping_verb { MAPPING_OVERWRITE, MAPPING_APPEND, MAPPING_REMOVE };

/* One rule; part[] are joined (HTTP APIs may mix text and "${...}"). */
struct mapping {
    enum mapping_verb verb;
    enum mapping_place place;
    struct text name;
    const struct mapping_value *part;
    size_t part_count;
};

enum mapping_side { MAPPING_REQUEST, MAPPING_RESPONSE };

/*
 * "integration.request.header.x" <- "method.request.path.y" (REST), and the same for responses.
 * Texts point into target and source or the arena. ERROR_USAGE: not a mapping expression.
 */
enum error_code mapping_parse_rest(enum mapping_side side, struct text target, struct text source,
    struct arena *arena, struct mapping *out, struct error *err) MUST_CHECK;
/* "overwrite:header.x" <- "$request.querystring.y" (HTTP). */
enum error_code mapping_parse_http(enum mapping_side side, struct text target, struct text source,
    struct arena *arena, struct mapping *out, struct error *err) MUST_CHECK;

#endif
