#include "client/credentials_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/credentials_process.h"

/*
 * Which source gives keys to a profile. Decided from files and variables alone, so that SHOW
 * PROFILES can say it; then asked.
 */

enum { CHAIN_LIMIT = 10 };

enum source {
    SOURCE_NONE,
    SOURCE_FIXED, /* the embedded endpoint, or another without TLS: such take any key */
    SOURCE_ENVIRONMENT,
    SOURCE_ROLE,
    SOURCE_WEB_IDENTITY,
    SOURCE_SSO,
    SOURCE_FILES,
    SOURCE_PROCESS,
    SOURCE_ENVIRONMENT_WEB_IDENTITY,
    SOURCE_CONTAINER,
    SOURCE_INSTANCE
};

/* Roles to assume, the one of the profile itself first, and who gives the first keys. */
struct chain {
    const struct profile *role[CHAIN_LIMIT];
    size_t count;
    const struct profile *base;
    enum source source;
};

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

static bool has_key_pair(const struct profile_set *set, const struct profile *profile)
{
    return profile_value(set, profile, "aws_access_key_id") &&
           profile_value(set, profile, "aws_secret_access_key");
}

/* Of the profile's own, but for a role that another profile may assume. */
static enum source find_direct(const struct profile_set *set, const struct profile *profile)
{
    if (profile_value(set, profile, "web_identity_token_file") &&
        profile_value(set, profile, "role_arn"))
        return SOURCE_WEB_IDENTITY;
    if ((profile_value(set, profile, "sso_session") ||
            profile_value(set, profile, "sso_start_url")) &&
        (profile_value(set, profile, "sso_account_id") ||
            profile_value(set, profile, "sso_role_name")))
        return SOURCE_SSO;
    if (has_key_pair(set, profile))
        return SOURCE_FILES;
    if (profile_value(set, profile, "credential_process"))
        return SOURCE_PROCESS;
    return SOURCE_NONE;
}

static enum source find_own(const struct profile_set *set, const struct profile *profile)
{
    bool has_role = profile_value(set, profile, "role_arn") != NULL;
    enum source direct = find_direct(set, profile);

    if (has_role && (profile_value(set, profile, "source_profile") ||
                        profile_value(set, profile, "credential_source")))
        return SOURCE_ROLE;
    return has_role && direct == SOURCE_NONE ? SOURCE_ROLE : direct;
}

/* The profile whose keys are used: itself, or the one that its own section names. */
static const struct profile *find_origin(const struct profile_set *set,
    const struct profile *profile)
{
    const char *named = profile_value(set, profile, "aws-profile");
    const struct profile *origin = named ? profile_find(set, text_of(named)) : NULL;

    return origin ? origin : profile;
}

/*
 * The keys of the environment are meant for the profile that the environment chooses; another
 * one, opened beside it, uses them only when it has none: COPY must not mix two accounts up.
 */
static enum source find_source(const struct profile_set *set, const struct profile *profile)
{
    enum source own = find_own(set, find_origin(set, profile));
    const char *initial = profile_initial(set)->name;

    if (profile->is_local)
        return SOURCE_FIXED;
    if (is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY") &&
        (own == SOURCE_NONE || !strcmp(initial, profile->name)))
        return SOURCE_ENVIRONMENT;
    if (own != SOURCE_NONE)
        return own;
    if (profile->endpoint && !text_starts_with(text_of(profile->endpoint), TEXT("https://")))
        return SOURCE_FIXED;
    if (is_set("AWS_WEB_IDENTITY_TOKEN_FILE") && is_set("AWS_ROLE_ARN"))
        return SOURCE_ENVIRONMENT_WEB_IDENTITY;
    if (credentials_in_container())
        return SOURCE_CONTAINER;
    return credentials_may_ask_instance() ? SOURCE_INSTANCE : SOURCE_NONE;
}

/* credential_source names where the first keys are, outside of the profiles. */
static enum error_code find_named_source(struct chain *chain, const struct profile *profile,
    const char *name, struct error *err)
{
    static const struct {
        const char *name;
        enum source source;
    } named_table[] = {
        {"Environment", SOURCE_ENVIRONMENT},
        {"EcsContainer", SOURCE_CONTAINER},
        {"Ec2InstanceMetadata", SOURCE_INSTANCE},
    };

    chain->base = profile;
    for (size_t i = 0; i < sizeof named_table / sizeof named_table[0]; i++)
        if (!strcmp(name, named_table[i].name)) {
            chain->source = named_table[i].source;
            return ERROR_NONE;
        }
    error_set(err, ERROR_USAGE, "profile %s: credential_source = %s is not known", profile->name,
        name);
    return error_hint(err, "Environment, EcsContainer or Ec2InstanceMetadata");
}

static enum error_code refuse_loop(const struct chain *chain, const struct profile *again,
    struct error *err)
{
    struct buf way;

