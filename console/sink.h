#ifndef CONSOLE_SINK_H
#define CONSOLE_SINK_H

#include "base/error.h"
#include "base/text.h"
#include "client/rows.h"
#include "client/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where the rows of a statement go: an output format, the rows of a panel, nowhere. A job calls
 * begin once, row for each item as it is decoded, page at the end of each page (a good time to
 * flush), end once. Statements without rows call text instead.
 */
enum job_report { REPORT_PROGRESS, REPORT_FOOTER, REPORT_NOTE, REPORT_WARNING };

struct sink_shape {
    const struct text *column; /* fixed columns in order, or NULL: inferred from the items */
    size_t column_count;
    const struct text *key; /* key attributes, first in every format; may be NULL */
    size_t key_count;
    const struct text *word; /* columns of our own words, which table and vertical never quote */
    size_t word_count;
    bool is_items; /* items of a table (ddbjson {"Item":..}), not rows of a SHOW */
    const char *title;
};

struct sink {
    enum error_code (*begin)(struct sink *sink, const struct sink_shape *shape, struct error *err);
    enum error_code (*row)(struct sink *sink, const struct value *item, struct error *err);
    enum error_code (*page)(struct sink *sink, const struct rows_status *status, struct error *err);
    /* text: what DESCRIBE and EXPLAIN print; json: the same as one object, or empty. */
    enum error_code (
        *text)(struct sink *sink, struct text text, struct text json, struct error *err);
    enum error_code (*end)(struct sink *sink, const struct rows_status *status, struct error *err);
    /*
     * NULL, or a short cut past row: takes the first of *items, DynamoDB JSON as it came, and moves
     * behind it. *taken says whether it did; if not, the item must come as a value by row.
     */
    enum error_code (
        *item_text)(struct sink *sink, struct text *items, bool *taken, struct error *err);
};

/* Takes everything and forgets it: what a sink of one's own begins as. */
extern const struct sink sink_quiet;

#endif
