#include "client/credentials.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/credentials_process.h"

enum { TOKEN_LIMIT = 16 * 1024, ARENA_LIMIT = 1024 * 1024, LOCK_SLICE_MS = 50 };

#define REFRESH_BEFORE (5 * 60 * CLOCK_SECOND)
#define ASK_AT_MOST_EACH (60 * CLOCK_SECOND) /* while the old ones still last */

struct credentials {
    pthread_mutex_t lock;
    const struct profile_set *set;
    const struct profile *profile;
    struct credentials_key key;
    bool have_key;
    uint64_t asked; /* monotonic */
    bool ask_again; /* the service says that they are no longer good */
};

struct credentials *credentials_new(const struct profile_set *set, const struct profile *profile,
    struct error *err)
{
    struct credentials *credentials = mem_new(1, sizeof *credentials);

    if (!credentials) {
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&credentials->lock, NULL);
    credentials->set = set;
    credentials->profile = profile;
    return credentials;
}

void credentials_key_done(struct credentials_key *key)
{
    if (key->token)
        mem_free_secret(key->token, strlen(key->token));
    explicit_bzero(key, sizeof *key);
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    credentials_key_done(&credentials->key);
    pthread_mutex_destroy(&credentials->lock);
    mem_free(credentials);
}

static bool copy_field(char *out, size_t size, struct text text)
{
    if (text.length == 0 || text.length >= size)
        return false;
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
    return true;
}

/* origin is what the sentence names: "the environment", "credential_process". */
static enum error_code make_key(struct credentials_key *out, struct text access_key,
    struct text secret_key, struct text token, const char *origin, struct error *err)
{
    *out = (struct credentials_key){0};
    if (!copy_field(out->access_key, sizeof out->access_key, access_key) ||
        !copy_field(out->secret_key, sizeof out->secret_key, secret_key) ||
        token.length > TOKEN_LIMIT) {
        credentials_key_done(out);
        return error_set(err, ERROR_ACCESS, "the keys of %s are empty or too long", origin);
    }
    if (token.length > 0)
        out->token = mem_copy(token.data, token.length);
    if (token.length > 0 && !out->token) {
        credentials_key_done(out);
        return error_memory(err);
    }
    return ERROR_NONE;
}

static enum error_code take_from_process(const char *command, const atomic_bool *cancel,
    struct credentials_key *out, struct error *err)
{
    struct arena *arena = NULL;
    const struct json *answer = NULL;
    struct error ignored = {0};
    struct text expiration;
    enum error_code code;
    struct buf output;

    buf_init(&output, CREDENTIALS_OUTPUT_LIMIT);
    code =
        credentials_process_run(command, CREDENTIALS_PROCESS_SECONDS * 1000u, cancel, &output, err);
    if (code)
        goto out;
    arena = arena_new(ARENA_LIMIT, err);
    if (!arena) {
        code = ERROR_MEMORY;
        goto out;
    }
    answer = json_parse(buf_view(&output), arena, &ignored);
    if (json_integer_member(answer, "Version", 0) != 1) {
        code = ignored.code == ERROR_MEMORY
                   ? error_memory(err)
                   : error_set(err, ERROR_ACCESS,
                         "credential_process does not answer with JSON of Version 1");
        goto out;
    }
    code = make_key(out, json_string_member(answer, "AccessKeyId"),
        json_string_member(answer, "SecretAccessKey"), json_string_member(answer, "SessionToken"),
        "credential_process", err);
    expiration = json_string_member(answer, "Expiration");
    if (!code && expiration.length > 0 && !clock_parse_iso(expiration, &out->expires)) {
        credentials_key_done(out);
        code = error_set(err, ERROR_ACCESS,
            "Expiration of credential_process is not a time of ISO 8601");
    }
out:
    if (output.data)
        explicit_bzero(output.data, output.length);
    buf_done(&output);
    arena_free(arena);
    return code;
}

static enum error_code take_from_environment(struct credentials_key *out, struct error *err)
{
    const char *expiration = getenv("AWS_CREDENTIAL_EXPIRATION");
    enum error_code code = make_key(out, text_of(getenv("AWS_ACCESS_KEY_ID")),
        text_of(getenv("AWS_SECRET_ACCESS_KEY")), text_of(getenv("AWS_SESSION_TOKEN")),
        "the environment", err);

    if (!code && expiration)
        clock_parse_iso(text_of(expiration), &out->expires);
    return code;
}

