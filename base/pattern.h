#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/* Regular expressions by PCRE2, UTF-8, match limit 100,000. A pattern may be used by one thread. */
struct pattern;

/* A new pattern, or NULL with err set (ERROR_USAGE; column = place in the expression). */
struct pattern *pattern_new(struct text expression, bool ignore_case, struct error *err) MUST_CHECK;
void pattern_free(struct pattern *pattern);

/* Found anywhere. Text that is not UTF-8 never matches; nor does one that passes the limit. */
bool pattern_matches(struct pattern *pattern, struct text text);
/* The whole text matches. */
bool pattern_matches_whole(struct pattern *pattern, struct text text);
/* First match at or after from: offsets [start, end). */
bool pattern_find(struct pattern *pattern, struct text text, size_t from, size_t *start,
    size_t *end);

#endif
