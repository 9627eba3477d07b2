#include "endpoint/gateway/fingerprint.h"

#include <string.h>

#include "base/mem.h"
#include "endpoint/gateway/snapshot.h"
#include "endpoint/gateway/state.h"

struct fingerprint {
    uint64_t version; /* of the store when it was made */
    char hex[FINGERPRINT_LENGTH + 1];
};

static struct fingerprint *find(struct gateway *gateway, struct text api)
{
    struct fingerprint *found = map_get(gateway->fingerprints, api);

    if (found)
        return found;
    found = mem_new(1, sizeof *found);
    if (found && !map_set(gateway->fingerprints, api, found)) {
        mem_free(found);
        return NULL;
    }
    return found;
}

static const char *working(struct gateway *gateway, const struct record *api)
{
    struct fingerprint *kept = find(gateway, api->id);
    struct snapshot snapshot;
    struct arena *arena;
    struct error err;

    if (!kept)
        return NULL;
    if (kept->version == gateway_store_version(gateway->store))
        return kept->hex;
    arena = arena_new(SNAPSHOT_LIMIT, &err);
    if (!arena)
        return NULL;
    if (snapshot_make(gateway->store, api, arena, &snapshot, &err) == ERROR_NONE) {
        memcpy(kept->hex, snapshot.hash.data, FINGERPRINT_LENGTH);
        kept->version = gateway_store_version(gateway->store);
    } else {
        kept = NULL;
    }
    arena_free(arena);
    return kept ? kept->hex : NULL;
}

const char *fingerprint_header(struct gateway *gateway, const struct record *api,
    const struct text *deployment, struct arena *arena)
{
    const char *now = working(gateway, api);
    const char *header = NULL;
    struct error err;
    struct buf hash;

    if (!now || !deployment)
        return now;
    if (deployment->length == 0)
        return arena_format(arena, "%s -", now);
    buf_init(&hash, 256);
    if (gateway_store_read_hash(gateway->store, api->id, *deployment, &hash, &err) == ERROR_NONE)
        header = arena_format(arena, "%s %.*s", now, FINGERPRINT_LENGTH, buf_string(&hash));
    buf_done(&hash);
    return header;
}

void fingerprint_done(struct gateway *gateway)
{
    struct text key;
    void *value;

    if (!gateway->fingerprints)
        return;
    for (size_t at = 0; map_next(gateway->fingerprints, &at, &key, &value);)
        mem_free(value);
    map_free(gateway->fingerprints);
    gateway->fingerprints = NULL;
}
