#include "console/language/characters.h"

#include <stddef.h>

static const struct odd_range {
    uint32_t first, last;
    const char *what;
} odd_range_table[] = {
    {0x0080, 0x009f, "control character"},
    {0x00a0, 0x00a0, "no-break space"},
    {0x00ad, 0x00ad, "soft hyphen"},
    {0x061c, 0x061c, "bidirectional control"},
    {0x1680, 0x1680, "space"},
    {0x180e, 0x180e, "zero-width character"},
    {0x2000, 0x200a, "space"},
    {0x200b, 0x200d, "zero-width character"},
    {0x200e, 0x200f, "bidirectional control"},
    {0x2028, 0x2029, "separator"},
    {0x202a, 0x202e, "bidirectional control"},
    {0x202f, 0x202f, "narrow no-break space"},
    {0x205f, 0x205f, "space"},
    {0x2060, 0x2064, "zero-width character"},
    {0x2066, 0x2069, "bidirectional control"},
    {0x3000, 0x3000, "ideographic space"},
    {0xfeff, 0xfeff, "zero-width no-break space"},
};

const char *character_oddity(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof odd_range_table / sizeof *odd_range_table; i++) {
        if (code_point >= odd_range_table[i].first && code_point <= odd_range_table[i].last)
            return odd_range_table[i].what;
    }
    return NULL;
}

bool character_is_typographic_quote(uint32_t code_point)
{
    return (code_point >= 0x2018 && code_point <= 0x201f) || code_point == 0x00ab ||
           code_point == 0x00bb;
}
