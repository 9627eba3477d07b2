#include "client/sign.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/sign_canonical.h"

enum { AUTHORIZATION_LIMIT = 16 * 1024 };

/* Ours, or no part of what is signed: a header of that name from the caller is left out. */
static bool is_own_header(struct text name, bool token)
{
    return text_is_ignoring_case(name, "authorization") ||
           text_is_ignoring_case(name, "x-amz-date") ||
           (token && text_is_ignoring_case(name, "x-amz-security-token"));
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int compare_names(const void *left, const void *right)
{
    struct text a = ((const struct http_header *)left)->name;
    struct text b = ((const struct http_header *)right)->name;

    for (size_t i = 0; i < a.length && i < b.length; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return (unsigned char)lower(a.data[i]) < (unsigned char)lower(b.data[i]) ? -1 : 1;
    return a.length == b.length ? 0 : a.length < b.length ? -1 : 1;
}

/* "host;x-amz-date", from headers sorted by name. */
static void add_signed_names(struct buf *out, const struct http_header *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && text_equal_ignoring_case(sorted[i - 1].name, sorted[i].name))
            continue;
        if (out->length > 0)
            buf_add_char(out, ';');
        for (size_t k = 0; k < sorted[i].name.length; k++)
            buf_add_char(out, lower(sorted[i].name.data[k]));
    }
}

static size_t collect(struct http_header *out, const struct sign_request *request,
    const struct sign_key *key, const char *date)
{
    size_t count = 0;

    for (size_t i = 0; i < request->header_count; i++)
        if (!is_own_header(request->header[i].name, key->token.length > 0))
            out[count++] = request->header[i];
    out[count++] = (struct http_header){TEXT("x-amz-date"), text_of(date)};
    if (key->token.length > 0)
        out[count++] = (struct http_header){TEXT("x-amz-security-token"), key->token};
    return count;
}

enum error_code sign_request(const struct sign_key *key, const char *region, const char *service,
    uint64_t wall, const struct sign_request *request, struct sign_result *result,
    struct error *err)
{
    struct http_header *header = mem_new((request->header_count + 2) * 2, sizeof *header);
    struct sign_request whole = *request;
    struct buf date, names;
    struct sign_scope scope;
    char signature[SIGN_HEX];
    enum error_code code = ERROR_NONE;

    buf_init(&date, sizeof result->date);
    buf_init(&names, AUTHORIZATION_LIMIT);
    buf_init(&result->authorization, AUTHORIZATION_LIMIT);
    clock_add_compact(&date, wall);
    if (!header || date.failure || date.length >= sizeof result->date) {
        code = error_memory(err);
        goto out;
    }
    memcpy(result->date, date.data, date.length + 1);
    whole.header = header;
    whole.header_count = collect(header, request, key, result->date);
    /* A sorted second copy: headers of one name must stay in the order they are sent. */
    memcpy(header + whole.header_count, header, whole.header_count * sizeof *header);
    qsort(header + whole.header_count, whole.header_count, sizeof *header, compare_names);
    add_signed_names(&names, header + whole.header_count, whole.header_count);
    scope = (struct sign_scope){.date = text_of(result->date),
        .date_stamp = text_slice(text_of(result->date), 0, 8),
        .region = text_of(region),
        .service = text_of(service),
        .terminator = TEXT("aws4_request")};
    code = sign_compute(&whole, buf_view(&names), &scope, key->secret_key, signature);
    if (code) {
        error_set(err, code, "cannot sign the request: %s",
            code == ERROR_MEMORY ? "out of memory" : "it is too large");
        goto out;
    }
    buf_add_string(&result->authorization, "AWS4-HMAC-SHA256 Credential=");
    buf_add_text(&result->authorization, key->access_key);
    buf_add_format(&result->authorization,
        "/%.8s/%s/%s/aws4_request, SignedHeaders=%s, Signature=", result->date, region, service,
        buf_string(&names));
    buf_add(&result->authorization, signature, sizeof signature);
    code = buf_check(&result->authorization, "the signature", err);
out:
    mem_free(header);
    buf_done(&date);
    buf_done(&names);
    return code;
}

void sign_result_done(struct sign_result *result)
{
    buf_done(&result->authorization);
}
