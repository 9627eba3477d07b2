#ifndef CLIENT_SIGN_CANONICAL_H
#define CLIENT_SIGN_CANONICAL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/sign.h"

/*
 * What signing and verifying have in common: the canonical request of Signature Version 4
 * ("Create a signed AWS API request", AWS General Reference), for every service but S3.
 */

enum { SIGN_HEX = 64 };

struct sign_scope {
    struct text date; /* 20150830T123600Z */
    struct text date_stamp, region, service, terminator;
};

/*
 * The signature of the request over the headers named, "host;x-amz-date"; lower-case hex.
 * ERROR_USAGE when one of them is missing, ERROR_LIMIT, ERROR_MEMORY.
 */
enum error_code sign_compute(const struct sign_request *request, struct text signed_headers,
    const struct sign_scope *scope, struct text secret_key, char signature[SIGN_HEX]) MUST_CHECK;

/* Writes the canonical request itself. */
enum error_code sign_add_canonical(struct buf *out, const struct sign_request *request,
    struct text signed_headers) MUST_CHECK;

#endif
