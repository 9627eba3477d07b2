#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Over Nettle and libdeflate; the only file that sees them. Thread-safe. */

enum { CRYPTO_SHA256 = 32, CRYPTO_SHA1 = 20, CRYPTO_MD5 = 16 };

void crypto_sha256(struct text data, uint8_t out[CRYPTO_SHA256]);
void crypto_hmac_sha256(struct text key, struct text data, uint8_t out[CRYPTO_SHA256]);

/* For checksums that a protocol prescribes, never for secrets. */
void crypto_md5(struct text data, uint8_t out[CRYPTO_MD5]);

/* For names of files that another tool gives them, never for secrets. */
void crypto_sha1(struct text data, uint8_t out[CRYPTO_SHA1]);

void crypto_add_hex(struct buf *out, const uint8_t *data, size_t length); /* lower case */
bool crypto_from_hex(struct text hex, uint8_t *out, size_t length);

void crypto_add_base64(struct buf *out, struct text data);
void crypto_add_base64url(struct buf *out, struct text data); /* no padding */
/* Strict: alphabet, length a multiple of 4, zero pad bits. */
bool crypto_from_base64(struct buf *out, struct text base64);
bool crypto_from_base64url(struct buf *out, struct text base64url);

uint32_t crypto_crc32(struct text data); /* as zlib, gzip and x-amz-crc32 */

void crypto_random(void *out, size_t length); /* from the kernel; in tests, see crypto_seed */
void crypto_seed(uint64_t seed);              /* tests: a fixed sequence from now on; 0 ends it */

void crypto_add_uuid(struct buf *out); /* version 4 */
void crypto_add_id(struct buf *out, size_t length, const char *alphabet);

/* Time-constant comparison. */
bool crypto_equal(struct text a, struct text b);

#endif
