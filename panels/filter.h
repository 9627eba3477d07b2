#ifndef PANELS_FILTER_H
#define PANELS_FILTER_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The filter line: which loaded rows are shown. Blank is "and", '|' is "or", '!' before a term is
 * "not". Terms: word, "as written", col:text, col=v, col!=v, col>n (>= < <=), col~regex, #3..9
 * (row numbers). Smart case: a term without capitals matches any case. Numbers compare by value,
 * other texts by bytes. One thread at a time.
 */
struct filter;

/* A row as the filter sees it. */
struct filter_row {
    size_t number; /* from 1 */
    void *user;
    /* The text of that column; false when the row has none. Valid until the next call. */
    bool (*named)(void *user, struct text column, struct text *out);
    /* The text of column index; false past the last one. */
    bool (*nth)(void *user, size_t index, struct text *out);
};

/* NULL with err set: ERROR_USAGE with the column of the place (an empty source gives a filter that
   matches everything). */
struct filter *filter_new(struct text source, struct error *err) MUST_CHECK;
void filter_free(struct filter *filter);
bool filter_matches(const struct filter *filter, const struct filter_row *row);
bool filter_is_empty(const struct filter *filter);
/* For rows of one text only: lines, names. */
bool filter_matches_text(const struct filter *filter, size_t number, struct text text);

/* needle found in text; ignoring case unless needle has a capital. */
bool filter_finds(struct text text, struct text needle);

#endif
