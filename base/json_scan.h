#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looking at JSON text eight bytes at a time. A word holds the first byte lowest; a mask has the
 * high bit of each byte that was found, and only its lowest one counts where it says so.
 */

#define JSON_SCAN_ONES UINT64_C(0x0101010101010101)
#define JSON_SCAN_HIGHS (JSON_SCAN_ONES << 7)

enum { JSON_SCAN_WORD = 8 };

/* Compilers make one load of it. */
static inline uint64_t json_scan_load(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;

    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/* Every byte of the word that is c. */
static inline uint64_t json_scan_equal(uint64_t word, char c)
{
    const uint64_t rest = ~JSON_SCAN_HIGHS;
    uint64_t other = word ^ JSON_SCAN_ONES * (unsigned char)c;

    return ~(((other & rest) + rest) | other | rest);
}

/* Bytes before the lowest one of a mask that is not 0. */
static inline size_t json_scan_first(uint64_t mask)
{
    uint64_t lowest = mask >> 7 & (0 - (mask >> 7));

    return (size_t)(((lowest - 1) & JSON_SCAN_ONES) * JSON_SCAN_ONES >> 56);
}

/* The first byte that is a quote, a backslash, a control or not ASCII is the lowest of the mask. */
static inline uint64_t json_scan_special(uint64_t word)
{
    uint64_t quote = word ^ JSON_SCAN_ONES * '"', backslash = word ^ JSON_SCAN_ONES * '\\';

    return ((quote - JSON_SCAN_ONES) | (backslash - JSON_SCAN_ONES) |
               (word - JSON_SCAN_ONES * 0x20) | word) &
           JSON_SCAN_HIGHS;
}

/* Offset of the first byte at or after at that is not plain; the source may end before. */
static inline size_t json_scan_plain(struct text source, size_t at)
{
    while (source.length - at >= JSON_SCAN_WORD) {
        uint64_t special = json_scan_special(json_scan_load(source.data + at));

        if (special)
            return at + json_scan_first(special);
        at += JSON_SCAN_WORD;
    }
    while (at < source.length && (unsigned char)(source.data[at] - 0x20) < 0x60 &&
           source.data[at] != '"' && source.data[at] != '\\')
        at++;
    return at;
}

#endif
