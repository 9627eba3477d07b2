#ifndef CONSOLE_STATEMENTS_WRITE_ENTRIES_H
#define CONSOLE_STATEMENTS_WRITE_ENTRIES_H

#include "base/json.h"

#include <stdbool.h>

/* The request of a BatchWriteItem for one table: begin, its entries, end. out is cleared first. */
void write_batch_begin(struct json_writer *writer, struct buf *out, const char *table);
/* A PutRequest of an item or a DeleteRequest of a key, as JSON. */
void write_batch_add(struct json_writer *writer, bool deletes, struct text json);
/* The same, with what the caller writes between the two. */
void write_batch_open(struct json_writer *writer, bool deletes);
void write_batch_close(struct json_writer *writer);
enum error_code write_batch_end(struct json_writer *writer, struct buf *out,
    struct error *err) MUST_CHECK;

#endif
