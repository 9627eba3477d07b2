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

/*
 * gzip members as a stream: the caller gives input in pieces and takes output in pieces, so its
 * size is nobody's memory. One thread at a time.
 */
struct compress_reader;
struct compress_reader *compress_reader_new(void); /* NULL when memory is short */
void compress_reader_free(struct compress_reader *reader);
/*
 * Appends at most room bytes to out and moves input past what it used up. COMPRESS_OK with
 * nothing appended: it wants more input.
 */
enum compress_result compress_reader_step(struct compress_reader *reader, struct text *input,
    size_t room, struct buf *out);
/* The last member is complete, or there was nothing at all. */
bool compress_reader_is_whole(const struct compress_reader *reader);

/* False when memory is short; out holds nothing useful then. */
bool compress_write(struct text data, enum compress_coding coding, struct buf *out);

/*
 * What an Accept-Encoding header asks for, as the service reads it (tables.md 1.2): highest q
 * wins, the first of equals; * means gzip; unknown codings are skipped; q above 1 counts as 1.
 */
enum compress_coding compress_choose(struct text accept_encoding);

#endif
