#ifndef CLIENT_CREDENTIALS_PARTS_H
#define CLIENT_CREDENTIALS_PARTS_H

#include "base/arena.h"
#include "client/connection.h"
#include "client/credentials.h"
#include "client/signed_send.h"

/* What the sources of keys share; nobody but credentials*.c includes it. */

enum { CREDENTIALS_ANSWER_LIMIT = 64 * 1024, CREDENTIALS_ARENA_LIMIT = 1024 * 1024 };

/* One fetch. */
struct credentials_request {
    const struct credentials_options *options;
    const struct profile_set *set; /* read again for a refresh: the files may have changed */
    const struct profile *profile; /* the one connected to */
    const struct credentials_asker *asker;
};

/* credentials_chain.c: asks whoever gives keys to the profile. */
enum error_code credentials_fetch(const struct credentials_request *request,
    struct credentials_key *out, struct error *err) MUST_CHECK;

/* credentials_key.c. origin is what the sentences name: "the environment", "AssumeRole". */
enum error_code credentials_make_key(struct credentials_key *out, struct text access_key,
    struct text secret_key, struct text token, const char *origin, struct error *err) MUST_CHECK;
/* From JSON with AccessKeyId, SecretAccessKey, the member named token and Expiration. */
enum error_code credentials_read_key(struct text json, const char *token, const char *origin,
    struct credentials_key *out, struct error *err) MUST_CHECK;
/* ISO 8601, also with "UTC" for Z as older tools write it into their caches. */
bool credentials_parse_time(struct text text, uint64_t *wall);
/* A small file named by the user; errors name it. The content is to be wiped with buf_wipe. */
enum error_code credentials_read_file(const char *path, struct buf *out,
    struct error *err) MUST_CHECK;

/* credentials_send.c */
struct credentials_exchange {
    const char *what;            /* "AssumeRole": begins every sentence */
    const char *service;         /* "sts": in the journal */
    const char *operation;       /* there; NULL: what */
    struct http_request request; /* cancel, limit and, if it is 0, the time limit are filled in */
    const struct signature *signature; /* NULL: unsigned; its time is filled in */
    unsigned attempts;                 /* 0: 3 */
};
/* Where a service of the chain is reached: what an option or the profile says, else AWS's own. */
struct credentials_place {
    struct buf url; /* no slash behind */
    const char *unix_socket;
};
enum error_code credentials_find_place(const struct credentials_request *request,
    const struct profile *profile, const char *service, const char *host_prefix, const char *region,
    struct credentials_place *place, struct error *err) MUST_CHECK;
/*
 * Sends, again after a failure that may pass, and with the clock set right once. ERROR_NONE: the
 * status is below 300. ERROR_NETWORK: nobody there, or it fails; ERROR_ACCESS: it refuses, with
 * its own sentence. reply must be initialised; credentials_reply_done wipes it. The journal gets an
 * entry without bodies.
 */
enum error_code credentials_send(const struct credentials_request *request,
    struct credentials_exchange *exchange, struct reply *reply, struct error *err) MUST_CHECK;
void credentials_reply_done(struct reply *reply);
uint64_t credentials_now(const struct credentials_request *request); /* wall, as they have it */

/* credentials_role.c. base: the keys that may assume the role of profile. */
enum error_code credentials_from_role(const struct credentials_request *request,
    const struct profile *profile, const struct credentials_key *base, struct credentials_key *out,
    struct error *err) MUST_CHECK;
/* Where the role of profile is assumed; *region is that of the signature. */
enum error_code credentials_find_sts(const struct credentials_request *request,
    const struct profile *profile, const char **region, struct credentials_place *place,
    struct error *err) MUST_CHECK;
/* False when the AWS CLI's cache holds no session of this role that lasts. */
bool credentials_from_cli_cache(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out);
/* named: the profile says which role and token file; else the environment does. */
enum error_code credentials_from_web_identity(const struct credentials_request *request,
    const struct profile *profile, bool named, struct credentials_key *out,
    struct error *err) MUST_CHECK;

/* credentials_sso.c */
enum error_code credentials_from_sso(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out, struct error *err) MUST_CHECK;

/* credentials_metadata.c */
bool credentials_in_container(void);
bool credentials_may_ask_instance(void);
enum error_code credentials_from_container(const struct credentials_request *request,
    struct credentials_key *out, struct error *err) MUST_CHECK;
/* *absent: no such service here, or the instance has no role; err then says which. */
enum error_code credentials_from_instance(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out, bool *absent,
    struct error *err) MUST_CHECK;

#endif
