#ifndef ENDPOINT_TELEMETRY_FILTER_PATTERN_H
#define ENDPOINT_TELEMETRY_FILTER_PATTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Filter patterns of CloudWatch Logs, two kinds of them:
 *   terms  GET "with blanks" -not ?either ?or   all plain ones, none of the excluded, and one of
 *          the optional ones when there are only such; case matters, a term may stand anywhere
 *   JSON   { $.status >= 500 && ($.path = "/pets*" || $.error IS NULL) }; = != < <= > >=, * in
 *          texts, IS TRUE, IS FALSE, IS NULL, EXISTS, NOT EXISTS, $.a.b, $.list[0], $["a b"]
 * Source: "Filter pattern syntax", Amazon CloudWatch Logs User Guide. Regular expressions and
 * space-delimited patterns ([a, b]) are refused.
 */
struct filter_pattern;

enum { FILTER_PATTERN_LIMIT = 1024, FILTER_PATTERN_DEPTH = 32 };

/* Lives in arena, as does the text; NULL with err set (ERROR_USAGE with column). Empty: all. */
struct filter_pattern *filter_pattern_parse(struct text text, struct arena *arena,
    struct error *err) MUST_CHECK;

/* scratch is reset: it holds the parsed message meanwhile. */
bool filter_pattern_matches(const struct filter_pattern *pattern, struct text message,
    struct arena *scratch);

#endif
