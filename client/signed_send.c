#include "client/signed_send.h"

#include <string.h>

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

static struct text after_scheme(struct text url)
{
    size_t at = text_find(url, TEXT("://"), 0);

    return at == SIZE_MAX ? url : text_slice(url, at + 3, url.length);
}

struct text signed_url_path(struct text url)
{
    struct text rest = after_scheme(url);
    size_t slash = text_find(rest, TEXT("/"), 0), end;

    if (slash == SIZE_MAX)
        return TEXT("");
    rest = text_slice(rest, slash, rest.length);
    end = text_find(rest, TEXT("?"), 0);
    return end == SIZE_MAX ? rest : text_slice(rest, 0, end);
}

struct text signed_url_host(struct text url)
{
    struct text rest = after_scheme(url), user, standard;

    for (size_t i = 0; i < rest.length; i++)
        if (rest.data[i] == '/' || rest.data[i] == '?' || rest.data[i] == '#')
            rest = text_slice(rest, 0, i);
    while (text_take_until(&rest, '@', &user))
        continue;
    standard = text_starts_with(url, TEXT("https:")) ? TEXT(":443") : TEXT(":80");
    return text_ends_with(rest, standard) ? text_slice(rest, 0, rest.length - standard.length)
                                          : rest;
}

/* Signs over the first count headers of request; the result goes into sign. */
static enum error_code sign(const struct http_request *request, const struct http_header *header,
    size_t count, const struct signature *signature, struct sign_result *result, struct error *err)
{
    const struct credentials_key *key = signature->key;
    const struct sign_key keys = {.access_key = text_of(key->access_key),
        .secret_key = text_of(key->secret_key),
        .token = text_of(key->token)};
    struct text path = signed_url_path(text_of(request->url));
    const struct sign_request unsigned_request = {.method = text_of(request->method),
        .path = path.length > 0 ? path : TEXT("/"),
        .query = query_of(text_of(request->url)),
        .header = header,
        .header_count = count,
        .body = request->body};

    return sign_request(&keys, signature->region, signature->service, signature->wall,
        &unsigned_request, result, err);
}

enum error_code signed_send(struct http_pool *pool, const struct http_request *request,
    const struct signature *signature, struct http_response *response, struct error *err)
{
    struct http_header *header = mem_new(request->header_count + EXTRA_HEADERS, sizeof *header);
    struct sign_result result = {0};
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
            (struct http_header){TEXT("Host"), signed_url_host(text_of(request->url))};
    if (signature) {
        code = sign(request, header, count, signature, &result, err);
        if (code)
            goto out;
        header[count++] = (struct http_header){TEXT("X-Amz-Date"), text_of(result.date)};
        header[count++] =
            (struct http_header){TEXT("Authorization"), buf_view(&result.authorization)};
        if (signature->key->token)
            header[count++] =
                (struct http_header){TEXT("X-Amz-Security-Token"), text_of(signature->key->token)};
    }
    for (size_t i = 0; i < request->header_count; i++)
        if (is_left_unsigned(request->header[i].name))
            header[count++] = request->header[i];
    if (!has_header(request, "user-agent"))
        header[count++] =
            (struct http_header){TEXT("User-Agent"), TEXT("gatehouse/" GATEHOUSE_VERSION)};
    whole.header = header;
    whole.header_count = count;
    code = http_send(pool, &whole, response, err);
out:
    if (result.authorization.data)
        explicit_bzero(result.authorization.data, result.authorization.length);
    sign_result_done(&result);
    mem_free(header);
    return code;
}
