#ifndef CLIENT_PROFILE_PARTS_H
#define CLIENT_PROFILE_PARTS_H

#include "base/arena.h"
#include "client/profile.h"

/* What profile_read.c reads and profile.c answers from; nobody else includes it. */

/* In the order in which they answer. */
enum source { SOURCE_OWN, SOURCE_AWS_CONFIG, SOURCE_AWS_CREDENTIALS };

enum section { SECTION_OTHER, SECTION_PROFILE, SECTION_SERVICES, SECTION_SSO_SESSION };

struct entry {
    enum source source;
    enum section section;
    const char *name;  /* of the profile, or of the services section */
    const char *group; /* "" or the key it is nested under */
    const char *key, *value;
};

/* Names of a service in AWS_ENDPOINT_URL_.. and in a services section. */
struct profile_service {
    const char *service, *variable, *group;
};
enum { PROFILE_SERVICES = 11 };
extern const struct profile_service profile_service_table[PROFILE_SERVICES];

struct profile_set {
    struct arena *arena; /* all strings */
    struct entry *entry;
    size_t entry_count, entry_size;
    struct profile *profile;
    size_t profile_count, profile_size;
    const char **warning;
    size_t warning_count, warning_size;
    const struct profile *initial;
    const char *missing;   /* what AWS_PROFILE names and nobody knows, or NULL */
    bool ignore_endpoints; /* AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: also of the environment */
    const char *region, *endpoint;
    const char *service_endpoint[PROFILE_SERVICES];
};

/* A line that the user should see. Only memory is worth giving up for. */
enum error_code profile_warn(struct profile_set *set, const char *text,
    struct error *err) MUST_CHECK;
/* The same for what could not be read, which is left out. */
enum error_code profile_warn_failure(struct profile_set *set, const struct error *failed,
    struct error *err) MUST_CHECK;

/* The profile of that name, made when there is none yet, or NULL without memory. */
struct profile *profile_add(struct profile_set *set, struct text name);

/* gatehouse's own file, and one of the AWS tools: at variable, else at fallback. */
enum error_code profile_read_own(struct profile_set *set, struct error *err) MUST_CHECK;
enum error_code profile_read_aws(struct profile_set *set, enum source source, const char *variable,
    const char *fallback, struct error *err) MUST_CHECK;

#endif
