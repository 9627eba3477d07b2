#include "base/crypto.h"

#include <libdeflate.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

enum { NOT_BASE64 = 64 };

static const uint8_t *bytes_of(struct text text)
{
    return (const uint8_t *)(text.data ? text.data : "");
}

void crypto_sha256(struct text data, uint8_t out[CRYPTO_SHA256])
{
    struct sha256_ctx context;

    sha256_init(&context);
    sha256_update(&context, data.length, bytes_of(data));
    sha256_digest(&context, CRYPTO_SHA256, out);
}

void crypto_md5(struct text data, uint8_t out[CRYPTO_MD5])
{
    struct md5_ctx context;

    md5_init(&context);
    md5_update(&context, data.length, bytes_of(data));
    md5_digest(&context, CRYPTO_MD5, out);
}

void crypto_sha1(struct text data, uint8_t out[CRYPTO_SHA1])
{
    struct sha1_ctx context;

    sha1_init(&context);
    sha1_update(&context, data.length, bytes_of(data));
    sha1_digest(&context, CRYPTO_SHA1, out);
}

void crypto_hmac_sha256(struct text key, struct text data, uint8_t out[CRYPTO_SHA256])
{
    struct hmac_sha256_ctx context;

    hmac_sha256_set_key(&context, key.length, bytes_of(key));
    hmac_sha256_update(&context, data.length, bytes_of(data));
    hmac_sha256_digest(&context, CRYPTO_SHA256, out);
    explicit_bzero(&context, sizeof context);
}

static const char hex_digits[] = "0123456789abcdef";

