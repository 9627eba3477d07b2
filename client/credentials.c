#include "client/credentials.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/credentials_parts.h"

/*
 * 1. lock guards all that changes; nobody holds it while keys are fetched.
 * 2. One thread fetches (is_fetching). The others go on with keys that last, or wait for it and
 *    share what it comes to; only when it was cancelled does one of them take its place.
 */
struct credentials {
    struct credentials_options options;
    pthread_mutex_t lock;
    pthread_cond_t fetched;
    struct credentials_key key;
    bool have_key, is_fetching;
    bool ask_again;      /* the service says that they are no longer good */
    bool is_declined;    /* a person was asked for a code and gave none */
    uint64_t asked;      /* monotonic, of the last fetch */
    uint64_t fetches;    /* ended ones */
    struct error failed; /* of the last one; code ERROR_NONE when it went well */
};

enum { SLICE_MS = 50 };

#define REFRESH_BEFORE (5 * 60 * CLOCK_SECOND)
#define ASK_AT_MOST_EACH (60 * CLOCK_SECOND) /* while the old ones still last */
#define ASK_AFTER_FAILURE (10 * CLOCK_SECOND)

struct credentials *credentials_new(const struct credentials_options *options, struct error *err)
{
    struct credentials *credentials = mem_new(1, sizeof *credentials);

    if (!credentials) {
        error_memory(err);
        return NULL;
    }
    credentials->options = *options;
    pthread_mutex_init(&credentials->lock, NULL);
    pthread_cond_init(&credentials->fetched, NULL);
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
    pthread_cond_destroy(&credentials->fetched);
    pthread_mutex_destroy(&credentials->lock);
    mem_free(credentials);
}

/* The files are read again for a refresh: a session that ended may have been renewed in them. */
static enum error_code fetch_anew(const struct credentials *credentials,
    const struct credentials_asker *asker, struct credentials_key *out, struct error *err)
{
    const char *name = credentials->options.profile->name;
    struct profile_set *set = profile_load(err);
    struct credentials_request request = {.options = &credentials->options, .asker = asker};
    enum error_code code;

    if (!set)
        return err->code;
    request.set = set;
    request.profile = profile_find(set, text_of(name));
    if (request.profile)
        code = credentials_fetch(&request, out, err);
    else
        code = error_set(err, ERROR_ACCESS, "profile %s is gone", name);
    profile_set_free(set);
    return code;
}

static enum error_code fetch(const struct credentials *credentials, bool is_refresh,
    const struct credentials_asker *asker, struct credentials_key *out, struct error *err)
{
    const struct credentials_request request = {.options = &credentials->options,
        .set = credentials->options.profiles,
        .profile = credentials->options.profile,
        .asker = asker};

    *out = (struct credentials_key){0};
    return is_refresh ? fetch_anew(credentials, asker, out, err)
                      : credentials_fetch(&request, out, err);
}

static bool is_good(const struct credentials *credentials, uint64_t margin)
{
    const struct credentials_key *key = &credentials->key;
    uint64_t now = clock_wall() + (uint64_t)atomic_load(credentials->options.skew);

    return credentials->have_key && !credentials->ask_again &&
           (key->expires == 0 || key->expires > now + margin);
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

static enum error_code check_asker(const struct credentials_asker *asker, struct error *err)
{
    if (asker->cancel && atomic_load(asker->cancel))
        return error_set(err, ERROR_CANCELLED, "interrupted");
    if (asker->deadline && clock_monotonic() >= asker->deadline)
        return error_set(err, ERROR_NETWORK, "no credentials before the time-out");
    return ERROR_NONE;
}

/* Under the lock, which it gives up meanwhile. */
static void wait_a_little(struct credentials *credentials)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(SLICE_MS * CLOCK_MS);
    until.tv_sec += until.tv_nsec / (long)CLOCK_SECOND;
    until.tv_nsec %= (long)CLOCK_SECOND;
    pthread_cond_timedwait(&credentials->fetched, &credentials->lock, &until);
}

