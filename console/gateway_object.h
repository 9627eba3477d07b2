#ifndef CONSOLE_GATEWAY_OBJECT_H
#define CONSOLE_GATEWAY_OBJECT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "console/gateway_call.h"
#include "console/gateway_catalog.h"
#include "console/job.h"
#include "console/session.h"

#include <stdbool.h>

/*
 * What a gateway statement changes, as one JSON object: UNDO compares it and puts it back. Left out
 * is what differs between two objects that do the same (ids, dates; language.md G18) and what the
 * service fills in as null.
 */
enum gateway_object_kind {
    GATEWAY_OBJECT_ROUTE,    /* with its integration */
    GATEWAY_OBJECT_SETTINGS, /* those of a route in a stage: throttle, cache, logging */
    GATEWAY_OBJECT_STAGE,
    GATEWAY_OBJECT_API, /* with its routes and stages */
    GATEWAY_OBJECT_KINDS
};

struct gateway_object {
    enum gateway_object_kind kind;
    struct text api, of; /* id and name of the API */
    struct text name;    /* "GET /pets"; of a stage */
    struct text stage;   /* of the settings of a route */
};

/* "route GET /pets of shop", as the states of route statements spell it. */
void gateway_object_add_name(struct buf *out, const struct gateway_object *object);
/* One JSON object that gateway_object_parse reads; its texts point into the tree. */
void gateway_object_write(struct json_writer *writer, const struct gateway_object *object);
enum error_code gateway_object_parse(const struct json *json, struct gateway_object *out,
    struct error *err) MUST_CHECK;

/* Reads what the state is made of; NULL with ERROR_NOT_FOUND when there is no such API. */
struct gateway_api *gateway_object_load(struct job *job, struct link **link,
    const struct gateway_object *object, struct error *err) MUST_CHECK;

/*
 * The state from what was read, in the arena; empty when there is no such object. for_file: values
 * that hold secrets are GATEWAY_MASK.
 */
#define GATEWAY_MASK "********"
enum error_code gateway_object_state(struct arena *arena, const struct gateway_api *api,
    const struct gateway_object *object, bool for_file, struct text *out,
    struct error *err) MUST_CHECK;
/* The same for a route that is at hand; NULL: none. */
enum error_code gateway_route_state(struct arena *arena, const struct gateway_route *route,
    bool for_file, struct text *out, struct error *err) MUST_CHECK;
/* The state as a tree; NULL for an empty one. */
enum error_code gateway_state_parse(struct arena *arena, struct text state, const struct json **out,
    struct error *err) MUST_CHECK;

/* Equal, whatever the order of members; what is masked in kept is equal to any string. */
bool gateway_state_equal(const struct json *now, const struct json *kept);
bool gateway_state_has_mask(const struct json *kept);

/*
 * What has to stand there for the change from base to wanted to be made where now stands: members
 * that the change does not touch stay as they are. ERROR_CONDITION when one that it touches is no
 * more as in base; ERROR_REFUSED when it would be a masked value. Absent objects are NULL; equal
 * to now means that nothing is left to do.
 */
enum error_code gateway_state_merge(struct arena *arena, const struct json *now,
    const struct json *base, const struct json *wanted, const struct json **out,
    struct error *err) MUST_CHECK;
/* Fills err with why a secret cannot be put back; returns ERROR_REFUSED. */
enum error_code gateway_fail_secret(struct error *err);

/* The settings of a route in a stage that was read, as they stand there; NULL: it has none. */
const struct json *gateway_object_settings(const struct gateway_api *api,
    const struct gateway_object *object);
/* What the settings of a route stand under in a stage: "~1pets/GET" (v1), "GET /pets" (v2). */
void gateway_add_settings_key(struct buf *out, struct text route, char kind);

/* "at once", or "after DEPLOY" when no stage takes changes of routes by itself (language.md G8). */
enum error_code gateway_live(struct job *job, struct link *link, struct gateway_api *api,
    const char **live, struct error *err) MUST_CHECK;

/* Adds the calls that make wanted of what stands there; ERROR_INVALID when none can. */
enum error_code gateway_object_restore(struct job *job, struct plan *plan, struct gateway_api *api,
    const struct gateway_object *object, const struct json *now, const struct json *wanted,
    struct gateway_steps *steps, struct error *err) MUST_CHECK;

#endif