/* The profile whose keys are used: itself, or the one that its own section names. */
static const struct profile *find_origin(const struct profile_set *set,
    const struct profile *profile)
{
    const char *named = profile_value(set, profile, "aws-profile");
    const struct profile *origin = named ? profile_find(set, text_of(named)) : NULL;

    return origin ? origin : profile;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

static enum error_code refuse(const struct profile_set *set, const struct profile *origin,
    struct error *err)
{
    if (profile_value(set, origin, "role_arn") || profile_value(set, origin, "sso_session") ||
        profile_value(set, origin, "sso_start_url")) {
        error_set(err, ERROR_ACCESS, "profile %s uses a role or single sign-on", origin->name);
        return error_hint(err,
            "let the AWS CLI do it: credential_process = aws configure export-credentials "
            "--profile %s",
            origin->name);
    }
    error_set(err, ERROR_ACCESS, "no credentials for profile %s", origin->name);
    return error_hint(err,
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure --profile %s",
        origin->name);
}

/*
 * The keys of the environment are meant for the profile that the environment chooses; another
 * one, opened beside it, uses them only when it has none: COPY must not mix two accounts up.
 */
static enum error_code ask_source(const struct profile_set *set, const struct profile *profile,
    const atomic_bool *cancel, struct credentials_key *out, struct error *err)
{
    const struct profile *origin = find_origin(set, profile);
    const char *access_key = profile_value(set, origin, "aws_access_key_id");
    const char *secret_key = profile_value(set, origin, "aws_secret_access_key");
    const char *command = profile_value(set, origin, "credential_process");
    const char *initial = profile_initial(set)->name;
    bool own_source = (access_key && secret_key) || command;

    if (profile->is_local)
        return make_key(out, TEXT("local"), TEXT("local"), TEXT(""), "profile local", err);
    if (is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY") &&
        (!own_source || !strcmp(initial, profile->name)))
        return take_from_environment(out, err);
    if (access_key && secret_key)
        return make_key(out, text_of(access_key), text_of(secret_key),
            text_of(profile_value(set, origin, "aws_session_token")), "the credentials file", err);
    if (command)
        return take_from_process(command, cancel, out, err);
    /* A server of one's own without TLS: such take any key, but want a signature. */
    if (profile->endpoint && !text_starts_with(text_of(profile->endpoint), TEXT("https://")))
        return make_key(out, TEXT("local"), TEXT("local"), TEXT(""), "the endpoint", err);
    return refuse(set, origin, err);
}

/* The files are read again: a session that ended may have been renewed in them. */
static enum error_code ask_source_anew(const struct credentials *credentials,
    const atomic_bool *cancel, struct credentials_key *out, struct error *err)
{
    struct profile_set *set = profile_load(err);
    const struct profile *profile;
    enum error_code code;

    if (!set)
        return err->code;
    profile = profile_find(set, text_of(credentials->profile->name));
    if (profile)
        code = ask_source(set, profile, cancel, out, err);
    else
        code = error_set(err, ERROR_ACCESS, "profile %s is gone", credentials->profile->name);
    profile_set_free(set);
    return code;
}

static bool is_good(const struct credentials *credentials, uint64_t margin)
{
    const struct credentials_key *key = &credentials->key;

    return credentials->have_key && !credentials->ask_again &&
           (key->expires == 0 || key->expires > clock_wall() + margin);
}

static enum error_code copy_key(struct credentials_key *out, const struct credentials_key *key,
    struct error *err)
{
    *out = *key;
    out->token = key->token ? mem_copy_string(key->token) : NULL;
    if (key->token && !out->token) {
        credentials_key_done(out);
        return error_memory(err);
    }
    return ERROR_NONE;
}

/* Another thread may hold the lock for as long as a credential_process runs. */
static bool lock_or_cancel(struct credentials *credentials, const atomic_bool *cancel)
{
    struct timespec until;

    while (!cancel || !atomic_load(cancel)) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOCK_SLICE_MS * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_mutex_timedlock(&credentials->lock, &until) == 0)
            return true;
    }
    return false;
}

enum error_code credentials_take(struct credentials *credentials, struct credentials_key *out,
    const atomic_bool *cancel, struct error *err)
{
    struct credentials_key key = {0};
    enum error_code code = ERROR_NONE;

    *out = (struct credentials_key){0};
    if (!lock_or_cancel(credentials, cancel))
        return error_set(err, ERROR_CANCELLED, "cancelled");
    if (!is_good(credentials, REFRESH_BEFORE) &&
        !(is_good(credentials, 0) && clock_monotonic() - credentials->asked < ASK_AT_MOST_EACH)) {
        credentials->asked = clock_monotonic();
        if (credentials->have_key)
            code = ask_source_anew(credentials, cancel, &key, err);
        else
            code = ask_source(credentials->set, credentials->profile, cancel, &key, err);
        if (!code) {
            credentials_key_done(&credentials->key);
            credentials->key = key;
            credentials->have_key = true;
            credentials->ask_again = false;
        } else if (code != ERROR_CANCELLED && is_good(credentials, 0)) {
            code = ERROR_NONE; /* they last a little longer */
        }
    }
    if (!code)
        code = copy_key(out, &credentials->key, err);
    pthread_mutex_unlock(&credentials->lock);
    return code;
}

void credentials_expire(struct credentials *credentials)
{
    pthread_mutex_lock(&credentials->lock);
    credentials->ask_again = true;
    pthread_mutex_unlock(&credentials->lock);
}
