#include "endpoint/auth.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "client/http.h"
#include "client/sign.h"

enum { CLOCK_TOLERANCE_MINUTES = 15 };

static const char invalid_token[] = "The security token included in the request is invalid.";
static const char mismatch[] =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

/* What a request says of itself, from the header or from the query. */
struct claim {
    bool in_query;
    struct text authorization; /* the header */
    struct text algorithm, credential;
    struct sign_claim sign;
};

/* A decoded query parameter; data NULL when absent. */
static struct text query_value(struct exchange *exchange, const char *name)
{
    struct text query = exchange_request(exchange)->query, field, key;
    struct text value = {NULL, 0};
    struct buf decoded;

    while (text_take_field(&query, '&', &field)) {
        if (!text_take_until(&field, '=', &key) || !text_is(key, name))
            continue;
        buf_init(&decoded, 16 * 1024);
        http_add_decoded(&decoded, field, true);
        value = arena_text(exchange_arena(exchange), buf_view(&decoded));
        buf_done(&decoded);
        return value;
    }
    return value;
}

static void split_credential(struct claim *claim)
{
    struct text rest = claim->credential;
    struct sign_claim *sign = &claim->sign;

    sign->access_key = sign->date_stamp = sign->region = sign->service = sign->terminator =
        TEXT("");
    if (text_take_field(&rest, '/', &sign->access_key) &&
        text_take_field(&rest, '/', &sign->date_stamp) &&
        text_take_field(&rest, '/', &sign->region) && text_take_field(&rest, '/', &sign->service))
        sign->terminator = rest;
}

static void read_header(struct exchange *exchange, struct claim *claim)
{
    struct text rest = claim->authorization, field, name;

    if (!text_take_until(&rest, ' ', &claim->algorithm)) {
        claim->algorithm = rest;
        rest = TEXT("");
    }
    while (text_take_field(&rest, ',', &field)) {
        field = text_trim(field);
        if (!text_take_until(&field, '=', &name))
            continue;
        if (text_is(name, "Credential"))
            claim->credential = field;
        else if (text_is(name, "SignedHeaders"))
            claim->sign.signed_headers = field;
        else if (text_is(name, "Signature"))
            claim->sign.signature = field;
    }
    claim->sign.date = exchange_header(exchange, "X-Amz-Date");
    if (!claim->sign.date.data)
        claim->sign.date = exchange_header(exchange, "Date");
}

static void read_query(struct exchange *exchange, struct claim *claim)
{
    claim->in_query = true;
    claim->algorithm = query_value(exchange, "X-Amz-Algorithm");
    claim->credential = query_value(exchange, "X-Amz-Credential");
    claim->sign.signature = query_value(exchange, "X-Amz-Signature");
    claim->sign.signed_headers = query_value(exchange, "X-Amz-SignedHeaders");
    claim->sign.date = query_value(exchange, "X-Amz-Date");
}

static bool query_has_algorithm(const struct exchange *exchange)
{
    struct text query = exchange_request(exchange)->query;

    return text_find(query, TEXT("X-Amz-Algorithm="), 0) != SIZE_MAX;
}

/* False when the request is not signed at all. */
static bool read_claim(struct exchange *exchange, struct claim *claim)
{
    *claim = (struct claim){.authorization = exchange_header(exchange, "Authorization")};
    if (claim->authorization.data)
        read_header(exchange, claim);
    else if (query_has_algorithm(exchange))
        read_query(exchange, claim);
    else
        return false;
    split_credential(claim);
    return true;
}

static void copy_text(char *out, size_t size, struct text text, const char *otherwise)
{
    if (text.length == 0 || text.length >= size || memchr(text.data, '\0', text.length))
        text = text_of(otherwise);
    if (text.length >= size)
        text.length = size - 1;
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
}

static void fill_identity(const struct auth *auth, struct exchange *exchange,
    const struct claim *claim)
{
    struct identity *identity = exchange_identity(exchange);

    copy_text(identity->account, sizeof identity->account, TEXT(""), auth->account);
    copy_text(identity->region, sizeof identity->region, claim->sign.region, auth->region);
    copy_text(identity->access_key, sizeof identity->access_key, claim->sign.access_key, "");
    copy_text(identity->service, sizeof identity->service, claim->sign.service, "");
}

static bool refuse(struct auth_refusal *refusal, const char *type, const char *message)
{
    refusal->type = type;
    refusal->message = text_of(message ? message : "out of memory");
    return false;
}

