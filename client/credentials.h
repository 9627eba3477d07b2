#ifndef CLIENT_CREDENTIALS_H
#define CLIENT_CREDENTIALS_H

#include "base/error.h"
#include "client/profile.h"
#include "client/sign.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where keys come from, in this order: the environment, the shared files, credential_process.
 * For a local profile a fixed pair. Refreshed when they end within 5 minutes. Thread-safe.
 * Secrets never leave this module but through the copy taken below, which is wiped.
 */
struct credentials;

struct credentials *credentials_new(const struct profile_set *set, const struct profile *profile,
    struct error *err) MUST_CHECK;
void credentials_free(struct credentials *credentials);

struct credentials_key {
    char access_key[132], secret_key[132];
    char *token;      /* owned, or NULL */
    uint64_t expires; /* wall, 0 = never */
};
/* ERROR_ACCESS with a sentence that names the profile and what to do. */
enum error_code credentials_take(struct credentials *credentials, struct credentials_key *out,
    const atomic_bool *cancel, struct error *err) MUST_CHECK;
void credentials_key_done(struct credentials_key *key); /* wipes */
/* After ExpiredToken: the next take asks the source again. */
void credentials_expire(struct credentials *credentials);

#endif
