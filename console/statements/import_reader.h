#ifndef CONSOLE_STATEMENTS_IMPORT_READER_H
#define CONSOLE_STATEMENTS_IMPORT_READER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/value.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Items of a file as EXPORT writes it, and as other tools do: ddbjson, json, jsonl, csv, tsv, each
 * perhaps packed by gzip. Holds one record and a block of the file, however long the file is.
 */
enum import_result {
    IMPORT_ITEM,
    IMPORT_END,
    IMPORT_BAD,   /* a record that is no item: err says why; the next one can be read */
    IMPORT_FAILED /* the file cannot be read any further */
};

struct import_reader;

/*
 * path NULL: descriptor, which stays the caller's; 0 is standard input. format "ddbjson", "json",
 * "jsonl", "csv" or "tsv". cancel, which is kept, ends the waiting for a pipe that brings nothing.
 */
struct import_reader *import_reader_open(const char *path, int descriptor, const char *format,
    bool gzip, const atomic_bool *cancel, struct error *err) MUST_CHECK;
void import_reader_close(struct import_reader *reader); /* NULL is harmless */

/* The item read last is the key of one to be deleted, from a reject file. */
bool import_reader_deletes(const struct import_reader *reader);

/* Types of columns without one in the header: those of key attributes, else strings. */
void import_reader_type(struct import_reader *reader, struct text name, enum value_type type);

/* The next item, in the arena. */
enum import_result import_reader_next(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err);
/* Goes on behind the byte that import_reader_offset once gave (of the unpacked file). */
enum error_code import_reader_skip(struct import_reader *reader, uint64_t offset,
    struct error *err) MUST_CHECK;
/* Behind the last record read. */
uint64_t import_reader_offset(const struct import_reader *reader);
/* Of the record read last: its first line, from 1, and its text. */
uint64_t import_reader_line(const struct import_reader *reader);
uint64_t import_reader_next_line(const struct import_reader *reader); /* of the next record */
struct text import_reader_record(const struct import_reader *reader);
/* Bytes of the file itself: all (0: not known), and those used up. */
uint64_t import_reader_size(const struct import_reader *reader);
uint64_t import_reader_used(const struct import_reader *reader);

#endif
