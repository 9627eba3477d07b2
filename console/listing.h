#ifndef CONSOLE_LISTING_H
#define CONSOLE_LISTING_H

#include "base/error.h"
#include "base/text.h"
#include "client/value.h"
#include "console/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Rows of a SHOW statement with fixed columns, through the job's sink. Cells are set by column
 * number, in any order; a cell not set is absent.
 *
 *   listing_begin(&listing, job, "routes of shop", column_table, COLUMNS, err)
 *   listing_text(&listing, COLUMN_NAME, name); listing_row(&listing, err) ...
 *   listing_end(&listing, err)
 */
struct listing {
    struct job *job;
    const char *const *column;
    size_t count;
    struct value *cell; /* count of them */
    bool *is_set;
    uint64_t rows;
};

enum error_code listing_begin(struct listing *listing, struct job *job, const char *title,
    const char *const *column, size_t count, struct error *err) MUST_CHECK;
void listing_text(struct listing *listing, size_t column, struct text text); /* empty: absent */
void listing_string(struct listing *listing, size_t column, const char *string);
void listing_integer(struct listing *listing, size_t column, int64_t value);
void listing_double(struct listing *listing, size_t column, double value, int digits);
/* Any value, borrowed until the row is written; NULL: absent. */
void listing_value(struct listing *listing, size_t column, const struct value *value);
void listing_bool(struct listing *listing, size_t column, bool value);
enum error_code listing_row(struct listing *listing, struct error *err) MUST_CHECK;
enum error_code listing_end(struct listing *listing, struct error *err) MUST_CHECK;

#endif
