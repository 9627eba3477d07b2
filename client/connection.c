#include "client/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/aws_url.h"
#include "client/connection_parts.h"
#include "client/signed_send.h"

enum { TIMEOUT_MS = 60000, URL_LIMIT = 8192, ATTEMPT_LIMIT = 100 };

/* AWS_MAX_ATTEMPTS, or what language.md 6 says. */
static unsigned default_attempts(void)
{
    int64_t attempts;

    if (text_to_integer(text_of(getenv("AWS_MAX_ATTEMPTS")), 1, ATTEMPT_LIMIT, &attempts))
        return (unsigned)attempts;
    return RETRY_ATTEMPTS;
}

static bool wants_adaptive(const struct connection_options *options)
{
    const char *mode = getenv("AWS_RETRY_MODE");

    if (!mode || !*mode)
        mode = profile_value(options->profiles, options->profile, "retry_mode");
    return mode && text_is_ignoring_case(text_of(mode), "adaptive");
}

static const char *find_ca_bundle(const struct connection_options *options)
{
    const char *bundle = getenv("AWS_CA_BUNDLE");

    return bundle && *bundle ? bundle
                             : profile_value(options->profiles, options->profile, "ca_bundle");
}

static bool make_strings(struct connection *connection, const struct connection_options *options)
{
    const char *region = options->region ? options->region : options->profile->region;

    if (!*region && options->endpoint)
        region = "us-east-1"; /* some region must stand in the signature */
    connection->region = mem_copy_string(region);
    if (options->endpoint)
        connection->endpoint = mem_copy_string(options->endpoint);
    return connection->region && (connection->endpoint || !options->endpoint);
}

static struct credentials *make_credentials(struct connection *connection, struct error *err)
{
    const struct credentials_options options = {.profiles = connection->profiles,
        .profile = connection->profile,
        .region = connection->region,
        .service_endpoint = connection->service_endpoint,
        .pool = connection->pool,
        .skew = &connection->skew,
        .journal = connection->journal};

    return credentials_new(&options, err);
}

struct connection *connection_new(const struct connection_options *options, struct error *err)
{
    struct connection *connection = mem_new(1, sizeof *connection);
    const char *pace;

    if (!connection) {
        error_memory(err);
        return NULL;
    }
    connection->profiles = options->profiles;
    connection->profile = options->profile;
    connection->journal = options->journal;
    connection->service_endpoint = options->service_endpoint;
    connection->unlock = options->unlock ? options->unlock : "SET read-only off FOR 15m";
    connection->attempts = options->attempts ? options->attempts : default_attempts();
    connection->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    atomic_init(&connection->read_only, options->read_only || options->profile->read_only);
    retry_budget_init(&connection->budget);
    connection->is_adaptive = wants_adaptive(options);
    adaptive_init(&connection->adaptive);
    pace = profile_value(options->profiles, options->profile, "pace");
    if (!make_strings(connection, options))
        error_memory(err);
    else
        connection->pool = http_pool_new(find_ca_bundle(options), err);
    if (connection->pool)
        connection->credentials = make_credentials(connection, err);
    if (connection->credentials && !(pace && !strcmp(pace, "off")))
        connection->pace = pace_new(err);
    if (!connection->credentials || (!connection->pace && !(pace && !strcmp(pace, "off")))) {
        connection_free(connection);
        return NULL;
    }
    /* The embedded endpoint has one account unless it is told otherwise. */
    if (connection_is_local(connection))
        connection_learn_account(connection, TEXT("000000000000"));
    return connection;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    http_pool_free(connection->pool);
    credentials_free(connection->credentials);
    pace_free(connection->pace);
    adaptive_done(&connection->adaptive);
    mem_free(connection->region);
    mem_free(connection->endpoint);
    mem_free(connection);
}

const struct profile *connection_profile(const struct connection *connection)
{
    return connection->profile;
}

const char *connection_name(const struct connection *connection)
{
    return connection->profile->name;
}

const char *connection_region(const struct connection *connection)
{
    return connection->region;
}

const char *connection_account(struct connection *connection)
{
    return atomic_load(&connection->account_known) ? connection->account : "";
}

uint64_t connection_key_expires(struct connection *connection)
{
    return credentials_expires(connection->credentials);
}

void connection_learn_account(struct connection *connection, struct text account)
{
    if (account.length == 0 || account.length >= sizeof connection->account ||
        atomic_load(&connection->account_known))
        return;
    memcpy(connection->account, account.data, account.length);
    atomic_store(&connection->account_known, true);
}

bool connection_is_local(const struct connection *connection)
{
    const char *endpoint = connection->endpoint;

    return connection->profile->is_local &&
           (!endpoint || text_starts_with(text_of(endpoint), TEXT("unix:")));
}

