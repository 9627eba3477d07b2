#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Runs of plain characters inside JSON strings, eight bytes at a time. */

#define JSON_SCAN_ONES UINT64_C(0x0101010101010101)
#define JSON_SCAN_HIGHS (JSON_SCAN_ONES << 7)

/* Nonzero when a byte of the word is a quote, a backslash, a control or not ASCII. */
static inline uint64_t json_scan_special(uint64_t word)
{
    uint64_t quote = word ^ JSON_SCAN_ONES * '"', backslash = word ^ JSON_SCAN_ONES * '\\';

    return (((quote - JSON_SCAN_ONES) | (backslash - JSON_SCAN_ONES) |
                (word - JSON_SCAN_ONES * 0x20)) |
               word) &
           JSON_SCAN_HIGHS;
}

static inline bool json_scan_is_plain(char c)
{
    return (unsigned char)(c - 0x20) < 0x60 && c != '"' && c != '\\';
}

/* Offset of the first byte at or after at that is not plain; the source may end before. */
static inline size_t json_scan_plain(struct text source, size_t at)
{
    uint64_t word;

    while (source.length - at >= sizeof word) {
        memcpy(&word, source.data + at, sizeof word);
        if (json_scan_special(word))
            break;
        at += sizeof word;
    }
    while (at < source.length && json_scan_is_plain(source.data[at]))
        at++;
    return at;
}

#endif
