#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A view of bytes: owns nothing, may hold NUL, need not end in NUL. Passed by value. This is how
 * every parser takes its input; a cursor is a view that only moves forward.
 */
struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal) ((struct text){("" literal), sizeof(literal) - 1})

/* A view of a C string; NULL gives an empty view. */
static inline struct text text_of(const char *string)
{
    return string ? (struct text){string, strlen(string)} : (struct text){NULL, 0};
}

static inline struct text text_make(const char *data, size_t length)
{
    return (struct text){data, length};
}

/* Bytes [from, to) of source; clamped to it. */
static inline struct text text_slice(struct text source, size_t from, size_t to)
{
    if (to > source.length)
        to = source.length;
    if (from > to)
        from = to;
    return (struct text){from > 0 ? source.data + from : source.data, to - from};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.length == b.length &&
           (b.length == 0 || (a.data[0] == b.data[0] && memcmp(a.data, b.data, b.length) == 0));
}

static inline bool text_is(struct text text, const char *string)
{
    return text_equal(text, text_of(string));
}

bool text_is_ignoring_case(struct text text, const char *string); /* ASCII case only */
bool text_equal_ignoring_case(struct text a, struct text b);

/* Order of unsigned bytes, shorter first: below 0, 0, above 0. */
int text_compare(struct text a, struct text b);

bool text_starts_with(struct text text, struct text prefix);
bool text_ends_with(struct text text, struct text suffix);

/* Offset of the first occurrence of needle at or after from, or SIZE_MAX. */
size_t text_find(struct text text, struct text needle, size_t from);

struct text text_trim(struct text text); /* ASCII blanks at both ends */

/*
 * Moves what stands before the delimiter from *source to *head and drops the delimiter. Without
 * a delimiter it returns false and changes nothing.
 */
bool text_take_until(struct text *source, char delimiter, struct text *head);

/* Moves up to the delimiter or the end to *head; false when *source is empty. */
bool text_take_field(struct text *source, char delimiter, struct text *head);

/* Whole text as a decimal integer in [minimum, maximum]; anything else is false. */
bool text_to_integer(struct text text, int64_t minimum, int64_t maximum, int64_t *out);

/* Glob with * and ? over bytes; the whole text must match. */
bool text_matches_glob(struct text text, struct text glob);

/* LIKE of the language: % any run, _ one character, backslash escapes. */
bool text_matches_like(struct text text, struct text pattern);

/* Damerau-Levenshtein distance, capped at limit + 1: for "did you mean". */
size_t text_distance(struct text a, struct text b, size_t limit);

/* FNV-1a, 64 bits: for hash maps, not for files. */
uint64_t text_hash(struct text text);

#endif