const char *connection_unix_socket(const struct connection *connection)
{
    const char *endpoint =
        connection->endpoint ? connection->endpoint : connection->profile->endpoint;

    if (endpoint)
        return text_starts_with(text_of(endpoint), TEXT("unix:")) ? endpoint + 5 : NULL;
    return connection->profile->unix_socket;
}

bool connection_is_read_only(const struct connection *connection)
{
    uint64_t until = atomic_load(&connection->read_write_until);

    return atomic_load(&connection->read_only) || (until > 0 && clock_wall() >= until);
}

void connection_set_read_only(struct connection *connection, bool read_only, uint64_t until)
{
    atomic_store(&connection->read_write_until, read_only ? 0 : until);
    atomic_store(&connection->read_only, read_only);
}

uint64_t connection_read_write_until(const struct connection *connection)
{
    return atomic_load(&connection->read_write_until);
}

enum error_code connection_refuse(const struct connection *connection, const char *what,
    struct error *err)
{
    return error_set(err, ERROR_REFUSED, "%s is not allowed in read-only mode (profile %s; %s)",
        what, connection->profile->name, connection->unlock);
}

enum error_code connection_gate(struct connection *connection, const char *what, bool is_read,
    const struct call_context *context, struct error *err)
{
    if (is_read || context->allow_write || !connection_is_read_only(connection))
        return ERROR_NONE;
    return connection_refuse(connection, what, err);
}

static bool is_loopback(struct text host)
{
    return text_starts_with(host, TEXT("localhost")) || text_starts_with(host, TEXT("127.")) ||
           text_starts_with(host, TEXT("[::1]"));
}

static enum error_code add_aws_url(const struct connection *connection,
    const struct service *service, struct buf *out, struct error *err)
{
    if (*connection->region)
        return aws_url_add(out, service->host_prefix, connection->region, err);
    error_set(err, ERROR_USAGE, "no region for profile %s", connection->profile->name);
    return error_hint(err, "set AWS_REGION, or region in the profile");
}

enum error_code connection_find_place(struct connection *connection, const struct service *service,
    struct connection_place *place, struct error *err)
{
    const char *endpoint = service_endpoint_find(connection->service_endpoint, service->name);
    struct text url;

    *place = (struct connection_place){0};
    buf_init(&place->url, URL_LIMIT);
    if (!endpoint)
        endpoint = connection->endpoint;
    if (!endpoint)
        endpoint = profile_endpoint(connection->profiles, connection->profile, service->name);
    if (!endpoint && !connection->profile->unix_socket) {
        if (connection->profile->is_local)
            return error_set(err, ERROR_IO, "there is no place for the socket of profile local");
        place->is_aws = true;
        return add_aws_url(connection, service, &place->url, err);
    }
    if (!endpoint || text_starts_with(text_of(endpoint), TEXT("unix:"))) {
        place->unix_socket = endpoint ? endpoint + 5 : connection->profile->unix_socket;
        endpoint = "http://localhost";
    }
    url = text_of(endpoint);
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    buf_add_text(&place->url, url);
    place->is_near = place->unix_socket || is_loopback(signed_url_host(url));
    place->is_aws = text_ends_with(signed_url_host(url), TEXT(".amazonaws.com"));
    return buf_check(&place->url, "the endpoint", err);
}

enum error_code connection_endpoint(struct connection *connection, const struct service *service,
    struct buf *out, struct error *err)
{
    struct connection_place place;
    enum error_code code = connection_find_place(connection, service, &place, err);

    if (!code && place.unix_socket)
        buf_add_format(out, "unix:%s", place.unix_socket);
    else if (!code)
        buf_add_text(out, buf_view(&place.url));
    buf_done(&place.url);
    return code ? code : buf_check(out, "the endpoint", err);
}

void connection_add_public_url(struct buf *out, struct text url)
{
    size_t scheme = text_find(url, TEXT("://"), 0);
    size_t start = scheme == SIZE_MAX ? 0 : scheme + strlen("://"), end = start;

    for (size_t i = start; scheme < start && i < url.length && !strchr("/?#", url.data[i]); i++)
        if (url.data[i] == '@')
            end = i + 1;
    buf_add_text(out, text_slice(url, 0, start));
    buf_add_text(out, text_slice(url, end, url.length));
}

enum error_code connection_public_endpoint(struct connection *connection,
    const struct service *service, struct buf *out, struct error *err)
{
    struct buf url;
    enum error_code code;

    buf_init(&url, URL_LIMIT);
    code = connection_endpoint(connection, service, &url, err);
    if (!code)
        connection_add_public_url(out, buf_view(&url));
    buf_done(&url);
    return code ? code : buf_check(out, "the endpoint", err);
}
