#ifndef CONSOLE_STATEMENTS_DIFF_ROWS_H
#define CONSOLE_STATEMENTS_DIFF_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/value.h"
#include "console/sink.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Two images of an item as rows "mark object path old new", one per path that differs: + only new,
 * - only old, ~ both. A path is as deep as maps go, and lists of one length; a list that has only
 * grown or shrunk at its end has a row per element there; any other list, and a set, is one value.
 * An item that one side lacks is one row without a path.
 */
struct diff_rows {
    struct sink *sink;
    struct arena *arena;     /* of one row; reset by the caller */
    const struct value *key; /* of the item: the column object */
    struct buf path;
    uint64_t count; /* rows so far */
};

void diff_rows_init(struct diff_rows *rows, struct sink *sink);
void diff_rows_done(struct diff_rows *rows);
enum error_code diff_rows_begin(struct diff_rows *rows, const char *title,
    struct error *err) MUST_CHECK;
/* old or new NULL: absent. No row when they are equal by value. */
enum error_code diff_rows_item(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err) MUST_CHECK;

#endif
