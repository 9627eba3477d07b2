#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Rows of CSV (RFC 4180) with a delimiter of the caller's choice: fields in quotes hold
 * delimiters, line breaks and doubled quotes; a row ends with LF or CRLF or the input. The parser
 * takes whatever part of the input is there and asks for more when a row may not be whole.
 */
enum csv_result {
    CSV_ROW,  /* a row; *length bytes are used up */
    CSV_END,  /* nothing is left */
    CSV_MORE, /* the row goes on behind what is there */
    CSV_BAD,  /* not CSV: *length bytes up to the end of the line are to be skipped */
    CSV_NO_MEMORY
};

struct csv_row {
    size_t count;
    struct text *field; /* in the arena, or pointing into the source */
    bool empty;         /* a line without anything on it */
};

/* whole: nothing comes behind source. */
enum csv_result csv_read_row(struct text source, char delimiter, bool whole, struct arena *arena,
    struct csv_row *row, size_t *length);

#endif
