#include "client/connection_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/sign.h"

enum { EXTRA_HEADERS = 6 }; /* host, date, token, authorization, user agent, encoding */

/* What proxies and libcurl may add or change stays out of the signature. */
static bool is_left_unsigned(struct text name)
{
    static const char *const name_table[] = {"accept-encoding", "connection", "content-length",
        "expect", "transfer-encoding", "user-agent"};

    for (size_t i = 0; i < sizeof name_table / sizeof name_table[0]; i++)
        if (text_is_ignoring_case(name, name_table[i]))
            return true;
    return false;
}

static bool has_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (text_is_ignoring_case(request->header[i].name, name))
            return true;
    return false;
}

static struct text query_of(struct text url)
{
    size_t at = text_find(url, TEXT("?"), 0), end;

    if (at == SIZE_MAX)
        return TEXT("");
    url = text_slice(url, at + 1, url.length);
    end = text_find(url, TEXT("#"), 0);
    return end == SIZE_MAX ? url : text_slice(url, 0, end);
}

/* Signs over the first count headers of request; the result goes into sign. */
static enum error_code sign(struct connection *connection, const struct http_request *request,
    const struct http_header *header, size_t count, const char *service,
    const struct credentials_key *key, struct sign_result *result, struct error *err)
{
    const struct sign_key keys = {.access_key = text_of(key->access_key),
        .secret_key = text_of(key->secret_key),
        .token = text_of(key->token)};
    struct text path = connection_url_path(text_of(request->url));
    const struct sign_request unsigned_request = {.method = text_of(request->method),
        .path = path.length > 0 ? path : TEXT("/"),
        .query = query_of(text_of(request->url)),
        .header = header,
        .header_count = count,
        .body = request->body};
    uint64_t wall = clock_wall() + (uint64_t)atomic_load(&connection->skew);

    return sign_request(&keys, connection->region, service, wall, &unsigned_request, result, err);
}

uint32_t connection_time_left(const struct connection *connection,
    const struct call_context *context, uint32_t timeout_ms)
{
    uint64_t now, left;

    if (timeout_ms == 0)
        timeout_ms = connection->timeout_ms;
    if (context->deadline == 0)
        return timeout_ms;
    now = clock_monotonic();
    left = context->deadline > now ? (context->deadline - now) / CLOCK_MS : 0;
    return left >= timeout_ms ? timeout_ms : left > 0 ? (uint32_t)left : 1;
}

enum error_code connection_send(struct connection *connection, const struct http_request *request,
    const char *sign_for, struct http_response *response, struct error *err)
{
    struct http_header *header = mem_new(request->header_count + EXTRA_HEADERS, sizeof *header);
    struct sign_result result = {0};
    struct credentials_key key = {0};
    struct http_request whole = *request;
    size_t count = 0;
    enum error_code code = ERROR_NONE;

    if (!header)
        return error_memory(err);
    for (size_t i = 0; i < request->header_count; i++)
        if (!is_left_unsigned(request->header[i].name))
            header[count++] = request->header[i];
    if (!has_header(request, "host"))
        header[count++] =
            (struct http_header){TEXT("Host"), connection_url_host(text_of(request->url))};
    if (sign_for) {
        code = credentials_take(connection->credentials, &key, request->cancel, err);
        if (!code)
            code = sign(connection, request, header, count, sign_for, &key, &result, err);
        if (code)
            goto out;
        header[count++] = (struct http_header){TEXT("X-Amz-Date"), text_of(result.date)};
        header[count++] =
            (struct http_header){TEXT("Authorization"), buf_view(&result.authorization)};
        if (key.token)
            header[count++] =
                (struct http_header){TEXT("X-Amz-Security-Token"), text_of(key.token)};
    }
    for (size_t i = 0; i < request->header_count; i++)
        if (is_left_unsigned(request->header[i].name))
            header[count++] = request->header[i];
    if (!has_header(request, "user-agent"))
        header[count++] =
            (struct http_header){TEXT("User-Agent"), TEXT("gatehouse/" GATEHOUSE_VERSION)};
    whole.header = header;
    whole.header_count = count;
    if (whole.timeout_ms == 0)
        whole.timeout_ms = connection->timeout_ms;
    code = http_send(connection->pool, &whole, response, err);
out:
    if (result.authorization.data)
        explicit_bzero(result.authorization.data, result.authorization.length);
    sign_result_done(&result);
    credentials_key_done(&key);
    mem_free(header);
    return code;
}
