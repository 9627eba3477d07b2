#ifndef CLIENT_ROWS_H
#define CLIENT_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The rows of one result: append-only pages of items, filled by one job, read by panels through
 * short copies. Own lock; no pointer handed out can move or vanish before rows_free: items and
 * column names stay where they are. A change counter tells readers that something came.
 */
struct rows;

enum rows_state { ROWS_IDLE, ROWS_LOADING, ROWS_STOPPED, ROWS_COMPLETE, ROWS_FAILED };

/* What a column is, as far as seen: for headers name:T. */
struct rows_column {
    struct text name;
    uint16_t types; /* bit per enum value_type seen */
    bool is_key;    /* HASH or RANGE of what is read */
};

/* What happened so far; copied whole. */
struct rows_status {
    enum rows_state state;
    size_t count;     /* rows loaded, not rows in the table */
    uint64_t scanned; /* items evaluated by the service */
    uint64_t pages;
    uint64_t capacity_milli; /* thousandths of a read or write unit */
    uint64_t elapsed;        /* nanoseconds so far */
    bool have_more;          /* a resume point exists */
    struct error error;      /* when failed */
};

struct rows *rows_new(struct error *err) MUST_CHECK;
void rows_free(struct rows *rows);

/* Writers (the job). The item is copied. Columns are noted: keys first, others as they appear. */
enum error_code rows_append(struct rows *rows, const struct value *item,
    struct error *err) MUST_CHECK;
void rows_set_keys(struct rows *rows, const struct text *name, size_t count);
/* Fixes the columns (a projection, or SHOW statements); nothing is inferred then. */
void rows_set_columns(struct rows *rows, const struct text *name, size_t count);
void rows_set_title(struct rows *rows, const char *title);
void rows_set_status(struct rows *rows, const struct rows_status *status);

/* Readers. version changes with every append or status. */
uint64_t rows_version(const struct rows *rows);
struct rows_status rows_status(const struct rows *rows);
size_t rows_count(const struct rows *rows);
/*
 * NULL past the end or without memory; valid until rows_free. Rows are kept packed: one that was
 * asked for costs about five times as much from then on, so this is for rows that are shown.
 */
const struct value *rows_item(const struct rows *rows, size_t index);
/* For walks over many rows (sort, search): the nodes are arena's, so it may be reset after each;
   the texts stay valid until rows_free. NULL past the end or without memory. */
const struct value *rows_read(const struct rows *rows, size_t index, struct arena *arena);
size_t rows_column_count(const struct rows *rows);
struct rows_column rows_column(const struct rows *rows, size_t index);
void rows_title(const struct rows *rows, char *out, size_t size);

#endif
