#ifndef ENDPOINT_GATEWAY_STAGES_H
#define ENDPOINT_GATEWAY_STAGES_H

#include "base/error.h"
#include "base/json.h"
#include "endpoint/gateway/definition.h"
#include "endpoint/gateway/gateway_store.h"
#include "endpoint/gateway/limits.h"

#include <stdbool.h>

/*
 * What serves a stage: its compiled deployment, variables and token buckets. Made on the first
 * request after a change of the stage; requests under way keep the one they began with.
 * gateway.md 5, 21. Loop thread only.
 */
struct stages;

struct live_stage {
    unsigned users;
    struct text account, api_id, api_name, name; /* owned, in the arena */
    struct definition *definition;               /* NULL: broken, see why */
    struct definition *canary;                   /* or NULL */
    double canary_percent;
    const struct json *variables, *canary_variables; /* objects, or NULL */
    struct limits_bucket *bucket;                    /* by index of the definition's methods */
    bool is_draft; /* never deployed: serves the working definition */
    char why[256]; /* of a broken definition */
    /* how stages.c knows that it is stale */
    uint64_t stage_version, api_version, store_version;
    struct arena *arena;
    struct text deployment, canary_deployment;
};

struct stages *stages_new(void); /* NULL: out of memory */
void stages_free(struct stages *stages);

/*
 * The stage of that name; one user more, who calls stages_release. NULL: there is none, or memory
 * is out (err->code tells: ERROR_NOT_FOUND or ERROR_MEMORY).
 */
struct live_stage *stages_find(struct stages *stages, struct gateway_store *store,
    const struct record *api, struct text name, struct error *err) MUST_CHECK;
void stages_release(struct live_stage *stage);
/* Lets go of the stages that are no longer stored. */
void stages_forget(struct stages *stages, const struct gateway_store *store);

#endif
