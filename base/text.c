#include "base/text.h"

#include <limits.h>
#include <string.h>

#include "base/utf8.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

bool text_is_ignoring_case(struct text text, const char *string)
{
    return text_equal_ignoring_case(text, text_of(string));
}

int text_compare(struct text a, struct text b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equal(text_slice(text, 0, prefix.length), prefix);
}

bool text_ends_with(struct text text, struct text suffix)
{
    return text.length >= suffix.length &&
           text_equal(text_slice(text, text.length - suffix.length, text.length), suffix);
}

/* Horspool: looks at one byte in so many as the needle has, as long as they are not in it. */
static size_t find_far(struct text text, struct text needle, size_t from)
{
    unsigned char skip[256], last = (unsigned char)needle.data[needle.length - 1];
    size_t at = from + needle.length - 1;

    memset(skip, (int)needle.length, sizeof skip);
    for (size_t i = 0; i + 1 < needle.length; i++)
        skip[(unsigned char)needle.data[i]] = (unsigned char)(needle.length - 1 - i);
    while (at < text.length) {
        unsigned char c = (unsigned char)text.data[at];
        size_t start = at + 1 - needle.length;

        if (c == last && memcmp(text.data + start, needle.data, needle.length) == 0)
            return start;
        at += skip[c];
    }
    return SIZE_MAX;
}

size_t text_find(struct text text, struct text needle, size_t from)
{
    enum { SHORT = 4, FAR = 1024 };

    if (from > text.length || needle.length > text.length - from)
        return SIZE_MAX;
    if (needle.length == 0)
        return from;
    if (needle.length > SHORT && needle.length <= UCHAR_MAX && text.length - from >= FAR)
        return find_far(text, needle, from);
    for (size_t last = text.length - needle.length; from <= last; from++) {
        const char *hit = memchr(text.data + from, needle.data[0], last - from + 1);

        if (!hit)
            return SIZE_MAX;
        from = (size_t)(hit - text.data);
        if (memcmp(hit, needle.data, needle.length) == 0)
            return from;
    }
    return SIZE_MAX;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_trim(struct text text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

bool text_take_until(struct text *source, char delimiter, struct text *head)
{
    const char *hit = source->length > 0 ? memchr(source->data, delimiter, source->length) : NULL;
    size_t length;

    if (!hit)
        return false;
    length = (size_t)(hit - source->data);
    *head = text_make(source->data, length);
    *source = text_make(hit + 1, source->length - length - 1);
    return true;
}

bool text_take_field(struct text *source, char delimiter, struct text *head)
{
    if (source->length == 0)
        return false;
    if (!text_take_until(source, delimiter, head)) {
        *head = *source;
        *source = text_slice(*source, source->length, source->length);
    }
    return true;
}

bool text_to_integer(struct text text, int64_t minimum, int64_t maximum, int64_t *out)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    int64_t value = 0; /* counts downwards: the negative range is the larger one */

    if (text.length == negative)
        return false;
    for (size_t i = negative; i < text.length; i++) {
        int digit = text.data[i] - '0';

        if (digit < 0 || digit > 9 || value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!negative) {
        if (value == INT64_MIN)
            return false;
        value = -value;
    }
    if (value < minimum || value > maximum)
        return false;
    *out = value;
    return true;
}

/* On a mismatch the last star takes one more byte: quadratic at worst, no recursion. */
bool text_matches_glob(struct text text, struct text glob)
{
    size_t at = 0, g = 0, star = SIZE_MAX, star_at = 0;

    while (at < text.length) {
        if (g < glob.length && glob.data[g] == '*') {
            star = g++;
            star_at = at;
        } else if (g < glob.length && (glob.data[g] == '?' || glob.data[g] == text.data[at])) {
            g++;
            at++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (g < glob.length && glob.data[g] == '*')
        g++;
    return g == glob.length;
}

static size_t character_length(struct text text, size_t at)
{
    uint32_t unused;
    size_t length = utf8_decode(text_slice(text, at, text.length), &unused);

    return length > 0 ? length : 1;
}

bool text_matches_like(struct text text, struct text pattern)
{
    size_t at = 0, p = 0, run = SIZE_MAX, run_at = 0;

    while (at < text.length) {
        bool escaped = p + 1 < pattern.length && pattern.data[p] == '\\';
        bool literal = escaped || (p < pattern.length && pattern.data[p] != '_');

        if (p < pattern.length && pattern.data[p] == '%') {
            run = p++;
            run_at = at;
        } else if (p < pattern.length && !literal) {
            p++;
            at += character_length(text, at);
        } else if (literal && pattern.data[p + escaped] == text.data[at]) {
            p += 1 + (size_t)escaped;
            at++;
        } else if (run != SIZE_MAX) {
            p = run + 1;
            run_at += character_length(text, run_at);
            at = run_at;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.data[p] == '%')
        p++;
    return p == pattern.length;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Longer texts are no typing mistakes of each other. */
enum { DISTANCE_LENGTH = 64 };

size_t text_distance(struct text a, struct text b, size_t limit)
{
    size_t rows[3][DISTANCE_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (text_equal(a, b))
        return 0;
    if (a.length > DISTANCE_LENGTH || b.length > DISTANCE_LENGTH)
        return limit + 1;
    for (size_t j = 0; j <= b.length; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t *free_row = before;

        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t cost = a.data[i - 1] != b.data[j - 1];

            row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = free_row;
    }
    return smaller(above[b.length], limit + 1);
}

uint64_t text_hash(struct text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}