static bool refuse_incomplete(struct auth_refusal *refusal, const char *message)
{
    return refuse(refusal, "IncompleteSignatureException", message);
}

static bool refuse_invalid(struct auth_refusal *refusal, const char *message)
{
    return refuse(refusal, "InvalidSignatureException", message);
}

/* "{before}{name}{after}" when the part is not there. */
struct sentence {
    const char *before, *after;
};

static void add_missing(struct buf *out, const struct sentence *sentence, struct text part,
    const char *name)
{
    if (part.length > 0)
        return;
    buf_add_string(out, sentence->before);
    buf_add_string(out, name);
    buf_add_string(out, sentence->after);
}

static void name_missing_in_query(struct buf *out, const struct claim *claim)
{
    static const struct sentence sentence = {"AWS query-string parameters must include '", "'. "};

    add_missing(out, &sentence, claim->credential, "X-Amz-Credential");
    add_missing(out, &sentence, claim->sign.signature, "X-Amz-Signature");
    add_missing(out, &sentence, claim->sign.signed_headers, "X-Amz-SignedHeaders");
    add_missing(out, &sentence, claim->sign.date, "X-Amz-Date");
    if (out->length > 0)
        buf_add_string(out, "Re-examine the query-string parameters.");
}

static void name_missing_in_header(struct buf *out, const struct claim *claim)
{
    static const struct sentence sentence = {"Authorization header requires '", "' parameter. "};

    add_missing(out, &sentence, claim->credential, "Credential");
    add_missing(out, &sentence, claim->sign.signature, "Signature");
    add_missing(out, &sentence, claim->sign.signed_headers, "SignedHeaders");
    if (claim->sign.date.length == 0)
        buf_add_string(out, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                            "'Date' header. ");
    if (out->length == 0)
        return;
    buf_add_string(out, "Authorization=");
    buf_add_text(out, claim->authorization);
}

/* Rows 8 to 10. */
static bool check_shape(struct exchange *exchange, const struct claim *claim,
    struct auth_refusal *refusal)
{
    struct buf missing;
    bool is_complete;

    if (claim->authorization.data && query_has_algorithm(exchange))
        return refuse_invalid(refusal, "Found both 'X-Amz-Algorithm' as a query-string param and "
                                       "'Authorization' as HTTP header.");
    if (!claim->in_query && !text_starts_with(claim->algorithm, TEXT("AWS4-")))
        return refuse(refusal, "MissingAuthenticationTokenException",
            "Request is missing Authentication Token");
    buf_init(&missing, 32 * 1024);
    if (claim->in_query)
        name_missing_in_query(&missing, claim);
    else
        name_missing_in_header(&missing, claim);
    is_complete = missing.length == 0 && !missing.failure;
    if (!is_complete)
        refuse_incomplete(refusal, arena_string(exchange_arena(exchange), buf_view(&missing)));
    buf_done(&missing);
    return is_complete;
}

static const char *compact(struct arena *arena, uint64_t wall)
{
    struct buf out;
    const char *text;

    buf_init(&out, 64);
    clock_add_compact(&out, wall);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text ? text : "";
}

static bool check_age(struct exchange *exchange, const struct claim *claim,
    struct auth_refusal *refusal)
{
    const uint64_t tolerance = CLOCK_TOLERANCE_MINUTES * 60 * CLOCK_SECOND;
    struct arena *arena = exchange_arena(exchange);
    struct text date = claim->sign.date;
    uint64_t then, now = clock_wall();

    if (!clock_parse_compact(date, &then))
        return refuse_incomplete(refusal,
            arena_format(arena,
                "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                "http://en.wikipedia.org/wiki/ISO_8601",
                (int)date.length, date.data));
    if (then + tolerance < now)
        return refuse_invalid(refusal,
            arena_format(arena, "Signature expired: %.*s is now earlier than %s (%s - %d min.)",
                (int)date.length, date.data, compact(arena, now - tolerance), compact(arena, now),
                CLOCK_TOLERANCE_MINUTES));
    if (then > now + tolerance)
        return refuse_invalid(refusal,
            arena_format(arena,
                "Signature not yet current: %.*s is still later than %s (%s + %d min.)",
                (int)date.length, date.data, compact(arena, now + tolerance), compact(arena, now),
                CLOCK_TOLERANCE_MINUTES));
    return true;
}

