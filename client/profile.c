#include "client/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "client/profile_parts.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024, PATH_LIMIT = 4096 };

/*
 * Names of a service in AWS_ENDPOINT_URL_.. and in a services section ("Service-specific
 * endpoints", AWS SDKs and Tools Reference Guide).
 */
const struct profile_service profile_service_table[PROFILE_SERVICES] = {
    {"apigateway", "AWS_ENDPOINT_URL_API_GATEWAY", "api_gateway"},
    {"apigatewayv2", "AWS_ENDPOINT_URL_APIGATEWAYV2", "apigatewayv2"},
    {"cloudwatch", "AWS_ENDPOINT_URL_CLOUDWATCH", "cloudwatch"},
    {"dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "dynamodb"},
    {"lambda", "AWS_ENDPOINT_URL_LAMBDA", "lambda"},
    {"logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "cloudwatch_logs"},
    {"sns", "AWS_ENDPOINT_URL_SNS", "sns"},
    {"sso", "AWS_ENDPOINT_URL_SSO", "sso"},
    {"sso-oidc", "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"},
    {"streams", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "dynamodb_streams"},
    {"sts", "AWS_ENDPOINT_URL_STS", "sts"},
};

void profile_set_free(struct profile_set *set)
{
    if (!set)
        return;
    mem_free(set->entry);
    mem_free(set->profile);
    mem_free(set->warning);
    arena_free(set->arena);
    mem_free(set);
}

/* A copy of a non-empty environment variable; *out stays NULL when there is none. */
static enum error_code take_variable(struct profile_set *set, const char *name, const char **out,
    struct error *err)
{
    const char *value = getenv(name);

    if (!value || !*value)
        return ERROR_NONE;
    *out = arena_string(set->arena, text_of(value));
    return *out ? ERROR_NONE : arena_failed(set->arena, err);
}

static const char *find_value(const struct profile_set *set, enum section section,
    enum source source, const char *name, const char *group, const char *key)
{
    const char *value = NULL;

    for (size_t i = 0; i < set->entry_count; i++) {
        const struct entry *entry = &set->entry[i];

        if (entry->section == section && entry->source == source && !strcmp(entry->name, name) &&
            !strcmp(entry->group, group) && !strcmp(entry->key, key))
            value = entry->value; /* the last one counts, as for the AWS tools */
    }
    return value;
}

const char *profile_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = NULL;

    for (int source = SOURCE_OWN; source <= SOURCE_AWS_CREDENTIALS && !value; source++)
        value = find_value(set, SECTION_PROFILE, (enum source)source, profile->name, "", key);
    return value && *value ? value : NULL;
}

const char *service_endpoint_find(const struct service_endpoint *list, const char *service)
{
    const char *url = NULL;

    for (; list && list->service; list++)
        if (strcmp(list->service, service) == 0)
            url = list->url; /* the last one counts */
    return url;
}

const char *profile_sso_session_value(const struct profile_set *set, const char *session,
    const char *key)
{
    const char *value = find_value(set, SECTION_SSO_SESSION, SOURCE_AWS_CONFIG, session, "", key);

    return value && *value ? value : NULL;
}

static const char *own_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = find_value(set, SECTION_PROFILE, SOURCE_OWN, profile->name, "", key);

    return value && *value ? value : NULL;
}

static const char *aws_value(const struct profile_set *set, const struct profile *profile,
    const char *key)
{
    const char *value = find_value(set, SECTION_PROFILE, SOURCE_AWS_CONFIG, profile->name, "", key);

    return value && *value ? value : NULL;
}

/* The choice that the value is, in any case, or NULL. */
static const char *one_of(const char *value, const char *const *choice)
{
    while (*choice && !text_is_ignoring_case(text_of(value), *choice))
        choice++;
    return *choice;
}

static enum error_code fill_safety(struct profile_set *set, struct profile *profile,
    struct error *err)
{
    static const char *const environment[] = {"prod", "stage", "test", "dev", "local", NULL};
    static const char *const yes[] = {"yes", "true", "on", NULL};
    static const char *const no[] = {"no", "false", "off", NULL};
    const char *read_only = own_value(set, profile, "read-only");
    const char *named = own_value(set, profile, "env");
    struct error safe = {0};
    enum error_code code = ERROR_NONE;

