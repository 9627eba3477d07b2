#ifndef CLIENT_SIGN_H
#define CLIENT_SIGN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * AWS Signature Version 4, signing and verifying. Own code: libcurl 7.88 signs 19 of the 51
 * published cases wrong. Path normalisation and encoding as the published suite has them.
 */
struct sign_key {
    struct text access_key, secret_key, token; /* token empty: none */
};

struct sign_request {
    struct text method;
    struct text path;  /* as on the wire, percent-encoded, "/" at least */
    struct text query; /* as on the wire, without '?' */
    const struct http_header *header;
    size_t header_count;
    struct text body;
};

/*
 * Signs every header given (Host must be among them) plus x-amz-date and, with a token,
 * x-amz-security-token, which it also returns as text to send:
 * authorization "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...".
 */
struct sign_result {
    struct buf authorization;
    char date[20]; /* 20261121T114207Z */
};
enum error_code sign_request(const struct sign_key *key, const char *region, const char *service,
    uint64_t wall, const struct sign_request *request, struct sign_result *result,
    struct error *err) MUST_CHECK;
void sign_result_done(struct sign_result *result);

/* The parts of an Authorization header or of presigned query parameters. */
struct sign_claim {
    struct text access_key, date_stamp, region, service, terminator;
    struct text signed_headers, signature;
    struct text date; /* X-Amz-Date */
};
/* False when it is not AWS4-HMAC-SHA256; missing parts stay empty views. */
bool sign_parse(struct text authorization, struct sign_claim *claim);

/* True when the signature is right for this secret. Date and scope are the caller's checks. */
bool sign_verify(const struct sign_claim *claim, struct text secret_key,
    const struct sign_request *request);

#endif
