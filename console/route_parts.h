#ifndef CONSOLE_ROUTE_PARTS_H
#define CONSOLE_ROUTE_PARTS_H

#include "console/route_spec.h"

/* Requests about routes, piece by piece: what making, changing and putting back have in common. */

/* "\"restApiId\":..,\"resourceId\":..,\"httpMethod\":.." with a resource that may be a marker; NULL:
   no memory, here and below. */
char *route_method_members(struct route_change *change, const char *resource);

/* ",\"name\":value" for each member as it stands, but for what a request says elsewhere: parts of
   their own, the status and the method, which an integration calls integrationHttpMethod. */
char *route_copy_members(struct arena *arena, const struct json *object, bool is_integration);

/* The same for all members but those in skip, NULL at its end. */
char *route_copy_but(struct arena *arena, const struct json *object, const char *const *skip);

/* The same for the members of wanted that differ in now: v2 keeps what it is not told. */
char *route_copy_changed(struct arena *arena, const struct json *now, const struct json *wanted);

/* A part of a JSON Patch path: ~ and / are escaped (RFC 6901). */
void route_add_pointer_part(struct buf *out, struct text part);

/* What a patch operation says of a scalar: always a string. */
void route_add_patch_value(struct buf *out, const struct json *value);

/*
 * JSON Patch operations of v1, "{..},{..}", that make wanted of now: scalars, maps of them, lists of
 * strings. Members in skip (NULL at its end) are passed over. prefix: "" or "/variables".
 */
void route_add_patch(struct buf *out, const char *prefix, const struct json *now,
    const struct json *wanted, const char *const *skip);

/* v1: CreateResource for each level that is missing; *resource is the quoted id or a marker. */
enum error_code route_rest_add_resources(struct route_change *change, const char **resource,
    struct error *err) MUST_CHECK;
/* v1: how to bring the integration of change->route back when a later step fails: its responses
   first, which are steps for their undo alone, then, behind the step that replaces it, itself. */
enum error_code route_rest_keep_responses(struct route_change *change, const char *resource,
    struct error *err) MUST_CHECK;
bool route_rest_keep_integration(struct route_change *change, const char *resource);

/* v2: routes of the API that use it. */
size_t route_http_users(const struct gateway_api *api, struct text integration);

/* Adds the calls that make wanted of the route as it stands: states of gateway_object.h, NULL for
   absent. */
enum error_code route_rest_restore(struct route_change *change, const struct json *wanted,
    struct error *err) MUST_CHECK;
enum error_code route_http_restore(struct route_change *change, const struct json *wanted,
    struct error *err) MUST_CHECK;

#endif
