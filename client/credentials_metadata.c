#include "client/credentials_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/reply.h"

/*
 * The agent of a container and the metadata service of an instance ("Container credential
 * provider" and "IMDS credential provider", AWS SDKs and Tools Reference Guide).
 */

enum { URL_LIMIT = 2048, TOKEN_LIMIT = 16 * 1024, METADATA_MS = 1000, CONTAINER_MS = 2000 };

/* How long keys are used that the instance still gives out after their end. */
#define EXTENSION (15 * 60 * CLOCK_SECOND)

static const char *get_variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

bool credentials_in_container(void)
{
    return get_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
           get_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

bool credentials_may_ask_instance(void)
{
    const char *disabled = get_variable("AWS_EC2_METADATA_DISABLED");

    return !disabled || !text_is_ignoring_case(text_of(disabled), "true");
}

/* The token goes nowhere but over TLS, to this machine, or to the agents of ECS and EKS. */
static bool is_allowed(struct text url)
{
    static const char *const host_table[] = {"localhost", "[::1]", "169.254.170.2",
        "169.254.170.23", "[fd00:ec2::23]"};
    struct text host, port;

    if (text_starts_with(url, TEXT("https://")))
        return true;
    if (!text_starts_with(url, TEXT("http://")) || text_find(url, TEXT("@"), 0) != SIZE_MAX)
        return false;
    host = signed_url_host(url);
    port = host;
    if (text_starts_with(host, TEXT("[")))
        host = text_slice(host, 0, text_find(host, TEXT("]"), 0) + 1);
    else if (text_take_until(&port, ':', &host) && port.length == 0)
        return false;
    for (size_t i = 0; i < sizeof host_table / sizeof host_table[0]; i++)
        if (text_is(host, host_table[i]))
            return true;
    if (!text_starts_with(host, TEXT("127.")))
        return false;
    for (size_t i = 0; i < host.length; i++) /* 127.example.com is no address */
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    return true;
}

static enum error_code find_container(struct buf *url, struct error *err)
{
    const char *relative = get_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");

    if (relative)
        buf_add_format(url, "http://169.254.170.2%s%s", *relative == '/' ? "" : "/", relative);
    else
        buf_add_string(url, getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    if (buf_check(url, "the URL", err))
        return err->code;
    if (is_allowed(buf_view(url)))
        return ERROR_NONE;
    error_set(err, ERROR_ACCESS,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that is not "
        "to be trusted with its token");
    return error_hint(err, "https, a loopback address, 169.254.170.2 or 169.254.170.23");
}

static enum error_code read_authorization(struct buf *token, struct error *err)
{
    const char *path = get_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *value = get_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");

    if (path && credentials_read_file(path, token, err)) {
        const struct error cause = *err;

        return cause.code == ERROR_MEMORY
                   ? cause.code
                   : error_set(err, ERROR_ACCESS, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %s",
                         cause.text);
    }
    if (!path && value)
        buf_add_string(token, value);
    return buf_check(token, "the token", err);
}

enum error_code credentials_from_container(const struct credentials_request *request,
    struct credentials_key *out, struct error *err)
{
    struct http_header header[] = {{TEXT("Accept"), TEXT("application/json")},
        {TEXT("Authorization"), {0}}};
    struct credentials_exchange exchange = {.what = "the container's agent",
        .service = "container",
        .operation = "GET credentials",
        .request = {.method = "GET",
            .header = header,
            .header_count = 1,
            .timeout_ms = CONTAINER_MS,
            .connect_timeout_ms = CONTAINER_MS}};
    struct buf url, token;
    struct reply reply;
    enum error_code code;

    reply_init(&reply);
    buf_init(&url, URL_LIMIT);
    buf_init(&token, TOKEN_LIMIT);
    code = find_container(&url, err);
    if (!code)
        code = read_authorization(&token, err);
    if (code)
        goto out;
    header[1].value = text_trim(buf_view(&token));
    exchange.request.header_count += header[1].value.length > 0;
    exchange.request.url = buf_string(&url);
    code = credentials_send(request, &exchange, &reply, err);
    if (!code)
        code = credentials_read_key(buf_view(&reply.body), "Token", exchange.what, out, err);
out:
    credentials_reply_done(&reply);
    buf_wipe(&token);
    buf_done(&url);
    return code;
}

static enum error_code find_instance(const struct credentials_request *request,
    const struct profile *profile, struct buf *url, struct error *err)
{
    const char *endpoint = get_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = get_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (!endpoint)
        endpoint = profile_value(request->set, profile, "ec2_metadata_service_endpoint");
    if (!mode)
        mode = profile_value(request->set, profile, "ec2_metadata_service_endpoint_mode");
    if (!endpoint)
        endpoint = mode && text_is_ignoring_case(text_of(mode), "ipv6") ? "http://[fd00:ec2::254]"
                                                                        : "http://169.254.169.254";
    buf_add_string(url, endpoint);
    while (text_ends_with(buf_view(url), TEXT("/")))
        buf_cut(url, url->length - 1);
    return buf_check(url, "the URL", err);
}

/* What stands at path behind base; token empty: the request for one. */
static enum error_code ask_instance(const struct credentials_request *request, struct text base,
    struct text path, struct text token, struct reply *reply, struct error *err)
{
    const struct http_header lifetime = {TEXT("X-aws-ec2-metadata-token-ttl-seconds"),
        TEXT("21600")};
    const struct http_header session = {TEXT("X-aws-ec2-metadata-token"), token};
    struct credentials_exchange exchange = {.what = "the instance metadata service",
        .service = "metadata",
        .operation = token.length > 0 ? "GET security-credentials" : "PUT token",
        .request = {.method = token.length > 0 ? "GET" : "PUT",
            .header = token.length > 0 ? &session : &lifetime,
            .header_count = 1,
            .timeout_ms = METADATA_MS,
            .connect_timeout_ms = METADATA_MS},
        .attempts = 1};
    enum error_code code;
    struct buf url;

    buf_init(&url, URL_LIMIT);
    buf_add_text(&url, base);
    buf_add_text(&url, path);
    exchange.request.url = buf_string(&url);
    code = buf_check(&url, "the URL", err);
    if (!code)
        code = credentials_send(request, &exchange, reply, err);
    buf_done(&url);
    return code;
}

static enum error_code find_role(const struct credentials_request *request, struct text base,
    struct text token, struct buf *path, bool *absent, struct error *err)
{
    struct reply reply;
    enum error_code code;
    struct text rest, role = {0};

    reply_init(&reply);
    code = ask_instance(request, base, buf_view(path), token, &reply, err);
    rest = text_trim(buf_view(&reply.body));
    text_take_field(&rest, '\n', &role); /* one role each, says the guide; the first counts */
    if (code == ERROR_ACCESS && reply.status == 404)
        *absent = true;
    if (!code && role.length == 0) {
        *absent = true;
        code = error_set(err, ERROR_ACCESS, "the instance has no role");
    } else if (!code) {
        http_add_encoded(path, text_trim(role), false);
        code = buf_check(path, "the URL", err);
    }
    credentials_reply_done(&reply);
    return code;
}

enum error_code credentials_from_instance(const struct credentials_request *request,
    const struct profile *profile, struct credentials_key *out, bool *absent, struct error *err)
{
    struct buf base, path, token;
    struct reply reply;
    enum error_code code;

    *absent = false;
    reply_init(&reply);
    buf_init(&base, URL_LIMIT);
    buf_init(&path, URL_LIMIT);
    buf_init(&token, TOKEN_LIMIT);
    buf_add_string(&path, "/latest/meta-data/iam/security-credentials/");
    code = find_instance(request, profile, &base, err);
    if (code)
        goto out;
    code = ask_instance(request, buf_view(&base), TEXT("/latest/api/token"), TEXT(""), &reply, err);
    *absent = code == ERROR_NETWORK && reply.status == 0;
    if (code)
        goto out;
    buf_add_text(&token, text_trim(buf_view(&reply.body)));
    code = buf_check(&token, "the token of the instance metadata service", err);
    if (!code && token.length == 0)
        code = error_set(err, ERROR_NETWORK, "the instance metadata service gives no token");
    if (!code)
        code = find_role(request, buf_view(&base), buf_view(&token), &path, absent, err);
    if (!code)
        code =
            ask_instance(request, buf_view(&base), buf_view(&path), buf_view(&token), &reply, err);
    if (!code)
        code = credentials_read_key(buf_view(&reply.body), "Token", "the instance metadata service",
            out, err);
    /* When the service behind it fails it gives out old keys, which are still honoured. */
    if (!code && out->expires && out->expires <= credentials_now(request))
        out->expires = credentials_now(request) + EXTENSION;
out:
    credentials_reply_done(&reply);
    buf_wipe(&token);
    buf_done(&path);
    buf_done(&base);
    return code;
}
