#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * DynamoDB numbers: 38 significant digits, magnitude 1E-130 .. 9.99..E+125, exact.
 * Own code because Debian 12 has no 38-digit decimal library.
 */
enum { DECIMAL_DIGITS = 38, DECIMAL_EXPONENT_MIN = -130, DECIMAL_EXPONENT_MAX = 125 };
enum { DECIMAL_KEY_LIMIT = 22 };

/* value = (-1)^negative * d0.d1d2... * 10^exponent; zero has count 0 and is never negative. */
struct decimal {
    bool negative;
    uint8_t count;                 /* significant digits, without trailing zeros */
    int16_t exponent;              /* of the first digit */
    uint8_t digit[DECIMAL_DIGITS]; /* 0..9, the first one not 0 */
};

enum decimal_result {
    DECIMAL_OK,
    DECIMAL_NOT_A_NUMBER,
    DECIMAL_TOO_MANY_DIGITS,
    DECIMAL_OVERFLOW,
    DECIMAL_UNDERFLOW
};

/* [+-]? (digits [. digits?] | . digits) ([eE][+-]?digits)?, tables.md 4.2. */
enum decimal_result decimal_parse(struct text text, struct decimal *out) MUST_CHECK;

/* Results with more than 38 digits or out of range are DECIMAL_OVERFLOW (or _UNDERFLOW). */
enum decimal_result decimal_add(const struct decimal *a, const struct decimal *b,
    struct decimal *out) MUST_CHECK;
enum decimal_result decimal_subtract(const struct decimal *a, const struct decimal *b,
    struct decimal *out) MUST_CHECK;

int decimal_compare(const struct decimal *a, const struct decimal *b);

/* Canonical: plain decimal, no exponent, no leading or trailing zeros, "0" for zero. */
void decimal_add_text(struct buf *out, const struct decimal *value);

/*
 * Bytes whose memcmp order is the order of values; self-delimiting, 1..22 bytes; see tables.md
 * 4.4 for the layout. decimal_from_key reads them back and returns the bytes consumed, 0 = bad.
 */
void decimal_add_key(struct buf *out, const struct decimal *value);
size_t decimal_from_key(struct text key, struct decimal *out);

/* Size in bytes as an item counts it (tables.md 4.1). */
size_t decimal_size(const struct decimal *value);

/* The service's sentence for a result other than DECIMAL_OK (tables.md 7.2), text echoed. */
void decimal_explain(enum decimal_result result, struct text text, struct buf *out);

#endif
