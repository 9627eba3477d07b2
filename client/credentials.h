#ifndef CLIENT_CREDENTIALS_H
#define CLIENT_CREDENTIALS_H

#include "base/buf.h"
#include "base/error.h"
#include "client/http.h"
#include "client/journal.h"
#include "client/profile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where keys come from, in the order of the AWS tools: the environment, for the profile that it
 * chooses; what the profile says (a role, a web identity, single sign-on, the shared files,
 * credential_process); a web identity, a container or the instance, when the profile says nothing.
 * For a local profile a fixed pair. Thread-safe: one thread fetches, the others wait or go on with
 * what still lasts. Secrets never leave this module but through the copy taken below, which is
 * wiped, and are written nowhere but, renewed, into the token file of single sign-on.
 */
struct credentials;

/* Everything is kept and must outlive the credentials. */
struct credentials_options {
    const struct profile_set *profiles;
    const struct profile *profile;
    const char *region;                              /* of the connection, or "" */
    const struct service_endpoint *service_endpoint; /* or NULL */
    struct http_pool *pool;
    _Atomic int64_t *skew;   /* wall clock of the services minus ours; learned here too */
    struct journal *journal; /* of the calls that are made for them; or NULL */
};

struct credentials *credentials_new(const struct credentials_options *options,
    struct error *err) MUST_CHECK;
void credentials_free(struct credentials *credentials);

struct credentials_key {
    char access_key[132], secret_key[132];
    char *token;      /* owned, or NULL */
    uint64_t expires; /* wall of the service, 0 = never */
    uint64_t serial;  /* tells one fetch from another; above 0 */
};

/* Who waits for the keys. */
struct credentials_asker {
    const atomic_bool *cancel; /* NULL: none */
    uint64_t deadline;         /* monotonic; 0: none */
    uint64_t statement;        /* for the journal, as in struct call_context */
    const char *who;           /* the same; NULL: nobody */
    bool is_background;        /* asks by itself, again and again: not a person who has said no, nor
                                  at once after a failure */
    /* Asks a person for the code of a device: one line without its end. False with err set:
       ERROR_REFUSED when the person gives none. NULL: nobody can be asked. */
    bool (*ask_code)(void *user, const char *question, char *out, size_t size, struct error *err);
    void *user;
};

/*
 * asker may be NULL. ERROR_ACCESS with a sentence that names the profile and what to do,
 * ERROR_NETWORK when who gives them cannot be reached, ERROR_USAGE when the profile contradicts
 * itself, ERROR_CANCELLED.
 */
enum error_code credentials_take(struct credentials *credentials,
    const struct credentials_asker *asker, struct credentials_key *out,
    struct error *err) MUST_CHECK;
void credentials_key_done(struct credentials_key *key); /* wipes */
/* After ExpiredToken: the next take asks the source again, unless it has been asked since. */
void credentials_expire(struct credentials *credentials, uint64_t serial);
/* When what is held ends (wall of the service); 0: never, or nothing is held. */
uint64_t credentials_expires(struct credentials *credentials);

/* Where the keys of a profile would come from, without asking: "role NAME from PROFILE". */
void credentials_add_origin(const struct profile_set *set, const struct profile *profile,
    struct buf *out);

#endif
