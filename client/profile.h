#ifndef CLIENT_PROFILE_H
#define CLIENT_PROFILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Named ways to reach a service: gatehouse's own config file first, then the AWS config and
 * credentials files, then the environment (AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE,
 * AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB ...). Profile "local" always exists: the embedded
 * endpoint on its unix socket. A profile set does not change after loading.
 *
 * What the own file says of a profile goes before the environment, so that no variable moves it to
 * another region or endpoint; the environment goes before the AWS files. Keys of "[profile NAME]"
 * there: region, endpoint (or unix:/path), endpoint-SERVICE, env, read-only, api, stage, dialect,
 * invoke-url, aws-profile (whose credentials to use), pace; others by profile_value.
 */
struct profile_set;

struct profile {
    const char *name;
    const char *environment; /* "prod", "stage", "test", "dev", "local", or "" */
    const char *region;      /* never NULL; "us-east-1" for local when none is said */
    const char *endpoint;    /* URL for every service, or NULL: amazonaws.com */
    const char *unix_socket; /* of the embedded endpoint, or NULL */
    const char *api, *stage; /* defaults for scope, or NULL */
    const char *dialect;     /* or NULL */
    const char *invoke_url;  /* base of data plane calls, or NULL */
    bool read_only;          /* read-only = yes, or env = prod */
    bool is_local;           /* embedded endpoint: no STS call, spawn when absent */
};

/* Loads all sources. Broken lines are warnings (profile_set_warning), not failures. */
struct profile_set *profile_load(struct error *err) MUST_CHECK;
void profile_set_free(struct profile_set *set);
const struct profile *profile_find(const struct profile_set *set, struct text name);
size_t profile_count(const struct profile_set *set);
const struct profile *profile_at(const struct profile_set *set, size_t index);
/* The one to use when none is named: AWS_PROFILE, "default" when it exists with credentials or an
   endpoint, else "local". */
const struct profile *profile_initial(const struct profile_set *set);
/* What AWS_PROFILE names when that is no profile, else NULL; the initial one is then "local". */
const char *profile_missing(const struct profile_set *set);
const char *profile_warning(const struct profile_set *set, size_t index); /* NULL at the end */
/* Any key of the profile's section, own file first; NULL when absent. */
const char *profile_value(const struct profile_set *set, const struct profile *profile,
    const char *key);
/* What an option says of one service; a list ends with service NULL. */
struct service_endpoint {
    const char *service, *url;
};
const char *service_endpoint_find(const struct service_endpoint *list, const char *service);

/* A key of the section [sso-session NAME] of the AWS config; NULL when absent. */
const char *profile_sso_session_value(const struct profile_set *set, const char *session,
    const char *key);
/* endpoint_url of one service ("dynamodb"), from AWS_ENDPOINT_URL_DYNAMODB, the services section
   or the profile; NULL when none. */
const char *profile_endpoint(const struct profile_set *set, const struct profile *profile,
    const char *service);

#endif