    buf_init(&way, 400);
    for (size_t i = 0; i < chain->count; i++)
        buf_add_format(&way, "%s -> ", chain->role[i]->name);
    buf_add_string(&way, again->name);
    error_set(err, ERROR_USAGE, "the roles of the profiles go round in a circle: %s",
        buf_string(&way));
    buf_done(&way);
    return err->code;
}

/* One step back from a role: who may assume it. *next is NULL when the chain is whole. */
static enum error_code follow_role(const struct profile_set *set, struct chain *chain,
    const struct profile *profile, const struct profile **next, struct error *err)
{
    const char *named = profile_value(set, profile, "source_profile");
    const char *elsewhere = profile_value(set, profile, "credential_source");
    const struct profile *source;

    *next = NULL;
    for (size_t i = 0; i < chain->count; i++)
        if (chain->role[i] == profile)
            return refuse_loop(chain, profile, err);
    if (chain->count == CHAIN_LIMIT)
        return error_set(err, ERROR_USAGE, "more than %d roles, one after another", CHAIN_LIMIT);
    chain->role[chain->count++] = profile;
    if (named && elsewhere)
        return error_set(err, ERROR_USAGE,
            "profile %s has both source_profile and credential_source", profile->name);
    if (!named && !elsewhere)
        return error_set(err, ERROR_USAGE,
            "profile %s has a role_arn but neither source_profile nor credential_source",
            profile->name);
    if (elsewhere)
        return find_named_source(chain, profile, elsewhere, err);
    source = profile_find(set, text_of(named));
    if (!source)
        return error_set(err, ERROR_USAGE, "profile %s: there is no source_profile %s",
            profile->name, named);
    /* Keys of its own end the chain, also where a role stands beside them. */
    if (source != profile && !has_key_pair(set, source) && find_own(set, source) == SOURCE_ROLE) {
        *next = source;
        return ERROR_NONE;
    }
    chain->base = source;
    chain->source = find_direct(set, source);
    if (chain->source == SOURCE_NONE && source == profile)
        return refuse_loop(chain, profile, err);
    if (chain->source == SOURCE_NONE)
        return error_set(err, ERROR_ACCESS, "no credentials for profile %s, which profile %s needs",
            source->name, profile->name);
    return ERROR_NONE;
}

static enum error_code find_chain(const struct profile_set *set, const struct profile *profile,
    struct chain *chain, struct error *err)
{
    const struct profile *next = find_origin(set, profile);
    const char *named = profile_value(set, profile, "aws-profile");
    enum error_code code = ERROR_NONE;

    if (named && !text_is(text_of(named), next->name))
        return error_set(err, ERROR_USAGE, "profile %s: there is no aws-profile %s", profile->name,
            named);
    *chain = (struct chain){.base = next, .source = find_source(set, profile)};
    if (chain->source != SOURCE_ROLE)
        return ERROR_NONE;
    while (!code && next)
        code = follow_role(set, chain, next, &next, err);
    return code;
}

static enum error_code take_from_environment(struct credentials_key *out, struct error *err)
{
    const char *expiration = getenv("AWS_CREDENTIAL_EXPIRATION");
    enum error_code code = credentials_make_key(out, text_of(getenv("AWS_ACCESS_KEY_ID")),
        text_of(getenv("AWS_SECRET_ACCESS_KEY")), text_of(getenv("AWS_SESSION_TOKEN")),
        "the environment", err);

    if (!code && expiration)
        clock_parse_iso(text_of(expiration), &out->expires);
    return code;
}

static enum error_code take_from_files(const struct profile_set *set, const struct profile *profile,
    struct credentials_key *out, struct error *err)
{
    return credentials_make_key(out, text_of(profile_value(set, profile, "aws_access_key_id")),
        text_of(profile_value(set, profile, "aws_secret_access_key")),
        text_of(profile_value(set, profile, "aws_session_token")), "the credentials file", err);
}

static enum error_code take_from_process(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out, struct error *err)
{
    const char *command = profile_value(request->set, profile, "credential_process");
    enum error_code code;
    struct buf output;

    buf_init(&output, CREDENTIALS_OUTPUT_LIMIT);
    code = credentials_process_run(command, CREDENTIALS_PROCESS_SECONDS * 1000u,
        request->asker->cancel, &output, err);
    if (!code && !credentials_process_answers(buf_view(&output), err))
        code = err->code;
    if (!code)
        code =
            credentials_read_key(buf_view(&output), "SessionToken", "credential_process", out, err);
    buf_wipe(&output);
    return code;
}

static enum error_code refuse(const struct profile *origin, struct error *err)
{
    error_set(err, ERROR_ACCESS, "no credentials for profile %s", origin->name);
    return error_hint(err,
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure --profile %s",
        origin->name);
}