static bool host_is_signed(struct text signed_headers)
{
    struct text name;

    while (text_take_field(&signed_headers, ';', &name))
        if (text_is_ignoring_case(name, "host"))
            return true;
    return false;
}

static unsigned count_slashes(struct text text)
{
    unsigned count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == '/';
    return count;
}

static bool check_scope(struct exchange *exchange, const struct claim *claim, const char *service,
    struct auth_refusal *refusal)
{
    const struct sign_claim *sign = &claim->sign;
    struct arena *arena = exchange_arena(exchange);

    if (count_slashes(claim->credential) != 4)
        return refuse_incomplete(refusal,
            arena_format(arena,
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                "keyid/date/region/service/term, got '%.*s'",
                (int)claim->credential.length, claim->credential.data));
    if (sign->region.length == 0 || sign->region.length >= sizeof((struct identity *)0)->region)
        return refuse_invalid(refusal,
            arena_format(arena, "Credential should be scoped to a valid region, not '%.*s'. ",
                (int)sign->region.length, sign->region.data));
    if (!text_is(sign->service, service))
        return refuse_invalid(refusal,
            arena_format(arena, "Credential should be scoped to correct service: '%s'. ", service));
    if (!text_is(sign->terminator, "aws4_request"))
        return refuse_invalid(refusal,
            arena_format(arena,
                "Credential should be scoped with a valid terminator: 'aws4_request', not '%.*s'. ",
                (int)sign->terminator.length, sign->terminator.data));
    if (!text_equal(sign->date_stamp, text_slice(sign->date, 0, 8)))
        return refuse_invalid(refusal,
            arena_format(arena,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                "from HTTP: '%.*s' != '%.*s', from '%.*s'.",
                (int)sign->date_stamp.length, sign->date_stamp.data, 8, sign->date.data,
                (int)sign->date.length, sign->date.data));
    return true;
}

/* Row 11. */
static bool verify(const struct auth *auth, struct exchange *exchange, const struct claim *claim,
    const char *service, struct auth_refusal *refusal)
{
    const struct exchange_request *request = exchange_request(exchange);
    const struct sign_request signed_request = {.method = request->method,
        .path = request->path,
        .query = request->query,
        .header = request->header,
        .header_count = request->header_count,
        .body = request->body};

    if (!check_age(exchange, claim, refusal))
        return false;
    if (!host_is_signed(claim->sign.signed_headers))
        return refuse_invalid(refusal, "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                       "Authorization.");
    if (!text_is(claim->algorithm, "AWS4-HMAC-SHA256"))
        return refuse_incomplete(refusal,
            arena_format(exchange_arena(exchange), "Unsupported AWS 'algorithm': '%.*s'. ",
                (int)claim->algorithm.length, claim->algorithm.data));
    if (!check_scope(exchange, claim, service, refusal))
        return false;
    if (!text_is(claim->sign.access_key, auth->access_key))
        return refuse(refusal, "UnrecognizedClientException", invalid_token);
    if (!sign_verify(&claim->sign, text_of(auth->secret_key), &signed_request))
        return refuse_invalid(refusal, mismatch);
    if (exchange_header(exchange, "X-Amz-Security-Token").data ||
        (claim->in_query && query_value(exchange, "X-Amz-Security-Token").data))
        return refuse(refusal, "UnrecognizedClientException", invalid_token);
    return true;
}

bool auth_check(const struct auth *auth, struct exchange *exchange, const char *service,
    struct auth_refusal *refusal)
{
    struct claim claim;
    bool is_signed = read_claim(exchange, &claim);

    fill_identity(auth, exchange, &claim);
    if (auth->mode == ENDPOINT_AUTH_OFF)
        return true;
    if (!is_signed)
        return refuse(refusal, "MissingAuthenticationTokenException",
            "Request is missing Authentication Token");
    if (!check_shape(exchange, &claim, refusal))
        return false;
    return auth->mode != ENDPOINT_AUTH_VERIFY || verify(auth, exchange, &claim, service, refusal);
}

void auth_identify(const struct auth *auth, struct exchange *exchange)
{
    struct claim claim;

    read_claim(exchange, &claim);
    fill_identity(auth, exchange, &claim);
}

struct text auth_service(struct exchange *exchange)
{
    struct claim claim;

    return read_claim(exchange, &claim) ? claim.sign.service : TEXT("");
}
