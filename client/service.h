#ifndef CLIENT_SERVICE_H
#define CLIENT_SERVICE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* What connection needs to know of a service and its operations. One table per service file. */

enum service_protocol {
    SERVICE_JSON,      /* POST /, X-Amz-Target, application/x-amz-json-1.x */
    SERVICE_REST_JSON, /* method and path from the record, members in path, query and body */
    SERVICE_QUERY      /* POST /, Action=..&Version=.. form, XML answer */
};

/*
 * IDEMPOTENT: a write that may be sent again when its answer was lost, unless the caller knows
 * better. CONTROL: slow quotas, so retries wait longer (language.md 6).
 */
enum { OPERATION_READ = 1, OPERATION_WRITE = 2, OPERATION_IDEMPOTENT = 4, OPERATION_CONTROL = 8 };

struct operation {
    const char *name;     /* as the service spells it */
    const char *method;   /* HTTP method */
    const char *path;     /* "{restApiId}" parts are filled from the input members of that name */
    const char *query;    /* input members that travel in the query, "limit,position", or NULL;
                             arrays repeat the name, members of an object become parameters */
    unsigned char access; /* OPERATION_READ passes the read-only gate; reads are idempotent */
    const char *page_in;  /* request member that continues a listing, or NULL */
    const char *page_out; /* response member it is copied from, or NULL */
    const char *payload;  /* string member sent as the whole body, or NULL: a JSON object */
    const char *accept;   /* string member that travels as the Accept header, or NULL */
    const char *renamed;  /* "integrationHttpMethod=httpMethod": member and its name in the body,
                             where the path has taken that name; or NULL */
};

/* Rows of the protocols where the name says all. */
#define SERVICE_CALL(n, a)                                                                         \
    {                                                                                              \
        .name = (n), .method = "POST", .path = "/", .access = (a)                                  \
    }
#define SERVICE_LISTING(n, a, in, out)                                                             \
    {                                                                                              \
        .name = (n), .method = "POST", .path = "/", .access = (a), .page_in = (in),                \
        .page_out = (out)                                                                          \
    }

struct service {
    const char *name;          /* "dynamodb": in profiles, journal, API statement */
    const char *signing_name;  /* "dynamodb", "apigateway", "monitoring", "logs" ... */
    const char *host_prefix;   /* "dynamodb" of dynamodb.eu-west-1.amazonaws.com */
    const char *target_prefix; /* "DynamoDB_20120810", or NULL */
    const char *json_version;  /* "1.0", "1.1", or NULL */
    const char *query_version; /* Version of the query protocol, "2011-06-15", or NULL */
    enum service_protocol protocol;
    const struct operation *operation; /* sorted by name */
    size_t operation_count;
};

extern const struct service service_dynamodb, service_apigateway, service_apigatewayv2,
    service_cloudwatch, service_lambda, service_logs, service_sns, service_streams, service_sts;

/* All services, ended by NULL. */
extern const struct service *const service_table[];
const struct service *service_find(struct text name);
const struct operation *service_operation(const struct service *service, struct text name);
const struct operation *service_operation_string(const struct service *service, const char *name);

#endif