    profile->environment = named ? one_of(named, environment) : profile->is_local ? "local" : "";
    if (!profile->environment) {
        profile->environment = "prod";
        error_set(&safe, ERROR_USAGE,
            "profile %s: env = %s is none of prod, stage, test, dev, local: prod", profile->name,
            named);
        code = profile_warn(set, safe.text, err);
    }
    if (read_only && !code && !one_of(read_only, yes) && !one_of(read_only, no)) {
        error_set(&safe, ERROR_USAGE, "profile %s: read-only = %s is neither yes nor no: yes",
            profile->name, read_only);
        code = profile_warn(set, safe.text, err);
    }
    profile->read_only =
        (read_only && !one_of(read_only, no)) || strcmp(profile->environment, "prod") == 0;
    return code;
}

/* own file, then environment, then AWS config: what a profile says of itself moves nowhere. */
static enum error_code fill_profile(struct profile_set *set, struct profile *profile,
    const char *socket, struct error *err)
{
    const char *own = own_value(set, profile, "endpoint");

    profile->is_local = !strcmp(profile->name, "local") && !own;
    profile->unix_socket = profile->is_local ? socket : NULL;
    profile->endpoint = own;
    if (!own && !profile->is_local && !set->ignore_endpoints)
        profile->endpoint = set->endpoint ? set->endpoint : aws_value(set, profile, "endpoint_url");
    profile->region = own_value(set, profile, "region");
    if (!profile->region)
        profile->region = set->region ? set->region : profile_value(set, profile, "region");
    /* An endpoint of one's own needs some region in the signature, AWS a certain one. */
    if (!profile->region)
        profile->region = profile->is_local || profile->endpoint ? "us-east-1" : "";
    profile->api = own_value(set, profile, "api");
    profile->stage = own_value(set, profile, "stage");
    profile->dialect = own_value(set, profile, "dialect");
    profile->invoke_url = own_value(set, profile, "invoke-url");
    return fill_safety(set, profile, err);
}

