#ifndef CONSOLE_STATEMENTS_SPOOL_H
#define CONSOLE_STATEMENTS_SPOOL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The keys that MANY found, a line each: a mark and the key as DynamoDB JSON. The mark says what has
 * become of the item. It is written over in place, by one write of one byte: it outlives the process
 * at any moment, and costs a microsecond. Not for several threads at once, but for spool_mark.
 */
enum spool_mark {
    SPOOL_WAITING = ' ',
    SPOOL_SENT = '>', /* no answer yet; only where sending twice would count twice */
    SPOOL_DONE = '=',
    SPOOL_REJECTED = '!', /* in the reject file */
    SPOOL_LEFT = '~'      /* changed meanwhile: it does not match any more */
};

struct spool {
    FILE *file;
    uint64_t count;     /* keys in it */
    uint64_t end, next; /* bytes of it; offset of the next line to be read */
    uint64_t line;      /* number of the line read last, from 1 */
};

struct spool_key {
    struct text json; /* in the caller's buffer */
    uint64_t place;   /* for spool_mark */
    uint64_t line;
    enum spool_mark mark;
};

/* path NULL: a file without a name, gone with the process. fresh: it begins empty. */
enum error_code spool_open(struct spool *spool, const char *path, bool fresh,
    struct error *err) MUST_CHECK;
void spool_close(struct spool *spool);

enum error_code spool_add(struct spool *spool, struct text json, struct error *err) MUST_CHECK;
/* What was added is in the file; reading begins with the first key. */
enum error_code spool_rewind(struct spool *spool, struct error *err) MUST_CHECK;
/* False at the end, or with err set: a last line that is not whole counts as damage. */
bool spool_next(struct spool *spool, struct buf *line, struct spool_key *out, struct error *err);
/* Any thread. */
enum error_code spool_mark(struct spool *spool, uint64_t place, enum spool_mark mark,
    struct error *err) MUST_CHECK;

#endif