/* Under the lock: waits until the fetch of another thread has ended. */
static enum error_code wait_for_other(struct credentials *credentials,
    const struct credentials_asker *asker, struct error *err)
{
    uint64_t fetches = credentials->fetches;
    enum error_code code = ERROR_NONE;

    while (!code && credentials->is_fetching && credentials->fetches == fetches) {
        code = check_asker(asker, err);
        if (!code)
            wait_a_little(credentials);
    }
    if (code || credentials->fetches == fetches)
        return code;
    if (credentials->failed.code && credentials->failed.code != ERROR_CANCELLED) {
        *err = credentials->failed;
        code = err->code;
    }
    return code;
}

/* Under the lock, which it gives up meanwhile: fetches, for all who wait. */
static enum error_code fetch_for_all(struct credentials *credentials,
    const struct credentials_asker *asker, struct error *err)
{
    bool is_refresh = credentials->have_key;
    struct credentials_key key;
    struct error failed = {0};
    enum error_code code;

    /* What refreshes itself neither asks a person again nor knocks every second. */
    if (asker->is_background && credentials->failed.code &&
        credentials->failed.code != ERROR_CANCELLED &&
        (credentials->is_declined || clock_monotonic() - credentials->asked < ASK_AFTER_FAILURE)) {
        *err = credentials->failed;
        return err->code;
    }
    credentials->is_fetching = true;
    credentials->asked = clock_monotonic();
    pthread_mutex_unlock(&credentials->lock);
    code = fetch(credentials, is_refresh, asker, &key, &failed);
    pthread_mutex_lock(&credentials->lock);
    credentials->is_fetching = false;
    credentials->failed = failed;
    credentials->failed.code = code;
    credentials->is_declined = code == ERROR_REFUSED;
    credentials->fetches++;
    if (!code) {
        key.serial = credentials->fetches;
        credentials_key_done(&credentials->key);
        credentials->key = key;
        credentials->have_key = true;
        credentials->ask_again = false;
    } else {
        *err = failed;
    }
    pthread_cond_broadcast(&credentials->fetched);
    return code;
}

enum error_code credentials_take(struct credentials *credentials,
    const struct credentials_asker *asker, struct credentials_key *out, struct error *err)
{
    static const struct credentials_asker nobody = {.cancel = NULL};
    struct error failed = {0};
    enum error_code code = ERROR_NONE;

    *out = (struct credentials_key){0};
    if (!asker)
        asker = &nobody;
    pthread_mutex_lock(&credentials->lock);
    while (!code && !is_good(credentials, REFRESH_BEFORE)) {
        bool lasts = is_good(credentials, 0);

        if (lasts &&
            (credentials->is_fetching || clock_monotonic() - credentials->asked < ASK_AT_MOST_EACH))
            break;
        code = check_asker(asker, &failed);
        if (code)
            break;
        if (credentials->is_fetching) {
            code = wait_for_other(credentials, asker, &failed);
            continue;
        }
        code = fetch_for_all(credentials, asker, &failed);
        if (!code)
            break; /* fresh, whatever they say of their end */
        if (code != ERROR_CANCELLED && is_good(credentials, 0))
            code = ERROR_NONE; /* they last a little longer */
        if (!code)
            break;
    }
    if (code)
        *err = failed;
    else
        code = copy_key(out, &credentials->key, err);
    pthread_mutex_unlock(&credentials->lock);
    return code;
}

void credentials_expire(struct credentials *credentials, uint64_t serial)
{
    pthread_mutex_lock(&credentials->lock);
    if (credentials->have_key && credentials->key.serial == serial)
        credentials->ask_again = true;
    pthread_mutex_unlock(&credentials->lock);
}

uint64_t credentials_expires(struct credentials *credentials)
{
    uint64_t expires;

    pthread_mutex_lock(&credentials->lock);
    expires = credentials->have_key ? credentials->key.expires : 0;
    pthread_mutex_unlock(&credentials->lock);
    return expires;
}