/* Keys, the token of a pod or the address of a container's agent. */
static bool has_environment(void)
{
    static const char *const variable_table[] = {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

    for (size_t i = 0; i < sizeof variable_table / sizeof variable_table[0]; i++) {
        const char *value = getenv(variable_table[i]);

        if (value && *value)
            return true;
    }
    return false;
}

static enum error_code fill_profiles(struct profile_set *set, struct error *err)
{
    struct error failed = {0};
    enum error_code code = ERROR_NONE;
    char *socket = NULL;
    struct buf path;

    /* Keys, an endpoint or a region in the environment make a profile, as for the AWS tools. */
    if (((has_environment() || set->endpoint || set->region) &&
            !profile_add(set, TEXT("default"))) ||
        !profile_add(set, TEXT("local")))
        return error_memory(err);
    buf_init(&path, PATH_LIMIT);
    if (path_make(PATH_RUNTIME, "local.sock", false, &path, &failed))
        code = profile_warn_failure(set, &failed, err);
    else if (!(socket = arena_string(set->arena, buf_view(&path))))
        code = error_memory(err);
    buf_done(&path);
    for (size_t i = 0; i < set->profile_count && !code; i++)
        code = fill_profile(set, &set->profile[i], socket, err);
    return code;
}

static bool has_credentials(const struct profile_set *set, const struct profile *profile)
{
    return profile->endpoint || has_environment() ||
           profile_value(set, profile, "aws_access_key_id") ||
           profile_value(set, profile, "credential_process") ||
           profile_value(set, profile, "role_arn") || profile_value(set, profile, "sso_session") ||
           profile_value(set, profile, "sso_start_url");
}

static enum error_code choose_initial(struct profile_set *set, struct error *err)
{
    const struct profile *usual = profile_find(set, TEXT("default"));
    const char *named = getenv("AWS_PROFILE");
    struct error safe = {0};

    set->initial = profile_find(set, TEXT("local"));
    if (!named || !*named)
        named = getenv("AWS_DEFAULT_PROFILE");
    if (named && *named) {
        const struct profile *profile = profile_find(set, text_of(named));

        if (profile) {
            set->initial = profile;
            return ERROR_NONE;
        }
        /* Not the default profile: that could be another account than the one meant. */
        error_set(&safe, ERROR_USAGE,
            "AWS_PROFILE names %s, which is no profile: the console begins with local, a script "
            "fails",
            named);
        set->missing = arena_string(set->arena, text_of(named));
        return set->missing ? profile_warn(set, safe.text, err) : arena_failed(set->arena, err);
    }
    if (usual && has_credentials(set, usual))
        set->initial = usual;
    return ERROR_NONE;
}

static enum error_code read_environment(struct profile_set *set, struct error *err)
{
    const char *ignore = getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    enum error_code code;

    set->ignore_endpoints = ignore && text_is_ignoring_case(text_of(ignore), "true");
    code = take_variable(set, "AWS_DEFAULT_REGION", &set->region, err);
    if (!code)
        code = take_variable(set, "AWS_REGION", &set->region, err);
    if (!code)
        code = take_variable(set, "AWS_ENDPOINT_URL", &set->endpoint, err);
    for (size_t i = 0; i < PROFILE_SERVICES && !code; i++)
        code =
            take_variable(set, profile_service_table[i].variable, &set->service_endpoint[i], err);
    return code;
}

struct profile_set *profile_load(struct error *err)
{
    struct profile_set *set = mem_new(1, sizeof *set);
    enum error_code code;

    if (!set) {
        error_memory(err);
        return NULL;
    }
    set->arena = arena_new(ARENA_LIMIT, err);
    if (!set->arena) {
        profile_set_free(set);
        return NULL;
    }
    code = read_environment(set, err);
    if (!code)
        code = profile_read_own(set, err);
    if (!code)
        code = profile_read_aws(set, SOURCE_AWS_CONFIG, "AWS_CONFIG_FILE", "~/.aws/config", err);
    if (!code)
        code = profile_read_aws(set, SOURCE_AWS_CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE",
            "~/.aws/credentials", err);
    if (!code)
        code = fill_profiles(set, err);
    if (!code)
        code = choose_initial(set, err);
    if (code) {
        profile_set_free(set);
        return NULL;
    }
    return set;
}

const struct profile *profile_find(const struct profile_set *set, struct text name)
{
    for (size_t i = 0; i < set->profile_count; i++)
        if (text_is(name, set->profile[i].name))
            return &set->profile[i];
    return NULL;
}

size_t profile_count(const struct profile_set *set)
{
    return set->profile_count;
}

const struct profile *profile_at(const struct profile_set *set, size_t index)
{
    return index < set->profile_count ? &set->profile[index] : NULL;
}

const struct profile *profile_initial(const struct profile_set *set)
{
    return set->initial;
}

const char *profile_missing(const struct profile_set *set)
{
    return set->missing;
}

const char *profile_warning(const struct profile_set *set, size_t index)
{
    return index < set->warning_count ? set->warning[index] : NULL;
}

const char *profile_endpoint(const struct profile_set *set, const struct profile *profile,
    const char *service)
{
    const char *own, *services = profile_value(set, profile, "services"), *url = NULL;
    char key[64];

    snprintf(key, sizeof key, "endpoint-%s", service);
    own = own_value(set, profile, key);
    if (own)
        return own;
    if (profile->is_local || set->ignore_endpoints || own_value(set, profile, "endpoint"))
        return profile->endpoint;
    for (size_t i = 0; i < PROFILE_SERVICES; i++) {
        if (strcmp(profile_service_table[i].service, service) != 0)
            continue;
        url = set->service_endpoint[i];
        /* AWS_ENDPOINT_URL goes before what a file says of one service. */
        if (!url && services && !set->endpoint)
            url = find_value(set, SECTION_SERVICES, SOURCE_AWS_CONFIG, services,
                profile_service_table[i].group, "endpoint_url");
    }
    return url ? url : profile->endpoint;
}
