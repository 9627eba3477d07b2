#ifndef ENDPOINT_COMPRESS_H
#define ENDPOINT_COMPRESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>

/* Content codings by zlib, bounded: what a request may grow to, and by how much. */
enum {
    COMPRESS_OUTPUT_LIMIT = 16 * 1024 * 1024, /* tables.md 1.1 */
    COMPRESS_RATIO_LIMIT = 100                /* gateway.md 22; applies beyond 64 KB of output */
};

enum compress_coding { COMPRESS_NONE, COMPRESS_GZIP, COMPRESS_DEFLATE };
enum compress_result { COMPRESS_OK, COMPRESS_BROKEN, COMPRESS_TOO_LARGE, COMPRESS_NO_MEMORY };

/* The gzip members in data, all of it. out starts empty with a limit of COMPRESS_OUTPUT_LIMIT. */
enum compress_result compress_read_gzip(struct text data, struct buf *out);

/* False when memory is short; out holds nothing useful then. */
bool compress_write(struct text data, enum compress_coding coding, struct buf *out);

/*
 * What an Accept-Encoding header asks for, as the service reads it (tables.md 1.2): highest q
 * wins, the first of equals; * means gzip; unknown codings are skipped; q above 1 counts as 1.
 */
enum compress_coding compress_choose(struct text accept_encoding);

#endif