/* wanted: the profile names the instance; else it is the last that may know. */
static enum error_code take_from_instance(const struct credentials_request *request,
    const struct profile *profile, bool wanted, struct credentials_key *out, struct error *err)
{
    bool absent = false;
    enum error_code code;

    if (!credentials_may_ask_instance())
        return error_set(err, ERROR_ACCESS,
            "AWS_EC2_METADATA_DISABLED, and profile %s wants the keys of the instance",
            profile->name);
    code = credentials_from_instance(request, profile, out, &absent, err);
    return code && absent && !wanted ? refuse(profile, err) : code;
}

static enum error_code take_first(const struct credentials_request *request,
    const struct chain *chain, struct credentials_key *out, struct error *err)
{
    const struct profile *base = chain->base;
    bool is_role = chain->count > 0;

    switch (chain->source) {
    case SOURCE_FIXED:
        return credentials_make_key(out, TEXT("local"), TEXT("local"), TEXT(""), "the endpoint",
            err);
    case SOURCE_ENVIRONMENT:
        if (is_role && !(is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")))
            return error_set(err, ERROR_ACCESS, "profile %s: there are no keys in the environment",
                base->name);
        return take_from_environment(out, err);
    case SOURCE_WEB_IDENTITY:
    case SOURCE_ENVIRONMENT_WEB_IDENTITY:
        return credentials_from_web_identity(request, base, chain->source == SOURCE_WEB_IDENTITY,
            out, err);
    case SOURCE_SSO:
        return credentials_from_sso(request, base, out, err);
    case SOURCE_FILES:
        return take_from_files(request->set, base, out, err);
    case SOURCE_PROCESS:
        return take_from_process(request, base, out, err);
    case SOURCE_CONTAINER:
        if (!credentials_in_container())
            return error_set(err, ERROR_ACCESS, "profile %s: this is no container of ECS or EKS",
                base->name);
        return credentials_from_container(request, out, err);
    case SOURCE_INSTANCE:
        return take_from_instance(request, base, is_role, out, err);
    case SOURCE_ROLE:
    case SOURCE_NONE:
        break;
    }
    return refuse(base, err);
}

enum error_code credentials_fetch(const struct credentials_request *request,
    struct credentials_key *out, struct error *err)
{
    struct credentials_key key = {0}, next;
    struct chain chain;
    size_t left;
    enum error_code code = find_chain(request->set, request->profile, &chain, err);

    if (code)
        return code;
    /* A session that a person has given a code for serves the AWS CLI and us. */
    for (left = 0; left < chain.count; left++)
        if (profile_value(request->set, chain.role[left], "mfa_serial") &&
            credentials_from_cli_cache(request, chain.role[left], &key))
            break;
    if (left == chain.count)
        code = take_first(request, &chain, &key, err);
    while (!code && left > 0) {
        next = (struct credentials_key){0};
        code = credentials_from_role(request, chain.role[--left], &key, &next, err);
        credentials_key_done(&key);
        key = next;
    }
    if (code)
        credentials_key_done(&key);
    else
        *out = key;
    return code;
}

static void add_source(const struct profile_set *set, const struct chain *chain, struct buf *out)
{
    static const char *const name_table[] = {
        [SOURCE_NONE] = "none",
        [SOURCE_FIXED] = "none needed",
        [SOURCE_ENVIRONMENT] = "environment",
        [SOURCE_ROLE] = "role",
        [SOURCE_WEB_IDENTITY] = "web identity",
        [SOURCE_SSO] = "sso",
        [SOURCE_FILES] = "keys",
        [SOURCE_PROCESS] = "credential_process",
        [SOURCE_ENVIRONMENT_WEB_IDENTITY] = "web identity",
        [SOURCE_CONTAINER] = "container",
        [SOURCE_INSTANCE] = "instance",
    };
    const char *session = profile_value(set, chain->base, "sso_session");

    buf_add_string(out, name_table[chain->source]);
    if (chain->source == SOURCE_SSO && session)
        buf_add_format(out, " %s", session);
}

void credentials_add_origin(const struct profile_set *set, const struct profile *profile,
    struct buf *out)
{
    struct error broken = {0};
    struct chain chain;

    if (find_chain(set, profile, &chain, &broken)) {
        buf_add_string(out, "broken");
        return;
    }
    for (size_t i = 0; i < chain.count; i++) {
        struct text role = text_of(profile_value(set, chain.role[i], "role_arn"));
        size_t slash = text_find(role, TEXT("/"), 0);

        buf_add_format(out, "role ");
        buf_add_text(out, slash == SIZE_MAX ? role : text_slice(role, slash + 1, role.length));
        buf_add_string(out, " by ");
    }
    add_source(set, &chain, out);
    if (chain.base != profile && chain.source != SOURCE_FIXED && chain.source != SOURCE_ENVIRONMENT)
        buf_add_format(out, " of %s", chain.base->name);
}
