#ifndef CONSOLE_STATEMENTS_READ_ROWS_H
#define CONSOLE_STATEMENTS_READ_ROWS_H

#include "console/statements/pages.h"
#include "console/statements/rate.h"
#include "console/statements/read.h"
#include "console/statements/wire.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Items on their way from the answers to the sink: conditions evaluated here, whole items fetched
 * behind an index, sorting, LIMIT and the resume key. With several segments the lock is held while
 * a page goes through.
 */
enum { READ_BATCH_KEYS = 100 };

struct sort_row {
    const struct value *item, *key; /* key: what is sorted by, or NULL */
    size_t order;                   /* of arrival: equal ones stay as they came */
};

struct read_rows {
    struct job *job;
    const struct read_plan *plan;
    struct plan *whole;
    struct rate rate;
    pthread_mutex_t lock;
    struct arena *item; /* one item, or one page of a batch */
    struct wire_reader *reader;
    struct arena *kept; /* keys of FETCH, rows to sort */
    const struct value *fetch[READ_BATCH_KEYS];
    size_t fetch_count;
    struct sort_row *row;
    size_t row_count, row_room;
    struct rows_status status;
    struct buf resume;       /* DynamoDB JSON key; empty: the end */
    uint64_t number;         /* COUNT */
    uint64_t before, passed; /* rows that FILTER LOCAL saw and let through */
    size_t missing;          /* keys without an item */
    size_t noted;            /* items shown to the catalogue */
    size_t partition;        /* being read */
    uint64_t started;
    bool begun, stopped, is_partial;
};

enum error_code read_rows_init(struct read_rows *rows, struct job *job,
    const struct read_plan *plan, struct plan *whole, struct error *err) MUST_CHECK;
void read_rows_done(struct read_rows *rows);

/* Tells the sink what comes; called by itself with the first page. */
enum error_code read_rows_begin(struct read_rows *rows, struct error *err) MUST_CHECK;
/* All items of a page; rows->stopped when LIMIT is reached. */
enum error_code read_rows_page(struct read_rows *rows, const struct page *page,
    struct error *err) MUST_CHECK;
/* One item, conditions evaluated here included; it need not live on. */
enum error_code read_rows_item(struct read_rows *rows, const struct value *item,
    struct error *err) MUST_CHECK;
/* Numbers of one call. */
void read_rows_book(struct read_rows *rows, uint64_t scanned, uint64_t capacity_milli);
/* LIMIT, EXAMINE or NEXT n is used up. */
bool read_rows_have_enough(const struct read_rows *rows);
/* After each call: caps, cancel, and the sink's chance to flush. is_last: no rows come behind. */
enum error_code read_rows_check(struct read_rows *rows, bool is_last, struct error *err) MUST_CHECK;
/* Key to go on behind the item. */
void read_rows_stop_at(struct read_rows *rows, const struct value *item);
/* The end, also after a failure: what was held back, the count, the footer. Returns code, or a
   failure of its own. */
enum error_code read_rows_end(struct read_rows *rows, enum error_code code, struct error *err);

#endif
