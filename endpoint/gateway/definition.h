#ifndef ENDPOINT_GATEWAY_DEFINITION_H
#define ENDPOINT_GATEWAY_DEFINITION_H

#include "base/error.h"
#include "base/json.h"
#include "base/pattern.h"
#include "base/text.h"
#include "endpoint/gateway/mapping.h"
#include "endpoint/gateway/router.h"
#include "endpoint/gateway/template.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A snapshot (snapshot.h) compiled: routes, parsed mappings and templates, patterns. It never
 * changes after definition_new; whoever keeps one counts. Loop thread only.
 */
enum integration_kind {
    INTEGRATION_NONE, /* a route without target */
    INTEGRATION_MOCK,
    INTEGRATION_HTTP,
    INTEGRATION_HTTP_PROXY,
    INTEGRATION_AWS,
    INTEGRATION_AWS_PROXY
};
enum passthrough_kind { PASSTHROUGH_NO_MATCH, PASSTHROUGH_NO_TEMPLATES, PASSTHROUGH_NEVER };

struct definition_template {
    struct text media;
    const struct template *template; /* NULL: an empty one */
};
struct definition_templates {
    const struct definition_template *item;
    size_t count;
};
struct definition_mappings {
    const struct mapping *item;
    size_t count;
};

/* What an HTTP, AWS or MOCK integration answers; sorted by status. */
struct definition_response {
    int status;
    struct pattern *pattern; /* NULL: chosen when no other is */
    struct definition_mappings mappings;
    struct definition_templates templates;
};

enum uri_part_kind { URI_TEXT, URI_PATH, URI_STAGE_VARIABLE };
struct uri_part {
    enum uri_part_kind kind;
    struct text text;
};

struct definition_integration {
    enum integration_kind kind;
    struct text method; /* of the call to the backend; empty or ANY: as the request */
    const struct uri_part *uri;
    size_t uri_count;
    bool uri_has_path; /* "{..}" stands in it */
    uint32_t timeout_ms;
    enum passthrough_kind passthrough;
    struct definition_mappings request;
    struct definition_templates templates;
    struct definition_response *response;
    size_t response_count;
    struct text service, action; /* of AWS: "dynamodb", "GetItem"; empty for a path */
    struct text subtype;         /* of HTTP APIs */
};

enum authorization_kind { AUTHORIZATION_NONE, AUTHORIZATION_IAM, AUTHORIZATION_OTHER };

struct definition_method {
    size_t index;            /* 0 .. method_count - 1 */
    struct text verb;        /* "GET", "ANY" */
    struct text resource;    /* "/pets/{id}"; the route key of an HTTP API */
    struct text resource_id; /* route id */
    bool is_greedy;          /* ends in {proxy+}, or is $default */
    bool is_default;         /* $default */
    enum authorization_kind authorization;
    bool needs_key;
    struct definition_integration integration;
};

struct definition {
    unsigned users; /* definition_keep, definition_release */
    struct arena *arena;
    struct text source;
    bool is_http, is_disabled; /* disableExecuteApiEndpoint */
    struct router *router;
    struct definition_method **method;
    size_t method_count;
    struct definition_method *fallback; /* $default of an HTTP API */
    const struct json *cors;            /* corsConfiguration, or NULL */
    struct pattern **pattern;           /* all there are, to be freed */
    size_t pattern_count, pattern_capacity;
};

enum { DEFINITION_LIMIT = 128 * 1024 * 1024 };

/* One user, the caller. NULL with err set: names the route and what is wrong with it. */
struct definition *definition_new(struct text snapshot, struct error *err) MUST_CHECK;
struct definition *definition_keep(struct definition *definition);
void definition_release(struct definition *definition); /* NULL is harmless */

#endif
