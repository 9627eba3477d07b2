#include "client/sign_canonical.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

enum { CANONICAL_LIMIT = 1024 * 1024 };

struct pair {
    size_t at, name, value; /* offset and lengths in the buffer of encoded pairs */
    const struct buf *in;
};

/* Empty and "." segments go, ".." takes the one before; each other one is encoded once more. */
static void add_path(struct buf *out, struct text path)
{
    size_t start = out->length;
    bool ends_in_slash = path.length > 0 && path.data[path.length - 1] == '/';
    struct text segment;

    while (text_take_field(&path, '/', &segment)) {
        if (segment.length == 0 || text_is(segment, "."))
            continue;
        if (!text_is(segment, "..")) {
            buf_add_char(out, '/');
            http_add_encoded(out, segment, false);
            continue;
        }
        while (out->length > start && out->data[out->length - 1] != '/')
            buf_cut(out, out->length - 1);
        if (out->length > start)
            buf_cut(out, out->length - 1);
    }
    if (ends_in_slash || out->length == start)
        buf_add_char(out, '/');
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    int order = text_compare(text_make(a->in->data + a->at, a->name),
        text_make(b->in->data + b->at, b->name));

    if (order != 0)
        return order;
    return text_compare(text_make(a->in->data + a->at + a->name, a->value),
        text_make(b->in->data + b->at + b->name, b->value));
}

/* What is encoded on the wire is taken as it is meant, so a client may encode more or less. */
static void add_recoded(struct buf *out, struct buf *scratch, struct text text)
{
    buf_clear(scratch);
    http_add_decoded(scratch, text, false);
    http_add_encoded(out, buf_view(scratch), false);
}

static size_t count_fields(struct text text, char delimiter)
{
    size_t count = 1;

    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == delimiter;
    return count;
}

/* Sorted by name, then by value; a presigned request carries its own signature, left out here. */
static enum error_code add_query(struct buf *out, struct text query)
{
    struct pair *pair = mem_new(count_fields(query, '&'), sizeof *pair);
    struct buf encoded, scratch;
    struct text field, name;
    size_t count = 0;
    enum error_code code = pair ? ERROR_NONE : ERROR_MEMORY;

    buf_init(&encoded, CANONICAL_LIMIT);
    buf_init(&scratch, CANONICAL_LIMIT);
    while (pair && text_take_field(&query, '&', &field)) {
        if (field.length == 0)
            continue;
        if (!text_take_until(&field, '=', &name)) {
            name = field;
            field.length = 0;
        }
        if (text_is(name, "X-Amz-Signature"))
            continue;
        pair[count].in = &encoded;
        pair[count].at = encoded.length;
        add_recoded(&encoded, &scratch, name);
        pair[count].name = encoded.length - pair[count].at;
        add_recoded(&encoded, &scratch, field);
        pair[count].value = encoded.length - pair[count].at - pair[count].name;
        count++;
    }
    if (!code)
        code = encoded.failure ? encoded.failure : scratch.failure;
    if (!code)
        qsort(pair, count, sizeof *pair, compare_pairs);
    for (size_t i = 0; !code && i < count; i++) {
        if (i > 0)
            buf_add_char(out, '&');
        buf_add(out, encoded.data + pair[i].at, pair[i].name);
        buf_add_char(out, '=');
        buf_add(out, encoded.data + pair[i].at + pair[i].name, pair[i].value);
    }
    mem_free(pair);
    buf_done(&encoded);
    buf_done(&scratch);
    return code;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks at the ends go, runs of them become one. */
static void add_header_value(struct buf *out, struct text value)
{
    bool blank = false, started = false;

    for (size_t i = 0; i < value.length; i++) {
        if (is_blank(value.data[i])) {
            blank = true;
            continue;
        }
        if (blank && started)
            buf_add_char(out, ' ');
        buf_add_char(out, value.data[i]);
        blank = false;
        started = true;
    }
}

/* Headers of one name become one line, in the order they are sent. */
static bool add_headers(struct buf *out, const struct sign_request *request,
    struct text signed_headers)
{
    struct text name;

    while (text_take_field(&signed_headers, ';', &name)) {
        size_t found = 0;

        for (size_t i = 0; i < request->header_count; i++) {
            if (!text_equal_ignoring_case(request->header[i].name, name))
                continue;
            if (found++ == 0)
                buf_add_text(out, name);
            buf_add_char(out, found == 1 ? ':' : ',');
            add_header_value(out, request->header[i].value);
        }
        if (found == 0)
            return false;
        buf_add_char(out, '\n');
    }
    return true;
}

static void add_hash(struct buf *out, struct text data)
{
    uint8_t hash[CRYPTO_SHA256];

    crypto_sha256(data, hash);
    crypto_add_hex(out, hash, sizeof hash);
}

enum error_code sign_add_canonical(struct buf *out, const struct sign_request *request,
    struct text signed_headers)
{
    enum error_code code;

    buf_add_text(out, request->method);
    buf_add_char(out, '\n');
    add_path(out, request->path);
    buf_add_char(out, '\n');
    code = add_query(out, request->query);
    buf_add_char(out, '\n');
    if (!code && !add_headers(out, request, signed_headers))
        code = ERROR_USAGE;
    buf_add_char(out, '\n');
    buf_add_text(out, signed_headers);
    buf_add_char(out, '\n');
    add_hash(out, request->body);
    return code ? code : out->failure;
}

static void derive(uint8_t key[CRYPTO_SHA256], struct text with)
{
    uint8_t next[CRYPTO_SHA256];

    crypto_hmac_sha256(text_make((const char *)key, CRYPTO_SHA256), with, next);
    memcpy(key, next, sizeof next);
}

static void add_string_to_sign(struct buf *out, const struct sign_scope *scope,
    struct text canonical)
{
    buf_add_string(out, "AWS4-HMAC-SHA256\n");
    buf_add_text(out, scope->date);
    buf_add_char(out, '\n');
    buf_add_text(out, scope->date_stamp);
    buf_add_char(out, '/');
    buf_add_text(out, scope->region);
    buf_add_char(out, '/');
    buf_add_text(out, scope->service);
    buf_add_char(out, '/');
    buf_add_text(out, scope->terminator);
    buf_add_char(out, '\n');
    add_hash(out, canonical);
}

enum error_code sign_compute(const struct sign_request *request, struct text signed_headers,
    const struct sign_scope *scope, struct text secret_key, char signature[SIGN_HEX])
{
    uint8_t key[CRYPTO_SHA256];
    struct buf canonical, scratch;
    enum error_code code;

    buf_init(&canonical, CANONICAL_LIMIT);
    buf_init(&scratch, CANONICAL_LIMIT);
    code = sign_add_canonical(&canonical, request, signed_headers);
    if (code)
        goto out;
    add_string_to_sign(&scratch, scope, buf_view(&canonical));
    buf_clear(&canonical); /* from here on: AWS4 and the secret */
    buf_add_string(&canonical, "AWS4");
    buf_add_text(&canonical, secret_key);
    code = canonical.failure ? canonical.failure : scratch.failure;
    if (code)
        goto out;
    crypto_hmac_sha256(buf_view(&canonical), scope->date_stamp, key);
    memset(canonical.data, 0, canonical.length);
    derive(key, scope->region);
    derive(key, scope->service);
    derive(key, scope->terminator);
    derive(key, buf_view(&scratch));
    buf_clear(&scratch);
    crypto_add_hex(&scratch, key, sizeof key);
    code = scratch.failure;
    if (!code)
        memcpy(signature, scratch.data, SIGN_HEX);
out:
    buf_done(&canonical);
    buf_done(&scratch);
    return code;
}
