#ifndef ENDPOINT_GATEWAY_SNAPSHOT_H
#define ENDPOINT_GATEWAY_SNAPSHOT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "endpoint/gateway/gateway_store.h"

/*
 * The working definition of an API as one JSON text: what a deployment keeps, what definition.h
 * compiles. REST: {"kind": "REST", settings, "resources": [...]} by path; HTTP: {"kind": "HTTP",
 * settings, "routes": [...]} by route key, each with its integration inside.
 */
enum { SNAPSHOT_LIMIT = 64 * 1024 * 1024, SNAPSHOT_HASH = 64 };

/* Both texts live in the arena; hash: SHA-256 in hex over the definition without identifiers. */
struct snapshot {
    struct text json, hash;
};
enum error_code snapshot_make(const struct gateway_store *store, const struct record *api,
    struct arena *arena, struct snapshot *out, struct error *err) MUST_CHECK;

#endif
