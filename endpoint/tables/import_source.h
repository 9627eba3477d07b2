#ifndef ENDPOINT_TABLES_IMPORT_SOURCE_H
#define ENDPOINT_TABLES_IMPORT_SOURCE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "endpoint/compress.h"

#include <stdbool.h>
#include <stdint.h>

/* One object that is imported, read in pieces and unpacked: what of it is in memory is text. */
struct import_source {
    int descriptor;
    struct compress_reader *gzip; /* NULL: as it is */
    struct buf packed;
    struct text packed_rest;
    struct buf text;
    size_t at;      /* of the text, what is not used up yet */
    uint64_t bytes; /* used up so far, unpacked */
    bool ended;     /* nothing comes behind text */
};

enum { IMPORT_TEXT_LIMIT = 64 * 1024 * 1024 };

/* Takes the descriptor; false when out of memory. Call import_source_done in any case. */
bool import_source_init(struct import_source *source, int descriptor, bool gzip);
void import_source_done(struct import_source *source);
/* What is there and not used up. */
struct text import_source_view(const struct import_source *source);
void import_source_use(struct import_source *source, size_t length);
/* Reads more; moves the text. ERROR_INVALID: not gzip. */
enum error_code import_source_fill(struct import_source *source, struct error *err) MUST_CHECK;

#endif
