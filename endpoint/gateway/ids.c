#include "endpoint/gateway/ids.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"

static uint64_t rotate(uint64_t value, int count)
{
    return (value << count) | (value >> (64 - count));
}

void ids_init(struct ids *ids)
{
    crypto_random(ids->state, sizeof ids->state);
    ids->state[0] |= 1; /* not all zero */
}

/* xoshiro256++ (Blackman and Vigna, 2019). */
uint64_t ids_next(struct ids *ids)
{
    uint64_t *s = ids->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0], kept = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= kept;
    s[3] = rotate(s[3], 45);
    return result;
}

static char *put_hex(char *out, uint64_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value >>= 4)
        out[i] = "0123456789abcdef"[value & 15];
    return out + digits;
}

void ids_make_uuid(struct ids *ids, char out[37])
{
    uint64_t high = ids_next(ids), low = ids_next(ids);
    char *at = put_hex(out, high >> 32, 8);

    *at++ = '-';
    at = put_hex(at, high >> 16 & 0xffff, 4);
    *at++ = '-';
    at = put_hex(at, 0x4000 | (high & 0x0fff), 4);
    *at++ = '-';
    at = put_hex(at, 0x8000 | (low >> 48 & 0x3fff), 4);
    *at++ = '-';
    at = put_hex(at, low & 0xffffffffffff, 12);
    *at = '\0';
}

void ids_make_short(struct ids *ids, char out[17])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint64_t value = ids_next(ids);

    for (unsigned i = 0; i < 15; i++) {
        if (i == 10)
            value = ids_next(ids);
        out[i] = alphabet[value & 63];
        value >>= 6;
    }
    memcpy(out + 15, "=", 2);
}

void ids_make_trace(struct ids *ids, uint64_t wall, char out[48])
{
    char *at = out + 7;

    memcpy(out, "Root=1-", 7);
    at = put_hex(at, wall / CLOCK_SECOND, 8);
    *at++ = '-';
    at = put_hex(at, ids_next(ids), 16);
    at = put_hex(at, ids_next(ids), 8);
    *at = '\0';
}