void crypto_add_hex(struct buf *out, const uint8_t *data, size_t length)
{
    char *target = buf_reserve(out, 2 * length);

    if (!target)
        return;
    for (size_t i = 0; i < length; i++) {
        *target++ = hex_digits[data[i] >> 4];
        *target++ = hex_digits[data[i] & 15];
    }
    buf_added(out, 2 * length);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool crypto_from_hex(struct text hex, uint8_t *out, size_t length)
{
    if (hex.length % 2 || hex.length / 2 != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        int high = hex_value(hex.data[2 * i]), low = hex_value(hex.data[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(16 * high + low);
    }
    return true;
}

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode_base64(struct buf *out, struct text data, const char *alphabet, bool padded)
{
    const unsigned char *byte = (const unsigned char *)data.data;
    size_t rest = data.length % 3;
    size_t length = data.length / 3 * 4 + (rest && padded ? 4 : rest ? rest + 1 : 0);
    char *target = length ? buf_reserve(out, length) : NULL;

    if (!target)
        return;
    for (size_t i = 0; i < data.length; i += 3) {
        size_t left = data.length - i;
        uint32_t group = (uint32_t)byte[i] << 16;

        if (left > 1)
            group |= (uint32_t)byte[i + 1] << 8;
        if (left > 2)
            group |= byte[i + 2];
        *target++ = alphabet[group >> 18];
        *target++ = alphabet[group >> 12 & 63];
        if (left > 1)
            *target++ = alphabet[group >> 6 & 63];
        else if (padded)
            *target++ = '=';
        if (left > 2)
            *target++ = alphabet[group & 63];
        else if (padded)
            *target++ = '=';
    }
    buf_added(out, length);
}

void crypto_add_base64(struct buf *out, struct text data)
{
    encode_base64(out, data, base64_alphabet, true);
}

void crypto_add_base64url(struct buf *out, struct text data)
{
    encode_base64(out, data, base64url_alphabet, false);
}

/* Takes text without padding. Nothing is added when it is bad. */
static bool decode_base64(struct buf *out, struct text text, const char *alphabet)
{
    const unsigned char *digit = (const unsigned char *)text.data;
    size_t rest = text.length % 4, done = 0;
    size_t length = text.length / 4 * 3 + (rest ? rest - 1 : 0);
    uint8_t value[256], bad = 0;
    uint32_t group = 0;
    char *target;

    if (!text.length)
        return true;
    memset(value, NOT_BASE64, sizeof value);
    for (uint8_t i = 0; i < 64; i++)
        value[(unsigned char)alphabet[i]] = i;
    for (size_t i = 0; i < text.length; i++)
        bad |= value[digit[i]];
    /* Pad bits that are not zero would give one value two spellings. */
    if (rest == 1 || bad & NOT_BASE64 ||
        (rest && value[digit[text.length - 1]] & (rest == 2 ? 15 : 3)))
        return false;
    target = buf_reserve(out, length);
    if (!target)
        return true; /* the buffer remembers why */
    for (size_t i = 0; i < text.length; i++) {
        group = group << 6 | value[digit[i]];
        if (i % 4)
            target[done++] = (char)(group >> (6 - 2 * (i % 4)) & 0xff);
    }
    buf_added(out, length);
    return true;
}

bool crypto_from_base64(struct buf *out, struct text base64)
{
    if (base64.length % 4)
        return false;
    for (int i = 0; i < 2 && base64.length && base64.data[base64.length - 1] == '='; i++)
        base64.length--;
    return decode_base64(out, base64, base64_alphabet);
}

bool crypto_from_base64url(struct buf *out, struct text base64url)
{
    return decode_base64(out, base64url, base64url_alphabet);
}

uint32_t crypto_crc32(struct text data)
{
    return libdeflate_crc32(0, bytes_of(data), data.length);
}

static pthread_mutex_t seed_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool seeded; /* changed under the lock */
static uint64_t seed_state;

void crypto_seed(uint64_t seed)
{
    pthread_mutex_lock(&seed_lock);
    atomic_store(&seeded, seed != 0);
    seed_state = seed;
    pthread_mutex_unlock(&seed_lock);
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t next_seeded(void)
{
    uint64_t value = seed_state += 0x9e3779b97f4a7c15;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

static bool fill_seeded(uint8_t *out, size_t length)
{
    bool filled;

    if (!atomic_load(&seeded))
        return false;
    pthread_mutex_lock(&seed_lock);
    filled = atomic_load(&seeded);
    for (size_t i = 0; filled && i < length; i += 8) {
        uint64_t value = next_seeded();

        for (size_t j = i; j < length && j < i + 8; j++, value >>= 8)
            out[j] = (uint8_t)value;
    }
    pthread_mutex_unlock(&seed_lock);
    return filled;
}

static void ask_kernel(uint8_t *out, size_t length)
{
    while (length) {
        ssize_t got = getrandom(out, length, 0);

        /* Only a signal interrupts it: without flags it waits until there is enough. */
        if (got > 0) {
            out += got;
            length -= (size_t)got;
        }
    }
}

/*
 * Bytes of the kernel in stock, because asking for 16 of them costs as much as asking for all.
 * 1. byte[0..left) has been given to nobody; what is behind has been wiped.
 * 2. A stock of another generation is not used: a child must not give what its parent gives.
 */
static _Thread_local struct stock {
    uint8_t byte[4096];
    size_t left;
    unsigned generation;
} stock;

static pthread_once_t generation_once = PTHREAD_ONCE_INIT;
static atomic_uint generation = 1; /* one more in every child */

static void begin_generation(void)
{
    atomic_fetch_add(&generation, 1);
}

static void watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, begin_generation))
        atomic_store(&generation, 0); /* no memory to be told: never take from stock */
}

static bool take_from_stock(uint8_t *out, size_t length)
{
    unsigned now;

    pthread_once(&generation_once, watch_forks);
    now = atomic_load(&generation);
    if (length > sizeof stock.byte / 8 || now == 0)
        return false;
    if (stock.left < length || stock.generation != now) {
        ask_kernel(stock.byte, sizeof stock.byte);
        stock.left = sizeof stock.byte;
        stock.generation = now;
    }
    stock.left -= length;
    if (length > 0)
        memcpy(out, stock.byte + stock.left, length);
    explicit_bzero(stock.byte + stock.left, length);
    return true;
}

void crypto_random(void *out, size_t length)
{
    if (!fill_seeded(out, length) && !take_from_stock(out, length))
        ask_kernel(out, length);
}

void crypto_add_uuid(struct buf *out)
{
    uint8_t id[16];
    size_t at = 0;
    static const uint8_t group[] = {4, 2, 2, 2, 6};

    crypto_random(id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof group; at += group[i++]) {
        if (i)
            buf_add_char(out, '-');
        crypto_add_hex(out, id + at, group[i]);
    }
}

void crypto_add_id(struct buf *out, size_t length, const char *alphabet)
{
    size_t letters = strlen(alphabet);
    size_t fair = letters ? 256 / letters * letters : 0; /* above it some would come more often */
    uint8_t byte[64];

    while (fair && length) {
        crypto_random(byte, sizeof byte);
        for (size_t i = 0; i < sizeof byte && length; i++) {
            if (byte[i] < fair) {
                buf_add_char(out, alphabet[byte[i] % letters]);
                length--;
            }
        }
    }
}

bool crypto_equal(struct text a, struct text b)
{
    return a.length == b.length && (!a.length || memeql_sec(a.data, b.data, a.length));
}
