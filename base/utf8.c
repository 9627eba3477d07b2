#include "base/utf8.h"

#include <string.h>

/* Table 3-7, The Unicode Standard: the second byte is what tells overlong forms and surrogates. */
size_t utf8_decode(struct text text, uint32_t *code_point)
{
    unsigned char b0 = (unsigned char)text.data[0], b1, low = 0x80, high = 0xbf;
    size_t length;
    uint32_t value;

    if (b0 < 0x80) {
        *code_point = b0;
        return 1;
    }
    if (b0 < 0xc2 || b0 > 0xf4)
        return 0;
    length = b0 < 0xe0 ? 2 : b0 < 0xf0 ? 3 : 4;
    if (text.length < length)
        return 0;
    if (b0 == 0xe0)
        low = 0xa0;
    else if (b0 == 0xed)
        high = 0x9f;
    else if (b0 == 0xf0)
        low = 0x90;
    else if (b0 == 0xf4)
        high = 0x8f;
    b1 = (unsigned char)text.data[1];
    if (b1 < low || b1 > high)
        return 0;
    value = (uint32_t)(b0 & (0x7f >> length)) << 6 | (b1 & 0x3f);
    for (size_t i = 2; i < length; i++) {
        unsigned char b = (unsigned char)text.data[i];

        if ((b & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (b & 0x3f);
    }
    *code_point = value;
    return length;
}

size_t utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
        code_point = 0xfffd;
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

bool utf8_is_valid(struct text text)
{
    return utf8_find_invalid(text) == SIZE_MAX;
}

size_t utf8_find_invalid(struct text text)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    size_t at = 0;

    while (at < text.length) {
        uint64_t word;
        uint32_t unused;
        size_t length;

        if (text.length - at >= sizeof word) {
            memcpy(&word, text.data + at, sizeof word);
            if (!(word & high_bits)) {
                at += sizeof word;
                continue;
            }
        }
        length = utf8_decode(text_make(text.data + at, text.length - at), &unused);
        if (length == 0)
            return at;
        at += length;
    }
    return SIZE_MAX;
}

/* Bytes of ASCII at offset at, in steps of eight. */
static size_t measure_ascii(struct text text, size_t at)
{
    const uint64_t highs = UINT64_C(0x8080808080808080);
    size_t start = at;
    uint64_t word;

    for (; text.length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        if (word & highs)
            break;
    }
    return at - start;
}

size_t utf8_count(struct text text)
{
    size_t at = measure_ascii(text, 0), count = at;

    while (at < text.length) {
        uint32_t unused;
        size_t length = utf8_decode(text_make(text.data + at, text.length - at), &unused);
        size_t plain;

        at += length > 0 ? length : 1;
        plain = length == 1 ? 0 : measure_ascii(text, at);
        at += plain;
        count += 1 + plain;
    }
    return count;
}

/* From CaseFolding.txt, Unicode 14: statuses C and S of the three scripts. */
struct fold {
    uint16_t first, last, step;
    int16_t distance;
};

static const struct fold fold_table[] = {
    {0x0041, 0x005a, 1, 32},
    {0x00b5, 0x00b5, 1, 775},
    {0x00c0, 0x00d6, 1, 32},
    {0x00d8, 0x00de, 1, 32},
    {0x0100, 0x012e, 2, 1},
    {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},
    {0x014a, 0x0176, 2, 1},
    {0x0178, 0x0178, 1, -121},
    {0x0179, 0x017d, 2, 1},
    {0x017f, 0x017f, 1, -268},
    {0x0181, 0x0181, 1, 210},
    {0x0182, 0x0184, 2, 1},
    {0x0186, 0x0186, 1, 206},
    {0x0187, 0x0187, 1, 1},
    {0x0189, 0x018a, 1, 205},
    {0x018b, 0x018b, 1, 1},
    {0x018e, 0x018e, 1, 79},
    {0x018f, 0x018f, 1, 202},
    {0x0190, 0x0190, 1, 203},
    {0x0191, 0x0191, 1, 1},
    {0x0193, 0x0193, 1, 205},
    {0x0194, 0x0194, 1, 207},
    {0x0196, 0x0196, 1, 211},
    {0x0197, 0x0197, 1, 209},
    {0x0198, 0x0198, 1, 1},
    {0x019c, 0x019c, 1, 211},
    {0x019d, 0x019d, 1, 213},
    {0x019f, 0x019f, 1, 214},
    {0x01a0, 0x01a4, 2, 1},
    {0x01a6, 0x01a6, 1, 218},
    {0x01a7, 0x01a7, 1, 1},
    {0x01a9, 0x01a9, 1, 218},
    {0x01ac, 0x01ac, 1, 1},
    {0x01ae, 0x01ae, 1, 218},
    {0x01af, 0x01af, 1, 1},
    {0x01b1, 0x01b2, 1, 217},
    {0x01b3, 0x01b5, 2, 1},
    {0x01b7, 0x01b7, 1, 219},
    {0x01b8, 0x01b8, 1, 1},
    {0x01bc, 0x01bc, 1, 1},
    {0x01c4, 0x01c4, 1, 2},
    {0x01c5, 0x01c5, 1, 1},
    {0x01c7, 0x01c7, 1, 2},
    {0x01c8, 0x01c8, 1, 1},
    {0x01ca, 0x01ca, 1, 2},
    {0x01cb, 0x01db, 2, 1},
    {0x01de, 0x01ee, 2, 1},
    {0x01f1, 0x01f1, 1, 2},
    {0x01f2, 0x01f4, 2, 1},
    {0x01f6, 0x01f6, 1, -97},
    {0x01f7, 0x01f7, 1, -56},
    {0x01f8, 0x021e, 2, 1},
    {0x0220, 0x0220, 1, -130},
    {0x0222, 0x0232, 2, 1},
    {0x023a, 0x023a, 1, 10795},
    {0x023b, 0x023b, 1, 1},
    {0x023d, 0x023d, 1, -163},
    {0x023e, 0x023e, 1, 10792},
    {0x0241, 0x0241, 1, 1},
    {0x0243, 0x0243, 1, -195},
    {0x0244, 0x0244, 1, 69},
    {0x0245, 0x0245, 1, 71},
    {0x0246, 0x024e, 2, 1},
    {0x0370, 0x0372, 2, 1},
    {0x0376, 0x0376, 1, 1},
    {0x037f, 0x037f, 1, 116},
    {0x0386, 0x0386, 1, 38},
    {0x0388, 0x038a, 1, 37},
    {0x038c, 0x038c, 1, 64},
    {0x038e, 0x038f, 1, 63},
    {0x0391, 0x03a1, 1, 32},
    {0x03a3, 0x03ab, 1, 32},
    {0x03c2, 0x03c2, 1, 1},
    {0x03cf, 0x03cf, 1, 8},
    {0x03d0, 0x03d0, 1, -30},
    {0x03d1, 0x03d1, 1, -25},
    {0x03d5, 0x03d5, 1, -15},
    {0x03d6, 0x03d6, 1, -22},
    {0x03d8, 0x03ee, 2, 1},
    {0x03f0, 0x03f0, 1, -54},
    {0x03f1, 0x03f1, 1, -48},
    {0x03f4, 0x03f4, 1, -60},
    {0x03f5, 0x03f5, 1, -64},
    {0x03f7, 0x03f7, 1, 1},
    {0x03f9, 0x03f9, 1, -7},
    {0x03fa, 0x03fa, 1, 1},
    {0x03fd, 0x03ff, 1, -130},
    {0x0400, 0x040f, 1, 80},
    {0x0410, 0x042f, 1, 32},
    {0x0460, 0x0480, 2, 1},
    {0x048a, 0x04be, 2, 1},
    {0x04c0, 0x04c0, 1, 15},
    {0x04c1, 0x04cd, 2, 1},
    {0x04d0, 0x052e, 2, 1},
    {0x1e00, 0x1e94, 2, 1},
    {0x1e9b, 0x1e9b, 1, -58},
    {0x1e9e, 0x1e9e, 1, -7615},
    {0x1ea0, 0x1efe, 2, 1},
    {0x1f08, 0x1f0f, 1, -8},
    {0x1f18, 0x1f1d, 1, -8},
    {0x1f28, 0x1f2f, 1, -8},
    {0x1f38, 0x1f3f, 1, -8},
    {0x1f48, 0x1f4d, 1, -8},
    {0x1f59, 0x1f5f, 2, -8},
    {0x1f68, 0x1f6f, 1, -8},
    {0x1f88, 0x1f8f, 1, -8},
    {0x1f98, 0x1f9f, 1, -8},
    {0x1fa8, 0x1faf, 1, -8},
    {0x1fb8, 0x1fb9, 1, -8},
    {0x1fba, 0x1fbb, 1, -74},
    {0x1fbc, 0x1fbc, 1, -9},
    {0x1fbe, 0x1fbe, 1, -7173},
    {0x1fc8, 0x1fcb, 1, -86},
    {0x1fcc, 0x1fcc, 1, -9},
    {0x1fd8, 0x1fd9, 1, -8},
    {0x1fda, 0x1fdb, 1, -100},
    {0x1fe8, 0x1fe9, 1, -8},
    {0x1fea, 0x1feb, 1, -112},
    {0x1fec, 0x1fec, 1, -7},
    {0x1ff8, 0x1ff9, 1, -128},
    {0x1ffa, 0x1ffb, 1, -126},
    {0x1ffc, 0x1ffc, 1, -9},
};

uint32_t utf8_lower(uint32_t code_point)
{
    size_t low = 0, high = sizeof fold_table / sizeof *fold_table;

    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z' ? code_point + ('a' - 'A') : code_point;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct fold *fold = &fold_table[middle];

        if (code_point > fold->last)
            low = middle + 1;
        else if (code_point < fold->first)
            high = middle;
        else if ((code_point - fold->first) % fold->step == 0)
            return (uint32_t)((int32_t)code_point + fold->distance);
        else
            return code_point;
    }
    return code_point;
}
