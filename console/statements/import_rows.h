#ifndef CONSOLE_STATEMENTS_IMPORT_ROWS_H
#define CONSOLE_STATEMENTS_IMPORT_ROWS_H

#include "console/statements/import_reader.h"

#include <zlib.h>

/* What import_reader.c and import_rows.c share. */

enum { IMPORT_RECORD_LIMIT = 64 * 1024 * 1024, IMPORT_TYPE_LIMIT = 64 };

struct import_column {
    struct text name;
    enum value_type type;
    bool is_rest;
};

struct import_reader {
    const char *name;
    int descriptor;
    bool is_own; /* closed at the end */
    const atomic_bool *cancel;
    const struct import_format *format;
    struct buf block; /* what is read and not used up */
    size_t at;        /* within block: behind the last record */
    uint64_t before;  /* bytes of the unpacked file before block */
    uint64_t lines;   /* line ends before at */
    bool ended;       /* nothing comes behind block */
    bool begun;       /* the header is read, the first bracket taken */
    bool deletes;     /* the record is the key of an item to be deleted */
    size_t record, record_end;
    uint64_t record_line;
    uint64_t size, used;
    bool gzip, member_done;
    z_stream stream;
    unsigned char packed[64 * 1024];
    struct arena *header; /* columns */
    struct import_column *column;
    size_t column_count;
    struct text type_name[IMPORT_TYPE_LIMIT];
    enum value_type type[IMPORT_TYPE_LIMIT];
    size_t type_count;
};

struct import_format {
    const char *name;
    enum import_result (*next)(struct import_reader *reader, struct arena *arena,
        const struct value **item, struct error *err);
};

/* Reads on; what is used up goes first. */
enum error_code import_reader_fill(struct import_reader *reader, struct error *err) MUST_CHECK;
/* Takes length bytes as the record. */
void import_reader_take(struct import_reader *reader, size_t length);
/* What is read and not used up. */
struct text import_reader_rest(const struct import_reader *reader);

enum import_result import_rows_csv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err);
enum import_result import_rows_tsv(struct import_reader *reader, struct arena *arena,
    const struct value **item, struct error *err);
/* The header alone, before a jump into the middle. */
enum import_result import_rows_header(struct import_reader *reader, struct arena *arena,
    struct error *err);

#endif
